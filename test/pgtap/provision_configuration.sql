-- test/pgtap/provision_configuration.sql
--		The configuration of an exam in batch_provision.

BEGIN;
\ir helpers.psql
SELECT plan(177);
SELECT proctorlink.create_install('University', 'https://platform.test') AS install \gset

-- The item with another value in the configuration of its exam; '' puts the
-- members of an object beside the others.
CREATE FUNCTION configured(pointer text, value jsonb) RETURNS jsonb LANGUAGE sql AS $$
	SELECT CASE WHEN pointer = ''
		THEN put(exam_item(), '/exam/configuration', exam_item() #> '{exam,configuration}' || value)
		ELSE put(exam_item(), '/exam/configuration' || pointer, value) END
$$;
-- What a call with these members of the configuration answers for it.
CREATE FUNCTION answered(VARIADIC changes jsonb[]) RETURNS text LANGUAGE sql AS $$
	SELECT regexp_replace(outcome(VARIADIC array_agg(configured('', change) ORDER BY place)), '^course .*, configuration ', '')
	FROM unnest(changes) WITH ORDINALITY AS change (change, place)
$$;
CREATE FUNCTION stored_configurations() RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_agg(to_jsonb(c) - '{install_id,exam_configuration_id,exam_id,access_opens_at,access_closes_at,scheduling_opens_at,scheduling_closes_at,created_at,updated_at}'::text[]
		|| jsonb_build_object('opens', utc(access_opens_at), 'closes', utc(access_closes_at),
			'scheduling_opens', utc(scheduling_opens_at), 'scheduling_closes', utc(scheduling_closes_at),
			'password', (SELECT password FROM proctorlink.exam_secret s
						 WHERE s.exam_configuration_id = c.exam_configuration_id))
		ORDER BY exam_configuration_id)
	FROM proctorlink.exam_configuration c
$$;

-- The first configuration is made with the defaults.

SELECT proctorlink.batch_provision(exam_item()) AS answer \gset

SELECT matches(:'answer'::jsonb #>> '{configuration,sid}', '^EC[a-f0-9]{32}$', 'the sid of a configuration');
SELECT is(ARRAY(SELECT jsonb_object_keys(:'answer'::jsonb -> 'configuration') ORDER BY 1), ARRAY['result', 'sid'],
	'it is answered with sid and result');
SELECT is(stored_configurations(),
	'[{"api_id": null, "type": "primary", "url": "https://platform.test/e-1",
	   "opens": "2027-02-16T17:00:00.000000Z", "closes": "2027-02-20T17:00:00.000000Z",
	   "scheduling_opens": null, "scheduling_closes": null, "duration_minutes": 60, "attempts": 1,
	   "student_notes": null, "proctor_notes": null, "permitted_items": null, "password": "open sesame",
	   "proctor_types": {"TS4b894875d26194988853e490dfb9bc41": {}}}]'::jsonb,
	'it is stored as sent, with the defaults');
SELECT is((SELECT proctorlink.sid('exam_configuration', exam_configuration_id) FROM proctorlink.exam_configuration),
	:'answer'::jsonb #>> '{configuration,sid}', 'under the sid answered');

-- The whole of the contract's sample is taken, and given back by the tables.

SELECT is(results(proctorlink.batch_provision('{"exam": {"ids": {"external": "sample"}, "title": "E", "description": "d",
	"type": "online", "practice": false, "limitedScope": false, "deliverySystem": "",
	"configuration": {"ids": {"api": "config-1"}, "type": "primary", "url": "https://x.test",
		"access": {"open": "2025-02-16T17:00:00Z", "close": "2025-02-20T17:00:00Z"},
		"scheduling": {"open": "", "close": ""}, "duration": 60, "password": "p", "attempts": 1,
		"notes": {"student": "s", "proctor": "p"},
		"proctorTypes": {"TS6d6011935f4646848ea4f7a29b4f61a5": {"options": {"recordScreen": {}, "verifyId": {}}}},
		"permittedItems": {"calculator": {"notes": "TI-85"}, "formulaSheet": {"notes": ""}}}}}')),
	'exam Created, configuration Created', 'the contract''s sample');
SELECT is(stored_configurations() -> 1,
	'{"api_id": "config-1", "type": "primary", "url": "https://x.test",
	   "opens": "2025-02-16T17:00:00.000000Z", "closes": "2025-02-20T17:00:00.000000Z",
	   "scheduling_opens": null, "scheduling_closes": null, "duration_minutes": 60, "attempts": 1,
	   "student_notes": "s", "proctor_notes": "p", "password": "p",
	   "permitted_items": {"calculator": {"notes": "TI-85"}, "formulaSheet": {"notes": ""}},
	   "proctor_types": {"TS6d6011935f4646848ea4f7a29b4f61a5": {"options": {"recordScreen": {}, "verifyId": {}}}}}'::jsonb,
	'is stored whole');

-- What changes, what stays, what null resets.

SELECT is(answered(changes), 'Updated', name)
FROM (VALUES
	('another url', '{"url": "https://platform.test/other"}'::jsonb),
	('another opening', '{"access": {"open": "2027-02-16T18:00:00Z", "close": "2027-02-20T17:00:00Z"}}'),
	('another close', '{"access": {"open": "2027-02-16T17:00:00Z", "close": "2027-02-20T18:00:00Z"}}'),
	('a time for scheduling', '{"scheduling": {"open": "2027-01-01T00:00:00Z"}}'),
	('another duration', '{"duration": 61}'),
	('another password', '{"password": "Open Sesame"}'),
	('more attempts', '{"attempts": 2}'),
	('notes for the student', '{"notes": {"student": "Bring an id."}}'),
	('notes for the proctor', '{"notes": {"proctor": "Be kind."}}'),
	('another proctor type', '{"proctorTypes": {"TS63dda27a6ba54c218449b934b7bb1ba8": {}}}'),
	('an option', '{"proctorTypes": {"TS4b894875d26194988853e490dfb9bc41": {"options": {"roomScan": {}}}}}'),
	('no proctor type', '{"proctorTypes": {}}'),
	('a permitted item', '{"permittedItems": {"earplugs": {}}}')
) AS changed (name, changes);
SELECT is(answered(changes), 'Found Existing', name)
FROM (VALUES
	('the same moment in another zone', '{"access": {"open": "2027-02-16T22:45:00+05:45", "close": "2027-02-20T12:00:00-05:00"}}'::jsonb),
	('the type it has', '{"type": "primary"}'),
	('attempts that are null', '{"attempts": null}'),
	('the duration with a fraction of nought', '{"duration": 60.0}'),
	('scheduling that is null', '{"scheduling": null}'),
	('empty times for scheduling', '{"scheduling": {"open": "", "close": ""}}'),
	('notes that are null', '{"notes": {"student": null, "proctor": null}}'),
	('permitted items that are null', '{"permittedItems": null}')
) AS same (name, changes);

SELECT is(answered('{"attempts": 3}', '{}'), 'Found Existing', 'absent attempts stay');
SELECT is(answered('{"attempts": 3}', '{"attempts": null}'), 'Updated', 'attempts that are null become 1');
SELECT is(answered('{"attempts": 3}', '{"attempts": 1}'), 'Updated', 'as if they were given');
SELECT is(answered('{"notes": {"student": "s", "proctor": "p"}}', '{}'), 'Found Existing', 'absent notes stay');
SELECT is(answered('{"notes": {"student": "s", "proctor": "p"}}', '{"notes": {"student": "s"}}'), 'Found Existing',
	'an absent half of the notes stays');
SELECT is(answered('{"notes": {"student": "s", "proctor": "p"}}', '{"notes": {"proctor": null}}'), 'Updated',
	'notes that are null go');
SELECT is(answered('{"scheduling": {"open": "2027-01-01T00:00:00Z", "close": "2027-02-01T00:00:00Z"}}', '{}'),
	'Found Existing', 'absent times for scheduling stay');
SELECT is(answered('{"scheduling": {"open": "2027-01-01T00:00:00Z", "close": "2027-02-01T00:00:00Z"}}',
		'{"scheduling": {"open": "", "close": ""}}'), 'Found Existing', 'empty ones are absent');
SELECT is(answered('{"scheduling": {"open": "2027-01-01T00:00:00Z", "close": "2027-02-01T00:00:00Z"}}',
		'{"scheduling": {"open": null}}'), 'Updated', 'a time that is null goes');
SELECT is(answered('{"permittedItems": {"earplugs": {}}}', '{}'), 'Found Existing', 'absent permitted items stay');
SELECT is(answered('{"permittedItems": {"earplugs": {}}}', '{"permittedItems": null}'), 'Updated',
	'permitted items that are null go');
SELECT is(answered('{"permittedItems": {"calculator": {}, "earplugs": {}}}',
		'{"permittedItems": {"earplugs": {}, "calculator": {}}}'), 'Found Existing', 'the order of members means nothing');

-- Only the primary configuration says how long the exam lasts.

SELECT lives_ok($$SELECT proctorlink.batch_provision(configured('', '{"duration": 75}'))$$, 'a longer primary configuration');
SELECT is((SELECT duration_minutes FROM proctorlink.exam WHERE external_id = 'e-1'), 75, 'makes the exam longer');
SELECT lives_ok($$SELECT proctorlink.batch_provision(configured('', '{"type": "accommodation", "duration": 120}'))$$,
	'a longer accommodation');
SELECT is((SELECT duration_minutes FROM proctorlink.exam WHERE external_id = 'e-1'), 75, 'does not');
SELECT lives_ok($$SELECT proctorlink.batch_provision(exam_item())$$, 'back to 60 minutes');

-- Which configuration is meant: the one with these ids, else the exam's only
-- one of the type.  (An accommodation without ids stands beside the primary.)

SELECT is(answered('{"type": "accommodation", "duration": 120}'), 'Found Existing', 'the only accommodation is found by its type');
SELECT is(answered('{"type": "accommodation", "duration": 90}'), 'Updated', 'and updated, not doubled');
SELECT is(answered('{"ids": "main"}'), 'Updated', 'the primary gets an id');
SELECT is(answered('{"ids": "main"}', '{"ids": "main"}'), 'Found Existing', 'and is found by it');
SELECT is(answered('{"ids": "main"}', '{"ids": {"api": "main"}}'), 'Found Existing', 'as text or as an object, it is the same');
SELECT is(answered('{"ids": {"api": "main"}}', '{"ids": "main"}'), 'Found Existing', 'either way round');
SELECT is(answered('{"ids": "main"}', '{}'), 'Found Existing', 'and by its type');
SELECT is(answered('{"ids": "main"}', '{"ids": "other"}'), 'CONFLICT: conflict /exam/configuration',
	'a primary with another id would be a second one');
SELECT is(answered('{"type": "accommodation", "ids": "a-1", "duration": 120}', '{"type": "accommodation", "ids": "a-2", "duration": 150}'),
	'Created', 'an accommodation with another id is another one');
SELECT is(answered('{"type": "accommodation", "ids": "a-1", "duration": 120}',
		'{"type": "accommodation", "ids": "a-2", "duration": 150}', '{"type": "accommodation", "duration": 150}'),
	'CONFLICT: conflict /exam/configuration', 'without ids, several are meant');
SELECT is(answered('{"type": "accommodation", "ids": "a-1", "duration": 120}',
		'{"type": "accommodation", "ids": "a-2", "duration": 150}', '{"type": "accommodation", "ids": "a-1", "duration": 120}'),
	'Found Existing', 'with ids, one of several is found');
SELECT is(answered('{"ids": "main"}', '{"ids": "main", "type": "accommodation"}'),
	'CONFLICT: not_allowed /exam/configuration', 'a primary cannot become an accommodation');
SELECT is(answered('{"type": "accommodation", "ids": "a-1", "duration": 120}', '{"ids": "a-1", "duration": 120}'),
	'Found Existing', 'an absent type stays');
SELECT is(outcome(configured('', '{"ids": "main"}'), put(exam_item(), '/exam/configuration', '{"ids": "main"}')),
	'course Found Existing, exam Found Existing, configuration Found Existing', 'ids alone refer');
SELECT is(outcome(configured('', '{"ids": "main"}'), put(exam_item(), '/exam/configuration', '{"ids": {"api": "main"}}')),
	'course Found Existing, exam Found Existing, configuration Found Existing', 'in both forms');
SELECT is(outcome(put(exam_item(), '/exam/configuration', '{"ids": "nobody"}')),
	'RESOURCENOTFOUND: not_found /exam/configuration/ids', 'ids alone that the exam has not are not found');
SELECT is(outcome(put(configured('', '{"ids": "config-1"}'), '/exam/ids', '{"external": "other"}')),
	'course Found Existing, exam Created, configuration Created', 'ids count within their exam');

-- What is accepted.

SELECT is(verdict(configured(pointer, value)), 'accepted', name)
FROM (VALUES
	('an id of 500 characters', '/ids', long(500)),
	('an id of 500 characters in an object', '/ids', jsonb_build_object('api', long(500))),
	('ids that are null', '/ids', 'null'::jsonb),
	('type primary', '/type', '"primary"'),
	('type null', '/type', 'null'),
	('a url of 2,048 characters', '/url', to_jsonb(rpad('https://platform.test/', 2048, 'x'))),
	('a duration of 1 minute', '/duration', '1'),
	('a duration in scientific notation', '/duration', '6e1'),
	('100 attempts', '/attempts', '100'),
	('a password of 500 characters', '/password', long(500)),
	('a password with spaces around it', '/password', '" p "'),
	('notes of 10,000 characters for the student', '/notes', jsonb_build_object('student', long(10000))),
	('notes of 10,000 characters for the proctor', '/notes', jsonb_build_object('proctor', long(10000))),
	('empty notes', '/notes', '{"student": "", "proctor": ""}'),
	('notes without any', '/notes', '{}'),
	('notes that are null', '/notes', 'null'),
	('a window as long as the sitting', '/access', '{"open": "2027-02-16T17:00:00Z", "close": "2027-02-16T18:00:00Z"}'),
	('scheduling until access closes', '/scheduling', '{"close": "2027-02-20T17:00:00Z"}'),
	('scheduling a microsecond long', '/scheduling', '{"open": "2027-02-20T16:59:59.999999Z", "close": "2027-02-20T17:00:00Z"}'),
	('scheduling after access opens', '/scheduling', '{"open": "2027-02-17T17:00:00Z", "close": "2027-02-18T17:00:00Z"}'),
	('scheduling that opens only', '/scheduling', '{"open": "2027-02-20T16:59:59.999999Z"}'),
	('scheduling without times', '/scheduling', '{}'),
	('no proctor types', '/proctorTypes', '{}'),
	('several proctor types', '/proctorTypes', '{"TS4b894875d26194988853e490dfb9bc41": {}, "TS9531c6b112f145018dae3cd2a9f60c4c": {}}'),
	('a proctor type that nobody published', '/proctorTypes', '{"TS00000000000000000000000000000000": {}}'),
	('no options', '/proctorTypes', '{"TS4b894875d26194988853e490dfb9bc41": {"options": {}}}'),
	('all options', '/proctorTypes', '{"TS4b894875d26194988853e490dfb9bc41": {"options": {"recordScreen": {}, "recordWebcam": {}, "recordAudio": {}, "forceFullScreen": {}, "onlyOneScreen": {}, "disableNewTabs": {}, "closeOpenTabs": {}, "disablePrinting": {}, "disableClipboard": {}, "disableRightClick": {}, "verifyId": {}, "roomScan": {}}}}'),
	('no permitted items', '/permittedItems', '{}'),
	('all permitted items', '/permittedItems', '{"bathroomBreak": {}, "calculator": {"notes": "x"}, "dictionary": {}, "earplugs": {}, "formulaSheet": {}, "notes": {}, "textbook": {}, "websites": {}}')
) AS accepted (name, pointer, value);

-- Dates: RFC 3339 with a zone, to the microsecond.

SELECT is(verdict(configured('/access/open', to_jsonb(date))), verdict, date)
FROM (VALUES
	('2027-02-16T17:00:00.000Z', 'accepted'),
	('2027-02-16T17:00:00.123456Z', 'accepted'),
	('2027-02-16T17:00:00.123456000Z', 'accepted'),
	('2027-02-16T17:00:00.1234567Z', 'INVALIDINPUT: format /exam/configuration/access/open'),
	('2027-02-16t17:00:00z', 'accepted'),
	('2027-02-16T17:00:00+00:00', 'accepted'),
	('2027-02-16T17:00:00-05:00', 'accepted'),
	('2024-02-29T00:00:00Z', 'accepted'),
	('2027-02-29T00:00:00Z', 'INVALIDINPUT: format /exam/configuration/access/open'),
	('2026-02-30T00:00:00Z', 'INVALIDINPUT: format /exam/configuration/access/open'),
	('2027-02-16T17:00:00', 'INVALIDINPUT: format /exam/configuration/access/open'),
	('2027-02-16 17:00:00Z', 'INVALIDINPUT: format /exam/configuration/access/open'),
	('2027-02-16', 'INVALIDINPUT: format /exam/configuration/access/open'),
	('2027-02-16T17:00Z', 'INVALIDINPUT: format /exam/configuration/access/open'),
	('2027-02-16T24:00:00Z', 'INVALIDINPUT: format /exam/configuration/access/open'),
	('2027-02-16T17:60:00Z', 'INVALIDINPUT: format /exam/configuration/access/open'),
	('2027-02-16T17:00:60Z', 'INVALIDINPUT: format /exam/configuration/access/open'),
	('2027-02-16T17:00:00+0545', 'INVALIDINPUT: format /exam/configuration/access/open'),
	('2027-02-16T17:00:00.Z', 'INVALIDINPUT: format /exam/configuration/access/open'),
	('16.02.2027 17:00:00 UTC', 'INVALIDINPUT: format /exam/configuration/access/open'),
	('yesterday', 'INVALIDINPUT: format /exam/configuration/access/open'),
	('-infinity', 'INVALIDINPUT: format /exam/configuration/access/open'),
	('', 'INVALIDINPUT: format /exam/configuration/access/open')
) AS dates (date, verdict);

-- What is refused.

SELECT is(verdict(configured(pointer, value)), 'INVALIDINPUT: ' || refusal, name)
FROM (VALUES
	('no url', '/url', 'null'::jsonb, 'required /exam/configuration/url'),
	('no access', '/access', 'null', 'required /exam/configuration/access'),
	('no opening', '/access/open', 'null', 'required /exam/configuration/access/open'),
	('no close', '/access/close', 'null', 'required /exam/configuration/access/close'),
	('neither opening nor close', '/access', '{}', 'required /exam/configuration/access/close, required /exam/configuration/access/open'),
	('no duration', '/duration', 'null', 'required /exam/configuration/duration'),
	('no password', '/password', 'null', 'required /exam/configuration/password'),
	('no proctor types', '/proctorTypes', 'null', 'required /exam/configuration/proctorTypes'),
	('an id that is empty', '/ids', '""', 'length /exam/configuration/ids'),
	('an empty id in an object', '/ids', '{"api": ""}', 'length /exam/configuration/ids/api'),
	('an id of 501 characters', '/ids', long(501), 'length /exam/configuration/ids'),
	('another kind of id', '/ids', '{"external": "x"}', 'unknown_key /exam/configuration/ids/external'),
	('an id that is a number', '/ids', '1', 'type /exam/configuration/ids'),
	('a type that there is not', '/type', '"secondary"', 'enum /exam/configuration/type'),
	('a url that is empty', '/url', '""', 'length /exam/configuration/url'),
	('a url of 2,049 characters', '/url', to_jsonb(rpad('https://platform.test/', 2049, 'x')), 'length /exam/configuration/url'),
	('a url that is a number', '/url', '1', 'type /exam/configuration/url'),
	('access that is text', '/access', '"2027-02-16T17:00:00Z"', 'type /exam/configuration/access'),
	('an unknown member of access', '/access/opens', '"2027-02-16T17:00:00Z"', 'unknown_key /exam/configuration/access/opens'),
	('an opening that is a number', '/access/open', '1802797200', 'type /exam/configuration/access/open'),
	('a close that is no date', '/access/close', '"2027-02-30T17:00:00Z"', 'format /exam/configuration/access/close'),
	('access that closes when it opens', '/access', '{"open": "2027-02-16T17:00:00Z", "close": "2027-02-16T17:00:00Z"}', 'order /exam/configuration/access'),
	('access that closes before it opens', '/access', '{"open": "2027-02-16T17:00:00Z", "close": "2027-02-16T16:59:59.999999Z"}', 'order /exam/configuration/access'),
	('a window a microsecond too short', '/access', '{"open": "2027-02-16T17:00:00Z", "close": "2027-02-16T17:59:59.999999Z"}', 'order /exam/configuration/duration'),
	('scheduling a microsecond too long', '/scheduling', '{"close": "2027-02-20T17:00:00.000001Z"}', 'order /exam/configuration/scheduling'),
	('scheduling that closes when it opens', '/scheduling', '{"open": "2027-02-17T17:00:00Z", "close": "2027-02-17T17:00:00Z"}', 'order /exam/configuration/scheduling'),
	('scheduling that opens when access closes', '/scheduling', '{"open": "2027-02-20T17:00:00Z"}', 'order /exam/configuration/scheduling'),
	('scheduling that is no date', '/scheduling', '{"open": "soon"}', 'format /exam/configuration/scheduling/open'),
	('scheduling that is text', '/scheduling', '"always"', 'type /exam/configuration/scheduling'),
	('an unknown member of scheduling', '/scheduling', '{"opens": ""}', 'unknown_key /exam/configuration/scheduling/opens'),
	('a duration of 0', '/duration', '0', 'range /exam/configuration/duration'),
	('a duration of -1', '/duration', '-1', 'range /exam/configuration/duration'),
	('a duration of 1.5', '/duration', '1.5', 'type /exam/configuration/duration'),
	('a duration as text', '/duration', '"60"', 'type /exam/configuration/duration'),
	('a duration beyond int4', '/duration', '2147483648', 'range /exam/configuration/duration'),
	('a duration beyond int8', '/duration', '9223372036854775808', 'range /exam/configuration/duration'),
	('a duration of 1e100', '/duration', '1e100', 'range /exam/configuration/duration'),
	('attempts of 0', '/attempts', '0', 'range /exam/configuration/attempts'),
	('attempts of -1', '/attempts', '-1', 'range /exam/configuration/attempts'),
	('attempts as text', '/attempts', '"1"', 'type /exam/configuration/attempts'),
	('attempts beyond int4', '/attempts', '2147483648', 'range /exam/configuration/attempts'),
	('a password of 501 characters', '/password', long(501), 'length /exam/configuration/password'),
	('a password that is a number', '/password', '1234', 'type /exam/configuration/password'),
	('notes that are text', '/notes', '"Bring an id."', 'type /exam/configuration/notes'),
	('notes of 10,001 characters', '/notes', jsonb_build_object('student', long(10001)), 'length /exam/configuration/notes/student'),
	('notes for somebody else', '/notes', '{"teacher": "x"}', 'unknown_key /exam/configuration/notes/teacher'),
	('proctor types in a list', '/proctorTypes', '["TS4b894875d26194988853e490dfb9bc41"]', 'type /exam/configuration/proctorTypes'),
	('a proctor type that is no sid', '/proctorTypes', '{"live": {}}', 'pattern /exam/configuration/proctorTypes/live'),
	('a proctor type in upper case', '/proctorTypes', '{"TS4B894875D26194988853E490DFB9BC41": {}}', 'pattern /exam/configuration/proctorTypes/TS4B894875D26194988853E490DFB9BC41'),
	('a proctor type that is true', '/proctorTypes', '{"TS4b894875d26194988853e490dfb9bc41": true}', 'type /exam/configuration/proctorTypes/TS4b894875d26194988853e490dfb9bc41'),
	('an unknown member of a proctor type', '/proctorTypes', '{"TS4b894875d26194988853e490dfb9bc41": {"option": {}}}', 'unknown_key /exam/configuration/proctorTypes/TS4b894875d26194988853e490dfb9bc41/option'),
	('an unknown option', '/proctorTypes', '{"TS4b894875d26194988853e490dfb9bc41": {"options": {"recordMind": {}}}}', 'enum /exam/configuration/proctorTypes/TS4b894875d26194988853e490dfb9bc41/options/recordMind'),
	('an option in another case', '/proctorTypes', '{"TS4b894875d26194988853e490dfb9bc41": {"options": {"RoomScan": {}}}}', 'enum /exam/configuration/proctorTypes/TS4b894875d26194988853e490dfb9bc41/options/RoomScan'),
	('options in a list', '/proctorTypes', '{"TS4b894875d26194988853e490dfb9bc41": {"options": ["roomScan"]}}', 'type /exam/configuration/proctorTypes/TS4b894875d26194988853e490dfb9bc41/options'),
	('an unknown permitted item', '/permittedItems', '{"phone": {}}', 'enum /exam/configuration/permittedItems/phone'),
	('a permitted item that is true', '/permittedItems', '{"calculator": true}', 'type /exam/configuration/permittedItems/calculator'),
	('notes of a permitted item that are a number', '/permittedItems', '{"calculator": {"notes": 85}}', 'type /exam/configuration/permittedItems/calculator/notes'),
	('an unknown member of a permitted item', '/permittedItems', '{"calculator": {"note": "x"}}', 'unknown_key /exam/configuration/permittedItems/calculator/note'),
	('permitted items in a list', '/permittedItems', '[]', 'type /exam/configuration/permittedItems'),
	('a member that there is not', '/Duration', '60', 'unknown_key /exam/configuration/Duration')
) AS refused (name, pointer, value, refusal);
SELECT is(verdict(put(exam_item(), '/exam/configuration', '{"type": "primary"}')),
	'INVALIDINPUT: required /exam/configuration/access, required /exam/configuration/duration, '
	'required /exam/configuration/password, required /exam/configuration/proctorTypes, required /exam/configuration/url',
	'all that is required is told at once');
SELECT is(verdict(configured('/proctorTypes', '{"a/b~c": {}}')),
	'INVALIDINPUT: pattern /exam/configuration/proctorTypes/a~1b~0c', 'a pointer escapes / and ~');

-- No password is told outside of its own table.

SELECT is((SELECT count(*) FROM proctorlink.exam_configuration c WHERE to_jsonb(c)::text LIKE '%open sesame%'), 0::bigint,
	'the password does not stand with the configuration');
SELECT is((attempt(put(configured('/password', '7'), '/exam/configuration/url', '1')) ->> 'detail') LIKE '%sesame%', false,
	'nor in an error');

SELECT * FROM finish();
ROLLBACK;
