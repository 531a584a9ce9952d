/*
 * care/sheet.c
 *		The page that the administrator hands over to whoever connects to the
 *		platform: where it is, what is set, what an exam needs.
 */
#include "domain/schedule.h"

#include "catalog/pg_type.h"
#include "core/sid.h"
#include "core/statement.h"
#include "domain/install.h"
#include "miscadmin.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(proctorlink_external_api_sheet);

STATEMENT(readInstall,
		  "SELECT i.name, i.platform_url, i.settings FROM proctorlink.install i WHERE i.install_id" EQ "$1",
		  UUIDOID);
STATEMENT(readHierarchies,
		  "SELECT h.organisation_id, h.title FROM proctorlink.hierarchy h WHERE h.install_id" EQ "$1"
		  " AND h.organisation_id IS NOT NULL AND h.allow_schedules AND NOT h.archived ORDER BY h.organisation_id",
		  UUIDOID);
STATEMENT(readIntegrations,
		  "SELECT i.integration_id, i.provider, i.active FROM proctorlink.integration i WHERE i.install_id" EQ "$1"
		  " ORDER BY i.provider, i.integration_id",
		  UUIDOID);

/* Line writes a line of the sheet: a label, and what stands behind it. */
static void
Line(StringInfo sheet, const char *label, Text value, const char *missing)
{
	appendStringInfo(sheet, "%-20s", label);
	if (value.presence == GIVEN)
		appendBinaryStringInfo(sheet, value.data, value.len);
	else
		appendStringInfo(sheet, "not set: %s", missing);
	appendStringInfoChar(sheet, '\n');
}

/* WriteHierarchies lists the hierarchies that can be chosen at the provider. */
static void
WriteHierarchies(StringInfo sheet, const pg_uuid_t *install)
{
	Datum		key = UUIDPGetDatum(install);
	uint64		count = StatementRun(&readHierarchies, &key, NULL, true);

	appendStringInfoString(sheet, "\nHierarchies to choose from (Organisation ID, title); else the default one:\n");
	if (count == 0)
		appendStringInfoString(sheet, "  none has an Organisation ID\n");
	for (uint64 i = 0; i < count; i++)
	{
		Text		id = RowText(i, 1);
		Text		title = RowText(i, 2);

		CHECK_FOR_INTERRUPTS();
		appendStringInfo(sheet, "  %-20.*s %.*s\n", id.len, id.data, title.len, title.data);
	}
}

/* WriteIntegrations lists the connections to providers. */
static void
WriteIntegrations(StringInfo sheet, const pg_uuid_t *install)
{
	Datum		key = UUIDPGetDatum(install);
	uint64		count = StatementRun(&readIntegrations, &key, NULL, true);

	appendStringInfoString(sheet, "\nConnections:\n");
	if (count == 0)
		appendStringInfoString(sheet, "  none: make one by create_integration\n");
	for (uint64 i = 0; i < count; i++)
	{
		pg_uuid_t	id = RowUuid(i, 1);
		Text		provider = RowText(i, 2);

		appendStringInfo(sheet, "  %-20.*s %s%s\n", provider.len, provider.data, SidOf("II", &id),
						 RowBool(i, 3) ? "" : " (not active)");
	}
}

/* proctorlink.external_api_sheet(install_sid) */
Datum
proctorlink_external_api_sheet(PG_FUNCTION_ARGS)
{
	pg_uuid_t	install;
	Datum		key;
	Install		settings;
	ScheduleOwner owner;
	pg_uuid_t	account;
	Text		name;
	Text		url;
	bool		isnull;
	StringInfoData sheet;

	REQUIRE_ARGUMENTS("install_sid");
	SpiStart();
	install = InstallNamed(PG_GETARG_DATUM(0));
	key = UUIDPGetDatum(&install);
	if (StatementRun(&readInstall, &key, NULL, true) == 0)
		RaiseProblem(CODE_NOT_FOUND, NULL, "install_sid: no install has the sid \"%s\"", SidOf("AI", &install));
	name = RowText(0, 1);
	url = RowText(0, 2);
	InstallReadSettings(&settings, RowDatum(0, 3, &isnull));
	owner = OwnerFind(&install, settings.defaultScheduler, true, &account);

	initStringInfo(&sheet);
	appendStringInfo(&sheet, "External API of %.*s\n\n", name.len, name.data);
	Line(&sheet, "Platform URL", url, "configure_install, platformUrl");
	Line(&sheet, "Install", TextOf(SidOf("AI", &install)), "");
	appendStringInfo(&sheet, "%-20s%s\n", "EAPI token", "handed over by itself, once; never in this sheet");
	Line(&sheet, "Default scheduler", owner.exists ? owner.named : NULL_TEXT, "configure_install, defaultScheduler");
	Line(&sheet, "Default role", settings.defaultRole, "");
	Line(&sheet, "Default owner", settings.defaultOwner, "configure_install, defaultOwner (of assessments)");
	Line(&sheet, "Time zone", settings.timeZone.presence == GIVEN ? settings.timeZone : TextOf("UTC"), "");
	WriteIntegrations(&sheet, &install);
	WriteHierarchies(&sheet, &install);
	appendStringInfoString(&sheet,
						   "\nBefore an assessment is delivered through ProctorU:\n"
						   "  1. It has an External ID, and the same is entered in ProctorU.\n"
						   "  2. No PIN, Proctorio, Safe Exam Browser or keycode is on.\n"
						   "  3. Candidates come from ProctorU to here with their first booking, never the other way.\n"
						   "  4. Extra time does not work through ProctorU: make a separate, longer assessment for it.\n"
						   "  5. A schedule lasts two years at most.\n"
						   "readiness() checks all of it.\n");
	SPI_finish();
	PG_RETURN_TEXT_P(cstring_to_text_with_len(sheet.data, sheet.len));
}
