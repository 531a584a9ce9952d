/*
 * domain/hierarchy_access.c
 *		What accounts may do and see in a hierarchy node and those under it.
 */
#include "core/compat.h"

#include "catalog/pg_type.h"
#include "core/jsonb_write.h"
#include "core/sid.h"
#include "core/statement.h"
#include "domain/account_find.h"
#include "domain/event.h"
#include "domain/hierarchy.h"
#include "domain/install.h"
#include "utils/array.h"

PG_FUNCTION_INFO_V1(proctorlink_grant_hierarchy);
PG_FUNCTION_INFO_V1(proctorlink_revoke_hierarchy);

static const char *const flagNames[] = {"coordinator", "administrator", "view_reports", "rescoring"};

#define FLAG_COUNT lengthof(flagNames)

STATEMENT(lockAccess,
		  "SELECT a.coordinator, a.administrator, a.view_reports, a.rescoring FROM proctorlink.hierarchy_access a"
		  " WHERE a.install_id" EQ "$1 AND a.hierarchy_id" EQ "$2 AND a.account_id" EQ "$3 FOR NO KEY UPDATE",
		  UUIDOID, UUIDOID, UUIDOID);
STATEMENT(insertAccess,
		  "INSERT INTO proctorlink.hierarchy_access AS a"
		  " (install_id, hierarchy_id, account_id, coordinator, administrator, view_reports, rescoring)"
		  " VALUES ($1, $2, $3, $4, $5, $6, $7)"
		  " ON CONFLICT ON CONSTRAINT hierarchy_access_pkey DO UPDATE SET"
		  " coordinator = a.coordinator OR excluded.coordinator,"
		  " administrator = a.administrator OR excluded.administrator,"
		  " view_reports = a.view_reports OR excluded.view_reports, rescoring = a.rescoring OR excluded.rescoring",
		  UUIDOID, UUIDOID, UUIDOID, BOOLOID, BOOLOID, BOOLOID, BOOLOID);
STATEMENT(updateAccess,
		  "UPDATE proctorlink.hierarchy_access a"
		  " SET coordinator = $4, administrator = $5, view_reports = $6, rescoring = $7"
		  " WHERE a.install_id" EQ "$1 AND a.hierarchy_id" EQ "$2 AND a.account_id" EQ "$3",
		  UUIDOID, UUIDOID, UUIDOID, BOOLOID, BOOLOID, BOOLOID, BOOLOID);
STATEMENT(deleteAccess,
		  "DELETE FROM proctorlink.hierarchy_access a"
		  " WHERE a.install_id" EQ "$1 AND a.hierarchy_id" EQ "$2 AND a.account_id" EQ "$3",
		  UUIDOID, UUIDOID, UUIDOID);

/* A call, and the access that its account had there before. */
typedef struct Call
{
	pg_uuid_t	install;
	pg_uuid_t	hierarchy;
	pg_uuid_t	account;
	bool		flags[FLAG_COUNT];	/* that were named */
	bool		found;
	bool		had[FLAG_COUNT];
	Datum		values[3 + FLAG_COUNT];
} Call;

/* ReadFlags reads a list of flags, of which there must be one. */
static void
ReadFlags(Datum list, bool *flags)
{
	Path		path = PATH_KEY(NULL, "flags");
	Problems	problems;
	Datum	   *elements;
	bool	   *nulls;
	int			count;

	ProblemsInit(&problems, CurrentMemoryContext);
	deconstruct_array(DatumGetArrayTypeP(list), TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &count);
	if (count == 0)
		ProblemAdd(&problems, CODE_INVALID, "required", NULL, &path, "names no flag");
	for (int i = 0; i < count; i++)
	{
		Text		flag = TextOfDatum(elements[i], nulls[i]);
		Path		step = {&path, NULL, 0, i};
		bool		known = false;

		for (int j = 0; j < FLAG_COUNT; j++)
			if (TextIs(flag, flagNames[j]))
				known = flags[j] = true;
		if (!known)
			ProblemAdd(&problems, CODE_INVALID, "enum", NULL, &step,
					   "\"%s\" is not coordinator, administrator, view_reports or rescoring",
					   flag.presence == GIVEN ? TextQuoted(flag) : "null");
	}
	if (problems.count > 0)
		ProblemsRaise(&problems);
}

/* StartCall reads the arguments, which both functions share, and what there is; SPI is connected afterwards. */
static void
StartCall(FunctionCallInfo fcinfo, Call *call, bool needsFlags)
{
	static const char *const names[] = {"install_sid", "hierarchy", "account", "flags"};
	Text		named;
	Hierarchy	hierarchy;

	RequireArguments(fcinfo, names, lengthof(names) - (needsFlags ? 0 : 1));
	if (PG_ARGISNULL(3))
		memset(call->flags, true, sizeof(call->flags));
	else
		ReadFlags(PG_GETARG_DATUM(3), call->flags);

	SpiStart();
	call->install = InstallArgument(PG_GETARG_DATUM(0));
	named = TextOfDatum(PG_GETARG_DATUM(1), false);
	if (!HierarchyFind(&call->install, named, false, &hierarchy))
		RaiseProblem(CODE_NOT_FOUND, "Name it by its Organisation ID or sid (HG...); hierarchies(install_sid) lists them.",
					 "hierarchy: there is no hierarchy \"%s\"", TextQuoted(named));
	call->hierarchy = hierarchy.id;
	call->account = AccountArgument(&call->install, PG_GETARG_DATUM(2), "account");
	call->values[0] = UUIDPGetDatum(&call->install);
	call->values[1] = UUIDPGetDatum(&call->hierarchy);
	call->values[2] = UUIDPGetDatum(&call->account);
	call->found = StatementRun(&lockAccess, call->values, NULL, false) > 0;
	for (int i = 0; i < FLAG_COUNT; i++)
		call->had[i] = call->found && RowBool(0, i + 1);
}

/* Answer builds what both functions answer: the flags that the account has now, and what was done. */
static Jsonb *
Answer(const Call *call, const bool *has, const char *result)
{
	JsonObject	answer;
	JsonArray	flags;

	JsonArrayInit(&flags);
	for (int i = 0; i < FLAG_COUNT; i++)
		if (has[i])
			JsonPushText(&flags, TextOf(flagNames[i]));
	JsonObjectInit(&answer);
	JsonAddSid(&answer, "hierarchy", "HG", &call->hierarchy);
	JsonAddSid(&answer, "account", "US", &call->account);
	JsonAddArray(&answer, "flags", &flags);
	JsonAddString(&answer, "result", result);
	return JsonObjectJsonb(&answer);
}

/* AccessEvent notes that an account's access to a node has changed. */
static void
AccessEvent(const Call *call, const char *result)
{
	JsonObject	changes;

	if (strcmp(result, "Found Existing") == 0)
		return;
	JsonObjectInit(&changes);
	JsonAddSid(&changes, "account", "US", &call->account);
	EventAdd(&call->install, "access_changed", SidOf("HG", &call->hierarchy), &changes);
}

/* proctorlink.grant_hierarchy(install_sid, hierarchy, account, flags) */
Datum
proctorlink_grant_hierarchy(PG_FUNCTION_ARGS)
{
	Call		call = {.found = false};
	bool		has[FLAG_COUNT];
	const char *result = "Found Existing";

	StartCall(fcinfo, &call, true);
	for (int i = 0; i < FLAG_COUNT; i++)
	{
		has[i] = call.had[i] || call.flags[i];
		call.values[3 + i] = BoolGetDatum(has[i]);
	}
	if (!call.found)
	{
		StatementRun(&insertAccess, call.values, NULL, false);
		result = "Created";
	}
	else if (memcmp(has, call.had, sizeof(has)) != 0)
	{
		StatementRun(&updateAccess, call.values, NULL, false);
		result = "Updated";
	}
	AccessEvent(&call, result);
	SPI_finish();
	PG_RETURN_JSONB_P(Answer(&call, has, result));
}

/* proctorlink.revoke_hierarchy(install_sid, hierarchy, account, flags) */
Datum
proctorlink_revoke_hierarchy(PG_FUNCTION_ARGS)
{
	Call		call = {.found = false};
	bool		has[FLAG_COUNT];
	bool		any = false;
	const char *result = "Found Existing";

	StartCall(fcinfo, &call, false);
	for (int i = 0; i < FLAG_COUNT; i++)
	{
		has[i] = call.had[i] && !call.flags[i];
		any |= has[i];
		call.values[3 + i] = BoolGetDatum(has[i]);
	}
	if (call.found && !any)
	{
		StatementRun(&deleteAccess, call.values, NULL, false);
		result = "Removed";
	}
	else if (memcmp(has, call.had, sizeof(has)) != 0)
	{
		StatementRun(&updateAccess, call.values, NULL, false);
		result = "Updated";
	}
	AccessEvent(&call, result);
	SPI_finish();
	PG_RETURN_JSONB_P(Answer(&call, has, result));
}
