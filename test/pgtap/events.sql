-- test/pgtap/events.sql
--		What happened leaves an event, which only the owner can write; history()
--		tells it.

BEGIN;
\ir helpers.psql
\ir sittings.psql
SELECT plan(40);

CREATE FUNCTION body(candidates jsonb, top jsonb DEFAULT '{}') RETURNS jsonb IMMUTABLE LANGUAGE sql AS $$
	SELECT jsonb_build_object('Schedule', '{"AssessmentExtId": "e-1", "ScheduleExtId": "S-1", "StartDateTime": "2032-03-01T09:00:00Z",
		"GroupExtId": "med", "GroupName": "Medicine"}'::jsonb, 'Candidates', candidates) || top
$$;
CREATE FUNCTION person(id text, more jsonb DEFAULT '{}') RETURNS jsonb IMMUTABLE LANGUAGE sql AS $$
	SELECT jsonb_build_object('CandidateExtId', id, 'FirstName', 'Grace', 'LastName', 'Hopper', 'Email', id || '@example.org') || more
$$;
-- What the calls left since the last time: kind, subject's letters, changes.
CREATE TEMP TABLE seen AS SELECT event_id FROM proctorlink.event;
CREATE FUNCTION news(VARIADIC calls text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	call text;
	answer text;
	lines text;
BEGIN
	FOREACH call IN ARRAY calls LOOP
		EXECUTE 'SELECT (' || call || ')::text' INTO answer;
		IF answer LIKE '%"Success": false%' THEN
			RETURN answer;
		END IF;
	END LOOP;
	SELECT string_agg(concat_ws(' ', kind, left(subject_sid, 2), nullif(changes, '{}')), E'\n' ORDER BY changes ->> 'reason', changes ->> 'to', event_id) INTO lines
	FROM (SELECT event_id::text, kind, subject_sid, changes FROM proctorlink.event WHERE event_id NOT IN (SELECT event_id FROM seen)) new;
	INSERT INTO seen SELECT event_id FROM proctorlink.event WHERE event_id NOT IN (SELECT event_id FROM seen);
	RETURN coalesce(lines, 'nothing');
END
$$;

-- schedules
SELECT is(news(call), told, name) FROM (VALUES
	(1, 'made', format('proctorlink.eapi_create_schedule(%L)', body(jsonb_build_array(person('c-1', '{"Password": "secret"}'), person('c-2')))),
		'schedule_made SC {"ignored": ["Candidates/Password"], "candidates": 2}'),
	(2, 'changed', format('proctorlink.eapi_create_schedule(%L)', body(jsonb_build_array(person('c-1'), person('c-2')), '{"Upsert": true}')),
		'schedule_changed SC {"candidates": 2}'),
	(3, 'candidates made', format('proctorlink.eapi_add_candidates(%L)', body(jsonb_build_array(person('c-3')))), 'candidates_added SC {"ignored": ["Schedule/StartDateTime", "Schedule/AssessmentExtId"], "candidates": 1}'),
	(4, 'candidates added', 'proctorlink.eapi_add_existing_candidates(''S-1'', ''["u-1", "u-2", "c-3"]'')', 'candidates_added SC {"candidates": 2}'),
	(5, 'nobody new', 'proctorlink.eapi_add_existing_candidates(''S-1'', ''["u-1"]'')', 'nothing'),
	(6, 'candidates removed', 'proctorlink.eapi_remove_candidates(''S-1'', ''["u-2"]'')', 'candidates_removed SC {"candidates": 1}'),
	(7, 'nobody there', 'proctorlink.eapi_remove_candidates(''S-1'', ''["u-2"]'')', 'nothing'),
	(8, 'taken back', 'proctorlink.deactivate_schedule(''S-1'')', 'schedule_deactivated SC'),
	(9, 'changed as a draft', 'proctorlink.eapi_update_schedule(''S-1'', ''{"Title": "Other", "PIN": "1234", "Colour": 1}'')',
		'schedule_changed SC {"columns": ["title", "pin_code"], "ignored": ["Colour"]}'),
	(10, 'the same again', 'proctorlink.eapi_update_schedule(''S-1'', ''{"Title": "Other"}'')', 'nothing'),
	(11, 'activated', 'proctorlink.eapi_activate_schedule(''S-1'')', 'schedule_activated SC'),
	(12, 'moved', 'proctorlink.move_schedule(''S-1'', ''med'')', 'schedule_moved SC')
) AS t (place, name, call, told) ORDER BY place;
SELECT schedule_id('S-1') AS schedule \gset
SELECT is(news('proctorlink.eapi_delete_schedule(''S-1'')'), 'schedule_deleted SC {"sessions": 5}', 'deleted');
SELECT is((SELECT string_agg(kind, ' ') FROM proctorlink.history(proctorlink.sid('SC', :'schedule'))),
	'schedule_made schedule_changed candidates_added candidates_added candidates_removed schedule_deactivated schedule_changed schedule_activated schedule_moved schedule_deleted',
	'its history, though it is gone');
SELECT is(news('proctorlink.eapi_create_draft_schedule(''{"AssessmentExternalId": "e-1", "StartDateTime": "2032-03-01T09:00:00Z"}'')'), 'schedule_made SC', 'a draft');

-- sessions
SELECT new_schedule('now', '-1 hour', '3 hours') AS unused \gset
SELECT new_session('u-1', 'now') AS session, news('1') AS unused \gset
SELECT is(news(format('proctorlink.set_session_status(%L, ''In Progress'', ''Ada was late'')', :'session')), 'session_status ES {"to": "In Progress", "from": "Scheduled"}', 'a status, without why');
SELECT is(news(format('proctorlink.set_session_status(%L, ''In Progress'')', :'session')), 'nothing', 'the same status is no event');
SELECT is(news(format('proctorlink.set_session_status(%L, ''Closed'')', :'session')), 'session_status ES {"to": "Closed", "from": "In Progress"}', 'closed');
SELECT is(news(format('proctorlink.publish_result(%L, ''{"score": 7, "maxScore": 10}'')', :'session')), 'result_published ES {"published": true}', 'a result, without its points');
SELECT is((SELECT string_agg(kind, ' ') FROM proctorlink.history(:'session')), 'session_status session_status result_published', 'the history of a session');
SELECT new_session('u-2', 'now') AS linked \gset
SELECT split_part(proctorlink.launch_link(:'linked') ->> 'LaunchUrl', 'session=', 2) AS token \gset
SELECT is(news(format('proctorlink.redeem_launch(%L)', :'token'), format('proctorlink.redeem_launch(%L)', :'token')),
	'session_status ES {"to": "In Progress", "from": "Scheduled"}', 'a link that is opened begins the session once');
SELECT move_schedule('now', '-3 hours', '-1 hour');
SELECT new_session('u-1', 'now') IS NULL AS unused \gset
SELECT is(news('proctorlink.expire_sessions()'),
	E'session_status ES {"to": "Cancelled", "reason": "expired"}\nsession_status ES {"to": "Closed", "reason": "expired"}', 'what expired, each');
SELECT is(news('proctorlink.expire_sessions()'), 'nothing', 'and nothing more');

-- settings
SELECT is(news(format('proctorlink.configure_install(%L, ''{"timeZone": "Europe/Berlin", "currencyCode": "EUR"}'')', :'install')),
	'settings_changed AI {"settings": ["timeZone", "currencyCode"]}', 'settings by name');
SELECT is(news(format('proctorlink.create_integration(%L, ''other'', ''https://other.test'')', :'install')), 'integration_made II', 'a connection');
SELECT is(news(format('proctorlink.define_role(%L, ''helper'', ''{mark}'')', :'install')), 'role_defined {"role": "helper"}', 'a role');
SELECT is(news(format('proctorlink.grant_hierarchy(%L, ''med'', ''scheduler'', ''{coordinator}'')', :'install')) ~ '^access_changed HG {"account": "US[0-9a-f]{32}"}$', true, 'access');
SELECT is(news('proctorlink.create_accommodation_exam(''e-2'', 50)', 'proctorlink.allow_accommodation(''e-2'', ''{u-1}'')', 'proctorlink.withdraw_accommodation(''e-2'', ''{u-1}'')'),
	E'accommodation_exam_made EX\naccommodation_changed EX {"added": 1}\naccommodation_changed EX {"removed": 1}', 'extra time');

-- a batch leaves one with its counts
SELECT is(news(format('proctorlink.batch_provision(%L)', jsonb_build_array(put(exam_item(), '/exam/ids', '{"external": "e-9"}'), put(learner_item(), '/user/ids', '{"external": "u-9"}')))),
	'batch BA {"found": 1, "items": 2, "failed": 0, "status": "completed", "created": 5, "removed": 0, "updated": 0, "succeeded": 2}', 'a batch');
SELECT is(news(format('proctorlink.batch_provision(%L)', learner_item())), 'provisioned US {"sessions": 1}', 'one item as an object that makes a session');
SELECT is(news(format('proctorlink.batch_provision(%L)', learner_item())), 'nothing', 'the same again');
SELECT is(news(format('proctorlink.batch_provision(%L)', put(learner_item(), '/user/firstName', '"Augusta"'))), 'nothing', 'nor one that only changes a name');
SELECT is(news(format('proctorlink.batch_provision(%L)', jsonb_build_object('dryRun', true, 'items', jsonb_build_array(learner_item())))), 'nothing', 'a dry run');

-- nothing personal, ever
SELECT is((SELECT count(*)::int FROM proctorlink.event WHERE concat_ws(' ', actor, kind, changes) ~ 'Grace|Hopper|Ada|Byron|@|secret|\m1234\M'), 0, 'no names, addresses, secrets');
SELECT is((SELECT array_agg(DISTINCT actor) FROM proctorlink.event), ARRAY[current_user::text], 'who did it');

-- who may write them
CREATE ROLE proctorlink_test_reader;
GRANT USAGE ON SCHEMA proctorlink TO proctorlink_test_reader;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA proctorlink TO proctorlink_test_reader;
GRANT SELECT, UPDATE ON proctorlink.install, proctorlink.exam_session, proctorlink.schedule, proctorlink.account, proctorlink.exam TO proctorlink_test_reader;
GRANT SELECT ON proctorlink.event, proctorlink.exam_configuration TO proctorlink_test_reader;
SELECT new_schedule('later', '-1 hour', '3 hours') IS NULL AS unused \gset
SELECT new_session('u-1', 'later') AS open \gset
SELECT proctorlink.bind_role(proctorlink.sid('install', install_id), 'proctorlink_test_reader') IS NULL AS unused FROM proctorlink.install \gset
SELECT news('1') IS NULL AS unused \gset
GRANT ALL ON seen TO proctorlink_test_reader;
SET LOCAL ROLE proctorlink_test_reader;
SELECT is(refused(statement), '42501', statement) FROM unnest(ARRAY[
	'INSERT INTO proctorlink.event (install_id, actor, kind) SELECT install_id, ''me'', ''refused'' FROM proctorlink.install',
	'UPDATE proctorlink.event SET actor = ''nobody''', 'DELETE FROM proctorlink.event']) statement;
SELECT is(news(format('proctorlink.set_session_status(%L, ''In Progress'')', :'open')), 'session_status ES {"to": "In Progress", "from": "Scheduled"}',
	'a role that cannot write events leaves them all the same');
SELECT is((SELECT actor FROM proctorlink.event ORDER BY event_id DESC LIMIT 1), 'proctorlink_test_reader', 'in its own name');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
