/*
 * access/token.c
 *		EAPI tokens: what a system shows to act for an install.
 *
 * A token is a prefix, the install, and 256 random bits, all in lower case, since
 * some clients send nothing else. It names the install, so that it is looked for
 * among that tenant's alone, and by its SHA-256, so that nothing kept here can be
 * used as one; how long the look-up takes tells nothing about other tokens.
 */
#include "access/credential.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/pg_type.h"
#include "core/crypto.h"
#include "core/jsonb_read.h"
#include "core/jsonb_write.h"
#include "core/sid.h"
#include "core/statement.h"
#include "domain/event.h"
#include "domain/install.h"
#include "domain/integration.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(proctorlink_generate_eapi_token);
PG_FUNCTION_INFO_V1(proctorlink_revoke_eapi_token);
PG_FUNCTION_INFO_V1(proctorlink_eapi_tokens);

#define TOKEN_PREFIX "plk_"
#define PREFIX_LENGTH (sizeof(TOKEN_PREFIX) - 1)
#define INSTALL_LENGTH (2 * UUID_LEN)
#define RANDOM_BYTES 32
#define TOKEN_LENGTH (PREFIX_LENGTH + INSTALL_LENGTH + 2 * RANDOM_BYTES)

#define LIST_COLUMNS 7

STATEMENT(insertToken,
		  "INSERT INTO proctorlink.api_token (install_id, api_token_id, label, expires_at, integration_id)"
		  " VALUES ($1, $2, $3, $4, $5)",
		  UUIDOID, UUIDOID, TEXTOID, TIMESTAMPTZOID, UUIDOID);
STATEMENT(insertHash,
		  "INSERT INTO proctorlink.api_token_hash (install_id, api_token_id, hash) VALUES ($1, $2, $3)",
		  UUIDOID, UUIDOID, BYTEAOID);
STATEMENT(lockToken,
		  "SELECT t.revoked_at IS NOT NULL FROM proctorlink.api_token t"
		  " WHERE t.install_id" EQ "$1 AND t.api_token_id" EQ "$2 FOR NO KEY UPDATE",
		  UUIDOID, UUIDOID);
STATEMENT(revokeToken,
		  "UPDATE proctorlink.api_token t SET revoked_at = pg_catalog.now()"
		  " WHERE t.install_id" EQ "$1 AND t.api_token_id" EQ "$2",
		  UUIDOID, UUIDOID);
STATEMENT(deleteHash,
		  "DELETE FROM proctorlink.api_token_hash h WHERE h.install_id" EQ "$1 AND h.api_token_id" EQ "$2",
		  UUIDOID, UUIDOID);
STATEMENT(listTokens,
		  "SELECT t.api_token_id, t.label, t.integration_id, t.created_at, t.expires_at, t.last_used_at, t.revoked_at"
		  " FROM proctorlink.api_token t WHERE t.install_id" EQ "$1 ORDER BY t.api_token_id DESC",
		  UUIDOID);

/* A provider's token is good while the connection is in use. */
STATEMENT(findToken,
		  "SELECT t.api_token_id, t.integration_id, t.last_used_at"
		  " FROM proctorlink.api_token_hash h"
		  " JOIN proctorlink.api_token t ON t.install_id" EQ "$1 AND t.api_token_id" EQ "h.api_token_id"
		  " LEFT JOIN proctorlink.integration i ON i.install_id" EQ "$1 AND i.integration_id" EQ "t.integration_id"
		  " WHERE h.install_id" EQ "$1 AND h.hash" EQ "$2 AND t.revoked_at IS NULL"
		  " AND (t.expires_at IS NULL OR t.expires_at" GT "pg_catalog.clock_timestamp())"
		  " AND (t.integration_id IS NULL OR i.active)",
		  UUIDOID, BYTEAOID);

/* Another call that notes its use at this moment notes ours with it. */
STATEMENT(noteUse,
		  "UPDATE proctorlink.api_token t SET last_used_at = pg_catalog.now()"
		  " FROM (SELECT n.api_token_id FROM proctorlink.api_token n"
		  " WHERE n.install_id" EQ "$1 AND n.api_token_id" EQ "$2 FOR NO KEY UPDATE SKIP LOCKED) f"
		  " WHERE t.install_id" EQ "$1 AND t.api_token_id" EQ "f.api_token_id",
		  UUIDOID, UUIDOID);

/* AppendHex writes bytes as lower-case hexadecimal digits. */
static void
AppendHex(StringInfo out, const uint8 *bytes, int len)
{
	static const char digits[] = "0123456789abcdef";

	for (int i = 0; i < len; i++)
	{
		appendStringInfoChar(out, digits[bytes[i] >> 4]);
		appendStringInfoChar(out, digits[bytes[i] & 15]);
	}
}

/* MintToken makes a new token of an install. */
static char *
MintToken(const pg_uuid_t *install)
{
	StringInfoData token;
	uint8		secret[RANDOM_BYTES];

	if (!pg_strong_random(secret, sizeof(secret)))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not generate a random secret")));
	initStringInfo(&token);
	appendStringInfoString(&token, TOKEN_PREFIX);
	AppendHex(&token, install->data, UUID_LEN);
	AppendHex(&token, secret, RANDOM_BYTES);
	explicit_bzero(secret, sizeof(secret));
	return token.data;
}

/* NoteToken notes what happened to a token. */
static void
NoteToken(const pg_uuid_t *install, const char *kind, const pg_uuid_t *token, const pg_uuid_t *integration)
{
	JsonObject	changes;

	JsonObjectInit(&changes);
	if (integration != NULL)
		JsonAddSid(&changes, "integration", "II", integration);
	EventAdd(install, kind, SidOf("TK", token), &changes);
}

/* proctorlink.generate_eapi_token(install_sid, label, expires_at, integration_sid) */
Datum
proctorlink_generate_eapi_token(PG_FUNCTION_ARGS)
{
	pg_uuid_t	install;
	pg_uuid_t	id;
	pg_uuid_t	integration;
	Problems	problems;
	Text		label;
	char	   *token;
	char		nulls[] = "     ";
	Datum		values[5];
	Datum		keys[3];

	REQUIRE_ARGUMENTS("install_sid", "label");
	label = TextOfDatum(PG_GETARG_DATUM(1), false);
	ProblemsInit(&problems, CurrentMemoryContext);
	if (IdFault(label, MAX_CODE_LENGTH) != NULL)
		ProblemAdd(&problems, CODE_INVALID, IdFault(label, MAX_CODE_LENGTH)->rule, NULL, &PATH_KEY(NULL, "label"),
				   "must be 1 to %d characters without spaces around them", MAX_CODE_LENGTH);
	if (!PG_ARGISNULL(2) && PG_GETARG_TIMESTAMPTZ(2) <= GetCurrentTransactionStartTimestamp())
		ProblemAdd(&problems, CODE_INVALID, "range", NULL, &PATH_KEY(NULL, "expires_at"), "is over already");
	if (problems.count > 0)
		ProblemsRaise(&problems);

	SpiStart();
	install = InstallArgument(PG_GETARG_DATUM(0));
	Uuid7(&id);
	values[0] = keys[0] = UUIDPGetDatum(&install);
	values[1] = UUIDPGetDatum(&id);
	values[2] = TextDatum(label);
	values[3] = PG_GETARG_DATUM(2);
	values[4] = UUIDPGetDatum(&integration);
	nulls[3] = PG_ARGISNULL(2) ? 'n' : ' ';
	nulls[4] = PG_ARGISNULL(3) ? 'n' : ' ';
	if (!PG_ARGISNULL(3))
		integration = IntegrationArgument(&install, PG_GETARG_DATUM(3));
	StatementRun(&insertToken, values, nulls, false);

	token = MintToken(&install);
	keys[1] = UUIDPGetDatum(&id);
	keys[2] = Sha256Datum(token, TOKEN_LENGTH);
	StatementRunAsOwner(&insertHash, keys, NULL, false);
	NoteToken(&install, "token_made", &id, PG_ARGISNULL(3) ? NULL : &integration);
	SPI_finish();
	PG_RETURN_TEXT_P(cstring_to_text(token));
}

/* proctorlink.revoke_eapi_token(install_sid, token_sid) */
Datum
proctorlink_revoke_eapi_token(PG_FUNCTION_ARGS)
{
	pg_uuid_t	install;
	pg_uuid_t	id;
	Datum		keys[2] = {UUIDPGetDatum(&install), UUIDPGetDatum(&id)};
	bool		before;

	REQUIRE_ARGUMENTS("install_sid", "token_sid");
	SpiStart();
	install = InstallNamed(PG_GETARG_DATUM(0));
	id = SidArgument(PG_GETARG_DATUM(1), "TK", "token_sid");
	if (StatementRun(&lockToken, keys, NULL, false) == 0)
		RaiseProblem(CODE_NOT_FOUND, NULL, "token_sid: no token has the sid \"%s\"", SidOf("TK", &id));
	before = RowBool(0, 1);
	if (!before)
	{
		StatementRun(&revokeToken, keys, NULL, false);
		StatementRunAsOwner(&deleteHash, keys, NULL, false);
		NoteToken(&install, "token_revoked", &id, NULL);
	}
	SPI_finish();
	PG_RETURN_BOOL(!before);
}

/* proctorlink.eapi_tokens(install_sid) */
Datum
proctorlink_eapi_tokens(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	pg_uuid_t	install;
	Datum		key = UUIDPGetDatum(&install);
	int			count;

	REQUIRE_ARGUMENTS("install_sid");
	InitMaterializedSRF(fcinfo, 0);
	SpiStart();
	install = InstallNamed(PG_GETARG_DATUM(0));
	count = StatementRun(&listTokens, &key, NULL, true);
	for (int i = 0; i < count; i++)
	{
		Datum		values[LIST_COLUMNS];
		bool		nulls[LIST_COLUMNS];
		pg_uuid_t	id;

		for (int column = 1; column <= LIST_COLUMNS; column++)
			values[column - 1] = RowDatum(i, column, &nulls[column - 1]);
		id = RowUuid(i, 1);
		values[0] = CStringGetTextDatum(SidOf("TK", &id));
		if (!nulls[2])
		{
			id = RowUuid(i, 3);
			values[2] = CStringGetTextDatum(SidOf("II", &id));
		}
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	SPI_finish();
	return (Datum) 0;
}

/* ReadToken reads which install a token is of, false when it has not the form of one. */
static bool
ReadToken(Text token, pg_uuid_t *install)
{
	const char *hex = token.data + PREFIX_LENGTH;

	if (token.presence != GIVEN || token.len != TOKEN_LENGTH || memcmp(token.data, TOKEN_PREFIX, PREFIX_LENGTH) != 0)
		return false;
	for (int i = 0; i < UUID_LEN; i++)
	{
		int			high = HexDigit(hex[2 * i]);
		int			low = HexDigit(hex[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		install->data[i] = high << 4 | low;
	}
	return true;
}

/*
 * NoteUse notes that a token is used, at most once a minute: a row that every
 * call writes would make them wait for each other. Under REPEATABLE READ the
 * write might fail, and with it the call.
 */
static void
NoteUse(const pg_uuid_t *install, const pg_uuid_t *token, TimeField lastUsed)
{
	Datum		keys[2] = {UUIDPGetDatum(install), UUIDPGetDatum(token)};

	if (XactReadOnly || RecoveryInProgress() || IsolationUsesXactSnapshot() ||
		(lastUsed.presence == GIVEN && GetCurrentTransactionStartTimestamp() < lastUsed.value + USECS_PER_MINUTE))
		return;
	StatementRunAsOwner(&noteUse, keys, NULL, false);
}

/*
 * TokenPrincipal finds whom an EAPI token speaks for; false when it is not good,
 * whatever is wrong with it. The newest state counts, also in a transaction that
 * keeps an older snapshot. The caller is connected to SPI.
 */
bool
TokenPrincipal(Text token, Principal *principal)
{
	Principal	found = {.kind = PRINCIPAL_SYSTEM,.hasInstall = true,.hasToken = true};
	Datum		keys[2] = {UUIDPGetDatum(&found.install)};
	bool		isnull;

	if (!ReadToken(token, &found.install))
		return false;
	keys[1] = Sha256Datum(token.data, token.len);
	if (StatementRunForRule(&findToken, keys, NULL) == 0)
		return false;
	found.token = RowUuid(0, 1);
	(void) RowDatum(0, 2, &isnull);
	if (!isnull)
	{
		found.hasIntegration = true;
		found.integration = RowUuid(0, 2);
	}
	NoteUse(&found.install, &found.token, RowTime(0, 3));
	*principal = found;
	return true;
}
