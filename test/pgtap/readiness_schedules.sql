-- test/pgtap/readiness_schedules.sql
--		What readiness says of the schedules that are ahead.

BEGIN;
\ir helpers.psql
\ir sittings.psql
SELECT plan(9);

SELECT proctorlink.create_integration(:'install', 'proctoru', 'https://proctoru.test') ->> 'sid' AS proctoru \gset
INSERT INTO proctorlink.exam (install_id, external_id, title, duration_minutes, published) VALUES (install_id(), 'law', 'Law', 60, true);

-- A schedule through ProctorU.
CREATE FUNCTION provide(exam text, external text, opens interval, closes interval) RETURNS void LANGUAGE sql AS $$
	INSERT INTO proctorlink.schedule (install_id, exam_id, external_id, starts_at, ends_at, integration_id)
	SELECT install_id(), exam_id(exam), external, now() + opens, now() + closes, integration_id
	FROM proctorlink.integration WHERE install_id = install_id()
$$;
-- Who comes to a schedule.
CREATE FUNCTION seat(exam text, external text, person text) RETURNS void LANGUAGE sql AS $$
	INSERT INTO proctorlink.exam_session (install_id, exam_id, account_id, schedule_id, status)
	VALUES (install_id(), exam_id(exam), account_id(person), schedule_id(external), 'Scheduled')
$$;
-- What a check says.
CREATE FUNCTION says(asked text, exam text) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', ok, detail) FROM proctorlink.readiness(exam) WHERE check_name = asked
$$;
CREATE FUNCTION needs(person text, percentage integer) RETURNS void LANGUAGE sql AS $$
	UPDATE proctorlink.account SET special_needs = true, reasonable_adjustment_percentage = percentage
	WHERE install_id = install_id() AND account_id = account_id(person)
$$;

SELECT provide('law', 'ahead', '1 day', '2 days'), seat('law', 'ahead', 'u-1'), seat('law', 'ahead', 'u-2') \gset unused
SELECT is(says('schedules.people_with_extra_time', 'law'), 't nobody with extra time is on a schedule through ProctorU', 'nobody has special needs');
SELECT needs('u-1', NULL) \gset unused
SELECT is(says('schedules.people_with_extra_time', 'law'), 't nobody with extra time is on a schedule through ProctorU', 'special needs without extra time on this exam');
SELECT needs('u-1', 25), needs('u-2', 10) \gset unused
SELECT is((SELECT extra_time_minutes FROM proctorlink.schedule WHERE external_id = 'ahead'), 0, 'the schedule was not told of it');
SELECT is(says('schedules.people_with_extra_time', 'law'), 'f schedules through ProctorU with people who get extra time: 1 (ahead)', 'needs that came afterwards count, a schedule once');
SELECT is(says('schedules.people_with_extra_time', NULL), 'f schedules through ProctorU with people who get extra time: 1 (ahead)', 'also where all exams are asked about');

-- The longer exam gives no more on top.
SELECT provide(proctorlink.create_accommodation_exam('law', 25), 'longer', '1 day', '2 days'), seat('law-plus-25pct', 'longer', 'u-1') \gset unused
SELECT is(says('schedules.people_with_extra_time', 'law-plus-25pct'), 't nobody with extra time is on a schedule through ProctorU', 'the accommodation exam is for them');

SELECT is(says('schedules.window', 'law'), 't every schedule ahead is longer than its exam', 'long enough');
UPDATE proctorlink.exam SET duration_minutes = 24 * 60 WHERE install_id = install_id() AND external_id = 'law';
SELECT is(says('schedules.window', 'law'), 'f schedules ahead that are not longer than their exam takes now: 1 (ahead)', 'not after the exam has become longer');
SELECT is(says('exam.found', proctorlink.sid('EX', exam_id('law'))), 't the exam is "' || proctorlink.sid('EX', exam_id('law')) || '"', 'an exam by its sid');

SELECT * FROM finish();
ROLLBACK;
