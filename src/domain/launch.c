/*
 * domain/launch.c
 *		Launch links: where a person begins, or comes back to, a sitting.
 *
 * A link's token (RFC 7519, HS256 with the install's launch key) names the
 * session and has no end of its own: the window, a move, a cancellation are read
 * when it is redeemed. So a link given out once stays good as long as the
 * session lives, and as long as the session's link_version is the one it names.
 */
#include "domain/launch.h"

#include "catalog/pg_type.h"
#include "core/crypto.h"
#include "core/jsonb_write.h"
#include "core/sid.h"
#include "core/statement.h"
#include "domain/exam_session.h"
#include "domain/install.h"
#include "domain/install_key.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(proctorlink_launch_link);
PG_FUNCTION_INFO_V1(proctorlink_rotate_launch_key);

struct LaunchLinks
{
	JwtSigner	signer;
	Text		address;		/* of the platform, without a slash at its
								 * end; absent: none */
	char	   *middle;			/* of the claims, from install to before the
								 * version */
	int			middleLength;
	StringInfoData claims;
};

STATEMENT(insertKey,
		  "INSERT INTO proctorlink.launch_key (install_id, secret) VALUES ($1, $2) ON CONFLICT DO NOTHING",
		  UUIDOID, TEXTOID);
STATEMENT(readKey,
		  "SELECT k.secret FROM proctorlink.launch_key k WHERE k.install_id" EQ "$1 AND k.retired_at IS NULL",
		  UUIDOID);
STATEMENT(readKeys,
		  "SELECT k.secret FROM proctorlink.launch_key k WHERE k.install_id" EQ "$1"
		  " ORDER BY k.retired_at DESC NULLS FIRST, k.launch_key_id",
		  UUIDOID);
STATEMENT(retireKey,
		  "UPDATE proctorlink.launch_key k SET retired_at = pg_catalog.now()"
		  " WHERE k.install_id" EQ "$1 AND k.retired_at IS NULL",
		  UUIDOID);
STATEMENT(readSession,
		  "SELECT s.link_version, s.status, a.status, " SESSION_CLOSES
		  " FROM proctorlink.exam_session s"
		  " JOIN proctorlink.account a ON a.install_id" EQ "$1 AND a.account_id" EQ "s.account_id"
		  JOIN_SESSION_WINDOW
		  " WHERE s.install_id" EQ "$1 AND s.exam_session_id" EQ "$2",
		  UUIDOID, UUIDOID);

const InstallKeys launchKeys = {"launch", "launch_key_rotated", &insertKey, &readKey, &retireKey};

/* LaunchKeysRead reads all keys that may have signed a link of an install, the one in use first. */
int
LaunchKeysRead(const pg_uuid_t *install, Text **keys)
{
	Datum		id = UUIDPGetDatum(install);

	return SecretsFound(StatementRunForRule(&readKeys, &id, NULL), keys);
}

/* LaunchStart prepares to mint links of an install. */
LaunchLinks *
LaunchStart(const Install *install)
{
	LaunchLinks *links = palloc0(sizeof(LaunchLinks));
	char	   *sid = SidOf("AI", &install->id);
	Text		key = InstallKeyCurrent(&launchKeys, &install->id);

	links->address = install->platformUrl;
	while (links->address.len > 0 && links->address.data[links->address.len - 1] == '/')
		links->address.len--;
	links->middle = psprintf("\",\"install\":\"%s\",\"iat\":" INT64_FORMAT ",\"" LAUNCH_VERSION "\":", sid,
							 JwtNow());
	links->middleLength = strlen(links->middle);
	initStringInfo(&links->claims);
	JwtSignerInit(&links->signer, key, LAUNCH_TYPE, sid);
	return links;
}

/* LaunchEnd is done with minting. */
void
LaunchEnd(LaunchLinks *links)
{
	JwtSignerEnd(&links->signer);
}

/*
 * LaunchMint mints a link to a session: its path, and the whole address, which is
 * null for an install without a platform's. The texts are allocated where the
 * caller does.
 */
void
LaunchMint(LaunchLinks *links, const pg_uuid_t *session, int linkVersion, Text *startupLink, Text *launchUrl)
{
	StringInfo	claims = &links->claims;
	StringInfoData out;
	pg_uuid_t	tokenId;
	char		sid[SID_LENGTH];
	char		jti[32];
	char		version[16];

	Uuid7(&tokenId);
	UuidHex(&tokenId, jti);
	SidWrite("ES", session, sid);

	resetStringInfo(claims);
	appendStringInfoString(claims, "{\"iss\":\"proctorlink\",\"sub\":\"");
	appendBinaryStringInfo(claims, sid, sizeof(sid));
	appendBinaryStringInfo(claims, links->middle, links->middleLength);
	appendBinaryStringInfo(claims, version, pg_ltoa(linkVersion, version));
	appendStringInfoString(claims, ",\"jti\":\"");
	appendBinaryStringInfo(claims, jti, sizeof(jti));
	appendStringInfoString(claims, "\"}");

	initStringInfo(&out);
	enlargeStringInfo(&out, links->address.len + 640);
	if (links->address.presence == GIVEN)
		appendBinaryStringInfo(&out, links->address.data, links->address.len);
	appendStringInfoString(&out, LAUNCH_PATH);
	JwtSign(&links->signer, claims->data, claims->len, &out);

	startupLink->data = out.data + links->address.len;
	startupLink->len = out.len - links->address.len;
	startupLink->presence = GIVEN;
	*launchUrl = NULL_TEXT;
	if (links->address.presence == GIVEN)
	{
		launchUrl->data = out.data;
		launchUrl->len = out.len;
		launchUrl->presence = GIVEN;
	}
}

/*
 * proctorlink.launch_link(session_sid)
 *
 * Asking for a link does not replace those given out before: who has lost theirs
 * gets another to the same session. What makes them worthless is a higher
 * link_version.
 */
Datum
proctorlink_launch_link(PG_FUNCTION_ARGS)
{
	Install		install;
	pg_uuid_t	session;
	Datum		values[2];
	int			version;
	Text		status;
	Text		account;
	TimeField	closes;
	LaunchLinks *links;
	Text		startupLink;
	Text		launchUrl;
	JsonObject	answer;

	REQUIRE_ARGUMENTS("session_sid");
	session = SidArgument(PG_GETARG_DATUM(0), "ES", "session_sid");

	SpiStart();
	InstallForCall(NO_TEXT, &install);
	values[0] = UUIDPGetDatum(&install.id);
	values[1] = UUIDPGetDatum(&session);
	if (StatementRun(&readSession, values, NULL, false) == 0)
		RaiseProblem(CODE_NOT_FOUND, NULL, "session_sid: no session has the sid \"%s\"", SidOf("ES", &session));
	version = RowInt(0, 1);
	status = RowText(0, 2);
	account = RowText(0, 3);
	closes = RowTime(0, 4);
	if (!TextIs(account, "active"))
		RaiseProblem(CODE_CONFLICT, "Make the account active again first.",
					 "session_sid: the session's account is %s", TextQuoted(account));
	if (TextIs(status, "Cancelled") || TextIs(status, "Closed"))
		RaiseProblem(CODE_CONFLICT, "A new attempt is a new session, with a link of its own.",
					 "session_sid: the session is %s, which is final", TextQuoted(status));

	links = LaunchStart(&install);
	LaunchMint(links, &session, version, &startupLink, &launchUrl);
	LaunchEnd(links);
	SPI_finish();

	JsonObjectInit(&answer);
	JsonAddText(&answer, "StartupLink", startupLink);
	JsonAddText(&answer, "LaunchUrl", launchUrl);
	JsonAddTime(&answer, "expires_at", closes);
	PG_RETURN_JSONB_P(JsonObjectJsonb(&answer));
}

/* proctorlink.rotate_launch_key(install_sid) */
Datum
proctorlink_rotate_launch_key(PG_FUNCTION_ARGS)
{
	pg_uuid_t	install;

	REQUIRE_ARGUMENTS("install_sid");
	SpiStart();
	install = InstallArgument(PG_GETARG_DATUM(0));
	InstallKeyRotate(&launchKeys, &install);
	SPI_finish();
	PG_RETURN_VOID();
}
