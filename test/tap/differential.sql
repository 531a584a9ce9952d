-- differential.sql
--		Plays the same steps on two installs, one of which gets its batches item
--		by item, and tells the first difference.

SET client_min_messages TO warning;

-- What a sid stands for, in ids that both installs share.
CREATE FUNCTION names(install uuid) RETURNS TABLE (sid text, name text) STABLE LANGUAGE sql AS $$
	WITH account AS (
		SELECT account_id, format('(user api %s lms %s external %s)', api_id, lms_id,
			CASE WHEN candidate_ext_id = proctorlink.sid('account', account_id) THEN 'sid'
				ELSE candidate_ext_id END) AS name
		FROM proctorlink.account WHERE install_id = install),
	course AS (
		SELECT course_id, format('(course api %s lms %s external %s)', api_id, lms_id, external_id) AS name
		FROM proctorlink.course WHERE install_id = install),
	exam AS (
		SELECT exam_id, format('(exam %s)', external_id) AS name FROM proctorlink.exam WHERE install_id = install)
	SELECT proctorlink.sid('account', account_id), name FROM account
	UNION ALL
	SELECT proctorlink.sid('course', course_id), name FROM course
	UNION ALL
	SELECT proctorlink.sid('exam', exam_id), name FROM exam
	UNION ALL
	SELECT proctorlink.sid('enrollment', e.enrollment_id), format('(enrollment %s %s)', a.name, c.name)
	FROM proctorlink.enrollment e JOIN account a USING (account_id) JOIN course c USING (course_id)
	WHERE e.install_id = install
	UNION ALL
	SELECT proctorlink.sid('exam_configuration', c.exam_configuration_id),
		format('(configuration %s %s %s)', e.name, c.type, c.api_id)
	FROM proctorlink.exam_configuration c JOIN exam e USING (exam_id) WHERE c.install_id = install
	UNION ALL
	SELECT proctorlink.sid('integration', integration_id), format('(integration %s)', provider)
	FROM proctorlink.integration WHERE install_id = install
$$;

-- The text with names for sids.
CREATE FUNCTION named(value text, install uuid) RETURNS text STABLE LANGUAGE plpgsql AS $$
DECLARE
	entry record;
BEGIN
	FOR entry IN SELECT * FROM names(install) LOOP
		value := replace(value, entry.sid, entry.name);
	END LOOP;
	RETURN value;
END
$$;

-- The text with sids for references such as @account external_id u-1@; who is
-- not there is referred to by a sid that nobody has.
CREATE FUNCTION with_sids(value text, install uuid) RETURNS text STABLE LANGUAGE plpgsql AS $$
DECLARE
	reference text[];
	sid text;
BEGIN
	FOR reference IN SELECT DISTINCT regexp_matches(value, '@(\w+) (\w+) ([^@]*)@', 'g') LOOP
		EXECUTE format('SELECT proctorlink.sid(%L, %I) FROM proctorlink.%I WHERE install_id = $1 AND %I = $2',
			reference[1], reference[1] || '_id', reference[1], reference[2])
		INTO sid USING install, reference[3];
		value := replace(value, format('@%s %s %s@', VARIADIC reference), coalesce(sid,
			left(proctorlink.sid(reference[1], '00000000-0000-0000-0000-000000000000'), 2) || repeat('0f', 16)));
	END LOOP;
	RETURN value;
END
$$;

-- Everything that an install holds, in the order of the shared ids.
CREATE FUNCTION contents(install uuid) RETURNS text STABLE LANGUAGE plpgsql AS $$
DECLARE
	lines text;
BEGIN
	WITH
	tables (line) AS (
		SELECT format('%s', to_jsonb(t) - '{install_id,course_id,created_at,updated_at}'::text[])
		FROM proctorlink.course t WHERE install_id = install
		UNION ALL
		SELECT format('%s', to_jsonb(t) - '{install_id,account_id,hierarchy_id,created_at,updated_at}'::text[])
		FROM proctorlink.account t WHERE install_id = install
		UNION ALL
		SELECT format('%s of %s', to_jsonb(t) - '{install_id,exam_id,course_id,created_at,updated_at}'::text[],
			proctorlink.sid('course', course_id))
		FROM proctorlink.exam t WHERE install_id = install
		UNION ALL
		SELECT format('%s of %s password %s',
			to_jsonb(t) - '{install_id,exam_configuration_id,exam_id,created_at,updated_at}'::text[],
			proctorlink.sid('exam', exam_id), s.password)
		FROM proctorlink.exam_configuration t LEFT JOIN proctorlink.exam_secret s USING (install_id, exam_configuration_id)
		WHERE install_id = install
		UNION ALL
		SELECT format('%s of %s in %s',
			to_jsonb(t) - '{install_id,enrollment_id,account_id,course_id,created_at,updated_at}'::text[],
			proctorlink.sid('account', account_id), proctorlink.sid('course', course_id))
		FROM proctorlink.enrollment t WHERE install_id = install
		UNION ALL
		SELECT format('%s of %s for %s by %s delivered as %s',
			to_jsonb(t) - '{install_id,exam_session_id,exam_id,account_id,enrollment_id,exam_configuration_id,created_at,updated_at}'::text[],
			proctorlink.sid('exam', exam_id), proctorlink.sid('account', account_id),
			proctorlink.sid('enrollment', enrollment_id), proctorlink.sid('exam_configuration', exam_configuration_id))
		FROM proctorlink.exam_session t WHERE install_id = install)
	SELECT string_agg(line, E'\n') INTO lines FROM tables;
	RETURN (SELECT string_agg(line, E'\n' ORDER BY line COLLATE "C")
			FROM regexp_split_to_table(named(lines, install), '\n') AS line);
END
$$;

-- An entry of an answer without what differs by nature: the sign-on link and
-- its place.
CREATE FUNCTION plain(entry jsonb) RETURNS jsonb IMMUTABLE LANGUAGE sql AS $$
	SELECT (CASE WHEN entry ? 'signon' THEN entry || '{"signon": true}' ELSE entry END) - 'index'
$$;

-- An error entry as an error that is raised reads.
CREATE FUNCTION as_raised(error jsonb) RETURNS jsonb STABLE LANGUAGE sql AS $$
	SELECT jsonb_build_object('raised', error ->> 'code', 'status', 'PT' || (error ->> 'status'),
		'detail', left((SELECT string_agg(format('%s: %s', v ->> 'pointer', v ->> 'detail'), E'\n' ORDER BY place)
			FROM jsonb_array_elements(error -> 'violations') WITH ORDINALITY AS v (v, place)), 500))
$$;

CREATE FUNCTION as_answered(entry jsonb, alone boolean) RETURNS jsonb STABLE LANGUAGE sql AS $$
	SELECT CASE WHEN alone AND entry ? 'error' THEN as_raised(entry -> 'error') ELSE plain(entry) END
$$;

-- How the one item of a call is answered.
CREATE FUNCTION one_call(install_sid text, item jsonb, alone boolean) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	message text;
	code text;
	detail text;
BEGIN
	IF NOT alone THEN
		RETURN plain(proctorlink.provision(install_sid, jsonb_build_array(item)) #> '{items,0}');
	END IF;
	BEGIN
		RETURN plain(proctorlink.provision(install_sid, item));
	EXCEPTION WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, code = RETURNED_SQLSTATE, detail = PG_EXCEPTION_DETAIL;
		RETURN jsonb_build_object('raised', message, 'status', code, 'detail', left(detail, 500));
	END;
END
$$;

-- The entries with null for the sids that were not there before.
CREATE FUNCTION without_new_sids(entries jsonb, known text[]) RETURNS jsonb STABLE LANGUAGE sql AS $$
	SELECT jsonb_agg((
		SELECT jsonb_object_agg(key, CASE WHEN value ? 'sid' AND value ->> 'sid' <> ALL (known)
				THEN value || '{"sid": null}' ELSE value END)
		FROM jsonb_each(entry - 'signon') WHERE value IS NOT NULL) ORDER BY place)
	FROM jsonb_array_elements(entries) WITH ORDINALITY AS entries (entry, place)
$$;

CREATE FUNCTION new_install() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	install_sid text := proctorlink.create_install('Differential', 'https://platform.test',
		'{"deliverySystems": ["canvas", "moodle"]}');
BEGIN
	PERFORM proctorlink.create_integration(install_sid, 'smarterproctoring', 'https://proctor.test/on'),
		proctorlink.create_integration(install_sid, 'other', 'https://other.test/on', '{"active": false}');
	RETURN install_sid;
END
$$;

-- A batch in one call on the first install, item by item on the second.
CREATE FUNCTION play_batch(first text, second text, step jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	first_id uuid := proctorlink.sid_uuid(first);
	second_id uuid := proctorlink.sid_uuid(second);
	items jsonb := with_sids(step ->> 'items', first_id);
	known text[] := (SELECT array_agg(sid) FROM names(first_id));
	alone boolean := (step ->> 'alone')::boolean;
	before text := contents(first_id);
	dry jsonb;
	atomic jsonb;
	answer jsonb;
	expected jsonb := '[]';
	item jsonb;
	summary jsonb;
	one text;
	other text;
BEGIN
	PERFORM proctorlink.use_install(first);
	dry := proctorlink.provision(first, jsonb_build_object('dryRun', true, 'items', items));
	IF contents(first_id) IS DISTINCT FROM before THEN
		RETURN 'a dry run wrote something';
	END IF;
	IF (dry #> '{batch,failed}')::integer > 0 THEN
		atomic := proctorlink.provision(first, jsonb_build_object('atomic', true, 'items', items));
		IF contents(first_id) IS DISTINCT FROM before THEN
			RETURN 'a failed atomic batch wrote something';
		END IF;
		IF atomic -> 'batch' @> jsonb_build_object('status', 'failed', 'created', 0, 'updated', 0, 'found', 0,
				'removed', 0, 'succeeded', 0) IS NOT TRUE THEN
			RETURN 'atomic: ' || (atomic -> 'batch')::text;
		END IF;
		IF (SELECT jsonb_agg(CASE WHEN entry ? 'error' THEN entry ELSE
						jsonb_build_object('index', entry -> 'index', 'skipped', true) END ORDER BY place)
			FROM jsonb_array_elements(dry -> 'items') WITH ORDINALITY AS e (entry, place)) <> atomic -> 'items' THEN
			RETURN format(E'atomic\n%s\ndry run\n%s', atomic -> 'items', dry -> 'items');
		END IF;
	END IF;

	answer := proctorlink.provision(first, CASE WHEN (step ->> 'array')::boolean THEN items
		ELSE jsonb_build_object('items', items) END);
	one := without_new_sids(answer -> 'items', known);
	other := without_new_sids(dry -> 'items', known);
	IF one <> other THEN
		RETURN format(E'dry run\n%s\nin earnest\n%s', other, one);
	END IF;

	PERFORM proctorlink.use_install(second);
	FOR item IN SELECT value FROM jsonb_array_elements(with_sids(step ->> 'items', second_id)::jsonb) LOOP
		expected := expected || jsonb_build_array(one_call(second, item, alone AND jsonb_typeof(item) = 'object'));
	END LOOP;
	FOR i IN 0 .. jsonb_array_length(items) - 1 LOOP
		IF answer #> ARRAY['items', i::text, 'index'] <> to_jsonb(i) THEN
			RETURN 'an index is wrong';
		END IF;
		one := named(as_answered(answer #> ARRAY['items', i::text],
			alone AND jsonb_typeof(items -> i) = 'object')::text, first_id);
		other := named((expected -> i)::text, second_id);
		IF one <> other THEN
			RETURN format(E'item %s in a batch\n%s\nalone\n%s', i, one, other);
		END IF;
	END LOOP;

	one := contents(first_id);
	other := contents(second_id);
	IF one IS DISTINCT FROM other THEN
		RETURN (SELECT string_agg(line, E'\n') FROM (
			(SELECT 'only after the batch: ' || line AS line FROM (
				SELECT regexp_split_to_table(one, '\n') EXCEPT ALL SELECT regexp_split_to_table(other, '\n')) x (line))
			UNION ALL
			(SELECT 'only after single calls: ' || line FROM (
				SELECT regexp_split_to_table(other, '\n') EXCEPT ALL SELECT regexp_split_to_table(one, '\n')) x (line))) d);
	END IF;

	SELECT jsonb_build_object('items', count(DISTINCT place),
			'failed', count(DISTINCT place) FILTER (WHERE block = 'error'),
			'succeeded', count(DISTINCT place) - count(DISTINCT place) FILTER (WHERE block = 'error'),
			'created', count(*) FILTER (WHERE value ->> 'result' = 'Created'),
			'updated', count(*) FILTER (WHERE value ->> 'result' = 'Updated'),
			'found', count(*) FILTER (WHERE value ->> 'result' = 'Found Existing'))
	INTO summary
	FROM jsonb_array_elements(answer -> 'items') WITH ORDINALITY AS e (entry, place),
		jsonb_each(entry) AS b (block, value);
	summary := summary || jsonb_build_object('status',
		CASE WHEN summary -> 'failed' = '0' THEN 'completed'
			WHEN summary -> 'succeeded' = '0' THEN 'failed' ELSE 'completed_with_errors' END);
	IF NOT answer -> 'batch' @> summary THEN
		RETURN format(E'the answer counts\n%s\nwhere there are\n%s', answer -> 'batch', summary);
	END IF;
	RETURN NULL;
END
$$;

-- What happens between batches, to both: sessions go on, exams are assigned.
CREATE FUNCTION play_between(install_sid text, step jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	install uuid := proctorlink.sid_uuid(install_sid);
BEGIN
	IF step ? 'status' THEN
		UPDATE proctorlink.exam_session s SET status = step ->> 'status'
		FROM proctorlink.exam e, proctorlink.account a
		WHERE s.install_id = install AND e.exam_id = s.exam_id AND a.account_id = s.account_id
			AND e.external_id = step ->> 'exam' AND a.candidate_ext_id = step ->> 'person'
			AND s.status <> 'Cancelled';
	ELSE
		PERFORM proctorlink.use_install(install_sid);
		PERFORM proctorlink.assign_exam(proctorlink.sid('exam', e.exam_id),
			array_agg(proctorlink.sid('enrollment', n.enrollment_id)),
			(SELECT proctorlink.sid('exam_configuration', c.exam_configuration_id)
			 FROM proctorlink.exam_configuration c
			 WHERE c.install_id = install AND c.exam_id = e.exam_id AND c.type = 'accommodation'
			 ORDER BY c.api_id LIMIT 1))
		FROM proctorlink.exam e
		JOIN proctorlink.enrollment n ON n.install_id = e.install_id AND n.course_id = e.course_id
		WHERE e.install_id = install AND e.external_id = step ->> 'exam' AND n.role = 'learner'
			AND n.status = 'active'
		GROUP BY e.exam_id;
	END IF;
EXCEPTION
	-- What is refused is refused for both.
	WHEN check_violation OR SQLSTATE 'PT409' THEN
		NULL;
END
$$;

-- Plays the steps, takes everything back, and tells the first difference.
CREATE FUNCTION play(steps jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	first text;
	second text;
	step jsonb;
	difference text;
BEGIN
	first := new_install();
	second := new_install();
	FOR step IN SELECT value FROM jsonb_array_elements(steps) LOOP
		IF step ? 'items' THEN
			difference := play_batch(first, second, step);
			EXIT WHEN difference IS NOT NULL;
		ELSE
			PERFORM play_between(first, step);
			PERFORM play_between(second, step);
		END IF;
	END LOOP;
	RAISE EXCEPTION USING ERRCODE = 'UNDO0';
EXCEPTION
	WHEN SQLSTATE 'UNDO0' THEN
		RETURN difference;
	WHEN OTHERS THEN
		RETURN format('%s %s', SQLSTATE, SQLERRM);
END
$$;
