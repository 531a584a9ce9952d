-- test/pgtap/unprivileged_caller.sql
--		A role with EXECUTE and the privileges on the plain tables calls
--		everything; it need not be a superuser, and sees no secret.

BEGIN;
\ir helpers.psql
SELECT plan(58);
SELECT proctorlink.create_install('University', 'https://platform.test') AS install \gset
SELECT proctorlink.create_integration(:'install', 'other', 'https://provider.test/') AS integration \gset

CREATE ROLE proctorlink_test_caller;
GRANT USAGE ON SCHEMA proctorlink TO proctorlink_test_caller;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA proctorlink TO proctorlink_test_caller;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA proctorlink TO proctorlink_test_caller;
REVOKE ALL ON proctorlink.exam_secret, proctorlink.signing_key, proctorlink.webhook_secret, proctorlink.launch_key,
	proctorlink.access_key, proctorlink.signon_use FROM proctorlink_test_caller;
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
FROM unnest('{exam_secret,signing_key,webhook_secret,launch_key,access_key,signon_use}'::text[]) secret;
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

-- A role that schedules is granted by hand what that takes (docs/security.md), and no more.

SELECT proctorlink.eapi_create_user('{"ExternalId": "boss", "FirstName": "A", "LastName": "B", "Role": "scheduler"}') IS NOT NULL AS made,
	proctorlink.configure_install(:'install', '{"defaultScheduler": "boss"}') IS NOT NULL AS set \gset
INSERT INTO proctorlink.exam (install_id, external_id, title, duration_minutes, published)
	SELECT install_id, 'EX-1', 'Anatomy', 60, true FROM proctorlink.install;
SELECT proctorlink.create_accommodation_exam('EX-1', 50) AS longer, proctorlink.allow_accommodation('EX-1', '{c-7}') IS NOT NULL AS allowed \gset
CREATE ROLE proctorlink_test_scheduling;
SELECT proctorlink.bind_role(:'install', 'proctorlink_test_scheduling') IS NULL AS unused \gset
GRANT USAGE ON SCHEMA proctorlink TO proctorlink_test_scheduling;
GRANT EXECUTE ON FUNCTION proctorlink.eapi_create_schedule(jsonb), proctorlink.eapi_create_draft_schedule(jsonb),
	proctorlink.eapi_update_schedule(text, jsonb), proctorlink.eapi_activate_schedule(text), proctorlink.deactivate_schedule(text),
	proctorlink.move_schedule(text, text), proctorlink.eapi_delete_schedule(text), proctorlink.eapi_get_schedule(text),
	proctorlink.eapi_add_candidates(jsonb), proctorlink.eapi_add_existing_candidates(text, jsonb),
	proctorlink.eapi_remove_candidates(text, jsonb), proctorlink.eapi_attempt_info(text, text),
	proctorlink.eapi_results(text, text, text), proctorlink.eapi_create_group(jsonb), proctorlink.eapi_update_group(text, jsonb),
	proctorlink.eapi_search_groups(text), proctorlink.eapi_delete_group(text), proctorlink.eapi_create_user(jsonb),
	proctorlink.eapi_update_user(text, jsonb), proctorlink.eapi_get_user(text), proctorlink.eapi_delete_user(text),
	proctorlink.eapi_create_assessment(jsonb), proctorlink.eapi_update_assessment(text, jsonb),
	proctorlink.eapi_get_assessment(text), proctorlink.configure_exam(text, jsonb), proctorlink.find_assessment(text),
	proctorlink.launch_link(text), proctorlink.redeem_launch(text), proctorlink.set_session_status(text, text, text),
	proctorlink.publish_result(text, jsonb), proctorlink.expire_sessions(), proctorlink.explain_schedule(jsonb, text),
	proctorlink.readiness(text), proctorlink.selectable_hierarchies(), proctorlink.use_install(text, text),
	proctorlink.whoami(), proctorlink.sid(text, uuid), proctorlink.sid_uuid(text) TO proctorlink_test_scheduling;
GRANT SELECT ON proctorlink.install, proctorlink.integration, proctorlink.role, proctorlink.course,
	proctorlink.accommodation, proctorlink.account_share, proctorlink.hierarchy_access TO proctorlink_test_scheduling;
GRANT SELECT, UPDATE ON proctorlink.exam_configuration TO proctorlink_test_scheduling;
GRANT SELECT, INSERT, UPDATE ON proctorlink.account, proctorlink.exam, proctorlink.exam_session TO proctorlink_test_scheduling;
GRANT SELECT, INSERT, UPDATE, DELETE ON proctorlink.hierarchy, proctorlink.schedule TO proctorlink_test_scheduling;

-- What a call of the External API answers, in short.
CREATE FUNCTION told(answer jsonb) RETURNS text IMMUTABLE LANGUAGE sql AS $$
	SELECT CASE answer -> 'Success' WHEN 'true' THEN 'done' WHEN 'false' THEN answer #>> '{Errors,0,Error}' ELSE 'bare' END
$$;
CREATE FUNCTION sitting(id text, starts timestamptz, VARIADIC candidates text[]) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_build_object('Schedule', jsonb_build_object('AssessmentExtId', 'EX-1', 'ScheduleExtId', id, 'GroupExtId', 'g', 'GroupName', 'G',
			'ScheduleGroupExtId', 'h', 'ScheduleGroupName', 'H', 'StartDateTime', to_char(starts AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')),
		'Candidates', (SELECT jsonb_agg(jsonb_build_object('CandidateExtId', c, 'FirstName', 'F', 'LastName', 'L', 'Email', c || '@example.org'))
			FROM unnest(candidates) c))
$$;
SET LOCAL ROLE proctorlink_test_scheduling;

SELECT is(told(proctorlink.eapi_create_schedule(sitting('S-1', '2032-03-01', 'c-1', 'c-2'))), 'done', 'a schedule, its hierarchies and candidates');
SELECT is(told(proctorlink.eapi_create_schedule(sitting('S-1', '2032-03-02', 'c-1') || '{"Upsert": true}')), 'done', 'upserted');
SELECT is(told(proctorlink.eapi_create_draft_schedule('{"AssessmentExternalId": "EX-1", "ScheduleExternalId": "D-1", "StartDateTime": "2032-05-01T09:00:00Z"}')), 'done', 'a draft');
SELECT is(told(proctorlink.eapi_update_schedule('D-1', '{"Title": "T"}')), 'done', 'changed');
SELECT is(told(proctorlink.eapi_activate_schedule('D-1')), 'done', 'activated');
SELECT is(told(proctorlink.deactivate_schedule('D-1')), 'done', 'taken back');
SELECT is(told(proctorlink.move_schedule('D-1', 'g')), 'done', 'moved');
SELECT is(told(proctorlink.eapi_add_candidates(sitting('S-1', '2032-03-01', 'c-3'))), 'done', 'candidates are added');
SELECT is(told(proctorlink.eapi_remove_candidates('S-1', '["c-3"]')), 'done', 'and taken off');
SELECT is(told(proctorlink.eapi_add_existing_candidates('D-1', '["c-3"]')), 'done', 'and added to another');
SELECT is(told(proctorlink.eapi_get_schedule('S-1')), 'done', 'shown');
SELECT is(told(proctorlink.eapi_attempt_info('S-1', 'c-1')), 'Schedule has not yet begun', 'attempts are looked for');
SELECT is(told(proctorlink.eapi_delete_schedule('D-1')), 'done', 'a schedule is deleted');
SELECT is(told(proctorlink.eapi_create_schedule(jsonb_set(sitting('A-1', '2032-03-01', 'c-7'), '{Schedule,AssessmentExtId}', to_jsonb(:'longer'::text)))), 'done', 'an accommodation exam is scheduled');
SELECT matches(told(proctorlink.eapi_create_schedule(jsonb_set(sitting('A-2', '2032-03-01', 'c-8'), '{Schedule,AssessmentExtId}', to_jsonb(:'longer'::text)))), '^accommodation_exam_only_for_eligible', 'for those who are eligible');
SELECT is(told(proctorlink.eapi_create_group('{"ExternalId": "x", "Title": "X"}')), 'done', 'a group');
SELECT is(told(proctorlink.eapi_update_group('x', '{"ParentExternalId": "g"}')), 'done', 'moved');
SELECT is(told(proctorlink.eapi_delete_group('x')), 'bare', 'removed');
SELECT is(told(proctorlink.eapi_create_user('{"ExternalId": "u", "FirstName": "F", "LastName": "L"}')), 'done', 'a user');
SELECT is(told(proctorlink.eapi_update_user('u', '{"LastName": "M"}')), 'done', 'changed');
SELECT is(told(proctorlink.eapi_get_user('u')), 'done', 'shown');
SELECT is(told(proctorlink.eapi_delete_user('u')), 'done', 'deleted');
SELECT is(told(proctorlink.eapi_create_assessment('{"ExternalId": "EX-2", "Title": "T", "Code": "C", "Purpose": 1, "Owner": "boss"}')), 'done', 'an assessment');
SELECT is(told(proctorlink.eapi_update_assessment('EX-2', '{"Title": "U"}')), 'done', 'changed');
SELECT is(proctorlink.configure_exam('EX-2', '{"durationMinutes": 20, "published": true}') ->> 'published', 'true', 'configured');
SELECT is(told(proctorlink.eapi_get_assessment('EX-2')), 'done', 'shown');
SELECT is((SELECT external_id FROM proctorlink.find_assessment('ex-2') LIMIT 1), 'EX-2', 'found');
SELECT matches((SELECT hint FROM proctorlink.readiness('EX-9') WHERE check_name = 'exam.found'), 'Nearest here: EX-', 'and the nearest told');
SELECT ok(proctorlink.eapi_create_schedule(sitting('S-2', now() - interval '5 minutes', 'c-4')) #>> '{Candidates,0,StartupLink}' IS NOT NULL, 'a schedule that is open');
SELECT is((SELECT proctorlink.redeem_launch(split_part(proctorlink.launch_link(proctorlink.sid('exam_session', exam_session_id)) ->> 'StartupLink', 'session=', 2))
	#>> '{session,status}' FROM proctorlink.exam_session JOIN proctorlink.account USING (install_id, account_id) WHERE candidate_ext_id = 'c-4'),
	'In Progress', 'its link is redeemed');
SELECT is((SELECT proctorlink.publish_result(proctorlink.sid('exam_session', exam_session_id), '{"score": 1}') ->> 'changed'
	FROM proctorlink.exam_session WHERE status = 'In Progress'), 'true', 'its result published');
SELECT is(proctorlink.eapi_results('c-4') #>> '{Results,0,Score}', '1', 'and read');
SELECT is((SELECT count(*) FROM proctorlink.explain_schedule(sitting('S-1', '2032-03-01', 'c-1')) WHERE NOT ok)
	+ (SELECT count(*) FROM proctorlink.readiness('EX-1') WHERE NOT ok AND check_name LIKE 'exam.%'), 1::bigint, 'what is wrong is explained');
SELECT is((SELECT jsonb_agg(has_table_privilege('proctorlink.' || t, 'SELECT')) FROM unnest('{enrollment,batch}'::text[]) t),
	'[false, false]', 'without the tables of provisioning');
RESET ROLE;
REVOKE INSERT ON proctorlink.schedule FROM proctorlink_test_scheduling;
SET LOCAL ROLE proctorlink_test_scheduling;
SELECT is(told(proctorlink.eapi_create_schedule(sitting('S-3', '2032-03-01', 'c-5'))), 'Not allowed to use external API', 'a privilege that is missing is a 403');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
