/*
 * domain/acting.c
 *		Which install a call acts for, and may act for.
 *
 * A verified caller acts for the install of the token alone. A database role acts
 * for those it is bound to, an administrator's for all; where there are several,
 * one is named or chosen. Who may not act for an install is told no more than who
 * names one that does not exist.
 *
 * Row-level security asks the same question, through current_install().
 */
#include "domain/install.h"

#include "access/parallel.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "core/jsonb_write.h"
#include "core/principal.h"
#include "core/sid.h"
#include "core/statement.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(proctorlink_current_install);
PG_FUNCTION_INFO_V1(proctorlink_acts_for_all);
PG_FUNCTION_INFO_V1(proctorlink_use_install);
PG_FUNCTION_INFO_V1(proctorlink_whoami);

/*
 * Who asks is checked here, so the rows are read as the tables' owner: the
 * question which rows the caller sees must not wait for its own answer.
 */
STATEMENT(installById,
		  "SELECT i.install_id, i.settings, i.platform_url FROM proctorlink.install i WHERE i.install_id" EQ "$1",
		  UUIDOID);
static Statement anyInstall = {
	.text = "SELECT i.install_id, i.settings, i.platform_url FROM proctorlink.install i LIMIT 2",
	.argCount = 0
};

/* A role that was dropped and made again, or came from another cluster, is another role. */
#define BOUND_TO_ROLE "b.role_name" EQ "$1 AND b.role_oid" EQ "$2"
STATEMENT(boundInstalls,
		  "SELECT i.install_id, i.settings, i.platform_url FROM proctorlink.role_binding b"
		  " JOIN proctorlink.install i ON i.install_id" EQ "b.install_id"
		  " WHERE " BOUND_TO_ROLE " LIMIT 2",
		  NAMEOID, OIDOID);
STATEMENT(isBound,
		  "SELECT FROM proctorlink.role_binding b WHERE " BOUND_TO_ROLE " AND b.install_id" EQ "$3",
		  NAMEOID, OIDOID, UUIDOID);
STATEMENT(integrationById,
		  "SELECT FROM proctorlink.integration i"
		  " WHERE i.install_id" EQ "$1 AND i.integration_id" EQ "$2 AND i.active",
		  UUIDOID, UUIDOID);

/* RaiseNotThisInstall refuses without telling whether the install exists. */
static void
RaiseNotThisInstall(const pg_uuid_t *install)
{
	RaiseProblem(CODE_AUTHENTICATION, "Name an install that you may act for.",
				 "no access to install \"%s\"", SidOf("AI", install));
}

/* IsVerified tells whether the caller is known by a token and not by the database role alone. */
static bool
IsVerified(void)
{
	PrincipalKind kind = PrincipalCurrent()->kind;

	return kind == PRINCIPAL_SYSTEM || kind == PRINCIPAL_PERSON;
}

/* IsChosen tells whether an install is the one that the transaction acts for. */
static bool
IsChosen(const pg_uuid_t *install)
{
	const Principal *principal = PrincipalCurrent();

	return principal->hasInstall && memcmp(install, &principal->install, UUID_LEN) == 0;
}

/* RefuseRefused refuses whoever brought a credential that is not good. */
static void
RefuseRefused(void)
{
	if (PrincipalCurrent()->kind == PRINCIPAL_REFUSED)
		RaiseProblem(CODE_AUTHENTICATION, "Send a token that is in force, of the install that the call is for.",
					 "the credentials are not good");
}

/*
 * Administers tells whether the present role may act for every install: whoever
 * may make installs, which is a privilege like any other.
 */
static bool
Administers(void)
{
	Oid			table = get_relname_relid("install", get_namespace_oid("proctorlink", false));

	return pg_class_aclcheck(table, GetUserId(), ACL_INSERT) == ACLCHECK_OK ||
		pg_attribute_aclcheck(table, get_attnum(table, "name"), GetUserId(), ACL_INSERT) == ACLCHECK_OK;
}

/* BindRoleKeys sets the parameters that a role binding is found by. */
static void
BindRoleKeys(Datum *values)
{
	values[0] = DirectFunctionCall1(namein, CStringGetDatum(GetUserNameFromId(GetUserId(), false)));
	values[1] = ObjectIdGetDatum(GetUserId());
}

/* RoleMayActFor tells whether the present role may act for an install, whether or not that exists. */
static bool
RoleMayActFor(const pg_uuid_t *install)
{
	Datum		values[3];

	if (Administers())
		return true;
	BindRoleKeys(values);
	values[2] = UUIDPGetDatum(install);
	return StatementRunAsOwner(&isBound, values, NULL, false) > 0;
}

/* OwnInstalls looks for the installs that the present role may act for, and answers how many: none, one, or several. */
static int
OwnInstalls(void)
{
	Datum		values[2];

	if (Administers())
		return StatementRunAsOwner(&anyInstall, NULL, NULL, false);
	BindRoleKeys(values);
	return StatementRunAsOwner(&boundInstalls, values, NULL, false);
}

/*
 * ActFor checks that the caller may act for an install, whether or not that
 * exists, and lets the call do so. The caller is connected to SPI.
 */
static void
ActFor(const pg_uuid_t *install)
{
	RefuseRefused();
	if (!IsChosen(install) && (IsVerified() || !RoleMayActFor(install)))
		RaiseNotThisInstall(install);
	PrincipalActFor(install);
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

	RefuseRefused();
	if (named.presence == GIVEN && SidRead(named, "AI", &install->id) != SID_OURS)
		RaiseProblem(CODE_INVALID, "The sid of an install is AI and 32 lower-case hexadecimal digits.",
					 "/installSid: \"%s\" is not the sid of an install", TextQuoted(named));
	if (named.presence != GIVEN && principal->hasInstall)
		install->id = principal->install;

	if (named.presence == GIVEN || principal->hasInstall)
	{
		Datum		id = UUIDPGetDatum(&install->id);

		/* A payload agrees with what was chosen before. */
		if (principal->hasInstall && !IsChosen(&install->id))
			RaiseNotThisInstall(&install->id);
		ActFor(&install->id);
		if (StatementRunAsOwner(&installById, &id, NULL, false) == 0)
			RaiseNotThisInstall(&install->id);
	}
	else
	{
		int			installs = OwnInstalls();

		if (installs != 1)
			RaiseProblem(CODE_AUTHENTICATION,
						 "Name it as installSid, call proctorlink.provision(install_sid, payload), or choose it for the transaction by SELECT proctorlink.use_install('AI...').",
						 installs == 0 ? "there is no install to act for" : "there are several installs, and none was named");
		install->id = RowUuid(0, 1);
		PrincipalActFor(&install->id);
	}
	InstallReadSettings(install, RowDatum(0, 2, &isnull));
	install->platformUrl = RowText(0, 3);
	SPI_freetuptable(SPI_tuptable);
}

/* InstallNamed reads the install that a function was given, which the caller may act for; it need not exist. The caller is connected to SPI. */
pg_uuid_t
InstallNamed(Datum sid)
{
	pg_uuid_t	install = SidArgument(sid, "AI", "install_sid");

	ActFor(&install);
	return install;
}

/*
 * InstallAdd lets the call act for an install that it makes, which only those may
 * who act for all.
 */
void
InstallAdd(const pg_uuid_t *install)
{
	RefuseRefused();
	if (IsVerified())
		RaiseProblem(CODE_AUTHENTICATION, NULL, "a caller of one install makes no other");
	PrincipalActFor(install);
}

/* CurrentInstall finds the install whose rows the caller sees; false: none. */
bool
CurrentInstall(pg_uuid_t *install)
{
	const pg_uuid_t *acts = PrincipalActsFor();
	bool		found = true;

	RefuseRefused();
	if (acts != NULL)
		*install = *acts;
	else if (PrincipalCurrent()->hasInstall)
		*install = PrincipalCurrent()->install;
	else
	{
		SpiStart();
		found = OwnInstalls() == 1;
		if (found)
			*install = RowUuid(0, 1);
		SPI_finish();
	}
	return found;
}

/*
 * proctorlink.current_install()
 *
 * Every policy asks it, once a statement. In a worker there is no principal, and
 * an answer from there would be a wrong one.
 */
Datum
proctorlink_current_install(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *install = palloc(sizeof(pg_uuid_t));

	if (IsParallelWorker())
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("a parallel worker does not know who is calling")));
	if (!CurrentInstall(install))
		PG_RETURN_NULL();
	PG_RETURN_UUID_P(install);
}

/* proctorlink.acts_for_all() */
Datum
proctorlink_acts_for_all(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!IsVerified() && PrincipalCurrent()->kind != PRINCIPAL_REFUSED && Administers());
}

/* MayChooseInstall tells whether an install exists for the caller. The caller is connected to SPI. */
bool
MayChooseInstall(const pg_uuid_t *install)
{
	Datum		id = UUIDPGetDatum(install);

	return (IsVerified() ? IsChosen(install) : RoleMayActFor(install)) &&
		StatementRunAsOwner(&installById, &id, NULL, false) > 0;
}

/*
 * ChooseInstall makes the caller act for an install, and for a provider of it,
 * until the end of the transaction. Who was verified stays who it is: the install
 * is the token's, and so is the provider where the token has one; a person speaks
 * for none. The caller is connected to SPI.
 */
void
ChooseInstall(const pg_uuid_t *install, const pg_uuid_t *integration)
{
	Principal	principal = *PrincipalCurrent();
	bool		verified = IsVerified();
	Datum		keys[2] = {UUIDPGetDatum(install)};

	RefuseRefused();
	if (!MayChooseInstall(install))
		RaiseNotThisInstall(install);
	if (integration != NULL)
	{
		keys[1] = UUIDPGetDatum(integration);
		if (principal.kind == PRINCIPAL_PERSON ||
			(verified && principal.hasIntegration && memcmp(integration, &principal.integration, UUID_LEN) != 0) ||
			StatementRunAsOwner(&integrationById, keys, NULL, false) == 0)
			RaiseProblem(CODE_AUTHENTICATION, "Name an active integration of this install.",
						 "no access to integration \"%s\"", SidOf("II", integration));
		principal.integration = *integration;
	}
	if (!verified)
		principal.kind = PRINCIPAL_ROLE;
	principal.hasInstall = true;
	principal.install = *install;
	principal.hasIntegration = integration != NULL || (verified && principal.hasIntegration);
	PrincipalSet(&principal);
}

/* proctorlink.use_install(install_sid, integration_sid) */
Datum
proctorlink_use_install(PG_FUNCTION_ARGS)
{
	pg_uuid_t	install;
	pg_uuid_t	integration;

	REQUIRE_ARGUMENTS("install_sid");
	install = SidArgument(PG_GETARG_DATUM(0), "AI", "install_sid");
	if (!PG_ARGISNULL(1))
		integration = SidArgument(PG_GETARG_DATUM(1), "II", "integration_sid");

	SpiStart();
	ChooseInstall(&install, PG_ARGISNULL(1) ? NULL : &integration);
	SPI_finish();
	PG_RETURN_VOID();
}

/* WhoIsCalling builds the answer of whoami. */
Jsonb *
WhoIsCalling(void)
{
	static const char *const kinds[] = {
		[PRINCIPAL_NOBODY] = "nobody",
		[PRINCIPAL_REFUSED] = "nobody",
		[PRINCIPAL_ROLE] = "role",
		[PRINCIPAL_SYSTEM] = "system",
		[PRINCIPAL_PERSON] = "person",
	};
	Principal	principal = *PrincipalCurrent();
	JsonObject	who;

	/* A role that may act for one install need not choose it. */
	if (principal.kind == PRINCIPAL_NOBODY)
	{
		SpiStart();
		if (OwnInstalls() == 1)
		{
			principal.kind = PRINCIPAL_ROLE;
			principal.hasInstall = true;
			principal.install = RowUuid(0, 1);
		}
		SPI_finish();
	}
	JsonObjectInit(&who);
	JsonAddString(&who, "kind", kinds[principal.kind]);
	JsonAddSid(&who, "install", "AI", principal.hasInstall ? &principal.install : NULL);
	JsonAddSid(&who, "integration", "II", principal.hasIntegration ? &principal.integration : NULL);
	JsonAddSid(&who, "user", "US", principal.hasUser ? &principal.user : NULL);
	JsonAddString(&who, "role", principal.kind == PRINCIPAL_ROLE ? GetUserNameFromId(GetUserId(), false) : NULL);
	JsonAddSid(&who, "token", "TK", principal.hasToken ? &principal.token : NULL);
	return JsonObjectJsonb(&who);
}

/* proctorlink.whoami() */
Datum
proctorlink_whoami(PG_FUNCTION_ARGS)
{
	PG_RETURN_JSONB_P(WhoIsCalling());
}
