-- test/pgtap/provision_surroundings.sql
--		The caller's settings and search_path change nothing.

BEGIN;
\ir helpers.psql
SELECT plan(26);
SELECT proctorlink.create_install('University', 'https://platform.test') AS install \gset
SELECT proctorlink.create_integration(:'install', 'other', 'https://provider.test/') ->> 'sid' AS integration \gset

-- Everything that a term has, and what it is answered.
CREATE FUNCTION term() RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_build_array(learner_item(), exam_item(), learner_item() || '{"enrollment": {"status": "removed"}}',
		put(user_item(), '/user/email', '"nowhere"'), put(exam_item(), '/exam/ids', '{"external": "e-2"}'),
		put(exam_item(), '/exam/configuration/scheduling', '{"open": "2027-01-01T00:00:00.123456Z", "close": "2027-02-20T22:00:00+05:00"}'))
$$;
CREATE FUNCTION said() RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(coalesce(refusal(entry -> 'error'), results(entry)), '; ' ORDER BY place)
	FROM jsonb_array_elements(attempt(term()) -> 'items') WITH ORDINALITY AS entries (entry, place)
$$;
-- The same under a setting.
CREATE FUNCTION said_under(setting text, value text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	PERFORM set_config(setting, value, true);
	answer := said();
	RAISE EXCEPTION USING ERRCODE = 'UNDO0';
EXCEPTION
	WHEN SQLSTATE 'UNDO0' THEN
		RETURN answer;
END
$$;

SELECT is(said(), 'course Created, user Created, enrollment Created; course Found Existing, exam Created, configuration Created; '
	'course Found Existing, user Found Existing, enrollment Updated; INVALIDINPUT: format /user/email; '
	'course Found Existing, exam Created, configuration Created; course Found Existing, exam Found Existing, configuration Updated',
	'what a term is answered');
SELECT is(said_under(setting, value), said(), setting || ' = ' || value)
FROM (VALUES ('TimeZone', 'Asia/Kathmandu'), ('TimeZone', 'America/St_Johns'), ('DateStyle', 'German'), ('DateStyle', 'SQL, MDY'),
	('IntervalStyle', 'iso_8601'), ('bytea_output', 'escape'), ('transform_null_equals', 'on'),
	('extra_float_digits', '-15'), ('xmlbinary', 'hex'), ('array_nulls', 'off'), ('row_security', 'off'), ('enable_seqscan', 'off'),
	('enable_indexscan', 'off'), ('enable_hashjoin', 'off'), ('plan_cache_mode', 'force_custom_plan'), ('plan_cache_mode', 'force_generic_plan'),
	('work_mem', '64kB'), ('search_path', 'public, pg_temp'), ('default_toast_compression', 'pglz'), ('check_function_bodies', 'off'),
	('constraint_exclusion', 'on'), ('default_transaction_read_only', 'on')) AS settings (setting, value);

-- Operators, functions and types that lie in wait in the caller's search_path.

CREATE SCHEMA ambush;
CREATE FUNCTION ambush.sprung(a anyelement, b anyelement) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'ambush';
END
$$;
CREATE FUNCTION ambush.text_eq(text, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'ambush'; END $$;
CREATE FUNCTION ambush.uuid_eq(uuid, uuid) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'ambush'; END $$;
CREATE FUNCTION ambush.unnest(anyarray) RETURNS SETOF anyelement LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'ambush'; END $$;
CREATE FUNCTION ambush.now() RETURNS timestamptz LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'ambush'; END $$;
CREATE FUNCTION ambush.count(anyelement) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'ambush'; END $$;
CREATE OPERATOR ambush.= (FUNCTION = ambush.text_eq, LEFTARG = text, RIGHTARG = text);
CREATE OPERATOR ambush.= (FUNCTION = ambush.uuid_eq, LEFTARG = uuid, RIGHTARG = uuid);
CREATE OPERATOR ambush.<> (FUNCTION = ambush.text_eq, LEFTARG = text, RIGHTARG = text);
CREATE OPERATOR ambush.<> (FUNCTION = ambush.uuid_eq, LEFTARG = uuid, RIGHTARG = uuid);
CREATE DOMAIN ambush.uuid AS text CHECK (false);
CREATE TEMPORARY TABLE account (trap text);
CREATE TEMPORARY TABLE course (trap text);

CREATE FUNCTION ambushed(payload jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	answer jsonb;
BEGIN
	SET LOCAL search_path TO ambush, pg_temp, pg_catalog;
	answer := proctorlink.batch_provision(payload);
	SET LOCAL search_path TO public;
	RETURN answer;
END
$$;
SELECT is((SELECT string_agg(results(entry), '; ' ORDER BY place) FROM jsonb_array_elements(
		ambushed(jsonb_build_array(learner_item() || jsonb_build_object('signon', jsonb_build_object('integrationSid', :'integration')), exam_item())) -> 'items')
		WITH ORDINALITY AS entries (entry, place)),
	'course Created, user Created, enrollment Created, signon; course Found Existing, exam Created, configuration Created',
	'nothing of the caller''s is run');
SELECT is((SELECT string_agg(results(entry), '; ' ORDER BY place) FROM jsonb_array_elements(
		ambushed(jsonb_build_object('idempotencyKey', 'k', 'items', jsonb_build_array(learner_item(), exam_item()),
			'complete', '{"courses": [{"external": "c-1"}], "maxRemoved": 1}'::jsonb)) -> 'items')
		WITH ORDINALITY AS entries (entry, place)),
	'course Found Existing, user Found Existing, enrollment Found Existing; course Found Existing, exam Found Existing, configuration Found Existing',
	'also where rows are found');
SELECT is((SELECT array_agg(s.status) FROM proctorlink.exam_session s), '{Needs Proctor}', 'triggers neither');

SELECT * FROM finish();
ROLLBACK;
