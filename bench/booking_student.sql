-- bench/booking_student.sql
--		A pgbench script (-M prepared): one student into a course by one call of
--		batch_provision.  The first two statements fetch the payload and are not
--		counted.

SELECT nextval('bench.next_student') AS n \gset
SELECT install, student FROM bench.booking WHERE n = :n \gset

SELECT proctorlink.batch_provision(:student) FROM proctorlink.use_install(:install);
