-- test/pgtap/token.sql
--		EAPI tokens: made, listed, used, run out, revoked; kept nowhere.

BEGIN;
\ir helpers.psql
\ir sittings.psql
SELECT plan(88);
SELECT proctorlink.create_install('College', NULL) AS college \gset
SELECT proctorlink.create_integration(:'install', 'proctoru', 'https://provider.test/') ->> 'sid' AS integration,
	proctorlink.create_integration(:'college', 'proctoru', 'https://provider.test/') ->> 'sid' AS their_integration \gset
CREATE FUNCTION make(VARIADIC arguments text[]) RETURNS text LANGUAGE sql AS $$
	SELECT told(format('SELECT proctorlink.generate_eapi_token(%s)', (SELECT string_agg(quote_nullable(a), ', ' ORDER BY place) FROM unnest(arguments) WITH ORDINALITY AS given (a, place))))
$$;
-- Whom a credential speaks for: "system INSTALL [INTEGRATION]"; or how it is refused.
CREATE FUNCTION speaks(credential text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	w jsonb;
BEGIN
	w := proctorlink.authenticate(credential);
	IF w IS DISTINCT FROM proctorlink.whoami() THEN
		RETURN 'answers ' || w::text;
	END IF;
	RAISE EXCEPTION USING ERRCODE = 'UNDO0';
EXCEPTION
	WHEN SQLSTATE 'UNDO0' THEN RETURN concat_ws(' ', w ->> 'kind', w ->> 'install', w ->> 'integration');
	WHEN OTHERS THEN RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;
-- When a token was last used.
CREATE FUNCTION used(name text) RETURNS timestamptz LANGUAGE sql AS $$ SELECT last_used_at FROM proctorlink.api_token WHERE label = name $$;
-- Uses one and calls it a day: the use stays, the caller is nobody again.
CREATE FUNCTION uses(credential text) RETURNS text LANGUAGE sql AS $$ SELECT proctorlink.authenticate(credential) ->> 'kind' $$;

-- Made.

SELECT proctorlink.generate_eapi_token(:'install', 'Sync') AS token \gset
SELECT proctorlink.generate_eapi_token(:'install', 'ProctorU', NULL, :'integration') AS provider \gset
SELECT proctorlink.generate_eapi_token(:'college', 'Sync') AS theirs \gset
SELECT is(regexp_replace(:'token'::text, '[0-9a-f]{64}$', ''), 'plk_' || substr(:'install', 3), 'a token: a prefix, the install, 256 bits');
SELECT is((SELECT count(DISTINCT right(proctorlink.generate_eapi_token(:'college', 'many ' || n), 64)) FROM generate_series(1, 50) n), 50::bigint, 'each another');
SELECT is((SELECT encode(hash, 'hex') FROM proctorlink.api_token_hash h JOIN proctorlink.api_token t USING (install_id, api_token_id) WHERE label = 'Sync' AND t.install_id = install_id()),
	encode(sha256(convert_to(:'token', 'UTF8')), 'hex'), 'kept as SHA-256');
SELECT is(speaks(:'token'), 'system ' || :'install', 'it speaks for the install');
SELECT is(speaks(:'provider'), concat_ws(' ', 'system', :'install', :'integration'), 'or for a provider of it');
SELECT is(make(VARIADIC arguments), outcome, name) FROM (VALUES
	('no label', ARRAY[:'install', NULL], 'PT400 INVALIDINPUT: label must not be null'),
	('no install', ARRAY[NULL, 'x'], 'PT400 INVALIDINPUT: install_sid must not be null'),
	('an empty label', ARRAY[:'install', ''], 'PT400 INVALIDINPUT: /label: must be 1 to 100 characters without spaces around them'),
	('a label of 101', ARRAY[:'install', repeat('é', 101)], 'PT400 INVALIDINPUT: /label: must be 1 to 100 characters without spaces around them'),
	('a label of 100', ARRAY[:'install', repeat('é', 100)], 'accepted'),
	('a label with a line', ARRAY[:'install', E'a\nb'], 'PT400 INVALIDINPUT: /label: must be 1 to 100 characters without spaces around them'),
	('over already', ARRAY[:'install', 'x', now()::text], 'PT400 INVALIDINPUT: /expires_at: is over already'),
	('over soon', ARRAY[:'install', 'x', (now() + interval '1 microsecond')::text], 'accepted'),
	('never', ARRAY[:'install', 'x', 'infinity'], 'accepted'),
	('over long ago', ARRAY[:'install', 'x', '-infinity'], 'PT400 INVALIDINPUT: /expires_at: is over already'),
	('of another''s integration', ARRAY[:'install', 'x', NULL, :'their_integration'],
		'PT404 RESOURCENOTFOUND: integration_sid: no integration has the sid "' || :'their_integration' || '"'),
	('of no install', ARRAY['AI00000000000000000000000000000000', 'x'], 'PT404 RESOURCENOTFOUND: install_sid: no install has the sid "AI00000000000000000000000000000000"'),
	('of a sid of a course', ARRAY['CU00000000000000000000000000000000', 'x'], 'PT400 INVALIDINPUT: install_sid: "CU00000000000000000000000000000000" is not a sid of this kind')
) calls (name, arguments, outcome);

-- Forms that are none; every one is the same refusal.

SELECT is(speaks(prefix || :'token'), 'system ' || :'install', quote_literal(prefix) || ' before it')
FROM unnest('{"","EAPI ","eapi ","EaPi   ","Bearer ","bearer "}'::text[]) prefix;
SELECT is(speaks(credential), 'PT403 AUTHENTICATIONFAILED', name) FROM (VALUES
	('null', NULL), ('nothing', ''), ('a scheme alone', 'EAPI'), ('and a space', 'EAPI '), ('two schemes', 'EAPI Bearer ' || :'token'), ('the same one twice', 'EAPI EAPI ' || :'token'),
	('Basic', 'Basic ' || :'token'), ('Digest', 'Digest ' || :'token'), ('a tab', E'EAPI\t' || :'token'), ('no space', 'EAPI' || :'token'),
	('upper case', upper(:'token')), ('an upper-case prefix', 'PLK' || substr(:'token', 4)), ('one upper-case digit', regexp_replace(:'token', '^(.*)([a-f])', '\1A')),
	('a space before', ' ' || :'token'), ('a space behind', :'token' || ' '), ('a line behind', :'token' || E'\n'), ('a digit more', :'token' || '0'),
	('twice', :'token' || :'token'), ('two with a comma', :'token' || ', ' || :'token'), ('without the prefix', substr(:'token', 5)), ('reversed', reverse(:'token')),
	('the hash', encode(sha256(convert_to(:'token', 'UTF8')), 'hex')),
	('the hash as a token', 'plk_' || substr(:'install', 3) || encode(sha256(convert_to(:'token', 'UTF8')), 'hex')),
	('with the other install', 'plk_' || substr(:'college', 3) || right(:'token', 64)), ('with no install', 'plk_' || repeat('0', 32) || right(:'token', 64)),
	('no digits', 'plk_' || repeat('g', 96)), ('noughts', 'plk_' || repeat('0', 96)), ('letters of two bytes', 'plk_' || repeat('é', 48)),
	('SQL', 'plk_''; DROP TABLE proctorlink.install; --'), ('a megabyte', repeat(:'token', 8000)), ('a megabyte behind it', :'token' || repeat(' ', 1000000)),
	('a megabyte before it', 'EAPI' || repeat(' ', 1000000) || :'token')
) forms (name, credential);
SELECT is((SELECT count(*) FROM generate_series(0, length(:'token') - 1) n WHERE speaks(left(:'token', n)) <> 'PT403 AUTHENTICATIONFAILED'), 0::bigint, 'nothing can be cut off');
SELECT is((SELECT count(*) FROM generate_series(1, length(:'token')) n, unnest('{0,f,x}'::text[]) c
	WHERE substr(:'token', n, 1) <> c AND speaks(overlay(:'token' PLACING c FROM n FOR 1)) <> 'PT403 AUTHENTICATIONFAILED'), 0::bigint, 'no character can be another');

-- When it is used is noted once a minute.

SELECT is(used('ProctorU'), NULL, 'a use that was undone is not noted');
SAVEPOINT uses;
SELECT uses(:'token') AS kind \gset
SELECT is((SELECT last_used_at FROM proctorlink.api_token WHERE label = 'Sync' AND install_id = install_id()), now(), 'a use is noted');
SELECT is((SELECT last_used_at FROM proctorlink.api_token WHERE label = 'Sync' AND install_id <> install_id()), NULL, 'of that token alone');
UPDATE proctorlink.api_token SET last_used_at = now() - interval '1 minute' + interval '1 microsecond' WHERE label = 'ProctorU';
SELECT uses(:'provider') AS kind \gset
SELECT is(used('ProctorU'), now() - interval '1 minute' + interval '1 microsecond', 'not again within a minute');
UPDATE proctorlink.api_token SET last_used_at = now() - interval '1 minute' WHERE label = 'ProctorU';
SELECT uses(:'provider') AS kind \gset
SELECT is(used('ProctorU'), now(), 'after a minute');
ROLLBACK TO uses;

-- Over.

SELECT proctorlink.generate_eapi_token(:'install', 'Short', now() + interval '1 hour') AS short \gset
SELECT is(speaks(:'short'), 'system ' || :'install', 'before it runs out');
UPDATE proctorlink.api_token SET expires_at = clock_timestamp() WHERE label = 'Short';
SELECT is(speaks(:'short'), 'PT403 AUTHENTICATIONFAILED', 'from that moment on it is none, also in a transaction that began before');
UPDATE proctorlink.api_token SET expires_at = 'infinity' WHERE label = 'Short';
SELECT is(speaks(:'short'), 'system ' || :'install', 'at no time');
UPDATE proctorlink.integration SET active = false WHERE install_id = install_id();
SELECT is(speaks(:'provider'), 'PT403 AUTHENTICATIONFAILED', 'a token of an integration that is not active');
SELECT is(speaks(:'token'), 'system ' || :'install', 'but not one of the install');
UPDATE proctorlink.integration SET active = true;
SELECT is(speaks(:'provider'), concat_ws(' ', 'system', :'install', :'integration'), 'active again');

-- Revoked, for good.

SELECT token_sid AS sid FROM proctorlink.eapi_tokens(:'install') WHERE label = 'Sync' \gset
SELECT is(told(format('SELECT proctorlink.revoke_eapi_token(%L, %L)', install, token)), outcome, name) FROM (VALUES
	('of another install', :'college', :'sid', 'PT404 RESOURCENOTFOUND: token_sid: no token has the sid "' || :'sid' || '"'),
	('of no install', 'AI00000000000000000000000000000000', :'sid', 'PT404 RESOURCENOTFOUND: token_sid: no token has the sid "' || :'sid' || '"'),
	('null', :'install', NULL, 'PT400 INVALIDINPUT: token_sid must not be null')
) calls (name, install, token, outcome);
SELECT unalike(told(format('SELECT proctorlink.revoke_eapi_token(%L, %L)', :'install', :'token')), '%' || right(:'token', 40) || '%', 'who names the token itself is not quoted in full');
SELECT is(proctorlink.revoke_eapi_token(:'install', :'sid'), true, 'revoked');
SELECT is(proctorlink.revoke_eapi_token(:'install', :'sid'), false, 'it was');
SELECT is(speaks(:'token'), 'PT403 AUTHENTICATIONFAILED', 'it is none any more');
SELECT is((SELECT count(*) FROM proctorlink.api_token_hash WHERE api_token_id = proctorlink.sid_uuid(:'sid')), 0::bigint, 'nor is its hash kept');
UPDATE proctorlink.api_token SET revoked_at = NULL WHERE label = 'Sync';
SELECT is(speaks(:'token'), 'PT403 AUTHENTICATIONFAILED', 'and cannot be called back');
SELECT is(speaks(:'theirs'), 'system ' || :'college', 'the other install''s of the same name is good');
SELECT is(told(format('SELECT proctorlink.authenticate(%L), proctorlink.revoke_eapi_token(%L, %L)', :'theirs', :'install', :'sid')),
	'PT403 AUTHENTICATIONFAILED: no access to install "' || :'install' || '"', 'whose caller revokes none of ours');

-- The list, without secrets; the events.

SELECT is((SELECT string_agg(concat_ws(' ', label, integration_sid = :'integration', expires_at, revoked_at IS NOT NULL), ', ' ORDER BY label) FROM proctorlink.eapi_tokens(:'install')),
	'ProctorU t f, Short infinity f, Sync f', 'the list');
SELECT is((SELECT string_agg(kind || ' ' || changes::text || ' ' || actor, ', ' ORDER BY event_id) FROM proctorlink.event WHERE install_id = install_id() AND kind LIKE 'token%'),
	format('token_made {} %1$s, token_made {"integration": "%2$s"} %1$s, token_made {} %1$s, token_revoked {} %1$s', current_user, :'integration'), 'the events');
SELECT is((SELECT count(*) FROM proctorlink.event WHERE kind = 'token_revoked' AND subject_sid = :'sid'), 1::bigint, 'name the token by its sid');

-- The text of a token is nowhere: not whole, not the half that is secret, neither
-- as text nor as bytes.

CREATE FUNCTION places(needle text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	place record;
	found boolean;
	places text := '';
BEGIN
	FOR place IN SELECT c.oid::regclass AS tab, a.attname AS col FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
		WHERE c.relnamespace = 'proctorlink'::regnamespace AND c.relkind IN ('r', 'p', 'm', 'S') AND a.attnum > 0 AND NOT a.attisdropped LOOP
		EXECUTE format('SELECT EXISTS (SELECT FROM %1$s WHERE strpos(lower(%2$I::text), $1) > 0 OR strpos(%2$I::text, encode(convert_to($1, ''UTF8''), ''hex'')) > 0)', place.tab, place.col)
			INTO found USING needle;
		IF found THEN
			places := places || place.tab || '.' || place.col || ' ';
		END IF;
	END LOOP;
	RETURN places;
END
$$;
SELECT is(places(right(t, 64)) || places(left(right(t, 64), 32)) || places(t), '', 'a token is in no column of any table') FROM unnest(ARRAY[:'token', :'provider', :'short', :'theirs']) t;
SELECT is(places(encode(sha256(convert_to(:'provider', 'UTF8')), 'hex')), 'proctorlink.api_token_hash.hash ', 'the search finds what is there');
SELECT * FROM finish();
ROLLBACK;
