-- test/pgtap/tenants.sql
--		Two installs in which everything has the same ids. Whoever acts for one
--		learns nothing of the other and changes nothing there: by any function,
--		by plain SQL, by what is said of an error.
--		How long a look-up takes tells nothing either, by design: each descends an
--		index by the caller's install first, and refuses alike what is another's
--		and what there is not.

BEGIN;
\ir helpers.psql
SELECT plan(344);
SELECT proctorlink.create_install('University', 'https://lion.test') AS install \gset
SELECT proctorlink.create_install('zebra', 'https://zebra.test') AS theirs \gset
CREATE FUNCTION ours() RETURNS uuid STABLE SECURITY DEFINER LANGUAGE sql AS $$ SELECT install_id FROM proctorlink.install WHERE name = 'University' $$;
CREATE FUNCTION theirs() RETURNS uuid STABLE SECURITY DEFINER LANGUAGE sql AS $$ SELECT install_id FROM proctorlink.install WHERE name = 'zebra' $$;

-- The same in both, but for the name of everybody and everything: a mark.
CREATE FUNCTION furnish(install text, mark text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	id uuid := proctorlink.sid_uuid(install);
	connection text := proctorlink.create_integration(install, 'proctoru', 'https://' || mark || '.test/') ->> 'sid';
BEGIN
	PERFORM proctorlink.use_install(install);
	INSERT INTO proctorlink.account (install_id, candidate_ext_id, username, role, first_name) VALUES (id, 'boss', 'boss', 'scheduler', mark);
	PERFORM proctorlink.configure_install(install, '{"defaultScheduler": "boss"}');
	PERFORM proctorlink.batch_provision(jsonb_build_object('idempotencyKey', 'k', 'items', jsonb_build_array(
		put(put(learner_item(), '/user/lastName', to_jsonb(mark)), '/course/title', to_jsonb(mark)),
		put(put(put(exam_item(), '/exam/title', to_jsonb(mark)), '/exam/configuration/password', to_jsonb(mark)), '/course/title', to_jsonb(mark)), '{"user": {}}')));
	PERFORM proctorlink.configure_exam('e-1', '{"extraTimeMinutes": 30}'), proctorlink.create_accommodation_exam('e-1', 50),
		proctorlink.allow_accommodation('e-1', '{c-9}');
	PERFORM proctorlink.eapi_create_group(jsonb_build_object('ExternalId', 'g', 'Title', mark));
	PERFORM proctorlink.eapi_create_schedule(jsonb_build_object('Schedule', jsonb_build_object('AssessmentExtId', 'e-1', 'ScheduleExtId', 's-1', 'Title', mark,
			'GroupExtId', 'g', 'GroupName', mark, 'ScheduleGroupExtId', 'h', 'ScheduleGroupName', mark, 'StartDateTime', '2032-03-01T09:00:00Z'),
		'Candidates', jsonb_build_array(jsonb_build_object('CandidateExtId', 'c-1', 'FirstName', mark, 'LastName', mark, 'Email', mark || '@example.org'))));
	PERFORM proctorlink.grant_hierarchy(install, 'g', 'boss', '{view_reports}'), proctorlink.share_account(install, 'boss', 'u-1'),
		proctorlink.define_role(install, mark, '{author}'), proctorlink.generate_eapi_token(install, mark);
	PERFORM proctorlink.bind_role(install, 'proctorlink_test_theirs'), proctorlink.redeem_signon(proctorlink.batch_provision(jsonb_build_object(
		'user', '{"ids": {"external": "u-1"}}'::jsonb, 'signon', jsonb_build_object('integrationSid', connection))) #>> '{signon,token}');
	PERFORM proctorlink.use_install(install);
	INSERT INTO proctorlink.former_reservation (install_id, reservation_no, exam_session_id) SELECT id, 6, exam_session_id FROM proctorlink.exam_session WHERE install_id = id LIMIT 1;
	PERFORM proctorlink.use_install(install, connection);
	PERFORM proctorlink.proctoru_add_reservation(jsonb_build_object('exam_id', 'e-1', 'user_id', 'p-1', 'first_name', mark, 'last_name', mark, 'email', mark || '@example.org',
		'country', 'US', 'phone1', '1', 'time_zone_id', 'UTC', 'description', mark, 'duration', 60, 'start_date', '2027-02-17T17:00:00Z', 'reservation_id', 'r-1', 'reservation_no', 7));
	PERFORM proctorlink.proctoru_add_reservation(jsonb_build_object('exam_id', 'nothing', 'user_id', mark));
END
$$;
CREATE ROLE proctorlink_test_theirs;
SELECT furnish(:'install', 'lion') IS NULL AS unused, furnish(:'theirs', 'zebra') IS NULL AS unused \gset
SELECT proctorlink.generate_eapi_token(:'install', 'test') AS token \gset

-- Their sids, by kind, and every key that any of their rows has.
CREATE TEMPORARY TABLE sids (kind text, sid text);
INSERT INTO sids SELECT 'install', :'theirs' UNION ALL
	SELECT * FROM (
		(SELECT 'user', proctorlink.sid('US', account_id) FROM proctorlink.account WHERE install_id = theirs() AND candidate_ext_id = 'u-1') UNION ALL
		(SELECT 'course', proctorlink.sid('CU', course_id) FROM proctorlink.course WHERE install_id = theirs() LIMIT 1) UNION ALL
		(SELECT 'enrollment', proctorlink.sid('EN', enrollment_id) FROM proctorlink.enrollment WHERE install_id = theirs() LIMIT 1) UNION ALL
		(SELECT 'exam', proctorlink.sid('EX', exam_id) FROM proctorlink.exam WHERE install_id = theirs() AND external_id = 'e-1') UNION ALL
		(SELECT 'configuration', proctorlink.sid('EC', exam_configuration_id) FROM proctorlink.exam_configuration WHERE install_id = theirs() LIMIT 1) UNION ALL
		(SELECT 'schedule', proctorlink.sid('SC', schedule_id) FROM proctorlink.schedule WHERE install_id = theirs() LIMIT 1) UNION ALL
		(SELECT 'session', proctorlink.sid('ES', exam_session_id) FROM proctorlink.exam_session WHERE install_id = theirs() AND schedule_id IS NOT NULL LIMIT 1) UNION ALL
		(SELECT 'hierarchy', proctorlink.sid('HG', hierarchy_id) FROM proctorlink.hierarchy WHERE install_id = theirs() AND organisation_id = 'g') UNION ALL
		(SELECT 'integration', proctorlink.sid('II', integration_id) FROM proctorlink.integration WHERE install_id = theirs()) UNION ALL
		(SELECT 'token', proctorlink.sid('TK', api_token_id) FROM proctorlink.api_token WHERE install_id = theirs() LIMIT 1) UNION ALL
		(SELECT 'batch', proctorlink.sid('BA', batch_id) FROM proctorlink.batch WHERE install_id = theirs() LIMIT 1)) s;
CREATE TEMPORARY TABLE keys (key text);
CREATE TEMPORARY TABLE tables AS SELECT c.relname::text AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'install_id'
	WHERE c.relnamespace = 'proctorlink'::regnamespace AND c.relkind = 'r';
CREATE FUNCTION read_keys() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	col record;
BEGIN
	FOR col IN SELECT t.name AS tab, a.attname AS name FROM tables t JOIN pg_attribute a ON a.attrelid = ('proctorlink.' || t.name)::regclass
		WHERE a.atttypid = 'uuid'::regtype AND a.attnum > 0 LOOP
		EXECUTE format('INSERT INTO keys SELECT DISTINCT replace(%1$I::text, ''-'', '''') FROM proctorlink.%2$I WHERE install_id = theirs() AND %1$I IS NOT NULL', col.name, col.tab);
	END LOOP;
END
$$;
SELECT read_keys() IS NULL AS unused \gset
-- A digest of all their rows.
CREATE FUNCTION their_rows() RETURNS text SECURITY DEFINER LANGUAGE plpgsql AS $$
DECLARE
	tab text;
	digest text;
	digests text := '';
BEGIN
	FOR tab IN SELECT name FROM tables ORDER BY name LOOP
		EXECUTE format('SELECT md5(string_agg(r::text, '' '' ORDER BY r::text COLLATE "C")) FROM proctorlink.%I r WHERE install_id = theirs()', tab) INTO digest;
		digests := digests || tab || ' ' || coalesce(digest, 'empty') || E'\n';
	END LOOP;
	RETURN digests;
END
$$;
SELECT their_rows() AS before \gset
CREATE TEMPORARY TABLE before AS SELECT their_rows() AS rows;
SELECT is((SELECT string_agg(line, ', ') FROM before, regexp_split_to_table(rows, '\n') line WHERE line LIKE '% empty'),
	NULL, 'there is something in each of their tables');

-- Who tries: as much as anybody may who administers nothing.
CREATE ROLE proctorlink_test_rival;
GRANT USAGE ON SCHEMA proctorlink TO proctorlink_test_rival;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA proctorlink TO proctorlink_test_rival;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA proctorlink TO proctorlink_test_rival;
REVOKE INSERT ON proctorlink.install FROM proctorlink_test_rival;
GRANT SELECT ON sids, keys, tables, before TO proctorlink_test_rival;

-- What is wrong with what a statement shows or does: of theirs their mark, or a
-- key that the statement did not name, in the answer or anything of the error;
-- or a change. Null: nothing.
CREATE FUNCTION leak(statement text, credential text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	shown text;
	message text;
	detail text;
	hint text;
	constraint_of text;
	column_of text;
	context text;
	found text;
BEGIN
	BEGIN
		SET LOCAL ROLE proctorlink_test_rival;
		IF credential IS NOT NULL THEN
			PERFORM proctorlink.authenticate(credential);
		ELSE
			PERFORM proctorlink.use_install(proctorlink.sid('AI', ours()));
		END IF;
		IF statement ~* '^(SELECT|VALUES|WITH|TABLE|EXPLAIN)' THEN
			FOR found IN EXECUTE CASE WHEN statement ~* '^EXPLAIN' THEN statement ELSE format('SELECT to_jsonb(q)::text FROM (%s) q', statement) END LOOP
				shown := concat(shown, found, E'\n');
			END LOOP;
		ELSE
			EXECUTE statement;
		END IF;
		shown := concat(shown, current_setting('response.status', true), current_setting('response.headers', true));
		IF their_rows() <> (SELECT rows FROM before) THEN
			shown := concat(shown, ' zebra: changed');
		END IF;
		RAISE EXCEPTION USING ERRCODE = 'UNDO0';
	EXCEPTION
		WHEN SQLSTATE 'UNDO0' THEN
			NULL;
		WHEN OTHERS THEN
			GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT,
				constraint_of = CONSTRAINT_NAME, column_of = COLUMN_NAME, context = PG_EXCEPTION_CONTEXT;
			shown := concat_ws(' ', message, detail, hint, constraint_of, column_of, replace(context, statement, ''));
			IF SQLSTATE LIKE 'XX%' THEN
				shown := shown || ' zebra: ' || SQLSTATE;
			END IF;
	END;
	IF strpos(shown, 'zebra') > 0 THEN
		RETURN 'shows ' || substr(shown, greatest(1, strpos(shown, 'zebra') - 100), 200);
	END IF;
	SELECT key INTO found FROM keys WHERE strpos(replace(shown, '-', ''), key) > 0 AND strpos(replace(statement, '-', ''), key) = 0 LIMIT 1;
	IF found IS NOT NULL THEN
		RETURN 'shows the key ' || found || ' in ' || left(shown, 300);
	END IF;
	RETURN NULL;
END
$$;
-- A call with their sids for {user}, {exam} and so on.
CREATE FUNCTION filled(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	s record;
BEGIN
	FOR s IN SELECT kind, sid FROM sids LOOP
		call := replace(call, '{' || s.kind || '}', s.sid);
	END LOOP;
	RETURN call;
END
$$;

-- Every function, with their sids and with ids that are the same here and there.

CREATE TEMPORARY TABLE calls (call text);
INSERT INTO calls SELECT regexp_split_to_table($calls$acts_for_all()
allow_accommodation('{exam}', '{c-9,u-1}')
allow_accommodation('e-1', '{c-9,u-1}')
assign_exam('{exam}', '{"{enrollment}"}', '{configuration}')
unassign_exam('{exam}', '{"{enrollment}"}')
unenroll('{"{enrollment}"}', 'x')
authenticate('plk_' || substr('{install}', 3) || repeat('0', 64))
batch_provision('{"user": {"ids": {"sid": "{user}"}}}')
batch_provision('{"course": {"ids": {"sid": "{course}"}}, "exam": {"ids": {"sid": "{exam}"}}}')
batch_provision('{"installSid": "{install}", "user": {"ids": {"external": "u-1"}}}')
batch_provision('[{"user": {"ids": {"external": "u-1"}, "firstName": "A", "lastName": "B", "email": "c@example.org"}, "course": {"ids": {"external": "c-1"}}}, {"exam": {"ids": {"external": "e-1"}}, "course": {"ids": {"sid": "{course}"}}}]')
batch_provision('{"idempotencyKey": "k", "items": [{"user": {"ids": {"external": "u-1"}}}]}')
batch_provision('{"items": [], "complete": {"courses": [{"external": "c-1"}, {"sid": "{course}"}], "maxRemoved": 9}}')
batch_provision('{"items": [], "complete": {"courses": [{"external": "c-1"}], "maxRemoved": 9}}')
batch_provision('{"user": {"ids": {"external": "u-1"}}, "signon": {"integrationSid": "{integration}"}}')
provision('{install}', '{"user": {"ids": {"external": "u-1"}}}')
batch_report('{batch}')
bind_role('{install}', 'proctorlink_test_rival')
unbind_role('{install}', 'proctorlink_test_rival')
configure_exam('{exam}', '{"durationMinutes": 5}')
configure_exam('e-1', '{"durationMinutes": 65}')
configure_install('{install}', '{"defaultScheduler": "boss"}')
create_accommodation_exam('{exam}', 25)
create_accommodation_exam('e-1', 25)
create_install('third', NULL)
create_integration('{install}', 'other', 'https://x.test/')
current_install()
deactivate_schedule('{schedule}')
deactivate_schedule('s-1')
define_role('{install}', 'zeb' || 'u', '{author}')
trust_front('proctorlink_test_rival')
distrust_front('proctorlink_test_rival')
eapi_activate_schedule('{schedule}')
eapi_activate_schedule('s-1')
eapi_add_candidates('{"Schedule": {"ScheduleExtId": "s-1"}, "Candidates": [{"CandidateExtId": "c-1", "FirstName": "A", "LastName": "B", "Email": "x@example.org"}]}')
eapi_add_existing_candidates('{schedule}', '["{user}"]')
eapi_add_existing_candidates('s-1', '["{user}", "u-1"]')
eapi_attempt_info('s-1', 'c-1')
eapi_attempt_info('{schedule}', '{user}')
eapi_create_assessment('{"ExternalId": "e-1", "Title": "T", "Code": "C", "Purpose": 1, "Owner": "boss"}')
eapi_create_assessment('{"ExternalId": "e-7", "Title": "T", "Code": "C", "Purpose": 1, "Owner": "{user}"}')
eapi_update_assessment('{exam}', '{"Title": "x"}')
eapi_update_assessment('e-1', '{"Title": "x"}')
eapi_get_assessment('{exam}')
eapi_get_assessment('e-1')
eapi_create_draft_schedule('{"AssessmentExternalId": "e-1", "ScheduleExternalId": "s-1", "HierarchyExternalId": "g", "StartDateTime": "2032-05-01T09:00:00Z"}')
eapi_create_schedule('{"Schedule": {"AssessmentExtId": "e-1", "ScheduleExtId": "s-1", "StartDateTime": "2032-05-01T09:00:00Z"}}')
eapi_create_schedule('{"Upsert": true, "Schedule": {"AssessmentExtId": "e-1", "ScheduleExtId": "s-1", "GroupExtId": "g", "StartDateTime": "2032-05-01T09:00:00Z"}, "Candidates": [{"CandidateExtId": "c-1", "FirstName": "A", "LastName": "B", "Email": "x@example.org"}]}')
eapi_update_schedule('{schedule}', '{"Title": "x"}')
eapi_update_schedule('s-1', '{"Title": "x"}')
eapi_get_schedule('{schedule}')
eapi_get_schedule('s-1')
eapi_delete_schedule('{schedule}')
eapi_delete_schedule('s-1')
eapi_remove_candidates('{schedule}', '["{user}"]')
eapi_remove_candidates('s-1', '["c-1"]')
eapi_create_group('{"ExternalId": "g", "Title": "x"}')
eapi_create_group('{"ExternalId": "n", "Title": "x", "ParentExternalId": "{hierarchy}"}')
eapi_update_group('{hierarchy}', '{"Title": "x"}')
eapi_update_group('g', '{"Title": "x"}')
eapi_search_groups('zeb')
eapi_search_groups('')
eapi_delete_group('{hierarchy}')
eapi_delete_group('g')
eapi_create_user('{"ExternalId": "u-1", "FirstName": "A", "LastName": "B"}')
eapi_create_user('{"ExternalId": "new", "UserName": "u-1", "FirstName": "A", "LastName": "B"}')
eapi_update_user('{user}', '{"LastName": "x"}')
eapi_update_user('u-1', '{"LastName": "x"}')
eapi_get_user('{user}')
eapi_get_user('u-1')
eapi_delete_user('{user}')
eapi_delete_user('u-1')
eapi_results('u-1')
eapi_results('{user}', '{schedule}')
eapi_tokens('{install}')
expire_sessions()
explain_schedule('{"Schedule": {"AssessmentExtId": "{exam}", "ScheduleExtId": "s-1"}}', '{integration}')
explain_schedule('{"Schedule": {"AssessmentExtId": "e-1", "ScheduleExtId": "s-1", "StartDateTime": "2032-05-01T09:00:00Z"}, "Candidates": [{"CandidateExtId": "u-1"}]}')
explain_session('s-1', 'c-1')
explain_session('{schedule}', '{user}')
external_api_sheet('{install}')
find_assessment('zebra')
find_assessment('{exam}')
find_assessment('e-1')
generate_eapi_token('{install}', 'x')
generate_eapi_token(proctorlink.sid('AI', proctorlink.current_install()), 'x', NULL, '{integration}')
revoke_eapi_token('{install}', '{token}')
revoke_eapi_token(proctorlink.sid('AI', proctorlink.current_install()), '{token}')
grant_hierarchy('{install}', 'g', 'u-1', '{rescoring}')
grant_hierarchy(proctorlink.sid('AI', proctorlink.current_install()), '{hierarchy}', '{user}', '{rescoring}')
revoke_hierarchy('{install}', 'g', 'boss')
revoke_hierarchy(proctorlink.sid('AI', proctorlink.current_install()), '{hierarchy}', '{user}')
hierarchies('{install}')
hierarchies(proctorlink.sid('AI', proctorlink.current_install()))
hierarchy_path(proctorlink.sid_uuid('{hierarchy}'))
history('{user}')
history('{session}')
history('{schedule}')
history('{install}')
history('{token}')
install_settings('{install}')
issue_access_token('{install}', 'u-1')
issue_access_token(proctorlink.sid('AI', proctorlink.current_install()), '{user}')
launch_link('{session}')
limits()
link_candidate('{install}', '{integration}', 'p-1', 'u-1')
link_candidate(proctorlink.sid('AI', proctorlink.current_install()), '{integration}', 'p-1', 'u-1')
move_schedule('{schedule}', 'g')
move_schedule('s-1', '{hierarchy}')
pre_request()
proctoru_add_reservation('{"exam_id": "e-1", "user_id": "p-1", "first_name": "A", "last_name": "B", "email": "x@example.org", "country": "US", "phone1": "1", "time_zone_id": "UTC", "description": "x", "duration": 60, "start_date": "2027-02-17T17:00:00Z", "reservation_id": "r-1", "reservation_no": 7}')
proctoru_begin_reservation('{"reservation_no": 7}')
proctoru_edit_student('{"user_id": "p-1", "first_name": "x"}')
proctoru_move_reservation('{"reservation_no": 7, "start_date": "2027-02-17T18:00:00Z"}')
proctoru_remove_reservation('{"reservation_no": 7}')
proctoru_reservations('{"user_id": "p-1"}')
publish_result('{session}', '{"score": 1}')
readiness('{exam}')
readiness('e-1')
readiness()
readiness_ahead('100 years')
redeem_launch('x')
redeem_signon('x')
refusals('2000-01-01')
rename_candidate('{install}', 'u-1', 'u-9')
rename_candidate(proctorlink.sid('AI', proctorlink.current_install()), 'u-1', 'c-1')
rotate_access_key('{install}')
rotate_launch_key('{install}')
rotate_signing_key('{install}', '{integration}')
rotate_signing_key(proctorlink.sid('AI', proctorlink.current_install()), '{integration}')
sees_account(proctorlink.sid_uuid('{install}'), proctorlink.sid_uuid('{user}'))
sees_hierarchy(proctorlink.sid_uuid('{install}'), proctorlink.sid_uuid('{hierarchy}'))
sees_owner(proctorlink.sid_uuid('{install}'), proctorlink.sid_uuid('{user}'))
sees_schedule(proctorlink.sid_uuid('{install}'), proctorlink.sid_uuid('{schedule}'))
selectable_hierarchies()
set_session_status('{session}', 'Cancelled')
share_account('{install}', 'boss', 'c-1')
share_account(proctorlink.sid('AI', proctorlink.current_install()), '{user}', 'c-1')
unshare_account('{install}', 'boss', 'u-1')
unshare_account(proctorlink.sid('AI', proctorlink.current_install()), 'boss', '{user}')
use_install('{install}')
use_install('{install}', '{integration}')
use_install(proctorlink.sid('AI', proctorlink.current_install()), '{integration}')
whoami()
withdraw_accommodation('{exam}', '{c-9}')
withdraw_accommodation('e-1', '{c-9}')
grant_to_roles()
setup_roles()
version()
uuid7()
sid('US', proctorlink.sid_uuid('{user}'))
sid_uuid('{user}')$calls$, '\n');
-- Functions of their arguments alone, which read nothing.
SELECT is((SELECT string_agg(p.proname, ', ' ORDER BY p.proname) FROM pg_proc p WHERE p.pronamespace = 'proctorlink'::regnamespace AND p.prorettype <> 'trigger'::regtype
		AND p.proname NOT IN ('is_time_zone', 'require_utf8') AND p.provolatile <> 'i' AND NOT EXISTS (SELECT FROM calls WHERE call LIKE replace(p.proname, '_', '\_') || '(%')), NULL, 'every function is tried');
SELECT is(leak('SELECT * FROM proctorlink.' || filled(call), :'token'), NULL, left(call, 90)) FROM calls;
CREATE FUNCTION pg_temp.connection() RETURNS text LANGUAGE sql AS $$ SELECT proctorlink.sid('II', integration_id) FROM proctorlink.integration WHERE install_id = ours() $$;
SELECT proctorlink.generate_eapi_token(:'install', 'provider', NULL, pg_temp.connection()) AS provider \gset
SELECT is((SELECT string_agg(call || ' ' || leak('SELECT * FROM proctorlink.' || filled(call), :'provider'), '; ') FROM calls), NULL, 'the same for a provider');

-- That the search would find something: the same call of a role that may.

GRANT INSERT ON proctorlink.install TO proctorlink_test_rival;
SELECT matches(leak('SELECT * FROM proctorlink.hierarchies(''' || :'theirs' || ''')', NULL), '^shows .*zebra', 'whoever may sees what is theirs');
REVOKE INSERT ON proctorlink.install FROM proctorlink_test_rival;

-- Plain SQL.

SELECT is(leak('SELECT * FROM proctorlink.' || quote_ident(relname), :'token'), NULL, 'SELECT FROM ' || relname)
FROM pg_class WHERE relnamespace = 'proctorlink'::regnamespace AND relkind IN ('r', 'v');
SELECT is(leak(format(statement, name), :'token'), NULL, format(statement, name)) FROM tables, unnest(ARRAY['UPDATE proctorlink.%I SET install_id = install_id', 'DELETE FROM proctorlink.%I WHERE install_id = theirs()',
	'UPDATE proctorlink.%I SET install_id = theirs()', 'UPDATE proctorlink.%I SET install_id = ours() WHERE install_id = theirs()',
	'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT * FROM proctorlink.%I']) statement;
CREATE FUNCTION watched(value text) RETURNS boolean COST 0.0000001 LANGUAGE plpgsql AS $$
BEGIN
	IF strpos(value, 'zebra') > 0 OR EXISTS (SELECT FROM keys WHERE strpos(replace(value, '-', ''), key) > 0) THEN
		RAISE EXCEPTION '% zebra', value;
	END IF;
	RETURN true;
END
$$;
CREATE FUNCTION watches(left_value uuid, right_value uuid) RETURNS boolean COST 0.0000001 LANGUAGE sql AS $$ SELECT watched(left_value::text) $$;
CREATE OPERATOR === (FUNCTION = watches, LEFTARG = uuid, RIGHTARG = uuid);
SELECT is((SELECT string_agg(name || ' ' || leak(format('SELECT count(*) FROM proctorlink.%I t WHERE watched(t::text) AND install_id === install_id', name), :'token'), '; ') FROM tables), NULL,
	'a function or operator of the caller''s is shown none of their rows');
SELECT is((SELECT string_agg(relname || ' ' || leak(format('SELECT count(*) FROM proctorlink.%I t WHERE watched(t::text)', relname), :'token'), '; ')
	FROM pg_class WHERE relnamespace = 'proctorlink'::regnamespace AND relkind = 'v'), NULL, 'through a view neither');

-- Rows of ours that name what is theirs, rows put there, by all ways of writing.

CREATE FUNCTION writes(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	IF leak(statement, (SELECT t FROM own_token)) IS NOT NULL THEN
		RETURN leak(statement, (SELECT t FROM own_token));
	END IF;
	SET LOCAL ROLE proctorlink_test_rival;
	PERFORM proctorlink.authenticate((SELECT t FROM own_token));
	EXECUTE statement;
	GET DIAGNOSTICS n = ROW_COUNT;
	RAISE EXCEPTION USING ERRCODE = 'UNDO0';
EXCEPTION
	WHEN SQLSTATE 'UNDO0' THEN RETURN n;
	WHEN OTHERS THEN RETURN SQLSTATE;
END
$$;
CREATE TEMPORARY TABLE own_token AS SELECT :'token' AS t;
GRANT SELECT ON own_token TO proctorlink_test_rival;
SELECT is(writes(replace(replace(filled(statement), '%ours', ours()::text), '%theirs', theirs()::text)), outcome, left(statement, 100)) FROM (VALUES
	('INSERT INTO proctorlink.account (install_id, candidate_ext_id) VALUES (''%theirs'', ''x'')', '42501'),
	('INSERT INTO proctorlink.account (install_id, candidate_ext_id) VALUES (''%theirs'', ''u-1'')', '42501'),
	('INSERT INTO proctorlink.account (install_id, candidate_ext_id) VALUES (''%theirs'', ''u-1'') ON CONFLICT DO NOTHING', '42501'),
	('INSERT INTO proctorlink.course (install_id, external_id, title, code) VALUES (''%theirs'', ''c-1'', ''x'', ''x'') ON CONFLICT (install_id, external_id) WHERE external_id IS NOT NULL DO UPDATE SET title = ''x''', '42501'),
	('INSERT INTO proctorlink.account (install_id, account_id, candidate_ext_id) VALUES (''%ours'', proctorlink.sid_uuid(''{user}''), ''x'')', '1'),
	('INSERT INTO proctorlink.exam (install_id, external_id, title, course_id) VALUES (''%ours'', ''x'', ''x'', proctorlink.sid_uuid(''{course}''))', '23503'),
	('INSERT INTO proctorlink.enrollment (install_id, course_id, account_id) VALUES (''%ours'', proctorlink.sid_uuid(''{course}''), proctorlink.sid_uuid(''{user}''))', '23503'),
	('UPDATE proctorlink.account SET hierarchy_id = proctorlink.sid_uuid(''{hierarchy}'') WHERE candidate_ext_id = ''u-1''', '23503'),
	('UPDATE proctorlink.account SET candidate_ext_id = ''c-1'' WHERE candidate_ext_id = ''u-1''', '23505'),
	('UPDATE proctorlink.exam_session SET account_id = proctorlink.sid_uuid(''{user}'') WHERE reservation_id IS NOT NULL', '23503'),
	('UPDATE proctorlink.schedule SET owner_id = proctorlink.sid_uuid(''{user}'')', '23503'),
	('DELETE FROM proctorlink.account_share WHERE install_id = ''%theirs''', '0'),
	('MERGE INTO proctorlink.course c USING (VALUES (''%theirs''::uuid)) v (i) ON c.install_id = v.i WHEN MATCHED THEN UPDATE SET title = ''x''', '0'),
	('MERGE INTO proctorlink.course c USING (VALUES (''%theirs''::uuid)) v (i) ON c.install_id = v.i WHEN NOT MATCHED THEN INSERT (install_id, external_id, title, code) VALUES (v.i, ''z'', ''x'', ''x'')', '42501'),
	('SELECT * FROM proctorlink.course WHERE install_id = ''%theirs'' FOR UPDATE', '0'),
	('TRUNCATE proctorlink.course', '42501')
) statements (statement, outcome);

-- An event of ours that a caller of another install causes names none of theirs.

SELECT proctorlink.batch_provision(jsonb_build_object('user', '{"ids": {"external": "u-1"}}'::jsonb, 'signon', jsonb_build_object('integrationSid', pg_temp.connection()))) #>> '{signon,token}' AS signon
FROM proctorlink.use_install(:'install') \gset
SELECT proctorlink.use_install(:'theirs', (SELECT sid FROM sids WHERE kind = 'integration')) IS NULL AS unused, proctorlink.redeem_signon(:'signon') IS NULL AS unused \gset
SELECT proctorlink.use_install(:'install') IS NULL AS unused \gset
SELECT is((SELECT actor FROM proctorlink.event WHERE install_id = ours() ORDER BY event_id DESC LIMIT 1), current_user::text, 'whoever redeems a link is named by the role');
SELECT is((SELECT count(*) FROM proctorlink.event e, keys WHERE e.install_id = ours() AND strpos(replace(e::text, '-', ''), key) > 0), 0::bigint, 'in no event of ours is a key of theirs');

-- Statistics are not shown of tables under row security, nor are there sequences
-- that count for both.

ANALYZE proctorlink.account;
SET LOCAL ROLE proctorlink_test_rival;
SELECT is((SELECT count(*) FROM pg_stats WHERE schemaname = 'proctorlink' AND tablename IN (SELECT name FROM tables)), 0::bigint, 'no statistics are shown');
RESET ROLE;
SELECT is((SELECT count(*) FROM pg_class WHERE relnamespace = 'proctorlink'::regnamespace AND relkind = 'S'), 0::bigint, 'no sequences');
SELECT is((SELECT string_agg(name, ', ') FROM tables WHERE NOT (SELECT relrowsecurity FROM pg_class WHERE oid = ('proctorlink.' || name)::regclass)), NULL, 'every table with an install is under row security');

SELECT * FROM finish();
ROLLBACK;
