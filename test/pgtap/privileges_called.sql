-- test/pgtap/privileges_called.sql
--		Whoever may call a function can: every function of privileges.psql is
--		called by each role that it is for, with success, under row-level
--		security and beside another tenant.

BEGIN;
\ir helpers.psql
\ir sittings.psql
\ir privileges.psql
SELECT no_plan();

-- 1. A world, with a second tenant that has the same.
SELECT proctorlink.create_install('Elsewhere', 'https://elsewhere.test/') AS elsewhere \gset
INSERT INTO proctorlink.account (install_id, candidate_ext_id, role) SELECT proctorlink.sid_uuid(:'elsewhere'), v.* FROM (VALUES ('scheduler', 'scheduler'), ('u-1', 'candidate')) v;
INSERT INTO proctorlink.exam (install_id, external_id, title, duration_minutes, published) VALUES (proctorlink.sid_uuid(:'elsewhere'), 'e-1', 'Final', 60, true);
SELECT proctorlink.provision(:'elsewhere', jsonb_build_array(put(exam_item(), '/exam/ids/external', '"e-2"') || learner_item())) IS NOT NULL,
	proctorlink.create_integration(:'elsewhere', 'other', 'https://provider.test/') IS NOT NULL, proctorlink.generate_eapi_token(:'elsewhere', 'theirs') IS NOT NULL,
	proctorlink.configure_install(:'elsewhere', '{"defaultScheduler": "scheduler"}') IS NOT NULL, proctorlink.share_account(:'elsewhere', 'scheduler', 'u-1') IS NULL \g /dev/null
INSERT INTO proctorlink.schedule (install_id, exam_id, external_id, starts_at)
	SELECT install_id, exam_id, 'live', now() + interval '1 day' FROM proctorlink.exam WHERE install_id = proctorlink.sid_uuid(:'elsewhere') AND external_id = 'e-1';

\ir bookings.psql
\ir webhooks.psql
SELECT proctorlink.create_integration(:'install', 'other', 'https://provider.test/') ->> 'sid' AS other \gset
UPDATE proctorlink.install SET settings = settings || '{"defaultOwner": "scheduler"}' WHERE install_id = install_id();
INSERT INTO proctorlink.hierarchy (install_id, parent_id, organisation_id, title)
	SELECT install_id, hierarchy_id, v.* FROM proctorlink.hierarchy, (VALUES ('law', 'Law'), ('art', 'Art')) v WHERE is_root AND install_id = install_id();
INSERT INTO proctorlink.account (install_id, candidate_ext_id, role) VALUES (install_id(), 'marker', 'marker'), (install_id(), 'u-3', 'candidate');
SELECT new_schedule('live', '-1 hour', '2 hours') IS NULL, new_schedule('idle', '2 days', '2 days 3 hours', false) IS NULL,
	new_schedule('ahead', '3 days', '3 days 3 hours') IS NULL \g /dev/null
INSERT INTO proctorlink.exam (install_id, external_id, title, published, owner_id) VALUES (install_id(), 'draft', 'Draft', false, account_id('scheduler'));
SELECT proctorlink.use_install(:'install');
SELECT proctorlink.set_webhook_rule(:'install', 'ended', NULL) IS NULL AS unused \gset
INSERT INTO proctorlink.account (install_id, candidate_ext_id) VALUES (install_id(), 'gone');
SELECT proctorlink.erase_candidate('gone', 'asked for') IS NULL AS unused \gset
SELECT proctorlink.create_accommodation_exam('e-2', 50) AS longer, proctorlink.allow_accommodation('e-2', '{u-1}') IS NULL AS unused \gset
SELECT new_session('u-1', 'live') AS live, new_session('u-2', 'live', 'Closed') AS closed \gset
SELECT proctorlink.publish_result(:'closed', '{"score": 1, "maxScore": 2}') IS NULL \g /dev/null
SELECT proctorlink.provision(:'install', put(exam_item(), '/exam/limitedScope', 'true') || put(user_item(), '/user/ids/external', '"u-9"')
	|| jsonb_build_object('signon', jsonb_build_object('integrationSid', :'other'))) AS made \gset
SELECT proctorlink.provision(:'install', '{"items": [{"course": {"ids": {"external": "c-1"}}}, {"nonsense": 1}]}') AS batch \gset
SELECT split_part(proctorlink.launch_link(:'live') ->> 'StartupLink', 'session=', 2) AS launch \gset
SELECT proctorlink.use_install(:'install', :'proctoru');
SELECT proctorlink.proctoru_add_reservation(jsonb_build_object('exam_id', 'e-2', 'user_id', 'pu-1', 'first_name', 'Grace', 'last_name', 'Hopper',
	'email', 'grace@example.org', 'time_zone_id', 'Central Standard Time', 'start_date', utc(now() + '2 days'::interval), 'reservation_id', 'r-1')) -> 'response_code' AS booked,
	proctorlink.proctoru_add_reservation(jsonb_build_object('exam_id', 'nonsense')) -> 'response_code' AS refused \gset
SELECT proctorlink.grant_hierarchy(:'install', organisation_id, 'marker', '{view_reports}') IS NULL, proctorlink.share_account(:'install', 'scheduler', 'u-2') IS NULL
FROM proctorlink.hierarchy WHERE install_id = install_id() AND organisation_id = 'law' \g /dev/null
SELECT proctorlink.grant_hierarchy(:'install', proctorlink.sid('HG', hierarchy_id), 'marker', '{coordinator}') IS NULL
FROM proctorlink.hierarchy WHERE install_id = install_id() AND is_root \g /dev/null

-- What was chosen so far ends here; the database goes when the test is over. The
-- roles are the whole server's, and are taken back.
COMMIT;
BEGIN;
SET LOCAL client_min_messages TO warning;
SELECT is(proctorlink.whoami() ->> 'kind', 'nobody', 'nothing is chosen');
SELECT proctorlink.setup_roles();
CREATE ROLE proctorlink_test_bound IN ROLE proctorlink_api;
CREATE ROLE proctorlink_test_other;
SELECT proctorlink.bind_role(:'install', 'proctorlink_test_bound');

-- The names by which the calls below know things, in braces.
CREATE TABLE known AS
	SELECT * FROM (VALUES
		('install', :'install'), ('hook', '{"event": {"type": "begun"}}'), ('signature', signed('{"event": {"type": "begun"}}')), ('proctoru', :'proctoru'), ('other', :'other'), ('live', :'live'), ('closed', :'closed'), ('longer', :'longer'),
		('exam', :'made'::jsonb #>> '{exam,sid}'), ('enrollment', :'made'::jsonb #>> '{enrollment,sid}'), ('configuration', :'made'::jsonb #>> '{configuration,sid}'),
		('signon', :'made'::jsonb #>> '{signon,token}'), ('batch', :'batch'::jsonb #>> '{batch,sid}'),
		('launch', :'launch'),
		('system', proctorlink.generate_eapi_token(:'install', 'of the install')),
		('provider', proctorlink.generate_eapi_token(:'install', 'of ProctorU', NULL, :'proctoru')),
		('person', proctorlink.issue_access_token(:'install', 'marker')),
		('schedule', proctorlink.sid('SC', schedule_id('live'))),
		('account', account_id('u-1')::text), ('scheduler', account_id('scheduler')::text), ('scheduled', schedule_id('live')::text),
		('node', (SELECT hierarchy_id::text FROM proctorlink.hierarchy WHERE install_id = install_id() AND organisation_id = 'law'))
	) AS things (name, value);
INSERT INTO known SELECT 'event', proctorlink.sid('EV', event_id) FROM proctorlink.event WHERE install_id = install_id() ORDER BY place LIMIT 1;
INSERT INTO known SELECT 'token', proctorlink.sid('TK', api_token_id) FROM proctorlink.api_token WHERE label = 'of ProctorU';

-- 2. A call of each that does something. What it answers is cast to text; what is
-- told of several rows is told whole. The calls of a provider's own functions are
-- made by its token.
CREATE FUNCTION soon(after interval) RETURNS text STABLE LANGUAGE sql AS $$ SELECT utc(now() + after) $$;
CREATE TABLE call (function text, speaker text DEFAULT 'system', arguments text);
INSERT INTO call (function, arguments) VALUES
	('version', ''), ('authenticate', '{system}'), ('pre_request', ''), ('redeem_launch', '{launch}'), ('redeem_signon', '{signon}'),
	('sid', '''US'', {account}'), ('sid_uuid', '{live}'), ('whoami', ''), ('use_install', '{install}, {proctoru}'), ('limits', ''),
	('batch_provision', $$exam_item() || learner_item() || jsonb_build_object('signon', jsonb_build_object('integrationSid', {other}::text))$$),
	('batch_provision', $$put(exam_item(), '/exam/configuration/password', '"another"')$$),
	('batch_provision', $$put(exam_item(), '/exam/ids/external', '"new"')$$), ('batch_provision', $$put(course_item(), '/course/title', '"Other"')$$),
	('batch_provision', $$put(put(user_item(), '/user/ids/external', '"u-9"'), '/user/lastName', '"Other"')$$),
	('batch_provision', $$'{"idempotencyKey": "k", "atomic": true, "items": [{"user": {"ids": {"external": "new", "api": "a", "lms": "l"}, "firstName": "F", "lastName": "L",
		"email": "f@example.org"}, "course": {"ids": {"external": "new"}, "title": "T", "code": "C"}, "enrollment": {"role": "instructor"}}]}'$$),
	('batch_provision', $$'{"dryRun": true, "items": [{"course": {"ids": {"external": "new"}, "title": "T", "code": "C"}}]}'$$),
	('batch_provision', $$'{"items": [], "complete": {"courses": [{"external": "c-1"}], "maxRemoved": 5}}'$$),
	('batch_provision', $$'[{"course": {"ids": {"external": "c-1"}}, "user": {"ids": {"external": "u-9"}}, "enrollment": {"status": "removed"}}]'$$),
	('provision', '{install}, exam_item()'), ('batch_report', '{batch}'),
	('assign_exam', '{exam}, ARRAY[{enrollment}]'), ('assign_exam', '{exam}, ARRAY[{enrollment}], {configuration}'),
	('unassign_exam', '{exam}, ARRAY[{enrollment}]'), ('unenroll', 'ARRAY[{enrollment}], ''left'''),
	('eapi_create_schedule', $$'{"Workflow": "EXTERNAL_ATTEMPTS", "Schedule": {"AssessmentExtId": "e-1", "Title": "Title", "ScheduleExtId": "new",
		"StartDateTime": "2032-03-01T09:00:00Z", "EndDateTime": "2032-03-01T12:00:00Z", "GroupExtId": "med", "GroupName": "Medicine", "ScheduleGroupExtId": "phys",
		"ScheduleGroupName": "Physics", "PIN": "1234", "Owner": "scheduler"}, "Candidates": [
		{"UserName": "new", "CandidateExtId": "new", "FirstName": "F", "LastName": "L", "Email": "n@example.org", "SpecialNeeds": true, "ReasonableAdjustmentPercentage": 10},
		{"CandidateExtId": "u-1", "FirstName": "Another", "LastName": "Name", "Email": "another@example.org"}]}'$$),
	('eapi_create_schedule', $$'{"Upsert": true, "Schedule": {"AssessmentExtId": "e-1", "ScheduleExtId": "ahead", "StartDateTime": "2032-03-01T09:00:00Z",
		"GroupExtId": "law", "GroupName": "Law"},
		"Candidates": [{"CandidateExtId": "u-3", "FirstName": "F", "LastName": "L", "Email": "n@example.org"}]}'$$),
	('eapi_create_schedule', $$jsonb_build_object('Schedule', jsonb_build_object('AssessmentExtId', {longer}::text, 'ScheduleExtId', 'new', 'StartDateTime', '2032-03-01T09:00:00Z',
		'GroupExtId', 'law', 'GroupName', 'Law'),
		'Candidates', '[{"CandidateExtId": "u-1", "FirstName": "Ada", "LastName": "Byron", "Email": "ada@example.org"}]'::jsonb)$$),
	('eapi_create_draft_schedule', $$'{"AssessmentExternalId": "e-1", "ScheduleExternalId": "new", "StartDateTime": "2032-03-01T09:00:00", "HierarchyExternalId": "law"}'$$),
	('eapi_update_schedule', $$'idle', '{"Title": "Other", "StartDateTime": "2032-03-01T09:00:00", "EndDateTime": "2032-03-01T12:00:00", "HierarchyExternalId": "law", "PIN": "1"}'$$),
	('eapi_activate_schedule', $$'idle'$$), ('deactivate_schedule', $$'ahead'$$), ('eapi_delete_schedule', $$'ahead'$$), ('eapi_get_schedule', $$'live'$$),
	('move_schedule', $$'ahead', 'law'$$),
	('eapi_add_candidates', $$'{"Schedule": {"ScheduleExtId": "ahead", "GroupExtId": "med", "GroupName": "Medicine"}, "Candidates": [
		{"CandidateExtId": "new", "FirstName": "F", "LastName": "L", "Email": "n@example.org", "SpecialNeeds": true}]}'$$),
	('eapi_add_existing_candidates', $$'live', '["u-3"]'$$), ('eapi_remove_candidates', $$'live', '["u-1"]'$$),
	('eapi_attempt_info', $$'live', 'u-1'$$), ('eapi_results', $$'u-2'$$),
	('eapi_create_assessment', $$'{"ExternalId": "new", "Title": "New", "Purpose": 1, "Code": "N-1", "Owner": "scheduler"}'$$),
	('eapi_update_assessment', $$'draft', '{"Title": "New", "Code": "N-1", "Owner": "scheduler"}'$$), ('eapi_get_assessment', $$'e-1'$$),
	('eapi_create_user', $$'{"ExternalId": "new", "FirstName": "F", "LastName": "L", "Email": "n@example.org", "Role": "scheduler", "SpecialNeeds": true, "ReasonableAdjustmentPercentage": 10}'$$),
	('eapi_update_user', $$'u-3', '{"FirstName": "F", "LastName": "L", "Email": "n@example.org", "UserName": "new", "Role": "scheduler"}'$$),
	('eapi_update_user', $$'u-1', '{"SpecialNeeds": true, "ReasonableAdjustmentPercentage": 20}'$$),
	('eapi_get_user', $$'u-1'$$), ('eapi_delete_user', $$'u-3'$$),
	('eapi_create_group', $$'{"ExternalId": "new", "Title": "New", "ParentExternalId": "law"}'$$),
	('eapi_update_group', $$'art', '{"Title": "New", "ParentExternalId": "law", "AllowRelationshipWithSchedules": false}'$$),
	('eapi_update_group', $$'art', '{"IsArchived": true}'$$), ('eapi_search_groups', $$'law'$$), ('eapi_delete_group', $$'art'$$),
	('configure_exam', $$'e-1', '{"durationMinutes": 50, "extraTimeMinutes": 5, "published": true, "pin": false}'$$),
	('configure_exam', $$'draft', '{"externalId": "other", "published": true}'$$),
	('find_assessment', $$'fin'$$), ('create_accommodation_exam', $$'e-1', 25$$),
	('allow_accommodation', $$'e-2', '{u-2,stranger}'$$), ('withdraw_accommodation', $$'e-2', '{u-1}'$$),
	('launch_link', '{live}'), ('set_session_status', $${live}, 'In Progress', 'began'$$), ('publish_result', $${closed}, '{"score": 2, "passedStatus": "SATISFACTORY"}'$$),
	('expire_sessions', ''), ('readiness', ''), ('readiness', $$'e-2'$$), ('readiness', $$'e-9'$$), ('readiness_ahead', ''),
	('explain_schedule', $$'{"Schedule": {"AssessmentExtId": "e-1", "StartDateTime": "2032-03-01T09:00:00Z", "ScheduleGroupExtId": "law"},
		"Candidates": [{"CandidateExtId": "u-1", "FirstName": "F", "LastName": "L", "Email": "n@example.org"}]}'$$),
	('explain_session', $$'live', 'u-1'$$), ('refusals', ''), ('history', '{install}'), ('events_since', 'NULL'), ('events_since', '{event}'), ('selectable_hierarchies', ''),
	('create_install', $$'College', 'https://college.test', '{"timeZone": "Europe/Dublin"}'$$), ('configure_install', $${install}, '{"timeZone": "Europe/Dublin", "defaultHierarchy": "law"}'$$),
	('install_settings', '{install}'), ('create_integration', $${install}, 'smarterproctoring', 'https://smarter.test/sso', '{"signonLifetime": 60}'$$),
	('define_role', $${install}, 'tutor', '{participate}'$$), ('define_role', $${install}, 'marker', '{mark,author}'$$), ('external_api_sheet', '{install}'),
	('generate_eapi_token', $${install}, 'new', now() + interval '1 day', {proctoru}$$), ('revoke_eapi_token', '{install}, {token}'), ('eapi_tokens', '{install}'),
	('issue_access_token', $${install}, 'u-1'$$), ('rotate_signing_key', '{install}, {other}'), ('rotate_access_key', '{install}'), ('rotate_launch_key', '{install}'),
	('hierarchies', '{install}'), ('grant_hierarchy', $${install}, 'art', 'marker', '{rescoring}'$$), ('grant_hierarchy', $${install}, 'law', 'marker', '{rescoring}'$$),
	('revoke_hierarchy', $${install}, 'law', 'marker', '{view_reports}'$$), ('share_account', $${install}, 'scheduler', 'u-1'$$),
	('unshare_account', $${install}, 'scheduler', 'u-2'$$), ('link_candidate', $${install}, {proctoru}, 'pu-2', 'u-2'$$),
	('rename_candidate', $${install}, 'u-2', 'renamed'$$), ('bind_role', $${install}, 'proctorlink_test_other'$$), ('unbind_role', $${install}, 'proctorlink_test_bound'$$),
	('trust_front', $$'proctorlink_test_other'$$), ('distrust_front', $$'proctorlink_test_other'$$), ('setup_roles', ''),
	('purge', $$now() - interval '1 hour'$$), ('post_restore', ''), ('set_webhook_secret', '{install}, {proctoru}'), ('set_webhook_rule', $${install}, 'begun', 'In Progress'$$),
	('set_webhook_rule', $${install}, 'ended', 'Closed', {proctoru}, 'over'$$), ('remove_webhook_rule', $${install}, 'ended'$$), ('webhook_rules', '{install}'),
	('find_candidate', $$'u-1'$$), ('export_candidate', $$'u-1'$$), ('erase_candidate', $$'u-1', 'asked for'$$), ('readmit_candidate', $$'gone'$$),
	('proctoru_webhook', '{install}, {proctoru}, {hook}::bytea, {signature}'), ('proctoru_webhook_raw', '{hook}::bytea'),
	('current_install', ''), ('acts_for_all', ''), ('sees_hierarchy', 'proctorlink.current_install(), {node}::uuid'), ('sees_owner', 'proctorlink.current_install(), {scheduler}::uuid'), ('sees_schedule', 'proctorlink.current_install(), {scheduled}::uuid'),
	('sees_account', 'proctorlink.current_install(), {account}::uuid'), ('hierarchy_path', '{node}::uuid'), ('uuid7', ''),
	('account_is_well_formed', $$'c', 'u', NULL, NULL, 'F', 'L', 'f@example.org', NULL, NULL, NULL, 'active'$$),
	('are_permitted_items', $$'[]'$$), ('are_proctor_types', $$'{}'$$), ('enrollment_is_well_formed', $$'learner', 'active', NULL$$),
	('exam_session_is_well_formed', $$1, NULL, 'Scheduled', NULL, NULL, NULL, NULL, 'r-1', 1$$),
	('schedule_is_well_formed', $$60, 0, 's-1', 'S', 'DEFAULT', 1, NULL, NULL$$), ('is_currency_code', $$'EUR'$$), ('is_email', $$'a@example.org'$$),
	('is_http_url', $$'https://a.test'$$), ('is_id', $$'a', 1$$), ('is_text', $$'a', 1$$), ('is_time_zone', $$'Europe/Dublin'$$);
INSERT INTO call (function, speaker, arguments) VALUES
	('proctoru_add_reservation', 'provider', $$jsonb_build_object('exam_id', 'e-1', 'user_id', 'pu-9', 'first_name', 'F', 'last_name', 'L', 'email', 'f@example.org',
		'department_id', 'law', 'time_zone_id', 'Central Standard Time', 'duration', 60, 'start_date', soon('4 days'), 'reservation_id', 'r-9')$$),
	('proctoru_add_reservation', 'provider', $$jsonb_build_object('exam_id', 'e-1', 'user_id', 'pu-1', 'first_name', 'Other', 'last_name', 'Name', 'email', 'o@example.org',
		'time_zone_id', 'Central Standard Time', 'start_date', soon('4 days'), 'reservation_id', 'r-9')$$),
	('exam_access', 'provider', $$(SELECT proctorlink.sid('ES', exam_session_id) FROM proctorlink.exam_session WHERE reservation_id = 'r-1')$$),
	('proctoru_move_reservation', 'provider', $$jsonb_build_object('reservation_id', 'r-1', 'user_id', 'pu-1', 'start_date', soon('5 days'))$$),
	('proctoru_remove_reservation', 'provider', $$'{"reservation_id": "r-1", "user_id": "pu-1", "explanation": "ill"}'$$),
	('proctoru_begin_reservation', 'provider', $$'{"reservation_id": "r-1", "user_id": "pu-1"}'$$),
	('proctoru_reservations', 'provider', $$'{"user_id": "pu-1"}'$$),
	('proctoru_edit_student', 'provider', $$'{"user_id": "pu-1", "student_id": "s-1", "first_name": "New", "last_name": "Name", "email": "new@example.org", "time_zone_id": "UTC"}'$$);

SELECT is((SELECT string_agg(name, ' ') FROM known WHERE value IS NULL), NULL, 'what the calls name is there');
SELECT is((SELECT string_agg(name, ' ' ORDER BY name) FROM may_call WHERE letters ~ '[pnamd]' AND name NOT IN (SELECT function FROM call)), NULL, 'every function is called');
SELECT is((SELECT string_agg(function, ' ') FROM call WHERE function NOT IN (SELECT name FROM may_call WHERE letters ~ '[pnamd]')), NULL, 'each of them known');

-- 3. The callers: a token or none, an install chosen or none, and a role.
CREATE TABLE caller (letter text, what text, credential text, chooses boolean, role text);
INSERT INTO caller VALUES
	('n', 'nobody', NULL, false, 'proctorlink_anon'),
	('a', 'a system by its token', 'token', false, 'proctorlink_api'),
	('a', 'a role that is bound', NULL, false, 'proctorlink_test_bound'),
	('m', 'a person', 'person', false, 'proctorlink_marker'),
	('d', 'an administrator', NULL, true, 'proctorlink_admin');

-- What a call comes to: "done", or what went wrong. It is taken back.
CREATE FUNCTION called(caller caller, call call) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	list text := call.arguments;
	thing record;
	credential text := CASE WHEN caller.credential = 'token' THEN call.speaker ELSE caller.credential END;
	answers text[];
	outcome text;
	detail text;
BEGIN
	FOR thing IN SELECT * FROM known LOOP
		list := replace(list, '{' || thing.name || '}', quote_literal(thing.value));
	END LOOP;
	IF call.function = 'proctoru_begin_reservation' THEN
		UPDATE proctorlink.schedule s SET starts_at = now() - interval '1 hour' FROM proctorlink.exam_session e
		WHERE e.schedule_id = s.schedule_id AND e.reservation_id = 'r-1';
		UPDATE proctorlink.exam_session SET appointment_at = now() WHERE reservation_id = 'r-1';
	END IF;
	-- what a proxy sets for webhooks
	PERFORM set_config('request.headers', (SELECT jsonb_build_object('proctorlink-webhook', i.value || '/' || p.value, 'x-proctoru-signature', s.value)::text
		FROM known i, known p, known s WHERE i.name = 'install' AND p.name = 'proctoru' AND s.name = 'signature'), true);
	PERFORM set_config('role', 'none', true);
	IF credential IS NOT NULL THEN
		PERFORM proctorlink.authenticate((SELECT value FROM known WHERE name = credential));
	END IF;
	PERFORM set_config('role', caller.role, true);
	IF caller.chooses OR (caller.credential IS NULL AND call.speaker = 'provider') THEN
		PERFORM proctorlink.use_install((SELECT value FROM pg_temp.given('install') value), (SELECT value FROM pg_temp.given('proctoru') value WHERE call.speaker = 'provider'));
	END IF;
	EXECUTE format('SELECT array_agg(to_json(answer)::text) FROM proctorlink.%I(%s) AS answer', call.function, list) INTO answers;
	outcome := CASE
		WHEN answers IS NULL THEN 'no row'
		WHEN call.function <> 'events_since' AND array_to_string(answers, '') ~ '"Success": ?false|"response_code": ?2|"status": ?"(failed|completed_with_errors)"|"error":'
			THEN 'refused: ' || array_to_string(answers, '')
		ELSE 'done' END;
	RAISE EXCEPTION USING ERRCODE = 'UNDO0';
EXCEPTION
	WHEN SQLSTATE 'UNDO0' THEN
		RETURN outcome;
	WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
		RETURN concat_ws(' ', 'raised', SQLSTATE, SQLERRM, nullif(detail, ''));
END
$$;
-- What a caller without a look at tables of the test is given.
CREATE FUNCTION pg_temp.given(called text) RETURNS text SECURITY DEFINER LANGUAGE sql AS $$ SELECT value FROM public.known WHERE name = called $$;
SELECT format('GRANT USAGE ON SCHEMA %s TO PUBLIC', pg_my_temp_schema()::regnamespace) \gexec

SELECT is((SELECT string_agg(concat_ws(' ', left(call.arguments, 60), left(outcome, 400)), E'\n') FROM call, called(caller, call) AS outcome
		WHERE call.function = name AND outcome <> CASE name
			-- who may not pass on what the roles get
			WHEN 'setup_roles' THEN 'raised 42501 permission denied to give roles their privileges' ELSE 'done' END), NULL, name || ' by ' || caller.what)
FROM may_call JOIN caller ON letters ~ letter OR letters ~ 'p'
ORDER BY name, caller.what;

-- 4. What may be read can be read, and of one's own tenant all of it.
CREATE VIEW readable AS
	SELECT c.letter, m.relation, string_agg(m.col, ', ') AS columns, bool_or(m.col = 'install_id') AS of_install
	FROM may_use m JOIN (VALUES ('n'), ('a'), ('m'), ('d')) c (letter) ON m.col <> '' AND m.privileges ~ (c.letter || ':S')
	GROUP BY c.letter, m.relation;
CREATE FUNCTION rows_read(caller caller, relation text, columns text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	outcome text;
BEGIN
	IF caller.credential IS NOT NULL THEN
		PERFORM proctorlink.authenticate((SELECT value FROM known WHERE name = CASE caller.credential WHEN 'token' THEN 'system' ELSE caller.credential END));
	END IF;
	PERFORM set_config('role', caller.role, true);
	IF caller.chooses THEN
		PERFORM proctorlink.use_install(pg_temp.given('install'));
	END IF;
	EXECUTE format('SELECT count(*) FROM (SELECT %s FROM proctorlink.%I) r', columns, relation) INTO outcome;
	RAISE EXCEPTION USING ERRCODE = 'UNDO0';
EXCEPTION
	WHEN SQLSTATE 'UNDO0' THEN
		RETURN outcome;
	WHEN OTHERS THEN
		RETURN 'raised ' || SQLSTATE || ' ' || SQLERRM;
END
$$;
-- How many rows of the install there are.
CREATE FUNCTION rows_there(relation text, of_install boolean) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	EXECUTE format(CASE WHEN of_install THEN 'SELECT count(*) FROM proctorlink.%I WHERE install_id = install_id()'
		WHEN relation = 'candidate_result' THEN 'SELECT count(*) FROM proctorlink.exam_session WHERE install_id = install_id()'
		ELSE 'SELECT count(*) FROM proctorlink.%I' END, relation) INTO answer;
	RETURN answer;
END
$$;
SELECT is((SELECT string_agg(concat_ws(' ', relation, got), ', ') FROM readable r, rows_read(caller, relation, columns) got
		WHERE r.letter = caller.letter AND (CASE WHEN caller.letter = 'm' THEN got ~ '^raised' ELSE got <> rows_there(relation, of_install) END)
			-- the tables that know no install, or are looked up across them
			AND (caller.letter <> 'd' OR relation NOT IN ('install', 'role_binding', 'trusted_front'))), NULL, caller.what || ' reads')
FROM caller ORDER BY caller.what;
SELECT is((SELECT string_agg(relation, ' ' ORDER BY relation) FROM readable, caller, rows_read(caller, relation, columns) got
	WHERE caller.letter = 'm' AND readable.letter = 'm' AND got = '0'), NULL, 'a person who sees all nodes sees something of everything');

SELECT * FROM finish();
ROLLBACK;
