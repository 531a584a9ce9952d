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
	PRINCIPAL_ROLE				/* a database role that chose its install */
} PrincipalKind;

typedef struct Principal
{
	PrincipalKind kind;
	bool		hasInstall;
	bool		hasIntegration;
	pg_uuid_t	install;
	pg_uuid_t	integration;
} Principal;

extern void PrincipalStart(void);
extern const Principal *PrincipalCurrent(void);
extern void PrincipalSet(const Principal *principal);

#endif							/* PROCTORLINK_PRINCIPAL_H */
