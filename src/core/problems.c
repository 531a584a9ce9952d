/*
 * core/problems.c
 *		Violations, collected with JSON Pointers, and the errors they become.
 *
 * Details and hints end up in the server's log: they name ids and limits, never
 * names of people, addresses or secrets.
 */
#include "core/problems.h"

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/varlena.h"
#include "utils/memutils.h"

/* A detail has at most this many characters. */
#define MAX_DETAIL_LENGTH 200

static const struct
{
	const char *name;
	int			status;
	int			sqlstate;
}			codes[] = {
	[CODE_INVALID] = {"INVALIDINPUT", 400, MAKE_SQLSTATE('P', 'T', '4', '0', '0')},
	[CODE_NOT_FOUND] = {"RESOURCENOTFOUND", 404, MAKE_SQLSTATE('P', 'T', '4', '0', '4')},
	[CODE_CONFLICT] = {"CONFLICT", 409, MAKE_SQLSTATE('P', 'T', '4', '0', '9')},
	[CODE_AUTHENTICATION] = {"AUTHENTICATIONFAILED", 403, MAKE_SQLSTATE('P', 'T', '4', '0', '3')},
	[CODE_LIMIT] = {"LIMITEXCEEDED", 413, MAKE_SQLSTATE('P', 'T', '4', '1', '3')},
	[CODE_KEY_MISMATCH] = {"IDEMPOTENCYMISMATCH", 422, MAKE_SQLSTATE('P', 'T', '4', '2', '2')},
	[CODE_BUSY] = {"BUSY", 503, MAKE_SQLSTATE('P', 'T', '5', '0', '3')},
};

/* ProblemsInit starts an empty collection whose texts live in the context. */
void
ProblemsInit(Problems *problems, MemoryContext context)
{
	problems->context = context;
	problems->count = 0;
	problems->more = 0;
	problems->list = NULL;
	problems->passedCount = 0;
}

/* AppendPointer writes the steps of a path, outermost first. */
static void
AppendPointer(StringInfo pointer, const Path *path)
{
	if (path == NULL)
		return;
	AppendPointer(pointer, path->parent);
	appendStringInfoChar(pointer, '/');
	if (path->key == NULL)
	{
		appendStringInfo(pointer, "%d", path->index);
		return;
	}
	for (int i = 0; i < path->keyLength; i++)
	{
		if (path->key[i] == '~')
			appendStringInfoString(pointer, "~0");
		else if (path->key[i] == '/')
			appendStringInfoString(pointer, "~1");
		else
			appendStringInfoChar(pointer, path->key[i]);
	}
}

/* PathPointer writes a path as a JSON Pointer; the whole is the empty text. */
char *
PathPointer(const Path *path)
{
	StringInfoData pointer;

	initStringInfo(&pointer);
	AppendPointer(&pointer, path);
	return pointer.data;
}

/* Clip cuts a C string to so many characters, in place. */
static char *
Clip(char *string, int maxLength)
{
	string[pg_mbcharcliplen(string, strlen(string), maxLength)] = '\0';
	return string;
}

/* ProblemAdd notes a problem; the hint may be NULL, the detail is a format. */
void
ProblemAdd(Problems *problems, ProblemCode code, const char *rule, const char *hint,
		   const Path *path, const char *format,...)
{
	MemoryContext caller;
	Problem    *problem;
	va_list		args;
	char	   *detail;

	if (problems->count == MAX_PROBLEMS)
	{
		problems->more++;
		return;
	}

	caller = MemoryContextSwitchTo(problems->context);
	if (problems->list == NULL)
		problems->list = palloc(sizeof(Problem));
	else if ((problems->count & (problems->count - 1)) == 0)
		problems->list = repalloc(problems->list, problems->count * 2 * sizeof(Problem));
	problem = &problems->list[problems->count++];

	va_start(args, format);
	detail = TextFormatted(format, args);
	va_end(args);

	problem->code = code;
	problem->foreign = false;
	problem->rule = rule;
	problem->pointer = Clip(PathPointer(path), MAX_DETAIL_LENGTH);
	problem->detail = Clip(detail, MAX_DETAIL_LENGTH);
	problem->hint = hint != NULL ? Clip(pstrdup(hint), MAX_DETAIL_LENGTH) : NULL;
	MemoryContextSwitchTo(caller);
}

/* ProblemsPassOver notes the name of a member that a lenient reader does not know, which is no violation. */
void
ProblemsPassOver(Problems *problems, const Path *parent, Text name)
{
	PassedOver *passed;

	for (int i = 0; i < problems->passedCount; i++)
		if (TextEquals(problems->passed[i].name, name))
			return;
	if (problems->passedCount == MAX_PASSED_OVER)
		return;
	while (parent != NULL && parent->key == NULL)
		parent = parent->parent;
	passed = &problems->passed[problems->passedCount++];
	passed->name = name;
	passed->parent = NO_TEXT;
	if (parent != NULL)
		passed->parent = (Text)
	{
		parent->key, parent->keyLength, GIVEN
	};
}

/* ProblemsCode gives the code that goes before the others. */
ProblemCode
ProblemsCode(const Problems *problems)
{
	ProblemCode first = problems->list[0].code;

	for (int i = 1; i < problems->count; i++)
		first = Min(first, problems->list[i].code);
	return first;
}

/* ProblemCodeName gives the word that stands in MESSAGE and in answers. */
const char *
ProblemCodeName(ProblemCode code)
{
	return codes[code].name;
}

/* ProblemCodeStatus gives the HTTP status of a code. */
int
ProblemCodeStatus(ProblemCode code)
{
	return codes[code].status;
}

/* ProblemsRaise raises all problems as one error, a line each in DETAIL and HINT. */
void
ProblemsRaise(const Problems *problems)
{
	ProblemCode code = ProblemsCode(problems);
	StringInfoData detail;
	StringInfoData hint;

	initStringInfo(&detail);
	initStringInfo(&hint);
	for (int i = 0; i < problems->count; i++)
	{
		Problem    *problem = &problems->list[i];
		const char *mark = problem->pointer[0] != '\0' ? ": " : "";

		appendStringInfo(&detail, "%s%s: %s", i > 0 ? "\n" : "", problem->pointer, problem->detail);
		if (problem->hint == NULL)
			continue;
		/* Of several, each hint says what it is about. */
		if (problems->count == 1)
			appendStringInfoString(&hint, problem->hint);
		else
			appendStringInfo(&hint, "%s%s%s%s", hint.len > 0 ? "\n" : "", problem->pointer, mark, problem->hint);
	}
	if (problems->more > 0)
		appendStringInfo(&detail, "\n%d more", problems->more);

	ereport(ERROR,
			(errcode(codes[code].sqlstate),
			 errmsg("%s", codes[code].name),
			 errdetail_internal("%s", detail.data),
			 hint.len > 0 ? errhint("%s", hint.data) : 0));
	pg_unreachable();
}

/* RaiseProblem raises one error; the detail is a format, the hint may be NULL. */
void
RaiseProblem(ProblemCode code, const char *hint, const char *format,...)
{
	va_list		args;
	char	   *detail;

	va_start(args, format);
	detail = TextFormatted(format, args);
	va_end(args);
	ereport(ERROR,
			(errcode(codes[code].sqlstate),
			 errmsg("%s", codes[code].name),
			 errdetail_internal("%s", detail),
			 hint != NULL ? errhint("%s", hint) : 0));
	pg_unreachable();
}

/* RequireArguments raises for the first of a function's first arguments that is null. */
void
RequireArguments(FunctionCallInfo fcinfo, const char *const *names, int count)
{
	for (int i = 0; i < count; i++)
		if (PG_ARGISNULL(i))
			RaiseProblem(CODE_INVALID, NULL, "%s must not be null", names[i]);
}

/*
 * NearestName finds the name that is fewest edits away, or NULL when none is
 * near enough to be meant. One that differs in case alone is taken at once.
 */
const char *
NearestName(Text name, const char *const *names, int count)
{
	const char *nearest = NULL;
	int			least;

	if (name.len == 0 || name.len > 64)
		return NULL;
	least = Min(name.len / 2 + 1, 4);
	for (int i = 0; i < count; i++)
	{
		int			len = strlen(names[i]);
		int			distance;

		if (len == name.len && pg_strncasecmp(names[i], name.data, len) == 0)
			return names[i];
		distance = varstr_levenshtein_less_equal(name.data, name.len, names[i], len,
												 1, 1, 1, least, true);
		if (distance < least)
		{
			least = distance;
			nearest = names[i];
		}
	}
	return nearest;
}
