-- domain/booking.sql
--		Sessions that were booked through a provider.

CREATE TABLE proctorlink.former_reservation (
	install_id uuid NOT NULL,
	reservation_no bigint NOT NULL,
	exam_session_id uuid NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT former_reservation_pkey PRIMARY KEY (install_id, reservation_no),
	CONSTRAINT former_reservation_session_fkey FOREIGN KEY (install_id, exam_session_id)
		REFERENCES proctorlink.exam_session (install_id, exam_session_id)
);
CREATE INDEX former_reservation_session ON proctorlink.former_reservation (install_id, exam_session_id);
SELECT pg_extension_config_dump('proctorlink.former_reservation', '');
REVOKE ALL ON TABLE proctorlink.former_reservation FROM PUBLIC;
ALTER TABLE proctorlink.former_reservation ENABLE ROW LEVEL SECURITY;
-- For systems: they tell of people whom a person may not see, and no person sees no account.
CREATE POLICY tenant ON proctorlink.former_reservation
	USING (install_id = (SELECT proctorlink.current_install()) AND proctorlink.sees_account(install_id, NULL));
COMMENT ON TABLE proctorlink.former_reservation IS 'Numbers that bookings had before they were moved; they still find them, and are not used again.';
COMMENT ON COLUMN proctorlink.former_reservation.install_id IS 'The install that the row belongs to.';
COMMENT ON COLUMN proctorlink.former_reservation.reservation_no IS 'The number.';
COMMENT ON COLUMN proctorlink.former_reservation.exam_session_id IS 'The session that was booked.';
COMMENT ON COLUMN proctorlink.former_reservation.created_at IS 'When the row was made.';

CREATE FUNCTION proctorlink.exam_session_booked() RETURNS trigger
	LANGUAGE C
	AS 'MODULE_PATHNAME', 'proctorlink_exam_session_booked';
COMMENT ON FUNCTION proctorlink.exam_session_booked() IS
'Trigger: what a person has booked through an integration, from the appointment until as long after it as the exam lasts, overlaps with no other live booking of theirs there (no_overlapping_booking). Asked of what is not over yet.';
REVOKE ALL ON FUNCTION proctorlink.exam_session_booked() FROM PUBLIC;

CREATE TRIGGER no_overlapping_booking_new AFTER INSERT ON proctorlink.exam_session
	FOR EACH ROW WHEN (NEW.appointment_at IS NOT NULL AND NEW.integration_id IS NOT NULL AND NEW.status <> 'Cancelled')
	EXECUTE FUNCTION proctorlink.exam_session_booked();
CREATE TRIGGER no_overlapping_booking_changed AFTER UPDATE ON proctorlink.exam_session
	FOR EACH ROW WHEN (NEW.appointment_at IS NOT NULL AND NEW.integration_id IS NOT NULL AND NEW.status <> 'Cancelled'
		AND (NEW.appointment_at IS DISTINCT FROM OLD.appointment_at OR NEW.integration_id IS DISTINCT FROM OLD.integration_id
			OR NEW.schedule_id IS DISTINCT FROM OLD.schedule_id OR NEW.account_id <> OLD.account_id))
	EXECUTE FUNCTION proctorlink.exam_session_booked();
