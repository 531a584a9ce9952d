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

/*
 * How many attempts the configuration, else the exam's primary one, else the exam
 * allows, as arguments of coalesce; x is the exam of the install $1.
 */
#define ATTEMPTS_WITHOUT_SCHEDULE(configuration) \
	"(SELECT c.attempts FROM proctorlink.exam_configuration c" \
	" WHERE c.install_id" EQ "$1 AND c.exam_configuration_id" EQ configuration ")," \
	" (SELECT c.attempts FROM proctorlink.exam_configuration c" \
	" WHERE c.install_id" EQ "$1 AND c.exam_id" EQ "x.exam_id AND c.type" EQ "'primary')," \
	" x.attempts, 1"

extern bool SessionHasNotBegun(Text status);
extern bool SessionIsNotBooked(Text status);

#endif							/* PROCTORLINK_EXAM_SESSION_H */
