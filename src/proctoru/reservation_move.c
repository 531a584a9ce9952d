/*
 * proctoru/reservation_move.c
 *		Moving, beginning and cancelling of reservations.
 */
#include "proctoru/reservation.h"

#include "catalog/pg_type.h"
#include "core/sid.h"
#include "core/statement.h"
#include "domain/event.h"
#include "domain/exam_session.h"
#include "mb/pg_wchar.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(proctorlink_proctoru_move_reservation);
PG_FUNCTION_INFO_V1(proctorlink_proctoru_begin_reservation);
PG_FUNCTION_INFO_V1(proctorlink_proctoru_remove_reservation);

static void ReadExplanation(const JsonbValue *value, const Path *path, void *field, const void *unused,
							Problems *problems);

static const int maxId = MAX_ID_LENGTH;

#define PERSON_AND_RESERVATION \
	OPTIONAL("user_id", ReadId, ReservationRequest, userId, &maxId), \
	OPTIONAL("student_id", ReadId, ReservationRequest, studentId, &maxId), \
	OPTIONAL("reservation_id", ReadId, ReservationRequest, reservationId, &maxId), \
	OPTIONAL("reservation_no", ReadNumber, ReservationRequest, reservationNo, NULL)

static const ProctoruMember nameMembers[] = {
	PERSON_AND_RESERVATION,
};
static const ProctoruMember moveMembers[] = {
	PERSON_AND_RESERVATION,
	REQUIRED("start_date", ReadTime, ReservationRequest, start, NULL),
	OPTIONAL("active_date", ReadTime, ReservationRequest, active, NULL),
	OPTIONAL("end_date", ReadTime, ReservationRequest, end, NULL),
	OPTIONAL("new_reservation_no", ReadNumber, ReservationRequest, newReservationNo, NULL),
};
static const ProctoruMember removeMembers[] = {
	PERSON_AND_RESERVATION,
	OPTIONAL("explanation", ReadExplanation, ReservationRequest, explanation, NULL),
};

STATEMENT(moveSchedule,
		  "UPDATE proctorlink.schedule s SET starts_at = $3, ends_at = $4"
		  " WHERE s.install_id" EQ "$1 AND s.schedule_id" EQ "$2",
		  UUIDOID, UUIDOID, TIMESTAMPTZOID, TIMESTAMPTZOID);
STATEMENT(moveSession,
		  "UPDATE proctorlink.exam_session s SET appointment_at = $3, reservation_no = $4"
		  " WHERE s.install_id" EQ "$1 AND s.exam_session_id" EQ "$2",
		  UUIDOID, UUIDOID, TIMESTAMPTZOID, INT8OID);
STATEMENT(keepNumber,
		  "INSERT INTO proctorlink.former_reservation (install_id, reservation_no, exam_session_id) VALUES ($1, $2, $3)",
		  UUIDOID, INT8OID, UUIDOID);
STATEMENT(cancelSession,
		  "UPDATE proctorlink.exam_session s SET status = 'Cancelled', status_reason = $3"
		  " WHERE s.install_id" EQ "$1 AND s.exam_session_id" EQ "$2",
		  UUIDOID, UUIDOID, TEXTOID);

/* ReadExplanation reads why a reservation is cancelled; a long text is cut where it is stored. */
static void
ReadExplanation(const JsonbValue *value, const Path *path, void *field, const void *unused, Problems *problems)
{
	Text	   *text = field;

	*text = JsonText(value);
	if (text->presence != GIVEN)
		ProblemAdd(problems, CODE_INVALID, "type", NULL, path, "must be a string, not %s", JsonTypeName(value));
}

/* StartIsInWindow tells whether a start lies in the window that was sent, and notes where not; one that is none is for its rule. */
bool
StartIsInWindow(ProctoruCall *call, TimeField start, TimeField active, TimeField end)
{
	TimestampTz opens = active.presence == GIVEN ? active.value : start.value;

	if (end.presence == GIVEN && end.value <= opens)
		return true;
	if (start.value >= opens && (end.presence != GIVEN || start.value < end.value))
		return true;
	ProctoruRefuse(call, "start_date is not valid");
	return false;
}

/*
 * WindowOf decides when a booking's schedule opens and closes, for the duration
 * that the window has by then, and asks the rules of windows. False: it has no
 * end.
 */
bool
WindowOf(ProctoruCall *call, TimeField start, TimeField active, TimeField end, ScheduleWindow *window,
		 Findings *findings)
{
	ScheduleWindow latest = *window;

	window->starts = active.presence == GIVEN ? active.value : start.value;
	if (end.presence == GIVEN)
		window->ends = end.value;
	else if (window->duration.presence == GIVEN)
	{
		/* Whoever begins at the appointment has as long as everybody. */
		latest.starts = start.value;
		window->ends = ScheduleDefaultEnd(&latest);
	}
	else
	{
		FindingAdd(findings, "schedule_longer_than_exam", false, "Send an end_date.",
				   "an exam without a time limit needs a schedule with an end");
		return false;
	}
	ScheduleCheckWindow(window, findings);
	return true;
}

/* NeedsNames notes that a call names no reservation, or nobody though it must. */
static bool
NeedsNames(ProctoruCall *call, const ReservationRequest *request, bool needsPerson, const char *reservation)
{
	if (needsPerson && request->studentId.presence != GIVEN && request->userId.presence != GIVEN)
		ProctoruRefuse(call, "student_id is required");
	else if (request->reservationId.presence != GIVEN && request->reservationNo.presence != GIVEN)
		ProctoruRefuse(call, "%s is required", reservation);
	return ProctoruRefused(call);
}

/* HasBegun notes that a sitting can no longer be changed. */
static bool
HasBegun(ProctoruCall *call, const Reservation *reservation)
{
	if (SessionHasNotBegun(reservation->status))
		return false;
	ProctoruRefuse(call, "session_status_allowed: the sitting is %s, and only one that has not begun is moved. "
				   "Book another one.", TextQuoted(reservation->status));
	return true;
}

/* MovedEvent notes what of a reservation a move has changed; the same time and number again change nothing. */
static void
MovedEvent(ProctoruCall *call, const ReservationRequest *request, const Reservation *reservation,
		   const ScheduleWindow *window, int64 number)
{
	ChangedNames changed;

	ChangedInit(&changed);
	ChangedAdd(&changed, "starts_at", window->starts != reservation->window.starts);
	ChangedAdd(&changed, "ends_at", window->ends != reservation->window.ends);
	ChangedAdd(&changed, "appointment_at", reservation->appointment.presence != GIVEN ||
			   reservation->appointment.value != request->start.value);
	ChangedAdd(&changed, "reservation_no", number != reservation->reservationNo);
	EventAddChanged(&call->install.id, "reservation_moved", SidOf("ES", &reservation->session), "columns", &changed);
}

/*
 * ReservationMove gives a reservation another time, and another number; its
 * status stays, and the former number still finds it.
 */
void
ReservationMove(ProctoruCall *call, const ReservationRequest *request, const Reservation *reservation)
{
	Findings	findings = {0};
	ScheduleWindow window = reservation->window;
	Datum		values[4] = {UUIDPGetDatum(&call->install.id)};
	int64		number = reservation->reservationNo;

	if (request->start.value < call->now)
	{
		ProctoruRefuse(call, RESERVATION_PAST);
		return;
	}
	if (HasBegun(call, reservation))
		return;
	if (reservation->hasSchedule)
	{
		WindowOf(call, request->start, request->active, request->end, &window, &findings);
		ProctoruRefuseFinding(call, &findings);
	}
	if (ProctoruRefused(call))
		return;
	if (!(request->newReservationNo.presence == GIVEN && request->newReservationNo.value == number) &&
		!ReservationNumber(call, request->newReservationNo, &number))
		return;

	if (reservation->hasSchedule)
	{
		values[1] = UUIDPGetDatum(&reservation->schedule);
		values[2] = TimestampTzGetDatum(window.starts);
		values[3] = TimestampTzGetDatum(window.ends);
		StatementRun(&moveSchedule, values, NULL, false);
	}
	values[1] = UUIDPGetDatum(&reservation->session);
	values[2] = TimestampTzGetDatum(request->start.value);
	values[3] = Int64GetDatum(number);
	StatementRun(&moveSession, values, NULL, false);
	ReservationKeepsNumber(call, number);
	if (reservation->reservationNo != 0 && reservation->reservationNo != number)
	{
		values[1] = Int64GetDatum(reservation->reservationNo);
		values[2] = UUIDPGetDatum(&reservation->session);
		StatementRun(&keepNumber, values, NULL, false);
	}
	ReservationAnswer(call, &reservation->session, reservation->linkVersion, reservation->reservationId, number);
	MovedEvent(call, request, reservation, &window, number);
}

/* MoveReservation does moveReservation. */
static void
MoveReservation(ProctoruCall *call)
{
	ReservationRequest request = {.userId = NO_TEXT};
	Reservation reservation;

	if (!ProctoruRead(call, moveMembers, lengthof(moveMembers), &request) ||
		NeedsNames(call, &request, false, "reservation_no") ||
		!StartIsInWindow(call, request.start, request.active, request.end) ||
		!ReservationFind(call, &request, &reservation))
		return;
	ReservationMove(call, &request, &reservation);
}

/* proctorlink.proctoru_move_reservation(jsonb) */
Datum
proctorlink_proctoru_move_reservation(PG_FUNCTION_ARGS)
{
	return ProctoruAnswer(fcinfo, MoveReservation);
}

/* BeginReservation does beginReservation. */
static void
BeginReservation(ProctoruCall *call)
{
	ReservationRequest request = {.userId = NO_TEXT};
	Reservation reservation;
	TimestampTz opens;

	if (!ProctoruRead(call, nameMembers, lengthof(nameMembers), &request) ||
		NeedsNames(call, &request, true, "reservation_id") || !ReservationFind(call, &request, &reservation))
		return;
	opens = reservation.hasSchedule ? reservation.window.starts : reservation.appointment.value;
	if (opens > call->now)
		ProctoruRefuse(call, "Reservation is in the future");
	else if (TextIs(reservation.status, "Closed"))
		ProctoruRefuse(call, "session_status_allowed: the sitting is Closed, which is final. Book another one.");
	else
		JsonAddText(&call->data, "url", ReservationUrl(call, &reservation.session, reservation.linkVersion));
}

/* proctorlink.proctoru_begin_reservation(jsonb) */
Datum
proctorlink_proctoru_begin_reservation(PG_FUNCTION_ARGS)
{
	return ProctoruAnswer(fcinfo, BeginReservation);
}

/* RemoveReservation does removeReservation. */
static void
RemoveReservation(ProctoruCall *call)
{
	ReservationRequest request = {.userId = NO_TEXT};
	Reservation reservation;
	Datum		values[3] = {UUIDPGetDatum(&call->install.id), UUIDPGetDatum(&reservation.session)};
	char	   *reason;
	Text		kept = {NULL, 0, GIVEN};

	if (!ProctoruRead(call, removeMembers, lengthof(removeMembers), &request) ||
		NeedsNames(call, &request, true, "reservation_no") || !ReservationFind(call, &request, &reservation))
		return;
	reason = request.explanation.presence == GIVEN ?
		psprintf("reservation-removed: %.*s", request.explanation.len, request.explanation.data) :
		"reservation-removed";
	kept.data = reason;
	kept.len = pg_mbcharcliplen(reason, strlen(reason), MAX_NAME_LENGTH);
	values[2] = TextDatum(kept);
	StatementRun(&cancelSession, values, NULL, false);
	SessionStatusEvent(&call->install.id, &reservation.session, reservation.status, TextOf("Cancelled"));
	JsonAddString(&call->data, "onaccount", "0.00");
}

/* proctorlink.proctoru_remove_reservation(jsonb) */
Datum
proctorlink_proctoru_remove_reservation(PG_FUNCTION_ARGS)
{
	return ProctoruAnswer(fcinfo, RemoveReservation);
}
