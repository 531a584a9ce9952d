-- test/pgtap/signon_redeemed.sql
--		Sign-on links: redeemed once, and what is none tells nothing.

BEGIN;
\ir helpers.psql
\ir sittings.psql
\ir forgeries.psql
SELECT plan(320);

CREATE FUNCTION redeem(token text) RETURNS text LANGUAGE sql AS $$
	SELECT told(format('SELECT proctorlink.redeem_signon(%L)', token))
$$;
CREATE FUNCTION no_link() RETURNS text IMMUTABLE LANGUAGE sql AS $$
	SELECT 'PT403 AUTHENTICATIONFAILED: token: not a sign-on link that is good'
$$;
-- A link for a person at an integration.
CREATE FUNCTION link(made jsonb, person text DEFAULT 'u-1', seconds integer DEFAULT 300) RETURNS text LANGUAGE sql AS $$
	SELECT proctorlink.provision((SELECT proctorlink.sid('AI', install_id) FROM proctorlink.integration
			WHERE integration_id = proctorlink.sid_uuid(made ->> 'sid')),
		put(user_item(), '/user/ids/external', to_jsonb(person)) || jsonb_build_object('signon',
			jsonb_build_object('integrationSid', made ->> 'sid', 'expiresIn', seconds))) #>> '{signon,token}'
$$;
SELECT proctorlink.create_install('College', NULL) AS college \gset
SELECT proctorlink.create_integration(:'install', 'smarterproctoring', 'https://provider.test/') AS integration,
	proctorlink.create_integration(:'install', 'other', 'https://other.test/') AS other,
	proctorlink.create_integration(:'college', 'other', 'https://other.test/') AS colleges \gset
SELECT :'integration'::jsonb ->> 'sid' AS ii, :'integration'::jsonb ->> 'signingKey' AS key, proctorlink.sid('US', account_id('u-1')) AS ada \gset
UPDATE proctorlink.account SET username = 'ada' WHERE account_id = account_id('u-1');

-- Who comes by it.

SELECT link(:'integration') AS token \gset
SELECT proctorlink.redeem_signon(:'token') AS answer \gset
SELECT is(:'answer'::jsonb - 'access_token', jsonb_build_object(
	'user', jsonb_build_object('sid', :'ada', 'candidate_ext_id', 'u-1', 'username', 'ada'), 'install', :'install', 'integration', :'ii',
	'issued_at', rfc(to_timestamp((token_claims(:'token') ->> 'iat')::numeric))), 'who it is');
SELECT :'answer'::jsonb ->> 'access_token' AS access \gset
SELECT is(token_header(:'access') ->> 'typ', 'proctorlink-access+jwt', 'with an access token');
SELECT is(principal(:'access') ->> 'user', :'ada', 'which speaks for the person');
SELECT is((token_claims(:'access') ->> 'exp')::numeric - (token_claims(:'access') ->> 'iat')::numeric, 3600::numeric, 'for an hour');
SELECT is((SELECT (actor = current_user, subject_sid, changes)::text FROM proctorlink.event WHERE kind = 'signon_redeemed'),
	'(t,' || :'ada' || ',"{""integration"": ""' || :'ii' || '""}")', 'the event');
SELECT is((SELECT count(*) FROM proctorlink.event e WHERE strpos(e::text, 'eyJ') > 0 OR strpos(e::text, token_claims(:'access') ->> 'jti') > 0
	OR strpos(e::text, token_claims(:'token') ->> 'jti') > 0), 0::bigint, 'no secret is in it');
SELECT is((SELECT (install_id = install_id(), replace(jti::text, '-', '') = token_claims(:'token') ->> 'jti', used_at = now(),
	extract(epoch FROM expires_at) - (token_claims(:'token') ->> 'exp')::numeric)::text FROM proctorlink.signon_use), '(t,t,t,30.000000)',
	'its use is remembered for longer than it is good');

-- Once.

SELECT is(redeem(:'token'), no_link(), 'not twice');
SELECT is(hinted(format('SELECT proctorlink.redeem_signon(%L)', :'token')), 'Use a link once, whole and before it has run out, or ask for a new one.', 'and what to do');
SELECT is(redeem(resigned(:'token', :'key')), no_link(), 'nor signed anew');
SELECT is(redeem(resigned(:'token', :'key', jsonb_build_object('exp', epoch('1 hour'), 'iat', epoch()))), no_link(), 'or with other times');
SELECT is(redeem(resigned(:'token', :'key', jsonb_build_object('jti', upper(token_claims(:'token') ->> 'jti')))), no_link(), 'or with its id in upper case');
SELECT is(redeem(resigned(:'token', :'key', jsonb_build_object('jti', (token_claims(:'token') ->> 'jti')::uuid))), no_link(), 'or with hyphens');
SELECT is(redeem(forged(token_header(:'token')::text, (token_claims(:'token') || jsonb_build_object('aud', :'other'::jsonb ->> 'sid'))::text, :'key')), no_link(), 'or for another');
SELECT is((SELECT count(*) FROM proctorlink.signon_use), 1::bigint, 'it is remembered once');
SELECT link(:'integration') AS token \gset
SELECT is(redeem(:'token'), 'accepted', 'another link is good');
SELECT is(redeem(:'token'), 'accepted', 'also again, where the first time was rolled back');
SAVEPOINT used;
SELECT isnt(proctorlink.redeem_signon(:'token'), NULL, 'below a savepoint');
SELECT is(redeem(:'token'), no_link(), 'once');
ROLLBACK TO used;
CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER swallow BEFORE INSERT ON proctorlink.signon_use FOR EACH ROW EXECUTE FUNCTION swallow();
SELECT is(redeem(:'token'), no_link(), 'not where its use cannot be remembered');
DROP TRIGGER swallow ON proctorlink.signon_use;

-- Whatever is no good link is told the same.

SELECT is(redeem(token), 'accepted', name) FROM variants(:'token', :'key');
SELECT is(redeem(token), no_link(), left(name, 100)) FROM forgeries(:'token', :'key', jsonb_build_object(
	'aud', jsonb_build_array(:'other'::jsonb -> 'sid', :'install', 'proctorlink'), 'install', jsonb_build_array(:'college', 'AI00000000000000000000000000000000', :'install' || ''' OR true --'),
	'iss', '["Proctorlink", "https://provider.test"]'::jsonb,
	'sub', jsonb_build_array(:'install', 'u-1', 'US00000000000000000000000000000000', 'ES' || substr(:'ada', 3)),
	'jti', jsonb_build_array(NULL, '', 1, true, 'x', repeat('g', 32), repeat('0', 31), repeat('0', 33), repeat('A', 32), '{}'::jsonb, gen_random_uuid(), '''; DROP TABLE signon_use; --')));
SELECT is(redeem(resigned_without(:'token', :'key', 'jti')), no_link(), 'without an id');
SELECT is(redeem(resigned(:'token', :'key', jsonb_build_object('exp', (token_claims(:'token') ->> 'iat')::numeric + 604800))), 'accepted', 'one that lives as long as a link may');
SELECT is(redeem(resigned(:'token', :'key', jsonb_build_object('exp', (token_claims(:'token') ->> 'iat')::numeric + 604801))), no_link(), 'one that lives longer');
SELECT is((SELECT count(*) FROM generate_series(1, length(:'token')) place, unnest('{A,_,.}'::text[]) letter
	WHERE substr(:'token', place, 1) <> letter AND redeem(overlay(:'token' PLACING letter FROM place FOR 1)) <> no_link()), 0::bigint, 'no letter of it can be another one');
SELECT is((SELECT count(*) FROM generate_series(0, length(:'token') - 1) len WHERE redeem(left(:'token', len)) <> no_link()), 0::bigint, 'nor can any be cut off');
SELECT is(redeem(:'token'), 'accepted', 'the link itself is good after all that');
SELECT is((SELECT count(*) FROM proctorlink.signon_use), 1::bigint, 'nothing of it is remembered');

-- One key, one use.

SELECT split_part(proctorlink.launch_link(new_session('u-1')) ->> 'StartupLink', 'session=', 2) AS launch FROM proctorlink.use_install(:'install') \gset
SELECT proctorlink.issue_access_token(:'install', 'u-1') AS access, (SELECT secret FROM proctorlink.launch_key WHERE install_id = install_id()) AS launch_key,
	(SELECT secret FROM proctorlink.access_key WHERE install_id = install_id()) AS access_key \gset
SELECT is(redeem(token), no_link(), name) FROM (VALUES
	('a launch link', :'launch'), ('an access token', :'access'),
	('the key of launch links', resigned(:'token', :'launch_key')), ('the key of access tokens', resigned(:'token', :'access_key')),
	('the secret of webhooks', resigned(:'token', :'integration'::jsonb ->> 'webhookSecret')),
	('the key of another integration', resigned(:'token', :'other'::jsonb ->> 'signingKey')),
	('the key of this one under another''s id', resigned(:'token', :'key', '{}', jsonb_build_object('kid', :'other'::jsonb -> 'sid'))),
	('its id in upper case', resigned(:'token', :'key', jsonb_build_object('aud', 'II' || upper(substr(:'ii', 3))), jsonb_build_object('kid', 'II' || upper(substr(:'ii', 3))))),
	('the install as key''s id', resigned(:'token', :'access_key', '{}', jsonb_build_object('kid', :'install'))),
	('an access token said to be a link', forged(token_header(:'token')::text, token_claims(:'access')::text, :'key')),
	('a launch link said to be a link', forged(token_header(:'token')::text, token_claims(:'launch')::text, :'key')),
	('a link of another install for a person of this one', resigned(:'token', :'colleges'::jsonb ->> 'signingKey',
		jsonb_build_object('aud', :'colleges'::jsonb -> 'sid', 'install', :'college'), jsonb_build_object('kid', :'colleges'::jsonb -> 'sid'))),
	('another install''s integration said to be of this one', resigned(:'token', :'colleges'::jsonb ->> 'signingKey',
		jsonb_build_object('aud', :'colleges'::jsonb -> 'sid'), jsonb_build_object('kid', :'colleges'::jsonb -> 'sid')))
) tokens (name, token);

-- People and integrations that are no longer active.

SELECT proctorlink.sid_uuid(:'ii') AS integration_id \gset
UPDATE proctorlink.integration SET active = false WHERE integration_id = :'integration_id';
SELECT is(redeem(:'token'), no_link(), 'an integration that is not active');
UPDATE proctorlink.integration SET active = true WHERE integration_id = :'integration_id';
UPDATE proctorlink.account SET status = 'disabled' WHERE account_id = account_id('u-1');
SELECT is(redeem(:'token'), no_link(), 'a disabled account');
UPDATE proctorlink.account SET status = 'deleted' WHERE account_id = account_id('u-1');
SELECT is(redeem(:'token'), no_link(), 'one in the trash can');
SAVEPOINT before;
UPDATE proctorlink.account SET status = 'erased', candidate_ext_id_defaulted = true, username = candidate_ext_id, first_name = '', last_name = '', email = NULL WHERE account_id = account_id('u-1');
SELECT is(redeem(:'token'), no_link(), 'an erased one');
ROLLBACK TO before;
UPDATE proctorlink.account SET status = 'active' WHERE account_id = account_id('u-1');
SELECT is(redeem(:'token'), 'accepted', 'active again');

-- Rotation: links of the former key are good until they run out.

SELECT proctorlink.rotate_signing_key(:'install', :'ii') AS new_key \gset
SELECT is(redeem(:'token'), 'accepted', 'a link of the former key');
SELECT is(redeem(link(:'integration')), 'accepted', 'one of the new');
SELECT is(redeem(resigned(:'token', :'key', jsonb_build_object('exp', epoch('-40 seconds')))), no_link(), 'one of the former that has run out');
UPDATE proctorlink.signing_key SET retired_at = clock_timestamp() - interval '604820 seconds' WHERE retired_at IS NOT NULL;
SELECT is(redeem(:'token'), 'accepted', 'as long as one may run');
UPDATE proctorlink.signing_key SET retired_at = clock_timestamp() - interval '604831 seconds' WHERE retired_at IS NOT NULL;
SELECT is(redeem(:'token'), no_link(), 'after that the key is worth nothing');
SELECT is(redeem(resigned(:'token', :'new_key')), 'accepted', 'unlike the new one');
SELECT is(refused(format('INSERT INTO proctorlink.signing_key (install_id, integration_id, secret, retired_at) VALUES (%L, %L, %L, now())',
	install_id(), :'integration_id', '')), '23514 signing_key_secret_length', 'a key is long');
DELETE FROM proctorlink.signing_key;
SELECT is(redeem(:'token'), no_link(), 'without a key no link is good');

-- Anybody may who may call it at all, whatever install was chosen.

SELECT proctorlink.rotate_signing_key(:'install', :'other'::jsonb ->> 'sid') IS NULL AS unused \gset
SELECT link(:'other') AS token, link(:'other') AS second \gset
CREATE ROLE proctorlink_test_anybody;
GRANT USAGE ON SCHEMA proctorlink TO proctorlink_test_anybody;
GRANT EXECUTE ON FUNCTION proctorlink.redeem_signon(text) TO proctorlink_test_anybody;
SELECT proctorlink.use_install(:'college') \gset
SET LOCAL ROLE proctorlink_test_anybody;
SELECT is(proctorlink.redeem_signon(:'token') #>> '{user,sid}', :'ada', 'without any privilege on a table, whatever install was chosen');
SELECT is(current_user::text, 'proctorlink_test_anybody', 'the caller stays who they are');
SELECT is(redeem(:'token'), no_link(), 'once');
SELECT is(current_user::text, 'proctorlink_test_anybody', 'and also when refused');
SELECT is(refused('SELECT * FROM proctorlink.' || name), '42501', 'no privilege on ' || name) FROM unnest('{signon_use,signing_key,access_key,account,event}'::text[]) name;
SELECT is(refused('INSERT INTO proctorlink.signon_use (install_id, jti, expires_at) SELECT gen_random_uuid(), gen_random_uuid(), now()'), '42501', 'nobody takes a link from another');
RESET ROLE;
SELECT is((SELECT actor FROM proctorlink.event WHERE kind = 'signon_redeemed' ORDER BY event_id DESC LIMIT 1), 'proctorlink_test_anybody', 'the event tells who called');

-- Where nothing may be written none is redeemed, and nothing told of it either.

SET TRANSACTION READ ONLY;
SELECT is(told(format('SELECT proctorlink.redeem_signon(%L)', token)), '25006 cannot execute redeem_signon() in a read-only transaction', 'in a read-only transaction')
FROM unnest(ARRAY[:'second', 'x', NULL]) token;

SELECT * FROM finish();
ROLLBACK;
