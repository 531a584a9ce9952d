/*
 * eapi/schedule_create.c
 *		POST /schedule and POST /external/schedule: schedules that are made and
 *		published with their candidates and links, and drafts.
 */
#include "domain/launch.h"
#include "eapi/schedule_plan.h"

#include "catalog/pg_type.h"
#include "core/sid.h"
#include "core/statement.h"
#include "domain/event.h"
#include "domain/hierarchy.h"
#include "eapi/seated.h"
#include "miscadmin.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(proctorlink_eapi_create_schedule);
PG_FUNCTION_INFO_V1(proctorlink_eapi_create_draft_schedule);

STATEMENT(insertSchedule,
		  "INSERT INTO proctorlink.schedule AS s (install_id, exam_id, external_id, title, starts_at, ends_at,"
		  " duration_minutes, extra_time_minutes, owner_id, hierarchy_id, integration_id, workflow, pin_code, pin,"
		  " proctorio, activated_at)"
		  " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15,"
		  " CASE WHEN $16 THEN pg_catalog.now() END) RETURNING s.schedule_id, s.external_id, s.title",
		  UUIDOID, UUIDOID, TEXTOID, TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID, INT4OID, INT4OID, UUIDOID, UUIDOID,
		  UUIDOID, TEXTOID, TEXTOID, BOOLOID, BOOLOID, BOOLOID);

/* A schedule that would not change is not written. */
STATEMENT(updateSchedule,
		  "UPDATE proctorlink.schedule s SET title = coalesce($3, s.title), starts_at = $4, ends_at = $5,"
		  " duration_minutes = $6, extra_time_minutes = $7, owner_id = $8, hierarchy_id = $9,"
		  " workflow = CASE WHEN $10 THEN 'EXTERNAL_ATTEMPTS' ELSE s.workflow END,"
		  " pin_code = coalesce($11, s.pin_code), pin = CASE WHEN $11 IS NULL THEN s.pin ELSE true END,"
		  " activated_at = coalesce(s.activated_at, pg_catalog.now())"
		  " WHERE s.install_id" EQ "$1 AND s.schedule_id" EQ "$2 AND (s.activated_at IS NULL OR"
		  " (s.title, s.starts_at, s.ends_at, s.extra_time_minutes, s.owner_id, s.hierarchy_id) OPERATOR(pg_catalog.<>)"
		  " (coalesce($3, s.title), $4, $5, $7, $8, $9) OR coalesce(s.duration_minutes, 0)" NE "coalesce($6, 0)"
		  " OR ($10 AND s.workflow" NE "'EXTERNAL_ATTEMPTS') OR" BECOMES("s.pin_code", "$11") ")",
		  UUIDOID, UUIDOID, TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID, INT4OID, INT4OID, UUIDOID, UUIDOID, BOOLOID,
		  TEXTOID);

/* A draft's body, as it is documented for POST /external/schedule. */
static const LengthRange titleLengths = {1, MAX_CODE_LENGTH};
static const LengthRange timeLengths = {1, MAX_CODE_LENGTH};
static const int maxName = MAX_ID_LENGTH;
static const int maxPin = MAX_SHORT_ID_LENGTH;

static const Member draftMembers[] = {
	MEMBER("AssessmentExternalId", ReadExternalId, ScheduleRequest, assessmentExtId, NULL),
	MEMBER("StartDateTime", ReadText, ScheduleRequest, startText, &timeLengths),
	MEMBER("EndDateTime", ReadText, ScheduleRequest, endText, &timeLengths),
	MEMBER("Title", ReadText, ScheduleRequest, title, &titleLengths),
	MEMBER("ScheduleExternalId", ReadExternalId, ScheduleRequest, scheduleExtId, NULL),
	MEMBER("HierarchyExternalId", ReadExternalId, ScheduleRequest, scheduleGroupExtId, NULL),
	MEMBER("PIN", ReadId, ScheduleRequest, pin, &maxPin),
	MEMBER("UseProctorIo", ReadBool, ScheduleRequest, proctorio, NULL),
	MEMBER("Owner", ReadId, ScheduleRequest, owner, &maxName),
};

/* Insert makes the schedule that was planned, activated or as a draft. */
static void
Insert(SchedulePlan *plan, bool activate)
{
	EapiCall   *call = plan->call;
	ScheduleRequest *request = &plan->request;
	Datum		values[16] = {0};
	char		nulls[] = "                ";
	BoolField	withPin = {true, request->pin.presence};

	values[0] = UUIDPGetDatum(&call->install.id);
	values[1] = UUIDPGetDatum(&plan->examId);
	ParameterText(values, nulls, 2, request->scheduleExtId);
	ParameterText(values, nulls, 3, request->title);
	values[4] = TimestampTzGetDatum(plan->window.starts);
	values[5] = TimestampTzGetDatum(plan->window.ends);
	ParameterInt(values, nulls, 6, plan->window.duration);
	values[7] = Int32GetDatum(plan->window.extraTime);
	values[8] = UUIDPGetDatum(&plan->owner);
	values[9] = UUIDPGetDatum(&plan->hierarchy.id);
	if (call->principal->hasIntegration)
		values[10] = UUIDPGetDatum(unconstify(pg_uuid_t *, &call->principal->integration));
	else
		nulls[10] = 'n';
	values[11] = TextDatum(TextOf(plan->externalAttempts ? "EXTERNAL_ATTEMPTS" : "DEFAULT"));
	ParameterText(values, nulls, 12, request->pin);
	ParameterBool(values, nulls, 13, withPin);
	ParameterBool(values, nulls, 14, request->proctorio);
	values[15] = BoolGetDatum(activate);
	StatementRun(&insertSchedule, values, nulls, false);
	plan->schedule.id = RowUuid(0, 1);
	plan->schedule.externalId = RowText(0, 2);
	plan->schedule.title = RowText(0, 3);
}

/* Update changes the schedule that an upsert names; it is published by that too. */
static void
Update(SchedulePlan *plan)
{
	EapiCall   *call = plan->call;
	ScheduleRequest *request = &plan->request;
	Datum		values[11] = {0};
	char		nulls[] = "           ";

	values[0] = UUIDPGetDatum(&call->install.id);
	values[1] = UUIDPGetDatum(&plan->schedule.id);
	ParameterText(values, nulls, 2, request->title);
	if (request->title.presence == GIVEN)
		plan->schedule.title = request->title;
	values[3] = TimestampTzGetDatum(plan->window.starts);
	values[4] = TimestampTzGetDatum(plan->window.ends);
	ParameterInt(values, nulls, 5, plan->window.duration);
	values[6] = Int32GetDatum(plan->window.extraTime);
	values[7] = UUIDPGetDatum(&plan->owner);
	values[8] = UUIDPGetDatum(&plan->hierarchy.id);
	values[9] = BoolGetDatum(plan->externalAttempts);
	ParameterText(values, nulls, 10, request->pin);
	StatementRun(&updateSchedule, values, nulls, false);
}

/* AddSchedule adds the "Schedule" of the answer: what was asked for, with the defaults that apply. */
static void
AddSchedule(SchedulePlan *plan, JsonObject *answer)
{
	ScheduleRequest *request = &plan->request;
	JsonObject	schedule;

	JsonObjectInit(&schedule);
	JsonAddText(&schedule, "Title", plan->schedule.title);
	JsonAddText(&schedule, "AssessmentExtId", request->assessmentExtId);
	JsonAddText(&schedule, "ScheduleExtId", plan->schedule.externalId);
	JsonAddString(&schedule, "StartDateTime", Rfc3339Of(plan->window.starts));
	JsonAddString(&schedule, "EndDateTime", Rfc3339Of(plan->window.ends));
	JsonAddText(&schedule, "GroupExtId", request->groupExtId);
	JsonAddText(&schedule, "GroupName", request->groupName);
	JsonAddText(&schedule, "ScheduleGroupExtId", request->scheduleGroupExtId);
	JsonAddText(&schedule, "ScheduleGroupName", request->scheduleGroupName);
	JsonAddText(&schedule, "PIN", request->pin);
	if (plan->window.extraTime > 0)
		JsonAddInt(&schedule, "ExtraTime", plan->window.extraTime);
	else
		JsonAddNull(&schedule, "ExtraTime");
	JsonAddText(&schedule, "Owner", plan->ownerName);
	JsonAddObject(answer, "Schedule", &schedule);
}

/* CreateSchedule does POST /schedule. */
static void
CreateSchedule(EapiCall *call)
{
	JsonbContainer *body;
	SchedulePlan plan;
	bool		update;
	JsonObject	changes;

	call->refusalHasMessage = true;
	body = EapiBody(call, 0);
	if (body == NULL)
		return;
	SchedulePlanMake(call, body, false, &plan);
	PlanRefuse(call, &plan.findings);
	if (EapiRefused(call))
	{
		/* What the engine says of the people belongs to the list as well. */
		SchedulePlanPeople(&plan);
		return;
	}

	update = plan.exists;
	if (plan.hierarchy.isNew && TextEquals(plan.hierarchy.externalId, plan.group.externalId))
	{
		GroupMake(call, &plan.group);
		plan.hierarchy.id = plan.group.id;
		plan.hierarchy.isNew = false;
	}
	GroupMake(call, &plan.hierarchy);
	GroupMake(call, &plan.group);
	if (!PeoplePut(&call->install, &plan.group.id, plan.people, plan.candidates.count, false, &call->problems))
	{
		SeatsFind(&call->install.id, &plan.examId, update ? &plan.schedule.id : NULL, plan.seats,
				  plan.candidates.count, false, &call->problems);
		return;
	}
	if (update)
		Update(&plan);
	else
		Insert(&plan, true);
	if (!SeatPeople(call, &plan.examId, &plan.schedule.id, plan.people, plan.seats, plan.candidates.count))
		return;

	JsonObjectInit(&changes);
	JsonAddInt(&changes, "candidates", plan.candidates.count);
	EventPassedOver(&changes, &call->problems);
	EventAdd(&call->install.id, update ? "schedule_changed" : "schedule_made", SidOf("SC", &plan.schedule.id), &changes);
	SeatedAnswer(call, psprintf("Schedule[%.*s] %s successfully", plan.schedule.externalId.len,
								plan.schedule.externalId.data, update ? "updated" : "created"),
				 &plan.candidates, plan.people, plan.seats);
	AddSchedule(&plan, &call->answer);
	SeatedContent(call);
}

/* proctorlink.eapi_create_schedule(jsonb) */
Datum
proctorlink_eapi_create_schedule(PG_FUNCTION_ARGS)
{
	return EapiAnswer(fcinfo, CreateSchedule);
}

/* PlanDraft judges the body of a draft. */
static void
PlanDraft(SchedulePlan *plan)
{
	EapiCall   *call = plan->call;
	ScheduleRequest *request = &plan->request;
	Path		path = {NULL, "HierarchyExternalId", sizeof("HierarchyExternalId") - 1, 0};
	ScheduleHierarchy hierarchy;

	SchedulePlanExam(plan);
	if (request->scheduleGroupExtId.presence == GIVEN)
	{
		hierarchy = ScheduleHierarchyFind(&call->install.id, request->scheduleGroupExtId, false, &plan->hierarchy.id);
		if (!hierarchy.exists)
		{
			ProblemAdd(&call->problems, CODE_NOT_FOUND, "not_found", "selectable_hierarchies() lists them.", &path,
					   "there is no hierarchy \"%s\"", TextQuoted(request->scheduleGroupExtId));
			return;
		}
	}
	else
		hierarchy = ScheduleRootFind(&call->install.id, false, &plan->hierarchy.id);
	ScheduleCheckHierarchy(&hierarchy, &plan->findings);
}

/* CreateDraft does POST /external/schedule. */
static void
CreateDraft(EapiCall *call)
{
	JsonbContainer *body;
	SchedulePlan plan = {.call = call,.isDraft = true};
	JsonObject	changes;

	body = EapiBody(call, 0);
	if (body == NULL)
		return;
	ReadObjectLenient(body, NULL, draftMembers, lengthof(draftMembers), &plan.request, &call->problems);
	EapiTime(call, plan.request.startText, &PATH_KEY(NULL, "StartDateTime"), &plan.request.starts);
	EapiTime(call, plan.request.endText, &PATH_KEY(NULL, "EndDateTime"), &plan.request.ends);
	if (call->problems.count == 0)
	{
		EapiRequire(call, plan.request.assessmentExtId.presence, NULL, "AssessmentExternalId");
		EapiRequire(call, plan.request.starts.presence, NULL, "StartDateTime");
	}
	SchedulePlanExisting(&plan);
	SchedulePlanOwner(&plan);
	if (call->problems.count == 0)
		PlanDraft(&plan);
	if (plan.hasExam)
	{
		SchedulePlanWindow(&plan, 0);
		SchedulePlanSecurity(&plan);
	}
	PlanRefuse(call, &plan.findings);
	if (EapiRefused(call))
		return;
	Insert(&plan, false);
	JsonObjectInit(&changes);
	EventPassedOver(&changes, &call->problems);
	EventAdd(&call->install.id, "schedule_made", SidOf("SC", &plan.schedule.id), &changes);
	JsonAddText(&call->answer, "Content", plan.schedule.externalId);
}

/* proctorlink.eapi_create_draft_schedule(jsonb) */
Datum
proctorlink_eapi_create_draft_schedule(PG_FUNCTION_ARGS)
{
	return EapiAnswer(fcinfo, CreateDraft);
}
