/*
 * domain/sitting.h
 *		Whether a person can sit a session now, over plain facts that whoever asks
 *		has fetched.
 */
#ifndef PROCTORLINK_SITTING_H
#define PROCTORLINK_SITTING_H

#include "core/jsonb_read.h"
#include "domain/finding.h"

typedef struct SittingFacts
{
	Text		accountStatus;
	Text		status;			/* of the session */
	bool		onSchedule;
	Text		schedule;		/* its external id */
	bool		activated;
	TimeField	opens;			/* the window; null: nothing bounds it */
	TimeField	closes;
} SittingFacts;

extern void SittingCheckAccount(const SittingFacts *facts, Findings *findings);
extern void SittingCheckStatus(const SittingFacts *facts, Findings *findings);
extern void SittingCheckTime(const SittingFacts *facts, TimestampTz now, Findings *findings);

#endif							/* PROCTORLINK_SITTING_H */
