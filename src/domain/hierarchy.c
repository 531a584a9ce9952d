/*
 * domain/hierarchy.c
 *		The organisation's tree: finding and making nodes, paths, and the rules
 *		that keep it a tree.
 *
 * Whoever moves a node locks the root first, so that one move sees what the one
 * before has done: two that each are right could make a ring together. What
 * arrives as history may stand in a ring all the same; nothing here runs on in
 * it.
 */
#include "domain/hierarchy.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "core/problems.h"
#include "core/row_check.h"
#include "core/row_lock.h"
#include "core/sid.h"
#include "core/statement.h"
#include "core/written.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(proctorlink_hierarchy_before);
PG_FUNCTION_INFO_V1(proctorlink_hierarchy_written);
PG_FUNCTION_INFO_V1(proctorlink_hierarchy_kept);

/* How many levels a node stands below the root at most; as many titles a path has besides the root's. */
#define MAX_HIERARCHY_DEPTH 100

/* What stands between the titles of a path. */
#define PATH_SEPARATOR " \\ "

/* How often a node is made or found before others are said to be in the way. */
#define MAKE_ATTEMPTS 5

#define HIERARCHY_SELECT \
	"SELECT h.hierarchy_id, h.parent_id, h.organisation_id, h.title," \
	" h.is_root, h.is_default, h.allow_schedules, h.archived" \
	" FROM proctorlink.hierarchy h WHERE h.install_id" EQ "$1"

STATEMENT(byOrganisationId,
		  HIERARCHY_SELECT " AND h.organisation_id" EQ "$2",
		  UUIDOID, TEXTOID);
STATEMENT(lockByOrganisationId,
		  HIERARCHY_SELECT " AND h.organisation_id" EQ "$2 FOR NO KEY UPDATE",
		  UUIDOID, TEXTOID);
STATEMENT(keepByOrganisationId,
		  HIERARCHY_SELECT " AND h.organisation_id" EQ "$2 FOR KEY SHARE",
		  UUIDOID, TEXTOID);
STATEMENT(byId,
		  HIERARCHY_SELECT " AND h.hierarchy_id" EQ "$2",
		  UUIDOID, UUIDOID);
STATEMENT(defaultOf,
		  HIERARCHY_SELECT " AND h.is_default",
		  UUIDOID);
STATEMENT(rootOf,
		  HIERARCHY_SELECT " AND h.is_root",
		  UUIDOID);
STATEMENT(allOf,
		  HIERARCHY_SELECT,
		  UUIDOID);
STATEMENT(lockRoot,
		  "SELECT h.hierarchy_id FROM proctorlink.hierarchy h WHERE h.install_id" EQ "$1 AND h.is_root FOR NO KEY UPDATE",
		  UUIDOID);
STATEMENT(shareRoot,
		  "SELECT FROM proctorlink.hierarchy h WHERE h.install_id" EQ "$1 AND h.is_root FOR SHARE",
		  UUIDOID);
STATEMENT(parentOf,
		  "SELECT h.parent_id FROM proctorlink.hierarchy h WHERE h.install_id" EQ "$1 AND h.hierarchy_id" EQ "$2",
		  UUIDOID, UUIDOID);
STATEMENT(levelsBelow,
		  "WITH RECURSIVE below AS (SELECT $2 AS hierarchy_id, 0 AS level UNION ALL"
		  " SELECT c.hierarchy_id, b.level OPERATOR(pg_catalog.+) 1 FROM below b CROSS JOIN LATERAL ("
		  "SELECT h.hierarchy_id FROM proctorlink.hierarchy h"
		  " WHERE h.install_id" EQ "$1 AND h.parent_id" EQ "b.hierarchy_id" END_FOR_EACH("c")
		  " WHERE b.level OPERATOR(pg_catalog.<) $3) SELECT pg_catalog.max(b.level) FROM below b",
		  UUIDOID, UUIDOID, INT4OID);
STATEMENT(rootAndDefault,
		  "SELECT (SELECT true FROM proctorlink.hierarchy h WHERE h.install_id" EQ "i.install_id AND h.is_root),"
		  " (SELECT true FROM proctorlink.hierarchy h WHERE h.install_id" EQ "i.install_id AND h.is_default)"
		  " FROM proctorlink.install i WHERE i.install_id" EQ "$1",
		  UUIDOID);
STATEMENT(insertNode,
		  "INSERT INTO proctorlink.hierarchy (install_id, hierarchy_id, parent_id, organisation_id, title, allow_schedules)"
		  " VALUES ($1, $2, coalesce($3, (SELECT h.hierarchy_id FROM proctorlink.hierarchy h"
		  " WHERE h.install_id" EQ "$1 AND h.is_root)), $4, $5, $6)"
		  " ON CONFLICT (install_id, organisation_id) WHERE organisation_id IS NOT NULL DO NOTHING",
		  UUIDOID, UUIDOID, UUIDOID, TEXTOID, TEXTOID, BOOLOID);

/*
 * HierarchySelectable tells whether schedules that come from outside may be put
 * into a node: it can be named there, allows them and is in use.
 */
bool
HierarchySelectable(const Hierarchy *hierarchy)
{
	return hierarchy->organisationId.presence == GIVEN && hierarchy->allowSchedules && !hierarchy->archived;
}

/* SameId tells whether two ids are one. */
static bool
SameId(const pg_uuid_t *a, const pg_uuid_t *b)
{
	return memcmp(a, b, UUID_LEN) == 0;
}

/* NodeRow reads a row of HIERARCHY_SELECT. */
static void
NodeRow(uint64 row, Hierarchy *hierarchy)
{
	bool		isnull;

	hierarchy->id = RowUuid(row, 1);
	(void) RowDatum(row, 2, &isnull);
	if (isnull)
		memset(&hierarchy->parent, 0, sizeof(pg_uuid_t));
	else
		hierarchy->parent = RowUuid(row, 2);
	hierarchy->organisationId = RowText(row, 3);
	hierarchy->title = RowText(row, 4);
	hierarchy->isRoot = RowBool(row, 5);
	hierarchy->isDefault = RowBool(row, 6);
	hierarchy->allowSchedules = RowBool(row, 7);
	hierarchy->archived = RowBool(row, 8);
}

/* FindNode runs a statement that finds one node at most. */
static bool
FindNode(Statement *statement, Datum *keys, bool readOnly, Hierarchy *hierarchy)
{
	if (StatementRun(statement, keys, NULL, readOnly) == 0)
		return false;
	NodeRow(0, hierarchy);
	return true;
}

/*
 * HierarchyFind finds a node by its Organisation ID, else by its sid: what
 * somebody has given goes before what was made here.
 */
bool
HierarchyFind(const pg_uuid_t *install, Text organisationIdOrSid, bool readOnly, Hierarchy *hierarchy)
{
	Datum		keys[2] = {UUIDPGetDatum(install)};
	pg_uuid_t	sid;

	if (organisationIdOrSid.presence != GIVEN)
		return false;
	keys[1] = TextDatum(organisationIdOrSid);
	if (FindNode(&byOrganisationId, keys, readOnly, hierarchy))
		return true;
	if (SidRead(organisationIdOrSid, "HG", &sid) != SID_OURS)
		return false;
	keys[1] = UUIDPGetDatum(&sid);
	return FindNode(&byId, keys, readOnly, hierarchy);
}

/* HierarchyRoot finds the root of an install; every install has one. */
bool
HierarchyRoot(const pg_uuid_t *install, bool readOnly, Hierarchy *hierarchy)
{
	Datum		key = UUIDPGetDatum(install);

	return FindNode(&rootOf, &key, readOnly, hierarchy);
}

/* HierarchyDefault finds the default node of an install; every install has one. */
bool
HierarchyDefault(const pg_uuid_t *install, bool readOnly, Hierarchy *hierarchy)
{
	Datum		key = UUIDPGetDatum(install);

	return FindNode(&defaultOf, &key, readOnly, hierarchy);
}

/* HierarchyOf finds a node by its key. */
bool
HierarchyOf(const pg_uuid_t *install, const pg_uuid_t *id, bool readOnly, Hierarchy *hierarchy)
{
	Datum		keys[2] = {UUIDPGetDatum(install), UUIDPGetDatum(id)};

	return FindNode(&byId, keys, readOnly, hierarchy);
}

/* HierarchyHold finds a node for a rule of what is put there, and keeps it from being changed meanwhile. */
bool
HierarchyHold(const pg_uuid_t *install, const pg_uuid_t *id, Hierarchy *hierarchy)
{
	static const char *const columns[] = {"parent_id", "organisation_id", "title", "is_root", "is_default",
	"allow_schedules", "archived"};
	Datum		values[lengthof(columns)];
	bool		nulls[lengthof(columns)];
	LockedRow	row = {lengthof(columns), columns, values, nulls};

	if (!RowLockRead("hierarchy", "hierarchy_id", install, UUIDPGetDatum(id), LockTupleShare, &row))
		return false;
	hierarchy->id = *id;
	memset(&hierarchy->parent, 0, sizeof(pg_uuid_t));
	if (!nulls[0])
		hierarchy->parent = *DatumGetUUIDP(values[0]);
	hierarchy->organisationId = TextOfDatum(values[1], nulls[1]);
	hierarchy->title = TextOfDatum(values[2], nulls[2]);
	hierarchy->isRoot = DatumGetBool(values[3]);
	hierarchy->isDefault = DatumGetBool(values[4]);
	hierarchy->allowSchedules = DatumGetBool(values[5]);
	hierarchy->archived = DatumGetBool(values[6]);
	return true;
}

/* HierarchyLock finds a node by its Organisation ID, and locks it for whoever is about to change it. */
bool
HierarchyLock(const pg_uuid_t *install, Text organisationId, Hierarchy *hierarchy)
{
	Datum		keys[2] = {UUIDPGetDatum(install), TextDatum(organisationId)};

	return FindNode(&lockByOrganisationId, keys, false, hierarchy);
}

/* HierarchyKeep finds a node by its Organisation ID, and keeps it from being removed while something is put there. */
bool
HierarchyKeep(const pg_uuid_t *install, Text organisationId, Hierarchy *hierarchy)
{
	Datum		keys[2] = {UUIDPGetDatum(install), TextDatum(organisationId)};

	return FindNode(&keepByOrganisationId, keys, false, hierarchy);
}

/*
 * HierarchyLockRoot makes moves of an install's nodes wait for each other. Who
 * is about to move one calls it before locking anything else.
 */
bool
HierarchyLockRoot(const pg_uuid_t *install, pg_uuid_t *root)
{
	Datum		key = UUIDPGetDatum(install);

	if (StatementRunForRule(&lockRoot, &key, NULL) == 0)
		return false;
	*root = RowUuid(0, 1);
	return true;
}

/* JoinTitles joins titles that were collected on the way up. */
static char *
JoinTitles(const Text *titles, int count)
{
	StringInfoData path;

	initStringInfo(&path);
	for (int i = count - 1; i >= 0; i--)
	{
		appendBinaryStringInfo(&path, titles[i].data, titles[i].len);
		if (i > 0)
			appendStringInfoString(&path, PATH_SEPARATOR);
	}
	return path.data;
}

/* HierarchyPath tells where a node stands: the titles from the root on. NULL when there is no such node. */
char *
HierarchyPath(const pg_uuid_t *install, const pg_uuid_t *id, bool readOnly)
{
	Text		titles[MAX_HIERARCHY_DEPTH + 1];
	Hierarchy	at;
	Datum		keys[2] = {UUIDPGetDatum(install), UUIDPGetDatum(&at.id)};
	int			count = 0;

	at.id = *id;
	while (count < lengthof(titles))
	{
		CHECK_FOR_INTERRUPTS();
		if (!FindNode(&byId, keys, readOnly, &at))
			break;
		titles[count++] = at.title;
		if (at.isRoot)
			break;
		at.id = at.parent;
	}
	return count > 0 ? JoinTitles(titles, count) : NULL;
}

/* CompareIds orders places by the ids of their nodes. */
static int
CompareIds(const void *a, const void *b)
{
	return CompareUuids(&((const HierarchyPlace *) a)->node.id, &((const HierarchyPlace *) b)->node.id);
}

/* ComparePaths orders places as they stand in the tree, byte by byte. */
static int
ComparePaths(const void *a, const void *b)
{
	const HierarchyPlace *left = *(HierarchyPlace *const *) a;
	const HierarchyPlace *right = *(HierarchyPlace *const *) b;
	int			order = strcmp(left->path, right->path);

	return order != 0 ? order : CompareUuids(&left->node.id, &right->node.id);
}

/* PathOf builds the path of a place whose parents are known. */
static char *
PathOf(const HierarchyPlace *place)
{
	Text		titles[MAX_HIERARCHY_DEPTH + 1];
	int			count = 0;

	for (; place != NULL && count < lengthof(titles); place = place->parent)
		titles[count++] = place->node.title;
	return JoinTitles(titles, count);
}

/* HierarchyPlaces reads all nodes of an install, in the order of their paths, and answers how many there are. */
int
HierarchyPlaces(const pg_uuid_t *install, bool readOnly, HierarchyPlace **places)
{
	Datum		key = UUIDPGetDatum(install);
	int			count = StatementRun(&allOf, &key, NULL, readOnly);
	HierarchyPlace *byIds = palloc0(Max(count, 1) * sizeof(HierarchyPlace));
	HierarchyPlace **byPaths = palloc(Max(count, 1) * sizeof(HierarchyPlace *));

	for (int i = 0; i < count; i++)
		NodeRow(i, &byIds[i].node);
	SPI_freetuptable(SPI_tuptable);
	qsort(byIds, count, sizeof(HierarchyPlace), CompareIds);
	for (int i = 0; i < count; i++)
	{
		HierarchyPlace parent;

		parent.node.id = byIds[i].node.parent;
		if (!byIds[i].node.isRoot)
			byIds[i].parent = bsearch(&parent, byIds, count, sizeof(HierarchyPlace), CompareIds);
	}
	for (int i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		byIds[i].path = PathOf(&byIds[i]);
		byPaths[i] = &byIds[i];
	}
	qsort(byPaths, count, sizeof(HierarchyPlace *), ComparePaths);

	/* Parents are referred to where they lie, so the sorted ones are copies. */
	*places = palloc(Max(count, 1) * sizeof(HierarchyPlace));
	for (int i = 0; i < count; i++)
		(*places)[i] = *byPaths[i];
	return count;
}

/*
 * HierarchyInsert makes a node with what the struct says (its Organisation ID,
 * title and whether it allows schedules) under a parent, NULL being the root,
 * and sets its id. False when the Organisation ID is taken.
 */
bool
HierarchyInsert(const pg_uuid_t *install, const pg_uuid_t *parent, Hierarchy *hierarchy)
{
	Datum		values[6];

	Uuid7(&hierarchy->id);
	values[0] = UUIDPGetDatum(install);
	values[1] = UUIDPGetDatum(&hierarchy->id);
	values[2] = parent != NULL ? UUIDPGetDatum(parent) : (Datum) 0;
	values[3] = TextDatum(hierarchy->organisationId);
	values[4] = TextDatum(hierarchy->title);
	values[5] = BoolGetDatum(hierarchy->allowSchedules);
	return StatementRun(&insertNode, values, parent != NULL ? NULL : "  n   ", false) > 0;
}

/*
 * HierarchyMake makes a node that was not found, under a parent, NULL being the
 * root. Where somebody else has just made it, that one is taken.
 */
pg_uuid_t
HierarchyMake(const pg_uuid_t *install, Text organisationId, Text title, const pg_uuid_t *parent)
{
	Hierarchy	made = {.organisationId = organisationId,.title = title,.allowSchedules = true};
	Hierarchy	found;

	for (int i = 0; i < MAKE_ATTEMPTS; i++)
	{
		if (HierarchyInsert(install, parent, &made))
			return made.id;
		if (HierarchyFind(install, organisationId, false, &found))
			return found.id;
	}
	RaiseProblem(CODE_BUSY, "Try again.", "others keep making and removing the hierarchy \"%s\"",
				 TextQuoted(organisationId));
}

/* A version of a row, as a trigger sees it. */
typedef struct Version
{
	bool		hasId;
	bool		hasParent;
	Hierarchy	node;
} Version;

/* UuidColumn reads an id that may be null, and tells whether it is not. */
static bool
UuidColumn(HeapTuple tuple, TupleDesc desc, const char *name, pg_uuid_t *id)
{
	bool		isnull;
	Datum		value = heap_getattr(tuple, SPI_fnumber(desc, name), desc, &isnull);

	if (!isnull)
		*id = *DatumGetUUIDP(value);
	return !isnull;
}

/* BoolColumn reads a boolean; null is false. */
static bool
BoolColumn(HeapTuple tuple, TupleDesc desc, const char *name)
{
	bool		isnull;
	Datum		value = heap_getattr(tuple, SPI_fnumber(desc, name), desc, &isnull);

	return !isnull && DatumGetBool(value);
}

/* ReadVersion reads what the rules look at, by the names of columns. */
static void
ReadVersion(HeapTuple tuple, TupleDesc desc, Version *version)
{
	Hierarchy  *node = &version->node;

	version->hasId = UuidColumn(tuple, desc, "hierarchy_id", &node->id);
	version->hasParent = UuidColumn(tuple, desc, "parent_id", &node->parent);
	node->organisationId = TupleText(tuple, desc, SPI_fnumber(desc, "organisation_id"));
	node->isRoot = BoolColumn(tuple, desc, "is_root");
	node->isDefault = BoolColumn(tuple, desc, "is_default");
	node->archived = BoolColumn(tuple, desc, "archived");
}

/* NameOf names a node in a message: by its Organisation ID, else by its sid. */
static const char *
NameOf(const Version *version)
{
	if (version->node.organisationId.presence == GIVEN)
		return TextQuoted(version->node.organisationId);
	return version->hasId ? SidOf("HG", &version->node.id) : "";
}

/* CheckFired raises unless a trigger function is fired on the table as it must be. */
static void
CheckFired(FunctionCallInfo fcinfo, bool asItMust, const char *how)
{
	if (!asItMust)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("this trigger function must be fired %s FOR EACH ROW", how)));
	CheckTriggerTable((TriggerData *) fcinfo->context, "hierarchy");
}

/*
 * proctorlink.hierarchy_before(): BEFORE INSERT OR UPDATE FOR EACH ROW on
 * hierarchy. It asks what the row alone can tell, before its CHECKs do, since it
 * can say what to do.
 */
Datum
proctorlink_hierarchy_before(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	Relation	relation;
	TupleDesc	desc;
	HeapTuple	tuple;
	Version		before;
	Version		after;
	bool		insert;
	int			column;
	Datum		now = TimestampTzGetDatum(GetCurrentTransactionStartTimestamp());
	bool		isnull = false;

	CheckFired(fcinfo, CALLED_AS_TRIGGER(fcinfo) && TRIGGER_FIRED_BEFORE(trigger->tg_event) &&
			   TRIGGER_FIRED_FOR_ROW(trigger->tg_event) && !TRIGGER_FIRED_BY_DELETE(trigger->tg_event),
			   "BEFORE INSERT OR UPDATE");
	relation = trigger->tg_relation;
	desc = RelationGetDescr(relation);
	insert = TRIGGER_FIRED_BY_INSERT(trigger->tg_event);
	tuple = insert ? trigger->tg_trigtuple : trigger->tg_newtuple;
	ReadVersion(tuple, desc, &after);

	if (after.node.archived && (after.node.isRoot || after.node.isDefault))
		RefuseByRule(relation, "root_and_default_hierarchy_in_use",
					 after.node.isRoot ? "Archive the hierarchies below it instead." :
					 "Make another hierarchy the default first (configure_install, defaultHierarchy).",
					 "the %s hierarchy \"%s\" cannot be archived", after.node.isRoot ? "root" : "default", NameOf(&after));
	if (insert)
		return PointerGetDatum(tuple);

	ReadVersion(trigger->tg_trigtuple, desc, &before);
	if (before.node.isRoot && (!after.node.isRoot || after.hasParent))
		RefuseByRule(relation, "hierarchy_is_a_tree", "Move the other hierarchies instead.",
					 "the hierarchy \"%s\" is the root and stays it", NameOf(&before));
	if (after.hasId && after.hasParent && SameId(&after.node.id, &after.node.parent))
		RefuseByRule(relation, "hierarchy_is_a_tree", "Choose a parent that is not the hierarchy itself.",
					 "the hierarchy \"%s\" cannot be its own parent", NameOf(&after));
	column = SPI_fnumber(desc, "updated_at");
	return PointerGetDatum(heap_modify_tuple_by_cols(tuple, desc, 1, &column, &now, &isnull));
}

/*
 * LevelsAbove counts how many levels a node stands below the root, and refuses
 * one that stands below itself, or deeper than it may.
 */
static int
LevelsAbove(Relation relation, const pg_uuid_t *install, const Version *version)
{
	pg_uuid_t	at = version->node.parent;
	Datum		keys[2] = {UUIDPGetDatum(install), UUIDPGetDatum(&at)};
	bool		isnull;

	for (int level = 1; level <= MAX_HIERARCHY_DEPTH; level++)
	{
		CHECK_FOR_INTERRUPTS();
		if (SameId(&at, &version->node.id))
			RefuseByRule(relation, "hierarchy_is_a_tree", "Choose a parent that is not below the hierarchy.",
						 "the hierarchy \"%s\" would be below itself", NameOf(version));
		/* A parent that there is not is for the foreign key to say. */
		if (StatementRunForRule(&parentOf, keys, NULL) == 0)
			return level;
		(void) RowDatum(0, 1, &isnull);
		if (isnull)
			return level;
		at = RowUuid(0, 1);
		SPI_freetuptable(SPI_tuptable);
	}
	RefuseByRule(relation, "hierarchy_is_a_tree", "Choose a parent nearer to the root.",
				 "the hierarchy \"%s\" would be more than %d levels below the root", NameOf(version),
				 MAX_HIERARCHY_DEPTH);
}

/*
 * proctorlink.hierarchy_written(): AFTER INSERT, AFTER UPDATE FOR EACH ROW on
 * hierarchy, where a node stands under another than before.
 *
 * Below a new node nobody else can put anything, since nobody sees it yet. But
 * what it stands below may be moved deeper at the same moment, so it shares the
 * root with other new ones; not right under the root, which stays where it is.
 */
Datum
proctorlink_hierarchy_written(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	Relation	relation;
	TupleDesc	desc;
	HeapTuple	tuple;
	Version		version;
	pg_uuid_t	install;
	pg_uuid_t	root;
	Datum		keys[3] = {UUIDPGetDatum(&install), UUIDPGetDatum(&version.node.id), Int32GetDatum(MAX_HIERARCHY_DEPTH)};
	bool		insert;
	int			levels;

	CheckFired(fcinfo, CALLED_AS_TRIGGER(fcinfo) && TRIGGER_FIRED_AFTER(trigger->tg_event) &&
			   TRIGGER_FIRED_FOR_ROW(trigger->tg_event) && !TRIGGER_FIRED_BY_DELETE(trigger->tg_event),
			   "AFTER INSERT OR UPDATE");
	relation = trigger->tg_relation;
	desc = RelationGetDescr(relation);
	insert = TRIGGER_FIRED_BY_INSERT(trigger->tg_event);
	tuple = insert ? trigger->tg_trigtuple : trigger->tg_newtuple;
	ReadVersion(tuple, desc, &version);
	if (insert)
	{
		bool		isnull;
		Datum		createdAt = heap_getattr(tuple, SPI_fnumber(desc, "created_at"), desc, &isnull);

		/* A node that arrives with its past is history. */
		if (DatumGetTimestampTz(createdAt) < GetCurrentTransactionStartTimestamp())
			return PointerGetDatum(NULL);
	}
	if (!version.hasParent || !UuidColumn(tuple, desc, "install_id", &install))
		return PointerGetDatum(NULL);

	SpiStart();
	if (!insert)
		HierarchyLockRoot(&install, &root);
	levels = LevelsAbove(relation, &install, &version);
	if (insert && levels > 1)
	{
		StatementRunForRule(&shareRoot, keys, NULL);
		LevelsAbove(relation, &install, &version);
	}
	if (!insert)
	{
		StatementRunForRule(&levelsBelow, keys, NULL);
		if (levels + RowInt(0, 1) > MAX_HIERARCHY_DEPTH)
			RefuseByRule(relation, "hierarchy_is_a_tree", "Choose a parent nearer to the root.",
						 "what is below the hierarchy \"%s\" would be more than %d levels below the root",
						 NameOf(&version), MAX_HIERARCHY_DEPTH);
	}
	SPI_finish();
	return PointerGetDatum(NULL);
}

/*
 * proctorlink.hierarchy_kept(): AFTER UPDATE, AFTER DELETE FOR EACH ROW on
 * hierarchy, deferred: the default is moved in two steps, and an install is
 * removed after its nodes.
 */
Datum
proctorlink_hierarchy_kept(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	pg_uuid_t	install;
	Datum		key = UUIDPGetDatum(&install);

	CheckFired(fcinfo, CALLED_AS_TRIGGER(fcinfo) && TRIGGER_FIRED_AFTER(trigger->tg_event) &&
			   TRIGGER_FIRED_FOR_ROW(trigger->tg_event) && !TRIGGER_FIRED_BY_INSERT(trigger->tg_event),
			   "AFTER UPDATE OR DELETE");
	if (!UuidColumn(trigger->tg_trigtuple, RelationGetDescr(trigger->tg_relation), "install_id", &install))
		return PointerGetDatum(NULL);

	SpiStart();
	if (StatementRunForRule(&rootAndDefault, &key, NULL) > 0)
	{
		if (!RowBool(0, 1))
			RefuseByRule(trigger->tg_relation, "one_root_hierarchy", "Keep it, or remove the install as well.",
						 "the install \"%s\" would have no root hierarchy", SidOf("AI", &install));
		if (!RowBool(0, 2))
			RefuseByRule(trigger->tg_relation, "one_default_hierarchy",
						 "Make another hierarchy the default first (configure_install, defaultHierarchy), or remove the install as well.",
						 "the install \"%s\" would have no default hierarchy", SidOf("AI", &install));
	}
	SPI_finish();
	return PointerGetDatum(NULL);
}
