-- roles.sql
--		The roles that PostgREST needs. Run it in the database by psql, as a
--		superuser, after CREATE EXTENSION proctorlink.

SELECT proctorlink.setup_roles();

-- The role that PostgREST logs in by. It has no privilege of its own: each request
-- begins as proctorlink_anon, and pre_request() takes one of the others for who
-- has shown a credential. proctorlink_admin is not among them.
CREATE ROLE authenticator LOGIN NOINHERIT;
GRANT proctorlink_anon, proctorlink_api, proctorlink_marker TO authenticator;

-- A password, or a line in pg_hba.conf, is yours to choose:
-- \password authenticator

-- As long as nginx waits for the longest call.
ALTER ROLE authenticator SET statement_timeout = '10min';
ALTER ROLE authenticator SET idle_in_transaction_session_timeout = '1min';

-- Where PostgREST verifies tokens of an identity provider by itself (jwt-secret in
-- postgrest.conf), and only there: believe the claims install, sub and
-- integration that it has verified. Nothing else may be able to log in by the role.
-- SELECT proctorlink.trust_front('authenticator');

NOTIFY pgrst, 'reload schema';
