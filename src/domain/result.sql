-- domain/result.sql
--		The result of a sitting.

CREATE FUNCTION proctorlink.publish_result(session_sid text, result jsonb) RETURNS jsonb
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_publish_result';
COMMENT ON FUNCTION proctorlink.publish_result(text, jsonb) IS
'Keeps the result of a session (ES...) of the install that the call acts for and publishes it. result: score and maxScore (numbers, 0 <= score <= maxScore), passedStatus (SATISFACTORY, NOT_SATISFACTORY, NOT_SUBMITTED or VOIDED), published (true unless sent; false keeps the result to oneself, or takes it back). A member that is absent leaves what is stored, null takes it away. The same again changes nothing; what has changed is published anew. Answers {"session": {"sid", "status"}, "result": {"score", "maxScore", "passedStatus", "publishedAt"}, "changed"}. Raises PT409 CONFLICT for a session that has not begun, PT400 INVALIDINPUT naming each member that is unknown or wrong, PT404 RESOURCENOTFOUND, PT403 AUTHENTICATIONFAILED.';
REVOKE ALL ON FUNCTION proctorlink.publish_result(text, jsonb) FROM PUBLIC;


CREATE VIEW proctorlink.candidate_result WITH (security_invoker = true) AS
	SELECT proctorlink.sid('exam_session', s.exam_session_id) AS session_sid,
		a.candidate_ext_id, a.first_name, a.last_name,
		x.external_id AS exam_external_id, x.title AS exam_title,
		c.external_id AS schedule_external_id,
		proctorlink.hierarchy_path(coalesce(c.hierarchy_id, d.hierarchy_id)) AS hierarchy_path,
		s.attempt, s.attempt_ext_id, s.started_at, s.ended_at, s.status,
		s.score, s.max_score, s.passed_status, s.published_at
	FROM proctorlink.exam_session s
	JOIN proctorlink.account a ON a.install_id = s.install_id AND a.account_id = s.account_id
	JOIN proctorlink.exam x ON x.install_id = s.install_id AND x.exam_id = s.exam_id
	LEFT JOIN proctorlink.schedule c ON c.install_id = s.install_id AND c.schedule_id = s.schedule_id
	LEFT JOIN proctorlink.hierarchy d ON d.install_id = s.install_id AND d.is_default AND s.schedule_id IS NULL;
REVOKE ALL ON TABLE proctorlink.candidate_result FROM PUBLIC;
COMMENT ON VIEW proctorlink.candidate_result IS 'Sittings and their results, with whose they are and where they belong; people see those of their hierarchies and schedules.';
COMMENT ON COLUMN proctorlink.candidate_result.session_sid IS 'Sid of the session (ES...).';
COMMENT ON COLUMN proctorlink.candidate_result.candidate_ext_id IS 'The person''s id in the customer''s platform.';
COMMENT ON COLUMN proctorlink.candidate_result.first_name IS 'First name.';
COMMENT ON COLUMN proctorlink.candidate_result.last_name IS 'Last name.';
COMMENT ON COLUMN proctorlink.candidate_result.exam_external_id IS 'External id of the exam.';
COMMENT ON COLUMN proctorlink.candidate_result.exam_title IS 'Title of the exam.';
COMMENT ON COLUMN proctorlink.candidate_result.schedule_external_id IS 'External id of the schedule; null for a sitting without one.';
COMMENT ON COLUMN proctorlink.candidate_result.hierarchy_path IS 'The titles from the root to the node that the sitting belongs to: its schedule''s, else the default one.';
COMMENT ON COLUMN proctorlink.candidate_result.attempt IS 'Which attempt it is, from 1.';
COMMENT ON COLUMN proctorlink.candidate_result.attempt_ext_id IS 'Id of the attempt in the platform.';
COMMENT ON COLUMN proctorlink.candidate_result.started_at IS 'When the sitting began.';
COMMENT ON COLUMN proctorlink.candidate_result.ended_at IS 'When the sitting ended.';
COMMENT ON COLUMN proctorlink.candidate_result.status IS 'Status of the session.';
COMMENT ON COLUMN proctorlink.candidate_result.score IS 'Points reached.';
COMMENT ON COLUMN proctorlink.candidate_result.max_score IS 'Points that could be reached.';
COMMENT ON COLUMN proctorlink.candidate_result.passed_status IS 'SATISFACTORY, NOT_SATISFACTORY, NOT_SUBMITTED or VOIDED.';
COMMENT ON COLUMN proctorlink.candidate_result.published_at IS 'When the result was published; null while it is not.';
