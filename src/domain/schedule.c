/*
 * domain/schedule.c
 *		A timed sitting of an exam: its defaults, and its rules about other rows.
 *
 * The rules of the row alone are CHECK constraints, which hold for history too;
 * the trigger before asks them first, since it can say what to do. The rules
 * about other rows are asked of what is still to come, after the row was written
 * and with the rows that they lean on locked.
 */
#include "domain/schedule.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "core/row_check.h"
#include "core/sid.h"
#include "core/statement.h"
#include "core/written.h"
#include "domain/install.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(proctorlink_schedule_before);
PG_FUNCTION_INFO_V1(proctorlink_schedule_written);
PG_FUNCTION_INFO_V1(proctorlink_exam_of_schedules);
PG_FUNCTION_INFO_V1(proctorlink_schedule_is_well_formed);

STATEMENT(defaultsOfExam,
		  "SELECT x.title, x.duration_minutes,"
		  " (SELECT h.hierarchy_id FROM proctorlink.hierarchy h WHERE h.install_id" EQ "$1 AND h.is_default),"
		  " (SELECT i.settings FROM proctorlink.install i WHERE i.install_id" EQ "$1)"
		  " FROM proctorlink.exam x WHERE x.install_id" EQ "$1 AND x.exam_id" EQ "$2",
		  UUIDOID, UUIDOID);

/* The role by a query of its own where there is an account: a join would take twice as long to begin. */
#define OWNER_COLUMNS \
	"a.account_id, a.username, a.status" EQ "'active', (SELECT r.may_schedule FROM proctorlink.role r" \
	" WHERE r.install_id" EQ "$1 AND r.title" EQ "a.role)"
#define OWNER_FROM " FROM proctorlink.account a WHERE a.install_id" EQ "$1 AND "

STATEMENT(ownerByName,
		  "SELECT " OWNER_COLUMNS OWNER_FROM "a.username" EQ "$2",
		  UUIDOID, TEXTOID);
STATEMENT(ownerById,
		  "SELECT " OWNER_COLUMNS OWNER_FROM "a.account_id" EQ "$2",
		  UUIDOID, UUIDOID);

#define SELECT_EXAM \
	"SELECT x.exam_id, x.external_id, x.title, x.published, x.duration_minutes, x.extra_time_minutes," \
	" x.pin, x.proctorio, x.safe_exam_browser, x.keycode, x.accommodation_for" \
	" FROM proctorlink.exam x WHERE x.install_id" EQ "$1 AND "

STATEMENT(examByExternalId,
		  SELECT_EXAM "x.external_id" EQ "$2",
		  UUIDOID, TEXTOID);
STATEMENT(examById,
		  SELECT_EXAM "x.exam_id" EQ "$2",
		  UUIDOID, UUIDOID);

STATEMENT(isProctoru,
		  "SELECT FROM proctorlink.integration i WHERE i.install_id" EQ "$1 AND i.integration_id" EQ "$2"
		  " AND i.provider" EQ "'proctoru'",
		  UUIDOID, UUIDOID);
STATEMENT(schedulesAhead,
		  "SELECT s.external_id, s.pin, s.proctorio, s.safe_exam_browser, s.keycode"
		  " FROM proctorlink.schedule s"
		  " JOIN proctorlink.integration i ON i.install_id" EQ "s.install_id AND i.integration_id" EQ "s.integration_id"
		  " WHERE s.install_id" EQ "$1 AND s.exam_id" EQ "$2 AND s.ends_at OPERATOR(pg_catalog.>) pg_catalog.now()"
		  " AND i.provider" EQ "'proctoru' ORDER BY s.external_id",
		  UUIDOID, UUIDOID);

STATEMENT(seatedWithNeeds,
		  "SELECT a.candidate_ext_id, a.reasonable_adjustment_percentage FROM proctorlink.exam_session e"
		  " JOIN proctorlink.account a ON a.install_id" EQ "$1 AND a.account_id" EQ "e.account_id"
		  " WHERE e.install_id" EQ "$1 AND e.schedule_id" EQ "$2 AND e.status" NE "'Cancelled' AND a.special_needs"
		  " ORDER BY a.candidate_ext_id",
		  UUIDOID, UUIDOID);
STATEMENT(twinOfExam,
		  SELECT_TWIN,
		  UUIDOID, UUIDOID);

/* A version of a row of schedule or exam, read by the names of columns. */
typedef struct Version
{
	HeapTuple	tuple;
	TupleDesc	desc;
} Version;

/* ColumnOf reads a column. */
static Datum
ColumnOf(Version version, const char *name, bool *isnull)
{
	int			number = SPI_fnumber(version.desc, name);

	if (number <= 0)
		elog(ERROR, "the table has no column %s", name);
	return heap_getattr(version.tuple, number, version.desc, isnull);
}

/* IsNull tells whether a column is null. */
static bool
IsNull(Version version, const char *name)
{
	bool		isnull;

	(void) ColumnOf(version, name, &isnull);

	return isnull;
}

/* IntColumn reads an integer that may be null. */
static IntField
IntColumn(Version version, const char *name)
{
	bool		isnull;
	Datum		value = ColumnOf(version, name, &isnull);

	return (IntField)
	{
		isnull ? 0 : DatumGetInt32(value), isnull ? NULLED : GIVEN
	};
}

/* BoolColumn reads a boolean that may be null. */
static BoolField
BoolColumn(Version version, const char *name)
{
	bool		isnull;
	Datum		value = ColumnOf(version, name, &isnull);

	return (BoolField)
	{
		!isnull && DatumGetBool(value), isnull ? NULLED : GIVEN
	};
}

/* TimeColumn reads a time that is not null. */
static TimestampTz
TimeColumn(Version version, const char *name)
{
	bool		isnull;

	return DatumGetTimestampTz(ColumnOf(version, name, &isnull));
}

/* Differs tells whether two versions have another value in a column, byte by byte. */
static bool
Differs(Version before, Version after, const char *name)
{
	int			number = SPI_fnumber(after.desc, name);
	Form_pg_attribute attribute = TupleDescAttr(after.desc, number - 1);
	bool		wasNull;
	bool		isNull;
	Datum		was = ColumnOf(before, name, &wasNull);
	Datum		is = ColumnOf(after, name, &isNull);

	if (wasNull || isNull)
		return wasNull != isNull;
	return !datumIsEqual(was, is, attribute->attbyval, attribute->attlen);
}

/* IsHistory tells whether a new row arrives with a time before this transaction. */
static bool
IsHistory(Version version)
{
	bool		isnull;
	Datum		createdAt = ColumnOf(version, "created_at", &isnull);

	return !isnull && DatumGetTimestampTz(createdAt) < GetCurrentTransactionStartTimestamp();
}

/* OwnerRow reads what a look-up of an owner found. */
static ScheduleOwner
OwnerRow(uint64 rows, Text named, pg_uuid_t *account)
{
	ScheduleOwner owner = {.named = named};

	if (rows == 0)
		return owner;
	owner.exists = true;
	if (account != NULL)
		*account = RowUuid(0, 1);
	owner.named = RowText(0, 2);
	owner.active = RowBool(0, 3);
	owner.maySchedule = RowBool(0, 4);
	return owner;
}

/* LookForOwner finds an owner for a rule, or for the caller; where nobody is named, nobody. */
static ScheduleOwner
LookForOwner(const pg_uuid_t *install, Text named, bool forRule, bool readOnly, pg_uuid_t *account)
{
	Statement  *statement = &ownerByName;
	Datum		values[2] = {UUIDPGetDatum(install)};
	pg_uuid_t	sid;
	uint64		rows;

	if (named.presence != GIVEN)
		return (ScheduleOwner)
	{
		.named = NO_TEXT
	};
	if (SidRead(named, "US", &sid) == SID_OURS)
	{
		statement = &ownerById;
		values[1] = UUIDPGetDatum(&sid);
	}
	else
		values[1] = TextDatum(named);
	rows = forRule ? StatementRunForRule(statement, values, NULL) : StatementRun(statement, values, NULL, readOnly);
	return OwnerRow(rows, named, account);
}

/*
 * OwnerFind finds an account by its username or sid as one that is to own
 * schedules. The caller is connected to SPI.
 */
ScheduleOwner
OwnerFind(const pg_uuid_t *install, Text named, bool readOnly, pg_uuid_t *account)
{
	return LookForOwner(install, named, false, readOnly, account);
}

/* SecurityRow reads the settings of security of the first row found, from a column on. */
Security
SecurityRow(int column)
{
	return (Security)
	{
		RowBoolField(0, column), RowBoolField(0, column + 1), RowBoolField(0, column + 2), RowBoolField(0, column + 3)
	};
}

/* ExamRow reads what a look-up of an exam found. */
static bool
ExamRow		(uint64 rows, ScheduleExam *exam, pg_uuid_t *id)
{
	bool		isnull;

	memset(exam, 0, sizeof(ScheduleExam));
	if (rows == 0)
		return false;
	if (id != NULL)
		*id = RowUuid(0, 1);
	exam->externalId = RowText(0, 2);
	exam->title = RowText(0, 3);
	exam->published = RowBool(0, 4);
	exam->duration = RowIntField(0, 5);
	exam->extraTime = RowInt(0, 6);
	exam->security = SecurityRow(7);
	(void) RowDatum(0, 11, &isnull);
	exam->isAccommodation = !isnull;
	if (exam->isAccommodation)
		exam->plain = RowUuid(0, 11);
	return true;
}

/* ScheduleExamFind finds an exam by its external id. The caller is connected to SPI. */
bool
ScheduleExamFind(const pg_uuid_t *install, Text externalId, bool readOnly, ScheduleExam *exam, pg_uuid_t *id)
{
	Datum		values[2] = {UUIDPGetDatum(install), TextDatum(externalId)};

	return ExamRow (StatementRun(&examByExternalId, values, NULL, readOnly), exam, id);
}

/* ScheduleExamOf finds the exam of a schedule by its key. The caller is connected to SPI. */
bool
ScheduleExamOf(const pg_uuid_t *install, const pg_uuid_t *id, bool readOnly, ScheduleExam *exam)
{
	Datum		values[2] = {UUIDPGetDatum(install), UUIDPGetDatum(id)};

	return ExamRow (StatementRun(&examById, values, NULL, readOnly), exam, NULL);
}

/* IsThroughProctoru tells whether an integration is one with ProctorU. The caller is connected to SPI. */
bool
IsThroughProctoru(const pg_uuid_t *install, const pg_uuid_t *integration, bool readOnly)
{
	Datum		values[2] = {UUIDPGetDatum(install), UUIDPGetDatum(integration)};

	return StatementRun(&isProctoru, values, NULL, readOnly) > 0;
}

/* The columns that a new schedule may lack. */
typedef struct Filling
{
	int			count;
	int			columns[8];
	Datum		values[8];
	bool		nulls[8];
} Filling;

/* Fill sets a column. */
static void
Fill(Filling *filling, Version version, const char *name, Datum value)
{
	filling->columns[filling->count] = SPI_fnumber(version.desc, name);
	filling->nulls[filling->count] = false;
	filling->values[filling->count++] = value;
}

/* Filled makes the row with the columns that were set. */
static HeapTuple
Filled(Filling *filling, Version version)
{
	if (filling->count == 0)
		return version.tuple;
	return heap_modify_tuple_by_cols(version.tuple, version.desc, filling->count, filling->columns, filling->values,
									 filling->nulls);
}

/* ScheduleTitle makes a title of the exam's and the day of the start in UTC. */
Datum
ScheduleTitle(Text exam, TimestampTz starts)
{
	char	   *day = psprintf(" %s", TIMESTAMP_NOT_FINITE(starts) ? "" : Rfc3339Of(starts));
	int			len;

	day[strcspn(day, "T")] = '\0';
	len = pg_mbcharcliplen(exam.data, exam.len, MAX_CODE_LENGTH - strlen(day));
	return CStringGetTextDatum(psprintf("%.*s%s", len, exam.data, day));
}

/* FillOwner finds the install's default scheduler for a schedule without an owner. */
static void
FillOwner(Filling *filling, Version version, const pg_uuid_t *install, Datum settings, Relation relation)
{
	Install		stored;
	ScheduleOwner owner;
	pg_uuid_t  *account = palloc(sizeof(pg_uuid_t));
	Findings	findings = {0};

	InstallReadSettings(&stored, settings);
	owner = LookForOwner(install, stored.defaultScheduler, true, false, account);
	if (owner.exists)
		Fill(filling, version, "owner_id", UUIDPGetDatum(account));
	else
	{
		ScheduleCheckOwner(&owner, &findings);
		FindingsRaise(&findings, relation);
	}
}

/* CompleteNewSchedule fills in what a new schedule was not given. */
static HeapTuple
CompleteNewSchedule(Version version, Relation relation)
{
	Filling		filling = {0};
	Datum		keys[2];
	bool		isnull;
	pg_uuid_t	install;
	ScheduleWindow window;
	Text		title;
	Datum		hierarchy;
	bool		noHierarchy;
	Datum		settings;

	if (IsNull(version, "external_id") && !IsNull(version, "schedule_id"))
		Fill(&filling, version, "external_id",
			 CStringGetTextDatum(SidOf("SC", DatumGetUUIDP(ColumnOf(version, "schedule_id", &isnull)))));
	if (IsNull(version, "extra_time_minutes"))
		Fill(&filling, version, "extra_time_minutes", Int32GetDatum(0));
	if (!IsNull(version, "pin_code") && IsNull(version, "pin"))
		Fill(&filling, version, "pin", BoolGetDatum(true));

	if (IsNull(version, "install_id") || IsNull(version, "exam_id") || IsNull(version, "starts_at") ||
		!(IsNull(version, "title") || IsNull(version, "duration_minutes") || IsNull(version, "ends_at") ||
		  IsNull(version, "owner_id") || IsNull(version, "hierarchy_id")))
		return Filled(&filling, version);

	keys[0] = ColumnOf(version, "install_id", &isnull);
	keys[1] = ColumnOf(version, "exam_id", &isnull);

	install = *DatumGetUUIDP(keys[0]);
	SpiStart();
	if (StatementRunForRule(&defaultsOfExam, keys, NULL) > 0)
	{
		title = RowText(0, 1);
		window.duration = RowIntField(0, 2);
		hierarchy = RowDatum(0, 3, &noHierarchy);
		settings = RowDatum(0, 4, &isnull);
		if (!noHierarchy)
			hierarchy = datumCopy(hierarchy, false, UUID_LEN);

		if (IsNull(version, "owner_id"))
			FillOwner(&filling, version, &install, settings, relation);
		if (IsNull(version, "hierarchy_id") && !noHierarchy)
			Fill(&filling, version, "hierarchy_id", hierarchy);
		if (IsNull(version, "title"))
			Fill(&filling, version, "title", ScheduleTitle(title, TimeColumn(version, "starts_at")));
		if (IsNull(version, "duration_minutes"))
		{
			if (window.duration.presence == GIVEN)
				Fill(&filling, version, "duration_minutes", Int32GetDatum(window.duration.value));
		}
		else
			window.duration = IntColumn(version, "duration_minutes");
		if (IsNull(version, "ends_at"))
		{
			if (window.duration.presence != GIVEN)
				RefuseByRule(relation, "schedule_longer_than_exam", "Give the schedule an end.",
							 "an exam without a time limit needs a schedule with an end");
			window.starts = TimeColumn(version, "starts_at");
			window.extraTime = Max(IntColumn(version, "extra_time_minutes").value, 0);
			Fill(&filling, version, "ends_at", TimestampTzGetDatum(TIMESTAMP_NOT_FINITE(window.starts) ?
																   window.starts : ScheduleDefaultEnd(&window)));
		}
	}
	SPI_finish();
	return Filled(&filling, version);
}

/*
 * proctorlink.schedule_before(): BEFORE INSERT OR UPDATE FOR EACH ROW on
 * schedule. It asks the database only for what a new row was not given.
 */
Datum
proctorlink_schedule_before(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	Relation	relation;
	Version		version;
	ScheduleWindow window;
	Findings	findings = {0};

	CheckRowTrigger(fcinfo, true, "schedule_before", "schedule");
	relation = trigger->tg_relation;
	version.desc = RelationGetDescr(relation);
	if (TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
	{
		version.tuple = trigger->tg_trigtuple;
		version.tuple = CompleteNewSchedule(version, relation);
		if (IsHistory(version))
			return PointerGetDatum(version.tuple);
	}
	else
	{
		Version		before = {trigger->tg_trigtuple, version.desc};
		Filling		filling = {0};

		version.tuple = trigger->tg_newtuple;
		Fill(&filling, version, "updated_at", TimestampTzGetDatum(GetCurrentTransactionStartTimestamp()));
		if (!IsNull(version, "pin_code") && IsNull(version, "pin"))
			Fill(&filling, version, "pin", BoolGetDatum(true));
		version.tuple = Filled(&filling, version);
		if (Differs(before, version, "exam_id"))
			RefuseByRule(relation, "schedule_keeps_its_exam", "Make another schedule for the other exam.",
						 "a schedule keeps the exam that it was made for");
	}

	/* What is null all the same is for NOT NULL to say. */
	if (IsNull(version, "starts_at") || IsNull(version, "ends_at"))
		return PointerGetDatum(version.tuple);
	window.starts = TimeColumn(version, "starts_at");
	window.ends = TimeColumn(version, "ends_at");
	window.duration = IntColumn(version, "duration_minutes");
	window.extraTime = IntColumn(version, "extra_time_minutes").value;
	if (ScheduleWindowBreaks(&window) != NULL)
	{
		ScheduleCheckWindow(&window, &findings);
		FindingsRaise(&findings, relation);
	}
	return PointerGetDatum(version.tuple);
}

/* proctorlink.schedule_is_well_formed(...): the columns in the order of its arguments. */
Datum
proctorlink_schedule_is_well_formed(PG_FUNCTION_ARGS)
{
	static const char *const workflows[] = {"DEFAULT", "EXTERNAL_ATTEMPTS"};
	static const char table[] = "schedule";
	Text		externalId = TextOfDatum(PG_GETARG_DATUM(2), PG_ARGISNULL(2));

	if (!PG_ARGISNULL(0) && PG_GETARG_INT32(0) <= 0)
		RefuseRow(table, "schedule_duration_positive", "An exam takes at least a minute.");
	if (!PG_ARGISNULL(1) && PG_GETARG_INT32(1) < 0)
		RefuseRow(table, "schedule_extra_time_not_negative", "Extra time is none or more.");
	CheckIdColumn(fcinfo, 2, MAX_SHORT_ID_LENGTH, table, "schedule_external_id_format");
	if (externalId.presence == GIVEN && memchr(externalId.data, ' ', externalId.len) != NULL)
		RefuseRow(table, "schedule_external_id_format", "The external id of a schedule has no space in it.");
	CheckTextColumn(fcinfo, 3, MAX_CODE_LENGTH, table, "schedule_title_length");
	if (!PG_ARGISNULL(3) && TextIs(TextOfDatum(PG_GETARG_DATUM(3), false), ""))
		RefuseRow(table, "schedule_title_length", "A schedule has a title.");
	CheckWordColumn(fcinfo, 4, workflows, lengthof(workflows), table, "schedule_workflow_known");
	if (!PG_ARGISNULL(5) && PG_GETARG_INT32(5) <= 0)
		RefuseRow(table, "schedule_attempts_positive", "A schedule allows one attempt at least.");
	CheckIdColumn(fcinfo, 6, MAX_SHORT_ID_LENGTH, table, "schedule_pin_code_length");
	if (!PG_ARGISNULL(6) && !PG_ARGISNULL(7) && !PG_GETARG_BOOL(7))
		RefuseRow(table, "schedule_pin_code_needs_pin", "Who has a PIN to enter is asked for one.");
	PG_RETURN_BOOL(true);
}

/* SecurityOf reads a version's settings of security. */
static Security
SecurityOf(Version version)
{
	return (Security)
	{
		BoolColumn(version, "pin"), BoolColumn(version, "proctorio"),
			BoolColumn(version, "safe_exam_browser"), BoolColumn(version, "keycode")
	};
}

/*
 * CheckSeated asks those who are on a schedule that turns to ProctorU whether they
 * get extra time. Its row is locked by its own change: who is put on it and has
 * special needs waits for that, or is seen.
 */
static void
CheckSeated(Version version, Datum *keys, ScheduleExam *exam, Findings *findings)
{
	bool		isnull;
	uint64		count;

	if (StatementRunForRule(&twinOfExam, keys, NULL) > 0)
		exam->twin = RowText(0, 1);
	exam->duration = IntColumn(version, "duration_minutes");
	keys[1] = ColumnOf(version, "schedule_id", &isnull);
	count = StatementRunForRule(&seatedWithNeeds, keys, NULL);
	for (uint64 i = 0; i < count; i++)
	{
		ScheduleCandidate candidate = {.externalId = RowText(i, 1),.specialNeeds = true,.percentage = RowIntField(i, 2)};
		Findings	one = {0};

		CHECK_FOR_INTERRUPTS();
		ScheduleCheckExtraTime(&candidate, exam, &one);
		if (one.list[0].ok)
			continue;
		findings->list[findings->count++] = one.list[0];
		return;
	}
}

/* CheckProctoru asks the rules of an exam that ProctorU delivers; the exam is locked. */
static void
CheckProctoru(Version version, Datum *keys, bool wasElsewhere, Findings *findings)
{
	ScheduleExam exam;
	Security	own = SecurityOf(version);
	bool		isnull;

	keys[1] = ColumnOf(version, "integration_id", &isnull);
	if (isnull || StatementRunForRule(&isProctoru, keys, NULL) == 0)
		return;
	keys[1] = ColumnOf(version, "exam_id", &isnull);
	if (!ScheduleHoldExam(DatumGetUUIDP(keys[0]), DatumGetUUIDP(keys[1]), &exam))
		return;
	ScheduleCheckProctoru(&exam, &own, findings);
	if (wasElsewhere && !exam.isAccommodation)
		CheckSeated(version, keys, &exam, findings);
}

/* AnyDiffers tells whether any of some columns has another value. */
static bool
AnyDiffers(Version before, Version after, const char *const *names, int count)
{
	for (int i = 0; i < count; i++)
		if (Differs(before, after, names[i]))
			return true;
	return false;
}

/*
 * proctorlink.schedule_written(): AFTER INSERT OR UPDATE FOR EACH ROW on
 * schedule. A schedule that moves from the past to what is to come is asked
 * everything, like a new one.
 */
Datum
proctorlink_schedule_written(PG_FUNCTION_ARGS)
{
	static const char *const delivery[] = {"integration_id", "pin", "proctorio", "safe_exam_browser", "keycode"};
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	TimestampTz now = GetCurrentTransactionStartTimestamp();
	Version		before;
	Version		after;
	Datum		keys[2];
	Findings	findings = {0};
	bool		all;
	bool		isnull;

	CheckRowTrigger(fcinfo, false, "schedule_written", "schedule");
	before.desc = after.desc = RelationGetDescr(trigger->tg_relation);
	before.tuple = trigger->tg_trigtuple;
	all = TRIGGER_FIRED_BY_INSERT(trigger->tg_event);
	after.tuple = all ? trigger->tg_trigtuple : trigger->tg_newtuple;
	if ((all && IsHistory(after)) || TimeColumn(after, "ends_at") <= now)
		return PointerGetDatum(NULL);
	all = all || TimeColumn(before, "ends_at") <= now;

	SpiStart();
	keys[0] = ColumnOf(after, "install_id", &isnull);

	/*
	 * An account is locked before an exam, as where people and exams come
	 * together.
	 */
	if (all || Differs(before, after, "owner_id"))
		ScheduleHoldOwner(DatumGetUUIDP(keys[0]), DatumGetUUIDP(ColumnOf(after, "owner_id", &isnull)), &findings);
	if (all || Differs(before, after, "hierarchy_id"))
		ScheduleHoldHierarchy(DatumGetUUIDP(keys[0]), DatumGetUUIDP(ColumnOf(after, "hierarchy_id", &isnull)),
							  &findings);
	if (all || AnyDiffers(before, after, delivery, lengthof(delivery)))
		CheckProctoru(after, keys, TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) && (all || Differs(before, after, "integration_id")),
					  &findings);
	FindingsRaise(&findings, trigger->tg_relation);
	SPI_finish();
	return PointerGetDatum(NULL);
}

/*
 * proctorlink.exam_of_schedules(): AFTER UPDATE FOR EACH ROW on exam, whose row
 * is locked by its own change: who makes a schedule waits for it, or is seen.
 */
Datum
proctorlink_exam_of_schedules(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	Version		version;
	ScheduleExam exam = {.published = false};
	Datum		keys[2];
	bool		isnull;
	uint64		count;

	CheckRowTrigger(fcinfo, false, "exam_of_schedules", "exam");
	if (!TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		return PointerGetDatum(NULL);
	version.desc = RelationGetDescr(trigger->tg_relation);
	version.tuple = trigger->tg_newtuple;
	exam.externalId = TupleText(version.tuple, version.desc, SPI_fnumber(version.desc, "external_id"));
	exam.published = BoolColumn(version, "published").value;
	exam.security = SecurityOf(version);

	SpiStart();
	keys[0] = ColumnOf(version, "install_id", &isnull);
	keys[1] = ColumnOf(version, "exam_id", &isnull);

	count = StatementRunForRule(&schedulesAhead, keys, NULL);
	for (uint64 i = 0; i < count; i++)
	{
		Security	own = {RowBoolField(i, 2), RowBoolField(i, 3), RowBoolField(i, 4), RowBoolField(i, 5)};
		Findings	findings = {0};
		const Finding *refused;

		CHECK_FOR_INTERRUPTS();
		ScheduleCheckProctoru(&exam, &own, &findings);
		refused = FindingRefused(&findings);
		if (refused != NULL)
			RefuseByRule(trigger->tg_relation, refused->rule,
						 "Leave it as it is until the schedule is over, or delete or end the schedule first.",
						 "schedule \"%s\" through ProctorU is ahead: %s", TextQuoted(RowText(i, 1)), refused->detail);
	}
	SPI_finish();
	return PointerGetDatum(NULL);
}
