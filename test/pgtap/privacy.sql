-- test/pgtap/privacy.sql
--		A person is found, told all that is stored, erased, kept out and let in
--		again.

BEGIN;
\ir helpers.psql
\ir sittings.psql
\ir bookings.psql
SELECT plan(153);

SELECT proctorlink.create_integration(:'install', 'smarterproctoring', 'https://smarter.test/') ->> 'sid' AS smarter \gset
CREATE FUNCTION zdenka(changes jsonb DEFAULT '{}') RETURNS jsonb IMMUTABLE LANGUAGE sql AS $$
	SELECT course_item() || jsonb_build_object('user', '{"ids": {"external": "stu-7731", "api": "api-7731x", "lms": "lms-7731y"}, "firstName": "Zdenka",
		"lastName": "Kvapilova%", "email": "Zdenka.K@mail.test", "timeZone": "Europe/Prague", "currencyCode": "CZK"}'::jsonb || changes)
$$;
-- Who is found, in order.
CREATE FUNCTION found(search text) RETURNS text STABLE LANGUAGE sql AS $$
	SELECT string_agg(candidate_ext_id, ' ') FROM proctorlink.find_candidate(search)
$$;
-- How often each of some strings stands in any column of any table.
CREATE FUNCTION stands_in(VARIADIC strings text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	relation text;
	string text;
	n bigint;
	lines text := '';
BEGIN
	FOR relation IN
		SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'proctorlink'::regnamespace AND c.relkind = 'r' ORDER BY c.relname
	LOOP
		FOREACH string IN ARRAY strings LOOP
			EXECUTE format('SELECT count(*) FROM proctorlink.%I r WHERE strpos(lower(r::text), lower($1)) > 0', relation) INTO n USING string;
			IF n > 0 THEN
				lines := lines || format('%s in %s of %s; ', string, n, relation);
			END IF;
		END LOOP;
	END LOOP;
	RETURN lines;
END
$$;
-- One entry of a batch's answer, as refusal() reads it, or the results; what it did is taken back.
CREATE FUNCTION comes(item jsonb) RETURNS text LANGUAGE sql AS $$
	SELECT outcome(item)
$$;
CREATE FUNCTION comes_in_crowd(item jsonb, crowd integer) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(refusal(attempt((SELECT jsonb_agg(i) FROM (SELECT item AS i UNION ALL
		SELECT jsonb_build_object('user', jsonb_build_object('ids', jsonb_build_object('external', 'crowd-' || n), 'firstName', 'C', 'lastName', 'D', 'email', 'c@d'))
		FROM generate_series(1, crowd) n) all_items)) #> '{items,0,error}'), 'accepted')
$$;

-- The whole life of a person.

SELECT is(results(proctorlink.batch_provision(zdenka())), 'course Created, user Created, enrollment Created', 'a person comes by a batch');
SELECT is(proctorlink.batch_provision(jsonb_build_object('idempotencyKey', 'night-1', 'items', jsonb_build_array(zdenka(), zdenka('{"ids": {"external": "stu-7731", "api": "other"}}')))) #>> '{batch,status}',
	'completed_with_errors', 'and again, with what is refused');
UPDATE proctorlink.account SET username = 'zkvap', special_needs = true, reasonable_adjustment_percentage = 10,
	hierarchy_id = (SELECT hierarchy_id FROM proctorlink.hierarchy WHERE install_id = install_id() AND is_default) WHERE candidate_ext_id = 'stu-7731';
SELECT account_id('stu-7731') AS zdenka, proctorlink.sid('US', account_id('stu-7731')) AS person \gset
UPDATE proctorlink.account SET special_needs = false, reasonable_adjustment_percentage = NULL WHERE account_id = :'zdenka';
SELECT proctorlink.link_candidate(:'install', :'proctoru', 'pu-9917', 'stu-7731') ->> 'result' AS result \gset
SELECT is(book('{"user_id": "pu-9917", "student_id": "ps-2251", "reservation_id": "res-8080", "reservation_no": 808080808, "start_date": "2090-01-01T10:00:00Z"}'), 'ok', 'is booked');
SELECT is((booked('res-8080')).account_id, :'zdenka'::uuid, 'as the same person');
SELECT proctorlink.proctoru_move_reservation('{"reservation_id": "res-8080", "reservation_no": 808080808, "new_reservation_no": 808080809, "start_date": "2090-02-01T10:00:00Z"}') ->> 'message' AS moved \gset
SELECT is(:'moved'::text, '', 'moved');
SELECT is(book('{"user_id": "pu-9917", "exam_id": "e-9"}'), 'Exam Not found', 'refused');
SELECT is(rule(book('{"user_id": "pu-9918", "student_id": "ps-2251"}')), 'provider_student_id_unique', 'and named in somebody else''s refusal');
SELECT is((SELECT count(*)::int FROM proctorlink.refusals() WHERE coalesce(detail, '') || coalesce(candidate_ext_id, '') ~ 'pu-9917|ps-2251'), 2, 'which is kept');
-- not booked yet at another connection
INSERT INTO proctorlink.provider_account (install_id, integration_id, user_id, student_id) VALUES (install_id(), proctorlink.sid_uuid(:'smarter'), 'sp-1', 'ps-2251');
SELECT new_schedule('S-1', '-1 hour', '2 hours') IS NULL AS unused, new_session('stu-7731', 'S-1', 'Scheduled') AS ahead,
	new_session('stu-7731', 'S-1', 'In Progress') AS running, new_session('stu-7731', NULL, 'Closed', 'e-2') AS over \gset
UPDATE proctorlink.exam_session SET attempt_ext_id = 'att-5150', score = 7, max_score = 10, passed_status = 'SATISFACTORY', published_at = now(), status_reason = 'told by Zdenka' WHERE exam_session_id = proctorlink.sid_uuid(:'over');
UPDATE proctorlink.exam_session SET enrollment_id = (SELECT enrollment_id FROM proctorlink.enrollment WHERE account_id = :'zdenka') WHERE exam_session_id = proctorlink.sid_uuid(:'ahead');
SELECT (proctorlink.launch_link(:'running') ->> 'LaunchUrl') AS link \gset
SELECT split_part(:'link', 'session=', 2) AS token \gset
INSERT INTO proctorlink.hierarchy_access (install_id, hierarchy_id, account_id, view_reports) SELECT install_id(), hierarchy_id, :'zdenka', true FROM proctorlink.hierarchy WHERE install_id = install_id() AND is_default ON CONFLICT DO NOTHING;
SELECT proctorlink.share_account(:'install', 'scheduler', 'stu-7731'), proctorlink.share_account(:'install', 'stu-7731', 'u-2');
SELECT proctorlink.create_accommodation_exam('e-1', 50) AS long_exam \gset
SELECT proctorlink.allow_accommodation(:'long_exam', '{stu-7731,ps-2251,u-2}') IS NULL AS unused \gset

-- Finding.

SELECT is(found(search), people, 'found by ' || by) FROM (VALUES
	('candidate_ext_id', 'stu-7731', 'stu-7731'), ('username', 'zkvap', 'stu-7731'), ('api id', 'api-7731x', 'stu-7731'), ('LMS id', 'lms-7731y', 'stu-7731'),
	('user_id', 'pu-9917', 'stu-7731'), ('student_id', 'ps-2251', 'stu-7731'), ('address, in other letters', 'zdenka.k@MAIL.test', 'stu-7731'),
	('part of a name', 'PILOV', 'stu-7731'), ('first and last name', 'zdenka kvap', 'stu-7731'), ('a percent sign that is one', 'A%', 'stu-7731'),
	('part of an address', 'mail.test', NULL), ('part of an id', 'stu-773', NULL), ('id in other letters', 'STU-7731', NULL), ('an underscore', 'Z_enka', NULL),
	('several names, by last name', 'a', 'u-1 stu-7731 u-2'), ('a user_id of nobody here', 'sp-1', NULL)) AS searched (by, search, people);
SELECT is(found(:'person'), 'stu-7731', 'found by sid');
INSERT INTO proctorlink.account (install_id, candidate_ext_id, first_name, last_name) VALUES (install_id(), 'zz-1', 'x', 'x'), (install_id(), 'zz-0', 'zz-1', 'A');
SELECT is(found('zz-1'), 'zz-1 zz-0', 'by an id first');
SAVEPOINT crowd;
INSERT INTO proctorlink.account (install_id, candidate_ext_id, last_name) SELECT install_id(), 'm-' || n, 'Many' FROM generate_series(1, 150) n;
SELECT is((SELECT count(*)::int FROM proctorlink.find_candidate('many')), 100, 'at most 100');
ROLLBACK TO crowd;
SELECT is((SELECT f::text FROM proctorlink.find_candidate('zkvap') f), '(stu-7731,zkvap,Zdenka,Kvapilova%,Zdenka.K@mail.test,' || :'person' || ')', 'what is told');
SELECT is(told('SELECT proctorlink.find_candidate(NULL)'), 'PT400 INVALIDINPUT: search must not be null', 'null');
SELECT is(told('SELECT proctorlink.find_candidate('''')'), 'PT400 INVALIDINPUT: search: is empty', 'nothing');

-- Telling all.

-- what the provider reported
WITH w AS (INSERT INTO proctorlink.webhook (install_id, integration_id, body_sha256, event_type, exam_session_id, result)
	SELECT s.install_id, i.integration_id, sha256('body'), 'began', s.exam_session_id, 'no rule' FROM proctorlink.exam_session s
	JOIN proctorlink.integration i ON i.provider = 'proctoru' WHERE s.account_id = :'zdenka' LIMIT 1 RETURNING install_id, webhook_id)
INSERT INTO proctorlink.webhook_body (install_id, webhook_id, body) SELECT install_id, webhook_id, '{"test_taker": "Zdenka"}' FROM w;
SELECT proctorlink.export_candidate('zkvap') AS told \gset
SELECT is((:'told'::jsonb -> 'account') - '{created_at,updated_at,hierarchy_title,hierarchy_organisation_id}'::text[], jsonb_build_object('sid', :'person', 'candidate_ext_id', 'stu-7731',
	'candidate_ext_id_defaulted', false, 'username', 'zkvap', 'api_id', 'api-7731x', 'lms_id', 'lms-7731y', 'first_name', 'Zdenka', 'last_name', 'Kvapilova%',
	'email', 'Zdenka.K@mail.test', 'role', 'candidate', 'time_zone', 'Europe/Prague', 'currency_code', 'CZK', 'special_needs', false,
	'reasonable_adjustment_percentage', null, 'status', 'active'), 'the account');
SELECT is((SELECT jsonb_object_agg(key, jsonb_array_length(value)) FROM jsonb_each(:'told'::jsonb) WHERE jsonb_typeof(value) = 'array'),
	'{"provider_accounts": 1, "enrollments": 1, "sessions": 4, "webhooks": 1, "schedules_owned": 0, "exams_owned": 0, "hierarchy_access": 1, "shares": 2, "accommodations": 1, "events": 4, "refusals": 1}', 'the lists');
SELECT is((:'told'::jsonb #> '{provider_accounts,0}') - '{created_at,updated_at}'::text[], jsonb_build_object('integration_sid', :'proctoru', 'provider', 'proctoru', 'user_id', 'pu-9917', 'student_id', 'ps-2251'), 'at the provider');
SELECT is((SELECT jsonb_agg(s - '{sid,created_at,updated_at,schedule_starts_at,schedule_ends_at,schedule_external_id,schedule_title,appointment_at,started_at,ended_at,published_at,status_reason,attempt}'::text[])
	FROM jsonb_array_elements(:'told'::jsonb -> 'sessions') s WHERE s ->> 'reservation_id' IS NOT NULL OR s ->> 'score' IS NOT NULL),
	'[{"exam_external_id": "e-1", "exam_title": "Final", "attempt_ext_id": null, "status": "Scheduled", "provider": "proctoru", "reservation_id": "res-8080", "reservation_no": 808080809,
		"former_reservation_nos": [808080808], "score": null, "max_score": null, "passed_status": null},
	  {"exam_external_id": "e-2", "exam_title": "Without configuration", "attempt_ext_id": "att-5150", "status": "Closed", "provider": null, "reservation_id": null, "reservation_no": null,
		"former_reservation_nos": null, "score": 7, "max_score": 10, "passed_status": "SATISFACTORY"}]', 'sessions and results');
SELECT is((:'told'::jsonb #> '{webhooks,0}') - '{session_sid,received_at}'::text[], '{"provider": "proctoru", "event_type": "began", "status": null, "result": "no rule"}', 'what the provider reported, without the body');
SELECT is(:'told'::jsonb #> '{sessions,0,appointment_at}', '"2090-02-01T10:00:00Z"', 'times in UTC');
SELECT is((:'told'::jsonb #> '{refusals,0}') - 'at', '{"door": "proctoru", "function": "proctoru_add_reservation", "assessment_ext_id": "e-9", "schedule_ext_id": null, "candidate_ext_id": "pu-9917", "rule": "request"}', 'what was refused');
SELECT is((SELECT string_agg(DISTINCT m[1], ' ') FROM regexp_matches(:'told', '(scheduler|u-2|Omar|Silva|pu-9918|link_version|' || current_user || ')', 'g') m), NULL, 'nothing of other people');
SELECT is(proctorlink.export_candidate('scheduler') #> '{schedules_owned,0,external_id}' IS NOT NULL, true, 'what somebody owns');
SELECT is(told('SELECT proctorlink.export_candidate(''nobody'')'), 'PT404 RESOURCENOTFOUND: candidate: there is no account "nobody"', 'nobody');
SELECT is(told('SELECT proctorlink.export_candidate(NULL)'), 'PT400 INVALIDINPUT: candidate must not be null', 'null');

-- What keeps a person from being erased.

SELECT is(told(format('SELECT proctorlink.erase_candidate(%L, %L)', candidate, reason)), said, 'refused: ' || why) FROM (VALUES
	('no reason', 'stu-7731', NULL, 'PT400 INVALIDINPUT: reason must not be null'),
	('an empty one', 'stu-7731', ' ', 'PT400 INVALIDINPUT: reason: is empty'),
	('a long one', 'stu-7731', repeat('é', 201), 'PT400 INVALIDINPUT: reason: is longer than 200 characters'),
	('one that names the person', 'stu-7731', 'asked by ZDENKA', 'PT400 INVALIDINPUT: reason: names the person, and it is kept'),
	('that has an id', 'stu-7731', 'of stu-7731.', 'PT400 INVALIDINPUT: reason: names the person, and it is kept'),
	('a provider''s id', 'stu-7731', '(pu-9917)', 'PT400 INVALIDINPUT: reason: names the person, and it is kept'),
	('an address', 'stu-7731', 'mail from zdenka.k@mail.test', 'PT400 INVALIDINPUT: reason: names the person, and it is kept'),
	('nobody', 'nobody', 'request', 'PT404 RESOURCENOTFOUND: candidate: there is no account "nobody"'),
	('the default scheduler', 'scheduler', 'request', 'PT409 CONFLICT: candidate: ' || proctorlink.sid('US', account_id('scheduler')) || ' is the install''s defaultScheduler'),
	('half a word is none', 'u-1', 'adamant', NULL)) AS tried (why, candidate, reason, said) WHERE said IS NOT NULL;
SELECT is(told('SELECT proctorlink.erase_candidate(''u-1'', ''adamant byronic'')'), 'accepted', 'a part of a word is not the person');
SAVEPOINT duties;
SELECT proctorlink.configure_install(:'install', '{"defaultOwner": "u-2"}') IS NULL AS unused \gset
SELECT matches(told('SELECT proctorlink.erase_candidate(''u-2'', ''request'')'), 'PT409 CONFLICT: candidate: US\w+ is the install''s defaultOwner', 'the default owner');
UPDATE proctorlink.account SET role = 'scheduler' WHERE candidate_ext_id = 'u-1';
UPDATE proctorlink.schedule SET owner_id = account_id('u-1') WHERE external_id = 'S-1';
SELECT matches(told('SELECT proctorlink.erase_candidate(''u-1'', ''request'')'), 'PT409 CONFLICT: candidate: US\w+ owns 1 schedules that are not over, such as "S-1"', 'who owns a schedule');
SELECT move_schedule('S-1', '-3 hours', '-1 hour');
SELECT is(told('SELECT proctorlink.erase_candidate(''u-1'', ''request'')'), 'accepted', 'one that is over does not matter');
ROLLBACK TO duties;

-- Erasing.

SELECT stands_in('Zdenka', 'Kvapilova', 'mail.test', 'stu-7731', 'api-7731x', 'lms-7731y', 'zkvap', 'pu-9917', 'ps-2251', 'att-5150', 'res-8080', '808080808', '808080809', 'Europe/Prague') AS before \gset
SELECT matches(:'before'::text, 'Zdenka in.*Kvapilova in.*mail.test in.*Prague in.*att-5150 in.*808080808 in', 'before');
SELECT md5(string_agg(a::text, '|' ORDER BY account_id)) AS others FROM proctorlink.account a WHERE account_id <> :'zdenka' \gset
SELECT proctorlink.erase_candidate('zkvap', 'request 2028-117') AS answer \gset
SELECT is((SELECT count(body) FROM proctorlink.webhook_body), 0::bigint, 'what was reported of the person is gone');
SELECT is(:'answer'::jsonb - 'at', jsonb_build_object('erased', :'person', 'cleared', '{"account": 1, "provider_account": 2, "enrollment": 1, "exam_session": 4, "former_reservation": 1,
	"hierarchy_access": 1, "account_share": 2, "accommodation": 2, "event": 2, "webhook_body": 1}'::jsonb, 'cancelled_sessions', 2, 'kept', '{"sessions": 2, "results": 1}'::jsonb,
	'elsewhere', '[{"provider": "proctoru", "user_id": "pu-9917", "student_id": "ps-2251"}]'::jsonb), 'the answer');
SELECT is(:'answer'::jsonb ->> 'at', rfc(now()), 'and when');
SELECT is(stands_in('Zdenka', 'Kvapilova', 'mail.test', 'stu-7731', 'api-7731x', 'lms-7731y', 'zkvap', 'pu-9917', 'ps-2251', 'att-5150', 'res-8080', '808080808', '808080809', 'Europe/Prague'), '', 'no column of any table has a string of the person');
SELECT is((SELECT a - '{install_id,account_id,created_at,updated_at}'::text[] FROM (SELECT to_jsonb(a) AS a FROM proctorlink.account a WHERE account_id = :'zdenka') a),
	jsonb_build_object('candidate_ext_id', :'person', 'candidate_ext_id_defaulted', true, 'username', :'person', 'api_id', null, 'lms_id', null, 'first_name', '', 'last_name', '', 'email', null,
	'role', 'candidate', 'hierarchy_id', null, 'time_zone', null, 'currency_code', null, 'special_needs', false, 'reasonable_adjustment_percentage', null, 'status', 'erased'), 'what is left of the account');
SELECT is((SELECT md5(string_agg(a::text, '|' ORDER BY account_id)) FROM proctorlink.account a WHERE account_id <> :'zdenka'), :'others'::text, 'others stay as they are');
SELECT is((SELECT string_agg(concat_ws(' ', status, status_reason, score, passed_status, link_version), ', ' ORDER BY status, exam_session_id) FROM proctorlink.exam_session WHERE account_id = :'zdenka'),
	'Cancelled erased 2, Cancelled erased 2, Closed 7 SATISFACTORY 2, In Progress 2', 'sessions ahead are cancelled, the others stay, nothing stands in their place');
SELECT is((SELECT string_agg(concat_ws(' ', status, status_reason), ', ') FROM proctorlink.enrollment WHERE account_id = :'zdenka'), 'removed', 'enrollments have ended');
SELECT is((SELECT string_agg(candidate_ext_id, ' ') FROM proctorlink.accommodation), 'u-2', 'others stay eligible');
SELECT matches(told(format('SELECT proctorlink.redeem_launch(%L)', :'token')), 'PT409 CONFLICT: .*erased', 'links are dead');
SELECT is((SELECT changes - 'cleared' FROM proctorlink.event WHERE kind = 'candidate_erased' AND subject_sid = :'person'), '{"reason": "request 2028-117", "cancelled_sessions": 2}', 'the event');
SELECT is((SELECT string_agg(changes::text, ' ') FROM proctorlink.event WHERE kind = 'session_status' AND subject_sid = :'ahead'), '{"to": "Cancelled", "reason": "erased"}', 'and those of sessions');
SELECT is((SELECT string_agg(concat_ws(' ', candidate_ext_id, rule, detail), ', ' ORDER BY rule) FROM proctorlink.refusals()), 'provider_student_id_unique, request', 'refusals stay, without the person');
SELECT is((SELECT count(*)::int FROM proctorlink.erased_id WHERE length(id_hash) = 43), 6, 'hashes of the ids stay');
SELECT is((SELECT string_agg(kind, ' ' ORDER BY kind) FROM proctorlink.erased_id), 'api candidate candidate candidate lms proctoru', 'of each kind');
SELECT is((SELECT id_hash FROM proctorlink.erased_id WHERE kind = 'api'), to_base64url(hmac_sha256((SELECT secret FROM proctorlink.erasure_key), 'api-7731x')), 'by the key of the install');

SELECT is(told(format('SELECT proctorlink.erase_candidate(%L, ''request'')', named)), 'PT409 CONFLICT: candidate: ' || :'person' || ' was erased already', 'again, by ' || named) FROM (VALUES (:'person'), ('stu-7731'), ('zkvap'), ('api-7731x')) v (named);
SELECT is(found('stu-7731'), NULL, 'nobody is found');
SELECT is(found(:'person'), :'person', 'but by the sid');
SELECT is(proctorlink.export_candidate(:'person') #>> '{account,first_name}', '', 'of whom nothing is told');
SELECT is((SELECT string_agg(e ->> 'kind', ' ' ORDER BY e ->> 'kind') FROM jsonb_array_elements(proctorlink.export_candidate(:'person') -> 'events') e), 'account_shared candidate_erased candidate_linked reservation_made reservation_moved session_status session_status', 'but what was done');

-- Nobody comes back by themselves.

SELECT is(comes(zdenka(person)), said, 'a batch: ' || by) FROM (VALUES
	('all ids', '{}'::jsonb, 'CONFLICT: not_allowed /user/ids/api, not_allowed /user/ids/external, not_allowed /user/ids/lms'),
	('the external id', '{"ids": {"external": "stu-7731"}}', 'CONFLICT: not_allowed /user/ids/external'),
	('the student_id', '{"ids": {"external": "ps-2251"}}', 'CONFLICT: not_allowed /user/ids/external'),
	('the username', '{"ids": {"external": "zkvap"}}', 'CONFLICT: not_allowed /user/ids/external'),
	('the api id', '{"ids": {"api": "api-7731x"}}', 'CONFLICT: not_allowed /user/ids/api'),
	('the LMS id with another', '{"ids": {"external": "new", "lms": "lms-7731y"}}', 'CONFLICT: not_allowed /user/ids/lms'),
	('an id of another kind', '{"ids": {"api": "lms-7731y"}}', 'course Found Existing, user Created, enrollment Created'),
	('a user_id as external id', '{"ids": {"external": "pu-9917"}}', 'course Found Existing, user Created, enrollment Created'),
	('in other letters', '{"ids": {"external": "STU-7731"}}', 'course Found Existing, user Created, enrollment Created'),
	('an id given to another person', '{"ids": {"external": "u-1", "api": "api-7731x"}}', 'CONFLICT: not_allowed /user/ids/api'),
	('the sid', jsonb_build_object('ids', jsonb_build_object('sid', :'person')), 'CONFLICT: not_allowed /user'),
	('the sid as external id', jsonb_build_object('ids', jsonb_build_object('external', :'person')), 'CONFLICT: conflict /user/ids/external')
) AS tried (by, person, said);
SELECT is(comes(course_item() || '{"user": {"ids": {"external": "stu-7731"}}}'), 'RESOURCENOTFOUND: not_found /user/ids', 'a bare reference finds nobody');
SELECT is(comes_in_crowd(zdenka(), crowd), 'CONFLICT: not_allowed /user/ids/api, not_allowed /user/ids/external, not_allowed /user/ids/lms', 'in a crowd of ' || crowd) FROM (VALUES (1), (10), (200)) v (crowd);
SELECT is(attempt(jsonb_build_object('dryRun', true, 'items', jsonb_build_array(zdenka()))) #>> '{items,0,error,code}', 'CONFLICT', 'nor in a dry run');
SELECT is(attempt(zdenka('{"ids": {"external": "stu-7731"}}')) ->> 'hint', 'If the person is to be here again, call readmit_candidate first.', 'with the way out');
SELECT is(attempt(jsonb_build_array(zdenka(), user_item())) #>> '{batch,succeeded}', '1', 'the others of a batch come');
SELECT is(book('{"user_id": "pu-9917", "reservation_id": "r-9"}'), 'erased_stays_erased: this id belongs to a person who was erased. If the person is to be here again, call readmit_candidate first.', 'a booking');
SELECT is(rule(book('{"user_id": "pu-new", "student_id": "ps-2251", "reservation_id": "r-9"}')), 'erased_stays_erased', 'by the student_id');
SELECT is(rule(book('{"user_id": "stu-7731", "reservation_id": "r-9"}')), 'erased_stays_erased', 'by the external id as user_id');
SELECT is(rule(said(proctorlink.proctoru_edit_student('{"user_id": "pu-9917", "first_name": "Zdenka"}'))), 'erased_stays_erased', 'a profile');
SELECT is(rule(said(proctorlink.proctoru_edit_student('{"user_id": "pu-new", "student_id": "ps-2251"}'))), 'erased_stays_erased', 'a profile''s student_id');
SELECT is(book('{"user_id": "pu-9917", "exam_id": "e-9"}'), 'Exam Not found', 'another refusal');
CREATE FUNCTION body(candidate jsonb) RETURNS jsonb IMMUTABLE LANGUAGE sql AS $$
	SELECT jsonb_build_object('Schedule', '{"AssessmentExtId": "e-2", "ScheduleExtId": "C-1", "StartDateTime": "2032-03-01T09:00:00Z", "GroupExtId": "med", "GroupName": "Medicine"}'::jsonb,
		'Candidates', jsonb_build_array('{"FirstName": "Zdenka", "LastName": "Kvapilova", "Email": "Zdenka.K@mail.test"}'::jsonb || candidate))
$$;
SELECT proctorlink.use_install(:'install');
SELECT is((SELECT a ->> 'Success' || ' ' || (a ->> 'Message') FROM proctorlink.eapi_create_schedule(body('{"CandidateExtId": "stu-7731"}')) a),
	'false /Candidates/0/CandidateExtId: this id belongs to a person who was erased. If the person is to be here again, call readmit_candidate first.', 'Cirrus''s door');
SELECT is((SELECT a ->> 'Success' FROM proctorlink.eapi_create_schedule(body('{"CandidateExtId": "new-1", "UserName": "zkvap"}')) a), 'false', 'by the username');
SELECT is((SELECT a ->> 'Success' FROM proctorlink.eapi_create_user('{"User": {"ExternalId": "stu-7731", "UserName": "x", "FirstName": "Zdenka", "LastName": "Kvapilova", "Email": "Zdenka.K@mail.test", "Role": "candidate"}}') a), 'false', 'a user');
SELECT is((SELECT string_agg(DISTINCT rule, ' ' ORDER BY rule) FROM proctorlink.refusals() WHERE rule ~ 'erased'), 'erased_stays_erased', 'the refusals are kept');
SELECT is(stands_in('Zdenka', 'Kvapilova', 'mail.test', 'stu-7731', 'api-7731x', 'lms-7731y', 'zkvap', 'pu-9917', 'ps-2251'), '', 'without the person');

SELECT is(refused(statement), '23514 erased_stays_erased', 'plain SQL: ' || statement) FROM (VALUES
	('INSERT INTO proctorlink.account (install_id, candidate_ext_id) VALUES (install_id(), ''n-1''), (install_id(), ''stu-7731'')'),
	('INSERT INTO proctorlink.account (install_id, candidate_ext_id, username) VALUES (install_id(), ''n-1'', ''zkvap'')'),
	('INSERT INTO proctorlink.account (install_id, api_id) VALUES (install_id(), ''api-7731x'')'),
	('INSERT INTO proctorlink.account (install_id, lms_id) VALUES (install_id(), ''lms-7731y'')'),
	('UPDATE proctorlink.account SET candidate_ext_id = ''stu-7731'' WHERE candidate_ext_id = ''u-1'''),
	('UPDATE proctorlink.account SET username = ''zkvap'' WHERE candidate_ext_id = ''u-1'''),
	('UPDATE proctorlink.account SET api_id = ''api-7731x'' WHERE candidate_ext_id = ''u-1'''),
	('UPDATE proctorlink.account SET lms_id = ''lms-7731y'' WHERE candidate_ext_id = ''u-1'''),
	(format('UPDATE proctorlink.account SET first_name = ''Zdenka'' WHERE account_id = %L', :'zdenka')),
	(format('UPDATE proctorlink.account SET status = ''active'' WHERE account_id = %L', :'zdenka')),
	(format('INSERT INTO proctorlink.provider_account (install_id, integration_id, user_id) VALUES (install_id(), proctorlink.sid_uuid(%L), ''pu-9917'')', :'proctoru')),
	(format('INSERT INTO proctorlink.provider_account (install_id, integration_id, user_id, student_id) VALUES (install_id(), proctorlink.sid_uuid(%L), ''x'', ''ps-2251'')', :'proctoru')),
	(format('INSERT INTO proctorlink.exam_session (install_id, exam_id, account_id, schedule_id, status, attempt) VALUES (install_id(), exam_id(''e-1''), %L, schedule_id(''S-1''), ''Scheduled'', 9)', :'zdenka')),
	('INSERT INTO proctorlink.accommodation (install_id, exam_id, candidate_ext_id) VALUES (install_id(), exam_id(''e-1''), ''stu-7731'')')) AS tried (statement);
SELECT is(refused(format('INSERT INTO proctorlink.provider_account (install_id, integration_id, user_id) VALUES (install_id(), proctorlink.sid_uuid(%L), ''pu-9917'')', :'smarter')), 'accepted', 'a user_id is its provider''s alone');
SELECT is(refused('INSERT INTO proctorlink.account (install_id, candidate_ext_id, created_at) VALUES (install_id(), ''stu-7731'', now() - interval ''1 day'')'), 'accepted', 'what is history is stored as it is');
SELECT is(told(statement), said, statement) FROM (VALUES
	(format('SELECT proctorlink.rename_candidate(%L, ''u-1'', ''stu-7731'')', :'install'), 'PT409 CONFLICT: new_candidate_ext_id: this id belongs to a person who was erased'),
	(format('SELECT proctorlink.rename_candidate(%L, %L, ''x'')', :'install', :'person'), 'PT404 RESOURCENOTFOUND: candidate_ext_id: there is no account "' || :'person' || '"'),
	(format('SELECT proctorlink.link_candidate(%L, %L, ''pu-9917'', ''u-1'')', :'install', :'proctoru'), 'PT409 CONFLICT: user_id: this id belongs to a person who was erased'),
	('SELECT proctorlink.allow_accommodation(''e-1'', ''{u-1,stu-7731}'')', 'PT409 CONFLICT: candidate_ext_ids: names a person who was erased'),
	('SELECT proctorlink.withdraw_accommodation(''e-1'', ''{u-1,stu-7731}'')', 'accepted')) AS tried (statement, said);

-- Another install has people of its own.

SELECT proctorlink.create_install('Another', NULL) AS another \gset
SELECT proctorlink.use_install(:'another');
SELECT is(results(attempt(zdenka())), 'course Created, user Created, enrollment Created', 'another install knows nothing of it');
SELECT is(told('SELECT proctorlink.erase_candidate(''u-1'', ''request'')'), 'PT404 RESOURCENOTFOUND: candidate: there is no account "u-1"', 'nor reaches anybody here');
SELECT is(told('SELECT proctorlink.readmit_candidate(''stu-7731'')'), 'PT404 RESOURCENOTFOUND: candidate_ext_id: nobody who was erased had the id "stu-7731"', 'nor lets anybody in');
SELECT is(found('u-1'), NULL, 'nor finds anybody');
SELECT proctorlink.use_install(:'install');

-- Letting in again.

SELECT is(told('SELECT proctorlink.readmit_candidate(''nobody'')'), 'PT404 RESOURCENOTFOUND: candidate_ext_id: nobody who was erased had the id "nobody"', 'nobody');
SELECT is(told('SELECT proctorlink.readmit_candidate(NULL)'), 'PT400 INVALIDINPUT: candidate_ext_id must not be null', 'null');
SELECT is(told(format('SELECT proctorlink.readmit_candidate(%L)', named)), 'accepted', 'by ' || named) FROM (VALUES (:'person'), ('zkvap'), ('api-7731x'), ('pu-9917')) v (named);
SELECT proctorlink.erase_candidate('zz-1', 'request') IS NULL AS unused \gset
SELECT proctorlink.readmit_candidate('stu-7731');
SELECT is((SELECT count(*)::int FROM proctorlink.erased_id), 1, 'all ids of the person, and nobody else''s');
SELECT is((SELECT changes FROM proctorlink.event WHERE kind = 'candidate_readmitted' AND subject_sid = :'person'), '{"ids": 6}', 'with an event');
SELECT is(results(proctorlink.batch_provision(zdenka())), 'course Found Existing, user Created, enrollment Created', 'the person comes as a new one');
SELECT isnt(account_id('stu-7731'), :'zdenka'::uuid, 'with a new account');
SELECT is((SELECT status || first_name FROM proctorlink.account WHERE account_id = :'zdenka'), 'erased', 'and the erased one stays erased');
SELECT is(proctorlink.erase_candidate('stu-7731', 'request') -> 'cancelled_sessions', '0', 'and can be erased again');

-- Who had no id of their own, and ids that several had.

INSERT INTO proctorlink.account (install_id, api_id, first_name) VALUES (install_id(), 'd-1', 'Default'), (install_id(), 'd-2', 'Other');
INSERT INTO proctorlink.account (install_id, candidate_ext_id, lms_id) VALUES (install_id(), 'd-3', 'd-2');
SELECT proctorlink.erase_candidate('d-1', 'request') ->> 'erased' AS one \gset
SELECT is((SELECT candidate_ext_id_defaulted FROM proctorlink.account WHERE candidate_ext_id = :'one'), true, 'the sid is nobody''s gift');
SELECT is(comes(zdenka('{"ids": {"api": "d-1"}}')), 'CONFLICT: not_allowed /user/ids/api', 'an id that stood in for another is kept out');
SELECT is(comes(zdenka('{"ids": {"external": "d-1"}}')), 'course Found Existing, user Created, enrollment Created', 'as what it was');
SELECT proctorlink.erase_candidate('d-2', 'request') IS NULL AS unused, proctorlink.erase_candidate('d-3', 'request') IS NULL AS unused2 \gset
SELECT is(told('SELECT proctorlink.readmit_candidate(''d-2'')'), 'PT409 CONFLICT: several people who were erased had this id', 'an id of two people');
SELECT is(told('SELECT proctorlink.readmit_candidate(''d-3'')'), 'accepted', 'a candidate_ext_id of one');

-- An id of the person that somebody else has as theirs.

INSERT INTO proctorlink.account (install_id, candidate_ext_id, username) VALUES (install_id(), 'k-1', 'k-2'), (install_id(), 'k-2', 'k-3');
SELECT proctorlink.allow_accommodation('e-1', '{k-1,k-2}') IS NULL AS unused, proctorlink.erase_candidate('k-1', 'request') -> 'cleared' ->> 'accommodation' AS cleared \gset
SELECT is(:'cleared' || ' ' || (SELECT string_agg(candidate_ext_id, ' ') FROM proctorlink.accommodation WHERE exam_id = exam_id('e-1')), '1 k-2', 'who has it stays eligible');
SELECT is(results(attempt('{"user": {"ids": {"external": "k-2"}, "firstName": "K", "lastName": "K", "email": "k@k"}}')), 'user Updated', 'and comes as ever');

SELECT * FROM finish();
ROLLBACK;
