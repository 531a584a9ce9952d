-- test/pgtap/eapi_attempt.sql
--		Cirrus's door: eapi_attempt_info and eapi_results.

BEGIN;
\ir helpers.psql
\ir sittings.psql
SELECT plan(70);
SELECT new_schedule('s-1', '-1 hour', '2 hours'), new_schedule('later', '1 microsecond', '2 hours'), new_schedule('now', '0', '2 hours'),
	new_schedule('draft', '-1 hour', '2 hours', false), new_schedule('over', '-5 hours', '-1 hour') \gset

-- How a call is refused: the codes and texts, and what came with them; "accepted"
-- if it is not.
CREATE FUNCTION refusals(answer jsonb) RETURNS text LANGUAGE sql AS $$
	SELECT CASE
		WHEN answer ->> 'Success' IS DISTINCT FROM 'false' THEN 'accepted ' || current_setting('response.status')
		WHEN answer - '{Content,Success,Errors}'::text[] <> '{}' OR answer -> 'Content' <> 'null' THEN 'no envelope: ' || answer::text
		ELSE (SELECT string_agg(concat_ws(' ', e ->> 'Code', e ->> 'Error'), '|') FROM jsonb_array_elements(answer -> 'Errors') e)
			|| ' ' || current_setting('response.status') END
$$;
CREATE FUNCTION info(schedule text, candidate text) RETURNS text LANGUAGE sql AS $$
	SELECT refusals(proctorlink.eapi_attempt_info(schedule, candidate))
$$;
CREATE FUNCTION results_refused(candidate text, schedule text DEFAULT NULL, attempt text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
	SELECT refusals(proctorlink.eapi_results(candidate, schedule, attempt))
$$;

-- Attempts.

SELECT new_session('u-1', 's-1', 'Closed') AS first, new_session('u-1', 's-1', 'In Progress') AS second, new_session('u-1', 'now') AS third \gset
UPDATE proctorlink.exam_session SET started_at = '2026-02-28 16:03:27.763+01', ended_at = '2026-02-28 17:00+01' WHERE exam_session_id = proctorlink.sid_uuid(:'first');
SELECT is(proctorlink.eapi_attempt_info('s-1', 'u-1'), jsonb_build_object('Success', true, 'Errors', NULL, 'Content', jsonb_build_array(jsonb_build_object(
	'ExternalId', 'u-1', 'FirstName', 'Ada', 'LastName', 'Byron', 'UserName', 'u-1', 'Email', 'ada@example.org', 'Attempts', jsonb_build_array(
		jsonb_build_object('AttemptNumber', 1, 'StartDate', '2026-02-28T15:03:27.763Z', 'EndDate', '2026-02-28T16:00:00Z', 'Status', 'HANDED_IN'),
		jsonb_build_object('AttemptNumber', 2, 'StartDate', NULL, 'EndDate', NULL, 'Status', 'IN_PROGRESS'))))), 'attempts on a schedule');
SELECT is(current_setting('response.status'), '200', 'with status 200');
SELECT is(info('now', 'u-1'), 'accepted 200', 'on a schedule that begins at this moment');
SELECT new_session('u-1', 'over') IS NULL AS unused \gset
SELECT is(info('over', 'u-1'), 'accepted 200', 'on one that is over');
CREATE FUNCTION word_of(status text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	sid text := new_session('u-2', 's-1', status);
	word text := proctorlink.eapi_attempt_info('s-1', 'u-2') #>> '{Content,0,Attempts,0,Status}';
BEGIN
	DELETE FROM proctorlink.exam_session WHERE exam_session_id = proctorlink.sid_uuid(sid);
	RETURN word;
END
$$;
SELECT is(word_of(status), word, status || ' is ' || word)
FROM (VALUES ('Needs Proctor', 'NOT_STARTED'), ('Pending Approval', 'NOT_STARTED'), ('Approval Denied', 'NOT_STARTED'), ('Scheduled', 'NOT_STARTED'),
	('Onboarding', 'NOT_STARTED'), ('Checked In', 'NOT_STARTED'), ('In Progress', 'IN_PROGRESS'), ('Incident', 'PAUSED'),
	('Processing', 'HANDED_IN'), ('Closed', 'HANDED_IN'), ('Cancelled', 'VOID')) AS words (status, word);

-- Refusals, the nearest first.

SELECT new_session('u-2', 'later'), new_session('u-2', 'draft') \gset
SELECT is(info(schedule, candidate), outcome || ' 400', name)
FROM (VALUES
	('no schedule named', NULL, 'u-1', '300 ScheduleExternalId can not be null or empty'),
	('an empty one', '', 'u-1', '300 ScheduleExternalId can not be null or empty'),
	('no candidate named', 's-1', NULL, '201 CandidateExternalId can not be null or empty'),
	('an empty one', 's-1', '', '201 CandidateExternalId can not be null or empty'),
	('neither', NULL, NULL, '300 ScheduleExternalId can not be null or empty|201 CandidateExternalId can not be null or empty'),
	('a schedule that there is not', 'S-1', 'u-1', '301 Schedule has not been found'),
	('a candidate that there is not', 's-1', 'U-1', '202 User has not been found'),
	('a candidate with a blank', 's-1', 'u-1 ', '202 User has not been found'),
	('one who is not on it', 's-1', 'u-2', '203 User is not added to schedule'),
	('a draft', 'draft', 'u-2', '303 Schedule is not activated'),
	('one that begins in a moment', 'later', 'u-2', '310 Schedule has not yet begun'),
	('a quote', ''' OR true --', 'u-1', '301 Schedule has not been found'),
	('a megabyte', repeat('x', 1000000), repeat('y', 1000000), '301 Schedule has not been found'),
	('a megabyte of candidate', 's-1', repeat('y', 1000000), '202 User has not been found')
) AS calls (name, schedule, candidate, outcome);
UPDATE proctorlink.account SET candidate_ext_id_defaulted = true WHERE account_id = account_id('u-2');
SELECT is(info('later', 'u-2'), '202 User has not been found 400', 'an id that nobody gave finds nobody');
UPDATE proctorlink.account SET candidate_ext_id_defaulted = false, status = 'deleted' WHERE account_id = account_id('u-2');
SELECT is(info('later', 'u-2'), '202 User has not been found 400', 'nor that of a deleted account');
UPDATE proctorlink.account SET status = 'disabled' WHERE account_id = account_id('u-2');
SELECT is(info('later', 'u-2'), '310 Schedule has not yet begun 400', 'a disabled one is still here');
UPDATE proctorlink.account SET status = 'active' WHERE account_id = account_id('u-2');
UPDATE proctorlink.exam_session SET status = 'Cancelled', status_reason = 'removed-from-schedule' WHERE account_id = account_id('u-2') AND schedule_id = schedule_id('later');
SELECT is(info('later', 'u-2'), '203 User is not added to schedule 400', 'who was taken off a schedule is not on it');

-- Results: only what was published.

SELECT is(proctorlink.eapi_results('u-1'), jsonb_build_object('CandidateExtId', 'u-1',
	'CandidateInfo', jsonb_build_object('ExternalId', 'u-1', 'FirstName', 'Ada', 'LastName', 'Byron', 'UserName', 'u-1', 'Email', 'ada@example.org'),
	'Results', '[]'::jsonb), 'no result was published');
SELECT proctorlink.publish_result(:'first', '{"score": 41.50, "maxScore": 50, "passedStatus": "SATISFACTORY"}') IS NULL AS unused,
	proctorlink.publish_result(:'second', '{"score": 1, "published": false}') IS NULL AS unused \gset
UPDATE proctorlink.exam_session SET attempt_ext_id = 'a-1', published_at = now() - interval '1 hour' WHERE exam_session_id = proctorlink.sid_uuid(:'first');
UPDATE proctorlink.exam_session SET attempt_ext_id = 'a-2' WHERE exam_session_id = proctorlink.sid_uuid(:'second');
SELECT new_session('u-1', NULL, 'Closed', 'e-2') AS loose \gset
SELECT proctorlink.publish_result(:'loose', '{"passedStatus": "NOT_SUBMITTED"}') IS NULL AS unused \gset
SELECT is(proctorlink.eapi_results('u-1') -> 'Results', jsonb_build_array(
	jsonb_build_object('AssessmentExtId', 'e-1', 'AssessmentTitle', 'Final', 'ScheduleExtId', 's-1', 'ScheduleTitle', 'Sitting s-1', 'AttemptExtId', 'a-1',
		'AttemptNumber', 1, 'StartDate', '2026-02-28T15:03:27.763Z', 'EndDate', '2026-02-28T16:00:00Z', 'Score', 41.50, 'MaxScore', 50,
		'PassedStatus', 'SATISFACTORY', 'PublishedDate', rfc(now() - interval '1 hour')),
	jsonb_build_object('AssessmentExtId', 'e-2', 'AssessmentTitle', 'Without configuration', 'ScheduleExtId', NULL, 'ScheduleTitle', NULL, 'AttemptExtId', NULL,
		'AttemptNumber', 1, 'StartDate', NULL, 'EndDate', NULL, 'Score', NULL, 'MaxScore', NULL,
		'PassedStatus', 'NOT_SUBMITTED', 'PublishedDate', rfc(now()))), 'the published ones, oldest first');
SELECT is(ARRAY(SELECT jsonb_object_keys(proctorlink.eapi_results('u-1')) ORDER BY 1), '{CandidateExtId,CandidateInfo,Results}', 'without an envelope');
SELECT is(jsonb_array_length(proctorlink.eapi_results(candidate, schedule, attempt) -> 'Results'), results, name)
FROM (VALUES
	('of a candidate', 'u-1', NULL, NULL, 2),
	('null and the empty text are no filter', 'u-1', '', '', 2),
	('on a schedule', 'u-1', 's-1', NULL, 1),
	('on one without any', 'u-1', 'over', NULL, 0),
	('of an attempt', NULL, NULL, 'a-1', 1),
	('of an attempt and its candidate', 'u-1', NULL, 'a-1', 1),
	('of an attempt and its schedule', NULL, 's-1', 'a-1', 1),
	('of an attempt and another schedule', NULL, 'over', 'a-1', 0),
	('of an attempt that is not published', NULL, NULL, 'a-2', 0),
	('of somebody else', 'u-2', NULL, NULL, 0)
) AS calls (name, candidate, schedule, attempt, results);
SELECT is(proctorlink.eapi_results(NULL, NULL, 'a-2') ->> 'CandidateExtId', 'u-1', 'an attempt tells whose it is');
SELECT is(proctorlink.eapi_results(candidate_ext_id => 'u-1', attempt_ext_id => 'a-1') #>> '{Results,0,AttemptExtId}', 'a-1', 'by name');
SELECT is(results_refused(candidate, schedule, attempt), outcome || ' 400', name)
FROM (VALUES
	('nothing named', NULL, NULL, NULL, 'CandidateExtId can not be null or empty'),
	('empty texts', '', '', '', 'CandidateExtId can not be null or empty'),
	('a schedule alone', NULL, 's-1', NULL, 'CandidateExtId can not be null or empty'),
	('a candidate that there is not', 'nobody', NULL, NULL, '202 User has not been found'),
	('a schedule that there is not', 'u-1', 'nothing', NULL, '301 Schedule has not been found'),
	('an attempt that there is not', NULL, NULL, 'A-1', 'Attempt has not been found'),
	('an attempt of somebody else', 'u-2', NULL, 'a-1', 'Attempt has not been found'),
	('a quote', NULL, NULL, '''; --', 'Attempt has not been found'),
	('a megabyte', repeat('x', 1000000), NULL, NULL, '202 User has not been found')
) AS calls (name, candidate, schedule, attempt, outcome);
UPDATE proctorlink.exam_session SET attempt_ext_id = 'a-1' WHERE account_id = account_id('u-2') AND schedule_id = schedule_id('draft');
SELECT is(results_refused(NULL, NULL, 'a-1'), 'Several users have an attempt with this AttemptExtId; name one by CandidateExtId 400', 'an attempt of two people');
SELECT is(jsonb_array_length(proctorlink.eapi_results('u-1', NULL, 'a-1') -> 'Results'), 1, 'of whom one is named');
SELECT proctorlink.publish_result(:'first', '{"published": false}') IS NULL AS unused \gset
SELECT is(jsonb_array_length(proctorlink.eapi_results('u-1', 's-1') -> 'Results'), 0, 'a result that is taken back is gone');

-- Nothing is written by either; who may not call is told so in the envelope.

SELECT contents(versions => true) AS before \gset
SELECT proctorlink.eapi_results('u-1') IS NULL AS unused, proctorlink.eapi_attempt_info('s-1', 'u-1') IS NULL AS unused, info('x', 'y') IS NULL AS unused \gset
SELECT is(contents(versions => true), :'before', 'nothing is written');
CREATE ROLE proctorlink_test_caller;
GRANT USAGE ON SCHEMA proctorlink TO proctorlink_test_caller;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA proctorlink TO proctorlink_test_caller;
SET LOCAL ROLE proctorlink_test_caller;
SELECT is(info('s-1', 'u-1'), 'Not allowed to use external API 403', 'without privileges');
SELECT is(results_refused('u-1'), 'Not allowed to use external API 403', 'the same for results');
RESET ROLE;
SELECT proctorlink.create_install('College', NULL) AS college \gset
SELECT is(info('s-1', 'u-1'), 'Not allowed to use external API 403', 'no install named of two');
SELECT proctorlink.use_install(:'college') \gset
SELECT is(info('s-1', 'u-1'), '301 Schedule has not been found 400', 'another install''s schedule');
SELECT is(results_refused('u-1'), '202 User has not been found 400', 'or person');
SELECT is(results_refused(NULL, NULL, 'a-1'), 'Attempt has not been found 400', 'or attempt');

-- Where nothing may be written they answer all the same.

SELECT proctorlink.use_install(:'install') \gset
SET TRANSACTION READ ONLY;
SELECT is(info('s-1', 'u-1'), 'accepted 200', 'attempts in a read-only transaction');
SELECT is(jsonb_array_length(proctorlink.eapi_results('u-1') -> 'Results'), 1, 'results in a read-only transaction');
SELECT is(info('x', 'u-1'), '301 Schedule has not been found 400', 'refusals too');

SELECT * FROM finish();
ROLLBACK;
