#!/bin/bash
#
# demo.sh
#
# Provision the term in term/, schedule the exam in schedule/, and show what
# comes of it.  Needs a server with the extension installed and a user who may
# create a database; psql finds them by PGHOST, PGUSER and so on, as always
# ("make demo" brings a server of its own).  The database proctorlink_demo is
# made and dropped; with KEEP=1 it stays.

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
-- What a schedule's request is refused with, and the ways out.
CREATE FUNCTION pg_temp.refusal(body jsonb, change jsonb, candidates jsonb, integration text, OUT error text, OUT hint text)
LANGUAGE sql VOLATILE AS $$
	WITH changed AS MATERIALIZED (
		SELECT body || jsonb_build_object('Schedule', (body->'Schedule') || change,
			'Candidates', coalesce(candidates, body->'Candidates')) AS body),
	answer AS MATERIALIZED (SELECT proctorlink.eapi_create_schedule(body) AS answer FROM changed),
	hints AS MATERIALIZED (SELECT string_agg(DISTINCT e.hint, E'\n         -> ') AS hints
		FROM changed c, proctorlink.explain_schedule(c.body, integration) e WHERE NOT e.ok)
	SELECT coalesce(split_part(answer#>>'{Errors,0,Error}', '. ', 1), 'ACCEPTED'), hints FROM answer, hints $$;
-- What whoever follows a link is told.
CREATE FUNCTION pg_temp.launch_refused(token text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	told text;
BEGIN
	PERFORM proctorlink.redeem_launch(token);
	RETURN 'OPENED';
EXCEPTION WHEN SQLSTATE 'PT409' THEN
	GET STACKED DIAGNOSTICS told = PG_EXCEPTION_DETAIL;
	RETURN told;
END $$;
CREATE VIEW pg_temp.ready AS SELECT * FROM proctorlink.readiness('STA201-FINAL');

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

\echo :bold'7. Set up as the administrator does' :plain
\echo '   Admin > External API: a Default Schedule account that all schedulers share, default roles and owners,'
\echo '   hierarchies with an Organisation ID, the connection to ProctorU, and the page to hand over'
\echo
SELECT proctorlink.eapi_create_user('{"ExternalId": "default.schedule", "FirstName": "Default Schedule", "LastName": "Account",
	"Role": "scheduler"}') AS account,
	proctorlink.eapi_create_user('{"ExternalId": "n.brady", "FirstName": "Nuala", "LastName": "Brady",
	"Role": "scheduler"}') AS scheduler,
	proctorlink.eapi_create_user('{"ExternalId": "clerk", "FirstName": "Ivo", "LastName": "Marsh"}') AS clerk \gset
SELECT proctorlink.share_account(:'install', 'default.schedule', 'n.brady') \g /dev/null
SELECT proctorlink.configure_install(:'install',
	'{"defaultRole": "candidate", "defaultOwner": "n.brady", "defaultScheduler": "default.schedule"}') AS settings \gset
SELECT proctorlink.eapi_create_group('{"ExternalId": "statistics", "Title": "Statistics"}') AS "group",
	proctorlink.eapi_create_group('{"ExternalId": "old-campus", "Title": "Old campus"}') AS old,
	proctorlink.eapi_update_group('old-campus', '{"IsArchived": true}') AS archived \gset
SELECT proctorlink.create_integration(:'install', 'proctoru', 'https://proctoru.example/')->>'sid' AS proctoru \gset
SELECT proctorlink.generate_eapi_token(:'install', 'ProctorU', NULL, :'proctoru') AS eapi_token \gset
\pset format unaligned
\pset tuples_only on
SELECT regexp_replace(proctorlink.external_api_sheet(:'install'), '^(.)', '   \1', 'gn');
\pset format aligned
\pset tuples_only off

\echo :bold'8. Is it ready?' :plain
\echo '   readiness(exam): the exam of schedule/exam.json, as it was for the exam hall, and after putting it right'
\echo
\set exam_body `cat schedule/exam.json`
SELECT proctorlink.provision(:'install', :'exam_body') \g /dev/null
SELECT proctorlink.configure_exam('STA201-FINAL', '{"pin": true, "published": false}') FROM
	(SELECT proctorlink.use_install(:'install')) u \g /dev/null
CREATE TEMP TABLE red AS TABLE pg_temp.ready;
\pset format unaligned
\pset tuples_only on
SELECT concat('   ', CASE WHEN ok THEN '+' WHEN NOT ok THEN '-' ELSE ' ' END, ' ', rpad(check_name, 34), detail,
	E'\n         -> ' || CASE WHEN NOT ok THEN hint END) FROM red;
SELECT proctorlink.configure_exam('STA201-FINAL', '{"pin": false, "published": true}') \g /dev/null
CREATE TEMP TABLE green AS TABLE pg_temp.ready;
SELECT format(E'\n   then: %s of %s checks in order, %s to be done', count(*) FILTER (WHERE ok), count(ok),
	count(*) FILTER (WHERE NOT ok)) FROM green;
\pset format aligned
\pset tuples_only off

\echo
\echo :bold'9. A schedule with its candidates and their links' :plain
\echo '   eapi_create_schedule of schedule/booking.json, for ProctorU (use_install), then schedule/add-candidates.json'
\echo
\set booking `cat schedule/booking.json`
\set more `cat schedule/add-candidates.json`
\set draft `cat schedule/draft.json`
BEGIN;
SELECT proctorlink.use_install(:'install', :'proctoru') \g /dev/null
SELECT clock_timestamp() AS began \gset
SELECT proctorlink.eapi_create_schedule(:'booking') AS booked \gset
SELECT pg_temp.took(:'began') AS took_schedule \gset
SELECT proctorlink.eapi_add_candidates(:'more') AS added \gset
SELECT proctorlink.eapi_create_draft_schedule(:'draft') AS drafted \gset
COMMIT;
SELECT key AS schedule, value #>> '{}' AS "as made"
FROM jsonb_each(:'booked'::jsonb->'Schedule') WHERE value <> 'null' ORDER BY key;
SELECT c->>'CandidateExtId' AS candidate, (c->>'FirstName') || ' ' || (c->>'LastName') AS name,
	left(c->>'LaunchUrl', 72) || '...' AS link
FROM jsonb_array_elements((:'booked'::jsonb->'Candidates') || (:'added'::jsonb->'Candidates')) c;

\echo :bold'10. What the rules refuse, and what to do' :plain
\echo '   eapi_create_schedule of schedule/booking.json with a change, for ProctorU; the ways out are those of explain_schedule'
\echo
INSERT INTO proctorlink.exam (install_id, external_id, title, duration_minutes, published, pin)
SELECT proctorlink.sid_uuid(:'install'), v.* FROM (VALUES
	('STA201-PIN', 'With a PIN', 90, true, true), ('STA201-DRAFT', 'Not published', 90, false, false)) v;
SELECT proctorlink.create_accommodation_exam('STA201-FINAL', percentage => 25) AS longer FROM
	(SELECT proctorlink.use_install(:'install')) u \gset
CREATE TEMP TABLE refusal (what text, error text, hint text);
BEGIN;
SELECT proctorlink.use_install(:'install', :'proctoru') \g /dev/null
INSERT INTO refusal
SELECT w.what, r.* FROM (VALUES
	('a window of more than two years', '{"EndDateTime": "2033-05-18T08:00:00.001Z"}'::jsonb),
	('a window as long as the exam', '{"EndDateTime": "2031-05-18T09:30:00Z"}'),
	('extra time that the window has no room for', '{"EndDateTime": "2031-05-18T10:00:00Z", "ExtraTime": 45}'),
	('PIN on the exam', '{"AssessmentExtId": "STA201-PIN"}'),
	('PIN on the schedule', '{"PIN": "4711"}'),
	('a draft exam', '{"AssessmentExtId": "STA201-DRAFT"}'),
	('an exam that is not here', '{"AssessmentExtId": "STA201-FINALE"}'),
	('an archived hierarchy', '{"ScheduleGroupExtId": "old-campus"}'),
	('an unknown hierarchy', '{"ScheduleGroupExtId": "statistic"}'),
	('an external id that is used', '{"ScheduleExtId": "PU-71001"}')) w (what, change),
	pg_temp.refusal(:'booking', '{"ScheduleExtId": "PU-71002"}' || w.change, '[{"CandidateExtId": "pu-4409",
		"FirstName": "Ines", "LastName": "Roche", "Email": "ines.roche@larkfield.example"}]', :'proctoru') r;
INSERT INTO refusal
SELECT 'a candidate who sits it already', r.*
FROM pg_temp.refusal(:'booking', '{"ScheduleExtId": "PU-71002"}', NULL, :'proctoru') r LIMIT 1;
INSERT INTO refusal
SELECT w.what, r.*
FROM (VALUES ('a candidate with extra time on the plain exam', '{}'::jsonb, '{"SpecialNeeds": true, "ReasonableAdjustmentPercentage": 25}'::jsonb),
	('one without on the accommodation exam', jsonb_build_object('AssessmentExtId', :'longer'), '{}')) w (what, change, needs),
	pg_temp.refusal(:'booking', '{"ScheduleExtId": "PU-71002"}' || w.change, jsonb_build_array('{"CandidateExtId": "pu-4409",
		"FirstName": "Ines", "LastName": "Roche", "Email": "ines.roche@larkfield.example"}' || w.needs), :'proctoru') r;
SELECT proctorlink.configure_install(:'install', '{"defaultScheduler": null}') \g /dev/null
INSERT INTO refusal
SELECT 'no default scheduler', r.* FROM pg_temp.refusal(:'booking', '{"ScheduleExtId": "PU-71002"}', '[]', :'proctoru') r;
SELECT proctorlink.configure_install(:'install', '{"defaultScheduler": "clerk"}') \g /dev/null
INSERT INTO refusal
SELECT 'a default scheduler without permission', r.*
FROM pg_temp.refusal(:'booking', '{"ScheduleExtId": "PU-71002"}', '[]', :'proctoru') r;
SELECT proctorlink.configure_install(:'install', '{"defaultScheduler": "default.schedule"}') \g /dev/null
COMMIT;
\pset format unaligned
\pset tuples_only on
SELECT concat('   ', what, E'\n      ', error, E'\n         -> ' || hint) FROM refusal;
SELECT concat(E'   readiness(''STA201-FINALE''), which tells the nearest\n      ', check_name, ': ', detail, E'\n         -> ', hint)
FROM proctorlink.readiness('STA201-FINALE') WHERE check_name = 'exam.found';
\pset format aligned
\pset tuples_only off

\echo
\echo :bold'11. A launch link is followed' :plain
\echo '   redeem_launch(token): too early, then a schedule that is open now, then one that is deleted'
\echo
CREATE FUNCTION pg_temp.token(answer jsonb) RETURNS text LANGUAGE sql AS $$
	SELECT split_part(answer#>>'{Candidates,0,StartupLink}', 'session=', 2) $$;
SELECT proctorlink.eapi_create_schedule(jsonb_set(:'booking', '{Schedule}', (:'booking'::jsonb->'Schedule')
	|| jsonb_build_object('ScheduleExtId', 'NOW-1', 'StartDateTime',
		to_char(now() AT TIME ZONE 'UTC' - interval '10 minutes', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))) ||
	'{"Candidates": [{"CandidateExtId": "pu-4404", "FirstName": "Sean", "LastName": "Hogan", "Email": "sean.hogan@larkfield.example"}]}') AS open,
	proctorlink.eapi_create_schedule(jsonb_set(:'booking', '{Schedule,ScheduleExtId}', '"GONE-1"') ||
	'{"Candidates": [{"CandidateExtId": "pu-4405", "FirstName": "Ines", "LastName": "Roche", "Email": "ines.roche@larkfield.example"}]}') AS gone \gset
SELECT proctorlink.eapi_delete_schedule('GONE-1') AS deleted \gset
SELECT proctorlink.redeem_launch(pg_temp.token(:'open')) AS opened \gset
SELECT :'opened'::jsonb#>>'{user,candidate_ext_id}' AS candidate, :'opened'::jsonb#>>'{exam,title}' AS exam,
	:'opened'::jsonb#>>'{exam,url}' AS url, :'opened'::jsonb#>>'{session,status}' AS status;
SELECT w.what, pg_temp.launch_refused(w.token) AS "the others are told"
FROM (VALUES ('too early', pg_temp.token(:'booked')), ('deleted', pg_temp.token(:'gone'))) w (what, token);

\echo :bold'12. Is it set up for ProctorU?' :plain
\echo '   readiness() of a new install; of an exam with a PIN; and when both are put right. All taken back afterwards'
\echo
BEGIN;
SELECT proctorlink.create_install('Ashgrove College', NULL) AS ashgrove \gset
SELECT proctorlink.use_install(:'ashgrove') \g /dev/null
CREATE TEMP TABLE before_set_up AS SELECT * FROM proctorlink.readiness();
SELECT proctorlink.create_integration(:'ashgrove', 'proctoru', 'https://proctoru.example/') AS connected,
	proctorlink.generate_eapi_token(:'ashgrove', 'ProctorU') AS their_token \gset
SELECT proctorlink.eapi_create_user('{"ExternalId": "default.schedule", "FirstName": "Default Schedule", "LastName": "Account",
	"Role": "scheduler"}') AS account,
	proctorlink.configure_install(:'ashgrove', '{"platformUrl": "https://exams.ashgrove.example", "defaultScheduler": "default.schedule"}') AS settings,
	proctorlink.provision(:'ashgrove', :'exam_body') AS provisioned \gset
SELECT proctorlink.configure_exam('STA201-FINAL', '{"pin": true}') \g /dev/null
CREATE TEMP TABLE with_pin AS SELECT * FROM proctorlink.readiness('STA201-FINAL');
SELECT proctorlink.configure_exam('STA201-FINAL', '{"pin": false}') \g /dev/null
CREATE TEMP TABLE set_up AS SELECT * FROM proctorlink.readiness();
SELECT (SELECT count(*) FILTER (WHERE NOT ok) FROM before_set_up) AS red_before, (SELECT count(*) FILTER (WHERE NOT ok) FROM set_up) AS red_after,
	(SELECT count(*) FILTER (WHERE NOT ok) FROM with_pin) AS red_with_pin \gset
\pset format unaligned
\pset tuples_only on
SELECT concat('   ', rpad(w.what, 12), '- ', rpad(r.check_name, 24), r.detail, E'\n                  -> ' || r.hint)
FROM (SELECT 1 AS place, 'new' AS what, b.* FROM before_set_up b UNION ALL SELECT 3, 'with a PIN', p.* FROM with_pin p) r,
	LATERAL (SELECT r.what) w WHERE NOT r.ok ORDER BY r.place;
SELECT format(E'\n   then: %s of %s checks in order', count(*) FILTER (WHERE ok), count(ok)) FROM set_up;
\pset format aligned
\pset tuples_only off
ROLLBACK;

\echo
\echo :bold'13. ProctorU books, the platform follows' :plain
\echo '   authenticate, proctoru_add_reservation of proctoru/add-reservation.json, then proctoru_move_reservation of proctoru/move-reservation.json'
\echo
\set reservation `cat proctoru/add-reservation.json`
\set move `cat proctoru/move-reservation.json`
CREATE TEMP VIEW reserved AS
	SELECT a.candidate_ext_id, a.username, a.first_name || ' ' || a.last_name AS name, a.time_zone, p.user_id, p.student_id,
		x.external_id AS exam, c.title AS schedule, c.starts_at, c.ends_at, o.username AS owner, h.title AS hierarchy,
		s.status, s.appointment_at, s.reservation_id, s.reservation_no
	FROM proctorlink.exam_session s
	JOIN proctorlink.account a USING (install_id, account_id)
	JOIN proctorlink.provider_account p USING (install_id, integration_id, account_id)
	JOIN proctorlink.exam x USING (install_id, exam_id)
	JOIN proctorlink.schedule c USING (install_id, schedule_id)
	JOIN proctorlink.account o ON o.account_id = c.owner_id
	JOIN proctorlink.hierarchy h ON h.hierarchy_id = c.hierarchy_id;
BEGIN;
SELECT proctorlink.authenticate('EAPI ' || :'eapi_token') AS known \gset
SELECT clock_timestamp() AS began \gset
SELECT proctorlink.proctoru_add_reservation(:'reservation') AS reserved \gset
SELECT pg_temp.took(:'began') AS took_reservation \gset
CREATE TEMP TABLE as_booked AS TABLE reserved;
SELECT proctorlink.proctoru_move_reservation(:'move') AS moved \gset
COMMIT;
\pset tuples_only on
\pset format unaligned
SELECT format('   by its token it is known as: %s, speaking for %s', :'known'::jsonb->>'kind',
	CASE :'known'::jsonb->>'integration' WHEN :'proctoru' THEN 'the connection to ProctorU' END);
\pset tuples_only off
\pset format aligned
\echo
SELECT 'add' AS call, :'reserved'::jsonb->>'response_code' AS code, :'reserved'::jsonb#>>'{data,reservation_no}' AS reservation_no,
	left(:'reserved'::jsonb#>>'{data,url}', 64) || '...' AS url
UNION ALL SELECT 'move', :'moved'::jsonb->>'response_code', :'moved'::jsonb#>>'{data,reservation_no}', left(:'moved'::jsonb#>>'{data,url}', 64) || '...';
SELECT v.key AS "came into being", v.value AS "as booked", CASE WHEN m.value <> v.value THEN m.value END AS "as moved"
FROM as_booked b, reserved r, jsonb_each_text(to_jsonb(b)) WITH ORDINALITY v (key, value, place), jsonb_each_text(to_jsonb(r)) m
WHERE r.reservation_id = b.reservation_id AND m.key = v.key
ORDER BY array_position('{candidate_ext_id,username,name,time_zone,user_id,student_id,exam,schedule,starts_at,ends_at,owner,hierarchy,status,appointment_at,reservation_id,reservation_no}', v.key);

\echo :bold'14. What ProctorU''s door refuses' :plain
\echo '   proctoru_add_reservation of proctoru/add-reservation.json with a change: for each of the common mistakes'
\echo
INSERT INTO proctorlink.exam (install_id, external_id, title, duration_minutes, published, proctorio, safe_exam_browser)
SELECT proctorlink.sid_uuid(:'install'), v.* FROM (VALUES
	('STA201-PROCTORIO', 'With Proctorio', 90, true, true, false), ('STA201-SEB', 'With Safe Exam Browser', 90, true, false, true)) v;
INSERT INTO proctorlink.account (install_id, candidate_ext_id, first_name, last_name, email, special_needs, reasonable_adjustment_percentage)
VALUES (proctorlink.sid_uuid(:'install'), '3815777', 'Nora', 'Quinn', 'nora.quinn@larkfield.example', true, 25);
SELECT min(candidate_ext_id) AS stranger FROM learner \gset
SELECT proctorlink.create_integration(:'install', 'proctoru', 'https://proctoru.example/', '{"candidateIdSource": "student_id"}')->>'sid' AS by_student_id \gset
CREATE TEMP TABLE at_the_door (place int, what text, message text);
CREATE FUNCTION pg_temp.book(place int, what text, body jsonb, change jsonb) RETURNS void LANGUAGE sql AS $$
	INSERT INTO at_the_door SELECT place, what, proctorlink.proctoru_add_reservation(body ||
		jsonb_build_object('reservation_id', 'r-' || place, 'user_id', '381580' || place, 'student_id', NULL) || change)->>'message' $$;
SELECT now() AS evening \gset
BEGIN;
SELECT proctorlink.use_install(:'install', :'proctoru') \g /dev/null
SELECT pg_temp.book(w.place, w.what, :'reservation', w.change) FROM (VALUES
	(1, 'another External ID', '{"exam_id": "STA201-FINALS"}'::jsonb),
	(2, 'a window of more than two years', '{"end_date": "2033-05-12T08:00:01Z"}'),
	(3, 'PIN', '{"exam_id": "STA201-PIN"}'),
	(4, 'Proctorio', '{"exam_id": "STA201-PROCTORIO"}'),
	(5, 'Safe Exam Browser', '{"exam_id": "STA201-SEB"}'),
	(6, 'special needs, on the plain exam', '{"user_id": "3815777", "email": "nora.quinn@larkfield.example"}'),
	(7, 'none, on the accommodation exam', jsonb_build_object('exam_id', :'longer', 'duration', NULL)),
	(8, 'a number that is a stranger''s here', jsonb_build_object('user_id', :'stranger'))) w (place, what, change) ORDER BY w.place \g /dev/null
SELECT proctorlink.use_install(:'install', :'by_student_id') \g /dev/null
SELECT pg_temp.book(9, 'no student_id, where it is the id', :'reservation', '{}') \g /dev/null
COMMIT;
\pset format unaligned
\pset tuples_only on
SELECT concat('   ', rpad(what, 38), replace(message, '. ', E'.\n         -> ')) FROM at_the_door ORDER BY place;
\echo
\echo '   and the way out for special needs: the accommodation exam, at the same time'
BEGIN;
SELECT proctorlink.use_install(:'install', :'proctoru') \g /dev/null
SELECT proctorlink.proctoru_add_reservation(:'reservation' || jsonb_build_object('reservation_id', 'r-10', 'exam_id', :'longer',
	'duration', NULL, 'user_id', '3815777', 'student_id', NULL, 'email', 'nora.quinn@larkfield.example')) AS accommodated \gset
COMMIT;
SELECT format('   %s: %s to %s, %s min', exam, appointment_at, appointment_at + x.duration_minutes * interval '1 minute', x.duration_minutes)
FROM reserved JOIN proctorlink.exam x ON x.external_id = exam WHERE reservation_id = 'r-10';
\pset format aligned
\pset tuples_only off

\echo
\echo :bold'15. The next morning' :plain
\echo '   refusals(): what the doors refused since the evening, and what to do'
\echo
BEGIN;
SELECT proctorlink.use_install(:'install') \g /dev/null
CREATE TEMP TABLE told AS SELECT * FROM proctorlink.refusals(:'evening');
COMMIT;
\pset format unaligned
\pset tuples_only on
SELECT concat('   ', rpad(assessment_ext_id, 26), rpad(coalesce(candidate_ext_id, '-'), 12), rule,
	CASE WHEN rule = 'request' THEN ': ' || detail END,
	E'\n         -> ' || coalesce(hint, nullif(split_part(detail, '. ', 2), ''))) FROM told;
\pset format aligned
\pset tuples_only off

\echo
\echo :bold'16. How long each took' :plain
\echo
\echo '   the term            ' :took_first
\echo '   the term again      ' :took_repeat
\echo '   the dry run         ' :took_dry_run
\echo '   one student         ' :took_one
\echo '   assigning the exam  ' :took_assign
\echo '   a schedule          ' :took_schedule
\echo '   a reservation       ' :took_reservation
\echo

-- What was shown must be so.
SELECT 1 / (:'answer'::jsonb->'batch'->>'status' = 'completed_with_errors'
	AND (:'repeated'::jsonb->'batch'->>'created')::int = 0
	AND NOT EXISTS (TABLE before_repeat EXCEPT TABLE row_version)
	AND (SELECT count(*) FROM red WHERE NOT ok) = 2 AND NOT EXISTS (SELECT FROM green WHERE NOT ok)
	AND (:'booked'::jsonb->>'Success')::boolean AND jsonb_array_length(:'booked'::jsonb->'Candidates') = 2
	AND (:'added'::jsonb->>'Success')::boolean AND (:'drafted'::jsonb->>'Success')::boolean
	AND (SELECT count(*) FILTER (WHERE error <> 'ACCEPTED' AND hint IS NOT NULL) = 15 AND count(*) = 15 FROM refusal)
	AND NOT EXISTS (SELECT FROM proctorlink.schedule WHERE external_id = 'PU-71002')
	AND (SELECT hint LIKE '%STA201-FINAL%' FROM proctorlink.readiness('STA201-FINALE') WHERE check_name = 'exam.found')
	AND :'opened'::jsonb#>>'{session,status}' = 'In Progress'
	AND pg_temp.launch_refused(pg_temp.token(:'booked')) LIKE 'too early%'
	AND pg_temp.launch_refused(pg_temp.token(:'gone')) = 'the session was cancelled'
	AND :red_before > 0 AND :red_after = 0 AND :red_with_pin = 1
	AND :'known'::jsonb->>'integration' = :'proctoru' AND :'reserved'::jsonb->>'response_code' = '1' AND :'moved'::jsonb->>'response_code' = '1' AND :'accommodated'::jsonb->>'response_code' = '1'
	AND (SELECT (candidate_ext_id, username, owner, hierarchy, status) = ('3815501', '3815501', 'default.schedule', 'Statistics', 'Scheduled') FROM as_booked)
	AND (SELECT count(*) = 9 AND bool_and(message <> '') FROM at_the_door)
	AND (SELECT count(*) = 9 AND bool_or(hint LIKE '%STA201-FINAL%') FROM told))::int \g /dev/null
SQL
