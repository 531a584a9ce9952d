-- domain/enrollment.sql
--		A person in a course.

CREATE FUNCTION proctorlink.enrollment_is_well_formed(role text, status text, status_reason text) RETURNS boolean
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'proctorlink_enrollment_is_well_formed';
COMMENT ON FUNCTION proctorlink.enrollment_is_well_formed(text, text, text) IS
'True, or raises 23514 under the name of the rule that a column breaks: enrollment_role_known, enrollment_status_known, enrollment_status_reason_length. Used by a CHECK constraint.';

CREATE TABLE proctorlink.enrollment (
	install_id uuid NOT NULL,
	enrollment_id uuid NOT NULL DEFAULT proctorlink.uuid7(),
	account_id uuid NOT NULL,
	course_id uuid NOT NULL,
	role text NOT NULL DEFAULT 'learner',
	status text NOT NULL DEFAULT 'active',
	status_reason text,
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT enrollment_pkey PRIMARY KEY (install_id, enrollment_id),
	CONSTRAINT enrollment_once_per_course UNIQUE (install_id, account_id, course_id),
	CONSTRAINT enrollment_account_fkey FOREIGN KEY (install_id, account_id)
		REFERENCES proctorlink.account (install_id, account_id),
	CONSTRAINT enrollment_course_fkey FOREIGN KEY (install_id, course_id)
		REFERENCES proctorlink.course (install_id, course_id),
	CONSTRAINT enrollment_well_formed CHECK (proctorlink.enrollment_is_well_formed(role, status, status_reason))
);
-- With the account in it the index is no worse a way to one person's enrollment
-- than the unique one, so that it does not matter which one the planner takes.
CREATE INDEX enrollment_course ON proctorlink.enrollment (install_id, course_id, account_id);
SELECT pg_extension_config_dump('proctorlink.enrollment', '');
REVOKE ALL ON TABLE proctorlink.enrollment FROM PUBLIC;
ALTER TABLE proctorlink.enrollment ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON proctorlink.enrollment
	USING (install_id = (SELECT proctorlink.current_install()) AND proctorlink.sees_account(install_id, account_id));
COMMENT ON TABLE proctorlink.enrollment IS 'A person in a course. Sid EN.';
COMMENT ON COLUMN proctorlink.enrollment.install_id IS 'The install that the row belongs to.';
COMMENT ON COLUMN proctorlink.enrollment.enrollment_id IS 'Key of the enrollment; its sid is EN and these 16 bytes in hexadecimal.';
COMMENT ON COLUMN proctorlink.enrollment.account_id IS 'The person.';
COMMENT ON COLUMN proctorlink.enrollment.course_id IS 'The course.';
COMMENT ON COLUMN proctorlink.enrollment.role IS 'learner, instructor or administrator of the course.';
COMMENT ON COLUMN proctorlink.enrollment.status IS 'active or removed.';
COMMENT ON COLUMN proctorlink.enrollment.status_reason IS 'Why the enrollment was removed, where unenroll or complete did it.';
COMMENT ON COLUMN proctorlink.enrollment.created_at IS 'When the row was made.';
COMMENT ON COLUMN proctorlink.enrollment.updated_at IS 'When the row was last changed.';

CREATE TRIGGER touch BEFORE UPDATE ON proctorlink.enrollment
	FOR EACH ROW EXECUTE FUNCTION proctorlink.touch_row();

