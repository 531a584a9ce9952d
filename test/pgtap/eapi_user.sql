-- test/pgtap/eapi_user.sql
--		Cirrus's users: made, changed, shown and deleted; every refusal in the
--		envelope, nothing raised.

BEGIN;
\ir helpers.psql
\ir envelope.psql
SELECT plan(274);
SELECT proctorlink.create_install('University', 'https://platform.test') AS install \gset
SELECT proctorlink.define_role(:'install', 'Examinee', '{participate}'), proctorlink.define_role(:'install', 'Both', '{participate,author}') \gset

-- A user as stored: "username first last email role", and what is not as usual.
CREATE FUNCTION stored(id text) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', username, first_name, last_name, email, role, CASE WHEN special_needs THEN 'with special needs' END, reasonable_adjustment_percentage || ' %',
		CASE WHEN candidate_ext_id_defaulted THEN 'defaulted' END, nullif(status, 'active'),
		CASE WHEN api_id IS NOT NULL OR lms_id IS NOT NULL OR hierarchy_id IS NOT NULL OR time_zone IS NOT NULL OR currency_code IS NOT NULL THEN 'not as usual' END)
	FROM proctorlink.account WHERE candidate_ext_id = id
$$;
CREATE FUNCTION creating(body jsonb) RETURNS text LANGUAGE sql AS $$ SELECT tried(format('eapi_create_user(%L)', body)) $$;
CREATE FUNCTION updating(id text, changes jsonb) RETURNS text LANGUAGE sql AS $$ SELECT tried(format('eapi_update_user(%L, %L)', id, changes)) $$;
CREATE FUNCTION getting(id text) RETURNS text LANGUAGE sql AS $$ SELECT tried(format('eapi_get_user(%L)', id)) $$;
CREATE FUNCTION deleting(id text) RETURNS text LANGUAGE sql AS $$ SELECT tried(format('eapi_delete_user(%L)', id)) $$;

-- eapi_create_user: each field.

SELECT is(proctorlink.eapi_create_user('{"ExternalId": "u-1", "FirstName": "Ada", "LastName": "Byron"}'),
	'{"Content": "u-1", "Success": true, "Errors": null}', 'a user is made');
SELECT is(status(), '200', 'with status 200');
SELECT is(stored('u-1'), 'u-1 Ada Byron candidate', 'with the defaults');
CREATE FUNCTION made(body jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer jsonb := proctorlink.eapi_create_user('{"FirstName": "F", "LastName": "L"}' || body);
BEGIN
	RETURN said(answer) || ' ' || coalesce(answer ->> 'Content', 'null') || ': ' || stored(answer ->> 'Content');
END
$$;
SELECT is(made(body), 'done ' || shown, name)
FROM (VALUES
	('every field', '{"ExternalId": "u-2", "UserName": "omar", "FirstName": "Omar", "LastName": "Silva", "Email": "omar@example.org", "Role": "Both", "SpecialNeeds": true,
		"ReasonableAdjustmentPercentage": 25, "DisableLogin": true}'::jsonb, 'u-2: omar Omar Silva omar@example.org Both with special needs 25 % disabled'),
	('texts for what is none', '{"ExternalId": "u-3", "SpecialNeeds": "True", "ReasonableAdjustmentPercentage": "30", "DisableLogin": "true"}',
		'u-3: u-3 F L candidate with special needs 30 % disabled'),
	('numbers for booleans', '{"ExternalId": "u-4", "SpecialNeeds": 1, "DisableLogin": 0}', 'u-4: u-4 F L candidate with special needs'),
	('numbers for ids and texts', '{"ExternalId": 5, "UserName": 6, "FirstName": 7, "LastName": true}', '5: 6 7 true candidate'),
	('leading zeros stay', '{"ExternalId": "05"}', '05: 05 F L candidate'),
	('what is false', '{"ExternalId": "u-6", "SpecialNeeds": false, "DisableLogin": "false"}', 'u-6: u-6 F L candidate'),
	('what is null or empty is absent', '{"ExternalId": "u-7", "UserName": null, "Email": "", "Role": null, "SpecialNeeds": "", "ReasonableAdjustmentPercentage": null, "DisableLogin": ""}',
		'u-7: u-7 F L candidate'),
	('a percentage of 0 leaves it to the exam', '{"ExternalId": "u-8", "SpecialNeeds": true, "ReasonableAdjustmentPercentage": 0}', 'u-8: u-8 F L candidate with special needs'),
	('a percentage of 0 needs no special needs', '{"ExternalId": "u-9", "ReasonableAdjustmentPercentage": 0}', 'u-9: u-9 F L candidate'),
	('a percentage of 1', '{"ExternalId": "u-10", "SpecialNeeds": true, "ReasonableAdjustmentPercentage": 1}', 'u-10: u-10 F L candidate with special needs 1 %'),
	('a percentage of 1000', '{"ExternalId": "u-11", "SpecialNeeds": true, "ReasonableAdjustmentPercentage": 1000.0}', 'u-11: u-11 F L candidate with special needs 1000 %'),
	('another role that may participate', '{"ExternalId": "u-12", "Role": "Examinee"}', 'u-12: u-12 F L Examinee'),
	('a role that may not, with an id', '{"ExternalId": "u-13", "Role": "author"}', 'u-13: u-13 F L author'),
	('e-mail need not be unique', '{"ExternalId": "u-14", "Email": "omar@example.org"}', 'u-14: u-14 F L omar@example.org candidate'),
	('ids compare exactly', '{"ExternalId": "U-1"}', 'U-1: U-1 F L candidate'),
	('the rest of the contract is taken and not kept', '{"ExternalId": "u-15", "Photo": "https://photos.test/1", "DateOfBirth": "1815-12-10", "Company": "x", "CountryCode": "GB", "State": "x", "City": "x",
		"PostalCode": "x", "PostalAddress": "x", "AddressLine1": "x", "AddressLine2": "x", "PhoneNumber": "1", "CellularPhone": "2", "EnableReadSpeaker": true, "DisablePasswordReset": true,
		"SynchronizationKey": "c0ffee00-0000-0000-0000-000000000000", "Password": "open sesame"}', 'u-15: u-15 F L candidate'),
	('so are malformed and unknown fields', '{"ExternalId": "u-16", "DateOfBirth": [], "Photo": {"x": 1}, "Colour": null, "firstname": 7, "externalId": "x"}', 'u-16: u-16 F L candidate')
) AS users (name, body, shown);
SELECT ok(NOT EXISTS (SELECT FROM proctorlink.account a WHERE a::text LIKE '%sesame%'), 'no password is kept');
SELECT is(creating(jsonb_build_object('ExternalId', repeat('é', 500), 'UserName', long(500), 'FirstName', long(500), 'LastName', long(500), 'Email', 'a@' || repeat('b', 498))), 'done',
	'texts of 500 characters');

-- Without an external id, which only who may not participate can be.

CREATE FUNCTION made_without(body jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer jsonb := proctorlink.eapi_create_user(body);
	sid text;
BEGIN
	SELECT proctorlink.sid('account', account_id) INTO STRICT sid FROM proctorlink.account ORDER BY account_id DESC LIMIT 1;
	RETURN replace(said(answer) || ' ' || (answer ->> 'Content') || ': ' || stored(sid), sid, 'SID');
END
$$;
SELECT is(made_without('{"FirstName": "F", "LastName": "L", "Role": "author"}'), 'done SID: SID F L author defaulted', 'an author without an external id');
SELECT is(made_without('{"FirstName": "F", "LastName": "L", "Role": "marker", "ExternalId": "", "UserName": "mark"}'), 'done SID: mark F L marker defaulted',
	'a marker with a username');
SELECT proctorlink.sid('account', account_id) AS mark FROM proctorlink.account WHERE username = 'mark' \gset
SELECT is(getting(:'mark'), '202 User has not been found', 'who was given no id is not known by the one that stands in for it');
SELECT is(getting('mark'), '202 User has not been found', 'nor by the username');
SELECT proctorlink.configure_install(:'install', '{"defaultRole": "scheduler"}') \gset
SELECT is(made_without('{"FirstName": "F", "LastName": "L", "UserName": "sched"}'), 'done SID: sched F L scheduler defaulted', 'the install''s default role');
SELECT proctorlink.configure_install(:'install', '{"defaultRole": null}') \gset

-- Its refusals.

INSERT INTO proctorlink.account (install_id, api_id, first_name, last_name) SELECT install_id, 'api-1', 'F', 'L' FROM proctorlink.install;
SELECT proctorlink.eapi_create_user('{"ExternalId": "gone", "UserName": "gone-too", "FirstName": "F", "LastName": "L"}') \gset gone_
SELECT proctorlink.eapi_delete_user('gone') \gset gone_
SELECT contents() AS before \gset
CREATE TEMPORARY TABLE wrong (name text, field jsonb, refusal text);
-- Wrong in new users and in changes alike.
INSERT INTO pg_temp.wrong VALUES
	('an id with a space before', '{"ExternalId": " x"}', '/ExternalId: begins or ends with a space'),
	('an id of a space', '{"ExternalId": " "}', '/ExternalId: begins or ends with a space'),
	('an id with a control character', '{"ExternalId": "a\u0007b"}', '/ExternalId: has a control character'),
	('an id of 501 characters', jsonb_build_object('ExternalId', long(501)), '/ExternalId: is longer than 500 characters'),
	('an id of a million characters', jsonb_build_object('ExternalId', long(1000000)), '/ExternalId: is longer than 500 characters'),
	('an id that is a list', '{"ExternalId": []}', '/ExternalId: must be a string, not an array'),
	('an id that is an object', '{"ExternalId": {"x": 1}}', '/ExternalId: must be a string, not an object'),
	('an id nested deep', jsonb_build_object('ExternalId', deep()), '/ExternalId: must be a string, not an array'),
	('a username with a space behind', '{"UserName": "x "}', '/UserName: begins or ends with a space'),
	('a username with a control character', '{"UserName": "x\ny"}', '/UserName: has a control character'),
	('a username of 501 characters', jsonb_build_object('UserName', long(501)), '/UserName: is longer than 500 characters'),
	('a username that is a list', '{"UserName": ["x"]}', '/UserName: must be a string, not an array'),
	('a first name of 501 characters', jsonb_build_object('FirstName', long(501)), '/FirstName: is longer than 500 characters'),
	('a first name of a million characters', jsonb_build_object('FirstName', long(1000000)), '/FirstName: is longer than 500 characters'),
	('a first name that is an object', '{"FirstName": {}}', '/FirstName: must be a string, not an object'),
	('a last name of 501 characters', jsonb_build_object('LastName', long(501)), '/LastName: is longer than 500 characters'),
	('a last name that is a list', '{"LastName": []}', '/LastName: must be a string, not an array'),
	('an e-mail without @', '{"Email": "x"}', '/Email: not an e-mail address'),
	('an e-mail with two', '{"Email": "x@y@z"}', '/Email: not an e-mail address'),
	('an e-mail with a space', '{"Email": "x y@z"}', '/Email: not an e-mail address'),
	('an e-mail with a control character', '{"Email": "x@y\u0001z"}', '/Email: not an e-mail address'),
	('an e-mail of 501 characters', jsonb_build_object('Email', 'a@' || repeat('b', 499)), '/Email: is longer than 500 characters'),
	('an e-mail that is a number', '{"Email": 5}', '/Email: not an e-mail address'),
	('an e-mail that is a list', '{"Email": []}', '/Email: must be a string, not an array'),
	('a role that there is not', '{"Role": "Candidate"}', '/Role: there is no role "Candidate". Send the title of a role; define_role makes one.'),
	('a role of a million characters', jsonb_build_object('Role', repeat('r', 1000000)), '/Role: is longer than 500 characters'),
	('a role with a space behind', '{"Role": "author "}', '/Role: begins or ends with a space'),
	('a role that is a number', '{"Role": 1}', '/Role: there is no role "1". Send the title of a role; define_role makes one.'),
	('a role that is an object', '{"Role": {}}', '/Role: must be a string, not an object'),
	('special needs or not', '{"SpecialNeeds": "perhaps"}', '/SpecialNeeds: must be a boolean, not a string'),
	('special needs as a number', '{"SpecialNeeds": 2}', '/SpecialNeeds: must be a boolean, not a number'),
	('special needs in a list', '{"SpecialNeeds": [true]}', '/SpecialNeeds: must be a boolean, not an array'),
	('a percentage below 0', '{"SpecialNeeds": true, "ReasonableAdjustmentPercentage": -1}', '/ReasonableAdjustmentPercentage: must be between 0 and 1000'),
	('a percentage above 1000', '{"SpecialNeeds": true, "ReasonableAdjustmentPercentage": 1001}', '/ReasonableAdjustmentPercentage: must be between 0 and 1000'),
	('a huge percentage', '{"SpecialNeeds": true, "ReasonableAdjustmentPercentage": 1e500}', '/ReasonableAdjustmentPercentage: must be between 0 and 1000'),
	('half a percentage', '{"SpecialNeeds": true, "ReasonableAdjustmentPercentage": 12.5}', '/ReasonableAdjustmentPercentage: must be an integer'),
	('a percentage in words', '{"SpecialNeeds": true, "ReasonableAdjustmentPercentage": "ten"}', '/ReasonableAdjustmentPercentage: must be an integer, not a string'),
	('a percentage that is true', '{"SpecialNeeds": true, "ReasonableAdjustmentPercentage": true}', '/ReasonableAdjustmentPercentage: must be an integer, not a boolean'),
	('a percentage nested deep', jsonb_build_object('ReasonableAdjustmentPercentage', deep()), '/ReasonableAdjustmentPercentage: must be an integer, not an array'),
	('a percentage and no special needs', '{"SpecialNeeds": false, "ReasonableAdjustmentPercentage": 10}',
		'/ReasonableAdjustmentPercentage: a percentage of extra time is only for people with special needs. Send "SpecialNeeds": true as well.'),
	('a percentage alone', '{"ReasonableAdjustmentPercentage": 10}',
		'/ReasonableAdjustmentPercentage: a percentage of extra time is only for people with special needs. Send "SpecialNeeds": true as well.'),
	('disabled, or not', '{"DisableLogin": "no"}', '/DisableLogin: must be a boolean, not a string'),
	('disabled in an object', '{"DisableLogin": {}}', '/DisableLogin: must be a boolean, not an object'),
	('a used id', '{"ExternalId": "u-2"}', 'ExternalId [u-2] already exists'),
	('a used id as a number', '{"ExternalId": 5}', 'ExternalId [5] already exists'),
	('a used username', '{"UserName": "omar"}', 'UserName [omar] already exists'),
	('a username that is the default of somebody''s', '{"UserName": "u-3"}', 'UserName [u-3] already exists'),
	('both used by two', '{"ExternalId": "u-3", "UserName": "omar"}', 'ExternalId [u-3] already exists|UserName [omar] already exists'),
	('both used by one', '{"ExternalId": "u-2", "UserName": "omar"}', 'ExternalId [u-2] already exists|UserName [omar] already exists'),
	('the id of who was deleted', '{"ExternalId": "gone"}',
		'User [gone] is in the trash can and can''t be added again; have the account made active again, or send another ExternalId'),
	('the username of who was deleted', '{"UserName": "gone-too"}',
		'UserName [gone-too] already exists'),
	('an id that stands in for another', '{"ExternalId": "api-1"}',
		'ExternalId [api-1] already exists'),
	('all that can be read is wrong', '{"ExternalId": "u-2", "UserName": "omar", "Role": "x", "ReasonableAdjustmentPercentage": 1}',
		'ExternalId [u-2] already exists|UserName [omar] already exists|/Role: there is no role "x". Send the title of a role; define_role makes one.'
		'|/ReasonableAdjustmentPercentage: a percentage of extra time is only for people with special needs. Send "SpecialNeeds": true as well.'),
	('nothing can be read', '{"ExternalId": [], "UserName": [], "FirstName": [], "LastName": [], "Email": [], "Role": [], "SpecialNeeds": [], "ReasonableAdjustmentPercentage": [], "DisableLogin": []}',
		'/Role: must be a string, not an array|/Email: must be a string, not an array|/LastName: must be a string, not an array|/UserName: must be a string, not an array'
		'|/FirstName: must be a string, not an array|/ExternalId: must be a string, not an array|/DisableLogin: must be a boolean, not an array|/SpecialNeeds: must be a boolean, not an array'
		'|/ReasonableAdjustmentPercentage: must be an integer, not an array');
SELECT is(creating('{"ExternalId": "new", "FirstName": "F", "LastName": "L"}' || field), refusal, 'a new user: ' || name) FROM pg_temp.wrong;
SELECT is(updating('u-1', field), refusal, 'changes: ' || name) FROM pg_temp.wrong;
SELECT is(creating(body), refusal, name)
FROM (VALUES
	('no id of a candidate', '{"FirstName": "F", "LastName": "L"}'::jsonb, '/ExternalId: is required for a role that may participate'),
	('no id of who may participate too', '{"FirstName": "F", "LastName": "L", "Role": "Both"}', '/ExternalId: is required for a role that may participate'),
	('an empty id', '{"ExternalId": "", "FirstName": "F", "LastName": "L"}', '/ExternalId: is required for a role that may participate'),
	('no first name', '{"ExternalId": "x", "LastName": "L"}', '/FirstName: is required'),
	('a first name that is null', '{"ExternalId": "x", "FirstName": null, "LastName": "L"}', '/FirstName: is required'),
	('an empty last name', '{"ExternalId": "x", "FirstName": "F", "LastName": ""}', '/LastName: is required'),
	('names in another case of the fields', '{"ExternalId": "x", "firstName": "F", "LASTNAME": "L"}', '/FirstName: is required|/LastName: is required'),
	('nothing that is known', '{"x": 1}', '/FirstName: is required|/LastName: is required|/ExternalId: is required for a role that may participate'),
	('an id that is somebody''s username', '{"ExternalId": "omar", "FirstName": "F", "LastName": "L"}', '/ExternalId: is the username of another person. Rename that person, or use another id.')
) AS calls (name, body, refusal);
SELECT is(creating(body), refusal, 'a new user: ' || name) FROM no_bodies();
SELECT is(updating('u-1', body), refusal, 'changes: ' || name) FROM no_bodies();
SELECT is(proctorlink.eapi_create_user('{"ExternalId": "u-2", "FirstName": "F", "LastName": "L"}'),
	'{"Content": null, "Success": false, "Errors": [{"Code": null, "Error": "ExternalId [u-2] already exists"}]}', 'a refusal as a whole');
SELECT is(status(), '400', 'with status 400');
SAVEPOINT small;
SET LOCAL proctorlink.max_payload_bytes = '1kB';
SELECT is(creating(jsonb_build_object('ExternalId', 'x', 'FirstName', 'x', 'LastName', 'x', 'x', repeat('k', 1024))), 'Request body is larger than 1024 bytes', 'a body that is too large');
ROLLBACK TO small;
SELECT is(creating(jsonb_build_object('ExternalId', 'x', 'FirstName', 'x', 'LastName', 'x', repeat('k', 1000000), deep())), 'done', 'a field with a name of a million characters');
UPDATE proctorlink.install SET settings = settings || '{"defaultRole": "nothing"}';
SELECT is(creating('{"ExternalId": "x", "FirstName": "F", "LastName": "L"}'), '/Role: there is no role "nothing". Send the title of a role; define_role makes one.', 'a default role that there is not');
UPDATE proctorlink.install SET settings = settings - 'defaultRole';
SELECT is(contents(leaving_out => '{install}'), regexp_replace(:'before', 'install [^\n]*\n', ''), 'nothing of all this was written');

-- eapi_update_user: each field.

CREATE FUNCTION changed(id text, changes jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer jsonb := proctorlink.eapi_update_user(id, changes);
BEGIN
	RETURN said(answer) || ' ' || (answer -> 'Content') || ': ' || stored(coalesce(nullif(changes ->> 'ExternalId', ''), id));
END
$$;
SELECT is(changed(id, changes), 'done ' || shown, id || ' ' || changes)
FROM (VALUES
	('u-1', '{"FirstName": "Augusta"}'::jsonb, 'null: u-1 Augusta Byron candidate'),
	('u-1', '{"LastName": "King", "Email": "ada@example.org"}', 'null: u-1 Augusta King ada@example.org candidate'),
	('u-1', '{"SpecialNeeds": true}', 'null: u-1 Augusta King ada@example.org candidate with special needs'),
	('u-1', '{"ReasonableAdjustmentPercentage": "20"}', 'null: u-1 Augusta King ada@example.org candidate with special needs 20 %'),
	('u-1', '{"ReasonableAdjustmentPercentage": 0}', 'null: u-1 Augusta King ada@example.org candidate with special needs'),
	('u-1', '{"ReasonableAdjustmentPercentage": 30, "DisableLogin": true}', 'null: u-1 Augusta King ada@example.org candidate with special needs 30 % disabled'),
	('u-1', '{"FirstName": "", "LastName": null, "Email": null, "Role": "", "ExternalId": null, "UserName": "", "SpecialNeeds": null, "ReasonableAdjustmentPercentage": "", "DisableLogin": null}',
		'null: u-1 Augusta King ada@example.org candidate with special needs 30 % disabled'),
	('u-1', '{"SpecialNeeds": false}', 'null: u-1 Augusta King ada@example.org candidate disabled'),
	('u-1', '{"DisableLogin": false, "Role": "author"}', 'null: u-1 Augusta King ada@example.org author'),
	('u-1', '{"ExternalId": "u-1b"}', 'null: u-1 Augusta King ada@example.org author'),
	('u-1b', '{"UserName": "ada", "Role": "Examinee"}', 'null: ada Augusta King ada@example.org Examinee'),
	('u-1b', '{"ExternalId": "u-1", "UserName": "u-1", "Role": "candidate"}', 'null: u-1 Augusta King ada@example.org candidate'),
	('u-1', '{"Photo": "x", "Password": "x", "Colour": []}', 'null: u-1 Augusta King ada@example.org candidate')
) AS calls (id, changes, shown);
SELECT is(status(), '200', 'with status 200');
SAVEPOINT unchanged;
SELECT contents(versions => true) AS versions \gset
SELECT is(said(proctorlink.eapi_update_user('u-1', '{"ExternalId": "u-1", "UserName": "u-1", "FirstName": "Augusta", "LastName": "King", "Email": "ada@example.org", "Role": "candidate", "SpecialNeeds": false,
	"ReasonableAdjustmentPercentage": 0, "DisableLogin": false}')), 'done', 'the same again');
SELECT is(contents(versions => true), :'versions', 'writes nothing');
ROLLBACK TO unchanged;
SELECT is(updating('u-1', '{"ExternalId": "u-1", "UserName": "u-1"}'), 'done', 'somebody''s own ids are free for them');
SELECT is(updating(id, '{"FirstName": "x"}'), '202 User has not been found', 'changing ' || name)
FROM (VALUES ('nobody', NULL), ('an empty id', ''), ('who there is not', 'x'), ('another case', 'u-1B'), ('a username', 'omar'), ('a sid', :'mark'), ('an id that stands in', 'api-1'), ('who was deleted', 'gone'),
	('a million characters', repeat('x', 1000000)), ('a control character', E'a\u0007')) AS calls (name, id);
SELECT is(updating(NULL, NULL), '202 User has not been found|100 Request body can not be null or empty', 'changing nobody by nothing');

-- By plain SQL the table keeps the same rules.

SELECT is(refused(statement), refusal, statement)
FROM (VALUES
	('INSERT INTO proctorlink.account (install_id, candidate_ext_id) SELECT install_id, ''u-2'' FROM proctorlink.install', '23505 candidate_ext_id_unique'),
	('INSERT INTO proctorlink.account (install_id, candidate_ext_id) SELECT install_id, ''gone'' FROM proctorlink.install', '23505 candidate_ext_id_unique'),
	('INSERT INTO proctorlink.account (install_id, candidate_ext_id) SELECT install_id, ''omar'' FROM proctorlink.install', '23505 username_unique'),
	('UPDATE proctorlink.account SET reasonable_adjustment_percentage = 10 WHERE candidate_ext_id = ''u-1''', '23514 adjustment_needs_special_needs'),
	('UPDATE proctorlink.account SET role = ''x'' WHERE candidate_ext_id = ''u-1''', '23503 account_role_fkey'),
	('UPDATE proctorlink.account SET email = ''x'' WHERE candidate_ext_id = ''u-1''', '23514 account_email_format')
) AS statements (statement, refusal);

-- eapi_get_user.

SELECT is(proctorlink.eapi_get_user('u-2'), '{"Content": {"User": {"ExternalId": "u-2", "UserName": "omar", "FirstName": "Omar", "LastName": "Silva", "Email": "omar@example.org", "Role": "Both",
	"SpecialNeeds": true, "ReasonableAdjustmentPercentage": 25, "DisableLogin": true, "Hierarchies": []}}, "Success": true, "Errors": null}', 'a user is shown');
SELECT is(status(), '200', 'with status 200');
SELECT is(proctorlink.eapi_get_user('u-12') #> '{Content,User}', '{"ExternalId": "u-12", "UserName": "u-12", "FirstName": "F", "LastName": "L", "Email": null, "Role": "Examinee",
	"SpecialNeeds": false, "ReasonableAdjustmentPercentage": null, "DisableLogin": false, "Hierarchies": []}', 'one with little to show');
INSERT INTO proctorlink.hierarchy (install_id, parent_id, organisation_id, title) SELECT install_id, hierarchy_id, v.*, 'x' FROM proctorlink.hierarchy, unnest('{law,med,ana}'::text[]) v WHERE is_root;
UPDATE proctorlink.account SET hierarchy_id = (SELECT hierarchy_id FROM proctorlink.hierarchy WHERE organisation_id = 'med') WHERE candidate_ext_id = 'u-2';
SELECT proctorlink.grant_hierarchy(:'install', 'law', 'u-2', '{coordinator,rescoring}'), proctorlink.grant_hierarchy(:'install', 'ana', 'u-2', '{administrator,view_reports}') \gset
SELECT proctorlink.grant_hierarchy(:'install', 'law', 'u-12', '{view_reports}') \gset
SELECT proctorlink.grant_hierarchy(:'install', (SELECT proctorlink.sid('hierarchy', hierarchy_id) FROM proctorlink.hierarchy WHERE is_root), 'u-2', '{view_reports}') \gset
SELECT is(proctorlink.eapi_get_user('u-2') #> '{Content,User,Hierarchies}', '[
	{"ExternalId": "ana", "IsCoordinator": false, "IsAdministrator": true, "HasViewReportsPermissions": true, "HasReScoringPermissions": false},
	{"ExternalId": "law", "IsCoordinator": true, "IsAdministrator": false, "HasViewReportsPermissions": false, "HasReScoringPermissions": true},
	{"ExternalId": "med", "IsCoordinator": false, "IsAdministrator": false, "HasViewReportsPermissions": false, "HasReScoringPermissions": false},
	{"ExternalId": null, "IsCoordinator": false, "IsAdministrator": false, "HasViewReportsPermissions": true, "HasReScoringPermissions": false}]', 'the hierarchies, one''s own too');
SELECT proctorlink.grant_hierarchy(:'install', 'med', 'u-2', '{administrator}') \gset
SELECT is(proctorlink.eapi_get_user('u-2') #> '{Content,User,Hierarchies,2}',
	'{"ExternalId": "med", "IsCoordinator": false, "IsAdministrator": true, "HasViewReportsPermissions": false, "HasReScoringPermissions": false}', 'one''s own with its access');
SELECT is(jsonb_array_length(proctorlink.eapi_get_user('u-2') #> '{Content,User,Hierarchies}'), 4, 'is there once');
SELECT is(getting(id), '202 User has not been found', 'showing ' || name)
FROM (VALUES ('nobody', NULL), ('an empty id', ''), ('who there is not', 'x'), ('another case', 'u-1B'), ('a username', 'omar'), ('a sid', :'mark'), ('an id that stands in', 'api-1'), ('who was deleted', 'gone'),
	('a million characters', repeat('x', 1000000)), ('a control character', E'a\u0007')) AS calls (name, id);
SELECT is(proctorlink.eapi_get_user('x'), '{"Content": null, "Success": false, "Errors": [{"Code": 202, "Error": "User has not been found"}]}', 'nobody: the contract''s number');
SELECT is(status(), '400', 'with status 400');
SELECT contents(versions => true) AS versions \gset
SAVEPOINT reading;
SET LOCAL transaction_read_only = on;
SELECT proctorlink.eapi_get_user('u-2') AS found, proctorlink.eapi_get_user('x') AS nobody \gset
ROLLBACK TO reading;
SELECT is(:'found'::jsonb #>> '{Content,User,UserName}', 'omar', 'a transaction that only reads may ask');
SELECT is(said(:'nobody'), '202 User has not been found', 'also for nobody');
SELECT is(contents(versions => true), :'versions', 'nothing was written');

-- eapi_delete_user.

SELECT is(deleting(id), '202 User has not been found', 'deleting ' || name)
FROM (VALUES ('nobody', NULL), ('an empty id', ''), ('who there is not', 'x'), ('another case', 'u-1B'), ('a username', 'omar'), ('a sid', :'mark'), ('an id that stands in', 'api-1'), ('who was deleted', 'gone'),
	('a million characters', repeat('x', 1000000)), ('a control character', E'a\u0007')) AS calls (name, id);
SELECT is(proctorlink.eapi_delete_user('u-3'), '{"Content": null, "Success": true, "Errors": null}', 'a user is deleted');
SELECT is(status(), '200', 'with status 200');
SELECT is(stored('u-3'), 'u-3 F L candidate with special needs 30 % deleted', 'and in the trash can');
SELECT is(deleting('u-3'), '202 User has not been found', 'not deleted again');
SELECT is(creating('{"ExternalId": "u-3", "FirstName": "F", "LastName": "L"}'),
	'User [u-3] is in the trash can and can''t be added again; have the account made active again, or send another ExternalId', 'not added again straight away');
UPDATE proctorlink.account SET status = 'active' WHERE candidate_ext_id = 'u-3';
SELECT is(getting('u-3'), 'done', 'the way out: the account is made active again');
UPDATE proctorlink.account SET status = 'erased', candidate_ext_id_defaulted = true, username = candidate_ext_id, first_name = '', last_name = '', email = NULL, time_zone = NULL, special_needs = false, api_id = NULL, lms_id = NULL, hierarchy_id = NULL, reasonable_adjustment_percentage = NULL WHERE candidate_ext_id = 'u-3';
SELECT is(ARRAY[getting('u-3'), updating('u-3', '{"FirstName": "x"}'), deleting('u-3')], array_fill('202 User has not been found'::text, '{3}'), 'who was erased is not there');

-- Whom the settings need.

SELECT proctorlink.sid('account', account_id) AS five FROM proctorlink.account WHERE candidate_ext_id = '5' \gset
SELECT is(deleting(id), 'done', 'nobody is needed yet: ' || id) FROM unnest('{u-4,5,u-6}'::text[]) id;
SELECT proctorlink.configure_install(:'install', jsonb_build_object('defaultOwner', :'five', 'defaultScheduler', 'u-4')) \gset
SELECT is(deleting('u-4'), '260 Current user can not be deleted with external api', 'the default scheduler, by username');
SELECT is(deleting('5'), '260 Current user can not be deleted with external api', 'the default owner, by sid');
SELECT is(deleting('u-6'), 'done', 'others are not needed');
SELECT proctorlink.configure_install(:'install', jsonb_build_object('defaultOwner', '6', 'defaultScheduler', NULL)) \gset
SELECT is(deleting('u-4'), 'done', 'a scheduler no more');
SELECT is(deleting('5'), '260 Current user can not be deleted with external api', 'the default owner, by username');
SELECT is(deleting('u-6'), 'done', 'by username, not by external id');
ALTER TABLE proctorlink.account ADD CONSTRAINT nobody_goes CHECK (status <> 'deleted' OR candidate_ext_id IN ('gone', 'u-4'));
SELECT is(deleting('u-6'), '102 Unknown error|nobody_goes: new row for relation "account" violates check constraint "nobody_goes"', 'a rule of the customer''s forbids it');
SELECT is(deleting('u-4'), 'done', 'or not');
ALTER TABLE proctorlink.account ADD CONSTRAINT no_x CHECK (first_name <> 'X');
SELECT is(updating('u-4', '{"FirstName": "X"}'), 'no_x: new row for relation "account" violates check constraint "no_x"', 'a rule of the customer''s for changes');
SELECT is(creating('{"ExternalId": "x", "FirstName": "X", "LastName": "L"}'), 'no_x: new row for relation "account" violates check constraint "no_x"', 'and for new users');

-- Who may not.

CREATE FUNCTION calls() RETURNS SETOF text LANGUAGE sql AS $$
	VALUES ('eapi_create_user(''{"ExternalId": "x", "FirstName": "F", "LastName": "L"}'')'), ('eapi_update_user(''u-1'', ''{"FirstName": "x"}'')'), ('eapi_get_user(''u-1'')'), ('eapi_delete_user(''u-1'')')
$$;
CREATE ROLE stranger;
GRANT USAGE ON SCHEMA proctorlink TO stranger;
GRANT EXECUTE ON FUNCTION proctorlink.eapi_create_user(jsonb), proctorlink.eapi_update_user(text, jsonb), proctorlink.eapi_get_user(text), proctorlink.eapi_delete_user(text) TO stranger;
CREATE TEMPORARY TABLE answered AS SELECT call, ''::text AS told FROM calls() call;
GRANT ALL ON pg_temp.answered TO stranger;
SET LOCAL ROLE stranger;
UPDATE pg_temp.answered SET told = tried(call);
RESET ROLE;
SELECT is(told, 'Not allowed to use external API', 'without a privilege on the tables: ' || call) FROM pg_temp.answered;
SELECT proctorlink.create_install('College', 'https://college.test') AS college \gset
SELECT is(tried(call), 'Not allowed to use external API', 'of several installs none is chosen: ' || call) FROM calls() call;
SELECT proctorlink.use_install(:'college') \gset
SELECT is(ARRAY[getting('u-1'), updating('u-1', '{"FirstName": "x"}'), deleting('u-1')], array_fill('202 User has not been found'::text, '{3}'), 'another install has other people');
SELECT is(creating('{"ExternalId": "u-1", "FirstName": "F", "LastName": "L"}'), 'done', 'ids are unique within their install');
SELECT is(creating('{"ExternalId": "x", "FirstName": "F", "LastName": "L", "Role": "Examinee"}'), '/Role: there is no role "Examinee". Send the title of a role; define_role makes one.', 'and roles are its own');

SELECT * FROM finish();
ROLLBACK;
