/*
 * domain/hierarchy_list.c
 *		Lists of hierarchy nodes, for people.
 */
#include "core/compat.h"

#include "core/problems.h"
#include "core/sid.h"
#include "core/statement.h"
#include "domain/hierarchy.h"
#include "domain/install.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(proctorlink_hierarchies);
PG_FUNCTION_INFO_V1(proctorlink_selectable_hierarchies);

#define HIERARCHIES_COLUMNS 8
#define SELECTABLE_COLUMNS 3

/* PutText puts a text that may be null into a row. */
static void
PutText(Text value, Datum *column, bool *isnull)
{
	*isnull = value.presence != GIVEN;
	*column = *isnull ? (Datum) 0 : TextDatum(value);
}

/* proctorlink.hierarchies(install_sid) */
Datum
proctorlink_hierarchies(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	pg_uuid_t	install;
	HierarchyPlace *places;
	int			count;

	REQUIRE_ARGUMENTS("install_sid");
	InitMaterializedSRF(fcinfo, 0);
	SpiStart();
	install = InstallNamed(PG_GETARG_DATUM(0));
	count = HierarchyPlaces(&install, true, &places);

	/* Every install has nodes. */
	if (count == 0)
		RaiseProblem(CODE_NOT_FOUND, NULL, "install_sid: no install has the sid \"%s\"", SidOf("AI", &install));
	for (int i = 0; i < count; i++)
	{
		const Hierarchy *node = &places[i].node;
		Datum		values[HIERARCHIES_COLUMNS];
		bool		nulls[HIERARCHIES_COLUMNS] = {false};

		CHECK_FOR_INTERRUPTS();
		values[0] = CStringGetTextDatum(SidOf("HG", &node->id));
		PutText(node->organisationId, &values[1], &nulls[1]);
		values[2] = TextDatum(node->title);
		values[3] = CStringGetTextDatum(places[i].path);
		values[4] = BoolGetDatum(node->isDefault);
		values[5] = BoolGetDatum(node->isRoot);
		values[6] = BoolGetDatum(node->allowSchedules);
		values[7] = BoolGetDatum(node->archived);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	SPI_finish();
	return (Datum) 0;
}

/* proctorlink.selectable_hierarchies() */
Datum
proctorlink_selectable_hierarchies(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Install		install;
	HierarchyPlace *places;
	int			count;

	InitMaterializedSRF(fcinfo, 0);
	SpiStart();
	InstallForCall(NO_TEXT, &install);
	count = HierarchyPlaces(&install.id, true, &places);
	for (int i = 0; i < count; i++)
	{
		Datum		values[SELECTABLE_COLUMNS];
		bool		nulls[SELECTABLE_COLUMNS] = {false};

		CHECK_FOR_INTERRUPTS();
		if (!HierarchySelectable(&places[i].node))
			continue;
		values[0] = TextDatum(places[i].node.organisationId);
		values[1] = TextDatum(places[i].node.title);
		values[2] = CStringGetTextDatum(places[i].path);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	SPI_finish();
	return (Datum) 0;
}
