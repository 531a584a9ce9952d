/*
 * access/access_token.c
 *		Access tokens: what a person shows to be taken for themselves.
 *
 * A token (RFC 7519, HS256 with the install's access key) says who it is, and not
 * what they may do: the account is looked at each time that it is shown.
 */
#include "access/access_token.h"

#include "access/credential.h"
#include "catalog/pg_type.h"
#include "core/crypto.h"
#include "core/jsonb_write.h"
#include "core/settings.h"
#include "core/sid.h"
#include "core/statement.h"
#include "domain/access_key.h"
#include "domain/account_find.h"
#include "domain/event.h"
#include "domain/install.h"
#include "domain/install_key.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(proctorlink_issue_access_token);

/* What access tokens say that they are (typ). */
#define ACCESS_TYPE "proctorlink-access+jwt"

STATEMENT(readStatus,
		  "SELECT a.status FROM proctorlink.account a WHERE a.install_id" EQ "$1 AND a.account_id" EQ "$2",
		  UUIDOID, UUIDOID);
/*
 * AccessTokenMint makes a token for an account that lives for so many seconds.
 * The caller has seen that the account is active, and is connected to SPI.
 */
char *
AccessTokenMint(const pg_uuid_t *install, const pg_uuid_t *account, int seconds)
{
	char	   *tenant = SidOf("AI", install);
	int64		now = JwtNow();
	JwtSigner	signer;
	StringInfoData claims;
	StringInfoData token;
	pg_uuid_t	id;
	char		jti[32];

	Uuid7(&id);
	UuidHex(&id, jti);
	initStringInfo(&claims);
	appendStringInfo(&claims, "{\"iss\":\"proctorlink\",\"sub\":\"%s\",\"aud\":\"%s\","
					 "\"iat\":" INT64_FORMAT ",\"nbf\":" INT64_FORMAT ",\"exp\":" INT64_FORMAT ",\"jti\":\"",
					 SidOf("US", account), tenant, now, now, now + seconds);
	appendBinaryStringInfo(&claims, jti, sizeof(jti));
	appendStringInfo(&claims, "\",\"install\":\"%s\"}", tenant);

	initStringInfo(&token);
	JwtSignerInit(&signer, InstallKeyCurrent(&accessKeys, install), ACCESS_TYPE, tenant);
	JwtSign(&signer, claims.data, claims.len, &token);
	JwtSignerEnd(&signer);
	return token.data;
}

/* VerifyToken reads whom a token speaks for, false when it is not good. */
static bool
VerifyToken(Text jwt, pg_uuid_t *install, pg_uuid_t *account)
{
	JwtToken	token;
	Text	   *keys;
	int			count;
	Jsonb	   *claims = NULL;
	TimestampTz end;

	if (JwtRead(jwt, ACCESS_TYPE, &token) != NULL || SidRead(token.keyId, "AI", install) != SID_OURS)
		return false;
	count = AccessKeysRead(install, &keys);
	for (int i = 0; i < count && claims == NULL; i++)
		if (JwtVerify(&token, keys[i], &claims) != NULL)
			claims = NULL;

	/*
	 * The key's id is the install's sid, so everything that names one is the
	 * same text.
	 */
	return claims != NULL &&
		TextIs(JwtTextClaim(claims, "iss"), "proctorlink") &&
		TextEquals(JwtTextClaim(claims, "aud"), token.keyId) &&
		TextEquals(JwtTextClaim(claims, "install"), token.keyId) &&
		JwtTimeClaim(claims, "exp", &end) &&
		SidRead(JwtTextClaim(claims, "sub"), "US", account) == SID_OURS &&
		AccountIsActive(install, account);
}

/*
 * AccessTokenPrincipal tells whom an access token speaks for; false when it is not
 * good, whatever is wrong with it. Nothing is written. JSON is parsed in a
 * subtransaction, so it is not for functions that run beside parallel workers.
 */
bool
AccessTokenPrincipal(Text jwt, Principal *principal)
{
	Principal	person = {.kind = PRINCIPAL_PERSON,.hasInstall = true,.hasUser = true};
	bool		good;

	SpiStart();
	good = VerifyToken(jwt, &person.install, &person.user);
	SPI_finish();
	if (good)
		*principal = person;
	return good;
}

/* LifetimeArgument reads how many seconds a token is to live, or raises. */
static int
LifetimeArgument(const Interval *interval)
{
	float8		seconds = interval->month * (float8) (DAYS_PER_MONTH * SECS_PER_DAY) +
	interval->day * (float8) SECS_PER_DAY + interval->time / (float8) USECS_PER_SEC;

	if (!(seconds >= 1 && seconds <= ACCESS_SECONDS_MOST))
		RaiseProblem(CODE_INVALID, "A token that has run out is replaced by a new one.",
					 "expires_in: must be 1 to %d seconds", ACCESS_SECONDS_MOST);
	return (int) seconds;
}

/* proctorlink.issue_access_token(install_sid, account, expires_in) */
Datum
proctorlink_issue_access_token(PG_FUNCTION_ARGS)
{
	Install		install;
	pg_uuid_t	account;
	Datum		values[2] = {UUIDPGetDatum(&install.id), UUIDPGetDatum(&account)};
	int			seconds;
	Text		status;
	char	   *token;
	JsonObject	changes;

	REQUIRE_ARGUMENTS("install_sid", "account", "expires_in");
	seconds = LifetimeArgument(PG_GETARG_INTERVAL_P(2));

	/* A token would otherwise make others, and never end. */
	if (PrincipalCurrent()->kind == PRINCIPAL_PERSON)
		RaiseProblem(CODE_AUTHENTICATION, "Have a system or a role of the database issue it.",
					 "a person cannot issue access tokens");

	SpiStart();
	InstallForCall(TextOfDatum(PG_GETARG_DATUM(0), false), &install);
	account = AccountArgument(&install.id, PG_GETARG_DATUM(1), "account");
	if (StatementRun(&readStatus, values, NULL, false) == 0)
		RaiseProblem(CODE_NOT_FOUND, NULL, "account: the account is gone");
	status = RowText(0, 1);
	if (!TextIs(status, "active"))
		RaiseProblem(CODE_CONFLICT, "Make the account active again first.",
					 "account: %s is %s", SidOf("US", &account), TextQuoted(status));
	token = AccessTokenMint(&install.id, &account, seconds);
	JsonObjectInit(&changes);
	JsonAddInt(&changes, "seconds", seconds);
	EventAdd(&install.id, "access_token_issued", SidOf("US", &account), &changes);
	SPI_finish();
	PG_RETURN_TEXT_P(cstring_to_text(token));
}
