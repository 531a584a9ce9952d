-- test/pgtap/provision_custom_rules.sql
--		A customer's own constraints and triggers on the tables: the item that
--		they refuse is a conflict under the constraint's name, the others are done.

BEGIN;
\ir helpers.psql
SELECT plan(18);
SELECT proctorlink.create_install('University', 'https://platform.test') AS install \gset

CREATE FUNCTION person(external text, email text DEFAULT 'a@example.org', course text DEFAULT 'c-1') RETURNS jsonb LANGUAGE sql AS $$
	SELECT put(put(put(learner_item(), '/user/ids/external', to_jsonb(external)), '/user/email', to_jsonb(email)),
		'/course/ids/external', to_jsonb(course))
$$;
CREATE FUNCTION said(answer jsonb) RETURNS text[] LANGUAGE sql AS $$
	SELECT array_agg(coalesce(refusal(entry -> 'error'), results(entry)) ORDER BY place)
	FROM jsonb_array_elements(answer -> 'items') WITH ORDINALITY AS entries (entry, place)
$$;
CREATE FUNCTION together(VARIADIC items jsonb[]) RETURNS text[] LANGUAGE sql AS $$
	SELECT said(attempt(to_jsonb(items)))
$$;

-- A CHECK of the customer's.

ALTER TABLE proctorlink.account ADD CONSTRAINT only_our_addresses CHECK (email LIKE '%@example.org');

SELECT is(outcome(person('u-1')), 'course Created, user Created, enrollment Created', 'who keeps the rule is made');
SELECT matches(outcome(person('u-1', 'a@elsewhere.org')), '^CONFLICT: only_our_addresses ', 'who does not is a conflict, under its name');
SELECT is((SELECT array_agg(split_part(line, ' (item)', 1)) FROM unnest(together(person('u-1'), person('u-2', 'a@elsewhere.org'), person('u-3'),
		person('u-4', 'b@elsewhere.org'), person('u-5'))) line),
	'{"course Created, user Created, enrollment Created",CONFLICT: only_our_addresses,"course Found Existing, user Created, enrollment Created",CONFLICT: only_our_addresses,"course Found Existing, user Created, enrollment Created"}',
	'in a batch, it alone');
SELECT is((together(person('u-2', 'a@elsewhere.org'), person('u-1')))[2], 'course Created, user Created, enrollment Created',
	'what the refused one would have made is made by the next');
SELECT is((together(person('u-2', 'a@elsewhere.org'), '{"user": {"ids": {"external": "u-2"}}}'))[2], 'RESOURCENOTFOUND: not_found /user/ids',
	'who leans on the refused one is refused');
SELECT proctorlink.batch_provision(jsonb_build_array(person('u-1'), person('u-2', 'a@elsewhere.org'), person('u-3'))) AS answer \gset
SELECT is((:'answer'::jsonb -> 'batch') - '{sid}'::text[],
	'{"status": "completed_with_errors", "items": 3, "succeeded": 2, "failed": 1, "created": 5, "updated": 0, "found": 1, "removed": 0}'::jsonb,
	'the counters count what was done');
SELECT is((SELECT array_agg(candidate_ext_id::text ORDER BY candidate_ext_id) FROM proctorlink.account), '{u-1,u-3}', 'and it was');
SELECT contents(leaving_out => '{batch}') AS before \gset
SELECT is(proctorlink.batch_provision(jsonb_build_object('atomic', true, 'items', jsonb_build_array(person('u-7'), person('u-8', 'a@elsewhere.org'))))
	#>> '{batch,status}', 'failed', 'atomic: the whole batch fails');
SELECT is(contents(leaving_out => '{batch}'), :'before', 'and nothing was written');
SELECT matches(outcome(person('u-1'), person('u-1', 'a@elsewhere.org')), '^CONFLICT: only_our_addresses ', 'an update is judged like an insert');

-- A unique index of the customer's.

ALTER TABLE proctorlink.account DROP CONSTRAINT only_our_addresses;
CREATE UNIQUE INDEX one_account_an_address ON proctorlink.account (install_id, email) WHERE email LIKE '%@unique.org';
SELECT matches((together(person('u-7', 'x@unique.org'), person('u-8', 'x@unique.org'), person('u-9')))[2], '^CONFLICT: one_account_an_address ',
	'of two with one address the second is a conflict');
SELECT is((together(person('u-7', 'x@unique.org'), person('u-8', 'x@unique.org'), person('u-9')))[3],
	'course Found Existing, user Created, enrollment Created', 'the third is not');

-- A trigger of the customer's that raises.

CREATE FUNCTION no_moles() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.candidate_ext_id LIKE 'mole%' THEN
		RAISE EXCEPTION 'no moles' USING ERRCODE = 'check_violation', CONSTRAINT = 'no_moles';
	END IF;
	RETURN NEW;
END
$$;
CREATE TRIGGER no_moles BEFORE INSERT ON proctorlink.account FOR EACH ROW EXECUTE FUNCTION no_moles();
SELECT matches((together(person('u-7'), person('mole-1'), person('u-8')))[2], '^CONFLICT: no_moles ', 'a trigger refuses under its constraint''s name');
SELECT is((together(person('u-7'), person('mole-1'), person('u-8')))[3], 'course Found Existing, user Created, enrollment Created', 'and that one alone');
DROP TRIGGER no_moles ON proctorlink.account;

-- One that raises what is no violation stops the call.

CREATE FUNCTION disk_full() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'full' USING ERRCODE = 'disk_full';
END
$$;
CREATE TRIGGER disk_full BEFORE INSERT ON proctorlink.account FOR EACH ROW EXECUTE FUNCTION disk_full();
SELECT is(call_refused(jsonb_build_array(person('u-7'))), '53100', 'a full disk is not the item''s fault');
DROP TRIGGER disk_full ON proctorlink.account;

-- One that drops rows, or changes them.

CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	NEW.last_name := upper(NEW.last_name);
	RETURN NEW;
END
$$;
CREATE TRIGGER shout BEFORE INSERT OR UPDATE ON proctorlink.account FOR EACH ROW EXECUTE FUNCTION shout();
SELECT is(outcome(person('u-7')), 'course Found Existing, user Created, enrollment Created', 'a trigger may change a row');
SELECT is(outcome(person('u-7'), person('u-7')), 'course Found Existing, user Updated, enrollment Found Existing', 'which then differs from what is sent');
SELECT is(proctorlink.batch_provision(jsonb_build_array(person('u-1'))) #>> '{batch,status}', 'completed', 'and that is all');

SELECT * FROM finish();
ROLLBACK;
