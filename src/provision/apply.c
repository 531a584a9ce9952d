/*
 * provision/apply.c
 *		The third step: the items, one by one, on the rows in memory. No
 *		database.
 *
 * An item is decided whole before any of it is done, so that a refused one
 * leaves nothing behind for those after it. Exams are in apply_exam.c, what the
 * vendors' doors say of a person in apply_person.c.
 */
#include "provision/apply.h"

#include "miscadmin.h"
#include "provision/item_plan.h"
#include "provision/people.h"

/* CourseUses lists the ids of a course block against a row, or against nothing. */
static int
CourseUses(const CourseBlock *block, CourseRow *row, IdUse *uses)
{
	static CourseRow none;

	row = row != NULL ? row : &none;
	uses[0] = (IdUse)
	{
		KEY_COURSE_API, "api", block->ids.api, &row->api
	};
	uses[1] = (IdUse)
	{
		KEY_COURSE_LMS, "lms", block->ids.lms, &row->lms
	};
	uses[2] = (IdUse)
	{
		KEY_COURSE_EXTERNAL, "external", block->ids.external, &row->external
	};
	return 3;
}

/* CourseNamed finds the course that ids mean, which is all that complete wants to know. */
CourseRow *
CourseNamed(const Resolution *resolution, const Ids *ids, const Path *path, Problems *problems)
{
	CourseBlock block = {.ids = *ids,.bare = true};
	IdUse		uses[3];

	return FindByIds(resolution, KEY_COURSE_SID, ids, uses, CourseUses(&block, NULL, uses), path, problems);
}

/* PlanCourse finds the course of an item. */
static void
PlanCourse(const Resolution *resolution, ItemPlan *plan)
{
	const CourseBlock *block = plan->item->course;
	Path		path = PATH_KEY(NULL, "course");
	int			before = plan->problems->count;
	IdUse		uses[3];
	int			count = CourseUses(block, NULL, uses);

	plan->course = FindByIds(resolution, KEY_COURSE_SID, &block->ids, uses, count, &PATH_KEY(&path, "ids"), plan->problems);
	if (plan->problems->count > before)
		return;
	if (plan->course != NULL)
		CheckReplaced(uses, CourseUses(block, plan->course, uses), &path, plan->problems);
	else if (block->bare)
		NotFound(&path, "course", plan->problems);
}

/* DoCourse makes or changes the course of an item. */
static void
DoCourse(Resolution *resolution, ItemPlan *plan)
{
	const CourseBlock *block = plan->item->course;
	CourseRow  *course = plan->course;
	IdUse		uses[3];
	bool		changed;

	if (course == NULL)
	{
		course = plan->course = palloc0(sizeof(CourseRow));
		course->row.isNew = true;
		RowListAdd(&resolution->courses, course);
	}
	changed = AddIds(resolution, uses, CourseUses(block, course, uses), course);
	changed |= SetText(&course->title, block->title);
	changed |= SetText(&course->code, block->code);
	plan->item->blocks[BLOCK_COURSE].row = &course->row;
	plan->item->outcomes[BLOCK_COURSE] = changed ? OUTCOME_UPDATED : OUTCOME_FOUND;
	course->row.changed |= changed;
}

/* AccountUses lists the ids of a user block but the external one, which has rules of its own. */
static int
AccountUses(const UserBlock *block, AccountRow *row, IdUse *uses)
{
	static AccountRow none;

	row = row != NULL ? row : &none;
	uses[0] = (IdUse)
	{
		KEY_ACCOUNT_API, "api", block->ids.api, &row->api
	};
	uses[1] = (IdUse)
	{
		KEY_ACCOUNT_LMS, "lms", block->ids.lms, &row->lms
	};
	uses[2] = (IdUse)
	{
		KEY_ACCOUNT_EXTERNAL, "external", block->ids.external, &row->candidateExtId
	};
	return 3;
}

/*
 * CheckExternalFree notes when an external id cannot become a person's: it
 * stands in for another's, or is another's username. self may be NULL.
 */
static void
CheckExternalFree(const Resolution *resolution, Text external, const AccountRow *self, bool asUsername,
				  Problems *problems)
{
	Path		user = PATH_KEY(NULL, "user");
	Path		ids = PATH_KEY(&user, "ids");
	Path		path = PATH_KEY(&ids, "external");
	const AccountRow *holder = RowFind(resolution, KEY_ACCOUNT_EXTERNAL, external);
	const AccountRow *named = RowFind(resolution, KEY_ACCOUNT_USERNAME, external);

	if (holder != NULL && holder != self)
		ProblemAdd(problems, CODE_CONFLICT, "conflict", "Give that person an external id of their own first.",
				   &path, "stands in for the external id of another person");
	else if (asUsername && named != NULL && named != self)
		ProblemAdd(problems, CODE_CONFLICT, "conflict", "Rename that person, or use another id.",
				   &path, "is the username of another person");
}

/* IsFree tells whether an id can stand in for one that was not given. */
static bool
IsFree(const Resolution *resolution, Text id)
{
	return id.presence == GIVEN &&
		RowFind(resolution, KEY_ACCOUNT_EXTERNAL, id) == NULL &&
		RowFind(resolution, KEY_ACCOUNT_USERNAME, id) == NULL;
}

/* GivesUsername tells whether a person comes with a username, which then does not follow the external id. */
static bool
GivesUsername(const UserBlock *block)
{
	return block->person != NULL && block->person->username.presence == GIVEN;
}

/* PlanNewAccount decides how a new person is called: as given, else by the api id, else the lms id, else the sid. */
static void
PlanNewAccount(const Resolution *resolution, ItemPlan *plan)
{
	const UserBlock *block = plan->item->user;
	const Ids  *ids = &block->ids;

	plan->defaulted = ids->external.presence != GIVEN;
	if (!plan->defaulted)
	{
		plan->candidateExtId = ids->external;
		CheckExternalFree(resolution, ids->external, NULL, !GivesUsername(block), plan->problems);
	}
	else if (IsFree(resolution, ids->api))
		plan->candidateExtId = ids->api;
	else if (IsFree(resolution, ids->lms))
		plan->candidateExtId = ids->lms;
	else
		plan->sidAsId = true;
}

/* PlanAccount finds the person of an item. */
static void
PlanAccount(const Resolution *resolution, ItemPlan *plan)
{
	const UserBlock *block = plan->item->user;
	const Ids  *ids = &block->ids;
	Path		path = PATH_KEY(NULL, "user");
	int			before = plan->problems->count;
	IdUse		uses[3];
	int			count = AccountUses(block, NULL, uses);
	AccountRow *account;

	account = plan->account = FindByIds(resolution, KEY_ACCOUNT_SID, ids, uses, count, &PATH_KEY(&path, "ids"),
										plan->problems);
	if (plan->problems->count > before)
		return;
	if (account == NULL)
	{
		if (block->bare)
		{
			NotFound(&path, "user", plan->problems);
			return;
		}
		CheckErased(resolution, block, plan->problems);
		PlanNewAccount(resolution, plan);
		return;
	}
	CheckStatus(account, block->person != NULL, &path, plan->problems);
	CheckErased(resolution, block, plan->problems);
	if (plan->problems->count > before)
		return;

	/* An external id may take the place of one that stood in for it. */
	count = AccountUses(block, account, uses);
	CheckReplaced(uses, account->defaulted ? count - 1 : count, &path, plan->problems);
	if (account->defaulted && ids->external.presence == GIVEN)
	{
		plan->replacesDefaulted = true;
		plan->candidateExtId = ids->external;
		CheckExternalFree(resolution, ids->external, account,
						  account->sidAsId || TextEquals(account->username, account->candidateExtId), plan->problems);
	}
}

/* DoReplaceDefaulted gives a person the external id that another id stood in for, and the username with it. */
static void
DoReplaceDefaulted(Resolution *resolution, ItemPlan *plan, AccountRow *account)
{
	bool		nameFollows = account->sidAsId || TextEquals(account->username, account->candidateExtId);

	if (!account->sidAsId)
		RowRegister(resolution, KEY_ACCOUNT_EXTERNAL, account->candidateExtId, NULL);
	account->candidateExtId = plan->candidateExtId;
	account->defaulted = false;
	account->sidAsId = false;
	if (nameFollows)
		account->username = plan->candidateExtId;
	RowRegister(resolution, KEY_ACCOUNT_EXTERNAL, account->candidateExtId, account);
}

/* DoAccount makes or changes the person of an item. */
static void
DoAccount(Resolution *resolution, ItemPlan *plan)
{
	const UserBlock *block = plan->item->user;
	AccountRow *account = plan->account;
	IdUse		uses[3];
	bool		changed = false;

	if (account == NULL)
	{
		account = plan->account = palloc0(sizeof(AccountRow));
		account->row.isNew = true;
		account->defaulted = plan->defaulted;
		account->sidAsId = plan->sidAsId;
		account->candidateExtId = account->username = plan->candidateExtId;
		account->status = TextOf("active");
		RowRegister(resolution, KEY_ACCOUNT_EXTERNAL, account->candidateExtId, account);
		RowListAdd(&resolution->accounts, account);
	}
	else if (plan->replacesDefaulted)
	{
		DoReplaceDefaulted(resolution, plan, account);
		changed = true;
	}
	if (block->person != NULL)
		changed |= DoPerson(resolution, plan, account);
	AccountUses(block, account, uses);
	changed |= AddIds(resolution, uses, 2, account);
	changed |= SetText(&account->firstName, block->firstName);
	changed |= SetText(&account->lastName, block->lastName);
	changed |= SetText(&account->email, block->email);
	changed |= SetText(&account->currencyCode, block->currencyCode);
	changed |= SetText(&account->timeZone, block->timeZone);
	plan->item->blocks[BLOCK_USER].row = &account->row;
	plan->item->outcomes[BLOCK_USER] = changed ? OUTCOME_UPDATED : OUTCOME_FOUND;
	account->row.changed |= changed;
}

/* PlanEnrollment finds the person in the course, where both exist. */
static void
PlanEnrollment(Resolution *resolution, ItemPlan *plan)
{
	if (plan->account == NULL || plan->course == NULL)
		return;
	plan->enrollment = EnrollmentFind(resolution, plan->account, plan->course);
	if (plan->enrollment == NULL && !plan->account->row.isNew && !plan->course->row.isNew)
	{
		EnrollmentIds *ids = palloc(sizeof(EnrollmentIds));

		ids->account = plan->account->row.id;
		ids->course = plan->course->row.id;
		RowListAdd(&resolution->missing, ids);
	}
}

/* IsLearner tells whether a role and status give the right to sessions. */
static bool
IsLearner(int role, int status)
{
	return role == ROLE_LEARNER && status == STATUS_ACTIVE;
}

/*
 * DoEnrollment puts the person into the course. Whom an item names with a
 * course is in it, unless the item says removed; the role stays unless it is
 * sent.
 */
static void
DoEnrollment(Resolution *resolution, ItemPlan *plan)
{
	const EnrollmentBlock *block = plan->item->enrollment;
	EnrollmentRow *enrollment = plan->enrollment;
	int			status = block != NULL && block->status.presence == GIVEN ? block->status.value : STATUS_ACTIVE;
	int			role = ROLE_LEARNER;
	bool		changed;

	if (enrollment == NULL)
		enrollment = EnrollmentExpect(resolution, plan->account, plan->course);
	if (block != NULL && block->role.presence == GIVEN)
		role = block->role.value;
	else if (enrollment->exists && (block == NULL || block->role.presence == ABSENT))
		role = enrollment->role;

	if (IsLearner(role, status))
		plan->course->learnersGained |= !(enrollment->exists && IsLearner(enrollment->role, enrollment->status));
	else
		plan->course->learnersLost |= enrollment->exists && IsLearner(enrollment->role, enrollment->status);

	if (!enrollment->exists)
	{
		enrollment->exists = true;
		enrollment->row.isNew = true;
		enrollment->role = role;
		enrollment->status = status;
		RowListAdd(&resolution->enrollments, enrollment);
		plan->item->outcomes[BLOCK_ENROLLMENT] = OUTCOME_CREATED;
	}
	else
	{
		changed = enrollment->role != role || enrollment->status != status;
		plan->item->enrollmentEnded = enrollment->status == STATUS_ACTIVE && status == STATUS_REMOVED;
		enrollment->role = role;
		enrollment->status = status;
		enrollment->row.changed |= changed;
		plan->item->outcomes[BLOCK_ENROLLMENT] = changed ? OUTCOME_UPDATED : OUTCOME_FOUND;
	}
	plan->item->blocks[BLOCK_ENROLLMENT].row = &enrollment->row;
}

/* PlanSignon finds the integration that a sign-on link is asked for. */
static void
PlanSignon(const Resolution *resolution, ItemPlan *plan)
{
	const SidField *sid = &plan->item->signon->integration;
	Path		path = PATH_KEY(NULL, "signon");
	Path		step = PATH_KEY(&path, "integrationSid");

	for (int i = 0; i < resolution->integrationCount && plan->integration == NULL; i++)
		if (sid->form == SID_OURS && memcmp(&resolution->integrations[i].id, &sid->id, UUID_LEN) == 0)
			plan->integration = &resolution->integrations[i];
	if (plan->integration == NULL)
		ProblemAdd(plan->problems, CODE_NOT_FOUND, "not_found", NULL, &step, "no integration has this sid");
	else if (!plan->integration->active)
		ProblemAdd(plan->problems, CODE_CONFLICT, "not_allowed", NULL, &step, "the integration is not active");
	else if (plan->integration->signingKey.presence != GIVEN)
		ProblemAdd(plan->problems, CODE_CONFLICT, "not_allowed", "Give it one by rotate_signing_key.", &step,
				   "the integration has no signing key");
	if (plan->account != NULL && !TextIs(plan->account->status, "active"))
		ProblemAdd(plan->problems, CODE_CONFLICT, "not_allowed", NULL, &path, "the account is not active");
}

/* Made turns the outcome of a row that was just made into Created. */
static uint8
Made(uint8 outcome, bool wasThere)
{
	return wasThere ? outcome : OUTCOME_CREATED;
}

/* NoteNamed keeps whom a refused item names, since complete does not remove them. */
static void
NoteNamed(BatchItem *item, const Resolution *resolution)
{
	if (item->course != NULL)
		item->blocks[BLOCK_COURSE].row = RowByAny(resolution, KEY_COURSE_SID, &item->course->ids);
	if (item->user != NULL)
		item->blocks[BLOCK_USER].row = RowByAny(resolution, KEY_ACCOUNT_SID, &item->user->ids);
}

/* CourseOfExam finds the course of an exam among the rows at hand; NULL when it is none of them. */
static CourseRow *
CourseOfExam(const Resolution *resolution, const ItemPlan *plan)
{
	if (plan->course != NULL)
		return plan->course;
	if (plan->exam == NULL)
		return NULL;
	if (plan->exam->course != NULL)
		return plan->exam->course;
	return plan->exam->hasCourseId ? RowFind(resolution, KEY_COURSE_SID, SidKey(&plan->exam->courseId)) : NULL;
}

/*
 * MustWait tells whether an item has to wait until those before it are written:
 * sessions follow from what is written, exams before enrollments, so an item
 * that takes back what one before it gave, or closes what one before it joined,
 * would leave other sessions behind than if it had come alone.
 */
static bool
MustWait(const Resolution *resolution, const ItemPlan *plan)
{
	const BatchItem *item = plan->item;
	const EnrollmentRow *enrollment = plan->enrollment;

	if (item->exam != NULL)
	{
		const CourseRow *course = CourseOfExam(resolution, plan);
		bool		opens;

		if (GivesScope(plan, &opens) &&
			((plan->exam != NULL && plan->exam->scopeGiven) ||
			 (course != NULL && (opens ? course->learnersLost : course->learnersGained))))
			return true;
	}
	if (enrollment != NULL && enrollment->exists && (enrollment->row.isNew || enrollment->row.changed))
	{
		const EnrollmentBlock *block = item->enrollment;
		int			status = block != NULL && block->status.presence == GIVEN ? block->status.value : STATUS_ACTIVE;
		int			role = enrollment->role;

		if (block != NULL && block->role.presence != ABSENT)
			role = block->role.presence == GIVEN ? block->role.value : ROLE_LEARNER;
		return IsLearner(role, status) != IsLearner(enrollment->role, enrollment->status);
	}
	return false;
}

/*
 * ApplyItem decides what an item does, and does it unless there is something
 * against it. Answers false, and does nothing, when the items before have to be
 * written first.
 */
static bool
ApplyItem(Batch *batch, BatchItem *item, Resolution *resolution, Problems *problems)
{
	ItemPlan	plan = {item, problems};
	bool		courseIsThere;
	bool		accountIsThere;
	bool		examIsThere;
	bool		configurationIsThere;

	if (item->course != NULL)
		PlanCourse(resolution, &plan);
	if (item->user != NULL)
		PlanAccount(resolution, &plan);
	if (item->user != NULL && item->user->person != NULL)
		PlanPerson(resolution, &plan);
	if (item->exam != NULL)
		PlanExam(resolution, &plan);
	if (item->signon != NULL)
		PlanSignon(resolution, &plan);
	if (problems->count > 0)
	{
		ItemRefuse(batch, item, problems);
		NoteNamed(item, resolution);
		return true;
	}
	if (item->user != NULL && item->course != NULL)
		PlanEnrollment(resolution, &plan);
	if (!batch->judgeOnly && MustWait(resolution, &plan))
		return false;

	courseIsThere = plan.course != NULL;
	accountIsThere = plan.account != NULL;
	examIsThere = plan.exam != NULL;
	configurationIsThere = plan.configuration != NULL;
	if (item->course != NULL)
		DoCourse(resolution, &plan);
	if (item->user != NULL)
		DoAccount(resolution, &plan);
	if (item->exam != NULL)
		DoExam(resolution, &plan);
	if (item->exam != NULL && item->exam->configuration != NULL)
		DoConfiguration(resolution, &plan);
	if (item->user != NULL && item->course != NULL)
		DoEnrollment(resolution, &plan);
	item->outcomes[BLOCK_COURSE] = Made(item->outcomes[BLOCK_COURSE], courseIsThere || item->course == NULL);
	item->outcomes[BLOCK_USER] = Made(item->outcomes[BLOCK_USER], accountIsThere || item->user == NULL);
	item->outcomes[BLOCK_EXAM] = Made(item->outcomes[BLOCK_EXAM], examIsThere || item->exam == NULL);
	item->outcomes[BLOCK_CONFIGURATION] = Made(item->outcomes[BLOCK_CONFIGURATION],
											   configurationIsThere ||
											   item->blocks[BLOCK_CONFIGURATION].row == NULL);
	item->integration = plan.integration;
	return true;
}

/* Forget clears what an earlier go decided of an item, but not what was wrong with it when it was read. */
static void
Forget(Batch *batch, BatchItem *item)
{
	if (item->problems != item->readProblems)
	{
		batch->problemBytes -= item->problemBytes;
		item->problemBytes = 0;
		item->problems = item->readProblems;
	}
	item->integration = NULL;
	memset(item->outcomes, OUTCOME_NONE, sizeof(item->outcomes));
	memset(item->hasKey, false, sizeof(item->hasKey));
	memset(item->blocks, 0, sizeof(item->blocks));
	item->enrollmentEnded = false;
}

/*
 * KeepKeys keeps the keys of the rows that items came to, so that the rows can
 * go. What was not written has none.
 */
void
KeepKeys(Batch *batch, int from, int to, bool written)
{
	for (int i = from; i < to; i++)
	{
		BatchItem  *item = &batch->items[i];

		for (int b = 0; b < BLOCKS; b++)
		{
			Row		   *row = item->blocks[b].row;

			item->hasKey[b] = row != NULL && (written || !row->isNew);
			if (item->hasKey[b])
				item->blocks[b].key = row->id;
		}
	}
}

/*
 * Apply decides the items from one place to another (which is not among them),
 * as if they came one after the other; upTo of the resolution tells how far it
 * came. Where it cannot, for want of an enrollment that was not looked for, it
 * says so in the resolution's missing.
 */
void
Apply(Batch *batch, int from, int to, Resolution *resolution)
{
	MemoryContext caller = MemoryContextSwitchTo(resolution->context);
	Problems	problems;

	ProblemsInit(&problems, caller);
	resolution->upTo = to;
	for (int i = from; i < to; i++)
	{
		CHECK_FOR_INTERRUPTS();
		Forget(batch, &batch->items[i]);
		if (batch->items[i].readProblems != NULL)
			NoteNamed(&batch->items[i], resolution);
		else if (!ApplyItem(batch, &batch->items[i], resolution, &problems))
		{
			resolution->upTo = i;
			break;
		}
	}
	MemoryContextSwitchTo(caller);
}
