/*
 * domain/exam_session.h
 *		One person's sitting of an exam: its status.
 */
#ifndef PROCTORLINK_EXAM_SESSION_H
#define PROCTORLINK_EXAM_SESSION_H

#include "core/text.h"

/* Statuses of sessions that have not begun, and of those not even booked, as lists of SQL. */
#define SESSION_NOT_BEGUN \
	"('{Needs Proctor,Pending Approval,Approval Denied,Scheduled,Onboarding,Checked In}'::pg_catalog.text[])"
#define SESSION_NOT_BOOKED \
	"('{Needs Proctor,Pending Approval,Approval Denied}'::pg_catalog.text[])"

extern bool SessionHasNotBegun(Text status);
extern bool SessionIsNotBooked(Text status);

#endif							/* PROCTORLINK_EXAM_SESSION_H */
