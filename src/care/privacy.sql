-- care/privacy.sql
--		What is stored about a person: found, told, erased.

CREATE FUNCTION proctorlink.find_candidate(search text,
		OUT candidate_ext_id text, OUT username text, OUT first_name text, OUT last_name text, OUT email text, OUT sid text)
	RETURNS SETOF record
	LANGUAGE C STABLE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'proctorlink_find_candidate';
COMMENT ON FUNCTION proctorlink.find_candidate(text) IS
'Looks for people of the install that the call acts for by whatever is known of them: exactly by candidate_ext_id, username, api id, LMS id, a provider''s user_id or student_id, or sid (US...); by the whole e-mail address or a part of "first_name last_name", where upper and lower case are the same and no character is a wildcard. At most 100, those found by an id first, then by last name, first name and candidate_ext_id. Who was erased is found by the sid alone. Raises PT400 INVALIDINPUT, PT403 AUTHENTICATIONFAILED.';
REVOKE ALL ON FUNCTION proctorlink.find_candidate(text) FROM PUBLIC;

CREATE FUNCTION proctorlink.export_candidate(candidate text) RETURNS jsonb
	LANGUAGE C STABLE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'proctorlink_export_candidate';
COMMENT ON FUNCTION proctorlink.export_candidate(text) IS
'All that is stored about a person (candidate_ext_id, username or sid US...) of the install that the call acts for: {"exported_at", "account", "provider_accounts", "enrollments", "sessions", "webhooks", "schedules_owned", "exams_owned", "hierarchy_access", "shares", "accommodations", "events", "refusals"}, with the names of columns. No secrets, nothing of other people, not the bodies of webhooks. Raises PT404 RESOURCENOTFOUND, PT409 CONFLICT where the text means two people, PT400 INVALIDINPUT, PT403 AUTHENTICATIONFAILED.';
REVOKE ALL ON FUNCTION proctorlink.export_candidate(text) FROM PUBLIC;

CREATE FUNCTION proctorlink.erase_candidate(candidate text, reason text) RETURNS jsonb
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_erase_candidate';
COMMENT ON FUNCTION proctorlink.erase_candidate(text, text) IS
'Erases a person (candidate_ext_id, username or sid US...) of the install that the call acts for: names, e-mail address, ids and whatever else is known of them go; sessions ahead are cancelled; sittings and results stay without the person. Whoever comes with one of the ids again is refused (erased_stays_erased) until readmit_candidate. reason (at most 200 characters, no id, name or address of the person) is kept in the event candidate_erased. Answers {"erased": sid, "at", "cleared": {table: rows}, "cancelled_sessions", "kept": {"sessions", "results"}, "elsewhere": [{"provider", "user_id", "student_id"}]}: the last is what providers still have. Raises PT409 CONFLICT for one who was erased already, who is the default scheduler or default owner, or who owns a schedule that is not over, PT404 RESOURCENOTFOUND, PT400 INVALIDINPUT, PT403 AUTHENTICATIONFAILED.';
REVOKE ALL ON FUNCTION proctorlink.erase_candidate(text, text) FROM PUBLIC;

CREATE FUNCTION proctorlink.readmit_candidate(candidate_ext_id text) RETURNS void
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_readmit_candidate';
COMMENT ON FUNCTION proctorlink.readmit_candidate(text) IS
'Lets the ids of an erased person in again, all of them: named by the candidate_ext_id, by any other id that the person had, or by the sid (US...) of the erased account. Who comes with them is a new person; what was erased does not come back. Raises PT404 RESOURCENOTFOUND where nobody who was erased had this id, PT409 CONFLICT where several had, PT400 INVALIDINPUT, PT403 AUTHENTICATIONFAILED.';
REVOKE ALL ON FUNCTION proctorlink.readmit_candidate(text) FROM PUBLIC;

