-- test/pgtap/provision_sessions.sql
--		Who has a session: while limitedScope is false every active learner of the
--		exam's course, while it is true those assigned; also where the tables are
--		written directly.

BEGIN;
\ir helpers.psql
SELECT plan(94);
SELECT proctorlink.create_install('University', 'https://platform.test') AS install \gset
SELECT proctorlink.sid_uuid(:'install') AS install_id \gset

CREATE FUNCTION person(external text, enrollment jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
	SELECT put(learner_item(), '/user/ids/external', to_jsonb(external)) || jsonb_build_object('enrollment', enrollment)
$$;
CREATE FUNCTION exam(external text, limited boolean DEFAULT NULL) RETURNS jsonb LANGUAGE sql AS $$
	SELECT put(put(exam_item(), '/exam/ids/external', to_jsonb(external)), '/exam/limitedScope', to_jsonb(coalesce(limited, false)))
$$;
-- Sends items, each as a call of its own, and answers the last.
CREATE FUNCTION send(VARIADIC items jsonb[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	item jsonb;
	answer text;
BEGIN
	FOREACH item IN ARRAY items LOOP
		answer := results(proctorlink.batch_provision(item));
	END LOOP;
	RETURN answer;
END
$$;
-- The sessions of an exam: who, status and reason, by person.
CREATE FUNCTION sessions(external text) RETURNS text[] LANGUAGE sql AS $$
	SELECT array_agg(concat_ws(' ', a.candidate_ext_id, s.status, '(' || s.status_reason || ')')
		ORDER BY a.candidate_ext_id, s.exam_session_id)
	FROM proctorlink.exam_session s
	JOIN proctorlink.exam e USING (install_id, exam_id)
	JOIN proctorlink.account a USING (install_id, account_id)
	WHERE e.external_id = external
$$;
CREATE FUNCTION set_status(external text, person text, VARIADIC statuses text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	next text;
BEGIN
	FOREACH next IN ARRAY statuses LOOP
		UPDATE proctorlink.exam_session s SET status = next
		FROM proctorlink.exam e, proctorlink.account a
		WHERE e.exam_id = s.exam_id AND a.account_id = s.account_id AND e.external_id = external
			AND a.candidate_ext_id = person AND s.status <> 'Cancelled';
	END LOOP;
END
$$;
CREATE FUNCTION exam_sid(external text) RETURNS text LANGUAGE sql AS $$
	SELECT proctorlink.sid('exam', exam_id) FROM proctorlink.exam WHERE external_id = external
$$;
CREATE FUNCTION enrollment_sids(VARIADIC people text[]) RETURNS text[] LANGUAGE sql AS $$
	SELECT array_agg(proctorlink.sid('enrollment', enrollment_id) ORDER BY place)
	FROM unnest(people) WITH ORDINALITY AS people (person, place)
	JOIN proctorlink.account a ON a.candidate_ext_id = person
	JOIN proctorlink.enrollment e USING (install_id, account_id)
	JOIN proctorlink.course c USING (install_id, course_id)
	WHERE c.external_id = 'c-1'
$$;
CREATE FUNCTION assigned(answer jsonb) RETURNS text LANGUAGE sql AS $$
	SELECT format('%s created, %s updated, %s found', answer ->> 'created', answer ->> 'updated', answer ->> 'found')
$$;

-- An exam for all gives every active learner of its course a session; who
-- comes later gets one then.

SELECT is(send(person('u-1'), person('u-2'), person('u-3', '{"role": "instructor"}'), person('u-4', '{"status": "removed"}')),
	'course Found Existing, user Created, enrollment Created', 'four people, two of them active learners');
SELECT is(send(exam('e-1')), 'course Found Existing, exam Created, configuration Created', 'an exam for all');
SELECT is(sessions('e-1'), '{u-1 Needs Proctor,u-2 Needs Proctor}', 'learners have sessions, instructors and the removed have none');
SELECT is(
	(SELECT jsonb_agg(DISTINCT to_jsonb(s) - '{install_id,exam_session_id,exam_id,account_id,enrollment_id,created_at,updated_at}'::text[])
	 FROM proctorlink.exam_session s),
	'[{"exam_configuration_id": null, "schedule_id": null, "attempt": 1, "attempt_ext_id": null, "status": "Needs Proctor", "status_reason": null,
	   "appointment_at": null, "integration_id": null, "reservation_id": null, "reservation_no": null, "started_at": null, "ended_at": null,
	   "score": null, "max_score": null, "passed_status": null, "published_at": null, "link_version": 1}]',
	'the first attempt, delivered as the primary configuration says');
SELECT is((SELECT count(*) FROM proctorlink.exam_session s JOIN proctorlink.enrollment e USING (install_id, enrollment_id)
	WHERE e.account_id = s.account_id), 2::bigint, 'by right of the enrollment');
SELECT send(person('u-5')) AS done \gset
SELECT is(sessions('e-1'), '{u-1 Needs Proctor,u-2 Needs Proctor,u-5 Needs Proctor}', 'who comes later gets one too');
SELECT send(person('u-6'), person('u-6')) AS done \gset
SELECT send(exam('e-1')) AS done \gset
SELECT is(sessions('e-1'), '{u-1 Needs Proctor,u-2 Needs Proctor,u-5 Needs Proctor,u-6 Needs Proctor}', 'the same again gives no second one');
SELECT proctorlink.batch_provision(jsonb_build_array(exam('e-2'), person('u-7'), person('u-8'))) #>> '{batch,status}' AS done \gset
SELECT is(sessions('e-2'), '{u-1 Needs Proctor,u-2 Needs Proctor,u-5 Needs Proctor,u-6 Needs Proctor,u-7 Needs Proctor,u-8 Needs Proctor}',
	'in one batch as well, whichever comes first');
SELECT is(sessions('e-1'), sessions('e-2'), 'for all exams of the course');
SELECT is(send(put(exam('e-3'), '/course/ids/external', '"c-2"')), 'course Created, exam Created, configuration Created', 'another course''s exam');
SELECT is(sessions('e-3'), NULL, 'is for its own learners');
SELECT is(send(exam('e-4') - 'course'), 'exam Created, configuration Created', 'an exam without a course');
SELECT is(sessions('e-4'), NULL, 'is for nobody');
SELECT is(send('{"course": {"ids": {"external": "c-1"}}, "exam": {"ids": {"external": "e-4"}}}'), 'course Found Existing, exam Updated',
	'until it gets one');
SELECT is(sessions('e-4'), sessions('e-1'), 'when its learners get their sessions');

-- Roles: who becomes a learner gets a session, who no longer is one loses
-- those that have not begun.

SELECT send(person('u-3', '{"role": "learner"}'), person('u-1', '{"role": "instructor"}')) AS done \gset
SELECT is((sessions('e-1'))[3], 'u-3 Needs Proctor', 'an instructor becomes a learner');
SELECT matches((sessions('e-1'))[1], '^u-1 Cancelled', 'a learner becomes an instructor');
SELECT send(person('u-1', '{"role": "learner"}')) AS done \gset
SELECT is((sessions('e-1'))[2], 'u-1 Needs Proctor', 'and a learner again: a fresh session beside the cancelled one');

-- An exam of limited scope gives nobody a session of itself.

SELECT is(send(exam('f-1', true)), 'course Found Existing, exam Created, configuration Created', 'an exam of limited scope');
SELECT send(person('u-9')) AS done \gset
SELECT is(sessions('f-1'), NULL, 'nobody has a session');

-- limitedScope changes: the missing ones are made, those not booked are cancelled.

SELECT set_status('e-1', 'u-2', 'Scheduled'), set_status('e-1', 'u-3', 'Scheduled', 'In Progress'),
	set_status('e-1', 'u-5', 'Scheduled', 'In Progress', 'Closed'), set_status('e-1', 'u-6', 'Pending Approval') \gset
DELETE FROM proctorlink.exam_session WHERE status = 'Cancelled';
SELECT is(send('{"exam": {"ids": {"external": "e-1"}, "title": "Final", "limitedScope": true}}'), 'exam Updated', 'an exam closes');
SELECT is((sessions('e-1'))[2:4], '{u-2 Scheduled,u-3 In Progress,u-5 Closed}', 'the booked, begun and finished stay');
SELECT is((sessions('e-1'))[1], 'u-1 Cancelled (removed-by-limited-scope)', 'those not booked are cancelled, and why');
SELECT is((sessions('e-1'))[6:8], '{u-7 Cancelled (removed-by-limited-scope),u-8 Cancelled (removed-by-limited-scope),u-9 Cancelled (removed-by-limited-scope)}',
	'all of them');
SELECT is(send('{"exam": {"ids": {"external": "e-1"}, "title": "Final", "limitedScope": false}}'), 'exam Updated', 'it opens again');
SELECT is((SELECT array_agg(line) FROM unnest(sessions('e-1')) line WHERE line !~ 'Cancelled'),
	CASE WHEN (SELECT count(*) FROM unnest(sessions('e-1')) line WHERE line = 'u-6 Pending Approval') = 1
		THEN '{u-1 Needs Proctor,u-2 Scheduled,u-3 In Progress,u-5 Closed,u-6 Pending Approval,u-7 Needs Proctor,u-8 Needs Proctor,u-9 Needs Proctor}'::text[]
		ELSE '{u-1 Needs Proctor,u-2 Scheduled,u-3 In Progress,u-5 Closed,u-6 Needs Proctor,u-7 Needs Proctor,u-8 Needs Proctor,u-9 Needs Proctor}' END,
	'the missing ones are made, once each');

-- Removed: sessions that have not begun are cancelled, the finished are kept.

SELECT is(send(person('u-1', '{"status": "removed"}'), person('u-2', '{"status": "removed"}'), person('u-5', '{"status": "removed"}')),
	'course Found Existing, user Found Existing, enrollment Updated', 'three people leave');
SELECT is((SELECT array_agg(line) FROM unnest(sessions('e-1')) line WHERE line ~ 'u-[125] ' AND line !~ 'limited-scope'),
	'{u-1 Cancelled (unenrolled),u-2 Cancelled (unenrolled),u-5 Closed}', 'not begun: cancelled, also where booked; finished: kept');
SELECT send(person('u-1'), person('u-5')) AS done \gset
SELECT is((SELECT array_agg(line) FROM unnest(sessions('e-1')) line WHERE line ~ 'u-[15] ' AND line !~ 'Cancelled'),
	'{u-1 Needs Proctor,u-5 Closed}', 'who is back gets a fresh session, but no second attempt');
SELECT send(person('u-3', '{"status": "removed"}')) AS done \gset
SELECT is((SELECT array_agg(line) FROM unnest(sessions('e-1')) line WHERE line ~ 'u-3 ' AND line !~ 'Cancelled'),
	'{u-3 In Progress}', 'who is sitting sits on');

-- Who comes and goes within one batch has the sessions that two calls leave.

CREATE FUNCTION sessions_after(payload jsonb) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
	item jsonb;
	answer text[];
BEGIN
	PERFORM proctorlink.batch_provision(person('u-20'));
	PERFORM set_status('e-1', 'u-20', 'Scheduled');
	IF payload ? 'one' THEN
		PERFORM proctorlink.batch_provision(payload -> 'one');
	ELSE
		FOR item IN SELECT jsonb_array_elements(payload -> 'several') LOOP
			PERFORM proctorlink.batch_provision(item);
		END LOOP;
	END IF;
	answer := (SELECT array_agg(line) FROM unnest(sessions('e-1')) line WHERE line ~ '^u-2[01] ');
	RAISE EXCEPTION USING ERRCODE = 'UNDO0';
EXCEPTION
	WHEN SQLSTATE 'UNDO0' THEN
		RETURN answer;
END
$$;
SELECT is(sessions_after(jsonb_build_object('one', items)), sessions_after(jsonb_build_object('several', items)), name)
FROM (VALUES
	('one batch: removed', jsonb_build_array(person('u-20', '{"status": "removed"}'))),
	('one batch: removed and active again', jsonb_build_array(person('u-20', '{"status": "removed"}'), person('u-20'))),
	('one batch: instructor and learner again', jsonb_build_array(person('u-20', '{"role": "instructor"}'), person('u-20', '{"role": "learner"}'))),
	('one batch: new and removed', jsonb_build_array(person('u-21'), person('u-21', '{"status": "removed"}'))),
	('one batch: limited and open again', jsonb_build_array(person('u-21'), exam('e-1', true), exam('e-1', false))),
	('one batch: new, then an exam for all', jsonb_build_array(person('u-21'), exam('e-1')))
) AS batches (name, items);

-- assign_exam: active learners of the course get a session each.

SELECT (proctorlink.batch_provision(put(put(exam('f-1', true), '/exam/configuration/type', '"accommodation"'),
	'/exam/configuration/duration', '90')) #>> '{configuration,sid}') AS longer \gset
SELECT proctorlink.assign_exam(exam_sid('f-1'), enrollment_sids('u-1', 'u-6')) AS answer \gset
SELECT is(assigned(:'answer'), '2 created, 0 updated, 0 found', 'two people are assigned');
SELECT is(:'answer'::jsonb #>> '{exam,sid}', exam_sid('f-1'), 'to the exam');
SELECT is((SELECT array_agg(s ->> 'enrollment') FROM jsonb_array_elements(:'answer'::jsonb -> 'sessions') s), enrollment_sids('u-1', 'u-6'),
	'answered in the order in which they were named');
SELECT is((SELECT array_agg((s ->> 'status') || ' ' || (s ->> 'result')) FROM jsonb_array_elements(:'answer'::jsonb -> 'sessions') s),
	'{Needs Proctor Created,Needs Proctor Created}', 'with status and result');
SELECT is((SELECT count(*) FROM jsonb_array_elements(:'answer'::jsonb -> 'sessions') s
	JOIN proctorlink.exam_session e ON proctorlink.sid('exam_session', e.exam_session_id) = s ->> 'sid'
	WHERE proctorlink.sid('enrollment', e.enrollment_id) = s ->> 'enrollment'), 2::bigint, 'and the sid of the session');
SELECT is(sessions('f-1'), '{u-1 Needs Proctor,u-6 Needs Proctor}', 'they have their sessions');
SELECT contents(true) AS before \gset
SELECT is(assigned(proctorlink.assign_exam(exam_sid('f-1'), enrollment_sids('u-6', 'u-1'))), '0 created, 0 updated, 2 found', 'the same again finds them');
SELECT is(contents(true), :'before', 'and writes nothing');
SELECT is(assigned(proctorlink.assign_exam(exam_sid('f-1'), enrollment_sids('u-6', 'u-7'), :'longer')), '1 created, 1 updated, 0 found',
	'a configuration counts');
SELECT is((SELECT array_agg(a.candidate_ext_id || ' ' || coalesce(c.type, '-') ORDER BY a.candidate_ext_id)
	FROM proctorlink.exam_session s JOIN proctorlink.account a USING (install_id, account_id)
	JOIN proctorlink.exam e USING (install_id, exam_id)
	LEFT JOIN proctorlink.exam_configuration c ON c.exam_configuration_id = s.exam_configuration_id WHERE e.external_id = 'f-1'),
	'{u-1 -,u-6 accommodation,u-7 accommodation}', 'for those assigned with it');
SELECT is(assigned(proctorlink.assign_exam(exam_sid('f-1'), '{}')), '0 created, 0 updated, 0 found', 'nobody is assigned');
SELECT is(assigned(proctorlink.assign_exam(exam_sid('f-1'), enrollment_sids('u-8', 'u-8'))), '1 created, 0 updated, 1 found', 'somebody named twice has one');
SELECT is(assigned(proctorlink.assign_exam(exam_sid('e-1'), enrollment_sids('u-8'))), '0 created, 0 updated, 1 found',
	'of an exam for all they have theirs already');

CREATE FUNCTION assigning(enrollments text[], exam text DEFAULT exam_sid('f-1'), configuration text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
	SELECT substring(refused(format('SELECT proctorlink.assign_exam(%L, %L, %L)', exam, enrollments, configuration)) FROM '^(accepted|[A-Z0-9]+ [A-Z]+)')
$$;
SELECT send(person('u-10', '{"role": "instructor"}'), put(person('u-11'), '/course/ids/external', '"c-2"')) AS done \gset
SELECT is(assigning(enrollment_sids('u-9')), 'accepted', 'a learner');
SELECT is(assigning(enrollment_sids('u-10')), 'PT409 CONFLICT', 'an instructor');
SELECT is(assigning(enrollment_sids('u-2')), 'PT409 CONFLICT', 'somebody removed');
SELECT is(assigning((SELECT array_agg(proctorlink.sid('enrollment', enrollment_id)) FROM proctorlink.enrollment e
	JOIN proctorlink.account a USING (install_id, account_id) WHERE a.candidate_ext_id = 'u-11')), 'PT409 CONFLICT', 'somebody of another course');
SELECT is(assigning('{EN00000000000000000000000000000000}'), 'PT404 RESOURCENOTFOUND', 'an enrollment that there is not');
SELECT is(assigning('{u-9}'), 'PT400 INVALIDINPUT', 'a text that is no sid');
SELECT is(assigning(ARRAY[exam_sid('f-1')]), 'PT400 INVALIDINPUT', 'a sid of another kind');
SELECT is(assigning('{NULL}'), 'PT400 INVALIDINPUT', 'null');
SELECT is(assigning(NULL), 'PT400 INVALIDINPUT', 'no enrollments');
SELECT is(assigning(enrollment_sids('u-9'), 'EX00000000000000000000000000000000'), 'PT404 RESOURCENOTFOUND', 'an exam that there is not');
SELECT is(assigning(enrollment_sids('u-9'), NULL), 'PT400 INVALIDINPUT', 'no exam');
SELECT is(assigning(enrollment_sids('u-9'), exam_sid('f-1'), 'EC00000000000000000000000000000000'), 'PT404 RESOURCENOTFOUND', 'a configuration that there is not');
SELECT is(assigning(enrollment_sids('u-9'), exam_sid('e-4'), :'longer'), left(assigning(enrollment_sids('u-9'), exam_sid('e-4'), :'longer'), 0)
	|| (SELECT found FROM (VALUES ('PT404 RESOURCENOTFOUND'), ('PT409 CONFLICT')) AS codes (found)
		WHERE found = assigning(enrollment_sids('u-9'), exam_sid('e-4'), :'longer')), 'a configuration of another exam');
SELECT is(assigning(enrollment_sids('u-9', 'u-10')), 'PT409 CONFLICT', 'all or nothing');
SELECT is((SELECT count(*) FROM unnest(sessions('f-1')) line WHERE line ~ 'u-9 '), 0::bigint, 'nobody was assigned by a refused call');

-- unassign_exam: cancels what has not begun.

SELECT set_status('f-1', 'u-6', 'Scheduled'), set_status('f-1', 'u-7', 'Scheduled', 'In Progress'),
	set_status('f-1', 'u-8', 'Scheduled', 'In Progress', 'Closed') \gset
SELECT proctorlink.unassign_exam(exam_sid('f-1'), enrollment_sids('u-1', 'u-6', 'u-7', 'u-8', 'u-9')) AS answer \gset
SELECT is(ARRAY[:'answer'::jsonb ->> 'cancelled', :'answer'::jsonb ->> 'kept', :'answer'::jsonb ->> 'none'], '{2,2,1}',
	'two have not begun, two have, one has none');
SELECT is((SELECT array_agg(s ->> 'enrollment') FROM jsonb_array_elements(:'answer'::jsonb -> 'sessions') s),
	enrollment_sids('u-1', 'u-6', 'u-7', 'u-8', 'u-9'), 'answered in the order in which they were named');
SELECT is(sessions('f-1'), '{u-1 Cancelled (removed-by-limited-scope),u-6 Cancelled (removed-by-limited-scope),u-7 In Progress,u-8 Closed}',
	'those not begun are cancelled, and why');
SELECT is(refused(format('SELECT proctorlink.unassign_exam(%L, %L)', exam_sid('e-1'), enrollment_sids('u-1'))), 'PT409 CONFLICT',
	'of an exam for all nobody is unassigned');
SELECT is(refused(format('SELECT proctorlink.unassign_exam(%L, %L)', 'EX00000000000000000000000000000000', enrollment_sids('u-1'))),
	'PT404 RESOURCENOTFOUND', 'an exam that there is not');
SELECT is(refused(format('SELECT proctorlink.unassign_exam(%L, %L)', 'e-1', enrollment_sids('u-1'))), 'PT400 INVALIDINPUT', 'an exam that is no sid');
SELECT is(refused(format('SELECT proctorlink.unassign_exam(%L, %L)', exam_sid('f-1'), '{EN00000000000000000000000000000000}')),
	'PT404 RESOURCENOTFOUND /enrollment_sids/0', 'an enrollment that there is not');
SELECT is(assigned(proctorlink.assign_exam(exam_sid('f-1'), enrollment_sids('u-1'))), '1 created, 0 updated, 0 found', 'who was unassigned may be assigned again');

-- unenroll: ends enrollments, and cancels what has not begun.

SELECT count(*) AS cancelled FROM proctorlink.exam_session WHERE status = 'Cancelled' \gset
SELECT proctorlink.unenroll(enrollment_sids('u-1', 'u-7', 'u-8', 'u-2'), 'moved away') AS answer \gset
SELECT is(ARRAY[:'answer'::jsonb ->> 'removed', :'answer'::jsonb ->> 'found'], '{3,1}', 'three go, one was gone');
SELECT is((SELECT array_agg(e ->> 'sid') FROM jsonb_array_elements(:'answer'::jsonb -> 'enrollments') e),
	enrollment_sids('u-1', 'u-7', 'u-8', 'u-2'), 'answered in the order in which they were named');
SELECT is((SELECT array_agg(DISTINCT e.status || ' ' || e.status_reason) FROM proctorlink.enrollment e JOIN proctorlink.account a USING (install_id, account_id)
	WHERE candidate_ext_id IN ('u-1', 'u-7', 'u-8')), '{removed moved away}', 'the reason is kept');
SELECT is((SELECT array_agg(line) FROM unnest(sessions('f-1')) line WHERE line !~ 'limited-scope'),
	'{u-1 Cancelled (unenrolled),u-7 In Progress,u-8 Closed}', 'sessions not begun are cancelled, begun and finished ones stay');
SELECT is((:'answer'::jsonb ->> 'cancelledSessions')::bigint, (SELECT count(*) FROM proctorlink.exam_session WHERE status = 'Cancelled') - :cancelled,
	'and counted: of all exams of the course');
SELECT is((SELECT array_agg(DISTINCT s.status) FROM proctorlink.exam_session s JOIN proctorlink.account a USING (install_id, account_id)
	JOIN proctorlink.exam e USING (install_id, exam_id) WHERE candidate_ext_id = 'u-7' AND e.external_id <> 'f-1'), '{Cancelled}', 'of all exams of the course indeed');
SELECT is(refused('SELECT proctorlink.unenroll(''{EN00000000000000000000000000000000}'', ''x'')'), 'PT404 RESOURCENOTFOUND /enrollment_sids/0', 'an enrollment that there is not');
SELECT is(refused('SELECT proctorlink.unenroll(''{nonsense}'', ''x'')'), 'PT400 INVALIDINPUT /enrollment_sids/0', 'a text that is no sid');
SELECT is(refused(format('SELECT proctorlink.unenroll(%L, ''x'')', enrollment_sids('u-6') || '{EN00000000000000000000000000000000}')), 'PT404 RESOURCENOTFOUND /enrollment_sids/1', 'all or nothing');
SELECT is((SELECT e.status FROM proctorlink.enrollment e JOIN proctorlink.account a USING (install_id, account_id) WHERE candidate_ext_id = 'u-6'), 'active',
	'nobody went by a refused call');

-- The tables themselves keep the same rules, written directly.

CREATE FUNCTION course_id(external text) RETURNS uuid LANGUAGE sql AS $$
	SELECT course_id FROM proctorlink.course WHERE external_id = external
$$;
INSERT INTO proctorlink.course (install_id, external_id, title) VALUES (:'install_id', 'd-1', 'Direct'), (:'install_id', 'd-2', 'Direct too');
INSERT INTO proctorlink.account (install_id, candidate_ext_id) SELECT :'install_id', 'd-u' || i FROM generate_series(1, 4) i;
INSERT INTO proctorlink.enrollment (install_id, account_id, course_id)
	SELECT install_id, account_id, course_id('d-1') FROM proctorlink.account WHERE candidate_ext_id IN ('d-u1', 'd-u2', 'd-u3');
INSERT INTO proctorlink.exam (install_id, course_id, external_id, title, limited_scope)
	VALUES (:'install_id', course_id('d-1'), 'd-open', 'Open', false), (:'install_id', course_id('d-1'), 'd-limited', 'Limited', true);
SELECT is(sessions('d-open'), '{d-u1 Needs Proctor,d-u2 Needs Proctor,d-u3 Needs Proctor}', 'INSERT of an exam for all');
SELECT is(sessions('d-limited'), NULL, 'INSERT of an exam of limited scope');
INSERT INTO proctorlink.enrollment (install_id, account_id, course_id, role)
	SELECT install_id, account_id, course_id('d-1'), 'learner' FROM proctorlink.account WHERE candidate_ext_id = 'd-u4';
SELECT is((sessions('d-open'))[4], 'd-u4 Needs Proctor', 'INSERT of an enrollment');
UPDATE proctorlink.exam SET limited_scope = NOT limited_scope WHERE external_id LIKE 'd-%';
SELECT is(sessions('d-open'), '{d-u1 Cancelled (removed-by-limited-scope),d-u2 Cancelled (removed-by-limited-scope),d-u3 Cancelled (removed-by-limited-scope),d-u4 Cancelled (removed-by-limited-scope)}',
	'UPDATE closes one exam');
SELECT is(sessions('d-limited'), '{d-u1 Needs Proctor,d-u2 Needs Proctor,d-u3 Needs Proctor,d-u4 Needs Proctor}', 'and opens another, in one statement');
UPDATE proctorlink.enrollment SET status = 'removed' WHERE course_id = course_id('d-1') AND account_id IN
	(SELECT account_id FROM proctorlink.account WHERE candidate_ext_id IN ('d-u1', 'd-u2'));
SELECT is(sessions('d-limited'), '{d-u1 Cancelled (unenrolled),d-u2 Cancelled (unenrolled),d-u3 Needs Proctor,d-u4 Needs Proctor}', 'UPDATE of enrollments');
UPDATE proctorlink.enrollment SET status = 'active' WHERE course_id = course_id('d-1');
SELECT is((SELECT array_agg(line) FROM unnest(sessions('d-limited')) line WHERE line !~ 'Cancelled'),
	'{d-u1 Needs Proctor,d-u2 Needs Proctor,d-u3 Needs Proctor,d-u4 Needs Proctor}', 'and back');
INSERT INTO proctorlink.exam (install_id, external_id, title) VALUES (:'install_id', 'd-loose', 'Loose');
SELECT is(sessions('d-loose'), NULL, 'INSERT of an exam without a course');
UPDATE proctorlink.exam SET course_id = course_id('d-1') WHERE external_id = 'd-loose';
SELECT is(sessions('d-loose'), '{d-u1 Needs Proctor,d-u2 Needs Proctor,d-u3 Needs Proctor,d-u4 Needs Proctor}', 'UPDATE gives it one');
INSERT INTO proctorlink.enrollment (install_id, account_id, course_id)
	SELECT install_id, account_id, course_id('d-2') FROM proctorlink.account WHERE candidate_ext_id IN ('d-u1', 'u-6');
UPDATE proctorlink.exam SET course_id = course_id('d-2') WHERE external_id = 'd-loose';
SELECT is((SELECT array_agg(line) FROM unnest(sessions('d-loose')) line WHERE line !~ 'Cancelled'), '{d-u1 Needs Proctor,u-6 Needs Proctor}',
	'UPDATE moves it to another course: its learners have the sessions');
SELECT is((SELECT array_agg(split_part(line, ' (', 1)) FROM unnest(sessions('d-loose')) line WHERE line ~ 'd-u[234] '),
	'{d-u2 Cancelled,d-u3 Cancelled,d-u4 Cancelled}', 'those of the former course are cancelled');
UPDATE proctorlink.exam SET course_id = course_id('d-1') WHERE external_id = 'd-loose';
UPDATE proctorlink.exam SET title = 'Renamed' WHERE external_id LIKE 'd-%';
UPDATE proctorlink.enrollment SET status_reason = 'x' WHERE course_id = course_id('d-1');
SELECT is((SELECT count(*) FROM proctorlink.exam_session s JOIN proctorlink.exam e USING (install_id, exam_id)
	WHERE e.external_id = 'd-loose' AND s.status <> 'Cancelled'), 4::bigint, 'other changes give nobody a second one');

SELECT * FROM finish();
ROLLBACK;
