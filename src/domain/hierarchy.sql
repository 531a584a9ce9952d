-- domain/hierarchy.sql
--		The organisation's tree.

CREATE TABLE proctorlink.hierarchy (
	install_id uuid NOT NULL,
	hierarchy_id uuid NOT NULL DEFAULT proctorlink.uuid7(),
	parent_id uuid,
	organisation_id text COLLATE "C",
	title text NOT NULL,
	is_root boolean NOT NULL DEFAULT false,
	is_default boolean NOT NULL DEFAULT false,
	allow_schedules boolean NOT NULL DEFAULT true,
	archived boolean NOT NULL DEFAULT false,
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT hierarchy_pkey PRIMARY KEY (install_id, hierarchy_id),
	CONSTRAINT hierarchy_install_fkey FOREIGN KEY (install_id) REFERENCES proctorlink.install (install_id),
	CONSTRAINT hierarchy_parent_fkey FOREIGN KEY (install_id, parent_id)
		REFERENCES proctorlink.hierarchy (install_id, hierarchy_id),
	CONSTRAINT hierarchy_is_a_tree CHECK (is_root = (parent_id IS NULL) AND parent_id <> hierarchy_id),
	CONSTRAINT hierarchy_title_length CHECK (proctorlink.is_id(title, 500)),
	CONSTRAINT hierarchy_organisation_id_format
		CHECK (proctorlink.is_id(organisation_id, 64) AND strpos(organisation_id, ' ') = 0)
);
CREATE UNIQUE INDEX one_root_hierarchy ON proctorlink.hierarchy (install_id) WHERE is_root;
CREATE UNIQUE INDEX one_default_hierarchy ON proctorlink.hierarchy (install_id) WHERE is_default;
CREATE UNIQUE INDEX organisation_id_unique ON proctorlink.hierarchy (install_id, organisation_id)
	WHERE organisation_id IS NOT NULL;
CREATE INDEX hierarchy_parent ON proctorlink.hierarchy (install_id, parent_id);
SELECT pg_extension_config_dump('proctorlink.hierarchy', '');
REVOKE ALL ON TABLE proctorlink.hierarchy FROM PUBLIC;
COMMENT ON TABLE proctorlink.hierarchy IS 'A node of the organisation''s tree; schedules, sittings and results are seen through it. Sid HG.';
COMMENT ON COLUMN proctorlink.hierarchy.install_id IS 'The install that the row belongs to.';
COMMENT ON COLUMN proctorlink.hierarchy.hierarchy_id IS 'Key of the node; its sid is HG and these 16 bytes in hexadecimal.';
COMMENT ON COLUMN proctorlink.hierarchy.parent_id IS 'The node above; null for the root alone.';
COMMENT ON COLUMN proctorlink.hierarchy.organisation_id IS 'The organisation''s own id of the node (Organisation ID); only nodes with one can be selected at a provider.';
COMMENT ON COLUMN proctorlink.hierarchy.title IS 'What people call the node.';
COMMENT ON COLUMN proctorlink.hierarchy.is_root IS 'Whether this is the install''s one root.';
COMMENT ON COLUMN proctorlink.hierarchy.is_default IS 'Whether this is the install''s one default node.';
COMMENT ON COLUMN proctorlink.hierarchy.allow_schedules IS 'Whether schedules may be put here.';
COMMENT ON COLUMN proctorlink.hierarchy.archived IS 'Whether the node is out of use.';
COMMENT ON COLUMN proctorlink.hierarchy.created_at IS 'When the row was made.';
COMMENT ON COLUMN proctorlink.hierarchy.updated_at IS 'When the row was last changed.';

CREATE TRIGGER touch BEFORE UPDATE ON proctorlink.hierarchy
	FOR EACH ROW EXECUTE FUNCTION proctorlink.touch_row();

