/*
 * care/rows.c
 *		Rows of explanations: what was asked, whether it holds, what was found,
 *		what to do.
 */
#include "care/rows.h"

#include "utils/builtins.h"
#include "utils/tuplestore.h"

#define ROW_COLUMNS 4

/* PutRow puts a row; the hint is told unless all is well, and may be NULL. */
void
PutRow(ReturnSetInfo *result, const char *name, Verdict verdict, const char *detail, const char *hint)
{
	Datum		values[ROW_COLUMNS] = {CStringGetTextDatum(name), BoolGetDatum(verdict == OK), CStringGetTextDatum(detail)};
	bool		nulls[ROW_COLUMNS] = {false, verdict == INFORMATION, false, true};

	if (verdict != OK && hint != NULL)
	{
		values[3] = CStringGetTextDatum(hint);
		nulls[3] = false;
	}
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* PutFindings puts what rules say. */
void
PutFindings(ReturnSetInfo *result, const Findings *findings)
{
	for (int i = 0; i < findings->count; i++)
		PutRow(result, findings->list[i].rule, findings->list[i].ok ? OK : NOT_OK, findings->list[i].detail,
			   findings->list[i].hint);
}
