-- care/explain.sql
--		Why something failed, or would.

CREATE FUNCTION proctorlink.explain_schedule(payload jsonb, integration_sid text DEFAULT NULL,
		OUT rule text, OUT ok boolean, OUT detail text, OUT hint text)
	RETURNS SETOF record
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_explain_schedule';
COMMENT ON FUNCTION proctorlink.explain_schedule(jsonb, text) IS
'What eapi_create_schedule would say of a body: a row a rule that it asks (ok true or false, what was found, the way out), a row a violation, and, where nothing is wrong, what would be made (ok null). Writes nothing. With an integration (II...) as if that provider called. Raises PT400 INVALIDINPUT, PT403 AUTHENTICATIONFAILED, PT404 RESOURCENOTFOUND.';
REVOKE ALL ON FUNCTION proctorlink.explain_schedule(jsonb, text) FROM PUBLIC;

CREATE FUNCTION proctorlink.readiness(exam text DEFAULT NULL,
		OUT check_name text, OUT ok boolean, OUT detail text, OUT hint text)
	RETURNS SETOF record
	LANGUAGE C STABLE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'proctorlink_readiness';
COMMENT ON FUNCTION proctorlink.readiness(text) IS
'Whether the install is set up and an exam (external id or sid EX...), or all, can be delivered: a row a check, ok null where it only informs, with what was found and what to do. An id that matches nothing lists the nearest. Raises PT403 AUTHENTICATIONFAILED.';
REVOKE ALL ON FUNCTION proctorlink.readiness(text) FROM PUBLIC;

CREATE FUNCTION proctorlink.readiness_ahead(horizon interval DEFAULT '2 days',
		OUT schedule_ext_id text, OUT starts_at timestamptz, OUT check_name text, OUT ok boolean, OUT detail text, OUT hint text)
	RETURNS SETOF record
	LANGUAGE C STABLE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'proctorlink_readiness_ahead';
COMMENT ON FUNCTION proctorlink.readiness_ahead(interval) IS
'The schedules that are open or begin within the horizon, and what is wrong with each now: a row a rule that does not hold (ok false), with the way out; schedule.ready where all do; schedule.people (ok null) where nobody is on it. Raises PT400 INVALIDINPUT, PT403 AUTHENTICATIONFAILED.';
REVOKE ALL ON FUNCTION proctorlink.readiness_ahead(interval) FROM PUBLIC;

CREATE FUNCTION proctorlink.external_api_sheet(install_sid text) RETURNS text
	LANGUAGE C STABLE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'proctorlink_external_api_sheet';
COMMENT ON FUNCTION proctorlink.external_api_sheet(text) IS
'The page to hand over to whoever connects to the platform: its URL, the default scheduler, connections, hierarchies to choose from, and what an assessment needs. No secrets. Raises PT400 INVALIDINPUT, PT404 RESOURCENOTFOUND.';
REVOKE ALL ON FUNCTION proctorlink.external_api_sheet(text) FROM PUBLIC;
