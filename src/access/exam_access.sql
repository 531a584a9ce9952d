-- access/exam_access.sql
--		What a provider's proctor opens an exam with.

CREATE FUNCTION proctorlink.exam_access(session_sid text) RETURNS jsonb
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_exam_access';
COMMENT ON FUNCTION proctorlink.exam_access(text) IS
'What the proctor of a session (ES...) opens its exam with: {"session", "configuration" (EC...), "url", "password", "studentNotes", "proctorNotes"}, of the session''s own configuration, else the exam''s primary one; null where there is none. Only for a caller who speaks for the integration that the session was booked through, else that of its schedule, and while the session lives: not once it is Processing, Closed or Cancelled, nor after its window where it has not begun. Each answer leaves an event (exam_accessed). Raises PT403 AUTHENTICATIONFAILED for anybody else, PT409 CONFLICT for a session that is over, PT404 RESOURCENOTFOUND, PT400 INVALIDINPUT.';
REVOKE ALL ON FUNCTION proctorlink.exam_access(text) FROM PUBLIC;

