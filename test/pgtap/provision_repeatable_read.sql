-- test/pgtap/provision_repeatable_read.sql
--		A transaction that keeps one snapshot provisions like any other.

BEGIN ISOLATION LEVEL REPEATABLE READ;
\ir helpers.psql
SELECT plan(8);
SELECT proctorlink.create_install('University', 'https://platform.test') AS install \gset

SELECT is(results(proctorlink.batch_provision(learner_item())), 'course Created, user Created, enrollment Created', 'a learner');
SELECT is(results(proctorlink.batch_provision(exam_item())), 'course Found Existing, exam Created, configuration Created', 'an exam');
SELECT is((SELECT array_agg(status) FROM proctorlink.exam_session), '{Needs Proctor}', 'the session that follows');
SELECT is(outcome(put(user_item(), '/user/lastName', '"Lovelace"')), 'user Updated', 'a change');
SELECT is(verdict(put(user_item(), '/user/ids', '{"external": "u-1", "api": "u-api"}'), put(user_item(), '/user/ids', '{"external": "u-2", "api": "u-api"}')),
	'CONFLICT: conflict /user/ids/external', 'a conflict');
SELECT proctorlink.batch_provision(jsonb_build_object('idempotencyKey', 'k', 'items', jsonb_build_array(user_item()))) AS first \gset
SELECT is(proctorlink.batch_provision(jsonb_build_object('idempotencyKey', 'k', 'items', jsonb_build_array(user_item()))), :'first'::jsonb,
	'a key replays');
SELECT is(proctorlink.batch_provision('{"items": [], "complete": {"courses": [{"external": "c-1"}], "maxRemoved": 1}}') #> '{complete,removed}', '1',
	'a course is completed');
SELECT is((SELECT array_agg(status) FROM proctorlink.exam_session), '{Cancelled}', 'with what follows from it');

SELECT * FROM finish();
ROLLBACK;
