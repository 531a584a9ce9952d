/*
 * domain/role.h
 *		What accounts may do.
 */
#ifndef PROCTORLINK_ROLE_H
#define PROCTORLINK_ROLE_H

#include "core/compat.h"
#include "utils/uuid.h"

extern void RolesForNewInstall(const pg_uuid_t *install);

#endif							/* PROCTORLINK_ROLE_H */
