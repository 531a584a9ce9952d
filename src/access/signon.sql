-- access/signon.sql
--		Redeeming of sign-on links: once each, also when two come at once.

CREATE TABLE proctorlink.signon_use (
	install_id uuid NOT NULL,
	jti uuid NOT NULL,
	used_at timestamptz NOT NULL DEFAULT now(),
	expires_at timestamptz NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT signon_use_pkey PRIMARY KEY (install_id, jti),
	-- Nobody but the owner could delete a row first; so it goes with its install.
	CONSTRAINT signon_use_install_fkey FOREIGN KEY (install_id) REFERENCES proctorlink.install (install_id)
		ON DELETE CASCADE
);
SELECT pg_extension_config_dump('proctorlink.signon_use', '');
REVOKE ALL ON TABLE proctorlink.signon_use FROM PUBLIC;
ALTER TABLE proctorlink.signon_use ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON proctorlink.signon_use USING (install_id = (SELECT proctorlink.current_install()));
COMMENT ON TABLE proctorlink.signon_use IS 'Sign-on links that were redeemed, each once. Written by the owner alone: who deletes a row lets its link be used again.';
COMMENT ON COLUMN proctorlink.signon_use.install_id IS 'The install that the link belongs to.';
COMMENT ON COLUMN proctorlink.signon_use.jti IS 'The id that the link''s token has (jti).';
COMMENT ON COLUMN proctorlink.signon_use.used_at IS 'When it was redeemed.';
COMMENT ON COLUMN proctorlink.signon_use.expires_at IS 'When the link has run out, clocks that are wrong included; the row is of no more use then.';
COMMENT ON COLUMN proctorlink.signon_use.created_at IS 'When the row was made.';

CREATE FUNCTION proctorlink.redeem_signon(token text) RETURNS jsonb
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_redeem_signon';
COMMENT ON FUNCTION proctorlink.redeem_signon(text) IS
'Who comes by a sign-on link, whoever calls: {"user": {"sid", "candidate_ext_id", "username"}, "install", "integration", "issued_at", "access_token"}. A link is good once, until it runs out, while its integration and account are active; access_token is one as issue_access_token makes them, for an hour. Raises PT403 AUTHENTICATIONFAILED for everything else, without saying why, and 25006 in a transaction that only reads.';
REVOKE ALL ON FUNCTION proctorlink.redeem_signon(text) FROM PUBLIC;
