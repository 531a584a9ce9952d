/*
 * provision/report.c
 *		The last step: the answer.
 */
#include "provision/batch.h"

#include "catalog/pg_type.h"
#include "core/columns.h"
#include "core/jsonb_write.h"
#include "core/statement.h"
#include "miscadmin.h"
#include "utils/memutils.h"

/* What jsonb can hold in an array, and what an item takes of it at most besides its violations. */
#define MAX_ANSWER_BYTES (INT64CONST(250) * 1024 * 1024)
#define ITEM_BYTES 520
#define TYPICAL_ITEM_BYTES 260
#define LINK_BYTES 1300

static const char *const outcomeWords[] = {
	[OUTCOME_CREATED] = "Created",
	[OUTCOME_FOUND] = "Found Existing",
	[OUTCOME_UPDATED] = "Updated",
};

STATEMENT(activeAccounts,
		  FOR_EACH_KEY(2, "a.*") "SELECT a.account_id FROM proctorlink.account a"
		  " WHERE a.install_id" EQ "$1 AND a.account_id" EQ "k.key AND a.status" EQ "'active'" END_FOR_EACH("a"),
		  UUIDOID, UUIDARRAYOID);

/* BatchCount counts what became of the items and says it in a word. */
void
BatchCount(Batch *batch)
{
	bool		failedWhole;

	batch->failed = batch->succeeded = batch->created = batch->updated = batch->found = batch->removed = 0;
	for (int i = 0; i < batch->itemCount; i++)
		batch->failed += batch->items[i].problems != NULL;
	failedWhole = batch->failed > 0 && (batch->atomic || batch->failed == batch->itemCount);
	for (int i = 0; i < batch->itemCount && !failedWhole; i++)
	{
		BatchItem  *item = &batch->items[i];

		if (item->problems != NULL)
			continue;
		batch->succeeded++;
		for (int b = 0; b < BLOCKS; b++)
		{
			batch->created += item->outcomes[b] == OUTCOME_CREATED;
			batch->updated += item->outcomes[b] == OUTCOME_UPDATED;
			batch->found += item->outcomes[b] == OUTCOME_FOUND;
		}
		batch->removed += item->enrollmentEnded;
	}
	batch->status = batch->dryRun ? "dry_run" : failedWhole ? "failed" :
		batch->failed > 0 ? "completed_with_errors" : "completed";
}

/*
 * ReportCheckSize gives up on a call whose answer jsonb could not hold, before
 * the items from one place to another are written; those before were counted.
 */
void
ReportCheckSize(Batch *batch, int from, int to)
{
	int64		links = 0;

	for (int i = from; batch->anySignon && i < to; i++)
	{
		const Integration *integration = batch->items[i].integration;

		if (integration != NULL)
			links += LINK_BYTES + integration->redirectUrl.len;
	}
	if (batch->problemBytes + (int64) batch->itemCount * ITEM_BYTES + batch->linkBytes + links > MAX_ANSWER_BYTES)
		RaiseProblem(CODE_LIMIT, "Send fewer items in a call.", "the answer would be too large");
	if (from == batch->linksCounted)
	{
		batch->linkBytes += links;
		batch->linksCounted = to;
	}
}

/* AddLink adds a sign-on link. */
static void
AddLink(JsonObject *answer, SignonLinks *links, const Integration *integration, const pg_uuid_t *account,
		IntField expiresIn)
{
	JsonObject	link;
	Text		redirect;
	Text		token;

	SignonMint(links, integration, account, expiresIn.presence == GIVEN ? expiresIn.value : 0, &redirect, &token);
	JsonObjectInit(&link);
	JsonAddText(&link, "redirect", redirect);
	JsonAddText(&link, "token", token);
	JsonAddObject(answer, "signon", &link);
}

/* AddResult adds what the contract's answer to an item has; a dry run tells no sid of what it would make. */
static void
AddResult(JsonObject *answer, const BatchItem *item, SignonLinks *links)
{
	static const struct
	{
		const char *name;
		const char *kind;
	}			blocks[BLOCKS] = {
		[BLOCK_COURSE] = {"course", "CU"},
		[BLOCK_USER] = {"user", "US"},
		[BLOCK_ENROLLMENT] = {"enrollment", "EN"},
		[BLOCK_EXAM] = {"exam", "EX"},
		[BLOCK_CONFIGURATION] = {"configuration", "EC"},
	};

	for (int b = 0; b < BLOCKS; b++)
	{
		JsonObject	block;

		if (item->outcomes[b] == OUTCOME_NONE)
			continue;
		JsonObjectInit(&block);
		JsonAddSid(&block, "sid", blocks[b].kind, item->hasKey[b] ? &item->blocks[b].key : NULL);
		JsonAddString(&block, "result", outcomeWords[item->outcomes[b]]);
		JsonAddObject(answer, blocks[b].name, &block);
	}
	if (links != NULL && item->signon != NULL)
		AddLink(answer, links, item->integration, &item->blocks[BLOCK_USER].key, item->signon->expiresIn);
}

/* AddError adds what is wrong with an item. */
static void
AddError(JsonObject *answer, const Problems *problems)
{
	static const char *const titles[] = {
		[CODE_INVALID] = "The item breaks the contract.",
		[CODE_NOT_FOUND] = "The item names what does not exist.",
		[CODE_CONFLICT] = "The item conflicts with what is there.",
	};
	ProblemCode code = ProblemsCode(problems);
	JsonObject	error;
	JsonArray	violations;

	JsonArrayInit(&violations);
	for (int i = 0; i < problems->count; i++)
	{
		const Problem *problem = &problems->list[i];
		JsonObject	violation;

		JsonObjectInit(&violation);
		JsonAddString(&violation, "pointer", problem->pointer);
		JsonAddString(&violation, "rule", problem->rule);
		JsonAddString(&violation, "detail", problem->detail);
		JsonAddString(&violation, "hint", problem->hint);
		JsonPushObject(&violations, &violation);
	}
	JsonObjectInit(&error);
	JsonAddString(&error, "code", ProblemCodeName(code));
	JsonAddInt(&error, "status", ProblemCodeStatus(code));
	JsonAddString(&error, "title", titles[code]);
	JsonAddArray(&error, "violations", &violations);
	if (problems->more > 0)
		JsonAddInt(&error, "more", problems->more);
	JsonAddObject(answer, "error", &error);
}

/* ReportObject answers SmarterProctoring's object as the contract has it, in a memory context. */
Jsonb *
ReportObject(const Batch *batch, MemoryContext context)
{
	JsonObject	answer;
	SignonLinks *links = batch->anySignon ? SignonStart(&batch->install.id) : NULL;

	JsonObjectInit(&answer);
	AddResult(&answer, batch->items, links);
	if (links != NULL)
		SignonEnd(links);
	return JsonObjectJsonbIn(&answer, context);
}

/* Which items are answered, and how. */
typedef struct ItemsWanted
{
	const Batch *batch;
	bool		withLinks;
	bool		refusedOnly;	/* the rest does not matter */
	MemoryContext context;		/* for what is needed on the way */
} ItemsWanted;

/* WriteItems answers the items, in order. */
static void
WriteItems(const void *what, StringInfo out)
{
	const ItemsWanted *wanted = what;
	const Batch *batch = wanted->batch;
	MemoryContext caller = MemoryContextSwitchTo(wanted->context);
	MemoryContext scratch = AllocSetContextCreate(wanted->context, "proctorlink report", ALLOCSET_DEFAULT_SIZES);
	SignonLinks *links = wanted->withLinks && batch->anySignon && !batch->dryRun ?
	SignonStart(&batch->install.id) : NULL;
	bool		nothingDone = batch->atomic && batch->failed > 0;
	JsonStream	items;

	JsonStreamStart(&items, out, wanted->refusedOnly ? batch->failed : batch->itemCount);
	MemoryContextSwitchTo(scratch);
	for (int i = 0; i < batch->itemCount; i++)
	{
		const BatchItem *item = &batch->items[i];
		JsonObject	entry;

		if (wanted->refusedOnly && item->problems == NULL)
			continue;
		CHECK_FOR_INTERRUPTS();
		JsonObjectInit(&entry);
		JsonAddInt(&entry, "index", i);
		if (item->problems != NULL)
			AddError(&entry, item->problems);
		else if (nothingDone)
			JsonAddBool(&entry, "skipped", true);
		else
			AddResult(&entry, item, links);
		JsonStreamObject(&items, &entry);
		MemoryContextReset(scratch);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(scratch);
	if (links != NULL)
		SignonEnd(links);
}

/* AddItems adds the answer to the items. */
static void
AddItems(JsonObject *answer, const ItemsWanted *wanted)
{
	const Batch *batch = wanted->batch;
	int64		bytes = batch->problemBytes;

	if (wanted->withLinks)
		bytes += batch->linkBytes;
	if (!wanted->refusedOnly)
		bytes += (int64) batch->itemCount * TYPICAL_ITEM_BYTES;
	JsonAddWritten(answer, "items", WriteItems, wanted, bytes);
}

/* AddBatch adds what became of the batch as a whole. */
static void
AddBatch(JsonObject *answer, const Batch *batch)
{
	JsonObject	summary;

	JsonObjectInit(&summary);
	JsonAddSid(&summary, "sid", "BA", batch->hasId ? &batch->id : NULL);
	JsonAddString(&summary, "status", batch->status);
	JsonAddInt(&summary, "items", batch->itemCount);
	JsonAddInt(&summary, "succeeded", batch->succeeded);
	JsonAddInt(&summary, "failed", batch->failed);
	JsonAddInt(&summary, "created", batch->created);
	JsonAddInt(&summary, "updated", batch->updated);
	JsonAddInt(&summary, "found", batch->found);
	JsonAddInt(&summary, "removed", batch->removed);
	JsonAddObject(answer, "batch", &summary);

	if (batch->complete.present)
	{
		JsonObject	complete;

		JsonObjectInit(&complete);
		JsonAddInt(&complete, "removed", batch->complete.done && !batch->dryRun ? batch->complete.wouldRemove : 0);
		JsonAddInt(&complete, "wouldRemove", batch->complete.wouldRemove);
		JsonAddInt(&complete, "maxRemoved", batch->complete.maxRemoved.value);
		JsonAddBool(&complete, "done", batch->complete.done);
		JsonAddString(&complete, "detail", batch->complete.detail);
		JsonAddObject(answer, "complete", &complete);
	}
}

/* ReportBatch answers a batch, with fresh sign-on links or without any, in a memory context. */
Jsonb *
ReportBatch(const Batch *batch, bool withLinks, MemoryContext context)
{
	JsonObject	answer;
	ItemsWanted wanted = {batch, withLinks, false, CurrentMemoryContext};

	JsonObjectInit(&answer);
	AddBatch(&answer, batch);
	AddItems(&answer, &wanted);
	return JsonObjectJsonbIn(&answer, context);
}

/* ReportKept makes what is kept of a batch without a key: its refused items, NULL where there are none. */
Jsonb *
ReportKept(const Batch *batch)
{
	JsonObject	answer;
	ItemsWanted wanted = {batch, false, true, CurrentMemoryContext};

	if (batch->failed == 0)
		return NULL;
	JsonObjectInit(&answer);
	AddItems(&answer, &wanted);
	return JsonObjectJsonb(&answer);
}

/* UserOfEntry finds the sid of the person in a stored entry. */
static bool
UserOfEntry(JsonbContainer *entry, pg_uuid_t *account)
{
	JsonbValue	user;
	JsonbValue	sid;

	return getKeyJsonValueFromContainer(entry, "user", 4, &user) != NULL && user.type == jbvBinary &&
		getKeyJsonValueFromContainer(user.val.binary.data, "sid", 3, &sid) != NULL && sid.type == jbvString &&
		SidRead(JsonText(&sid), "US", account) == SID_OURS;
}

/* ActiveAmong finds which accounts of a list are active, sorted, and answers how many. */
static int
ActiveAmong(const Batch *batch, const pg_uuid_t *accounts, int count, pg_uuid_t **active)
{
	Column		ids;
	Datum		values[2] = {UUIDPGetDatum(&batch->install.id)};
	int			found;

	*active = palloc(Max(count, 1) * sizeof(pg_uuid_t));
	if (count == 0)
		return 0;
	ColumnInit(&ids, UUIDOID, count);
	for (int i = 0; i < count; i++)
		ColumnAddUuid(&ids, &accounts[i]);
	values[1] = ColumnDatum(&ids);
	found = StatementRun(&activeAccounts, values, NULL, false);
	for (int i = 0; i < found; i++)
		(*active)[i] = RowUuid(i, 1);
	qsort(*active, found, sizeof(pg_uuid_t), CompareUuids);
	return found;
}

/* IntegrationOf finds an integration in a list, if it is active. */
static const Integration *
IntegrationOf(const Integration *integrations, int count, const SidField *sid)
{
	for (int i = 0; i < count; i++)
		if (memcmp(&integrations[i].id, &sid->id, UUID_LEN) == 0)
			return integrations[i].active && integrations[i].signingKey.presence == GIVEN ? &integrations[i] : NULL;
	return NULL;
}

/*
 * ReportReplay gives a stored answer back, with sign-on links minted anew for
 * the items that ask for one, as far as person and integration are still
 * active. The payload is the same as then, so the items are as well.
 */
Jsonb *
ReportReplay(Batch *batch, Jsonb *stored)
{
	JsonbValue	items;
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue	value;
	JsonObject	answer;
	JsonArray	replayed;
	Column		ids;
	pg_uuid_t  *accounts;
	pg_uuid_t  *active;
	int			accountCount = 0;
	int			activeCount;
	Integration *integrations;
	int			integrationCount;
	SignonLinks *links;
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext scratch;
	int			index = 0;

	if (!batch->anySignon ||
		getKeyJsonValueFromContainer(&stored->root, "items", 5, &items) == NULL || items.type != jbvBinary)
		return stored;

	accounts = palloc(Max(batch->itemCount, 1) * sizeof(pg_uuid_t));
	ColumnInit(&ids, UUIDOID, Max(batch->itemCount, 1));
	iterator = JsonbIteratorInit(items.val.binary.data);
	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		SignonBlock *signon;

		if (token != WJB_ELEM || index >= batch->itemCount)
			continue;
		signon = batch->items[index++].signon;
		if (signon == NULL || signon->integration.form != SID_OURS || value.type != jbvBinary)
			continue;
		if (UserOfEntry(value.val.binary.data, &accounts[accountCount]))
		{
			accountCount++;
			ColumnAddUuid(&ids, &signon->integration.id);
		}
	}
	activeCount = ActiveAmong(batch, accounts, accountCount, &active);
	integrationCount = IntegrationsRead(&batch->install.id, ColumnDatum(&ids), &integrations);
	links = SignonStart(&batch->install.id);

	JsonArrayInit(&replayed);
	scratch = AllocSetContextCreate(caller, "proctorlink report", ALLOCSET_DEFAULT_SIZES);
	iterator = JsonbIteratorInit(items.val.binary.data);
	index = 0;
	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		JsonObject	entry;
		SignonBlock *signon;
		const Integration *integration;
		pg_uuid_t	account;

		if (token != WJB_ELEM)
			continue;
		CHECK_FOR_INTERRUPTS();
		MemoryContextSwitchTo(scratch);
		JsonObjectInit(&entry);
		JsonAddMembers(&entry, value.val.binary.data, NULL);
		signon = index < batch->itemCount ? batch->items[index].signon : NULL;
		index++;
		if (signon != NULL && UserOfEntry(value.val.binary.data, &account) &&
			bsearch(&account, active, activeCount, sizeof(pg_uuid_t), CompareUuids) != NULL &&
			(integration = IntegrationOf(integrations, integrationCount, &signon->integration)) != NULL)
			AddLink(&entry, links, integration, &account, signon->expiresIn);
		JsonPushObject(&replayed, &entry);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(scratch);
	}
	MemoryContextDelete(scratch);
	SignonEnd(links);

	JsonObjectInit(&answer);
	JsonAddMembers(&answer, &stored->root, "items");
	JsonAddArray(&answer, "items", &replayed);
	return JsonObjectJsonb(&answer);
}
