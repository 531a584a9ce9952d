/*
 * proctoru/reservation.c
 *		Reservations: how calls find them, their numbers, and what is answered of
 *		them.
 */
#include "proctoru/reservation.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "core/statement.h"
#include "domain/launch.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

/* Our numbers have nine digits, as the vendor's do. */
#define FIRST_NUMBER 100000000
#define NUMBERS 900000000

/* How often a number is drawn before all are taken for used. */
#define MAX_DRAWS 1000

/*
 * The session is locked, so that of two calls the second finds what the first
 * left; the person before it, as where somebody is booked.
 */
STATEMENT(lockPerson,
		  "SELECT FROM proctorlink.account a WHERE a.install_id" EQ "$1 AND a.account_id" EQ
		  "(SELECT s.account_id FROM proctorlink.exam_session s"
		  " WHERE s.install_id" EQ "$1 AND s.exam_session_id" EQ "$2) FOR NO KEY UPDATE",
		  UUIDOID, UUIDOID);
STATEMENT(lockReservation,
		  "SELECT FROM proctorlink.exam_session s WHERE s.install_id" EQ "$1 AND s.exam_session_id" EQ "$2"
		  " FOR NO KEY UPDATE",
		  UUIDOID, UUIDOID);
STATEMENT(readReservation,
		  "SELECT s.account_id, coalesce(s.integration_id" EQ "$3, false), s.status, s.link_version, s.reservation_id,"
		  " coalesce(s.reservation_no, 0), s.schedule_id, s.exam_id, s.appointment_at, c.starts_at, c.ends_at,"
		  " c.duration_minutes, coalesce(c.extra_time_minutes, 0)"
		  " FROM proctorlink.exam_session s"
		  " LEFT JOIN proctorlink.schedule c ON c.install_id" EQ "$1 AND c.schedule_id" EQ "s.schedule_id"
		  " WHERE s.install_id" EQ "$1 AND s.exam_session_id" EQ "$2",
		  UUIDOID, UUIDOID, UUIDOID);
STATEMENT(sessionById,
		  "SELECT s.exam_session_id FROM proctorlink.exam_session s"
		  " WHERE s.install_id" EQ "$1 AND s.integration_id" EQ "$2 AND s.reservation_id" EQ "$3",
		  UUIDOID, UUIDOID, TEXTOID);
STATEMENT(sessionOfOthersById,
		  "SELECT s.exam_session_id FROM proctorlink.integration i CROSS JOIN LATERAL ("
		  "SELECT t.exam_session_id FROM proctorlink.exam_session t WHERE t.install_id" EQ "$1"
		  " AND t.integration_id" EQ "i.integration_id AND t.reservation_id" EQ "$3" END_FOR_EACH("s")
		  " WHERE i.install_id" EQ "$1 AND i.integration_id" NE "$2 LIMIT 1",
		  UUIDOID, UUIDOID, TEXTOID);
STATEMENT(isFormer,
		  "SELECT FROM proctorlink.former_reservation f WHERE f.install_id" EQ "$1 AND f.reservation_no" EQ "$2",
		  UUIDOID, INT8OID);
STATEMENT(sessionByNumber,
		  "SELECT s.exam_session_id FROM proctorlink.exam_session s"
		  " WHERE s.install_id" EQ "$1 AND s.reservation_no" EQ "$2"
		  " UNION ALL SELECT f.exam_session_id FROM proctorlink.former_reservation f"
		  " WHERE f.install_id" EQ "$1 AND f.reservation_no" EQ "$2",
		  UUIDOID, INT8OID);

/* ReadReservation locks and reads a reservation. */
static void
ReadReservation(ProctoruCall *call, Reservation *reservation)
{
	Datum		values[3] = {UUIDPGetDatum(&call->install.id), UUIDPGetDatum(&reservation->session),
	UUIDPGetDatum(&call->integration)};
	bool		isnull;

	StatementRun(&lockPerson, values, NULL, false);
	StatementRun(&lockReservation, values, NULL, false);
	if (StatementRun(&readReservation, values, NULL, false) == 0)
		elog(ERROR, "a reservation is gone");
	reservation->account = RowUuid(0, 1);
	reservation->ours = RowBool(0, 2);
	reservation->status = RowText(0, 3);
	reservation->linkVersion = RowInt(0, 4);
	reservation->reservationId = RowText(0, 5);
	reservation->reservationNo = DatumGetInt64(RowDatum(0, 6, &isnull));
	(void) RowDatum(0, 7, &isnull);
	reservation->hasSchedule = !isnull;
	if (reservation->hasSchedule)
		reservation->schedule = RowUuid(0, 7);
	reservation->exam = RowUuid(0, 8);
	reservation->appointment = RowTime(0, 9);
	reservation->window.starts = RowTime(0, 10).value;
	reservation->window.ends = RowTime(0, 11).value;
	(void) RowDatum(0, 12, &isnull);
	reservation->window.duration = (IntField)
	{
		RowInt(0, 12), isnull ? NULLED : GIVEN
	};
	reservation->window.extraTime = RowInt(0, 13);
}

/* ReservationById finds a reservation of the calling institution by the caller's id of it. */
bool
ReservationById(ProctoruCall *call, Text reservationId, Reservation *reservation)
{
	Datum		values[3] = {UUIDPGetDatum(&call->install.id), UUIDPGetDatum(&call->integration), TextDatum(reservationId)};

	if (StatementRun(&sessionById, values, NULL, false) == 0)
		return false;
	reservation->session = RowUuid(0, 1);
	ReadReservation(call, reservation);
	return true;
}

/* FindById finds a reservation by its id, be it another institution's of this install. */
static bool
FindById(ProctoruCall *call, Text reservationId, Reservation *reservation)
{
	Datum		values[3] = {UUIDPGetDatum(&call->install.id), UUIDPGetDatum(&call->integration), TextDatum(reservationId)};

	if (ReservationById(call, reservationId, reservation))
		return true;
	if (StatementRun(&sessionOfOthersById, values, NULL, false) == 0)
		return false;
	reservation->session = RowUuid(0, 1);
	ReadReservation(call, reservation);
	return true;
}

/* SessionOfNumber finds the session that has or had a number. */
static bool
SessionOfNumber(ProctoruCall *call, int64 number, pg_uuid_t *session)
{
	Datum		values[2] = {UUIDPGetDatum(&call->install.id), Int64GetDatum(number)};

	if (StatementRun(&sessionByNumber, values, NULL, false) == 0)
		return false;
	*session = RowUuid(0, 1);
	return true;
}

/* ReservationHasNumber tells whether a number is a reservation's, or was before it was moved. */
bool
ReservationHasNumber(ProctoruCall *call, const Reservation *reservation, int64 number)
{
	pg_uuid_t	session;

	return SessionOfNumber(call, number, &session) && memcmp(&session, &reservation->session, UUID_LEN) == 0;
}

/*
 * ReservationFind finds the reservation that a call names by id, by number or by
 * both, as one of the person whom it names, if it does; and notes why there is
 * none to act on.
 */
bool
ReservationFind(ProctoruCall *call, const ReservationRequest *request, Reservation *reservation)
{
	ProviderAccount student;
	bool		hasStudent = request->studentId.presence == GIVEN || request->userId.presence == GIVEN;
	bool		found;

	if (hasStudent && !StudentFind(call, request->userId, request->studentId, false, &student))
		return false;
	if (request->reservationId.presence == GIVEN)
		found = FindById(call, request->reservationId, reservation) &&
			(request->reservationNo.presence != GIVEN ||
			 ReservationHasNumber(call, reservation, request->reservationNo.value));
	else
	{
		found = SessionOfNumber(call, request->reservationNo.value, &reservation->session);
		if (found)
			ReadReservation(call, reservation);
	}
	if (!found)
		ProctoruRefuse(call, RESERVATION_NOT_FOUND);
	else if (!reservation->ours)
		ProctoruRefuse(call, "RESERVATION_NOT_FOR_THIS_INSTITUTION");
	else if (hasStudent &&
			 !(student.hasAccount && memcmp(&student.account, &reservation->account, UUID_LEN) == 0))
		ProctoruRefuse(call, RESERVATION_NOT_FOUND);
	else if (TextIs(reservation->status, "Cancelled"))
		ProctoruRefuse(call, "Reservation Cancelled.");
	return !ProctoruRefused(call);
}

/*
 * ReservationNumber takes the number that was sent for a reservation, unless it is
 * used, else draws one. At the first go it is left to the unique key whether that
 * is used, which it hardly ever is.
 */
bool
ReservationNumber(ProctoruCall *call, NumberField sent, int64 *number)
{
	pg_uuid_t	session;

	if (sent.presence == GIVEN)
	{
		*number = sent.value;
		if (!SessionOfNumber(call, sent.value, &session))
			return true;
		ProctoruRefuse(call, "reservation_no_unique: the number " INT64_FORMAT " is another reservation's. "
					   "Send another one, or none.", sent.value);
		return false;
	}
	for (int i = 0; i < MAX_DRAWS; i++)
	{
		uint64		drawn;

		if (!pg_strong_random(&drawn, sizeof(drawn)))
			ereport(ERROR,
					(errcode(ERRCODE_INTERNAL_ERROR),
					 errmsg("could not generate random values")));
		*number = FIRST_NUMBER + (int64) (drawn % NUMBERS);
		if ((call->goes == 1 && !IsolationUsesXactSnapshot()) || !SessionOfNumber(call, *number, &session))
			return true;
	}
	elog(ERROR, "no number is left for a reservation");
	return false;
}

/*
 * ReservationKeepsNumber is called when a number was written. One that another
 * reservation gave up meanwhile, for which this one may have waited, is nobody
 * else's all the same.
 */
void
ReservationKeepsNumber(ProctoruCall *call, int64 number)
{
	Datum		values[2] = {UUIDPGetDatum(&call->install.id), Int64GetDatum(number)};

	if (StatementRun(&isFormer, values, NULL, false) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNIQUE_VIOLATION),
				 errmsg("the number is that of a reservation that was moved"),
				 errhint("Send another number, or none."),
				 err_generic_string(PG_DIAG_CONSTRAINT_NAME, "reservation_no_unique")));
}

/* ReservationUrl mints the launch link of a session; without a platform's address, its path. */
Text
ReservationUrl(ProctoruCall *call, const pg_uuid_t *session, int linkVersion)
{
	LaunchLinks *links = LaunchStart(&call->install);
	Text		path;
	Text		url;

	LaunchMint(links, session, linkVersion, &path, &url);
	LaunchEnd(links);
	return url.presence == GIVEN ? url : path;
}

/* ReservationAnswer answers what was booked or moved. */
void
ReservationAnswer(ProctoruCall *call, const pg_uuid_t *session, int linkVersion, Text reservationId, int64 number)
{
	Datum		nothing = DirectFunctionCall3(numeric_in, CStringGetDatum("0.0"), ObjectIdGetDatum(InvalidOid),
											  Int32GetDatum(-1));
	NumericField balance = {DatumGetNumeric(nothing), GIVEN};

	JsonAddNumeric(&call->data, "balance", balance);
	JsonAddText(&call->data, "reservation_id", reservationId);
	JsonAddInt(&call->data, "reservation_no", number);
	JsonAddText(&call->data, "url", ReservationUrl(call, session, linkVersion));
}
