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
#include "domain/install.h"
#include "domain/install_key.h"
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

const InstallKeys accessKeys = {"access", "access_key_rotated", &insertKey, &readKey, &retireKey};

/* RunOut tells until when a key must have been retired for all of its tokens to have run out. */
static Datum
RunOut(void)
{
	return TimestampTzGetDatum(GetCurrentTimestamp() - (ACCESS_SECONDS_MOST + JWT_SKEW) * USECS_PER_SEC);
}

/*
 * AccessKeysRead reads the keys that may have signed a token which still runs, the
 * one in use first, and answers how many.
 */
int
AccessKeysRead(const pg_uuid_t *install, Text **keys)
{
	Datum		values[2] = {UUIDPGetDatum(install), RunOut()};

	return SecretsFound(StatementRunForRule(&readKeys, values, NULL), keys);
}

/* proctorlink.rotate_access_key(install_sid) */
Datum
proctorlink_rotate_access_key(PG_FUNCTION_ARGS)
{
	pg_uuid_t	install;
	Datum		values[2] = {UUIDPGetDatum(&install), RunOut()};

	REQUIRE_ARGUMENTS("install_sid");
	SpiStart();
	install = InstallArgument(PG_GETARG_DATUM(0));
	StatementRunAsOwner(&deleteKeys, values, NULL, false);
	InstallKeyRotate(&accessKeys, &install);
	SPI_finish();
	PG_RETURN_VOID();
}
