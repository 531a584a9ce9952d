-- test/pgtap/exam_access.sql
--		What a proctor opens an exam with: told to the provider whose session it
--		is, while it lives, and to nobody else.

BEGIN;
\ir helpers.psql
\ir sittings.psql
\ir bookings.psql
SELECT plan(45);

UPDATE proctorlink.exam_configuration SET student_notes = 'Bring a pen.', proctor_notes = 'No calculator.';
INSERT INTO proctorlink.exam_secret (install_id, exam_configuration_id, password) SELECT install_id, exam_configuration_id, 'open sesame' FROM proctorlink.exam_configuration;
INSERT INTO proctorlink.exam_configuration (install_id, exam_id, type, url, access_opens_at, access_closes_at, duration_minutes)
	VALUES (install_id(), exam_id('e-1'), 'accommodation', 'https://platform.test/longer', now(), now() + interval '2 days', 90);
SELECT proctorlink.sid('EC', exam_configuration_id) AS primary FROM proctorlink.exam_configuration WHERE type = 'primary' \gset
SELECT proctorlink.sid('EC', exam_configuration_id) AS longer FROM proctorlink.exam_configuration WHERE type = 'accommodation' \gset
CREATE FUNCTION access(sid text) RETURNS text LANGUAGE sql AS $$ SELECT told(format('SELECT proctorlink.exam_access(%L)', sid)) $$;

-- A booking.

SELECT is(book(), 'ok', 'somebody is booked');
SELECT proctorlink.sid('ES', (booked()).exam_session_id) AS session \gset
SELECT is(proctorlink.exam_access(:'session'), jsonb_build_object('session', :'session', 'configuration', :'primary', 'url', 'https://platform.test/e-1',
	'password', 'open sesame', 'studentNotes', 'Bring a pen.', 'proctorNotes', 'No calculator.'), 'the provider is told what opens the exam');
SELECT is((SELECT (actor, kind, changes)::text FROM proctorlink.history(:'session') WHERE kind <> 'reservation_made'),
	format('(%s,exam_accessed,"{""configuration"": ""%s""}")', :'proctoru', :'primary'), 'which leaves an event, in the provider''s name');
SELECT is((SELECT count(*)::int FROM proctorlink.event WHERE changes::text ~ 'sesame|calculator|pen\.|platform\.test'), 0, 'without what was told');
SELECT is((SELECT count(*)::int FROM proctorlink.event WHERE kind = 'exam_accessed'), 1, 'one a call');

-- By which configuration.

UPDATE proctorlink.exam_session SET exam_configuration_id = proctorlink.sid_uuid(:'longer') WHERE exam_session_id = proctorlink.sid_uuid(:'session');
SELECT is(proctorlink.exam_access(:'session'), jsonb_build_object('session', :'session', 'configuration', :'longer', 'url', 'https://platform.test/longer',
	'password', NULL, 'studentNotes', NULL, 'proctorNotes', NULL), 'a configuration of the session''s own counts whole: nothing of the primary one is told for it');
UPDATE proctorlink.exam_session SET exam_configuration_id = NULL WHERE exam_session_id = proctorlink.sid_uuid(:'session');
SELECT is(book('{"reservation_id": "r-2", "user_id": "pu-2", "exam_id": "e-2"}'), 'ok', 'an exam without a configuration');
SELECT is(proctorlink.exam_access(proctorlink.sid('ES', (booked('r-2')).exam_session_id)) - 'session',
	'{"configuration": null, "url": null, "password": null, "studentNotes": null, "proctorNotes": null}', 'has nothing to tell');

-- Whose session it is.

SELECT proctorlink.create_integration(:'install', 'proctoru', 'https://other.test/') ->> 'sid' AS second,
	proctorlink.create_integration(:'install', 'smarterproctoring', 'https://smarter.test/') ->> 'sid' AS smarter \gset
SELECT new_schedule('theirs', '-1 hour', '3 hours') IS NULL AS unused \gset
SELECT new_session('u-1', 'theirs') AS scheduled, new_session('u-2') AS loose \gset
SELECT is(access(:'scheduled'), 'PT403 AUTHENTICATIONFAILED: session_sid: the session is not one of the caller''s integration', 'on a schedule of no integration');
SELECT is(access(:'loose'), 'PT403 AUTHENTICATIONFAILED: session_sid: the session is not one of the caller''s integration', 'without a schedule');
UPDATE proctorlink.schedule SET integration_id = proctorlink.sid_uuid(:'smarter') WHERE external_id = 'theirs';
SELECT is(access(:'scheduled'), 'PT403 AUTHENTICATIONFAILED: session_sid: the session is not one of the caller''s integration', 'on another integration''s schedule');
SELECT proctorlink.use_install(:'install', :'smarter') \gset
SELECT is(proctorlink.exam_access(:'scheduled') ->> 'password', 'open sesame', 'which is that one''s, whoever the provider is');
SELECT is(access(:'session'), 'PT403 AUTHENTICATIONFAILED: session_sid: the session is not one of the caller''s integration', 'but not what was booked elsewhere');
UPDATE proctorlink.exam_session SET integration_id = proctorlink.sid_uuid(:'second') WHERE exam_session_id = proctorlink.sid_uuid(:'scheduled');
SELECT is(access(:'scheduled'), 'PT403 AUTHENTICATIONFAILED: session_sid: the session is not one of the caller''s integration', 'what it was booked through goes before the schedule');
SELECT proctorlink.use_install(:'install', :'second') \gset
SELECT is(access(:'scheduled'), 'accepted', 'and is told');
SELECT is(access(:'session'), 'PT403 AUTHENTICATIONFAILED: session_sid: the session is not one of the caller''s integration', 'another institution of the same provider is not');
SELECT proctorlink.use_install(:'install') \gset
SELECT is(access(:'session'), 'PT403 AUTHENTICATIONFAILED: the caller speaks for no integration', 'who speaks for no integration is told nothing');
SELECT is(access(:'scheduled'), 'PT403 AUTHENTICATIONFAILED: the caller speaks for no integration', 'whatever the session is');
SELECT matches(hinted(format('SELECT proctorlink.exam_access(%L)', :'session')), 'use_install', 'with the way to speak for one');
SELECT is((SELECT count(*)::int FROM proctorlink.history(:'session')), 3, 'what is refused leaves no event');

-- Other tenants.

SELECT proctorlink.create_install('College', NULL) AS college \gset
SELECT proctorlink.create_integration(:'college', 'proctoru', 'https://college.test/') ->> 'sid' AS third \gset
SELECT proctorlink.use_install(:'college', :'third') \gset
SELECT is(access(:'session'), 'PT404 RESOURCENOTFOUND: session_sid: no session has the sid "' || :'session' || '"', 'another tenant''s session does not exist');
SELECT is(access('ES00000000000000000000000000000000'), 'PT404 RESOURCENOTFOUND: session_sid: no session has the sid "ES00000000000000000000000000000000"', 'like one that there is not');
SELECT proctorlink.use_install(:'install', :'proctoru') \gset

-- While it lives.

SELECT new_schedule('each', '-1 hour', '3 hours') IS NULL AS unused \gset
UPDATE proctorlink.schedule SET integration_id = proctorlink.sid_uuid(:'proctoru') WHERE external_id = 'each';
SELECT is(access(new_session('u-1', 'each', status)), CASE WHEN live THEN 'accepted' ELSE format('PT409 CONFLICT: session_sid: the session is %s, and its exam is not opened any more', status) END, status)
FROM (VALUES ('Needs Proctor', true), ('Pending Approval', true), ('Approval Denied', true), ('Scheduled', true), ('Onboarding', true), ('Checked In', true),
	('In Progress', true), ('Incident', true), ('Processing', false), ('Closed', false), ('Cancelled', false)) AS cases (status, live);
SELECT is(proctorlink.proctoru_remove_reservation('{"user_id": "pu-2", "reservation_id": "r-2"}') -> 'response_code', '1', 'a booking is cancelled');
SELECT is(access(proctorlink.sid('ES', (booked('r-2')).exam_session_id)), 'PT409 CONFLICT: session_sid: the session is Cancelled, and its exam is not opened any more', 'and opens nothing');
SELECT new_schedule('over', '-3 hours', '1 hour') IS NULL AS unused \gset
UPDATE proctorlink.schedule SET integration_id = proctorlink.sid_uuid(:'proctoru') WHERE external_id = 'over';
SELECT new_session('u-1', 'over') AS missed, new_session('u-2', 'over', 'In Progress') AS late \gset
SELECT move_schedule('over', '-3 hours', '1 microsecond');
SELECT is(access(:'missed'), 'accepted', 'until the window closes');
SELECT move_schedule('over', '-3 hours', '0');
SELECT is(access(:'missed'), 'PT409 CONFLICT: session_sid: the window closed at ' || rfc(now()), 'not to the moment');
SELECT is(access(:'late'), 'accepted', 'what has begun may go on');
SELECT move_schedule('over', '1 day', '2 days');
SELECT is(access(:'missed'), 'accepted', 'the provider may prepare before it opens');

-- What is no session.

SELECT is(left(access(sid), length(outcome)), outcome, name)
FROM (VALUES 
	('null', NULL, 'PT400 INVALIDINPUT: session_sid must not be null'),
	('no sid', 'x', 'PT400 INVALIDINPUT: session_sid: "x"'),
	('a sid of something else', proctorlink.sid('EX', exam_id('e-1')), 'PT400 INVALIDINPUT: session_sid: "EX')
) AS cases (name, sid, outcome);

-- Who has no privilege on passwords; and never without an event.

CREATE ROLE proctorlink_test_provider;
GRANT USAGE ON SCHEMA proctorlink TO proctorlink_test_provider;
GRANT EXECUTE ON FUNCTION proctorlink.exam_access(text) TO proctorlink_test_provider;
GRANT SELECT ON proctorlink.install, proctorlink.exam_session, proctorlink.schedule, proctorlink.exam_configuration TO proctorlink_test_provider;
SET LOCAL ROLE proctorlink_test_provider;
SELECT is(refused('SELECT * FROM proctorlink.exam_secret'), '42501', 'a role that cannot read passwords');
SELECT is(proctorlink.exam_access(:'session') ->> 'password', 'open sesame', 'is told this one');
RESET ROLE;
SET TRANSACTION READ ONLY;
SELECT is(refused(format('SELECT proctorlink.exam_access(%L)', :'session')), '25006', 'where no event can be left, nothing is told');

SELECT * FROM finish();
ROLLBACK;
