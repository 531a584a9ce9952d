/*
 * domain/event.c
 *		What happened, to what, by whom.
 *
 * Written as the tables' owner: nobody else has the privilege, so nobody can
 * forge or remove an event.
 *
 * Keys of events are taken before the commit, so one that commits late has a
 * smaller key than others that were read already. So that a reader who goes on
 * from the last one misses nothing, an event has a place as well: the number of
 * its transaction. events_since tells what is before all transactions that still
 * run, in that order, to which nothing can be added any more. Numbers mean
 * something in one cluster alone; a row that comes from another (a restore)
 * keeps its place behind the number of the transaction that brought it, which
 * keeps both orders.
 */
#include "domain/event.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/async.h"
#include "core/principal.h"
#include "core/settings.h"
#include "core/sid.h"
#include "core/statement.h"
#include "core/written.h"
#include "domain/erased.h"
#include "miscadmin.h"
#include "port/pg_bswap.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(proctorlink_event_before);

#define CHANNEL "proctorlink"

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

/* proctorlink.event_before(): BEFORE INSERT FOR EACH ROW on event. */
Datum
proctorlink_event_before(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	TupleDesc	desc;
	int			column;
	bool		isnull;
	Datum		before;
	uint64		number;
	int			len;
	bytea	   *place;
	Datum		value;

	CheckRowTrigger(fcinfo, true, "event_before", "event");
	desc = trigger->tg_relation->rd_att;
	column = SPI_fnumber(desc, "place");
	if (column <= 0)
		elog(ERROR, "table event has no column place");
	before = heap_getattr(trigger->tg_trigtuple, column, desc, &isnull);
	len = isnull ? 0 : VARSIZE_ANY_EXHDR(DatumGetByteaPP(before));
	place = palloc(VARHDRSZ + sizeof(number) + len);
	SET_VARSIZE(place, VARHDRSZ + sizeof(number) + len);
	number = pg_hton64(U64FromFullTransactionId(GetTopFullTransactionId()));
	memcpy(VARDATA(place), &number, sizeof(number));
	if (len > 0)
		memcpy(VARDATA(place) + sizeof(number), VARDATA_ANY(DatumGetByteaPP(before)), len);
	value = PointerGetDatum(place);
	isnull = false;
	return PointerGetDatum(heap_modify_tuple_by_cols(trigger->tg_trigtuple, desc, 1, &column, &value, &isnull));
}

/*
 * Actor names who calls: the person, else the token, else the integration that
 * the call speaks for, else the role. An event of another install than the
 * caller's, as where somebody's link is redeemed, names nobody of the caller's.
 */
static Datum
Actor(const pg_uuid_t *install)
{
	const Principal *principal = PrincipalCurrent();
	bool		ownInstall = principal->hasInstall && memcmp(install, &principal->install, UUID_LEN) == 0;

	if (ownInstall && principal->hasUser)
		return CStringGetTextDatum(SidOf("US", &principal->user));
	if (ownInstall && principal->hasToken)
		return CStringGetTextDatum(SidOf("TK", &principal->token));
	if (ownInstall && principal->hasIntegration)
		return CStringGetTextDatum(SidOf("II", &principal->integration));
	return CStringGetTextDatum(GetUserNameFromId(GetUserId(), false));
}

/*
 * Notify tells those who listen that there is something new, when the
 * transaction commits, and once however often it is called. It says no more: any
 * role may listen, also another tenant's.
 */
static void
Notify(void)
{
	if (NotifyOfEvents)
		Async_Notify(CHANNEL, "");
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
	Notify();
}

/* ChangedInit begins with no name. */
void
ChangedInit(ChangedNames *changed)
{
	JsonArrayInit(&changed->list);
	changed->count = 0;
}

/* ChangedAdd adds a name, if that has changed. */
void
ChangedAdd(ChangedNames *changed, const char *name, bool isChanged)
{
	if (!isChanged)
		return;
	JsonPushText(&changed->list, TextOf(name));
	changed->count++;
}

/* EventAddChanged notes that something has changed, by the names of what did; nothing where none did. */
void
EventAddChanged(const pg_uuid_t *install, const char *kind, const char *subjectSid, const char *key,
				ChangedNames *changed)
{
	JsonObject	changes;

	if (changed->count == 0)
		return;
	JsonObjectInit(&changes);
	JsonAddArray(&changes, key, &changed->list);
	EventAdd(install, kind, subjectSid, &changes);
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
	Notify();
}

/* AddId adds an external id, where there is one that can be. */
static void
AddId(JsonObject *object, const char *key, Text id)
{
	JsonAddText(object, key, id.presence == GIVEN && id.len > 0 && IdFault(id, MAX_ID_LENGTH) == NULL ? id : NULL_TEXT);
}

/* CandidateOf tells whom a refusal is about: who was named with it, else whom the call is about. */
static Text
CandidateOf(const RefusedCall *call, int i)
{
	Text		candidate = call->refusals[i].candidate;

	return candidate.presence == GIVEN ? candidate : call->candidate;
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

/* WhoIsErased finds which refusals are about people who were erased, by any id that a door may have brought. */
static bool *
WhoIsErased(const pg_uuid_t *install, const RefusedCall *call)
{
	bool	   *erased = palloc0(Max(call->count, 1) * sizeof(bool));
	ErasedAsk  *asks = palloc(Max(call->count, 1) * 2 * sizeof(ErasedAsk));

	for (int i = 0; i < call->count; i++)
	{
		Text		id = CandidateOf(call, i);

		asks[2 * i] = (ErasedAsk)
		{
			ERASED_CANDIDATE, id
		};
		asks[2 * i + 1] = (ErasedAsk)
		{
			call->door, id
		};
	}
	if (ErasedFind(install, asks, 2 * call->count) > 0)
		for (int i = 0; i < call->count; i++)
			erased[i] = asks[2 * i].isErased || asks[2 * i + 1].isErased;
	return erased;
}

/* EventAddRefused notes a call that a vendor's door refused, after what it wrote was undone. */
void
EventAddRefused(const pg_uuid_t *install, const RefusedCall *call)
{
	const Principal *principal = PrincipalCurrent();
	JsonArray	refusals;
	JsonObject	changes;
	bool	   *erased = WhoIsErased(install, call);

	JsonArrayInit(&refusals);
	for (int i = 0; i < call->count; i++)
	{
		const Refusal *refusal = &call->refusals[i];
		JsonObject	entry;
		bool		ours;

		JsonObjectInit(&entry);

		/* What quotes an erased person's id would bring it back. */
		ours = refusal->rule != NULL && strcmp(refusal->rule, ERASED_RULE) == 0;
		AddId(&entry, "candidate", erased[i] ? NO_TEXT : CandidateOf(call, i));
		AddString(&entry, "rule", refusal->rule);
		AddString(&entry, "detail", erased[i] && !ours ? NULL : refusal->detail);
		AddString(&entry, "hint", erased[i] && !ours ? NULL : refusal->hint);
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
