-- provision/provision.sql
--		Provisioning in bulk.

CREATE FUNCTION proctorlink.batch_provision(jsonb) RETURNS jsonb
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_batch_provision';
COMMENT ON FUNCTION proctorlink.batch_provision(jsonb) IS
'Provisions courses, people, enrollments, exams and their configurations, and answers sign-on links. Takes SmarterProctoring''s object (course, user, enrollment, exam, signon), an array of such objects, or {"installSid", "idempotencyKey", "atomic", "dryRun", "complete", "items"}. The object is answered as SmarterProctoring answers it; the other forms answer {"batch", "items"} with a result or an error per item. Raises PT400 INVALIDINPUT, PT403 AUTHENTICATIONFAILED, PT413 LIMITEXCEEDED, PT422 IDEMPOTENCYMISMATCH, PT503 BUSY, and for the courses of complete PT404 RESOURCENOTFOUND and PT409 CONFLICT, for the call as a whole, and PT400, PT404 RESOURCENOTFOUND, PT409 CONFLICT for the single object.';
REVOKE ALL ON FUNCTION proctorlink.batch_provision(jsonb) FROM PUBLIC;

CREATE FUNCTION proctorlink.provision(install_sid text, payload jsonb) RETURNS jsonb
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_provision';
COMMENT ON FUNCTION proctorlink.provision(text, jsonb) IS
'batch_provision for the install named (AI...); an installSid in the payload must be the same. Raises as batch_provision does.';
REVOKE ALL ON FUNCTION proctorlink.provision(text, jsonb) FROM PUBLIC;

CREATE FUNCTION proctorlink.assign_exam(exam_sid text, enrollment_sids text[], configuration_sid text DEFAULT NULL) RETURNS jsonb
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_assign_exam';
COMMENT ON FUNCTION proctorlink.assign_exam(text, text[], text) IS
'Gives active learners of the exam''s course a session of the exam (status Needs Proctor), delivered as the configuration says, else as the primary one does. Who has a session keeps it; its configuration is changed while it is not booked. Answers {"exam": {"sid"}, "created", "updated", "found", "sessions": [{"enrollment", "sid", "status", "result"}]} in the order of enrollment_sids. All or nothing. Raises PT400 INVALIDINPUT, PT404 RESOURCENOTFOUND, PT409 CONFLICT.';
REVOKE ALL ON FUNCTION proctorlink.assign_exam(text, text[], text) FROM PUBLIC;

CREATE FUNCTION proctorlink.unassign_exam(exam_sid text, enrollment_sids text[]) RETURNS jsonb
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_unassign_exam';
COMMENT ON FUNCTION proctorlink.unassign_exam(text, text[]) IS
'Cancels these learners'' sessions of an exam of limited scope that have not begun, with reason removed-by-limited-scope; begun and finished ones stay. Answers {"exam": {"sid"}, "cancelled", "kept", "none", "sessions": [{"enrollment", "sid", "status", "result"}]}. All or nothing. Raises PT400 INVALIDINPUT, PT404 RESOURCENOTFOUND, PT409 CONFLICT where the exam is open to all of its course.';
REVOKE ALL ON FUNCTION proctorlink.unassign_exam(text, text[]) FROM PUBLIC;

CREATE FUNCTION proctorlink.unenroll(enrollment_sids text[], reason text) RETURNS jsonb
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_unenroll';
COMMENT ON FUNCTION proctorlink.unenroll(text[], text) IS
'Removes enrollments and cancels their sessions that have not begun; finished ones stay. The reason is kept with the enrollment. Answers {"removed", "found", "cancelledSessions", "enrollments": [{"sid", "result"}]}. All or nothing. Raises PT400 INVALIDINPUT, PT404 RESOURCENOTFOUND.';
REVOKE ALL ON FUNCTION proctorlink.unenroll(text[], text) FROM PUBLIC;

CREATE FUNCTION proctorlink.batch_report(batch_sid text,
		OUT index integer, OUT code text, OUT pointer text, OUT rule text, OUT detail text, OUT hint text)
	RETURNS SETOF record
	LANGUAGE C STABLE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'proctorlink_batch_report';
COMMENT ON FUNCTION proctorlink.batch_report(text) IS
'The refused items of a batch (BA...), a row a violation, in the order of the items. Raises PT400 INVALIDINPUT, PT404 RESOURCENOTFOUND.';
REVOKE ALL ON FUNCTION proctorlink.batch_report(text) FROM PUBLIC;
