/*
 * domain/integration.h
 *		A connection of an install to a proctoring provider, and its keys.
 */
#ifndef PROCTORLINK_INTEGRATION_H
#define PROCTORLINK_INTEGRATION_H

#include "core/text.h"
#include "utils/uuid.h"

/* What the tokens of sign-on links say that they are (typ). */
#define SIGNON_TYPE "proctorlink-signon+jwt"

/* What sign-on links want to know of an integration. */
typedef struct Integration
{
	pg_uuid_t	id;
	bool		active;
	Text		redirectUrl;
	int			signonSeconds;
	Text		signingKey;
} Integration;

/* The caller is connected to SPI. */
extern bool IntegrationExists(const pg_uuid_t *install, const pg_uuid_t *integration);
extern pg_uuid_t IntegrationArgument(const pg_uuid_t *install, Datum sid);
extern int	IntegrationsRead(const pg_uuid_t *install, Datum ids, Integration **integrations);
extern int	IntegrationKeysRead(const pg_uuid_t *install, const pg_uuid_t *integration, Text **keys);

#endif							/* PROCTORLINK_INTEGRATION_H */
