/*
 * proctoru/reservation_add.c
 *		Booking: a person, a schedule of their own, and their session on it.
 */
#include "proctoru/reservation.h"

#include "catalog/pg_type.h"
#include "core/foreign_keys.h"
#include "core/sid.h"
#include "core/statement.h"
#include "domain/event.h"
#include "domain/schedule.h"
#include "provision/seat.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(proctorlink_proctoru_add_reservation);

/* A booking as sent. What else the contract has is ProctorU's own, and not stored. */
typedef struct Booking
{
	StudentRequest student;
	ReservationRequest reservation;
	Text		examId;
	Text		departmentId;
	IntField	duration;		/* minutes */
} Booking;

/* What a booking comes to. */
typedef struct BookingPlan
{
	ScheduleExam exam;
	pg_uuid_t	examId;
	ScheduleWindow window;
	pg_uuid_t	owner;
	pg_uuid_t	hierarchy;
	int64		number;
} BookingPlan;

static const int maxId = MAX_ID_LENGTH;
static const LengthRange nameLengths = {1, MAX_NAME_LENGTH};
static const LengthRange zoneLengths = {1, MAX_TIME_ZONE_LENGTH};
static const IntRange minutes = {1, 1000000};

static const ProctoruMember examMembers[] = {
	REQUIRED("exam_id", ReadId, Booking, examId, &maxId),
	REQUIRED("user_id", ReadId, Booking, student.userId, &maxId),
};
static const ProctoruMember givenStudentMembers[] = {
	OPTIONAL("student_id", ReadId, Booking, student.studentId, &maxId),
};
static const ProctoruMember chosenStudentMembers[] = {
	REQUIRED("student_id", ReadId, Booking, student.studentId, &maxId),
};
static const ProctoruMember restMembers[] = {
	REQUIRED("first_name", ReadText, Booking, student.firstName, &nameLengths),
	REQUIRED("last_name", ReadText, Booking, student.lastName, &nameLengths),
	REQUIRED("email", ReadEmail, Booking, student.email, NULL),
	OPTIONAL("time_zone_id", ReadText, Booking, student.timeZoneId, &zoneLengths),
	OPTIONAL("duration", ReadInt, Booking, duration, &minutes),
	REQUIRED("start_date", ReadTime, Booking, reservation.start, NULL),
	OPTIONAL("active_date", ReadTime, Booking, reservation.active, NULL),
	OPTIONAL("end_date", ReadTime, Booking, reservation.end, NULL),
	REQUIRED("reservation_id", ReadId, Booking, reservation.reservationId, &maxId),
	OPTIONAL("reservation_no", ReadNumber, Booking, reservation.reservationNo, NULL),
	OPTIONAL("new_reservation_no", ReadNumber, Booking, reservation.newReservationNo, NULL),
	OPTIONAL("department_id", ReadId, Booking, departmentId, &maxId),
};

STATEMENT(insertSchedule,
		  "INSERT INTO proctorlink.schedule (install_id, exam_id, starts_at, ends_at, duration_minutes, owner_id,"
		  " hierarchy_id, integration_id, activated_at, schedule_id, title)"
		  " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, pg_catalog.now(), $9, $10)",
		  UUIDOID, UUIDOID, TIMESTAMPTZOID, TIMESTAMPTZOID, INT4OID, UUIDOID, UUIDOID, UUIDOID, UUIDOID, TEXTOID);
STATEMENT(bookSession,
		  "UPDATE proctorlink.exam_session s SET appointment_at = $3, integration_id = $4, reservation_id = $5,"
		  " reservation_no = $6 WHERE s.install_id" EQ "$1 AND s.exam_session_id" EQ "$2",
		  UUIDOID, UUIDOID, TIMESTAMPTZOID, UUIDOID, TEXTOID, INT8OID);

/* The settings of security of a schedule that has none of its own. */
static const Security noneOfItsOwn = {{false, NULLED}, {false, NULLED}, {false, NULLED}, {false, NULLED}};

/* ReadBooking reads the body. */
static bool
ReadBooking(ProctoruCall *call, Booking *booking)
{
	if (!ProctoruRead(call, examMembers, lengthof(examMembers), booking) ||
		!(call->byStudentId ? ProctoruRead(call, chosenStudentMembers, lengthof(chosenStudentMembers), booking) :
		  ProctoruRead(call, givenStudentMembers, lengthof(givenStudentMembers), booking)) ||
		!ProctoruRead(call, restMembers, lengthof(restMembers), booking))
		return false;
	return StartIsInWindow(call, booking->reservation.start, booking->reservation.active, booking->reservation.end);
}

/*
 * MovesInstead tells whether a booking names a reservation that is there: with
 * the number that goes with it, it moves that one, else it is refused.
 */
static bool
MovesInstead(ProctoruCall *call, const Booking *booking, const pg_uuid_t *exam, Reservation *reservation)
{
	ProviderAccount student;

	if (!ReservationById(call, booking->reservation.reservationId, reservation))
		return false;
	if (booking->reservation.reservationNo.presence == GIVEN &&
		ReservationHasNumber(call, reservation, booking->reservation.reservationNo.value) &&
		!TextIs(reservation->status, "Cancelled") && memcmp(&reservation->exam, exam, UUID_LEN) == 0 &&
		ProviderAccountByUser(&call->install.id, &call->integration, booking->student.userId, false, &student) &&
		student.hasAccount && memcmp(&student.account, &reservation->account, UUID_LEN) == 0)
		return true;
	ProctoruRefuse(call, "reservation_id_EXIST_FOR_THIS_INSTITUTION");
	return false;
}

/* PlanHierarchy decides where the schedule goes: to the department, where schedules may, else to the default node. */
static void
PlanHierarchy(ProctoruCall *call, const Booking *booking, BookingPlan *plan, Findings *findings)
{
	ScheduleHierarchy hierarchy = {.exists = false};

	if (booking->departmentId.presence == GIVEN)
	{
		hierarchy = ScheduleHierarchyFind(&call->install.id, booking->departmentId, false, &plan->hierarchy);
		if (!hierarchy.exists || !hierarchy.hasOrganisationId || !hierarchy.allowsSchedules || hierarchy.archived)
		{
			const char *why = !hierarchy.exists ? "no hierarchy has this Organisation ID" :
			hierarchy.archived ? "the hierarchy is archived" :
			!hierarchy.allowsSchedules ? "the hierarchy does not allow schedules" :
			"the hierarchy has no Organisation ID";

			JsonPushText(&call->warnings,
						 TextOf(psprintf("department_id \"%s\": %s; the schedule goes to the default hierarchy",
										 TextQuoted(booking->departmentId), why)));
			hierarchy.exists = false;
		}
	}
	if (!hierarchy.exists)
		hierarchy = ScheduleHierarchyFind(&call->install.id, NO_TEXT, false, &plan->hierarchy);
	ScheduleCheckHierarchy(&hierarchy, findings);
}

/* PlanWindow decides when the schedule opens and closes. */
static void
PlanWindow(ProctoruCall *call, const Booking *booking, BookingPlan *plan, Findings *findings)
{
	ScheduleWindow *window = &plan->window;
	IntField	exams = plan->exam.duration;

	window->duration = exams;
	if (booking->duration.presence == GIVEN)
	{
		if (exams.presence == GIVEN && booking->duration.value < exams.value)
			FindingAdd(findings, "schedule_longer_than_exam", false,
					   "Set the duration in ProctorU to the exam's, or longer.",
					   "the duration sent is %d min; the exam takes %d min", booking->duration.value, exams.value);
		else
			window->duration = booking->duration;
	}
	WindowOf(call, booking->reservation.start, booking->reservation.active, booking->reservation.end, window, findings);
}

/* JudgeBooking asks every rule of the schedule that a booking makes, and notes the first that does not hold. */
static bool
JudgeBooking(ProctoruCall *call, const Booking *booking, BookingPlan *plan)
{
	ScheduleOwner owner;
	Findings	findings = {0};

	PlanWindow(call, booking, plan, &findings);
	owner = OwnerFind(&call->install.id, call->install.defaultScheduler, false, &plan->owner);
	ScheduleCheckOwner(&owner, &findings);
	PlanHierarchy(call, booking, plan, &findings);
	ScheduleCheckProctoru(&plan->exam, &noneOfItsOwn, &findings);
	ProctoruRefuseFinding(call, &findings);
	return !ProctoruRefused(call) && ReservationNumber(call, booking->reservation.reservationNo, &plan->number);
}

/*
 * HoldSchedule locks what the schedule leans on and asks its rules again of what
 * that is now, as the table's trigger does. False: it is for the trigger and the
 * foreign keys to ask.
 */
static bool
HoldSchedule(ProctoruCall *call, BookingPlan *plan, const Student *student)
{
	ScheduleExam exam;
	Findings	findings = {0};

	if (!student->isHeld)
		return false;
	ScheduleHoldOwner(&call->install.id, &plan->owner, &findings);
	ScheduleHoldHierarchy(&call->install.id, &plan->hierarchy, &findings);
	if (FindingRefused(&findings) == NULL)
	{
		if (!ScheduleHoldExam(&call->install.id, &plan->examId, &exam))
			return false;
		plan->exam = exam;
		ScheduleCheckProctoru(&exam, &noneOfItsOwn, &findings);
	}
	ProctoruRefuseFinding(call, &findings);
	return true;
}

/* InsertSchedule makes the schedule of a booking. */
static pg_uuid_t
InsertSchedule(ProctoruCall *call, const BookingPlan *plan, bool isHeld)
{
	static const KnownParents known = {"schedule", {"schedule_written"}, 4,
	{{"exam_id", "exam", "exam_id"}, {"owner_id", "account", "account_id"},
	{"hierarchy_id", "hierarchy", "hierarchy_id"}, {"integration_id", "integration", "integration_id"}}};
	const ScheduleWindow *window = &plan->window;
	const char *nulls = window->duration.presence == GIVEN ? NULL : "    n     ";
	pg_uuid_t	schedule;
	Datum		values[] = {UUIDPGetDatum(&call->install.id), UUIDPGetDatum(&plan->examId),
		TimestampTzGetDatum(window->starts), TimestampTzGetDatum(window->ends), Int32GetDatum(window->duration.value),
		UUIDPGetDatum(&plan->owner), UUIDPGetDatum(&plan->hierarchy), UUIDPGetDatum(&call->integration),
	UUIDPGetDatum(&schedule), ScheduleTitle(plan->exam.title, window->starts)};

	Uuid7(&schedule);
	if (isHeld)
		StatementRunKnown(&insertSchedule, values, nulls, &known);
	else
		StatementRun(&insertSchedule, values, nulls, false);
	return schedule;
}

/* SeatBooked seats a person on a schedule of their own. */
static void
SeatBooked(ProctoruCall *call, const Booking *booking, BookingPlan *plan)
{
	SeatBooking booked = {booking->reservation.start.value, call->integration, booking->reservation.reservationId,
	plan->number};
	Seat		seat = {.hasAccount = true,.booking = &booked};
	Student		student;
	pg_uuid_t	schedule;
	Problems	problems;
	JsonObject	changes;
	Datum		values[6] = {UUIDPGetDatum(&call->install.id), UUIDPGetDatum(&seat.session),
		TimestampTzGetDatum(booking->reservation.start.value), UUIDPGetDatum(&call->integration),
	TextDatum(booking->reservation.reservationId), Int64GetDatum(plan->number)};

	if (!StudentPut(call, &booking->student, &student))
		return;
	booked.isHeld = HoldSchedule(call, plan, &student);
	if (ProctoruRefused(call))
		return;
	booked.isForAll = !student.hasNeeds && !plan->exam.isAccommodation;
	seat.account = student.account;
	seat.isNew = student.isNew;
	schedule = InsertSchedule(call, plan, booked.isHeld);
	ProblemsInit(&problems, call->context);
	if (!SeatsTake(&call->install.id, &plan->examId, &schedule, &seat, 1, &problems))
	{
		ProctoruRefuseProblem(call, &problems);
		return;
	}
	if (!seat.isBooked)
		StatementRun(&bookSession, values, NULL, false);
	ReservationKeepsNumber(call, plan->number);
	ReservationAnswer(call, &seat.session, seat.linkVersion, booking->reservation.reservationId, plan->number);
	JsonObjectInit(&changes);
	JsonAddSid(&changes, "integration", "II", &call->integration);
	JsonAddSid(&changes, "schedule", "SC", &schedule);
	EventAdd(&call->install.id, "reservation_made", SidOf("ES", &seat.session), &changes);
}

/* AddReservation does addAdHocProcess. */
static void
AddReservation(ProctoruCall *call)
{
	Booking		booking = {.examId = NO_TEXT};
	BookingPlan plan = {.number = 0};
	Reservation reservation;
	bool		moves;

	if (!ReadBooking(call, &booking))
		return;
	if (!ScheduleExamFind(&call->install.id, booking.examId, false, &plan.exam, &plan.examId))
	{
		ProctoruRefuse(call, EXAM_NOT_FOUND);
		return;
	}
	moves = MovesInstead(call, &booking, &plan.examId, &reservation);
	if (ProctoruRefused(call) || !ProctoruTimeZone(call, booking.student.timeZoneId, &booking.student.timeZone))
		return;
	if (moves)
	{
		ReservationMove(call, &booking.reservation, &reservation);
		return;
	}
	if (booking.reservation.start.value < call->now)
	{
		ProctoruRefuse(call, RESERVATION_PAST);
		return;
	}
	if (JudgeBooking(call, &booking, &plan))
		SeatBooked(call, &booking, &plan);
}

/* proctorlink.proctoru_add_reservation(jsonb) */
Datum
proctorlink_proctoru_add_reservation(PG_FUNCTION_ARGS)
{
	return ProctoruAnswer(fcinfo, AddReservation);
}
