/*
 * provision/resolve.h
 *		The rows that items name, in memory.
 */
#ifndef PROCTORLINK_RESOLVE_H
#define PROCTORLINK_RESOLVE_H

#include "provision/item.h"

/* Kinds of keys by which rows are found in memory. */
typedef enum KeyKind
{
	KEY_COURSE_SID,
	KEY_COURSE_API,
	KEY_COURSE_LMS,
	KEY_COURSE_EXTERNAL,
	KEY_ACCOUNT_SID,
	KEY_ACCOUNT_API,
	KEY_ACCOUNT_LMS,
	KEY_ACCOUNT_EXTERNAL,		/* candidate_ext_id, given or defaulted */
	KEY_ACCOUNT_USERNAME,		/* where it differs from candidate_ext_id */
	KEY_EXAM_SID,
	KEY_EXAM_EXTERNAL,
	KEY_ENROLLMENT,
	KEY_ROLE,					/* by title; who asks wants to know whether it
								 * is there */
	KEY_ERASED_CANDIDATE,		/* ids of people who were erased */
	KEY_ERASED_API,
	KEY_ERASED_LMS
} KeyKind;

typedef struct RowList
{
	int			count;
	int			room;
	void	  **list;
} RowList;

struct ids_hash;

/* An enrollment by the keys of account and course in the database. */
typedef struct EnrollmentIds
{
	pg_uuid_t	account;
	pg_uuid_t	course;
} EnrollmentIds;

/* What one go of resolve, apply and flush works on. */
typedef struct Resolution
{
	MemoryContext context;
	const Install *install;
	bool		people;			/* accounts have their PersonColumns */
	const pg_uuid_t *hierarchy; /* for people who have none; or NULL */
	struct ids_hash *index;
	RowList		courses;
	RowList		accounts;
	RowList		enrollments;
	RowList		exams;
	RowList		configurations;
	int			integrationCount;
	Integration *integrations;
	bool		askedErased;	/* whether new ids are an erased person's */
	uint64		digest;			/* of what was found: the same again means no
								 * race */
	int			upTo;			/* the item that apply came to */
	RowList		missing;		/* EnrollmentIds that apply wants looked for */
} Resolution;

extern Resolution *Resolve(const Batch *batch, int from, int to, bool careful, const RowList *alsoEnrollments,
						   MemoryContext context);

extern void ResolutionFree(Resolution *resolution);
extern Text SidKey(const pg_uuid_t *id);
extern void *RowFind(const Resolution *resolution, KeyKind kind, Text key);
extern void RowRegister(Resolution *resolution, KeyKind kind, Text key, void *row);
extern void *RowByAny(const Resolution *resolution, KeyKind first, const Ids *ids);
extern EnrollmentRow *EnrollmentFind(const Resolution *resolution, AccountRow *account, CourseRow *course);
extern EnrollmentRow *EnrollmentExpect(Resolution *resolution, AccountRow *account, CourseRow *course);
extern bool AnyoneNewIsErased(const Resolution *resolution);
extern void RowListAdd(RowList *rows, void *row);

#endif							/* PROCTORLINK_RESOLVE_H */
