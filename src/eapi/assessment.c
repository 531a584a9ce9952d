/*
 * eapi/assessment.c
 *		Assessments, as Cirrus's External API calls exams.
 *
 * At this door an exam is known by its external id alone. One that is made here
 * is a draft until configure_exam publishes it, and published ones are not
 * changed here.
 */
#include "eapi/schedule_plan.h"

#include "catalog/pg_type.h"
#include "core/sid.h"
#include "core/statement.h"
#include "domain/event.h"

PG_FUNCTION_INFO_V1(proctorlink_eapi_create_assessment);
PG_FUNCTION_INFO_V1(proctorlink_eapi_update_assessment);
PG_FUNCTION_INFO_V1(proctorlink_eapi_get_assessment);

/* Texts of the contract. */
#define NO_CREATOR "Assessment creator hasn't been set in External API settings"
#define CREATOR_LOST "Selected assessment owner no longer has permission to create assessments"
#define NO_OWNER "Assessment owner does not exist in the system"
#define NO_PURPOSE "The specified condition was not met for \"Purpose\""
#define IN_USE "External id [%s] is already in use"
#define IS_EMPTY "'%s' should not be empty."
#define NOT_FOUND "Assessment hasn't been found by external id"
#define IS_PUBLISHED "Can't update published assessment"
#define NOTHING_SENT "Update fields have not been specified"

/* An assessment as it is sent; a purpose is its number. */
typedef struct SentAssessment
{
	Text		externalId;
	Text		title;
	Text		code;
	IntField	purpose;
	Text		owner;
} SentAssessment;

static void ReadSentText(const JsonbValue *value, const Path *path, void *field, const void *unused,
						 Problems *problems);
static void ReadSentId(const JsonbValue *value, const Path *path, void *field, const void *unused,
					   Problems *problems);
static void ReadPurpose(const JsonbValue *value, const Path *path, void *field, const void *unused,
						Problems *problems);

static const int maxId = MAX_ID_LENGTH;

/* What the numbers of the contract mean, from 1 on. */
static const char *const purposes[] = {"summative", "formative", "mixed"};

/* The first three are those that a change may bring. */
static const Member members[] = {
	MEMBER("Title", ReadSentText, SentAssessment, title, NULL),
	MEMBER("Code", ReadSentText, SentAssessment, code, NULL),
	MEMBER("Owner", ReadId, SentAssessment, owner, &maxId),
	MEMBER("ExternalId", ReadSentId, SentAssessment, externalId, NULL),
	MEMBER("Purpose", ReadPurpose, SentAssessment, purpose, NULL),
};

#define CHANGE_MEMBERS 3

#define SELECT_OWNER \
	"SELECT a.account_id, a.status" EQ "'active' AND r.may_author FROM proctorlink.account a" \
	" JOIN proctorlink.role r ON r.install_id" EQ "a.install_id AND r.title" EQ "a.role" \
	" WHERE a.install_id" EQ "$1 AND "

STATEMENT(authorByName,
		  SELECT_OWNER "a.username" EQ "$2",
		  UUIDOID, TEXTOID);
STATEMENT(authorById,
		  SELECT_OWNER "a.account_id" EQ "$2",
		  UUIDOID, UUIDOID);
STATEMENT(idInUse,
		  "SELECT FROM proctorlink.exam x WHERE x.install_id" EQ "$1 AND x.external_id" EQ "$2",
		  UUIDOID, TEXTOID);
STATEMENT(insertAssessment,
		  "INSERT INTO proctorlink.exam (install_id, exam_id, external_id, title, code, purpose, owner_id, published)"
		  " VALUES ($1, $2, $3, $4, $5, $6, $7, false)"
		  " ON CONFLICT (install_id, external_id) WHERE external_id IS NOT NULL DO NOTHING",
		  UUIDOID, UUIDOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, UUIDOID);
STATEMENT(lockAssessment,
		  "SELECT x.exam_id, x.published, x.title, x.code, x.owner_id FROM proctorlink.exam x"
		  " WHERE x.install_id" EQ "$1 AND x.external_id" EQ "$2 FOR NO KEY UPDATE",
		  UUIDOID, TEXTOID);
STATEMENT(updateAssessment,
		  "UPDATE proctorlink.exam x SET title = $3, code = $4, owner_id = $5"
		  " WHERE x.install_id" EQ "$1 AND x.exam_id" EQ "$2",
		  UUIDOID, UUIDOID, TEXTOID, TEXTOID, UUIDOID);
STATEMENT(readAssessment,
		  "SELECT x.title, x.external_id, x.code, x.purpose, x.published, c.access_opens_at, c.access_closes_at,"
		  " coalesce(c.attempts, x.attempts), x.duration_minutes, x.extra_time_minutes"
		  " FROM proctorlink.exam x LEFT JOIN proctorlink.exam_configuration c"
		  " ON c.install_id" EQ "x.install_id AND c.exam_id" EQ "x.exam_id AND c.type" EQ "'primary'"
		  " WHERE x.install_id" EQ "$1 AND x.external_id" EQ "$2",
		  UUIDOID, TEXTOID);

/* IsBlank tells whether a given text has nothing but spaces in it. */
static bool
IsBlank(Text text)
{
	for (int i = 0; i < text.len; i++)
		if ((unsigned char) text.data[i] > ' ')
			return false;
	return true;
}

/*
 * ReadSentText reads a title or code. What was sent as something else is noted
 * and becomes null, so that it is not said to be missing as well.
 */
static void
ReadSentText(const JsonbValue *value, const Path *path, void *field, const void *unused, Problems *problems)
{
	static const LengthRange lengths = {1, MAX_CODE_LENGTH};
	Text	   *text = field;

	text->presence = NULLED;
	ReadText(value, path, field, &lengths, problems);
}

/* ReadSentId reads the external id that a new assessment is to have; that it is blank is said in the contract's words. */
static void
ReadSentId(const JsonbValue *value, const Path *path, void *field, const void *unused, Problems *problems)
{
	Text	   *text = field;

	if (value->type == jbvString && IsBlank(JsonText(value)))
		*text = JsonText(value);
	else
		ReadExternalId(value, path, field, NULL, problems);
}

/* ReadPurpose reads 1, 2 or 3, which arrives as a text; anything else becomes null. */
static void
ReadPurpose(const JsonbValue *value, const Path *path, void *field, const void *unused, Problems *problems)
{
	IntField   *purpose = field;
	Text		text = JsonText(value);
	int			digits = 1;

	purpose->presence = NULLED;
	if (text.presence != GIVEN || text.len == 0 || text.data[0] < '1' || text.data[0] > '3')
		return;

	/* 1.0 is an integer, as everywhere. */
	if (digits < text.len && text.data[digits] == '.')
		digits++;
	while (digits > 1 && digits < text.len && text.data[digits] == '0')
		digits++;
	if (digits < text.len || text.data[text.len - 1] == '.')
		return;
	purpose->value = text.data[0] - '0';
	purpose->presence = GIVEN;
}

/* CheckFilled refuses a text that has nothing in it. */
static void
CheckFilled(EapiCall *call, Text text, const char *name)
{
	if (text.presence == GIVEN && IsBlank(text))
		EapiRefuse(call, EAPI_NO_CODE, IS_EMPTY, name);
}

/* Require refuses a text that is missing or has nothing in it. */
static void
Require(EapiCall *call, Text text, const char *name)
{
	if (text.presence == ABSENT)
		EapiRefuse(call, EAPI_NO_CODE, IS_EMPTY, name);
	CheckFilled(call, text, name);
}

/* FindOwner finds an account by its username or sid that may own assessments, and refuses the call where there is none. */
static void
FindOwner(EapiCall *call, Text named, pg_uuid_t *owner)
{
	Datum		values[2] = {UUIDPGetDatum(&call->install.id)};
	pg_uuid_t	sid;
	uint64		rows;

	if (SidRead(named, "US", &sid) == SID_OURS)
	{
		values[1] = UUIDPGetDatum(&sid);
		rows = StatementRun(&authorById, values, NULL, false);
	}
	else
	{
		values[1] = TextDatum(named);
		rows = StatementRun(&authorByName, values, NULL, false);
	}
	if (rows == 0)
		EapiRefuse(call, EAPI_NO_CODE, NO_OWNER);
	else if (!RowBool(0, 2))
		EapiRefuse(call, EAPI_NO_CODE, CREATOR_LOST);
	else
		*owner = RowUuid(0, 1);
}

/* CreateAssessment does POST /assessment. */
static void
CreateAssessment(EapiCall *call)
{
	JsonbContainer *body = EapiBody(call, 0);
	SentAssessment sent = {.title = NO_TEXT};
	pg_uuid_t	id;
	pg_uuid_t	owner;
	Datum		values[7];
	JsonObject	changes;

	if (body == NULL)
		return;
	ReadObjectLenient(body, NULL, members, lengthof(members), &sent, &call->problems);
	CheckFilled(call, sent.externalId, "External Id");
	Require(call, sent.title, "Title");
	Require(call, sent.code, "Code");
	if (sent.purpose.presence == ABSENT)
		EapiRefuse(call, EAPI_NO_CODE, IS_EMPTY, "Purpose");
	else if (sent.purpose.presence != GIVEN)
		EapiRefuse(call, EAPI_NO_CODE, NO_PURPOSE);
	if (sent.owner.presence != GIVEN)
		sent.owner = call->install.defaultOwner;
	if (sent.owner.presence == GIVEN)
		FindOwner(call, sent.owner, &owner);
	else
		EapiRefuse(call, EAPI_NO_CODE, NO_CREATOR);

	Uuid7(&id);
	if (sent.externalId.presence != GIVEN)
		sent.externalId = TextOf(SidOf("EX", &id));
	values[0] = UUIDPGetDatum(&call->install.id);
	values[1] = TextDatum(sent.externalId);
	if (StatementRun(&idInUse, values, NULL, false) > 0)
		EapiRefuse(call, EAPI_NO_CODE, IN_USE, TextQuoted(sent.externalId));
	if (EapiRefused(call))
		return;

	values[1] = UUIDPGetDatum(&id);
	values[2] = TextDatum(sent.externalId);
	values[3] = TextDatum(sent.title);
	values[4] = TextDatum(sent.code);
	values[5] = TextDatum(TextOf(purposes[sent.purpose.value - 1]));
	values[6] = UUIDPGetDatum(&owner);

	/* Somebody may have taken the id since it was looked for. */
	if (StatementRun(&insertAssessment, values, NULL, false) == 0)
		EapiRefuse(call, EAPI_NO_CODE, IN_USE, TextQuoted(sent.externalId));
	else
	{
		JsonAddText(&call->answer, "Content", sent.externalId);
		JsonObjectInit(&changes);
		EventPassedOver(&changes, &call->problems);
		EventAdd(&call->install.id, "exam_made", SidOf("EX", &id), &changes);
	}
}

/* proctorlink.eapi_create_assessment(jsonb) */
Datum
proctorlink_eapi_create_assessment(PG_FUNCTION_ARGS)
{
	return EapiAnswer(fcinfo, CreateAssessment);
}

/* ReadChanges reads the body of a PATCH. */
static void
ReadChanges(EapiCall *call, SentAssessment *sent)
{
	JsonbContainer *body = EapiBody(call, 1);

	if (body == NULL)
		return;
	ReadObjectLenient(body, NULL, members, CHANGE_MEMBERS, sent, &call->problems);
	CheckFilled(call, sent->title, "Title");
	CheckFilled(call, sent->code, "Code");
	if (call->problems.count == 0 && sent->title.presence != GIVEN && sent->code.presence != GIVEN &&
		sent->owner.presence != GIVEN)
		EapiRefuse(call, EAPI_NO_CODE, NOTHING_SENT);
}

/* WriteChanges stores what differs from the assessment that a statement has just found and locked. */
static void
WriteChanges(EapiCall *call, const SentAssessment *sent, const pg_uuid_t *newOwner)
{
	pg_uuid_t	id = RowUuid(0, 1);
	Text		title = RowText(0, 3);
	Text		code = RowText(0, 4);
	bool		noOwner;
	Datum		owner = RowDatum(0, 5, &noOwner);
	ChangedNames changed;
	Datum		values[5] = {UUIDPGetDatum(&call->install.id), UUIDPGetDatum(&id)};
	char		nulls[] = "     ";

	ChangedInit(&changed);
	if (sent->title.presence == GIVEN)
	{
		ChangedAdd(&changed, "title", !TextEquals(title, sent->title));
		title = sent->title;
	}
	if (sent->code.presence == GIVEN)
	{
		ChangedAdd(&changed, "code", !TextEquals(code, sent->code));
		code = sent->code;
	}
	if (sent->owner.presence == GIVEN)
	{
		ChangedAdd(&changed, "owner_id", noOwner || memcmp(DatumGetUUIDP(owner), newOwner, UUID_LEN) != 0);
		noOwner = false;
		owner = UUIDPGetDatum(newOwner);
	}
	if (changed.count == 0)
		return;
	values[2] = TextDatum(title);
	ParameterText(values, nulls, 3, code);
	values[4] = owner;
	nulls[4] = noOwner ? 'n' : ' ';
	StatementRun(&updateAssessment, values, nulls, false);
	EventAddChanged(&call->install.id, "exam_changed", SidOf("EX", &id), "columns", &changed);
}

/* UpdateAssessment does PATCH /assessment/{externalId}. */
static void
UpdateAssessment(EapiCall *call)
{
	SentAssessment sent = {.title = NO_TEXT};
	Text		externalId;
	pg_uuid_t	owner;
	Datum		values[2] = {UUIDPGetDatum(&call->install.id)};
	bool		found = false;

	ReadChanges(call, &sent);
	if (sent.owner.presence == GIVEN && call->problems.count == 0)
		FindOwner(call, sent.owner, &owner);
	if (EapiTextArgument(call, 0, &externalId))
	{
		values[1] = TextDatum(externalId);
		found = StatementRun(&lockAssessment, values, NULL, false) > 0;
	}
	if (!found)
		EapiRefuse(call, EAPI_NO_CODE, NOT_FOUND);
	else if (RowBool(0, 2))
		EapiRefuse(call, EAPI_NO_CODE, IS_PUBLISHED);
	if (!EapiRefused(call))
		WriteChanges(call, &sent, &owner);
}

/* proctorlink.eapi_update_assessment(assessment_ext_id, changes) */
Datum
proctorlink_eapi_update_assessment(PG_FUNCTION_ARGS)
{
	return EapiAnswer(fcinfo, UpdateAssessment);
}

/* AddPurpose adds the number of a purpose, null where the contract has none for it. */
static void
AddPurpose(JsonObject *content, Text purpose)
{
	for (int i = 0; i < lengthof(purposes); i++)
	{
		if (TextIs(purpose, purposes[i]))
		{
			JsonAddInt(content, "Purpose", i + 1);
			return;
		}
	}
	JsonAddNull(content, "Purpose");
}

/*
 * GetAssessment does GET /assessment/{externalId}; it writes and locks nothing.
 * An assessment has one version here, is composed by hand, and its last attempt
 * counts. It is available while the access of its primary configuration lasts.
 */
static void
GetAssessment(EapiCall *call)
{
	Text		externalId;
	Datum		values[2] = {UUIDPGetDatum(&call->install.id)};
	JsonObject	content;
	JsonArray	none;
	TimeField	opens;
	bool		found = false;

	if (EapiTextArgument(call, 0, &externalId))
	{
		values[1] = TextDatum(externalId);
		found = StatementRun(&readAssessment, values, NULL, true) > 0;
	}
	if (!found)
	{
		EapiRefuse(call, EAPI_NO_CODE, NOT_FOUND);
		return;
	}
	opens = RowTime(0, 6);
	JsonArrayInit(&none);
	JsonObjectInit(&content);
	JsonAddText(&content, "Title", RowText(0, 1));
	JsonAddText(&content, "ExternalId", RowText(0, 2));
	JsonAddText(&content, "Code", RowText(0, 3));
	JsonAddInt(&content, "Revision", 1);
	AddPurpose(&content, RowText(0, 4));
	/* The contract has these numbers as text: draft and live. */
	JsonAddString(&content, "Status", RowBool(0, 5) ? "2" : "1");
	JsonAddBool(&content, "IsPublished", RowBool(0, 5));
	JsonAddInt(&content, "Availability", opens.presence == GIVEN ? 1 : 0);
	JsonAddTime(&content, "AvailabilityStartDate", opens);
	JsonAddTime(&content, "AvailabilityEndDate", RowTime(0, 7));
	JsonAddInt(&content, "Type", 1);
	JsonAddArray(&content, "AssignmentConnections", &none);
	JsonAddIntField(&content, "AllowedNumberOfAttempts", RowIntField(0, 8));
	JsonAddInt(&content, "WhichAttemptCounts", 0);
	JsonAddString(&content, "ReasonableAdjustmentType", RowInt(0, 10) > 0 ? "CUSTOM" : "NOT_DEFINED");
	JsonAddIntField(&content, "MaxTimePerAttempt", RowIntField(0, 9));
	JsonAddInt(&content, "ExtraTime", RowInt(0, 10));
	JsonAddObject(&call->answer, "Content", &content);
}

/* proctorlink.eapi_get_assessment(assessment_ext_id) */
Datum
proctorlink_eapi_get_assessment(PG_FUNCTION_ARGS)
{
	return EapiAnswer(fcinfo, GetAssessment);
}
