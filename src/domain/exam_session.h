/*
 * domain/exam_session.h
 *		One person's sitting of an exam: its status.
 */
#ifndef PROCTORLINK_EXAM_SESSION_H
#define PROCTORLINK_EXAM_SESSION_H

#include "core/jsonb_read.h"
#include "utils/uuid.h"

/* Statuses of sessions that have not begun, and of those not even booked, as lists of SQL. */
#define SESSION_NOT_BEGUN \
	"('{Needs Proctor,Pending Approval,Approval Denied,Scheduled,Onboarding,Checked In}'::pg_catalog.text[])"
#define SESSION_NOT_BOOKED \
	"('{Needs Proctor,Pending Approval,Approval Denied}'::pg_catalog.text[])"

/*
 * When a session s may be sat: in the window of its schedule c; without one, while
 * its own configuration o, else the exam's primary one p, gives access. Null
 * where there is none of these, so that nothing keeps it from being sat. $1 is
 * the install.
 */
#define JOIN_SESSION_WINDOW \
	" LEFT JOIN proctorlink.schedule c ON c.install_id" EQ "$1 AND c.schedule_id" EQ "s.schedule_id" \
	" LEFT JOIN proctorlink.exam_configuration o ON o.install_id" EQ "$1" \
	" AND o.exam_configuration_id" EQ "s.exam_configuration_id" \
	" LEFT JOIN proctorlink.exam_configuration p ON p.install_id" EQ "$1 AND p.exam_id" EQ "s.exam_id" \
	" AND p.type" EQ "'primary'"
#define SESSION_OPENS \
	"CASE WHEN s.schedule_id IS NULL THEN coalesce(o.access_opens_at, p.access_opens_at) ELSE c.starts_at END"
#define SESSION_CLOSES \
	"CASE WHEN s.schedule_id IS NULL THEN coalesce(o.access_closes_at, p.access_closes_at) ELSE c.ends_at END"

/* The status_reason of a session whose person was taken off its schedule. */
#define REASON_OFF_SCHEDULE "removed-from-schedule"

/* Every status, in the order in which a session may go through them. */
extern const Words sessionStatusWords;

extern bool SessionStatusAllowed(Text from, Text to);
extern char *SessionWays(Text from);

/*
 * How many attempts the configuration, else the exam's primary one, else the exam
 * allows, as arguments of coalesce; x is the exam of the install $1. An exam of
 * which nothing says so is not limited (AllowedNumberOfAttempts null).
 */
#define ATTEMPTS_WITHOUT_SCHEDULE(configuration) \
	"(SELECT c.attempts FROM proctorlink.exam_configuration c" \
	" WHERE c.install_id" EQ "$1 AND c.exam_configuration_id" EQ configuration ")," \
	" (SELECT c.attempts FROM proctorlink.exam_configuration c" \
	" WHERE c.install_id" EQ "$1 AND c.exam_id" EQ "x.exam_id AND c.type" EQ "'primary')," \
	" x.attempts, 2147483647"

/* What became of a session that was to get a status. */
typedef enum StatusChange
{
	STATUS_OF_NOBODY,			/* there is no such session */
	STATUS_THE_SAME,
	STATUS_NOT_ALLOWED,			/* it may not go there */
	STATUS_CHANGED
} StatusChange;

/* exam_session_status.c */
extern void SessionCheckStatus(Text status);
extern StatusChange SessionSetStatus(const pg_uuid_t *install, const pg_uuid_t *session, Text status, Text reason,
									 bool asOwner, Text *from);
extern void SessionStatusEvent(const pg_uuid_t *install, const pg_uuid_t *session, Text from, Text to);
extern uint64 SessionsWritten(void);
extern void SessionsForget(uint64 written);
extern void SessionsAdd(uint64 written);
extern bool SessionHasNotBegun(Text status);
extern bool SessionIsNotBooked(Text status);

#endif							/* PROCTORLINK_EXAM_SESSION_H */
