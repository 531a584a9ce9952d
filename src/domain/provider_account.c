/*
 * domain/provider_account.c
 *		A person at a provider: which account a provider's ids mean.
 */
#include "domain/provider_account.h"

#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "core/foreign_keys.h"
#include "core/jsonb_write.h"
#include "core/row_check.h"
#include "core/sid.h"
#include "core/statement.h"
#include "core/written.h"
#include "domain/erased.h"
#include "domain/event.h"
#include "domain/install.h"
#include "domain/integration.h"

PG_FUNCTION_INFO_V1(proctorlink_provider_user_id_changed);
PG_FUNCTION_INFO_V1(proctorlink_link_candidate);
PG_FUNCTION_INFO_V1(proctorlink_rename_candidate);

#define SELECT_PROVIDER_ACCOUNT \
	"SELECT p.user_id, p.student_id, p.account_id FROM proctorlink.provider_account p" \
	" WHERE p.install_id" EQ "$1 AND p.integration_id" EQ "$2 AND "

STATEMENT(byUser,
		  SELECT_PROVIDER_ACCOUNT "p.user_id" EQ "$3",
		  UUIDOID, UUIDOID, TEXTOID);
STATEMENT(byStudent,
		  SELECT_PROVIDER_ACCOUNT "p.student_id" EQ "$3",
		  UUIDOID, UUIDOID, TEXTOID);
STATEMENT(byAccount,
		  SELECT_PROVIDER_ACCOUNT "p.account_id" EQ "$3",
		  UUIDOID, UUIDOID, UUIDOID);

/* What would not change is not written. */
STATEMENT(put,
		  "INSERT INTO proctorlink.provider_account AS p (install_id, integration_id, user_id, student_id, account_id)"
		  " VALUES ($1, $2, $3, $4, $5)"
		  " ON CONFLICT ON CONSTRAINT provider_account_pkey DO UPDATE SET"
		  " student_id = coalesce(excluded.student_id, p.student_id),"
		  " account_id = coalesce(p.account_id, excluded.account_id)"
		  " WHERE" BECOMES("p.student_id", "excluded.student_id")
		  " OR p.account_id IS NULL AND excluded.account_id IS NOT NULL RETURNING p.user_id, p.student_id, p.account_id",
		  UUIDOID, UUIDOID, TEXTOID, TEXTOID, UUIDOID);

STATEMENT(add,
		  "INSERT INTO proctorlink.provider_account (install_id, integration_id, user_id, student_id, account_id)"
		  " VALUES ($1, $2, $3, $4, $5)",
		  UUIDOID, UUIDOID, TEXTOID, TEXTOID, UUIDOID);

STATEMENT(lockCandidate,
		  "SELECT a.account_id, a.username FROM proctorlink.account a"
		  " WHERE a.install_id" EQ "$1 AND a.candidate_ext_id" EQ "$2 AND a.status" NE "'erased' FOR NO KEY UPDATE",
		  UUIDOID, TEXTOID);

/* Who has an id as theirs, or as their username. */
STATEMENT(findHolders,
		  "SELECT a.candidate_ext_id" EQ "$2 FROM proctorlink.account a"
		  " WHERE a.install_id" EQ "$1 AND a.account_id" NE "$3 AND (a.candidate_ext_id" EQ "$2 OR ($4 AND a.username" EQ "$2))",
		  UUIDOID, TEXTOID, UUIDOID, BOOLOID);
STATEMENT(renameCandidate,
		  "UPDATE proctorlink.account a SET candidate_ext_id = $3, candidate_ext_id_defaulted = false,"
		  " username = CASE WHEN $4 THEN $3 ELSE a.username END"
		  " WHERE a.install_id" EQ "$1 AND a.account_id" EQ "$2",
		  UUIDOID, UUIDOID, TEXTOID, BOOLOID);

/* ReadKept reads what a look-up found. */
static bool
ReadKept(uint64 rows, ProviderAccount *found)
{
	bool		isnull;

	memset(found, 0, sizeof(ProviderAccount));
	if (rows == 0)
		return false;
	found->userId = RowText(0, 1);
	found->studentId = RowText(0, 2);
	(void) RowDatum(0, 3, &isnull);
	found->hasAccount = !isnull;
	if (found->hasAccount)
		found->account = RowUuid(0, 3);
	return true;
}

/* ProviderAccountByUser finds a person by the provider's own id. */
bool
ProviderAccountByUser(const pg_uuid_t *install, const pg_uuid_t *integration, Text userId, bool readOnly,
					  ProviderAccount *found)
{
	Datum		values[3] = {UUIDPGetDatum(install), UUIDPGetDatum(integration), TextDatum(userId)};

	return ReadKept(StatementRun(&byUser, values, NULL, readOnly), found);
}

/* ProviderAccountByStudent finds a person by the customer's id that the provider has. */
bool
ProviderAccountByStudent(const pg_uuid_t *install, const pg_uuid_t *integration, Text studentId, bool readOnly,
						 ProviderAccount *found)
{
	Datum		values[3] = {UUIDPGetDatum(install), UUIDPGetDatum(integration), TextDatum(studentId)};

	return ReadKept(StatementRun(&byStudent, values, NULL, readOnly), found);
}

/* ProviderAccountOf finds what the provider knows an account as. */
bool
ProviderAccountOf(const pg_uuid_t *install, const pg_uuid_t *integration, const pg_uuid_t *account, bool readOnly,
				  ProviderAccount *found)
{
	Datum		values[3] = {UUIDPGetDatum(install), UUIDPGetDatum(integration), UUIDPGetDatum(account)};

	return ReadKept(StatementRun(&byAccount, values, NULL, readOnly), found);
}

/*
 * ProviderAccountPut keeps what belongs to a provider's id of a person; a
 * student_id that is not given, and an account that is NULL, stay as they are. An
 * account is given once. Answers whether anything was written.
 */
bool
ProviderAccountPut(const pg_uuid_t *install, const pg_uuid_t *integration, Text userId, Text studentId,
				   const pg_uuid_t *account)
{
	Datum		values[5] = {UUIDPGetDatum(install), UUIDPGetDatum(integration), TextDatum(userId), 0,
	UUIDPGetDatum(account)};
	char		nulls[] = "     ";
	ProviderAccount kept;
	bool		written;

	if (studentId.presence == GIVEN)
		values[3] = TextDatum(studentId);
	else
		nulls[3] = 'n';
	if (account == NULL)
		nulls[4] = 'n';
	written = ReadKept(StatementRun(&put, values, nulls, false), &kept);

	/*
	 * Who was linked to somebody else meanwhile stays so; the caller goes
	 * again.
	 */
	if (account != NULL && (written || ProviderAccountByUser(install, integration, userId, false, &kept)) &&
		memcmp(&kept.account, account, UUID_LEN) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNIQUE_VIOLATION),
				 errmsg("the user_id was linked by another call at the same moment"),
				 errhint("Try again."),
				 err_generic_string(PG_DIAG_CONSTRAINT_NAME, "provider_account_pkey")));
	return written;
}

/*
 * ProviderAccountAdd keeps whom a provider's id of a person, which was not there,
 * belongs to. The caller has locked the integration and the account. Where another
 * call was faster that is a unique violation, and the caller goes again.
 */
void
ProviderAccountAdd(const pg_uuid_t *install, const pg_uuid_t *integration, Text userId, Text studentId,
				   const pg_uuid_t *account)
{
	static const KnownParents known = {"provider_account", {NULL}, 2,
	{{"integration_id", "integration", "integration_id"}, {"account_id", "account", "account_id"}}};
	Datum		values[5] = {UUIDPGetDatum(install), UUIDPGetDatum(integration), TextDatum(userId), 0,
	UUIDPGetDatum(account)};
	char		nulls[] = "     ";

	ParameterText(values, nulls, 3, studentId);
	StatementRunKnown(&add, values, nulls, &known);
}

/* proctorlink.provider_user_id_changed(): AFTER UPDATE FOR EACH ROW on provider_account, where user_id differs. */
Datum
proctorlink_provider_user_id_changed(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_FOR_ROW(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("provider_user_id_changed must be fired AFTER UPDATE FOR EACH ROW")));
	CheckTriggerTable(trigger, "provider_account");
	RefuseByRule(trigger->tg_relation, "provider_user_id_never_changes",
				 "Another user_id is another person at the provider; add a row for it.",
				 "a provider's user_id never changes");
}

/* IdArgument reads an id that a function was given. */
static Text
IdArgument(FunctionCallInfo fcinfo, int number, const char *argument)
{
	Text		id;

	if (PG_ARGISNULL(number))
		RaiseProblem(CODE_INVALID, NULL, "%s must not be null", argument);
	id = TextOfDatum(PG_GETARG_DATUM(number), false);
	if (IdFault(id, MAX_ID_LENGTH) != NULL)
		RaiseProblem(CODE_INVALID, NULL, "%s: %s", argument, IdFault(id, MAX_ID_LENGTH)->detail);
	return id;
}

/* LockCandidate finds and locks the account with a candidate_ext_id, or raises. */
static pg_uuid_t
LockCandidate(const pg_uuid_t *install, Text candidateExtId)
{
	Datum		values[2] = {UUIDPGetDatum(install), TextDatum(candidateExtId)};

	if (StatementRun(&lockCandidate, values, NULL, false) == 0)
		RaiseProblem(CODE_NOT_FOUND, NULL, "candidate_ext_id: there is no account \"%s\"", TextQuoted(candidateExtId));
	return RowUuid(0, 1);
}

/* proctorlink.link_candidate(install_sid, integration_sid, user_id, candidate_ext_id) */
Datum
proctorlink_link_candidate(PG_FUNCTION_ARGS)
{
	pg_uuid_t	install;
	pg_uuid_t	integration;
	pg_uuid_t	account;
	Text		userId;
	Text		candidateExtId;
	ProviderAccount its;
	ProviderAccount theirs;
	const char *result = "Created";
	JsonObject	answer;

	for (int i = 0; i < 2; i++)
		if (PG_ARGISNULL(i))
			RaiseProblem(CODE_INVALID, NULL, "%s must not be null", i == 0 ? "install_sid" : "integration_sid");
	userId = IdArgument(fcinfo, 2, "user_id");
	candidateExtId = IdArgument(fcinfo, 3, "candidate_ext_id");

	SpiStart();
	install = InstallArgument(PG_GETARG_DATUM(0));
	integration = SidArgument(PG_GETARG_DATUM(1), "II", "integration_sid");
	if (!IntegrationExists(&install, &integration))
		RaiseProblem(CODE_NOT_FOUND, NULL, "integration_sid: the install has no integration \"%s\"",
					 SidOf("II", &integration));
	account = LockCandidate(&install, candidateExtId);
	if (ProviderAccountOf(&install, &integration, &account, false, &theirs) && !TextEquals(theirs.userId, userId))
		RaiseProblem(CODE_CONFLICT, "Let the provider book with that user_id.",
					 "candidate_ext_id: \"%s\" is user_id \"%s\" at the provider already, which never changes",
					 TextQuoted(candidateExtId), TextQuoted(theirs.userId));
	if (ProviderAccountByUser(&install, &integration, userId, false, &its))
	{
		if (its.hasAccount && memcmp(&its.account, &account, UUID_LEN) != 0)
			RaiseProblem(CODE_CONFLICT, "People are never merged. Name the account that the user_id belongs to.",
						 "user_id: \"%s\" is account %s already", TextQuoted(userId), SidOf("US", &its.account));
		result = its.hasAccount ? "Found Existing" : "Updated";
	}
	else
		ErasedRaise(&install, ErasedProvider(&install, &integration), userId, "user_id");
	if (ProviderAccountPut(&install, &integration, userId, NO_TEXT, &account))
	{
		JsonObject	changes;

		JsonObjectInit(&changes);
		JsonAddSid(&changes, "integration", "II", &integration);
		EventAdd(&install, "candidate_linked", SidOf("US", &account), &changes);
	}
	SPI_finish();

	JsonObjectInit(&answer);
	JsonAddSid(&answer, "sid", "US", &account);
	JsonAddText(&answer, "candidate_ext_id", candidateExtId);
	JsonAddText(&answer, "user_id", userId);
	JsonAddText(&answer, "student_id", its.studentId);
	JsonAddString(&answer, "result", result);
	PG_RETURN_JSONB_P(JsonObjectJsonb(&answer));
}

/* proctorlink.rename_candidate(install_sid, candidate_ext_id, new_candidate_ext_id) */
Datum
proctorlink_rename_candidate(PG_FUNCTION_ARGS)
{
	pg_uuid_t	install;
	pg_uuid_t	account;
	Text		old;
	Text		new;
	Text		username;
	bool		follows;
	bool		same;
	ChangedNames changed;
	JsonObject	answer;

	if (PG_ARGISNULL(0))
		RaiseProblem(CODE_INVALID, NULL, "install_sid must not be null");
	old = IdArgument(fcinfo, 1, "candidate_ext_id");
	new = IdArgument(fcinfo, 2, "new_candidate_ext_id");
	same = TextEquals(old, new);

	SpiStart();
	install = InstallArgument(PG_GETARG_DATUM(0));
	account = LockCandidate(&install, old);
	username = RowText(0, 2);
	follows = TextEquals(username, old);
	if (!same)
	{
		Datum		holders[4] = {UUIDPGetDatum(&install), TextDatum(new), UUIDPGetDatum(&account), BoolGetDatum(follows)};
		Datum		values[4] = {UUIDPGetDatum(&install), UUIDPGetDatum(&account), TextDatum(new), BoolGetDatum(follows)};

		if (StatementRun(&findHolders, holders, NULL, false) > 0)
			RaiseProblem(CODE_CONFLICT, "Choose another id, or rename that person first.",
						 RowBool(0, 1) ? "new_candidate_ext_id: \"%s\" is the candidate_ext_id of another person" :
						 "new_candidate_ext_id: \"%s\" is the username of another person", TextQuoted(new));
		ErasedRaise(&install, ERASED_CANDIDATE, new, "new_candidate_ext_id");
		StatementRun(&renameCandidate, values, NULL, false);
		ChangedInit(&changed);
		ChangedAdd(&changed, "candidate_ext_id", true);
		ChangedAdd(&changed, "username", follows);
		EventAddChanged(&install, "candidate_renamed", SidOf("US", &account), "columns", &changed);
		if (follows)
			username = new;
	}
	SPI_finish();

	JsonObjectInit(&answer);
	JsonAddSid(&answer, "sid", "US", &account);
	JsonAddText(&answer, "candidate_ext_id", new);
	JsonAddText(&answer, "username", username);
	JsonAddString(&answer, "result", same ? "Found Existing" : "Updated");
	PG_RETURN_JSONB_P(JsonObjectJsonb(&answer));
}
