/*
 * provision/parents.c
 *		Whether the rows that new ones lean on are there: looked for and locked
 *		once each, instead of once for every new row (core/foreign_keys.c).
 *
 * Parents that were found by resolve may have gone since, as may the role; they
 * are locked as foreign keys lock them, so that they stay until the transaction
 * ends. Those that this flush has made itself, in the subtransaction that is
 * still open, nobody else sees. Only code that a statement of this flush calls
 * could have deleted them again; where there are triggers of others, on any
 * table, these parents are looked for as well.
 */
#include "provision/parents.h"

#include "catalog/pg_type.h"
#include "core/row_lock.h"

STATEMENT(shareSchedule,
		  "SELECT FROM proctorlink.schedule s WHERE s.install_id" EQ "$1 AND s.schedule_id" EQ "$2"
		  " AND s.exam_id" EQ "$3 FOR KEY SHARE",
		  UUIDOID, UUIDOID, UUIDOID);

/* RaiseMissing raises what the foreign key would have raised. */
static void
RaiseMissing(const char *table, const char *constraint)
{
	ereport(ERROR,
			(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
			 errmsg("insert on table \"%s\" violates foreign key constraint \"%s\"", table, constraint),
			 err_generic_string(PG_DIAG_SCHEMA_NAME, "proctorlink"),
			 err_generic_string(PG_DIAG_TABLE_NAME, table),
			 err_generic_string(PG_DIAG_CONSTRAINT_NAME, constraint)));
}

/* The status of people who are as good as gone: their rows stay, and nothing new leans on them. */
#define ERASED "erased"

/* ShareOne locks a row, and tells whether it is there. */
static bool
ShareOne(const char *table, const char *column, const pg_uuid_t *install, Datum key)
{
	return RowsLock(table, column, install, &key, 1, LockTupleKeyShare, NULL) == 1;
}

/* Share locks rows by their ids, in the order of these, and tells whether all are there. */
static bool
Share(const char *table, const char *column, const pg_uuid_t *install, pg_uuid_t *ids, int count, const char *gone)
{
	Datum	   *keys = palloc_extended(count * sizeof(Datum), MCXT_ALLOC_HUGE);
	int			distinct = 0;
	bool		all;

	qsort(ids, count, sizeof(pg_uuid_t), CompareUuids);
	for (int i = 0; i < count; i++)
		if (i == 0 || CompareUuids(&ids[i - 1], &ids[i]) != 0)
			keys[distinct++] = UUIDPGetDatum(&ids[i]);
	all = RowsLock(table, column, install, keys, distinct, LockTupleKeyShare, gone) == distinct;
	pfree(keys);
	return all;
}

/* ParentsOfAccounts sees to the parents of new accounts: the role, and no hierarchy. */
const KnownParents *
ParentsOfAccounts(const Resolution *resolution)
{
	static const KnownParents known = {"account", {"account_stays_erased_new"}, 2, {{"role", "role", "title"}, {"hierarchy_id", NULL, NULL}}};

	if (!ShareOne("role", "title", &resolution->install->id, TextDatum(resolution->install->defaultRole)))
		RaiseMissing("account", "account_role_fkey");
	return &known;
}

/*
 * ParentsOfPeople sees to the parents of people whom a vendor's door puts in: their
 * roles and their hierarchies. Nearly always all have the same.
 */
const KnownParents *
ParentsOfPeople(const Resolution *resolution)
{
	static const KnownParents known = {"account", {"account_stays_erased_new"}, 2,
	{{"role", "role", "title"}, {"hierarchy_id", "hierarchy", "hierarchy_id"}}};
	const RowList *rows = &resolution->accounts;
	const PersonColumns *shared = NULL;
	const pg_uuid_t *install = &resolution->install->id;

	for (int i = 0; i < rows->count; i++)
	{
		const AccountRow *account = rows->list[i];
		PersonColumns *person = account->person;

		if (!account->row.isNew)
			continue;
		if ((shared == NULL || !TextEquals(shared->role, person->role)) &&
			!ShareOne("role", "title", install, TextDatum(person->role)))
			RaiseMissing("account", "account_role_fkey");
		if (person->hasHierarchy &&
			(shared == NULL || !shared->hasHierarchy || CompareUuids(&shared->hierarchy, &person->hierarchy) != 0) &&
			!ShareOne("hierarchy", "hierarchy_id", install, UUIDPGetDatum(&person->hierarchy)))
			RaiseMissing("account", "account_hierarchy_fkey");
		shared = person;
	}
	return &known;
}

/* ParentsOfEnrollments sees to the accounts and courses of new enrollments. */
const KnownParents *
ParentsOfEnrollments(const Resolution *resolution)
{
	static const KnownParents known = {"enrollment", {NULL}, 2,
	{{"account_id", "account", "account_id"}, {"course_id", "course", "course_id"}}};
	const RowList *rows = &resolution->enrollments;
	pg_uuid_t  *courses = palloc_extended(rows->count * sizeof(pg_uuid_t), MCXT_ALLOC_HUGE);
	pg_uuid_t  *accounts = palloc_extended(rows->count * sizeof(pg_uuid_t), MCXT_ALLOC_HUGE);
	int			courseCount = 0;
	int			accountCount = 0;
	bool		trusted = OnlyOurTriggers();

	for (int i = 0; i < rows->count; i++)
	{
		const EnrollmentRow *enrollment = rows->list[i];
		const Row  *course = &enrollment->key.course->row;
		const Row  *account = &enrollment->key.account->row;

		if (!enrollment->row.isNew)
			continue;
		if (!(trusted && course->isNew))
			courses[courseCount++] = course->id;
		if (!(trusted && account->isNew))
			accounts[accountCount++] = account->id;
	}
	if (!Share("course", "course_id", &resolution->install->id, courses, courseCount, NULL))
		RaiseMissing("enrollment", "enrollment_course_fkey");
	if (!Share("account", "account_id", &resolution->install->id, accounts, accountCount, ERASED))
		RaiseMissing("enrollment", "enrollment_account_fkey");
	pfree(courses);
	pfree(accounts);
	return &known;
}

/*
 * ParentsOfSeats sees to the parents of new sessions on a schedule: its exam, the
 * schedule and the accounts; no enrollment, no configuration and no booking. People whom this
 * call has made are seen by nobody else yet.
 */
const KnownParents *
ParentsOfSeats(const pg_uuid_t *install, const pg_uuid_t *exam, const pg_uuid_t *schedule, const Seat *seats, int count)
{
	static const KnownParents known = {"exam_session", {NULL}, 6,
	{{"account_id", "account", "account_id"}, {"exam_id", "exam", "exam_id"},
	{"schedule_id", "schedule", "schedule_id", "exam_id"}, {"enrollment_id", NULL, NULL},
	{"exam_configuration_id", NULL, NULL}, {"integration_id", NULL, NULL}}};
	Datum		keys[3] = {UUIDPGetDatum(install), UUIDPGetDatum(schedule), UUIDPGetDatum(exam)};
	pg_uuid_t  *accounts = palloc_extended(count * sizeof(pg_uuid_t), MCXT_ALLOC_HUGE);
	int			accountCount = 0;
	bool		trusted = OnlyOurTriggers();

	for (int i = 0; i < count; i++)
		if (seats[i].result == SEAT_MADE && !(trusted && seats[i].isNew))
			accounts[accountCount++] = seats[i].account;
	if (!Share("account", "account_id", install, accounts, accountCount, ERASED))
		RaiseMissing("exam_session", "exam_session_account_fkey");
	if (StatementRunForRule(&shareSchedule, keys, NULL) == 0)
		RaiseMissing("exam_session", "exam_session_schedule_fkey");
	if (!ShareOne("exam", "exam_id", install, UUIDPGetDatum(exam)))
		RaiseMissing("exam_session", "exam_session_exam_fkey");
	pfree(accounts);
	return &known;
}

/*
 * ParentsOfBooking tells what need not be asked of a new booked session whose
 * parents are held: its foreign keys, who may come to the schedule, since there is
 * nothing to ask, and of a person whom this call has made what else they have.
 */
const KnownParents *
ParentsOfBooking(const Seat *seat)
{
#define BOOKING_KEYS \
	6, {{"account_id", "account", "account_id"}, {"exam_id", "exam", "exam_id"}, \
		{"schedule_id", "schedule", "schedule_id", "exam_id"}, {"enrollment_id", NULL, NULL}, \
	{"exam_configuration_id", NULL, NULL}, {"integration_id", "integration", "integration_id"}}
	static const KnownParents known = {"exam_session", {"exam_session_made"}, BOOKING_KEYS};
	static const KnownParents first = {"exam_session", {"exam_session_made", "no_overlapping_booking_new",
	"session_attempts_left_new"}, BOOKING_KEYS};

	return seat->isNew ? &first : &known;
}
