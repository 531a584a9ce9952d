/*
 * domain/exam_find.c
 *		The exams that somebody may mean: those with the nearest external ids,
 *		and those whose names have the text in them.
 */
#include "core/compat.h"

#include <limits.h>

#include "catalog/pg_collation_d.h"
#include "catalog/pg_type.h"
#include "core/sid.h"
#include "core/statement.h"
#include "domain/install.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/formatting.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"
#include "utils/varlena.h"

PG_FUNCTION_INFO_V1(proctorlink_find_assessment);

#define FIND_COLUMNS 7

/* At most this many are answered. */
#define MOST_FOUND 20

/* Characters that are compared: the server's edit distance takes no more. */
#define MOST_COMPARED 255

/* The distance of an exam without external id, behind all others. */
#define NO_DISTANCE INT_MAX

STATEMENT(allExams,
		  "SELECT x.exam_id, x.external_id, x.title, x.code, c.title, x.published FROM proctorlink.exam x"
		  " LEFT JOIN proctorlink.course c ON c.install_id" EQ "x.install_id AND c.course_id" EQ "x.course_id"
		  " WHERE x.install_id" EQ "$1",
		  UUIDOID);

/* What is looked for. */
typedef struct Search
{
	char	   *lower;			/* as it was written, but for case and the
								 * spaces around it */
	char	   *folded;
	int			foldedLength;
	int			near;			/* edits that may lie between ids of which one
								 * is meant by the other */
} Search;

/* An exam that was found. */
typedef struct Found
{
	uint64		row;
	pg_uuid_t	id;
	Text		externalId;
	int			distance;
} Found;

/* SpaceLength tells how many bytes at the start of a text are a space or something unseen; 0: none are. */
static int
SpaceLength(const char *text)
{
	static const char *const unseen[] = {"\xC2\xA0", "\xE2\x80\x8B", "\xE2\x80\xAF", "\xEF\xBB\xBF"};

	if ((unsigned char) *text <= ' ' || *text == 0x7F)
		return *text != '\0' ? 1 : 0;
	for (int i = 0; i < lengthof(unseen); i++)
		if (strncmp(text, unseen[i], strlen(unseen[i])) == 0)
			return strlen(unseen[i]);
	return 0;
}

/* Lower makes a C string of a text, in lower case. */
static char *
Lower(Text text)
{
	return str_tolower(text.data, text.len, DEFAULT_COLLATION_OID);
}

/*
 * Fold makes of a text in lower case what is left when case, spaces and
 * characters that look alike (o and 0, l and 1) do not count; at most 255
 * characters.
 */
static char *
Fold(const char *lower, int *length)
{
	char	   *folded = palloc(strlen(lower) + 1);
	int			len = 0;

	while (*lower != '\0')
	{
		int			space = SpaceLength(lower);

		if (space > 0)
		{
			lower += space;
			continue;
		}
		folded[len++] = *lower == 'o' ? '0' : *lower == 'l' ? '1' : *lower;
		lower++;
	}
	len = pg_mbcharcliplen(folded, len, MOST_COMPARED);
	folded[len] = '\0';
	*length = len;
	return folded;
}

/* Trim takes the spaces around a C string away. */
static char *
Trim(char *text)
{
	int			len;

	while (SpaceLength(text) > 0)
		text += SpaceLength(text);
	len = strlen(text);
	while (len > 0 && (unsigned char) text[len - 1] <= ' ')
		len--;
	text[len] = '\0';
	return text;
}

/* Holds tells whether a text has what is looked for in it. */
static bool
Holds(const Search *search, Text text)
{
	return text.presence == GIVEN && strstr(Lower(text), search->lower) != NULL;
}

/* RowView views a text of a found row where it lies. */
static Text
RowView(uint64 row, int column)
{
	bool		isnull;
	Datum		value = RowDatum(row, column, &isnull);

	return TextOfDatum(value, isnull);
}

/*
 * Distance tells how many edits lie between what is looked for and an exam's
 * external id; -1 where the exam is not what is looked for.
 */
static int
Distance(const Search *search, uint64 row, Text externalId, int most)
{
	bool		named = Holds(search, RowView(row, 3)) || Holds(search, RowView(row, 4));
	int			length;
	char	   *folded;
	int			distance;

	if (externalId.presence != GIVEN)
		return named ? NO_DISTANCE : -1;
	folded = Fold(Lower(externalId), &length);
	named = named || strstr(folded, search->folded) != NULL;
	if (named)
		return varstr_levenshtein(search->folded, search->foldedLength, folded, length, 1, 1, 1, true);
	distance = varstr_levenshtein_less_equal(search->folded, search->foldedLength, folded, length,
											 1, 1, 1, most, true);
	return distance <= most ? distance : -1;
}

/* IsBetter tells whether one exam is answered before another. */
static bool
IsBetter(const Found *a, const Found *b)
{
	if (a->distance != b->distance)
		return a->distance < b->distance;
	if (a->externalId.presence == GIVEN && b->externalId.presence == GIVEN)
		return TextCompare(a->externalId, b->externalId) < 0;
	return memcmp(&a->id, &b->id, UUID_LEN) < 0;
}

/* Keep puts an exam among the best, which stand in order, and answers how many they are now. */
static int
Keep(Found *best, int count, const Found *found)
{
	int			place = count;

	while (place > 0 && IsBetter(found, &best[place - 1]))
		place--;
	if (place == MOST_FOUND)
		return count;
	if (count < MOST_FOUND)
		count++;
	memmove(&best[place + 1], &best[place], (count - 1 - place) * sizeof(Found));
	best[place] = *found;
	return count;
}

/* Put puts an exam into the answer. */
static void
Put(ReturnSetInfo *result, const Found *found)
{
	Datum		values[FIND_COLUMNS];
	bool		nulls[FIND_COLUMNS] = {false};

	values[0] = CStringGetTextDatum(SidOf("EX", &found->id));
	for (int i = 1; i < 5; i++)
		values[i] = RowDatum(found->row, i + 1, &nulls[i]);
	values[5] = BoolGetDatum(RowBool(found->row, 6));
	values[6] = Int32GetDatum(found->distance);
	nulls[6] = found->distance == NO_DISTANCE;
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* proctorlink.find_assessment(search) */
Datum
proctorlink_find_assessment(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Search		search;
	Install		install;
	Datum		key = UUIDPGetDatum(&install.id);
	Found		best[MOST_FOUND];
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext perRow;
	int			count = 0;
	uint64		rows;

	InitMaterializedSRF(fcinfo, 0);
	search.lower = Trim(Lower(TextOfDatum(PG_GETARG_DATUM(0), false)));
	search.folded = Fold(search.lower, &search.foldedLength);
	search.near = Max(1, pg_mbstrlen_with_len(search.folded, search.foldedLength) / 2);

	SpiStart();
	InstallForCall(NO_TEXT, &install);

	/* Everything would have nothing in it. */
	rows = search.foldedLength > 0 ? StatementRun(&allExams, &key, NULL, true) : 0;
	perRow = AllocSetContextCreate(caller, "proctorlink find_assessment", ALLOCSET_DEFAULT_SIZES);
	for (uint64 row = 0; row < rows; row++)
	{
		Found		found = {.row = row,.externalId = RowView(row, 2)};
		int			most = search.near;

		CHECK_FOR_INTERRUPTS();
		if (count == MOST_FOUND)
			most = Min(most, best[count - 1].distance);
		MemoryContextSwitchTo(perRow);
		found.distance = Distance(&search, row, found.externalId, most);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(perRow);
		if (found.distance < 0)
			continue;
		found.id = RowUuid(row, 1);
		count = Keep(best, count, &found);
	}
	for (int i = 0; i < count; i++)
		Put(result, &best[i]);
	SPI_finish();
	return (Datum) 0;
}
