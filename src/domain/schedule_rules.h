/*
 * domain/schedule_rules.h
 *		The rules of a schedule, over plain facts that whoever asks has fetched.
 */
#ifndef PROCTORLINK_SCHEDULE_RULES_H
#define PROCTORLINK_SCHEDULE_RULES_H

#include "core/jsonb_read.h"
#include "domain/finding.h"
#include "utils/uuid.h"

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
	bool		isAccommodation;	/* longer, for those eligible of the plain
									 * exam */
	pg_uuid_t	plain;			/* of an accommodation exam: that exam */
	Text		twin;			/* of a plain exam: the external id of its
								 * accommodation exam, where somebody asked */
} ScheduleExam;

/* Somebody who is to be put on a schedule, as they will be then. */
typedef struct ScheduleCandidate
{
	Text		externalId;
	bool		specialNeeds;
	IntField	percentage;		/* of extra time */
	bool		entered;		/* by allow_accommodation, for the exam or its
								 * plain one */
} ScheduleCandidate;

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

/* The accommodation exam of a plain exam $2: where there are several, the one that can be sat and was made first. */
#define SELECT_TWIN \
	"SELECT x.external_id FROM proctorlink.exam x WHERE x.install_id" EQ "$1 AND x.accommodation_for" EQ "$2" \
	" AND x.external_id IS NOT NULL ORDER BY x.published DESC, x.created_at, x.exam_id LIMIT 1"

/* Minutes after duration and extra time at which a schedule ends where nobody says when. */
#define SCHEDULE_SLACK_MINUTES 60

extern TimestampTz ScheduleDefaultEnd(const ScheduleWindow *window);
extern int	PersonExtraTime(bool specialNeeds, IntField percentage, const ScheduleExam *exam);

extern const char *ScheduleWindowBreaks(const ScheduleWindow *window);
extern void ScheduleCheckWindow(const ScheduleWindow *window, Findings *findings);
extern void ScheduleCheckOwner(const ScheduleOwner *owner, Findings *findings);
extern void ScheduleCheckHierarchy(const ScheduleHierarchy *hierarchy, Findings *findings);
extern void ScheduleCheckProctoru(const ScheduleExam *exam, const Security *own, Findings *findings);
extern void ScheduleCheckExtraTime(const ScheduleCandidate *candidate, const ScheduleExam *exam, Findings *findings);
extern void ScheduleCheckEligible(const ScheduleCandidate *candidate, const ScheduleExam *exam, Findings *findings);

#endif							/* PROCTORLINK_SCHEDULE_RULES_H */
