/*
 * eapi/answer.c
 *		The envelope of Cirrus's External API.
 *
 * A call runs guarded. What it refuses is undone and told in the envelope, whoever
 * found it: this door, a rule of a table, or the engine of batch_provision. Only
 * what says nothing about the request goes through as an error.
 */
#include "eapi/answer.h"

#include "access/detoast.h"
#include "core/row_check.h"
#include "core/settings.h"
#include "pgtime.h"
#include "provision/guarded.h"
#include "utils/builtins.h"
#include "utils/guc.h"

/* At most this many refusals of one call are told; violations have their own limit. */
#define MAX_ERRORS 40

/* EapiRefuse notes a refusal with the contract's number and text. */
void
EapiRefuse(EapiCall *call, int code, const char *format,...)
{
	MemoryContext caller = MemoryContextSwitchTo(call->context);
	va_list		args;
	char	   *text;

	if (call->errorCount == MAX_ERRORS)
	{
		MemoryContextSwitchTo(caller);
		return;
	}
	va_start(args, format);
	text = TextFormatted(format, args);
	va_end(args);
	if (call->errors == NULL)
		call->errors = palloc(MAX_ERRORS * sizeof(EapiError));
	call->errors[call->errorCount++] = (EapiError)
	{
		.code = code,.text = text,.detail = text
	};
	MemoryContextSwitchTo(caller);
}

/* Explain notes what the refusal that was noted last is about. */
static void
Explain(EapiCall *call, int before, const char *rule, const char *detail, const char *hint)
{
	EapiError  *error;

	if (call->errorCount == before)
		return;
	error = &call->errors[before];
	error->rule = MemoryContextStrdup(call->context, rule);
	error->detail = detail != NULL ? MemoryContextStrdup(call->context, detail) : NULL;
	error->hint = hint != NULL ? MemoryContextStrdup(call->context, hint) : NULL;
}

/* EapiRefuseFinding notes what a rule says: in the door's words, else the rule, what was found, the way out. */
void
EapiRefuseFinding(EapiCall *call, const Finding *finding)
{
	int			before = call->errorCount;

	if (finding->said != NULL)
		EapiRefuse(call, finding->code, "%s", finding->said);
	else
		EapiRefuse(call, EAPI_NO_CODE, "%s: %s. %s", finding->rule, finding->detail, finding->hint);
	Explain(call, before, finding->rule, finding->detail, finding->hint);
}

/* EapiRefuseCandidate notes what a rule says of a person. */
void
EapiRefuseCandidate(EapiCall *call, const Finding *finding, Text candidate)
{
	int			before = call->errorCount;

	EapiRefuseFinding(call, finding);
	if (call->errorCount > before)
		call->errors[before].candidate = candidate;
}

/* EapiRefused tells whether anything of a call has been refused so far. */
bool
EapiRefused(const EapiCall *call)
{
	return call->errorCount > 0 || call->problems.count > 0;
}

/* TellProblems turns violations into refusals: where, what, and the way out. */
static void
TellProblems(EapiCall *call)
{
	for (int i = 0; i < call->problems.count; i++)
	{
		Problem    *problem = &call->problems.list[i];
		int			before = call->errorCount;
		const char *where = psprintf("%s%s%s", problem->pointer, problem->pointer[0] != '\0' ? ": " : "", problem->detail);

		EapiRefuse(call, EAPI_NO_CODE, "%s%s%s", where, problem->hint != NULL ? ". " : "",
				   problem->hint != NULL ? problem->hint : "");
		Explain(call, before, problem->rule, problem->foreign ? problem->pointer : where, problem->hint);
		if (call->errorCount > before)
			call->errors[before].pointer = problem->pointer;
	}
	if (call->problems.more > 0)
		EapiRefuse(call, EAPI_NO_CODE, "%d more", call->problems.more);
}

/* TellError turns an error into refusals. */
static void
TellError(void *what, const ErrorData *error)
{
	EapiCall   *call = what;
	const char *state = unpack_sql_state(error->sqlerrcode);
	int			before = call->errorCount;

	if (error->sqlerrcode == MAKE_SQLSTATE('P', 'T', '4', '0', '3') ||
		error->sqlerrcode == ERRCODE_INSUFFICIENT_PRIVILEGE)
	{
		call->status = 403;
		EapiRefuse(call, EAPI_NO_CODE, EAPI_NOT_ALLOWED);
	}
	else if (error->message != NULL && strncmp(state, "PT", 2) == 0)
		EapiRefuse(call, EAPI_NO_CODE, "%s%s%s", error->detail != NULL ? error->detail : error->message,
				   error->hint != NULL ? ". " : "", error->hint != NULL ? error->hint : "");
	else if (error->constraint_name != NULL)
	{
		/*
		 * A key's detail tells values, a check's the whole row: neither is
		 * for the answer.
		 */
		EapiRefuse(call, EAPI_NO_CODE, "%s: %s%s%s", error->constraint_name, error->message,
				   error->hint != NULL ? ". " : "", error->hint != NULL ? error->hint : "");
		Explain(call, before, error->constraint_name, RuleIsOurs(error) ? error->message : NULL,
				RuleIsOurs(error) ? error->hint : NULL);
	}
	else
	{
		EapiRefuse(call, EAPI_NO_CODE, "%s", error->message);
		Explain(call, before, state, NULL, NULL);
	}
}

/* Start forgets what a go noted before it was undone. */
static void
Start(void *what)
{
	EapiCall   *call = what;

	ProblemsInit(&call->problems, call->context);
	JsonObjectInit(&call->answer);
	call->errorCount = 0;
}

/* Do does the work of a call for the install that it acts for. */
static void
Do(void *what)
{
	EapiCall   *call = what;

	InstallForCall(NO_TEXT, &call->install);
	call->hasInstall = true;
	call->principal = PrincipalCurrent();
	call->work(call);
}

/* Refused tells whether a call is to be undone. */
static bool
Refused(const void *call)
{
	return EapiRefused(call);
}

/* Refusal builds the envelope of a call that was refused. */
static Jsonb *
Refusal(EapiCall *call)
{
	JsonObject	answer;
	JsonArray	errors;
	StringInfoData message;

	JsonArrayInit(&errors);
	initStringInfo(&message);
	for (int i = 0; i < call->errorCount; i++)
	{
		JsonObject	error;

		JsonObjectInit(&error);
		if (call->errors[i].code == EAPI_NO_CODE)
			JsonAddNull(&error, "Code");
		else
			JsonAddInt(&error, "Code", call->errors[i].code);
		JsonAddString(&error, "Error", call->errors[i].text);
		JsonPushObject(&errors, &error);
		appendStringInfo(&message, "%s%s", i > 0 ? "|" : "", call->errors[i].text);
	}

	JsonObjectInit(&answer);
	JsonAddNull(&answer, "Content");
	JsonAddBool(&answer, "Success", false);
	JsonAddArray(&answer, "Errors", &errors);
	if (call->refusalHasMessage)
		JsonAddString(&answer, "Message", message.data);
	return JsonObjectJsonb(&answer);
}

/* Success builds the answer of a call that was done. */
static Jsonb *
Success(EapiCall *call)
{
	JsonObject *answer = &call->answer;
	bool		hasContent = false;

	for (int i = 0; i < answer->count; i++)
		if (TextIs(answer->pieces[i].key, "Content"))
			hasContent = true;
	if (call->bare)
	{
		JsonPiece  *content = &answer->pieces[0];

		if (content->array != NULL)
			return JsonArrayJsonb(content->array);
		return JsonbOfContainer((const JsonbContainer *) content->data, content->len);
	}
	if (!hasContent)
		JsonAddNull(answer, "Content");
	JsonAddBool(answer, "Success", true);
	JsonAddNull(answer, "Errors");
	return JsonObjectJsonb(answer);
}

/*
 * EapiAnswer does a call of this door and answers it. The work adds what it
 * answers to the call, or notes refusals there; it may raise as well.
 */
Datum
EapiAnswer(FunctionCallInfo fcinfo, EapiWork work)
{
	static const GuardedWork guarded = {false, Start, Do, Refused, TellError};
	EapiCall	call = {.fcinfo = fcinfo,.context = CurrentMemoryContext,.work = work,.status = 200};
	char		status[12];
	bool		refused;

	GuardedRun(&guarded, &call);
	TellProblems(&call);

	refused = call.errorCount > 0;
	if (refused && call.status != 403)
		call.status = 400;
	if (refused)
		EapiKeepRefusal(&call);
	snprintf(status, sizeof(status), "%d", call.status);
	set_config_option("response.status", status, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_LOCAL, true, 0, false);
	PG_RETURN_JSONB_P(refused ? Refusal (&call) : Success(&call));
}

/*
 * EapiBody takes the object that a call brings, NULL (which is noted) when it
 * brings none.
 */
JsonbContainer *
EapiBody(EapiCall *call, int argument)
{
	Jsonb	   *body;
	JsonbValue	scalar;

	if (call->fcinfo->args[argument].isnull)
	{
		EapiRefuse(call, 100, EAPI_EMPTY_BODY);
		return NULL;
	}
	if (toast_raw_datum_size(call->fcinfo->args[argument].value) > MaxPayloadBytes)
	{
		EapiRefuse(call, EAPI_NO_CODE, "Request body is larger than %d bytes", MaxPayloadBytes);
		return NULL;
	}
	body = DatumGetJsonbP(call->fcinfo->args[argument].value);
	if (JB_ROOT_COUNT(body) == 0 || (JsonbExtractScalar(&body->root, &scalar) && LenientIsAbsent(&scalar)))
	{
		EapiRefuse(call, 100, EAPI_EMPTY_BODY);
		return NULL;
	}
	if (!JB_ROOT_IS_OBJECT(body))
	{
		EapiRefuse(call, EAPI_NO_CODE, "Request body must be an object");
		return NULL;
	}
	return &body->root;
}

/*
 * EapiTextArgument takes a text that a call names something by; null and "" are
 * absent, and false is answered for them.
 */
bool
EapiTextArgument(EapiCall *call, int argument, Text *value)
{
	NullableDatum *sent = &call->fcinfo->args[argument];

	*value = sent->isnull ? NO_TEXT : TextOfDatum(sent->value, false);
	if (value->len == 0)
		value->presence = ABSENT;
	return value->presence == GIVEN;
}

/* EapiRequire notes a member that is missing. */
void
EapiRequire(EapiCall *call, Presence presence, const Path *parent, const char *name)
{
	Path		path = {parent, name, strlen(name), 0};

	if (presence != GIVEN)
		ProblemAdd(&call->problems, CODE_INVALID, "required", NULL, &path, "is required");
}

/* EapiReadElsewhere reads nothing: the member is known, and read by another. */
void
EapiReadElsewhere(const JsonbValue *value, const Path *path, void *field, const void *unused, Problems *problems)
{
}

/* EapiTime reads a time that was taken as a text; without a zone it is one of the install's. */
void
EapiTime(EapiCall *call, Text value, const Path *path, TimeField *field)
{
	char		name[MAX_TIME_ZONE_LENGTH + 1] = "UTC";
	pg_tz	   *zone;
	const char *fault;

	field->presence = ABSENT;
	if (value.presence != GIVEN)
		return;
	if (call->install.timeZone.presence == GIVEN && call->install.timeZone.len < sizeof(name))
		snprintf(name, sizeof(name), "%.*s", call->install.timeZone.len, call->install.timeZone.data);
	zone = pg_tzset(name);
	fault = Rfc3339ReadIn(value, zone != NULL ? zone : pg_tzset("UTC"), &field->value);
	if (fault != NULL)
		ProblemAdd(&call->problems, CODE_INVALID, "format", "Times are written like 2025-02-16T17:00:00Z.", path,
				   "\"%s\" is not a time: %s", TextQuoted(value), fault);
	else
		field->presence = GIVEN;
}
