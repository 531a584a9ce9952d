-- test/pgtap/find_assessment.sql
--		The exams that somebody may mean: near external ids, and names that have
--		the text in them.

BEGIN;
\ir helpers.psql
SELECT plan(61);

SELECT proctorlink.create_install('University', 'https://platform.test') AS install \gset
CREATE FUNCTION install_id() RETURNS uuid STABLE LANGUAGE sql AS $$
	SELECT install_id FROM proctorlink.install WHERE name = 'University'
$$;
INSERT INTO proctorlink.course (install_id, external_id, title, code) VALUES (install_id(), 'c-1', 'Medicine', 'MED');
INSERT INTO proctorlink.exam (install_id, external_id, title, code, published, course_id) VALUES
	(install_id(), 'ANA-101', 'Anatomy', 'A1', true, (SELECT course_id FROM proctorlink.course)),
	(install_id(), 'ANA-102', 'Anatomy again', 'A2', false, NULL),
	(install_id(), 'LAW-2024-FINAL', 'Contract law', NULL, true, NULL),
	(install_id(), 'Histo 77', '100% of_Tissues', 'C\D', true, NULL),
	(install_id(), NULL, 'Nameless anatomy', NULL, false, NULL),
	(install_id(), repeat('z', 500), 'Long', NULL, false, NULL);

-- What a search finds: the external ids with their distances, in order.
CREATE FUNCTION finds(search text) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(string_agg(concat(coalesce(left(external_id, 20), '(' || title || ')'), ' ' || distance), ', ' ORDER BY place), '')
	FROM proctorlink.find_assessment(search) WITH ORDINALITY AS found (sid, external_id, title, code, course, published, distance, place)
$$;

SELECT contents(true) AS before \gset
SELECT is((SELECT jsonb_agg(f) FROM proctorlink.find_assessment('ana-101') f WHERE distance = 0),
	jsonb_build_array(jsonb_build_object('exam_sid', (SELECT proctorlink.sid('EX', exam_id) FROM proctorlink.exam WHERE external_id = 'ANA-101'),
		'external_id', 'ANA-101', 'title', 'Anatomy', 'code', 'A1', 'course_title', 'Medicine', 'published', true, 'distance', 0)), 'every column');
SELECT is((SELECT jsonb_agg(to_jsonb(f) - 'exam_sid') FROM proctorlink.find_assessment('Nameless') f),
	'[{"external_id": null, "title": "Nameless anatomy", "code": null, "course_title": null, "published": false, "distance": null}]',
	'what an exam does not have is null');

SELECT is(finds(search), found, 'found by ' || coalesce(quote_literal(left(search, 40)), 'null'))
FROM (VALUES
	('ANA-101', 'ANA-101 0, ANA-102 1'),
	('ana-101', 'ANA-101 0, ANA-102 1'),
	('Ana-101 ', 'ANA-101 0, ANA-102 1'),
	(' A N A - 1 0 1', 'ANA-101 0, ANA-102 1'),
	(E'ANA\t-101\n', 'ANA-101 0, ANA-102 1'),
	(E'\u00a0ANA-101\u200b', 'ANA-101 0, ANA-102 1'),
	('ANA-1O1', 'ANA-101 0, ANA-102 1'),
	('ANA-1o1', 'ANA-101 0, ANA-102 1'),
	('ANA-l0l', 'ANA-101 0, ANA-102 1'),
	('ANA-L0L', 'ANA-101 0, ANA-102 1'),
	('1aw-2o24-fina1', 'LAW-2024-FINAL 0'),
	('LAW2024FINAL', 'LAW-2024-FINAL 2'),
	('LAW-2024', 'LAW-2024-FINAL 6'),
	('LAW-2042-FINAL', 'LAW-2024-FINAL 2'),
	('LAW-2024-FINALE', 'LAW-2024-FINAL 1'),
	('xNA-103', 'ANA-101 2, ANA-102 2'),
	('xyA-103', 'ANA-101 3, ANA-102 3'),
	('xyz-103', ''),
	('ANA-102', 'ANA-102 0, ANA-101 1'),
	('Histo77', 'Histo 77 0'),
	('hist0 77', 'Histo 77 0'),
	-- titles and codes
	('anatomy', 'ANA-101 4, ANA-102 4, (Nameless anatomy)'),
	('ANATOMY AGAIN', 'ANA-102 9'),
	('  contract  ', 'LAW-2024-FINAL 13'),
	('natom', 'ANA-101 4, ANA-102 4, (Nameless anatomy)'),
	('a2', 'ANA-102 5'),
	('Medicine', ''),
	-- what is a pattern elsewhere
	('%', 'Histo 77 7'),
	('_', 'Histo 77 7'),
	('100%', 'Histo 77 6'),
	('f_T', 'Histo 77 6'),
	('fxT', ''),
	('c\d', 'Histo 77 7'),
	('A%y', ''),
	('%anatomy%', ''),
	('.*', ''),
	('''; DROP TABLE x', ''),
	-- nothing to look for
	(NULL, ''),
	('', ''),
	('   ', ''),
	(E'\t\n', ''),
	-- long and odd ones
	(E'\u0001', ''),
	(repeat('x', 1000000), ''),
	(repeat('é', 1000000), ''),
	(repeat('z', 255), repeat('z', 20) || ' 0'),
	(repeat('z', 254), repeat('z', 20) || ' 1'),
	(repeat('z', 1000000), repeat('z', 20) || ' 0'),
	(repeat('z', 100), repeat('z', 20) || ' 155'),
	(repeat('z', 250) || repeat('é', 10), repeat('z', 20) || ' 5')
) AS searches (search, found);
SELECT is(contents(true), :'before', 'nothing was written');

SAVEPOINT reading;
SET LOCAL transaction_read_only = on;
SELECT finds('ANA-101') AS found \gset
ROLLBACK TO reading;
SELECT is(:'found'::text, 'ANA-101 0, ANA-102 1', 'a transaction that only reads may search');
SELECT is(provolatile::text, 's', 'it is stable') FROM pg_proc WHERE oid = 'proctorlink.find_assessment(text)'::regprocedure;

-- At most 20, the nearest of them all.
INSERT INTO proctorlink.exam (install_id, external_id, title)
	SELECT install_id(), 'QUIZ-' || lpad(n::text, 4, '0'), 'Quiz' FROM generate_series(1000, 1, -1) n;
SELECT is(count(*), 20::bigint, 'at most 20 are found') FROM proctorlink.find_assessment('quiz');
SELECT is((SELECT jsonb_agg(external_id ORDER BY place) FROM proctorlink.find_assessment('quiz') WITH ORDINALITY AS found (sid, external_id, title, code, course, published, distance, place)),
	(SELECT jsonb_agg('QUIZ-' || lpad(n::text, 4, '0') ORDER BY n) FROM generate_series(1, 20) n), 'in the order of their ids where they are as near');
SELECT is((SELECT jsonb_object_agg(distance, n) FROM (SELECT distance, count(*) AS n FROM proctorlink.find_assessment('QUIZ-O77l') GROUP BY distance) d),
	'{"0": 1, "1": 19}', 'the nearest of them');
SELECT is((SELECT external_id FROM proctorlink.find_assessment('QUIZ-0999') LIMIT 1), 'QUIZ-0999', 'the best first, wherever it lies');

-- What readiness says of an id that nobody has.
SELECT is(hint, 'The External ID in ProctorU must be exactly the assessment''s. Nearest here: ANA-101, ANA-102.', 'readiness names the nearest')
FROM proctorlink.readiness('ANA-1O1') WHERE check_name = 'exam.found';

-- Another install's exams are not there.
SELECT proctorlink.create_install('College', 'https://college.test') AS college \gset
SELECT is(refused('SELECT * FROM proctorlink.find_assessment(''ANA-101'')'), 'PT403 AUTHENTICATIONFAILED', 'of several installs none is chosen');
SELECT proctorlink.use_install(:'college') \gset
SELECT is(finds('ANA-101'), '', 'another install finds nothing');

SELECT * FROM finish();
ROLLBACK;
