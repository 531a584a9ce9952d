-- test/pgtap/provision_parents.sql
--		Batches look for the parents of new rows themselves, instead of having
--		foreign keys look once a row. What foreign keys and triggers of
--		the customer's promise holds all the same.

BEGIN;
\ir helpers.psql
SELECT plan(42);
SELECT proctorlink.create_install('University', 'https://platform.test') AS install \gset

-- People in a course, numbered from one on.
CREATE FUNCTION crowd(first integer, course text DEFAULT 'c-1', people integer DEFAULT 40) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_agg(put(put(put(learner_item(), '/user/ids/external', to_jsonb('u-' || i)),
		'/user/email', to_jsonb('u' || i || '@example.org')), '/course/ids/external', to_jsonb(course)) ORDER BY i)
	FROM generate_series(first, first + people - 1) AS i
$$;
-- What became of the items: how many were accepted, and how each of the others was refused.
CREATE FUNCTION verdicts(payload jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer jsonb := proctorlink.batch_provision(payload);
BEGIN
	RETURN concat_ws('; ', answer #>> '{batch,succeeded}',
		(SELECT string_agg((entry ->> 'index') || ' ' || refusal(entry -> 'error'), '; ' ORDER BY place)
		 FROM jsonb_array_elements(answer -> 'items') WITH ORDINALITY AS entries (entry, place)
		 WHERE entry ? 'error'));
END
$$;
-- How often an index of a table has been looked into by this transaction.
CREATE FUNCTION looks(relation text) RETURNS bigint LANGUAGE sql AS $$
	SELECT idx_scan FROM pg_stat_xact_user_tables WHERE schemaname = 'proctorlink' AND relname = relation
$$;
-- How many rows have no parent.
CREATE FUNCTION orphans() RETURNS bigint LANGUAGE sql AS $$
	SELECT (SELECT count(*) FROM proctorlink.account a
			WHERE NOT EXISTS (SELECT FROM proctorlink.role r WHERE (r.install_id, r.title) = (a.install_id, a.role)))
		+ (SELECT count(*) FROM proctorlink.enrollment e
			WHERE NOT EXISTS (SELECT FROM proctorlink.account a WHERE (a.install_id, a.account_id) = (e.install_id, e.account_id))
				OR NOT EXISTS (SELECT FROM proctorlink.course c WHERE (c.install_id, c.course_id) = (e.install_id, e.course_id)))
$$;
CREATE FUNCTION insert_account(role text) RETURNS text LANGUAGE sql AS $$
	SELECT refused(format('INSERT INTO proctorlink.account (install_id, candidate_ext_id, role)
		SELECT install_id, ''x'', %L FROM proctorlink.install', role))
$$;
CREATE FUNCTION insert_enrollment(account text, course text) RETURNS text LANGUAGE sql AS $$
	SELECT refused(format('INSERT INTO proctorlink.enrollment (install_id, account_id, course_id)
		SELECT install_id, %s, %s FROM proctorlink.install', account, course))
$$;
CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_TABLE_NAME = 'account' AND to_jsonb(NEW) ->> 'candidate_ext_id' = 'u-505' THEN
		RAISE EXCEPTION 'no' USING ERRCODE = 'check_violation', CONSTRAINT = 'not_this_one';
	END IF;
	RETURN NEW;
END
$$;

-- Each parent is looked for once.

SELECT looks('role') AS before \gset
SELECT is(verdicts(crowd(1)), '40', 'many people are made');
SELECT cmp_ok(looks('role') - :before, '<', 20::bigint, 'their role is not looked for once each');
SELECT looks('course') AS before \gset
SELECT is(verdicts(crowd(1, 'c-2')), '40', 'people who are there are put into another course');
SELECT cmp_ok(looks('course') - :before, '<', 20::bigint, 'which is not looked for once each either');
SELECT is(orphans(), 0::bigint, 'all have their parents');
SELECT looks('account') AS before \gset
SELECT is(verdicts(crowd(41, people => 1)), '1', 'one person is made');
SELECT is(looks('account') - :before, 1::bigint, 'and looked for once, not again as a parent');
SELECT is(orphans(), 0::bigint, 'with parents as well');
SELECT verdicts(jsonb_build_array(put(put(learner_item(), '/user/ids', '{"lms": "l-1"}'), '/user/email', '"u1@example.org"'))) AS made \gset
SELECT is((SELECT concat_ws(' ', candidate_ext_id, candidate_ext_id_defaulted) FROM proctorlink.account WHERE lms_id = 'l-1'), 'l-1 t',
	'and with all that it has, if it is one alone');

-- The foreign keys are in force for all other statements.

SELECT is(insert_account('nobody'), '23503 account_role_fkey', 'afterwards a role is checked as ever');
SELECT is(insert_enrollment('(SELECT account_id FROM proctorlink.account LIMIT 1)', 'gen_random_uuid()'),
	'23503 enrollment_course_fkey', 'a course is');
SELECT is(insert_enrollment('gen_random_uuid()', '(SELECT course_id FROM proctorlink.course LIMIT 1)'),
	'23503 enrollment_account_fkey', 'an account is');

-- A role that is gone.

SAVEPOINT roles;
DELETE FROM proctorlink.enrollment;
DELETE FROM proctorlink.account;
DELETE FROM proctorlink.role WHERE title = 'candidate';
SELECT is(split_part(verdicts(crowd(1)), ';', 1), '0', 'without their role nobody is made');
SELECT is(split_part(verdicts(crowd(1)), '; ', 3), '1 CONFLICT: account_role_fkey (item)', 'and everybody is told the constraint');
SELECT is(verdicts(crowd(1, people => 1)), '0; 0 CONFLICT: account_role_fkey (item)', 'so is one alone');
ROLLBACK TO roles;

-- Foreign keys of the customer's.

SAVEPOINT keys;
CREATE TABLE public.address (email text PRIMARY KEY);
INSERT INTO public.address SELECT 'u' || i || '@example.org' FROM generate_series(1, 200) AS i WHERE i <> 107;
ALTER TABLE proctorlink.account ADD CONSTRAINT known_address FOREIGN KEY (email) REFERENCES public.address;
SELECT is(verdicts(crowd(101)), '39; 6 CONFLICT: known_address (item)', 'a foreign key of the customer''s refuses the one that it is about');
CREATE TABLE public.course_role (role text PRIMARY KEY);
INSERT INTO public.course_role VALUES ('learner');
ALTER TABLE proctorlink.enrollment ADD CONSTRAINT known_role FOREIGN KEY (role) REFERENCES public.course_role;
SELECT is(verdicts(put(crowd(101, 'c-3'), '/5/enrollment', '{"role": "instructor"}')), '38; 5 CONFLICT: known_role (item); 6 CONFLICT: known_address (item)',
	'also one on enrollments');
SELECT is(verdicts(crowd(107, people => 1)), '0; 0 CONFLICT: known_address (item)', 'and one alone');
ROLLBACK TO keys;

-- Triggers of the customer's on the table itself.

CREATE FUNCTION other_keys() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_TABLE_NAME = 'account' THEN
		IF NEW.candidate_ext_id = 'u-205' THEN
			NEW.role := 'nobody';
		END IF;
	ELSIF (SELECT candidate_ext_id FROM proctorlink.account a WHERE a.account_id = NEW.account_id) = 'u-203' THEN
		NEW.account_id := gen_random_uuid();
	ELSIF (SELECT candidate_ext_id FROM proctorlink.account a WHERE a.account_id = NEW.account_id) = 'u-204' THEN
		NEW.course_id := gen_random_uuid();
	END IF;
	RETURN NEW;
END
$$;
SAVEPOINT triggers;
CREATE TRIGGER other_role BEFORE INSERT ON proctorlink.account FOR EACH ROW EXECUTE FUNCTION other_keys();
SELECT is(verdicts(crowd(201)), '39; 4 CONFLICT: account_role_fkey (item)', 'a role that a trigger chose is checked');
SELECT is(verdicts(crowd(205, people => 1)), '0; 0 CONFLICT: account_role_fkey (item)', 'also of one alone');
SELECT is(orphans(), 0::bigint, 'nobody is left without one');
DROP TRIGGER other_role ON proctorlink.account;
CREATE TRIGGER other_parents BEFORE INSERT ON proctorlink.enrollment FOR EACH ROW EXECUTE FUNCTION other_keys();
SELECT is(verdicts(crowd(201, 'c-4')), '38; 2 CONFLICT: enrollment_account_fkey (item); 3 CONFLICT: enrollment_course_fkey (item)',
	'so are an account and a course');
SELECT is(verdicts(crowd(203, 'c-4', 1)) || '; ' || verdicts(crowd(204, 'c-4', 1)),
	'0; 0 CONFLICT: enrollment_account_fkey (item); 0; 0 CONFLICT: enrollment_course_fkey (item)', 'of one alone too');
SELECT is(orphans(), 0::bigint, 'no enrollment is left without either');
DROP TRIGGER other_parents ON proctorlink.enrollment;

CREATE FUNCTION drop_role() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM proctorlink.role r WHERE r.title = 'candidate'
		AND NOT EXISTS (SELECT FROM proctorlink.account a WHERE (a.install_id, a.role) = (r.install_id, r.title));
	RETURN NULL;
END
$$;
DELETE FROM proctorlink.enrollment;
DELETE FROM proctorlink.account;
CREATE TRIGGER drop_role BEFORE INSERT ON proctorlink.account FOR EACH STATEMENT EXECUTE FUNCTION drop_role();
SELECT is(split_part(verdicts(crowd(1)), ';', 1), '0', 'a role that a trigger drops meanwhile is missed');
SELECT is(verdicts(crowd(1, people => 1)), '0; 0 CONFLICT: account_role_fkey (item)', 'by one alone too');
SELECT is(orphans(), 0::bigint, 'and nobody has it');
ROLLBACK TO triggers;

-- Triggers of the customer's on other tables, and between the statements of a batch.

CREATE FUNCTION drop_newcomers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM proctorlink.account a
	WHERE a.candidate_ext_id = 'u-303' AND NOT EXISTS (SELECT FROM proctorlink.enrollment e WHERE e.account_id = a.account_id);
	RETURN NULL;
END
$$;
SAVEPOINT others;
CREATE TRIGGER drop_newcomers AFTER INSERT ON proctorlink.account FOR EACH STATEMENT EXECUTE FUNCTION drop_newcomers();
SELECT is(verdicts(crowd(301)), '39; 2 CONFLICT: enrollment_account_fkey (item)', 'whom a trigger deletes at once is not enrolled');
SELECT is(verdicts(crowd(303, people => 1)), '0; 0 CONFLICT: enrollment_account_fkey (item)', 'nor alone');
SELECT is(orphans(), 0::bigint, 'nor is anybody who is not there');
DROP TRIGGER drop_newcomers ON proctorlink.account;
CREATE TRIGGER drop_newcomers AFTER INSERT ON proctorlink.exam FOR EACH STATEMENT EXECUTE FUNCTION drop_newcomers();
SELECT is(verdicts(crowd(341, people => 1)), '1', 'who is looked for again because of a trigger elsewhere is found');
SELECT is(verdicts(crowd(301) || jsonb_build_array(exam_item())), '41', 'whom a trigger of exams deletes meanwhile is made again');
SELECT is(orphans(), 0::bigint, 'and enrolled then');
SELECT is((SELECT count(*) FROM proctorlink.enrollment JOIN proctorlink.account USING (install_id, account_id) WHERE candidate_ext_id = 'u-303'),
	1::bigint, 'as everybody');
ROLLBACK TO others;

-- A rule of the customer's; a table that inherits from a parent.

SAVEPOINT rules;
DELETE FROM proctorlink.enrollment;
DELETE FROM proctorlink.account;
CREATE RULE drop_role AS ON INSERT TO proctorlink.account DO ALSO DELETE FROM proctorlink.role WHERE title = 'candidate';
SELECT is(split_part(verdicts(crowd(1)), ';', 1), '0', 'a rule cannot drop the role either');
SELECT is(split_part(verdicts(crowd(1, people => 1)), ';', 1), '0', 'of one alone');
SELECT is(orphans(), 0::bigint, 'of anybody');
ROLLBACK TO rules;
CREATE TABLE public.more_roles () INHERITS (proctorlink.role);
DELETE FROM proctorlink.enrollment;
DELETE FROM proctorlink.account;
WITH gone AS (DELETE FROM ONLY proctorlink.role WHERE title = 'candidate' RETURNING *) INSERT INTO public.more_roles SELECT * FROM gone;
SELECT is(split_part(verdicts(crowd(1)), ';', 1), '0', 'a role of a table that inherits is none');
SELECT is(verdicts(crowd(1, people => 1)), '0; 0 CONFLICT: account_role_fkey (item)', 'nor of one alone');
ROLLBACK TO rules;

-- What triggers are for is done.

CREATE TRIGGER stop BEFORE INSERT ON proctorlink.account FOR EACH ROW EXECUTE FUNCTION stop();
SELECT is(verdicts(crowd(501)), '39; 4 CONFLICT: not_this_one (item)', 'a trigger refuses the one that it is about');
DROP TRIGGER stop ON proctorlink.account;
CREATE TABLE public.seen (name text);
CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO public.seen VALUES (TG_TABLE_NAME);
	RETURN NULL;
END
$$;
CREATE TRIGGER see AFTER INSERT ON proctorlink.account FOR EACH ROW EXECUTE FUNCTION see();
CREATE TRIGGER see AFTER INSERT ON proctorlink.enrollment FOR EACH ROW EXECUTE FUNCTION see();
SELECT verdicts(crowd(601)) AS made \gset
SELECT is((SELECT array_agg(name || ' ' || n ORDER BY name) FROM (SELECT name, count(*) AS n FROM public.seen GROUP BY name) s),
	'{"account 40","enrollment 40"}', 'one that notes new rows notes all');
DROP TRIGGER see ON proctorlink.account;
DROP TRIGGER see ON proctorlink.enrollment;
SELECT looks('role') AS before \gset
SELECT verdicts(crowd(701)) AS made \gset
SELECT cmp_ok(looks('role') - :before, '<', 20::bigint, 'without triggers it is as before');

SELECT * FROM finish();
ROLLBACK;
