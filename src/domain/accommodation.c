/*
 * domain/accommodation.c
 *		Extra time where the provider gives none: a separate, longer exam, and
 *		who may sit it.
 */
#include "core/compat.h"

#include "catalog/pg_type.h"
#include "core/columns.h"
#include "core/jsonb_write.h"
#include "core/settings.h"
#include "core/sid.h"
#include "core/statement.h"
#include "domain/erased.h"
#include "domain/event.h"
#include "domain/install.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(proctorlink_create_accommodation_exam);
PG_FUNCTION_INFO_V1(proctorlink_allow_accommodation);
PG_FUNCTION_INFO_V1(proctorlink_withdraw_accommodation);

#define MOST_PERCENT 1000
#define MOST_MINUTES 1000000

#define WHERE_EXAM " FROM proctorlink.exam x WHERE x.install_id" EQ "$1 AND x.external_id" EQ "$2"

STATEMENT(lockPlain,
		  "SELECT x.exam_id, x.title, x.duration_minutes, x.extra_time_minutes, x.accommodation_for IS NOT NULL"
		  WHERE_EXAM " FOR NO KEY UPDATE",
		  UUIDOID, TEXTOID);
STATEMENT(findExam,
		  "SELECT x.exam_id" WHERE_EXAM,
		  UUIDOID, TEXTOID);
STATEMENT(findSameLength,
		  "SELECT x.external_id FROM proctorlink.exam x WHERE x.install_id" EQ "$1 AND x.accommodation_for" EQ "$2"
		  " AND x.duration_minutes" EQ "$3 LIMIT 1",
		  UUIDOID, UUIDOID, INT4OID);

/*
 * Nobody gets a session of it for being a learner of the course: its scope is
 * limited.
 */
STATEMENT(makeTwin,
		  "INSERT INTO proctorlink.exam (install_id, course_id, external_id, title, code, description, type, practice,"
		  " limited_scope, delivery_system, purpose, owner_id, duration_minutes, attempts, published, accommodation_for)"
		  " SELECT x.install_id, x.course_id, $3, $4, x.code, x.description, x.type, x.practice, true,"
		  " x.delivery_system, x.purpose, x.owner_id, $5, coalesce((SELECT c.attempts"
		  " FROM proctorlink.exam_configuration c WHERE c.install_id" EQ "$1 AND c.exam_id" EQ "$2"
		  " AND c.type" EQ "'primary'), x.attempts), x.published, x.exam_id"
		  " FROM proctorlink.exam x WHERE x.install_id" EQ "$1 AND x.exam_id" EQ "$2 RETURNING exam_id",
		  UUIDOID, UUIDOID, TEXTOID, TEXTOID, INT4OID);
STATEMENT(enter,
		  "INSERT INTO proctorlink.accommodation (install_id, exam_id, candidate_ext_id)"
		  " SELECT $1, $2, n.key FROM (SELECT pg_catalog.unnest($3) AS key) n"
		  " ON CONFLICT (install_id, exam_id, candidate_ext_id) DO NOTHING RETURNING candidate_ext_id",
		  UUIDOID, UUIDOID, TEXTARRAYOID);
STATEMENT(withdraw,
		  "DELETE FROM proctorlink.accommodation c USING (SELECT pg_catalog.unnest($3) AS key) n"
		  " WHERE c.install_id" EQ "$1 AND c.exam_id" EQ "$2 AND c.candidate_ext_id" EQ "n.key"
		  " RETURNING c.candidate_ext_id",
		  UUIDOID, UUIDOID, TEXTARRAYOID);

/* ExamArgument takes the external id of an exam. */
static Text
ExamArgument(FunctionCallInfo fcinfo)
{
	Text		named = PG_ARGISNULL(0) ? NO_TEXT : TextOfDatum(PG_GETARG_DATUM(0), false);

	if (named.len == 0)
		RaiseProblem(CODE_INVALID, NULL, "assessment_ext_id must not be null or empty");
	return named;
}

/* NoExam raises for an external id that no exam has. */
static void
NoExam(Text named)
{
	RaiseProblem(CODE_NOT_FOUND,
				 "Send the External ID of the assessment exactly as it is here.",
				 "assessment_ext_id: there is no exam \"%s\"", TextQuoted(named));
}

/* NumberArgument takes a number, 0 where it is null. */
static int
NumberArgument(FunctionCallInfo fcinfo, int argument, const char *name, int most)
{
	int32		value;

	if (PG_ARGISNULL(argument))
		return 0;
	value = PG_GETARG_INT32(argument);
	if (value < 1 || value > most)
		RaiseProblem(CODE_INVALID, NULL, "%s: must be from 1 to %d, not %d", name, most, value);
	return value;
}

/*
 * DeriveId makes the external id of an accommodation exam of the plain one's:
 * what ProctorU can name, and what no exam has yet.
 */
static Text
DeriveId(Datum install, Text plain, const char *suffix)
{
	for (int i = 1;; i++)
	{
		const char *ending = i == 1 ? suffix : psprintf("%s-%d", suffix, i);
		char	   *base = pnstrdup(plain.data, pg_mbcharcliplen(plain.data, plain.len,
																 MAX_SHORT_ID_LENGTH - (int) strlen(ending)));
		Text		derived;
		Datum		values[2];

		CHECK_FOR_INTERRUPTS();
		for (char *c = base; *c != '\0'; c++)
			if (*c == ' ')
				*c = '-';
		derived = TextOf(psprintf("%s%s", base, ending));
		values[0] = install;
		values[1] = TextDatum(derived);
		if (StatementRun(&findExam, values, NULL, false) == 0)
			return derived;
	}
}

/* LongerTitle makes the title of an accommodation exam. */
static Text
LongerTitle(Text title)
{
	static const char ending[] = " (extra time)";
	int			len = pg_mbcharcliplen(title.data, title.len, MAX_NAME_LENGTH - (int) strlen(ending));

	return TextOf(psprintf("%.*s%s", len, title.data, ending));
}

/* proctorlink.create_accommodation_exam(assessment_ext_id, percentage, minutes) */
Datum
proctorlink_create_accommodation_exam(PG_FUNCTION_ARGS)
{
	Text		named = ExamArgument(fcinfo);
	int			percentage = NumberArgument(fcinfo, 1, "percentage", MOST_PERCENT);
	int			minutes = NumberArgument(fcinfo, 2, "minutes", MOST_MINUTES);
	Install		install;
	Datum		values[5] = {0};
	pg_uuid_t	exam;
	Text		title;
	int			duration;
	int			usual;
	int64		longer;
	Text		twin;

	if (percentage > 0 && minutes > 0)
		RaiseProblem(CODE_INVALID, NULL, "minutes: give a percentage or minutes, not both");
	SpiStart();
	InstallForCall(NO_TEXT, &install);
	values[0] = UUIDPGetDatum(&install.id);
	values[1] = TextDatum(named);
	if (StatementRun(&lockPlain, values, NULL, false) == 0)
		NoExam(named);
	exam = RowUuid(0, 1);
	title = RowText(0, 2);
	duration = RowInt(0, 3);
	usual = RowInt(0, 4);
	if (RowBool(0, 5))
		RaiseProblem(CODE_CONFLICT, "Name the plain exam.",
					 "assessment_ext_id: exam \"%s\" is an accommodation exam itself", TextQuoted(named));
	if (duration == 0)
		RaiseProblem(CODE_CONFLICT, "An exam without a time limit needs no longer one; else give it a duration (configure_exam).",
					 "assessment_ext_id: exam \"%s\" has no duration", TextQuoted(named));
	if (percentage == 0 && minutes == 0)
	{
		if (usual == 0)
			RaiseProblem(CODE_INVALID, NULL, "minutes: give a percentage or minutes; the exam itself has no extra time");
		minutes = usual;
	}
	longer = percentage > 0 ? ((int64) duration * percentage + 99) / 100 : minutes;
	if (duration + longer > PG_INT32_MAX)
		RaiseProblem(CODE_INVALID, NULL, "%s: the exam would become too long", percentage > 0 ? "percentage" : "minutes");

	values[1] = UUIDPGetDatum(&exam);
	values[2] = Int32GetDatum(duration + (int32) longer);
	if (StatementRun(&findSameLength, values, NULL, false) > 0)
	{
		Text		there = RowText(0, 1);

		RaiseProblem(CODE_CONFLICT, "Use that one, or ask for another length.",
					 "assessment_ext_id: exam \"%s\" has an accommodation exam of %d min already: \"%s\"", TextQuoted(named),
					 duration + (int) longer, there.presence == GIVEN ? TextQuoted(there) : "");
	}
	twin = DeriveId(values[0], named,
					percentage > 0 ? psprintf("-plus-%dpct", percentage) : psprintf("-plus-%dmin", minutes));
	values[4] = values[2];
	values[2] = TextDatum(twin);
	values[3] = TextDatum(LongerTitle(title));
	StatementRun(&makeTwin, values, NULL, false);
	exam = RowUuid(0, 1);
	EventAdd(&install.id, "accommodation_exam_made", SidOf("EX", &exam), NULL);
	SPI_finish();
	PG_RETURN_TEXT_P(cstring_to_text_with_len(twin.data, twin.len));
}

/* External ids of people, each once and in order, and which of them a statement wrote. */
typedef struct Entries
{
	int			count;
	Text	   *ids;
	bool	   *written;
} Entries;

/* CompareTexts orders texts. */
static int
CompareTexts(const void *a, const void *b)
{
	return TextCompare(*(const Text *) a, *(const Text *) b);
}

/* ReadEntries reads the external ids that a call names. */
static void
ReadEntries(FunctionCallInfo fcinfo, Entries *entries)
{
	Datum	   *elements;
	bool	   *nulls;
	int			count;
	Problems	problems;

	if (PG_ARGISNULL(1))
		RaiseProblem(CODE_INVALID, NULL, "candidate_ext_ids must not be null");
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(1), TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &count);
	if (count == 0)
		RaiseProblem(CODE_INVALID, NULL, "candidate_ext_ids: names nobody");
	if (count > MaxItems)
		RaiseProblem(CODE_LIMIT, psprintf("Send at most %d ids in a call.", MaxItems),
					 "candidate_ext_ids: %d ids are too many", count);
	ProblemsInit(&problems, CurrentMemoryContext);
	entries->ids = palloc(count * sizeof(Text));
	entries->count = 0;
	for (int i = 0; i < count; i++)
	{
		Path		path = {&PATH_KEY(NULL, "candidate_ext_ids"), NULL, 0, i};
		Text		id = TextOfDatum(elements[i], nulls[i]);
		const TextFault *fault = id.presence != GIVEN || id.len == 0 ? NULL : IdFault(id, MAX_ID_LENGTH);

		CHECK_FOR_INTERRUPTS();
		if (id.presence != GIVEN || id.len == 0)
			ProblemAdd(&problems, CODE_INVALID, "required", NULL, &path, "must not be null or empty");
		else if (fault != NULL)
			ProblemAdd(&problems, CODE_INVALID, fault->rule, NULL, &path, "%s", fault->detail);
		else
			entries->ids[entries->count++] = id;
	}
	if (problems.count > 0)
		ProblemsRaise(&problems);

	qsort(entries->ids, entries->count, sizeof(Text), CompareTexts);
	count = entries->count;
	entries->count = 0;
	for (int i = 0; i < count; i++)
		if (i == 0 || !TextEquals(entries->ids[i], entries->ids[entries->count - 1]))
			entries->ids[entries->count++] = entries->ids[i];
	entries->written = palloc0(entries->count * sizeof(bool));
}

/* AddEntries adds those that were written, or those that were not, to an answer. */
static void
AddEntries(JsonObject *answer, const char *key, const Entries *entries, bool written)
{
	JsonArray  *list = palloc(sizeof(JsonArray));

	JsonArrayInit(list);
	for (int i = 0; i < entries->count; i++)
		if (entries->written[i] == written)
			JsonPushText(list, entries->ids[i]);
	JsonAddArray(answer, key, list);
}

/* ChangeEntries enters people for an exam or takes them back, and answers whom. */
static Datum
ChangeEntries(FunctionCallInfo fcinfo, Statement *statement, const char *done, const char *not)
{
	Text		named = ExamArgument(fcinfo);
	Entries		entries;
	Install		install;
	Column		ids;
	ErasedAsk  *asks;
	Datum		values[3];
	pg_uuid_t	exam;
	uint64		count;
	JsonObject	changes;
	JsonObject	answer;

	ReadEntries(fcinfo, &entries);
	SpiStart();
	InstallForCall(NO_TEXT, &install);
	values[0] = UUIDPGetDatum(&install.id);
	values[1] = TextDatum(named);
	if (StatementRun(&findExam, values, NULL, false) == 0)
		NoExam(named);
	exam = RowUuid(0, 1);
	values[1] = UUIDPGetDatum(&exam);
	ColumnInit(&ids, TEXTOID, entries.count);
	asks = palloc(entries.count * sizeof(ErasedAsk));
	for (int i = 0; i < entries.count; i++)
	{
		ColumnAddText(&ids, entries.ids[i]);
		asks[i] = (ErasedAsk)
		{
			ERASED_CANDIDATE, entries.ids[i]
		};
	}
	if (statement == &enter && ErasedFind(&install.id, asks, entries.count) > 0)
		RaiseProblem(CODE_CONFLICT, ERASED_HINT, "candidate_ext_ids: names a person who was erased");
	values[2] = ColumnDatum(&ids);
	count = StatementRun(statement, values, NULL, false);
	for (uint64 i = 0; i < count; i++)
	{
		Text		id = RowText(i, 1);
		Text	   *entry = bsearch(&id, entries.ids, entries.count, sizeof(Text), CompareTexts);

		CHECK_FOR_INTERRUPTS();
		if (entry != NULL)
			entries.written[entry - entries.ids] = true;
	}
	if (count > 0)
	{
		JsonObjectInit(&changes);
		JsonAddInt(&changes, done, count);
		EventAdd(&install.id, "accommodation_changed", SidOf("EX", &exam), &changes);
	}
	SPI_finish();

	JsonObjectInit(&answer);
	JsonAddText(&answer, "assessment", named);
	AddEntries(&answer, done, &entries, true);
	AddEntries(&answer, not, &entries, false);
	PG_RETURN_JSONB_P(JsonObjectJsonb(&answer));
}

/* proctorlink.allow_accommodation(assessment_ext_id, candidate_ext_ids) */
Datum
proctorlink_allow_accommodation(PG_FUNCTION_ARGS)
{
	return ChangeEntries(fcinfo, &enter, "added", "found");
}

/* proctorlink.withdraw_accommodation(assessment_ext_id, candidate_ext_ids) */
Datum
proctorlink_withdraw_accommodation(PG_FUNCTION_ARGS)
{
	return ChangeEntries(fcinfo, &withdraw, "removed", "notFound");
}
