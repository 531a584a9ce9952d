-- core/sid.sql
--		Sids: two letters and 32 hexadecimal digits at the door, 16 bytes inside.

CREATE FUNCTION proctorlink.uuid7() RETURNS uuid
	LANGUAGE C VOLATILE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'proctorlink_uuid7';
COMMENT ON FUNCTION proctorlink.uuid7() IS
'A new UUID of version 7 (RFC 9562). Those made by one session ascend.';
-- Column defaults run as whoever inserts: EXECUTE stays with PUBLIC.

CREATE FUNCTION proctorlink.sid(kind text, id uuid) RETURNS text
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'proctorlink_sid';
COMMENT ON FUNCTION proctorlink.sid(text, uuid) IS
'The sid of a row: kind is its table (account, course, ...) or the two letters themselves (US, CU, ...), id its key. Raises 22023 for a kind that has no sid.';
REVOKE ALL ON FUNCTION proctorlink.sid(text, uuid) FROM PUBLIC;

CREATE FUNCTION proctorlink.sid_uuid(sid text) RETURNS uuid
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'proctorlink_sid_uuid';
COMMENT ON FUNCTION proctorlink.sid_uuid(text) IS
'The key that a sid of any kind stands for. Raises 22P02 when the text is no sid.';
REVOKE ALL ON FUNCTION proctorlink.sid_uuid(text) FROM PUBLIC;

