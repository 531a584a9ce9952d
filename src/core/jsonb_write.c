/*
 * core/jsonb_write.c
 *		Building of answers as jsonb.
 *
 * pushJsonbValue keeps a tree of 72 bytes a member, with room for four members
 * an object, rounded up to a power of two, and unpacks containers that are handed
 * to it: by that an item of a batch's answer would take some 2 kB, for 250 bytes
 * of answer. Here every object is written in the format of utils/jsonb.h as soon
 * as its members are known.
 */
#include "core/jsonb_write.h"

#include "core/sid.h"
#include "utils/numeric.h"

static void FinishArray(JsonArray *array, StringInfo out);

/* JsonObjectInit starts an object without members. */
void
JsonObjectInit(JsonObject *object)
{
	object->count = 0;
}

/* AddPiece adds a member. */
static void
AddPiece(JsonObject *object, const char *key, uint32 type, const char *data, int32 len)
{
	JsonPiece  *piece;

	if (object->count == MAX_PIECES)
		elog(ERROR, "too many members in an answer");
	piece = &object->pieces[object->count++];
	piece->key = TextOf(key);
	piece->type = type;
	piece->data = data;
	piece->len = len;
	piece->array = NULL;
	piece->writer = NULL;
}

/* JsonAddText adds a text, null where there is none. */
void
JsonAddText(JsonObject *object, const char *key, Text value)
{
	if (value.presence == GIVEN)
		AddPiece(object, key, JENTRY_ISSTRING, value.data, value.len);
	else
		AddPiece(object, key, JENTRY_ISNULL, NULL, 0);
}

/* JsonAddString adds a C string, null for NULL. */
void
JsonAddString(JsonObject *object, const char *key, const char *value)
{
	JsonAddText(object, key, TextOf(value));
}

/* JsonAddSid adds a sid, null where there is no id. */
void
JsonAddSid(JsonObject *object, const char *key, const char *kind, const pg_uuid_t *id)
{
	JsonAddString(object, key, id != NULL ? SidOf(kind, id) : NULL);
}

/* JsonAddInt adds a number. */
void
JsonAddInt(JsonObject *object, const char *key, int64 value)
{
	Numeric		number = int64_to_numeric(value);

	AddPiece(object, key, JENTRY_ISNUMERIC, (char *) number, VARSIZE_ANY(number));
}

/* JsonAddIntField adds an integer, null where there is none. */
void
JsonAddIntField(JsonObject *object, const char *key, IntField value)
{
	if (value.presence == GIVEN)
		JsonAddInt(object, key, value.value);
	else
		JsonAddNull(object, key);
}

/* JsonAddNumeric adds a number of any kind, null where there is none. */
void
JsonAddNumeric(JsonObject *object, const char *key, NumericField value)
{
	if (value.presence == GIVEN)
		AddPiece(object, key, JENTRY_ISNUMERIC, (char *) value.value, VARSIZE_ANY(value.value));
	else
		JsonAddNull(object, key);
}

/* JsonAddBool adds a boolean. */
void
JsonAddBool(JsonObject *object, const char *key, bool value)
{
	AddPiece(object, key, value ? JENTRY_ISBOOL_TRUE : JENTRY_ISBOOL_FALSE, NULL, 0);
}

/* JsonAddTime adds a time as RFC 3339 writes it in UTC, null where there is none. */
void
JsonAddTime(JsonObject *object, const char *key, TimeField value)
{
	JsonAddString(object, key, value.presence == GIVEN ? Rfc3339Of(value.value) : NULL);
}

/* JsonAddNull adds a null. */
void
JsonAddNull(JsonObject *object, const char *key)
{
	AddPiece(object, key, JENTRY_ISNULL, NULL, 0);
}

/* JsonAddContainer adds an object or array that is in the format of jsonb already. */
void
JsonAddContainer(JsonObject *object, const char *key, const char *data, int32 len)
{
	AddPiece(object, key, JENTRY_ISCONTAINER, data, len);
}

/* SizeOf tells how much room an object takes at most, besides members that are written in their place. */
static int
SizeOf(const JsonObject *object)
{
	int			size = sizeof(uint32);

	for (int i = 0; i < object->count; i++)
		size += 2 * sizeof(JEntry) + ALIGNOF_INT - 1 + object->pieces[i].key.len + object->pieces[i].len;
	return size;
}

/* JsonAddObject adds an object, which is written for it. */
void
JsonAddObject(JsonObject *object, const char *key, JsonObject *value)
{
	int			size = SizeOf(value) + 1;
	StringInfoData out = {.data = palloc(size),.maxlen = size};

	JsonObjectWrite(value, &out);
	JsonAddContainer(object, key, out.data, out.len);
}

/*
 * JsonAddWritten adds a container of about so many bytes that is written when
 * the object is, and where the object is: it need not be copied.
 */
void
JsonAddWritten(JsonObject *object, const char *key, JsonWriter writer, const void *what, int64 bytes)
{
	JsonPiece  *piece = &object->pieces[object->count];

	AddPiece(object, key, JENTRY_ISCONTAINER, NULL, 0);
	piece->writer = writer;
	piece->what = what;
	piece->expected = Min(bytes, JENTRY_OFFLENMASK);
}

/*
 * JsonAddArray adds an array, which has to stay until the object is written:
 * a large one is copied only then.
 */
void
JsonAddArray(JsonObject *object, const char *key, JsonArray *value)
{
	AddPiece(object, key, JENTRY_ISCONTAINER, NULL, 0);
	object->pieces[object->count - 1].array = value;
}

/* JsonAddValue adds a value that was read from another jsonb. */
void
JsonAddValue(JsonObject *object, const char *key, const JsonbValue *value)
{
	switch (value->type)
	{
		case jbvString:
			JsonAddText(object, key, JsonText(value));
			break;
		case jbvNumeric:
			AddPiece(object, key, JENTRY_ISNUMERIC, (char *) value->val.numeric, VARSIZE_ANY(value->val.numeric));
			break;
		case jbvBool:
			JsonAddBool(object, key, value->val.boolean);
			break;
		case jbvBinary:
			JsonAddContainer(object, key, (char *) value->val.binary.data, value->val.binary.len);
			break;
		default:
			JsonAddNull(object, key);
			break;
	}
}

/* JsonAddMembers adds the members of an object that was read, but one, which may be NULL. */
void
JsonAddMembers(JsonObject *object, JsonbContainer *from, const char *except)
{
	JsonbIterator *iterator = JsonbIteratorInit(from);
	JsonbValue	value;
	Text		key;

	while (NextMember(&iterator, &key, &value))
		if (except == NULL || !TextIs(key, except))
			JsonAddValue(object, pnstrdup(key.data, key.len), &value);
}

/* ComparePieces orders members as jsonb keeps them: by length of the key, then by its bytes. */
static int
ComparePieces(const JsonPiece *a, const JsonPiece *b)
{
	const Text *left = &a->key;
	const Text *right = &b->key;

	if (left->len != right->len)
		return left->len < right->len ? -1 : 1;
	return memcmp(left->data, right->data, left->len);
}

/* SetEntry stores the i-th JEntry of a container that begins at an offset of the output. */
static void
SetEntry(StringInfo out, int container, int i, uint32 type, uint32 len, uint32 total)
{
	JEntry		entry = type | len;

	if (len > JENTRY_OFFLENMASK || total > JENTRY_OFFLENMASK)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the answer is too large"),
				 errhint("Send fewer items in a call.")));
	/* Every so often an entry holds where it ends instead of how long it is. */
	if (i % JB_OFFSET_STRIDE == 0)
		entry = type | JENTRY_HAS_OFF | total;
	memcpy(out->data + container + sizeof(uint32) + i * sizeof(JEntry), &entry, sizeof(JEntry));
}

/* Pad fills up to the alignment of numbers and containers. */
static void
Pad(StringInfo out)
{
	while (out->len != INTALIGN(out->len))
		appendStringInfoCharMacro(out, '\0');
}

/*
 * JsonObjectWrite writes an object behind what the output has, which must end
 * aligned (an empty one does).
 */
void
JsonObjectWrite(JsonObject *object, StringInfo out)
{
	int			container = out->len;
	uint32		header = object->count | JB_FOBJECT;
	uint32		total = 0;

	/* A handful of members, mostly in order already. */
	for (int i = 1; i < object->count; i++)
	{
		JsonPiece	piece = object->pieces[i];
		int			j = i;

		for (; j > 0 && ComparePieces(&object->pieces[j - 1], &piece) > 0; j--)
			object->pieces[j] = object->pieces[j - 1];
		object->pieces[j] = piece;
	}

	/* Small members are put into room that is there. */
	enlargeStringInfo(out, SizeOf(object));
	memcpy(out->data + container, &header, sizeof(header));
	out->len += sizeof(header) + object->count * 2 * sizeof(JEntry);

	for (int i = 0; i < object->count; i++)
	{
		Text	   *key = &object->pieces[i].key;

		memcpy(out->data + out->len, key->data, key->len);
		out->len += key->len;
		total += key->len;
		SetEntry(out, container, i, JENTRY_ISSTRING, key->len, total);
	}
	for (int i = 0; i < object->count; i++)
	{
		JsonPiece  *piece = &object->pieces[i];
		int			before = out->len;
		uint32		len;

		if (piece->type == JENTRY_ISNUMERIC || piece->type == JENTRY_ISCONTAINER)
			Pad(out);
		if (piece->array != NULL)
			FinishArray(piece->array, out);
		else if (piece->writer != NULL)
			piece->writer(piece->what, out);
		else if (piece->len > 0)
		{
			memcpy(out->data + out->len, piece->data, piece->len);
			out->len += piece->len;
		}
		if (piece->array != NULL || piece->writer != NULL)
			enlargeStringInfo(out, SizeOf(object));
		len = out->len - before;
		total += len;
		SetEntry(out, container, object->count + i, piece->type, len, total);
	}
}

/* JsonStreamStart begins an array of so many elements behind what the output has. */
void
JsonStreamStart(JsonStream *stream, StringInfo out, int count)
{
	uint32		header = count | JB_FARRAY;

	stream->out = out;
	stream->container = out->len;
	stream->count = 0;
	stream->total = 0;
	enlargeStringInfo(out, sizeof(header) + count * sizeof(JEntry));
	memcpy(out->data + out->len, &header, sizeof(header));
	out->len += sizeof(header) + count * sizeof(JEntry);
}

/* JsonStreamObject writes the next element. */
void
JsonStreamObject(JsonStream *stream, JsonObject *value)
{
	int			before = stream->out->len;

	Pad(stream->out);
	JsonObjectWrite(value, stream->out);
	stream->total += stream->out->len - before;
	SetEntry(stream->out, stream->container, stream->count++, JENTRY_ISCONTAINER, stream->out->len - before,
			 stream->total);
}

/* JsonArrayInit starts an array without elements. */
void
JsonArrayInit(JsonArray *array)
{
	array->count = 0;
	initStringInfo(&array->entries);
	initStringInfo(&array->data);
}

/* PushEntry notes the length of the element that was written last. */
static void
PushEntry(JsonArray *array, uint32 type, int before)
{
	JEntry		entry = type | (array->data.len - before);

	appendBinaryStringInfo(&array->entries, (char *) &entry, sizeof(entry));
	array->count++;
}

/* JsonPushObject appends an object. */
void
JsonPushObject(JsonArray *array, JsonObject *value)
{
	int			before = array->data.len;

	Pad(&array->data);
	JsonObjectWrite(value, &array->data);
	PushEntry(array, JENTRY_ISCONTAINER, before);
}

/* JsonPushText appends a text that is given. */
void
JsonPushText(JsonArray *array, Text value)
{
	int			before = array->data.len;

	appendBinaryStringInfo(&array->data, value.data, value.len);
	PushEntry(array, JENTRY_ISSTRING, before);
}

/* FinishArray writes an array behind what the output has, which must end aligned. */
static void
FinishArray(JsonArray *array, StringInfo out)
{
	uint32		header = array->count | JB_FARRAY;
	JEntry	   *entries = (JEntry *) array->entries.data;
	int			container = out->len;
	uint32		total = 0;

	enlargeStringInfo(out, sizeof(header) + array->entries.len + array->data.len);
	appendBinaryStringInfo(out, (char *) &header, sizeof(header));
	appendBinaryStringInfo(out, array->entries.data, array->entries.len);
	for (int i = 0; i < array->count; i++)
	{
		total += JBE_OFFLENFLD(entries[i]);
		SetEntry(out, container, i, entries[i] & JENTRY_TYPEMASK, JBE_OFFLENFLD(entries[i]), total);
	}
	appendBinaryStringInfo(out, array->data.data, array->data.len);
	pfree(array->entries.data);
	pfree(array->data.data);
}

/* BeginJsonb starts an output that becomes a jsonb datum of about so many bytes. */
static void
BeginJsonb(StringInfo out, int bytes)
{
	initStringInfo(out);
	enlargeStringInfo(out, bytes);
	appendBinaryStringInfo(out, "\0\0\0\0", VARHDRSZ);
}

/* JsonObjectJsonb makes a jsonb of an object. */
Jsonb *
JsonObjectJsonb(JsonObject *object)
{
	StringInfoData out;
	int64		bytes = VARHDRSZ + SizeOf(object);

	for (int i = 0; i < object->count; i++)
	{
		JsonPiece  *piece = &object->pieces[i];

		if (piece->array != NULL)
			bytes += piece->array->entries.len + piece->array->data.len;
		else if (piece->writer != NULL)
			bytes += piece->expected;
	}
	BeginJsonb(&out, Min(bytes, JENTRY_OFFLENMASK));
	JsonObjectWrite(object, &out);
	SET_VARSIZE(out.data, out.len);
	return (Jsonb *) out.data;
}

/* JsonArrayJsonb makes a jsonb of an array. */
Jsonb *
JsonArrayJsonb(JsonArray *array)
{
	StringInfoData out;

	BeginJsonb(&out, VARHDRSZ + 8 + array->entries.len + array->data.len);
	FinishArray(array, &out);
	SET_VARSIZE(out.data, out.len);
	return (Jsonb *) out.data;
}

/* JsonObjectJsonbIn makes a jsonb of an object in a memory context. */
Jsonb *
JsonObjectJsonbIn(JsonObject *object, MemoryContext context)
{
	MemoryContext caller = MemoryContextSwitchTo(context);
	Jsonb	   *jsonb = JsonObjectJsonb(object);

	MemoryContextSwitchTo(caller);
	return jsonb;
}

/* JsonbOfContainer copies a container into a jsonb of its own. */
Jsonb *
JsonbOfContainer(const JsonbContainer *container, int32 len)
{
	Jsonb	   *jsonb = palloc(VARHDRSZ + len);

	SET_VARSIZE(jsonb, VARHDRSZ + len);
	memcpy(&jsonb->root, container, len);
	return jsonb;
}
