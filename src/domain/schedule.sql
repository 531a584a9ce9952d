-- domain/schedule.sql
--		A timed sitting of an exam for some candidates.

CREATE FUNCTION proctorlink.schedule_is_well_formed(duration_minutes integer, extra_time_minutes integer,
		external_id text, title text, workflow text, attempts integer, pin_code text, pin boolean) RETURNS boolean
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'proctorlink_schedule_is_well_formed';
COMMENT ON FUNCTION proctorlink.schedule_is_well_formed(integer, integer, text, text, text, integer, text, boolean) IS
'True, or raises 23514 under the name of the rule that a column breaks: schedule_duration_positive, schedule_extra_time_not_negative, schedule_external_id_format, schedule_title_length, schedule_workflow_known, schedule_attempts_positive, schedule_pin_code_length, schedule_pin_code_needs_pin. Used by a CHECK constraint.';

CREATE TABLE proctorlink.schedule (
	install_id uuid NOT NULL,
	schedule_id uuid NOT NULL DEFAULT proctorlink.uuid7(),
	exam_id uuid NOT NULL,
	external_id text COLLATE "C" NOT NULL,
	title text NOT NULL,
	starts_at timestamptz NOT NULL,
	ends_at timestamptz NOT NULL,
	duration_minutes integer,
	extra_time_minutes integer NOT NULL DEFAULT 0,
	owner_id uuid NOT NULL,
	hierarchy_id uuid NOT NULL,
	integration_id uuid,
	workflow text NOT NULL DEFAULT 'DEFAULT',
	attempts integer,
	pin_code text,
	pin boolean,
	proctorio boolean,
	safe_exam_browser boolean,
	keycode boolean,
	activated_at timestamptz,
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT schedule_pkey PRIMARY KEY (install_id, schedule_id),
	CONSTRAINT schedule_external_id_unique UNIQUE (install_id, external_id),
	-- What sessions refer to, so that theirs is the schedule's exam.
	CONSTRAINT schedule_with_exam_unique UNIQUE (install_id, schedule_id, exam_id),
	CONSTRAINT schedule_exam_fkey FOREIGN KEY (install_id, exam_id)
		REFERENCES proctorlink.exam (install_id, exam_id),
	CONSTRAINT schedule_owner_fkey FOREIGN KEY (install_id, owner_id)
		REFERENCES proctorlink.account (install_id, account_id),
	CONSTRAINT schedule_hierarchy_fkey FOREIGN KEY (install_id, hierarchy_id)
		REFERENCES proctorlink.hierarchy (install_id, hierarchy_id),
	CONSTRAINT schedule_integration_fkey FOREIGN KEY (install_id, integration_id)
		REFERENCES proctorlink.integration (install_id, integration_id),
	CONSTRAINT schedule_begins_before_it_ends
		CHECK (isfinite(starts_at) AND isfinite(ends_at) AND starts_at < ends_at),
	-- Counted in UTC, so that neither the time zone nor summer time has a say.
	CONSTRAINT schedule_at_most_two_years
		CHECK ((ends_at AT TIME ZONE 'UTC') <= (starts_at AT TIME ZONE 'UTC') + interval '2 years'),
	CONSTRAINT schedule_longer_than_exam
		CHECK ((ends_at AT TIME ZONE 'UTC') - (starts_at AT TIME ZONE 'UTC')
			> (coalesce(duration_minutes, 0)::bigint + extra_time_minutes) * interval '1 minute'),
	CONSTRAINT schedule_well_formed CHECK (proctorlink.schedule_is_well_formed(duration_minutes, extra_time_minutes,
		external_id, title, workflow, attempts, pin_code, pin))
);
CREATE INDEX schedule_exam ON proctorlink.schedule (install_id, exam_id, ends_at);
CREATE INDEX schedule_owner ON proctorlink.schedule (install_id, owner_id);
CREATE INDEX schedule_hierarchy ON proctorlink.schedule (install_id, hierarchy_id);
CREATE INDEX schedule_integration ON proctorlink.schedule (install_id, integration_id)
	WHERE integration_id IS NOT NULL;
SELECT pg_extension_config_dump('proctorlink.schedule', '');
REVOKE ALL ON TABLE proctorlink.schedule FROM PUBLIC;
ALTER TABLE proctorlink.schedule ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON proctorlink.schedule
	USING (install_id = (SELECT proctorlink.current_install()) AND (proctorlink.sees_hierarchy(install_id, hierarchy_id) OR proctorlink.sees_owner(install_id, owner_id)));
COMMENT ON TABLE proctorlink.schedule IS 'A timed sitting of an exam for some candidates. Sid SC.';
COMMENT ON COLUMN proctorlink.schedule.install_id IS 'The install that the row belongs to.';
COMMENT ON COLUMN proctorlink.schedule.schedule_id IS 'Key of the schedule; its sid is SC and these 16 bytes in hexadecimal.';
COMMENT ON COLUMN proctorlink.schedule.exam_id IS 'The exam that is sat; a schedule keeps it.';
COMMENT ON COLUMN proctorlink.schedule.external_id IS 'Id of the schedule in the caller''s platform (ScheduleExtId); the sid unless given.';
COMMENT ON COLUMN proctorlink.schedule.title IS 'What people call the schedule; the exam''s title and the day of the start unless given.';
COMMENT ON COLUMN proctorlink.schedule.starts_at IS 'When the window opens.';
COMMENT ON COLUMN proctorlink.schedule.ends_at IS 'When the window closes, which ends every sitting; start, duration, extra time and 60 minutes together unless given.';
COMMENT ON COLUMN proctorlink.schedule.duration_minutes IS 'Minutes that the exam took when the schedule was made; null: no limit.';
COMMENT ON COLUMN proctorlink.schedule.extra_time_minutes IS 'Minutes of extra time: the schedule''s own or the largest of its candidates'', whichever is more.';
COMMENT ON COLUMN proctorlink.schedule.owner_id IS 'The account that owns the schedule; the install''s default scheduler unless given.';
COMMENT ON COLUMN proctorlink.schedule.hierarchy_id IS 'The node through which the schedule, its sittings and results are seen; the install''s default one unless given.';
COMMENT ON COLUMN proctorlink.schedule.integration_id IS 'The connection to the provider that delivers the schedule; null where none does.';
COMMENT ON COLUMN proctorlink.schedule.workflow IS 'DEFAULT, or EXTERNAL_ATTEMPTS where candidates may come with ids of their attempts.';
COMMENT ON COLUMN proctorlink.schedule.attempts IS 'Attempts allowed; null leaves it to the exam''s configuration.';
COMMENT ON COLUMN proctorlink.schedule.pin_code IS 'The PIN that candidates are asked for.';
COMMENT ON COLUMN proctorlink.schedule.pin IS 'Whether candidates are asked for a PIN; null: as the exam.';
COMMENT ON COLUMN proctorlink.schedule.proctorio IS 'Whether Proctorio is on; null: as the exam.';
COMMENT ON COLUMN proctorlink.schedule.safe_exam_browser IS 'Whether Safe Exam Browser is asked for; null: as the exam.';
COMMENT ON COLUMN proctorlink.schedule.keycode IS 'Whether candidates are asked for a keycode; null: as the exam.';
COMMENT ON COLUMN proctorlink.schedule.activated_at IS 'Since when candidates can see and sit it; null: a draft.';
COMMENT ON COLUMN proctorlink.schedule.created_at IS 'When the row was made.';
COMMENT ON COLUMN proctorlink.schedule.updated_at IS 'When the row was last changed.';

CREATE FUNCTION proctorlink.schedule_before() RETURNS trigger
	LANGUAGE C
	AS 'MODULE_PATHNAME', 'proctorlink_schedule_before';
COMMENT ON FUNCTION proctorlink.schedule_before() IS
'Trigger: fills in what a new schedule was not given (external_id, title, duration_minutes, extra_time_minutes, ends_at, owner_id, hierarchy_id); the exam stays; sets updated_at; says what is wrong with a window (schedule_begins_before_it_ends, schedule_at_most_two_years, schedule_longer_than_exam) and how to mend it.';
REVOKE ALL ON FUNCTION proctorlink.schedule_before() FROM PUBLIC;

CREATE TRIGGER schedule_before BEFORE INSERT OR UPDATE ON proctorlink.schedule
	FOR EACH ROW EXECUTE FUNCTION proctorlink.schedule_before();

CREATE FUNCTION proctorlink.schedule_written() RETURNS trigger
	LANGUAGE C
	AS 'MODULE_PATHNAME', 'proctorlink_schedule_written';
COMMENT ON FUNCTION proctorlink.schedule_written() IS
'Trigger: a schedule that is still to come has an owner who may schedule (schedule_has_an_owner_who_may_schedule) and a hierarchy for schedules (schedule_hierarchy_selectable); through ProctorU its exam has an external id (proctoru_exam_has_external_id), is published (proctoru_exam_is_published) and has no other security settings on (proctoru_exam_without_other_security). Asked of what is new or changed.';
REVOKE ALL ON FUNCTION proctorlink.schedule_written() FROM PUBLIC;

CREATE TRIGGER schedule_written AFTER INSERT OR UPDATE ON proctorlink.schedule
	FOR EACH ROW EXECUTE FUNCTION proctorlink.schedule_written();

CREATE FUNCTION proctorlink.exam_of_schedules() RETURNS trigger
	LANGUAGE C
	AS 'MODULE_PATHNAME', 'proctorlink_exam_of_schedules';
COMMENT ON FUNCTION proctorlink.exam_of_schedules() IS
'Trigger: while a schedule through ProctorU is ahead, its exam keeps an external id that ProctorU can name (proctoru_exam_has_external_id), stays published (proctoru_exam_is_published) and turns on no other security settings (proctoru_exam_without_other_security).';
REVOKE ALL ON FUNCTION proctorlink.exam_of_schedules() FROM PUBLIC;

CREATE TRIGGER exam_of_schedules AFTER UPDATE ON proctorlink.exam
	FOR EACH ROW WHEN (NEW.external_id IS DISTINCT FROM OLD.external_id OR NEW.published <> OLD.published
		OR NEW.pin <> OLD.pin OR NEW.proctorio <> OLD.proctorio
		OR NEW.safe_exam_browser <> OLD.safe_exam_browser OR NEW.keycode <> OLD.keycode)
	EXECUTE FUNCTION proctorlink.exam_of_schedules();
