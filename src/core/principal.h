/*
 * core/principal.h
 *		Who is calling: in the backend's memory, for the transaction.
 */
#ifndef PROCTORLINK_PRINCIPAL_H
#define PROCTORLINK_PRINCIPAL_H

#include "core/compat.h"
#include "utils/uuid.h"

typedef enum PrincipalKind
{
	PRINCIPAL_NOBODY,			/* nothing was verified and nothing chosen */
	PRINCIPAL_REFUSED,			/* a credential was brought that is not good */
	PRINCIPAL_ROLE,				/* a database role that chose its install */
	PRINCIPAL_SYSTEM,			/* a system, by a token or a trusted front */
	PRINCIPAL_PERSON			/* a person, by an access token or a trusted
								 * front */
} PrincipalKind;

typedef struct Principal
{
	PrincipalKind kind;
	bool		hasInstall;
	bool		hasIntegration;
	bool		hasUser;
	bool		hasToken;
	pg_uuid_t	install;
	pg_uuid_t	integration;	/* the caller speaks for this provider */
	pg_uuid_t	user;			/* account of a person */
	pg_uuid_t	token;			/* api_token of a system */
} Principal;

extern void PrincipalStart(void);
extern const Principal *PrincipalCurrent(void);
extern void PrincipalSet(const Principal *principal);

/* For what the present call acts, while it lasts. */
extern void PrincipalCallStart(void);
extern void PrincipalActFor(const pg_uuid_t *install);
extern const pg_uuid_t *PrincipalActsFor(void);

#endif							/* PROCTORLINK_PRINCIPAL_H */
