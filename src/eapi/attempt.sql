-- eapi/attempt.sql
--		Cirrus's door: attempts and results.

CREATE FUNCTION proctorlink.eapi_attempt_info(schedule_ext_id text, candidate_ext_id text) RETURNS jsonb
	LANGUAGE C STABLE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_eapi_attempt_info';
COMMENT ON FUNCTION proctorlink.eapi_attempt_info(text, text) IS
'Cirrus: GET /external/schedule/{externalId}/attempt-info. The attempts of a candidate on a schedule, in the envelope {"Content", "Success", "Errors"}; Content is [{"ExternalId", "FirstName", "LastName", "UserName", "Email", "Attempts": [{"AttemptNumber", "StartDate", "EndDate", "Status"}]}], Status NOT_STARTED, IN_PROGRESS, PAUSED, HANDED_IN or VOID. Refused in the answer, with response.status 400: 201 or 300 (nothing named), 301 (no such schedule), 202 (no such user), 203 (not on it), 303 (not activated), 310 (not begun); with 403 where the caller may not. Raises nothing for a refused request.';
REVOKE ALL ON FUNCTION proctorlink.eapi_attempt_info(text, text) FROM PUBLIC;

CREATE FUNCTION proctorlink.eapi_results(candidate_ext_id text, schedule_ext_id text DEFAULT NULL, attempt_ext_id text DEFAULT NULL) RETURNS jsonb
	LANGUAGE C STABLE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_eapi_results';
COMMENT ON FUNCTION proctorlink.eapi_results(text, text, text) IS
'Cirrus: GET /results. The published results of a candidate, of all schedules or the one named, or of one attempt, with which candidate_ext_id may be null: {"CandidateExtId", "CandidateInfo": {"ExternalId", "FirstName", "LastName", "UserName", "Email"}, "Results": [{"AssessmentExtId", "AssessmentTitle", "ScheduleExtId", "ScheduleTitle", "AttemptExtId", "AttemptNumber", "StartDate", "EndDate", "Score", "MaxScore", "PassedStatus", "PublishedDate"}]}, in the order of publication. A refusal comes as {"Content", "Success", "Errors"} with response.status 400: nothing named, 202 (no such user), 301 (no such schedule), no such attempt; with 403 where the caller may not. Raises nothing for a refused request.';
REVOKE ALL ON FUNCTION proctorlink.eapi_results(text, text, text) FROM PUBLIC;

