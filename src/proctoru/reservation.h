/*
 * proctoru/reservation.h
 *		Reservations: booked sessions, and their numbers.
 */
#ifndef PROCTORLINK_PROCTORU_RESERVATION_H
#define PROCTORLINK_PROCTORU_RESERVATION_H

#include "domain/schedule_rules.h"
#include "proctoru/student.h"

/* Answers that several calls give. */
#define RESERVATION_NOT_FOUND "Reservation Not found"
#define RESERVATION_PAST "start_date in the past"

typedef struct Reservation
{
	pg_uuid_t	session;
	pg_uuid_t	account;
	bool		ours;			/* the calling institution's */
	Text		status;
	int			linkVersion;
	Text		reservationId;
	int64		reservationNo;	/* 0: none */
	bool		hasSchedule;
	pg_uuid_t	schedule;
	pg_uuid_t	exam;
	TimeField	appointment;
	ScheduleWindow window;		/* of the schedule */
} Reservation;

/* What calls about a reservation name it and its person by. */
typedef struct ReservationRequest
{
	Text		userId;
	Text		studentId;
	Text		reservationId;
	NumberField reservationNo;
	NumberField newReservationNo;
	Text		explanation;
	TimeField	start;
	TimeField	active;
	TimeField	end;
} ReservationRequest;

extern bool ReservationById(ProctoruCall *call, Text reservationId, Reservation *reservation);
extern bool ReservationFind(ProctoruCall *call, const ReservationRequest *request, Reservation *reservation);
extern bool ReservationHasNumber(ProctoruCall *call, const Reservation *reservation, int64 number);
extern bool ReservationNumber(ProctoruCall *call, NumberField sent, int64 *number);
extern void ReservationKeepsNumber(ProctoruCall *call, int64 number);
extern void ReservationAnswer(ProctoruCall *call, const pg_uuid_t *session, int linkVersion, Text reservationId,
							  int64 number);
extern void ReservationEvents(ProctoruCall *call, const char *kind, const pg_uuid_t *session, const char *scheduleKind,
							  const pg_uuid_t *schedule);
extern Text ReservationUrl(ProctoruCall *call, const pg_uuid_t *session, int linkVersion);

/* reservation_move.c */
extern bool StartIsInWindow(ProctoruCall *call, TimeField start, TimeField active, TimeField end);
extern bool WindowOf(ProctoruCall *call, TimeField start, TimeField active, TimeField end, ScheduleWindow *window,
					 Findings *findings);
extern void ReservationMove(ProctoruCall *call, const ReservationRequest *request, const Reservation *reservation);

#endif							/* PROCTORLINK_PROCTORU_RESERVATION_H */
