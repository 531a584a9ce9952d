-- domain/erased.sql
--		Ids of people who were erased, so that they do not quietly come again.

CREATE TABLE proctorlink.erasure_key (
	install_id uuid NOT NULL,
	secret text NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT erasure_key_pkey PRIMARY KEY (install_id),
	-- Nobody but the owner could delete a key first; so it goes with its install.
	CONSTRAINT erasure_key_install_fkey FOREIGN KEY (install_id) REFERENCES proctorlink.install (install_id)
		ON DELETE CASCADE,
	CONSTRAINT erasure_key_secret_length CHECK (length(secret) >= 32)
);
SELECT pg_extension_config_dump('proctorlink.erasure_key', '');
REVOKE ALL ON TABLE proctorlink.erasure_key FROM PUBLIC;
ALTER TABLE proctorlink.erasure_key ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON proctorlink.erasure_key USING (install_id = (SELECT proctorlink.current_install()));
COMMENT ON TABLE proctorlink.erasure_key IS 'The key by which an install hashes the ids of erased people, made with the first erasure. Without it nobody can try ids out against the hashes. Readable by the owner alone.';
COMMENT ON COLUMN proctorlink.erasure_key.install_id IS 'The install that the row belongs to.';
COMMENT ON COLUMN proctorlink.erasure_key.secret IS 'The key: 256 random bits as 43 characters of base64url; the characters themselves are the HMAC key.';
COMMENT ON COLUMN proctorlink.erasure_key.created_at IS 'When the row was made.';

-- No foreign key to the account: the hashes are to outlive it.
CREATE TABLE proctorlink.erased_id (
	install_id uuid NOT NULL,
	id_hash text COLLATE "C" NOT NULL,
	kind text COLLATE "C" NOT NULL,
	account_id uuid NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT erased_id_pkey PRIMARY KEY (install_id, id_hash, kind, account_id),
	CONSTRAINT erased_id_install_fkey FOREIGN KEY (install_id) REFERENCES proctorlink.install (install_id)
		ON DELETE CASCADE
);
CREATE INDEX erased_id_account ON proctorlink.erased_id (install_id, account_id);
SELECT pg_extension_config_dump('proctorlink.erased_id', '');
REVOKE ALL ON TABLE proctorlink.erased_id FROM PUBLIC;
ALTER TABLE proctorlink.erased_id ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON proctorlink.erased_id USING (install_id = (SELECT proctorlink.current_install()));
COMMENT ON TABLE proctorlink.erased_id IS 'Keyed hashes of the ids that erased people had: whoever comes with one of them is refused (erased_stays_erased) until readmit_candidate lets them in. Readable by the owner alone.';
COMMENT ON COLUMN proctorlink.erased_id.install_id IS 'The install that the row belongs to.';
COMMENT ON COLUMN proctorlink.erased_id.id_hash IS 'HMAC-SHA256 of the id by the install''s erasure_key, as 43 characters of base64url.';
COMMENT ON COLUMN proctorlink.erased_id.kind IS 'What the id was: candidate (candidate_ext_id, username or a provider''s student_id, all of them the customer''s names of the person), api, lms, or the name of the provider that called the person so (user_id).';
COMMENT ON COLUMN proctorlink.erased_id.account_id IS 'The account that was erased.';
COMMENT ON COLUMN proctorlink.erased_id.created_at IS 'When the row was made.';

CREATE FUNCTION proctorlink.account_stays_erased() RETURNS trigger
	LANGUAGE C
	AS 'MODULE_PATHNAME', 'proctorlink_account_stays_erased';
COMMENT ON FUNCTION proctorlink.account_stays_erased() IS
'Trigger: an id of an erased person becomes nobody''s again, and an erased account stays as it is (erased_stays_erased).';
REVOKE ALL ON FUNCTION proctorlink.account_stays_erased() FROM PUBLIC;

-- A batch of several new people asks for all of them at once instead.
CREATE TRIGGER account_stays_erased_new AFTER INSERT ON proctorlink.account
	FOR EACH ROW EXECUTE FUNCTION proctorlink.account_stays_erased();
CREATE TRIGGER account_stays_erased_changed AFTER UPDATE ON proctorlink.account
	FOR EACH ROW WHEN (OLD.status = 'erased' OR NEW.candidate_ext_id <> OLD.candidate_ext_id
		OR NEW.username <> OLD.username OR NEW.api_id IS DISTINCT FROM OLD.api_id
		OR NEW.lms_id IS DISTINCT FROM OLD.lms_id)
	EXECUTE FUNCTION proctorlink.account_stays_erased();

CREATE FUNCTION proctorlink.provider_account_stays_erased() RETURNS trigger
	LANGUAGE C
	AS 'MODULE_PATHNAME', 'proctorlink_provider_account_stays_erased';
COMMENT ON FUNCTION proctorlink.provider_account_stays_erased() IS
'Trigger: the ids that a provider had for an erased person are not kept again, and no others with the erased account (erased_stays_erased).';
REVOKE ALL ON FUNCTION proctorlink.provider_account_stays_erased() FROM PUBLIC;

CREATE TRIGGER provider_account_stays_erased_new AFTER INSERT ON proctorlink.provider_account
	FOR EACH ROW EXECUTE FUNCTION proctorlink.provider_account_stays_erased();
CREATE TRIGGER provider_account_stays_erased_changed AFTER UPDATE ON proctorlink.provider_account
	FOR EACH ROW WHEN (NEW.student_id IS DISTINCT FROM OLD.student_id OR NEW.user_id <> OLD.user_id
		OR NEW.account_id IS DISTINCT FROM OLD.account_id)
	EXECUTE FUNCTION proctorlink.provider_account_stays_erased();

CREATE FUNCTION proctorlink.accommodation_stays_erased() RETURNS trigger
	LANGUAGE C
	AS 'MODULE_PATHNAME', 'proctorlink_accommodation_stays_erased';
COMMENT ON FUNCTION proctorlink.accommodation_stays_erased() IS
'Trigger: nobody is entered as eligible by an id of an erased person (erased_stays_erased).';
REVOKE ALL ON FUNCTION proctorlink.accommodation_stays_erased() FROM PUBLIC;

CREATE TRIGGER accommodation_stays_erased AFTER INSERT OR UPDATE ON proctorlink.accommodation
	FOR EACH ROW EXECUTE FUNCTION proctorlink.accommodation_stays_erased();

