-- test/pgtap/provision_unchanged.sql
--		A row that would not change is not written.

BEGIN;
\ir helpers.psql
SELECT plan(15);
SELECT proctorlink.create_install('University', 'https://platform.test') AS install \gset

-- Rows of the extension's tables that this transaction has written.
CREATE FUNCTION written() RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(string_agg(format('%s +%s ~%s -%s', relname, inserted, updated, deleted), ', ' ORDER BY relname), '')
	FROM (SELECT c.relname, pg_stat_get_xact_tuples_inserted(c.oid) AS inserted,
			pg_stat_get_xact_tuples_updated(c.oid) AS updated, pg_stat_get_xact_tuples_deleted(c.oid) AS deleted
		  FROM pg_class c
		  WHERE c.relnamespace = 'proctorlink'::regnamespace AND c.relkind = 'r' AND c.relname NOT IN ('batch', 'event')) counts
	WHERE inserted + updated + deleted > 0
$$;

-- A term with everything in it.

CREATE FUNCTION term() RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_agg(item ORDER BY place) FROM (
		SELECT 1 AS place, '{"course": {"ids": {"external": "c-1", "api": "c-api"}, "title": "Anatomy", "code": "ANA-1"}}'::jsonb AS item
		UNION ALL SELECT 1 + i, put(put(learner_item(), '/user/ids', jsonb_build_object('external', 'u-' || i, 'lms', 'l-' || i)),
			'/user', put(learner_item(), '/user/ids', jsonb_build_object('external', 'u-' || i, 'lms', 'l-' || i)) -> 'user'
				|| '{"timeZone": "Europe/Paris", "currencyCode": "EUR"}')
		FROM generate_series(1, 20) i
		UNION ALL SELECT 100, put(user_item(), '/user/ids', '{"api": "u-api"}')
		UNION ALL SELECT 101, learner_item() || '{"user": {"ids": {"external": "u-20"}}, "enrollment": {"status": "removed"}}'
		UNION ALL SELECT 102, put(exam_item(), '/exam', exam_item() -> 'exam'
			|| '{"description": "d", "type": "written", "practice": true, "limitedScope": false, "deliverySystem": "canvas"}')
		UNION ALL SELECT 103, put(exam_item(), '/exam/configuration', exam_item() #> '{exam,configuration}'
			|| '{"ids": "acc", "type": "accommodation", "duration": 120, "attempts": 2, "notes": {"student": "s", "proctor": "p"},
				"scheduling": {"open": "2027-01-01T00:00:00Z", "close": "2027-02-01T00:00:00.5Z"},
				"proctorTypes": {"TS4b894875d26194988853e490dfb9bc41": {"options": {"roomScan": {}, "verifyId": {}}}},
				"permittedItems": {"calculator": {"notes": "TI-85"}, "earplugs": {}}}')) items
$$;

SELECT proctorlink.batch_provision(term()) AS first \gset
SELECT is(:'first'::jsonb #>> '{batch,status}', 'completed', 'a term is provisioned');
SELECT is((SELECT count(*) FROM proctorlink.exam_session WHERE status <> 'Cancelled'), 19::bigint, 'with its sessions');

-- The same again, without who comes and goes in it.

CREATE FUNCTION again() RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_agg(item ORDER BY place) FROM jsonb_array_elements(term()) WITH ORDINALITY AS items (item, place) WHERE place <> 21
$$;
SELECT contents(true, '{batch}') AS before, written() AS written_before \gset
SELECT proctorlink.batch_provision(again()) AS second \gset
SELECT is(:'second'::jsonb #>> '{batch,status}', 'completed', 'the same again');
SELECT is((:'second'::jsonb #>> '{batch,created}')::integer + (:'second'::jsonb #>> '{batch,updated}')::integer, 0, 'finds all');
SELECT is(
	(SELECT jsonb_agg(DISTINCT block -> 'result') FROM jsonb_array_elements(:'second'::jsonb -> 'items') entry,
		jsonb_each(entry - 'index') AS blocks (name, block)), '["Found Existing"]', 'every block is Found Existing');
SELECT is(
	(SELECT array_agg(jsonb_path_query_array(entry, '$.*.sid') ORDER BY entry -> 'index')
	 FROM jsonb_array_elements(:'second'::jsonb -> 'items') entry),
	(SELECT array_agg(jsonb_path_query_array(entry, '$.*.sid') ORDER BY entry -> 'index')
	 FROM (SELECT put(entry, '/index', to_jsonb(row_number() OVER (ORDER BY entry -> 'index') - 1)) AS entry
		   FROM jsonb_array_elements(:'first'::jsonb -> 'items') entry WHERE entry -> 'index' <> '20') entries),
	'with the same sids');
SELECT is(contents(true, '{batch}'), :'before', 'no row of any table has a new version');
SELECT is(written(), :'written_before', 'nothing was inserted, updated or deleted');

-- So also by way of the object, and of references.

SELECT lives_ok($$SELECT proctorlink.batch_provision(item) FROM jsonb_array_elements(again()) item$$, 'each item as a call of its own');
SELECT is(contents(true, '{batch}'), :'before', 'writes no row');
SELECT lives_ok($$SELECT proctorlink.batch_provision('[{"course": {"ids": {"api": "c-api"}}, "user": {"ids": {"lms": "l-7"}}},
	{"exam": {"ids": {"external": "e-1"}}}]')$$, 'references');
SELECT is(contents(true, '{batch}'), :'before', 'write no row');

-- One change writes one row.

SELECT pg_stat_get_xact_tuples_updated('proctorlink.account'::regclass) AS updated \gset
SELECT lives_ok($$SELECT proctorlink.batch_provision(put(again(), '/7/user/lastName', '"Lovelace"'))$$, 'one name changes');
SELECT is(pg_stat_get_xact_tuples_updated('proctorlink.account'::regclass) - :updated, 1::bigint, 'and one row is written');
SELECT is(
	(SELECT count(*) FROM proctorlink.account WHERE last_name = 'Lovelace'), 1::bigint, 'the right one');

SELECT * FROM finish();
ROLLBACK;
