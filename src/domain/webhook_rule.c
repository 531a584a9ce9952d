/*
 * domain/webhook_rule.c
 *		What the events that providers report do to sessions: rules that an
 *		administrator enters.
 */
#include "core/compat.h"

#include "catalog/pg_type.h"
#include "core/jsonb_write.h"
#include "core/sid.h"
#include "core/statement.h"
#include "domain/event.h"
#include "domain/exam_session.h"
#include "domain/install.h"
#include "domain/integration.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(proctorlink_set_webhook_rule);
PG_FUNCTION_INFO_V1(proctorlink_remove_webhook_rule);
PG_FUNCTION_INFO_V1(proctorlink_webhook_rules);

#define RULE_COLUMNS 4

STATEMENT(installExists,
		  "SELECT FROM proctorlink.install i WHERE i.install_id" EQ "$1",
		  UUIDOID);

/* A rule that says what is said already stays as it is. */
STATEMENT(setRule,
		  "INSERT INTO proctorlink.webhook_rule AS r (install_id, integration_id, event_type, status, reason)"
		  " VALUES ($1, $2, $3, $4, $5)"
		  " ON CONFLICT (install_id, event_type, integration_id)"
		  " DO UPDATE SET status = EXCLUDED.status, reason = EXCLUDED.reason"
		  " WHERE coalesce(r.status, '')" NE "coalesce(EXCLUDED.status, '')"
		  " OR coalesce(r.reason, '')" NE "coalesce(EXCLUDED.reason, '')",
		  UUIDOID, UUIDOID, TEXTOID, TEXTOID, TEXTOID);
STATEMENT(removeRule,
		  "DELETE FROM proctorlink.webhook_rule r WHERE r.install_id" EQ "$1 AND r.event_type" EQ "$3"
		  " AND CASE WHEN $2 IS NULL THEN r.integration_id IS NULL ELSE r.integration_id" EQ "$2 END",
		  UUIDOID, UUIDOID, TEXTOID);
STATEMENT(readRules,
		  "SELECT r.event_type, r.status, r.reason, r.integration_id FROM proctorlink.webhook_rule r"
		  " WHERE r.install_id" EQ "$1 ORDER BY r.event_type, r.integration_id NULLS FIRST",
		  UUIDOID);

/* A rule as it is named by the arguments of a function. */
typedef struct RuleArguments
{
	pg_uuid_t	install;
	bool		hasIntegration;
	pg_uuid_t	integration;
	Text		eventType;
} RuleArguments;

/* ReadRule reads which rule is meant; the caller is connected to SPI. */
static void
ReadRule(FunctionCallInfo fcinfo, int integrationArgument, RuleArguments *rule)
{
	REQUIRE_ARGUMENTS("install_sid", "event_type");
	rule->eventType = TextOfDatum(PG_GETARG_DATUM(1), false);
	if (IdFault(rule->eventType, MAX_CODE_LENGTH) != NULL)
		RaiseProblem(CODE_INVALID, "Write the type exactly as it stands in the provider's event (event.type).",
					 "event_type: must be 1 to %d characters without spaces around them and without control characters",
					 MAX_CODE_LENGTH);
	rule->install = InstallArgument(PG_GETARG_DATUM(0));
	rule->hasIntegration = !PG_ARGISNULL(integrationArgument);
	if (rule->hasIntegration)
		rule->integration = IntegrationArgument(&rule->install, PG_GETARG_DATUM(integrationArgument));
}

/* RuleEvent notes what was done to a rule, of which only the type and the status are told. */
static void
RuleEvent(const RuleArguments *rule, const char *kind, JsonObject *changes)
{
	JsonAddText(changes, "event_type", rule->eventType);
	EventAdd(&rule->install, kind, rule->hasIntegration ? SidOf("II", &rule->integration) : SidOf("AI", &rule->install),
			 changes);
}

/* proctorlink.set_webhook_rule(install_sid, event_type, status, integration_sid, reason) */
Datum
proctorlink_set_webhook_rule(PG_FUNCTION_ARGS)
{
	RuleArguments rule;
	Text		status = TextOfDatum(PG_GETARG_DATUM(2), PG_ARGISNULL(2));
	Text		reason = TextOfDatum(PG_GETARG_DATUM(4), PG_ARGISNULL(4));
	Datum		values[5];
	char		nulls[] = "     ";
	JsonObject	changes;

	SpiStart();
	ReadRule(fcinfo, 3, &rule);
	if (status.presence == GIVEN)
		SessionCheckStatus(status);
	if (reason.len == 0)
		reason = NULL_TEXT;
	if (reason.len > MAX_NAME_LENGTH && TextLength(reason) > MAX_NAME_LENGTH)
		RaiseProblem(CODE_INVALID, NULL, "reason: is longer than %d characters", MAX_NAME_LENGTH);
	values[0] = UUIDPGetDatum(&rule.install);
	values[1] = UUIDPGetDatum(&rule.integration);
	nulls[1] = rule.hasIntegration ? ' ' : 'n';
	ParameterText(values, nulls, 2, rule.eventType);
	ParameterText(values, nulls, 3, status);
	ParameterText(values, nulls, 4, reason);
	if (StatementRun(&setRule, values, nulls, false) > 0)
	{
		JsonObjectInit(&changes);
		JsonAddText(&changes, "status", status);
		RuleEvent(&rule, "webhook_rule_set", &changes);
	}
	SPI_finish();
	PG_RETURN_VOID();
}

/* proctorlink.remove_webhook_rule(install_sid, event_type, integration_sid) */
Datum
proctorlink_remove_webhook_rule(PG_FUNCTION_ARGS)
{
	RuleArguments rule;
	Datum		values[3];
	JsonObject	changes;
	bool		removed;

	SpiStart();
	ReadRule(fcinfo, 2, &rule);
	values[0] = UUIDPGetDatum(&rule.install);
	values[1] = UUIDPGetDatum(&rule.integration);
	values[2] = TextDatum(rule.eventType);
	removed = StatementRun(&removeRule, values, rule.hasIntegration ? NULL : " n ", false) > 0;
	if (removed)
	{
		JsonObjectInit(&changes);
		RuleEvent(&rule, "webhook_rule_removed", &changes);
	}
	SPI_finish();
	PG_RETURN_BOOL(removed);
}

/* proctorlink.webhook_rules(install_sid) */
Datum
proctorlink_webhook_rules(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	pg_uuid_t	install;
	Datum		key = UUIDPGetDatum(&install);
	uint64		count;

	REQUIRE_ARGUMENTS("install_sid");
	InitMaterializedSRF(fcinfo, 0);
	SpiStart();
	install = InstallNamed(PG_GETARG_DATUM(0));
	if (StatementRun(&installExists, &key, NULL, true) == 0)
		RaiseProblem(CODE_NOT_FOUND, NULL, "install_sid: no install has the sid \"%s\"", SidOf("AI", &install));
	count = StatementRun(&readRules, &key, NULL, true);
	for (uint64 i = 0; i < count; i++)
	{
		Datum		values[RULE_COLUMNS] = {0};
		char		marks[] = "    ";
		bool		nulls[RULE_COLUMNS];
		bool		isnull;

		CHECK_FOR_INTERRUPTS();
		ParameterText(values, marks, 0, RowText(i, 1));
		ParameterText(values, marks, 2, RowText(i, 2));
		ParameterText(values, marks, 3, RowText(i, 3));
		(void) RowDatum(i, 4, &isnull);
		marks[1] = isnull ? 'n' : ' ';
		if (!isnull)
		{
			pg_uuid_t	integration = RowUuid(i, 4);

			values[1] = CStringGetTextDatum(SidOf("II", &integration));
		}
		for (int c = 0; c < RULE_COLUMNS; c++)
			nulls[c] = marks[c] == 'n';
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	SPI_finish();
	return (Datum) 0;
}
