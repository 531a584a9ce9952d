-- access/launch.sql
--		What a launch link opens.

CREATE FUNCTION proctorlink.redeem_launch(token text) RETURNS jsonb
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_redeem_launch';
COMMENT ON FUNCTION proctorlink.redeem_launch(text) IS
'Opens the session that a launch link''s token names, whoever calls and as often as wanted while the window is open and the session lives: {"user": {"sid", "candidate_ext_id", "username"}, "exam": {"sid", "external_id", "title", "url"}, "schedule": {"external_id", "starts_at", "ends_at"}, "session": {"sid", "status", "attempt"}}; schedule is null for a session without one, whose window is the access time of its configuration, else of the exam''s primary one, else any. The first time sets started_at, and the status goes to In Progress. Raises PT403 AUTHENTICATIONFAILED for anything that is no launch link of this database, PT409 CONFLICT saying why a link cannot be used now: schedule not activated, too early, too late, not yet scheduled, cancelled, finished, account not active, replaced by a new link.';
REVOKE ALL ON FUNCTION proctorlink.redeem_launch(text) FROM PUBLIC;

