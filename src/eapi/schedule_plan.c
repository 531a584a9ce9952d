/*
 * eapi/schedule_plan.c
 *		A request for a schedule and what it would do.
 *
 * Reads the body of POST /schedule, finds what it names and asks every rule.
 * What breaks the contract is noted with the call, what rules say with the plan.
 */
#include "eapi/schedule_plan.h"

#include "catalog/pg_type.h"
#include "core/columns.h"
#include "core/settings.h"
#include "core/sid.h"
#include "core/statement.h"
#include "domain/hierarchy.h"
#include "miscadmin.h"
#include "utils/timestamp.h"

static const int maxId = MAX_ID_LENGTH;
static const LengthRange nameLengths = {1, MAX_NAME_LENGTH};
static const LengthRange titleLengths = {1, MAX_CODE_LENGTH};
static const LengthRange timeLengths = {1, MAX_CODE_LENGTH};
static const int maxPin = MAX_SHORT_ID_LENGTH;
static const IntRange minutes = {0, 1000000};
static const IntRange percentages = {1, 1000};
static const char *const workflowNames[] = {"DEFAULT", "EXTERNAL_ATTEMPTS"};
static const Words workflows = {lengthof(workflowNames), workflowNames};

/* The body. */
typedef struct Body
{
	IntField	workflow;
	BoolField	upsert;
	JsonField	schedule;
} Body;

static const Member bodyMembers[] = {
	MEMBER("Workflow", ReadWord, Body, workflow, &workflows),
	MEMBER("Upsert", ReadBool, Body, upsert, NULL),
	MEMBER("Schedule", ReadJson, Body, schedule, NULL),
	MEMBER("Candidates", EapiReadElsewhere, Body, schedule, NULL),
};

static const Member scheduleMembers[] = {
	MEMBER("AssessmentExtId", ReadExternalId, ScheduleRequest, assessmentExtId, NULL),
	MEMBER("Title", ReadText, ScheduleRequest, title, &titleLengths),
	MEMBER("ScheduleExtId", ReadExternalId, ScheduleRequest, scheduleExtId, NULL),
	MEMBER("StartDateTime", ReadText, ScheduleRequest, startText, &timeLengths),
	MEMBER("EndDateTime", ReadText, ScheduleRequest, endText, &timeLengths),
	MEMBER("GroupExtId", ReadExternalId, ScheduleRequest, groupExtId, NULL),
	MEMBER("GroupName", ReadId, ScheduleRequest, groupName, &maxId),
	MEMBER("ScheduleGroupExtId", ReadExternalId, ScheduleRequest, scheduleGroupExtId, NULL),
	MEMBER("ScheduleGroupName", ReadId, ScheduleRequest, scheduleGroupName, &maxId),
	MEMBER("PIN", ReadId, ScheduleRequest, pin, &maxPin),
	MEMBER("ExtraTime", ReadInt, ScheduleRequest, extraTime, &minutes),
	MEMBER("Owner", ReadId, ScheduleRequest, owner, &maxId),
};

static const Member candidateMembers[] = {
	MEMBER("UserName", ReadId, CandidateRequest, userName, &maxId),
	MEMBER("CandidateExtId", ReadId, CandidateRequest, candidateExtId, &maxId),
	MEMBER("FirstName", ReadText, CandidateRequest, firstName, &nameLengths),
	MEMBER("LastName", ReadText, CandidateRequest, lastName, &nameLengths),
	MEMBER("Email", ReadEmail, CandidateRequest, email, NULL),
	MEMBER("AttemptExtId", ReadId, CandidateRequest, attemptExtId, &maxId),
	MEMBER("SpecialNeeds", ReadBool, CandidateRequest, specialNeeds, NULL),
	MEMBER("ReasonableAdjustmentPercentage", ReadInt, CandidateRequest, adjustment, &percentages),
};

/* Only given ids are looked at: one that we made up is nobody's name for the person. */
STATEMENT(findPeople,
		  "SELECT k.place::pg_catalog.int4, a.account_id, a.special_needs, a.reasonable_adjustment_percentage"
		  " FROM pg_catalog.unnest($2) WITH ORDINALITY AS k (key, place)"
		  " CROSS JOIN LATERAL (SELECT t.account_id, t.special_needs, t.reasonable_adjustment_percentage"
		  " FROM proctorlink.account t WHERE t.install_id" EQ "$1 AND t.candidate_ext_id" EQ "k.key"
		  " AND NOT t.candidate_ext_id_defaulted" END_FOR_EACH("a"),
		  UUIDOID, TEXTARRAYOID);

/* ReadExternalId reads an external id of a schedule, hierarchy or exam at this door: at most 64 characters, no space. */
void
ReadExternalId(const JsonbValue *value, const Path *path, void *field, const void *unused, Problems *problems)
{
	static const int most = MAX_SHORT_ID_LENGTH;
	Text	   *text = field;
	int			before = problems->count + problems->more;

	ReadId(value, path, field, &most, problems);
	if (problems->count + problems->more == before && text->presence == GIVEN &&
		memchr(text->data, ' ', text->len) != NULL)
		ProblemAdd(problems, CODE_INVALID, "format", NULL, path, "has a space in it");
}

/* ReadCandidate reads one candidate, as documented for POST /schedule/add-candidates. */
static void
ReadCandidate(EapiCall *call, const JsonbValue *value, bool externalAttempts, CandidateRequest *candidate)
{
	int			before = call->problems.count;

	if (!ReadIsObject(value, candidate->path, &call->problems))
		return;
	EapiReadObject(value->val.binary.data, candidate->path, candidateMembers, lengthof(candidateMembers),
				   candidate, &call->problems);
	/* What was sent but cannot be read is not missing as well. */
	if (call->problems.count == before)
	{
		EapiRequire(call, candidate->candidateExtId.presence, candidate->path, "CandidateExtId");
		EapiRequire(call, candidate->firstName.presence, candidate->path, "FirstName");
		EapiRequire(call, candidate->lastName.presence, candidate->path, "LastName");
		EapiRequire(call, candidate->email.presence, candidate->path, "Email");
	}
	if (candidate->attemptExtId.presence == GIVEN && !externalAttempts)
		ProblemAdd(&call->problems, CODE_INVALID, "together", "Set \"Workflow\" to \"EXTERNAL_ATTEMPTS\".",
				   &PATH_KEY(candidate->path, "AttemptExtId"), "is only for schedules of that workflow");
}

/* CompareIds orders candidates by their ids. */
static int
CompareIds(const void *a, const void *b)
{
	const CandidateRequest *left = *(CandidateRequest *const *) a;
	const CandidateRequest *right = *(CandidateRequest *const *) b;
	int			order = TextCompare(left->candidateExtId, right->candidateExtId);

	return order != 0 ? order : (left > right) - (left < right);
}

/* RefuseTwins notes candidates that are named twice. */
static void
RefuseTwins(EapiCall *call, const CandidateRequests *candidates)
{
	CandidateRequest **sorted = palloc(Max(candidates->count, 1) * sizeof(CandidateRequest *));
	int			count = 0;

	for (int i = 0; i < candidates->count; i++)
		if (candidates->list[i].candidateExtId.presence == GIVEN)
			sorted[count++] = &candidates->list[i];
	qsort(sorted, count, sizeof(CandidateRequest *), CompareIds);
	for (int i = 1; i < count; i++)
		if (TextEquals(sorted[i]->candidateExtId, sorted[i - 1]->candidateExtId))
			ProblemAdd(&call->problems, CODE_INVALID, "conflict", "Name everybody once.",
					   &PATH_KEY(sorted[i]->path, "CandidateExtId"), "\"%s\" is named twice",
					   TextQuoted(sorted[i]->candidateExtId));
	pfree(sorted);
}

/* CandidatesRead reads the list of candidates; absent is an empty one. */
void
CandidatesRead(EapiCall *call, const JsonbValue *value, bool externalAttempts, CandidateRequests *candidates)
{
	static const Path top = {NULL, "Candidates", sizeof("Candidates") - 1, 0};
	JsonbContainer *array = EapiArrayOf(value);
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue	element;
	int			most;

	candidates->count = 0;
	candidates->list = NULL;
	if (array == NULL)
	{
		ProblemAdd(&call->problems, CODE_INVALID, "type", NULL, &top, "must be an array, not %s", JsonTypeName(value));
		return;
	}
	most = JsonContainerSize(array);
	if (most > MaxItems)
	{
		ProblemAdd(&call->problems, CODE_LIMIT, "range", psprintf("Send at most %d candidates in a call.", MaxItems),
				   &top, "%d candidates are too many", most);
		return;
	}
	candidates->list = MemoryContextAllocHuge(CurrentMemoryContext, Max(most, 1) * sizeof(CandidateRequest));
	memset(candidates->list, 0, most * sizeof(CandidateRequest));
	iterator = JsonbIteratorInit(array);
	while ((token = JsonbIteratorNext(&iterator, &element, true)) != WJB_DONE)
	{
		CandidateRequest *candidate;

		CHECK_FOR_INTERRUPTS();
		if (token != WJB_ELEM)
			continue;
		candidate = &candidates->list[candidates->count];
		candidate->path = palloc(sizeof(Path));
		*candidate->path = (Path)
		{
			&top, NULL, 0, candidates->count++
		};
		ReadCandidate(call, &element, externalAttempts, candidate);
	}
	RefuseTwins(call, candidates);
}

/* CandidatesPeople makes the people and seats of candidates. */
void
CandidatesPeople(const CandidateRequests *candidates, Person **people, Seat **seats)
{
	static const PersonMembers members = {.candidateExtId = "CandidateExtId",.username = "UserName",
		.firstName = "FirstName",.lastName = "LastName",.email = "Email",.specialNeeds = "SpecialNeeds",
	.adjustment = "ReasonableAdjustmentPercentage",.role = "Role"};
	int			count = Max(candidates->count, 1);

	*people = MemoryContextAllocHuge(CurrentMemoryContext, count * sizeof(Person));
	*seats = MemoryContextAllocHuge(CurrentMemoryContext, count * sizeof(Seat));
	memset(*people, 0, count * sizeof(Person));
	memset(*seats, 0, count * sizeof(Seat));
	for (int i = 0; i < candidates->count; i++)
	{
		const CandidateRequest *candidate = &candidates->list[i];
		Person	   *person = &(*people)[i];

		person->candidateExtId = candidate->candidateExtId;
		person->username = candidate->userName;
		person->firstName = candidate->firstName;
		person->lastName = candidate->lastName;
		person->email = candidate->email;
		person->specialNeeds = candidate->specialNeeds;
		person->adjustment = candidate->adjustment;
		/* Who has no special needs any more has no percentage either. */
		if (person->specialNeeds.presence == GIVEN && !person->specialNeeds.value &&
			person->adjustment.presence == ABSENT)
			person->adjustment.presence = NULLED;
		person->path = candidate->path;
		person->members = &members;
		(*seats)[i].attemptExtId = candidate->attemptExtId;
		(*seats)[i].path = candidate->path;
	}
}

/*
 * CandidatesExtraTime finds how much longer the exam lasts for any of the
 * candidates as they will be after the call, asks the rules about each of them,
 * and fills in the accounts of those who are there.
 */
int
CandidatesExtraTime(const CandidateJudgement *judgement, const CandidateRequests *candidates, Seat *seats)
{
	int			count = candidates->count;
	ScheduleCandidate *facts = MemoryContextAllocHuge(CurrentMemoryContext, Max(count, 1) * sizeof(ScheduleCandidate));
	Datum		values[2] = {UUIDPGetDatum(&judgement->call->install.id)};
	Column		ids;
	uint64		rows;
	int			largest = 0;

	ColumnInit(&ids, TEXTOID, count);
	for (int i = 0; i < count; i++)
	{
		const CandidateRequest *candidate = &candidates->list[i];

		facts[i] = (ScheduleCandidate)
		{
			candidate->candidateExtId, candidate->specialNeeds.value, candidate->adjustment, false
		};
		ColumnAddText(&ids, candidate->candidateExtId);
	}
	values[1] = ColumnDatum(&ids);
	rows = count > 0 ? StatementRun(&findPeople, values, NULL, judgement->readOnly) : 0;
	for (uint64 row = 0; row < rows; row++)
	{
		int			i = RowInt(row, 1) - 1;

		seats[i].hasAccount = true;
		seats[i].account = RowUuid(row, 2);
		if (candidates->list[i].specialNeeds.presence != GIVEN)
			facts[i].specialNeeds = RowBool(row, 3);
		if (facts[i].percentage.presence != GIVEN)
			facts[i].percentage = RowIntField(row, 4);
	}
	if (rows > 0)
		SPI_freetuptable(SPI_tuptable);
	for (int i = 0; i < count; i++)
		largest = Max(largest, PersonExtraTime(facts[i].specialNeeds, facts[i].percentage, judgement->exam));
	CandidatesJudge(judgement, facts, count);
	pfree(facts);
	return largest;
}

/* GroupRead finds a hierarchy that a request names, or plans to make it. */
void
GroupRead(EapiCall *call, Text externalId, Text name, const Path *path, bool readOnly, GroupPlan *group)
{
	ScheduleHierarchy found;

	group->externalId = externalId;
	group->name = name;
	group->isNew = false;
	if (externalId.presence != GIVEN)
		return;
	found = ScheduleHierarchyFind(&call->install.id, externalId, readOnly, &group->id);
	group->isNew = !found.exists;
	if (group->isNew && name.presence != GIVEN)
		ProblemAdd(&call->problems, CODE_INVALID, "required", "Send its name, and the hierarchy is made.", path,
				   "there is no hierarchy \"%s\" yet", TextQuoted(externalId));
}

/* GroupMake makes a hierarchy that was planned. */
void
GroupMake(EapiCall *call, GroupPlan *group)
{
	if (group->isNew)
		group->id = HierarchyMake(&call->install.id, group->externalId, group->name, NULL);
	group->isNew = false;
}

/*
 * PlanScheduler finds the default scheduler, whom calls of an external system
 * need whatever they change. That there is none, or one who may not schedule any
 * more, is said in the contract's words.
 */
bool
PlanScheduler(EapiCall *call, bool readOnly, pg_uuid_t *owner, Text *name, Findings *findings)
{
	ScheduleOwner found = OwnerFind(&call->install.id, call->install.defaultScheduler, readOnly, owner);

	*name = found.named;
	ScheduleCheckOwner(&found, findings);
	if (found.exists && found.active && found.maySchedule)
		return true;
	FindingSay(findings, EAPI_NO_CODE, found.named.presence != GIVEN ? EAPI_NO_SCHEDULER : EAPI_SCHEDULER_LOST);
	return false;
}

/* NeedScheduler refuses a call where the install has no default scheduler who may schedule. */
void
NeedScheduler(EapiCall *call)
{
	Findings	findings = {0};
	pg_uuid_t	owner;
	Text		name;

	PlanScheduler(call, false, &owner, &name, &findings);
	PlanRefuse(call, &findings);
}

/* PlanRefuse turns what does not hold into refusals. */
void
PlanRefuse(EapiCall *call, const Findings *findings)
{
	for (int i = 0; i < findings->count; i++)
	{
		if (!findings->list[i].ok)
			EapiRefuseFinding(call, &findings->list[i]);
	}
}

/* SchedulePlanOwner decides who owns the schedule: the one named, except by a provider, else the default scheduler. */
void
SchedulePlanOwner(SchedulePlan *plan)
{
	EapiCall   *call = plan->call;
	ScheduleOwner owner;

	if (plan->request.owner.presence != GIVEN || call->principal->hasIntegration)
	{
		/*
		 * An existing schedule keeps its owner; there must be a scheduler all
		 * the same.
		 */
		plan->hasOwner = PlanScheduler(call, plan->readOnly, &plan->owner, &plan->ownerName, &plan->findings);
		if (plan->exists)
			plan->owner = plan->schedule.ownerId;
		return;
	}
	owner = OwnerFind(&call->install.id, plan->request.owner, plan->readOnly, &plan->owner);
	ScheduleCheckOwner(&owner, &plan->findings);
	plan->hasOwner = owner.exists;
	plan->ownerName = owner.named;
}

/* PlanHierarchies decides where the schedule and its candidates go. */
static void
PlanHierarchies(SchedulePlan *plan, const Path *path)
{
	EapiCall   *call = plan->call;
	ScheduleRequest *request = &plan->request;
	ScheduleHierarchy hierarchy = {.exists = false};

	GroupRead(call, request->groupExtId, request->groupName, &PATH_KEY(path, "GroupExtId"), plan->readOnly,
			  &plan->group);
	if (request->scheduleGroupExtId.presence != GIVEN && plan->exists)
	{
		plan->hierarchy.id = plan->schedule.hierarchyId;
		return;
	}

	/* Both may name the same new one, which is made once. */
	GroupRead(call, request->scheduleGroupExtId, request->scheduleGroupName,
			  &PATH_KEY(path, "ScheduleGroupExtId"), plan->readOnly, &plan->hierarchy);
	if (plan->hierarchy.isNew)
	{
		hierarchy.exists = true;
		hierarchy.named = request->scheduleGroupExtId;
		hierarchy.hasOrganisationId = true;
		hierarchy.allowsSchedules = true;
	}
	else
		hierarchy = ScheduleHierarchyFind(&call->install.id, request->scheduleGroupExtId, plan->readOnly,
										  &plan->hierarchy.id);
	ScheduleCheckHierarchy(&hierarchy, &plan->findings);
}

/* SchedulePlanWindow decides when the schedule opens and closes; extraTime is its candidates'. */
void
SchedulePlanWindow(SchedulePlan *plan, int extraTime)
{
	ScheduleRequest *request = &plan->request;
	ScheduleWindow *window = &plan->window;

	window->extraTime = Max(extraTime, request->extraTime.presence == GIVEN ? request->extraTime.value : 0);
	window->duration = plan->exam.duration;
	if (plan->exists)
		window->extraTime = Max(window->extraTime, plan->schedule.window.extraTime);
	if (plan->exists && (plan->schedule.open || plan->schedule.begun))
	{
		/* What has started keeps its window. */
		window->starts = plan->schedule.window.starts;
		window->ends = plan->schedule.window.ends;
		window->duration = plan->schedule.window.duration;
	}
	else
	{
		if (request->starts.presence != GIVEN)
			return;
		window->starts = request->starts.value;
		if (request->ends.presence == GIVEN)
			window->ends = request->ends.value;
		else if (window->duration.presence == GIVEN)
			window->ends = ScheduleDefaultEnd(window);
		else
		{
			/* A date that cannot be read has been told. */
			if (request->endText.presence != GIVEN)
				FindingAdd(&plan->findings, "schedule_longer_than_exam", false, "Give the schedule an end (EndDateTime).",
						   "an exam without a time limit needs a schedule with an end");
			return;
		}
	}
	plan->hasWindow = true;
	ScheduleCheckWindow(window, &plan->findings);
}

/* SchedulePlanExam finds the exam and who delivers it, and asks whether it can be scheduled. */
void
SchedulePlanExam(SchedulePlan *plan)
{
	EapiCall   *call = plan->call;

	plan->throughProctoru = plan->exists ? plan->schedule.throughProctoru :
		call->principal->hasIntegration &&
		IsThroughProctoru(&call->install.id, &call->principal->integration, plan->readOnly);
	plan->hasExam = ScheduleExamFind(&call->install.id, plan->request.assessmentExtId, plan->readOnly, &plan->exam,
									 &plan->examId);
	FindingAdd(&plan->findings, "exam.found", plan->hasExam,
			   "Send the External ID of the assessment exactly as it is here; find_assessment() finds the nearest.",
			   plan->hasExam ? "the exam is \"%s\"" : "there is no exam \"%s\"",
			   TextQuoted(plan->request.assessmentExtId));
	if (!plan->hasExam)
	{
		FindingSay(&plan->findings, EAPI_NO_CODE, psprintf("Assessment hasn't been found by external id [%s]",
														   TextQuoted(plan->request.assessmentExtId)));
		return;
	}
	FindingAdd(&plan->findings, "exam.published", plan->exam.published || plan->isDraft,
			   "Publish the assessment (configure_exam, \"published\": true).",
			   plan->exam.published ? "the exam is published" : "the exam is a draft");
	FindingSay(&plan->findings, EAPI_NO_CODE, "Assessment must be published");
	if (plan->exists && memcmp(&plan->examId, &plan->schedule.examId, UUID_LEN) != 0)
		FindingAdd(&plan->findings, "schedule_keeps_its_exam", false, "Make another schedule for the other exam.",
				   "schedule \"%s\" is of another exam", TextQuoted(plan->schedule.externalId));
}

/* SchedulePlanSecurity asks the rules of ProctorU where that delivers the schedule. */
void
SchedulePlanSecurity(SchedulePlan *plan)
{
	plan->security = plan->schedule.security;
	if (plan->request.pin.presence == GIVEN)
		plan->security.pin = (BoolField)
	{
		true, GIVEN
	};
	if (plan->request.proctorio.presence == GIVEN)
		plan->security.proctorio = plan->request.proctorio;
	if (plan->throughProctoru)
		ScheduleCheckProctoru(&plan->exam, &plan->security, &plan->findings);
}

/* ReadSchedule reads the body's "Schedule". */
static void
ReadSchedule(SchedulePlan *plan, const Body *body, const Path *path)
{
	EapiCall   *call = plan->call;
	ScheduleRequest *request = &plan->request;
	int			before = call->problems.count;

	if (body->schedule.presence != GIVEN)
	{
		/* Where it is no object, that has been said. */
		if (before == 0)
			ProblemAdd(&call->problems, CODE_INVALID, "required", NULL, path, "is required");
		return;
	}
	EapiReadObject(body->schedule.container, path, scheduleMembers, lengthof(scheduleMembers), request,
				   &call->problems);
	EapiTime(call, request->startText, &PATH_KEY(path, "StartDateTime"), &request->starts);
	EapiTime(call, request->endText, &PATH_KEY(path, "EndDateTime"), &request->ends);
	if (call->problems.count > before)
		return;
	EapiRequire(call, request->assessmentExtId.presence, path, "AssessmentExtId");
	EapiRequire(call, request->startText.presence, path, "StartDateTime");
	EapiRequire(call, request->groupExtId.presence, path, "GroupExtId");
	EapiRequire(call, request->groupName.presence, path, "GroupName");
}

/* SchedulePlanExisting finds the schedule of that external id, which only an upsert may name. */
void
SchedulePlanExisting(SchedulePlan *plan)
{
	EapiCall   *call = plan->call;
	Text		id = plan->request.scheduleExtId;

	if (id.presence != GIVEN ||
		!ScheduleFind(&call->install.id, id, plan->readOnly, plan->upsert && !plan->readOnly, &plan->schedule))
		return;
	plan->exists = true;
	plan->externalAttempts |= plan->schedule.externalAttempts;
	FindingAdd(&plan->findings, "schedule_external_id_unique", plan->upsert,
			   "Send another ScheduleExtId, or \"Upsert\": true to change the schedule.",
			   "schedule \"%s\" is there already", TextQuoted(id));
	FindingSay(&plan->findings, EAPI_NO_CODE, psprintf("%s [%s] already exists",
													   plan->isDraft ? "ScheduleExternalId" : "ScheduleExtId",
													   TextQuoted(id)));
	if (plan->upsert && plan->schedule.over)
	{
		FindingAdd(&plan->findings, "schedule_archived", false, "Make another schedule.",
				   "the window of schedule \"%s\" is over", TextQuoted(id));
		FindingSay(&plan->findings, 302, EAPI_ARCHIVED);
	}
}

/*
 * SchedulePlanMake judges a body of POST /schedule as far as the rows that are
 * there allow. What it notes with the call and the plan is all there is to say
 * against it, but for what the engine says of the people (SchedulePlanPeople).
 */
void
SchedulePlanMake(EapiCall *call, JsonbContainer *container, bool readOnly, SchedulePlan *plan)
{
	static const Path path = {NULL, "Schedule", sizeof("Schedule") - 1, 0};
	Body		body = {.upsert.value = false};
	CandidateJudgement judgement = {call, readOnly, &plan->exam, &plan->examId, false, &plan->findings};
	JsonbValue	candidates;
	int			extraTime;

	memset(plan, 0, sizeof(SchedulePlan));
	plan->call = call;
	plan->readOnly = readOnly;
	EapiReadObject(container, NULL, bodyMembers, lengthof(bodyMembers), &body, &call->problems);
	plan->upsert = body.upsert.presence == GIVEN && body.upsert.value;
	plan->externalAttempts = body.workflow.presence == GIVEN && body.workflow.value == 1;
	ReadSchedule(plan, &body, &path);
	SchedulePlanExisting(plan);

	if (getKeyJsonValueFromContainer(container, "Candidates", strlen("Candidates"), &candidates) != NULL &&
		candidates.type != jbvNull && !(candidates.type == jbvString && candidates.val.string.len == 0))
		CandidatesRead(call, &candidates, plan->externalAttempts, &plan->candidates);
	SchedulePlanOwner(plan);

	/* What cannot be read cannot be judged further. */
	if (call->problems.count > 0)
		return;
	SchedulePlanExam(plan);
	PlanHierarchies(plan, &path);
	if (!plan->hasExam)
		return;
	CandidatesPeople(&plan->candidates, &plan->people, &plan->seats);
	judgement.throughProctoru = plan->throughProctoru;
	extraTime = CandidatesExtraTime(&judgement, &plan->candidates, plan->seats);
	SchedulePlanWindow(plan, extraTime);
	SchedulePlanSecurity(plan);
}

/*
 * SchedulePlanPeople asks the engine about the people, and who sits where, as the
 * call would do it: for an explanation.
 */
void
SchedulePlanPeople(SchedulePlan *plan)
{
	EapiCall   *call = plan->call;

	if (plan->people == NULL)
		return;
	/* Whoever belongs to no hierarchy changes, whichever it will be. */
	if (plan->group.isNew)
		Uuid7(&plan->group.id);
	PeoplePut(&call->install, plan->group.externalId.presence == GIVEN ? &plan->group.id : NULL, plan->people, plan->candidates.count, true,
			  &call->problems);
	SeatsFind(&call->install.id, &plan->examId, plan->exists ? &plan->schedule.id : NULL, plan->seats,
			  plan->candidates.count, true, &call->problems);
}
