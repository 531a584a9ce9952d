#!/bin/bash
#
# demo.sh
#
# Provision the term in term/ and show what comes of it.  Needs a server with
# the extension installed and a user who may create a database; psql finds them
# by PGHOST, PGUSER and so on, as always ("make demo" brings a server of its
# own).  The database proctorlink_demo is made and dropped; with KEEP=1 it stays.

set -eu
cd "$(dirname "$0")"

database=proctorlink_demo
export PGOPTIONS="-c client_min_messages=warning -c timezone=UTC" PGCLIENTENCODING=UTF8
quiet="psql -X -q -v ON_ERROR_STOP=1"

# Bold headings on a terminal
bold='' plain=''
if [ -t 1 ]
then
	bold=$'\e[1m' plain=$'\e[0m'
fi

$quiet -c "CREATE DATABASE $database TEMPLATE template0 ENCODING 'UTF8'"
[ -n "${KEEP:-}" ] || trap '$quiet -c "DROP DATABASE $database"' EXIT

$quiet -v bold="$bold" -v plain="$plain" -P footer=off -P pager=off -d "$database" <<'SQL'
CREATE EXTENSION proctorlink;

SELECT proctorlink.create_install('Larkfield University', 'https://exams.larkfield.example',
	'{"timeZone": "Europe/Dublin", "currencyCode": "EUR"}') AS install \gset
SELECT proctorlink.create_integration(:'install', 'smarterproctoring',
	'https://proctoring.example/sso')->>'sid' AS integration \gset

-- How things look
SELECT format('proctorlink %s on PostgreSQL %s', proctorlink.version(),
	split_part(current_setting('server_version'), ' ', 1)) AS versions \gset
CREATE TEMP VIEW row_version AS
	SELECT 'account' AS "table", account_id AS id, xmin::text AS by, ctid AS at FROM proctorlink.account
	UNION ALL SELECT 'course', course_id, xmin::text, ctid FROM proctorlink.course
	UNION ALL SELECT 'enrollment', enrollment_id, xmin::text, ctid FROM proctorlink.enrollment
	UNION ALL SELECT 'exam', exam_id, xmin::text, ctid FROM proctorlink.exam
	UNION ALL SELECT 'exam_configuration', exam_configuration_id, xmin::text, ctid
		FROM proctorlink.exam_configuration
	UNION ALL SELECT 'exam_session', exam_session_id, xmin::text, ctid FROM proctorlink.exam_session;
CREATE FUNCTION pg_temp.took(since timestamptz) RETURNS text LANGUAGE sql VOLATILE AS $$
	SELECT to_char(extract(epoch FROM clock_timestamp() - since) * 1000, 'FM999990.0') || ' ms' $$;
CREATE FUNCTION pg_temp.part_of_token(token text, part int) RETURNS jsonb LANGUAGE sql AS $$
	SELECT convert_from(decode(rpad(p, (length(p) + 3) / 4 * 4, '='), 'base64'), 'UTF8')::jsonb
	FROM translate(split_part(token, '.', part), '-_', '+/') p $$;

\set catalogue `cat term/catalogue.json`
\set roster `cat term/roster.json`
\set late `cat term/late-changes.json`
\set accommodations `cat term/accommodations.json`
SELECT jsonb_array_length(:'catalogue') AS exams, jsonb_array_length(:'roster') AS people \gset

\echo :versions
\echo
\echo :bold'1. A term in one call' :plain
\echo '   batch_provision({"items": [...]}):' :exams 'items of term/catalogue.json,' :people 'of term/roster.json'
\echo
SELECT clock_timestamp() AS began \gset
SELECT proctorlink.batch_provision(jsonb_build_object('items', :'catalogue'::jsonb || :'roster'::jsonb)) AS answer \gset
SELECT pg_temp.took(:'began') AS took_first \gset

SELECT b.status, b.items, b.succeeded, b.failed, b.created, b.updated, b.found, b.removed
FROM jsonb_populate_record(NULL::proctorlink.batch, :'answer'::jsonb->'batch') b;

\echo :bold'2. What was refused, and what to do' :plain
\echo '   batch_report(batch_sid); everything else went in'
\echo
\pset format unaligned
\pset tuples_only on
SELECT concat(CASE WHEN r.index IS DISTINCT FROM lag(r.index) OVER w
		THEN format(E'   item %s  %s\n', r.index, r.code) END,
	'      ', r.pointer, ': ', r.detail, E'\n         -> ' || r.hint)
FROM proctorlink.batch_report(:'answer'::jsonb->'batch'->>'sid') WITH ORDINALITY r
WINDOW w AS (ORDER BY r.ordinality) ORDER BY r.ordinality;
\pset format aligned
\pset tuples_only off

\echo
\echo :bold'3. The same call again' :plain
\echo '   Everything is found; no row is written a second time.'
\echo
CREATE TEMP TABLE before_repeat AS TABLE row_version;
SELECT clock_timestamp() AS began \gset
SELECT proctorlink.batch_provision(jsonb_build_object('items', :'catalogue'::jsonb || :'roster'::jsonb)) AS repeated \gset
SELECT pg_temp.took(:'began') AS took_repeat \gset

SELECT b.status, b.items, b.succeeded, b.failed, b.created, b.updated, b.found, b.removed
FROM jsonb_populate_record(NULL::proctorlink.batch, :'repeated'::jsonb->'batch') b;
SELECT v."table", count(*) AS rows, count(*) - count(b.id) AS "new row versions"
FROM row_version v LEFT JOIN before_repeat b USING ("table", id, by, at)
GROUP BY v."table" ORDER BY v."table";

\echo :bold'4. What would the next night change?' :plain
\echo '   {"dryRun": true, "items": [...]} on term/late-changes.json writes nothing.'
\echo
SELECT clock_timestamp() AS began \gset
SELECT proctorlink.batch_provision(jsonb_build_object('dryRun', true, 'items', :'late'::jsonb)) AS foreseen \gset
SELECT pg_temp.took(:'began') AS took_dry_run \gset

SELECT i->>'index' AS item,
	string_agg(b.key || ' ' || (b.value->>'result'), ', ' ORDER BY b.key DESC)
		FILTER (WHERE b.value->>'result' <> 'Found Existing') AS "would be"
FROM jsonb_array_elements(:'foreseen'::jsonb->'items') i, jsonb_each(i) b
WHERE jsonb_typeof(b.value) = 'object' GROUP BY i ORDER BY (i->>'index')::int;
SELECT b.status, b.created, b.updated, b.removed,
	(SELECT count(*) FROM (TABLE row_version EXCEPT TABLE before_repeat) v) AS "new row versions"
FROM jsonb_populate_record(NULL::proctorlink.batch, :'foreseen'::jsonb->'batch') b;

\echo :bold'5. One student, and a link to sign on' :plain
\echo '   batch_provision of single/exam-platform.json, in SmarterProctoring''s own form'
\echo
\set student `cat single/exam-platform.json`
SELECT jsonb_set(:'student', '{signon,integrationSid}', to_jsonb(:'integration'::text)) AS student \gset
SELECT clock_timestamp() AS began \gset
SELECT proctorlink.batch_provision(:'student') AS one \gset
SELECT pg_temp.took(:'began') AS took_one \gset

SELECT key AS block, value->>'result' AS result, value->>'sid' AS sid
FROM jsonb_each(:'one'::jsonb - 'signon') ORDER BY value->>'sid';
\pset format unaligned
\pset tuples_only on
SELECT '   redirect  ' || left(:'one'::jsonb->'signon'->>'redirect', 72) || '...';
SELECT format('   %-9s %s', key, value)
FROM jsonb_each(pg_temp.part_of_token(:'one'::jsonb->'signon'->>'token', 1));
SELECT format('   %-9s %s', key, value)
FROM jsonb_each(pg_temp.part_of_token(:'one'::jsonb->'signon'->>'token', 2));
\pset format aligned
\pset tuples_only off

\echo
\echo :bold'6. Who sits the Calculus final, and with how much time' :plain
\echo '   assign_exam(exam_sid, enrollment_sids, configuration_sid): the exam is of limited scope'
\echo
SELECT i->'exam'->>'sid' AS exam FROM jsonb_array_elements(:'answer'::jsonb->'items') i
WHERE i->>'index' = (SELECT (o - 1)::text FROM jsonb_array_elements(:'catalogue') WITH ORDINALITY c (item, o)
	WHERE item->'exam'->'ids'->>'external' = 'MAT120-FINAL-2027' LIMIT 1) \gset
SELECT proctorlink.sid('exam_configuration', c.exam_configuration_id) AS longer
FROM proctorlink.exam_configuration c
WHERE c.exam_id = proctorlink.sid_uuid(:'exam') AND c.type = 'accommodation' \gset
CREATE TEMP VIEW learner AS
	SELECT proctorlink.sid('enrollment', n.enrollment_id) AS sid, a.candidate_ext_id
	FROM proctorlink.enrollment n
	JOIN proctorlink.account a USING (install_id, account_id)
	JOIN proctorlink.course c USING (install_id, course_id)
	WHERE c.code = 'MAT120' AND n.role = 'learner' AND n.status = 'active';

SELECT array_agg(sid) AS learners,
	array_agg(sid) FILTER (WHERE :'accommodations'::jsonb ? candidate_ext_id) AS accommodated
FROM learner \gset
BEGIN;
SELECT proctorlink.use_install(:'install') \g /dev/null
SELECT clock_timestamp() AS began \gset
SELECT proctorlink.assign_exam(:'exam', :'learners') AS everybody \gset
SELECT pg_temp.took(:'began') AS took_assign \gset
SELECT proctorlink.assign_exam(:'exam', :'accommodated', :'longer') AS some \gset
COMMIT;

SELECT who, a->>'created' AS created, a->>'updated' AS updated, a->>'found' AS found
FROM (VALUES ('all learners of Calculus I', :'everybody'::jsonb),
	('those of term/accommodations.json, with more time', :'some')) v (who, a);
SELECT coalesce(c.type, 'primary') AS configuration, coalesce(c.duration_minutes, x.duration_minutes) AS minutes,
	s.status, count(*) AS sessions
FROM proctorlink.exam_session s
JOIN proctorlink.exam x USING (install_id, exam_id)
LEFT JOIN proctorlink.exam_configuration c USING (install_id, exam_configuration_id)
WHERE x.exam_id = proctorlink.sid_uuid(:'exam') GROUP BY 1, 2, 3 ORDER BY 2;

\echo :bold'7. How long each took' :plain
\echo
\echo '   the term            ' :took_first
\echo '   the term again      ' :took_repeat
\echo '   the dry run         ' :took_dry_run
\echo '   one student         ' :took_one
\echo '   assigning the exam  ' :took_assign
\echo

-- What was shown must be so.
SELECT 1 / (:'answer'::jsonb->'batch'->>'status' = 'completed_with_errors'
	AND (:'repeated'::jsonb->'batch'->>'created')::int = 0
	AND NOT EXISTS (TABLE before_repeat EXCEPT TABLE row_version))::int \g /dev/null
SQL
