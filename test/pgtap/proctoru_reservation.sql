-- test/pgtap/proctoru_reservation.sql
--		ProctorU's door: booking, moving, beginning, listing and cancelling; each
--		message, in its order; what never raises.

BEGIN;
\ir helpers.psql
\ir sittings.psql
\ir bookings.psql
SELECT plan(235);

CREATE FUNCTION move(request jsonb) RETURNS text LANGUAGE sql AS $$ SELECT said(proctorlink.proctoru_move_reservation(request)) $$;
CREATE FUNCTION remove(request jsonb) RETURNS text LANGUAGE sql AS $$ SELECT said(proctorlink.proctoru_remove_reservation(request)) $$;
CREATE FUNCTION begin(request jsonb) RETURNS text LANGUAGE sql AS $$ SELECT said(proctorlink.proctoru_begin_reservation(request)) $$;
CREATE FUNCTION list(request jsonb) RETURNS text LANGUAGE sql AS $$ SELECT said(proctorlink.proctoru_reservations(request)) $$;
CREATE FUNCTION listed(request jsonb) RETURNS text LANGUAGE sql AS $$ SELECT jsonb_array_length(proctorlink.proctoru_reservations(request) -> 'data')::text $$;
-- What a call answers after a statement, all taken back.
CREATE FUNCTION after(statement text, call text, request jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text;
BEGIN
	EXECUTE statement;
	EXECUTE format('SELECT %s($1)', call) INTO message USING request;
	RAISE EXCEPTION USING ERRCODE = 'UNDO0';
EXCEPTION
	WHEN SQLSTATE 'UNDO0' THEN
		RETURN message;
END
$$;
-- The schedule that was booked under an id.
CREATE FUNCTION sitting(id text DEFAULT 'r-1') RETURNS proctorlink.schedule STABLE LANGUAGE sql AS $$
	SELECT c FROM proctorlink.schedule c WHERE c.schedule_id = (booked(id)).schedule_id
$$;
INSERT INTO proctorlink.hierarchy (install_id, parent_id, title, organisation_id, allow_schedules, archived)
	SELECT install_id, hierarchy_id, v.* FROM proctorlink.hierarchy, (VALUES ('Law', 'law', true, false), ('Closed', 'closed', false, false), ('Old', 'old', true, true)) v WHERE install_id = install_id();
INSERT INTO proctorlink.exam (install_id, external_id, title, duration_minutes, published, pin)
	VALUES (install_id(), 'draft', 'Draft', 60, false, false), (install_id(), 'pin', 'With PIN', 60, true, true),
		(install_id(), 'endless', 'Without limit', NULL, true, false), (install_id(), 'with space', 'With space', 60, true, false);

-- A booking.

SELECT proctorlink.proctoru_add_reservation(booking('{"student_id": "s-1"}')) AS answer \gset
SELECT is(said(:'answer'), 'ok', 'a booking');
SELECT is(ARRAY(SELECT jsonb_object_keys(:'answer'::jsonb -> 'data') ORDER BY 1), '{balance,reservation_id,reservation_no,url}', 'its data');
SELECT is(:'answer'::jsonb #>> '{data,balance}', '0.0', 'the balance');
SELECT is(:'answer'::jsonb #>> '{data,reservation_id}', 'r-1', 'the id');
SELECT matches(:'answer'::jsonb #>> '{data,reservation_no}', '^[1-9]\d{8}$', 'a number of nine digits');
SELECT matches(:'answer'::jsonb #>> '{data,url}', '^https://platform\.test/delivery/external-login\?session=[A-Za-z0-9_.-]+$', 'a launch link');
SELECT is(token_claims(split_part(:'answer'::jsonb #>> '{data,url}', 'session=', 2)) ->> 'sub', proctorlink.sid('ES', (booked()).exam_session_id), 'to the session');
SELECT is((SELECT (b.status, b.attempt, b.appointment_at = now() + interval '2 days', proctorlink.sid('II', b.integration_id) = :'proctoru', b.reservation_no::text = :'answer'::jsonb #>> '{data,reservation_no}')::text FROM booked() b),
	'(Scheduled,1,t,t,t)', 'the session');
SELECT is((SELECT (c.starts_at = now() + interval '2 days', c.ends_at = now() + interval '2 days 2 hours', c.duration_minutes, c.owner_id = account_id('scheduler'), proctorlink.sid('II', c.integration_id) = :'proctoru',
	c.activated_at = now(), c.title LIKE 'Final %', (SELECT is_default FROM proctorlink.hierarchy h WHERE h.hierarchy_id = c.hierarchy_id))::text FROM sitting() c), '(t,t,60,t,t,t,t,t)', 'its schedule');
SELECT is(current_setting('response.status'), '200', 'the HTTP status tells nothing');

-- Windows, durations, departments and zones.

SELECT is(rule(after('SELECT', 'book', '{"reservation_id": "r-2", "exam_id": "e-2", "user_id": "pu-2"}' || changes)), outcome, name)
FROM (VALUES
	('a window', jsonb_build_object('active_date', utc(now() + interval '1 day'), 'end_date', utc(now() + interval '5 days')), 'ok'),
	('one already open', jsonb_build_object('active_date', utc(now() - interval '1 day')), 'ok'),
	('before the window', jsonb_build_object('active_date', utc(now() + interval '2 days 1 microsecond')), 'start_date is not valid'),
	('at its beginning', jsonb_build_object('active_date', utc(now() + interval '2 days')), 'ok'),
	('at its end', jsonb_build_object('active_date', utc(now()), 'end_date', utc(now() + interval '2 days')), 'start_date is not valid'),
	('just before', jsonb_build_object('active_date', utc(now()), 'end_date', utc(now() + interval '2 days 1 microsecond')), 'ok'),
	('an end before the beginning', jsonb_build_object('end_date', utc(now())), 'schedule_begins_before_it_ends'),
	('a window as long as the exam', jsonb_build_object('end_date', utc(now() + interval '2 days 1 hour')), 'schedule_longer_than_exam'),
	('a microsecond more', jsonb_build_object('end_date', utc(now() + interval '2 days 1 hour 1 microsecond')), 'ok'),
	('as long as the duration sent', jsonb_build_object('duration', 90, 'end_date', utc(now() + interval '2 days 90 minutes')), 'schedule_longer_than_exam'),
	('two years', '{"start_date": "2090-02-28T10:00:00Z", "end_date": "2092-02-28T10:00:00Z"}', 'ok'),
	('a microsecond more than two years', '{"start_date": "2090-02-28T10:00:00Z", "end_date": "2092-02-28T10:00:00.000001Z"}', 'schedule_at_most_two_years'),
	('a shorter duration than the exam''s', '{"duration": 59}', 'schedule_longer_than_exam'),
	('a longer one', '{"duration": 61}', 'ok'),
	('as text', '{"duration": "60"}', 'ok'),
	('none', '{"duration": null}', 'ok'),
	('a duration that is none', '{"duration": "soon"}', 'duration is not valid'),
	('an exam without limit', '{"exam_id": "endless", "duration": null}', 'schedule_longer_than_exam'),
	('with an end', jsonb_build_object('exam_id', 'endless', 'duration', null, 'end_date', utc(now() + interval '3 days')), 'ok'),
	('or with a duration', '{"exam_id": "endless", "duration": 30}', 'ok'),
	('a department', '{"department_id": "law"}', 'ok'),
	('an IANA zone', '{"time_zone_id": "America/Argentina/Buenos_Aires"}', 'ok'),
	('no zone', '{"time_zone_id": null}', 'ok'),
	('UTC', '{"time_zone_id": "UTC"}', 'ok'),
	('no such zone', '{"time_zone_id": "central standard time"}', 'TimeZone not found.'),
	('a rule of POSIX', '{"time_zone_id": "EST5EDT,M3.2.0,M11.1.0"}', 'TimeZone not found.'),
	('a time without a zone', '{"start_date": "2090-01-01T10:00:00"}', 'start_date is not valid'),
	('another zone''s time', '{"start_date": "2090-01-01T10:00:00-06:00"}', 'ok'),
	('a draft', '{"exam_id": "draft"}', 'proctoru_exam_is_published'),
	('an exam with a PIN', '{"exam_id": "pin"}', 'proctoru_exam_without_other_security'),
	('an id with a space', '{"exam_id": "with space"}', 'proctoru_exam_has_external_id'),
	('a number of one''s own', '{"reservation_no": 12345}', 'ok'),
	('as text', '{"reservation_no": "012345"}', 'ok'),
	('nought for none', '{"reservation_no": 0}', 'ok'),
	('a number that is none', '{"reservation_no": -1}', 'reservation_no is not valid'),
	('a number that is used', jsonb_build_object('reservation_no', (booked()).reservation_no), 'reservation_no_unique')
) AS cases (name, sent, wanted), LATERAL (SELECT sent::jsonb AS changes, wanted AS outcome) l;
SELECT is(book('{"reservation_id": "r-3", "user_id": "pu-3", "active_date": "2090-01-01T00:00:00Z", "start_date": "2090-01-02T10:00:00Z", "end_date": "2090-01-05T00:00:00Z", "duration": 90, "department_id": "law"}'), 'ok', 'all at once');
SET LOCAL TimeZone TO 'UTC';
SELECT is((SELECT (b.appointment_at, c.starts_at, c.ends_at, c.duration_minutes, h.organisation_id)::text FROM booked('r-3') b, sitting('r-3') c, proctorlink.hierarchy h WHERE h.hierarchy_id = c.hierarchy_id),
	'("2090-01-02 10:00:00+00","2090-01-01 00:00:00+00","2090-01-05 00:00:00+00",90,law)', 'a window, a longer duration, a department');
SELECT is(concat_ws(' ', said(answer), answer #>> '{data,warnings,0}'), format('ok department_id "%s": %s; the schedule goes to the default hierarchy', department, warning), name)
FROM (VALUES
	('a department that there is not', 'nothing', 'no hierarchy has this Organisation ID'),
	('one without schedules', 'closed', 'the hierarchy does not allow schedules'),
	('one in the archive', 'old', 'the hierarchy is archived')
) AS cases (name, department, warning),
	LATERAL (SELECT proctorlink.proctoru_add_reservation(booking(jsonb_build_object('reservation_id', 'w-' || department, 'user_id', 'w-' || department, 'department_id', department))) AS answer) l;
SELECT is((SELECT bool_and(is_default) FROM proctorlink.hierarchy h JOIN proctorlink.schedule c USING (hierarchy_id) WHERE c.schedule_id IN ((booked('w-nothing')).schedule_id, (booked('w-closed')).schedule_id, (booked('w-old')).schedule_id)),
	true, 'all go to the default');

-- Each message, in its order: of two the earlier is told.

SELECT is(book(changes), outcome, name)
FROM (VALUES
	('stale before all', jsonb_build_object('time_sent', utc(now() - interval '15 minutes 1 microsecond'), 'exam_id', ''), 'stale request'),
	('fifteen minutes are not', jsonb_build_object('time_sent', utc(now() - interval '15 minutes'), 'exam_id', 'no'), 'Exam Not found'),
	('nor in the future', jsonb_build_object('time_sent', utc(now() + interval '15 minutes'), 'exam_id', 'no'), 'Exam Not found'),
	('but more is', jsonb_build_object('time_sent', utc(now() + interval '15 minutes 1 microsecond')), 'stale request'),
	('a stamp that is none', '{"time_sent": "now"}', 'time_sent is not valid'),
	('a field before the exam', '{"exam_id": "no", "email": null}', 'email is required'),
	('the exam before the reservation', '{"exam_id": "no"}', 'Exam Not found'),
	('an exam''s id is exact', '{"exam_id": "E-1"}', 'Exam Not found'),
	('the reservation before the zone', '{"time_zone_id": "no"}', 'reservation_id_EXIST_FOR_THIS_INSTITUTION'),
	('somebody else''s too', '{"user_id": "pu-9"}', 'reservation_id_EXIST_FOR_THIS_INSTITUTION'),
	('the zone before the past', '{"reservation_id": "r-9", "time_zone_id": "no", "start_date": "2020-01-01T00:00:00Z"}', 'TimeZone not found.'),
	('the past before the rules', '{"reservation_id": "r-9", "exam_id": "draft", "start_date": "2020-01-01T00:00:00Z"}', 'start_date in the past'),
	('a microsecond ago', jsonb_build_object('reservation_id', 'r-9', 'start_date', utc(now() - interval '1 microsecond')), 'start_date in the past'),
	('the rules before the overlap', '{"reservation_id": "r-9", "exam_id": "draft"}', 'proctoru_exam_is_published: the exam is a draft. Publish the assessment (configure_exam, "published": true).'),
	('the overlap', '{"reservation_id": "r-9", "exam_id": "e-2"}', 'OVERLAP')
) AS cases (name, changes, outcome);
SELECT is(book(booking() || jsonb_build_object('reservation_id', 'r-9', field, NULL)), field || ' is required', field || ' is required')
FROM unnest('{exam_id,user_id,first_name,last_name,email,start_date}'::text[]) AS field;
SELECT is(book('{"reservation_id": ""}'), 'reservation_id is required', 'reservation_id is required');
SELECT is(book(jsonb_build_object('reservation_id', 'r-9', field, '[]'::jsonb)), field || ' is not valid', field || ' is not valid')
FROM unnest('{exam_id,user_id,student_id,first_name,last_name,email,time_zone_id,duration,start_date,active_date,end_date,reservation_no,department_id}'::text[]) AS field;
SELECT is(rule(after(statement, 'book', '{"reservation_id": "r-9", "user_id": "pu-9"}')), 'schedule_has_an_owner_who_may_schedule', name)
FROM (VALUES
	('no default scheduler', format('SELECT proctorlink.configure_install(%L, ''{"defaultScheduler": null}'')', :'install')),
	('one who is disabled', 'UPDATE proctorlink.account SET status = ''disabled'' WHERE candidate_ext_id = ''scheduler'''),
	('one who may not schedule any more', format('SELECT proctorlink.define_role(%L, ''scheduler'', ''{author}'')', :'install'))
) AS cases (name, statement);

SELECT is(rule(after('UPDATE proctorlink.account SET special_needs = true, reasonable_adjustment_percentage = 25 WHERE candidate_ext_id = ''u-1''', 'book',
	'{"reservation_id": "r-9", "user_id": "u-1", "email": "ada@example.org"}')), 'proctoru_no_extra_time', 'extra time does not work through ProctorU');

SELECT is(book('{"reservation_id": "r-80", "user_id": "u-1", "email": "ada@example.org", "exam_id": "e-2", "start_date": "2090-08-01T10:00:00Z"}'), 'ok', 'somebody has a booking');
SELECT is(rule(after('UPDATE proctorlink.account SET special_needs = true, reasonable_adjustment_percentage = 25 WHERE candidate_ext_id = ''u-1''', 'book',
	'{"reservation_id": "r-9", "user_id": "u-1", "email": "ada@example.org", "start_date": "2090-08-01T10:00:00Z"}')), 'proctoru_no_extra_time', 'who may come is asked before the overlap');
SELECT is(book('{"reservation_id": "r-9", "user_id": "u-1", "email": "ada@example.org", "start_date": "2090-08-01T10:00:00Z"}'), 'OVERLAP', 'which is told of others');
SELECT is((SELECT count(*)::int FROM proctorlink.exam_session WHERE account_id = account_id('u-1')), 1, 'and leaves nothing');

-- Overlaps, to the microsecond: from appointment to appointment and duration.

SELECT is(after('SELECT', 'book', jsonb_build_object('reservation_id', 'r-9', 'exam_id', 'e-2', 'start_date', utc(now() + interval '2 days' + apart)) || changes), outcome, name)
FROM (VALUES
	('right before', interval '-1 hour', '{}', 'ok'),
	('a microsecond later', interval '-1 hour +1 microsecond', '{}', 'OVERLAP'),
	('longer before', interval '-1 hour', '{"duration": 61}', 'OVERLAP'),
	('right after', interval '1 hour', '{}', 'ok'),
	('a microsecond earlier', interval '1 hour -1 microsecond', '{}', 'OVERLAP'),
	('around it', interval '-1 hour', '{"duration": 500}', 'OVERLAP'),
	('the same exam', interval '0', '{"exam_id": "e-1"}', 'OVERLAP'),
	('somebody else', interval '0', '{"user_id": "pu-9"}', 'ok')
) AS cases (name, apart, sent, outcome), LATERAL (SELECT sent::jsonb AS changes) l;
SELECT is(after(format('UPDATE proctorlink.exam_session SET status = %L WHERE reservation_id = %L', status, 'r-1'), 'book', '{"reservation_id": "r-9", "exam_id": "e-2"}'), outcome, 'with one that is ' || status)
FROM (VALUES ('In Progress', 'OVERLAP'), ('Closed', 'ok'), ('Cancelled', 'ok'), ('Needs Proctor', 'OVERLAP')) AS cases (status, outcome);
SELECT is(refused(statement), outcome, name)
FROM (VALUES
	('by plain SQL', format('INSERT INTO proctorlink.exam_session (install_id, exam_id, account_id, integration_id, appointment_at) SELECT install_id, %L, account_id, integration_id, appointment_at FROM proctorlink.exam_session WHERE reservation_id = ''r-1''', exam_id('e-2')), '23514 no_overlapping_booking'),
	('as history', format('INSERT INTO proctorlink.exam_session (install_id, exam_id, account_id, integration_id, appointment_at, created_at) SELECT install_id, %L, account_id, integration_id, appointment_at, now() - interval ''1 s'' FROM proctorlink.exam_session WHERE reservation_id = ''r-1''', exam_id('e-2')), 'accepted'),
	('without an integration', format('INSERT INTO proctorlink.exam_session (install_id, exam_id, account_id, appointment_at) SELECT install_id, %L, account_id, appointment_at FROM proctorlink.exam_session WHERE reservation_id = ''r-1''', exam_id('e-2')), 'accepted'),
	('a used id', format('INSERT INTO proctorlink.exam_session (install_id, exam_id, account_id, integration_id, reservation_id) SELECT install_id, %L, account_id, integration_id, reservation_id FROM proctorlink.exam_session WHERE reservation_id = ''r-1''', exam_id('e-2')), '23505 reservation_id_unique'),
	('a used number', format('INSERT INTO proctorlink.exam_session (install_id, exam_id, account_id, reservation_no) SELECT install_id, %L, account_id, reservation_no FROM proctorlink.exam_session WHERE reservation_id = ''r-1''', exam_id('e-2')), '23505 reservation_no_unique')
) AS cases (name, statement, outcome);

-- Moving.

SELECT (booked()).reservation_no AS first_no \gset
SELECT proctorlink.proctoru_move_reservation(jsonb_build_object('reservation_id', 'r-1', 'reservation_no', :first_no, 'start_date', utc(now() + interval '2 days 30 minutes'))) AS moved \gset
SELECT is(said(:'moved'), 'ok', 'a move, half an hour into its own time');
SELECT is(ARRAY(SELECT jsonb_object_keys(:'moved'::jsonb -> 'data') ORDER BY 1), '{balance,reservation_id,reservation_no,url}', 'its data');
SELECT isnt(:'moved'::jsonb #>> '{data,reservation_no}', :'first_no', 'gives a new number');
SELECT is((SELECT (b.status, b.appointment_at = now() + interval '2 days 30 minutes', b.reservation_no::text = :'moved'::jsonb #>> '{data,reservation_no}', b.link_version)::text FROM booked() b), '(Scheduled,t,t,1)', 'the session');
SELECT is((SELECT (c.starts_at = now() + interval '2 days 30 minutes', c.ends_at = now() + interval '2 days 150 minutes')::text FROM sitting() c), '(t,t)', 'and the window go along');
SELECT is(move(jsonb_build_object('reservation_no', :first_no, 'start_date', utc(now() + interval '4 days'), 'end_date', utc(now() + interval '9 days'), 'new_reservation_no', 777)), 'ok', 'the former number finds it');
SELECT is((SELECT (b.reservation_no, c.ends_at = now() + interval '9 days')::text FROM booked() b, sitting() c), '(777,t)', 'the number that was sent');
SELECT is(after('UPDATE proctorlink.exam_session SET status = ''Onboarding'' WHERE reservation_id = ''r-1''', 'move', '{"reservation_no": 777, "start_date": "2090-01-01T00:00:00Z"}'), 'ok', 'who has come may be moved');
SELECT is(after(statement, 'move', jsonb_build_object('reservation_id', 'r-1', 'start_date', utc(now() + interval '5 days')) || request), outcome, name)
FROM (VALUES
	('stale before all', 'SELECT', jsonb_build_object('time_sent', utc(now() - interval '1 hour'), 'start_date', ''), 'stale request'),
	('no start', 'SELECT', '{"start_date": ""}', 'start_date is required'),
	('no reservation', 'SELECT', '{"reservation_id": null}', 'reservation_no is required'),
	('nobody before the reservation', 'SELECT', '{"reservation_id": "no", "student_id": "no"}', 'Student Not found'),
	('no user', 'SELECT', '{"user_id": "no"}', 'Student Not found'),
	('two people', 'SELECT', '{"user_id": "pu-3", "student_id": "s-1"}', 'Student Not found'),
	('no reservation of the name', 'SELECT', '{"reservation_id": "R-1"}', 'Reservation Not found'),
	('nor of the number', 'SELECT', '{"reservation_id": null, "reservation_no": 999}', 'Reservation Not found'),
	('one''s id and another''s number', 'SELECT', jsonb_build_object('reservation_no', (booked('r-3')).reservation_no), 'Reservation Not found'),
	('somebody else''s', 'SELECT', '{"user_id": "pu-3"}', 'Reservation Not found'),
	('their own', 'SELECT', '{"user_id": "pu-1"}', 'ok'),
	('their own by student_id', 'SELECT', '{"student_id": "s-1"}', 'ok'),
	('a cancelled one before the past', 'UPDATE proctorlink.exam_session SET status = ''Cancelled'' WHERE reservation_id = ''r-1''', '{"start_date": "2020-01-01T00:00:00Z"}', 'Reservation Cancelled.'),
	('the past before the rules', 'UPDATE proctorlink.exam_session SET status = ''In Progress'' WHERE reservation_id = ''r-1''', '{"start_date": "2020-01-01T00:00:00Z"}', 'start_date in the past'),
	('one that has begun', 'UPDATE proctorlink.exam_session SET status = ''In Progress'' WHERE reservation_id = ''r-1''', '{}', 'session_status_allowed: the sitting is In Progress, and only one that has not begun is moved. Book another one.'),
	('too short a window', 'SELECT', jsonb_build_object('end_date', utc(now() + interval '5 days 1 hour')), 'schedule_longer_than_exam: the window is 60 min long; the exam takes 60 min and 0 min of extra time. Let the schedule end later: its window must be longer than the exam''s duration and the extra time together.'),
	('a start outside', 'SELECT', jsonb_build_object('active_date', utc(now() + interval '6 days')), 'start_date is not valid'),
	('a former number for the new one', 'SELECT', format('{"new_reservation_no": %s}', :first_no)::jsonb, format('reservation_no_unique: the number %s is another reservation''s. Send another one, or none.', :first_no)),
	('its own for the new one', 'SELECT', '{"new_reservation_no": 777}', 'ok'),
	('over another booking', format('SELECT book(%L)', jsonb_build_object('reservation_id', 'r-8', 'exam_id', 'e-2', 'start_date', utc(now() + interval '5 days'))), '{}', 'OVERLAP')
) AS cases (name, statement, sent, outcome), LATERAL (SELECT sent::jsonb AS request) l;

-- A booking that names one with its number moves it.

SELECT is(after('SELECT', 'book', jsonb_build_object('start_date', utc(now() + interval '6 days')) || request), outcome, name)
FROM (VALUES
	('with its number', '{"reservation_no": 777}', 'ok'),
	('with a former one', format('{"reservation_no": %s}', :first_no), 'ok'),
	('with another', '{"reservation_no": 778}', 'reservation_id_EXIST_FOR_THIS_INSTITUTION'),
	('by somebody else', '{"reservation_no": 777, "user_id": "pu-3"}', 'reservation_id_EXIST_FOR_THIS_INSTITUTION'),
	('of another exam', '{"reservation_no": 777, "exam_id": "e-2"}', 'reservation_id_EXIST_FOR_THIS_INSTITUTION'),
	('into the past', '{"reservation_no": 777, "start_date": "2020-01-01T00:00:00Z"}', 'start_date in the past')
) AS cases (name, sent, outcome), LATERAL (SELECT sent::jsonb AS request) l;
SELECT is(book(jsonb_build_object('reservation_no', 777, 'start_date', utc(now() + interval '6 days'), 'new_reservation_no', 888)), 'ok', 'it is moved');
SELECT is((SELECT (b.appointment_at = now() + interval '6 days', b.reservation_no)::text FROM booked() b), '(t,888)', 'and not booked again');
SELECT is((SELECT count(*)::int FROM proctorlink.exam_session WHERE account_id = account_id('pu-1')), 1, 'one session');

-- Beginning.

SELECT is(begin(request), outcome, name)
FROM (VALUES
	('nobody', '{"reservation_id": "r-1"}'::jsonb, 'student_id is required'),
	('no reservation', '{"student_id": "s-1"}', 'reservation_id is required'),
	('somebody unknown', '{"student_id": "no", "reservation_id": "r-1"}', 'Student Not found'),
	('somebody else', '{"user_id": "pu-3", "reservation_id": "r-1"}', 'Reservation Not found'),
	('before the window', '{"student_id": "s-1", "reservation_id": "r-1"}', 'Reservation is in the future')
) AS cases (name, request, outcome);
SELECT is(book(jsonb_build_object('user_id', 'now', 'student_id', 's-now', 'reservation_id', 'r-now', 'active_date', utc(now()))), 'ok', 'a window that is open');
SELECT is(ARRAY(SELECT jsonb_object_keys(proctorlink.proctoru_begin_reservation('{"student_id": "s-now", "reservation_id": "r-now"}') -> 'data')), '{url}', 'gives a link');
SELECT matches(proctorlink.proctoru_begin_reservation('{"user_id": "now", "reservation_id": "r-now"}') #>> '{data,url}', '^https://platform\.test/delivery', 'to begin by');
SELECT is(proctorlink.redeem_launch(split_part(proctorlink.proctoru_begin_reservation('{"user_id": "now", "reservation_id": "r-now"}') #>> '{data,url}', 'session=', 2)) #>> '{session,status}', 'In Progress', 'which is taken');
SELECT is(begin('{"user_id": "now", "reservation_id": "r-now"}'), 'ok', 'and again');
SELECT is(after('UPDATE proctorlink.exam_session SET status = ''Closed'' WHERE reservation_id = ''r-now''', 'begin', '{"user_id": "now", "reservation_id": "r-now"}'), 'session_status_allowed: the sitting is Closed, which is final. Book another one.', 'not when it is over');
SELECT is(rule(remove('{"user_id": "now", "reservation_id": "r-now"}')), 'session_status_allowed', 'nor is what has begun cancelled');

-- Lists.

SELECT is((proctorlink.proctoru_reservations('{"student_id": "s-1"}') #> '{data,0}') - 'launch_url', jsonb_build_object('reservation_no', 888, 'reservation_id', 'r-1', 'exam_id', 'e-1', 'description', 'Final', 'courseno', NULL,
	'instructor', NULL, 'start_date', rfc(now() + interval '6 days'), 'test', 'Final', 'escalated', false), 'a reservation');
SELECT matches(proctorlink.proctoru_reservations('{"student_id": "s-1"}') #>> '{data,0,launch_url}', '^https://platform\.test/delivery', 'with its link');
-- Who teaches the exam's course, where that is one person.
CREATE FUNCTION instructor(VARIADIC before text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
	statement text;
BEGIN
	FOREACH statement IN ARRAY before LOOP
		EXECUTE statement;
	END LOOP;
	answer := coalesce(proctorlink.proctoru_reservations('{"student_id": "s-1"}') #>> '{data,0,instructor}', 'null');
	RAISE EXCEPTION USING ERRCODE = 'UNDO0';
EXCEPTION
	WHEN SQLSTATE 'UNDO0' THEN
		RETURN answer;
END
$$;
CREATE FUNCTION teaching(person text) RETURNS text IMMUTABLE LANGUAGE sql AS $$
	SELECT format('INSERT INTO proctorlink.enrollment (install_id, account_id, course_id, role) SELECT install_id, account_id(%L), course_id, ''instructor'' FROM proctorlink.course', person)
$$;
INSERT INTO proctorlink.course (install_id, external_id, title, code) VALUES (install_id(), 'i', 'Taught', 'T');
SELECT 'UPDATE proctorlink.exam SET course_id = (SELECT course_id FROM proctorlink.course WHERE external_id = ''i'') WHERE external_id = ''e-1''' AS in_course \gset
SELECT is(instructor(teaching('u-1')), 'null', 'an exam without a course has no instructor');
SELECT is(instructor(:'in_course'), 'null', 'nor one whose course nobody teaches');
SELECT is(instructor(:'in_course', teaching('u-1')), 'Ada Byron', 'the one who teaches it');
SELECT is(instructor(:'in_course', teaching('u-1'), teaching('u-2')), 'null', 'of two nobody can say whose exam it is');
SELECT is(instructor(:'in_course', teaching('u-1'), teaching('u-2'), 'UPDATE proctorlink.enrollment SET status = ''removed'' WHERE account_id = account_id(''u-1'')'), 'Omar Silva', 'who was removed does not count');
SELECT is(instructor(:'in_course', teaching('u-1'), teaching('u-2'), 'UPDATE proctorlink.account SET status = ''disabled'' WHERE account_id = account_id(''u-2'')'), 'Ada Byron', 'nor who is disabled');
SELECT is(instructor(:'in_course', teaching('u-1'), 'UPDATE proctorlink.enrollment SET role = ''learner'''), 'null', 'nor learners');
SELECT is(instructor(:'in_course', teaching('u-1'), 'UPDATE proctorlink.account SET first_name = '''', last_name = '''' WHERE account_id = account_id(''u-1'')'), 'null', 'nor who has no name');
DELETE FROM proctorlink.course;
SELECT is(list(request), outcome, name)
FROM (VALUES
	('nobody', '{}'::jsonb, 'student_id is required'),
	('somebody unknown', '{"student_id": "no"}', 'Student Not found'),
	('a state that there is not', '{"student_id": "s-1", "status": "done"}', 'status is not valid'),
	('stale', jsonb_build_object('student_id', 's-1', 'time_sent', utc(now() - interval '1 hour')), 'stale request')
) AS cases (name, request, outcome);
SELECT is((SELECT string_agg(state, ' ') FROM unnest('{pending,scheduled,cancelled,voided}'::text[]) AS state
	WHERE after(statement, 'listed', jsonb_build_object('user_id', 'pu-3', 'status', state)) = '1'), outcome, name)
FROM (VALUES
	('booked', 'SELECT', 'scheduled'),
	('without a proctor', 'UPDATE proctorlink.exam_session SET status = ''Needs Proctor'' WHERE reservation_id = ''r-3''', 'pending'),
	('cancelled', 'UPDATE proctorlink.exam_session SET status = ''Cancelled'' WHERE reservation_id = ''r-3''', 'cancelled'),
	('voided', 'UPDATE proctorlink.exam_session SET passed_status = ''VOIDED'' WHERE reservation_id = ''r-3''', 'voided')
) AS cases (name, statement, outcome);

-- Cancelling and booking again.

INSERT INTO proctorlink.course (install_id, external_id, title) VALUES (install_id(), 'c-1', 'Anatomy');
INSERT INTO proctorlink.exam (install_id, course_id, external_id, title, duration_minutes, published, attempts, limited_scope)
	SELECT install_id, course_id, 'e-3', 'Open to all', 60, true, 1, false FROM proctorlink.course WHERE external_id = 'c-1';
INSERT INTO proctorlink.enrollment (install_id, account_id, course_id, role) SELECT install_id, account_id('pu-1'), course_id, 'learner' FROM proctorlink.course WHERE external_id = 'c-1';
SELECT exam_session_id AS open_session FROM proctorlink.exam_session WHERE exam_id = exam_id('e-3') \gset
SELECT is(book('{"exam_id": "e-3", "reservation_id": "r-20", "start_date": "2090-05-01T10:00:00Z"}'), 'ok', 'a learner books');
SELECT is((booked('r-20')).exam_session_id, :'open_session'::uuid, 'and gets the open session');
SELECT is(rule(book('{"exam_id": "e-3", "reservation_id": "r-21", "start_date": "2090-06-01T10:00:00Z"}')), 'session_attempts_left', 'which was the only attempt');
SELECT is(proctorlink.proctoru_remove_reservation(jsonb_build_object('user_id', 'pu-1', 'reservation_no', (booked('r-20')).reservation_no, 'explanation', 'ill')) -> 'data', '{"onaccount": "0.00"}', 'cancelled');
SELECT is((SELECT (status, status_reason)::text FROM booked('r-20')), '(Cancelled,"reservation-removed: ill")', 'with the reason');
SELECT is((SELECT (status, attempt, schedule_id, reservation_id, reservation_no, appointment_at)::text FROM proctorlink.exam_session WHERE exam_id = exam_id('e-3') AND status <> 'Cancelled'), '("Needs Proctor",1,,,,)', 'a fresh session stands in its place');
SELECT is(remove('{"user_id": "pu-1", "reservation_id": "r-20"}'), 'Reservation Cancelled.', 'not twice');
SELECT is(begin('{"user_id": "pu-1", "reservation_id": "r-20"}'), 'Reservation Cancelled.', 'nor begun');
SELECT is(book('{"exam_id": "e-3", "reservation_id": "r-20", "start_date": "2090-05-01T10:00:00Z"}'), 'reservation_id_EXIST_FOR_THIS_INSTITUTION', 'its id is used');
SELECT is(book('{"exam_id": "e-3", "reservation_id": "r-21", "start_date": "2090-05-01T10:00:00Z"}'), 'ok', 'booked again at the same time');
SELECT is((SELECT (status, attempt)::text FROM booked('r-21')), '(Scheduled,1)', 'as the same attempt');
SELECT is((SELECT count(*)::int FROM proctorlink.exam_session WHERE exam_id = exam_id('e-3')), 2, 'in the fresh session');
SELECT is(proctorlink.proctoru_reservations('{"student_id": "s-1", "status": "cancelled"}') #> '{data,0,launch_url}', 'null', 'no link to a cancelled one');
SELECT is(remove('{"user_id": "pu-1", "reservation_id": "r-1"}'), 'ok', 'without an explanation');
SELECT is((SELECT (status, status_reason)::text FROM booked()), '(Cancelled,reservation-removed)', 'the reason');
SELECT is((SELECT count(*)::int FROM proctorlink.exam_session WHERE exam_id = exam_id('e-1') AND account_id = account_id('pu-1')), 1, 'who is no learner has no other session');
SELECT is(remove(jsonb_build_object('user_id', 'pu-1', 'reservation_id', 'r-21', 'explanation', repeat('é', 1000))), 'ok', 'a long explanation');
SELECT is(length((booked('r-21')).status_reason), 500, 'is cut');

-- Booked before they come to the course.

SELECT is(book('{"exam_id": "e-3", "user_id": "pu-30", "reservation_id": "r-30", "start_date": "2090-05-01T10:00:00Z"}'), 'ok', 'who is no learner yet books');
INSERT INTO proctorlink.enrollment (install_id, account_id, course_id, role) SELECT install_id, account_id('pu-30'), course_id, 'learner' FROM proctorlink.course WHERE external_id = 'c-1';
SELECT is(remove('{"user_id": "pu-30", "reservation_id": "r-30"}'), 'ok', 'cancelled when they are one');
SELECT is((SELECT string_agg(concat_ws(' ', s.status, n.role), ', ' ORDER BY s.status) FROM proctorlink.exam_session s LEFT JOIN proctorlink.enrollment n USING (enrollment_id)
	WHERE s.account_id = account_id('pu-30')), 'Cancelled, Needs Proctor learner', 'and a learner''s session stands in its place');
SELECT book('{"exam_id": "e-3", "user_id": "pu-31", "reservation_id": "r-31", "start_date": "2090-05-01T10:00:00Z"}') \gset
INSERT INTO proctorlink.enrollment (install_id, account_id, course_id, role) SELECT install_id, account_id('pu-31'), course_id, 'learner' FROM proctorlink.course WHERE external_id = 'c-1';
UPDATE proctorlink.exam SET limited_scope = true WHERE external_id = 'e-3';
SELECT remove('{"user_id": "pu-31", "reservation_id": "r-31"}') \gset
SELECT is((SELECT string_agg(status, ', ' ORDER BY status) FROM proctorlink.exam_session WHERE account_id = account_id('pu-31')), 'Cancelled', 'where the exam is open to all');
UPDATE proctorlink.exam SET limited_scope = false WHERE external_id = 'e-3';

-- Institutions.

SELECT proctorlink.create_integration(:'install', 'proctoru', 'https://other.test/') ->> 'sid' AS second \gset
SELECT proctorlink.use_install(:'install', :'second') \gset
SELECT is(move(jsonb_build_object('reservation_id', 'r-3', 'start_date', '2090-07-01T10:00:00Z')), 'RESERVATION_NOT_FOR_THIS_INSTITUTION', 'another institution''s');
SELECT is(move(jsonb_build_object('reservation_no', (booked('r-3')).reservation_no, 'start_date', '2090-07-01T10:00:00Z')), 'RESERVATION_NOT_FOR_THIS_INSTITUTION', 'by its number too');
SELECT is(move(jsonb_build_object('reservation_id', 'r-1', 'start_date', '2090-07-01T10:00:00Z')), 'RESERVATION_NOT_FOR_THIS_INSTITUTION', 'also when it is cancelled');
SELECT is(list('{"user_id": "pu-1"}'), 'Student Not found', 'nor does it know the people');
SELECT is(book('{"user_id": "pu-3", "reservation_id": "r-3", "exam_id": "e-2", "start_date": "2090-01-02T10:00:00Z"}'), 'ok', 'ids and appointments are each institution''s own');
SELECT is((SELECT count(DISTINCT account_id)::int FROM proctorlink.exam_session WHERE reservation_id = 'r-3'), 1, 'the same user_id is the same person');
SELECT proctorlink.create_install('College', 'https://college.test/') AS college \gset
SELECT proctorlink.create_integration(:'college', 'proctoru', 'https://other.test/') ->> 'sid' AS third, proctorlink.create_integration(:'college', 'other', 'https://other.test/') ->> 'sid' AS fourth \gset
SELECT proctorlink.use_install(:'college', :'third') \gset
SELECT is(move(jsonb_build_object('reservation_id', 'r-3', 'start_date', '2090-07-01T10:00:00Z')), 'Reservation Not found', 'another install''s does not exist');
SELECT is(book(), 'Exam Not found', 'nor do its exams');
SELECT proctorlink.use_install(:'college', :'fourth') \gset
SELECT is(rule(book()), 'AUTHENTICATIONFAILED', 'an integration with somebody else');
SELECT proctorlink.use_install(:'college') \gset
SELECT is(rule(book()), 'AUTHENTICATIONFAILED', 'no integration');

-- Nothing raises, and what is refused writes nothing.

SELECT proctorlink.use_install(:'install', :'proctoru') \gset
SELECT contents(versions => true) AS before \gset
CREATE FUNCTION all_refuse(body jsonb) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(DISTINCT answer ->> 'response_code', ' ') FROM (VALUES (proctorlink.proctoru_add_reservation(body)), (proctorlink.proctoru_move_reservation(body)), (proctorlink.proctoru_remove_reservation(body)),
		(proctorlink.proctoru_begin_reservation(body)), (proctorlink.proctoru_reservations(body)), (proctorlink.proctoru_edit_student(body))) AS answers (answer)
$$;
SELECT is(all_refuse(body::jsonb), '2', 'refused: ' || coalesce(left(body, 60), 'null'))
FROM unnest(ARRAY[NULL, 'null', '[]', '{}', '""', '1', 'true', '[{}]', '{"exam_id": null}', '{"time_sent": {}, "user_id": "x"}', '{"time_sent": 5}', '{"reservation_no": 1e400}',
	'{"user_id": ["x"], "student_id": "''; --"}', '{"user_id": " x"}', '{"user_id": {"user_id": "x"}}', '"exam_id"']) AS body;
SELECT is(book(changes), outcome, name)
FROM (VALUES
	('a year that ends all', '{"reservation_id": "x", "start_date": "294276-12-31T23:59:59Z"}'::jsonb, 'start_date is not valid'),
	('a number beyond all', '{"reservation_id": "x", "duration": 1e1000}', 'duration is not valid'),
	('a long id', jsonb_build_object('reservation_id', repeat('x', 501)), 'reservation_id is not valid'),
	('a long name', jsonb_build_object('reservation_id', 'x', 'first_name', repeat('x', 501)), 'first_name is not valid'),
	('a megabyte', jsonb_build_object('reservation_id', 'x', 'exam_id', repeat('x', 1000000)), 'exam_id is not valid')
) AS cases (name, changes, outcome);
SELECT is(contents(versions => true), :'before', 'nothing was written');
CREATE ROLE proctorlink_test_caller;
GRANT USAGE ON SCHEMA proctorlink TO proctorlink_test_caller;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA proctorlink TO proctorlink_test_caller;
SET LOCAL ROLE proctorlink_test_caller;
SELECT is(book(), 'Not allowed to use the functions of ProctorU', 'without privileges');
RESET ROLE;

-- Lists are read where nothing may be written.

SET TRANSACTION READ ONLY;
SELECT is(list('{"user_id": "pu-3"}'), 'ok', 'in a transaction that only reads');

SELECT * FROM finish();
ROLLBACK;
