/*
 * core/attempt.c
 *		Work in a subtransaction, which is undone where it fails.
 */
#include "core/attempt.h"

#include "access/xact.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

/*
 * Attempt does work in a subtransaction and in the caller's memory context, and
 * tells whether it was done. Where it asks to be undone, or raises, it is undone;
 * the error, else NULL, is the caller's to judge, and to raise again by
 * ReThrowError where it is none of the caller's.
 */
bool
Attempt(AttemptWork work, void *what, ErrorData **error)
{
	MemoryContext caller = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	bool volatile done = false;

	*error = NULL;
	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(caller);
	PG_TRY();
	{
		done = work(what);
		if (done)
			ReleaseCurrentSubTransaction();
		else
			RollbackAndReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		done = false;
		MemoryContextSwitchTo(caller);
		*error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	CurrentResourceOwner = owner;
	return done;
}

/* AttemptToRead reads what somebody sent, and tells whether it could be read; errors that are not about that are raised. */
bool
AttemptToRead(AttemptWork work, void *what)
{
	ErrorData  *error;
	int			category;

	if (Attempt(work, what, &error))
		return true;
	if (error == NULL)
		return false;
	category = ERRCODE_TO_CATEGORY(error->sqlerrcode);
	if (category != ERRCODE_DATA_EXCEPTION && category != ERRCODE_PROGRAM_LIMIT_EXCEEDED)
		ReThrowError(error);
	FreeErrorData(error);
	return false;
}
