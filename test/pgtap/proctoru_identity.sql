-- test/pgtap/proctoru_identity.sql
--		Who is booked through ProctorU: found, linked, made or refused, and never
--		merged or renamed.

BEGIN;
\ir helpers.psql
\ir sittings.psql
\ir bookings.psql
SELECT plan(95);

CREATE FUNCTION source(chosen text) RETURNS void LANGUAGE sql AS $$
	SELECT proctorlink.configure_install(proctorlink.sid('AI', install_id()), jsonb_build_object('candidateIdSource', chosen))
$$;
-- What a booking comes to, taken back afterwards: whose it is, or the refusal.
CREATE FUNCTION would(changes jsonb, before text DEFAULT 'SELECT') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text;
	person text;
BEGIN
	EXECUTE before;
	message := book(changes);
	IF message = 'ok' THEN
		person := who(booking(changes) ->> 'reservation_id');
	END IF;
	RAISE EXCEPTION USING ERRCODE = 'UNDO0';
EXCEPTION
	WHEN SQLSTATE 'UNDO0' THEN
		RETURN coalesce('ok ' || person, message);
END
$$;
CREATE FUNCTION provider_row(userid text) RETURNS text STABLE LANGUAGE sql AS $$
	SELECT coalesce(a.candidate_ext_id, '-') || ' ' || coalesce(p.student_id, '-')
	FROM proctorlink.provider_account p LEFT JOIN proctorlink.account a USING (install_id, account_id)
	WHERE p.install_id = install_id() AND p.user_id = userid
$$;

-- A new person, by user_id.

SELECT is(book('{"student_id": "s-1"}'), 'ok', 'a person whom nobody knows is booked');
SELECT is((SELECT (candidate_ext_id, candidate_ext_id_defaulted, username, first_name, last_name, email, time_zone, role, status)::text FROM proctorlink.account
	WHERE account_id = (booked()).account_id), '(pu-1,f,pu-1,Grace,Hopper,grace@example.org,America/Chicago,candidate,active)', 'and made, by the user_id');
SELECT is(provider_row('pu-1'), 'pu-1 s-1', 'with both ids of ProctorU');
SELECT is(book('{"reservation_id": "r-2", "exam_id": "e-2", "first_name": "Other", "email": "other@example.org", "start_date": "2090-01-01T10:00:00Z"}'), 'ok', 'who comes again');
SELECT is(who('r-2'), 'pu-1', 'is the same');
SELECT is((SELECT first_name || ' ' || email FROM proctorlink.account WHERE candidate_ext_id = 'pu-1'), 'Grace grace@example.org', 'and stays as they are');
SELECT is(provider_row('pu-1'), 'pu-1 s-1', 'as does a student_id that is not sent');
SELECT is((SELECT count(*)::int FROM proctorlink.account WHERE install_id = install_id()), 4, 'nobody else is made');

-- A user_id that is somebody's candidate_ext_id.

INSERT INTO proctorlink.account (install_id, candidate_ext_id, first_name, email) VALUES (install_id(), 'stranger', 'Eve', 'eve@example.org');
INSERT INTO proctorlink.account (install_id, api_id, first_name) VALUES (install_id(), 'by-api', 'Api');
INSERT INTO proctorlink.account (install_id, candidate_ext_id, username) VALUES (install_id(), 'x-1', 'taken');
SELECT is(would(all_changes, before), outcome, name)
FROM (VALUES
	('a stranger''s candidate_ext_id', '{"user_id": "stranger"}', 'SELECT', 'candidate_ext_id_unique: there is an account "stranger" already, and nothing shows that it is the same person. Set candidateIdSource to student_id, or tie the two together by link_candidate.'),
	('with their e-mail', '{"user_id": "stranger", "email": "eve@example.org"}', 'SELECT', 'ok stranger'),
	('whatever its case', '{"user_id": "stranger", "email": "Eve@Example.ORG"}', 'SELECT', 'ok stranger'),
	('of somebody without e-mail', '{"user_id": "u-2"}', 'SELECT', 'candidate_ext_id_unique: there is an account "u-2" already, and nothing shows that it is the same person. Set candidateIdSource to student_id, or tie the two together by link_candidate.'),
	('in another case it is another id', '{"user_id": "Stranger"}', 'SELECT', 'ok Stranger'),
	('linked by hand', '{"user_id": "stranger"}', format('SELECT proctorlink.link_candidate(%L, %L, ''stranger'', ''stranger'')', :'install', :'proctoru'), 'ok stranger'),
	('linked by hand to another name', '{"user_id": "pu-9"}', format('SELECT proctorlink.link_candidate(%L, %L, ''pu-9'', ''stranger'')', :'install', :'proctoru'), 'ok stranger'),
	('linked with another user_id', '{"user_id": "stranger", "email": "eve@example.org"}', format('SELECT proctorlink.link_candidate(%L, %L, ''pu-9'', ''stranger'')', :'install', :'proctoru'),
		'provider_user_id_never_changes: the account "stranger" is user_id "pu-9" in ProctorU. Book with that user_id.'),
	('known from another integration with ProctorU', '{"user_id": "stranger"}',
		format('INSERT INTO proctorlink.provider_account (install_id, integration_id, user_id, account_id) SELECT %L, proctorlink.sid_uuid(proctorlink.create_integration(%L, ''proctoru'', ''https://p.test'') ->> ''sid''), ''stranger'', %L',
			install_id(), :'install', account_id('stranger')), 'ok stranger'),
	('known from another provider', '{"user_id": "stranger"}',
		format('INSERT INTO proctorlink.provider_account (install_id, integration_id, user_id, account_id) SELECT %L, proctorlink.sid_uuid(proctorlink.create_integration(%L, ''other'', ''https://p.test'') ->> ''sid''), ''stranger'', %L',
			install_id(), :'install', account_id('stranger')), 'candidate_ext_id_unique: there is an account "stranger" already, and nothing shows that it is the same person. Set candidateIdSource to student_id, or tie the two together by link_candidate.'),
	('an id that only stands in for one', '{"user_id": "by-api"}', 'SELECT', 'username_unique: "by-api" is the username of another person. Rename that person, or tie the two together by link_candidate.'),
	('somebody''s username', '{"user_id": "taken"}', 'SELECT', 'username_unique: "taken" is the username of another person. Rename that person, or tie the two together by link_candidate.'),
	('a disabled account', '{"user_id": "pu-1"}', 'UPDATE proctorlink.account SET status = ''disabled'' WHERE candidate_ext_id = ''pu-1''', 'not_allowed: the account "pu-1" is disabled. Make the account active again first.')
) AS cases (name, changes, before, outcome), LATERAL (SELECT (changes::jsonb || '{"reservation_id": "r-3", "start_date": "2090-02-01T10:00:00Z"}') AS all_changes) l;

-- By student_id.

SELECT source('student_id') \gset
SELECT is(would(all_changes, before), outcome, name)
FROM (VALUES
	('it must be there', '{}', 'SELECT', 'student_id is required'),
	('null is missing', '{"student_id": null}', 'SELECT', 'student_id is required'),
	('and so is the empty text', '{"student_id": ""}', 'SELECT', 'student_id is required'),
	('a space is none', '{"student_id": " "}', 'SELECT', 'student_id is not valid'),
	('an object is none', '{"student_id": {}}', 'SELECT', 'student_id is not valid'),
	('it names a new person', '{"student_id": "s-2", "user_id": "pu-2"}', 'SELECT', 'ok s-2'),
	('leading zeros are kept', '{"student_id": "007", "user_id": "pu-2"}', 'INSERT INTO proctorlink.account (install_id, candidate_ext_id) SELECT install_id(), ''7''', 'ok 007'),
	('and asked for', '{"student_id": "7", "user_id": "pu-2"}', 'INSERT INTO proctorlink.account (install_id, candidate_ext_id) SELECT install_id(), ''007''', 'ok 7'),
	('a number is a text', '{"student_id": 7, "user_id": "pu-2"}', 'SELECT', 'ok 7'),
	('it links whom the customer knows', '{"student_id": "stranger", "user_id": "pu-2"}', 'SELECT', 'ok stranger'),
	('whom another user_id has', '{"student_id": "stranger", "user_id": "pu-2"}', format('SELECT proctorlink.link_candidate(%L, %L, ''pu-9'', ''stranger'')', :'install', :'proctoru'),
		'provider_user_id_never_changes: the account "stranger" is user_id "pu-9" in ProctorU. Book with that user_id.'),
	('another''s student_id', '{"student_id": "s-1", "user_id": "pu-2"}', 'SELECT', 'provider_student_id_unique: student_id "s-1" belongs to user_id "pu-1". Give one of the two another student_id in ProctorU.'),
	('somebody''s username', '{"student_id": "taken", "user_id": "pu-2"}', 'SELECT', 'username_unique: "taken" is the username of another person. Rename that person, or tie the two together by link_candidate.'),
	('who was made by the other source stays', '{"student_id": "s-1"}', 'SELECT', 'ok pu-1'),
	('with a changed one too', '{"student_id": "s-9"}', 'SELECT', 'ok pu-1'),
	('but is not somebody else', '{"student_id": "stranger"}', 'SELECT', 'candidate_ext_id_unique: student_id "stranger" is one account, and user_id "pu-1" is another. Correct the student_id in ProctorU.'),
	('after a rename too', '{"student_id": "s-1"}', format('SELECT proctorlink.rename_candidate(%L, ''pu-1'', ''s-1'')', :'install'), 'ok s-1'),
	('the integration''s own source counts over the install''s', '{"user_id": "pu-2", "student_id": "s-2"}', 'UPDATE proctorlink.integration SET settings = ''{"candidateIdSource": "user_id"}''', 'ok pu-2')
) AS cases (name, changes, before, outcome), LATERAL (SELECT (changes::jsonb || '{"reservation_id": "r-3", "start_date": "2090-02-01T10:00:00Z"}') AS all_changes) l;
SELECT is(book('{"student_id": "s-9", "reservation_id": "r-4", "start_date": "2090-03-01T10:00:00Z"}'), 'ok', 'another student_id');
SELECT is(provider_row('pu-1'), 'pu-1 s-9', 'is kept, and renames nobody');
SELECT source('user_id') \gset
SELECT is(book('{"reservation_id": "r-5", "start_date": "2090-03-02T10:00:00Z"}'), 'ok', 'the source switched back');
SELECT is(who('r-5'), 'pu-1', 'changes nothing either');

-- The same person by both doors, in both orders.

SELECT source('student_id') \gset
SELECT proctorlink.batch_provision('{"user": {"ids": {"external": "both-1"}, "firstName": "Ada", "lastName": "Byron", "email": "ada@example.net"}}') #>> '{user,sid}' AS ada \gset
SELECT is(book('{"user_id": "pu-3", "student_id": "both-1", "reservation_id": "r-6"}'), 'ok', 'provisioned first');
SELECT is(proctorlink.sid('US', (booked('r-6')).account_id), :'ada', 'is found');
SELECT is((SELECT first_name || ' ' || email FROM proctorlink.account WHERE candidate_ext_id = 'both-1'), 'Ada ada@example.net', 'and stays as the platform has them');
SELECT is(book('{"user_id": "pu-4", "student_id": "both-2", "reservation_id": "r-7"}'), 'ok', 'booked first');
SELECT is(proctorlink.batch_provision('{"user": {"ids": {"external": "both-2", "lms": "l-2"}, "firstName": "Grace", "lastName": "Hopper", "email": "grace@example.org"}}') -> 'user',
	jsonb_build_object('sid', proctorlink.sid('US', (booked('r-7')).account_id), 'result', 'Updated'), 'is found by provisioning, and gets the other ids');
SELECT source('user_id') \gset
SELECT is(proctorlink.batch_provision('{"user": {"ids": {"external": "pu-1"}, "firstName": "Grace", "lastName": "Hopper", "email": "grace@example.org"}}') #>> '{user,result}', 'Found Existing', 'by user_id as well');
SELECT is(proctorlink.batch_provision('{"user": {"ids": {"lms": "l-9"}, "firstName": "Late", "lastName": "Comer", "email": "late@example.org"}}') #>> '{user,result}', 'Created', 'who has only an LMS id');
SELECT is(book('{"user_id": "l-9", "email": "late@example.org", "reservation_id": "r-8"}'), 'username_unique: "l-9" is the username of another person. Rename that person, or tie the two together by link_candidate.',
	'is not matched by what stands in for an id, nor by e-mail');
SELECT is(proctorlink.batch_provision('{"user": {"ids": {"lms": "l-9", "external": "late"}, "firstName": "Late", "lastName": "Comer", "email": "late@example.org"}}') #>> '{user,result}', 'Updated', 'ids.external arrives later');
SELECT is(book('{"user_id": "late", "email": "late@example.org", "reservation_id": "r-8"}'), 'ok', 'and matches then');
SELECT is(who('r-8'), 'late', 'the same person');

-- What is edited before and after the first booking.

CREATE FUNCTION edited(request jsonb) RETURNS text LANGUAGE sql AS $$ SELECT said(proctorlink.proctoru_edit_student(request)) $$;
SELECT is(proctorlink.proctoru_edit_student('{"user_id": "pu-7", "student_id": "s-7", "first_name": "Katherine", "last_name": "Johnson", "email": "k@example.org", "time_zone_id": "UTC"}') -> 'data',
	'{"profilecomplete": true, "hasimage": false, "termsaccepted": false}', 'the ids of somebody who is still to come');
SELECT is(provider_row('pu-7'), '- s-7', 'are kept, without a person');
SELECT is(edited(body), outcome, name)
FROM (VALUES
	('nobody named', '{"first_name": "X"}', 'user_id is required'),
	('an unknown student_id alone', '{"student_id": "s-77"}', 'user_id is required'),
	('a known one', '{"student_id": "s-7"}', 'ok'),
	('another''s student_id', '{"user_id": "pu-7", "student_id": "s-9"}', 'provider_student_id_unique: student_id "s-9" belongs to user_id "pu-1". Give one of the two another student_id in ProctorU.'),
	('no such zone', '{"user_id": "pu-7", "time_zone_id": "Mars Standard Time"}', 'TimeZone not found.'),
	('no e-mail', '{"user_id": "pu-7", "email": "nothing"}', 'email is not valid'),
	('stale', jsonb_build_object('user_id', 'pu-7', 'time_sent', utc(now() - interval '16 minutes'))::text, 'stale request')
) AS cases (name, request, outcome), LATERAL (SELECT request::jsonb AS body) l;
SELECT is(edited('{"student_id": "s-9", "first_name": "Grace B.", "email": null, "time_zone_id": "Asia/Tokyo"}'), 'ok', 'who is here');
SELECT is((SELECT (candidate_ext_id, username, first_name, last_name, email, time_zone)::text FROM proctorlink.account WHERE candidate_ext_id = 'pu-1'),
	'(pu-1,pu-1,"Grace B.",Hopper,grace@example.org,Asia/Tokyo)', 'is changed, but for the ids');
SELECT is(edited('{"user_id": "pu-1", "student_id": "s-10"}'), 'ok', 'another student_id');
SELECT is(provider_row('pu-1'), 'pu-1 s-10', 'renames nobody');
SELECT is(book('{"user_id": "pu-7", "reservation_id": "r-9", "first_name": "Katherine"}'), 'ok', 'the first booking');
SELECT is(provider_row('pu-7'), 'pu-7 s-7', 'brings the person');

-- Linking and renaming.

CREATE FUNCTION link(userid text, candidate text) RETURNS text LANGUAGE sql AS $$
	SELECT proctorlink.link_candidate(proctorlink.sid('AI', install_id()), (SELECT proctorlink.sid('II', integration_id) FROM proctorlink.integration WHERE install_id = install_id()), userid, candidate) ->> 'result'
$$;
SELECT is(link('pu-20', 'u-1'), 'Created', 'a link');
SELECT is(link('pu-20', 'u-1'), 'Found Existing', 'twice');
SELECT is(proctorlink.proctoru_edit_student('{"user_id": "pu-21", "student_id": "s-21"}') -> 'response_code', '1', 'ids kept before');
SELECT is(proctorlink.link_candidate(:'install', :'proctoru', 'pu-21', 'u-2'), jsonb_build_object('sid', proctorlink.sid('US', account_id('u-2')), 'candidate_ext_id', 'u-2',
	'user_id', 'pu-21', 'student_id', 's-21', 'result', 'Updated'), 'are somebody''s then');
SELECT is(refused(statement), outcome, name)
FROM (VALUES
	('a user_id that is somebody else', format('SELECT link(%L, %L)', 'pu-20', 'u-2'), 'PT409 CONFLICT'),
	('somebody with another user_id', format('SELECT link(%L, %L)', 'pu-30', 'u-1'), 'PT409 CONFLICT'),
	('nobody', format('SELECT link(%L, %L)', 'pu-30', 'nobody'), 'PT404 RESOURCENOTFOUND'),
	('no id', format('SELECT link(%L, %L)', '', 'u-1'), 'PT400 INVALIDINPUT'),
	('null', 'SELECT link(NULL, ''u-1'')', 'PT400 INVALIDINPUT'),
	('another integration', format('SELECT proctorlink.link_candidate(%L, %L, ''pu-30'', ''u-1'')', :'install', 'II00000000000000000000000000000001'), 'PT404 RESOURCENOTFOUND'),
	('another install', format('SELECT proctorlink.link_candidate(%L, %L, ''pu-30'', ''u-1'')', 'AI00000000000000000000000000000001', :'proctoru'), 'PT404 RESOURCENOTFOUND'),
	('a name that is taken', format('SELECT proctorlink.rename_candidate(%L, ''u-1'', ''u-2'')', :'install'), 'PT409 CONFLICT'),
	('a username that is taken', format('SELECT proctorlink.rename_candidate(%L, ''u-1'', ''taken'')', :'install'), 'PT409 CONFLICT'),
	('a name of nobody', format('SELECT proctorlink.rename_candidate(%L, ''nobody'', ''u-3'')', :'install'), 'PT404 RESOURCENOTFOUND'),
	('no name', format('SELECT proctorlink.rename_candidate(%L, ''u-1'', '' u'')', :'install'), 'PT400 INVALIDINPUT'),
	('a null name', format('SELECT proctorlink.rename_candidate(%L, ''u-1'', NULL)', :'install'), 'PT400 INVALIDINPUT'),
	('by plain SQL a user_id stays', 'UPDATE proctorlink.provider_account SET user_id = user_id || ''x''', '23514 provider_user_id_never_changes'),
	('repeating it is fine', 'UPDATE proctorlink.provider_account SET user_id = user_id', 'accepted'),
	('a student_id may change', 'UPDATE proctorlink.provider_account SET student_id = NULL', 'accepted'),
	('not to another''s', 'UPDATE proctorlink.provider_account SET student_id = ''same''', '23505 provider_student_id_unique'),
	('one user_id a person', format('INSERT INTO proctorlink.provider_account (install_id, integration_id, user_id, account_id) SELECT install_id, integration_id, ''pu-40'', account_id FROM proctorlink.provider_account WHERE user_id = ''pu-20'''), '23505 provider_account_once'),
	('one person a user_id', format('INSERT INTO proctorlink.provider_account (install_id, integration_id, user_id) SELECT install_id, integration_id, user_id FROM proctorlink.provider_account WHERE user_id = ''pu-20'''), '23505 provider_account_pkey')
) AS cases (name, statement, outcome);
SELECT is(proctorlink.rename_candidate(:'install', 'u-1', 'u-1b'), jsonb_build_object('sid', proctorlink.sid('US', account_id('u-1')), 'candidate_ext_id', 'u-1b', 'username', 'u-1b', 'result', 'Updated'), 'a rename');
SELECT is(proctorlink.rename_candidate(:'install', 'u-1b', 'u-1b') ->> 'result', 'Found Existing', 'to the same');
SELECT is(proctorlink.rename_candidate(:'install', 'x-1', 'x-2') ->> 'username', 'taken', 'a username of its own stays');
SELECT is(would('{"user_id": "pu-20", "reservation_id": "r-10"}'), 'ok u-1b', 'who was renamed is found');

SELECT * FROM finish();
ROLLBACK;
