-- domain/provider_account.sql
--		A person at a provider.

CREATE TABLE proctorlink.provider_account (
	install_id uuid NOT NULL,
	integration_id uuid NOT NULL,
	user_id text COLLATE "C" NOT NULL,
	account_id uuid,
	student_id text COLLATE "C",
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT provider_account_pkey PRIMARY KEY (install_id, integration_id, user_id),
	CONSTRAINT provider_account_once UNIQUE (install_id, integration_id, account_id),
	CONSTRAINT provider_account_integration_fkey FOREIGN KEY (install_id, integration_id)
		REFERENCES proctorlink.integration (install_id, integration_id),
	CONSTRAINT provider_account_account_fkey FOREIGN KEY (install_id, account_id)
		REFERENCES proctorlink.account (install_id, account_id),
	CONSTRAINT provider_account_user_id_format CHECK (proctorlink.is_id(user_id, 500)),
	CONSTRAINT provider_account_student_id_format CHECK (proctorlink.is_id(student_id, 500))
);
CREATE UNIQUE INDEX provider_student_id_unique ON proctorlink.provider_account (install_id, integration_id, student_id)
	WHERE student_id IS NOT NULL;
CREATE INDEX provider_account_account ON proctorlink.provider_account (install_id, account_id)
	WHERE account_id IS NOT NULL;
SELECT pg_extension_config_dump('proctorlink.provider_account', '');
REVOKE ALL ON TABLE proctorlink.provider_account FROM PUBLIC;
ALTER TABLE proctorlink.provider_account ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON proctorlink.provider_account
	USING (install_id = (SELECT proctorlink.current_install()) AND proctorlink.sees_account(install_id, account_id));
COMMENT ON TABLE proctorlink.provider_account IS 'A person as a provider knows them.';
COMMENT ON COLUMN proctorlink.provider_account.install_id IS 'The install that the row belongs to.';
COMMENT ON COLUMN proctorlink.provider_account.integration_id IS 'The connection to the provider.';
COMMENT ON COLUMN proctorlink.provider_account.user_id IS 'The provider''s own id of the person, which never changes.';
COMMENT ON COLUMN proctorlink.provider_account.account_id IS 'The person here; null until their first booking.';
COMMENT ON COLUMN proctorlink.provider_account.student_id IS 'The customer''s id of the person, as the provider has it; may be set and changed.';
COMMENT ON COLUMN proctorlink.provider_account.created_at IS 'When the row was made.';
COMMENT ON COLUMN proctorlink.provider_account.updated_at IS 'When the row was last changed.';

CREATE TRIGGER touch BEFORE UPDATE ON proctorlink.provider_account
	FOR EACH ROW EXECUTE FUNCTION proctorlink.touch_row();

CREATE FUNCTION proctorlink.provider_user_id_changed() RETURNS trigger
	LANGUAGE C
	AS 'MODULE_PATHNAME', 'proctorlink_provider_user_id_changed';
COMMENT ON FUNCTION proctorlink.provider_user_id_changed() IS
'Trigger: a provider''s own id of a person stays what it is (provider_user_id_never_changes).';
REVOKE ALL ON FUNCTION proctorlink.provider_user_id_changed() FROM PUBLIC;

CREATE TRIGGER provider_user_id_never_changes AFTER UPDATE ON proctorlink.provider_account
	FOR EACH ROW WHEN (NEW.user_id <> OLD.user_id) EXECUTE FUNCTION proctorlink.provider_user_id_changed();

CREATE FUNCTION proctorlink.link_candidate(install_sid text, integration_sid text, user_id text, candidate_ext_id text) RETURNS jsonb
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_link_candidate';
COMMENT ON FUNCTION proctorlink.link_candidate(text, text, text, text) IS
'Says that a provider''s user_id is the person with a candidate_ext_id, whose bookings then come to that account. Answers {"sid" (US...), "candidate_ext_id", "user_id", "student_id", "result"}, result being Created, Updated (the ids were known and nobody''s yet) or Found Existing. One user_id is one person and one person has one user_id at an integration: anything else is a conflict. Raises PT400 INVALIDINPUT, PT404 RESOURCENOTFOUND, PT409 CONFLICT.';
REVOKE ALL ON FUNCTION proctorlink.link_candidate(text, text, text, text) FROM PUBLIC;

CREATE FUNCTION proctorlink.rename_candidate(install_sid text, candidate_ext_id text, new_candidate_ext_id text) RETURNS jsonb
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_rename_candidate';
COMMENT ON FUNCTION proctorlink.rename_candidate(text, text, text) IS
'Gives a person another candidate_ext_id; a username that is the same as the old one goes with it. Answers {"sid" (US...), "candidate_ext_id", "username", "result"}, result being Updated or Found Existing. An id or username that somebody else has is a conflict: people are never merged. Raises PT400 INVALIDINPUT, PT404 RESOURCENOTFOUND, PT409 CONFLICT.';
REVOKE ALL ON FUNCTION proctorlink.rename_candidate(text, text, text) FROM PUBLIC;
