-- test/pgtap/roles.sql
--		The roles that setup_roles makes, and roles that are bound to installs or
--		trusted as fronts.

BEGIN;
\ir helpers.psql
SELECT plan(108);

CREATE VIEW role_made AS
	SELECT r.rolname AS name, concat_ws(' ', CASE WHEN rolsuper THEN 'super' END, CASE WHEN rolcanlogin THEN 'login' END, CASE WHEN rolcreaterole THEN 'createrole' END,
		CASE WHEN rolcreatedb THEN 'createdb' END, CASE WHEN rolreplication THEN 'replication' END, CASE WHEN rolbypassrls THEN 'bypassrls' END,
		CASE WHEN rolpassword IS NOT NULL THEN 'password' END, rolconnlimit, (SELECT 'in ' || string_agg(roleid::regrole::text, ' ') FROM pg_auth_members WHERE member = r.oid)) AS attributes
	FROM pg_authid r WHERE rolname ~ '^proctorlink_(admin|api|marker|anon)$';
CREATE FUNCTION sorted(acl aclitem[]) RETURNS text LANGUAGE sql AS $$ SELECT string_agg(a::text, ' ' ORDER BY a::text COLLATE "C") FROM unnest(acl) a $$;
-- Everything that setup_roles could change.
CREATE FUNCTION state() RETURNS text LANGUAGE sql AS $$
	SELECT md5(concat((SELECT string_agg(a::text || a.xmin::text, E'\n' ORDER BY oid) FROM pg_authid a),
		(SELECT string_agg(concat(relname, sorted(relacl)), E'\n' ORDER BY relname) FROM pg_class WHERE relnamespace = 'proctorlink'::regnamespace),
		(SELECT string_agg(concat(attrelid, attname, sorted(attacl)), E'\n' ORDER BY attrelid, attnum) FROM pg_attribute WHERE attacl IS NOT NULL),
		(SELECT string_agg(concat(proname, sorted(proacl)), E'\n' ORDER BY proname) FROM pg_proc WHERE pronamespace = 'proctorlink'::regnamespace),
		(SELECT sorted(nspacl) FROM pg_namespace WHERE nspname = 'proctorlink')))
$$;
-- How a statement is refused after another, both taken back: SQLSTATE, message
-- and detail; "accepted".
CREATE FUNCTION after(first text, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
BEGIN
	EXECUTE first;
	EXECUTE statement;
	RAISE EXCEPTION USING ERRCODE = 'UNDO0';
EXCEPTION
	WHEN SQLSTATE 'UNDO0' THEN
		RETURN 'accepted';
	WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
		RETURN concat_ws(' ', SQLSTATE, SQLERRM || ':', nullif(detail, ''));
END
$$;

-- 1. What setup_roles makes.

SELECT is((SELECT count(*) FROM role_made), 0::bigint, 'the extension makes no roles by itself');
SELECT is((SELECT count(*) FROM pg_proc p, aclexplode(p.proacl) a WHERE pronamespace = 'proctorlink'::regnamespace AND proname IN ('setup_roles', 'grant_to_roles')
	AND a.grantee <> p.proowner), 0::bigint, 'and nobody but who installs can');
SELECT proctorlink.setup_roles() IS NULL AS unused \gset
SELECT is((SELECT string_agg(name || ' ' || attributes, ', ' ORDER BY name) FROM role_made),
	'proctorlink_admin -1, proctorlink_anon -1, proctorlink_api -1, proctorlink_marker -1', 'four roles that cannot log in, nor anything else');
SELECT ok(has_function_privilege('proctorlink_api', 'proctorlink.batch_provision(jsonb)', 'EXECUTE'), 'with their privileges');
SELECT state() AS before \gset
SELECT proctorlink.setup_roles() IS NULL AS unused \gset
SELECT is(state(), :'before', 'again: nothing changes');
SELECT is(after('SELECT', 'SELECT proctorlink.setup_roles() FROM generate_series(1, 2)'), 'accepted', 'nor twice in a statement');

-- What a newer version adds comes with the next call.
REVOKE EXECUTE ON FUNCTION proctorlink.batch_provision(jsonb) FROM proctorlink_api;
SELECT proctorlink.setup_roles() IS NULL AS unused \gset
SELECT is(state(), :'before', 'what is missing is given');

-- 2. A role of that name that is not fit.

SELECT is(after(format('ALTER ROLE %s %s', role, attribute), 'SELECT proctorlink.setup_roles()'),
	format('PT409 CONFLICT: the role %s is there and %s', role, why), format('%s with %s', role, attribute))
FROM unnest('{proctorlink_admin,proctorlink_api,proctorlink_marker,proctorlink_anon}'::text[]) role,
	(VALUES ('LOGIN', 'can log in'), ('SUPERUSER', 'is a superuser'), ('CREATEROLE', 'makes roles'), ('CREATEDB', 'makes databases'),
		('REPLICATION', 'replicates'), ('BYPASSRLS', 'passes by row-level security')) a (attribute, why);
SELECT is(after(format('GRANT %s TO %s', other, role), 'SELECT proctorlink.setup_roles()'),
	format('PT409 CONFLICT: the role %s is there and is a member of another role', role), format('%s in %s', role, other))
FROM (VALUES ('proctorlink_api', 'pg_read_all_data'), ('proctorlink_anon', 'proctorlink_api'), ('proctorlink_marker', 'pg_monitor')) m (role, other);
SELECT is(after('CREATE ROLE proctorlink_test_member IN ROLE proctorlink_api', 'SELECT proctorlink.setup_roles()'), 'accepted', 'others may be its members');

-- None is made where one is not fit. The roles go as any others do.
SELECT matches(after('SELECT', 'DROP ROLE proctorlink_api'), '^2BP01 ', 'a role that has privileges is not dropped by accident');
DROP OWNED BY proctorlink_admin, proctorlink_api, proctorlink_marker, proctorlink_anon;
DROP ROLE proctorlink_admin, proctorlink_api, proctorlink_marker, proctorlink_anon;
SELECT is((SELECT count(*) FROM role_made), 0::bigint, 'but with DROP OWNED first');
SELECT is(after('CREATE ROLE proctorlink_anon LOGIN', 'SELECT proctorlink.setup_roles()'), 'PT409 CONFLICT: the role proctorlink_anon is there and can log in', 'the last one is not fit');
CREATE ROLE proctorlink_anon LOGIN;
SELECT after('SELECT', 'SELECT proctorlink.setup_roles()') AS unused \gset
SELECT is((SELECT string_agg(name, ' ') FROM role_made), 'proctorlink_anon', 'so none is made');
SELECT is((SELECT count(*) FROM pg_proc p, aclexplode(p.proacl) a WHERE pronamespace = 'proctorlink'::regnamespace AND a.grantee = 'proctorlink_anon'::regrole), 0::bigint, 'and it gets nothing');
DROP ROLE proctorlink_anon;

-- 3. Who may call it.

CREATE ROLE proctorlink_test_plain;
CREATE ROLE proctorlink_test_granted;
GRANT USAGE ON SCHEMA proctorlink TO proctorlink_test_granted;
GRANT EXECUTE ON FUNCTION proctorlink.setup_roles(), proctorlink.grant_to_roles() TO proctorlink_test_granted;
SELECT matches(after('SET LOCAL ROLE proctorlink_test_plain', 'SELECT proctorlink.setup_roles()'), '^42501 permission denied for schema', 'not everybody');
SELECT is(after('SET LOCAL ROLE proctorlink_test_granted', 'SELECT proctorlink.setup_roles()'), '42501 permission denied to give roles their privileges:', 'nor who cannot pass them on');

-- Installed by a database's owner who is no superuser.
CREATE ROLE proctorlink_test_installer CREATEROLE;
SELECT format('GRANT CREATE ON DATABASE %I TO proctorlink_test_installer', current_database()) \gexec
DROP EXTENSION proctorlink;
DROP SCHEMA proctorlink;
SET SESSION AUTHORIZATION proctorlink_test_installer;
CREATE EXTENSION proctorlink;
RESET SESSION AUTHORIZATION;
SELECT matches(after('ALTER ROLE proctorlink_test_installer NOCREATEROLE; SET LOCAL ROLE proctorlink_test_installer', 'SELECT proctorlink.setup_roles()'), '^42501 permission denied to create role',
	'without CREATEROLE none is made');
SELECT is((SELECT count(*) FROM role_made), 0::bigint, 'not one');
SET SESSION AUTHORIZATION proctorlink_test_installer;
SELECT proctorlink.setup_roles() IS NULL AS unused \gset
RESET SESSION AUTHORIZATION;
SELECT is((SELECT count(*) FROM role_made), 4::bigint, 'with it they are');
SELECT ok(has_function_privilege('proctorlink_api', 'proctorlink.batch_provision(jsonb)', 'EXECUTE')
	AND has_column_privilege('proctorlink_api', 'proctorlink.account', 'email', 'UPDATE') AND has_table_privilege('proctorlink_admin', 'proctorlink.api_token', 'SELECT'), 'and get what they may do');
ALTER ROLE proctorlink_test_installer NOCREATEROLE;
SELECT state() AS before \gset
SELECT is(after('SET LOCAL ROLE proctorlink_test_installer', 'SELECT proctorlink.setup_roles()'), 'accepted', 'roles that are there need no CREATEROLE');
SELECT is(state(), :'before', 'and stay as they are');

-- 4. The extension goes and comes again beside roles that have privileges.

SELECT is(after('SELECT', 'DROP EXTENSION proctorlink'), 'accepted', 'roles with privileges do not keep the extension');
DROP EXTENSION proctorlink;
SELECT is((SELECT string_agg(DISTINCT d.classid::regclass::text, ' ') FROM pg_shdepend d WHERE d.refobjid IN (SELECT oid FROM pg_authid WHERE rolname IN (SELECT name FROM role_made))
	AND d.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())), 'pg_namespace', 'they keep the use of the schema, which stays');
CREATE EXTENSION proctorlink;
SELECT ok(NOT has_function_privilege('proctorlink_api', 'proctorlink.batch_provision(jsonb)', 'EXECUTE') AND NOT has_any_column_privilege('proctorlink_api', 'proctorlink.account', 'SELECT'),
	'come again, it gives them nothing');
SELECT proctorlink.setup_roles() IS NULL AS unused \gset
SELECT ok(has_function_privilege('proctorlink_api', 'proctorlink.batch_provision(jsonb)', 'EXECUTE') AND has_any_column_privilege('proctorlink_api', 'proctorlink.account', 'SELECT'),
	'until it is asked to');

-- 5. Roles that are bound to installs.

SELECT proctorlink.create_install('One', NULL) AS one, proctorlink.create_install('Two', NULL) AS two, proctorlink.create_install('Three', NULL) AS three \gset
INSERT INTO proctorlink.course (install_id, external_id, title, code) SELECT install_id, 'c', name, 'C' FROM proctorlink.install;
CREATE ROLE proctorlink_test_app IN ROLE proctorlink_api;
CREATE ROLE proctorlink_test_part IN ROLE proctorlink_test_app;
-- What a role sees and who it is, after a statement of its own; that is taken back.
CREATE FUNCTION seen(role text, statement text DEFAULT 'SELECT') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	outcome text;
BEGIN
	PERFORM set_config('role', role, true);
	EXECUTE statement;
	outcome := concat_ws(' ', proctorlink.whoami() ->> 'kind', (SELECT string_agg(title, ' ' ORDER BY title) FROM proctorlink.course));
	RAISE EXCEPTION USING ERRCODE = 'UNDO0';
EXCEPTION
	WHEN SQLSTATE 'UNDO0' THEN
		RETURN outcome;
	WHEN OTHERS THEN
		RETURN concat_ws(' ', SQLSTATE, SQLERRM);
END
$$;
CREATE FUNCTION use(install text) RETURNS text IMMUTABLE LANGUAGE sql AS $$ SELECT format('SELECT proctorlink.use_install(%L)', install) $$;
CREATE FUNCTION provision(install text) RETURNS text IMMUTABLE LANGUAGE sql AS $$
	SELECT format('SELECT proctorlink.batch_provision(%L)', course_item() || coalesce(jsonb_build_object('installSid', install), '{}'))
$$;
GRANT USAGE ON SCHEMA public TO PUBLIC;

SELECT is(seen('proctorlink_test_app'), 'nobody', 'a role with privileges alone sees nothing');
SELECT is(seen('proctorlink_test_app', provision(NULL)), 'PT403 AUTHENTICATIONFAILED', 'does nothing');
SELECT is(seen('proctorlink_test_app', provision(:'one')), 'PT403 AUTHENTICATIONFAILED', 'also for an install that it names');
SELECT is(seen('proctorlink_test_app', use(:'one')), 'PT403 AUTHENTICATIONFAILED', 'or chooses');
SELECT is(seen('proctorlink_test_app', format('SELECT proctorlink.bind_role(%L, current_user::regrole)', :'one')), '42501 permission denied for function bind_role', 'and binds nobody');
SELECT proctorlink.bind_role(:'one', 'proctorlink_test_app') IS NULL AS unused \gset
SELECT is(seen('proctorlink_test_app'), 'role One', 'bound, it is known and sees the install''s rows');
SELECT is(seen('proctorlink_test_app', provision(NULL)), 'role Anatomy One', 'acts for it');
SELECT is(seen('proctorlink_test_app', provision(:'one')), 'role Anatomy One', 'named or not');
SELECT is(seen('proctorlink_test_app', provision(:'two')), 'PT403 AUTHENTICATIONFAILED', 'and for no other');
SELECT is(seen('proctorlink_test_app', use(:'two')), 'PT403 AUTHENTICATIONFAILED', 'chosen or not');
SELECT is(seen('proctorlink_test_app', format('INSERT INTO proctorlink.course (install_id, title, code) VALUES (%L, %L, %L)', proctorlink.sid_uuid(:'two'), 'T', 'C')),
	'42501 new row violates row-level security policy for table "course"', 'nor writes it');
SELECT is(seen('proctorlink_test_part'), 'nobody', 'members are not bound with it');
SELECT is((SELECT count(*) FROM proctorlink.event WHERE kind = 'role_bound' AND subject_sid = :'one' AND changes = '{"role": "proctorlink_test_app"}'), 1::bigint, 'there is an event');
SELECT contents(true) AS before \gset
SELECT proctorlink.bind_role(:'one', 'proctorlink_test_app') IS NULL AS unused \gset
SELECT is(contents(true), :'before', 'again: nothing changes');
SELECT is((SELECT count(*) FROM proctorlink.event WHERE kind = 'role_bound'), 1::bigint, 'and no event');

SELECT proctorlink.bind_role(:'two', 'proctorlink_test_app') IS NULL AS unused \gset
SELECT is(seen('proctorlink_test_app'), 'nobody', 'bound to two, it has to choose');
SELECT is(seen('proctorlink_test_app', provision(NULL)), 'PT403 AUTHENTICATIONFAILED', 'for every call');
SELECT is(seen('proctorlink_test_app', use(:'two')), 'role Two', 'chosen');
SELECT is(seen('proctorlink_test_app', use(:'two') || '; ' || use(:'one')), 'role One', 'and chosen anew');
SELECT is(seen('proctorlink_test_app', use(:'three')), 'PT403 AUTHENTICATIONFAILED', 'not a third');
SELECT is(seen('proctorlink_test_app', use(:'two') || '; ' || provision(:'one')), 'PT403 AUTHENTICATIONFAILED', 'a payload agrees with what was chosen');
SELECT is(seen('proctorlink_test_app', use(:'two') || '; ' || provision(:'two')), 'role Anatomy Two', 'agreed');
SELECT is(seen('proctorlink_test_app', provision(:'one')), 'nobody', 'or is enough by itself, for the call');
SELECT is(seen('proctorlink_test_app', format('SELECT proctorlink.provision(%L, %L)', :'three', course_item())), 'PT403 AUTHENTICATIONFAILED', 'which no argument goes beyond');

SELECT proctorlink.unbind_role(:'two', 'proctorlink_test_app') IS NULL AS unused \gset
SELECT is(seen('proctorlink_test_app'), 'role One', 'unbound from one, it acts for the other');
SELECT is((SELECT count(*) FROM proctorlink.event WHERE kind = 'role_unbound'), 1::bigint, 'there is an event');
SELECT proctorlink.unbind_role(:'two', 'proctorlink_test_app') IS NULL AS unused \gset
SELECT is((SELECT count(*) FROM proctorlink.event WHERE kind = 'role_unbound'), 1::bigint, 'what was not bound is no event');

-- A role made anew under the name is another, and so is one that was renamed.
ALTER ROLE proctorlink_test_app RENAME TO proctorlink_test_renamed;
SELECT is(seen('proctorlink_test_renamed'), 'nobody', 'renamed, it is not bound');
ALTER ROLE proctorlink_test_renamed RENAME TO proctorlink_test_app;
SELECT is(seen('proctorlink_test_app'), 'role One', 'until it has its name again');
DROP ROLE proctorlink_test_app;
CREATE ROLE proctorlink_test_app IN ROLE proctorlink_api;
SELECT is(seen('proctorlink_test_app'), 'nobody', 'made anew, it is not bound');
SELECT is(seen('proctorlink_test_app', provision(:'one')), 'PT403 AUTHENTICATIONFAILED', 'in no way');
SELECT proctorlink.bind_role(:'one', 'proctorlink_test_app') IS NULL AS unused \gset
SELECT is(seen('proctorlink_test_app'), 'role One', 'until it is bound anew');
SELECT is((SELECT count(*) FROM proctorlink.role_binding WHERE role_name = 'proctorlink_test_app'), 1::bigint, 'in the place of the other');
SELECT proctorlink.unbind_role(:'one', 'proctorlink_test_app') IS NULL AS unused \gset
SELECT is(seen('proctorlink_test_app'), 'nobody', 'and unbound');

SELECT is(after('SELECT', format('SELECT proctorlink.bind_role(%L, %L)', :'one', role)), format('PT409 CONFLICT: role: %s is shared by all callers of a front', role), role || ' is not bound')
FROM unnest('{proctorlink_api,proctorlink_marker,proctorlink_anon}'::text[]) role;
SELECT is(refused(format(statement, :'one')), outcome, statement)
FROM (VALUES
	('SELECT proctorlink.bind_role(NULL, current_user::regrole)', 'PT400 INVALIDINPUT'), ('SELECT proctorlink.bind_role(%L, NULL)', 'PT400 INVALIDINPUT'),
	('SELECT proctorlink.bind_role(%L, 0::regrole)', 'PT400 INVALIDINPUT'), ('SELECT proctorlink.bind_role(%L, 4294967295::oid::regrole)', 'PT400 INVALIDINPUT'),
	('SELECT proctorlink.bind_role(%L, ''nobody of this name'')', '42602'), ('SELECT proctorlink.bind_role(%L, ''nobody_of_this_name'')', '42704'),
	('SELECT proctorlink.bind_role(''AI'', current_user::regrole)', 'PT400 INVALIDINPUT'),
	('SELECT proctorlink.bind_role(''AI00000000000000000000000000000000'', current_user::regrole)', 'PT404 RESOURCENOTFOUND'),
	('SELECT proctorlink.unbind_role(%L, NULL)', 'PT400 INVALIDINPUT'), ('SELECT proctorlink.unbind_role(NULL, current_user::regrole)', 'PT400 INVALIDINPUT')
) bad (statement, outcome);

-- 6. Fronts that are trusted.

CREATE ROLE proctorlink_test_front IN ROLE proctorlink_api, proctorlink_marker, proctorlink_anon;
INSERT INTO proctorlink.account (install_id, candidate_ext_id) VALUES (proctorlink.sid_uuid(:'one'), 'u');
-- Whom the claims of a session speak for, and in which role.
CREATE FUNCTION claimed(claims jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	outcome text;
BEGIN
	SET LOCAL SESSION AUTHORIZATION proctorlink_test_front;
	PERFORM set_config('request.jwt.claims', claims::text, true);
	PERFORM proctorlink.pre_request();
	outcome := concat_ws(' ', proctorlink.whoami() ->> 'kind', current_user);
	RAISE EXCEPTION USING ERRCODE = 'UNDO0';
EXCEPTION
	WHEN SQLSTATE 'UNDO0' THEN
		RETURN outcome;
	WHEN OTHERS THEN
		RETURN concat_ws(' ', SQLSTATE, SQLERRM);
END
$$;
CREATE TABLE claim AS SELECT jsonb_build_object('install', :'one') AS system,
	jsonb_build_object('install', :'one', 'sub', (SELECT proctorlink.sid('US', account_id) FROM proctorlink.account)) AS person;
SELECT is(claimed(system), 'nobody proctorlink_test_front', 'nobody believes just anybody') FROM claim;
SELECT proctorlink.trust_front('proctorlink_test_front') IS NULL AS unused \gset
SELECT is(claimed(system) || ', ' || claimed(person), 'system proctorlink_api, person proctorlink_marker', 'trusted, it is believed') FROM claim;
SELECT is(claimed('{"install": "AI00000000000000000000000000000000"}'), 'nobody proctorlink_api', 'not for an install that is none');
SELECT contents(true) AS before \gset
SELECT proctorlink.trust_front('proctorlink_test_front') IS NULL AS unused \gset
SELECT is(contents(true), :'before', 'again: nothing changes');
SELECT proctorlink.distrust_front('proctorlink_test_front') IS NULL, proctorlink.distrust_front('proctorlink_test_front') IS NULL \g /dev/null
SELECT is(claimed(system), 'nobody proctorlink_test_front', 'distrusted, it is not') FROM claim;
SELECT proctorlink.trust_front('proctorlink_test_front') IS NULL AS unused \gset
DROP ROLE proctorlink_test_front;
CREATE ROLE proctorlink_test_front IN ROLE proctorlink_api, proctorlink_marker, proctorlink_anon;
SELECT is(claimed(system), 'nobody proctorlink_test_front', 'nor is a role made anew') FROM claim;
SELECT is(refused(statement), 'PT400 INVALIDINPUT', statement)
FROM unnest('{SELECT proctorlink.trust_front(NULL),SELECT proctorlink.trust_front(0::regrole),SELECT proctorlink.distrust_front(NULL)}'::text[]) statement;

SELECT * FROM finish();
ROLLBACK;
