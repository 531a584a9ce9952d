/*
 * domain/sight.c
 *		What people see: schedules, sittings, results and candidates, through the
 *		hierarchy.
 *
 * Policies ask for each row. So what a person sees is looked up once a statement,
 * as the tables' owner, and kept as a set of ids in the function's memory; a row
 * then costs a look into the set. Who is no person sees all of the install, and
 * is told so at once.
 *
 * A policy finds the install once a statement, and a statement may stop halfway:
 * a cursor, or a query that calls authenticate. So each row's install is compared
 * with the caller's here too, else who is another by then would see with new
 * rights what the old ones had opened.
 */
#include "domain/install.h"

#include "access/parallel.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "core/columns.h"
#include "core/principal.h"
#include "core/statement.h"
#include "domain/hierarchy.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

PG_FUNCTION_INFO_V1(proctorlink_sees_hierarchy);
PG_FUNCTION_INFO_V1(proctorlink_sees_owner);
PG_FUNCTION_INFO_V1(proctorlink_sees_schedule);
PG_FUNCTION_INFO_V1(proctorlink_sees_account);
PG_FUNCTION_INFO_V1(proctorlink_hierarchy_path);

/* Accounts are asked about one by one this often, before all that are seen are looked up at once. */
#define ASKED_SINGLY 64

/* A set of ids. */
typedef struct IdEntry
{
	pg_uuid_t	id;
	char		status;
} IdEntry;

#define SH_PREFIX ids
#define SH_ELEMENT_TYPE IdEntry
#define SH_KEY_TYPE pg_uuid_t
#define SH_KEY id
#define SH_HASH_KEY(tb, key) hash_bytes((key).data, UUID_LEN)
#define SH_EQUAL(tb, a, b) (memcmp(&(a), &(b), UUID_LEN) == 0)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* Who asks, and as of when. */
typedef struct Asker
{
	Principal	principal;
	bool		acts;
	pg_uuid_t	actsFor;
	Oid			role;
	TransactionId xmin;
	TransactionId xmax;
	uint32		running;
	int32		runningBelow;	/* subtransactions; on a standby, all */
	CommandId	command;
} Asker;

/* What a caller sees, as far as it was asked for. */
typedef struct Sight
{
	Asker		asker;
	MemoryContext memory;		/* of what was looked up; NULL: nothing */
	bool		hasInstall;
	pg_uuid_t	install;
	bool		isPerson;
	pg_uuid_t	person;
	ids_hash   *nodes;
	bool		seesDefault;	/* the default node is among them */
	ids_hash   *owners;
	ids_hash   *schedules;
	ids_hash   *accounts;
	int			asked;			/* about accounts, singly */
	HTAB	   *paths;
} Sight;

/* Any flag lets see. */
STATEMENT(visibleNodes,
		  "WITH RECURSIVE seen AS (SELECT a.hierarchy_id FROM proctorlink.hierarchy_access a"
		  " WHERE a.install_id" EQ "$1 AND a.account_id" EQ "$2"
		  " UNION SELECT h.hierarchy_id FROM seen s"
		  " JOIN proctorlink.hierarchy h ON h.install_id" EQ "$1 AND h.parent_id" EQ "s.hierarchy_id)"
		  " SELECT s.hierarchy_id FROM seen s",
		  UUIDOID, UUIDOID);
STATEMENT(visibleOwners,
		  "SELECT s.account_id FROM proctorlink.account_share s"
		  " WHERE s.install_id" EQ "$1 AND s.with_account_id" EQ "$2",
		  UUIDOID, UUIDOID);
STATEMENT(visibleSchedules,
		  FOR_EACH_KEY(2, "f.schedule_id")
		  "SELECT s.schedule_id FROM proctorlink.schedule s"
		  " WHERE s.install_id" EQ "$1 AND s.hierarchy_id" EQ "k.key" END_FOR_EACH("f")
		  " UNION ALL " FOR_EACH_KEY(3, "f.schedule_id")
		  "SELECT s.schedule_id FROM proctorlink.schedule s"
		  " WHERE s.install_id" EQ "$1 AND s.owner_id" EQ "k.key" END_FOR_EACH("f"),
		  UUIDOID, UUIDARRAYOID, UUIDARRAYOID);
STATEMENT(visibleAccounts,
		  FOR_EACH_KEY(2, "f.account_id")
		  "SELECT e.account_id FROM proctorlink.exam_session e"
		  " WHERE e.install_id" EQ "$1 AND e.schedule_id" EQ "k.key" END_FOR_EACH("f")
		  " UNION ALL SELECT e.account_id FROM proctorlink.exam_session e"
		  " WHERE $3 AND e.install_id" EQ "$1 AND e.schedule_id IS NULL",
		  UUIDOID, UUIDARRAYOID, BOOLOID);
STATEMENT(schedulesOf,
		  "SELECT e.schedule_id FROM proctorlink.exam_session e"
		  " WHERE e.install_id" EQ "$1 AND e.account_id" EQ "$2",
		  UUIDOID, UUIDOID);
STATEMENT(defaultNode,
		  "SELECT h.hierarchy_id FROM proctorlink.hierarchy h WHERE h.install_id" EQ "$1 AND h.is_default",
		  UUIDOID);

/* SetOf makes a set of the ids that a statement found; it lives where the function's memory does. */
static ids_hash *
SetOf(MemoryContext memory, uint64 count)
{
	ids_hash   *set = ids_create(memory, Max(count, 16), NULL);
	bool		found;

	for (uint64 i = 0; i < count; i++)
		(void) ids_insert(set, RowUuid(i, 1), &found);
	SPI_freetuptable(SPI_tuptable);
	return set;
}

/* Has tells whether an id is in a set. */
static bool
Has(ids_hash *set, const pg_uuid_t *id)
{
	return ids_lookup(set, *id) != NULL;
}

/* IdsOf makes an array of a set. */
static Datum
IdsOf(ids_hash *set)
{
	Column		ids;
	ids_iterator scan;
	IdEntry    *entry;

	ColumnInit(&ids, UUIDOID, Max(set->members, 1));
	ids_start_iterate(set, &scan);
	while ((entry = ids_iterate(set, &scan)) != NULL)
		ColumnAddUuid(&ids, &entry->id);
	return ColumnDatum(&ids);
}

/* LookForNodes finds the nodes that a person sees. */
static void
LookForNodes(Sight *sight)
{
	Datum		values[2] = {UUIDPGetDatum(&sight->install), UUIDPGetDatum(&sight->person)};
	pg_uuid_t	node;
	ids_hash   *nodes;

	if (sight->nodes != NULL)
		return;
	SpiStart();
	nodes = SetOf(sight->memory, StatementRunAsOwner(&visibleNodes, values, NULL, true));
	if (StatementRunAsOwner(&defaultNode, values, NULL, true) > 0)
	{
		node = RowUuid(0, 1);
		sight->seesDefault = Has(nodes, &node);
	}
	SPI_finish();
	sight->nodes = nodes;
}

/* LookForOwners finds the accounts whose schedules a person sees. */
static void
LookForOwners(Sight *sight)
{
	Datum		values[2] = {UUIDPGetDatum(&sight->install), UUIDPGetDatum(&sight->person)};
	ids_hash   *owners;
	bool		found;

	if (sight->owners != NULL)
		return;
	SpiStart();
	owners = SetOf(sight->memory, StatementRunAsOwner(&visibleOwners, values, NULL, true));
	SPI_finish();
	(void) ids_insert(owners, sight->person, &found);
	sight->owners = owners;
}

/* LookForSchedules finds the schedules that a person sees. */
static void
LookForSchedules(Sight *sight)
{
	Datum		values[3] = {UUIDPGetDatum(&sight->install)};

	LookForNodes(sight);
	LookForOwners(sight);
	if (sight->schedules != NULL)
		return;
	SpiStart();
	values[1] = IdsOf(sight->nodes);
	values[2] = IdsOf(sight->owners);
	sight->schedules = SetOf(sight->memory, StatementRunAsOwner(&visibleSchedules, values, NULL, true));
	SPI_finish();
}

/* LookForAccounts finds all accounts that have a sitting that a person sees. */
static void
LookForAccounts(Sight *sight)
{
	Datum		values[3] = {UUIDPGetDatum(&sight->install)};

	SpiStart();
	values[1] = IdsOf(sight->schedules);
	values[2] = BoolGetDatum(sight->seesDefault);
	sight->accounts = SetOf(sight->memory, StatementRunAsOwner(&visibleAccounts, values, NULL, true));
	SPI_finish();
}

/* SeesSchedule tells whether a person sees a schedule's sittings; NULL: those without one. */
static bool
SeesSchedule(Sight *sight, const pg_uuid_t *schedule)
{
	return schedule != NULL ? Has(sight->schedules, schedule) : sight->seesDefault;
}

/* SeesAccountOf asks about one account, by its sittings. */
static bool
SeesAccountOf(Sight *sight, const pg_uuid_t *account)
{
	Datum		values[2] = {UUIDPGetDatum(&sight->install), UUIDPGetDatum(account)};
	uint64		count;
	bool		sees = false;

	SpiStart();
	count = StatementRunAsOwner(&schedulesOf, values, NULL, true);
	for (uint64 i = 0; i < count && !sees; i++)
	{
		bool		isnull;
		Datum		schedule = RowDatum(i, 1, &isnull);

		sees = SeesSchedule(sight, isnull ? NULL : DatumGetUUIDP(schedule));
	}
	SPI_finish();
	return sees;
}

/* AskerNow tells who asks. A function stays in use longer than a statement in PL/pgSQL, so the snapshot counts too. */
static void
AskerNow(Asker *asker)
{
	const pg_uuid_t *acts = PrincipalActsFor();

	memset(asker, 0, sizeof(Asker));
	memcpy(&asker->principal, PrincipalCurrent(), sizeof(Principal));
	if (acts != NULL)
	{
		asker->acts = true;
		asker->actsFor = *acts;
	}
	asker->role = GetUserId();
	if (ActiveSnapshotSet())
	{
		Snapshot	snapshot = GetActiveSnapshot();

		asker->xmin = snapshot->xmin;
		asker->xmax = snapshot->xmax;
		asker->running = snapshot->xcnt;
		asker->runningBelow = snapshot->subxcnt;
		asker->command = snapshot->curcid;
	}
}

/* SightFor finds what the caller sees, in this statement. Raises for one whose credentials are not good. */
static Sight *
SightFor(FunctionCallInfo fcinfo)
{
	Sight	   *sight = fcinfo->flinfo->fn_extra;
	Asker		asker;

	if (IsParallelWorker())
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("a parallel worker does not know who is calling")));
	AskerNow(&asker);
	if (sight != NULL && memcmp(&sight->asker, &asker, sizeof(Asker)) == 0)
		return sight;

	if (sight == NULL)
		sight = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(Sight));
	/* Until this has succeeded, nothing is known. */
	fcinfo->flinfo->fn_extra = NULL;
	if (sight->memory != NULL)
		MemoryContextDelete(sight->memory);
	memset(sight, 0, sizeof(Sight));
	sight->hasInstall = CurrentInstall(&sight->install);
	sight->isPerson = asker.principal.kind == PRINCIPAL_PERSON;
	sight->person = asker.principal.user;
	memcpy(&sight->asker, &asker, sizeof(Asker));
	fcinfo->flinfo->fn_extra = sight;
	return sight;
}

/* The least that a caller sees of a row. */
typedef enum Glance
{
	SEES_NOTHING,				/* another install's */
	SEES_ALL,					/* the caller is no person */
	SEES_SOME					/* it must be looked up */
} Glance;

/* GlanceAt finds what the caller sees, and whether it must be looked up for a row of an install. */
static Glance
GlanceAt(FunctionCallInfo fcinfo, Sight **sight)
{
	*sight = SightFor(fcinfo);
	if (PG_ARGISNULL(0) || !(*sight)->hasInstall ||
		memcmp(PG_GETARG_UUID_P(0), &(*sight)->install, UUID_LEN) != 0)
		return SEES_NOTHING;
	if (!(*sight)->isPerson)
		return SEES_ALL;
	if ((*sight)->memory == NULL)
		(*sight)->memory = AllocSetContextCreate(fcinfo->flinfo->fn_mcxt, "proctorlink sight", ALLOCSET_SMALL_SIZES);
	return SEES_SOME;
}

/* proctorlink.sees_hierarchy(install_id, hierarchy_id) */
Datum
proctorlink_sees_hierarchy(PG_FUNCTION_ARGS)
{
	Sight	   *sight;
	Glance		glance = GlanceAt(fcinfo, &sight);

	if (glance != SEES_SOME)
		PG_RETURN_BOOL(glance == SEES_ALL);
	LookForNodes(sight);
	PG_RETURN_BOOL(PG_ARGISNULL(1) ? sight->seesDefault : Has(sight->nodes, PG_GETARG_UUID_P(1)));
}

/* proctorlink.sees_owner(install_id, owner_id) */
Datum
proctorlink_sees_owner(PG_FUNCTION_ARGS)
{
	Sight	   *sight;
	Glance		glance = GlanceAt(fcinfo, &sight);

	if (glance != SEES_SOME)
		PG_RETURN_BOOL(glance == SEES_ALL);
	LookForOwners(sight);
	PG_RETURN_BOOL(!PG_ARGISNULL(1) && Has(sight->owners, PG_GETARG_UUID_P(1)));
}

/* proctorlink.sees_schedule(install_id, schedule_id) */
Datum
proctorlink_sees_schedule(PG_FUNCTION_ARGS)
{
	Sight	   *sight;
	Glance		glance = GlanceAt(fcinfo, &sight);

	if (glance != SEES_SOME)
		PG_RETURN_BOOL(glance == SEES_ALL);
	LookForSchedules(sight);
	PG_RETURN_BOOL(SeesSchedule(sight, PG_ARGISNULL(1) ? NULL : PG_GETARG_UUID_P(1)));
}

/* proctorlink.sees_account(install_id, account_id) */
Datum
proctorlink_sees_account(PG_FUNCTION_ARGS)
{
	Sight	   *sight;
	Glance		glance = GlanceAt(fcinfo, &sight);
	pg_uuid_t  *account;

	if (glance != SEES_SOME)
		PG_RETURN_BOOL(glance == SEES_ALL);
	if (PG_ARGISNULL(1))
		PG_RETURN_BOOL(false);
	account = PG_GETARG_UUID_P(1);
	if (memcmp(account, &sight->person, UUID_LEN) == 0)
		PG_RETURN_BOOL(true);
	LookForSchedules(sight);
	if (sight->accounts == NULL && sight->asked++ < ASKED_SINGLY)
		PG_RETURN_BOOL(SeesAccountOf(sight, account));
	if (sight->accounts == NULL)
		LookForAccounts(sight);
	PG_RETURN_BOOL(Has(sight->accounts, account));
}

/* A node and its path. */
typedef struct NodePath
{
	pg_uuid_t	id;
	char	   *path;
} NodePath;

/* ReadPaths reads the paths of all nodes that the caller sees. */
static HTAB *
ReadPaths(const pg_uuid_t *install, MemoryContext memory)
{
	HASHCTL		control = {.keysize = UUID_LEN,.entrysize = sizeof(NodePath),.hcxt = memory};
	HTAB	   *paths = hash_create("paths of hierarchy nodes", 64, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	HierarchyPlace *places;
	int			count;

	SpiStart();
	count = HierarchyPlaces(install, true, &places);
	for (int i = 0; i < count; i++)
	{
		NodePath   *entry = hash_search(paths, &places[i].node.id, HASH_ENTER, NULL);

		entry->path = MemoryContextStrdup(memory, places[i].path);
	}
	SPI_finish();
	return paths;
}

/* proctorlink.hierarchy_path(hierarchy_id) */
Datum
proctorlink_hierarchy_path(PG_FUNCTION_ARGS)
{
	Sight	   *sight;
	NodePath   *found;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	sight = SightFor(fcinfo);
	if (!sight->hasInstall)
		PG_RETURN_NULL();
	if (sight->memory == NULL)
		sight->memory = AllocSetContextCreate(fcinfo->flinfo->fn_mcxt, "proctorlink sight", ALLOCSET_SMALL_SIZES);
	if (sight->paths == NULL)
		sight->paths = ReadPaths(&sight->install, sight->memory);
	found = hash_search(sight->paths, PG_GETARG_UUID_P(0), HASH_FIND, NULL);
	if (found == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(found->path));
}
