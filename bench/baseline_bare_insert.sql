-- bench/baseline_bare_insert.sql
--		The bare INSERTs of the same rows: what the extension's tables cost by
--		themselves, with every index, constraint, foreign key and trigger that
--		they have.
--
-- What counts: one INSERT … SELECT a table, parents first, in one transaction
-- a call, from plain staging tables that hold every value of the very rows that
-- batch_provision made of the same kind of payload: courses, exams, their
-- configurations and passwords, accounts, enrollments, and the call's batch row.
-- created_at and updated_at are left to their defaults, so that the rows count
-- as new and not as history.  The rows arrive in the order in which
-- batch_provision inserts them.  Reading the staging tables counts too; no
-- payload is read, nothing is looked up, and nothing answered.

-- Runs calls and puts the rows that each one made into staging tables.
CREATE PROCEDURE bench.stage(first_call int, last_call int)
	LANGUAGE plpgsql
AS $body$
DECLARE
	i int;
	name text;
	missing bigint;
BEGIN
	FOR name IN SELECT table_name FROM bench.written_table LOOP
		EXECUTE format('CREATE TABLE bench.stage_%1$s AS SELECT 0 AS call, t.* FROM proctorlink.%1$s t LIMIT 0', name);
	END LOOP;
	COMMIT;
	FOR i IN first_call .. last_call LOOP
		PERFORM proctorlink.batch_provision(payload) FROM bench.call WHERE call = i;
		FOR name IN SELECT table_name FROM bench.written_table LOOP
			EXECUTE format('INSERT INTO bench.stage_%1$s SELECT $1, t.* FROM proctorlink.%1$s t WHERE created_at = now()', name)
				USING i;
		END LOOP;
		COMMIT;
	END LOOP;
	FOR name IN SELECT table_name FROM bench.written_table LOOP
		EXECUTE format('SELECT (SELECT count(*) FROM proctorlink.%1$s) - (SELECT count(*) FROM bench.stage_%1$s)', name)
			INTO missing;
		IF missing <> 0 THEN
			RAISE EXCEPTION '% rows of % were not staged', missing, name;
		END IF;
		EXECUTE format('CREATE INDEX ON bench.stage_%s (call)', name);
		EXECUTE format('ANALYZE bench.stage_%s', name);
		COMMIT;
	END LOOP;
END
$body$;

-- Moves the time in all staged ids (UUIDs of version 7) to now, so that they
-- are as new as those that batch_provision would mint.
CREATE FUNCTION bench.later(id uuid, ms bigint) RETURNS uuid
	LANGUAGE sql IMMUTABLE STRICT
	RETURN (lpad(to_hex(('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint + ms), 12, '0')
		|| substr(replace(id::text, '-', ''), 13))::uuid;

CREATE PROCEDURE bench.renew_stage()
	LANGUAGE plpgsql
AS $body$
DECLARE
	name text;
	changes text;
	oldest uuid;
	ms bigint;
BEGIN
	SELECT batch_id INTO oldest FROM bench.stage_batch ORDER BY call LIMIT 1;
	ms := extract(epoch FROM clock_timestamp()) * 1000 - ('x' || left(replace(oldest::text, '-', ''), 12))::bit(48)::bigint;
	FOR name IN SELECT table_name FROM bench.written_table LOOP
		SELECT string_agg(format('%1$I = bench.later(%1$I, $1)', attname), ', ') INTO changes
		FROM pg_attribute
		WHERE attrelid = ('proctorlink.' || name)::regclass AND attnum > 0 AND NOT attisdropped
			AND atttypid = 'uuid'::regtype AND attname NOT IN ('install_id', 'owner_id', 'hierarchy_id');
		EXECUTE format('UPDATE bench.stage_%s SET %s', name, changes) USING ms;
		-- in the order of the rows again
		EXECUTE format('CREATE TABLE bench.renewed AS SELECT * FROM bench.stage_%s ORDER BY call, 3', name);
		EXECUTE format('DROP TABLE bench.stage_%s', name);
		EXECUTE format('ALTER TABLE bench.renewed RENAME TO stage_%s', name);
		EXECUTE format('CREATE INDEX ON bench.stage_%s (call)', name);
		EXECUTE format('ANALYZE bench.stage_%s', name);
		COMMIT;
	END LOOP;
END
$body$;

-- bench.bare_insert(call) is written from the catalog, so that it has the
-- columns that the tables have.
CREATE PROCEDURE bench.make_bare_insert()
	LANGUAGE plpgsql
AS $body$
DECLARE
	statements text;
BEGIN
	SELECT string_agg(format('INSERT INTO proctorlink.%1$s (%2$s) SELECT %3$s FROM bench.stage_%1$s s WHERE s.call = $1;',
				table_name, columns, staged), E'\n' ORDER BY position)
	INTO statements
	FROM (
		SELECT w.table_name, w.position, string_agg(quote_ident(attname), ', ' ORDER BY attnum) AS columns,
			string_agg('s.' || quote_ident(attname), ', ' ORDER BY attnum) AS staged
		FROM bench.written_table w
		JOIN pg_attribute ON attrelid = ('proctorlink.' || w.table_name)::regclass
		WHERE attnum > 0 AND NOT attisdropped AND attgenerated = '' AND attname NOT IN ('created_at', 'updated_at')
		GROUP BY w.table_name, w.position) AS w;
	EXECUTE format('CREATE FUNCTION bench.bare_insert(this_call int) RETURNS void LANGUAGE plpgsql AS %L',
		E'BEGIN\n' || statements || E'\nEND');
END
$body$;
