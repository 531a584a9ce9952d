-- test/pgtap/readiness.sql
--		What readiness() tells of extra time, and readiness_ahead() of the
--		schedules that begin soon.

BEGIN;
\ir helpers.psql
\ir sittings.psql
SELECT plan(19);

SELECT proctorlink.create_integration(:'install', 'proctoru', 'https://proctoru.test') IS NULL AS unused \gset
CREATE FUNCTION check_of(name text, exam text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', coalesce(ok::text, 'info'), detail) FROM proctorlink.readiness(exam) WHERE check_name = name
$$;
CREATE FUNCTION ahead(horizon interval DEFAULT '2 days') RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(string_agg(concat_ws(' ', schedule_ext_id, check_name, coalesce(ok::text, 'info')), ', '), 'nothing') FROM proctorlink.readiness_ahead(horizon)
$$;

-- extra time
SELECT is(check_of('extra_time.accommodation_exam'), 'info no accommodation exam, and nobody who needs one', 'nobody needs an accommodation exam');
INSERT INTO proctorlink.account (install_id, candidate_ext_id, special_needs, reasonable_adjustment_percentage) VALUES (install_id(), 'n-25', true, 25);
INSERT INTO proctorlink.exam_session (install_id, exam_id, account_id) VALUES (install_id(), exam_id('e-1'), account_id('n-25'));
SELECT is(check_of('extra_time.accommodation_exam'), 'false people with extra time, but no accommodation exam: 1 (e-1)', 'somebody does');
SELECT is(check_of('extra_time.accommodation_exam', 'e-1'), 'false people with extra time, but no accommodation exam: 1 (e-1)', 'of that exam');
SELECT is(check_of('extra_time.accommodation_exam', 'e-2'), 'info no accommodation exam, and nobody who needs one', 'not of another');
SELECT is(proctorlink.create_accommodation_exam('e-1', 25), 'e-1-plus-25pct', 'one is made');
SELECT is(check_of('extra_time.accommodation_exam', 'e-1'), 'true accommodation exams: 1 (e-1-plus-25pct)', 'and found');
SELECT is(check_of('schedules.people_with_extra_time'), 'true nobody with extra time is on a schedule through ProctorU', 'nobody with extra time at ProctorU');

-- ahead
SELECT is(ahead(), 'nothing', 'no schedule is ahead');
SELECT new_schedule('soon', '1 hour', '9 hours') IS NULL AS unused \gset
SELECT new_schedule('far', '3 days', '4 days') IS NULL AS unused \gset
SELECT new_schedule('over', '-2 days', '-1 day') IS NULL AS unused \gset
SELECT is(ahead(), 'soon schedule.people info', 'nobody is on it');
SELECT is(ahead('5 days'), 'soon schedule.people info, far schedule.people info', 'a wider horizon');
SELECT new_session('u-1', 'soon') IS NULL AS unused \gset
SELECT is(ahead(), 'soon schedule.ready true', 'all is well');
UPDATE proctorlink.schedule SET activated_at = NULL WHERE external_id = 'soon';
SELECT is(ahead(), 'soon schedule.activated false', 'a draft');
UPDATE proctorlink.schedule SET activated_at = now() WHERE external_id = 'soon';
UPDATE proctorlink.account SET status = 'disabled' WHERE candidate_ext_id = 'scheduler';
SELECT is(ahead(), 'soon schedule_has_an_owner_who_may_schedule false', 'the owner was disabled');
UPDATE proctorlink.account SET status = 'active' WHERE candidate_ext_id = 'scheduler';
UPDATE proctorlink.exam_configuration SET duration_minutes = 500;
SELECT is(ahead(), 'soon schedule_longer_than_exam false', 'the exam became longer');
UPDATE proctorlink.exam_configuration SET duration_minutes = 60;
UPDATE proctorlink.schedule SET integration_id = (SELECT integration_id FROM proctorlink.integration) WHERE external_id = 'soon';
SELECT is(ahead(), 'soon schedule.ready true', 'through ProctorU');
UPDATE proctorlink.account SET special_needs = true, reasonable_adjustment_percentage = 50 WHERE candidate_ext_id IN ('u-1', 'u-2');
SELECT is((SELECT concat_ws(' ', check_name, ok, detail, hint) FROM proctorlink.readiness_ahead()),
	'proctoru_no_extra_time f candidate "u-1" would get 30 min of extra time, which does not work through ProctorU Put this person on a schedule of the accommodation exam "e-1-plus-25pct", which may run at the same time.',
	'somebody there got extra time meanwhile');
SELECT is(check_of('schedules.people_with_extra_time', 'e-1'), 'false schedules through ProctorU with people who get extra time: 1 (soon)', 'which readiness tells too');
SELECT is(refused('SELECT * FROM proctorlink.readiness_ahead(NULL)'), 'PT400 INVALIDINPUT', 'null is refused');
SELECT is((SELECT count(*)::int FROM proctorlink.readiness_ahead(interval '-3 days')), 0, 'a horizon in the past');

SELECT * FROM finish();
ROLLBACK;
