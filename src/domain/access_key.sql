-- domain/access_key.sql
--		The keys that sign the access tokens of an install.

-- Readable by nobody but the owner, like the other secrets.
CREATE TABLE proctorlink.access_key (
	install_id uuid NOT NULL,
	access_key_id uuid NOT NULL DEFAULT proctorlink.uuid7(),
	secret text NOT NULL,
	retired_at timestamptz,
	created_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT access_key_pkey PRIMARY KEY (install_id, access_key_id),
	-- Nobody but the owner could delete a key first; so it goes with its install.
	CONSTRAINT access_key_install_fkey FOREIGN KEY (install_id) REFERENCES proctorlink.install (install_id)
		ON DELETE CASCADE,
	-- An empty key would verify what anybody signs.
	CONSTRAINT access_key_secret_length CHECK (length(secret) >= 32)
);
CREATE UNIQUE INDEX one_current_access_key ON proctorlink.access_key (install_id)
	WHERE retired_at IS NULL;
SELECT pg_extension_config_dump('proctorlink.access_key', '');
REVOKE ALL ON TABLE proctorlink.access_key FROM PUBLIC;
ALTER TABLE proctorlink.access_key ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON proctorlink.access_key USING (install_id = (SELECT proctorlink.current_install()));
COMMENT ON TABLE proctorlink.access_key IS 'Keys that sign the access tokens of an install (HS256). Readable by the owner alone.';
COMMENT ON COLUMN proctorlink.access_key.install_id IS 'The install that the row belongs to, and whose tokens the key signs.';
COMMENT ON COLUMN proctorlink.access_key.access_key_id IS 'Key of the row.';
COMMENT ON COLUMN proctorlink.access_key.secret IS 'The key: 256 random bits as 43 characters of base64url; the characters themselves are the HMAC key.';
COMMENT ON COLUMN proctorlink.access_key.retired_at IS 'When another key took its place; tokens signed before are good until they run out, 24 hours later at the latest. Null for the key in use.';
COMMENT ON COLUMN proctorlink.access_key.created_at IS 'When the row was made.';

CREATE FUNCTION proctorlink.rotate_access_key(install_sid text) RETURNS void
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_rotate_access_key';
COMMENT ON FUNCTION proctorlink.rotate_access_key(text) IS
'Gives an install a new key for its access tokens. The old one signs nothing any more and is kept, retired, until the tokens that it signed have run out; deleting its row in access_key ends them at once. Raises PT400 INVALIDINPUT, PT404 RESOURCENOTFOUND.';
REVOKE ALL ON FUNCTION proctorlink.rotate_access_key(text) FROM PUBLIC;
