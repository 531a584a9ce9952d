/*
 * provision/flush.c
 *		The fourth step: one set-based INSERT of the new rows and one UPDATE of
 *		the changed ones a kind, parents first, in pieces.
 *
 * New rows are sorted by their text id and get their keys in that order, so
 * that both indexes grow at one end.
 */
#include "provision/flush.h"

#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "core/sort.h"
#include "core/statement.h"
#include "miscadmin.h"
#include "provision/kinds.h"
#include "storage/bufmgr.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/plancache.h"
#include "utils/rel.h"

/*
 * Rows a statement: enough that its fixed cost does not count, few enough that
 * the arrays, the queue of foreign-key checks and the transition tables stay in
 * the processor's cache.
 */
#define ROWS_A_STATEMENT 1000

/* So many rows in a statement are worth a look at how tables have grown. */
#define MANY_ROWS 100

/* So are so many items, in one call or several. */
#define ITEMS_A_LOOK 32

STATEMENT(writePasswords,
		  "INSERT INTO proctorlink.exam_secret (install_id, exam_configuration_id, password)"
		  " SELECT $1, pg_catalog.unnest($2), pg_catalog.unnest($3)"
		  " ON CONFLICT ON CONSTRAINT exam_secret_pkey DO UPDATE SET password = excluded.password",
		  UUIDOID, UUIDARRAYOID, TEXTARRAYOID);

/* IsWritten tells whether a row is one to insert, or one to update. */
static inline bool
IsWritten(const Row *row, bool insert)
{
	return insert ? row->isNew : (row->changed && !row->isNew);
}

/* AnyWritten tells whether any row of a list is new or changed. */
static bool
AnyWritten(const RowList *rows)
{
	for (int i = 0; i < rows->count; i++)
		if (((Row *) rows->list[i])->isNew || ((Row *) rows->list[i])->changed)
			return true;
	return false;
}

/* FlushIsNeeded tells whether the items came to anything that is not there yet. */
bool
FlushIsNeeded(const Resolution *resolution)
{
	for (int i = 0; i < resolution->configurations.count; i++)
		if (((ConfigurationRow *) resolution->configurations.list[i])->secretChanged)
			return true;
	return AnyWritten(&resolution->courses) || AnyWritten(&resolution->accounts) ||
		AnyWritten(&resolution->exams) || AnyWritten(&resolution->configurations) ||
		AnyWritten(&resolution->enrollments);
}

/* FirstId gives the first id that is there, for sorting. */
static Text
FirstId(Text a, Text b, Text c)
{
	if (a.presence == GIVEN)
		return a;
	if (b.presence == GIVEN)
		return b;
	return c.presence == GIVEN ? c : TextOf("");
}

/* CourseKey orders courses by their ids. */
static SortKey
CourseKey(const void *row)
{
	const CourseRow *course = row;

	return SortKeyOfText(FirstId(course->external, course->api, course->lms));
}

/* CompareCourses orders those that begin alike. */
static int
CompareCourses(const void *a, const void *b)
{
	const CourseRow *left = *(CourseRow *const *) a;
	const CourseRow *right = *(CourseRow *const *) b;

	return TextCompare(FirstId(left->external, left->api, left->lms),
					   FirstId(right->external, right->api, right->lms));
}

/* AccountKey orders accounts by candidate_ext_id; those whose sid will be it come last. */
static SortKey
AccountKey(const void *row)
{
	const AccountRow *account = row;

	return account->sidAsId ? (SortKey)
	{
		PG_UINT64_MAX, PG_UINT64_MAX
	} : SortKeyOfText(account->candidateExtId);
}

/* CompareAccounts orders those that begin alike. */
static int
CompareAccounts(const void *a, const void *b)
{
	const AccountRow *left = *(AccountRow *const *) a;
	const AccountRow *right = *(AccountRow *const *) b;

	if (left->sidAsId || right->sidAsId)
		return left->sidAsId - right->sidAsId;
	return TextCompare(left->candidateExtId, right->candidateExtId);
}

/* ExamKey orders exams by their ids. */
static SortKey
ExamKey(const void *row)
{
	return SortKeyOfText(FirstId(((const ExamRow *) row)->external, NULL_TEXT, NULL_TEXT));
}

/* CompareExams orders those that begin alike. */
static int
CompareExams(const void *a, const void *b)
{
	const ExamRow *left = *(ExamRow *const *) a;
	const ExamRow *right = *(ExamRow *const *) b;

	return TextCompare(FirstId(left->external, NULL_TEXT, NULL_TEXT),
					   FirstId(right->external, NULL_TEXT, NULL_TEXT));
}

/* ConfigurationKey orders configurations by exam. */
static SortKey
ConfigurationKey(const void *row)
{
	return SortKeyOfUuid(&((const ConfigurationRow *) row)->exam->row.id);
}

/* CompareConfigurations orders those of one exam, in no way. */
static int
CompareConfigurations(const void *a, const void *b)
{
	const ConfigurationRow *left = *(ConfigurationRow *const *) a;
	const ConfigurationRow *right = *(ConfigurationRow *const *) b;

	return memcmp(&left->exam->row.id, &right->exam->row.id, UUID_LEN);
}

/* EnrollmentsKey orders enrollments by account, then course. */
static SortKey
EnrollmentsKey(const void *row)
{
	const EnrollmentRow *enrollment = row;

	return SortKeyOfUuid(&enrollment->key.account->row.id);
}

/* CompareEnrollments orders those of one account by course. */
static int
CompareEnrollments(const void *a, const void *b)
{
	const EnrollmentRow *left = *(EnrollmentRow *const *) a;
	const EnrollmentRow *right = *(EnrollmentRow *const *) b;
	int			order = memcmp(&left->key.account->row.id, &right->key.account->row.id, UUID_LEN);

	return order != 0 ? order : memcmp(&left->key.course->row.id, &right->key.course->row.id, UUID_LEN);
}

/* Mint sorts rows and gives the new ones their keys in that order. */
static void
Mint(RowList *rows, SortKeyOf key, int (*compare) (const void *, const void *))
{
	SortRows(rows->list, rows->count, key, compare);
	for (int i = 0; i < rows->count; i++)
	{
		Row		   *row = rows->list[i];

		if (row->isNew)
			Uuid7(&row->id);
	}
}

/*
 * FlushMintIds gives the new rows their keys, parents first since children are
 * sorted by them, and the sid to those who have no other id.
 */
void
FlushMintIds(Resolution *resolution)
{
	MemoryContext caller = MemoryContextSwitchTo(resolution->context);

	Mint(&resolution->courses, CourseKey, CompareCourses);
	Mint(&resolution->accounts, AccountKey, CompareAccounts);
	Mint(&resolution->exams, ExamKey, CompareExams);
	Mint(&resolution->configurations, ConfigurationKey, CompareConfigurations);
	Mint(&resolution->enrollments, EnrollmentsKey, CompareEnrollments);
	for (int i = resolution->accounts.count - 1; i >= 0; i--)
	{
		AccountRow *account = resolution->accounts.list[i];

		if (!account->sidAsId)
			break;
		account->candidateExtId = TextOf(SidOf("US", &account->row.id));
		if (account->username.presence != GIVEN)
			account->username = account->candidateExtId;
	}
	MemoryContextSwitchTo(caller);
}

/* CompareIds orders rows by key. */
static int
CompareIds(const void *a, const void *b)
{
	return memcmp(&(*(Row *const *) a)->id, &(*(Row *const *) b)->id, UUID_LEN);
}

/*
 * LockChanged locks the rows about to be changed, in the order of their keys,
 * and tells whether all of them are still the versions that resolve saw.
 */
static bool
LockChanged(const Resolution *resolution, const Kind *kind, const RowList *rows)
{
	RowList		changed = {0};
	Column		ids;
	Datum		values[2] = {UUIDPGetDatum(&resolution->install->id)};
	bool		same = true;

	for (int i = 0; i < rows->count; i++)
	{
		Row		   *row = rows->list[i];

		if (!row->isNew && (row->changed ||
							(kind == &configurationKind && ((ConfigurationRow *) row)->secretChanged)))
			RowListAdd(&changed, row);
	}
	if (changed.count == 0)
		return true;
	qsort(changed.list, changed.count, sizeof(void *), CompareIds);
	ColumnInit(&ids, UUIDOID, changed.count);
	for (int i = 0; i < changed.count; i++)
		ColumnAddUuid(&ids, &((Row *) changed.list[i])->id);
	values[1] = ColumnDatum(&ids);

	if (StatementRun(kind->lock, values, NULL, false) != changed.count)
		same = false;
	for (int i = 0; same && i < changed.count; i++)
	{
		Row		   *row = changed.list[i];
		pg_uuid_t	id = RowUuid(i, 1);
		bool		isnull;
		TransactionId xmin = DatumGetTransactionId(RowDatum(i, 2, &isnull));

		same = memcmp(&id, &row->id, UUID_LEN) == 0 && xmin == row->xmin;
	}
	SPI_freetuptable(SPI_tuptable);
	return same;
}

/*
 * Run runs a statement with the columns filled so far, or with their one element
 * where that is what it takes; a column of nulls alone goes as NULL. known is what need not be checked of the rows, or NULL.
 */
static void
Run(const Resolution *resolution, Statement *statement, int firstColumn, Column *columns, int columnCount,
	bool asOwner, const KnownParents *known)
{
	Datum		values[MAX_STATEMENT_ARGS] = {UUIDPGetDatum(&resolution->install->id)};
	char		nulls[MAX_STATEMENT_ARGS + 1];
	uint64		rows;

	memset(nulls, ' ', sizeof(nulls));
	if (firstColumn > 1)
		values[1] = TextDatum(resolution->install->defaultRole);
	for (int c = 0; c < columnCount; c++)
	{
		if (ColumnHasValues(&columns[c]))
			values[firstColumn + c] = statement->argTypes[firstColumn + c] == columns[c].type ?
				ColumnElement(&columns[c]) : ColumnDatum(&columns[c]);
		else
			nulls[firstColumn + c] = 'n';
	}
	if (asOwner)
		rows = StatementRunAsOwner(statement, values, nulls, false);
	else if (known != NULL)
		rows = StatementRunKnown(statement, values, nulls, known);
	else
		rows = StatementRun(statement, values, nulls, false);

	/*
	 * A trigger that keeps a row back refuses the item, or the answer would
	 * tell what is not so.
	 */
	if (rows != columns[0].count)
		ereport(ERROR,
				(errcode(ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION),
				 errmsg("a trigger or rule kept back %d of %d rows", (int) (columns[0].count - rows), columns[0].count)));
}

/* BlocksOf tells how large a table is; one that somebody renamed is none. */
static BlockNumber
BlocksOf(const char *name, Oid schema)
{
	Oid			id = get_relname_relid(name, schema);
	Relation	table;
	BlockNumber size;

	if (!OidIsValid(id))
		return 0;
	table = table_open(id, AccessShareLock);
	size = RelationGetNumberOfBlocks(table);
	table_close(table, AccessShareLock);
	return size;
}

/*
 * ForgetSmallPlans drops cached plans when the tables that foreign keys and
 * rules look into have grown fourfold since it last did. A plan that was made while a table
 * was small may scan it whole for every row, and foreign keys keep theirs for
 * as long as the backend lives: 1,000 children took 746 ms so, instead of 15.
 * The new plans are made with sequential scans off. Look-ups by key too are
 * planned as if the install had a handful of rows while the tables are small.
 */
void
ForgetSmallPlans(void)
{
	static const char *const parents[] = {"install", "role", "course", "account", "exam", "exam_configuration",
	"enrollment", "schedule", "exam_session"};
	static BlockNumber sizes[lengthof(parents)];
	static bool seen = false;
	Oid			schema = get_namespace_oid("proctorlink", false);
	bool		grown = !seen;

	for (int i = 0; i < lengthof(parents); i++)
		grown |= BlocksOf(parents[i], schema) > sizes[i] * 4 + 4;
	if (!grown)
		return;
	for (int i = 0; i < lengthof(parents); i++)
		sizes[i] = BlocksOf(parents[i], schema);
	seen = true;
	ResetPlanCache();
}

/*
 * PlanForKeys has what follows find the rows of so many items by their keys:
 * sequential scans are off until AtEOXact_GUC(true, level) is called with the
 * level that it answers. To look how large the tables are costs as much as to look
 * a row up; calls with a few items, which a bad plan costs little, do so in turn.
 */
int
PlanForKeys(int items)
{
	static int	untilLook = 0;
	int			level = NewGUCNestLevel();

	set_config_option("enable_seqscan", "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	if (items < untilLook)
		untilLook -= items;
	else
	{
		ForgetSmallPlans();
		untilLook = ITEMS_A_LOOK;
	}
	return level;
}

/* Parents sees to the parents of the new rows of a list, and answers what that is good for, or NULL. */
static const KnownParents *
Parents(const Resolution *resolution, const Kind *kind, const RowList *rows)
{
	if (kind->parents != NULL)
		for (int i = 0; i < rows->count; i++)
			if (((Row *) rows->list[i])->isNew)
				return kind->parents(resolution);
	return NULL;
}

/* Write inserts the new rows of a list, or updates the changed ones, so many at a time. */
static void
Write(const Resolution *resolution, const Kind *kind, const RowList *rows, bool insert)
{
	Statement  *statement = insert ? kind->insert : kind->update;
	int			columnCount = statement->argCount - kind->firstColumn;
	MemoryContext chunk = NULL;
	MemoryContext caller = CurrentMemoryContext;
	Column		columns[MAX_STATEMENT_ARGS];
	const KnownParents *known = insert ? Parents(resolution, kind, rows) : NULL;
	int			filled = 0;

	for (int i = 0; i < rows->count; i++)
	{
		if (IsWritten(rows->list[i], insert))
		{
			if (chunk == NULL)
				chunk = AllocSetContextCreate(caller, "proctorlink chunk", ALLOCSET_DEFAULT_SIZES);
			if (filled++ == 0)
			{
				MemoryContextSwitchTo(chunk);
				for (int c = 0; c < columnCount; c++)
					ColumnInit(&columns[c], get_element_type(statement->argTypes[kind->firstColumn + c]),
							   Min(ROWS_A_STATEMENT, rows->count - i));
			}
			kind->fill(columns, rows->list[i]);
		}
		if (filled > 0 && (filled == ROWS_A_STATEMENT || i == rows->count - 1))
		{
			CHECK_FOR_INTERRUPTS();
			if (filled >= MANY_ROWS)
				ForgetSmallPlans();
			Run(resolution, filled == 1 && insert && kind->insertOne != NULL ? kind->insertOne : statement,
				kind->firstColumn, columns, columnCount, false, known);
			MemoryContextSwitchTo(caller);
			MemoryContextReset(chunk);
			filled = 0;
		}
	}
	MemoryContextSwitchTo(caller);
	if (chunk != NULL)
		MemoryContextDelete(chunk);
}

/* WritePasswords writes the passwords of new and changed configurations, which the caller may not read. */
static void
WritePasswords(const Resolution *resolution)
{
	const RowList *rows = &resolution->configurations;
	Column		columns[2];

	ColumnInit(&columns[0], UUIDOID, Max(rows->count, 1));
	ColumnInit(&columns[1], TEXTOID, Max(rows->count, 1));
	for (int i = 0; i < rows->count; i++)
	{
		ConfigurationRow *configuration = rows->list[i];

		if (!configuration->secretChanged)
			continue;
		ColumnAddUuid(&columns[0], &configuration->row.id);
		ColumnAddText(&columns[1], configuration->password);
	}
	if (columns[0].count > 0)
		Run(resolution, &writePasswords, 1, columns, 2, true, NULL);
}

/*
 * Flush writes what is new and what changed, and tells whether all was still
 * what resolve saw: the changed rows, and people whom nobody has erased. Where it
 * was not, the caller rolls the subtransaction back that it has begun; it has
 * turned sequential scans off as well.
 */
bool
Flush(Resolution *resolution)
{
	const struct
	{
		const Kind *kind;
		const RowList *rows;
	}			steps[] = {
		{&courseKind, &resolution->courses},
		{resolution->people ? &personKind : &accountKind, &resolution->accounts},
		{&examKind, &resolution->exams},
		{&configurationKind, &resolution->configurations},
		{&enrollmentKind, &resolution->enrollments},
	};

	for (int i = 0; i < lengthof(steps); i++)
		if (!LockChanged(resolution, steps[i].kind, steps[i].rows))
			return false;
	for (int i = 0; i < lengthof(steps); i++)
	{
		Write(resolution, steps[i].kind, steps[i].rows, true);
		if (steps[i].rows == &resolution->accounts && AnyoneNewIsErased(resolution))
			return false;
		Write(resolution, steps[i].kind, steps[i].rows, false);
		if (steps[i].kind == &configurationKind)
			WritePasswords(resolution);
	}
	return true;
}
