/*
 * domain/schedule.h
 *		A timed sitting of an exam: its row, and what its rules look at.
 */
#ifndef PROCTORLINK_SCHEDULE_H
#define PROCTORLINK_SCHEDULE_H

#include "domain/schedule_rules.h"
#include "utils/uuid.h"

/* A schedule as doors and links see it. */
typedef struct Schedule
{
	pg_uuid_t	id;
	pg_uuid_t	examId;
	pg_uuid_t	ownerId;
	pg_uuid_t	hierarchyId;
	Text		externalId;
	Text		title;
	ScheduleWindow window;
	Security	security;		/* its own */
	bool		throughProctoru;
	bool		externalAttempts;	/* candidates may come with ids of
									 * attempts */
	bool		activated;
	bool		over;			/* its window has closed */
	bool		open;			/* its window has opened */
	bool		begun;			/* somebody sits or has sat it */
} Schedule;

extern bool ScheduleFind(const pg_uuid_t *install, Text externalId, bool readOnly, bool lock, Schedule *schedule);

/* The rows that a schedule leans on, with what the rules look at; each answers whether there is one. */
extern bool ScheduleExamFind(const pg_uuid_t *install, Text externalId, bool readOnly, ScheduleExam *exam,
							 pg_uuid_t *id);
extern bool ScheduleExamOf(const pg_uuid_t *install, const pg_uuid_t *id, bool readOnly, ScheduleExam *exam);
extern ScheduleOwner OwnerFind(const pg_uuid_t *install, Text named, bool readOnly, pg_uuid_t *account);
extern ScheduleHierarchy ScheduleHierarchyFind(const pg_uuid_t *install, Text named, bool readOnly, pg_uuid_t *id);
extern ScheduleHierarchy ScheduleRootFind(const pg_uuid_t *install, bool readOnly, pg_uuid_t *id);
extern ScheduleHierarchy ScheduleHierarchyLock(const pg_uuid_t *install, const pg_uuid_t *id);
extern bool IsThroughProctoru(const pg_uuid_t *install, const pg_uuid_t *integration, bool readOnly);

/* schedule_hold.c: the same for rules, which lock the rows. */
extern void ScheduleHoldOwner(const pg_uuid_t *install, const pg_uuid_t *account, Findings *findings);
extern void ScheduleHoldHierarchy(const pg_uuid_t *install, const pg_uuid_t *id, Findings *findings);
extern bool ScheduleHoldExam(const pg_uuid_t *install, const pg_uuid_t *id, ScheduleExam *exam);

/* The title of a schedule that is given none, as a text of SQL. */
extern Datum ScheduleTitle(Text exam, TimestampTz starts);

/* Of the first row of SPI_tuptable: four columns from this one on. */
extern Security SecurityRow(int column);

#endif							/* PROCTORLINK_SCHEDULE_H */
