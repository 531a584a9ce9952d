/*
 * provision/parents.h
 *		Whether the rows that new ones lean on are there.
 */
#ifndef PROCTORLINK_PARENTS_H
#define PROCTORLINK_PARENTS_H

#include "core/foreign_keys.h"
#include "provision/resolve.h"

extern const KnownParents *ParentsOfAccounts(const Resolution *resolution);
extern const KnownParents *ParentsOfEnrollments(const Resolution *resolution);

#endif							/* PROCTORLINK_PARENTS_H */
