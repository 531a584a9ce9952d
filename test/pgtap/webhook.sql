-- test/pgtap/webhook.sql
--		ProctorU's webhooks: who sent them, what they move, and that each counts
--		once.

BEGIN;
\ir helpers.psql
\ir sittings.psql
\ir bookings.psql
\ir webhooks.psql
SELECT plan(368);

-- The signature. The test's own HMAC first, by RFC 2202's test cases.

SELECT is(encode(hmac_sha1(key, message), 'hex'), digest, name) FROM (VALUES
	('RFC 2202, 1', decode(repeat('0b', 20), 'hex'), 'Hi There'::bytea, 'b617318655057264e28bc0b6fb378c8ef146be00'),
	('RFC 2202, 2', 'Jefe', 'what do ya want for nothing?', 'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79'),
	('RFC 2202, 3', decode(repeat('aa', 20), 'hex'), decode(repeat('dd', 50), 'hex'), '125d7342b9ac11cd91a39af48aa17b4f63f175d3'),
	('RFC 2202, 6', decode(repeat('aa', 80), 'hex'), 'Test Using Larger Than Block-Size Key - Hash Key First', 'aa4ae5e15272d00e95705637ce8a3b55ed402112')
) AS vector (name, key, message, digest);

CREATE FUNCTION tried(install text, integration text, body bytea, signature text) RETURNS text LANGUAGE sql AS $$
	SELECT told(format('SELECT proctorlink.proctoru_webhook(%L, %L, %L, %L)', install, integration, body, signature))
$$;
-- The one answer for everything that is not signed as it should be.
CREATE FUNCTION wrong() RETURNS text IMMUTABLE LANGUAGE sql AS $$
	SELECT 'PT403 AUTHENTICATIONFAILED: no webhook of an integration here'
$$;
SELECT proctorlink.set_webhook_secret(:'install', :'proctoru', 'Jefe') AS jefe \gset
SELECT is(tried(:'install', :'proctoru', 'what do ya want for nothing?', 'sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c79'), 'accepted', 'RFC 2202, 2, at the door');
SELECT is(tried(:'install', :'proctoru', 'what do ya want for nothing!', 'sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c79'), wrong(), 'another body');
SELECT proctorlink.set_webhook_secret(:'install', :'proctoru', repeat('k', 80)) AS long \gset
SELECT is(tried(:'install', :'proctoru', 'body', signed('body', repeat('k', 80))), 'accepted', 'a secret longer than a block');
SELECT is(proctorlink.set_webhook_secret(:'install', :'proctoru', 'hook secret'), 'hook secret', 'a secret is answered');
SELECT is(tried(:'install', :'proctoru', 'body', signed('body', repeat('k', 80))), wrong(), 'which takes the place of the former');

SELECT proctorlink.create_install('College', NULL) AS college \gset
SELECT proctorlink.create_integration(:'college', 'proctoru', 'https://proctoring.test/') ->> 'sid' AS colleges \gset
SELECT proctorlink.create_integration(:'install', 'proctoru', 'https://proctoring.test/') ->> 'sid' AS second \gset
SELECT proctorlink.create_integration(:'install', 'smarterproctoring', 'https://proctoring.test/') ->> 'sid' AS smarter \gset
SELECT proctorlink.create_integration(:'install', 'proctoru', 'https://proctoring.test/', '{"active": false}') ->> 'sid' AS closed \gset
SELECT proctorlink.set_webhook_secret(:'install', :'smarter', 'hook secret') = proctorlink.set_webhook_secret(:'install', :'closed', 'hook secret') AS unused \gset
SELECT proctorlink.create_integration(:'install', 'proctoru', 'https://proctoring.test/') ->> 'sid' AS without \gset
DELETE FROM proctorlink.webhook_secret WHERE integration_id = proctorlink.sid_uuid(:'without');
SELECT signed('{}') AS good \gset
SELECT is(tried(install, integration, body, signature), expected, name) FROM (VALUES
	('signed', :'install', :'proctoru', '{}'::bytea, :'good', 'accepted'),
	('upper-case digits', :'install', :'proctoru', '{}', 'sha1=' || upper(substr(:'good', 6)), 'accepted'),
	('digits of both cases', :'install', :'proctoru', '{}', 'sha1=' || initcap(substr(:'good', 6)), 'accepted'),
	('an upper-case scheme', :'install', :'proctoru', '{}', upper(:'good'), wrong()),
	('a wrong first digit', :'install', :'proctoru', '{}', 'sha1=' || translate(substr(:'good', 6, 1), '0123456789abcdef', '123456789abcdef0') || substr(:'good', 7), wrong()),
	('a wrong last digit', :'install', :'proctoru', '{}', left(:'good', 44) || translate(right(:'good', 1), '0123456789abcdef', '123456789abcdef0'), wrong()),
	('short', :'install', :'proctoru', '{}', left(:'good', 44), wrong()),
	('a byte short', :'install', :'proctoru', '{}', left(:'good', 43), wrong()),
	('long', :'install', :'proctoru', '{}', :'good' || '0', wrong()),
	('very long', :'install', :'proctoru', '{}', repeat(:'good', 100000), wrong()),
	('no digit', :'install', :'proctoru', '{}', left(:'good', 44) || 'g', wrong()),
	('whose last byte is ff', :'install', :'proctoru', '370', 'sha1=4b433af46a7115e729c41ba77194e311de51a6ff', 'accepted'),
	('no digit, in place of the last f', :'install', :'proctoru', '370', 'sha1=4b433af46a7115e729c41ba77194e311de51a6fg', wrong()),
	('no digit, in place of the f before', :'install', :'proctoru', '370', 'sha1=4b433af46a7115e729c41ba77194e311de51a6gf', wrong()),
	('a space before', :'install', :'proctoru', '{}', ' ' || :'good', wrong()),
	('a space behind', :'install', :'proctoru', '{}', :'good' || ' ', wrong()),
	('no scheme', :'install', :'proctoru', '{}', substr(:'good', 6), wrong()),
	('another scheme', :'install', :'proctoru', '{}', 'sha2=' || substr(:'good', 6), wrong()),
	('the scheme alone', :'install', :'proctoru', '{}', 'sha1=', wrong()),
	('noughts', :'install', :'proctoru', '{}', 'sha1=' || repeat('0', 40), wrong()),
	('empty', :'install', :'proctoru', '{}', '', wrong()),
	('missing', :'install', :'proctoru', '{}', NULL, wrong()),
	('two, in one', :'install', :'proctoru', '{}', :'good' || ', ' || :'good', wrong()),
	('another body', :'install', :'proctoru', '{ }', :'good', wrong()),
	('no body', :'install', :'proctoru', NULL, :'good', wrong()),
	('no body, signed as an empty one', :'install', :'proctoru', NULL, signed(''), wrong()),
	('an empty body', :'install', :'proctoru', '', 'sha1=569afbaa6fc3dcabd42af9b0b6ae9c28712e65d4', 'accepted'),
	('another integration', :'install', :'second', '{}', :'good', wrong()),
	('another tenant''s integration', :'install', :'colleges', '{}', :'good', wrong()),
	('the integration under another tenant', :'college', :'proctoru', '{}', :'good', wrong()),
	('an install that is not there', 'AI' || repeat('0', 32), :'proctoru', '{}', :'good', wrong()),
	('an integration that is not there', :'install', 'II' || repeat('0', 32), '{}', :'good', wrong()),
	('not active', :'install', :'closed', '{}', :'good', wrong()),
	('of another provider', :'install', :'smarter', '{}', :'good', wrong()),
	('without a secret', :'install', :'without', '{}', :'good', wrong()),
	('without a secret, signed with nothing', :'install', :'without', '{}', signed('{}', ''), wrong()),
	('no sid', 'x', :'proctoru', '{}', :'good', wrong()),
	('no sid of an integration', :'install', lower(:'proctoru'), '{}', :'good', wrong()),
	('a very long sid', repeat('A', 1000000), repeat('I', 1000000), '{}', :'good', wrong()),
	('NULL install', NULL, :'proctoru', '{}', :'good', wrong()),
	('NULL integration', :'install', NULL, '{}', :'good', wrong())
) AS sent (name, install, integration, body, signature, expected);
SELECT is((SELECT count(*)::int FROM proctorlink.webhook) + (SELECT count(*)::int FROM proctorlink.event WHERE kind = 'refused'), 0, 'what is not signed leaves nothing');
SELECT is(hinted(format('SELECT proctorlink.proctoru_webhook(%L, %L, %L, %L)', a.install, a.integration, '{}', a.signature)),
	'Name an active integration with ProctorU, and sign the raw body with its secret (set_webhook_secret).', 'one hint, ' || a.name)
FROM (VALUES ('wrong signature', :'install', :'proctoru', 'sha1=00'), ('no such integration', :'install', 'II' || repeat('0', 32), :'good'), ('none', NULL, NULL, NULL)) AS a (name, install, integration, signature);

-- Sizes.

SELECT is(tried(:'install', :'proctoru', convert_to(repeat('x', 1048576), 'UTF8'), 'sha1=78c0a802e89e37dde8ec3bec19918948aef174bb'), 'accepted', '1 MB');
SELECT is(tried(:'install', :'proctoru', convert_to(repeat('x', 1048577), 'UTF8'), 'sha1=36ffb8530f36f09d4173e7e33f2dab9fb0059a85'),
	'PT413 LIMITEXCEEDED: body: is longer than 1048576 bytes', 'a byte more');
SELECT is(tried('x', 'x', convert_to(repeat('x', 5000000), 'UTF8'), 'x'), 'PT413 LIMITEXCEEDED: body: is longer than 1048576 bytes', '5 MB, whoever sends it');
SET LOCAL proctorlink.max_payload_bytes = 1024;
SELECT is(tried(:'install', :'proctoru', convert_to(repeat(' ', 1025), 'UTF8'), 'x'), 'PT413 LIMITEXCEEDED: body: is longer than 1024 bytes', 'the server''s limit, where it is smaller');
RESET proctorlink.max_payload_bytes;

-- Rules.

SELECT is(refused(format('SELECT proctorlink.set_webhook_rule(%L, %L, %L, %L, %L)', install, type, status, integration, reason)), expected, name) FROM (VALUES
	('no install', NULL, 'a', 'Closed', NULL, NULL, 'PT400 INVALIDINPUT'),
	('no such install', 'AI' || repeat('0', 32), 'a', 'Closed', NULL, NULL, 'PT404 RESOURCENOTFOUND'),
	('no type', :'install', NULL, 'Closed', NULL, NULL, 'PT400 INVALIDINPUT'),
	('an empty type', :'install', '', 'Closed', NULL, NULL, 'PT400 INVALIDINPUT'),
	('a type with a space behind', :'install', 'a ', 'Closed', NULL, NULL, 'PT400 INVALIDINPUT'),
	('a type of 100 characters', :'install', repeat('é', 100), 'Closed', NULL, NULL, 'accepted'),
	('a type of 101 characters', :'install', repeat('é', 101), 'Closed', NULL, NULL, 'PT400 INVALIDINPUT'),
	('no status', :'install', 'a', 'Done', NULL, NULL, 'PT400 INVALIDINPUT'),
	('a null status', :'install', 'a', NULL, NULL, NULL, 'accepted'),
	('another tenant''s integration', :'install', 'a', 'Closed', :'colleges', NULL, 'PT404 RESOURCENOTFOUND'),
	('no sid', :'install', 'a', 'Closed', 'x', NULL, 'PT400 INVALIDINPUT'),
	('a reason of 500 characters', :'install', 'a', 'Closed', :'proctoru', repeat('é', 500), 'accepted'),
	('a reason of 501 characters', :'install', 'a', 'Closed', :'proctoru', repeat('é', 501), 'PT400 INVALIDINPUT')
) AS rule (name, install, type, status, integration, reason, expected);
SELECT is(refused(format('INSERT INTO proctorlink.webhook_rule (install_id, event_type, status, integration_id, reason) VALUES (install_id(), %L, %L, %s, %L)', type, status, integration, reason)), expected, 'plain SQL: ' || name) FROM (VALUES
	('a rule', 'a', 'Closed', 'NULL', NULL, 'accepted'),
	('no status', 'a', 'Done', 'NULL', NULL, '23514 webhook_rule_status_known'),
	('a type', ' a', 'Closed', 'NULL', NULL, '23514 webhook_rule_event_type_format'),
	('a reason', 'a', 'Closed', 'NULL', repeat('x', 501), '23514 webhook_rule_reason_length'),
	('another tenant''s integration', 'a', 'Closed', quote_literal(proctorlink.sid_uuid(:'colleges')), NULL, '23503 webhook_rule_integration_fkey')
) AS rule (name, type, status, integration, reason, expected);
CREATE FUNCTION rules() RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(string_agg(concat_ws(' ', event_type, CASE WHEN integration_sid IS NOT NULL THEN 'own' END, coalesce(status, 'nothing'), reason), ', '), 'none')
	FROM proctorlink.webhook_rules((SELECT install FROM door))
$$;
SELECT is(rules(), 'none', 'there are none at first');
SELECT proctorlink.set_webhook_rule(:'install', 'begun', 'In Progress'), proctorlink.set_webhook_rule(:'install', 'known', NULL),
	proctorlink.set_webhook_rule(:'install', 'ended', 'Closed', reason => 'ended at ProctorU') \gset
SELECT is(rules(), 'begun In Progress, ended Closed ended at ProctorU, known nothing', 'some');
SELECT is(refused('INSERT INTO proctorlink.webhook_rule (install_id, event_type) VALUES (install_id(), ''known'')'), '23505 webhook_rule_unique', 'one a type');
SELECT contents(versions => true) AS before \gset
SELECT count(*) AS events FROM proctorlink.event \gset
SELECT proctorlink.set_webhook_rule(:'install', 'known', NULL), proctorlink.set_webhook_rule(:'install', 'begun', 'In Progress', NULL, '') \gset
SELECT is(contents(versions => true) || (SELECT count(*) FROM proctorlink.event), :'before' || :events, 'the same again writes nothing');
SELECT proctorlink.set_webhook_rule(:'install', 'known', 'Incident') \gset
SELECT is(rules(), 'begun In Progress, ended Closed ended at ProctorU, known Incident', 'another status');
SELECT proctorlink.set_webhook_rule(:'install', 'known', NULL) \gset
SELECT is((SELECT actor = :'proctoru' AND subject_sid = :'install' AND changes = '{"event_type": "known", "status": null}' FROM proctorlink.event WHERE kind = 'webhook_rule_set' ORDER BY event_id DESC LIMIT 1), true, 'an event tells');

-- What events do.

SELECT is(book(), 'ok', 'a booking');
SELECT (booked()).reservation_no AS number, proctorlink.sid('ES', (booked()).exam_session_id) AS session \gset
SELECT event_of('begun', '{"reservation_id": "r-1"}')::text AS begun \gset
SELECT is(send(:'begun'::jsonb), jsonb_build_object('received', true, 'duplicate', false, 'event_type', 'begun', 'session', :'session', 'status', 'In Progress', 'result', 'moved'), 'it begins');
SELECT is((SELECT (status, status_reason, started_at = now())::text FROM session(:'session')), '("In Progress","webhook: begun",t)', 'as by set_session_status');
SELECT is((SELECT concat_ws(' ', actor = :'proctoru', subject_sid = :'session', changes) FROM proctorlink.event ORDER BY event_id DESC LIMIT 1),
	't t {"to": "In Progress", "from": "Scheduled"}', 'an event names the integration as who did it');
SELECT is((last_webhook()).wanted_status || (last_webhook()).status || (last_webhook()).result, 'In ProgressIn Progressmoved', 'it is kept what was done');
SELECT is((SELECT convert_from(body, 'UTF8') FROM proctorlink.webhook_body WHERE webhook_id = (last_webhook()).webhook_id), :'begun', 'and the body as it came');
SELECT contents(versions => true) AS before \gset
SELECT is(answered(send(:'begun'::jsonb)), 'begun: moved (In Progress) again', 'the same body again');
SELECT is(contents(versions => true), :'before', 'writes nothing');
SELECT is(answered(send(event_of('begun', '{"reservation_id": "r-1"}', '{"n": 2}'))), 'begun: unchanged (In Progress)', 'another body with the same event');
SELECT is(answered(send(event_of('ended', jsonb_build_object('reservation_no', :number)))), 'ended: moved (Closed)', 'it ends, by its number');
SELECT is((SELECT status_reason FROM session(:'session')), 'ended at ProctorU', 'with the reason of the rule');
SELECT is(answered(send(event_of('begun', jsonb_build_object('reservation_no', :number)))), 'begun: not allowed (Closed)', 'a late event moves nothing');
SELECT is((SELECT (status, status_reason)::text FROM session(:'session')), '(Closed,"ended at ProctorU")', 'the session is as it was');
SELECT is((last_webhook()).wanted_status || ' ' || (last_webhook()).result, 'In Progress not allowed', 'and that is kept');
SELECT is(answered(send(:'begun'::jsonb)), 'begun: moved (In Progress) again', 'the first one still answers as it did');
SELECT is(answered(send(event_of('known', '{"reservation_id": "r-1"}'))), 'known: unchanged (Closed)', 'a type that moves nothing');
SELECT is(answered(send(event_of('other', '{"reservation_id": "r-1"}'))), 'other: no rule (Closed)', 'an unknown type');
SELECT proctorlink.set_webhook_rule(:'install', 'other', 'Cancelled') \gset
SELECT is(answered(send(event_of('other', '{"reservation_id": "r-1"}'))), 'other: no rule (Closed) again', 'a rule that came later does not go back');
SELECT is(answered(send(event_of('Begun', '{"reservation_id": "r-1"}'))), 'Begun: no rule (Closed)', 'types compare exactly');
SELECT is((last_webhook()).exam_session_id, proctorlink.sid_uuid(:'session'), 'whose session is kept too');

-- Every way of statuses, as set_session_status has it.

CREATE TABLE status AS SELECT unnest('{Needs Proctor,Pending Approval,Approval Denied,Scheduled,Onboarding,Checked In,In Progress,Incident,Processing,Closed,Cancelled}'::text[]) AS name;
CREATE FUNCTION moved(from_status text, to_status text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	sid text := new_session('u-1', NULL, from_status, 'e-2');
	direct text := told(format('SELECT proctorlink.set_session_status(%L, %L)', sid, to_status));
	answer jsonb;
BEGIN
	UPDATE proctorlink.exam_session SET integration_id = proctorlink.sid_uuid((SELECT integration FROM door)), reservation_id = sid WHERE exam_session_id = proctorlink.sid_uuid(sid);
	PERFORM proctorlink.set_webhook_rule((SELECT install FROM door), 'to ' || to_status, to_status);
	answer := send(event_of('to ' || to_status, jsonb_build_object('reservation_id', sid)));
	RETURN CASE WHEN answer ->> 'status' IS DISTINCT FROM (session(sid)).status THEN 'told a status that it has not'
		WHEN (session(sid)).status = from_status AND from_status = to_status AND answer ->> 'result' = 'unchanged' THEN 'alike'
		WHEN direct = 'accepted' AND answer ->> 'result' = 'moved' AND (session(sid)).status = to_status THEN 'alike'
		WHEN direct LIKE 'PT409%' AND answer ->> 'result' = 'not allowed' AND (session(sid)).status = from_status THEN 'alike'
		ELSE direct || ' ' || answer::text END;
END
$$;
SELECT is(moved(a.name, b.name), 'alike', a.name || ' to ' || b.name) FROM status a, status b;

-- Which session.

SELECT is(book('{"reservation_id": "r-2", "reservation_no": 222222222, "user_id": "pu-2", "email": "2@example.org"}'), 'ok', 'another one''s booking');
SELECT is(book('{"reservation_id": "0042", "reservation_no": 42, "user_id": "pu-3", "email": "3@example.org"}'), 'ok', 'one whose ids look like numbers');
SELECT proctorlink.use_install(:'install', :'second') \gset
SELECT is(book('{"reservation_id": "s-1", "reservation_no": 333333333, "user_id": "pu-4", "email": "4@example.org"}'), 'ok', 'one through another integration');
SELECT proctorlink.use_install(:'install', :'proctoru') \gset
CREATE FUNCTION found(body jsonb) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce((session(send(event_of('x') || body) ->> 'session')).reservation_id, 'none')
$$;
SELECT is(found(body::jsonb), expected, name) FROM (VALUES
	('by id', '{"reservation": {"reservation_id": "r-2"}}', 'r-2'),
	('by number', '{"reservation": {"reservation_no": 222222222}}', 'r-2'),
	('by a number as text', '{"reservation": {"reservation_no": "222222222"}}', 'r-2'),
	('by a small number', '{"reservation": {"reservation_no": 42}}', '0042'),
	('by a number with leading noughts', '{"reservation": {"reservation_no": "0042"}}', '0042'),
	('ids keep leading noughts', '{"reservation": {"reservation_id": "0042"}}', '0042'),
	('an id that came as a number', '{"reservation": {"reservation_id": 42}}', 'none'),
	('an id in another case', '{"reservation": {"reservation_id": "R-2"}}', 'none'),
	('both', '{"reservation": {"reservation_id": "r-2", "reservation_no": 222222222}}', 'r-2'),
	('an id with a number that nobody has', '{"reservation": {"reservation_id": "r-2", "reservation_no": 7}}', 'r-2'),
	('an id with another one''s number', '{"reservation": {"reservation_id": "r-2", "reservation_no": 42}}', 'none'),
	('an id that nobody has with a number', '{"reservation": {"reservation_id": "r-9", "reservation_no": 222222222}}', 'none'),
	('a number of nought is none', '{"reservation": {"reservation_id": "r-2", "reservation_no": 0}}', 'r-2'),
	('an empty id is none', '{"reservation": {"reservation_id": "", "reservation_no": 42}}', '0042'),
	('a null id is none', '{"reservation": {"reservation_id": null, "reservation_no": 42}}', '0042'),
	('an id that is an object is none', '{"reservation": {"reservation_id": {"a": 1}, "reservation_no": 42}}', '0042'),
	('a number that is none', '{"reservation": {"reservation_no": "42x"}}', 'none'),
	('a broken number', '{"reservation": {"reservation_no": 42.5}}', 'none'),
	('a negative number', '{"reservation": {"reservation_no": -42}}', 'none'),
	('a number of 131,000 digits', '{"reservation": {"reservation_no": 1e131000, "reservation_id": 1e131000}}', 'none'),
	('in another block', '{"cancellation": {"reservation_id": "r-2"}}', 'r-2'),
	('in the event', '{"event": {"type": "x", "reservation_no": 42}}', '0042'),
	('at the top', '{"reservation_id": "r-2"}', 'r-2'),
	('the reservation goes before others', '{"reservation": {"reservation_id": "r-2"}, "exam": {"reservation_id": "0042"}}', 'r-2'),
	('a reservation that is a list', '{"reservation": [{"reservation_id": "r-2"}]}', 'none'),
	('a reservation that is a text', '{"reservation": "r-2"}', 'none'),
	('in a block of others', '{"x": {"reservation_id": "r-2"}}', 'none'),
	('not by the person', '{"test_taker": {"user_id": "pu-2", "student_id": "pu-2", "email": "2@example.org"}, "exam": {"exam_id": "e-1"}}', 'none'),
	('another integration''s id', '{"reservation": {"reservation_id": "s-1"}}', 'none'),
	('another integration''s number', '{"reservation": {"reservation_no": 333333333}}', 'none'),
	('none', '{}', 'none')
) AS named (name, body, expected);
SELECT is(answered(send(event_of('begun', '{"reservation_id": "nobody"}'))), 'begun: no session', 'a rule, but no session');
SELECT is(answered(send(event_of('known', '{"reservation_id": "nobody"}'))), 'known: unchanged', 'nothing to move');
SELECT is(said(proctorlink.proctoru_move_reservation(jsonb_build_object('reservation_id', 'r-2', 'start_date', utc(now() + interval '3 days'), 'new_reservation_no', 444444444))), 'ok', 'one is moved');
SELECT is(found('{"reservation": {"reservation_no": 222222222}, "moved": true}'), 'r-2', 'the former number finds it');
SELECT is(found('{"reservation": {"reservation_no": 444444444}}'), 'r-2', 'so does the new one');
SELECT is(found('{"reservation": {"reservation_id": "0042", "reservation_no": 222222222}}'), 'none', 'the former number is another reservation''s too');
SELECT proctorlink.use_install(:'install', :'second') \gset
SELECT is(said(proctorlink.proctoru_move_reservation(jsonb_build_object('reservation_id', 's-1', 'start_date', utc(now() + interval '3 days'), 'new_reservation_no', 555555555))), 'ok', 'one of another integration is moved');
SELECT proctorlink.use_install(:'install', :'proctoru') \gset
SELECT is(found('{"reservation": {"reservation_no": 333333333}, "moved": true}'), 'none', 'its former number is not found either');

-- The integration's own rule goes before that of all; another integration has that one.

SELECT proctorlink.set_webhook_rule(:'install', 'went', 'Onboarding'), proctorlink.set_webhook_rule(:'install', 'went', 'Checked In', :'second') \gset
ALTER TABLE door ADD second text;
UPDATE door SET second = :'second';
CREATE FUNCTION send_second(body jsonb) RETURNS jsonb LANGUAGE sql AS $$
	SELECT proctorlink.proctoru_webhook(install, second, convert_to(body::text, 'UTF8'), signed(convert_to(body::text, 'UTF8'), 'second secret')) FROM door
$$;
SELECT proctorlink.set_webhook_secret(:'install', :'second', 'second secret') AS unused \gset
SELECT is(answered(send_second(event_of('went', '{"reservation_id": "s-1"}'))), 'went: moved (Checked In)', 'the own rule');
SELECT is(answered(send(event_of('went', '{"reservation_id": "r-2"}'))), 'went: moved (Onboarding)', 'that of all');
SELECT proctorlink.set_webhook_rule(:'install', 'passing', 'Closed'), proctorlink.set_webhook_rule(:'install', 'passing', NULL, :'second') \gset
SELECT is(proctorlink.remove_webhook_rule(:'install', 'passing'), true, 'that of all is removed');
SELECT is((SELECT string_agg(integration_sid, ',') FROM proctorlink.webhook_rules(:'install') WHERE event_type = 'passing'), :'second'::text, 'and the own one stays');
SELECT is(answered(send_second(event_of('went', '{"reservation_id": "r-2"}'))), 'went: no session', 'a session is not another integration''s to move, though the body came before through its own');
SELECT is((SELECT (actor = :'second')::text FROM proctorlink.event WHERE subject_sid = proctorlink.sid('ES', (booked('s-1')).exam_session_id) ORDER BY event_id DESC LIMIT 1), 'true', 'each in its own name');
SELECT is(proctorlink.whoami() ->> 'integration', :'proctoru', 'who calls is who they were');
SELECT is(proctorlink.remove_webhook_rule(:'install', 'went', :'second'), true, 'the own rule is removed');
SELECT is(proctorlink.remove_webhook_rule(:'install', 'went', :'second'), false, 'once');
SELECT is(refused(format('SELECT proctorlink.remove_webhook_rule(%L, NULL)', :'install')), 'PT400 INVALIDINPUT', 'a type is wanted');
SELECT is(answered(send_second(event_of('went', '{"reservation_id": "s-1"}', '{"n": 2}'))), 'went: not allowed (Checked In)', 'that of all holds');
SELECT is(proctorlink.remove_webhook_rule(:'install', 'went'), true, 'and is removed');
SELECT is(answered(send_second(event_of('went', '{"reservation_id": "s-1"}', '{"n": 3}'))), 'went: no rule (Checked In)', 'no rule is left');

-- A rule of somebody else's on the table refuses: kept, and nothing moved.

ALTER TABLE proctorlink.exam_session ADD CONSTRAINT customers CHECK (status <> 'Incident') NOT VALID;
SELECT proctorlink.set_webhook_rule(:'install', 'trouble', 'Incident') \gset
SELECT is(answered(send(event_of('trouble', '{"reservation_id": "0042"}'))), 'trouble: not allowed (Scheduled)', 'a constraint of others');
SELECT is((booked('0042')).status || ' ' || (last_webhook()).result, 'Scheduled not allowed', 'is heeded');
ALTER TABLE proctorlink.exam_session DROP CONSTRAINT customers;

-- A cancelled booking leaves the right to sit.

SELECT proctorlink.set_webhook_rule(:'install', 'cancelled', 'Cancelled') \gset
SELECT is(answered(send(event_of('cancelled', '{"reservation_id": "0042"}'))), 'cancelled: moved (Cancelled)', 'a cancellation');

-- Bodies that are none of the kind that is read: they are kept.

CREATE FUNCTION kept(sent bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text := answered(send(sent));
BEGIN
	RETURN concat_ws(', ', answer, CASE WHEN NOT EXISTS (SELECT FROM proctorlink.webhook w JOIN proctorlink.webhook_body b USING (install_id, webhook_id)
		WHERE w.body_sha256 = sha256(sent) AND b.body = sent) THEN 'not as it came' END);
END
$$;
SELECT is(kept(body), '-: not read', name) FROM (VALUES
	('empty', ''::bytea), ('blank', '  '), ('NUL', '\x00'), ('NUL in JSON', '{"event": {"type": "begun"}, "x": "'::bytea || '\x00' || '"}'::bytea),
	('an escaped NUL', convert_to('{"event": {"type": "begun"}, "x": "\u0000"}', 'UTF8')),
	('invalid UTF-8', '\xff'), ('invalid UTF-8 in JSON', '{"event": {"type": "begun"}, "x": "'::bytea || '\xc328' || '"}'::bytea),
	('a surrogate', convert_to('{"event": {"type": "begun"}, "x": "\ud800"}', 'UTF8')),
	('a byte order mark', '\xefbbbf'::bytea || '{"event": {"type": "begun"}}'::bytea),
	('CSV', convert_to(E'type,reservation_no\nbegun,42\n', 'UTF8')), ('form post', 'event%5Btype%5D=begun&reservation%5Breservation_no%5D=42'),
	('half a body', '{"event": {"type": "begun"'), ('two bodies', '{"event": {"type": "begun"}}{}'),
	('a list', '[{"event": {"type": "begun"}}]'), ('a text', '"begun"'), ('a number', '1'), ('null', 'null'), ('no event', '{"type": "begun"}'),
	('an event that is a text', '{"event": "begun"}'), ('an event that is a list', '{"event": [{"type": "begun"}]}'), ('no type', '{"event": {}}'),
	('a null type', '{"event": {"type": null}}'), ('an empty type', '{"event": {"type": ""}}'), ('a type that is an object', '{"event": {"type": {"a": 1}}}'),
	('a type with a space', '{"event": {"type": " begun"}}'), ('a type with a line', convert_to('{"event": {"type": "be\ngun"}}', 'UTF8')),
	('a type of 101 characters', convert_to(format('{"event": {"type": "%s"}}', repeat('é', 101)), 'UTF8'))
) AS bodies (name, body);
SELECT is(answered(send('{"event": {"type": 7}}'::jsonb)), '7: no rule', 'a type that is a number');
SELECT is(answered(send(convert_to('{"event": {"type": "x"}, "event": {"type": "y"}}', 'UTF8'))), 'y: no rule', 'of two events the last');
SELECT ok(answered(send(convert_to(body, 'UTF8'))) IN ('-: not read', 'begun: no session'), name) FROM (VALUES
	('10,000 lists', repeat('[', 10000) || repeat(']', 10000)),
	('10,000 objects', repeat('{"event":', 10000) || '1' || repeat('}', 10000)),
	('10,000 lists beside an event', '{"event": {"type": "begun"}, "x": ' || repeat('[', 10000) || repeat(']', 10000) || '}')
) AS bodies (name, body);
SELECT is((SELECT count(*)::int FROM proctorlink.webhook w LEFT JOIN proctorlink.webhook_body b USING (install_id, webhook_id) WHERE sha256(b.body) IS DISTINCT FROM w.body_sha256), 0, 'every body is kept under its hash');

-- Behind PostgREST.

CREATE FUNCTION raw(headers text, body bytea DEFAULT '{"event": {"type": "raw"}}') RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('request.headers', headers, true);
	RETURN told(format('SELECT proctorlink.proctoru_webhook_raw(%L)', body));
END
$$;
CREATE FUNCTION heads(names text, signature text) RETURNS text LANGUAGE sql AS $$
	SELECT jsonb_build_object('host', 'x', 'proctorlink-webhook', names, 'x-proctoru-signature', signature)::text
$$;
SELECT is(current_setting('request.headers', true), NULL, 'no headers yet');
SELECT is(told('SELECT proctorlink.proctoru_webhook_raw(''{}'')'), wrong(), 'are no signature');
SELECT :'install' || '/' || :'proctoru' AS names, signed('{"event": {"type": "raw"}}') AS good \gset
SELECT is(raw(headers), expected, name) FROM (VALUES
	('as it should be', heads(:'names', :'good'), 'accepted'),
	('names of headers in other cases', replace(replace(heads(:'names', :'good'), 'proctorlink-webhook', 'Proctorlink-Webhook'), 'x-proctoru-signature', 'X-PROCTORU-SIGNATURE'), 'accepted'),
	('no signature', format('{"proctorlink-webhook": "%s"}', :'names'), wrong()),
	('a null signature', heads(:'names', NULL), wrong()),
	('a wrong signature', heads(:'names', signed('{}')), wrong()),
	('two signatures, the last good', format('{"proctorlink-webhook": "%s", "x-proctoru-signature": "sha1=00", "x-proctoru-signature": "%s"}', :'names', :'good'), wrong()),
	('two good ones', format('{"proctorlink-webhook": "%s", "x-proctoru-signature": "%s", "X-ProctorU-Signature": "%2$s"}', :'names', :'good'), wrong()),
	('two joined', heads(:'names', :'good' || ',' || :'good'), wrong()),
	('a list of signatures', jsonb_set(heads(:'names', '')::jsonb, '{x-proctoru-signature}', jsonb_build_array(:'good'))::text, wrong()),
	('no names', format('{"x-proctoru-signature": "%s"}', :'good'), wrong()),
	('two names', format('{"proctorlink-webhook": "%s", "proctorlink-webhook": "%1$s", "x-proctoru-signature": "%2$s"}', :'names', :'good'), wrong()),
	('the names of others', heads(:'college' || '/' || :'colleges', :'good'), wrong()),
	('the install alone', heads(:'install', :'good'), wrong()),
	('another stroke', heads(replace(:'names', '/', '|'), :'good'), wrong()),
	('a third name', heads(:'names' || '/x', :'good'), wrong()),
	('no object', '[]', wrong()), ('a text', '"x"', wrong()), ('no JSON', 'x', wrong()), ('empty', '', wrong()), ('NUL', '{"x": "\u0000"}', wrong()),
	('10,000 lists', repeat('[', 10000) || repeat(']', 10000), wrong()),
	('too many', jsonb_set(heads(:'names', :'good')::jsonb, '{x}', to_jsonb(repeat('x', 70000)))::text, wrong())
) AS sent (name, headers, expected);
SELECT set_config('request.headers', heads(:'names', :'good'), true) IS NULL AS unused, count(*) AS rows FROM proctorlink.webhook \gset
SELECT is(answered(proctorlink.proctoru_webhook_raw('{"event": {"type": "raw"}}')), 'raw: no rule', 'what is answered');
SELECT is(current_setting('response.status', true), '200', 'with the status for that');
SELECT is(told('SELECT proctorlink.proctoru_webhook_raw(NULL)'), wrong(), 'a NULL body');
SELECT is(told(format('SELECT proctorlink.proctoru_webhook_raw(%L)', convert_to(repeat('x', 1048577), 'UTF8'))), 'PT413 LIMITEXCEEDED: body: is longer than 1048576 bytes', 'a large one');

-- Whoever calls needs nothing but to be let in, and gets nothing else.

CREATE ROLE webhook_front;
GRANT USAGE ON SCHEMA proctorlink TO webhook_front;
GRANT EXECUTE ON FUNCTION proctorlink.proctoru_webhook(text, text, bytea, text), proctorlink.proctoru_webhook_raw(bytea), proctorlink.whoami() TO webhook_front;
SELECT is(book('{"reservation_id": "r-5", "user_id": "pu-5", "email": "5@example.org"}'), 'ok', 'a booking');
SELECT event_of('begun', '{"reservation_id": "r-5"}')::text AS body \gset
SELECT signed(convert_to(:'body', 'UTF8')) AS good \gset
SELECT proctorlink.use_install(:'college') \gset
SET LOCAL ROLE webhook_front;
SELECT proctorlink.proctoru_webhook(:'install', :'proctoru', convert_to(:'body', 'UTF8'), :'good') ->> 'result' AS result, current_setting('response.status') AS status,
	proctorlink.whoami() ->> 'install' AS still \gset
RESET ROLE;
SELECT is(:'result' || ' ' || (booked('r-5')).status, 'moved In Progress', 'a role without any privilege on tables');
SELECT is(:'still', :'college'::text, 'which is not taken for the integration afterwards');
SELECT is((SELECT actor FROM proctorlink.event WHERE subject_sid = proctorlink.sid('ES', (booked('r-5')).exam_session_id) ORDER BY event_id DESC LIMIT 1), :'proctoru', 'in the name of the integration');
SELECT is((SELECT string_agg(t, ', ') FROM unnest('{webhook,webhook_body,webhook_rule,webhook_secret}'::text[]) t WHERE has_table_privilege('webhook_front', 'proctorlink.' || t, 'SELECT, INSERT, UPDATE, DELETE')), NULL, 'it reads and writes no table');

-- Who enters rules needs what the README says.

CREATE ROLE proctorlink_test_ruler;
SELECT proctorlink.bind_role(:'install', 'proctorlink_test_ruler') \gset
GRANT USAGE ON SCHEMA proctorlink TO proctorlink_test_ruler;
GRANT EXECUTE ON FUNCTION proctorlink.set_webhook_rule(text, text, text, text, text), proctorlink.remove_webhook_rule(text, text, text), proctorlink.webhook_rules(text) TO proctorlink_test_ruler;
GRANT SELECT, UPDATE ON proctorlink.install TO proctorlink_test_ruler;
GRANT SELECT ON proctorlink.integration TO proctorlink_test_ruler;
GRANT SELECT, INSERT, UPDATE, DELETE ON proctorlink.webhook_rule TO proctorlink_test_ruler;
SET LOCAL ROLE proctorlink_test_ruler;
SELECT proctorlink.set_webhook_rule(:'install', 'a', 'Closed', :'proctoru'), proctorlink.set_webhook_rule(:'install', 'a', 'Incident', :'proctoru') \gset
SELECT string_agg(status, ',') FILTER (WHERE event_type = 'a') AS ruled FROM proctorlink.webhook_rules(:'install') \gset
SELECT proctorlink.remove_webhook_rule(:'install', 'a', :'proctoru') AS removed \gset
RESET ROLE;
SELECT is(:'ruled' || :'removed', 'Incidentt', 'a role that enters rules');

-- readiness

CREATE FUNCTION unknown() RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', coalesce(ok::text, 'info'), regexp_replace(detail, '\d{4}-\d\d-\d\dT[\d:.]+Z', 'T', 'g')) FROM proctorlink.readiness() WHERE check_name = 'webhook.unknown_types'
$$;
SELECT is(unknown(), 'info no webhook has come', 'not to this install');
SELECT proctorlink.use_install(:'install', :'proctoru') \gset
SELECT matches(unknown(), '^false without a rule, so that they moved nothing: .*bodies that are no JSON object with an event.type \(\d+, last T\)', 'bodies that were not read');
DELETE FROM proctorlink.webhook WHERE event_type IS NULL;
DELETE FROM proctorlink.webhook WHERE event_type NOT IN ('Begun', 'begun', 'went');
UPDATE proctorlink.webhook SET received_at = now() - interval '1 day' WHERE event_type = 'Begun';
SELECT is(unknown(), 'info without a rule, so that they moved nothing: "went" (5, last T), "Begun" (1, last T)', 'types without a rule, the latest first');
SELECT is((SELECT detail LIKE '%, "Begun" (1, last ' || rfc(now() - interval '1 day') || ')' FROM proctorlink.readiness() WHERE check_name = 'webhook.unknown_types'), true, 'when last, in UTC');
SELECT proctorlink.set_webhook_rule(:'install', 'went', NULL, :'second') \gset
SELECT is(unknown(), 'info without a rule, so that they moved nothing: "went" (1, last T), "Begun" (1, last T)', 'of one integration');
SELECT proctorlink.set_webhook_rule(:'install', 'went', NULL), proctorlink.set_webhook_rule(:'install', 'Begun', NULL) \gset
SELECT is(unknown(), 'true every event type that came has a rule', 'all have one');
INSERT INTO proctorlink.webhook (install_id, integration_id, body_sha256, event_type, result) SELECT install_id(), proctorlink.sid_uuid(:'proctoru'), sha256(n::text::bytea), 'type-' || n, 'no rule' FROM generate_series(1, 7) n;
SELECT is(unknown(), 'info without a rule, so that they moved nothing: "type-1" (1, last T), "type-2" (1, last T), "type-3" (1, last T), "type-4" (1, last T), "type-5" (1, last T), ...', 'at most five');

-- The secret.

SELECT matches(proctorlink.set_webhook_secret(:'install', :'proctoru'), '^[A-Za-z0-9_-]{43}$', 'a random secret');
SELECT isnt(proctorlink.set_webhook_secret(:'install', :'proctoru'), proctorlink.set_webhook_secret(:'install', :'proctoru', NULL), 'is another each time');
SELECT is((SELECT concat_ws(' ', subject_sid = :'proctoru', changes) FROM proctorlink.event WHERE kind = 'webhook_secret_set' ORDER BY event_id DESC LIMIT 1), 't {}', 'an event, without the secret');
SELECT is(refused(format('SELECT proctorlink.set_webhook_secret(%L, %L, %L)', install, integration, secret)), expected, name) FROM (VALUES
	('no install', NULL, :'proctoru', 'x', 'PT400 INVALIDINPUT'), ('no integration', :'install', NULL, 'x', 'PT400 INVALIDINPUT'),
	('another tenant''s', :'install', :'colleges', 'x', 'PT404 RESOURCENOTFOUND'), ('one that had none', :'install', :'without', 'x', 'accepted'),
	('an empty secret', :'install', :'proctoru', '', 'PT400 INVALIDINPUT'), ('a space behind', :'install', :'proctoru', 'x ', 'PT400 INVALIDINPUT'),
	('a line', :'install', :'proctoru', E'x\ny', 'PT400 INVALIDINPUT'), ('500 characters', :'install', :'proctoru', repeat('é', 500), 'accepted'),
	('501 characters', :'install', :'proctoru', repeat('é', 501), 'PT400 INVALIDINPUT')
) AS given (name, install, integration, secret, expected);
SELECT is((SELECT count(*)::int FROM proctorlink.event WHERE changes::text ~ 'hook|secret'), 0, 'no event holds a secret');

SELECT * FROM finish();
ROLLBACK;
