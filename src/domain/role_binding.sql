-- domain/role_binding.sql
--		Which installs a database role acts for.

-- Looked up by the role, before any install is known: the one table whose key
-- does not begin with the install.
CREATE TABLE proctorlink.role_binding (
	role_name name NOT NULL,
	role_oid oid NOT NULL,
	install_id uuid NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT role_binding_pkey PRIMARY KEY (role_name, install_id),
	CONSTRAINT role_binding_install_fkey FOREIGN KEY (install_id) REFERENCES proctorlink.install (install_id)
		ON DELETE CASCADE
);
CREATE INDEX role_binding_install ON proctorlink.role_binding (install_id);
SELECT pg_extension_config_dump('proctorlink.role_binding', '');
REVOKE ALL ON TABLE proctorlink.role_binding FROM PUBLIC;
ALTER TABLE proctorlink.role_binding ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON proctorlink.role_binding
	USING (install_id = (SELECT proctorlink.current_install()) OR (SELECT proctorlink.acts_for_all()));
COMMENT ON TABLE proctorlink.role_binding IS 'Which installs a database role acts for, written by bind_role and unbind_role. The role''s name and its OID must both agree: a role made anew under the name, or the same name in another cluster, is bound anew.';
COMMENT ON COLUMN proctorlink.role_binding.role_name IS 'Name of the database role.';
COMMENT ON COLUMN proctorlink.role_binding.role_oid IS 'Its OID when it was bound.';
COMMENT ON COLUMN proctorlink.role_binding.install_id IS 'An install that it may act for.';
COMMENT ON COLUMN proctorlink.role_binding.created_at IS 'When the row was made.';

CREATE FUNCTION proctorlink.bind_role(install_sid text, role regrole) RETURNS void
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_bind_role';
COMMENT ON FUNCTION proctorlink.bind_role(text, regrole) IS
'Lets a database role act for an install (AI...). What it may do there is decided by its privileges, such as those of proctorlink_api (setup_roles). A role that is bound to one install need not name it; one bound to several names or chooses it (use_install). Members of the role are not bound with it. Binding twice changes nothing. Raises PT400 INVALIDINPUT, PT404 RESOURCENOTFOUND, PT409 CONFLICT for the roles that setup_roles makes, which many share.';
REVOKE ALL ON FUNCTION proctorlink.bind_role(text, regrole) FROM PUBLIC;

CREATE FUNCTION proctorlink.unbind_role(install_sid text, role regrole) RETURNS void
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_unbind_role';
COMMENT ON FUNCTION proctorlink.unbind_role(text, regrole) IS
'Takes back what bind_role gave; what was not given is no error. Raises PT400 INVALIDINPUT, PT404 RESOURCENOTFOUND.';
REVOKE ALL ON FUNCTION proctorlink.unbind_role(text, regrole) FROM PUBLIC;

