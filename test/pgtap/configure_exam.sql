-- test/pgtap/configure_exam.sql
--		The settings of an exam: each of them, its default, and what is refused.

BEGIN;
\ir helpers.psql
SELECT plan(132);
\ir sittings.psql
SELECT proctorlink.sid('EX', exam_id('e-2')) AS sid \gset
INSERT INTO proctorlink.exam (install_id, title) VALUES (install_id(), 'Without id');
SELECT proctorlink.sid('EX', exam_id) AS nameless FROM proctorlink.exam WHERE external_id IS NULL \gset

CREATE FUNCTION configuring(exam text, settings jsonb) RETURNS text LANGUAGE sql AS $$
	SELECT told(format('SELECT proctorlink.configure_exam(%L, %L)', exam, settings))
$$;
-- The settings as they are stored, those of the configuration beside them.
CREATE FUNCTION stored(id text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_build_object('externalId', x.external_id, 'durationMinutes', x.duration_minutes, 'extraTimeMinutes', x.extra_time_minutes,
		'attempts', x.attempts, 'published', x.published, 'pin', x.pin, 'proctorio', x.proctorio, 'safeExamBrowser', x.safe_exam_browser,
		'keycode', x.keycode, 'accommodationFor', p.external_id)
	FROM proctorlink.exam x LEFT JOIN proctorlink.exam p ON p.exam_id = x.accommodation_for
	WHERE x.external_id = id
$$;

-- No settings answer all of them.
SELECT contents(true) AS before \gset
SELECT is(proctorlink.configure_exam('e-2', '{}'), '{"externalId": "e-2", "durationMinutes": 60, "extraTimeMinutes": 0, "attempts": 100, "published": true,
	"pin": false, "proctorio": false, "safeExamBrowser": false, "keycode": false, "accommodationFor": null}', 'no settings: all are answered');
SELECT is(proctorlink.configure_exam(:'sid', '{}') ->> 'externalId', 'e-2', 'an exam by its sid');
SELECT is(proctorlink.configure_exam(:'nameless', '{}'), '{"externalId": null, "durationMinutes": null, "extraTimeMinutes": 0, "attempts": null, "published": false,
	"pin": false, "proctorio": false, "safeExamBrowser": false, "keycode": false, "accommodationFor": null}', 'one that has no more than its defaults');
SELECT is(contents(true), :'before', 'nothing was written');

-- Each setting, alone; nothing else changes with it.
SELECT unnest(ARRAY[
	is(proctorlink.configure_exam(:'sid', settings), stored(coalesce(after ->> 'externalId', 'e-2')), name || ': the answer is what is stored'),
	is(stored(coalesce(after ->> 'externalId', 'e-2')), '{"externalId": "e-2", "durationMinutes": 60, "extraTimeMinutes": 0, "attempts": 100, "published": true,
		"pin": false, "proctorio": false, "safeExamBrowser": false, "keycode": false, "accommodationFor": null}'::jsonb || after, name)])
FROM (VALUES
	('an external id', '{"externalId": "e-3"}'::jsonb, '{"externalId": "e-3"}'::jsonb),
	('one of 500 characters', jsonb_build_object('externalId', repeat('x', 500)), jsonb_build_object('externalId', repeat('x', 500))),
	('back', '{"externalId": "e-2"}', '{}'),
	('a duration', '{"durationMinutes": 1}', '{"durationMinutes": 1}'),
	('the longest', '{"durationMinutes": 2147483647}', '{"durationMinutes": 2147483647}'),
	('no limit', '{"durationMinutes": null}', '{"durationMinutes": null}'),
	('60.0 is an integer', '{"durationMinutes": 60.0}', '{}'),
	('extra time', '{"extraTimeMinutes": 30}', '{"extraTimeMinutes": 30}'),
	('no extra time', '{"extraTimeMinutes": null}', '{}'),
	('attempts', '{"attempts": 1}', '{"attempts": 1}'),
	('any number of attempts', '{"attempts": null}', '{"attempts": null}'),
	('attempts again', '{"attempts": 100}', '{}'),
	('a draft', '{"published": false}', '{"published": false}'),
	('published', '{"published": true}', '{}'),
	('null is no', '{"published": null}', '{"published": false}'),
	('published again', '{"published": true}', '{}'),
	('PIN', '{"pin": true}', '{"pin": true}'),
	('no PIN', '{"pin": false}', '{}'),
	('Proctorio', '{"proctorio": true}', '{"proctorio": true}'),
	('no Proctorio', '{"proctorio": null}', '{}'),
	('Safe Exam Browser', '{"safeExamBrowser": true}', '{"safeExamBrowser": true}'),
	('no Safe Exam Browser', '{"safeExamBrowser": false}', '{}'),
	('keycode', '{"keycode": true}', '{"keycode": true}'),
	('no keycode', '{"keycode": false}', '{}')
) AS calls (name, settings, after);
SELECT contents(true) AS before \gset
SELECT is(proctorlink.configure_exam('e-2', stored('e-2')), stored('e-2'), 'the same settings again');
SELECT is(contents(true), :'before', 'write nothing');

-- null makes an external id.
SELECT is(proctorlink.configure_exam(:'nameless', '{"externalId": null}') ->> 'externalId', :'nameless', 'an id is made: the sid');
SELECT contents(true) AS before \gset
SELECT is(proctorlink.configure_exam(:'nameless', '{"externalId": null}') ->> 'externalId', :'nameless', 'again');
SELECT is(contents(true), :'before', 'which writes nothing');
SELECT is(proctorlink.configure_exam(:'nameless', '{"externalId": "named"}') ->> 'externalId', 'named', 'it can be given another');
SELECT is(configuring(:'sid', jsonb_build_object('externalId', :'nameless')), 'accepted', 'and the sid of an exam to another,');
SAVEPOINT twice;
SELECT proctorlink.configure_exam(:'sid', jsonb_build_object('externalId', :'nameless')) IS NULL AS unused \gset
SELECT is(configuring(:'nameless', '{}'), format('PT409 CONFLICT: "%s" is the sid of an exam and the external id of another', :'nameless'), 'which then means two');
ROLLBACK TO twice;

-- A primary configuration keeps duration and attempts.
SELECT is(proctorlink.configure_exam('e-1', '{"durationMinutes": 90, "attempts": 3}') - '{published,pin,proctorio,safeExamBrowser,keycode,accommodationFor,extraTimeMinutes}'::text[],
	'{"externalId": "e-1", "durationMinutes": 90, "attempts": 3}', 'duration and attempts of an exam with a configuration');
SELECT is((SELECT jsonb_build_array(c.duration_minutes, x.duration_minutes, c.attempts, x.attempts) FROM proctorlink.exam x
	JOIN proctorlink.exam_configuration c USING (install_id, exam_id) WHERE x.external_id = 'e-1'), '[90, 90, 3, 3]', 'are those of the configuration as well');
SELECT contents(true) AS before \gset
SELECT is(proctorlink.configure_exam('e-1', '{"durationMinutes": 90, "attempts": 3}') ->> 'durationMinutes', '90', 'the same again');
SELECT is(contents(true), :'before', 'writes nothing');
SELECT is(proctorlink.configure_exam('e-1', '{"durationMinutes": 60}') -> 'attempts', '3', 'one without the other');
SELECT is((SELECT jsonb_build_array(c.duration_minutes, x.duration_minutes, c.attempts, x.attempts) FROM proctorlink.exam x
	JOIN proctorlink.exam_configuration c USING (install_id, exam_id) WHERE x.external_id = 'e-1'), '[60, 60, 3, 3]', 'leaves that as it is');
SELECT is(configuring('e-1', '{"durationMinutes": null}'), 'PT409 CONFLICT: /durationMinutes: the exam has a primary configuration, which has a limit always', 'no limit');
SELECT is(configuring('e-1', '{"attempts": null}'), 'PT409 CONFLICT: /attempts: the exam has a primary configuration, which has a limit always', 'any number of attempts');
SELECT is(configuring('e-1', '{"durationMinutes": 2881}'), 'PT409 CONFLICT: configuration_open_as_long_as_it_lasts: '
	'new row for relation "exam_configuration" violates check constraint "configuration_open_as_long_as_it_lasts"', 'longer than its access is open');
SELECT is(configuring('e-1', '{"durationMinutes": 2880}'), 'accepted', 'as long as that');

-- Accommodations.
SELECT is(configuring('e-2', '{"accommodationFor": "e-1"}'), 'PT409 CONFLICT: /accommodationFor: an accommodation lasts longer than its plain exam, which takes 60 minutes', 'as long as the plain exam');
SELECT is(proctorlink.configure_exam('e-2', '{"accommodationFor": "e-1", "durationMinutes": 61}') ->> 'accommodationFor', 'e-1', 'a minute longer');
SELECT is(stored('e-2') ->> 'accommodationFor', 'e-1', 'stored');
SELECT is(configuring('e-2', '{"durationMinutes": 60}'), 'PT409 CONFLICT: /accommodationFor: an accommodation lasts longer than its plain exam, which takes 60 minutes', 'it stays the longer one');
SELECT is(configuring('e-2', '{"accommodationFor": "e-2"}'), 'PT409 CONFLICT: /accommodationFor: an exam is not the accommodation of itself', 'its own');
SELECT is(configuring('named', '{"accommodationFor": "e-2"}'), 'PT409 CONFLICT: /accommodationFor: that exam is the accommodation of another itself', 'of an accommodation');
SELECT is(configuring('e-1', '{"accommodationFor": "named"}'), 'PT409 CONFLICT: /accommodationFor: other exams are accommodations of this one', 'of one that has accommodations');
SELECT is(configuring('e-2', '{"accommodationFor": "nothing"}'), 'PT404 RESOURCENOTFOUND: /accommodationFor: there is no exam "nothing"', 'of none');
SELECT is(configuring('e-2', '{"accommodationFor": "EX00000000000000000000000000000000"}'),
	'PT404 RESOURCENOTFOUND: /accommodationFor: there is no exam "EX00000000000000000000000000000000"', 'of none, by a sid');
SELECT contents(true) AS before \gset
SELECT is(proctorlink.configure_exam('e-2', jsonb_build_object('accommodationFor', proctorlink.sid('EX', exam_id('e-1')))) ->> 'accommodationFor', 'e-1', 'by its sid');
SELECT is(contents(true), :'before', 'which writes nothing new');
SELECT is(proctorlink.configure_exam('e-2', '{"accommodationFor": null}') -> 'accommodationFor', 'null', 'null clears it');
SELECT is(stored('e-2') -> 'accommodationFor', 'null', 'stored');
UPDATE proctorlink.exam SET external_id = NULL WHERE external_id = 'named';
SELECT is(proctorlink.configure_exam('e-2', jsonb_build_object('accommodationFor', :'nameless')) ->> 'accommodationFor', :'nameless', 'a plain exam without external id is called by its sid');
SELECT is(proctorlink.configure_exam('e-2', '{"accommodationFor": null, "durationMinutes": 60}') -> 'accommodationFor', 'null', 'back');

-- Refusals.
SELECT contents() AS before \gset
SELECT is(configuring(exam, settings), refusal, name)
FROM (VALUES
	('no exam', NULL, '{}'::jsonb, 'PT400 INVALIDINPUT: exam must not be null'),
	('no settings', 'e-2', NULL, 'PT400 INVALIDINPUT: settings must not be null'),
	('an empty name', '', '{}', 'PT404 RESOURCENOTFOUND: exam: there is no exam ""'),
	('an exam that there is not', 'e-9', '{}', 'PT404 RESOURCENOTFOUND: exam: there is no exam "e-9"'),
	('ids compare exactly', 'E-2', '{}', 'PT404 RESOURCENOTFOUND: exam: there is no exam "E-2"'),
	('an exam of a million characters', repeat('x', 1000000), '{}', format('PT404 RESOURCENOTFOUND: exam: there is no exam "%s..."', repeat('x', 64))),
	('null', 'e-2', 'null', 'PT400 INVALIDINPUT: : settings must be an object'),
	('a text', 'e-2', '""', 'PT400 INVALIDINPUT: : settings must be an object'),
	('a list', 'e-2', '[]', 'PT400 INVALIDINPUT: : settings must be an object'),
	('a number', 'e-2', '7', 'PT400 INVALIDINPUT: : settings must be an object'),
	('nested deep', 'e-2', (repeat('[', 2000) || repeat(']', 2000))::jsonb, 'PT400 INVALIDINPUT: : settings must be an object'),
	('an unknown key', 'e-2', '{"PIN": true}', 'PT400 INVALIDINPUT: /PIN: unknown key "PIN"'),
	('a title is not a setting', 'e-2', '{"title": "x"}', 'PT400 INVALIDINPUT: /title: unknown key "title"'),
	('a number as an id', 'e-2', '{"externalId": 7}', 'PT400 INVALIDINPUT: /externalId: must be a string, not a number'),
	('an empty id', 'e-2', '{"externalId": ""}', 'PT400 INVALIDINPUT: /externalId: must not be empty'),
	('an id with a space behind', 'e-2', '{"externalId": "x "}', 'PT400 INVALIDINPUT: /externalId: begins or ends with a space'),
	('an id with a control character', 'e-2', '{"externalId": "x\u0007"}', 'PT400 INVALIDINPUT: /externalId: has a control character'),
	('an id of 501 characters', 'e-2', jsonb_build_object('externalId', repeat('x', 501)), 'PT400 INVALIDINPUT: /externalId: is longer than 500 characters'),
	('an id of a million characters', 'e-2', jsonb_build_object('externalId', repeat('x', 1000000)), 'PT400 INVALIDINPUT: /externalId: is longer than 500 characters'),
	('the id of another', 'e-2', '{"externalId": "e-1"}', 'PT409 CONFLICT: /externalId: "e-1" is the external id of another exam'),
	('no duration', 'e-2', '{"durationMinutes": 0}', 'PT400 INVALIDINPUT: /durationMinutes: must be at least 1'),
	('a duration that is too long', 'e-2', '{"durationMinutes": 2147483648}', 'PT400 INVALIDINPUT: /durationMinutes: is too large'),
	('a duration with a fraction', 'e-2', '{"durationMinutes": 1.5}', 'PT400 INVALIDINPUT: /durationMinutes: must be an integer'),
	('a duration as text', 'e-2', '{"durationMinutes": "60"}', 'PT400 INVALIDINPUT: /durationMinutes: must be an integer, not a string'),
	('less than no extra time', 'e-2', '{"extraTimeMinutes": -1}', 'PT400 INVALIDINPUT: /extraTimeMinutes: must be at least 0'),
	('no attempts', 'e-2', '{"attempts": 0}', 'PT400 INVALIDINPUT: /attempts: must be at least 1'),
	('a boolean as text', 'e-2', '{"pin": "true"}', 'PT400 INVALIDINPUT: /pin: must be a boolean, not a string'),
	('a boolean as a number', 'e-2', '{"published": 1}', 'PT400 INVALIDINPUT: /published: must be a boolean, not a number'),
	('a plain exam that is a number', 'e-2', '{"accommodationFor": 1}', 'PT400 INVALIDINPUT: /accommodationFor: must be a string, not a number'),
	('all at once', 'e-2', '{"pin": 1, "keycode": [], "attempts": {}}',
		E'PT400 INVALIDINPUT: /pin: must be a boolean, not a number\n/keycode: must be a boolean, not an array\n/attempts: must be an integer, not an object')
) AS calls (name, exam, settings, refusal);
SELECT is(hinted('SELECT proctorlink.configure_exam(''e-2'', ''{"pins": true}'')'), 'Perhaps "pin" is meant.', 'the key that may be meant');

-- While a schedule through ProctorU is ahead.
SELECT proctorlink.create_integration(:'install', 'proctoru', 'https://proctoru.test') ->> 'sid' AS integration \gset
INSERT INTO proctorlink.schedule (install_id, exam_id, external_id, title, starts_at, ends_at, integration_id)
	VALUES (install_id(), exam_id('e-2'), 's-1', 'Ahead', now() + interval '1 day', now() + interval '2 days', proctorlink.sid_uuid(:'integration'));
SELECT is(configuring('e-2', settings), refusal, name)
FROM (VALUES
	('PIN on', '{"pin": true}'::jsonb,
		'PT409 CONFLICT: proctoru_exam_without_other_security: schedule "s-1" through ProctorU is ahead: other security settings are on: PIN (of the exam)'),
	('Proctorio on', '{"proctorio": true}',
		'PT409 CONFLICT: proctoru_exam_without_other_security: schedule "s-1" through ProctorU is ahead: other security settings are on: Proctorio (of the exam)'),
	('Safe Exam Browser on', '{"safeExamBrowser": true}',
		'PT409 CONFLICT: proctoru_exam_without_other_security: schedule "s-1" through ProctorU is ahead: other security settings are on: Safe Exam Browser (of the exam)'),
	('keycode on', '{"keycode": true}',
		'PT409 CONFLICT: proctoru_exam_without_other_security: schedule "s-1" through ProctorU is ahead: other security settings are on: keycode (of the exam)'),
	('a draft again', '{"published": false}', 'PT409 CONFLICT: proctoru_exam_is_published: schedule "s-1" through ProctorU is ahead: the exam is a draft'),
	('an id with a space', '{"externalId": "e 2"}',
		'PT409 CONFLICT: proctoru_exam_has_external_id: schedule "s-1" through ProctorU is ahead: the exam''s external id "e 2" has a space in it'),
	('another id', '{"externalId": "e-3"}', 'accepted'),
	('longer', '{"durationMinutes": 70}', 'accepted'),
	('all off', '{"pin": false, "proctorio": false, "safeExamBrowser": false, "keycode": false}', 'accepted')
) AS calls (name, settings, refusal);
SELECT is(hinted('SELECT proctorlink.configure_exam(''e-2'', ''{"pin": true}'')'), 'Leave it as it is until the schedule is over, or delete or end the schedule first.', 'the way out');
SELECT is(refused('UPDATE proctorlink.exam SET pin = true WHERE external_id = ''e-2'''), '23514 proctoru_exam_without_other_security', 'PIN on by plain SQL');
SELECT is(contents(leaving_out => '{schedule,integration,signing_key,webhook_secret}'), (SELECT string_agg(line || E'\n', '' ORDER BY place)
	FROM string_to_table(rtrim(:'before', E'\n'), E'\n') WITH ORDINALITY AS lines (line, place)
	WHERE line !~ '^(schedule|integration|signing_key|webhook_secret) '), 'nothing of all this was written');
UPDATE proctorlink.schedule SET starts_at = now() - interval '2 days', ends_at = now() - interval '1 day';
SELECT is(proctorlink.configure_exam('e-2', '{"pin": true}') -> 'pin', 'true', 'PIN is turned on when the schedule is over');

-- Another install's exams are not there.
SELECT proctorlink.create_install('College', 'https://college.test') AS college \gset
SELECT is(configuring('e-2', '{}'), 'PT403 AUTHENTICATIONFAILED: there are several installs, and none was named', 'of several installs none is chosen');
SELECT proctorlink.use_install(:'college') \gset
SELECT is(configuring('e-2', '{}'), 'PT404 RESOURCENOTFOUND: exam: there is no exam "e-2"', 'another install''s exam');
SELECT is(configuring(:'sid', '{}'), format('PT404 RESOURCENOTFOUND: exam: there is no exam "%s"', :'sid'), 'also by its sid');

SELECT * FROM finish();
ROLLBACK;
