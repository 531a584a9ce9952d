/*
 * provision/flush.c
 *		The fourth step: one set-based INSERT of the new rows and one UPDATE of
 *		the changed ones a kind, parents first, in pieces.
 *
 * New rows are sorted by their text id and get their keys in that order, so
 * that both indexes grow at one end. The arrays are unnested in the select
 * list: as functions in FROM they would be materialized, each for itself.
 */
#include "provision/flush.h"

#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "core/columns.h"
#include "core/sort.h"
#include "core/statement.h"
#include "miscadmin.h"
#include "provision/parents.h"
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

#define UNNEST(n, name) "pg_catalog.unnest($" #n ") AS " name

/* Locks of the rows about to be changed, with what is there now. */
#define LOCK_ROWS(table, key) \
	FOR_EACH_KEY(2, "t.*") "SELECT t." key ", t.xmin FROM proctorlink." table " t" \
	" WHERE t.install_id" EQ "$1 AND t." key EQ "k.key FOR NO KEY UPDATE" END_FOR_EACH("t")
STATEMENT(lockCourses, LOCK_ROWS("course", "course_id"), UUIDOID, UUIDARRAYOID);
STATEMENT(lockAccounts, LOCK_ROWS("account", "account_id"), UUIDOID, UUIDARRAYOID);
STATEMENT(lockExams, LOCK_ROWS("exam", "exam_id"), UUIDOID, UUIDARRAYOID);
STATEMENT(lockConfigurations, LOCK_ROWS("exam_configuration", "exam_configuration_id"), UUIDOID, UUIDARRAYOID);
STATEMENT(lockEnrollments, LOCK_ROWS("enrollment", "enrollment_id"), UUIDOID, UUIDARRAYOID);

STATEMENT(insertCourses,
		  "INSERT INTO proctorlink.course (install_id, course_id, external_id, api_id, lms_id, title, code)"
		  " SELECT $1, pg_catalog.unnest($2), pg_catalog.unnest($3), pg_catalog.unnest($4), pg_catalog.unnest($5),"
		  " pg_catalog.unnest($6), pg_catalog.unnest($7)",
		  UUIDOID, UUIDARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID);
STATEMENT(updateCourses,
		  "UPDATE proctorlink.course c SET external_id = u.external_id, api_id = u.api_id, lms_id = u.lms_id,"
		  " title = u.title, code = u.code FROM (SELECT " UNNEST(2, "course_id") ", " UNNEST(3, "external_id") ", "
		  UNNEST(4, "api_id") ", " UNNEST(5, "lms_id") ", " UNNEST(6, "title") ", " UNNEST(7, "code") ") u"
		  FIND_TARGET("course") "t.course_id" EQ "u.course_id" END_FIND_TARGET("c"),
		  UUIDOID, UUIDARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID);

STATEMENT(insertAccounts,
		  "INSERT INTO proctorlink.account (install_id, role, account_id, candidate_ext_id,"
		  " candidate_ext_id_defaulted, username, api_id, lms_id, first_name, last_name, email, currency_code,"
		  " time_zone)"
		  " SELECT $1, $2, pg_catalog.unnest($3), pg_catalog.unnest($4), pg_catalog.unnest($5),"
		  " pg_catalog.unnest($6), pg_catalog.unnest($7), pg_catalog.unnest($8), pg_catalog.unnest($9),"
		  " pg_catalog.unnest($10), pg_catalog.unnest($11), pg_catalog.unnest($12), pg_catalog.unnest($13)",
		  UUIDOID, TEXTOID, UUIDARRAYOID, TEXTARRAYOID, BOOLARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID,
		  TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID);
STATEMENT(updateAccounts,
		  "UPDATE proctorlink.account a SET candidate_ext_id = u.candidate_ext_id,"
		  " candidate_ext_id_defaulted = u.defaulted, username = u.username, api_id = u.api_id, lms_id = u.lms_id,"
		  " first_name = u.first_name, last_name = u.last_name, email = u.email, currency_code = u.currency_code,"
		  " time_zone = u.time_zone FROM (SELECT " UNNEST(3, "account_id") ", " UNNEST(4, "candidate_ext_id") ", "
		  UNNEST(5, "defaulted") ", " UNNEST(6, "username") ", " UNNEST(7, "api_id") ", " UNNEST(8, "lms_id") ", "
		  UNNEST(9, "first_name") ", " UNNEST(10, "last_name") ", " UNNEST(11, "email") ", "
		  UNNEST(12, "currency_code") ", " UNNEST(13, "time_zone") ", $2 AS role) u"
		  FIND_TARGET("account") "t.account_id" EQ "u.account_id" END_FIND_TARGET("a"),
		  UUIDOID, TEXTOID, UUIDARRAYOID, TEXTARRAYOID, BOOLARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID,
		  TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID);

/* People of a vendor's door, who bring no other ids and keep those that they have. */
STATEMENT(insertPeople,
		  "INSERT INTO proctorlink.account (install_id, account_id, candidate_ext_id, candidate_ext_id_defaulted,"
		  " username, first_name, last_name, email, role, hierarchy_id, special_needs,"
		  " reasonable_adjustment_percentage, time_zone)"
		  " SELECT $1, pg_catalog.unnest($2), pg_catalog.unnest($3), pg_catalog.unnest($4),"
		  " pg_catalog.unnest($5), pg_catalog.unnest($6), pg_catalog.unnest($7), pg_catalog.unnest($8),"
		  " pg_catalog.unnest($9), pg_catalog.unnest($10), pg_catalog.unnest($11), pg_catalog.unnest($12),"
		  " pg_catalog.unnest($13)",
		  UUIDOID, UUIDARRAYOID, TEXTARRAYOID, BOOLARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID,
		  TEXTARRAYOID, UUIDARRAYOID, BOOLARRAYOID, INT4ARRAYOID, TEXTARRAYOID);
STATEMENT(updatePeople,
		  "UPDATE proctorlink.account a SET username = u.username, first_name = u.first_name,"
		  " last_name = u.last_name, email = u.email, role = u.role, hierarchy_id = u.hierarchy_id,"
		  " special_needs = u.special_needs, reasonable_adjustment_percentage = u.percentage, time_zone = u.time_zone"
		  " FROM (SELECT " UNNEST(2, "account_id") ", " UNNEST(3, "candidate_ext_id") ", " UNNEST(4, "defaulted") ", "
		  UNNEST(5, "username") ", " UNNEST(6, "first_name") ", " UNNEST(7, "last_name") ", " UNNEST(8, "email") ", "
		  UNNEST(9, "role") ", " UNNEST(10, "hierarchy_id") ", " UNNEST(11, "special_needs") ", "
		  UNNEST(12, "percentage") ", " UNNEST(13, "time_zone") ") u"
		  FIND_TARGET("account") "t.account_id" EQ "u.account_id" END_FIND_TARGET("a"),
		  UUIDOID, UUIDARRAYOID, TEXTARRAYOID, BOOLARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID,
		  TEXTARRAYOID, UUIDARRAYOID, BOOLARRAYOID, INT4ARRAYOID, TEXTARRAYOID);

STATEMENT(insertExams,
		  "INSERT INTO proctorlink.exam (install_id, published, exam_id, course_id, external_id, title, description,"
		  " type, practice, limited_scope, delivery_system, duration_minutes)"
		  " SELECT $1, true, pg_catalog.unnest($2), pg_catalog.unnest($3), pg_catalog.unnest($4),"
		  " pg_catalog.unnest($5), pg_catalog.unnest($6), pg_catalog.unnest($7), pg_catalog.unnest($8),"
		  " pg_catalog.unnest($9), pg_catalog.unnest($10), pg_catalog.unnest($11)",
		  UUIDOID, UUIDARRAYOID, UUIDARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, BOOLARRAYOID,
		  BOOLARRAYOID, TEXTARRAYOID, INT4ARRAYOID);
STATEMENT(updateExams,
		  "UPDATE proctorlink.exam x SET course_id = u.course_id, external_id = u.external_id, title = u.title,"
		  " description = u.description, type = u.type, practice = u.practice, limited_scope = u.limited_scope,"
		  " delivery_system = u.delivery_system FROM (SELECT " UNNEST(2, "exam_id") ", " UNNEST(3, "course_id") ", "
		  UNNEST(4, "external_id") ", " UNNEST(5, "title") ", " UNNEST(6, "description") ", " UNNEST(7, "type") ", "
		  UNNEST(8, "practice") ", " UNNEST(9, "limited_scope") ", " UNNEST(10, "delivery_system") ", "
		  UNNEST(11, "duration_minutes") ") u"
		  FIND_TARGET("exam") "t.exam_id" EQ "u.exam_id" END_FIND_TARGET("x"),
		  UUIDOID, UUIDARRAYOID, UUIDARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, BOOLARRAYOID,
		  BOOLARRAYOID, TEXTARRAYOID, INT4ARRAYOID);

STATEMENT(insertConfigurations,
		  "INSERT INTO proctorlink.exam_configuration (install_id, exam_configuration_id, exam_id, api_id, type, url,"
		  " access_opens_at, access_closes_at, scheduling_opens_at, scheduling_closes_at, duration_minutes, attempts,"
		  " student_notes, proctor_notes, proctor_types, permitted_items)"
		  " SELECT $1, pg_catalog.unnest($2), pg_catalog.unnest($3), pg_catalog.unnest($4), pg_catalog.unnest($5),"
		  " pg_catalog.unnest($6), pg_catalog.unnest($7), pg_catalog.unnest($8), pg_catalog.unnest($9),"
		  " pg_catalog.unnest($10), pg_catalog.unnest($11), pg_catalog.unnest($12), pg_catalog.unnest($13),"
		  " pg_catalog.unnest($14), pg_catalog.unnest($15), pg_catalog.unnest($16)",
		  UUIDOID, UUIDARRAYOID, UUIDARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TIMESTAMPTZARRAYOID,
		  TIMESTAMPTZARRAYOID, TIMESTAMPTZARRAYOID, TIMESTAMPTZARRAYOID, INT4ARRAYOID, INT4ARRAYOID, TEXTARRAYOID,
		  TEXTARRAYOID, JSONBARRAYOID, JSONBARRAYOID);
STATEMENT(updateConfigurations,
		  "UPDATE proctorlink.exam_configuration c SET api_id = u.api_id, url = u.url,"
		  " access_opens_at = u.access_opens_at, access_closes_at = u.access_closes_at,"
		  " scheduling_opens_at = u.scheduling_opens_at, scheduling_closes_at = u.scheduling_closes_at,"
		  " duration_minutes = u.duration_minutes, attempts = u.attempts, student_notes = u.student_notes,"
		  " proctor_notes = u.proctor_notes, proctor_types = u.proctor_types, permitted_items = u.permitted_items"
		  " FROM (SELECT " UNNEST(2, "exam_configuration_id") ", " UNNEST(3, "exam_id") ", " UNNEST(4, "api_id") ", "
		  UNNEST(5, "type") ", " UNNEST(6, "url") ", " UNNEST(7, "access_opens_at") ", "
		  UNNEST(8, "access_closes_at") ", " UNNEST(9, "scheduling_opens_at") ", "
		  UNNEST(10, "scheduling_closes_at") ", " UNNEST(11, "duration_minutes") ", " UNNEST(12, "attempts") ", "
		  UNNEST(13, "student_notes") ", " UNNEST(14, "proctor_notes") ", " UNNEST(15, "proctor_types") ", "
		  UNNEST(16, "permitted_items") ") u"
		  FIND_TARGET("exam_configuration") "t.exam_configuration_id" EQ "u.exam_configuration_id" END_FIND_TARGET("c"),
		  UUIDOID, UUIDARRAYOID, UUIDARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TIMESTAMPTZARRAYOID,
		  TIMESTAMPTZARRAYOID, TIMESTAMPTZARRAYOID, TIMESTAMPTZARRAYOID, INT4ARRAYOID, INT4ARRAYOID, TEXTARRAYOID,
		  TEXTARRAYOID, JSONBARRAYOID, JSONBARRAYOID);
STATEMENT(writePasswords,
		  "INSERT INTO proctorlink.exam_secret (install_id, exam_configuration_id, password)"
		  " SELECT $1, pg_catalog.unnest($2), pg_catalog.unnest($3)"
		  " ON CONFLICT ON CONSTRAINT exam_secret_pkey DO UPDATE SET password = excluded.password",
		  UUIDOID, UUIDARRAYOID, TEXTARRAYOID);

STATEMENT(insertEnrollments,
		  "INSERT INTO proctorlink.enrollment (install_id, enrollment_id, account_id, course_id, role, status)"
		  " SELECT $1, pg_catalog.unnest($2), pg_catalog.unnest($3), pg_catalog.unnest($4), pg_catalog.unnest($5),"
		  " pg_catalog.unnest($6)",
		  UUIDOID, UUIDARRAYOID, UUIDARRAYOID, UUIDARRAYOID, TEXTARRAYOID, TEXTARRAYOID);
STATEMENT(updateEnrollments,
		  "UPDATE proctorlink.enrollment e SET role = u.role, status = u.status, status_reason = NULL"
		  " FROM (SELECT " UNNEST(2, "enrollment_id") ", " UNNEST(3, "account_id") ", " UNNEST(4, "course_id") ", "
		  UNNEST(5, "role") ", " UNNEST(6, "status") ") u"
		  FIND_TARGET("enrollment") "t.enrollment_id" EQ "u.enrollment_id" END_FIND_TARGET("e"),
		  UUIDOID, UUIDARRAYOID, UUIDARRAYOID, UUIDARRAYOID, TEXTARRAYOID, TEXTARRAYOID);

/* One kind of row: which columns its statements take, and how a row fills them. */
typedef struct Kind
{
	Statement  *lock;
	Statement  *insert;
	Statement  *update;
	int			firstColumn;	/* the parameters before are the same for all
								 * rows */
	void		(*fill) (Column *columns, const void *row);
	const KnownParents *(*parents) (const Resolution *resolution);	/* or NULL */
} Kind;

/* FillCourse appends a course to the columns of its statements. */
static void
FillCourse(Column *columns, const void *row)
{
	const CourseRow *course = row;

	ColumnAddUuid(columns++, &course->row.id);
	ColumnAddText(columns++, course->external);
	ColumnAddText(columns++, course->api);
	ColumnAddText(columns++, course->lms);
	ColumnAddText(columns++, course->title);
	ColumnAddText(columns++, course->code);
}

/* FillAccount appends an account. */
static void
FillAccount(Column *columns, const void *row)
{
	const AccountRow *account = row;

	ColumnAddUuid(columns++, &account->row.id);
	ColumnAddText(columns++, account->candidateExtId);
	ColumnAddBool(columns++, account->defaulted);
	ColumnAddText(columns++, account->username);
	ColumnAddText(columns++, account->api);
	ColumnAddText(columns++, account->lms);
	ColumnAddText(columns++, account->firstName);
	ColumnAddText(columns++, account->lastName);
	ColumnAddText(columns++, account->email);
	ColumnAddText(columns++, account->currencyCode);
	ColumnAddText(columns++, account->timeZone);
}

/* FillPerson appends an account as a vendor's door makes and changes it. */
static void
FillPerson(Column *columns, const void *row)
{
	const AccountRow *account = row;
	const PersonColumns *person = account->person;

	ColumnAddUuid(columns++, &account->row.id);
	ColumnAddText(columns++, account->candidateExtId);
	ColumnAddBool(columns++, account->defaulted);
	ColumnAddText(columns++, account->username);
	ColumnAddText(columns++, account->firstName);
	ColumnAddText(columns++, account->lastName);
	ColumnAddText(columns++, account->email);
	ColumnAddText(columns++, person->role);
	ColumnAddUuid(columns++, person->hasHierarchy ? &person->hierarchy : NULL);
	ColumnAddBool(columns++, person->specialNeeds);
	if (person->adjustment.presence == GIVEN)
		ColumnAddInt(columns++, person->adjustment.value);
	else
		ColumnAddNull(columns++);
	ColumnAddText(columns, account->timeZone);
}

/* FillExam appends an exam, which lasts as long as its primary configuration. */
static void
FillExam(Column *columns, const void *row)
{
	const ExamRow *exam = row;
	const ConfigurationRow *primary = exam->configurations;

	while (primary != NULL && primary->type != TYPE_PRIMARY)
		primary = primary->next;
	ColumnAddUuid(columns++, &exam->row.id);
	ColumnAddUuid(columns++, exam->course != NULL ? &exam->course->row.id :
				  exam->hasCourseId ? &exam->courseId : NULL);
	ColumnAddText(columns++, exam->external);
	ColumnAddText(columns++, exam->title);
	ColumnAddText(columns++, exam->description);
	ColumnAddString(columns++, examTypes[exam->type]);
	ColumnAddBool(columns++, exam->practice);
	ColumnAddBool(columns++, exam->limitedScope);
	ColumnAddText(columns++, exam->deliverySystem);
	if (primary != NULL)
		ColumnAddInt(columns, primary->duration);
	else
		ColumnAddNull(columns);
}

/* FillConfiguration appends a configuration. */
static void
FillConfiguration(Column *columns, const void *row)
{
	const ConfigurationRow *configuration = row;

	ColumnAddUuid(columns++, &configuration->row.id);
	ColumnAddUuid(columns++, &configuration->exam->row.id);
	ColumnAddText(columns++, configuration->api);
	ColumnAddString(columns++, configurationTypes[configuration->type]);
	ColumnAddText(columns++, configuration->url);
	ColumnAddTime(columns++, configuration->opens);
	ColumnAddTime(columns++, configuration->closes);
	ColumnAddTime(columns++, configuration->schedulingOpens);
	ColumnAddTime(columns++, configuration->schedulingCloses);
	ColumnAddInt(columns++, configuration->duration);
	ColumnAddInt(columns++, configuration->attempts);
	ColumnAddText(columns++, configuration->studentNotes);
	ColumnAddText(columns++, configuration->proctorNotes);
	ColumnAddJson(columns++, configuration->proctorTypes);
	ColumnAddJson(columns++, configuration->permittedItems);
}

/* FillEnrollment appends an enrollment. */
static void
FillEnrollment(Column *columns, const void *row)
{
	const EnrollmentRow *enrollment = row;

	ColumnAddUuid(columns++, &enrollment->row.id);
	ColumnAddUuid(columns++, &enrollment->key.account->row.id);
	ColumnAddUuid(columns++, &enrollment->key.course->row.id);
	ColumnAddString(columns++, enrollmentRoles[enrollment->role]);
	ColumnAddString(columns++, enrollmentStatuses[enrollment->status]);
}

static const Kind personKind = {&lockAccounts, &insertPeople, &updatePeople, 1, FillPerson, ParentsOfPeople};
static const Kind courseKind = {&lockCourses, &insertCourses, &updateCourses, 1, FillCourse};
static const Kind accountKind = {&lockAccounts, &insertAccounts, &updateAccounts, 2, FillAccount, ParentsOfAccounts};
static const Kind examKind = {&lockExams, &insertExams, &updateExams, 1, FillExam};
static const Kind configurationKind = {&lockConfigurations, &insertConfigurations, &updateConfigurations, 1,
FillConfiguration};
static const Kind enrollmentKind = {&lockEnrollments, &insertEnrollments, &updateEnrollments, 1, FillEnrollment,
ParentsOfEnrollments};

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
 * Run runs a statement with the columns filled so far; a column of nulls alone
 * goes as NULL. known is what need not be checked of the rows, or NULL.
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
			values[firstColumn + c] = ColumnDatum(&columns[c]);
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
 * PlanForKeys has what follows find its rows by their keys: sequential scans are
 * off until AtEOXact_GUC(true, level) is called with the level that it answers.
 */
int
PlanForKeys(void)
{
	int			level = NewGUCNestLevel();

	set_config_option("enable_seqscan", "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	ForgetSmallPlans();
	return level;
}

/* Parents sees to the parents of the new rows of a list, and answers what that is good for; NULL for a few rows. */
static const KnownParents *
Parents(const Resolution *resolution, const Kind *kind, const RowList *rows)
{
	int			count = 0;

	if (kind->parents == NULL || rows->count < ROWS_WITH_PARENTS)
		return NULL;
	for (int i = 0; i < rows->count; i++)
		count += ((Row *) rows->list[i])->isNew;
	return count >= ROWS_WITH_PARENTS ? kind->parents(resolution) : NULL;
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
			Run(resolution, statement, kind->firstColumn, columns, columnCount, false, known);
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
 * Flush writes what is new and what changed, and tells whether the changed rows
 * were still what resolve saw; where they were not, nothing has been written.
 * The caller has begun a subtransaction and turned sequential scans off.
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
		Write(resolution, steps[i].kind, steps[i].rows, false);
		if (steps[i].kind == &configurationKind)
			WritePasswords(resolution);
	}
	return true;
}
