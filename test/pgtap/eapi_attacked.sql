-- test/pgtap/eapi_attacked.sql
--		What somebody may try on Cirrus's door and on what explains it: values
--		that stand where others are meant, and small ones that become large.

BEGIN;
\ir helpers.psql
SELECT plan(13);
\ir sittings.psql
SELECT new_schedule('s-1', '-1 hour', '2 hours') IS NULL AS unused \gset
SELECT proctorlink.create_install('College', 'https://college.test') AS college \gset
SELECT proctorlink.use_install(:'install') \gset

-- A sid that no exam here has, also one of another install, is looked for as it
-- was written: what is near it is found by its letters, not by its bytes.

INSERT INTO proctorlink.exam (install_id, external_id, title)
	SELECT install_id, 'theirs', 'Theirs' FROM proctorlink.install WHERE name = 'College';
SELECT proctorlink.sid('EX', exam_id) AS theirs FROM proctorlink.exam WHERE external_id = 'theirs' \gset
SELECT is((SELECT detail FROM proctorlink.readiness(:'theirs') WHERE check_name = 'exam.found'),
	'there is no exam "' || :'theirs' || '"', 'readiness of another install''s exam');
SELECT is((SELECT hint FROM proctorlink.readiness(:'theirs') WHERE check_name = 'exam.found'),
	'The External ID in ProctorU must be exactly the assessment''s; nothing here is near it.', 'has none near it');
SELECT is((SELECT count(*) FROM proctorlink.readiness('EX' || repeat('7f', 16)) WHERE check_name = 'exam.found' AND NOT ok), 1::bigint,
	'readiness of a sid that nobody has');

-- A number of a few bytes that has 131,072 digits is no id, and is not written
-- out to see that.

CREATE FUNCTION errors(answer jsonb) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(error ->> 'Error', '|') FROM jsonb_array_elements(answer -> 'Errors') error
$$;
CREATE FUNCTION candidate_body(id text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_build_object('Schedule', '{"ScheduleExtId": "s-1", "GroupExtId": "law", "GroupName": "Law"}'::jsonb, 'Candidates',
		jsonb_build_array(jsonb_build_object('CandidateExtId', id::jsonb, 'FirstName', 'Ada', 'LastName', 'Byron', 'Email', 'ada@example.org')))
$$;
SELECT is(errors(proctorlink.eapi_add_existing_candidates('s-1', jsonb_build_array(number::jsonb))), '/0: is not an external id', 'no id: ' || left(number, 20))
FROM (VALUES ('1e131071'), ('-1e131071'), ('1e500'), ('1e-16383'), (repeat('9', 501))) v (number);
SELECT is(errors(proctorlink.eapi_add_existing_candidates('s-1', jsonb_build_array(number::jsonb))), 'No users were found by external ids', 'an id: ' || left(number, 20))
FROM (VALUES ('1e499'), ('42'), (repeat('9', 500))) v (number);
SELECT is(errors(proctorlink.eapi_add_candidates(candidate_body('1e131071'))), '/Candidates/0/CandidateExtId: must be a string, not a number', 'nor of a new candidate');

-- 20,000 of them took 13 seconds and 2.6 GB.

SET LOCAL statement_timeout TO '10s';
SELECT matches(errors(proctorlink.eapi_add_existing_candidates('s-1', ('[1' || repeat(', 1e131071', 20000) || ']')::jsonb)),
	'^/1: is not an external id\|', 'many of them take no time');

SELECT * FROM finish();
ROLLBACK;
