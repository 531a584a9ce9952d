/*
 * provision/resolve.c
 *		The second step: set-based look-ups find all rows that the items name,
 *		and all that new rows could collide with.
 *
 * Every key that is asked for stands in one index in memory, with its row or
 * with none, so that nothing is asked for twice. Kinds that no item names cost
 * nothing.
 */
#include "provision/found.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "core/columns.h"
#include "core/sort.h"
#include "core/statement.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

typedef struct IndexKey
{
	const char *data;
	int32		len;
	int32		kind;
} IndexKey;

typedef struct IndexEntry
{
	IndexKey	key;
	void	   *row;			/* NULL: asked for and not there */
	uint32		hash;
	char		status;
} IndexEntry;

#define SH_PREFIX ids
#define SH_ELEMENT_TYPE IndexEntry
#define SH_KEY_TYPE IndexKey
#define SH_KEY key
#define SH_HASH_KEY(tb, k) \
	(hash_bytes((const unsigned char *) (k).data, (k).len) ^ murmurhash32((k).kind + 1))
#define SH_EQUAL(tb, a, b) \
	((a).kind == (b).kind && (a).len == (b).len && memcmp((a).data, (b).data, (a).len) == 0)
#define SH_STORE_HASH
#define SH_GET_HASH(tb, entry) (entry)->hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

#define COURSE_COLUMNS \
	"SELECT c.course_id, c.xmin, c.external_id, c.api_id, c.lms_id, c.title, c.code" \
	" FROM proctorlink.course c WHERE c.install_id" EQ "$1 AND "
LOOKUP(coursesBySid, "c", COURSE_COLUMNS "c.course_id" EQ, UUID);
LOOKUP(coursesByApi, "c", COURSE_COLUMNS "c.api_id" EQ, TEXT);
LOOKUP(coursesByLms, "c", COURSE_COLUMNS "c.lms_id" EQ, TEXT);
LOOKUP(coursesByExternal, "c", COURSE_COLUMNS "c.external_id" EQ, TEXT);

#define EXAM_COLUMNS \
	"SELECT x.exam_id, x.xmin, x.course_id, x.external_id, x.title, x.description, x.type, x.practice," \
	" x.limited_scope, x.delivery_system" \
	" FROM proctorlink.exam x WHERE x.install_id" EQ "$1 AND "
LOOKUP(examsBySid, "x", EXAM_COLUMNS "x.exam_id" EQ, UUID);
LOOKUP(examsByExternal, "x", EXAM_COLUMNS "x.external_id" EQ, TEXT);

STATEMENT(configurationsOfExams,
		  FOR_EACH_KEY(2, "c.*")
		  "SELECT c.exam_configuration_id, c.xmin, c.exam_id, c.api_id, c.type, c.url, c.access_opens_at,"
		  " c.access_closes_at, c.scheduling_opens_at, c.scheduling_closes_at, c.duration_minutes, c.attempts,"
		  " c.student_notes, c.proctor_notes, c.proctor_types, c.permitted_items"
		  " FROM proctorlink.exam_configuration c WHERE c.install_id" EQ "$1 AND c.exam_id" EQ "k.key"
		  END_FOR_EACH("c") " ORDER BY c.exam_configuration_id",
		  UUIDOID, UUIDARRAYOID);
STATEMENT(passwordsOfExams,
		  FOR_EACH_KEY(2, "c.exam_id, c.exam_configuration_id, s.password")
		  "SELECT c.exam_id, c.exam_configuration_id FROM proctorlink.exam_configuration c"
		  " WHERE c.install_id" EQ "$1 AND c.exam_id" EQ "k.key" END_FOR_EACH("c")
		  " CROSS JOIN LATERAL (SELECT s.password FROM proctorlink.exam_secret s"
		  " WHERE s.install_id" EQ "$1 AND s.exam_configuration_id" EQ "c.exam_configuration_id"
		  END_FOR_EACH("s"),
		  UUIDOID, UUIDARRAYOID);

/* So many items are worth asking about erased people before any is written. */
#define ENOUGH_TO_ASK 100

/* RowListAdd appends a row. */
void
RowListAdd(RowList *rows, void *row)
{
	if (rows->count == rows->room)
	{
		rows->room = Max(64, rows->room * 2);
		rows->list = rows->list == NULL ? palloc(rows->room * sizeof(void *)) :
			repalloc_huge(rows->list, rows->room * sizeof(void *));
	}
	rows->list[rows->count++] = row;
}

/* KeyOf makes a key of the index. */
static inline IndexKey
KeyOf(KeyKind kind, Text key)
{
	return (IndexKey)
	{
		key.data, key.len, kind
	};
}

/* SidKey views the 16 bytes of an id as a key. */
Text
SidKey(const pg_uuid_t *id)
{
	return (Text)
	{
		(const char *) id->data, UUID_LEN, GIVEN
	};
}

/* RowFind finds the row with a key, or NULL. */
void *
RowFind(const Resolution *resolution, KeyKind kind, Text key)
{
	IndexEntry *entry = ids_lookup(resolution->index, KeyOf(kind, key));

	return entry != NULL ? entry->row : NULL;
}

/* IsMissing tells whether a key was asked for and its row has not been found. */
bool
IsMissing(const Resolution *resolution, KeyKind kind, Text key)
{
	IndexEntry *entry = ids_lookup(resolution->index, KeyOf(kind, key));

	return entry != NULL && entry->row == NULL;
}

/* RowRegister makes a row found by a key; what the key points to must stay. */
void
RowRegister(Resolution *resolution, KeyKind kind, Text key, void *row)
{
	bool		found;
	IndexEntry *entry;

	if (key.presence != GIVEN)
		return;
	entry = ids_insert(resolution->index, KeyOf(kind, key), &found);
	entry->row = row;
}

/* Ask puts a key on the list of a look-up, unless it was asked for before. */
void
Ask(Resolution *resolution, Asked *asked, KeyKind kind, Text key)
{
	bool		found;
	IndexEntry *entry;

	if (key.presence != GIVEN)
		return;
	entry = ids_insert(resolution->index, KeyOf(kind, key), &found);
	if (found)
		return;
	entry->row = NULL;
	if (asked->count == asked->room)
	{
		asked->room = Max(16, asked->room * 2);
		asked->keys = asked->keys == NULL ? palloc(asked->room * sizeof(Text)) :
			repalloc_huge(asked->keys, asked->room * sizeof(Text));
	}
	asked->keys[asked->count++] = key;
}

/* AskIds asks for the row of a block by each id that it has. */
void
AskIds(Resolution *resolution, Asked *asked, KeyKind first, const Ids *ids)
{
	if (ids->sid.presence == GIVEN && ids->sid.form == SID_OURS)
		Ask(resolution, &asked[0], first, SidKey(&ids->sid.id));
	Ask(resolution, &asked[1], first + 1, ids->api);
	Ask(resolution, &asked[2], first + 2, ids->lms);
	Ask(resolution, &asked[3], first + 3, ids->external);
}

/* AskedKey orders keys as the indexes do. */
static SortKey
AskedKey(const void *key)
{
	return SortKeyOfText(*(const Text *) key);
}

/* CompareAsked orders keys that begin alike. */
static int
CompareAsked(const void *a, const void *b)
{
	return TextCompare(**(Text *const *) a, **(Text *const *) b);
}

/* SortAsked puts keys into the order of the index, so that neighbours are found on the page at hand. */
void
SortAsked(Asked *asked)
{
	void	  **order = palloc_extended(asked->count * sizeof(void *), MCXT_ALLOC_HUGE);
	Text	   *unsorted = palloc_extended(asked->count * sizeof(Text), MCXT_ALLOC_HUGE);

	memcpy(unsorted, asked->keys, asked->count * sizeof(Text));
	for (int i = 0; i < asked->count; i++)
		order[i] = &unsorted[i];
	SortRows(order, asked->count, AskedKey, CompareAsked);
	for (int i = 0; i < asked->count; i++)
		asked->keys[i] = *(Text *) order[i];
	pfree(unsorted);
	pfree(order);
}

/* RunAsked runs a look-up with the keys asked for, and forgets them. */
void
RunAsked(Resolution *resolution, Asked *asked, Lookup *lookup, RowTaker take)
{
	Column		keys;
	Datum		values[2] = {UUIDPGetDatum(&resolution->install->id)};
	bool		byUuid = lookup->one.argTypes[1] == UUIDOID;

	if (asked->count == 0)
		return;
	if (asked->count == 1)
	{
		values[1] = byUuid ? UUIDPGetDatum((const pg_uuid_t *) asked->keys[0].data) : TextDatum(asked->keys[0]);
		StatementRunEach(&lookup->one, values, take, resolution);
		asked->count = 0;
		return;
	}
	SortAsked(asked);
	ColumnInit(&keys, byUuid ? UUIDOID : TEXTOID, asked->count);
	for (int i = 0; i < asked->count; i++)
	{
		if (byUuid)
			ColumnAddUuid(&keys, (const pg_uuid_t *) asked->keys[i].data);
		else
			ColumnAddText(&keys, asked->keys[i]);
	}
	values[1] = ColumnDatum(&keys);
	StatementRunEach(&lookup->many, values, take, resolution);
	pfree(keys.array.data);
	asked->count = 0;
}

/* KeepTexts copies texts that are about to go, all in one piece. */
void
KeepTexts(Text *const *texts, int count)
{
	int			size = 0;
	char	   *copy;

	for (int i = 0; i < count; i++)
		size += texts[i]->len;
	copy = palloc(size);
	for (int i = 0; i < count; i++)
	{
		if (texts[i]->len == 0)
			continue;
		memcpy(copy, texts[i]->data, texts[i]->len);
		texts[i]->data = copy;
		copy += texts[i]->len;
	}
}

/* TakeCourse makes a row of what a look-up found. */
static void
TakeCourse(void *to, const Datum *values, const bool *nulls)
{
	Resolution *resolution = to;
	CourseRow  *course;

	if (RowFind(resolution, KEY_COURSE_SID, SidKey(DatumGetUUIDP(values[0]))) != NULL)
		return;
	course = palloc0(sizeof(CourseRow));
	StartRow(resolution, &course->row, values[0], values[1]);
	course->external = TextColumn(values, nulls, 2);
	course->api = TextColumn(values, nulls, 3);
	course->lms = TextColumn(values, nulls, 4);
	course->title = TextColumn(values, nulls, 5);
	course->code = TextColumn(values, nulls, 6);
	KEEP_TEXTS(&course->external, &course->api, &course->lms, &course->title, &course->code);
	RowRegister(resolution, KEY_COURSE_SID, SidKey(&course->row.id), course);
	RowRegister(resolution, KEY_COURSE_EXTERNAL, course->external, course);
	RowRegister(resolution, KEY_COURSE_API, course->api, course);
	RowRegister(resolution, KEY_COURSE_LMS, course->lms, course);
	RowListAdd(&resolution->courses, course);
}

/* TakeExam makes a row of what a look-up found. */
static void
TakeExam(void *to, const Datum *values, const bool *nulls)
{
	Resolution *resolution = to;
	ExamRow    *exam;

	if (RowFind(resolution, KEY_EXAM_SID, SidKey(DatumGetUUIDP(values[0]))) != NULL)
		return;
	exam = palloc0(sizeof(ExamRow));
	StartRow(resolution, &exam->row, values[0], values[1]);
	exam->hasCourseId = !nulls[2];
	if (exam->hasCourseId)
		exam->courseId = *DatumGetUUIDP(values[2]);
	exam->external = TextColumn(values, nulls, 3);
	exam->title = TextColumn(values, nulls, 4);
	exam->description = TextColumn(values, nulls, 5);
	exam->type = TextIs(TextColumn(values, nulls, 6), examTypes[TYPE_ONLINE]) ? TYPE_ONLINE : TYPE_WRITTEN;
	exam->practice = DatumGetBool(values[7]);
	exam->limitedScope = DatumGetBool(values[8]);
	exam->deliverySystem = TextColumn(values, nulls, 9);
	KEEP_TEXTS(&exam->external, &exam->title, &exam->description, &exam->deliverySystem);
	RowRegister(resolution, KEY_EXAM_SID, SidKey(&exam->row.id), exam);
	RowRegister(resolution, KEY_EXAM_EXTERNAL, exam->external, exam);
	RowListAdd(&resolution->exams, exam);
}

/* TimeColumn reads a time of a found row. */
static TimeField
TimeColumn(const Datum *values, const bool *nulls, int column)
{
	return (TimeField)
	{
		nulls[column] ? 0 : DatumGetTimestampTz(values[column]), nulls[column] ? NULLED : GIVEN
	};
}

/* JsonColumn copies a jsonb of a found row. */
static JsonField
JsonColumn(const Datum *values, const bool *nulls, int column)
{
	Jsonb	   *jsonb;

	if (nulls[column])
		return (JsonField)
	{
		NULL, 0, NULLED
	};
	jsonb = (Jsonb *) PG_DETOAST_DATUM_COPY(values[column]);
	return (JsonField)
	{
		&jsonb->root, VARSIZE(jsonb) - VARHDRSZ, GIVEN
	};
}

/* TakeConfiguration makes a row of a configuration of an exam. */
static void
TakeConfiguration(void *to, const Datum *values, const bool *nulls)
{
	Resolution *resolution = to;
	ConfigurationRow *configuration = palloc0(sizeof(ConfigurationRow));
	ExamRow    *exam;

	exam = RowFind(resolution, KEY_EXAM_SID, SidKey(DatumGetUUIDP(values[2])));
	StartRow(resolution, &configuration->row, values[0], values[1]);
	configuration->exam = exam;
	configuration->api = TextColumn(values, nulls, 3);
	configuration->type = TextIs(TextColumn(values, nulls, 4), configurationTypes[TYPE_PRIMARY]) ?
		TYPE_PRIMARY : TYPE_ACCOMMODATION;
	configuration->url = TextColumn(values, nulls, 5);
	configuration->opens = TimeColumn(values, nulls, 6);
	configuration->closes = TimeColumn(values, nulls, 7);
	configuration->schedulingOpens = TimeColumn(values, nulls, 8);
	configuration->schedulingCloses = TimeColumn(values, nulls, 9);
	configuration->duration = DatumGetInt32(values[10]);
	configuration->attempts = DatumGetInt32(values[11]);
	configuration->studentNotes = TextColumn(values, nulls, 12);
	configuration->proctorNotes = TextColumn(values, nulls, 13);
	configuration->proctorTypes = JsonColumn(values, nulls, 14);
	configuration->permittedItems = JsonColumn(values, nulls, 15);
	KEEP_TEXTS(&configuration->api, &configuration->url, &configuration->studentNotes, &configuration->proctorNotes);
	configuration->next = exam->configurations;
	exam->configurations = configuration;
	RowListAdd(&resolution->configurations, configuration);
}

/* TakePasswords puts the passwords to their configurations. */
static void
TakePasswords(Resolution *resolution, uint64 count)
{
	for (uint64 i = 0; i < count; i++)
	{
		pg_uuid_t	examId = RowUuid(i, 1);
		pg_uuid_t	id = RowUuid(i, 2);
		ExamRow    *exam = RowFind(resolution, KEY_EXAM_SID, SidKey(&examId));

		CHECK_FOR_INTERRUPTS();
		for (ConfigurationRow *c = exam->configurations; c != NULL; c = c->next)
			if (memcmp(&c->row.id, &id, UUID_LEN) == 0)
				c->password = RowText(i, 3);
	}
	SPI_freetuptable(SPI_tuptable);
}

/* ResolveCourses finds the courses that the items and complete name. */
static void
ResolveCourses(Resolution *resolution, const Batch *batch, int from, int to)
{
	Lookup	   *lookups[] = {&coursesBySid, &coursesByApi, &coursesByLms, &coursesByExternal};
	Asked		asked[4] = {0};

	for (int i = from; i < to; i++)
		if (batch->items[i].course != NULL)
			AskIds(resolution, asked, KEY_COURSE_SID, &batch->items[i].course->ids);
	for (int i = 0; i < batch->complete.courseCount; i++)
		AskIds(resolution, asked, KEY_COURSE_SID, &batch->complete.courses[i]);
	for (int i = 0; i < 4; i++)
		RunAsked(resolution, &asked[i], lookups[i], TakeCourse);
}

/* RowByAny finds the first row that one of the ids names; first is the kind of key of its sid, and the others follow. */
void *
RowByAny(const Resolution *resolution, KeyKind first, const Ids *ids)
{
	const Text *others[] = {&ids->api, &ids->lms, &ids->external};
	void	   *row = NULL;

	if (ids->sid.presence == GIVEN && ids->sid.form == SID_OURS)
		row = RowFind(resolution, first, SidKey(&ids->sid.id));
	for (int i = 0; i < lengthof(others) && row == NULL; i++)
		if (others[i]->presence == GIVEN)
			row = RowFind(resolution, first + 1 + i, *others[i]);
	return row;
}

/* ResolveExams finds the exams that the items name, and how they are delivered. */
static void
ResolveExams(Resolution *resolution, const Batch *batch, int from, int to)
{
	Asked		asked[4] = {0};
	bool		configured = false;
	Column		exams;
	Datum		values[2] = {UUIDPGetDatum(&resolution->install->id)};

	for (int i = from; i < to; i++)
	{
		ExamBlock  *exam = batch->items[i].exam;

		if (exam == NULL)
			continue;
		if (exam->ids.sid.presence == GIVEN && exam->ids.sid.form == SID_OURS)
			Ask(resolution, &asked[0], KEY_EXAM_SID, SidKey(&exam->ids.sid.id));
		Ask(resolution, &asked[1], KEY_EXAM_EXTERNAL, exam->ids.external);
		configured |= exam->configuration != NULL;
	}
	RunAsked(resolution, &asked[0], &examsBySid, TakeExam);
	RunAsked(resolution, &asked[1], &examsByExternal, TakeExam);
	if (!configured || resolution->exams.count == 0)
		return;

	ColumnInit(&exams, UUIDOID, resolution->exams.count);
	for (int i = 0; i < resolution->exams.count; i++)
		ColumnAddUuid(&exams, &((ExamRow *) resolution->exams.list[i])->row.id);
	values[1] = ColumnDatum(&exams);
	StatementRunEach(&configurationsOfExams, values, TakeConfiguration, resolution);
	TakePasswords(resolution, StatementRunAsOwner(&passwordsOfExams, values, NULL, false));
}

/* ResolveIntegrations finds the integrations that sign-on links are asked for, and their keys. */
static void
ResolveIntegrations(Resolution *resolution, const Batch *batch, int from, int to)
{
	Column		ids;
	int			count = 0;

	for (int i = from; i < to; i++)
		count += batch->items[i].signon != NULL;
	if (count == 0)
		return;
	ColumnInit(&ids, UUIDOID, count);
	count = 0;
	for (int i = from; i < to; i++)
	{
		SignonBlock *signon = batch->items[i].signon;
		pg_uuid_t  *last = count > 0 ? (pg_uuid_t *) (ids.array.data + ids.array.len - UUID_LEN) : NULL;

		/* Most calls name one integration, again and again. */
		if (signon == NULL || signon->integration.presence != GIVEN || signon->integration.form != SID_OURS ||
			(last != NULL && memcmp(last, &signon->integration.id, UUID_LEN) == 0))
			continue;
		ColumnAddUuid(&ids, &signon->integration.id);
		count++;
	}
	resolution->integrationCount =
		IntegrationsRead(&resolution->install->id, ColumnDatum(&ids), &resolution->integrations);
}

/*
 * Resolve looks up what the items from one place to another (which is not among
 * them) name, usernames that new people would collide with and ids of erased
 * people if it is to be careful, and the enrollments that apply asked for besides: those of people
 * whom an item names by an id that an item before gave them. What it finds is
 * kept in the context given; the caller is connected to SPI.
 */
Resolution *
Resolve(const Batch *batch, int from, int to, bool careful, const RowList *alsoEnrollments, MemoryContext context)
{
	MemoryContext caller = MemoryContextSwitchTo(context);
	Resolution *resolution = palloc0(sizeof(Resolution));

	resolution->context = context;
	resolution->install = &batch->install;
	resolution->people = batch->form == FORM_PEOPLE;
	resolution->hierarchy = batch->hierarchy;
	resolution->index = ids_create(context, Max((to - from) * 2, 16), NULL);
	ResolveCourses(resolution, batch, from, to);
	ResolveAccounts(resolution, batch, from, to, careful);
	if (careful || to - from >= ENOUGH_TO_ASK)
		ResolveErased(resolution, batch, from, to);
	ResolveExams(resolution, batch, from, to);
	ResolveEnrollments(resolution, batch, from, to, alsoEnrollments);
	MemoryContextSwitchTo(caller);

	/* Links are minted when the rows are gone. */
	if (batch->anySignon)
		ResolveIntegrations(resolution, batch, from, to);
	return resolution;
}

/* ResolutionFree lets go of all rows. */
void
ResolutionFree(Resolution *resolution)
{
	MemoryContextDelete(resolution->context);
}
