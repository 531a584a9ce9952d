/*
 * proctoru/webhook_sender.c
 *		Whether a webhook comes from where it says.
 *
 * Anybody may call, so that whoever calls learns nothing but yes or no: no such
 * install, no such integration, one that is not in use and a wrong signature are
 * told alike, after the same work.
 */
#include "proctoru/webhook.h"

#include "catalog/pg_type.h"
#include "core/crypto.h"
#include "core/problems.h"
#include "core/sid.h"
#include "core/statement.h"

/* What the signature stands behind in its header; the digits may be of either case. */
#define SIGNATURE_PREFIX "sha1="

/* Both rows are looked for, whether or not there is the other. */
STATEMENT(readSecret,
		  "SELECT (SELECT w.secret FROM proctorlink.webhook_secret w"
		  " WHERE w.install_id" EQ "$1 AND w.integration_id" EQ "$2),"
		  " (SELECT i.active AND i.provider" EQ "'proctoru' FROM proctorlink.integration i"
		  " WHERE i.install_id" EQ "$1 AND i.integration_id" EQ "$2)",
		  UUIDOID, UUIDOID);

/* ReadSignature reads the bytes of a signature, and tells whether it is one. */
static bool
ReadSignature(Text signature, uint8 *bytes)
{
	const int	prefix = strlen(SIGNATURE_PREFIX);

	memset(bytes, 0, SHA1_LENGTH);
	if (signature.presence != GIVEN || signature.len != prefix + 2 * SHA1_LENGTH ||
		memcmp(signature.data, SIGNATURE_PREFIX, prefix) != 0)
		return false;
	for (int i = 0; i < SHA1_LENGTH; i++)
	{
		int			high = HexDigit(pg_ascii_tolower(signature.data[prefix + 2 * i]));
		int			low = HexDigit(pg_ascii_tolower(signature.data[prefix + 2 * i + 1]));

		if (high < 0 || low < 0)
			return false;
		bytes[i] = high << 4 | low;
	}
	return true;
}

/* ReadSid reads a sid, and tells whether it is one; nothing has an id of noughts. */
static bool
ReadSid(Text sid, const char *kind, pg_uuid_t *id)
{
	if (sid.presence == GIVEN && SidRead(sid, kind, id) == SID_OURS)
		return true;
	memset(id, 0, sizeof(*id));
	return false;
}

/* WebhookAuthenticate finds the integration that a webhook comes from, or raises. The caller is connected to SPI. */
void
WebhookAuthenticate(const Webhook *webhook, pg_uuid_t *install, pg_uuid_t *integration)
{
	Datum		keys[2] = {UUIDPGetDatum(install), UUIDPGetDatum(integration)};
	uint8		sent[SHA1_LENGTH];
	uint8		right[SHA1_LENGTH];
	bool		good = webhook->body.presence == GIVEN;
	Text		nobodys = TextOf(RandomSecret());
	Text		secret;

	good &= ReadSid(webhook->install, "AI", install);
	good &= ReadSid(webhook->integration, "II", integration);
	good &= ReadSignature(webhook->signature, sent);
	StatementRunAsOwner(&readSecret, keys, NULL, false);
	secret = RowText(0, 1);
	good &= RowBool(0, 2);
	good &= secret.presence == GIVEN;

	/* One that nobody knows is as long as those that are made here. */
	if (secret.presence != GIVEN)
		secret = nobodys;
	HmacSha1(secret, webhook->body.data, webhook->body.len, right);
	good &= SecretsEqual(right, sent, SHA1_LENGTH);
	if (!good)
		RaiseProblem(CODE_AUTHENTICATION,
					 "Name an active integration with ProctorU, and sign the raw body with its secret (set_webhook_secret).",
					 "no webhook of an integration here");
}
