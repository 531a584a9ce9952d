/*
 * domain/schedule_rules.h
 *		The rules of a schedule, over plain facts that whoever asks has fetched.
 */
#ifndef PROCTORLINK_SCHEDULE_RULES_H
#define PROCTORLINK_SCHEDULE_RULES_H

#include "core/jsonb_read.h"
#include "domain/finding.h"

/* The settings of security that ProctorU does not work with. */
typedef struct Security
{
	BoolField	pin;			/* a schedule's own may be null: as the exam */
	BoolField	proctorio;
	BoolField	safeExamBrowser;
	BoolField	keycode;
} Security;

typedef struct ScheduleWindow
{
	TimestampTz starts;
	TimestampTz ends;
	IntField	duration;		/* minutes; null: no limit */
	int			extraTime;		/* minutes */
} ScheduleWindow;

typedef struct ScheduleExam
{
	Text		externalId;
	Text		title;
	bool		published;
	IntField	duration;		/* minutes; null: no limit */
	int			extraTime;		/* minutes, for special needs without a
								 * percentage */
	Security	security;
} ScheduleExam;

typedef struct ScheduleOwner
{
	bool		exists;
	Text		named;			/* as it was named; absent where nobody was */
	bool		active;
	bool		maySchedule;
} ScheduleOwner;

typedef struct ScheduleHierarchy
{
	bool		exists;
	Text		named;			/* its Organisation ID, or as it was named */
	bool		hasOrganisationId;
	bool		isRoot;
	bool		isDefault;
	bool		allowsSchedules;
	bool		archived;
} ScheduleHierarchy;

/* Minutes after duration and extra time at which a schedule ends where nobody says when. */
#define SCHEDULE_SLACK_MINUTES 60

extern TimestampTz ScheduleDefaultEnd(const ScheduleWindow *window);
extern int	PersonExtraTime(bool specialNeeds, IntField percentage, const ScheduleExam *exam);

extern void ScheduleCheckWindow(const ScheduleWindow *window, Findings *findings);
extern void ScheduleCheckOwner(const ScheduleOwner *owner, Findings *findings);
extern void ScheduleCheckHierarchy(const ScheduleHierarchy *hierarchy, Findings *findings);
extern void ScheduleCheckProctoru(const ScheduleExam *exam, const Security *own, Findings *findings);

#endif							/* PROCTORLINK_SCHEDULE_RULES_H */
