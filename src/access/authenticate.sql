-- access/authenticate.sql
--		Who is calling: by a token, or by a front that has verified one.

-- Whose word counts is asked before any install is known, so this table knows none.
CREATE TABLE proctorlink.trusted_front (
	role_name name NOT NULL,
	role_oid oid NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT trusted_front_pkey PRIMARY KEY (role_name)
);
SELECT pg_extension_config_dump('proctorlink.trusted_front', '');
REVOKE ALL ON TABLE proctorlink.trusted_front FROM PUBLIC;
ALTER TABLE proctorlink.trusted_front ENABLE ROW LEVEL SECURITY;
CREATE POLICY administrators ON proctorlink.trusted_front USING ((SELECT proctorlink.acts_for_all()));
COMMENT ON TABLE proctorlink.trusted_front IS 'Roles by which a front logs in that verifies tokens itself, such as PostgREST: what it says in request.jwt.claims is believed. The role''s name and its OID must both agree.';
COMMENT ON COLUMN proctorlink.trusted_front.role_name IS 'Name of the role that the front logs in by.';
COMMENT ON COLUMN proctorlink.trusted_front.role_oid IS 'Its OID when it was trusted.';
COMMENT ON COLUMN proctorlink.trusted_front.created_at IS 'When the row was made.';

CREATE FUNCTION proctorlink.trust_front(role regrole) RETURNS void
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_trust_front';
COMMENT ON FUNCTION proctorlink.trust_front(regrole) IS
'Believes what sessions that logged in as this role say in request.jwt.claims: install (AI...), and sub (US...) for a person, integration (II...) for a provider. Only for a role that nothing but a front that verifies every token can log in by. Raises PT400 INVALIDINPUT.';
REVOKE ALL ON FUNCTION proctorlink.trust_front(regrole) FROM PUBLIC;

CREATE FUNCTION proctorlink.distrust_front(role regrole) RETURNS void
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_distrust_front';
COMMENT ON FUNCTION proctorlink.distrust_front(regrole) IS
'Takes back what trust_front gave; what was not given is no error. Raises PT400 INVALIDINPUT.';
REVOKE ALL ON FUNCTION proctorlink.distrust_front(regrole) FROM PUBLIC;

CREATE FUNCTION proctorlink.authenticate("authorization" text) RETURNS jsonb
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_authenticate';
COMMENT ON FUNCTION proctorlink.authenticate(text) IS
'Acts for whom a token speaks, until the end of the transaction, or of the savepoint that it was called under: an EAPI token (EAPI plk_..., or the token alone) for a system, an access token (Bearer ...) for a person. Answers as whoami. Raises PT403 AUTHENTICATIONFAILED, whatever is wrong with the token.';
REVOKE ALL ON FUNCTION proctorlink.authenticate(text) FROM PUBLIC;

CREATE FUNCTION proctorlink.pre_request() RETURNS void
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_pre_request';
COMMENT ON FUNCTION proctorlink.pre_request() IS
'For PostgREST (db-pre-request): reads the first of the headers token, authorization and authorization-token, or the claims of a trusted front, acts for whom it speaks, and takes the role proctorlink_api for systems, proctorlink_marker for people, until the end of the transaction. A header proctorlink-install (AI...) must name the same install. No credential: nobody, and the role stays. One that is not good: nobody as proctorlink_api, so that each door answers in its own way. Never raises for that.';
REVOKE ALL ON FUNCTION proctorlink.pre_request() FROM PUBLIC;

