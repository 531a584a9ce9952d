-- test/pgtap/post_restore.sql
--		post_restore() counts what breaks a key or a rule, where neither was
--		asked.

BEGIN;
\ir helpers.psql
\ir sittings.psql
\ir bookings.psql

-- Something of everything, and nothing of it wrong.
SELECT proctorlink.use_install(:'install') \gset
SELECT proctorlink.batch_provision(jsonb_build_array(put(exam_item(), '/exam/ids', '{"external": "e-5"}') || user_item())) IS NULL AS unused \gset
SELECT proctorlink.create_accommodation_exam('e-2', 50), proctorlink.allow_accommodation('e-2', '{u-9}'),
	proctorlink.share_account(:'install', 'scheduler', 'u-1') \gset unused
INSERT INTO proctorlink.hierarchy (install_id, parent_id, title, organisation_id)
	SELECT install_id, hierarchy_id, 'Medicine', 'm-1' FROM proctorlink.hierarchy WHERE is_root;
SELECT proctorlink.grant_hierarchy(:'install', 'm-1', 'scheduler', '{coordinator}') IS NULL AS unused \gset
SELECT proctorlink.use_install(:'install', :'proctoru') \gset
SELECT book(), said(proctorlink.proctoru_move_reservation(jsonb_build_object('user_id', 'pu-1', 'reservation_id', 'r-1', 'start_date', utc(now() + interval '3 days')))) \gset unused

-- tokens, bindings, webhooks
SELECT proctorlink.generate_eapi_token(:'install', 'proctor', NULL, :'proctoru') AS unused, proctorlink.bind_role(:'install', current_user::regrole) IS NULL AS bound,
	proctorlink.set_webhook_rule(:'install', 'begun', 'In Progress', :'proctoru') IS NULL AS ruled \gset
INSERT INTO proctorlink.signon_use (install_id, jti, expires_at) SELECT install_id, proctorlink.uuid7(), now() FROM proctorlink.install;
WITH w AS (INSERT INTO proctorlink.webhook (install_id, integration_id, body_sha256, exam_session_id, result)
	SELECT s.install_id, proctorlink.sid_uuid(:'proctoru'), decode(repeat('00', 32), 'hex'), s.exam_session_id, 'moved' FROM proctorlink.exam_session s LIMIT 1
	RETURNING install_id, webhook_id)
INSERT INTO proctorlink.webhook_body (install_id, webhook_id, body) SELECT install_id, webhook_id, 'x' FROM w;
INSERT INTO proctorlink.account (install_id, candidate_ext_id) SELECT install_id, 'gone' FROM proctorlink.install;
SELECT proctorlink.erase_candidate('gone', 'asked to') IS NULL AS unused \gset

SELECT plan((SELECT count(*) FROM pg_constraint WHERE connamespace = 'proctorlink'::regnamespace AND contype = 'f')::int + 18);

SELECT is((SELECT string_agg(check_name || ' ' || rows, ', ') FROM proctorlink.post_restore() WHERE rows <> 0), NULL, 'all is well');
SELECT is((SELECT string_agg(conname, ' ' ORDER BY conname) FROM pg_constraint WHERE connamespace = 'proctorlink'::regnamespace AND contype = 'f'
	AND conname NOT IN (SELECT check_name FROM proctorlink.post_restore())), NULL, 'every foreign key has a check');
SELECT is((SELECT string_agg(check_name, ' ') FROM proctorlink.post_restore() WHERE check_name ~ '_fkey$'
	AND check_name NOT IN (SELECT conname FROM pg_constraint WHERE connamespace = 'proctorlink'::regnamespace AND contype = 'f')), NULL, 'and every such check a foreign key');
SELECT is((SELECT count(DISTINCT check_name)::int - count(*)::int FROM proctorlink.post_restore()), 0, 'a name a check');

-- What a check counts after a statement that no trigger was asked about.
CREATE FUNCTION counted(check_wanted text, statement text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	found bigint;
BEGIN
	SET LOCAL session_replication_role = replica;
	EXECUTE statement;
	SELECT rows INTO found FROM proctorlink.post_restore() WHERE check_name = check_wanted;
	RAISE EXCEPTION USING ERRCODE = 'UNDO0';
EXCEPTION
	WHEN SQLSTATE 'UNDO0' THEN
		RETURN found;
END
$$;

-- each foreign key, by one row whose parent there is not
SELECT is(counted(conname, format('UPDATE %1$s SET %2$I = %3$s WHERE ctid = (SELECT ctid FROM %1$s WHERE %4$s LIMIT 1)', conrelid::regclass, a.attname,
		CASE a.atttypid WHEN 'uuid'::regtype THEN '''00000000-0000-7000-8000-000000000000''' ELSE '''nobody''' END, CASE conname WHEN 'hierarchy_parent_fkey' THEN 'NOT is_root' ELSE 'true' END)
		|| CASE conname WHEN 'exam_session_schedule_fkey' THEN format('; UPDATE %1$s SET schedule_id = ''00000000-0000-7000-8000-000000000000'' WHERE exam_id = ''00000000-0000-7000-8000-000000000000''', conrelid::regclass) ELSE '' END),
	1::bigint, conname)
FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[array_length(c.conkey, 1)]
WHERE connamespace = 'proctorlink'::regnamespace AND contype = 'f' ORDER BY conname;

-- each rule
SELECT is(counted(check_name, statement), rows::bigint, check_name || ': ' || name) FROM (VALUES
	(2, 'hierarchy_is_a_tree', 'two nodes below each other', 'INSERT INTO proctorlink.hierarchy (install_id, hierarchy_id, parent_id, title) SELECT install_id, ''00000000-0000-7000-8000-000000000000'', hierarchy_id, ''x'' FROM proctorlink.hierarchy WHERE organisation_id = ''m-1'';
		UPDATE proctorlink.hierarchy SET parent_id = ''00000000-0000-7000-8000-000000000000'' WHERE organisation_id = ''m-1''', 2),
	(3, 'one_default_hierarchy', 'none', 'UPDATE proctorlink.hierarchy SET is_default = false', 1),
	(4, 'one_root_hierarchy', 'none', 'UPDATE proctorlink.hierarchy SET is_root = false, parent_id = (SELECT hierarchy_id FROM proctorlink.hierarchy WHERE organisation_id = ''m-1'') WHERE is_root', 1),
	(6, 'proctoru_exam_has_external_id', 'none', 'UPDATE proctorlink.exam SET external_id = NULL', 1),
	(7, 'proctoru_exam_has_external_id', 'with a space', 'UPDATE proctorlink.exam SET external_id = ''e 1'' WHERE external_id = ''e-1''', 1),
	(8, 'proctoru_exam_is_published', 'not', 'UPDATE proctorlink.exam SET published = false', 1),
	(9, 'proctoru_exam_without_other_security', 'the exam''s', 'UPDATE proctorlink.exam SET keycode = true', 1),
	(10, 'proctoru_exam_without_other_security', 'the schedule''s own counts', 'UPDATE proctorlink.exam SET keycode = true; UPDATE proctorlink.schedule SET keycode = false', 0),
	(11, 'proctoru_exam_without_other_security', 'what is over does not', 'UPDATE proctorlink.exam SET keycode = true; UPDATE proctorlink.schedule SET starts_at = now() - interval ''9 days'', ends_at = now() - interval ''8 days''', 0),
	(12, 'exam_lasts_as_its_configuration', 'longer', 'UPDATE proctorlink.exam SET duration_minutes = 61 WHERE external_id = ''e-1''', 1),
	(13, 'learner_has_a_session', 'none', 'DELETE FROM proctorlink.exam_session WHERE enrollment_id IS NOT NULL', 1),
	(14, 'event_has_come', 'from another cluster', 'UPDATE proctorlink.event SET place = ''\x7fffffffffffffff'' WHERE kind = ''batch''', 1)) AS t (place, check_name, name, statement, rows) ORDER BY place;

-- what is switched off
SELECT is(counted('triggers_enabled', 'ALTER TABLE proctorlink.role DISABLE TRIGGER ALL'), (SELECT count(*) FROM pg_trigger WHERE tgrelid = 'proctorlink.role'::regclass), 'triggers that are off');
SELECT is(counted('constraints_validated', 'ALTER TABLE proctorlink.role ADD CONSTRAINT later CHECK (may_mark) NOT VALID'), 1::bigint, 'a constraint that was not asked of all');

SELECT * FROM finish();
ROLLBACK;
