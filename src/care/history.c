/*
 * care/history.c
 *		What happened: to one thing, and which calls the doors refused.
 */
#include "core/compat.h"

#include "catalog/pg_type.h"
#include "core/sid.h"
#include "core/statement.h"
#include "domain/install.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(proctorlink_refusals);
PG_FUNCTION_INFO_V1(proctorlink_history);

#define MOST_COLUMNS 9

STATEMENT(readRefusals,
		  "SELECT e.at, e.changes OPERATOR(pg_catalog.->>) 'door', e.changes OPERATOR(pg_catalog.->>) 'integration',"
		  " e.changes OPERATOR(pg_catalog.->>) 'assessment', e.changes OPERATOR(pg_catalog.->>) 'schedule',"
		  " r.refusal OPERATOR(pg_catalog.->>) 'candidate', r.refusal OPERATOR(pg_catalog.->>) 'rule',"
		  " r.refusal OPERATOR(pg_catalog.->>) 'detail', r.refusal OPERATOR(pg_catalog.->>) 'hint'"
		  " FROM proctorlink.event e"
		  " CROSS JOIN LATERAL pg_catalog.jsonb_array_elements(e.changes OPERATOR(pg_catalog.->) 'refusals')"
		  " WITH ORDINALITY AS r (refusal, place)"
		  " WHERE e.install_id" EQ "$1 AND e.at" GE "$2 AND e.kind" EQ "'refused'"
		  " ORDER BY e.at, e.event_id, r.place",
		  UUIDOID, TIMESTAMPTZOID);
STATEMENT(readHistory,
		  "SELECT e.at, e.actor, e.kind, e.changes FROM proctorlink.event e"
		  " WHERE e.install_id" EQ "$1 AND e.subject_sid" EQ "$2 ORDER BY e.at, e.event_id",
		  UUIDOID, TEXTOID);

/* PutFound puts the rows that a statement found as they are. */
static void
PutFound(ReturnSetInfo *result, uint64 count, int columns)
{
	Datum		values[MOST_COLUMNS];
	bool		nulls[MOST_COLUMNS];

	for (uint64 i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		for (int c = 0; c < columns; c++)
			values[c] = RowDatum(i, c + 1, &nulls[c]);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
}

/* proctorlink.refusals(since) */
Datum
proctorlink_refusals(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Install		install;
	Datum		values[2];

	REQUIRE_ARGUMENTS("since");
	InitMaterializedSRF(fcinfo, 0);
	SpiStart();
	InstallForCall(NO_TEXT, &install);
	values[0] = UUIDPGetDatum(&install.id);
	values[1] = PG_GETARG_DATUM(0);
	PutFound(result, StatementRun(&readRefusals, values, NULL, true), 9);
	SPI_finish();
	return (Datum) 0;
}

/* proctorlink.history(sid) */
Datum
proctorlink_history(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Install		install;
	Datum		values[2];

	REQUIRE_ARGUMENTS("sid");
	InitMaterializedSRF(fcinfo, 0);
	SpiStart();
	InstallForCall(NO_TEXT, &install);
	values[0] = UUIDPGetDatum(&install.id);
	values[1] = PG_GETARG_DATUM(0);
	PutFound(result, StatementRun(&readHistory, values, NULL, true), 4);
	SPI_finish();
	return (Datum) 0;
}
