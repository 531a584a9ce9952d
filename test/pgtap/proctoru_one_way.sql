-- test/pgtap/proctoru_one_way.sql
--		Accounts go one way: whatever is made here, by whichever door, makes
--		nobody at the provider. Only what ProctorU itself says of a person, or a
--		link made by hand, is kept as such.

BEGIN;
\ir helpers.psql
\ir sittings.psql
\ir bookings.psql
SELECT plan(37);

SELECT put(exam_item(), '/exam/ids', '{"external": "b-1"}') AS exam, proctorlink.create_integration(:'install', 'smarterproctoring', 'https://smarter.test/') ->> 'sid' AS smarter \gset
SELECT put(:'exam', '/exam/limitedScope', 'true') AS closed, put(:'exam', '/exam/limitedScope', 'false') AS open \gset
CREATE FUNCTION enrollments() RETURNS text[] STABLE LANGUAGE sql AS $$ SELECT array_agg(proctorlink.sid('EN', enrollment_id)) FROM proctorlink.enrollment $$;
CREATE FUNCTION exam_sid(external text) RETURNS text STABLE LANGUAGE sql AS $$ SELECT proctorlink.sid('EX', exam_id(external)) $$;
CREATE FUNCTION body(schedule text, person text) RETURNS jsonb IMMUTABLE LANGUAGE sql AS $$
	SELECT jsonb_build_object('Schedule', jsonb_build_object('AssessmentExtId', 'e-1', 'ScheduleExtId', schedule, 'StartDateTime', '2090-03-01T09:00:00Z', 'GroupExtId', 'med', 'GroupName', 'Medicine'),
		'Candidates', jsonb_build_array(jsonb_build_object('CandidateExtId', person, 'FirstName', 'Ada', 'LastName', 'Byron', 'Email', person || '@example.org')))
$$;
-- What a call of ours comes to: how it went, the accounts that it made, and how
-- many people the providers know afterwards. It stays.
CREATE FUNCTION ours(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	before bigint := (SELECT count(*) FROM proctorlink.account);
	answer text;
BEGIN
	EXECUTE 'SELECT (' || call || ')::text' INTO answer;
	IF answer LIKE '%"Success": false%' OR answer LIKE '%"error":%' OR answer LIKE '%"response_code": 2%' THEN
		RETURN answer;
	END IF;
	RETURN format('%s made, %s there', (SELECT count(*) FROM proctorlink.account) - before, (SELECT count(*) FROM proctorlink.provider_account));
END
$$;

-- batch_provision, in all its forms and with links to sign on; what is enrolled
-- and assigned.

SELECT is(ours(call), outcome, name)
FROM (VALUES
	(1, 'a person', format('proctorlink.batch_provision(%L)', put(user_item(), '/user/ids', '{"external": "b-1", "api": "a-1", "lms": "l-1"}')), '1 made, 0 there'),
	(2, 'whose id comes later', format('proctorlink.batch_provision(%L)', put(user_item(), '/user/ids', '{"lms": "l-2"}')), '1 made, 0 there'),
	(3, 'and is there', format('proctorlink.batch_provision(%L)', put(user_item(), '/user/ids', '{"lms": "l-2", "external": "b-2"}')), '0 made, 0 there'),
	(4, 'a list', format('proctorlink.batch_provision(%L)', jsonb_build_array(put(learner_item(), '/user/ids', '{"external": "b-3"}'), put(learner_item(), '/user/ids', '{"external": "b-4"}'), :'closed'::jsonb)), '2 made, 0 there'),
	(5, 'items', format('proctorlink.provision(%L, %L)', :'install', jsonb_build_object('items', jsonb_build_array(put(learner_item(), '/user/ids', '{"external": "b-5"}')))), '1 made, 0 there'),
	(6, 'with a link to sign on at ProctorU', format('proctorlink.batch_provision(%L)', put(user_item(), '/user/ids', '{"external": "b-6"}') || jsonb_build_object('signon', jsonb_build_object('integrationSid', :'proctoru'))), '1 made, 0 there'),
	(7, 'and elsewhere', format('proctorlink.batch_provision(%L)', put(user_item(), '/user/ids', '{"external": "b-7"}') || jsonb_build_object('signon', jsonb_build_object('integrationSid', :'smarter'))), '1 made, 0 there'),
	(8, 'learners are assigned', 'proctorlink.assign_exam(exam_sid(''b-1''), enrollments())', '0 made, 0 there'),
	(9, 'unassigned', 'proctorlink.unassign_exam(exam_sid(''b-1''), enrollments())', '0 made, 0 there'),
	(10, 'given sessions by an exam that opens', format('proctorlink.batch_provision(%L)', :'open'), '0 made, 0 there'),
	(11, 'and taken out of the course', 'proctorlink.unenroll(enrollments(), ''left'')', '0 made, 0 there'),
	-- Cirrus's door, in the provider's own name too
	(21, 'a user', 'proctorlink.eapi_create_user(''{"ExternalId": "c-1", "FirstName": "Ada", "LastName": "Byron", "Email": "ada@example.org"}'')', '1 made, 0 there'),
	(22, 'changed', 'proctorlink.eapi_update_user(''c-1'', ''{"Email": "other@example.org"}'')', '0 made, 0 there'),
	(23, 'candidates of a schedule of ProctorU''s', format('proctorlink.eapi_create_schedule(%L)', body('S-1', 'c-2')), '1 made, 0 there'),
	(24, 'one more', format('proctorlink.eapi_add_candidates(%L)', body('S-1', 'c-3')), '1 made, 0 there'),
	(25, 'one who was there', 'proctorlink.eapi_add_existing_candidates(''S-1'', ''["c-1"]'')', '0 made, 0 there'),
	(26, 'taken off', 'proctorlink.eapi_remove_candidates(''S-1'', ''["c-1"]'')', '0 made, 0 there'),
	(27, 'a user put into the trash can', 'proctorlink.eapi_delete_user(''c-1'')', '0 made, 0 there'),
	-- what else is said of people
	(31, 'an id for more time', 'proctorlink.allow_accommodation(proctorlink.create_accommodation_exam(''e-1'', 25), ''{pu-1}'')', '0 made, 0 there'),
	(32, 'another id', format('proctorlink.rename_candidate(%L, ''u-1'', ''u-1b'')', :'install'), '0 made, 0 there'),
	(33, 'a link to a session', 'proctorlink.launch_link(new_session(''u-1b''))', '0 made, 0 there'),
	-- what ProctorU asks and does without effect
	(41, 'a stranger''s reservations', 'proctorlink.proctoru_reservations(''{"user_id": "u-2"}'') ->> ''message''', '0 made, 0 there'),
	(42, 'a booking that is refused', 'proctorlink.proctoru_add_reservation(booking(''{"end_date": "2090-01-01T00:00:00Z"}'')) ->> ''message''', '0 made, 0 there'),
	(43, 'a stranger''s number', 'proctorlink.proctoru_add_reservation(booking(''{"user_id": "u-2"}'')) ->> ''message''', '0 made, 0 there'),
	(44, 'a move of nothing', 'proctorlink.proctoru_move_reservation(''{"user_id": "u-2", "reservation_id": "no", "start_date": "2090-01-01T00:00:00Z"}'') ->> ''message''', '0 made, 0 there')
) AS cases (place, name, call, outcome) ORDER BY place;

-- Plain SQL.

INSERT INTO proctorlink.account (install_id, candidate_ext_id) VALUES (install_id(), 'p-1');
SELECT new_schedule('p', '1 day', '2 days') IS NULL AS unused \gset
UPDATE proctorlink.schedule SET integration_id = proctorlink.sid_uuid(:'proctoru') WHERE external_id = 'p';
INSERT INTO proctorlink.exam_session (install_id, exam_id, account_id, schedule_id, integration_id, status, appointment_at, reservation_id)
	SELECT install_id, exam_id, account_id('p-1'), schedule_id, integration_id, 'Scheduled', starts_at, 'p-1' FROM proctorlink.schedule WHERE external_id = 'p';
SELECT is((SELECT count(*)::int FROM proctorlink.provider_account), 0, 'rows written by hand, a booked session among them');
SELECT is((SELECT string_agg(tgname, ' ') FROM pg_trigger t JOIN pg_proc f ON f.oid = tgfoid WHERE NOT tgisinternal AND tgrelid IN ('proctorlink.account'::regclass, 'proctorlink.enrollment'::regclass) AND prosrc ~ 'provider'),
	NULL, 'no trigger of people tells a provider');

-- What does: a booking, an edit of theirs, a link. Of whom it speaks, and nobody else.

CREATE FUNCTION known() RETURNS text STABLE LANGUAGE sql AS $$
	SELECT string_agg(p.user_id || ' ' || coalesce(a.candidate_ext_id, '-'), ', ' ORDER BY p.user_id)
	FROM proctorlink.provider_account p LEFT JOIN proctorlink.account a USING (install_id, account_id)
$$;
SELECT is(ours('proctorlink.proctoru_edit_student(''{"user_id": "pu-2", "student_id": "s-2", "first_name": "Ida"}'')'), '0 made, 1 there', 'an edit of theirs keeps ids, and makes nobody here');
SELECT is(known(), 'pu-2 -', 'those that it named');
SELECT is(ours('proctorlink.proctoru_add_reservation(booking())'), '1 made, 2 there', 'a booking');
SELECT is(known(), 'pu-1 pu-1, pu-2 -', 'of who was booked');
SELECT is(ours(format('proctorlink.link_candidate(%L, %L, ''pu-3'', ''b-3'')', :'install', :'proctoru')), '0 made, 3 there', 'a link');
SELECT is(known(), 'pu-1 pu-1, pu-2 -, pu-3 b-3', 'between the two that it names');
SELECT is(ours('proctorlink.proctoru_remove_reservation(''{"user_id": "pu-1", "reservation_id": "r-1"}'')'), '0 made, 3 there', 'who was booked stays known');
SELECT is(ours(format('proctorlink.batch_provision(%L)', put(user_item(), '/user/ids', '{"external": "pu-2"}'))), '1 made, 3 there', 'an account with the same id as somebody at ProctorU');
SELECT is(known(), 'pu-1 pu-1, pu-2 -, pu-3 b-3', 'is not tied to them');
SELECT is((SELECT count(*)::int FROM proctorlink.provider_account WHERE integration_id <> proctorlink.sid_uuid(:'proctoru')), 0, 'nor is anybody known at another provider');

SELECT * FROM finish();
ROLLBACK;
