/*
 * proctoru/student.c
 *		Test-takers: who they are here, and proctoru_edit_student.
 *
 * A person is who the provider's user_id was found to be at first. After that
 * neither another candidateIdSource nor another student_id makes them somebody
 * else or gives them another name.
 */
#include "proctoru/student.h"

#include "catalog/pg_type.h"
#include "core/foreign_keys.h"
#include "core/row_lock.h"
#include "core/sid.h"
#include "core/statement.h"
#include "domain/erased.h"
#include "domain/event.h"
#include "provision/people.h"

PG_FUNCTION_INFO_V1(proctorlink_proctoru_edit_student);

static const int maxId = MAX_ID_LENGTH;
static const LengthRange nameLengths = {1, MAX_NAME_LENGTH};
static const LengthRange zoneLengths = {1, MAX_TIME_ZONE_LENGTH};

static const ProctoruMember editMembers[] = {
	OPTIONAL("user_id", ReadId, StudentRequest, userId, &maxId),
	OPTIONAL("student_id", ReadId, StudentRequest, studentId, &maxId),
	OPTIONAL("first_name", ReadText, StudentRequest, firstName, &nameLengths),
	OPTIONAL("last_name", ReadText, StudentRequest, lastName, &nameLengths),
	OPTIONAL("email", ReadEmail, StudentRequest, email, NULL),
	OPTIONAL("time_zone_id", ReadText, StudentRequest, timeZoneId, &zoneLengths),
};

/* An id that somebody gave finds ids that somebody gave. */
STATEMENT(findAccount,
		  "SELECT a.account_id FROM proctorlink.account a WHERE a.install_id" EQ "$1 AND a.candidate_ext_id" EQ "$2"
		  " AND NOT a.candidate_ext_id_defaulted",
		  UUIDOID, TEXTOID);

/* What shows that an account is the person: the e-mail, or that it came from the provider. */
STATEMENT(isSame,
		  "SELECT FROM proctorlink.account a WHERE a.install_id" EQ "$1 AND a.account_id" EQ "$2"
		  " AND (pg_catalog.lower(a.email)" EQ "pg_catalog.lower($3) OR"
		  " (SELECT true FROM proctorlink.provider_account p"
		  " JOIN proctorlink.integration i ON i.install_id" EQ "p.install_id AND i.integration_id" EQ "p.integration_id"
		  " WHERE p.install_id" EQ "$1 AND p.account_id" EQ "a.account_id AND p.user_id" EQ "$4"
		  " AND i.provider" EQ "'proctoru' LIMIT 1) IS NOT NULL)",
		  UUIDOID, UUIDOID, TEXTOID, TEXTOID);

/* Two bookings of a person wait for each other, and who books waits for who disables the account. */
STATEMENT(lockAccount,
		  "SELECT a.candidate_ext_id, a.status, a.special_needs FROM proctorlink.account a"
		  " WHERE a.install_id" EQ "$1 AND a.account_id" EQ "$2 FOR NO KEY UPDATE",
		  UUIDOID, UUIDOID);

/* Who has an id as their username, but not as an id that somebody gave. */
STATEMENT(usernameTaken,
		  "SELECT FROM proctorlink.account a WHERE a.install_id" EQ "$1 AND a.username" EQ "$2"
		  " AND (a.candidate_ext_id" NE "$2 OR a.candidate_ext_id_defaulted)",
		  UUIDOID, TEXTOID);

/* What is absent stays, and what would not change is not written. */
STATEMENT(updateAccount,
		  "UPDATE proctorlink.account a SET first_name = coalesce($3, a.first_name),"
		  " last_name = coalesce($4, a.last_name), email = coalesce($5, a.email), time_zone = coalesce($6, a.time_zone)"
		  " WHERE a.install_id" EQ "$1 AND a.account_id" EQ "$2"
		  " AND (" BECOMES("a.first_name", "$3") " OR" BECOMES("a.last_name", "$4")
		  " OR" BECOMES("a.email", "$5") " OR" BECOMES("a.time_zone", "$6") ")",
		  UUIDOID, UUIDOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID);

/* UpdateAccount gives an account what was sent of the person, and answers whether that was new. */
static bool
UpdateAccount(ProctoruCall *call, const pg_uuid_t *account, const StudentRequest *request)
{
	const Text	texts[] = {request->firstName, request->lastName, request->email, request->timeZone};
	Datum		values[6] = {UUIDPGetDatum(&call->install.id), UUIDPGetDatum(account)};
	char		nulls[] = "      ";

	for (int i = 0; i < lengthof(texts); i++)
	{
		if (texts[i].presence == GIVEN)
			values[2 + i] = TextDatum(texts[i]);
		else
			nulls[2 + i] = 'n';
	}
	return StatementRun(&updateAccount, values, nulls, false) > 0;
}

/* StudentIsAnothers notes a student_id that this institution has for another user_id. */
bool
StudentIsAnothers(ProctoruCall *call, const StudentRequest *request)
{
	ProviderAccount other;

	if (request->studentId.presence != GIVEN ||
		!ProviderAccountByStudent(&call->install.id, &call->integration, request->studentId, false, &other) ||
		TextEquals(other.userId, request->userId))
		return false;
	ProctoruRefuse(call, "provider_student_id_unique: student_id \"%s\" belongs to user_id \"%s\". "
				   "Give one of the two another student_id in ProctorU.",
				   TextQuoted(request->studentId), TextQuoted(other.userId));
	return true;
}

/* LockAccount locks the account that a booking is for, and notes one that is not active. */
static bool
LockAccount(ProctoruCall *call, Student *student)
{
	Datum		values[2] = {UUIDPGetDatum(&call->install.id), UUIDPGetDatum(&student->account)};
	Text		id;
	Text		status;

	if (StatementRun(&lockAccount, values, NULL, false) == 0)
		elog(ERROR, "an account is gone");
	id = RowText(0, 1);
	status = RowText(0, 2);
	student->hasNeeds = RowBool(0, 3);
	if (TextIs(status, "active"))
		return true;
	if (TextIs(status, "erased"))
		ProctoruRefuse(call, ERASED_RULE ": " ERASED_DETAIL ". " ERASED_HINT);
	else
		ProctoruRefuse(call, "not_allowed: the account \"%s\" is %s. Make the account active again first.",
					   TextQuoted(id), TextQuoted(status));
	return false;
}

/* Accept notes why an account that has the chosen id is not taken for the person. */
static bool
Accept(ProctoruCall *call, const StudentRequest *request, Text chosen, const pg_uuid_t *account)
{
	Datum		values[4] = {UUIDPGetDatum(&call->install.id), UUIDPGetDatum(account), TextDatum(request->email),
	TextDatum(request->userId)};
	ProviderAccount other;

	if (ProviderAccountOf(&call->install.id, &call->integration, account, false, &other) &&
		!TextEquals(other.userId, request->userId))
		ProctoruRefuse(call, "provider_user_id_never_changes: the account \"%s\" is user_id \"%s\" in ProctorU. "
					   "Book with that user_id.", TextQuoted(chosen), TextQuoted(other.userId));
	else if (!call->byStudentId && StatementRun(&isSame, values, NULL, false) == 0)
		ProctoruRefuse(call, "candidate_ext_id_unique: there is an account \"%s\" already, and nothing shows that it is "
					   "the same person. Set candidateIdSource to student_id, or tie the two together by link_candidate.",
					   TextQuoted(chosen));
	return !ProctoruRefused(call);
}

/* Make makes the account of a person who is not here yet. */
static bool
Make(ProctoruCall *call, const StudentRequest *request, Text chosen, pg_uuid_t *account)
{
	static const PersonMembers members = {.firstName = "first_name",.lastName = "last_name",.email = "email"};
	Datum		values[2] = {UUIDPGetDatum(&call->install.id), TextDatum(chosen)};
	Person		person = {.candidateExtId = chosen,.firstName = request->firstName,.lastName = request->lastName,
	.email = request->email,.timeZone = request->timeZone,.members = &members};
	Problems	problems;
	bool		good;

	ProblemsInit(&problems, call->context);
	good = PeoplePut(&call->install, NULL, &person, 1, false, &problems);
	if ((!good || person.outcome != OUTCOME_CREATED) && StatementRun(&usernameTaken, values, NULL, false) > 0)
	{
		ProctoruRefuse(call, "username_unique: \"%s\" is the username of another person. "
					   "Rename that person, or tie the two together by link_candidate.", TextQuoted(chosen));
		return false;
	}
	if (!good)
	{
		ProctoruRefuseProblem(call, &problems);
		return false;
	}

	/*
	 * Who came there in between was not asked about. The call is done again,
	 * as after any other key that was taken meanwhile.
	 */
	if (person.outcome != OUTCOME_CREATED)
		ereport(ERROR,
				(errcode(ERRCODE_UNIQUE_VIOLATION),
				 errmsg("the account was made by another call at the same moment"),
				 errhint("Book again."),
				 err_generic_string(PG_DIAG_CONSTRAINT_NAME, "candidate_ext_id_unique")));
	*account = person.account;
	return true;
}

/* Keep keeps the ids of ProctorU with the account, which is new or locked. */
static void
Keep(ProctoruCall *call, const StudentRequest *request, const ProviderAccount *known, Student *student)
{
	Datum		integration = UUIDPGetDatum(&call->integration);
	bool		isKept = known != NULL && known->hasAccount &&
	(request->studentId.presence != GIVEN || TextEquals(request->studentId, known->studentId));

	student->isHeld = OnlyOurTriggers() &&
		RowsLock("integration", "integration_id", &call->install.id, &integration, 1, LockTupleKeyShare, NULL) == 1;

	/*
	 * Only an erasure takes back what is kept, and that locks the account
	 * too.
	 */
	if (isKept)
		return;
	if (student->isHeld && known == NULL)
		ProviderAccountAdd(&call->install.id, &call->integration, request->userId, request->studentId,
						   &student->account);
	else
		ProviderAccountPut(&call->install.id, &call->integration, request->userId, request->studentId,
						   &student->account);
}

/*
 * StudentPut finds or makes the account of a person who is booked, keeps the ids
 * of ProctorU with it, and notes why it cannot.
 */
bool
StudentPut(ProctoruCall *call, const StudentRequest *request, Student *student)
{
	Text		chosen = call->byStudentId ? request->studentId : request->userId;
	Datum		values[2] = {UUIDPGetDatum(&call->install.id), TextDatum(chosen)};
	ProviderAccount known;
	pg_uuid_t	named = {{0}};
	bool		isNamed;
	bool		isKnown;

	student->isNew = false;
	student->hasNeeds = false;
	if (StudentIsAnothers(call, request))
		return false;
	isNamed = StatementRun(&findAccount, values, NULL, false) > 0;
	if (isNamed)
		named = RowUuid(0, 1);

	isKnown = ProviderAccountByUser(&call->install.id, &call->integration, request->userId, false, &known);
	if (isKnown && known.hasAccount)
	{
		/* Two ids that mean two people are never taken for one. */
		if (call->byStudentId && isNamed && memcmp(&named, &known.account, UUID_LEN) != 0)
			ProctoruRefuse(call, "candidate_ext_id_unique: student_id \"%s\" is one account, and user_id \"%s\" is "
						   "another. Correct the student_id in ProctorU.",
						   TextQuoted(request->studentId), TextQuoted(request->userId));
		student->account = known.account;
	}
	else if (isNamed)
	{
		student->account = named;
		Accept(call, request, chosen, &named);
	}
	else
		student->isNew = Make(call, request, chosen, &student->account);
	if (ProctoruRefused(call) || (!student->isNew && !LockAccount(call, student)))
		return false;
	Keep(call, request, isKnown ? &known : NULL, student);
	return true;
}

/* StudentFind finds the person whom all the ids that were sent mean, and notes when there is none. */
bool
StudentFind(ProctoruCall *call, Text userId, Text studentId, bool readOnly, ProviderAccount *student)
{
	bool		found = studentId.presence == GIVEN ?
	ProviderAccountByStudent(&call->install.id, &call->integration, studentId, readOnly, student) :
	ProviderAccountByUser(&call->install.id, &call->integration, userId, readOnly, student);

	if (found && (userId.presence != GIVEN || TextEquals(student->userId, userId)))
		return true;
	ProctoruRefuse(call, "Student Not found");
	return false;
}

/* EditStudent changes what is known of a person, or keeps the ids of one who is still to come. */
static void
EditStudent(ProctoruCall *call)
{
	StudentRequest request = {.userId = NO_TEXT};
	ProviderAccount student;
	bool		known;
	bool		changed;

	if (!ProctoruRead(call, editMembers, lengthof(editMembers), &request))
		return;
	if (request.userId.presence == GIVEN)
		known = ProviderAccountByUser(&call->install.id, &call->integration, request.userId, false, &student);
	else
	{
		known = request.studentId.presence == GIVEN &&
			ProviderAccountByStudent(&call->install.id, &call->integration, request.studentId, false, &student);
		if (!known)
		{
			ProctoruRefuse(call, "user_id is required");
			return;
		}
		request.userId = student.userId;
	}
	if (!ProctoruTimeZone(call, request.timeZoneId, &request.timeZone) || StudentIsAnothers(call, &request))
		return;
	changed = ProviderAccountPut(&call->install.id, &call->integration, request.userId, request.studentId, NULL);
	if (known && student.hasAccount)
		changed |= UpdateAccount(call, &student.account, &request);
	if (changed)
	{
		JsonObject	changes;

		JsonObjectInit(&changes);
		JsonAddSid(&changes, "integration", "II", &call->integration);
		EventAdd(&call->install.id, "student_changed",
				 known && student.hasAccount ? SidOf("US", &student.account) : NULL, &changes);
	}

	/*
	 * Profiles, pictures and terms are ProctorU's own: what it is told here
	 * is all that it asks for.
	 */
	JsonAddBool(&call->data, "profilecomplete", true);
	JsonAddBool(&call->data, "hasimage", false);
	JsonAddBool(&call->data, "termsaccepted", false);
}

/* proctorlink.proctoru_edit_student(jsonb) */
Datum
proctorlink_proctoru_edit_student(PG_FUNCTION_ARGS)
{
	return ProctoruAnswer(fcinfo, EditStudent);
}
