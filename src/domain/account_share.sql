-- domain/account_share.sql
--		Accounts that are shared, such as one that owns the schedules of a team.

CREATE TABLE proctorlink.account_share (
	install_id uuid NOT NULL,
	account_id uuid NOT NULL,
	with_account_id uuid NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT account_share_pkey PRIMARY KEY (install_id, account_id, with_account_id),
	CONSTRAINT account_share_account_fkey FOREIGN KEY (install_id, account_id)
		REFERENCES proctorlink.account (install_id, account_id),
	CONSTRAINT account_share_with_account_fkey FOREIGN KEY (install_id, with_account_id)
		REFERENCES proctorlink.account (install_id, account_id),
	CONSTRAINT account_share_with_another CHECK (with_account_id <> account_id)
);
CREATE INDEX account_share_with_account ON proctorlink.account_share (install_id, with_account_id);
SELECT pg_extension_config_dump('proctorlink.account_share', '');
REVOKE ALL ON TABLE proctorlink.account_share FROM PUBLIC;
ALTER TABLE proctorlink.account_share ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON proctorlink.account_share USING (install_id = (SELECT proctorlink.current_install()));
COMMENT ON TABLE proctorlink.account_share IS 'Who else sees and changes the schedules of an account, such as a Default Schedule account of all schedulers.';
COMMENT ON COLUMN proctorlink.account_share.install_id IS 'The install that the row belongs to.';
COMMENT ON COLUMN proctorlink.account_share.account_id IS 'The account that is shared.';
COMMENT ON COLUMN proctorlink.account_share.with_account_id IS 'The account that it is shared with.';
COMMENT ON COLUMN proctorlink.account_share.created_at IS 'When the row was made.';

CREATE FUNCTION proctorlink.share_account(install_sid text, account text, with_account text) RETURNS void
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_share_account';
COMMENT ON FUNCTION proctorlink.share_account(text, text, text) IS
'Lets another account see and change the schedules of an account; both are named by sid (US...), username or external id. Sharing twice changes nothing. Raises PT400 INVALIDINPUT, PT404 RESOURCENOTFOUND, PT409 CONFLICT.';
REVOKE ALL ON FUNCTION proctorlink.share_account(text, text, text) FROM PUBLIC;

CREATE FUNCTION proctorlink.unshare_account(install_sid text, account text, with_account text) RETURNS void
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_unshare_account';
COMMENT ON FUNCTION proctorlink.unshare_account(text, text, text) IS
'Takes back what share_account gave; what was not given is no error. Raises PT400 INVALIDINPUT, PT404 RESOURCENOTFOUND, PT409 CONFLICT.';
REVOKE ALL ON FUNCTION proctorlink.unshare_account(text, text, text) FROM PUBLIC;
