/*
 * domain/account_share.c
 *		Accounts that are shared, such as one that owns the schedules of a team.
 */
#include "domain/account_find.h"

#include "catalog/pg_type.h"
#include "core/problems.h"
#include "core/sid.h"
#include "core/statement.h"
#include "domain/event.h"
#include "domain/install.h"

PG_FUNCTION_INFO_V1(proctorlink_share_account);
PG_FUNCTION_INFO_V1(proctorlink_unshare_account);

STATEMENT(insertShare,
		  "INSERT INTO proctorlink.account_share (install_id, account_id, with_account_id) VALUES ($1, $2, $3)"
		  " ON CONFLICT ON CONSTRAINT account_share_pkey DO NOTHING",
		  UUIDOID, UUIDOID, UUIDOID);
STATEMENT(deleteShare,
		  "DELETE FROM proctorlink.account_share s WHERE s.install_id" EQ "$1 AND s.account_id" EQ "$2"
		  " AND s.with_account_id" EQ "$3",
		  UUIDOID, UUIDOID, UUIDOID);

/* Change runs a statement on the accounts that both functions are given, and notes what it has done. */
static void
Change		(FunctionCallInfo fcinfo, Statement *statement, const char *kind)
{
	pg_uuid_t	install;
	pg_uuid_t	account;
	pg_uuid_t	with;
	Datum		values[3] = {UUIDPGetDatum(&install), UUIDPGetDatum(&account), UUIDPGetDatum(&with)};
	JsonObject	changes;

	REQUIRE_ARGUMENTS("install_sid", "account", "with_account");
	SpiStart();
	install = InstallArgument(PG_GETARG_DATUM(0));
	account = AccountArgument(&install, PG_GETARG_DATUM(1), "account");
	with = AccountArgument(&install, PG_GETARG_DATUM(2), "with_account");
	if (memcmp(&account, &with, UUID_LEN) == 0)
		RaiseProblem(CODE_INVALID, "Name another account.", "with_account: an account is not shared with itself");
	if (StatementRun(statement, values, NULL, false) > 0)
	{
		JsonObjectInit(&changes);
		JsonAddSid(&changes, "with", "US", &with);
		EventAdd(&install, kind, SidOf("US", &account), &changes);
	}
	SPI_finish();
}

/* proctorlink.share_account(install_sid, account, with_account) */
Datum
proctorlink_share_account(PG_FUNCTION_ARGS)
{
	Change		(fcinfo, &insertShare, "account_shared");

	PG_RETURN_VOID();
}

/* proctorlink.unshare_account(install_sid, account, with_account) */
Datum
proctorlink_unshare_account(PG_FUNCTION_ARGS)
{
	Change		(fcinfo, &deleteShare, "account_unshared");

	PG_RETURN_VOID();
}
