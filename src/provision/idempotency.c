/*
 * provision/idempotency.c
 *		The row that a batch leaves, and the key that gives its answer back.
 *
 * The row of a key is written before anything else, outside of what a retry
 * rolls back; who brings the same key meanwhile waits on its unique index. The
 * table is written as its owner: callers have no privilege on it.
 */
#include "provision/batch.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "core/crypto.h"
#include "core/jsonb_write.h"
#include "core/sid.h"
#include "core/statement.h"
#include "domain/event.h"
#include "utils/builtins.h"

STATEMENT(takeKey,
		  "INSERT INTO proctorlink.batch (install_id, batch_id, idempotency_key, payload_sha256, status)"
		  " VALUES ($1, $2, $3, $4, 'running') ON CONFLICT DO NOTHING",
		  UUIDOID, UUIDOID, TEXTOID, BYTEAOID);
STATEMENT(readKey,
		  "SELECT b.batch_id, b.payload_sha256, b.answer, b.status FROM proctorlink.batch b"
		  " WHERE b.install_id" EQ "$1 AND b.idempotency_key" EQ "$2",
		  UUIDOID, TEXTOID);
STATEMENT(keepWithKey,
		  "UPDATE proctorlink.batch b SET status = $3, items = $4, succeeded = $5, failed = $6, created = $7,"
		  " updated = $8, found = $9, removed = $10, answer = $11, finished_at = pg_catalog.clock_timestamp(),"
		  " idempotency_key = CASE WHEN $3" EQ "'failed' THEN NULL ELSE b.idempotency_key END,"
		  " payload_sha256 = CASE WHEN $3" EQ "'failed' THEN NULL ELSE b.payload_sha256 END"
		  " WHERE b.install_id" EQ "$1 AND b.batch_id" EQ "$2",
		  UUIDOID, UUIDOID, TEXTOID, INT4OID, INT4OID, INT4OID, INT4OID, INT4OID, INT4OID, INT4OID, JSONBOID);
STATEMENT(keepWithoutKey,
		  "INSERT INTO proctorlink.batch (install_id, batch_id, status, items, succeeded, failed, created, updated,"
		  " found, removed, answer, finished_at)"
		  " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, pg_catalog.clock_timestamp())",
		  UUIDOID, UUIDOID, TEXTOID, INT4OID, INT4OID, INT4OID, INT4OID, INT4OID, INT4OID, INT4OID, JSONBOID);

/* PayloadHash hashes the text of a payload without its key. */
static Datum
PayloadHash(Jsonb *payload)
{
	JsonObject	rest;
	Jsonb	   *jsonb;
	char	   *text;
	Datum		hash;

	JsonObjectInit(&rest);
	JsonAddMembers(&rest, &payload->root, "idempotencyKey");
	jsonb = JsonObjectJsonb(&rest);
	text = JsonbToCString(NULL, &jsonb->root, VARSIZE(jsonb));
	hash = Sha256Datum(text, strlen(text));
	pfree(text);
	pfree(jsonb);
	return hash;
}

/*
 * KeyTake takes the key of a batch, waiting for another call that has it.
 * Answers NULL when the key is ours now, else the stored answer. Raises
 * IDEMPOTENCYMISMATCH when the key was used with another payload, and 40001
 * where the transaction's snapshot is older than the other call.
 */
Jsonb *
KeyTake(Batch *batch, Jsonb *payload)
{
	Datum		values[4] = {UUIDPGetDatum(&batch->install.id)};
	Datum		hash = PayloadHash(payload);
	Datum		byKey[2] = {UUIDPGetDatum(&batch->install.id), TextDatum(batch->key)};

	for (;;)
	{
		bool		isnull;
		Datum		stored;
		Jsonb	   *answer;

		Uuid7(&batch->id);
		values[1] = UUIDPGetDatum(&batch->id);
		values[2] = byKey[1];
		values[3] = hash;
		if (StatementRunAsOwner(&takeKey, values, NULL, false) == 1)
		{
			batch->hasId = true;
			return NULL;
		}

		/*
		 * The other call may have given the key back: it failed, or was
		 * purged.
		 */
		if (StatementRunAsOwner(&readKey, byKey, NULL, false) == 0)
		{
			if (IsolationUsesXactSnapshot())
				ereport(ERROR,
						(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
						 errmsg("could not serialize access due to concurrent use of an idempotency key")));
			continue;
		}
		stored = RowDatum(0, 2, &isnull);
		if (VARSIZE_ANY_EXHDR(DatumGetByteaPP(stored)) != SHA256_LENGTH ||
			memcmp(VARDATA_ANY(DatumGetByteaPP(stored)), VARDATA(DatumGetPointer(hash)), SHA256_LENGTH) != 0)
			RaiseProblem(CODE_KEY_MISMATCH, "Use a new key for a new payload.",
						 "/idempotencyKey: \"%s\" was used with another payload", TextQuoted(batch->key));
		batch->id = RowUuid(0, 1);
		batch->hasId = true;
		stored = RowDatum(0, 3, &isnull);
		if (isnull)
			RaiseProblem(CODE_BUSY, "The call with this key has not ended; wait for its answer.",
						 "/idempotencyKey: \"%s\" is in use by this very transaction", TextQuoted(batch->key));
		answer = DatumGetJsonbPCopy(stored);
		return answer;
	}
}

/* BatchKeep writes what is kept of a batch, which has its key: its counts and the answer given; and its event. */
void
BatchKeep(Batch *batch, Jsonb *answer)
{
	Datum		values[11];
	char		nulls[] = "           ";
	JsonObject	changes;

	values[0] = UUIDPGetDatum(&batch->install.id);
	values[1] = UUIDPGetDatum(&batch->id);
	values[2] = CStringGetTextDatum(batch->status);
	values[3] = Int32GetDatum(batch->itemCount);
	values[4] = Int32GetDatum(batch->succeeded);
	values[5] = Int32GetDatum(batch->failed);
	values[6] = Int32GetDatum(batch->created);
	values[7] = Int32GetDatum(batch->updated);
	values[8] = Int32GetDatum(batch->found);
	values[9] = Int32GetDatum(batch->removed);
	values[10] = PointerGetDatum(answer);
	if (answer == NULL)
		nulls[10] = 'n';
	StatementRunAsOwner(batch->key.presence == GIVEN ? &keepWithKey : &keepWithoutKey, values, nulls, false);

	JsonObjectInit(&changes);
	JsonAddString(&changes, "status", batch->status);
	JsonAddInt(&changes, "items", batch->itemCount);
	JsonAddInt(&changes, "succeeded", batch->succeeded);
	JsonAddInt(&changes, "failed", batch->failed);
	JsonAddInt(&changes, "created", batch->created);
	JsonAddInt(&changes, "updated", batch->updated);
	JsonAddInt(&changes, "found", batch->found);
	JsonAddInt(&changes, "removed", batch->removed);
	EventAdd(&batch->install.id, "batch", SidOf("BA", &batch->id), &changes);
}

/* BatchSessionsEvent notes that an object has made, changed or cancelled sessions: the first of user, exam and course has. */
void
BatchSessionsEvent(const Batch *batch, uint64 sessions)
{
	static const struct
	{
		ItemBlock	block;
		const char *kind;
	}			subjects[] = {{BLOCK_USER, "US"}, {BLOCK_EXAM, "EX"}, {BLOCK_COURSE, "CU"}};
	const BatchItem *item = batch->items;
	JsonObject	changes;

	for (int i = 0; i < lengthof(subjects); i++)
	{
		if (item->outcomes[subjects[i].block] == OUTCOME_NONE)
			continue;
		JsonObjectInit(&changes);
		JsonAddInt(&changes, "sessions", sessions);
		EventAdd(&batch->install.id, "provisioned",
				 SidOf(subjects[i].kind, &item->blocks[subjects[i].block].key), &changes);
		return;
	}
}
