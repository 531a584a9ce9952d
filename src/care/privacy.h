/*
 * care/privacy.h
 *		People who were erased.
 */
#ifndef PROCTORLINK_PRIVACY_H
#define PROCTORLINK_PRIVACY_H

#include "core/text.h"
#include "utils/uuid.h"

/* privacy_readmit.c */
extern bool ErasedAccount(const pg_uuid_t *install, Text id, pg_uuid_t *account);

#endif							/* PROCTORLINK_PRIVACY_H */
