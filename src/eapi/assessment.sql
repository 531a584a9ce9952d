-- eapi/assessment.sql
--		Cirrus's External API: assessments. Every function answers its envelope
--		and raises for nothing that was asked of it.

CREATE FUNCTION proctorlink.eapi_create_assessment(jsonb) RETURNS jsonb
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_eapi_create_assessment';
COMMENT ON FUNCTION proctorlink.eapi_create_assessment(jsonb) IS
'POST /assessment: makes an exam that is a draft until configure_exam publishes it. Fields: ExternalId (at most 64 characters without spaces, unique; the exam''s sid unless given), Title* and Code* (at most 100 characters), Purpose* (1 summative, 2 formative, 3 mixed), Owner (a username; the install''s defaultOwner unless given), who must be active with a role that may author. Answers {"Content": ExternalId, "Success", "Errors"} with status 200; a refusal has Errors as a list of {"Code", "Error"}, status 400, or 403 for a caller who may not, and raises nothing.';
REVOKE ALL ON FUNCTION proctorlink.eapi_create_assessment(jsonb) FROM PUBLIC;

CREATE FUNCTION proctorlink.eapi_update_assessment(assessment_ext_id text, changes jsonb) RETURNS jsonb
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_eapi_update_assessment';
COMMENT ON FUNCTION proctorlink.eapi_update_assessment(text, jsonb) IS
'PATCH /assessment/{externalId}: changes Title, Code (at most 100 characters) and Owner (a username) of an exam that is a draft, found by its external id; what is absent, null or empty stays. Taxonomies and LoRepositoryExternalIds are passed over. Answers {"Content": null, "Success", "Errors"} with status 200, a refusal as eapi_create_assessment does, and raises nothing.';
REVOKE ALL ON FUNCTION proctorlink.eapi_update_assessment(text, jsonb) FROM PUBLIC;

CREATE FUNCTION proctorlink.eapi_get_assessment(assessment_ext_id text) RETURNS jsonb
	LANGUAGE C STABLE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_eapi_get_assessment';
COMMENT ON FUNCTION proctorlink.eapi_get_assessment(text) IS
'GET /assessment/{externalId}: Content {Title, ExternalId, Code, Revision (1), Purpose (1 summative, 2 formative, 3 mixed, null another), Status ("1" draft, "2" live), IsPublished, Availability (0 always, 1 while the access of the primary configuration lasts), AvailabilityStartDate, AvailabilityEndDate, Type (1), AssignmentConnections (none), AllowedNumberOfAttempts (null: any number), WhichAttemptCounts (0, the last), ReasonableAdjustmentType (CUSTOM with extra time, else NOT_DEFINED), MaxTimePerAttempt (minutes, null: no limit), ExtraTime (minutes)}. Writes nothing. A refusal as eapi_create_assessment answers it, and raises nothing.';
REVOKE ALL ON FUNCTION proctorlink.eapi_get_assessment(text) FROM PUBLIC;

