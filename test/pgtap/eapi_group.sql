-- test/pgtap/eapi_group.sql
--		Cirrus's groups: made, changed, searched and removed; every refusal in
--		the envelope, nothing raised.

BEGIN;
\ir helpers.psql
SELECT plan(228);
SELECT proctorlink.create_install('University', 'https://platform.test') AS install \gset

-- What an answer says: the texts of its errors in their order, "done" for a
-- success without any, or that it is no envelope.
CREATE FUNCTION said(answer jsonb) RETURNS text LANGUAGE sql AS $$
	SELECT CASE
		WHEN answer - '{Content,Success,Errors}'::text[] <> '{}' OR NOT answer ?& '{Content,Success,Errors}' THEN 'no envelope: ' || answer::text
		WHEN answer -> 'Success' = 'true' AND answer -> 'Errors' = 'null' THEN 'done'
		WHEN answer -> 'Success' <> 'false' OR answer -> 'Content' <> 'null' OR jsonb_typeof(answer -> 'Errors') <> 'array'
			OR EXISTS (SELECT FROM jsonb_array_elements(answer -> 'Errors') e WHERE e - '{Code,Error}'::text[] <> '{}' OR jsonb_typeof(e -> 'Error') <> 'string'
				OR e -> 'Code' <> CASE e ->> 'Error' WHEN 'Request body can not be null or empty' THEN '100'::jsonb ELSE 'null' END)
			THEN 'no envelope: ' || answer::text
		ELSE (SELECT string_agg(e ->> 'Error', '|' ORDER BY place) FROM jsonb_array_elements(answer -> 'Errors') WITH ORDINALITY AS errors (e, place)) END
$$;
CREATE FUNCTION status() RETURNS text LANGUAGE sql AS $$ SELECT current_setting('response.status', true) $$;
-- What a call says, and whether it has the status for that; it is taken back.
CREATE FUNCTION tried(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer jsonb;
	told text;
BEGIN
	EXECUTE 'SELECT proctorlink.' || call INTO answer;
	told := said(answer);
	IF status() IS DISTINCT FROM (CASE WHEN told <> 'done' THEN CASE told WHEN 'Not allowed to use external API' THEN '403' ELSE '400' END
			WHEN call LIKE 'eapi_create_group%' THEN '201' ELSE '200' END) THEN
		told := 'status ' || status() || ': ' || told;
	END IF;
	RAISE EXCEPTION USING ERRCODE = 'UNDO0';
EXCEPTION
	WHEN SQLSTATE 'UNDO0' THEN
		RETURN told;
	WHEN OTHERS THEN
		RETURN 'raised ' || SQLSTATE || ' ' || SQLERRM;
END
$$;
CREATE FUNCTION creating(body jsonb) RETURNS text LANGUAGE sql AS $$ SELECT tried(format('eapi_create_group(%L)', body)) $$;
CREATE FUNCTION updating(id text, changes jsonb) RETURNS text LANGUAGE sql AS $$ SELECT tried(format('eapi_update_group(%L, %L)', id, changes)) $$;
CREATE FUNCTION deleting(id text) RETURNS text LANGUAGE sql AS $$ SELECT tried(format('eapi_delete_group(%L)', id)) $$;
-- The ids that a search finds, in its order.
CREATE FUNCTION finds(search text) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(string_agg(g ->> 'ExternalId', ' ' ORDER BY place), '')
	FROM jsonb_array_elements(proctorlink.eapi_search_groups(search)) WITH ORDINALITY AS groups (g, place)
$$;
-- A group as it is stored: "title in parent", and what is not as usual.
CREATE FUNCTION stored(id text) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', h.title, 'in', coalesce(p.organisation_id, 'root'), CASE WHEN NOT h.allow_schedules THEN 'without schedules' END,
		CASE WHEN h.archived THEN 'archived' END, CASE WHEN h.is_root OR h.is_default OR p.hierarchy_id IS NULL THEN 'not as usual' END)
	FROM proctorlink.hierarchy h LEFT JOIN proctorlink.hierarchy p ON p.install_id = h.install_id AND p.hierarchy_id = h.parent_id AND (p.is_root OR p.organisation_id IS NOT NULL)
	WHERE h.organisation_id = id
$$;

-- eapi_create_group: each field.

SELECT is(proctorlink.eapi_create_group('{"ExternalId": "law", "Title": "Law"}'), '{"Content": {"ExternalId": "law"}, "Success": true, "Errors": null}', 'a group is made');
SELECT is(status(), '201', 'with status 201');
SELECT is(stored('law'), 'Law in root', 'right under the root, for schedules');
SELECT is(said(proctorlink.eapi_create_group(body)), 'done', name)
FROM (VALUES
	('a group with every field', '{"ExternalId": "med", "ParentExternalId": null, "SynchronizationKey": "c0ffee00-0000-0000-0000-000000000000", "Title": "Médecine",
		"AllowRelationshipWithSchedules": true, "IsOrganization": false}'::jsonb),
	('a group under another', '{"ExternalId": "ana", "ParentExternalId": "med", "Title": "Anatomy", "AllowRelationshipWithSchedules": false}'),
	('a group under that', '{"ExternalId": "Bones_1-a", "ParentExternalId": "ana", "Title": "100% Bones"}'),
	('an empty parent is the root', '{"ExternalId": "arts", "ParentExternalId": "", "Title": "Arts"}'),
	('a second root is not made of IsOrganization', '{"ExternalId": "org", "Title": "Organisation", "IsOrganization": true}'),
	('numbers as ids and texts', '{"ExternalId": 42, "Title": 4711, "ParentExternalId": "org"}'),
	('a number as a parent', '{"ExternalId": "43", "Title": "x", "ParentExternalId": 42}'),
	('booleans as texts and numbers', '{"ExternalId": "b1", "Title": "x", "AllowRelationshipWithSchedules": "False", "IsOrganization": "1"}'),
	('booleans as numbers', '{"ExternalId": "b2", "Title": "x", "AllowRelationshipWithSchedules": 0}'),
	('what is null or empty is absent', '{"ExternalId": "b3", "Title": "x", "AllowRelationshipWithSchedules": null, "IsOrganization": "", "SynchronizationKey": ""}'),
	('unknown fields are passed over', '{"ExternalId": "b4", "Title": "x", "Colour": {"of": ["the", "roof"]}, "title": 7}'),
	('IsArchived is a field of changes alone', '{"ExternalId": "b5", "Title": "x", "IsArchived": true}'),
	('an id of 64 characters', jsonb_build_object('ExternalId', repeat('a', 64), 'Title', 'x')),
	('a title of 100 characters', jsonb_build_object('ExternalId', 'long', 'Title', long(100)))
) AS groups (name, body);
SELECT is(stored(id), shown, 'stored: ' || id)
FROM (VALUES ('med', 'Médecine in root'), ('ana', 'Anatomy in med without schedules'), ('Bones_1-a', '100% Bones in ana'), ('arts', 'Arts in root'), ('org', 'Organisation in root'),
	('42', '4711 in org'), ('43', 'x in 42'), ('b1', 'x in root without schedules'), ('b2', 'x in root without schedules'), ('b3', 'x in root'), ('b4', 'x in root'), ('b5', 'x in root')) AS groups (id, shown);
DELETE FROM proctorlink.hierarchy WHERE organisation_id IN ('43', 'b1', 'b2', 'b3', 'b4', 'b5', 'long', repeat('a', 64));
DELETE FROM proctorlink.hierarchy WHERE organisation_id = '42';

-- Nodes without an Organisation ID are not there at this door.
INSERT INTO proctorlink.hierarchy (install_id, parent_id, title) SELECT install_id, hierarchy_id, 'Unnamed' FROM proctorlink.hierarchy WHERE is_root;
SELECT proctorlink.sid('hierarchy', hierarchy_id) AS unnamed FROM proctorlink.hierarchy WHERE title = 'Unnamed' \gset
SELECT proctorlink.sid('hierarchy', hierarchy_id) AS law FROM proctorlink.hierarchy WHERE title = 'Law' \gset

SELECT contents() AS before \gset

-- Its refusals.

SELECT is(creating(body), refusal, name)
FROM (VALUES
	('no id', '{"Title": "x"}'::jsonb, 'External id must not be null or empty'),
	('an id that is null', '{"ExternalId": null, "Title": "x"}', 'External id must not be null or empty'),
	('an empty id', '{"ExternalId": "", "Title": "x"}', 'External id must not be null or empty'),
	('an id in another case of the field', '{"externalId": "x", "Title": "x"}', 'External id must not be null or empty'),
	('an id with a space', '{"ExternalId": "a b", "Title": "x"}', 'ExternalId must be alpha-numeric(a-z 0-9)'),
	('an id of a space', '{"ExternalId": " ", "Title": "x"}', 'ExternalId must be alpha-numeric(a-z 0-9)'),
	('an id with a dot', '{"ExternalId": "a.b", "Title": "x"}', 'ExternalId must be alpha-numeric(a-z 0-9)'),
	('an id with a letter of another alphabet', '{"ExternalId": "é", "Title": "x"}', 'ExternalId must be alpha-numeric(a-z 0-9)'),
	('an id with a control character', '{"ExternalId": "a\u0007b", "Title": "x"}', 'ExternalId must be alpha-numeric(a-z 0-9)'),
	('an id of 65 characters', jsonb_build_object('ExternalId', repeat('a', 65), 'Title', 'x'), 'ExternalId must be at most 64 symbols'),
	('an id of 499 characters', jsonb_build_object('ExternalId', repeat('a', 499), 'Title', 'x'), 'ExternalId must be at most 64 symbols'),
	('an id of 500 characters', jsonb_build_object('ExternalId', repeat('a', 500), 'Title', 'x'), 'ExternalId must be less than 500 symbols'),
	('an id of a million characters', jsonb_build_object('ExternalId', repeat('a', 1000000), 'Title', 'x'), 'ExternalId must be less than 500 symbols'),
	('an id of a million letters of another alphabet', jsonb_build_object('ExternalId', long(1000000), 'Title', 'x'),
		'ExternalId must be alpha-numeric(a-z 0-9)|ExternalId must be less than 500 symbols'),
	('an id that is a list', '{"ExternalId": [], "Title": "x"}', '/ExternalId: must be a string, not an array'),
	('an id that is an object', '{"ExternalId": {"x": 1}, "Title": "x"}', '/ExternalId: must be a string, not an object'),
	('no title', '{"ExternalId": "x"}', 'Title must not be null or empty'),
	('a title that is null', '{"ExternalId": "x", "Title": null}', 'Title must not be null or empty'),
	('an empty title', '{"ExternalId": "x", "Title": ""}', 'Title must not be null or empty'),
	('a title of a space', '{"ExternalId": "x", "Title": " "}', 'Title begins or ends with a space'),
	('a title with a space behind', '{"ExternalId": "x", "Title": "x "}', 'Title begins or ends with a space'),
	('a title with a control character', '{"ExternalId": "x", "Title": "x\ny"}', 'Title has a control character'),
	('a title of 101 characters', jsonb_build_object('ExternalId', 'x', 'Title', long(101)), 'Title must be at most 100 symbols'),
	('a title of a million characters', jsonb_build_object('ExternalId', 'x', 'Title', long(1000000)), 'Title must be at most 100 symbols'),
	('a title that is a list', '{"ExternalId": "x", "Title": ["x"]}', '/Title: must be a string, not an array'),
	('a parent that there is not', '{"ExternalId": "x", "Title": "x", "ParentExternalId": "y"}', 'Group with ExternalId [y] is not found'),
	('a parent that is itself', '{"ExternalId": "x", "Title": "x", "ParentExternalId": "x"}', 'Group with ExternalId [x] is not found'),
	('a parent in another case', '{"ExternalId": "x", "Title": "x", "ParentExternalId": "LAW"}', 'Group with ExternalId [LAW] is not found'),
	('a parent by its sid', jsonb_build_object('ExternalId', 'x', 'Title', 'x', 'ParentExternalId', :'law'), format('Group with ExternalId [%s] is not found', :'law')),
	('a parent with a control character', '{"ExternalId": "x", "Title": "x", "ParentExternalId": "a\u0001b"}', 'Group with ExternalId [a?b] is not found'),
	('a parent of a million characters', jsonb_build_object('ExternalId', 'x', 'Title', 'x', 'ParentExternalId', repeat('p', 1000000)),
		format('Group with ExternalId [%s...] is not found', repeat('p', 64))),
	('a parent that is an object', '{"ExternalId": "x", "Title": "x", "ParentExternalId": {}}', '/ParentExternalId: must be a string, not an object'),
	('schedules that are neither allowed nor not', '{"ExternalId": "x", "Title": "x", "AllowRelationshipWithSchedules": "perhaps"}',
		'/AllowRelationshipWithSchedules: must be a boolean, not a string'),
	('schedules as a number', '{"ExternalId": "x", "Title": "x", "AllowRelationshipWithSchedules": 2}', '/AllowRelationshipWithSchedules: must be a boolean, not a number'),
	('schedules in a list', '{"ExternalId": "x", "Title": "x", "AllowRelationshipWithSchedules": []}', '/AllowRelationshipWithSchedules: must be a boolean, not an array'),
	('an organisation that is an object', '{"ExternalId": "x", "Title": "x", "IsOrganization": {}}', '/IsOrganization: must be a boolean, not an object'),
	('a used id', '{"ExternalId": "law", "Title": "x"}', 'Group with ExternalId [law] already exists'),
	('a used id as a number', '{"ExternalId": "law", "Title": 1}', 'Group with ExternalId [law] already exists'),
	('ids compare exactly', '{"ExternalId": "LAW", "Title": "x"}', 'done'),
	('all that is wrong at once', '{"ExternalId": "a b", "Title": " ", "ParentExternalId": "y", "IsOrganization": []}',
		'ExternalId must be alpha-numeric(a-z 0-9)|Title begins or ends with a space|Group with ExternalId [y] is not found|/IsOrganization: must be a boolean, not an array'),
	('nothing that is known', '{"x": 1}', 'External id must not be null or empty|Title must not be null or empty')
) AS calls (name, body, refusal);
SELECT is(proctorlink.eapi_create_group('{"ExternalId": "law", "Title": "x"}'),
	'{"Content": null, "Success": false, "Errors": [{"Code": null, "Error": "Group with ExternalId [law] already exists"}]}', 'a refusal as a whole');
SELECT is(status(), '400', 'with status 400');

-- Bodies that are none, of both functions that take one.

CREATE TEMPORARY TABLE body (name text, body jsonb, refusal text);
INSERT INTO pg_temp.body VALUES
	('NULL', NULL, 'Request body can not be null or empty'), ('null', 'null', 'Request body can not be null or empty'), ('an empty text', '""', 'Request body can not be null or empty'),
	('an empty list', '[]', 'Request body can not be null or empty'), ('an empty object', '{}', 'Request body can not be null or empty'),
	('a text', '"x"', 'Request body must be an object'), ('a number', '0', 'Request body must be an object'), ('a large number', '1e1000', 'Request body must be an object'),
	('true', 'true', 'Request body must be an object'), ('false', 'false', 'Request body must be an object'),
	('a list', '[{"ExternalId": "x", "Title": "x"}]', 'Request body must be an object'), ('a list of nothing', '[null]', 'Request body must be an object'),
	('a text of a million characters', to_jsonb(repeat('x', 1000000)), 'Request body must be an object'),
	('2,000 lists', (repeat('[', 2000) || repeat(']', 2000))::jsonb, 'Request body must be an object');
SELECT is(creating(body), refusal, 'a new group: ' || name) FROM pg_temp.body;
SELECT is(updating('law', body), refusal, 'changes: ' || name) FROM pg_temp.body;
SELECT is(proctorlink.eapi_create_group(NULL),
	'{"Content": null, "Success": false, "Errors": [{"Code": 100, "Error": "Request body can not be null or empty"}]}', 'no body: the contract''s number');
SELECT is(creating(jsonb_build_object('ExternalId', 'x', 'Title', 'x', member, (repeat('[', 2000) || repeat(']', 2000))::jsonb)), refusal, 'nested deep: ' || member)
FROM (VALUES ('ExternalId', '/ExternalId: must be a string, not an array'), ('Title', '/Title: must be a string, not an array'), ('ParentExternalId', '/ParentExternalId: must be a string, not an array'),
	('AllowRelationshipWithSchedules', '/AllowRelationshipWithSchedules: must be a boolean, not an array'), ('IsOrganization', '/IsOrganization: must be a boolean, not an array'),
	('Colour', 'done')) AS members (member, refusal);
SELECT is(creating(jsonb_build_object('ExternalId', 'x', 'Title', 'x', 'IsOrganization', (repeat('{"x":', 2000) || '1' || repeat('}', 2000))::jsonb)),
	'/IsOrganization: must be a boolean, not an object', 'objects nested deep');
SELECT is(creating(jsonb_build_object('ExternalId', 'x', 'Title', 'x', repeat('k', 1000000), 1)), 'done', 'a field with a name of a million characters');
SAVEPOINT small;
SET LOCAL proctorlink.max_payload_bytes = '1kB';
SELECT is(creating(jsonb_build_object('ExternalId', 'x', 'Title', 'x', 'x', repeat('k', 1024))), 'Request body is larger than 1024 bytes', 'a body that is too large');
ROLLBACK TO small;
SELECT is(contents(), :'before', 'nothing of all this was written');

-- eapi_update_group: each field.

SELECT is(proctorlink.eapi_update_group('ana', '{"Title": "Anatomie"}'), '{"Content": {"ExternalId": "ana"}, "Success": true, "Errors": null}', 'a group is changed');
SELECT is(status(), '200', 'with status 200');
CREATE FUNCTION changed(id text, changes jsonb) RETURNS text LANGUAGE sql AS $$
	SELECT said(proctorlink.eapi_update_group(id, changes)) || ': '
$$;
CREATE FUNCTION shown(id text, changes jsonb, shows text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN changed(id, changes) || coalesce(stored(shows), 'nothing');
END
$$;
SELECT is(shown(id, changes, coalesce(nullif(changes ->> 'ExternalId', ''), id)), 'done: ' || shows, id || ' ' || changes)
FROM (VALUES
	('ana', '{"AllowRelationshipWithSchedules": true}'::jsonb, 'Anatomie in med'),
	('ana', '{"IsArchived": true}', 'Anatomie in med archived'),
	('ana', '{"IsArchived": "false", "AllowRelationshipWithSchedules": 0}', 'Anatomie in med without schedules'),
	('ana', '{"ParentExternalId": "law"}', 'Anatomie in law without schedules'),
	('ana', '{"ParentExternalId": null, "Title": "Anatomy"}', 'Anatomy in law without schedules'),
	('ana', '{"ParentExternalId": ""}', 'Anatomy in root without schedules'),
	('ana', '{"ParentExternalId": "med"}', 'Anatomy in med without schedules'),
	('ana', '{"ExternalId": "ana2"}', 'Anatomy in med without schedules'),
	('ana2', '{"ExternalId": "ana", "AllowRelationshipWithSchedules": true}', 'Anatomy in med'),
	('ana', '{"ExternalId": "ana", "Title": "Anatomy"}', 'Anatomy in med'),
	('ana', '{"ExternalId": "", "Title": "", "IsArchived": "", "AllowRelationshipWithSchedules": null}', 'Anatomy in med'),
	('ana', '{"IsOrganization": true, "SynchronizationKey": "x", "Colour": "red"}', 'Anatomy in med')
) AS calls (id, changes, shows);
SAVEPOINT unchanged;
SELECT contents(versions => true) AS versions \gset
SELECT is(updating('ana', '{"ExternalId": "ana", "ParentExternalId": "med", "Title": "Anatomy", "AllowRelationshipWithSchedules": true, "IsArchived": false}'), 'done', 'the same again');
SELECT proctorlink.eapi_update_group('ana', '{"ExternalId": "ana", "ParentExternalId": "med", "Title": "Anatomy", "AllowRelationshipWithSchedules": true, "IsArchived": false}') \gset again_
SELECT is(contents(versions => true), :'versions', 'writes nothing');
ROLLBACK TO unchanged;

-- The root may be known here too: it is renamed, and stays where it is.

UPDATE proctorlink.hierarchy SET organisation_id = 'uni' WHERE is_root;
SELECT is(said(proctorlink.eapi_update_group('uni', '{"Title": "Universitas", "ParentExternalId": "", "IsOrganization": false}')), 'done', 'the root is renamed');
SELECT results_eq('SELECT title, parent_id FROM proctorlink.hierarchy WHERE is_root', $$VALUES ('Universitas', NULL::uuid)$$, 'and stays the root');
SELECT is(shown('law', '{"ParentExternalId": "uni"}', 'law'), 'done: Law in uni', 'it may be named as a parent');

-- Its refusals.

SELECT contents() AS before \gset
SELECT is(updating(id, changes), refusal, name)
FROM (VALUES
	('no group', NULL, '{"Title": "x"}'::jsonb, 'External id must not be null or empty'),
	('an empty group', '', '{"Title": "x"}', 'External id must not be null or empty'),
	('no group and no changes', NULL, NULL, 'External id must not be null or empty|Request body can not be null or empty'),
	('a group that there is not', 'x', '{"Title": "x"}', 'Group with ExternalId [x] is not found'),
	('a group in another case', 'LAW', '{"Title": "x"}', 'Group with ExternalId [LAW] is not found'),
	('a group by its sid', :'law', '{"Title": "x"}', format('Group with ExternalId [%s] is not found', :'law')),
	('a group without an Organisation ID', :'unnamed', '{"Title": "x"}', format('Group with ExternalId [%s] is not found', :'unnamed')),
	('a group of a million characters', repeat('x', 1000000), '{"Title": "x"}', format('Group with ExternalId [%s...] is not found', repeat('x', 64))),
	('a group with a control character', E'a\u0007', '{"Title": "x"}', 'Group with ExternalId [a?] is not found'),
	('another id with a space', 'law', '{"ExternalId": "a b"}', 'ExternalId must be alpha-numeric(a-z 0-9)'),
	('another id of 65 characters', 'law', jsonb_build_object('ExternalId', repeat('a', 65)), 'ExternalId must be at most 64 symbols'),
	('another id that is used', 'law', '{"ExternalId": "med"}', 'Group with ExternalId [med] already exists'),
	('another id that is a list', 'law', '{"ExternalId": []}', '/ExternalId: must be a string, not an array'),
	('a title of 101 characters', 'law', jsonb_build_object('Title', long(101)), 'Title must be at most 100 symbols'),
	('a title with a control character', 'law', '{"Title": "\u0085x"}', 'Title has a control character'),
	('a title that is an object', 'law', '{"Title": {}}', '/Title: must be a string, not an object'),
	('a parent that there is not', 'law', '{"ParentExternalId": "y"}', 'Group with ExternalId [y] is not found'),
	('a parent by its sid', 'law', jsonb_build_object('ParentExternalId', :'unnamed'), format('Group with ExternalId [%s] is not found', :'unnamed')),
	('neither group nor parent', 'x', '{"ParentExternalId": "y"}', 'Group with ExternalId [x] is not found|Group with ExternalId [y] is not found'),
	('itself as parent', 'law', '{"ParentExternalId": "law"}',
		'hierarchy_is_a_tree: the hierarchy "law" cannot be its own parent. Choose a parent that is not the hierarchy itself.'),
	('a parent below it', 'med', '{"ParentExternalId": "Bones_1-a"}',
		'hierarchy_is_a_tree: the hierarchy "med" would be below itself. Choose a parent that is not below the hierarchy.'),
	('a parent for the root', 'uni', '{"ParentExternalId": "law"}', 'hierarchy_is_a_tree: the hierarchy "uni" is the root and stays it. Move the other hierarchies instead.'),
	('the root is archived', 'uni', '{"IsArchived": true}',
		'root_and_default_hierarchy_in_use: the root hierarchy "uni" cannot be archived. Archive the hierarchies below it instead.'),
	('archived, or not', 'law', '{"IsArchived": "maybe"}', '/IsArchived: must be a boolean, not a string'),
	('schedules in an object', 'law', '{"AllowRelationshipWithSchedules": {}}', '/AllowRelationshipWithSchedules: must be a boolean, not an object'),
	('all that is wrong at once', 'law', '{"ExternalId": "a b", "Title": " x", "ParentExternalId": "y", "IsArchived": []}',
		'ExternalId must be alpha-numeric(a-z 0-9)|Title begins or ends with a space|Group with ExternalId [y] is not found|/IsArchived: must be a boolean, not an array')
) AS calls (name, id, changes, refusal);
SELECT is(contents(), :'before', 'nothing of all this was written');
SELECT proctorlink.configure_install(:'install', '{"defaultHierarchy": "arts"}') \gset
SELECT is(updating('arts', '{"IsArchived": true}'),
	'root_and_default_hierarchy_in_use: the default hierarchy "arts" cannot be archived. Make another hierarchy the default first (configure_install, defaultHierarchy).', 'the default is archived');

-- eapi_search_groups.

UPDATE proctorlink.hierarchy SET organisation_id = NULL, title = 'University' WHERE is_root;
SELECT is(proctorlink.eapi_search_groups('bones'), '[{"ExternalId": "Bones_1-a", "ParentExternalId": "ana", "Title": "100% Bones", "Path": "University \\ Médecine \\ Anatomy \\ 100% Bones",
	"AllowRelationshipWithSchedules": true, "IsOrganization": false, "IsArchived": false}]', 'a group is found');
SELECT is(status(), '200', 'with status 200');
SELECT is(finds(search), found, 'found by ' || coalesce(quote_literal(left(search, 40)), 'null'))
FROM (VALUES
	(NULL, 'arts law med ana Bones_1-a org'), ('', 'arts law med ana Bones_1-a org'), ('law', 'law'), ('LAW', 'law'), ('aW', 'law'), ('Anatomy', 'ana Bones_1-a'), ('anatomy \ 100', 'Bones_1-a'),
	('BONES_1-A', 'Bones_1-a'), ('bones 1', ''), ('_', 'Bones_1-a'), ('%', 'Bones_1-a'), ('l_w', ''), ('l%w', ''), ('%law%', ''), ('University', 'arts law med ana Bones_1-a org'), ('Unnamed', ''),
	('University \ L', 'law'), ('\', 'arts law med ana Bones_1-a org'), ('.', ''), ('.*', ''), ('''; DROP TABLE x', ''), (' ', 'arts law med ana Bones_1-a org'), ('  ', ''), ('nothing', ''),
	(E'a\u0007', ''), (repeat('x', 1000000), '')
) AS searches (search, found);
SELECT is(proctorlink.eapi_search_groups('nothing'), '[]', 'nothing is found: an empty list');
SELECT is(status(), '200', 'which is a success');
UPDATE proctorlink.hierarchy SET archived = true, allow_schedules = false WHERE organisation_id = 'law';
SELECT is(proctorlink.eapi_search_groups('law'), '[{"ExternalId": "law", "ParentExternalId": null, "Title": "Law", "Path": "University \\ Law",
	"AllowRelationshipWithSchedules": false, "IsOrganization": false, "IsArchived": true}]', 'one that is archived is found');
SELECT contents(versions => true) AS versions \gset
SAVEPOINT reading;
SET LOCAL transaction_read_only = on;
SELECT proctorlink.eapi_search_groups('law') AS found \gset
SELECT proctorlink.eapi_search_groups('nothing') AS nothing \gset
ROLLBACK TO reading;
SELECT is(:'found'::jsonb #>> '{0,ExternalId}', 'law', 'a transaction that only reads may search');
SELECT is(:'nothing'::jsonb, '[]', 'also for nothing');
SELECT is(contents(versions => true), :'versions', 'nothing was written');

-- eapi_delete_group.

SELECT is(proctorlink.eapi_delete_group('org'), '{"SuccessfullyRemoved": ["org"]}', 'a group is removed');
SELECT is(status(), '200', 'with status 200');
SELECT is(stored('org'), NULL, 'and gone');
SELECT is(proctorlink.eapi_delete_group('org'), '{"Content": null, "Success": false, "Errors": [{"Code": null, "Error": "Group with ExternalId [org] is not found"}]}', 'it is not removed again');
SELECT is(status(), '400', 'with status 400');

INSERT INTO proctorlink.account (install_id, candidate_ext_id, role) SELECT install_id, 'u-1', 'marker' FROM proctorlink.install;
SELECT string_agg(said(proctorlink.eapi_create_group(jsonb_build_object('ExternalId', id, 'Title', id))), ' ') AS made FROM unnest('{people,access,schedules,other,free}'::text[]) id \gset
UPDATE proctorlink.account SET hierarchy_id = (SELECT hierarchy_id FROM proctorlink.hierarchy WHERE organisation_id = 'people');
SELECT proctorlink.grant_hierarchy(:'install', 'access', 'u-1', '{view_reports}') \gset
INSERT INTO proctorlink.exam (install_id, external_id, title, duration_minutes) SELECT install_id, 'e-1', 'Final', 60 FROM proctorlink.install;
INSERT INTO proctorlink.schedule (install_id, exam_id, external_id, title, starts_at, ends_at, owner_id, hierarchy_id, created_at)
	SELECT x.install_id, x.exam_id, 's-1', 'Final', '2020-01-01T00:00:00Z', '2020-01-02T00:00:00Z', a.account_id, h.hierarchy_id, '2019-12-01T00:00:00Z'
	FROM proctorlink.exam x JOIN proctorlink.account a USING (install_id) JOIN proctorlink.hierarchy h USING (install_id) WHERE h.organisation_id = 'schedules';
CREATE TABLE other (install_id uuid, hierarchy_id uuid, FOREIGN KEY (install_id, hierarchy_id) REFERENCES proctorlink.hierarchy);
INSERT INTO other SELECT install_id, hierarchy_id FROM proctorlink.hierarchy WHERE organisation_id = 'other';
SELECT contents() AS before \gset
SELECT is(deleting(id), refusal, 'removing ' || name)
FROM (VALUES
	('no group', NULL, 'External id must not be null or empty'),
	('an empty group', '', 'External id must not be null or empty'),
	('a group that there is not', 'x', 'Group with ExternalId [x] is not found'),
	('a group in another case', 'FREE', 'Group with ExternalId [FREE] is not found'),
	('a group by its sid', :'law', format('Group with ExternalId [%s] is not found', :'law')),
	('a group without an Organisation ID', :'unnamed', format('Group with ExternalId [%s] is not found', :'unnamed')),
	('a group of a million characters', repeat('x', 1000000), format('Group with ExternalId [%s...] is not found', repeat('x', 64))),
	('a group with a control character', E'a\u0007', 'Group with ExternalId [a?] is not found'),
	('a group with others below', 'med', 'Group or its children are used'),
	('a group with people', 'people', 'Group or its children are used'),
	('a group with rights of access', 'access', 'Group or its children are used'),
	('a group with a schedule', 'schedules', 'Group or its children are used'),
	('a group that somebody else''s table refers to', 'other', 'Group or its children are used'),
	('the default', 'arts', 'Group or its children are used')
) AS calls (name, id, refusal);
SELECT is(contents(), :'before', 'nothing of all this was written');
UPDATE proctorlink.hierarchy SET organisation_id = 'uni' WHERE is_root;
SELECT is(deleting('uni'), 'Group or its children are used', 'removing the root');
SELECT is(proctorlink.eapi_delete_group('free'), '{"SuccessfullyRemoved": ["free"]}', 'one that is free is removed');
UPDATE proctorlink.account SET hierarchy_id = NULL;
SELECT is(proctorlink.eapi_delete_group('people'), '{"SuccessfullyRemoved": ["people"]}', 'one that has become free is removed');
SET CONSTRAINTS ALL IMMEDIATE;

-- Who may not.

CREATE FUNCTION calls() RETURNS SETOF text LANGUAGE sql AS $$
	VALUES ('eapi_create_group(''{"ExternalId": "x", "Title": "x"}'')'), ('eapi_update_group(''law'', ''{"Title": "x"}'')'), ('eapi_search_groups(''law'')'), ('eapi_delete_group(''law'')')
$$;
CREATE ROLE stranger;
GRANT USAGE ON SCHEMA proctorlink TO stranger;
GRANT EXECUTE ON FUNCTION proctorlink.eapi_create_group(jsonb), proctorlink.eapi_update_group(text, jsonb), proctorlink.eapi_search_groups(text), proctorlink.eapi_delete_group(text) TO stranger;
CREATE TEMPORARY TABLE answered AS SELECT call, ''::text AS told FROM calls() call;
GRANT ALL ON pg_temp.answered TO stranger;
SET LOCAL ROLE stranger;
UPDATE pg_temp.answered SET told = tried(call);
RESET ROLE;
SELECT is(told, 'Not allowed to use external API', 'without a privilege on the tables: ' || call) FROM pg_temp.answered;
SELECT proctorlink.create_install('College', 'https://college.test') AS college \gset
SELECT is(tried(call), 'Not allowed to use external API', 'of several installs none is chosen: ' || call) FROM calls() call;
SELECT proctorlink.use_install(:'college') \gset
SELECT is(finds(''), '', 'another install has other groups');
SELECT is(updating('law', '{"Title": "x"}'), 'Group with ExternalId [law] is not found', 'which are not changed from there');
SELECT is(deleting('law'), 'Group with ExternalId [law] is not found', 'nor removed');
SELECT is(creating('{"ExternalId": "x", "Title": "x", "ParentExternalId": "law"}'), 'Group with ExternalId [law] is not found', 'nor put under');
SELECT is(creating('{"ExternalId": "law", "Title": "x"}'), 'done', 'ids are unique within their install');

SELECT * FROM finish();
ROLLBACK;
