/*
 * eapi/candidates.c
 *		Candidates of a schedule that is there: put on it, with or without being
 *		made first, and taken off it.
 */
#include "eapi/seated.h"

#include "catalog/pg_type.h"
#include "core/columns.h"
#include "core/settings.h"
#include "core/sid.h"
#include "core/statement.h"
#include "domain/event.h"
#include "domain/exam_session.h"
#include "miscadmin.h"

PG_FUNCTION_INFO_V1(proctorlink_eapi_add_candidates);
PG_FUNCTION_INFO_V1(proctorlink_eapi_add_existing_candidates);
PG_FUNCTION_INFO_V1(proctorlink_eapi_remove_candidates);

/* The body's "Schedule". */
typedef struct AddRequest
{
	Text		scheduleExtId;
	Text		groupExtId;
	Text		groupName;
} AddRequest;

typedef struct AddBody
{
	JsonField	schedule;
} AddBody;

static const int maxName = MAX_NAME_LENGTH;

static const Member bodyMembers[] = {
	MEMBER("Schedule", ReadJson, AddBody, schedule, NULL),
	MEMBER("Candidates", EapiReadElsewhere, AddBody, schedule, NULL),
};
static const Member scheduleMembers[] = {
	MEMBER("ScheduleExtId", ReadExternalId, AddRequest, scheduleExtId, NULL),
	MEMBER("GroupExtId", ReadExternalId, AddRequest, groupExtId, NULL),
	MEMBER("GroupName", ReadId, AddRequest, groupName, &maxName),
};

STATEMENT(findUsers,
		  "SELECT k.place::pg_catalog.int4, a.account_id, a.status" EQ "'active', a.special_needs,"
		  " a.reasonable_adjustment_percentage"
		  " FROM pg_catalog.unnest($2) WITH ORDINALITY AS k (key, place)"
		  " CROSS JOIN LATERAL (SELECT t.account_id, t.status, t.special_needs, t.reasonable_adjustment_percentage"
		  " FROM proctorlink.account t"
		  " WHERE t.install_id" EQ "$1 AND t.candidate_ext_id" EQ "k.key AND NOT t.candidate_ext_id_defaulted"
		  " AND t.status" EQ_ANY "('{active,disabled}'::pg_catalog.text[])" END_FOR_EACH("a"),
		  UUIDOID, TEXTARRAYOID);
STATEMENT(lockSessions,
		  FOR_EACH_KEY(3, "")
		  "SELECT FROM proctorlink.exam_session s WHERE s.install_id" EQ "$1 AND s.schedule_id" EQ "$2"
		  " AND s.account_id" EQ "k.key AND s.status" NE "'Cancelled' FOR NO KEY UPDATE" END_FOR_EACH("s"),
		  UUIDOID, UUIDOID, UUIDARRAYOID);
STATEMENT(findSessions,
		  "SELECT k.place::pg_catalog.int4, s.status"
		  " FROM pg_catalog.unnest($3) WITH ORDINALITY AS k (key, place)"
		  " CROSS JOIN LATERAL (SELECT t.status FROM proctorlink.exam_session t"
		  " WHERE t.install_id" EQ "$1 AND t.schedule_id" EQ "$2 AND t.account_id" EQ "k.key"
		  " AND t.status" NE "'Cancelled'" END_FOR_EACH("s"),
		  UUIDOID, UUIDOID, UUIDARRAYOID);
STATEMENT(cancelSessions,
		  "UPDATE proctorlink.exam_session s SET status = 'Cancelled', status_reason = '" REASON_OFF_SCHEDULE "'"
		  " FROM (SELECT pg_catalog.unnest($3) AS key) k"
		  FIND_TARGET("exam_session") "t.schedule_id" EQ "$2 AND t.account_id" EQ "k.key"
		  " AND t.status" EQ_ANY SESSION_NOT_BEGUN END_FIND_TARGET("s"),
		  UUIDOID, UUIDOID, UUIDARRAYOID);

/* ScheduleNamed finds the schedule that a call names and locks it; what is wrong is noted. */
static bool
ScheduleNamed(EapiCall *call, Text externalId, Schedule *schedule)
{
	if (externalId.presence != GIVEN || !ScheduleFind(&call->install.id, externalId, false, true, schedule))
		EapiRefuse(call, EAPI_NO_CODE, EAPI_NO_SCHEDULE);
	else if (schedule->over)
		EapiRefuse(call, 302, EAPI_ARCHIVED);
	else
		return true;
	return false;
}

/* Happened notes what happened to the candidates of a schedule. */
static void
Happened(EapiCall *call, const char *kind, const Schedule *schedule, int candidates)
{
	JsonObject	changes;

	JsonObjectInit(&changes);
	JsonAddInt(&changes, "candidates", candidates);
	EventPassedOver(&changes, &call->problems);
	EventAdd(&call->install.id, kind, SidOf("SC", &schedule->id), &changes);
}

/* ReadAddBody reads what a body of POST /schedule/add-candidates says of the schedule. */
static void
ReadAddBody(EapiCall *call, JsonbContainer *container, AddRequest *request)
{
	static const Path path = {NULL, "Schedule", sizeof("Schedule") - 1, 0};
	AddBody		body = {{0}};
	Problems   *problems = &call->problems;

	EapiReadObject(container, NULL, bodyMembers, lengthof(bodyMembers), &body, problems);
	if (body.schedule.presence != GIVEN)
	{
		if (problems->count == 0)
			ProblemAdd(problems, CODE_INVALID, "required", NULL, &path, "is required");
		return;
	}
	EapiReadObject(body.schedule.container, &path, scheduleMembers, lengthof(scheduleMembers), request, problems);
	if (problems->count > 0)
		return;
	EapiRequire(call, request->scheduleExtId.presence, &path, "ScheduleExtId");
	EapiRequire(call, request->groupExtId.presence, &path, "GroupExtId");
	EapiRequire(call, request->groupName.presence, &path, "GroupName");
}

/* AddSchedule adds the "Schedule" of the answer. */
static void
AddSchedule(EapiCall *call, const AddRequest *request, const Schedule *schedule, Text exam)
{
	JsonObject	answer;

	JsonObjectInit(&answer);
	JsonAddText(&answer, "Title", schedule->title);
	JsonAddText(&answer, "AssessmentExtId", exam);
	JsonAddText(&answer, "ScheduleExtId", schedule->externalId);
	JsonAddString(&answer, "StartDateTime", Rfc3339Of(schedule->window.starts));
	JsonAddString(&answer, "EndDateTime", Rfc3339Of(schedule->window.ends));
	JsonAddText(&answer, "GroupExtId", request->groupExtId);
	JsonAddText(&answer, "GroupName", request->groupName);
	JsonAddObject(&call->answer, "Schedule", &answer);
}

/* AddCandidates does POST /schedule/add-candidates. */
static void
AddCandidates(EapiCall *call)
{
	JsonbContainer *container;
	AddRequest	request = {{0}};
	CandidateRequests candidates = {0};
	Schedule	schedule;
	bool		found = false;
	JsonbValue	value;
	ScheduleExam exam;
	CandidateJudgement judgement = {call, false, &exam, &schedule.examId, false, NULL};
	Person	   *people;
	Seat	   *seats;
	GroupPlan	group;
	Findings	findings = {0};
	ScheduleWindow window;

	call->refusalHasMessage = true;
	container = EapiBody(call, 0);
	if (container == NULL)
		return;
	ReadAddBody(call, container, &request);
	NeedScheduler(call);
	if (request.scheduleExtId.presence == GIVEN)
		found = ScheduleNamed(call, request.scheduleExtId, &schedule);
	if (getKeyJsonValueFromContainer(container, "Candidates", strlen("Candidates"), &value) == NULL)
		value.type = jbvNull;
	if (value.type == jbvNull)
		EapiRequire(call, ABSENT, NULL, "Candidates");
	else
		CandidatesRead(call, &value, found && schedule.externalAttempts, &candidates);
	if (!found || call->problems.count > 0)
		return;

	GroupRead(call, request.groupExtId, request.groupName, &PATH_KEY(&PATH_KEY(NULL, "Schedule"), "GroupExtId"), false,
			  &group);
	ScheduleExamOf(&call->install.id, &schedule.examId, false, &exam);
	exam.duration = schedule.window.duration;
	judgement.throughProctoru = schedule.throughProctoru;

	CandidatesPeople(&candidates, &people, &seats);
	window = schedule.window;
	window.extraTime = Max(window.extraTime, CandidatesExtraTime(&judgement, &candidates, seats));
	ScheduleCheckWindow(&window, &findings);
	PlanRefuse(call, &findings);
	if (EapiRefused(call))
	{
		PeoplePut(&call->install, NULL, people, candidates.count, true, &call->problems);
		SeatsFind(&call->install.id, &schedule.examId, &schedule.id, seats, candidates.count, false, &call->problems);
		return;
	}
	GroupMake(call, &group);
	if (!PeoplePut(&call->install, &group.id, people, candidates.count, false, &call->problems))
	{
		SeatsFind(&call->install.id, &schedule.examId, &schedule.id, seats, candidates.count, false, &call->problems);
		return;
	}
	if (!SeatPeople(call, &schedule.examId, &schedule.id, people, seats, candidates.count))
		return;
	Happened(call, "candidates_added", &schedule, candidates.count);
	SeatedAnswer(call, psprintf("%d candidate%s added to Schedule[%.*s] successfully", candidates.count,
								candidates.count == 1 ? "" : "s",
								schedule.externalId.len, schedule.externalId.data), &candidates, people, seats);
	AddSchedule(call, &request, &schedule, exam.externalId);
	SeatedContent(call);
}

/* proctorlink.eapi_add_candidates(jsonb) */
Datum
proctorlink_eapi_add_candidates(PG_FUNCTION_ARGS)
{
	return EapiAnswer(fcinfo, AddCandidates);
}

/* A list of external ids of people, and who they are. */
typedef struct Named
{
	int			count;
	Text	   *ids;
	Seat	   *seats;
	bool	   *mayBeAdded;		/* active accounts only */
	ScheduleCandidate *facts;
	int			found;
} Named;

/* ReadIds reads the list of external ids that a call brings, each once. */
static bool
ReadIds(EapiCall *call, int argument, Named *named)
{
	NullableDatum *sent = &call->fcinfo->args[argument];
	Jsonb	   *list = sent->isnull ? NULL : DatumGetJsonbP(sent->value);
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue	element;
	int			place = 0;

	if (list != NULL && VARSIZE(list) > MaxPayloadBytes)
	{
		EapiRefuse(call, EAPI_NO_CODE, "Request body is larger than %d bytes", MaxPayloadBytes);
		return false;
	}
	if (list == NULL || !JB_ROOT_IS_ARRAY(list) || JB_ROOT_IS_SCALAR(list) || JB_ROOT_COUNT(list) == 0)
	{
		EapiRefuse(call, EAPI_NO_CODE, EAPI_NO_EXTERNAL_IDS);
		return false;
	}
	if (JB_ROOT_COUNT(list) > MaxItems)
	{
		EapiRefuse(call, EAPI_NO_CODE, "%d external ids are more than %d", (int) JB_ROOT_COUNT(list), MaxItems);
		return false;
	}
	named->ids = palloc(JB_ROOT_COUNT(list) * sizeof(Text));
	iterator = JsonbIteratorInit(&list->root);
	while ((token = JsonbIteratorNext(&iterator, &element, true)) != WJB_DONE)
	{
		Path		path = {NULL, NULL, 0, place};
		Text		id;

		CHECK_FOR_INTERRUPTS();
		if (token != WJB_ELEM)
			continue;
		place++;
		id = EapiTextOf(&element);
		if (id.presence != GIVEN || IdFault(id, MAX_ID_LENGTH) != NULL)
			ProblemAdd(&call->problems, CODE_INVALID, "format", NULL, &path, "is not an external id");
		else
			named->ids[named->count++] = id;
	}
	return call->problems.count == 0;
}

/* CompareTexts orders texts. */
static int
CompareTexts(const void *a, const void *b)
{
	return TextCompare(*(const Text *) a, *(const Text *) b);
}

/* FindUsers finds the people of a list. */
static void
FindUsers(EapiCall *call, Named *named)
{
	Datum		values[2] = {UUIDPGetDatum(&call->install.id)};
	Column		ids;
	uint64		rows;
	int			kept = 0;

	qsort(named->ids, named->count, sizeof(Text), CompareTexts);
	for (int i = 0; i < named->count; i++)
		if (i == 0 || !TextEquals(named->ids[i], named->ids[kept - 1]))
			named->ids[kept++] = named->ids[i];
	named->count = kept;

	named->seats = palloc0(named->count * sizeof(Seat));
	named->mayBeAdded = palloc0(named->count * sizeof(bool));
	named->facts = palloc0(named->count * sizeof(ScheduleCandidate));
	ColumnInit(&ids, TEXTOID, named->count);
	for (int i = 0; i < named->count; i++)
	{
		Path	   *path = palloc0(sizeof(Path));

		path->key = named->ids[i].data;
		path->keyLength = named->ids[i].len;
		named->seats[i].path = path;
		ColumnAddText(&ids, named->ids[i]);
	}
	values[1] = ColumnDatum(&ids);
	rows = StatementRun(&findUsers, values, NULL, false);
	named->found = rows;
	for (uint64 row = 0; row < rows; row++)
	{
		int			i = RowInt(row, 1) - 1;

		named->seats[i].hasAccount = true;
		named->seats[i].account = RowUuid(row, 2);
		named->mayBeAdded[i] = RowBool(row, 3);
		named->facts[i].specialNeeds = RowBool(row, 4);
		named->facts[i].percentage = RowIntField(row, 5);
	}
	if (named->found == 0)
		EapiRefuse(call, EAPI_NO_CODE, EAPI_NO_USERS);
}

/* Which of the people a list of the answer names. */
typedef bool (*Belongs) (const Named *named, int i);

/* AddIds adds a list of external ids to the content. */
static void
AddIds(JsonObject *content, const char *key, const Named *named, Belongs belongs)
{
	JsonArray  *list = palloc(sizeof(JsonArray));

	JsonArrayInit(list);
	for (int i = 0; i < named->count; i++)
		if (belongs(named, i))
			JsonPushText(list, named->ids[i]);
	JsonAddArray(content, key, list);
}

static bool
IsUnknown(const Named *named, int i)
{
	return !named->seats[i].hasAccount;
}

static bool
WasThere(const Named *named, int i)
{
	return named->seats[i].hasAccount && named->seats[i].result == SEAT_THERE;
}

static bool
WasNotThere(const Named *named, int i)
{
	return named->seats[i].hasAccount && named->seats[i].result != SEAT_THERE;
}

/* StartOnSchedule reads the arguments that adding and removing by a list of ids share. */
static bool
StartOnSchedule(EapiCall *call, Schedule *schedule, Named *named)
{
	Text		externalId;

	EapiTextArgument(call, 0, &externalId);
	NeedScheduler(call);
	ScheduleNamed(call, externalId, schedule);
	if (ReadIds(call, 1, named))
		FindUsers(call, named);
	return !EapiRefused(call);
}

/* AddExisting does PUT /schedule/{externalId}/candidates. */
static void
AddExisting(EapiCall *call)
{
	Schedule	schedule;
	Named		named = {0};
	JsonObject	content;
	Seat	   *seats;
	ScheduleCandidate *facts;
	ScheduleExam exam;
	CandidateJudgement judgement = {call, false, &exam, &schedule.examId, false, NULL};
	int		   *places;
	int			count = 0;
	int			added = 0;

	if (!StartOnSchedule(call, &schedule, &named))
		return;
	ScheduleExamOf(&call->install.id, &schedule.examId, false, &exam);
	exam.duration = schedule.window.duration;
	judgement.throughProctoru = schedule.throughProctoru;
	seats = palloc(named.count * sizeof(Seat));
	facts = palloc(named.count * sizeof(ScheduleCandidate));
	places = palloc(named.count * sizeof(int));
	for (int i = 0; i < named.count; i++)
	{
		if (!named.seats[i].hasAccount)
			continue;
		if (!named.mayBeAdded[i])
			EapiRefuse(call, EAPI_NO_CODE, "User [%s] is disabled", TextQuoted(named.ids[i]));
		places[count] = i;
		facts[count] = named.facts[i];
		facts[count].externalId = named.ids[i];
		seats[count++] = named.seats[i];
	}
	CandidatesJudge(&judgement, facts, count);
	if (EapiRefused(call) ||
		!SeatsTake(&call->install.id, &schedule.examId, &schedule.id, seats, count, &call->problems))
		return;
	for (int i = 0; i < count; i++)
	{
		named.seats[places[i]] = seats[i];
		added += seats[i].result != SEAT_THERE;
	}
	if (added > 0)
		Happened(call, "candidates_added", &schedule, added);

	JsonObjectInit(&content);
	AddIds(&content, "AddedCandidateExternalIds", &named, WasNotThere);
	AddIds(&content, "NotFoundUserExternalIds", &named, IsUnknown);
	AddIds(&content, "AlreadyAddedCandidateExternalIds", &named, WasThere);
	JsonAddObject(&call->answer, "Content", &content);
}

/* proctorlink.eapi_add_existing_candidates(schedule_ext_id, candidate_ext_ids) */
Datum
proctorlink_eapi_add_existing_candidates(PG_FUNCTION_ARGS)
{
	return EapiAnswer(fcinfo, AddExisting);
}

/* Remove does DELETE /external/schedule/{externalId}/candidates. */
static void
Remove(EapiCall *call)
{
	Schedule	schedule;
	Named		named = {0};
	JsonObject	content;
	Column		accounts;
	int		   *places;
	int			count = 0;
	Datum		values[3];
	uint64		rows;

	if (!StartOnSchedule(call, &schedule, &named))
		return;
	places = palloc(named.count * sizeof(int));
	ColumnInit(&accounts, UUIDOID, named.count);
	for (int i = 0; i < named.count; i++)
	{
		named.seats[i].result = SEAT_MADE;
		if (!named.seats[i].hasAccount)
			continue;
		places[count++] = i;
		ColumnAddUuid(&accounts, &named.seats[i].account);
	}
	values[0] = UUIDPGetDatum(&call->install.id);
	values[1] = UUIDPGetDatum(&schedule.id);
	values[2] = ColumnDatum(&accounts);
	StatementRun(&lockSessions, values, NULL, false);
	rows = StatementRun(&findSessions, values, NULL, false);
	for (uint64 row = 0; row < rows; row++)
	{
		int			i = places[RowInt(row, 1) - 1];

		named.seats[i].result = SEAT_THERE;
		if (!SessionHasNotBegun(RowText(row, 2)))
			EapiRefuse(call, EAPI_NO_CODE, "Candidate [%s] has already started and can't be removed",
					   TextQuoted(named.ids[i]));
	}
	if (EapiRefused(call))
		return;
	rows = StatementRun(&cancelSessions, values, NULL, false);
	if (rows > 0)
		Happened(call, "candidates_removed", &schedule, rows);

	JsonObjectInit(&content);
	AddIds(&content, "DeletedCandidateExternalIds", &named, WasThere);
	AddIds(&content, "NotFoundCandidateExternalIds", &named, WasNotThere);
	AddIds(&content, "NotFoundUserExternalIds", &named, IsUnknown);
	JsonAddObject(&call->answer, "Content", &content);
}

/* proctorlink.eapi_remove_candidates(schedule_ext_id, candidate_ext_ids) */
Datum
proctorlink_eapi_remove_candidates(PG_FUNCTION_ARGS)
{
	return EapiAnswer(fcinfo, Remove);
}
