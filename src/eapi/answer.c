/*
 * eapi/answer.c
 *		The envelope of Cirrus's External API.
 *
 * A call runs in a subtransaction. What it refuses is undone and told in the
 * envelope, whoever found it: this door, a rule of a table, or the engine of
 * batch_provision. Only what says nothing about the request goes through as an
 * error: a serialization failure, a deadlock, a cancel, a lack of resources, a
 * defect of ours.
 */
#include "eapi/answer.h"

#include "access/detoast.h"
#include "access/xact.h"
#include "core/settings.h"
#include "core/statement.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "pgtime.h"
#include "provision/flush.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/numeric.h"
#include "utils/resowner.h"

/* At most this many refusals of one call are told; violations have their own limit. */
#define MAX_ERRORS 40

/* How often a call is done before a unique violation or a deadlock is taken for what it says. */
#define MAX_TRIES 5

/* How long a call that gave way waits, times its tries, so that the other is there first: 10 ms. */
#define PAUSE 10000L

/* EapiRefuse notes a refusal with the contract's number and text. */
void
EapiRefuse(EapiCall *call, int code, const char *format,...)
{
	MemoryContext caller = MemoryContextSwitchTo(call->context);
	StringInfoData text;

	if (call->errorCount == MAX_ERRORS)
	{
		MemoryContextSwitchTo(caller);
		return;
	}
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
	if (call->errors == NULL)
		call->errors = palloc(MAX_ERRORS * sizeof(EapiError));
	call->errors[call->errorCount++] = (EapiError)
	{
		.code = code,.text = text.data
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
	error->detail = MemoryContextStrdup(call->context, detail);
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

		EapiRefuse(call, EAPI_NO_CODE, "%s%s%s%s%s", problem->pointer, problem->pointer[0] != '\0' ? ": " : "",
				   problem->detail, problem->hint != NULL ? ". " : "", problem->hint != NULL ? problem->hint : "");
	}
	if (call->problems.more > 0)
		EapiRefuse(call, EAPI_NO_CODE, "%d more", call->problems.more);
}

/* GoesThrough tells whether an error is no refusal of what was asked. */
static bool
GoesThrough(int sqlstate)
{
	switch (ERRCODE_TO_CATEGORY(sqlstate))
	{
		case ERRCODE_INSUFFICIENT_RESOURCES:
		case ERRCODE_OPERATOR_INTERVENTION:
		case ERRCODE_TRANSACTION_ROLLBACK:
		case ERRCODE_SYSTEM_ERROR:
		case ERRCODE_INTERNAL_ERROR:
			return true;
		default:
			return sqlstate == ERRCODE_LOCK_NOT_AVAILABLE || sqlstate == ERRCODE_READ_ONLY_SQL_TRANSACTION ||
				sqlstate == MAKE_SQLSTATE('P', 'T', '5', '0', '3');
	}
}

/* TellError turns an error into refusals. */
static void
TellError(EapiCall *call, const ErrorData *error)
{
	if (error->sqlerrcode == MAKE_SQLSTATE('P', 'T', '4', '0', '3') ||
		error->sqlerrcode == ERRCODE_INSUFFICIENT_PRIVILEGE)
	{
		call->status = 403;
		EapiRefuse(call, EAPI_NO_CODE, EAPI_NOT_ALLOWED);
	}
	else if (error->message != NULL && strncmp(unpack_sql_state(error->sqlerrcode), "PT", 2) == 0)
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
	}
	else
		EapiRefuse(call, EAPI_NO_CODE, "%s", error->message);
}

/*
 * WorkOnce does a call in a subtransaction, which is undone when anything was
 * refused. False: another call wrote a row of the same name at the same moment,
 * and a second go will find it; or each of two waited for the other, and what
 * this one had locked is free again.
 */
static bool
WorkOnce(EapiCall *call, EapiWork work, bool last)
{
	MemoryContext caller = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	bool volatile done = true;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(caller);
	PG_TRY();
	{
		int			level;

		SpiStart();
		InstallForCall(NO_TEXT, &call->install);
		call->principal = PrincipalCurrent();
		level = PlanForKeys();
		work(call);
		AtEOXact_GUC(true, level);
		SPI_finish();
		MemoryContextSwitchTo(caller);
		if (EapiRefused(call))
			RollbackAndReleaseCurrentSubTransaction();
		else
			ReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(caller);
		CurrentResourceOwner = owner;
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(caller);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(caller);
		CurrentResourceOwner = owner;
		if (!last &&
			(error->sqlerrcode == ERRCODE_UNIQUE_VIOLATION || error->sqlerrcode == ERRCODE_T_R_DEADLOCK_DETECTED))
			done = false;
		else if (GoesThrough(error->sqlerrcode))
			ReThrowError(error);
		else
			TellError(call, error);
		FreeErrorData(error);
	}
	PG_END_TRY();
	return done;
}

/* Work does a call, again where others wrote between. */
static void
Work(EapiCall *call, EapiWork work)
{
	/*
	 * With the snapshot of the transaction a second go finds no more than the
	 * first.
	 */
	int			tries = IsolationUsesXactSnapshot() ? 1 : MAX_TRIES;

	for (int i = 1; i <= tries; i++)
	{
		/* What a go noted before it was undone goes with it. */
		ProblemsInit(&call->problems, call->context);
		JsonObjectInit(&call->answer);
		call->errorCount = 0;
		if (WorkOnce(call, work, i == tries))
			break;
		CHECK_FOR_INTERRUPTS();
		pg_usleep(i * PAUSE);
	}
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
	EapiCall	call = {.fcinfo = fcinfo,.context = CurrentMemoryContext,.status = 200};
	char		status[12];
	bool		refused;

	Work(&call, work);
	TellProblems(&call);

	refused = call.errorCount > 0;
	if (refused && call.status != 403)
		call.status = 400;
	snprintf(status, sizeof(status), "%d", call.status);
	set_config_option("response.status", status, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_LOCAL, true, 0, false);
	PG_RETURN_JSONB_P(refused ? Refusal (&call) : Success(&call));
}

/* IsAbsent tells whether a value stands for one that was not sent: this door takes null and "" so. */
static bool
IsAbsent(const JsonbValue *value)
{
	return value->type == jbvNull || (value->type == jbvString && value->val.string.len == 0);
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
	if (JB_ROOT_COUNT(body) == 0 || (JsonbExtractScalar(&body->root, &scalar) && IsAbsent(&scalar)))
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

/*
 * IsLongerThanIds tells whether a number has more digits than any id. It is not
 * written out for that: 1e131071 takes ten bytes of a body, and as many times
 * 13,000 as a text.
 */
static bool
IsLongerThanIds(Numeric number)
{
	Datum		limit = DirectFunctionCall3(numeric_in, CStringGetDatum("1e" CppAsString2(MAX_ID_LENGTH)),
											ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
	Datum		absolute = DirectFunctionCall1(numeric_abs, NumericGetDatum(number));

	return DatumGetInt32(DirectFunctionCall1(numeric_scale, NumericGetDatum(number))) > MAX_ID_LENGTH ||
		DatumGetBool(DirectFunctionCall2(numeric_ge, absolute, limit));
}

/* EapiTextOf takes a text, also where it came as a number or boolean; absent for anything else. */
Text
EapiTextOf(const JsonbValue *value)
{
	switch (value->type)
	{
		case jbvString:
			return JsonText(value);
		case jbvNumeric:
			if (IsLongerThanIds(value->val.numeric))
				return NO_TEXT;
			return TextOf(DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(value->val.numeric))));
		case jbvBool:
			return TextOf(value->val.boolean ? "true" : "false");
		default:
			return NO_TEXT;
	}
}

/* EapiArrayOf takes an array, NULL when the value is none. */
JsonbContainer *
EapiArrayOf(const JsonbValue *value)
{
	if (value->type != jbvBinary || !JsonContainerIsArray(value->val.binary.data) ||
		JsonContainerIsScalar(value->val.binary.data))
		return NULL;
	return value->val.binary.data;
}

/* TakeBool makes a boolean of a text or number that stands for one. */
static void
TakeBool(JsonbValue *value)
{
	Text		text = EapiTextOf(value);
	bool		yes = (text.len == 4 && pg_strncasecmp(text.data, "true", 4) == 0) || TextIs(text, "1");
	bool		no = (text.len == 5 && pg_strncasecmp(text.data, "false", 5) == 0) || TextIs(text, "0");

	if (!yes && !no)
		return;
	value->type = jbvBool;
	value->val.boolean = yes;
}

/* TakeInt makes a number of a text that is written as an integer. */
static void
TakeInt(JsonbValue *value)
{
	Text		text = JsonText(value);
	int			sign = text.len > 0 && text.data[0] == '-' ? 1 : 0;
	int64		number = 0;

	/* Longer ones are beyond every limit, and the reader says what it wants. */
	if (text.presence != GIVEN || text.len == sign || text.len > 18)
		return;
	for (int i = sign; i < text.len; i++)
	{
		if (text.data[i] < '0' || text.data[i] > '9')
			return;
		number = number * 10 + (text.data[i] - '0');
	}
	value->type = jbvNumeric;
	value->val.numeric = int64_to_numeric(sign ? -number : number);
}

/* TakeText makes a text of a number or boolean. */
static void
TakeText(JsonbValue *value)
{
	Text		text = EapiTextOf(value);

	if (text.presence != GIVEN)
		return;
	value->type = jbvString;
	value->val.string.val = unconstify(char *, text.data);
	value->val.string.len = text.len;
}

/*
 * EapiReadObject reads the members of an object into a target, as ReadObject
 * does, but lenient in form: unknown members are passed over, null and "" are
 * absent, and what came as another scalar is taken for what it stands for.
 */
void
EapiReadObject(JsonbContainer *object, const Path *path, const Member *members, int count,
			   void *target, Problems *problems)
{
	JsonbIterator *iterator = JsonbIteratorInit(object);
	JsonbValue	value;
	Text		name;

	while (NextMember(&iterator, &name, &value))
	{
		for (int i = 0; i < count; i++)
		{
			const Member *member = &members[i];
			Path		step = {path, member->name, member->nameLength, 0};

			if (member->nameLength != name.len || memcmp(member->name, name.data, name.len) != 0)
				continue;
			if (IsAbsent(&value))
				break;
			if (member->read == ReadBool)
				TakeBool(&value);
			else if (member->read == ReadInt)
				TakeInt(&value);
			else if (member->read != ReadJson)
				TakeText(&value);
			member->read(&value, &step, (char *) target + member->offset, member->detail, problems);
			break;
		}
	}
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
