-- domain/role.sql
--		What accounts may do.

CREATE TABLE proctorlink.role (
	install_id uuid NOT NULL,
	title text COLLATE "C" NOT NULL,
	may_participate boolean NOT NULL DEFAULT false,
	may_schedule boolean NOT NULL DEFAULT false,
	may_author boolean NOT NULL DEFAULT false,
	may_mark boolean NOT NULL DEFAULT false,
	may_administer boolean NOT NULL DEFAULT false,
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT role_pkey PRIMARY KEY (install_id, title),
	CONSTRAINT role_install_fkey FOREIGN KEY (install_id) REFERENCES proctorlink.install (install_id),
	CONSTRAINT role_title_length CHECK (proctorlink.is_id(title, 500))
);
SELECT pg_extension_config_dump('proctorlink.role', '');
REVOKE ALL ON TABLE proctorlink.role FROM PUBLIC;
ALTER TABLE proctorlink.role ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON proctorlink.role USING (install_id = (SELECT proctorlink.current_install()));
COMMENT ON TABLE proctorlink.role IS 'What accounts of an install may do on the platform. No role gives a proctor anything here.';
COMMENT ON COLUMN proctorlink.role.install_id IS 'The install that the row belongs to.';
COMMENT ON COLUMN proctorlink.role.title IS 'Name of the role; accounts name it.';
COMMENT ON COLUMN proctorlink.role.may_participate IS 'May sit exams.';
COMMENT ON COLUMN proctorlink.role.may_schedule IS 'May own schedules.';
COMMENT ON COLUMN proctorlink.role.may_author IS 'May make and change exams.';
COMMENT ON COLUMN proctorlink.role.may_mark IS 'May see and mark results of their hierarchies.';
COMMENT ON COLUMN proctorlink.role.may_administer IS 'May change settings of the install.';
COMMENT ON COLUMN proctorlink.role.created_at IS 'When the row was made.';
COMMENT ON COLUMN proctorlink.role.updated_at IS 'When the row was last changed.';

CREATE TRIGGER touch BEFORE UPDATE ON proctorlink.role
	FOR EACH ROW EXECUTE FUNCTION proctorlink.touch_row();

CREATE FUNCTION proctorlink.define_role(install_sid text, title text, permissions text[]) RETURNS void
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_define_role';
COMMENT ON FUNCTION proctorlink.define_role(text, text, text[]) IS
'Makes a role of an install, or gives an existing one exactly these permissions: participate, schedule, author, mark, administer. Raises PT400 INVALIDINPUT, PT404 RESOURCENOTFOUND.';
REVOKE ALL ON FUNCTION proctorlink.define_role(text, text, text[]) FROM PUBLIC;

