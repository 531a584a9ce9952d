/*
 * core/jsonb_read.h
 *		Typed reading of jsonb by tables of members, every violation with its
 *		pointer. Texts that are read point into the jsonb.
 */
#ifndef PROCTORLINK_JSONB_READ_H
#define PROCTORLINK_JSONB_READ_H

#include "core/problems.h"
#include "datatype/timestamp.h"
#include "pgtime.h"
#include "utils/jsonb.h"

typedef struct BoolField
{
	bool		value;
	Presence	presence;
} BoolField;

typedef struct IntField
{
	int32		value;
	Presence	presence;
} IntField;

typedef struct TimeField
{
	TimestampTz value;
	Presence	presence;
} TimeField;

typedef struct NumericField
{
	Numeric		value;
	Presence	presence;
} NumericField;

/* An object or array that is kept as it is. */
typedef struct JsonField
{
	JsonbContainer *container;
	int32		len;
	Presence	presence;
} JsonField;

/*
 * A member of an object: its name, the function that reads it into the field at
 * an offset of the target, and what that function wants to know besides.
 */
typedef void (*MemberReader) (const JsonbValue *value, const Path *path, void *field,
							  const void *detail, Problems *problems);

typedef struct Member
{
	const char *name;
	int			nameLength;
	MemberReader read;
	int			offset;
	const void *detail;
} Member;

#define MEMBER(name, reader, type, field, detail) \
	{name, sizeof(name) - 1, reader, offsetof(type, field), detail}

/* Limits of an integer, the units said in messages. */
typedef struct IntRange
{
	int64		least;
	int64		most;
} IntRange;

/* How many characters a text has at least and at most. */
typedef struct LengthRange
{
	int			least;
	int			most;
} LengthRange;

/* The words that a text may be; the field becomes an IntField with the place in the list. */
typedef struct Words
{
	int			count;
	const char *const *list;
} Words;


/* Walking along the members of an object. */
typedef struct Members
{
	const JsonbContainer *object;
	uint32		count;
	uint32		next;
	uint32		keyOffset;
	uint32		valueOffset;
} Members;

extern void MembersStart(Members *members, const JsonbContainer *object);
extern bool MembersNext(Members *members, Text *key, JsonbValue *value);
extern bool NextMember(JsonbIterator **iterator, Text *key, JsonbValue *value);
extern void ReadObject(JsonbContainer *object, const Path *path, const Member *members, int count,
					   void *target, Problems *problems);
extern bool ReadIsObject(const JsonbValue *value, const Path *path, Problems *problems);
extern void UnknownMember(Text name, const Path *path, const Member *members, int count, Problems *problems);

extern void ReadText(const JsonbValue *value, const Path *path, void *field, const void *lengths, Problems *problems);
extern void ReadId(const JsonbValue *value, const Path *path, void *field, const void *maxLength, Problems *problems);
extern void ReadEmail(const JsonbValue *value, const Path *path, void *field, const void *unused, Problems *problems);
extern void ReadCurrency(const JsonbValue *value, const Path *path, void *field, const void *unused, Problems *problems);
extern void ReadTimeZone(const JsonbValue *value, const Path *path, void *field, const void *unused, Problems *problems);
extern void ReadUrl(const JsonbValue *value, const Path *path, void *field, const void *unused, Problems *problems);
extern void ReadBool(const JsonbValue *value, const Path *path, void *field, const void *unused, Problems *problems);
extern void ReadInt(const JsonbValue *value, const Path *path, void *field, const void *range, Problems *problems);
extern void ReadWord(const JsonbValue *value, const Path *path, void *field, const void *words, Problems *problems);
extern void ReadTime(const JsonbValue *value, const Path *path, void *field, const void *emptyIsAbsent, Problems *problems);
extern void ReadJson(const JsonbValue *value, const Path *path, void *field, const void *unused, Problems *problems);

extern Text JsonText(const JsonbValue *value);
extern const char *JsonTypeName(const JsonbValue *value);

/* rfc3339.c */
extern const char *Rfc3339Read(Text value, TimestampTz *result);
extern const char *Rfc3339ReadIn(Text value, pg_tz *zone, TimestampTz *result);
extern char *Rfc3339Of(TimestampTz value);

#endif							/* PROCTORLINK_JSONB_READ_H */
