/*
 * domain/role_binding.h
 *		Database roles, by the name that tables keep.
 */
#ifndef PROCTORLINK_ROLE_BINDING_H
#define PROCTORLINK_ROLE_BINDING_H

#include "core/compat.h"

extern Datum RoleName(Oid role);

#endif							/* PROCTORLINK_ROLE_BINDING_H */
