/*
 * eapi/schedule_change.c
 *		What becomes of a schedule that is there: changed, activated, taken back,
 *		moved, deleted, shown.
 */
#include "eapi/schedule_plan.h"

#include "catalog/pg_type.h"
#include "core/statement.h"
#include "domain/event.h"
#include "domain/hierarchy.h"
#include "miscadmin.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(proctorlink_eapi_update_schedule);
PG_FUNCTION_INFO_V1(proctorlink_eapi_activate_schedule);
PG_FUNCTION_INFO_V1(proctorlink_deactivate_schedule);
PG_FUNCTION_INFO_V1(proctorlink_move_schedule);
PG_FUNCTION_INFO_V1(proctorlink_eapi_delete_schedule);
PG_FUNCTION_INFO_V1(proctorlink_eapi_get_schedule);

/* What a PATCH may bring; a new external id goes by two names. */
typedef struct Changes
{
	Text		startText;
	Text		endText;
	Text		title;
	Text		scheduleExtId;
	Text		scheduleExternalId;
	Text		hierarchy;
	Text		pin;
	BoolField	proctorio;
	TimeField	starts;
	TimeField	ends;
} Changes;

static const LengthRange titleLengths = {1, MAX_CODE_LENGTH};
static const LengthRange timeLengths = {1, MAX_CODE_LENGTH};
static const int maxPin = 4;

static const Member changeMembers[] = {
	MEMBER("StartDateTime", ReadText, Changes, startText, &timeLengths),
	MEMBER("EndDateTime", ReadText, Changes, endText, &timeLengths),
	MEMBER("Title", ReadText, Changes, title, &titleLengths),
	MEMBER("ScheduleExtId", ReadExternalId, Changes, scheduleExtId, NULL),
	MEMBER("ScheduleExternalId", ReadExternalId, Changes, scheduleExternalId, NULL),
	MEMBER("HierarchyExternalId", ReadExternalId, Changes, hierarchy, NULL),
	MEMBER("PIN", ReadId, Changes, pin, &maxPin),
	MEMBER("UseProctorIo", ReadBool, Changes, proctorio, NULL),
};

STATEMENT(changeSchedule,
		  "UPDATE proctorlink.schedule s SET starts_at = coalesce($3, s.starts_at), ends_at = coalesce($4, s.ends_at),"
		  " title = coalesce($5, s.title), external_id = coalesce($6, s.external_id),"
		  " hierarchy_id = coalesce($7, s.hierarchy_id), pin_code = coalesce($8, s.pin_code),"
		  " pin = CASE WHEN $8 IS NULL THEN s.pin ELSE true END, proctorio = coalesce($9, s.proctorio)"
		  " WHERE s.install_id" EQ "$1 AND s.schedule_id" EQ "$2 AND"
		  " ((s.starts_at, s.ends_at, s.title, s.external_id, s.hierarchy_id) OPERATOR(pg_catalog.<>)"
		  " (coalesce($3, s.starts_at), coalesce($4, s.ends_at), coalesce($5, s.title), coalesce($6, s.external_id),"
		  " coalesce($7, s.hierarchy_id)) OR" BECOMES("s.pin_code", "$8") " OR" BECOMES("s.proctorio", "$9") ")",
		  UUIDOID, UUIDOID, TIMESTAMPTZOID, TIMESTAMPTZOID, TEXTOID, TEXTOID, UUIDOID, TEXTOID, BOOLOID);
STATEMENT(setActivated,
		  "UPDATE proctorlink.schedule s SET activated_at = CASE WHEN $3 THEN pg_catalog.now() END"
		  " WHERE s.install_id" EQ "$1 AND s.schedule_id" EQ "$2",
		  UUIDOID, UUIDOID, BOOLOID);
STATEMENT(leaveSchedule,
		  "UPDATE proctorlink.exam_session s SET schedule_id = NULL, status = 'Cancelled',"
		  " status_reason = CASE WHEN s.status" EQ "'Cancelled' THEN s.status_reason ELSE 'schedule-deleted' END"
		  " WHERE s.install_id" EQ "$1 AND s.schedule_id" EQ "$2",
		  UUIDOID, UUIDOID);
STATEMENT(lockSessions,
		  "SELECT FROM proctorlink.exam_session s WHERE s.install_id" EQ "$1 AND s.schedule_id" EQ "$2"
		  " ORDER BY s.exam_session_id FOR NO KEY UPDATE",
		  UUIDOID, UUIDOID);
STATEMENT(deleteSchedule,
		  "DELETE FROM proctorlink.schedule s WHERE s.install_id" EQ "$1 AND s.schedule_id" EQ "$2",
		  UUIDOID, UUIDOID);
STATEMENT(candidatesOf,
		  "SELECT DISTINCT ON (a.candidate_ext_id) a.candidate_ext_id, a.first_name, a.last_name, a.username"
		  " FROM proctorlink.exam_session s JOIN proctorlink.account a"
		  " ON a.install_id" EQ "s.install_id AND a.account_id" EQ "s.account_id"
		  " WHERE s.install_id" EQ "$1 AND s.schedule_id" EQ "$2 AND s.status" NE "'Cancelled'"
		  " ORDER BY a.candidate_ext_id",
		  UUIDOID, UUIDOID);
STATEMENT(sharedWith,
		  "SELECT a.candidate_ext_id, a.first_name, a.last_name, a.username, a.email"
		  " FROM proctorlink.account_share h JOIN proctorlink.account a"
		  " ON a.install_id" EQ "h.install_id AND a.account_id" EQ "h.with_account_id"
		  " WHERE h.install_id" EQ "$1 AND h.account_id" EQ "$2 ORDER BY a.username",
		  UUIDOID, UUIDOID);

/* Start finds the schedule that a call is about, locks it, and sees to it that there is a scheduler. */
static bool
Start(EapiCall *call, Schedule *schedule)
{
	Text		externalId;

	EapiTextArgument(call, 0, &externalId);
	NeedScheduler(call);
	if (externalId.presence != GIVEN || !ScheduleFind(&call->install.id, externalId, false, true, schedule))
		EapiRefuse(call, EAPI_NO_CODE, EAPI_NO_SCHEDULE);
	return !EapiRefused(call);
}

/*
 * StartAlone does the same and locks the sessions too, so that nobody begins
 * while it is decided; whether somebody has is asked after that.
 */
static bool
StartAlone(EapiCall *call, Schedule *schedule)
{
	Datum		keys[2];

	if (!Start(call, schedule))
		return false;
	keys[0] = UUIDPGetDatum(&call->install.id);
	keys[1] = UUIDPGetDatum(&schedule->id);
	StatementRun(&lockSessions, keys, NULL, false);
	return ScheduleFind(&call->install.id, schedule->externalId, false, false, schedule);
}

/* OnlyPin tells whether a PATCH brings the PIN and nothing else, which an activated schedule takes. */
static bool
OnlyPin(const Changes *changes)
{
	return changes->startText.presence != GIVEN && changes->endText.presence != GIVEN &&
		changes->title.presence != GIVEN && changes->scheduleExtId.presence != GIVEN &&
		changes->hierarchy.presence != GIVEN && changes->proctorio.presence != GIVEN;
}

/* ReadChanges reads the body of a PATCH. */
static bool
ReadChanges(EapiCall *call, Changes *changes)
{
	JsonbContainer *body = EapiBody(call, 1);

	if (body == NULL)
		return false;
	ReadObjectLenient(body, NULL, changeMembers, lengthof(changeMembers), changes, &call->problems);
	EapiTime(call, changes->startText, &PATH_KEY(NULL, "StartDateTime"), &changes->starts);
	EapiTime(call, changes->endText, &PATH_KEY(NULL, "EndDateTime"), &changes->ends);
	if (changes->scheduleExtId.presence != GIVEN)
		changes->scheduleExtId = changes->scheduleExternalId;
	if (call->problems.count == 0 && OnlyPin(changes) && changes->pin.presence != GIVEN)
		EapiRefuse(call, EAPI_NO_CODE, EAPI_INVALID_INPUT);
	return true;
}

/* JudgeChanges asks the rules that the changes touch, so that all that is wrong is told at once. */
static void
JudgeChanges(EapiCall *call, const Changes *changes, const Schedule *schedule, pg_uuid_t *hierarchy)
{
	ScheduleWindow window = schedule->window;
	Findings	findings = {0};
	Schedule	other;

	if (changes->starts.presence == GIVEN)
		window.starts = changes->starts.value;
	if (changes->ends.presence == GIVEN)
		window.ends = changes->ends.value;
	if (changes->starts.presence == GIVEN || changes->ends.presence == GIVEN)
		ScheduleCheckWindow(&window, &findings);
	if (changes->hierarchy.presence == GIVEN)
	{
		ScheduleHierarchy found = ScheduleHierarchyFind(&call->install.id, changes->hierarchy, false, hierarchy);

		ScheduleCheckHierarchy(&found, &findings);
	}
	if (schedule->throughProctoru && (changes->pin.presence == GIVEN || changes->proctorio.presence == GIVEN))
	{
		Security	own = schedule->security;
		ScheduleExam exam;

		if (changes->pin.presence == GIVEN)
			own.pin = (BoolField)
		{
			true, GIVEN
		};
		if (changes->proctorio.presence == GIVEN)
			own.proctorio = changes->proctorio;
		if (ScheduleExamOf(&call->install.id, &schedule->examId, false, &exam))
			ScheduleCheckProctoru(&exam, &own, &findings);
	}
	if (changes->scheduleExtId.presence == GIVEN && !TextEquals(changes->scheduleExtId, schedule->externalId) &&
		ScheduleFind(&call->install.id, changes->scheduleExtId, false, false, &other))
		EapiRefuse(call, EAPI_NO_CODE, "ScheduleExtId [%s] already exists", TextQuoted(changes->scheduleExtId));
	PlanRefuse(call, &findings);
}

/* Changed notes which members of a schedule were sent with other values. */
static void
Changed(EapiCall *call, const Schedule *schedule, const Changes *sent)
{
	JsonObject	changes;
	JsonArray	columns;

	JsonArrayInit(&columns);
	if (sent->starts.presence == GIVEN && sent->starts.value != schedule->window.starts)
		JsonPushText(&columns, TextOf("starts_at"));
	if (sent->ends.presence == GIVEN && sent->ends.value != schedule->window.ends)
		JsonPushText(&columns, TextOf("ends_at"));
	if (sent->title.presence == GIVEN && !TextEquals(sent->title, schedule->title))
		JsonPushText(&columns, TextOf("title"));
	if (sent->scheduleExtId.presence == GIVEN && !TextEquals(sent->scheduleExtId, schedule->externalId))
		JsonPushText(&columns, TextOf("external_id"));
	if (sent->hierarchy.presence == GIVEN)
		JsonPushText(&columns, TextOf("hierarchy_id"));
	if (sent->pin.presence == GIVEN)
		JsonPushText(&columns, TextOf("pin_code"));
	if (sent->proctorio.presence == GIVEN)
		JsonPushText(&columns, TextOf("proctorio"));
	JsonObjectInit(&changes);
	JsonAddArray(&changes, "columns", &columns);
	EventPassedOver(&changes, &call->problems);
	EventAdd(&call->install.id, "schedule_changed", SidOf("SC", &schedule->id), &changes);
}

/* UpdateSchedule does PATCH /external/schedule/{externalId}. */
static void
UpdateSchedule(EapiCall *call)
{
	Schedule	schedule;
	Changes		changes = {{0}};
	pg_uuid_t	hierarchy;
	Datum		values[9] = {0};
	char		nulls[] = "         ";
	bool		found = Start(call, &schedule);

	if (!ReadChanges(call, &changes) || !found || EapiRefused(call))
		return;
	if (schedule.over)
		EapiRefuse(call, 302, EAPI_ARCHIVED);
	else if (schedule.activated && !OnlyPin(&changes))
		EapiRefuse(call, EAPI_NO_CODE, EAPI_ACTIVATED);
	else
		JudgeChanges(call, &changes, &schedule, &hierarchy);
	if (EapiRefused(call))
		return;

	values[0] = UUIDPGetDatum(&call->install.id);
	values[1] = UUIDPGetDatum(&schedule.id);
	ParameterTime(values, nulls, 2, changes.starts);
	ParameterTime(values, nulls, 3, changes.ends);
	ParameterText(values, nulls, 4, changes.title);
	ParameterText(values, nulls, 5, changes.scheduleExtId);
	values[6] = UUIDPGetDatum(&hierarchy);
	nulls[6] = changes.hierarchy.presence == GIVEN ? ' ' : 'n';
	ParameterText(values, nulls, 7, changes.pin);
	ParameterBool(values, nulls, 8, changes.proctorio);
	if (StatementRun(&changeSchedule, values, nulls, false) > 0)
		Changed(call, &schedule, &changes);
}

/* proctorlink.eapi_update_schedule(schedule_ext_id, changes) */
Datum
proctorlink_eapi_update_schedule(PG_FUNCTION_ARGS)
{
	return EapiAnswer(fcinfo, UpdateSchedule);
}

/* Activate does PUT /external/schedule/{externalId}/activate; what is wrong with a draft is told now at the latest. */
static void
Activate(EapiCall *call)
{
	Schedule	schedule;
	Findings	findings = {0};
	ScheduleExam exam;
	Datum		values[3];

	if (!Start(call, &schedule))
		return;
	if (schedule.over)
		EapiRefuse(call, 302, EAPI_ARCHIVED);
	else if (schedule.activated)
		EapiRefuse(call, EAPI_NO_CODE, "Schedule is already activated");
	if (EapiRefused(call))
		return;

	if (ScheduleExamOf(&call->install.id, &schedule.examId, false, &exam) && !exam.published)
	{
		EapiRefuse(call, EAPI_NO_CODE, "Can't activate schedule");
		EapiRefuse(call, EAPI_NO_CODE, "Assessment must be published");
	}
	ScheduleCheckWindow(&schedule.window, &findings);
	PlanRefuse(call, &findings);
	if (EapiRefused(call))
		return;
	values[0] = UUIDPGetDatum(&call->install.id);
	values[1] = UUIDPGetDatum(&schedule.id);
	values[2] = BoolGetDatum(true);
	StatementRun(&setActivated, values, NULL, false);
	EventAdd(&call->install.id, "schedule_activated", SidOf("SC", &schedule.id), NULL);
}

/* proctorlink.eapi_activate_schedule(schedule_ext_id) */
Datum
proctorlink_eapi_activate_schedule(PG_FUNCTION_ARGS)
{
	return EapiAnswer(fcinfo, Activate);
}

/* Deactivate makes a schedule a draft again, while nobody has started. */
static void
Deactivate(EapiCall *call)
{
	Schedule	schedule;
	Datum		values[3];

	if (!StartAlone(call, &schedule))
		return;
	if (schedule.over)
		EapiRefuse(call, 302, EAPI_ARCHIVED);
	else if (!schedule.activated)
		EapiRefuse(call, 303, "Schedule is not activated");
	else if (schedule.begun)
		EapiRefuse(call, EAPI_NO_CODE, "Can't deactivate schedule: candidates have already started");
	if (EapiRefused(call))
		return;
	values[0] = UUIDPGetDatum(&call->install.id);
	values[1] = UUIDPGetDatum(&schedule.id);
	values[2] = BoolGetDatum(false);
	StatementRun(&setActivated, values, NULL, false);
	EventAdd(&call->install.id, "schedule_deactivated", SidOf("SC", &schedule.id), NULL);
}

/* proctorlink.deactivate_schedule(schedule_ext_id) */
Datum
proctorlink_deactivate_schedule(PG_FUNCTION_ARGS)
{
	return EapiAnswer(fcinfo, Deactivate);
}

/*
 * Move puts a schedule into another hierarchy. That governs who sees it and not
 * who may sit it, so it is allowed at any time.
 */
static void
Move(EapiCall *call)
{
	Schedule	schedule;
	Text		named;
	ScheduleHierarchy hierarchy;
	pg_uuid_t	id;
	Findings	findings = {0};
	Datum		values[9] = {0};

	if (!EapiTextArgument(call, 1, &named))
		EapiRefuse(call, EAPI_NO_CODE, EAPI_INVALID_INPUT);
	if (!Start(call, &schedule))
		return;
	hierarchy = ScheduleHierarchyFind(&call->install.id, named, false, &id);
	ScheduleCheckHierarchy(&hierarchy, &findings);
	PlanRefuse(call, &findings);
	if (EapiRefused(call))
		return;
	values[0] = UUIDPGetDatum(&call->install.id);
	values[1] = UUIDPGetDatum(&schedule.id);
	values[6] = UUIDPGetDatum(&id);
	if (StatementRun(&changeSchedule, values, "  nnnn nn", false) > 0)
		EventAdd(&call->install.id, "schedule_moved", SidOf("SC", &schedule.id), NULL);
}

/* proctorlink.move_schedule(schedule_ext_id, hierarchy) */
Datum
proctorlink_move_schedule(PG_FUNCTION_ARGS)
{
	return EapiAnswer(fcinfo, Move);
}

/*
 * Delete does DELETE /external/schedule/{externalId}: while nobody has started
 * and the window is not over. The sessions leave the schedule as cancelled ones;
 * who still has the right to sit gets a fresh one.
 */
static void
Delete(EapiCall *call)
{
	Schedule	schedule;
	Datum		keys[2];
	JsonObject	changes;

	if (!StartAlone(call, &schedule))
		return;
	keys[0] = UUIDPGetDatum(&call->install.id);
	keys[1] = UUIDPGetDatum(&schedule.id);
	if (schedule.over || schedule.begun)
	{
		EapiRefuse(call, EAPI_NO_CODE, "Can't delete schedule");
		return;
	}
	JsonObjectInit(&changes);
	JsonAddInt(&changes, "sessions", StatementRun(&leaveSchedule, keys, NULL, false));
	StatementRun(&deleteSchedule, keys, NULL, false);
	EventAdd(&call->install.id, "schedule_deleted", SidOf("SC", &schedule.id), &changes);
}

/* proctorlink.eapi_delete_schedule(schedule_ext_id) */
Datum
proctorlink_eapi_delete_schedule(PG_FUNCTION_ARGS)
{
	return EapiAnswer(fcinfo, Delete);
}

/* AddPeople adds a list of people that a statement found: with their e-mail where it has one. */
static void
AddPeople(JsonObject *content, const char *key, uint64 rows, bool withEmail)
{
	JsonArray  *list = palloc(sizeof(JsonArray));

	JsonArrayInit(list);
	for (uint64 i = 0; i < rows; i++)
	{
		JsonObject	person;

		CHECK_FOR_INTERRUPTS();
		JsonObjectInit(&person);
		JsonAddText(&person, "ExternalId", RowText(i, 1));
		JsonAddText(&person, "FirstName", RowText(i, 2));
		JsonAddText(&person, "LastName", RowText(i, 3));
		JsonAddText(&person, "UserName", RowText(i, 4));
		if (withEmail)
			JsonAddText(&person, "Email", RowText(i, 5));
		JsonPushObject(list, &person);
	}
	JsonAddArray(content, key, list);
}

/* Get does GET /external/schedule/{externalId}; it writes and locks nothing. */
static void
Get(EapiCall *call)
{
	Schedule	schedule;
	Text		externalId;
	JsonObject	content;
	JsonObject	hierarchy;
	JsonArray	none;
	Hierarchy	found = {.organisationId = NULL_TEXT};
	Datum		keys[2];

	EapiTextArgument(call, 0, &externalId);
	if (externalId.presence != GIVEN || !ScheduleFind(&call->install.id, externalId, true, false, &schedule))
	{
		EapiRefuse(call, EAPI_NO_CODE, EAPI_NO_SCHEDULE);
		return;
	}
	JsonObjectInit(&content);
	JsonAddText(&content, "ExternalId", schedule.externalId);
	JsonAddText(&content, "Title", schedule.title);
	JsonAddString(&content, "StartDateTime", Rfc3339Of(schedule.window.starts));
	JsonAddString(&content, "EndDateTime", Rfc3339Of(schedule.window.ends));

	HierarchyOf(&call->install.id, &schedule.hierarchyId, true, &found);
	JsonObjectInit(&hierarchy);
	JsonAddText(&hierarchy, "ExternalId", found.organisationId);
	JsonAddString(&hierarchy, "FullPath", HierarchyPath(&call->install.id, &schedule.hierarchyId, true));
	JsonAddObject(&content, "Hierarchy", &hierarchy);
	JsonAddInt(&content, "ArchiveState", schedule.over ? 2 : 1);
	JsonAddBool(&content, "IsActivated", schedule.activated);

	keys[0] = UUIDPGetDatum(&call->install.id);
	keys[1] = UUIDPGetDatum(&schedule.id);
	AddPeople(&content, "Candidates", StatementRun(&candidatesOf, keys, NULL, true), false);
	JsonArrayInit(&none);
	JsonAddArray(&content, "Invigilators", &none);
	keys[1] = UUIDPGetDatum(&schedule.ownerId);
	AddPeople(&content, "SharingInformation", StatementRun(&sharedWith, keys, NULL, true), true);
	JsonAddObject(&call->answer, "Content", &content);
}

/* proctorlink.eapi_get_schedule(schedule_ext_id) */
Datum
proctorlink_eapi_get_schedule(PG_FUNCTION_ARGS)
{
	return EapiAnswer(fcinfo, Get);
}
