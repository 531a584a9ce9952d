-- test/pgtap/provision_enrollment.sql
--		The enrollment block of batch_provision, and what a person with a course
--		does without one.

BEGIN;
\ir helpers.psql
SELECT plan(44);
SELECT proctorlink.create_install('University', 'https://platform.test') AS install \gset

CREATE FUNCTION enrolled(enrollment jsonb) RETURNS jsonb LANGUAGE sql AS $$
	SELECT learner_item() || jsonb_build_object('enrollment', enrollment)
$$;
CREATE FUNCTION stored_enrollment() RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_build_object('role', role, 'status', status) FROM proctorlink.enrollment
$$;

-- A person with a course is enrolled, as a learner unless told otherwise; the
-- answer carries the enrollment either way.

SELECT proctorlink.batch_provision(learner_item()) AS answer \gset
SELECT is(results(:'answer'), 'course Created, user Created, enrollment Created', 'a person with a course is enrolled');
SELECT matches(:'answer'::jsonb #>> '{enrollment,sid}', '^EN[a-f0-9]{32}$', 'the sid of an enrollment');
SELECT is(ARRAY(SELECT jsonb_object_keys(:'answer'::jsonb -> 'enrollment') ORDER BY 1), ARRAY['result', 'sid'],
	'it is answered with sid and result');
SELECT is(stored_enrollment(), '{"role": "learner", "status": "active"}', 'as an active learner');
SELECT is(
	(SELECT ARRAY[proctorlink.sid('account', account_id), proctorlink.sid('course', course_id),
		proctorlink.sid('enrollment', enrollment_id)] FROM proctorlink.enrollment),
	ARRAY[:'answer'::jsonb #>> '{user,sid}', :'answer'::jsonb #>> '{course,sid}',
		:'answer'::jsonb #>> '{enrollment,sid}'], 'of that person in that course');
SELECT is(proctorlink.batch_provision(learner_item()) -> 'enrollment',
	jsonb_build_object('sid', :'answer'::jsonb #>> '{enrollment,sid}', 'result', 'Found Existing'),
	'the same again finds it');
SELECT is(outcome('{"course": {"ids": {"external": "c-1"}}, "user": {"ids": {"external": "u-1"}}}'),
	'course Found Existing, user Found Existing, enrollment Found Existing', 'references are enough');
SELECT is(outcome('{"course": {"ids": {"external": "c-9"}, "title": "Zoology"}, "user": {"ids": {"external": "u-1"}}}'),
	'course Created, user Found Existing, enrollment Created', 'a person may be in several courses');

-- Roles.

SELECT is(outcome(put(put(enrolled('{}'), '/user/ids', '{"external": "new"}'), '/enrollment', enrollment)),
	'course Found Existing, user Created, enrollment Created', name)
FROM (VALUES
	('an enrollment block may be empty', '{}'::jsonb),
	('a learner', '{"role": "learner"}'),
	('an instructor', '{"role": "instructor"}'),
	('an administrator of the course', '{"role": "administrator"}'),
	('a role that is null', '{"role": null}'),
	('an active one', '{"status": "active"}'),
	('a status that is null', '{"status": null}'),
	('one that is removed from the beginning', '{"status": "removed"}'),
	('a role and a status', '{"role": "instructor", "status": "active"}')
) AS accepted (name, enrollment);

SELECT is(outcome(enrolled('{"role": "instructor"}')),
	'course Found Existing, user Found Existing, enrollment Updated', 'another role updates');
SELECT is(outcome(enrolled('{"role": "instructor"}'), learner_item()),
	'course Found Existing, user Found Existing, enrollment Found Existing', 'without a block the role stays');
SELECT is(outcome(enrolled('{"role": "instructor"}'), enrolled('{}')),
	'course Found Existing, user Found Existing, enrollment Found Existing', 'an absent role stays');
SELECT is(outcome(enrolled('{"role": "instructor"}'), enrolled('{"role": null}')),
	'course Found Existing, user Found Existing, enrollment Updated', 'a role that is null is reset');

-- Removed and active again.

SELECT is(results(proctorlink.batch_provision(enrolled('{"role": "instructor", "status": "removed"}'))),
	'course Found Existing, user Found Existing, enrollment Updated', 'removing updates');
SELECT is(stored_enrollment(), '{"role": "instructor", "status": "removed"}', 'the row stays, with its role');
SELECT is(results(proctorlink.batch_provision(enrolled('{"status": "removed"}'))),
	'course Found Existing, user Found Existing, enrollment Found Existing', 'removing again finds it so');
SELECT is(outcome(enrolled('{"status": "active"}')),
	'course Found Existing, user Found Existing, enrollment Updated', 'active again by status');
SELECT is(outcome(enrolled('{"role": "instructor"}')),
	'course Found Existing, user Found Existing, enrollment Updated', 'active again by a block without status');
SELECT is(results(proctorlink.batch_provision(learner_item())),
	'course Found Existing, user Found Existing, enrollment Updated', 'active again by coming again');
SELECT is(stored_enrollment(), '{"role": "instructor", "status": "active"}', 'with the role that it had');
SELECT is(outcome('{"course": {"ids": {"external": "c-1"}}, "user": {"ids": {"external": "u-1"}},
		"enrollment": {"status": "removed"}}'),
	'course Found Existing, user Found Existing, enrollment Updated', 'removing needs references only');
SELECT is((SELECT (answer -> 'batch' ->> 'removed')::integer
	FROM proctorlink.batch_provision(jsonb_build_array(enrolled('{"status": "removed"}'))) answer), 1,
	'a batch counts who was removed');

-- An enrollment needs a person and a course; what it holds is checked.

SELECT is(verdict(user_item() || '{"enrollment": {"role": "learner"}}'), 'INVALIDINPUT: together /enrollment',
	'an enrollment without a course');
SELECT is(verdict(course_item() || '{"enrollment": {"role": "learner"}}'), 'INVALIDINPUT: together /enrollment',
	'an enrollment without a user');
SELECT is(verdict(course_item() || '{"enrollment": {}}'), 'INVALIDINPUT: together /enrollment',
	'also an empty one');
SELECT is(verdict(exam_item() || '{"enrollment": {}}'), 'INVALIDINPUT: together /enrollment',
	'also beside an exam');
SELECT is(verdict(enrolled(enrollment)), 'INVALIDINPUT: ' || refusal, name)
FROM (VALUES
	('an enrollment that is text', '"learner"'::jsonb, 'type /enrollment'),
	('an enrollment that is a list', '[]', 'type /enrollment'),
	('a role that there is not', '{"role": "teachingAssistant"}', 'enum /enrollment/role'),
	('a role in another case', '{"role": "Learner"}', 'enum /enrollment/role'),
	('a role that is empty', '{"role": ""}', 'enum /enrollment/role'),
	('a role that is a number', '{"role": 1}', 'type /enrollment/role'),
	('a status that there is not', '{"status": "dropped"}', 'enum /enrollment/status'),
	('a status that is a boolean', '{"status": true}', 'type /enrollment/status'),
	('a member that there is not', '{"section": "A"}', 'unknown_key /enrollment/section'),
	('ids, which an enrollment has not', '{"ids": {"sid": "EN00000000000000000000000000000000"}}',
		'unknown_key /enrollment/ids')
) AS refused (name, enrollment, refusal);

SELECT * FROM finish();
ROLLBACK;
