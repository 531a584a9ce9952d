/*
 * care/explain.c
 *		What would become of a request for a schedule: every rule that
 *		eapi_create_schedule asks, at once, and nothing written.
 */
#include "care/rows.h"

#include "catalog/pg_type.h"
#include "core/sid.h"
#include "core/statement.h"
#include "eapi/schedule_plan.h"
#include "funcapi.h"
#include "provision/flush.h"
#include "utils/guc.h"

PG_FUNCTION_INFO_V1(proctorlink_explain_schedule);

STATEMENT(activeIntegration,
		  "SELECT FROM proctorlink.integration i"
		  " WHERE i.install_id" EQ "$1 AND i.integration_id" EQ "$2 AND i.active",
		  UUIDOID, UUIDOID);

/* PutPlan puts what the rules say, then what else is wrong. */
static void
PutPlan(ReturnSetInfo *result, const EapiCall *call, const SchedulePlan *plan)
{
	PutFindings(result, &plan->findings);
	for (int i = 0; i < call->problems.count; i++)
	{
		const Problem *problem = &call->problems.list[i];

		PutRow(result, problem->rule, NOT_OK, problem->pointer[0] == '\0' ? problem->detail :
			   psprintf("%s: %s", problem->pointer, problem->detail), problem->hint);
	}
	if (call->problems.more > 0)
		PutRow(result, "more", NOT_OK, psprintf("%d more", call->problems.more), NULL);
	for (int i = 0; i < call->errorCount; i++)
	{
		const EapiError *error = &call->errors[i];

		if (error->rule != NULL)
			PutRow(result, error->rule, NOT_OK, error->detail, error->hint);
		else
			PutRow(result, "request", NOT_OK, error->text, NULL);
	}
}

/* PutOutcome puts what the call would make. */
static void
PutOutcome(ReturnSetInfo *result, const SchedulePlan *plan)
{
	const ScheduleRequest *request = &plan->request;
	int			created = 0;
	int			updated = 0;
	int			count = plan->candidates.count;

	PutRow(result, "schedule", INFORMATION,
		   psprintf("%s schedule %s from %s to %s, %d min of extra time, owned by \"%s\"",
					plan->exists ? "changes" : "makes",
					request->scheduleExtId.presence == GIVEN ? psprintf("\"%s\"", TextQuoted(request->scheduleExtId)) :
					"with an external id of ours",
					Rfc3339Of(plan->window.starts), Rfc3339Of(plan->window.ends), plan->window.extraTime,
					plan->ownerName.presence == GIVEN ? TextQuoted(plan->ownerName) : ""), NULL);
	if (plan->hierarchy.isNew)
		PutRow(result, "hierarchy", INFORMATION,
			   psprintf("makes the hierarchy \"%s\" of the schedule", TextQuoted(plan->hierarchy.externalId)), NULL);
	if (plan->group.isNew)
		PutRow(result, "hierarchy", INFORMATION,
			   psprintf("makes the hierarchy \"%s\" of the candidates", TextQuoted(plan->group.externalId)), NULL);
	for (int i = 0; i < count; i++)
	{
		created += plan->people[i].outcome == OUTCOME_CREATED;
		updated += plan->people[i].outcome == OUTCOME_UPDATED;
	}
	PutRow(result, "candidates", INFORMATION,
		   psprintf("%d candidate%s: %d new, %d changed, %d unchanged", count, count == 1 ? "" : "s", created, updated,
					count - created - updated), NULL);
}

/* proctorlink.explain_schedule(payload, integration_sid) */
Datum
proctorlink_explain_schedule(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	EapiCall	call = {.fcinfo = fcinfo,.context = CurrentMemoryContext};
	Principal	principal = *PrincipalCurrent();
	JsonbContainer *body;
	SchedulePlan plan = {.call = &call};

	InitMaterializedSRF(fcinfo, 0);
	ProblemsInit(&call.problems, CurrentMemoryContext);
	call.principal = &principal;
	SpiStart();
	InstallForCall(NO_TEXT, &call.install);
	if (!PG_ARGISNULL(1))
	{
		Datum		keys[2] = {UUIDPGetDatum(&call.install.id), UUIDPGetDatum(&principal.integration)};

		principal.integration = SidArgument(PG_GETARG_DATUM(1), "II", "integration_sid");
		principal.hasIntegration = true;
		if (StatementRun(&activeIntegration, keys, NULL, true) == 0)
			RaiseProblem(CODE_NOT_FOUND, NULL, "integration_sid: no active integration has the sid \"%s\"",
						 SidOf("II", &principal.integration));
	}

	body = EapiBody(&call, 0);
	if (body != NULL)
	{
		int			level = PlanForKeys(PG_INT32_MAX);

		SchedulePlanMake(&call, body, true, &plan);
		SchedulePlanPeople(&plan);
		AtEOXact_GUC(true, level);
	}
	PutPlan(result, &call, &plan);
	if (FindingRefused(&plan.findings) == NULL && !EapiRefused(&call))
		PutOutcome(result, &plan);
	SPI_finish();
	return (Datum) 0;
}
