/*
 * provision/item.h
 *		What a call of batch_provision brings, and the rows that it names.
 *
 * read makes a Batch of items; resolve finds the rows; apply decides; flush
 * writes; report answers. Texts of items point into the payload, texts of rows
 * to copies of what the look-ups found or into items.
 */
#ifndef PROCTORLINK_ITEM_H
#define PROCTORLINK_ITEM_H

#include "core/jsonb_read.h"
#include "core/sid.h"
#include "domain/install.h"
#include "domain/integration.h"

/* What became of a block. */
typedef enum Outcome
{
	OUTCOME_NONE = 0,
	OUTCOME_CREATED,
	OUTCOME_FOUND,
	OUTCOME_UPDATED
} Outcome;

/* A sid as it was sent. */
typedef struct SidField
{
	pg_uuid_t	id;
	uint8		presence;
	uint8		form;			/* a SidForm, when given */
} SidField;

/* The ids of a course, person or exam (which has no api or lms). */
typedef struct Ids
{
	Text		api;
	Text		lms;
	Text		external;
	SidField	sid;
	bool		present;
} Ids;

typedef struct CourseBlock
{
	Ids			ids;
	Text		title;
	Text		code;
	bool		bare;			/* nothing but ids: a reference */
} CourseBlock;

typedef struct UserBlock
{
	Ids			ids;
	Text		firstName;
	Text		lastName;
	Text		email;
	Text		currencyCode;
	Text		timeZone;
	bool		bare;
	const struct Person *person;	/* as a vendor's door sent them, which
									 * says more; or NULL */
} UserBlock;

typedef struct EnrollmentBlock
{
	IntField	role;			/* place in enrollmentRoles */
	IntField	status;			/* place in enrollmentStatuses */
} EnrollmentBlock;

typedef struct ConfigurationBlock
{
	Text		api;
	IntField	type;			/* place in configurationTypes */
	Text		url;
	TimeField	opens;
	TimeField	closes;
	TimeField	schedulingOpens;
	TimeField	schedulingCloses;
	IntField	duration;
	Text		password;
	IntField	attempts;
	Text		studentNotes;
	Text		proctorNotes;
	JsonField	proctorTypes;
	JsonField	permittedItems;
	bool		bare;
} ConfigurationBlock;

typedef struct ExamBlock
{
	Ids			ids;
	Text		title;
	Text		description;
	IntField	type;			/* place in examTypes */
	BoolField	practice;
	BoolField	limitedScope;
	Text		deliverySystem;
	ConfigurationBlock *configuration;
	bool		bare;
} ExamBlock;

typedef struct SignonBlock
{
	SidField	integration;
	IntField	expiresIn;		/* seconds */
} SignonBlock;

/* Rows. A new one gets its id in flush; a changed one is written there. */
typedef struct Row
{
	pg_uuid_t	id;
	TransactionId xmin;			/* of the version that was found */
	bool		isNew;
	bool		changed;
} Row;

typedef struct CourseRow
{
	Row			row;
	bool		learnersGained; /* by this go */
	bool		learnersLost;
	int			expected;		/* people who are looked for in it, while that
								 * is done */
	int			nextExpected;
	Text		external;
	Text		api;
	Text		lms;
	Text		title;
	Text		code;
} CourseRow;

/* Columns of an account that the vendors' doors alone read and set. */
typedef struct PersonColumns
{
	bool		specialNeeds;
	bool		hasHierarchy;
	IntField	adjustment;
	pg_uuid_t	hierarchy;
	Text		role;
} PersonColumns;

typedef struct AccountRow
{
	Row			row;
	bool		defaulted;		/* candidate_ext_id was made here */
	bool		sidAsId;		/* a new one whose candidate_ext_id will be
								 * its sid */
	Text		candidateExtId;
	Text		username;
	Text		api;
	Text		lms;
	Text		firstName;
	Text		lastName;
	Text		email;
	Text		currencyCode;
	Text		timeZone;
	Text		status;
	PersonColumns *person;		/* NULL where nobody asked for them */
} AccountRow;

typedef struct EnrollmentKey
{
	AccountRow *account;
	CourseRow  *course;
} EnrollmentKey;

typedef struct EnrollmentRow
{
	Row			row;
	EnrollmentKey key;
	bool		exists;			/* false: looked for and not there, nor made
								 * yet */
	int8		role;
	int8		status;
} EnrollmentRow;

typedef struct ConfigurationRow
{
	Row			row;
	struct ConfigurationRow *next;	/* of the same exam */
	bool		secretChanged;
	int8		type;
	int32		duration;
	int32		attempts;
	struct ExamRow *exam;
	Text		api;
	Text		url;
	Text		studentNotes;
	Text		proctorNotes;
	Text		password;
	TimeField	opens;
	TimeField	closes;
	TimeField	schedulingOpens;
	TimeField	schedulingCloses;
	JsonField	proctorTypes;
	JsonField	permittedItems;
} ConfigurationRow;

typedef struct ExamRow
{
	Row			row;
	bool		practice;
	bool		limitedScope;
	bool		scopeGiven;		/* opened, closed or made by this go */
	int8		type;
	bool		hasCourseId;
	pg_uuid_t	courseId;		/* as found */
	CourseRow  *course;			/* as this batch names it */
	Text		external;
	Text		title;
	Text		description;
	Text		deliverySystem;
	ConfigurationRow *configurations;
} ExamRow;

/* The blocks of an item that rows answer to. */
typedef enum ItemBlock
{
	BLOCK_COURSE,
	BLOCK_USER,
	BLOCK_ENROLLMENT,
	BLOCK_EXAM,
	BLOCK_CONFIGURATION
} ItemBlock;

#define BLOCKS 5

typedef struct BatchItem
{
	CourseBlock *course;
	UserBlock  *user;
	EnrollmentBlock *enrollment;
	ExamBlock  *exam;
	SignonBlock *signon;
	Problems   *problems;		/* NULL: none */
	Problems   *readProblems;	/* those that read found, which stay */
	int32		problemBytes;	/* of those that this go found, roughly */

	/* What apply decided; the rows are there until their keys are kept. */
	const Integration *integration;
	uint8		outcomes[BLOCKS];
	bool		enrollmentEnded;	/* an active one became removed */
	bool		hasKey[BLOCKS]; /* not of what a dry run would make */
	union
	{
		Row		   *row;
		pg_uuid_t	key;
	}			blocks[BLOCKS];
} BatchItem;

typedef enum BatchForm
{
	FORM_OBJECT = 1,			/* SmarterProctoring's own */
	FORM_ARRAY,
	FORM_BATCH,
	FORM_PEOPLE					/* people of a vendor's door, not read from a
								 * payload of ours */
} BatchForm;

typedef struct Complete
{
	bool		present;
	int			courseCount;
	Ids		   *courses;
	IntField	maxRemoved;

	/* What came of it. */
	bool		done;
	int			wouldRemove;
	const char *detail;
} Complete;

typedef struct Batch
{
	BatchForm	form;
	Text		installSid;
	Text		key;
	bool		atomic;
	bool		dryRun;
	bool		judgeOnly;		/* a dry run, or an atomic batch that has
								 * failed */
	bool		allJudged;		/* of the latter, the rest too */
	Complete	complete;
	int			itemCount;
	BatchItem  *items;
	bool		anySignon;
	int64		problemBytes;	/* of all items, roughly */
	int64		linkBytes;		/* of sign-on links, up to an item */
	int			linksCounted;
	int			waits;			/* items that had to wait for those before
								 * them */
	struct Resolution *judged;	/* by a dry run, for complete */
	const pg_uuid_t *hierarchy; /* for people who have none; or NULL */
	Install		install;

	/* What is told of the batch. */
	pg_uuid_t	id;
	bool		hasId;
	const char *status;
	int			succeeded;
	int			failed;
	int			created;
	int			updated;
	int			found;
	int			removed;
} Batch;

extern const char *const enrollmentRoles[3];
extern const char *const enrollmentStatuses[2];
extern const char *const examTypes[2];
extern const char *const configurationTypes[2];

#define ROLE_LEARNER 0
#define STATUS_ACTIVE 0
#define STATUS_REMOVED 1
#define TYPE_ONLINE 0
#define TYPE_WRITTEN 1
#define TYPE_PRIMARY 0
#define TYPE_ACCOMMODATION 1

/* read.c */
extern void BatchRead(Jsonb *payload, Batch *batch);
extern void ItemRefuse(Batch *batch, BatchItem *item, Problems *problems);

#endif							/* PROCTORLINK_ITEM_H */
