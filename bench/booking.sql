-- bench/booking.sql
--		A pgbench script (-M prepared): one person booked through ProctorU by one
--		call.  The first two statements fetch the body and are not counted.

SELECT nextval('bench.next_student') AS n \gset
SELECT install, proctoru, booking FROM bench.booking WHERE n = :n \gset

SELECT proctorlink.proctoru_add_reservation(:booking) FROM proctorlink.use_install(:install, :proctoru);
