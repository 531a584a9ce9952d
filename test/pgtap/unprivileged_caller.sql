-- test/pgtap/unprivileged_caller.sql
--		A role with EXECUTE and the privileges on the plain tables calls
--		everything; it need not be a superuser, and sees no secret.

BEGIN;
\ir helpers.psql
SELECT plan(21);
SELECT proctorlink.create_install('University', 'https://platform.test') AS install \gset
SELECT proctorlink.create_integration(:'install', 'other', 'https://provider.test/') AS integration \gset

CREATE ROLE proctorlink_test_caller;
GRANT USAGE ON SCHEMA proctorlink TO proctorlink_test_caller;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA proctorlink TO proctorlink_test_caller;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA proctorlink TO proctorlink_test_caller;
REVOKE ALL ON proctorlink.exam_secret, proctorlink.signing_key, proctorlink.webhook_secret, proctorlink.launch_key
	FROM proctorlink_test_caller;
SET LOCAL ROLE proctorlink_test_caller;

SELECT is(results(proctorlink.batch_provision(exam_item())), 'course Created, exam Created, configuration Created',
	'an exam with its password is provisioned');
SELECT is(results(proctorlink.batch_provision(exam_item())), 'course Found Existing, exam Found Existing, configuration Found Existing',
	'and found, password and all');
SELECT is(outcome(put(exam_item(), '/exam/configuration/password', '"another"')),
	'course Found Existing, exam Found Existing, configuration Updated', 'another password is seen');
SELECT is(results(proctorlink.batch_provision(learner_item() || jsonb_build_object('signon',
	jsonb_build_object('integrationSid', :'integration'::jsonb ->> 'sid')))),
	'course Found Existing, user Created, enrollment Created, signon', 'a person is enrolled and signed on');
SELECT is((SELECT array_agg(status) FROM proctorlink.exam_session), '{Needs Proctor}', 'and has a session');
SELECT is(proctorlink.batch_provision(jsonb_build_object('idempotencyKey', 'k', 'items', jsonb_build_array(user_item()))) #>> '{batch,status}',
	'completed', 'a batch with a key is run');
SELECT is(proctorlink.batch_provision(jsonb_build_object('dryRun', true, 'items', jsonb_build_array(user_item()))) #>> '{batch,status}',
	'dry_run', 'and a dry run');
SELECT is(proctorlink.batch_provision('{"items": [], "complete": {"courses": [{"external": "c-1"}], "maxRemoved": 1}}') #> '{complete,removed}',
	'1', 'a course is completed');
SELECT is((SELECT array_agg(status) FROM proctorlink.exam_session), '{Cancelled}', 'and the session cancelled');
SELECT lives_ok(format('SELECT proctorlink.use_install(%L)', :'install'), 'an install is chosen');

-- The owner's table of secrets stays the owner's, before and after a call and
-- also where the call fails.

SELECT is(refused('SELECT * FROM proctorlink.' || secret), '42501', 'no privilege on ' || secret)
FROM unnest('{exam_secret,signing_key,webhook_secret,launch_key}'::text[]) secret;
SELECT is(verdict(put(exam_item(), '/exam/configuration/password', long(501))), 'INVALIDINPUT: length /exam/configuration/password',
	'a call that is refused');
SELECT is(current_user::text, 'proctorlink_test_caller', 'leaves the role as it was');
SELECT is(refused('SELECT * FROM proctorlink.exam_secret'), '42501', 'and the secrets closed');

-- A privilege that is missing is said to be missing, by PostgreSQL.

RESET ROLE;
REVOKE INSERT ON proctorlink.account FROM proctorlink_test_caller;
SET LOCAL ROLE proctorlink_test_caller;
SELECT is(call_refused(put(user_item(), '/user/ids', '{"external": "new"}')), '42501', 'without INSERT on account nobody is made');
SELECT is(call_refused(user_item()), 'accepted', 'but who is here is found');
RESET ROLE;
REVOKE EXECUTE ON FUNCTION proctorlink.batch_provision(jsonb) FROM proctorlink_test_caller;
SET LOCAL ROLE proctorlink_test_caller;
SELECT is(call_refused(user_item()), '42501', 'without EXECUTE nothing is called');
RESET ROLE;
SELECT is((SELECT count(*) FROM proctorlink.account), 1::bigint, 'one person is here');

SELECT * FROM finish();
ROLLBACK;
