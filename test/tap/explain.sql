-- explain.sql
--		Asks explain_schedule about a body and then sends it, and tells the first
--		thing in which the two differ.

SET client_min_messages TO warning;

CREATE TABLE kept (name text PRIMARY KEY, value text);

CREATE FUNCTION kept(wanted text) RETURNS text STABLE LANGUAGE sql AS $$
	SELECT value FROM kept WHERE name = wanted
$$;
CREATE FUNCTION install_id() RETURNS uuid STABLE LANGUAGE sql AS $$
	SELECT proctorlink.sid_uuid(kept('install'))
$$;

-- What there is in the beginning, beside another install with the same ids.
DO $$
DECLARE
	install text;
BEGIN
	FOREACH install IN ARRAY ARRAY[proctorlink.create_install('Elsewhere', 'https://elsewhere.test'),
			proctorlink.create_install('University', 'https://platform.test')] LOOP
		INSERT INTO kept VALUES ('install', install) ON CONFLICT (name) DO UPDATE SET value = excluded.value;
		INSERT INTO proctorlink.account (install_id, candidate_ext_id, username, role)
			SELECT install_id(), v.* FROM (VALUES ('boss', 'boss', 'scheduler'), ('deputy', 'deputy', 'scheduler'),
				('clerk', 'clerk', 'candidate'), ('p-1', 'p-1', 'candidate'), ('p-2', 'x-2', 'candidate')) v;
		INSERT INTO proctorlink.account (install_id, candidate_ext_id, api_id, role)
			VALUES (install_id(), NULL, 'p-3', 'candidate'), (install_id(), NULL, NULL, 'candidate');
		INSERT INTO proctorlink.exam (install_id, external_id, title, duration_minutes, extra_time_minutes, published)
			SELECT install_id(), v.* FROM (VALUES ('E-1', 'Anatomy', 60, 30, true), ('E-2', 'Unlimited', NULL, 15, true),
				('E-3', 'Draft', 60, 0, false), ('E-4', 'Nearly two years', 1052000, 600, true), ('E 5', 'Spaced', 60, 0, true),
				(repeat('E', 65), 'Long', 60, 0, true), (NULL, 'Nameless', 60, 0, true),
				('E-6', repeat('é', 500), 2147483647, 2147483647, true), ('E-7', 'With security', 60, 0, true)) v;
		UPDATE proctorlink.exam SET keycode = true WHERE external_id = 'E-7';
		INSERT INTO proctorlink.hierarchy (install_id, parent_id, organisation_id, title, archived, allow_schedules)
			SELECT install_id(), hierarchy_id, v.* FROM proctorlink.hierarchy,
				(VALUES ('law', 'Law', false, true), ('old', 'Old', true, true), ('closed', 'Closed', false, false),
					(NULL, 'Unnamed', false, true)) v
			WHERE is_root AND install_id = install_id();
	END LOOP;
END
$$;
INSERT INTO kept SELECT provider, proctorlink.create_integration(kept('install'), provider, 'https://provider.test/') ->> 'sid'
	FROM unnest('{proctoru,other}'::text[]) AS provider;
SELECT proctorlink.use_install(kept('install'));

-- Learners of a course whose exam everybody sits, once.
SELECT proctorlink.provision(kept('install'), jsonb_agg(jsonb_build_object(
	'course', '{"ids": {"external": "co-1"}, "title": "Course", "code": "C"}'::jsonb,
	'user', jsonb_build_object('ids', jsonb_build_object('external', 'u-' || n), 'firstName', 'A', 'lastName', 'B', 'email', 'a@example.org'),
	'exam', '{"ids": {"external": "E-9"}, "title": "Nine", "limitedScope": false, "configuration": {"url": "https://platform.test/9",
		"password": "open", "duration": 30, "attempts": 1, "access": {"open": "2032-01-01T00:00:00Z", "close": "2032-12-31T00:00:00Z"},
		"proctorTypes": {"TS4b894875d26194988853e490dfb9bc41": {}}}}'::jsonb))) IS NOT NULL
FROM generate_series(1, 12) AS n;

-- Where each version of a row stands, and who wrote it; not by which command,
-- which a change that was taken back overwrites.
CREATE FUNCTION versions() RETURNS text STABLE LANGUAGE plpgsql AS $$
DECLARE
	relation text;
	digest text;
	digests text := '';
BEGIN
	FOR relation IN SELECT c.relname FROM pg_class c
		WHERE c.relnamespace = 'proctorlink'::regnamespace AND c.relkind = 'r' AND c.relname <> 'event' ORDER BY c.relname
	LOOP
		EXECUTE format('SELECT md5(string_agg(concat_ws('' '', ctid, xmin), '','' ORDER BY ctid)) FROM proctorlink.%I', relation)
			INTO digest;
		digests := digests || coalesce(digest, 'empty') || ' ' || relation || ' ';
	END LOOP;
	RETURN digests;
END
$$;

-- The body with sids for @TABLE condition@, of the other install for
-- @elsewhere TABLE condition@.
CREATE FUNCTION with_sids(body text) RETURNS jsonb STABLE LANGUAGE plpgsql AS $$
DECLARE
	reference text[];
	sid text;
BEGIN
	FOR reference IN SELECT DISTINCT regexp_matches(body, '@(elsewhere )?(\w+) ([^@]*)@', 'g') LOOP
		EXECUTE format('SELECT proctorlink.sid(%L, %I) FROM proctorlink.%I WHERE (install_id = install_id()) = %L AND (%s) ORDER BY 1 LIMIT 1',
			reference[2], reference[2] || '_id', reference[2], reference[1] IS NULL, reference[3]) INTO sid;
		body := replace(body, format('@%s%s %s@', VARIADIC reference), coalesce(sid, 'HG' || repeat('0f', 16)));
	END LOOP;
	RETURN body;
END
$$;

-- The explanation, in a transaction that may not write.
CREATE FUNCTION explained(body text, provider text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	before text := versions();
	body_sent jsonb := with_sids(body);
	lines jsonb;
BEGIN
	PERFORM proctorlink.use_install(kept('install'));
	SELECT jsonb_agg(e) INTO lines FROM proctorlink.explain_schedule(body_sent, kept(provider)) e;
	RETURN jsonb_build_object('body', body_sent, 'lines', lines, 'before', before, 'wrote', versions() <> before,
		'xid', pg_current_xact_id_if_assigned() IS NOT NULL);
END
$$;

-- Whether a text of the answer says what a row of the explanation does.
CREATE FUNCTION agrees(line jsonb, said text) RETURNS boolean IMMUTABLE LANGUAGE sql AS $$
	SELECT starts_with(said, concat(line ->> 'rule', ': ', line ->> 'detail')) OR starts_with(said, line ->> 'detail')
		OR CASE line ->> 'rule'
			WHEN 'exam.found' THEN said LIKE 'Assessment hasn''t been found by external id [%'
			WHEN 'exam.published' THEN said = 'Assessment must be published'
			WHEN 'schedule_external_id_unique' THEN said LIKE 'ScheduleExtId [%] already exists'
			WHEN 'schedule_archived' THEN said = 'Schedule is archived'
			WHEN 'schedule_has_an_owner_who_may_schedule' THEN said IN ('Scheduler hasn''t been set in External API settings',
				'Selected scheduler no longer has permission to create, update and delete schedules')
			WHEN 'more' THEN said LIKE '% more'
			ELSE false END
$$;

-- How many people the explanation says are made, and how many changed.
CREATE FUNCTION promised(lines jsonb) RETURNS int[] IMMUTABLE LANGUAGE sql AS $$
	SELECT regexp_match(l ->> 'detail', '^\d+ candidates?: (\d+) new, (\d+) changed, \d+ unchanged$')::int[]
	FROM jsonb_array_elements(lines) l WHERE l ->> 'rule' = 'candidates'
$$;

-- What the call does differs from what was explained; the empty text when
-- nothing does, with what came of it.
CREATE FUNCTION compared(explained jsonb, answer jsonb, made int[]) RETURNS text STABLE LANGUAGE plpgsql AS $$
DECLARE
	lines jsonb := coalesce(explained -> 'lines', '[]');
	broken jsonb := coalesce((SELECT jsonb_agg(l) FROM jsonb_array_elements(lines) l WHERE NOT (l ->> 'ok')::boolean), '[]');
	said jsonb := coalesce(nullif(answer -> 'Errors', 'null'), '[]');
	extra text;
BEGIN
	IF (explained ->> 'wrote')::boolean OR (explained ->> 'xid')::boolean THEN
		RETURN 'the explanation wrote';
	END IF;
	IF (answer -> 'Success')::boolean IS DISTINCT FROM (broken = '[]') THEN
		RETURN format(E'the verdicts differ: explained %s\nanswered %s', broken, said);
	END IF;
	IF (answer -> 'Success')::boolean THEN
		IF promised(lines) IS DISTINCT FROM made THEN
			RETURN format('the people differ: explained %s, made and changed %s', promised(lines), made);
		END IF;
		RETURN '';
	END IF;
	IF answer ->> 'Message' IS DISTINCT FROM (SELECT string_agg(e ->> 'Error', '|' ORDER BY place)
			FROM jsonb_array_elements(said) WITH ORDINALITY AS error (e, place)) THEN
		RETURN format('a message of its own: %s', answer);
	END IF;
	SELECT string_agg(l::text, ' ') INTO extra FROM jsonb_array_elements(broken) l
	WHERE NOT EXISTS (SELECT FROM jsonb_array_elements(said) s WHERE agrees(l, s ->> 'Error'));
	IF extra IS NOT NULL THEN
		RETURN format(E'only explained: %s\nanswered %s', extra, said);
	END IF;
	SELECT string_agg(s::text, ' ') INTO extra FROM jsonb_array_elements(said) s
	WHERE NOT EXISTS (SELECT FROM jsonb_array_elements(broken) l WHERE agrees(l, s ->> 'Error'));
	IF extra IS NOT NULL THEN
		RETURN format(E'only answered: %s\nexplained %s', extra, broken);
	END IF;
	RETURN '';
END
$$;

-- Sends the body that was explained; what is done is taken back unless it is to
-- stay. Answers what differs, and whether the call was done.
CREATE FUNCTION sent(explained jsonb, provider text, stays boolean, OUT difference text, OUT done boolean) LANGUAGE plpgsql AS $$
DECLARE
	answer jsonb;
	made int[];
BEGIN
	PERFORM proctorlink.use_install(kept('install'), kept(provider));
	IF versions() <> explained ->> 'before' THEN
		difference := 'the explanation wrote';
		RETURN;
	END IF;
	CREATE TEMPORARY TABLE was ON COMMIT DROP AS SELECT account_id, ctid AS version FROM proctorlink.account;
	answer := proctorlink.eapi_create_schedule(explained -> 'body');
	SELECT ARRAY[count(*) FILTER (WHERE w.account_id IS NULL), count(*) FILTER (WHERE a.ctid <> w.version)]
	INTO made FROM proctorlink.account a LEFT JOIN was w USING (account_id);
	difference := compared(explained, answer, made);
	done := (answer -> 'Success')::boolean;
	IF current_setting('response.status') <> (CASE WHEN done THEN '200' ELSE '400' END) THEN
		difference := difference || ' and the status is ' || current_setting('response.status');
	END IF;
	IF NOT done AND versions() <> explained ->> 'before' THEN
		difference := format('the refused call wrote: %s', answer);
	END IF;
	IF stays THEN
		RETURN;
	END IF;
	RAISE EXCEPTION USING ERRCODE = 'UNDO0';
EXCEPTION WHEN SQLSTATE 'UNDO0' THEN
	RETURN;
END
$$;

-- What happens between the calls; what the rules refuse does not.
CREATE FUNCTION happens(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM proctorlink.use_install(kept('install'));
	EXECUTE statement;
	RETURN 'done';
EXCEPTION WHEN check_violation OR raise_exception OR foreign_key_violation OR unique_violation THEN
	RETURN SQLSTATE;
END
$$;
