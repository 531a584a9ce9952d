-- eapi/group.sql
--		Groups, as Cirrus's External API calls the nodes of the hierarchy.

CREATE FUNCTION proctorlink.eapi_create_group(jsonb) RETURNS jsonb
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_eapi_create_group';
COMMENT ON FUNCTION proctorlink.eapi_create_group(jsonb) IS
'POST /groups: makes a hierarchy node. Fields: ExternalId (its Organisation ID: letters, digits, dashes, underscores, at most 64, unique), Title (at most 100 characters), ParentExternalId (null, empty or absent: the root), AllowRelationshipWithSchedules (default true), IsOrganization (taken and without effect: an install keeps the one root that it has). Answers {"Content": {"ExternalId"}, "Success", "Errors"} with status 201; a refusal has Errors as a list of {"Code", "Error"}, status 400, or 403 for a caller who may not, and raises nothing.';
REVOKE ALL ON FUNCTION proctorlink.eapi_create_group(jsonb) FROM PUBLIC;

CREATE FUNCTION proctorlink.eapi_update_group(group_ext_id text, changes jsonb) RETURNS jsonb
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_eapi_update_group';
COMMENT ON FUNCTION proctorlink.eapi_update_group(text, jsonb) IS
'PATCH /groups/{ExternalId}: changes the hierarchy node with this Organisation ID. Fields as of eapi_create_group, and IsArchived; what is absent or null stays, an empty ParentExternalId moves the group to right under the root, and ExternalId gives it another Organisation ID. A group is not moved under itself or what is below it (hierarchy_is_a_tree), and the root and the default are not archived (root_and_default_hierarchy_in_use). Answers {"Content": {"ExternalId"}, "Success", "Errors"} with status 200, a refusal as eapi_create_group does, and raises nothing.';
REVOKE ALL ON FUNCTION proctorlink.eapi_update_group(text, jsonb) FROM PUBLIC;

CREATE FUNCTION proctorlink.eapi_search_groups(search text) RETURNS jsonb
	LANGUAGE C STABLE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_eapi_search_groups';
COMMENT ON FUNCTION proctorlink.eapi_search_groups(text) IS
'GET /groups?search=: the hierarchy nodes that have an Organisation ID and the text, as it stands, in their Title, Path or ExternalId, whatever the case; null or empty finds all of them. Answers an array, in the order of the paths, of {"ExternalId", "ParentExternalId", "Title", "Path", "AllowRelationshipWithSchedules", "IsOrganization", "IsArchived"}, empty where nothing is found; a Path is the titles from the root on, as in Root \ Child. Writes nothing. A refusal, 403 for a caller who may not, is the envelope {"Content", "Success", "Errors"}, and raises nothing.';
REVOKE ALL ON FUNCTION proctorlink.eapi_search_groups(text) FROM PUBLIC;

CREATE FUNCTION proctorlink.eapi_delete_group(group_ext_id text) RETURNS jsonb
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_eapi_delete_group';
COMMENT ON FUNCTION proctorlink.eapi_delete_group(text) IS
'DELETE /groups/{ExternalId}: removes the hierarchy node with this Organisation ID, unless it is used: by groups under it, accounts, schedules or rights of access, or as the root or the default. Answers {"SuccessfullyRemoved": [ExternalId]} with status 200; a refusal is the envelope {"Content", "Success", "Errors"} with status 400, or 403 for a caller who may not, and raises nothing.';
REVOKE ALL ON FUNCTION proctorlink.eapi_delete_group(text) FROM PUBLIC;

