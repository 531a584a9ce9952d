-- domain/hierarchy_access.sql
--		What accounts may do and see in a hierarchy node and those under it.

CREATE TABLE proctorlink.hierarchy_access (
	install_id uuid NOT NULL,
	hierarchy_id uuid NOT NULL,
	account_id uuid NOT NULL,
	coordinator boolean NOT NULL DEFAULT false,
	administrator boolean NOT NULL DEFAULT false,
	view_reports boolean NOT NULL DEFAULT false,
	rescoring boolean NOT NULL DEFAULT false,
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT hierarchy_access_pkey PRIMARY KEY (install_id, hierarchy_id, account_id),
	CONSTRAINT hierarchy_access_hierarchy_fkey FOREIGN KEY (install_id, hierarchy_id)
		REFERENCES proctorlink.hierarchy (install_id, hierarchy_id),
	CONSTRAINT hierarchy_access_account_fkey FOREIGN KEY (install_id, account_id)
		REFERENCES proctorlink.account (install_id, account_id),
	CONSTRAINT hierarchy_access_to_something CHECK (coordinator OR administrator OR view_reports OR rescoring)
);
CREATE INDEX hierarchy_access_account ON proctorlink.hierarchy_access (install_id, account_id);
SELECT pg_extension_config_dump('proctorlink.hierarchy_access', '');
REVOKE ALL ON TABLE proctorlink.hierarchy_access FROM PUBLIC;
ALTER TABLE proctorlink.hierarchy_access ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON proctorlink.hierarchy_access USING (install_id = (SELECT proctorlink.current_install()));
COMMENT ON TABLE proctorlink.hierarchy_access IS 'What an account may do and see in a hierarchy node and in those under it.';
COMMENT ON COLUMN proctorlink.hierarchy_access.install_id IS 'The install that the row belongs to.';
COMMENT ON COLUMN proctorlink.hierarchy_access.hierarchy_id IS 'The hierarchy node.';
COMMENT ON COLUMN proctorlink.hierarchy_access.account_id IS 'The account that has the access.';
COMMENT ON COLUMN proctorlink.hierarchy_access.coordinator IS 'Whether the account coordinates marking there.';
COMMENT ON COLUMN proctorlink.hierarchy_access.administrator IS 'Whether the account administers the node.';
COMMENT ON COLUMN proctorlink.hierarchy_access.view_reports IS 'Whether the account sees reports and results.';
COMMENT ON COLUMN proctorlink.hierarchy_access.rescoring IS 'Whether the account may score results anew.';
COMMENT ON COLUMN proctorlink.hierarchy_access.created_at IS 'When the row was made.';
COMMENT ON COLUMN proctorlink.hierarchy_access.updated_at IS 'When the row was last changed.';

CREATE TRIGGER touch BEFORE UPDATE ON proctorlink.hierarchy_access
	FOR EACH ROW EXECUTE FUNCTION proctorlink.touch_row();

CREATE FUNCTION proctorlink.grant_hierarchy(install_sid text, hierarchy text, account text, flags text[]) RETURNS jsonb
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_grant_hierarchy';
COMMENT ON FUNCTION proctorlink.grant_hierarchy(text, text, text, text[]) IS
'Lets an account (candidate_ext_id, username or sid) do or see more in a hierarchy node (Organisation ID or sid) and those under it: coordinator, administrator, view_reports, rescoring. Flags that it has already stay. Answers {"hierarchy", "account", "flags", "result"}: the sids, all flags that the account has there now, and Created, Updated or Found Existing. Raises PT400 INVALIDINPUT, PT404 RESOURCENOTFOUND, PT409 CONFLICT where the account''s name means two people.';
REVOKE ALL ON FUNCTION proctorlink.grant_hierarchy(text, text, text, text[]) FROM PUBLIC;

CREATE FUNCTION proctorlink.revoke_hierarchy(install_sid text, hierarchy text, account text, flags text[] DEFAULT NULL) RETURNS jsonb
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_revoke_hierarchy';
COMMENT ON FUNCTION proctorlink.revoke_hierarchy(text, text, text, text[]) IS
'Takes flags away that grant_hierarchy gave; null takes all. Answers {"hierarchy", "account", "flags", "result"}: the sids, the flags that are left, and Updated, Removed where none is left, or Found Existing where there was nothing to take. Raises PT400 INVALIDINPUT, PT404 RESOURCENOTFOUND, PT409 CONFLICT where the account''s name means two people.';
REVOKE ALL ON FUNCTION proctorlink.revoke_hierarchy(text, text, text, text[]) FROM PUBLIC;

