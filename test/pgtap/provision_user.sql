-- test/pgtap/provision_user.sql
--		The user block of batch_provision.

BEGIN;
\ir helpers.psql
SELECT plan(88);
SELECT proctorlink.create_install('University', 'https://platform.test') AS install \gset

-- A person whom nobody has is made, and answered with a sid and a word.

SELECT proctorlink.batch_provision(user_item()) AS answer \gset

SELECT is(results(:'answer'), 'user Created', 'a person whom nobody has is Created, also without a course');
SELECT is(ARRAY(SELECT jsonb_object_keys(:'answer'::jsonb)), ARRAY['user'], 'the answer holds what was asked for');
SELECT is(ARRAY(SELECT jsonb_object_keys(:'answer'::jsonb -> 'user') ORDER BY 1), ARRAY['result', 'sid'],
	'a block of the answer holds sid and result');
SELECT matches(:'answer'::jsonb #>> '{user,sid}', '^US[a-f0-9]{32}$', 'the sid of a person');
SELECT is(
	(SELECT to_jsonb(a) - '{install_id,account_id,created_at,updated_at}'::text[]
	 FROM proctorlink.account a
	 WHERE proctorlink.sid('account', account_id) = :'answer'::jsonb #>> '{user,sid}'
		AND proctorlink.sid('install', install_id) = :'install'),
	'{"candidate_ext_id": "u-1", "candidate_ext_id_defaulted": false, "username": "u-1", "api_id": null,
	  "lms_id": null, "first_name": "Ada", "last_name": "Byron", "email": "ada@example.org",
	  "role": "candidate", "hierarchy_id": null, "time_zone": null, "currency_code": null,
	  "special_needs": false, "reasonable_adjustment_percentage": null, "status": "active"}'::jsonb,
	'the person is stored as sent, with the defaults');

-- The same again finds; what differs is written; absent stays; null resets.

SELECT is(proctorlink.batch_provision(user_item()), put(:'answer', '/user/result', '"Found Existing"'),
	'the same again finds the same sid');
SELECT is(outcome(put(user_item(), pointer, value)), 'user Updated', name)
FROM (VALUES
	('another first name updates', '/user/firstName', '"Augusta"'::jsonb),
	('another last name updates', '/user/lastName', '"Lovelace"'),
	('another e-mail address updates', '/user/email', '"ada@example.net"'),
	('another case of a name updates', '/user/firstName', '"ADA"'),
	('a currency code updates', '/user/currencyCode', '"USD"'),
	('a time zone updates', '/user/timeZone', '"America/New_York"')
) AS changed (name, pointer, value);
SELECT is(outcome(put(user_item(), '/user/currencyCode', 'null')), 'user Found Existing',
	'null resets what is not set to the same');

SELECT results(proctorlink.batch_provision(
	user_item() #- '{user,x}' || jsonb_build_object('user', user_item() -> 'user'
		|| '{"currencyCode": "EUR", "timeZone": "Europe/Paris"}'))) AS zone_set \gset
SELECT is(:'zone_set'::text, 'user Updated', 'currency and zone are set');
SELECT is((SELECT ARRAY[currency_code, time_zone] FROM proctorlink.account), ARRAY['EUR', 'Europe/Paris'],
	'and stored');
SELECT is(outcome(user_item()), 'user Found Existing', 'absent currency and zone stay');
SELECT is(outcome(put(user_item(), '/user/currencyCode', '"EUR"')), 'user Found Existing', 'the same currency changes nothing');
SELECT is(outcome(put(user_item(), '/user/currencyCode', 'null')), 'user Updated', 'a currency that is null is reset');
SELECT is(outcome(put(user_item(), '/user/timeZone', 'null')), 'user Updated', 'a zone that is null is reset');
SELECT lives_ok($$SELECT proctorlink.batch_provision(put(user_item(), '/user/timeZone', 'null'))$$, 'the zone is reset');
SELECT is((SELECT ARRAY[currency_code, time_zone] FROM proctorlink.account), ARRAY['EUR', NULL],
	'to none of its own, the currency untouched');

-- A reference.

SELECT is(outcome('{"user": {"ids": {"external": "u-1"}}}'), 'user Found Existing', 'a person may be named by ids alone');
SELECT is(outcome(jsonb_build_object('user', jsonb_build_object('ids', jsonb_build_object('sid', sid)))),
	'user Found Existing', 'a person may be named by the sid')
FROM (SELECT proctorlink.sid('account', account_id) AS sid FROM proctorlink.account) a;
SELECT is(outcome(jsonb_build_object('user',
		jsonb_build_object('ids', jsonb_build_object('sid', sid), 'email', 'new@example.org'))),
	'user Updated', 'with a sid the required members may be absent')
FROM (SELECT proctorlink.sid('account', account_id) AS sid FROM proctorlink.account) a;
SELECT is(outcome('{"user": {"ids": {"external": "u-2"}}}'), 'RESOURCENOTFOUND: not_found /user/ids',
	'ids alone that nobody has are not found');
SELECT is(outcome('{"user": {"ids": {"sid": "US00000000000000000000000000000000"}}}'),
	'RESOURCENOTFOUND: not_found /user/ids/sid', 'a sid that nobody has is not found');
SELECT is(outcome(put(user_item(), '/user/ids', '{"sid": "US00000000000000000000000000000000"}')),
	'RESOURCENOTFOUND: not_found /user/ids/sid', 'a sid that nobody has is not made');
SELECT is(outcome(put(user_item(), '/user/ids', '{"sid": "US00000000000000000000000000000000", "external": "u-1"}')),
	'RESOURCENOTFOUND: not_found /user/ids/sid', 'nor where another id is somebody''s');

-- What is accepted.

SELECT is(verdict(put(put(user_item(), '/user/ids', '{"external": "new"}'), pointer, value)), 'accepted', name)
FROM (VALUES
	('an api id', '/user/ids', '{"api": "a"}'::jsonb),
	('an lms id', '/user/ids', '{"lms": "l"}'),
	('all ids but the sid', '/user/ids', '{"api": "a", "lms": "l", "external": "x"}'),
	('an id of 500 characters', '/user/ids/external', long(500)),
	('a first name of 500 characters', '/user/firstName', long(500)),
	('a last name of 500 characters', '/user/lastName', long(500)),
	('an e-mail address of 500 characters', '/user/email', to_jsonb('a@' || repeat('b', 498))),
	('the shortest e-mail address', '/user/email', '"a@b"'),
	('an e-mail address of any letters', '/user/email', '"jürgen+x@exämple.org"'),
	('a currency', '/user/currencyCode', '"JPY"'),
	('a currency that is null', '/user/currencyCode', 'null'),
	('a zone', '/user/timeZone', '"Asia/Kathmandu"'),
	('a zone of three parts', '/user/timeZone', '"America/Argentina/Buenos_Aires"'),
	('UTC', '/user/timeZone', '"UTC"'),
	('a zone that is null', '/user/timeZone', 'null')
) AS accepted (name, pointer, value);

-- What is refused.

SELECT is(verdict(put(put(user_item(), '/user/ids', '{"external": "new"}'), pointer, value)),
	'INVALIDINPUT: ' || refusal, name)
FROM (VALUES
	('a user that is a list', '/user', '[]'::jsonb, 'type /user'),
	('a user that is a number', '/user', '1', 'type /user'),
	('a user without anything', '/user', '{}',
		'required /user/email, required /user/firstName, required /user/ids, required /user/lastName'),
	('ids without any', '/user/ids', '{}', 'required /user/ids'),
	('an id that is empty', '/user/ids/external', '""', 'length /user/ids/external'),
	('an id of 501 characters', '/user/ids/external', long(501), 'length /user/ids/external'),
	('an id that is a number', '/user/ids/external', '7', 'type /user/ids/external'),
	('an id with a leading space', '/user/ids/external', '" u"', 'format /user/ids/external'),
	('an id with a trailing space', '/user/ids/api', '"u "', 'format /user/ids/api'),
	('an id with a tab', '/user/ids/lms', '"u\tv"', 'format /user/ids/lms'),
	('an id with a delete character', '/user/ids/lms', '"u\u007f"', 'format /user/ids/lms'),
	('a kind of id that there is not', '/user/ids/username', '"u"', 'unknown_key /user/ids/username'),
	('a sid of another kind', '/user/ids', '{"sid": "CU00000000000000000000000000000000"}', 'pattern /user/ids/sid'),
	('no first name', '/user/firstName', 'null', 'required /user/firstName'),
	('no last name', '/user/lastName', 'null', 'required /user/lastName'),
	('no e-mail address', '/user/email', 'null', 'required /user/email'),
	('an empty first name', '/user/firstName', '""', 'length /user/firstName'),
	('an empty last name', '/user/lastName', '""', 'length /user/lastName'),
	('a first name of 501 characters', '/user/firstName', long(501), 'length /user/firstName'),
	('a last name of 501 characters', '/user/lastName', long(501), 'length /user/lastName'),
	('a first name that is a number', '/user/firstName', '1', 'type /user/firstName'),
	('a last name that is an object', '/user/lastName', '{}', 'type /user/lastName'),
	('an e-mail address of 501 characters', '/user/email', to_jsonb('a@' || repeat('b', 499)), 'length /user/email'),
	('an e-mail address without @', '/user/email', '"ada"', 'format /user/email'),
	('an e-mail address with nothing before @', '/user/email', '"@example.org"', 'format /user/email'),
	('an e-mail address with nothing after @', '/user/email', '"ada@"', 'format /user/email'),
	('an e-mail address with two @', '/user/email', '"ada@example@org"', 'format /user/email'),
	('an e-mail address with a space', '/user/email', '"ada b@example.org"', 'format /user/email'),
	('an e-mail address with a leading space', '/user/email', '" ada@example.org"', 'format /user/email'),
	('an e-mail address with a line feed', '/user/email', '"ada@example.org\n"', 'format /user/email'),
	('a currency in lower case', '/user/currencyCode', '"usd"', 'pattern /user/currencyCode'),
	('a currency of 2 letters', '/user/currencyCode', '"US"', 'pattern /user/currencyCode'),
	('a currency of 4 letters', '/user/currencyCode', '"USDX"', 'pattern /user/currencyCode'),
	('a currency that is a number', '/user/currencyCode', '840', 'type /user/currencyCode'),
	('a zone that there is not', '/user/timeZone', '"Europe/Atlantis"', 'format /user/timeZone'),
	('a zone in another case', '/user/timeZone', '"europe/paris"', 'format /user/timeZone'),
	('a zone as a POSIX rule', '/user/timeZone', '"XYZ-5:45"', 'format /user/timeZone'),
	('a zone as an offset', '/user/timeZone', '"+05:45"', 'format /user/timeZone'),
	('a zone that leaves its folder', '/user/timeZone', '"../zoneinfo/UTC"', 'format /user/timeZone'),
	('a zone that is a number', '/user/timeZone', '2', 'type /user/timeZone'),
	('a role, which is the enrollment''s', '/user/role', '"learner"', 'unknown_key /user/role'),
	('a member in snake case', '/user/first_name', '"Ada"', 'unknown_key /user/first_name')
) AS refused (name, pointer, value, refusal);
SELECT is(verdict('{"user": {"ids": {"external": "new"}, "timeZone": "UTC"}}'),
	'INVALIDINPUT: required /user/email, required /user/firstName, required /user/lastName',
	'more than ids needs names and e-mail, without a sid');
SELECT is(verdict('{"user": {"ids": {"external": "u-1"}, "firstName": "Ada"}}'),
	'INVALIDINPUT: required /user/email, required /user/lastName', 'also where the person is here');
SELECT is(verdict('{"user": {"firstName": "Ada", "lastName": "Byron", "email": "ada@example.org"}}'),
	'INVALIDINPUT: required /user/ids', 'nobody is matched by name and e-mail alone');

SELECT * FROM finish();
ROLLBACK;
