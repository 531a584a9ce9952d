/*
 * provision/found.h
 *		What the parts of resolve make of the rows that look-ups find.
 */
#ifndef PROCTORLINK_FOUND_H
#define PROCTORLINK_FOUND_H

#include "core/compat.h"

#include "common/hashfn.h"
#include "core/statement.h"
#include "provision/resolve.h"

/* Keys that one look-up asks for. */
typedef struct Asked
{
	int			count;
	int			room;
	Text	   *keys;
} Asked;

/* Copies texts that are about to go: KEEP_TEXTS(&row->text, …) */
#define KEEP_TEXTS(...) KeepTexts((Text *[]) {__VA_ARGS__}, lengthof(((Text *[]) {__VA_ARGS__})))

/*
 * StartRow fills in what all rows have and adds it to the digest of what was
 * found, in which the order does not matter. Half of an id is random, which is
 * as good as a hash.
 */
static inline void
StartRow(Resolution *resolution, Row *row, Datum id, Datum xmin)
{
	uint64		random;

	row->id = *DatumGetUUIDP(id);
	row->xmin = DatumGetTransactionId(xmin);
	memcpy(&random, row->id.data + UUID_LEN / 2, sizeof(random));
	resolution->digest += hash_combine64(random, row->xmin);
}

/* TextColumn views a column of a found row. */
static inline Text
TextColumn(const Datum *values, const bool *nulls, int column)
{
	return TextOfDatum(values[column], nulls[column]);
}

/* resolve.c */
extern bool IsMissing(const Resolution *resolution, KeyKind kind, Text key);
extern void Ask(Resolution *resolution, Asked *asked, KeyKind kind, Text key);
extern void AskIds(Resolution *resolution, Asked *asked, KeyKind first, const Ids *ids);
extern void SortAsked(Asked *asked);
extern void RunAsked(Resolution *resolution, Asked *asked, Lookup *lookup, RowTaker take);
extern void KeepTexts(Text *const *texts, int count);

/* resolve_accounts.c */
extern void ResolveAccounts(Resolution *resolution, const Batch *batch, int from, int to, bool careful);

/* resolve_erased.c */
extern void ResolveErased(Resolution *resolution, const Batch *batch, int from, int to);

/* resolve_enrollments.c */
extern void ResolveEnrollments(Resolution *resolution, const Batch *batch, int from, int to, const RowList *also);

#endif							/* PROCTORLINK_FOUND_H */
