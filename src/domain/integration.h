/*
 * domain/integration.h
 *		A connection of an install to a proctoring provider, and its keys.
 */
#ifndef PROCTORLINK_INTEGRATION_H
#define PROCTORLINK_INTEGRATION_H

#include "core/text.h"
#include "utils/uuid.h"

/* What sign-on links want to know of an integration. */
typedef struct Integration
{
	pg_uuid_t	id;
	bool		active;
	Text		redirectUrl;
	int			signonSeconds;
	Text		signingKey;
} Integration;

extern int	IntegrationsRead(const pg_uuid_t *install, Datum ids, Integration **integrations);

#endif							/* PROCTORLINK_INTEGRATION_H */
