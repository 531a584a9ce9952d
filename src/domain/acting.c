/*
 * domain/acting.c
 *		Which install a call acts for.
 *
 * The principal's; else the only one there is. What a payload names must agree
 * with that, and a caller who may not act for an install is told no more than
 * one who names an install that does not exist.
 */
#include "domain/install.h"

#include "catalog/pg_type.h"
#include "core/jsonb_write.h"
#include "core/principal.h"
#include "core/sid.h"
#include "core/statement.h"
#include "miscadmin.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(proctorlink_use_install);
PG_FUNCTION_INFO_V1(proctorlink_whoami);

STATEMENT(installById,
		  "SELECT i.install_id, i.settings FROM proctorlink.install i WHERE i.install_id" EQ "$1",
		  UUIDOID);
static Statement anyInstall = {
	.text = "SELECT i.install_id, i.settings FROM proctorlink.install i LIMIT 2",
	.argCount = 0
};

STATEMENT(integrationById,
		  "SELECT FROM proctorlink.integration i"
		  " WHERE i.install_id" EQ "$1 AND i.integration_id" EQ "$2 AND i.active",
		  UUIDOID, UUIDOID);

/* NotThisInstall refuses without telling whether the install exists. */
static void
NotThisInstall(Text named)
{
	RaiseProblem(CODE_AUTHENTICATION, "Name an install that you may act for.",
				 "no access to install \"%s\"", TextQuoted(named));
}

/*
 * InstallForCall finds the install that a call acts for and reads its settings.
 * named is what the payload says, which may be absent. The caller is connected
 * to SPI.
 */
void
InstallForCall(Text named, Install *install)
{
	const Principal *principal = PrincipalCurrent();
	bool		isnull;
	uint64		rows;

	if (named.presence == GIVEN)
	{
		switch (SidRead(named, "AI", &install->id))
		{
			case SID_OURS:
				break;
			default:
				RaiseProblem(CODE_INVALID, "The sid of an install is AI and 32 lower-case hexadecimal digits.",
							 "/installSid: \"%s\" is not the sid of an install", TextQuoted(named));
		}
		if (principal->hasInstall && memcmp(&install->id, &principal->install, UUID_LEN) != 0)
			NotThisInstall(named);
	}
	else if (principal->hasInstall)
		install->id = principal->install;

	if (named.presence == GIVEN || principal->hasInstall)
	{
		Datum		id = UUIDPGetDatum(&install->id);

		rows = StatementRun(&installById, &id, NULL, false);
		if (rows == 0)
			NotThisInstall(named.presence == GIVEN ? named : TextOf(SidOf("AI", &install->id)));
	}
	else
	{
		rows = StatementRun(&anyInstall, NULL, NULL, false);
		if (rows != 1)
			RaiseProblem(CODE_AUTHENTICATION,
						 "Name it as installSid, call proctorlink.provision(install_sid, payload), or choose it for the transaction by SELECT proctorlink.use_install('AI...').",
						 rows == 0 ? "there is no install to act for" : "there are several installs, and none was named");
	}
	install->id = RowUuid(0, 1);
	InstallReadSettings(install, RowDatum(0, 2, &isnull));
	SPI_freetuptable(SPI_tuptable);
}

/* proctorlink.use_install(install_sid, integration_sid) */
Datum
proctorlink_use_install(PG_FUNCTION_ARGS)
{
	Principal	principal = {.kind = PRINCIPAL_ROLE,.hasInstall = true};
	Datum		keys[2];

	REQUIRE_ARGUMENTS("install_sid");
	principal.install = SidArgument(PG_GETARG_DATUM(0), "AI", "install_sid");
	if (!PG_ARGISNULL(1))
	{
		principal.hasIntegration = true;
		principal.integration = SidArgument(PG_GETARG_DATUM(1), "II", "integration_sid");
	}

	SpiStart();
	keys[0] = UUIDPGetDatum(&principal.install);
	keys[1] = UUIDPGetDatum(&principal.integration);
	if (StatementRun(&installById, keys, NULL, false) == 0)
		NotThisInstall(TextOfDatum(PG_GETARG_DATUM(0), false));
	if (principal.hasIntegration && StatementRun(&integrationById, keys, NULL, false) == 0)
		RaiseProblem(CODE_AUTHENTICATION, "Name an active integration of this install.",
					 "no access to integration \"%s\"", TextQuoted(TextOfDatum(PG_GETARG_DATUM(1), false)));
	SPI_finish();
	PrincipalSet(&principal);
	PG_RETURN_VOID();
}

/* proctorlink.whoami() */
Datum
proctorlink_whoami(PG_FUNCTION_ARGS)
{
	static const char *const kinds[] = {
		[PRINCIPAL_NOBODY] = "nobody",
		[PRINCIPAL_REFUSED] = "nobody",
		[PRINCIPAL_ROLE] = "role",
		[PRINCIPAL_SYSTEM] = "system",
		[PRINCIPAL_PERSON] = "person",
	};
	const Principal *principal = PrincipalCurrent();
	JsonObject	who;

	JsonObjectInit(&who);
	JsonAddString(&who, "kind", kinds[principal->kind]);
	JsonAddSid(&who, "install", "AI", principal->hasInstall ? &principal->install : NULL);
	JsonAddSid(&who, "integration", "II", principal->hasIntegration ? &principal->integration : NULL);
	JsonAddSid(&who, "user", "US", principal->hasUser ? &principal->user : NULL);
	JsonAddString(&who, "role", principal->kind == PRINCIPAL_ROLE ? GetUserNameFromId(GetUserId(), false) : NULL);
	JsonAddSid(&who, "token", "TK", principal->hasToken ? &principal->token : NULL);
	PG_RETURN_JSONB_P(JsonObjectJsonb(&who));
}
