-- test/pgtap/eapi_assessment.sql
--		Cirrus's assessments: made as drafts, changed and shown; every refusal in
--		the envelope, nothing raised.

BEGIN;
\ir helpers.psql
SELECT plan(193);
SELECT proctorlink.create_install('University', 'https://platform.test') AS install \gset
CREATE FUNCTION install_id() RETURNS uuid STABLE LANGUAGE sql AS $$
	SELECT install_id FROM proctorlink.install WHERE name = 'University'
$$;
INSERT INTO proctorlink.account (install_id, candidate_ext_id, username, role, status) VALUES
	(install_id(), 'u-1', 'ada', 'author', 'active'), (install_id(), 'u-2', 'omar', 'scheduler', 'active'),
	(install_id(), 'u-3', 'kim', 'candidate', 'active'), (install_id(), 'u-4', 'gone', 'author', 'disabled'),
	(install_id(), 'u-5', 'boss', 'administrator', 'active'), (install_id(), 'u-6', 'marker', 'marker', 'active'),
	(install_id(), 'u-7', repeat('n', 500), 'author', 'active');

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
	IF status() IS DISTINCT FROM (CASE told WHEN 'done' THEN '200' WHEN 'Not allowed to use external API' THEN '403' ELSE '400' END) THEN
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
CREATE FUNCTION creating(body jsonb) RETURNS text LANGUAGE sql AS $$ SELECT tried(format('eapi_create_assessment(%L)', body)) $$;
CREATE FUNCTION updating(id text, changes jsonb) RETURNS text LANGUAGE sql AS $$ SELECT tried(format('eapi_update_assessment(%L, %L)', id, changes)) $$;
CREATE FUNCTION getting(id text) RETURNS text LANGUAGE sql AS $$ SELECT tried(format('eapi_get_assessment(%L)', id)) $$;
-- A body to start from, with more members.
CREATE FUNCTION body(more jsonb DEFAULT '{}') RETURNS jsonb IMMUTABLE LANGUAGE sql AS $$
	SELECT '{"ExternalId": "new", "Title": "Anatomy", "Purpose": 1, "Code": "ANA"}'::jsonb || more
$$;
-- An assessment as it is stored.
CREATE FUNCTION stored(id text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_build_object('title', x.title, 'code', x.code, 'purpose', x.purpose, 'owner', a.username, 'published', x.published)
	FROM proctorlink.exam x LEFT JOIN proctorlink.account a ON a.install_id = x.install_id AND a.account_id = x.owner_id
	WHERE x.external_id = id
$$;

-- The owner, from the settings or from the body.

SELECT contents() AS before \gset
SELECT is(creating(body()), 'Assessment creator hasn''t been set in External API settings', 'no owner in the settings and none in the body');
SELECT is(creating(body('{"Owner": null}')), 'Assessment creator hasn''t been set in External API settings', 'null is none');
SELECT is(creating(body('{"Owner": ""}')), 'Assessment creator hasn''t been set in External API settings', 'an empty one is none');
SELECT is(creating(body(jsonb_build_object('Owner', owner))), refusal, 'owned by ' || left(owner, 20))
FROM (VALUES
	('ada', 'done'), ('omar', 'done'), ('boss', 'done'), (repeat('n', 500), 'done'),
	('kim', 'Selected assessment owner no longer has permission to create assessments'),
	('marker', 'Selected assessment owner no longer has permission to create assessments'),
	('gone', 'Selected assessment owner no longer has permission to create assessments'),
	('nobody', 'Assessment owner does not exist in the system'), ('ADA', 'Assessment owner does not exist in the system'),
	('u-1', 'Assessment owner does not exist in the system'), ('US00000000000000000000000000000000', 'Assessment owner does not exist in the system')
) AS owners (owner, refusal);
SELECT is(creating(body('{"Owner": 7}')), 'Assessment owner does not exist in the system', 'a number as a username');
SELECT is(creating(body('{"Owner": ["ada"]}')), 'Assessment creator hasn''t been set in External API settings|/Owner: must be a string, not an array', 'a list of owners');
SELECT is(contents(), :'before', 'nothing was written');
SELECT is(proctorlink.configure_install(:'install', '{"defaultOwner": "kim"}') ->> 'defaultOwner', 'kim', 'a default owner without permission');
SELECT is(creating(body()), 'Selected assessment owner no longer has permission to create assessments', 'is told in the contract''s words');
SELECT is(creating(body('{"Owner": "ada"}')), 'done', 'one in the body goes before it');
DELETE FROM proctorlink.account WHERE username = 'kim';
SELECT is(creating(body()), 'Assessment owner does not exist in the system', 'a default owner who is gone');
SELECT proctorlink.configure_install(:'install', jsonb_build_object('defaultOwner', proctorlink.sid('US', account_id))) ->> 'defaultOwner' AS unused
FROM proctorlink.account WHERE username = 'ada' \gset

-- eapi_create_assessment: each field.

SELECT is(proctorlink.eapi_create_assessment('{"ExternalId": "Ext_a_2", "Title": "Anatomy", "Purpose": 3, "Code": "ext_assessment_2"}'),
	'{"Content": "Ext_a_2", "Success": true, "Errors": null}', 'an assessment is made');
SELECT is(status(), '200', 'with status 200');
SELECT is(stored('Ext_a_2'), '{"title": "Anatomy", "code": "ext_assessment_2", "purpose": "mixed", "owner": "ada", "published": false}', 'a draft of the default owner');
SELECT is((SELECT to_jsonb(x) - '{install_id,exam_id,created_at,updated_at,owner_id,external_id,title,code,purpose}'::text[] FROM proctorlink.exam x WHERE external_id = 'Ext_a_2'),
	'{"course_id": null, "description": null, "type": "online", "practice": false, "limited_scope": false, "delivery_system": null, "duration_minutes": null, "extra_time_minutes": 0,
	"attempts": null, "published": false, "pin": false, "proctorio": false, "safe_exam_browser": false, "keycode": false, "accommodation_for": null}', 'with the defaults of exams');
SELECT is(said(proctorlink.eapi_create_assessment(body)), 'done', name)
FROM (VALUES
	('an owner', body('{"ExternalId": "a1", "Owner": "boss"}')),
	('formative', body('{"ExternalId": "a2", "Purpose": 2}')),
	('a purpose as text', body('{"ExternalId": "a3", "Purpose": "3"}')),
	('1.0 is an integer', body('{"ExternalId": "a4", "Purpose": 1.0}')),
	('numbers as texts', body('{"ExternalId": 42, "Title": 4711, "Code": 0}')),
	('booleans as texts', body('{"ExternalId": true, "Title": false, "Code": true}')),
	('unknown members are passed over', body('{"ExternalId": "a5", "Colour": {"of": ["the", "roof"]}, "title": 7, "Published": true}')),
	('the longest texts', jsonb_build_object('ExternalId', repeat('x', 64), 'Title', long(100), 'Code', long(100), 'Purpose', 1))
) AS bodies (name, body);
SELECT is(stored(id), shown, 'stored: ' || left(id, 20))
FROM (VALUES
	('a1', '{"title": "Anatomy", "code": "ANA", "purpose": "summative", "owner": "boss", "published": false}'::jsonb),
	('a2', '{"title": "Anatomy", "code": "ANA", "purpose": "formative", "owner": "ada", "published": false}'),
	('a3', '{"title": "Anatomy", "code": "ANA", "purpose": "mixed", "owner": "ada", "published": false}'),
	('a4', '{"title": "Anatomy", "code": "ANA", "purpose": "summative", "owner": "ada", "published": false}'),
	('42', '{"title": "4711", "code": "0", "purpose": "summative", "owner": "ada", "published": false}'),
	('true', '{"title": "false", "code": "true", "purpose": "summative", "owner": "ada", "published": false}'),
	('a5', '{"title": "Anatomy", "code": "ANA", "purpose": "summative", "owner": "ada", "published": false}'),
	(repeat('x', 64), jsonb_build_object('title', long(100), 'code', long(100), 'purpose', 'summative', 'owner', 'ada', 'published', false))
) AS assessments (id, shown);

-- Without an id one is made.
SELECT proctorlink.eapi_create_assessment(body() - 'ExternalId') ->> 'Content' AS made \gset
SELECT is((SELECT proctorlink.sid('EX', exam_id) FROM proctorlink.exam WHERE external_id = :'made'), :'made', 'the id of one that has none is its sid');
SELECT is(creating(body('{"ExternalId": null}')), 'done', 'null is none');
SELECT is(creating(body('{"ExternalId": ""}')), 'done', 'an empty id is none');

SELECT contents(true) AS before \gset

-- Its refusals.

SELECT is(creating(body), refusal, name)
FROM (VALUES
	('a used id', body('{"ExternalId": "a1"}'), 'External id [a1] is already in use'),
	('a used id as a number', body('{"ExternalId": 42}'), 'External id [42] is already in use'),
	('ids compare exactly', body('{"ExternalId": "A1"}'), 'done'),
	('a blank id', body('{"ExternalId": "  "}'), '''External Id'' should not be empty.'),
	('an id with a space', body('{"ExternalId": "a b"}'), '/ExternalId: has a space in it'),
	('an id with a space behind', body('{"ExternalId": "a "}'), '/ExternalId: begins or ends with a space'),
	('an id with a control character', body('{"ExternalId": "a\u0007"}'), '/ExternalId: has a control character'),
	('an id of 65 characters', body(jsonb_build_object('ExternalId', repeat('x', 65))), '/ExternalId: is longer than 64 characters'),
	('an id of a million characters', body(jsonb_build_object('ExternalId', repeat('x', 1000000))), '/ExternalId: is longer than 64 characters'),
	('an id that is a list', body('{"ExternalId": []}'), '/ExternalId: must be a string, not an array'),
	('an id that is an object', body('{"ExternalId": {"x": 1}}'), '/ExternalId: must be a string, not an object'),
	('no title', body() - 'Title', '''Title'' should not be empty.'),
	('a title that is null', body('{"Title": null}'), '''Title'' should not be empty.'),
	('an empty title', body('{"Title": ""}'), '''Title'' should not be empty.'),
	('a blank title', body('{"Title": " "}'), '''Title'' should not be empty.'),
	('a title of 101 characters', body(jsonb_build_object('Title', long(101))), '/Title: is longer than 100 characters'),
	('a title of a million characters', body(jsonb_build_object('Title', long(1000000))), '/Title: is longer than 100 characters'),
	('a title that is a list', body('{"Title": ["x"]}'), '/Title: must be a string, not an array'),
	('a title that is an object', body('{"Title": {}}'), '/Title: must be a string, not an object'),
	('no code', body() - 'Code', '''Code'' should not be empty.'),
	('a code that is null', body('{"Code": null}'), '''Code'' should not be empty.'),
	('a blank code', body('{"Code": "\t"}'), '''Code'' should not be empty.'),
	('a code of 101 characters', body(jsonb_build_object('Code', long(101))), '/Code: is longer than 100 characters'),
	('a code that is an object', body('{"Code": {}}'), '/Code: must be a string, not an object'),
	('no purpose', body() - 'Purpose', '''Purpose'' should not be empty.'),
	('a purpose that is null', body('{"Purpose": null}'), '''Purpose'' should not be empty.'),
	('an empty purpose', body('{"Purpose": ""}'), '''Purpose'' should not be empty.'),
	('purpose 0', body('{"Purpose": 0}'), 'The specified condition was not met for "Purpose"'),
	('purpose 4', body('{"Purpose": 4}'), 'The specified condition was not met for "Purpose"'),
	('purpose -1', body('{"Purpose": -1}'), 'The specified condition was not met for "Purpose"'),
	('purpose 10', body('{"Purpose": 10}'), 'The specified condition was not met for "Purpose"'),
	('purpose 1.5', body('{"Purpose": 1.5}'), 'The specified condition was not met for "Purpose"'),
	('purpose "1."', body('{"Purpose": "1."}'), 'The specified condition was not met for "Purpose"'),
	('purpose "summative"', body('{"Purpose": "summative"}'), 'The specified condition was not met for "Purpose"'),
	('purpose true', body('{"Purpose": true}'), 'The specified condition was not met for "Purpose"'),
	('a large purpose', body('{"Purpose": 1e1000}'), 'The specified condition was not met for "Purpose"'),
	('a purpose that is a list', body('{"Purpose": [1]}'), 'The specified condition was not met for "Purpose"'),
	('a purpose that is an object', body('{"Purpose": {}}'), 'The specified condition was not met for "Purpose"'),
	('an owner of 501 characters', body(jsonb_build_object('Owner', repeat('x', 501))), 'Assessment owner does not exist in the system|/Owner: is longer than 500 characters'),
	('an owner with a control character', body('{"Owner": "a\u0001"}'), 'Assessment owner does not exist in the system|/Owner: has a control character'),
	('all that is wrong at once', '{"ExternalId": "a1", "Purpose": 7, "Owner": "marker"}',
		'''Title'' should not be empty.|''Code'' should not be empty.|The specified condition was not met for "Purpose"|Selected assessment owner no longer has permission to create assessments|External id [a1] is already in use'),
	('nothing that is known', '{"x": 1}', '''Title'' should not be empty.|''Code'' should not be empty.|''Purpose'' should not be empty.'),
	('members in another case', '{"title": "x", "code": "x", "purpose": 1}', '''Title'' should not be empty.|''Code'' should not be empty.|''Purpose'' should not be empty.')
) AS calls (name, body, refusal);
SELECT is(proctorlink.eapi_create_assessment(body('{"ExternalId": "a1"}')),
	'{"Content": null, "Success": false, "Errors": [{"Code": null, "Error": "External id [a1] is already in use"}]}', 'a refusal as a whole');
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
SELECT is(creating(body), refusal, 'a new assessment: ' || name) FROM pg_temp.body;
SELECT is(updating('a1', body), refusal, 'changes: ' || name) FROM pg_temp.body;
SELECT is(creating(body(jsonb_build_object(member, (repeat('[', 2000) || repeat(']', 2000))::jsonb))), refusal, 'nested deep: ' || member)
FROM (VALUES ('ExternalId', '/ExternalId: must be a string, not an array'), ('Title', '/Title: must be a string, not an array'), ('Code', '/Code: must be a string, not an array'),
	('Purpose', 'The specified condition was not met for "Purpose"'), ('Owner', '/Owner: must be a string, not an array'), ('Colour', 'done')) AS members (member, refusal);
SELECT is(creating(body(jsonb_build_object(repeat('k', 1000000), 1))), 'done', 'a member with a name of a million characters');
SAVEPOINT small;
SET LOCAL proctorlink.max_payload_bytes = '1kB';
SELECT is(creating(body(jsonb_build_object('x', repeat('k', 1024)))), 'Request body is larger than 1024 bytes', 'a body that is too large');
ROLLBACK TO small;

-- eapi_update_assessment: refusals.

UPDATE proctorlink.exam SET published = true WHERE external_id = 'a2';
SELECT contents(true) AS before \gset
SELECT is(updating(id, changes), refusal, 'changes: ' || name)
FROM (VALUES
	('of none', NULL, '{"Title": "x"}'::jsonb, 'Assessment hasn''t been found by external id'),
	('of an empty one', '', '{"Title": "x"}', 'Assessment hasn''t been found by external id'),
	('of one that there is not', 'a9', '{"Title": "x"}', 'Assessment hasn''t been found by external id'),
	('in another case', 'A1', '{"Title": "x"}', 'Assessment hasn''t been found by external id'),
	('of a million characters', repeat('a', 1000000), '{"Title": "x"}', 'Assessment hasn''t been found by external id'),
	('with a control character', E'a1\u0007', '{"Title": "x"}', 'Assessment hasn''t been found by external id'),
	('of a published one', 'a2', '{"Title": "x"}', 'Can''t update published assessment'),
	('of a published one, nothing new', 'a2', '{"Title": "Anatomy"}', 'Can''t update published assessment'),
	('no known member', 'a1', '{"x": 1}', 'Update fields have not been specified'),
	('nulls', 'a1', '{"Title": null, "Code": null, "Owner": null}', 'Update fields have not been specified'),
	('empty texts', 'a1', '{"Title": "", "Code": "", "Owner": ""}', 'Update fields have not been specified'),
	('what does not change', 'a1', '{"ExternalId": "x", "Purpose": 2, "Published": true}', 'Update fields have not been specified'),
	('taxonomies', 'a1', '{"Taxonomies": ["x"], "LoRepositoryExternalIds": ["y"]}', 'Update fields have not been specified'),
	('a blank title', 'a1', '{"Title": " "}', '''Title'' should not be empty.'),
	('a blank code', 'a1', '{"Code": " "}', '''Code'' should not be empty.'),
	('a title of 101 characters', 'a1', jsonb_build_object('Title', long(101)), '/Title: is longer than 100 characters'),
	('a code of 101 characters', 'a1', jsonb_build_object('Code', long(101)), '/Code: is longer than 100 characters'),
	('a title that is an object', 'a1', '{"Title": {}}', '/Title: must be a string, not an object'),
	('an owner that is a list', 'a1', '{"Owner": []}', '/Owner: must be a string, not an array'),
	('an owner who is nobody', 'a1', '{"Owner": "nobody"}', 'Assessment owner does not exist in the system'),
	('an owner who may not', 'a1', '{"Owner": "marker"}', 'Selected assessment owner no longer has permission to create assessments'),
	('an owner who is disabled', 'a1', '{"Owner": "gone"}', 'Selected assessment owner no longer has permission to create assessments'),
	('all that is wrong at once', 'a2', '{"Title": " ", "Owner": "nobody"}',
		'''Title'' should not be empty.|Assessment owner does not exist in the system|Can''t update published assessment'),
	('nothing, of none', NULL, NULL, 'Request body can not be null or empty|Assessment hasn''t been found by external id')
) AS calls (name, id, changes, refusal);
SELECT is(contents(true), :'before', 'nothing of all this was written');

-- And what it does.

SELECT is(proctorlink.eapi_update_assessment('a1', '{"Title": "Physiology"}'), '{"Content": null, "Success": true, "Errors": null}', 'a title is changed');
SELECT is(status(), '200', 'with status 200');
SELECT is(stored('a1'), '{"title": "Physiology", "code": "ANA", "purpose": "summative", "owner": "boss", "published": false}', 'and nothing else');
SELECT is(said(proctorlink.eapi_update_assessment('a1', changes)), 'done', name)
FROM (VALUES ('a code', '{"Code": "PHY", "Title": ""}'::jsonb), ('an owner', '{"Owner": "omar", "Taxonomies": []}')) AS calls (name, changes);
SELECT is(stored('a1'), '{"title": "Physiology", "code": "PHY", "purpose": "summative", "owner": "omar", "published": false}', 'stored');
SELECT contents(true) AS before \gset
SELECT is(said(proctorlink.eapi_update_assessment('a1', '{"Title": "Physiology", "Code": "PHY", "Owner": "omar"}')), 'done', 'the same again');
SELECT is(contents(true), :'before', 'writes nothing');
SELECT is(said(proctorlink.eapi_update_assessment('42', '{"Title": 1, "Code": true}')), 'done', 'numbers and booleans as texts');
SELECT is(stored('42') - '{purpose,owner,published}'::text[], '{"title": "1", "code": "true"}', 'stored');
INSERT INTO proctorlink.exam (install_id, external_id, title) VALUES (install_id(), 'bare', 'Bare');
SELECT is(said(proctorlink.eapi_update_assessment('bare', '{"Title": "Bear"}')), 'done', 'one without code and owner');
SELECT is(stored('bare'), '{"title": "Bear", "code": null, "purpose": null, "owner": null, "published": false}', 'keeps having none');
SELECT is(said(proctorlink.eapi_update_assessment('bare', '{"Owner": "ada", "Code": "B"}')), 'done', 'and can be given them');
SELECT is(stored('bare'), '{"title": "Bear", "code": "B", "purpose": null, "owner": "ada", "published": false}', 'stored');

-- eapi_get_assessment.

SELECT is(proctorlink.eapi_get_assessment('a1'), '{"Content": {"Title": "Physiology", "ExternalId": "a1", "Code": "PHY", "Revision": 1, "Purpose": 1, "Status": "1", "IsPublished": false,
	"Availability": 0, "AvailabilityStartDate": null, "AvailabilityEndDate": null, "Type": 1, "AssignmentConnections": [], "AllowedNumberOfAttempts": null, "WhichAttemptCounts": 0,
	"ReasonableAdjustmentType": "NOT_DEFINED", "MaxTimePerAttempt": null, "ExtraTime": 0}, "Success": true, "Errors": null}', 'a draft is shown');
SELECT is(status(), '200', 'with status 200');
UPDATE proctorlink.exam SET published = true, duration_minutes = 120, extra_time_minutes = 60, attempts = 3, purpose = 'formative' WHERE external_id = 'a1';
SELECT is(proctorlink.eapi_get_assessment('a1') -> 'Content', '{"Title": "Physiology", "ExternalId": "a1", "Code": "PHY", "Revision": 1, "Purpose": 2, "Status": "2", "IsPublished": true,
	"Availability": 0, "AvailabilityStartDate": null, "AvailabilityEndDate": null, "Type": 1, "AssignmentConnections": [], "AllowedNumberOfAttempts": 3, "WhichAttemptCounts": 0,
	"ReasonableAdjustmentType": "CUSTOM", "MaxTimePerAttempt": 120, "ExtraTime": 60}', 'with everything');
UPDATE proctorlink.exam SET purpose = 'mixed' WHERE external_id = 'a1';
SELECT is(proctorlink.eapi_get_assessment('a1') #> '{Content,Purpose}', '3', 'mixed');
UPDATE proctorlink.exam SET purpose = 'something else' WHERE external_id = 'a1';
SELECT is(proctorlink.eapi_get_assessment('a1') #> '{Content,Purpose}', 'null', 'a purpose that the contract does not know');
INSERT INTO proctorlink.exam_configuration (install_id, exam_id, url, access_opens_at, access_closes_at, duration_minutes, attempts)
	SELECT install_id, exam_id, 'https://platform.test/a1', '2032-03-01T10:00:00+01', '2032-03-05T18:00:00Z', 90, 2 FROM proctorlink.exam WHERE external_id = 'a1';
SET LOCAL TimeZone = 'America/New_York';
SELECT is((proctorlink.eapi_get_assessment('a1') -> 'Content') - '{Title,ExternalId,Code,Revision,Purpose,Status,IsPublished,Type,AssignmentConnections,WhichAttemptCounts,ReasonableAdjustmentType,ExtraTime}'::text[],
	'{"Availability": 1, "AvailabilityStartDate": "2032-03-01T09:00:00Z", "AvailabilityEndDate": "2032-03-05T18:00:00Z", "AllowedNumberOfAttempts": 2, "MaxTimePerAttempt": 90}', 'its primary configuration says when, how long and how often');
SELECT is(getting(id), 'Assessment hasn''t been found by external id', name)
FROM (VALUES ('none', NULL), ('an empty id', ''), ('one that there is not', 'a9'), ('another case', 'A1'), ('a million characters', repeat('x', 1000000)),
	('a control character', E'a\u0007'), ('a sid that is not the external id', (SELECT proctorlink.sid('EX', exam_id) FROM proctorlink.exam WHERE external_id = 'a1'))) AS ids (name, id);
SELECT contents(true) AS before \gset
SAVEPOINT reading;
SET LOCAL transaction_read_only = on;
SELECT proctorlink.eapi_get_assessment('a1') AS found \gset
SELECT proctorlink.eapi_get_assessment('a9') AS nothing \gset
SELECT creating(body()) AS writing \gset
ROLLBACK TO reading;
SELECT is(:'found'::jsonb #>> '{Content,Title}', 'Physiology', 'a transaction that only reads may ask');
SELECT is(said(:'nothing'), 'Assessment hasn''t been found by external id', 'also for one that there is not');
SELECT is(:'writing'::text, 'raised 25006 cannot execute INSERT in a read-only transaction', 'but not make one');
SELECT is(contents(true), :'before', 'nothing was written');

-- From a draft to a schedule.
SELECT proctorlink.configure_install(:'install', '{"defaultScheduler": "omar"}') IS NULL AS unused \gset
SELECT is(proctorlink.configure_exam('a3', '{"published": true, "durationMinutes": 60}') ->> 'published', 'true', 'a draft is published');
SELECT is(said(proctorlink.eapi_create_schedule('{"Schedule": {"AssessmentExtId": "a3", "StartDateTime": "2032-03-01T09:00:00Z", "GroupExtId": "g", "GroupName": "G"}, "Candidates": []}') -
	'{Result,Schedule,Candidates}'::text[]), 'done', 'and can be scheduled');

-- Who may not call, and other installs.
CREATE FUNCTION calls() RETURNS SETOF text LANGUAGE sql AS $$
	VALUES ('eapi_create_assessment(body())'), ('eapi_update_assessment(''a5'', ''{"Title": "x"}'')'), ('eapi_get_assessment(''a1'')')
$$;
CREATE ROLE proctorlink_test_stranger;
GRANT USAGE ON SCHEMA proctorlink TO proctorlink_test_stranger;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA proctorlink TO proctorlink_test_stranger;
CREATE TEMPORARY TABLE answered (call text, told text);
GRANT ALL ON pg_temp.answered TO proctorlink_test_stranger;
SET LOCAL ROLE proctorlink_test_stranger;
INSERT INTO pg_temp.answered SELECT call, tried(call) FROM calls() call;
RESET ROLE;
SELECT is(told, 'Not allowed to use external API', 'without a privilege on the tables: ' || call) FROM pg_temp.answered;
SELECT proctorlink.create_install('College', 'https://college.test', '{}') AS college \gset
SELECT is(tried(call), 'Not allowed to use external API', 'of several installs none is chosen: ' || call) FROM calls() call;
SELECT proctorlink.use_install(:'college') \gset
SELECT is(getting('a1'), 'Assessment hasn''t been found by external id', 'another install''s assessment is not shown');
SELECT is(updating('a1', '{"Title": "x"}'), 'Assessment hasn''t been found by external id', 'nor changed');
SELECT is(creating(body('{"ExternalId": "a1", "Owner": "ada"}')), 'Assessment owner does not exist in the system', 'nor its people owners');
INSERT INTO proctorlink.account (install_id, candidate_ext_id, role) SELECT install_id, 'ada', 'author' FROM proctorlink.install WHERE name = 'College';
SELECT is(creating(body('{"ExternalId": "a1", "Owner": "ada"}')), 'done', 'ids are unique within their install');

SELECT * FROM finish();
ROLLBACK;
