/*
 * provision/seat.h
 *		People's places on a schedule: which session of theirs sits in it.
 */
#ifndef PROCTORLINK_SEAT_H
#define PROCTORLINK_SEAT_H

#include "core/problems.h"
#include "datatype/timestamp.h"
#include "utils/uuid.h"

typedef enum SeatResult
{
	SEAT_THERE,					/* has a live session on the schedule */
	SEAT_TAKEN,					/* an open session of the exam goes to it */
	SEAT_MADE					/* a new session */
} SeatResult;

/* What a new session is booked with. */
typedef struct SeatBooking
{
	TimestampTz appointment;
	pg_uuid_t	integration;
	Text		reservationId;
	int64		reservationNo;
	bool		isHeld;			/* person, exam, schedule and integration are
								 * locked, or made by this transaction */
	bool		isForAll;		/* besides, the exam is no accommodation exam,
								 * and the person is active and has no special
								 * needs */
} SeatBooking;

/* One person's place. Nobody stands twice in a list of seats. */
typedef struct Seat
{
	bool		hasAccount;		/* false: a person who is still to be made */
	pg_uuid_t	account;
	bool		isNew;			/* made by this transaction */
	Text		attemptExtId;	/* absent leaves it as it is */
	const Path *path;			/* of the person, for what is wrong */
	const SeatBooking *booking; /* of a seat that is taken alone; NULL: none */

	/* What came of it. */
	SeatResult	result;
	pg_uuid_t	session;
	int			attempt;		/* the last one of all of the person's */
	int			sessionAttempt; /* of the session that was there */
	bool		hasConfiguration;	/* that session, of its own */
	pg_uuid_t	configuration;
	Text		closedBy;		/* the status from which it may not be
								 * scheduled; only while it is decided */
	int			linkVersion;
	bool		renamed;		/* its attempt_ext_id is another one */
	bool		isBooked;		/* with its booking; else that is for the
								 * caller to write */
} Seat;

extern void SeatsFind(const pg_uuid_t *install, const pg_uuid_t *exam, const pg_uuid_t *schedule,
					  Seat *seats, int count, bool readOnly, Problems *problems);
extern bool SeatsTake(const pg_uuid_t *install, const pg_uuid_t *exam, const pg_uuid_t *schedule,
					  Seat *seats, int count, Problems *problems);

#endif							/* PROCTORLINK_SEAT_H */
