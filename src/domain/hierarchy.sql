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
	CONSTRAINT root_and_default_hierarchy_in_use CHECK (NOT (archived AND (is_root OR is_default))),
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
ALTER TABLE proctorlink.hierarchy ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON proctorlink.hierarchy USING (install_id = (SELECT proctorlink.current_install()));
-- Everybody sees the tree. Who moves a node sees what is under it, so a person
-- changes those alone that they see.
CREATE POLICY made ON proctorlink.hierarchy AS RESTRICTIVE FOR INSERT
	WITH CHECK (proctorlink.sees_hierarchy(install_id, parent_id));
CREATE POLICY changed ON proctorlink.hierarchy AS RESTRICTIVE FOR UPDATE
	USING (proctorlink.sees_hierarchy(install_id, hierarchy_id));
CREATE POLICY removed ON proctorlink.hierarchy AS RESTRICTIVE FOR DELETE
	USING (proctorlink.sees_hierarchy(install_id, hierarchy_id));
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

CREATE FUNCTION proctorlink.hierarchy_before() RETURNS trigger
	LANGUAGE C
	AS 'MODULE_PATHNAME', 'proctorlink_hierarchy_before';
COMMENT ON FUNCTION proctorlink.hierarchy_before() IS
'Trigger: the root and the default node are not archived (root_and_default_hierarchy_in_use); the root stays the root, and no node is its own parent (hierarchy_is_a_tree); sets updated_at.';
REVOKE ALL ON FUNCTION proctorlink.hierarchy_before() FROM PUBLIC;

CREATE TRIGGER hierarchy_made BEFORE INSERT ON proctorlink.hierarchy
	FOR EACH ROW WHEN (NEW.archived)
	EXECUTE FUNCTION proctorlink.hierarchy_before();
CREATE TRIGGER hierarchy_changed BEFORE UPDATE ON proctorlink.hierarchy
	FOR EACH ROW EXECUTE FUNCTION proctorlink.hierarchy_before();

CREATE FUNCTION proctorlink.hierarchy_written() RETURNS trigger
	LANGUAGE C
	AS 'MODULE_PATHNAME', 'proctorlink_hierarchy_written';
COMMENT ON FUNCTION proctorlink.hierarchy_written() IS
'Trigger: no node stands below itself, and none more than 100 levels below the root (hierarchy_is_a_tree). Asked of new nodes and of those that move; moves wait for each other.';
REVOKE ALL ON FUNCTION proctorlink.hierarchy_written() FROM PUBLIC;

CREATE TRIGGER hierarchy_placed AFTER INSERT ON proctorlink.hierarchy
	FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL)
	EXECUTE FUNCTION proctorlink.hierarchy_written();
-- Keys too: whoever takes another node's key takes what stands below it.
CREATE TRIGGER hierarchy_moved AFTER UPDATE ON proctorlink.hierarchy
	FOR EACH ROW WHEN (NEW.parent_id IS DISTINCT FROM OLD.parent_id
		OR NEW.hierarchy_id <> OLD.hierarchy_id OR NEW.install_id <> OLD.install_id)
	EXECUTE FUNCTION proctorlink.hierarchy_written();

CREATE FUNCTION proctorlink.hierarchy_kept() RETURNS trigger
	LANGUAGE C
	AS 'MODULE_PATHNAME', 'proctorlink_hierarchy_kept';
COMMENT ON FUNCTION proctorlink.hierarchy_kept() IS
'Trigger: at the end of the transaction an install that is still there has a root (one_root_hierarchy) and a default node (one_default_hierarchy).';
REVOKE ALL ON FUNCTION proctorlink.hierarchy_kept() FROM PUBLIC;

CREATE CONSTRAINT TRIGGER hierarchy_kept_default AFTER UPDATE ON proctorlink.hierarchy
	DEFERRABLE INITIALLY DEFERRED
	FOR EACH ROW WHEN ((OLD.is_default AND NOT NEW.is_default) OR NEW.install_id <> OLD.install_id)
	EXECUTE FUNCTION proctorlink.hierarchy_kept();
CREATE CONSTRAINT TRIGGER hierarchy_kept_both AFTER DELETE ON proctorlink.hierarchy
	DEFERRABLE INITIALLY DEFERRED
	FOR EACH ROW WHEN (OLD.is_root OR OLD.is_default)
	EXECUTE FUNCTION proctorlink.hierarchy_kept();

CREATE FUNCTION proctorlink.hierarchies(install_sid text,
		OUT hierarchy_sid text, OUT organisation_id text, OUT title text, OUT path text,
		OUT is_default boolean, OUT is_root boolean, OUT allow_schedules boolean, OUT archived boolean)
	RETURNS SETOF record
	LANGUAGE C STABLE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'proctorlink_hierarchies';
COMMENT ON FUNCTION proctorlink.hierarchies(text) IS
'The hierarchy nodes of an install (AI...), in the order of their paths; a path is the titles from the root on, as in Root \ Child. Raises PT400 INVALIDINPUT, PT404 RESOURCENOTFOUND.';
REVOKE ALL ON FUNCTION proctorlink.hierarchies(text) FROM PUBLIC;

CREATE FUNCTION proctorlink.selectable_hierarchies(OUT organisation_id text, OUT title text, OUT path text)
	RETURNS SETOF record
	LANGUAGE C STABLE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'proctorlink_selectable_hierarchies';
COMMENT ON FUNCTION proctorlink.selectable_hierarchies() IS
'The hierarchy nodes that can be selected at a provider: those with an Organisation ID that allow schedules and are not archived, in the order of their paths, for the install that the caller acts for. Raises PT403 AUTHENTICATIONFAILED when that is none or cannot be told.';
REVOKE ALL ON FUNCTION proctorlink.selectable_hierarchies() FROM PUBLIC;

