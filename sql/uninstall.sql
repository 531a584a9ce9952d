-- uninstall.sql
--		What the extension brought goes with it.

SELECT count(*) > 40 AS there_is_something_to_drop FROM pg_depend
WHERE refclassid = 'pg_extension'::regclass AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'proctorlink');
SELECT proctorlink.create_install('Example University', 'https://platform.example') IS NOT NULL AS and_some_data;

DROP EXTENSION proctorlink;

-- but for the schema, which PostgreSQL leaves behind, empty
SELECT nspname FROM pg_namespace WHERE nspname LIKE '%proctorlink%';
SELECT classid::regclass, objid FROM pg_depend WHERE refclassid = 'pg_namespace'::regclass AND refobjid = 'proctorlink'::regnamespace;
SELECT proname FROM pg_proc WHERE probin LIKE '%proctorlink%';
SELECT relname FROM pg_class WHERE relnamespace::regnamespace::text LIKE '%proctorlink%';
SELECT rolname FROM pg_roles WHERE rolname LIKE 'proctorlink%';

-- and comes back
CREATE EXTENSION proctorlink;
SELECT count(*) AS installs FROM proctorlink.install;
DROP EXTENSION proctorlink CASCADE;
DROP SCHEMA proctorlink;
