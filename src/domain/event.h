/*
 * domain/event.h
 *		What happened, to what, by whom.
 */
#ifndef PROCTORLINK_EVENT_H
#define PROCTORLINK_EVENT_H

#include "core/columns.h"
#include "core/jsonb_write.h"

/* A rule that a refused call broke. No names of people, no addresses, no secrets. */
typedef struct Refusal
{
	const char *rule;			/* or NULL */
	const char *detail;			/* or NULL */
	const char *hint;			/* or NULL */
	Text		candidate;		/* the external id of the person whom it is
								 * about */
} Refusal;

/* A call that a vendor's door refused. Texts that are no ids are not kept. */
typedef struct RefusedCall
{
	const char *door;
	const char *function;
	Text		assessment;		/* external ids */
	Text		schedule;
	Text		candidate;
	int			count;
	const Refusal *refusals;
	const Problems *problems;	/* which members of the body nobody knows */
} RefusedCall;

/* Names of columns or settings that have another value than before. */
typedef struct ChangedNames
{
	JsonArray	list;
	int			count;
} ChangedNames;

/*
 * Events are written as the tables' owner, for everybody. The caller is connected
 * to SPI, in a transaction that may write.
 */
extern void EventAdd(const pg_uuid_t *install, const char *kind, const char *subjectSid, JsonObject *changes);
extern void EventAddChanged(const pg_uuid_t *install, const char *kind, const char *subjectSid, const char *key,
							ChangedNames *changed);
extern void EventAddEach(const pg_uuid_t *install, const char *kind, Column *subjects, Column *changes);
extern bool EventMayFollow(FunctionCallInfo fcinfo);
extern void EventAddRefused(const pg_uuid_t *install, const RefusedCall *call);
extern void ChangedInit(ChangedNames *changed);
extern void ChangedAdd(ChangedNames *changed, const char *name, bool isChanged);
extern void EventPassedOver(JsonObject *changes, const Problems *problems);

#endif							/* PROCTORLINK_EVENT_H */
