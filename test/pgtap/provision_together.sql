-- test/pgtap/provision_together.sql
--		People who came together, and people in one course, are looked for
--		together. Who lies between them, or elsewhere, makes no difference to
--		what is found.

BEGIN;
\ir helpers.psql
SELECT plan(24);
SELECT proctorlink.create_install('University', 'https://platform.test') AS install \gset

-- People with these numbers in a course; their ids sort as their numbers do.
CREATE FUNCTION crowd(numbers integer[], course text DEFAULT 'c-1') RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_agg(put(put(learner_item(), '/user/ids/external', to_jsonb('u-' || lpad(i::text, 5, '0'))),
		'/course/ids/external', to_jsonb(course)) ORDER BY place)
	FROM unnest(numbers) WITH ORDINALITY AS n (i, place)
$$;
CREATE FUNCTION every(step integer, first integer, last integer) RETURNS integer[] LANGUAGE sql AS $$
	SELECT array_agg(i) FROM generate_series(first, last, step) AS i
$$;
-- What became of the items: how many there are of each answer, and whether its
-- sids are those of the person and of the enrollment that the item names.
CREATE FUNCTION became(payload jsonb, install text DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer jsonb := CASE WHEN install IS NULL THEN proctorlink.batch_provision(payload) ELSE proctorlink.provision(install, payload) END;
BEGIN
	RETURN (SELECT string_agg(n || ' ' || said, ', ' ORDER BY said COLLATE "C")
		FROM (SELECT count(*) AS n, coalesce(refusal(entry -> 'error'), concat_ws('/', entry #>> '{user,result}', entry #>> '{enrollment,result}')
				|| CASE WHEN entry #>> '{user,sid}' = proctorlink.sid('account', a.account_id)
					AND entry #>> '{enrollment,sid}' = proctorlink.sid('enrollment', e.enrollment_id) THEN '' ELSE ' of another' END) AS said
			FROM ROWS FROM (jsonb_array_elements(payload), jsonb_array_elements(answer -> 'items')) AS i (item, entry)
			LEFT JOIN proctorlink.account a ON a.candidate_ext_id = item #>> '{user,ids,external}'
				AND (install IS NULL OR a.install_id = proctorlink.sid_uuid(install))
			LEFT JOIN proctorlink.course c ON c.install_id = a.install_id AND c.external_id = item #>> '{course,ids,external}'
			LEFT JOIN proctorlink.enrollment e ON e.install_id = a.install_id AND e.account_id = a.account_id AND e.course_id = c.course_id
			GROUP BY 2) AS results);
END
$$;
-- How often the indexes of a table have been looked into by this transaction.
CREATE FUNCTION looks(relation text) RETURNS bigint LANGUAGE sql AS $$
	SELECT idx_scan FROM pg_stat_xact_user_tables WHERE schemaname = 'proctorlink' AND relname = relation
$$;
SAVEPOINT empty;

-- All who came together.

SELECT is(became(crowd(every(1, 1, 300))), '300 Created/Created', 'people are made');
SELECT looks('account') AS accounts, looks('enrollment') AS enrollments \gset
SELECT is(became(crowd(every(1, 1, 300))), '300 Found Existing/Found Existing', 'and found again');
SELECT cmp_ok(looks('account') - :accounts, '<', 60::bigint, 'by fewer looks than there are people');
SELECT cmp_ok(looks('enrollment') - :enrollments, '<', 60::bigint, 'and than there are enrollments');
SELECT is(became(crowd(every(1, 1, 300) || every(1, 1, 300))), '600 Found Existing/Found Existing', 'those who come twice as well');
SELECT is(became(crowd(every(-1, 300, 1))), '300 Found Existing/Found Existing', 'in any order');
SELECT is(became(crowd(every(1, 1, 300), 'c-2')), '300 Found Existing/Created', 'in a course that they are not in they are not found');
SELECT is(became(crowd(every(3, 1, 300), 'c-3')), '100 Found Existing/Created', 'some are put into a course');
SELECT is(became(crowd(every(1, 1, 300), 'c-3')), '200 Found Existing/Created, 100 Found Existing/Found Existing', 'then the others');

-- Others lie between.

SELECT is(became(crowd(every(10, 1, 300))), '30 Found Existing/Found Existing', 'a few in a course of many are found');
SELECT is(became(crowd(every(1, 1, 12) || every(1, 250, 262))), '25 Found Existing/Found Existing', 'also those at both ends');
SELECT is(became(crowd(every(1, 250, 400))), '100 Created/Created, 51 Found Existing/Found Existing', 'and those who are there beside those who are not');
SELECT is(became(crowd(every(1, 1, 1200), 'c-4')), '800 Created/Created, 400 Found Existing/Created', 'many more are made');
SELECT is(became(crowd(every(5, 1, 1200), 'c-4')), '240 Found Existing/Found Existing', 'a part of them is found');
ROLLBACK TO empty;
SELECT is(became(crowd(every(2, 1, 600))), '300 Created/Created', 'people who come by and by');
SELECT is(became(crowd(every(2, 2, 600))), '300 Created/Created', 'lie elsewhere');
SELECT is(became(crowd(every(1, 1, 600))), '600 Found Existing/Found Existing', 'and are found');

-- Some are no longer what they were.

DELETE FROM proctorlink.enrollment WHERE account_id IN (SELECT account_id FROM proctorlink.account WHERE candidate_ext_id LIKE 'u-0_33_');
DELETE FROM proctorlink.account WHERE candidate_ext_id LIKE 'u-0_33_' AND candidate_ext_id < 'u-00335';
SELECT is(became(crowd(every(1, 1, 600))), '5 Created/Created, 5 Found Existing/Created, 590 Found Existing/Found Existing', 'who is gone is made again');
UPDATE proctorlink.account SET candidate_ext_id = 'u-0' || 9999 - substr(candidate_ext_id, 3)::int, username = account_id::text;
SELECT is(became(crowd(every(1, 9399, 9998))), '600 Found Existing/Found Existing', 'who got another id is found by it');
UPDATE proctorlink.account SET candidate_ext_id_defaulted = true WHERE candidate_ext_id = 'u-09550';
SELECT is(became(crowd(every(1, 9399, 9998))), '1 CONFLICT: conflict /user/ids/external, 599 Found Existing/Found Existing', 'an id that stands in for another is not given');
UPDATE proctorlink.account SET candidate_ext_id_defaulted = false;
UPDATE proctorlink.enrollment SET status = 'removed' WHERE account_id IN (SELECT account_id FROM proctorlink.account WHERE candidate_ext_id = 'u-09551');
SELECT is(became(crowd(every(1, 9399, 9998))), '599 Found Existing/Found Existing, 1 Found Existing/Updated', 'who was removed is enrolled again');

-- Another install has the same ids.

SELECT proctorlink.create_install('College', 'https://platform.test') AS other \gset
SELECT is(became(crowd(every(1, 9399, 9998)), :'other'), '600 Created/Created', 'another install finds none of them');
SELECT is(became(crowd(every(1, 9399, 9998)), :'other'), '600 Found Existing/Found Existing', 'but its own');
SELECT is(became(crowd(every(1, 9399, 9998)), :'install'), '600 Found Existing/Found Existing', 'as does the first');

SELECT * FROM finish();
ROLLBACK;
