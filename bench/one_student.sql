-- bench/one_student.sql
--		A pgbench script (-M prepared): one student into a course by one call.
--		The first two statements fetch the payload and are not counted.

SELECT nextval('bench.next_student') AS n \gset
SELECT payload FROM bench.student WHERE n = :n \gset

SELECT proctorlink.batch_provision(:payload);
