/*
 * core/problems.h
 *		Violations, collected with JSON Pointers, and the errors they become.
 */
#ifndef PROCTORLINK_PROBLEMS_H
#define PROCTORLINK_PROBLEMS_H

#include "core/text.h"

/* The codes of errors; an item that breaks rules of several carries the first. */
typedef enum ProblemCode
{
	CODE_INVALID,				/* INVALIDINPUT, PT400 */
	CODE_NOT_FOUND,				/* RESOURCENOTFOUND, PT404 */
	CODE_CONFLICT,				/* CONFLICT, PT409 */
	CODE_AUTHENTICATION,		/* AUTHENTICATIONFAILED, PT403 */
	CODE_LIMIT,					/* LIMITEXCEEDED, PT413 */
	CODE_KEY_MISMATCH,			/* IDEMPOTENCYMISMATCH, PT422 */
	CODE_BUSY					/* BUSY, PT503 */
} ProblemCode;

/*
 * Where a value stands: a chain of steps on the callers' stacks, written out as
 * a JSON Pointer (RFC 6901) only when there is something to say.
 */
typedef struct Path
{
	const struct Path *parent;
	const char *key;			/* NULL: an array element */
	int			keyLength;
	int			index;
} Path;

#define PATH_KEY(parent, name) ((Path) {(parent), (name), sizeof(name) - 1, 0})

typedef struct Problem
{
	ProblemCode code;
	const char *pointer;
	const char *rule;
	const char *detail;
	const char *hint;			/* or NULL */
	bool		foreign;		/* the detail is the message of an error of
								 * others, which may tell anything */
} Problem;

/* At most this many problems of one thing are kept; more are counted. */
#define MAX_PROBLEMS 20

/* A member that a lenient reader passed over, and the one that it stands in. */
typedef struct PassedOver
{
	Text		name;
	Text		parent;			/* absent: at the top */
} PassedOver;

#define MAX_PASSED_OVER 20

typedef struct Problems
{
	MemoryContext context;		/* where the texts are kept */
	int			count;
	int			more;
	Problem    *list;
	int			passedCount;	/* each name once; they lie in what was read */
	PassedOver	passed[MAX_PASSED_OVER];
} Problems;

extern void ProblemsInit(Problems *problems, MemoryContext context);
extern void ProblemAdd(Problems *problems, ProblemCode code, const char *rule, const char *hint,
					   const Path *path, const char *format,...) pg_attribute_printf(6, 7);
extern void ProblemsPassOver(Problems *problems, const Path *parent, Text name);
extern ProblemCode ProblemsCode(const Problems *problems);
extern const char *ProblemCodeName(ProblemCode code);
extern int	ProblemCodeStatus(ProblemCode code);
pg_noreturn extern void ProblemsRaise(const Problems *problems);
pg_noreturn extern void RaiseProblem(ProblemCode code, const char *hint, const char *format,...)
			pg_attribute_printf(3, 4);

/* REQUIRE_ARGUMENTS(names…) names the first arguments of a function, none of which may be null. */
#define REQUIRE_ARGUMENTS(...) \
	RequireArguments(fcinfo, (const char *const[]) {__VA_ARGS__}, lengthof(((const char *const[]) {__VA_ARGS__})))
extern void RequireArguments(FunctionCallInfo fcinfo, const char *const *names, int count);

extern char *PathPointer(const Path *path);
extern const char *NearestName(Text name, const char *const *names, int count);

#endif							/* PROCTORLINK_PROBLEMS_H */
