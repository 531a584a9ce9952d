/*
 * core/sid.c
 *		Sids at the door, 16 bytes inside.
 */
#include "core/sid.h"

#include "core/problems.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(proctorlink_sid);
PG_FUNCTION_INFO_V1(proctorlink_sid_uuid);
PG_FUNCTION_INFO_V1(proctorlink_uuid7);

static const char hexDigits[] = "0123456789abcdef";

static const struct
{
	const char *table;
	const char *letters;
}			kinds[] = {
	{"install", "AI"}, {"integration", "II"}, {"hierarchy", "HG"}, {"account", "US"},
	{"course", "CU"}, {"enrollment", "EN"}, {"exam", "EX"}, {"exam_configuration", "EC"},
	{"schedule", "SC"}, {"exam_session", "ES"}, {"api_token", "TK"}, {"batch", "BA"},
	{"event", "EV"},
};

/*
 * SidRead reads a sid of one kind. The contract's patterns take any lower-case
 * letter behind the first two (and upper-case hexadecimal in an integration's),
 * but only hexadecimal ones were ever made.
 */
SidForm
SidRead(Text value, const char *kind, pg_uuid_t *id)
{
	bool		ours = true;
	bool		upperToo = strcmp(kind, "II") == 0;

	if (value.len != SID_LENGTH || value.data[0] != kind[0] || value.data[1] != kind[1])
		return SID_MALFORMED;
	for (int i = 2; i < SID_LENGTH; i++)
	{
		char		c = value.data[i];
		int			digit;

		if (upperToo && c >= 'A' && c <= 'F')
			c = c - 'A' + 'a';
		digit = HexDigit(c);
		if (digit < 0)
		{
			/* The install's and the integration's patterns are hexadecimal. */
			if (c < 'a' || c > 'z' || upperToo || strcmp(kind, "AI") == 0)
				return SID_MALFORMED;
			ours = false;
			continue;
		}
		if (i % 2 == 0)
			id->data[i / 2 - 1] = digit << 4;
		else
			id->data[i / 2 - 1] |= digit;
	}
	return ours ? SID_OURS : SID_OF_NOBODY;
}

/* CompareUuids orders ids, for qsort and bsearch. */
int
CompareUuids(const void *a, const void *b)
{
	return memcmp(a, b, UUID_LEN);
}

/* UuidHex writes the 32 digits of an id, without a terminator. */
void
UuidHex(const pg_uuid_t *id, char *hex)
{
	for (int i = 0; i < UUID_LEN; i++)
	{
		*hex++ = hexDigits[id->data[i] >> 4];
		*hex++ = hexDigits[id->data[i] & 0x0F];
	}
}

/* SidWrite writes the SID_LENGTH characters of a sid, without a terminator. */
void
SidWrite(const char *kind, const pg_uuid_t *id, char *sid)
{
	sid[0] = kind[0];
	sid[1] = kind[1];
	UuidHex(id, sid + 2);
}

/* SidOf makes a C string of a sid. */
char *
SidOf(const char *kind, const pg_uuid_t *id)
{
	char	   *sid = palloc(SID_LENGTH + 1);

	SidWrite(kind, id, sid);
	sid[SID_LENGTH] = '\0';
	return sid;
}

/* SidArgument reads the sid that a function was given, or raises INVALIDINPUT naming the argument. */
pg_uuid_t
SidArgument(Datum value, const char *kind, const char *argument)
{
	Text		sid = TextOfDatum(value, false);
	pg_uuid_t	id;

	switch (SidRead(sid, kind, &id))
	{
		case SID_OURS:
			break;
		case SID_OF_NOBODY:
			RaiseProblem(CODE_NOT_FOUND, NULL, "%s: nothing has the sid \"%s\"", argument, TextQuoted(sid));
			break;
		case SID_MALFORMED:
			RaiseProblem(CODE_INVALID, psprintf("A sid of this kind is %s and 32 lower-case hexadecimal digits.", kind),
						 "%s: \"%s\" is not a sid of this kind", argument, TextQuoted(sid));
			break;
	}
	return id;
}

/* proctorlink.sid(kind, id) */
Datum
proctorlink_sid(PG_FUNCTION_ARGS)
{
	Text		kind = TextOfDatum(PG_GETARG_DATUM(0), false);
	pg_uuid_t  *id = PG_GETARG_UUID_P(1);

	for (int i = 0; i < lengthof(kinds); i++)
		if (TextIs(kind, kinds[i].table) || TextIs(kind, kinds[i].letters))
			PG_RETURN_TEXT_P(cstring_to_text(SidOf(kinds[i].letters, id)));

	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("\"%s\" has no sid", TextQuoted(kind)),
			 errhint("Name a table such as account or its two letters such as US.")));
	PG_RETURN_NULL();
}

/* proctorlink.sid_uuid(sid) */
Datum
proctorlink_sid_uuid(PG_FUNCTION_ARGS)
{
	Text		sid = TextOfDatum(PG_GETARG_DATUM(0), false);
	pg_uuid_t  *id = palloc(sizeof(pg_uuid_t));

	for (int i = 0; i < lengthof(kinds); i++)
		if (SidRead(sid, kinds[i].letters, id) == SID_OURS)
			PG_RETURN_UUID_P(id);

	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("not a sid: \"%s\"", TextQuoted(sid)),
			 errhint("A sid is two letters of a known kind and 32 lower-case hexadecimal digits.")));
	PG_RETURN_NULL();
}

/* proctorlink.uuid7() */
Datum
proctorlink_uuid7(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *id = palloc(sizeof(pg_uuid_t));

	Uuid7(id);
	PG_RETURN_UUID_P(id);
}
