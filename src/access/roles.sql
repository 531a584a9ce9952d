-- access/roles.sql
--		Database roles for those who call, and what each may do.
--
-- Roles belong to the whole cluster, so they are made on request. Each table and
-- function is given by name: what is not named here is nobody's but the
-- owner's and the installing role's, who makes the roles.

-- Only the tables' owner may say when a row was made: rules take one from before
-- this transaction for history.
CREATE FUNCTION proctorlink.grant_to_roles() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
	SET search_path TO pg_catalog, pg_temp
	AS $$
	GRANT USAGE ON SCHEMA proctorlink
		TO proctorlink_admin, proctorlink_api, proctorlink_marker, proctorlink_anon;

	-- Who has shown nothing.
	GRANT EXECUTE ON FUNCTION
		proctorlink.authenticate(text), proctorlink.pre_request(),
		proctorlink.redeem_launch(text), proctorlink.redeem_signon(text),
		proctorlink.proctoru_webhook(text, text, bytea, text), proctorlink.proctoru_webhook_raw(bytea), proctorlink.version()
		TO proctorlink_anon, proctorlink_api, proctorlink_marker, proctorlink_admin;

	-- Who has shown something.
	GRANT EXECUTE ON FUNCTION
		proctorlink.whoami(), proctorlink.sid(text, uuid), proctorlink.sid_uuid(text), proctorlink.hierarchy_path(uuid)
		TO proctorlink_api, proctorlink_marker, proctorlink_admin;

	-- Systems: the doors.
	GRANT EXECUTE ON FUNCTION
		proctorlink.use_install(text, text), proctorlink.limits(),
		proctorlink.batch_provision(jsonb), proctorlink.provision(text, jsonb), proctorlink.batch_report(text),
		proctorlink.assign_exam(text, text[], text), proctorlink.unassign_exam(text, text[]),
		proctorlink.unenroll(text[], text),
		proctorlink.eapi_create_schedule(jsonb), proctorlink.eapi_create_draft_schedule(jsonb),
		proctorlink.eapi_update_schedule(text, jsonb), proctorlink.eapi_activate_schedule(text),
		proctorlink.deactivate_schedule(text), proctorlink.eapi_delete_schedule(text),
		proctorlink.eapi_get_schedule(text), proctorlink.move_schedule(text, text),
		proctorlink.eapi_add_candidates(jsonb), proctorlink.eapi_add_existing_candidates(text, jsonb),
		proctorlink.eapi_remove_candidates(text, jsonb),
		proctorlink.eapi_attempt_info(text, text), proctorlink.eapi_results(text, text, text),
		proctorlink.eapi_create_assessment(jsonb), proctorlink.eapi_update_assessment(text, jsonb),
		proctorlink.eapi_get_assessment(text),
		proctorlink.eapi_create_user(jsonb), proctorlink.eapi_update_user(text, jsonb),
		proctorlink.eapi_get_user(text), proctorlink.eapi_delete_user(text),
		proctorlink.eapi_create_group(jsonb), proctorlink.eapi_update_group(text, jsonb),
		proctorlink.eapi_search_groups(text), proctorlink.eapi_delete_group(text),
		proctorlink.configure_exam(text, jsonb), proctorlink.find_assessment(text),
		proctorlink.create_accommodation_exam(text, integer, integer),
		proctorlink.allow_accommodation(text, text[]), proctorlink.withdraw_accommodation(text, text[]),
		proctorlink.proctoru_add_reservation(jsonb), proctorlink.proctoru_move_reservation(jsonb),
		proctorlink.proctoru_remove_reservation(jsonb), proctorlink.proctoru_begin_reservation(jsonb),
		proctorlink.proctoru_reservations(jsonb), proctorlink.proctoru_edit_student(jsonb),
		proctorlink.launch_link(text), proctorlink.exam_access(text), proctorlink.set_session_status(text, text, text),
		proctorlink.publish_result(text, jsonb), proctorlink.expire_sessions(),
		proctorlink.readiness(text), proctorlink.readiness_ahead(interval),
		proctorlink.explain_schedule(jsonb, text), proctorlink.explain_session(text, text),
		proctorlink.refusals(timestamptz), proctorlink.history(text), proctorlink.events_since(text, integer),
		proctorlink.selectable_hierarchies()
		TO proctorlink_api, proctorlink_admin;
	GRANT SELECT ON
		proctorlink.install, proctorlink.integration, proctorlink.role, proctorlink.hierarchy,
		proctorlink.hierarchy_access, proctorlink.account, proctorlink.account_share, proctorlink.candidate,
		proctorlink.provider_account, proctorlink.course, proctorlink.enrollment, proctorlink.exam,
		proctorlink.exam_configuration, proctorlink.accommodation, proctorlink.schedule, proctorlink.exam_session,
		proctorlink.former_reservation, proctorlink.candidate_result, proctorlink.batch, proctorlink.event,
		proctorlink.webhook, proctorlink.webhook_rule
		TO proctorlink_api, proctorlink_admin;

	-- People: what they see through the hierarchy.
	GRANT SELECT ON proctorlink.candidate_result, proctorlink.candidate, proctorlink.exam_session
		TO proctorlink_marker;
	GRANT SELECT (install_id, schedule_id, exam_id, external_id, title, starts_at, ends_at, duration_minutes,
			extra_time_minutes, owner_id, hierarchy_id, integration_id, workflow, attempts, activated_at, created_at,
			updated_at)
		ON proctorlink.schedule TO proctorlink_marker;
	GRANT SELECT (install_id, account_id, candidate_ext_id, username, api_id, lms_id, first_name, last_name, email,
			role, hierarchy_id, time_zone, currency_code, special_needs, reasonable_adjustment_percentage, status,
			created_at, updated_at)
		ON proctorlink.account TO proctorlink_marker;
	GRANT SELECT (install_id, title, may_participate) ON proctorlink.role TO proctorlink_marker;
	GRANT SELECT (install_id, exam_id, external_id, title, code) ON proctorlink.exam TO proctorlink_marker;
	GRANT SELECT ON proctorlink.hierarchy TO proctorlink_marker;

	-- Systems write what the doors write. Never created_at, by which the rules tell
	-- history from news, nor updated_at, which triggers set. Keys do not change.
	GRANT INSERT (install_id, account_id, candidate_ext_id, candidate_ext_id_defaulted, username, api_id, lms_id,
			first_name, last_name, email, role, hierarchy_id, time_zone, currency_code, special_needs,
			reasonable_adjustment_percentage, status),
		UPDATE (candidate_ext_id, candidate_ext_id_defaulted, username, api_id, lms_id, first_name, last_name, email,
			role, hierarchy_id, time_zone, currency_code, special_needs, reasonable_adjustment_percentage, status)
		ON proctorlink.account TO proctorlink_api, proctorlink_admin;
	GRANT INSERT (install_id, integration_id, user_id, account_id, student_id),
		UPDATE (account_id, student_id)
		ON proctorlink.provider_account TO proctorlink_api, proctorlink_admin;
	GRANT INSERT (install_id, course_id, external_id, api_id, lms_id, title, code),
		UPDATE (external_id, api_id, lms_id, title, code)
		ON proctorlink.course TO proctorlink_api, proctorlink_admin;
	GRANT INSERT (install_id, enrollment_id, account_id, course_id, role, status, status_reason),
		UPDATE (account_id, course_id, role, status, status_reason)
		ON proctorlink.enrollment TO proctorlink_api, proctorlink_admin;
	GRANT INSERT (install_id, exam_id, course_id, external_id, title, code, description, type, practice,
			limited_scope, delivery_system, purpose, owner_id, duration_minutes, extra_time_minutes, attempts,
			published, pin, proctorio, safe_exam_browser, keycode, accommodation_for),
		UPDATE (course_id, external_id, title, code, description, type, practice, limited_scope, delivery_system,
			purpose, owner_id, duration_minutes, extra_time_minutes, attempts, published, pin, proctorio,
			safe_exam_browser, keycode, accommodation_for)
		ON proctorlink.exam TO proctorlink_api, proctorlink_admin;
	GRANT INSERT (install_id, exam_configuration_id, exam_id, api_id, type, url, access_opens_at, access_closes_at,
			scheduling_opens_at, scheduling_closes_at, duration_minutes, attempts, student_notes, proctor_notes,
			proctor_types, permitted_items),
		UPDATE (exam_id, api_id, type, url, access_opens_at, access_closes_at, scheduling_opens_at,
			scheduling_closes_at, duration_minutes, attempts, student_notes, proctor_notes, proctor_types,
			permitted_items)
		ON proctorlink.exam_configuration TO proctorlink_api, proctorlink_admin;
	GRANT INSERT (install_id, exam_id, candidate_ext_id)
		ON proctorlink.accommodation TO proctorlink_api, proctorlink_admin;
	GRANT INSERT (install_id, hierarchy_id, parent_id, organisation_id, title, allow_schedules, archived),
		UPDATE (parent_id, organisation_id, title, allow_schedules, archived)
		ON proctorlink.hierarchy TO proctorlink_api, proctorlink_admin;
	-- The root and the default node are the install's own, made and chosen with it.
	GRANT INSERT (is_root, is_default), UPDATE (is_root, is_default) ON proctorlink.hierarchy TO proctorlink_admin;
	GRANT INSERT (install_id, schedule_id, exam_id, external_id, title, starts_at, ends_at, duration_minutes,
			extra_time_minutes, owner_id, hierarchy_id, integration_id, workflow, attempts, pin_code, pin, proctorio,
			safe_exam_browser, keycode, activated_at),
		UPDATE (exam_id, external_id, title, starts_at, ends_at, duration_minutes, extra_time_minutes, owner_id,
			hierarchy_id, integration_id, workflow, attempts, pin_code, pin, proctorio, safe_exam_browser, keycode,
			activated_at)
		ON proctorlink.schedule TO proctorlink_api, proctorlink_admin;
	GRANT INSERT (install_id, exam_session_id, exam_id, exam_configuration_id, schedule_id, account_id, enrollment_id,
			attempt, attempt_ext_id, status, status_reason, appointment_at, integration_id, reservation_id,
			reservation_no, started_at, ended_at, score, max_score, passed_status, published_at, link_version),
		UPDATE (exam_id, exam_configuration_id, schedule_id, account_id, enrollment_id, attempt, attempt_ext_id,
			status, status_reason, appointment_at, integration_id, reservation_id, reservation_no, started_at,
			ended_at, score, max_score, passed_status, published_at, link_version)
		ON proctorlink.exam_session TO proctorlink_api, proctorlink_admin;
	GRANT INSERT (install_id, reservation_no, exam_session_id)
		ON proctorlink.former_reservation TO proctorlink_api, proctorlink_admin;
	GRANT DELETE ON proctorlink.hierarchy, proctorlink.schedule, proctorlink.accommodation TO proctorlink_api;

	-- Administrators: everything but secrets and what nobody may forge.
	GRANT EXECUTE ON FUNCTION
		proctorlink.create_install(text, text, jsonb), proctorlink.configure_install(text, jsonb),
		proctorlink.install_settings(text), proctorlink.create_integration(text, text, text, jsonb),
		proctorlink.define_role(text, text, text[]), proctorlink.external_api_sheet(text),
		proctorlink.generate_eapi_token(text, text, timestamptz, text), proctorlink.revoke_eapi_token(text, text),
		proctorlink.eapi_tokens(text), proctorlink.issue_access_token(text, text, interval),
		proctorlink.rotate_signing_key(text, text), proctorlink.rotate_access_key(text),
		proctorlink.rotate_launch_key(text), proctorlink.set_webhook_secret(text, text, text),
		proctorlink.set_webhook_rule(text, text, text, text, text),
		proctorlink.remove_webhook_rule(text, text, text), proctorlink.webhook_rules(text),
		proctorlink.hierarchies(text), proctorlink.grant_hierarchy(text, text, text, text[]),
		proctorlink.revoke_hierarchy(text, text, text, text[]),
		proctorlink.share_account(text, text, text), proctorlink.unshare_account(text, text, text),
		proctorlink.link_candidate(text, text, text, text), proctorlink.rename_candidate(text, text, text),
		proctorlink.bind_role(text, regrole), proctorlink.unbind_role(text, regrole),
		proctorlink.trust_front(regrole), proctorlink.distrust_front(regrole),
		proctorlink.find_candidate(text), proctorlink.export_candidate(text),
		proctorlink.erase_candidate(text, text), proctorlink.readmit_candidate(text),
		proctorlink.setup_roles(), proctorlink.purge(timestamptz), proctorlink.post_restore()
		TO proctorlink_admin;
	GRANT SELECT ON proctorlink.role_binding, proctorlink.trusted_front, proctorlink.api_token
		TO proctorlink_admin;
	GRANT INSERT (install_id, name, platform_url, settings),
		UPDATE (name, platform_url, settings)
		ON proctorlink.install TO proctorlink_admin;
	GRANT INSERT (install_id, integration_id, provider, redirect_url, settings, active),
		UPDATE (provider, redirect_url, settings, active)
		ON proctorlink.integration TO proctorlink_admin;
	GRANT INSERT (install_id, title, may_participate, may_schedule, may_author, may_mark, may_administer),
		UPDATE (may_participate, may_schedule, may_author, may_mark, may_administer)
		ON proctorlink.role TO proctorlink_admin;
	GRANT INSERT (role_name, role_oid, install_id),
		UPDATE (role_oid)
		ON proctorlink.role_binding TO proctorlink_admin;
	GRANT INSERT (role_name, role_oid),
		UPDATE (role_oid)
		ON proctorlink.trusted_front TO proctorlink_admin;
	GRANT INSERT (install_id, api_token_id, label, integration_id, expires_at),
		UPDATE (label, expires_at, revoked_at)
		ON proctorlink.api_token TO proctorlink_admin;
	GRANT INSERT (install_id, hierarchy_id, account_id, coordinator, administrator, view_reports, rescoring),
		UPDATE (coordinator, administrator, view_reports, rescoring)
		ON proctorlink.hierarchy_access TO proctorlink_admin;
	GRANT INSERT (install_id, account_id, with_account_id)
		ON proctorlink.account_share TO proctorlink_admin;
	GRANT INSERT (install_id, webhook_rule_id, event_type, integration_id, status, reason),
		UPDATE (event_type, integration_id, status, reason)
		ON proctorlink.webhook_rule TO proctorlink_admin;
	GRANT DELETE ON
		proctorlink.install, proctorlink.integration, proctorlink.role, proctorlink.role_binding,
		proctorlink.trusted_front, proctorlink.api_token, proctorlink.hierarchy, proctorlink.hierarchy_access,
		proctorlink.account, proctorlink.account_share, proctorlink.provider_account, proctorlink.course,
		proctorlink.enrollment, proctorlink.exam, proctorlink.exam_configuration, proctorlink.accommodation,
		proctorlink.schedule, proctorlink.exam_session, proctorlink.former_reservation, proctorlink.webhook_rule
		TO proctorlink_admin;
	$$;
COMMENT ON FUNCTION proctorlink.grant_to_roles() IS
'Internal: gives the roles of setup_roles what each may do; again, what a newer version added.';
REVOKE ALL ON FUNCTION proctorlink.grant_to_roles() FROM PUBLIC;

CREATE FUNCTION proctorlink.setup_roles() RETURNS void
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_setup_roles';
COMMENT ON FUNCTION proctorlink.setup_roles() IS
'Makes the roles proctorlink_admin (all but secrets), proctorlink_api (systems: the doors), proctorlink_marker (people: what they see through the hierarchy) and proctorlink_anon (who has shown nothing), none of which can log in, and gives each what it may do; again, what a newer version added. Roles belong to the whole cluster: one that is there is used, unless it can log in, is a superuser, makes roles or databases, replicates, passes by row-level security or is a member of another role, which raises PT409 CONFLICT.';
REVOKE ALL ON FUNCTION proctorlink.setup_roles() FROM PUBLIC;

