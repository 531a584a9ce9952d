/*
 * access/roles.c
 *		Database roles for those who call.
 */
#include "core/problems.h"

#include "catalog/namespace.h"
#include "catalog/pg_auth_members.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_namespace.h"
#include "core/statement.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/catcache.h"
#include "utils/syscache.h"

PG_FUNCTION_INFO_V1(proctorlink_setup_roles);

typedef struct OwnRole
{
	const char *name;
	const char *made;			/* by this */
} OwnRole;

static const OwnRole ownRoles[] = {
	{"proctorlink_admin", "CREATE ROLE proctorlink_admin NOLOGIN"},
	{"proctorlink_api", "CREATE ROLE proctorlink_api NOLOGIN"},
	{"proctorlink_marker", "CREATE ROLE proctorlink_marker NOLOGIN"},
	{"proctorlink_anon", "CREATE ROLE proctorlink_anon NOLOGIN"},
};

static Statement grantToRoles = {
	.text = "SELECT proctorlink.grant_to_roles()",
	.argCount = 0
};

/* Dangers tells what makes a role unfit to be given to callers; NULL: nothing. */
static const char *
Dangers(HeapTuple tuple)
{
	Form_pg_authid role = (Form_pg_authid) GETSTRUCT(tuple);
	CatCList   *memberOf;
	int			count;

	if (role->rolsuper)
		return "is a superuser";
	if (role->rolcanlogin)
		return "can log in";
	if (role->rolcreaterole)
		return "makes roles";
	if (role->rolcreatedb)
		return "makes databases";
	if (role->rolreplication)
		return "replicates";
	if (role->rolbypassrls)
		return "passes by row-level security";

	memberOf = SearchSysCacheList1(AUTHMEMMEMROLE, ObjectIdGetDatum(role->oid));
	count = memberOf->n_members;
	ReleaseSysCacheList(memberOf);
	return count > 0 ? "is a member of another role" : NULL;
}

/* MakeRole makes a role, or sees that the one that is there is fit. */
static void
MakeRole(const OwnRole *role)
{
	HeapTuple	tuple = SearchSysCache1(AUTHNAME, CStringGetDatum(role->name));
	const char *danger;

	if (!HeapTupleIsValid(tuple))
	{
		if (SPI_execute(role->made, false, 0) != SPI_OK_UTILITY)
			elog(ERROR, "could not make role \"%s\"", role->name);
		return;
	}
	danger = Dangers(tuple);
	ReleaseSysCache(tuple);
	if (danger != NULL)
		RaiseProblem(CODE_CONFLICT, "Take that from the role, or remove it, and call setup_roles again.",
					 "the role %s is there and %s", role->name, danger);
}

/*
 * RequireGrantOptions refuses who cannot pass on what the roles get, which the
 * server would only warn about.
 */
static void
RequireGrantOptions(void)
{
	Oid			schema = get_namespace_oid("proctorlink", false);

	if (SchemaAclCheck(schema, GetUserId(), ACL_GRANT_OPTION_FOR(ACL_USAGE)) != ACLCHECK_OK)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to give roles their privileges"),
				 errhint("Call setup_roles as the role that installed the extension, or as a superuser.")));
}

/* proctorlink.setup_roles() */
Datum
proctorlink_setup_roles(PG_FUNCTION_ARGS)
{
	RequireGrantOptions();

	/*
	 * Grants at the same moment write the same catalog rows, which raises.
	 * The roles are the cluster's, so one at a time there makes them; no role
	 * has the OID that is locked.
	 */
	LockSharedObject(AuthIdRelationId, InvalidOid, 0, ExclusiveLock);
	SpiStart();
	for (int i = 0; i < lengthof(ownRoles); i++)
		MakeRole(&ownRoles[i]);
	StatementRun(&grantToRoles, NULL, NULL, false);
	SPI_finish();
	PG_RETURN_VOID();
}
