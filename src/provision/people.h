/*
 * provision/people.h
 *		People whom a vendor's door puts in, through the engine of
 *		batch_provision.
 */
#ifndef PROCTORLINK_PEOPLE_H
#define PROCTORLINK_PEOPLE_H

#include "provision/item.h"

/* What the door's payload calls what it says of a person; NULL: nothing of the kind stands there. */
typedef struct PersonMembers
{
	const char *candidateExtId;
	const char *username;
	const char *firstName;
	const char *lastName;
	const char *email;
	const char *specialNeeds;
	const char *adjustment;
	const char *role;
} PersonMembers;

/*
 * A person as the door has read them: texts have the form that the readers of
 * core/jsonb_read.h ask for, and a percentage is more than 0. What is absent
 * leaves a person who is there as they are.
 */
typedef struct Person
{
	Text		candidateExtId; /* absent: always a new person, called by the
								 * sid */
	Text		username;		/* not given: a new person's is the
								 * candidate_ext_id */
	Text		firstName;
	Text		lastName;
	Text		email;			/* null: none */
	Text		timeZone;
	BoolField	specialNeeds;	/* null: false */
	IntField	adjustment;		/* percentage of extra time; null: none */
	Text		role;			/* title; not given: a new person's is the
								 * install's default */
	const Path *path;			/* of the person in the payload */
	const PersonMembers *members;	/* below it */

	/* What came of it. */
	pg_uuid_t	account;
	bool		hasAccount;		/* false for one who is not there, nor was
								 * made */
	Outcome		outcome;
} Person;

extern bool PeoplePut(const Install *install, const pg_uuid_t *hierarchy, Person *people, int count, bool judgeOnly,
					  Problems *problems);

#endif							/* PROCTORLINK_PEOPLE_H */
