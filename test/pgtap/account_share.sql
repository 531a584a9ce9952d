-- test/pgtap/account_share.sql
--		Accounts that are shared.

BEGIN;
\ir helpers.psql
-- All of these functions are PARALLEL UNSAFE; only the comparison of tables would
-- run in workers, thousands of times.
SELECT set_config(name, 'off', true) AS not_forced FROM pg_settings
WHERE name IN ('force_parallel_mode', 'debug_parallel_query') \gset
SELECT plan(44);
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

-- Refusals of both functions, in full; nothing is written.

CREATE FUNCTION told(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
	hint text;
	before text := contents(versions => true);
BEGIN
	EXECUTE 'SELECT proctorlink.' || call;
	RETURN CASE WHEN contents(versions => true) = before THEN 'nothing' ELSE 'written' END;
EXCEPTION
	WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
		RETURN concat_ws(' | ', SQLSTATE, SQLERRM, detail, nullif(hint, ''));
END
$$;
SELECT proctorlink.create_install('College', 'https://college.test') AS college \gset
INSERT INTO proctorlink.account (install_id, candidate_ext_id, role) SELECT install_id, 'elsewhere', 'scheduler' FROM proctorlink.install WHERE name = 'College';
SELECT proctorlink.sid('US', account_id) AS elsewhere FROM proctorlink.account WHERE username = 'elsewhere' \gset
INSERT INTO proctorlink.account (install_id, candidate_ext_id, username, role)
	SELECT install_id, v.*, 'scheduler' FROM proctorlink.install, (VALUES ('twice', 'first'), ('second', 'twice')) v WHERE name = 'University';
SELECT contents() AS before \gset
SELECT is(told(format('%s(%L, %L, %L)', function, install, account, with_account)), refusal, function || ': ' || name)
FROM unnest('{share_account,unshare_account}'::text[]) function, (VALUES
	('no install', NULL, 'default', 'ada', 'PT400 | INVALIDINPUT | install_sid must not be null'),
	('no account', :'install', NULL, 'ada', 'PT400 | INVALIDINPUT | account must not be null'),
	('nobody to share it with', :'install', 'default', NULL, 'PT400 | INVALIDINPUT | with_account must not be null'),
	('an install that there is not', 'AI00000000000000000000000000000000', 'default', 'ada',
		'PT404 | RESOURCENOTFOUND | install_sid: no install has the sid "AI00000000000000000000000000000000"'),
	('an account that there is not', :'install', 'nobody', 'ada',
		'PT404 | RESOURCENOTFOUND | account: there is no account "nobody" | Name an account by its candidate_ext_id, its username or its sid (US...).'),
	('an account in another case', :'install', 'Default', 'ada',
		'PT404 | RESOURCENOTFOUND | account: there is no account "Default" | Name an account by its candidate_ext_id, its username or its sid (US...).'),
	('an empty account', :'install', '', 'ada',
		'PT404 | RESOURCENOTFOUND | account: there is no account "" | Name an account by its candidate_ext_id, its username or its sid (US...).'),
	('nobody of that name to share it with', :'install', 'default', 'nobody',
		'PT404 | RESOURCENOTFOUND | with_account: there is no account "nobody" | Name an account by its candidate_ext_id, its username or its sid (US...).'),
	('a name of a million characters', :'install', 'default', repeat('x', 1000000),
		format('PT404 | RESOURCENOTFOUND | with_account: there is no account "%s..." | Name an account by its candidate_ext_id, its username or its sid (US...).', repeat('x', 64))),
	('a name with a control character', :'install', 'default', E'a\u0007',
		'PT404 | RESOURCENOTFOUND | with_account: there is no account "a?" | Name an account by its candidate_ext_id, its username or its sid (US...).'),
	('somebody of another install', :'install', 'default', :'elsewhere',
		format('PT404 | RESOURCENOTFOUND | with_account: there is no account "%s" | Name an account by its candidate_ext_id, its username or its sid (US...).', :'elsewhere')),
	('an account of another install', :'college', 'default', 'elsewhere',
		'PT404 | RESOURCENOTFOUND | account: there is no account "default" | Name an account by its candidate_ext_id, its username or its sid (US...).'),
	('itself', :'install', 'ada', 'ada', 'PT400 | INVALIDINPUT | with_account: an account is not shared with itself | Name another account.'),
	('itself by another name', :'install', 'ada', '2', 'PT400 | INVALIDINPUT | with_account: an account is not shared with itself | Name another account.'),
	('a name of two', :'install', 'twice', 'ada',
		'PT409 | CONFLICT | "twice" is a username, candidate_ext_id or sid of more than one account | Name the account by its sid (US...).')
) AS calls (name, install, account, with_account, refusal);
SELECT is(contents(), :'before', 'nothing of all this was written');
SELECT is(told(format('unshare_account(%L, %L, %L)', :'install', 'ada', 'default')), 'nothing', 'sharing goes one way');
SELECT is(shares(), 'default with omar', 'as before');
SELECT throws_ok('DELETE FROM proctorlink.account WHERE username = ''omar''', '23503', NULL, 'who shares an account is not removed by plain SQL');
SELECT is(refused('INSERT INTO proctorlink.account_share (install_id, account_id, with_account_id) SELECT install_id, account_id, account_id FROM proctorlink.account LIMIT 1'),
	'23514 account_share_with_another', 'by plain SQL');
SELECT * FROM finish();
ROLLBACK;
