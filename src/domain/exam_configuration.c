/*
 * domain/exam_configuration.c
 *		How an exam is delivered: the rules of a configuration, and that an
 *		exam lasts as long as its primary one.
 */
#include "domain/exam_configuration.h"

#include "catalog/pg_type.h"
#include "core/columns.h"
#include "core/statement.h"
#include "core/written.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(proctorlink_are_proctor_types);
PG_FUNCTION_INFO_V1(proctorlink_are_permitted_items);
PG_FUNCTION_INFO_V1(proctorlink_exam_configuration_written);

/* The options of proctor types and the items that SmarterProctoring publishes. */
static const char *const proctorOptions[] = {
	"recordScreen", "recordWebcam", "recordAudio", "forceFullScreen", "onlyOneScreen", "disableNewTabs",
	"closeOpenTabs", "disablePrinting", "disableClipboard", "disableRightClick", "verifyId", "roomScan"
};
static const char *const permittedItems[] = {
	"bathroomBreak", "calculator", "dictionary", "earplugs", "formulaSheet", "notes", "textbook", "websites"
};

/* Locked by a statement of its own, the exams are as others left them when the next one looks. */
STATEMENT(lockExams,
		  FOR_EACH_KEY(2, "") "SELECT FROM proctorlink.exam x WHERE x.install_id" EQ "$1"
		  " AND x.exam_id" EQ "k.key FOR NO KEY UPDATE" END_FOR_EACH("x"),
		  UUIDOID, UUIDARRAYOID);
STATEMENT(setDurations,
		  "UPDATE proctorlink.exam x SET duration_minutes = u.duration_minutes"
		  " FROM (SELECT pg_catalog.unnest($2) AS exam_id, pg_catalog.unnest($3) AS duration_minutes) u"
		  FIND_TARGET("exam") "t.exam_id" EQ "u.exam_id"
		  " AND (t.duration_minutes" NE "u.duration_minutes OR t.duration_minutes IS NULL)" END_FIND_TARGET("x"),
		  UUIDOID, UUIDARRAYOID, INT4ARRAYOID);

/*
 * ConfigurationCheckTimes checks the rules that the constraints
 * configuration_opens_before_it_closes, configuration_open_as_long_as_it_lasts,
 * configuration_scheduling_opens_before_it_closes and
 * configuration_scheduling_within_access keep; path is the configuration's.
 */
void
ConfigurationCheckTimes(const ConfigurationTimes *times, const Path *path, Problems *problems)
{
	Path		access = PATH_KEY(path, "access");
	Path		scheduling = PATH_KEY(path, "scheduling");
	Path		duration = PATH_KEY(path, "duration");
	bool		open = times->opens.presence == GIVEN && times->closes.presence == GIVEN;
	bool		schedulingOpens = times->schedulingOpens.presence == GIVEN;
	bool		schedulingCloses = times->schedulingCloses.presence == GIVEN;

	if (open && times->opens.value >= times->closes.value)
		ProblemAdd(problems, CODE_INVALID, "order", NULL, &access, "must open before it closes");
	else if (open && times->duration.presence == GIVEN &&
			 times->closes.value - times->opens.value < times->duration.value * USECS_PER_MINUTE)
		ProblemAdd(problems, CODE_INVALID, "order", "Close access later or shorten the duration.", &duration,
				   "access must be open for at least the duration of %d minutes", times->duration.value);
	if (schedulingOpens && schedulingCloses && times->schedulingOpens.value >= times->schedulingCloses.value)
		ProblemAdd(problems, CODE_INVALID, "order", NULL, &scheduling, "must open before it closes");
	if (times->closes.presence != GIVEN)
		return;
	if (schedulingCloses && times->schedulingCloses.value > times->closes.value)
		ProblemAdd(problems, CODE_INVALID, "order", NULL, &scheduling, "must close no later than access does");
	else if (schedulingOpens && !schedulingCloses && times->schedulingOpens.value >= times->closes.value)
		ProblemAdd(problems, CODE_INVALID, "order", NULL, &scheduling, "must open before access closes");
}

/* CheckKnown notes a key that is none of a list. */
static void
CheckKnown(Text key, const char *const *known, int count, const char *what, const Path *path, Problems *problems)
{
	const char *nearest;
	char		hint[96];

	for (int i = 0; i < count; i++)
		if (TextIs(key, known[i]))
			return;
	nearest = problems->count < MAX_PROBLEMS ? NearestName(key, known, count) : NULL;
	if (nearest != NULL)
		snprintf(hint, sizeof(hint), "Perhaps \"%s\" is meant.", nearest);
	ProblemAdd(problems, CODE_INVALID, "enum", nearest != NULL ? hint : NULL, path,
			   "\"%s\" is not %s", TextQuoted(key), what);
}

/* CheckOptions checks {option: {}, …}. */
static void
CheckOptions(JsonbContainer *options, const Path *path, Problems *problems)
{
	JsonbIterator *iterator = JsonbIteratorInit(options);
	JsonbValue	value;
	Text		key;

	while (NextMember(&iterator, &key, &value))
	{
		Path		step = {path, key.data, key.len, 0};

		CheckKnown(key, proctorOptions, lengthof(proctorOptions), "an option of a proctor type", &step, problems);
		if (ReadIsObject(&value, &step, problems) && JsonContainerSize(value.val.binary.data) > 0)
			ProblemAdd(problems, CODE_INVALID, "unknown_key", NULL, &step, "must be an empty object");
	}
}

/* ReadOptions reads the member options of a proctor type. */
static void
ReadOptions(const JsonbValue *value, const Path *path, void *unusedField, const void *unused, Problems *problems)
{
	if (ReadIsObject(value, path, problems))
		CheckOptions(value->val.binary.data, path, problems);
}

/* IsProctorTypeSid tells whether a key is TS and 32 lower-case hexadecimal digits. */
static bool
IsProctorTypeSid(Text key)
{
	if (key.len != 34 || key.data[0] != 'T' || key.data[1] != 'S')
		return false;
	for (int i = 2; i < key.len; i++)
		if (!((key.data[i] >= '0' && key.data[i] <= '9') || (key.data[i] >= 'a' && key.data[i] <= 'f')))
			return false;
	return true;
}

/* ProctorTypesCheck checks {TS…: {} or {"options": {…}}, …}. */
void
ProctorTypesCheck(JsonbContainer *types, const Path *path, Problems *problems)
{
	static const Member members[] = {{"options", sizeof("options") - 1, ReadOptions, 0, NULL}};
	JsonbIterator *iterator = JsonbIteratorInit(types);
	JsonbValue	value;
	Text		key;

	while (NextMember(&iterator, &key, &value))
	{
		Path		step = {path, key.data, key.len, 0};

		if (!IsProctorTypeSid(key))
			ProblemAdd(problems, CODE_INVALID, "pattern",
					   "A proctor type is TS and 32 lower-case hexadecimal digits.", &step,
					   "\"%s\" is not the sid of a proctor type", TextQuoted(key));
		if (ReadIsObject(&value, &step, problems))
			ReadObject(value.val.binary.data, &step, members, lengthof(members), NULL, problems);
	}
}

/* PermittedItemsCheck checks {item: {} or {"notes": text}, …}. */
void
PermittedItemsCheck(JsonbContainer *items, const Path *path, Problems *problems)
{
	static const LengthRange maxNotes = {0, MAX_NOTES_LENGTH};
	static const Member members[] = {{"notes", sizeof("notes") - 1, ReadText, 0, &maxNotes}};
	JsonbIterator *iterator = JsonbIteratorInit(items);
	JsonbValue	value;
	Text		key;

	while (NextMember(&iterator, &key, &value))
	{
		Path		step = {path, key.data, key.len, 0};
		Text		notes;

		CheckKnown(key, permittedItems, lengthof(permittedItems), "a permitted item", &step, problems);
		if (ReadIsObject(&value, &step, problems))
			ReadObject(value.val.binary.data, &step, members, lengthof(members), &notes, problems);
	}
}

/* IsGood runs a check over a whole jsonb for a CHECK constraint. */
static bool
IsGood(Jsonb *value, void (*check) (JsonbContainer *, const Path *, Problems *))
{
	Problems	problems;

	if (!JB_ROOT_IS_OBJECT(value))
		return false;
	ProblemsInit(&problems, CurrentMemoryContext);
	check(&value->root, NULL, &problems);
	return problems.count == 0;
}

/* proctorlink.are_proctor_types(value) */
Datum
proctorlink_are_proctor_types(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(IsGood(PG_GETARG_JSONB_P(0), ProctorTypesCheck));
}

/* proctorlink.are_permitted_items(value) */
Datum
proctorlink_are_permitted_items(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(IsGood(PG_GETARG_JSONB_P(0), PermittedItemsCheck));
}

/*
 * proctorlink.exam_configuration_written(): AFTER INSERT, AFTER UPDATE FOR EACH
 * STATEMENT on exam_configuration. An exam lasts as long as its primary
 * configuration.
 */
Datum
proctorlink_exam_configuration_written(PG_FUNCTION_ARGS)
{
	Written		written;
	int			count = 0;
	int			room = 64;
	pg_uuid_t  *keys = palloc(room * 2 * sizeof(pg_uuid_t));
	int32	   *durations = palloc(room * sizeof(int32));

	WrittenStart(&written, fcinfo, "exam_configuration");
	while (WrittenNext(&written))
	{
		bool		isnull;
		Text		type = TextOfDatum(WrittenColumn(&written, written.newSlot, "type", &isnull), false);

		if (!TextIs(type, "primary") || WrittenIsHistory(&written))
			continue;
		if (count == room)
		{
			room *= 2;
			keys = repalloc(keys, room * 2 * sizeof(pg_uuid_t));
			durations = repalloc(durations, room * sizeof(int32));
		}
		keys[count * 2] = *DatumGetUUIDP(WrittenColumn(&written, written.newSlot, "install_id", &isnull));
		keys[count * 2 + 1] = *DatumGetUUIDP(WrittenColumn(&written, written.newSlot, "exam_id", &isnull));
		durations[count++] = DatumGetInt32(WrittenColumn(&written, written.newSlot, "duration_minutes", &isnull));
	}
	WrittenEnd(&written);

	if (count > 0)
		SpiStart();

	/*
	 * One statement an install, which is one unless somebody writes for
	 * several.
	 */
	for (int first = 0; first < count;)
	{
		Column		exams;
		Column		minutes;
		Datum		values[3];
		int			last = first;

		while (last < count && memcmp(&keys[last * 2], &keys[first * 2], UUID_LEN) == 0)
			last++;
		ColumnInit(&exams, UUIDOID, last - first);
		ColumnInit(&minutes, INT4OID, last - first);
		for (int i = first; i < last; i++)
		{
			ColumnAddUuid(&exams, &keys[i * 2 + 1]);
			ColumnAddInt(&minutes, durations[i]);
		}
		values[0] = UUIDPGetDatum(&keys[first * 2]);
		values[1] = ColumnDatum(&exams);
		values[2] = ColumnDatum(&minutes);
		StatementRunForRule(&lockExams, values, NULL);
		StatementRunForRule(&setDurations, values, NULL);
		first = last;
	}
	if (count > 0)
		SPI_finish();
	return PointerGetDatum(NULL);
}
