/*
 * eapi/group.c
 *		Groups, as Cirrus's External API calls the nodes of the hierarchy.
 *
 * At this door a node is known by its Organisation ID alone (ExternalId); one
 * without is neither found nor changed here.
 */
#include "eapi/answer.h"

#include "catalog/pg_collation_d.h"
#include "catalog/pg_type.h"
#include "core/sid.h"
#include "core/statement.h"
#include "domain/event.h"
#include "domain/hierarchy.h"
#include "miscadmin.h"
#include "utils/formatting.h"

PG_FUNCTION_INFO_V1(proctorlink_eapi_create_group);
PG_FUNCTION_INFO_V1(proctorlink_eapi_update_group);
PG_FUNCTION_INFO_V1(proctorlink_eapi_search_groups);
PG_FUNCTION_INFO_V1(proctorlink_eapi_delete_group);

/* The contract's table of fields allows these; its text for a longer ExternalId names the second. */
#define MAX_TITLE_LENGTH 100
#define LONG_ID_LENGTH 500

/* Texts of the contract. */
#define NO_ID "External id must not be null or empty"
#define NOT_FOUND "Group with ExternalId [%s] is not found"
#define ALREADY_EXISTS "Group with ExternalId [%s] already exists"
#define IS_USED "Group or its children are used"

STATEMENT(updateGroup,
		  "UPDATE proctorlink.hierarchy h SET"
		  " parent_id = $3, organisation_id = $4, title = $5, allow_schedules = $6, archived = $7"
		  " WHERE h.install_id" EQ "$1 AND h.hierarchy_id" EQ "$2",
		  UUIDOID, UUIDOID, UUIDOID, TEXTOID, TEXTOID, BOOLOID, BOOLOID);
STATEMENT(deleteGroup,
		  "DELETE FROM proctorlink.hierarchy h"
		  " WHERE h.install_id" EQ "$1 AND h.organisation_id" EQ "$2 AND NOT h.is_default RETURNING h.hierarchy_id",
		  UUIDOID, TEXTOID);

/* A group as it is sent. */
typedef struct SentGroup
{
	Text		externalId;
	Text		parentExternalId;
	Text		title;
	BoolField	allowSchedules;
	BoolField	isOrganization; /* an install has its one root: read, and left
								 * at that */
	BoolField	isArchived;		/* of changes */
} SentGroup;

static void ReadSentText(const JsonbValue *value, const Path *path, void *field, const void *unused,
						 Problems *problems);

static const Member groupMembers[] = {
	MEMBER("ExternalId", ReadSentText, SentGroup, externalId, NULL),
	MEMBER("ParentExternalId", ReadSentText, SentGroup, parentExternalId, NULL),
	MEMBER("Title", ReadSentText, SentGroup, title, NULL),
	MEMBER("AllowRelationshipWithSchedules", ReadBool, SentGroup, allowSchedules, NULL),
	MEMBER("IsOrganization", ReadBool, SentGroup, isOrganization, NULL),
	MEMBER("IsArchived", ReadBool, SentGroup, isArchived, NULL),
};

/* All members but the last are a new group's. */
#define NEW_GROUP_MEMBERS (lengthof(groupMembers) - 1)

/*
 * ReadSentText reads a text of any length. One that was sent as something else
 * is noted and becomes null, so that it is not said to be missing as well.
 */
static void
ReadSentText(const JsonbValue *value, const Path *path, void *field, const void *unused, Problems *problems)
{
	static const LengthRange any = {0, PG_INT32_MAX};
	Text	   *text = field;

	text->presence = NULLED;
	ReadText(value, path, field, &any, problems);
}

/* CheckExternalId notes what is wrong with an id that a group is to have. */
static void
CheckExternalId(EapiCall *call, Text id)
{
	int			length;

	if (id.presence == ABSENT)
		EapiRefuse(call, EAPI_NO_CODE, NO_ID);
	if (id.presence != GIVEN)
		return;
	for (int i = 0; i < id.len; i++)
	{
		char		c = id.data[i];

		/* The contract's own samples have dashes and underscores. */
		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_')
			continue;
		EapiRefuse(call, EAPI_NO_CODE, "ExternalId must be alpha-numeric(a-z 0-9)");
		break;
	}
	length = TextLength(id);
	if (length >= LONG_ID_LENGTH)
		EapiRefuse(call, EAPI_NO_CODE, "ExternalId must be less than %d symbols", LONG_ID_LENGTH);
	else if (length > MAX_SHORT_ID_LENGTH)
		EapiRefuse(call, EAPI_NO_CODE, "ExternalId must be at most %d symbols", MAX_SHORT_ID_LENGTH);
}

/* CheckTitle notes what is wrong with a title that a group is to have. */
static void
CheckTitle(EapiCall *call, Text title)
{
	const TextFault *fault;

	if (title.presence == ABSENT)
		EapiRefuse(call, EAPI_NO_CODE, "Title must not be null or empty");
	if (title.presence != GIVEN)
		return;
	fault = IdFault(title, PG_INT32_MAX);
	if (fault != NULL)
		EapiRefuse(call, EAPI_NO_CODE, "Title %s", fault->detail);
	if (TextLength(title) > MAX_TITLE_LENGTH)
		EapiRefuse(call, EAPI_NO_CODE, "Title must be at most %d symbols", MAX_TITLE_LENGTH);
}

/*
 * FindParent finds the group that another is put under, and notes it when there
 * is none. The answer is NULL then, and where no parent was sent.
 */
static const pg_uuid_t *
FindParent(EapiCall *call, Text externalId, Hierarchy *parent)
{
	if (externalId.presence != GIVEN)
		return NULL;
	if (HierarchyKeep(&call->install.id, externalId, parent))
		return &parent->id;
	EapiRefuse(call, EAPI_NO_CODE, NOT_FOUND, TextQuoted(externalId));
	return NULL;
}

/* AnswerGroup answers with the id of a group that was made or changed. */
static void
AnswerGroup(EapiCall *call, Text externalId)
{
	JsonObject	content;

	JsonObjectInit(&content);
	JsonAddText(&content, "ExternalId", externalId);
	JsonAddObject(&call->answer, "Content", &content);
}

/*
 * Attempt runs a statement and answers how many rows it wrote. A key that it
 * breaks is told by its SQLSTATE and undone; other errors are raised.
 */
static uint64
Attempt(Statement *statement, Datum *values, const char *nulls, int *broken)
{
	ErrorData  *refused;
	uint64		rows = StatementTry(statement, values, nulls, &refused);

	*broken = 0;
	if (refused == NULL)
		return rows;
	if (refused->sqlerrcode != ERRCODE_FOREIGN_KEY_VIOLATION && refused->sqlerrcode != ERRCODE_UNIQUE_VIOLATION)
		ReThrowError(refused);
	*broken = refused->sqlerrcode;
	FreeErrorData(refused);
	return rows;
}

/* CreateGroup does eapi_create_group. */
static void
CreateGroup(EapiCall *call)
{
	JsonbContainer *body = EapiBody(call, 0);
	SentGroup	sent = {.externalId = NO_TEXT};
	Hierarchy	group = {.isRoot = false};
	Hierarchy	parent;
	const pg_uuid_t *under;
	JsonObject	changes;

	if (body == NULL)
		return;
	ReadObjectLenient(body, NULL, groupMembers, NEW_GROUP_MEMBERS, &sent, &call->problems);
	CheckExternalId(call, sent.externalId);
	CheckTitle(call, sent.title);
	under = FindParent(call, sent.parentExternalId, &parent);
	if (EapiRefused(call))
		return;

	group.organisationId = sent.externalId;
	group.title = sent.title;
	group.allowSchedules = sent.allowSchedules.presence != GIVEN || sent.allowSchedules.value;
	if (!HierarchyInsert(&call->install.id, under, &group))
	{
		EapiRefuse(call, EAPI_NO_CODE, ALREADY_EXISTS, TextQuoted(sent.externalId));
		return;
	}
	call->status = 201;
	AnswerGroup(call, sent.externalId);
	JsonObjectInit(&changes);
	EventPassedOver(&changes, &call->problems);
	EventAdd(&call->install.id, "hierarchy_made", SidOf("HG", &group.id), &changes);
}

/* proctorlink.eapi_create_group(jsonb) */
Datum
proctorlink_eapi_create_group(PG_FUNCTION_ARGS)
{
	return EapiAnswer(fcinfo, CreateGroup);
}

/* SendsEmpty tells whether a member was sent as the empty text. */
static bool
SendsEmpty(JsonbContainer *body, const char *name)
{
	JsonbValue	value;

	return getKeyJsonValueFromContainer(body, name, strlen(name), &value) != NULL &&
		value.type == jbvString && value.val.string.len == 0;
}

/* SameGroup tells whether two versions of a group are the same. */
static bool
SameGroup(const Hierarchy *a, const Hierarchy *b)
{
	return memcmp(&a->parent, &b->parent, UUID_LEN) == 0 &&
		TextEquals(a->organisationId, b->organisationId) && TextEquals(a->title, b->title) &&
		a->allowSchedules == b->allowSchedules && a->archived == b->archived;
}

/* Changed notes which columns of a group have become different. */
static void
Changed(EapiCall *call, const Hierarchy *before, const Hierarchy *after)
{
	ChangedNames changed;

	ChangedInit(&changed);
	ChangedAdd(&changed, "parent_id", memcmp(&before->parent, &after->parent, UUID_LEN) != 0);
	ChangedAdd(&changed, "organisation_id", !TextEquals(before->organisationId, after->organisationId));
	ChangedAdd(&changed, "title", !TextEquals(before->title, after->title));
	ChangedAdd(&changed, "allow_schedules", before->allowSchedules != after->allowSchedules);
	ChangedAdd(&changed, "archived", before->archived != after->archived);
	EventAddChanged(&call->install.id, "hierarchy_changed", SidOf("HG", &after->id), "columns", &changed);
}

/* WriteGroup stores a changed group, which may have no parent. */
static void
WriteGroup(EapiCall *call, const Hierarchy *group, bool hasParent)
{
	int			broken;
	Datum		values[7] = {
		UUIDPGetDatum(&call->install.id), UUIDPGetDatum(&group->id), UUIDPGetDatum(&group->parent),
		TextDatum(group->organisationId), TextDatum(group->title),
		BoolGetDatum(group->allowSchedules), BoolGetDatum(group->archived)
	};

	Attempt(&updateGroup, values, hasParent ? NULL : "  n    ", &broken);
	if (broken == ERRCODE_UNIQUE_VIOLATION)
		EapiRefuse(call, EAPI_NO_CODE, ALREADY_EXISTS, TextQuoted(group->organisationId));
	else if (broken != 0)
		EapiRefuse(call, EAPI_NO_CODE, IS_USED);
}

/*
 * UpdateGroup does eapi_update_group. A parent that is sent as null is absent,
 * as everywhere at this door; one that is sent empty is the root, as the
 * contract has it, since else nothing could be moved back there.
 */
static void
UpdateGroup(EapiCall *call)
{
	SentGroup	sent = {.externalId = NO_TEXT};
	Hierarchy	before;
	Hierarchy	after;
	Hierarchy	parent;
	Text		named;
	JsonbContainer *changes;
	const pg_uuid_t *under;
	pg_uuid_t	root;
	bool		toRoot;

	if (!EapiTextArgument(call, 0, &named))
		EapiRefuse(call, EAPI_NO_CODE, NO_ID);
	changes = EapiBody(call, 1);
	if (EapiRefused(call))
		return;
	ReadObjectLenient(changes, NULL, groupMembers, lengthof(groupMembers), &sent, &call->problems);
	if (sent.externalId.presence == GIVEN)
		CheckExternalId(call, sent.externalId);
	if (sent.title.presence == GIVEN)
		CheckTitle(call, sent.title);

	/* Who moves a node locks the root before it. */
	toRoot = SendsEmpty(changes, "ParentExternalId");
	if (toRoot || sent.parentExternalId.presence == GIVEN)
		toRoot = HierarchyLockRoot(&call->install.id, &root) && toRoot;
	if (!HierarchyLock(&call->install.id, named, &before))
		EapiRefuse(call, EAPI_NO_CODE, NOT_FOUND, TextQuoted(named));
	under = FindParent(call, sent.parentExternalId, &parent);
	if (EapiRefused(call))
		return;

	after = before;
	if (under != NULL)
		after.parent = *under;
	else if (toRoot && !before.isRoot)
		after.parent = root;
	if (sent.externalId.presence == GIVEN)
		after.organisationId = sent.externalId;
	if (sent.title.presence == GIVEN)
		after.title = sent.title;
	if (sent.allowSchedules.presence == GIVEN)
		after.allowSchedules = sent.allowSchedules.value;
	if (sent.isArchived.presence == GIVEN)
		after.archived = sent.isArchived.value;
	if (!SameGroup(&before, &after))
		WriteGroup(call, &after, under != NULL || !before.isRoot);
	if (!EapiRefused(call))
		Changed(call, &before, &after);
	AnswerGroup(call, after.organisationId);
}

/* proctorlink.eapi_update_group(group_ext_id, changes) */
Datum
proctorlink_eapi_update_group(PG_FUNCTION_ARGS)
{
	return EapiAnswer(fcinfo, UpdateGroup);
}

/* Holds tells whether a text has another in it, which is in lower case already. */
static bool
Holds(const char *text, const char *lower)
{
	return text != NULL && strstr(str_tolower(text, strlen(text), DEFAULT_COLLATION_OID), lower) != NULL;
}

/* SearchGroups does eapi_search_groups: it writes nothing, so that it can be a GET. */
static void
SearchGroups(EapiCall *call)
{
	JsonArray  *groups = palloc(sizeof(JsonArray));
	HierarchyPlace *places;
	Text		search;
	const char *lower = "";
	int			count;

	if (EapiTextArgument(call, 0, &search))
		lower = str_tolower(search.data, search.len, DEFAULT_COLLATION_OID);
	JsonArrayInit(groups);
	count = HierarchyPlaces(&call->install.id, true, &places);
	for (int i = 0; i < count; i++)
	{
		const Hierarchy *node = &places[i].node;
		Text		id = node->organisationId;
		JsonObject	group;

		CHECK_FOR_INTERRUPTS();

		/* The title is the end of the path. */
		if (id.presence != GIVEN ||
			!(Holds(places[i].path, lower) || Holds(pnstrdup(id.data, id.len), lower)))
			continue;
		JsonObjectInit(&group);
		JsonAddText(&group, "ExternalId", id);
		JsonAddText(&group, "ParentExternalId", places[i].parent != NULL ?
					places[i].parent->node.organisationId : NULL_TEXT);
		JsonAddText(&group, "Title", node->title);
		JsonAddString(&group, "Path", places[i].path);
		JsonAddBool(&group, "AllowRelationshipWithSchedules", node->allowSchedules);
		JsonAddBool(&group, "IsOrganization", node->isRoot);
		JsonAddBool(&group, "IsArchived", node->archived);
		JsonPushObject(groups, &group);
	}
	call->bare = true;
	JsonAddArray(&call->answer, "Content", groups);
}

/* proctorlink.eapi_search_groups(search) */
Datum
proctorlink_eapi_search_groups(PG_FUNCTION_ARGS)
{
	return EapiAnswer(fcinfo, SearchGroups);
}

/*
 * DeleteGroup does eapi_delete_group. Whatever refers to a group has a foreign
 * key, so those say whether it is used; the default always is. The root has
 * others below it, or else is the default.
 */
static void
DeleteGroup(EapiCall *call)
{
	Hierarchy	group;
	Text		named;
	Datum		values[2];
	int			broken;
	JsonArray	removed;
	JsonObject	content;

	if (!EapiTextArgument(call, 0, &named))
	{
		EapiRefuse(call, EAPI_NO_CODE, NO_ID);
		return;
	}
	values[0] = UUIDPGetDatum(&call->install.id);
	values[1] = TextDatum(named);
	if (Attempt(&deleteGroup, values, NULL, &broken) == 0)
	{
		if (broken != 0 || HierarchyLock(&call->install.id, named, &group))
			EapiRefuse(call, EAPI_NO_CODE, IS_USED);
		else
			EapiRefuse(call, EAPI_NO_CODE, NOT_FOUND, TextQuoted(named));
		return;
	}
	group.id = RowUuid(0, 1);
	EventAdd(&call->install.id, "hierarchy_deleted", SidOf("HG", &group.id), NULL);
	JsonArrayInit(&removed);
	JsonPushText(&removed, named);
	JsonObjectInit(&content);
	JsonAddArray(&content, "SuccessfullyRemoved", &removed);
	call->bare = true;
	JsonAddObject(&call->answer, "Content", &content);
}

/* proctorlink.eapi_delete_group(group_ext_id) */
Datum
proctorlink_eapi_delete_group(PG_FUNCTION_ARGS)
{
	return EapiAnswer(fcinfo, DeleteGroup);
}
