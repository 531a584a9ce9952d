-- test/pgtap/privileges.sql
--		Who may do what: privileges.psql against the catalog, which has every
--		object of the extension; one that has no line there fails.

BEGIN;
SET LOCAL client_min_messages TO warning;
\ir privileges.psql
SELECT plan(28);

-- Installed by a role that is no superuser, as a trusted extension can be; the
-- same role then makes the roles and gives them what they may do.
CREATE ROLE proctorlink_test_installer CREATEROLE;
SELECT format('GRANT CREATE ON DATABASE %I TO proctorlink_test_installer', current_database()) \gexec
DROP EXTENSION proctorlink;
DROP SCHEMA proctorlink;
SET SESSION AUTHORIZATION proctorlink_test_installer;
CREATE EXTENSION proctorlink;
SELECT proctorlink.setup_roles();
RESET SESSION AUTHORIZATION;

-- The extension's objects, found by what belongs to it.
CREATE VIEW member AS
	SELECT d.classid::regclass AS catalog, d.objid AS oid
	FROM pg_depend d JOIN pg_extension x ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = x.oid
	WHERE x.extname = 'proctorlink' AND d.deptype = 'e';
CREATE VIEW relation AS
	SELECT c.oid, c.relname AS name, c.relkind AS kind, c.relowner AS owner, c.relacl AS acl
	FROM pg_class c JOIN member m ON m.oid = c.oid AND m.catalog = 'pg_class'::regclass;
CREATE VIEW routine AS
	SELECT p.oid, p.proname AS name, p.prokind AS kind, p.proowner AS owner, coalesce(p.proacl, acldefault('f', p.proowner)) AS acl
	FROM pg_proc p JOIN member m ON m.oid = p.oid AND m.catalog = 'pg_proc'::regclass;
CREATE TABLE caller (letter text, place int, role oid, owns boolean);
INSERT INTO caller VALUES ('p', 1, 0), ('n', 2, 'proctorlink_anon'::regrole), ('a', 3, 'proctorlink_api'::regrole),
	('m', 4, 'proctorlink_marker'::regrole), ('d', 5, 'proctorlink_admin'::regrole), ('i', 6, 'proctorlink_test_installer'::regrole);

-- Letters in the order of the roles.
CREATE FUNCTION in_order(letters text) RETURNS text IMMUTABLE LANGUAGE sql AS $$
	SELECT coalesce(string_agg(letter, '' ORDER BY strpos('pnamdi', letter)), '') FROM regexp_split_to_table(letters, '') AS letter
$$;

-- 1. What there is.
SELECT is((SELECT string_agg(DISTINCT catalog::text, ' ' ORDER BY catalog::text) FROM member), 'pg_class pg_proc', 'the kinds of objects');
SELECT is((SELECT string_agg(name, ' ') FROM relation WHERE kind NOT IN ('r', 'v')), NULL, 'relations are tables and views, none a sequence');
SELECT is((SELECT string_agg(name, ' ') FROM routine WHERE kind <> 'f'), NULL, 'routines are functions');
SELECT is((SELECT string_agg(name, ' ') FROM (SELECT name FROM routine GROUP BY name HAVING count(*) > 1) n), NULL, 'each with a name of its own');
SELECT is((SELECT string_agg(c.relname, ' ') FROM pg_class c WHERE c.relnamespace = 'proctorlink'::regnamespace AND c.relkind NOT IN ('i')
	AND c.oid NOT IN (SELECT oid FROM relation)), NULL, 'nothing in the schema is outside the extension');
SELECT is((SELECT string_agg(t.typname, ' ') FROM pg_type t WHERE t.typnamespace = 'proctorlink'::regnamespace
	AND (t.typacl IS NOT NULL OR t.typrelid NOT IN (SELECT oid FROM relation) AND t.typelem = 0)), NULL,
	'types are those of the tables'' rows, with no privileges of their own');

-- 2. Functions.
SELECT is((SELECT string_agg(name, ' ' ORDER BY name) FROM routine WHERE name NOT IN (SELECT name FROM may_call)), NULL, 'every function has a line');
SELECT is((SELECT string_agg(name, ' ' ORDER BY name) FROM may_call WHERE name NOT IN (SELECT name FROM routine)), NULL, 'every line a function');
SELECT is((SELECT string_agg(name, ' ') FROM (SELECT name FROM may_call GROUP BY name HAVING count(*) > 1) n), NULL, 'and only one');
SELECT is((SELECT string_agg(format('%s is for %s, not %s', r.name, is_for, meant), E'\n' ORDER BY r.name)
	FROM routine r JOIN may_call USING (name),
		in_order(letters) AS meant,
		LATERAL (SELECT coalesce(string_agg(coalesce(c.letter, a.grantee::regrole::text) || CASE WHEN a.is_grantable <> (c.letter IS NOT DISTINCT FROM 'i') THEN '*' ELSE '' END,
				'' ORDER BY c.place), '') AS is_for
			FROM aclexplode(r.acl) a LEFT JOIN caller c ON c.role = a.grantee WHERE a.grantee <> r.owner) held
	WHERE is_for <> meant), NULL, 'functions are for whom they are meant');

-- 3. Tables, views and their columns.
CREATE VIEW held AS
	SELECT r.name AS relation, ''::text AS col, r.owner, a.grantee, left(a.privilege_type, 1) AS privilege, a.privilege_type AS whole, a.is_grantable
	FROM relation r, aclexplode(coalesce(r.acl, acldefault('r', r.owner))) a
	UNION ALL
	SELECT r.name, t.attname, r.owner, a.grantee, left(a.privilege_type, 1), a.privilege_type, a.is_grantable
	FROM relation r JOIN pg_attribute t ON t.attrelid = r.oid, aclexplode(t.attacl) a;
-- What a role may do with a column, through the table or through the column.
CREATE VIEW may_do AS
	SELECT relation, col, coalesce(string_agg(letter || ':' || may, ' ' ORDER BY place), '') AS privileges
	FROM (
		SELECT r.name AS relation, t.attname AS col, c.letter, c.place, string_agg(DISTINCT h.privilege, '' ORDER BY h.privilege DESC) AS may
		FROM relation r JOIN pg_attribute t ON t.attrelid = r.oid AND t.attnum > 0 AND NOT t.attisdropped
		CROSS JOIN caller c
		LEFT JOIN held h ON h.relation = r.name AND h.col IN ('', t.attname) AND h.grantee = c.role AND h.whole IN ('SELECT', 'INSERT', 'UPDATE')
		WHERE c.letter <> 'i'
		GROUP BY r.name, t.attname, c.letter, c.place
		UNION ALL
		SELECT r.name, '', c.letter, c.place, string_agg(DISTINCT h.privilege, '' ORDER BY h.privilege)
		FROM relation r CROSS JOIN caller c
		LEFT JOIN held h ON h.relation = r.name AND h.col = '' AND h.grantee = c.role AND (c.letter = 'i' OR h.whole = 'DELETE')
		GROUP BY r.name, c.letter, c.place
	) p GROUP BY relation, col;
-- Privileges in one order, whichever they are written in.
CREATE FUNCTION sorted(privileges text) RETURNS text IMMUTABLE LANGUAGE sql AS $$
	SELECT coalesce(string_agg(letter || ':' || may, ' ' ORDER BY strpos('pnamdi', letter)), '')
	FROM (SELECT split_part(one, ':', 1) AS letter, string_agg(p, '' ORDER BY p) AS may
		FROM regexp_split_to_table(privileges, ' ') AS one, regexp_split_to_table(split_part(one, ':', 2), '') AS p
		WHERE one <> '' GROUP BY one) s
$$;
CREATE VIEW meant AS
	SELECT relation, col, sorted(privileges) AS privileges FROM may_use;

SELECT is((SELECT string_agg(relation || '.' || col, ' ' ORDER BY relation, col) FROM may_do WHERE col <> '' AND (relation, col) NOT IN (SELECT relation, col FROM meant)),
	NULL, 'every column has a line');
SELECT is((SELECT string_agg(relation || '.' || col, ' ' ORDER BY relation, col) FROM meant WHERE (relation, col) NOT IN (SELECT relation, col FROM may_do)),
	NULL, 'every line a column');
SELECT is((SELECT string_agg(relation || '.' || col, ' ') FROM (SELECT relation, col FROM meant GROUP BY relation, col HAVING count(*) > 1) n), NULL, 'and only one');
SELECT is((SELECT string_agg(format('%s.%s is %s, not %s', d.relation, d.col, sorted(d.privileges), coalesce(m.privileges, 'closed')), E'\n' ORDER BY d.relation, d.col)
	FROM may_do d LEFT JOIN meant m USING (relation, col)
	WHERE sorted(d.privileges) <> coalesce(m.privileges, '')), NULL, 'tables are for whom they are meant');
SELECT is((SELECT string_agg(DISTINCT grantee::regrole::text, ' ') FROM held WHERE grantee <> owner AND grantee NOT IN (SELECT role FROM caller)), NULL,
	'and nobody else''s');
SELECT is((SELECT string_agg(DISTINCT relation || ' ' || whole, ', ') FROM held WHERE grantee <> owner AND whole NOT IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')), NULL,
	'nobody may truncate, refer or make triggers');
SELECT is((SELECT string_agg(format('%s.%s %s', relation, col, letter), ', ') FROM held JOIN caller c ON c.role = grantee
	WHERE is_grantable <> (letter = 'i')), NULL, 'who installs may grant on, nobody else');
SELECT is((SELECT string_agg(format('%s.%s by %s', r.name, t.attname, c.letter), ', ')
	FROM relation r JOIN pg_attribute t ON t.attrelid = r.oid AND t.attname IN ('created_at', 'updated_at'), caller c
	WHERE c.letter IN ('n', 'a', 'm', 'd') AND (has_column_privilege(c.role, r.oid, t.attnum, 'INSERT') OR has_column_privilege(c.role, r.oid, t.attnum, 'UPDATE'))), NULL,
	'when a row was made or changed is said by none of the roles');
SELECT is((SELECT string_agg(name, ' ') FROM relation r WHERE kind = 'r'
	AND NOT (SELECT relrowsecurity AND NOT relforcerowsecurity FROM pg_class WHERE oid = r.oid)), NULL, 'every table has row-level security, for all but its owner');
SELECT is((SELECT string_agg(r.name, ' ') FROM relation r WHERE kind = 'r' AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = r.oid)), NULL,
	'and a policy');
SELECT is((SELECT string_agg(r.name, ' ') FROM relation r JOIN pg_class c USING (oid) WHERE kind = 'v' AND c.reloptions @> '{security_invoker=true}' IS NOT TRUE), NULL,
	'every view asks as whoever reads it');

-- 4. The schema, what comes later, and the roles themselves.
SELECT is((SELECT string_agg(coalesce(c.letter, a.grantee::regrole::text) || ':' || a.privilege_type || CASE WHEN a.is_grantable THEN '*' ELSE '' END, ' ' ORDER BY c.place, a.privilege_type)
	FROM pg_namespace n, aclexplode(n.nspacl) a LEFT JOIN caller c ON c.role = a.grantee
	WHERE n.nspname = 'proctorlink' AND a.grantee <> n.nspowner),
	'n:USAGE a:USAGE m:USAGE d:USAGE', 'the schema may be used, and nothing made in it');
SELECT is((SELECT nspowner::regrole::text FROM pg_namespace WHERE nspname = 'proctorlink'), 'proctorlink_test_installer',
	'but by who installs, whom PostgreSQL makes its owner');
SELECT is((SELECT count(*) FROM pg_default_acl a, aclexplode(a.defaclacl) x WHERE x.grantee IN (SELECT role FROM caller WHERE role <> 0)
	OR a.defaclnamespace = 'proctorlink'::regnamespace), 0::bigint, 'no default privileges');
SELECT is((SELECT string_agg(DISTINCT d.classid::regclass || ' ' || c.letter, ', ') FROM pg_shdepend d JOIN caller c ON c.role = d.refobjid
	WHERE d.refclassid = 'pg_authid'::regclass AND d.deptype = 'o' AND c.letter <> 'i'), NULL, 'the roles own nothing');
SELECT is((SELECT string_agg(name, ' ') FROM (SELECT name, owner FROM relation UNION ALL SELECT name, owner FROM routine) o
	WHERE NOT (SELECT rolsuper FROM pg_roles WHERE oid = o.owner)), NULL, 'a superuser owns everything, whoever installs');
SELECT is((SELECT string_agg(DISTINCT d.classid::regclass::text, ' ' ORDER BY d.classid::regclass::text) FROM pg_shdepend d JOIN caller c ON c.role = d.refobjid
	WHERE d.refclassid = 'pg_authid'::regclass AND c.letter IN ('n', 'a', 'm', 'd') AND d.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())),
	'pg_class pg_namespace pg_proc', 'and have privileges on nothing else here');
SELECT is((SELECT string_agg(pg_describe_object(d.classid, d.objid, d.objsubid), ', ') FROM pg_shdepend d JOIN caller c ON c.role = d.refobjid
	WHERE d.refclassid = 'pg_authid'::regclass AND c.letter IN ('n', 'a', 'm', 'd') AND d.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
		AND d.classid <> 'pg_namespace'::regclass AND d.objid NOT IN (SELECT oid FROM member)), NULL, 'nor outside the extension');

SELECT * FROM finish();
ROLLBACK;
