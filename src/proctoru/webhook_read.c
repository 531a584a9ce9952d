/*
 * proctoru/webhook_read.c
 *		Reading of what a webhook brings: its body, and behind PostgREST its
 *		headers.
 *
 * Neither need be what it should; then there is nothing to read, and no error.
 */
#include "proctoru/webhook.h"

#include "catalog/pg_type.h"
#include "core/sid.h"
#include "core/statement.h"
#include "mb/pg_wchar.h"
#include "proctoru/answer.h"
#include "provision/guarded.h"
#include "utils/fmgrprotos.h"
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

/* What a guarded reading reads, and from what. */
typedef struct Reading
{
	Text		from;
	WebhookContent *content;
	Webhook    *webhook;
} Reading;

/* ReadNothing forgets what was read before an error. */
static void
ReadNothing(void *what)
{
	Reading    *reading = what;

	if (reading->content != NULL)
		*reading->content = (WebhookContent)
	{
		NO_TEXT, NO_TEXT, 0
	};
	if (reading->webhook != NULL)
		reading->webhook->install = reading->webhook->integration = reading->webhook->signature = NO_TEXT;
}

/* NotRefused tells that nothing is to be undone. */
static bool
NotRefused(const void *what)
{
	return false;
}

/* TellNothing passes over why something could not be read. */
static void
TellNothing(void *what, const ErrorData *error)
{
	ReadNothing(what);
}

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

/* ReadContent reads the event and the reservation of a body that is a JSON object. */
static void
ReadContent(void *what)
{
	static const char *const blocks[] = {"reservation", "cancellation", "event", "verification", "exam", "test_taker"};
	Reading    *reading = what;
	Jsonb	   *body = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(pnstrdup(reading->from.data,
																							 reading->from.len))));
	JsonbValue	value;
	JsonbValue	type;
	Text		eventType;

	if (!JB_ROOT_IS_OBJECT(body) ||
		getKeyJsonValueFromContainer(&body->root, "event", strlen("event"), &value) == NULL ||
		value.type != jbvBinary || !JsonContainerIsObject(value.val.binary.data) ||
		getKeyJsonValueFromContainer(value.val.binary.data, "type", strlen("type"), &type) == NULL)
		return;
	eventType = LenientText(&type);
	if (eventType.presence != GIVEN || IdFault(eventType, MAX_CODE_LENGTH) != NULL)
		return;
	for (int i = 0; i < lengthof(blocks); i++)
		if (getKeyJsonValueFromContainer(&body->root, blocks[i], strlen(blocks[i]), &value) != NULL &&
			value.type == jbvBinary && JsonContainerIsObject(value.val.binary.data))
			ReadReservation(value.val.binary.data, reading->content);
	ReadReservation(&body->root, reading->content);
	reading->content->eventType = eventType;
}

/* WebhookReadBody reads a body, which may be anything. */
void
WebhookReadBody(Text body, WebhookContent *content)
{
	static const GuardedWork guarded = {true, ReadNothing, ReadContent, NotRefused, TellNothing};
	Reading		reading = {.from = body,.content = content};

	ReadNothing(&reading);
	if (pg_verify_mbstr(PG_UTF8, body.data, body.len, true))
		GuardedRun(&guarded, &reading);
}

/* ReadHeaders takes the headers that name the integration (install/integration) and bring the signature. */
static void
ReadHeaders(void *what)
{
	Reading    *reading = what;
	Datum		headers = TextDatum(reading->from);
	Text		names;

	StatementRun(&readHeaders, &headers, NULL, true);
	names = RowText(0, 1);
	if (names.presence == GIVEN && names.len == 2 * SID_LENGTH + 1 && names.data[SID_LENGTH] == '/')
	{
		reading->webhook->install = (Text)
		{
			names.data, SID_LENGTH, GIVEN
		};
		reading->webhook->integration = (Text)
		{
			names.data + SID_LENGTH + 1, SID_LENGTH, GIVEN
		};
	}
	reading->webhook->signature = RowText(0, 2);
}

/* WebhookReadHeaders reads what PostgREST tells of the request's headers. */
void
WebhookReadHeaders(Webhook *webhook)
{
	static const GuardedWork guarded = {true, ReadNothing, ReadHeaders, NotRefused, TellNothing};
	const char *headers = GetConfigOption("request.headers", true, false);
	Reading		reading = {.webhook = webhook};

	ReadNothing(&reading);
	if (headers == NULL || headers[0] == '\0' || strlen(headers) > MAX_HEADERS_BYTES)
		return;
	reading.from = TextOf(headers);
	GuardedRun(&guarded, &reading);
}
