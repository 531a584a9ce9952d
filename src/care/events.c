/*
 * care/events.c
 *		Events for those who carry them on.
 */
#include "core/compat.h"

#include "catalog/pg_type.h"
#include "core/problems.h"
#include "core/sid.h"
#include "core/statement.h"
#include "domain/install.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(proctorlink_events_since);

#define COLUMNS 6
#define MOST_EVENTS 10000

STATEMENT(placeOf,
		  "SELECT e.place FROM proctorlink.event e WHERE e.install_id" EQ "$1 AND e.event_id" EQ "$2",
		  UUIDOID, UUIDOID);

/*
 * What transactions before the oldest that still runs wrote is there, all of it,
 * and nothing comes between any more.
 */
STATEMENT(readSince,
		  "SELECT e.event_id, e.at, e.actor, e.kind, e.subject_sid, e.changes FROM proctorlink.event e"
		  " WHERE e.install_id" EQ "$1 AND (e.place, e.event_id) OPERATOR(pg_catalog.>) ($2, $3)"
		  " AND e.place" LT "pg_catalog.xid8send(pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot()))"
		  " ORDER BY e.place, e.event_id LIMIT $4",
		  UUIDOID, BYTEAOID, UUIDOID, INT4OID);

/* PlaceOf finds the place of the event that is named, or raises. */
static Datum
PlaceOf(const pg_uuid_t *install, const pg_uuid_t *event)
{
	Datum		values[2] = {UUIDPGetDatum(install), UUIDPGetDatum(event)};
	bool		isnull;

	if (StatementRun(&placeOf, values, NULL, true) == 0)
		RaiseProblem(CODE_NOT_FOUND, "It may have been purged. Begin with null, and pass over what you have.",
					 "sid: there is no event \"%s\"", SidOf("EV", event));
	return RowDatum(0, 1, &isnull);
}

/* proctorlink.events_since(sid, max) */
Datum
proctorlink_events_since(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Install		install;
	pg_uuid_t	after = {{0}};
	Datum		values[4] = {UUIDPGetDatum(&install.id), 0, UUIDPGetDatum(&after)};
	uint64		count;

	if (PG_ARGISNULL(1) || PG_GETARG_INT32(1) < 1 || PG_GETARG_INT32(1) > MOST_EVENTS)
		RaiseProblem(CODE_INVALID, NULL, "max: must be 1 to %d", MOST_EVENTS);
	if (!PG_ARGISNULL(0))
		after = SidArgument(PG_GETARG_DATUM(0), "EV", "sid");
	InitMaterializedSRF(fcinfo, 0);
	SpiStart();
	InstallForCall(NO_TEXT, &install);
	values[1] = PG_ARGISNULL(0) ? PointerGetDatum(cstring_to_text("")) : PlaceOf(&install.id, &after);
	values[3] = PG_GETARG_DATUM(1);
	count = StatementRun(&readSince, values, NULL, true);
	for (uint64 i = 0; i < count; i++)
	{
		Datum		row[COLUMNS];
		bool		nulls[COLUMNS] = {false};
		pg_uuid_t	id = RowUuid(i, 1);

		CHECK_FOR_INTERRUPTS();
		row[0] = CStringGetTextDatum(SidOf("EV", &id));
		for (int c = 1; c < COLUMNS; c++)
			row[c] = RowDatum(i, c + 1, &nulls[c]);
		tuplestore_putvalues(result->setResult, result->setDesc, row, nulls);
	}
	SPI_finish();
	return (Datum) 0;
}
