-- test/pgtap/eapi_user.sql
--		Cirrus's door for users.

BEGIN;
\ir helpers.psql
SELECT plan(59);
SELECT proctorlink.create_install('University', 'https://platform.test') AS install \gset
CREATE FUNCTION install_id() RETURNS uuid STABLE LANGUAGE sql AS $$ SELECT install_id FROM proctorlink.install $$;
CREATE FUNCTION account(external text) RETURNS jsonb STABLE LANGUAGE sql AS $$
	SELECT to_jsonb(a) - '{install_id,account_id,created_at,updated_at,hierarchy_id,time_zone,currency_code,api_id,lms_id}'::text[]
	FROM proctorlink.account a WHERE candidate_ext_id = external
$$;
CREATE FUNCTION told(answer jsonb) RETURNS text IMMUTABLE LANGUAGE sql AS $$
	SELECT CASE WHEN (answer -> 'Success')::boolean AND answer -> 'Errors' = 'null' AND answer ? 'Content' THEN 'done'
		WHEN answer -> 'Content' <> 'null' OR (answer -> 'Success')::boolean IS DISTINCT FROM false THEN 'malformed: ' || answer::text
		ELSE (SELECT string_agg(concat((e -> 'Code')::text || ' ', e ->> 'Error'), ' | ' ORDER BY place)
			  FROM jsonb_array_elements(answer -> 'Errors') WITH ORDINALITY AS error (e, place)) END
$$;
-- What a call is answered with, taken back; a refused one writes nothing.
CREATE FUNCTION tried(body jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	before text := contents(true);
	answer text;
BEGIN
	answer := told(proctorlink.eapi_create_user(body));
	IF answer <> 'done' THEN
		RETURN answer || CASE WHEN contents(true) <> before THEN ' but written' ELSE '' END;
	END IF;
	RAISE EXCEPTION USING ERRCODE = 'UNDO0';
EXCEPTION WHEN SQLSTATE 'UNDO0' THEN
	RETURN 'done';
END
$$;
CREATE FUNCTION body(more jsonb DEFAULT '{}') RETURNS jsonb IMMUTABLE LANGUAGE sql AS $$
	SELECT '{"ExternalId": "u-2", "FirstName": "Ada", "LastName": "Byron", "Email": "ada@example.org"}'::jsonb || more
$$;

SELECT is(proctorlink.eapi_create_user('{"ExternalId": "u-1", "FirstName": "Omar", "LastName": "Silva"}'), '{"Content": "u-1", "Success": true, "Errors": null}', 'a candidate');
SELECT is(account('u-1'), '{"candidate_ext_id": "u-1", "candidate_ext_id_defaulted": false, "username": "u-1", "first_name": "Omar", "last_name": "Silva", "email": null,
	"role": "candidate", "special_needs": false, "reasonable_adjustment_percentage": null, "status": "active"}', 'with the defaults');
SELECT is(told(proctorlink.eapi_create_user('{"ExternalId": 17, "UserName": "name", "FirstName": "A", "LastName": "B", "Email": "a@b", "Role": "marker", "SpecialNeeds": "true",
	"ReasonableAdjustmentPercentage": "25", "DisableLogin": "true", "Photo": "https://x.test/p", "DateOfBirth": "1990-01-01", "Company": "C", "CountryCode": "NL", "Password": "secret", "Unknown": {}}')), 'done', 'every member');
SELECT is(account('17'), '{"candidate_ext_id": "17", "candidate_ext_id_defaulted": false, "username": "name", "first_name": "A", "last_name": "B", "email": "a@b",
	"role": "marker", "special_needs": true, "reasonable_adjustment_percentage": 25, "status": "disabled"}', 'is kept, or passed over');
SELECT is((SELECT count(*) FROM proctorlink.account a WHERE a::text LIKE '%secret%' OR a::text LIKE '%1990%'), 0::bigint, 'passwords and what is not needed are not kept');

SELECT is(tried(body), outcome, name)
FROM (VALUES
	('new', body(), 'done'),
	('an external id of somebody', body('{"ExternalId": "u-1"}'), 'null ExternalId [u-1] already exists'),
	('a username of somebody', body('{"UserName": "name"}'), 'null UserName [name] already exists'),
	('an external id that is a username', body('{"ExternalId": "name"}'), 'null /ExternalId: is the username of another person. Rename that person, or use another id.'),
	('without external id', body() - 'ExternalId', 'null /ExternalId: is required for a role that may participate'),
	('without, for a role that may not', body('{"Role": "marker"}') - 'ExternalId', 'done'),
	('without names', '{"ExternalId": "x"}', 'null /FirstName: is required | null /LastName: is required'),
	('a role that there is not', body('{"Role": "dean"}'), 'null /Role: there is no role "dean". Send the title of a role; define_role makes one.'),
	('a percentage without special needs', body('{"ReasonableAdjustmentPercentage": 10}'), 'null /ReasonableAdjustmentPercentage: a percentage of extra time is only for people with special needs. Send "SpecialNeeds": true as well.'),
	('a percentage with', body('{"ReasonableAdjustmentPercentage": 10, "SpecialNeeds": true}'), 'done'),
	('a percentage of 0', body('{"ReasonableAdjustmentPercentage": 0, "SpecialNeeds": true}'), 'null /ReasonableAdjustmentPercentage: must be between 1 and 1000'),
	('an e-mail that is none', body('{"Email": "x"}'), 'null /Email: not an e-mail address'),
	('a long id', body(jsonb_build_object('ExternalId', long(501))), 'null /ExternalId: is longer than 500 characters'),
	('a control character', body('{"ExternalId": "a\tb"}'), 'null /ExternalId: has a control character'),
	('a space at the end', body('{"ExternalId": "a "}'), 'null /ExternalId: begins or ends with a space'),
	('an object for a name', body('{"FirstName": {}}'), 'null /FirstName: must be a string, not an object'),
	('a word for a boolean', body('{"SpecialNeeds": "perhaps"}'), 'null /SpecialNeeds: must be a boolean, not a string'),
	('null and "" are absent', body('{"UserName": "", "Email": null, "Role": ""}'), 'done'),
	('nothing', NULL, '100 Request body can not be null or empty'),
	('null', 'null', '100 Request body can not be null or empty'),
	('an empty text', '""', '100 Request body can not be null or empty'),
	('an empty object', '{}', '100 Request body can not be null or empty'),
	('an empty array', '[]', '100 Request body can not be null or empty'),
	('a number', '7', 'null Request body must be an object'),
	('an array', '[{}]', 'null Request body must be an object'),
	('a large text', jsonb_build_object('ExternalId', repeat('x', 1000000)), 'null /ExternalId: is longer than 500 characters')
) AS bodies (name, body, outcome);

SELECT is(proctorlink.eapi_get_user('17'), '{"Content": {"User": {"ExternalId": "17", "UserName": "name", "FirstName": "A", "LastName": "B", "Email": "a@b", "Role": "marker",
	"SpecialNeeds": true, "ReasonableAdjustmentPercentage": 25, "DisableLogin": true, "Hierarchies": []}}, "Success": true, "Errors": null}', 'shown');
SELECT proctorlink.grant_hierarchy(:'install', (SELECT proctorlink.sid('HG', hierarchy_id) FROM proctorlink.hierarchy), '17', '{coordinator,rescoring}') IS NOT NULL AS granted \gset
SELECT is(proctorlink.eapi_get_user('17') #> '{Content,User,Hierarchies}', '[{"ExternalId": null, "IsCoordinator": true, "IsAdministrator": false,
	"HasViewReportsPermissions": false, "HasReScoringPermissions": true}]', 'with hierarchies');
SELECT is(told(proctorlink.eapi_get_user('18')), '202 User has not been found', 'nobody');
SELECT is(told(proctorlink.eapi_get_user(NULL)), '202 User has not been found', 'null');

SELECT is(told(proctorlink.eapi_update_user('u-1', '{"FirstName": "O", "UserName": "omar", "ExternalId": "u-9", "SpecialNeeds": true, "ReasonableAdjustmentPercentage": 30, "Email": "o@x", "Role": "author"}')), 'done', 'changed');
SELECT is(account('u-9'), '{"candidate_ext_id": "u-9", "candidate_ext_id_defaulted": false, "username": "omar", "first_name": "O", "last_name": "Silva", "email": "o@x",
	"role": "author", "special_needs": true, "reasonable_adjustment_percentage": 30, "status": "active"}', 'and renamed');
SELECT contents(true) AS before \gset
SELECT is(told(proctorlink.eapi_update_user('u-9', '{"FirstName": "O", "UserName": "omar", "ExternalId": "u-9", "SpecialNeeds": true, "ReasonableAdjustmentPercentage": 30}')), 'done', 'the same again');
SELECT is(contents(true), :'before', 'writes nothing');
SELECT is(told(proctorlink.eapi_update_user('u-9', '{"ExternalId": "17"}')), 'null ExternalId [17] already exists', 'an id of somebody');
SELECT is(told(proctorlink.eapi_update_user('u-9', '{"UserName": "name"}')), 'null UserName [name] already exists', 'a username of somebody');
SELECT is(told(proctorlink.eapi_update_user('u-9', '{"Role": "dean"}')), 'null /Role: there is no role "dean". Send the title of a role; define_role makes one.', 'no such role');
SELECT is(told(proctorlink.eapi_update_user('u-9', '{"SpecialNeeds": false}')), 'done', 'special needs taken back');
SELECT is(account('u-9') -> 'reasonable_adjustment_percentage', 'null', 'with the percentage');
SELECT is(told(proctorlink.eapi_update_user('u-9', '{"ReasonableAdjustmentPercentage": 5}')), 'null /ReasonableAdjustmentPercentage: a percentage of extra time is only for people with special needs. Send "SpecialNeeds": true as well.', 'a percentage alone');
SELECT is(told(proctorlink.eapi_update_user('u-9', '{"DisableLogin": true}')), 'done', 'disabled');
SELECT is(account('u-9') ->> 'status', 'disabled', 'is the status');
SELECT is(told(proctorlink.eapi_update_user('u-9', '{"DisableLogin": 0}')), 'done', 'and back');
SELECT is(account('u-9') ->> 'status', 'active', 'again');
SELECT is(told(proctorlink.eapi_update_user('u-9', 'null')), '100 Request body can not be null or empty', 'no body');
SELECT is(told(proctorlink.eapi_update_user('nobody', '{"FirstName": "X"}')), '202 User has not been found', 'nobody to change');

SELECT is(told(proctorlink.eapi_delete_user('u-9')), 'done', 'into the trash can');
SELECT is(account('u-9') ->> 'status', 'deleted', 'where it stays');
SELECT is(told(proctorlink.eapi_delete_user('u-9')), '202 User has not been found', 'once');
SELECT is(told(proctorlink.eapi_get_user('u-9')), '202 User has not been found', 'not shown');
SELECT is(tried(body('{"ExternalId": "u-9"}')), 'null User [u-9] is in the trash can and can''t be added again; have the account made active again, or send another ExternalId', 'not added again');
UPDATE proctorlink.account SET role = 'scheduler', status = 'active' WHERE candidate_ext_id = '17';
SELECT proctorlink.configure_install(:'install', '{"defaultScheduler": "name"}') IS NOT NULL AS set \gset
SELECT is(told(proctorlink.eapi_delete_user('17')), '260 Current user can not be deleted with external api', 'the default scheduler stays');

-- An id that was made up here is nobody's name.
INSERT INTO proctorlink.account (install_id, api_id) VALUES (install_id(), 'api-1');
SELECT is(told(proctorlink.eapi_get_user('api-1')), '202 User has not been found', 'a defaulted id');
SELECT is(current_setting('response.status'), '400', 'status 400');

SELECT * FROM finish();
ROLLBACK;
