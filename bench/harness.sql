-- bench/harness.sql
--		What bench/run does inside the server: clean tables, timed calls, figures.

-- The extension's tables that a first load writes, parents first.
CREATE TABLE bench.written_table (
	position int PRIMARY KEY,
	table_name text NOT NULL
);
INSERT INTO bench.written_table
SELECT row_number() OVER (), name
FROM unnest(ARRAY['batch', 'course', 'exam', 'exam_configuration', 'exam_secret', 'account', 'enrollment']) AS name;

-- One figure: a job done once by a contender.  In ms, unless the job says else.
CREATE TABLE bench.result (
	job text NOT NULL,
	contender text NOT NULL,
	items bigint NOT NULL,
	value double precision NOT NULL,
	at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- All tables that hold what calls bring, of the extension and of the baselines.
CREATE VIEW bench.data_table AS
	SELECT c.oid::regclass AS name
	FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE c.relkind = 'r'
		AND (n.nspname = 'lean' AND c.relname <> 'integration'
			OR n.nspname = 'proctorlink'
			AND c.relname NOT IN ('install', 'role', 'hierarchy', 'integration', 'signing_key', 'access_key', 'webhook_secret',
				'launch_key', 'role_binding', 'trusted_front'));

-- Empties all of them: fresh files, no statistics of theirs in pg_class.
CREATE PROCEDURE bench.reset()
	LANGUAGE plpgsql
AS $body$
BEGIN
	EXECUTE (SELECT 'TRUNCATE ' || string_agg(name::text, ', ') || ' RESTART IDENTITY' FROM bench.data_table);
	DELETE FROM pg_statistic WHERE starelid IN (SELECT name FROM bench.data_table);
END
$body$;

-- Makes calls first_call to last_call by a contender, each in a transaction of
-- its own, and adds up what those from first_counted on took.  The payload is
-- jsonb in memory (detoasted) before the clock starts; the commit is not in.
CREATE PROCEDURE bench.run(job text, contender text, source regclass, first_call int, last_call int, first_counted int)
	LANGUAGE plpgsql
AS $body$
DECLARE
	statement text := CASE contender
		WHEN 'proctorlink' THEN 'SELECT proctorlink.batch_provision($1)'
		WHEN 'set-based' THEN 'SELECT lean.provision($1)'
		WHEN 'upsert' THEN 'SELECT lean.provision_upsert($1)'
		WHEN 'pgcrypto' THEN 'SELECT lean.provision_signon($1)'
		WHEN 'loop' THEN 'SELECT lean.provision_loop($1)'
	END;
	p jsonb;
	answer jsonb;
	i int;
	n int;
	failed int;
	started timestamptz;
	ms double precision;
	total double precision := 0;
	items bigint := 0;
BEGIN
	FOR i IN first_call .. last_call LOOP
		-- #> '{}' makes a copy that is not compressed
		EXECUTE format('SELECT payload #> ''{}'' FROM %s WHERE call = $1', source) INTO p USING i;
		n := jsonb_array_length(p);
		IF contender = 'bare' THEN
			started := clock_timestamp();
			PERFORM bench.bare_insert(i);
			ms := extract(epoch FROM clock_timestamp() - started) * 1000;
		ELSE
			started := clock_timestamp();
			EXECUTE statement INTO answer USING p;
			ms := extract(epoch FROM clock_timestamp() - started) * 1000;

			-- nobody wins by refusing
			IF contender = 'proctorlink' THEN
				failed := (answer -> 'batch' ->> 'failed')::int;
				answer := answer -> 'items';
			ELSE
				failed := jsonb_array_length(jsonb_path_query_array(answer, '$[*].error'));
			END IF;
			IF failed <> 0 OR jsonb_array_length(answer) <> n THEN
				RAISE EXCEPTION '% refused % of % items in call %: %', contender, failed, n, i,
					jsonb_path_query_first(answer, '$[*].error');
			END IF;
		END IF;
		IF i >= first_counted THEN
			total := total + ms;
			items := items + n;
		END IF;
		COMMIT;
	END LOOP;
	INSERT INTO bench.result (job, contender, items, value) VALUES (job, contender, items, total);
END
$body$;

-- Rounds of a contender, numbered in the order in which they were run.
CREATE VIEW bench.round AS
	SELECT *, row_number() OVER (PARTITION BY job, contender ORDER BY at) AS round FROM bench.result;

CREATE FUNCTION bench.median(job text, contender text) RETURNS double precision
	LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY value) FROM bench.result r
	WHERE r.job = $1 AND r.contender = $2;
END;

CREATE FUNCTION bench.items(job text, contender text) RETURNS bigint
	LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT max(items) FROM bench.result r WHERE r.job = $1 AND r.contender = $2;
END;

-- How many times the value an item of the other one's value a contender took:
-- the median over the rounds.  Rounds of the same number ran one after the
-- other, so that what else the machine did hit both.
CREATE FUNCTION bench.ratio(job text, contender text, other_job text, other text) RETURNS double precision
	LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY (a.value / a.items) / (b.value / b.items))
	FROM bench.round a JOIN bench.round b USING (round)
	WHERE a.job = $1 AND a.contender = $2 AND b.job = $3 AND b.contender = $4;
END;
