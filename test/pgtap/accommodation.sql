-- test/pgtap/accommodation.sql
--		Extra time that the provider cannot give: nobody with some comes to a
--		schedule through ProctorU, and only who is eligible to one of the longer
--		exam; by plain SQL, through Cirrus's door, and as explained.

BEGIN;
\ir helpers.psql
\ir sittings.psql
SELECT plan(65);

SELECT proctorlink.create_integration(:'install', 'proctoru', 'https://proctoru.test') ->> 'sid' AS proctoru,
	proctorlink.create_integration(:'install', 'other', 'https://other.test') ->> 'sid' AS other \gset
INSERT INTO proctorlink.account (install_id, candidate_ext_id, special_needs, reasonable_adjustment_percentage)
	VALUES (install_id(), 'n-25', true, 25), (install_id(), 'n-exam', true, NULL), (install_id(), 'n-none', false, NULL);
INSERT INTO proctorlink.exam (install_id, external_id, title, duration_minutes, extra_time_minutes, published, pin, attempts)
	VALUES (install_id(), 'plain', 'Law', 60, 0, true, false, 9), (install_id(), 'given', 'With extra time', 60, 20, true, false, 9),
		(install_id(), 'secured', 'Secured draft', 90, 10, false, true, 9), (install_id(), 'free', 'No limit', NULL, 0, true, false, 9);

CREATE FUNCTION integration_id(named text) RETURNS uuid STABLE LANGUAGE sql AS $$
	SELECT integration_id FROM proctorlink.integration WHERE install_id = install_id() AND provider = named
$$;
-- What plain SQL says when people come to a schedule; everything is taken back.
CREATE FUNCTION seating(exam text, provider text, VARIADIC people text[]) RETURNS text LANGUAGE sql AS $$
	SELECT told(format($q$WITH made AS (
			INSERT INTO proctorlink.schedule (install_id, exam_id, external_id, title, starts_at, ends_at, integration_id)
			VALUES (%L, %L, 'sitting', 'Sitting', now() + interval '1 day', now() + interval '2 days', %L) RETURNING *)
		SELECT 1 FROM made;
		INSERT INTO proctorlink.exam_session (install_id, exam_id, account_id, schedule_id, status)
		SELECT %1$L, %2$L, account_id(p), schedule_id('sitting'), 'Scheduled' FROM unnest(%4$L::text[]) p$q$,
		install_id(), exam_id(exam), integration_id(provider), people))
$$;

-- the longer exam
SELECT is(proctorlink.create_accommodation_exam('plain', 25), 'plain-plus-25pct', 'the external id is derived');
SELECT is((SELECT (title, duration_minutes, extra_time_minutes, published, limited_scope, attempts, accommodation_for = exam_id('plain'))::text
	FROM proctorlink.exam WHERE external_id = 'plain-plus-25pct'), '("Law (extra time)",75,0,t,t,9,t)', 'longer, tied, published as the plain one');
SELECT is(proctorlink.create_accommodation_exam('plain', NULL, 40), 'plain-plus-40min', 'by minutes');
SELECT is(proctorlink.create_accommodation_exam('given'), 'given-plus-20min', 'by the extra time of the exam itself');
SELECT is(proctorlink.create_accommodation_exam('secured', 33), 'secured-plus-33pct', 'of a draft with a PIN');
SELECT is((SELECT (duration_minutes, published, pin, proctorio, safe_exam_browser, keycode)::text FROM proctorlink.exam
	WHERE external_id = 'secured-plus-33pct'), '(120,f,f,f,f,f)', 'a draft too, rounded up, without security');
INSERT INTO proctorlink.exam (install_id, external_id, title, duration_minutes) VALUES
	(install_id(), repeat('é', 70) || ' x', repeat('t', 500), 60), (install_id(), 'given-plus-50pct', 'Taken', 60);
SELECT is(proctorlink.create_accommodation_exam(repeat('é', 70) || ' x', 50), repeat('é', 64 - 11) || '-plus-50pct', 'at most 64 characters');
INSERT INTO proctorlink.exam (install_id, external_id, title, duration_minutes) VALUES (install_id(), 'a b', 'Spaced', 60);
SELECT is(proctorlink.create_accommodation_exam('a b', 50), 'a-b-plus-50pct', 'no space');
SELECT is(proctorlink.create_accommodation_exam('given', 50), 'given-plus-50pct-2', 'none that is taken');
SELECT is(told(statement), outcome, statement) FROM (VALUES
	('SELECT proctorlink.create_accommodation_exam(NULL, 50)', 'PT400 INVALIDINPUT: assessment_ext_id must not be null or empty'),
	('SELECT proctorlink.create_accommodation_exam('''', 50)', 'PT400 INVALIDINPUT: assessment_ext_id must not be null or empty'),
	('SELECT proctorlink.create_accommodation_exam(''nobody'', 50)', 'PT404 RESOURCENOTFOUND: assessment_ext_id: there is no exam "nobody"'),
	('SELECT proctorlink.create_accommodation_exam(''plain'', 0)', 'PT400 INVALIDINPUT: percentage: must be from 1 to 1000, not 0'),
	('SELECT proctorlink.create_accommodation_exam(''plain'', 1001)', 'PT400 INVALIDINPUT: percentage: must be from 1 to 1000, not 1001'),
	('SELECT proctorlink.create_accommodation_exam(''plain'', NULL, -1)', 'PT400 INVALIDINPUT: minutes: must be from 1 to 1000000, not -1'),
	('SELECT proctorlink.create_accommodation_exam(''plain'', 10, 10)', 'PT400 INVALIDINPUT: minutes: give a percentage or minutes, not both'),
	('SELECT proctorlink.create_accommodation_exam(''plain'')', 'PT400 INVALIDINPUT: minutes: give a percentage or minutes; the exam itself has no extra time'),
	('SELECT proctorlink.create_accommodation_exam(''free'', 50)', 'PT409 CONFLICT: assessment_ext_id: exam "free" has no duration'),
	('SELECT proctorlink.create_accommodation_exam(''plain-plus-25pct'', 50)', 'PT409 CONFLICT: assessment_ext_id: exam "plain-plus-25pct" is an accommodation exam itself'),
	('SELECT proctorlink.create_accommodation_exam(''plain'', NULL, 15)', 'PT409 CONFLICT: assessment_ext_id: exam "plain" has an accommodation exam of 75 min already: "plain-plus-25pct"')
) AS refused (statement, outcome);

-- who gets extra time does not come to the plain exam through ProctorU
SELECT is(seating(exam, provider, VARIADIC people), outcome, name) FROM (VALUES
	('no special needs', 'plain', 'proctoru', '{n-none,u-1}'::text[], 'accepted'),
	('a percentage', 'plain', 'proctoru', '{u-1,n-25}', '23514 candidate "n-25" would get 15 min of extra time, which does not work through ProctorU'),
	('minutes of the exam', 'given', 'proctoru', '{n-exam}', '23514 candidate "n-exam" would get 20 min of extra time, which does not work through ProctorU'),
	('special needs that come to nothing', 'plain', 'proctoru', '{n-exam}', 'accepted'),
	('another provider', 'plain', 'other', '{n-25}', 'accepted'),
	('no provider', 'plain', NULL, '{n-25}', 'accepted'),
	-- the longer exam takes only who is eligible
	('special needs', 'plain-plus-25pct', 'proctoru', '{n-25,n-exam}', 'accepted'),
	('not eligible', 'plain-plus-25pct', 'proctoru', '{n-25,u-1,n-none}', '23514 candidate "n-none" is not eligible for the accommodation exam "plain-plus-25pct"'),
	('not eligible elsewhere', 'plain-plus-25pct', NULL, '{u-1}', '23514 candidate "u-1" is not eligible for the accommodation exam "plain-plus-25pct"')
) AS seated (name, exam, provider, people, outcome);

-- by entry, also before somebody is here
SELECT is(proctorlink.allow_accommodation('plain-plus-25pct', '{u-1,later,u-1}'),
	'{"assessment": "plain-plus-25pct", "added": ["later", "u-1"], "found": []}', 'entered');
SELECT is(proctorlink.allow_accommodation('plain-plus-25pct', '{u-1,n-25}'),
	'{"assessment": "plain-plus-25pct", "added": ["n-25"], "found": ["u-1"]}', 'entered again');
SELECT is(seating('plain-plus-25pct', 'proctoru', 'u-1'), 'accepted', 'who was entered is eligible');
INSERT INTO proctorlink.account (install_id, candidate_ext_id, candidate_ext_id_defaulted, username) VALUES (install_id(), 'later', true, 'made-up');
SELECT is(seating('plain-plus-25pct', 'proctoru', 'later'),
	'23514 candidate "later" is not eligible for the accommodation exam "plain-plus-25pct"', 'an id that nobody gave is nobody''s');
UPDATE proctorlink.account SET candidate_ext_id_defaulted = false WHERE username = 'made-up';
SELECT is(seating('plain-plus-25pct', 'proctoru', 'later'), 'accepted', 'who came later is eligible');
SELECT is(seating('plain-plus-40min', 'proctoru', 'u-1'),
	'23514 candidate "u-1" is not eligible for the accommodation exam "plain-plus-40min"', 'of that exam alone');
SELECT is(proctorlink.allow_accommodation('plain', '{u-2}'), '{"assessment": "plain", "added": ["u-2"], "found": []}', 'entered for the plain exam');
SELECT is(seating('plain-plus-40min', 'proctoru', 'u-2') || seating('plain-plus-25pct', NULL, 'u-2'), 'acceptedaccepted', 'which stands for all of its longer ones');
SELECT is(seating('plain', 'proctoru', 'u-2'), 'accepted', 'and gives no extra time on the plain one');
SELECT is(proctorlink.withdraw_accommodation('plain-plus-25pct', '{u-1,u-2}'),
	'{"assessment": "plain-plus-25pct", "removed": ["u-1"], "notFound": ["u-2"]}', 'taken back');
SELECT is(seating('plain-plus-25pct', 'proctoru', 'u-1'),
	'23514 candidate "u-1" is not eligible for the accommodation exam "plain-plus-25pct"', 'and no longer eligible');
SELECT is(told(statement), outcome, statement) FROM (VALUES
	('SELECT proctorlink.allow_accommodation(''nobody'', ''{u-1}'')', 'PT404 RESOURCENOTFOUND: assessment_ext_id: there is no exam "nobody"'),
	('SELECT proctorlink.allow_accommodation(''plain'', NULL)', 'PT400 INVALIDINPUT: candidate_ext_ids must not be null'),
	('SELECT proctorlink.allow_accommodation(''plain'', ''{}'')', 'PT400 INVALIDINPUT: candidate_ext_ids: names nobody'),
	('SELECT proctorlink.withdraw_accommodation(''plain'', ''{u-1,NULL," x"}'')',
		E'PT400 INVALIDINPUT: /candidate_ext_ids/1: must not be null or empty\n/candidate_ext_ids/2: begins or ends with a space')
) AS refused (statement, outcome);

-- history is not judged
INSERT INTO proctorlink.schedule (install_id, exam_id, external_id, title, starts_at, ends_at)
	VALUES (install_id(), exam_id('plain-plus-25pct'), 'longer', 'Longer', now() + interval '1 day', now() + interval '2 days');
SELECT is(told(format('INSERT INTO proctorlink.exam_session (install_id, exam_id, account_id, schedule_id, status, created_at) VALUES (%L, %L, %L, %L, ''Scheduled'', %s)',
	install_id(), exam_id('plain-plus-25pct'), account_id('u-1'), schedule_id('longer'), at)), outcome, 'made ' || at)
FROM (VALUES ('now()', '23514 candidate "u-1" is not eligible for the accommodation exam "plain-plus-25pct"'),
	('now() - interval ''1 day''', 'accepted')) AS made (at, outcome);

-- a schedule that turns to ProctorU asks those who are on it
INSERT INTO proctorlink.schedule (install_id, exam_id, external_id, title, starts_at, ends_at)
	VALUES (install_id(), exam_id('plain'), 'turns', 'Turns', now() + interval '1 day', now() + interval '2 days');
INSERT INTO proctorlink.exam_session (install_id, exam_id, account_id, schedule_id, status)
	VALUES (install_id(), exam_id('plain'), account_id('n-25'), schedule_id('turns'), 'Scheduled');
SELECT is(told(format('UPDATE proctorlink.schedule SET integration_id = %L WHERE external_id = ''turns''', integration_id('proctoru'))),
	'23514 candidate "n-25" would get 15 min of extra time, which does not work through ProctorU', 'a schedule with extra time does not turn to ProctorU');
SELECT is(hinted(format('UPDATE proctorlink.schedule SET integration_id = %L WHERE external_id = ''turns''', integration_id('proctoru'))),
	'Put this person on a schedule of the accommodation exam "plain-plus-25pct", which may run at the same time.', 'and the longer exam is named');

-- through the door
CREATE FUNCTION person(id text, more jsonb DEFAULT '{}') RETURNS jsonb IMMUTABLE LANGUAGE sql AS $$
	SELECT jsonb_build_object('CandidateExtId', id, 'FirstName', 'First', 'LastName', 'Last', 'Email', id || '@example.org') || more
$$;
CREATE FUNCTION body(exam text, VARIADIC people jsonb[]) RETURNS jsonb IMMUTABLE LANGUAGE sql AS $$
	SELECT jsonb_build_object('Schedule', jsonb_build_object('AssessmentExtId', exam, 'ScheduleExtId', 'door-' || exam,
		'StartDateTime', '2032-03-01T09:00:00Z', 'GroupExtId', 'law', 'GroupName', 'Law'), 'Candidates', to_jsonb(people))
$$;
CREATE FUNCTION errors(answer jsonb) RETURNS text IMMUTABLE LANGUAGE sql AS $$
	SELECT CASE WHEN (answer -> 'Success')::boolean THEN 'done' ELSE
		(SELECT string_agg(e ->> 'Error', ' | ' ORDER BY place) FROM jsonb_array_elements(answer -> 'Errors') WITH ORDINALITY AS t (e, place)) END
$$;
SELECT proctorlink.use_install(:'install', :'proctoru');
SELECT is(errors(proctorlink.eapi_create_schedule(body('plain', person('u-1'), person('n-25'), person('new', '{"SpecialNeeds": true, "ReasonableAdjustmentPercentage": 10}')))),
	'proctoru_no_extra_time: candidate "n-25" would get 15 min of extra time, which does not work through ProctorU. Put this person on a schedule of the accommodation exam "plain-plus-25pct", which may run at the same time. | '
	'proctoru_no_extra_time: candidate "new" would get 6 min of extra time, which does not work through ProctorU. Put this person on a schedule of the accommodation exam "plain-plus-25pct", which may run at the same time.',
	'each who would get extra time is refused');
SELECT is((SELECT count(*)::int FROM proctorlink.schedule WHERE external_id = 'door-plain'), 0, 'and nothing was made');
SELECT is((SELECT array_agg(detail ORDER BY detail) FROM proctorlink.explain_schedule(body('plain', person('u-1'), person('n-25'))) WHERE rule = 'proctoru_no_extra_time' AND NOT ok),
	'{"candidate \"n-25\" would get 15 min of extra time, which does not work through ProctorU"}', 'explained so');
SELECT is((SELECT array_agg(ok) FROM proctorlink.explain_schedule(body('plain', person('u-1'))) WHERE rule = 'proctoru_no_extra_time'), '{t}', 'and where nobody gets any');
SELECT is((SELECT array_agg(ok) FROM proctorlink.explain_schedule(body('given', person('n-exam', '{"SpecialNeeds": false}'))) WHERE rule = 'proctoru_no_extra_time'), '{t}',
	'as the person will be after the call');
SELECT is(errors(proctorlink.eapi_create_schedule(body('plain-plus-25pct', person('n-25'), person('u-2'), person('new'), person('u-1')))),
	'accommodation_exam_only_for_eligible: candidate "new" is not eligible for the accommodation exam "plain-plus-25pct". Enter the person by allow_accommodation or give them special needs, or put them on a schedule of the plain exam. | '
	'accommodation_exam_only_for_eligible: candidate "u-1" is not eligible for the accommodation exam "plain-plus-25pct". Enter the person by allow_accommodation or give them special needs, or put them on a schedule of the plain exam.',
	'each who is not eligible is refused');
SELECT is((SELECT count(*)::int FROM proctorlink.explain_schedule(body('plain-plus-25pct', person('new'), person('u-1'))) WHERE rule = 'accommodation_exam_only_for_eligible' AND NOT ok), 2, 'explained so');
SELECT is(proctorlink.allow_accommodation('plain-plus-25pct', '{new}') -> 'added', '["new"]', 'who is not here yet is entered');
SELECT is(errors(proctorlink.eapi_create_schedule(body('plain-plus-25pct', person('n-25'), person('u-2'), person('new')))), 'done', 'and made with the schedule');
SELECT is((SELECT (extra_time_minutes, ends_at - starts_at)::text FROM proctorlink.schedule WHERE external_id = 'door-plain-plus-25pct'), '(0,02:15:00)',
	'the longer exam gives nothing on top');
SELECT is(errors(proctorlink.eapi_create_schedule(body('plain', person('u-1')))), 'done', 'the plain one at the same time');
SELECT is(errors(proctorlink.eapi_add_candidates(body('plain', person('n-25')))) ~ '^proctoru_no_extra_time: candidate "n-25"', true, 'nor added');
SELECT is(errors(proctorlink.eapi_add_candidates(body('plain-plus-25pct', person('u-1')))) ~ '^accommodation_exam_only_for_eligible: candidate "u-1"', true, 'nor there');
SELECT is(errors(proctorlink.eapi_add_existing_candidates('door-plain', '["n-25", "n-none"]')) ~ '^proctoru_no_extra_time: candidate "n-25"[^|]*$', true, 'nor by id');
SELECT is(errors(proctorlink.eapi_add_existing_candidates('door-plain-plus-25pct', '["u-1", "n-exam"]')) ~ '^accommodation_exam_only_for_eligible: candidate "u-1"[^|]*$', true, 'nor there');
SELECT is(errors(proctorlink.eapi_add_existing_candidates('door-plain-plus-25pct', '["n-exam"]')), 'done', 'but who is eligible');
SELECT is((SELECT count(*)::int FROM jsonb_array_elements(proctorlink.eapi_create_schedule(body('plain-plus-40min',
	VARIADIC (SELECT array_agg(person('many-' || i)) FROM generate_series(1, 25) i))) -> 'Errors')), 21, 'of many the first twenty, and how many more');

SELECT * FROM finish();
ROLLBACK;
