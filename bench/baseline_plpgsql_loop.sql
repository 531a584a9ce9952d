-- bench/baseline_plpgsql_loop.sql
--		A PL/pgSQL loop over the items, each in a block with an EXCEPTION clause,
--		so that one bad item does not take the others along.  Tables as in
--		baseline_setbased.sql.
--
-- One INSERT … ON CONFLICT where an item brings a whole row, which is the
-- fewest statements while rows are new; the answers go into an array, since
-- appending to a jsonb value copies it each time.

CREATE FUNCTION lean.provision_loop(payload jsonb) RETURNS jsonb
	LANGUAGE plpgsql
AS $body$
DECLARE
	item jsonb;
	block jsonb;
	entry jsonb;
	entries jsonb[] := '{}';
	the_course_id bigint;
	the_person_id bigint;
	the_enrollment_id bigint;
	the_exam_id bigint;
	the_configuration_id bigint;
	created boolean;
	word text;
BEGIN
	FOR item IN SELECT e FROM jsonb_array_elements(payload) AS i (e)
	LOOP
		BEGIN
			block := item -> 'course';
			IF block ? 'title' THEN
				INSERT INTO lean.course AS t (external_id, title, code)
				VALUES (block -> 'ids' ->> 'external', block ->> 'title', block ->> 'code')
				ON CONFLICT (external_id) DO UPDATE SET title = excluded.title, code = excluded.code
				WHERE (t.title, t.code) IS DISTINCT FROM (excluded.title, excluded.code)
				RETURNING t.course_id, xmax = 0 INTO the_course_id, created;
				word := CASE WHEN created THEN 'Created' ELSE 'Updated' END;
			ELSE
				the_course_id := NULL;
			END IF;
			IF the_course_id IS NULL THEN
				SELECT t.course_id INTO STRICT the_course_id
				FROM lean.course t WHERE t.external_id = block -> 'ids' ->> 'external';
				word := 'Found Existing';
			END IF;
			entry := jsonb_build_object('course', jsonb_build_object('id', the_course_id, 'result', word));

			block := item -> 'user';
			IF block IS NOT NULL THEN
				INSERT INTO lean.person AS t (external_id, first_name, last_name, email)
				VALUES (block -> 'ids' ->> 'external', block ->> 'firstName', block ->> 'lastName', block ->> 'email')
				ON CONFLICT (external_id) DO UPDATE
				SET first_name = excluded.first_name, last_name = excluded.last_name, email = excluded.email
				WHERE (t.first_name, t.last_name, t.email) IS DISTINCT FROM (excluded.first_name, excluded.last_name, excluded.email)
				RETURNING t.person_id, xmax = 0 INTO the_person_id, created;
				word := CASE WHEN created THEN 'Created' ELSE 'Updated' END;
				IF the_person_id IS NULL THEN
					SELECT t.person_id INTO STRICT the_person_id
					FROM lean.person t WHERE t.external_id = block -> 'ids' ->> 'external';
					word := 'Found Existing';
				END IF;
				entry := entry || jsonb_build_object('user', jsonb_build_object('id', the_person_id, 'result', word));

				INSERT INTO lean.enrollment AS t (person_id, course_id)
				VALUES (the_person_id, the_course_id)
				ON CONFLICT (person_id, course_id) DO NOTHING
				RETURNING t.enrollment_id INTO the_enrollment_id;
				word := 'Created';
				IF the_enrollment_id IS NULL THEN
					SELECT t.enrollment_id INTO STRICT the_enrollment_id
					FROM lean.enrollment t WHERE t.person_id = the_person_id AND t.course_id = the_course_id;
					word := 'Found Existing';
				END IF;
				entry := entry || jsonb_build_object('enrollment', jsonb_build_object('id', the_enrollment_id, 'result', word));
			END IF;

			block := item -> 'exam';
			IF block IS NOT NULL THEN
				INSERT INTO lean.exam AS t (course_id, external_id, title, limited_scope)
				VALUES (the_course_id, block -> 'ids' ->> 'external', block ->> 'title',
					coalesce((block ->> 'limitedScope')::boolean, false))
				ON CONFLICT (external_id) DO UPDATE SET title = excluded.title, limited_scope = excluded.limited_scope
				WHERE (t.title, t.limited_scope) IS DISTINCT FROM (excluded.title, excluded.limited_scope)
				RETURNING t.exam_id, xmax = 0 INTO the_exam_id, created;
				word := CASE WHEN created THEN 'Created' ELSE 'Updated' END;
				IF the_exam_id IS NULL THEN
					SELECT t.exam_id INTO STRICT the_exam_id
					FROM lean.exam t WHERE t.external_id = block -> 'ids' ->> 'external';
					word := 'Found Existing';
				END IF;
				entry := entry || jsonb_build_object('exam', jsonb_build_object('id', the_exam_id, 'result', word));

				block := block -> 'configuration';
				INSERT INTO lean.exam_configuration AS t
					(exam_id, url, access_opens_at, access_closes_at, duration_minutes, password, proctor_types)
				VALUES (the_exam_id, block ->> 'url', (block -> 'access' ->> 'open')::timestamptz,
					(block -> 'access' ->> 'close')::timestamptz, (block ->> 'duration')::int, block ->> 'password',
					block -> 'proctorTypes')
				ON CONFLICT (exam_id) DO UPDATE SET url = excluded.url,
					access_opens_at = excluded.access_opens_at, access_closes_at = excluded.access_closes_at,
					duration_minutes = excluded.duration_minutes, password = excluded.password,
					proctor_types = excluded.proctor_types
				WHERE (t.url, t.access_opens_at, t.access_closes_at, t.duration_minutes, t.password, t.proctor_types)
					IS DISTINCT FROM (excluded.url, excluded.access_opens_at, excluded.access_closes_at,
						excluded.duration_minutes, excluded.password, excluded.proctor_types)
				RETURNING t.exam_configuration_id, xmax = 0 INTO the_configuration_id, created;
				word := CASE WHEN created THEN 'Created' ELSE 'Updated' END;
				IF the_configuration_id IS NULL THEN
					SELECT t.exam_configuration_id INTO STRICT the_configuration_id
					FROM lean.exam_configuration t WHERE t.exam_id = the_exam_id;
					word := 'Found Existing';
				END IF;
				entry := entry || jsonb_build_object('configuration', jsonb_build_object('id', the_configuration_id, 'result', word));
			END IF;
		EXCEPTION
			WHEN OTHERS THEN
				entry := jsonb_build_object('error', jsonb_build_object('code', SQLSTATE, 'title', SQLERRM));
		END;
		entries := entries || entry;
	END LOOP;
	RETURN to_jsonb(entries);
END
$body$;
