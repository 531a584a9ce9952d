-- test/pgtap/refusals.sql
--		Refused calls of Cirrus's door leave an event that stays when all they did
--		is undone: what they named and which rules they broke, and nothing
--		personal.

BEGIN;
\ir helpers.psql
\ir sittings.psql
SELECT plan(30);

SELECT proctorlink.create_integration(:'install', 'proctoru', 'https://proctoru.test') ->> 'sid' AS proctoru \gset
INSERT INTO proctorlink.account (install_id, candidate_ext_id, special_needs, reasonable_adjustment_percentage)
	VALUES (install_id(), 'n-25', true, 25);
CREATE FUNCTION body(schedule jsonb DEFAULT '{}', candidates jsonb DEFAULT NULL, top jsonb DEFAULT '{}') RETURNS jsonb IMMUTABLE LANGUAGE sql AS $$
	SELECT jsonb_build_object('Schedule', '{"AssessmentExtId": "e-1", "ScheduleExtId": "S-1", "StartDateTime": "2032-03-01T09:00:00Z",
			"GroupExtId": "med", "GroupName": "Medicine"}'::jsonb || schedule,
		'Candidates', coalesce(candidates, '[{"CandidateExtId": "c-1", "FirstName": "Ada", "LastName": "Byron", "Email": "ada@example.org"}]')) || top
$$;
-- What the last refused call left, a line a row: ids, rule, detail.
CREATE FUNCTION left_by(door_call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	before integer := (SELECT count(*) FROM proctorlink.event);
	lines text;
BEGIN
	EXECUTE 'SELECT ' || door_call;
	SELECT string_agg(concat_ws(' ', coalesce(assessment_ext_id, '-'), coalesce(schedule_ext_id, '-'), coalesce(candidate_ext_id, '-'), rule, detail), E'\n')
	INTO lines FROM (SELECT * FROM proctorlink.refusals() OFFSET
		(SELECT coalesce(sum(jsonb_array_length(changes -> 'refusals')), 0) FROM (SELECT changes FROM proctorlink.event
			WHERE kind = 'refused' ORDER BY event_id LIMIT greatest(0, (SELECT count(*) FROM proctorlink.event WHERE kind = 'refused') - 1)) old)) new;
	RETURN CASE (SELECT count(*) FROM proctorlink.event) - before WHEN 0 THEN 'nothing' WHEN 1 THEN lines ELSE 'several events' END;
END
$$;

SELECT is((SELECT count(*)::int FROM proctorlink.refusals()), 0, 'nothing was refused yet');
SELECT is(left_by(call), told, name) FROM (VALUES
	('no such assessment', format('proctorlink.eapi_create_schedule(%L)', body('{"AssessmentExtId": "e-9"}')),
		'e-9 S-1 c-1 exam.found there is no exam "e-9"'),
	('two rules', format('proctorlink.eapi_create_schedule(%L)', body('{"EndDateTime": "2032-03-01T09:30:00Z", "Owner": "nobody"}')),
		E'e-1 S-1 c-1 schedule_has_an_owner_who_may_schedule there is no account "nobody" to own the schedule\n'
		'e-1 S-1 c-1 schedule_longer_than_exam the window is 30 min long; the exam takes 60 min and 0 min of extra time'),
	('what the contract wants', format('proctorlink.eapi_create_schedule(%L)', body('{"GroupName": null}',
			'[{"CandidateExtId": "c-1", "FirstName": "Ada", "LastName": "Byron", "Email": "a@b"}, {"CandidateExtId": "c-2", "FirstName": "Ada", "LastName": "Byron", "Email": "Ada Byron"}]')),
		E'e-1 S-1 - required /Schedule/GroupName: is required\ne-1 S-1 c-2 format /Candidates/1/Email: not an e-mail address'),
	('no body', 'proctorlink.eapi_create_schedule(NULL)', '- - - request Request body can not be null or empty'),
	('a body that is no object', 'proctorlink.eapi_create_schedule(''"x"'')', '- - - request Request body must be an object'),
	('a draft', 'proctorlink.eapi_create_draft_schedule(''{"AssessmentExternalId": "e-9", "ScheduleExternalId": "D-1", "StartDateTime": "2032-03-01T09:00:00Z"}'')',
		'e-9 D-1 - exam.found there is no exam "e-9"'),
	('no such schedule', 'proctorlink.eapi_activate_schedule(''S-9'')', '- S-9 - request Schedule hasn''t been found by external id'),
	('by a list of ids', 'proctorlink.eapi_add_existing_candidates(''S-9'', ''["u-1"]'')', '- S-9 u-1 request Schedule hasn''t been found by external id'),
	('a change', 'proctorlink.eapi_update_schedule(''S-9'', ''{"Title": "x"}'')', '- S-9 - request Schedule hasn''t been found by external id'),
	('a group', 'proctorlink.eapi_create_group(''{"ExternalId": "a b", "Title": "Law"}'')', '- - - request ExternalId must be alpha-numeric(a-z 0-9)'),
	-- what only reads leaves nothing
	('reading a schedule', 'proctorlink.eapi_get_schedule(''S-9'')', 'nothing'),
	('reading attempts', 'proctorlink.eapi_attempt_info(''S-9'', ''u-1'')', 'nothing'),
	('reading results', 'proctorlink.eapi_results(''nobody'')', 'nothing')
) AS refused (name, call, told);

-- a rule of a candidate, for a provider
SELECT proctorlink.use_install(:'install', :'proctoru');
SELECT is(left_by(format('proctorlink.eapi_create_schedule(%L)', body('{}', '[{"CandidateExtId": "n-25", "FirstName": "Ada", "LastName": "Byron", "Email": "ada@example.org"}, {"CandidateExtId": "c-2", "FirstName": "Ada", "LastName": "Byron", "Email": "ada@example.org"}]'))),
	'e-1 S-1 n-25 proctoru_no_extra_time candidate "n-25" would get 15 min of extra time, which does not work through ProctorU', 'a candidate with extra time');
SELECT is((SELECT jsonb_build_object('door', door, 'integration', integration_sid, 'hint', hint) FROM proctorlink.refusals() WHERE rule = 'proctoru_no_extra_time'),
	jsonb_build_object('door', 'cirrus', 'integration', :'proctoru', 'hint',
		'Make a separate, longer exam for these people (create_accommodation_exam) and schedule it at the same time.'), 'door, integration and hint');
SELECT is((SELECT actor FROM proctorlink.event WHERE kind = 'refused' ORDER BY event_id DESC LIMIT 1), :'proctoru', 'who called');
SELECT proctorlink.use_install(:'install');

-- all that the call did is undone, and the event stays
SELECT is((SELECT count(*)::int FROM proctorlink.account WHERE candidate_ext_id IN ('c-1', 'c-2')), 0, 'nobody was made');
SELECT is((SELECT count(*)::int FROM proctorlink.hierarchy WHERE organisation_id = 'med'), 0, 'nor a hierarchy');
SELECT is((SELECT count(*)::int FROM proctorlink.event WHERE kind = 'refused'), 11, 'the events stay');
SELECT is((SELECT array_agg(DISTINCT changes ->> 'function') FILTER (WHERE changes ->> 'schedule' = 'D-1') FROM proctorlink.event),
	'{eapi_create_draft_schedule}', 'with the function');

-- unknown members are named, and nothing else of them
SELECT is(left_by(format('proctorlink.eapi_create_schedule(%L)', body('{"AssessmentExtId": "e-9", "Colour": "green"}',
	'[{"CandidateExtId": "c-1", "FirstName": "Ada", "LastName": "Byron", "Email": "ada@example.org", "Password": "open sesame", "Nickname": "Addy"}]', '{"Extra": 1}'))),
	'e-9 S-1 c-1 exam.found there is no exam "e-9"', 'unknown members do not matter');
SELECT is((SELECT jsonb_agg(i ORDER BY i) FROM proctorlink.event, jsonb_array_elements(changes -> 'ignored') i WHERE kind = 'refused'),
	'["Candidates/Nickname", "Candidates/Password", "Extra", "Schedule/Colour"]', 'but are named');
SELECT is((SELECT string_agg(DISTINCT m[1], ' ') FROM proctorlink.event, regexp_matches(event::text, '(Ada|Byron|example\.org|sesame|Addy|green|Medicine)', 'g') m), NULL,
	'no names, addresses or passwords');

-- errors of a customer's own trigger may tell anything
CREATE FUNCTION loud() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'no % here', NEW.first_name; END$$;
CREATE TRIGGER loud BEFORE INSERT ON proctorlink.account FOR EACH ROW EXECUTE FUNCTION loud();
SELECT matches(left_by(format('proctorlink.eapi_create_schedule(%L)', body())), '^e-1 S-1 c-1 not_allowed /Candidates/0$', 'a customer''s own trigger');
SELECT is((SELECT count(*)::int FROM proctorlink.event WHERE event::text ~ 'Ada'), 0, 'and its words are not kept');
DROP TRIGGER loud ON proctorlink.account;

-- since, and installs apart
SELECT is((SELECT count(*)::int FROM proctorlink.refusals(now() + interval '1 second')), 0, 'since then');
SELECT proctorlink.create_install('Another', 'https://another.test') AS another \gset
SELECT proctorlink.use_install(:'another');
SELECT is((SELECT count(*)::int FROM proctorlink.refusals()), 0, 'another install sees none of it');
SELECT proctorlink.use_install(:'install');
SELECT is(refused('SELECT * FROM proctorlink.refusals(NULL)'), 'PT400 INVALIDINPUT', 'null is refused');

-- a transaction that only reads
SAVEPOINT reading;
SET LOCAL transaction_read_only = on;
SELECT proctorlink.eapi_get_schedule('S-9') ->> 'Success' AS success \gset
ROLLBACK TO reading;
SELECT is(:'success'::text, 'false', 'where nothing may be written, reading is refused as ever');

SELECT * FROM finish();
ROLLBACK;
