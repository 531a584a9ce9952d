-- test/pgtap/sight.sql
--		What people see: through the hierarchy, through who owns a schedule, and
--		of no other install, whatever has the same ids there.

BEGIN;
\ir helpers.psql
\ir sittings.psql
SELECT plan(51);
SELECT proctorlink.setup_roles() IS NULL AS unused \gset

-- Two installs, in which everything has the same names, and the nodes, schedules
-- and accounts even the same keys: root > med > surg > eye, and law.

SELECT proctorlink.create_install('College', NULL) AS college \gset
CREATE FUNCTION college_id() RETURNS uuid STABLE LANGUAGE sql AS $$
	SELECT install_id FROM proctorlink.install WHERE name = 'College'
$$;
CREATE FUNCTION key(name text) RETURNS uuid IMMUTABLE LANGUAGE sql AS $$ SELECT md5(name)::uuid $$;
CREATE FUNCTION furnish(install uuid) RETURNS void LANGUAGE sql AS $$
	INSERT INTO proctorlink.hierarchy (install_id, hierarchy_id, parent_id, organisation_id, title)
		SELECT install, key(name), coalesce(key(parent), (SELECT hierarchy_id FROM proctorlink.hierarchy WHERE install_id = install AND is_root)), name, name
		FROM (VALUES ('med', NULL), ('surg', 'med'), ('eye', 'surg'), ('law', NULL)) nodes (name, parent);
	INSERT INTO proctorlink.account (install_id, account_id, candidate_ext_id, username, role)
		SELECT install, key(name), name, name, CASE WHEN name LIKE 'c-%' THEN 'candidate' ELSE 'scheduler' END
		FROM unnest('{m-1,m-2,owner,c-root,c-med,c-surg,c-eye,c-law,c-loose,c-own}'::text[]) name;
	INSERT INTO proctorlink.exam (install_id, exam_id, external_id, title, duration_minutes, attempts, published)
		VALUES (install, key('e'), 'e', 'Anatomy', 60, 9, true);
	INSERT INTO proctorlink.schedule (install_id, schedule_id, exam_id, external_id, starts_at, ends_at, owner_id, hierarchy_id)
		SELECT install, key('s-' || name), key('e'), 's-' || name, now() + interval '1 day', now() + interval '2 days', key(CASE name WHEN 'own' THEN 'owner' ELSE 'm-2' END),
			coalesce((SELECT hierarchy_id FROM proctorlink.hierarchy WHERE install_id = install AND organisation_id = name),
				(SELECT hierarchy_id FROM proctorlink.hierarchy WHERE install_id = install AND is_default))
		FROM unnest('{root,med,surg,eye,law,own}'::text[]) name;
	INSERT INTO proctorlink.exam_session (install_id, exam_session_id, exam_id, account_id, schedule_id, status, score, max_score)
		SELECT install, key('x-' || name), key('e'), key('c-' || name), CASE WHEN name <> 'loose' THEN key('s-' || name) END, 'Scheduled', 1, 2
		FROM unnest('{root,med,surg,eye,law,own,loose}'::text[]) name;
$$;
SELECT furnish(install_id()) IS NULL AS unused, furnish(college_id()) IS NULL AS unused \gset
UPDATE proctorlink.schedule SET owner_id = account_id('scheduler') WHERE install_id = install_id() AND owner_id = key('m-2');

CREATE FUNCTION token(person text, install uuid DEFAULT install_id()) RETURNS text LANGUAGE sql AS $$
	SELECT 'Bearer ' || proctorlink.issue_access_token(proctorlink.sid('AI', install), person)
$$;
-- Done as the owner, for good.
CREATE FUNCTION grants(node text, person text, VARIADIC flags text[]) RETURNS jsonb LANGUAGE sql AS $$
	SELECT proctorlink.grant_hierarchy(proctorlink.sid('AI', install_id()), node, person, flags)
$$;
CREATE FUNCTION revokes(node text, person text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT proctorlink.revoke_hierarchy(proctorlink.sid('AI', install_id()), node, person)
$$;
-- What whoever calls sees: schedules, sittings by their schedule, accounts,
-- candidates, results; the same asked by other statements; said when they differ.
CREATE FUNCTION view() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	schedules text := (SELECT string_agg(substr(external_id, 3), ' ' ORDER BY external_id) FROM proctorlink.schedule);
	sittings text := (SELECT string_agg(name, ' ' ORDER BY name) FROM proctorlink.exam_session s,
		unnest('{root,med,surg,eye,law,own,loose}'::text[]) name WHERE exam_session_id = key('x-' || name));
	accounts text := (SELECT string_agg(candidate_ext_id, ' ' ORDER BY candidate_ext_id) FROM proctorlink.account);
	persons text := (SELECT string_agg(candidate_ext_id, ' ' ORDER BY candidate_ext_id) FROM proctorlink.candidate WHERE candidate_ext_id LIKE 'c-%');
	results text := (SELECT string_agg(substr(candidate_ext_id, 3), ' ' ORDER BY candidate_ext_id) FROM proctorlink.candidate_result);
	n bigint;
	again text := '';
	row record;
BEGIN
	IF sittings IS DISTINCT FROM results OR persons IS DISTINCT FROM (SELECT string_agg(a, ' ') FROM regexp_split_to_table(accounts, ' ') a WHERE a LIKE 'c-%') THEN
		RETURN 'sittings ' || coalesce(sittings, '') || ', candidates ' || coalesce(persons, '') || ', results ' || coalesce(results, '');
	END IF;
	FOR row IN SELECT e.schedule_id IS NULL AS loose, c.external_id FROM proctorlink.exam_session e
		LEFT JOIN proctorlink.schedule c USING (install_id, schedule_id) ORDER BY coalesce(substr(c.external_id, 3), 'loose') LOOP
		again := concat_ws(' ', nullif(again, ''), CASE WHEN row.loose THEN 'loose' ELSE substr(row.external_id, 3) END);
	END LOOP;
	SELECT count(*) FILTER (WHERE EXISTS (SELECT FROM proctorlink.exam_session e WHERE e.account_id = a.account_id)) INTO n FROM proctorlink.account a;
	IF coalesce(sittings, '') <> again OR n <> coalesce(array_length(string_to_array(sittings, ' '), 1), 0) THEN
		RETURN 'sittings ' || coalesce(sittings, '') || ', again ' || again || ', accounts ' || n;
	END IF;
	RETURN concat_ws(' | ', coalesce(schedules, '-'), coalesce(sittings, '-'), coalesce(accounts, '-'));
END
$$;
-- The same as a person, under a role.
CREATE FUNCTION seen(token text, role text DEFAULT 'proctorlink_marker') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	EXECUTE format('SET LOCAL ROLE %I', role);
	PERFORM proctorlink.authenticate(token);
	answer := view();
	RAISE EXCEPTION USING ERRCODE = 'UNDO0';
EXCEPTION
	WHEN SQLSTATE 'UNDO0' THEN RETURN answer;
	WHEN OTHERS THEN RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;
-- What a statement of a person's does: how many rows it wrote, or the refusal.
CREATE FUNCTION does(token text, statement text, role text DEFAULT 'proctorlink_api') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	EXECUTE format('SET LOCAL ROLE %I', role);
	PERFORM proctorlink.authenticate(token);
	EXECUTE statement;
	GET DIAGNOSTICS n = ROW_COUNT;
	RAISE EXCEPTION USING ERRCODE = 'UNDO0';
EXCEPTION
	WHEN SQLSTATE 'UNDO0' THEN RETURN n;
	WHEN OTHERS THEN RETURN concat_ws(' ', SQLSTATE, SQLERRM);
END
$$;
SELECT token('m-1') AS m1, token('m-2') AS m2, token('owner') AS owner, token('c-eye') AS eye, token('m-1', college_id()) AS other \gset

-- Through the hierarchy.

SELECT is(seen(:'m1'), '- | - | m-1', 'without access a person sees their own account');
SELECT is(seen(:'eye'), '- | - | c-eye', 'a candidate not even their sitting');
CREATE FUNCTION flagged(token text, flag text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	PERFORM grants('surg', 'm-1', flag);
	answer := seen(token);
	PERFORM revokes('surg', 'm-1');
	RETURN answer;
END
$$;
SELECT is(flagged(:'m1', flag), 'eye surg | eye surg | c-eye c-surg m-1', flag || ' lets see a node and those under it')
FROM unnest('{coordinator,administrator,view_reports,rescoring}'::text[]) flag;
SELECT is(seen(:'m1'), '- | - | m-1', 'what was taken away lets see nothing');
SELECT is(proctorlink.grant_hierarchy(:'install', proctorlink.sid('HG', hierarchy_id), 'm-1', '{view_reports}') IS NULL, false, 'access to the default node, which is the root')
FROM proctorlink.hierarchy WHERE install_id = install_id() AND is_default;
SELECT is(seen(:'m1'), 'eye law med own root surg | eye law loose med own root surg | c-eye c-law c-loose c-med c-own c-root c-surg m-1',
	'lets see all, and with the default node the sittings without a schedule');
SELECT is(seen(:'other'), '- | - | m-1', 'who has the same id in another install sees nothing there');
DELETE FROM proctorlink.hierarchy_access WHERE install_id = install_id();
UPDATE proctorlink.hierarchy SET is_default = organisation_id IS NOT DISTINCT FROM 'law' WHERE install_id = install_id() AND (is_default OR organisation_id = 'law');
SELECT is(grants('law', 'm-1', 'view_reports') IS NULL, false, 'another default node');
SELECT is(seen(:'m1'), 'law | law loose | c-law c-loose m-1', 'has the sittings without a schedule');
SELECT is(seen(:'m2'), '- | - | m-2', 'nobody else sees them');
SELECT revokes('law', 'm-1') IS NULL AS unused \gset

-- A node that moves takes along who sees it; so does a schedule.

SELECT is(grants('surg', 'm-1', 'coordinator') IS NULL, false, 'access to surg');
UPDATE proctorlink.hierarchy SET parent_id = key('med') WHERE install_id = install_id() AND organisation_id = 'eye';
SELECT is(seen(:'m1'), 'surg | surg | c-surg m-1', 'eye has moved away');
UPDATE proctorlink.hierarchy SET parent_id = key('eye') WHERE install_id = install_id() AND organisation_id = 'law';
UPDATE proctorlink.hierarchy SET parent_id = key('surg') WHERE install_id = install_id() AND organisation_id = 'eye';
SELECT is(seen(:'m1'), 'eye law surg | eye law loose surg | c-eye c-law c-loose c-surg m-1', 'and back, with what has moved under it');
UPDATE proctorlink.hierarchy SET parent_id = (SELECT hierarchy_id FROM proctorlink.hierarchy WHERE install_id = install_id() AND is_root)
	WHERE install_id = install_id() AND organisation_id = 'law';
UPDATE proctorlink.schedule SET hierarchy_id = key('med') WHERE install_id = install_id() AND external_id = 's-eye';
SELECT is(seen(:'m1'), 'surg | surg | c-surg m-1', 'a schedule that moved away is not seen, nor its people');
UPDATE proctorlink.schedule SET hierarchy_id = key('eye') WHERE install_id = install_id() AND external_id = 's-eye';

-- Through the owner.

SELECT is(seen(:'owner'), 'own | own | c-own owner', 'one''s own schedules are seen');
SELECT proctorlink.share_account(:'install', 'owner', 'm-1') IS NULL AS unused \gset
SELECT is(seen(:'m1'), 'eye own surg | eye own surg | c-eye c-own c-surg m-1', 'and those shared, not the account that shares');
SELECT is(seen(:'m2'), '- | - | m-2', 'by nobody else');
SELECT is(seen(token('owner', college_id())), 'own | own | c-own owner', 'in the other install the same account has another schedule');
SELECT proctorlink.unshare_account(:'install', 'owner', 'm-1') IS NULL AS unused \gset
SELECT is(seen(:'m1'), 'eye surg | eye surg | c-eye c-surg m-1', 'no longer shared');

-- Statements that stay, and generic plans, ask anew for each person.

SELECT is((SELECT string_agg(seen(t), ' / ' ORDER BY place) FROM unnest(ARRAY[:'m1', :'m2', :'other', :'owner', :'m1']) WITH ORDINALITY AS people (t, place)
	WHERE set_config('plan_cache_mode', 'force_generic_plan', true) <> ''),
	'eye surg | eye surg | c-eye c-surg m-1 / - | - | m-2 / - | - | m-1 / own | own | c-own owner / eye surg | eye surg | c-eye c-surg m-1',
	'five people in turn, by generic plans');
PREPARE sittings AS SELECT count(*) FROM proctorlink.exam_session;
SET LOCAL ROLE proctorlink_marker;
SAVEPOINT person;
SELECT proctorlink.authenticate(:'m1') ->> 'kind' AS person, proctorlink.authenticate(:'m1') ->> 'kind' AS unused \gset
SELECT results_eq('EXECUTE sittings', ARRAY[2::bigint], 'a prepared statement');
ROLLBACK TO person;
SELECT proctorlink.authenticate(:'owner') ->> 'kind' AS person \gset
SELECT results_eq('EXECUTE sittings', ARRAY[1::bigint], 'run again by another person');
ROLLBACK TO person;

-- A statement that has begun gives nobody the eyes of who came later, nor of who
-- went: the install it found first, with a system's sight of all of it.

CREATE TEMPORARY TABLE tokens AS SELECT :'m1' AS m1, :'other' AS other;
RESET ROLE;
SELECT proctorlink.generate_eapi_token(:'college', 'own') AS college_token \gset
SET LOCAL ROLE proctorlink_marker;
CREATE FUNCTION pg_temp.becomes(n integer, credential text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	IF n = 1 THEN
		PERFORM set_config('request.headers', jsonb_build_object('token', credential)::text, true);
		PERFORM proctorlink.pre_request();
	END IF;
	RETURN NULL;
END
$$;
CREATE FUNCTION pg_temp.sees(credential text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	SELECT count(session) INTO n FROM (
		SELECT s.exam_session_id AS session, pg_temp.becomes(v, credential) FROM generate_series(1, 3) v
		LEFT JOIN LATERAL (SELECT * FROM proctorlink.exam_session s WHERE v > 0 OFFSET 0) s ON true OFFSET 0) q;
	RAISE EXCEPTION USING ERRCODE = 'UNDO0';
EXCEPTION
	WHEN SQLSTATE 'UNDO0' THEN RETURN n;
	WHEN OTHERS THEN RETURN SQLSTATE;
END
$$;
SAVEPOINT person;
SELECT proctorlink.authenticate(:'m2') ->> 'kind' AS person \gset
SELECT is(pg_temp.sees('bad'), 'PT403', 'who brings a bad token halfway sees nothing more');
SELECT is(pg_temp.sees(:'college_token'), '0', 'nor who brings a good one of another install');
SELECT is(pg_temp.sees(substr(:'other', 8)), '0', 'nor who is a person there');
ROLLBACK TO person;
RESET ROLE;
CREATE ROLE proctorlink_test_bound;
GRANT proctorlink_marker TO proctorlink_test_bound;
SELECT proctorlink.bind_role(:'college', 'proctorlink_test_bound') IS NULL AS unused \gset
SET LOCAL ROLE proctorlink_test_bound;
DECLARE crossing CURSOR FOR SELECT s.exam_session_id AS session FROM generate_series(1, 3) v
	LEFT JOIN LATERAL (SELECT * FROM proctorlink.exam_session s WHERE v > 0 OFFSET 0) s ON true;
SAVEPOINT person;
SELECT proctorlink.authenticate(:'m2') ->> 'kind' AS person \gset
FETCH 1 FROM crossing \gset
ROLLBACK TO person;
CREATE FUNCTION pg_temp.fetched(c refcursor) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	n bigint := 0;
	id uuid;
BEGIN
	LOOP
		FETCH c INTO id;
		EXIT WHEN NOT FOUND;
		n := n + (id IS NOT NULL)::integer;
	END LOOP;
	RETURN n;
END
$$;
SELECT is(pg_temp.fetched('crossing'), 0::bigint, 'a cursor that found the install as a person shows a role of another none of it');
RESET ROLE;

-- In PL/pgSQL an expression lasts longer than a statement.

CREATE FUNCTION pg_temp.glance(node uuid) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	sees boolean;
	path text;
BEGIN
	sees := proctorlink.sees_hierarchy(install_id(), node);
	path := proctorlink.hierarchy_path(node);
	RETURN sees || ' ' || coalesce(path, 'nowhere');
END
$$;
SAVEPOINT person;
SELECT title AS root FROM proctorlink.hierarchy WHERE install_id = install_id() AND is_root \gset
SELECT proctorlink.authenticate(:'m1') ->> 'kind' AS person \gset
SELECT is(pg_temp.glance(key('surg')), 'true ' || :'root' || ' \ med \ surg', 'a node that is seen');
DELETE FROM proctorlink.hierarchy_access WHERE install_id = install_id();
UPDATE proctorlink.hierarchy SET title = 'cut' WHERE install_id = install_id() AND organisation_id = 'surg';
SELECT is(pg_temp.glance(key('surg')), 'false ' || :'root' || ' \ med \ cut', 'is not seen any more, in the same transaction');
SELECT proctorlink.authenticate('EAPI ' || :'college_token') ->> 'kind' AS person \gset
UPDATE proctorlink.hierarchy SET title = 'theirs' WHERE install_id = college_id() AND organisation_id = 'surg';
SELECT matches(pg_temp.glance(key('surg')), '^false .* \\ med \\ theirs$', 'nor by another install, which has its own path');
ROLLBACK TO person;

-- Both ways of asking about accounts agree: one by one, and from the 65th on all
-- at once.

INSERT INTO proctorlink.account (install_id, account_id, candidate_ext_id, username)
	SELECT install_id(), key('many-' || n), 'many-' || n, 'many-' || n FROM generate_series(1, 200) n;
INSERT INTO proctorlink.exam_session (install_id, exam_id, account_id, schedule_id, status)
	SELECT install_id(), key('e'), key('many-' || n), CASE n % 4 WHEN 0 THEN key('s-surg') WHEN 1 THEN key('s-law') WHEN 2 THEN NULL ELSE key('s-eye') END, 'Scheduled'
	FROM generate_series(1, 200) n;
SAVEPOINT person;
SELECT proctorlink.authenticate(:'m1') ->> 'kind' AS person \gset
SELECT install_id() AS u, college_id() AS c \gset
SET LOCAL ROLE proctorlink_marker;
SELECT is((SELECT count(*) FROM proctorlink.account WHERE candidate_ext_id LIKE 'many-%'), 100::bigint, 'asked about 200 at once');
SELECT is((SELECT count(*) FROM generate_series(1, 200) n WHERE (SELECT count(*) FROM proctorlink.account WHERE account_id = key('many-' || n) OFFSET 0) = 1), 100::bigint, 'about each in a loop');
SELECT is((SELECT string_agg(n::text, ' ') FROM generate_series(1, 200) n WHERE proctorlink.sees_account(:'u', key('many-' || n)) <> (n % 4 IN (0, 3))), NULL,
	'the right ones, by both ways');
SELECT ok(proctorlink.sees_account(:'u', key('many-4')) AND NOT proctorlink.sees_account(:'u', key('many-1')), 'and one alone');
SELECT ok(NOT proctorlink.sees_account(:'c', key('many-4')) AND NOT proctorlink.sees_account(NULL, key('many-4')) AND NOT proctorlink.sees_account(:'u', NULL),
	'not in another install, nor nobody');
ROLLBACK TO person;

-- What is written, too, is only what is seen.

SELECT is(does(:'m1', 'UPDATE proctorlink.schedule SET title = ''x'''), '2', 'schedules that are seen are written');
SELECT is(does(:'m1', 'DELETE FROM proctorlink.schedule WHERE external_id = ''s-law'''), '0', 'another cannot be deleted');
SELECT matches(does(:'m1', format('UPDATE proctorlink.schedule SET hierarchy_id = %L WHERE external_id = ''s-eye''', key('law'))), '^42501 new row violates row-level security',
	'nor one be moved out of sight');
SELECT matches(does(:'m1', format('INSERT INTO proctorlink.schedule (install_id, exam_id, external_id, starts_at, ends_at, hierarchy_id) VALUES (%L, %L, ''new'', now(), now() + interval ''1 day'', %L)',
	install_id(), key('e'), key('law'))), '^42501 new row violates row-level security', 'nor one be put there');
SELECT is(does(:'m1', format('UPDATE proctorlink.exam_session SET score = 2 WHERE exam_session_id = %L', key('x-law'))), '0', 'no result of another');
SELECT is(does(:'m1', format('SELECT proctorlink.publish_result(%L, ''{"score": 2}'')', proctorlink.sid('ES', key('x-law')))), 'PT404 RESOURCENOTFOUND', 'nor through a function');
SELECT is(does(:'m1', format('SELECT proctorlink.set_session_status(%L, ''Cancelled'')', proctorlink.sid('ES', key('x-law')))), 'PT404 RESOURCENOTFOUND', 'which does not say that it is there');
SELECT is(does(:'m1', format('SELECT proctorlink.set_session_status(%L, ''Cancelled'')', proctorlink.sid('ES', key('x-eye')))), '1', 'what is seen is written through it');
SELECT is(does(:'m1', 'UPDATE proctorlink.account SET last_name = ''x'' WHERE candidate_ext_id IN (''c-law'', ''c-eye'')'), '1', 'people too');
SELECT is(does(:'m1', statement, 'proctorlink_marker'), '42501 permission denied for table ' || t, 'as a marker nothing is written in ' || t)
FROM (VALUES ('schedule', 'UPDATE proctorlink.schedule SET title = ''x'''), ('exam_session', 'UPDATE proctorlink.exam_session SET score = 2'),
	('account', 'DELETE FROM proctorlink.account')) writes (t, statement);

-- A person who is not active any more sees nothing, from the next call on.

UPDATE proctorlink.account SET status = 'disabled' WHERE install_id = install_id() AND candidate_ext_id = 'm-1';
SELECT is(seen(:'m1'), 'PT403 AUTHENTICATIONFAILED', 'a disabled account');
SELECT is(seen(:'other'), '- | - | m-1', 'but not that of the other install');

SELECT * FROM finish();
ROLLBACK;
