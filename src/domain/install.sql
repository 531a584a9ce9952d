-- domain/install.sql
--		A tenant and its settings.

CREATE TABLE proctorlink.install (
	install_id uuid NOT NULL DEFAULT proctorlink.uuid7(),
	name text NOT NULL,
	platform_url text,
	settings jsonb NOT NULL DEFAULT '{}',
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT install_pkey PRIMARY KEY (install_id),
	CONSTRAINT install_name_length CHECK (proctorlink.is_id(name, 500)),
	CONSTRAINT install_platform_url_format CHECK (proctorlink.is_http_url(platform_url)),
	CONSTRAINT install_settings_object CHECK (jsonb_typeof(settings) = 'object')
);
SELECT pg_extension_config_dump('proctorlink.install', '');
REVOKE ALL ON TABLE proctorlink.install FROM PUBLIC;
ALTER TABLE proctorlink.install ENABLE ROW LEVEL SECURITY;
-- Whoever may act for all must find them.
CREATE POLICY tenant ON proctorlink.install
	USING (install_id = (SELECT proctorlink.current_install()) OR (SELECT proctorlink.acts_for_all()));
COMMENT ON TABLE proctorlink.install IS 'A tenant: everything else belongs to exactly one. Sid AI.';
COMMENT ON COLUMN proctorlink.install.install_id IS 'Key of the install; its sid is AI and these 16 bytes in hexadecimal.';
COMMENT ON COLUMN proctorlink.install.name IS 'What people call the tenant.';
COMMENT ON COLUMN proctorlink.install.platform_url IS 'Address of the assessment platform; launch links begin with it.';
COMMENT ON COLUMN proctorlink.install.settings IS 'Settings as configure_install takes them, but for platformUrl.';
COMMENT ON COLUMN proctorlink.install.created_at IS 'When the row was made.';
COMMENT ON COLUMN proctorlink.install.updated_at IS 'When the row was last changed.';

CREATE TRIGGER touch BEFORE UPDATE ON proctorlink.install
	FOR EACH ROW EXECUTE FUNCTION proctorlink.touch_row();

CREATE FUNCTION proctorlink.create_install(name text, platform_url text, settings jsonb DEFAULT '{}') RETURNS text
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_create_install';
COMMENT ON FUNCTION proctorlink.create_install(text, text, jsonb) IS
'Makes a tenant with the roles administrator, scheduler, author, marker and candidate and one hierarchy node that is root and default; answers its sid (AI...). settings as for configure_install. Raises PT400 INVALIDINPUT naming each setting that is unknown or wrong.';
REVOKE ALL ON FUNCTION proctorlink.create_install(text, text, jsonb) FROM PUBLIC;

CREATE FUNCTION proctorlink.configure_install(install_sid text, settings jsonb) RETURNS jsonb
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_configure_install';
COMMENT ON FUNCTION proctorlink.configure_install(text, jsonb) IS
'Changes settings of an install and answers all of them. Keys: platformUrl, defaultRole (title of a role), defaultOwner and defaultScheduler (username or account sid), defaultHierarchy (Organisation ID or sid), candidateIdSource (user_id or student_id), timeZone (IANA), currencyCode (ISO 4217), deliverySystems (list). A key that is absent stays, null resets it. Raises PT400 INVALIDINPUT, PT404 RESOURCENOTFOUND, PT409 CONFLICT for an archived hierarchy.';
REVOKE ALL ON FUNCTION proctorlink.configure_install(text, jsonb) FROM PUBLIC;

CREATE FUNCTION proctorlink.install_settings(install_sid text) RETURNS jsonb
	LANGUAGE C STABLE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'proctorlink_install_settings';
COMMENT ON FUNCTION proctorlink.install_settings(text) IS
'All settings of an install, null where not set, with the defaults that apply. Raises PT400 INVALIDINPUT, PT404 RESOURCENOTFOUND.';
REVOKE ALL ON FUNCTION proctorlink.install_settings(text) FROM PUBLIC;

