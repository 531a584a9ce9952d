/*
 * domain/access_key.c
 *		The keys that sign the access tokens of an install.
 *
 * They never leave the database: who verifies a token is the database itself. So
 * each has this one use, apart from the keys of launch links and of integrations.
 */
#include "domain/access_key.h"

#include "catalog/pg_type.h"
#include "core/crypto.h"
#include "core/settings.h"
#include "core/sid.h"
#include "core/statement.h"
#include "domain/event.h"
#include "domain/install.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(proctorlink_rotate_access_key);

STATEMENT(insertKey,
		  "INSERT INTO proctorlink.access_key (install_id, secret) VALUES ($1, $2) ON CONFLICT DO NOTHING",
		  UUIDOID, TEXTOID);
STATEMENT(readKey,
		  "SELECT k.secret FROM proctorlink.access_key k WHERE k.install_id" EQ "$1 AND k.retired_at IS NULL",
		  UUIDOID);
STATEMENT(readKeys,
		  "SELECT k.secret FROM proctorlink.access_key k"
		  " WHERE k.install_id" EQ "$1 AND (k.retired_at IS NULL OR k.retired_at" GT "$2)"
		  " ORDER BY k.retired_at DESC NULLS FIRST, k.access_key_id",
		  UUIDOID, TIMESTAMPTZOID);
STATEMENT(retireKey,
		  "UPDATE proctorlink.access_key k SET retired_at = pg_catalog.now()"
		  " WHERE k.install_id" EQ "$1 AND k.retired_at IS NULL",
		  UUIDOID);
STATEMENT(deleteKeys,
		  "DELETE FROM proctorlink.access_key k WHERE k.install_id" EQ "$1 AND k.retired_at" LE "$2",
		  UUIDOID, TIMESTAMPTZOID);

/* RunOut tells until when a key must have been retired for all of its tokens to have run out. */
static Datum
RunOut(void)
{
	return TimestampTzGetDatum(GetCurrentTimestamp() - (ACCESS_SECONDS_MOST + JWT_SKEW) * USECS_PER_SEC);
}

/* AccessKeyMake gives an install the key that signs its access tokens, where it has none. */
void
AccessKeyMake(const pg_uuid_t *install)
{
	Datum		values[2] = {UUIDPGetDatum(install)};

	values[1] = CStringGetTextDatum(RandomSecret());
	StatementRunAsOwner(&insertKey, values, NULL, false);
}

/* AccessKeyCurrent reads the key in use; an install that came without one, from older data, is given one. */
Text
AccessKeyCurrent(const pg_uuid_t *install)
{
	Datum		id = UUIDPGetDatum(install);

	if (StatementRunForRule(&readKey, &id, NULL) == 0)
	{
		AccessKeyMake(install);
		if (StatementRunForRule(&readKey, &id, NULL) == 0)
			elog(ERROR, "an install has no access key");
	}
	return RowText(0, 1);
}

/*
 * AccessKeysRead reads the keys that may have signed a token which still runs, the
 * one in use first, and answers how many.
 */
int
AccessKeysRead(const pg_uuid_t *install, Text **keys)
{
	Datum		values[2] = {UUIDPGetDatum(install), RunOut()};
	int			count = StatementRunForRule(&readKeys, values, NULL);

	*keys = palloc(Max(count, 1) * sizeof(Text));
	for (int i = 0; i < count; i++)
		(*keys)[i] = RowText(i, 1);
	return count;
}

/* proctorlink.rotate_access_key(install_sid) */
Datum
proctorlink_rotate_access_key(PG_FUNCTION_ARGS)
{
	pg_uuid_t	install;
	Datum		values[2] = {UUIDPGetDatum(&install), RunOut()};

	REQUIRE_ARGUMENTS("install_sid");
	SpiStart();

	/*
	 * Whoever may change the install may change its key; the lock makes two
	 * rotations wait for each other.
	 */
	install = InstallArgument(PG_GETARG_DATUM(0));
	StatementRunAsOwner(&deleteKeys, values, NULL, false);
	StatementRunAsOwner(&retireKey, values, NULL, false);
	AccessKeyMake(&install);
	EventAdd(&install, "access_key_rotated", SidOf("AI", &install), NULL);
	SPI_finish();
	PG_RETURN_VOID();
}
