-- test/pgtap/mission.sql
--		Each sentence of the founding documents that states a rule or a step: it
--		is kept where it speaks of, and what goes against it is refused. The
--		names of the tests are those of docs/mission.md, in its order, which
--		test/tap/mission.pl compares; the subjects have tests of their own.

BEGIN;
\ir helpers.psql
\ir sittings.psql
\ir bookings.psql
SELECT plan(63);

-- What an expression says after some statements, all taken back; or by which
-- rule, or code and place, one of them is refused.
CREATE FUNCTION would(expression text, VARIADIC before text[] DEFAULT '{}') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	statement text;
	answer text;
	name text;
	detail text;
BEGIN
	FOREACH statement IN ARRAY before LOOP
		EXECUTE statement;
	END LOOP;
	EXECUTE 'SELECT (' || expression || ')::text' INTO answer;
	RAISE EXCEPTION USING ERRCODE = 'UNDO0';
EXCEPTION
	WHEN SQLSTATE 'UNDO0' THEN
		RETURN answer;
	WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS name = CONSTRAINT_NAME, detail = PG_EXCEPTION_DETAIL;
		RETURN coalesce(nullif(name, ''), SQLERRM || ' ' || split_part(detail, ':', 1));
END
$$;
-- The same of a booking that differs from the others: "ok", a message, or a rule.
CREATE FUNCTION booking_would(changes jsonb, VARIADIC before text[] DEFAULT '{}') RETURNS text LANGUAGE sql AS $$
	SELECT would(format('rule(book(%L))', changes), VARIADIC before)
$$;
-- Two outcomes, or more, in one text.
CREATE FUNCTION outcomes(VARIADIC each text[]) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(coalesce(o, '-'), ' / ' ORDER BY place) FROM unnest(each) WITH ORDINALITY AS l (o, place)
$$;
CREATE FUNCTION source(chosen text) RETURNS text LANGUAGE sql AS $$
	SELECT format('SELECT proctorlink.configure_install(%L, ''{"candidateIdSource": "%s"}'')', proctorlink.sid('AI', install_id()), chosen)
$$;
CREATE FUNCTION setting(exam text, name text, value boolean) RETURNS text IMMUTABLE LANGUAGE sql AS $$
	SELECT format('SELECT proctorlink.configure_exam(%L, ''{"%s": %s}'')', exam, name, value::text)
$$;
-- Whether ProctorU delivers an exam while a setting is on; and whether it may be turned on while it does.
CREATE FUNCTION security(name text) RETURNS text LANGUAGE sql AS $$
	SELECT outcomes(booking_would('{}', setting('e-1', name, true)), booking_would('{}', setting('e-1', name, true), setting('e-1', name, false)),
		would(format('proctorlink.configure_exam(''e-1'', ''{"%s": true}'')', name), 'SELECT book()'),
		would('rule(proctorlink.eapi_create_schedule(cirrus()) #>> ''{Errors,0,Error}'')', setting('e-1', name, true)))
$$;
-- The body of a schedule at Cirrus's door.
CREATE FUNCTION cirrus(schedule jsonb DEFAULT '{}', candidate jsonb DEFAULT '{}') RETURNS jsonb STABLE LANGUAGE sql AS $$
	SELECT jsonb_build_object('Schedule', '{"AssessmentExtId": "e-1", "ScheduleExtId": "S-1", "StartDateTime": "2090-03-01T09:00:00Z", "GroupExtId": "med", "GroupName": "Medicine"}'::jsonb || schedule,
		'Candidates', jsonb_build_array('{"CandidateExtId": "c-1", "FirstName": "Ada", "LastName": "Byron", "Email": "ada@example.org"}'::jsonb || candidate))
$$;
CREATE FUNCTION cirrus_says(body jsonb) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(rule(answer #>> '{Errors,0,Error}'), 'ok') FROM proctorlink.eapi_create_schedule(body) AS answer
$$;
CREATE FUNCTION sitting(id text DEFAULT 'r-1') RETURNS proctorlink.schedule STABLE LANGUAGE sql AS $$
	SELECT c FROM proctorlink.schedule c WHERE c.schedule_id = (booked(id)).schedule_id
$$;
CREATE FUNCTION person(id text) RETURNS proctorlink.account STABLE LANGUAGE sql AS $$
	SELECT a FROM proctorlink.account a WHERE a.install_id = install_id() AND a.candidate_ext_id = id
$$;
CREATE FUNCTION at_providers() RETURNS bigint STABLE LANGUAGE sql AS $$ SELECT count(*) FROM proctorlink.provider_account $$;
CREATE FUNCTION hierarchy_of(id text DEFAULT 'r-1') RETURNS text STABLE LANGUAGE sql AS $$
	SELECT CASE WHEN is_default THEN 'default' ELSE organisation_id END FROM proctorlink.hierarchy WHERE hierarchy_id = (sitting(id)).hierarchy_id
$$;
-- What an item says after others: the results, or the code and the first place.
CREATE FUNCTION item(VARIADIC items jsonb[]) RETURNS text LANGUAGE sql AS $$ SELECT outcome(VARIADIC items) $$;

INSERT INTO proctorlink.hierarchy (install_id, parent_id, title, organisation_id, allow_schedules, archived)
	SELECT install_id, hierarchy_id, v.* FROM proctorlink.hierarchy, (VALUES ('Law', 'law', true, false), ('Old', 'old', true, true), ('Nameless', NULL, true, false)) v WHERE install_id = install_id();
INSERT INTO proctorlink.account (install_id, candidate_ext_id, username, role, first_name, last_name, email, special_needs, reasonable_adjustment_percentage) VALUES
	(install_id(), 'n-25', 'n-25', 'candidate', 'Nora', 'Quinn', 'nora@example.org', true, 25), (install_id(), 'clerk', 'clerk', 'candidate', 'Ivo', 'Marsh', 'ivo@example.org', false, NULL),
	(install_id(), 'second', 'second', 'scheduler', 'Nuala', 'Brady', 'nuala@example.org', false, NULL);
SELECT proctorlink.create_accommodation_exam('e-1', 25) AS longer \gset
SELECT proctorlink.create_install('Fresh', NULL) AS fresh \gset
SELECT proctorlink.generate_eapi_token(:'install', 'ProctorU', NULL, :'proctoru') AS token \gset
SELECT proctorlink.use_install(:'install', :'proctoru') \gset

-- Before the first exam: the set-up.

SELECT is(outcomes(would('rule(book())', format('SELECT proctorlink.use_install(%L)', :'install')), booking_would('{}')), 'AUTHENTICATIONFAILED / ok', 'an agreement comes first');
SELECT is(outcomes((SELECT string_agg(check_name, ' ' ORDER BY check_name) FROM proctorlink.readiness() WHERE check_name LIKE 'setup.%' AND NOT ok),
	would('(SELECT string_agg(check_name, '' '' ORDER BY check_name) FROM proctorlink.readiness() WHERE check_name = ANY (''{setup.integration,setup.token,setup.platform_url,setup.scheduler}'') AND NOT ok)',
		format('SELECT proctorlink.use_install(%L)', :'fresh'))), '- / setup.integration setup.platform_url setup.scheduler setup.token', 'the set-up is done once');
SELECT is(outcomes(would(format('proctorlink.authenticate(%L) ->> ''integration''', 'EAPI ' || :'token')), would(format('proctorlink.authenticate(%L)', 'EAPI ' || left(:'token', -1) || 'x')),
	would(format('proctorlink.use_install(%L)', :'fresh'), format('SELECT proctorlink.authenticate(%L)', :'token'))),
	:'proctoru' || ' / AUTHENTICATIONFAILED the credentials are not good / AUTHENTICATIONFAILED no access to install "' || :'fresh' || '"', 'a token connects');
SELECT is(outcomes(would('(person(''u-9'')).role', format('SELECT proctorlink.configure_install(%L, ''{"defaultRole": "marker"}'')', :'install'),
		format('SELECT proctorlink.batch_provision(%L)', put(user_item(), '/user/ids', '{"external": "u-9"}'))),
	would('(SELECT a.candidate_ext_id FROM proctorlink.exam x JOIN proctorlink.account a ON a.account_id = x.owner_id WHERE x.external_id = ''made'')',
		format('SELECT proctorlink.configure_install(%L, ''{"defaultOwner": "second"}'')', :'install'),
		'SELECT proctorlink.eapi_create_assessment(''{"ExternalId": "made", "Title": "Made", "Code": "made", "Purpose": 3}'')'),
	would(format('proctorlink.configure_install(%L, ''{"defaultRole": "nobody"}'')', :'install'))), 'marker / second / RESOURCENOTFOUND /defaultRole', 'default roles and owners are chosen');
SELECT is(outcomes(would('(SELECT candidate_ext_id FROM proctorlink.account WHERE account_id = (sitting()).owner_id)', 'SELECT book()'),
	would('(SELECT candidate_ext_id FROM proctorlink.account WHERE account_id = (SELECT owner_id FROM proctorlink.schedule WHERE external_id = ''S-1''))',
		format('SELECT cirrus_says(%L)', cirrus('{"Owner": "second"}'))),
	booking_would('{}', format('SELECT proctorlink.configure_install(%L, ''{"defaultScheduler": "clerk"}'')', :'install'))),
	'scheduler / scheduler / schedule_has_an_owner_who_may_schedule', 'schedules belong to the default scheduler');
SELECT is(outcomes(would('new_schedule(''x'', ''1 day'', ''2 days'') IS NOT NULL'),
	would('new_schedule(''x'', ''1 day'', ''2 days'') IS NOT NULL', format('SELECT proctorlink.configure_install(%L, ''{"defaultScheduler": null}'')', :'install')),
	booking_would('{}', format('SELECT proctorlink.configure_install(%L, ''{"defaultScheduler": null}'')', :'install'))),
	'true / schedule_has_an_owner_who_may_schedule / schedule_has_an_owner_who_may_schedule', 'every schedule has an owner');
SELECT is(outcomes(would('proctorlink.eapi_get_schedule((sitting()).external_id) #>> ''{Content,SharingInformation,0,UserName}''', 'SELECT book()',
		format('SELECT proctorlink.share_account(%L, ''scheduler'', ''second'')', :'install')),
	would(format('proctorlink.share_account(%L, ''scheduler'', ''scheduler'')', :'install'))), 'second / INVALIDINPUT with_account', 'a default account may be shared');
SELECT is(outcomes(would(format('proctorlink.install_settings(%L) ->> ''timeZone''', :'install'), format('SELECT proctorlink.configure_install(%L, ''{"timeZone": "Europe/Dublin"}'')', :'install')),
	would(format('proctorlink.configure_install(%L, ''{"timeZone": "Europe/Dublin", "colour": 1}'')', :'install')), proctorlink.install_settings(:'install') ->> 'timeZone'),
	'Europe/Dublin / INVALIDINPUT /colour / UTC', 'settings are saved');
SELECT is(outcomes((proctorlink.external_api_sheet(:'install') ~ 'Platform URL +https://platform\.test/')::text,
	(SELECT count(*) FROM proctorlink.signing_key k, proctorlink.webhook_secret w WHERE strpos(proctorlink.external_api_sheet(:'install'), k.secret) + strpos(proctorlink.external_api_sheet(:'install'), w.secret) > 0)::text,
	would('(SELECT ok FROM proctorlink.readiness() WHERE check_name = ''setup.platform_url'')', format('SELECT proctorlink.use_install(%L)', :'fresh'))),
	'true / 0 / false', 'the address goes to ProctorU');
SELECT is(outcomes(would('rule(book())', format('SELECT proctorlink.use_install(%L, %L)', :'install', :'proctoru')),
	would('rule(book())', 'UPDATE proctorlink.integration SET active = false', format('SELECT proctorlink.use_install(%L, %L)', :'install', :'proctoru'))),
	'ok / AUTHENTICATIONFAILED no access to integration "' || :'proctoru' || '"', 'ProctorU sets up its side');

-- The exam: its external id, and no other security.

SELECT is(outcomes(booking_would('{}'), would('book(''{"exam_id": "e 3"}'')', 'UPDATE proctorlink.exam SET external_id = ''e 3'' WHERE external_id = ''e-1'''),
	would('1', 'UPDATE proctorlink.exam SET external_id = NULL WHERE external_id = ''e-1''',
		format('INSERT INTO proctorlink.schedule (install_id, exam_id, starts_at, integration_id) VALUES (%L, %L, now(), proctorlink.sid_uuid(%L))', install_id(), exam_id('e-1'), :'proctoru')),
	would('1', 'SELECT book()', 'UPDATE proctorlink.exam SET external_id = NULL WHERE external_id = ''e-1''')),
	'ok / proctoru_exam_has_external_id: the exam''s external id "e 3" has a space in it. Give the assessment an External ID of at most 64 characters without spaces, and enter the same in ProctorU. / proctoru_exam_has_external_id / proctoru_exam_has_external_id',
	'an exam has an External ID');
SELECT is(outcomes(would('proctorlink.configure_exam(proctorlink.sid(''EX'', exam_id(''e-2'')), ''{"externalId": null}'') ->> ''externalId'' ~ ''^[^ ]{1,64}$'''),
	would('(SELECT string_agg(external_id, '' '') FROM proctorlink.find_assessment(''Without config''))'),
	would('proctorlink.configure_exam(''e-2'', ''{"externalId": "e-1"}'')')), 'true / e-2 / CONFLICT /externalId', 'External IDs are made and looked up');
SELECT is(security('pin'), outcomes('proctoru_exam_without_other_security', 'ok', 'CONFLICT proctoru_exam_without_other_security', 'proctoru_exam_without_other_security'), 'no PIN');
SELECT is(security('proctorio'), outcomes('proctoru_exam_without_other_security', 'ok', 'CONFLICT proctoru_exam_without_other_security', 'proctoru_exam_without_other_security'), 'no Proctorio');
SELECT is(security('safeExamBrowser'), outcomes('proctoru_exam_without_other_security', 'ok', 'CONFLICT proctoru_exam_without_other_security', 'proctoru_exam_without_other_security'), 'no Safe Exam Browser');

-- Candidates: from ProctorU to here, never the other way.

SELECT is(outcomes(would('((person(''pu-1'')).first_name, (person(''pu-1'')).role)', 'SELECT book()'), would('(person(''pu-1'')).first_name', 'SELECT book(''{"email": null}'')')),
	'(Grace,candidate) / -', 'accounts come from ProctorU');
SELECT is(outcomes(would('at_providers()', format('SELECT proctorlink.batch_provision(%L)', learner_item()), format('SELECT cirrus_says(%L)', cirrus()),
		'SELECT proctorlink.eapi_create_user(''{"ExternalId": "u-8", "FirstName": "A", "LastName": "B", "Email": "a@example.org"}'')'),
	would('at_providers()', 'SELECT book()')), '0 / 1', 'accounts do not go to ProctorU');
SELECT is(outcomes(would('((booked()).status, (sitting()).exam_id = exam_id(''e-1''), who())', 'SELECT book()'),
	would('(SELECT count(*) FROM proctorlink.schedule)', 'SELECT book(''{"reservation_id": "r-2"}'')', 'SELECT book(''{"reservation_id": "r-3", "end_date": "2090-01-01T00:00:00Z", "user_id": "pu-3"}'')'),
	would('(person(''pu-3'')).first_name', 'SELECT book(''{"reservation_id": "r-3", "end_date": "2090-01-01T00:00:00Z", "user_id": "pu-3"}'')')),
	'(Scheduled,t,pu-1) / 1 / -', 'being scheduled makes the schedule and the user');
SELECT is(outcomes(would('((person(''pu-1'')).candidate_ext_id, (person(''pu-1'')).username)', 'SELECT book(''{"student_id": "s-1"}'')'),
	booking_would('{"user_id": "u-1"}'), booking_would('{"user_id": null}')), '(pu-1,pu-1) / candidate_ext_id_unique / user_id is required', 'user_id is the id by default');

-- Extra time.

SELECT is(outcomes(would('(SELECT extra_time_minutes FROM proctorlink.schedule WHERE external_id = ''S-1'')', format('SELECT proctorlink.use_install(%L)', :'install'), format('SELECT cirrus_says(%L)', cirrus('{}', '{"CandidateExtId": "n-25"}'))),
	would('cirrus_says(cirrus(''{"EndDateTime": "2090-03-01T10:15:00Z"}'', ''{"CandidateExtId": "n-25"}''))', format('SELECT proctorlink.use_install(%L)', :'install'))),
	'15 / schedule_longer_than_exam', 'extra time works here');
SELECT is(outcomes(booking_would('{}'), booking_would('{"user_id": "n-25", "email": "nora@example.org"}'), would('cirrus_says(cirrus(''{}'', ''{"CandidateExtId": "n-25"}''))'),
	would('new_session(''n-25'', ''x'')', 'SELECT new_schedule(''x'', ''1 day'', ''2 days'')', format('UPDATE proctorlink.schedule SET integration_id = proctorlink.sid_uuid(%L)', :'proctoru'),
		format('INSERT INTO proctorlink.exam_session (install_id, exam_id, account_id, schedule_id, status) SELECT install_id, exam_id, %L, schedule_id, ''Scheduled'' FROM proctorlink.schedule', account_id('n-25')))),
	'ok / proctoru_no_extra_time / proctoru_no_extra_time / proctoru_no_extra_time', 'extra time does not work with ProctorU');
SELECT is(outcomes((SELECT (duration_minutes, accommodation_for = exam_id('e-1'))::text FROM proctorlink.exam WHERE external_id = :'longer'),
	would('proctorlink.create_accommodation_exam(''e-2'')'), would('proctorlink.create_accommodation_exam(''e-2'', minutes => 0)')),
	'(75,t) / INVALIDINPUT minutes / INVALIDINPUT minutes', 'a separate exam that is longer');
SELECT is(outcomes(would('((sitting()).starts_at = (sitting(''r-2'')).starts_at, who(), who(''r-2''))', 'SELECT book()',
		format('SELECT book(%L)', jsonb_build_object('reservation_id', 'r-2', 'exam_id', :'longer', 'duration', NULL, 'user_id', 'n-25', 'email', 'nora@example.org'))),
	booking_would(jsonb_build_object('reservation_id', 'r-2', 'exam_id', 'e-2'), 'SELECT book()')), '(t,pu-1,n-25) / OVERLAP', 'both exams at the same time');
SELECT is(outcomes(booking_would(jsonb_build_object('exam_id', :'longer', 'duration', NULL, 'user_id', 'n-25', 'email', 'nora@example.org')),
	booking_would(jsonb_build_object('exam_id', :'longer', 'duration', NULL), format('SELECT proctorlink.allow_accommodation(%L, ''{pu-1}'')', :'longer')),
	booking_would(jsonb_build_object('exam_id', :'longer', 'duration', NULL))), 'ok / ok / accommodation_exam_only_for_eligible', 'the longer exam is for the eligible alone');

-- Hierarchies, and who sees what.

CREATE ROLE proctorlink_test_people;
GRANT USAGE ON SCHEMA proctorlink TO proctorlink_test_people;
GRANT SELECT ON ALL TABLES IN SCHEMA proctorlink TO proctorlink_test_people;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA proctorlink TO proctorlink_test_people;
-- Whose results a person sees.
CREATE FUNCTION results_of(person text, VARIADIC before text[]) RETURNS text LANGUAGE sql AS $$
	SELECT would('(SELECT string_agg(candidate_ext_id, '' '') FROM proctorlink.candidate_result)', VARIADIC before || ARRAY[
		format('SELECT proctorlink.authenticate(proctorlink.issue_access_token(%L, %L))', proctorlink.sid('AI', install_id()), person),
		'SET LOCAL ROLE proctorlink_test_people'])
$$;

SELECT is(outcomes(would('hierarchy_of()', 'SELECT book()'), would('hierarchy_of()', 'SELECT book(''{"department_id": "nowhere"}'')')), 'default / default', 'schedules go to a default hierarchy');
SELECT is(outcomes(would('(SELECT (g.coordinator, g.view_reports) FROM proctorlink.hierarchy_access g WHERE g.hierarchy_id = (sitting()).hierarchy_id AND g.account_id = account_id(''second''))', 'SELECT book(''{"department_id": "law"}'')',
		format('SELECT proctorlink.grant_hierarchy(%L, ''law'', ''second'', ''{coordinator,view_reports}'')', :'install')),
	results_of('second', 'SELECT book(''{"department_id": "law"}'')', format('SELECT proctorlink.grant_hierarchy(%L, ''law'', ''second'', ''{coordinator,view_reports}'')', :'install')),
	results_of('second', 'SELECT book()', format('SELECT proctorlink.grant_hierarchy(%L, ''law'', ''second'', ''{coordinator,view_reports}'')', :'install')),
	would(format('proctorlink.grant_hierarchy(%L, ''law'', ''second'', ''{proctor}'')', :'install'))), '(t,t) / pu-1 / - / INVALIDINPUT /flags/0', 'hierarchies give access to marking and reports');
SELECT is((SELECT string_agg(organisation_id, ' ') FROM proctorlink.selectable_hierarchies()), 'law', 'hierarchies with an Organisation ID can be selected');
SELECT is(outcomes(would('hierarchy_of()', 'SELECT book(''{"department_id": "law"}'')'),
	would('(proctorlink.proctoru_add_reservation(booking(''{"department_id": "old"}'')) #>> ''{data,warnings,0}'')')),
	'law / department_id "old": the hierarchy is archived; the schedule goes to the default hierarchy', 'schedules go to the chosen hierarchy');
SELECT is(outcomes((SELECT string_agg(title, ' ' ORDER BY title) FROM proctorlink.role WHERE install_id = install_id()),
	(SELECT count(*) FROM pg_class c WHERE relnamespace = 'proctorlink'::regnamespace AND relkind IN ('r', 'v') AND has_table_privilege('public', c.oid, 'SELECT, INSERT, UPDATE, DELETE'))::text,
	(SELECT has_schema_privilege('public', 'proctorlink', 'USAGE'))::text, would(format('proctorlink.define_role(%L, ''proctor'', ''{proctor}'')', :'install'))),
	'administrator author candidate marker scheduler / 0 / false / INVALIDINPUT /permissions/0', 'proctors have no access');
SELECT is(outcomes((SELECT count(*) FROM pg_proc WHERE pronamespace = 'proctorlink'::regnamespace AND proname ~ 'invigilat|proctor' AND proname !~ '^proctoru_|^are_proctor_types$')::text,
	would(format('proctorlink.grant_hierarchy(%L, ''law'', ''second'', ''{invigilator}'')', :'install'))), '0 / INVALIDINPUT /flags/0', 'no invigilator dashboard');

-- Common mistakes.

SELECT book('{"exam_id": "e-11"}') AS mistaken, book('{"start_date": "2090-02-28T10:00:00Z", "end_date": "2093-02-28T10:00:00Z"}') AS longest \gset
SELECT is(outcomes(:'mistaken', book('{"exam_id": "E-1", "reservation_id": "r-9"}'), (SELECT min(hint) FROM proctorlink.refusals() WHERE assessment_ext_id = 'e-11'), booking_would('{}')),
	outcomes('Exam Not found', 'Exam Not found', 'The exam_id in ProctorU must be exactly the assessment''s External ID. Nearest here: e-1, e-2.', 'ok'), 'the External ID matches the one in ProctorU');
SELECT is(outcomes(booking_would('{"start_date": "2090-02-28T10:00:00Z", "end_date": "2092-02-28T10:00:00Z"}'), booking_would('{"start_date": "2090-02-28T10:00:00Z", "end_date": "2092-02-28T10:00:00.000001Z"}'),
	would('cirrus_says(cirrus(''{"EndDateTime": "2092-03-01T09:00:00.000001Z"}''))'), would('new_schedule(''x'', ''1 day'', ''1 day 2 years 1 microsecond'')')),
	'ok / schedule_at_most_two_years / schedule_at_most_two_years / schedule_at_most_two_years', 'a window of two years at most');
SELECT is(outcomes((:'longest' ~ 'shorten the window in ProctorU')::text,
	(SELECT bool_and(hint ~ 'shorten the window in ProctorU' OR detail ~ 'shorten the window in ProctorU')::text FROM proctorlink.refusals() WHERE rule = 'schedule_at_most_two_years')),
	'true / true', 'the window is shortened in ProctorU');

-- The checklist.

SELECT is(outcomes((SELECT count(*) FILTER (WHERE ok)::text FROM proctorlink.readiness('e-1') WHERE check_name = ANY ('{exam.external_id,security.pin,security.safe_exam_browser,extra_time.accommodation_exam}')),
	(SELECT detail FROM proctorlink.readiness('e-1') WHERE check_name = 'identity.source'),
	would('(SELECT string_agg(check_name, '' '' ORDER BY check_name) FROM proctorlink.readiness(''e-1'') WHERE NOT ok)', setting('e-1', 'pin', true), setting('e-1', 'safeExamBrowser', true))),
	'4 / ProctorU''s user_id becomes the User ID (CandidateExtId) / security.pin security.safe_exam_browser', 'the checklist has four things');
SELECT is((SELECT bool_or(check_name LIKE 'setup.%' AND later) FROM (SELECT check_name, bool_or(check_name LIKE 'exam.%') OVER (ROWS UNBOUNDED PRECEDING) AS later
	FROM proctorlink.readiness('e-1')) r), false, 'the set-up comes before the checklist');

-- Who candidates are.

SELECT is(outcomes(would('(person(''s-1'')).username', source('student_id'), 'SELECT book(''{"student_id": "s-1"}'')'), would('(person(''pu-1'')).username', source('user_id'), 'SELECT book(''{"student_id": "s-1"}'')'),
	would('1', source('email'))), 's-1 / pu-1 / INVALIDINPUT /candidateIdSource', 'customers choose the id');
SELECT is(outcomes(would('who()', source('student_id'), 'SELECT book(''{"student_id": "u-1"}'')'), booking_would('{"user_id": "u-1"}')), 'u-1 / candidate_ext_id_unique', 'ids of one''s own match people');
SELECT is(outcomes(would('(SELECT student_id FROM proctorlink.provider_account WHERE user_id = ''pu-7'' AND account_id IS NULL)', 'SELECT proctorlink.proctoru_edit_student(''{"user_id": "pu-7", "student_id": "s-7", "first_name": "Ida"}'')'),
	would('(person(''pu-7'')).first_name', 'SELECT proctorlink.proctoru_edit_student(''{"user_id": "pu-7", "student_id": "s-7", "first_name": "Ida"}'')'),
	would('(SELECT student_id FROM proctorlink.provider_account WHERE account_id = (booked()).account_id)', 'SELECT proctorlink.proctoru_edit_student(''{"user_id": "pu-7", "student_id": "s-7"}'')', 'SELECT book(''{"user_id": "pu-7"}'')'),
	said(proctorlink.proctoru_reservations('{"user_id": "pu-7"}'))), 's-7 / - / s-7 / Student Not found', 'an account at ProctorU comes first');
SELECT is(outcomes(would('who()', format('SELECT book(%L)', '{"user_id": "00 7é/#"}')), would('who()', source('student_id'), 'SELECT book(''{"student_id": "007"}'')'), booking_would('{"user_id": " 7"}')),
	'00 7é/# / 007 / user_id is not valid', 'any string is an id');
SELECT is(outcomes(would('(person(''u-7'')).username', 'SELECT proctorlink.eapi_create_user(''{"ExternalId": "u-7", "FirstName": "A", "LastName": "B"}'')'),
	would('(person(''u-7'')).username', 'SELECT proctorlink.eapi_create_user(''{"ExternalId": "u-7", "UserName": "ab", "FirstName": "A", "LastName": "B"}'')'),
	would('1', format('INSERT INTO proctorlink.account (install_id, candidate_ext_id, username) VALUES (%L, ''u-7'', ''u-1'')', install_id()))), 'u-7 / ab / username_unique', 'the username is the id unless set');
SELECT is(outcomes(would('proctorlink.eapi_get_user(''pu-1'') #>> ''{Content,User,ExternalId}''', 'SELECT book()'), proctorlink.eapi_get_user('pu-1') ->> 'Success'), 'pu-1 / false', 'the id is the User ID');
SELECT is(outcomes(would('who()', source('student_id'), 'SELECT book(''{"student_id": "s-1"}'')'), booking_would('{}', source('student_id')), booking_would('{"student_id": ""}', source('student_id'))),
	's-1 / student_id is required / student_id is required', 'student_id may be the id');
SELECT is(outcomes(would('(SELECT student_id FROM proctorlink.provider_account WHERE user_id = ''pu-1'')', 'SELECT book()', 'SELECT proctorlink.proctoru_edit_student(''{"user_id": "pu-1", "student_id": "s-1"}'')'),
	would('rule(said(proctorlink.proctoru_edit_student(''{"user_id": "pu-2", "student_id": "s-1"}'')))', 'SELECT book(''{"student_id": "s-1"}'')')), 's-1 / provider_student_id_unique', 'student_id is set by the customer');
SELECT is(outcomes(would('((person(''s-1'')).candidate_ext_id, (person(''s-1'')).username)', source('student_id'), 'SELECT book(''{"student_id": "s-1"}'')'),
	booking_would('{"student_id": "s-1"}', source('student_id'), 'UPDATE proctorlink.account SET username = ''s-1'' WHERE candidate_ext_id = ''u-2''')), '(s-1,s-1) / username_unique', 'id and username are those of the customer''s system');
SELECT is(outcomes(would('(SELECT string_agg(user_id, '' '') FROM proctorlink.provider_account)', 'SELECT book(''{"student_id": "s-1"}'')', 'SELECT proctorlink.proctoru_edit_student(''{"user_id": "pu-1", "student_id": "s-2"}'')'),
	would('1', 'SELECT book()', 'UPDATE proctorlink.provider_account SET user_id = ''pu-2'''),
	(would('said(proctorlink.proctoru_edit_student(''{"user_id": "pu-2", "student_id": "s-1"}''))', 'SELECT book(''{"student_id": "s-1"}'')') LIKE '%belongs to user_id "pu-1"%')::text), 'pu-1 / provider_user_id_never_changes / true', 'user_id cannot be set');

-- Batch provision.

SELECT proctorlink.create_integration(:'install', 'smarterproctoring', 'https://provider.test/signon') AS smarter \gset
SELECT :'smarter'::jsonb ->> 'sid' AS ii, :'smarter'::jsonb ->> 'signingKey' AS key, put(exam_item(), '/exam/ids', '{"external": "b-1"}') AS exam \gset
SELECT is(item(:'exam'::jsonb || user_item()), 'course Created, user Found Existing, enrollment Created, exam Created, configuration Created', 'many resources in one call');
SELECT is(outcomes(attempt((SELECT jsonb_agg(put(learner_item(), '/user/ids/external', to_jsonb('many-' || i))) FROM generate_series(1, 1000) i)) #>> '{batch,succeeded}',
	would(format('proctorlink.batch_provision(%L)', jsonb_build_array(user_item(), user_item())), 'SET LOCAL proctorlink.max_items = 1')), '1000 / LIMITEXCEEDED 2 items are more than 1', 'large volumes of data');
SELECT is(outcomes(would('(SELECT (title, code) FROM proctorlink.course WHERE external_id = ''c-1'')', format('SELECT proctorlink.batch_provision(%L)', course_item())),
	item(course_item() || '{"user": {"ids": {"external": "t-1"}, "firstName": "T", "lastName": "T", "email": "t@example.org"}, "enrollment": {"role": "instructor"}}'), item(without(course_item(), '/course/title'))),
	'(Anatomy,ANA-1) / course Created, user Created, enrollment Created / INVALIDINPUT: required /course/title', 'courses with their information');
SELECT is(outcomes((SELECT string_agg(would('(SELECT role FROM proctorlink.enrollment)', format('SELECT proctorlink.batch_provision(%L)', learner_item() || jsonb_build_object('enrollment', jsonb_build_object('role', r)))), ' ' ORDER BY r)
		FROM unnest('{learner,instructor,administrator}'::text[]) r), item(learner_item() || '{"enrollment": {"role": "proctor"}}')),
	'administrator instructor learner / INVALIDINPUT: enum /enrollment/role', 'users with their roles');
SELECT is(outcomes(would('(SELECT (c.duration_minutes, c.url, c.proctor_types) FROM proctorlink.exam_configuration c JOIN proctorlink.exam x USING (install_id, exam_id) WHERE x.external_id = ''b-1'')', format('SELECT proctorlink.batch_provision(%L)', :'exam')),
	item(put(:'exam', '/exam/configuration/proctorTypes', '{"TSx": {}}'))),
	'(60,https://platform.test/e-1,"{""TS4b894875d26194988853e490dfb9bc41"": {}}") / INVALIDINPUT: pattern /exam/configuration/proctorTypes/TSx', 'exams with their proctoring settings');
SELECT is(outcomes(item(course_item(), '{"course": {"ids": {"external": "c-1"}}}'::jsonb || user_item()), item('{"course": {"ids": {"external": "c-1"}}}'::jsonb || user_item())),
	'course Found Existing, user Found Existing, enrollment Created / RESOURCENOTFOUND: not_found /course/ids', 'resources that belong together name each other');
SELECT is(outcomes(item(learner_item()), item(learner_item(), learner_item()), attempt(jsonb_build_array(course_item(), '{"course": {}}'::jsonb)) #>> '{batch,failed}'),
	'course Created, user Found Existing, enrollment Created / course Found Existing, user Found Existing, enrollment Found Existing / 1', 'the answer tells what was provisioned');
SELECT proctorlink.batch_provision(put(user_item(), '/user/ids/external', '"sso"') || jsonb_build_object('signon', jsonb_build_object('integrationSid', :'ii'))) AS signed \gset
SELECT is(outcomes(token_is_signed_with(:'signed'::jsonb #>> '{signon,token}', :'key')::text, (token_claims(:'signed'::jsonb #>> '{signon,token}') ->> 'sub' = :'signed'::jsonb #>> '{user,sid}')::text,
	item(user_item() || '{"signon": {"integrationSid": "II00000000000000000000000000000000"}}')), 'true / true / RESOURCENOTFOUND: not_found /signon/integrationSid', 'sign-on links open without another log-in');
SELECT is(outcomes(item(:'exam'), item(:'exam', :'exam'), item(:'exam', put(:'exam', '/course', '{"ids": {"external": "c-2"}, "title": "Other", "code": "O"}'))),
	'course Created, exam Created, configuration Created / course Found Existing, exam Found Existing, configuration Found Existing / CONFLICT: conflict /exam', 'course and exam are made if they do not exist');
SELECT is(outcomes(item(course_item(), '{"course": {"ids": {"external": "c-1"}}}'::jsonb || user_item() || jsonb_build_object('signon', jsonb_build_object('integrationSid', :'ii'))),
	item('{"course": {"ids": {"external": "c-9"}}}'::jsonb || user_item())), 'course Found Existing, user Found Existing, enrollment Created, signon / RESOURCENOTFOUND: not_found /course/ids', 'a student alone is enrolled');
SELECT is(outcomes(item(course_item()), item('"course"'), item(course_item() || '{"colour": 1}')), 'course Created / INVALIDINPUT: type (item) / INVALIDINPUT: unknown_key /colour', 'the payload is JSON');
SELECT is(outcomes(would(format('results(proctorlink.provision(%L, %L))', :'install', course_item())), would(format('proctorlink.provision(%L, %L)', 'AI00000000000000000000000000000000', course_item())),
	would(format('proctorlink.provision(%L, %L)', :'fresh', course_item()))),
	outcomes('course Created', 'AUTHENTICATIONFAILED no access to install "AI00000000000000000000000000000000"', 'AUTHENTICATIONFAILED no access to install "' || :'fresh' || '"'), 'the install is named');
SELECT is(outcomes(item(put(user_item(), '/user/ids/external', '"new"')), item(put(user_item(), '/user/lastName', '"King"')), item(user_item()), item(put(user_item(), '/user/email', '"ada"'))),
	'user Created / user Updated / user Found Existing / INVALIDINPUT: format /user/email', 'a user is made or updated');
SELECT is(outcomes(item(learner_item()), item(user_item())), 'course Created, user Found Existing, enrollment Created / user Found Existing', 'a user with a course is enrolled');
SELECT is(outcomes(item(learner_item() || '{"enrollment": {"role": "learner"}}'), item(course_item() || '{"enrollment": {"role": "learner"}}')),
	'course Created, user Found Existing, enrollment Created / INVALIDINPUT: together /enrollment', 'an enrollment needs a user');
SELECT is(outcomes(item(:'exam'), item(without(:'exam', '/exam/title')), item(put(:'exam', '/exam/configuration/duration', '0')), item(put(:'exam', '/exam/configuration/access/close', '"2027-02-16T17:59:59Z"'))),
	'course Created, exam Created, configuration Created / INVALIDINPUT: required /exam/title / INVALIDINPUT: range /exam/configuration/duration / INVALIDINPUT: order /exam/configuration/duration', 'exams are validated');
SELECT is(outcomes(item(user_item() || jsonb_build_object('signon', jsonb_build_object('integrationSid', :'ii'))), item(user_item() || '{"signon": {}}'), item(course_item() || jsonb_build_object('signon', jsonb_build_object('integrationSid', :'ii')))),
	'user Found Existing, signon / INVALIDINPUT: required /signon/integrationSid / INVALIDINPUT: together /signon', 'a sign-on names its integration');
SELECT is((:'signed'::jsonb #>> '{signon,redirect}') = 'https://provider.test/signon?token=' || (:'signed'::jsonb #>> '{signon,token}'), true, 'a sign-on tells where to redirect');

SELECT * FROM finish();
ROLLBACK;
