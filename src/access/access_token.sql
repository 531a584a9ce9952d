-- access/access_token.sql
--		Access tokens: what a person shows to be taken for themselves.

CREATE FUNCTION proctorlink.issue_access_token(install_sid text, account text, expires_in interval DEFAULT '1 hour') RETURNS text
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_issue_access_token';
COMMENT ON FUNCTION proctorlink.issue_access_token(text, text, interval) IS
'A token (JWT) by which a person of the install is known, for the header Authorization: Bearer. account: candidate_ext_id, username or sid (US...) of an active account. expires_in: 1 second to 24 hours, fractions of a second cut off. The account is looked at whenever the token is shown: one that is no longer active is refused. Raises PT400 INVALIDINPUT, PT403 AUTHENTICATIONFAILED where the caller may not act for the install or is a person, PT404 RESOURCENOTFOUND, PT409 CONFLICT where the text means two people or the account is not active.';
REVOKE ALL ON FUNCTION proctorlink.issue_access_token(text, text, interval) FROM PUBLIC;
