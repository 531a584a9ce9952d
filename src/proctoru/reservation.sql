-- proctoru/reservation.sql
--		ProctorU's door: bookings and test-takers. Every function answers its
--		envelope and raises for nothing that was asked of it.

CREATE FUNCTION proctorlink.proctoru_add_reservation(jsonb) RETURNS jsonb
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_proctoru_add_reservation';
COMMENT ON FUNCTION proctorlink.proctoru_add_reservation(jsonb) IS
'addAdHocProcess, at ProctorU''s door: books a person, who is made here when new, a schedule of their own and their session on it. Members: exam_id*, user_id*, student_id (* where candidateIdSource is student_id), first_name*, last_name*, email*, time_zone_id (a Windows zone id or an IANA name), duration (minutes, no shorter than the exam''s), start_date*, active_date and end_date (the window; start_date and start_date + duration + 60 minutes unless given), reservation_id*, reservation_no, department_id (an Organisation ID); time_sent, which is refused 15 minutes later. A reservation_id that is there already, sent with its reservation_no, is moved. data: {"balance", "reservation_id", "reservation_no", "url", "warnings"}. Answers {"time_sent", "response_code": 1 or 2, "message", "data"}; raises only what says nothing about the request (serialization failure, deadlock, cancel, lack of resources).';
REVOKE ALL ON FUNCTION proctorlink.proctoru_add_reservation(jsonb) FROM PUBLIC;

CREATE FUNCTION proctorlink.proctoru_move_reservation(jsonb) RETURNS jsonb
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_proctoru_move_reservation';
COMMENT ON FUNCTION proctorlink.proctoru_move_reservation(jsonb) IS
'moveReservation, at ProctorU''s door: another time for a reservation, its status stays and links given out stay good. Members: reservation_no or reservation_id*, start_date*, active_date, end_date (as for proctoru_add_reservation), new_reservation_no (another one is drawn unless given; the former still finds it), student_id, user_id, time_sent. data: {"balance", "reservation_id", "reservation_no", "url"}. Answers {"time_sent", "response_code": 1 or 2, "message", "data"}; raises only what says nothing about the request (serialization failure, deadlock, cancel, lack of resources).';
REVOKE ALL ON FUNCTION proctorlink.proctoru_move_reservation(jsonb) FROM PUBLIC;

CREATE FUNCTION proctorlink.proctoru_remove_reservation(jsonb) RETURNS jsonb
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_proctoru_remove_reservation';
COMMENT ON FUNCTION proctorlink.proctoru_remove_reservation(jsonb) IS
'removeReservation, at ProctorU''s door: cancels a reservation (reservation-removed, with the explanation); while the right to sit remains a fresh session stands in its place. Members: student_id or user_id*, reservation_no or reservation_id*, explanation, time_sent. data: {"onaccount"}. Answers {"time_sent", "response_code": 1 or 2, "message", "data"}; raises only what says nothing about the request (serialization failure, deadlock, cancel, lack of resources).';
REVOKE ALL ON FUNCTION proctorlink.proctoru_remove_reservation(jsonb) FROM PUBLIC;

CREATE FUNCTION proctorlink.proctoru_begin_reservation(jsonb) RETURNS jsonb
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_proctoru_begin_reservation';
COMMENT ON FUNCTION proctorlink.proctoru_begin_reservation(jsonb) IS
'beginReservation, at ProctorU''s door: the launch link of a reservation whose window has opened. Members: student_id or user_id*, reservation_id or reservation_no*, time_sent. data: {"url"}. Answers {"time_sent", "response_code": 1 or 2, "message", "data"}; raises only what says nothing about the request (serialization failure, deadlock, cancel, lack of resources).';
REVOKE ALL ON FUNCTION proctorlink.proctoru_begin_reservation(jsonb) FROM PUBLIC;

CREATE FUNCTION proctorlink.proctoru_reservations(jsonb) RETURNS jsonb
	LANGUAGE C STABLE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_proctoru_reservations';
COMMENT ON FUNCTION proctorlink.proctoru_reservations(jsonb) IS
'getStudentReservationList, at ProctorU''s door: a person''s reservations by appointment. Members: student_id or user_id*, status (pending, scheduled, cancelled or voided), time_sent. data: [{"reservation_no", "reservation_id", "exam_id", "description", "courseno", "instructor" (name of the one who teaches the exam''s course; null where nobody or several do), "start_date", "test", "escalated", "launch_url"}]. Answers {"time_sent", "response_code": 1 or 2, "message", "data"}; raises only what says nothing about the request (serialization failure, deadlock, cancel, lack of resources).';
REVOKE ALL ON FUNCTION proctorlink.proctoru_reservations(jsonb) FROM PUBLIC;

CREATE FUNCTION proctorlink.proctoru_edit_student(jsonb) RETURNS jsonb
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_proctoru_edit_student';
COMMENT ON FUNCTION proctorlink.proctoru_edit_student(jsonb) IS
'editStudent, at ProctorU''s door: changes name, e-mail, time zone and student_id of a person; of one who has not been booked yet the ids are kept, and the person comes with the first booking. Nobody is renamed by it. Members: user_id (* unless the student_id is known), student_id, first_name, last_name, email, time_zone_id, time_sent. data: {"profilecomplete", "hasimage", "termsaccepted"}. Answers {"time_sent", "response_code": 1 or 2, "message", "data"}; raises only what says nothing about the request (serialization failure, deadlock, cancel, lack of resources).';
REVOKE ALL ON FUNCTION proctorlink.proctoru_edit_student(jsonb) FROM PUBLIC;
