/*
 * proctoru/student.h
 *		Test-takers: who they are here.
 */
#ifndef PROCTORLINK_PROCTORU_STUDENT_H
#define PROCTORLINK_PROCTORU_STUDENT_H

#include "domain/provider_account.h"
#include "proctoru/answer.h"

/* A test-taker as sent. */
typedef struct StudentRequest
{
	Text		userId;
	Text		studentId;
	Text		firstName;
	Text		lastName;
	Text		email;
	Text		timeZoneId;
	Text		timeZone;		/* the IANA zone that it is */
} StudentRequest;

extern bool StudentIsAnothers(ProctoruCall *call, const StudentRequest *request);

/* Who is booked. */
typedef struct Student
{
	pg_uuid_t	account;
	bool		isNew;			/* made by this call */
	bool		hasNeeds;		/* special ones */
	bool		isHeld;			/* they and the integration are locked, and
								 * nobody else's code runs in between */
} Student;

extern bool StudentPut(ProctoruCall *call, const StudentRequest *request, Student *student);
extern bool StudentFind(ProctoruCall *call, Text userId, Text studentId, bool readOnly, ProviderAccount *student);

#endif							/* PROCTORLINK_PROCTORU_STUDENT_H */
