-- test/pgtap/results.sql
--		publish_result.

BEGIN;
\ir helpers.psql
\ir sittings.psql
SELECT plan(65);
SELECT new_schedule('s-1', '-1 hour', '2 hours') IS NULL AS unused \gset

CREATE FUNCTION publishing(sid text, result jsonb) RETURNS text LANGUAGE sql AS $$
	SELECT format('SELECT proctorlink.publish_result(%L, %L)', sid, result)
$$;
CREATE FUNCTION kept(sid text) RETURNS text STABLE LANGUAGE sql AS $$
	SELECT concat_ws(' ', coalesce(score::text, '-'), coalesce(max_score::text, '-'), coalesce(passed_status, '-'),
		CASE WHEN published_at = now() THEN 'now' ELSE coalesce(published_at::text, '-') END) FROM session(sid)
$$;

SELECT new_session('u-1', 's-1', 'Closed') AS session \gset
SELECT is(proctorlink.publish_result(:'session', '{"score": 41.5, "maxScore": 50, "passedStatus": "SATISFACTORY"}'),
	jsonb_build_object('session', jsonb_build_object('sid', :'session', 'status', 'Closed'),
		'result', jsonb_build_object('score', 41.5, 'maxScore', 50, 'passedStatus', 'SATISFACTORY', 'publishedAt', rfc(now())), 'changed', true), 'a result is published');
SELECT is(kept(:'session'), '41.5 50 SATISFACTORY now', 'and kept');
SELECT contents(versions => true) AS before \gset
SELECT is(proctorlink.publish_result(:'session', result) -> 'changed', 'false', 'the same again: ' || result::text)
FROM unnest(ARRAY['{"score": 41.5, "maxScore": 50, "passedStatus": "SATISFACTORY", "published": true}', '{"score": 41.50, "maxScore": 50.0}',
	'{}', '{"published": true}', '{"published": null}', '{"passedStatus": "SATISFACTORY"}']::jsonb[]) result;
SELECT is(contents(versions => true), :'before', 'writes nothing');

-- Taken back, and published anew.

UPDATE proctorlink.exam_session SET published_at = '2026-01-01 00:00+00';
SELECT is(proctorlink.publish_result(:'session', '{"published": false}') #> '{result,publishedAt}', 'null', 'a publication is taken back');
SELECT is(kept(:'session'), '41.5 50 SATISFACTORY -', 'the result stays');
SELECT is(proctorlink.publish_result(:'session', '{"published": false}') -> 'changed', 'false', 'once');
SELECT is(proctorlink.publish_result(:'session', '{"score": 42, "published": false}') -> 'changed', 'true', 'it may be changed meanwhile');
SELECT is(kept(:'session'), '42 50 SATISFACTORY -', 'unpublished');
SELECT is(proctorlink.publish_result(:'session', '{}') -> 'changed', 'true', 'and is published again');
SELECT is(kept(:'session'), '42 50 SATISFACTORY now', 'now');
UPDATE proctorlink.exam_session SET published_at = now() - interval '1 day';
SELECT is(proctorlink.publish_result(:'session', '{}') -> 'changed', 'false', 'what was published');
SELECT is((SELECT published_at = now() - interval '1 day' FROM session(:'session')), true, 'keeps its day');
SELECT is(proctorlink.publish_result(:'session', '{"score": 43}') -> 'changed', 'true', 'a rescored one');
SELECT is(kept(:'session'), '43 50 SATISFACTORY now', 'is published anew');
SELECT is(proctorlink.publish_result(:'session', '{"score": null, "maxScore": null, "passedStatus": "VOIDED"}') -> 'changed', 'true', 'null takes away');
SELECT is(kept(:'session'), '- - VOIDED now', 'what was there');

-- Sessions that may have a result.

SELECT is(told(publishing(new_session('u-2', 's-1', status), '{"score": 1, "maxScore": 2}')), outcome, status)
FROM (VALUES
	('Needs Proctor', 'PT409 CONFLICT: session_sid: the session has not begun, it is Needs Proctor'),
	('Pending Approval', 'PT409 CONFLICT: session_sid: the session has not begun, it is Pending Approval'),
	('Approval Denied', 'PT409 CONFLICT: session_sid: the session has not begun, it is Approval Denied'),
	('Scheduled', 'PT409 CONFLICT: session_sid: the session has not begun, it is Scheduled'),
	('Onboarding', 'PT409 CONFLICT: session_sid: the session has not begun, it is Onboarding'),
	('Checked In', 'PT409 CONFLICT: session_sid: the session has not begun, it is Checked In'),
	('In Progress', 'accepted'), ('Incident', 'accepted'), ('Processing', 'accepted'), ('Closed', 'accepted'),
	('Cancelled', 'PT409 CONFLICT: session_sid: the session was cancelled before it began')
) AS statuses (status, outcome);
SELECT new_session('u-2', 's-1', 'Cancelled') AS void \gset
UPDATE proctorlink.exam_session SET started_at = now() WHERE exam_session_id = proctorlink.sid_uuid(:'void');
SELECT is(told(publishing(:'void', '{"passedStatus": "VOIDED"}')), 'accepted', 'one that was cancelled after it had begun');

-- What a result is.

SELECT new_session('u-2', 's-1', 'Closed') AS session \gset
SELECT is(told(publishing(:'session', result)), outcome, result::text)
FROM (VALUES
	('{"score": 0, "maxScore": 0}'::jsonb, 'accepted'),
	('{"score": 50, "maxScore": 50}', 'accepted'),
	('{"score": 0.000000000001, "maxScore": 99999999999999999999}', 'accepted'),
	('{"score": 7}', 'accepted'),
	('{"passedStatus": "SATISFACTORY"}', 'accepted'), ('{"passedStatus": "NOT_SATISFACTORY"}', 'accepted'),
	('{"passedStatus": "NOT_SUBMITTED"}', 'accepted'), ('{"passedStatus": "VOIDED"}', 'accepted'),
	('{"score": 1, "published": false}', 'accepted'),
	('{"published": false}', 'accepted'),
	('{"score": 50.000001, "maxScore": 50}', 'PT400 INVALIDINPUT: /score: must be at most maxScore'),
	('{"score": -0.1, "maxScore": 50}', 'PT400 INVALIDINPUT: /score: must be at least 0'),
	('{"score": 1, "maxScore": -1}', 'PT400 INVALIDINPUT: /maxScore: must be at least 0'),
	('{"score": 1e100000, "maxScore": 1e100000}', E'PT400 INVALIDINPUT: /score: has more than 40 digits\n/maxScore: has more than 40 digits'),
	('{"score": 1e-41, "maxScore": 1}', 'PT400 INVALIDINPUT: /score: has more than 40 digits'),
	('{"score": "41"}', 'PT400 INVALIDINPUT: /score: must be a number, not a string'),
	('{"score": []}', 'PT400 INVALIDINPUT: /score: must be a number, not an array'),
	('{"passedStatus": "PASSED"}', 'PT400 INVALIDINPUT: /passedStatus: "PASSED" is not SATISFACTORY, NOT_SATISFACTORY, NOT_SUBMITTED or VOIDED'),
	('{"score": 1, "published": "yes"}', 'PT400 INVALIDINPUT: /published: must be a boolean, not a string'),
	('{"Score": 1}', 'PT400 INVALIDINPUT: /Score: unknown key "Score"'),
	('{}', 'PT400 INVALIDINPUT: : a result to publish has a score or a passedStatus'),
	('{"maxScore": 50}', 'PT400 INVALIDINPUT: : a result to publish has a score or a passedStatus'),
	('[]', 'PT400 INVALIDINPUT: : result must be an object'),
	('null', 'PT400 INVALIDINPUT: : result must be an object')
) AS results (result, outcome);
SELECT is(proctorlink.publish_result(:'session', '{"score": 40, "maxScore": 50}') -> 'changed', 'true', 'with a result kept');
SELECT is(told(publishing(:'session', '{"maxScore": 39}')), 'PT400 INVALIDINPUT: /score: must be at most maxScore', 'one figure is held against the other that is kept');

-- Whose session.

SELECT is(told(statement), outcome, name)
FROM (VALUES
	('no session', publishing(NULL, '{}'), 'PT400 INVALIDINPUT: session_sid must not be null'),
	('no result', publishing(:'session', NULL), 'PT400 INVALIDINPUT: result must not be null'),
	('another kind of sid', publishing(:'install', '{}'), format('PT400 INVALIDINPUT: session_sid: "%s" is not a sid of this kind', :'install')),
	('a session that there is not', publishing('ES' || repeat('0', 32), '{}'), format('PT404 RESOURCENOTFOUND: session_sid: no session has the sid "ES%s"', repeat('0', 32)))
) AS calls (name, statement, outcome);
SELECT proctorlink.create_install('College', NULL) AS college \gset
SELECT proctorlink.use_install(:'college') \gset
SELECT is(told(publishing(:'session', '{}')), format('PT404 RESOURCENOTFOUND: session_sid: no session has the sid "%s"', :'session'), 'another install''s session');

SELECT * FROM finish();
ROLLBACK;
