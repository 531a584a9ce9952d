/*
 * core/crypto.c
 *		Hashes, signatures and random secrets, all from PostgreSQL's own code.
 */
#include "core/crypto.h"

#include "common/cryptohash.h"
#include "common/hmac.h"
#include "common/sha2.h"
#include "utils/timestamp.h"

/* Sha256 hashes bytes. */
void
Sha256(const void *data, size_t len, uint8 *digest)
{
	pg_cryptohash_ctx *context = pg_cryptohash_create(PG_SHA256);

	if (context == NULL || pg_cryptohash_init(context) < 0 ||
		pg_cryptohash_update(context, data, len) < 0 ||
		pg_cryptohash_final(context, digest, SHA256_LENGTH) < 0)
		elog(ERROR, "could not compute SHA-256");
	pg_cryptohash_free(context);
}

/* Sha256Datum makes the SHA-256 of bytes as a parameter. */
Datum
Sha256Datum(const void *data, size_t len)
{
	bytea	   *hash = palloc(VARHDRSZ + SHA256_LENGTH);

	SET_VARSIZE(hash, VARHDRSZ + SHA256_LENGTH);
	Sha256(data, len, (uint8 *) VARDATA(hash));
	return PointerGetDatum(hash);
}

/* Hmac signs bytes (RFC 2104), false where the server cannot. */
static bool
Hmac(pg_cryptohash_type type, Text key, const void *data, size_t len, uint8 *digest, size_t digestLength)
{
	pg_hmac_ctx *hmac = pg_hmac_create(type);
	bool		done = hmac != NULL &&
	pg_hmac_init(hmac, (const uint8 *) key.data, key.len) >= 0 &&
	pg_hmac_update(hmac, data, len) >= 0 &&
	pg_hmac_final(hmac, digest, digestLength) >= 0;

	pg_hmac_free(hmac);
	return done;
}

/* HmacSha1 signs bytes as some providers still do; nothing of ours is signed so. */
void
HmacSha1(Text key, const void *data, size_t len, uint8 *digest)
{
	if (!Hmac(PG_SHA1, key, data, len, digest, SHA1_LENGTH))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("could not compute HMAC-SHA1"),
				 errhint("The server's OpenSSL may be set to allow no SHA-1, which ProctorU's webhooks are signed with.")));
}

/* HmacSha256 signs bytes. */
void
HmacSha256(Text key, const void *data, size_t len, uint8 *digest)
{
	Assert(key.presence == GIVEN && key.len > 0);
	if (!Hmac(PG_SHA256, key, data, len, digest, SHA256_LENGTH))
		elog(ERROR, "could not compute HMAC");
}

/* AppendBase64Url appends bytes as base64url without padding (RFC 4648, section 5). */
void
AppendBase64Url(StringInfo out, const void *data, int len)
{
	int			room = pg_b64_enc_len(len);
	char	   *text;
	int			written;

	enlargeStringInfo(out, room + 1);
	text = out->data + out->len;
	written = Base64Encode(data, len, text, room);
	if (written < 0)
		elog(ERROR, "could not encode base64");
	while (written > 0 && text[written - 1] == '=')
		written--;
	for (int i = 0; i < written; i++)
	{
		if (text[i] == '+')
			text[i] = '-';
		else if (text[i] == '/')
			text[i] = '_';
	}
	text[written] = '\0';
	out->len += written;
}

/* AppendHmac appends the HMAC-SHA256 of a text as 43 characters of base64url. */
void
AppendHmac(StringInfo out, Text key, Text value)
{
	uint8		digest[SHA256_LENGTH];

	HmacSha256(key, value.data, value.len, digest);
	AppendBase64Url(out, digest, sizeof(digest));
}

/* RandomSecret makes 256 random bits, as 43 characters of base64url. */
char *
RandomSecret(void)
{
	uint8		random[32];
	StringInfoData secret;

	if (!pg_strong_random(random, sizeof(random)))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not generate random values")));
	initStringInfo(&secret);
	AppendBase64Url(&secret, random, sizeof(random));
	explicit_bzero(random, sizeof(random));
	return secret.data;
}

/* SecretsEqual compares bytes in a time that does not tell where they differ. */
bool
SecretsEqual(const void *a, const void *b, size_t len)
{
	const volatile uint8 *left = a;
	const volatile uint8 *right = b;
	uint8		difference = 0;

	for (size_t i = 0; i < len; i++)
		difference |= left[i] ^ right[i];
	return difference == 0;
}

/*
 * JwtSignerInit prepares to sign tokens of a type (typ) with a key that is known
 * by an id (kid). JwtSignerEnd has to follow.
 */
void
JwtSignerInit(JwtSigner *signer, Text key, const char *type, const char *keyId)
{
	StringInfoData encoded;
	char	   *header = psprintf("{\"alg\":\"HS256\",\"typ\":\"%s\",\"kid\":\"%s\"}", type, keyId);

	initStringInfo(&encoded);
	AppendBase64Url(&encoded, header, strlen(header));
	appendStringInfoChar(&encoded, '.');
	Assert(key.presence == GIVEN && key.len > 0);
	signer->key = key;
	signer->header = encoded.data;
	signer->headerLength = encoded.len;
	signer->hmac = pg_hmac_create(PG_SHA256);
	if (signer->hmac == NULL)
		elog(ERROR, "could not prepare HMAC");
}

/* JwtSignerEnd lets go of what the signer holds outside of memory contexts; an error does so by itself. */
void
JwtSignerEnd(JwtSigner *signer)
{
	pg_hmac_free(signer->hmac);
}

/* JwtSign appends a token with these claims, a JSON object as text. */
void
JwtSign(const JwtSigner *signer, const char *claims, int len, StringInfo out)
{
	int			start = out->len;
	uint8		signature[SHA256_LENGTH];

	appendBinaryStringInfo(out, signer->header, signer->headerLength);
	AppendBase64Url(out, claims, len);
	if (pg_hmac_init(signer->hmac, (const uint8 *) signer->key.data, signer->key.len) < 0 ||
		pg_hmac_update(signer->hmac, (const uint8 *) out->data + start, out->len - start) < 0 ||
		pg_hmac_final(signer->hmac, signature, sizeof(signature)) < 0)
		elog(ERROR, "could not compute HMAC");
	appendStringInfoChar(out, '.');
	AppendBase64Url(out, signature, sizeof(signature));
}

/* JwtNow tells the time as tokens do: whole seconds since 1970. */
int64
JwtNow(void)
{
	return GetCurrentTimestamp() / USECS_PER_SEC +
		(int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY;
}
