-- domain/exam_session_status.sql
--		Sessions that go from one status to another.

CREATE FUNCTION proctorlink.set_session_status(session_sid text, status text, reason text DEFAULT NULL) RETURNS jsonb
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_set_session_status';
COMMENT ON FUNCTION proctorlink.set_session_status(text, text, text) IS
'Brings a session (ES...) of the install that the call acts for to a status, with the reason why (at most 500 characters), and answers {"session": {"sid", "status"}, "changed"}; the status that it has changes nothing. In Progress sets started_at where there is none and takes ended_at away; Processing and Closed set ended_at where there is none. Raises PT409 CONFLICT for a status that the session may not go to, with those that it may; PT400 INVALIDINPUT for a status that is none, PT404 RESOURCENOTFOUND, PT403 AUTHENTICATIONFAILED.';
REVOKE ALL ON FUNCTION proctorlink.set_session_status(text, text, text) FROM PUBLIC;

CREATE FUNCTION proctorlink.expire_sessions() RETURNS bigint
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_expire_sessions';
COMMENT ON FUNCTION proctorlink.expire_sessions() IS
'Ends the sessions of the install that the call acts for whose time is over, and answers how many: those not begun become Cancelled, those In Progress or at an Incident Closed, ended when their window closed, all with the reason expired. The window is the schedule''s; for a session without one the access time of its configuration, else of the exam''s primary one; where there is none of these nothing expires. What is in Processing was handed in and stays. To be called as often as wanted, such as every hour. Raises PT403 AUTHENTICATIONFAILED.';
REVOKE ALL ON FUNCTION proctorlink.expire_sessions() FROM PUBLIC;

