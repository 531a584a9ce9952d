/*
 * care/ahead.c
 *		Which schedules begin soon, and what is wrong with each.
 *
 * Asks the rules of a schedule again, since what they look at may have changed
 * since the schedule was made, and what nobody is stopped by but would regret.
 */
#include "domain/schedule.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "core/statement.h"
#include "domain/install.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(proctorlink_readiness_ahead);

#define AHEAD_COLUMNS 6

#define AHEAD \
	" s.install_id" EQ "$1 AND s.ends_at" GT "pg_catalog.now()" \
	" AND s.starts_at" LE "(pg_catalog.now() OPERATOR(pg_catalog.+) $2)"

STATEMENT(schedulesAhead,
		  "SELECT s.schedule_id, s.external_id, s.starts_at, s.ends_at, s.extra_time_minutes, s.activated_at IS NOT NULL,"
		  " s.pin, s.proctorio, s.safe_exam_browser, s.keycode,"
		  " coalesce((SELECT i.provider" EQ "'proctoru' FROM proctorlink.integration i"
		  " WHERE i.install_id" EQ "$1 AND i.integration_id" EQ "s.integration_id), false),"
		  " (SELECT pg_catalog.count(*)::pg_catalog.int4 FROM proctorlink.exam_session e WHERE e.install_id" EQ "$1"
		  " AND e.schedule_id" EQ "s.schedule_id AND e.status" NE "'Cancelled'),"
		  " x.external_id, x.published, x.duration_minutes, x.pin, x.proctorio, x.safe_exam_browser, x.keycode,"
		  " o.username, o.status" EQ "'active', r.may_schedule,"
		  " h.organisation_id, h.is_root, h.is_default, h.allow_schedules, h.archived"
		  " FROM proctorlink.schedule s"
		  " JOIN proctorlink.exam x ON x.install_id" EQ "$1 AND x.exam_id" EQ "s.exam_id"
		  " JOIN proctorlink.account o ON o.install_id" EQ "$1 AND o.account_id" EQ "s.owner_id"
		  " JOIN proctorlink.role r ON r.install_id" EQ "$1 AND r.title" EQ "o.role"
		  " JOIN proctorlink.hierarchy h ON h.install_id" EQ "$1 AND h.hierarchy_id" EQ "s.hierarchy_id"
		  " WHERE" AHEAD " ORDER BY s.starts_at, s.external_id",
		  UUIDOID, INTERVALOID);
STATEMENT(peopleAhead,
		  "SELECT s.schedule_id, a.candidate_ext_id, a.reasonable_adjustment_percentage, x.extra_time_minutes,"
		  " s.duration_minutes,"
		  " (SELECT t.external_id FROM proctorlink.exam t WHERE t.install_id" EQ "$1 AND t.accommodation_for" EQ "x.exam_id"
		  " AND t.external_id IS NOT NULL ORDER BY t.published DESC, t.created_at, t.exam_id LIMIT 1)"
		  " FROM proctorlink.schedule s"
		  " JOIN proctorlink.integration i ON i.install_id" EQ "$1 AND i.integration_id" EQ "s.integration_id"
		  " AND i.provider" EQ "'proctoru'"
		  " JOIN proctorlink.exam x ON x.install_id" EQ "$1 AND x.exam_id" EQ "s.exam_id AND x.accommodation_for IS NULL"
		  " JOIN proctorlink.exam_session e ON e.install_id" EQ "$1 AND e.schedule_id" EQ "s.schedule_id"
		  " AND e.status" NE "'Cancelled'"
		  " JOIN proctorlink.account a ON a.install_id" EQ "$1 AND a.account_id" EQ "e.account_id AND a.special_needs"
		  " WHERE" AHEAD " ORDER BY s.starts_at, s.external_id, a.candidate_ext_id",
		  UUIDOID, INTERVALOID);

/* A schedule that begins soon, and what the rules say of it. */
typedef struct Ahead
{
	pg_uuid_t	id;
	Text		externalId;
	TimeField	starts;
	bool		activated;
	int			people;
	Findings	findings;
} Ahead;

/* NullableBool reads a boolean that may be null. */
static BoolField
NullableBool(uint64 row, int column)
{
	bool		isnull;
	Datum		value = RowDatum(row, column, &isnull);

	return (BoolField)
	{
		!isnull && DatumGetBool(value), isnull ? NULLED : GIVEN
	};
}

/* ReadSecurity reads four settings from a column on. */
static Security
ReadSecurity(uint64 row, int column)
{
	return (Security)
	{
		NullableBool(row, column), NullableBool(row, column + 1), NullableBool(row, column + 2),
			NullableBool(row, column + 3)
	};
}

/* Judge asks the rules of the schedule that a row tells of. */
static void
Judge(uint64 row, Ahead *ahead)
{
	ScheduleWindow window = {.duration = RowIntField(row, 15),.extraTime = RowInt(row, 5)};
	Security	own = ReadSecurity(row, 7);
	ScheduleExam exam = {.externalId = RowText(row, 13),.published = RowBool(row, 14),.security = ReadSecurity(row, 16)};
	ScheduleOwner owner = {.exists = true,.named = RowText(row, 20),.active = RowBool(row, 21),.maySchedule = RowBool(row, 22)};
	ScheduleHierarchy hierarchy = {.exists = true,.named = RowText(row, 23),.isRoot = RowBool(row, 24),
	.isDefault = RowBool(row, 25),.allowsSchedules = RowBool(row, 26),.archived = RowBool(row, 27)};

	ahead->id = RowUuid(row, 1);
	ahead->externalId = RowText(row, 2);
	ahead->starts = RowTime(row, 3);
	ahead->activated = RowBool(row, 6);
	ahead->people = RowInt(row, 12);
	window.starts = ahead->starts.value;
	window.ends = RowTime(row, 4).value;
	hierarchy.hasOrganisationId = hierarchy.named.presence == GIVEN;
	ScheduleCheckWindow(&window, &ahead->findings);
	ScheduleCheckOwner(&owner, &ahead->findings);
	ScheduleCheckHierarchy(&hierarchy, &ahead->findings);
	if (RowBool(row, 11))
		ScheduleCheckProctoru(&exam, &own, &ahead->findings);
	else
		FindingAdd(&ahead->findings, "exam.published", exam.published,
				   "Publish the assessment (configure_exam, \"published\": true).",
				   exam.published ? "the exam is published" : "the exam is a draft");
	FindingAdd(&ahead->findings, "schedule.activated", ahead->activated, "Activate the schedule (eapi_activate_schedule).",
			   ahead->activated ? "the schedule is activated" : "the schedule is a draft, which nobody can sit");
}

/* JudgePeople asks the rule of extra time of those who are on the schedules; the first of a schedule is named. */
static void
JudgePeople(Datum *values, Ahead *list, uint64 count)
{
	uint64		rows = StatementRun(&peopleAhead, values, NULL, true);
	uint64		at = 0;
	bool		told = false;

	for (uint64 row = 0; row < rows; row++)
	{
		pg_uuid_t	id = RowUuid(row, 1);
		ScheduleCandidate candidate = {.externalId = RowText(row, 2),.specialNeeds = true,.percentage = RowIntField(row, 3)};
		ScheduleExam exam = {.extraTime = RowInt(row, 4),.duration = RowIntField(row, 5),.twin = RowText(row, 6)};
		Findings	findings = {0};

		CHECK_FOR_INTERRUPTS();

		/* Both come in the same order. */
		for (; at < count && memcmp(&list[at].id, &id, UUID_LEN) != 0; at++)
			told = false;
		ScheduleCheckExtraTime(&candidate, &exam, &findings);
		if (at == count || told || findings.list[0].ok)
			continue;
		told = true;
		list[at].findings.list[list[at].findings.count++] = findings.list[0];
	}
}

/* Put puts a row about a schedule. */
static void
Put(ReturnSetInfo *result, const Ahead *ahead, const char *check, const bool *ok, const char *detail, const char *hint)
{
	Datum		values[AHEAD_COLUMNS] = {TextDatum(ahead->externalId), TimestampTzGetDatum(ahead->starts.value),
	CStringGetTextDatum(check)};
	bool		nulls[AHEAD_COLUMNS] = {false, false, false, ok == NULL, false, hint == NULL};

	if (ok != NULL)
		values[3] = BoolGetDatum(*ok);
	values[4] = CStringGetTextDatum(detail);
	if (hint != NULL)
		values[5] = CStringGetTextDatum(hint);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* PutAhead puts what is wrong with a schedule, or that nothing is. */
static void
PutAhead(ReturnSetInfo *result, const Ahead *ahead)
{
	bool		good = FindingRefused(&ahead->findings) == NULL;

	for (int i = 0; i < ahead->findings.count; i++)
	{
		const Finding *finding = &ahead->findings.list[i];

		if (!finding->ok)
			Put(result, ahead, finding->rule, &finding->ok, finding->detail, finding->hint);
	}
	if (ahead->people == 0)
		Put(result, ahead, "schedule.people", NULL, "nobody is on the schedule",
			"Put people on it (eapi_add_candidates), or delete it.");
	else if (good)
		Put(result, ahead, "schedule.ready", &good, psprintf("%d people can sit it", ahead->people), NULL);
}

/* proctorlink.readiness_ahead(horizon) */
Datum
proctorlink_readiness_ahead(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Install		install;
	Datum		values[2];
	uint64		count;
	Ahead	   *list;

	REQUIRE_ARGUMENTS("horizon");
	InitMaterializedSRF(fcinfo, 0);
	SpiStart();
	InstallForCall(NO_TEXT, &install);
	values[0] = UUIDPGetDatum(&install.id);
	values[1] = PG_GETARG_DATUM(0);
	count = StatementRun(&schedulesAhead, values, NULL, true);
	list = MemoryContextAllocHuge(CurrentMemoryContext, Max(count, 1) * sizeof(Ahead));
	memset(list, 0, count * sizeof(Ahead));
	for (uint64 i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		Judge(i, &list[i]);
	}
	JudgePeople(values, list, count);
	for (uint64 i = 0; i < count; i++)
		PutAhead(result, &list[i]);
	SPI_finish();
	return (Datum) 0;
}
