/*
 * provision/item_plan.h
 *		What an item is about to do, and what the parts of apply offer each
 *		other.
 */
#ifndef PROCTORLINK_ITEM_PLAN_H
#define PROCTORLINK_ITEM_PLAN_H

#include "provision/resolve.h"

/* An id of a block, and where rows are found by it. */
typedef struct IdUse
{
	KeyKind		kind;
	const char *name;
	Text		value;
	Text	   *field;			/* of the row, where a new id goes */
} IdUse;

/* What an item is about to do. */
typedef struct ItemPlan
{
	BatchItem  *item;
	Problems   *problems;
	CourseRow  *course;			/* NULL with a block: will be made */
	AccountRow *account;
	ExamRow    *exam;
	ConfigurationRow *configuration;
	EnrollmentRow *enrollment;
	const Integration *integration;

	/*
	 * A new person's candidate_ext_id, or the one that replaces a defaulted
	 * one.
	 */
	Text		candidateExtId;
	bool		defaulted;
	bool		sidAsId;
	bool		replacesDefaulted;
} ItemPlan;

/* match.c */
extern void *FindByIds(const Resolution *resolution, KeyKind sidKind, const Ids *ids, const IdUse *uses, int count,
					   const Path *path, Problems *problems);
extern void CheckReplaced(const IdUse *uses, int count, const Path *path, Problems *problems);
extern bool AddIds(Resolution *resolution, const IdUse *uses, int count, void *row);
extern void NotFound(const Path *path, const char *what, Problems *problems);
extern bool SetText(Text *field, Text sent);

/* apply_person.c */
extern void CheckStatus(const AccountRow *account, bool mustBeActive, const Path *path, Problems *problems);
extern void CheckErased(const Resolution *resolution, const UserBlock *block, Problems *problems);
extern void PlanPerson(const Resolution *resolution, ItemPlan *plan);
extern bool DoPerson(Resolution *resolution, const ItemPlan *plan, AccountRow *account);

/* apply_exam.c */
extern void PlanExam(const Resolution *resolution, ItemPlan *plan);
extern bool GivesScope(const ItemPlan *plan, bool *opens);
extern void DoExam(Resolution *resolution, ItemPlan *plan);
extern void DoConfiguration(Resolution *resolution, ItemPlan *plan);

#endif							/* PROCTORLINK_ITEM_PLAN_H */
