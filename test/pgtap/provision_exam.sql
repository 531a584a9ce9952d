-- test/pgtap/provision_exam.sql
--		The exam block of batch_provision.

BEGIN;
\ir helpers.psql
SELECT plan(79);
SELECT proctorlink.create_install('University', 'https://platform.test') AS install \gset

-- The exam, without its configuration, as a later call would send it.
CREATE FUNCTION later(changes jsonb) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_build_object('exam', '{"ids": {"external": "e-1"}, "title": "Final"}'::jsonb || changes)
$$;
CREATE FUNCTION stored_exam(external text DEFAULT 'e-1') RETURNS jsonb LANGUAGE sql AS $$
	SELECT to_jsonb(e) - '{install_id,exam_id,course_id,created_at,updated_at}'::text[]
	FROM proctorlink.exam e WHERE external_id = external
$$;

-- An exam that nobody has is made, with the defaults, and its configuration is
-- answered beside it.

SELECT proctorlink.batch_provision(exam_item()) AS answer \gset

SELECT is(results(:'answer'), 'course Created, exam Created, configuration Created', 'an exam that nobody has is Created');
SELECT is(ARRAY(SELECT jsonb_object_keys(:'answer'::jsonb) ORDER BY 1), ARRAY['configuration', 'course', 'exam'],
	'the answer holds what was asked for, the configuration at its top');
SELECT is(ARRAY(SELECT jsonb_object_keys(:'answer'::jsonb -> 'exam') ORDER BY 1), ARRAY['result', 'sid'],
	'a block of the answer holds sid and result');
SELECT matches(:'answer'::jsonb #>> '{exam,sid}', '^EX[a-f0-9]{32}$', 'the sid of an exam');
SELECT is(stored_exam(),
	'{"external_id": "e-1", "title": "Final", "code": null, "description": null, "type": "online",
	  "practice": false, "limited_scope": false, "delivery_system": null, "purpose": null, "owner_id": null,
	  "duration_minutes": 60, "extra_time_minutes": 0, "attempts": null, "published": true, "pin": false,
	  "proctorio": false, "safe_exam_browser": false, "keycode": false, "accommodation_for": null}'::jsonb,
	'the exam is stored with the defaults: published, and as long as its configuration says');
SELECT is(
	(SELECT ARRAY[proctorlink.sid('exam', exam_id), proctorlink.sid('course', course_id)] FROM proctorlink.exam),
	ARRAY[:'answer'::jsonb #>> '{exam,sid}', :'answer'::jsonb #>> '{course,sid}'], 'in its course');
SELECT is(results(proctorlink.batch_provision(exam_item())),
	'course Found Existing, exam Found Existing, configuration Found Existing', 'the same again finds all');
SELECT is(outcome(later('{}')), 'exam Found Existing',
	'an exam that is here needs no configuration, and none is answered');
SELECT is(outcome('{"exam": {"ids": {"external": "e-1"}}}'), 'exam Found Existing', 'an exam may be named by its id alone');
SELECT is(outcome(jsonb_build_object('exam', jsonb_build_object('ids', jsonb_build_object('sid', sid)))),
	'exam Found Existing', 'or by its sid')
FROM (SELECT proctorlink.sid('exam', exam_id) AS sid FROM proctorlink.exam) e;
SELECT is(outcome(jsonb_build_object('exam', jsonb_build_object('ids', jsonb_build_object('sid', sid), 'description', 'd'))),
	'exam Updated', 'with a sid the title may be absent')
FROM (SELECT proctorlink.sid('exam', exam_id) AS sid FROM proctorlink.exam) e;
SELECT is(outcome(put(put(exam_item(), '/exam/ids', '{"external": "e-2"}'), '/exam',
		put(exam_item(), '/exam/ids', '{"external": "e-2"}') -> 'exam') - 'course'),
	'exam Created, configuration Created', 'an exam may be made without a course');

-- Whose exam it is: an exam belongs to one course.

SELECT is(outcome(later('{}') || '{"course": {"ids": {"external": "c-1"}}}'),
	'course Found Existing, exam Found Existing', 'an exam named with its own course');
SELECT is(outcome('{"course": {"ids": {"external": "c-2"}, "title": "Zoology"}}',
		later('{}') || '{"course": {"ids": {"external": "c-2"}}}'),
	'CONFLICT: conflict /exam', 'an exam named under another course');
SELECT is(outcome(exam_item() - 'course' || '{"exam": {"ids": {"external": "e-2"}}}'::jsonb
		|| jsonb_build_object('exam', put(exam_item(), '/exam/ids', '{"external": "e-2"}') -> 'exam'),
		'{"course": {"ids": {"external": "c-1"}}, "exam": {"ids": {"external": "e-2"}}}'),
	'course Found Existing, exam Updated', 'an exam without a course gets the one it is named with');

-- What changes and what stays: absent leaves, null resets to the default.

SELECT is(outcome(later(changes)), 'exam Updated', name)
FROM (VALUES
	('another title', '{"title": "Final exam"}'::jsonb),
	('a description', '{"description": "All chapters"}'),
	('another type', '{"type": "written"}'),
	('practice', '{"practice": true}'),
	('limitedScope', '{"limitedScope": true}'),
	('a delivery system', '{"deliverySystem": "canvas"}')
) AS changed (name, changes);
SELECT is(outcome(later(changes)), 'exam Found Existing', name)
FROM (VALUES
	('the default type', '{"type": "online"}'::jsonb),
	('a type that is null', '{"type": null}'),
	('practice false', '{"practice": false}'),
	('limitedScope null', '{"limitedScope": null}'),
	('a description that is null', '{"description": null}'),
	('a delivery system that is empty', '{"deliverySystem": ""}'),
	('a delivery system that is null', '{"deliverySystem": null}')
) AS same (name, changes);

SELECT is(results(proctorlink.batch_provision(later('{"description": "All chapters", "type": "written",
		"practice": true, "limitedScope": true, "deliverySystem": "canvas"}'))), 'exam Updated', 'all members changed');
SELECT is(stored_exam() - '{external_id,title,code,purpose,owner_id,duration_minutes,extra_time_minutes,attempts,published,pin,proctorio,safe_exam_browser,keycode,accommodation_for}'::text[],
	'{"description": "All chapters", "type": "written", "practice": true, "limited_scope": true,
	  "delivery_system": "canvas"}'::jsonb, 'and stored');
SELECT is(outcome(later('{}')), 'exam Found Existing', 'absent members stay: defaults are for exams being made');
SELECT is(outcome(later('{"deliverySystem": ""}')), 'exam Found Existing', 'an empty delivery system is absent');
SELECT is(outcome(later(changes)), 'exam Updated', name)
FROM (VALUES
	('null resets the description', '{"description": null}'::jsonb),
	('null resets the type', '{"type": null}'),
	('null resets practice', '{"practice": null}'),
	('null resets limitedScope', '{"limitedScope": null}'),
	('null resets the delivery system', '{"deliverySystem": null}')
) AS reset (name, changes);
SELECT lives_ok($$SELECT proctorlink.batch_provision(later('{"description": null, "type": null, "practice": null,
		"limitedScope": null, "deliverySystem": null}'))$$, 'all members reset');
SELECT is(stored_exam() - '{external_id,title,code,purpose,owner_id,duration_minutes,extra_time_minutes,attempts,published,pin,proctorio,safe_exam_browser,keycode,accommodation_for}'::text[],
	'{"description": null, "type": "online", "practice": false, "limited_scope": false,
	  "delivery_system": null}'::jsonb, 'to the defaults');

-- A new exam needs a title and a configuration.

SELECT is(verdict('{"exam": {"ids": {"external": "e-9"}, "title": "New"}}'), 'INVALIDINPUT: required /exam/configuration',
	'a new exam needs a configuration');
SELECT is(verdict('{"exam": {"ids": {"external": "e-9"}, "title": "New", "configuration": null}}'),
	'INVALIDINPUT: required /exam/configuration', 'that is not null');
SELECT is(verdict('{"exam": {"ids": {"external": "e-9"}, "description": "New"}}'), 'INVALIDINPUT: required /exam/title',
	'more than ids needs the title, without a sid');
SELECT is(verdict('{"exam": {"ids": {"external": "e-9"}}}'), 'RESOURCENOTFOUND: not_found /exam/ids',
	'ids alone that nobody has are not found');
SELECT is(verdict('{"exam": {"ids": {"sid": "EX00000000000000000000000000000000"}}}'),
	'RESOURCENOTFOUND: not_found /exam/ids/sid', 'a sid that nobody has is not found');
SELECT is(verdict(put(exam_item(), '/exam/ids', '{"sid": "EX00000000000000000000000000000000"}')),
	'RESOURCENOTFOUND: not_found /exam/ids/sid', 'and not made');

-- What is accepted in a new exam.

SELECT is(verdict(put(put(exam_item(), '/exam/ids', '{"external": "new"}'), pointer, value)), 'accepted', name)
FROM (VALUES
	('a title of 500 characters', '/exam/title', long(500)),
	('an external id of 500 characters', '/exam/ids/external', long(500)),
	('a description of 10,000 characters', '/exam/description', long(10000)),
	('a description that is empty', '/exam/description', '""'::jsonb),
	('type written', '/exam/type', '"written"'),
	('a delivery system where the install lists none', '/exam/deliverySystem', '"moodle"')
) AS accepted (name, pointer, value);

-- What is refused in a new exam.

SELECT is(verdict(put(put(exam_item(), '/exam/ids', '{"external": "new"}'), pointer, value)),
	'INVALIDINPUT: ' || refusal, name)
FROM (VALUES
	('an exam that is text', '/exam', '"e-1"'::jsonb, 'type /exam'),
	('an exam without anything', '/exam', '{}', 'required /exam/ids, required /exam/title'),
	('ids without any', '/exam/ids', '{}', 'required /exam/ids'),
	('an api id, which an exam has not', '/exam/ids/api', '"e"', 'unknown_key /exam/ids/api'),
	('an lms id, which an exam has not', '/exam/ids/lms', '"e"', 'unknown_key /exam/ids/lms'),
	('an external id that is empty', '/exam/ids/external', '""', 'length /exam/ids/external'),
	('an external id of 501 characters', '/exam/ids/external', long(501), 'length /exam/ids/external'),
	('an external id with a trailing space', '/exam/ids/external', '"e "', 'format /exam/ids/external'),
	('a sid of another kind', '/exam/ids', '{"sid": "CU00000000000000000000000000000000"}', 'pattern /exam/ids/sid'),
	('a title that is null', '/exam/title', 'null', 'required /exam/title'),
	('a title that is empty', '/exam/title', '""', 'length /exam/title'),
	('a title of 501 characters', '/exam/title', long(501), 'length /exam/title'),
	('a description of 10,001 characters', '/exam/description', long(10001), 'length /exam/description'),
	('a description that is a number', '/exam/description', '1', 'type /exam/description'),
	('a type that there is not', '/exam/type', '"oral"', 'enum /exam/type'),
	('a type in another case', '/exam/type', '"Online"', 'enum /exam/type'),
	('practice as text', '/exam/practice', '"true"', 'type /exam/practice'),
	('practice as a number', '/exam/practice', '0', 'type /exam/practice'),
	('limitedScope as text', '/exam/limitedScope', '"false"', 'type /exam/limitedScope'),
	('a delivery system that is a number', '/exam/deliverySystem', '1', 'type /exam/deliverySystem'),
	('a configuration that is a list', '/exam/configuration', '[]', 'type /exam/configuration'),
	('a member that there is not', '/exam/duration', '60', 'unknown_key /exam/duration'),
	('a member in another case', '/exam/limitedscope', 'true', 'unknown_key /exam/limitedscope')
) AS refused (name, pointer, value, refusal);

-- Where the install lists its delivery systems, an exam's is one of them.

SELECT lives_ok(format($$SELECT proctorlink.configure_install(%L, '{"deliverySystems": ["canvas", "moodle"]}')$$, :'install'),
	'the install lists its delivery systems');
SELECT is(verdict(later('{"deliverySystem": "moodle"}')), 'accepted', 'one of them');
SELECT is(verdict(later('{"deliverySystem": "Moodle"}')), 'INVALIDINPUT: enum /exam/deliverySystem', 'in another case');
SELECT is(verdict(later('{"deliverySystem": "cirrus"}')), 'INVALIDINPUT: enum /exam/deliverySystem', 'another one');
SELECT is(verdict(later('{"deliverySystem": ""}')), 'accepted', 'none');

SELECT * FROM finish();
ROLLBACK;
