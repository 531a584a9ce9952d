/*
 * core/jsonb_write.h
 *		Building of answers as jsonb, piece by piece and without a tree of
 *		values in between.
 */
#ifndef PROCTORLINK_JSONB_WRITE_H
#define PROCTORLINK_JSONB_WRITE_H

#include "core/jsonb_read.h"
#include "lib/stringinfo.h"
#include "utils/jsonb.h"
#include "utils/uuid.h"

/* What writes a container behind what the output has, which ends aligned. */
typedef void (*JsonWriter) (const void *what, StringInfo out);

/* A value on its way into an object or array. */
typedef struct JsonPiece
{
	Text		key;			/* in an object */
	uint32		type;			/* JENTRY_IS… */
	const char *data;			/* of a string, number or container */
	int32		len;
	struct JsonArray *array;	/* instead: one that is written when the
								 * object is */
	JsonWriter	writer;			/* instead: what writes it then */
	const void *what;
	int64		expected;		/* bytes, roughly */
} JsonPiece;

/* An object under construction; the pieces' data lie elsewhere until it is written. */
#define MAX_PIECES 32

typedef struct JsonObject
{
	int			count;
	JsonPiece	pieces[MAX_PIECES];
} JsonObject;

/* An array under construction; the elements are written as they come. */
typedef struct JsonArray
{
	int			count;
	StringInfoData entries;		/* JEntries, all with lengths */
	StringInfoData data;
} JsonArray;

/* An array that is written where it stays, by a JsonWriter that knows how many elements there will be. */
typedef struct JsonStream
{
	StringInfo	out;
	int			container;		/* where it begins */
	int			count;			/* of elements so far */
	uint32		total;			/* of their bytes */
} JsonStream;

extern void JsonObjectInit(JsonObject *object);
extern void JsonAddText(JsonObject *object, const char *key, Text value);
extern void JsonAddString(JsonObject *object, const char *key, const char *value);
extern void JsonAddSid(JsonObject *object, const char *key, const char *kind, const pg_uuid_t *id);
extern void JsonAddInt(JsonObject *object, const char *key, int64 value);
extern void JsonAddNumeric(JsonObject *object, const char *key, NumericField value);
extern void JsonAddBool(JsonObject *object, const char *key, bool value);
extern void JsonAddTime(JsonObject *object, const char *key, TimeField value);
extern void JsonAddIntField(JsonObject *object, const char *key, IntField value);
extern void JsonAddNull(JsonObject *object, const char *key);
extern void JsonAddObject(JsonObject *object, const char *key, JsonObject *value);
extern void JsonAddArray(JsonObject *object, const char *key, JsonArray *value);
extern void JsonAddWritten(JsonObject *object, const char *key, JsonWriter writer, const void *what, int64 bytes);
extern void JsonAddContainer(JsonObject *object, const char *key, const char *data, int32 len);
extern void JsonAddMembers(JsonObject *object, JsonbContainer *from, const char *except);
extern void JsonAddValue(JsonObject *object, const char *key, const JsonbValue *value);

extern void JsonArrayInit(JsonArray *array);
extern void JsonPushObject(JsonArray *array, JsonObject *value);
extern void JsonPushText(JsonArray *array, Text value);
extern Jsonb *JsonArrayJsonb(JsonArray *array);

extern void JsonStreamStart(JsonStream *stream, StringInfo out, int count);
extern void JsonStreamObject(JsonStream *stream, JsonObject *value);

extern void JsonObjectWrite(JsonObject *object, StringInfo out);
extern Jsonb *JsonObjectJsonb(JsonObject *object);
extern Jsonb *JsonObjectJsonbIn(JsonObject *object, MemoryContext context);
extern Jsonb *JsonbOfContainer(const JsonbContainer *container, int32 len);

#endif							/* PROCTORLINK_JSONB_WRITE_H */
