-- test/pgtap/erased_elsewhere.sql
--		Erased people where other subjects meet them: plain SQL, providers' ids,
--		webhooks that come afterwards.

BEGIN;
\ir helpers.psql
\ir sittings.psql
\ir bookings.psql
\ir webhooks.psql
SELECT plan(24);

-- Nobody is erased by saying so: what is known would stay for good.

SELECT is(refused('UPDATE proctorlink.account SET status = ''erased'' WHERE candidate_ext_id = ''u-1'''), '23514 erased_stays_erased', 'a status does not erase');
SELECT is(refused(format('INSERT INTO proctorlink.account (install_id, candidate_ext_id, status) VALUES (%L, ''u-3'', ''erased'')', install_id())), '23514 erased_stays_erased', 'nor does it for a new account');
SELECT is(refused(format('UPDATE proctorlink.account SET status = ''erased'', candidate_ext_id_defaulted = %L, username = %L, api_id = %L, lms_id = %L, first_name = %L, last_name = %L, email = %L, time_zone = %L, special_needs = %L WHERE candidate_ext_id = ''u-1''',
	f[1], f[2], f[3], f[4], f[5], f[6], f[7], f[8], f[9])), '23514 erased_stays_erased', 'with something left: ' || f[10])
FROM (VALUES ('{f,u-1,NULL,NULL,"","",NULL,NULL,f,id}'::text[]), ('{t,n,NULL,NULL,"","",NULL,NULL,f,username}'), ('{t,u-1,a,NULL,"","",NULL,NULL,f,api id}'),
	('{t,u-1,NULL,l,"","",NULL,NULL,f,LMS id}'), ('{t,u-1,NULL,NULL,A,"",NULL,NULL,f,first name}'), ('{t,u-1,NULL,NULL,"",B,NULL,NULL,f,last name}'),
	('{t,u-1,NULL,NULL,"","",a@b.c,NULL,f,e-mail}'), ('{t,u-1,NULL,NULL,"","",NULL,UTC,f,time zone}'), ('{t,u-1,NULL,NULL,"","",NULL,NULL,t,special needs}')) left_over (f);
SELECT is(refused('UPDATE proctorlink.account SET status = ''deleted'' WHERE candidate_ext_id = ''u-1'''), 'accepted', 'the trash can is another thing');
SAVEPOINT before;
SELECT is(proctorlink.erase_candidate('u-1', 'request 1') #>> '{cleared,account}', '1', 'erase_candidate erases');
ROLLBACK TO before;

-- Webhooks name people. One that is of no sitting may be of anybody.

CREATE FUNCTION bodies(piece text) RETURNS bigint STABLE LANGUAGE sql AS $$
	SELECT count(*) FROM proctorlink.webhook_body WHERE position(convert_to(piece, 'UTF8') in body) > 0
$$;
SELECT book() AS booked, send(event_of('exam.started', '{"reservation_id": "r-1"}', '{"test_taker": {"name": "Grace"}}')) ->> 'session' IS NOT NULL AS of_hers,
	send(event_of('exam.started', '{"reservation_id": "r-9"}', '{"test_taker": {"name": "Grace", "user_id": "pu-1"}}')) ->> 'session' AS of_nobodys \gset
SELECT is(bodies('Grace'), 2::bigint, 'bodies are kept, also of no sitting');
SELECT book('{"user_id": "pu-2", "reservation_id": "r-2", "email": "omar@example.org"}') AS booked, send(event_of('exam.started', '{"reservation_id": "r-2"}', '{"test_taker": {"name": "Omar"}}')) ->> 'session' IS NOT NULL AS of_his \gset
SELECT proctorlink.sid('US', account_id('pu-1')) AS grace, proctorlink.erase_candidate('pu-1', 'request 2') #>> '{cleared,webhook_body}' AS cleared \gset
SELECT is(bodies('Grace'), 0::bigint, 'an erasure empties both');
SELECT is(bodies('Omar'), 1::bigint, 'and no other''s');
SELECT is(send(event_of('exam.ended', '{"reservation_id": "r-1"}', '{"test_taker": {"name": "Grace"}}')) ->> 'received', 'true', 'one that comes afterwards is received');
SELECT is(bodies('Grace'), 0::bigint, 'and not kept');
SELECT is(send(event_of('exam.ended', '{"reservation_id": "r-1"}', '{"test_taker": {"name": "Grace"}}')) ->> 'duplicate', 'true', 'but known when it comes again');
SELECT is(send(event_of('exam.ended', '{"reservation_id": "r-2"}', '{"test_taker": {"name": "Omar"}}')) ->> 'received', 'true', 'another''s');
SELECT is(bodies('Omar'), 2::bigint, 'is kept as ever');

-- Nothing new is learnt about who was erased.

SELECT is(refused(format('INSERT INTO proctorlink.provider_account (install_id, integration_id, user_id, account_id) VALUES (%L, %L, ''pu-8'', %L)',
	install_id(), proctorlink.sid_uuid(:'proctoru'), proctorlink.sid_uuid(:'grace'))), '23514 erased_stays_erased', 'no id of a provider');
INSERT INTO proctorlink.provider_account (install_id, integration_id, user_id) VALUES (install_id(), proctorlink.sid_uuid(:'proctoru'), 'pu-8');
SELECT is(refused(format('UPDATE proctorlink.provider_account SET account_id = %L WHERE user_id = ''pu-8''', proctorlink.sid_uuid(:'grace'))), '23514 erased_stays_erased', 'nor one that was nobody''s');
SELECT is(refused(format('UPDATE proctorlink.provider_account SET account_id = %L WHERE user_id = ''pu-8''', account_id('u-2'))), 'accepted', 'which another may have');

SELECT * FROM finish();
ROLLBACK;
