/*
 * eapi/seated.h
 *		Candidates that were put on a schedule, and the answer that gives each a
 *		link.
 */
#ifndef PROCTORLINK_EAPI_SEATED_H
#define PROCTORLINK_EAPI_SEATED_H

#include "eapi/schedule_plan.h"

extern bool SeatPeople(EapiCall *call, const pg_uuid_t *exam, const pg_uuid_t *schedule, const Person *people,
					   Seat *seats, int count);
extern void SeatedAnswer(EapiCall *call, const char *result, const CandidateRequests *candidates,
						 const Person *people, const Seat *seats);
extern void SeatedContent(EapiCall *call);

#endif							/* PROCTORLINK_EAPI_SEATED_H */
