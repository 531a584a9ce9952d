-- test/pgtap/proctoru_held.sql
--		A booking leaves out what asks a second time what the door has asked: it
--		comes to the same as where a customer's trigger has everything asked. Where
--		such a trigger changes what is written, that is asked about.

BEGIN;
\ir helpers.psql
\ir sittings.psql
\ir bookings.psql
SELECT plan(41);

CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$;
-- What a booking answers after a statement, and what is there then, all taken back.
CREATE FUNCTION after(statement text, changes jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text;
	written text;
BEGIN
	EXECUTE statement;
	message := rule(book(changes || '{"reservation_id": "r-9"}'));
	SELECT concat_ws(' ', s.status, s.attempt, a.candidate_ext_id, x.external_id, c.extra_time_minutes, c.title LIKE x.title || ' %', c.external_id = proctorlink.sid('SC', c.schedule_id),
			(SELECT p.user_id FROM proctorlink.provider_account p WHERE p.account_id = s.account_id)) INTO written
		FROM proctorlink.exam_session s JOIN proctorlink.account a USING (account_id) JOIN proctorlink.schedule c USING (schedule_id) JOIN proctorlink.exam x ON x.exam_id = s.exam_id
		WHERE s.reservation_id = 'r-9';
	RAISE EXCEPTION USING ERRCODE = 'UNDO0';
EXCEPTION
	WHEN SQLSTATE 'UNDO0' THEN
		RETURN concat_ws(': ', message, written);
END
$$;

INSERT INTO proctorlink.exam (install_id, external_id, title, duration_minutes, published, accommodation_for)
	VALUES (install_id(), 'longer', 'Longer', 90, true, exam_id('e-1')), (install_id(), 'draft', 'Draft', 60, false, NULL);
SELECT is(book(), 'ok', 'somebody has a booking');
CREATE TEMP TABLE cases (name text, statement text, changes jsonb, outcome text);
INSERT INTO cases VALUES
	('somebody new', 'SELECT', '{"user_id": "pu-9"}', 'ok: Scheduled 1 pu-9 e-1 0 t t pu-9'),
	('somebody known', 'SELECT', '{"exam_id": "e-2", "start_date": "2090-01-01T10:00:00Z"}', 'ok: Scheduled 1 pu-1 e-2 0 t t pu-1'),
	('one who overlaps', 'SELECT', '{"exam_id": "e-2"}', 'OVERLAP'),
	('one with special needs', 'UPDATE proctorlink.account SET special_needs = true, reasonable_adjustment_percentage = 25 WHERE candidate_ext_id = ''pu-1''',
		'{"exam_id": "e-2", "start_date": "2090-01-01T10:00:00Z"}', 'proctoru_no_extra_time'),
	('who overlaps besides', 'UPDATE proctorlink.account SET special_needs = true, reasonable_adjustment_percentage = 25 WHERE candidate_ext_id = ''pu-1''',
		'{"exam_id": "e-2"}', 'proctoru_no_extra_time'),
	('one whose needs come to nothing', 'UPDATE proctorlink.account SET special_needs = true WHERE candidate_ext_id = ''pu-1''',
		'{"exam_id": "e-2", "start_date": "2090-01-01T10:00:00Z"}', 'ok: Scheduled 1 pu-1 e-2 0 t t pu-1'),
	('the longer exam', 'SELECT', '{"user_id": "pu-9", "exam_id": "longer", "duration": null}', 'accommodation_exam_only_for_eligible'),
	('of one who is known', 'SELECT', '{"exam_id": "longer", "duration": null, "start_date": "2090-01-01T10:00:00Z"}', 'accommodation_exam_only_for_eligible'),
	('of one who was entered', 'SELECT proctorlink.allow_accommodation(''longer'', ''{pu-9}'')', '{"user_id": "pu-9", "exam_id": "longer", "duration": null}',
		'ok: Scheduled 1 pu-9 longer 0 t t pu-9'),
	('one who was disabled', 'UPDATE proctorlink.account SET status = ''disabled'' WHERE candidate_ext_id = ''pu-1''', '{"start_date": "2090-01-01T10:00:00Z"}', 'not_allowed'),
	('one with a session', format('INSERT INTO proctorlink.exam_session (install_id, exam_id, account_id) VALUES (%L, %L, %L)', install_id(), exam_id('e-2'),
		(booked()).account_id), '{"exam_id": "e-2", "start_date": "2090-01-01T10:00:00Z"}', 'ok: Scheduled 1 pu-1 e-2 0 t t pu-1'),
	('one attempt too many', 'UPDATE proctorlink.exam_configuration SET attempts = 1', '{"start_date": "2090-01-01T10:00:00Z"}', 'session_attempts_left'),
	('the second of two', 'UPDATE proctorlink.exam_configuration SET attempts = 2', '{"start_date": "2090-01-01T10:00:00Z"}', 'ok: Scheduled 2 pu-1 e-1 0 t t pu-1'),
	('a draft', 'SELECT', '{"user_id": "pu-9", "exam_id": "draft"}', 'proctoru_exam_is_published'),
	('an owner who is none', 'UPDATE proctorlink.account SET role = ''candidate'' WHERE candidate_ext_id = ''scheduler''', '{"user_id": "pu-9"}', 'schedule_has_an_owner_who_may_schedule'),
	('a node without schedules', 'UPDATE proctorlink.hierarchy SET allow_schedules = false', '{"user_id": "pu-9"}', 'schedule_hierarchy_selectable'),
	('a username of another', 'UPDATE proctorlink.account SET username = ''pu-9'' WHERE candidate_ext_id = ''u-2''', '{"user_id": "pu-9"}', 'username_unique');

SELECT is(after(statement, changes), outcome, name) FROM cases;
SAVEPOINT triggers;
CREATE TRIGGER quiet BEFORE INSERT ON proctorlink.course FOR EACH ROW EXECUTE FUNCTION nothing();
SELECT is(after(statement, changes), outcome, 'beside a trigger of a customer: ' || name) FROM cases;
ROLLBACK TO triggers;

-- Triggers that write something else than the door has asked about.

CREATE FUNCTION other_keys() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_TABLE_NAME = 'schedule' THEN
		NEW.owner_id := gen_random_uuid();
	ELSE
		NEW.account_id := gen_random_uuid();
	END IF;
	RETURN NEW;
END
$$;
SELECT is(after(format('CREATE TRIGGER a BEFORE INSERT ON proctorlink.%I FOR EACH ROW EXECUTE FUNCTION other_keys()', name), '{"user_id": "pu-9"}'), outcome, 'another key in ' || name)
FROM (VALUES ('schedule', 'schedule_owner_fkey'), ('exam_session', 'exam_session_account_fkey'), ('provider_account', 'provider_account_account_fkey')) AS tables (name, outcome);

-- Keys of rows that are there, but that the rules do not take.
INSERT INTO proctorlink.hierarchy (install_id, parent_id, title, organisation_id, allow_schedules)
	SELECT install_id, hierarchy_id, 'Closed', 'closed', false FROM proctorlink.hierarchy WHERE install_id = install_id() AND is_root;
UPDATE proctorlink.account SET special_needs = true, reasonable_adjustment_percentage = 25 WHERE candidate_ext_id = 'u-2';
CREATE FUNCTION other_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_TABLE_NAME = 'schedule' THEN
		NEW.hierarchy_id := (SELECT hierarchy_id FROM proctorlink.hierarchy WHERE organisation_id = 'closed');
	ELSE
		NEW.account_id := account_id('u-2');
	END IF;
	RETURN NEW;
END
$$;
SELECT is(after(format('CREATE TRIGGER a BEFORE INSERT ON proctorlink.%I FOR EACH ROW EXECUTE FUNCTION other_rows()', name), '{"user_id": "pu-9"}'), outcome, 'another row in ' || name)
FROM (VALUES ('schedule', 'schedule_hierarchy_selectable'), ('exam_session', 'proctoru_no_extra_time')) AS tables (name, outcome);

SELECT is((SELECT string_agg(check_name, ' ') FROM proctorlink.post_restore() WHERE rows <> 0), NULL, 'all keys and rules hold');
SELECT * FROM finish();
ROLLBACK;
