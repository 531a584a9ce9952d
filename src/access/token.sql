-- access/token.sql
--		EAPI tokens: what a system shows to act for an install.

CREATE TABLE proctorlink.api_token (
	install_id uuid NOT NULL,
	api_token_id uuid NOT NULL DEFAULT proctorlink.uuid7(),
	label text NOT NULL,
	integration_id uuid,
	expires_at timestamptz,
	last_used_at timestamptz,
	revoked_at timestamptz,
	created_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT api_token_pkey PRIMARY KEY (install_id, api_token_id),
	CONSTRAINT api_token_install_fkey FOREIGN KEY (install_id) REFERENCES proctorlink.install (install_id),
	CONSTRAINT api_token_integration_fkey FOREIGN KEY (install_id, integration_id)
		REFERENCES proctorlink.integration (install_id, integration_id),
	CONSTRAINT api_token_label_length CHECK (proctorlink.is_id(label, 100))
);
CREATE INDEX api_token_integration ON proctorlink.api_token (install_id, integration_id)
	WHERE integration_id IS NOT NULL;
SELECT pg_extension_config_dump('proctorlink.api_token', '');
REVOKE ALL ON TABLE proctorlink.api_token FROM PUBLIC;
ALTER TABLE proctorlink.api_token ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON proctorlink.api_token USING (install_id = (SELECT proctorlink.current_install()));
COMMENT ON TABLE proctorlink.api_token IS 'What systems show to act for an install (EAPI tokens); the tokens themselves are not kept. Sid TK.';
COMMENT ON COLUMN proctorlink.api_token.install_id IS 'The install that the token acts for.';
COMMENT ON COLUMN proctorlink.api_token.api_token_id IS 'Key of the token; its sid is TK and these 16 bytes in hexadecimal.';
COMMENT ON COLUMN proctorlink.api_token.label IS 'What people call it: the system that it was given to.';
COMMENT ON COLUMN proctorlink.api_token.integration_id IS 'The provider that whoever has the token speaks for; null: none.';
COMMENT ON COLUMN proctorlink.api_token.expires_at IS 'When it runs out; null: never.';
COMMENT ON COLUMN proctorlink.api_token.last_used_at IS 'When it was last used, to the minute: a use is noted when the last one noted is a minute old, and not in a read-only transaction.';
COMMENT ON COLUMN proctorlink.api_token.revoked_at IS 'When it was revoked; null: it was not.';
COMMENT ON COLUMN proctorlink.api_token.created_at IS 'When it was made.';

CREATE TABLE proctorlink.api_token_hash (
	install_id uuid NOT NULL,
	api_token_id uuid NOT NULL,
	hash bytea NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT api_token_hash_pkey PRIMARY KEY (install_id, api_token_id),
	CONSTRAINT api_token_hash_unique UNIQUE (install_id, hash),
	CONSTRAINT api_token_hash_token_fkey FOREIGN KEY (install_id, api_token_id)
		REFERENCES proctorlink.api_token (install_id, api_token_id) ON DELETE CASCADE,
	CONSTRAINT api_token_hash_length CHECK (octet_length(hash) = 32)
);
SELECT pg_extension_config_dump('proctorlink.api_token_hash', '');
REVOKE ALL ON TABLE proctorlink.api_token_hash FROM PUBLIC;
ALTER TABLE proctorlink.api_token_hash ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON proctorlink.api_token_hash USING (install_id = (SELECT proctorlink.current_install()));
COMMENT ON TABLE proctorlink.api_token_hash IS 'SHA-256 of the EAPI tokens in force. Readable by the owner alone.';
COMMENT ON COLUMN proctorlink.api_token_hash.install_id IS 'The install that the token acts for.';
COMMENT ON COLUMN proctorlink.api_token_hash.api_token_id IS 'The token.';
COMMENT ON COLUMN proctorlink.api_token_hash.hash IS 'SHA-256 of the token''s text.';
COMMENT ON COLUMN proctorlink.api_token_hash.created_at IS 'When the row was made.';

CREATE FUNCTION proctorlink.generate_eapi_token(install_sid text, label text, expires_at timestamptz DEFAULT NULL, integration_sid text DEFAULT NULL) RETURNS text
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_generate_eapi_token';
COMMENT ON FUNCTION proctorlink.generate_eapi_token(text, text, timestamptz, text) IS
'Makes a token for a system that acts for an install, and answers it, this once: only its SHA-256 is kept. label tells to whom it was given (1 to 100 characters). Null expires_at: it does not run out. With an integration (II...) whoever has it speaks for that provider. Raises PT400 INVALIDINPUT, also for an expires_at that is over, PT404 RESOURCENOTFOUND.';
REVOKE ALL ON FUNCTION proctorlink.generate_eapi_token(text, text, timestamptz, text) FROM PUBLIC;

CREATE FUNCTION proctorlink.revoke_eapi_token(install_sid text, token_sid text) RETURNS boolean
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_revoke_eapi_token';
COMMENT ON FUNCTION proctorlink.revoke_eapi_token(text, text) IS
'Revokes a token (TK...), for good; a call that has begun with it ends as it began. Answers false where it was revoked before. Raises PT400 INVALIDINPUT, PT404 RESOURCENOTFOUND.';
REVOKE ALL ON FUNCTION proctorlink.revoke_eapi_token(text, text) FROM PUBLIC;

CREATE FUNCTION proctorlink.eapi_tokens(install_sid text)
	RETURNS TABLE (token_sid text, label text, integration_sid text, created_at timestamptz, expires_at timestamptz,
		last_used_at timestamptz, revoked_at timestamptz)
	LANGUAGE C STABLE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'proctorlink_eapi_tokens';
COMMENT ON FUNCTION proctorlink.eapi_tokens(text) IS
'The tokens of an install, the newest first, also those run out and revoked; never the tokens themselves. Raises PT400 INVALIDINPUT, PT403 AUTHENTICATIONFAILED.';
REVOKE ALL ON FUNCTION proctorlink.eapi_tokens(text) FROM PUBLIC;

