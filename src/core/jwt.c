/*
 * core/jwt.c
 *		JSON Web Tokens that somebody brings (RFC 7515 and 7519, with the advice
 *		of RFC 8725): one algorithm, one type, and a form that leaves no choice.
 *
 * Whatever text comes is answered with a reason and never with an error, and no
 * more than MAX_JWT_LENGTH bytes of it are looked at.
 */
#include "core/crypto.h"

#include "core/attempt.h"
#include "core/jsonb_read.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

/* Base64UrlValue gives the six bits of a letter of base64url, or -1. */
static inline int
Base64UrlValue(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '-')
		return 62;
	if (c == '_')
		return 63;
	return -1;
}

/*
 * ReadBase64Url decodes base64url and answers how many bytes it was, or -1.
 * There is exactly one way to write them: no padding, no blanks, no bits left
 * over.
 */
static int
ReadBase64Url(Text text, uint8 *bytes)
{
	uint32		bits = 0;
	int			pending = 0;
	int			written = 0;

	if (text.len % 4 == 1)
		return -1;
	for (int i = 0; i < text.len; i++)
	{
		int			value = Base64UrlValue(text.data[i]);

		if (value < 0)
			return -1;
		bits = bits << 6 | value;
		pending += 6;
		if (pending >= 8)
		{
			pending -= 8;
			bytes[written++] = bits >> pending;
			bits &= (1 << pending) - 1;
		}
	}
	return bits == 0 ? written : -1;
}

/* Between views what stands between two places. */
static Text
Between(const char *start, const char *end)
{
	return (Text)
	{
		start, end - start, GIVEN
	};
}

/* DecodePart decodes a part that is a text; absent when it is none. */
static Text
DecodePart(Text part)
{
	char	   *bytes = palloc(part.len + 1);
	int			len = ReadBase64Url(part, (uint8 *) bytes);

	if (len < 0 || !pg_verify_mbstr(PG_UTF8, bytes, len, true))
		return NO_TEXT;
	bytes[len] = '\0';
	return (Text)
	{
		bytes, len, GIVEN
	};
}

/* A text to parse, and what it comes to. */
typedef struct Parsing
{
	Text		json;
	Jsonb	   *parsed;
} Parsing;

/* Parse parses a text, or raises. */
static bool
Parse(void *what)
{
	Parsing    *parsing = what;

	parsing->parsed = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(parsing->json.data)));
	return true;
}

/*
 * JsonObjectParse parses a JSON object, NULL when the text is none. PostgreSQL's
 * parser raises, also over numbers and depths that jsonb does not hold.
 */
Jsonb *
JsonObjectParse(Text json)
{
	Parsing		parsing = {json};

	return AttemptToRead(Parse, &parsing) && JB_ROOT_IS_OBJECT(parsing.parsed) ? parsing.parsed : NULL;
}

/* FindMember finds a member of an object, false when there is none. */
static bool
FindMember(Jsonb *object, const char *name, JsonbValue *value)
{
	return getKeyJsonValueFromContainer(&object->root, name, strlen(name), value) != NULL;
}

/* JwtTextClaim finds a claim that is a string; absent when there is none. */
Text
JwtTextClaim(Jsonb *claims, const char *name)
{
	JsonbValue	value;

	return FindMember(claims, name, &value) ? JsonText(&value) : NO_TEXT;
}

/* JwtIntClaim finds a claim that is an integer of 32 bits, false when there is none. */
bool
JwtIntClaim(Jsonb *claims, const char *name, int32 *value)
{
	IntRange	range = {PG_INT32_MIN, PG_INT32_MAX};
	IntField	field = {.presence = ABSENT};
	JsonbValue	claim;
	Problems	problems;

	if (!FindMember(claims, name, &claim))
		return false;
	ProblemsInit(&problems, CurrentMemoryContext);
	ReadInt(&claim, NULL, &field, &range, &problems);
	*value = field.value;
	return field.presence == GIVEN;
}

/* TimeClaim finds a claim that is a number of seconds since 1970; false when it is there and something else. */
static bool
TimeClaim(Jsonb *claims, const char *name, float8 *seconds, bool *given)
{
	JsonbValue	value;

	*given = FindMember(claims, name, &value);
	if (!*given)
		return true;
	if (value.type != jbvNumeric)
		return false;
	*seconds = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, NumericGetDatum(value.val.numeric)));
	return true;
}

/*
 * JwtTimeClaim finds a claim that is a time, false when there is none, or one that
 * no calendar holds.
 */
bool
JwtTimeClaim(Jsonb *claims, const char *name, TimestampTz *time)
{
	float8		seconds;
	bool		given;

	if (!TimeClaim(claims, name, &seconds, &given) || !given ||
		!(seconds >= 0 && seconds < (float8) (END_TIMESTAMP / USECS_PER_SEC)))
		return false;
	*time = (TimestampTz) (seconds * USECS_PER_SEC) -
		(int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY;
	return true;
}

/*
 * JwtRead takes a token of a type (typ) apart. The text is refused by its size
 * alone before anything else is done with it.
 */
const char *
JwtRead(Text text, const char *type, JwtToken *token)
{
	const char *end;
	const char *first;
	const char *second;
	Text		header;
	Jsonb	   *parsed;
	JsonbValue	unused;
	uint8		signature[SHA256_LENGTH + 4];

	if (text.presence != GIVEN || text.len > MAX_JWT_LENGTH)
		return "it is too long";
	end = text.data + text.len;
	first = memchr(text.data, '.', text.len);
	second = first != NULL ? memchr(first + 1, '.', end - first - 1) : NULL;
	if (second == NULL || end - second - 1 != SECRET_LENGTH)
		return "it has not the form of a token";

	/* HMAC-SHA256 has the length of our secrets: 256 bits. */
	if (ReadBase64Url(Between(second + 1, end), signature) != SHA256_LENGTH)
		return "its signature is not base64url";
	memcpy(token->signature, signature, SHA256_LENGTH);
	token->signedPart = Between(text.data, second);

	header = DecodePart(Between(text.data, first));
	token->claims = DecodePart(Between(first + 1, second));
	if (header.presence != GIVEN || token->claims.presence != GIVEN)
		return "its parts are not base64url";
	parsed = JsonObjectParse(header);
	if (parsed == NULL)
		return "its header is not a JSON object";
	if (!TextIs(JwtTextClaim(parsed, "alg"), "HS256"))
		return "it is not signed by HS256";
	if (!TextIs(JwtTextClaim(parsed, "typ"), type))
		return "it is of another type";

	/*
	 * What a header calls critical must be understood, and we understand none
	 * of it.
	 */
	if (FindMember(parsed, "crit", &unused))
		return "it asks for an extension";
	token->keyId = JwtTextClaim(parsed, "kid");
	return token->keyId.presence == GIVEN ? NULL : "it names no key";
}

/*
 * JwtClaims reads the claims of a token that was not verified, NULL when they are
 * no JSON object: to look a key up by them, as values.
 */
Jsonb *
JwtClaims(const JwtToken *token)
{
	return JsonObjectParse(token->claims);
}

/*
 * JwtVerify verifies a token with a key and gives its claims. A token tells when
 * it was issued (iat), which is not in the future; exp and nbf are kept where
 * there are any. Whoever wants more of the claims looks at them.
 */
const char *
JwtVerify(const JwtToken *token, Text key, Jsonb **claims)
{
	uint8		expected[SHA256_LENGTH];
	float8		now = (float8) GetCurrentTimestamp() / USECS_PER_SEC +
	(float8) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY;
	float8		seconds;
	bool		given;
	bool		matches;

	Assert(key.presence == GIVEN && key.len > 0);
	HmacSha256(key, token->signedPart.data, token->signedPart.len, expected);
	matches = SecretsEqual(expected, token->signature, SHA256_LENGTH);
	explicit_bzero(expected, sizeof(expected));
	if (!matches)
		return "its signature is of another key";

	*claims = JsonObjectParse(token->claims);
	if (*claims == NULL)
		return "its claims are not a JSON object";
	if (!TimeClaim(*claims, "iat", &seconds, &given) || !given || seconds < 0 || seconds > now + JWT_SKEW)
		return "it was not issued before now";
	if (!TimeClaim(*claims, "nbf", &seconds, &given) || (given && seconds > now + JWT_SKEW))
		return "it is not good yet";
	if (!TimeClaim(*claims, "exp", &seconds, &given) || (given && seconds <= now - JWT_SKEW))
		return "it has run out";
	return NULL;
}
