/*
 * domain/event.c
 *		What happened, to what, by whom.
 *
 * Written as the tables' owner: nobody else has the privilege, so nobody can
 * forge or remove an event.
 */
#include "domain/event.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "core/principal.h"
#include "core/sid.h"
#include "core/statement.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

STATEMENT(addEvent,
		  "INSERT INTO proctorlink.event (install_id, event_id, actor, kind, subject_sid, changes)"
		  " VALUES ($1, $2, $3, $4, $5, $6)",
		  UUIDOID, UUIDOID, TEXTOID, TEXTOID, TEXTOID, JSONBOID);
STATEMENT(addEvents,
		  "INSERT INTO proctorlink.event (install_id, event_id, actor, kind, subject_sid, changes)"
		  " SELECT $1, n.event_id, $2, $3, n.subject_sid, n.changes::pg_catalog.jsonb"
		  " FROM (SELECT pg_catalog.unnest($4) AS event_id, pg_catalog.unnest($5) AS subject_sid,"
		  " pg_catalog.unnest($6) AS changes) n",
		  UUIDOID, TEXTOID, TEXTOID, UUIDARRAYOID, TEXTARRAYOID, TEXTARRAYOID);

/*
 * Actor names who calls: the integration that the call speaks for, else the role.
 * An event of another install than the caller's, as where somebody's link is
 * redeemed, names nobody of the caller's.
 */
static Datum
Actor(const pg_uuid_t *install)
{
	const Principal *principal = PrincipalCurrent();
	bool		ownInstall = principal->hasInstall && memcmp(install, &principal->install, UUID_LEN) == 0;

	return CStringGetTextDatum(ownInstall && principal->hasIntegration ? SidOf("II", &principal->integration) :
							   GetUserNameFromId(GetUserId(), false));
}

/* EventAdd notes something that happened; subjectSid and changes may be NULL. */
void
EventAdd(const pg_uuid_t *install, const char *kind, const char *subjectSid, JsonObject *changes)
{
	pg_uuid_t	id;
	JsonObject	nothing;
	Datum		values[6] = {UUIDPGetDatum(install), UUIDPGetDatum(&id), Actor(install), CStringGetTextDatum(kind)};

	Uuid7(&id);
	JsonObjectInit(&nothing);
	if (subjectSid != NULL)
		values[4] = CStringGetTextDatum(subjectSid);
	values[5] = JsonbPGetDatum(JsonObjectJsonb(changes != NULL ? changes : &nothing));
	StatementRunAsOwner(&addEvent, values, subjectSid != NULL ? NULL : "    n ", false);
}

/* EventAddEach notes the same kind of thing of many: columns of their sids, and of objects as texts. */
void
EventAddEach(const pg_uuid_t *install, const char *kind, Column *subjects, Column *changes)
{
	Datum		values[6] = {UUIDPGetDatum(install), Actor(install), CStringGetTextDatum(kind)};
	Column		ids;

	if (subjects->count == 0)
		return;
	ColumnInit(&ids, UUIDOID, subjects->count);
	for (int i = 0; i < subjects->count; i++)
	{
		pg_uuid_t	id;

		Uuid7(&id);
		ColumnAddUuid(&ids, &id);
	}
	values[3] = ColumnDatum(&ids);
	values[4] = ColumnDatum(subjects);
	values[5] = ColumnDatum(changes);
	StatementRunAsOwner(&addEvents, values, NULL, false);
}

/* AddId adds an external id, where there is one that can be. */
static void
AddId(JsonObject *object, const char *key, Text id)
{
	JsonAddText(object, key, id.presence == GIVEN && id.len > 0 && IdFault(id, MAX_ID_LENGTH) == NULL ? id : NULL_TEXT);
}

/* AddString adds a text that may be NULL. */
static void
AddString(JsonObject *object, const char *key, const char *value)
{
	if (value != NULL)
		JsonAddString(object, key, value);
	else
		JsonAddNull(object, key);
}

/* EventNames adds a list of the names of an object's members. */
void
EventNames(JsonObject *changes, const char *key, Jsonb *object)
{
	JsonArray  *names = palloc(sizeof(JsonArray));
	JsonbIterator *iterator = JsonbIteratorInit(&object->root);
	JsonbValue	value;
	Text		name;

	JsonArrayInit(names);
	while (NextMember(&iterator, &name, &value))
		JsonPushText(names, name);
	JsonAddArray(changes, key, names);
}

/* EventPassedOver adds the names of members that a lenient door does not know, where there are any. */
void
EventPassedOver(JsonObject *changes, const Problems *problems)
{
	JsonArray  *ignored;

	if (problems->passedCount == 0)
		return;
	ignored = palloc(sizeof(JsonArray));
	JsonArrayInit(ignored);
	for (int i = 0; i < problems->passedCount; i++)
	{
		const PassedOver *passed = &problems->passed[i];

		JsonPushText(ignored, TextOf(psprintf("%s%s%s", passed->parent.presence == GIVEN ? TextQuoted(passed->parent) : "",
											  passed->parent.presence == GIVEN ? "/" : "", TextQuoted(passed->name))));
	}
	JsonAddArray(changes, "ignored", ignored);
}

/* EventMayFollow tells whether a call may leave an event: not one that only reads, nor where nothing may be written. */
bool
EventMayFollow(FunctionCallInfo fcinfo)
{
	return !XactReadOnly && !RecoveryInProgress() && func_volatile(fcinfo->flinfo->fn_oid) == PROVOLATILE_VOLATILE;
}

/* EventAddRefused notes a call that a vendor's door refused, after what it wrote was undone. */
void
EventAddRefused(const pg_uuid_t *install, const RefusedCall *call)
{
	const Principal *principal = PrincipalCurrent();
	JsonArray	refusals;
	JsonObject	changes;

	JsonArrayInit(&refusals);
	for (int i = 0; i < call->count; i++)
	{
		const Refusal *refusal = &call->refusals[i];
		JsonObject	entry;

		JsonObjectInit(&entry);
		AddId(&entry, "candidate", refusal->candidate.presence == GIVEN ? refusal->candidate : call->candidate);
		AddString(&entry, "rule", refusal->rule);
		AddString(&entry, "detail", refusal->detail);
		AddString(&entry, "hint", refusal->hint);
		JsonPushObject(&refusals, &entry);
	}
	JsonObjectInit(&changes);
	JsonAddString(&changes, "door", call->door);
	AddString(&changes, "function", call->function);
	JsonAddSid(&changes, "integration", "II", principal->hasIntegration ? &principal->integration : NULL);
	AddId(&changes, "assessment", call->assessment);
	AddId(&changes, "schedule", call->schedule);
	JsonAddArray(&changes, "refusals", &refusals);
	EventPassedOver(&changes, call->problems);
	EventAdd(install, "refused", NULL, &changes);
}
