/*
 * domain/booking.c
 *		Sessions that were booked through a provider: nobody is to sit two exams
 *		at once.
 */
#include "core/compat.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "core/row_check.h"
#include "core/row_lock.h"
#include "core/statement.h"
#include "core/written.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(proctorlink_exam_session_booked);

#define LIVE_BOOKINGS \
	" FROM proctorlink.exam_session t" \
	" WHERE t.install_id" EQ "$1 AND t.integration_id" EQ "$4 AND t.account_id" EQ "$3 AND t.exam_session_id" NE "$2" \
	" AND NOT t.status" EQ_ANY "('{Processing,Closed,Cancelled}'::pg_catalog.text[])"

/* Most people have no other booking: that is asked first, by a plain look-up. */
STATEMENT(findOther,
		  "SELECT" LIVE_BOOKINGS " LIMIT 1",
		  UUIDOID, UUIDOID, UUIDOID, UUIDOID);

/*
 * When a booking at an appointment, of an exam and on a schedule, is over: where
 * there is no limit, with the schedule. Each row is found by its key, whatever the
 * planner thinks of the tables: as plain joins, planned while they were empty,
 * this took 90 ms with 600 sessions there.
 */
#define BOOKING_ENDS(appointment, exam, schedule, name) \
	" CROSS JOIN LATERAL (SELECT coalesce(" appointment " OPERATOR(pg_catalog.+)" \
	" pg_catalog.make_interval(mins => coalesce(c.duration_minutes, x.duration_minutes)), c.ends_at, " appointment ")" \
	" AS at FROM proctorlink.exam x LEFT JOIN proctorlink.schedule c ON c.install_id" EQ "$1 AND c.schedule_id" EQ schedule \
	" WHERE x.install_id" EQ "$1 AND x.exam_id" EQ exam END_FOR_EACH(name)

STATEMENT(findOverlapping,
		  "SELECT o.appointment_at FROM (SELECT $7::pg_catalog.timestamptz AS appointment_at) n"
		  BOOKING_ENDS("n.appointment_at", "$5", "$6", "ending")
		  " CROSS JOIN LATERAL (SELECT t.appointment_at, t.exam_id, t.schedule_id" LIVE_BOOKINGS
		  " AND t.appointment_at" LT "ending.at" END_FOR_EACH("o")
		  BOOKING_ENDS("o.appointment_at", "o.exam_id", "o.schedule_id", "others")
		  " WHERE ending.at" GT "pg_catalog.now() AND n.appointment_at" LT "others.at"
		  " ORDER BY o.appointment_at LIMIT 1",
		  UUIDOID, UUIDOID, UUIDOID, UUIDOID, UUIDOID, UUIDOID, TIMESTAMPTZOID);

/* proctorlink.exam_session_booked(): AFTER INSERT, AFTER UPDATE FOR EACH ROW on exam_session, for live bookings. */
Datum
proctorlink_exam_session_booked(PG_FUNCTION_ARGS)
{
	static const char *const columns[] = {"install_id", "exam_session_id", "account_id", "integration_id", "exam_id",
	"schedule_id", "appointment_at"};
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	TupleDesc	desc;
	HeapTuple	tuple;
	Datum		values[lengthof(columns)];
	char		nulls[lengthof(columns) + 1] = {0};
	bool		isnull;

	CheckRowTrigger(fcinfo, false, "exam_session_booked", "exam_session");
	desc = RelationGetDescr(trigger->tg_relation);
	tuple = TRIGGER_FIRED_BY_INSERT(trigger->tg_event) ? trigger->tg_trigtuple : trigger->tg_newtuple;

	if (TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
	{
		Datum		createdAt = heap_getattr(tuple, SPI_fnumber(desc, "created_at"), desc, &isnull);

		/* A session that arrives with its past is history. */
		if (DatumGetTimestampTz(createdAt) < GetCurrentTransactionStartTimestamp())
			return PointerGetDatum(NULL);
	}
	for (int i = 0; i < lengthof(columns); i++)
	{
		values[i] = heap_getattr(tuple, SPI_fnumber(desc, columns[i]), desc, &isnull);
		nulls[i] = isnull ? 'n' : ' ';
	}

	/*
	 * Both of two bookings of a person lock that person, so that the second
	 * sees the first.
	 */
	RowsLock("account", "account_id", DatumGetUUIDP(values[0]), &values[2], 1, LockTupleNoKeyExclusive, NULL);
	SpiStart();
	if (StatementRunForRule(&findOther, values, nulls) > 0 && StatementRunForRule(&findOverlapping, values, nulls) > 0)
		RefuseByRule(trigger->tg_relation, "no_overlapping_booking",
					 "Book another time, or cancel or move the other booking first.",
					 "the booking for %s overlaps with the person's booking for %s",
					 Rfc3339Of(DatumGetTimestampTz(values[6])), Rfc3339Of(RowTime(0, 1).value));
	SPI_finish();
	return PointerGetDatum(NULL);
}
