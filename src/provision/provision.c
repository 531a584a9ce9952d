/*
 * provision/provision.c
 *		batch_provision and provision: read, resolve, apply, flush, report.
 *
 * Memory: the payload, the items and their violations live in a context of the
 * call; each go of resolve, apply and flush has one of its own, which ends when
 * the items have kept the keys of their rows. Both are of the kind that does not
 * round sizes up: nothing in them is freed for itself.
 */
#include "core/compat.h"

#include "access/detoast.h"
#include "access/xact.h"
#include "common/pg_prng.h"
#include "core/attempt.h"
#include "core/settings.h"
#include "core/statement.h"
#include "domain/erased.h"
#include "domain/exam_session.h"
#include "miscadmin.h"
#include "provision/apply.h"
#include "provision/batch.h"
#include "provision/flush.h"
#include "utils/guc.h"
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(proctorlink_batch_provision);
PG_FUNCTION_INFO_V1(proctorlink_provision);

/* How often a flush that others got in the way of is tried again. */
#define MAX_TRIES 5

/* Items to look ahead at least, where one had to wait for another. */
#define LOOK_AHEAD 16

/* Classes of SQLSTATE that triggers of customers raise, besides those of PL/pgSQL. */
#define CATEGORY_OF_POSTGREST MAKE_SQLSTATE('P', 'T', '0', '0', '0')
#define CATEGORY_OF_USERS MAKE_SQLSTATE('4', '5', '0', '0', '0')

/* How a flush ended. */
typedef enum FlushEnd
{
	FLUSH_DONE,
	FLUSH_RACE,					/* somebody else wrote between */
	FLUSH_REFUSED				/* a constraint or trigger said no */
} FlushEnd;

/* What said no, in words for the item that it was about. */
typedef struct Refusal
{
	int			sqlstate;
	const char *rule;
	const char *detail;
} Refusal;

/*
 * KeepRefusal keeps what an error was about. The message of an error that a
 * trigger's author raised is meant for callers; others may quote values.
 */
static void
KeepRefusal(const ErrorData *error, Refusal *refusal)
{
	refusal->sqlstate = error->sqlerrcode;
	refusal->rule = error->constraint_name != NULL ? pstrdup(error->constraint_name) : "not_allowed";
	if (error->constraint_name != NULL)
		refusal->detail = psprintf("refused by \"%s\"%s%s%s", error->constraint_name,
								   error->table_name != NULL ? " of table \"" : "",
								   error->table_name != NULL ? error->table_name : "",
								   error->table_name != NULL ? "\"" : "");
	else if (ERRCODE_TO_CATEGORY(error->sqlerrcode) == ERRCODE_PLPGSQL_ERROR ||
			 ERRCODE_TO_CATEGORY(error->sqlerrcode) == CATEGORY_OF_POSTGREST ||
			 ERRCODE_TO_CATEGORY(error->sqlerrcode) == CATEGORY_OF_USERS)
		refusal->detail = pstrdup(error->message);
	else
		refusal->detail = psprintf("refused by the database (SQLSTATE %s)", unpack_sql_state(error->sqlerrcode));
}

/*
 * Classify decides what to do about an error of a flush; what is neither a race
 * nor about an item is raised again: cancel and shutdown, out of memory, disk
 * full, a missing privilege.
 */
static FlushEnd
Classify(ErrorData *error)
{
	switch (error->sqlerrcode)
	{
		case ERRCODE_UNIQUE_VIOLATION:
		case ERRCODE_FOREIGN_KEY_VIOLATION:
		case ERRCODE_T_R_DEADLOCK_DETECTED:
			return FLUSH_RACE;
		default:
			break;
	}
	switch (ERRCODE_TO_CATEGORY(error->sqlerrcode))
	{
		case ERRCODE_DATA_EXCEPTION:
		case ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION:
		case ERRCODE_PLPGSQL_ERROR:
		case CATEGORY_OF_POSTGREST:
		case CATEGORY_OF_USERS:
			return FLUSH_REFUSED;
		default:
			ReThrowError(error);
	}
	return FLUSH_REFUSED;
}

/* FlushAll flushes in the memory of the go, and tells whether all was still what resolve saw. */
static bool
FlushAll(void *what)
{
	Resolution *resolution = what;

	MemoryContextSwitchTo(resolution->context);
	return Flush(resolution);
}

/* FlushSafely runs a flush, which is undone unless it is done whole. */
static FlushEnd
FlushSafely(Resolution *resolution, Refusal *refusal)
{
	FlushEnd	end = FLUSH_RACE;
	uint64		sessions = SessionsWritten();
	ErrorData  *error;

	if (Attempt(FlushAll, resolution, &error))
		return FLUSH_DONE;
	if (error != NULL)
	{
		end = Classify(error);
		KeepRefusal(error, refusal);
		FreeErrorData(error);
	}
	SessionsForget(sessions);
	return end;
}

/* Go is one go of resolve and apply, again when apply asks for enrollments that were not looked for. */
static Resolution *
Go(Batch *batch, int from, int to, bool careful)
{
	RowList		also = {0};

	for (;;)
	{
		MemoryContext context = GenerationContextCreate(CurrentMemoryContext, "proctorlink go",
														ALLOCSET_DEFAULT_SIZES);
		Resolution *resolution = Resolve(batch, from, to, careful, &also, context);

		Apply(batch, from, to, resolution);
		if (resolution->missing.count == 0)
			return resolution;
		for (int i = 0; i < resolution->missing.count; i++)
		{
			EnrollmentIds *ids = palloc(sizeof(EnrollmentIds));

			*ids = *(EnrollmentIds *) resolution->missing.list[i];
			RowListAdd(&also, ids);
		}
		ResolutionFree(resolution);
	}
}

/* AnyRefused tells whether an item of a range was refused. */
static bool
AnyRefused(const Batch *batch, int from, int to)
{
	for (int i = from; i < to; i++)
		if (batch->items[i].problems != NULL)
			return true;
	return false;
}

/* RefuseItem notes that the database refused an item by a rule of its own. */
static void
RefuseItem(Batch *batch, BatchItem *item, const Refusal *refusal)
{
	Problems	problems;

	ProblemsInit(&problems, CurrentMemoryContext);
	ProblemAdd(&problems, CODE_CONFLICT, refusal->rule, NULL, NULL, "%s", refusal->detail);
	problems.list[0].foreign = true;
	ItemRefuse(batch, item, &problems);
}

/*
 * WithoutNewSnapshot decides what a race means where the transaction keeps its
 * snapshot, so that looking again would find the same. Several items may have
 * got in each other's way, and are done in halves; a single one that meets one
 * of our keys has met somebody else's row. A go that was not careful is worth
 * another in any case.
 */
static FlushEnd
WithoutNewSnapshot(const Refusal *refusal, int items, bool careful)
{
	static const char *const keys[] = {
		"candidate_ext_id_unique", "username_unique", "account_api_id_unique", "account_lms_id_unique",
		"course_external_id_unique", "course_api_id_unique", "course_lms_id_unique", "exam_external_id_unique",
		"one_primary_configuration", "configuration_api_id_unique", "enrollment_once_per_course",
		"session_once_per_attempt"
	};
	bool		ours = refusal->sqlstate != ERRCODE_UNIQUE_VIOLATION;

	if (!careful)
		return FLUSH_RACE;

	for (int i = 0; i < lengthof(keys) && !ours; i++)
		ours = strcmp(keys[i], refusal->rule) == 0;
	if (refusal->sqlstate == ERRCODE_UNIQUE_VIOLATION && (items > 1 || !ours))
		return FLUSH_REFUSED;
	ereport(ERROR,
			(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
			 errmsg("could not serialize access due to concurrent provisioning"),
			 errhint("The transaction might succeed if retried.")));
	return FLUSH_REFUSED;
}

/* GoEnd lets the rows of a go go, which the items from one place to another came to. */
static void
GoEnd(Batch *batch, int from, int upTo, Resolution *resolution, bool written)
{
	KeepKeys(batch, from, upTo, written);
	/* Whom a dry run would make is still to be looked at by complete. */
	if (batch->dryRun && batch->complete.present)
		batch->judged = resolution;
	else
		ResolutionFree(resolution);
}

/*
 * StandBack waits for a random time that doubles from try to try, up to 16 ms,
 * so that those who got in each other's way do not do so again at once. What the
 * flush had locked was let go with its subtransaction.
 */
static void
StandBack(int tries)
{
	pg_usleep((long) (pg_prng_double(&pg_global_prng_state) * 1000 * (1 << tries)));
	CHECK_FOR_INTERRUPTS();
}

/*
 * JudgeRest tells what else is wrong with an atomic batch that has failed, from
 * an item on. Nothing of it will stay, so nothing has to wait or be written.
 */
static void
JudgeRest(Batch *batch, int from)
{
	batch->judgeOnly = true;
	batch->allJudged = true;
	GoEnd(batch, from, batch->itemCount, Go (batch, from, batch->itemCount, true), false);
}

static void Provision(Batch *batch, int from, int to, bool careful);

/*
 * ProvisionSome does the items from one place as far as they need not wait for
 * each other, and answers how far it came. A flush that somebody got in the way
 * of starts again from resolve; one that finds the same as before, or that a
 * rule of the database refused, is done in halves, until what was refused stands
 * alone. A dry run and an atomic batch with a refused item write nothing.
 */
static int
ProvisionSome(Batch *batch, int from, int to, bool careful)
{
	uint64		lastDigest = 0;
	int			lastState = 0;

	for (int tries = 1;; tries++)
	{
		Resolution *resolution = Go (batch, from, to, careful || tries > 1 || batch->judgeOnly);
		int			upTo = resolution->upTo;
		uint64		digest = resolution->digest;
		Refusal		refusal = {0};
		FlushEnd	end = FLUSH_DONE;

		ReportCheckSize(batch, from, upTo);

		if (batch->atomic && !batch->judgeOnly && AnyRefused(batch, from, upTo))
		{
			ResolutionFree(resolution);
			JudgeRest(batch, from);
			return upTo;
		}
		if (!batch->judgeOnly && FlushIsNeeded(resolution))
		{
			FlushMintIds(resolution);
			end = FlushSafely(resolution, &refusal);
		}
		GoEnd(batch, from, upTo, resolution, end == FLUSH_DONE && !batch->judgeOnly);
		if (end == FLUSH_DONE)
			return upTo;

		/* A careful go tells which id is meant. */
		if (end == FLUSH_REFUSED && !careful && tries == 1 && strcmp(refusal.rule, ERASED_RULE) == 0)
			end = FLUSH_RACE;

		if (end == FLUSH_RACE && IsolationUsesXactSnapshot())
			end = WithoutNewSnapshot(&refusal, upTo - from, careful || tries > 1);
		else if (end == FLUSH_RACE && refusal.sqlstate != 0 && refusal.sqlstate != ERRCODE_T_R_DEADLOCK_DETECTED &&
				 refusal.sqlstate == lastState && digest == lastDigest)
			end = FLUSH_REFUSED;
		if (end == FLUSH_REFUSED && upTo - from > 1)
		{
			int			middle = from + (upTo - from) / 2;

			Provision(batch, from, middle, true);
			Provision(batch, middle, upTo, true);
			return upTo;
		}
		if (end == FLUSH_REFUSED)
		{
			RefuseItem(batch, &batch->items[from], &refusal);
			if (batch->atomic)
				JudgeRest(batch, upTo);
			return upTo;
		}
		if (tries == MAX_TRIES)
			RaiseProblem(CODE_BUSY, "Try again.", "others kept writing the same rows");
		StandBack(tries);
		lastDigest = digest;
		lastState = refusal.sqlstate;
	}
}

/*
 * Provision does the items from one place to another (which is not among them),
 * all at once unless one has to wait for those before it. After such a one it
 * looks no further ahead than twice as far as it came, so that items that all
 * wait for each other cost no more than calls of their own.
 */
static void
Provision(Batch *batch, int from, int to, bool careful)
{
	int			ahead = to - from;

	check_stack_depth();
	while (from < to && !batch->allJudged)
	{
		int			goal = from + Min(ahead, to - from);
		int			upTo = ProvisionSome(batch, from, goal, careful);

		CHECK_FOR_INTERRUPTS();
		if (upTo < goal && ++batch->waits > MAX_REVERSALS)
			RaiseProblem(CODE_LIMIT, "Send the last word on each row alone, or several calls.",
						 "more than %d items take back what others before them did", MAX_REVERSALS);
		ahead = upTo == goal ? Min(ahead, PG_INT32_MAX / 2) * 2 : Max((upTo - from) * 2, LOOK_AHEAD);
		from = upTo;
	}
}

/* ProvisionAll does all items of a batch, and tells whether none was refused. */
static bool
ProvisionAll(void *what)
{
	Batch	   *batch = what;

	Provision(batch, 0, batch->itemCount, false);
	return !AnyRefused(batch, 0, batch->itemCount);
}

/*
 * ProvisionAtomically does a batch of which nothing may stay when an item is
 * refused. Only where the database refuses one, or one had to wait, has anything
 * been written by then.
 */
static void
ProvisionAtomically(Batch *batch)
{
	ErrorData  *error;

	if (!Attempt(ProvisionAll, batch, &error) && error != NULL)
		ReThrowError(error);
}

/* SetStatus tells PostgREST the status of the answer. */
static void
SetStatus(const char *status)
{
	set_config_option("response.status", status, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_LOCAL, true, 0, false);
}

/*
 * WorkOnItems does the items of a batch, however they were read, with sequential
 * scans off: see ForgetSmallPlans.
 */
void
WorkOnItems(Batch *batch)
{
	int			level = PlanForKeys(batch->itemCount);

	/* Of one item nothing stays when it is refused. */
	if (batch->atomic && !batch->dryRun && batch->itemCount > 1)
		ProvisionAtomically(batch);
	else
		Provision(batch, 0, batch->itemCount, false);
	BatchCount(batch);
	if (batch->complete.present)
	{
		if (batch->failed > 0 && (batch->atomic || batch->failed == batch->itemCount))
			batch->complete.detail = "nobody was removed: the batch failed";
		else
			CompleteCourses(batch);
	}
	AtEOXact_GUC(true, level);
}

/* AnswerBatch does a batch of several items and answers it in a memory context. */
static Jsonb *
AnswerBatch(Batch *batch, Jsonb *payload, MemoryContext context)
{
	Jsonb	   *answer;

	if (batch->dryRun)
	{
		batch->key.presence = ABSENT;
		batch->judgeOnly = true;
	}
	if (batch->key.presence == GIVEN)
	{
		answer = KeyTake(batch, payload);
		if (answer != NULL)
		{
			JsonbValue	summary;
			JsonbValue	status;
			bool		errors = getKeyJsonValueFromContainer(&answer->root, "batch", 5, &summary) != NULL &&
			getKeyJsonValueFromContainer(summary.val.binary.data, "status", 6, &status) != NULL &&
			TextIs(JsonText(&status), "completed_with_errors");

			SetStatus(errors ? "207" : "200");
			answer = ReportReplay(batch, answer);
			return memcpy(MemoryContextAlloc(context, VARSIZE(answer)), answer, VARSIZE(answer));
		}
	}

	WorkOnItems(batch);
	if (!batch->dryRun)
	{
		/* The key comes first: what is kept tells the sid as well. */
		if (!batch->hasId)
		{
			Uuid7(&batch->id);
			batch->hasId = true;
		}
		if (batch->key.presence == GIVEN && strcmp(batch->status, "failed") != 0)
			BatchKeep(batch, ReportBatch(batch, false, CurrentMemoryContext));
		else
			BatchKeep(batch, ReportKept(batch));
	}
	SetStatus(strcmp(batch->status, "failed") == 0 ? "400" :
			  strcmp(batch->status, "completed_with_errors") == 0 ? "207" : "200");
	return ReportBatch(batch, true, context);
}

/* AnswerObject does SmarterProctoring's object and answers it in a memory context; what is wrong with it raises. */
static Jsonb *
AnswerObject(Batch *batch, MemoryContext context)
{
	uint64		sessions = SessionsWritten();

	WorkOnItems(batch);
	if (batch->items[0].problems != NULL)
		ProblemsRaise(batch->items[0].problems);
	if (SessionsWritten() > sessions)
		BatchSessionsEvent(batch, SessionsWritten() - sessions);
	SetStatus("200");
	return ReportObject(batch, context);
}

/* Run does a call and answers it; named is the install that the call names beside the payload. */
static Datum
Run(Datum payloadDatum, Text named)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext call;
	Batch		batch;
	Jsonb	   *payload;
	Jsonb	   *answer;
	Size		size = toast_raw_datum_size(payloadDatum);

	if (size > MaxPayloadBytes)
		RaiseProblem(CODE_LIMIT, psprintf("Send at most %d bytes in a call.", MaxPayloadBytes),
					 "%zu bytes are more than %d", size, MaxPayloadBytes);

	call = GenerationContextCreate(caller, "proctorlink call", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(call);
	payload = DatumGetJsonbP(payloadDatum);
	BatchRead(payload, &batch);
	if (named.presence == GIVEN)
	{
		if (batch.installSid.presence == GIVEN && !TextEquals(batch.installSid, named))
			RaiseProblem(CODE_AUTHENTICATION, "Name one install.",
						 "/installSid: the payload names another install than the call");
		batch.installSid = named;
	}

	SpiStart();
	InstallForCall(batch.installSid, &batch.install);
	answer = batch.form == FORM_OBJECT ? AnswerObject(&batch, caller) : AnswerBatch(&batch, payload, caller);
	SPI_finish();
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(call);
	PG_RETURN_JSONB_P(answer);
}

/* proctorlink.batch_provision(jsonb) */
Datum
proctorlink_batch_provision(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		RaiseProblem(CODE_INVALID, NULL, "the payload must be an object or an array, not null");
	return Run(PG_GETARG_DATUM(0), NO_TEXT);
}

/* proctorlink.provision(install_sid, payload) */
Datum
proctorlink_provision(PG_FUNCTION_ARGS)
{
	REQUIRE_ARGUMENTS("install_sid", "payload");
	return Run(PG_GETARG_DATUM(1), TextOfDatum(PG_GETARG_DATUM(0), false));
}
