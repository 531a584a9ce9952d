/*
 * provision/resolve_erased.c
 *		Which of the ids that nobody has belong to people who were erased.
 *
 * Asked after the accounts were looked for: who was erased meanwhile was found by
 * that or is found by this. All that is written is asked about in place of the
 * table's trigger; a large call asks before as well, so that it is not written in
 * vain. A small one is refused then, as by the trigger, and goes again, asking
 * first, to tell which id is meant.
 */
#include "provision/found.h"

#include "core/row_check.h"
#include "domain/erased.h"
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

	resolution->askedErased = true;
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

/*
 * AnyoneNewIsErased tells whether any of the people whom flush has just made was
 * erased since it was asked before; where it was not asked, it raises.
 */
bool
AnyoneNewIsErased(const Resolution *resolution)
{
	Asks		asks = {0};
	bool		anyNew = false;

	for (int i = 0; i < resolution->accounts.count && !anyNew; i++)
		anyNew = ((Row *) resolution->accounts.list[i])->isNew;
	if (!anyNew || !ErasedAny(&resolution->install->id))
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
	if (ErasedFind(&resolution->install->id, asks.list, asks.count) == 0)
		return false;
	if (!resolution->askedErased)
		RefuseByRuleOf("account", ERASED_RULE, ERASED_HINT, ERASED_DETAIL);
	return true;
}
