/*
 * eapi/user.c
 *		Users at Cirrus's door: made, changed, shown, put into the trash can.
 *
 * A user is known by the external id that was given, never by one that was made
 * up here. Of the personal fields that the vendor documents, those that nothing
 * here needs are taken and not kept, passwords among them.
 */
#include "eapi/answer.h"

#include "catalog/pg_type.h"
#include "core/sid.h"
#include "core/statement.h"
#include "domain/event.h"
#include "miscadmin.h"

PG_FUNCTION_INFO_V1(proctorlink_eapi_create_user);
PG_FUNCTION_INFO_V1(proctorlink_eapi_update_user);
PG_FUNCTION_INFO_V1(proctorlink_eapi_get_user);
PG_FUNCTION_INFO_V1(proctorlink_eapi_delete_user);

#define EAPI_NO_USER "User has not been found"

/* Members of a body; all are optional in a change. */
typedef struct UserRequest
{
	Text		externalId;
	Text		userName;
	Text		firstName;
	Text		lastName;
	Text		email;
	Text		role;
	BoolField	specialNeeds;
	IntField	adjustment;		/* 0: none, the exam's own extra time counts */
	BoolField	disableLogin;
} UserRequest;

static const int maxId = MAX_ID_LENGTH;
static const LengthRange nameLengths = {1, MAX_NAME_LENGTH};
static const IntRange percentages = {0, 1000};

static const Member members[] = {
	MEMBER("ExternalId", ReadId, UserRequest, externalId, &maxId),
	MEMBER("UserName", ReadId, UserRequest, userName, &maxId),
	MEMBER("FirstName", ReadText, UserRequest, firstName, &nameLengths),
	MEMBER("LastName", ReadText, UserRequest, lastName, &nameLengths),
	MEMBER("Email", ReadEmail, UserRequest, email, NULL),
	MEMBER("Role", ReadId, UserRequest, role, &maxId),
	MEMBER("SpecialNeeds", ReadBool, UserRequest, specialNeeds, NULL),
	MEMBER("ReasonableAdjustmentPercentage", ReadInt, UserRequest, adjustment, &percentages),
	MEMBER("DisableLogin", ReadBool, UserRequest, disableLogin, NULL),
};

STATEMENT(findUser,
		  "SELECT a.account_id, a.candidate_ext_id, a.username, a.first_name, a.last_name, a.email, a.role,"
		  " a.special_needs, a.reasonable_adjustment_percentage, a.status"
		  " FROM proctorlink.account a WHERE a.install_id" EQ "$1 AND a.candidate_ext_id" EQ "$2"
		  " AND NOT a.candidate_ext_id_defaulted AND a.status" NE "'erased'",
		  UUIDOID, TEXTOID);
STATEMENT(lockUser,
		  "SELECT FROM proctorlink.account a WHERE a.install_id" EQ "$1 AND a.candidate_ext_id" EQ "$2"
		  " FOR NO KEY UPDATE",
		  UUIDOID, TEXTOID);
STATEMENT(idTaken,
		  "SELECT FROM proctorlink.account a WHERE a.install_id" EQ "$1 AND a.candidate_ext_id" EQ "$2",
		  UUIDOID, TEXTOID);
STATEMENT(nameTaken,
		  "SELECT FROM proctorlink.account a WHERE a.install_id" EQ "$1 AND a.username" EQ "$2",
		  UUIDOID, TEXTOID);
STATEMENT(findRole,
		  "SELECT r.may_participate FROM proctorlink.role r WHERE r.install_id" EQ "$1 AND r.title" EQ "$2",
		  UUIDOID, TEXTOID);
STATEMENT(insertUser,
		  "INSERT INTO proctorlink.account AS a (install_id, candidate_ext_id, username, first_name, last_name, email,"
		  " role, special_needs, reasonable_adjustment_percentage, status)"
		  " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING a.candidate_ext_id, a.account_id",
		  UUIDOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, BOOLOID, INT4OID, TEXTOID);
STATEMENT(deleteUser,
		  "UPDATE proctorlink.account a SET status = 'deleted' WHERE a.install_id" EQ "$1 AND a.account_id" EQ "$2",
		  UUIDOID, UUIDOID);

/* A user that would not change is not written. */
STATEMENT(changeUser,
		  "UPDATE proctorlink.account a SET candidate_ext_id = coalesce($3, a.candidate_ext_id),"
		  " username = coalesce($4, a.username), first_name = coalesce($5, a.first_name),"
		  " last_name = coalesce($6, a.last_name), email = coalesce($7, a.email), role = coalesce($8, a.role),"
		  " special_needs = coalesce($9, a.special_needs),"
		  " reasonable_adjustment_percentage = CASE WHEN $12 THEN NULL"
		  " ELSE coalesce($10, a.reasonable_adjustment_percentage) END, status = coalesce($11, a.status)"
		  " WHERE a.install_id" EQ "$1 AND a.account_id" EQ "$2 AND"
		  " ((a.candidate_ext_id, a.username, a.first_name, a.last_name, a.role, a.special_needs, a.status)"
		  " OPERATOR(pg_catalog.<>) (coalesce($3, a.candidate_ext_id), coalesce($4, a.username),"
		  " coalesce($5, a.first_name), coalesce($6, a.last_name), coalesce($8, a.role),"
		  " coalesce($9, a.special_needs), coalesce($11, a.status))"
		  " OR" BECOMES("a.email", "$7") " OR coalesce(a.reasonable_adjustment_percentage, 0)" NE
		  "CASE WHEN $12 THEN 0 ELSE coalesce($10, a.reasonable_adjustment_percentage, 0) END)",
		  UUIDOID, UUIDOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, BOOLOID, INT4OID, TEXTOID, BOOLOID);

/* The nodes that somebody has rights in, and the one that they belong to. */
STATEMENT(hierarchiesOf,
		  "SELECT h.organisation_id, x.coordinator, x.administrator, x.view_reports, x.rescoring"
		  " FROM (SELECT a.hierarchy_id FROM proctorlink.account a"
		  " WHERE a.install_id" EQ "$1 AND a.account_id" EQ "$2 AND a.hierarchy_id IS NOT NULL"
		  " UNION SELECT g.hierarchy_id FROM proctorlink.hierarchy_access g"
		  " WHERE g.install_id" EQ "$1 AND g.account_id" EQ "$2) n"
		  " JOIN proctorlink.hierarchy h ON h.install_id" EQ "$1 AND h.hierarchy_id" EQ "n.hierarchy_id"
		  " LEFT JOIN proctorlink.hierarchy_access x ON x.install_id" EQ "$1 AND x.hierarchy_id" EQ "n.hierarchy_id"
		  " AND x.account_id" EQ "$2 ORDER BY h.organisation_id, h.hierarchy_id",
		  UUIDOID, UUIDOID);

/* A user as found. */
typedef struct User
{
	pg_uuid_t	id;
	Text		externalId;
	Text		userName;
	Text		firstName;
	Text		lastName;
	Text		email;
	Text		role;
	bool		specialNeeds;
	IntField	adjustment;
	Text		status;
} User;

/* UserFind finds a user by the external id that was given. */
static bool
UserFind(EapiCall *call, Text externalId, bool readOnly, User *user)
{
	Datum		keys[2] = {UUIDPGetDatum(&call->install.id), TextDatum(externalId)};

	if (StatementRun(&findUser, keys, NULL, readOnly) == 0)
		return false;
	user->id = RowUuid(0, 1);
	user->externalId = RowText(0, 2);
	user->userName = RowText(0, 3);
	user->firstName = RowText(0, 4);
	user->lastName = RowText(0, 5);
	user->email = RowText(0, 6);
	user->role = RowText(0, 7);
	user->specialNeeds = RowBool(0, 8);
	user->adjustment = RowIntField(0, 9);
	user->status = RowText(0, 10);
	return true;
}

/* UserNamed finds the user that a call is about; who is in the trash can is not found. */
static bool
UserNamed(EapiCall *call, bool readOnly, User *user)
{
	Text		externalId;

	EapiTextArgument(call, 0, &externalId);
	if (externalId.presence == GIVEN && !readOnly)
	{
		Datum		keys[2] = {UUIDPGetDatum(&call->install.id), TextDatum(externalId)};

		StatementRun(&lockUser, keys, NULL, false);
	}
	if (externalId.presence == GIVEN && UserFind(call, externalId, readOnly, user) &&
		!TextIs(user->status, "deleted"))
		return true;
	EapiRefuse(call, 202, EAPI_NO_USER);
	return false;
}

/* IsTaken tells whether an id or a username is somebody's. */
static bool
IsTaken(EapiCall *call, Statement *statement, Text name)
{
	Datum		keys[2] = {UUIDPGetDatum(&call->install.id), TextDatum(name)};

	return StatementRun(statement, keys, NULL, false) > 0;
}

/* CheckRole notes a role that there is not, and answers whether it may participate. */
static bool
CheckRole(EapiCall *call, Text title)
{
	Datum		keys[2] = {UUIDPGetDatum(&call->install.id), TextDatum(title)};

	if (StatementRun(&findRole, keys, NULL, false) > 0)
		return RowBool(0, 1);
	ProblemAdd(&call->problems, CODE_NOT_FOUND, "not_found", "Send the title of a role; define_role makes one.",
			   &PATH_KEY(NULL, "Role"), "there is no role \"%s\"", TextQuoted(title));
	return false;
}

/* TakenId and TakenName note that somebody else has an external id, or a username. */
static void
TakenId(EapiCall *call, Text externalId)
{
	EapiRefuse(call, EAPI_NO_CODE, "ExternalId [%s] already exists", TextQuoted(externalId));
}

static void
TakenName(EapiCall *call, Text userName)
{
	EapiRefuse(call, EAPI_NO_CODE, "UserName [%s] already exists", TextQuoted(userName));
}

/* CheckFree notes what keeps an external id and a username from being given to a user. */
static void
CheckFree(EapiCall *call, const UserRequest *request)
{
	User		other;

	if (request->externalId.presence == GIVEN && IsTaken(call, &idTaken, request->externalId))
	{
		if (UserFind(call, request->externalId, false, &other) && TextIs(other.status, "deleted"))
			EapiRefuse(call, EAPI_NO_CODE,
					   "User [%s] is in the trash can and can't be added again; have the account made active again, or send another ExternalId",
					   TextQuoted(request->externalId));
		else
			TakenId(call, request->externalId);
	}
	if (request->userName.presence == GIVEN && IsTaken(call, &nameTaken, request->userName))
		TakenName(call, request->userName);
}

/* CheckAdjustment asks that only special needs come with a percentage. */
static void
CheckAdjustment(EapiCall *call, const UserRequest *request, bool specialNeeds)
{
	if (request->specialNeeds.presence == GIVEN)
		specialNeeds = request->specialNeeds.value;
	if (request->adjustment.presence == GIVEN && request->adjustment.value > 0 && !specialNeeds)
		ProblemAdd(&call->problems, CODE_INVALID, "adjustment_needs_special_needs",
				   "Send \"SpecialNeeds\": true as well.", &PATH_KEY(NULL, "ReasonableAdjustmentPercentage"),
				   "a percentage of extra time is only for people with special needs");
}

/*
 * Write runs a statement that makes or changes a user, and notes a key that
 * somebody else took since it was looked for: nobody's account is taken over.
 */
static void
Write(EapiCall *call, Statement *statement, Datum *values, const char *nulls, Text externalId, Text userName)
{
	ErrorData  *refused;

	StatementTry(statement, values, nulls, &refused);
	if (refused == NULL)
		return;
	if (refused->constraint_name != NULL && strcmp(refused->constraint_name, "candidate_ext_id_unique") == 0)
		TakenId(call, externalId);
	else if (refused->constraint_name != NULL && strcmp(refused->constraint_name, "username_unique") == 0)
		TakenName(call, userName);
	else
		ReThrowError(refused);
}

/* CheckNew notes what keeps a new user from being made. */
static void
CheckNew(EapiCall *call, const UserRequest *request)
{
	EapiRequire(call, request->firstName.presence, NULL, "FirstName");
	EapiRequire(call, request->lastName.presence, NULL, "LastName");
	if (CheckRole(call, request->role) && request->externalId.presence != GIVEN)
		ProblemAdd(&call->problems, CODE_INVALID, "required", NULL, &PATH_KEY(NULL, "ExternalId"),
				   "is required for a role that may participate");
	CheckAdjustment(call, request, false);
	CheckFree(call, request);

	/* The username that follows from the external id. */
	if (!EapiRefused(call) && request->externalId.presence == GIVEN && request->userName.presence != GIVEN &&
		IsTaken(call, &nameTaken, request->externalId))
		ProblemAdd(&call->problems, CODE_CONFLICT, "conflict", "Rename that person, or use another id.",
				   &PATH_KEY(NULL, "ExternalId"), "is the username of another person");
}

/* CreateUser does POST /user. */
static void
CreateUser(EapiCall *call)
{
	JsonbContainer *body = EapiBody(call, 0);
	UserRequest request = {{0}};
	Datum		values[10] = {UUIDPGetDatum(&call->install.id)};
	char		nulls[] = "          ";
	pg_uuid_t	id;
	JsonObject	changes;

	if (body == NULL)
		return;
	ReadObjectLenient(body, NULL, members, lengthof(members), &request, &call->problems);
	if (request.role.presence != GIVEN)
		request.role = call->install.defaultRole;
	if (call->problems.count == 0)
		CheckNew(call, &request);
	if (EapiRefused(call))
		return;

	ParameterText(values, nulls, 1, request.externalId);
	ParameterText(values, nulls, 2, request.userName);
	ParameterText(values, nulls, 3, request.firstName);
	ParameterText(values, nulls, 4, request.lastName);
	ParameterText(values, nulls, 5, request.email);
	ParameterText(values, nulls, 6, request.role);
	values[7] = BoolGetDatum(request.specialNeeds.presence == GIVEN && request.specialNeeds.value);
	values[8] = Int32GetDatum(request.adjustment.value);
	nulls[8] = request.adjustment.presence == GIVEN && request.adjustment.value > 0 ? ' ' : 'n';
	values[9] = TextDatum(TextOf(request.disableLogin.presence == GIVEN && request.disableLogin.value ?
								 "disabled" : "active"));
	Write(call, &insertUser, values, nulls, request.externalId,
		  request.userName.presence == GIVEN ? request.userName : request.externalId);
	if (EapiRefused(call))
		return;
	id = RowUuid(0, 2);
	JsonAddText(&call->answer, "Content", RowText(0, 1));
	JsonObjectInit(&changes);
	EventPassedOver(&changes, &call->problems);
	EventAdd(&call->install.id, "account_made", SidOf("US", &id), &changes);
}

/* proctorlink.eapi_create_user(jsonb) */
Datum
proctorlink_eapi_create_user(PG_FUNCTION_ARGS)
{
	return EapiAnswer(fcinfo, CreateUser);
}

/* Changed notes which columns of a user were sent with other values; noAdjustment takes the percentage away. */
static void
Changed(EapiCall *call, const User *user, const UserRequest *sent, bool noAdjustment)
{
	ChangedNames changed;
	bool		disabled = TextIs(user->status, "disabled");
	int			had = user->adjustment.presence == GIVEN ? user->adjustment.value : 0;

	ChangedInit(&changed);
	ChangedAdd(&changed, "candidate_ext_id", sent->externalId.presence == GIVEN);
	ChangedAdd(&changed, "username", sent->userName.presence == GIVEN);
	ChangedAdd(&changed, "first_name", sent->firstName.presence == GIVEN && !TextEquals(sent->firstName, user->firstName));
	ChangedAdd(&changed, "last_name", sent->lastName.presence == GIVEN && !TextEquals(sent->lastName, user->lastName));
	ChangedAdd(&changed, "email", sent->email.presence == GIVEN && !TextEquals(sent->email, user->email));
	ChangedAdd(&changed, "role", sent->role.presence == GIVEN && !TextEquals(sent->role, user->role));
	ChangedAdd(&changed, "special_needs",
			   sent->specialNeeds.presence == GIVEN && sent->specialNeeds.value != user->specialNeeds);
	ChangedAdd(&changed, "reasonable_adjustment_percentage", noAdjustment ? had != 0 :
			   sent->adjustment.presence == GIVEN && sent->adjustment.value != had);
	ChangedAdd(&changed, "status", sent->disableLogin.presence == GIVEN && sent->disableLogin.value != disabled);
	EventAddChanged(&call->install.id, "account_changed", SidOf("US", &user->id), "columns", &changed);
}

/* UpdateUser does PATCH /user/{externalId}. */
static void
UpdateUser(EapiCall *call)
{
	User		user;
	UserRequest request = {{0}};
	Datum		values[12] = {0};
	char		nulls[] = "            ";
	bool		found = UserNamed(call, false, &user);
	JsonbContainer *body = EapiBody(call, 1);

	if (body == NULL)
		return;
	ReadObjectLenient(body, NULL, members, lengthof(members), &request, &call->problems);
	if (!found || call->problems.count > 0)
		return;
	if (request.role.presence == GIVEN)
		CheckRole(call, request.role);
	CheckAdjustment(call, &request, user.specialNeeds);

	/* What the user has already is nobody else's. */
	if (TextEquals(request.externalId, user.externalId))
		request.externalId.presence = ABSENT;
	if (TextEquals(request.userName, user.userName))
		request.userName.presence = ABSENT;
	CheckFree(call, &request);
	if (EapiRefused(call))
		return;

	values[0] = UUIDPGetDatum(&call->install.id);
	values[1] = UUIDPGetDatum(&user.id);
	ParameterText(values, nulls, 2, request.externalId);
	ParameterText(values, nulls, 3, request.userName);
	ParameterText(values, nulls, 4, request.firstName);
	ParameterText(values, nulls, 5, request.lastName);
	ParameterText(values, nulls, 6, request.email);
	ParameterText(values, nulls, 7, request.role);
	ParameterBool(values, nulls, 8, request.specialNeeds);
	values[9] = Int32GetDatum(request.adjustment.value);
	nulls[9] = request.adjustment.presence == GIVEN && request.adjustment.value > 0 ? ' ' : 'n';
	ParameterText(values, nulls, 10, request.disableLogin.presence != GIVEN ? NO_TEXT :
				  TextOf(request.disableLogin.value ? "disabled" : "active"));

	/*
	 * Who has no special needs any more loses the percentage: null is absent
	 * at this door, and takes nothing away.
	 */
	values[11] = BoolGetDatum(request.adjustment.presence == GIVEN ? request.adjustment.value == 0 :
							  request.specialNeeds.presence == GIVEN && !request.specialNeeds.value);
	Write(call, &changeUser, values, nulls, request.externalId, request.userName);
	if (!EapiRefused(call))
		Changed(call, &user, &request, DatumGetBool(values[11]));
}

/* proctorlink.eapi_update_user(user_ext_id, changes) */
Datum
proctorlink_eapi_update_user(PG_FUNCTION_ARGS)
{
	return EapiAnswer(fcinfo, UpdateUser);
}

/* AddHierarchies adds the nodes that a user has rights in. */
static void
AddHierarchies(EapiCall *call, JsonObject *answer, const User *user)
{
	Datum		keys[2] = {UUIDPGetDatum(&call->install.id), UUIDPGetDatum(unconstify(pg_uuid_t *, &user->id))};
	uint64		count = StatementRun(&hierarchiesOf, keys, NULL, true);
	JsonArray  *list = palloc(sizeof(JsonArray));

	JsonArrayInit(list);
	for (uint64 i = 0; i < count; i++)
	{
		JsonObject	node;

		CHECK_FOR_INTERRUPTS();
		JsonObjectInit(&node);
		JsonAddText(&node, "ExternalId", RowText(i, 1));
		JsonAddBool(&node, "IsCoordinator", RowBool(i, 2));
		JsonAddBool(&node, "IsAdministrator", RowBool(i, 3));
		JsonAddBool(&node, "HasViewReportsPermissions", RowBool(i, 4));
		JsonAddBool(&node, "HasReScoringPermissions", RowBool(i, 5));
		JsonPushObject(list, &node);
	}
	JsonAddArray(answer, "Hierarchies", list);
}

/* GetUser does GET /user/{externalId}; it writes and locks nothing. */
static void
GetUser(EapiCall *call)
{
	User		user;
	JsonObject	answer;
	JsonObject	content;

	if (!UserNamed(call, true, &user))
		return;
	JsonObjectInit(&answer);
	JsonAddText(&answer, "ExternalId", user.externalId);
	JsonAddText(&answer, "UserName", user.userName);
	JsonAddText(&answer, "FirstName", user.firstName);
	JsonAddText(&answer, "LastName", user.lastName);
	JsonAddText(&answer, "Email", user.email);
	JsonAddText(&answer, "Role", user.role);
	JsonAddBool(&answer, "SpecialNeeds", user.specialNeeds);
	JsonAddIntField(&answer, "ReasonableAdjustmentPercentage", user.adjustment);
	JsonAddBool(&answer, "DisableLogin", !TextIs(user.status, "active"));
	AddHierarchies(call, &answer, &user);
	JsonObjectInit(&content);
	JsonAddObject(&content, "User", &answer);
	JsonAddObject(&call->answer, "Content", &content);
}

/* proctorlink.eapi_get_user(user_ext_id) */
Datum
proctorlink_eapi_get_user(PG_FUNCTION_ARGS)
{
	return EapiAnswer(fcinfo, GetUser);
}

/* IsNamed tells whether a setting names a user, by username or sid. */
static bool
IsNamed(Text setting, const User *user)
{
	pg_uuid_t	sid;

	if (setting.presence != GIVEN)
		return false;
	if (SidRead(setting, "US", &sid) == SID_OURS)
		return memcmp(&sid, &user->id, UUID_LEN) == 0;
	return TextEquals(setting, user->userName);
}

/* DeleteUser does DELETE /user/{externalId}: into the trash can, where the links given out are worthless. */
static void
DeleteUser(EapiCall *call)
{
	User		user;
	Datum		values[2] = {UUIDPGetDatum(&call->install.id), UUIDPGetDatum(&user.id)};
	ErrorData  *refused;

	if (!UserNamed(call, false, &user))
		return;
	if (IsNamed(call->install.defaultScheduler, &user) || IsNamed(call->install.defaultOwner, &user))
	{
		EapiRefuse(call, 260, "Current user can not be deleted with external api");
		return;
	}
	StatementTry(&deleteUser, values, NULL, &refused);
	if (refused == NULL)
	{
		EventAdd(&call->install.id, "account_deleted", SidOf("US", &user.id), NULL);
		return;
	}

	/* The contract has no other number for it; what it was stands beside. */
	EapiRefuse(call, 102, "Unknown error");
	EapiRefuse(call, EAPI_NO_CODE, "%s: %s", refused->constraint_name != NULL ? refused->constraint_name : "refused",
			   refused->message);
}

/* proctorlink.eapi_delete_user(user_ext_id) */
Datum
proctorlink_eapi_delete_user(PG_FUNCTION_ARGS)
{
	return EapiAnswer(fcinfo, DeleteUser);
}
