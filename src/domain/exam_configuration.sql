-- domain/exam_configuration.sql
--		How an exam is delivered: once primarily, and as often as needed for
--		accommodations.

CREATE FUNCTION proctorlink.are_proctor_types(value jsonb) RETURNS boolean
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'proctorlink_are_proctor_types';
COMMENT ON FUNCTION proctorlink.are_proctor_types(jsonb) IS
'Whether the value is an object of proctor types: keys TS and 32 hexadecimal digits, each with {} or {"options": {option: {}}} of the published options. Used by a CHECK constraint.';

CREATE FUNCTION proctorlink.are_permitted_items(value jsonb) RETURNS boolean
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'proctorlink_are_permitted_items';
COMMENT ON FUNCTION proctorlink.are_permitted_items(jsonb) IS
'Whether the value is an object of permitted items: keys of the published items, each with {} or {"notes": text}. Used by a CHECK constraint.';

CREATE TABLE proctorlink.exam_configuration (
	install_id uuid NOT NULL,
	exam_configuration_id uuid NOT NULL DEFAULT proctorlink.uuid7(),
	exam_id uuid NOT NULL,
	api_id text COLLATE "C",
	type text NOT NULL DEFAULT 'primary',
	url text NOT NULL,
	access_opens_at timestamptz NOT NULL,
	access_closes_at timestamptz NOT NULL,
	scheduling_opens_at timestamptz,
	scheduling_closes_at timestamptz,
	duration_minutes integer NOT NULL,
	attempts integer NOT NULL DEFAULT 1,
	student_notes text,
	proctor_notes text,
	proctor_types jsonb NOT NULL DEFAULT '{}',
	permitted_items jsonb,
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT exam_configuration_pkey PRIMARY KEY (install_id, exam_configuration_id),
	CONSTRAINT exam_configuration_exam_fkey FOREIGN KEY (install_id, exam_id)
		REFERENCES proctorlink.exam (install_id, exam_id),
	CONSTRAINT configuration_api_id_format CHECK (proctorlink.is_id(api_id, 500)),
	CONSTRAINT configuration_type_known CHECK (type IN ('primary', 'accommodation')),
	CONSTRAINT configuration_url_format CHECK (proctorlink.is_http_url(url)),
	CONSTRAINT configuration_student_notes_length CHECK (proctorlink.is_text(student_notes, 10000)),
	CONSTRAINT configuration_proctor_notes_length CHECK (proctorlink.is_text(proctor_notes, 10000)),
	CONSTRAINT configuration_duration_positive CHECK (duration_minutes > 0),
	CONSTRAINT configuration_attempts_positive CHECK (attempts > 0),
	CONSTRAINT configuration_opens_before_it_closes CHECK (access_opens_at < access_closes_at),
	CONSTRAINT configuration_open_as_long_as_it_lasts
		CHECK (access_opens_at >= access_closes_at
			OR access_closes_at - access_opens_at >= duration_minutes * interval '1 minute'),
	CONSTRAINT configuration_scheduling_opens_before_it_closes
		CHECK (scheduling_opens_at < scheduling_closes_at),
	CONSTRAINT configuration_scheduling_within_access
		CHECK (coalesce(scheduling_closes_at <= access_closes_at, scheduling_opens_at < access_closes_at)),
	CONSTRAINT configuration_proctor_types_known CHECK (proctorlink.are_proctor_types(proctor_types)),
	CONSTRAINT configuration_permitted_items_known CHECK (proctorlink.are_permitted_items(permitted_items))
);
CREATE UNIQUE INDEX one_primary_configuration ON proctorlink.exam_configuration (install_id, exam_id)
	WHERE type = 'primary';
CREATE UNIQUE INDEX configuration_api_id_unique ON proctorlink.exam_configuration (install_id, exam_id, api_id)
	WHERE api_id IS NOT NULL;
CREATE INDEX exam_configuration_exam ON proctorlink.exam_configuration (install_id, exam_id);
SELECT pg_extension_config_dump('proctorlink.exam_configuration', '');
REVOKE ALL ON TABLE proctorlink.exam_configuration FROM PUBLIC;
ALTER TABLE proctorlink.exam_configuration ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON proctorlink.exam_configuration USING (install_id = (SELECT proctorlink.current_install()));
COMMENT ON TABLE proctorlink.exam_configuration IS 'How an exam is delivered. An exam has one primary configuration and any number for accommodations. Sid EC.';
COMMENT ON COLUMN proctorlink.exam_configuration.install_id IS 'The install that the row belongs to.';
COMMENT ON COLUMN proctorlink.exam_configuration.exam_configuration_id IS 'Key of the configuration; its sid is EC and these 16 bytes in hexadecimal.';
COMMENT ON COLUMN proctorlink.exam_configuration.exam_id IS 'The exam.';
COMMENT ON COLUMN proctorlink.exam_configuration.api_id IS 'The caller''s id of the configuration, unique within the exam.';
COMMENT ON COLUMN proctorlink.exam_configuration.type IS 'primary or accommodation.';
COMMENT ON COLUMN proctorlink.exam_configuration.url IS 'Address of the exam on the caller''s platform.';
COMMENT ON COLUMN proctorlink.exam_configuration.access_opens_at IS 'From when the exam may be taken.';
COMMENT ON COLUMN proctorlink.exam_configuration.access_closes_at IS 'Until when the exam may be taken.';
COMMENT ON COLUMN proctorlink.exam_configuration.scheduling_opens_at IS 'From when an appointment may be made; null: at any time.';
COMMENT ON COLUMN proctorlink.exam_configuration.scheduling_closes_at IS 'Until when an appointment may be made; null: until access closes.';
COMMENT ON COLUMN proctorlink.exam_configuration.duration_minutes IS 'Minutes that a sitting lasts.';
COMMENT ON COLUMN proctorlink.exam_configuration.attempts IS 'Attempts allowed.';
COMMENT ON COLUMN proctorlink.exam_configuration.student_notes IS 'Notes for the student; proctors see them too.';
COMMENT ON COLUMN proctorlink.exam_configuration.proctor_notes IS 'Notes for the proctor.';
COMMENT ON COLUMN proctorlink.exam_configuration.proctor_types IS 'Proctor types by sid (TS...), each with its options.';
COMMENT ON COLUMN proctorlink.exam_configuration.permitted_items IS 'What the student may use, each with notes.';
COMMENT ON COLUMN proctorlink.exam_configuration.created_at IS 'When the row was made.';
COMMENT ON COLUMN proctorlink.exam_configuration.updated_at IS 'When the row was last changed.';

CREATE TRIGGER touch BEFORE UPDATE ON proctorlink.exam_configuration
	FOR EACH ROW EXECUTE FUNCTION proctorlink.touch_row();

CREATE FUNCTION proctorlink.exam_configuration_written() RETURNS trigger
	LANGUAGE C
	AS 'MODULE_PATHNAME', 'proctorlink_exam_configuration_written';
COMMENT ON FUNCTION proctorlink.exam_configuration_written() IS
'Trigger: an exam lasts as long as its primary configuration says.';
REVOKE ALL ON FUNCTION proctorlink.exam_configuration_written() FROM PUBLIC;

CREATE TRIGGER configuration_made AFTER INSERT ON proctorlink.exam_configuration
	REFERENCING NEW TABLE AS new_rows
	FOR EACH STATEMENT EXECUTE FUNCTION proctorlink.exam_configuration_written();
CREATE TRIGGER configuration_changed AFTER UPDATE ON proctorlink.exam_configuration
	REFERENCING NEW TABLE AS new_rows
	FOR EACH STATEMENT EXECUTE FUNCTION proctorlink.exam_configuration_written();

-- The password of an exam is told to nobody but the proctoring provider.
CREATE TABLE proctorlink.exam_secret (
	install_id uuid NOT NULL,
	exam_configuration_id uuid NOT NULL,
	password text NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT exam_secret_pkey PRIMARY KEY (install_id, exam_configuration_id),
	CONSTRAINT exam_secret_configuration_fkey FOREIGN KEY (install_id, exam_configuration_id)
		REFERENCES proctorlink.exam_configuration (install_id, exam_configuration_id) ON DELETE CASCADE,
	CONSTRAINT exam_secret_password_length CHECK (proctorlink.is_text(password, 500))
);
SELECT pg_extension_config_dump('proctorlink.exam_secret', '');
REVOKE ALL ON TABLE proctorlink.exam_secret FROM PUBLIC;
ALTER TABLE proctorlink.exam_secret ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON proctorlink.exam_secret USING (install_id = (SELECT proctorlink.current_install()));
COMMENT ON TABLE proctorlink.exam_secret IS 'Passwords of exams. Readable by the owner alone.';
COMMENT ON COLUMN proctorlink.exam_secret.install_id IS 'The install that the row belongs to.';
COMMENT ON COLUMN proctorlink.exam_secret.exam_configuration_id IS 'The configuration whose password it is.';
COMMENT ON COLUMN proctorlink.exam_secret.password IS 'The password that opens the exam.';
COMMENT ON COLUMN proctorlink.exam_secret.created_at IS 'When the row was made.';
COMMENT ON COLUMN proctorlink.exam_secret.updated_at IS 'When the row was last changed.';

CREATE TRIGGER touch BEFORE UPDATE ON proctorlink.exam_secret
	FOR EACH ROW EXECUTE FUNCTION proctorlink.touch_row();

