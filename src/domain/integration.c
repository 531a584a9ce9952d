/*
 * domain/integration.c
 *		A connection of an install to a proctoring provider, and its keys.
 */
#include "domain/integration.h"

#include "catalog/pg_type.h"
#include "core/crypto.h"
#include "core/jsonb_read.h"
#include "core/jsonb_write.h"
#include "core/row_check.h"
#include "core/settings.h"
#include "core/sid.h"
#include "core/statement.h"
#include "core/written.h"
#include "domain/event.h"
#include "domain/install.h"
#include "utils/builtins.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(proctorlink_create_integration);
PG_FUNCTION_INFO_V1(proctorlink_rotate_signing_key);
PG_FUNCTION_INFO_V1(proctorlink_set_webhook_secret);
PG_FUNCTION_INFO_V1(proctorlink_integration_provider_changed);

typedef struct Settings
{
	IntField	candidateIdSource;
	IntField	signonLifetime;
	BoolField	active;
} Settings;

static const char *const providers[] = {"proctoru", "smarterproctoring", "other"};
static const IntRange lifetimeRange = {SIGNON_SECONDS_LEAST, SIGNON_SECONDS_MOST};

static const Member settingMembers[] = {
	MEMBER("candidateIdSource", ReadWord, Settings, candidateIdSource, &idSourceWords),
	MEMBER("signonLifetime", ReadInt, Settings, signonLifetime, &lifetimeRange),
	MEMBER("active", ReadBool, Settings, active, NULL),
};

STATEMENT(insertIntegration,
		  "INSERT INTO proctorlink.integration (install_id, integration_id, provider, redirect_url, active, settings)"
		  " VALUES ($1, $2, $3, $4, $5, $6)",
		  UUIDOID, UUIDOID, TEXTOID, TEXTOID, BOOLOID, JSONBOID);
STATEMENT(integrationExists,
		  "SELECT FROM proctorlink.integration i WHERE i.install_id" EQ "$1 AND i.integration_id" EQ "$2",
		  UUIDOID, UUIDOID);
STATEMENT(lockIntegration,
		  "SELECT FROM proctorlink.integration i"
		  " WHERE i.install_id" EQ "$1 AND i.integration_id" EQ "$2 FOR NO KEY UPDATE",
		  UUIDOID, UUIDOID);
STATEMENT(insertKey,
		  "INSERT INTO proctorlink.signing_key (install_id, integration_id, secret) VALUES ($1, $2, $3)",
		  UUIDOID, UUIDOID, TEXTOID);
STATEMENT(retireKey,
		  "UPDATE proctorlink.signing_key k SET retired_at = pg_catalog.now()"
		  " WHERE k.install_id" EQ "$1 AND k.integration_id" EQ "$2 AND k.retired_at IS NULL",
		  UUIDOID, UUIDOID);
STATEMENT(insertWebhookSecret,
		  "INSERT INTO proctorlink.webhook_secret (install_id, integration_id, secret) VALUES ($1, $2, $3)",
		  UUIDOID, UUIDOID, TEXTOID);
STATEMENT(replaceWebhookSecret,
		  "INSERT INTO proctorlink.webhook_secret AS w (install_id, integration_id, secret) VALUES ($1, $2, $3)"
		  " ON CONFLICT (install_id, integration_id)"
		  " DO UPDATE SET secret = EXCLUDED.secret, created_at = EXCLUDED.created_at",
		  UUIDOID, UUIDOID, TEXTOID);
STATEMENT(readIntegrations,
		  "SELECT i.integration_id, i.active, i.redirect_url, (i.settings OPERATOR(pg_catalog.->) 'signonLifetime')"
		  " FROM proctorlink.integration i"
		  " WHERE i.install_id" EQ "$1 AND i.integration_id" EQ_ANY "($2)",
		  UUIDOID, UUIDARRAYOID);
STATEMENT(readKeys,
		  "SELECT k.integration_id, k.secret FROM proctorlink.signing_key k"
		  " WHERE k.install_id" EQ "$1 AND k.integration_id" EQ_ANY "($2) AND k.retired_at IS NULL",
		  UUIDOID, UUIDARRAYOID);

STATEMENT(readGoodKeys,
		  "SELECT k.secret FROM proctorlink.signing_key k"
		  " JOIN proctorlink.integration i ON i.install_id" EQ "$1 AND i.integration_id" EQ "$2 AND i.active"
		  " WHERE k.install_id" EQ "$1 AND k.integration_id" EQ "$2"
		  " AND (k.retired_at IS NULL OR k.retired_at" GT "$3)"
		  " ORDER BY k.retired_at DESC NULLS FIRST, k.signing_key_id",
		  UUIDOID, UUIDOID, TIMESTAMPTZOID);

/* ClampLifetime takes a lifetime that somebody wrote by hand into the bounds of one. */
static int
ClampLifetime(Numeric seconds)
{
	Numeric		least = int64_to_numeric(SIGNON_SECONDS_LEAST);
	Numeric		most = int64_to_numeric(SIGNON_SECONDS_MOST);

	if (DatumGetBool(DirectFunctionCall2(numeric_lt, NumericGetDatum(seconds), NumericGetDatum(least))))
		return SIGNON_SECONDS_LEAST;
	if (!DatumGetBool(DirectFunctionCall2(numeric_lt, NumericGetDatum(seconds), NumericGetDatum(most))))
		return SIGNON_SECONDS_MOST;
	return DatumGetInt32(DirectFunctionCall1(numeric_int4, NumericGetDatum(seconds)));
}

/*
 * IntegrationsRead reads the integrations with these ids, and the key of each,
 * and answers how many there are. The caller is connected to SPI.
 */
int
IntegrationsRead(const pg_uuid_t *install, Datum ids, Integration **integrations)
{
	Datum		values[2] = {UUIDPGetDatum(install), ids};
	int			count = StatementRun(&readIntegrations, values, NULL, false);
	Integration *list = palloc0(Max(count, 1) * sizeof(Integration));

	for (int i = 0; i < count; i++)
	{
		bool		isnull;
		Datum		lifetime = RowDatum(i, 4, &isnull);
		JsonbValue	seconds;

		list[i].id = RowUuid(i, 1);
		list[i].active = RowBool(i, 2);
		list[i].redirectUrl = RowText(i, 3);
		list[i].signonSeconds = SIGNON_SECONDS_DEFAULT;
		if (!isnull && JsonbExtractScalar(&DatumGetJsonbP(lifetime)->root, &seconds) &&
			seconds.type == jbvNumeric)
			list[i].signonSeconds = ClampLifetime(seconds.val.numeric);
	}
	if (count > 0)
	{
		int			keys = StatementRunAsOwner(&readKeys, values, NULL, false);

		for (int k = 0; k < keys; k++)
		{
			pg_uuid_t	id = RowUuid(k, 1);

			for (int i = 0; i < count; i++)
				if (memcmp(&list[i].id, &id, UUID_LEN) == 0)
					list[i].signingKey = RowText(k, 2);
		}
	}
	*integrations = list;
	return count;
}

/*
 * IntegrationKeysRead reads the keys that may have signed a link of an active
 * integration which still runs, the one in use first, and answers how many. A
 * retired key has signed nothing that lives longer than a link may.
 */
int
IntegrationKeysRead(const pg_uuid_t *install, const pg_uuid_t *integration, Text **keys)
{
	Datum		values[3] = {UUIDPGetDatum(install), UUIDPGetDatum(integration)};
	int			count;

	values[2] = TimestampTzGetDatum(GetCurrentTimestamp() - (SIGNON_SECONDS_MOST + JWT_SKEW) * USECS_PER_SEC);
	count = StatementRunForRule(&readGoodKeys, values, NULL);
	*keys = palloc(Max(count, 1) * sizeof(Text));
	for (int i = 0; i < count; i++)
		(*keys)[i] = RowText(i, 1);
	return count;
}

/* IntegrationExists tells whether an install has an integration. */
bool
IntegrationExists(const pg_uuid_t *install, const pg_uuid_t *integration)
{
	Datum		keys[2] = {UUIDPGetDatum(install), UUIDPGetDatum(integration)};

	return StatementRun(&integrationExists, keys, NULL, false) > 0;
}

/* RaiseNoIntegration raises that an install has no such integration. */
static void
RaiseNoIntegration(const pg_uuid_t *integration)
{
	RaiseProblem(CODE_NOT_FOUND, NULL, "integration_sid: no integration has the sid \"%s\"", SidOf("II", integration));
}

/* IntegrationArgument reads the integration that a function was given; the install must have it. */
pg_uuid_t
IntegrationArgument(const pg_uuid_t *install, Datum sid)
{
	pg_uuid_t	integration = SidArgument(sid, "II", "integration_sid");

	if (!IntegrationExists(install, &integration))
		RaiseNoIntegration(&integration);
	return integration;
}

/* proctorlink.create_integration(install_sid, provider, redirect_url, settings) */
Datum
proctorlink_create_integration(PG_FUNCTION_ARGS)
{
	static const char *const names[] = {"install_sid", "provider", "redirect_url", "settings"};
	pg_uuid_t	install;
	pg_uuid_t	integration;
	Settings	settings = {0};
	Problems	problems;
	Text		provider;
	Text		url;
	Jsonb	   *sent;
	JsonObject	stored;
	JsonObject	answer;
	Datum		values[6];
	Datum		secret[3];
	char	   *signingKey = RandomSecret();
	char	   *webhookSecret = RandomSecret();
	bool		known = false;

	RequireArguments(fcinfo, names, 4);
	provider = TextOfDatum(PG_GETARG_DATUM(1), false);
	url = TextOfDatum(PG_GETARG_DATUM(2), false);
	sent = PG_GETARG_JSONB_P(3);

	ProblemsInit(&problems, CurrentMemoryContext);
	for (int i = 0; i < lengthof(providers); i++)
		known |= TextIs(provider, providers[i]);
	if (!known)
		ProblemAdd(&problems, CODE_INVALID, "enum", NULL, &PATH_KEY(NULL, "provider"),
				   "\"%s\" is not proctoru, smarterproctoring or other", TextQuoted(provider));
	if (IdFault(url, MAX_URL_LENGTH) != NULL || !IsHttpUrl(url))
		ProblemAdd(&problems, CODE_INVALID, "format", NULL, &PATH_KEY(NULL, "redirect_url"),
				   "not an address that begins with http:// or https://");
	if (!JB_ROOT_IS_OBJECT(sent))
		ProblemAdd(&problems, CODE_INVALID, "type", NULL, NULL, "settings must be an object");
	else
		ReadObject(&sent->root, NULL, settingMembers, lengthof(settingMembers), &settings, &problems);
	if (problems.count > 0)
		ProblemsRaise(&problems);

	JsonObjectInit(&stored);
	if (settings.candidateIdSource.presence == GIVEN)
		JsonAddString(&stored, "candidateIdSource", idSourceWords.list[settings.candidateIdSource.value]);
	if (settings.signonLifetime.presence == GIVEN)
		JsonAddInt(&stored, "signonLifetime", settings.signonLifetime.value);

	SpiStart();
	install = InstallArgument(PG_GETARG_DATUM(0));
	Uuid7(&integration);
	values[0] = secret[0] = UUIDPGetDatum(&install);
	values[1] = secret[1] = UUIDPGetDatum(&integration);
	values[2] = TextDatum(provider);
	values[3] = TextDatum(url);
	values[4] = BoolGetDatum(settings.active.presence != GIVEN || settings.active.value);
	values[5] = PointerGetDatum(JsonObjectJsonb(&stored));
	StatementRun(&insertIntegration, values, NULL, false);
	secret[2] = CStringGetTextDatum(signingKey);
	StatementRunAsOwner(&insertKey, secret, NULL, false);
	secret[2] = CStringGetTextDatum(webhookSecret);
	StatementRunAsOwner(&insertWebhookSecret, secret, NULL, false);
	EventAdd(&install, "integration_made", SidOf("II", &integration), NULL);
	SPI_finish();

	JsonObjectInit(&answer);
	JsonAddSid(&answer, "sid", "II", &integration);
	JsonAddString(&answer, "signingKey", signingKey);
	JsonAddString(&answer, "webhookSecret", webhookSecret);
	PG_RETURN_JSONB_P(JsonObjectJsonb(&answer));
}

/* proctorlink.rotate_signing_key(install_sid, integration_sid) */
Datum
proctorlink_rotate_signing_key(PG_FUNCTION_ARGS)
{
	pg_uuid_t	install;
	pg_uuid_t	integration;
	Datum		values[3];
	char	   *signingKey = RandomSecret();

	REQUIRE_ARGUMENTS("install_sid", "integration_sid");
	SpiStart();
	install = InstallArgument(PG_GETARG_DATUM(0));
	integration = SidArgument(PG_GETARG_DATUM(1), "II", "integration_sid");
	values[0] = UUIDPGetDatum(&install);
	values[1] = UUIDPGetDatum(&integration);
	values[2] = CStringGetTextDatum(signingKey);

	/*
	 * Whoever may change the integration may change its key; the lock makes
	 * two rotations wait for each other.
	 */
	if (StatementRun(&lockIntegration, values, NULL, false) == 0)
		RaiseNoIntegration(&integration);
	StatementRunAsOwner(&retireKey, values, NULL, false);
	StatementRunAsOwner(&insertKey, values, NULL, false);
	EventAdd(&install, "signing_key_rotated", SidOf("II", &integration), NULL);
	SPI_finish();
	PG_RETURN_TEXT_P(cstring_to_text(signingKey));
}

/* proctorlink.set_webhook_secret(install_sid, integration_sid, secret) */
Datum
proctorlink_set_webhook_secret(PG_FUNCTION_ARGS)
{
	pg_uuid_t	install;
	pg_uuid_t	integration;
	Datum		values[3];
	Text		secret;

	REQUIRE_ARGUMENTS("install_sid", "integration_sid");
	secret = PG_ARGISNULL(2) ? TextOf(RandomSecret()) : TextOfDatum(PG_GETARG_DATUM(2), false);
	if (IdFault(secret, MAX_PASSWORD_LENGTH) != NULL)
		RaiseProblem(CODE_INVALID, "Leave it out to have a random one made.",
					 "secret: must be 1 to %d characters without spaces around them and without control characters",
					 MAX_PASSWORD_LENGTH);

	SpiStart();
	install = InstallArgument(PG_GETARG_DATUM(0));
	integration = SidArgument(PG_GETARG_DATUM(1), "II", "integration_sid");
	values[0] = UUIDPGetDatum(&install);
	values[1] = UUIDPGetDatum(&integration);
	values[2] = TextDatum(secret);

	/* As for the signing key: who may change the integration may change this. */
	if (StatementRun(&lockIntegration, values, NULL, false) == 0)
		RaiseNoIntegration(&integration);
	StatementRunAsOwner(&replaceWebhookSecret, values, NULL, false);
	EventAdd(&install, "webhook_secret_set", SidOf("II", &integration), NULL);
	SPI_finish();
	PG_RETURN_DATUM(TextDatum(secret));
}

/* proctorlink.integration_provider_changed(): AFTER UPDATE FOR EACH ROW on integration, where provider differs. */
Datum
proctorlink_integration_provider_changed(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_FOR_ROW(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("integration_provider_changed must be fired AFTER UPDATE FOR EACH ROW")));
	CheckTriggerTable(trigger, "integration");
	RefuseByRule(trigger->tg_relation, "integration_keeps_its_provider",
				 "Make another integration for the other provider (create_integration).",
				 "an integration keeps the provider that it was made for");
}
