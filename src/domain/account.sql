-- domain/account.sql
--		A person, known by the ids that the platform, the LMS and the caller's
--		own systems give them.

CREATE FUNCTION proctorlink.account_is_well_formed(candidate_ext_id text, username text, api_id text, lms_id text,
		first_name text, last_name text, email text, time_zone text, currency_code text,
		reasonable_adjustment_percentage integer, status text) RETURNS boolean
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'proctorlink_account_is_well_formed';
COMMENT ON FUNCTION proctorlink.account_is_well_formed(text, text, text, text, text, text, text, text, text, integer, text) IS
'True, or raises 23514 under the name of the rule that a column breaks: account_candidate_ext_id_format, account_username_format, account_api_id_format, account_lms_id_format, account_first_name_length, account_last_name_length, account_email_format, account_time_zone_length, account_currency_code_format, account_adjustment_positive, account_status_known. Used by a CHECK constraint.';

CREATE TABLE proctorlink.account (
	install_id uuid NOT NULL,
	account_id uuid NOT NULL DEFAULT proctorlink.uuid7(),
	candidate_ext_id text COLLATE "C" NOT NULL,
	candidate_ext_id_defaulted boolean NOT NULL DEFAULT false,
	username text COLLATE "C" NOT NULL,
	api_id text COLLATE "C",
	lms_id text COLLATE "C",
	first_name text NOT NULL DEFAULT '',
	last_name text NOT NULL DEFAULT '',
	email text,
	role text COLLATE "C" NOT NULL,
	hierarchy_id uuid,
	time_zone text,
	currency_code text,
	special_needs boolean NOT NULL DEFAULT false,
	reasonable_adjustment_percentage integer,
	status text NOT NULL DEFAULT 'active',
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT account_pkey PRIMARY KEY (install_id, account_id),
	CONSTRAINT candidate_ext_id_unique UNIQUE (install_id, candidate_ext_id),
	CONSTRAINT username_unique UNIQUE (install_id, username),
	-- The role leads to the install, so one foreign key keeps both.
	CONSTRAINT account_role_fkey FOREIGN KEY (install_id, role)
		REFERENCES proctorlink.role (install_id, title),
	CONSTRAINT account_hierarchy_fkey FOREIGN KEY (install_id, hierarchy_id)
		REFERENCES proctorlink.hierarchy (install_id, hierarchy_id),
	-- One function checks all columns, under names of their own: see its comment.
	CONSTRAINT account_well_formed CHECK (proctorlink.account_is_well_formed(candidate_ext_id, username, api_id, lms_id,
		first_name, last_name, email, time_zone, currency_code, reasonable_adjustment_percentage, status)),
	CONSTRAINT adjustment_needs_special_needs CHECK (special_needs OR reasonable_adjustment_percentage IS NULL),
	-- An erased account stays as it is, so that there must be nothing left to erase.
	CONSTRAINT erased_stays_erased CHECK (status <> 'erased' OR (candidate_ext_id_defaulted
		AND username = candidate_ext_id AND api_id IS NULL AND lms_id IS NULL AND first_name = '' AND last_name = ''
		AND email IS NULL AND hierarchy_id IS NULL AND time_zone IS NULL AND NOT special_needs))
);
CREATE UNIQUE INDEX account_api_id_unique ON proctorlink.account (install_id, api_id)
	WHERE api_id IS NOT NULL;
CREATE UNIQUE INDEX account_lms_id_unique ON proctorlink.account (install_id, lms_id)
	WHERE lms_id IS NOT NULL;
-- Only the few roles that are changed or dropped look accounts up by them, and
-- candidates, nearly all of the rows, are found by a scan as well.
CREATE INDEX account_role ON proctorlink.account (install_id, role)
	WHERE role <> 'candidate';
CREATE INDEX account_hierarchy ON proctorlink.account (install_id, hierarchy_id)
	WHERE hierarchy_id IS NOT NULL;
SELECT pg_extension_config_dump('proctorlink.account', '');
REVOKE ALL ON TABLE proctorlink.account FROM PUBLIC;
ALTER TABLE proctorlink.account ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON proctorlink.account
	USING (install_id = (SELECT proctorlink.current_install()) AND proctorlink.sees_account(install_id, account_id));
COMMENT ON TABLE proctorlink.account IS 'A person. Sid US.';
COMMENT ON COLUMN proctorlink.account.install_id IS 'The install that the row belongs to.';
COMMENT ON COLUMN proctorlink.account.account_id IS 'Key of the account; its sid is US and these 16 bytes in hexadecimal.';
COMMENT ON COLUMN proctorlink.account.candidate_ext_id IS 'The person''s id in the customer''s platform: Cirrus''s CandidateExtId, SmarterProctoring''s ids.external. Where nobody gave one it is defaulted: the api id, else the lms id, each only if nobody has it, else the sid.';
COMMENT ON COLUMN proctorlink.account.candidate_ext_id_defaulted IS 'Whether candidate_ext_id was made here for want of a given one.';
COMMENT ON COLUMN proctorlink.account.username IS 'Name to sign in with; candidate_ext_id unless given.';
COMMENT ON COLUMN proctorlink.account.api_id IS 'The caller''s own stable id of the person (ids.api).';
COMMENT ON COLUMN proctorlink.account.lms_id IS 'Id of the person in the LMS (ids.lms).';
COMMENT ON COLUMN proctorlink.account.first_name IS 'First name; empty after erasure.';
COMMENT ON COLUMN proctorlink.account.last_name IS 'Last name; empty after erasure.';
COMMENT ON COLUMN proctorlink.account.email IS 'E-mail address; need not be unique.';
COMMENT ON COLUMN proctorlink.account.role IS 'Title of the role; the install''s default role unless given.';
COMMENT ON COLUMN proctorlink.account.hierarchy_id IS 'The hierarchy node that the person belongs to.';
COMMENT ON COLUMN proctorlink.account.time_zone IS 'IANA time zone; null is the install''s.';
COMMENT ON COLUMN proctorlink.account.currency_code IS 'ISO 4217 currency code; null is the install''s.';
COMMENT ON COLUMN proctorlink.account.special_needs IS 'Whether the person is eligible for extra time.';
COMMENT ON COLUMN proctorlink.account.reasonable_adjustment_percentage IS 'Extra time in percent of an exam''s duration; null leaves it to the exam.';
COMMENT ON COLUMN proctorlink.account.status IS 'active, disabled, deleted or erased.';
COMMENT ON COLUMN proctorlink.account.created_at IS 'When the row was made.';
COMMENT ON COLUMN proctorlink.account.updated_at IS 'When the row was last changed.';

CREATE FUNCTION proctorlink.account_before() RETURNS trigger
	LANGUAGE C
	AS 'MODULE_PATHNAME', 'proctorlink_account_before';
COMMENT ON FUNCTION proctorlink.account_before() IS
'Trigger: fills in candidate_ext_id, username and role of a new account; an id that is given in place of a defaulted one takes the defaulted username along; sets updated_at.';
REVOKE ALL ON FUNCTION proctorlink.account_before() FROM PUBLIC;

CREATE TRIGGER account_made BEFORE INSERT ON proctorlink.account
	FOR EACH ROW WHEN (NEW.candidate_ext_id IS NULL OR NEW.username IS NULL OR NEW.role IS NULL)
	EXECUTE FUNCTION proctorlink.account_before();
CREATE TRIGGER account_changed BEFORE UPDATE ON proctorlink.account
	FOR EACH ROW EXECUTE FUNCTION proctorlink.account_before();

CREATE VIEW proctorlink.candidate WITH (security_invoker = true) AS
	SELECT a.install_id, a.account_id, proctorlink.sid('account', a.account_id) AS account_sid,
		a.candidate_ext_id, a.username, a.api_id, a.lms_id, a.first_name, a.last_name, a.email,
		a.role, a.hierarchy_id, a.time_zone, a.currency_code, a.special_needs,
		a.reasonable_adjustment_percentage, a.status, a.created_at, a.updated_at
	FROM proctorlink.account a
	JOIN proctorlink.role r ON r.install_id = a.install_id AND r.title = a.role
	WHERE r.may_participate;
REVOKE ALL ON TABLE proctorlink.candidate FROM PUBLIC;
COMMENT ON VIEW proctorlink.candidate IS 'The accounts whose role may participate in exams.';
COMMENT ON COLUMN proctorlink.candidate.install_id IS 'The install that the account belongs to.';
COMMENT ON COLUMN proctorlink.candidate.account_id IS 'Key of the account.';
COMMENT ON COLUMN proctorlink.candidate.account_sid IS 'Its sid (US...).';
COMMENT ON COLUMN proctorlink.candidate.candidate_ext_id IS 'The person''s id in the customer''s platform.';
COMMENT ON COLUMN proctorlink.candidate.username IS 'Name to sign in with.';
COMMENT ON COLUMN proctorlink.candidate.api_id IS 'The caller''s own stable id of the person.';
COMMENT ON COLUMN proctorlink.candidate.lms_id IS 'Id of the person in the LMS.';
COMMENT ON COLUMN proctorlink.candidate.first_name IS 'First name.';
COMMENT ON COLUMN proctorlink.candidate.last_name IS 'Last name.';
COMMENT ON COLUMN proctorlink.candidate.email IS 'E-mail address.';
COMMENT ON COLUMN proctorlink.candidate.role IS 'Title of the role.';
COMMENT ON COLUMN proctorlink.candidate.hierarchy_id IS 'The hierarchy node that the person belongs to.';
COMMENT ON COLUMN proctorlink.candidate.time_zone IS 'IANA time zone; null is the install''s.';
COMMENT ON COLUMN proctorlink.candidate.currency_code IS 'ISO 4217 currency code; null is the install''s.';
COMMENT ON COLUMN proctorlink.candidate.special_needs IS 'Whether the person is eligible for extra time.';
COMMENT ON COLUMN proctorlink.candidate.reasonable_adjustment_percentage IS 'Extra time in percent of an exam''s duration.';
COMMENT ON COLUMN proctorlink.candidate.status IS 'active, disabled, deleted or erased.';
COMMENT ON COLUMN proctorlink.candidate.created_at IS 'When the account was made.';
COMMENT ON COLUMN proctorlink.candidate.updated_at IS 'When the account was last changed.';

