-- test/tap/fuzz.sql
--		What fuzz.pl calls.  Run after test/pgtap/calls.psql, whose world it
--		uses.

-- The link of the world is to last longer than a run.
UPDATE proctorlink.integration SET settings = settings || '{"signonLifetime": 604800}'
	WHERE integration_id = (SELECT proctorlink.sid_uuid(value) FROM known WHERE name = 'other');
UPDATE known SET value = proctorlink.provision((SELECT value FROM known WHERE name = 'install'), put(user_item(), '/user/ids/external', '"u-9"')
	|| jsonb_build_object('signon', jsonb_build_object('integrationSid', (SELECT value FROM known WHERE name = 'other')))) #>> '{signon,token}'
WHERE name = 'signon';

-- What no error may tell.
CREATE TABLE secret AS
	SELECT value FROM known WHERE name IN ('signon', 'launch', 'system', 'provider', 'person', 'signature')
	UNION ALL VALUES ('hook secret'), ('open sesame');

-- The functions that are there for a caller, and their arguments.
CREATE VIEW tried AS
	SELECT p.oid::regprocedure::text AS function, p.proname AS name, p.proargtypes::regtype[]::text[] AS types,
		p.proname ~ '^(eapi|proctoru)_' AND p.prorettype = 'jsonb'::regtype AND p.proname !~ 'webhook' AS never_raises
	FROM pg_proc p
	WHERE p.pronamespace = 'proctorlink'::regnamespace AND p.prokind = 'f' AND p.prorettype <> 'trigger'::regtype
		AND NOT 'internal'::regtype = ANY (p.proargtypes);

-- The arguments of a call of calls.psql, as JSON.
CREATE FUNCTION arguments_of(list text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	thing record;
	answer jsonb;
BEGIN
	FOR thing IN SELECT * FROM known LOOP
		list := replace(list, '{' || thing.name || '}', quote_literal(thing.value));
	END LOOP;
	EXECUTE format('SELECT jsonb_build_array(%s)', list) INTO answer;
	RETURN answer;
END
$$;

-- What is too long to be sent each time.
CREATE FUNCTION written_out(value text) RETURNS text IMMUTABLE STRICT LANGUAGE sql AS $$
	SELECT replace(replace(replace(replace(replace(value, '@million@', repeat('x', 1000000)), '@long@', repeat('é', 65536)),
		'"@deep@"', repeat('[', 3000) || repeat(']', 3000)), '"@objects@"', repeat('{"a":', 3000) || '1' || repeat('}', 3000)),
		'"@many@"', '[' || repeat('{"CandidateExtId": "u-1"},', 20000) || '1]')
$$;

-- What a call comes to: "done", "refused" or "raised SQLSTATE" as it should, or
-- "WRONG" and why. It is taken back unless it is to stay.
CREATE FUNCTION tried(caller text, speaker text, called text, arguments text[], headers text, claims text, stays boolean, read_only boolean) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	it tried := (SELECT t FROM tried t WHERE t.function = called);
	list text := (SELECT string_agg(format('$1[%s]::%s', place, type), ', ' ORDER BY place) FROM unnest(it.types) WITH ORDINALITY AS argument (type, place));
	credential text := (SELECT value FROM known WHERE name = CASE caller WHEN 'token' THEN speaker WHEN 'person' THEN 'person' END);
	install text := (SELECT value FROM known WHERE name = 'install');
	integration text := (SELECT value FROM known WHERE name = 'proctoru');
	answers text[];
	message text;
	detail text;
	hint text;
	said text;
BEGIN
	-- What cannot be read as an argument is none of ours.
	BEGIN
		arguments := ARRAY(SELECT written_out(a) FROM unnest(arguments) WITH ORDINALITY AS given (a, place) ORDER BY place);
		EXECUTE 'SELECT ' || coalesce(list, '1') USING arguments;
	EXCEPTION
		WHEN OTHERS THEN
			RETURN 'unreadable';
	END;
	IF it.name = 'proctoru_begin_reservation' THEN
		UPDATE proctorlink.schedule s SET starts_at = now() - interval '1 hour' FROM proctorlink.exam_session e
		WHERE e.schedule_id = s.schedule_id AND e.reservation_id = 'r-1' AND s.starts_at > now() AND s.ends_at > now();
		UPDATE proctorlink.exam_session SET appointment_at = now() WHERE reservation_id = 'r-1' AND status = 'Scheduled';
	END IF;
	IF read_only THEN
		SET TRANSACTION READ ONLY;
	END IF;
	PERFORM set_config('request.headers', coalesce(headers, ''), true), set_config('request.jwt.claims', coalesce(claims, ''), true);
	IF credential IS NOT NULL THEN
		BEGIN
			PERFORM proctorlink.authenticate(credential);
		EXCEPTION
			-- a call that stayed may have revoked it
			WHEN SQLSTATE 'PT403' THEN
				NULL;
		END;
	END IF;
	PERFORM set_config('role', CASE caller WHEN 'token' THEN 'proctorlink_api' WHEN 'bound' THEN 'proctorlink_test_bound' WHEN 'person' THEN 'proctorlink_marker'
		WHEN 'nobody' THEN 'proctorlink_anon' WHEN 'administrator' THEN 'proctorlink_admin' ELSE 'none' END, true);
	IF caller IN ('administrator', 'superuser') OR (caller = 'bound' AND speaker = 'provider') THEN
		BEGIN
			PERFORM proctorlink.use_install(install, CASE WHEN speaker = 'provider' THEN integration END);
		EXCEPTION
			WHEN SQLSTATE 'PT403' THEN
				NULL;
		END;
	END IF;
	EXECUTE format('SELECT array_agg(to_json(answer)::text) FROM proctorlink.%I(%s) AS answer', it.name, list) INTO answers USING arguments;
	SET CONSTRAINTS ALL IMMEDIATE;
	said := array_to_string(answers, '');
	PERFORM set_config('role', 'none', true);
	said := CASE
		WHEN it.never_raises AND said IS NULL THEN 'WRONG: no answer'
		WHEN said LIKE '% BCZ"%' THEN 'WRONG: no time of RFC 3339'
		WHEN said ~ '"Success": ?false|"response_code": ?2|"error":' THEN 'refused'
		ELSE 'done' END
		|| coalesce((SELECT ' WRONG: tells a secret' FROM secret WHERE said ~ '"Success": ?false|"response_code": ?2|"error":' AND strpos(said, value) > 0 LIMIT 1), '');
	IF stays AND called !~ '^proctorlink\.(setup_roles|grant_to_roles)' THEN
		RETURN said;
	END IF;
	RAISE EXCEPTION USING ERRCODE = 'UNDO0';
EXCEPTION
	WHEN SQLSTATE 'UNDO0' THEN
		RETURN said;
	WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
		said := concat_ws(' ', 'raised', SQLSTATE);
		IF SQLSTATE !~ '^(PT4(00|03|04|09|13|22)|PT503|2[23]...|42501|25006|40...|53...|5400.)$'
			AND NOT (SQLSTATE IN ('42704', '42939', '0LP01') AND 'regrole' = ANY (it.types))
		THEN
			said := said || ' WRONG: no such error is documented';
		ELSIF it.never_raises AND SQLSTATE ~ '^(PT|2[23])' THEN
			said := said || ' WRONG: it never raises';
		ELSIF detail LIKE '%ailing row contains%' THEN
			said := said || ' WRONG: tells of a row';
		ELSIF length(concat(message, detail, hint)) > 20000 THEN
			said := said || ' WRONG: says too much';
		ELSIF EXISTS (SELECT FROM secret WHERE strpos(concat_ws(' ', message, detail, hint), value) > 0) THEN
			said := said || ' WRONG: tells a secret';
		END IF;
		RETURN CASE WHEN said ~ 'WRONG' THEN concat_ws(' ', said || ':', left(message, 300), left(detail, 300)) ELSE said END;
END
$$;
