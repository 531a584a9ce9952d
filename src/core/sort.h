/*
 * core/sort.h
 *		Sorting of many rows.
 */
#ifndef PROCTORLINK_SORT_H
#define PROCTORLINK_SORT_H

#include "core/text.h"
#include "port/pg_bswap.h"
#include "utils/uuid.h"

/* What a row is sorted by in the first place: 16 bytes, as numbers. */
typedef struct SortKey
{
	uint64		high;
	uint64		low;
} SortKey;

typedef SortKey (*SortKeyOf) (const void *row);

/* SortBytes makes a number of at most eight bytes that orders as they do. */
static inline uint64
SortBytes(const void *bytes, int len)
{
	uint64		number = 0;

	memcpy(&number, bytes, Min(len, sizeof(number)));
	return pg_ntoh64(number);
}

/* SortKeyOfText makes the key of a text in the order of the C collation. */
static inline SortKey
SortKeyOfText(Text text)
{
	return (SortKey)
	{
		SortBytes(text.data, text.len),
			text.len > 8 ? SortBytes(text.data + 8, text.len - 8) : 0
	};
}

/* SortKeyOfUuid makes the key of an id. */
static inline SortKey
SortKeyOfUuid(const pg_uuid_t *id)
{
	return (SortKey)
	{
		SortBytes(id->data, 8), SortBytes(id->data + 8, 8)
	};
}

extern void SortRows(void **rows, int count, SortKeyOf key, int (*compare) (const void *, const void *));

#endif							/* PROCTORLINK_SORT_H */
