-- test/pgtap/events_complete.sql
--		Every public function that writes leaves one event when it changes
--		something, and none when it does not.  One without a line in the table
--		fails the test.

BEGIN;
\ir helpers.psql
\ir sittings.psql
\ir bookings.psql
SELECT proctorlink.use_install(:'install') \gset

-- Calls in their order: what is called (a function with its arguments, in which
-- {x} is a text that was noted as x), what it leaves (null: nothing, ever), the
-- letters of its subject, the members of its changes, by whom it is called, and a
-- call that changes nothing (=: the same again).
CREATE TEMP TABLE calls (place serial, call text, kind text, subject text, members text, speaks text, again text);
INSERT INTO calls (call, kind, subject, members, again) VALUES
	-- settings and rights
	('configure_install({install}, ''{"timeZone": "Europe/Berlin", "currencyCode": "EUR"}'')', 'settings_changed', 'AI', 'settings', '='),
	('configure_install({install}, ''{"defaultHierarchy": "m-1"}'')', 'settings_changed', 'AI', 'settings', '='),
	('define_role({install}, ''helper'', ''{mark}'')', 'role_defined', NULL, 'role', '='),
	('define_role({install}, ''helper'', ''{mark,author}'')', 'role_defined', NULL, 'role', '='),
	('create_integration({install}, ''other'', ''https://other.test'')', 'integration_made', 'II', NULL, NULL),
	('rotate_signing_key({install}, {proctoru})', 'signing_key_rotated', 'II', NULL, NULL),
	('grant_hierarchy({install}, ''m-1'', ''scheduler'', ''{coordinator,rescoring}'')', 'access_changed', 'HG', 'account', '='),
	('revoke_hierarchy({install}, ''m-1'', ''scheduler'', ''{rescoring}'')', 'access_changed', 'HG', 'account', '='),
	('revoke_hierarchy({install}, ''m-1'', ''scheduler'')', 'access_changed', 'HG', 'account', '='),
	('share_account({install}, ''scheduler'', ''u-1'')', 'account_shared', 'US', 'with', '='),
	('unshare_account({install}, ''scheduler'', ''u-1'')', 'account_unshared', 'US', 'with', '='),
	('link_candidate({install}, {proctoru}, ''pu-2'', ''u-2'')', 'candidate_linked', 'US', 'integration', '='),
	('rename_candidate({install}, ''u-2'', ''u-2 again'')', 'candidate_renamed', 'US', 'columns', 'rename_candidate({install}, ''u-2 again'', ''u-2 again'')'),
	('rename_candidate({install}, ''u-2 again'', ''u-2'')', 'candidate_renamed', 'US', 'columns', NULL),
	-- people, groups and exams at Cirrus's door
	('eapi_create_user(''{"ExternalId": "u-3", "FirstName": "Grace", "LastName": "Hopper", "Password": "open sesame"}'')', 'account_made', 'US', 'ignored', NULL),
	('eapi_update_user(''u-3'', ''{"ExternalId": "u-4", "UserName": "grace", "FirstName": "G.", "LastName": "H.", "Email": "g@example.org", "Role": "helper", "SpecialNeeds": true, "ReasonableAdjustmentPercentage": 25, "DisableLogin": true}'')',
		'account_changed', 'US', 'columns', 'eapi_update_user(''u-4'', ''{"ExternalId": "u-4", "UserName": "grace", "FirstName": "G.", "LastName": "H.", "Email": "g@example.org", "Role": "helper", "SpecialNeeds": true, "ReasonableAdjustmentPercentage": 25, "DisableLogin": true}'')'),
	('eapi_update_user(''u-4'', ''{"SpecialNeeds": false}'')', 'account_changed', 'US', 'columns', '='),
	('eapi_delete_user(''u-4'')', 'account_deleted', 'US', NULL, NULL),
	('eapi_create_group(''{"ExternalId": "law", "Title": "Law"}'')', 'hierarchy_made', 'HG', NULL, NULL),
	('eapi_create_group(''{"ExternalId": "arts", "Title": "Arts"}'')', 'hierarchy_made', 'HG', NULL, NULL),
	('eapi_update_group(''law'', ''{"ParentExternalId": "arts", "Title": "Laws"}'')', 'hierarchy_changed', 'HG', 'columns', '='),
	('eapi_delete_group(''law'')', 'hierarchy_deleted', 'HG', NULL, NULL),
	('eapi_create_assessment(''{"ExternalId": "e-3", "Title": "Third", "Code": "T", "Purpose": 1, "Owner": "scheduler"}'')', 'exam_made', 'EX', NULL, NULL),
	('eapi_update_assessment(''e-3'', ''{"Title": "The third"}'')', 'exam_changed', 'EX', 'columns', '='),
	('configure_exam(''e-3'', ''{"durationMinutes": 30, "attempts": 2, "published": true, "keycode": true}'')', 'exam_changed', 'EX', 'settings', '='),
	('configure_exam(''e-3'', ''{"keycode": false}'')', 'exam_changed', 'EX', 'settings', '='),
	('configure_exam(''e-1'', ''{"durationMinutes": 61}'')', 'exam_changed', 'EX', 'settings', '='),
	('configure_exam(''e-1'', ''{"durationMinutes": 60, "attempts": 99}'')', 'exam_changed', 'EX', 'settings', '='),
	('create_accommodation_exam(''e-2'', 50)', 'accommodation_exam_made', 'EX', NULL, NULL),
	('allow_accommodation(''e-2'', ''{u-1,u-9}'')', 'accommodation_changed', 'EX', 'added', '='),
	('withdraw_accommodation(''e-2'', ''{u-1}'')', 'accommodation_changed', 'EX', 'removed', '='),
	-- schedules
	('explain_schedule({body})', NULL, NULL, NULL, NULL),
	('eapi_create_schedule({body})', 'schedule_made', 'SC', 'candidates', NULL),
	('eapi_create_schedule({body}::jsonb || ''{"Upsert": true}'')', 'schedule_changed', 'SC', 'candidates', NULL),
	('eapi_add_candidates({body}::jsonb || ''{"Candidates": [{"CandidateExtId": "c-2", "FirstName": "Grace", "LastName": "Hopper", "Email": "c@example.org"}]}'')', 'candidates_added', 'SC', 'candidates,ignored', NULL),
	('eapi_add_existing_candidates(''S-1'', ''["u-1", "u-2"]'')', 'candidates_added', 'SC', 'candidates', '='),
	('eapi_remove_candidates(''S-1'', ''["u-2"]'')', 'candidates_removed', 'SC', 'candidates', '='),
	('move_schedule(''S-1'', ''arts'')', 'schedule_moved', 'SC', NULL, '='),
	('deactivate_schedule(''S-1'')', 'schedule_deactivated', 'SC', NULL, NULL),
	('eapi_update_schedule(''S-1'', ''{"Title": "Other", "PIN": "wxyz"}'')', 'schedule_changed', 'SC', 'columns', '='),
	('eapi_activate_schedule(''S-1'')', 'schedule_activated', 'SC', NULL, NULL),
	('eapi_delete_schedule(''S-1'')', 'schedule_deleted', 'SC', 'sessions', NULL),
	('eapi_create_draft_schedule(''{"AssessmentExternalId": "e-1", "StartDateTime": "2032-03-01T09:00:00Z"}'')', 'schedule_made', 'SC', NULL, NULL),
	-- sessions and results
	('set_session_status({waiting}, ''In Progress'', ''Ada was late'')', 'session_status', 'ES', 'from,to', '='),
	('publish_result({waiting}, ''{"score": 7, "maxScore": 10, "passedStatus": "SATISFACTORY"}'')', 'result_published', 'ES', 'published', '='),
	('expire_sessions()', 'session_status', 'ES', 'reason,to', '='),
	('launch_link({linked})', NULL, NULL, NULL, NULL),
	('redeem_launch({token})', 'session_status', 'ES', 'from,to', '='),
	-- batches
	('batch_provision({roster})', 'batch', 'BA', 'created,failed,found,items,removed,status,succeeded,updated', NULL),
	('provision({install}, {learner})', 'provisioned', 'US', 'sessions', '='),
	('provision({install}, ''{"course": {"ids": {"external": "c-1"}}, "user": {"ids": {"external": "u-7"}}, "enrollment": {"status": "removed"}}'')', 'provisioned', 'US', 'sessions', '='),
	('assign_exam({closed}, ARRAY[{enrollment}])', 'sessions_assigned', 'EX', 'sessions', '='),
	('unassign_exam({closed}, ARRAY[{enrollment}])', 'sessions_unassigned', 'EX', 'sessions', '='),
	('unenroll(ARRAY[{enrollment}], ''left'')', 'enrollments_removed', NULL, 'sessions', '='),
	-- ProctorU
	('use_install({install}, {proctoru})', NULL, NULL, NULL, NULL);
INSERT INTO calls (speaks, call, kind, subject, members, again) SELECT 'II', * FROM (VALUES
	('proctoru_add_reservation({booking})', 'reservation_made', 'ES', 'integration,schedule', NULL),
	('exam_access((SELECT proctorlink.sid(''exam_session'', exam_session_id) FROM proctorlink.exam_session WHERE reservation_id = ''r-1''))', 'exam_accessed', 'ES', 'configuration', NULL),
	('proctoru_move_reservation({move})', 'reservation_moved', 'ES', 'columns', '='),
	('proctoru_begin_reservation(''{"user_id": "pu-1", "reservation_id": "r-1"}'')', 'refused', NULL, NULL, NULL),
	('proctoru_edit_student(''{"user_id": "pu-1", "first_name": "G."}'')', 'student_changed', 'US', 'integration', '='),
	('proctoru_edit_student(''{"user_id": "pu-9", "student_id": "s-9"}'')', 'student_changed', NULL, 'integration', '='),
	('proctoru_remove_reservation(''{"user_id": "pu-1", "reservation_id": "r-1", "reservation_no": 424242}'')', 'session_status', 'ES', 'from,to', NULL)) proctoru;
INSERT INTO calls (speaks, call, kind, subject, members, again) VALUES
	('II', 'purge(now())', NULL, NULL, NULL, NULL),
	('role', 'create_install(''Other'', NULL, ''{"timeZone": "Asia/Tokyo"}'')', 'install_made', 'AI', 'settings', NULL),
	('II', 'uuid7()', NULL, NULL, NULL, NULL),
	('II', 'use_install({install})', NULL, NULL, NULL, NULL);
INSERT INTO calls (call, kind, subject, members, again) VALUES
	-- tokens, keys and roles
	('generate_eapi_token({install}, ''lms'')', 'token_made', 'TK', NULL, NULL),
	('generate_eapi_token({install}, ''proctor'', NULL, {proctoru})', 'token_made', 'TK', 'integration', NULL),
	('revoke_eapi_token({install}, {revoked})', 'token_revoked', 'TK', NULL, '='),
	('rotate_access_key({install})', 'access_key_rotated', 'AI', NULL, NULL),
	('rotate_launch_key({install})', 'launch_key_rotated', 'AI', NULL, NULL),
	('issue_access_token({install}, ''u-1'')', 'access_token_issued', 'US', 'seconds', NULL),
	('redeem_signon({signon})', 'signon_redeemed', 'US', 'integration', NULL),
	('setup_roles()', NULL, NULL, NULL, NULL),
	('grant_to_roles()', NULL, NULL, NULL, NULL),
	('bind_role({install}, ''proctorlink_test_bound'')', 'role_bound', 'AI', 'role', '='),
	('unbind_role({install}, ''proctorlink_test_bound'')', 'role_unbound', 'AI', 'role', '='),
	('trust_front(''proctorlink_test_bound'')', NULL, NULL, NULL, NULL),
	('distrust_front(''proctorlink_test_bound'')', NULL, NULL, NULL, NULL),
	-- privacy
	('erase_candidate(''gone'', ''asked to'')', 'candidate_erased', 'US', 'cancelled_sessions,cleared,reason', NULL),
	('readmit_candidate(''gone'')', 'candidate_readmitted', 'US', 'ids', NULL),
	-- webhooks
	('set_webhook_secret({install}, {proctoru})', 'webhook_secret_set', 'II', NULL, NULL),
	('set_webhook_rule({install}, ''begun'', ''In Progress'')', 'webhook_rule_set', 'AI', 'event_type,status', '='),
	('remove_webhook_rule({install}, ''begun'')', 'webhook_rule_removed', 'AI', 'event_type', '='),
	-- the last: from here on the token calls
	('pre_request()', NULL, NULL, NULL, NULL),
	('authenticate({eapi})', NULL, NULL, NULL, NULL);
CREATE ROLE proctorlink_test_bound;

-- The texts that calls name.
CREATE TEMP TABLE noted (name text, value text);
INSERT INTO noted VALUES ('install', :'install'), ('proctoru', :'proctoru');
INSERT INTO proctorlink.hierarchy (install_id, parent_id, title, organisation_id)
	SELECT install_id, hierarchy_id, 'Medicine', 'm-1' FROM proctorlink.hierarchy WHERE is_root;
SELECT new_schedule('now', '-1 hour', '3 hours'), new_schedule('past', '-3 hours', '1 hour') \gset
INSERT INTO noted SELECT 'waiting', new_session('u-1', 'now');
INSERT INTO noted SELECT 'linked', new_session('u-2', 'now');
SELECT new_session('u-2', 'past'), move_schedule('past', '-3 hours', '-1 hour') \gset
INSERT INTO noted SELECT 'token', split_part(proctorlink.launch_link(value) ->> 'LaunchUrl', 'session=', 2) FROM noted WHERE name = 'linked';
INSERT INTO noted VALUES ('body', '{"Schedule": {"AssessmentExtId": "e-1", "ScheduleExtId": "S-1", "StartDateTime": "2032-03-01T09:00:00Z", "GroupExtId": "arts", "GroupName": "Arts"},
	"Candidates": [{"CandidateExtId": "c-1", "FirstName": "Grace", "LastName": "Hopper", "Email": "c@example.org"}]}');
SELECT proctorlink.provision(:'install', exam_item()) #>> '{exam,sid}' AS unused \gset
SELECT proctorlink.provision(:'install', put(put(exam_item(), '/exam/ids', '{"external": "closed"}'), '/exam/limitedScope', 'true')) #>> '{exam,sid}' AS closed \gset
SELECT proctorlink.provision(:'install', put(learner_item(), '/user/ids', '{"external": "u-8"}')) #>> '{enrollment,sid}' AS enrollment \gset
INSERT INTO noted VALUES ('closed', :'closed'), ('enrollment', :'enrollment'), ('learner', put(learner_item(), '/user/ids', '{"external": "u-7"}')),
	('roster', jsonb_build_array(put(learner_item(), '/user/ids', '{"external": "u-5"}'), put(learner_item(), '/user/ids', '{"external": "u-6"}'))),
	('booking', booking()), ('move', jsonb_build_object('user_id', 'pu-1', 'reservation_id', 'r-1', 'new_reservation_no', 424242, 'start_date', utc(now() + interval '3 days')));

INSERT INTO proctorlink.account (install_id, candidate_ext_id) SELECT install_id, 'gone' FROM proctorlink.install;
INSERT INTO noted VALUES ('eapi', proctorlink.generate_eapi_token(:'install', 'eapi')), ('unused', proctorlink.generate_eapi_token(:'install', 'revoked'));
INSERT INTO noted SELECT 'revoked', proctorlink.sid('api_token', api_token_id) FROM proctorlink.api_token WHERE label = 'revoked';
INSERT INTO noted SELECT 'signon', proctorlink.provision(:'install', learner_item() || jsonb_build_object('signon', jsonb_build_object('integrationSid', :'proctoru'))) #>> '{signon,token}';

-- Makes a call; what it says where it is refused.
CREATE FUNCTION made(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	item record;
	answer text;
BEGIN
	FOR item IN SELECT name, value FROM noted LOOP
		call := replace(call, '{' || item.name || '}', quote_literal(item.value));
	END LOOP;
	EXECUTE 'SELECT string_agg(answer::text, E''\n'') FROM proctorlink.' || call || ' AS answer' INTO answer;
	RETURN CASE WHEN answer ~ '"Success": false|"response_code": 2' THEN answer END;
END
$$;
-- What it leaves: kind, letters of the subject, members of the changes, and who.
CREATE FUNCTION left_by(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	seen uuid[] := ARRAY(SELECT event_id FROM proctorlink.event);
	refusal text := made(call);
BEGIN
	RETURN coalesce((SELECT string_agg(concat_ws(' ', kind, left(subject_sid, 2), jsonb_path_query_first(changes, '$.refusals[0].detail'),
			(SELECT string_agg(name, ',' ORDER BY name COLLATE "C") FROM jsonb_object_keys(changes) name),
			CASE WHEN actor = current_user THEN 'role' WHEN actor ~ '^II[0-9a-f]{32}$' THEN 'II' ELSE actor END), E'\n' ORDER BY event_id)
		FROM proctorlink.event WHERE event_id <> ALL (seen)), refusal, 'nothing');
END
$$;

SELECT plan((SELECT count(*) + count(again) FROM calls)::int + 5);

-- The functions of the table are those that write.
SELECT is((SELECT string_agg(p.oid::regprocedure::text, ' ') FROM pg_proc p WHERE p.pronamespace = 'proctorlink'::regnamespace
	AND p.provolatile = 'v' AND p.prorettype <> 'trigger'::regtype AND p.prokind = 'f'
	-- (webhooks need a signature: webhook.sql)
	AND p.proname !~ '^proctoru_webhook'
	AND NOT EXISTS (SELECT FROM calls WHERE split_part(call, '(', 1) = p.proname)), NULL, 'no function that may write is left out');

-- One event a call, and none for a call that changes nothing.
CREATE FUNCTION tell() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	c record;
BEGIN
	FOR c IN SELECT * FROM calls ORDER BY place LOOP
		IF c.call LIKE 'proctoru_begin_reservation%' THEN
			-- it cannot begin yet: a refusal leaves one too
			RETURN NEXT is(split_part(left_by(c.call), ' ', 1), 'refused', c.call);
			CONTINUE;
		END IF;
		RETURN NEXT is(left_by(c.call), CASE WHEN c.kind IS NULL THEN 'nothing' ELSE concat_ws(' ', c.kind, c.subject, c.members, coalesce(c.speaks, 'role')) END, left(c.call, 100));
		IF c.again IS NOT NULL THEN
			RETURN NEXT is(left_by(CASE c.again WHEN '=' THEN c.call ELSE c.again END), 'nothing', left(c.call, 100) || ', again');
		END IF;
	END LOOP;
END
$$;
SELECT tell();

-- What changed, by its name.
SELECT is((SELECT string_agg(changes::text, ' ' ORDER BY event_id) FROM proctorlink.event WHERE kind = 'settings_changed' AND NOT changes @> '{"settings": ["defaultScheduler"]}'),
	'{"settings": ["timeZone", "currencyCode"]} {"settings": ["defaultHierarchy"]}', 'settings by name');
SELECT is((SELECT string_agg(changes ->> 'columns', ' ' ORDER BY event_id) FROM proctorlink.event WHERE kind = 'account_changed'),
	'["candidate_ext_id", "username", "first_name", "last_name", "email", "role", "special_needs", "reasonable_adjustment_percentage", "status"] ["special_needs", "reasonable_adjustment_percentage"]', 'columns by name');
SELECT is((SELECT string_agg(changes ->> 'settings', ' ' ORDER BY event_id) FROM proctorlink.event WHERE kind = 'exam_changed' AND changes ? 'settings'),
	'["durationMinutes", "attempts", "published", "keycode"] ["keycode"] ["durationMinutes"] ["durationMinutes", "attempts"]', 'an exam''s settings by name');
SELECT is((SELECT string_agg(event::text, E'\n') FROM proctorlink.event WHERE event::text ~ 'Grace|Hopper|Ada|Byron|Omar|Silva|@|sesame|wxyz|Laws|The third|Europe|EUR'), NULL, 'no values, no names, no secrets');

SELECT * FROM finish();
ROLLBACK;
