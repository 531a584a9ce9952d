/*
 * access/access_token.h
 *		Access tokens: what a person shows to be taken for themselves.
 */
#ifndef PROCTORLINK_ACCESS_TOKEN_H
#define PROCTORLINK_ACCESS_TOKEN_H

#include "core/text.h"
#include "utils/uuid.h"

extern char *AccessTokenMint(const pg_uuid_t *install, const pg_uuid_t *account, int seconds);

#endif							/* PROCTORLINK_ACCESS_TOKEN_H */
