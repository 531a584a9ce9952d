-- test/pgtap/schedule_rules.sql
--		Schedules and the sessions on them by plain SQL: what is filled in, what
--		each rule takes and refuses at its edges, and how it says so.

BEGIN;
\ir helpers.psql
SELECT plan(297);
SELECT proctorlink.create_install('University', 'https://platform.test') AS install \gset
SELECT proctorlink.create_integration(:'install', 'proctoru', 'https://proctoru.test') ->> 'sid' AS proctoru,
	proctorlink.create_integration(:'install', 'other', 'https://other.test') ->> 'sid' AS other \gset

CREATE FUNCTION install_id() RETURNS uuid STABLE LANGUAGE sql AS $$
	SELECT install_id FROM proctorlink.install WHERE name = 'University'
$$;
CREATE FUNCTION account_id(external text) RETURNS uuid STABLE LANGUAGE sql AS $$
	SELECT account_id FROM proctorlink.account WHERE candidate_ext_id = external AND install_id = install_id()
$$;
CREATE FUNCTION exam_id(external text) RETURNS uuid STABLE LANGUAGE sql AS $$
	SELECT exam_id FROM proctorlink.exam WHERE external_id = external AND install_id = install_id()
$$;
CREATE FUNCTION schedule_id(external text) RETURNS uuid STABLE LANGUAGE sql AS $$
	SELECT schedule_id FROM proctorlink.schedule WHERE external_id = external AND install_id = install_id()
$$;
CREATE FUNCTION hierarchy_id(node text) RETURNS uuid STABLE LANGUAGE sql AS $$
	SELECT hierarchy_id FROM proctorlink.hierarchy WHERE title = node AND install_id = install_id()
$$;

-- An INSERT of a row with these columns.
CREATE FUNCTION inserting(relation text, columns jsonb) RETURNS text STABLE LANGUAGE sql AS $$
	SELECT format('INSERT INTO proctorlink.%I (%s) VALUES (%s)', relation,
		string_agg(quote_ident(key), ', '), string_agg(quote_nullable(value), ', '))
	FROM jsonb_each_text(jsonb_build_object('install_id', install_id()) || columns)
$$;

-- An INSERT of a schedule with these columns: of the exam of 60 minutes and far
-- in the future, unless they say otherwise.
CREATE FUNCTION scheduling(columns jsonb) RETURNS text STABLE LANGUAGE sql AS $$
	SELECT inserting('schedule', jsonb_build_object('exam_id', exam_id('e-60'), 'starts_at', '2090-01-02T10:00:00Z') || columns)
$$;

-- An INSERT of a session with these columns.
CREATE FUNCTION seating(person text, columns jsonb) RETURNS text STABLE LANGUAGE sql AS $$
	SELECT inserting('exam_session', jsonb_build_object('exam_id', exam_id('e-60'), 'account_id', account_id(person), 'status', 'Scheduled') || columns)
$$;

-- How statements are refused by a rule, taken back in any case: "rule: message",
-- and what is amiss besides; "accepted" if they are not.
CREATE FUNCTION complaint(statements text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	code text;
	name text;
	message text;
	hint text;
	relation text;
BEGIN
	EXECUTE statements;
	RAISE EXCEPTION USING ERRCODE = 'UNDO0';
EXCEPTION
	WHEN SQLSTATE 'UNDO0' THEN
		RETURN 'accepted';
	WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, name = CONSTRAINT_NAME, message = MESSAGE_TEXT,
			hint = PG_EXCEPTION_HINT, relation = TABLE_NAME;
		RETURN concat_ws(', ', nullif(code, '23514'), CASE WHEN hint = '' THEN 'no hint' END, CASE WHEN relation = '' THEN 'no table' END, name)
			|| ': ' || message;
END
$$;

-- What statements leave behind of what a query finds, taken back.
CREATE FUNCTION leaving(statements text, query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	EXECUTE statements;
	EXECUTE query INTO answer;
	RAISE EXCEPTION USING ERRCODE = 'UNDO0';
EXCEPTION
	WHEN SQLSTATE 'UNDO0' THEN
		RETURN answer;
	WHEN OTHERS THEN
		RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;

INSERT INTO proctorlink.account (install_id, candidate_ext_id, role)
	VALUES (install_id(), 'scheduler', 'scheduler'), (install_id(), 'admin', 'administrator'), (install_id(), 'u-1', 'candidate'), (install_id(), 'u-2', 'candidate');
INSERT INTO proctorlink.exam (install_id, external_id, title, duration_minutes, published)
	VALUES (install_id(), 'e-60', 'Anatomy', 60, true), (install_id(), 'e-61', 'Biology', 61, true), (install_id(), 'e-free', 'Essay', NULL, true);

-- ----------
-- What a new schedule is given
-- ----------

-- Nobody owns it, as long as the install has no default scheduler.
SELECT is(complaint(scheduling('{}')),
	'schedule_has_an_owner_who_may_schedule: nobody owns the schedule: none is named, and the install has no default scheduler', 'no owner');
SELECT is(complaint(scheduling(jsonb_build_object('owner_id', account_id('admin')))), 'accepted', 'an owner who is named');
-- configure_install refuses somebody who does not exist: they leave later
UPDATE proctorlink.install SET settings = settings || '{"defaultScheduler": "nobody"}' WHERE install_id = install_id();
SELECT is(complaint(scheduling('{}')),
	'schedule_has_an_owner_who_may_schedule: there is no account "nobody" to own the schedule', 'a default scheduler who does not exist');
UPDATE proctorlink.install SET settings = settings || jsonb_build_object('defaultScheduler', proctorlink.sid('account', gen_random_uuid()))
	WHERE install_id = install_id();
SELECT matches(complaint(scheduling('{}')),
	'^schedule_has_an_owner_who_may_schedule: there is no account "US[0-9a-f]{32}" to own the schedule$', 'a sid that nobody has');
SELECT lives_ok(format('SELECT proctorlink.configure_install(%L, %L)', :'install',
	jsonb_build_object('defaultScheduler', proctorlink.sid('account', account_id('scheduler')))), 'a default scheduler by sid');
SELECT is(leaving(scheduling('{}'), 'SELECT candidate_ext_id FROM proctorlink.schedule s JOIN proctorlink.account a ON account_id = owner_id'),
	'scheduler', 'the default scheduler owns it, found by sid');
SELECT lives_ok(format('SELECT proctorlink.configure_install(%L, %L)', :'install', '{"defaultScheduler": "scheduler"}'), 'a default scheduler by username');

SELECT is(leaving(scheduling('{}'), 'SELECT to_jsonb(s) - ''{install_id,schedule_id,exam_id,created_at,updated_at,external_id,owner_id,hierarchy_id,starts_at}''::text[]
		|| jsonb_build_object(''owner'', owner_id = account_id(''scheduler''), ''hierarchy'', (SELECT is_default FROM proctorlink.hierarchy h WHERE h.hierarchy_id = s.hierarchy_id),
			''sid'', external_id = proctorlink.sid(''schedule'', schedule_id), ''ends_at'', utc(ends_at)) FROM proctorlink.schedule s')::jsonb,
	'{"title": "Anatomy 2090-01-02", "ends_at": "2090-01-02T12:00:00.000000Z", "duration_minutes": 60, "extra_time_minutes": 0, "owner": true, "hierarchy": true,
	  "sid": true, "integration_id": null, "workflow": "DEFAULT", "attempts": null, "pin_code": null, "pin": null, "proctorio": null,
	  "safe_exam_browser": null, "keycode": null, "activated_at": null}',
	'what a new schedule is given');

-- Whatever is named stays.
SELECT is(leaving(scheduling(jsonb_build_object('owner_id', account_id('admin'), 'title', 'Mine', 'external_id', 's-1', 'duration_minutes', 30, 'extra_time_minutes', 15)),
		'SELECT concat_ws('', '', owner_id = account_id(''admin''), title, external_id, duration_minutes, extra_time_minutes, utc(ends_at)) FROM proctorlink.schedule'),
	't, Mine, s-1, 30, 15, 2090-01-02T11:45:00.000000Z', 'what is named stays');
SELECT is(leaving(scheduling('{"extra_time_minutes": null}'), 'SELECT extra_time_minutes FROM proctorlink.schedule'), '0', 'no extra time is none');

-- The day of the start is that in UTC, and the title is cut where it must be.
SELECT is(leaving('SET LOCAL TimeZone TO ''Pacific/Auckland''; ' || scheduling('{"starts_at": "2090-01-02T23:59:59Z"}'), 'SELECT title FROM proctorlink.schedule'), 'Anatomy 2090-01-02', 'the day is that in UTC');
SELECT is(leaving(scheduling('{"starts_at": "12345-01-02T10:00:00Z"}'), 'SELECT title FROM proctorlink.schedule'), 'Anatomy 12345-01-02', 'a day after the year 9999');
SELECT is(leaving(format('UPDATE proctorlink.exam SET title = %L; ', long(length) #>> '{}') || scheduling('{}'), 'SELECT title FROM proctorlink.schedule'),
	(long(least(length, 89)) #>> '{}') || ' 2090-01-02', format('the title of an exam with %s characters', length))
FROM (VALUES (89), (90), (500)) AS lengths (length);
SELECT is(leaving(format('UPDATE proctorlink.exam SET title = %L; ', long(500) #>> '{}') || scheduling('{"starts_at": "12345-01-02T10:00:00Z"}'),
	'SELECT length(title) FROM proctorlink.schedule'), '100', 'a long title and a day after the year 9999');

-- A code asks for itself to be asked for.
SELECT is(leaving(scheduling('{"pin_code": "1234"}'), 'SELECT pin FROM proctorlink.schedule'), 'true', 'a code turns the PIN on');
SELECT is(refused(scheduling('{"pin_code": "1234", "pin": false}')), '23514 schedule_pin_code_needs_pin', 'a code without the PIN');
SELECT is(leaving(scheduling('{}') || '; UPDATE proctorlink.schedule SET pin_code = ''1234''', 'SELECT pin FROM proctorlink.schedule'), 'true', 'so does one that comes later');

-- ----------
-- The window
-- ----------

SELECT is(complaint(scheduling(columns || jsonb_build_object('starts_at', starts, 'ends_at', ends))), outcome, name)
FROM (VALUES
	('two years', '2027-03-01T10:00:00Z', '2029-03-01T10:00:00Z', '{}'::jsonb, 'accepted'),
	('two years and a microsecond', '2027-03-01T10:00:00Z', '2029-03-01T10:00:00.000001Z', '{}',
		'schedule_at_most_two_years: the schedule lasts from 2027-03-01T10:00:00Z to 2029-03-01T10:00:00.000001Z; it may last until 2029-03-01T10:00:00Z'),
	('two years from a leap day', '2028-02-29T10:00:00Z', '2030-02-28T10:00:00Z', '{}', 'accepted'),
	('two years from a leap day and a microsecond', '2028-02-29T10:00:00Z', '2030-02-28T10:00:00.000001Z', '{}',
		'schedule_at_most_two_years: the schedule lasts from 2028-02-29T10:00:00Z to 2030-02-28T10:00:00.000001Z; it may last until 2030-02-28T10:00:00Z'),
	('a microsecond longer than the exam', '2090-01-02T10:00:00Z', '2090-01-02T11:00:00.000001Z', '{}', 'accepted'),
	('as long as the exam', '2090-01-02T10:00:00Z', '2090-01-02T11:00:00Z', '{}',
		'schedule_longer_than_exam: the window is 60 min long; the exam takes 60 min and 0 min of extra time'),
	('a microsecond shorter than the exam', '2090-01-02T10:00:00.000001Z', '2090-01-02T11:00:00Z', '{}',
		'schedule_longer_than_exam: the window is 59 min 59.999999 s long; the exam takes 60 min and 0 min of extra time'),
	('a microsecond longer with extra time', '2090-01-02T10:00:00Z', '2090-01-02T11:15:00.000001Z', '{"extra_time_minutes": 15}', 'accepted'),
	('as long as the exam with extra time', '2090-01-02T10:00:00Z', '2090-01-02T11:15:00Z', '{"extra_time_minutes": 15}',
		'schedule_longer_than_exam: the window is 75 min long; the exam takes 60 min and 15 min of extra time'),
	('longer than a duration of its own', '2090-01-02T10:00:00Z', '2090-01-02T10:45:00Z', '{"duration_minutes": 30}', 'accepted'),
	('shorter than a duration of its own', '2090-01-02T10:00:00Z', '2090-01-02T12:00:00Z', '{"duration_minutes": 120}',
		'schedule_longer_than_exam: the window is 120 min long; the exam takes 120 min and 0 min of extra time'),
	('a microsecond of an exam without a limit', '2090-01-02T10:00:00Z', '2090-01-02T10:00:00.000001Z', jsonb_build_object('exam_id', exam_id('e-free')), 'accepted'),
	('extra time of an exam without a limit', '2090-01-02T10:00:00Z', '2090-01-02T10:15:00Z', jsonb_build_object('exam_id', exam_id('e-free'), 'extra_time_minutes', 15),
		'schedule_longer_than_exam: the window is 15 min long; the exam takes 0 min and 15 min of extra time'),
	('it ends when it begins', '2090-01-02T10:00:00Z', '2090-01-02T10:00:00Z', '{}',
		'schedule_begins_before_it_ends: the schedule begins at 2090-01-02T10:00:00Z and ends at 2090-01-02T10:00:00Z'),
	('it ends before it begins', '2090-01-02T10:00:00Z', '2090-01-02T09:59:59.999999Z', '{}',
		'schedule_begins_before_it_ends: the schedule begins at 2090-01-02T10:00:00Z and ends at 2090-01-02T09:59:59.999999Z'),
	('it never ends', '2090-01-02T10:00:00Z', 'infinity', '{}', 'schedule_begins_before_it_ends: a schedule begins and ends at a time'),
	('it has always been', '-infinity', '2090-01-02T10:00:00Z', '{}', 'schedule_begins_before_it_ends: a schedule begins and ends at a time'),
	('it begins never and has no end', 'infinity', NULL, '{}', 'schedule_begins_before_it_ends: a schedule begins and ends at a time'),
	('it has always been and has no end', '-infinity', NULL, '{}', 'schedule_begins_before_it_ends: a schedule begins and ends at a time'),
	('an exam without a limit and no end', '2090-01-02T10:00:00Z', NULL, jsonb_build_object('exam_id', exam_id('e-free')),
		'schedule_longer_than_exam: an exam without a time limit needs a schedule with an end'),
	('an exam without a limit, but the schedule has one', '2090-01-02T10:00:00Z', NULL, jsonb_build_object('exam_id', exam_id('e-free'), 'duration_minutes', 30), 'accepted')
) AS windows (name, starts, ends, columns, outcome);

SELECT is(leaving(scheduling(columns || '{"ends_at": null}'), 'SELECT utc(ends_at) FROM proctorlink.schedule'), ends, 'the end of ' || name)
FROM (VALUES
	('an exam of 60 minutes', '{}'::jsonb, '2090-01-02T12:00:00.000000Z'),
	('one with extra time', '{"extra_time_minutes": 7}', '2090-01-02T12:07:00.000000Z'),
	('one of 61 minutes', jsonb_build_object('exam_id', exam_id('e-61')), '2090-01-02T12:01:00.000000Z'),
	('one with a fraction of a second', '{"starts_at": "2090-01-02T10:00:00.000001Z"}', '2090-01-02T12:00:00.000001Z')
) AS ends (name, columns, ends);
SELECT matches(refused(scheduling(jsonb_build_object('starts_at', starts, 'duration_minutes', 2147483647, 'extra_time_minutes', 2147483647))), '^(22008|23514 .*)$',
	'the end of time: ' || starts)
FROM (VALUES ('294276-12-31T23:00:00Z'), ('290000-01-01T00:00:00Z')) AS ends (starts);

-- Changed later, it is asked again.
SELECT is(complaint(scheduling('{}') || '; UPDATE proctorlink.schedule SET ' || change), outcome, 'later: ' || name)
FROM (VALUES
	('an end that is early', 'ends_at = ''2090-01-02T11:00:00Z''', 'schedule_longer_than_exam: the window is 60 min long; the exam takes 60 min and 0 min of extra time'),
	('an end that is late', 'ends_at = ''2092-01-02T10:00:00.000001Z''',
		'schedule_at_most_two_years: the schedule lasts from 2090-01-02T10:00:00Z to 2092-01-02T10:00:00.000001Z; it may last until 2092-01-02T10:00:00Z'),
	('an end before the start', 'ends_at = ''2090-01-02T09:00:00Z''', 'schedule_begins_before_it_ends: the schedule begins at 2090-01-02T10:00:00Z and ends at 2090-01-02T09:00:00Z'),
	('extra time', 'extra_time_minutes = 60', 'schedule_longer_than_exam: the window is 120 min long; the exam takes 60 min and 60 min of extra time'),
	('extra time that fits', 'extra_time_minutes = 59', 'accepted'),
	('a move', 'starts_at = starts_at + interval ''1 day'', ends_at = ends_at + interval ''1 day''', 'accepted'),
	('another exam', 'exam_id = exam_id(''e-61'')', 'schedule_keeps_its_exam: a schedule keeps the exam that it was made for'),
	('the same exam', 'exam_id = exam_id(''e-60'')', 'accepted')
) AS changes (name, change, outcome);

-- What a night is long and where a year ends does not depend on where one is.
SELECT is(complaint(format('SET LOCAL TimeZone TO %L; ', zone) || scheduling(jsonb_build_object('starts_at', starts, 'ends_at', ends, 'duration_minutes', 120))),
	outcome, zone || ': ' || name)
FROM (VALUES ('Europe/Berlin'), ('UTC'), ('America/New_York')) AS zones (zone),
	(VALUES
		('a night with 23 hours', '2027-03-28T00:30:00Z', '2027-03-28T02:30:00.000001Z', 'accepted'),
		('a night with 23 hours, to the minute', '2027-03-28T00:30:00Z', '2027-03-28T02:30:00Z',
			'schedule_longer_than_exam: the window is 120 min long; the exam takes 120 min and 0 min of extra time'),
		('a night with 25 hours', '2027-10-31T00:30:00Z', '2027-10-31T02:30:00.000001Z', 'accepted'),
		('a night with 25 hours, to the minute', '2027-10-31T00:30:00Z', '2027-10-31T02:30:00Z',
			'schedule_longer_than_exam: the window is 120 min long; the exam takes 120 min and 0 min of extra time'),
		('from winter to summer', '2026-03-28T23:30:00Z', '2028-03-28T23:30:00Z', 'accepted'),
		('from winter to summer and a microsecond', '2026-03-28T23:30:00Z', '2028-03-28T23:30:00.000001Z',
			'schedule_at_most_two_years: the schedule lasts from 2026-03-28T23:30:00Z to 2028-03-28T23:30:00.000001Z; it may last until 2028-03-28T23:30:00Z'),
		('from summer to winter', '2027-10-30T12:00:00Z', '2029-10-30T12:00:00Z', 'accepted'),
		('from summer to winter and a microsecond', '2027-10-30T12:00:00Z', '2029-10-30T12:00:00.000001Z',
			'schedule_at_most_two_years: the schedule lasts from 2027-10-30T12:00:00Z to 2029-10-30T12:00:00.000001Z; it may last until 2029-10-30T12:00:00Z')
	) AS nights (name, starts, ends, outcome);
SELECT is(leaving(format('SET LOCAL TimeZone TO %L; ', zone) || scheduling('{"starts_at": "2027-03-28T00:30:00Z"}'), 'SELECT utc(ends_at) FROM proctorlink.schedule'),
	'2027-03-28T02:30:00.000000Z', zone || ': the end of an exam in a night with 23 hours')
FROM (VALUES ('Europe/Berlin'), ('UTC')) AS zones (zone);

-- ----------
-- Who owns it
-- ----------

-- Asked of who is named, and of the default scheduler alike.
SELECT is(complaint(change || '; ' || scheduling(columns)), outcome, name)
FROM (VALUES
	('an owner who may schedule', 'SELECT', jsonb_build_object('owner_id', account_id('scheduler')), 'accepted'),
	('an owner who may not', 'SELECT', jsonb_build_object('owner_id', account_id('u-1')),
		'schedule_has_an_owner_who_may_schedule: the role of the owner "u-1" may not schedule'),
	('a default scheduler who is disabled', 'UPDATE proctorlink.account SET status = ''disabled'' WHERE candidate_ext_id = ''scheduler''', '{}'::jsonb,
		'schedule_has_an_owner_who_may_schedule: the owner "scheduler" is not active'),
	('a default scheduler who is deleted', 'UPDATE proctorlink.account SET status = ''deleted'' WHERE candidate_ext_id = ''scheduler''', '{}',
		'schedule_has_an_owner_who_may_schedule: the owner "scheduler" is not active'),
	('a default scheduler whose role is demoted', 'UPDATE proctorlink.role SET may_schedule = false WHERE title = ''scheduler''', '{}',
		'schedule_has_an_owner_who_may_schedule: the role of the owner "scheduler" may not schedule'),
	('a default scheduler who has another role', 'UPDATE proctorlink.account SET role = ''candidate'' WHERE candidate_ext_id = ''scheduler''', '{}',
		'schedule_has_an_owner_who_may_schedule: the role of the owner "scheduler" may not schedule'),
	('a default scheduler who was renamed', 'UPDATE proctorlink.account SET username = ''other'' WHERE candidate_ext_id = ''scheduler''', '{}',
		'schedule_has_an_owner_who_may_schedule: there is no account "scheduler" to own the schedule'),
	('an owner who is disabled', 'UPDATE proctorlink.account SET status = ''disabled'' WHERE candidate_ext_id = ''admin''', jsonb_build_object('owner_id', account_id('admin')),
		'schedule_has_an_owner_who_may_schedule: the owner "admin" is not active')
) AS owners (name, change, columns, outcome);
SELECT is(refused(scheduling(jsonb_build_object('owner_id', gen_random_uuid()))), '23503 schedule_owner_fkey', 'an owner who does not exist');
-- A schedule that stands does not ask again, until somebody else is to own it.
SELECT is(complaint(scheduling('{}') || '; UPDATE proctorlink.account SET status = ''disabled'' WHERE candidate_ext_id = ''scheduler''; UPDATE proctorlink.schedule SET ' || change), outcome, name)
FROM (VALUES
	('a schedule whose owner is no more', 'title = ''Other''', 'accepted'),
	('the same owner again', 'owner_id = account_id(''scheduler'')', 'accepted'),
	('another owner who may', 'owner_id = account_id(''admin'')', 'accepted'),
	('another owner who may not', 'owner_id = account_id(''u-1'')', 'schedule_has_an_owner_who_may_schedule: the role of the owner "u-1" may not schedule')
) AS changes (name, change, outcome);

-- ----------
-- Where it belongs
-- ----------

INSERT INTO proctorlink.hierarchy (install_id, parent_id, title, organisation_id)
	SELECT install_id, hierarchy_id, title_of, organisation FROM proctorlink.hierarchy, (VALUES ('Faculty', 'F'), ('Nameless', NULL)) AS nodes (title_of, organisation)
	WHERE is_root AND install_id = install_id();
SELECT is(complaint(change || '; ' || scheduling(jsonb_build_object('hierarchy_id', (SELECT hierarchy_id FROM proctorlink.hierarchy WHERE title = node)))), outcome, name)
FROM (VALUES
	('one with an Organisation ID', 'SELECT', 'Faculty', 'accepted'),
	('one without', 'SELECT', 'Nameless', 'schedule_hierarchy_selectable: the hierarchy has no Organisation ID'),
	('the root, which needs none', 'UPDATE proctorlink.hierarchy SET is_default = NOT is_default WHERE title IN (''Faculty'', ''University'')', 'University', 'accepted'),
	('the default, which needs none', 'UPDATE proctorlink.hierarchy SET is_default = title = ''Nameless'' WHERE title IN (''Nameless'', ''University'')', 'Nameless', 'accepted'),
	('one that is archived', 'UPDATE proctorlink.hierarchy SET archived = true WHERE NOT is_root', 'Faculty', 'schedule_hierarchy_selectable: the hierarchy "F" is archived'),
	('one that does not allow schedules', 'UPDATE proctorlink.hierarchy SET allow_schedules = false', 'Faculty',
		'schedule_hierarchy_selectable: the hierarchy "F" does not allow schedules'),
	('a root that does not allow schedules', 'UPDATE proctorlink.hierarchy SET allow_schedules = false', 'University', 'schedule_hierarchy_selectable: the root hierarchy does not allow schedules')
) AS nodes (name, change, node, outcome);
SELECT is(refused(scheduling(jsonb_build_object('hierarchy_id', gen_random_uuid()))), '23503 schedule_hierarchy_fkey', 'a hierarchy that does not exist');
SELECT is(leaving('UPDATE proctorlink.hierarchy SET is_default = title = ''Faculty'' WHERE title IN (''Faculty'', ''University''); ' || scheduling('{}'),
	'SELECT title FROM proctorlink.hierarchy WHERE hierarchy_id = (SELECT hierarchy_id FROM proctorlink.schedule)'), 'Faculty', 'the default one unless named');
SELECT is(complaint('UPDATE proctorlink.hierarchy SET allow_schedules = false WHERE is_default; ' || scheduling('{}')),
	'schedule_hierarchy_selectable: the root hierarchy does not allow schedules', 'a default one that does not');
SELECT is(complaint(scheduling('{}') || '; UPDATE proctorlink.hierarchy SET archived = true WHERE NOT is_root; UPDATE proctorlink.hierarchy SET allow_schedules = false; UPDATE proctorlink.schedule SET ' || change), outcome, name)
FROM (VALUES
	('a schedule whose hierarchy is archived', 'title = ''Other''', 'accepted'),
	('another hierarchy that is', 'hierarchy_id = hierarchy_id(''Faculty'')', 'schedule_hierarchy_selectable: the hierarchy "F" is archived')
) AS changes (name, change, outcome);

-- ----------
-- What ProctorU delivers
-- ----------

CREATE FUNCTION through_proctoru(columns jsonb DEFAULT '{}') RETURNS text STABLE LANGUAGE sql AS $$
	SELECT scheduling(jsonb_build_object('integration_id', (SELECT integration_id FROM proctorlink.integration WHERE provider = 'proctoru')) || columns)
$$;
CREATE FUNCTION changing(relation text, changes text) RETURNS text STABLE LANGUAGE sql AS $$
	SELECT format('UPDATE proctorlink.%I SET %s WHERE exam_id = %L; ', relation, changes, exam_id('e-60'))
$$;

SELECT is(complaint(changing('exam', change) || through_proctoru(columns)), outcome, name)
FROM (VALUES
	('ProctorU', 'title = ''Anatomy''', '{}'::jsonb, 'accepted'),
	('an exam without an external id', 'external_id = NULL', jsonb_build_object('exam_id', exam_id('e-60')), 'proctoru_exam_has_external_id: the exam has no external id'),
	('an external id with a space', 'external_id = ''e 60''', jsonb_build_object('exam_id', exam_id('e-60')), 'proctoru_exam_has_external_id: the exam''s external id "e 60" has a space in it'),
	('an external id of 64 characters', format('external_id = %L', long(64) #>> '{}'), jsonb_build_object('exam_id', exam_id('e-60')), 'accepted'),
	('an external id of 65 characters', format('external_id = %L', long(65) #>> '{}'), jsonb_build_object('exam_id', exam_id('e-60')),
		format('proctoru_exam_has_external_id: the exam''s external id "%s" is too long', (long(64) #>> '{}') || '...')),
	('a draft', 'published = false', '{}', 'proctoru_exam_is_published: the exam is a draft'),
	('PIN', 'pin = true', '{}', 'proctoru_exam_without_other_security: other security settings are on: PIN (of the exam)'),
	('Proctorio', 'proctorio = true', '{}', 'proctoru_exam_without_other_security: other security settings are on: Proctorio (of the exam)'),
	('Safe Exam Browser', 'safe_exam_browser = true', '{}', 'proctoru_exam_without_other_security: other security settings are on: Safe Exam Browser (of the exam)'),
	('keycode', 'keycode = true', '{}', 'proctoru_exam_without_other_security: other security settings are on: keycode (of the exam)'),
	('PIN of the schedule', 'pin = false', '{"pin": true}', 'proctoru_exam_without_other_security: other security settings are on: PIN (of the schedule)'),
	('a PIN', 'pin = false', '{"pin_code": "1234"}', 'proctoru_exam_without_other_security: other security settings are on: PIN (of the schedule)'),
	('Proctorio of the schedule', 'pin = false', '{"proctorio": true}', 'proctoru_exam_without_other_security: other security settings are on: Proctorio (of the schedule)'),
	('Safe Exam Browser of the schedule', 'pin = false', '{"safe_exam_browser": true}',
		'proctoru_exam_without_other_security: other security settings are on: Safe Exam Browser (of the schedule)'),
	('keycode of the schedule', 'pin = false', '{"keycode": true}', 'proctoru_exam_without_other_security: other security settings are on: keycode (of the schedule)'),
	('all of them', 'pin = true, proctorio = true, safe_exam_browser = true, keycode = true', '{"keycode": true}',
		'proctoru_exam_without_other_security: other security settings are on: PIN (of the exam), Proctorio (of the exam), Safe Exam Browser (of the exam), keycode (of the schedule)'),
	('the schedule''s own counts', 'pin = true, proctorio = true, safe_exam_browser = true, keycode = true',
		'{"pin": false, "proctorio": false, "safe_exam_browser": false, "keycode": false}', 'accepted'),
	('each of it alone', 'pin = true, proctorio = true', '{"pin": false}', 'proctoru_exam_without_other_security: other security settings are on: Proctorio (of the exam)'),
	('without an integration', 'external_id = NULL, published = false, pin = true', jsonb_build_object('exam_id', exam_id('e-60'), 'integration_id', NULL), 'accepted'),
	('another provider', 'external_id = NULL, published = false, pin = true',
		jsonb_build_object('exam_id', exam_id('e-60'), 'integration_id', proctorlink.sid_uuid(:'other')), 'accepted')
) AS exams (name, change, columns, outcome);

-- What is changed on the schedule later
SELECT is(complaint(changing('exam', change) || scheduling(columns) || '; ' || changing('schedule', later)), outcome, 'later: ' || name)
FROM (VALUES
	('it goes through ProctorU', 'pin = true', '{}'::jsonb, format('integration_id = %L', proctorlink.sid_uuid(:'proctoru')),
		'proctoru_exam_without_other_security: other security settings are on: PIN (of the exam)'),
	('its own PIN', 'pin = false', jsonb_build_object('integration_id', proctorlink.sid_uuid(:'proctoru')), 'pin = true',
		'proctoru_exam_without_other_security: other security settings are on: PIN (of the schedule)'),
	('its own keycode, no more than the exam''s', 'keycode = true', jsonb_build_object('integration_id', proctorlink.sid_uuid(:'proctoru'), 'keycode', false), 'keycode = NULL',
		'proctoru_exam_without_other_security: other security settings are on: keycode (of the exam)'),
	('its title', 'pin = false', jsonb_build_object('integration_id', proctorlink.sid_uuid(:'proctoru')), 'title = ''Other''', 'accepted')
) AS changes (name, change, columns, later, outcome);

-- What is changed on the exam later, while a schedule is ahead and after it is over
SELECT is(complaint(through_proctoru(columns || jsonb_build_object('external_id', 's-1', 'starts_at', CASE WHEN over THEN '2001-01-01T10:00:00Z' ELSE '2090-01-02T10:00:00Z' END))
		|| '; ' || changing('exam', change)),
	CASE WHEN over THEN 'accepted' ELSE outcome END, concat('the exam later, ', CASE WHEN over THEN 'it is over: ' ELSE 'ahead: ' END, name))
FROM (VALUES
	('PIN', '{}'::jsonb, 'pin = true',
		'proctoru_exam_without_other_security: schedule "s-1" through ProctorU is ahead: other security settings are on: PIN (of the exam)'),
	('Proctorio', '{}', 'proctorio = true',
		'proctoru_exam_without_other_security: schedule "s-1" through ProctorU is ahead: other security settings are on: Proctorio (of the exam)'),
	('Safe Exam Browser', '{}', 'safe_exam_browser = true',
		'proctoru_exam_without_other_security: schedule "s-1" through ProctorU is ahead: other security settings are on: Safe Exam Browser (of the exam)'),
	('keycode', '{}', 'keycode = true',
		'proctoru_exam_without_other_security: schedule "s-1" through ProctorU is ahead: other security settings are on: keycode (of the exam)'),
	('PIN, which the schedule has not', '{"pin": false}', 'pin = true', 'accepted'),
	('unpublished', '{}', 'published = false', 'proctoru_exam_is_published: schedule "s-1" through ProctorU is ahead: the exam is a draft'),
	('no external id', '{}', 'external_id = NULL', 'proctoru_exam_has_external_id: schedule "s-1" through ProctorU is ahead: the exam has no external id'),
	('an external id with a space', '{}', 'external_id = ''e 60''',
		'proctoru_exam_has_external_id: schedule "s-1" through ProctorU is ahead: the exam''s external id "e 60" has a space in it'),
	('another external id', '{}', 'external_id = ''other''', 'accepted'),
	('another title', '{}', 'title = ''Other''', 'accepted'),
	('a schedule through another provider', jsonb_build_object('integration_id', proctorlink.sid_uuid(:'other')), 'pin = true, published = false', 'accepted'),
	('a schedule through none', '{"integration_id": null}', 'pin = true, published = false', 'accepted')
) AS changes (name, columns, change, outcome), (VALUES (false), (true)) AS times (over);
SELECT is(complaint(through_proctoru('{"external_id": "s-1", "pin": false}') || '; ' || through_proctoru('{"external_id": "s-2"}') || '; ' || changing('exam', 'pin = true')),
	'proctoru_exam_without_other_security: schedule "s-2" through ProctorU is ahead: other security settings are on: PIN (of the exam)', 'the schedule that forbids it is named');
SELECT is(complaint(through_proctoru('{"external_id": "s-1"}') || '; DELETE FROM proctorlink.schedule WHERE schedule_id = schedule_id(''s-1''); ' || changing('exam', 'pin = true')),
	'accepted', 'once it is deleted');
SELECT is(complaint(through_proctoru() || '; UPDATE proctorlink.exam SET pin = true WHERE external_id = ''e-61'''), 'accepted', 'another exam');

SELECT is(complaint(format('UPDATE proctorlink.integration SET provider = %L WHERE integration_id = %L', provider, proctorlink.sid_uuid(:'other'))), outcome, 'an integration: ' || provider)
FROM (VALUES
	('proctoru', 'integration_keeps_its_provider: an integration keeps the provider that it was made for'),
	('other', 'accepted')
) AS providers (provider, outcome);

-- ----------
-- What is over, and history
-- ----------

SELECT is(complaint('UPDATE proctorlink.exam SET pin = true; UPDATE proctorlink.hierarchy SET allow_schedules = false; '
	|| through_proctoru(jsonb_build_object('owner_id', account_id('u-1')) || columns)), outcome, name)
FROM (VALUES
	('ahead', '{}'::jsonb, 'schedule_has_an_owner_who_may_schedule: the role of the owner "u-1" may not schedule'),
	('over', '{"starts_at": "2001-01-01T10:00:00Z"}', 'accepted'),
	('over, and yet too short', '{"starts_at": "2001-01-01T10:00:00Z", "ends_at": "2001-01-01T11:00:00Z"}',
		'schedule_longer_than_exam: the window is 60 min long; the exam takes 60 min and 0 min of extra time'),
	('history', '{"created_at": "2020-01-01T00:00:00Z"}', 'accepted')
) AS schedules (name, columns, outcome);
SELECT is(refused(scheduling(columns || '{"created_at": "2020-01-01T00:00:00Z"}')), outcome, 'history: ' || name)
FROM (VALUES
	('too long', '{"ends_at": "2092-01-02T10:00:00.000001Z"}'::jsonb, '23514 schedule_at_most_two_years'),
	('two years', '{"ends_at": "2092-01-02T10:00:00Z"}', 'accepted'),
	('too short', '{"ends_at": "2090-01-02T11:00:00Z"}', '23514 schedule_longer_than_exam'),
	('too short with extra time', '{"ends_at": "2090-01-02T11:15:00Z", "extra_time_minutes": 15}', '23514 schedule_longer_than_exam'),
	('long enough', '{"ends_at": "2090-01-02T11:15:00.000001Z", "extra_time_minutes": 15}', 'accepted'),
	('it ends when it begins', '{"ends_at": "2090-01-02T10:00:00Z"}', '23514 schedule_begins_before_it_ends'),
	('it never ends', '{"ends_at": "infinity"}', '23514 schedule_begins_before_it_ends'),
	('it begins and ends never', '{"starts_at": "infinity", "ends_at": "infinity"}', '23514 schedule_begins_before_it_ends'),
	('a night with 23 hours', '{"starts_at": "2027-03-28T00:30:00Z", "ends_at": "2027-03-28T01:30:00.000001Z"}', 'accepted'),
	('an owner who does not exist', jsonb_build_object('owner_id', gen_random_uuid()), '23503 schedule_owner_fkey')
) AS schedules (name, columns, outcome);
-- What was over and is ahead again is asked everything.
SELECT is(complaint(through_proctoru(jsonb_build_object('owner_id', account_id('u-1'), 'starts_at', '2001-01-01T10:00:00Z'))
		|| '; UPDATE proctorlink.schedule SET starts_at = ''2090-01-02T10:00:00Z'', ends_at = ''2090-01-02T12:00:00Z'', owner_id = '
		|| quote_literal(account_id(owner))),
	outcome, 'ahead again, with ' || owner)
FROM (VALUES
	('u-1', 'schedule_has_an_owner_who_may_schedule: the role of the owner "u-1" may not schedule'),
	('admin', 'accepted')
) AS owners (owner, outcome);

-- ----------
-- The columns of a schedule
-- ----------

SELECT is(refused(scheduling(columns)), outcome, name)
FROM (VALUES
	('an external id of 64 characters', jsonb_build_object('external_id', long(64)), 'accepted'),
	('an external id of 65 characters', jsonb_build_object('external_id', long(65)), '23514 schedule_external_id_format'),
	('an external id with a space', '{"external_id": "s 1"}'::jsonb, '23514 schedule_external_id_format'),
	('an empty external id', '{"external_id": ""}', '23514 schedule_external_id_format'),
	('a title of 100 characters', jsonb_build_object('title', long(100)), 'accepted'),
	('a title of 101 characters', jsonb_build_object('title', long(101)), '23514 schedule_title_length'),
	('an empty title', '{"title": ""}', '23514 schedule_title_length'),
	('a duration of nought', '{"duration_minutes": 0}', '23514 schedule_duration_positive'),
	('extra time of -1', '{"extra_time_minutes": -1}', '23514 schedule_extra_time_not_negative'),
	('attempts of nought', '{"attempts": 0}', '23514 schedule_attempts_positive'),
	('a workflow that there is not', '{"workflow": "OTHER"}', '23514 schedule_workflow_known'),
	('candidates with ids of their attempts', '{"workflow": "EXTERNAL_ATTEMPTS"}', 'accepted'),
	('a PIN of 64 characters', jsonb_build_object('pin_code', long(64)), 'accepted'),
	('a PIN of 65 characters', jsonb_build_object('pin_code', long(65)), '23514 schedule_pin_code_length'),
	('an exam that there is not', jsonb_build_object('exam_id', gen_random_uuid(), 'ends_at', '2090-01-03T10:00:00Z', 'title', 'New',
		'owner_id', account_id('admin'), 'hierarchy_id', hierarchy_id('Faculty')), '23503 schedule_exam_fkey'),
	('an integration that there is not', jsonb_build_object('integration_id', gen_random_uuid()), '23503 schedule_integration_fkey'),
	('no start', '{"starts_at": null}', '23502')
) AS schedules (name, columns, outcome);
SELECT is(refused(scheduling('{"external_id": "s-1"}') || '; ' || scheduling('{"external_id": "s-1"}')), '23505 schedule_external_id_unique', 'external ids are unique');
SELECT is(refused(scheduling('{"external_id": "s-1"}') || '; ' || scheduling('{"external_id": "S-1"}')), 'accepted', 'and compare exactly');
SELECT is(leaving(scheduling('{}') || '; UPDATE proctorlink.schedule SET updated_at = ''2000-01-01T00:00:00Z''', 'SELECT updated_at = now() FROM proctorlink.schedule'), 'true',
	'updated_at is when the row was changed');

-- ----------
-- Sessions on schedules
-- ----------

INSERT INTO proctorlink.account (install_id, candidate_ext_id, special_needs, reasonable_adjustment_percentage)
	SELECT install_id(), name, needs, percentage
	FROM (VALUES ('none', false, NULL::integer), ('needs', true, NULL), ('p-25', true, 25), ('p-50', true, 50), ('p-200', true, 200)) AS people (name, needs, percentage);
UPDATE proctorlink.exam SET extra_time_minutes = 10;
SELECT lives_ok(scheduling(jsonb_build_object('external_id', name, 'exam_id', exam_id(exam), 'ends_at', '2090-01-02T14:00:00Z') || columns), name)
FROM (VALUES ('s-60', 'e-60', '{}'::jsonb), ('s-61', 'e-61', '{}'), ('s-free', 'e-free', '{}'), ('s-20', 'e-60', '{"extra_time_minutes": 20}'),
	('s-tight', 'e-60', '{"ends_at": "2090-01-02T11:15:00.000001Z"}'), ('s-tighter', 'e-60', '{"ends_at": "2090-01-02T11:15:00Z"}'),
	('s-over', 'e-60', '{"starts_at": "2001-01-01T10:00:00Z", "ends_at": "2001-01-01T11:00:00.000001Z"}')) AS schedules (name, exam, columns);

-- INSERTs of sessions of these people on a schedule, and of all of them at once.
CREATE FUNCTION seating_all(people text, schedule text) RETURNS text STABLE LANGUAGE sql AS $$
	SELECT format('INSERT INTO proctorlink.exam_session (install_id, exam_id, schedule_id, account_id, status)
		SELECT install_id, exam_id, schedule_id, account_id(person), ''Scheduled'' FROM proctorlink.schedule, unnest(%L::text[]) AS person WHERE schedule_id = %L',
		string_to_array(people, ' '), schedule_id(schedule))
$$;
SELECT is(leaving(seating_all(people, schedule), format('SELECT extra_time_minutes FROM proctorlink.schedule WHERE external_id = %L', schedule)), extra_time, concat_ws(': ', schedule, people))
FROM (VALUES
	('none', 's-60', '0'),
	('needs', 's-60', '10'),
	('p-25', 's-60', '15'),
	('p-50', 's-60', '30'),
	('p-200', 's-60', '120'),
	('p-25', 's-61', '16'),
	('p-50', 's-61', '31'),
	('needs', 's-61', '10'),
	('p-25', 's-free', '0'),
	('needs', 's-free', '10'),
	('none needs p-25', 's-60', '15'),
	('p-25 needs none', 's-60', '15'),
	('needs p-50 p-25', 's-60', '30'),
	('p-25', 's-20', '20'),
	('p-50', 's-20', '30'),
	('needs', 's-20', '20'),
	('p-50 p-200', 's-over', '0')
) AS seats (people, schedule, extra_time);

SELECT is(complaint(seating_all(people, schedule)), outcome, concat_ws(': ', 'refused', schedule, people))
FROM (VALUES
	('p-25', 's-tight', 'accepted'),
	('none', 's-tighter', 'accepted'),
	('p-25', 's-tighter', 'schedule_longer_than_exam: the window is 75 min long; the exam takes 60 min and 15 min of extra time'),
	('none p-50 p-25', 's-tight', 'schedule_longer_than_exam: the window is 75 min 0.000001 s long; the exam takes 60 min and 30 min of extra time'),
	('p-200', 's-over', 'accepted')
) AS seats (people, schedule, outcome);
SELECT throws_ok(seating_all('none p-50', 's-tight'), '23514');
SELECT is((SELECT count(*) FROM proctorlink.exam_session), 0::bigint, 'where the window is too short nobody is seated');
SELECT is((SELECT extra_time_minutes FROM proctorlink.schedule WHERE external_id = 's-tight'), 0, 'and the schedule stays as it is');

-- One after the other, and by an update
SELECT is(leaving(seating_all('p-25', 's-60') || '; ' || seating_all(second, 's-60'), 'SELECT extra_time_minutes FROM proctorlink.schedule WHERE external_id = ''s-60'''), extra_time, 'then ' || second)
FROM (VALUES ('none', '15'), ('needs', '15'), ('p-50', '30')) AS seats (second, extra_time);
SELECT is(leaving(seating('p-25', '{}') || format('; UPDATE proctorlink.exam_session SET schedule_id = %L', schedule_id('s-60')) || change,
	'SELECT string_agg(external_id || '' '' || extra_time_minutes, '','' ORDER BY external_id) FROM proctorlink.schedule WHERE external_id IN (''s-60'', ''s-20'')'), extra_time, name)
FROM (VALUES
	('put on it later', '', 's-20 20,s-60 15'),
	('and moved', format('; UPDATE proctorlink.exam_session SET schedule_id = %L', schedule_id('s-20')), 's-20 20,s-60 15')
) AS changes (name, change, extra_time);
SELECT is(complaint(seating('p-25', '{}') || format('; UPDATE proctorlink.exam_session SET schedule_id = %L', schedule_id('s-tighter'))),
	'schedule_longer_than_exam: the window is 75 min long; the exam takes 60 min and 15 min of extra time', 'moved to where the window is too short');
SELECT is(leaving(seating_all('p-25', 's-60') || '; UPDATE proctorlink.schedule SET extra_time_minutes = 0; UPDATE proctorlink.exam_session SET ' || change,
	'SELECT extra_time_minutes FROM proctorlink.schedule WHERE external_id = ''s-60'''), '0', 'not asked again: ' || change)
FROM (VALUES ('score = 1'), ('schedule_id = schedule_id'), ('status = ''Cancelled'''), ('status = ''Checked In''')) AS changes (change);
SELECT is(leaving(seating('p-25', '{}') || format('; UPDATE proctorlink.exam_session SET status = ''Cancelled'', schedule_id = %L', schedule_id('s-60')),
	'SELECT extra_time_minutes FROM proctorlink.schedule WHERE external_id = ''s-60'''), '0', 'who is cancelled needs no extra time');
-- Rows of several schedules in one statement
SELECT is(leaving('INSERT INTO proctorlink.exam_session (install_id, exam_id, schedule_id, account_id, status)
		SELECT install_id, exam_id, schedule_id, account_id(person), ''Scheduled'' FROM proctorlink.schedule
		JOIN (VALUES (''s-60'', ''none''), (''s-60'', ''needs''), (''s-20'', ''p-25''), (''s-20'', ''p-50''), (''s-61'', ''p-25''), (''s-over'', ''p-200'')) AS seats (external_id, person)
			USING (external_id)',
		'SELECT string_agg(external_id || '' '' || extra_time_minutes, '','' ORDER BY external_id) FROM proctorlink.schedule WHERE external_id <> ''s-tight'''),
	's-20 30,s-60 10,s-61 16,s-free 0,s-over 0,s-tighter 0', 'each schedule has the extra time of its own people');

SELECT is(leaving(seating('p-50', jsonb_build_object('schedule_id', schedule_id('s-60'), 'created_at', '2020-01-01T00:00:00Z')),
	'SELECT extra_time_minutes FROM proctorlink.schedule WHERE external_id = ''s-60'''), '0', 'history asks for no extra time');

SELECT is(refused(seating('u-1', columns)), outcome, name)
FROM (VALUES
	('a session of the schedule''s exam', jsonb_build_object('schedule_id', schedule_id('s-60')), 'accepted'),
	('of another exam', jsonb_build_object('schedule_id', schedule_id('s-61')), '23503 exam_session_schedule_fkey'),
	('a schedule that there is not', jsonb_build_object('schedule_id', gen_random_uuid()), '23503 exam_session_schedule_fkey'),
	('history of another exam', jsonb_build_object('schedule_id', schedule_id('s-61'), 'created_at', '2020-01-01T00:00:00Z'), '23503 exam_session_schedule_fkey')
) AS sessions (name, columns, outcome);
SELECT is(refused(seating('u-1', jsonb_build_object('schedule_id', schedule_id('s-60'))) || '; DELETE FROM proctorlink.schedule WHERE external_id = ' || quote_literal(schedule)), outcome, name)
FROM (VALUES ('a schedule with sessions stays', 's-60', '23503 exam_session_schedule_fkey'), ('one without goes', 's-20', 'accepted')) AS schedules (name, schedule, outcome);

-- Attempts: the schedule's, else the configuration's, else the exam's, else any number.
SELECT is(complaint(format('UPDATE proctorlink.exam SET attempts = %L; ', exams)
	|| CASE WHEN configurations IS NULL THEN '' ELSE inserting('exam_configuration', jsonb_build_object('exam_id', exam_id('e-60'), 'url', 'https://x.test', 'duration_minutes', 60,
		'access_opens_at', '2090-01-01T10:00:00Z', 'access_closes_at', '2090-02-01T10:00:00Z', 'attempts', configurations)) || '; ' END
	|| format('UPDATE proctorlink.schedule SET attempts = %L; ', schedules)
	|| seating('u-1', jsonb_build_object('schedule_id', CASE WHEN seated THEN schedule_id('s-60') END, 'attempt', attempt))),
	CASE WHEN attempt <= allowed THEN 'accepted' ELSE format('session_attempts_left: attempt %s of an exam that allows %s', attempt, allowed) END,
	format('attempt %s: exam %s, configuration %s, schedule %s, on it %s', attempt, exams, configurations, schedules, seated))
FROM (VALUES
	(1, NULL::integer, NULL::integer, true, 1), (2, NULL, NULL, true, 2), (2, 3, NULL, true, 3), (2, 3, 4, true, 4), (2, 3, 1, true, 1), (NULL, NULL, 2, true, 2), (2, 3, 4, false, 3)
) AS attempts (exams, configurations, schedules, seated, allowed), LATERAL (VALUES (allowed), (allowed + 1)) AS tried (attempt);
SELECT is(complaint(seating('u-1', jsonb_build_object('schedule_id', schedule_id('s-60'), 'attempt', 9))), 'accepted', 'any number where nothing says how many');
SELECT is(complaint('UPDATE proctorlink.schedule SET attempts = CASE external_id WHEN ''s-60'' THEN 2 ELSE 1 END; '
	|| seating('u-1', jsonb_build_object('schedule_id', schedule_id('s-60'), 'attempt', 2)) || '; ' || change), outcome, 'a second attempt, ' || name)
FROM (VALUES
	('on a schedule that allows it', 'SELECT', 'accepted'),
	('moved to one that does not', format('UPDATE proctorlink.exam_session SET schedule_id = %L', schedule_id('s-20')), 'session_attempts_left: attempt 2 of an exam that allows 1'),
	('cancelled', 'UPDATE proctorlink.exam_session SET status = ''Cancelled''', 'accepted')
) AS changes (name, change, outcome);

-- ----------
-- What stands in place of a booking that was cancelled
-- ----------

INSERT INTO proctorlink.course (install_id, external_id, title) VALUES (install_id(), 'c-1', 'Anatomy');
INSERT INTO proctorlink.exam (install_id, course_id, external_id, title, duration_minutes, published, limited_scope, attempts)
	SELECT install_id(), course_id, external, 'Final', 60, true, limited, 2 FROM proctorlink.course, (VALUES ('open', false), ('closed', true)) AS exams (external, limited);
INSERT INTO proctorlink.enrollment (install_id, account_id, course_id, role)
	SELECT install_id(), account_id(person), course_id, role FROM proctorlink.course, (VALUES ('u-1', 'learner'), ('u-2', 'instructor')) AS people (person, role);
SELECT lives_ok(scheduling(jsonb_build_object('external_id', 's-open', 'exam_id', exam_id('open'), 'attempts', 3)), 'a schedule with more attempts than the exam');

CREATE FUNCTION enrolled(person text, exam text, columns jsonb DEFAULT '{}') RETURNS text STABLE LANGUAGE sql AS $$
	SELECT seating(person, jsonb_build_object('exam_id', exam_id(exam),
		'enrollment_id', (SELECT enrollment_id FROM proctorlink.enrollment WHERE account_id = account_id(person))) || columns)
$$;
-- The sessions of a person, in the order in which they were made.
CREATE FUNCTION sessions(person text, exam text) RETURNS text STABLE LANGUAGE sql AS $$
	SELECT string_agg(concat_ws(' ', status, attempt, status_reason, CASE WHEN schedule_id IS NOT NULL THEN 'on a schedule' END,
		CASE WHEN enrollment_id IS NULL THEN 'without enrollment' END), ', ' ORDER BY exam_session_id)
	FROM proctorlink.exam_session WHERE account_id = account_id(person) AND exam_id = exam_id(exam)
$$;
CREATE FUNCTION setting_all(changes text) RETURNS text IMMUTABLE LANGUAGE sql AS $$
	SELECT '; UPDATE proctorlink.exam_session SET ' || regexp_replace(changes, '(;|$)', ' WHERE status NOT IN (''Cancelled'', ''Closed'')\1')
$$;

SELECT is(sessions('u-1', 'open'), 'Needs Proctor 1', 'a learner''s session of an open exam');
SELECT is(leaving('SELECT 1' || setting_all(booking) || setting_all(cancelling), 'SELECT sessions(''u-1'', ''open'')'), outcome, name)
FROM (VALUES
	('booked and cancelled', 'status = ''Scheduled''', 'status = ''Cancelled''', 'Cancelled 1, Needs Proctor 1'),
	('with a reason of the provider''s', 'status = ''Scheduled''', 'status = ''Cancelled'', status_reason = ''reservation-removed: ill''',
		'Cancelled 1 reservation-removed: ill, Needs Proctor 1'),
	('on a schedule and cancelled', format('status = ''Scheduled'', schedule_id = %L', schedule_id('s-open')), 'status = ''Cancelled''', 'Cancelled 1 on a schedule, Needs Proctor 1'),
	('on a schedule, not booked, and cancelled', format('schedule_id = %L', schedule_id('s-open')), 'status = ''Cancelled''', 'Cancelled 1 on a schedule, Needs Proctor 1'),
	('taken off the schedule as it is cancelled', format('status = ''Scheduled'', schedule_id = %L', schedule_id('s-open')), 'status = ''Cancelled'', schedule_id = NULL',
		'Cancelled 1, Needs Proctor 1'),
	('never booked, and cancelled', 'status_reason = NULL', 'status = ''Cancelled''', 'Cancelled 1'),
	('asked for, and cancelled', 'status = ''Pending Approval''', 'status = ''Cancelled''', 'Cancelled 1'),
	('checked in, and cancelled', 'status = ''Scheduled''' || setting_all('status = ''Checked In'''), 'status = ''Cancelled''', 'Cancelled 1, Needs Proctor 1'),
	('after an incident', 'status = ''Scheduled''' || setting_all('status = ''Incident'''), 'status = ''Cancelled''', 'Cancelled 1, Needs Proctor 1'),
	('closed', 'status = ''Scheduled''', 'status = ''Closed''', 'Closed 1'),
	('unenrolled', 'status = ''Scheduled''', 'status = ''Cancelled'', status_reason = ''unenrolled''', 'Cancelled 1 unenrolled'),
	('removed by limited scope', 'status = ''Scheduled''', 'status = ''Cancelled'', status_reason = ''removed-by-limited-scope''', 'Cancelled 1 removed-by-limited-scope'),
	('erased', 'status = ''Scheduled''', 'status = ''Cancelled'', status_reason = ''erased''', 'Cancelled 1 erased'),
	('expired', 'status = ''Scheduled''', 'status = ''Cancelled'', status_reason = ''expired''', 'Cancelled 1 expired'),
	('a reason given later', 'status = ''Scheduled''', 'status = ''Cancelled''; UPDATE proctorlink.exam_session SET status_reason = ''ill'' WHERE status = ''Cancelled''',
		'Cancelled 1 ill, Needs Proctor 1'),
	('without an enrollment', 'status = ''Scheduled'', enrollment_id = NULL', 'status = ''Cancelled''', 'Cancelled 1 without enrollment, Needs Proctor 1'),
	('the enrollment removed', 'status = ''Scheduled''', 'score = 1; UPDATE proctorlink.enrollment SET status = ''removed''', 'Cancelled 1 unenrolled'),
	('the enrollment removed during an incident', 'status = ''Scheduled''' || setting_all('status = ''In Progress''') || setting_all('status = ''Incident'''),
		'score = 1; UPDATE proctorlink.enrollment SET status = ''removed''' || setting_all('status = ''Cancelled'''), 'Cancelled 1'),
	('the fresh one cancelled too', 'status = ''Scheduled''', 'status = ''Cancelled''' || setting_all('status = ''Cancelled''') || '; UPDATE proctorlink.exam_session SET score = 1',
		'Cancelled 1, Cancelled 1'),
	('the second attempt', 'attempt = 2, status = ''Scheduled''', 'status = ''Cancelled''', 'Cancelled 2, Needs Proctor 2'),
	('the third attempt, which only the schedule allows', format('attempt = 3, status = ''Scheduled'', schedule_id = %L', schedule_id('s-open')), 'status = ''Cancelled''',
		'Cancelled 3 on a schedule')
) AS changes (name, booking, cancelling, outcome);
SELECT is(leaving('SELECT 1' || setting_all('status = ''Scheduled''') || setting_all('status = ''Cancelled''') || setting_all('status = ''Scheduled''') || setting_all('status = ''Cancelled''')
	|| setting_all('status = ''Scheduled'''), 'SELECT sessions(''u-1'', ''open'')'), 'Cancelled 1, Cancelled 1, Scheduled 1', 'booked again and again');
SELECT is(leaving(enrolled('u-1', 'closed') || setting_all('status = ''Cancelled'''), 'SELECT sessions(''u-1'', ''closed'')'),
	'Cancelled 1, Needs Proctor 1', 'of an exam of limited scope');
SELECT is(leaving(enrolled('u-2', 'open') || setting_all('status = ''Cancelled'''), 'SELECT sessions(''u-2'', ''open'')'), 'Cancelled 1', 'an instructor');
SELECT is(leaving('SELECT 1' || setting_all('status = ''Scheduled''') || '; '
	|| enrolled('u-1', 'open', '{"attempt": 2, "status": "Needs Proctor"}')
	|| '; UPDATE proctorlink.exam_session SET status = ''Cancelled'' WHERE status = ''Scheduled''', 'SELECT sessions(''u-1'', ''open'')'),
	'Cancelled 1, Needs Proctor 2', 'where an open one stands already');
SELECT is(leaving('SELECT 1' || setting_all('status = ''Scheduled''') || '; '
	|| enrolled('u-1', 'open', jsonb_build_object('attempt', 2, 'status', 'Needs Proctor', 'schedule_id', schedule_id('s-open')))
	|| '; UPDATE proctorlink.exam_session SET status = ''Cancelled'' WHERE status = ''Scheduled''', 'SELECT sessions(''u-1'', ''open'')'),
	'Cancelled 1, Needs Proctor 2 on a schedule, Needs Proctor 1', 'where one stands that is on a schedule');
SELECT is(leaving('SELECT 1' || setting_all('status = ''Scheduled''') || format('; WITH cancelled AS (UPDATE proctorlink.exam_session SET status = ''Cancelled'' WHERE status = ''Scheduled'' RETURNING *)
	INSERT INTO proctorlink.exam_session (install_id, exam_id, account_id, enrollment_id, status, schedule_id)
	SELECT install_id, exam_id, account_id, enrollment_id, ''Scheduled'', %L FROM cancelled', schedule_id('s-open')), 'SELECT sessions(''u-1'', ''open'')'),
	'Cancelled 1, Scheduled 1 on a schedule', 'where the same statement books anew');

-- ----------
-- Who may write nothing else
-- ----------

-- Rules look at other tables, and write them, as their owner.
CREATE ROLE proctorlink_test_caller;
SELECT proctorlink.bind_role(proctorlink.sid('install', install_id), 'proctorlink_test_caller') FROM proctorlink.install;
GRANT USAGE ON SCHEMA proctorlink TO proctorlink_test_caller;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA proctorlink TO proctorlink_test_caller;
GRANT INSERT ON proctorlink.schedule, proctorlink.exam_session TO proctorlink_test_caller;
GRANT SELECT (status), UPDATE (status) ON proctorlink.exam_session TO proctorlink_test_caller;
CREATE FUNCTION as_caller(statement text) RETURNS text IMMUTABLE LANGUAGE sql AS $$
	SELECT 'SET LOCAL ROLE proctorlink_test_caller; ' || statement || '; RESET ROLE'
$$;
SELECT is(complaint(as_caller('UPDATE proctorlink.schedule SET extra_time_minutes = 1')), '42501, no hint, no table, : permission denied for table schedule', 'a role that may not change schedules');
SELECT is(leaving(as_caller(seating('p-25', jsonb_build_object('schedule_id', schedule_id('s-60')))),
	'SELECT extra_time_minutes FROM proctorlink.schedule WHERE external_id = ''s-60'''), '15', 'gives one the extra time of who is seated');
SELECT is(complaint(as_caller(through_proctoru())), 'accepted', 'makes one of an exam that it cannot read');
SELECT is(complaint(changing('exam', 'pin = true') || as_caller(through_proctoru())),
	'proctoru_exam_without_other_security: other security settings are on: PIN (of the exam)', 'and not where the exam does not allow it');
SELECT is(leaving('SELECT 1' || setting_all('status = ''Scheduled''') || '; ' || as_caller('UPDATE proctorlink.exam_session SET status = ''Cancelled'''), 'SELECT sessions(''u-1'', ''open'')'),
	'Cancelled 1, Needs Proctor 1', 'cancels a session whose enrollment it cannot read');

SELECT * FROM finish();
ROLLBACK;
