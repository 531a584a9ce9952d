-- test/pgtap/session_status.sql
--		set_session_status and expire_sessions.

BEGIN;
\ir helpers.psql
\ir sittings.psql
SELECT plan(219);
SELECT new_schedule('s-1', '-1 hour', '2 hours') IS NULL AS unused \gset

CREATE FUNCTION setting(sid text, status text, reason text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
	SELECT format('SELECT proctorlink.set_session_status(%L, %L, %L)', sid, status, reason)
$$;

-- Every way from every status.

CREATE TABLE way (from_status text, to_status text[]);
INSERT INTO way VALUES
	('Needs Proctor', '{Pending Approval,Scheduled,Cancelled}'),
	('Pending Approval', '{Scheduled,Approval Denied,Cancelled}'),
	('Approval Denied', '{Needs Proctor,Cancelled}'),
	('Scheduled', '{Onboarding,Checked In,In Progress,Needs Proctor,Incident,Closed,Cancelled}'),
	('Onboarding', '{Checked In,Scheduled,In Progress,Incident,Cancelled}'),
	('Checked In', '{Scheduled,In Progress,Incident,Cancelled}'),
	('In Progress', '{Incident,Processing,Closed}'),
	('Incident', '{In Progress,Processing,Closed,Cancelled}'),
	('Processing', '{Incident,Closed}'),
	('Closed', '{}'),
	('Cancelled', '{}');
SELECT is(told(setting(new_session('u-1', 's-1', a.from_status), b.from_status)),
	CASE WHEN b.from_status = ANY (a.to_status) OR a.from_status = b.from_status THEN 'accepted'
		ELSE format('PT409 CONFLICT: a session cannot go from status "%s" to "%s"', a.from_status, b.from_status) END,
	a.from_status || ' to ' || b.from_status)
FROM way a, way b;
SELECT is(hinted(setting(new_session('u-1', 's-1', from_status), CASE from_status WHEN 'Pending Approval' THEN 'Closed' ELSE 'Pending Approval' END)),
	CASE WHEN to_status = '{}' THEN 'A new attempt is a new session.' ELSE 'It may become: ' || array_to_string(to_status, ', ') || '.' END, 'the ways from ' || from_status)
FROM way WHERE from_status <> 'Needs Proctor';

-- What is answered and kept.

SELECT new_session('u-1', 's-1') AS session \gset
SELECT is(proctorlink.set_session_status(:'session', 'Onboarding', 'came early'),
	jsonb_build_object('session', jsonb_build_object('sid', :'session', 'status', 'Onboarding'), 'changed', true), 'a new status');
SELECT is((SELECT (status, status_reason, started_at, ended_at)::text FROM session(:'session')), '(Onboarding,"came early",,)', 'is kept with its reason');
SELECT contents(versions => true) AS before \gset
SELECT is(proctorlink.set_session_status(:'session', 'Onboarding', 'another reason'),
	jsonb_build_object('session', jsonb_build_object('sid', :'session', 'status', 'Onboarding'), 'changed', false), 'the same status again');
SELECT is(contents(versions => true), :'before', 'writes nothing');
SELECT is(proctorlink.set_session_status(:'session', 'In Progress') -> 'changed', 'true', 'it begins');
SELECT is((SELECT (status, status_reason, started_at = now(), ended_at)::text FROM session(:'session')), '("In Progress",,t,)', 'now, for no reason given');
UPDATE proctorlink.exam_session SET started_at = now() - interval '1 hour' WHERE exam_session_id = proctorlink.sid_uuid(:'session');
SELECT is(proctorlink.set_session_status(:'session', 'Processing') -> 'changed', 'true', 'it is handed in');
SELECT is((SELECT (started_at = now() - interval '1 hour', ended_at = now())::text FROM session(:'session')), '(t,t)', 'and ends now');
UPDATE proctorlink.exam_session SET ended_at = now() - interval '10 minutes' WHERE exam_session_id = proctorlink.sid_uuid(:'session');
SELECT is(proctorlink.set_session_status(:'session', 'Incident') -> 'changed', 'true', 'something is found afterwards');
SELECT is((SELECT ended_at = now() - interval '10 minutes' FROM session(:'session')), true, 'which does not change when it ended');
SELECT is(proctorlink.set_session_status(:'session', 'Closed') -> 'changed', 'true', 'it is closed');
SELECT is((SELECT ended_at = now() - interval '10 minutes' FROM session(:'session')), true, 'the end stays');
SELECT new_session('u-1', 's-1', 'Incident') AS session \gset
UPDATE proctorlink.exam_session SET started_at = now() - interval '1 hour', ended_at = now() - interval '1 minute' WHERE exam_session_id = proctorlink.sid_uuid(:'session');
SELECT is(proctorlink.set_session_status(:'session', 'In Progress') -> 'changed', 'true', 'a sitting goes on');
SELECT is((SELECT (started_at = now() - interval '1 hour', ended_at)::text FROM session(:'session')), '(t,)', 'and has not ended');
SELECT is(proctorlink.set_session_status(new_session('u-1', 's-1'), 'Closed') -> 'changed', 'true', 'who does not come is closed');
SELECT is((SELECT ended_at IS NOT NULL AND started_at IS NULL FROM proctorlink.exam_session WHERE status = 'Closed' ORDER BY exam_session_id DESC LIMIT 1), true, 'without having begun');

-- What is refused.

SELECT is(told(statement), outcome, name)
FROM (VALUES
	('a status that is none', setting(:'session', 'Done'), 'PT400 INVALIDINPUT: status: "Done" is not the status of a session'),
	('statuses are written exactly', setting(:'session', 'in progress'), 'PT400 INVALIDINPUT: status: "in progress" is not the status of a session'),
	('an empty status', setting(:'session', ''), 'PT400 INVALIDINPUT: status: "" is not the status of a session'),
	('a long one', setting(:'session', repeat('x', 1000000)), 'PT400 INVALIDINPUT: status: "' || repeat('x', 64) || '..." is not the status of a session'),
	('no status', setting(:'session', NULL), 'PT400 INVALIDINPUT: status must not be null'),
	('no session', setting(NULL, 'Closed'), 'PT400 INVALIDINPUT: session_sid must not be null'),
	('another kind of sid', setting(:'install', 'Closed'), format('PT400 INVALIDINPUT: session_sid: "%s" is not a sid of this kind', :'install')),
	('a session that there is not', setting('ES' || repeat('0', 32), 'Closed'), format('PT404 RESOURCENOTFOUND: session_sid: no session has the sid "ES%s"', repeat('0', 32))),
	('a sid that was never made', setting('ES' || repeat('z', 32), 'Closed'), format('PT404 RESOURCENOTFOUND: session_sid: nothing has the sid "ES%s"', repeat('z', 32))),
	('a reason of 500 characters', setting(:'session', 'Incident', repeat('é', 500)), 'accepted'),
	('a reason of 501', setting(:'session', 'Incident', repeat('é', 501)), 'PT400 INVALIDINPUT: reason: is longer than 500 characters')
) AS calls (name, statement, outcome);
SELECT is(hinted(setting(:'session', 'Done')),
	'The statuses are Needs Proctor, Pending Approval, Approval Denied, Scheduled, Onboarding, Checked In, In Progress, Incident, Processing, Closed, Cancelled.', 'which there are');
SELECT proctorlink.create_install('College', NULL) AS college \gset
SELECT is(told(setting(:'session', 'Closed')), 'PT403 AUTHENTICATIONFAILED: there are several installs, and none was named', 'for which install');
SELECT proctorlink.use_install(:'college') \gset
SELECT is(told(setting(:'session', 'Closed')), format('PT404 RESOURCENOTFOUND: session_sid: no session has the sid "%s"', :'session'), 'not another one''s');
SELECT proctorlink.use_install(:'install') \gset
SELECT is(told(setting(:'session', 'Closed')), 'accepted', 'its own');

-- expire_sessions: of every status, before and after the window.

DELETE FROM proctorlink.exam_session;
CREATE TABLE case_of (place int, name text, sid text, expected text);
SELECT new_schedule('over', '-5 hours', '0'), new_schedule('nearly', '-5 hours', '1 microsecond') \gset
INSERT INTO case_of SELECT 1, from_status || ', schedule over', new_session('u-1', 'over', from_status),
	CASE WHEN from_status IN ('In Progress', 'Incident') THEN 'Closed expired'
		WHEN from_status IN ('Processing', 'Closed', 'Cancelled') THEN from_status
		ELSE 'Cancelled expired' END FROM way;
INSERT INTO case_of SELECT 2, from_status || ', not over', new_session('u-1', 'nearly', from_status), from_status FROM way;
INSERT INTO case_of SELECT 3, from_status || ', without schedule, access open', new_session('u-2', NULL, from_status), from_status FROM way;
INSERT INTO case_of SELECT 4, from_status || ', without any window', new_session('u-2', NULL, from_status, 'e-2'), from_status FROM way;
UPDATE proctorlink.exam_session SET started_at = now() - interval '2 hours' WHERE status IN ('In Progress', 'Incident', 'Processing');
SELECT proctorlink.use_install(:'college') \gset
SELECT is(proctorlink.expire_sessions(), 0::bigint, 'nothing of this install is over');
SELECT proctorlink.use_install(:'install') \gset
SELECT is(proctorlink.expire_sessions(), 8::bigint, 'eight are over');
SELECT is(s.status || coalesce(' ' || s.status_reason, ''), c.expected, c.name) FROM case_of c, session(c.sid) s ORDER BY c.place, c.name;
SELECT is((SELECT count(*) FROM proctorlink.exam_session), 44::bigint, 'none stands in their place');
SELECT is((SELECT bool_and(ended_at = now()) FROM proctorlink.exam_session WHERE status_reason = 'expired' AND status = 'Closed'), true, 'ended when the window closed');
SELECT is((SELECT count(ended_at) FROM proctorlink.exam_session WHERE status_reason = 'expired' AND status = 'Cancelled'), 0::bigint, 'what never began has no end');
SELECT contents(versions => true) AS before \gset
SELECT is(proctorlink.expire_sessions(), 0::bigint, 'again: nothing');
SELECT is(contents(versions => true), :'before', 'and nothing is written');
UPDATE proctorlink.exam_configuration SET access_opens_at = now() - interval '5 days', access_closes_at = now();
SELECT is(proctorlink.expire_sessions(), 8::bigint, 'with the time of access those without a schedule are over');
SELECT is((SELECT array_agg(DISTINCT s.status_reason) FROM case_of c, session(c.sid) s WHERE c.place = 4), '{NULL}', 'what has no window is never over');
SELECT is((SELECT count(*) FROM case_of c, session(c.sid) s WHERE c.place = 2 AND s.status_reason IS NOT NULL), 0::bigint, 'a schedule goes before the configuration');

-- A learner of the course keeps the right to sit, but not the time.

SELECT is(results(proctorlink.batch_provision(put(put(put(exam_item() || learner_item(), '/exam/ids/external', '"e-9"'),
	'/exam/configuration/access/open', to_jsonb(utc(now() - interval '2 days'))), '/exam/configuration/access/close', to_jsonb(utc(now() - interval '1 day'))))),
	'course Created, user Found Existing, enrollment Created, exam Created, configuration Created', 'an exam of yesterday');
SELECT is(proctorlink.expire_sessions(), 1::bigint, 'the session that comes with it is over');
SELECT is((SELECT array_agg(status || ' ' || status_reason) FROM proctorlink.exam_session WHERE exam_id = exam_id('e-9')), '{Cancelled expired}', 'and no fresh one is made');

SELECT * FROM finish();
ROLLBACK;
