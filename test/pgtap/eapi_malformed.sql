-- test/pgtap/eapi_malformed.sql
--		Cirrus's door does not fall over: every function, found in the catalog,
--		is sent what is no request at all, and every member of its body what is
--		no value of it. It answers its envelope, tells nothing of people, and a
--		refusal leaves the tables as they were.

BEGIN;
\ir helpers.psql
-- All of these functions are PARALLEL UNSAFE; only the comparison of tables would
-- run in workers, thousands of times.
SELECT set_config(name, 'off', true) AS not_forced FROM pg_settings
WHERE name IN ('force_parallel_mode', 'debug_parallel_query') \gset
SELECT no_plan();

-- 1. Two installs with much of the same; the first is the one that is called.
CREATE FUNCTION install_id(called text DEFAULT 'University') RETURNS uuid STABLE LANGUAGE sql AS $$
	SELECT install_id FROM proctorlink.install WHERE name = called
$$;
SELECT proctorlink.create_install('University', 'https://platform.test') AS install,
	proctorlink.create_install('Elsewhere', 'https://elsewhere.test') AS elsewhere \gset
CREATE FUNCTION furnish(install uuid, letter text) RETURNS void LANGUAGE sql AS $$
	INSERT INTO proctorlink.account (install_id, candidate_ext_id, first_name, last_name, email, role)
		SELECT install, letter || v.id, 'Zzfirst', 'Zzlast', 'zzmail@example.org', v.role
		FROM (VALUES ('-boss', 'administrator'), ('-c1', 'candidate'), ('-c2', 'candidate')) v (id, role);
	INSERT INTO proctorlink.exam (install_id, external_id, title, duration_minutes, published)
		VALUES (install, letter || '-ex', 'Anatomy', 60, true), (install, letter || '-draft', 'Draft', 60, false);
	INSERT INTO proctorlink.hierarchy (install_id, parent_id, organisation_id, title)
		SELECT install, hierarchy_id, letter || v.id, 'Zzgroup' FROM proctorlink.hierarchy, (VALUES ('-law'), ('-art')) v (id)
		WHERE is_root AND install_id = install;
	INSERT INTO proctorlink.schedule (install_id, exam_id, external_id, starts_at, owner_id, activated_at)
		SELECT install, exam_id, letter || v.id, '2032-03-01T09:00:00Z', account_id, v.activated_at
		FROM proctorlink.exam x, proctorlink.account a, (VALUES ('-live', now()), ('-idle', NULL)) v (id, activated_at)
		WHERE x.install_id = install AND a.install_id = install AND x.external_id = letter || '-ex' AND a.candidate_ext_id = letter || '-boss';
	INSERT INTO proctorlink.exam_session (install_id, exam_id, schedule_id, account_id, status, attempt_ext_id)
		SELECT install, s.exam_id, s.schedule_id, a.account_id, 'Scheduled', letter || '-attempt'
		FROM proctorlink.schedule s, proctorlink.account a
		WHERE s.install_id = install AND a.install_id = install AND s.external_id = letter || '-live' AND a.candidate_ext_id = letter || '-c1';
$$;
SELECT furnish(install_id(), 'u'), furnish(install_id('Elsewhere'), 'e');
SELECT proctorlink.configure_install(:'install', '{"defaultScheduler": "u-boss", "defaultOwner": "u-boss", "timeZone": "Europe/Amsterdam"}') IS NOT NULL;
-- so that attempts of it can be told
UPDATE proctorlink.schedule SET starts_at = now() - interval '1 day', ends_at = now() + interval '1 day' WHERE external_id = 'u-live';
SELECT proctorlink.use_install(:'install');

-- 2. A request of each function that it does, with every member that it knows.
CREATE TABLE good (name text PRIMARY KEY, arguments text[]);
INSERT INTO good VALUES
	('eapi_create_schedule', ARRAY['{"Workflow": "EXTERNAL_ATTEMPTS", "Upsert": false,
		"Schedule": {"AssessmentExtId": "u-ex", "Title": "Title", "ScheduleExtId": "new", "StartDateTime": "2032-03-01T09:00:00Z",
			"EndDateTime": "2032-03-01T12:00:00Z", "GroupExtId": "med", "GroupName": "Medicine", "ScheduleGroupExtId": "u-law",
			"ScheduleGroupName": "Law", "PIN": "1234", "ExtraTime": 10, "Owner": "u-boss"},
		"Candidates": [{"UserName": "new", "CandidateExtId": "new", "FirstName": "Zzfirst", "LastName": "Zzlast",
			"Email": "zzmail@example.org", "AttemptExtId": "at-1", "SpecialNeeds": true, "ReasonableAdjustmentPercentage": 10}]}']),
	('eapi_create_draft_schedule', ARRAY['{"AssessmentExternalId": "u-ex", "StartDateTime": "2032-03-01T09:00:00",
		"EndDateTime": "2032-03-01T12:00:00", "Title": "Title", "ScheduleExternalId": "new", "HierarchyExternalId": "u-law",
		"PIN": "1234", "UseProctorIo": false, "Owner": "u-boss"}']),
	('eapi_update_schedule', ARRAY['u-idle', '{"StartDateTime": "2032-03-01T09:00:00", "EndDateTime": "2032-03-01T12:00:00", "Title": "Title",
		"ScheduleExtId": "new", "ScheduleExternalId": "new", "HierarchyExternalId": "u-law", "PIN": "1234", "UseProctorIo": false}']),
	('eapi_activate_schedule', ARRAY['u-idle']),
	('deactivate_schedule', ARRAY['u-live']),
	('eapi_delete_schedule', ARRAY['u-live']),
	('eapi_get_schedule', ARRAY['u-live']),
	('move_schedule', ARRAY['u-live', 'u-law']),
	('eapi_add_candidates', ARRAY['{"Schedule": {"ScheduleExtId": "u-live", "GroupExtId": "med", "GroupName": "Medicine"},
		"Candidates": [{"UserName": "new", "CandidateExtId": "new", "FirstName": "Zzfirst", "LastName": "Zzlast",
			"Email": "zzmail@example.org", "SpecialNeeds": true, "ReasonableAdjustmentPercentage": 10}]}']),
	('eapi_add_existing_candidates', ARRAY['u-live', '["u-c2"]']),
	('eapi_remove_candidates', ARRAY['u-live', '["u-c1"]']),
	('eapi_attempt_info', ARRAY['u-live', 'u-c1']),
	('eapi_results', ARRAY['u-c1', 'u-live', 'u-attempt']),
	('eapi_create_group', ARRAY['{"ExternalId": "new", "Title": "New", "ParentExternalId": "u-law", "AllowRelationshipWithSchedules": true,
		"IsOrganization": false}']),
	('eapi_update_group', ARRAY['u-art', '{"ExternalId": "new", "Title": "New", "ParentExternalId": "u-law", "AllowRelationshipWithSchedules": true,
		"IsArchived": true}']),
	('eapi_search_groups', ARRAY['law']),
	('eapi_delete_group', ARRAY['u-art']),
	('eapi_create_user', ARRAY['{"ExternalId": "new", "FirstName": "Zzfirst", "LastName": "Zzlast", "Email": "zzmail@example.org", "UserName": "new",
		"Role": "candidate", "SpecialNeeds": true, "ReasonableAdjustmentPercentage": 10}']),
	('eapi_update_user', ARRAY['u-c2', '{"FirstName": "Zzfirst", "LastName": "Zzlast", "Email": "zzmail@example.org",
		"UserName": "new", "Role": "candidate", "SpecialNeeds": true, "ReasonableAdjustmentPercentage": 10}']),
	('eapi_get_user', ARRAY['u-c1']),
	('eapi_delete_user', ARRAY['u-c2']),
	('eapi_create_assessment', ARRAY['{"ExternalId": "new", "Title": "New", "Purpose": 1, "Code": "N-1", "Owner": "u-boss"}']),
	('eapi_update_assessment', ARRAY['u-draft', '{"Title": "New", "Code": "N-1", "Owner": "u-boss"}']),
	('eapi_get_assessment', ARRAY['u-ex']);

-- Every function of this door that there is, with the types of its arguments.
CREATE VIEW door AS
	SELECT p.proname AS name, p.proargtypes::regtype[] AS types, g.arguments
	FROM pg_proc p LEFT JOIN good g ON g.name = p.proname
	WHERE p.pronamespace = 'proctorlink'::regnamespace AND p.prorettype = 'jsonb'::regtype AND NOT p.proretset
		AND (p.proname LIKE 'eapi\_%' OR p.proname IN ('deactivate_schedule', 'move_schedule'));

SELECT is((SELECT string_agg(name, ' ' ORDER BY name) FROM door WHERE arguments IS NULL), NULL, 'every function has cases here');
SELECT is((SELECT string_agg(name, ' ') FROM door WHERE cardinality(types) IS DISTINCT FROM cardinality(arguments)), NULL, 'with all its arguments');
SELECT cmp_ok((SELECT count(*) FROM door), '>=', 17::bigint, 'and they are found');

-- What a call comes to, which is taken back: "done", "refused", or how it
-- breaks its word.
CREATE FUNCTION called(called text, types regtype[], arguments text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	list text := (SELECT string_agg(format('$1[%s]::%s', place, type), ', ' ORDER BY place)
		FROM unnest(types) WITH ORDINALITY AS argument (type, place));
	before text := contents(true, '{event}');
	answer jsonb;
	status text;
	outcome text;
BEGIN
	PERFORM set_config('response.status', 'none', true);
	EXECUTE format('SELECT proctorlink.%I(%s)', called, list) INTO answer USING arguments;
	status := current_setting('response.status');
	IF octet_length(answer::text) > 100000 THEN
		outcome := 'says too much: ' || octet_length(answer::text);
	ELSIF jsonb_typeof(answer) = 'object' AND answer -> 'Success' = 'false' THEN
		outcome := CASE
			WHEN status NOT IN ('400', '403') THEN 'refused with status ' || status
			WHEN answer - '{Content,Success,Errors,Message}'::text[] <> '{}' OR answer -> 'Content' <> 'null'
				OR jsonb_typeof(answer -> 'Errors') <> 'array' OR jsonb_array_length(answer -> 'Errors') = 0
				OR EXISTS (SELECT FROM jsonb_array_elements(answer -> 'Errors') e
					WHERE e - '{Code,Error}'::text[] <> '{}' OR NOT e ? 'Code' OR coalesce(e ->> 'Error', '') = '')
				THEN 'no envelope: ' || answer::text
			WHEN answer::text ~* 'zz' THEN 'tells of people: ' || answer::text
			WHEN contents(true, '{event}') <> before THEN 'refused, but written'
			ELSE 'refused' END;
	ELSE
		outcome := CASE
			WHEN answer IS NULL THEN 'no answer'
			WHEN status NOT IN ('200', '201') THEN 'done with status ' || status
			WHEN jsonb_typeof(answer) = 'array' AND called = 'eapi_search_groups'
				OR answer ? 'SuccessfullyRemoved' AND called = 'eapi_delete_group'
				OR answer ? 'Results' AND called = 'eapi_results'
				OR answer -> 'Success' = 'true' AND answer -> 'Errors' = 'null' AND answer ? 'Content' THEN 'done'
			ELSE 'no envelope: ' || answer::text END;
		IF position('e-' IN coalesce(answer ->> 'Content', '')) = 1 OR answer::text LIKE '%"e-%' THEN
			outcome := 'tells of another install: ' || answer::text;
		END IF;
	END IF;
	RAISE EXCEPTION USING ERRCODE = 'UNDO0';
EXCEPTION
	WHEN SQLSTATE 'UNDO0' THEN
		RETURN outcome;
	WHEN OTHERS THEN
		RETURN 'raised ' || SQLSTATE || ' ' || left(SQLERRM, 200);
END
$$;

SELECT is(called(name, types, arguments), 'done', name || ' does its request')
FROM door WHERE cardinality(types) = cardinality(arguments) ORDER BY name;

-- 3. What is no text that names anything. Searching takes any; what may be left
-- out is absent when it is null or empty.
CREATE FUNCTION nested(levels int) RETURNS text IMMUTABLE LANGUAGE sql AS $$
	SELECT repeat('[', levels) || repeat(']', levels)
$$;
CREATE TABLE odd_text (what text, value text);
INSERT INTO odd_text VALUES
	('null', NULL), ('empty', ''), ('1,000,000 characters', repeat('x', 1000000)), ('a control character', E'u-live\x01'),
	('a line feed', E'u-live\n'), ('a leading space', ' u-live'), ('a no-break space', U&'u-live\00A0'),
	('a zero-width space', U&'u-live\200B'), ('another case', 'U-LIVE'), ('a quote', $$u-live' OR 'a' = 'a$$), ('a pattern', '%'),
	('a sid of nobody', 'SC' || repeat('0', 32)),
	('another install''s schedule', 'e-live'), ('another install''s draft', 'e-idle'), ('another install''s candidate', 'e-c1'),
	('another install''s group', 'e-law'), ('another install''s exam', 'e-ex'), ('another install''s attempt', 'e-attempt');
INSERT INTO odd_text
	SELECT 'another install''s sid ' || left(sid, 2), sid FROM (
		SELECT proctorlink.sid('SC', schedule_id) FROM proctorlink.schedule WHERE external_id = 'e-live'
		UNION ALL SELECT proctorlink.sid('US', account_id) FROM proctorlink.account WHERE candidate_ext_id = 'e-c1'
		UNION ALL SELECT proctorlink.sid('HG', hierarchy_id) FROM proctorlink.hierarchy WHERE organisation_id = 'e-law'
		UNION ALL SELECT proctorlink.sid('EX', exam_id) FROM proctorlink.exam WHERE external_id = 'e-ex') s (sid);

CREATE FUNCTION with_argument(arguments text[], place int, value text) RETURNS text[] LANGUAGE plpgsql AS $$
BEGIN
	arguments[place] := value;
	RETURN arguments;
END
$$;

SELECT is((SELECT string_agg(o.what || ': ' || v, E'\n') FROM odd_text o, called(d.name, d.types, with_argument(d.arguments, place, o.value)) v
		WHERE v <> CASE WHEN d.name = 'eapi_search_groups' OR d.name = 'eapi_results' AND (coalesce(o.value, '') = '') THEN 'done' ELSE 'refused' END),
	NULL, format('%s, argument %s', d.name, place))
FROM door d, generate_subscripts(d.arguments, 1) AS place
WHERE d.types[place - 1] = 'text'::regtype ORDER BY d.name, place;

-- 4. What is no body. A group or a user of whom nothing is to change
-- is as it should be.
CREATE TABLE odd_body (what text, value text);
INSERT INTO odd_body VALUES
	('SQL null', NULL), ('null', 'null'), ('an empty text', '""'), ('an empty array', '[]'), ('an empty object', '{}'), ('a boolean', 'true'),
	('a number', '7'), ('a text', '"x"'), ('an array in an array', '[[]]'), ('an unknown member', '{"a": 1}'), ('an object in an array', '[{"a": 1}]'),
	('null in an array', '[null]'), ('an empty text in an array', '[""]'), ('a number in an array', '[7]'), ('a boolean in an array', '[true]'),
	('1,000,000 characters', to_json(repeat('x', 1000000))::text), ('1,000,000 characters in an array', format('[%s]', to_json(repeat('x', 1000000)))),
	('a control character', '["u-c1\u0001"]'), ('a no-break space', '["\u00a0u-c1"]'), ('an invisible space', '["u-c1\u200b"]'),
	('a number beyond int8', '92233720368547758080'), ('a number beyond int8 in an array', '[92233720368547758080]'),
	('a very large number', '1e100000'), ('a very large number in an array', '[1e100000]'), ('deep nesting', nested(10000)),
	('deep nesting in an object', format('{"a": %s}', nested(10000))), ('one of another install', '["e-c1"]'),
	('one of ours and none', '["u-c1", "u-c2", {}]'), ('many members', (SELECT json_object_agg('m' || n, n)::text FROM generate_series(1, 20000) n));

SELECT is((SELECT string_agg(o.what || ': ' || v, E'\n') FROM odd_body o, called(d.name, d.types, with_argument(d.arguments, place, o.value)) v
		WHERE v <> CASE WHEN d.name IN ('eapi_update_group', 'eapi_update_user') AND o.what IN ('an unknown member', 'deep nesting in an object', 'many members')
			THEN 'done' ELSE 'refused' END),
	NULL, format('%s, argument %s', d.name, place))
FROM door d, generate_subscripts(d.arguments, 1) AS place
WHERE d.types[place - 1] = 'jsonb'::regtype ORDER BY d.name, place;

-- 5. What is no value of a member. Some are none of any; the others may be taken
-- for what they stand for.
CREATE TABLE odd_value (what text, value text, never boolean);
INSERT INTO odd_value VALUES
	('null', 'null', false), ('an empty text', '""', false), ('a boolean', 'true', false), ('a number', '7', false), ('a negative number', '-1', false),
	('a fraction', '1.5', false), ('a text', '"x"', false), ('a number beyond int8', '92233720368547758080', false),
	('a no-break space', '"\u00a0zz"', false), ('an invisible space', '"zz\u200b"', false), ('a sid of another install', '"@"', false),
	('a control character', '"zz\u0001"', true), ('a line feed', '"zz\nzz"', true), ('1,000,000 characters', to_json(repeat('zz', 500000))::text, true),
	('a very large number', '1e100000', true), ('an object', '{"zz": "zz"}', true), ('an array', '["zz"]', true), ('an array in an array', '[[]]', true),
	('deep nesting', nested(10000), true);
UPDATE odd_value SET value = to_json((SELECT value FROM odd_text WHERE what LIKE '%sid HG')) WHERE value = '"@"';

-- Where the members of a body stand.
CREATE FUNCTION members(body jsonb) RETURNS TABLE (path text[]) IMMUTABLE LANGUAGE sql AS $$
	WITH RECURSIVE member (path, value) AS (
		SELECT ARRAY[key], value FROM jsonb_each(body)
		UNION ALL
		SELECT m.path || v.key, v.value FROM member m CROSS JOIN LATERAL (
			SELECT key, value FROM jsonb_each(CASE WHEN jsonb_typeof(m.value) = 'object' THEN m.value ELSE '{}' END)
			UNION ALL
			SELECT (place - 1)::text, value FROM jsonb_array_elements(CASE WHEN jsonb_typeof(m.value) = 'array' THEN m.value ELSE '[]' END)
				WITH ORDINALITY AS element (value, place)) v)
	SELECT path FROM member
$$;

CREATE TABLE body AS
	SELECT d.*, place, CASE WHEN d.types[place - 1] = 'jsonb'::regtype THEN d.arguments[place]::jsonb END AS body
	FROM door d, generate_subscripts(d.arguments, 1) AS place;

-- What is said of ids may quote them, of people it may not. Only in names,
-- titles and codes control characters may stand.
SELECT is((SELECT string_agg(format('%s: %s: %s', m.path, o.what, v), E'\n')
		FROM members(d.body) m, odd_value o,
			replace(o.value, 'zz', CASE WHEN m.path[cardinality(m.path)] IN ('FirstName', 'LastName', 'Email') THEN 'zz' ELSE 'id' END) AS sent,
			called(d.name, d.types, with_argument(d.arguments, d.place, jsonb_set(d.body, m.path, sent::jsonb)::text)) v
		WHERE NOT (v = 'refused' OR v = 'done' AND (NOT o.never OR o.value LIKE '"zz\\%' AND m.path[cardinality(m.path)] IN ('Title', 'Code', 'FirstName', 'LastName')))),
	NULL, format('%s, members of argument %s', d.name, d.place))
FROM body d
WHERE jsonb_typeof(d.body) = 'object' ORDER BY d.name, d.place;

-- A body does without each of its members but those that it must have.
SELECT is((SELECT string_agg(format('%s: %s', m.path, v), E'\n')
		FROM members(d.body) m,
			called(d.name, d.types, with_argument(d.arguments, d.place, (d.body #- m.path)::text)) v
		WHERE v NOT IN ('refused', 'done')
			OR (v = 'done') = (d.name || ' ' || m.path[cardinality(m.path)] IN ('eapi_create_schedule Schedule', 'eapi_create_schedule AssessmentExtId',
				'eapi_create_schedule StartDateTime', 'eapi_create_schedule GroupExtId', 'eapi_create_schedule GroupName',
				'eapi_create_schedule CandidateExtId', 'eapi_create_schedule FirstName', 'eapi_create_schedule LastName', 'eapi_create_schedule Email',
				'eapi_create_schedule SpecialNeeds', 'eapi_create_schedule Workflow',
				'eapi_create_draft_schedule AssessmentExternalId', 'eapi_create_draft_schedule StartDateTime',
				'eapi_add_candidates Schedule', 'eapi_add_candidates ScheduleExtId', 'eapi_add_candidates GroupExtId', 'eapi_add_candidates GroupName',
				'eapi_add_candidates Candidates', 'eapi_add_candidates CandidateExtId', 'eapi_add_candidates FirstName', 'eapi_add_candidates LastName',
				'eapi_add_candidates Email', 'eapi_add_candidates SpecialNeeds',
				'eapi_create_group ExternalId', 'eapi_create_group Title',
				'eapi_create_user ExternalId', 'eapi_create_user FirstName', 'eapi_create_user LastName', 'eapi_create_user SpecialNeeds',
				'eapi_update_user SpecialNeeds',
				'eapi_create_assessment Title', 'eapi_create_assessment Purpose', 'eapi_create_assessment Code'))),
	NULL, format('%s, without members of argument %s', d.name, d.place))
FROM body d
WHERE jsonb_typeof(d.body) = 'object' ORDER BY d.name, d.place;

SELECT * FROM finish();
ROLLBACK;
