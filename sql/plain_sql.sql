-- plain_sql.sql
--		Who writes the tables directly gets the same defaults and the same
--		refusals.

SET client_min_messages TO warning;

SELECT proctorlink.sid_uuid(proctorlink.create_install('Example University', 'https://platform.example')) AS install \gset

-- people, with as much of a name as there is
INSERT INTO proctorlink.account (install_id, candidate_ext_id) VALUES (:'install', '0042');
INSERT INTO proctorlink.account (install_id, api_id) VALUES (:'install', 'a-1');
INSERT INTO proctorlink.account (install_id, lms_id) VALUES (:'install', 'l-1');
INSERT INTO proctorlink.account (install_id, api_id, lms_id) VALUES (:'install', '0042', 'l-2'), (:'install', 'a-3', 'l-3');
INSERT INTO proctorlink.account (install_id, candidate_ext_id, username, first_name, role)
	VALUES (:'install', 'm-1', 'marie', 'Marie', 'marker');
INSERT INTO proctorlink.account (install_id) VALUES (:'install');
SELECT regexp_replace(candidate_ext_id, '^US[0-9a-f]{32}$', 'its sid') AS candidate_ext_id, candidate_ext_id_defaulted AS defaulted,
	regexp_replace(username, '^US[0-9a-f]{32}$', 'its sid') AS username, api_id, lms_id, first_name, role, status
FROM proctorlink.account ORDER BY account_id;
SELECT count(*) FROM proctorlink.account WHERE candidate_ext_id LIKE 'US%' AND candidate_ext_id <> proctorlink.sid('account', account_id);

-- the view shows those who may participate
SELECT count(*), count(*) FILTER (WHERE role = 'candidate'), bool_and(account_sid = proctorlink.sid('account', account_id)) FROM proctorlink.candidate;

-- a given id replaces one that stood in, and takes the username along
UPDATE proctorlink.account SET candidate_ext_id = 'given' WHERE api_id = 'a-1';
SELECT candidate_ext_id, candidate_ext_id_defaulted, username FROM proctorlink.account WHERE api_id = 'a-1';

-- refusals
\set VERBOSITY terse
INSERT INTO proctorlink.account (install_id, candidate_ext_id) VALUES (:'install', '0042');
INSERT INTO proctorlink.account (install_id, candidate_ext_id, username) VALUES (:'install', 'x', '0042');
INSERT INTO proctorlink.account (install_id, candidate_ext_id, api_id) VALUES (:'install', 'x', 'a-3');
INSERT INTO proctorlink.account (install_id, candidate_ext_id) VALUES (:'install', ' x');
INSERT INTO proctorlink.account (install_id, candidate_ext_id) VALUES (:'install', '');
INSERT INTO proctorlink.account (install_id, candidate_ext_id, email) VALUES (:'install', 'x', 'nobody');
INSERT INTO proctorlink.account (install_id, candidate_ext_id, role) VALUES (:'install', 'x', 'proctor');
INSERT INTO proctorlink.account (install_id, candidate_ext_id, reasonable_adjustment_percentage) VALUES (:'install', 'x', 25);
INSERT INTO proctorlink.account (install_id, candidate_ext_id, status) VALUES (:'install', 'x', 'asleep');
INSERT INTO proctorlink.account (install_id, candidate_ext_id) VALUES (proctorlink.uuid7(), 'x');
\set VERBOSITY default

-- courses, exams and what follows from them
INSERT INTO proctorlink.course (install_id, external_id, title) VALUES (:'install', 'c-1', 'Anatomy') RETURNING course_id AS course \gset
INSERT INTO proctorlink.exam (install_id, course_id, external_id, title) VALUES (:'install', :'course', 'e-1', 'Final') RETURNING exam_id AS exam \gset
INSERT INTO proctorlink.enrollment (install_id, account_id, course_id)
	SELECT install_id, account_id, :'course' FROM proctorlink.account WHERE candidate_ext_id IN ('0042', 'given');
INSERT INTO proctorlink.enrollment (install_id, account_id, course_id, role)
	SELECT install_id, account_id, :'course', 'instructor' FROM proctorlink.account WHERE candidate_ext_id = 'm-1';
SELECT type, practice, limited_scope, published, duration_minutes, attempts, extra_time_minutes FROM proctorlink.exam;
SELECT role, status, count(*) FROM proctorlink.enrollment GROUP BY 1, 2 ORDER BY 1;
SELECT a.candidate_ext_id, s.status, s.attempt, s.link_version FROM proctorlink.exam_session s JOIN proctorlink.account a USING (install_id, account_id) ORDER BY 1;

INSERT INTO proctorlink.exam_configuration (install_id, exam_id, url, access_opens_at, access_closes_at, duration_minutes)
	VALUES (:'install', :'exam', 'https://platform.example', '2027-02-16', '2027-02-20', 90);
SELECT type, attempts, proctor_types, permitted_items FROM proctorlink.exam_configuration;
SELECT duration_minutes AS of_the_exam FROM proctorlink.exam;

\set VERBOSITY terse
INSERT INTO proctorlink.exam_configuration (install_id, exam_id, url, access_opens_at, access_closes_at, duration_minutes)
	VALUES (:'install', :'exam', 'https://platform.example', '2027-02-16', '2027-02-20', 90);
INSERT INTO proctorlink.exam_configuration (install_id, exam_id, type, url, access_opens_at, access_closes_at, duration_minutes)
	VALUES (:'install', :'exam', 'accommodation', 'https://platform.example', '2027-02-20', '2027-02-16', 90);
INSERT INTO proctorlink.exam_configuration (install_id, exam_id, type, url, access_opens_at, access_closes_at, duration_minutes)
	VALUES (:'install', :'exam', 'accommodation', 'https://platform.example', '2027-02-16 10:00', '2027-02-16 11:00', 61);
INSERT INTO proctorlink.exam_configuration (install_id, exam_id, type, url, access_opens_at, access_closes_at, scheduling_closes_at, duration_minutes)
	VALUES (:'install', :'exam', 'accommodation', 'https://platform.example', '2027-02-16 10:00', '2027-02-16 11:00', '2027-02-16 11:01', 60);
INSERT INTO proctorlink.exam_configuration (install_id, exam_id, type, url, access_opens_at, access_closes_at, duration_minutes, proctor_types)
	VALUES (:'install', :'exam', 'accommodation', 'https://platform.example', '2027-02-16 10:00', '2027-02-16 11:00', 60, '{"TS": {}}');
INSERT INTO proctorlink.exam_session (install_id, exam_id, account_id)
	SELECT install_id, :'exam', account_id FROM proctorlink.account WHERE candidate_ext_id = '0042';
INSERT INTO proctorlink.exam_session (install_id, exam_id, account_id, attempt)
	SELECT install_id, :'exam', account_id, 2 FROM proctorlink.account WHERE candidate_ext_id = '0042';
UPDATE proctorlink.exam_session SET status = 'Closed';
UPDATE proctorlink.exam_session SET status = 'Somewhere';
\set VERBOSITY default
UPDATE proctorlink.exam_session SET status = 'Scheduled';
UPDATE proctorlink.exam_session SET status = 'Approval Denied';

-- the session ends with the right to it
UPDATE proctorlink.enrollment SET status = 'removed' WHERE account_id = (SELECT account_id FROM proctorlink.account WHERE candidate_ext_id = '0042');
UPDATE proctorlink.exam SET limited_scope = true;
SELECT a.candidate_ext_id, s.status, s.status_reason FROM proctorlink.exam_session s JOIN proctorlink.account a USING (install_id, account_id) ORDER BY 1;

-- history is not judged by today
INSERT INTO proctorlink.exam_session (install_id, exam_id, account_id, attempt, status, created_at)
	SELECT install_id, :'exam', account_id, 7, 'Closed', '2020-01-01' FROM proctorlink.account WHERE candidate_ext_id = '0042';
INSERT INTO proctorlink.enrollment (install_id, account_id, course_id, created_at)
	SELECT install_id, account_id, :'course', '2020-01-01' FROM proctorlink.account WHERE candidate_ext_id = 'l-1';
UPDATE proctorlink.exam SET limited_scope = false;
SELECT a.candidate_ext_id, s.attempt, s.status FROM proctorlink.exam_session s JOIN proctorlink.account a USING (install_id, account_id) ORDER BY 1, 2;

-- the time of a change
UPDATE proctorlink.course SET title = 'Anatomy 1', updated_at = '2020-01-01';
SELECT updated_at = (SELECT max(updated_at) FROM proctorlink.course) AND updated_at > created_at AS told FROM proctorlink.course;

TRUNCATE proctorlink.install CASCADE;
