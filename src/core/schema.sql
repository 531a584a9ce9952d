\echo Use "CREATE EXTENSION proctorlink" to load this file. \quit

-- core/schema.sql
--		What every other script leans on: a search_path that nobody can shadow,
--		the encoding, the checks of text that the tables' constraints use.

SET LOCAL search_path TO pg_catalog, pg_temp;
SET LOCAL client_min_messages TO warning;

COMMENT ON SCHEMA proctorlink IS 'Joins assessment platforms and LMSs to remote-proctoring providers.';

-- Ids and jsonb text are taken as UTF-8 throughout.
CREATE FUNCTION proctorlink.require_utf8() RETURNS void
	LANGUAGE C STABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'proctorlink_require_utf8';
REVOKE ALL ON FUNCTION proctorlink.require_utf8() FROM PUBLIC;
COMMENT ON FUNCTION proctorlink.require_utf8() IS
'Internal: raises 0A000 when the database''s encoding is not UTF8.';

SELECT proctorlink.require_utf8();

-- CHECK constraints run as whoever writes the row, so EXECUTE on these checks
-- stays with PUBLIC; they read nothing.
CREATE FUNCTION proctorlink.is_id(value text, max_length integer) RETURNS boolean
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'proctorlink_is_id';
COMMENT ON FUNCTION proctorlink.is_id(text, integer) IS
'Whether the text may serve as an id: 1 to max_length characters, no leading or trailing space, no control character. Used by CHECK constraints.';

CREATE FUNCTION proctorlink.is_text(value text, max_length integer) RETURNS boolean
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'proctorlink_is_text';
COMMENT ON FUNCTION proctorlink.is_text(text, integer) IS
'Whether the text has at most max_length characters. Used by CHECK constraints.';

CREATE FUNCTION proctorlink.is_email(value text) RETURNS boolean
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'proctorlink_is_email';
COMMENT ON FUNCTION proctorlink.is_email(text) IS
'Whether the text is an e-mail address: one @ with something on both sides, no space or control character, at most 500 characters. Used by CHECK constraints.';

CREATE FUNCTION proctorlink.is_http_url(value text) RETURNS boolean
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'proctorlink_is_http_url';
COMMENT ON FUNCTION proctorlink.is_http_url(text) IS
'Whether the text is an address that begins with http:// or https://, without spaces, of at most 2048 characters. Used by CHECK constraints.';

CREATE FUNCTION proctorlink.is_currency_code(value text) RETURNS boolean
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'proctorlink_is_currency_code';
COMMENT ON FUNCTION proctorlink.is_currency_code(text) IS
'Whether the text has the form of an ISO 4217 currency code: three upper-case letters. Used by CHECK constraints.';

CREATE FUNCTION proctorlink.is_time_zone(value text) RETURNS boolean
	LANGUAGE C STABLE STRICT PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'proctorlink_is_time_zone';
COMMENT ON FUNCTION proctorlink.is_time_zone(text) IS
'Whether the server knows the text as an IANA time zone name, spelled exactly so.';

CREATE FUNCTION proctorlink.version() RETURNS text
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'proctorlink_version';
COMMENT ON FUNCTION proctorlink.version() IS
'The version of the library that is loaded, such as 0.1.0.';
REVOKE ALL ON FUNCTION proctorlink.version() FROM PUBLIC;

CREATE FUNCTION proctorlink.limits() RETURNS jsonb
	LANGUAGE C STABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'proctorlink_limits';
COMMENT ON FUNCTION proctorlink.limits() IS
'What a call may bring at most: items and bytes of a batch, hours that an idempotency key is kept at least, lengths of texts in characters, seconds that a sign-on link and an access token may live.';
REVOKE ALL ON FUNCTION proctorlink.limits() FROM PUBLIC;

CREATE FUNCTION proctorlink.touch_row() RETURNS trigger
	LANGUAGE C
	AS 'MODULE_PATHNAME', 'proctorlink_touch_row';
COMMENT ON FUNCTION proctorlink.touch_row() IS
'Trigger: sets updated_at to the time of the transaction.';
REVOKE ALL ON FUNCTION proctorlink.touch_row() FROM PUBLIC;

