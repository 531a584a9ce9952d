/*
 * access/credential.h
 *		What callers bring to show who they are.
 */
#ifndef PROCTORLINK_CREDENTIAL_H
#define PROCTORLINK_CREDENTIAL_H

#include "core/principal.h"
#include "core/text.h"

/* Whom a credential speaks for; false when it is not good, whatever is wrong with it. */
extern bool TokenPrincipal(Text token, Principal *principal);	/* token.c */
extern bool AccessTokenPrincipal(Text jwt, Principal *principal);	/* access_token.c: JWT */

#endif							/* PROCTORLINK_CREDENTIAL_H */
