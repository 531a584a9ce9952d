-- access/installer.sql
--		What the installing role may do. The extension is trusted: a database's
--		owner who is no superuser can install it, and its objects then belong to
--		a superuser all the same. The grants make it usable for who installed
--		it, and theirs to pass on. Secrets, batches, events and webhooks stay closed but
--		for reading the latter three, without bodies; nothing is given to anybody else.

GRANT USAGE ON SCHEMA proctorlink TO SESSION_USER WITH GRANT OPTION;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA proctorlink TO SESSION_USER WITH GRANT OPTION;
REVOKE EXECUTE ON FUNCTION
	proctorlink.touch_row(), proctorlink.account_before(), proctorlink.exam_configuration_written(),
	proctorlink.exam_session_before(), proctorlink.exam_session_attempts(), proctorlink.enrollment_written(),
	proctorlink.exam_written(), proctorlink.schedule_before(), proctorlink.schedule_written(),
	proctorlink.exam_of_schedules(), proctorlink.exam_session_written(),
	proctorlink.integration_provider_changed(), proctorlink.provider_user_id_changed(),
	proctorlink.exam_session_booked(),
	proctorlink.account_stays_erased(), proctorlink.provider_account_stays_erased(),
	proctorlink.accommodation_stays_erased(),
	proctorlink.hierarchy_before(), proctorlink.hierarchy_written(), proctorlink.hierarchy_kept(),
	proctorlink.event_before()
	FROM SESSION_USER;
GRANT SELECT, INSERT, UPDATE, DELETE ON
	proctorlink.install, proctorlink.role, proctorlink.hierarchy, proctorlink.integration, proctorlink.account,
	proctorlink.course, proctorlink.enrollment, proctorlink.exam, proctorlink.exam_configuration,
	proctorlink.schedule, proctorlink.exam_session, proctorlink.hierarchy_access,
	proctorlink.account_share, proctorlink.accommodation, proctorlink.provider_account,
	proctorlink.former_reservation, proctorlink.role_binding, proctorlink.api_token, proctorlink.trusted_front,
	proctorlink.webhook_rule
	TO SESSION_USER WITH GRANT OPTION;
GRANT SELECT ON proctorlink.batch, proctorlink.event, proctorlink.candidate, proctorlink.candidate_result,
	proctorlink.webhook TO SESSION_USER WITH GRANT OPTION;

