/*
 * proctoru/answer.c
 *		The envelope of ProctorU's door.
 *
 * A call runs guarded. Of what is wrong the first is told, in the order in which
 * this door asks, and everything is undone. Only what says nothing about the
 * request goes through as an error.
 */
#include "proctoru/answer.h"

#include "access/detoast.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "core/principal.h"
#include "core/row_check.h"
#include "core/settings.h"
#include "core/statement.h"
#include "lib/stringinfo.h"
#include "provision/guarded.h"
#include "utils/guc.h"
#include "utils/timestamp.h"

/* What ProctorU's clocks may be wrong by before a request is taken for a repeated one. */
#define STALE_AFTER (15 * USECS_PER_MINUTE)

/* The vendor's codes of answers. */
#define RESPONSE_OK 1
#define RESPONSE_ERROR 2

STATEMENT(readIntegration,
		  "SELECT i.provider" EQ "'proctoru', i.settings OPERATOR(pg_catalog.->>) 'candidateIdSource'"
		  " FROM proctorlink.integration i WHERE i.install_id" EQ "$1 AND i.integration_id" EQ "$2",
		  UUIDOID, UUIDOID);

/* ProctoruRefuse notes what is wrong, unless something was before. */
void
ProctoruRefuse(ProctoruCall *call, const char *format,...)
{
	MemoryContext caller;
	StringInfoData text;

	if (call->refusal != NULL)
		return;
	caller = MemoryContextSwitchTo(call->context);
	initStringInfo(&text);
	for (;;)
	{
		va_list		args;
		int			needed;

		va_start(args, format);
		needed = appendStringInfoVA(&text, format, args);
		va_end(args);
		if (needed == 0)
			break;
		enlargeStringInfo(&text, needed);
	}
	call->refusal = text.data;
	MemoryContextSwitchTo(caller);
}

/* ProctoruRefused tells whether a call has been refused. */
bool
ProctoruRefused(const ProctoruCall *call)
{
	return call->refusal != NULL;
}

/* RefuseByName notes a rule that does not hold: its name, what was found, the way out. */
static void
RefuseByName(ProctoruCall *call, const char *rule, const char *detail, const char *hint)
{
	ProctoruRefuse(call, "%s: %s%s%s", rule, detail, hint != NULL ? ". " : "", hint != NULL ? hint : "");
}

/* ProctoruRefuseFinding notes the first rule that does not hold. */
void
ProctoruRefuseFinding(ProctoruCall *call, const Findings *findings)
{
	const Finding *refused = FindingRefused(findings);

	if (refused != NULL)
		RefuseByName(call, refused->rule, refused->detail, refused->hint);
}

/* ProctoruRefuseProblem notes the first thing that the engine of batch_provision found wrong. */
void
ProctoruRefuseProblem(ProctoruCall *call, const Problems *problems)
{
	if (problems->count > 0)
		RefuseByName(call, problems->list[0].rule, problems->list[0].detail, problems->list[0].hint);
}

/* TellError turns an error into a refusal. */
static void
TellError(void *what, const ErrorData *error)
{
	ProctoruCall *call = what;

	if (error->sqlerrcode == ERRCODE_INSUFFICIENT_PRIVILEGE)
		ProctoruRefuse(call, "Not allowed to use the functions of ProctorU");
	else if (error->constraint_name != NULL && strcmp(error->constraint_name, "no_overlapping_booking") == 0)
		ProctoruRefuse(call, "OVERLAP");
	else if (error->constraint_name != NULL && strcmp(error->constraint_name, "reservation_id_unique") == 0)
		ProctoruRefuse(call, "reservation_id_EXIST_FOR_THIS_INSTITUTION");
	else if (error->constraint_name != NULL)
	{
		/*
		 * A key's detail tells values, a check's the whole row: neither is
		 * for the answer.
		 */
		RefuseByName(call, error->constraint_name, error->message, error->hint);
		call->isForeign = !RuleIsOurs(error);
	}
	else if (strncmp(unpack_sql_state(error->sqlerrcode), "PT", 2) == 0)
		RefuseByName(call, error->message, error->detail != NULL ? error->detail : "refused", error->hint);
	else
	{
		ProctoruRefuse(call, "%s", error->message);
		call->isForeign = true;
	}
}

/* Start forgets what a go noted before it was undone. */
static void
Start(void *what)
{
	ProctoruCall *call = what;

	call->goes++;
	call->refusal = NULL;
	call->isForeign = false;
	call->isInstitution = false;
	call->isList = false;
	JsonObjectInit(&call->data);
	JsonArrayInit(&call->list);
	JsonArrayInit(&call->warnings);
}

/* Refused tells whether a call is to be undone. */
static bool
Refused(const void *call)
{
	return ProctoruRefused(call);
}

/* FindInstitution finds for which integration with ProctorU the caller speaks. */
static void
FindInstitution(ProctoruCall *call)
{
	const Principal *principal;
	Text		source;
	Datum		values[2] = {UUIDPGetDatum(&call->install.id), UUIDPGetDatum(&call->integration)};

	InstallForCall(NO_TEXT, &call->install);
	principal = PrincipalCurrent();
	call->integration = principal->integration;
	if (!principal->hasIntegration || StatementRun(&readIntegration, values, NULL, true) == 0 || !RowBool(0, 1))
	{
		ProctoruRefuse(call, "AUTHENTICATIONFAILED: the caller speaks for no integration with ProctorU. "
					   "Choose one for the transaction by SELECT proctorlink.use_install('AI...', 'II...').");
		return;
	}
	source = RowText(0, 2);
	call->byStudentId = TextIs(source.presence == GIVEN ? source : call->install.candidateIdSource, "student_id");
	call->isInstitution = true;
}

/* TakeBody takes the object that a call brings. */
static void
TakeBody(ProctoruCall *call)
{
	NullableDatum *sent = &call->fcinfo->args[0];
	Jsonb	   *body;

	if (sent->isnull)
	{
		ProctoruRefuse(call, "request body is required");
		return;
	}
	if (toast_raw_datum_size(sent->value) > MaxPayloadBytes)
	{
		ProctoruRefuse(call, "request body is not valid: it is larger than %d bytes", MaxPayloadBytes);
		return;
	}
	body = DatumGetJsonbP(sent->value);
	if (!JB_ROOT_IS_OBJECT(body))
		ProctoruRefuse(call, "request body is not valid: it must be an object");
	call->body = &body->root;
}

/* CheckTimeSent refuses what was sent too long ago, or by a clock that goes wrong. */
static void
CheckTimeSent(ProctoruCall *call)
{
	static const ProctoruMember members[] = {
		{{"time_sent", sizeof("time_sent") - 1, ReadTime, 0, NULL}, false},
	};
	TimeField	sent = {0};

	if (!ProctoruRead(call, members, lengthof(members), &sent) || sent.presence != GIVEN)
		return;
	if (sent.value < call->now - STALE_AFTER || sent.value > call->now + STALE_AFTER)
		ProctoruRefuse(call, "stale request");
}

/* Do does the work of a call for the institution that it comes from. */
static void
Do(void *what)
{
	ProctoruCall *call = what;
	void		(*const steps[]) (ProctoruCall *call) = {FindInstitution, TakeBody, CheckTimeSent, call->work};

	call->now = GetCurrentTransactionStartTimestamp();
	for (int i = 0; i < lengthof(steps) && !ProctoruRefused(call); i++)
		steps[i] (call);
}

/* Envelope builds the answer. */
static Jsonb *
Envelope(ProctoruCall *call)
{
	TimestampTz now = GetCurrentTimestamp();
	JsonObject	answer;

	JsonObjectInit(&answer);
	JsonAddString(&answer, "time_sent", Rfc3339Of(now - now % USECS_PER_SEC));
	JsonAddInt(&answer, "response_code", ProctoruRefused(call) ? RESPONSE_ERROR : RESPONSE_OK);
	JsonAddString(&answer, "message", ProctoruRefused(call) ? call->refusal : "");
	if (ProctoruRefused(call))
		JsonAddNull(&answer, "data");
	else if (call->isList)
		JsonAddArray(&answer, "data", &call->list);
	else
	{
		if (call->warnings.count > 0)
			JsonAddArray(&call->data, "warnings", &call->warnings);
		JsonAddObject(&answer, "data", &call->data);
	}
	return JsonObjectJsonb(&answer);
}

/*
 * ProctoruAnswer does a call of this door and answers it. The work adds what it
 * answers to the call, or notes a refusal there; it may raise as well. The
 * vendor's clients are told success in the body alone, the HTTP status is 200.
 */
Datum
ProctoruAnswer(FunctionCallInfo fcinfo, ProctoruWork work)
{
	static const GuardedWork guarded = {true, Start, Do, Refused, TellError};
	ProctoruCall call = {.fcinfo = fcinfo,.context = CurrentMemoryContext,.work = work};

	GuardedRun(&guarded, &call);
	if (ProctoruRefused(&call))
		ProctoruKeepRefusal(&call);
	set_config_option("response.status", "200", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_LOCAL, true, 0, false);
	PG_RETURN_JSONB_P(Envelope (&call));
}

/*
 * ProctoruRead reads members of the body, in their order, until one is missing or
 * not good, which is noted. Other members are passed over.
 */
bool
ProctoruRead(ProctoruCall *call, const ProctoruMember *members, int count, void *target)
{
	for (int i = 0; i < count; i++)
	{
		const Member *member = &members[i].member;
		JsonbValue	value;
		Problems	problems;

		if (getKeyJsonValueFromContainer(call->body, member->name, member->nameLength, &value) == NULL ||
			LenientIsAbsent(&value))
		{
			if (!members[i].required)
				continue;
			ProctoruRefuse(call, "%s is required", member->name);
			return false;
		}
		ProblemsInit(&problems, call->context);
		ReadMemberLenient(&value, NULL, member, target, &problems);
		if (problems.count > 0)
		{
			ProctoruRefuse(call, "%s is not valid", member->name);
			return false;
		}
	}
	return true;
}

/* ReadNumber reads a number of a reservation; clients send 0 for one that they do not have. */
void
ReadNumber(const JsonbValue *value, const Path *path, void *field, const void *unused, Problems *problems)
{
	NumberField *number = field;
	Text		text = JsonText(value);
	int64		read = 0;
	bool		good = text.presence == GIVEN && text.len <= 18;

	for (int i = 0; good && i < text.len; i++)
	{
		good = text.data[i] >= '0' && text.data[i] <= '9';
		read = read * 10 + (text.data[i] - '0');
	}
	if (!good)
	{
		ProblemAdd(problems, CODE_INVALID, "format", NULL, path, "must be a number of at most 18 digits");
		return;
	}
	number->value = read;
	number->presence = read > 0 ? GIVEN : ABSENT;
}
