-- domain/exam.sql
--		An exam (Cirrus: assessment).

CREATE TABLE proctorlink.exam (
	install_id uuid NOT NULL,
	exam_id uuid NOT NULL DEFAULT proctorlink.uuid7(),
	course_id uuid,
	external_id text COLLATE "C",
	title text NOT NULL,
	code text,
	description text,
	type text NOT NULL DEFAULT 'online',
	practice boolean NOT NULL DEFAULT false,
	limited_scope boolean NOT NULL DEFAULT false,
	delivery_system text,
	purpose text,
	owner_id uuid,
	duration_minutes integer,
	extra_time_minutes integer NOT NULL DEFAULT 0,
	attempts integer,
	published boolean NOT NULL DEFAULT false,
	pin boolean NOT NULL DEFAULT false,
	proctorio boolean NOT NULL DEFAULT false,
	safe_exam_browser boolean NOT NULL DEFAULT false,
	keycode boolean NOT NULL DEFAULT false,
	accommodation_for uuid,
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT exam_pkey PRIMARY KEY (install_id, exam_id),
	-- An exam may stand without a course, so it leads to its install itself.
	CONSTRAINT exam_install_fkey FOREIGN KEY (install_id) REFERENCES proctorlink.install (install_id),
	CONSTRAINT exam_course_fkey FOREIGN KEY (install_id, course_id)
		REFERENCES proctorlink.course (install_id, course_id),
	CONSTRAINT exam_owner_fkey FOREIGN KEY (install_id, owner_id)
		REFERENCES proctorlink.account (install_id, account_id),
	CONSTRAINT exam_accommodation_for_fkey FOREIGN KEY (install_id, accommodation_for)
		REFERENCES proctorlink.exam (install_id, exam_id),
	CONSTRAINT exam_external_id_format CHECK (proctorlink.is_id(external_id, 500)),
	CONSTRAINT exam_title_length CHECK (proctorlink.is_text(title, 500) AND title <> ''),
	CONSTRAINT exam_code_length CHECK (proctorlink.is_text(code, 100)),
	CONSTRAINT exam_description_length CHECK (proctorlink.is_text(description, 10000)),
	CONSTRAINT exam_type_known CHECK (type IN ('online', 'written')),
	CONSTRAINT exam_delivery_system_length CHECK (proctorlink.is_id(delivery_system, 500)),
	CONSTRAINT exam_purpose_length CHECK (proctorlink.is_text(purpose, 500)),
	CONSTRAINT exam_duration_positive CHECK (duration_minutes > 0),
	CONSTRAINT exam_extra_time_not_negative CHECK (extra_time_minutes >= 0),
	CONSTRAINT exam_attempts_positive CHECK (attempts > 0),
	CONSTRAINT exam_accommodation_for_another CHECK (accommodation_for <> exam_id)
);
CREATE UNIQUE INDEX exam_external_id_unique ON proctorlink.exam (install_id, external_id)
	WHERE external_id IS NOT NULL;
CREATE INDEX exam_course ON proctorlink.exam (install_id, course_id);
CREATE INDEX exam_owner ON proctorlink.exam (install_id, owner_id) WHERE owner_id IS NOT NULL;
CREATE INDEX exam_accommodation_for ON proctorlink.exam (install_id, accommodation_for)
	WHERE accommodation_for IS NOT NULL;
SELECT pg_extension_config_dump('proctorlink.exam', '');
REVOKE ALL ON TABLE proctorlink.exam FROM PUBLIC;
ALTER TABLE proctorlink.exam ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON proctorlink.exam USING (install_id = (SELECT proctorlink.current_install()));
COMMENT ON TABLE proctorlink.exam IS 'An exam (Cirrus: assessment). Sid EX.';
COMMENT ON COLUMN proctorlink.exam.install_id IS 'The install that the row belongs to.';
COMMENT ON COLUMN proctorlink.exam.exam_id IS 'Key of the exam; its sid is EX and these 16 bytes in hexadecimal.';
COMMENT ON COLUMN proctorlink.exam.course_id IS 'The course that the exam belongs to; null for one made outside of courses.';
COMMENT ON COLUMN proctorlink.exam.external_id IS 'Id of the exam in the caller''s platform: ids.external, AssessmentExtId, exam_id at ProctorU.';
COMMENT ON COLUMN proctorlink.exam.title IS 'What people call the exam.';
COMMENT ON COLUMN proctorlink.exam.code IS 'Short name.';
COMMENT ON COLUMN proctorlink.exam.description IS 'What the exam is about.';
COMMENT ON COLUMN proctorlink.exam.type IS 'online or written.';
COMMENT ON COLUMN proctorlink.exam.practice IS 'Whether it is for practice only.';
COMMENT ON COLUMN proctorlink.exam.limited_scope IS 'False: every active learner of the course has a session at once. True: only those assigned.';
COMMENT ON COLUMN proctorlink.exam.delivery_system IS 'The system that delivers the exam: one of the install''s deliverySystems, where it lists any.';
COMMENT ON COLUMN proctorlink.exam.purpose IS 'What the exam is for, in the platform''s words.';
COMMENT ON COLUMN proctorlink.exam.owner_id IS 'The account that owns the exam.';
COMMENT ON COLUMN proctorlink.exam.duration_minutes IS 'Minutes; that of the primary configuration where there is one. Null: no limit.';
COMMENT ON COLUMN proctorlink.exam.extra_time_minutes IS 'Minutes of extra time for people with special needs who have no percentage of their own.';
COMMENT ON COLUMN proctorlink.exam.attempts IS 'Attempts allowed where no configuration says so; null: any number.';
COMMENT ON COLUMN proctorlink.exam.published IS 'Whether the exam may be sat; a draft may not.';
COMMENT ON COLUMN proctorlink.exam.pin IS 'Whether the exam asks for a PIN.';
COMMENT ON COLUMN proctorlink.exam.proctorio IS 'Whether Proctorio is on.';
COMMENT ON COLUMN proctorlink.exam.safe_exam_browser IS 'Whether Safe Exam Browser is asked for.';
COMMENT ON COLUMN proctorlink.exam.keycode IS 'Whether the exam asks for a keycode.';
COMMENT ON COLUMN proctorlink.exam.accommodation_for IS 'The plain exam that this longer one is the accommodation of.';
COMMENT ON COLUMN proctorlink.exam.created_at IS 'When the row was made.';
COMMENT ON COLUMN proctorlink.exam.updated_at IS 'When the row was last changed.';

CREATE TRIGGER touch BEFORE UPDATE ON proctorlink.exam
	FOR EACH ROW EXECUTE FUNCTION proctorlink.touch_row();


CREATE FUNCTION proctorlink.configure_exam(exam text, settings jsonb) RETURNS jsonb
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_configure_exam';
COMMENT ON FUNCTION proctorlink.configure_exam(text, jsonb) IS
'Changes settings of an exam (external id or sid EX...) of the install that the caller acts for, and answers all of them. Keys: externalId (null: the exam''s sid becomes it), durationMinutes (null: no limit), extraTimeMinutes (null: 0), attempts (null: any number), published, pin, proctorio, safeExamBrowser, keycode (booleans; null: false), accommodationFor (external id or sid of the plain exam, which is shorter and no accommodation itself; null: of none). What is absent stays. Where the exam has a primary configuration, durationMinutes and attempts change that one too, and are not null. Raises PT400 INVALIDINPUT, PT403 AUTHENTICATIONFAILED, PT404 RESOURCENOTFOUND, PT409 CONFLICT (an external id of another exam; a pair of exams that cannot be; a rule of the tables, which is named, such as proctoru_exam_without_other_security while a schedule through ProctorU is ahead).';
REVOKE ALL ON FUNCTION proctorlink.configure_exam(text, jsonb) FROM PUBLIC;

CREATE FUNCTION proctorlink.find_assessment(search text, OUT exam_sid text, OUT external_id text, OUT title text,
		OUT code text, OUT course_title text, OUT published boolean, OUT distance integer)
	RETURNS SETOF record
	LANGUAGE C STABLE STRICT PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'proctorlink_find_assessment';
COMMENT ON FUNCTION proctorlink.find_assessment(text) IS
'The exams that a text may mean, at most 20, the best first, of the install that the caller acts for: those whose external id is at most half of the text''s characters away from it, and those that have the text, as it stands, in their external id, title or code. distance is the number of characters to insert, delete or change to come from the text to the external id (null: the exam has none); case and spaces do not count, nor o for 0 and l for 1, and of longer ones the first 255 characters are compared. Nothing is found for null and for a text without anything but spaces. Writes nothing. Raises PT403 AUTHENTICATIONFAILED.';
REVOKE ALL ON FUNCTION proctorlink.find_assessment(text) FROM PUBLIC;

