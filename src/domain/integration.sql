-- domain/integration.sql
--		A connection of an install to a proctoring provider, and its keys.

CREATE TABLE proctorlink.integration (
	install_id uuid NOT NULL,
	integration_id uuid NOT NULL DEFAULT proctorlink.uuid7(),
	provider text NOT NULL,
	redirect_url text NOT NULL,
	settings jsonb NOT NULL DEFAULT '{}',
	active boolean NOT NULL DEFAULT true,
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT integration_pkey PRIMARY KEY (install_id, integration_id),
	CONSTRAINT integration_install_fkey FOREIGN KEY (install_id) REFERENCES proctorlink.install (install_id),
	CONSTRAINT integration_provider_known CHECK (provider IN ('proctoru', 'smarterproctoring', 'other')),
	CONSTRAINT integration_redirect_url_format CHECK (proctorlink.is_http_url(redirect_url)),
	CONSTRAINT integration_settings_object CHECK (jsonb_typeof(settings) = 'object')
);
SELECT pg_extension_config_dump('proctorlink.integration', '');
REVOKE ALL ON TABLE proctorlink.integration FROM PUBLIC;
ALTER TABLE proctorlink.integration ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON proctorlink.integration USING (install_id = (SELECT proctorlink.current_install()));
COMMENT ON TABLE proctorlink.integration IS 'One connection of an install to a proctoring provider. Sid II.';
COMMENT ON COLUMN proctorlink.integration.install_id IS 'The install that the row belongs to.';
COMMENT ON COLUMN proctorlink.integration.integration_id IS 'Key of the integration; its sid is II and these 16 bytes in hexadecimal.';
COMMENT ON COLUMN proctorlink.integration.provider IS 'proctoru, smarterproctoring or other.';
COMMENT ON COLUMN proctorlink.integration.redirect_url IS 'Where sign-on links lead.';
COMMENT ON COLUMN proctorlink.integration.settings IS 'candidateIdSource (user_id or student_id), signonLifetime (seconds).';
COMMENT ON COLUMN proctorlink.integration.active IS 'Whether the connection is in use.';
COMMENT ON COLUMN proctorlink.integration.created_at IS 'When the row was made.';
COMMENT ON COLUMN proctorlink.integration.updated_at IS 'When the row was last changed.';

CREATE TRIGGER touch BEFORE UPDATE ON proctorlink.integration
	FOR EACH ROW EXECUTE FUNCTION proctorlink.touch_row();

CREATE FUNCTION proctorlink.integration_provider_changed() RETURNS trigger
	LANGUAGE C
	AS 'MODULE_PATHNAME', 'proctorlink_integration_provider_changed';
COMMENT ON FUNCTION proctorlink.integration_provider_changed() IS
'Trigger: an integration keeps its provider (integration_keeps_its_provider), since schedules were judged by it.';
REVOKE ALL ON FUNCTION proctorlink.integration_provider_changed() FROM PUBLIC;

CREATE TRIGGER integration_keeps_its_provider AFTER UPDATE ON proctorlink.integration
	FOR EACH ROW WHEN (NEW.provider <> OLD.provider) EXECUTE FUNCTION proctorlink.integration_provider_changed();

-- Secrets stand in tables of their own, on which nobody but the owner has a
-- privilege; the C code reads them as the owner, one statement at a time.
CREATE TABLE proctorlink.signing_key (
	install_id uuid NOT NULL,
	signing_key_id uuid NOT NULL DEFAULT proctorlink.uuid7(),
	integration_id uuid NOT NULL,
	secret text NOT NULL,
	retired_at timestamptz,
	created_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT signing_key_pkey PRIMARY KEY (install_id, signing_key_id),
	-- An empty key would verify what anybody signs.
	CONSTRAINT signing_key_secret_length CHECK (length(secret) >= 32),
	CONSTRAINT signing_key_integration_fkey FOREIGN KEY (install_id, integration_id)
		REFERENCES proctorlink.integration (install_id, integration_id)
);
CREATE UNIQUE INDEX one_current_signing_key ON proctorlink.signing_key (install_id, integration_id)
	WHERE retired_at IS NULL;
CREATE INDEX signing_key_integration ON proctorlink.signing_key (install_id, integration_id);
SELECT pg_extension_config_dump('proctorlink.signing_key', '');
REVOKE ALL ON TABLE proctorlink.signing_key FROM PUBLIC;
ALTER TABLE proctorlink.signing_key ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON proctorlink.signing_key USING (install_id = (SELECT proctorlink.current_install()));
COMMENT ON TABLE proctorlink.signing_key IS 'Keys that sign the sign-on links of an integration (HS256). Readable by the owner alone.';
COMMENT ON COLUMN proctorlink.signing_key.install_id IS 'The install that the row belongs to.';
COMMENT ON COLUMN proctorlink.signing_key.signing_key_id IS 'Key of the row.';
COMMENT ON COLUMN proctorlink.signing_key.integration_id IS 'The integration whose links it signs.';
COMMENT ON COLUMN proctorlink.signing_key.secret IS 'The key: 256 random bits as 43 characters of base64url; the characters themselves are the HMAC key.';
COMMENT ON COLUMN proctorlink.signing_key.retired_at IS 'When another key took its place; links signed before are good until they run out, 604,800 seconds later at the latest. Null for the key in use.';
COMMENT ON COLUMN proctorlink.signing_key.created_at IS 'When the row was made.';

CREATE TABLE proctorlink.webhook_secret (
	install_id uuid NOT NULL,
	integration_id uuid NOT NULL,
	secret text NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT webhook_secret_pkey PRIMARY KEY (install_id, integration_id),
	CONSTRAINT webhook_secret_integration_fkey FOREIGN KEY (install_id, integration_id)
		REFERENCES proctorlink.integration (install_id, integration_id)
);
SELECT pg_extension_config_dump('proctorlink.webhook_secret', '');
REVOKE ALL ON TABLE proctorlink.webhook_secret FROM PUBLIC;
ALTER TABLE proctorlink.webhook_secret ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON proctorlink.webhook_secret USING (install_id = (SELECT proctorlink.current_install()));
COMMENT ON TABLE proctorlink.webhook_secret IS 'What a provider signs its webhooks with. Readable by the owner alone.';
COMMENT ON COLUMN proctorlink.webhook_secret.install_id IS 'The install that the row belongs to.';
COMMENT ON COLUMN proctorlink.webhook_secret.integration_id IS 'The integration whose webhooks it verifies.';
COMMENT ON COLUMN proctorlink.webhook_secret.secret IS 'The shared secret.';
COMMENT ON COLUMN proctorlink.webhook_secret.created_at IS 'When the secret was set.';

CREATE FUNCTION proctorlink.create_integration(install_sid text, provider text, redirect_url text, settings jsonb DEFAULT '{}') RETURNS jsonb
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_create_integration';
COMMENT ON FUNCTION proctorlink.create_integration(text, text, text, jsonb) IS
'Connects an install to a provider (proctoru, smarterproctoring or other). redirect_url is where sign-on links lead (http or https). settings: candidateIdSource, signonLifetime (seconds, 60 to 604800, 300 unless set), active. Answers {"sid", "signingKey", "webhookSecret"}; the two secrets are shown this once. Raises PT400 INVALIDINPUT, PT404 RESOURCENOTFOUND.';
REVOKE ALL ON FUNCTION proctorlink.create_integration(text, text, text, jsonb) FROM PUBLIC;

CREATE FUNCTION proctorlink.rotate_signing_key(install_sid text, integration_sid text) RETURNS text
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_rotate_signing_key';
COMMENT ON FUNCTION proctorlink.rotate_signing_key(text, text) IS
'Gives an integration a new signing key and answers it, this once. The old one signs nothing any more and is kept, retired, for the links that it signed: redeem_signon takes them until they run out. Raises PT400 INVALIDINPUT, PT404 RESOURCENOTFOUND.';
REVOKE ALL ON FUNCTION proctorlink.rotate_signing_key(text, text) FROM PUBLIC;

CREATE FUNCTION proctorlink.set_webhook_secret(install_sid text, integration_sid text, secret text DEFAULT NULL) RETURNS text
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_set_webhook_secret';
COMMENT ON FUNCTION proctorlink.set_webhook_secret(text, text, text) IS
'Sets the secret that an integration''s provider signs its webhooks with, and answers it, this once: the one given (1 to 500 characters, no spaces around it, no control characters), else a random one. It takes the place of the former at once. Raises PT400 INVALIDINPUT, PT404 RESOURCENOTFOUND.';
REVOKE ALL ON FUNCTION proctorlink.set_webhook_secret(text, text, text) FROM PUBLIC;
