-- bookings.sql
--		Does one call on one of two installs, and tells which rules of the design
--		do not hold after it. The rules are written down here once more, from the
--		design and not from the code.

SET client_min_messages TO warning;

CREATE TABLE kept (name text PRIMARY KEY, value text);
CREATE FUNCTION kept(wanted text) RETURNS text STABLE LANGUAGE sql AS $$
	SELECT value FROM kept WHERE name = wanted
$$;

-- ----------
-- A world: two installs that share their external ids
-- ----------

-- Rows as they were after the last call; and all numbers that reservations had.
CREATE UNLOGGED TABLE was_session (LIKE proctorlink.exam_session);
CREATE UNLOGGED TABLE was_schedule (LIKE proctorlink.schedule);
CREATE UNLOGGED TABLE was_account (LIKE proctorlink.account);
CREATE UNLOGGED TABLE was_provider_account (LIKE proctorlink.provider_account);
CREATE UNLOGGED TABLE was_exam (LIKE proctorlink.exam);
CREATE UNLOGGED TABLE was_numbered (install_id uuid, reservation_no bigint, exam_session_id uuid, PRIMARY KEY (install_id, reservation_no));

CREATE FUNCTION remember(i uuid) RETURNS void LANGUAGE plpgsql SET enable_seqscan = off SET jit = off AS $$
BEGIN
	DELETE FROM was_session WHERE install_id = i;
	INSERT INTO was_session SELECT * FROM proctorlink.exam_session WHERE install_id = i;
	DELETE FROM was_schedule WHERE install_id = i;
	INSERT INTO was_schedule SELECT * FROM proctorlink.schedule WHERE install_id = i;
	DELETE FROM was_account WHERE install_id = i;
	INSERT INTO was_account SELECT * FROM proctorlink.account WHERE install_id = i;
	DELETE FROM was_provider_account WHERE install_id = i;
	INSERT INTO was_provider_account SELECT * FROM proctorlink.provider_account WHERE install_id = i;
	DELETE FROM was_exam WHERE install_id = i;
	INSERT INTO was_exam SELECT * FROM proctorlink.exam WHERE install_id = i;
	INSERT INTO was_numbered SELECT install_id, reservation_no, exam_session_id FROM proctorlink.exam_session
	WHERE install_id = i AND reservation_no IS NOT NULL ON CONFLICT DO NOTHING;
END
$$;

CREATE FUNCTION new_world() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	place text;
	install text;
	i uuid;
	item jsonb := '{"course": {"ids": {"external": "c-1"}, "title": "Course", "code": "C"}}';
	exam jsonb := '{"ids": {"external": "E-1"}, "title": "One", "limitedScope": true, "configuration": {"url": "https://platform.test/1",
		"password": "open-sesame", "duration": 60, "attempts": 3, "access": {"open": "2025-01-01T00:00:00Z", "close": "2045-12-31T00:00:00Z"},
		"proctorTypes": {"TS4b894875d26194988853e490dfb9bc41": {}}}}';
BEGIN
	TRUNCATE kept, was_session, was_schedule, was_account, was_provider_account, was_exam, was_numbered;
	-- Appointments are made relative to this, so that they can meet exactly.
	INSERT INTO kept VALUES ('base', date_trunc('hour', now()) + interval '3 days');
	FOREACH place IN ARRAY '{there,here}'::text[] LOOP
		install := proctorlink.create_install(place, 'https://platform.test');
		i := proctorlink.sid_uuid(install);
		INSERT INTO kept VALUES (place || ' install', install);
		INSERT INTO kept SELECT place || ' ' || name, proctorlink.create_integration(install, provider, 'https://provider.test/') ->> 'sid'
		FROM (VALUES ('first', 'proctoru'), ('second', 'proctoru'), ('other', 'other')) v (name, provider);
		INSERT INTO proctorlink.account (install_id, candidate_ext_id, username, role)
			SELECT i, v.* FROM (VALUES ('boss', 'boss', 'scheduler'), ('deputy', 'deputy', 'scheduler'), ('clerk', 'clerk', 'candidate')) v;
		PERFORM proctorlink.configure_install(install, '{"defaultScheduler": "boss"}');
		INSERT INTO proctorlink.hierarchy (install_id, parent_id, organisation_id, title, archived, allow_schedules)
			SELECT i, hierarchy_id, v.* FROM proctorlink.hierarchy, (VALUES ('law', 'Law', false, true), ('med', 'Medicine', false, true),
				('old', 'Old', true, true), ('closed', 'Closed', false, false)) v WHERE is_root AND install_id = i;
		PERFORM proctorlink.provision(install, jsonb_agg(item || jsonb_build_object(
				'user', jsonb_build_object('ids', jsonb_build_object('external', 'u-' || n), 'firstName', 'Ada', 'lastName', 'Byron', 'email', format('m%s@example.org', n)),
				'exam', CASE n % 2 WHEN 0 THEN exam ELSE exam || '{"ids": {"external": "E-4"}, "title": "Four", "limitedScope": false}' END)))
		FROM generate_series(1, 3) AS n;
		INSERT INTO proctorlink.exam (install_id, external_id, title, duration_minutes, extra_time_minutes, published, keycode)
			SELECT i, v.* FROM (VALUES ('E-2', 'Without limit', NULL, 15, true, false), ('E-3', 'Draft', 60, 0, false, false),
				('E-5', 'With keycode', 60, 30, true, true)) v;
		PERFORM remember(i);
	END LOOP;
END
$$;

-- ----------
-- Calls as they are sent
-- ----------

CREATE FUNCTION utc(at timestamptz) RETURNS text STABLE LANGUAGE sql AS $$
	SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;

-- The step with what its @placeholders@ stand for in an install: times from now
-- or from the base, in steps parted by |, counted in UTC; sids of the install, of its integrations and
-- of rows; one of the reservations, whose it is, and its present or former
-- number; one of the schedules; accommodation exams. What is not there is named
-- all the same.
CREATE FUNCTION expanded(step text, place text) RETURNS jsonb STABLE LANGUAGE plpgsql AS $$
DECLARE
	i uuid := proctorlink.sid_uuid(kept(place || ' install'));
	reference text[];
	at timestamp;
	value text;
BEGIN
	FOR reference IN SELECT DISTINCT regexp_matches(step,
		'@(now|base|install|first|second|other|live|whose|sitting|no|former|twin|account|enrollment|exam|exam_session)\M([^@]*)@', 'g') LOOP
		CASE
			WHEN reference[1] IN ('now', 'base') THEN
				at := (CASE reference[1] WHEN 'now' THEN now() ELSE kept('base')::timestamptz END) AT TIME ZONE 'UTC';
				FOREACH value IN ARRAY string_to_array(reference[2], '|') LOOP
					at := at + coalesce(nullif(value, ''), '0')::interval;
				END LOOP;
				value := utc(at AT TIME ZONE 'UTC');
			WHEN reference[1] IN ('install', 'first', 'second', 'other') THEN
				value := kept(place || ' ' || reference[1]);
			WHEN reference[1] IN ('live', 'whose', 'no', 'former') THEN
				SELECT CASE reference[1] WHEN 'live' THEN r.reservation_id WHEN 'whose' THEN p.user_id WHEN 'no' THEN r.reservation_no::text
					ELSE (SELECT min(f.reservation_no)::text FROM proctorlink.former_reservation f WHERE f.install_id = i AND f.exam_session_id = r.exam_session_id) END
				INTO value
				FROM (SELECT *, row_number() OVER (ORDER BY status = 'Cancelled', reservation_id, integration_id) - 1 AS place, count(*) OVER () AS many
					FROM proctorlink.exam_session WHERE install_id = i AND reservation_id IS NOT NULL) r
				LEFT JOIN proctorlink.provider_account p ON p.install_id = i AND p.integration_id = r.integration_id AND p.account_id = r.account_id
				WHERE r.place = reference[2]::int % r.many;
				value := coalesce(value, CASE WHEN reference[1] IN ('no', 'former') THEN '77' ELSE 'none' END);
			WHEN reference[1] = 'sitting' THEN
				SELECT r.external_id INTO value
				FROM (SELECT *, row_number() OVER (ORDER BY integration_id NULLS FIRST, external_id) - 1 AS place, count(*) OVER () AS many FROM proctorlink.schedule WHERE install_id = i) r
				WHERE r.place = reference[2]::int % r.many;
				value := coalesce(value, 'none');
			WHEN reference[1] = 'twin' THEN
				SELECT max(t.external_id) INTO value FROM proctorlink.exam x JOIN proctorlink.exam t ON t.install_id = i AND t.accommodation_for = x.exam_id
				WHERE x.install_id = i AND x.external_id = ltrim(reference[2]);
				value := coalesce(value, 'none');
			ELSE
				EXECUTE format('SELECT proctorlink.sid(%1$L, t.%1$s_id) FROM proctorlink.%1$I t WHERE install_id = $1 AND (%2$s) ORDER BY 1 LIMIT 1',
					reference[1], reference[2]) INTO value USING i;
				value := coalesce(value, left(proctorlink.sid(reference[1], i), 2) || repeat('0f', 16));
		END CASE;
		step := replace(step, format('@%s%s@', VARIADIC reference), value);
	END LOOP;
	RETURN step;
END
$$;

-- What an install holds: where each version of a row stands, and who wrote it.
-- What is refused leaves an event, and a batch is kept with its refusals.
CREATE FUNCTION fingerprint(i uuid, events boolean) RETURNS text STABLE LANGUAGE sql SET enable_seqscan = off SET jit = off AS $$
	SELECT md5(string_agg(v, ' '))
	FROM (
		SELECT 'i' || ctid || xmin FROM proctorlink.install WHERE install_id = i
		UNION ALL (SELECT 'r' || ctid || xmin FROM proctorlink.role WHERE install_id = i ORDER BY ctid)
		UNION ALL (SELECT 'h' || ctid || xmin FROM proctorlink.hierarchy WHERE install_id = i ORDER BY ctid)
		UNION ALL (SELECT 'a' || ctid || xmin FROM proctorlink.hierarchy_access WHERE install_id = i ORDER BY ctid)
		UNION ALL (SELECT 'n' || ctid || xmin FROM proctorlink.integration WHERE install_id = i ORDER BY ctid)
		UNION ALL (SELECT 'k' || ctid || xmin FROM proctorlink.signing_key WHERE install_id = i ORDER BY ctid)
		UNION ALL (SELECT 'w' || ctid || xmin FROM proctorlink.webhook_secret WHERE install_id = i ORDER BY ctid)
		UNION ALL (SELECT 'u' || ctid || xmin FROM proctorlink.account WHERE install_id = i ORDER BY ctid)
		UNION ALL (SELECT 's' || ctid || xmin FROM proctorlink.account_share WHERE install_id = i ORDER BY ctid)
		UNION ALL (SELECT 'p' || ctid || xmin FROM proctorlink.provider_account WHERE install_id = i ORDER BY ctid)
		UNION ALL (SELECT 'c' || ctid || xmin FROM proctorlink.course WHERE install_id = i ORDER BY ctid)
		UNION ALL (SELECT 'e' || ctid || xmin FROM proctorlink.enrollment WHERE install_id = i ORDER BY ctid)
		UNION ALL (SELECT 'x' || ctid || xmin FROM proctorlink.exam WHERE install_id = i ORDER BY ctid)
		UNION ALL (SELECT 'o' || ctid || xmin FROM proctorlink.exam_configuration WHERE install_id = i ORDER BY ctid)
		UNION ALL (SELECT 't' || ctid || xmin FROM proctorlink.exam_secret WHERE install_id = i ORDER BY ctid)
		UNION ALL (SELECT 'm' || ctid || xmin FROM proctorlink.accommodation WHERE install_id = i ORDER BY ctid)
		UNION ALL (SELECT 'd' || ctid || xmin FROM proctorlink.schedule WHERE install_id = i ORDER BY ctid)
		UNION ALL (SELECT 'b' || ctid || xmin FROM proctorlink.exam_session WHERE install_id = i ORDER BY ctid)
		UNION ALL (SELECT 'f' || ctid || xmin FROM proctorlink.former_reservation WHERE install_id = i ORDER BY ctid)
		UNION ALL (SELECT 'g' || ctid || xmin FROM proctorlink.event WHERE install_id = i AND events ORDER BY ctid)
		UNION ALL (SELECT 'l' || ctid || xmin FROM proctorlink.batch WHERE install_id = i AND events ORDER BY ctid)
		) AS rows (v)
$$;

-- ----------
-- Answers
-- ----------

-- The messages that each function of ProctorU's door may answer.
CREATE FUNCTION is_message(message text, kind text) RETURNS boolean IMMUTABLE LANGUAGE sql AS $$
	SELECT message = ANY (CASE kind
			WHEN 'add' THEN '{Exam Not found,reservation_id_EXIST_FOR_THIS_INSTITUTION,TimeZone not found.,start_date in the past,OVERLAP}'
			WHEN 'move' THEN '{Student Not found,Reservation Not found,RESERVATION_NOT_FOR_THIS_INSTITUTION,Reservation Cancelled.,start_date in the past,OVERLAP}'
			WHEN 'remove' THEN '{Student Not found,Reservation Not found,RESERVATION_NOT_FOR_THIS_INSTITUTION,Reservation Cancelled.}'
			WHEN 'begin' THEN '{Student Not found,Reservation Not found,RESERVATION_NOT_FOR_THIS_INSTITUTION,Reservation Cancelled.,Reservation is in the future}'
			WHEN 'list' THEN '{Student Not found}'
			WHEN 'edit' THEN '{TimeZone not found.}'
		END::text[])
		OR message = 'stale request'
		OR message ~ '^[a-z_]+ is (required|not valid)$'
		OR message ~ (CASE kind
			WHEN 'add' THEN '^(schedule_\w+|proctoru_\w+|accommodation_exam_only_for_eligible|session_status_allowed|session_attempts_left|candidate_ext_id_unique|username_unique|provider_user_id_never_changes|provider_student_id_unique|reservation_no_unique|not_allowed|conflict|AUTHENTICATIONFAILED): .'
			WHEN 'move' THEN '^(schedule_\w+|proctoru_\w+|accommodation_exam_only_for_eligible|session_status_allowed|reservation_no_unique|AUTHENTICATIONFAILED): .'
			WHEN 'edit' THEN '^(provider_student_id_unique|AUTHENTICATIONFAILED): .'
			WHEN 'begin' THEN '^(session_status_allowed|schedule_\w+|session\.status|not_allowed|AUTHENTICATIONFAILED): .'
			WHEN 'remove' THEN '^(session_status_allowed|AUTHENTICATIONFAILED): .'
			ELSE '^AUTHENTICATIONFAILED: .' END)
$$;

CREATE FUNCTION keys(object jsonb) RETURNS text STABLE LANGUAGE sql AS $$
	SELECT string_agg(key, ',' ORDER BY key) FROM jsonb_object_keys(object) AS key
$$;

-- "done", "refused", or what is wrong with the shape of an answer.
CREATE FUNCTION outcome(door text, kind text, answer jsonb) RETURNS text STABLE LANGUAGE plpgsql AS $$
BEGIN
	IF door = 'proctoru' THEN
		IF keys(answer) <> 'data,message,response_code,time_sent' OR answer ->> 'time_sent' !~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$' THEN
			RETURN 'no envelope';
		ELSIF answer -> 'response_code' = '2' THEN
			RETURN CASE WHEN answer -> 'data' <> 'null' THEN 'data in a refusal'
				WHEN is_message(answer ->> 'message', kind) THEN 'refused' ELSE 'an unknown message' END;
		ELSIF answer -> 'response_code' <> '1' OR answer ->> 'message' <> '' THEN
			RETURN 'no code of an answer';
		ELSIF kind = 'list' THEN
			RETURN CASE WHEN EXISTS (SELECT FROM jsonb_array_elements(answer -> 'data') AS line
				WHERE keys(line) <> 'courseno,description,escalated,exam_id,instructor,launch_url,reservation_id,reservation_no,start_date,test')
				THEN 'no list' ELSE 'done' END;
		END IF;
		RETURN CASE WHEN keys((answer -> 'data') - 'warnings') = CASE kind WHEN 'begin' THEN 'url' WHEN 'remove' THEN 'onaccount'
				WHEN 'edit' THEN 'hasimage,profilecomplete,termsaccepted' ELSE 'balance,reservation_id,reservation_no,url' END
			THEN 'done' ELSE 'no data' END;
	ELSIF door = 'eapi' THEN
		IF kind = 'delete_group' AND keys(answer) = 'SuccessfullyRemoved' THEN
			RETURN 'done';
		ELSIF NOT answer ?& '{Content,Success,Errors}' OR answer - '{Content,Success,Errors,Result,Schedule,Candidates,Message}'::text[] <> '{}' THEN
			RETURN 'no envelope';
		ELSIF answer -> 'Success' = 'true' THEN
			RETURN CASE WHEN answer -> 'Errors' = 'null' THEN 'done' ELSE 'errors though done' END;
		ELSIF answer -> 'Success' <> 'false' OR jsonb_typeof(answer -> 'Errors') <> 'array' OR answer -> 'Errors' = '[]'
			OR EXISTS (SELECT FROM jsonb_array_elements(answer -> 'Errors') AS e WHERE keys(e) <> 'Code,Error') THEN
			RETURN 'no errors';
		ELSIF kind IN ('create_schedule', 'add_candidates') AND NOT answer ? 'Message' THEN
			RETURN 'no message';
		END IF;
		RETURN 'refused';
	END IF;
	RETURN 'done';
END
$$;

-- ----------
-- The rules
-- ----------

-- Where a session may go in one step.
CREATE TABLE way (from_status text, to_status text, PRIMARY KEY (from_status, to_status));
INSERT INTO way
SELECT split_part(line, ': ', 1), regexp_split_to_table(split_part(line, ': ', 2), ', ')
FROM unnest(ARRAY['(new): Needs Proctor, Scheduled', 'Needs Proctor: Pending Approval, Scheduled, Cancelled',
	'Pending Approval: Scheduled, Approval Denied, Cancelled', 'Approval Denied: Needs Proctor, Cancelled',
	'Scheduled: Onboarding, Checked In, In Progress, Needs Proctor, Incident, Closed, Cancelled',
	'Onboarding: Checked In, Scheduled, In Progress, Incident, Cancelled', 'Checked In: Scheduled, In Progress, Incident, Cancelled',
	'In Progress: Incident, Processing, Closed', 'Incident: In Progress, Processing, Closed, Cancelled', 'Processing: Incident, Closed']) AS line;

-- A person's extra time on an exam that lasts so long.
CREATE FUNCTION extra_time(a proctorlink.account, duration integer, minutes integer) RETURNS numeric IMMUTABLE LANGUAGE sql AS $$
	SELECT CASE WHEN NOT a.special_needs THEN 0
		WHEN a.reasonable_adjustment_percentage IS NULL THEN minutes
		ELSE coalesce(ceil(duration::numeric * a.reasonable_adjustment_percentage / 100), 0) END
$$;

-- How many attempts a session may have; null where nothing says so.
CREATE FUNCTION attempts_allowed(s proctorlink.exam_session) RETURNS integer STABLE LANGUAGE sql AS $$
	SELECT coalesce((SELECT attempts FROM proctorlink.schedule WHERE install_id = s.install_id AND schedule_id = s.schedule_id),
		(SELECT attempts FROM proctorlink.exam_configuration WHERE install_id = s.install_id AND exam_configuration_id = s.exam_configuration_id),
		(SELECT attempts FROM proctorlink.exam_configuration WHERE install_id = s.install_id AND exam_id = s.exam_id AND type = 'primary'),
		(SELECT attempts FROM proctorlink.exam WHERE install_id = s.install_id AND exam_id = s.exam_id))
$$;

-- Until when a booking keeps its person busy.
CREATE FUNCTION busy_until(s proctorlink.exam_session) RETURNS timestamptz STABLE LANGUAGE sql AS $$
	SELECT coalesce(s.appointment_at + coalesce(c.duration_minutes, x.duration_minutes) * interval '1 minute', c.ends_at, s.appointment_at)
	FROM proctorlink.exam x LEFT JOIN proctorlink.schedule c ON c.install_id = s.install_id AND c.schedule_id = s.schedule_id
	WHERE x.install_id = s.install_id AND x.exam_id = s.exam_id
$$;

-- Which rules the rows of an install break after a call.
CREATE FUNCTION broken(i uuid, kind text, door text, body jsonb, speaks_for uuid) RETURNS SETOF text STABLE LANGUAGE plpgsql SET enable_seqscan = off SET jit = off AS $$
DECLARE
	install_settings jsonb := (SELECT settings FROM proctorlink.install WHERE install_id = i);
	single boolean := NOT (kind = 'provision' AND (body ? 'items' OR jsonb_typeof(body) = 'array'));
BEGIN
	RETURN QUERY
	-- 1: who is who
	SELECT format('1: two accounts have candidate_ext_id %s', candidate_ext_id) FROM proctorlink.account WHERE install_id = i GROUP BY candidate_ext_id HAVING count(*) > 1
	UNION ALL
	SELECT format('1: two accounts have username %s', username) FROM proctorlink.account WHERE install_id = i GROUP BY username HAVING count(*) > 1
	UNION ALL
	SELECT format('1: %s is defaulted and is neither an id nor the sid', candidate_ext_id) FROM proctorlink.account
	WHERE install_id = i AND candidate_ext_id_defaulted AND (candidate_ext_id = ANY (ARRAY[api_id, lms_id, proctorlink.sid('account', account_id)])) IS NOT TRUE
	UNION ALL
	SELECT format('1: new %s (api %s, lms %s, username %s) is not as it should be', a.candidate_ext_id, a.api_id, a.lms_id, a.username)
	FROM proctorlink.account a
	WHERE a.install_id = i AND single AND NOT EXISTS (SELECT FROM was_account w WHERE w.install_id = i AND w.account_id = a.account_id)
		AND ((door NOT IN ('eapi', 'direct') AND a.username <> a.candidate_ext_id)
			OR a.candidate_ext_id_defaulted AND a.candidate_ext_id <> CASE
				WHEN a.api_id IS NOT NULL AND NOT EXISTS (SELECT FROM was_account w WHERE w.install_id = i AND w.candidate_ext_id = a.api_id) THEN a.api_id
				WHEN a.lms_id IS NOT NULL AND NOT EXISTS (SELECT FROM was_account w WHERE w.install_id = i AND w.candidate_ext_id = a.lms_id) THEN a.lms_id
				ELSE proctorlink.sid('account', a.account_id) END)
	UNION ALL
	SELECT format('1: %s became %s (username %s became %s)', w.candidate_ext_id, a.candidate_ext_id, w.username, a.username)
	FROM was_account w LEFT JOIN proctorlink.account a ON a.install_id = i AND a.account_id = w.account_id
	WHERE w.install_id = i AND (a.account_id IS NULL
		OR NOT w.candidate_ext_id_defaulted AND (a.candidate_ext_id_defaulted OR a.candidate_ext_id <> w.candidate_ext_id AND kind <> 'rename')
		OR w.candidate_ext_id <> a.candidate_ext_id AND w.username = w.candidate_ext_id AND a.username <> a.candidate_ext_id)
	UNION ALL
	-- 2: a provider's ids, and one way only
	SELECT format('2: user_id %s of account %s is %s now', w.user_id, w.account_id, coalesce(p.account_id::text, 'nobody''s'))
	FROM was_provider_account w LEFT JOIN proctorlink.provider_account p ON p.install_id = i AND p.integration_id = w.integration_id AND p.user_id = w.user_id
	WHERE w.install_id = i AND (p.user_id IS NULL OR p.account_id <> w.account_id OR w.account_id IS NOT NULL AND p.account_id IS NULL
		OR w.student_id IS NOT NULL AND p.student_id IS NULL)
	UNION ALL
	SELECT format('2: %s has user_id %s by %s', coalesce(p.account_id::text, 'nobody'), p.user_id, kind)
	FROM proctorlink.provider_account p LEFT JOIN was_provider_account w ON w.install_id = i AND w.integration_id = p.integration_id AND w.user_id = p.user_id
	WHERE p.install_id = i AND (w.user_id IS NULL OR w.account_id IS NULL AND p.account_id IS NOT NULL OR w.student_id IS DISTINCT FROM p.student_id)
		AND (kind IN ('add', 'edit', 'link') AND p.integration_id = coalesce(proctorlink.sid_uuid(body ->> 'integration'), speaks_for)
			AND (p.user_id = body ->> 'user_id' OR kind = 'edit' AND w.user_id IS NOT NULL)
			AND (p.account_id IS NULL OR w.account_id IS NOT NULL OR kind <> 'edit')) IS NOT TRUE
	UNION ALL
	SELECT format('2: account %s has two user_ids', account_id) FROM proctorlink.provider_account
	WHERE install_id = i AND account_id IS NOT NULL GROUP BY integration_id, account_id HAVING count(*) > 1
	UNION ALL
	-- 3: who was booked
	SELECT format('3: user_id %s, student_id %s was booked as %s, by %s', body ->> 'user_id', body ->> 'student_id', a.candidate_ext_id, chosen.source)
	FROM proctorlink.exam_session s
	JOIN proctorlink.account a ON a.install_id = i AND a.account_id = s.account_id
	JOIN proctorlink.integration n ON n.install_id = i AND n.integration_id = speaks_for
	CROSS JOIN LATERAL (SELECT coalesce(n.settings ->> 'candidateIdSource', install_settings ->> 'candidateIdSource', 'user_id')) AS chosen (source)
	LEFT JOIN was_account wa ON wa.install_id = i AND wa.account_id = a.account_id
	LEFT JOIN was_provider_account wp ON wp.install_id = i AND wp.integration_id = speaks_for AND wp.user_id = body ->> 'user_id'
	WHERE kind = 'add' AND s.install_id = i AND s.integration_id = speaks_for AND s.reservation_id = body ->> 'reservation_id'
		AND (CASE WHEN wp.account_id IS NOT NULL THEN wp.account_id = a.account_id
			ELSE a.candidate_ext_id = body ->> chosen.source AND NOT a.candidate_ext_id_defaulted
				AND (wa.account_id IS NULL OR chosen.source = 'student_id' OR lower(wa.email) = lower(body ->> 'email')
					OR EXISTS (SELECT FROM was_provider_account o WHERE o.install_id = i AND o.account_id = a.account_id AND o.user_id = body ->> 'user_id'))
			END AND a.status = 'active'
			AND EXISTS (SELECT FROM proctorlink.provider_account p WHERE p.install_id = i AND p.integration_id = speaks_for
				AND p.user_id = body ->> 'user_id' AND p.account_id = a.account_id)) IS NOT TRUE;

	RETURN QUERY
	-- 3 and 4: windows
	SELECT format('3: schedule %s from %s to %s', external_id, utc(starts_at), utc(ends_at)) FROM proctorlink.schedule
	WHERE install_id = i AND (starts_at >= ends_at OR ends_at AT TIME ZONE 'UTC' > (starts_at AT TIME ZONE 'UTC') + interval '24 months')
	UNION ALL
	SELECT format('4: schedule %s lasts %s for %s + %s min', external_id, ends_at - starts_at, duration_minutes, extra_time_minutes) FROM proctorlink.schedule
	WHERE install_id = i AND extract(epoch FROM ends_at - starts_at) <= 60 * (coalesce(duration_minutes, 0)::bigint + extra_time_minutes)
	UNION ALL
	SELECT format('4: new schedule %s of %s min for an exam of %s', s.external_id, s.duration_minutes, x.duration_minutes)
	FROM proctorlink.schedule s JOIN proctorlink.exam x ON x.install_id = i AND x.exam_id = s.exam_id
	WHERE s.install_id = i AND NOT EXISTS (SELECT FROM was_schedule w WHERE w.install_id = i AND w.schedule_id = s.schedule_id)
		AND (CASE kind WHEN 'add' THEN s.duration_minutes >= x.duration_minutes ELSE s.duration_minutes = x.duration_minutes END) IS NOT TRUE
		AND x.duration_minutes IS NOT NULL
	UNION ALL
	-- 5: owners
	SELECT format('5: %s owns schedule %s', a.username, s.external_id)
	FROM proctorlink.schedule s LEFT JOIN was_schedule w ON w.install_id = i AND w.schedule_id = s.schedule_id
	LEFT JOIN proctorlink.account a ON a.install_id = i AND a.account_id = s.owner_id
	LEFT JOIN proctorlink.role r ON r.install_id = i AND r.title = a.role
	WHERE s.install_id = i AND s.ends_at > now() AND w.owner_id IS DISTINCT FROM s.owner_id
		AND (a.status = 'active' AND r.may_schedule AND (w.schedule_id IS NOT NULL OR s.integration_id IS NULL
			OR install_settings ->> 'defaultScheduler' IN (a.username, proctorlink.sid('account', a.account_id)))) IS NOT TRUE
	UNION ALL
	-- 6: hierarchies of schedules
	SELECT format('6: schedule %s is in %s', s.external_id, h.title)
	FROM proctorlink.schedule s LEFT JOIN was_schedule w ON w.install_id = i AND w.schedule_id = s.schedule_id
	LEFT JOIN proctorlink.hierarchy h ON h.install_id = i AND h.hierarchy_id = s.hierarchy_id
	WHERE s.install_id = i AND s.ends_at > now() AND w.hierarchy_id IS DISTINCT FROM s.hierarchy_id
		AND (h.allow_schedules AND NOT h.archived AND (h.organisation_id IS NOT NULL OR h.is_root OR h.is_default)
			AND (kind <> 'add' OR h.organisation_id = body ->> 'department_id' OR h.is_default AND NOT EXISTS (SELECT FROM proctorlink.hierarchy d
				WHERE d.install_id = i AND d.organisation_id = body ->> 'department_id' AND d.allow_schedules AND NOT d.archived))) IS NOT TRUE
	UNION ALL
	-- 7: exams that ProctorU delivers
	SELECT format('7: schedule %s of %s, published %s', s.external_id, x.external_id, x.published)
	FROM proctorlink.schedule s JOIN proctorlink.integration n ON n.install_id = i AND n.integration_id = s.integration_id AND n.provider = 'proctoru'
	JOIN proctorlink.exam x ON x.install_id = i AND x.exam_id = s.exam_id
	WHERE s.install_id = i AND s.ends_at > now()
		AND (x.external_id ~ '^[^ ]{1,64}$' AND x.published AND NOT (coalesce(s.pin, x.pin) OR coalesce(s.proctorio, x.proctorio)
			OR coalesce(s.safe_exam_browser, x.safe_exam_browser) OR coalesce(s.keycode, x.keycode))) IS NOT TRUE
	UNION ALL
	-- 8 and 9: who came to a schedule, or whose schedule became one of ProctorU's
	SELECT format('%s: %s (%s %%) on schedule %s of %s, extra time %s', CASE WHEN x.accommodation_for IS NOT NULL OR n.provider = 'proctoru' THEN 9 ELSE 8 END,
		a.candidate_ext_id, a.reasonable_adjustment_percentage, s.external_id, x.external_id, s.extra_time_minutes)
	FROM proctorlink.exam_session e
	LEFT JOIN was_session w ON w.install_id = i AND w.exam_session_id = e.exam_session_id
	JOIN proctorlink.schedule s ON s.install_id = i AND s.schedule_id = e.schedule_id
	LEFT JOIN was_schedule ws ON ws.install_id = i AND ws.schedule_id = e.schedule_id
	JOIN proctorlink.exam x ON x.install_id = i AND x.exam_id = e.exam_id
	JOIN proctorlink.account a ON a.install_id = i AND a.account_id = e.account_id
	LEFT JOIN proctorlink.integration n ON n.install_id = i AND n.integration_id = s.integration_id
	WHERE e.install_id = i AND e.status <> 'Cancelled' AND s.ends_at > now()
		AND (w.schedule_id IS DISTINCT FROM e.schedule_id OR ws.integration_id IS DISTINCT FROM s.integration_id)
		AND CASE WHEN x.accommodation_for IS NOT NULL THEN w.schedule_id IS DISTINCT FROM e.schedule_id AND NOT (a.special_needs
				OR NOT a.candidate_ext_id_defaulted AND EXISTS (SELECT FROM proctorlink.accommodation c WHERE c.install_id = i
					AND c.exam_id IN (x.exam_id, x.accommodation_for) AND c.candidate_ext_id = a.candidate_ext_id))
			ELSE extra_time(a, s.duration_minutes, x.extra_time_minutes) > CASE WHEN n.provider = 'proctoru' THEN 0
				WHEN w.schedule_id IS DISTINCT FROM e.schedule_id THEN s.extra_time_minutes ELSE 100000000 END END
	UNION ALL
	SELECT format('8: %s has a percentage and no special needs', candidate_ext_id) FROM proctorlink.account
	WHERE install_id = i AND reasonable_adjustment_percentage IS NOT NULL AND NOT special_needs;

	RETURN QUERY
	-- 12: the tree
	WITH RECURSIVE below AS (
		SELECT hierarchy_id FROM proctorlink.hierarchy WHERE install_id = i AND is_root AND parent_id IS NULL
		UNION SELECT h.hierarchy_id FROM proctorlink.hierarchy h JOIN below b ON h.install_id = i AND h.parent_id = b.hierarchy_id)
	SELECT format('12: %s nodes, %s under the root, %s roots, %s defaults', count(*), (SELECT count(*) FROM below), count(*) FILTER (WHERE is_root), count(*) FILTER (WHERE is_default))
	FROM proctorlink.hierarchy WHERE install_id = i
	HAVING (count(*) = (SELECT count(*) FROM below) AND count(*) FILTER (WHERE is_root) = 1 AND count(*) FILTER (WHERE is_default) = 1
		AND count(*) FILTER (WHERE archived AND (is_root OR is_default)) = 0) IS NOT TRUE
	UNION ALL
	-- 13: statuses; what does nothing else takes one step
	SELECT format('13: session of %s from %s to %s', e.account_id, coalesce(w.status, '(new)'), e.status)
	FROM proctorlink.exam_session e LEFT JOIN was_session w ON w.install_id = i AND w.exam_session_id = e.exam_session_id
	WHERE e.install_id = i AND w.status IS DISTINCT FROM e.status
		AND NOT EXISTS (SELECT FROM way WHERE from_status = coalesce(w.status, '(new)') AND to_status = e.status)
		AND (door IN ('status', 'direct') OR NOT EXISTS (SELECT FROM way one JOIN way two ON two.from_status = one.to_status
			WHERE one.from_status = coalesce(w.status, '(new)') AND two.to_status = e.status))
	UNION ALL
	SELECT format('13: a session of %s is gone, or is another''s, or was done again', w.account_id)
	FROM was_session w LEFT JOIN proctorlink.exam_session e ON e.install_id = i AND e.exam_session_id = w.exam_session_id
	WHERE w.install_id = i AND (e.exam_session_id IS NULL OR (w.account_id, w.exam_id) <> (e.account_id, e.exam_id)
		OR w.status IN ('Closed', 'Cancelled') AND w.status = e.status AND door <> 'direct'
			AND (w.appointment_at, w.attempt) IS DISTINCT FROM (e.appointment_at, e.attempt))
	UNION ALL
	-- 14: one sitting an attempt, no more attempts than allowed
	SELECT format('14: %s sessions of %s, attempt %s', count(*), account_id, attempt) FROM proctorlink.exam_session
	WHERE install_id = i AND status <> 'Cancelled' GROUP BY exam_id, account_id, attempt HAVING count(*) > 1
	UNION ALL
	SELECT format('14: attempt %s of %s', e.attempt, attempts_allowed(e))
	FROM proctorlink.exam_session e LEFT JOIN was_session w ON w.install_id = i AND w.exam_session_id = e.exam_session_id
	WHERE e.install_id = i AND e.attempt > 1 AND (w.attempt IS DISTINCT FROM e.attempt OR e.schedule_id IS NOT NULL AND w.schedule_id IS DISTINCT FROM e.schedule_id)
		AND e.attempt > attempts_allowed(e)
	UNION ALL
	SELECT format('14: %s has an open session, and another was made on a schedule', e.account_id)
	FROM proctorlink.exam_session e
	JOIN was_session w ON w.install_id = i AND w.exam_id = e.exam_id AND w.account_id = e.account_id AND w.schedule_id IS NULL
		AND w.status IN ('Needs Proctor', 'Pending Approval')
	WHERE e.install_id = i AND door <> 'direct' AND e.schedule_id IS NOT NULL
		AND NOT EXISTS (SELECT FROM was_session o WHERE o.install_id = i AND o.exam_session_id = e.exam_session_id)
	UNION ALL
	SELECT format('14: %s cancelled (%s), and none in its place', e.account_id, e.status_reason)
	FROM was_session w JOIN proctorlink.exam_session e ON e.install_id = i AND e.exam_session_id = w.exam_session_id
	JOIN proctorlink.enrollment n ON n.install_id = i AND n.enrollment_id = e.enrollment_id AND n.status = 'active' AND n.role = 'learner'
	WHERE w.install_id = i AND w.status <> 'Cancelled' AND e.status = 'Cancelled' AND (w.schedule_id IS NOT NULL OR w.status NOT IN ('Needs Proctor', 'Pending Approval', 'Approval Denied'))
		AND coalesce(e.status_reason, '') NOT IN ('removed-by-limited-scope', 'unenrolled', 'erased', 'expired')
		AND (e.attempt = 1 OR (e.attempt > attempts_allowed(e)) IS NOT TRUE)
		AND (SELECT s.attempts FROM proctorlink.schedule s WHERE s.install_id = i AND s.schedule_id = e.schedule_id) IS NULL
		AND NOT EXISTS (SELECT FROM proctorlink.exam_session o WHERE o.install_id = i AND o.exam_id = e.exam_id AND o.account_id = e.account_id AND o.status <> 'Cancelled'
			AND (o.attempt = e.attempt OR o.schedule_id IS NULL))
	UNION ALL
	SELECT format('14: %s is busy until %s and has another booking at %s', e.account_id, utc(busy_until(e)), utc(o.appointment_at))
	FROM proctorlink.exam_session e LEFT JOIN was_session w ON w.install_id = i AND w.exam_session_id = e.exam_session_id
	JOIN proctorlink.exam_session o ON o.install_id = i AND o.integration_id = e.integration_id AND o.account_id = e.account_id AND o.exam_session_id <> e.exam_session_id
	WHERE e.install_id = i AND e.status NOT IN ('Processing', 'Closed', 'Cancelled') AND o.status NOT IN ('Processing', 'Closed', 'Cancelled')
		AND (w.appointment_at, w.schedule_id, w.integration_id) IS DISTINCT FROM (e.appointment_at, e.schedule_id, e.integration_id)
		AND busy_until(e) > now() AND e.appointment_at < busy_until(o) AND o.appointment_at < busy_until(e)
	UNION ALL
	-- 14: all numbers that a reservation had find it
	SELECT format('14: number %s finds %s, not session %s', w.reservation_no, coalesce(n.found::text, 'nothing'), w.exam_session_id)
	FROM was_numbered w LEFT JOIN LATERAL (
		SELECT array_agg(f.exam_session_id) AS found FROM (
			SELECT exam_session_id FROM proctorlink.exam_session WHERE install_id = i AND reservation_no = w.reservation_no
			UNION ALL SELECT exam_session_id FROM proctorlink.former_reservation WHERE install_id = i AND reservation_no = w.reservation_no) f) n ON true
	WHERE w.install_id = i AND n.found IS DISTINCT FROM ARRAY[w.exam_session_id];

	RETURN QUERY
	-- 15: who has a session
	SELECT format('15: %s has no session of %s', a.candidate_ext_id, x.external_id)
	FROM proctorlink.exam x JOIN proctorlink.enrollment n ON n.install_id = i AND n.course_id = x.course_id AND n.role = 'learner' AND n.status = 'active'
	JOIN proctorlink.account a ON a.install_id = i AND a.account_id = n.account_id
	WHERE x.install_id = i AND NOT x.limited_scope
		AND NOT EXISTS (SELECT FROM proctorlink.exam_session e WHERE e.install_id = i AND e.exam_id = x.exam_id AND e.account_id = n.account_id
			-- What somebody cancelled one by one was meant.
			AND (e.status <> 'Cancelled' OR coalesce(e.status_reason, '') = 'meant' OR e.status_reason = 'expired'))
	UNION ALL
	SELECT format('15: %s has an open session of %s, by %s', a.candidate_ext_id, x.external_id, kind)
	FROM proctorlink.exam x LEFT JOIN was_exam wx ON wx.install_id = i AND wx.exam_id = x.exam_id
	JOIN proctorlink.exam_session e ON e.install_id = i AND e.exam_id = x.exam_id
	JOIN proctorlink.account a ON a.install_id = i AND a.account_id = e.account_id
	LEFT JOIN was_session w ON w.install_id = i AND w.exam_session_id = e.exam_session_id
	WHERE x.install_id = i AND x.limited_scope AND e.schedule_id IS NULL AND e.status IN ('Needs Proctor', 'Pending Approval', 'Approval Denied')
		AND CASE WHEN w.exam_session_id IS NULL THEN kind <> 'assign' AND door <> 'direct' AND NOT EXISTS (SELECT FROM was_session o JOIN proctorlink.exam_session c
				ON c.install_id = i AND c.exam_session_id = o.exam_session_id AND c.status = 'Cancelled'
				WHERE o.install_id = i AND o.exam_id = e.exam_id AND o.account_id = e.account_id AND o.status <> 'Cancelled')
			ELSE NOT wx.limited_scope AND w.status IN ('Needs Proctor', 'Pending Approval', 'Approval Denied') AND w.schedule_id IS NULL END
	UNION ALL
	SELECT format('15: %s left the course and keeps a session (%s)', a.candidate_ext_id, e.status)
	FROM proctorlink.enrollment n JOIN proctorlink.exam_session e ON e.install_id = i AND e.enrollment_id = n.enrollment_id
	JOIN proctorlink.account a ON a.install_id = i AND a.account_id = n.account_id
	WHERE n.install_id = i AND n.status = 'removed' AND e.status IN ('Needs Proctor', 'Pending Approval', 'Approval Denied', 'Scheduled', 'Onboarding', 'Checked In')
	UNION ALL
	-- 16: configurations
	SELECT format('16: configuration of %s', x.external_id)
	FROM proctorlink.exam_configuration o JOIN proctorlink.exam x ON x.install_id = i AND x.exam_id = o.exam_id
	WHERE o.install_id = i AND (o.access_opens_at >= o.access_closes_at OR o.access_closes_at - o.access_opens_at < o.duration_minutes * interval '1 minute'
		OR o.scheduling_closes_at > o.access_closes_at OR o.scheduling_opens_at >= o.scheduling_closes_at OR o.duration_minutes < 1 OR o.attempts < 1
		OR o.type = 'primary' AND x.duration_minutes IS DISTINCT FROM o.duration_minutes)
	UNION ALL
	SELECT format('16: %s primary configurations', count(*)) FROM proctorlink.exam_configuration
	WHERE install_id = i AND type = 'primary' GROUP BY exam_id HAVING count(*) > 1
	UNION ALL
	-- 17: no secrets, no names
	SELECT format('17: an event tells %s', changes) FROM proctorlink.event
	WHERE install_id = i AND concat(actor, changes) ~ 'Byron|Hopper|example\.org|open-sesame';
END
$$;

-- What a call at ProctorU's door should have come to, and did not.
CREATE FUNCTION undone(i uuid, kind text, body jsonb, answer jsonb, speaks_for uuid) RETURNS SETOF text STABLE LANGUAGE plpgsql SET enable_seqscan = off SET jit = off AS $$
DECLARE
	number bigint := answer #>> '{data,reservation_no}';
	starts timestamptz := nullif(body ->> 'start_date', '');
	opens timestamptz := coalesce(nullif(body ->> 'active_date', ''), body ->> 'start_date');
	named text := nullif(body ->> 'reservation_id', '');
	s proctorlink.exam_session;
	w was_session;
	c proctorlink.schedule;
BEGIN
	IF kind = 'list' OR kind = 'edit' THEN
		RETURN;
	END IF;
	IF kind IN ('add', 'move') THEN
		SELECT * INTO s FROM proctorlink.exam_session WHERE install_id = i AND reservation_no = number;
	ELSE
		SELECT e.* INTO s FROM proctorlink.exam_session e WHERE e.install_id = i AND (e.integration_id = speaks_for AND e.reservation_id = named
			OR named IS NULL AND e.exam_session_id = (SELECT exam_session_id FROM was_numbered WHERE install_id = i AND reservation_no = (body ->> 'reservation_no')::bigint));
	END IF;
	SELECT * INTO w FROM was_session WHERE install_id = i AND exam_session_id = s.exam_session_id;
	SELECT * INTO c FROM proctorlink.schedule WHERE install_id = i AND schedule_id = s.schedule_id;
	IF s.exam_session_id IS NULL THEN
		RETURN NEXT kind || ': no session has what was answered';
	ELSIF s.integration_id IS DISTINCT FROM speaks_for THEN
		RETURN NEXT kind || ': the session is another integration''s';
	ELSIF w.status = 'Cancelled' THEN
		RETURN NEXT kind || ': the session was cancelled before';
	END IF;
	IF kind IN ('add', 'move') THEN
		IF starts < now() THEN
			RETURN NEXT kind || ': in the past';
		END IF;
		IF s.appointment_at IS DISTINCT FROM starts OR c.starts_at IS DISTINCT FROM opens THEN
			RETURN NEXT format('%s: for %s, open from %s', kind, utc(s.appointment_at), utc(c.starts_at));
		END IF;
		IF c.ends_at IS DISTINCT FROM coalesce(nullif(body ->> 'end_date', '')::timestamptz, starts + (c.duration_minutes + c.extra_time_minutes + 60) * interval '1 minute') THEN
			RETURN NEXT format('%s: open until %s', kind, utc(c.ends_at));
		END IF;
		IF starts < c.starts_at OR starts >= c.ends_at THEN
			RETURN NEXT kind || ': the appointment is outside of its window';
		END IF;
		IF w.reservation_no = s.reservation_no OR w.reservation_id <> s.reservation_id OR w.reservation_id IS NOT NULL AND s.status <> w.status THEN
			RETURN NEXT kind || ': a move keeps its number or changes something else';
		END IF;
	END IF;
	IF kind = 'add' AND (s.reservation_id IS DISTINCT FROM named
		OR (SELECT external_id FROM proctorlink.exam WHERE install_id = i AND exam_id = s.exam_id) <> body ->> 'exam_id'
		OR w.reservation_id IS NULL AND s.status <> 'Scheduled') THEN
		RETURN NEXT 'add: another id, exam or status';
	END IF;
	IF kind = 'begin' AND (c.starts_at > now() OR w.status IN ('Closed', 'Processing')) THEN
		RETURN NEXT format('begin: from %s, %s', utc(c.starts_at), w.status);
	END IF;
	IF kind = 'remove' AND (s.status <> 'Cancelled' OR s.status_reason !~ '^reservation-removed') THEN
		RETURN NEXT 'remove: it is still there';
	END IF;
END
$$;

-- All that the other install holds.
CREATE FUNCTION elsewhere(place text) RETURNS text STABLE LANGUAGE sql AS $$
	SELECT fingerprint(proctorlink.sid_uuid(kept(CASE place WHEN 'here' THEN 'there' ELSE 'here' END || ' install')), true)
$$;

-- Does a step, and tells how it ended and what is wrong then.
CREATE FUNCTION step(sent text, place text, OUT ended text, OUT wrong text, OUT call text) LANGUAGE plpgsql AS $$
DECLARE
	i uuid := proctorlink.sid_uuid(kept(place || ' install'));
	step jsonb := expanded(sent, place);
	kind text := step ->> 'kind';
	door text := step ->> 'door';
	body jsonb := coalesce(step -> 'body', '{}');
	before text := fingerprint(i, false);
	changed boolean;
	events bigint := (SELECT count(*) FROM proctorlink.event WHERE install_id = i);
	found text[] := '{}';
	answer jsonb;
	state text;
	rule text;
	message text;
	detail text;
BEGIN
	call := step::text;
	BEGIN
		PERFORM proctorlink.use_install(kept(place || ' install'), kept(place || ' ' || (step ->> 'as')));
		EXECUTE step ->> 'call' INTO answer USING step -> 'body';
		SET CONSTRAINTS ALL IMMEDIATE;
		SET CONSTRAINTS ALL DEFERRED;
		ended := outcome(door, kind, answer);
		IF ended NOT IN ('done', 'refused') THEN
			found := found || format('%s: %s', ended, answer);
		END IF;
	EXCEPTION WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, rule = CONSTRAINT_NAME, detail = PG_EXCEPTION_DETAIL;
		ended := 'raised';
		IF door IN ('proctoru', 'eapi') OR state !~ (CASE WHEN door = 'direct' THEN '^23(514|505|503|502)$' ELSE '^PT(400|404|409)$' END) THEN
			found := found || format('raised %s %s %s %s', state, message, rule, detail);
		END IF;
	END;

	changed := fingerprint(i, false) IS DISTINCT FROM before;
	IF changed THEN
		IF ended <> 'done' THEN
			found := found || format('a call that was refused wrote: %s', answer);
		END IF;
		found := found || ARRAY(SELECT broken(i, kind, door, body, proctorlink.sid_uuid(kept(place || ' ' || (step ->> 'as')))));
		IF door <> 'direct' AND kind <> 'provision' AND (SELECT count(*) FROM proctorlink.event WHERE install_id = i) = events
			AND EXISTS ((SELECT exam_session_id, schedule_id, appointment_at, status FROM proctorlink.exam_session WHERE install_id = i EXCEPT
					SELECT exam_session_id, schedule_id, appointment_at, status FROM was_session WHERE install_id = i)
				UNION ALL (SELECT schedule_id, hierarchy_id, starts_at, external_id FROM proctorlink.schedule WHERE install_id = i EXCEPT
					SELECT schedule_id, hierarchy_id, starts_at, external_id FROM was_schedule WHERE install_id = i)) THEN
			found := found || 'no event tells of it'::text;
		END IF;
	END IF;
	IF ended = 'refused' AND (SELECT count(*) FROM proctorlink.event WHERE install_id = i) <> events + (kind <> 'list' AND step ->> 'as' IS DISTINCT FROM 'other' OR door = 'eapi')::int THEN
		found := found || 'a refusal leaves one event'::text;
	END IF;
	IF ended = 'done' AND door = 'proctoru' THEN
		found := found || ARRAY(SELECT undone(i, kind, body, answer, proctorlink.sid_uuid(kept(place || ' ' || (step ->> 'as')))));
	END IF;
	IF changed THEN
		PERFORM remember(i);
	END IF;
	wrong := array_to_string(found, E'\n');
	IF ended = 'refused' AND door = 'proctoru' THEN
		ended := 'refused ' || substr(split_part(answer ->> 'message', ':', 1), 1, 60);
	END IF;
END
$$;
