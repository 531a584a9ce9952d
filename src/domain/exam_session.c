/*
 * domain/exam_session.c
 *		One person's sitting of an exam: its status, its attempts, and who has
 *		one without being assigned.
 */
#include "domain/exam_session.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "core/columns.h"
#include "core/row_check.h"
#include "core/row_lock.h"
#include "core/statement.h"
#include "core/written.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(proctorlink_exam_session_before);
PG_FUNCTION_INFO_V1(proctorlink_exam_session_attempts);
PG_FUNCTION_INFO_V1(proctorlink_enrollment_written);
PG_FUNCTION_INFO_V1(proctorlink_exam_written);
PG_FUNCTION_INFO_V1(proctorlink_exam_session_is_well_formed);

static const char *const statuses[] = {
	"Needs Proctor", "Pending Approval", "Approval Denied", "Scheduled", "Onboarding", "Checked In",
	"In Progress", "Incident", "Processing", "Closed", "Cancelled"
};
const Words sessionStatusWords = {lengthof(statuses), statuses};

/* Where a session may go from each status; "" is one that does not exist yet. */
static const struct
{
	const char *from;
	const char *to[8];
}			transitions[] = {
	{"", {"Needs Proctor", "Scheduled"}},
	{"Needs Proctor", {"Pending Approval", "Scheduled", "Cancelled"}},
	{"Pending Approval", {"Scheduled", "Approval Denied", "Cancelled"}},
	{"Approval Denied", {"Needs Proctor", "Cancelled"}},
	{"Scheduled", {"Onboarding", "Checked In", "In Progress", "Needs Proctor", "Incident", "Closed", "Cancelled"}},
	{"Onboarding", {"Checked In", "Scheduled", "In Progress", "Incident", "Cancelled"}},
	{"Checked In", {"Scheduled", "In Progress", "Incident", "Cancelled"}},
	{"In Progress", {"Incident", "Processing", "Closed"}},
	{"Incident", {"In Progress", "Processing", "Closed", "Cancelled"}},
	{"Processing", {"Incident", "Closed"}},
};

STATEMENT(lockExam,
		  "SELECT FROM proctorlink.exam x WHERE x.install_id" EQ "$1 AND x.exam_id" EQ "$2 FOR SHARE",
		  UUIDOID, UUIDOID);
STATEMENT(attemptsAllowed,
		  "SELECT coalesce("
		  "(SELECT s.attempts FROM proctorlink.schedule s"
		  " WHERE s.install_id" EQ "$1 AND s.schedule_id" EQ "$4),"
		  " " ATTEMPTS_WITHOUT_SCHEDULE("$3") ")"
		  " FROM proctorlink.exam x WHERE x.install_id" EQ "$1 AND x.exam_id" EQ "$2",
		  UUIDOID, UUIDOID, UUIDOID, UUIDOID);

/* Whether any of some courses has an exam that is open to all, and whether one has. */
STATEMENT(anyOpenExam,
		  FOR_EACH_KEY(2, "")
		  "SELECT FROM proctorlink.exam x WHERE x.install_id" EQ "$1 AND x.course_id" EQ "k.key"
		  " AND NOT x.limited_scope" END_FOR_EACH("x") " LIMIT 1",
		  UUIDOID, UUIDARRAYOID);
STATEMENT(openExam,
		  "SELECT FROM proctorlink.exam x WHERE x.install_id" EQ "$1 AND x.course_id" EQ "$2"
		  " AND NOT x.limited_scope LIMIT 1",
		  UUIDOID, UUIDOID);

#define INSERT_MISSING_SESSIONS \
	"INSERT INTO proctorlink.exam_session (install_id, exam_id, account_id, enrollment_id)" \
	" SELECT $1, x.exam_id, n.account_id, n.enrollment_id FROM (SELECT pg_catalog.unnest($2) AS key) k"
#define WHERE_MISSING \
	" WHERE (SELECT true FROM proctorlink.exam_session s WHERE s.install_id" EQ "$1" \
	" AND s.exam_id" EQ "x.exam_id AND s.account_id" EQ "n.account_id AND s.status" NE "'Cancelled' LIMIT 1) IS NULL" \
	" ORDER BY x.exam_id, n.enrollment_id"

STATEMENT(makeForEnrollments,
		  INSERT_MISSING_SESSIONS " CROSS JOIN LATERAL ("
		  "SELECT n.enrollment_id, n.account_id, n.course_id FROM proctorlink.enrollment n"
		  " WHERE n.install_id" EQ "$1 AND n.enrollment_id" EQ "k.key" END_FOR_EACH("n")
		  " CROSS JOIN LATERAL (SELECT x.exam_id FROM proctorlink.exam x"
		  " WHERE x.install_id" EQ "$1 AND x.course_id" EQ "n.course_id AND NOT x.limited_scope" END_FOR_EACH("x")
		  WHERE_MISSING,
		  UUIDOID, UUIDARRAYOID);
STATEMENT(makeForExams,
		  INSERT_MISSING_SESSIONS " CROSS JOIN LATERAL ("
		  "SELECT x.exam_id, x.course_id FROM proctorlink.exam x"
		  " WHERE x.install_id" EQ "$1 AND x.exam_id" EQ "k.key AND NOT x.limited_scope" END_FOR_EACH("x")
		  " CROSS JOIN LATERAL (SELECT n.enrollment_id, n.account_id FROM proctorlink.enrollment n"
		  " WHERE n.install_id" EQ "$1 AND n.course_id" EQ "x.course_id"
		  " AND n.role" EQ "'learner' AND n.status" EQ "'active'" END_FOR_EACH("n")
		  WHERE_MISSING,
		  UUIDOID, UUIDARRAYOID);
/*
 * Sessions are locked by a statement of its own, so that the one that cancels
 * them sees what others had done to them before they let go.
 */
STATEMENT(lockForEnrollments,
		  FOR_EACH_KEY(2, "")
		  "SELECT FROM proctorlink.exam_session s WHERE s.install_id" EQ "$1 AND s.enrollment_id" EQ "k.key"
		  " AND s.status" EQ_ANY SESSION_NOT_BEGUN " FOR NO KEY UPDATE" END_FOR_EACH("s"),
		  UUIDOID, UUIDARRAYOID);
STATEMENT(lockForExams,
		  FOR_EACH_KEY(2, "")
		  "SELECT FROM proctorlink.exam_session s WHERE s.install_id" EQ "$1 AND s.exam_id" EQ "k.key"
		  " AND s.status" EQ_ANY SESSION_NOT_BOOKED " FOR NO KEY UPDATE" END_FOR_EACH("s"),
		  UUIDOID, UUIDARRAYOID);
STATEMENT(cancelForEnrollments,
		  "UPDATE proctorlink.exam_session s SET status = 'Cancelled', status_reason = 'unenrolled'"
		  " FROM (SELECT pg_catalog.unnest($2) AS key) k"
		  FIND_TARGET("exam_session") "t.enrollment_id" EQ "k.key AND t.status" EQ_ANY SESSION_NOT_BEGUN
		  END_FIND_TARGET("s"),
		  UUIDOID, UUIDARRAYOID);
STATEMENT(cancelForExams,
		  "UPDATE proctorlink.exam_session s SET status = 'Cancelled', status_reason = 'removed-by-limited-scope'"
		  " FROM (SELECT pg_catalog.unnest($2) AS key) k"
		  " CROSS JOIN LATERAL (SELECT x.course_id, x.limited_scope FROM proctorlink.exam x"
		  " WHERE x.install_id" EQ "$1 AND x.exam_id" EQ "k.key" END_FOR_EACH("x")
		  FIND_TARGET("exam_session") "t.exam_id" EQ "k.key AND t.status" EQ_ANY SESSION_NOT_BOOKED
		  " AND (x.limited_scope OR (SELECT true FROM proctorlink.enrollment e WHERE e.install_id" EQ "$1"
		  " AND e.account_id" EQ "t.account_id AND e.course_id" EQ "x.course_id AND e.role" EQ "'learner'"
		  " AND e.status" EQ "'active' LIMIT 1) IS NULL)" END_FIND_TARGET("s"),
		  UUIDOID, UUIDARRAYOID);

/* A row that gives or takes sessions. */
typedef struct Change
{
	pg_uuid_t	install;
	pg_uuid_t	row;
	pg_uuid_t	course;
	bool		gives;
} Change;

typedef struct Changes
{
	int			count;
	int			room;
	Change	   *list;
} Changes;

/* SessionStatusAllowed tells whether a session may go from a status, "" before it exists, to another. */
bool
SessionStatusAllowed(Text from, Text to)
{
	for (int i = 0; i < lengthof(transitions); i++)
		if (TextIs(from, transitions[i].from))
			for (int j = 0; j < lengthof(transitions[i].to) && transitions[i].to[j] != NULL; j++)
				if (TextIs(to, transitions[i].to[j]))
					return true;
	return false;
}

/* SessionWays lists where a session may go from a status; "" when nowhere. */
char *
SessionWays(Text from)
{
	StringInfoData ways;

	initStringInfo(&ways);
	for (int i = 0; i < lengthof(transitions); i++)
		if (TextIs(from, transitions[i].from))
			for (int j = 0; j < lengthof(transitions[i].to) && transitions[i].to[j] != NULL; j++)
				appendStringInfo(&ways, "%s%s", ways.len > 0 ? ", " : "", transitions[i].to[j]);
	return ways.data;
}

/* The statuses of SESSION_NOT_BEGUN, those of SESSION_NOT_BOOKED first. */
static const char *const notBegun[] = {"Needs Proctor", "Pending Approval", "Approval Denied", "Scheduled",
"Onboarding", "Checked In"};

#define NOT_BOOKED 3

/* IsOneOf tells whether a status is one of the first of notBegun. */
static bool
IsOneOf(Text status, int count)
{
	for (int i = 0; i < count; i++)
		if (TextIs(status, notBegun[i]))
			return true;
	return false;
}

/* SessionHasNotBegun tells whether a session's status is one of SESSION_NOT_BEGUN. */
bool
SessionHasNotBegun(Text status)
{
	return IsOneOf(status, lengthof(notBegun));
}

/* SessionIsNotBooked tells whether a session's status is one of SESSION_NOT_BOOKED. */
bool
SessionIsNotBooked(Text status)
{
	return IsOneOf(status, NOT_BOOKED);
}

/* RefuseStatus raises that a session may not have this status, and says which it may. */
static void
RefuseStatus(Relation relation, Text from, Text to)
{
	char	   *ways = SessionWays(from);

	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION),
			 from.len == 0 ?
			 errmsg("a session cannot begin with status \"%s\"", TextQuoted(to)) :
			 errmsg("a session cannot go from status \"%s\" to \"%s\"", TextQuoted(from), TextQuoted(to)),
			 ways[0] != '\0' ? errhint("It may become: %s.", ways) :
			 errhint("\"%s\" is final; a new attempt is a new session.", TextQuoted(from)),
			 errtable(relation),
			 err_generic_string(PG_DIAG_CONSTRAINT_NAME, "session_status_allowed")));
}

/*
 * proctorlink.exam_session_before(): BEFORE INSERT OR UPDATE FOR EACH ROW on
 * exam_session. A status that is none at all is left to its CHECK.
 */
Datum
proctorlink_exam_session_before(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	TupleDesc	desc;
	Text		from = TextOf("");
	Text		to;
	bool		isnull;
	int			column;
	Datum		now = TimestampTzGetDatum(GetCurrentTransactionStartTimestamp());
	bool		insert;
	HeapTuple	tuple;

	CheckRowTrigger(fcinfo, true, "exam_session_before", "exam_session");
	insert = TRIGGER_FIRED_BY_INSERT(trigger->tg_event);
	tuple = insert ? trigger->tg_trigtuple : trigger->tg_newtuple;
	desc = RelationGetDescr(trigger->tg_relation);

	to = TupleText(tuple, desc, SPI_fnumber(desc, "status"));
	if (insert)
	{
		Datum		createdAt = heap_getattr(tuple, SPI_fnumber(desc, "created_at"), desc, &isnull);

		/* A session that arrives with its past is history. */
		if (!isnull && DatumGetTimestampTz(createdAt) < DatumGetTimestampTz(now))
			return PointerGetDatum(tuple);
	}
	else
		from = TupleText(trigger->tg_trigtuple, desc, SPI_fnumber(desc, "status"));

	if (to.presence == GIVEN && !TextEquals(from, to) && !SessionStatusAllowed(from, to))
		RefuseStatus(trigger->tg_relation, from, to);
	if (insert)
		return PointerGetDatum(tuple);

	column = SPI_fnumber(desc, "updated_at");
	isnull = false;
	return PointerGetDatum(heap_modify_tuple_by_cols(tuple, desc, 1, &column, &now, &isnull));
}

/*
 * proctorlink.exam_session_attempts(): AFTER INSERT, AFTER UPDATE FOR EACH ROW
 * on exam_session, for attempts after the first.
 */
Datum
proctorlink_exam_session_attempts(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	TupleDesc	desc;
	HeapTuple	tuple;
	Datum		values[4];
	char		nulls[] = "    ";
	bool		isnull;
	int			attempt;
	int			allowed;

	CheckRowTrigger(fcinfo, false, "exam_session_attempts", "exam_session");
	desc = RelationGetDescr(trigger->tg_relation);
	tuple = TRIGGER_FIRED_BY_INSERT(trigger->tg_event) ? trigger->tg_trigtuple : trigger->tg_newtuple;

	if (TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
	{
		Datum		createdAt = heap_getattr(tuple, SPI_fnumber(desc, "created_at"), desc, &isnull);

		if (DatumGetTimestampTz(createdAt) < GetCurrentTransactionStartTimestamp())
			return PointerGetDatum(NULL);
	}
	attempt = DatumGetInt32(heap_getattr(tuple, SPI_fnumber(desc, "attempt"), desc, &isnull));
	values[0] = heap_getattr(tuple, SPI_fnumber(desc, "install_id"), desc, &isnull);
	values[1] = heap_getattr(tuple, SPI_fnumber(desc, "exam_id"), desc, &isnull);
	values[2] = heap_getattr(tuple, SPI_fnumber(desc, "exam_configuration_id"), desc, &isnull);
	nulls[2] = isnull ? 'n' : ' ';
	values[3] = heap_getattr(tuple, SPI_fnumber(desc, "schedule_id"), desc, &isnull);
	nulls[3] = isnull ? 'n' : ' ';

	SpiStart();
	StatementRunForRule(&lockExam, values, NULL);
	if (StatementRunForRule(&attemptsAllowed, values, nulls) > 0 && attempt > (allowed = RowInt(0, 1)))
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("attempt %d of an exam that allows %d", attempt, allowed),
				 errhint("Allow more attempts on the schedule or in the exam's configuration."),
				 errtable(trigger->tg_relation),
				 err_generic_string(PG_DIAG_CONSTRAINT_NAME, "session_attempts_left")));
	SPI_finish();
	return PointerGetDatum(NULL);
}

/* NoteChange notes a row that gives or takes sessions in the course that a version of it names. */
static void
NoteChange(Changes *changes, Written *written, TupleTableSlot *slot, const char *key, bool gives)
{
	Change	   *change;
	bool		isnull;
	Datum		course;

	if (changes->count == changes->room)
	{
		changes->room = Max(64, changes->room * 2);
		changes->list = changes->list == NULL ? palloc(changes->room * sizeof(Change)) :
			repalloc(changes->list, changes->room * sizeof(Change));
	}
	change = &changes->list[changes->count++];
	change->install = *DatumGetUUIDP(WrittenColumn(written, written->newSlot, "install_id", &isnull));
	change->row = *DatumGetUUIDP(WrittenColumn(written, written->newSlot, key, &isnull));
	course = WrittenColumn(written, slot, "course_id", &isnull);
	if (isnull)
		memset(&change->course, 0, sizeof(pg_uuid_t));
	else
		change->course = *DatumGetUUIDP(course);
	change->gives = gives;
}

/* CompareCourses orders changes by install, then course. */
static int
CompareCourses(const void *a, const void *b)
{
	const Change *left = a;
	const Change *right = b;
	int			order = memcmp(&left->install, &right->install, UUID_LEN);

	return order != 0 ? order : memcmp(&left->course, &right->course, UUID_LEN);
}

/* What to do with the changes of one install. */
typedef struct SessionWork
{
	LockTupleMode lock;			/* of the courses */
	bool		asks;			/* whether any exam of theirs is open */
	Statement  *make;
	Statement  *lockSessions;
	Statement  *cancel;
} SessionWork;

/* AnyOpen tells whether any of some courses has an exam that is open to all. */
static bool
AnyOpen(pg_uuid_t *install, const Datum *courses, int count)
{
	Datum		values[2] = {UUIDPGetDatum(install), courses[0]};
	Column		keys;

	if (count == 1)
		return StatementRunForRule(&openExam, values, NULL) > 0;
	ColumnInit(&keys, UUIDOID, count);
	for (int i = 0; i < count; i++)
		ColumnAddUuid(&keys, DatumGetUUIDP(courses[i]));
	values[1] = ColumnDatum(&keys);
	return StatementRunForRule(&anyOpenExam, values, NULL) > 0;
}

/*
 * MakeAndCancel locks the courses of all changes, then cancels and makes sessions.
 * Who makes learners shares the courses with others who do; who opens or closes
 * an exam has its course alone. So neither misses what the other is about to
 * commit.
 */
static void
MakeAndCancel(Changes *changes, const SessionWork *work)
{
	if (changes->count == 0)
		return;
	qsort(changes->list, changes->count, sizeof(Change), CompareCourses);
	SpiStart();
	for (int first = 0, last; first < changes->count; first = last)
	{
		Change	   *list = &changes->list[first];
		Datum	   *courses;
		int			courseCount = 0;
		Column		give;
		Column		take;
		Datum		values[2] = {UUIDPGetDatum(&list->install)};
		int			count;
		bool		anyOpen;

		for (last = first; last < changes->count &&
			 memcmp(&changes->list[last].install, &list->install, UUID_LEN) == 0;)
			last++;
		count = last - first;
		courses = palloc_extended(count * sizeof(Datum), MCXT_ALLOC_HUGE);
		ColumnInit(&give, UUIDOID, count);
		ColumnInit(&take, UUIDOID, count);
		for (int i = 0; i < count; i++)
		{
			if (i == 0 || memcmp(&list[i].course, &list[i - 1].course, UUID_LEN) != 0)
				courses[courseCount++] = UUIDPGetDatum(&list[i].course);
			ColumnAddUuid(list[i].gives ? &give : &take, &list[i].row);
		}

		RowsLock("course", "course_id", &list->install, courses, courseCount, work->lock, NULL);
		anyOpen = give.count > 0 && (!work->asks || AnyOpen(&list->install, courses, courseCount));

		/* Who goes from one course to another loses what was there first. */
		if (take.count > 0)
		{
			values[1] = ColumnDatum(&take);
			StatementRunForRule(work->lockSessions, values, NULL);
			StatementRunForRule(work->cancel, values, NULL);
		}
		if (anyOpen)
		{
			values[1] = ColumnDatum(&give);
			StatementRunForRule(work->make, values, NULL);
		}
	}
	SPI_finish();
}

/* SameUuid tells whether an update left a column of ids as it was. */
static bool
SameUuid(Written *written, int number)
{
	bool		isnull;
	Datum		before = slot_getattr(written->oldSlot, number, &isnull);
	Datum		after = slot_getattr(written->newSlot, number, &isnull);

	return memcmp(DatumGetUUIDP(before), DatumGetUUIDP(after), UUID_LEN) == 0;
}

/* IsActive tells whether a version of an enrollment is active. */
static bool
IsActive(TupleTableSlot *slot, int statusNumber)
{
	bool		isnull;

	return TextIs(TextOfDatum(slot_getattr(slot, statusNumber, &isnull), false), "active");
}

/* IsActiveLearner tells whether a version of an enrollment gives the right to sessions. */
static bool
IsActiveLearner(TupleTableSlot *slot, int roleNumber, int statusNumber)
{
	bool		isnull;
	Text		role = TextOfDatum(slot_getattr(slot, roleNumber, &isnull), false);

	return TextIs(role, "learner") && IsActive(slot, statusNumber);
}

/*
 * proctorlink.enrollment_written(): AFTER INSERT, AFTER UPDATE FOR EACH
 * STATEMENT on enrollment.
 */
Datum
proctorlink_enrollment_written(PG_FUNCTION_ARGS)
{
	static const SessionWork work = {LockTupleShare, true, &makeForEnrollments, &lockForEnrollments,
	&cancelForEnrollments};
	Written		written;
	Changes		changes = {0};

	int			account;
	int			course;
	int			role;
	int			status;

	WrittenStart(&written, fcinfo, "enrollment");
	account = WrittenNumber(&written, "account_id");
	course = WrittenNumber(&written, "course_id");
	role = WrittenNumber(&written, "role");
	status = WrittenNumber(&written, "status");
	while (WrittenNext(&written))
	{
		bool		is = IsActiveLearner(written.newSlot, role, status);
		bool		was = written.update && IsActiveLearner(written.oldSlot, role, status);

		bool		moved = written.update &&
		!(SameUuid(&written, account) && SameUuid(&written, course));

		if (WrittenIsHistory(&written))
			continue;
		if (was && (!is || moved))
			NoteChange(&changes, &written, written.oldSlot, "enrollment_id", false);
		else if (written.update && IsActive(written.oldSlot, status) && !IsActive(written.newSlot, status))
			NoteChange(&changes, &written, written.newSlot, "enrollment_id", false);
		if (is && (!was || moved))
			NoteChange(&changes, &written, written.newSlot, "enrollment_id", true);
	}
	WrittenEnd(&written);
	MakeAndCancel(&changes, &work);
	return PointerGetDatum(NULL);
}

/* IsOpenTo finds the course whose learners all have a session of an exam; NULL when there is none. */
static pg_uuid_t *
IsOpenTo(Written *written, TupleTableSlot *slot)
{
	bool		isnull;
	Datum		course;

	if (DatumGetBool(WrittenColumn(written, slot, "limited_scope", &isnull)))
		return NULL;
	course = WrittenColumn(written, slot, "course_id", &isnull);
	return isnull ? NULL : DatumGetUUIDP(course);
}

/*
 * proctorlink.exam_written(): AFTER INSERT, AFTER UPDATE FOR EACH STATEMENT on
 * exam.
 */
Datum
proctorlink_exam_written(PG_FUNCTION_ARGS)
{
	static const SessionWork work = {LockTupleNoKeyExclusive, false, &makeForExams, &lockForExams, &cancelForExams};
	Written		written;
	Changes		changes = {0};

	WrittenStart(&written, fcinfo, "exam");
	while (WrittenNext(&written))
	{
		pg_uuid_t  *is = IsOpenTo(&written, written.newSlot);
		pg_uuid_t  *was = written.update ? IsOpenTo(&written, written.oldSlot) : NULL;

		if ((is == NULL && was == NULL) || WrittenIsHistory(&written) ||
			(is != NULL && was != NULL && memcmp(is, was, UUID_LEN) == 0))
			continue;
		if (was != NULL)
			NoteChange(&changes, &written, written.oldSlot, "exam_id", false);
		if (is != NULL)
			NoteChange(&changes, &written, written.newSlot, "exam_id", true);
	}
	WrittenEnd(&written);
	MakeAndCancel(&changes, &work);
	return PointerGetDatum(NULL);
}

/* proctorlink.exam_session_is_well_formed(...): the columns in the order of its arguments. */
Datum
proctorlink_exam_session_is_well_formed(PG_FUNCTION_ARGS)
{
	static const char *const passed[] = {"SATISFACTORY", "NOT_SATISFACTORY", "NOT_SUBMITTED", "VOIDED"};
	static const char table[] = "exam_session";

	if (!PG_ARGISNULL(0) && PG_GETARG_INT32(0) <= 0)
		RefuseRow(table, "session_attempt_positive", "Attempts count from 1.");
	CheckIdColumn(fcinfo, 1, MAX_ID_LENGTH, table, "session_attempt_ext_id_format");
	CheckWordColumn(fcinfo, 2, statuses, lengthof(statuses), table, "session_status_known");
	CheckTextColumn(fcinfo, 3, MAX_NAME_LENGTH, table, "session_status_reason_length");
	if (!PG_ARGISNULL(4) && !PG_ARGISNULL(5) && PG_GETARG_TIMESTAMPTZ(4) > PG_GETARG_TIMESTAMPTZ(5))
		RefuseRow(table, "session_ends_after_it_starts", "A sitting ends no earlier than it begins.");
	CheckWordColumn(fcinfo, 6, passed, lengthof(passed), table, "session_passed_status_known");
	CheckIdColumn(fcinfo, 7, MAX_ID_LENGTH, table, "session_reservation_id_format");
	if (!PG_ARGISNULL(8) && PG_GETARG_INT64(8) <= 0)
		RefuseRow(table, "session_reservation_no_positive", "A reservation has a number from 1.");
	PG_RETURN_BOOL(true);
}
