/*
 * provision/parents.h
 *		Whether the rows that new ones lean on are there.
 */
#ifndef PROCTORLINK_PARENTS_H
#define PROCTORLINK_PARENTS_H

#include "core/foreign_keys.h"
#include "provision/resolve.h"
#include "provision/seat.h"

extern const KnownParents *ParentsOfAccounts(const Resolution *resolution);
extern const KnownParents *ParentsOfPeople(const Resolution *resolution);
extern const KnownParents *ParentsOfEnrollments(const Resolution *resolution);
extern const KnownParents *ParentsOfBooking(const Seat *seat);
extern const KnownParents *ParentsOfSeats(const pg_uuid_t *install, const pg_uuid_t *exam, const pg_uuid_t *schedule,
										  const Seat *seats, int count);

#endif							/* PROCTORLINK_PARENTS_H */
