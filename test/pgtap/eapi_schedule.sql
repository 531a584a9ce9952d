-- test/pgtap/eapi_schedule.sql
--		Cirrus's door for schedules: made with their candidates, drafts, changed,
--		activated, taken back, moved, deleted; and that explain_schedule agrees.

BEGIN;
\ir helpers.psql
-- All of these functions are PARALLEL UNSAFE; only the comparison of tables would
-- run in workers, thousands of times.
SELECT set_config(name, 'off', true) AS not_forced FROM pg_settings
WHERE name IN ('force_parallel_mode', 'debug_parallel_query') \gset
SELECT plan(129);

SELECT proctorlink.create_install('University', 'https://platform.test/') AS install \gset
CREATE FUNCTION install_id() RETURNS uuid STABLE LANGUAGE sql AS $$
	SELECT install_id FROM proctorlink.install WHERE name = 'University'
$$;
INSERT INTO proctorlink.account (install_id, candidate_ext_id, role)
	VALUES (install_id(), 'boss', 'scheduler'), (install_id(), 'deputy', 'scheduler'), (install_id(), 'clerk', 'candidate');
INSERT INTO proctorlink.exam (install_id, external_id, title, duration_minutes, extra_time_minutes, published)
	VALUES (install_id(), 'EX-1', 'Anatomy', 60, 30, true), (install_id(), 'EX-2', 'Unlimited', NULL, 0, true),
		(install_id(), 'EX-3', 'Draft', 60, 0, false);
INSERT INTO proctorlink.hierarchy (install_id, parent_id, organisation_id, title, archived, allow_schedules)
	SELECT install_id, hierarchy_id, v.* FROM proctorlink.hierarchy,
		(VALUES ('law', 'Law', false, true), ('old', 'Old', true, true), ('closed', 'Closed', false, false)) v
	WHERE is_root;

-- A request to start from.
CREATE FUNCTION request(schedule jsonb DEFAULT '{}', candidates jsonb DEFAULT NULL, top jsonb DEFAULT '{}') RETURNS jsonb
IMMUTABLE LANGUAGE sql AS $$
	SELECT jsonb_strip_nulls(jsonb_build_object('Schedule', '{"AssessmentExtId": "EX-1", "ScheduleExtId": "S-1",
			"StartDateTime": "2032-03-01T09:00:00.000Z", "GroupExtId": "med", "GroupName": "Medicine"}'::jsonb || schedule,
		'Candidates', coalesce(candidates, '[{"CandidateExtId": "c-1", "FirstName": "Ada", "LastName": "Byron",
			"Email": "ada@example.org"}]'))) || top
$$;
CREATE FUNCTION candidate(id text, more jsonb DEFAULT '{}') RETURNS jsonb IMMUTABLE LANGUAGE sql AS $$
	SELECT jsonb_build_object('CandidateExtId', id, 'FirstName', 'First', 'LastName', 'Last', 'Email', id || '@example.org') || more
$$;
-- The texts of a refusal, or "done".
CREATE FUNCTION told(answer jsonb) RETURNS text IMMUTABLE LANGUAGE sql AS $$
	SELECT CASE WHEN (answer -> 'Success')::boolean AND answer -> 'Errors' = 'null' THEN 'done'
		WHEN answer -> 'Content' <> 'null' OR (answer -> 'Success')::boolean IS DISTINCT FROM false THEN 'malformed: ' || answer::text
		ELSE (SELECT string_agg(concat((e -> 'Code')::text || ' ', e ->> 'Error'), ' | ' ORDER BY place)
			  FROM jsonb_array_elements(answer -> 'Errors') WITH ORDINALITY AS error (e, place)) END
$$;
-- The rules that an explanation finds broken, sorted.
CREATE FUNCTION explained(body jsonb, integration text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(string_agg(DISTINCT rule, ' ' ORDER BY rule), 'ok')
	FROM proctorlink.explain_schedule(body, integration) WHERE NOT ok
$$;
-- What a call does, taken back; where it is refused the tables are as before.
CREATE FUNCTION tried(body jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer jsonb;
	before text := contents(true);
BEGIN
	answer := proctorlink.eapi_create_schedule(body);
	IF told(answer) <> 'done' THEN
		IF contents(true) <> before THEN
			RETURN 'refused, but written';
		END IF;
		IF answer ->> 'Message' IS DISTINCT FROM (SELECT string_agg(e ->> 'Error', '|' ORDER BY place)
				FROM jsonb_array_elements(answer -> 'Errors') WITH ORDINALITY AS error (e, place)) THEN
			RETURN 'a message of its own: ' || answer::text;
		END IF;
		RETURN told(answer);
	END IF;
	RAISE EXCEPTION USING ERRCODE = 'UNDO0';
EXCEPTION WHEN SQLSTATE 'UNDO0' THEN
	RETURN 'done';
END
$$;
-- The verdicts of both, which must be the same.
CREATE FUNCTION verdicts(body jsonb, OUT door text, OUT rules text) LANGUAGE plpgsql AS $$
DECLARE
	before text := contents(true);
BEGIN
	rules := explained(body);
	IF contents(true) <> before THEN
		rules := 'the explanation wrote';
	END IF;
	door := tried(body);
	IF (door = 'done') <> (rules = 'ok') THEN
		rules := 'DISAGREES: ' || rules;
	END IF;
END
$$;

-- 1. The set-up first.
SELECT is(tried(request()), 'null Scheduler hasn''t been set in External API settings', 'no default scheduler');
SELECT is(explained(request()), 'schedule_has_an_owner_who_may_schedule', 'explained by the rule');
SELECT is((tried(request('{"Owner": "boss"}'))), 'done', 'unless an owner is named');
SELECT is(proctorlink.configure_install(:'install', '{"defaultScheduler": "clerk"}') ->> 'defaultScheduler', 'clerk', 'a scheduler without permission');
SELECT is(tried(request()), 'null Selected scheduler no longer has permission to create, update and delete schedules', 'is told in the contract''s words');
SELECT is(proctorlink.configure_install(:'install', '{"defaultScheduler": "boss"}') ->> 'defaultScheduler', 'boss', 'set as seed 000 says');
UPDATE proctorlink.account SET status = 'disabled' WHERE candidate_ext_id = 'boss';
SELECT is(tried(request()), 'null Selected scheduler no longer has permission to create, update and delete schedules', 'a disabled one');
UPDATE proctorlink.account SET status = 'active' WHERE candidate_ext_id = 'boss';

-- 2. What a customer's client reads.
SELECT proctorlink.eapi_create_schedule(request()) AS made \gset
SELECT is(told(:'made'), 'done', 'the request is done');
SELECT is(current_setting('response.status'), '200', 'status 200');
SELECT is(:'made'::jsonb - '{Candidates,Content}'::text[], '{"Success": true, "Errors": null,
	"Result": "Schedule[S-1] created successfully",
	"Schedule": {"Title": "Anatomy 2032-03-01", "AssessmentExtId": "EX-1", "ScheduleExtId": "S-1",
		"StartDateTime": "2032-03-01T09:00:00Z", "EndDateTime": "2032-03-01T11:00:00Z", "GroupExtId": "med",
		"GroupName": "Medicine", "ScheduleGroupExtId": null, "ScheduleGroupName": null, "PIN": null,
		"ExtraTime": null, "Owner": "boss"}}', 'Result and Schedule');
SELECT is(:'made'::jsonb -> 'Content', :'made'::jsonb - '{Content,Success,Errors}'::text[], 'and the same as Content');
SELECT is((:'made'::jsonb #> '{Candidates,0}') - '{StartupLink,LaunchUrl}'::text[],
	'{"CandidateExtId": "c-1", "FirstName": "Ada", "LastName": "Byron", "Email": "ada@example.org", "Password": null}', 'the candidate');
SELECT matches(:'made'::jsonb #>> '{Candidates,0,LaunchUrl}',
	'^https://platform\.test/delivery/external-login\?session=[A-Za-z0-9_.-]+$', 'with a link');
SELECT is('https://platform.test' || (:'made'::jsonb #>> '{Candidates,0,StartupLink}'), :'made'::jsonb #>> '{Candidates,0,LaunchUrl}', 'and its path');
SELECT is((SELECT jsonb_build_object('user', username, 'in', h.organisation_id, 'parent', p.is_root)
	FROM proctorlink.account a JOIN proctorlink.hierarchy h USING (install_id, hierarchy_id)
	JOIN proctorlink.hierarchy p ON p.hierarchy_id = h.parent_id WHERE a.candidate_ext_id = 'c-1'),
	'{"user": "c-1", "in": "med", "parent": true}', 'the candidate is made, and the hierarchy');
SELECT is((SELECT jsonb_build_object('active', s.activated_at IS NOT NULL, 'default', h.is_default, 'owner', o.username, 'through', s.integration_id)
	FROM proctorlink.schedule s JOIN proctorlink.hierarchy h USING (install_id, hierarchy_id)
	JOIN proctorlink.account o ON o.account_id = s.owner_id),
	'{"active": true, "default": true, "owner": "boss", "through": null}', 'the schedule is the default scheduler''s, in the default hierarchy');
SELECT is((SELECT jsonb_agg(jsonb_build_object('status', status, 'attempt', attempt)) FROM proctorlink.exam_session),
	'[{"status": "Scheduled", "attempt": 1}]', 'with a session');
SELECT matches(tried(request()), 'ScheduleExtId \[S-1\] already exists', 'a used id is refused as the client expects');
SELECT is(explained(request()), 'schedule_external_id_unique', 'and explained');

-- 3. Every rule through the door, and its explanation.
SELECT unnest(ARRAY[is(v.door, t.door, t.name), is(v.rules, t.rules, t.name || ': explained')])
FROM (VALUES
	('exactly two years', '{"StartDateTime": "2028-02-29T10:00:00Z", "EndDateTime": "2030-02-28T10:00:00Z"}'::jsonb, 'done', 'ok'),
	('a microsecond more', '{"StartDateTime": "2028-02-29T10:00:00Z", "EndDateTime": "2030-02-28T10:00:00.000001Z"}',
		'null schedule_at_most_two_years: the schedule lasts from 2028-02-29T10:00:00Z to 2030-02-28T10:00:00.000001Z; it may last until 2030-02-28T10:00:00Z. Shorten the schedule window to two years at most; for a booking that comes from ProctorU, shorten the window in ProctorU.', 'schedule_at_most_two_years'),
	('as long as the exam', '{"EndDateTime": "2032-03-01T10:00:00Z"}',
		'null schedule_longer_than_exam: the window is 60 min long; the exam takes 60 min and 0 min of extra time. Let the schedule end later: its window must be longer than the exam''s duration and the extra time together.', 'schedule_longer_than_exam'),
	('a microsecond longer', '{"EndDateTime": "2032-03-01T10:00:00.000001Z"}', 'done', 'ok'),
	('ends before it begins', '{"EndDateTime": "2032-03-01T08:00:00Z"}',
		'null schedule_begins_before_it_ends: the schedule begins at 2032-03-01T09:00:00Z and ends at 2032-03-01T08:00:00Z. Let the schedule end after it begins.', 'schedule_begins_before_it_ends'),
	('no limit and no end', '{"AssessmentExtId": "EX-2"}',
		'null schedule_longer_than_exam: an exam without a time limit needs a schedule with an end. Give the schedule an end (EndDateTime).', 'schedule_longer_than_exam'),
	('no limit but an end', '{"AssessmentExtId": "EX-2", "EndDateTime": "2032-03-02T10:00:00Z"}', 'done', 'ok'),
	('a draft', '{"AssessmentExtId": "EX-3"}', 'null Assessment must be published', 'exam.published'),
	('no such exam', '{"AssessmentExtId": "EX-9"}', 'null Assessment hasn''t been found by external id [EX-9]', 'exam.found'),
	('extra time of the schedule', '{"ExtraTime": 60, "EndDateTime": "2032-03-01T11:00:00Z"}',
		'null schedule_longer_than_exam: the window is 120 min long; the exam takes 60 min and 60 min of extra time. Let the schedule end later: its window must be longer than the exam''s duration and the extra time together.', 'schedule_longer_than_exam'),
	('an archived hierarchy', '{"ScheduleGroupExtId": "old"}',
		'null schedule_hierarchy_selectable: the hierarchy "old" is archived. Choose another hierarchy, or take this one out of the archive.', 'schedule_hierarchy_selectable'),
	('one without schedules', '{"ScheduleGroupExtId": "closed"}',
		'null schedule_hierarchy_selectable: the hierarchy "closed" does not allow schedules. Choose another hierarchy, or let this one have schedules (AllowRelationshipWithSchedules).', 'schedule_hierarchy_selectable'),
	('a new one without a name', '{"ScheduleGroupExtId": "new"}',
		'null /Schedule/ScheduleGroupExtId: there is no hierarchy "new" yet. Send its name, and the hierarchy is made.', 'required'),
	('a new one', '{"ScheduleGroupExtId": "new", "ScheduleGroupName": "New"}', 'done', 'ok'),
	('the same new one for both', '{"ScheduleGroupExtId": "med2", "ScheduleGroupName": "Med 2", "GroupExtId": "med2", "GroupName": "Med 2"}', 'done', 'ok'),
	('an owner who is not there', '{"Owner": "nobody"}',
		'null schedule_has_an_owner_who_may_schedule: there is no account "nobody" to own the schedule. Name an account that exists, by its username, or another default scheduler.', 'schedule_has_an_owner_who_may_schedule'),
	('an owner who may not', '{"Owner": "clerk"}',
		'null schedule_has_an_owner_who_may_schedule: the role of the owner "clerk" may not schedule. Give the owner''s role the permission schedule by define_role, or choose another owner or default scheduler.', 'schedule_has_an_owner_who_may_schedule'),
	('another owner', '{"Owner": "deputy"}', 'done', 'ok'),
	('in the past', '{"StartDateTime": "2020-03-01T09:00:00Z"}', 'done', 'ok')
) t (name, change, door, rules), verdicts(request('{"ScheduleExtId": "S-2"}' || t.change)) v;

-- 4. The form is lenient, what it holds is not.
SELECT is((verdicts(b)).door, d, n)
FROM (VALUES
	('unknown members are passed over', request('{"ScheduleExtId": "S-2", "Colour": "red"}', NULL, '{"Extra": 1}'), 'done'),
	('null and "" are absent', request('{"ScheduleExtId": "S-2", "Title": null, "EndDateTime": "", "PIN": ""}'), 'done'),
	('ids as numbers, numbers and booleans as text', request('{"ScheduleExtId": 77, "ExtraTime": "10"}',
		jsonb_build_array(candidate('x', '{"CandidateExtId": 4711, "SpecialNeeds": "true", "ReasonableAdjustmentPercentage": "20"}')), '{"Upsert": "false"}'), 'done'),
	('every violation is listed', request('{"ScheduleExtId": "S 2", "StartDateTime": "tomorrow"}',
		jsonb_build_array(candidate('x', '{"Email": "x"}'), '{"CandidateExtId": "y"}'::jsonb, 7)),
		'null /Schedule/ScheduleExtId: has a space in it | null /Schedule/StartDateTime: "tomorrow" is not a time: it has not the form YYYY-MM-DDThh:mm:ss and a zone. Times are written like 2025-02-16T17:00:00Z. | null /Candidates/0/Email: not an e-mail address | null /Candidates/1/FirstName: is required | null /Candidates/1/LastName: is required | null /Candidates/1/Email: is required | null /Candidates/2: must be an object, not a number'),
	('a candidate twice', request('{"ScheduleExtId": "S-2"}', jsonb_build_array(candidate('x'), candidate('x'))),
		'null /Candidates/1/CandidateExtId: "x" is named twice. Name everybody once.'),
	('a percentage without special needs', request('{"ScheduleExtId": "S-2"}', jsonb_build_array(candidate('x', '{"ReasonableAdjustmentPercentage": 20}'))), NULL),
	('an attempt id in the ordinary workflow', request('{"ScheduleExtId": "S-2"}', jsonb_build_array(candidate('x', '{"AttemptExtId": "at-1"}'))),
		'null /Candidates/0/AttemptExtId: is only for schedules of that workflow. Set "Workflow" to "EXTERNAL_ATTEMPTS".'),
	('and in the other', request('{"ScheduleExtId": "S-2"}', jsonb_build_array(candidate('x', '{"AttemptExtId": "at-1"}')), '{"Workflow": "EXTERNAL_ATTEMPTS"}'), 'done'),
	('an unknown workflow', request('{"ScheduleExtId": "S-2"}', NULL, '{"Workflow": "OTHER"}'), 'null /Workflow: "OTHER" is not DEFAULT or EXTERNAL_ATTEMPTS'),
	('a username of somebody else', request('{"ScheduleExtId": "S-2"}', jsonb_build_array(candidate('x', '{"UserName": "boss"}'))), NULL)
) t (n, b, d)
WHERE d IS NOT NULL;
SELECT is(explained(request('{"ScheduleExtId": "S-2"}', jsonb_build_array(candidate('x', '{"ReasonableAdjustmentPercentage": 20}')))), 'adjustment_needs_special_needs', 'a percentage without special needs');
SELECT is((verdicts(request('{"ScheduleExtId": "S-2"}', jsonb_build_array(candidate('x', '{"UserName": "boss"}'))))).rules, 'conflict', 'a username of somebody else');
SELECT is((verdicts(request('{"ScheduleExtId": "S-2"}', jsonb_build_array(candidate('x', '{"ReasonableAdjustmentPercentage": 20}'))))).rules, 'adjustment_needs_special_needs', 'both say so');

-- 5. Extra time makes the default end later, rounded up.
SELECT is(proctorlink.eapi_create_schedule(request('{"ScheduleExtId": "S-3"}',
	jsonb_build_array(candidate('n-1', '{"SpecialNeeds": true, "ReasonableAdjustmentPercentage": 21}'), candidate('n-2')))) #>> '{Schedule,EndDateTime}',
	'2032-03-01T11:13:00Z', 'sixty minutes, thirteen of extra time, sixty more');
SELECT is((SELECT extra_time_minutes FROM proctorlink.schedule WHERE external_id = 'S-3'), 13, 'kept on the schedule');

SELECT is(told(proctorlink.eapi_create_schedule(request('{"ScheduleExtId": "S-4"}', jsonb_build_array(candidate('n-1', '{"SpecialNeeds": "false"}'))))), 'done', 'special needs taken back');
SELECT is((SELECT jsonb_build_object('needs', special_needs, 'percentage', reasonable_adjustment_percentage) FROM proctorlink.account WHERE candidate_ext_id = 'n-1'),
	'{"needs": false, "percentage": null}', 'with the percentage');

-- 6. Upsert, and again and again.
SELECT is(told(proctorlink.eapi_create_schedule(request('{"Title": "Another"}', jsonb_build_array(candidate('c-2')), '{"Upsert": true}'))), 'done', 'an upsert');
SELECT is((SELECT jsonb_agg(candidate_ext_id ORDER BY candidate_ext_id) FROM proctorlink.exam_session e JOIN proctorlink.account USING (install_id, account_id)
	JOIN proctorlink.schedule s USING (install_id, schedule_id) WHERE s.external_id = 'S-1'), '["c-1", "c-2"]', 'adds and never removes');
SELECT contents(true) AS before \gset
SELECT is(proctorlink.eapi_create_schedule(request('{"Title": "Another"}', jsonb_build_array(candidate('c-2')), '{"Upsert": true}')) ->> 'Result',
	'Schedule[S-1] updated successfully', 'the same again');
SELECT is(contents(true), :'before', 'writes nothing');
SELECT matches(tried(request('{"AssessmentExtId": "EX-2", "EndDateTime": "2032-03-02T00:00:00Z"}', NULL, '{"Upsert": true}')), 'schedule_keeps_its_exam', 'a schedule keeps its exam');

-- 7. Candidates of a schedule that is there.
SELECT is(proctorlink.eapi_add_existing_candidates('S-1', '["c-1", "n-1", "who"]') -> 'Content',
	'{"AddedCandidateExternalIds": ["n-1"], "NotFoundUserExternalIds": ["who"], "AlreadyAddedCandidateExternalIds": ["c-1"]}', 'people who are there');
SELECT is(proctorlink.eapi_remove_candidates('S-1', '["c-2", "n-2", "who"]') -> 'Content',
	'{"DeletedCandidateExternalIds": ["c-2"], "NotFoundUserExternalIds": ["who"], "NotFoundCandidateExternalIds": ["n-2"]}', 'taken off');
SELECT is(told(proctorlink.eapi_add_existing_candidates('S-1', '["who"]')), 'null No users were found by external ids', 'nobody known');
SELECT is(told(proctorlink.eapi_add_existing_candidates('S-1', '[]')), 'null No external ids have been provided', 'nobody named');
SELECT is(told(proctorlink.eapi_add_existing_candidates('S-9', '["c-1"]')), 'null Schedule hasn''t been found by external id', 'no such schedule');
SELECT is(told(proctorlink.eapi_add_candidates(jsonb_build_object('Schedule', '{"ScheduleExtId": "S-1", "GroupExtId": "med", "GroupName": "Medicine"}'::jsonb,
	'Candidates', jsonb_build_array(candidate('c-2'), candidate('c-3'))))), 'done', 'cancelled and scheduled again, and a new one');
SELECT is((SELECT jsonb_agg(e.status ORDER BY e.status) FROM proctorlink.exam_session e JOIN proctorlink.account a USING (install_id, account_id) WHERE a.candidate_ext_id = 'c-2'),
	'["Cancelled", "Scheduled"]', 'a session of its own');
UPDATE proctorlink.exam_session SET status = 'In Progress', started_at = now() FROM proctorlink.account a
	WHERE a.account_id = exam_session.account_id AND a.candidate_ext_id = 'c-3';
SELECT is(told(proctorlink.eapi_remove_candidates('S-1', '["c-3", "c-1"]')), 'null Candidate [c-3] has already started and can''t be removed', 'who has started stays');

-- 8. The life of a schedule.
SELECT is(proctorlink.eapi_create_draft_schedule('{"AssessmentExternalId": "EX-3", "ScheduleExternalId": "D-1", "StartDateTime": "2032-05-01T09:00:00"}'),
	'{"Content": "D-1", "Success": true, "Errors": null}', 'a draft of a draft, in the install''s time zone');
SELECT is((SELECT string_agg((told(proctorlink.eapi_create_draft_schedule(jsonb_build_object('AssessmentExternalId', 'EX-3', 'ScheduleExternalId', 'D-0', 'StartDateTime', v.at)))
			LIKE '%it lies outside of the years 0001 to 9999 in UTC%')::text, ' ')
		FROM (VALUES ('Asia/Tokyo', '0001-01-01T00:00:00'), ('America/Los_Angeles', '9999-12-31T23:59:59'), ('UTC', '0001-01-01T00:59:59+01:00'), ('UTC', '9999-12-31T23:00:00-01:00')) v (zone, at),
			LATERAL proctorlink.configure_install(:'install', jsonb_build_object('timeZone', v.zone))),
	'true true true true', 'a zone takes no time out of the years that have four digits');
SELECT proctorlink.configure_install(:'install', '{"timeZone": "UTC"}') IS NULL AS unused \gset
SELECT is((SELECT jsonb_build_object('root', h.is_root, 'activated', activated_at) FROM proctorlink.schedule JOIN proctorlink.hierarchy h USING (install_id, hierarchy_id) WHERE external_id = 'D-1'),
	'{"root": true, "activated": null}', 'at the root');
SELECT is(told(proctorlink.eapi_activate_schedule('D-1')), 'null Can''t activate schedule | null Assessment must be published', 'cannot be activated');
UPDATE proctorlink.exam SET published = true WHERE external_id = 'EX-3';
SELECT is(told(proctorlink.eapi_update_schedule('D-1', '{"StartDateTime": "2032-05-02T09:00:00Z", "EndDateTime": "2032-05-02T12:00:00Z", "Title": "T", "HierarchyExternalId": "law", "ScheduleExternalId": "D-2"}')), 'done', 'a draft changes');
SELECT is(told(proctorlink.eapi_update_schedule('D-1', '{"Title": "T"}')), 'null Schedule hasn''t been found by external id', 'under its new id');
SELECT is(told(proctorlink.eapi_activate_schedule('D-2')), 'done', 'activated');
SELECT is(told(proctorlink.eapi_activate_schedule('D-2')), 'null Schedule is already activated', 'once');
SELECT is(told(proctorlink.eapi_update_schedule('D-2', '{"Title": "U"}')), 'null Can''t update activated schedule', 'an activated one does not change');
SELECT is(proctorlink.eapi_update_schedule('D-2', '{"PIN": "1234"}'), '{"Content": null, "Success": true, "Errors": null}', 'but for its PIN');
SELECT is(told(proctorlink.eapi_update_schedule('D-2', '{"PIN": "12345"}')), 'null /PIN: is longer than 4 characters', 'of four characters');
SELECT is(told(proctorlink.eapi_update_schedule('D-2', '{"Colour": "red"}')), 'null Invalid input data', 'nothing to change');
SELECT is(told(proctorlink.eapi_update_schedule('D-2', NULL)), '100 Request body can not be null or empty', 'no body');
SELECT is(told(proctorlink.move_schedule('D-2', 'old')), 'null schedule_hierarchy_selectable: the hierarchy "old" is archived. Choose another hierarchy, or take this one out of the archive.', 'moved nowhere');
SELECT is(told(proctorlink.move_schedule('D-2', (SELECT proctorlink.sid('HG', hierarchy_id) FROM proctorlink.hierarchy WHERE is_root))), 'done', 'moved by sid');
SELECT is(proctorlink.eapi_get_schedule('D-2') -> 'Content', jsonb_build_object('ExternalId', 'D-2', 'Title', 'T', 'StartDateTime', '2032-05-02T09:00:00Z',
	'EndDateTime', '2032-05-02T12:00:00Z', 'Hierarchy', jsonb_build_object('ExternalId', NULL, 'FullPath', 'University'), 'ArchiveState', 1, 'IsActivated', true,
	'Candidates', '[]'::jsonb, 'Invigilators', '[]'::jsonb, 'SharingInformation', '[]'::jsonb), 'shown');
SELECT is(told(proctorlink.deactivate_schedule('D-2')), 'done', 'taken back');
SELECT is(told(proctorlink.deactivate_schedule('D-2')), '303 Schedule is not activated', 'once');
SELECT is(told(proctorlink.deactivate_schedule('S-1')), 'null Can''t deactivate schedule: candidates have already started', 'not when somebody has started');
SELECT is(told(proctorlink.eapi_delete_schedule('S-1')), 'null Can''t delete schedule', 'nor deleted');
SELECT is(told(proctorlink.eapi_delete_schedule('D-2')), 'done', 'deleted');
SELECT is(told(proctorlink.eapi_delete_schedule('S-3')), 'done', 'with its sessions');
SELECT is((SELECT jsonb_agg(DISTINCT jsonb_build_object('s', e.status, 'r', status_reason)) FROM proctorlink.exam_session e JOIN proctorlink.account a USING (install_id, account_id) WHERE a.candidate_ext_id = 'n-2'),
	'[{"r": "schedule-deleted", "s": "Cancelled"}]', 'which are cancelled');
UPDATE proctorlink.schedule SET starts_at = now() - interval '1 day', ends_at = now() - interval '1 hour' WHERE external_id = 'S-1';
SELECT is(told(proctorlink.eapi_add_existing_candidates('S-1', '["n-2"]')), '302 Schedule is archived', 'over is archived');
SELECT is(proctorlink.eapi_get_schedule('S-1') #>> '{Content,ArchiveState}', '2', 'and shown so');

-- 9. A provisioned learner's open session is taken, not doubled.
SELECT proctorlink.batch_provision('{"course": {"ids": {"external": "co-1"}, "title": "C", "code": "C"}, "user": {"ids": {"external": "c-9"}, "firstName": "A", "lastName": "B", "email": "c9@example.org"},
	"exam": {"ids": {"external": "EX-9"}, "title": "Nine", "limitedScope": false, "configuration": {"url": "https://platform.test/9", "password": "open", "duration": 30, "attempts": 1,
		"access": {"open": "2032-01-01T00:00:00Z", "close": "2032-12-31T00:00:00Z"}, "proctorTypes": {"TS4b894875d26194988853e490dfb9bc41": {}}}}}') IS NOT NULL AS provisioned \gset
SELECT is(told(proctorlink.eapi_create_schedule(request('{"AssessmentExtId": "EX-9", "ScheduleExtId": "S-9"}', jsonb_build_array(candidate('c-9'))))), 'done', 'a learner is scheduled');
SELECT is((SELECT jsonb_agg(jsonb_build_object('status', e.status, 'on', s.external_id, 'attempt', attempt)) FROM proctorlink.exam_session e
	JOIN proctorlink.exam x USING (install_id, exam_id) LEFT JOIN proctorlink.schedule s USING (install_id, schedule_id) WHERE x.external_id = 'EX-9'),
	'[{"status": "Scheduled", "on": "S-9", "attempt": 1}]', 'in the session that was open');
SELECT matches((verdicts(request('{"AssessmentExtId": "EX-9", "ScheduleExtId": "S-10"}', jsonb_build_array(candidate('c-9'))))).door, 'attempt 2 of an exam that allows 1', 'once');
SELECT is(proctorlink.eapi_remove_candidates('S-9', '["c-9"]') #> '{Content,DeletedCandidateExternalIds}', '["c-9"]', 'taken off');
SELECT is((SELECT jsonb_agg(status ORDER BY status) FROM proctorlink.exam_session e JOIN proctorlink.exam x USING (install_id, exam_id) WHERE x.external_id = 'EX-9'),
	'["Cancelled", "Needs Proctor"]', 'a fresh session stands in its place');
SELECT is(told(proctorlink.eapi_create_schedule(request('{"AssessmentExtId": "EX-9", "ScheduleExtId": "S-10"}', jsonb_build_array(candidate('c-9'))))), 'done', 'scheduled again');

-- An open session that may not be scheduled is told, by both, and so is one of
-- an attempt that is no longer allowed.
SELECT is(proctorlink.eapi_remove_candidates('S-10', '["c-9"]') ->> 'Success', 'true', 'taken off again');
UPDATE proctorlink.exam_session SET status = 'Pending Approval' WHERE status = 'Needs Proctor' AND schedule_id IS NULL
	AND exam_id = (SELECT exam_id FROM proctorlink.exam WHERE external_id = 'EX-9');
UPDATE proctorlink.exam_session SET status = 'Approval Denied' WHERE status = 'Pending Approval';
SELECT unnest(ARRAY[matches(v.door, 'null /Candidates/0: a session cannot go from status "Approval Denied" to "Scheduled"', 'approval denied'),
		is(v.rules, 'session_status_allowed', 'approval denied: explained')])
	FROM verdicts(request('{"AssessmentExtId": "EX-9", "ScheduleExtId": "S-11"}', jsonb_build_array(candidate('c-9')))) v;
UPDATE proctorlink.exam_configuration SET attempts = 2;
UPDATE proctorlink.exam_session SET status = 'Needs Proctor', attempt = 2 WHERE status = 'Approval Denied';
UPDATE proctorlink.exam_configuration SET attempts = 1;
SELECT unnest(ARRAY[matches(v.door, 'null /Candidates/0: attempt 2 of an exam that allows 1', 'one attempt too many'),
		is(v.rules, 'session_attempts_left', 'one attempt too many: explained')])
	FROM verdicts(request('{"AssessmentExtId": "EX-9", "ScheduleExtId": "S-11"}', jsonb_build_array(candidate('c-9')))) v;
UPDATE proctorlink.exam_configuration SET attempts = 2;
SELECT is((verdicts(request('{"AssessmentExtId": "EX-9", "ScheduleExtId": "S-11"}', jsonb_build_array(candidate('c-9'))))).door, 'done', 'allowed again');

-- 10. Through ProctorU.
SELECT proctorlink.create_integration(:'install', 'proctoru', 'https://proctoru.test/') ->> 'sid' AS proctoru \gset
SELECT lives_ok(format('SELECT proctorlink.use_install(%L, %L)', :'install', :'proctoru'), 'ProctorU calls');
SELECT is(proctorlink.eapi_create_schedule(request('{"ScheduleExtId": "P-1", "Owner": "deputy"}')) #>> '{Schedule,Owner}', 'boss', 'its schedules are the default scheduler''s');
UPDATE proctorlink.exam SET pin = true WHERE external_id = 'EX-3';
SELECT is((verdicts(request('{"ScheduleExtId": "P-2", "AssessmentExtId": "EX-3"}'))).rules, 'proctoru_exam_without_other_security', 'PIN on the exam');
SELECT is((verdicts(request('{"ScheduleExtId": "P-2", "PIN": "1234"}'))).rules, 'proctoru_exam_without_other_security', 'PIN on the schedule');
SELECT matches(told(proctorlink.eapi_update_schedule('P-1', '{"PIN": "1234"}')), 'proctoru_exam_without_other_security: other security settings are on: PIN \(of the schedule\)', 'PIN later');
SELECT is(refused('UPDATE proctorlink.exam SET keycode = true WHERE external_id = ''EX-1'''), '23514 proctoru_exam_without_other_security', 'switched on later on the exam');
SELECT is(explained(request('{"ScheduleExtId": "P-2", "AssessmentExtId": "EX-3"}'), :'proctoru'), 'proctoru_exam_without_other_security', 'explained for a provider');

SELECT * FROM finish();
ROLLBACK;
