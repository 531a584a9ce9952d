/*
 * provision/kinds.c
 *		What flush writes of each kind of row, and by which statements.
 *
 * The arrays are unnested in the select list: as functions in FROM they would be
 * materialized, each for itself.
 */
#include "provision/kinds.h"

#include "catalog/pg_type.h"
#include "provision/parents.h"

#define UNNEST(n, name) "pg_catalog.unnest($" #n ") AS " name

/* The value of a column in an INSERT of many rows, and of one row, which has no arrays to take apart. */
#define OF_MANY(n) "pg_catalog.unnest($" #n ")"
#define OF_ONE(n) "$" #n

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

#define INSERT_ACCOUNTS(value) \
	"INSERT INTO proctorlink.account (install_id, role, account_id, candidate_ext_id," \
	" candidate_ext_id_defaulted, username, api_id, lms_id, first_name, last_name, email, currency_code," \
	" time_zone)" \
	" SELECT $1, $2, " value(3) ", " value(4) ", " value(5) ", " value(6) ", " value(7) ", " value(8) ", " \
	value(9) ", " value(10) ", " value(11) ", " value(12) ", " value(13)
STATEMENT(insertAccounts, INSERT_ACCOUNTS(OF_MANY),
		  UUIDOID, TEXTOID, UUIDARRAYOID, TEXTARRAYOID, BOOLARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID,
		  TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID);
STATEMENT(insertAccount, INSERT_ACCOUNTS(OF_ONE),
		  UUIDOID, TEXTOID, UUIDOID, TEXTOID, BOOLOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID,
		  TEXTOID);
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
#define INSERT_PEOPLE(value) \
	"INSERT INTO proctorlink.account (install_id, account_id, candidate_ext_id, candidate_ext_id_defaulted," \
	" username, first_name, last_name, email, role, hierarchy_id, special_needs," \
	" reasonable_adjustment_percentage, time_zone)" \
	" SELECT $1, " value(2) ", " value(3) ", " value(4) ", " value(5) ", " value(6) ", " value(7) ", " value(8) ", " \
	value(9) ", " value(10) ", " value(11) ", " value(12) ", " value(13)
STATEMENT(insertPeople, INSERT_PEOPLE(OF_MANY),
		  UUIDOID, UUIDARRAYOID, TEXTARRAYOID, BOOLARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID,
		  TEXTARRAYOID, UUIDARRAYOID, BOOLARRAYOID, INT4ARRAYOID, TEXTARRAYOID);
STATEMENT(insertPerson, INSERT_PEOPLE(OF_ONE),
		  UUIDOID, UUIDOID, TEXTOID, BOOLOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, UUIDOID, BOOLOID, INT4OID,
		  TEXTOID);
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
#define INSERT_ENROLLMENTS(value) \
	"INSERT INTO proctorlink.enrollment (install_id, enrollment_id, account_id, course_id, role, status)" \
	" SELECT $1, " value(2) ", " value(3) ", " value(4) ", " value(5) ", " value(6)
STATEMENT(insertEnrollments, INSERT_ENROLLMENTS(OF_MANY),
		  UUIDOID, UUIDARRAYOID, UUIDARRAYOID, UUIDARRAYOID, TEXTARRAYOID, TEXTARRAYOID);
STATEMENT(insertEnrollment, INSERT_ENROLLMENTS(OF_ONE),
		  UUIDOID, UUIDOID, UUIDOID, UUIDOID, TEXTOID, TEXTOID);
STATEMENT(updateEnrollments,
		  "UPDATE proctorlink.enrollment e SET role = u.role, status = u.status, status_reason = NULL"
		  " FROM (SELECT " UNNEST(2, "enrollment_id") ", " UNNEST(3, "account_id") ", " UNNEST(4, "course_id") ", "
		  UNNEST(5, "role") ", " UNNEST(6, "status") ") u"
		  FIND_TARGET("enrollment") "t.enrollment_id" EQ "u.enrollment_id" END_FIND_TARGET("e"),
		  UUIDOID, UUIDARRAYOID, UUIDARRAYOID, UUIDARRAYOID, TEXTARRAYOID, TEXTARRAYOID);

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

const Kind	personKind = {&lockAccounts, &insertPeople, &updatePeople, &insertPerson, 1, FillPerson, ParentsOfPeople};
const Kind	courseKind = {&lockCourses, &insertCourses, &updateCourses, NULL, 1, FillCourse};
const Kind	accountKind = {&lockAccounts, &insertAccounts, &updateAccounts, &insertAccount, 2, FillAccount, ParentsOfAccounts};
const Kind	examKind = {&lockExams, &insertExams, &updateExams, NULL, 1, FillExam};
const Kind	configurationKind = {&lockConfigurations, &insertConfigurations, &updateConfigurations, NULL, 1,
FillConfiguration};
const Kind	enrollmentKind = {&lockEnrollments, &insertEnrollments, &updateEnrollments, &insertEnrollment, 1, FillEnrollment,
ParentsOfEnrollments};
