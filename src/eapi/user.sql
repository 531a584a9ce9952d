-- eapi/user.sql
--		Cirrus's External API: users.

CREATE FUNCTION proctorlink.eapi_create_user(jsonb) RETURNS jsonb
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_eapi_create_user';
COMMENT ON FUNCTION proctorlink.eapi_create_user(jsonb) IS
'POST /user: makes a user. Members: ExternalId (must be there for a role that may participate), UserName (ExternalId unless given), FirstName*, LastName*, Email, Role (title of a role; the install''s default role unless given), SpecialNeeds, ReasonableAdjustmentPercentage (only with SpecialNeeds true; 0 is none, the exam''s own extra time counts), DisableLogin; other documented personal fields are taken and not kept. Content is the external id, or the sid where there is none. Answers the envelope of the External API and raises for nothing that was asked of it.';
REVOKE ALL ON FUNCTION proctorlink.eapi_create_user(jsonb) FROM PUBLIC;

CREATE FUNCTION proctorlink.eapi_update_user(user_ext_id text, changes jsonb) RETURNS jsonb
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_eapi_update_user';
COMMENT ON FUNCTION proctorlink.eapi_update_user(text, jsonb) IS
'PATCH /user/{externalId}: changes a user; members as for eapi_create_user, all optional, and what is absent stays. An ExternalId renames the user. SpecialNeeds false takes the percentage away. Code 202 where there is no such user.';
REVOKE ALL ON FUNCTION proctorlink.eapi_update_user(text, jsonb) FROM PUBLIC;

CREATE FUNCTION proctorlink.eapi_get_user(user_ext_id text) RETURNS jsonb
	LANGUAGE C STABLE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_eapi_get_user';
COMMENT ON FUNCTION proctorlink.eapi_get_user(text) IS
'GET /user/{externalId}: Content {User: {ExternalId, UserName, FirstName, LastName, Email, Role, SpecialNeeds, ReasonableAdjustmentPercentage (null: none), DisableLogin, Hierarchies: [{ExternalId, IsCoordinator, IsAdministrator, HasViewReportsPermissions, HasReScoringPermissions}]}}; the hierarchies are those that the user has rights in and the one that the user belongs to. Code 202 where there is no such user.';
REVOKE ALL ON FUNCTION proctorlink.eapi_get_user(text) FROM PUBLIC;

CREATE FUNCTION proctorlink.eapi_delete_user(user_ext_id text) RETURNS jsonb
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_eapi_delete_user';
COMMENT ON FUNCTION proctorlink.eapi_delete_user(text) IS
'DELETE /user/{externalId}: puts a user into the trash can (status deleted): the same external id cannot be added again straight away, and the user''s links are worthless. Codes 202 where there is no such user, 260 for the default scheduler and the default owner, 102 where a rule of the table forbids it, which is told beside.';
REVOKE ALL ON FUNCTION proctorlink.eapi_delete_user(text) FROM PUBLIC;
