-- example_payloads.sql
--		The main call, as one meets it: what is sent, what comes back.

SET client_min_messages TO warning;

-- Sids are different each time; what they are of is not.
CREATE FUNCTION masked(answer jsonb) RETURNS text LANGUAGE sql AS $$
	SELECT regexp_replace(regexp_replace(jsonb_pretty(answer), '"([A-Z]{2})[0-9a-f]{32}"', '"\1…"', 'g'),
		'(token(=|": "))[A-Za-z0-9._-]+', '\1…', 'g')
$$;
\pset format unaligned
\pset tuples_only on

SELECT proctorlink.create_install('Example University', 'https://platform.example') AS install \gset
SELECT proctorlink.create_integration(:'install', 'smarterproctoring', 'https://proctor.example/signon') ->> 'sid' AS integration \gset

-- a course and its exam
SELECT masked(proctorlink.batch_provision('{
	"course": {"ids": {"api": "c-1"}, "title": "Anatomy", "code": "ANA-1"},
	"exam": {"ids": {"external": "exam-1"}, "title": "Final", "description": "d", "type": "online", "practice": false,
		"limitedScope": false, "deliverySystem": "",
		"configuration": {"ids": {"api": "config-1"}, "type": "primary", "url": "https://platform.example/exam-1",
			"access": {"open": "2027-02-16T17:00:00Z", "close": "2027-02-20T17:00:00Z"},
			"scheduling": {"open": "", "close": ""}, "duration": 60, "password": "open sesame", "attempts": 1,
			"notes": {"student": "s", "proctor": "p"},
			"proctorTypes": {"TS6d6011935f4646848ea4f7a29b4f61a5": {"options": {"recordScreen": {}, "verifyId": {}}}},
			"permittedItems": {"calculator": {"notes": "TI-85"}, "formulaSheet": {"notes": ""}}}}}'));

-- a person in the course, with a link to sign on
SELECT masked(proctorlink.batch_provision(jsonb_build_object(
	'course', '{"ids": {"api": "c-1"}}'::jsonb,
	'user', '{"ids": {"external": "u-1"}, "firstName": "Ada", "lastName": "Byron", "email": "ada@example.org",
		"currencyCode": "USD", "timeZone": "America/New_York"}'::jsonb,
	'enrollment', '{"role": "learner"}'::jsonb,
	'signon', jsonb_build_object('integrationSid', :'integration'))));

-- several at once: made, found, changed, refused
SELECT masked(proctorlink.batch_provision('[
	{"course": {"ids": {"api": "c-1"}}, "user": {"ids": {"external": "u-1"}}},
	{"course": {"ids": {"api": "c-1"}}, "user": {"ids": {"external": "u-2", "lms": "l-2"}, "firstName": "Grace", "lastName": "Hopper", "email": "grace@example.org"}},
	{"course": {"ids": {"api": "c-1"}}, "user": {"ids": {"lms": "l-2"}, "firstName": "Grace", "lastName": "Hopper", "email": "hopper@example.org"}},
	{"course": {"ids": {"api": "c-9"}}, "user": {"ids": {"external": "u-3"}, "firstNam": "Jean", "lastName": "Bartik", "email": "jean"}},
	{"user": {"ids": {"external": "u-1", "lms": "l-2"}}}]'));

-- what would happen
SELECT masked(proctorlink.batch_provision('{"dryRun": true, "items": [
	{"course": {"ids": {"api": "c-1"}}, "user": {"ids": {"external": "u-4"}, "firstName": "Kay", "lastName": "Antonelli", "email": "kay@example.org"}}]}'));

-- all or nothing
SELECT masked(proctorlink.batch_provision('{"atomic": true, "items": [
	{"course": {"ids": {"api": "c-1"}}, "user": {"ids": {"external": "u-4"}, "firstName": "Kay", "lastName": "Antonelli", "email": "kay@example.org"}},
	{"course": {"ids": {"api": "c-1"}}, "user": {"ids": {"external": "u-5"}}}]}'));

-- the course as a whole: who is not named leaves
SELECT masked(proctorlink.batch_provision('{"idempotencyKey": "night-1", "complete": {"courses": [{"api": "c-1"}], "maxRemoved": 5}, "items": [
	{"course": {"ids": {"api": "c-1"}}, "user": {"ids": {"external": "u-1"}}}]}'));

-- what was refused, the next morning
SELECT r.index, r.code, r.pointer, r.rule, r.detail, r.hint
FROM (SELECT proctorlink.sid('batch', batch_id) AS sid FROM proctorlink.batch WHERE failed > 0 ORDER BY batch_id LIMIT 1) b,
	proctorlink.batch_report(b.sid) r;

-- the single object raises
SELECT proctorlink.batch_provision('{"course": {"ids": {"api": "c-1"}, "title": "Anatomy"}, "user": {"ids": {"external": "u-1"}, "firstName": "Ada",
	"lastName": "", "email": "ada", "nickname": "A"}, "enrollment": {"role": "Learner"}}');
SELECT proctorlink.batch_provision('{"course": {"ids": {"sid": "CU00000000000000000000000000000000"}}}');
SELECT proctorlink.batch_provision('{"user": {"ids": {"external": "u-1", "lms": "l-2"}}}');
SELECT proctorlink.batch_provision('{"installSid": "AI00000000000000000000000000000000", "items": []}');
SELECT proctorlink.batch_provision('{"idempotencyKey": "night-1", "items": []}');
SELECT proctorlink.batch_provision(NULL);

DROP FUNCTION masked;
TRUNCATE proctorlink.install CASCADE;
