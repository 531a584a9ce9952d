/*
 * care/privacy_readmit.c
 *		Letting the ids of a person who was erased in again.
 *
 * Nobody but the tables' owner may look at the ids of erased people, which are
 * kept as keyed hashes.
 */
#include "care/privacy.h"

#include "catalog/pg_type.h"
#include "core/jsonb_write.h"
#include "core/sid.h"
#include "core/statement.h"
#include "domain/erased.h"
#include "domain/event.h"
#include "domain/install.h"

PG_FUNCTION_INFO_V1(proctorlink_readmit_candidate);

STATEMENT(erasedByHash,
		  "SELECT DISTINCT e.account_id, e.kind" EQ "'" ERASED_CANDIDATE "' FROM proctorlink.erased_id e"
		  " WHERE e.install_id" EQ "$1 AND e.id_hash" EQ "$2 ORDER BY 2 DESC",
		  UUIDOID, TEXTOID);
STATEMENT(forgetErased,
		  "DELETE FROM proctorlink.erased_id e WHERE e.install_id" EQ "$1 AND e.account_id" EQ "$2",
		  UUIDOID, UUIDOID);

/*
 * ErasedAccount finds the erased account that had an id; false where there is
 * none. As candidate_ext_id, username or student_id it counts first.
 */
bool
ErasedAccount(const pg_uuid_t *install, Text id, pg_uuid_t *account)
{
	Text		hash;
	Datum		values[2] = {UUIDPGetDatum(install)};
	uint64		rows;

	if (!ErasedHash(install, id, &hash))
		return false;
	values[1] = TextDatum(hash);
	rows = StatementRunForRule(&erasedByHash, values, NULL);
	if (rows == 0)
		return false;
	*account = RowUuid(0, 1);
	for (uint64 i = 1; i < rows; i++)
	{
		pg_uuid_t	other = RowUuid(i, 1);

		if (RowBool(i, 2) == RowBool(0, 2) && memcmp(&other, account, UUID_LEN) != 0)
			RaiseProblem(CODE_CONFLICT, "Name the person by the sid (US...) of the erased account.",
						 "several people who were erased had this id");
	}
	return true;
}

/* proctorlink.readmit_candidate(candidate_ext_id) */
Datum
proctorlink_readmit_candidate(PG_FUNCTION_ARGS)
{
	Install		install;
	pg_uuid_t	account;
	Datum		keys[2] = {UUIDPGetDatum(&install.id), UUIDPGetDatum(&account)};
	Text		named;
	JsonObject	changes;
	uint64		ids;

	REQUIRE_ARGUMENTS("candidate_ext_id");
	named = TextOfDatum(PG_GETARG_DATUM(0), false);
	SpiStart();
	InstallForCall(NO_TEXT, &install);
	if (SidRead(named, "US", &account) != SID_OURS && !ErasedAccount(&install.id, named, &account))
		memset(&account, 0, sizeof(account));
	ids = StatementRunForRule(&forgetErased, keys, NULL);
	if (ids == 0)
		RaiseProblem(CODE_NOT_FOUND, "Name an id that the person had, exactly, or the sid (US...) of the erased account.",
					 "candidate_ext_id: nobody who was erased had the id \"%s\"", TextQuoted(named));
	JsonObjectInit(&changes);
	JsonAddInt(&changes, "ids", ids);
	EventAdd(&install.id, "candidate_readmitted", SidOf("US", &account), &changes);
	SPI_finish();
	PG_RETURN_VOID();
}
