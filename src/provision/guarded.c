/*
 * provision/guarded.c
 *		Calls of the vendors' doors.
 *
 * A call runs in a subtransaction. What it refuses is undone and told in the
 * door's envelope, whoever found it. Only what says nothing about the request
 * goes through as an error: a serialization failure, a deadlock, a cancel, a lack
 * of resources, a defect of ours.
 */
#include "provision/guarded.h"

#include "access/xact.h"
#include "core/attempt.h"
#include "core/statement.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "provision/flush.h"
#include "utils/guc.h"

/* How often a call is done before a unique violation or a deadlock is taken for what it says. */
#define MAX_TRIES 5

/* How long a call that gave way waits, times its tries, so that the other is there first: 10 ms. */
#define PAUSE 10000L

/* GoesThrough tells whether an error is no refusal of what was asked. */
static bool
GoesThrough(int sqlstate)
{
	switch (ERRCODE_TO_CATEGORY(sqlstate))
	{
		case ERRCODE_INSUFFICIENT_RESOURCES:
		case ERRCODE_OPERATOR_INTERVENTION:
		case ERRCODE_TRANSACTION_ROLLBACK:
		case ERRCODE_SYSTEM_ERROR:
		case ERRCODE_INTERNAL_ERROR:
			return true;
		default:
			return sqlstate == ERRCODE_LOCK_NOT_AVAILABLE || sqlstate == ERRCODE_READ_ONLY_SQL_TRANSACTION ||
				sqlstate == MAKE_SQLSTATE('P', 'T', '5', '0', '3');
	}
}

/*
 * IsKeyLookedUp tells whether a unique key is one that the calls look up before
 * they write: where it is violated all the same, another call was faster.
 */
static bool
IsKeyLookedUp(const char *name)
{
	static const char *const keys[] = {
		"schedule_external_id_unique", "session_once_per_attempt", "organisation_id_unique", "exam_external_id_unique",
		"candidate_ext_id_unique", "username_unique", "reservation_id_unique", "reservation_no_unique",
		"provider_account_pkey", "provider_account_once", "provider_student_id_unique"
	};

	for (int i = 0; i < lengthof(keys); i++)
		if (name != NULL && strcmp(name, keys[i]) == 0)
			return true;
	return false;
}

/* A call and what its door does with it. */
typedef struct Go
{
	const GuardedWork *guarded;
	void	   *call;
} Go;

/* Do does a call, connected to SPI; false: it is refused. */
static bool
Do(void *what)
{
	Go		   *go = what;
	int			level;

	SpiStart();
	level = PlanForKeys(go->guarded->isOfOne ? 1 : PG_INT32_MAX);
	go->guarded->work(go->call);
	AtEOXact_GUC(true, level);
	SPI_finish();
	return !go->guarded->refused(go->call);
}

/*
 * RunOnce does a call, which is undone when anything was refused. False: another
 * call wrote a row of the same name at the same moment, and a second go will find
 * it; or each of two waited for the other, and what this one had locked is free
 * again.
 */
static bool
RunOnce(const GuardedWork *guarded, void *call, bool last)
{
	Go			go = {guarded, call};
	ErrorData  *error;

	if (Attempt(Do, &go, &error) || error == NULL)
		return true;
	if (error->sqlerrcode == ERRCODE_UNIQUE_VIOLATION && IsolationUsesXactSnapshot() &&
		IsKeyLookedUp(error->constraint_name))
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("could not serialize access due to a concurrent call"),
				 errhint("The transaction might succeed if retried.")));
	if (!last &&
		(error->sqlerrcode == ERRCODE_UNIQUE_VIOLATION || error->sqlerrcode == ERRCODE_T_R_DEADLOCK_DETECTED))
	{
		FreeErrorData(error);
		return false;
	}
	if (GoesThrough(error->sqlerrcode))
		ReThrowError(error);
	guarded->tell(call, error);
	FreeErrorData(error);
	return true;
}

/* GuardedRun does a call, again where others wrote between. */
void
GuardedRun(const GuardedWork *guarded, void *call)
{
	/*
	 * With the snapshot of the transaction a second go finds no more than the
	 * first.
	 */
	int			tries = IsolationUsesXactSnapshot() ? 1 : MAX_TRIES;

	for (int i = 1; i <= tries; i++)
	{
		guarded->start(call);
		if (RunOnce(guarded, call, i == tries))
			break;
		CHECK_FOR_INTERRUPTS();
		pg_usleep(i * PAUSE);
	}
}
