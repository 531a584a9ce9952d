/*
 * provision/batch_report.c
 *		The refused items of a batch, readable.
 */
#include "core/compat.h"

#include "catalog/pg_type.h"
#include "core/jsonb_read.h"
#include "core/sid.h"
#include "core/statement.h"
#include "domain/install.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/numeric.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(proctorlink_batch_report);

#define REPORT_COLUMNS 6

STATEMENT(readAnswer,
		  "SELECT b.answer FROM proctorlink.batch b WHERE b.install_id" EQ "$1 AND b.batch_id" EQ "$2",
		  UUIDOID, UUIDOID);

/* MemberDatum gives a member of an object as text, null where it has none. */
static Datum
MemberDatum(JsonbContainer *object, const char *name, bool *isnull)
{
	JsonbValue	value;

	*isnull = getKeyJsonValueFromContainer(object, name, strlen(name), &value) == NULL ||
		value.type != jbvString;
	return *isnull ? (Datum) 0 : TextDatum(JsonText(&value));
}

/* PutViolations puts a row a violation of an entry of a stored answer; entries without an error have none. */
static void
PutViolations(ReturnSetInfo *result, JsonbContainer *entry)
{
	static const char *const names[] = {"pointer", "rule", "detail", "hint"};
	Datum		values[REPORT_COLUMNS];
	bool		nulls[REPORT_COLUMNS] = {false};
	JsonbValue	index;
	JsonbValue	error;
	JsonbValue	violations;
	JsonbValue	violation;
	JsonbIterator *iterator;
	JsonbIteratorToken token;

	if (getKeyJsonValueFromContainer(entry, "error", 5, &error) == NULL || error.type != jbvBinary ||
		getKeyJsonValueFromContainer(entry, "index", 5, &index) == NULL || index.type != jbvNumeric ||
		getKeyJsonValueFromContainer(error.val.binary.data, "violations", 10, &violations) == NULL ||
		violations.type != jbvBinary)
		return;
	values[0] = DirectFunctionCall1(numeric_int4, NumericGetDatum(index.val.numeric));
	values[1] = MemberDatum(error.val.binary.data, "code", &nulls[1]);
	iterator = JsonbIteratorInit(violations.val.binary.data);
	while ((token = JsonbIteratorNext(&iterator, &violation, true)) != WJB_DONE)
	{
		if (token != WJB_ELEM || violation.type != jbvBinary)
			continue;
		for (int i = 0; i < lengthof(names); i++)
			values[2 + i] = MemberDatum(violation.val.binary.data, names[i], &nulls[2 + i]);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
}

/* proctorlink.batch_report(batch_sid) */
Datum
proctorlink_batch_report(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Install		install;
	pg_uuid_t	batch;
	Datum		values[2];
	Datum		stored;
	bool		isnull;
	JsonbValue	items;

	REQUIRE_ARGUMENTS("batch_sid");
	InitMaterializedSRF(fcinfo, 0);
	SpiStart();
	InstallForCall(NO_TEXT, &install);
	batch = SidArgument(PG_GETARG_DATUM(0), "BA", "batch_sid");
	values[0] = UUIDPGetDatum(&install.id);
	values[1] = UUIDPGetDatum(&batch);
	if (StatementRun(&readAnswer, values, NULL, true) == 0)
		RaiseProblem(CODE_NOT_FOUND, NULL, "batch_sid: no batch has the sid \"%s\"", SidOf("BA", &batch));
	stored = RowDatum(0, 1, &isnull);
	if (!isnull)
	{
		Jsonb	   *answer = DatumGetJsonbP(stored);

		if (getKeyJsonValueFromContainer(&answer->root, "items", 5, &items) != NULL && items.type == jbvBinary)
		{
			JsonbIterator *iterator = JsonbIteratorInit(items.val.binary.data);
			JsonbIteratorToken token;
			JsonbValue	entry;

			while ((token = JsonbIteratorNext(&iterator, &entry, true)) != WJB_DONE)
			{
				CHECK_FOR_INTERRUPTS();
				if (token == WJB_ELEM && entry.type == jbvBinary)
					PutViolations(result, entry.val.binary.data);
			}
		}
	}
	SPI_finish();
	return (Datum) 0;
}
