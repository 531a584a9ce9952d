-- test/pgtap/hierarchy.sql
--		The organisation's tree by plain SQL, its lists, and rights of access.

BEGIN;
\ir helpers.psql
SELECT plan(122);
SELECT proctorlink.create_install('University', 'https://platform.test') AS install \gset
SELECT proctorlink.create_install('College', 'https://college.test') AS college \gset

CREATE FUNCTION install_id() RETURNS uuid STABLE LANGUAGE sql AS $$
	SELECT install_id FROM proctorlink.install WHERE name = 'University'
$$;
-- A node by its Organisation ID; the root by null.
CREATE FUNCTION node(organisation text) RETURNS uuid STABLE LANGUAGE sql AS $$
	SELECT hierarchy_id FROM proctorlink.hierarchy
	WHERE install_id = install_id() AND CASE WHEN organisation IS NULL THEN is_root ELSE organisation_id = organisation END
$$;
CREATE FUNCTION node_sid(organisation text) RETURNS text STABLE LANGUAGE sql AS $$
	SELECT proctorlink.sid('hierarchy', node(organisation))
$$;
-- How a statement is refused, judged as at the end of a transaction.
CREATE FUNCTION refused_at_end(statement text) RETURNS text LANGUAGE sql AS $$
	SELECT refused(statement || '; SET CONSTRAINTS ALL IMMEDIATE')
$$;
-- What a refused statement tells, and the way out.
CREATE FUNCTION told(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text;
	hint text;
BEGIN
	EXECUTE statement;
	RETURN 'accepted';
EXCEPTION
	WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
		RETURN concat_ws(' / ', message, nullif(hint, ''));
END
$$;
-- UPDATE proctorlink.hierarchy … of this install.
CREATE FUNCTION update_of(what text, organisation text) RETURNS text STABLE LANGUAGE sql AS $$
	SELECT format('UPDATE proctorlink.hierarchy SET %s WHERE hierarchy_id = %L', what, node(organisation))
$$;
CREATE FUNCTION move(organisation text, under text) RETURNS text STABLE LANGUAGE sql AS $$
	SELECT update_of(format('parent_id = %L', node(under)), organisation)
$$;
-- Nodes one below the other, the first below a node; their ids are the prefix and a number.
CREATE FUNCTION chain(prefix text, under uuid, count integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 1 .. count LOOP
		INSERT INTO proctorlink.hierarchy (install_id, parent_id, organisation_id, title)
			VALUES (install_id(), under, prefix || i, prefix || i) RETURNING hierarchy_id INTO under;
	END LOOP;
END
$$;

INSERT INTO proctorlink.hierarchy (install_id, parent_id, organisation_id, title)
	VALUES (install_id(), node(NULL), 'law', 'Law'), (install_id(), node(NULL), 'med', 'Medicine');
INSERT INTO proctorlink.hierarchy (install_id, parent_id, organisation_id, title) VALUES (install_id(), node('med'), 'ana', 'Anatomy');
INSERT INTO proctorlink.hierarchy (install_id, parent_id, organisation_id, title) VALUES (install_id(), node('ana'), 'bones', 'Bones');

-- A tree: nothing stands below itself.

SELECT is(refused(statement), outcome, name)
FROM (VALUES
	('a node moves', move('ana', 'law'), 'accepted'),
	('a node moves up', move('bones', 'med'), 'accepted'),
	('a node moves right under the root', move('bones', NULL), 'accepted'),
	('a node stays where it is', move('bones', 'ana'), 'accepted'),
	('a ring of one', move('med', 'med'), '23514 hierarchy_is_a_tree'),
	('a ring of two', move('med', 'ana'), '23514 hierarchy_is_a_tree'),
	('a ring of three', move('med', 'bones'), '23514 hierarchy_is_a_tree'),
	('a ring of two below another node', move('ana', 'bones'), '23514 hierarchy_is_a_tree'),
	('two nodes that change places in one statement', format('UPDATE proctorlink.hierarchy SET parent_id = CASE hierarchy_id WHEN %L THEN %L::uuid ELSE %L::uuid END
		WHERE hierarchy_id IN (%1$L, %4$L)', node('ana'), node(NULL), node('ana'), node('med')), 'accepted'),
	('two nodes below each other in one statement', format('UPDATE proctorlink.hierarchy SET parent_id = CASE hierarchy_id WHEN %L THEN %L::uuid ELSE %1$L::uuid END
		WHERE hierarchy_id IN (%1$L, %2$L)', node('law'), node('med')), '23514 hierarchy_is_a_tree'),
	('two new nodes below each other in one statement', format('INSERT INTO proctorlink.hierarchy (install_id, hierarchy_id, parent_id, title)
		VALUES (%L, %L, %L, ''A''), (%1$L, %3$L, %2$L, ''B'')', install_id(), proctorlink.uuid7(), proctorlink.uuid7()), '23514 hierarchy_is_a_tree'),
	('two new nodes one below the other in one statement', format('INSERT INTO proctorlink.hierarchy (install_id, hierarchy_id, parent_id, title)
		VALUES (%L, %L, %L, ''A''), (%1$L, %4$L, %2$L, ''B'')', install_id(), proctorlink.uuid7(), node('law'), proctorlink.uuid7()), 'accepted'),
	('a node that takes the key of the one above', format('UPDATE proctorlink.hierarchy SET hierarchy_id = CASE hierarchy_id WHEN %L THEN %L::uuid ELSE %1$L::uuid END
		WHERE hierarchy_id IN (%1$L, %3$L)', node('med'), proctorlink.uuid7(), node('bones')), '23514 hierarchy_is_a_tree'),
	('a parent that there is not', update_of(format('parent_id = %L', proctorlink.uuid7()), 'law'), '23503 hierarchy_parent_fkey'),
	('a parent of another install', update_of(format('parent_id = %L', (SELECT hierarchy_id FROM proctorlink.hierarchy WHERE install_id <> install_id())), 'law'),
		'23503 hierarchy_parent_fkey')
) AS moves (name, statement, outcome);
SELECT is(told(move('med', 'bones')), 'the hierarchy "med" would be below itself / Choose a parent that is not below the hierarchy.', 'it says which and what to do');
SELECT is(told(move('med', 'med')), 'the hierarchy "med" cannot be its own parent / Choose a parent that is not the hierarchy itself.', 'also of one alone');

-- Moved, and back: the rule looks at what is there now.

SELECT is(told(move('ana', 'law')), 'accepted', 'a node is moved away');
SELECT is(told(move('med', 'bones')), 'accepted', 'so that another may go below it');
SELECT is(refused(move('law', 'med')), '23514 hierarchy_is_a_tree', 'and the ring would now be of four');
SELECT is(told(move('med', NULL)), 'accepted', 'it goes back');
SELECT is(told(move('ana', 'med')), 'accepted', 'and so does the other');

-- Not more than 100 levels.

SAVEPOINT deep;
SELECT chain('d', node('law'), 98) \gset
SELECT is(refused(format('INSERT INTO proctorlink.hierarchy (install_id, parent_id, title) VALUES (%L, %L, ''Deep'')', install_id(), node('d98'))), 'accepted', '100 levels below the root');
SELECT chain('e', node('d98'), 1) \gset
SELECT is(refused(format('INSERT INTO proctorlink.hierarchy (install_id, parent_id, title) VALUES (%L, %L, ''Deep'')', install_id(), node('e1'))),
	'23514 hierarchy_is_a_tree', '101 levels');
SELECT is(told(format('INSERT INTO proctorlink.hierarchy (install_id, parent_id, organisation_id, title) VALUES (%L, %L, ''deep'', ''Deep'')', install_id(), node('e1'))),
	'the hierarchy "deep" would be more than 100 levels below the root / Choose a parent nearer to the root.', 'it says so');
SELECT is(refused(move('ana', 'd97')), 'accepted', 'a move with what is below, down to 100 levels');
SELECT is(refused(move('ana', 'd98')), '23514 hierarchy_is_a_tree', 'down to 101');
SELECT is(told(move('ana', 'd98')), 'what is below the hierarchy "ana" would be more than 100 levels below the root / Choose a parent nearer to the root.', 'it says that it is what is below');
SELECT is(refused(move('bones', 'e1')), '23514 hierarchy_is_a_tree', 'a node alone, down to 101');
SELECT is((SELECT array_length(string_to_array(path, ' \ '), 1) FROM proctorlink.hierarchies(:'install') WHERE organisation_id = 'e1'), 101, 'the path of the deepest is whole');
ROLLBACK TO deep;

-- One root, which stays; one default.

SELECT is(refused_at_end(statement), outcome, name)
FROM (VALUES
	('a second root', format('INSERT INTO proctorlink.hierarchy (install_id, title, is_root) VALUES (%L, ''Second'', true)', install_id()), '23505 one_root_hierarchy'),
	('a node becomes a second root', update_of('is_root = true, parent_id = NULL', 'law'), '23505 one_root_hierarchy'),
	('a node without a parent', update_of('parent_id = NULL', 'law'), '23514 hierarchy_is_a_tree'),
	('a node with a parent as root', update_of('is_root = true', 'law'), '23514 hierarchy_is_a_tree'),
	('the root with a parent', move(NULL, 'law'), '23514 hierarchy_is_a_tree'),
	('the root below another node', update_of(format('is_root = false, parent_id = %L', node('law')), NULL), '23514 hierarchy_is_a_tree'),
	('the root and a node change places', format('UPDATE proctorlink.hierarchy SET is_root = NOT is_root, parent_id = CASE WHEN is_root THEN %L::uuid END
		WHERE hierarchy_id IN (%1$L, %L)', node('law'), node(NULL)), '23514 hierarchy_is_a_tree'),
	('the root without a parent as no root', update_of('is_root = false', NULL), '23514 hierarchy_is_a_tree'),
	('the root is renamed', update_of('title = ''Universitas''', NULL), 'accepted'),
	('the root is archived', update_of('archived = true', NULL), '23514 root_and_default_hierarchy_in_use'),
	('the root is removed', update_of('title = title', 'law') || format('; DELETE FROM proctorlink.hierarchy WHERE hierarchy_id = %L', node(NULL)), '23503 hierarchy_parent_fkey'),
	('the last node is removed', format('DELETE FROM proctorlink.hierarchy WHERE install_id = %L', proctorlink.sid_uuid(:'college')), '23514 one_root_hierarchy'),
	('an install is removed with its nodes', format('DELETE FROM proctorlink.hierarchy WHERE install_id = %L; DELETE FROM proctorlink.role WHERE install_id = %1$L;
		DELETE FROM proctorlink.install WHERE install_id = %1$L', proctorlink.sid_uuid(:'college')), 'accepted'),
	('a second default', update_of('is_default = true', 'law'), '23505 one_default_hierarchy'),
	('no default', update_of('is_default = false', NULL), '23514 one_default_hierarchy'),
	('another default', update_of('is_default = false', NULL) || ';' || update_of('is_default = true', 'law'), 'accepted'),
	('a node is archived', update_of('archived = true', 'law'), 'accepted'),
	('a new node is archived', format('INSERT INTO proctorlink.hierarchy (install_id, parent_id, title, archived) VALUES (%L, %L, ''Old'', true)', install_id(), node(NULL)), 'accepted'),
	('a node is removed', format('DELETE FROM proctorlink.hierarchy WHERE hierarchy_id = %L', node('law')), 'accepted'),
	('a node with others below is removed', format('DELETE FROM proctorlink.hierarchy WHERE hierarchy_id = %L', node('med')), '23503 hierarchy_parent_fkey')
) AS statements (name, statement, outcome);
SELECT is(told(update_of('is_root = false, parent_id = ' || quote_literal(node('law')), NULL)),
	format('the hierarchy "%s" is the root and stays it / Move the other hierarchies instead.', node_sid(NULL)), 'the root says so');
SELECT is(told(update_of('archived = true', NULL)),
	format('the root hierarchy "%s" cannot be archived / Archive the hierarchies below it instead.', node_sid(NULL)), 'archived as well');
SELECT is(told('DELETE FROM proctorlink.hierarchy WHERE install_id = ' || quote_literal(proctorlink.sid_uuid(:'college')) || '; SET CONSTRAINTS ALL IMMEDIATE'),
	format('the install "%s" would have no root hierarchy / Keep it, or remove the install as well.', :'college'), 'and removed');

SELECT proctorlink.configure_install(:'install', '{"defaultHierarchy": "law"}') ->> 'defaultHierarchy' AS default \gset
SELECT is(:'default'::text, 'law', 'another default by configure_install');
-- (nothing is left to be judged later)
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
SELECT is(refused_at_end(statement), outcome, name)
FROM (VALUES
	('the default is archived', update_of('archived = true', 'law'), '23514 root_and_default_hierarchy_in_use'),
	('the root is archived, though another is the default', update_of('archived = true', NULL), '23514 root_and_default_hierarchy_in_use'),
	('the default is removed', format('DELETE FROM proctorlink.hierarchy WHERE hierarchy_id = %L', node('law')), '23514 one_default_hierarchy'),
	('the default is removed when another is', update_of('is_default = false', 'law') || ';' || update_of('is_default = true', 'med')
		|| format('; DELETE FROM proctorlink.hierarchy WHERE hierarchy_id = %L', node('law')), 'accepted'),
	('the default moves', move('law', 'med'), 'accepted')
) AS statements (name, statement, outcome);
SELECT is(refused('SET LOCAL session_replication_role = replica;' || update_of('archived = true', organisation)), '23514 root_and_default_hierarchy_in_use', 'also where no trigger looks')
FROM unnest(ARRAY[NULL, 'law']) organisation;
SELECT is(told(update_of('archived = true', 'law')),
	'the default hierarchy "law" cannot be archived / Make another hierarchy the default first (configure_install, defaultHierarchy).', 'the default says so');
SELECT is(told(format('DELETE FROM proctorlink.hierarchy WHERE hierarchy_id = %L; SET CONSTRAINTS ALL IMMEDIATE', node('law'))),
	format('the install "%s" would have no default hierarchy / Make another hierarchy the default first (configure_install, defaultHierarchy), or remove the install as well.', :'install'),
	'and removed');
UPDATE proctorlink.hierarchy SET archived = true WHERE organisation_id = 'med';
SELECT is(refused(format('SELECT proctorlink.configure_install(%L, %L)', :'install', '{"defaultHierarchy": "med"}')), 'PT409 CONFLICT /defaultHierarchy', 'an archived one does not become the default');
SELECT is(refused(format('SELECT proctorlink.configure_install(%L, jsonb_build_object(''defaultHierarchy'', %L))', :'install', node_sid('ana'))), 'accepted', 'one named by its sid does');
UPDATE proctorlink.hierarchy SET archived = false WHERE organisation_id = 'med';
SELECT proctorlink.configure_install(:'install', '{"defaultHierarchy": null}') ->> 'defaultHierarchy' AS default \gset
SELECT is(:'default'::text, node_sid(NULL), 'null makes the root the default');
UPDATE proctorlink.hierarchy SET updated_at = '2000-01-01T00:00:00Z' WHERE organisation_id = 'law';
SELECT is((SELECT updated_at FROM proctorlink.hierarchy WHERE organisation_id = 'law'), now(), 'updated_at is when the row was changed');

-- History is stored as it is, and nothing runs on in it.

SAVEPOINT history;
SELECT is(told(format('INSERT INTO proctorlink.hierarchy (install_id, hierarchy_id, parent_id, organisation_id, title, created_at)
	VALUES (%L, %L, %L, ''h-1'', ''One'', ''2020-01-01T00:00:00Z''), (%1$L, %3$L, %2$L, ''h-2'', ''Two'', ''2020-01-01T00:00:00Z'')',
	install_id(), proctorlink.uuid7(), proctorlink.uuid7())), 'accepted', 'a ring out of the past');
SELECT is((SELECT count(*) FROM proctorlink.hierarchies(:'install')), 7::bigint, 'is listed');
SELECT ok((SELECT bool_and(path ~ ('(One|Two) \\ ' || title || '$')) FROM proctorlink.hierarchies(:'install') WHERE organisation_id LIKE 'h-%'), 'with a path that ends');
SELECT is(refused(move('law', 'h-1')), '23514 hierarchy_is_a_tree', 'nothing is put below it');
SELECT is(refused(format('INSERT INTO proctorlink.hierarchy (install_id, parent_id, title) VALUES (%L, %L, ''New'')', install_id(), node('h-1'))), '23514 hierarchy_is_a_tree', 'nor made there');
SELECT is(refused(move('h-1', 'law')), 'accepted', 'it may be mended');
SELECT is(refused(format('INSERT INTO proctorlink.hierarchy (install_id, parent_id, title, archived, is_default, created_at) VALUES (%L, %L, ''Old'', true, true, ''2020-01-01T00:00:00Z'')',
	install_id(), node(NULL))), '23514 root_and_default_hierarchy_in_use', 'what a CHECK says holds for history too');
ROLLBACK TO history;

-- The trigger functions judge our table alone.

CREATE TABLE other (LIKE proctorlink.hierarchy);
CREATE TRIGGER other BEFORE UPDATE ON other FOR EACH ROW EXECUTE FUNCTION proctorlink.hierarchy_before();
INSERT INTO other SELECT * FROM proctorlink.hierarchy WHERE is_root AND install_id = install_id();
SELECT is(refused('UPDATE other SET title = title'), '39P01', 'not somebody else''s');

-- hierarchies and selectable_hierarchies.

INSERT INTO proctorlink.hierarchy (install_id, parent_id, title) VALUES (install_id(), node('law'), 'Unnamed');
INSERT INTO proctorlink.hierarchy (install_id, parent_id, organisation_id, title, allow_schedules, archived)
	VALUES (install_id(), node('med'), 'closed', 'Closed', false, false), (install_id(), node('med'), 'old', 'Old', true, true);
SELECT results_eq(format('SELECT organisation_id, title, path, is_default, is_root, allow_schedules, archived FROM proctorlink.hierarchies(%L)', :'install'),
	$$VALUES (NULL, 'University', 'University', true, true, true, false), ('law', 'Law', 'University \ Law', false, false, true, false),
		(NULL, 'Unnamed', 'University \ Law \ Unnamed', false, false, true, false), ('med', 'Medicine', 'University \ Medicine', false, false, true, false),
		('ana', 'Anatomy', 'University \ Medicine \ Anatomy', false, false, true, false),
		('bones', 'Bones', 'University \ Medicine \ Anatomy \ Bones', false, false, true, false),
		('closed', 'Closed', 'University \ Medicine \ Closed', false, false, false, false), ('old', 'Old', 'University \ Medicine \ Old', false, false, true, true)$$,
	'all nodes of an install, in the order of their paths');
SELECT is((SELECT hierarchy_sid FROM proctorlink.hierarchies(:'install') WHERE organisation_id = 'ana'), node_sid('ana'), 'with their sids');
SELECT is((SELECT count(*) FROM proctorlink.hierarchies(:'college')), 1::bigint, 'not those of another');
SELECT is(refused($$SELECT * FROM proctorlink.hierarchies('AI00000000000000000000000000000000')$$), 'PT404 RESOURCENOTFOUND', 'an install that there is not');
SELECT matches(refused($$SELECT * FROM proctorlink.hierarchies('University')$$), '^PT400 INVALIDINPUT', 'no sid');
SELECT is(refused($$SELECT * FROM proctorlink.hierarchies(NULL)$$), 'PT400 INVALIDINPUT', 'null');
SELECT is(refused('SELECT * FROM proctorlink.selectable_hierarchies()'), 'PT403 AUTHENTICATIONFAILED', 'of several installs one has to be chosen');
SELECT proctorlink.use_install(:'install') \gset
SELECT results_eq('SELECT * FROM proctorlink.selectable_hierarchies()',
	$$VALUES ('law', 'Law', 'University \ Law'), ('med', 'Medicine', 'University \ Medicine'), ('ana', 'Anatomy', 'University \ Medicine \ Anatomy'),
		('bones', 'Bones', 'University \ Medicine \ Anatomy \ Bones')$$, 'what can be selected: named, for schedules, not archived');
SELECT proctorlink.use_install(:'college') \gset
SELECT is_empty('SELECT * FROM proctorlink.selectable_hierarchies()', 'another install has none');

-- grant_hierarchy and revoke_hierarchy.

INSERT INTO proctorlink.account (install_id, candidate_ext_id, username, role) VALUES
	(install_id(), 'm-1', 'marie', 'marker'), (install_id(), 'm-2', 'm-2', 'marker'), (install_id(), 'both', 'm-3', 'marker'), (install_id(), 'm-4', 'both', 'marker');
CREATE FUNCTION account_sid(external text) RETURNS text STABLE LANGUAGE sql AS $$
	SELECT proctorlink.sid('account', account_id) FROM proctorlink.account WHERE candidate_ext_id = external
$$;
-- "result: flags" of an answer that names the right two.
CREATE FUNCTION access(answer jsonb, organisation text, account text) RETURNS text LANGUAGE sql AS $$
	SELECT CASE WHEN answer - '{flags,result}'::text[] = jsonb_build_object('hierarchy', node_sid(organisation), 'account', account_sid(account))
		THEN concat(answer ->> 'result', ': ', (SELECT string_agg(flag, ', ' ORDER BY place) FROM jsonb_array_elements_text(answer -> 'flags') WITH ORDINALITY AS flags (flag, place)))
		ELSE answer::text END
$$;
SELECT is(access(proctorlink.grant_hierarchy(:'install', 'med', 'm-1', '{view_reports}'), 'med', 'm-1'), 'Created: view_reports', 'access');
SELECT results_eq('SELECT hierarchy_id, account_id, coordinator, administrator, view_reports, rescoring FROM proctorlink.hierarchy_access',
	format('VALUES (%L::uuid, %L::uuid, false, false, true, false)', node('med'), proctorlink.sid_uuid(account_sid('m-1'))), 'is stored');
SELECT is(access(proctorlink.grant_hierarchy(:'install', 'med', 'm-1', '{view_reports}'), 'med', 'm-1'), 'Found Existing: view_reports', 'the same again');
SELECT is(access(proctorlink.grant_hierarchy(:'install', node_sid('med'), account_sid('m-1'), '{rescoring,coordinator}'), 'med', 'm-1'),
	'Updated: coordinator, view_reports, rescoring', 'more is added, both named by their sids');
SELECT is(access(proctorlink.grant_hierarchy(:'install', 'law', 'marie', '{administrator,administrator}'), 'law', 'm-1'), 'Created: administrator', 'a person by the username');
SELECT is(access(proctorlink.grant_hierarchy(:'install', node_sid(NULL), 'm-2', '{coordinator,administrator,view_reports,rescoring}'), NULL, 'm-2'),
	'Created: coordinator, administrator, view_reports, rescoring', 'all of it, at the root');
SELECT is(access(proctorlink.revoke_hierarchy(:'install', 'med', 'm-1', '{view_reports,administrator}'), 'med', 'm-1'), 'Updated: coordinator, rescoring', 'some is taken');
SELECT is(access(proctorlink.revoke_hierarchy(:'install', 'med', 'm-1', '{view_reports}'), 'med', 'm-1'), 'Found Existing: coordinator, rescoring', 'what is not there is not taken');
SELECT is(access(proctorlink.revoke_hierarchy(:'install', 'med', 'm-1', '{coordinator,rescoring}'), 'med', 'm-1'), 'Removed: ', 'the last of it');
SELECT is(access(proctorlink.revoke_hierarchy(:'install', 'med', 'm-1', NULL), 'med', 'm-1'), 'Found Existing: ', 'where there is none');
SELECT is(access(proctorlink.revoke_hierarchy(:'install', node_sid(NULL), 'm-2'), NULL, 'm-2'), 'Removed: ', 'all of it without naming any');
SELECT is((SELECT count(*) FROM proctorlink.hierarchy_access), 1::bigint, 'what has no flag is no row');

SELECT is(refused(format('SELECT proctorlink.grant_hierarchy(%L, %L, %L, %L)', install, hierarchy, account, flags)), outcome, 'grant_hierarchy: ' || name)
FROM (VALUES
	('a flag that there is not', :'install', 'med', 'm-1', '{proctor}'::text[], 'PT400 INVALIDINPUT /flags/0'),
	('a flag in another case', :'install', 'med', 'm-1', '{rescoring,Rescoring}', 'PT400 INVALIDINPUT /flags/1'),
	('a flag that is null', :'install', 'med', 'm-1', '{NULL}', 'PT400 INVALIDINPUT /flags/0'),
	('no flag', :'install', 'med', 'm-1', '{}', 'PT400 INVALIDINPUT /flags'),
	('no flags', :'install', 'med', 'm-1', NULL, 'PT400 INVALIDINPUT'),
	('no hierarchy', :'install', NULL, 'm-1', '{rescoring}', 'PT400 INVALIDINPUT'),
	('no account', :'install', 'med', NULL, '{rescoring}', 'PT400 INVALIDINPUT'),
	('no install', NULL, 'med', 'm-1', '{rescoring}', 'PT400 INVALIDINPUT'),
	('an install that there is not', 'AI00000000000000000000000000000000', 'med', 'm-1', '{rescoring}', 'PT404 RESOURCENOTFOUND'),
	('another install''s hierarchy', :'college', node_sid('med'), 'm-1', '{rescoring}', 'PT404 RESOURCENOTFOUND'),
	('a hierarchy that there is not', :'install', 'nowhere', 'm-1', '{rescoring}', 'PT404 RESOURCENOTFOUND'),
	('a hierarchy of a million characters', :'install', repeat('x', 1000000), 'm-1', '{rescoring}', 'PT404 RESOURCENOTFOUND'),
	('an account that there is not', :'install', 'med', 'nobody', '{rescoring}', 'PT404 RESOURCENOTFOUND'),
	('an account of a million characters', :'install', 'med', repeat('x', 1000000), '{rescoring}', 'PT404 RESOURCENOTFOUND'),
	('an empty account', :'install', 'med', '', '{rescoring}', 'PT404 RESOURCENOTFOUND'),
	('a name that means two people', :'install', 'med', 'both', '{rescoring}', 'PT409 CONFLICT'),
	('one of them by the sid', :'install', 'med', account_sid('both'), '{rescoring}', 'accepted')
) AS calls (name, install, hierarchy, account, flags, outcome);
SELECT is(refused(format('SELECT proctorlink.revoke_hierarchy(%L, %L, %L, %L)', :'install', hierarchy, account, flags)), outcome, 'revoke_hierarchy: ' || name)
FROM (VALUES
	('a flag that there is not', 'med', 'm-1', '{proctor}'::text[], 'PT400 INVALIDINPUT /flags/0'),
	('no flag', 'med', 'm-1', '{}', 'PT400 INVALIDINPUT /flags'),
	('no hierarchy', NULL, 'm-1', '{rescoring}', 'PT400 INVALIDINPUT'),
	('a hierarchy that there is not', 'nowhere', 'm-1', NULL, 'PT404 RESOURCENOTFOUND'),
	('an account that there is not', 'med', 'nobody', NULL, 'PT404 RESOURCENOTFOUND')
) AS calls (name, hierarchy, account, flags, outcome);
SELECT is(refused(format('INSERT INTO proctorlink.hierarchy_access (install_id, hierarchy_id, account_id, rescoring) VALUES (%L, %L, %L, %L)',
	install_id(), node(hierarchy), coalesce(proctorlink.sid_uuid(account_sid(account)), proctorlink.uuid7()), rescoring)), outcome, 'hierarchy_access: ' || name)
FROM (VALUES
	('a row', 'med', 'm-1', true, 'accepted'),
	('a row without a flag', 'med', 'm-1', false, '23514 hierarchy_access_to_something'),
	('a second row', 'law', 'm-1', true, '23505 hierarchy_access_pkey'),
	('a person that there is not', 'med', 'nobody', true, '23503 hierarchy_access_account_fkey')
) AS rows (name, hierarchy, account, rescoring, outcome);

SELECT * FROM finish();
ROLLBACK;
