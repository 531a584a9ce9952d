-- domain/event.sql
--		What happened, to what, by whom.

CREATE TABLE proctorlink.event (
	install_id uuid NOT NULL,
	event_id uuid NOT NULL DEFAULT proctorlink.uuid7(),
	at timestamptz NOT NULL DEFAULT now(),
	actor text NOT NULL,
	kind text NOT NULL,
	subject_sid text COLLATE "C",
	changes jsonb NOT NULL DEFAULT '{}',
	place bytea NOT NULL DEFAULT '',
	created_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT event_pkey PRIMARY KEY (install_id, event_id),
	-- Events go with their install.
	CONSTRAINT event_install_fkey FOREIGN KEY (install_id) REFERENCES proctorlink.install (install_id)
		ON DELETE CASCADE,
	CONSTRAINT event_kind_length CHECK (proctorlink.is_id(kind, 100)),
	CONSTRAINT event_changes_object CHECK (jsonb_typeof(changes) = 'object')
);
CREATE INDEX event_at ON proctorlink.event (install_id, at);
-- What is asked the next morning, and what an erasure looks through.
CREATE INDEX event_refused ON proctorlink.event (install_id, at) WHERE kind = 'refused';
CREATE INDEX event_subject ON proctorlink.event (install_id, subject_sid, at)
	WHERE subject_sid IS NOT NULL;
CREATE INDEX event_place ON proctorlink.event (install_id, place, event_id);
SELECT pg_extension_config_dump('proctorlink.event', '');
REVOKE ALL ON TABLE proctorlink.event FROM PUBLIC;
ALTER TABLE proctorlink.event ENABLE ROW LEVEL SECURITY;
-- For systems: they tell of people whom a person may not see, and no person sees no account.
CREATE POLICY tenant ON proctorlink.event
	USING (install_id = (SELECT proctorlink.current_install()) AND proctorlink.sees_account(install_id, NULL));
COMMENT ON TABLE proctorlink.event IS 'What happened: changes of schedules, sessions and settings, batches, and calls that a vendor''s door refused. Only the owner of the table writes it. No names of people, no addresses, no secrets. Sid EV.';
COMMENT ON COLUMN proctorlink.event.install_id IS 'The install that it happened in.';
COMMENT ON COLUMN proctorlink.event.event_id IS 'Key of the event; its sid is EV and these 16 bytes in hexadecimal. Those of one session ascend.';
COMMENT ON COLUMN proctorlink.event.at IS 'When it happened: the beginning of the transaction.';
COMMENT ON COLUMN proctorlink.event.actor IS 'Who did it: the person (US...) whom the call was verified as, else the token (TK...), else the integration (II...) that it spoke for, else the database role.';
COMMENT ON COLUMN proctorlink.event.kind IS 'What happened: refused, batch, provisioned, schedule_made, schedule_changed, schedule_activated, schedule_deactivated, schedule_moved, schedule_deleted, candidates_added, candidates_removed, reservation_made, reservation_moved, session_status, sessions_assigned, sessions_unassigned, enrollments_removed, result_published, install_made, settings_changed, integration_made, signing_key_rotated, role_defined, access_changed, account_shared, account_unshared, account_made, account_changed, account_deleted, student_changed, candidate_linked, candidate_renamed, hierarchy_made, hierarchy_changed, hierarchy_deleted, exam_made, exam_changed, accommodation_exam_made, accommodation_changed, purged, launch_key_rotated, access_key_rotated, access_token_issued, signon_redeemed, webhook_secret_set, webhook_rule_set, webhook_rule_removed, token_made, token_revoked, role_bound, role_unbound, candidate_erased, candidate_readmitted, exam_accessed.';
COMMENT ON COLUMN proctorlink.event.subject_sid IS 'The sid of what it happened to, which may be gone since; null for a refused call.';
COMMENT ON COLUMN proctorlink.event.changes IS 'What was done: counts, statuses, the names of columns and settings, never their values; of a refused call its door, function, integration, external ids and the rules that it broke, without those of people who were erased.';
COMMENT ON COLUMN proctorlink.event.place IS 'Where it stands among the others, for events_since: the transaction that brought it here (8 bytes, highest first), and before that the place that it had where it was dumped. Set by a trigger.';
COMMENT ON COLUMN proctorlink.event.created_at IS 'When the row was made.';

CREATE FUNCTION proctorlink.event_before() RETURNS trigger
	LANGUAGE C
	AS 'MODULE_PATHNAME', 'proctorlink_event_before';
COMMENT ON FUNCTION proctorlink.event_before() IS
'BEFORE INSERT on event: puts the number of the transaction in front of its place.';
REVOKE ALL ON FUNCTION proctorlink.event_before() FROM PUBLIC;
-- Always: what is restored, or comes by replication, arrives here as well.
CREATE TRIGGER event_before BEFORE INSERT ON proctorlink.event
	FOR EACH ROW EXECUTE FUNCTION proctorlink.event_before();
ALTER TABLE proctorlink.event ENABLE ALWAYS TRIGGER event_before;
