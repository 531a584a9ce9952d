-- test/pgtap/eapi_surroundings.sql
--		The caller's search_path changes nothing at Cirrus's door.

BEGIN;
\ir helpers.psql
\ir sittings.psql
SELECT plan(16);

-- Operators, functions and tables that lie in wait in the caller's search_path.
CREATE SCHEMA ambush;
CREATE FUNCTION ambush.trap(text, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'ambush'; END $$;
CREATE FUNCTION ambush.trap(uuid, uuid) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'ambush'; END $$;
CREATE FUNCTION ambush.trap(integer, integer) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'ambush'; END $$;
CREATE FUNCTION ambush.trap(boolean, boolean) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'ambush'; END $$;
CREATE FUNCTION ambush.trap(timestamptz, timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'ambush'; END $$;
CREATE FUNCTION ambush.unnest(anyarray) RETURNS SETOF anyelement LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'ambush'; END $$;
CREATE FUNCTION ambush.now() RETURNS timestamptz LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'ambush'; END $$;
CREATE FUNCTION ambush.count(anyelement) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'ambush'; END $$;
DO $$
DECLARE
	type text;
	operator text;
BEGIN
	FOREACH type IN ARRAY ARRAY['text', 'uuid', 'integer', 'boolean', 'timestamptz'] LOOP
		FOREACH operator IN ARRAY ARRAY['=', '<>', '<', '<=', '>', '>='] LOOP
			EXECUTE format('CREATE OPERATOR ambush.%s (FUNCTION = ambush.trap, LEFTARG = %s, RIGHTARG = %2$s)', operator, type);
		END LOOP;
	END LOOP;
END
$$;
CREATE TEMPORARY TABLE account (trap text);
CREATE TEMPORARY TABLE schedule (trap text);

-- Whether a call succeeds there, else why not.
CREATE FUNCTION ambushed(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer jsonb;
BEGIN
	SET LOCAL search_path TO ambush, pg_temp, pg_catalog;
	EXECUTE call INTO answer;
	SET LOCAL search_path TO public;
	IF answer ->> 'Success' = 'true' THEN
		RETURN 'done';
	END IF;
	RETURN answer::text;
END
$$;

SELECT is(ambushed(call), 'done', call) FROM (VALUES
	($$SELECT proctorlink.eapi_create_group('{"ExternalId": "G1", "Title": "Group"}')$$),
	($$SELECT proctorlink.eapi_update_group('G1', '{"Title": "Other"}')$$),
	($$SELECT proctorlink.eapi_create_user('{"ExternalId": "U1", "FirstName": "Ada", "LastName": "Byron", "Email": "ada@example.org"}')$$),
	($$SELECT proctorlink.eapi_update_user('U1', '{"Email": "a@example.org", "SpecialNeeds": true, "ReasonableAdjustmentPercentage": 25}')$$),
	($$SELECT proctorlink.eapi_update_user('U1', '{"Email": "b@example.org", "SpecialNeeds": false}')$$),
	($$SELECT proctorlink.eapi_get_user('U1')$$),
	($$SELECT proctorlink.eapi_create_schedule('{"Upsert": true, "Schedule": {"ScheduleExtId": "S1", "AssessmentExtId": "e-1", "StartDateTime": "2090-01-01T10:00:00Z", "GroupExtId": "G1", "GroupName": "Group"}}')$$),
	($$SELECT proctorlink.eapi_create_schedule('{"Upsert": true, "Schedule": {"ScheduleExtId": "S1", "AssessmentExtId": "e-1", "StartDateTime": "2090-01-01T10:00:00Z", "GroupExtId": "G1", "GroupName": "Group", "PIN": "1234"}, "Candidates": [{"CandidateExtId": "U1", "FirstName": "Ada", "LastName": "Byron", "Email": "b@example.org"}]}')$$),
	($$SELECT proctorlink.eapi_add_existing_candidates('S1', '["u-1"]')$$),
	($$SELECT proctorlink.eapi_remove_candidates('S1', '["u-1"]')$$),
	($$SELECT proctorlink.eapi_update_schedule('S1', '{"PIN": "4321"}')$$),
	($$SELECT proctorlink.deactivate_schedule('S1')$$),
	($$SELECT proctorlink.eapi_update_schedule('S1', '{"Title": "Sitting", "PIN": "1"}')$$),
	($$SELECT proctorlink.eapi_get_schedule('S1')$$),
	($$SELECT proctorlink.eapi_delete_schedule('S1')$$)
) AS calls (call);
SELECT is((SELECT (email, special_needs, reasonable_adjustment_percentage)::text FROM proctorlink.account WHERE candidate_ext_id = 'U1'),
	'(b@example.org,f,)', 'the changes were stored');

SELECT * FROM finish();
ROLLBACK;
