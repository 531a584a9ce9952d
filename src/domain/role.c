/*
 * domain/role.c
 *		What accounts may do.
 */
#include "domain/role.h"

#include "catalog/pg_type.h"
#include "core/columns.h"
#include "core/statement.h"
#include "domain/event.h"
#include "domain/install.h"
#include "utils/array.h"

PG_FUNCTION_INFO_V1(proctorlink_define_role);

static const char *const permissionNames[] = {"participate", "schedule", "author", "mark", "administer"};

STATEMENT(insertFirstRoles,
		  "INSERT INTO proctorlink.role"
		  " (install_id, title, may_participate, may_schedule, may_author, may_mark, may_administer)"
		  " VALUES ($1, 'administrator', false, true, true, true, true),"
		  " ($1, 'scheduler', false, true, true, false, false),"
		  " ($1, 'author', false, false, true, false, false),"
		  " ($1, 'marker', false, false, false, true, false),"
		  " ($1, '" DEFAULT_ROLE "', true, false, false, false, false)",
		  UUIDOID);
STATEMENT(defineRole,
		  "INSERT INTO proctorlink.role AS r"
		  " (install_id, title, may_participate, may_schedule, may_author, may_mark, may_administer)"
		  " VALUES ($1, $2, $3, $4, $5, $6, $7)"
		  " ON CONFLICT ON CONSTRAINT role_pkey DO UPDATE SET may_participate = excluded.may_participate,"
		  " may_schedule = excluded.may_schedule, may_author = excluded.may_author,"
		  " may_mark = excluded.may_mark, may_administer = excluded.may_administer"
		  " WHERE r.may_participate" NE "excluded.may_participate OR r.may_schedule" NE "excluded.may_schedule"
		  " OR r.may_author" NE "excluded.may_author OR r.may_mark" NE "excluded.may_mark"
		  " OR r.may_administer" NE "excluded.may_administer",
		  UUIDOID, TEXTOID, BOOLOID, BOOLOID, BOOLOID, BOOLOID, BOOLOID);

/* RolesForNewInstall makes the roles that every install begins with. */
void
RolesForNewInstall(const pg_uuid_t *install)
{
	Datum		id = UUIDPGetDatum(install);

	StatementRun(&insertFirstRoles, &id, NULL, false);
}

/* proctorlink.define_role(install_sid, title, permissions) */
Datum
proctorlink_define_role(PG_FUNCTION_ARGS)
{
	pg_uuid_t	install;
	Text		title;
	Datum	   *elements;
	bool	   *nulls;
	int			count;
	bool		may[lengthof(permissionNames)] = {false};
	Datum		values[2 + lengthof(permissionNames)];
	Problems	problems;
	JsonObject	changes;

	REQUIRE_ARGUMENTS("install_sid", "title", "permissions");

	ProblemsInit(&problems, CurrentMemoryContext);
	title = TextOfDatum(PG_GETARG_DATUM(1), false);
	if (IdFault(title, MAX_NAME_LENGTH) != NULL)
		ProblemAdd(&problems, CODE_INVALID, IdFault(title, MAX_NAME_LENGTH)->rule, NULL, &PATH_KEY(NULL, "title"),
				   "must be 1 to %d characters without spaces around them", MAX_NAME_LENGTH);
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(2), TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		Text		permission = TextOfDatum(elements[i], nulls[i]);
		Path		list = PATH_KEY(NULL, "permissions");
		Path		step = {&list, NULL, 0, i};
		bool		known = false;

		for (int j = 0; j < lengthof(permissionNames); j++)
			if (TextIs(permission, permissionNames[j]))
				known = may[j] = true;
		if (!known)
			ProblemAdd(&problems, CODE_INVALID, "enum", NULL, &step,
					   "\"%s\" is not participate, schedule, author, mark or administer",
					   permission.presence == GIVEN ? TextQuoted(permission) : "null");
	}
	if (problems.count > 0)
		ProblemsRaise(&problems);

	SpiStart();
	install = InstallArgument(PG_GETARG_DATUM(0));
	values[0] = UUIDPGetDatum(&install);
	values[1] = TextDatum(title);
	for (int i = 0; i < lengthof(permissionNames); i++)
		values[2 + i] = BoolGetDatum(may[i]);
	if (StatementRun(&defineRole, values, NULL, false) > 0)
	{
		JsonObjectInit(&changes);
		JsonAddText(&changes, "role", title);
		EventAdd(&install, "role_defined", NULL, &changes);
	}
	SPI_finish();
	PG_RETURN_VOID();
}
