-- test/pgtap/provision_complete.sql
--		complete: a batch that names everybody in a course.

BEGIN;
\ir helpers.psql
SELECT plan(65);
SELECT proctorlink.create_install('University', 'https://platform.test') AS install \gset

CREATE FUNCTION person(external text, course text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT put(put(learner_item(), '/user/ids/external', to_jsonb(external)), '/course/ids/external', to_jsonb(course))
$$;
-- A batch that completes one course, with these people in it.
CREATE FUNCTION completing(max_removed integer, VARIADIC items jsonb[]) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_build_object('items', to_jsonb(items),
		'complete', jsonb_build_object('courses', '[{"external": "c-1"}]'::jsonb, 'maxRemoved', max_removed))
$$;
-- Who is enrolled in a course.
CREATE FUNCTION enrolled(course text) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(a.candidate_ext_id, ' ' ORDER BY a.candidate_ext_id)
	FROM proctorlink.enrollment e
	JOIN proctorlink.account a USING (install_id, account_id)
	JOIN proctorlink.course c USING (install_id, course_id)
	WHERE c.external_id = course AND e.status = 'active'
$$;
-- What complete answered, and who is enrolled in c-1 afterwards.
CREATE FUNCTION completed(payload jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer jsonb := proctorlink.batch_provision(payload) -> 'complete';
	people text := enrolled('c-1');
BEGIN
	RETURN format('%s of %s removed, at most %s, %s; left: %s', answer ->> 'removed', answer ->> 'wouldRemove', answer ->> 'maxRemoved',
		CASE answer ->> 'done' WHEN 'true' THEN 'done' ELSE 'not done' END, people);
END
$$;
-- The same, taken back.
CREATE FUNCTION would_complete(payload jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	answer := completed(payload);
	RAISE EXCEPTION USING ERRCODE = 'UNDO0';
EXCEPTION
	WHEN SQLSTATE 'UNDO0' THEN
		RETURN answer;
END
$$;

-- Two courses: c-1 with five people and an exam for all, c-2 with two of them.

SELECT proctorlink.batch_provision(jsonb_build_array(person('u-1', 'c-1'), person('u-2', 'c-1'), person('u-3', 'c-1'),
	person('u-4', 'c-1'), person('u-5', 'c-1') || '{"enrollment": {"role": "instructor"}}', person('u-1', 'c-2'), person('u-4', 'c-2'),
	exam_item())) #>> '{batch,status}' AS status \gset
SELECT is(:'status'::text, 'completed', 'two courses with their people');
SELECT is(enrolled('c-1') || ', ' || enrolled('c-2'), 'u-1 u-2 u-3 u-4 u-5, u-1 u-4', 'are here');

-- Who is not named goes; who is named stays; other courses are left alone.

SELECT is(would_complete(completing(9, person('u-1', 'c-1'), person('u-2', 'c-1'))),
	'3 of 3 removed, at most 9, done; left: u-1 u-2', 'who is not named goes');
SELECT is(would_complete(completing(9, person('u-1', 'c-1'), person('u-4', 'c-2'))),
	'4 of 4 removed, at most 9, done; left: u-1', 'to be named with another course does not count');
SELECT is(would_complete(completing(9, person('u-1', 'c-1'), '{"user": {"ids": {"external": "u-4"}}}')),
	'4 of 4 removed, at most 9, done; left: u-1', 'nor without a course');
SELECT is(would_complete(completing(9, person('u-1', 'c-1'),
		'{"user": {"ids": {"external": "u-4"}}, "course": {"ids": {"external": "c-1"}}}')),
	'3 of 3 removed, at most 9, done; left: u-1 u-4', 'references count');
SELECT is(would_complete(completing(9, jsonb_build_object('user', jsonb_build_object('ids', jsonb_build_object('sid',
		(SELECT proctorlink.sid('account', account_id) FROM proctorlink.account WHERE candidate_ext_id = 'u-3'))),
		'course', jsonb_build_object('ids', jsonb_build_object('sid',
		(SELECT proctorlink.sid('course', course_id) FROM proctorlink.course WHERE external_id = 'c-1')))))),
	'4 of 4 removed, at most 9, done; left: u-3', 'whatever ids they name');
SELECT is(would_complete(completing(9, person('u-1', 'c-1'), person('u-1', 'c-1'), person('u-6', 'c-1'))),
	'4 of 4 removed, at most 9, done; left: u-1 u-6', 'newcomers come');
SELECT is(would_complete(completing(9, person('u-1', 'c-1'), person('u-2', 'c-1') || '{"enrollment": {"status": "removed"}}')),
	'3 of 3 removed, at most 9, done; left: u-1', 'who is removed by name is not counted as missing');
SELECT is(would_complete('{"items": [], "complete": {"courses": [{"external": "c-1"}], "maxRemoved": 5}}'),
	'5 of 5 removed, at most 5, done; left: ', 'an empty batch names nobody');

SELECT proctorlink.batch_provision(completing(9, person('u-1', 'c-1'), person('u-2', 'c-1'), person('u-5', 'c-1'))) AS answer \gset
SELECT is(ARRAY(SELECT jsonb_object_keys(:'answer'::jsonb) ORDER BY 1), ARRAY['batch', 'complete', 'items'],
	'the answer tells of it beside batch and items');
SELECT is((:'answer'::jsonb -> 'complete') - 'detail', '{"removed": 2, "wouldRemove": 2, "maxRemoved": 9, "done": true}', 'how many went');
SELECT is(jsonb_typeof(:'answer'::jsonb #> '{complete,detail}'), 'string', 'and what was done');
SELECT is(:'answer'::jsonb #> '{batch,removed}', '2', 'the batch counts them');
SELECT is(:'answer'::jsonb #>> '{batch,status}', 'completed', 'it is completed');
SELECT is(enrolled('c-1') || ', ' || enrolled('c-2'), 'u-1 u-2 u-5, u-1 u-4', 'the other course was left alone');
SELECT is((SELECT array_agg(a.candidate_ext_id || ' ' || s.status ORDER BY a.candidate_ext_id)
	FROM proctorlink.exam_session s JOIN proctorlink.account a USING (install_id, account_id)),
	'{u-1 Needs Proctor,u-2 Needs Proctor,u-3 Cancelled,u-4 Cancelled}', 'sessions of who went are cancelled');
SELECT is((SELECT count(*) FROM proctorlink.enrollment WHERE status = 'removed'), 2::bigint, 'their rows stay');
SELECT contents(true, '{batch}') AS before \gset
SELECT is(completed(completing(9, person('u-1', 'c-1'), person('u-2', 'c-1'), person('u-5', 'c-1'))),
	'0 of 0 removed, at most 9, done; left: u-1 u-2 u-5', 'the same again removes nobody');
SELECT is(contents(true, '{batch}'), :'before', 'and writes nothing');
SELECT is(completed(completing(9, person('u-1', 'c-1'), person('u-2', 'c-1'), person('u-3', 'c-1'), person('u-5', 'c-1'))),
	'0 of 0 removed, at most 9, done; left: u-1 u-2 u-3 u-5', 'who is named again is back');

-- The guard: if more than maxRemoved would go, nobody goes.

SELECT is(would_complete(completing(0, person('u-1', 'c-1'), person('u-2', 'c-1'), person('u-3', 'c-1'))),
	'0 of 1 removed, at most 0, not done; left: u-1 u-2 u-3 u-5', 'one would go where none may');
SELECT is(would_complete(completing(3, person('u-1', 'c-1'))), '3 of 3 removed, at most 3, done; left: u-1', 'as many as may go');
SELECT is(would_complete(completing(2, person('u-1', 'c-1'))), '0 of 3 removed, at most 2, not done; left: u-1 u-2 u-3 u-5', 'one more than may go');
SELECT is(would_complete(completing(2, person('u-1', 'c-1'), person('u-6', 'c-1'))),
	'0 of 3 removed, at most 2, not done; left: u-1 u-2 u-3 u-5 u-6', 'the items are done all the same');
SELECT is(attempt(completing(2, person('u-1', 'c-1'))) #>> '{batch,status}', 'completed', 'and the batch is completed');
SELECT is(attempt(completing(2, person('u-1', 'c-1'))) #> '{batch,removed}', '0', 'with none removed');
SELECT is(would_complete(completing(2, person('u-1', 'c-1'), person('u-2', 'c-1') || '{"enrollment": {"status": "removed"}}')),
	'2 of 2 removed, at most 2, done; left: u-1', 'who is removed by name does not count against the guard');
SELECT is(would_complete(put(completing(3, person('u-1', 'c-1'), person('u-1', 'c-2')), '/complete/courses', '[{"external": "c-1"}, {"external": "c-2"}]')),
	'0 of 4 removed, at most 3, not done; left: u-1 u-2 u-3 u-5', 'the guard counts all courses together');
SELECT is(would_complete(put(completing(4, person('u-1', 'c-1'), person('u-1', 'c-2')), '/complete/courses', '[{"external": "c-1"}, {"external": "c-2"}]')),
	'4 of 4 removed, at most 4, done; left: u-1', 'several courses at once');
SELECT is(would_complete(put(completing(3, person('u-1', 'c-1')), '/complete/courses', '[{"external": "c-1"}, {"external": "c-1"}]')),
	'3 of 3 removed, at most 3, done; left: u-1', 'a course named twice counts once');
SELECT is(would_complete(put(completing(0, VARIADIC '{}'), '/complete/courses', '[]')), '0 of 0 removed, at most 0, done; left: u-1 u-2 u-3 u-5', 'no course, nobody goes');

-- Refused items: whom they name stays; where they do not tell, nobody goes.

SELECT is(would_complete(completing(9, person('u-1', 'c-1'), put(person('u-3', 'c-1'), '/user/email', '"nowhere"'))),
	'2 of 2 removed, at most 9, done; left: u-1 u-3', 'whom a refused item names stays');
SELECT is(would_complete(completing(9, person('u-1', 'c-1'), put(person('u-3', 'c-1'), '/course/title', '""'))),
	'2 of 2 removed, at most 9, done; left: u-1 u-3', 'also where the course is what is wrong');
SELECT is(would_complete(completing(9, person('u-1', 'c-1'), put(person('u-3', 'c-1'), '/user/ids', '{"external": 3}'))),
	'0 of 0 removed, at most 9, not done; left: u-1 u-2 u-3 u-5', 'where a refused item does not tell whom it means, nobody goes');
SELECT is(would_complete(completing(9, person('u-1', 'c-1'), '7')),
	'0 of 0 removed, at most 9, not done; left: u-1 u-2 u-3 u-5', 'also where it is no item at all');
SELECT is(would_complete(completing(9, person('u-1', 'c-1'), put(person('u-9', 'c-1'), '/user/email', '"nowhere"'))),
	'3 of 3 removed, at most 9, done; left: u-1', 'a refused newcomer keeps nobody');
SELECT is(would_complete(completing(9, person('u-1', 'c-1'), put(person('u-3', 'c-2'), '/user/email', '"nowhere"'))) ,
	'3 of 3 removed, at most 9, done; left: u-1', 'a refused item of another course keeps nobody');
SELECT is(would_complete(completing(9, person('u-1', 'c-1'), put(person('u-3', 'c-1'), '/user/email', '"nowhere"')) || '{"atomic": true}'),
	'0 of 0 removed, at most 9, not done; left: u-1 u-2 u-3 u-5', 'where atomic fails nobody goes');

-- A dry run tells who would go.

SELECT contents(true) AS before \gset
SELECT is(attempt(completing(9, person('u-1', 'c-1')) || '{"dryRun": true}') #> '{complete,wouldRemove}', '3', 'a dry run tells how many would go');
SELECT is(attempt(completing(2, person('u-1', 'c-1')) || '{"dryRun": true}') #> '{complete,done}', 'false', 'and whether they may');
SELECT lives_ok($$SELECT proctorlink.batch_provision(completing(9, person('u-1', 'c-1')) || '{"dryRun": true}')$$, 'a dry run');
SELECT is(contents(true), :'before', 'writes nothing');

-- A key replays what complete answered.

SELECT proctorlink.batch_provision(completing(1, person('u-1', 'c-1'), person('u-2', 'c-1'), person('u-3', 'c-1')) || '{"idempotencyKey": "k"}') AS answer \gset
SELECT is(:'answer'::jsonb #> '{complete,removed}', '1', 'complete with a key');
SELECT is(proctorlink.batch_provision(completing(1, person('u-1', 'c-1'), person('u-2', 'c-1'), person('u-3', 'c-1')) || '{"idempotencyKey": "k"}'),
	:'answer', 'is answered the same again');

-- What it must be.

SELECT is(call_refused(jsonb_build_object('items', '[]'::jsonb, 'complete', complete)), refusal, name)
FROM (VALUES
	('without courses', '{"maxRemoved": 1}'::jsonb, 'PT400 INVALIDINPUT /complete/courses'),
	('without maxRemoved', '{"courses": []}', 'PT400 INVALIDINPUT /complete/maxRemoved'),
	('maxRemoved null', '{"courses": [], "maxRemoved": null}', 'PT400 INVALIDINPUT /complete/maxRemoved'),
	('maxRemoved -1', '{"courses": [], "maxRemoved": -1}', 'PT400 INVALIDINPUT /complete/maxRemoved'),
	('maxRemoved 1.5', '{"courses": [], "maxRemoved": 1.5}', 'PT400 INVALIDINPUT /complete/maxRemoved'),
	('maxRemoved as text', '{"courses": [], "maxRemoved": "1"}', 'PT400 INVALIDINPUT /complete/maxRemoved'),
	('courses that are an object', '{"courses": {"external": "c-1"}, "maxRemoved": 1}', 'PT400 INVALIDINPUT /complete/courses'),
	('a course that is text', '{"courses": ["c-1"], "maxRemoved": 1}', 'PT400 INVALIDINPUT /complete/courses/0'),
	('a course without ids', '{"courses": [{"external": "c-1"}, {}], "maxRemoved": 1}', 'PT400 INVALIDINPUT /complete/courses/1'),
	('a course of a wrong sid', '{"courses": [{"sid": "x"}], "maxRemoved": 1}', 'PT400 INVALIDINPUT /complete/courses/0/sid'),
	('a course of an unknown kind of id', '{"courses": [{"sis": "x"}], "maxRemoved": 1}', 'PT400 INVALIDINPUT /complete/courses/0/sis'),
	('an unknown member', '{"courses": [], "maxRemoved": 1, "minRemoved": 0}', 'PT400 INVALIDINPUT /complete/minRemoved'),
	('a course that nobody has', '{"courses": [{"external": "c-1"}, {"external": "c-9"}], "maxRemoved": 1}', 'PT404 RESOURCENOTFOUND /complete/courses/1'),
	('a sid that nobody has', '{"courses": [{"sid": "CU00000000000000000000000000000000"}], "maxRemoved": 1}', 'PT404 RESOURCENOTFOUND /complete/courses/0/sid'),
	('all of it wrong', '{"courses": 1, "maxRemoved": "x"}', 'PT400 INVALIDINPUT /complete/courses /complete/maxRemoved')
) AS refused (name, complete, refusal);
SELECT lives_ok($$SELECT proctorlink.batch_provision('{"course": {"ids": {"external": "c-2", "api": "c-2-api"}, "title": "Anatomy"}}')$$, 'a second id of a course');
SELECT is(call_refused('{"items": [], "complete": {"courses": [{"external": "c-1", "api": "c-2-api"}], "maxRemoved": 9}}'),
	'PT409 CONFLICT /complete/courses/0', 'ids that mean two courses');
SELECT is(would_complete('{"items": [], "complete": {"courses": [{"external": "c-2", "api": "c-2-api"}], "maxRemoved": 9}}'),
	'2 of 2 removed, at most 9, done; left: u-1 u-2 u-3', 'ids that mean the same course');
SELECT is(enrolled('c-1') || ', ' || enrolled('c-2'), 'u-1 u-2 u-3, u-1 u-4', 'nobody went by a refused call');
SELECT is(call_refused(learner_item() || '{"complete": {"courses": [], "maxRemoved": 0}}'), 'PT400 INVALIDINPUT /course /items /user',
	'complete belongs to the form with items');

SELECT * FROM finish();
ROLLBACK;
