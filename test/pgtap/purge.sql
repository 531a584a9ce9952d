-- test/pgtap/purge.sql
--		What is old goes, and no more; what events_since and the setting for
--		listeners refuse.

BEGIN;
\ir helpers.psql
\ir sittings.psql
SELECT plan(37);
SELECT proctorlink.create_install('Neighbour', NULL) AS neighbour, proctorlink.create_integration(:'install', 'other', 'https://other.test') ->> 'sid' AS integration \gset
SELECT proctorlink.use_install(:'install') \gset

-- What a purge tells.
CREATE FUNCTION purged(before timestamptz) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(what || ' ' || rows, ', ') FROM proctorlink.purge(before)
$$;
CREATE FUNCTION new_batch(name text, age interval, key text, started interval DEFAULT NULL) RETURNS void LANGUAGE sql AS $$
	INSERT INTO proctorlink.batch (install_id, status, idempotency_key, payload_sha256, created_at, finished_at)
	SELECT install_id, 'completed', key, CASE WHEN key IS NOT NULL THEN '\x00'::bytea END, now() - coalesce(started, age), now() - age
	FROM proctorlink.install i WHERE i.name = new_batch.name
$$;
CREATE FUNCTION new_event(name text, age interval, kind text) RETURNS void LANGUAGE sql AS $$
	INSERT INTO proctorlink.event (install_id, at, actor, kind) SELECT install_id, now() - age, 'test', kind FROM proctorlink.install i WHERE i.name = new_event.name
$$;
CREATE FUNCTION batches() RETURNS text LANGUAGE sql AS $$ SELECT string_agg(idempotency_key, ' ' ORDER BY idempotency_key) FROM proctorlink.batch $$;
CREATE FUNCTION events() RETURNS text LANGUAGE sql AS $$ SELECT string_agg(kind, ' ' ORDER BY kind) FROM proctorlink.event WHERE actor = 'test' $$;
CREATE FUNCTION purges() RETURNS text LANGUAGE sql AS $$ SELECT string_agg(changes::text, ' ' ORDER BY event_id) FROM proctorlink.event WHERE kind = 'purged' $$;

-- refused
SELECT is(refused('SELECT * FROM proctorlink.purge(NULL)'), 'PT400 INVALIDINPUT', 'no time');
SELECT is(refused('SELECT * FROM proctorlink.purge(now() + interval ''1 second'')'), 'PT400 INVALIDINPUT', 'in the future');
SELECT is(refused('SELECT * FROM proctorlink.purge(''infinity'')'), 'PT400 INVALIDINPUT', 'at the end of time');

-- nothing is old
SELECT is(purged(now()), 'batch 0, event 0, signing_key 0, signon_use 0, webhook_body 0', 'nothing is old');
SELECT is(purged('-infinity'), 'batch 0, event 0, signing_key 0, signon_use 0, webhook_body 0', 'before all time');
SELECT is(purges(), NULL, 'and that leaves no event');

-- calls: keys are kept 24 hours after the call was done
SELECT count(new_batch('University', age, key, started)), count(new_batch('Neighbour', age, 'n-' || key)) FROM (VALUES
	(interval '25 hours', 'older', NULL::interval), ('24 hours 1 second', 'just older', NULL), ('24 hours', 'a day', NULL), ('1 hour', 'younger', NULL), ('23 hours', 'long', '30 hours'), ('3 days', 'oldest', NULL)) AS t (age, key, started) \gset unused
SELECT purged(now() - interval '4 days') AS unused \gset
SELECT is(batches(), 'a day just older long n-a day n-just older n-long n-older n-oldest n-younger older oldest younger', 'before the oldest nothing goes');
SELECT is(purged(now() - interval '2 days'), 'batch 1, event 0, signing_key 0, signon_use 0, webhook_body 0', 'what is older than asked');
SELECT is(purged(now()), 'batch 2, event 0, signing_key 0, signon_use 0, webhook_body 0', 'however young was asked for');
SELECT is(batches(), 'a day long n-a day n-just older n-long n-older n-oldest n-younger younger', 'those of the last 24 hours stay, and the neighbour''s');
SELECT is(purges(), '{"batch": 1, "event": 0, "signon_use": 0, "signing_key": 0, "webhook_body": 0} {"batch": 2, "event": 0, "signon_use": 0, "signing_key": 0, "webhook_body": 0}', 'it leaves events with its counts');
SELECT is((SELECT string_agg(DISTINCT subject_sid, ' ') FROM proctorlink.event WHERE kind = 'purged'), :'install', 'about the install');

-- events
SELECT count(new_event('University', age, kind)), count(new_event('Neighbour', age, 'n-' || kind)) FROM (VALUES (interval '2 days', 'old'), ('1 day', 'a day'), ('1 second', 'young')) AS t (age, kind) \gset unused
SELECT is(purged(now() - interval '1 day'), 'batch 0, event 1, signing_key 0, signon_use 0, webhook_body 0', 'events that are older');
SELECT is(events(), 'a day n-a day n-old n-young young', 'the others stay');
SELECT is(purged(now()), 'batch 0, event 2, signing_key 0, signon_use 0, webhook_body 0', 'without a least age');
SELECT is(events(), 'n-a day n-old n-young', 'and the neighbour''s');
SELECT new_event('University', '1 day', 'newest') AS unused \gset
SELECT is(purged(now()), 'batch 0, event 0, signing_key 0, signon_use 0, webhook_body 0', 'the newest stays: readers go on from it');
SELECT new_event('University', '1 hour', 'newer') AS unused \gset
SELECT is(purged(now()), 'batch 0, event 1, signing_key 0, signon_use 0, webhook_body 0', 'until there is a newer one');

-- keys: links live 7 days at most
UPDATE proctorlink.signing_key SET retired_at = now() - interval '8 days';
INSERT INTO proctorlink.signing_key (install_id, integration_id, secret, retired_at)
	SELECT install_id, integration_id, rpad(retired::text, 40, '.'), now() - retired FROM proctorlink.integration,
		unnest('{7 days,7 days 1 second,7 days 2 minutes,6 days}'::interval[]) retired WHERE provider = 'other';
INSERT INTO proctorlink.signing_key (install_id, integration_id, secret) SELECT install_id, integration_id, rpad('current', 40, '.') FROM proctorlink.integration WHERE provider = 'other';
SELECT is(purged(now() - interval '7 days 12 hours'), 'batch 0, event 0, signing_key 1, signon_use 0, webhook_body 0', 'keys that were retired before');
SELECT is(purged(now()), 'batch 0, event 1, signing_key 1, signon_use 0, webhook_body 0', 'keys whose links have run out');
SELECT is((SELECT string_agg(rtrim(secret, '.'), ', ' ORDER BY retired_at) FROM proctorlink.signing_key), '7 days 00:00:01, 7 days, 6 days, current', 'those of links that may still be good stay');

-- nothing else goes
SELECT new_schedule('past', '-700 days', '-699 days') \gset unused
SELECT new_session('u-1', 'past', 'Closed') \gset unused
SELECT counts() - '{event}'::text[] AS before \gset
SELECT purged(now()) AS unused \gset
SELECT is(counts() - '{event}'::text[], :'before'::jsonb, 'schedules, sessions and people stay');

-- events_since
SELECT is(refused(call), code, call) FROM (VALUES
	('SELECT * FROM proctorlink.events_since(NULL, 0)', 'PT400 INVALIDINPUT'), ('SELECT * FROM proctorlink.events_since(NULL, 10001)', 'PT400 INVALIDINPUT'),
	('SELECT * FROM proctorlink.events_since(NULL, NULL)', 'PT400 INVALIDINPUT'), ('SELECT * FROM proctorlink.events_since(NULL, 10000)', 'accepted'),
	('SELECT * FROM proctorlink.events_since('''')', 'PT400 INVALIDINPUT'), ('SELECT * FROM proctorlink.events_since(''ES00000000000070008000000000000000'')', 'PT400 INVALIDINPUT'),
	('SELECT * FROM proctorlink.events_since(''EV00000000000070008000000000000000'')', 'PT404 RESOURCENOTFOUND'),
	(format('SELECT * FROM proctorlink.events_since(%L)', (SELECT proctorlink.sid('event', event_id) FROM proctorlink.event WHERE kind = 'n-young')), 'PT404 RESOURCENOTFOUND')) AS t (call, code);
SELECT is((SELECT count(*) FROM proctorlink.events_since(NULL)), 0::bigint, 'what is not committed is not told');

-- where an event stands: behind the transaction that brought it, whatever it was given and whoever is asked
CREATE FUNCTION placed(given bytea) RETURNS text LANGUAGE sql AS $$
	WITH made AS (INSERT INTO proctorlink.event (install_id, actor, kind, place) SELECT install_id, 'test', 'placed', given FROM proctorlink.install LIMIT 1 RETURNING place)
	SELECT CASE WHEN substr(place, 1, 8) = xid8send(pg_current_xact_id()) THEN 'now' ELSE 'elsewhere' END || encode(substr(place, 9), 'hex') FROM made
$$;
SELECT is(placed(''), 'now', 'an event''s place is its transaction');
SELECT is(placed('\x00000000000000010000000000000002'), 'now00000000000000010000000000000002', 'that of one that is restored stands in front');
SET LOCAL session_replication_role = replica;
SELECT is(placed('\xffffffffffffffff'), 'nowffffffffffffffff', 'also where triggers are off');
RESET session_replication_role;

-- the setting
SELECT is(current_setting('proctorlink.notify'), 'off', 'listeners are not told unless that is set');
CREATE ROLE proctorlink_test_caller;
SET LOCAL ROLE proctorlink_test_caller;
SELECT is(refused('SET proctorlink.notify = on'), '42501', 'which a caller cannot');
SELECT is(refused('SELECT * FROM proctorlink.purge(now())'), '42501', 'who may not purge either');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
