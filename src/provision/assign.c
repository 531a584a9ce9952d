/*
 * provision/assign.c
 *		Steps after provisioning: who sits an exam of limited scope, and who
 *		leaves a course.
 *
 * All or nothing: every sid is looked at before anything is written, and all
 * that is wrong is said at once.
 */
#include "core/compat.h"

#include "catalog/pg_type.h"
#include "core/columns.h"
#include "core/jsonb_write.h"
#include "core/settings.h"
#include "core/sid.h"
#include "core/statement.h"
#include "domain/event.h"
#include "domain/exam_session.h"
#include "domain/install.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(proctorlink_assign_exam);
PG_FUNCTION_INFO_V1(proctorlink_unassign_exam);
PG_FUNCTION_INFO_V1(proctorlink_unenroll);

STATEMENT(lockExam,
		  "SELECT x.course_id, x.limited_scope FROM proctorlink.exam x"
		  " WHERE x.install_id" EQ "$1 AND x.exam_id" EQ "$2 FOR SHARE",
		  UUIDOID, UUIDOID);
STATEMENT(configurationOfExam,
		  "SELECT FROM proctorlink.exam_configuration c"
		  " WHERE c.install_id" EQ "$1 AND c.exam_id" EQ "$2 AND c.exam_configuration_id" EQ "$3",
		  UUIDOID, UUIDOID, UUIDOID);
STATEMENT(lockEnrollments,
		  FOR_EACH_KEY(2, "e.*") "SELECT e.enrollment_id, e.course_id, e.role, e.status FROM proctorlink.enrollment e"
		  " WHERE e.install_id" EQ "$1 AND e.enrollment_id" EQ "k.key FOR NO KEY UPDATE" END_FOR_EACH("e"),
		  UUIDOID, UUIDARRAYOID);

/*
 * The session that counts of a person: the one not cancelled with the highest
 * attempt. Those of a person who enrolled again belong to the person.
 */
#define LIVE_SESSIONS \
	" FROM (SELECT pg_catalog.unnest($2) AS key) k CROSS JOIN LATERAL (" \
	"SELECT e.enrollment_id, e.account_id FROM proctorlink.enrollment e" \
	" WHERE e.install_id" EQ "$1 AND e.enrollment_id" EQ "k.key" END_FOR_EACH("e") " CROSS JOIN LATERAL (" \
	"SELECT s.exam_session_id, s.status, s.exam_configuration_id FROM proctorlink.exam_session s" \
	" WHERE s.install_id" EQ "$1 AND s.exam_id" EQ "$3 AND s.account_id" EQ "e.account_id" \
	" AND s.status" NE "'Cancelled' ORDER BY s.attempt DESC LIMIT 1"

STATEMENT(liveSessions,
		  "SELECT e.enrollment_id, s.exam_session_id, s.status, s.exam_configuration_id" LIVE_SESSIONS ") s",
		  UUIDOID, UUIDARRAYOID, UUIDOID);
STATEMENT(lockLiveSessions,
		  "SELECT e.enrollment_id, s.exam_session_id, s.status, s.exam_configuration_id" LIVE_SESSIONS
		  " FOR NO KEY UPDATE) s",
		  UUIDOID, UUIDARRAYOID, UUIDOID);
STATEMENT(insertSessions,
		  "INSERT INTO proctorlink.exam_session (install_id, exam_id, exam_configuration_id, exam_session_id,"
		  " enrollment_id, account_id)"
		  " SELECT $1, $2, $3, n.exam_session_id, e.enrollment_id, e.account_id"
		  " FROM (SELECT pg_catalog.unnest($4) AS exam_session_id, pg_catalog.unnest($5) AS enrollment_id) n"
		  " CROSS JOIN LATERAL (SELECT e.enrollment_id, e.account_id FROM proctorlink.enrollment e"
		  " WHERE e.install_id" EQ "$1 AND e.enrollment_id" EQ "n.enrollment_id" END_FOR_EACH("e"),
		  UUIDOID, UUIDOID, UUIDOID, UUIDARRAYOID, UUIDARRAYOID);
STATEMENT(deliverSessions,
		  "UPDATE proctorlink.exam_session s SET exam_configuration_id = $2"
		  " FROM (SELECT pg_catalog.unnest($3) AS key) k"
		  FIND_TARGET("exam_session") "t.exam_session_id" EQ "k.key" END_FIND_TARGET("s"),
		  UUIDOID, UUIDOID, UUIDARRAYOID);
STATEMENT(cancelSessions,
		  "UPDATE proctorlink.exam_session s SET status = 'Cancelled', status_reason = 'removed-by-limited-scope'"
		  " FROM (SELECT pg_catalog.unnest($2) AS key) k"
		  FIND_TARGET("exam_session") "t.exam_session_id" EQ "k.key AND t.status" EQ_ANY SESSION_NOT_BEGUN
		  END_FIND_TARGET("s"),
		  UUIDOID, UUIDARRAYOID);
STATEMENT(countNotBegun,
		  FOR_EACH_KEY(2, "pg_catalog.count(*)::pg_catalog.int4") "SELECT FROM proctorlink.exam_session s"
		  " WHERE s.install_id" EQ "$1 AND s.enrollment_id" EQ "k.key AND s.status" EQ_ANY SESSION_NOT_BEGUN
		  END_FOR_EACH("s"),
		  UUIDOID, UUIDARRAYOID);
STATEMENT(removeEnrollments,
		  "UPDATE proctorlink.enrollment e SET status = 'removed', status_reason = $3"
		  " FROM (SELECT pg_catalog.unnest($2) AS key) k"
		  FIND_TARGET("enrollment") "t.enrollment_id" EQ "k.key AND t.status" EQ "'active'" END_FIND_TARGET("e"),
		  UUIDOID, UUIDARRAYOID, TEXTOID);

/* An enrollment that was named, and what is known of it. */
typedef struct Named
{
	pg_uuid_t	enrollment;
	bool		found;
	bool		inCourse;
	bool		learner;
	bool		active;
	bool		hasSession;
	bool		hasConfiguration;
	pg_uuid_t	session;
	pg_uuid_t	configuration;
	Text		status;
	bool		repeated;		/* named before in the same call */
} Named;

/* A call with its enrollments in the order in which they were named. */
typedef struct Call
{
	Install		install;
	int			count;
	Named	   *list;
	Named	  **sorted;
	Problems	problems;
} Call;

/* CompareNamed orders named enrollments by key. */
static int
CompareNamed(const void *a, const void *b)
{
	const Named *left = *(Named *const *) a;
	const Named *right = *(Named *const *) b;
	int			order = memcmp(&left->enrollment, &right->enrollment, UUID_LEN);

	return order != 0 ? order : (left > right) - (left < right);
}

/* FindNamed finds the first place at which an enrollment was named. */
static Named *
FindNamed(const Call *call, const pg_uuid_t *enrollment)
{
	int			low = 0;
	int			high = call->count;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (memcmp(&call->sorted[middle]->enrollment, enrollment, UUID_LEN) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < call->count && memcmp(&call->sorted[low]->enrollment, enrollment, UUID_LEN) == 0 ?
		call->sorted[low] : NULL;
}

/* ReadNamed reads the argument enrollment_sids. */
static void
ReadNamed(Call *call, ArrayType *sids)
{
	Datum	   *elements;
	bool	   *nulls;
	Path		path = PATH_KEY(NULL, "enrollment_sids");

	ProblemsInit(&call->problems, CurrentMemoryContext);
	deconstruct_array(sids, TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &call->count);
	if (call->count > MaxItems)
		RaiseProblem(CODE_LIMIT, psprintf("Send at most %d enrollments in a call.", MaxItems),
					 "%d enrollments are more than %d", call->count, MaxItems);
	call->list = palloc0(Max(call->count, 1) * sizeof(Named));
	call->sorted = palloc(Max(call->count, 1) * sizeof(Named *));
	for (int i = 0; i < call->count; i++)
	{
		Text		sid = TextOfDatum(elements[i], nulls[i]);
		Path		step = {&path, NULL, 0, i};
		SidForm		form = sid.presence == GIVEN ? SidRead(sid, "EN", &call->list[i].enrollment) : SID_MALFORMED;

		call->sorted[i] = &call->list[i];
		if (form == SID_MALFORMED)
			ProblemAdd(&call->problems, CODE_INVALID, "pattern", NULL, &step,
					   "\"%s\" is not EN and 32 hexadecimal digits", sid.presence == GIVEN ? TextQuoted(sid) : "null");
		else if (form == SID_OF_NOBODY)
			memset(&call->list[i].enrollment, 0, sizeof(pg_uuid_t));
	}
	if (call->problems.count > 0)
		ProblemsRaise(&call->problems);
	qsort(call->sorted, call->count, sizeof(Named *), CompareNamed);
	for (int i = 1; i < call->count; i++)
		call->sorted[i]->repeated =
			memcmp(&call->sorted[i]->enrollment, &call->sorted[i - 1]->enrollment, UUID_LEN) == 0;
}

/* NamedColumn makes the array of all named enrollments. */
static Datum
NamedColumn(const Call *call)
{
	Column		column;

	ColumnInit(&column, UUIDOID, Max(call->count, 1));
	for (int i = 0; i < call->count; i++)
		if (!call->sorted[i]->repeated)
			ColumnAddUuid(&column, &call->sorted[i]->enrollment);
	return ColumnDatum(&column);
}

/* LockNamed locks the named enrollments and notes those that do not exist; course may be NULL. */
static void
LockNamed(Call *call, const pg_uuid_t *course)
{
	Datum		values[2] = {UUIDPGetDatum(&call->install.id), NamedColumn(call)};
	uint64		rows = StatementRun(&lockEnrollments, values, NULL, false);
	Path		path = PATH_KEY(NULL, "enrollment_sids");

	for (uint64 i = 0; i < rows; i++)
	{
		pg_uuid_t	enrollment = RowUuid(i, 1);
		pg_uuid_t	in = RowUuid(i, 2);
		Named	   *named = FindNamed(call, &enrollment);

		named->found = true;
		named->inCourse = course != NULL && memcmp(&in, course, UUID_LEN) == 0;
		named->learner = TextIs(RowText(i, 3), "learner");
		named->active = TextIs(RowText(i, 4), "active");
	}
	SPI_freetuptable(SPI_tuptable);
	for (int i = 0; i < call->count; i++)
	{
		Path		step = {&path, NULL, 0, i};

		CHECK_FOR_INTERRUPTS();
		if (!FindNamed(call, &call->list[i].enrollment)->found)
			ProblemAdd(&call->problems, CODE_NOT_FOUND, "not_found", NULL, &step, "no enrollment has this sid");
	}
}

/* FindSessions finds, and locks if they are to be changed, the session that counts of each named enrollment's person. */
static void
FindSessions(Call *call, const pg_uuid_t *exam, bool lock)
{
	Datum		values[3] = {UUIDPGetDatum(&call->install.id), NamedColumn(call), UUIDPGetDatum(exam)};
	uint64		rows = StatementRun(lock ? &lockLiveSessions : &liveSessions, values, NULL, false);

	for (int i = 0; i < call->count; i++)
		call->list[i].hasSession = false;
	for (uint64 i = 0; i < rows; i++)
	{
		pg_uuid_t	enrollment = RowUuid(i, 1);
		Named	   *named = FindNamed(call, &enrollment);
		bool		isnull;

		named->hasSession = true;
		named->session = RowUuid(i, 2);
		named->status = RowText(i, 3);
		(void) RowDatum(i, 4, &isnull);
		named->hasConfiguration = !isnull;
		if (!isnull)
			named->configuration = RowUuid(i, 4);
	}
	SPI_freetuptable(SPI_tuptable);
}

/* ExamArgument locks the exam named and answers its course; NULL when it has none. */
static pg_uuid_t *
ExamArgument(const Call *call, const pg_uuid_t *exam, bool *limitedScope)
{
	Datum		values[2] = {UUIDPGetDatum(&call->install.id), UUIDPGetDatum(exam)};
	pg_uuid_t  *course;
	bool		isnull;

	if (StatementRun(&lockExam, values, NULL, false) == 0)
		RaiseProblem(CODE_NOT_FOUND, NULL, "exam_sid: no exam has the sid \"%s\"", SidOf("EX", exam));
	*limitedScope = RowBool(0, 2);
	(void) RowDatum(0, 1, &isnull);
	if (isnull)
		return NULL;
	course = palloc(sizeof(pg_uuid_t));
	*course = RowUuid(0, 1);
	return course;
}

/* PushSession answers what became of an enrollment's session. */
static void
PushSession(JsonArray *sessions, const Named *named, const Named *first, const char *result)
{
	JsonObject	entry;

	JsonObjectInit(&entry);
	JsonAddSid(&entry, "enrollment", "EN", &named->enrollment);
	JsonAddSid(&entry, "sid", "ES", first->hasSession ? &first->session : NULL);
	JsonAddText(&entry, "status", first->status);
	JsonAddString(&entry, "result", result);
	JsonPushObject(sessions, &entry);
}

/* StartCall checks the arguments that no call may leave out, and finds the install. */
static void
StartCall(FunctionCallInfo fcinfo, Call *call, const char *const *names, int count, int sidsArgument)
{
	RequireArguments(fcinfo, names, count);
	ReadNamed(call, PG_GETARG_ARRAYTYPE_P(sidsArgument));
	SpiStart();
	InstallForCall(NO_TEXT, &call->install);
}

/* CheckAssignable notes who cannot be given a session: not a learner of the exam's course, or no longer. */
static void
CheckAssignable(Call *call)
{
	Path		path = PATH_KEY(NULL, "enrollment_sids");

	for (int i = 0; i < call->count; i++)
	{
		const Named *named = FindNamed(call, &call->list[i].enrollment);
		Path		step = {&path, NULL, 0, i};

		if (!named->found)
			continue;
		if (!named->inCourse)
			ProblemAdd(&call->problems, CODE_CONFLICT, "not_allowed", NULL, &step,
					   "the enrollment is in another course than the exam");
		else if (!named->active)
			ProblemAdd(&call->problems, CODE_CONFLICT, "not_allowed", "Enroll the person again first.", &step,
					   "the enrollment was removed");
		else if (!named->learner)
			ProblemAdd(&call->problems, CODE_CONFLICT, "not_allowed", NULL, &step,
					   "the enrollment is not a learner's");
	}
}

/* IsRedelivered tells whether a session is there that another configuration delivers. */
static bool
IsRedelivered(const Named *named, const pg_uuid_t *configuration)
{
	return named->hasSession &&
		!(named->hasConfiguration && memcmp(&named->configuration, configuration, UUID_LEN) == 0);
}

/* AnyRedelivered tells whether that is so of any session. */
static bool
AnyRedelivered(const Call *call, const pg_uuid_t *configuration)
{
	for (int i = 0; i < call->count; i++)
		if (IsRedelivered(&call->list[i], configuration))
			return true;
	return false;
}

/* Happened notes what happened to sessions, and to how many. */
static void
Happened(const Call *call, const char *kind, const char *subject, int sessions)
{
	JsonObject	changes;

	JsonObjectInit(&changes);
	JsonAddInt(&changes, "sessions", sessions);
	EventAdd(&call->install.id, kind, subject, &changes);
}

/* proctorlink.assign_exam(exam_sid, enrollment_sids, configuration_sid) */
Datum
proctorlink_assign_exam(PG_FUNCTION_ARGS)
{
	static const char *const names[] = {"exam_sid", "enrollment_sids"};
	MemoryContext caller = CurrentMemoryContext;
	Call		call;
	pg_uuid_t	exam;
	pg_uuid_t	configuration;
	pg_uuid_t  *course;
	bool		limitedScope;
	bool		configured = !PG_ARGISNULL(2);
	Column		newSessions;
	Column		newEnrollments;
	Column		redelivered;
	Datum		values[5];
	JsonArray	sessions;
	JsonObject	examObject;
	JsonObject	answer;
	int			created = 0;
	int			updated = 0;
	int			found = 0;
	uint8	   *outcomes;

	StartCall(fcinfo, &call, names, lengthof(names), 1);
	exam = SidArgument(PG_GETARG_DATUM(0), "EX", "exam_sid");
	course = ExamArgument(&call, &exam, &limitedScope);
	values[0] = UUIDPGetDatum(&call.install.id);
	values[1] = UUIDPGetDatum(&exam);
	values[2] = UUIDPGetDatum(&configuration);
	if (configured)
	{
		configuration = SidArgument(PG_GETARG_DATUM(2), "EC", "configuration_sid");
		if (StatementRun(&configurationOfExam, values, NULL, false) == 0)
			RaiseProblem(CODE_NOT_FOUND, "Name one of the exam's configurations.",
						 "configuration_sid: the exam has no configuration with the sid \"%s\"",
						 SidOf("EC", &configuration));
	}
	LockNamed(&call, course);
	CheckAssignable(&call);
	if (call.problems.count > 0)
		ProblemsRaise(&call.problems);
	FindSessions(&call, &exam, false);
	if (configured && AnyRedelivered(&call, &configuration))
		FindSessions(&call, &exam, true);

	outcomes = palloc0(Max(call.count, 1));
	ColumnInit(&newSessions, UUIDOID, Max(call.count, 1));
	ColumnInit(&newEnrollments, UUIDOID, Max(call.count, 1));
	ColumnInit(&redelivered, UUIDOID, Max(call.count, 1));
	for (int i = 0; i < call.count; i++)
	{
		Named	   *named = call.sorted[i];

		if (named->repeated)
			continue;
		if (!named->hasSession)
		{
			Uuid7(&named->session);
			named->hasSession = true;
			named->status = TextOf("Needs Proctor");
			ColumnAddUuid(&newSessions, &named->session);
			ColumnAddUuid(&newEnrollments, &named->enrollment);
			outcomes[named - call.list] = 1;
		}
		else if (configured && IsRedelivered(named, &configuration))
		{
			Path		path = PATH_KEY(NULL, "enrollment_sids");
			Path		step = {&path, NULL, 0, named - call.list};

			/*
			 * SmarterProctoring too wants a session in Needs Proctor for an
			 * accommodation.
			 */
			if (!TextIs(named->status, "Needs Proctor"))
				ProblemAdd(&call.problems, CODE_CONFLICT, "not_allowed",
						   "Cancel the appointment, assign, and book again.", &step,
						   "the session is %s, and its configuration does not change", TextQuoted(named->status));
			ColumnAddUuid(&redelivered, &named->session);
			outcomes[named - call.list] = 2;
		}
	}
	if (call.problems.count > 0)
		ProblemsRaise(&call.problems);
	if (newSessions.count > 0)
	{
		values[3] = ColumnDatum(&newSessions);
		values[4] = ColumnDatum(&newEnrollments);
		StatementRun(&insertSessions, values, configured ? NULL : "  n  ", false);
	}
	if (redelivered.count > 0)
	{
		values[1] = UUIDPGetDatum(&configuration);
		values[2] = ColumnDatum(&redelivered);
		StatementRun(&deliverSessions, values, NULL, false);
	}
	if (newSessions.count + redelivered.count > 0)
		Happened(&call, "sessions_assigned", SidOf("EX", &exam), newSessions.count + redelivered.count);

	JsonArrayInit(&sessions);
	for (int i = 0; i < call.count; i++)
	{
		static const char *const words[] = {"Found Existing", "Created", "Updated"};

		created += outcomes[i] == 1;
		updated += outcomes[i] == 2;
		found += outcomes[i] == 0;
		PushSession(&sessions, &call.list[i], FindNamed(&call, &call.list[i].enrollment), words[outcomes[i]]);
	}
	JsonObjectInit(&examObject);
	JsonAddSid(&examObject, "sid", "EX", &exam);
	JsonObjectInit(&answer);
	JsonAddObject(&answer, "exam", &examObject);
	JsonAddInt(&answer, "created", created);
	JsonAddInt(&answer, "updated", updated);
	JsonAddInt(&answer, "found", found);
	JsonAddArray(&answer, "sessions", &sessions);
	SPI_finish();
	MemoryContextSwitchTo(caller);
	PG_RETURN_JSONB_P(JsonObjectJsonb(&answer));
}

/* proctorlink.unassign_exam(exam_sid, enrollment_sids) */
Datum
proctorlink_unassign_exam(PG_FUNCTION_ARGS)
{
	static const char *const names[] = {"exam_sid", "enrollment_sids"};
	Call		call;
	pg_uuid_t	exam;
	bool		limitedScope;
	Column		cancelled;
	Datum		values[2];
	JsonArray	sessions;
	JsonObject	examObject;
	JsonObject	answer;
	int			counts[3] = {0};

	StartCall(fcinfo, &call, names, lengthof(names), 1);
	exam = SidArgument(PG_GETARG_DATUM(0), "EX", "exam_sid");
	(void) ExamArgument(&call, &exam, &limitedScope);
	if (!limitedScope)
		RaiseProblem(CODE_CONFLICT, "Set limitedScope to true first.",
					 "exam_sid: every learner of the course has a session while the exam's limitedScope is false");
	LockNamed(&call, NULL);
	if (call.problems.count > 0)
		ProblemsRaise(&call.problems);
	FindSessions(&call, &exam, true);

	ColumnInit(&cancelled, UUIDOID, Max(call.count, 1));
	JsonArrayInit(&sessions);
	for (int i = 0; i < call.count; i++)
	{
		static const char *const words[] = {"Cancelled", "Kept", "None"};
		Named	   *first = FindNamed(&call, &call.list[i].enrollment);
		int			word = 2;

		if (first->hasSession && TextIs(first->status, "Cancelled"))
			word = 0;
		else if (first->hasSession && SessionHasNotBegun(first->status))
		{
			ColumnAddUuid(&cancelled, &first->session);
			first->status = TextOf("Cancelled");
			word = 0;
		}
		else if (first->hasSession)
			word = 1;
		counts[word]++;
		PushSession(&sessions, &call.list[i], first, words[word]);
	}
	values[0] = UUIDPGetDatum(&call.install.id);
	values[1] = ColumnDatum(&cancelled);
	if (cancelled.count > 0)
	{
		StatementRun(&cancelSessions, values, NULL, false);
		Happened(&call, "sessions_unassigned", SidOf("EX", &exam), cancelled.count);
	}

	JsonObjectInit(&examObject);
	JsonAddSid(&examObject, "sid", "EX", &exam);
	JsonObjectInit(&answer);
	JsonAddObject(&answer, "exam", &examObject);
	JsonAddInt(&answer, "cancelled", counts[0]);
	JsonAddInt(&answer, "kept", counts[1]);
	JsonAddInt(&answer, "none", counts[2]);
	JsonAddArray(&answer, "sessions", &sessions);
	SPI_finish();
	PG_RETURN_JSONB_P(JsonObjectJsonb(&answer));
}

/* proctorlink.unenroll(enrollment_sids, reason) */
Datum
proctorlink_unenroll(PG_FUNCTION_ARGS)
{
	static const char *const names[] = {"enrollment_sids", "reason"};
	Call		call;
	Text		reason;
	Datum		values[3];
	JsonArray	enrollments;
	JsonObject	answer;
	int			removed = 0;
	int			sessions = 0;

	StartCall(fcinfo, &call, names, lengthof(names), 0);
	reason = TextOfDatum(PG_GETARG_DATUM(1), false);
	if (reason.len > MAX_NAME_LENGTH && TextLength(reason) > MAX_NAME_LENGTH)
		RaiseProblem(CODE_INVALID, NULL, "reason: is longer than %d characters", MAX_NAME_LENGTH);
	LockNamed(&call, NULL);
	if (call.problems.count > 0)
		ProblemsRaise(&call.problems);

	values[0] = UUIDPGetDatum(&call.install.id);
	values[1] = NamedColumn(&call);
	values[2] = TextDatum(reason);
	if (StatementRun(&countNotBegun, values, NULL, false) > 0)
		sessions = RowInt(0, 1);
	StatementRun(&removeEnrollments, values, NULL, false);

	JsonArrayInit(&enrollments);
	for (int i = 0; i < call.count; i++)
	{
		Named	   *first = FindNamed(&call, &call.list[i].enrollment);
		JsonObject	entry;

		JsonObjectInit(&entry);
		JsonAddSid(&entry, "sid", "EN", &call.list[i].enrollment);
		JsonAddString(&entry, "result", first->active ? "Removed" : "Found Existing");
		JsonPushObject(&enrollments, &entry);
		removed += first->active;
		first->active = false;
	}
	if (removed > 0)
		Happened(&call, "enrollments_removed", NULL, sessions);
	JsonObjectInit(&answer);
	JsonAddInt(&answer, "removed", removed);
	JsonAddInt(&answer, "found", call.count - removed);
	JsonAddInt(&answer, "cancelledSessions", sessions);
	JsonAddArray(&answer, "enrollments", &enrollments);
	SPI_finish();
	PG_RETURN_JSONB_P(JsonObjectJsonb(&answer));
}
