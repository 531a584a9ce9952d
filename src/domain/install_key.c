/*
 * domain/install_key.c
 *		Keys of an install that sign tokens and never leave the database: one in
 *		use, and those that were.
 */
#include "domain/install_key.h"

#include "core/crypto.h"
#include "core/sid.h"
#include "domain/event.h"
#include "utils/builtins.h"

/* InstallKeyMake gives an install a key, where it has none in use. */
void
InstallKeyMake(const InstallKeys *keys, const pg_uuid_t *install)
{
	Datum		values[2] = {UUIDPGetDatum(install)};

	values[1] = CStringGetTextDatum(RandomSecret());
	StatementRunAsOwner(keys->insert, values, NULL, false);
}

/* InstallKeyCurrent reads the key in use; an install that came without one, from older data, is given one. */
Text
InstallKeyCurrent(const InstallKeys *keys, const pg_uuid_t *install)
{
	Datum		id = UUIDPGetDatum(install);

	if (StatementRunForRule(keys->readCurrent, &id, NULL) == 0)
	{
		InstallKeyMake(keys, install);
		if (StatementRunForRule(keys->readCurrent, &id, NULL) == 0)
			elog(ERROR, "an install has no %s key", keys->use);
	}
	return RowText(0, 1);
}

/*
 * InstallKeyRotate puts another key into use. The caller has locked the install:
 * whoever may change it may change its keys, and two rotations wait for each other.
 */
void
InstallKeyRotate(const InstallKeys *keys, const pg_uuid_t *install)
{
	Datum		id = UUIDPGetDatum(install);

	StatementRunAsOwner(keys->retire, &id, NULL, false);
	InstallKeyMake(keys, install);
	EventAdd(install, keys->rotated, SidOf("AI", install), NULL);
}

/* SecretsFound copies the secrets that a look-up of keys has found, and answers how many. */
int
SecretsFound(int count, Text **secrets)
{
	*secrets = palloc(Max(count, 1) * sizeof(Text));
	for (int i = 0; i < count; i++)
		(*secrets)[i] = RowText(i, 1);
	return count;
}
