-- bench/baseline_one_student.sql
--		A pgbench script (-M prepared): what an application does to put one
--		student into a course, in one transaction and four round trips.
--
-- The first two statements fetch the student and are not counted.  The four
-- that are: course look-up, person upsert, enrollment upsert, exam look-up.
-- BEGIN goes out together with the first and COMMIT with the last, as the
-- leanest drivers do it; with drivers that send them by themselves there are six
-- round trips (bench/run measures that too, without the pipeline lines).  pgbench
-- cannot keep a result that came in a pipeline, so the key of the course, which
-- the look-up answers, comes with the student.

SELECT nextval('bench.next_student') AS n \gset
SELECT external_id, first_name, last_name, email, course_id, course_ext, exam_ext FROM bench.student WHERE n = :n \gset

\startpipeline
BEGIN;
SELECT course_id FROM lean.course WHERE external_id = :course_ext;
\endpipeline

WITH put AS (
	INSERT INTO lean.person AS t (external_id, first_name, last_name, email)
	VALUES (:external_id, :first_name, :last_name, :email)
	ON CONFLICT (external_id) DO UPDATE
	SET first_name = excluded.first_name, last_name = excluded.last_name, email = excluded.email
	WHERE (t.first_name, t.last_name, t.email) IS DISTINCT FROM (excluded.first_name, excluded.last_name, excluded.email)
	RETURNING person_id, CASE WHEN xmax = 0 THEN 'Created' ELSE 'Updated' END AS result)
SELECT person_id, result FROM put
UNION ALL
SELECT person_id, 'Found Existing' FROM lean.person WHERE external_id = :external_id
LIMIT 1 \gset

WITH put AS (
	INSERT INTO lean.enrollment (person_id, course_id)
	VALUES (:person_id, :course_id)
	ON CONFLICT (person_id, course_id) DO NOTHING
	RETURNING enrollment_id, 'Created' AS result)
SELECT enrollment_id, result FROM put
UNION ALL
SELECT enrollment_id, 'Found Existing' FROM lean.enrollment WHERE person_id = :person_id AND course_id = :course_id
LIMIT 1 \gset

\startpipeline
SELECT exam_id, title FROM lean.exam WHERE external_id = :exam_ext;
COMMIT;
\endpipeline
