/*
 * access/authenticate.c
 *		Who is calling: by a token, or by a front that has verified one.
 *
 * What callers can set is never believed. Headers are looked at for tokens, which
 * are checked; claims are taken from sessions alone that logged in as a trusted
 * front. The one place that writes down who is calling is PrincipalSet.
 */
#include "access/credential.h"

#include "access/detoast.h"
#include "catalog/pg_type.h"
#include "core/crypto.h"
#include "core/jsonb_read.h"
#include "core/sid.h"
#include "core/statement.h"
#include "domain/account_find.h"
#include "domain/install.h"
#include "domain/role_binding.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"

PG_FUNCTION_INFO_V1(proctorlink_trust_front);
PG_FUNCTION_INFO_V1(proctorlink_distrust_front);
PG_FUNCTION_INFO_V1(proctorlink_authenticate);
PG_FUNCTION_INFO_V1(proctorlink_pre_request);

/* Roles that pre_request takes; setup_roles makes them. */
#define SYSTEM_ROLE "proctorlink_api"
#define PERSON_ROLE "proctorlink_marker"

/* A token of any kind, with the scheme before it. */
#define MAX_CREDENTIAL_LENGTH (MAX_JWT_LENGTH + 64)

STATEMENT(trust,
		  "INSERT INTO proctorlink.trusted_front AS f (role_name, role_oid) VALUES ($1, $2)"
		  " ON CONFLICT ON CONSTRAINT trusted_front_pkey DO UPDATE SET role_oid = excluded.role_oid"
		  " WHERE f.role_oid" NE "excluded.role_oid",
		  NAMEOID, OIDOID);
STATEMENT(distrust,
		  "DELETE FROM proctorlink.trusted_front f WHERE f.role_name" EQ "$1",
		  NAMEOID);
STATEMENT(isTrusted,
		  "SELECT FROM proctorlink.trusted_front f WHERE f.role_name" EQ "$1 AND f.role_oid" EQ "$2",
		  NAMEOID, OIDOID);
STATEMENT(installExists,
		  "SELECT FROM proctorlink.install i WHERE i.install_id" EQ "$1",
		  UUIDOID);
STATEMENT(integrationInUse,
		  "SELECT FROM proctorlink.integration i"
		  " WHERE i.install_id" EQ "$1 AND i.integration_id" EQ "$2 AND i.active",
		  UUIDOID, UUIDOID);
/* proctorlink.trust_front(role) */
Datum
proctorlink_trust_front(PG_FUNCTION_ARGS)
{
	Datum		values[2];

	REQUIRE_ARGUMENTS("role");
	values[0] = RoleName(PG_GETARG_OID(0));
	values[1] = PG_GETARG_DATUM(0);
	SpiStart();
	StatementRun(&trust, values, NULL, false);
	SPI_finish();
	PG_RETURN_VOID();
}

/* proctorlink.distrust_front(role) */
Datum
proctorlink_distrust_front(PG_FUNCTION_ARGS)
{
	Datum		name;

	REQUIRE_ARGUMENTS("role");
	name = RoleName(PG_GETARG_OID(0));
	SpiStart();
	StatementRun(&distrust, &name, NULL, false);
	SPI_finish();
	PG_RETURN_VOID();
}

/* WithoutScheme takes a scheme (RFC 9110: in any case) and the blanks behind it off a credential that has it. */
static bool
WithoutScheme(Text *credential, const char *scheme)
{
	int			len = strlen(scheme);

	if (credential->len <= len || credential->data[len] != ' ' || pg_strncasecmp(credential->data, scheme, len) != 0)
		return false;
	while (len < credential->len && credential->data[len] == ' ')
		len++;
	credential->data += len;
	credential->len -= len;
	return true;
}

/* CredentialPrincipal finds whom a credential speaks for, of whichever kind it is; false when it is not good. */
static bool
CredentialPrincipal(Text credential, Principal *principal)
{
	if (credential.presence != GIVEN || credential.len > MAX_CREDENTIAL_LENGTH)
		return false;
	if (!WithoutScheme(&credential, "EAPI"))
		(void) WithoutScheme(&credential, "Bearer");

	/* No token of ours has a point, and every JWT has. */
	return memchr(credential.data, '.', credential.len) != NULL ?
		AccessTokenPrincipal(credential, principal) : TokenPrincipal(credential, principal);
}

/* proctorlink.authenticate(authorization) */
Datum
proctorlink_authenticate(PG_FUNCTION_ARGS)
{
	Principal	principal;
	bool		good = false;

	SpiStart();
	/* A large text is not even unpacked. */
	if (!PG_ARGISNULL(0) && toast_raw_datum_size(PG_GETARG_DATUM(0)) <= MAX_CREDENTIAL_LENGTH + VARHDRSZ)
		good = CredentialPrincipal(TextOfDatum(PG_GETARG_DATUM(0), false), &principal);
	SPI_finish();
	if (!good)
		RaiseProblem(CODE_AUTHENTICATION, "Send a token that is in force.", "the credentials are not good");
	PrincipalSet(&principal);
	PG_RETURN_JSONB_P(WhoIsCalling());
}

/*
 * RequestObject reads a setting of the front that holds an object; NULL when there
 * is none. False: it holds something else, which an error must not quote.
 */
static bool
RequestObject(const char *setting, Jsonb **object)
{
	const char *text = GetConfigOption(setting, true, false);

	*object = NULL;
	/* A setting that was LOCAL once is empty afterwards. */
	if (text == NULL || text[0] == '\0')
		return true;
	*object = JsonObjectParse(TextOf(text));
	return *object != NULL;
}

/* TextMember finds a member that is a text; absent when there is none. */
static Text
TextMember(Jsonb *object, const char *name)
{
	JsonbValue	value;

	if (object == NULL || getKeyJsonValueFromContainer(&object->root, name, strlen(name), &value) == NULL)
		return NO_TEXT;
	return JsonText(&value);
}

/* HasMember tells whether an object has a member that is not null. */
static bool
HasMember(Jsonb *object, const char *name)
{
	JsonbValue	value;

	return object != NULL && getKeyJsonValueFromContainer(&object->root, name, strlen(name), &value) != NULL &&
		value.type != jbvNull;
}

/* IsTrustedFront tells whether the session logged in as a front that is believed, whatever role it took since. */
static bool
IsTrustedFront(void)
{
	Datum		values[2] = {RoleName(GetSessionUserId()), ObjectIdGetDatum(GetSessionUserId())};

	return StatementRunAsOwner(&isTrusted, values, NULL, false) > 0;
}

/* ClaimsPrincipal finds whom the claims of a trusted front speak for; false when they name what is not in use here. */
static bool
ClaimsPrincipal(Jsonb *claims, Principal *principal)
{
	Principal	found = {.kind = PRINCIPAL_SYSTEM,.hasInstall = true};
	Datum		keys[2] = {UUIDPGetDatum(&found.install)};

	if (SidRead(TextMember(claims, "install"), "AI", &found.install) != SID_OURS ||
		StatementRunForRule(&installExists, keys, NULL) == 0)
		return false;
	if (HasMember(claims, "sub"))
	{
		found.kind = PRINCIPAL_PERSON;
		found.hasUser = true;
		if (HasMember(claims, "integration") ||
			SidRead(TextMember(claims, "sub"), "US", &found.user) != SID_OURS ||
			!AccountIsActive(&found.install, &found.user))
			return false;
	}
	else if (HasMember(claims, "integration"))
	{
		found.hasIntegration = true;
		keys[1] = UUIDPGetDatum(&found.integration);
		if (SidRead(TextMember(claims, "integration"), "II", &found.integration) != SID_OURS ||
			StatementRunForRule(&integrationInUse, keys, NULL) == 0)
			return false;
	}
	*principal = found;
	return true;
}

/*
 * RequestPrincipal finds who sends a request. Nobody: nothing was brought;
 * refused: something that is not good.
 */
static Principal
RequestPrincipal(Jsonb **headers)
{
	static const char *const credentials[] = {"token", "authorization", "authorization-token"};
	Principal	principal = {PRINCIPAL_REFUSED};
	Jsonb	   *claims;
	bool		readable = RequestObject("request.headers", headers);

	if (!RequestObject("request.jwt.claims", &claims))
	{
		if (IsTrustedFront())
			return principal;
	}
	else if (HasMember(claims, "install") && IsTrustedFront())
	{
		if (readable)
			(void) ClaimsPrincipal(claims, &principal);
		return principal;
	}
	if (!readable)
		return principal;
	for (int i = 0; i < lengthof(credentials); i++)
		if (HasMember(*headers, credentials[i]))
		{
			(void) CredentialPrincipal(TextMember(*headers, credentials[i]), &principal);
			return principal;
		}
	principal.kind = PRINCIPAL_NOBODY;
	return principal;
}

/* AgreeOnInstall acts on the header that names an install, which those who may not act for it are refused by. */
static void
AgreeOnInstall(Text named)
{
	static const Principal refused = {PRINCIPAL_REFUSED};
	pg_uuid_t	install;

	if (SidRead(named, "AI", &install) == SID_OURS && MayChooseInstall(&install))
		ChooseInstall(&install, NULL);
	else
		PrincipalSet(&refused);
}

/* TakeRole takes a role until the end of the transaction; the session's user must be a member of it. */
static void
TakeRole(const char *role)
{
	if (!OidIsValid(get_role_oid(role, true)))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("role \"%s\" does not exist", role),
				 errhint("Make the roles by SELECT proctorlink.setup_roles(), and grant them to the role that the front logs in by.")));
	(void) set_config_option("role", role, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_LOCAL, true, 0, false);
}

/* proctorlink.pre_request() */
Datum
proctorlink_pre_request(PG_FUNCTION_ARGS)
{
	Jsonb	   *headers;
	Principal	principal;

	SpiStart();
	principal = RequestPrincipal(&headers);
	if (principal.kind != PRINCIPAL_NOBODY)
		PrincipalSet(&principal);
	if (principal.kind != PRINCIPAL_REFUSED && HasMember(headers, "proctorlink-install"))
		AgreeOnInstall(TextMember(headers, "proctorlink-install"));
	SPI_finish();

	if (principal.kind != PRINCIPAL_NOBODY)
		TakeRole(principal.kind == PRINCIPAL_PERSON ? PERSON_ROLE : SYSTEM_ROLE);
	PG_RETURN_VOID();
}
