-- test/pgtap/explain_session.sql
--		Why a person cannot start; and that a link is refused for the same.

BEGIN;
\ir helpers.psql
\ir sittings.psql
SELECT plan(17);

-- What is wrong, and what the link says; "starts" where it can begin.
CREATE FUNCTION why(schedule text, candidate text) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(string_agg(rule || ': ' || detail, ' | '), 'starts') FROM proctorlink.explain_session(schedule, candidate) WHERE NOT ok
$$;
SELECT new_schedule('S-1', '-1 hour', '3 hours') IS NULL AS unused \gset
SELECT new_session('u-1', 'S-1') AS session \gset
SELECT split_part(proctorlink.launch_link(:'session') ->> 'LaunchUrl', 'session=', 2) AS token \gset

SELECT is(why('S-1', 'u-1'), 'starts', 'nothing is wrong');
SELECT is((SELECT array_agg(rule) FROM proctorlink.explain_session('S-1', 'u-1')),
	'{schedule.found,candidate.found,session.found,link.address,link.version,account.active,session.status,schedule.activated,schedule.window}', 'what is asked');
SELECT is((SELECT array_agg(rule) FROM proctorlink.explain_session('S-1', 'u-1') WHERE ok IS NULL), '{link.version}', 'what only informs');
SELECT is(why('S-9', 'u-1'), 'schedule.found: there is no schedule "S-9"', 'no such schedule');
SELECT is(why('S-1', 'u-9'), 'candidate.found: there is no candidate "u-9"', 'no such person');
SELECT is(why(NULL, NULL), 'schedule.found: no schedule was named | candidate.found: no candidate was named', 'nothing named');
SELECT is(why('S-1', 'u-2'), 'session.found: the person is not on this schedule', 'not on the schedule');

-- each rule, and what the link says
CREATE FUNCTION changed(token text, VARIADIC statements text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	statement text;
	explained text;
	detail text := '';
BEGIN
	FOREACH statement IN ARRAY statements LOOP
		EXECUTE statement;
	END LOOP;
	explained := why('S-1', 'u-1');
	BEGIN
		PERFORM proctorlink.redeem_launch(token);
	EXCEPTION WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	END;
	IF explained NOT LIKE '%' || detail || '%' OR (explained = 'starts') <> (detail = '') THEN
		explained := 'DISAGREES: ' || explained || ' / ' || detail;
	END IF;
	RAISE EXCEPTION USING ERRCODE = 'UNDO0';
EXCEPTION WHEN SQLSTATE 'UNDO0' THEN
	RETURN explained;
END
$$;
SELECT is(regexp_replace(changed(:'token', VARIADIC statements), '\d{4}-\S+Z', 'TIME'), told, name) FROM (VALUES
	('as it is', '{SELECT 1}'::text[], 'starts'),
	('not activated', '{UPDATE proctorlink.schedule SET activated_at = NULL}', 'schedule.activated: the schedule "S-1" is not activated'),
	('too early', ARRAY['SELECT move_schedule(''S-1'', ''1 hour'', ''3 hours'')'], 'schedule.window: too early: the window opens at TIME'),
	('too late', ARRAY['SELECT move_schedule(''S-1'', ''-3 hours'', ''-1 hour'')'], 'schedule.window: too late: the window closed at TIME'),
	('finished', ARRAY['UPDATE proctorlink.exam_session SET status = ''In Progress''', 'UPDATE proctorlink.exam_session SET status = ''Closed'''],
		'session.status: the session is finished (Closed)'),
	('cancelled', ARRAY['UPDATE proctorlink.exam_session SET status = ''Cancelled'''], 'session.status: the session was cancelled'),
	('disabled', ARRAY['UPDATE proctorlink.account SET status = ''disabled'' WHERE candidate_ext_id = ''u-1'''],
		'account.active: the account that the link was made for is disabled'),
	('several', ARRAY['UPDATE proctorlink.schedule SET activated_at = NULL', 'SELECT move_schedule(''S-1'', ''1 hour'', ''3 hours'')'],
		'schedule.activated: the schedule "S-1" is not activated | schedule.window: too early: the window opens at TIME')
) AS changing (name, statements, told);

SELECT new_schedule('S-2', '-1 hour', '3 hours') IS NULL AS unused \gset
SELECT is(why('S-2', 'u-1'), 'session.found: the person is not on this schedule, but on schedule "S-1" of the same exam', 'on another schedule');
UPDATE proctorlink.install SET platform_url = NULL;
SELECT is(why('S-1', 'u-1'), 'link.address: the install has no platform URL, so a link has no address', 'no address');

SELECT * FROM finish();
ROLLBACK;
