-- test/pgtap/launch.sql
--		Launch links: given out once, good until their session is over.

BEGIN;
\ir helpers.psql
\ir sittings.psql
SELECT plan(184);

CREATE FUNCTION redeem(token text) RETURNS text LANGUAGE sql AS $$
	SELECT told(format('SELECT proctorlink.redeem_launch(%L)', token))
$$;
-- Redeems for good.
CREATE FUNCTION redeemed(token text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT proctorlink.redeem_launch(token)
$$;
CREATE FUNCTION launch_key() RETURNS text LANGUAGE sql AS $$
	SELECT secret FROM proctorlink.launch_key WHERE install_id = install_id() AND retired_at IS NULL
$$;

SELECT new_schedule('s-1', '-1 hour', '2 hours') IS NULL AS unused \gset
SELECT new_session('u-1', 's-1') AS session \gset

-- The link.

SELECT proctorlink.launch_link(:'session') AS link \gset
SELECT :'link'::jsonb ->> 'StartupLink' AS path, split_part(:'link'::jsonb ->> 'StartupLink', 'session=', 2) AS token \gset
SELECT is(ARRAY(SELECT jsonb_object_keys(:'link'::jsonb) ORDER BY 1), '{LaunchUrl,StartupLink,expires_at}', 'a link');
SELECT is(:'path'::text, '/delivery/external-login?session=' || :'token', 'its path');
SELECT is(:'link'::jsonb ->> 'LaunchUrl', 'https://platform.test' || :'path', 'its address, without a slash twice');
SELECT is(:'link'::jsonb ->> 'expires_at', rfc((SELECT ends_at FROM proctorlink.schedule)), 'until when, as the schedule stands');
SELECT is(token_header(:'token'), jsonb_build_object('alg', 'HS256', 'typ', 'proctorlink-launch+jwt', 'kid', :'install'), 'the header of its token');
SELECT is(token_claims(:'token') - '{iat,jti}'::text[],
	jsonb_build_object('iss', 'proctorlink', 'sub', :'session', 'install', :'install', 'link_version', 1), 'the claims, without an end');
SELECT ok((token_claims(:'token') ->> 'iat')::numeric BETWEEN floor(extract(epoch FROM now())) AND ceil(extract(epoch FROM clock_timestamp())), 'issued now');
SELECT ok(token_is_signed_with(:'token', launch_key()), 'signed with the install''s key');
SELECT is((SELECT count(*) FROM proctorlink.launch_key), 1::bigint, 'which create_install made');
SELECT is((SELECT started_at FROM session(:'session')), NULL, 'a link begins nothing');
SELECT split_part(proctorlink.launch_link(:'session') ->> 'StartupLink', 'session=', 2) AS second \gset
SELECT isnt(token_claims(:'second') ->> 'jti', token_claims(:'token') ->> 'jti', 'another link is another token');
SELECT is(redeem(:'token'), 'accepted', 'and does not replace the first');
SELECT is(redeem(:'second'), 'accepted', 'both are good');

-- Who gets none.

SELECT is(told(format('SELECT proctorlink.launch_link(%L)', sid)), outcome, name)
FROM (VALUES
	('a session that there is not', 'ES00000000000000000000000000000000', 'PT404 RESOURCENOTFOUND: session_sid: no session has the sid "ES00000000000000000000000000000000"'),
	('a text that is no sid', 'x', 'PT400 INVALIDINPUT: session_sid: "x" is not a sid of this kind'),
	('null', NULL, 'PT400 INVALIDINPUT: session_sid must not be null'),
	('a cancelled session', new_session('u-2', 's-1', 'Cancelled'), 'PT409 CONFLICT: session_sid: the session is Cancelled, which is final'),
	('a closed session', new_session('u-2', 's-1', 'Closed'), 'PT409 CONFLICT: session_sid: the session is Closed, which is final')
) AS links (name, sid, outcome);
SELECT is(proctorlink.launch_link(new_session('u-2', NULL, 'Scheduled', 'e-2')) -> 'expires_at', 'null', 'without any window there is no end');
SELECT is(proctorlink.launch_link(new_session('u-2')) ->> 'expires_at', (SELECT rfc(access_closes_at) FROM proctorlink.exam_configuration),
	'without a schedule it is the configuration''s');

-- Too early: the window opens later than now.

SELECT move_schedule('s-1', '1 microsecond', '2 hours') IS NULL AS unused \gset
SELECT is(redeem(:'token'), 'PT409 CONFLICT: too early: the window opens at ' || rfc(now() + interval '1 microsecond'), 'too early, and until when');
SELECT is(hinted(format('SELECT proctorlink.redeem_launch(%L)', :'token')), 'Use the link again then.', 'and what to do');
SELECT is((SELECT (status, started_at IS NULL)::text FROM session(:'session')), '(Scheduled,t)', 'which begins nothing');
SELECT move_schedule('s-1', '0', '2 hours') IS NULL AS unused \gset
SELECT is(redeem(:'token'), 'accepted', 'at the moment that it opens');

-- Not activated.

UPDATE proctorlink.schedule SET activated_at = NULL;
SELECT is(redeem(:'token'), 'PT409 CONFLICT: the schedule "s-1" is not activated', 'a draft');
UPDATE proctorlink.schedule SET activated_at = now() + interval '1 hour';
SELECT is(redeem(:'token'), 'PT409 CONFLICT: the schedule "s-1" is not activated', 'one that is activated later');
UPDATE proctorlink.schedule SET activated_at = now();

-- In time: the first time begins it, the others find it begun.

SELECT redeemed(:'token') AS answer \gset
SELECT is(:'answer'::jsonb, jsonb_build_object(
	'user', jsonb_build_object('sid', proctorlink.sid('US', account_id('u-1')), 'candidate_ext_id', 'u-1', 'username', 'u-1'),
	'exam', jsonb_build_object('sid', proctorlink.sid('EX', exam_id('e-1')), 'external_id', 'e-1', 'title', 'Final', 'url', 'https://platform.test/e-1'),
	'schedule', jsonb_build_object('external_id', 's-1', 'starts_at', rfc(now()), 'ends_at', rfc(now() + interval '2 hours')),
	'session', jsonb_build_object('sid', :'session', 'status', 'In Progress', 'attempt', 1)), 'what it opens');
SELECT is((SELECT (status, started_at = now())::text FROM session(:'session')), '("In Progress",t)', 'the session has begun');
SELECT contents(versions => true) AS before \gset
SELECT is(redeemed(:'token'), :'answer', 'again: the same answer');
SELECT is(redeemed(:'second'), :'answer', 'by the other link too');
SELECT is(contents(versions => true), :'before', 'and nothing is written');

-- After an incident it goes on; the beginning stays.

UPDATE proctorlink.exam_session SET started_at = now() - interval '10 minutes' WHERE exam_session_id = proctorlink.sid_uuid(:'session');
SELECT proctorlink.set_session_status(:'session', 'Incident', 'no picture') IS NULL AS unused \gset
SELECT is(redeemed(:'token') #>> '{session,status}', 'In Progress', 'after an incident');
SELECT is((SELECT (status, started_at = now() - interval '10 minutes', status_reason)::text FROM session(:'session')), '("In Progress",t,)', 'it goes on');

-- Past the window, and after a move.

SELECT move_schedule('s-1', '-3 hours', '0') IS NULL AS unused \gset
SELECT is(redeem(:'token'), 'PT409 CONFLICT: too late: the window closed at ' || rfc(now()), 'at the moment that it closes it is over');
SELECT move_schedule('s-1', '-3 hours', '1 microsecond') IS NULL AS unused \gset
SELECT is(redeem(:'token'), 'accepted', 'a moment before it is not');
SELECT move_schedule('s-1', '1 day', '2 days') IS NULL AS unused \gset
SELECT matches(redeem(:'token'), '^PT409 CONFLICT: too early', 'moved to later');
SELECT move_schedule('s-1', '-1 day', '2 days') IS NULL AS unused \gset
SELECT is(redeem(:'token'), 'accepted', 'the link given out before the move is good in the new window');

-- Every status: which a link opens.

CREATE FUNCTION of_status(status text) RETURNS text LANGUAGE sql AS $$
	SELECT split_part(forged('{"alg":"HS256","typ":"proctorlink-launch+jwt","kid":"' || proctorlink.sid('AI', install_id()) || '"}',
		jsonb_build_object('iss', 'proctorlink', 'sub', new_session('u-2', 's-1', status), 'install', proctorlink.sid('AI', install_id()),
			'iat', floor(extract(epoch FROM now())), 'link_version', 1)::text, launch_key()), '=', 1)
$$;
SELECT is(redeem(of_status(status)), outcome, status)
FROM (VALUES
	('Needs Proctor', 'PT409 CONFLICT: the session is Needs Proctor and not yet Scheduled'),
	('Pending Approval', 'PT409 CONFLICT: the session is Pending Approval and not yet Scheduled'),
	('Approval Denied', 'PT409 CONFLICT: the session is Approval Denied and not yet Scheduled'),
	('Scheduled', 'accepted'), ('Onboarding', 'accepted'), ('Checked In', 'accepted'), ('In Progress', 'accepted'), ('Incident', 'accepted'),
	('Processing', 'PT409 CONFLICT: the session is finished (Processing)'),
	('Closed', 'PT409 CONFLICT: the session is finished (Closed)'),
	('Cancelled', 'PT409 CONFLICT: the session was cancelled')
) AS statuses (status, outcome);

-- A session without a schedule: its configuration's access time counts, else the
-- exam's primary one's, else nothing.

SELECT split_part(proctorlink.launch_link(new_session('u-2')) ->> 'StartupLink', 'session=', 2) AS loose \gset
SELECT is(redeem(:'loose'), 'accepted', 'within the time of access');
SELECT is(proctorlink.redeem_launch(:'loose') -> 'schedule', 'null', 'there is no schedule to tell of');
UPDATE proctorlink.exam_configuration SET access_opens_at = now() + interval '1 hour';
SELECT is(redeem(:'loose'), 'PT409 CONFLICT: too early: the window opens at ' || rfc(now() + interval '1 hour'), 'before it');
UPDATE proctorlink.exam_configuration SET access_opens_at = now() - interval '5 days', access_closes_at = now();
SELECT is(redeem(:'loose'), 'PT409 CONFLICT: too late: the window closed at ' || rfc(now()), 'after it');
INSERT INTO proctorlink.exam_configuration (install_id, exam_id, type, url, access_opens_at, access_closes_at, duration_minutes)
	VALUES (install_id(), exam_id('e-1'), 'accommodation', 'https://platform.test/longer', now(), now() + interval '2 days', 90);
UPDATE proctorlink.exam_session SET exam_configuration_id = (SELECT exam_configuration_id FROM proctorlink.exam_configuration WHERE type = 'accommodation')
	WHERE proctorlink.sid('ES', exam_session_id) = token_claims(:'loose') ->> 'sub';
SELECT is(proctorlink.redeem_launch(:'loose') #>> '{exam,url}', 'https://platform.test/longer', 'by a configuration of its own');
SELECT is(redeem(split_part(proctorlink.launch_link(new_session('u-2', NULL, 'Scheduled', 'e-2')) ->> 'StartupLink', 'session=', 2)), 'accepted', 'without any window');

-- A new link, and what ends a session.

SELECT new_session('u-1', 's-1') AS session \gset
SELECT split_part(proctorlink.launch_link(:'session') ->> 'StartupLink', 'session=', 2) AS old \gset
UPDATE proctorlink.exam_session SET link_version = 2 WHERE exam_session_id = proctorlink.sid_uuid(:'session');
SELECT is(redeem(:'old'), 'PT409 CONFLICT: the link was replaced by a new one', 'a raised version makes the links before worthless');
SELECT split_part(proctorlink.launch_link(:'session') ->> 'StartupLink', 'session=', 2) AS token \gset
SELECT is(redeem(:'token'), 'accepted', 'the new one is good');
SELECT is(token_claims(:'token') -> 'link_version', '2', 'and names the version');
UPDATE proctorlink.account SET status = 'disabled' WHERE account_id = account_id('u-1');
SELECT is(redeem(:'token'), 'PT409 CONFLICT: the account that the link was made for is disabled', 'an account that was disabled');
SELECT is(told(format('SELECT proctorlink.launch_link(%L)', :'session')), 'PT409 CONFLICT: session_sid: the session''s account is disabled', 'gets none either');
SAVEPOINT erased;
UPDATE proctorlink.account SET status = 'erased', candidate_ext_id_defaulted = true, first_name = '', last_name = '', email = NULL WHERE account_id = account_id('u-1');
SELECT is(redeem(:'token'), 'PT409 CONFLICT: the account that the link was made for is erased', 'or erased');
ROLLBACK TO erased;
UPDATE proctorlink.account SET status = 'active' WHERE account_id = account_id('u-1');
UPDATE proctorlink.exam_session SET status = 'Cancelled' WHERE exam_session_id = proctorlink.sid_uuid(:'session');
SELECT is(redeem(:'token'), 'PT409 CONFLICT: the session was cancelled', 'a cancelled session');

-- Whatever is no token of this database gets one and the same answer.

SELECT new_session('u-1', 's-1') AS session \gset
SELECT split_part(proctorlink.launch_link(:'session') ->> 'StartupLink', 'session=', 2) AS token, launch_key() AS key \gset
SELECT split_part(:'token', '.', 1) AS h, split_part(:'token', '.', 2) AS c, split_part(:'token', '.', 3) AS s \gset
SELECT proctorlink.create_integration(:'install', 'other', 'https://provider.test/') AS integration \gset
SELECT proctorlink.provision(:'install', user_item() || jsonb_build_object('signon', jsonb_build_object('integrationSid', :'integration'::jsonb ->> 'sid')))
	#>> '{signon,token}' AS signon \gset
SELECT proctorlink.create_install('College', NULL) AS college \gset
SELECT secret AS college_key FROM proctorlink.launch_key WHERE proctorlink.sid('AI', install_id) = :'college' \gset
SELECT proctorlink.use_install(:'install') \gset
SELECT is(redeem(forged('{"kid": "' || :'install' || '", "typ": "proctorlink-launch+jwt", "alg": "HS256"}', token_claims(:'token')::text, :'key')), 'accepted',
	'what has the key and says the same is good, however it is written');
CREATE TABLE forgery AS SELECT name, token FROM (VALUES
	('null', NULL),
	('an empty text', ''),
	('a word', 'token'),
	('two points', '..'),
	('a thousand points', repeat('.', 1000)),
	('no signature', :'h' || '.' || :'c' || '.'),
	('no signature and no point', :'h' || '.' || :'c'),
	('alg none without signature', to_base64url('{"alg":"none","typ":"proctorlink-launch+jwt","kid":"' || :'install'::bytea || '"}') || '.' || :'c' || '.'),
	('a part too many', :'token' || '.' || :'s'),
	('a signature cut by one', left(:'token', -1)),
	('a signature with a letter more', :'token' || 'A'),
	('a signature with padding', :'token' || '='),
	('a signature of other bits', left(:'token', -1) || chr(CASE WHEN right(:'token', 1) = 'A' THEN 66 ELSE 65 END)),
	('a signature with bits left over', left(:'token', -1) || translate(right(:'token', 1), 'AEIMQUYcgkosw048', 'BFJNRVZdhlptx159')),
	('a key that somebody thought of', forged(token_header(:'token')::text, token_claims(:'token')::text, 'secret')),
	('a signature of zeros', :'h' || '.' || :'c' || '.' || repeat('A', 43)),
	('a signature of 31 bytes', :'h' || '.' || :'c' || '.' || left(:'s', 42)),
	('padding in the header', :'h' || '=.' || :'c' || '.' || :'s'),
	('a blank at the end', :'token' || ' '),
	('a blank in front', ' ' || :'token'),
	('a line feed inside', :'h' || E'\n.' || :'c' || '.' || :'s'),
	('letters that are not base64url', :'h' || '.' || :'c' || '.' || repeat('+', 43)),
	('letters that are not ASCII', :'h' || '.' || :'c' || '.' || repeat('é', 43)),
	('other claims', :'h' || '.' || to_base64url(convert_to((token_claims(:'token') || '{"link_version": 2}')::text, 'UTF8')) || '.' || :'s'),
	('a sign-on token', :'signon'),
	('another install''s key', forged(token_header(:'token')::text, token_claims(:'token')::text, :'college_key')),
	('another install''s key, and its sid', forged((token_header(:'token') || jsonb_build_object('kid', :'college'))::text, token_claims(:'token')::text, :'college_key')),
	('another install''s session', forged((token_header(:'token') || jsonb_build_object('kid', :'college'))::text,
		(token_claims(:'token') || jsonb_build_object('install', :'college'))::text, :'college_key')),
	('an install that there is not', forged((token_header(:'token') || '{"kid": "AI00000000000000000000000000000000"}')::text, token_claims(:'token')::text, :'key')),
	('an empty key', forged(token_header(:'token')::text, token_claims(:'token')::text, '')),
	('a megabyte', repeat('A', 1000000)),
	('a megabyte with points', repeat('A', 1000000) || '.' || :'c' || '.' || :'s'),
	('a megabyte of claims, well signed', :'h' || '.' || repeat('A', 1000000) || '.' || :'s'),
	('JSON that nests', to_base64url(convert_to(repeat('[', 2000), 'UTF8')) || '.' || :'c' || '.' || :'s'),
	('JSON with a number beyond all', to_base64url('{"alg":1e1000000}') || '.' || :'c' || '.' || :'s'),
	('bytes that are no UTF-8', to_base64url('\xff00fe') || '.' || :'c' || '.' || :'s')
) AS forgeries (name, token)
UNION ALL SELECT 'header: ' || header, forged(header, token_claims(:'token')::text, :'key') FROM unnest(ARRAY[
	'{}', '[]', '1', 'null', '"x"', '', '{', '{"alg":"HS256"',
	'{"alg":"HS256","typ":"proctorlink-launch+jwt"}',
	'{"alg":"HS256","kid":"' || :'install' || '"}',
	'{"typ":"proctorlink-launch+jwt","kid":"' || :'install' || '"}',
	'{"alg":"none","typ":"proctorlink-launch+jwt","kid":"' || :'install' || '"}',
	'{"alg":"noNE","typ":"proctorlink-launch+jwt","kid":"' || :'install' || '"}',
	'{"alg":"hs256","typ":"proctorlink-launch+jwt","kid":"' || :'install' || '"}',
	'{"alg":"HS512","typ":"proctorlink-launch+jwt","kid":"' || :'install' || '"}',
	'{"alg":"RS256","typ":"proctorlink-launch+jwt","kid":"' || :'install' || '"}',
	'{"alg":null,"typ":"proctorlink-launch+jwt","kid":"' || :'install' || '"}',
	'{"alg":["HS256"],"typ":"proctorlink-launch+jwt","kid":"' || :'install' || '"}',
	'{"alg":"HS256","alg":"none","typ":"proctorlink-launch+jwt","kid":"' || :'install' || '"}',
	'{"alg":"HS256","typ":"proctorlink-signon+jwt","kid":"' || :'install' || '"}',
	'{"alg":"HS256","typ":"PROCTORLINK-LAUNCH+JWT","kid":"' || :'install' || '"}',
	'{"alg":"HS256","typ":"JWT","kid":"' || :'install' || '"}',
	'{"alg":"HS256","typ":"proctorlink-launch+jwt","kid":"' || :'install' || '","crit":["b64"]}',
	'{"alg":"HS256","typ":"proctorlink-launch+jwt","kid":"' || upper(:'install') || '"}',
	'{"alg":"HS256","typ":"proctorlink-launch+jwt","kid":null}',
	'{"alg":"HS256","typ":"proctorlink-launch+jwt","kid":1}',
	'{"alg":"HS256","typ":"proctorlink-launch+jwt","kid":{"kid":"' || :'install' || '"}}',
	'{"alg":"HS256","typ":"proctorlink-launch+jwt","kid":"' || :'install' || ''' OR true --"}',
	'{"alg":"HS256","typ":"proctorlink-launch+jwt","kid":"''; DROP TABLE proctorlink.exam_session; --"}',
	'{"alg":"HS256","typ":"proctorlink-launch+jwt","kid":"../../dev/null"}',
	'{"alg":"HS256","typ":"proctorlink-launch+jwt","kid":"\u0000"}']) header
UNION ALL SELECT 'claims: ' || left(claims, 100), forged(token_header(:'token')::text, claims, :'key') FROM unnest(ARRAY[
	'{}', '[]', '1', 'null', '"x"', '', '{', repeat('[', 2000), '{"iat":1e1000000}', '{"sub":"\ud800"}',
	(token_claims(:'token') - 'iss')::text, (token_claims(:'token') - 'sub')::text, (token_claims(:'token') - 'install')::text,
	(token_claims(:'token') - 'iat')::text, (token_claims(:'token') - 'link_version')::text,
	(token_claims(:'token') || '{"iss": "somebody"}')::text,
	(token_claims(:'token') || '{"sub": null}')::text,
	(token_claims(:'token') || '{"sub": "ES00000000000000000000000000000000"}')::text,
	(token_claims(:'token') || jsonb_build_object('sub', upper(:'session')))::text,
	(token_claims(:'token') || jsonb_build_object('sub', 'US' || substr(:'session', 3)))::text,
	(token_claims(:'token') || jsonb_build_object('install', :'college'))::text,
	(token_claims(:'token') || '{"link_version": null}')::text,
	(token_claims(:'token') || '{"link_version": "1"}')::text,
	(token_claims(:'token') || '{"link_version": 1.5}')::text,
	(token_claims(:'token') || '{"link_version": 1e40}')::text,
	(token_claims(:'token') || '{"iat": "now"}')::text,
	(token_claims(:'token') || '{"iat": -1}')::text,
	(token_claims(:'token') || '{"iat": 1e400}')::text,
	(token_claims(:'token') || jsonb_build_object('iat', ceil(extract(epoch FROM clock_timestamp())) + 90))::text,
	(token_claims(:'token') || jsonb_build_object('nbf', ceil(extract(epoch FROM clock_timestamp())) + 90))::text,
	(token_claims(:'token') || jsonb_build_object('exp', floor(extract(epoch FROM clock_timestamp())) - 90))::text,
	(token_claims(:'token') || '{"exp": "never"}')::text]) claims;
SELECT is(redeem(token), 'PT403 AUTHENTICATIONFAILED: token: not a launch link of this database', name) FROM forgery;
SELECT is((SELECT count(*) FROM generate_series(1, length(:'token')) place, unnest('{A,_,.}'::text[]) letter
	WHERE substr(:'token', place, 1) <> letter
		AND redeem(overlay(:'token' PLACING letter FROM place FOR 1)) <> 'PT403 AUTHENTICATIONFAILED: token: not a launch link of this database'), 0::bigint,
	'no letter of it can be another one');
SELECT is((SELECT count(*) FROM generate_series(0, length(:'token') - 1) len
	WHERE redeem(left(:'token', len)) <> 'PT403 AUTHENTICATIONFAILED: token: not a launch link of this database'), 0::bigint, 'nor can any be cut off');
SELECT is(redeem(forged(token_header(:'token')::text, (token_claims(:'token') || claims)::text, :'key')), 'accepted', 'with ' || claims::text)
FROM unnest(ARRAY[
	jsonb_build_object('iat', floor(extract(epoch FROM clock_timestamp())) + 20),
	jsonb_build_object('nbf', floor(extract(epoch FROM clock_timestamp())) + 20),
	jsonb_build_object('exp', ceil(extract(epoch FROM clock_timestamp())) - 20),
	jsonb_build_object('exp', ceil(extract(epoch FROM clock_timestamp())) + 20)]) claims;
SELECT is(redeem(:'token'), 'accepted', 'the token itself is good after all that');

-- Another key: what the former signed stays good until its row goes.

UPDATE proctorlink.launch_key SET retired_at = now() WHERE install_id = install_id();
SELECT split_part(proctorlink.launch_link(:'session') ->> 'StartupLink', 'session=', 2) AS newer \gset
SELECT ok(token_is_signed_with(:'newer', launch_key()) AND launch_key() <> :'key', 'an install without a key in use is given one');
SELECT is(redeem(:'newer'), 'accepted', 'which signs good links');
SELECT is(redeem(:'token'), 'accepted', 'a link of the former key stays good');
DELETE FROM proctorlink.launch_key WHERE install_id = install_id() AND retired_at IS NOT NULL;
SELECT matches(redeem(:'token'), '^PT403', 'until the key is deleted');
SELECT is(refused(format('INSERT INTO proctorlink.launch_key (install_id, secret) VALUES (%L, %L)', install_id(), 'short')), '23514 launch_key_secret_length', 'a key is long');
SELECT is(refused(format('INSERT INTO proctorlink.launch_key (install_id, secret) VALUES (%L, %L)', install_id(), repeat('x', 43))), '23505 one_current_launch_key', 'one is in use');

-- An install without an address, and one with a path.

SELECT proctorlink.configure_install(:'install', '{"platformUrl": null}') IS NULL AS unused \gset
SELECT is(proctorlink.launch_link(:'session') -> 'LaunchUrl', 'null', 'without an address there is no whole link');
SELECT matches(proctorlink.launch_link(:'session') ->> 'StartupLink', '^/delivery/external-login\?session=[A-Za-z0-9_.-]+$', 'but its path');
SELECT proctorlink.configure_install(:'install', '{"platformUrl": "https://platform.test/exams//"}') IS NULL AS unused \gset
SELECT matches(proctorlink.launch_link(:'session') ->> 'LaunchUrl', '^https://platform\.test/exams/delivery/external-login\?session=[A-Za-z0-9_.-]+$', 'a path stays, its slashes go');

-- Anybody may redeem who may call it at all; a link is made for the install that
-- one acts for.

SELECT is(told(format('SELECT proctorlink.use_install(%L), proctorlink.launch_link(%L)', :'college', :'session')),
	'PT404 RESOURCENOTFOUND: session_sid: no session has the sid "' || :'session' || '"', 'another install''s session');
CREATE ROLE proctorlink_test_anybody;
GRANT USAGE ON SCHEMA proctorlink TO proctorlink_test_anybody;
GRANT EXECUTE ON FUNCTION proctorlink.redeem_launch(text) TO proctorlink_test_anybody;
SELECT proctorlink.use_install(:'college') \gset
SET LOCAL ROLE proctorlink_test_anybody;
SELECT is(proctorlink.redeem_launch(:'newer') #>> '{session,status}', 'In Progress', 'without any privilege on a table, whatever install was chosen');
SELECT is(current_user::text, 'proctorlink_test_anybody', 'the caller stays who they are');
SELECT is(refused('SELECT * FROM proctorlink.exam_session'), '42501', 'and sees no more than before');
SELECT is(refused('SELECT * FROM proctorlink.launch_key'), '42501', 'no key either');
RESET ROLE;
SELECT is((SELECT status FROM session(:'session')), 'In Progress', 'the session has begun');

-- What has begun is opened also where nothing may be written.

SET TRANSACTION READ ONLY;
SELECT is(proctorlink.redeem_launch(:'newer') #>> '{session,status}', 'In Progress', 'in a read-only transaction');

SELECT * FROM finish();
ROLLBACK;
