/*
 * provision/seat.c
 *		People's places on a schedule.
 *
 * A schedule takes a person's open, unscheduled session of its exam, and a new
 * one is made only where there is none: as the next attempt, of which there must
 * be one left. Found and written set-based, an index descent a person.
 */
#include "provision/seat.h"

#include "catalog/pg_type.h"
#include "core/columns.h"
#include "core/sid.h"
#include "core/statement.h"
#include "domain/exam_session.h"
#include "miscadmin.h"
#include "provision/flush.h"
#include "provision/parents.h"
#include "utils/guc.h"
#include "utils/timestamp.h"

STATEMENT(lockLive,
		  FOR_EACH_KEY(3, "")
		  "SELECT FROM proctorlink.exam_session s WHERE s.install_id" EQ "$1 AND s.exam_id" EQ "$2"
		  " AND s.account_id" EQ "k.key AND s.status" NE "'Cancelled' FOR NO KEY UPDATE" END_FOR_EACH("s"),
		  UUIDOID, UUIDOID, UUIDARRAYOID);
STATEMENT(findLive,
		  "SELECT k.place::pg_catalog.int4, s.exam_session_id, s.schedule_id, s.status, s.attempt, s.link_version,"
		  " s.attempt_ext_id, s.exam_configuration_id"
		  " FROM pg_catalog.unnest($3) WITH ORDINALITY AS k (key, place)"
		  " CROSS JOIN LATERAL (SELECT t.exam_session_id, t.schedule_id, t.status, t.attempt, t.link_version,"
		  " t.attempt_ext_id, t.exam_configuration_id FROM proctorlink.exam_session t WHERE t.install_id" EQ "$1 AND t.exam_id" EQ "$2"
		  " AND t.account_id" EQ "k.key AND t.status" NE "'Cancelled'" END_FOR_EACH("s")
		  " ORDER BY k.place, s.attempt",
		  UUIDOID, UUIDOID, UUIDARRAYOID);
STATEMENT(attemptsAllowed,
		  "SELECT coalesce("
		  "(SELECT s.attempts FROM proctorlink.schedule s WHERE s.install_id" EQ "$1 AND s.schedule_id" EQ "$3), "
		  ATTEMPTS_WITHOUT_SCHEDULE("$4") ")"
		  " FROM proctorlink.exam x WHERE x.install_id" EQ "$1 AND x.exam_id" EQ "$2",
		  UUIDOID, UUIDOID, UUIDOID, UUIDOID);
STATEMENT(makeSessions,
		  "INSERT INTO proctorlink.exam_session"
		  " (install_id, exam_id, schedule_id, status, exam_session_id, account_id, attempt, attempt_ext_id)"
		  " SELECT $1, $2, $3, 'Scheduled', n.exam_session_id, n.account_id, n.attempt, n.attempt_ext_id"
		  " FROM (SELECT pg_catalog.unnest($4) AS exam_session_id, pg_catalog.unnest($5) AS account_id,"
		  " pg_catalog.unnest($6) AS attempt, pg_catalog.unnest($7) AS attempt_ext_id) n",
		  UUIDOID, UUIDOID, UUIDOID, UUIDARRAYOID, UUIDARRAYOID, INT4ARRAYOID, TEXTARRAYOID);
STATEMENT(bookSession,
		  "INSERT INTO proctorlink.exam_session (install_id, exam_id, schedule_id, status, exam_session_id, account_id,"
		  " attempt, attempt_ext_id, appointment_at, integration_id, reservation_id, reservation_no)"
		  " VALUES ($1, $2, $3, 'Scheduled', $4, $5, $6, $7, $8, $9, $10, $11)",
		  UUIDOID, UUIDOID, UUIDOID, UUIDOID, UUIDOID, INT4OID, TEXTOID, TIMESTAMPTZOID, UUIDOID, TEXTOID, INT8OID);
STATEMENT(takeSessions,
		  "UPDATE proctorlink.exam_session s SET schedule_id = $2, status = CASE WHEN k.taken THEN 'Scheduled' ELSE s.status END,"
		  " attempt_ext_id = coalesce(k.attempt_ext_id, s.attempt_ext_id)"
		  " FROM (SELECT pg_catalog.unnest($3) AS key, pg_catalog.unnest($4) AS attempt_ext_id,"
		  " pg_catalog.unnest($5) AS taken) k"
		  FIND_TARGET("exam_session") "t.exam_session_id" EQ "k.key" END_FIND_TARGET("s"),
		  UUIDOID, UUIDOID, UUIDARRAYOID, TEXTARRAYOID, BOOLARRAYOID);

/*
 * AccountColumn lists the accounts of the seats that may have sessions, and where
 * each stands among all seats. People whom this call has made have none.
 */
static Datum
AccountColumn(const Seat *seats, int count, int *places, int *known)
{
	Column		accounts;

	*known = 0;
	ColumnInit(&accounts, UUIDOID, count);
	for (int i = 0; i < count; i++)
	{
		if (!seats[i].hasAccount || seats[i].isNew)
			continue;
		places[(*known)++] = i;
		ColumnAddUuid(&accounts, &seats[i].account);
	}
	return ColumnDatum(&accounts);
}

/*
 * NoteSession notes what a live session of a person means for their seat; they
 * come in the order of attempts. One that may not be scheduled is taken where
 * there is no other, so that it is told.
 */
static void
NoteSession(Seat *seat, uint64 row, const pg_uuid_t *schedule)
{
	bool		noSchedule;
	Datum		its = RowDatum(row, 3, &noSchedule);
	bool		isThere = !noSchedule && schedule != NULL && memcmp(DatumGetUUIDP(its), schedule, UUID_LEN) == 0;
	Text		status = RowText(row, 4);
	bool		isOpen = noSchedule && SessionIsNotBooked(status);
	bool		isnull;

	seat->attempt = Max(seat->attempt, RowInt(row, 5));
	if (!isThere && (!isOpen || (seat->result != SEAT_MADE && seat->closedBy.presence != GIVEN)))
		return;
	seat->result = isThere ? SEAT_THERE : SEAT_TAKEN;
	seat->closedBy = isThere || SessionStatusAllowed(status, TextOf("Scheduled")) ? NO_TEXT : status;
	seat->session = RowUuid(row, 2);
	seat->sessionAttempt = RowInt(row, 5);
	seat->linkVersion = RowInt(row, 6);
	seat->renamed = seat->attemptExtId.presence == GIVEN && !TextEquals(seat->attemptExtId, RowText(row, 7));
	(void) RowDatum(row, 8, &isnull);
	seat->hasConfiguration = !isnull;
	if (!isnull)
		seat->configuration = RowUuid(row, 8);
}

/* AttemptsAllowed tells how many attempts a schedule allows, else the configuration, NULL being the primary one. */
static int
AttemptsAllowed(const pg_uuid_t *install, const pg_uuid_t *exam, const pg_uuid_t *schedule,
				const pg_uuid_t *configuration, bool readOnly)
{
	Datum		values[4] = {UUIDPGetDatum(install), UUIDPGetDatum(exam)};
	char		nulls[] = "  nn";

	if (schedule != NULL)
	{
		values[2] = UUIDPGetDatum(schedule);
		nulls[2] = ' ';
	}
	if (configuration != NULL)
	{
		values[3] = UUIDPGetDatum(configuration);
		nulls[3] = ' ';
	}
	StatementRun(&attemptsAllowed, values, nulls, readOnly);
	return RowInt(0, 1);
}

/*
 * SeatsFind decides which session sits in each seat, and notes who has no attempt
 * left or one that may not be scheduled. schedule is NULL for one that is still to be made. The caller is
 * connected to SPI.
 */
void
SeatsFind(const pg_uuid_t *install, const pg_uuid_t *exam, const pg_uuid_t *schedule,
		  Seat *seats, int count, bool readOnly, Problems *problems)
{
	Datum		values[3] = {UUIDPGetDatum(install), UUIDPGetDatum(exam), 0};
	int		   *places = palloc(Max(count, 1) * sizeof(int));
	int			known;
	uint64		rows;
	int			allowed = -1;

	for (int i = 0; i < count; i++)
	{
		seats[i].result = SEAT_MADE;
		seats[i].attempt = 0;
		seats[i].linkVersion = 1;
		seats[i].renamed = false;
		seats[i].isBooked = false;
		seats[i].closedBy = NO_TEXT;
		seats[i].hasConfiguration = false;
	}
	values[2] = AccountColumn(seats, count, places, &known);
	rows = known > 0 ? StatementRun(&findLive, values, NULL, readOnly) : 0;
	for (uint64 i = 0; i < rows; i++)
	{
		CHECK_FOR_INTERRUPTS();
		NoteSession(&seats[places[RowInt(i, 1) - 1]], i, schedule);
	}

	for (int i = 0; i < count; i++)
		if (seats[i].closedBy.presence == GIVEN)
			ProblemAdd(problems, CODE_CONFLICT, "session_status_allowed",
					   psprintf("It may become: %s", SessionWays(seats[i].closedBy)), seats[i].path,
					   "a session cannot go from status \"%s\" to \"Scheduled\"", TextQuoted(seats[i].closedBy));
	if (rows > 0)
		SPI_freetuptable(SPI_tuptable);

	for (int i = 0; i < count; i++)
	{
		Seat	   *seat = &seats[i];
		int			attempt = seat->result == SEAT_MADE ? ++seat->attempt : seat->sessionAttempt;
		int			most;

		/* The first is always allowed, and who is there stays. */
		if (seat->result == SEAT_THERE || attempt == 1)
			continue;
		if (seat->result == SEAT_TAKEN && seat->hasConfiguration)
			most = AttemptsAllowed(install, exam, schedule, &seat->configuration, readOnly);
		else
		{
			if (allowed < 0)
				allowed = AttemptsAllowed(install, exam, schedule, NULL, readOnly);
			most = allowed;
		}
		if (attempt > most)
			ProblemAdd(problems, CODE_CONFLICT, "session_attempts_left",
					   "Allow more attempts on the schedule or in the exam's configuration.", seat->path,
					   "attempt %d of an exam that allows %d", attempt, most);
	}
	pfree(places);
}

/* WriteNew makes the new sessions. */
static void
WriteNew(const pg_uuid_t *install, const pg_uuid_t *exam, const pg_uuid_t *schedule, Seat *seats, int count)
{
	Datum		values[7] = {UUIDPGetDatum(install), UUIDPGetDatum(exam), UUIDPGetDatum(schedule)};
	Column		sessions;
	Column		accounts;
	Column		attempts;
	Column		attemptExtIds;

	ColumnInit(&sessions, UUIDOID, count);
	ColumnInit(&accounts, UUIDOID, count);
	ColumnInit(&attempts, INT4OID, count);
	ColumnInit(&attemptExtIds, TEXTOID, count);
	for (int i = 0; i < count; i++)
	{
		if (seats[i].result != SEAT_MADE)
			continue;
		Uuid7(&seats[i].session);
		ColumnAddUuid(&sessions, &seats[i].session);
		ColumnAddUuid(&accounts, &seats[i].account);
		ColumnAddInt(&attempts, seats[i].attempt);
		ColumnAddText(&attemptExtIds, seats[i].attemptExtId);
	}
	if (sessions.count == 0)
		return;
	values[3] = ColumnDatum(&sessions);
	values[4] = ColumnDatum(&accounts);
	values[5] = ColumnDatum(&attempts);
	values[6] = ColumnDatum(&attemptExtIds);
	StatementRunKnown(&makeSessions, values, NULL, ParentsOfSeats(install, exam, schedule, seats, count));
}

/*
 * WriteBooked makes a new session with its booking at once. Where there is nothing
 * to ask about who comes, nobody does. Else, of several things that are wrong, the
 * rules of who may come to a schedule are told first; a row's own triggers would be
 * before them. So where anything refuses, the session is left to be made without
 * its booking, and booked afterwards.
 */
static void
WriteBooked(const pg_uuid_t *install, const pg_uuid_t *exam, const pg_uuid_t *schedule, Seat *seat)
{
	const SeatBooking *booking = seat->booking;
	bool		isNamed = seat->attemptExtId.presence == GIVEN;
	Datum		values[] = {UUIDPGetDatum(install), UUIDPGetDatum(exam), UUIDPGetDatum(schedule),
		UUIDPGetDatum(&seat->session), UUIDPGetDatum(&seat->account), Int32GetDatum(seat->attempt),
		isNamed ? TextDatum(seat->attemptExtId) : (Datum) 0, TimestampTzGetDatum(booking->appointment),
	UUIDPGetDatum(&booking->integration), TextDatum(booking->reservationId), Int64GetDatum(booking->reservationNo)};
	ErrorData  *refused;

	Uuid7(&seat->session);
	if (booking->isHeld && booking->isForAll)
	{
		StatementRunKnown(&bookSession, values, isNamed ? NULL : "      n    ", ParentsOfBooking(seat));
		seat->isBooked = true;
		SessionsAdd(1);
		return;
	}
	StatementTry(&bookSession, values, isNamed ? NULL : "      n    ", &refused);
	seat->isBooked = refused == NULL;
}

/* WriteTaken puts open sessions on the schedule, and gives those there their new ids of attempts. */
static void
WriteTaken(Datum *keys, Seat *seats, int count)
{
	Datum		values[5] = {keys[0], keys[2]};
	Column		sessions;
	Column		attemptExtIds;
	Column		taken;

	ColumnInit(&sessions, UUIDOID, count);
	ColumnInit(&attemptExtIds, TEXTOID, count);
	ColumnInit(&taken, BOOLOID, count);
	for (int i = 0; i < count; i++)
	{
		if (seats[i].result != SEAT_TAKEN && !(seats[i].result == SEAT_THERE && seats[i].renamed))
			continue;
		ColumnAddUuid(&sessions, &seats[i].session);
		ColumnAddText(&attemptExtIds, seats[i].attemptExtId);
		ColumnAddBool(&taken, seats[i].result == SEAT_TAKEN);
	}
	if (sessions.count == 0)
		return;
	values[2] = ColumnDatum(&sessions);
	values[3] = ColumnDatum(&attemptExtIds);
	values[4] = ColumnDatum(&taken);
	StatementRun(&takeSessions, values, NULL, false);
}

/*
 * SeatsTake puts everybody on a schedule, or nobody when somebody has no attempt
 * left, which is noted. All accounts exist by now. A session that another call
 * makes at the same moment ends in a unique violation, after which the caller
 * goes again.
 */
bool
SeatsTake(const pg_uuid_t *install, const pg_uuid_t *exam, const pg_uuid_t *schedule,
		  Seat *seats, int count, Problems *problems)
{
	Datum		keys[3] = {UUIDPGetDatum(install), UUIDPGetDatum(exam), UUIDPGetDatum(schedule)};
	Datum		values[3] = {keys[0], keys[1], 0};
	int			before = problems->count;
	int			level;
	int		   *places;
	int			known;

	if (count == 0)
		return true;

	/*
	 * As in flush: plans that were made while the tables were small scan them
	 * whole.
	 */
	level = PlanForKeys(count);

	/*
	 * Locked by a statement of its own, so that the next one sees what others
	 * did before they let go.
	 */
	places = palloc(count * sizeof(int));
	values[2] = AccountColumn(seats, count, places, &known);
	if (known > 0)
		StatementRun(&lockLive, values, NULL, false);
	SeatsFind(install, exam, schedule, seats, count, false, problems);
	if (problems->count == before)
	{
		if (count == 1 && seats->booking != NULL && seats->result == SEAT_MADE)
			WriteBooked(install, exam, schedule, seats);
		if (!seats->isBooked)
		{
			WriteTaken(keys, seats, count);
			WriteNew(install, exam, schedule, seats, count);
		}
	}
	AtEOXact_GUC(true, level);
	pfree(places);
	return problems->count == before;
}
