-- catalog.sql
--		What every object of the extension must have.  Each query lists those that
--		lack it.

-- what there is
CREATE TEMP VIEW member AS
	SELECT d.classid, d.objid FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid AND d.refclassid = 'pg_extension'::regclass
	WHERE e.extname = 'proctorlink' AND d.deptype = 'e';
CREATE TEMP VIEW relation AS
	SELECT c.* FROM pg_class c JOIN member m ON m.classid = 'pg_class'::regclass AND m.objid = c.oid;
CREATE TEMP VIEW function AS
	SELECT p.* FROM pg_proc p JOIN member m ON m.classid = 'pg_proc'::regclass AND m.objid = p.oid;
CREATE TEMP VIEW key AS
	SELECT c.conrelid, c.conname, c.contype, c.conkey FROM pg_constraint c JOIN relation r ON r.oid = c.conrelid
	WHERE c.contype IN ('p', 'u', 'f', 'x');

SELECT relkind, relname FROM relation WHERE relkind IN ('r', 'v') ORDER BY relkind, relname COLLATE "C";
-- (row types are members since 17)
SELECT DISTINCT classid::regclass FROM member WHERE classid <> 'pg_type'::regclass ORDER BY 1;

-- all of it stands in the one schema
SELECT oid::regclass FROM relation WHERE relnamespace <> 'proctorlink'::regnamespace;
SELECT oid::regprocedure FROM function WHERE pronamespace <> 'proctorlink'::regnamespace;

-- a comment
SELECT oid::regclass FROM relation WHERE relkind IN ('r', 'v') AND coalesce(obj_description(oid, 'pg_class'), '') = '';
SELECT attrelid::regclass, attname FROM pg_attribute a JOIN relation r ON r.oid = a.attrelid
WHERE r.relkind IN ('r', 'v') AND attnum > 0 AND NOT attisdropped AND coalesce(col_description(attrelid, attnum), '') = '';
SELECT oid::regprocedure FROM function WHERE coalesce(obj_description(oid, 'pg_proc'), '') = '';

-- every argument of what is called from outside has a name, but the body that PostgREST sends
SELECT oid::regprocedure FROM function
WHERE pronargs > 0 AND (proargnames IS NULL OR '' = ANY (proargnames));

-- what PUBLIC may execute: checks of tables, and the default of keys
SELECT oid::regprocedure FROM function WHERE has_function_privilege('public', oid, 'EXECUTE') ORDER BY proname COLLATE "C";
-- what PUBLIC may do with tables
SELECT oid::regclass FROM relation
WHERE relkind IN ('r', 'v') AND has_table_privilege('public', oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER');
SELECT has_schema_privilege('public', 'proctorlink', 'USAGE, CREATE') AS public_may_use_the_schema;

-- pg_dump carries the rows of every table, whole
SELECT r.oid::regclass FROM relation r WHERE r.relkind = 'r' AND NOT EXISTS (
	SELECT FROM pg_extension e WHERE e.extname = 'proctorlink' AND r.oid = ANY (e.extconfig)
		AND e.extcondition[array_position(e.extconfig, r.oid)] = '');

-- every key begins with the install
SELECT k.conrelid::regclass, k.conname FROM key k
WHERE (SELECT attname FROM pg_attribute WHERE attrelid = k.conrelid AND attnum = k.conkey[1]) <> 'install_id';
SELECT indexrelid::regclass FROM pg_index i JOIN relation r ON r.oid = i.indrelid
WHERE indisunique AND (SELECT attname FROM pg_attribute WHERE attrelid = i.indrelid AND attnum = i.indkey[0]) <> 'install_id';
-- and every table has a primary key and an install
SELECT oid::regclass FROM relation r WHERE relkind = 'r'
	AND (NOT EXISTS (SELECT FROM key WHERE conrelid = r.oid AND contype = 'p')
		OR NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = r.oid AND attname = 'install_id' AND attnotnull AND atttypid = 'uuid'::regtype)
		OR NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = r.oid AND attname = 'created_at' AND attnotnull AND atttypid = 'timestamptz'::regtype));

-- an index serves every foreign key; a partial one may leave out only what is null
-- or, for roles of accounts, what nearly all have
SELECT k.conrelid::regclass, k.conname,
	(SELECT pg_get_expr(indpred, indrelid) FROM pg_index i WHERE i.indrelid = k.conrelid AND indpred IS NOT NULL
	 AND (SELECT array_agg(c ORDER BY c) FROM unnest(k.conkey) c)
		<@ (i.indkey::smallint[])[0 : cardinality(k.conkey) - 1] LIMIT 1) AS but_only_where
FROM key k
WHERE k.contype = 'f' AND NOT EXISTS (
	SELECT FROM pg_index i WHERE i.indrelid = k.conrelid AND i.indisvalid AND i.indpred IS NULL
		AND (SELECT array_agg(c ORDER BY c) FROM unnest(k.conkey) c)
			<@ (i.indkey::smallint[])[0 : cardinality(k.conkey) - 1])
ORDER BY 1::text COLLATE "C", 2;

-- constraints are named, none by PostgreSQL
SELECT conrelid::regclass, conname FROM pg_constraint c JOIN relation r ON r.oid = c.conrelid
WHERE conname ~ '_check\d*$|_key\d*$|_excl\d*$' OR NOT convalidated;

-- SECURITY DEFINER without a pinned search_path
SELECT oid::regprocedure FROM function
WHERE prosecdef AND NOT coalesce((SELECT bool_or(c ~ '^search_path=pg_catalog, pg_temp') FROM unnest(proconfig) AS c), false);
-- views see with the eyes of whoever asks
SELECT oid::regclass FROM relation WHERE relkind = 'v' AND NOT coalesce('security_invoker=true' = ANY (reloptions), false);

-- how each function behaves
SELECT p.proname, CASE provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END AS volatility,
	CASE proparallel WHEN 's' THEN 'safe' WHEN 'r' THEN 'restricted' ELSE 'unsafe' END AS parallel,
	proisstrict AS strict, l.lanname AS language, prosecdef AS definer
FROM function p JOIN pg_language l ON l.oid = p.prolang
WHERE p.prorettype <> 'trigger'::regtype ORDER BY p.proname COLLATE "C";

-- what is called from outside, as it is called
SELECT p.proname, pg_get_function_arguments(p.oid) AS arguments, pg_get_function_result(p.oid) AS result
FROM function p
WHERE NOT has_function_privilege('public', p.oid, 'EXECUTE') AND p.prorettype <> 'trigger'::regtype
	AND obj_description(p.oid, 'pg_proc') NOT LIKE 'Internal:%'
ORDER BY p.proname COLLATE "C";

-- a table whose rows change tells when
SELECT oid::regclass FROM relation r WHERE relkind = 'r'
	AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = r.oid AND attname = 'updated_at')
	AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = r.oid AND tgtype & 19 = 19 AND NOT tgisinternal);
-- the triggers, the BEFORE ROW ones at most one a table and event
SELECT tgrelid::regclass AS on_table, tgname, tgenabled, pg_get_triggerdef(t.oid) ~ ' BEFORE ' AS before,
	concat_ws(',', CASE WHEN tgtype & 4 > 0 THEN 'insert' END, CASE WHEN tgtype & 16 > 0 THEN 'update' END,
		CASE WHEN tgtype & 8 > 0 THEN 'delete' END) AS event,
	CASE WHEN tgtype & 1 > 0 THEN 'row' ELSE 'statement' END AS level, tgfoid::regproc AS calls
FROM pg_trigger t JOIN relation r ON r.oid = t.tgrelid WHERE NOT tgisinternal
ORDER BY r.relname COLLATE "C", tgname COLLATE "C";
SELECT tgrelid::regclass, event, count(*) FROM pg_trigger t JOIN relation r ON r.oid = t.tgrelid,
	LATERAL unnest(ARRAY[4, 8, 16]) AS event
WHERE NOT tgisinternal AND tgtype & 3 = 3 AND tgtype & event > 0 GROUP BY 1, 2 HAVING count(*) > 1;
-- each function of a trigger is one's
SELECT oid::regprocedure FROM function p WHERE prorettype = 'trigger'::regtype
	AND NOT EXISTS (SELECT FROM pg_trigger t JOIN relation r ON r.oid = t.tgrelid WHERE tgfoid = p.oid);

-- ids compare byte by byte
SELECT attrelid::regclass, attname FROM pg_attribute a JOIN relation r ON r.oid = a.attrelid
WHERE r.relkind = 'r' AND a.atttypid = 'text'::regtype AND attnum > 0
	AND (attname ~ '_(ext_)?id$' OR attname IN ('username', 'idempotency_key'))
	AND attcollation <> (SELECT oid FROM pg_collation WHERE collname = 'C' AND collnamespace = 'pg_catalog'::regnamespace);

-- row-level security on every table
SELECT oid::regclass FROM relation WHERE relkind = 'r' AND NOT (SELECT relrowsecurity FROM pg_class c WHERE c.oid = relation.oid);
SELECT policyname, permissive, roles, cmd, qual, with_check, string_agg(tablename, ' ' ORDER BY tablename COLLATE "C") AS tables
FROM pg_policies WHERE schemaname = 'proctorlink' GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, min(tablename COLLATE "C");
