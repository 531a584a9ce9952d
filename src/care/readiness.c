/*
 * care/readiness.c
 *		Whether an install, and an exam of it or all, are ready to be scheduled:
 *		the one-time set-up first, then the checklist of an exam.
 */
#include "care/rows.h"

#include "catalog/pg_type.h"
#include "core/statement.h"
#include "domain/exam.h"
#include "domain/hierarchy.h"
#include "domain/install.h"
#include "domain/schedule.h"
#include "funcapi.h"
#include "miscadmin.h"

PG_FUNCTION_INFO_V1(proctorlink_readiness);

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

/* Of a provider's tokens those count whose connection is in use. */
STATEMENT(tokensInForce,
		  "SELECT pg_catalog.count(*)::pg_catalog.int4, pg_catalog.max(coalesce(t.expires_at, 'infinity'))"
		  " FROM proctorlink.api_token t"
		  " LEFT JOIN proctorlink.integration i ON i.install_id" EQ "$1 AND i.integration_id" EQ "t.integration_id"
		  " WHERE t.install_id" EQ "$1 AND t.revoked_at IS NULL"
		  " AND (t.expires_at IS NULL OR t.expires_at" GT "pg_catalog.now())"
		  " AND (t.integration_id IS NULL OR i.active)",
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

/* People with special needs on sessions that are not cancelled, for the rule of extra time. */
#define WITH_NEEDS \
	" JOIN proctorlink.account a ON a.install_id" EQ "e.install_id AND a.account_id" EQ "e.account_id" \
	" WHERE e.install_id" EQ "$1 AND e.status" NE "'Cancelled' AND a.special_needs AND x.accommodation_for IS NULL"
#define NEEDS "a.reasonable_adjustment_percentage, x.extra_time_minutes, "

STATEMENT(withExtraTime,
		  "SELECT DISTINCT s.external_id, " NEEDS "s.duration_minutes FROM proctorlink.schedule s"
		  " JOIN proctorlink.integration i ON i.install_id" EQ "s.install_id AND i.integration_id" EQ "s.integration_id"
		  " JOIN proctorlink.exam x ON x.install_id" EQ "s.install_id AND x.exam_id" EQ "s.exam_id"
		  " JOIN proctorlink.exam_session e ON e.install_id" EQ "s.install_id AND e.schedule_id" EQ "s.schedule_id"
		  WITH_NEEDS " AND ($2 IS NULL OR s.exam_id" EQ "$2)"
		  " AND s.ends_at OPERATOR(pg_catalog.>) pg_catalog.now() AND i.provider" EQ "'proctoru'"
		  " ORDER BY s.external_id",
		  UUIDOID, UUIDOID);
STATEMENT(withoutTwin,
		  "SELECT DISTINCT coalesce(x.external_id, x.title) AS named, " NEEDS "x.duration_minutes FROM proctorlink.exam x"
		  " JOIN proctorlink.exam_session e ON e.install_id" EQ "x.install_id AND e.exam_id" EQ "x.exam_id"
		  WITH_NEEDS " AND ($2 IS NULL OR x.exam_id" EQ "$2)"
		  " AND NOT e.status" EQ_ANY "('{Processing,Closed}'::pg_catalog.text[])"
		  " AND (SELECT true FROM proctorlink.exam t WHERE t.install_id" EQ "$1 AND t.accommodation_for" EQ "x.exam_id"
		  " LIMIT 1) IS NULL ORDER BY named",
		  UUIDOID, UUIDOID);
STATEMENT(twins,
		  "SELECT t.external_id FROM proctorlink.exam t WHERE t.install_id" EQ "$1"
		  " AND t.accommodation_for IS NOT NULL AND ($2 IS NULL OR t.accommodation_for" EQ "$2)"
		  " ORDER BY t.external_id",
		  UUIDOID, UUIDOID);

/* Asked as the tables' owner: who may ask for readiness need not see what providers report. */
STATEMENT(webhookTypes,
		  "SELECT t.event_type, pg_catalog.sum(t.times)::pg_catalog.int4, pg_catalog.max(t.latest) AS latest,"
		  " pg_catalog.bool_and(t.known) FROM"
		  " (SELECT g.event_type, g.times, g.latest, (SELECT true FROM proctorlink.webhook_rule r"
		  " WHERE r.install_id" EQ "$1 AND r.event_type" EQ "g.event_type"
		  " AND (r.integration_id IS NULL OR r.integration_id" EQ "g.integration_id) LIMIT 1) IS NOT NULL AS known"
		  " FROM (SELECT w.event_type, w.integration_id, pg_catalog.count(*) AS times,"
		  " pg_catalog.max(w.received_at) AS latest FROM proctorlink.webhook w WHERE w.install_id" EQ "$1"
		  " GROUP BY w.event_type, w.integration_id) g) t"
		  " GROUP BY t.event_type, t.known ORDER BY latest DESC, t.event_type",
		  UUIDOID);

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

/* Put puts a row of the answer; the hint is told where something is wrong. */
static void
Put(Checks *checks, const char *name, Verdict verdict, const char *detail, const char *hint)
{
	PutRow(checks->result, name, verdict, detail, hint);
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

/* CheckToken puts whether there is a token by which the provider can come in. */
static void
CheckToken(Checks *checks)
{
	Datum		key = UUIDPGetDatum(&checks->install->id);
	int			count;
	TimeField	until;

	/*
	 * Who asks need not be allowed to look at tokens; how many there are is
	 * no secret.
	 */
	StatementRunAsOwner(&tokensInForce, &key, NULL, true);
	count = RowInt(0, 1);
	until = RowTime(0, 2);
	Put(checks, "setup.token", count > 0 ? OK : NOT_OK,
		count == 0 ? "no EAPI token is in force" :
		TIMESTAMP_NOT_FINITE(until.value) ? psprintf("EAPI tokens in force: %d", count) :
		psprintf("EAPI tokens in force: %d, the last until %s", count, Rfc3339Of(until.value)),
		"Generate one under Admin > External API (generate_eapi_token) and give it to ProctorU with the platform URL.");
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
	CheckToken(checks);
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

/* CheckWebhooks puts which events have come that no rule names, how often, and when last. */
static void
CheckWebhooks(Checks *checks)
{
	Datum		key = UUIDPGetDatum(&checks->install->id);
	uint64		count = StatementRunAsOwner(&webhookTypes, &key, NULL, true);
	int			unknown = 0;
	int			unread = 0;
	StringInfoData detail;

	initStringInfo(&detail);
	for (uint64 i = 0; i < count; i++)
	{
		Text		type = RowText(i, 1);
		const char *latest = Rfc3339Of(RowTime(i, 3).value);

		if (RowBool(i, 4))
			continue;
		if (type.presence != GIVEN)
		{
			unread = RowInt(i, 2);
			appendStringInfo(&detail, "%sbodies that are no JSON object with an event.type (%d, last %s)",
							 detail.len > 0 ? ", " : "", unread, latest);
		}
		else if (++unknown <= MOST_NAMED)
			appendStringInfo(&detail, "%s\"%s\" (%d, last %s)", detail.len > 0 ? ", " : "", TextQuoted(type),
							 RowInt(i, 2), latest);
		else if (unknown == MOST_NAMED + 1)
			appendStringInfo(&detail, ", ...");
	}
	if (count == 0)
		Put(checks, "webhook.unknown_types", INFORMATION, "no webhook has come", NULL);
	else if (detail.len == 0)
		Put(checks, "webhook.unknown_types", OK, "every event type that came has a rule", NULL);
	else
		Put(checks, "webhook.unknown_types", unread > 0 ? NOT_OK : INFORMATION,
			psprintf("without a rule, so that they moved nothing: %s", detail.data),
			unread > 0 ? "Set the format of ProctorU's webhooks to JSON; enter a rule for each event type (set_webhook_rule)." :
			"Enter a rule for each (set_webhook_rule), with status null where the type is to move nothing.");
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

/* WithExtraTime lists, each once, what people who get extra time sit, of the rows that a look-up found. */
static Wrong
WithExtraTime(uint64 count)
{
	Wrong		wrong = {0};
	Text		last = NO_TEXT;

	for (uint64 i = 0; i < count; i++)
	{
		Text		named = RowText(i, 1);
		ScheduleExam exam = {.duration = RowIntField(i, 4),.extraTime = RowInt(i, 3)};

		CHECK_FOR_INTERRUPTS();
		if (PersonExtraTime(true, RowIntField(i, 2), &exam) == 0 || (last.presence == GIVEN && TextEquals(named, last)))
			continue;
		AddName(&wrong, named);
		last = named;
	}
	return wrong;
}

/* CheckExtraTime puts whether people whose extra time ProctorU cannot give have an exam to sit, and sit it. */
static void
CheckExtraTime(Checks *checks)
{
	Datum		values[2] = {UUIDPGetDatum(&checks->install->id), UUIDPGetDatum(&checks->exam)};
	const char *nulls = checks->one ? NULL : " n";
	Wrong		wrong = WithExtraTime(StatementRun(&withoutTwin, values, nulls, true));
	Wrong		there = {0};
	uint64		count = StatementRun(&twins, values, nulls, true);

	for (uint64 i = 0; i < count; i++)
		AddName(&there, RowText(i, 1));
	if (wrong.count > 0)
		Put(checks, "extra_time.accommodation_exam", checks->throughProctoru ? NOT_OK : INFORMATION,
			psprintf("people with extra time, but no accommodation exam: %d (%s)", wrong.count, wrong.named.data),
			"Make a separate, longer exam for them (create_accommodation_exam): extra time does not work through ProctorU.");
	else if (count > 0)
		Put(checks, "extra_time.accommodation_exam", OK,
			psprintf("accommodation exams: %d (%s)", there.count, there.named.data), NULL);
	else
		Put(checks, "extra_time.accommodation_exam", INFORMATION, "no accommodation exam, and nobody who needs one", NULL);

	wrong = WithExtraTime(StatementRun(&withExtraTime, values, nulls, true));
	Put(checks, "schedules.people_with_extra_time", wrong.count == 0 ? OK : NOT_OK,
		wrong.count == 0 ? "nobody with extra time is on a schedule through ProctorU" :
		psprintf("schedules through ProctorU with people who get extra time: %d (%s)", wrong.count, wrong.named.data),
		"Extra time does not work through ProctorU: make a separate, longer exam for these people (create_accommodation_exam) and schedule it at the same time.");
}

/* FindExam finds the exam that is asked about, and puts whether there is one. */
static uint64
FindExam(Checks *checks, Text named)
{
	Datum		values[2] = {UUIDPGetDatum(&checks->install->id), UUIDPGetDatum(&checks->exam)};
	Datum		search = TextDatum(named);
	Text		nearest;

	if (ExamFind(&checks->install->id, named, true, &checks->exam))
	{
		Put(checks, "exam.found", OK, psprintf("the exam is \"%s\"", TextQuoted(named)), NULL);
		return StatementRun(&examById, values, NULL, true);
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
	CheckWebhooks(&checks);
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
		CheckExtraTime(&checks);
	}
	SPI_finish();
	return (Datum) 0;
}
