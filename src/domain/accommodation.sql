-- domain/accommodation.sql
--		Extra time where the provider gives none: a separate, longer exam, and
--		who may sit it.

CREATE TABLE proctorlink.accommodation (
	install_id uuid NOT NULL,
	exam_id uuid NOT NULL,
	candidate_ext_id text COLLATE "C" NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT accommodation_pkey PRIMARY KEY (install_id, exam_id, candidate_ext_id),
	CONSTRAINT accommodation_exam_fkey FOREIGN KEY (install_id, exam_id)
		REFERENCES proctorlink.exam (install_id, exam_id),
	CONSTRAINT accommodation_candidate_ext_id_format CHECK (proctorlink.is_id(candidate_ext_id, 500))
);
SELECT pg_extension_config_dump('proctorlink.accommodation', '');
REVOKE ALL ON TABLE proctorlink.accommodation FROM PUBLIC;
ALTER TABLE proctorlink.accommodation ENABLE ROW LEVEL SECURITY;
-- For systems: they tell of people whom a person may not see, and no person sees no account.
CREATE POLICY tenant ON proctorlink.accommodation
	USING (install_id = (SELECT proctorlink.current_install()) AND proctorlink.sees_account(install_id, NULL));
COMMENT ON TABLE proctorlink.accommodation IS 'Who is eligible for an accommodation exam besides those with special needs, also people who are not here yet.';
COMMENT ON COLUMN proctorlink.accommodation.install_id IS 'The install that the row belongs to.';
COMMENT ON COLUMN proctorlink.accommodation.exam_id IS 'The accommodation exam; or its plain exam, which stands for all accommodation exams of it.';
COMMENT ON COLUMN proctorlink.accommodation.candidate_ext_id IS 'The person''s id in the customer''s platform.';
COMMENT ON COLUMN proctorlink.accommodation.created_at IS 'When the row was made.';

CREATE FUNCTION proctorlink.create_accommodation_exam(assessment_ext_id text, percentage integer DEFAULT NULL,
		minutes integer DEFAULT NULL) RETURNS text
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_create_accommodation_exam';
COMMENT ON FUNCTION proctorlink.create_accommodation_exam(text, integer, integer) IS
'Makes the accommodation exam of a plain one, for people whose extra time the provider cannot give, and answers its external id: like the plain exam, published as it is, without security settings, of limited scope, and longer by a percentage (1 to 1000) of its duration, rounded up, or by minutes; where neither is given by the plain exam''s extra_time_minutes. Its external id is derived from the plain one''s, at most 64 characters, no space. It may be scheduled at the same time. Raises PT400 INVALIDINPUT, PT404 RESOURCENOTFOUND, PT409 CONFLICT (an accommodation exam itself, one without a duration, or as long a one is there already), PT403 AUTHENTICATIONFAILED.';
REVOKE ALL ON FUNCTION proctorlink.create_accommodation_exam(text, integer, integer) FROM PUBLIC;

CREATE FUNCTION proctorlink.allow_accommodation(assessment_ext_id text, candidate_ext_ids text[]) RETURNS jsonb
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_allow_accommodation';
COMMENT ON FUNCTION proctorlink.allow_accommodation(text, text[]) IS
'Enters people, by their external ids and also before they are here, as eligible for an accommodation exam, or, where its plain exam is named, for all accommodation exams of it. Answers {"assessment", "added": [ids], "found": [ids that were entered already]}. Raises PT400 INVALIDINPUT, PT404 RESOURCENOTFOUND, PT413 LIMITEXCEEDED, PT403 AUTHENTICATIONFAILED.';
REVOKE ALL ON FUNCTION proctorlink.allow_accommodation(text, text[]) FROM PUBLIC;

CREATE FUNCTION proctorlink.withdraw_accommodation(assessment_ext_id text, candidate_ext_ids text[]) RETURNS jsonb
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_withdraw_accommodation';
COMMENT ON FUNCTION proctorlink.withdraw_accommodation(text, text[]) IS
'Takes back what allow_accommodation entered for the same exam. Who is on a schedule already stays there. Answers {"assessment", "removed": [ids], "notFound": [ids that were not entered]}. Raises as allow_accommodation does.';
REVOKE ALL ON FUNCTION proctorlink.withdraw_accommodation(text, text[]) FROM PUBLIC;

