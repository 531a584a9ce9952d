-- test/pgtap/provision_as_role.sql
--		batch_provision does the same for a system as for the owner of the tables,
--		whom row-level security does not touch: the same answers, the same rows.

BEGIN;
\ir helpers.psql
SELECT plan(70);

-- 1. A tenant beside another that has the same people, courses and exams.
SELECT proctorlink.create_install('Elsewhere', 'https://elsewhere.test') AS elsewhere,
	proctorlink.create_install('University', 'https://platform.test') AS install \gset
SELECT proctorlink.create_integration(:'install', 'other', 'https://provider.test/') ->> 'sid' AS integration \gset
SELECT proctorlink.define_role(:'install', 'tutor', '{participate}');
SELECT proctorlink.provision(:'elsewhere', jsonb_build_array(exam_item() || learner_item(), put(user_item(), '/user/ids/external', '"u-2"'))) IS NOT NULL AS same \gset
-- what the University has to begin with
SELECT proctorlink.provision(:'install', jsonb_build_array(
	put(put(exam_item(), '/exam/ids/external', '"e-old"'), '/course', '{"ids": {"external": "c-old"}, "title": "Old", "code": "OLD"}'),
	put(learner_item(), '/user/ids/external', '"old-1"') || '{"course": {"ids": {"external": "c-old"}}}',
	put(learner_item(), '/user/ids/external', '"old-2"') || '{"course": {"ids": {"external": "c-old"}}}')) #>> '{batch,status}' AS furnished \gset
INSERT INTO proctorlink.hierarchy (install_id, parent_id, organisation_id, title)
	SELECT install_id, hierarchy_id, 'law', 'Law' FROM proctorlink.hierarchy WHERE is_root AND install_id = proctorlink.sid_uuid(:'install');
SELECT proctorlink.setup_roles();
CREATE ROLE proctorlink_test_bound IN ROLE proctorlink_api;
SELECT proctorlink.bind_role(:'install', 'proctorlink_test_bound');
SELECT proctorlink.generate_eapi_token(:'install', 'test') AS token \gset
CREATE TABLE known AS SELECT :'install'::text AS install, :'token'::text AS token, :'integration'::text AS integration;

-- 2. Scripts: payloads that are sent one after the other.
CREATE TABLE script (name text, payloads jsonb[]);
INSERT INTO script VALUES
	('an object, twice', ARRAY[exam_item() || learner_item(), exam_item() || learner_item()]),
	('changes', ARRAY[exam_item() || learner_item(), put(exam_item(), '/exam/configuration/password', '"another"'), put(exam_item(), '/exam/title', '"Other"'),
		put(learner_item(), '/user/lastName', '"Lovelace"'), learner_item() || '{"enrollment": {"role": "instructor"}}']),
	('what somebody else has', ARRAY[user_item(), course_item(), '[{"user": {"ids": {"external": "u-2"}}, "course": {"ids": {"external": "c-1"}}}]']),
	('all ids', ARRAY[put(user_item(), '/user/ids', '{"external": "n", "api": "a", "lms": "l"}'), put(user_item(), '/user/ids', '{"api": "a"}'),
		put(user_item(), '/user/ids', '{"api": "a", "lms": "other"}'), put(user_item(), '/user/ids', '{"lms": "only"}'), '[{"user": {"ids": {"external": "n", "lms": "only"}}}]']),
	('limitedScope', ARRAY[put(exam_item(), '/exam/limitedScope', 'true') || learner_item(), put(exam_item(), '/exam/limitedScope', 'false'),
		put(exam_item(), '/exam/limitedScope', 'true')]),
	('a batch with refusals', ARRAY[jsonb_build_object('items', jsonb_build_array(exam_item() || learner_item(), '{"nonsense": 1}', put(user_item(), '/user/email', '"none"'),
		'{"user": {"ids": {"external": "nobody"}}}', '{"course": {"ids": {"external": "nothing"}}}', put(user_item(), '/user/ids/external', '"new"'), user_item()))]),
	('atomic', ARRAY[jsonb_build_object('atomic', true, 'items', jsonb_build_array(user_item(), '{"nonsense": 1}')),
		jsonb_build_object('atomic', true, 'items', jsonb_build_array(user_item(), course_item()))]),
	('a dry run', ARRAY[jsonb_build_object('dryRun', true, 'items', jsonb_build_array(exam_item() || learner_item(), '{"nonsense": 1}'))]),
	('a key', ARRAY[jsonb_build_object('idempotencyKey', 'k', 'items', jsonb_build_array(learner_item())),
		jsonb_build_object('idempotencyKey', 'k', 'items', jsonb_build_array(learner_item())), jsonb_build_object('idempotencyKey', 'k', 'items', '[]'::jsonb)]),
	('complete', ARRAY['{"items": [{"user": {"ids": {"external": "old-1"}}, "course": {"ids": {"external": "c-old"}}}],
		"complete": {"courses": [{"external": "c-old"}], "maxRemoved": 5}}'::jsonb, '{"items": [], "complete": {"courses": [{"external": "c-old"}], "maxRemoved": 0}}']),
	('removed and back', ARRAY['{"user": {"ids": {"external": "old-1"}}, "course": {"ids": {"external": "c-old"}}, "enrollment": {"status": "removed"}}'::jsonb,
		'{"user": {"ids": {"external": "old-1"}}, "course": {"ids": {"external": "c-old"}}}']),
	('sign-on', ARRAY[learner_item() || jsonb_build_object('signon', jsonb_build_object('integrationSid', :'integration'))]),
	('an install of somebody else', ARRAY[user_item() || jsonb_build_object('installSid', :'elsewhere')]),
	('many', ARRAY[(SELECT jsonb_agg(put(put(learner_item(), '/user/ids/external', to_jsonb('m-' || n)), '/course/ids/external', to_jsonb('mc-' || n % 7))) FROM generate_series(1, 300) n),
		(SELECT jsonb_agg(put(put(learner_item(), '/user/ids/external', to_jsonb('m-' || n)), '/course/ids/external', to_jsonb('mc-' || n % 5))) FROM generate_series(1, 300) n)]);

-- An answer without what is new each time: sids become the order in which they
-- appear, tokens go.
CREATE FUNCTION comparable(answer text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	sid text;
	n int := 0;
BEGIN
	answer := regexp_replace(answer, '[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{43}', 'TOKEN', 'g');
	FOR sid IN SELECT m[1] FROM regexp_matches(left(answer, 20000), '\m([A-Z]{2}[0-9a-f]{32})\M', 'g') WITH ORDINALITY AS t (m, place) GROUP BY 1 ORDER BY min(place) LOOP
		n := n + 1;
		answer := replace(answer, sid, left(sid, 2) || '#' || n);
	END LOOP;
	RETURN regexp_replace(answer, '\m([A-Z]{2})[0-9a-f]{32}\M', '\1', 'g');
END
$$;
-- The rows of the install, without keys and times; how many there are of the
-- other's goes with them.
CREATE FUNCTION rows_of(install uuid) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	relation text;
	lines text;
	all_lines text := '';
BEGIN
	FOR relation IN SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'install_id'
		WHERE c.relnamespace = 'proctorlink'::regnamespace AND c.relkind = 'r' ORDER BY 1
	LOOP
		EXECUTE format('SELECT string_agg(line, E''\n'' ORDER BY line COLLATE "C")
			FROM (SELECT (SELECT jsonb_object_agg(key, CASE
					WHEN value #>> ''{}'' ~ ''^[0-9a-f]{8}-[0-9a-f-]{27}$'' THEN ''"key"'' WHEN key = ''last_used_at'' THEN ''"ever"'' WHEN key ~ ''(_at|^at|actor|answer)$'' AND value <> ''null'' THEN ''"then"''
					WHEN key IN (''username'', ''candidate_ext_id'') AND value #>> ''{}'' ~ ''^US[0-9a-f]{32}$'' THEN ''"sid"''
					WHEN key = ''subject_sid'' THEN to_jsonb(left(value #>> ''{}'', 2)) ELSE value END)
				FROM jsonb_each(to_jsonb(r)))::text AS line
			FROM proctorlink.%I r WHERE r.install_id = $1) s', relation) INTO lines USING install;
		all_lines := all_lines || relation || E'\n' || coalesce(lines, '') || E'\n';
		EXECUTE format('SELECT count(*) FROM proctorlink.%I WHERE install_id <> $1', relation) INTO lines USING install;
		all_lines := all_lines || lines || E'\n';
	END LOOP;
	RETURN all_lines;
END
$$;

-- What a script comes to when somebody sends it: the answers, and the rows. It
-- is taken back.
CREATE TYPE outcome AS (answers text, rows text);
CREATE FUNCTION sent(payloads jsonb[], who text) RETURNS outcome LANGUAGE plpgsql AS $$
DECLARE
	known known;
	outcome outcome := ROW('', '');
	answer text;
	payload jsonb;
BEGIN
	SELECT * INTO known FROM known;
	IF who = 'owner' THEN
		PERFORM proctorlink.use_install(known.install);
	ELSIF who = 'system' THEN
		PERFORM proctorlink.authenticate(known.token);
		PERFORM set_config('role', 'proctorlink_api', true);
	ELSE
		PERFORM set_config('role', 'proctorlink_test_bound', true);
	END IF;
	FOREACH payload IN ARRAY payloads LOOP
		DECLARE
			detail text;
		BEGIN
			answer := proctorlink.batch_provision(payload)::text || current_setting('response.status', true);
		EXCEPTION WHEN OTHERS THEN
			GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
			answer := concat_ws(' ', SQLSTATE, SQLERRM, detail);
		END;
		outcome.answers := outcome.answers || answer || E'\n';
	END LOOP;
	PERFORM set_config('role', 'none', true);
	outcome.answers := public.comparable(outcome.answers);
	outcome.rows := public.rows_of(proctorlink.sid_uuid(known.install));
	RAISE EXCEPTION USING ERRCODE = 'UNDO0';
EXCEPTION
	WHEN SQLSTATE 'UNDO0' THEN
		RETURN outcome;
END
$$;

CREATE TABLE result AS
	SELECT s.name, who, (o).answers, (o).rows FROM script s, unnest('{owner,system,role}'::text[]) who, LATERAL (SELECT sent(s.payloads, who) OFFSET 0) t (o);
SELECT is(r.answers, o.answers, format('%s: a %s is answered like the owner', r.name, r.who))
FROM result r JOIN result o ON o.name = r.name AND o.who = 'owner' WHERE r.who <> 'owner' ORDER BY r.name, r.who;
-- The lines that only one of two texts has.
CREATE FUNCTION difference(one text, other text) RETURNS text LANGUAGE sql AS $$
	SELECT CASE WHEN one <> other THEN 'not the same: ' || concat_ws(E'\n', (SELECT string_agg(l, E'\n') FROM (SELECT regexp_split_to_table(one, '\n') EXCEPT SELECT regexp_split_to_table(other, '\n')) x (l)),
		(SELECT string_agg(l, E'\n') FROM (SELECT regexp_split_to_table(other, '\n') EXCEPT SELECT regexp_split_to_table(one, '\n')) x (l))) END
$$;
SELECT is(difference(r.rows, o.rows), NULL, format('%s: the rows of a %s are the owner''s', r.name, r.who))
FROM result r JOIN result o ON o.name = r.name AND o.who = 'owner' WHERE r.who <> 'owner' ORDER BY r.name, r.who;
-- that the scripts do something at all
SELECT matches(answers, expected, name) FROM result JOIN (VALUES
	('an object, twice', 'Created.*Found Existing'), ('changes', 'Updated'), ('what somebody else has', 'Created'), ('all ids', 'PT409 CONFLICT'),
	('limitedScope', 'Updated'), ('a batch with refusals', '"failed": 4'), ('atomic', '"failed".*"completed"'), ('a dry run', '"dry_run"'),
	('a key', 'PT422 IDEMPOTENCYMISMATCH'), ('complete', '"removed": 1'), ('removed and back', 'Updated.*Updated'), ('sign-on', 'TOKEN'),
	('an install of somebody else', 'PT403 AUTHENTICATIONFAILED'), ('many', '"created": 607')) e (name, expected) USING (name)
WHERE who = 'system' ORDER BY name;

SELECT * FROM finish();
ROLLBACK;
