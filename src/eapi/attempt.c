/*
 * eapi/attempt.c
 *		Cirrus's door: how far somebody's attempts are, and the results that were
 *		published.
 *
 * Both only read, also where nothing may be written.
 */
#include "eapi/answer.h"

#include "catalog/pg_type.h"
#include "core/statement.h"
#include "domain/exam_session.h"

PG_FUNCTION_INFO_V1(proctorlink_eapi_attempt_info);
PG_FUNCTION_INFO_V1(proctorlink_eapi_results);

/* What the door knows a person as. */
typedef struct Candidate
{
	pg_uuid_t	account;
	Text		externalId;
	Text		firstName;
	Text		lastName;
	Text		username;
	Text		email;
} Candidate;

STATEMENT(findSchedule,
		  "SELECT c.schedule_id, c.activated_at OPERATOR(pg_catalog.<=) pg_catalog.now(),"
		  " c.starts_at OPERATOR(pg_catalog.<=) pg_catalog.now()"
		  " FROM proctorlink.schedule c WHERE c.install_id" EQ "$1 AND c.external_id" EQ "$2",
		  UUIDOID, TEXTOID);

#define CANDIDATE \
	"SELECT a.account_id, a.candidate_ext_id, a.first_name, a.last_name, a.username, a.email" \
	" FROM proctorlink.account a WHERE a.install_id" EQ "$1" \
	" AND NOT a.status" EQ_ANY "('{deleted,erased}'::pg_catalog.text[]) AND "

/* An id that somebody gave finds ids that somebody gave. */
STATEMENT(findCandidate,
		  CANDIDATE "a.candidate_ext_id" EQ "$2 AND NOT a.candidate_ext_id_defaulted",
		  UUIDOID, TEXTOID);
STATEMENT(readCandidate,
		  CANDIDATE "a.account_id" EQ "$2",
		  UUIDOID, UUIDOID);
STATEMENT(findAttempt,
		  "SELECT DISTINCT s.account_id FROM proctorlink.exam_session s"
		  " WHERE s.install_id" EQ "$1 AND s.attempt_ext_id" EQ "$2 LIMIT 2",
		  UUIDOID, TEXTOID);
STATEMENT(findAttemptOf,
		  "SELECT FROM proctorlink.exam_session s"
		  " WHERE s.install_id" EQ "$1 AND s.attempt_ext_id" EQ "$2 AND s.account_id" EQ "$3 LIMIT 1",
		  UUIDOID, TEXTOID, UUIDOID);
STATEMENT(readAttempts,
		  "SELECT s.attempt, s.started_at, s.ended_at, s.status FROM proctorlink.exam_session s"
		  " WHERE s.install_id" EQ "$1 AND s.schedule_id" EQ "$2 AND s.account_id" EQ "$3"
		  " AND NOT (s.status" EQ "'Cancelled' AND coalesce(s.status_reason, '')" EQ "'" REASON_OFF_SCHEDULE "')"
		  " ORDER BY s.attempt, s.exam_session_id",
		  UUIDOID, UUIDOID, UUIDOID);
STATEMENT(readResults,
		  "SELECT x.external_id, x.title, c.external_id, c.title, s.attempt_ext_id, s.attempt, s.started_at, s.ended_at,"
		  " s.score, s.max_score, s.passed_status, s.published_at"
		  " FROM proctorlink.exam_session s"
		  " JOIN proctorlink.exam x ON x.install_id" EQ "$1 AND x.exam_id" EQ "s.exam_id"
		  " LEFT JOIN proctorlink.schedule c ON c.install_id" EQ "$1 AND c.schedule_id" EQ "s.schedule_id"
		  " WHERE s.install_id" EQ "$1 AND s.account_id" EQ "$2"
		  " AND ($3 IS NULL OR s.schedule_id" EQ "$3) AND ($4 IS NULL OR s.attempt_ext_id" EQ "$4)"
		  " AND s.published_at IS NOT NULL"
		  " ORDER BY s.published_at, s.exam_session_id",
		  UUIDOID, UUIDOID, UUIDOID, TEXTOID);

/* AttemptStatus gives the door's word for a session's status. */
static const char *
AttemptStatus(Text status)
{
	if (SessionHasNotBegun(status))
		return "NOT_STARTED";
	if (TextIs(status, "In Progress"))
		return "IN_PROGRESS";
	if (TextIs(status, "Incident"))
		return "PAUSED";
	if (TextIs(status, "Cancelled"))
		return "VOID";
	return "HANDED_IN";
}

/* FindSchedule finds the schedule that was named, and notes it when there is none. */
static bool
FindSchedule(EapiCall *call, Text named, pg_uuid_t *schedule)
{
	Datum		values[2] = {UUIDPGetDatum(&call->install.id), TextDatum(named)};

	if (StatementRun(&findSchedule, values, NULL, true) == 0)
	{
		EapiRefuse(call, 301, "Schedule has not been found");
		return false;
	}
	*schedule = RowUuid(0, 1);
	return true;
}

/* ReadCandidate reads a person whom a statement finds, and notes it when it finds nobody. */
static bool
ReadCandidate(EapiCall *call, Statement *statement, Datum named, Candidate *candidate)
{
	Datum		values[2] = {UUIDPGetDatum(&call->install.id), named};

	if (StatementRun(statement, values, NULL, true) == 0)
	{
		EapiRefuse(call, 202, "User has not been found");
		return false;
	}
	candidate->account = RowUuid(0, 1);
	candidate->externalId = RowText(0, 2);
	candidate->firstName = RowText(0, 3);
	candidate->lastName = RowText(0, 4);
	candidate->username = RowText(0, 5);
	candidate->email = RowText(0, 6);
	return true;
}

/* AddCandidate adds who a person is. */
static void
AddCandidate(JsonObject *object, const Candidate *candidate)
{
	JsonAddText(object, "ExternalId", candidate->externalId);
	JsonAddText(object, "FirstName", candidate->firstName);
	JsonAddText(object, "LastName", candidate->lastName);
	JsonAddText(object, "UserName", candidate->username);
	JsonAddText(object, "Email", candidate->email);
}

/* AttemptInfo tells how far a person's attempts on a schedule are. */
static void
AttemptInfo(EapiCall *call)
{
	Text		scheduleNamed;
	Text		candidateNamed;
	pg_uuid_t	schedule;
	bool		activated;
	bool		begun;
	Candidate	candidate;
	Datum		values[3];
	uint64		count;
	JsonArray  *content = palloc(sizeof(JsonArray));
	JsonArray	attempts;
	JsonObject	person;

	if (!EapiTextArgument(call, 0, &scheduleNamed))
		EapiRefuse(call, 300, "ScheduleExternalId can not be null or empty");
	if (!EapiTextArgument(call, 1, &candidateNamed))
		EapiRefuse(call, 201, "CandidateExternalId can not be null or empty");
	if (EapiRefused(call) || !FindSchedule(call, scheduleNamed, &schedule))
		return;
	activated = RowBool(0, 2);
	begun = RowBool(0, 3);

	/*
	 * Whether there is such an attempt comes first, then whether it can have
	 * begun.
	 */
	if (!ReadCandidate(call, &findCandidate, TextDatum(candidateNamed), &candidate))
		return;
	values[0] = UUIDPGetDatum(&call->install.id);
	values[1] = UUIDPGetDatum(&schedule);
	values[2] = UUIDPGetDatum(&candidate.account);
	count = StatementRun(&readAttempts, values, NULL, true);
	if (count == 0)
		EapiRefuse(call, 203, "User is not added to schedule");
	else if (!activated)
		EapiRefuse(call, 303, "Schedule is not activated");
	else if (!begun)
		EapiRefuse(call, 310, "Schedule has not yet begun");
	if (EapiRefused(call))
		return;

	JsonArrayInit(&attempts);
	for (uint64 i = 0; i < count; i++)
	{
		JsonObject	attempt;

		JsonObjectInit(&attempt);
		JsonAddInt(&attempt, "AttemptNumber", RowInt(i, 1));
		JsonAddTime(&attempt, "StartDate", RowTime(i, 2));
		JsonAddTime(&attempt, "EndDate", RowTime(i, 3));
		JsonAddString(&attempt, "Status", AttemptStatus(RowText(i, 4)));
		JsonPushObject(&attempts, &attempt);
	}
	JsonObjectInit(&person);
	AddCandidate(&person, &candidate);
	JsonAddArray(&person, "Attempts", &attempts);

	/*
	 * The answer is written when the work is done, so what it takes has to
	 * stay.
	 */
	JsonArrayInit(content);
	JsonPushObject(content, &person);
	JsonAddArray(&call->answer, "Content", content);
}

/* FindOfAttempt finds the person whose attempt was named, and notes it when that is nobody or not one. */
static bool
FindOfAttempt(EapiCall *call, Text attempt, bool personKnown, Candidate *candidate)
{
	Datum		values[3] = {UUIDPGetDatum(&call->install.id), TextDatum(attempt), UUIDPGetDatum(&candidate->account)};
	uint64		found = StatementRun(personKnown ? &findAttemptOf : &findAttempt, values, NULL, true);
	pg_uuid_t	account;

	if (found == 0)
	{
		EapiRefuse(call, EAPI_NO_CODE, "Attempt has not been found");
		return false;
	}
	if (personKnown)
		return true;
	if (found > 1)
	{
		EapiRefuse(call, EAPI_NO_CODE, "Several users have an attempt with this AttemptExtId; name one by CandidateExtId");
		return false;
	}
	account = RowUuid(0, 1);
	return ReadCandidate(call, &readCandidate, UUIDPGetDatum(&account), candidate);
}

/* Results tells the published results of a person, a schedule or an attempt. */
static void
Results(EapiCall *call)
{
	Text		candidateNamed;
	Text		scheduleNamed;
	Text		attemptNamed;
	bool		hasCandidate = EapiTextArgument(call, 0, &candidateNamed);
	bool		hasSchedule = EapiTextArgument(call, 1, &scheduleNamed);
	bool		hasAttempt = EapiTextArgument(call, 2, &attemptNamed);
	pg_uuid_t	schedule;
	Candidate	candidate;
	Datum		values[4];
	char		nulls[] = {' ', ' ', hasSchedule ? ' ' : 'n', hasAttempt ? ' ' : 'n', '\0'};
	uint64		count;
	JsonArray	results;
	JsonObject	info;
	JsonObject	content;

	if (!hasCandidate && !hasAttempt)
	{
		EapiRefuse(call, EAPI_NO_CODE, "CandidateExtId can not be null or empty");
		return;
	}
	if (hasCandidate && !ReadCandidate(call, &findCandidate, TextDatum(candidateNamed), &candidate))
		return;
	if (hasSchedule && !FindSchedule(call, scheduleNamed, &schedule))
		return;
	if (hasAttempt && !FindOfAttempt(call, attemptNamed, hasCandidate, &candidate))
		return;

	values[0] = UUIDPGetDatum(&call->install.id);
	values[1] = UUIDPGetDatum(&candidate.account);
	values[2] = UUIDPGetDatum(&schedule);
	values[3] = hasAttempt ? TextDatum(attemptNamed) : (Datum) 0;
	count = StatementRun(&readResults, values, nulls, true);
	JsonArrayInit(&results);
	for (uint64 i = 0; i < count; i++)
	{
		JsonObject	result;

		JsonObjectInit(&result);
		JsonAddText(&result, "AssessmentExtId", RowText(i, 1));
		JsonAddText(&result, "AssessmentTitle", RowText(i, 2));
		JsonAddText(&result, "ScheduleExtId", RowText(i, 3));
		JsonAddText(&result, "ScheduleTitle", RowText(i, 4));
		JsonAddText(&result, "AttemptExtId", RowText(i, 5));
		JsonAddInt(&result, "AttemptNumber", RowInt(i, 6));
		JsonAddTime(&result, "StartDate", RowTime(i, 7));
		JsonAddTime(&result, "EndDate", RowTime(i, 8));
		JsonAddNumeric(&result, "Score", RowNumeric(i, 9));
		JsonAddNumeric(&result, "MaxScore", RowNumeric(i, 10));
		JsonAddText(&result, "PassedStatus", RowText(i, 11));
		JsonAddTime(&result, "PublishedDate", RowTime(i, 12));
		JsonPushObject(&results, &result);
	}

	JsonObjectInit(&info);
	AddCandidate(&info, &candidate);
	JsonObjectInit(&content);
	JsonAddText(&content, "CandidateExtId", candidate.externalId);
	JsonAddObject(&content, "CandidateInfo", &info);
	JsonAddArray(&content, "Results", &results);
	JsonAddObject(&call->answer, "Content", &content);
	call->bare = true;
}

/* proctorlink.eapi_attempt_info(schedule_ext_id, candidate_ext_id) */
Datum
proctorlink_eapi_attempt_info(PG_FUNCTION_ARGS)
{
	return EapiAnswer(fcinfo, AttemptInfo);
}

/* proctorlink.eapi_results(candidate_ext_id, schedule_ext_id, attempt_ext_id) */
Datum
proctorlink_eapi_results(PG_FUNCTION_ARGS)
{
	return EapiAnswer(fcinfo, Results);
}
