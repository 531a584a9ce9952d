/*
 * access/credential.h
 *		What callers bring to show who they are.
 */
#ifndef PROCTORLINK_CREDENTIAL_H
#define PROCTORLINK_CREDENTIAL_H

#include "core/principal.h"
#include "core/text.h"

/* access_token.c: whom an access token (JWT) speaks for; false when it is not good, whatever is wrong with it. */
extern bool AccessTokenPrincipal(Text jwt, Principal *principal);

#endif							/* PROCTORLINK_CREDENTIAL_H */
