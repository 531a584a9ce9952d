/*
 * core/text.c
 *		Views of text, and what makes a text fit to be an id, an e-mail
 *		address, a currency code or a time zone.
 */
#include "core/text.h"

#include "mb/pg_wchar.h"
#include "pgtime.h"
#include "utils/builtins.h"

/* A quoted value in a message has at most this many characters. */
#define MAX_QUOTED_LENGTH 64

PG_FUNCTION_INFO_V1(proctorlink_is_id);
PG_FUNCTION_INFO_V1(proctorlink_is_text);
PG_FUNCTION_INFO_V1(proctorlink_is_email);
PG_FUNCTION_INFO_V1(proctorlink_is_currency_code);
PG_FUNCTION_INFO_V1(proctorlink_is_http_url);
PG_FUNCTION_INFO_V1(proctorlink_is_time_zone);

/* TextOf views a C string, NULL being null. */
Text
TextOf(const char *string)
{
	if (string == NULL)
		return NULL_TEXT;
	return (Text)
	{
		string, strlen(string), GIVEN
	};
}

/* TextOfDatum views a text datum, which is detoasted where it has to be. */
Text
TextOfDatum(Datum value, bool isnull)
{
	text	   *packed;

	if (isnull)
		return NULL_TEXT;
	packed = DatumGetTextPP(value);
	return (Text)
	{
		VARDATA_ANY(packed), VARSIZE_ANY_EXHDR(packed), GIVEN
	};
}

/* TextDatum makes a text datum of a view that is given. */
Datum
TextDatum(Text value)
{
	return PointerGetDatum(cstring_to_text_with_len(value.data, value.len));
}

/* TextEquals tells whether two texts are the same, byte by byte; null equals null. */
bool
TextEquals(Text a, Text b)
{
	if (a.presence != GIVEN || b.presence != GIVEN)
		return (a.presence == GIVEN) == (b.presence == GIVEN);
	return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

/* TextIs tells whether a text is exactly this string. */
bool
TextIs(Text value, const char *string)
{
	return value.presence == GIVEN &&
		value.len == strlen(string) && memcmp(value.data, string, value.len) == 0;
}

/* TextCompare orders two given texts as the C collation does. */
int
TextCompare(Text a, Text b)
{
	int			order = memcmp(a.data, b.data, Min(a.len, b.len));

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

/* TextLength counts the characters of a given text. */
int
TextLength(Text value)
{
	return pg_mbstrlen_with_len(value.data, value.len);
}

/* TextFormatted writes a format for a function that takes it with its arguments. */
char *
TextFormatted(const char *format, va_list args)
{
	size_t		size = 128;

	for (;;)
	{
		char	   *string = palloc(size);
		va_list		copy;
		size_t		needed;

		va_copy(copy, args);
		needed = pvsnprintf(string, size, format, copy);
		va_end(copy);
		if (needed < size)
			return string;
		pfree(string);
		size = needed;
	}
}

/*
 * TextQuoted makes a C string fit for a message: at most 64 characters, control
 * characters replaced, three dots where it was cut.
 */
char *
TextQuoted(Text value)
{
	int			len = pg_mbcharcliplen(value.data, value.len, MAX_QUOTED_LENGTH);
	char	   *quoted = palloc(len + 4);

	for (int i = 0; i < len; i++)
		quoted[i] = (unsigned char) value.data[i] < 0x20 || value.data[i] == 0x7F ? '?' : value.data[i];
	strcpy(quoted + len, len < value.len ? "..." : "");
	return quoted;
}

/* HasControlCharacter looks for C0 and C1 control characters and DEL in UTF-8. */
static bool
HasControlCharacter(Text value)
{
	for (int i = 0; i < value.len; i++)
	{
		unsigned char c = (unsigned char) value.data[i];

		if (c < 0x20 || c == 0x7F)
			return true;
		if (c == 0xC2 && i + 1 < value.len && (unsigned char) value.data[i + 1] < 0xA0)
			return true;
	}
	return false;
}

/*
 * EndsWithSpace tells whether the text begins or ends with a space, or with what
 * looks like one or like nothing: the no-break space, U+1680, U+2000 to U+200B,
 * U+2028, U+2029, U+202F, U+205F, U+3000 and the byte order mark.
 */
static bool
EndsWithSpace(Text value)
{
	static const char *const spaces[] = {
		" ", "\xC2\xA0",
		"\xE2\x80\x80", "\xE2\x80\x81", "\xE2\x80\x82", "\xE2\x80\x83", "\xE2\x80\x84", "\xE2\x80\x85",
		"\xE2\x80\x86", "\xE2\x80\x87", "\xE2\x80\x88", "\xE2\x80\x89", "\xE2\x80\x8A", "\xE2\x80\x8B",
		"\xE1\x9A\x80", "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80", "\xEF\xBB\xBF"
	};
	unsigned char first = (unsigned char) value.data[0];
	unsigned char last = (unsigned char) value.data[value.len - 1];

	/* Nearly every id ends and begins with a plain character. */
	if (first > ' ' && first < 0x80 && last > ' ' && last < 0x80)
		return false;
	for (int i = 0; i < lengthof(spaces); i++)
	{
		int			len = strlen(spaces[i]);

		if (value.len >= len &&
			(memcmp(value.data, spaces[i], len) == 0 ||
			 memcmp(value.data + value.len - len, spaces[i], len) == 0))
			return true;
	}
	return false;
}

/*
 * IdFault says what keeps a given text from being an id, or NULL. Ids compare
 * exactly, so what people cannot see must not stand in them.
 */
const TextFault *
IdFault(Text value, int maxLength)
{
	static const TextFault empty = {"length", "must not be empty"};
	static const TextFault tooLong = {"length", "is longer than %d characters"};
	static const TextFault control = {"format", "has a control character"};
	static const TextFault space = {"format", "begins or ends with a space"};

	if (value.len == 0)
		return &empty;
	if (value.len > maxLength && TextLength(value) > maxLength)
		return &tooLong;
	if (HasControlCharacter(value))
		return &control;
	if (EndsWithSpace(value))
		return &space;
	return NULL;
}

/*
 * IsEmail tells whether a given text can be an e-mail address: one @ with
 * something on both sides, no space or control character, at most 500
 * characters. More is for the mail server to say.
 */
bool
IsEmail(Text value)
{
	const char *at = memchr(value.data, '@', value.len);

	if (at == NULL || at == value.data || at == value.data + value.len - 1)
		return false;
	if (memchr(at + 1, '@', value.data + value.len - at - 1) != NULL)
		return false;
	if (memchr(value.data, ' ', value.len) != NULL || HasControlCharacter(value) || EndsWithSpace(value))
		return false;
	return value.len <= MAX_ID_LENGTH || TextLength(value) <= MAX_ID_LENGTH;
}

/* IsCurrencyCode tells whether a given text has the form of an ISO 4217 code. */
bool
IsCurrencyCode(Text value)
{
	if (value.len != 3)
		return false;
	for (int i = 0; i < 3; i++)
		if (value.data[i] < 'A' || value.data[i] > 'Z')
			return false;
	return true;
}

/* IsIanaNameWithDigits tells whether a zone's name with digits is one of IANA's: the others are POSIX rules. */
static bool
IsIanaNameWithDigits(const char *name)
{
	static const char *const names[] = {"EST5EDT", "CST6CDT", "MST7MDT", "PST8PDT", "GMT0", "GMT+0", "GMT-0"};
	const char *hours;

	for (int i = 0; i < lengthof(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	if (strncmp(name, "Etc/GMT", 7) != 0)
		return false;
	hours = name + 7;
	if (*hours == '+' || *hours == '-')
		hours++;
	return strspn(hours, "0123456789") == strlen(hours) && strlen(hours) <= 2 &&
		atoi(hours) <= (name[7] == '-' ? 14 : name[7] == '+' ? 12 : 0);
}

/*
 * IsTimeZone tells whether the server knows a given text as an IANA zone,
 * spelled exactly so. pg_tzset takes any case, POSIX rules, and the files that
 * lie beside those of zones as well.
 */
bool
IsTimeZone(Text value)
{
	char		name[MAX_TIME_ZONE_LENGTH + 1];
	pg_tz	   *zone;

	if (value.len == 0 || value.len > MAX_TIME_ZONE_LENGTH || memchr(value.data, '\0', value.len))
		return false;
	memcpy(name, value.data, value.len);
	name[value.len] = '\0';

	if (strpbrk(name, "<,:") != NULL || strcmp(name, "posixrules") == 0 || strcmp(name, "localtime") == 0 ||
		strcmp(name, "Factory") == 0 || strncmp(name, "right/", 6) == 0 || strncmp(name, "posix/", 6) == 0)
		return false;
	if (strpbrk(name, "0123456789") != NULL && !IsIanaNameWithDigits(name))
		return false;
	zone = pg_tzset(name);
	return zone != NULL && strcmp(pg_get_timezone_name(zone), name) == 0 && pg_tz_acceptable(zone);
}

/* IsHttpUrl tells whether a given text begins as a web address does and has no space or control character. */
bool
IsHttpUrl(Text value)
{
	int			scheme = 0;

	if (value.len > 7 && pg_strncasecmp(value.data, "http://", 7) == 0)
		scheme = 7;
	else if (value.len > 8 && pg_strncasecmp(value.data, "https://", 8) == 0)
		scheme = 8;
	return scheme > 0 && value.data[scheme] != '/' &&
		memchr(value.data, ' ', value.len) == NULL && !HasControlCharacter(value);
}

/* proctorlink.is_id(value, max_length) */
Datum
proctorlink_is_id(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(IdFault(TextOfDatum(PG_GETARG_DATUM(0), false), PG_GETARG_INT32(1)) == NULL);
}

/* proctorlink.is_text(value, max_length) */
Datum
proctorlink_is_text(PG_FUNCTION_ARGS)
{
	Text		value = TextOfDatum(PG_GETARG_DATUM(0), false);
	int			maxLength = PG_GETARG_INT32(1);

	PG_RETURN_BOOL(value.len <= maxLength || TextLength(value) <= maxLength);
}

/* proctorlink.is_email(value) */
Datum
proctorlink_is_email(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(IsEmail(TextOfDatum(PG_GETARG_DATUM(0), false)));
}

/* proctorlink.is_http_url(value) */
Datum
proctorlink_is_http_url(PG_FUNCTION_ARGS)
{
	Text		value = TextOfDatum(PG_GETARG_DATUM(0), false);

	PG_RETURN_BOOL(IdFault(value, MAX_URL_LENGTH) == NULL && IsHttpUrl(value));
}

/* proctorlink.is_currency_code(value) */
Datum
proctorlink_is_currency_code(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(IsCurrencyCode(TextOfDatum(PG_GETARG_DATUM(0), false)));
}

/* proctorlink.is_time_zone(value) */
Datum
proctorlink_is_time_zone(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(IsTimeZone(TextOfDatum(PG_GETARG_DATUM(0), false)));
}
