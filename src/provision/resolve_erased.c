/*
 * provision/resolve_erased.c
 *		Which of the ids that nobody has belong to people who were erased.
 *
 * Asked after the accounts were looked for: who was erased meanwhile was found by
 * that or is found by this. A call for one student leaves it to the table's
 * trigger, and begins again when that says no; a large one asks for all before it
 * writes, so that it is not written in vain, and once more afterwards, in place
 * of the trigger.
 */
#include "provision/found.h"

#include "domain/erased.h"
#include "provision/parents.h"
#include "provision/people.h"

typedef struct Asks
{
	int			count;
	int			room;
	ErasedAsk  *list;
} Asks;

/* AddAsk adds an id to those that are asked about. */
static void
AddAsk(Asks *asks, ErasedAsk ask)
{
	if (ask.id.presence != GIVEN)
		return;
	if (asks->count == asks->room)
	{
		asks->room = Max(64, asks->room * 2);
		asks->list = asks->list == NULL ? palloc(asks->room * sizeof(ErasedAsk)) :
			repalloc_huge(asks->list, asks->room * sizeof(ErasedAsk));
	}
	asks->list[asks->count++] = ask;
}

/* AddNew adds an id, unless it is somebody's. */
static void
AddNew(Asks *asks, const Resolution *resolution, KeyKind kind, const char *erasedKind, Text id)
{
	ErasedAsk	ask = {erasedKind, id};

	if (id.presence == GIVEN && RowFind(resolution, kind, id) == NULL)
		AddAsk(asks, ask);
}

/* ResolveErased finds the ids of erased people among those of the items that are nobody's. */
void
ResolveErased(Resolution *resolution, const Batch *batch, int from, int to)
{
	Asks		asks = {0};

	if (!ErasedAny(&resolution->install->id))
		return;
	for (int i = from; i < to; i++)
	{
		const UserBlock *user = batch->items[i].user;

		if (user == NULL || user->bare || batch->items[i].readProblems != NULL)
			continue;
		AddNew(&asks, resolution, KEY_ACCOUNT_EXTERNAL, ERASED_CANDIDATE, user->ids.external);
		AddNew(&asks, resolution, KEY_ACCOUNT_API, ERASED_API, user->ids.api);
		AddNew(&asks, resolution, KEY_ACCOUNT_LMS, ERASED_LMS, user->ids.lms);
		if (user->person != NULL && user->person->username.presence == GIVEN &&
			RowFind(resolution, KEY_ACCOUNT_EXTERNAL, user->person->username) == NULL)
			AddNew(&asks, resolution, KEY_ACCOUNT_USERNAME, ERASED_CANDIDATE, user->person->username);
	}
	if (ErasedFind(&resolution->install->id, asks.list, asks.count) == 0)
		return;
	for (int i = 0; i < asks.count; i++)
	{
		const ErasedAsk *ask = &asks.list[i];

		if (ask->isErased)
			RowRegister(resolution, strcmp(ask->kind, ERASED_API) == 0 ? KEY_ERASED_API :
						strcmp(ask->kind, ERASED_LMS) == 0 ? KEY_ERASED_LMS : KEY_ERASED_CANDIDATE,
						ask->id, resolution);
	}
}

/* AnyoneNewIsErased tells whether any of the people whom flush has just made was erased; of a few the trigger told. */
bool
AnyoneNewIsErased(const Resolution *resolution)
{
	Asks		asks = {0};
	int			count = 0;

	for (int i = 0; i < resolution->accounts.count && count < ROWS_WITH_PARENTS; i++)
		count += ((Row *) resolution->accounts.list[i])->isNew;
	if (count < ROWS_WITH_PARENTS || !ErasedAny(&resolution->install->id))
		return false;
	for (int i = 0; i < resolution->accounts.count; i++)
	{
		const AccountRow *account = resolution->accounts.list[i];
		ErasedAsk	its[ACCOUNT_ASKS];

		if (!account->row.isNew)
			continue;
		ErasedAsksOf(account->candidateExtId, account->defaulted, account->username, account->api, account->lms, its);
		for (int j = 0; j < lengthof(its); j++)
			AddAsk(&asks, its[j]);
	}
	return ErasedFind(&resolution->install->id, asks.list, asks.count) > 0;
}
