-- test/pgtap/pre_request.sql
--		Who sends a request: by which header, by whose claims, and in which role.

BEGIN;
\ir helpers.psql
\ir sittings.psql
SELECT plan(82);
SELECT proctorlink.setup_roles() IS NULL AS unused \gset
SELECT proctorlink.create_install('College', NULL) AS college \gset
SELECT proctorlink.create_integration(:'install', 'proctoru', 'https://provider.test/') ->> 'sid' AS integration,
	proctorlink.create_integration(:'install', 'other', 'https://provider.test/') ->> 'sid' AS inactive,
	proctorlink.create_integration(:'college', 'proctoru', 'https://provider.test/') ->> 'sid' AS their_integration \gset
UPDATE proctorlink.integration SET active = false WHERE integration_id = proctorlink.sid_uuid(:'inactive');
INSERT INTO proctorlink.account (install_id, candidate_ext_id, username, status) VALUES (install_id(), 'off', 'off', 'disabled'), (proctorlink.sid_uuid(:'college'), 'u-1', 'u-1', 'active');
SELECT proctorlink.generate_eapi_token(:'install', 'one') AS token, proctorlink.generate_eapi_token(:'install', 'two', NULL, :'integration') AS provider,
	proctorlink.generate_eapi_token(:'college', 'three') AS theirs, proctorlink.issue_access_token(:'install', 'u-1') AS access,
	proctorlink.sid('US', account_id('u-1')) AS ada, proctorlink.sid('US', account_id('off')) AS off,
	proctorlink.sid('US', account_id) AS stranger FROM proctorlink.account WHERE install_id = proctorlink.sid_uuid(:'college') \gset
CREATE ROLE proctorlink_test_authenticator LOGIN NOINHERIT;
CREATE ROLE proctorlink_test_front LOGIN NOINHERIT;
CREATE ROLE proctorlink_test_outsider LOGIN;
GRANT proctorlink_anon, proctorlink_api, proctorlink_marker TO proctorlink_test_authenticator, proctorlink_test_front;
GRANT proctorlink_anon TO proctorlink_test_outsider;
SELECT proctorlink.trust_front('proctorlink_test_front') IS NULL AS unused \gset

-- What becomes of a request that a front sends in the role anon: the role, whom it
-- is for, by "one" and "two" for the tokens; all is taken back.
CREATE FUNCTION sent(headers text, claims text DEFAULT NULL, front text DEFAULT 'proctorlink_test_authenticator') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	w jsonb;
	taken text;
BEGIN
	EXECUTE format('SET LOCAL SESSION AUTHORIZATION %I', front);
	SET LOCAL ROLE proctorlink_anon;
	PERFORM set_config('request.headers', headers, true), set_config('request.jwt.claims', claims, true);
	PERFORM proctorlink.pre_request();
	taken := current_user;
	RESET ROLE;
	RESET SESSION AUTHORIZATION;
	w := proctorlink.whoami();
	RAISE EXCEPTION USING ERRCODE = 'UNDO0';
EXCEPTION
	WHEN SQLSTATE 'UNDO0' THEN
		RETURN concat_ws(' ', replace(taken, 'proctorlink_', ''), w ->> 'kind', (SELECT left(name, 3) FROM proctorlink.install WHERE proctorlink.sid('AI', install_id) = w ->> 'install'),
			(SELECT provider FROM proctorlink.integration WHERE proctorlink.sid('II', integration_id) = w ->> 'integration'),
			(SELECT candidate_ext_id FROM proctorlink.account WHERE proctorlink.sid('US', account_id) = w ->> 'user'),
			(SELECT label FROM proctorlink.api_token WHERE proctorlink.sid('TK', api_token_id) = w ->> 'token'));
	WHEN OTHERS THEN RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;
CREATE FUNCTION header(name text, value text, VARIADIC others text[] DEFAULT '{}') RETURNS text LANGUAGE sql AS $$
	SELECT (jsonb_build_object(name, value) || jsonb_object(others))::text
$$;

-- Headers: the first that is there counts, good or bad.

SELECT is(sent(headers), outcome, name) FROM (VALUES
	('nothing', NULL, 'anon nobody'), ('no text', '', 'anon nobody'), ('no headers', '{}', 'anon nobody'), ('others', header('accept', '*/*', 'x-token', :'token'), 'anon nobody'),
	('a header that is null', '{"token": null}', 'anon nobody'),
	('token', header('token', :'token'), 'api system Uni one'), ('authorization', header('authorization', 'EAPI ' || :'token'), 'api system Uni one'),
	('authorization-token', header('authorization-token', :'token'), 'api system Uni one'),
	('Bearer', header('authorization', 'Bearer ' || :'token'), 'api system Uni one'), ('a scheme in any case', header('authorization', 'eApI ' || :'token'), 'api system Uni one'),
	('of a provider', header('token', :'provider'), 'api system Uni proctoru two'), ('of a person', header('authorization', 'Bearer ' || :'access'), 'marker person Uni u-1'),
	('of a person in token', header('token', :'access'), 'marker person Uni u-1'),
	('Basic', header('authorization', 'Basic ' || :'token'), 'api nobody'), ('Digest', header('authorization', 'Digest x="y"'), 'api nobody'),
	('an unknown token', header('token', 'plk_' || repeat('0', 96)), 'api nobody'), ('an empty header', header('token', ''), 'api nobody'), ('a megabyte', header('token', repeat('x', 1000000)), 'api nobody'),
	('token before authorization', header('token', :'token', 'authorization', 'EAPI ' || :'provider'), 'api system Uni one'),
	('authorization before authorization-token', header('authorization-token', :'token', 'authorization', 'EAPI ' || :'provider'), 'api system Uni proctoru two'),
	('token before authorization-token', header('authorization-token', :'provider', 'token', :'token'), 'api system Uni one'),
	('a bad one before a good one', header('token', 'bad', 'authorization', 'EAPI ' || :'token'), 'api nobody'),
	('a bad one behind a good one', header('token', :'token', 'authorization', 'EAPI bad'), 'api system Uni one'),
	('a name in upper case is another name', header('Token', :'token'), 'anon nobody'),
	('a token that is no text', '{"token": 1}', 'api nobody'), ('a list of tokens', jsonb_build_object('token', jsonb_build_array(:'token'))::text, 'api nobody'), ('an object', '{"token": {}}', 'api nobody')
) requests (name, headers, outcome);

-- What is no object of headers is nobody's, and raises nothing that would quote it.

SELECT is(sent(headers), 'api nobody', 'headers: ' || replace(left(headers, 40), E'\n', ' ')) FROM unnest(ARRAY['{', '[]', '"x"', 'null', '{"token": "' || :'token'::text, '{"token": "\u0000"}', '{"token": "\ud800"}',
	'{"a": 1e1000000, "token": "x"}', repeat('[', 10000), E'{"token": "a\nb"}']) headers;

-- An install that a header names.

SELECT is(sent(headers), outcome, name) FROM (VALUES
	('the same install', header('token', :'token', 'proctorlink-install', :'install'), 'api system Uni one'),
	('with a provider''s token it stays the provider''s', header('token', :'provider', 'proctorlink-install', :'install'), 'api system Uni proctoru two'),
	('a person stays a person', header('authorization', 'Bearer ' || :'access', 'proctorlink-install', :'install'), 'marker person Uni u-1'),
	('another install', header('token', :'token', 'proctorlink-install', :'college'), 'api nobody'),
	('of a person', header('authorization', 'Bearer ' || :'access', 'proctorlink-install', :'college'), 'marker nobody'),
	('one that there is not', header('token', :'token', 'proctorlink-install', 'AI00000000000000000000000000000000'), 'api nobody'),
	('no sid', header('token', :'token', 'proctorlink-install', 'x'), 'api nobody'), ('empty', header('token', :'token', 'proctorlink-install', ''), 'api nobody'),
	('null', jsonb_build_object('token', :'token', 'proctorlink-install', NULL)::text, 'api system Uni one'),
	('a number', jsonb_build_object('token', :'token', 'proctorlink-install', 1)::text, 'api nobody'),
	('without a token', header('proctorlink-install', :'install'), 'anon nobody')
) requests (name, headers, outcome);

-- Claims: those of a trusted front, and the same from another session.

CREATE TEMPORARY TABLE claimed AS SELECT * FROM (VALUES
	('a system', jsonb_build_object('install', :'install')::text, 'api system Uni'),
	('a provider', jsonb_build_object('install', :'install', 'integration', :'integration')::text, 'api system Uni proctoru'),
	('a person', jsonb_build_object('install', :'install', 'sub', :'ada')::text, 'marker person Uni u-1'),
	('nulls', jsonb_build_object('install', :'install', 'sub', NULL, 'integration', NULL)::text, 'api system Uni'),
	('an unknown install', '{"install": "AI00000000000000000000000000000000"}', 'api nobody'), ('no sid', '{"install": "x"}', 'api nobody'),
	('a number', '{"install": 1}', 'api nobody'), ('a list', jsonb_build_object('install', jsonb_build_array(:'install'))::text, 'api nobody'),
	('upper case', jsonb_build_object('install', upper(:'install'))::text, 'api nobody'),
	('an unknown person', jsonb_build_object('install', :'install', 'sub', 'US00000000000000000000000000000000')::text, 'api nobody'),
	('a person of another install', jsonb_build_object('install', :'install', 'sub', :'stranger')::text, 'api nobody'),
	('a disabled account', jsonb_build_object('install', :'install', 'sub', :'off')::text, 'api nobody'),
	('a person by another id', jsonb_build_object('install', :'install', 'sub', 'u-1')::text, 'api nobody'), ('sub a number', jsonb_build_object('install', :'install', 'sub', 1)::text, 'api nobody'),
	('sub empty', jsonb_build_object('install', :'install', 'sub', '')::text, 'api nobody'),
	('a person and a provider', jsonb_build_object('install', :'install', 'sub', :'ada', 'integration', :'integration')::text, 'api nobody'),
	('an integration of another install', jsonb_build_object('install', :'install', 'integration', :'their_integration')::text, 'api nobody'),
	('an inactive integration', jsonb_build_object('install', :'install', 'integration', :'inactive')::text, 'api nobody'),
	('integration a list', jsonb_build_object('install', :'install', 'integration', '[]'::jsonb)::text, 'api nobody'), ('no JSON', '{"install": ', 'api nobody'), ('no object', '["install"]', 'api nobody')
) c (name, claims, outcome);
SELECT is(sent(NULL, claims, 'proctorlink_test_front'), outcome, 'a trusted front claims ' || name) FROM claimed;
SELECT is((SELECT string_agg(name, ', ') FROM claimed WHERE sent(NULL, claims) <> 'anon nobody'), NULL, 'nothing of it is believed of another session');
SELECT is((SELECT string_agg(name, ', ') FROM claimed WHERE sent(NULL, claims, current_user::text) <> 'anon nobody'), NULL, 'not even of a superuser');
SELECT is(sent(NULL, '{"role": "proctorlink_anon", "sub": "x"}', 'proctorlink_test_front'), 'anon nobody', 'claims without an install are nobody');
SELECT is(sent(header('token', :'provider'), '{"role": "proctorlink_anon"}', 'proctorlink_test_front'), 'api system Uni proctoru two', 'then a header counts');
SELECT is(sent(header('token', :'theirs'), jsonb_build_object('install', :'install')::text, 'proctorlink_test_front'), 'api system Uni', 'claims count before headers');
SELECT is(sent(header('token', :'token'), jsonb_build_object('install', :'college')::text), 'api system Uni one', 'from another session a token alone');
SELECT is(sent(header('proctorlink-install', :'college'), jsonb_build_object('install', :'install')::text, 'proctorlink_test_front'), 'api nobody', 'claims too agree with the header');
SELECT proctorlink.distrust_front('proctorlink_test_front') IS NULL AS unused \gset
SELECT is(sent(NULL, jsonb_build_object('install', :'install')::text, 'proctorlink_test_front'), 'anon nobody', 'a front that is not trusted any more');

-- The role is taken in the caller's name, so who is no member cannot take it.

SELECT is(sent(header('token', :'token'), NULL, 'proctorlink_test_outsider'), '42501 permission denied to set role "proctorlink_api"', 'a session that is no member of the role');
SELECT is(sent(NULL, NULL, 'proctorlink_test_outsider'), 'anon nobody', 'with no credential it needs none');

-- The role ends with the savepoint; what another transaction sees is the session's.

SET LOCAL SESSION AUTHORIZATION proctorlink_test_authenticator;
SET LOCAL ROLE proctorlink_anon;
SAVEPOINT request;
SELECT set_config('request.headers', jsonb_build_object('token', :'token')::text, true) IS NULL AS unused, proctorlink.pre_request() IS NULL AS unused \gset
SELECT current_user AS taken \gset
ROLLBACK TO request;
SELECT current_user AS afterwards \gset
RESET ROLE;
RESET SESSION AUTHORIZATION;
SELECT is(:'taken' || ' ' || :'afterwards', 'proctorlink_api proctorlink_anon', 'the role goes with the savepoint');

-- Roles that were not set up.

REVOKE proctorlink_marker FROM proctorlink_test_front, proctorlink_test_authenticator;
DROP OWNED BY proctorlink_marker;
DROP ROLE proctorlink_marker;
SELECT is(sent(header('token', :'access')), '42704 role "proctorlink_marker" does not exist', 'a role that there is not');
SELECT is(sent(header('token', :'token')), 'api system Uni one', 'which systems need not');

SELECT * FROM finish();
ROLLBACK;
