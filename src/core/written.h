/*
 * core/written.h
 *		The rows that a statement wrote, as an AFTER STATEMENT trigger with
 *		transition tables finds them.
 */
#ifndef PROCTORLINK_WRITTEN_H
#define PROCTORLINK_WRITTEN_H

#include "core/text.h"
#include "commands/trigger.h"
#include "datatype/timestamp.h"
#include "executor/tuptable.h"
#include "utils/uuid.h"

typedef struct Written
{
	TriggerData *trigger;
	bool		update;
	TupleTableSlot *newSlot;
	TupleTableSlot *oldSlot;	/* of an update */
	int			createdAt;		/* the number of that column */
} Written;

/* A column as a text, of a row that a trigger sees. */
extern Text TupleText(HeapTuple tuple, TupleDesc desc, int number);
extern Text SlotText(TupleTableSlot *slot, int number);

extern void CheckTriggerTable(TriggerData *trigger, const char *table);
extern void CheckRowTrigger(FunctionCallInfo fcinfo, bool before, const char *name, const char *table);
extern void WrittenStart(Written *written, FunctionCallInfo fcinfo, const char *table);
extern bool WrittenNext(Written *written);
extern void WrittenEnd(Written *written);

extern int	WrittenNumber(const Written *written, const char *column);
extern Datum WrittenColumn(Written *written, TupleTableSlot *slot, const char *column, bool *isnull);
extern bool WrittenIsHistory(Written *written);

#endif							/* PROCTORLINK_WRITTEN_H */
