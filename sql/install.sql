-- install.sql
--		The extension goes into a database of its own kind, and into no other.

CREATE EXTENSION proctorlink;

SELECT extname, extversion, nspname, extrelocatable
FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace
WHERE extname = 'proctorlink';
SELECT proctorlink.version() = extversion AS the_library_is_this_version
FROM pg_extension WHERE extname = 'proctorlink';

-- only once, and nowhere else
CREATE EXTENSION proctorlink;
ALTER EXTENSION proctorlink SET SCHEMA public;

-- no other schema
CREATE SCHEMA elsewhere;
DROP EXTENSION proctorlink;
CREATE EXTENSION proctorlink SCHEMA elsewhere;
DROP SCHEMA elsewhere;
CREATE EXTENSION proctorlink;

-- ids and JSON are taken as UTF-8, so it takes a database in UTF-8
SELECT current_database() AS this_database \gset
\set VERBOSITY terse
CREATE DATABASE proctorlink_latin1 TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C';
\c proctorlink_latin1
CREATE EXTENSION proctorlink;
SELECT count(*) FROM pg_namespace WHERE nspname = 'proctorlink';
\c :this_database
DROP DATABASE proctorlink_latin1;
