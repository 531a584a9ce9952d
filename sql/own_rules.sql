-- own_rules.sql
--		Rules that a customer adds to the tables: the item that one refuses is
--		found among many, and the others go in.

SET client_min_messages TO warning;

CREATE FUNCTION person(n integer, last_name text DEFAULT 'Byron') RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_build_object('course', '{"ids": {"external": "c-1"}, "title": "Anatomy"}'::jsonb,
		'user', jsonb_build_object('ids', jsonb_build_object('external', 'u-' || n), 'firstName', 'Ada', 'lastName', last_name,
		'email', 'u' || n || '@example.org'))
$$;
-- 1,000 people, some of them with a name that the rules refuse
CREATE FUNCTION people(VARIADIC refused integer[]) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_agg(person(n, CASE WHEN n = ANY (refused) THEN 'Nobody' ELSE 'Byron' END) ORDER BY n) FROM generate_series(0, 999) AS n
$$;
-- the counts, and what was refused
CREATE FUNCTION told(answer jsonb) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT ((answer -> 'batch') - 'sid' - 'items')::text
	UNION ALL
	SELECT format('%s: %s %s %s: %s', entry -> 'index', entry #>> '{error,code}', entry #>> '{error,violations,0,rule}',
		entry #>> '{error,violations,0,pointer}', entry #>> '{error,violations,0,detail}')
	FROM jsonb_array_elements(answer -> 'items') AS entry WHERE entry ? 'error'
$$;
SELECT proctorlink.create_install('Example University', 'https://platform.example') AS install \gset
\pset format unaligned
\pset tuples_only on

-- a CHECK
ALTER TABLE proctorlink.account ADD CONSTRAINT somebody CHECK (last_name <> 'Nobody');
SELECT told(proctorlink.batch_provision(people(0, 499, 500, 999)));
SELECT count(*), (SELECT count(*) FROM proctorlink.enrollment) FROM proctorlink.account;
-- now all others are found, and found again
SELECT told(proctorlink.batch_provision(people(0, 499, 500, 999)));
-- an update is refused as well
SELECT told(proctorlink.batch_provision(people(7)));
SELECT last_name FROM proctorlink.account WHERE candidate_ext_id = 'u-7';
-- all or nothing
SELECT told(proctorlink.batch_provision(jsonb_build_object('atomic', true, 'items', people(8) || jsonb_build_array(person(1000)))));
SELECT count(*) FROM proctorlink.account WHERE candidate_ext_id = 'u-1000';
-- the single object
SELECT proctorlink.batch_provision(person(0, 'Nobody'));
-- who leans on a refused item is refused too
SELECT told(proctorlink.batch_provision(jsonb_build_array(person(2000, 'Nobody'), '{"user": {"ids": {"external": "u-2000"}}}'::jsonb, person(2001))));
ALTER TABLE proctorlink.account DROP CONSTRAINT somebody;

-- a trigger that raises
CREATE FUNCTION by_registry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.role = 'instructor' THEN
		RAISE EXCEPTION 'instructors are enrolled by the registry';
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER zz_registry BEFORE INSERT OR UPDATE ON proctorlink.enrollment FOR EACH ROW EXECUTE FUNCTION by_registry();
SELECT told(proctorlink.batch_provision((SELECT jsonb_agg(person(n) || CASE WHEN n IN (3, 1010) THEN '{"enrollment": {"role": "instructor"}}' ELSE '{}'::jsonb END)
	FROM generate_series(1, 1020) AS n)));
SELECT role, count(*) FROM proctorlink.enrollment GROUP BY role;
SELECT proctorlink.batch_provision(person(3) || '{"enrollment": {"role": "instructor"}}');

-- one that is asked at the end of the transaction raises there
DROP TRIGGER zz_registry ON proctorlink.enrollment;
CREATE CONSTRAINT TRIGGER zz_registry AFTER INSERT OR UPDATE ON proctorlink.enrollment DEFERRABLE INITIALLY DEFERRED
	FOR EACH ROW EXECUTE FUNCTION by_registry();
SELECT proctorlink.batch_provision(jsonb_build_array(person(3) || '{"enrollment": {"role": "instructor"}}')) #>> '{batch,status}';
SELECT role, count(*) FROM proctorlink.enrollment GROUP BY role;
DROP FUNCTION by_registry CASCADE;

-- a unique index of the customer's own, and a row that it leaves no room for
CREATE UNIQUE INDEX one_email ON proctorlink.account (install_id, email);
SELECT told(proctorlink.batch_provision(jsonb_build_array(person(3001), person(3002), jsonb_set(person(3003), '{user,email}', '"u3001@example.org"'),
	jsonb_set(person(3004), '{user,email}', '"u5@example.org"'), person(3005))));
DROP INDEX proctorlink.one_email;

-- a trigger that quietly drops rows leaves nothing that is answered for
CREATE FUNCTION drop_row() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$;
CREATE TRIGGER zz_drop BEFORE INSERT ON proctorlink.account FOR EACH ROW WHEN (NEW.last_name = 'Nobody') EXECUTE FUNCTION drop_row();
SELECT told(proctorlink.batch_provision(jsonb_build_array(person(4001), person(4002, 'Nobody'), person(4003))));
SELECT string_agg(candidate_ext_id, ' ' ORDER BY candidate_ext_id) FROM proctorlink.account WHERE candidate_ext_id LIKE 'u-400_';
DROP FUNCTION drop_row CASCADE;

DROP FUNCTION person, people, told;
TRUNCATE proctorlink.install CASCADE;
