-- test/pgtap/provision_signon.sql
--		Sign-on links.

BEGIN;
\ir helpers.psql
SELECT plan(47);
SELECT proctorlink.create_install('University', 'https://platform.test') AS install \gset
SELECT proctorlink.create_integration(:'install', 'smarterproctoring', 'https://provider.test/signon') AS integration \gset
SELECT proctorlink.create_integration(:'install', 'other', 'https://provider.test/signon?lang=en', '{"signonLifetime": 600}')
	AS other \gset
SELECT :'integration'::jsonb ->> 'sid' AS ii, :'integration'::jsonb ->> 'signingKey' AS key,
	:'other'::jsonb ->> 'sid' AS other_ii, :'other'::jsonb ->> 'signingKey' AS other_key \gset

CREATE FUNCTION signing_on(signon jsonb) RETURNS jsonb LANGUAGE sql AS $$
	SELECT user_item() || jsonb_build_object('signon', signon)
$$;

-- A link: the integration's URL with the token.

SELECT proctorlink.batch_provision(signing_on(jsonb_build_object('integrationSid', :'ii'))) AS answer \gset
SELECT :'answer'::jsonb #>> '{signon,token}' AS token \gset

SELECT is(results(:'answer'), 'user Created, signon', 'signon is answered beside the person');
SELECT is(ARRAY(SELECT jsonb_object_keys(:'answer'::jsonb -> 'signon') ORDER BY 1), ARRAY['redirect', 'token'],
	'with redirect and token');
SELECT is(:'answer'::jsonb #>> '{signon,redirect}', 'https://provider.test/signon?token=' || :'token',
	'the redirect is the integration''s URL with the token');

-- The token: a JWT that verifies with the integration's key, and says who, to
-- whom, from when and until when.

SELECT is(token_header(:'token'), jsonb_build_object('alg', 'HS256', 'typ', 'proctorlink-signon+jwt', 'kid', :'ii'),
	'the header');
SELECT ok(token_is_signed_with(:'token', :'key'), 'the signature is HMAC-SHA256 with the characters of the key');
SELECT ok(NOT token_is_signed_with(:'token', :'other_key'), 'and with no other key');
SELECT is(token_claims(:'token') - '{iat,nbf,exp,jti}'::text[],
	jsonb_build_object('iss', 'proctorlink', 'sub', :'answer'::jsonb #>> '{user,sid}', 'aud', :'ii', 'install', :'install'),
	'the claims');
SELECT ok((token_claims(:'token') ->> 'iat')::numeric BETWEEN floor(extract(epoch FROM now()))
		AND ceil(extract(epoch FROM clock_timestamp())), 'issued now');
SELECT is((token_claims(:'token') ->> 'nbf')::numeric, (token_claims(:'token') ->> 'iat')::numeric, 'good from now');
SELECT is((token_claims(:'token') ->> 'exp')::numeric - (token_claims(:'token') ->> 'iat')::numeric, 300::numeric,
	'for 300 seconds unless set');
SELECT is(jsonb_typeof(token_claims(:'token') -> 'iat'), 'number', 'times are numbers');
SELECT isnt(token_claims(:'token') ->> 'jti', NULL, 'every token has an id');
SELECT is((token_claims(:'token') ->> 'iat')::numeric % 1, 0::numeric, 'times are whole seconds');
SELECT unalike(convert_from(from_base64url(split_part(:'token', '.', 2)), 'UTF8'), '%example.org%', 'no e-mail address is in it');

SELECT proctorlink.batch_provision(signing_on(jsonb_build_object('integrationSid', :'ii'))) AS again \gset
SELECT is(results(:'again'), 'user Found Existing, signon', 'the same again finds the person');
SELECT isnt(token_claims(:'again'::jsonb #>> '{signon,token}') ->> 'jti', token_claims(:'token') ->> 'jti',
	'and makes another token');

-- How long: the integration's setting, else what the call asks for.

SELECT proctorlink.batch_provision(signing_on(jsonb_build_object('integrationSid', :'other_ii'))) #>> '{signon,token}' AS t,
	proctorlink.batch_provision(signing_on(jsonb_build_object('integrationSid', :'other_ii'))) #>> '{signon,redirect}' AS r \gset
SELECT is((token_claims(:'t') ->> 'exp')::numeric - (token_claims(:'t') ->> 'iat')::numeric, 600::numeric,
	'the integration''s lifetime counts');
SELECT ok(token_is_signed_with(:'t', :'other_key'), 'each integration signs with its own key');
SELECT matches(:'r'::text, '^https://provider\.test/signon\?lang=en&token=[A-Za-z0-9_.-]+$', 'a URL with a query gets one more parameter');
SELECT is(
	(SELECT (claims ->> 'exp')::numeric - (claims ->> 'iat')::numeric
	 FROM token_claims(proctorlink.batch_provision(signing_on(
		jsonb_build_object('integrationSid', :'ii', 'expiresIn', seconds))) #>> '{signon,token}') claims),
	seconds::numeric, seconds || ' seconds')
FROM unnest(ARRAY[60, 61, 3600, 604800]) AS seconds;
SELECT is(verdict(signing_on(jsonb_build_object('integrationSid', :'ii', 'expiresIn', expires_in))), refusal, name)
FROM (VALUES
	('59 seconds', '59'::jsonb, 'INVALIDINPUT: range /signon/expiresIn'),
	('604,801 seconds', '604801', 'INVALIDINPUT: range /signon/expiresIn'),
	('0 seconds', '0', 'INVALIDINPUT: range /signon/expiresIn'),
	('-300 seconds', '-300', 'INVALIDINPUT: range /signon/expiresIn'),
	('1e30 seconds', '1e30', 'INVALIDINPUT: range /signon/expiresIn'),
	('300.5 seconds', '300.5', 'INVALIDINPUT: type /signon/expiresIn'),
	('seconds as text', '"300"', 'INVALIDINPUT: type /signon/expiresIn'),
	('null is the setting', 'null', 'accepted')
) AS lifetimes (name, expires_in, refusal);

-- What is needed.

SELECT is(verdict(signing_on(jsonb_build_object('integrationSid', 'II' || upper(substr(:'ii', 3))))), 'accepted',
	'the sid of an integration may be in upper case');
SELECT is(
	token_header(proctorlink.batch_provision(signing_on(jsonb_build_object('integrationSid', 'II' || upper(substr(:'ii', 3)))))
		#>> '{signon,token}') ->> 'kid', :'ii', 'and is answered in lower case');
SELECT is(verdict(signing_on(signon)), refusal, name)
FROM (VALUES
	('signon without an integration', '{}'::jsonb, 'INVALIDINPUT: required /signon/integrationSid'),
	('an integration that is null', '{"integrationSid": null}', 'INVALIDINPUT: required /signon/integrationSid'),
	('an integration that is empty', '{"integrationSid": ""}', 'INVALIDINPUT: pattern /signon/integrationSid'),
	('a sid of another kind', '{"integrationSid": "AI00000000000000000000000000000000"}', 'INVALIDINPUT: pattern /signon/integrationSid'),
	('lower case letters', '{"integrationSid": "ii00000000000000000000000000000000"}', 'INVALIDINPUT: pattern /signon/integrationSid'),
	('a sid with other letters', '{"integrationSid": "IIzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"}', 'INVALIDINPUT: pattern /signon/integrationSid'),
	('a sid that is a number', '{"integrationSid": 1}', 'INVALIDINPUT: type /signon/integrationSid'),
	('an unknown member', '{"integration": "x"}', 'INVALIDINPUT: unknown_key /signon/integration, required /signon/integrationSid'),
	('signon that is true', 'true', 'INVALIDINPUT: type /signon'),
	('an integration that is not there', '{"integrationSid": "II00000000000000000000000000000000"}', 'RESOURCENOTFOUND: not_found /signon/integrationSid')
) AS refused (name, signon, refusal);
SELECT is(verdict(course_item() || jsonb_build_object('signon', jsonb_build_object('integrationSid', :'ii'))),
	'INVALIDINPUT: together /signon', 'signon without a user');

-- An integration that is switched off signs nobody on; another install's is not there.

UPDATE proctorlink.integration SET active = false WHERE proctorlink.sid('integration', integration_id) = :'other_ii';
SELECT is(verdict(signing_on(jsonb_build_object('integrationSid', :'other_ii'))),
	'CONFLICT: not_allowed /signon/integrationSid', 'an integration that is not active');
SELECT proctorlink.create_install('Elsewhere', 'https://elsewhere.test') AS elsewhere \gset
SELECT proctorlink.create_integration(:'elsewhere', 'other', 'https://provider.test/') ->> 'sid' AS elsewhere_ii \gset
SELECT is(verdict(signing_on(jsonb_build_object('integrationSid', :'elsewhere_ii')) || jsonb_build_object('installSid', :'install')),
	'RESOURCENOTFOUND: not_found /signon/integrationSid', 'an integration of another install');

-- A person refused gets no link; a person once refused for a link is not made.

SELECT is((SELECT count(*) FROM proctorlink.account), 1::bigint, 'a refused sign-on undoes its item');

SELECT * FROM finish();
ROLLBACK;
