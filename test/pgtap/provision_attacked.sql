-- test/pgtap/provision_attacked.sql
--		What was tried to break the main job, and what it must do instead.

BEGIN;
\ir helpers.psql
SELECT plan(35);
SELECT proctorlink.create_install('University', 'https://platform.test') AS install \gset

CREATE FUNCTION learner(external text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT put(learner_item(), '/user/ids/external', to_jsonb(external))
$$;
CREATE FUNCTION active_learners() RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(a.candidate_ext_id, ' ' ORDER BY a.candidate_ext_id)
	FROM proctorlink.enrollment e JOIN proctorlink.account a USING (install_id, account_id) WHERE e.status = 'active'
$$;

-- An error that is nobody's refusal ends what an atomic batch began.

CREATE FUNCTION enough() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE 'enough' USING ERRCODE = NEW.code;
END
$$;
CREATE TRIGGER fail BEFORE INSERT ON proctorlink.course FOR EACH ROW WHEN (NEW.external_id = 'c-fail')
	EXECUTE FUNCTION enough();
CREATE TABLE log (line text);

CREATE FUNCTION logged(code text, atomic boolean) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM log;
	INSERT INTO log VALUES ('before');
	BEGIN
		INSERT INTO log VALUES ('inside');
		PERFORM proctorlink.batch_provision(jsonb_build_object('atomic', atomic, 'items',
			jsonb_build_array(course_item(), jsonb_build_object('course', jsonb_build_object('ids', '{"external": "c-fail"}'::jsonb,
				'title', 'Fail', 'code', code)))));
	EXCEPTION WHEN query_canceled OR OTHERS THEN
		RETURN SQLSTATE || ' ' || (SELECT string_agg(l.line, ' ') FROM log l) || ' ' || (SELECT count(*) FROM proctorlink.course);
	END;
	RETURN 'done';
END
$$;
SELECT is(logged(code, true), code || ' before 0', 'after ' || code || ' in an atomic batch nothing stays')
FROM unnest('{57014,53200,42501,40001}'::text[]) AS code;
SELECT is(logged(code, false), code || ' before 0', 'nor in another') FROM unnest('{57014}'::text[]) AS code;
-- classes that triggers of customers raise refuse the item
SELECT is(logged(code, false), 'done', code || ' refuses the item') FROM unnest('{45000,PT409,P0001,23514,22000}'::text[]) AS code;
SELECT is((SELECT count(*) FROM proctorlink.course), 1::bigint, 'and the other one is done');
DROP TRIGGER fail ON proctorlink.course;

-- Trigger functions believe no table but their own.

CREATE TABLE fake (install_id uuid, enrollment_id uuid, account_id int, course_id uuid, exam_id int, role int, status int,
	updated_at text, created_at timestamptz DEFAULT now());
CREATE FUNCTION fires(timing text, function text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text := 'fired';
BEGIN
	EXECUTE format('CREATE TRIGGER t %s EXECUTE FUNCTION proctorlink.%I()', timing, function);
	BEGIN
		INSERT INTO fake VALUES (NULL, NULL, 1, NULL, 2, 3, 4, 'x');
		UPDATE fake SET status = 5;
	EXCEPTION WHEN query_canceled OR OTHERS THEN
		answer := SQLSTATE;
	END;
	DROP TRIGGER t ON fake;
	RETURN answer;
END
$$;
SELECT is(fires(timing, function), '39P01', function || ' on a table of somebody''s')
FROM (VALUES ('BEFORE UPDATE ON fake FOR EACH ROW', 'touch_row'),
	('BEFORE INSERT ON fake FOR EACH ROW', 'account_before'),
	('BEFORE INSERT ON fake FOR EACH ROW', 'exam_session_before'),
	('AFTER INSERT ON fake FOR EACH ROW', 'exam_session_attempts'),
	('AFTER INSERT ON fake REFERENCING NEW TABLE AS n FOR EACH STATEMENT', 'enrollment_written'),
	('AFTER INSERT ON fake REFERENCING NEW TABLE AS n FOR EACH STATEMENT', 'exam_written'),
	('AFTER INSERT ON fake REFERENCING NEW TABLE AS n FOR EACH STATEMENT', 'exam_configuration_written')) AS tried (timing, function);

-- complete removes nobody whom a refused item may mean.

SELECT proctorlink.batch_provision(jsonb_build_array(learner('a'), put(learner('b'), '/user/ids/api', '"b-api"'), learner('c')));
CREATE FUNCTION complete(VARIADIC items jsonb[]) RETURNS text LANGUAGE sql AS $$
	SELECT (answer -> 'complete' ->> 'done') || ' ' || (answer -> 'batch' ->> 'status') || ': ' || coalesce(active_learners(), '')
	FROM proctorlink.batch_provision(jsonb_build_object('items', to_jsonb(items),
		'complete', '{"courses": [{"external": "c-1"}], "maxRemoved": 9}'::jsonb)) AS answer
$$;
SELECT is(complete(learner('a'), (learner('b') - 'user') || jsonb_build_object('usr', learner('b') -> 'user')),
	'false completed_with_errors: a b c', 'a misspelt user');
SELECT is(complete(learner('a'), (learner('b') - 'course') || jsonb_build_object('Course', learner('b') -> 'course')),
	'false completed_with_errors: a b c', 'a misspelt course');
SELECT is(complete(learner('a'), put(put(learner('c'), '/user/ids/api', '"b-api"'), '/user/email', '"wrong"')),
	'true completed_with_errors: a b c', 'ids of two people, and an e-mail that is none: both stay');
SELECT is(complete(put(learner('a'), '/user/email', '"wrong"')), 'false failed: a b c', 'a batch of which nothing was done');
SELECT is(complete(learner('a'), put(learner('b'), '/user/email', '"wrong"')), 'true completed_with_errors: a b', 'a plain mistake');

-- An integration without a key signs nothing.

SELECT proctorlink.create_integration(:'install', 'other', 'https://provider.test') ->> 'sid' AS integration \gset
DELETE FROM proctorlink.signing_key;
SELECT is(outcome(learner('a') || jsonb_build_object('signon', jsonb_build_object('integrationSid', :'integration'))),
	'CONFLICT: not_allowed /signon/integrationSid', 'no key, no link');

-- A trigger that keeps rows back refuses the item.

CREATE FUNCTION keep_back() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER keep_back BEFORE INSERT ON proctorlink.enrollment FOR EACH ROW EXECUTE FUNCTION keep_back();
SELECT matches(outcome(learner('d')), '^CONFLICT: not_allowed', 'what is kept back is not answered as Created');
DROP TRIGGER keep_back ON proctorlink.enrollment;

-- Zones that pg_tzset takes and IANA does not have.

SELECT ok(NOT proctorlink.is_time_zone(zone), zone || ' is no time zone')
FROM unnest('{GMT+5,GMT99,A/B5,US/PACIFIC8,posixrules,Etc/GMT99,europe/amsterdam}'::text[]) AS zone;
SELECT is((SELECT string_agg(name, ' ') FROM pg_timezone_names
	WHERE NOT proctorlink.is_time_zone(name) AND name !~ '^(posix|right)/|^(posixrules|localtime|Factory)$'), NULL, 'and all the others are');

-- Who moves to another course takes no session along and gets those there.

SELECT proctorlink.batch_provision(jsonb_build_array(exam_item(), put(put(exam_item(), '/course/ids/external', '"c-2"'), '/exam/ids/external', '"e-2"')));
UPDATE proctorlink.enrollment SET course_id = (SELECT course_id FROM proctorlink.course WHERE external_id = 'c-2')
WHERE account_id = (SELECT account_id FROM proctorlink.account WHERE candidate_ext_id = 'a');
SELECT is((SELECT string_agg(x.external_id || ' ' || s.status, ', ' ORDER BY x.external_id)
	FROM proctorlink.exam_session s JOIN proctorlink.exam x USING (install_id, exam_id) JOIN proctorlink.account a USING (install_id, account_id)
	WHERE a.candidate_ext_id = 'a'), 'e-1 Cancelled, e-2 Needs Proctor', 'sessions follow the enrollment');

-- An atomic batch tells all that is wrong, though one item waits for another.

SELECT is((SELECT string_agg(coalesce(entry -> 'error' ->> 'code', 'skipped'), ' ')
	FROM jsonb_array_elements(proctorlink.batch_provision(jsonb_build_object('atomic', true, 'items', jsonb_build_array(
		put(learner('n'), '/course/ids/external', '"c-9"'), '{"exam": {}}'::jsonb,
		put(learner('n'), '/course/ids/external', '"c-9"') || '{"enrollment": {"status": "removed"}}',
		'{"course": {"ids": {"external": "nowhere"}}}'::jsonb))) -> 'items') AS entry),
	'skipped INVALIDINPUT skipped RESOURCENOTFOUND', 'the wrong ones and the others');

SELECT * FROM finish();
ROLLBACK;
