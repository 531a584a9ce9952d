/*
 * core/crypto.h
 *		Hashes, signatures and random secrets, all from PostgreSQL's own code.
 */
#ifndef PROCTORLINK_CRYPTO_H
#define PROCTORLINK_CRYPTO_H

#include "core/text.h"
#include "datatype/timestamp.h"
#include "lib/stringinfo.h"
#include "utils/jsonb.h"

#define SHA1_LENGTH 20
#define SHA256_LENGTH 32

/* 256 bits as base64url, without a terminator. */
#define SECRET_LENGTH 43

extern void Sha256(const void *data, size_t len, uint8 *digest);
extern Datum Sha256Datum(const void *data, size_t len);
extern void HmacSha256(Text key, const void *data, size_t len, uint8 *digest);
extern void HmacSha1(Text key, const void *data, size_t len, uint8 *digest);
extern void AppendBase64Url(StringInfo out, const void *data, int len);
extern void AppendHmac(StringInfo out, Text key, Text value);
extern char *RandomSecret(void);
extern bool SecretsEqual(const void *a, const void *b, size_t len);

/*
 * A signer of JSON Web Tokens (RFC 7515, HS256) with one header; made once a
 * key and used for many tokens.
 */
typedef struct JwtSigner
{
	Text		key;
	char	   *header;			/* encoded, with the point behind it */
	int			headerLength;
	struct pg_hmac_ctx *hmac;
} JwtSigner;

extern void JwtSignerInit(JwtSigner *signer, Text key, const char *type, const char *keyId);
extern void JwtSignerEnd(JwtSigner *signer);
extern void JwtSign(const JwtSigner *signer, const char *claims, int len, StringInfo out);
extern int64 JwtNow(void);

/* An object from a text of somebody else's, which no error quotes; it ends with a nought. */
extern Jsonb *JsonObjectParse(Text json);

/* A token that is longer is refused unread. */
#define MAX_JWT_LENGTH 4096

/* Seconds by which the clocks of those who issue tokens may be wrong. */
#define JWT_SKEW 30

/*
 * A token that somebody brings, taken apart. Nothing of it is to be believed
 * before JwtVerify; the key's id serves to look the key up, as a value.
 */
typedef struct JwtToken
{
	Text		keyId;			/* kid */
	Text		claims;			/* JSON */
	Text		signedPart;
	uint8		signature[SHA256_LENGTH];
} JwtToken;

/* jwt.c; each answers NULL, or why the token is none of ours. */
extern const char *JwtRead(Text text, const char *type, JwtToken *token);
extern const char *JwtVerify(const JwtToken *token, Text key, Jsonb **claims);
extern Jsonb *JwtClaims(const JwtToken *token);

extern Text JwtTextClaim(Jsonb *claims, const char *name);
extern bool JwtIntClaim(Jsonb *claims, const char *name, int32 *value);
extern bool JwtTimeClaim(Jsonb *claims, const char *name, TimestampTz *time);

#endif							/* PROCTORLINK_CRYPTO_H */
