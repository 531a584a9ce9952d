-- test/pgtap/proctoru_refused.sql
--		What a refused call of ProctorU's door leaves: an event with ids and the
--		reason, and nothing personal.

BEGIN;
\ir helpers.psql
\ir sittings.psql
\ir bookings.psql
SELECT plan(16);
INSERT INTO proctorlink.exam (install_id, external_id, title, duration_minutes, published, pin)
	VALUES (install_id(), 'BIO-100', 'Biology', 60, true, false), (install_id(), 'pin', 'With PIN', 60, true, true);
CREATE FUNCTION kept() RETURNS jsonb LANGUAGE sql AS $$
	SELECT to_jsonb(r) - '{at,ordinality}'::text[] FROM proctorlink.refusals() WITH ORDINALITY r WHERE door = 'proctoru'
	ORDER BY ordinality DESC LIMIT 1
$$;
CREATE FUNCTION events() RETURNS bigint LANGUAGE sql AS $$ SELECT count(*) FROM proctorlink.event WHERE kind = 'refused' $$;

SELECT is(said(proctorlink.proctoru_add_reservation(booking('{"exam_id": "BIO-1OO"}'))), 'Exam Not found', 'an exam that is not here');
SELECT is(kept() - '{hint,integration_sid}'::text[], '{"door": "proctoru", "rule": "request", "detail": "Exam Not found", "assessment_ext_id": "BIO-1OO",
	"schedule_ext_id": null, "candidate_ext_id": "pu-1"}', 'the event');
SELECT matches(kept() ->> 'hint', 'Nearest here: BIO-100', 'names the nearest');
SELECT is(kept() ->> 'integration_sid', :'proctoru', 'and who called');
SELECT matches(said(proctorlink.proctoru_add_reservation(booking('{"exam_id": "pin"}'))), '^proctoru_exam_without_other_security: ', 'a rule');
SELECT is(kept() - '{hint,integration_sid,detail}'::text[], '{"door": "proctoru", "rule": "proctoru_exam_without_other_security", "assessment_ext_id": "pin",
	"schedule_ext_id": null, "candidate_ext_id": "pu-1"}', 'by its name');
SELECT matches(kept() ->> 'detail', 'other security settings are on: PIN', 'and what was found');
SELECT is((SELECT count(*) FROM proctorlink.event e, jsonb_each_text(booking()) b
	WHERE b.key IN ('first_name', 'last_name', 'email', 'phone1') AND strpos(e::text, b.value) > 0), 0::bigint, 'no names, addresses or phones');
SELECT events() AS before \gset
SELECT is(said(proctorlink.proctoru_add_reservation(booking())), 'ok', 'a booking');
SELECT is(events(), :before::bigint, 'that is done leaves none');
SELECT is(said(proctorlink.proctoru_add_reservation(booking())), 'reservation_id_EXIST_FOR_THIS_INSTITUTION', 'the same again');
SELECT is(kept() ->> 'detail', 'reservation_id_EXIST_FOR_THIS_INSTITUTION', 'leaves one');
SELECT is(said(proctorlink.proctoru_add_reservation('7')), 'request body is not valid: it must be an object', 'a body that is none');
SELECT is(kept() - '{hint,integration_sid}'::text[], '{"door": "proctoru", "rule": "request", "detail": "request body is not valid: it must be an object", "assessment_ext_id": null,
	"schedule_ext_id": null, "candidate_ext_id": null}', 'too');
SELECT lives_ok(format('SELECT proctorlink.use_install(%L)', :'install'), 'nobody''s call');
SELECT events() AS before \gset
SELECT proctorlink.proctoru_add_reservation(booking()) IS NOT NULL AS answered \gset
SELECT is(events(), :before::bigint, 'leaves none');
SELECT * FROM finish();
ROLLBACK;
