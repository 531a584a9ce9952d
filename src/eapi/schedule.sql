-- eapi/schedule.sql
--		Cirrus's External API: schedules and their candidates. Every function
--		answers its envelope and raises for nothing that was asked of it.

CREATE FUNCTION proctorlink.eapi_create_schedule(jsonb) RETURNS jsonb
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_eapi_create_schedule';
COMMENT ON FUNCTION proctorlink.eapi_create_schedule(jsonb) IS
'POST /schedule: makes and activates a schedule with its hierarchies and candidates, all or nothing. Members: Workflow (DEFAULT or EXTERNAL_ATTEMPTS), Upsert (true: an existing ScheduleExtId is changed; candidates are added, never removed), Schedule {AssessmentExtId*, Title, ScheduleExtId, StartDateTime*, EndDateTime (start + duration + extra time + 60 minutes unless given), GroupExtId*, GroupName*, ScheduleGroupExtId, ScheduleGroupName, PIN, ExtraTime (minutes), Owner (a username; passed over for a provider)}, Candidates [{CandidateExtId*, UserName, FirstName*, LastName*, Email*, SpecialNeeds, ReasonableAdjustmentPercentage, AttemptExtId}]. Answers {"Content", "Success", "Errors"} with Result, Schedule and Candidates (each with StartupLink and LaunchUrl) in Content and beside it; a refusal carries Message, its texts joined by |. Raises only what says nothing about the request (serialization failure, deadlock, cancel, lack of resources), and PT503 BUSY.';
REVOKE ALL ON FUNCTION proctorlink.eapi_create_schedule(jsonb) FROM PUBLIC;

CREATE FUNCTION proctorlink.eapi_create_draft_schedule(jsonb) RETURNS jsonb
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_eapi_create_draft_schedule';
COMMENT ON FUNCTION proctorlink.eapi_create_draft_schedule(jsonb) IS
'POST /external/schedule: makes a draft. Members: AssessmentExternalId*, StartDateTime*, EndDateTime (start + duration + 60 minutes unless given), Title, ScheduleExternalId, HierarchyExternalId (an Organisation ID; the root unless given), PIN, UseProctorIo, Owner (a username). Content is the schedule''s external id.';
REVOKE ALL ON FUNCTION proctorlink.eapi_create_draft_schedule(jsonb) FROM PUBLIC;

CREATE FUNCTION proctorlink.eapi_update_schedule(schedule_ext_id text, changes jsonb) RETURNS jsonb
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_eapi_update_schedule';
COMMENT ON FUNCTION proctorlink.eapi_update_schedule(text, jsonb) IS
'PATCH /external/schedule/{externalId}: StartDateTime, EndDateTime, Title, ScheduleExtId or ScheduleExternalId, HierarchyExternalId, PIN (at most 4 characters), UseProctorIo of a draft; of an activated schedule the PIN alone. What is absent stays.';
REVOKE ALL ON FUNCTION proctorlink.eapi_update_schedule(text, jsonb) FROM PUBLIC;

CREATE FUNCTION proctorlink.eapi_activate_schedule(schedule_ext_id text) RETURNS jsonb
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_eapi_activate_schedule';
COMMENT ON FUNCTION proctorlink.eapi_activate_schedule(text) IS
'PUT /external/schedule/{externalId}/activate: candidates of a draft can see and sit it from now on. Its assessment must be published.';
REVOKE ALL ON FUNCTION proctorlink.eapi_activate_schedule(text) FROM PUBLIC;

CREATE FUNCTION proctorlink.deactivate_schedule(schedule_ext_id text) RETURNS jsonb
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_deactivate_schedule';
COMMENT ON FUNCTION proctorlink.deactivate_schedule(text) IS
'Makes an activated schedule a draft again, while nobody has started it. Answers the envelope of the External API.';
REVOKE ALL ON FUNCTION proctorlink.deactivate_schedule(text) FROM PUBLIC;

CREATE FUNCTION proctorlink.eapi_delete_schedule(schedule_ext_id text) RETURNS jsonb
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_eapi_delete_schedule';
COMMENT ON FUNCTION proctorlink.eapi_delete_schedule(text) IS
'DELETE /external/schedule/{externalId}, while nobody has started and the window is not over. Its sessions become Cancelled (schedule-deleted); who still has the right to sit gets a fresh one.';
REVOKE ALL ON FUNCTION proctorlink.eapi_delete_schedule(text) FROM PUBLIC;

CREATE FUNCTION proctorlink.eapi_get_schedule(schedule_ext_id text) RETURNS jsonb
	LANGUAGE C STABLE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_eapi_get_schedule';
COMMENT ON FUNCTION proctorlink.eapi_get_schedule(text) IS
'GET /external/schedule/{externalId}: Content {ExternalId, Title, StartDateTime, EndDateTime, Hierarchy {ExternalId, FullPath}, ArchiveState (1 active, 2 archived), IsActivated, Candidates, Invigilators (none), SharingInformation (who shares the owner''s account)}.';
REVOKE ALL ON FUNCTION proctorlink.eapi_get_schedule(text) FROM PUBLIC;

CREATE FUNCTION proctorlink.move_schedule(schedule_ext_id text, hierarchy text) RETURNS jsonb
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_move_schedule';
COMMENT ON FUNCTION proctorlink.move_schedule(text, text) IS
'Puts a schedule into another hierarchy, named by its Organisation ID or sid (HG...), through which it is seen from now on. Answers the envelope of the External API.';
REVOKE ALL ON FUNCTION proctorlink.move_schedule(text, text) FROM PUBLIC;

CREATE FUNCTION proctorlink.eapi_add_candidates(jsonb) RETURNS jsonb
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_eapi_add_candidates';
COMMENT ON FUNCTION proctorlink.eapi_add_candidates(jsonb) IS
'POST /schedule/add-candidates: makes the candidates that are new and puts all on a schedule, all or nothing. Members: Schedule {ScheduleExtId*, GroupExtId*, GroupName*}, Candidates* as for eapi_create_schedule. Answers as eapi_create_schedule does.';
REVOKE ALL ON FUNCTION proctorlink.eapi_add_candidates(jsonb) FROM PUBLIC;

CREATE FUNCTION proctorlink.eapi_add_existing_candidates(schedule_ext_id text, candidate_ext_ids jsonb) RETURNS jsonb
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_eapi_add_existing_candidates';
COMMENT ON FUNCTION proctorlink.eapi_add_existing_candidates(text, jsonb) IS
'PUT /schedule/{externalId}/candidates: puts people who are there on a schedule, by an array of their external ids. Content {AddedCandidateExternalIds, NotFoundUserExternalIds, AlreadyAddedCandidateExternalIds}.';
REVOKE ALL ON FUNCTION proctorlink.eapi_add_existing_candidates(text, jsonb) FROM PUBLIC;

CREATE FUNCTION proctorlink.eapi_remove_candidates(schedule_ext_id text, candidate_ext_ids jsonb) RETURNS jsonb
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_eapi_remove_candidates';
COMMENT ON FUNCTION proctorlink.eapi_remove_candidates(text, jsonb) IS
'DELETE /external/schedule/{externalId}/candidates: takes people off a schedule, by an array of their external ids, while they have not started; one who has refuses the call. Content {DeletedCandidateExternalIds, NotFoundCandidateExternalIds, NotFoundUserExternalIds}.';
REVOKE ALL ON FUNCTION proctorlink.eapi_remove_candidates(text, jsonb) FROM PUBLIC;
