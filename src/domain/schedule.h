/*
 * domain/schedule.h
 *		A timed sitting of an exam: its row, and what its rules look at.
 */
#ifndef PROCTORLINK_SCHEDULE_H
#define PROCTORLINK_SCHEDULE_H

#include "domain/schedule_rules.h"
#include "utils/uuid.h"

/* The account that owns schedules where it was named, with what its rule looks at. */
extern ScheduleOwner OwnerFind(const pg_uuid_t *install, Text named, bool readOnly, pg_uuid_t *account);

#endif							/* PROCTORLINK_SCHEDULE_H */
