-- bench/payload.sql
--		What the calls bring: made by formula, so that every run has the same.
--
-- Ids of people look like student numbers, each there once and in no order
-- (multiplication modulo a prime), as an export sorted by course or name has
-- them.

CREATE SCHEMA bench;

CREATE FUNCTION bench.student_number(n bigint) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN lpad(((n * 48271) % 99999989)::text, 8, '0');

CREATE FUNCTION bench.first_name(n bigint) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN (ARRAY['Amina', 'Bram', 'Chloé', 'Dmitri', 'Esra', 'Fatima', 'Günther', 'Hana', 'Imre', 'Joost',
		'Kaoru', 'Liselotte', 'Mohammed', 'Noor', 'Oluwaseun', 'Priya', 'Quentin', 'Roos'])[1 + n % 18];

CREATE FUNCTION bench.last_name(n bigint) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN (ARRAY['de Vries', 'Okafor', 'Smith', 'Núñez', 'van den Berg', 'Kowalska', 'Tanaka', 'Yılmaz', 'O''Brien', 'Haddad',
		'Johansson', 'Fernandes', 'Li', 'Papadopoulos', 'Novák', 'Kaya', 'Abebe', 'Lindqvist', 'Moreau'])[1 + n % 19];

-- The items of one call of the first load: courses with an exam each, then
-- people who enroll in them.  Item, course and person numbers go on from call
-- to call, so no call names what another one made.
CREATE FUNCTION bench.items(call int, people int, courses int, integration_sid text DEFAULT NULL) RETURNS SETOF jsonb
	LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT jsonb_build_object(
			'course', jsonb_build_object(
				'ids', jsonb_build_object('external', 'course-' || n),
				'title', 'Course number ' || n,
				'code', 'C' || n),
			'exam', jsonb_build_object(
				'ids', jsonb_build_object('external', 'exam-' || n),
				'title', 'Final exam of course ' || n,
				'limitedScope', true,
				'configuration', jsonb_build_object(
					'url', 'https://exams.example.edu/take/' || n,
					'access', jsonb_build_object('open', '2031-01-13T08:00:00Z', 'close', '2031-01-17T18:00:00Z'),
					'duration', 90,
					'password', 'let me in ' || n,
					'proctorTypes', jsonb_build_object('TS4b894875d26194988853e490dfb9bc41', '{}'::jsonb))))
	FROM generate_series((call - 1) * courses + 1, call * courses) AS n
	UNION ALL
	(SELECT jsonb_build_object(
			'course', jsonb_build_object('ids', jsonb_build_object(
				'external', 'course-' || (call - 1) * courses + 1 + n % courses)),
			'user', jsonb_build_object(
				'ids', jsonb_build_object('external', bench.student_number(n)),
				'firstName', bench.first_name(n),
				'lastName', bench.last_name(n),
				'email', 's' || bench.student_number(n) || '@students.example.edu'))
		|| CASE WHEN integration_sid IS NULL THEN '{}'::jsonb
			ELSE jsonb_build_object('signon', jsonb_build_object('integrationSid', integration_sid)) END
	FROM generate_series((call - 1)::bigint * people + 1, call::bigint * people) AS n
	ORDER BY n);
END;

-- The calls, as jsonb that is parsed already.
CREATE TABLE bench.call (
	call int PRIMARY KEY,
	payload jsonb NOT NULL
);
