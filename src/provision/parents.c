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
#include "core/columns.h"

STATEMENT(shareRole,
		  "SELECT FROM proctorlink.role r WHERE r.install_id" EQ "$1 AND r.title" EQ "$2 FOR KEY SHARE",
		  UUIDOID, TEXTOID);

STATEMENT(shareHierarchy,
		  "SELECT FROM proctorlink.hierarchy h WHERE h.install_id" EQ "$1 AND h.hierarchy_id" EQ "$2 FOR KEY SHARE",
		  UUIDOID, UUIDOID);

#define COUNT_SHARED(table, key) \
	FOR_EACH_KEY(2, "pg_catalog.count(*)::pg_catalog.int4") "SELECT FROM proctorlink." table " t" \
	" WHERE t.install_id" EQ "$1 AND t." key EQ "k.key FOR KEY SHARE" END_FOR_EACH("t")
STATEMENT(shareCourses, COUNT_SHARED("course", "course_id"), UUIDOID, UUIDARRAYOID);
/* Who was erased meanwhile is as good as gone. */
STATEMENT(shareAccounts,
		  FOR_EACH_KEY(2, "pg_catalog.count(*)::pg_catalog.int4") "SELECT FROM proctorlink.account t"
		  " WHERE t.install_id" EQ "$1 AND t.account_id" EQ "k.key AND t.status" NE "'erased' FOR KEY SHARE"
		  END_FOR_EACH("t"),
		  UUIDOID, UUIDARRAYOID);
STATEMENT(shareSchedule,
		  "SELECT FROM proctorlink.schedule s WHERE s.install_id" EQ "$1 AND s.schedule_id" EQ "$2"
		  " AND s.exam_id" EQ "$3 FOR KEY SHARE",
		  UUIDOID, UUIDOID, UUIDOID);
STATEMENT(shareExam,
		  "SELECT FROM proctorlink.exam x WHERE x.install_id" EQ "$1 AND x.exam_id" EQ "$2 FOR KEY SHARE",
		  UUIDOID, UUIDOID);

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

/* Share locks rows by their ids, in the order of these, and tells whether all are there. */
static bool
Share(const pg_uuid_t *install, Statement *statement, pg_uuid_t *ids, int count)
{
	Column		keys;
	Datum		values[2] = {UUIDPGetDatum(install)};
	int			distinct = 0;
	bool		all;

	if (count == 0)
		return true;
	qsort(ids, count, sizeof(pg_uuid_t), CompareUuids);
	ColumnInit(&keys, UUIDOID, count);
	for (int i = 0; i < count; i++)
	{
		if (i > 0 && CompareUuids(&ids[i - 1], &ids[i]) == 0)
			continue;
		ColumnAddUuid(&keys, &ids[i]);
		distinct++;
	}
	values[1] = ColumnDatum(&keys);
	StatementRunForRule(statement, values, NULL);
	all = RowInt(0, 1) == distinct;
	SPI_freetuptable(SPI_tuptable);
	pfree(keys.array.data);
	return all;
}

/* ParentsOfAccounts sees to the parents of new accounts: the role, and no hierarchy. */
const KnownParents *
ParentsOfAccounts(const Resolution *resolution)
{
	static const KnownParents known = {"account", "account_stays_erased_new", 2, {{"role", "role", "title"}, {"hierarchy_id", NULL, NULL}}};
	Datum		values[2] = {UUIDPGetDatum(&resolution->install->id), TextDatum(resolution->install->defaultRole)};

	if (StatementRunForRule(&shareRole, values, NULL) == 0)
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
	static const KnownParents known = {"account", "account_stays_erased_new", 2,
	{{"role", "role", "title"}, {"hierarchy_id", "hierarchy", "hierarchy_id"}}};
	const RowList *rows = &resolution->accounts;
	const PersonColumns *shared = NULL;
	Datum		values[2] = {UUIDPGetDatum(&resolution->install->id)};

	for (int i = 0; i < rows->count; i++)
	{
		const AccountRow *account = rows->list[i];
		PersonColumns *person = account->person;

		if (!account->row.isNew)
			continue;
		if (shared == NULL || !TextEquals(shared->role, person->role))
		{
			values[1] = TextDatum(person->role);
			if (StatementRunForRule(&shareRole, values, NULL) == 0)
				RaiseMissing("account", "account_role_fkey");
		}
		if (person->hasHierarchy &&
			(shared == NULL || !shared->hasHierarchy || CompareUuids(&shared->hierarchy, &person->hierarchy) != 0))
		{
			values[1] = UUIDPGetDatum(&person->hierarchy);
			if (StatementRunForRule(&shareHierarchy, values, NULL) == 0)
				RaiseMissing("account", "account_hierarchy_fkey");
		}
		shared = person;
	}
	return &known;
}

/* ParentsOfEnrollments sees to the accounts and courses of new enrollments. */
const KnownParents *
ParentsOfEnrollments(const Resolution *resolution)
{
	static const KnownParents known = {"enrollment", NULL, 2,
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
	if (!Share(&resolution->install->id, &shareCourses, courses, courseCount))
		RaiseMissing("enrollment", "enrollment_course_fkey");
	if (!Share(&resolution->install->id, &shareAccounts, accounts, accountCount))
		RaiseMissing("enrollment", "enrollment_account_fkey");
	pfree(courses);
	pfree(accounts);
	return &known;
}

/*
 * EnrolledPeopleStay tells whether those whom a few new enrollments are for were not
 * erased before the foreign key had locked them; of many ParentsOfEnrollments asks.
 */
bool
EnrolledPeopleStay(const Resolution *resolution)
{
	pg_uuid_t	accounts[ROWS_WITH_PARENTS];
	int			count = 0;
	int			found = 0;

	for (int i = 0; i < resolution->enrollments.count; i++)
	{
		const EnrollmentRow *enrollment = resolution->enrollments.list[i];

		if (!enrollment->row.isNew)
			continue;
		if (++count == ROWS_WITH_PARENTS)
			return true;
		if (!enrollment->key.account->row.isNew)
			accounts[found++] = enrollment->key.account->row.id;
	}
	return Share(&resolution->install->id, &shareAccounts, accounts, found);
}

/*
 * ParentsOfSeats sees to the parents of new sessions on a schedule: its exam, the
 * schedule and the accounts; no enrollment, no configuration and no booking. People whom this
 * call has made are seen by nobody else yet.
 */
const KnownParents *
ParentsOfSeats(const pg_uuid_t *install, const pg_uuid_t *exam, const pg_uuid_t *schedule, const Seat *seats, int count)
{
	static const KnownParents known = {"exam_session", NULL, 6,
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
	if (!Share(install, &shareAccounts, accounts, accountCount))
		RaiseMissing("exam_session", "exam_session_account_fkey");
	if (StatementRunForRule(&shareSchedule, keys, NULL) == 0)
		RaiseMissing("exam_session", "exam_session_schedule_fkey");
	keys[1] = keys[2];
	if (StatementRunForRule(&shareExam, keys, NULL) == 0)
		RaiseMissing("exam_session", "exam_session_exam_fkey");
	pfree(accounts);
	return &known;
}
