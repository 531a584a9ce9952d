-- test/pgtap/provision_course.sql
--		The course block of batch_provision.

BEGIN;
\ir helpers.psql
SELECT plan(72);
SELECT proctorlink.create_install('University', 'https://platform.test') AS install \gset

-- A course that nobody has is made, and answered with its sid and a word.

SELECT proctorlink.batch_provision(course_item()) AS answer \gset

SELECT is(results(:'answer'), 'course Created', 'a course that nobody has is Created');
SELECT is(ARRAY(SELECT jsonb_object_keys(:'answer'::jsonb)), ARRAY['course'],
	'the answer holds what was asked for and nothing else');
SELECT is(ARRAY(SELECT jsonb_object_keys(:'answer'::jsonb -> 'course') ORDER BY 1), ARRAY['result', 'sid'],
	'a block of the answer holds sid and result');
SELECT matches(:'answer'::jsonb #>> '{course,sid}', '^CU[a-f0-9]{32}$', 'the sid of a course');
SELECT is(
	(SELECT jsonb_build_object('sid', proctorlink.sid('course', course_id), 'install',
			proctorlink.sid('install', install_id), 'external', external_id, 'api', api_id, 'lms', lms_id,
			'title', title, 'code', code)
	 FROM proctorlink.course),
	jsonb_build_object('sid', :'answer'::jsonb #>> '{course,sid}', 'install', :'install',
		'external', 'c-1', 'api', NULL, 'lms', NULL, 'title', 'Anatomy', 'code', 'ANA-1'),
	'the course is stored as it was sent');

-- The same again finds it; what differs is written; absent leaves a member as
-- it is, null resets it.

SELECT is(proctorlink.batch_provision(course_item()),
	put(:'answer', '/course/result', '"Found Existing"'), 'the same again finds the same sid');
SELECT is(outcome(put(course_item(), '/course/title', '"Anatomy II"')), 'course Updated',
	'another title updates');
SELECT is(outcome(put(course_item(), '/course/code', '"ANA-2"')), 'course Updated',
	'another code updates');
SELECT is(outcome(without(course_item(), '/course/code')), 'course Found Existing',
	'an absent code stays');
SELECT is(outcome(put(course_item(), '/course/code', 'null')), 'course Updated',
	'a code that is null is reset');
SELECT is(outcome(put(course_item(), '/course/code', 'null'), without(course_item(), '/course/code')),
	'course Found Existing', 'and stays so');

SELECT proctorlink.batch_provision(put(put(course_item(), '/course/code', 'null'), '/course/title', '"Anatomy II"'))
	AS updated \gset
SELECT is(:'updated'::jsonb, put(:'answer', '/course/result', '"Updated"'), 'an update keeps the sid');
SELECT is((SELECT row_to_json(c)::jsonb FROM (SELECT title, code FROM proctorlink.course) c),
	'{"title": "Anatomy II", "code": null}', 'and is stored');

-- By sid alone, or with ids alone, a course is referred to.

SELECT is(outcome(jsonb_build_object('course', jsonb_build_object('ids', jsonb_build_object('sid', sid)))),
	'course Found Existing', 'a course may be named by its sid')
FROM (SELECT proctorlink.sid('course', course_id) AS sid FROM proctorlink.course) c;
SELECT is(outcome('{"course": {"ids": {"external": "c-1"}}}'), 'course Found Existing',
	'a course may be named by its external id alone');
SELECT is(outcome(jsonb_build_object('course',
		jsonb_build_object('ids', jsonb_build_object('sid', sid), 'code', 'ANA-3'))),
	'course Updated', 'with a sid the title may be absent')
FROM (SELECT proctorlink.sid('course', course_id) AS sid FROM proctorlink.course) c;
SELECT is(outcome(jsonb_build_object('course',
		jsonb_build_object('ids', jsonb_build_object('sid', sid), 'title', 'Anatomy III'))),
	'course Updated', 'with a sid the title may be changed')
FROM (SELECT proctorlink.sid('course', course_id) AS sid FROM proctorlink.course) c;
SELECT is(outcome(jsonb_build_object('course',
		jsonb_build_object('ids', jsonb_build_object('sid', sid), 'title', NULL))),
	'INVALIDINPUT: required /course/title', 'also with a sid the title cannot be taken away')
FROM (SELECT proctorlink.sid('course', course_id) AS sid FROM proctorlink.course) c;
SELECT is(outcome('{"course": {"ids": {"external": "c-2"}}}'), 'RESOURCENOTFOUND: not_found /course/ids',
	'ids alone that nobody has are not found');
SELECT is(outcome('{"course": {"ids": {"sid": "CU00000000000000000000000000000000"}}}'),
	'RESOURCENOTFOUND: not_found /course/ids/sid', 'a sid that nobody has is not found');
SELECT is(outcome('{"course": {"ids": {"sid": "CU00000000000000000000000000000000"}, "title": "Anatomy"}}'),
	'RESOURCENOTFOUND: not_found /course/ids/sid', 'a sid that nobody has is not made');
SELECT is(outcome('{"course": {"ids": {"sid": "CUzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"}}}'),
	'RESOURCENOTFOUND: not_found /course/ids/sid', 'the pattern allows letters that no sid of ours has');
SELECT is(outcome(put('{"course": {"ids": {"sid": ""}}}', '/course/ids/sid',
		to_jsonb((SELECT upper(proctorlink.sid('course', course_id)) FROM proctorlink.course)))),
	'INVALIDINPUT: pattern /course/ids/sid', 'a sid in upper case is none');

-- What is accepted.

SELECT is(verdict(put(put(course_item(), '/course/ids', '{"external": "new"}'), pointer, value)), 'accepted', name)
FROM (VALUES
	('a title of 1 character', '/course/title', '"x"'::jsonb),
	('a title of 500 characters', '/course/title', long(500)),
	('a code that is null', '/course/code', 'null'),
	('a code of 100 characters', '/course/code', long(100)),
	('an api id', '/course/ids', '{"api": "a"}'),
	('an lms id', '/course/ids', '{"lms": "l"}'),
	('an external id', '/course/ids', '{"external": "x"}'),
	('several ids', '/course/ids', '{"api": "a", "lms": "l", "external": "x"}'),
	('an id that is null is not given', '/course/ids', '{"api": null, "sid": null, "external": "x"}'),
	('an id of 500 characters', '/course/ids/external', long(500)),
	('an id with a space inside', '/course/ids/external', '"a b"'),
	('an id of any letters', '/course/ids/external', '"Übung/№ 1 \"quoted\""')
) AS accepted (name, pointer, value);
SELECT is(verdict('{"course": {"ids": {"external": "new"}, "title": "No code"}}'), 'accepted', 'a code is not required');

-- What is refused.

SELECT is(verdict(put(put(course_item(), '/course/ids', '{"external": "new"}'), pointer, value)), 'INVALIDINPUT: ' || refusal, name)
FROM (VALUES
	('a course that is text', '/course', '"c-1"'::jsonb, 'type /course'),
	('a course that is a list', '/course', '[]', 'type /course'),
	('a course without anything', '/course', '{}', 'required /course/ids, required /course/title'),
	('ids without any', '/course/ids', '{}', 'required /course/ids'),
	('ids that are all null', '/course/ids', '{"api": null}', 'required /course/ids'),
	('ids that are null', '/course/ids', 'null', 'required /course/ids'),
	('ids that are text', '/course/ids', '"c-1"', 'type /course/ids'),
	('ids that are a list', '/course/ids', '["c-1"]', 'type /course/ids'),
	('an id that is empty', '/course/ids/external', '""', 'length /course/ids/external'),
	('an id of 501 characters', '/course/ids/external', long(501), 'length /course/ids/external'),
	('an id that is a number', '/course/ids/external', '7', 'type /course/ids/external'),
	('an id that is an object', '/course/ids/api', '{}', 'type /course/ids/api'),
	('an id with a leading space', '/course/ids/api', '" c"', 'format /course/ids/api'),
	('an id with a trailing space', '/course/ids/lms', '"c "', 'format /course/ids/lms'),
	('an id with a control character', '/course/ids/external', '"c\u0007"', 'format /course/ids/external'),
	('an id with a line feed', '/course/ids/external', '"c\nd"', 'format /course/ids/external'),
	('a kind of id that there is not', '/course/ids/sis', '"c"', 'unknown_key /course/ids/sis'),
	('a kind of id in another case', '/course/ids/API', '"c"', 'unknown_key /course/ids/API'),
	('a sid of another kind', '/course/ids', '{"sid": "US00000000000000000000000000000000"}', 'pattern /course/ids/sid'),
	('a sid that is too short', '/course/ids', '{"sid": "CU0000000000000000000000000000000"}', 'pattern /course/ids/sid'),
	('a sid that is too long', '/course/ids', '{"sid": "CU000000000000000000000000000000000"}', 'pattern /course/ids/sid'),
	('a sid that is empty', '/course/ids', '{"sid": ""}', 'pattern /course/ids/sid'),
	('a title that is null', '/course/title', 'null', 'required /course/title'),
	('a title that is empty', '/course/title', '""', 'length /course/title'),
	('a title of 501 characters', '/course/title', long(501), 'length /course/title'),
	('a title that is a number', '/course/title', '101', 'type /course/title'),
	('a title that is true', '/course/title', 'true', 'type /course/title'),
	('a code of 101 characters', '/course/code', long(101), 'length /course/code'),
	('a code that is a number', '/course/code', '101', 'type /course/code'),
	('a member that there is not', '/course/name', '"Anatomy"', 'unknown_key /course/name'),
	('a member in another case', '/course/Title', '"Anatomy"', 'unknown_key /course/Title')
) AS refused (name, pointer, value, refusal);
SELECT is(verdict('{"course": {"ids": {"external": "new"}, "code": "N"}}'), 'INVALIDINPUT: required /course/title',
	'more than ids needs the title, without a sid');
SELECT is(verdict('{"course": {"ids": {"external": "c-1"}, "code": "N"}}'), 'INVALIDINPUT: required /course/title',
	'also where the course is here');

-- Every violation of an item is told, and the nearest known key.

SELECT is(verdict('{"course": {"ids": {"sid": "x", "api": ""}, "title": 1, "code": 2, "extra": 3}}'),
	'INVALIDINPUT: type /course/code, unknown_key /course/extra, length /course/ids/api, pattern /course/ids/sid, type /course/title',
	'all violations are told at once');
SELECT matches(attempt('[{"course": {"ids": {"external": "new"}, "titel": "Anatomy"}}]')
		#>> '{items,0,error,violations,0,hint}', 'title', 'the hint names the nearest known key');
SELECT is((SELECT count(*) FROM proctorlink.course), 1::bigint, 'what was refused or taken back is not here');

SELECT * FROM finish();
ROLLBACK;
