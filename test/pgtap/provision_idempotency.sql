-- test/pgtap/provision_idempotency.sql
--		The idempotency key of a batch.

BEGIN;
\ir helpers.psql
SELECT plan(47);
SELECT proctorlink.create_install('University', 'https://platform.test') AS install \gset
SELECT proctorlink.create_integration(:'install', 'other', 'https://provider.test/') AS integration \gset
SELECT :'integration'::jsonb ->> 'sid' AS ii, :'integration'::jsonb ->> 'signingKey' AS key \gset

CREATE FUNCTION keyed(key text, VARIADIC items jsonb[]) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_build_object('idempotencyKey', key, 'items', to_jsonb(items))
$$;
CREATE FUNCTION broken() RETURNS jsonb LANGUAGE sql AS $$
	SELECT put(user_item(), '/user/email', '"nowhere"')
$$;
-- An answer without its links, which are fresh each time.
CREATE FUNCTION linkless(answer jsonb) RETURNS jsonb LANGUAGE sql AS $$
	SELECT put(answer, '/items', (SELECT jsonb_agg(entry - 'signon' ORDER BY place)
		FROM jsonb_array_elements(answer -> 'items') WITH ORDINALITY AS entries (entry, place)))
$$;

-- The same key and payload give the stored answer back, with fresh links.

SELECT keyed('term-1', learner_item() || jsonb_build_object('signon', jsonb_build_object('integrationSid', :'ii')),
	broken(), user_item()) AS payload \gset
SELECT proctorlink.batch_provision(:'payload') AS first \gset
SELECT is(:'first'::jsonb #>> '{batch,status}', 'completed_with_errors', 'the first call is done');
SELECT is(current_setting('response.status', true), '207', 'and answers so');
SELECT set_config('response.status', '', true) AS forgotten \gset
SELECT contents(true) AS before \gset
SELECT proctorlink.batch_provision(:'payload') AS second \gset
SELECT is(linkless(:'second'), linkless(:'first'), 'the second gives the stored answer');
SELECT is(:'second'::jsonb #>> '{items,0,user,result}', 'Created', 'with the words of then');
SELECT is(current_setting('response.status', true), '207', 'and the status of then');
SELECT is(contents(true), :'before', 'and writes nothing');
SELECT is(results(:'second'::jsonb #> '{items,0}'), results(:'first'::jsonb #> '{items,0}'), 'links are there again');
SELECT isnt(:'second'::jsonb #>> '{items,0,signon,token}', :'first'::jsonb #>> '{items,0,signon,token}', 'they are fresh');
SELECT isnt(token_claims(:'second'::jsonb #>> '{items,0,signon,token}') ->> 'jti',
	token_claims(:'first'::jsonb #>> '{items,0,signon,token}') ->> 'jti', 'with an id of their own');
SELECT ok(token_is_signed_with(:'second'::jsonb #>> '{items,0,signon,token}', :'key'), 'they verify');
SELECT is(token_claims(:'second'::jsonb #>> '{items,0,signon,token}') - '{iat,nbf,exp,jti}'::text[],
	token_claims(:'first'::jsonb #>> '{items,0,signon,token}') - '{iat,nbf,exp,jti}'::text[], 'for the same person');
SELECT is(:'second'::jsonb #>> '{items,0,signon,redirect}',
	'https://provider.test/?token=' || (:'second'::jsonb #>> '{items,0,signon,token}'), 'the redirect has the fresh token');
SELECT is(linkless(proctorlink.batch_provision(:'payload')), linkless(:'first'), 'a third time as well');
SELECT is((SELECT count(*) FROM proctorlink.batch), 1::bigint, 'it is one batch');

-- What happened since does not change the stored answer.

UPDATE proctorlink.account SET last_name = 'Lovelace';
SELECT is(linkless(proctorlink.batch_provision(:'payload')), linkless(:'first'), 'a later change leaves the answer');
SELECT is((SELECT last_name FROM proctorlink.account), 'Lovelace', 'and is not undone by it');

-- The payload counts as JSON, not as text.

SELECT is(linkless(proctorlink.batch_provision(format('{"items":   %s, "idempotencyKey": "term-1"}', :'payload'::jsonb -> 'items')::jsonb)),
	linkless(:'first'), 'spaces and the order of members mean nothing');

-- The same key with another payload is refused.

SELECT is(call_refused(payload), 'PT422 IDEMPOTENCYMISMATCH /idempotencyKey', name)
FROM (VALUES
	('another item', keyed('term-1', user_item())),
	('no item', '{"idempotencyKey": "term-1", "items": []}'::jsonb),
	('one item more', put(:'payload', '/items/3', user_item())),
	('the items in another order', keyed('term-1', :'payload'::jsonb #> '{items,1}', :'payload'::jsonb #> '{items,0}', :'payload'::jsonb #> '{items,2}')),
	('another option', :'payload'::jsonb || '{"atomic": true}'),
	('another value', put(:'payload', '/items/0/user/lastName', '"Lovelace"'))
) AS others (name, payload);
SELECT is((SELECT last_name FROM proctorlink.account), 'Lovelace', 'and nothing of it done');

-- Another key is another call; no key is none.

SELECT is(proctorlink.batch_provision(:'payload'::jsonb || '{"idempotencyKey": "term-2"}') #>> '{items,0,user,result}', 'Updated',
	'another key runs');
SELECT is(proctorlink.batch_provision(:'payload'::jsonb - 'idempotencyKey') #>> '{items,0,user,result}', 'Found Existing', 'without a key it runs');
SELECT is(proctorlink.batch_provision(:'payload'::jsonb || '{"idempotencyKey": "Term-1"}') #>> '{items,0,user,result}', 'Found Existing',
	'keys compare exactly');

-- A failed batch keeps no key, nor does a raise or a dry run.

SELECT is(proctorlink.batch_provision(keyed('failed', broken())) #>> '{batch,status}', 'failed', 'a failed batch');
SELECT is(proctorlink.batch_provision(keyed('failed', user_item())) #>> '{batch,status}', 'completed', 'leaves its key free');
SELECT is(proctorlink.batch_provision(keyed('atomic', user_item(), broken()) || '{"atomic": true}') #>> '{batch,status}', 'failed',
	'an atomic one');
SELECT is(proctorlink.batch_provision(keyed('atomic', user_item())) #>> '{batch,status}', 'completed', 'as well');
SELECT is(call_refused(keyed('raised', user_item()) || '{"extra": 1}'), 'PT400 INVALIDINPUT /extra', 'a call that raises');
SELECT is(proctorlink.batch_provision(keyed('raised', user_item())) #>> '{batch,status}', 'completed', 'as well');
SELECT is(proctorlink.batch_provision(keyed('dry', user_item()) || '{"dryRun": true}') #>> '{batch,status}', 'dry_run', 'a dry run');
SELECT is(proctorlink.batch_provision(keyed('dry', user_item())) #>> '{batch,status}', 'completed', 'as well');
SELECT is(proctorlink.batch_provision(keyed('dry', course_item()) || '{"dryRun": true}') #>> '{items,0,course,result}', 'Found Existing',
	'nor does a dry run read a key');
SELECT is((SELECT array_agg(idempotency_key ORDER BY idempotency_key COLLATE "C") FROM proctorlink.batch WHERE idempotency_key IS NOT NULL),
	'{Term-1,atomic,dry,failed,raised,term-1,term-2}', 'the keys that are kept');
SELECT is(proctorlink.batch_provision('{"idempotencyKey": "empty", "items": []}') #>> '{batch,sid}',
	proctorlink.batch_provision('{"idempotencyKey": "empty", "items": []}') #>> '{batch,sid}', 'an empty batch keeps its key');

-- Keys are 1 to 255 characters, and count within their install.

SELECT is(call_refused(keyed(repeat('é', 255), user_item())), 'accepted', 'a key of 255 characters');
SELECT is(call_refused(keyed(repeat('é', 256), user_item())), 'PT400 INVALIDINPUT /idempotencyKey', 'a key of 256 characters');
SELECT is(call_refused(keyed('x', user_item())), 'accepted', 'a key of 1 character');
SELECT is(call_refused(keyed('', user_item())), 'PT400 INVALIDINPUT /idempotencyKey', 'an empty key');
SELECT proctorlink.create_install('College', 'https://college.test') AS college \gset
SELECT is(proctorlink.batch_provision(keyed('term-1', user_item()) || jsonb_build_object('installSid', :'college'))
	#>> '{items,0,user,result}', 'Created', 'another install''s key is another key');
SELECT is(linkless(proctorlink.provision(:'install', :'payload')), linkless(:'first'), 'this install''s is still there');

-- What is kept of a call: no token, no personal value.

SELECT is((SELECT count(*) FROM proctorlink.batch WHERE answer::text ~ 'eyJ|token=|provider\.test'), 0::bigint, 'no token and no link is kept');
SELECT is((SELECT count(*) FROM proctorlink.batch WHERE answer::text ~* 'byron|lovelace|example\.org|nowhere|u-1'), 0::bigint,
	'no name, e-mail address or id of a person is kept');
SELECT is((SELECT count(*) FROM proctorlink.batch WHERE idempotency_key = 'term-1' AND length(payload_sha256) <> 32), 0::bigint,
	'of the payload, its SHA-256 is kept');

SELECT * FROM finish();
ROLLBACK;
