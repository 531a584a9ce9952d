/*
 * provision/signon.c
 *		Sign-on links: where to send a person, and the token that says who it
 *		is (RFC 7519, HS256 with the integration's key; redeemed once).
 */
#include "provision/batch.h"

#include "access/xact.h"
#include "core/crypto.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* A signer an integration, made when it is first wanted. */
typedef struct IntegrationSigner
{
	struct IntegrationSigner *next;
	const Integration *integration;
	JwtSigner	signer;
	char	   *middle;			/* of the claims, from aud to before exp */
	int			middleLength;
	char		mark;			/* what the token stands behind in the
								 * redirect: ? or & */
	int			beforeFragment; /* how much of the redirect comes before its # */
} IntegrationSigner;

struct SignonLinks
{
	char		install[SID_LENGTH + 1];
	int64		now;			/* seconds since 1970 */
	StringInfoData claims;
	IntegrationSigner *signers;
};

/* SignonStart prepares to mint links for an install. */
SignonLinks *
SignonStart(const pg_uuid_t *install)
{
	SignonLinks *links = palloc0(sizeof(SignonLinks));

	SidWrite("AI", install, links->install);
	links->now = JwtNow();
	initStringInfo(&links->claims);
	return links;
}

/* SignerFor finds or makes the signer of an integration. */
static IntegrationSigner *
SignerFor(SignonLinks *links, const Integration *integration)
{
	IntegrationSigner *entry;
	const char *url = integration->redirectUrl.data;
	const char *fragment;

	for (entry = links->signers; entry != NULL; entry = entry->next)
		if (memcmp(&entry->integration->id, &integration->id, UUID_LEN) == 0)
			return entry;
	entry = MemoryContextAllocZero(GetMemoryChunkContext(links), sizeof(IntegrationSigner));
	entry->integration = integration;
	JwtSignerInit(&entry->signer, integration->signingKey, SIGNON_TYPE, SidOf("II", &integration->id));
	entry->middle = psprintf("\",\"aud\":\"%s\",\"iat\":" INT64_FORMAT ",\"nbf\":" INT64_FORMAT ",\"exp\":",
							 SidOf("II", &integration->id), links->now, links->now);
	entry->middleLength = strlen(entry->middle);
	fragment = memchr(url, '#', integration->redirectUrl.len);
	entry->beforeFragment = fragment != NULL ? fragment - url : integration->redirectUrl.len;
	entry->mark = memchr(url, '?', entry->beforeFragment) != NULL ? '&' : '?';
	entry->next = links->signers;
	links->signers = entry;
	return entry;
}

/* SignonEnd is done with minting. */
void
SignonEnd(SignonLinks *links)
{
	for (IntegrationSigner *entry = links->signers; entry != NULL; entry = entry->next)
		JwtSignerEnd(&entry->signer);
}

/*
 * SignonMint mints a link for an account that lives for so many seconds, 0 for
 * as long as the integration says. The texts are allocated where the caller
 * does.
 */
void
SignonMint(SignonLinks *links, const Integration *integration, const pg_uuid_t *account, int seconds,
		   Text *redirect, Text *token)
{
	MemoryContext caller = MemoryContextSwitchTo(GetMemoryChunkContext(links));
	IntegrationSigner *entry = SignerFor(links, integration);
	StringInfo	claims = &links->claims;
	StringInfoData out;
	pg_uuid_t	tokenId;
	char		user[SID_LENGTH];
	char		jti[32];
	char		exp[32];
	int			start;

	MemoryContextSwitchTo(caller);
	Uuid7(&tokenId);
	UuidHex(&tokenId, jti);
	SidWrite("US", account, user);

	/*
	 * Put together piece by piece, since only three of them differ from link
	 * to link.
	 */
	resetStringInfo(claims);
	appendStringInfoString(claims, "{\"iss\":\"proctorlink\",\"sub\":\"");
	appendBinaryStringInfo(claims, user, sizeof(user));
	appendBinaryStringInfo(claims, entry->middle, entry->middleLength);
	appendBinaryStringInfo(claims, exp, pg_lltoa(links->now + (seconds > 0 ? seconds : integration->signonSeconds), exp));
	appendStringInfoString(claims, ",\"jti\":\"");
	appendBinaryStringInfo(claims, jti, sizeof(jti));
	appendStringInfoString(claims, "\",\"install\":\"");
	appendBinaryStringInfo(claims, links->install, SID_LENGTH);
	appendStringInfoString(claims, "\"}");

	initStringInfo(&out);
	enlargeStringInfo(&out, integration->redirectUrl.len + 640);
	appendBinaryStringInfo(&out, integration->redirectUrl.data, entry->beforeFragment);
	appendStringInfoChar(&out, entry->mark);
	appendStringInfoString(&out, "token=");
	start = out.len;
	JwtSign(&entry->signer, claims->data, claims->len, &out);
	token->data = out.data + start;
	token->len = out.len - start;
	token->presence = GIVEN;
	appendBinaryStringInfo(&out, integration->redirectUrl.data + entry->beforeFragment,
						   integration->redirectUrl.len - entry->beforeFragment);
	token->data = out.data + start;
	redirect->data = out.data;
	redirect->len = out.len;
	redirect->presence = GIVEN;
}
