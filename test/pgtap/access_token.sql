-- test/pgtap/access_token.sql
--		Access tokens: issued for a person, and whom they speak for.

BEGIN;
\ir helpers.psql
\ir sittings.psql
\ir forgeries.psql
SELECT plan(350);

CREATE FUNCTION access_key(install text) RETURNS text LANGUAGE sql AS $$
	SELECT secret FROM proctorlink.access_key WHERE install_id = proctorlink.sid_uuid(install) AND retired_at IS NULL
$$;
CREATE FUNCTION issue(install text, account text, VARIADIC expires_in text[] DEFAULT '{}') RETURNS text LANGUAGE sql AS $$
	SELECT told(format('SELECT proctorlink.issue_access_token(%L, %L%s)', install, account, (SELECT string_agg(format(', %L', e), '') FROM unnest(expires_in) e)))
$$;
SELECT proctorlink.create_install('College', NULL) AS college \gset
INSERT INTO proctorlink.account (install_id, candidate_ext_id, username, status, candidate_ext_id_defaulted)
	SELECT *, status = 'erased' FROM (VALUES
	(install_id(), 'gone', 'gone', 'deleted'), (install_id(), 'off', 'off', 'disabled'), (install_id(), 'erased', 'erased', 'erased'),
	(install_id(), 'same', 'one', 'active'), (install_id(), 'other', 'same', 'active'), (proctorlink.sid_uuid(:'college'), 'u-1', 'u-1', 'active')) people (install, id, name, status);
UPDATE proctorlink.account SET username = 'ada' WHERE account_id = account_id('u-1');
SELECT proctorlink.sid('US', account_id('u-1')) AS ada, proctorlink.sid('US', account_id) AS stranger
FROM proctorlink.account WHERE install_id = proctorlink.sid_uuid(:'college') \gset

-- The token.

SELECT proctorlink.issue_access_token(:'install', 'u-1') AS token, access_key(:'install') AS key \gset
SELECT is(token_header(:'token'), jsonb_build_object('alg', 'HS256', 'typ', 'proctorlink-access+jwt', 'kid', :'install'), 'the header');
SELECT is(token_claims(:'token') - '{iat,nbf,exp,jti}'::text[],
	jsonb_build_object('iss', 'proctorlink', 'sub', :'ada', 'aud', :'install', 'install', :'install'), 'the claims');
SELECT ok((token_claims(:'token') ->> 'iat')::numeric BETWEEN floor(extract(epoch FROM now())) AND epoch(), 'issued now');
SELECT is(token_claims(:'token') -> 'nbf', token_claims(:'token') -> 'iat', 'good from now');
SELECT is((token_claims(:'token') ->> 'exp')::numeric - (token_claims(:'token') ->> 'iat')::numeric, 3600::numeric, 'for an hour');
SELECT matches(token_claims(:'token') ->> 'jti', '^[0-9a-f]{32}$', 'with an id');
SELECT ok(token_is_signed_with(:'token', :'key'), 'signed with the install''s key');
SELECT is((SELECT count(*) FROM proctorlink.access_key WHERE install_id = install_id()), 1::bigint, 'which create_install made');
SELECT is((SELECT count(DISTINCT secret) FROM (SELECT secret FROM proctorlink.access_key UNION ALL SELECT secret FROM proctorlink.launch_key) keys), 4::bigint,
	'each install has its own, and another for launch links');
SELECT is(principal(:'token'), jsonb_build_object('kind', 'person', 'install', :'install', 'integration', NULL, 'user', :'ada', 'role', NULL, 'token', NULL), 'it speaks for the person');
SELECT is(token_claims(proctorlink.issue_access_token(:'install', name)) ->> 'sub', :'ada', 'named ' || name)
FROM unnest(ARRAY['u-1', 'ada', :'ada']) name;
SELECT isnt(token_claims(proctorlink.issue_access_token(:'install', 'u-1')) -> 'jti', token_claims(:'token') -> 'jti', 'another is another');
SELECT is((SELECT (actor = current_user, subject_sid, changes)::text FROM proctorlink.event WHERE kind = 'access_token_issued' ORDER BY event_id LIMIT 1),
	'(t,' || :'ada' || ',"{""seconds"": 3600}")', 'the event');
SELECT is((SELECT count(*) FROM proctorlink.event e WHERE strpos(e::text, 'eyJ') > 0 OR strpos(e::text, :'key') > 0
	OR strpos(e::text, token_claims(:'token') ->> 'jti') > 0), 0::bigint, 'no secret is in it');

-- How long.

SELECT is((token_claims(t) ->> 'exp')::numeric - (token_claims(t) ->> 'iat')::numeric, seconds::numeric, life)
FROM (VALUES ('1 second', 1), ('1.999 seconds', 1), ('90 minutes', 5400), ('24 hours', 86400), ('1 day', 86400), ('1 day -1 hour', 82800), ('1 month -30 days 5 seconds', 5)) lives (life, seconds),
	LATERAL proctorlink.issue_access_token(:'install', 'u-1', life::interval) t;
SELECT is(issue(:'install', 'u-1', life), 'PT400 INVALIDINPUT: expires_in: must be 1 to 86400 seconds', life)
FROM unnest(ARRAY['0', '-1 second', '0.999999 seconds', '24 hours 0.000001 seconds', '2 days', '1 month', '178000000 years', '-178000000 years', '1 hour -1 month',
	'2147483647 days', '2147483647 months 2147483647 days']) life;
SELECT is(proctorlink.limits() -> 'accessTokenSeconds', '{"least": 1, "most": 86400, "default": 3600}', 'limits() tells');

-- Who gets none.

SELECT is(issue(install, account), outcome, name)
FROM (VALUES
	('nobody', :'install', 'nobody', 'PT404 RESOURCENOTFOUND: account: there is no account "nobody"'),
	('somebody of another install', :'install', :'stranger', 'PT404 RESOURCENOTFOUND: account: there is no account "' || :'stranger' || '"'),
	('an account in the trash can', :'install', 'gone', 'PT409 CONFLICT: account: ' || proctorlink.sid('US', account_id('gone')) || ' is deleted'),
	('a disabled account', :'install', 'off', 'PT409 CONFLICT: account: ' || proctorlink.sid('US', account_id('off')) || ' is disabled'),
	('an erased account', :'install', 'erased', 'PT409 CONFLICT: account: ' || proctorlink.sid('US', account_id('erased')) || ' is erased'),
	('a text that means two', :'install', 'same', 'PT409 CONFLICT: "same" is a username, candidate_ext_id or sid of more than one account'),
	('null', :'install', NULL, 'PT400 INVALIDINPUT: account must not be null'),
	('no install', NULL, 'u-1', 'PT400 INVALIDINPUT: install_sid must not be null'),
	('an install that there is not', 'AI00000000000000000000000000000000', 'u-1', 'PT403 AUTHENTICATIONFAILED: no access to install "AI00000000000000000000000000000000"')
) calls (name, install, account, outcome);
SELECT is(told(format('SELECT proctorlink.issue_access_token(%L, %L, NULL)', :'install', 'u-1')), 'PT400 INVALIDINPUT: expires_in must not be null', 'no lifetime');
SELECT is(told(format('SELECT proctorlink.use_install(%L), proctorlink.issue_access_token(%L, %L)', :'college', :'install', 'u-1')),
	'PT403 AUTHENTICATIONFAILED: no access to install "' || :'install' || '"', 'who acts for another install');

SELECT is(told(format('SELECT proctorlink.authenticate(%L), proctorlink.issue_access_token(%L, %L)', 'Bearer ' || :'token', :'install', 'u-1')),
	'PT403 AUTHENTICATIONFAILED: a person cannot issue access tokens', 'who is known by one gets no other by it');

-- Whatever is no good access token speaks for nobody; nothing is raised.

SELECT is(principal(token), principal(:'token'), name) FROM variants(:'token', :'key');
SELECT is(principal(resigned_without(:'token', :'key', 'jti')), principal(:'token'), 'without an id');
SELECT is(principal(token), NULL, left(name, 100)) FROM forgeries(:'token', :'key', jsonb_build_object(
	'aud', jsonb_build_array(:'college', :'ada', 'proctorlink'), 'install', jsonb_build_array(:'college'), 'iss', '["Proctorlink", "https://platform.test"]'::jsonb,
	'sub', jsonb_build_array(:'stranger', :'install', 'u-1', 'US00000000000000000000000000000000', 'ES' || substr(:'ada', 3),
		proctorlink.sid('US', account_id('gone')), proctorlink.sid('US', account_id('off')), proctorlink.sid('US', account_id('erased')))));
SELECT is((SELECT count(*) FROM forgeries(:'token', :'key') WHERE token IS NULL OR name IS NULL), 1::bigint, 'each of them is a text');
SELECT is((SELECT count(*) FROM generate_series(1, length(:'token')) place, unnest('{A,_,.}'::text[]) letter
	WHERE substr(:'token', place, 1) <> letter AND principal(overlay(:'token' PLACING letter FROM place FOR 1)) IS NOT NULL), 0::bigint, 'no letter of it can be another one');
SELECT is((SELECT count(*) FROM generate_series(0, length(:'token') - 1) len WHERE principal(left(:'token', len)) IS NOT NULL), 0::bigint, 'nor can any be cut off');

-- One key, one use; one install, one key.

SELECT secret AS launch_key FROM proctorlink.launch_key WHERE install_id = install_id() \gset
SELECT proctorlink.create_integration(:'install', 'other', 'https://provider.test/') AS integration \gset
SELECT proctorlink.batch_provision(jsonb_build_object('installSid', :'install') || user_item() || jsonb_build_object('signon',
	jsonb_build_object('integrationSid', :'integration'::jsonb ->> 'sid'))) #>> '{signon,token}' AS signon \gset
SELECT split_part(proctorlink.launch_link(new_session('u-1')) ->> 'StartupLink', 'session=', 2) AS launch FROM proctorlink.use_install(:'install') \gset
SELECT isnt(token_claims(:'launch'), NULL, 'there is a launch link') UNION ALL SELECT isnt(token_claims(:'signon'), NULL, 'and a sign-on link');
SELECT is(principal(token), NULL, name) FROM (VALUES
	('a launch link', :'launch'), ('a sign-on link', :'signon'),
	('the key of launch links', resigned(:'token', :'launch_key')),
	('an integration''s signing key', resigned(:'token', :'integration'::jsonb ->> 'signingKey')),
	('an integration''s signing key, its sid as key''s id', resigned(:'token', :'integration'::jsonb ->> 'signingKey', '{}', jsonb_build_object('kid', :'integration'::jsonb -> 'sid'))),
	('the secret of webhooks', resigned(:'token', :'integration'::jsonb ->> 'webhookSecret')),
	('a launch link said to be an access token', forged(token_header(:'token')::text, token_claims(:'launch')::text, :'launch_key')),
	('a launch link with the access key', forged(token_header(:'token')::text, token_claims(:'launch')::text, :'key')),
	('a sign-on link said to be an access token', forged(token_header(:'token')::text, token_claims(:'signon')::text, :'integration'::jsonb ->> 'signingKey')),
	('a sign-on link with the access key', forged(token_header(:'token')::text, token_claims(:'signon')::text, :'key')),
	('another install''s key', resigned(:'token', access_key(:'college'))),
	('this install''s key under another''s id', resigned(:'token', :'key', '{}', jsonb_build_object('kid', :'college'))),
	('another install''s key and id', resigned(:'token', access_key(:'college'), '{}', jsonb_build_object('kid', :'college'))),
	('another install''s token for a person of this one', resigned(:'token', access_key(:'college'), jsonb_build_object('aud', :'college', 'install', :'college'), jsonb_build_object('kid', :'college'))),
	('an install that there is not', resigned(:'token', :'key', '{"aud": "AI00000000000000000000000000000000", "install": "AI00000000000000000000000000000000"}', '{"kid": "AI00000000000000000000000000000000"}'))
) tokens (name, token);
SELECT is(principal(resigned(:'token', access_key(:'college'), jsonb_build_object('aud', :'college', 'install', :'college', 'sub', :'stranger'), jsonb_build_object('kid', :'college'))) ->> 'user',
	:'stranger', 'each install''s tokens are for its own people');
SELECT is(told(format('SELECT proctorlink.redeem_launch(%L)', :'token')), 'PT403 AUTHENTICATIONFAILED: token: not a launch link of this database', 'an access token launches nothing');
SELECT is(told(format('SELECT proctorlink.redeem_signon(%L)', :'token')), 'PT403 AUTHENTICATIONFAILED: token: not a sign-on link that is good', 'and signs nobody on');
SELECT is(told(format('SELECT proctorlink.redeem_launch(%L)', forged(token_header(:'launch')::text, token_claims(:'launch')::text, :'key'))),
	'PT403 AUTHENTICATIONFAILED: token: not a launch link of this database', 'nor does its key sign launch links');

-- The account is looked at each time.

UPDATE proctorlink.account SET status = 'disabled' WHERE account_id = account_id('u-1');
SELECT is(principal(:'token'), NULL, 'of a disabled account');
UPDATE proctorlink.account SET status = 'active' WHERE account_id = account_id('u-1');
SELECT isnt(principal(:'token'), NULL, 'active again');

-- Rotation: what the former key signed is good as long as it may run.

SELECT is(refused(format('SELECT proctorlink.rotate_access_key(%L)', :'install')), 'accepted', 'a key is rotated');
SELECT proctorlink.rotate_access_key(:'install') \gset
SELECT isnt(access_key(:'install'), :'key', 'there is another');
SELECT proctorlink.issue_access_token(:'install', 'u-1') AS newer \gset
SELECT ok(token_is_signed_with(:'newer', access_key(:'install')), 'which signs');
SELECT isnt(principal(:'newer'), NULL, 'good tokens');
SELECT isnt(principal(:'token'), NULL, 'those of the former stay good');
SELECT is((SELECT kind || ' ' || subject_sid FROM proctorlink.event WHERE kind = 'access_key_rotated'), 'access_key_rotated ' || :'install', 'the event');
UPDATE proctorlink.access_key SET retired_at = clock_timestamp() - interval '24 hours 20 seconds' WHERE retired_at IS NOT NULL;
SELECT isnt(principal(:'token'), NULL, 'a day later, by the skew, too');
UPDATE proctorlink.access_key SET retired_at = clock_timestamp() - interval '24 hours 31 seconds' WHERE retired_at IS NOT NULL;
SELECT is(principal(:'token'), NULL, 'then the key is worth nothing');
SELECT isnt(principal(:'newer'), NULL, 'unlike the new one');
SELECT proctorlink.rotate_access_key(:'install') \gset
SELECT is((SELECT array_agg(retired_at IS NULL ORDER BY access_key_id) FROM proctorlink.access_key WHERE install_id = install_id()), '{f,t}', 'and goes with the next rotation');
SELECT is((SELECT count(*) FROM proctorlink.access_key WHERE install_id = proctorlink.sid_uuid(:'college')), 1::bigint, 'another install''s is left alone');
SELECT is(refused(format('SELECT proctorlink.%s(%s)', name, sid)), outcome, name || ' ' || sid)
FROM unnest('{rotate_access_key,rotate_launch_key}'::text[]) name,
	(VALUES ('NULL', 'PT400 INVALIDINPUT'), ('''x''', 'PT400 INVALIDINPUT'), ('''AI00000000000000000000000000000000''', 'PT404 RESOURCENOTFOUND')) sids (sid, outcome);
DELETE FROM proctorlink.access_key WHERE install_id = install_id();
SELECT is(principal(:'newer'), NULL, 'an install without a key');
SELECT isnt(principal(proctorlink.issue_access_token(:'install', 'u-1')), NULL, 'is given one, which signs good tokens');
SELECT is(refused(format('INSERT INTO proctorlink.access_key (install_id, secret) VALUES (%L, %L)', install_id(), 'short')), '23514 access_key_secret_length', 'a key is long');
SELECT is(refused(format('INSERT INTO proctorlink.access_key (install_id, secret) VALUES (%L, %L)', install_id(), repeat('x', 43))), '23505 one_current_access_key', 'one is in use');

-- rotate_launch_key: links of the former stay good.

SELECT proctorlink.rotate_launch_key(:'install') \gset
SELECT isnt(secret, :'launch_key', 'another key of launch links') FROM proctorlink.launch_key WHERE install_id = install_id() AND retired_at IS NULL;
SELECT is(told(format('SELECT proctorlink.redeem_launch(%L)', :'launch')), 'accepted', 'a link of the former stays good');
SELECT is((SELECT kind || ' ' || subject_sid FROM proctorlink.event WHERE kind = 'launch_key_rotated'), 'launch_key_rotated ' || :'install', 'the event');

-- Nobody needs a privilege to be known, and nobody sees a key.

SELECT proctorlink.issue_access_token(:'install', 'u-1') AS token \gset
CREATE ROLE proctorlink_test_anybody;
GRANT USAGE ON SCHEMA proctorlink TO proctorlink_test_anybody;
GRANT EXECUTE ON FUNCTION proctorlink.issue_access_token(text, text, interval), proctorlink.authenticate(text) TO proctorlink_test_anybody;
SET LOCAL ROLE proctorlink_test_anybody;
SELECT is(principal(:'token') ->> 'user', :'ada', 'without any privilege on a table');
SELECT is(current_user::text, 'proctorlink_test_anybody', 'the caller stays who they are');
SELECT is(refused('SELECT * FROM proctorlink.access_key'), '42501', 'and sees no key');
SELECT is(refused(format('SELECT proctorlink.issue_access_token(%L, %L)', :'install', 'u-1')), '42501', 'nor issues what they may not see');
SELECT is(refused('SELECT proctorlink.rotate_access_key(''x'')'), '42501', 'nor rotates');
RESET ROLE;
GRANT SELECT ON proctorlink.install, proctorlink.account TO proctorlink_test_anybody;
SET LOCAL ROLE proctorlink_test_anybody;
SELECT is(principal(proctorlink.issue_access_token(:'install', 'u-1')) ->> 'user', :'ada', 'who sees install and account does');
RESET ROLE;

-- Where nothing may be written.

SET TRANSACTION READ ONLY;
SELECT is(principal(:'token') ->> 'user', :'ada', 'in a read-only transaction');
SELECT is(principal('x'), NULL, 'also what is none');
SELECT is(refused(format('SELECT proctorlink.issue_access_token(%L, %L)', :'install', 'u-1')), '25006', 'which issues none');

SELECT * FROM finish();
ROLLBACK;
