-- test/pgtap/privileges_called.sql
--		Whoever may call a function can: every function of privileges.psql is
--		called by each role that it is for, with success, under row-level
--		security and beside another tenant.

BEGIN;
\ir helpers.psql
\ir sittings.psql
\ir privileges.psql
SELECT no_plan();

-- 1. A world, and a call of each.
\ir calls.psql
SELECT is(proctorlink.whoami() ->> 'kind', 'nobody', 'nothing is chosen');
SELECT is((SELECT string_agg(name, ' ') FROM known WHERE value IS NULL), NULL, 'what the calls name is there');
SELECT is((SELECT string_agg(name, ' ' ORDER BY name) FROM may_call WHERE letters ~ '[pnamd]' AND name NOT IN (SELECT function FROM call)), NULL, 'every function is called');
SELECT is((SELECT string_agg(function, ' ') FROM call WHERE function NOT IN (SELECT name FROM may_call WHERE letters ~ '[pnamd]')), NULL, 'each of them known');

-- 2. The callers: a token or none, an install chosen or none, and a role.
CREATE TABLE caller (letter text, what text, credential text, chooses boolean, role text);
INSERT INTO caller VALUES
	('n', 'nobody', NULL, false, 'proctorlink_anon'),
	('a', 'a system by its token', 'token', false, 'proctorlink_api'),
	('a', 'a role that is bound', NULL, false, 'proctorlink_test_bound'),
	('m', 'a person', 'person', false, 'proctorlink_marker'),
	('d', 'an administrator', NULL, true, 'proctorlink_admin');

-- What a call comes to: "done", or what went wrong. It is taken back.
CREATE FUNCTION called(caller caller, call call) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	list text := call.arguments;
	thing record;
	credential text := CASE WHEN caller.credential = 'token' THEN call.speaker ELSE caller.credential END;
	answers text[];
	outcome text;
	detail text;
BEGIN
	FOR thing IN SELECT * FROM known LOOP
		list := replace(list, '{' || thing.name || '}', quote_literal(thing.value));
	END LOOP;
	IF call.function = 'proctoru_begin_reservation' THEN
		UPDATE proctorlink.schedule s SET starts_at = now() - interval '1 hour' FROM proctorlink.exam_session e
		WHERE e.schedule_id = s.schedule_id AND e.reservation_id = 'r-1';
		UPDATE proctorlink.exam_session SET appointment_at = now() WHERE reservation_id = 'r-1';
	END IF;
	-- what a proxy sets for webhooks
	PERFORM set_config('request.headers', (SELECT jsonb_build_object('proctorlink-webhook', i.value || '/' || p.value, 'x-proctoru-signature', s.value)::text
		FROM known i, known p, known s WHERE i.name = 'install' AND p.name = 'proctoru' AND s.name = 'signature'), true);
	PERFORM set_config('role', 'none', true);
	IF credential IS NOT NULL THEN
		PERFORM proctorlink.authenticate((SELECT value FROM known WHERE name = credential));
	END IF;
	PERFORM set_config('role', caller.role, true);
	IF caller.chooses OR (caller.credential IS NULL AND call.speaker = 'provider') THEN
		PERFORM proctorlink.use_install((SELECT value FROM pg_temp.given('install') value), (SELECT value FROM pg_temp.given('proctoru') value WHERE call.speaker = 'provider'));
	END IF;
	EXECUTE format('SELECT array_agg(to_json(answer)::text) FROM proctorlink.%I(%s) AS answer', call.function, list) INTO answers;
	outcome := CASE
		WHEN answers IS NULL THEN 'no row'
		WHEN call.function <> 'events_since' AND array_to_string(answers, '') ~ '"Success": ?false|"response_code": ?2|"status": ?"(failed|completed_with_errors)"|"error":'
			THEN 'refused: ' || array_to_string(answers, '')
		ELSE 'done' END;
	RAISE EXCEPTION USING ERRCODE = 'UNDO0';
EXCEPTION
	WHEN SQLSTATE 'UNDO0' THEN
		RETURN outcome;
	WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
		RETURN concat_ws(' ', 'raised', SQLSTATE, SQLERRM, nullif(detail, ''));
END
$$;
-- What a caller without a look at tables of the test is given.
CREATE FUNCTION pg_temp.given(called text) RETURNS text SECURITY DEFINER LANGUAGE sql AS $$ SELECT value FROM public.known WHERE name = called $$;
SELECT format('GRANT USAGE ON SCHEMA %s TO PUBLIC', pg_my_temp_schema()::regnamespace) \gexec

SELECT is((SELECT string_agg(concat_ws(' ', left(call.arguments, 60), left(outcome, 400)), E'\n') FROM call, called(caller, call) AS outcome
		WHERE call.function = name AND outcome <> CASE name
			-- who may not pass on what the roles get
			WHEN 'setup_roles' THEN 'raised 42501 permission denied to give roles their privileges' ELSE 'done' END), NULL, name || ' by ' || caller.what)
FROM may_call JOIN caller ON letters ~ letter OR letters ~ 'p'
ORDER BY name, caller.what;

-- 3. What may be read can be read, and of one's own tenant all of it.
CREATE VIEW readable AS
	SELECT c.letter, m.relation, string_agg(m.col, ', ') AS columns, bool_or(m.col = 'install_id') AS of_install
	FROM may_use m JOIN (VALUES ('n'), ('a'), ('m'), ('d')) c (letter) ON m.col <> '' AND m.privileges ~ (c.letter || ':S')
	GROUP BY c.letter, m.relation;
CREATE FUNCTION rows_read(caller caller, relation text, columns text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	outcome text;
BEGIN
	IF caller.credential IS NOT NULL THEN
		PERFORM proctorlink.authenticate((SELECT value FROM known WHERE name = CASE caller.credential WHEN 'token' THEN 'system' ELSE caller.credential END));
	END IF;
	PERFORM set_config('role', caller.role, true);
	IF caller.chooses THEN
		PERFORM proctorlink.use_install(pg_temp.given('install'));
	END IF;
	EXECUTE format('SELECT count(*) FROM (SELECT %s FROM proctorlink.%I) r', columns, relation) INTO outcome;
	RAISE EXCEPTION USING ERRCODE = 'UNDO0';
EXCEPTION
	WHEN SQLSTATE 'UNDO0' THEN
		RETURN outcome;
	WHEN OTHERS THEN
		RETURN 'raised ' || SQLSTATE || ' ' || SQLERRM;
END
$$;
-- How many rows of the install there are.
CREATE FUNCTION rows_there(relation text, of_install boolean) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	EXECUTE format(CASE WHEN of_install THEN 'SELECT count(*) FROM proctorlink.%I WHERE install_id = install_id()'
		WHEN relation = 'candidate_result' THEN 'SELECT count(*) FROM proctorlink.exam_session WHERE install_id = install_id()'
		ELSE 'SELECT count(*) FROM proctorlink.%I' END, relation) INTO answer;
	RETURN answer;
END
$$;
SELECT is((SELECT string_agg(concat_ws(' ', relation, got), ', ') FROM readable r, rows_read(caller, relation, columns) got
		WHERE r.letter = caller.letter AND (CASE WHEN caller.letter = 'm' THEN got ~ '^raised' ELSE got <> rows_there(relation, of_install) END)
			-- the tables that know no install, or are looked up across them
			AND (caller.letter <> 'd' OR relation NOT IN ('install', 'role_binding', 'trusted_front'))), NULL, caller.what || ' reads')
FROM caller ORDER BY caller.what;
SELECT is((SELECT string_agg(relation, ' ' ORDER BY relation) FROM readable, caller, rows_read(caller, relation, columns) got
	WHERE caller.letter = 'm' AND readable.letter = 'm' AND got = '0'), NULL, 'a person who sees all nodes sees something of everything');

SELECT * FROM finish();
ROLLBACK;
