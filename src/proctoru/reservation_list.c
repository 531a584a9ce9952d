/*
 * proctoru/reservation_list.c
 *		The reservations of a test-taker. Only reads.
 */
#include "proctoru/reservation.h"

#include "catalog/pg_type.h"
#include "core/statement.h"
#include "domain/exam_session.h"
#include "domain/launch.h"
#include "miscadmin.h"

PG_FUNCTION_INFO_V1(proctorlink_proctoru_reservations);

typedef struct ListRequest
{
	Text		userId;
	Text		studentId;
	IntField	status;
} ListRequest;

/* What this door calls the states of a reservation. */
static const char *const stateNames[] = {"pending", "scheduled", "cancelled", "voided"};
static const Words states = {lengthof(stateNames), stateNames};

static const int maxId = MAX_ID_LENGTH;
static const ProctoruMember listMembers[] = {
	OPTIONAL("user_id", ReadId, ListRequest, userId, &maxId),
	OPTIONAL("student_id", ReadId, ListRequest, studentId, &maxId),
	OPTIONAL("status", ReadWord, ListRequest, status, &states),
};

/* Who teaches an exam's course x, where that is exactly one person: of several nobody can say whose exam it is. */
#define INSTRUCTOR \
	"(SELECT CASE WHEN pg_catalog.count(*)" EQ "1 THEN pg_catalog.min(t.name) END" \
	" FROM (SELECT pg_catalog.btrim(pg_catalog.concat_ws(' ', a.first_name, a.last_name)) AS name" \
	" FROM proctorlink.enrollment n" \
	" JOIN proctorlink.account a ON a.install_id" EQ "$1 AND a.account_id" EQ "n.account_id AND a.status" EQ "'active'" \
	" WHERE n.install_id" EQ "$1 AND n.course_id" EQ "x.course_id AND n.role" EQ "'instructor'" \
	" AND n.status" EQ "'active' LIMIT 2) t)"

STATEMENT(findReservations,
		  "SELECT s.exam_session_id, s.link_version, s.status, coalesce(s.passed_status, ''), s.reservation_id,"
		  " coalesce(s.reservation_no, 0), s.appointment_at, x.external_id, x.title, u.code, " INSTRUCTOR
		  " FROM proctorlink.exam_session s"
		  " JOIN proctorlink.exam x ON x.install_id" EQ "$1 AND x.exam_id" EQ "s.exam_id"
		  " LEFT JOIN proctorlink.course u ON u.install_id" EQ "$1 AND u.course_id" EQ "x.course_id"
		  " WHERE s.install_id" EQ "$1 AND s.integration_id" EQ "$2 AND s.account_id" EQ "$3"
		  " ORDER BY s.appointment_at, s.exam_session_id",
		  UUIDOID, UUIDOID, UUIDOID);

/* StateOf gives this door's word for a session's status. */
static const char *
StateOf(Text status, Text passedStatus)
{
	if (TextIs(status, "Cancelled"))
		return "cancelled";
	if (TextIs(passedStatus, "VOIDED"))
		return "voided";
	return SessionIsNotBooked(status) ? "pending" : "scheduled";
}

/* AddReservationOf lists a found reservation. */
static void
AddReservationOf(ProctoruCall *call, LaunchLinks *links, uint64 row)
{
	pg_uuid_t	session = RowUuid(row, 1);
	Text		status = RowText(row, 3);
	bool		isnull;
	int64		number = DatumGetInt64(RowDatum(row, 6, &isnull));
	Text		instructor = RowText(row, 11);
	Text		path;
	Text		url;
	JsonObject	entry;

	JsonObjectInit(&entry);
	if (number != 0)
		JsonAddInt(&entry, "reservation_no", number);
	else
		JsonAddNull(&entry, "reservation_no");
	JsonAddText(&entry, "reservation_id", RowText(row, 5));
	JsonAddText(&entry, "exam_id", RowText(row, 8));
	JsonAddText(&entry, "description", RowText(row, 9));
	JsonAddText(&entry, "courseno", RowText(row, 10));
	JsonAddText(&entry, "instructor", instructor.len > 0 ? instructor : NULL_TEXT);
	JsonAddTime(&entry, "start_date", RowTime(row, 7));
	JsonAddText(&entry, "test", RowText(row, 9));
	JsonAddBool(&entry, "escalated", TextIs(status, "Incident"));
	if (TextIs(status, "Cancelled") || TextIs(status, "Closed"))
		JsonAddNull(&entry, "launch_url");
	else
	{
		LaunchMint(links, &session, RowInt(row, 2), &path, &url);
		JsonAddText(&entry, "launch_url", url.presence == GIVEN ? url : path);
	}
	JsonPushObject(&call->list, &entry);
}

/* ListReservations does getStudentReservationList. */
static void
ListReservations(ProctoruCall *call)
{
	ListRequest request = {.userId = NO_TEXT};
	ProviderAccount student;
	Datum		values[3] = {UUIDPGetDatum(&call->install.id), UUIDPGetDatum(&call->integration),
	UUIDPGetDatum(&student.account)};
	LaunchLinks *links;
	uint64		rows;

	if (!ProctoruRead(call, listMembers, lengthof(listMembers), &request))
		return;
	if (request.studentId.presence != GIVEN && request.userId.presence != GIVEN)
	{
		ProctoruRefuse(call, "student_id is required");
		return;
	}
	if (!StudentFind(call, request.userId, request.studentId, true, &student))
		return;
	call->isList = true;
	if (!student.hasAccount)
		return;
	links = LaunchStart(&call->install);
	rows = StatementRun(&findReservations, values, NULL, true);
	for (uint64 i = 0; i < rows; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (request.status.presence != GIVEN ||
			strcmp(stateNames[request.status.value], StateOf(RowText(i, 3), RowText(i, 4))) == 0)
			AddReservationOf(call, links, i);
	}
	LaunchEnd(links);
}

/* proctorlink.proctoru_reservations(jsonb) */
Datum
proctorlink_proctoru_reservations(PG_FUNCTION_ARGS)
{
	return ProctoruAnswer(fcinfo, ListReservations);
}
