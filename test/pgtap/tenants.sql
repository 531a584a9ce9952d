-- test/pgtap/tenants.sql
--		Two installs in which everything has the same ids. Whoever acts for one
--		learns nothing of the other and changes nothing there: by any function,
--		by plain SQL, by what is said of an error.
--		How long a look-up takes tells nothing either, by design: each descends an
--		index by the caller's install first, and refuses alike what is another's
--		and what there is not.

BEGIN;
\ir helpers.psql
\ir tenants.psql
SELECT plan(400);
SELECT proctorlink.create_install('University', 'https://lion.test') AS install \gset
SELECT proctorlink.create_install('zebra', 'https://zebra.test') AS theirs \gset
CREATE FUNCTION ours() RETURNS uuid STABLE SECURITY DEFINER LANGUAGE sql AS $$ SELECT install_id FROM proctorlink.install WHERE name = 'University' $$;
CREATE FUNCTION theirs() RETURNS uuid STABLE SECURITY DEFINER LANGUAGE sql AS $$ SELECT install_id FROM proctorlink.install WHERE name = 'zebra' $$;

CREATE ROLE proctorlink_test_theirs;
SELECT furnish(:'install', 'lion') IS NULL AS unused, furnish(:'theirs', 'zebra') IS NULL AS unused \gset
SELECT proctorlink.generate_eapi_token(:'install', 'test') AS token, read_sids(theirs()) IS NULL AS unused \gset

-- Every key that any of their rows has.
CREATE TEMPORARY TABLE keys (key text);
CREATE TEMPORARY TABLE tables AS SELECT c.relname::text AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'install_id'
	WHERE c.relnamespace = 'proctorlink'::regnamespace AND c.relkind = 'r';
CREATE FUNCTION read_keys() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	col record;
BEGIN
	FOR col IN SELECT t.name AS tab, a.attname AS name FROM tables t JOIN pg_attribute a ON a.attrelid = ('proctorlink.' || t.name)::regclass
		WHERE a.atttypid = 'uuid'::regtype AND a.attnum > 0 LOOP
		EXECUTE format('INSERT INTO keys SELECT DISTINCT replace(%1$I::text, ''-'', '''') FROM proctorlink.%2$I WHERE install_id = theirs() AND %1$I IS NOT NULL', col.name, col.tab);
	END LOOP;
END
$$;
SELECT read_keys() IS NULL AS unused \gset
-- A digest of all their rows.
CREATE FUNCTION their_rows() RETURNS text SECURITY DEFINER LANGUAGE plpgsql AS $$
DECLARE
	tab text;
	digest text;
	digests text := '';
BEGIN
	FOR tab IN SELECT name FROM tables ORDER BY name LOOP
		EXECUTE format('SELECT md5(string_agg(r::text, '' '' ORDER BY r::text COLLATE "C")) FROM proctorlink.%I r WHERE install_id = theirs()', tab) INTO digest;
		digests := digests || tab || ' ' || coalesce(digest, 'empty') || E'\n';
	END LOOP;
	RETURN digests;
END
$$;
SELECT their_rows() AS before \gset
CREATE TEMPORARY TABLE before AS SELECT their_rows() AS rows;
SELECT is((SELECT string_agg(line, ', ') FROM before, regexp_split_to_table(rows, '\n') line WHERE line LIKE '% empty'),
	NULL, 'there is something in each of their tables');

-- Who tries: as much as anybody may who administers nothing.
CREATE ROLE proctorlink_test_rival;
GRANT USAGE ON SCHEMA proctorlink TO proctorlink_test_rival;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA proctorlink TO proctorlink_test_rival;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA proctorlink TO proctorlink_test_rival;
REVOKE INSERT ON proctorlink.install FROM proctorlink_test_rival;
GRANT SELECT ON sids, keys, tables, before TO proctorlink_test_rival;

-- What is wrong with what a statement shows or does: of theirs their mark, or a
-- key that the statement did not name, in the answer or anything of the error;
-- or a change. Null: nothing.
CREATE FUNCTION leak(statement text, credential text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	shown text;
	message text;
	detail text;
	hint text;
	constraint_of text;
	column_of text;
	context text;
	found text;
BEGIN
	BEGIN
		SET LOCAL ROLE proctorlink_test_rival;
		IF credential IS NOT NULL THEN
			PERFORM proctorlink.authenticate(credential);
		ELSE
			PERFORM proctorlink.use_install(proctorlink.sid('AI', ours()));
		END IF;
		IF statement ~* '^(SELECT|VALUES|WITH|TABLE|EXPLAIN)' THEN
			FOR found IN EXECUTE CASE WHEN statement ~* '^EXPLAIN' THEN statement ELSE format('SELECT to_jsonb(q)::text FROM (%s) q', statement) END LOOP
				shown := concat(shown, found, E'\n');
			END LOOP;
		ELSE
			EXECUTE statement;
		END IF;
		shown := concat(shown, current_setting('response.status', true), current_setting('response.headers', true));
		IF their_rows() <> (SELECT rows FROM before) THEN
			shown := concat(shown, ' zebra: changed');
		END IF;
		RAISE EXCEPTION USING ERRCODE = 'UNDO0';
	EXCEPTION
		WHEN SQLSTATE 'UNDO0' THEN
			NULL;
		WHEN OTHERS THEN
			GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT,
				constraint_of = CONSTRAINT_NAME, column_of = COLUMN_NAME, context = PG_EXCEPTION_CONTEXT;
			shown := concat_ws(' ', message, detail, hint, constraint_of, column_of, replace(context, statement, ''));
			IF SQLSTATE LIKE 'XX%' THEN
				shown := shown || ' zebra: ' || SQLSTATE;
			END IF;
	END;
	IF strpos(shown, 'zebra') > 0 THEN
		RETURN 'shows ' || substr(shown, greatest(1, strpos(shown, 'zebra') - 100), 200);
	END IF;
	SELECT key INTO found FROM keys WHERE strpos(replace(shown, '-', ''), key) > 0 AND strpos(replace(statement, '-', ''), key) = 0 LIMIT 1;
	IF found IS NOT NULL THEN
		RETURN 'shows the key ' || found || ' in ' || left(shown, 300);
	END IF;
	RETURN NULL;
END
$$;
-- Every function, with their sids and with ids that are the same here and there.

-- Functions of their arguments alone, which read nothing.
SELECT is((SELECT string_agg(p.proname, ', ' ORDER BY p.proname) FROM pg_proc p WHERE p.pronamespace = 'proctorlink'::regnamespace AND p.prorettype <> 'trigger'::regtype
		AND p.proname NOT IN ('is_time_zone', 'require_utf8') AND p.provolatile <> 'i' AND NOT EXISTS (SELECT FROM calls WHERE call LIKE replace(p.proname, '_', '\_') || '(%')), NULL, 'every function is tried');
SELECT is(leak('SELECT * FROM proctorlink.' || filled(call), :'token'), NULL, left(call, 90)) FROM calls;
CREATE FUNCTION pg_temp.connection() RETURNS text LANGUAGE sql AS $$ SELECT proctorlink.sid('II', integration_id) FROM proctorlink.integration WHERE install_id = ours() $$;
SELECT proctorlink.generate_eapi_token(:'install', 'provider', NULL, pg_temp.connection()) AS provider \gset
SELECT is((SELECT string_agg(call || ' ' || leak('SELECT * FROM proctorlink.' || filled(call), :'provider'), '; ') FROM calls), NULL, 'the same for a provider');

-- That the search would find something: the same call of a role that may.

GRANT INSERT ON proctorlink.install TO proctorlink_test_rival;
SELECT matches(leak('SELECT * FROM proctorlink.hierarchies(''' || :'theirs' || ''')', NULL), '^shows .*zebra', 'whoever may sees what is theirs');
REVOKE INSERT ON proctorlink.install FROM proctorlink_test_rival;

-- Plain SQL.

SELECT is(leak('SELECT * FROM proctorlink.' || quote_ident(relname), :'token'), NULL, 'SELECT FROM ' || relname)
FROM pg_class WHERE relnamespace = 'proctorlink'::regnamespace AND relkind IN ('r', 'v');
SELECT is(leak(format(statement, name), :'token'), NULL, format(statement, name)) FROM tables, unnest(ARRAY['UPDATE proctorlink.%I SET install_id = install_id', 'DELETE FROM proctorlink.%I WHERE install_id = theirs()',
	'UPDATE proctorlink.%I SET install_id = theirs()', 'UPDATE proctorlink.%I SET install_id = ours() WHERE install_id = theirs()',
	'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT * FROM proctorlink.%I']) statement;
CREATE FUNCTION watched(value text) RETURNS boolean COST 0.0000001 LANGUAGE plpgsql AS $$
BEGIN
	IF strpos(value, 'zebra') > 0 OR EXISTS (SELECT FROM keys WHERE strpos(replace(value, '-', ''), key) > 0) THEN
		RAISE EXCEPTION '% zebra', value;
	END IF;
	RETURN true;
END
$$;
CREATE FUNCTION watches(left_value uuid, right_value uuid) RETURNS boolean COST 0.0000001 LANGUAGE sql AS $$ SELECT watched(left_value::text) $$;
CREATE OPERATOR === (FUNCTION = watches, LEFTARG = uuid, RIGHTARG = uuid);
SELECT is((SELECT string_agg(name || ' ' || leak(format('SELECT count(*) FROM proctorlink.%I t WHERE watched(t::text) AND install_id === install_id', name), :'token'), '; ') FROM tables), NULL,
	'a function or operator of the caller''s is shown none of their rows');
SELECT is((SELECT string_agg(relname || ' ' || leak(format('SELECT count(*) FROM proctorlink.%I t WHERE watched(t::text)', relname), :'token'), '; ')
	FROM pg_class WHERE relnamespace = 'proctorlink'::regnamespace AND relkind = 'v'), NULL, 'through a view neither');

-- Who switches row security off is refused, and no call does better for it.

CREATE FUNCTION unguarded(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	SET LOCAL ROLE proctorlink_test_rival;
	PERFORM proctorlink.authenticate((SELECT t FROM own_token));
	SET LOCAL row_security TO off;
	EXECUTE statement;
	RAISE EXCEPTION USING ERRCODE = 'UNDO0';
EXCEPTION
	WHEN SQLSTATE 'UNDO0' THEN RETURN 'done';
	WHEN OTHERS THEN RETURN SQLSTATE;
END
$$;
CREATE TEMPORARY TABLE own_token AS SELECT :'token' AS t;
GRANT SELECT ON own_token TO proctorlink_test_rival;
SELECT is((SELECT string_agg(name, ', ') FROM tables WHERE unguarded(format('SELECT FROM proctorlink.%I', name)) <> '42501'), NULL, 'no table is read with row_security off');
SELECT is(unguarded('SELECT proctorlink.batch_provision(''{"user": {"ids": {"external": "u-1"}}}'')'), '42501', 'nor by a function');

-- Rows of ours that name what is theirs, rows put there, by all ways of writing.

CREATE FUNCTION writes(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	IF leak(statement, (SELECT t FROM own_token)) IS NOT NULL THEN
		RETURN leak(statement, (SELECT t FROM own_token));
	END IF;
	SET LOCAL ROLE proctorlink_test_rival;
	PERFORM proctorlink.authenticate((SELECT t FROM own_token));
	EXECUTE statement;
	GET DIAGNOSTICS n = ROW_COUNT;
	RAISE EXCEPTION USING ERRCODE = 'UNDO0';
EXCEPTION
	WHEN SQLSTATE 'UNDO0' THEN RETURN n;
	WHEN OTHERS THEN RETURN SQLSTATE;
END
$$;
SELECT is(writes(replace(replace(filled(statement), '%ours', ours()::text), '%theirs', theirs()::text)), outcome, left(statement, 100)) FROM (VALUES
	('INSERT INTO proctorlink.account (install_id, candidate_ext_id) VALUES (''%theirs'', ''x'')', '42501'),
	('INSERT INTO proctorlink.account (install_id, candidate_ext_id) VALUES (''%theirs'', ''u-1'')', '42501'),
	('INSERT INTO proctorlink.account (install_id, candidate_ext_id) VALUES (''%theirs'', ''u-1'') ON CONFLICT DO NOTHING', '42501'),
	('INSERT INTO proctorlink.course (install_id, external_id, title, code) VALUES (''%theirs'', ''c-1'', ''x'', ''x'') ON CONFLICT (install_id, external_id) WHERE external_id IS NOT NULL DO UPDATE SET title = ''x''', '42501'),
	('INSERT INTO proctorlink.account (install_id, account_id, candidate_ext_id) VALUES (''%ours'', proctorlink.sid_uuid(''{user}''), ''x'')', '1'),
	('INSERT INTO proctorlink.exam (install_id, external_id, title, course_id) VALUES (''%ours'', ''x'', ''x'', proctorlink.sid_uuid(''{course}''))', '23503'),
	('INSERT INTO proctorlink.enrollment (install_id, course_id, account_id) VALUES (''%ours'', proctorlink.sid_uuid(''{course}''), proctorlink.sid_uuid(''{user}''))', '23503'),
	('UPDATE proctorlink.account SET hierarchy_id = proctorlink.sid_uuid(''{hierarchy}'') WHERE candidate_ext_id = ''u-1''', '23503'),
	('UPDATE proctorlink.account SET candidate_ext_id = ''c-1'' WHERE candidate_ext_id = ''u-1''', '23505'),
	('UPDATE proctorlink.exam_session SET account_id = proctorlink.sid_uuid(''{user}'') WHERE reservation_id IS NOT NULL', '23503'),
	('UPDATE proctorlink.schedule SET owner_id = proctorlink.sid_uuid(''{user}'')', '23503'),
	('DELETE FROM proctorlink.account_share WHERE install_id = ''%theirs''', '0'),
	('MERGE INTO proctorlink.course c USING (VALUES (''%theirs''::uuid)) v (i) ON c.install_id = v.i WHEN MATCHED THEN UPDATE SET title = ''x''', '0'),
	('MERGE INTO proctorlink.course c USING (VALUES (''%theirs''::uuid)) v (i) ON c.install_id = v.i WHEN NOT MATCHED THEN INSERT (install_id, external_id, title, code) VALUES (v.i, ''z'', ''x'', ''x'')', '42501'),
	('SELECT * FROM proctorlink.course WHERE install_id = ''%theirs'' FOR UPDATE', '0'),
	('TRUNCATE proctorlink.course', '42501')
) statements (statement, outcome);

-- An event of ours that a caller of another install causes names none of theirs.

SELECT proctorlink.batch_provision(jsonb_build_object('user', '{"ids": {"external": "u-1"}}'::jsonb, 'signon', jsonb_build_object('integrationSid', pg_temp.connection()))) #>> '{signon,token}' AS signon
FROM proctorlink.use_install(:'install') \gset
SELECT proctorlink.use_install(:'theirs', (SELECT sid FROM sids WHERE kind = 'integration')) IS NULL AS unused, proctorlink.redeem_signon(:'signon') IS NULL AS unused \gset
SELECT proctorlink.use_install(:'install') IS NULL AS unused \gset
SELECT is((SELECT actor FROM proctorlink.event WHERE install_id = ours() ORDER BY event_id DESC LIMIT 1), current_user::text, 'whoever redeems a link is named by the role');
SELECT is((SELECT count(*) FROM proctorlink.event e, keys WHERE e.install_id = ours() AND strpos(replace(e::text, '-', ''), key) > 0), 0::bigint, 'in no event of ours is a key of theirs');

-- Statistics are not shown of tables under row security, nor are there sequences
-- that count for both.

ANALYZE proctorlink.account;
SET LOCAL ROLE proctorlink_test_rival;
SELECT is((SELECT count(*) FROM pg_stats WHERE schemaname = 'proctorlink' AND tablename IN (SELECT name FROM tables)), 0::bigint, 'no statistics are shown');
RESET ROLE;
SELECT is((SELECT count(*) FROM pg_class WHERE relnamespace = 'proctorlink'::regnamespace AND relkind = 'S'), 0::bigint, 'no sequences');
SELECT is((SELECT string_agg(name, ', ') FROM tables WHERE NOT (SELECT relrowsecurity FROM pg_class WHERE oid = ('proctorlink.' || name)::regclass)), NULL, 'every table with an install is under row security');

SELECT * FROM finish();
ROLLBACK;
