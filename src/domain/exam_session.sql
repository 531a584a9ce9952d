-- domain/exam_session.sql
--		One person's sitting of an exam.

CREATE FUNCTION proctorlink.exam_session_is_well_formed(attempt integer, attempt_ext_id text, status text,
		status_reason text, started_at timestamptz, ended_at timestamptz, passed_status text, reservation_id text,
		reservation_no bigint) RETURNS boolean
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'proctorlink_exam_session_is_well_formed';
COMMENT ON FUNCTION proctorlink.exam_session_is_well_formed(integer, text, text, text, timestamptz, timestamptz, text, text, bigint) IS
'True, or raises 23514 under the name of the rule that a column breaks: session_attempt_positive, session_attempt_ext_id_format, session_status_known, session_status_reason_length, session_ends_after_it_starts, session_passed_status_known, session_reservation_id_format, session_reservation_no_positive. Used by a CHECK constraint.';

CREATE TABLE proctorlink.exam_session (
	install_id uuid NOT NULL,
	exam_session_id uuid NOT NULL DEFAULT proctorlink.uuid7(),
	exam_id uuid NOT NULL,
	exam_configuration_id uuid,
	schedule_id uuid,
	account_id uuid NOT NULL,
	enrollment_id uuid,
	attempt integer NOT NULL DEFAULT 1,
	attempt_ext_id text COLLATE "C",
	status text NOT NULL DEFAULT 'Needs Proctor',
	status_reason text,
	appointment_at timestamptz,
	integration_id uuid,
	reservation_id text COLLATE "C",
	reservation_no bigint,
	started_at timestamptz,
	ended_at timestamptz,
	score numeric,
	max_score numeric,
	passed_status text,
	published_at timestamptz,
	link_version integer NOT NULL DEFAULT 1,
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT exam_session_pkey PRIMARY KEY (install_id, exam_session_id),
	CONSTRAINT exam_session_exam_fkey FOREIGN KEY (install_id, exam_id)
		REFERENCES proctorlink.exam (install_id, exam_id),
	CONSTRAINT exam_session_configuration_fkey FOREIGN KEY (install_id, exam_configuration_id)
		REFERENCES proctorlink.exam_configuration (install_id, exam_configuration_id),
	-- With the exam, so that a session is of its schedule's exam.
	CONSTRAINT exam_session_schedule_fkey FOREIGN KEY (install_id, schedule_id, exam_id)
		REFERENCES proctorlink.schedule (install_id, schedule_id, exam_id),
	CONSTRAINT exam_session_account_fkey FOREIGN KEY (install_id, account_id)
		REFERENCES proctorlink.account (install_id, account_id),
	CONSTRAINT exam_session_enrollment_fkey FOREIGN KEY (install_id, enrollment_id)
		REFERENCES proctorlink.enrollment (install_id, enrollment_id),
	CONSTRAINT exam_session_integration_fkey FOREIGN KEY (install_id, integration_id)
		REFERENCES proctorlink.integration (install_id, integration_id),
	CONSTRAINT session_well_formed CHECK (proctorlink.exam_session_is_well_formed(attempt, attempt_ext_id, status,
		status_reason, started_at, ended_at, passed_status, reservation_id, reservation_no))
);
CREATE UNIQUE INDEX session_once_per_attempt ON proctorlink.exam_session (install_id, exam_id, account_id, attempt)
	WHERE status <> 'Cancelled';
CREATE INDEX exam_session_exam ON proctorlink.exam_session (install_id, exam_id, account_id);
CREATE INDEX exam_session_account ON proctorlink.exam_session (install_id, account_id);
CREATE INDEX exam_session_enrollment ON proctorlink.exam_session (install_id, enrollment_id)
	WHERE enrollment_id IS NOT NULL;
CREATE INDEX exam_session_configuration ON proctorlink.exam_session (install_id, exam_configuration_id)
	WHERE exam_configuration_id IS NOT NULL;
CREATE INDEX exam_session_schedule ON proctorlink.exam_session (install_id, schedule_id, account_id)
	WHERE schedule_id IS NOT NULL;
CREATE INDEX exam_session_integration ON proctorlink.exam_session (install_id, integration_id, account_id)
	WHERE integration_id IS NOT NULL;
-- Each caller counts its own bookings; our numbers are the install's.
CREATE UNIQUE INDEX reservation_id_unique ON proctorlink.exam_session (install_id, integration_id, reservation_id)
	NULLS NOT DISTINCT WHERE reservation_id IS NOT NULL;
CREATE UNIQUE INDEX reservation_no_unique ON proctorlink.exam_session (install_id, reservation_no)
	WHERE reservation_no IS NOT NULL;
CREATE INDEX exam_session_attempt_ext_id ON proctorlink.exam_session (install_id, attempt_ext_id)
	WHERE attempt_ext_id IS NOT NULL;
SELECT pg_extension_config_dump('proctorlink.exam_session', '');
REVOKE ALL ON TABLE proctorlink.exam_session FROM PUBLIC;
ALTER TABLE proctorlink.exam_session ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON proctorlink.exam_session
	USING (install_id = (SELECT proctorlink.current_install()) AND proctorlink.sees_schedule(install_id, schedule_id))
	-- Who has a sitting is seen, so nobody is given one to be seen.
	WITH CHECK (install_id = (SELECT proctorlink.current_install()) AND proctorlink.sees_schedule(install_id, schedule_id)
		AND proctorlink.sees_account(install_id, account_id));
COMMENT ON TABLE proctorlink.exam_session IS 'One person''s sitting of an exam. Sid ES.';
COMMENT ON COLUMN proctorlink.exam_session.install_id IS 'The install that the row belongs to.';
COMMENT ON COLUMN proctorlink.exam_session.exam_session_id IS 'Key of the session; its sid is ES and these 16 bytes in hexadecimal.';
COMMENT ON COLUMN proctorlink.exam_session.exam_id IS 'The exam.';
COMMENT ON COLUMN proctorlink.exam_session.exam_configuration_id IS 'How the exam is delivered to this person; null: as the exam''s primary configuration says.';
COMMENT ON COLUMN proctorlink.exam_session.schedule_id IS 'The schedule that it is sat in; null while there is none.';
COMMENT ON COLUMN proctorlink.exam_session.account_id IS 'The person.';
COMMENT ON COLUMN proctorlink.exam_session.enrollment_id IS 'The enrollment that gives the right to sit; null where there is none.';
COMMENT ON COLUMN proctorlink.exam_session.attempt IS 'Which attempt it is, from 1.';
COMMENT ON COLUMN proctorlink.exam_session.attempt_ext_id IS 'Id of the attempt in the platform (AttemptExtId).';
COMMENT ON COLUMN proctorlink.exam_session.status IS 'Needs Proctor, Pending Approval, Approval Denied, Scheduled, Onboarding, Checked In, In Progress, Incident, Processing, Closed or Cancelled.';
COMMENT ON COLUMN proctorlink.exam_session.status_reason IS 'Why the session came to its status, such as removed-by-limited-scope or unenrolled.';
COMMENT ON COLUMN proctorlink.exam_session.appointment_at IS 'When the person has booked to sit.';
COMMENT ON COLUMN proctorlink.exam_session.integration_id IS 'The connection to the provider that it was booked through; null where it was not.';
COMMENT ON COLUMN proctorlink.exam_session.reservation_id IS 'The provider''s caller''s id of the booking.';
COMMENT ON COLUMN proctorlink.exam_session.reservation_no IS 'Number of the booking.';
COMMENT ON COLUMN proctorlink.exam_session.started_at IS 'When the sitting began.';
COMMENT ON COLUMN proctorlink.exam_session.ended_at IS 'When the sitting ended.';
COMMENT ON COLUMN proctorlink.exam_session.score IS 'Points reached.';
COMMENT ON COLUMN proctorlink.exam_session.max_score IS 'Points that could be reached.';
COMMENT ON COLUMN proctorlink.exam_session.passed_status IS 'SATISFACTORY, NOT_SATISFACTORY, NOT_SUBMITTED or VOIDED.';
COMMENT ON COLUMN proctorlink.exam_session.published_at IS 'When the result was published.';
COMMENT ON COLUMN proctorlink.exam_session.link_version IS 'Launch links name it; raising it makes the links given out before worthless.';
COMMENT ON COLUMN proctorlink.exam_session.created_at IS 'When the row was made.';
COMMENT ON COLUMN proctorlink.exam_session.updated_at IS 'When the row was last changed.';

CREATE FUNCTION proctorlink.exam_session_before() RETURNS trigger
	LANGUAGE C
	AS 'MODULE_PATHNAME', 'proctorlink_exam_session_before';
COMMENT ON FUNCTION proctorlink.exam_session_before() IS
'Trigger: a session begins as Needs Proctor or Scheduled and goes only where its status allows (session_status_allowed); sets updated_at.';
REVOKE ALL ON FUNCTION proctorlink.exam_session_before() FROM PUBLIC;

CREATE TRIGGER exam_session_before BEFORE INSERT OR UPDATE ON proctorlink.exam_session
	FOR EACH ROW EXECUTE FUNCTION proctorlink.exam_session_before();

CREATE FUNCTION proctorlink.exam_session_attempts() RETURNS trigger
	LANGUAGE C
	AS 'MODULE_PATHNAME', 'proctorlink_exam_session_attempts';
COMMENT ON FUNCTION proctorlink.exam_session_attempts() IS
'Trigger: a session''s attempt is one that its schedule, else its configuration, else the exam, allows (session_attempts_left).';
REVOKE ALL ON FUNCTION proctorlink.exam_session_attempts() FROM PUBLIC;

-- The first attempt is always allowed.
CREATE TRIGGER session_attempts_left_new AFTER INSERT ON proctorlink.exam_session
	FOR EACH ROW WHEN (NEW.attempt > 1) EXECUTE FUNCTION proctorlink.exam_session_attempts();
CREATE TRIGGER session_attempts_left_changed AFTER UPDATE ON proctorlink.exam_session
	FOR EACH ROW WHEN (NEW.attempt > 1 AND (NEW.attempt <> OLD.attempt
		OR NEW.schedule_id IS NOT NULL AND NEW.schedule_id IS DISTINCT FROM OLD.schedule_id))
	EXECUTE FUNCTION proctorlink.exam_session_attempts();

-- What a session does to its schedule, and what stands in place of one that was
-- cancelled.
CREATE FUNCTION proctorlink.exam_session_written() RETURNS trigger
	LANGUAGE C
	AS 'MODULE_PATHNAME', 'proctorlink_exam_session_written';
COMMENT ON FUNCTION proctorlink.exam_session_written() IS
'Trigger: who is put on a schedule that is not over yet raises its extra_time_minutes to their own where that is more, and the window must still be long enough (schedule_longer_than_exam); nobody who would get some comes to one through ProctorU (proctoru_no_extra_time), and only who is eligible to one of an accommodation exam (accommodation_exam_only_for_eligible); a booked session that is cancelled leaves a fresh one (Needs Proctor) in its place while the enrollment still gives the right to sit.';
REVOKE ALL ON FUNCTION proctorlink.exam_session_written() FROM PUBLIC;

CREATE TRIGGER exam_session_made AFTER INSERT ON proctorlink.exam_session
	REFERENCING NEW TABLE AS new_rows
	FOR EACH STATEMENT EXECUTE FUNCTION proctorlink.exam_session_written();
CREATE TRIGGER exam_session_changed AFTER UPDATE ON proctorlink.exam_session
	REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
	FOR EACH STATEMENT EXECUTE FUNCTION proctorlink.exam_session_written();

-- Who has a session: while an exam's limited_scope is false, every active
-- learner of its course; while it is true, those assigned.
CREATE FUNCTION proctorlink.enrollment_written() RETURNS trigger
	LANGUAGE C
	AS 'MODULE_PATHNAME', 'proctorlink_enrollment_written';
COMMENT ON FUNCTION proctorlink.enrollment_written() IS
'Trigger: active learners get their sessions of the course''s exams that are open to all; who no longer is one loses those not begun.';
REVOKE ALL ON FUNCTION proctorlink.enrollment_written() FROM PUBLIC;

CREATE TRIGGER enrollment_made AFTER INSERT ON proctorlink.enrollment
	REFERENCING NEW TABLE AS new_rows
	FOR EACH STATEMENT EXECUTE FUNCTION proctorlink.enrollment_written();
CREATE TRIGGER enrollment_changed AFTER UPDATE ON proctorlink.enrollment
	REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
	FOR EACH STATEMENT EXECUTE FUNCTION proctorlink.enrollment_written();

CREATE FUNCTION proctorlink.exam_written() RETURNS trigger
	LANGUAGE C
	AS 'MODULE_PATHNAME', 'proctorlink_exam_written';
COMMENT ON FUNCTION proctorlink.exam_written() IS
'Trigger: an exam that opens to all gives every active learner of its course a session; one that closes cancels those not booked (removed-by-limited-scope).';
REVOKE ALL ON FUNCTION proctorlink.exam_written() FROM PUBLIC;

CREATE TRIGGER exam_made AFTER INSERT ON proctorlink.exam
	REFERENCING NEW TABLE AS new_rows
	FOR EACH STATEMENT EXECUTE FUNCTION proctorlink.exam_written();
CREATE TRIGGER exam_changed AFTER UPDATE ON proctorlink.exam
	REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
	FOR EACH STATEMENT EXECUTE FUNCTION proctorlink.exam_written();

