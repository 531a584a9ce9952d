/*
 * core/principal.c
 *		Who is calling: in the backend's memory, for the transaction.
 *
 * A setting could be SET by anybody; memory is written only by C that has
 * checked something. What a savepoint set is undone with it, and nothing
 * outlives the transaction, whatever the next user of a pooled connection is.
 *
 * A role that may act for several installs names one at each call. Row-level
 * security must see it while the call lasts and not longer, so it is kept with
 * the call's connection to SPI, in its memory, and goes with that.
 */
#include "core/principal.h"

#include "access/xact.h"
#include "utils/memutils.h"

/* What to go back to when a subtransaction is rolled back. */
typedef struct Saved
{
	struct Saved *below;
	int			level;
	Principal	principal;
} Saved;

/* A call of a function of ours. */
typedef struct Call
{
	struct Call *outer;
	MemoryContextCallback ended;
	bool		acts;			/* an install was named, and may be acted for */
	pg_uuid_t	install;
} Call;

static Principal current = {PRINCIPAL_NOBODY};
static Saved *saved = NULL;
static Call *innermost = NULL;

/* EndOfTransaction forgets everything; the memory of saved ones goes with the transaction. */
static void
EndOfTransaction(XactEvent event, void *unused)
{
	switch (event)
	{
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PREPARE:
		case XACT_EVENT_PARALLEL_COMMIT:
		case XACT_EVENT_PARALLEL_ABORT:
			memset(&current, 0, sizeof(current));
			saved = NULL;
			innermost = NULL;
			break;
		default:
			break;
	}
}

/* ForgetSaved drops the innermost; a transaction may have a million savepoints. */
static void
ForgetSaved(void)
{
	Saved	   *entry = saved;

	saved = entry->below;
	pfree(entry);
}

/* EndOfSubtransaction keeps or undoes what was set below a savepoint. */
static void
EndOfSubtransaction(SubXactEvent event, SubTransactionId mySubid, SubTransactionId parentSubid, void *unused)
{
	int			level = GetCurrentTransactionNestLevel();

	if (event == SUBXACT_EVENT_ABORT_SUB)
	{
		while (saved != NULL && saved->level >= level)
		{
			current = saved->principal;
			ForgetSaved();
		}
	}
	else if (event == SUBXACT_EVENT_COMMIT_SUB)
	{
		/*
		 * What went before belongs to the level above now, unless that has
		 * its own.
		 */
		if (saved != NULL && saved->level == level)
		{
			if (level <= 2 || (saved->below != NULL && saved->below->level == level - 1))
				ForgetSaved();
			else
				saved->level = level - 1;
		}
	}
}

/* PrincipalStart registers the callbacks; once a backend. */
void
PrincipalStart(void)
{
	RegisterXactCallback(EndOfTransaction, NULL);
	RegisterSubXactCallback(EndOfSubtransaction, NULL);
}

/* PrincipalCurrent tells who is calling. */
const Principal *
PrincipalCurrent(void)
{
	return &current;
}

/* PrincipalSet says who is calling, until the end of the (sub)transaction that said so. */
void
PrincipalSet(const Principal *principal)
{
	int			level = GetCurrentTransactionNestLevel();

	if (level > 1 && (saved == NULL || saved->level < level))
	{
		Saved	   *entry = MemoryContextAlloc(TopTransactionContext, sizeof(Saved));

		entry->below = saved;
		entry->level = level;
		entry->principal = current;
		saved = entry;
	}
	current = *principal;
}

/* CallEnded goes back to the call around one whose memory goes. */
static void
CallEnded(void *ended)
{
	Call	   *call = ended;

	/* After an abort nothing is left to go back to. */
	if (innermost == call)
		innermost = call->outer;
}

/* PrincipalCallStart begins a call in the current memory context, which lasts as long as the call. */
void
PrincipalCallStart(void)
{
	Call	   *call = palloc0(sizeof(Call));

	call->outer = innermost;
	call->ended.func = CallEnded;
	call->ended.arg = call;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, &call->ended);
	innermost = call;
}

/* PrincipalActFor says for which install the present call acts, after somebody has checked that it may. */
void
PrincipalActFor(const pg_uuid_t *install)
{
	Assert(innermost != NULL);
	innermost->acts = true;
	innermost->install = *install;
}

/* PrincipalActsFor tells for which install the present call, or one around it, acts; NULL: none has said. */
const pg_uuid_t *
PrincipalActsFor(void)
{
	for (Call *call = innermost; call != NULL; call = call->outer)
		if (call->acts)
			return &call->install;
	return NULL;
}
