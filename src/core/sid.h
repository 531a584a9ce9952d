/*
 * core/sid.h
 *		Sids: two letters that tell the kind, and 32 hexadecimal digits.
 */
#ifndef PROCTORLINK_SID_H
#define PROCTORLINK_SID_H

#include "core/text.h"
#include "utils/uuid.h"

#define SID_LENGTH 34

/* How a text reads as a sid of a given kind. */
typedef enum SidForm
{
	SID_OURS,					/* the letters and lower-case hexadecimal */
	SID_OF_NOBODY,				/* as the contract has it, but never made here */
	SID_MALFORMED
} SidForm;

extern SidForm SidRead(Text value, const char *kind, pg_uuid_t *id);
extern void SidWrite(const char *kind, const pg_uuid_t *id, char *sid);
extern char *SidOf(const char *kind, const pg_uuid_t *id);
extern pg_uuid_t SidArgument(Datum value, const char *kind, const char *argument);
extern int	CompareUuids(const void *a, const void *b);
extern void UuidHex(const pg_uuid_t *id, char *hex);

/* HexDigit gives the value of a lower-case hexadecimal digit, or -1. */
static inline int
HexDigit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* uuid7.c */
extern void Uuid7(pg_uuid_t *id);

#endif							/* PROCTORLINK_SID_H */
