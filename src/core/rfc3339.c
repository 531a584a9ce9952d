/*
 * core/rfc3339.c
 *		Times as RFC 3339 writes them, read strictly, whatever TimeZone and
 *		DateStyle say.
 */
#include "core/jsonb_read.h"

#include "catalog/pg_type.h"
#include "utils/datetime.h"
#include "utils/json.h"
#include "utils/timestamp.h"

#define OUTSIDE "it lies outside of the years 0001 to 9999 in UTC"

/* ReadDigits reads so many digits, or answers -1. */
static int
ReadDigits(const char *text, int count)
{
	int			number = 0;

	for (int i = 0; i < count; i++)
	{
		if (text[i] < '0' || text[i] > '9')
			return -1;
		number = number * 10 + (text[i] - '0');
	}
	return number;
}

/*
 * HasFourDigits tells whether RFC 3339 can write a time in UTC: the offset of a zone
 * may take what is read out of the years that it knows.
 */
static bool
HasFourDigits(TimestampTz time)
{
	return time >= (date2j(1, 1, 1) - POSTGRES_EPOCH_JDATE) * USECS_PER_DAY &&
		time < (date2j(10000, 1, 1) - POSTGRES_EPOCH_JDATE) * USECS_PER_DAY;
}

/*
 * Rfc3339Read reads a time with its zone; NULL when it is good, else what is
 * wrong. Fractions finer than a microsecond are refused unless they are zeros,
 * so that nothing is rounded; a leap second has no place in PostgreSQL's days.
 */
const char *
Rfc3339Read(Text value, TimestampTz *result)
{
	const char *text = value.data;
	int			len = value.len;
	int			year;
	int			month;
	int			day;
	int			hour;
	int			minute;
	int			second;
	int			at;
	int			offset = 0;
	int64		micros = 0;

	if (len < 20 || text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != 't') ||
		text[13] != ':' || text[16] != ':')
		return "it has not the form YYYY-MM-DDThh:mm:ss and a zone";
	year = ReadDigits(text, 4);
	month = ReadDigits(text + 5, 2);
	day = ReadDigits(text + 8, 2);
	hour = ReadDigits(text + 11, 2);
	minute = ReadDigits(text + 14, 2);
	second = ReadDigits(text + 17, 2);
	if (year < 0 || month < 0 || day < 0 || hour < 0 || minute < 0 || second < 0)
		return "it has not the form YYYY-MM-DDThh:mm:ss and a zone";
	if (year < 1 || month < 1 || month > 12 || day < 1 || day > day_tab[isleap(year)][month - 1])
		return "there is no such day";
	if (hour > 23 || minute > 59 || second > 59)
		return "there is no such time of day";

	at = 19;
	if (text[at] == '.')
	{
		int			digits = 0;

		for (at++; at < len && text[at] >= '0' && text[at] <= '9'; at++, digits++)
		{
			if (digits < 6)
				micros = micros * 10 + (text[at] - '0');
			else if (text[at] != '0')
				return "it is finer than a microsecond";
		}
		if (digits == 0)
			return "digits are missing behind the point";
		for (; digits < 6; digits++)
			micros *= 10;
	}

	if (at == len - 1 && (text[at] == 'Z' || text[at] == 'z'))
		offset = 0;
	else if (at == len - 6 && (text[at] == '+' || text[at] == '-') && text[at + 3] == ':')
	{
		int			hours = ReadDigits(text + at + 1, 2);
		int			minutes = ReadDigits(text + at + 4, 2);

		if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
			return "its zone is not Z or an offset like +01:00";
		offset = (hours * 60 + minutes) * (text[at] == '-' ? -1 : 1);
	}
	else
		return "its zone is not Z or an offset like +01:00";

	*result = (date2j(year, month, day) - POSTGRES_EPOCH_JDATE) * USECS_PER_DAY +
		((hour * 60 + minute - offset) * INT64CONST(60) + second) * USECS_PER_SEC + micros;
	return HasFourDigits(*result) ? NULL : OUTSIDE;
}

/*
 * Rfc3339ReadIn reads a time that may lack its zone; then it is the local time of
 * a zone. What the clocks skip or repeat in spring and autumn is taken as
 * PostgreSQL takes it.
 */
const char *
Rfc3339ReadIn(Text value, pg_tz *zone, TimestampTz *result)
{
	const char *fault = Rfc3339Read(value, result);
	char		withZone[40];
	Timestamp	local;
	struct pg_tm tm;
	fsec_t		fraction;

	if (fault == NULL || value.len < 19 || value.len > sizeof(withZone) - 2)
		return fault;
	memcpy(withZone, value.data, value.len);
	strcpy(withZone + value.len, "Z");
	if (Rfc3339Read(TextOf(withZone), &local) != NULL)
		return fault;
	if (timestamp2tm(local, NULL, &tm, &fraction, NULL, NULL) != 0)
		return "there is no such time";
	*result = local + DetermineTimeZoneOffset(&tm, zone) * USECS_PER_SEC;
	return HasFourDigits(*result) ? NULL : OUTSIDE;
}

/* Rfc3339Of writes a time in UTC, whatever TimeZone and DateStyle say. */
char *
Rfc3339Of(TimestampTz value)
{
	char		text[MAXDATELEN + 2];

	JsonEncodeDateTime(text, TimestampTzGetDatum(value), TIMESTAMPOID, NULL);
	if (!TIMESTAMP_NOT_FINITE(value))
		strcat(text, "Z");
	return pstrdup(text);
}
