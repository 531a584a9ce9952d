-- test/pgtap/account_share.sql
--		Accounts that are shared.

BEGIN;
\ir helpers.psql
SELECT plan(14);
SELECT proctorlink.create_install('University', 'https://platform.test') AS install \gset
INSERT INTO proctorlink.account (install_id, candidate_ext_id, username, role, first_name, last_name, email)
	SELECT install_id, v.*, 'scheduler', 'First', 'Last', v.column2 || '@example.org' FROM proctorlink.install,
		(VALUES ('1', 'default'), ('2', 'ada'), ('3', 'omar')) v;
INSERT INTO proctorlink.exam (install_id, external_id, title, duration_minutes, published)
	SELECT install_id, 'e-1', 'Final', 60, true FROM proctorlink.install;
INSERT INTO proctorlink.schedule (install_id, exam_id, external_id, starts_at, owner_id)
	SELECT x.install_id, x.exam_id, 's-1', '2090-01-01T10:00:00Z', a.account_id FROM proctorlink.exam x, proctorlink.account a WHERE a.username = 'default';

CREATE FUNCTION shares() RETURNS text STABLE LANGUAGE sql AS $$
	SELECT coalesce(string_agg(a.username || ' with ' || w.username, ', ' ORDER BY w.username), 'none')
	FROM proctorlink.account_share s JOIN proctorlink.account a USING (install_id, account_id)
	JOIN proctorlink.account w ON w.account_id = s.with_account_id
$$;
SELECT lives_ok(format('SELECT proctorlink.share_account(%L, %L, %L)', :'install', 'default', 'ada'), 'by usernames');
SELECT lives_ok(format('SELECT proctorlink.share_account(%L, %L, %L)', :'install', '1',
	(SELECT proctorlink.sid('US', account_id) FROM proctorlink.account WHERE username = 'omar')), 'by external id and sid');
SELECT lives_ok(format('SELECT proctorlink.share_account(%L, %L, %L)', :'install', 'default', 'ada'), 'twice');
SELECT is(shares(), 'default with ada, default with omar', 'who shares what');
SELECT is((SELECT jsonb_agg(p ->> 'UserName') FROM jsonb_array_elements(proctorlink.eapi_get_schedule('s-1') #> '{Content,SharingInformation}') p),
	'["ada", "omar"]', 'shown with the schedule');
SELECT is(proctorlink.eapi_get_schedule('s-1') #> '{Content,SharingInformation,0}',
	'{"ExternalId": "2", "FirstName": "First", "LastName": "Last", "UserName": "ada", "Email": "ada@example.org"}', 'with names');
SELECT lives_ok(format('SELECT proctorlink.unshare_account(%L, %L, %L)', :'install', 'default', 'ada'), 'taken back');
SELECT lives_ok(format('SELECT proctorlink.unshare_account(%L, %L, %L)', :'install', 'default', 'ada'), 'twice');
SELECT is(shares(), 'default with omar', 'the other stays');
SELECT is(refused(format('SELECT proctorlink.share_account(%L, %L, %L)', :'install', 'nobody', 'ada')), 'PT404 RESOURCENOTFOUND', 'nobody to share');
SELECT is(refused(format('SELECT proctorlink.share_account(%L, %L, %L)', :'install', 'ada', 'ada')), 'PT400 INVALIDINPUT', 'with itself');
SELECT is(refused(format('SELECT proctorlink.share_account(%L, NULL, %L)', :'install', 'ada')), 'PT400 INVALIDINPUT', 'null');
SELECT is(refused('SELECT proctorlink.share_account(''AI00000000000000000000000000000000'', ''a'', ''b'')'), 'PT404 RESOURCENOTFOUND', 'no such install');
SELECT is(refused('INSERT INTO proctorlink.account_share (install_id, account_id, with_account_id) SELECT install_id, account_id, account_id FROM proctorlink.account LIMIT 1'),
	'23514 account_share_with_another', 'by plain SQL');
SELECT * FROM finish();
ROLLBACK;
