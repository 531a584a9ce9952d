-- domain/result.sql
--		The result of a sitting.

CREATE FUNCTION proctorlink.publish_result(session_sid text, result jsonb) RETURNS jsonb
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_publish_result';
COMMENT ON FUNCTION proctorlink.publish_result(text, jsonb) IS
'Keeps the result of a session (ES...) of the install that the call acts for and publishes it. result: score and maxScore (numbers, 0 <= score <= maxScore), passedStatus (SATISFACTORY, NOT_SATISFACTORY, NOT_SUBMITTED or VOIDED), published (true unless sent; false keeps the result to oneself, or takes it back). A member that is absent leaves what is stored, null takes it away. The same again changes nothing; what has changed is published anew. Answers {"session": {"sid", "status"}, "result": {"score", "maxScore", "passedStatus", "publishedAt"}, "changed"}. Raises PT409 CONFLICT for a session that has not begun, PT400 INVALIDINPUT naming each member that is unknown or wrong, PT404 RESOURCENOTFOUND, PT403 AUTHENTICATIONFAILED.';
REVOKE ALL ON FUNCTION proctorlink.publish_result(text, jsonb) FROM PUBLIC;

