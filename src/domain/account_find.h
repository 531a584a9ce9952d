/*
 * domain/account_find.h
 *		The account that an argument means.
 */
#ifndef PROCTORLINK_ACCOUNT_FIND_H
#define PROCTORLINK_ACCOUNT_FIND_H

#include "core/text.h"
#include "utils/uuid.h"

extern bool AccountIsActive(const pg_uuid_t *install, const pg_uuid_t *account);
extern bool AccountFind(const pg_uuid_t *install, Text named, bool readOnly, pg_uuid_t *account);
extern pg_uuid_t AccountArgument(const pg_uuid_t *install, Datum named, const char *argument);

#endif							/* PROCTORLINK_ACCOUNT_FIND_H */
