/*
 * eapi/refused.c
 *		The event that a refused call of Cirrus's door leaves: what it was about
 *		and which rules it broke; no names of people and nothing else of what it
 *		brought.
 */
#include "eapi/answer.h"

#include "access/htup_details.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "core/statement.h"
#include "domain/event.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/syscache.h"

/* What a call brought, as far as an event tells it. */
typedef struct Brought
{
	Text		assessment;
	Text		schedule;
	Text		candidate;
	JsonbContainer *candidates; /* an array of candidates or of their ids */
} Brought;

/* MemberOf finds a member of an object; absent where there is none. */
static bool
MemberOf(JsonbContainer *object, const char *key, JsonbValue *value)
{
	return JsonContainerIsObject(object) &&
		getKeyJsonValueFromContainer(object, key, strlen(key), value) != NULL;
}

/* TakeId takes a member that is an external id, where none is known yet. */
static void
TakeId(JsonbContainer *object, const char *key, Text *id)
{
	JsonbValue	value;

	if (id->presence != GIVEN && MemberOf(object, key, &value))
		*id = LenientText(&value);
}

/* CandidateAt finds the external id of a candidate by the place in the list. */
static Text
CandidateAt(const Brought *brought, int place)
{
	JsonbValue *element;
	Text		id = NO_TEXT;

	if (brought->candidates == NULL || place >= JsonContainerSize(brought->candidates))
		return NO_TEXT;
	element = getIthJsonbValueFromContainer(brought->candidates, place);
	if (element->type != jbvBinary)
		return LenientText(element);
	TakeId(element->val.binary.data, "CandidateExtId", &id);
	return id;
}

/* ReadBody reads what a body names. */
static void
ReadBody(JsonbContainer *body, Brought *brought)
{
	JsonbValue	value;

	if (JsonContainerIsArray(body))
	{
		if (!JsonContainerIsScalar(body))
			brought->candidates = body;
		return;
	}
	if (MemberOf(body, "Schedule", &value) && value.type == jbvBinary)
	{
		TakeId(value.val.binary.data, "AssessmentExtId", &brought->assessment);
		TakeId(value.val.binary.data, "ScheduleExtId", &brought->schedule);
	}
	TakeId(body, "AssessmentExternalId", &brought->assessment);
	TakeId(body, "ScheduleExternalId", &brought->schedule);
	TakeId(body, "ScheduleExtId", &brought->schedule);
	if (MemberOf(body, "Candidates", &value))
		brought->candidates = LenientArray(&value);
}

/* ReadArguments reads what the arguments of a call name, and the name of the function. */
static const char *
ReadArguments(EapiCall *call, Brought *brought)
{
	FunctionCallInfo fcinfo = call->fcinfo;
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(fcinfo->flinfo->fn_oid));
	const char *function;
	Oid		   *types;
	char	  **names;
	char	   *modes;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", fcinfo->flinfo->fn_oid);
	function = pstrdup(NameStr(((Form_pg_proc) GETSTRUCT(tuple))->proname));
	get_func_arg_info(tuple, &types, &names, &modes);
	ReleaseSysCache(tuple);
	for (int i = 0; i < PG_NARGS(); i++)
	{
		Text		value;

		if (PG_ARGISNULL(i))
			continue;
		if (types[i] == JSONBOID)
		{
			ReadBody(&PG_GETARG_JSONB_P(i)->root, brought);
			continue;
		}
		if (types[i] != TEXTOID || names == NULL)
			continue;
		value = TextOfDatum(PG_GETARG_DATUM(i), false);
		if (strcmp(names[i], "schedule_ext_id") == 0)
			brought->schedule = value;
		else if (strcmp(names[i], "assessment_ext_id") == 0)
			brought->assessment = value;
		else if (strcmp(names[i], "candidate_ext_id") == 0)
			brought->candidate = value;
	}
	if (brought->candidate.presence != GIVEN && brought->candidates != NULL && JsonContainerSize(brought->candidates) == 1)
		brought->candidate = CandidateAt(brought, 0);
	return function;
}

/* CandidateOf finds whom a refusal is about: named with it, or by the place in the body that it points to. */
static Text
CandidateOf(const EapiError *error, const Brought *brought)
{
	static const char list[] = "/Candidates/";

	if (error->candidate.presence == GIVEN || error->pointer == NULL)
		return error->candidate;
	if (strncmp(error->pointer, list, strlen(list)) == 0)
		return CandidateAt(brought, atoi(error->pointer + strlen(list)));
	return NO_TEXT;
}

/*
 * EapiKeepRefusal leaves the event of a refused call, once all it did is undone. A
 * call that only reads leaves none, nor one that no install is known for.
 */
void
EapiKeepRefusal(EapiCall *call)
{
	Brought		brought = {.candidates = NULL};
	Refusal    *refusals;
	RefusedCall refused = {.door = "cirrus",.count = call->errorCount,.problems = &call->problems};

	if (!call->hasInstall || !EventMayFollow(call->fcinfo))
		return;
	refused.function = ReadArguments(call, &brought);
	refused.assessment = brought.assessment;
	refused.schedule = brought.schedule;
	refused.candidate = brought.candidate;
	refused.refusals = refusals = palloc0(call->errorCount * sizeof(Refusal));
	for (int i = 0; i < call->errorCount; i++)
	{
		const EapiError *error = &call->errors[i];

		refusals[i].rule = error->rule != NULL ? error->rule : "request";
		refusals[i].detail = error->detail;
		refusals[i].hint = error->hint;
		refusals[i].candidate = CandidateOf(error, &brought);
	}
	SpiStart();
	EventAddRefused(&call->install.id, &refused);
	SPI_finish();
}
