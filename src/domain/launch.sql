-- domain/launch.sql
--		Launch links: where a person begins, or comes back to, a sitting.

-- The key of an install, readable by nobody but the owner, like the other
-- secrets.
CREATE TABLE proctorlink.launch_key (
	install_id uuid NOT NULL,
	launch_key_id uuid NOT NULL DEFAULT proctorlink.uuid7(),
	secret text NOT NULL,
	retired_at timestamptz,
	created_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT launch_key_pkey PRIMARY KEY (install_id, launch_key_id),
	-- Nobody but the owner could delete a key first; so it goes with its install.
	CONSTRAINT launch_key_install_fkey FOREIGN KEY (install_id) REFERENCES proctorlink.install (install_id)
		ON DELETE CASCADE,
	-- An empty key would verify what anybody signs.
	CONSTRAINT launch_key_secret_length CHECK (length(secret) >= 32)
);
CREATE UNIQUE INDEX one_current_launch_key ON proctorlink.launch_key (install_id)
	WHERE retired_at IS NULL;
SELECT pg_extension_config_dump('proctorlink.launch_key', '');
REVOKE ALL ON TABLE proctorlink.launch_key FROM PUBLIC;
ALTER TABLE proctorlink.launch_key ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON proctorlink.launch_key USING (install_id = (SELECT proctorlink.current_install()));
COMMENT ON TABLE proctorlink.launch_key IS 'Keys that sign the launch links of an install (HS256). Readable by the owner alone.';
COMMENT ON COLUMN proctorlink.launch_key.install_id IS 'The install that the row belongs to, and whose links the key signs.';
COMMENT ON COLUMN proctorlink.launch_key.launch_key_id IS 'Key of the row.';
COMMENT ON COLUMN proctorlink.launch_key.secret IS 'The key: 256 random bits as 43 characters of base64url; the characters themselves are the HMAC key.';
COMMENT ON COLUMN proctorlink.launch_key.retired_at IS 'When another key took its place; links signed before stay good, and die when the row is deleted. Null for the key in use.';
COMMENT ON COLUMN proctorlink.launch_key.created_at IS 'When the row was made.';

CREATE FUNCTION proctorlink.launch_link(session_sid text) RETURNS jsonb
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_launch_link';
COMMENT ON FUNCTION proctorlink.launch_link(text) IS
'A link to a session (ES...) of the install that the call acts for: {"StartupLink", "LaunchUrl", "expires_at"}. StartupLink is the path, LaunchUrl the whole address (null where the install has no platformUrl), expires_at when the window closes as it stands now (null: never). Links given out before stay good; they die when the session is cancelled or finished, its account is no longer active, or its link_version is raised. Raises PT404 RESOURCENOTFOUND, PT409 CONFLICT for a session that is Cancelled or Closed or whose account is not active, PT400 INVALIDINPUT, PT403 AUTHENTICATIONFAILED.';
REVOKE ALL ON FUNCTION proctorlink.launch_link(text) FROM PUBLIC;

CREATE FUNCTION proctorlink.rotate_launch_key(install_sid text) RETURNS void
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_rotate_launch_key';
COMMENT ON FUNCTION proctorlink.rotate_launch_key(text) IS
'Gives an install a new key for its launch links. The old one signs nothing any more and is kept, retired: links have no end of their own, so those that it signed stay good as long as their sessions live; deleting its row in launch_key ends them at once. Raises PT400 INVALIDINPUT, PT404 RESOURCENOTFOUND.';
REVOKE ALL ON FUNCTION proctorlink.rotate_launch_key(text) FROM PUBLIC;
