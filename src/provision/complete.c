/*
 * provision/complete.c
 *		Courses that a batch tells whole: who is not named is no longer in them.
 *
 * Whom a refused item names stays; where a refused item does not tell whom it
 * names, nobody is removed. Neither are more than the caller said at most.
 */
#include "provision/apply.h"
#include "provision/batch.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "core/columns.h"
#include "core/statement.h"
#include "miscadmin.h"
#include "utils/memutils.h"

STATEMENT(activeInCourses,
		  FOR_EACH_KEY(2, "e.*") "SELECT e.enrollment_id, e.account_id, e.course_id FROM proctorlink.enrollment e"
		  " WHERE e.install_id" EQ "$1 AND e.course_id" EQ "k.key AND e.status" EQ "'active'" END_FOR_EACH("e")
		  " ORDER BY e.enrollment_id",
		  UUIDOID, UUIDARRAYOID);
STATEMENT(lockEnrollments,
		  FOR_EACH_KEY(2, "") "SELECT FROM proctorlink.enrollment e WHERE e.install_id" EQ "$1"
		  " AND e.enrollment_id" EQ "k.key FOR NO KEY UPDATE" END_FOR_EACH("e"),
		  UUIDOID, UUIDARRAYOID);
STATEMENT(removeEnrollments,
		  "UPDATE proctorlink.enrollment e SET status = 'removed', status_reason = 'complete'"
		  " FROM (SELECT pg_catalog.unnest($2) AS key) k"
		  FIND_TARGET("enrollment") "t.enrollment_id" EQ "k.key AND t.status" EQ "'active'" END_FIND_TARGET("e"),
		  UUIDOID, UUIDARRAYOID);

/* Begins tells whether a pointer begins so. */
static bool
Begins(const char *pointer, const char *with)
{
	return strncmp(pointer, with, strlen(with)) == 0;
}

/*
 * NamesUnknown tells whether a refused item does not tell whom it names, or
 * where: something is wrong with it besides what these pointers are about.
 */
static bool
NamesUnknown(const BatchItem *item)
{
	static const char *const harmless[] = {"/user/", "/course/", "/enrollment", "/exam", "/signon"};

	if (item->problems == NULL)
		return false;
	for (int i = 0; i < item->problems->count; i++)
	{
		const char *pointer = item->problems->list[i].pointer;
		bool		known = false;

		for (int j = 0; j < lengthof(harmless); j++)
			known |= Begins(pointer, harmless[j]);
		if (!known || Begins(pointer, "/user/ids") || Begins(pointer, "/course/ids"))
			return true;
	}
	return item->problems->more > 0;
}

/* CoursesOf finds the keys of the courses that are complete; those that the batch would make have nobody to remove. */
static void
CoursesOf(const Batch *batch, const Resolution *resolution, Column *courses)
{
	Path		complete = PATH_KEY(NULL, "complete");
	Path		list = PATH_KEY(&complete, "courses");
	Problems	problems;
	pg_uuid_t  *ids = palloc(Max(batch->complete.courseCount, 1) * sizeof(pg_uuid_t));
	int			count = 0;

	ProblemsInit(&problems, CurrentMemoryContext);
	for (int i = 0; i < batch->complete.courseCount; i++)
	{
		Path		step = {&list, NULL, 0, i};
		int			before = problems.count;
		CourseRow  *course = CourseNamed(resolution, &batch->complete.courses[i], &step, &problems);

		if (course == NULL && problems.count == before)
			ProblemAdd(&problems, CODE_NOT_FOUND, "not_found", NULL, &step, "no course has these ids");
		else if (course != NULL && !course->row.isNew)
			ids[count++] = course->row.id;
	}
	if (problems.count > 0)
		ProblemsRaise(&problems);

	/* A course that is named twice counts once. */
	qsort(ids, count, sizeof(pg_uuid_t), CompareUuids);
	ColumnInit(courses, UUIDOID, Max(count, 1));
	for (int i = 0; i < count; i++)
		if (i == 0 || CompareUuids(&ids[i - 1], &ids[i]) != 0)
			ColumnAddUuid(courses, &ids[i]);
}

/*
 * AllRows finds every row in the database that one of the ids means, whichever it
 * is, and answers how many; first is the kind of key of its sid.
 */
static int
AllRows(const Resolution *resolution, KeyKind first, const Ids *ids, Row *rows[4])
{
	int			count = 0;
	Ids			each[4] = {{.sid = ids->sid}, {.api = ids->api}, {.lms = ids->lms}, {.external = ids->external}};

	for (int i = 0; i < lengthof(each); i++)
		if ((rows[count] = RowByAny(resolution, first, &each[i])) != NULL && !rows[count]->isNew)
			count++;
	return count;
}

/*
 * NamedPairs makes a table of who is named where; whomever a refused item may
 * mean by any of its ids is among them.
 */
static HTAB *
NamedPairs(const Batch *batch, const Resolution *resolution)
{
	HASHCTL		control = {.keysize = sizeof(EnrollmentIds),.entrysize = sizeof(EnrollmentIds),
	.hcxt = CurrentMemoryContext};
	HTAB	   *named = hash_create("proctorlink named", Max(batch->itemCount, 16), &control,
									HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);

	for (int i = 0; i < batch->itemCount; i++)
	{
		const BatchItem *item = &batch->items[i];
		EnrollmentIds ids;

		if (item->problems != NULL && item->user != NULL && item->course != NULL)
		{
			Row		   *accounts[4];
			Row		   *courses[4];
			int			accountCount = AllRows(resolution, KEY_ACCOUNT_SID, &item->user->ids, accounts);
			int			courseCount = AllRows(resolution, KEY_COURSE_SID, &item->course->ids, courses);

			for (int a = 0; a < accountCount; a++)
				for (int c = 0; c < courseCount; c++)
				{
					ids.account = accounts[a]->id;
					ids.course = courses[c]->id;
					hash_search(named, &ids, HASH_ENTER, NULL);
				}
		}
		if (item->user == NULL || !item->hasKey[BLOCK_USER] || !item->hasKey[BLOCK_COURSE])
			continue;
		ids.account = item->blocks[BLOCK_USER].key;
		ids.course = item->blocks[BLOCK_COURSE].key;
		hash_search(named, &ids, HASH_ENTER, NULL);
	}
	return named;
}

/*
 * CompleteCourses removes the enrollments that the batch does not name, or says
 * why it does not. The caller is connected to SPI.
 */
void
CompleteCourses(Batch *batch)
{
	Complete   *complete = &batch->complete;
	const Resolution *resolution = batch->judged;
	static const RowList none;
	Column		courses;
	Column		goers;
	Datum		values[2] = {UUIDPGetDatum(&batch->install.id)};
	HTAB	   *named;
	uint64		count;

	if (resolution == NULL)
		resolution = Resolve(batch, 0, batch->failed > 0 ? batch->itemCount : 0, false, &none, CurrentMemoryContext);
	CoursesOf(batch, resolution, &courses);
	for (int i = 0; i < batch->itemCount; i++)
	{
		if (NamesUnknown(&batch->items[i]))
		{
			complete->detail = psprintf("nobody was removed: item %d was refused and does not tell whom it names", i);
			return;
		}
	}

	values[1] = ColumnDatum(&courses);
	count = StatementRun(&activeInCourses, values, NULL, batch->dryRun);
	named = NamedPairs(batch, resolution);
	ColumnInit(&goers, UUIDOID, Max(count, 1));
	for (uint64 i = 0; i < count; i++)
	{
		EnrollmentIds ids = {RowUuid(i, 2), RowUuid(i, 3)};
		pg_uuid_t	enrollment = RowUuid(i, 1);
		bool		found;

		CHECK_FOR_INTERRUPTS();
		hash_search(named, &ids, HASH_FIND, &found);
		if (!found)
			ColumnAddUuid(&goers, &enrollment);
	}
	complete->wouldRemove = goers.count;
	if (goers.count > complete->maxRemoved.value)
	{
		complete->detail = psprintf("nobody was removed: %d would go, and at most %d may", goers.count,
									complete->maxRemoved.value);
		return;
	}
	complete->done = true;
	complete->detail = psprintf(batch->dryRun ? "%d would be removed" : "%d removed", goers.count);
	batch->removed += goers.count;
	if (!batch->dryRun && goers.count > 0)
	{
		values[1] = ColumnDatum(&goers);
		StatementRun(&lockEnrollments, values, NULL, false);
		StatementRun(&removeEnrollments, values, NULL, false);
	}
}
