/*
 * access/signon.c
 *		Redeeming of sign-on links: once each, also when two come at once.
 *
 * Whoever has the link may call, also nobody in particular: the token says who it
 * is. So everything is read and written as the tables' owner, and whatever is
 * wrong is told in the same words: who tries learns nothing.
 */
#include "access/access_token.h"

#include "access/detoast.h"
#include "catalog/pg_type.h"
#include "core/crypto.h"
#include "core/jsonb_write.h"
#include "core/settings.h"
#include "core/sid.h"
#include "core/statement.h"
#include "domain/event.h"
#include "domain/integration.h"
#include "miscadmin.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(proctorlink_redeem_signon);

/* What a link says. */
typedef struct Link
{
	pg_uuid_t	install;
	pg_uuid_t	integration;
	pg_uuid_t	account;
	pg_uuid_t	id;				/* jti */
	TimestampTz issued;
	TimestampTz end;
} Link;

STATEMENT(readAccount,
		  "SELECT a.candidate_ext_id, a.username FROM proctorlink.account a"
		  " WHERE a.install_id" EQ "$1 AND a.account_id" EQ "$2 AND a.status" EQ "'active'",
		  UUIDOID, UUIDOID);
STATEMENT(insertUse,
		  "INSERT INTO proctorlink.signon_use (install_id, jti, expires_at) VALUES ($1, $2, $3)",
		  UUIDOID, UUIDOID, TIMESTAMPTZOID);

/* RefuseToken raises that a text is no link that is good; one answer for everything. */
pg_noreturn static void
RefuseToken(void)
{
	RaiseProblem(CODE_AUTHENTICATION, "Use a link once, whole and before it has run out, or ask for a new one.",
				 "token: not a sign-on link that is good");
}

/*
 * ReadLink verifies a token and reads what it says, false when it is none of ours.
 * The install that it names serves to look its key up, which keeps to one tenant;
 * the signature is over that, too.
 */
static bool
ReadLink(Text sent, Link *link)
{
	JwtToken	token;
	Jsonb	   *claims;
	Text	   *keys;
	int			count;
	Text		jti;
	char		written[SID_LENGTH] = {'I', 'D'};
	Text		tokenId = {written, SID_LENGTH, GIVEN};

	if (JwtRead(sent, SIGNON_TYPE, &token) != NULL ||
		SidRead(token.keyId, "II", &link->integration) != SID_OURS ||
		!TextIs(token.keyId, SidOf("II", &link->integration)) ||
		(claims = JwtClaims(&token)) == NULL ||
		SidRead(JwtTextClaim(claims, "install"), "AI", &link->install) != SID_OURS)
		return false;

	claims = NULL;
	count = IntegrationKeysRead(&link->install, &link->integration, &keys);
	for (int i = 0; i < count && claims == NULL; i++)
		if (JwtVerify(&token, keys[i], &claims) != NULL)
			claims = NULL;
	if (claims == NULL ||
		!TextIs(JwtTextClaim(claims, "iss"), "proctorlink") ||
		!TextEquals(JwtTextClaim(claims, "aud"), token.keyId) ||
		SidRead(JwtTextClaim(claims, "sub"), "US", &link->account) != SID_OURS ||
		!JwtTimeClaim(claims, "iat", &link->issued) ||
		!JwtTimeClaim(claims, "exp", &link->end))
		return false;

	/*
	 * Who receives links may hold the key, too. Nothing that lives longer
	 * than a link can is taken, or its use would have to be remembered as
	 * long.
	 */
	if (link->end - link->issued > SIGNON_SECONDS_MOST * USECS_PER_SEC)
		return false;

	/* Its id has the form of ours, so that each has one way to be written. */
	jti = JwtTextClaim(claims, "jti");
	if (jti.len != SID_LENGTH - 2)
		return false;
	memcpy(written + 2, jti.data, jti.len);
	return SidRead(tokenId, "ID", &link->id) == SID_OURS;
}

/*
 * UseLink notes that a link is used, false when it was before. A second one waits
 * on the key until the first has ended.
 */
static bool
UseLink(const Link *link)
{
	Datum		values[3] = {UUIDPGetDatum(&link->install), UUIDPGetDatum(&link->id)};
	ErrorData  *refused;
	uint64		rows;

	values[2] = TimestampTzGetDatum(link->end + JWT_SKEW * USECS_PER_SEC);
	rows = StatementTryForRule(&insertUse, values, NULL, &refused);
	if (refused != NULL && refused->sqlerrcode != ERRCODE_UNIQUE_VIOLATION)
		ReThrowError(refused);
	return rows == 1;
}

/* proctorlink.redeem_signon(token) */
Datum
proctorlink_redeem_signon(PG_FUNCTION_ARGS)
{
	Link		link;
	Datum		keys[2] = {UUIDPGetDatum(&link.install), UUIDPGetDatum(&link.account)};
	Text		candidate;
	Text		username;
	TimeField	issued = {.presence = GIVEN};
	char	   *accessToken;
	JsonObject	changes;
	JsonObject	user;
	JsonObject	answer;

	PreventCommandIfReadOnly("redeem_signon()");
	/* A large text is not even unpacked. */
	if (PG_ARGISNULL(0) || toast_raw_datum_size(PG_GETARG_DATUM(0)) - VARHDRSZ > MAX_JWT_LENGTH)
		RefuseToken();
	SpiStart();
	if (!ReadLink(TextOfDatum(PG_GETARG_DATUM(0), false), &link) ||
		StatementRunForRule(&readAccount, keys, NULL) == 0)
		RefuseToken();
	issued.value = link.issued;
	candidate = RowText(0, 1);
	username = RowText(0, 2);
	if (!UseLink(&link))
		RefuseToken();
	accessToken = AccessTokenMint(&link.install, &link.account, ACCESS_SECONDS_DEFAULT);
	JsonObjectInit(&changes);
	JsonAddSid(&changes, "integration", "II", &link.integration);
	EventAdd(&link.install, "signon_redeemed", SidOf("US", &link.account), &changes);
	SPI_finish();

	JsonObjectInit(&user);
	JsonAddSid(&user, "sid", "US", &link.account);
	JsonAddText(&user, "candidate_ext_id", candidate);
	JsonAddText(&user, "username", username);
	JsonObjectInit(&answer);
	JsonAddObject(&answer, "user", &user);
	JsonAddSid(&answer, "install", "AI", &link.install);
	JsonAddSid(&answer, "integration", "II", &link.integration);
	JsonAddTime(&answer, "issued_at", issued);
	JsonAddString(&answer, "access_token", accessToken);
	PG_RETURN_JSONB_P(JsonObjectJsonb(&answer));
}
