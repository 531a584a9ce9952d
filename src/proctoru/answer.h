/*
 * proctoru/answer.h
 *		The envelope of ProctorU's door: how its calls are read, answered and
 *		refused.
 */
#ifndef PROCTORLINK_PROCTORU_ANSWER_H
#define PROCTORLINK_PROCTORU_ANSWER_H

#include "core/jsonb_lenient.h"
#include "core/jsonb_write.h"
#include "domain/finding.h"
#include "domain/install.h"

struct ProctoruCall;
typedef void (*ProctoruWork) (struct ProctoruCall *call);

/* A call at this door, from its body to its answer. */
typedef struct ProctoruCall
{
	FunctionCallInfo fcinfo;
	MemoryContext context;		/* where the answer is made */
	ProctoruWork work;
	Install		install;
	pg_uuid_t	integration;	/* the institution that calls */
	bool		byStudentId;	/* student_id, not user_id, is
								 * candidate_ext_id */
	TimestampTz now;			/* as the rules see it */
	int			goes;			/* how often the work was begun */
	JsonbContainer *body;
	const char *refusal;		/* the first thing that is wrong; NULL:
								 * nothing */
	bool		isForeign;		/* it says what an error of others said */
	bool		isInstitution;	/* the caller speaks for an integration with
								 * ProctorU */
	JsonObject	data;
	JsonArray	list;
	bool		isList;			/* list is answered instead of data */
	JsonArray	warnings;		/* stand in data, where there are any */
} ProctoruCall;

/* A member of a body; what is asked first stands first. */
typedef struct ProctoruMember
{
	Member		member;
	bool		required;
} ProctoruMember;

#define REQUIRED(name, reader, type, field, detail) {MEMBER(name, reader, type, field, detail), true}
#define OPTIONAL(name, reader, type, field, detail) {MEMBER(name, reader, type, field, detail), false}

typedef struct NumberField
{
	int64		value;
	Presence	presence;
} NumberField;

/* The message for an exam_id that no exam has. */
#define EXAM_NOT_FOUND "Exam Not found"

extern Datum ProctoruAnswer(FunctionCallInfo fcinfo, ProctoruWork work);
extern void ProctoruRefuse(ProctoruCall *call, const char *format,...) pg_attribute_printf(2, 3);
extern void ProctoruRefuseFinding(ProctoruCall *call, const Findings *findings);
extern void ProctoruRefuseProblem(ProctoruCall *call, const Problems *problems);
extern bool ProctoruRefused(const ProctoruCall *call);
extern bool ProctoruRead(ProctoruCall *call, const ProctoruMember *members, int count, void *target);
extern void ReadNumber(const JsonbValue *value, const Path *path, void *field, const void *unused, Problems *problems);

/* refused.c */
extern void ProctoruKeepRefusal(ProctoruCall *call);

/* time_zone.c */
extern bool ProctoruTimeZone(ProctoruCall *call, Text sent, Text *zone);

#endif							/* PROCTORLINK_PROCTORU_ANSWER_H */
