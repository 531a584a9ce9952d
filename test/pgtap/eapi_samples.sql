-- test/pgtap/eapi_samples.sql
--		What Cirrus's contract documents, sent as it documents it: the sample
--		bodies with their members, the members of their answers, and the client
--		of a customer that is known to read them.

BEGIN;
\ir helpers.psql
SELECT no_plan();

SELECT proctorlink.create_install('University', 'https://platform.test', '{"timeZone": "Europe/Amsterdam"}') AS install \gset
INSERT INTO proctorlink.account (install_id, candidate_ext_id, role) SELECT install_id, 'boss', 'administrator' FROM proctorlink.install;
INSERT INTO proctorlink.exam (install_id, external_id, title, duration_minutes, published)
	SELECT install_id, '5050', 'Anatomy', 120, true FROM proctorlink.install;
SELECT proctorlink.configure_install(:'install', '{"defaultScheduler": "boss", "defaultOwner": "boss"}') IS NOT NULL;

-- 1. A customer's client: it reads a success without looking for an envelope,
-- and takes an "already exists" with the id in brackets for its own second call,
-- whatever the status.
CREATE FUNCTION client_reads(answer jsonb) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$
DECLARE
	message text := answer ->> 'Message';
	url text := answer #>> '{Candidates,0,LaunchUrl}';
BEGIN
	IF message IS NULL THEN
		RETURN CASE WHEN url LIKE 'https://%' THEN 'start at ' || split_part(url, '=', 1) || ' for ' || (answer #>> '{Schedule,ScheduleExtId}')
			ELSE 'no link' END;
	END IF;
	RETURN (SELECT string_agg(CASE WHEN text LIKE '%already exists%' THEN 'there already: ' || substring(text from '\[([^]]*)\]')
			ELSE 'error: ' || text END, '; ' ORDER BY place)
		FROM regexp_split_to_table(message, '\|') WITH ORDINALITY AS texts (text, place));
END
$$;
CREATE FUNCTION client_request(schedule jsonb DEFAULT '{}', candidate jsonb DEFAULT '{}') RETURNS jsonb IMMUTABLE LANGUAGE sql AS $$
	SELECT jsonb_build_object('Schedule', '{"Title": "Anatomy", "AssessmentExtId": "5050", "ScheduleExtId": "888991",
			"StartDateTime": "2032-05-19T10:30:00Z", "GroupExtId": "1907", "GroupName": "Medicine", "ScheduleGroupExtId": null,
			"ScheduleGroupName": null, "PIN": null, "ExtraTime": null, "Owner": "boss"}'::jsonb || schedule,
		'Candidates', jsonb_build_array('{"CandidateExtId": "999880", "FirstName": "Ada", "LastName": "Byron",
			"Email": "ada@example.org"}'::jsonb || candidate))
$$;
SELECT proctorlink.eapi_create_schedule(client_request()) AS made \gset
SELECT is(client_reads(:'made'), 'start at https://platform.test/delivery/external-login?session for 888991', 'the client finds its link');
SELECT is(:'made'::jsonb - '{Content,Success,Errors,Candidates}'::text[], '{"Result": "Schedule[888991] created successfully",
	"Schedule": {"Title": "Anatomy", "AssessmentExtId": "5050", "ScheduleExtId": "888991", "StartDateTime": "2032-05-19T10:30:00Z",
		"EndDateTime": "2032-05-19T13:30:00Z", "GroupExtId": "1907", "GroupName": "Medicine", "ScheduleGroupExtId": null,
		"ScheduleGroupName": null, "PIN": null, "ExtraTime": null, "Owner": "boss"}}', 'in an answer as it knows them');
SELECT is((:'made'::jsonb #> '{Candidates,0}') - '{StartupLink,LaunchUrl}'::text[],
	'{"CandidateExtId": "999880", "FirstName": "Ada", "LastName": "Byron", "Email": "ada@example.org", "Password": null}', 'with the candidate');
SELECT is(split_part(:'made'::jsonb #>> '{Candidates,0,StartupLink}', '=', 2), split_part(:'made'::jsonb #>> '{Candidates,0,LaunchUrl}', '=', 2),
	'both links carry one session');
SELECT is(client_reads(proctorlink.eapi_create_schedule(client_request())), 'there already: 888991', 'a second call is known as such');
SELECT is(current_setting('response.status'), '400', 'by status 400');
SELECT is(client_reads(proctorlink.eapi_create_schedule(client_request('{"AssessmentExtId": "5051"}'))),
	'there already: 888991; error: Assessment hasn''t been found by external id [5051]', 'several texts come joined');
SELECT is(client_reads(proctorlink.eapi_create_schedule(client_request('{"Owner": "nobody", "ScheduleExtId": "888992", "AssessmentExtId": "5051"}'))) LIKE 'error: %; error: %',
	true, 'other errors are errors');
SELECT is((SELECT count(*) FROM proctorlink.schedule), 1::bigint, 'and one schedule was made');
SELECT is(client_reads(proctorlink.eapi_create_schedule(client_request('{"Title": "Again"}') || '{"Upsert": true}')),
	'start at https://platform.test/delivery/external-login?session for 888991', 'an update gives the link as well');

-- 2. The documented bodies.  What an answer has: the members, nested ones by
-- their paths, of lists those of the first element.
CREATE FUNCTION members(value jsonb) RETURNS text IMMUTABLE LANGUAGE sql AS $$
	WITH RECURSIVE member (path, value) AS (
		SELECT key, v.value FROM jsonb_each(value) v
		UNION ALL
		SELECT m.path || '.' || v.key, v.value FROM member m CROSS JOIN LATERAL jsonb_each(CASE jsonb_typeof(m.value)
			WHEN 'object' THEN m.value
			WHEN 'array' THEN CASE WHEN jsonb_typeof(m.value -> 0) = 'object' THEN m.value -> 0 ELSE '{}' END ELSE '{}' END) v)
	SELECT string_agg(path, ' ' ORDER BY path COLLATE "C") FROM member
$$;
CREATE FUNCTION plain_success() RETURNS jsonb IMMUTABLE LANGUAGE sql AS $$ SELECT '{"Content": null, "Success": true, "Errors": null}'::jsonb $$;

SELECT is(members(proctorlink.eapi_create_schedule('{"Workflow": "EXTERNAL_ATTEMPTS", "Upsert": false,
	"Schedule": {"AssessmentExtId": "5050", "Title": "Title", "ScheduleExtId": "EXT_sch_1", "StartDateTime": "2032-04-21T07:30:00.000Z",
		"EndDateTime": "2032-04-21T17:30:00.000Z", "GroupExtId": "EXT_g_1", "GroupName": "Group", "ScheduleGroupExtId": "EXT_g_2",
		"ScheduleGroupName": "Group of schedules", "PIN": "1234", "ExtraTime": 60, "Owner": "boss", "LockExamOnConnectionLoss": false},
	"Candidates": [{"UserName": "user1", "CandidateExtId": "EXT_c_1", "FirstName": "First", "LastName": "Last", "Email": "first@example.org",
		"Password": "secret", "SpecialNeeds": "true", "ReasonableAdjustmentPercentage": 20, "Photo": "https://example.org/p.png",
		"AttemptExtId": "Ext_a_2"}]}')),
	'Candidates Candidates.AttemptExtId Candidates.CandidateExtId Candidates.Email Candidates.FirstName Candidates.LastName Candidates.LaunchUrl '
	'Candidates.Password Candidates.StartupLink Content Content.Candidates Content.Candidates.AttemptExtId Content.Candidates.CandidateExtId '
	'Content.Candidates.Email Content.Candidates.FirstName Content.Candidates.LastName Content.Candidates.LaunchUrl Content.Candidates.Password '
	'Content.Candidates.StartupLink Content.Result Content.Schedule Content.Schedule.AssessmentExtId Content.Schedule.EndDateTime '
	'Content.Schedule.ExtraTime Content.Schedule.GroupExtId Content.Schedule.GroupName Content.Schedule.Owner Content.Schedule.PIN '
	'Content.Schedule.ScheduleExtId Content.Schedule.ScheduleGroupExtId Content.Schedule.ScheduleGroupName Content.Schedule.StartDateTime '
	'Content.Schedule.Title Errors Result Schedule Schedule.AssessmentExtId Schedule.EndDateTime Schedule.ExtraTime Schedule.GroupExtId '
	'Schedule.GroupName Schedule.Owner Schedule.PIN Schedule.ScheduleExtId Schedule.ScheduleGroupExtId Schedule.ScheduleGroupName '
	'Schedule.StartDateTime Schedule.Title Success', 'create schedule and generate links, attempts driven from outside');
SELECT is((SELECT jsonb_build_object('attempt', attempt_ext_id, 'workflow', workflow, 'extra', extra_time_minutes, 'pin', pin_code, 'user', username)
	FROM proctorlink.schedule s JOIN proctorlink.exam_session USING (install_id, schedule_id) JOIN proctorlink.account USING (install_id, account_id)
	WHERE s.external_id = 'EXT_sch_1'),
	'{"attempt": "Ext_a_2", "workflow": "EXTERNAL_ATTEMPTS", "extra": 60, "pin": "1234", "user": "user1"}', 'is kept as it was sent');
SELECT is((SELECT count(*) FROM proctorlink.account a WHERE a::text LIKE '%secret%'), 0::bigint, 'but for the password');

SELECT is(proctorlink.eapi_create_draft_schedule('{"AssessmentExternalId": "5050", "StartDateTime": "2032-05-21T10:00:00Z",
	"EndDateTime": "2032-05-21T14:00:00Z", "Title": "Title", "ScheduleExternalId": "EXT_sch_2", "HierarchyExternalId": "EXT_g_1", "PIN": "1234",
	"UseProctorIo": true, "ProctorioTemplateExternalId": "template1", "Owner": "boss"}'),
	'{"Content": "EXT_sch_2", "Success": true, "Errors": null}', 'create non-published schedule');
SELECT is(proctorlink.eapi_update_schedule('EXT_sch_2', '{"StartDateTime": "2032-05-21T10:00:00", "EndDateTime": "2032-05-21T15:00:00", "Title": "Title",
	"ScheduleExternalId": "EXT_sch_3", "HierarchyExternalId": "EXT_g_2", "PIN": "1234", "UseProctorIo": false,
	"ProctorioTemplateExternalId": "template1"}'), plain_success(), 'update schedule, in times without a zone');
SELECT is(proctorlink.eapi_activate_schedule('EXT_sch_3'), plain_success(), 'activate');
SELECT is(proctorlink.eapi_update_schedule('EXT_sch_3', '{"PIN":"4321"}'), plain_success(), 'update the PIN of an activated schedule');
SELECT is(proctorlink.eapi_add_existing_candidates('EXT_sch_3', '["EXT_c_1"]'),
	'{"Content": {"AddedCandidateExternalIds": ["EXT_c_1"], "NotFoundUserExternalIds": [], "AlreadyAddedCandidateExternalIds": []},
		"Success": true, "Errors": null}', 'add candidates');
SELECT is(proctorlink.eapi_add_existing_candidates('EXT_sch_3', '["EXT_c_1"]'),
	'{"Content": {"AddedCandidateExternalIds": [], "NotFoundUserExternalIds": [], "AlreadyAddedCandidateExternalIds": ["EXT_c_1"]},
		"Success": true, "Errors": null}', 'twice is no error');
SELECT is(members(proctorlink.eapi_add_candidates('{"Schedule": {"ScheduleExtId": "EXT_sch_3", "GroupExtId": "EXT_g_3", "GroupName": "Third"},
	"Candidates": [{"UserName": "user2", "CandidateExtId": "EXT_c_2", "FirstName": "First", "LastName": "Last", "Email": "second@example.org",
		"Password": "secret", "SpecialNeeds": "true", "ReasonableAdjustmentPercentage": 20, "Photo": "https://example.org/p.png"},
		{"CandidateExtId": "EXT_c_3", "FirstName": "First", "LastName": "Last", "Email": "third@example.org"}]}') - 'Content'),
	'Candidates Candidates.CandidateExtId Candidates.Email Candidates.FirstName Candidates.LastName Candidates.LaunchUrl Candidates.Password '
	'Candidates.StartupLink Errors Result Schedule Schedule.AssessmentExtId Schedule.EndDateTime Schedule.GroupExtId Schedule.GroupName '
	'Schedule.ScheduleExtId Schedule.StartDateTime Schedule.Title Success', 'add candidates, extended');
SELECT is(proctorlink.eapi_get_schedule('EXT_sch_3'), '{"Content": {"ExternalId": "EXT_sch_3", "Title": "Title",
	"StartDateTime": "2032-05-21T08:00:00Z", "EndDateTime": "2032-05-21T13:00:00Z",
	"Hierarchy": {"ExternalId": "EXT_g_2", "FullPath": "University \\ Group of schedules"}, "ArchiveState": 1, "IsActivated": true,
	"Candidates": [{"ExternalId": "EXT_c_1", "FirstName": "First", "LastName": "Last", "UserName": "user1"},
		{"ExternalId": "EXT_c_2", "FirstName": "First", "LastName": "Last", "UserName": "user2"},
		{"ExternalId": "EXT_c_3", "FirstName": "First", "LastName": "Last", "UserName": "EXT_c_3"}],
	"Invigilators": [], "SharingInformation": []}, "Success": true, "Errors": null}', 'get schedule info');
SELECT is(proctorlink.eapi_remove_candidates('EXT_sch_3', '["EXT_c_3", "999880", "EXT3"]'),
	'{"Content": {"DeletedCandidateExternalIds": ["EXT_c_3"], "NotFoundCandidateExternalIds": ["999880"], "NotFoundUserExternalIds": ["EXT3"]},
		"Success": true, "Errors": null}', 'delete candidates');
SELECT is(proctorlink.eapi_delete_schedule('EXT_sch_3'), plain_success(), 'delete');

-- Attempts and results, of a sitting that is over.
UPDATE proctorlink.schedule SET starts_at = now() - interval '1 day', ends_at = now() + interval '1 day' WHERE external_id = 'EXT_sch_1';
UPDATE proctorlink.exam_session SET status = 'In Progress', started_at = '2032-04-21T08:00:00Z' WHERE attempt_ext_id = 'Ext_a_2';
UPDATE proctorlink.exam_session SET status = 'Closed', ended_at = '2032-04-21T09:03:27.763Z', score = 7, max_score = 10, passed_status = 'SATISFACTORY',
	published_at = '2032-04-22T09:00:00Z' WHERE attempt_ext_id = 'Ext_a_2';
SELECT is(proctorlink.eapi_attempt_info('EXT_sch_1', 'EXT_c_1'), '{"Content": [{"ExternalId": "EXT_c_1", "FirstName": "First", "LastName": "Last",
	"UserName": "user1", "Email": "first@example.org", "Attempts": [{"AttemptNumber": 1, "StartDate": "2032-04-21T08:00:00Z",
		"EndDate": "2032-04-21T09:03:27.763Z", "Status": "HANDED_IN"}]}], "Success": true, "Errors": null}', 'get attempt info');
SELECT is(members(proctorlink.eapi_results('EXT_c_1', 'EXT_sch_1', 'Ext_a_2')),
	'CandidateExtId CandidateInfo CandidateInfo.Email CandidateInfo.ExternalId CandidateInfo.FirstName CandidateInfo.LastName CandidateInfo.UserName '
	'Results Results.AssessmentExtId Results.AssessmentTitle Results.AttemptExtId Results.AttemptNumber Results.EndDate Results.MaxScore '
	'Results.PassedStatus Results.PublishedDate Results.ScheduleExtId Results.ScheduleTitle Results.Score Results.StartDate', 'get assessment results');

-- Groups.
SELECT is(proctorlink.eapi_create_group('{"ExternalId": "EXT_g_4", "ParentExternalId": "EXT_g_1", "SynchronizationKey": null, "Title": "Child",
	"AllowRelationshipWithSchedules": true, "IsOrganization": false}'), '{"Content": {"ExternalId": "EXT_g_4"}, "Success": true, "Errors": null}', 'add a group');
SELECT is(current_setting('response.status'), '201', 'by status 201');
SELECT is(proctorlink.eapi_update_group('EXT_g_4', '{"Title": "Renamed", "IsArchived": false}') -> 'Success', 'true', 'update a group');
SELECT is(proctorlink.eapi_search_groups('Renamed') #>> '{0,Path}', 'University \ Group \ Renamed', 'get groups');
SELECT is(proctorlink.eapi_search_groups('no such'), '[]', 'of which there may be none');
SELECT is(proctorlink.eapi_delete_group('EXT_g_4'), '{"SuccessfullyRemoved": ["EXT_g_4"]}', 'delete a group');
SELECT is(proctorlink.eapi_delete_group('EXT_g_4') #>> '{Errors,0,Error}', 'Group with ExternalId [EXT_g_4] is not found', 'once');

-- Users and assessments, where their functions are there.
CREATE FUNCTION answered(call text, name text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	answer jsonb;
BEGIN
	IF to_regproc('proctorlink.' || name) IS NOT NULL THEN
		EXECUTE 'SELECT ' || call INTO answer;
	END IF;
	RETURN answer;
END
$$;
SELECT CASE WHEN to_regproc('proctorlink.' || name) IS NULL THEN skip(name || ' is not there')
	ELSE ok(answered(format('proctorlink.%s(%s)', name, arguments), name) @> (expected::jsonb), name) END
FROM (VALUES
	(1, 'eapi_create_user', $${"ExternalId": "EXT_u_1", "LastName": "Last", "FirstName": "First", "Email": "user@example.org", "UserName": "user3",
		"Role": "candidate", "Photo": "https://example.org/p.png", "DateOfBirth": "1990-12-31", "Company": "Company", "CountryCode": "NL",
		"State": "State", "City": "City", "PostalCode": "1000 AA", "PostalAddress": "Street 1", "AddressLine1": "Street 1", "AddressLine2": "",
		"PhoneNumber": "1", "CellularPhone": "2", "SpecialNeeds": true, "ReasonableAdjustmentPercentage": 20, "EnableReadSpeaker": false,
		"DisableLogin": false, "DisablePasswordReset": false, "SynchronizationKey": null}$$, NULL, '{"Success": true, "Errors": null}'),
	(2, 'eapi_update_user', '{"LastName": "Other"}', 'EXT_u_1', '{"Success": true, "Errors": null}'),
	(3, 'eapi_get_user', NULL, 'EXT_u_1', '{"Success": true, "Content": {"User": {"ExternalId": "EXT_u_1", "LastName": "Other", "UserName": "user3"}}}'),
	(4, 'eapi_delete_user', NULL, 'EXT_u_1', '{"Success": true, "Errors": null}'),
	(5, 'eapi_create_assessment', '{"ExternalId": "EXT_as_1", "Title": "Assessment", "Purpose": 1, "Code": "AS-1", "Owner": "boss"}', NULL,
		'{"Content": "EXT_as_1", "Success": true, "Errors": null}'),
	(6, 'eapi_update_assessment', '{"Title": "Renamed", "Code": "AS-2", "Owner": "boss"}', 'EXT_as_1', '{"Success": true, "Errors": null}'),
	(7, 'eapi_get_assessment', NULL, 'EXT_as_1', '{"Success": true, "Content": {"ExternalId": "EXT_as_1", "Title": "Renamed", "Code": "AS-2", "Purpose": 1,
		"IsPublished": false, "MaxTimePerAttempt": null}}')
) AS sample (place, name, body, id, expected),
	concat_ws(', ', quote_literal(id), quote_literal(body)) AS arguments
ORDER BY place;

SELECT * FROM finish();
ROLLBACK;
