/*
 * provision/resolve.c
 *		The second step: set-based look-ups find all rows that the items name,
 *		and all that new rows could collide with.
 *
 * Every key that is asked for stands in one index in memory, with its row or
 * with none, so that nothing is asked for twice. Kinds that no item names cost
 * nothing.
 */
#include "provision/resolve.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "core/columns.h"
#include "core/statement.h"
#include "miscadmin.h"
#include "provision/people.h"
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

/* Keys that one look-up asks for. */
typedef struct Asked
{
	int			count;
	int			room;
	Text	   *keys;
} Asked;

#define COURSE_COLUMNS \
	FOR_EACH_KEY(2, "c.*") "SELECT c.course_id, c.xmin, c.external_id, c.api_id, c.lms_id, c.title, c.code" \
	" FROM proctorlink.course c WHERE c.install_id" EQ "$1 AND "
STATEMENT(coursesBySid, COURSE_COLUMNS "c.course_id" EQ "k.key" END_FOR_EACH("c"), UUIDOID, UUIDARRAYOID);
STATEMENT(coursesByApi, COURSE_COLUMNS "c.api_id" EQ "k.key" END_FOR_EACH("c"), UUIDOID, TEXTARRAYOID);
STATEMENT(coursesByLms, COURSE_COLUMNS "c.lms_id" EQ "k.key" END_FOR_EACH("c"), UUIDOID, TEXTARRAYOID);
STATEMENT(coursesByExternal, COURSE_COLUMNS "c.external_id" EQ "k.key" END_FOR_EACH("c"), UUIDOID, TEXTARRAYOID);

#define ACCOUNT_COLUMNS_AND(more) \
	FOR_EACH_KEY(2, "a.*") "SELECT a.account_id, a.xmin, a.candidate_ext_id, a.candidate_ext_id_defaulted, a.username, a.api_id, a.lms_id," \
	" a.first_name, a.last_name, a.email, a.currency_code, a.time_zone, a.status" more \
	" FROM proctorlink.account a WHERE a.install_id" EQ "$1 AND "
#define ACCOUNT_COLUMNS ACCOUNT_COLUMNS_AND("")
STATEMENT(accountsBySid, ACCOUNT_COLUMNS "a.account_id" EQ "k.key" END_FOR_EACH("a"), UUIDOID, UUIDARRAYOID);
STATEMENT(accountsByApi, ACCOUNT_COLUMNS "a.api_id" EQ "k.key" END_FOR_EACH("a"), UUIDOID, TEXTARRAYOID);
STATEMENT(accountsByLms, ACCOUNT_COLUMNS "a.lms_id" EQ "k.key" END_FOR_EACH("a"), UUIDOID, TEXTARRAYOID);
STATEMENT(accountsByExternal, ACCOUNT_COLUMNS "a.candidate_ext_id" EQ "k.key" END_FOR_EACH("a"), UUIDOID, TEXTARRAYOID);
STATEMENT(accountsByUsername, ACCOUNT_COLUMNS "a.username" EQ "k.key" END_FOR_EACH("a"), UUIDOID, TEXTARRAYOID);

/* The same with the columns that a vendor's door wants to know besides. */
#define PERSON_COLUMNS \
	ACCOUNT_COLUMNS_AND(", a.role, a.hierarchy_id, a.special_needs, a.reasonable_adjustment_percentage")
STATEMENT(peopleByExternal, PERSON_COLUMNS "a.candidate_ext_id" EQ "k.key" END_FOR_EACH("a"), UUIDOID, TEXTARRAYOID);
STATEMENT(peopleByUsername, PERSON_COLUMNS "a.username" EQ "k.key" END_FOR_EACH("a"), UUIDOID, TEXTARRAYOID);
STATEMENT(rolesByTitle,
		  FOR_EACH_KEY(2, "r.*") "SELECT r.title FROM proctorlink.role r WHERE r.install_id" EQ "$1"
		  " AND r.title" EQ "k.key" END_FOR_EACH("r"),
		  UUIDOID, TEXTARRAYOID);

#define EXAM_COLUMNS \
	FOR_EACH_KEY(2, "x.*") "SELECT x.exam_id, x.xmin, x.course_id, x.external_id, x.title, x.description, x.type, x.practice," \
	" x.limited_scope, x.delivery_system" \
	" FROM proctorlink.exam x WHERE x.install_id" EQ "$1 AND "
STATEMENT(examsBySid, EXAM_COLUMNS "x.exam_id" EQ "k.key" END_FOR_EACH("x"), UUIDOID, UUIDARRAYOID);
STATEMENT(examsByExternal, EXAM_COLUMNS "x.external_id" EQ "k.key" END_FOR_EACH("x"), UUIDOID, TEXTARRAYOID);

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
STATEMENT(enrollmentsByPair,
		  "SELECT e.* FROM (SELECT pg_catalog.unnest($2) AS account_id, pg_catalog.unnest($3) AS course_id) k"
		  " CROSS JOIN LATERAL (SELECT e.enrollment_id, e.xmin, e.role, e.status, e.account_id, e.course_id"
		  " FROM proctorlink.enrollment e WHERE e.install_id" EQ "$1"
		  " AND e.account_id" EQ "k.account_id AND e.course_id" EQ "k.course_id" END_FOR_EACH("e"),
		  UUIDOID, UUIDARRAYOID, UUIDARRAYOID);

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

/* PairKey views who and where of an enrollment as a key. */
static inline Text
PairKey(const EnrollmentKey *key)
{
	return (Text)
	{
		(const char *) key, sizeof(EnrollmentKey), GIVEN
	};
}

/* RowFind finds the row with a key, or NULL. */
void *
RowFind(const Resolution *resolution, KeyKind kind, Text key)
{
	IndexEntry *entry = ids_lookup(resolution->index, KeyOf(kind, key));

	return entry != NULL ? entry->row : NULL;
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
static void
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
static void
AskIds(Resolution *resolution, Asked *asked, KeyKind first, const Ids *ids)
{
	if (ids->sid.presence == GIVEN && ids->sid.form == SID_OURS)
		Ask(resolution, &asked[0], first, SidKey(&ids->sid.id));
	Ask(resolution, &asked[1], first + 1, ids->api);
	Ask(resolution, &asked[2], first + 2, ids->lms);
	Ask(resolution, &asked[3], first + 3, ids->external);
}

/* CompareKeys orders keys as the indexes do. */
static int
CompareKeys(const void *a, const void *b)
{
	return TextCompare(*(const Text *) a, *(const Text *) b);
}

/* RunAsked runs a look-up with the keys asked for and answers how many rows it found. */
static uint64
RunAsked(Resolution *resolution, Asked *asked, Statement *statement)
{
	Column		keys;
	Datum		values[2] = {UUIDPGetDatum(&resolution->install->id)};
	uint64		rows;

	if (asked->count == 0)
		return 0;

	/* In the order of the index, neighbours are found on the page at hand. */
	qsort(asked->keys, asked->count, sizeof(Text), CompareKeys);
	ColumnInit(&keys, statement->argTypes[1] == UUIDARRAYOID ? UUIDOID : TEXTOID, asked->count);
	for (int i = 0; i < asked->count; i++)
	{
		if (keys.type == UUIDOID)
			ColumnAddUuid(&keys, (const pg_uuid_t *) asked->keys[i].data);
		else
			ColumnAddText(&keys, asked->keys[i]);
	}
	values[1] = ColumnDatum(&keys);
	rows = StatementRun(statement, values, NULL, false);
	RowListAdd(&resolution->tables, SPI_tuptable);
	pfree(keys.array.data);
	asked->count = 0;
	return rows;
}

/* Deform reads all columns of a found row. */
static void
Deform(uint64 row, Datum *values, bool *nulls)
{
	CHECK_FOR_INTERRUPTS();
	heap_deform_tuple(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, values, nulls);
}

/* StartRow fills in what all rows have and adds it to the digest of what was found. */
static void
StartRow(Resolution *resolution, Row *row, Datum id, Datum xmin)
{
	row->id = *DatumGetUUIDP(id);
	row->xmin = DatumGetTransactionId(xmin);
	resolution->digest = hash_combine64(resolution->digest,
										hash_bytes_extended(row->id.data, UUID_LEN, row->xmin));
}

/* TextColumn views a column of a found row. */
static inline Text
TextColumn(const Datum *values, const bool *nulls, int column)
{
	return TextOfDatum(values[column], nulls[column]);
}

/* TakeCourses makes rows of what a look-up found. */
static void
TakeCourses(Resolution *resolution, uint64 count)
{
	for (uint64 i = 0; i < count; i++)
	{
		Datum		values[7];
		bool		nulls[7];
		CourseRow  *course;

		Deform(i, values, nulls);
		if (RowFind(resolution, KEY_COURSE_SID, SidKey(DatumGetUUIDP(values[0]))) != NULL)
			continue;
		course = palloc0(sizeof(CourseRow));
		StartRow(resolution, &course->row, values[0], values[1]);
		course->external = TextColumn(values, nulls, 2);
		course->api = TextColumn(values, nulls, 3);
		course->lms = TextColumn(values, nulls, 4);
		course->title = TextColumn(values, nulls, 5);
		course->code = TextColumn(values, nulls, 6);
		RowRegister(resolution, KEY_COURSE_SID, SidKey(&course->row.id), course);
		RowRegister(resolution, KEY_COURSE_EXTERNAL, course->external, course);
		RowRegister(resolution, KEY_COURSE_API, course->api, course);
		RowRegister(resolution, KEY_COURSE_LMS, course->lms, course);
		RowListAdd(&resolution->courses, course);
	}
}

/* TakePerson takes the columns of an account that follow those of every account. */
static PersonColumns *
TakePerson(const Datum *values, const bool *nulls)
{
	PersonColumns *person = palloc0(sizeof(PersonColumns));

	person->role = TextColumn(values, nulls, 0);
	person->hasHierarchy = !nulls[1];
	if (person->hasHierarchy)
		person->hierarchy = *DatumGetUUIDP(values[1]);
	person->specialNeeds = DatumGetBool(values[2]);
	person->adjustment.presence = nulls[3] ? NULLED : GIVEN;
	if (!nulls[3])
		person->adjustment.value = DatumGetInt32(values[3]);
	return person;
}

/* TakeAccounts makes rows of what a look-up found. */
static void
TakeAccounts(Resolution *resolution, uint64 count)
{
	for (uint64 i = 0; i < count; i++)
	{
		Datum		values[17];
		bool		nulls[17];
		AccountRow *account;

		Deform(i, values, nulls);
		if (RowFind(resolution, KEY_ACCOUNT_SID, SidKey(DatumGetUUIDP(values[0]))) != NULL)
			continue;
		account = palloc0(sizeof(AccountRow));
		StartRow(resolution, &account->row, values[0], values[1]);
		account->candidateExtId = TextColumn(values, nulls, 2);
		account->defaulted = DatumGetBool(values[3]);
		account->username = TextColumn(values, nulls, 4);
		account->api = TextColumn(values, nulls, 5);
		account->lms = TextColumn(values, nulls, 6);
		account->firstName = TextColumn(values, nulls, 7);
		account->lastName = TextColumn(values, nulls, 8);
		account->email = TextColumn(values, nulls, 9);
		account->currencyCode = TextColumn(values, nulls, 10);
		account->timeZone = TextColumn(values, nulls, 11);
		account->status = TextColumn(values, nulls, 12);
		if (resolution->people)
			account->person = TakePerson(values + 13, nulls + 13);
		RowRegister(resolution, KEY_ACCOUNT_SID, SidKey(&account->row.id), account);
		RowRegister(resolution, KEY_ACCOUNT_EXTERNAL, account->candidateExtId, account);
		RowRegister(resolution, KEY_ACCOUNT_API, account->api, account);
		RowRegister(resolution, KEY_ACCOUNT_LMS, account->lms, account);
		if (!TextEquals(account->username, account->candidateExtId))
			RowRegister(resolution, KEY_ACCOUNT_USERNAME, account->username, account);
		RowListAdd(&resolution->accounts, account);
	}
}

/* TakeExams makes rows of what a look-up found. */
static void
TakeExams(Resolution *resolution, uint64 count)
{
	for (uint64 i = 0; i < count; i++)
	{
		Datum		values[10];
		bool		nulls[10];
		ExamRow    *exam;

		Deform(i, values, nulls);
		if (RowFind(resolution, KEY_EXAM_SID, SidKey(DatumGetUUIDP(values[0]))) != NULL)
			continue;
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
		RowRegister(resolution, KEY_EXAM_SID, SidKey(&exam->row.id), exam);
		RowRegister(resolution, KEY_EXAM_EXTERNAL, exam->external, exam);
		RowListAdd(&resolution->exams, exam);
	}
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

/* JsonColumn views a jsonb of a found row. */
static JsonField
JsonColumn(const Datum *values, const bool *nulls, int column)
{
	Jsonb	   *jsonb;

	if (nulls[column])
		return (JsonField)
	{
		NULL, 0, NULLED
	};
	jsonb = DatumGetJsonbP(values[column]);
	return (JsonField)
	{
		&jsonb->root, VARSIZE(jsonb) - VARHDRSZ, GIVEN
	};
}

/* TakeConfigurations makes rows of the configurations of exams. */
static void
TakeConfigurations(Resolution *resolution, uint64 count)
{
	for (uint64 i = 0; i < count; i++)
	{
		Datum		values[16];
		bool		nulls[16];
		ConfigurationRow *configuration = palloc0(sizeof(ConfigurationRow));
		ExamRow    *exam;

		Deform(i, values, nulls);
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
		configuration->next = exam->configurations;
		exam->configurations = configuration;
		RowListAdd(&resolution->configurations, configuration);
	}
}

/* TakePasswords puts the passwords to their configurations. */
static void
TakePasswords(Resolution *resolution, uint64 count)
{
	for (uint64 i = 0; i < count; i++)
	{
		Datum		values[3];
		bool		nulls[3];
		ExamRow    *exam;

		Deform(i, values, nulls);
		exam = RowFind(resolution, KEY_EXAM_SID, SidKey(DatumGetUUIDP(values[0])));
		for (ConfigurationRow *c = exam->configurations; c != NULL; c = c->next)
			if (memcmp(&c->row.id, DatumGetUUIDP(values[1]), UUID_LEN) == 0)
				c->password = TextColumn(values, nulls, 2);
	}
}

/* ResolveCourses finds the courses that the items and complete name. */
static void
ResolveCourses(Resolution *resolution, const Batch *batch, int from, int to)
{
	Statement  *statements[] = {&coursesBySid, &coursesByApi, &coursesByLms, &coursesByExternal};
	Asked		asked[4] = {0};

	for (int i = from; i < to; i++)
		if (batch->items[i].course != NULL)
			AskIds(resolution, asked, KEY_COURSE_SID, &batch->items[i].course->ids);
	for (int i = 0; i < batch->complete.courseCount; i++)
		AskIds(resolution, asked, KEY_COURSE_SID, &batch->complete.courses[i]);
	for (int i = 0; i < 4; i++)
		TakeCourses(resolution, RunAsked(resolution, &asked[i], statements[i]));
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

/*
 * ResolvePeople finds who has the usernames that a vendor's door gives people,
 * and the roles. What a new person would be called is left to the unique key
 * unless the caller wants to be careful, as for those whose username is their
 * external id.
 */
static void
ResolvePeople(Resolution *resolution, const Batch *batch, int from, int to, bool careful)
{
	Asked		names = {0};
	Asked		titles = {0};
	uint64		count;

	for (int i = from; i < to; i++)
	{
		const Person *person = batch->items[i].user->person;
		const AccountRow *account = NULL;

		if (person->candidateExtId.presence == GIVEN)
			account = RowFind(resolution, KEY_ACCOUNT_EXTERNAL, person->candidateExtId);
		if (account != NULL ? !TextEquals(account->username, person->username) : careful)
			Ask(resolution, &names, KEY_ACCOUNT_USERNAME, person->username);
		Ask(resolution, &titles, KEY_ROLE, person->role);
	}
	TakeAccounts(resolution, RunAsked(resolution, &names, &peopleByUsername));
	count = RunAsked(resolution, &titles, &rolesByTitle);
	for (uint64 i = 0; i < count; i++)
	{
		Datum		values[1];
		bool		nulls[1];

		Deform(i, values, nulls);
		RowRegister(resolution, KEY_ROLE, TextColumn(values, nulls, 0), SPI_tuptable->vals[i]);
	}
}

/*
 * ResolveAccounts finds the accounts that the items name, then what the ids and
 * usernames of new ones would collide with. That the external id of a new
 * person is somebody's username is so rare that it is left to the unique key
 * unless the caller wants to be careful: it would be one more descent of an index
 * for each of them.
 */
static void
ResolveAccounts(Resolution *resolution, const Batch *batch, int from, int to, bool careful)
{
	Statement  *statements[] = {&accountsBySid, &accountsByApi, &accountsByLms,
	resolution->people ? &peopleByExternal : &accountsByExternal};
	Asked		asked[4] = {0};
	Asked		names = {0};

	for (int i = from; i < to; i++)
		if (batch->items[i].user != NULL)
			AskIds(resolution, asked, KEY_ACCOUNT_SID, &batch->items[i].user->ids);
	for (int i = 0; i < 4; i++)
		TakeAccounts(resolution, RunAsked(resolution, &asked[i], statements[i]));

	for (int i = from; i < to; i++)
	{
		const Ids  *ids = batch->items[i].user != NULL ? &batch->items[i].user->ids : NULL;

		if (ids == NULL || batch->items[i].readProblems != NULL)
			continue;
		if (ids->external.presence == GIVEN)
		{
			if (careful && RowFind(resolution, KEY_ACCOUNT_EXTERNAL, ids->external) == NULL)
				Ask(resolution, &names, KEY_ACCOUNT_USERNAME, ids->external);
		}
		else if (RowByAny(resolution, KEY_ACCOUNT_SID, ids) == NULL)
		{
			/* What the api or lms id would be the defaulted one in place of. */
			Ask(resolution, &asked[3], KEY_ACCOUNT_EXTERNAL, ids->api);
			Ask(resolution, &asked[3], KEY_ACCOUNT_EXTERNAL, ids->lms);
			Ask(resolution, &names, KEY_ACCOUNT_USERNAME, ids->api);
			Ask(resolution, &names, KEY_ACCOUNT_USERNAME, ids->lms);
		}
	}
	TakeAccounts(resolution, RunAsked(resolution, &asked[3], statements[3]));
	TakeAccounts(resolution, RunAsked(resolution, &names,
									  resolution->people ? &peopleByUsername : &accountsByUsername));
	if (resolution->people)
		ResolvePeople(resolution, batch, from, to, careful);
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
	TakeExams(resolution, RunAsked(resolution, &asked[0], &examsBySid));
	TakeExams(resolution, RunAsked(resolution, &asked[1], &examsByExternal));
	if (!configured || resolution->exams.count == 0)
		return;

	ColumnInit(&exams, UUIDOID, resolution->exams.count);
	for (int i = 0; i < resolution->exams.count; i++)
		ColumnAddUuid(&exams, &((ExamRow *) resolution->exams.list[i])->row.id);
	values[1] = ColumnDatum(&exams);
	TakeConfigurations(resolution, StatementRun(&configurationsOfExams, values, NULL, false));
	RowListAdd(&resolution->tables, SPI_tuptable);
	TakePasswords(resolution, StatementRunAsOwner(&passwordsOfExams, values, NULL, false));
	RowListAdd(&resolution->tables, SPI_tuptable);
}

/* EnrollmentFind finds what is known of a person in a course; NULL when nobody asked. */
EnrollmentRow *
EnrollmentFind(const Resolution *resolution, AccountRow *account, CourseRow *course)
{
	EnrollmentKey key = {account, course};

	return RowFind(resolution, KEY_ENROLLMENT, PairKey(&key));
}

/* EnrollmentExpect makes a place for a person in a course, who is not known to be in it. */
EnrollmentRow *
EnrollmentExpect(Resolution *resolution, AccountRow *account, CourseRow *course)
{
	EnrollmentRow *enrollment = MemoryContextAllocZero(resolution->context, sizeof(EnrollmentRow));

	enrollment->key.account = account;
	enrollment->key.course = course;
	RowRegister(resolution, KEY_ENROLLMENT, PairKey(&enrollment->key), enrollment);
	return enrollment;
}

/* TakeEnrollments looks for those that are expected, all of which have account and course in the database. */
static void
TakeEnrollments(Resolution *resolution, RowList *expected)
{
	Column		accounts;
	Column		courses;
	Datum		params[3] = {UUIDPGetDatum(&resolution->install->id)};
	uint64		count;

	if (expected->count == 0)
		return;
	ColumnInit(&accounts, UUIDOID, expected->count);
	ColumnInit(&courses, UUIDOID, expected->count);
	for (int i = 0; i < expected->count; i++)
	{
		EnrollmentRow *enrollment = expected->list[i];

		ColumnAddUuid(&accounts, &enrollment->key.account->row.id);
		ColumnAddUuid(&courses, &enrollment->key.course->row.id);
	}
	params[1] = ColumnDatum(&accounts);
	params[2] = ColumnDatum(&courses);
	count = StatementRun(&enrollmentsByPair, params, NULL, false);
	pfree(accounts.array.data);
	pfree(courses.array.data);

	for (uint64 i = 0; i < count; i++)
	{
		Datum		values[6];
		bool		nulls[6];
		EnrollmentRow *enrollment;
		Text		role;

		Deform(i, values, nulls);
		enrollment = EnrollmentFind(resolution,
									RowFind(resolution, KEY_ACCOUNT_SID, SidKey(DatumGetUUIDP(values[4]))),
									RowFind(resolution, KEY_COURSE_SID, SidKey(DatumGetUUIDP(values[5]))));
		StartRow(resolution, &enrollment->row, values[0], values[1]);
		role = TextColumn(values, nulls, 2);
		for (int r = 0; r < lengthof(enrollmentRoles); r++)
			if (TextIs(role, enrollmentRoles[r]))
				enrollment->role = r;
		enrollment->status = TextIs(TextColumn(values, nulls, 3), enrollmentStatuses[STATUS_ACTIVE]) ?
			STATUS_ACTIVE : STATUS_REMOVED;
		enrollment->exists = true;
		RowListAdd(&resolution->enrollments, enrollment);
	}
	SPI_freetuptable(SPI_tuptable);
}

/* ResolveEnrollments finds which of the accounts are in the courses that their items name. */
static void
ResolveEnrollments(Resolution *resolution, const Batch *batch, int from, int to, const RowList *also)
{
	RowList		expected = {0};

	if (resolution->accounts.count == 0 || resolution->courses.count == 0)
		return;
	for (int i = from; i < to; i++)
	{
		BatchItem  *item = &batch->items[i];
		AccountRow *account;
		CourseRow  *course;

		if (item->user == NULL || item->course == NULL)
			continue;
		account = RowByAny(resolution, KEY_ACCOUNT_SID, &item->user->ids);
		course = account != NULL ? RowByAny(resolution, KEY_COURSE_SID, &item->course->ids) : NULL;
		if (course != NULL && EnrollmentFind(resolution, account, course) == NULL)
			RowListAdd(&expected, EnrollmentExpect(resolution, account, course));
	}
	for (int i = 0; i < also->count; i++)
	{
		EnrollmentIds *ids = also->list[i];
		AccountRow *account = RowFind(resolution, KEY_ACCOUNT_SID, SidKey(&ids->account));
		CourseRow  *course = RowFind(resolution, KEY_COURSE_SID, SidKey(&ids->course));

		if (account != NULL && course != NULL && EnrollmentFind(resolution, account, course) == NULL)
			RowListAdd(&expected, EnrollmentExpect(resolution, account, course));
	}
	TakeEnrollments(resolution, &expected);
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
 * them) name, usernames that new people would collide with if it is to be
 * careful, and the enrollments that apply asked for besides: those of people
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
	for (int i = 0; i < resolution->tables.count; i++)
		SPI_freetuptable(resolution->tables.list[i]);
	MemoryContextDelete(resolution->context);
}
