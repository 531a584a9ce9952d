/*
 * domain/account_find.c
 *		The account that an argument means: by sid, username or candidate_ext_id.
 */
#include "domain/account_find.h"

#include "catalog/pg_type.h"
#include "core/problems.h"
#include "core/sid.h"
#include "core/statement.h"

/* Each kind of name by its own index; an account that several kinds find is found once. */
STATEMENT(accountsNamed,
		  "SELECT a.account_id FROM proctorlink.account a WHERE a.install_id" EQ "$1 AND a.account_id" EQ "$3"
		  " UNION SELECT a.account_id FROM proctorlink.account a WHERE a.install_id" EQ "$1 AND a.username" EQ "$2"
		  " UNION SELECT a.account_id FROM proctorlink.account a WHERE a.install_id" EQ "$1 AND a.candidate_ext_id" EQ "$2",
		  UUIDOID, TEXTOID, UUIDOID);

STATEMENT(isActive,
		  "SELECT FROM proctorlink.account a"
		  " WHERE a.install_id" EQ "$1 AND a.account_id" EQ "$2 AND a.status" EQ "'active'",
		  UUIDOID, UUIDOID);

/* AccountIsActive tells whether an account is there and active now, whatever the caller sees. The caller is connected to SPI. */
bool
AccountIsActive(const pg_uuid_t *install, const pg_uuid_t *account)
{
	Datum		keys[2] = {UUIDPGetDatum(install), UUIDPGetDatum(account)};

	return StatementRunForRule(&isActive, keys, NULL) > 0;
}

/*
 * AccountFind finds the account that has a text as its sid, username or
 * candidate_ext_id, false when there is none. A text that means two people
 * raises CONFLICT. The caller is connected to SPI.
 */
bool
AccountFind(const pg_uuid_t *install, Text named, bool readOnly, pg_uuid_t *account)
{
	pg_uuid_t	sid;
	bool		isSid = named.presence == GIVEN && SidRead(named, "US", &sid) == SID_OURS;
	Datum		values[3] = {UUIDPGetDatum(install), 0, UUIDPGetDatum(&sid)};
	uint64		rows;

	if (named.presence != GIVEN)
		return false;
	values[1] = TextDatum(named);
	rows = StatementRun(&accountsNamed, values, isSid ? NULL : "  n", readOnly);
	if (rows == 0)
		return false;
	if (rows > 1)
		RaiseProblem(CODE_CONFLICT, "Name the account by its sid (US...).",
					 "\"%s\" is a username, candidate_ext_id or sid of more than one account", TextQuoted(named));
	*account = RowUuid(0, 1);
	return true;
}

/* AccountArgument finds the account that a function was given, or raises naming the argument. */
pg_uuid_t
AccountArgument(const pg_uuid_t *install, Datum named, const char *argument)
{
	Text		name = TextOfDatum(named, false);
	pg_uuid_t	account;

	if (!AccountFind(install, name, false, &account))
		RaiseProblem(CODE_NOT_FOUND, "Name an account by its candidate_ext_id, its username or its sid (US...).",
					 "%s: there is no account \"%s\"", argument, TextQuoted(name));
	return account;
}
