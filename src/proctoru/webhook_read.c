/*
 * proctoru/webhook_read.c
 *		Reading of what a webhook brings: its body, and behind PostgREST its
 *		headers.
 *
 * Neither need be what it should; then there is nothing to read, and no error.
 */
#include "proctoru/webhook.h"

#include "catalog/pg_type.h"
#include "core/attempt.h"
#include "core/crypto.h"
#include "core/sid.h"
#include "core/statement.h"
#include "mb/pg_wchar.h"
#include "proctoru/answer.h"
#include "utils/builtins.h"
#include "utils/guc.h"

/* Headers of a request that take more are none. */
#define MAX_HEADERS_BYTES 65536

/* A header that comes twice, in whatever case, is none. */
STATEMENT(readHeaders,
		  "SELECT CASE WHEN pg_catalog.count(*) FILTER (WHERE h.key" EQ "'proctorlink-webhook')" EQ "1"
		  " THEN pg_catalog.max(h.value) FILTER (WHERE h.key" EQ "'proctorlink-webhook') END,"
		  " CASE WHEN pg_catalog.count(*) FILTER (WHERE h.key" EQ "'x-proctoru-signature')" EQ "1"
		  " THEN pg_catalog.max(h.value) FILTER (WHERE h.key" EQ "'x-proctoru-signature') END"
		  " FROM (SELECT pg_catalog.lower(e.key COLLATE pg_catalog.\"C\") AS key, e.value"
		  " FROM pg_catalog.json_each_text($1::pg_catalog.json) e) h",
		  TEXTOID);

/* ReadMember reads a member of an object into a field; false where there is none that is good. */
static bool
ReadMember(JsonbContainer *object, const Member *member, void *field)
{
	JsonbValue	value;
	Problems	problems;

	if (getKeyJsonValueFromContainer(object, member->name, member->nameLength, &value) == NULL ||
		LenientIsAbsent(&value))
		return false;
	ProblemsInit(&problems, CurrentMemoryContext);
	ReadMemberLenient(&value, NULL, member, field, &problems);
	return problems.count == 0;
}

/* ReadReservation reads by what an object names a reservation, where nothing has named it before. */
static void
ReadReservation(JsonbContainer *object, WebhookContent *content)
{
	static const int maxLength = MAX_ID_LENGTH;
	static const Member idMember = {"reservation_id", sizeof("reservation_id") - 1, ReadId, 0, &maxLength};
	static const Member numberMember = {"reservation_no", sizeof("reservation_no") - 1, ReadNumber, 0, NULL};
	Text		id;
	NumberField number;

	if (content->reservationId.presence != GIVEN && ReadMember(object, &idMember, &id))
		content->reservationId = id;
	if (content->reservationNo == 0 && ReadMember(object, &numberMember, &number))
		content->reservationNo = number.value;
}

/* ReadEvent reads the event and the reservation of a body; nothing where it names no event. */
static void
ReadEvent(JsonbContainer *body, WebhookContent *content)
{
	static const char *const blocks[] = {"reservation", "cancellation", "event", "verification", "exam", "test_taker"};
	JsonbValue	value;
	JsonbValue	type;
	Text		eventType;

	if (getKeyJsonValueFromContainer(body, "event", strlen("event"), &value) == NULL ||
		value.type != jbvBinary || !JsonContainerIsObject(value.val.binary.data) ||
		getKeyJsonValueFromContainer(value.val.binary.data, "type", strlen("type"), &type) == NULL)
		return;
	eventType = LenientText(&type);
	if (eventType.presence != GIVEN || IdFault(eventType, MAX_CODE_LENGTH) != NULL)
		return;
	for (int i = 0; i < lengthof(blocks); i++)
		if (getKeyJsonValueFromContainer(body, blocks[i], strlen(blocks[i]), &value) != NULL &&
			value.type == jbvBinary && JsonContainerIsObject(value.val.binary.data))
			ReadReservation(value.val.binary.data, content);
	ReadReservation(body, content);
	content->eventType = eventType;
}

/* WebhookReadBody reads a body, which may be anything. */
void
WebhookReadBody(Text body, WebhookContent *content)
{
	Jsonb	   *object;

	*content = (WebhookContent)
	{
		NO_TEXT, NO_TEXT, 0
	};
	if (!pg_verify_mbstr(PG_UTF8, body.data, body.len, true))
		return;
	object = JsonObjectParse(TextOf(pnstrdup(body.data, body.len)));
	if (object != NULL)
		ReadEvent(&object->root, content);
}

/* Headers that are read, and what they tell. */
typedef struct Headers
{
	const char *json;
	Text		names;
	Text		signature;
} Headers;

/* ReadHeaders takes the headers that name the integration and bring the signature. */
static bool
ReadHeaders(void *what)
{
	Headers    *headers = what;
	Datum		json = CStringGetTextDatum(headers->json);

	SpiStart();
	StatementRun(&readHeaders, &json, NULL, true);
	headers->names = RowText(0, 1);
	headers->signature = RowText(0, 2);
	SPI_finish();
	return true;
}

/* WebhookReadHeaders reads what PostgREST tells of the request's headers: install/integration, and the signature. */
void
WebhookReadHeaders(Webhook *webhook)
{
	Headers		headers = {GetConfigOption("request.headers", true, false)};

	webhook->install = webhook->integration = webhook->signature = NO_TEXT;
	if (headers.json == NULL || headers.json[0] == '\0' || strlen(headers.json) > MAX_HEADERS_BYTES ||
		!AttemptToRead(ReadHeaders, &headers))
		return;
	if (headers.names.presence == GIVEN && headers.names.len == 2 * SID_LENGTH + 1 &&
		headers.names.data[SID_LENGTH] == '/')
	{
		webhook->install = (Text)
		{
			headers.names.data, SID_LENGTH, GIVEN
		};
		webhook->integration = (Text)
		{
			headers.names.data + SID_LENGTH + 1, SID_LENGTH, GIVEN
		};
	}
	webhook->signature = headers.signature;
}
