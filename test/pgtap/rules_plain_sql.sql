-- test/pgtap/rules_plain_sql.sql
--		The rules hold for plain INSERT and UPDATE, each under its name.

BEGIN;
\ir helpers.psql
SELECT plan(242);
SELECT proctorlink.create_install('University', 'https://platform.test') AS install \gset

CREATE FUNCTION install_id() RETURNS uuid STABLE LANGUAGE sql AS $$
	SELECT install_id FROM proctorlink.install WHERE name = 'University'
$$;
CREATE FUNCTION account_id(external text) RETURNS uuid STABLE LANGUAGE sql AS $$
	SELECT account_id FROM proctorlink.account WHERE candidate_ext_id = external
$$;
CREATE FUNCTION exam_id(external text) RETURNS uuid STABLE LANGUAGE sql AS $$
	SELECT exam_id FROM proctorlink.exam WHERE external_id = external
$$;

-- An INSERT of a row with these columns, besides those that it must have.
CREATE FUNCTION inserting(relation text, columns jsonb) RETURNS text STABLE LANGUAGE sql AS $$
	SELECT format('INSERT INTO proctorlink.%I (%s) VALUES (%s)', relation,
		string_agg(quote_ident(key), ', '), string_agg(quote_nullable(value), ', '))
	FROM jsonb_each_text(jsonb_build_object('install_id', install_id()) || CASE relation
		WHEN 'account' THEN '{"candidate_ext_id": "new"}'::jsonb
		WHEN 'course' THEN '{"title": "New"}'
		WHEN 'exam' THEN '{"title": "New"}'
		WHEN 'hierarchy' THEN jsonb_build_object('title', 'New', 'parent_id', (SELECT hierarchy_id FROM proctorlink.hierarchy WHERE is_root))
		WHEN 'role' THEN '{"title": "new"}'
		WHEN 'integration' THEN '{"provider": "other", "redirect_url": "https://provider.test/"}'
		WHEN 'exam_configuration' THEN jsonb_build_object('exam_id', exam_id('e-2'), 'url', 'https://x.test', 'duration_minutes', 60,
			'access_opens_at', '2027-02-16T17:00:00Z', 'access_closes_at', '2027-02-20T17:00:00Z')
		WHEN 'exam_session' THEN jsonb_build_object('exam_id', exam_id('e-2'), 'account_id', account_id('u-2'))
		ELSE '{}' END || columns)
$$;

-- Two people, one of them in a course; an exam of that course with a
-- configuration, and one without.
INSERT INTO proctorlink.course (install_id, external_id, title) VALUES (install_id(), 'c-1', 'Anatomy');
INSERT INTO proctorlink.account (install_id, candidate_ext_id, api_id, lms_id, email)
	VALUES (install_id(), 'u-1', NULL, NULL, 'ada@example.org'), (install_id(), 'u-2', 'a-2', 'l-2', NULL);
INSERT INTO proctorlink.enrollment (install_id, account_id, course_id) SELECT install_id, account_id('u-1'), course_id FROM proctorlink.course;
INSERT INTO proctorlink.exam (install_id, course_id, external_id, title) SELECT install_id, course_id, 'e-1', 'Final' FROM proctorlink.course;
INSERT INTO proctorlink.exam_configuration (install_id, exam_id, url, access_opens_at, access_closes_at, duration_minutes)
	VALUES (install_id(), exam_id('e-1'), 'https://platform.test/e-1', '2027-02-16T17:00:00Z', '2027-02-20T17:00:00Z', 60);
INSERT INTO proctorlink.exam (install_id, external_id, title, attempts) VALUES (install_id(), 'e-2', 'Without configuration', 2);

-- What each table takes and refuses.

SELECT is(refused(inserting(relation, columns)), outcome, concat_ws(': ', relation, name))
FROM (VALUES
	('account', 'with an id', '{}'::jsonb, 'accepted'),
	('account', 'candidate_ext_id_unique', '{"candidate_ext_id": "u-1"}', '23505 candidate_ext_id_unique'),
	('account', 'candidate_ext_id compares exactly', '{"candidate_ext_id": "U-1"}', 'accepted'),
	('account', 'username_unique', '{"username": "u-1"}', '23505 username_unique'),
	('account', 'api ids are unique', '{"api_id": "a-2"}', '23505 account_api_id_unique'),
	('account', 'lms ids are unique', '{"lms_id": "l-2"}', '23505 account_lms_id_unique'),
	('account', 'e-mail addresses are not', '{"email": "ada@example.org"}', 'accepted'),
	('account', 'an id of 500 characters', jsonb_build_object('candidate_ext_id', long(500)), 'accepted'),
	('account', 'an id of 501 characters', jsonb_build_object('candidate_ext_id', long(501), 'username', 'x'), '23514 account_candidate_ext_id_format'),
	('account', 'an empty id', '{"candidate_ext_id": "", "username": "x"}', '23514 account_candidate_ext_id_format'),
	('account', 'an id with a space in front', '{"candidate_ext_id": " x", "username": "x"}', '23514 account_candidate_ext_id_format'),
	('account', 'an id with a space behind', '{"api_id": "x "}', '23514 account_api_id_format'),
	('account', 'an id with a control character', '{"lms_id": "x\ty"}', '23514 account_lms_id_format'),
	('account', 'a username of 501 characters', jsonb_build_object('username', long(501)), '23514 account_username_format'),
	('account', 'an e-mail address without @', '{"email": "ada"}', '23514 account_email_format'),
	('account', 'an e-mail address of 501 characters', jsonb_build_object('email', 'a@' || repeat('b', 499)), '23514 account_email_format'),
	('account', 'a first name of 501 characters', jsonb_build_object('first_name', long(501)), '23514 account_first_name_length'),
	('account', 'a currency code in lower case', '{"currency_code": "usd"}', '23514 account_currency_code_format'),
	('account', 'a status that there is not', '{"status": "gone"}', '23514 account_status_known'),
	('account', 'a role that there is not', '{"role": "proctor"}', '23503 account_role_fkey'),
	('account', 'a role that there is', '{"role": "marker"}', 'accepted'),
	('account', 'adjustment_needs_special_needs', '{"reasonable_adjustment_percentage": 25}', '23514 adjustment_needs_special_needs'),
	('account', 'a percentage with special needs', '{"reasonable_adjustment_percentage": 25, "special_needs": true}', 'accepted'),
	('account', 'special needs without a percentage', '{"special_needs": true}', 'accepted'),
	('account', 'a percentage of nought', '{"reasonable_adjustment_percentage": 0, "special_needs": true}', '23514 account_adjustment_positive'),
	('course', 'without ids', '{}', 'accepted'),
	('course', 'external ids are unique', '{"external_id": "c-1"}', '23505 course_external_id_unique'),
	('course', 'an empty title', '{"title": ""}', '23514 course_title_length'),
	('course', 'a title of 500 characters', jsonb_build_object('title', long(500)), 'accepted'),
	('course', 'a title of 501 characters', jsonb_build_object('title', long(501)), '23514 course_title_length'),
	('course', 'a code of 100 characters', jsonb_build_object('code', long(100)), 'accepted'),
	('course', 'a code of 101 characters', jsonb_build_object('code', long(101)), '23514 course_code_length'),
	('exam', 'without an id', '{}', 'accepted'),
	('exam', 'exam_external_id_unique', '{"external_id": "e-1"}', '23505 exam_external_id_unique'),
	('exam', 'a type that there is not', '{"type": "oral"}', '23514 exam_type_known'),
	('exam', 'a duration of 1 minute', '{"duration_minutes": 1}', 'accepted'),
	('exam', 'a duration of nought', '{"duration_minutes": 0}', '23514 exam_duration_positive'),
	('exam', 'extra time of -1', '{"extra_time_minutes": -1}', '23514 exam_extra_time_not_negative'),
	('exam', 'attempts of nought', '{"attempts": 0}', '23514 exam_attempts_positive'),
	('exam', 'a description of 10,001 characters', jsonb_build_object('description', long(10001)), '23514 exam_description_length'),
	('exam_configuration', 'a primary one', '{}', 'accepted'),
	('exam_configuration', 'one_primary_configuration', jsonb_build_object('exam_id', exam_id('e-1')), '23505 one_primary_configuration'),
	('exam_configuration', 'an accommodation beside it', jsonb_build_object('exam_id', exam_id('e-1'), 'type', 'accommodation'), 'accepted'),
	('exam_configuration', 'a type that there is not', '{"type": "secondary"}', '23514 configuration_type_known'),
	('exam_configuration', 'configuration_opens_before_it_closes', '{"access_closes_at": "2027-02-16T17:00:00Z"}', '23514 configuration_opens_before_it_closes'),
	('exam_configuration', 'it closes before it opens', '{"access_closes_at": "2027-02-16T16:00:00Z"}', '23514 configuration_opens_before_it_closes'),
	('exam_configuration', 'open as long as it lasts', '{"access_closes_at": "2027-02-16T18:00:00Z"}', 'accepted'),
	('exam_configuration', 'configuration_open_as_long_as_it_lasts', '{"access_closes_at": "2027-02-16T17:59:59.999999Z"}', '23514 configuration_open_as_long_as_it_lasts'),
	('exam_configuration', 'open for days', '{"duration_minutes": 5760}', 'accepted'),
	('exam_configuration', 'open for days, but a minute too short', '{"duration_minutes": 5761}', '23514 configuration_open_as_long_as_it_lasts'),
	('exam_configuration', 'scheduling closes with access', '{"scheduling_closes_at": "2027-02-20T17:00:00Z"}', 'accepted'),
	('exam_configuration', 'configuration_scheduling_within_access', '{"scheduling_closes_at": "2027-02-20T17:00:00.000001Z"}', '23514 configuration_scheduling_within_access'),
	('exam_configuration', 'scheduling opens when access closes', '{"scheduling_opens_at": "2027-02-20T17:00:00Z"}', '23514 configuration_scheduling_within_access'),
	('exam_configuration', 'scheduling opens before access', '{"scheduling_opens_at": "2020-01-01T00:00:00Z"}', 'accepted'),
	('exam_configuration', 'scheduling closes when it opens', '{"scheduling_opens_at": "2027-02-17T17:00:00Z", "scheduling_closes_at": "2027-02-17T17:00:00Z"}', '23514 configuration_scheduling_opens_before_it_closes'),
	('exam_configuration', 'a duration of nought', '{"duration_minutes": 0}', '23514 configuration_duration_positive'),
	('exam_configuration', 'attempts of nought', '{"attempts": 0}', '23514 configuration_attempts_positive'),
	('exam_configuration', 'a proctor type that is no sid', '{"proctor_types": {"live": {}}}', '23514 configuration_proctor_types_known'),
	('exam_configuration', 'an option that there is not', '{"proctor_types": {"TS00000000000000000000000000000000": {"options": {"x": {}}}}}', '23514 configuration_proctor_types_known'),
	('exam_configuration', 'proctor types in a list', '{"proctor_types": []}', '23514 configuration_proctor_types_known'),
	('exam_configuration', 'an option', '{"proctor_types": {"TS00000000000000000000000000000000": {"options": {"roomScan": {}}}}}', 'accepted'),
	('exam_configuration', 'an item that there is not', '{"permitted_items": {"phone": {}}}', '23514 configuration_permitted_items_known'),
	('exam_configuration', 'an item', '{"permitted_items": {"earplugs": {"notes": "soft"}}}', 'accepted'),
	('exam_session', 'a session', '{}', 'accepted'),
	('exam_session', 'session_once_per_attempt', jsonb_build_object('exam_id', exam_id('e-1'), 'account_id', account_id('u-1')), '23505 session_once_per_attempt'),
	('exam_session', 'a second attempt that is allowed', '{"attempt": 2}', 'accepted'),
	('exam_session', 'session_attempts_left', '{"attempt": 3}', '23514 session_attempts_left'),
	('exam_session', 'session_attempts_left, by the configuration', jsonb_build_object('exam_id', exam_id('e-1'), 'attempt', 2), '23514 session_attempts_left'),
	('exam_session', 'attempt nought', '{"attempt": 0}', '23514 session_attempt_positive'),
	('exam_session', 'a passed_status that there is not', '{"passed_status": "PASSED"}', '23514 session_passed_status_known'),
	('exam_session', 'it ends before it starts', '{"started_at": "2027-02-17T17:00:00Z", "ended_at": "2027-02-17T16:59:59Z"}', '23514 session_ends_after_it_starts'),
	('hierarchy', 'a node', '{}', 'accepted'),
	('hierarchy', 'one_root_hierarchy', '{"is_root": true, "parent_id": null}', '23505 one_root_hierarchy'),
	('hierarchy', 'one_default_hierarchy', '{"is_default": true}', '23505 one_default_hierarchy'),
	('hierarchy', 'hierarchy_is_a_tree: a root below another node', '{"is_root": true}', '23514 hierarchy_is_a_tree'),
	('hierarchy', 'hierarchy_is_a_tree: nothing above and no root', '{"parent_id": null}', '23514 hierarchy_is_a_tree'),
	('hierarchy', 'hierarchy_is_a_tree: below itself', '{"hierarchy_id": "0190163d-8694-739b-aea5-966c26f8ad91", "parent_id": "0190163d-8694-739b-aea5-966c26f8ad91"}', '23514 hierarchy_is_a_tree'),
	('hierarchy', 'an Organisation ID of 64 characters', jsonb_build_object('organisation_id', long(64)), 'accepted'),
	('hierarchy', 'an Organisation ID of 65 characters', jsonb_build_object('organisation_id', long(65)), '23514 hierarchy_organisation_id_format'),
	('hierarchy', 'an Organisation ID with a space', '{"organisation_id": "a b"}', '23514 hierarchy_organisation_id_format'),
	('role', 'a role', '{}', 'accepted'),
	('role', 'titles are unique', '{"title": "marker"}', '23505 role_pkey'),
	('integration', 'a provider that there is not', '{"provider": "examity"}', '23514 integration_provider_known'),
	('integration', 'two of one provider', '{"provider": "other"}', 'accepted')
) AS rows (relation, name, columns, outcome);

SELECT is(refused(format('INSERT INTO proctorlink.enrollment (install_id, account_id, course_id, role, status) SELECT install_id(), %L, course_id, %L, %L FROM proctorlink.course',
	account_id(person), role, status)), outcome, 'enrollment: ' || name)
FROM (VALUES
	('a second course member', 'u-2', 'learner', 'active', 'accepted'),
	('once per course', 'u-1', 'learner', 'active', '23505 enrollment_once_per_course'),
	('a role that there is not', 'u-2', 'proctor', 'active', '23514 enrollment_role_known'),
	('a status that there is not', 'u-2', 'learner', 'gone', '23514 enrollment_status_known')
) AS rows (name, person, role, status, outcome);

-- UPDATE is refused like INSERT.

SELECT is(refused('UPDATE proctorlink.' || statement), outcome, name)
FROM (VALUES
	('UPDATE: candidate_ext_id_unique', 'account SET candidate_ext_id = ''u-1'' WHERE candidate_ext_id = ''u-2''', '23505 candidate_ext_id_unique'),
	('UPDATE: username_unique', 'account SET username = ''u-1'' WHERE candidate_ext_id = ''u-2''', '23505 username_unique'),
	('UPDATE: adjustment_needs_special_needs', 'account SET reasonable_adjustment_percentage = 10', '23514 adjustment_needs_special_needs'),
	('UPDATE: configuration_opens_before_it_closes', 'exam_configuration SET access_opens_at = access_closes_at', '23514 configuration_opens_before_it_closes'),
	('UPDATE: configuration_open_as_long_as_it_lasts', 'exam_configuration SET duration_minutes = 5761', '23514 configuration_open_as_long_as_it_lasts'),
	('UPDATE: configuration_scheduling_within_access', 'exam_configuration SET scheduling_closes_at = access_closes_at + interval ''1 microsecond''', '23514 configuration_scheduling_within_access'),
	('UPDATE: session_attempts_left', 'exam_session SET attempt = 2', '23514 session_attempts_left'),
	('UPDATE: session_status_allowed', 'exam_session SET status = ''Closed''', '23514 session_status_allowed'),
	('UPDATE: session_status_known', 'exam_session SET status = ''Lost''', '23514 session_status_allowed'),
	('UPDATE: hierarchy_is_a_tree', 'hierarchy SET parent_id = hierarchy_id, is_root = false', '23514 hierarchy_is_a_tree'),
	('UPDATE: exam_external_id_unique', 'exam SET external_id = ''e-1''', '23505 exam_external_id_unique'),
	('UPDATE: a percentage with special needs', 'account SET reasonable_adjustment_percentage = 10, special_needs = true', 'accepted')
) AS updates (name, statement, outcome);

-- What hangs on another row goes with an install: nothing refers across.

SELECT proctorlink.create_install('College', 'https://college.test') AS college \gset
SELECT is(refused(format('INSERT INTO proctorlink.enrollment (install_id, account_id, course_id) SELECT %L, account_id(''u-2''), course_id FROM proctorlink.course',
	proctorlink.sid_uuid(:'college'))), outcome, 'an enrollment of another install''s people')
FROM (VALUES ('23503 enrollment_account_fkey')) AS expected (outcome);
SELECT is(refused(inserting('exam_session', jsonb_build_object('install_id', proctorlink.sid_uuid(:'college')))), '23503 exam_session_exam_fkey',
	'a session of another install''s exam');
SELECT is(refused(inserting('account', jsonb_build_object('install_id', proctorlink.sid_uuid(:'college'), 'candidate_ext_id', 'u-1'))), 'accepted',
	'ids are unique within their install');

-- updated_at follows each change, and no client sets it.

UPDATE proctorlink.course SET updated_at = '2000-01-01T00:00:00Z';
SELECT is((SELECT updated_at FROM proctorlink.course), now(), 'updated_at is when the row was changed');

-- The exam lasts as long as its primary configuration.

UPDATE proctorlink.exam_configuration SET duration_minutes = 90 WHERE exam_id = exam_id('e-1');
SELECT is((SELECT duration_minutes FROM proctorlink.exam WHERE external_id = 'e-1'), 90, 'an exam lasts as long as its primary configuration');

-- A session's status: from where to where it may go.

CREATE TEMPORARY TABLE allowed (source text, target text);
INSERT INTO pg_temp.allowed
SELECT source, unnest(targets)
FROM (VALUES
	('(new)', '{Needs Proctor,Scheduled}'::text[]),
	('Needs Proctor', '{Pending Approval,Scheduled,Cancelled}'),
	('Pending Approval', '{Scheduled,Approval Denied,Cancelled}'),
	('Approval Denied', '{Needs Proctor,Cancelled}'),
	('Scheduled', '{Onboarding,Checked In,In Progress,Needs Proctor,Incident,Closed,Cancelled}'),
	('Onboarding', '{Checked In,Scheduled,In Progress,Incident,Cancelled}'),
	('Checked In', '{Scheduled,In Progress,Incident,Cancelled}'),
	('In Progress', '{Incident,Processing,Closed}'),
	('Incident', '{In Progress,Processing,Closed,Cancelled}'),
	('Processing', '{Incident,Closed}'),
	('Closed', '{}'),
	('Cancelled', '{}')) AS ways (source, targets);
CREATE TEMPORARY TABLE known (status text, place integer);
INSERT INTO pg_temp.known VALUES ('(new)', 0), ('Needs Proctor', 1), ('Pending Approval', 2), ('Approval Denied', 3), ('Scheduled', 4),
	('Onboarding', 5), ('Checked In', 6), ('In Progress', 7), ('Incident', 8), ('Processing', 9), ('Closed', 10), ('Cancelled', 11);

-- What has been before this transaction is history and stored as it is: so a
-- session of any status may be put in place, to go on from there.
CREATE FUNCTION going(source text, target text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	IF source = '(new)' THEN
		RETURN refused(inserting('exam_session', jsonb_build_object('status', target)));
	END IF;
	EXECUTE inserting('exam_session', jsonb_build_object('status', source, 'created_at', '2020-01-01T00:00:00Z'));
	RETURN refused(format('UPDATE proctorlink.exam_session SET status = %L WHERE exam_id = exam_id(''e-2'') AND account_id = account_id(''u-2'')', target));
EXCEPTION
	WHEN OTHERS THEN
		RETURN 'not put in place: ' || SQLERRM;
END
$$;
CREATE FUNCTION going_then_back(source text, target text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	answer := going(source, target);
	RAISE EXCEPTION USING ERRCODE = 'UNDO0';
EXCEPTION
	WHEN SQLSTATE 'UNDO0' THEN
		RETURN answer;
END
$$;

SELECT is(going_then_back(source.status, target.status),
	CASE WHEN source.status = target.status OR EXISTS (SELECT FROM pg_temp.allowed a WHERE a.source = source.status AND a.target = target.status)
		THEN 'accepted' ELSE '23514 session_status_allowed' END,
	source.status || ' -> ' || target.status)
FROM pg_temp.known source, pg_temp.known target
WHERE target.status <> '(new)'
ORDER BY source.place, target.place;
SELECT is((SELECT count(*) FROM pg_temp.allowed), 35::bigint, 'there are 35 ways');

-- History is stored as it is, plain CHECKs and keys aside.

SELECT is(refused(inserting('exam_session', jsonb_build_object('created_at', '2020-01-01T00:00:00Z') || columns)), outcome, 'history: ' || name)
FROM (VALUES
	('a session that is closed', '{"status": "Closed"}'::jsonb, 'accepted'),
	('an attempt beyond those allowed today', '{"attempt": 9}', 'accepted'),
	('a status that there never was', '{"status": "Lost"}', '23514 session_status_known'),
	('an exam that there is not', '{"exam_id": "0190163d-8694-739b-aea5-966c26f8ad91"}', '23503 exam_session_exam_fkey')
) AS rows (name, columns, outcome);

SELECT * FROM finish();
ROLLBACK;
