/*
 * domain/erased.h
 *		Ids of people who were erased, who do not come again by themselves.
 */
#ifndef PROCTORLINK_ERASED_H
#define PROCTORLINK_ERASED_H

#include "core/text.h"
#include "domain/finding.h"
#include "utils/uuid.h"

#define ERASED_RULE "erased_stays_erased"

/* What there is to say of it; the id is not quoted, since what is said may be kept. */
#define ERASED_DETAIL "this id belongs to a person who was erased"
#define ERASED_HINT "If the person is to be here again, call readmit_candidate first."

/*
 * Kinds of ids. Whatever the customer calls a person by is of one kind, since a
 * booking may bring as student_id what a sync brings as external id. A user_id is
 * of the kind that its provider is called.
 */
#define ERASED_CANDIDATE "candidate"
#define ERASED_API "api"
#define ERASED_LMS "lms"

/* An id that is asked about. */
typedef struct ErasedAsk
{
	const char *kind;
	Text		id;				/* not given: nothing is asked */
	bool		isErased;
	pg_uuid_t	account;		/* whose it was */
} ErasedAsk;

/* The ids of an account that count, since somebody gave them. */
#define ACCOUNT_ASKS 4

extern void ErasedAsksOf(Text candidateExtId, bool defaulted, Text username, Text api, Text lms, ErasedAsk *asks);

/* The caller is connected to SPI. */
extern bool ErasedAny(const pg_uuid_t *install);
extern int	ErasedFind(const pg_uuid_t *install, ErasedAsk *asks, int count);
extern void ErasedKeep(const pg_uuid_t *install, const pg_uuid_t *account, const ErasedAsk *asks, int count);
extern bool ErasedHash(const pg_uuid_t *install, Text id, Text *hash);
extern const char *ErasedProvider(const pg_uuid_t *install, const pg_uuid_t *integration);
extern void ErasedRaise(const pg_uuid_t *install, const char *kind, Text id, const char *argument);

#endif							/* PROCTORLINK_ERASED_H */
