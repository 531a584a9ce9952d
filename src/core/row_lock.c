/*
 * core/row_lock.c
 *		Locking rows by their keys, without a statement.
 *
 * Foreign keys and rules lock the rows that both sides share as the tables' owner
 * and with the newest snapshot. By SELECT ... FOR SHARE that takes three times as
 * long, and a call with one item does it for three rows. What is done here is what
 * the executor does for such a SELECT, a descent of the primary key and
 * table_tuple_lock, at every level of isolation.
 */
#include "core/row_lock.h"

#include "access/genam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_am.h"
#include "catalog/pg_type.h"
#include "core/text.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/snapmgr.h"

/* OpenTable opens a table of ours for locking rows of it. */
static Relation
OpenTable(const char *name)
{
	Oid			id = get_relname_relid(name, get_namespace_oid("proctorlink", false));

	if (!OidIsValid(id))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation \"proctorlink.%s\" does not exist", name)));
	return table_open(id, RowShareLock);
}

/* IsKeyColumn tells whether a place of an index is a column with this name, of uuid or text. */
static bool
IsKeyColumn(Relation table, Relation index, int place, const char *name)
{
	AttrNumber	number = index->rd_index->indkey.values[place];

	return number > 0 && (index->rd_opcintype[place] == UUIDOID || index->rd_opcintype[place] == TEXTOID) &&
		strcmp(NameStr(TupleDescAttr(RelationGetDescr(table), number - 1)->attname), name) == 0;
}

/* OpenKey opens the primary key of a table, which must be install_id and one more column. */
static Relation
OpenKey(Relation table, const char *column)
{
	Relation	index = NULL;

	list_free(RelationGetIndexList(table));
	if (OidIsValid(table->rd_pkindex))
		index = index_open(table->rd_pkindex, AccessShareLock);
	if (index == NULL || index->rd_rel->relam != BTREE_AM_OID || index->rd_index->indnkeyatts != 2 ||
		!IsKeyColumn(table, index, 0, "install_id") || !IsKeyColumn(table, index, 1, column))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("the primary key of table \"proctorlink.%s\" is not (install_id, %s)",
						RelationGetRelationName(table), column)));
	return index;
}

/* StartKey prepares a column of the key that is looked for. */
static void
StartKey(ScanKey key, Relation index, int place, Datum value)
{
	ScanKeyEntryInitialize(key, 0, place + 1, BTEqualStrategyNumber, index->rd_opcintype[place],
						   index->rd_indcollation[place],
						   index->rd_opcintype[place] == UUIDOID ? F_UUID_EQ : F_TEXTEQ, value);
}

/* HasKeys tells whether a row still has the keys that it was found by. */
static bool
HasKeys(TupleTableSlot *slot, Relation index, ScanKey keys)
{
	for (int i = 0; i < 2; i++)
	{
		bool		isnull;
		Datum		value = slot_getattr(slot, index->rd_index->indkey.values[i], &isnull);

		if (isnull || !DatumGetBool(FunctionCall2Coll(&keys[i].sk_func, keys[i].sk_collation, value,
													  keys[i].sk_argument)))
			return false;
	}
	return true;
}

/* RaiseChanged raises that a row is no longer as the transaction's snapshot has it. */
static void
RaiseChanged(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
			 errmsg("could not serialize access due to concurrent update")));
}

/*
 * LockRow locks a row that was found, and tells whether it is there: who had it
 * may have changed or deleted it before letting go.
 */
static bool
LockRow(Relation table, Relation index, ScanKey keys, Snapshot snapshot, TupleTableSlot *slot, LockTupleMode mode)
{
	ItemPointerData place = slot->tts_tid;
	TM_FailureData failure;
	int			flags = TUPLE_LOCK_FLAG_LOCK_UPDATE_IN_PROGRESS;

	if (!IsolationUsesXactSnapshot())
		flags |= TUPLE_LOCK_FLAG_FIND_LAST_VERSION;
	switch (table_tuple_lock(table, &place, snapshot, slot, GetCurrentCommandId(false), mode, LockWaitBlock, flags,
							 &failure))
	{
		case TM_Ok:
			return !failure.traversed || HasKeys(slot, index, keys);
		case TM_Updated:
		case TM_Deleted:
			if (IsolationUsesXactSnapshot())
				RaiseChanged();
			return false;
		case TM_SelfModified:
			return false;
		default:
			elog(ERROR, "unexpected state of a row to lock");
	}
	return false;
}

/* IsGone tells whether a row has a status by which it counts as gone; none has where that is NULL. */
static bool
IsGone(TupleTableSlot *slot, AttrNumber status, const char *gone)
{
	bool		isnull;
	Datum		value;

	if (gone == NULL)
		return false;
	value = slot_getattr(slot, status, &isnull);
	if (!TextIs(TextOfDatum(value, isnull), gone))
		return false;

	/* Who keeps an older snapshot has not seen that. */
	if (IsolationUsesXactSnapshot())
		RaiseChanged();
	return true;
}

/* Read copies columns of a row that is locked. */
static void
Read(TupleTableSlot *slot, const LockedRow *row)
{
	TupleDesc	desc = slot->tts_tupleDescriptor;

	for (int i = 0; i < row->count; i++)
	{
		int			number = 0;

		while (number < desc->natts && strcmp(NameStr(TupleDescAttr(desc, number)->attname), row->columns[i]) != 0)
			number++;
		if (number == desc->natts)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("column \"%s\" does not exist", row->columns[i])));
		row->values[i] = slot_getattr(slot, number + 1, &row->nulls[i]);
		if (!row->nulls[i])
			row->values[i] = datumCopy(row->values[i], TupleDescAttr(desc, number)->attbyval,
									   TupleDescAttr(desc, number)->attlen);
	}
}

/* Lock does what RowsLock does, and reads the rows where a reader wants to. */
static int
Lock(const char *table, const char *column, const pg_uuid_t *install, const Datum *keys, int count,
	 LockTupleMode mode, const char *gone, const LockedRow *row)
{
	Relation	relation;
	Relation	index;
	Snapshot	snapshot;
	TupleTableSlot *slot;
	IndexScanDesc scan;
	AttrNumber	status = InvalidAttrNumber;
	int			locked = 0;

	if (count == 0)
		return 0;
	PreventCommandIfReadOnly("SELECT FOR SHARE");
	relation = OpenTable(table);
	index = OpenKey(relation, column);
	if (gone != NULL)
		status = get_attnum(RelationGetRelid(relation), "status");

	/* What the transaction itself has written is there too. */
	CommandCounterIncrement();
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	slot = table_slot_create(relation, NULL);
	scan = IndexBeginScan(relation, index, snapshot, 2);
	for (int i = 0; i < count; i++)
	{
		ScanKeyData scanKeys[2];

		CHECK_FOR_INTERRUPTS();
		StartKey(&scanKeys[0], index, 0, UUIDPGetDatum(install));
		StartKey(&scanKeys[1], index, 1, keys[i]);
		index_rescan(scan, scanKeys, 2, NULL, 0);
		if (index_getnext_slot(scan, ForwardScanDirection, slot) &&
			LockRow(relation, index, scanKeys, snapshot, slot, mode) && !IsGone(slot, status, gone))
		{
			locked++;
			if (row != NULL)
				Read(slot, row);
		}
	}
	index_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	UnregisterSnapshot(snapshot);

	/* The locks of the tables stay, as those of statements do. */
	index_close(index, NoLock);
	table_close(relation, NoLock);
	return locked;
}

/*
 * RowsLock locks rows of a table by install and key in the order given, and
 * answers how many of them are there. Those whose status is gone, where that is
 * given, do not count.
 */
int
RowsLock(const char *table, const char *column, const pg_uuid_t *install, const Datum *keys, int count,
		 LockTupleMode mode, const char *gone)
{
	return Lock(table, column, install, keys, count, mode, gone, NULL);
}

/*
 * RowLockRead locks a row as RowsLock does and reads columns of the version that
 * is locked, so that what a rule looks at stands still. False: there is none.
 */
bool
RowLockRead(const char *table, const char *column, const pg_uuid_t *install, Datum key, LockTupleMode mode,
			const LockedRow *row)
{
	return Lock(table, column, install, &key, 1, mode, NULL, row) == 1;
}
