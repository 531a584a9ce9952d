/*
 * proctoru/webhook.c
 *		What ProctorU reports by itself, and what that does here.
 *
 * Anybody may call: the signature says who it is. So everything is read and
 * written as the tables' owner, for the integration whose secret signed. A body
 * is kept before anything is done about it, under its hash; of several who bring
 * it at once one does it, and the others wait and answer what the first did.
 */
#include "proctoru/webhook.h"

#include "access/detoast.h"
#include "catalog/pg_type.h"
#include "core/crypto.h"
#include "core/jsonb_write.h"
#include "core/principal.h"
#include "core/settings.h"
#include "core/sid.h"
#include "core/statement.h"
#include "domain/erased.h"
#include "domain/exam_session.h"
#include "provision/guarded.h"
#include "utils/guc.h"

PG_FUNCTION_INFO_V1(proctorlink_proctoru_webhook);
PG_FUNCTION_INFO_V1(proctorlink_proctoru_webhook_raw);

/* Sids and signatures that are longer are not even unpacked. */
#define MAX_NAMED_BYTES 100

/* What was done about a webhook. */
#define MOVED "moved"
#define UNCHANGED "unchanged"
#define NOT_ALLOWED "not allowed"
#define NO_RULE "no rule"
#define NO_SESSION "no session"
#define NOT_READ "not read"

/* A webhook that is known to come from an integration. */
typedef struct Delivery
{
	pg_uuid_t	install;
	pg_uuid_t	integration;
	pg_uuid_t	id;
	uint8		digest[SHA256_LENGTH];
	WebhookContent content;
	bool		hasSession;
	pg_uuid_t	session;
	Text		wanted;			/* the status that its rule names */
	Text		reason;
	Text		status;			/* of the session, afterwards */
	Text		result;
	bool		isDuplicate;
} Delivery;

STATEMENT(readKept,
		  "SELECT w.event_type, w.exam_session_id, w.status, w.result FROM proctorlink.webhook w"
		  " WHERE w.install_id" EQ "$1 AND w.integration_id" EQ "$2 AND w.body_sha256" EQ "$3",
		  UUIDOID, UUIDOID, BYTEAOID);
STATEMENT(readRule,
		  "SELECT r.status, coalesce(r.reason, pg_catalog.concat('webhook: ', r.event_type))"
		  " FROM proctorlink.webhook_rule r"
		  " WHERE r.install_id" EQ "$1 AND r.event_type" EQ "$3"
		  " AND (r.integration_id IS NULL OR r.integration_id" EQ "$2) ORDER BY r.integration_id NULLS LAST LIMIT 1",
		  UUIDOID, UUIDOID, TEXTOID);
STATEMENT(sessionById,
		  "SELECT s.exam_session_id, s.status FROM proctorlink.exam_session s"
		  " WHERE s.install_id" EQ "$1 AND s.integration_id" EQ "$2 AND s.reservation_id" EQ "$3",
		  UUIDOID, UUIDOID, TEXTOID);
STATEMENT(sessionByNumber,
		  "SELECT s.exam_session_id, s.status FROM proctorlink.exam_session s"
		  " WHERE s.install_id" EQ "$1 AND s.integration_id" EQ "$2 AND s.reservation_no" EQ "$3"
		  " UNION ALL SELECT s.exam_session_id, s.status FROM proctorlink.former_reservation f"
		  " JOIN proctorlink.exam_session s ON s.install_id" EQ "$1 AND s.exam_session_id" EQ "f.exam_session_id"
		  " WHERE f.install_id" EQ "$1 AND f.reservation_no" EQ "$3 AND s.integration_id" EQ "$2",
		  UUIDOID, UUIDOID, INT8OID);
STATEMENT(keep,
		  "INSERT INTO proctorlink.webhook (install_id, webhook_id, integration_id, body_sha256, event_type,"
		  " exam_session_id, wanted_status, status, result) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
		  " ON CONFLICT (install_id, integration_id, body_sha256) DO NOTHING",
		  UUIDOID, UUIDOID, UUIDOID, BYTEAOID, TEXTOID, UUIDOID, TEXTOID, TEXTOID, TEXTOID);
/* The key of the session has waited for an erasure at the same moment. */
STATEMENT(keepBody,
		  "INSERT INTO proctorlink.webhook_body (install_id, webhook_id, body) SELECT $1, $2,"
		  " CASE WHEN (SELECT a.status FROM proctorlink.webhook w"
		  " JOIN proctorlink.exam_session s ON s.install_id" EQ "$1 AND s.exam_session_id" EQ "w.exam_session_id"
		  " JOIN proctorlink.account a ON a.install_id" EQ "$1 AND a.account_id" EQ "s.account_id"
		  " WHERE w.install_id" EQ "$1 AND w.webhook_id" EQ "$2)" EQ "'erased' THEN NULL ELSE $3 END",
		  UUIDOID, UUIDOID, BYTEAOID);
STATEMENT(keepResult,
		  "UPDATE proctorlink.webhook w SET status = $3, result = $4"
		  " WHERE w.install_id" EQ "$1 AND w.webhook_id" EQ "$2",
		  UUIDOID, UUIDOID, TEXTOID, TEXTOID);

/* BytesDatum makes a bytea of bytes. */
static Datum
BytesDatum(const void *data, size_t len)
{
	bytea	   *bytes = palloc(VARHDRSZ + len);

	SET_VARSIZE(bytes, VARHDRSZ + len);
	memcpy(VARDATA(bytes), data, len);
	return PointerGetDatum(bytes);
}

/* RowSession reads an id of a session that may be null. */
static void
RowSession(Delivery *delivery, int column)
{
	bool		isnull;

	(void) RowDatum(0, column, &isnull);
	delivery->hasSession = !isnull;
	if (!isnull)
		delivery->session = RowUuid(0, column);
}

/* FindKept finds what was done about a body that came before. */
static bool
FindKept(Delivery *delivery)
{
	Datum		values[3] = {UUIDPGetDatum(&delivery->install), UUIDPGetDatum(&delivery->integration),
	BytesDatum(delivery->digest, SHA256_LENGTH)};

	if (StatementRunAsOwner(&readKept, values, NULL, false) == 0)
		return false;
	delivery->isDuplicate = true;
	delivery->content.eventType = RowText(0, 1);
	RowSession(delivery, 2);
	delivery->status = RowText(0, 3);
	delivery->result = RowText(0, 4);
	return true;
}

/* FindRule finds what is to be done about an event of this type, and tells whether anything was said of it. */
static bool
FindRule(Delivery *delivery)
{
	Datum		values[3] = {UUIDPGetDatum(&delivery->install), UUIDPGetDatum(&delivery->integration)};

	values[2] = TextDatum(delivery->content.eventType);
	if (StatementRunAsOwner(&readRule, values, NULL, false) == 0)
		return false;
	delivery->wanted = RowText(0, 1);
	delivery->reason = RowText(0, 2);
	return true;
}

/*
 * FindSession finds the session of the reservation that a body names, by its id;
 * by its number, also a former one, where there is no id. A number beside the id
 * may be one that only ProctorU knows, but not that of another reservation.
 */
static void
FindSession(Delivery *delivery)
{
	const WebhookContent *content = &delivery->content;
	Datum		values[3] = {UUIDPGetDatum(&delivery->install), UUIDPGetDatum(&delivery->integration)};

	if (content->reservationId.presence == GIVEN)
	{
		values[2] = TextDatum(content->reservationId);
		if (StatementRunAsOwner(&sessionById, values, NULL, false) == 0)
			return;
		RowSession(delivery, 1);
		delivery->status = RowText(0, 2);
	}
	if (content->reservationNo == 0)
		return;
	values[2] = Int64GetDatum(content->reservationNo);
	if (StatementRunAsOwner(&sessionByNumber, values, NULL, false) == 0)
		return;
	if (delivery->hasSession)
	{
		pg_uuid_t	numbered = RowUuid(0, 1);

		if (memcmp(&numbered, &delivery->session, UUID_LEN) != 0)
		{
			delivery->hasSession = false;
			delivery->status = NULL_TEXT;
		}
		return;
	}
	RowSession(delivery, 1);
	delivery->status = RowText(0, 2);
}

/*
 * Keep keeps a body with what is to be done about it; false when it is kept
 * already. The bytes of one that is of no sitting known here may name somebody who
 * was erased, so an install that has erased anybody keeps but that it came.
 */
static bool
Keep(Delivery *delivery, Text body)
{
	Datum		values[9] = {UUIDPGetDatum(&delivery->install), UUIDPGetDatum(&delivery->id),
		UUIDPGetDatum(&delivery->integration), BytesDatum(delivery->digest, SHA256_LENGTH), 0,
	UUIDPGetDatum(&delivery->session)};
	char		nulls[] = "         ";

	Uuid7(&delivery->id);
	ParameterText(values, nulls, 4, delivery->content.eventType);
	nulls[5] = delivery->hasSession ? ' ' : 'n';
	ParameterText(values, nulls, 6, delivery->wanted);
	ParameterText(values, nulls, 7, delivery->status);
	ParameterText(values, nulls, 8, delivery->result);
	if (StatementRunAsOwner(&keep, values, nulls, false) == 0)
		return false;
	values[2] = BytesDatum(body.data, body.len);
	StatementRunAsOwner(&keepBody, values, !delivery->hasSession && ErasedAny(&delivery->install) ? "  n" : NULL, false);
	return true;
}

/* KeepResult keeps what became of it. */
static void
KeepResult(Delivery *delivery)
{
	Datum		values[4] = {UUIDPGetDatum(&delivery->install), UUIDPGetDatum(&delivery->id)};
	char		nulls[] = "    ";

	ParameterText(values, nulls, 2, delivery->status);
	ParameterText(values, nulls, 3, delivery->result);
	StatementRunAsOwner(&keepResult, values, nulls, false);
}

/* StartMove says what holds until the session was moved. */
static void
StartMove(void *what)
{
	Delivery   *delivery = what;

	delivery->result = TextOf(NOT_ALLOWED);
}

/* Move brings the session to the status that the rule names, where it may go there. */
static void
Move(void *what)
{
	Delivery   *delivery = what;
	Text		from;

	switch (SessionSetStatus(&delivery->install, &delivery->session, delivery->wanted, delivery->reason, true, &from))
	{
		case STATUS_OF_NOBODY:
			elog(ERROR, "the session of a reservation is gone");
			break;
		case STATUS_THE_SAME:
			delivery->result = TextOf(UNCHANGED);
			break;
		case STATUS_NOT_ALLOWED:
			break;
		case STATUS_CHANGED:
			delivery->result = TextOf(MOVED);
			from = delivery->wanted;
			break;
	}
	delivery->status = from;
}

/* NotRefused tells that nothing is to be undone: what was not allowed has written nothing. */
static bool
NotRefused(const void *what)
{
	return false;
}

/* TellMove takes an error, such as of a rule of others on the session, for not allowed. */
static void
TellMove(void *what, const ErrorData *error)
{
	StartMove(what);
}

/* MoveAs moves the session in the name of the integration, which speaks for nothing else that is done here. */
static void
MoveAs(Delivery *delivery)
{
	static const GuardedWork guarded = {true, StartMove, Move, NotRefused, TellMove};
	Principal	before = *PrincipalCurrent();
	Principal	sender = {.kind = PRINCIPAL_SYSTEM,.hasInstall = true,.hasIntegration = true};

	sender.install = delivery->install;
	sender.integration = delivery->integration;
	PrincipalSet(&sender);
	GuardedRun(&guarded, delivery);
	PrincipalSet(&before);
}

/* Decide finds what is to be done about a webhook; true where a session is to be moved. */
static bool
Decide(Delivery *delivery, Text body)
{
	bool		hasRule;

	WebhookReadBody(body, &delivery->content);
	delivery->result = TextOf(NOT_READ);
	if (delivery->content.eventType.presence != GIVEN)
		return false;
	SpiStart();
	hasRule = FindRule(delivery);
	FindSession(delivery);
	SPI_finish();
	delivery->result = TextOf(!hasRule ? NO_RULE : delivery->wanted.presence != GIVEN ? UNCHANGED :
							  !delivery->hasSession ? NO_SESSION : NOT_ALLOWED);
	return hasRule && delivery->wanted.presence == GIVEN && delivery->hasSession;
}

/* Accept keeps a body that is new, and does what is to be done about it; of one that is not it tells what was done. */
static void
Accept(Delivery *delivery, Text body)
{
	bool		moves;
	bool		isNew;

	SpiStart();
	isNew = !FindKept(delivery);
	SPI_finish();
	if (!isNew)
		return;
	moves = Decide(delivery, body);
	SpiStart();
	isNew = Keep(delivery, body);
	if (!isNew && !FindKept(delivery))
		RaiseProblem(CODE_BUSY, "Send it again.", "the same body was kept and removed meanwhile");
	SPI_finish();
	if (!isNew || !moves)
		return;
	MoveAs(delivery);
	SpiStart();
	KeepResult(delivery);
	SPI_finish();
}

/* Answer tells the sender what was done. */
static Datum
Answer(const Delivery *delivery)
{
	JsonObject	answer;

	set_config_option("response.status", "200", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_LOCAL, true, 0, false);
	JsonObjectInit(&answer);
	JsonAddBool(&answer, "received", true);
	JsonAddBool(&answer, "duplicate", delivery->isDuplicate);
	JsonAddText(&answer, "event_type", delivery->content.eventType);
	JsonAddSid(&answer, "session", "ES", delivery->hasSession ? &delivery->session : NULL);
	JsonAddText(&answer, "status", delivery->status);
	JsonAddText(&answer, "result", delivery->result);
	return JsonbPGetDatum(JsonObjectJsonb(&answer));
}

/* CheckSize raises when a body is too large, which is not unpacked for that. */
static void
CheckSize(NullableDatum body)
{
	int			most = Min(MAX_WEBHOOK_BYTES, MaxPayloadBytes);

	if (!body.isnull && toast_raw_datum_size(body.value) - VARHDRSZ > most)
		RaiseProblem(CODE_LIMIT, NULL, "body: is longer than %d bytes", most);
}

/* BytesOf views the bytes of a body. */
static Text
BytesOf(NullableDatum body)
{
	bytea	   *bytes;

	if (body.isnull)
		return (Text)
	{
		"", 0, ABSENT
	};
	bytes = DatumGetByteaPP(body.value);
	return (Text)
	{
		VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes), GIVEN
	};
}

/* NamedText views a sid or signature; absent where it is too long to be one. */
static Text
NamedText(NullableDatum value)
{
	if (value.isnull || toast_raw_datum_size(value.value) - VARHDRSZ > MAX_NAMED_BYTES)
		return NO_TEXT;
	return TextOfDatum(value.value, false);
}

/* Receive takes a webhook whose parts have been read. */
static Datum
Receive(const Webhook *webhook)
{
	Delivery	delivery = {0};

	SpiStart();
	WebhookAuthenticate(webhook, &delivery.install, &delivery.integration);
	SPI_finish();
	Sha256(webhook->body.data, webhook->body.len, delivery.digest);
	Accept(&delivery, webhook->body);
	return Answer(&delivery);
}

/* proctorlink.proctoru_webhook(install_sid, integration_sid, body, signature) */
Datum
proctorlink_proctoru_webhook(PG_FUNCTION_ARGS)
{
	Webhook		webhook;

	CheckSize(fcinfo->args[2]);
	webhook.install = NamedText(fcinfo->args[0]);
	webhook.integration = NamedText(fcinfo->args[1]);
	webhook.signature = NamedText(fcinfo->args[3]);
	webhook.body = BytesOf(fcinfo->args[2]);
	return Receive(&webhook);
}

/* proctorlink.proctoru_webhook_raw(body) */
Datum
proctorlink_proctoru_webhook_raw(PG_FUNCTION_ARGS)
{
	Webhook		webhook;

	CheckSize(fcinfo->args[0]);
	WebhookReadHeaders(&webhook);
	webhook.body = BytesOf(fcinfo->args[0]);
	return Receive(&webhook);
}
