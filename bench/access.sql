-- bench/access.sql
--		What it costs to know the caller, to keep tenants apart, and to show people
--		what is theirs.

-- A system: a role with the privileges of one, bound to the install.
SET client_min_messages = warning;
DROP ROLE IF EXISTS proctorlink_bench_system;
CREATE ROLE proctorlink_bench_system;
GRANT proctorlink_api TO proctorlink_bench_system;
SELECT proctorlink.bind_role(:'install', 'proctorlink_bench_system');
GRANT USAGE ON SCHEMA bench TO proctorlink_bench_system;
GRANT SELECT ON ALL TABLES IN SCHEMA bench TO proctorlink_bench_system;
GRANT INSERT ON bench.result TO proctorlink_bench_system;

-- So many times: a credential is checked in a transaction of its own.
CREATE PROCEDURE bench.run_credential(contender text, statement text, credential text, times int)
	LANGUAGE plpgsql
AS $body$
DECLARE
	started timestamptz;
	took interval := '0';
BEGIN
	FOR i IN 1 .. times + 100 LOOP
		-- what PostgREST has set before it asks
		PERFORM set_config('request.headers', json_build_object('accept', 'application/json', 'authorization', credential,
			'content-type', 'application/json', 'host', 'exams.example.edu', 'user-agent', 'bench')::text, true);
		started := clock_timestamp();
		EXECUTE statement USING credential;
		IF i > 100 THEN
			took := took + (clock_timestamp() - started);
		END IF;
		IF proctorlink.whoami() ->> 'kind' IN ('nobody', 'role') THEN
			RAISE EXCEPTION '% is not known', contender;
		END IF;
		COMMIT;
	END LOOP;
	INSERT INTO bench.result (job, contender, items, value)
		VALUES ('credential', contender, times, extract(epoch FROM took) * 1000);
END
$body$;

-- A tree of 10,000 nodes, 20,000 schedules in its leaves, and sittings on them.
-- One marker sees a leaf, another a branch of a hundredth, the third all.
CREATE PROCEDURE bench.make_hierarchies(install uuid, sittings int)
	LANGUAGE plpgsql
AS $body$
BEGIN
	PERFORM set_config('session_replication_role', 'replica', true);
	CREATE TEMP TABLE node ON COMMIT DROP AS SELECT n, proctorlink.uuid7() AS id FROM generate_series(1, 10000) AS n;
	INSERT INTO proctorlink.hierarchy (install_id, hierarchy_id, parent_id, title, organisation_id)
		SELECT install, k.id, coalesce(p.id, r.hierarchy_id), 'Node ' || k.n, 'node-' || k.n
		FROM node k JOIN proctorlink.hierarchy r ON r.is_root LEFT JOIN node p ON k.n > 100 AND p.n = 1 + k.n % 100;
	INSERT INTO proctorlink.account (install_id, candidate_ext_id, username, role)
		SELECT install, 'c-' || n, 'c-' || n, 'candidate' FROM generate_series(1, 100000) AS n
		UNION ALL SELECT install, name, name, 'marker' FROM unnest(ARRAY['leaf', 'branch', 'all', 'owner']) AS name;
	INSERT INTO proctorlink.exam (install_id, external_id, title, duration_minutes) VALUES (install, 'sat', 'Sat', 60);
	INSERT INTO proctorlink.schedule (install_id, exam_id, external_id, title, starts_at, ends_at, duration_minutes, owner_id, hierarchy_id)
		SELECT install, x.exam_id, 's-' || s, 'S', '2031-01-13 08:00Z', '2031-01-13 18:00Z', 60, a.account_id, k.id
		FROM generate_series(1, 20000) AS s JOIN node k ON k.n = 101 + s % 9900
		JOIN proctorlink.exam x ON x.external_id = 'sat' JOIN proctorlink.account a ON a.candidate_ext_id = 'owner';
	INSERT INTO proctorlink.exam_session (install_id, exam_id, schedule_id, account_id, attempt, status, score)
		SELECT install, c.exam_id, c.schedule_id, a.account_id, 1 + g / 100000, 'Closed', g % 100
		FROM generate_series(0, sittings - 1) AS g
		JOIN (SELECT row_number() OVER () AS n, exam_id, schedule_id FROM proctorlink.schedule) AS c
			ON c.n = 1 + g * 7919::bigint % 20000
		JOIN (SELECT row_number() OVER () AS n, account_id FROM proctorlink.account WHERE role = 'candidate') AS a
			ON a.n = 1 + g % 100000;
	INSERT INTO proctorlink.hierarchy_access (install_id, hierarchy_id, account_id, view_reports)
		SELECT install, CASE candidate_ext_id WHEN 'leaf' THEN (SELECT id FROM node WHERE n = 500)
				WHEN 'branch' THEN (SELECT id FROM node WHERE n = 50)
				ELSE (SELECT hierarchy_id FROM proctorlink.hierarchy WHERE is_root) END, account_id, true
		FROM proctorlink.account WHERE candidate_ext_id IN ('leaf', 'branch', 'all');
END
$body$;

-- All that somebody sees of the results, to the last column; a null person is the owner.
CREATE PROCEDURE bench.run_sight(person text, install text, job text)
	LANGUAGE plpgsql
AS $body$
DECLARE
	started timestamptz;
	took double precision;
	seen bigint;
BEGIN
	-- The first time is for warming up.
	FOR i IN 1 .. 2 LOOP
		IF person IS NOT NULL THEN
			PERFORM proctorlink.authenticate('Bearer ' || proctorlink.issue_access_token(install, person));
			SET LOCAL ROLE proctorlink_marker;
		END IF;
		started := clock_timestamp();
		SELECT count(*) INTO seen FROM (SELECT r.*, r IS NULL FROM proctorlink.candidate_result r OFFSET 0) AS f;
		took := extract(epoch FROM clock_timestamp() - started) * 1000;
		RESET ROLE;
		IF i > 1 THEN
			INSERT INTO bench.result (job, contender, items, value) VALUES ($3, coalesce(person, 'all rows'), seen, took);
		END IF;
		COMMIT;
	END LOOP;
END
$body$;
