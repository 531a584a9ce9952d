-- proctoru/webhook.sql
--		ProctorU's door: what it reports by itself.

CREATE FUNCTION proctorlink.proctoru_webhook(install_sid text, integration_sid text, body bytea, signature text) RETURNS jsonb
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_proctoru_webhook';
COMMENT ON FUNCTION proctorlink.proctoru_webhook(text, text, bytea, text) IS
'Takes a webhook of ProctorU: the raw body (at most 1 MB) and the header X-ProctorU-Signature (sha1= and the HMAC-SHA1 of the body with the integration''s secret, 40 hexadecimal digits of either case). Whoever calls; the signature tells who sent it. A body is kept once however often it comes, and does what the rule of its event.type says (set_webhook_rule) to the session of its reservation_id or reservation_no. Answers {"received": true, "duplicate", "event_type", "session", "status", "result"}: status is the session''s afterwards, result is moved, unchanged, not allowed (by the session''s status, as for a late event, or by a rule of a table), no rule, no session, or not read (no JSON object with an event.type); of a repeat all but duplicate as the first time. Raises PT403 AUTHENTICATIONFAILED for anything that is not signed by an active integration with ProctorU, PT413 LIMITEXCEEDED.';
REVOKE ALL ON FUNCTION proctorlink.proctoru_webhook(text, text, bytea, text) FROM PUBLIC;

CREATE FUNCTION proctorlink.proctoru_webhook_raw(bytea) RETURNS jsonb
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_proctoru_webhook_raw';
COMMENT ON FUNCTION proctorlink.proctoru_webhook_raw(bytea) IS
'proctoru_webhook for PostgREST, which hands it the raw body (Content-Type application/octet-stream) and tells the request''s headers in the setting request.headers: X-ProctorU-Signature is the sender''s, Proctorlink-Webhook (install_sid/integration_sid) is to be set by the proxy in front. A header that is missing or comes twice is a wrong signature. Answers and raises as proctoru_webhook.';
REVOKE ALL ON FUNCTION proctorlink.proctoru_webhook_raw(bytea) FROM PUBLIC;

