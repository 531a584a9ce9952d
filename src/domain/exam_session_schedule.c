/*
 * domain/exam_session_schedule.c
 *		Sessions on schedules: who may come to them, the extra time that they
 *		ask of them, and what stands in place of a booking that was cancelled.
 */
#include "domain/exam_session.h"

#include "catalog/pg_type.h"
#include "core/columns.h"
#include "core/row_check.h"
#include "core/statement.h"
#include "core/written.h"
#include "domain/erased.h"
#include "domain/schedule_rules.h"
#include "miscadmin.h"
#include "utils/array.h"

PG_FUNCTION_INFO_V1(proctorlink_exam_session_written);

STATEMENT(lockSchedule,
		  "SELECT FROM proctorlink.schedule s WHERE s.install_id" EQ "$1 AND s.schedule_id" EQ "$2 FOR NO KEY UPDATE",
		  UUIDOID, UUIDOID);
/*
 * A schedule that is over is history: nobody asks who came to it any more. What
 * the special needs of those people come to is read along with it: percentages,
 * 0 where one has none; and -1 for those who were erased.
 */
STATEMENT(readSchedule,
		  "SELECT s.duration_minutes, s.extra_time_minutes, s.exam_id, x.extra_time_minutes, x.external_id,"
		  " x.accommodation_for, (SELECT i.provider" EQ "'proctoru' FROM proctorlink.integration i"
		  " WHERE i.install_id" EQ "$1 AND i.integration_id" EQ "s.integration_id),"
		  " (SELECT pg_catalog.array_agg(DISTINCT CASE WHEN a.erased THEN -1"
		  " ELSE coalesce(a.reasonable_adjustment_percentage, 0) END)"
		  " FROM (SELECT pg_catalog.unnest($3) AS key) k"
		  " CROSS JOIN LATERAL (SELECT t.reasonable_adjustment_percentage, t.status" EQ "'erased' AS erased"
		  " FROM proctorlink.account t WHERE t.install_id" EQ "$1 AND t.account_id" EQ "k.key"
		  " AND (t.special_needs OR t.status" EQ "'erased')" END_FOR_EACH("a") ")"
		  " FROM proctorlink.schedule s JOIN proctorlink.exam x ON x.install_id" EQ "$1 AND x.exam_id" EQ "s.exam_id"
		  " WHERE s.install_id" EQ "$1 AND s.schedule_id" EQ "$2"
		  " AND s.ends_at OPERATOR(pg_catalog.>) pg_catalog.now()",
		  UUIDOID, UUIDOID, UUIDARRAYOID);
STATEMENT(twinOfExam,
		  SELECT_TWIN,
		  UUIDOID, UUIDOID);
STATEMENT(withNeeds,
		  "SELECT a.candidate_ext_id, a.reasonable_adjustment_percentage FROM (SELECT pg_catalog.unnest($2) AS key) k"
		  " CROSS JOIN LATERAL (SELECT t.candidate_ext_id, t.reasonable_adjustment_percentage FROM proctorlink.account t"
		  " WHERE t.install_id" EQ "$1 AND t.account_id" EQ "k.key AND t.special_needs" END_FOR_EACH("a")
		  " ORDER BY a.candidate_ext_id",
		  UUIDOID, UUIDARRAYOID);
/* Those without special needs, and whether they were entered: by an id that somebody gave them. */
STATEMENT(withoutNeeds,
		  "SELECT a.candidate_ext_id, NOT a.candidate_ext_id_defaulted AND (SELECT true FROM proctorlink.accommodation c"
		  " WHERE c.install_id" EQ "$1 AND c.exam_id" EQ_ANY "(ARRAY[$3, $4])"
		  " AND c.candidate_ext_id" EQ "a.candidate_ext_id LIMIT 1) IS NOT NULL"
		  " FROM (SELECT pg_catalog.unnest($2) AS key) k"
		  " CROSS JOIN LATERAL (SELECT t.candidate_ext_id, t.candidate_ext_id_defaulted FROM proctorlink.account t"
		  " WHERE t.install_id" EQ "$1 AND t.account_id" EQ "k.key AND NOT t.special_needs" END_FOR_EACH("a")
		  " ORDER BY a.candidate_ext_id",
		  UUIDOID, UUIDARRAYOID, UUIDOID, UUIDOID);
STATEMENT(raiseExtraTime,
		  "UPDATE proctorlink.schedule s SET extra_time_minutes = $3"
		  " WHERE s.install_id" EQ "$1 AND s.schedule_id" EQ "$2",
		  UUIDOID, UUIDOID, INT4OID);
/*
 * A fresh session has no schedule, so an attempt that only the schedule allowed
 * has none in its place. Who was booked before they came to the course of an exam
 * that is open to all has no enrollment with the session, and the right all the
 * same.
 */
STATEMENT(makeFresh,
		  "INSERT INTO proctorlink.exam_session"
		  " (install_id, exam_id, exam_configuration_id, account_id, enrollment_id, attempt)"
		  " SELECT $1, o.exam_id, o.exam_configuration_id, o.account_id, n.enrollment_id, o.attempt"
		  " FROM (SELECT pg_catalog.unnest($2) AS key) k"
		  " CROSS JOIN LATERAL (SELECT t.exam_id, t.exam_configuration_id, t.account_id, t.enrollment_id, t.attempt"
		  " FROM proctorlink.exam_session t WHERE t.install_id" EQ "$1 AND t.exam_session_id" EQ "k.key"
		  END_FOR_EACH("o")
		  " CROSS JOIN LATERAL (SELECT x.exam_id, x.attempts, x.course_id, x.limited_scope FROM proctorlink.exam x"
		  " WHERE x.install_id" EQ "$1 AND x.exam_id" EQ "o.exam_id" END_FOR_EACH("x")
		  " CROSS JOIN LATERAL (SELECT n.enrollment_id FROM proctorlink.enrollment n WHERE n.install_id" EQ "$1"
		  " AND n.account_id" EQ "o.account_id AND n.course_id" EQ "x.course_id AND n.role" EQ "'learner'"
		  " AND n.status" EQ "'active' AND (n.enrollment_id" EQ "o.enrollment_id OR NOT x.limited_scope)" END_FOR_EACH("n")
		  " WHERE o.attempt OPERATOR(pg_catalog.<=) coalesce(" ATTEMPTS_WITHOUT_SCHEDULE("o.exam_configuration_id") ")"
		  " AND (SELECT true FROM proctorlink.exam_session s WHERE s.install_id" EQ "$1 AND s.exam_id" EQ "o.exam_id"
		  " AND s.account_id" EQ "o.account_id AND s.status" NE "'Cancelled' AND (s.attempt" EQ "o.attempt"
		  " OR s.status" EQ_ANY SESSION_NOT_BOOKED " AND s.schedule_id IS NULL) LIMIT 1) IS NULL"
		  " ORDER BY o.exam_id, n.enrollment_id",
		  UUIDOID, UUIDARRAYOID);

/* A session that came to a schedule, or that left one. */
typedef struct Sitting
{
	pg_uuid_t	install;
	pg_uuid_t	schedule;		/* of one that came */
	pg_uuid_t	row;			/* the account of one that came, the session
								 * that left */
} Sitting;

typedef struct Sittings
{
	int			count;
	int			room;
	Sitting    *list;
} Sittings;

/* AddSitting makes room for one more. */
static Sitting *
AddSitting(Sittings *sittings)
{
	if (sittings->count == sittings->room)
	{
		sittings->room = Max(64, sittings->room * 2);
		sittings->list = sittings->list == NULL ? palloc0(sittings->room * sizeof(Sitting)) :
			repalloc_huge(sittings->list, sittings->room * sizeof(Sitting));
	}
	memset(&sittings->list[sittings->count], 0, sizeof(Sitting));
	return &sittings->list[sittings->count++];
}

/* CompareSittings orders by install, schedule and row, in which order the schedules are locked. */
static int
CompareSittings(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(Sitting));
}

/* Keys lists the rows of sittings. */
static Datum
Keys(const Sitting *list, int count)
{
	Column		keys;

	ColumnInit(&keys, UUIDOID, count);
	for (int i = 0; i < count; i++)
		ColumnAddUuid(&keys, &list[i].row);
	return ColumnDatum(&keys);
}

/* What is asked about a schedule that people came to. */
typedef struct Facts
{
	ScheduleExam exam;
	pg_uuid_t	examId;
	bool		throughProctoru;
	int			extraTime;		/* that the schedule has */
	bool		anyErased;		/* among the people */
	int			kinds;			/* of special needs among them */
	int			largest;		/* extra time that these come to */
} Facts;

/* ReadFacts reads what is asked about a schedule; false: it is over. */
static bool
ReadFacts(Datum *keys, Facts *facts)
{
	Datum		kinds;
	Datum	   *percentages;
	int			count;
	bool		isnull;

	memset(facts, 0, sizeof(Facts));
	if (StatementRunForRule(&readSchedule, keys, NULL) == 0)
		return false;
	facts->exam.duration = RowIntField(0, 1);
	facts->extraTime = RowInt(0, 2);
	facts->examId = RowUuid(0, 3);
	facts->exam.extraTime = RowInt(0, 4);
	facts->exam.externalId = RowText(0, 5);
	(void) RowDatum(0, 6, &isnull);
	facts->exam.isAccommodation = !isnull;
	if (!isnull)
		facts->exam.plain = RowUuid(0, 6);
	facts->throughProctoru = RowBool(0, 7);
	kinds = RowDatum(0, 8, &isnull);
	if (isnull)
		return true;
	deconstruct_array(DatumGetArrayTypeP(kinds), INT4OID, sizeof(int32), true, TYPALIGN_INT, &percentages, NULL,
					  &count);
	for (int i = 0; i < count; i++)
	{
		int32		percentage = DatumGetInt32(percentages[i]);
		IntField	field = {percentage, percentage > 0 ? GIVEN : NULLED};

		if (percentage < 0)
		{
			facts->anyErased = true;
			continue;
		}
		facts->kinds++;
		facts->largest = Max(facts->largest, PersonExtraTime(true, field, &facts->exam));
	}
	return true;
}

/* RefuseExtraTime raises for the first of those who came to a schedule through ProctorU and would get extra time. */
static void
RefuseExtraTime(Relation sessions, Datum install, Datum accounts, const pg_uuid_t *examId, ScheduleExam *exam)
{
	Datum		values[2] = {install, UUIDPGetDatum(examId)};
	uint64		count;

	if (StatementRunForRule(&twinOfExam, values, NULL) > 0)
		exam->twin = RowText(0, 1);
	values[1] = accounts;
	count = StatementRunForRule(&withNeeds, values, NULL);
	for (uint64 i = 0; i < count; i++)
	{
		ScheduleCandidate candidate = {.externalId = RowText(i, 1),.specialNeeds = true,.percentage = RowIntField(i, 2)};
		Findings	findings = {0};

		ScheduleCheckExtraTime(&candidate, exam, &findings);
		FindingsRaise(&findings, sessions);
	}
}

/* RefuseNotEligible raises for the first of those who came to a schedule of an accommodation exam and may not sit it. */
static void
RefuseNotEligible(Relation sessions, Datum install, Datum accounts, const pg_uuid_t *examId, const ScheduleExam *exam)
{
	Datum		values[4] = {install, accounts, UUIDPGetDatum(examId), UUIDPGetDatum(&exam->plain)};
	uint64		count = StatementRunForRule(&withoutNeeds, values, NULL);

	for (uint64 i = 0; i < count; i++)
	{
		ScheduleCandidate candidate = {.entered = RowBool(i, 2)};
		Findings	findings = {0};

		CHECK_FOR_INTERRUPTS();
		if (candidate.entered)
			continue;
		candidate.externalId = RowText(i, 1);
		ScheduleCheckEligible(&candidate, exam, &findings);
		FindingsRaise(&findings, sessions);
	}
}

/*
 * AskWhoCame asks whether those who came to a schedule may be on it, and gives it
 * their extra time, where that is more than it has. Where nobody has special
 * needs the schedule is not locked, so that those who seat others there do not
 * wait for each other.
 */
static void
AskWhoCame(Relation sessions, const Sitting *list, int count)
{
	Datum		values[3] = {UUIDPGetDatum(&list->install), UUIDPGetDatum(&list->schedule), Keys(list, count)};
	Datum		accounts = values[2];
	Facts		facts;

	if (!ReadFacts(values, &facts))
		return;

	/* The foreign key has waited for an erasure at the same moment. */
	if (facts.anyErased)
		RefuseByRule(sessions, ERASED_RULE, "Leave out who was erased.",
					 "a person who was erased comes to no schedule");
	if (facts.kinds > 0)
	{
		/* Read again, since others may have changed it before they let go. */
		StatementRunForRule(&lockSchedule, values, NULL);
		if (!ReadFacts(values, &facts))
			return;
	}
	if (facts.exam.isAccommodation)
		RefuseNotEligible(sessions, values[0], accounts, &facts.examId, &facts.exam);
	if (facts.largest > 0 && facts.throughProctoru)
		RefuseExtraTime(sessions, values[0], accounts, &facts.examId, &facts.exam);
	if (facts.largest <= facts.extraTime)
		return;
	values[2] = Int32GetDatum(facts.largest);
	StatementRunForRule(&raiseExtraTime, values, NULL);
}

/* MakeFresh makes the sessions that stand in place of cancelled bookings, where the right to sit remains. */
static void
MakeFresh(Relation sessions, const Sitting *list, int count)
{
	Datum		values[2] = {UUIDPGetDatum(&list->install), Keys(list, count)};

	StatementRunForRule(&makeFresh, values, NULL);
}

/* ForEachRun hands over the sittings of one install, and of one schedule where they have any, together. */
static void
ForEachRun(Relation sessions, Sittings *sittings, void (*work) (Relation, const Sitting *, int))
{
	qsort(sittings->list, sittings->count, sizeof(Sitting), CompareSittings);
	for (int first = 0, last; first < sittings->count; first = last)
	{
		for (last = first; last < sittings->count &&
			 memcmp(&sittings->list[last], &sittings->list[first], offsetof(Sitting, row)) == 0;)
			last++;
		CHECK_FOR_INTERRUPTS();
		work(sessions, &sittings->list[first], last - first);
	}
}

/* EndsTheRight tells whether a session was cancelled for a reason that leaves no right to sit. */
static bool
EndsTheRight(Text reason)
{
	return TextIs(reason, "removed-by-limited-scope") || TextIs(reason, "unenrolled") ||
		TextIs(reason, "erased") || TextIs(reason, "expired");
}

/* Rows of sessions that this backend has written, those of rules among them. */
static uint64 sessionsWritten = 0;

/* SessionsWritten tells how many there are, for who compares before and after. */
uint64
SessionsWritten(void)
{
	return sessionsWritten;
}

/* SessionsForget goes back to what there were, when what was written since is undone. */
void
SessionsForget(uint64 written)
{
	sessionsWritten = written;
}

/* SessionsAdd counts rows that were written without the trigger. */
void
SessionsAdd(uint64 written)
{
	sessionsWritten += written;
}

/*
 * proctorlink.exam_session_written(): AFTER INSERT, AFTER UPDATE FOR EACH
 * STATEMENT on exam_session.
 */
Datum
proctorlink_exam_session_written(PG_FUNCTION_ARGS)
{
	Written		written;
	Sittings	came = {0};
	Sittings	left = {0};
	int			schedule;
	int			status;

	WrittenStart(&written, fcinfo, "exam_session");
	schedule = WrittenNumber(&written, "schedule_id");
	status = WrittenNumber(&written, "status");
	while (WrittenNext(&written))
	{
		bool		noSchedule;
		bool		noOldSchedule = true;
		bool		isnull;
		Datum		now = slot_getattr(written.newSlot, schedule, &noSchedule);
		Datum		then = (Datum) 0;
		Text		is = SlotText(written.newSlot, status);
		Text		was;
		bool		cancelled = TextIs(is, "Cancelled");
		Sitting    *sitting;

		sessionsWritten++;
		if (WrittenIsHistory(&written))
			continue;
		if (written.update)
			then = slot_getattr(written.oldSlot, schedule, &noOldSchedule);
		if (!noSchedule && !cancelled &&
			(noOldSchedule || memcmp(DatumGetUUIDP(now), DatumGetUUIDP(then), UUID_LEN) != 0))
		{
			sitting = AddSitting(&came);
			sitting->install = *DatumGetUUIDP(WrittenColumn(&written, written.newSlot, "install_id", &isnull));
			sitting->schedule = *DatumGetUUIDP(now);
			sitting->row = *DatumGetUUIDP(WrittenColumn(&written, written.newSlot, "account_id", &isnull));
		}
		if (!written.update || !cancelled)
			continue;
		was = SlotText(written.oldSlot, status);
		if (TextIs(was, "Cancelled") || (noOldSchedule && SessionIsNotBooked(was)) ||
			EndsTheRight(SlotText(written.newSlot, WrittenNumber(&written, "status_reason"))))
			continue;
		sitting = AddSitting(&left);
		sitting->install = *DatumGetUUIDP(WrittenColumn(&written, written.newSlot, "install_id", &isnull));
		sitting->row = *DatumGetUUIDP(WrittenColumn(&written, written.newSlot, "exam_session_id", &isnull));
	}
	WrittenEnd(&written);

	if (came.count + left.count > 0)
	{
		SpiStart();
		ForEachRun(written.trigger->tg_relation, &came, AskWhoCame);
		ForEachRun(written.trigger->tg_relation, &left, MakeFresh);
		SPI_finish();
	}
	return PointerGetDatum(NULL);
}
