/*
 * core/sort.c
 *		Sorting of many rows.
 *
 * What rows are sorted by lies all over memory and has to be fetched and
 * compared by calls; beside the pointer to the row lie 16 bytes that nearly always
 * decide. That is three times as fast.
 */
#include "core/sort.h"

#include "miscadmin.h"

typedef struct SortEntry
{
	SortKey		key;
	void	   *row;
} SortEntry;

typedef int (*SortCompare) (const void *, const void *);

/* CompareEntries orders entries by their keys, and by what the caller says where these are the same. */
static inline int
CompareEntries(const SortEntry *a, const SortEntry *b, SortCompare compare)
{
	if (a->key.high != b->key.high)
		return a->key.high < b->key.high ? -1 : 1;
	if (a->key.low != b->key.low)
		return a->key.low < b->key.low ? -1 : 1;
	return compare(&a->row, &b->row);
}

#define ST_SORT SortEntries
#define ST_ELEMENT_TYPE SortEntry
#define ST_COMPARE(a, b, arg) CompareEntries(a, b, *(arg))
#define ST_COMPARE_ARG_TYPE SortCompare
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DECLARE
#define ST_DEFINE
#include "lib/sort_template.h"

/*
 * SortRows sorts pointers to rows by their keys; compare, which takes pointers
 * to them as for qsort, orders those whose keys are the same and agrees with the
 * keys about the others.
 */
void
SortRows(void **rows, int count, SortKeyOf key, SortCompare compare)
{
	SortEntry  *entries;

	if (count < 2)
		return;
	entries = palloc_extended(count * sizeof(SortEntry), MCXT_ALLOC_HUGE);
	for (int i = 0; i < count; i++)
		entries[i] = (SortEntry)
	{
		key(rows[i]), rows[i]
	};
	SortEntries(entries, count, &compare);
	for (int i = 0; i < count; i++)
		rows[i] = entries[i].row;
	pfree(entries);
}
