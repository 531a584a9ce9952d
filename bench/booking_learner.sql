-- bench/booking_learner.sql
--		A pgbench script (-M prepared): one student into a course whose exam is
--		open to all, with the session that follows and a sign-on link.  The first
--		two statements fetch the payload and are not counted.

SELECT nextval('bench.next_student') AS n \gset
SELECT install, learner FROM bench.booking WHERE n = :n \gset

SELECT proctorlink.batch_provision(:learner) FROM proctorlink.use_install(:install);
