-- test/pgtap/provision_identity.sql
--		Who is it?  How batch_provision and plain INSERTs know people, courses and
--		exams by their ids.

BEGIN;
\ir helpers.psql
SELECT plan(86);
SELECT proctorlink.create_install('University', 'https://platform.test') AS install \gset

-- A person with these ids, and otherwise alike: nobody is told apart, or
-- matched, by name or e-mail.
CREATE FUNCTION person(ids jsonb) RETURNS jsonb LANGUAGE sql AS $$
	SELECT put(user_item(), '/user/ids', ids)
$$;
CREATE FUNCTION course(ids jsonb) RETURNS jsonb LANGUAGE sql AS $$
	SELECT put(course_item(), '/course/ids', ids)
$$;
-- Makes such a person and answers the sid.
CREATE FUNCTION make(ids jsonb) RETURNS text LANGUAGE sql AS $$
	SELECT proctorlink.batch_provision(person(ids)) #>> '{user,sid}'
$$;
-- The ids that a person has: candidate_ext_id, with * where it is defaulted,
-- username, api id, lms id; the person's own sid written as "sid".
CREATE FUNCTION known_as(person_sid text) RETURNS text LANGUAGE sql AS $$
	SELECT replace(concat_ws(' ', candidate_ext_id || CASE WHEN candidate_ext_id_defaulted THEN '*' ELSE '' END,
		username, coalesce(api_id, '-'), coalesce(lms_id, '-')), person_sid, 'sid')
	FROM proctorlink.account WHERE proctorlink.sid('account', account_id) = person_sid
$$;

-- Who comes without an external id gets one: the api id, else the lms id, each
-- only if nobody has it, else the sid.  The username is the same.

SELECT make('{"external": "ada"}') AS ada, make('{"api": "ben-api"}') AS ben, make('{"lms": "cy-lms"}') AS cy,
	make('{"api": "dan-api", "lms": "dan-lms"}') AS dan, make('{"external": "eve", "api": "eve-api", "lms": "eve-lms"}') AS eve \gset
SELECT is(known_as(:'ada'), 'ada ada - -', 'a given external id');
SELECT is(known_as(:'ben'), 'ben-api* ben-api ben-api -', 'an api id stands in');
SELECT is(known_as(:'cy'), 'cy-lms* cy-lms - cy-lms', 'an lms id stands in');
SELECT is(known_as(:'dan'), 'dan-api* dan-api dan-api dan-lms', 'the api id comes first');
SELECT is(known_as(:'eve'), 'eve eve eve-api eve-lms', 'a given external id needs no stand-in');

SELECT make('{"api": "ada"}') AS fay, make('{"api": "eve", "lms": "fay-lms"}') AS gus,
	make('{"api": "eve-lms", "lms": "ada"}') AS hal \gset
SELECT isnt(:'fay'::text, :'ada', 'an api id does not find an external id');
SELECT is(known_as(:'fay'), 'sid* sid ada -', 'an api id that is somebody''s external id does not stand in; the sid does');
SELECT is(known_as(:'gus'), 'fay-lms* fay-lms eve fay-lms', 'but the lms id does before it');
SELECT is(known_as(:'hal'), 'eve-lms* eve-lms eve-lms ada', 'somebody''s lms id is not their external id');
SELECT make('{"lms": "ben-api"}') AS ina \gset
SELECT is(known_as(:'ina'), 'sid* sid - ben-api', 'a stand-in counts as had');

-- Within one batch as between calls.

SELECT is(
	(SELECT array_agg(known_as(entry #>> '{user,sid}') ORDER BY entry -> 'index')
	 FROM jsonb_array_elements(proctorlink.batch_provision(jsonb_build_array(person('{"external": "joe"}'),
		person('{"api": "joe"}'), person('{"api": "kim"}'), person('{"lms": "kim"}'))) -> 'items') entry),
	ARRAY['joe joe - -', 'sid* sid joe -', 'kim* kim kim -', 'sid* sid - kim'],
	'people of one batch see each other''s ids');

-- An external id finds given ones only.

SELECT is(outcome('{"user": {"ids": {"external": "ben-api"}}}'), 'RESOURCENOTFOUND: not_found /user/ids',
	'an external id does not find a stand-in');
SELECT is(outcome('{"user": {"ids": {"api": "ben-api"}}}'), 'user Found Existing', 'the id behind it does');
SELECT matches(outcome(person('{"external": "ben-api"}')), '^CONFLICT: conflict /user/ids', 'nor can another person get it');

-- An external id given later, together with a matching api or lms id, replaces
-- a stand-in and its username.

SELECT is(outcome(person('{"external": "ben", "api": "ben-api"}')), 'user Updated', 'an external id given later updates');
SELECT is(make('{"external": "ben", "api": "ben-api"}'), :'ben', 'the same person');
SELECT is(known_as(:'ben'), 'ben ben ben-api -', 'known by it from now on');
SELECT is(make('{"external": "cy", "lms": "cy-lms"}'), :'cy', 'with a matching lms id');
SELECT is(known_as(:'cy'), 'cy cy - cy-lms', 'as well');
SELECT is(make('{"external": "dan-api", "api": "dan-api"}'), :'dan', 'the stand-in itself, given');
SELECT is(known_as(:'dan'), 'dan-api dan-api dan-api dan-lms', 'is given from now on');
SELECT is(outcome('{"user": {"ids": {"external": "dan-api"}}}'), 'user Found Existing', 'and found');
SELECT is(make('{"external": "fay", "api": "ada"}'), :'fay', 'a sid that stood in');
SELECT is(known_as(:'fay'), 'fay fay ada -', 'is replaced too');

-- A given one is never replaced, nor any other id.

SELECT is(outcome(person(ids)), 'CONFLICT: conflict /user/ids' || pointer, name)
FROM (VALUES
	('a given external id is not replaced', '{"external": "benjamin", "api": "ben-api"}'::jsonb, '/external'),
	('nor an api id', '{"external": "eve", "api": "other"}', '/api'),
	('nor an lms id', '{"external": "eve", "lms": "other"}', '/lms'),
	('two people: external and api', '{"external": "ada", "api": "eve-api"}', ''),
	('two people: external and lms', '{"external": "ada", "lms": "eve-lms"}', ''),
	('two people: api and lms', '{"api": "ben-api", "lms": "eve-lms"}', ''),
	('three people', '{"external": "ada", "api": "ben-api", "lms": "cy-lms"}', '')
) AS conflicts (name, ids, pointer);
SELECT is(outcome(person(jsonb_build_object('sid', :'ada', 'external', 'eve'))), 'CONFLICT: conflict /user/ids',
	'two people: sid and external');
SELECT is(outcome(jsonb_build_object('user', jsonb_build_object('ids', jsonb_build_object('sid', :'ada', 'api', 'eve-api')))),
	'CONFLICT: conflict /user/ids', 'two people: sid and api, in a reference');
SELECT is(known_as(:'eve'), 'eve eve eve-api eve-lms', 'nobody was merged');

-- A conflict writes nothing of its item.

SELECT contents(leaving_out => '{batch}') AS before \gset
SELECT is(proctorlink.batch_provision(jsonb_build_array(
		course_item() || person('{"external": "ada", "api": "eve-api"}'))) #>> '{items,0,error,code}', 'CONFLICT',
	'a conflict of people refuses the course beside them');
SELECT is(contents(leaving_out => '{batch}'), :'before', 'and nothing was written');

-- An id that nobody has is added to the person that the others name.

SELECT is(outcome(person('{"external": "ada", "api": "ada-api"}')), 'user Updated', 'an api id is added');
SELECT is(make('{"external": "ada", "api": "ada-api"}'), :'ada', 'to the same person');
SELECT is(make('{"api": "ada-api", "lms": "ada-lms"}'), :'ada', 'an lms id is added by way of it');
SELECT is(known_as(:'ada'), 'ada ada ada-api ada-lms', 'who has all three now');
SELECT is(make('{"lms": "ada-lms", "external": "ada", "api": "ada-api"}'), :'ada', 'and all three name the one');
SELECT is(outcome(person('{"lms": "ada-lms"}'), '{"user": {"ids": {"external": "ada"}}}'), 'user Found Existing',
	'ids that are absent stay');
SELECT is(outcome(person('{"lms": "ada-lms", "api": null}')), 'user Found Existing', 'an id that is null is not given');

-- Ids compare exactly.

SELECT make('{"external": "7"}') AS seven, make('{"external": "007"}') AS bond, make('{"external": "Ada"}') AS upper_ada,
	make('{"external": "A d a"}') AS spaced, make(E'{"external": "\u00e9"}') AS composed,
	make(E'{"external": "e\u0301"}') AS decomposed, make('{"external": "ⅰ"}') AS roman \gset
SELECT isnt(:'seven'::text, :'bond', 'leading zeros count');
SELECT is(known_as(:'bond'), '007 007 - -', 'and are kept');
SELECT isnt(:'upper_ada'::text, :'ada', 'case counts');
SELECT is(known_as(:'spaced'), 'A d a A d a - -', 'spaces inside count and are kept');
SELECT isnt(:'composed'::text, :'decomposed', 'so does how a letter is composed');
SELECT is((SELECT count(*) FROM proctorlink.account WHERE candidate_ext_id = 'ⅰ'), 1::bigint, 'nothing is folded');

-- Usernames: taken is taken, also by somebody whose external id is another.

UPDATE proctorlink.account SET username = 'admin' WHERE proctorlink.sid('account', account_id) = :'seven';
SELECT is(known_as(:'seven'), '7 admin - -', 'a username may differ');
SELECT is(outcome(person('{"external": "7"}')), 'user Found Existing', 'a call leaves it');
SELECT matches(outcome(person('{"external": "admin"}')), '^CONFLICT: [a-z_]+ /user/ids', 'nobody else gets a taken username');
SELECT make('{"api": "lou-api"}') AS lou \gset
UPDATE proctorlink.account SET username = 'lou' WHERE proctorlink.sid('account', account_id) = :'lou';
SELECT is(make('{"external": "Louise", "api": "lou-api"}'), :'lou', 'an external id given in place of a stand-in');
SELECT is(known_as(:'lou'), 'Louise lou lou-api -', 'leaves a username that was chosen');

-- An id that stood in for another is free again when it is replaced, within a
-- batch as between calls, whatever the order in which rows are written.

CREATE FUNCTION known_after(VARIADIC ids jsonb[]) RETURNS text[] LANGUAGE sql AS $$
	SELECT array_agg(coalesce(known_as(entry #>> '{user,sid}'), refusal(entry -> 'error')) ORDER BY entry -> 'index')
	FROM jsonb_array_elements(proctorlink.batch_provision((SELECT jsonb_agg(person(i) ORDER BY place)
		FROM unnest(ids) WITH ORDINALITY AS ids (i, place))) -> 'items') entry
$$;
SELECT is(known_after('{"api": "val-api"}', '{"external": "val", "api": "val-api"}', '{"external": "val-api"}'),
	'{val val val-api -,val val val-api -,val-api val-api - -}', 'of people who are new');
SELECT make('{"api": "wim-api"}') AS wim, make('{"api": "xia-api"}') AS xia, make('{"api": "yan-api"}') AS yan, make('{"api": "zoe-api"}') AS zoe \gset
SELECT is(known_after('{"external": "wim", "api": "wim-api"}', '{"external": "wim-api"}'),
	'{wim wim wim-api -,wim-api wim-api - -}', 'of a person who was here, for one who is new');
SELECT is(known_after('{"external": "xia", "api": "xia-api"}', '{"external": "xia-api", "api": "yan-api"}', '{"external": "yan-api", "api": "zoe-api"}'),
	'{xia xia xia-api -,xia-api xia-api yan-api -,yan-api yan-api zoe-api -}', 'of people who were here, one after the other');

-- Courses go by the same rules, but have no stand-ins.

SELECT proctorlink.batch_provision(course('{"external": "c-ext"}')) #>> '{course,sid}' AS c1,
	proctorlink.batch_provision(course('{"api": "c-api"}')) #>> '{course,sid}' AS c2,
	proctorlink.batch_provision(course('{"lms": "c-lms"}')) #>> '{course,sid}' AS c3 \gset
SELECT is(outcome(course('{"external": "c-api"}')), 'course Created', 'an external id does not find an api id');
SELECT is(outcome(course('{"external": "c-ext", "api": "c-new"}')), 'course Updated', 'an id that no course has is added');
SELECT is(outcome(course('{"external": "c-ext", "api": "c-new"}'), '{"course": {"ids": {"api": "c-new"}}}'),
	'course Found Existing', 'and finds');
SELECT is(outcome(course(ids)), 'CONFLICT: conflict /course/ids', name)
FROM (VALUES
	('two courses: external and api', '{"external": "c-ext", "api": "c-api"}'::jsonb),
	('two courses: external and lms', '{"external": "c-ext", "lms": "c-lms"}'),
	('two courses: api and lms', '{"api": "c-api", "lms": "c-lms"}')
) AS conflicts (name, ids);
SELECT is(outcome(course('{"external": "c-ext", "api": "c-new"}'), course('{"external": "c-ext", "api": "c-newer"}')),
	'CONFLICT: conflict /course/ids/api', 'an api id of a course is not replaced');
SELECT is(outcome(course(jsonb_build_object('sid', :'c1', 'lms', 'c-lms'))), 'CONFLICT: conflict /course/ids',
	'two courses: sid and lms');
SELECT is(outcome(course(jsonb_build_object('sid', :'c2', 'external', 'c-2'))), 'course Updated', 'an id added by sid');

-- Exams too.

SELECT proctorlink.batch_provision(exam_item()) #>> '{exam,sid}' AS e1,
	proctorlink.batch_provision(put(exam_item(), '/exam/ids', '{"external": "e-2"}')) #>> '{exam,sid}' AS e2 \gset
SELECT is(outcome(jsonb_build_object('exam', jsonb_build_object('ids', jsonb_build_object('sid', :'e1', 'external', 'e-1')))),
	'exam Found Existing', 'sid and external id of the same exam');
SELECT is(outcome(jsonb_build_object('exam', jsonb_build_object('ids', jsonb_build_object('sid', :'e1', 'external', 'e-2')))),
	'CONFLICT: conflict /exam/ids', 'two exams: sid and external');
SELECT is(outcome(jsonb_build_object('exam', jsonb_build_object('ids', jsonb_build_object('sid', :'e1', 'external', 'e-3')))),
	'CONFLICT: conflict /exam/ids/external', 'an external id of an exam is not replaced');
UPDATE proctorlink.exam SET external_id = NULL WHERE proctorlink.sid('exam', exam_id) = :'e2';
SELECT is(outcome(jsonb_build_object('exam', jsonb_build_object('ids', jsonb_build_object('sid', :'e2', 'external', 'e-3')))),
	'exam Updated', 'but added where there is none');

-- Another install's people, courses and exams are not here.

SELECT proctorlink.create_install('Elsewhere', 'https://elsewhere.test') AS elsewhere \gset
SELECT is(results(proctorlink.batch_provision(person('{"external": "ada", "api": "eve-api"}')
		|| jsonb_build_object('installSid', :'elsewhere'))), 'user Created', 'ids count within an install');
SELECT is(refused(format($$SELECT proctorlink.provision(%L, %L)$$, :'elsewhere',
		jsonb_build_object('user', jsonb_build_object('ids', jsonb_build_object('sid', :'eve'))))),
	'PT404 RESOURCENOTFOUND /user/ids/sid', 'a person of another install is not found');
SELECT is(refused(format($$SELECT proctorlink.provision(%L, %L)$$, :'elsewhere',
		jsonb_build_object('course', jsonb_build_object('ids', jsonb_build_object('sid', :'c1'))))),
	'PT404 RESOURCENOTFOUND /course/ids/sid', 'a course of another install is not found');
SELECT is(refused(format($$SELECT proctorlink.provision(%L, %L)$$, :'elsewhere',
		jsonb_build_object('exam', jsonb_build_object('ids', jsonb_build_object('sid', :'e1'))))),
	'PT404 RESOURCENOTFOUND /exam/ids/sid', 'an exam of another install is not found');
SELECT is((SELECT count(DISTINCT install_id) FROM proctorlink.account WHERE candidate_ext_id = 'ada'), 2::bigint,
	'each install has its own');

-- Plain INSERTs get the same defaults, for one row and for several.

CREATE FUNCTION insert_account(api text, lms text, external text DEFAULT NULL, chosen_username text DEFAULT NULL)
RETURNS text LANGUAGE sql AS $$
	INSERT INTO proctorlink.account (install_id, candidate_ext_id, username, api_id, lms_id)
	SELECT install_id, external, chosen_username, api, lms FROM proctorlink.install WHERE name = 'University'
	RETURNING proctorlink.sid('account', account_id)
$$;
SELECT insert_account('max-api', 'max-lms') AS max, insert_account(NULL, 'ned-lms') AS ned,
	insert_account(NULL, NULL) AS ora, insert_account('pam-api', NULL, 'pam') AS pam,
	insert_account(NULL, NULL, 'quin', 'q') AS quin, insert_account('dan-api-2', NULL, NULL, 'rex') AS rex \gset
SELECT is(known_as(:'max'), 'max-api* max-api max-api max-lms', 'INSERT: an api id stands in');
SELECT is(known_as(:'ned'), 'ned-lms* ned-lms - ned-lms', 'INSERT: an lms id stands in');
SELECT is(known_as(:'ora'), 'sid* sid - -', 'INSERT: the sid stands in');
SELECT is(known_as(:'pam'), 'pam pam pam-api -', 'INSERT: a given external id');
SELECT is(known_as(:'quin'), 'quin q - -', 'INSERT: a given username');
SELECT is(known_as(:'rex'), 'dan-api-2* rex dan-api-2 -', 'INSERT: a given username beside a stand-in');
SELECT insert_account('quin', 'sam-lms') AS sam, insert_account('pam', 'quin') AS tom \gset
SELECT is(known_as(:'sam'), 'sam-lms* sam-lms quin sam-lms', 'INSERT: an id that somebody has does not stand in');
SELECT is(known_as(:'tom'), 'sid* sid pam quin', 'INSERT: the sid does when both are had');
SELECT is((SELECT DISTINCT role FROM proctorlink.account), 'candidate', 'the role is the install''s default');
SELECT is(refused($$SELECT insert_account(NULL, NULL, 'pam')$$), '23505 candidate_ext_id_unique', 'an external id is had once');
UPDATE proctorlink.account SET candidate_ext_id = 'max' WHERE proctorlink.sid('account', account_id) = :'max';
SELECT is(known_as(:'max'), 'max max max-api max-lms', 'UPDATE: an external id in place of a stand-in takes the username along');

SELECT * FROM finish();
ROLLBACK;
