/*
 * core/written.c
 *		The rows that a statement wrote.
 *
 * The transition tables are read where they lie: a query over them could not
 * keep its plan from one call to the next.
 */
#include "core/written.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

/* TupleText views a column of a tuple as a text. */
Text
TupleText(HeapTuple tuple, TupleDesc desc, int number)
{
	bool		isnull;
	Datum		value = heap_getattr(tuple, number, desc, &isnull);

	return TextOfDatum(value, isnull);
}

/* SlotText views a column of a slot as a text. */
Text
SlotText(TupleTableSlot *slot, int number)
{
	bool		isnull;
	Datum		value = slot_getattr(slot, number, &isnull);

	return TextOfDatum(value, isnull);
}

/*
 * CheckTriggerTable raises unless a trigger stands on this table of ours, or on
 * any of ours where table is NULL. The functions take columns by their names,
 * and rules act as the owner: on somebody else's table they would believe what
 * that says.
 */
void
CheckTriggerTable(TriggerData *trigger, const char *table)
{
	Oid			schema = RelationGetNamespace(trigger->tg_relation);

	if (schema != get_namespace_oid("proctorlink", true) ||
		(table != NULL && strcmp(RelationGetRelationName(trigger->tg_relation), table) != 0))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("this trigger function is for table proctorlink.%s alone", table != NULL ? table : "*")));
}

/* CheckRowTrigger raises unless a trigger function is fired as it must be, on its table. */
void
CheckRowTrigger(FunctionCallInfo fcinfo, bool before, const char *name, const char *table)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo) ||
		!(before ? TRIGGER_FIRED_BEFORE(trigger->tg_event) : TRIGGER_FIRED_AFTER(trigger->tg_event)) ||
		!TRIGGER_FIRED_FOR_ROW(trigger->tg_event) || TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("%s must be fired %s INSERT OR UPDATE FOR EACH ROW", name, before ? "BEFORE" : "AFTER")));
	CheckTriggerTable(trigger, table);
}

/* WrittenStart begins to read; the trigger must be AFTER, FOR EACH STATEMENT, with transition tables, on this table. */
void
WrittenStart(Written *written, FunctionCallInfo fcinfo, const char *table)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_AFTER(trigger->tg_event) ||
		!TRIGGER_FIRED_FOR_STATEMENT(trigger->tg_event) || trigger->tg_newtable == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("this trigger function must be fired AFTER FOR EACH STATEMENT with transition tables")));
	CheckTriggerTable(trigger, table);
	written->trigger = trigger;
	written->update = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) && trigger->tg_oldtable != NULL;
	written->newSlot = MakeSingleTupleTableSlot(RelationGetDescr(trigger->tg_relation), &TTSOpsMinimalTuple);
	written->oldSlot = written->update ?
		MakeSingleTupleTableSlot(RelationGetDescr(trigger->tg_relation), &TTSOpsMinimalTuple) : NULL;
	written->createdAt = WrittenNumber(written, "created_at");
	tuplestore_rescan(trigger->tg_newtable);
	if (written->update)
		tuplestore_rescan(trigger->tg_oldtable);
}

/* WrittenNext goes to the next row, and to its former version of an update: both tables have one order. */
bool
WrittenNext(Written *written)
{
	CHECK_FOR_INTERRUPTS();
	if (!tuplestore_gettupleslot(written->trigger->tg_newtable, true, false, written->newSlot))
		return false;
	if (written->update &&
		!tuplestore_gettupleslot(written->trigger->tg_oldtable, true, false, written->oldSlot))
		elog(ERROR, "transition tables differ in length");
	return true;
}

/* WrittenEnd is done with reading. */
void
WrittenEnd(Written *written)
{
	ExecDropSingleTupleTableSlot(written->newSlot);
	if (written->update)
		ExecDropSingleTupleTableSlot(written->oldSlot);
}

/* WrittenNumber finds the number of a column, which a restored table may have elsewhere. */
int
WrittenNumber(const Written *written, const char *column)
{
	int			number = SPI_fnumber(RelationGetDescr(written->trigger->tg_relation), column);

	if (number <= 0)
		elog(ERROR, "table %s has no column %s", RelationGetRelationName(written->trigger->tg_relation), column);
	return number;
}

/* WrittenColumn reads a column by its name. */
Datum
WrittenColumn(Written *written, TupleTableSlot *slot, const char *column, bool *isnull)
{
	return slot_getattr(slot, WrittenNumber(written, column), isnull);
}

/*
 * WrittenIsHistory tells whether a new row arrives with a time before this
 * transaction: a restore, a copy, a replica. Rules for what is still to come do
 * not apply to it, and what followed from it arrives as well.
 */
bool
WrittenIsHistory(Written *written)
{
	bool		isnull;
	Datum		createdAt = slot_getattr(written->newSlot, written->createdAt, &isnull);

	return TRIGGER_FIRED_BY_INSERT(written->trigger->tg_event) && !isnull &&
		DatumGetTimestampTz(createdAt) < GetCurrentTransactionStartTimestamp();
}
