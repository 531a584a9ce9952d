/*
 * domain/role_binding.c
 *		Which installs a database role acts for.
 */
#include "domain/role_binding.h"

#include "catalog/pg_type.h"
#include "core/sid.h"
#include "core/statement.h"
#include "domain/event.h"
#include "domain/install.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

PG_FUNCTION_INFO_V1(proctorlink_bind_role);
PG_FUNCTION_INFO_V1(proctorlink_unbind_role);

/* Roles that all callers of a front share; bound, each of them would act for the tenant. */
static const char *const sharedRoles[] = {"proctorlink_anon", "proctorlink_api", "proctorlink_marker"};

STATEMENT(bind,
		  "INSERT INTO proctorlink.role_binding AS b (role_name, role_oid, install_id) VALUES ($1, $2, $3)"
		  " ON CONFLICT ON CONSTRAINT role_binding_pkey DO UPDATE SET role_oid = excluded.role_oid"
		  " WHERE b.role_oid" NE "excluded.role_oid",
		  NAMEOID, OIDOID, UUIDOID);
STATEMENT(unbind,
		  "DELETE FROM proctorlink.role_binding b WHERE b.role_name" EQ "$1 AND b.install_id" EQ "$2",
		  NAMEOID, UUIDOID);

/* RoleName makes the name of a role, which must exist, a parameter. */
Datum
RoleName(Oid role)
{
	char	   *name = OidIsValid(role) ? GetUserNameFromId(role, true) : NULL;

	if (name == NULL)
		RaiseProblem(CODE_INVALID, NULL, "role: there is no such role");
	return DirectFunctionCall1(namein, CStringGetDatum(name));
}

/* NoteBinding notes that a role's binding changed. */
static void
NoteBinding(const pg_uuid_t *install, const char *kind, const char *role)
{
	JsonObject	changes;

	JsonObjectInit(&changes);
	JsonAddString(&changes, "role", role);
	EventAdd(install, kind, SidOf("AI", install), &changes);
}

/* proctorlink.bind_role(install_sid, role) */
Datum
proctorlink_bind_role(PG_FUNCTION_ARGS)
{
	pg_uuid_t	install;
	const char *role;
	Datum		values[3];

	REQUIRE_ARGUMENTS("install_sid", "role");
	values[0] = RoleName(PG_GETARG_OID(1));
	role = NameStr(*DatumGetName(values[0]));
	for (int i = 0; i < lengthof(sharedRoles); i++)
		if (strcmp(role, sharedRoles[i]) == 0)
			RaiseProblem(CODE_CONFLICT, "Bind a role of the application's own, and grant it the other's privileges.",
						 "role: %s is shared by all callers of a front", role);

	SpiStart();
	install = InstallArgument(PG_GETARG_DATUM(0));
	values[1] = ObjectIdGetDatum(PG_GETARG_OID(1));
	values[2] = UUIDPGetDatum(&install);
	if (StatementRun(&bind, values, NULL, false) > 0)
		NoteBinding(&install, "role_bound", role);
	SPI_finish();
	PG_RETURN_VOID();
}

/* proctorlink.unbind_role(install_sid, role) */
Datum
proctorlink_unbind_role(PG_FUNCTION_ARGS)
{
	pg_uuid_t	install;
	Datum		values[2];

	REQUIRE_ARGUMENTS("install_sid", "role");
	values[0] = RoleName(PG_GETARG_OID(1));
	SpiStart();
	install = InstallArgument(PG_GETARG_DATUM(0));
	values[1] = UUIDPGetDatum(&install);
	if (StatementRun(&unbind, values, NULL, false) > 0)
		NoteBinding(&install, "role_unbound", NameStr(*DatumGetName(values[0])));
	SPI_finish();
	PG_RETURN_VOID();
}
