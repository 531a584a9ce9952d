/*
 * domain/access_key.h
 *		The keys that sign the access tokens of an install.
 */
#ifndef PROCTORLINK_ACCESS_KEY_H
#define PROCTORLINK_ACCESS_KEY_H

#include "core/text.h"
#include "utils/uuid.h"

extern int	AccessKeysRead(const pg_uuid_t *install, Text **keys);

#endif							/* PROCTORLINK_ACCESS_KEY_H */
