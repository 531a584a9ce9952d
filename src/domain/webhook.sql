-- domain/webhook.sql
--		What providers report by webhooks, and what their events do here.

CREATE TABLE proctorlink.webhook_rule (
	install_id uuid NOT NULL,
	webhook_rule_id uuid NOT NULL DEFAULT proctorlink.uuid7(),
	event_type text COLLATE "C" NOT NULL,
	integration_id uuid,
	status text,
	reason text,
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT webhook_rule_pkey PRIMARY KEY (install_id, webhook_rule_id),
	CONSTRAINT webhook_rule_install_fkey FOREIGN KEY (install_id) REFERENCES proctorlink.install (install_id),
	CONSTRAINT webhook_rule_integration_fkey FOREIGN KEY (install_id, integration_id)
		REFERENCES proctorlink.integration (install_id, integration_id),
	CONSTRAINT webhook_rule_event_type_format CHECK (proctorlink.is_id(event_type, 100)),
	CONSTRAINT webhook_rule_status_known CHECK (status IN ('Needs Proctor', 'Pending Approval', 'Approval Denied',
		'Scheduled', 'Onboarding', 'Checked In', 'In Progress', 'Incident', 'Processing', 'Closed', 'Cancelled')),
	CONSTRAINT webhook_rule_reason_length CHECK (proctorlink.is_text(reason, 500))
);
CREATE UNIQUE INDEX webhook_rule_unique ON proctorlink.webhook_rule (install_id, event_type, integration_id)
	NULLS NOT DISTINCT;
CREATE INDEX webhook_rule_integration ON proctorlink.webhook_rule (install_id, integration_id)
	WHERE integration_id IS NOT NULL;
SELECT pg_extension_config_dump('proctorlink.webhook_rule', '');
REVOKE ALL ON TABLE proctorlink.webhook_rule FROM PUBLIC;
ALTER TABLE proctorlink.webhook_rule ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON proctorlink.webhook_rule USING (install_id = (SELECT proctorlink.current_install()));
COMMENT ON TABLE proctorlink.webhook_rule IS 'What the events that a provider reports do to sessions: a row an event type. There are none until somebody enters them.';
COMMENT ON COLUMN proctorlink.webhook_rule.install_id IS 'The install that the row belongs to.';
COMMENT ON COLUMN proctorlink.webhook_rule.webhook_rule_id IS 'Key of the row.';
COMMENT ON COLUMN proctorlink.webhook_rule.event_type IS 'The event type, exactly as the provider writes it.';
COMMENT ON COLUMN proctorlink.webhook_rule.integration_id IS 'The integration whose events are meant; null: every integration of the install that has no rule of its own for the type.';
COMMENT ON COLUMN proctorlink.webhook_rule.status IS 'The status that such an event brings a session to; null: the type is known and moves nothing.';
COMMENT ON COLUMN proctorlink.webhook_rule.reason IS 'What becomes the session''s status_reason; null: "webhook: " and the event type.';
COMMENT ON COLUMN proctorlink.webhook_rule.created_at IS 'When the row was made.';
COMMENT ON COLUMN proctorlink.webhook_rule.updated_at IS 'When the row was last changed.';

CREATE TRIGGER touch BEFORE UPDATE ON proctorlink.webhook_rule
	FOR EACH ROW EXECUTE FUNCTION proctorlink.touch_row();

CREATE TABLE proctorlink.webhook (
	install_id uuid NOT NULL,
	webhook_id uuid NOT NULL DEFAULT proctorlink.uuid7(),
	integration_id uuid NOT NULL,
	body_sha256 bytea NOT NULL,
	received_at timestamptz NOT NULL DEFAULT now(),
	event_type text COLLATE "C",
	exam_session_id uuid,
	wanted_status text,
	status text,
	result text NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT webhook_pkey PRIMARY KEY (install_id, webhook_id),
	CONSTRAINT webhook_integration_fkey FOREIGN KEY (install_id, integration_id)
		REFERENCES proctorlink.integration (install_id, integration_id),
	CONSTRAINT webhook_session_fkey FOREIGN KEY (install_id, exam_session_id)
		REFERENCES proctorlink.exam_session (install_id, exam_session_id),
	CONSTRAINT webhook_body_once UNIQUE (install_id, integration_id, body_sha256),
	CONSTRAINT webhook_body_sha256_length CHECK (octet_length(body_sha256) = 32),
	CONSTRAINT webhook_event_type_format CHECK (proctorlink.is_id(event_type, 100)),
	CONSTRAINT webhook_result_known CHECK (result IN ('moved', 'unchanged', 'not allowed', 'no rule', 'no session', 'not read'))
);
CREATE INDEX webhook_session ON proctorlink.webhook (install_id, exam_session_id)
	WHERE exam_session_id IS NOT NULL;
SELECT pg_extension_config_dump('proctorlink.webhook', '');
REVOKE ALL ON TABLE proctorlink.webhook FROM PUBLIC;
ALTER TABLE proctorlink.webhook ENABLE ROW LEVEL SECURITY;
-- For systems: they tell of people whom a person may not see, and no person sees no account.
CREATE POLICY tenant ON proctorlink.webhook
	USING (install_id = (SELECT proctorlink.current_install()) AND proctorlink.sees_account(install_id, NULL));
COMMENT ON TABLE proctorlink.webhook IS 'What providers reported, a row a signed body, however often it came, and what was done about it. Only the owner of the table writes it; the bodies stand in webhook_body.';
COMMENT ON COLUMN proctorlink.webhook.install_id IS 'The install that the row belongs to.';
COMMENT ON COLUMN proctorlink.webhook.webhook_id IS 'Key of the row.';
COMMENT ON COLUMN proctorlink.webhook.integration_id IS 'The integration whose secret it was signed with.';
COMMENT ON COLUMN proctorlink.webhook.body_sha256 IS 'SHA-256 of the body, by which a repeat is known.';
COMMENT ON COLUMN proctorlink.webhook.received_at IS 'When it came for the first time.';
COMMENT ON COLUMN proctorlink.webhook.event_type IS 'The event type (event.type of the body); null where the body was not read.';
COMMENT ON COLUMN proctorlink.webhook.exam_session_id IS 'The session that its reservation is; null where there is none.';
COMMENT ON COLUMN proctorlink.webhook.wanted_status IS 'The status that the rule of its type named; null where none did.';
COMMENT ON COLUMN proctorlink.webhook.status IS 'The status of the session afterwards; null where there is no session.';
COMMENT ON COLUMN proctorlink.webhook.result IS 'moved, unchanged (it had that status, or the rule moves nothing), not allowed (the session may not go there from its status, as for a late event), no rule, no session, or not read (no JSON object with an event.type).';
COMMENT ON COLUMN proctorlink.webhook.created_at IS 'When the row was made.';

CREATE TABLE proctorlink.webhook_body (
	install_id uuid NOT NULL,
	webhook_id uuid NOT NULL,
	body bytea,
	created_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT webhook_body_pkey PRIMARY KEY (install_id, webhook_id),
	CONSTRAINT webhook_body_webhook_fkey FOREIGN KEY (install_id, webhook_id)
		REFERENCES proctorlink.webhook (install_id, webhook_id) ON DELETE CASCADE
);
SELECT pg_extension_config_dump('proctorlink.webhook_body', '');
REVOKE ALL ON TABLE proctorlink.webhook_body FROM PUBLIC;
ALTER TABLE proctorlink.webhook_body ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON proctorlink.webhook_body USING (install_id = (SELECT proctorlink.current_install()));
COMMENT ON TABLE proctorlink.webhook_body IS 'Bodies of webhooks as they came; they name people. Readable by the owner alone.';
COMMENT ON COLUMN proctorlink.webhook_body.install_id IS 'The install that the row belongs to.';
COMMENT ON COLUMN proctorlink.webhook_body.webhook_id IS 'The webhook whose body it is.';
COMMENT ON COLUMN proctorlink.webhook_body.body IS 'The bytes that were signed; null once the person whom they are about was erased, and, where an install has erased anybody, when they are about no session.';
COMMENT ON COLUMN proctorlink.webhook_body.created_at IS 'When the row was made.';

CREATE FUNCTION proctorlink.set_webhook_rule(install_sid text, event_type text, status text,
		integration_sid text DEFAULT NULL, reason text DEFAULT NULL) RETURNS void
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_set_webhook_rule';
COMMENT ON FUNCTION proctorlink.set_webhook_rule(text, text, text, text, text) IS
'Says what events of a type (exactly as the provider writes it, at most 100 characters) do to the session that they are about: bring it to a status, where it may go there, with a reason (at most 500 characters; "webhook: " and the type unless given); a null status: nothing, but the type is known. For one integration, else for every one of the install that has no rule of its own for the type. An earlier rule for the same is replaced; what came before is not done again. Raises PT400 INVALIDINPUT, PT404 RESOURCENOTFOUND.';
REVOKE ALL ON FUNCTION proctorlink.set_webhook_rule(text, text, text, text, text) FROM PUBLIC;

CREATE FUNCTION proctorlink.remove_webhook_rule(install_sid text, event_type text, integration_sid text DEFAULT NULL) RETURNS boolean
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_remove_webhook_rule';
COMMENT ON FUNCTION proctorlink.remove_webhook_rule(text, text, text) IS
'Removes what set_webhook_rule said of a type for the integration, or, where none is named, for all; answers whether there was such a rule. Raises PT400 INVALIDINPUT, PT404 RESOURCENOTFOUND.';
REVOKE ALL ON FUNCTION proctorlink.remove_webhook_rule(text, text, text) FROM PUBLIC;

CREATE FUNCTION proctorlink.webhook_rules(install_sid text,
		OUT event_type text, OUT integration_sid text, OUT status text, OUT reason text)
	RETURNS SETOF record
	LANGUAGE C STABLE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'proctorlink_webhook_rules';
COMMENT ON FUNCTION proctorlink.webhook_rules(text) IS
'The rules for events of providers'' webhooks, by type; integration_sid null is a rule for every integration, status null one that moves nothing. Raises PT400 INVALIDINPUT, PT404 RESOURCENOTFOUND.';
REVOKE ALL ON FUNCTION proctorlink.webhook_rules(text) FROM PUBLIC;

