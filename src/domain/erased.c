/*
 * domain/erased.c
 *		Ids of people who were erased, who do not come again by themselves.
 *
 * Of an erased person's ids there stay hashes by a key of the install. Who
 * brings an id is asked about it after the row has been written: an erasure at
 * the same moment has then either let go of the id, and its hashes are seen, or
 * the unique key still waits for it. Nearly all installs have erased nobody, and
 * ask no more than that.
 */
#include "domain/erased.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "core/columns.h"
#include "core/crypto.h"
#include "core/problems.h"
#include "core/row_check.h"
#include "core/statement.h"
#include "core/written.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(proctorlink_account_stays_erased);
PG_FUNCTION_INFO_V1(proctorlink_provider_account_stays_erased);
PG_FUNCTION_INFO_V1(proctorlink_accommodation_stays_erased);

/* Ids a look-up. */
#define MOST_ASKS 10000

STATEMENT(readKey,
		  "SELECT k.secret FROM proctorlink.erasure_key k WHERE k.install_id" EQ "$1",
		  UUIDOID);
STATEMENT(makeKey,
		  "INSERT INTO proctorlink.erasure_key (install_id, secret) VALUES ($1, $2) ON CONFLICT DO NOTHING",
		  UUIDOID, TEXTOID);
STATEMENT(findErased,
		  "SELECT k.place, e.account_id FROM (SELECT pg_catalog.unnest($2) AS place, pg_catalog.unnest($3) AS hash,"
		  " pg_catalog.unnest($4) AS kind) k"
		  " CROSS JOIN LATERAL (SELECT i.account_id FROM proctorlink.erased_id i WHERE i.install_id" EQ "$1"
		  " AND i.id_hash" EQ "k.hash AND i.kind" EQ "k.kind" END_FOR_EACH("e"),
		  UUIDOID, INT4ARRAYOID, TEXTARRAYOID, TEXTARRAYOID);
STATEMENT(keepErased,
		  "INSERT INTO proctorlink.erased_id (install_id, account_id, id_hash, kind)"
		  " SELECT $1, $2, pg_catalog.unnest($3), pg_catalog.unnest($4) ON CONFLICT DO NOTHING",
		  UUIDOID, UUIDOID, TEXTARRAYOID, TEXTARRAYOID);
STATEMENT(readProvider,
		  "SELECT i.provider FROM proctorlink.integration i WHERE i.install_id" EQ "$1 AND i.integration_id" EQ "$2",
		  UUIDOID, UUIDOID);

STATEMENT(isErased,
		  "SELECT FROM proctorlink.account a"
		  " WHERE a.install_id" EQ "$1 AND a.account_id" EQ "$2 AND a.status" EQ "'erased'",
		  UUIDOID, UUIDOID);

/* HashOf hashes an id. */
static Text
HashOf(Text key, Text id)
{
	StringInfoData hash;

	initStringInfo(&hash);
	AppendHmac(&hash, key, id);
	return (Text)
	{
		hash.data, hash.len, GIVEN
	};
}

/* ReadKey reads the key of an install that has ever erased somebody; false for one that has not. */
static bool
ReadKey(const pg_uuid_t *install, Text *key)
{
	Datum		id = UUIDPGetDatum(install);

	if (StatementRunForRule(&readKey, &id, NULL) == 0)
		return false;
	*key = RowText(0, 1);
	SPI_freetuptable(SPI_tuptable);
	return true;
}

/* ErasedAny tells whether an install has ever erased anybody. */
bool
ErasedAny(const pg_uuid_t *install)
{
	Text		key;

	return ReadKey(install, &key);
}

/* ErasedHash hashes an id as an install does; false where it has erased nobody. */
bool
ErasedHash(const pg_uuid_t *install, Text id, Text *hash)
{
	Text		key;

	if (!ReadKey(install, &key))
		return false;
	*hash = HashOf(key, id);
	return true;
}

/*
 * ErasedAsksOf lists what to ask about an account. An id that stands in for one
 * that nobody gave is asked about as what it is.
 */
void
ErasedAsksOf(Text candidateExtId, bool defaulted, Text username, Text api, Text lms, ErasedAsk *asks)
{
	bool		named = !TextEquals(username, candidateExtId);

	asks[0] = (ErasedAsk)
	{
		ERASED_CANDIDATE, defaulted ? NO_TEXT : candidateExtId
	};
	asks[1] = (ErasedAsk)
	{
		ERASED_CANDIDATE, named ? username : NO_TEXT
	};
	asks[2] = (ErasedAsk)
	{
		ERASED_API, api
	};
	asks[3] = (ErasedAsk)
	{
		ERASED_LMS, lms
	};
}

/* FindSome looks up some ids by their hashes, and answers how many are of erased people. */
static int
FindSome(const pg_uuid_t *install, Text key, ErasedAsk *asks, int count)
{
	Datum		values[4] = {UUIDPGetDatum(install)};
	Column		places;
	Column		hashes;
	Column		kinds;
	uint64		rows;

	ColumnInit(&places, INT4OID, count);
	ColumnInit(&hashes, TEXTOID, count);
	ColumnInit(&kinds, TEXTOID, count);
	for (int i = 0; i < count; i++)
	{
		if (asks[i].id.presence != GIVEN)
			continue;
		ColumnAddInt(&places, i);
		ColumnAddText(&hashes, HashOf(key, asks[i].id));
		ColumnAddString(&kinds, asks[i].kind);
	}
	if (places.count == 0)
		return 0;
	values[1] = ColumnDatum(&places);
	values[2] = ColumnDatum(&hashes);
	values[3] = ColumnDatum(&kinds);
	rows = StatementRunForRule(&findErased, values, NULL);
	for (uint64 i = 0; i < rows; i++)
	{
		ErasedAsk  *ask = &asks[RowInt(i, 1)];

		ask->isErased = true;
		ask->account = RowUuid(i, 2);
	}
	SPI_freetuptable(SPI_tuptable);
	return rows;
}

/* ErasedFind marks the ids that erased people had, and answers how many there are. */
int
ErasedFind(const pg_uuid_t *install, ErasedAsk *asks, int count)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext some;
	Text		key;
	int			found = 0;

	for (int i = 0; i < count; i++)
		asks[i].isErased = false;
	if (count == 0 || !ReadKey(install, &key))
		return 0;
	some = AllocSetContextCreate(caller, "proctorlink erased ids", ALLOCSET_DEFAULT_SIZES);
	for (int i = 0; i < count; i += MOST_ASKS)
	{
		CHECK_FOR_INTERRUPTS();
		MemoryContextSwitchTo(some);
		found += FindSome(install, key, &asks[i], Min(count - i, MOST_ASKS));
		MemoryContextSwitchTo(caller);
		MemoryContextReset(some);
	}
	MemoryContextDelete(some);
	return found;
}

/* ErasedKeep keeps the hashes of the ids of an account that is being erased. */
void
ErasedKeep(const pg_uuid_t *install, const pg_uuid_t *account, const ErasedAsk *asks, int count)
{
	Datum		values[4] = {UUIDPGetDatum(install), CStringGetTextDatum(RandomSecret())};
	Column		hashes;
	Column		kinds;
	Text		key;

	StatementRunForRule(&makeKey, values, NULL);
	if (!ReadKey(install, &key))
		elog(ERROR, "an install has no erasure key");
	ColumnInit(&hashes, TEXTOID, count);
	ColumnInit(&kinds, TEXTOID, count);
	for (int i = 0; i < count; i++)
	{
		if (asks[i].id.presence != GIVEN)
			continue;
		ColumnAddText(&hashes, HashOf(key, asks[i].id));
		ColumnAddString(&kinds, asks[i].kind);
	}
	values[1] = UUIDPGetDatum(account);
	values[2] = ColumnDatum(&hashes);
	values[3] = ColumnDatum(&kinds);
	StatementRunForRule(&keepErased, values, NULL);
}

/* ErasedProvider finds the provider of an integration, which is the kind of its user_ids. */
const char *
ErasedProvider(const pg_uuid_t *install, const pg_uuid_t *integration)
{
	Datum		keys[2] = {UUIDPGetDatum(install), UUIDPGetDatum(integration)};
	Text		provider;

	if (StatementRunForRule(&readProvider, keys, NULL) == 0)
		return "";
	provider = RowText(0, 1);
	return pnstrdup(provider.data, provider.len);
}

/* ErasedRaise raises CONFLICT where an argument is an id of an erased person. */
void
ErasedRaise(const pg_uuid_t *install, const char *kind, Text id, const char *argument)
{
	ErasedAsk	ask = {kind, id};

	if (ErasedFind(install, &ask, 1) > 0)
		RaiseProblem(CODE_CONFLICT, ERASED_HINT, "%s: " ERASED_DETAIL, argument);
}

/* What the calls of a trigger for the rows of one statement share. */
typedef struct Asked
{
	pg_uuid_t	install;
	bool		nobody;			/* it has erased nobody */
} Asked;

/*
 * NobodyIsErased tells whether the install of a row has erased nobody. It is asked
 * for the first row of a statement: all rows of it are written by then.
 */
static bool
NobodyIsErased(FunctionCallInfo fcinfo, const pg_uuid_t *install)
{
	Asked	   *asked = fcinfo->flinfo->fn_extra;

	if (asked != NULL && memcmp(&asked->install, install, UUID_LEN) == 0)
		return asked->nobody;
	if (asked == NULL)
		asked = fcinfo->flinfo->fn_extra = MemoryContextAlloc(fcinfo->flinfo->fn_mcxt, sizeof(Asked));
	asked->install = *install;
	asked->nobody = !ErasedAny(install);
	return asked->nobody;
}

/* WrittenRow is the row that a trigger fires for; NULL for one that arrives with its past, which is history. */
static HeapTuple
WrittenRow(TriggerData *trigger, TupleDesc desc)
{
	bool		isnull;
	Datum		createdAt;

	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		return trigger->tg_newtuple;
	createdAt = heap_getattr(trigger->tg_trigtuple, SPI_fnumber(desc, "created_at"), desc, &isnull);
	return DatumGetTimestampTz(createdAt) < GetCurrentTransactionStartTimestamp() ? NULL : trigger->tg_trigtuple;
}

/* A row that is written, and asked about. */
typedef struct Arrival
{
	Relation	relation;
	TupleDesc	desc;
	HeapTuple	tuple;
	pg_uuid_t	install;
} Arrival;

/* What collects the ids of a row, at most ACCOUNT_ASKS, and answers how many; connected to SPI. */
typedef int (*AsksOf) (const Arrival *arrival, ErasedAsk *asks);

/* ColumnOf reads a column of a row. */
static Datum
ColumnOf(const Arrival *arrival, const char *column, bool *isnull)
{
	return heap_getattr(arrival->tuple, SPI_fnumber(arrival->desc, column), arrival->desc, isnull);
}

/* ColumnText reads a column of a row that is a text. */
static Text
ColumnText(const Arrival *arrival, const char *column)
{
	return TupleText(arrival->tuple, arrival->desc, SPI_fnumber(arrival->desc, column));
}

/* Arrives reads the row that a trigger function is fired for; false: nothing is asked about it. */
static bool
Arrives(FunctionCallInfo fcinfo, const char *name, const char *table, Arrival *arrival)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	bool		isnull;

	CheckRowTrigger(fcinfo, false, name, table);
	arrival->relation = trigger->tg_relation;
	arrival->desc = RelationGetDescr(arrival->relation);
	arrival->tuple = WrittenRow(trigger, arrival->desc);
	if (arrival->tuple == NULL)
		return false;
	arrival->install = *DatumGetUUIDP(ColumnOf(arrival, "install_id", &isnull));
	return true;
}

/* StayErased raises where one of the ids of a row is of an erased person. */
static void
StayErased(FunctionCallInfo fcinfo, const Arrival *arrival, AsksOf asksOf)
{
	SpiStart();
	if (!NobodyIsErased(fcinfo, &arrival->install))
	{
		ErasedAsk	asks[ACCOUNT_ASKS];

		if (ErasedFind(&arrival->install, asks, asksOf(arrival, asks)) > 0)
			RefuseByRule(arrival->relation, ERASED_RULE, ERASED_HINT, "%s", ERASED_DETAIL);
	}
	SPI_finish();
}

/* RefuseErasedAccount raises that an erased account is left alone. */
static void
RefuseErasedAccount(const Arrival *arrival)
{
	RefuseByRule(arrival->relation, ERASED_RULE,
				 "If the person is to be here again, call readmit_candidate; they then come as a new account.",
				 "the account of an erased person stays as it is");
}

/* AsksOfAccount collects the ids of an account. */
static int
AsksOfAccount(const Arrival *arrival, ErasedAsk *asks)
{
	bool		isnull;
	bool		defaulted = DatumGetBool(ColumnOf(arrival, "candidate_ext_id_defaulted", &isnull));

	ErasedAsksOf(ColumnText(arrival, "candidate_ext_id"), defaulted, ColumnText(arrival, "username"),
				 ColumnText(arrival, "api_id"), ColumnText(arrival, "lms_id"), asks);
	return ACCOUNT_ASKS;
}

/* proctorlink.account_stays_erased(): AFTER INSERT OR UPDATE FOR EACH ROW on account. */
Datum
proctorlink_account_stays_erased(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	Arrival		arrival;

	if (!Arrives(fcinfo, "account_stays_erased", "account", &arrival))
		return PointerGetDatum(NULL);
	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) &&
		TextIs(TupleText(trigger->tg_trigtuple, arrival.desc, SPI_fnumber(arrival.desc, "status")), "erased"))
		RefuseErasedAccount(&arrival);
	StayErased(fcinfo, &arrival, AsksOfAccount);
	return PointerGetDatum(NULL);
}

/*
 * AsksOfProviderAccount collects the ids of a person at a provider. What is known of
 * an account that was erased could not be erased again, so there is nothing to ask.
 */
static int
AsksOfProviderAccount(const Arrival *arrival, ErasedAsk *asks)
{
	bool		isnull;
	Datum		integration = ColumnOf(arrival, "integration_id", &isnull);
	Datum		keys[2] = {UUIDPGetDatum(&arrival->install)};

	keys[1] = ColumnOf(arrival, "account_id", &isnull);
	if (!isnull && StatementRunForRule(&isErased, keys, NULL) > 0)
		RefuseErasedAccount(arrival);
	asks[0] = (ErasedAsk)
	{
		ErasedProvider(&arrival->install, DatumGetUUIDP(integration)), ColumnText(arrival, "user_id")
	};
	asks[1] = (ErasedAsk)
	{
		ERASED_CANDIDATE, ColumnText(arrival, "student_id")
	};
	return 2;
}

/* proctorlink.provider_account_stays_erased(): AFTER INSERT OR UPDATE FOR EACH ROW on provider_account. */
Datum
proctorlink_provider_account_stays_erased(PG_FUNCTION_ARGS)
{
	Arrival		arrival;

	if (Arrives(fcinfo, "provider_account_stays_erased", "provider_account", &arrival))
		StayErased(fcinfo, &arrival, AsksOfProviderAccount);
	return PointerGetDatum(NULL);
}

/* AsksOfAccommodation collects the id that an entry makes eligible. */
static int
AsksOfAccommodation(const Arrival *arrival, ErasedAsk *asks)
{
	asks[0] = (ErasedAsk)
	{
		ERASED_CANDIDATE, ColumnText(arrival, "candidate_ext_id")
	};
	return 1;
}

/* proctorlink.accommodation_stays_erased(): AFTER INSERT OR UPDATE FOR EACH ROW on accommodation. */
Datum
proctorlink_accommodation_stays_erased(PG_FUNCTION_ARGS)
{
	Arrival		arrival;

	if (Arrives(fcinfo, "accommodation_stays_erased", "accommodation", &arrival))
		StayErased(fcinfo, &arrival, AsksOfAccommodation);
	return PointerGetDatum(NULL);
}
