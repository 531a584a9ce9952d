/*
 * provision/people.c
 *		People whom a vendor's door puts in: an atomic batch of users.
 *
 * Memory: the batch lives in a context of its own, which ends with the call; the
 * people and what they point to are the caller's, and what is wrong with them is
 * kept where the caller keeps problems.
 */
#include "provision/people.h"

#include "miscadmin.h"
#include "provision/batch.h"
#include "utils/memutils.h"

/* Where the engine's problems of a user stand in the payload of a door. */
typedef struct Place
{
	const char *pointer;
	int			member;			/* offset in PersonMembers */
} Place;

static const Place places[] = {
	{"/user/ids", offsetof(PersonMembers, candidateExtId)},
	{"/user/ids/external", offsetof(PersonMembers, candidateExtId)},
	{"/user/username", offsetof(PersonMembers, username)},
	{"/user/reasonableAdjustmentPercentage", offsetof(PersonMembers, adjustment)},
	{"/user/role", offsetof(PersonMembers, role)},
};

/* NameSent gives a name as the engine takes it: null resets it to the column's default. */
static Text
NameSent(Text name)
{
	return name.presence == NULLED ? TextOf("") : name;
}

/* MakeItems makes the items of a batch of people. */
static void
MakeItems(Batch *batch, const Person *people)
{
	UserBlock  *users = MemoryContextAllocExtended(CurrentMemoryContext, batch->itemCount * sizeof(UserBlock),
												   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);

	batch->items = MemoryContextAllocExtended(CurrentMemoryContext, batch->itemCount * sizeof(BatchItem),
											  MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (int i = 0; i < batch->itemCount; i++)
	{
		users[i].person = &people[i];
		users[i].ids.external = people[i].candidateExtId;
		users[i].ids.present = people[i].candidateExtId.presence == GIVEN;
		users[i].firstName = NameSent(people[i].firstName);
		users[i].lastName = NameSent(people[i].lastName);
		users[i].email = people[i].email;
		users[i].timeZone = people[i].timeZone;
		batch->items[i].user = &users[i];
	}
}

/* TellProblem tells one problem of a person where the caller's payload has what it is about. */
static void
TellProblem(const Person *person, const Problem *problem, Problems *problems)
{
	int			before = problems->count;
	const char *member = NULL;
	Path		step = {person->path};

	for (int i = 0; i < lengthof(places) && person->members != NULL; i++)
		if (strcmp(problem->pointer, places[i].pointer) == 0)
			member = *(const char *const *) ((const char *) person->members + places[i].member);
	if (member != NULL)
	{
		step.key = member;
		step.keyLength = strlen(member);
	}
	/* The rule may be the name of a constraint, which goes with the batch. */
	ProblemAdd(problems, problem->code, MemoryContextStrdup(problems->context, problem->rule), problem->hint,
			   member != NULL ? &step : person->path, "%s", problem->detail);
	if (problems->count > before)
		problems->list[before].foreign = problem->foreign;
}

/* TellPerson tells what came of a person; nothing is left of those who were made when it was undone. */
static void
TellPerson(const BatchItem *item, bool undone, Person *person, Problems *problems)
{
	person->outcome = undone || item->problems != NULL ? OUTCOME_NONE : item->outcomes[BLOCK_USER];
	person->hasAccount = item->hasKey[BLOCK_USER] && !undone;
	if (person->hasAccount)
		person->account = item->blocks[BLOCK_USER].key;
	if (item->problems == NULL)
		return;
	for (int i = 0; i < item->problems->count; i++)
		TellProblem(person, &item->problems->list[i], problems);
	problems->more += item->problems->more;
}

/*
 * PeoplePut makes and changes people, as if they came one after the other, all
 * or nothing, and tells what came of each. Answers false, with what is wrong and
 * where, and writes nothing, when any of them is refused; judgeOnly decides the
 * same and writes nothing either way. Who is new, or belongs to no hierarchy, is
 * put into the one given, which may be NULL. Raises as batch_provision does
 * where others keep writing the same rows. The caller is connected to SPI.
 */
bool
PeoplePut(const Install *install, const pg_uuid_t *hierarchy, Person *people, int count, bool judgeOnly,
		  Problems *problems)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext call;
	Batch		batch = {.form = FORM_PEOPLE,.atomic = true,.dryRun = judgeOnly,.judgeOnly = judgeOnly};
	bool		good;

	if (count == 0)
		return true;
	call = GenerationContextCreate(caller, "proctorlink people", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(call);
	batch.install = *install;
	batch.hierarchy = hierarchy;
	batch.itemCount = count;
	MakeItems(&batch, people);
	WorkOnItems(&batch);
	good = batch.failed == 0;
	for (int i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		TellPerson(&batch.items[i], !good && !judgeOnly, &people[i], problems);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(call);
	return good;
}
