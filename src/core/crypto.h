/*
 * core/crypto.h
 *		Hashes, signatures and random secrets, all from PostgreSQL's own code.
 */
#ifndef PROCTORLINK_CRYPTO_H
#define PROCTORLINK_CRYPTO_H

#include "core/text.h"
#include "lib/stringinfo.h"

#define SHA256_LENGTH 32

/* 256 bits as base64url, without a terminator. */
#define SECRET_LENGTH 43

extern void Sha256(const void *data, size_t len, uint8 *digest);
extern void AppendBase64Url(StringInfo out, const void *data, int len);
extern char *RandomSecret(void);

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

#endif							/* PROCTORLINK_CRYPTO_H */
