-- domain/acting.sql
--		Which install a call acts for.

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

