-- care/history.sql
--		What happened, and why somebody cannot start.

CREATE FUNCTION proctorlink.refusals(since timestamptz DEFAULT now() - interval '1 day',
		OUT at timestamptz, OUT door text, OUT integration_sid text, OUT assessment_ext_id text, OUT schedule_ext_id text,
		OUT candidate_ext_id text, OUT rule text, OUT detail text, OUT hint text)
	RETURNS SETOF record
	LANGUAGE C STABLE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'proctorlink_refusals';
COMMENT ON FUNCTION proctorlink.refusals(timestamptz) IS
'What the vendors'' doors refused since then, of the install that the call acts for, oldest first: a row a rule that a call broke, with the external ids that it named (null where it named none), what was found and the way out. rule is request where the contract has no rule for it. Raises PT400 INVALIDINPUT, PT403 AUTHENTICATIONFAILED.';
REVOKE ALL ON FUNCTION proctorlink.refusals(timestamptz) FROM PUBLIC;

CREATE FUNCTION proctorlink.history(sid text,
		OUT at timestamptz, OUT actor text, OUT kind text, OUT changes jsonb)
	RETURNS SETOF record
	LANGUAGE C STABLE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'proctorlink_history';
COMMENT ON FUNCTION proctorlink.history(text) IS
'What happened to something, by its sid (SC..., ES..., AI..., II..., BA..., EX...), oldest first, also when it is gone: the events about it of the install that the call acts for. Raises PT400 INVALIDINPUT, PT403 AUTHENTICATIONFAILED.';
REVOKE ALL ON FUNCTION proctorlink.history(text) FROM PUBLIC;

CREATE FUNCTION proctorlink.explain_session(schedule_ext_id text, candidate_ext_id text,
		OUT rule text, OUT ok boolean, OUT detail text, OUT hint text)
	RETURNS SETOF record
	LANGUAGE C STABLE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'proctorlink_explain_session';
COMMENT ON FUNCTION proctorlink.explain_session(text, text) IS
'Why this person cannot start: whether the schedule, the person and their session are there, then what opening a link asks (schedule activated, window open, status of the session, account active) and what is known of the link; ok null where it only informs. Raises PT403 AUTHENTICATIONFAILED.';
REVOKE ALL ON FUNCTION proctorlink.explain_session(text, text) FROM PUBLIC;

