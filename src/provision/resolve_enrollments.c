/*
 * provision/resolve_enrollments.c
 *		Who of the people that the items name is in which of the courses.
 *
 * Most calls bring whole courses, so where a course has several of the people
 * the index is walked along from the first to the last of them, as long as it
 * does not come upon as many others: 0.2 us each, where a descent of the index
 * for each takes 1.1. Whom the walk has not come to is looked for alone.
 */
#include "provision/found.h"

#include "catalog/pg_type.h"
#include "core/columns.h"
#include "core/sort.h"

/* So many people in a course are looked for together. */
#define TOGETHER 8

#define ENROLLMENT_COLUMNS \
	"SELECT e.enrollment_id, e.xmin, e.role, e.status, e.account_id, e.course_id" \
	" FROM proctorlink.enrollment e WHERE e.install_id" EQ "$1"

STATEMENT(enrollmentsByPair,
		  "SELECT e.* FROM (SELECT pg_catalog.unnest($2) AS course_id, pg_catalog.unnest($3) AS account_id) k"
		  " CROSS JOIN LATERAL (" ENROLLMENT_COLUMNS
		  " AND e.account_id" EQ "k.account_id AND e.course_id" EQ "k.course_id" END_FOR_EACH("e"),
		  UUIDOID, UUIDARRAYOID, UUIDARRAYOID);
/*
 * By a comparison of rows, no index but the one that begins with the course has
 * them in this order. With conditions of their own for course and account, a
 * planner without statistics took the one that begins with the account, and all
 * courses of all people between the first and the last were read.
 */
STATEMENT(enrollmentsBetween,
		  "SELECT e.* FROM (SELECT pg_catalog.unnest($2) AS course_id, pg_catalog.unnest($3) AS first,"
		  " pg_catalog.unnest($4) AS last, pg_catalog.unnest($5) AS most) k"
		  " CROSS JOIN LATERAL (" ENROLLMENT_COLUMNS
		  " AND ROW(e.course_id, e.account_id)" GE "ROW(k.course_id, k.first)"
		  " AND ROW(e.course_id, e.account_id)" LE "ROW(k.course_id, k.last)"
		  " ORDER BY e.course_id, e.account_id LIMIT k.most) e",
		  UUIDOID, UUIDARRAYOID, UUIDARRAYOID, UUIDARRAYOID, INT4ARRAYOID);

/* A course in which several people are looked for together. */
typedef struct Walk
{
	int			first;			/* of its enrollments, among those looked for */
	int			after;			/* of the last one */
	int			next;			/* the first that the rows have not come past */
	int			most;			/* rows to look at */
	int			seen;
	pg_uuid_t	upTo;			/* the account of the last row */
} Walk;

/* Enrollments that are looked for, course by course in the order of accounts. */
typedef struct Expected
{
	Resolution *resolution;
	RowList		rows;
	int			walkCount;
	int			walk;			/* that rows come from */
	Walk	   *walks;
} Expected;

/* PairKey views who and where of an enrollment as a key. */
static inline Text
PairKey(const EnrollmentKey *key)
{
	return (Text)
	{
		(const char *) key, sizeof(EnrollmentKey), GIVEN
	};
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

/* AccountKey orders enrollments by account. */
static SortKey
AccountKey(const void *row)
{
	return SortKeyOfUuid(&((const EnrollmentRow *) row)->key.account->row.id);
}

/* CompareNone leaves those of one account as they come. */
static int
CompareNone(const void *a, const void *b)
{
	return 0;
}

/* SortExpected puts the enrollments of a course side by side, in the order of accounts. */
static void
SortExpected(RowList *rows)
{
	EnrollmentRow **list;
	int			place = 0;

	SortRows(rows->list, rows->count, AccountKey, CompareNone);
	list = palloc_extended(rows->count * sizeof(void *), MCXT_ALLOC_HUGE);
	memcpy(list, rows->list, rows->count * sizeof(void *));
	for (int i = 0; i < rows->count; i++)
		list[i]->key.course->expected++;
	for (int i = 0; i < rows->count; i++)
	{
		CourseRow  *course = list[i]->key.course;

		/* The first one of a course makes room for all of them. */
		if (course->expected > 0)
		{
			course->nextExpected = place;
			place += course->expected;
			course->expected = 0;
		}
		rows->list[course->nextExpected++] = list[i];
	}
	pfree(list);
}

/* Take fills in an enrollment that was found. */
static void
Take(Resolution *resolution, EnrollmentRow *enrollment, const Datum *values, const bool *nulls)
{
	Text		role = TextColumn(values, nulls, 2);

	StartRow(resolution, &enrollment->row, values[0], values[1]);
	for (int r = 0; r < lengthof(enrollmentRoles); r++)
		if (TextIs(role, enrollmentRoles[r]))
			enrollment->role = r;
	enrollment->status = TextIs(TextColumn(values, nulls, 3), enrollmentStatuses[STATUS_ACTIVE]) ?
		STATUS_ACTIVE : STATUS_REMOVED;
	enrollment->exists = true;
	RowListAdd(&resolution->enrollments, enrollment);
}

/* TakeEnrollment fills in an enrollment that was looked for by itself. */
static void
TakeEnrollment(void *to, const Datum *values, const bool *nulls)
{
	Resolution *resolution = to;

	Take(resolution,
		 EnrollmentFind(resolution,
						RowFind(resolution, KEY_ACCOUNT_SID, SidKey(DatumGetUUIDP(values[4]))),
						RowFind(resolution, KEY_COURSE_SID, SidKey(DatumGetUUIDP(values[5])))),
		 values, nulls);
}

/* TakeOnWalk fills in an enrollment that was found on the way along the index, if it is looked for, and notes how far that has come. */
static void
TakeOnWalk(void *to, const Datum *values, const bool *nulls)
{
	Expected   *expected = to;
	EnrollmentRow **list = (EnrollmentRow **) expected->rows.list;
	const pg_uuid_t *course = DatumGetUUIDP(values[5]);
	const pg_uuid_t *account = DatumGetUUIDP(values[4]);
	Walk	   *walk = &expected->walks[expected->walk];

	while (memcmp(&list[walk->first]->key.course->row.id, course, UUID_LEN) != 0)
	{
		if (++expected->walk == expected->walkCount)
			elog(ERROR, "enrollments come in another order than their courses");
		walk = &expected->walks[expected->walk];
	}
	walk->seen++;
	walk->upTo = *account;

	/* Rows come in the order of accounts, as do those that are looked for. */
	while (walk->next < walk->after &&
		   memcmp(&list[walk->next]->key.account->row.id, account, UUID_LEN) < 0)
		walk->next++;
	if (walk->next < walk->after &&
		memcmp(&list[walk->next]->key.account->row.id, account, UUID_LEN) == 0)
		Take(expected->resolution, list[walk->next++], values, nulls);
}

/* PlanWalks notes the courses in which several people are looked for. */
static void
PlanWalks(Expected *expected)
{
	EnrollmentRow **list = (EnrollmentRow **) expected->rows.list;

	expected->walks = palloc((expected->rows.count / TOGETHER + 1) * sizeof(Walk));
	for (int first = 0, after; first < expected->rows.count; first = after)
	{
		after = first;
		while (after < expected->rows.count && list[after]->key.course == list[first]->key.course)
			after++;
		if (after - first >= TOGETHER)
			expected->walks[expected->walkCount++] = (Walk)
		{
			.first = first,.after = after,.next = first,.most = (after - first) * 2
		};
	}
}

/* WalkAlong looks for people in the courses that have several of them. */
static void
WalkAlong(Expected *expected)
{
	EnrollmentRow **list = (EnrollmentRow **) expected->rows.list;
	Column		courses;
	Column		firsts;
	Column		lasts;
	Column		mosts;
	Datum		params[5] = {UUIDPGetDatum(&expected->resolution->install->id)};

	if (expected->walkCount == 0)
		return;
	ColumnInit(&courses, UUIDOID, expected->walkCount);
	ColumnInit(&firsts, UUIDOID, expected->walkCount);
	ColumnInit(&lasts, UUIDOID, expected->walkCount);
	ColumnInit(&mosts, INT4OID, expected->walkCount);
	for (int i = 0; i < expected->walkCount; i++)
	{
		const Walk *walk = &expected->walks[i];

		ColumnAddUuid(&courses, &list[walk->first]->key.course->row.id);
		ColumnAddUuid(&firsts, &list[walk->first]->key.account->row.id);
		ColumnAddUuid(&lasts, &list[walk->after - 1]->key.account->row.id);
		ColumnAddInt(&mosts, walk->most);
	}
	params[1] = ColumnDatum(&courses);
	params[2] = ColumnDatum(&firsts);
	params[3] = ColumnDatum(&lasts);
	params[4] = ColumnDatum(&mosts);
	StatementRunEach(&enrollmentsBetween, params, TakeOnWalk, expected);
}

/* WasWalkedPast tells whether a walk has come to where an enrollment would have been. */
static bool
WasWalkedPast(const Walk *walk, const EnrollmentRow *enrollment)
{
	return walk->seen < walk->most ||
		memcmp(&enrollment->key.account->row.id, &walk->upTo, UUID_LEN) <= 0;
}

/* LookForRest looks one by one for those whom no walk has come to. */
static void
LookForRest(Expected *expected)
{
	EnrollmentRow **list = (EnrollmentRow **) expected->rows.list;
	Column		courses;
	Column		accounts;
	Datum		params[3] = {UUIDPGetDatum(&expected->resolution->install->id)};
	int			w = 0;

	ColumnInit(&courses, UUIDOID, expected->rows.count);
	ColumnInit(&accounts, UUIDOID, expected->rows.count);
	for (int i = 0; i < expected->rows.count; i++)
	{
		const Walk *walk;

		while (w < expected->walkCount && expected->walks[w].after <= i)
			w++;
		walk = w < expected->walkCount && expected->walks[w].first <= i ? &expected->walks[w] : NULL;
		if (walk != NULL && WasWalkedPast(walk, list[i]))
			continue;
		ColumnAddUuid(&courses, &list[i]->key.course->row.id);
		ColumnAddUuid(&accounts, &list[i]->key.account->row.id);
	}
	if (accounts.count == 0)
		return;
	params[1] = ColumnDatum(&courses);
	params[2] = ColumnDatum(&accounts);
	StatementRunEach(&enrollmentsByPair, params, TakeEnrollment, expected->resolution);
}

/*
 * ResolveEnrollments finds which of the accounts are in the courses that their
 * items name, and those asked for besides.
 */
void
ResolveEnrollments(Resolution *resolution, const Batch *batch, int from, int to, const RowList *also)
{
	Expected	expected = {resolution};

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
			RowListAdd(&expected.rows, EnrollmentExpect(resolution, account, course));
	}
	for (int i = 0; i < also->count; i++)
	{
		EnrollmentIds *ids = also->list[i];
		AccountRow *account = RowFind(resolution, KEY_ACCOUNT_SID, SidKey(&ids->account));
		CourseRow  *course = RowFind(resolution, KEY_COURSE_SID, SidKey(&ids->course));

		if (account != NULL && course != NULL && EnrollmentFind(resolution, account, course) == NULL)
			RowListAdd(&expected.rows, EnrollmentExpect(resolution, account, course));
	}
	if (expected.rows.count == 0)
		return;
	SortExpected(&expected.rows);
	PlanWalks(&expected);
	WalkAlong(&expected);
	LookForRest(&expected);
}
