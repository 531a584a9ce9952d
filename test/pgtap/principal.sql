-- test/pgtap/principal.sql
--		Who is calling, through savepoints, errors, commits and pooled sessions:
--		never longer than the transaction, never what was undone.

BEGIN;
\ir helpers.psql
COMMIT;
SET client_min_messages TO warning;
SELECT proctorlink.create_install('University', NULL) AS one \gset
SELECT proctorlink.create_install('College', NULL) AS two \gset
SELECT proctorlink.create_integration(:'one', 'proctoru', 'https://provider.test/') ->> 'sid' AS integration \gset
SELECT proctorlink.generate_eapi_token(:'one', 'a') AS token1, proctorlink.generate_eapi_token(:'two', 'b') AS token2,
	proctorlink.generate_eapi_token(:'one', 'c', NULL, :'integration') AS token3 \gset
INSERT INTO proctorlink.hierarchy (install_id, parent_id, organisation_id, title)
	SELECT install_id, hierarchy_id, name, name FROM proctorlink.hierarchy, unnest('{a,b}'::text[]) name WHERE is_root;

-- Who calls, in short: A or B for the install, and the provider spoken for.
CREATE FUNCTION who() RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', w ->> 'kind', (SELECT left(name, 3) FROM proctorlink.install WHERE proctorlink.sid('install', install_id) = w ->> 'install'),
		CASE WHEN w -> 'integration' <> 'null' THEN 'provider' END) FROM proctorlink.whoami() w
$$;
CREATE FUNCTION is_now(expected text, name text) RETURNS text LANGUAGE sql AS $$ SELECT is(who(), expected, name) $$;
CREATE FUNCTION log_in(token text) RETURNS text LANGUAGE sql AS $$ SELECT proctorlink.authenticate(token) ->> 'kind' $$;

-- An error, and DISCARD ALL; before the plan, which that would discard.

BEGIN;
SELECT log_in(:'token1') \g /dev/null
\set ON_ERROR_STOP 0
SELECT 'an error'::integer;
\set ON_ERROR_STOP 1
ROLLBACK;
SELECT who() AS after_error \gset
BEGIN;
SELECT log_in(:'token1') \g /dev/null
COMMIT;
DISCARD ALL;
SELECT who() AS after_discard \gset
SET client_min_messages TO warning;
SELECT plan(54);
SELECT is(:'after_error'::text, 'nobody', 'an error ends it') UNION ALL SELECT is(:'after_discard'::text, 'nobody', 'nothing is left for the next user of the connection');

-- Outside of a transaction: for one statement.

SELECT is(proctorlink.authenticate(:'token1') ->> 'kind', 'system', 'a statement knows whom it verified');
SELECT is_now('nobody', 'the next one does not');
SELECT proctorlink.use_install(:'one') \g /dev/null
SELECT is_now('nobody', 'nor what was chosen');

-- COMMIT, ROLLBACK, an error, and the next transaction of the same session.

BEGIN;
SELECT log_in(:'token1') \g /dev/null
SELECT is_now('system Uni', 'until the end of the transaction');
COMMIT;
SELECT is_now('nobody', 'COMMIT ends it');
BEGIN;
SELECT is_now('nobody', 'also in the next transaction');
SELECT log_in(:'token3') \g /dev/null
SELECT is_now('system Uni provider', 'which has its own');
ROLLBACK;
SELECT is_now('nobody', 'ROLLBACK ends it');
BEGIN;
SELECT log_in(:'token2') \g /dev/null
SELECT is_now('system Col', 'and another has nothing of the last one''s');
COMMIT AND CHAIN;
SELECT is_now('nobody', 'COMMIT AND CHAIN ends it');
SELECT log_in(:'token2') \g /dev/null
ROLLBACK AND CHAIN;
SELECT is_now('nobody', 'ROLLBACK AND CHAIN too');
ROLLBACK;

-- DO and procedures that commit.

CREATE TABLE seen (place serial, who text);
CREATE PROCEDURE commits(token text, undo boolean) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM log_in(token);
	INSERT INTO seen (who) VALUES (who());
	IF undo THEN ROLLBACK; ELSE COMMIT; END IF;
	INSERT INTO seen (who) VALUES (who());
END
$$;
CALL commits(:'token1', false);
CALL commits(:'token2', true);
SELECT is((SELECT string_agg(who, ', ' ORDER BY place) FROM seen), 'system Uni, nobody, nobody', 'a procedure that commits or rolls back begins anew');

-- Savepoints.

BEGIN;
SAVEPOINT a;
SELECT log_in(:'token1') \g /dev/null
ROLLBACK TO a;
SELECT is_now('nobody', 'ROLLBACK TO undoes what was said since');
SELECT log_in(:'token1') \g /dev/null
RELEASE a;
SELECT is_now('system Uni', 'RELEASE keeps it');
SAVEPOINT a;
SELECT log_in(:'token2') \g /dev/null
SELECT log_in(:'token3') \g /dev/null
ROLLBACK TO a;
SELECT is_now('system Uni', 'back to what was before, also of several');
SAVEPOINT b;
SAVEPOINT c;
SELECT log_in(:'token2') \g /dev/null
RELEASE c;
SELECT is_now('system Col', 'kept by the savepoint around');
ROLLBACK TO b;
SELECT is_now('system Uni', 'and undone with it');
SELECT log_in(:'token3') \g /dev/null
SAVEPOINT c;
SELECT log_in(:'token2') \g /dev/null
SAVEPOINT d;
SELECT log_in(:'token1') \g /dev/null
RELEASE d;
RELEASE c;
SELECT is_now('system Uni', 'three levels are released into one');
ROLLBACK TO b;
SELECT is_now('system Uni', 'which goes back to its own beginning');
ROLLBACK TO a;
SELECT is_now('system Uni', 'as does the one around');
SAVEPOINT x;
SAVEPOINT y;
SAVEPOINT z;
SELECT log_in(:'token2') \g /dev/null
RELEASE z;
SAVEPOINT z;
SELECT log_in(:'token3') \g /dev/null
ROLLBACK TO z;
SELECT is_now('system Col', 'the same level again goes back to what was released');
RELEASE y;
SELECT is_now('system Col', 'released further');
ROLLBACK TO x;
SELECT is_now('system Uni', 'the outermost undoes all of it');
ROLLBACK;
SELECT is_now('nobody', 'and the transaction is over');

-- The same by chance: blocks within blocks, some of which are undone.

CREATE FUNCTION wander(tokens text[], depth integer) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	names text[] := '{system Uni,system Col,system Uni provider}';
	expected text;
	within text;
	n integer;
BEGIN
	FOR step IN 1 .. 3 LOOP
		expected := who();
		IF random() < 0.5 THEN
			n := 1 + floor(random() * 3);
			PERFORM log_in(tokens[n]);
			expected := names[n];
		END IF;
		IF depth < 6 THEN
			BEGIN
				within := wander(tokens, depth + 1);
				IF random() < 0.5 THEN
					RAISE EXCEPTION USING ERRCODE = 'UNDO0';
				END IF;
				expected := within;
			EXCEPTION WHEN SQLSTATE 'UNDO0' THEN
				NULL;
			END;
		END IF;
		IF who() <> expected THEN
			RAISE EXCEPTION 'at depth % it is %, not %', depth, who(), expected;
		END IF;
	END LOOP;
	RETURN expected;
END
$$;
SELECT setseed(0.5) \g /dev/null
SELECT lives_ok(format('SELECT wander(%L, 1)', ARRAY[:'token1', :'token2', :'token3']), 'a walk through blocks, some of which are undone');

-- Blocks with EXCEPTION.

CREATE FUNCTION tries(token text, code text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	BEGIN
		PERFORM log_in(token);
		IF code IS NOT NULL THEN
			RAISE EXCEPTION USING ERRCODE = code;
		END IF;
	EXCEPTION WHEN OTHERS THEN
		NULL;
	END;
	RETURN who();
END
$$;
BEGIN;
SELECT is(tries(:'token1', 'UNDO0'), 'nobody', 'an error in a block undoes what the block said');
SELECT is(tries('bad', NULL), 'nobody', 'so does a bad token');
SELECT is(tries(:'token2', NULL), 'system Col', 'a block that ends well keeps it');
SELECT is(tries('bad', NULL), 'system Col', 'a bad token takes nothing away');
ROLLBACK;

-- Cursors; one that is held over COMMIT has its rows, and no right to others.

BEGIN;
SELECT log_in(:'token1') \g /dev/null
CREATE ROLE proctorlink_test_reader;
GRANT USAGE ON SCHEMA proctorlink TO proctorlink_test_reader;
GRANT SELECT ON proctorlink.hierarchy TO proctorlink_test_reader;
GRANT EXECUTE ON FUNCTION proctorlink.whoami() TO proctorlink_test_reader;
SET LOCAL ROLE proctorlink_test_reader;
DECLARE held CURSOR WITH HOLD FOR SELECT count(*) AS rows FROM proctorlink.hierarchy;
DECLARE asking CURSOR WITH HOLD FOR SELECT proctorlink.whoami() ->> 'kind' AS kind;
COMMIT;
FETCH held \gset
FETCH asking \gset
SELECT is(:rows, 3, 'a cursor held over COMMIT shows what it found');
SELECT is(:'kind'::text, 'system', 'as who it was opened');
SELECT is_now('nobody', 'while the session is nobody''s');
CLOSE ALL;

-- In a transaction that only reads.

BEGIN READ ONLY;
SELECT log_in(:'token1') \g /dev/null
SELECT is_now('system Uni', 'READ ONLY');
SET LOCAL ROLE proctorlink_test_reader;
SELECT is((SELECT count(*) FROM proctorlink.hierarchy), 3::bigint, 'rows of the install');
COMMIT;
BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE;
SELECT log_in(:'token2') \g /dev/null
SELECT is_now('system Col', 'SERIALIZABLE READ ONLY DEFERRABLE');
COMMIT;

-- In parallel workers: the leader asks, whoever says that workers would do.

BEGIN;
SELECT set_config(CASE WHEN current_setting('server_version_num')::integer < 160000 THEN 'force_parallel_mode' ELSE 'debug_parallel_query' END, 'on', true),
	set_config('parallel_setup_cost', '0', true), set_config('parallel_tuple_cost', '0', true), set_config('min_parallel_table_scan_size', '0', true) \g /dev/null
SELECT log_in(:'token1') \g /dev/null
SELECT is_now('system Uni', 'whoami with workers');
SET LOCAL ROLE proctorlink_test_reader;
SELECT is((SELECT count(*) FROM proctorlink.hierarchy), 3::bigint, 'rows of the install, with workers');
RESET ROLE;
CREATE FUNCTION in_worker(call text) RETURNS text LANGUAGE plpgsql PARALLEL SAFE AS $$
DECLARE
	answer text;
BEGIN
	EXECUTE call INTO answer;
	RETURN answer;
END
$$;
CREATE FUNCTION asked_in_worker(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	EXECUTE format('SELECT in_worker(%L)', call) INTO answer;
	RETURN answer;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END
$$;
SELECT is(asked_in_worker('SELECT proctorlink.' || call), '55000', call || ' is not answered in a worker')
FROM unnest('{current_install(),"sees_hierarchy(proctorlink.uuid7(), NULL)","sees_account(proctorlink.uuid7(), NULL)"}'::text[]) call;
SELECT ok(coalesce(asked_in_worker('SELECT proctorlink.whoami() ->> ''kind'''), '') <> 'system', 'and nobody is a system there');
ROLLBACK;

-- What a call acts for, in the memory of the call: a role of two installs calls
-- for one of them; a customer's trigger looks at tables meanwhile.

CREATE ROLE proctorlink_test_both;
SELECT proctorlink.bind_role(:'one', 'proctorlink_test_both'), proctorlink.bind_role(:'two', 'proctorlink_test_both') \g /dev/null
GRANT USAGE ON SCHEMA proctorlink TO proctorlink_test_both;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA proctorlink TO proctorlink_test_both;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA proctorlink TO proctorlink_test_both;
REVOKE INSERT ON proctorlink.install FROM proctorlink_test_both;
REVOKE ALL ON proctorlink.exam_secret, proctorlink.api_token_hash FROM proctorlink_test_both;
TRUNCATE seen;
GRANT ALL ON seen, seen_place_seq TO proctorlink_test_both;
CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	before text := (SELECT string_agg(left(name, 3), ',') FROM proctorlink.install);
BEGIN
	BEGIN
		PERFORM proctorlink.provision((SELECT sid FROM sids WHERE name = 'two'), '{"user": 1}');
	EXCEPTION WHEN SQLSTATE 'PT400' THEN
		NULL;
	END;
	PERFORM proctorlink.provision((SELECT sid FROM sids WHERE name = 'two'), '{"course": {"ids": {"external": "inner"}, "title": "t", "code": "c"}}') WHERE NEW.external_id <> 'inner';
	INSERT INTO seen (who) VALUES (NEW.external_id || ' ' || before || ' ' || (SELECT coalesce(string_agg(left(name, 3), ','), '-') FROM proctorlink.install)
		|| ' ' || current_user);
	IF NEW.title = 'fail' THEN
		RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'no';
	END IF;
	RETURN NULL;
END
$$;
CREATE TABLE sids AS SELECT * FROM (VALUES ('one', :'one'), ('two', :'two')) v (name, sid);
GRANT SELECT ON sids TO proctorlink_test_both;
CREATE TRIGGER look AFTER INSERT ON proctorlink.course FOR EACH ROW EXECUTE FUNCTION look();
BEGIN;
SET LOCAL ROLE proctorlink_test_both;
CREATE FUNCTION pg_temp.course(id text, title text DEFAULT 't') RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_build_object('course', jsonb_build_object('ids', jsonb_build_object('external', id), 'title', title, 'code', 'c'))
$$;
SELECT is(proctorlink.current_install(), NULL, 'a role of two installs acts for none');
SELECT proctorlink.provision(:'one', pg_temp.course('outer')) \g /dev/null
SELECT is((SELECT string_agg(who, '; ' ORDER BY place) FROM seen), 'inner Col Col proctorlink_test_both; outer Uni Uni proctorlink_test_both',
	'in a call a trigger sees the call''s install, in a call within it that one''s, and again the first');
SELECT is(proctorlink.current_install(), NULL, 'none is acted for afterwards');
SELECT is((SELECT count(*) FROM proctorlink.course), 0::bigint, 'nor any row seen');
SELECT is(refused(format('SELECT proctorlink.provision(%L, %L)', :'one', pg_temp.course('x', 'fail'))), 'PT409 CONFLICT', 'a call that a trigger fails');
SELECT is(proctorlink.current_install(), NULL, 'leaves none either');
SAVEPOINT a;
SELECT proctorlink.provision(:'one', pg_temp.course('undone')) \g /dev/null
ROLLBACK TO a;
SELECT is((SELECT count(*) FROM proctorlink.install), 0::bigint, 'nor does one that is undone');
SELECT proctorlink.use_install(:'one') \g /dev/null
SELECT is(refused(format('SELECT proctorlink.provision(%L, %L)', :'two', pg_temp.course('y'))), 'PT403 AUTHENTICATIONFAILED', 'a payload agrees with what was chosen');
SELECT is((SELECT count(*) FROM proctorlink.hierarchies(:'two')), 3::bigint, 'a function that names its install may act for the other');
SELECT is((SELECT string_agg(DISTINCT left(name, 3), '') FROM proctorlink.install), 'Uni', 'and goes back to what was chosen');
SELECT is((SELECT string_agg(external_id, ' ' ORDER BY external_id) FROM proctorlink.course), 'outer', 'of which alone rows are seen');
COMMIT;

DROP OWNED BY proctorlink_test_both, proctorlink_test_reader;
DROP ROLE proctorlink_test_both, proctorlink_test_reader;
SELECT * FROM finish();
