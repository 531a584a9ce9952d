/*
 * core/module.c
 *		The library's entry, its settings, and what it tells about itself.
 */
#include "core/compat.h"
#include "core/foreign_keys.h"
#include "core/jsonb_write.h"
#include "core/principal.h"
#include "core/settings.h"
#include "core/written.h"

#include "commands/trigger.h"
#include "executor/spi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/timestamp.h"

#ifdef PG_MODULE_MAGIC_EXT
PG_MODULE_MAGIC_EXT(.name = "proctorlink",.version = PROCTORLINK_VERSION);
#else
PG_MODULE_MAGIC;
#endif

PG_FUNCTION_INFO_V1(proctorlink_require_utf8);
PG_FUNCTION_INFO_V1(proctorlink_version);
PG_FUNCTION_INFO_V1(proctorlink_limits);
PG_FUNCTION_INFO_V1(proctorlink_touch_row);

int			MaxItems = 100000;
int			MaxPayloadBytes = 256 * 1024 * 1024;
bool		NotifyOfEvents = false;

/* _PG_init defines the settings, in the order of their names, and starts what watches the backend. */
void
_PG_init(void)
{
	DefineCustomIntVariable("proctorlink.max_items",
							"Items that a call may bring at most.",
							"A call with more raises LIMITEXCEEDED.",
							&MaxItems, 100000, 1, 1000000, PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("proctorlink.max_payload_bytes",
							"Bytes that the payload of a call may have at most, as jsonb.",
							"A call with more raises LIMITEXCEEDED.",
							&MaxPayloadBytes, 256 * 1024 * 1024, 1024, 256 * 1024 * 1024,
							PGC_SUSET, GUC_UNIT_BYTE, NULL, NULL, NULL);
	DefineCustomBoolVariable("proctorlink.notify",
							 "Tells those who LISTEN to proctorlink that there are new events.",
							 "Commits then wait for each other, and a transaction with events cannot be prepared.",
							 &NotifyOfEvents, false, PGC_SUSET, 0, NULL, NULL, NULL);
	MarkGUCPrefixReserved("proctorlink");
	PrincipalStart();
	ForeignKeysStart();
}

/* proctorlink.require_utf8(): ids and jsonb are read as UTF-8. */
Datum
proctorlink_require_utf8(PG_FUNCTION_ARGS)
{
	if (GetDatabaseEncoding() != PG_UTF8)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("proctorlink needs a database with encoding UTF8"),
				 errdetail("The encoding of this database is %s.", GetDatabaseEncodingName())));
	PG_RETURN_VOID();
}

/* proctorlink.version() */
Datum
proctorlink_version(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(PROCTORLINK_VERSION));
}

/* proctorlink.limits() */
Datum
proctorlink_limits(PG_FUNCTION_ARGS)
{
	JsonObject	limits;
	JsonObject	lengths;
	JsonObject	seconds;
	JsonObject	accessSeconds;

	JsonObjectInit(&lengths);
	JsonAddInt(&lengths, "ids", MAX_ID_LENGTH);
	JsonAddInt(&lengths, "usernames", MAX_ID_LENGTH);
	JsonAddInt(&lengths, "names", MAX_NAME_LENGTH);
	JsonAddInt(&lengths, "titles", MAX_NAME_LENGTH);
	JsonAddInt(&lengths, "email", MAX_ID_LENGTH);
	JsonAddInt(&lengths, "scheduleExternalIds", MAX_SHORT_ID_LENGTH);
	JsonAddInt(&lengths, "hierarchyExternalIds", MAX_SHORT_ID_LENGTH);
	JsonAddInt(&lengths, "examExternalIds", MAX_ID_LENGTH);
	JsonAddInt(&lengths, "scheduleTitles", MAX_CODE_LENGTH);
	JsonAddInt(&lengths, "codes", MAX_CODE_LENGTH);
	JsonAddInt(&lengths, "urls", MAX_URL_LENGTH);
	JsonAddInt(&lengths, "notes", MAX_NOTES_LENGTH);
	JsonAddInt(&lengths, "descriptions", MAX_NOTES_LENGTH);
	JsonAddInt(&lengths, "passwords", MAX_PASSWORD_LENGTH);
	JsonAddInt(&lengths, "idempotencyKeys", MAX_KEY_LENGTH);

	JsonObjectInit(&seconds);
	JsonAddInt(&seconds, "least", SIGNON_SECONDS_LEAST);
	JsonAddInt(&seconds, "most", SIGNON_SECONDS_MOST);
	JsonAddInt(&seconds, "default", SIGNON_SECONDS_DEFAULT);

	JsonObjectInit(&accessSeconds);
	JsonAddInt(&accessSeconds, "least", 1);
	JsonAddInt(&accessSeconds, "most", ACCESS_SECONDS_MOST);
	JsonAddInt(&accessSeconds, "default", ACCESS_SECONDS_DEFAULT);

	JsonObjectInit(&limits);
	JsonAddInt(&limits, "items", MaxItems);
	JsonAddInt(&limits, "bytes", MaxPayloadBytes);
	JsonAddInt(&limits, "keyRetentionHours", KEY_RETENTION_HOURS);
	JsonAddObject(&limits, "lengths", &lengths);
	JsonAddObject(&limits, "signonSeconds", &seconds);
	JsonAddObject(&limits, "accessTokenSeconds", &accessSeconds);
	PG_RETURN_JSONB_P(JsonObjectJsonb(&limits));
}

/* proctorlink.touch_row(): BEFORE UPDATE FOR EACH ROW on any table with updated_at. */
Datum
proctorlink_touch_row(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	int			column;
	Datum		now;
	bool		isnull = false;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_BEFORE(trigger->tg_event) ||
		!TRIGGER_FIRED_FOR_ROW(trigger->tg_event) || !TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("touch_row must be fired BEFORE UPDATE FOR EACH ROW")));

	CheckTriggerTable(trigger, NULL);
	column = SPI_fnumber(trigger->tg_relation->rd_att, "updated_at");
	if (column <= 0)
		elog(ERROR, "table %s has no column updated_at", RelationGetRelationName(trigger->tg_relation));
	now = TimestampTzGetDatum(GetCurrentTransactionStartTimestamp());
	return PointerGetDatum(heap_modify_tuple_by_cols(trigger->tg_newtuple, trigger->tg_relation->rd_att,
													 1, &column, &now, &isnull));
}
