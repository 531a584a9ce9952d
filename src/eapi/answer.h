/*
 * eapi/answer.h
 *		The envelope of Cirrus's External API: how its calls are read, answered
 *		and refused.
 */
#ifndef PROCTORLINK_EAPI_ANSWER_H
#define PROCTORLINK_EAPI_ANSWER_H

#include "core/jsonb_read.h"
#include "core/jsonb_write.h"
#include "core/principal.h"
#include "domain/finding.h"
#include "domain/install.h"

/* Refusals that the contract gives no number. */
#define EAPI_NO_CODE 0

/* Texts of the contract that several calls share. */
#define EAPI_NOT_ALLOWED "Not allowed to use external API"
#define EAPI_EMPTY_BODY "Request body can not be null or empty"

typedef struct EapiError
{
	int			code;			/* EAPI_NO_CODE: null */
	const char *text;
	const char *rule;			/* what was broken; NULL where the text is all
								 * there is to say */
	const char *detail;			/* what was found; of an error of others NULL,
								 * since it may tell anything */
	const char *hint;			/* or NULL */
	const char *pointer;		/* into the body, or NULL */
	Text		candidate;		/* the external id of the person whom it is
								 * about */
} EapiError;

/* A call at this door, from its body to its answer. */
typedef struct EapiCall
{
	FunctionCallInfo fcinfo;
	MemoryContext context;		/* where the answer is made */
	Install		install;
	bool		hasInstall;
	const Principal *principal;
	Problems	problems;		/* violations of the body, with pointers */
	int			errorCount;
	EapiError  *errors;
	int			status;			/* of a success, for PostgREST */
	bool		refusalHasMessage;
	bool		bare;			/* a success is answered without envelope, as
								 * "Content" alone */
	JsonObject	answer;			/* "Content", and what stands beside it */
} EapiCall;

typedef void (*EapiWork) (EapiCall *call);

extern Datum EapiAnswer(FunctionCallInfo fcinfo, EapiWork work);
extern void EapiRefuse(EapiCall *call, int code, const char *format,...) pg_attribute_printf(3, 4);
extern void EapiRefuseFinding(EapiCall *call, const Finding *finding);
extern void EapiRefuseCandidate(EapiCall *call, const Finding *finding, Text candidate);
extern bool EapiRefused(const EapiCall *call);

/* refused.c */
extern void EapiKeepRefusal(EapiCall *call);

/* Reading, lenient in form as the vendor is. */
extern JsonbContainer *EapiBody(EapiCall *call, int argument);
extern bool EapiTextArgument(EapiCall *call, int argument, Text *value);
extern void EapiReadObject(JsonbContainer *object, const Path *path, const Member *members, int count,
						   void *target, Problems *problems);
extern void EapiRequire(EapiCall *call, Presence presence, const Path *parent, const char *name);
extern void EapiReadElsewhere(const JsonbValue *value, const Path *path, void *field, const void *unused,
							  Problems *problems);
extern JsonbContainer *EapiArrayOf(const JsonbValue *value);
extern Text EapiTextOf(const JsonbValue *value);
extern void EapiTime(EapiCall *call, Text value, const Path *path, TimeField *field);

#endif							/* PROCTORLINK_EAPI_ANSWER_H */
