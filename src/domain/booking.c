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
#include "core/statement.h"
#include "core/written.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(proctorlink_exam_session_booked);

/* Both of two bookings of a person lock that person, so that the second sees the first. */
STATEMENT(lockPerson,
		  "SELECT FROM proctorlink.account a WHERE a.install_id" EQ "$1 AND a.account_id" EQ "$2 FOR NO KEY UPDATE",
		  UUIDOID, UUIDOID);

/* When a booking s of an exam x on a schedule c is over: where there is no limit, with the schedule. */
#define BOOKING_ENDS(s, x, c) \
	"coalesce(" s ".appointment_at OPERATOR(pg_catalog.+)" \
	" pg_catalog.make_interval(mins => coalesce(" c ".duration_minutes, " x ".duration_minutes)), " \
	c ".ends_at, " s ".appointment_at)"
#define JOIN_BOOKING(s, x, c) \
	" JOIN proctorlink.exam " x " ON " x ".install_id" EQ "$1 AND " x ".exam_id" EQ s ".exam_id" \
	" LEFT JOIN proctorlink.schedule " c " ON " c ".install_id" EQ "$1 AND " c ".schedule_id" EQ s ".schedule_id"

STATEMENT(findOverlapping,
		  "SELECT n.appointment_at, o.appointment_at FROM proctorlink.exam_session n" JOIN_BOOKING("n", "x", "c")
		  " JOIN proctorlink.exam_session o ON o.install_id" EQ "$1 AND o.integration_id" EQ "n.integration_id"
		  " AND o.account_id" EQ "n.account_id AND o.exam_session_id" NE "n.exam_session_id"
		  " AND NOT o.status" EQ_ANY "('{Processing,Closed,Cancelled}'::pg_catalog.text[])" JOIN_BOOKING("o", "y", "d")
		  " WHERE n.install_id" EQ "$1 AND n.exam_session_id" EQ "$2"
		  " AND " BOOKING_ENDS("n", "x", "c") GT "pg_catalog.now()"
		  " AND o.appointment_at" LT BOOKING_ENDS("n", "x", "c") " AND n.appointment_at" LT BOOKING_ENDS("o", "y", "d")
		  " ORDER BY o.appointment_at LIMIT 1",
		  UUIDOID, UUIDOID);

/* proctorlink.exam_session_booked(): AFTER INSERT, AFTER UPDATE FOR EACH ROW on exam_session, for live bookings. */
Datum
proctorlink_exam_session_booked(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	TupleDesc	desc;
	HeapTuple	tuple;
	Datum		values[2];
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
	values[0] = heap_getattr(tuple, SPI_fnumber(desc, "install_id"), desc, &isnull);
	values[1] = heap_getattr(tuple, SPI_fnumber(desc, "account_id"), desc, &isnull);

	SpiStart();
	StatementRunForRule(&lockPerson, values, NULL);
	values[1] = heap_getattr(tuple, SPI_fnumber(desc, "exam_session_id"), desc, &isnull);
	if (StatementRunForRule(&findOverlapping, values, NULL) > 0)
		RefuseByRule(trigger->tg_relation, "no_overlapping_booking",
					 "Book another time, or cancel or move the other booking first.",
					 "the booking for %s overlaps with the person's booking for %s", Rfc3339Of(RowTime(0, 1).value),
					 Rfc3339Of(RowTime(0, 2).value));
	SPI_finish();
	return PointerGetDatum(NULL);
}
