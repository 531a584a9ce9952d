-- test/pgtap/install.sql
--		Installs and their settings, roles, integrations, who is calling, sids.

-- Whom a transaction acts for ends with it, whether it commits or not.
BEGIN;
SELECT proctorlink.create_install('Gone', 'https://gone.test') AS gone \gset
SELECT proctorlink.use_install(:'gone') \gset
SELECT proctorlink.whoami() AS somebody \gset
DELETE FROM proctorlink.role;
DELETE FROM proctorlink.hierarchy;
DELETE FROM proctorlink.install;
COMMIT;
SELECT proctorlink.whoami() AS after_commit \gset

BEGIN;
\ir helpers.psql
SELECT plan(172);

SELECT is(:'somebody'::jsonb ->> 'install', :'gone', 'a transaction acted for an install');
SELECT is(:'after_commit'::jsonb, '{"kind": "nobody", "install": null, "integration": null, "user": null, "role": null, "token": null}',
	'the next one does not');

-- create_install: a tenant with its roles and one node that is root and default.

SELECT proctorlink.create_install('University', 'https://platform.test') AS install \gset
SELECT matches(:'install'::text, '^AI[a-f0-9]{32}$', 'the sid of an install');
SELECT results_eq($$SELECT proctorlink.sid('install', install_id), name, platform_url, settings FROM proctorlink.install$$,
	format($$VALUES (%L, 'University', 'https://platform.test', '{}'::jsonb)$$, :'install'), 'the install is stored');
SELECT results_eq($$SELECT title::text COLLATE "default", may_participate, may_schedule, may_author, may_mark, may_administer
		FROM proctorlink.role ORDER BY title$$,
	$$VALUES ('administrator', false, true, true, true, true), ('author', false, false, true, false, false),
		('candidate', true, false, false, false, false), ('marker', false, false, false, true, false),
		('scheduler', false, true, true, false, false)$$, 'with five roles');
SELECT results_eq($$SELECT is_root, is_default, parent_id, archived FROM proctorlink.hierarchy$$,
	$$VALUES (true, true, NULL::uuid, false)$$, 'and one node that is root and default');
SELECT is(refused($$SELECT proctorlink.create_install('University', 'https://platform.test')$$), 'accepted', 'names need not be unique');
SELECT is(refused($$SELECT proctorlink.create_install('Without platform', NULL)$$), 'accepted', 'a platform URL may be set later');
SELECT is(substring(refused(format('SELECT proctorlink.create_install(%L, %L, %L)', name, url, settings)) FROM '^(accepted|[A-Z0-9]+ [A-Z]+)'), outcome, what)
FROM (VALUES
	('a name of 500 characters', repeat('é', 500), 'https://x.test', '{}', 'accepted'),
	('a name of 501 characters', repeat('é', 501), 'https://x.test', '{}', 'PT400 INVALIDINPUT'),
	('an empty name', '', 'https://x.test', '{}', 'PT400 INVALIDINPUT'),
	('no name', NULL, 'https://x.test', '{}', 'PT400 INVALIDINPUT'),
	('a name with a space in front', ' x', 'https://x.test', '{}', 'PT400 INVALIDINPUT'),
	('a URL of 2,048 characters', 'x', rpad('https://x.test/', 2048, 'x'), '{}', 'accepted'),
	('a URL of 2,049 characters', 'x', rpad('https://x.test/', 2049, 'x'), '{}', 'PT400 INVALIDINPUT'),
	('a URL that is none', 'x', 'platform', '{}', 'PT400 INVALIDINPUT'),
	('a URL of another kind', 'x', 'javascript:alert(1)', '{}', 'PT400 INVALIDINPUT'),
	('http', 'x', 'http://localhost:8080/x', '{}', 'accepted'),
	('settings', 'x', 'https://x.test', '{"timeZone": "Europe/Paris"}', 'accepted'),
	('an unknown setting', 'x', 'https://x.test', '{"timezone": "Europe/Paris"}', 'PT400 INVALIDINPUT'),
	('settings in a list', 'x', 'https://x.test', '[]', 'PT400 INVALIDINPUT'),
	('settings that are text', 'x', 'https://x.test', '"timeZone"', 'PT400 INVALIDINPUT')
) AS calls (what, name, url, settings, outcome);
SELECT is((SELECT count(*) FROM proctorlink.install), 1::bigint, 'what was refused or taken back is not here');

-- configure_install and install_settings.

SELECT is(ARRAY(SELECT jsonb_object_keys(proctorlink.install_settings(:'install')) ORDER BY 1),
	'{candidateIdSource,currencyCode,defaultHierarchy,defaultOwner,defaultRole,defaultScheduler,deliverySystems,platformUrl,timeZone}',
	'all settings are told');
SELECT is(proctorlink.install_settings(:'install') - '{defaultHierarchy,timeZone,deliverySystems}'::text[],
	'{"platformUrl": "https://platform.test", "defaultRole": "candidate", "defaultOwner": null, "defaultScheduler": null,
	  "candidateIdSource": "user_id", "currencyCode": null}', 'with the defaults that apply');
SELECT is(proctorlink.configure_install(:'install', '{"timeZone": "Asia/Kathmandu", "currencyCode": "NPR", "candidateIdSource": "student_id",
		"deliverySystems": ["canvas", "cirrus"], "defaultRole": "author", "platformUrl": "https://new.test"}')
		- '{defaultHierarchy,defaultOwner,defaultScheduler}'::text[],
	'{"timeZone": "Asia/Kathmandu", "currencyCode": "NPR", "candidateIdSource": "student_id",
		"deliverySystems": ["canvas", "cirrus"], "defaultRole": "author", "platformUrl": "https://new.test"}', 'settings are set and answered');
SELECT is(proctorlink.install_settings(:'install') - '{defaultHierarchy,defaultOwner,defaultScheduler}'::text[],
	'{"timeZone": "Asia/Kathmandu", "currencyCode": "NPR", "candidateIdSource": "student_id",
		"deliverySystems": ["canvas", "cirrus"], "defaultRole": "author", "platformUrl": "https://new.test"}', 'and told');
SELECT is((SELECT platform_url FROM proctorlink.install), 'https://new.test', 'the platform URL has its column');
SELECT is(proctorlink.configure_install(:'install', '{"currencyCode": "EUR"}') ->> 'timeZone', 'Asia/Kathmandu', 'what is absent stays');
SELECT is(proctorlink.configure_install(:'install', '{}') ->> 'currencyCode', 'EUR', 'all of it');
SELECT is(proctorlink.configure_install(:'install', '{"defaultRole": null, "candidateIdSource": null, "currencyCode": null}')
		- '{defaultHierarchy,defaultOwner,defaultScheduler,platformUrl,timeZone,deliverySystems}'::text[],
	'{"defaultRole": "candidate", "candidateIdSource": "user_id", "currencyCode": null}', 'null resets');
SELECT lives_ok(format($$SELECT proctorlink.configure_install(%L, '{"defaultRole": "scheduler"}')$$, :'install'), 'another default role');
SELECT results(proctorlink.batch_provision(user_item())) AS done \gset
SELECT is((SELECT role FROM proctorlink.account), 'scheduler', 'is the role of new people');
INSERT INTO proctorlink.account (install_id, candidate_ext_id) SELECT install_id, 'u-2' FROM proctorlink.install;
SELECT is((SELECT array_agg(DISTINCT role::text) FROM proctorlink.account), '{scheduler}', 'also of those inserted directly');
SELECT is(proctorlink.configure_install(:'install', '{"defaultScheduler": "u-1", "defaultOwner": "u-2"}') ->> 'defaultScheduler', 'u-1',
	'the default scheduler by username');
SELECT is(substring(refused(format('SELECT proctorlink.configure_install(%L, %L)', :'install',
		jsonb_build_object('defaultScheduler', (SELECT proctorlink.sid('account', account_id) FROM proctorlink.account WHERE candidate_ext_id = 'u-1'))))
	FROM '^(accepted|[A-Z0-9]+ [A-Z]+)'), 'accepted', 'or by sid');
SELECT is(refused(format('SELECT proctorlink.configure_install(%L, %L)', :'install',
		jsonb_build_object('defaultHierarchy', (SELECT proctorlink.sid('hierarchy', hierarchy_id) FROM proctorlink.hierarchy)))),
	'accepted', 'the default hierarchy by sid');
SELECT is(refused(format('SELECT proctorlink.configure_install(%L, %L)', :'install', settings)), outcome, name)
FROM (VALUES
	('an unknown setting', '{"timezone": "UTC"}'::jsonb, 'PT400 INVALIDINPUT /timezone'),
	('a time zone that there is not', '{"timeZone": "Europe/Atlantis"}', 'PT400 INVALIDINPUT /timeZone'),
	('a currency in lower case', '{"currencyCode": "eur"}', 'PT400 INVALIDINPUT /currencyCode'),
	('a source of ids that there is not', '{"candidateIdSource": "email"}', 'PT400 INVALIDINPUT /candidateIdSource'),
	('delivery systems that are text', '{"deliverySystems": "canvas"}', 'PT400 INVALIDINPUT /deliverySystems'),
	('a delivery system that is a number', '{"deliverySystems": ["canvas", 1]}', 'PT400 INVALIDINPUT /deliverySystems/1'),
	('a platform URL that is none', '{"platformUrl": "platform"}', 'PT400 INVALIDINPUT /platformUrl'),
	('a setting of another type', '{"timeZone": 1}', 'PT400 INVALIDINPUT /timeZone'),
	('several wrong ones', '{"timeZone": 1, "currencyCode": 2}', 'PT400 INVALIDINPUT /currencyCode /timeZone'),
	('no delivery systems', '{"deliverySystems": []}', 'accepted')
) AS settings (name, settings, outcome);
SELECT matches(refused(format('SELECT proctorlink.configure_install(%L, %L)', :'install', settings)), '^PT40[04] [A-Z]+ ' || pointer, name)
FROM (VALUES
	('a role that there is not', '{"defaultRole": "proctor"}'::jsonb, '/defaultRole'),
	('a scheduler that there is not', '{"defaultScheduler": "nobody"}', '/defaultScheduler'),
	('an owner that there is not', '{"defaultOwner": "nobody"}', '/defaultOwner'),
	('a hierarchy that there is not', '{"defaultHierarchy": "nowhere"}', '/defaultHierarchy')
) AS settings (name, settings, pointer);
SELECT is(proctorlink.install_settings(:'install') ->> 'timeZone', 'Asia/Kathmandu', 'a refused call changes nothing');
SELECT is(refused(format('SELECT proctorlink.%s', replace(call, '@', '''AI00000000000000000000000000000000'''))), 'PT404 RESOURCENOTFOUND', 'an install that there is not: ' || call)
FROM unnest(ARRAY['configure_install(@, ''{}'')', 'install_settings(@)', 'define_role(@, ''x'', ''{}'')', 'create_integration(@, ''other'', ''https://x.test'')',
	'rotate_signing_key(@, ''II00000000000000000000000000000000'')']) call;
SELECT matches(refused(format('SELECT proctorlink.%s', replace(call, '@', '''University'''))), '^PT400 INVALIDINPUT', 'an install that is no sid: ' || call)
FROM unnest(ARRAY['configure_install(@, ''{}'')', 'define_role(@, ''x'', ''{}'')', 'create_integration(@, ''other'', ''https://x.test'')',
	'rotate_signing_key(@, ''II00000000000000000000000000000000'')']) call;

-- define_role makes a role, or gives it exactly these permissions.

SELECT lives_ok(format($$SELECT proctorlink.define_role(%L, 'lead', '{schedule,mark}')$$, :'install'), 'a new role');
SELECT results_eq($$SELECT may_participate, may_schedule, may_author, may_mark, may_administer FROM proctorlink.role WHERE title = 'lead'$$,
	$$VALUES (false, true, false, true, false)$$, 'with the permissions named');
SELECT lives_ok(format($$SELECT proctorlink.define_role(%L, 'lead', '{participate,author,administer}')$$, :'install'), 'the same role');
SELECT results_eq($$SELECT may_participate, may_schedule, may_author, may_mark, may_administer FROM proctorlink.role WHERE title = 'lead'$$,
	$$VALUES (true, false, true, false, true)$$, 'with exactly the permissions named now');
SELECT lives_ok(format($$SELECT proctorlink.define_role(%L, 'lead', '{}')$$, :'install'), 'no permissions');
SELECT results_eq($$SELECT may_participate, may_schedule, may_author, may_mark, may_administer FROM proctorlink.role WHERE title = 'lead'$$,
	$$VALUES (false, false, false, false, false)$$, 'take them all away');
SELECT matches(refused(format('SELECT proctorlink.define_role(%L, %L, %L)', :'install', title, permissions)), '^PT400 INVALIDINPUT', name)
FROM (VALUES
	('a permission that there is not', 'x', '{proctor}'::text[]),
	('a permission in another case', 'x', '{Schedule}'),
	('a permission that is null', 'x', '{NULL}'),
	('no title', NULL, '{mark}'),
	('an empty title', '', '{mark}'),
	('a title of 501 characters', repeat('x', 501), '{mark}'),
	('no list of permissions', 'x', NULL)
) AS roles (name, title, permissions);

-- create_integration shows its keys this once; they stand apart.

SELECT proctorlink.create_integration(:'install', 'proctoru', 'https://provider.test/') AS integration \gset
SELECT is(ARRAY(SELECT jsonb_object_keys(:'integration'::jsonb) ORDER BY 1), '{sid,signingKey,webhookSecret}', 'an integration and its secrets');
SELECT matches(:'integration'::jsonb ->> 'sid', '^II[a-f0-9]{32}$', 'the sid of an integration');
SELECT matches(:'integration'::jsonb ->> 'signingKey', '^[A-Za-z0-9_-]{43}$', 'the key is 256 bits in base64url');
SELECT ok(length(:'integration'::jsonb ->> 'webhookSecret') >= 32, 'the webhook secret is long');
SELECT isnt(:'integration'::jsonb ->> 'webhookSecret', :'integration'::jsonb ->> 'signingKey', 'one key, one use');
SELECT results_eq($$SELECT proctorlink.sid('integration', integration_id), provider, redirect_url, active FROM proctorlink.integration$$,
	format($$VALUES (%L, 'proctoru', 'https://provider.test/', true)$$, :'integration'::jsonb ->> 'sid'), 'the integration is stored');
SELECT is((SELECT count(*) FROM proctorlink.integration i WHERE strpos(i::text, :'integration'::jsonb ->> 'signingKey') > 0
	OR strpos(i::text, :'integration'::jsonb ->> 'webhookSecret') > 0), 0::bigint, 'without its secrets');
SELECT is((SELECT secret FROM proctorlink.signing_key WHERE retired_at IS NULL), :'integration'::jsonb ->> 'signingKey', 'the key has its own table');
SELECT is((SELECT count(*) FROM information_schema.role_table_grants WHERE table_schema = 'proctorlink'
		AND table_name IN ('signing_key', 'webhook_secret', 'launch_key', 'access_key', 'signon_use', 'exam_secret')
		AND grantee <> (SELECT rolname FROM pg_roles WHERE oid = (SELECT relowner FROM pg_class WHERE oid = 'proctorlink.signing_key'::regclass))), 0::bigint,
	'on which nobody but the owner has a privilege');
SELECT isnt((proctorlink.create_integration(:'install', 'other', 'https://provider.test/') ->> 'signingKey'), :'integration'::jsonb ->> 'signingKey', 'each has its own');
SELECT is(substring(refused(format('SELECT proctorlink.create_integration(%L, %L, %L, %L)', :'install', provider, url, settings))
	FROM '^(accepted|[A-Z0-9]+ [A-Z]+)'), outcome, name)
FROM (VALUES
	('smarterproctoring', 'smarterproctoring', 'https://x.test', '{}'::jsonb, 'accepted'),
	('another provider', 'other', 'http://x.test', '{}', 'accepted'),
	('a provider that there is not', 'examity', 'https://x.test', '{}', 'PT400 INVALIDINPUT'),
	('a provider in another case', 'ProctorU', 'https://x.test', '{}', 'PT400 INVALIDINPUT'),
	('no provider', NULL, 'https://x.test', '{}', 'PT400 INVALIDINPUT'),
	('no URL', 'other', NULL, '{}', 'PT400 INVALIDINPUT'),
	('a URL that is none', 'other', 'x.test', '{}', 'PT400 INVALIDINPUT'),
	('a URL of another kind', 'other', 'ftp://x.test', '{}', 'PT400 INVALIDINPUT'),
	('a URL of 2,049 characters', 'other', rpad('https://x.test/', 2049, 'x'), '{}', 'PT400 INVALIDINPUT'),
	('a lifetime of 60 seconds', 'other', 'https://x.test', '{"signonLifetime": 60}', 'accepted'),
	('a lifetime of 604,800 seconds', 'other', 'https://x.test', '{"signonLifetime": 604800}', 'accepted'),
	('a lifetime of 59 seconds', 'other', 'https://x.test', '{"signonLifetime": 59}', 'PT400 INVALIDINPUT'),
	('a lifetime of 604,801 seconds', 'other', 'https://x.test', '{"signonLifetime": 604801}', 'PT400 INVALIDINPUT'),
	('a lifetime as text', 'other', 'https://x.test', '{"signonLifetime": "60"}', 'PT400 INVALIDINPUT'),
	('a source of ids', 'other', 'https://x.test', '{"candidateIdSource": "student_id"}', 'accepted'),
	('a source of ids that there is not', 'other', 'https://x.test', '{"candidateIdSource": "email"}', 'PT400 INVALIDINPUT'),
	('not active', 'other', 'https://x.test', '{"active": false}', 'accepted'),
	('active as text', 'other', 'https://x.test', '{"active": "yes"}', 'PT400 INVALIDINPUT'),
	('an unknown setting', 'other', 'https://x.test', '{"lifetime": 60}', 'PT400 INVALIDINPUT'),
	('settings in a list', 'other', 'https://x.test', '[]', 'PT400 INVALIDINPUT')
) AS calls (name, provider, url, settings, outcome);

-- rotate_signing_key: the new key signs, the old one is kept aside.

SELECT proctorlink.rotate_signing_key(:'install', :'integration'::jsonb ->> 'sid') AS key \gset
SELECT matches(:'key'::text, '^[A-Za-z0-9_-]{43}$', 'a new key');
SELECT isnt(:'key'::text, :'integration'::jsonb ->> 'signingKey', 'and not the old one');
SELECT proctorlink.batch_provision(user_item() || jsonb_build_object('signon', jsonb_build_object('integrationSid', :'integration'::jsonb ->> 'sid')))
	#>> '{signon,token}' AS token \gset
SELECT ok(token_is_signed_with(:'token', :'key'), 'the new key signs');
SELECT ok(NOT token_is_signed_with(:'token', :'integration'::jsonb ->> 'signingKey'), 'the old one does not');
SELECT is((SELECT array_agg(retired_at IS NULL ORDER BY signing_key_id) FROM proctorlink.signing_key k
	WHERE proctorlink.sid('integration', integration_id) = :'integration'::jsonb ->> 'sid'), '{f,t}', 'both are kept, one of them retired');
SELECT is(refused(format('SELECT proctorlink.rotate_signing_key(%L, %L)', :'install', 'II00000000000000000000000000000000')),
	'PT404 RESOURCENOTFOUND', 'an integration that there is not');
SELECT matches(refused(format('SELECT proctorlink.rotate_signing_key(%L, %L)', :'install', 'proctoru')), '^PT400 INVALIDINPUT', 'a text that is no sid');
SELECT proctorlink.create_install('College', 'https://college.test') AS college \gset
SELECT is(refused(format('SELECT proctorlink.rotate_signing_key(%L, %L)', :'college', :'integration'::jsonb ->> 'sid')),
	'PT404 RESOURCENOTFOUND', 'an integration of another install');

-- use_install and whoami.

SELECT is(ARRAY(SELECT jsonb_object_keys(proctorlink.whoami()) ORDER BY 1), '{install,integration,kind,role,token,user}', 'the members of whoami');
SELECT is(proctorlink.whoami() ->> 'install', NULL, 'nobody has chosen an install');
SELECT lives_ok(format('SELECT proctorlink.use_install(%L)', :'install'), 'an install is chosen');
SELECT is(ARRAY[proctorlink.whoami() ->> 'install', proctorlink.whoami() ->> 'integration'], ARRAY[:'install', NULL], 'for the transaction');
SAVEPOINT one;
SELECT lives_ok(format('SELECT proctorlink.use_install(%L)', :'college'), 'another one under a savepoint');
SELECT is(proctorlink.whoami() ->> 'install', :'college', 'counts there');
SAVEPOINT two;
SELECT lives_ok(format('SELECT proctorlink.use_install(install_sid => %L, integration_sid => %L)', :'install', :'integration'::jsonb ->> 'sid'),
	'an integration under another savepoint');
SELECT is(ARRAY[proctorlink.whoami() ->> 'install', proctorlink.whoami() ->> 'integration'], ARRAY[:'install', :'integration'::jsonb ->> 'sid'], 'counts there');
RELEASE SAVEPOINT two;
SELECT is(proctorlink.whoami() ->> 'integration', :'integration'::jsonb ->> 'sid', 'and when the savepoint is released');
ROLLBACK TO SAVEPOINT one;
SELECT is(ARRAY[proctorlink.whoami() ->> 'install', proctorlink.whoami() ->> 'integration'], ARRAY[:'install', NULL],
	'rolling back to the first savepoint restores what was before');
SELECT is(results(proctorlink.batch_provision(user_item())), 'user Found Existing', 'batch_provision acts for the install chosen');
SELECT lives_ok(format('SELECT proctorlink.use_install(%L)', :'college'), 'the other one chosen');
SELECT is(results(proctorlink.batch_provision(user_item())), 'user Created', 'is acted for');
SELECT is(refused(format('SELECT proctorlink.use_install(%L, %L)', install, integration)), outcome, name)
FROM (VALUES
	('an install that there is not', 'AI00000000000000000000000000000000', NULL, 'PT403 AUTHENTICATIONFAILED'),
	('a text that is no sid', 'University', NULL, 'PT400 INVALIDINPUT'),
	('a sid of another kind', 'CU00000000000000000000000000000000', NULL, 'PT400 INVALIDINPUT'),
	('an integration that there is not', :'install', 'II00000000000000000000000000000000', 'PT403 AUTHENTICATIONFAILED'),
	('an integration of another install', :'college', :'integration'::jsonb ->> 'sid', 'PT403 AUTHENTICATIONFAILED'),
	('an integration that is no sid', :'install', 'proctoru', 'PT400 INVALIDINPUT')
) AS calls (name, install, integration, outcome);
SELECT is(proctorlink.whoami() ->> 'install', :'college', 'a refused choice changes nothing');

-- Sids: two letters and 32 hexadecimal digits, and back.

SELECT is(proctorlink.sid(kind, '0190163d-8694-739b-aea5-966c26f8ad91'), letters || '0190163d8694739baea5966c26f8ad91', 'the sid of ' || kind)
FROM (VALUES ('install', 'AI'), ('integration', 'II'), ('hierarchy', 'HG'), ('account', 'US'), ('course', 'CU'), ('enrollment', 'EN'), ('exam', 'EX'),
	('exam_configuration', 'EC'), ('schedule', 'SC'), ('exam_session', 'ES'), ('api_token', 'TK'), ('batch', 'BA'), ('event', 'EV'), ('US', 'US')) AS kinds (kind, letters);
SELECT is(proctorlink.sid_uuid('EC0190163d8694739baea5966c26f8ad91'), '0190163d-8694-739b-aea5-966c26f8ad91', 'the key of a sid');
SELECT is(proctorlink.sid_uuid(proctorlink.sid('course', id)), id, 'there and back: ' || id)
FROM unnest('{00000000-0000-0000-0000-000000000000,ffffffff-ffff-ffff-ffff-ffffffffffff}'::uuid[]) id;
SELECT is(proctorlink.sid('account', NULL), NULL, 'the sid of null');
SELECT is(proctorlink.sid_uuid(NULL), NULL, 'the key of null');
SELECT is(refused(format('SELECT proctorlink.sid_uuid(%L)', sid)), '22P02', 'no sid: ' || sid)
FROM unnest(ARRAY['', 'US', 'XX0190163d8694739baea5966c26f8ad91', 'us0190163d8694739baea5966c26f8ad91', 'US0190163d8694739baea5966c26f8ad9',
	'US0190163d8694739baea5966c26f8ad911', 'US0190163d8694739baea5966c26f8ad9g', 'US0190163D8694739BAEA5966C26F8AD91', '0190163d-8694-739b-aea5-966c26f8ad91']) sid;
SELECT is(refused($$SELECT proctorlink.sid('proctor', '0190163d-8694-739b-aea5-966c26f8ad91')$$), '22023', 'a kind that has no sid');
SELECT is((SELECT count(*) FROM (SELECT id, lag(id) OVER (ORDER BY place) AS previous
	FROM (SELECT place, proctorlink.uuid7() AS id FROM generate_series(1, 10000) place OFFSET 0) ids) pairs WHERE previous >= id), 0::bigint, 'keys ascend');
SELECT matches(proctorlink.uuid7()::text, '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$', 'and are UUIDs of version 7');

-- limits and version.

SELECT is(ARRAY(SELECT jsonb_object_keys(proctorlink.limits()) ORDER BY 1), '{accessTokenSeconds,bytes,items,keyRetentionHours,lengths,signonSeconds}', 'the members of limits');
SELECT is(proctorlink.limits() -> 'items', '100000', '100,000 items');
SELECT is(proctorlink.limits() -> 'bytes', '268435456', '256 MB');
SELECT ok((proctorlink.limits() ->> 'keyRetentionHours')::integer >= 24, 'keys are kept 24 hours at least');
SELECT is(jsonb_typeof(proctorlink.limits() -> 'lengths'), 'object', 'lengths by name');
SELECT is(proctorlink.version(), (SELECT extversion FROM pg_extension WHERE extname = 'proctorlink'), 'the library is of the version installed');

-- Nobody but the owner calls a function until a role is let.

SELECT is((SELECT array_agg(p.proname ORDER BY p.proname) FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) acl
	WHERE p.pronamespace = 'proctorlink'::regnamespace AND acl.grantee = 0
		AND p.proname !~ '^(is|are)_|_is_well_formed$' AND p.proname !~ '^sees_' AND p.proname NOT IN ('uuid7', 'current_install', 'acts_for_all', 'hierarchy_path')), NULL,
	'EXECUTE is nobody''s but for what constraints, defaults and policies need');
SELECT is((SELECT array_agg(p.proname ORDER BY p.proname) FROM pg_proc p WHERE p.pronamespace = 'proctorlink'::regnamespace
	AND obj_description(p.oid, 'pg_proc') IS NULL), NULL, 'every function has a comment');
SELECT is((SELECT array_agg(a.attrelid::regclass || '.' || a.attname) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
	WHERE c.relnamespace = 'proctorlink'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
		AND (col_description(a.attrelid, a.attnum) IS NULL OR obj_description(c.oid, 'pg_class') IS NULL)), NULL, 'every table and column has a comment');

SELECT * FROM finish();
ROLLBACK;
