-- domain/acting.sql
--		Which install a call acts for.

-- Policies run as whoever reads the table, so EXECUTE on these two stays with
-- PUBLIC; they tell callers about themselves alone.
CREATE FUNCTION proctorlink.current_install() RETURNS uuid
	LANGUAGE C STABLE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'proctorlink_current_install';
COMMENT ON FUNCTION proctorlink.current_install() IS
'The install whose rows the caller sees: that of the verified token, else the one chosen by use_install, else the only one that the role may act for; null where there is none. Used by policies. Raises PT403 AUTHENTICATIONFAILED when the caller brought credentials that are not good.';

CREATE FUNCTION proctorlink.acts_for_all() RETURNS boolean
	LANGUAGE C STABLE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'proctorlink_acts_for_all';
COMMENT ON FUNCTION proctorlink.acts_for_all() IS
'Whether the caller may act for every install: a role with the privilege to make installs, and no token. Used by policies.';

CREATE FUNCTION proctorlink.use_install(install_sid text, integration_sid text DEFAULT NULL) RETURNS void
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_use_install';
COMMENT ON FUNCTION proctorlink.use_install(text, text) IS
'Chooses the install (AI...) that the following calls of this transaction act for; with an integration (II...) the caller speaks for that provider. Ends with the transaction, or with the savepoint that it was called under. Raises PT403 AUTHENTICATIONFAILED when there is no such install or integration for this caller, PT400 INVALIDINPUT for a text that is no such sid.';
REVOKE ALL ON FUNCTION proctorlink.use_install(text, text) FROM PUBLIC;

CREATE FUNCTION proctorlink.whoami() RETURNS jsonb
	LANGUAGE C STABLE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'proctorlink_whoami';
COMMENT ON FUNCTION proctorlink.whoami() IS
'Whom this transaction acts for: {"kind": "system" | "person" | "role" | "nobody", "install", "integration", "user", "role", "token"}, null where it does not apply.';
REVOKE ALL ON FUNCTION proctorlink.whoami() FROM PUBLIC;

