-- bench/candidates.sql
--		The same 10,000 people, each with a session and a link: put on a schedule
--		by Cirrus's door, and provisioned as learners of a course whose exam is
--		open to all.  The third brings them as learners alone.

CREATE TABLE bench.people_call (
	contender text NOT NULL,
	people int NOT NULL,
	payload jsonb NOT NULL,
	PRIMARY KEY (contender, people)
);

-- What is there before: the exam, the scheduler, the courses.
CREATE PROCEDURE bench.prepare_candidates(install text)
	LANGUAGE plpgsql
AS $body$
BEGIN
	INSERT INTO proctorlink.account (install_id, candidate_ext_id, role)
		VALUES (proctorlink.sid_uuid(install), 'scheduler', 'scheduler');
	INSERT INTO proctorlink.exam (install_id, external_id, title, duration_minutes, published)
		VALUES (proctorlink.sid_uuid(install), 'scheduled', 'Scheduled', 90, true);
	PERFORM proctorlink.configure_install(install, '{"defaultScheduler": "scheduler"}');
	PERFORM proctorlink.batch_provision('{"items": [
		{"course": {"ids": {"external": "open"}, "title": "Open", "code": "O"},
		 "exam": {"ids": {"external": "open"}, "title": "Open", "limitedScope": false,
			"configuration": {"url": "https://exams.example.edu/open", "password": "let me in", "duration": 90,
				"access": {"open": "2031-01-13T08:00:00Z", "close": "2031-01-17T18:00:00Z"},
				"proctorTypes": {"TS4b894875d26194988853e490dfb9bc41": {}}}}},
		{"course": {"ids": {"external": "closed"}, "title": "Closed", "code": "C"}}]}');
END
$body$;

-- So many people, from a number on, as each contender wants them.
CREATE FUNCTION bench.people_payload(contender text, first int, people int, integration text) RETURNS jsonb
	LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT CASE contender
		WHEN 'schedule' THEN jsonb_build_object(
			'Schedule', jsonb_build_object('AssessmentExtId', 'scheduled', 'ScheduleExtId', 'S-' || first,
				'StartDateTime', '2031-01-13T08:00:00Z', 'GroupExtId', 'faculty', 'GroupName', 'Faculty'),
			'Candidates', jsonb_agg(jsonb_build_object('CandidateExtId', bench.student_number(n),
				'FirstName', bench.first_name(n), 'LastName', bench.last_name(n),
				'Email', 's' || bench.student_number(n) || '@students.example.edu') ORDER BY n))
		ELSE jsonb_agg(jsonb_build_object(
			'course', jsonb_build_object('ids', jsonb_build_object('external',
				CASE contender WHEN 'learners' THEN 'closed' ELSE 'open' END)),
			'user', jsonb_build_object('ids', jsonb_build_object('external', bench.student_number(n)),
				'firstName', bench.first_name(n), 'lastName', bench.last_name(n),
				'email', 's' || bench.student_number(n) || '@students.example.edu'))
			|| CASE contender WHEN 'learners' THEN '{}'::jsonb
				ELSE jsonb_build_object('signon', jsonb_build_object('integrationSid', integration)) END ORDER BY n)
		END
	FROM generate_series(first::bigint, first + people - 1) AS n;
END;

-- One round: a call of ten for warming up, then the one that counts.
CREATE PROCEDURE bench.run_candidates(contender text)
	LANGUAGE plpgsql
AS $body$
DECLARE
	p jsonb;
	answer jsonb;
	started timestamptz;
	i int;
BEGIN
	FOREACH i IN ARRAY ARRAY[10, 10000] LOOP
		SELECT payload #> '{}' INTO p FROM bench.people_call c WHERE c.contender = $1 AND c.people = i;
		started := clock_timestamp();
		IF contender = 'schedule' THEN
			answer := proctorlink.eapi_create_schedule(p);
		ELSE
			answer := proctorlink.batch_provision(p);
		END IF;
		IF i > 10 THEN
			INSERT INTO bench.result (job, contender, items, value)
				VALUES ('candidates', $1, i, extract(epoch FROM clock_timestamp() - started) * 1000);
		END IF;
		-- nobody wins by refusing
		IF NOT coalesce((answer ->> 'Success')::boolean, answer #>> '{batch,failed}' = '0') THEN
			RAISE EXCEPTION '% refused: %', contender, left(answer::text, 500);
		END IF;
		COMMIT;
	END LOOP;
END
$body$;
