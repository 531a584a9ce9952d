-- test/pgtap/sight_doors.sql
--		A person who calls by a role of systems: sees no more than a person does,
--		and makes or moves nothing to see more.

BEGIN;
\ir helpers.psql
\ir sittings.psql
SELECT plan(24);
SELECT proctorlink.setup_roles() IS NULL AS unused \gset

-- A marker of one node beside another, whose schedule has a sitting of u-1.

INSERT INTO proctorlink.account (install_id, candidate_ext_id, role) VALUES (install_id(), 'm-1', 'marker');
INSERT INTO proctorlink.hierarchy (install_id, parent_id, organisation_id, title)
	SELECT install_id(), hierarchy_id, name, name FROM proctorlink.hierarchy, unnest('{mine,law}'::text[]) name WHERE install_id = install_id() AND is_root;
SELECT proctorlink.grant_hierarchy(:'install', 'mine', 'm-1', '{view_reports}') IS NULL AS unused \gset
SELECT new_schedule('s-mine', '-1 hour', '3 hours') IS NULL AS unused, new_schedule('s-law', '-1 hour', '3 hours') IS NULL AS unused_too \gset
UPDATE proctorlink.schedule s SET hierarchy_id = h.hierarchy_id FROM proctorlink.hierarchy h WHERE s.external_id = 's-' || h.organisation_id;
SELECT new_session('u-1', 's-law') AS theirs \gset
SELECT proctorlink.create_integration(:'install', 'proctoru', 'https://proctoring.test/') ->> 'sid' AS proctoru \gset
SELECT proctorlink.link_candidate(:'install', :'proctoru', 'pu-1', 'u-1') IS NULL AS unused \gset
SELECT proctorlink.batch_provision(jsonb_build_array(learner_item(), jsonb_set(learner_item(), '{user,ids,sid}', '"x"'))) #>> '{batch,sid}' AS batch \gset
SELECT proctorlink.allow_accommodation('e-2', '{u-1}') IS NULL AS unused \gset
SELECT proctorlink.sid('EN', enrollment_id) AS enrollment FROM proctorlink.enrollment WHERE account_id = account_id('u-1') \gset
SELECT 'Bearer ' || proctorlink.issue_access_token(:'install', 'm-1') AS token, proctorlink.generate_eapi_token(:'install', 'all') AS system,
	install_id() AS id, account_id('u-1') AS ada, (SELECT hierarchy_id FROM proctorlink.hierarchy WHERE organisation_id = 'mine') AS mine,
	schedule_id('s-mine') AS schedule, exam_id('e-1') AS exam \gset

-- How many rows a statement of somebody's finds or writes, or its refusal; it is taken back.
CREATE FUNCTION does(token text, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	SET LOCAL ROLE proctorlink_api;
	PERFORM proctorlink.authenticate(token);
	EXECUTE statement;
	GET DIAGNOSTICS n = ROW_COUNT;
	RAISE EXCEPTION USING ERRCODE = 'UNDO0';
EXCEPTION
	WHEN SQLSTATE 'UNDO0' THEN RETURN n;
	WHEN OTHERS THEN RETURN concat_ws(' ', SQLSTATE, SQLERRM);
END
$$;

-- What tells of people beyond the hierarchy.

SELECT is(does(:'token', 'SELECT FROM proctorlink.' || t), '0', 'a person sees nothing of ' || t)
FROM unnest('{event,batch,enrollment,provider_account,accommodation,exam_session}'::text[]) t;
SELECT isnt(does(:'system', 'SELECT FROM proctorlink.' || t), '0', 'a system does of ' || t)
FROM unnest('{event,batch,enrollment,provider_account,accommodation,exam_session}'::text[]) t;
SELECT is(does(:'token', 'SELECT FROM proctorlink.events_since(NULL)'), '0', 'nor of events by their function');
SELECT is(does(:'token', format('SELECT FROM proctorlink.history(%L)', :'theirs')), '0', 'nor of a history');
SELECT is(does(:'token', format('SELECT FROM proctorlink.batch_report(%L)', :'batch')), 'PT404 RESOURCENOTFOUND', 'nor of a batch');

-- What would be written unseen.

SELECT is(does(:'token', format('SELECT proctorlink.unenroll(ARRAY[%L], ''left'')', :'enrollment')), 'PT404 RESOURCENOTFOUND', 'nobody unseen is unenrolled');
SELECT is(does(:'token', 'UPDATE proctorlink.enrollment SET status = ''removed'''), '0', 'nor by plain SQL');
SELECT is(does(:'token', format('UPDATE proctorlink.hierarchy SET parent_id = %L WHERE organisation_id = ''law''', :'mine')), '0', 'no node is moved under the own one');
SELECT matches(does(:'token', format('INSERT INTO proctorlink.hierarchy (install_id, parent_id, organisation_id, title) SELECT %L, hierarchy_id, ''new'', ''new'' FROM proctorlink.hierarchy WHERE organisation_id = ''law''', :'id')),
	'^42501 new row violates row-level security', 'nor made under another');
SELECT is(does(:'token', 'DELETE FROM proctorlink.hierarchy WHERE organisation_id = ''law'''), '0', 'nor removed');
SELECT is(does(:'token', 'UPDATE proctorlink.hierarchy SET title = ''Ours'' WHERE organisation_id = ''mine'''), '1', 'the own one is changed');
SELECT is(does(:'token', format('INSERT INTO proctorlink.hierarchy (install_id, parent_id, organisation_id, title) VALUES (%L, %L, ''new'', ''new'')', :'id', :'mine')), '1', 'and gets another under it');
SELECT matches(does(:'token', format('INSERT INTO proctorlink.exam_session (install_id, exam_id, schedule_id, account_id, attempt, status) VALUES (%L, %L, %L, %L, 2, ''Scheduled'')',
	:'id', :'exam', :'schedule', :'ada')), '^42501 new row violates row-level security', 'nobody is seated on one''s own schedule to be seen');
SELECT is(does(:'system', format('UPDATE proctorlink.hierarchy SET parent_id = %L WHERE organisation_id = ''law''', :'mine')), '1', 'a system moves any node');

SELECT * FROM finish();
ROLLBACK;
