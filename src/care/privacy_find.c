/*
 * care/privacy_find.c
 *		Who is meant: people, by whatever a privacy officer was told of them.
 */
#include "core/compat.h"

#include "catalog/pg_type.h"
#include "core/problems.h"
#include "core/sid.h"
#include "core/statement.h"
#include "domain/install.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(proctorlink_find_candidate);

#define FIND_COLUMNS 6

#define BY_ID(column) \
	"SELECT a.account_id, true AS by_id FROM proctorlink.account a WHERE a.install_id" EQ "$1 AND a." column EQ
#define BY_PROVIDERS_ID(column) \
	"SELECT p.account_id, true FROM proctorlink.integration i" \
	" JOIN proctorlink.provider_account p ON p.install_id" EQ "$1 AND p.integration_id" EQ "i.integration_id" \
	" AND p." column EQ "$2 WHERE i.install_id" EQ "$1"
#define UNION_ALL " UNION ALL "

/*
 * Each id by its own index; addresses and names by reading all accounts of the
 * install. A part of a name is looked for as it is, so that there are no
 * wildcards.
 */
STATEMENT(findPeople,
		  "SELECT a.candidate_ext_id, a.username, a.first_name, a.last_name, a.email,"
		  " proctorlink.sid('account', a.account_id)"
		  " FROM (SELECT u.account_id, pg_catalog.bool_or(u.by_id) AS by_id, pg_catalog.bool_or(u.by_sid) AS by_sid"
		  " FROM (SELECT n.account_id, n.by_id, false AS by_sid FROM ("
		  BY_ID("candidate_ext_id") "$2" UNION_ALL
		  BY_ID("username") "$2" UNION_ALL
		  BY_ID("api_id") "$2" UNION_ALL
		  BY_ID("lms_id") "$2" UNION_ALL
		  BY_PROVIDERS_ID("user_id") UNION_ALL
		  BY_PROVIDERS_ID("student_id") UNION_ALL
		  "SELECT a.account_id, false FROM proctorlink.account a WHERE a.install_id" EQ "$1"
		  " AND (pg_catalog.lower(a.email)" EQ "pg_catalog.lower($2)"
		  " OR pg_catalog.strpos(pg_catalog.lower(pg_catalog.concat_ws(' ', a.first_name, a.last_name)),"
		  " pg_catalog.lower($2))" GT "0)) n"
		  UNION_ALL "SELECT s.account_id, true, true FROM proctorlink.account s"
		  " WHERE s.install_id" EQ "$1 AND s.account_id" EQ "$3) u GROUP BY u.account_id) f"
		  " JOIN proctorlink.account a ON a.install_id" EQ "$1 AND a.account_id" EQ "f.account_id"
		  " WHERE a.status" NE "'erased' OR f.by_sid"
		  " ORDER BY f.by_id DESC, a.last_name, a.first_name, a.candidate_ext_id LIMIT 100",
		  UUIDOID, TEXTOID, UUIDOID);

/* proctorlink.find_candidate(search) */
Datum
proctorlink_find_candidate(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Install		install;
	pg_uuid_t	sid;
	Text		search;
	bool		isSid;
	Datum		values[3] = {UUIDPGetDatum(&install.id), 0, UUIDPGetDatum(&sid)};
	uint64		count;

	REQUIRE_ARGUMENTS("search");
	search = TextOfDatum(PG_GETARG_DATUM(0), false);
	if (search.len == 0)
		RaiseProblem(CODE_INVALID, "Give an id, an e-mail address or a part of a name.", "search: is empty");
	isSid = SidRead(search, "US", &sid) == SID_OURS;
	values[1] = PG_GETARG_DATUM(0);

	InitMaterializedSRF(fcinfo, 0);
	SpiStart();
	InstallForCall(NO_TEXT, &install);
	count = StatementRun(&findPeople, values, isSid ? NULL : "  n", true);
	for (uint64 i = 0; i < count; i++)
	{
		Datum		columns[FIND_COLUMNS];
		bool		nulls[FIND_COLUMNS];

		for (int c = 0; c < FIND_COLUMNS; c++)
			columns[c] = RowDatum(i, c + 1, &nulls[c]);
		tuplestore_putvalues(result->setResult, result->setDesc, columns, nulls);
	}
	SPI_finish();
	return (Datum) 0;
}
