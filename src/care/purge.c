/*
 * care/purge.c
 *		What is old and goes: calls and their idempotency keys, events, keys that
 *		no link needs any more, links that were used and have run out, bodies of
 *		webhooks.
 *
 * As the tables' owner, since nobody else may delete any of it; the function
 * itself is given to administrators alone.
 */
#include "core/compat.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "core/problems.h"
#include "core/settings.h"
#include "core/sid.h"
#include "core/statement.h"
#include "domain/event.h"
#include "domain/install.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(proctorlink_purge);

STATEMENT(purgeBatches,
		  "DELETE FROM proctorlink.batch b WHERE b.install_id" EQ "$1"
		  " AND greatest(b.created_at, b.finished_at)" LT "$2",
		  UUIDOID, TIMESTAMPTZOID);

/* The newest stays: whoever has read all goes on from it. */
STATEMENT(purgeEvents,
		  "DELETE FROM proctorlink.event e WHERE e.install_id" EQ "$1 AND e.at" LT "$2"
		  " AND e.event_id" NE "(SELECT l.event_id FROM proctorlink.event l WHERE l.install_id" EQ "$1"
		  " ORDER BY l.place DESC, l.event_id DESC LIMIT 1)",
		  UUIDOID, TIMESTAMPTZOID);
STATEMENT(purgeSigningKeys,
		  "DELETE FROM proctorlink.signing_key k WHERE k.install_id" EQ "$1 AND k.retired_at" LT "$2",
		  UUIDOID, TIMESTAMPTZOID);

STATEMENT(purgeSignonUses,
		  "DELETE FROM proctorlink.signon_use u WHERE u.install_id" EQ "$1 AND u.expires_at" LT "$2",
		  UUIDOID, TIMESTAMPTZOID);

/* That a body came stays known, so that it is not taken for a new one. */
STATEMENT(purgeWebhookBodies,
		  "DELETE FROM proctorlink.webhook_body b USING proctorlink.webhook w"
		  " WHERE b.install_id" EQ "$1 AND w.install_id" EQ "$1 AND w.webhook_id" EQ "b.webhook_id"
		  " AND w.received_at" LT "$2",
		  UUIDOID, TIMESTAMPTZOID);

/* What is purged, and how many seconds it is kept at least; in the order of the answer. */
static const struct
{
	const char *what;
	Statement  *statement;
	int			seconds;
}			kinds[] = {
	{"batch", &purgeBatches, KEY_RETENTION_HOURS * SECS_PER_HOUR},
	{"event", &purgeEvents, 0},
	/* Links are good for some seconds more, since clocks differ. */
	{"signing_key", &purgeSigningKeys, SIGNON_SECONDS_MOST + SECS_PER_MINUTE},
	{"signon_use", &purgeSignonUses, 0},
	{"webhook_body", &purgeWebhookBodies, 0},
};

/* proctorlink.purge(before) */
Datum
proctorlink_purge(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	TimestampTz now = GetCurrentTransactionStartTimestamp();
	TimestampTz before;
	Install		install;
	JsonObject	changes;
	uint64		all = 0;

	REQUIRE_ARGUMENTS("before");
	before = PG_GETARG_TIMESTAMPTZ(0);
	if (before > now)
		RaiseProblem(CODE_INVALID, "Name a time in the past.", "before: must not be in the future");
	InitMaterializedSRF(fcinfo, 0);
	SpiStart();
	InstallForCall(NO_TEXT, &install);
	JsonObjectInit(&changes);
	for (int i = 0; i < lengthof(kinds); i++)
	{
		TimestampTz until = Min(before, now - kinds[i].seconds * USECS_PER_SEC);
		Datum		values[2] = {UUIDPGetDatum(&install.id), TimestampTzGetDatum(until)};
		uint64		rows = StatementRunAsOwner(kinds[i].statement, values, NULL, false);
		Datum		row[2] = {CStringGetTextDatum(kinds[i].what), Int64GetDatum(rows)};
		bool		nulls[2] = {false};

		tuplestore_putvalues(result->setResult, result->setDesc, row, nulls);
		JsonAddInt(&changes, kinds[i].what, rows);
		all += rows;
	}
	if (all > 0)
		EventAdd(&install.id, "purged", SidOf("AI", &install.id), &changes);
	SPI_finish();
	return (Datum) 0;
}
