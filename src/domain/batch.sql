-- domain/batch.sql
--		One call of batch_provision in its forms of several items.

CREATE TABLE proctorlink.batch (
	install_id uuid NOT NULL,
	batch_id uuid NOT NULL DEFAULT proctorlink.uuid7(),
	idempotency_key text COLLATE "C",
	payload_sha256 bytea,
	status text NOT NULL,
	items integer NOT NULL DEFAULT 0,
	succeeded integer NOT NULL DEFAULT 0,
	failed integer NOT NULL DEFAULT 0,
	created integer NOT NULL DEFAULT 0,
	updated integer NOT NULL DEFAULT 0,
	found integer NOT NULL DEFAULT 0,
	removed integer NOT NULL DEFAULT 0,
	answer jsonb,
	finished_at timestamptz,
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT batch_pkey PRIMARY KEY (install_id, batch_id),
	CONSTRAINT batch_install_fkey FOREIGN KEY (install_id) REFERENCES proctorlink.install (install_id),
	CONSTRAINT batch_status_known
		CHECK (status IN ('running', 'completed', 'completed_with_errors', 'failed')),
	CONSTRAINT batch_idempotency_key_length CHECK (proctorlink.is_text(idempotency_key, 255)),
	CONSTRAINT batch_key_and_payload_together CHECK ((idempotency_key IS NULL) = (payload_sha256 IS NULL))
);
CREATE UNIQUE INDEX batch_idempotency_key_unique ON proctorlink.batch (install_id, idempotency_key)
	WHERE idempotency_key IS NOT NULL;
SELECT pg_extension_config_dump('proctorlink.batch', '');
REVOKE ALL ON TABLE proctorlink.batch FROM PUBLIC;
ALTER TABLE proctorlink.batch ENABLE ROW LEVEL SECURITY;
-- For systems: they tell of people whom a person may not see, and no person sees no account.
CREATE POLICY tenant ON proctorlink.batch
	USING (install_id = (SELECT proctorlink.current_install()) AND proctorlink.sees_account(install_id, NULL));
COMMENT ON TABLE proctorlink.batch IS 'One call of batch_provision with several items. Sid BA.';
COMMENT ON COLUMN proctorlink.batch.install_id IS 'The install that the row belongs to.';
COMMENT ON COLUMN proctorlink.batch.batch_id IS 'Key of the batch; its sid is BA and these 16 bytes in hexadecimal.';
COMMENT ON COLUMN proctorlink.batch.idempotency_key IS 'The caller''s key of the call: the same key and payload again give the same answer.';
COMMENT ON COLUMN proctorlink.batch.payload_sha256 IS 'SHA-256 of the payload without the key.';
COMMENT ON COLUMN proctorlink.batch.status IS 'completed, completed_with_errors or failed; running while the call is at work, which nobody else sees.';
COMMENT ON COLUMN proctorlink.batch.items IS 'Items of the call.';
COMMENT ON COLUMN proctorlink.batch.succeeded IS 'Items that were done.';
COMMENT ON COLUMN proctorlink.batch.failed IS 'Items that were refused.';
COMMENT ON COLUMN proctorlink.batch.created IS 'Rows made, counted as blocks of the answer.';
COMMENT ON COLUMN proctorlink.batch.updated IS 'Rows changed, counted as blocks of the answer.';
COMMENT ON COLUMN proctorlink.batch.found IS 'Rows found as they should be, counted as blocks of the answer.';
COMMENT ON COLUMN proctorlink.batch.removed IS 'Enrollments ended, by status or by complete.';
COMMENT ON COLUMN proctorlink.batch.answer IS 'With a key the whole answer, else its refused items. No sign-on links, no personal values.';
COMMENT ON COLUMN proctorlink.batch.finished_at IS 'When the call was done.';
COMMENT ON COLUMN proctorlink.batch.created_at IS 'When the row was made.';
COMMENT ON COLUMN proctorlink.batch.updated_at IS 'When the row was last changed.';

CREATE TRIGGER touch BEFORE UPDATE ON proctorlink.batch
	FOR EACH ROW EXECUTE FUNCTION proctorlink.touch_row();

