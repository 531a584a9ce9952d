/*
 * provision/apply_person.c
 *		What the vendors' doors say of a person besides what batch_provision
 *		does: username, role, hierarchy and special needs.
 */
#include "domain/erased.h"
#include "provision/item_plan.h"
#include "provision/people.h"

/*
 * CheckStatus notes a person who is to be left alone. An erased one stays so for
 * everybody. batch_provision follows the caller's own list, whatever this
 * platform lets the people do; a vendor's door is about to give them something,
 * for which they have to be active.
 */
void
CheckStatus(const AccountRow *account, bool mustBeActive, const Path *path, Problems *problems)
{
	if (TextIs(account->status, "erased"))
		ProblemAdd(problems, CODE_CONFLICT, "not_allowed", NULL, path, "this person was erased");
	else if (mustBeActive && TextIs(account->status, "deleted"))
		ProblemAdd(problems, CODE_CONFLICT, "not_allowed", "Restore the account first.", path,
				   "the account was deleted");
	else if (mustBeActive && !TextIs(account->status, "active"))
		ProblemAdd(problems, CODE_CONFLICT, "not_allowed", "Enable the account first.", path,
				   "the account is disabled");
}

/* CheckErased notes which of the ids that are nobody's belong to people who were erased. */
void
CheckErased(const Resolution *resolution, const UserBlock *block, Problems *problems)
{
	Path		user = PATH_KEY(NULL, "user");
	Path		ids = PATH_KEY(&user, "ids");
	const struct
	{
		KeyKind		kind;
		Text		id;
		Path		path;
	}			checks[] = {
		{KEY_ERASED_API, block->ids.api, PATH_KEY(&ids, "api")},
		{KEY_ERASED_LMS, block->ids.lms, PATH_KEY(&ids, "lms")},
		{KEY_ERASED_CANDIDATE, block->ids.external, PATH_KEY(&ids, "external")},
		{KEY_ERASED_CANDIDATE, block->person != NULL ? block->person->username : NO_TEXT, PATH_KEY(&user, "username")},
	};

	for (int i = 0; i < lengthof(checks); i++)
		if (checks[i].id.presence == GIVEN && RowFind(resolution, checks[i].kind, checks[i].id) != NULL)
			ProblemAdd(problems, CODE_CONFLICT, block->person != NULL ? ERASED_RULE : "not_allowed", ERASED_HINT,
					   &checks[i].path, ERASED_DETAIL);
}

/* HolderOfUsername finds who has a username, be it by default as the external id; NULL: nobody. */
static const AccountRow *
HolderOfUsername(const Resolution *resolution, Text username)
{
	const AccountRow *named = RowFind(resolution, KEY_ACCOUNT_USERNAME, username);
	const AccountRow *called = RowFind(resolution, KEY_ACCOUNT_EXTERNAL, username);

	if (named == NULL && called != NULL && TextEquals(called->username, username))
		named = called;
	return named;
}

/* SpecialNeeds tells whether a person will have special needs. */
static bool
SpecialNeeds(const Person *person, const PersonColumns *columns)
{
	if (person->specialNeeds.presence == ABSENT)
		return columns != NULL && columns->specialNeeds;
	return person->specialNeeds.presence == GIVEN && person->specialNeeds.value;
}

/* Adjustment gives the percentage of extra time that a person will have. */
static IntField
Adjustment(const Person *person, const PersonColumns *columns)
{
	if (person->adjustment.presence == ABSENT && columns != NULL)
		return columns->adjustment;
	return person->adjustment;
}

/* PlanPerson checks what a vendor's door says of a person, who is there or will be made. */
void
PlanPerson(const Resolution *resolution, ItemPlan *plan)
{
	const Person *person = plan->item->user->person;
	const PersonColumns *columns = plan->account != NULL ? plan->account->person : NULL;
	Path		path = PATH_KEY(NULL, "user");

	if (person->username.presence == GIVEN)
	{
		const AccountRow *holder = HolderOfUsername(resolution, person->username);

		if (holder != NULL && holder != plan->account)
			ProblemAdd(plan->problems, CODE_CONFLICT, "conflict", "Use another username, or rename that person.",
					   &PATH_KEY(&path, "username"), "is taken: it is the username of another person");
	}
	if (person->role.presence == GIVEN && RowFind(resolution, KEY_ROLE, person->role) == NULL)
		ProblemAdd(plan->problems, CODE_NOT_FOUND, "not_found", "Name one of the install's roles.",
				   &PATH_KEY(&path, "role"), "no role has the title \"%s\"", TextQuoted(person->role));
	if (Adjustment(person, columns).presence == GIVEN && !SpecialNeeds(person, columns))
		ProblemAdd(plan->problems, CODE_CONFLICT, "adjustment_needs_special_needs",
				   "Say that the person has special needs, or take the percentage away.",
				   &PATH_KEY(&path, "reasonableAdjustmentPercentage"),
				   "a percentage of extra time is for people with special needs alone");
}

/* Rename gives a person another username. */
static void
Rename(Resolution *resolution, AccountRow *account, Text username)
{
	/* Where both are the same, the external id finds the person by either. */
	if (!TextEquals(account->username, account->candidateExtId))
		RowRegister(resolution, KEY_ACCOUNT_USERNAME, account->username, NULL);
	account->username = username;
	if (!TextEquals(account->username, account->candidateExtId))
		RowRegister(resolution, KEY_ACCOUNT_USERNAME, account->username, account);
}

/*
 * DoPerson gives an account what a vendor's door says of the person, and tells
 * whether that changes it. One that is being made begins with what the columns
 * and the install have for those of whom nothing is said.
 */
bool
DoPerson(Resolution *resolution, const ItemPlan *plan, AccountRow *account)
{
	const Person *person = plan->item->user->person;
	PersonColumns *columns = account->person;
	IntField	adjustment;
	bool		specialNeeds;
	bool		changed = false;

	if (columns == NULL)
	{
		columns = account->person = palloc0(sizeof(PersonColumns));
		columns->role = resolution->install->defaultRole;
		account->firstName = account->lastName = TextOf("");
	}
	if (person->username.presence == GIVEN && !TextEquals(account->username, person->username))
	{
		Rename(resolution, account, person->username);
		changed = true;
	}
	if (person->role.presence == GIVEN)
		changed |= SetText(&columns->role, person->role);
	if (resolution->hierarchy != NULL && !columns->hasHierarchy)
	{
		columns->hasHierarchy = true;
		columns->hierarchy = *resolution->hierarchy;
		changed = true;
	}
	specialNeeds = SpecialNeeds(person, columns);
	changed |= specialNeeds != columns->specialNeeds;
	columns->specialNeeds = specialNeeds;
	adjustment = Adjustment(person, columns);
	changed |= (adjustment.presence == GIVEN) != (columns->adjustment.presence == GIVEN) ||
		(adjustment.presence == GIVEN && adjustment.value != columns->adjustment.value);
	columns->adjustment = adjustment;
	return changed;
}
