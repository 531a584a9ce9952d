/*
 * care/readiness.c
 *		Whether an install, and an exam of it or all, are ready to be scheduled:
 *		the one-time set-up first, then the checklist of an exam.
 */
#include "domain/schedule.h"

#include "catalog/pg_type.h"
#include "core/sid.h"
#include "core/statement.h"
#include "domain/hierarchy.h"
#include "domain/install.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(proctorlink_readiness);

#define READINESS_COLUMNS 4

/* At most this many ids are named where many are concerned. */
#define MOST_NAMED 5

STATEMENT(setUp,
		  "SELECT i.platform_url, coalesce(i.settings OPERATOR(pg_catalog.->>) 'candidateIdSource', 'user_id'),"
		  " (SELECT pg_catalog.string_agg(t.provider, ', ' ORDER BY t.provider) FROM proctorlink.integration t"
		  " WHERE t.install_id" EQ "$1 AND t.active),"
		  " (SELECT true FROM proctorlink.integration t WHERE t.install_id" EQ "$1 AND t.active"
		  " AND t.provider" EQ "'proctoru' LIMIT 1) IS NOT NULL,"
		  " (SELECT pg_catalog.count(*)::pg_catalog.int4 FROM proctorlink.hierarchy h WHERE h.install_id" EQ "$1"
		  " AND h.organisation_id IS NOT NULL AND h.allow_schedules AND NOT h.archived)"
		  " FROM proctorlink.install i WHERE i.install_id" EQ "$1",
		  UUIDOID);

#define SELECT_EXAMS \
	"SELECT x.exam_id, x.external_id, x.published, x.duration_minutes, x.pin, x.proctorio, x.safe_exam_browser," \
	" x.keycode, x.title FROM proctorlink.exam x WHERE x.install_id" EQ "$1"

STATEMENT(allExams,
		  SELECT_EXAMS " ORDER BY x.external_id",
		  UUIDOID);
STATEMENT(examById,
		  SELECT_EXAMS " AND x.exam_id" EQ "$2",
		  UUIDOID, UUIDOID);
STATEMENT(examByExternalId,
		  SELECT_EXAMS " AND x.external_id" EQ "$2",
		  UUIDOID, TEXTOID);
STATEMENT(nearestExams,
		  "SELECT pg_catalog.string_agg(f.external_id, ', ')"
		  " FROM (SELECT n.external_id FROM proctorlink.find_assessment($1) n LIMIT 3) f",
		  TEXTOID);
STATEMENT(tooShort,
		  "SELECT s.external_id FROM proctorlink.schedule s"
		  " JOIN proctorlink.exam x ON x.install_id" EQ "s.install_id AND x.exam_id" EQ "s.exam_id"
		  " WHERE s.install_id" EQ "$1 AND ($2 IS NULL OR s.exam_id" EQ "$2)"
		  " AND s.ends_at OPERATOR(pg_catalog.>) pg_catalog.now()"
		  " AND s.ends_at OPERATOR(pg_catalog.<=) (s.starts_at OPERATOR(pg_catalog.+)"
		  " pg_catalog.make_interval(mins => x.duration_minutes OPERATOR(pg_catalog.+) s.extra_time_minutes))"
		  " ORDER BY s.external_id",
		  UUIDOID, UUIDOID);
STATEMENT(withExtraTime,
		  "SELECT DISTINCT s.external_id FROM proctorlink.schedule s"
		  " JOIN proctorlink.integration i ON i.install_id" EQ "s.install_id AND i.integration_id" EQ "s.integration_id"
		  " JOIN proctorlink.exam_session e ON e.install_id" EQ "s.install_id AND e.schedule_id" EQ "s.schedule_id"
		  " JOIN proctorlink.account a ON a.install_id" EQ "e.install_id AND a.account_id" EQ "e.account_id"
		  " WHERE s.install_id" EQ "$1 AND ($2 IS NULL OR s.exam_id" EQ "$2)"
		  " AND s.ends_at OPERATOR(pg_catalog.>) pg_catalog.now() AND i.provider" EQ "'proctoru'"
		  " AND e.status" NE "'Cancelled' AND a.special_needs AND s.extra_time_minutes OPERATOR(pg_catalog.>) 0"
		  " ORDER BY s.external_id",
		  UUIDOID, UUIDOID);

/* Where the rows of an answer go, and whom they are about. */
typedef struct Checks
{
	ReturnSetInfo *result;
	const Install *install;
	bool		throughProctoru;	/* the install has a connection to it */
	bool		one;			/* one exam, else all */
	pg_uuid_t	exam;
} Checks;

/* A list of ids that something is wrong with. */
typedef struct Wrong
{
	int			count;
	StringInfoData named;
} Wrong;

typedef enum Verdict
{
	NOT_OK,
	OK,
	INFORMATION
} Verdict;

/* Put puts a row of the answer; the hint is told where something is wrong. */
static void
Put(Checks *checks, const char *name, Verdict verdict, const char *detail, const char *hint)
{
	Datum		values[READINESS_COLUMNS] = {CStringGetTextDatum(name), BoolGetDatum(verdict == OK),
		CStringGetTextDatum(detail),
	(Datum) 0};
	bool		nulls[READINESS_COLUMNS] = {false, verdict == INFORMATION, false, true};

	if (verdict != OK && hint != NULL)
	{
		values[3] = CStringGetTextDatum(hint);
		nulls[3] = false;
	}
	tuplestore_putvalues(checks->result->setResult, checks->result->setDesc, values, nulls);
}

/* PutFinding puts what a rule says under the name of a check. */
static void
PutFinding(Checks *checks, const char *name, const Finding *finding)
{
	Put(checks, name, finding->ok ? OK : NOT_OK, finding->detail, finding->hint);
}

/* AddName adds an id to a list of those that something is wrong with. */
static void
AddName(Wrong *wrong, Text id)
{
	if (wrong->count == 0)
		initStringInfo(&wrong->named);
	if (wrong->count < MOST_NAMED)
		appendStringInfo(&wrong->named, "%s%s", wrong->count > 0 ? ", " : "",
						 id.presence == GIVEN ? TextQuoted(id) : "(none)");
	else if (wrong->count == MOST_NAMED)
		appendStringInfoString(&wrong->named, ", ...");
	wrong->count++;
}

/* CheckSetUp puts the one-time set-up: External API settings and the connection. */
static void
CheckSetUp(Checks *checks)
{
	const pg_uuid_t *install = &checks->install->id;
	Datum		key = UUIDPGetDatum(install);
	Text		url;
	Text		source;
	Text		providers;
	int			selectable;
	pg_uuid_t	id;
	ScheduleOwner owner;
	ScheduleHierarchy hierarchy;
	Findings	findings = {0};

	StatementRun(&setUp, &key, NULL, true);
	url = RowText(0, 1);
	source = RowText(0, 2);
	providers = RowText(0, 3);
	checks->throughProctoru = RowBool(0, 4);
	selectable = RowInt(0, 5);

	Put(checks, "setup.integration", providers.presence == GIVEN ? OK : NOT_OK,
		providers.presence == GIVEN ? psprintf("connected: %.*s", providers.len, providers.data) :
		"no provider is connected", "Connect the provider by create_integration.");
	Put(checks, "setup.platform_url", url.presence == GIVEN ? OK : NOT_OK,
		url.presence == GIVEN ? psprintf("%.*s", url.len, url.data) : "the install has no platform URL",
		"Set platformUrl by configure_install: launch links begin with it, and the provider needs it.");

	owner = OwnerFind(install, checks->install->defaultScheduler, true, &id);
	Put(checks, "setup.scheduler", owner.exists ? OK : NOT_OK,
		owner.exists ? psprintf("the default scheduler is \"%s\"", TextQuoted(owner.named)) :
		owner.named.presence == GIVEN ? psprintf("there is no account \"%s\"", TextQuoted(owner.named)) :
		"no default scheduler is set",
		"Choose one under Admin > External API (configure_install, defaultScheduler); a shared Default Schedule account serves all schedulers.");
	ScheduleCheckOwner(&owner, &findings);
	if (owner.exists)
		PutFinding(checks, "setup.scheduler_permission", &findings.list[0]);
	else
		Put(checks, "setup.scheduler_permission", INFORMATION, "nobody to ask about", NULL);

	findings.count = 0;
	hierarchy = ScheduleHierarchyFind(install, NO_TEXT, true, &id);
	ScheduleCheckHierarchy(&hierarchy, &findings);
	PutFinding(checks, "setup.hierarchy", &findings.list[0]);
	Put(checks, "hierarchy.selectable", selectable > 0 ? OK : INFORMATION,
		psprintf("%d %s can be selected at the provider", selectable, selectable == 1 ? "hierarchy" : "hierarchies"),
		"Give a hierarchy an Organisation ID to make it selectable; until then all schedules go to the default one.");
	Put(checks, "identity.source", INFORMATION,
		psprintf("ProctorU's %.*s becomes the User ID (CandidateExtId)", source.len, source.data), NULL);
}

/* PutWrong puts a check of exams: of one as it is, of all by those that something is wrong with. */
static void
PutWrong(Checks *checks, const char *name, const Wrong *wrong, bool needed, const char *fine, const char *fault,
		 const char *hint)
{
	const char *detail = wrong->count == 0 ? fine :
	checks->one ? fault : psprintf("%s: %d (%s)", fault, wrong->count, wrong->named.data);

	Put(checks, name, wrong->count == 0 ? OK : needed ? NOT_OK : INFORMATION, detail, hint);
}

/* CheckExams puts the checklist of the exams that a look-up found. */
static void
CheckExams(Checks *checks, uint64 count)
{
	static const char *const names[] = {"security.pin", "security.proctorio", "security.safe_exam_browser",
	"security.keycode"};
	static const char *const settings[] = {"PIN", "Proctorio", "Safe Exam Browser", "keycode"};
	static const char offHint[] = "Turn it off on the Assessment Options panel (configure_exam) for exams that ProctorU delivers.";
	Wrong		externalId = {0};
	Wrong		published = {0};
	Wrong		duration = {0};
	Wrong		on[lengthof(names)] = {{0}};

	for (uint64 i = 0; i < count; i++)
	{
		ScheduleExam exam = {.externalId = RowText(i, 2),.published = RowBool(i, 3)};
		Security	none = {{0}};
		Findings	findings = {0};
		Text		name = exam.externalId.presence == GIVEN ? exam.externalId : RowText(i, 9);
		bool		isnull;

		CHECK_FOR_INTERRUPTS();
		ScheduleCheckProctoru(&exam, &none, &findings);
		if (!findings.list[0].ok)
			AddName(&externalId, name);
		if (!exam.published)
			AddName(&published, name);
		(void) RowDatum(i, 4, &isnull);
		if (isnull)
			AddName(&duration, name);
		for (int s = 0; s < lengthof(names); s++)
			if (RowBool(i, 5 + s))
				AddName(&on[s], name);
	}
	PutWrong(checks, "exam.external_id", &externalId, checks->throughProctoru || checks->one,
			 "the external id is one that ProctorU can name",
			 "no external id, or one with a space or of more than 64 characters",
			 "Give the assessment an External ID (configure_exam) and enter the same in ProctorU.");
	PutWrong(checks, "exam.published", &published, true, "published", "a draft",
			 "Publish the assessment (configure_exam, \"published\": true).");
	PutWrong(checks, "exam.duration", &duration, false, "has a duration", "no duration: its schedules need an end",
			 "Give the assessment a duration (configure_exam), or every schedule an end.");
	for (int s = 0; s < lengthof(names); s++)
		PutWrong(checks, names[s], &on[s], checks->throughProctoru, "off", psprintf("%s is on", settings[s]), offHint);
}

/* CheckSchedules puts a check of the schedules that are ahead, by those that a look-up finds something wrong with. */
static void
CheckSchedules(Checks *checks, Statement *statement, const char *name, const char *fine, const char *fault,
			   const char *hint)
{
	Datum		values[2] = {UUIDPGetDatum(&checks->install->id), UUIDPGetDatum(&checks->exam)};
	uint64		count = StatementRun(statement, values, checks->one ? NULL : " n", true);
	Wrong		wrong = {0};

	for (uint64 i = 0; i < count; i++)
		AddName(&wrong, RowText(i, 1));
	Put(checks, name, count == 0 ? OK : NOT_OK,
		count == 0 ? fine : psprintf("%s: %d (%s)", fault, wrong.count, wrong.named.data), hint);
}

/* FindExam finds the exam that is asked about, and puts whether there is one. */
static uint64
FindExam(Checks *checks, Text named)
{
	Datum		values[2] = {UUIDPGetDatum(&checks->install->id)};
	Datum		search = TextDatum(named);
	pg_uuid_t	sid;
	uint64		count;
	Text		nearest;

	if (SidRead(named, "EX", &sid) == SID_OURS)
	{
		values[1] = UUIDPGetDatum(&sid);
		count = StatementRun(&examById, values, NULL, true);
	}
	else
	{
		values[1] = search;
		count = StatementRun(&examByExternalId, values, NULL, true);
	}
	if (count > 0)
	{
		checks->exam = RowUuid(0, 1);
		Put(checks, "exam.found", OK, psprintf("the exam is \"%s\"", TextQuoted(named)), NULL);
		return count;
	}
	StatementRun(&nearestExams, &search, NULL, true);
	nearest = RowText(0, 1);
	Put(checks, "exam.found", NOT_OK, psprintf("there is no exam \"%s\"", TextQuoted(named)),
		nearest.presence == GIVEN ?
		psprintf("The External ID in ProctorU must be exactly the assessment's. Nearest here: %.*s.", nearest.len,
				 nearest.data) :
		"The External ID in ProctorU must be exactly the assessment's; nothing here is near it.");
	return 0;
}

/* proctorlink.readiness(exam) */
Datum
proctorlink_readiness(PG_FUNCTION_ARGS)
{
	Install		install;
	Checks		checks = {.result = (ReturnSetInfo *) fcinfo->resultinfo,.install = &install};
	uint64		count;

	InitMaterializedSRF(fcinfo, 0);
	SpiStart();
	InstallForCall(NO_TEXT, &install);
	CheckSetUp(&checks);
	checks.one = !PG_ARGISNULL(0);
	if (checks.one)
		count = FindExam(&checks, TextOfDatum(PG_GETARG_DATUM(0), false));
	else
	{
		Datum		key = UUIDPGetDatum(&install.id);

		count = StatementRun(&allExams, &key, NULL, true);
		Put(&checks, "exam.found", count > 0 ? OK : INFORMATION, psprintf(UINT64_FORMAT " exams", count), NULL);
	}
	if (count > 0)
	{
		CheckExams(&checks, count);
		CheckSchedules(&checks, &tooShort, "schedules.window", "every schedule ahead is longer than its exam",
					   "schedules ahead that are not longer than their exam takes now",
					   "Let these schedules end later: the exam has become longer since they were made.");
		CheckSchedules(&checks, &withExtraTime, "schedules.people_with_extra_time",
					   "nobody with extra time is on a schedule through ProctorU",
					   "schedules through ProctorU with people who get extra time",
					   "Extra time does not work through ProctorU: make a separate, longer exam for these people and schedule it at the same time.");
	}
	SPI_finish();
	return (Datum) 0;
}
