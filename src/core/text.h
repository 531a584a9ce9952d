/*
 * core/text.h
 *		Texts as views into memory that somebody else keeps.
 */
#ifndef PROCTORLINK_TEXT_H
#define PROCTORLINK_TEXT_H

#include "core/compat.h"

/* Whether a value was sent at all, and if so whether it was null. */
typedef enum Presence
{
	ABSENT = 0,
	NULLED,
	GIVEN
} Presence;

/* A text that lies elsewhere; not terminated. */
typedef struct Text
{
	const char *data;
	int32		len;
	Presence	presence;
} Text;

/* Lengths, in characters; limits() tells them. */
#define MAX_ID_LENGTH 500
#define MAX_NAME_LENGTH 500
#define MAX_SHORT_ID_LENGTH 64
#define MAX_CODE_LENGTH 100
#define MAX_URL_LENGTH 2048
#define MAX_NOTES_LENGTH 10000
#define MAX_PASSWORD_LENGTH 500
#define MAX_KEY_LENGTH 255
#define MAX_TIME_ZONE_LENGTH 100

#define NULL_TEXT ((Text) {NULL, 0, NULLED})
#define NO_TEXT ((Text) {NULL, 0, ABSENT})

extern Text TextOf(const char *string);
extern Text TextOfDatum(Datum value, bool isnull);
extern Datum TextDatum(Text value);
extern bool TextEquals(Text a, Text b);
extern bool TextIs(Text value, const char *string);
extern int	TextCompare(Text a, Text b);
extern int	TextLength(Text value);
extern char *TextQuoted(Text value);
extern char *TextFormatted(const char *format, va_list args) pg_attribute_printf(1, 0);

/* Each answers NULL when the text is good, else what is wrong with it. */
typedef struct TextFault
{
	const char *rule;
	const char *detail;
} TextFault;

extern const TextFault *IdFault(Text value, int maxLength);
extern bool IsEmail(Text value);
extern bool IsCurrencyCode(Text value);
extern bool IsTimeZone(Text value);
extern bool IsHttpUrl(Text value);

#endif							/* PROCTORLINK_TEXT_H */
