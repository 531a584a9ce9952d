-- domain/course.sql
--		A course; platforms without courses use one per client or group.

CREATE TABLE proctorlink.course (
	install_id uuid NOT NULL,
	course_id uuid NOT NULL DEFAULT proctorlink.uuid7(),
	external_id text COLLATE "C",
	api_id text COLLATE "C",
	lms_id text COLLATE "C",
	title text NOT NULL,
	code text,
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT course_pkey PRIMARY KEY (install_id, course_id),
	CONSTRAINT course_install_fkey FOREIGN KEY (install_id) REFERENCES proctorlink.install (install_id),
	CONSTRAINT course_external_id_format CHECK (proctorlink.is_id(external_id, 500)),
	CONSTRAINT course_api_id_format CHECK (proctorlink.is_id(api_id, 500)),
	CONSTRAINT course_lms_id_format CHECK (proctorlink.is_id(lms_id, 500)),
	CONSTRAINT course_title_length CHECK (proctorlink.is_text(title, 500) AND title <> ''),
	CONSTRAINT course_code_length CHECK (proctorlink.is_text(code, 100))
);
CREATE UNIQUE INDEX course_external_id_unique ON proctorlink.course (install_id, external_id)
	WHERE external_id IS NOT NULL;
CREATE UNIQUE INDEX course_api_id_unique ON proctorlink.course (install_id, api_id)
	WHERE api_id IS NOT NULL;
CREATE UNIQUE INDEX course_lms_id_unique ON proctorlink.course (install_id, lms_id)
	WHERE lms_id IS NOT NULL;
SELECT pg_extension_config_dump('proctorlink.course', '');
REVOKE ALL ON TABLE proctorlink.course FROM PUBLIC;
ALTER TABLE proctorlink.course ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON proctorlink.course USING (install_id = (SELECT proctorlink.current_install()));
COMMENT ON TABLE proctorlink.course IS 'A course that people are enrolled in and exams belong to. Sid CU.';
COMMENT ON COLUMN proctorlink.course.install_id IS 'The install that the row belongs to.';
COMMENT ON COLUMN proctorlink.course.course_id IS 'Key of the course; its sid is CU and these 16 bytes in hexadecimal.';
COMMENT ON COLUMN proctorlink.course.external_id IS 'Id of the course in the caller''s platform (ids.external).';
COMMENT ON COLUMN proctorlink.course.api_id IS 'The caller''s own stable id of the course (ids.api).';
COMMENT ON COLUMN proctorlink.course.lms_id IS 'Id of the course in the LMS (ids.lms).';
COMMENT ON COLUMN proctorlink.course.title IS 'What people call the course.';
COMMENT ON COLUMN proctorlink.course.code IS 'Short name, such as BIO-101.';
COMMENT ON COLUMN proctorlink.course.created_at IS 'When the row was made.';
COMMENT ON COLUMN proctorlink.course.updated_at IS 'When the row was last changed.';

CREATE TRIGGER touch BEFORE UPDATE ON proctorlink.course
	FOR EACH ROW EXECUTE FUNCTION proctorlink.touch_row();

