-- bench/booking_payload.sql
--		What comes of the same person: booked through ProctorU; put into a course;
--		put into a course whose exam is open to all, with a sign-on link.  Each
--		person comes twice: once new, once known, then with another exam on
--		another day.  Wants the variables install and people.

SELECT proctorlink.create_integration(:'install', 'proctoru', 'https://proctoru.example.com/') ->> 'sid' AS proctoru \gset
INSERT INTO proctorlink.account (install_id, candidate_ext_id, role)
	VALUES (proctorlink.sid_uuid(:'install'), 'scheduler', 'scheduler');
INSERT INTO proctorlink.exam (install_id, external_id, title, duration_minutes, published)
	SELECT proctorlink.sid_uuid(:'install'), 'booked-' || i, 'Booked ' || i, 90, true FROM generate_series(1, 2) AS i;
SELECT proctorlink.configure_install(:'install', '{"defaultScheduler": "scheduler"}') IS NULL AS unused \gset
SELECT proctorlink.batch_provision('[{"course": {"ids": {"external": "open"}, "title": "Open", "code": "O"},
	"exam": {"ids": {"external": "open"}, "title": "Open", "limitedScope": false,
		"configuration": {"url": "https://exams.example.edu/open", "password": "let me in", "duration": 90,
			"access": {"open": "2031-01-13T08:00:00Z", "close": "2031-01-17T18:00:00Z"},
			"proctorTypes": {"TS4b894875d26194988853e490dfb9bc41": {}}}}}]') IS NULL AS unused \gset

CREATE TABLE bench.booking AS
SELECT n, :'install'::text AS install, :'proctoru'::text AS proctoru,
	json_build_object('exam_id', 'booked-' || 1 + later, 'user_id', 'pu-' || number, 'first_name', first_name,
		'last_name', last_name, 'email', email, 'country', 'US', 'phone1', '5550100',
		'time_zone_id', 'Central Standard Time', 'description', 'Booked', 'duration', 90,
		'start_date', to_char(timestamp '2031-03-03' + later * interval '1 day' + p % 600 * interval '1 minute',
			'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
		'reservation_id', 'r-' || n)::text AS booking,
	json_build_object('course', json_build_object('ids', json_build_object('external', 'course-' || 1 + p % 210)),
		'user', json_build_object('ids', json_build_object('external', number), 'firstName', first_name,
			'lastName', last_name, 'email', email),
		'exam', json_build_object('ids', json_build_object('external', 'exam-' || 1 + p % 210)))::text AS student,
	json_build_object('course', json_build_object('ids', json_build_object('external', 'open')),
		'user', json_build_object('ids', json_build_object('external', 'l-' || number), 'firstName', first_name,
			'lastName', last_name, 'email', email),
		'signon', json_build_object('integrationSid', :'integration'::text))::text AS learner
FROM (SELECT n, p, later, bench.student_number(3000000 + p) AS number, bench.first_name(p) AS first_name,
		bench.last_name(p) AS last_name, 's' || bench.student_number(3000000 + p) || '@students.example.edu' AS email
	FROM generate_series(1, 2 * :people) AS n,
		LATERAL (SELECT 1 + (n - 1) % :people AS p, (n > :people)::int AS later) AS l) AS s;
ALTER TABLE bench.booking ADD PRIMARY KEY (n);
VACUUM ANALYZE bench.booking;
