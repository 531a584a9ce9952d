-- test/pgtap/surroundings.sql
--		Nothing of a caller's is run instead of what was meant: every public function
--		answers the same where tables, types, functions and operators of the same
--		names as PostgreSQL's and ours stand before them in the search_path; nor
--		does any setting of a caller's make it another.

BEGIN;
\ir helpers.psql
\ir tenants.psql
SELECT plan(18);
CREATE ROLE proctorlink_test_theirs;
CREATE ROLE proctorlink_test_rival;
SELECT proctorlink.create_install('University', 'https://lion.test') AS install \gset
SELECT proctorlink.create_install('College', NULL) AS college \gset
SELECT proctorlink.setup_roles() IS NULL AS unused \gset

-- No setting makes anybody another: every name that is ours, the front's, or that
-- somebody might think of, with every sid, as each role.

CREATE TEMPORARY TABLE wishes AS SELECT name || '.' || key AS setting FROM unnest('{request,response,pgrst}'::text[]) name,
	unnest('{install,install_id,install_sid,principal,role,user,user_id,sub,integration,kind,token,admin,acts_for_all,current_install,jwt.claims,jwt.claim.install,jwt.claim.sub,jwt.claim.role,header.token,header.authorization,cookies,path,method,status,spec}'::text[]) key;
CREATE FUNCTION wishing(who text, login text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	value text;
	answer text := '';
	before text;
BEGIN
	EXECUTE format('SET LOCAL SESSION AUTHORIZATION %I', login);
	EXECUTE format('SET LOCAL ROLE %I', who);
	FOREACH value IN ARRAY ARRAY[(SELECT v FROM wished_install), 'proctorlink_admin', 'on', jsonb_build_object('install', (SELECT v FROM wished_install), 'role', 'proctorlink_admin')::text] LOOP
		PERFORM set_config(setting, value, true) FROM wishes;
		PERFORM proctorlink.pre_request();
		IF proctorlink.current_install() IS NOT NULL OR proctorlink.acts_for_all() THEN
			answer := answer || ' for ' || value;
		END IF;
	END LOOP;
	RESET ROLE;
	answer := answer || (proctorlink.whoami() ->> 'kind');
	RAISE EXCEPTION USING ERRCODE = 'UNDO0';
EXCEPTION
	WHEN SQLSTATE 'UNDO0' THEN RETURN answer;
	WHEN OTHERS THEN RETURN answer || SQLSTATE || ' ' || SQLERRM;
END
$$;
CREATE TEMPORARY TABLE wished_install AS SELECT :'college' AS v;
GRANT SELECT ON wishes, wished_install TO PUBLIC;
CREATE ROLE proctorlink_test_login LOGIN;
CREATE ROLE proctorlink_test_nothing LOGIN;
GRANT USAGE ON SCHEMA proctorlink TO proctorlink_test_nothing;
GRANT EXECUTE ON FUNCTION proctorlink.pre_request(), proctorlink.whoami() TO proctorlink_test_nothing;
GRANT proctorlink_anon, proctorlink_api, proctorlink_marker TO proctorlink_test_login;
SELECT is((SELECT string_agg(setting, ', ') FROM wishes WHERE refused(format('SELECT set_config(%L, %L, true)', regexp_replace(setting, '^\w+', 'proctorlink'), :'college')) <> '42602'), NULL,
	'no setting of ours can be thought of');
SELECT is(wishing(who, login), 'nobody', who || ' wishes in vain')
FROM (VALUES ('proctorlink_anon', 'proctorlink_test_login'), ('proctorlink_api', 'proctorlink_test_login'), ('proctorlink_marker', 'proctorlink_test_login'), ('proctorlink_test_nothing', 'proctorlink_test_nothing')) w (who, login);

SELECT furnish(:'install', 'lion') IS NULL AS unused, read_sids(proctorlink.sid_uuid(:'install')) IS NULL AS unused \gset
-- The ambush. Whatever is called says so, and is heard by nobody else.

CREATE SCHEMA ambush;
CREATE FUNCTION spring() RETURNS void LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'ambush' USING ERRCODE = 'AMBSH'; END $$;
DO $$
DECLARE
	o record;
BEGIN
	SET LOCAL search_path TO pg_catalog;
	-- Operators, with the types they have.
	FOR o IN SELECT oprname, oprleft, oprright, coalesce(nullif(format_type(oprleft, NULL), '-'), 'NONE') AS l, format_type(oprright, NULL) AS r, format_type(oprresult, NULL) AS result, oid
		FROM pg_operator WHERE oprnamespace = 'pg_catalog'::regnamespace AND oprright <> 0 AND oprresult <> 0
			AND NOT EXISTS (SELECT FROM pg_type t WHERE t.oid IN (oprleft, oprright, oprresult) AND t.typtype = 'p' AND t.typname NOT IN ('anyarray', 'anyelement')) LOOP
		CONTINUE WHEN o.result LIKE 'any%' AND o.l NOT LIKE 'any%' AND o.r NOT LIKE 'any%';
		EXECUTE format('CREATE FUNCTION ambush.o%s(%s) RETURNS %s LANGUAGE plpgsql AS ''BEGIN PERFORM public.spring(); END''', o.oid,
			CASE WHEN o.oprleft = 0 THEN o.r ELSE o.l || ', ' || o.r END, o.result);
		EXECUTE format('CREATE OPERATOR ambush.%s (FUNCTION = ambush.o%s, %s RIGHTARG = %s)', o.oprname, o.oid, CASE WHEN o.oprleft <> 0 THEN 'LEFTARG = ' || o.l || ',' END, o.r);
	END LOOP;
	-- Functions of PostgreSQL's and of ours.
	FOR o IN SELECT p.proname, pg_get_function_identity_arguments(p.oid) AS arguments, pg_get_function_result(p.oid) AS result
		FROM pg_proc p WHERE (p.pronamespace = 'proctorlink'::regnamespace OR p.pronamespace = 'pg_catalog'::regnamespace
				AND p.proname IN ('now', 'unnest', 'coalesce', 'lower', 'upper', 'length', 'substr', 'substring', 'strpos', 'format', 'replace', 'array_agg', 'array_length', 'string_agg',
					'jsonb_agg', 'to_jsonb', 'jsonb_build_object', 'jsonb_array_elements', 'generate_series', 'count', 'max', 'min', 'sum', 'bool_or', 'row_number', 'clock_timestamp', 'timezone',
					'date_trunc', 'left', 'right', 'concat', 'array_position', 'cardinality', 'octet_length', 'char_length', 'text', 'int4', 'int8', 'bool', 'uuid', 'numeric', 'interval', 'timestamptz', 'jsonb'))
			AND p.prorettype <> 'trigger'::regtype AND p.prorettype NOT IN ('internal'::regtype, '"any"'::regtype)
			AND NOT EXISTS (SELECT FROM unnest(p.proargtypes) t WHERE t IN ('internal'::regtype, '"any"'::regtype, 'cstring'::regtype))
			AND pg_get_function_identity_arguments(p.oid) !~ '(^|, )(OUT|VARIADIC|ORDER)' LOOP
		BEGIN
			EXECUTE format('CREATE FUNCTION ambush.%I(%s) RETURNS %s LANGUAGE plpgsql AS ''BEGIN PERFORM public.spring(); END''', o.proname, o.arguments, o.result);
		EXCEPTION WHEN invalid_function_definition THEN
			NULL;
		END;
	END LOOP;
	-- Types and relations, also temporary ones.
	FOR o IN SELECT typname FROM pg_type WHERE typnamespace = 'pg_catalog'::regnamespace AND typtype = 'b' AND typelem = 0 LOOP
		EXECUTE format('CREATE DOMAIN ambush.%I AS pg_catalog.int4 CHECK (false)', o.typname);
	END LOOP;
	FOR o IN SELECT relname FROM pg_class WHERE relnamespace = 'proctorlink'::regnamespace AND relkind IN ('r', 'v') LOOP
		EXECUTE format('CREATE TABLE ambush.%1$I (trap pg_catalog.int4); CREATE TEMPORARY TABLE %1$I (trap pg_catalog.int4)', o.relname);
	END LOOP;
	SET LOCAL search_path TO public;
END
$$;
SELECT ok((SELECT count(*) > 500 FROM pg_operator WHERE oprnamespace = 'ambush'::regnamespace), 'operators lie in wait');
SELECT ok((SELECT count(*) > 150 FROM pg_proc WHERE pronamespace = 'ambush'::regnamespace AND proname !~ '^o\d+$'), 'and functions');
GRANT USAGE ON SCHEMA ambush TO PUBLIC;

-- What a call answers, or how it is refused, under a search_path; ids, times and
-- tokens that come anew left out. It is taken back.
CREATE FUNCTION answer(call text, path text, prelude text DEFAULT 'SELECT') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
	message text;
	detail text;
	hint text;
	before text := pg_catalog.current_setting('search_path');
BEGIN
	EXECUTE prelude;
	PERFORM pg_catalog.set_config('search_path', path, true);
	EXECUTE call INTO answer;
	SET CONSTRAINTS ALL IMMEDIATE;
	PERFORM pg_catalog.set_config('search_path', before, true);
	RAISE EXCEPTION USING ERRCODE = 'UNDO0';
EXCEPTION
	WHEN SQLSTATE 'UNDO0' THEN
		RETURN 'answers ' || regexp_replace(regexp_replace(regexp_replace(coalesce(answer, 'NULL'), 'eyJ[\w.-]+|[\w-]{43,}', '#', 'g'), '[0-9a-f-]{32,}|(?<=reservation_no": )\d+', '#', 'g'),
			'\d{4}-\d\d-\d\d[T ]\d\d:\d\d[\d:.]*(Z|\+00:00)', '#', 'g');
	WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
		RETURN concat_ws(' ', SQLSTATE, message, detail, hint);
END
$$;
CREATE FUNCTION whole(call text) RETURNS text LANGUAGE sql AS $$
	SELECT 'SELECT pg_catalog.string_agg(pg_catalog.to_jsonb(q)::pg_catalog.text, pg_catalog.chr(10)) FROM proctorlink.' || filled(call) || ' q'
$$;
-- Calls in which the test itself names what is ambushed.
CREATE FUNCTION by_system(install text) RETURNS text LANGUAGE sql AS $$
	SELECT format('SELECT proctorlink.use_install(%L, proctorlink.sid(''II'', integration_id)) FROM proctorlink.integration WHERE provider = ''proctoru''', install)
$$;
UPDATE calls SET call = replace(replace(call, ' || ', ' OPERATOR(pg_catalog.||) '), ' substr(', ' pg_catalog.substr(');
UPDATE calls SET call = replace(replace(call, ' repeat(', ' pg_catalog.repeat('), '{install}', :'install');
UPDATE proctorlink.exam SET limited_scope = true WHERE external_id = 'e-1';
INSERT INTO proctorlink.exam_session (install_id, exam_id, account_id, status, attempt, created_at)
	SELECT install_id, proctorlink.sid_uuid((SELECT sid FROM sids WHERE kind = 'exam')), account_id, 'In Progress', 9, now() - interval '1 day' FROM proctorlink.account WHERE candidate_ext_id = 'u-1';
INSERT INTO calls SELECT format('publish_result(%L, ''{"score": 1}'')', proctorlink.sid('ES', exam_session_id)) FROM proctorlink.exam_session WHERE status = 'In Progress';
INSERT INTO calls VALUES ('proctoru_webhook(''{install}'', ''{integration}'', ''what do ya want for nothing?'', ''sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c79'')'), ('assign_exam(''{exam}'', ''{"{enrollment}"}'')'), ('link_candidate(''' || :'install' || ''', ''{integration}'', ''p-2'', ''u-1'')'), ('create_install(''x'', NULL)'), ('generate_eapi_token(''' || :'install' || ''', ''x'', ''2090-01-01'')'), ('eapi_attempt_info(''s-1'', ''c-1'')');

CREATE TEMPORARY TABLE answers AS SELECT call, answer(whole(call), 'pg_catalog, public', by_system(:'install')) AS before FROM calls;
SELECT is((SELECT string_agg(DISTINCT p.proname, ', ') FROM pg_proc p WHERE p.pronamespace = 'proctorlink'::regnamespace AND p.prorettype <> 'trigger'::regtype AND p.provolatile <> 'i'
		AND NOT EXISTS (SELECT FROM answers WHERE call LIKE replace(p.proname, '_', '\_') || '(%' AND before LIKE 'answers %')),
	'authenticate, is_time_zone, proctoru_webhook_raw, redeem_launch, redeem_signon, require_utf8', 'each function is called so that it answers, but for those with secrets');
SELECT is((SELECT string_agg(call || E'\n before: ' || left(before, 300) || E'\n then: ' || left(answer(whole(call), path, by_system(:'install')), 300), E'\n') FROM answers
	WHERE before IS DISTINCT FROM answer(whole(call), path, by_system(:'install'))), NULL, path)
FROM unnest('{"ambush, pg_temp, pg_catalog","pg_temp, ambush, public, pg_catalog","ambush",""}'::text[]) path;

-- Those with secrets.

SELECT proctorlink.use_install(:'install') IS NULL AS unused, proctorlink.generate_eapi_token(:'install', 'secret', now() + interval '1 hour') AS token,
	proctorlink.issue_access_token(:'install', 'u-1') AS access \gset
SELECT split_part(proctorlink.launch_link((SELECT sid FROM sids WHERE kind = 'session')) ->> 'StartupLink', 'session=', 2) AS launch,
	proctorlink.batch_provision(jsonb_build_object('user', '{"ids": {"external": "u-1"}}'::jsonb, 'signon', jsonb_build_object('integrationSid', (SELECT sid FROM sids WHERE kind = 'integration')))) #>> '{signon,token}' AS signon \gset
SELECT is(answer(call, 'ambush, pg_temp, pg_catalog'), answer(call, 'pg_catalog, public'), left(call, 40)) FROM unnest(ARRAY[
	format('SELECT proctorlink.authenticate(%L)', :'token'), format('SELECT proctorlink.authenticate(%L)', 'Bearer ' || :'access'), format('SELECT proctorlink.redeem_launch(%L)', :'launch'),
	format('SELECT proctorlink.redeem_signon(%L)', :'signon'), format('SELECT proctorlink.revoke_eapi_token(%L, proctorlink.sid(''TK'', api_token_id)) FROM proctorlink.api_token WHERE label OPERATOR(pg_catalog.=) ''secret''', :'install')]) call;

-- A customer's function in a trigger is run in the caller's name, and where the
-- owner writes for the caller, not along the caller's path.

CREATE SCHEMA customer;
CREATE TABLE customer.seen (who text, path text);
GRANT USAGE ON SCHEMA customer TO PUBLIC;
GRANT INSERT ON customer.seen TO PUBLIC;
CREATE FUNCTION customer.look() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO customer.seen VALUES (current_user, current_setting('search_path'));
	RETURN NULL;
END
$$;
CREATE TRIGGER look AFTER INSERT ON proctorlink.account FOR EACH ROW EXECUTE FUNCTION customer.look();
CREATE TRIGGER look AFTER INSERT ON proctorlink.event FOR EACH ROW EXECUTE FUNCTION customer.look();
GRANT EXECUTE ON FUNCTION spring() TO PUBLIC;
SET LOCAL ROLE proctorlink_api;
SELECT proctorlink.authenticate(:'token') IS NULL AS unused \gset
SET LOCAL search_path TO ambush, pg_temp, pg_catalog;
SELECT proctorlink.batch_provision('[{"user": {"ids": {"external": "new"}, "firstName": "A", "lastName": "B", "email": "new@example.org"}}]') IS NULL AS unused \gset
RESET search_path;
RESET ROLE;
SELECT results_eq('SELECT who, path FROM customer.seen ORDER BY who = ''proctorlink_api'' DESC', format('VALUES (''proctorlink_api'', ''ambush, pg_temp, pg_catalog''), (%L, ''pg_catalog, pg_temp'')', current_user),
	'a trigger sees the caller, and for an event the owner, who has no path of the caller''s');
DROP TRIGGER look ON proctorlink.account;
DROP TRIGGER look ON proctorlink.event;

SELECT * FROM finish();
ROLLBACK;
