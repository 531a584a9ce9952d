-- test/pgtap/provision_forms.sql
--		The three forms of batch_provision: what concerns the call as a whole,
--		the items beside each other, and how they are answered.

BEGIN;
\ir helpers.psql
SELECT plan(139);

CREATE FUNCTION batch(items jsonb, options jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
	SELECT options || jsonb_build_object('items', items)
$$;
-- What each item of an answer says, in order.
CREATE FUNCTION said(answer jsonb) RETURNS text[] LANGUAGE sql AS $$
	SELECT array_agg(coalesce(results(entry), refusal(entry -> 'error'), (entry - 'index')::text) ORDER BY place)
	FROM jsonb_array_elements(answer -> 'items') WITH ORDINALITY AS entries (entry, place)
$$;
-- The counters of a batch's answer.
CREATE FUNCTION counted(answer jsonb) RETURNS text LANGUAGE sql AS $$
	SELECT format('%s: %s items, %s succeeded, %s failed, %s created, %s updated, %s found, %s removed',
		b ->> 'status', b ->> 'items', b ->> 'succeeded', b ->> 'failed', b ->> 'created', b ->> 'updated',
		b ->> 'found', b ->> 'removed')
	FROM (SELECT answer -> 'batch' AS b) batch
$$;
CREATE FUNCTION broken() RETURNS jsonb LANGUAGE sql AS $$
	SELECT put(user_item(), '/user/email', '"nowhere"')
$$;

-- Which install.  None is here yet.

SELECT is(call_refused(course_item()), 'PT403 AUTHENTICATIONFAILED', 'without an install nobody acts for one');
SELECT proctorlink.create_install('University', 'https://platform.test') AS install \gset
SELECT is(call_refused(course_item()), 'accepted', 'the only install need not be named');
SELECT proctorlink.create_install('College', 'https://college.test') AS college \gset
SELECT is(call_refused(course_item()), 'PT403 AUTHENTICATIONFAILED', 'with two it must be named');
SELECT is(call_refused('[]'), 'PT403 AUTHENTICATIONFAILED', 'also for a list');
SELECT is(call_refused(course_item() || jsonb_build_object('installSid', :'college')), 'accepted', 'installSid names it, beside the blocks');
SELECT is(call_refused(jsonb_build_array(course_item() || jsonb_build_object('installSid', :'college'))), 'accepted',
	'installSid names it, in the items of a list');
SELECT is(call_refused(jsonb_build_array(course_item() || jsonb_build_object('installSid', :'college'), user_item())), 'accepted',
	'in one of them');
SELECT is(call_refused(batch(jsonb_build_array(course_item()), jsonb_build_object('installSid', :'college'))), 'accepted',
	'installSid names it, at the top');
SELECT is((SELECT count(*) FROM proctorlink.course), 0::bigint, 'nothing of this was kept');
SELECT matches(call_refused(jsonb_build_array(course_item() || jsonb_build_object('installSid', :'college'),
		user_item() || jsonb_build_object('installSid', :'install'))), '^PT40[03] ', 'the items of a list name the same');
SELECT is(call_refused(course_item() || jsonb_build_object('installSid', sid)), refusal, name)
FROM (VALUES
	('an install that there is not', '"AI00000000000000000000000000000000"'::jsonb, 'PT403 AUTHENTICATIONFAILED'),
	('an install in upper case', '"AI0000000000000000000000000000000A"', 'PT400 INVALIDINPUT /installSid'),
	('an install that is no sid', '"University"', 'PT400 INVALIDINPUT /installSid'),
	('an install of another kind', '"CU00000000000000000000000000000000"', 'PT400 INVALIDINPUT /installSid'),
	('an install that is empty', '""', 'PT400 INVALIDINPUT /installSid'),
	('an install that is a number', '1', 'PT400 INVALIDINPUT /installSid')
) AS installs (name, sid, refusal);
SELECT is(refused(format('SELECT proctorlink.provision(%L, %L)', :'college', course_item())), 'accepted', 'provision names it');
SELECT is(refused(format('SELECT proctorlink.provision(%L, %L)', :'college',
	course_item() || jsonb_build_object('installSid', :'college'))), 'accepted', 'once more in the payload is fine');
SELECT matches(refused(format('SELECT proctorlink.provision(%L, %L)', :'college',
	course_item() || jsonb_build_object('installSid', :'install'))), '^PT40[03] ', 'another one is not');
SELECT is(refused(format('SELECT proctorlink.provision(%L, %L)', 'College', course_item())), 'PT400 INVALIDINPUT /installSid',
	'provision wants a sid');
SELECT is(refused(format('SELECT proctorlink.provision(%L, %L)', 'AI00000000000000000000000000000000', course_item())),
	'PT403 AUTHENTICATIONFAILED', 'of an install that there is');
SELECT is((SELECT count(*) FROM proctorlink.course), 0::bigint, 'nothing of this was kept either');

SAVEPOINT chosen;
SELECT lives_ok(format('SELECT proctorlink.use_install(%L)', :'college'), 'use_install chooses for the transaction');
SELECT is(call_refused(course_item()), 'accepted', 'so that it need not be named');
SELECT is((SELECT count(*) FROM proctorlink.batch_provision(course_item())
	JOIN proctorlink.course ON true
	JOIN proctorlink.install USING (install_id) WHERE install.name = 'University'), 0::bigint, 'it is not another');
SELECT matches(call_refused(course_item() || jsonb_build_object('installSid', :'install')), '^(accepted|PT403 AUTHENTICATIONFAILED.*)$',
	'another named beside it is refused, or allowed to an administrator');
ROLLBACK TO chosen;
DELETE FROM proctorlink.role WHERE proctorlink.sid('install', install_id) = :'college';
DELETE FROM proctorlink.hierarchy WHERE proctorlink.sid('install', install_id) = :'college';
DELETE FROM proctorlink.install WHERE proctorlink.sid('install', install_id) = :'college';

-- The call as a whole: what it raises, in every form.

SELECT is(refused('SELECT proctorlink.batch_provision(NULL)'), 'PT400 INVALIDINPUT', 'no payload');
SELECT is(call_refused(payload), 'PT400 INVALIDINPUT', name)
FROM (VALUES
	('null', 'null'::jsonb), ('a text', '"course"'), ('a number', '1'), ('a boolean', 'true')
) AS payloads (name, payload);
SELECT is(call_refused(payload), refusal, name)
FROM (VALUES
	('items that are an object', '{"items": {}}'::jsonb, 'PT400 INVALIDINPUT /items'),
	('items that are null', '{"items": null}', 'PT400 INVALIDINPUT /items'),
	('no items beside a key', '{"idempotencyKey": "k"}', 'PT400 INVALIDINPUT /items'),
	('no items beside dryRun', '{"dryRun": true}', 'PT400 INVALIDINPUT /items'),
	('an unknown key', '{"items": [], "item": []}', 'PT400 INVALIDINPUT /item'),
	('a key in another case', '{"items": [], "dryrun": true}', 'PT400 INVALIDINPUT /dryrun'),
	('a block beside items', '{"items": [], "course": {"ids": {"api": "c"}, "title": "C"}}', 'PT400 INVALIDINPUT /course'),
	('atomic as text', '{"items": [], "atomic": "true"}', 'PT400 INVALIDINPUT /atomic'),
	('dryRun as a number', '{"items": [], "dryRun": 1}', 'PT400 INVALIDINPUT /dryRun'),
	('a key of the call that is empty', '{"items": [], "idempotencyKey": ""}', 'PT400 INVALIDINPUT /idempotencyKey'),
	('a key of the call that is a number', '{"items": [], "idempotencyKey": 1}', 'PT400 INVALIDINPUT /idempotencyKey'),
	('complete that is a list', '{"items": [], "complete": []}', 'PT400 INVALIDINPUT /complete')
) AS calls (name, payload, refusal);
SELECT matches(attempt('{"items": [], "idempotencykey": "k"}') ->> 'hint', 'idempotencyKey', 'the nearest known key is told');

-- Limits.

SELECT is(call_refused(jsonb_build_array(course_item(), user_item(), user_item())), 'accepted', 'three items');
SET LOCAL proctorlink.max_items = 2;
SELECT is(proctorlink.limits() -> 'items', '2', 'limits() tells how many a call may bring');
SELECT is(call_refused(jsonb_build_array(course_item(), user_item())), 'accepted', 'as many are taken');
SELECT is(call_refused(jsonb_build_array(course_item(), user_item(), user_item())), 'PT413 LIMITEXCEEDED', 'one more is too many');
SELECT is(call_refused(batch(jsonb_build_array(course_item(), user_item(), user_item()))), 'PT413 LIMITEXCEEDED', 'also as items');
SELECT is(call_refused(batch(jsonb_build_array(course_item(), user_item(), user_item()), '{"dryRun": true}')),
	'PT413 LIMITEXCEEDED', 'also in a dry run');
SET LOCAL proctorlink.max_items = 1;
SELECT is(call_refused(learner_item()), 'accepted', 'the object is one item');
RESET proctorlink.max_items;
SET LOCAL proctorlink.max_payload_bytes = 1024;
SELECT is(proctorlink.limits() -> 'bytes', '1024', 'limits() tells how many bytes a call may bring');
SELECT is(call_refused(learner_item()), 'accepted', 'fewer are taken');
SELECT is(call_refused(put(course_item(), '/course/title', long(500))), 'PT413 LIMITEXCEEDED', 'more are too many, as an object');
SELECT is(call_refused(jsonb_build_array(put(course_item(), '/course/title', long(500)))), 'PT413 LIMITEXCEEDED', 'and as a list');
RESET proctorlink.max_payload_bytes;
SELECT is(proctorlink.limits() -> 'items', '100000', '100,000 items unless set');
SELECT is(proctorlink.limits() -> 'bytes', '268435456', '256 MB unless set');

-- What an item must be.  (Each is asked as an object of its own and in a list.)

SELECT is(verdict(item), refusal, name)
FROM (VALUES
	('an item without blocks', '{}'::jsonb, 'INVALIDINPUT: required (item)'),
	('an item with an enrollment only', '{"enrollment": {}}', 'INVALIDINPUT: required (item), together /enrollment'),
	('an unknown block', course_item() || '{"users": {}}', 'INVALIDINPUT: unknown_key /users'),
	('a block in another case', course_item() || '{"User": {}}', 'INVALIDINPUT: unknown_key /User'),
	('a block that stands elsewhere', exam_item() || '{"configuration": {}}', 'INVALIDINPUT: unknown_key /configuration')
) AS items (name, item, refusal);
SELECT is(said(attempt(jsonb_build_array(item))), ARRAY['INVALIDINPUT: type (item)'], name)
FROM (VALUES
	('an item that is null', 'null'::jsonb), ('an item that is text', '"course"'), ('an item that is a number', '1'),
	('an item that is a list', '[]')
) AS items (name, item);
SELECT matches(attempt('[{"curse": {"ids": {"external": "c"}}}]') #>> '{items,0,error,violations,0,hint}', 'course',
	'the nearest block is told');
SELECT is(said(attempt(batch(jsonb_build_array(course_item() || jsonb_build_object('installSid', :'install'))))),
	ARRAY['INVALIDINPUT: unknown_key /installSid'], 'beside items, installSid stands at the top only');

-- Form 1 raises: the code, a violation a line, what to do.

SELECT is(attempt(broken() || '{"enrollment": {}}') - '{detail,hint}'::text[],
	'{"sqlstate": "PT400", "message": "INVALIDINPUT"}', 'the object raises its violations');
SELECT is((SELECT array_agg(split_part(line, ': ', 1)) FROM regexp_split_to_table(
		attempt(broken() || '{"enrollment": {}}') ->> 'detail', '\n') AS line),
	(SELECT array_agg(v ->> 'pointer') FROM jsonb_array_elements(
		attempt(jsonb_build_array(broken() || '{"enrollment": {}}')) #> '{items,0,error,violations}') v),
	'one a line, in the order of the list''s');
SELECT unalike(attempt(put(put(broken(), '/user/firstName', '"Augusta"'), '/user/lastName', '5'))::text, '%Augusta%',
	'an error tells no names');
SELECT unalike(attempt(put(broken(), '/user/email', '"ada.byron at example"'))::text, '%ada.byron%', 'nor e-mail addresses');

-- Form 2 answers an entry an item, in order.

SELECT proctorlink.batch_provision(jsonb_build_array(learner_item(), broken(), user_item())) AS answer \gset
SELECT is(ARRAY(SELECT jsonb_object_keys(:'answer'::jsonb) ORDER BY 1), ARRAY['batch', 'items'], 'batch and items');
SELECT is(ARRAY(SELECT jsonb_object_keys(:'answer'::jsonb -> 'batch') ORDER BY 1),
	'{created,failed,found,items,removed,sid,status,succeeded,updated}', 'the members of batch');
SELECT matches(:'answer'::jsonb #>> '{batch,sid}', '^BA[a-f0-9]{32}$', 'the sid of a batch');
SELECT is((SELECT array_agg(entry -> 'index' ORDER BY place)
	FROM jsonb_array_elements(:'answer'::jsonb -> 'items') WITH ORDINALITY AS entries (entry, place)),
	ARRAY['0', '1', '2']::jsonb[], 'each entry has its index, from 0');
SELECT is(said(:'answer'), ARRAY['course Created, user Created, enrollment Created',
	'INVALIDINPUT: format /user/email', 'user Found Existing'], 'and its results or its error');
SELECT is(ARRAY(SELECT jsonb_object_keys(:'answer'::jsonb #> '{items,1}') ORDER BY 1), ARRAY['error', 'index'], 'not both');
SELECT is((:'answer'::jsonb #> '{items,1,error}') - '{title,violations}'::text[],
	'{"code": "INVALIDINPUT", "status": 400}', 'an error has the code and its status');
SELECT is(counted(:'answer'), 'completed_with_errors: 3 items, 2 succeeded, 1 failed, 3 created, 0 updated, 1 found, 0 removed',
	'counters count blocks');
SELECT is(current_setting('response.status', true), '207', 'some failed: 207');
SELECT is(
	(SELECT to_jsonb(b) - '{install_id,batch_id,idempotency_key,payload_sha256,answer,finished_at,created_at,updated_at}'::text[]
	 FROM proctorlink.batch b WHERE proctorlink.sid('batch', batch_id) = :'answer'::jsonb #>> '{batch,sid}'),
	(:'answer'::jsonb -> 'batch') - 'sid', 'the batch is kept with its counters');

-- Status and response.status.

SELECT is(counted(proctorlink.batch_provision(jsonb_build_array(put(learner_item(), '/user/lastName', '"King"'), user_item()))),
	'completed: 2 items, 2 succeeded, 0 failed, 0 created, 2 updated, 2 found, 0 removed', 'none failed: completed');
SELECT is(current_setting('response.status', true), '200', '200');
SELECT is(counted(proctorlink.batch_provision(jsonb_build_array(broken()))),
	'failed: 1 items, 0 succeeded, 1 failed, 0 created, 0 updated, 0 found, 0 removed', 'all failed: failed');
SELECT is(current_setting('response.status', true), '400', '400');
SELECT is(counted(proctorlink.batch_provision('[]')),
	'completed: 0 items, 0 succeeded, 0 failed, 0 created, 0 updated, 0 found, 0 removed', 'an empty list is completed');
SELECT is(current_setting('response.status', true), '200', '200');
SELECT is(proctorlink.batch_provision('{"items": []}') -> 'items', '[]', 'empty items are completed');
SELECT is(counted(attempt(batch('[]', '{"atomic": null, "dryRun": null, "idempotencyKey": null, "complete": null, "installSid": null}'))),
	'completed: 0 items, 0 succeeded, 0 failed, 0 created, 0 updated, 0 found, 0 removed', 'options that are null are absent');

-- The items are as if applied one after the other.

CREATE FUNCTION together(VARIADIC items jsonb[]) RETURNS text[] LANGUAGE sql AS $$
	SELECT said(attempt(to_jsonb(items)))
$$;
CREATE FUNCTION newcomer() RETURNS jsonb LANGUAGE sql AS $$
	SELECT put(user_item(), '/user/ids', '{"external": "new", "api": "new-api"}')
$$;
SELECT is(together(newcomer(), newcomer()), ARRAY['user Created', 'user Found Existing'],
	'a person twice is Created, then Found Existing');
SELECT is(together(newcomer(), put(newcomer(), '/user/lastName', '"Lovelace"')), ARRAY['user Created', 'user Updated'],
	'or Updated');
SELECT is(together(newcomer(), put(newcomer(), '/user/lastName', '"Lovelace"'), newcomer(), newcomer()),
	ARRAY['user Created', 'user Updated', 'user Updated', 'user Found Existing'], 'and back');
SELECT is(together(newcomer(), '{"user": {"ids": {"api": "new-api"}}}'), ARRAY['user Created', 'user Found Existing'],
	'an item refers to what an earlier one makes');
SELECT is(together('{"user": {"ids": {"api": "new-api"}}}', newcomer()),
	ARRAY['RESOURCENOTFOUND: not_found /user/ids', 'user Created'], 'not to what a later one makes');
SELECT is(together('{"course": {"ids": {"external": "c-7"}, "title": "C"}}',
		'{"course": {"ids": {"external": "c-7"}}, "user": {"ids": {"external": "u-1"}}}',
		put(exam_item(), '/course', '{"ids": {"external": "c-7"}}'),
		'{"exam": {"ids": {"external": "e-1"}}, "course": {"ids": {"external": "c-7"}}}'),
	ARRAY['course Created', 'course Found Existing, user Found Existing, enrollment Created',
		'course Found Existing, exam Created, configuration Created', 'course Found Existing, exam Found Existing'],
	'a whole term in one batch');
SELECT is(together('{"course": {"ids": {"external": "c-7"}}, "user": {"ids": {"external": "u-1"}}}',
		'{"course": {"ids": {"external": "c-7"}, "code": "C"}}',
		'{"course": {"ids": {"external": "c-7"}}}'),
	ARRAY['RESOURCENOTFOUND: not_found /course/ids', 'INVALIDINPUT: required /course/title',
		'RESOURCENOTFOUND: not_found /course/ids'], 'who leans on a refused item is refused');
SELECT is(together(newcomer() || '{"course": {"ids": {"external": "c-7"}}}', '{"user": {"ids": {"external": "new"}}}'),
	ARRAY['RESOURCENOTFOUND: not_found /course/ids', 'RESOURCENOTFOUND: not_found /user/ids'],
	'a refused item makes nothing, also not its good half');
SELECT is(together(put(user_item(), '/user/lastName', '"Lovelace"') || '{"course": {"ids": {"external": "c-7"}}}', user_item(),
		put(user_item(), '/user/lastName', '"Lovelace"')),
	ARRAY['RESOURCENOTFOUND: not_found /course/ids', 'user Found Existing', 'user Updated'], 'and changes nothing');
SELECT is(together(newcomer(), put(newcomer(), '/user/ids', '{"external": "new", "api": "other"}'),
		put(newcomer(), '/user/ids', '{"external": "newer", "api": "other"}')),
	ARRAY['user Created', 'CONFLICT: conflict /user/ids/api', 'user Created'], 'ids of a refused item are free');
SELECT is(together(put(newcomer(), '/user/ids', '{"external": "x"}'), put(newcomer(), '/user/ids', '{"api": "y"}'),
		put(newcomer(), '/user/ids', '{"external": "x", "api": "y"}')),
	ARRAY['user Created', 'user Created', 'CONFLICT: conflict /user/ids'], 'two people of one batch are not merged');
SELECT is(together(learner_item() || '{"enrollment": {"status": "removed"}}', learner_item()),
	ARRAY['course Found Existing, user Found Existing, enrollment Updated', 'course Found Existing, user Found Existing, enrollment Updated'],
	'removed and active again in one batch');
SELECT is((SELECT array_agg(DISTINCT entry #>> '{user,sid}') IS NOT NULL AND count(DISTINCT entry #>> '{user,sid}') = 1
	FROM jsonb_array_elements(attempt(jsonb_build_array(newcomer(), newcomer(), newcomer())) -> 'items') entry), true,
	'a person has one sid, also within a batch');

-- An item whose violations have several codes carries the first of
-- INVALIDINPUT, RESOURCENOTFOUND, CONFLICT.

SELECT is(split_part(verdict(broken() || '{"course": {"ids": {"external": "nobody"}}}'), ':', 1), 'INVALIDINPUT',
	'what breaks the contract comes first');
SELECT is(split_part(verdict(put(newcomer(), '/user/ids', '{"external": "new", "api": "api"}'),
		put(newcomer(), '/user/ids', '{"external": "new", "api": "other"}') || '{"course": {"ids": {"external": "nobody"}}}'), ':', 1),
	'RESOURCENOTFOUND', 'what is not found comes before conflicts');

-- At most 20 violations are told, and how many more there are.

CREATE FUNCTION violating(n integer) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_build_object('course', course_item() -> 'course' ||
		coalesce((SELECT jsonb_object_agg('member' || i, i) FROM generate_series(1, n) i), '{}'))
$$;
SELECT is(jsonb_array_length(attempt(jsonb_build_array(violating(20))) #> '{items,0,error,violations}'), 20, '20 violations are told');
SELECT is(attempt(jsonb_build_array(violating(20))) #> '{items,0,error,more}', NULL, 'all of them');
SELECT is(jsonb_array_length(attempt(jsonb_build_array(violating(25))) #> '{items,0,error,violations}'), 20, 'of 25, 20 are told');
SELECT is(attempt(jsonb_build_array(violating(25))) #> '{items,0,error,more}', '5', 'and that there are 5 more');
SELECT is((SELECT count(*) FROM regexp_split_to_table(attempt(violating(25)) ->> 'detail', '\n') AS line WHERE line LIKE '/%'),
	20::bigint, 'the object tells 20 as well');

-- atomic: when any item fails nothing is written.

SELECT contents(leaving_out => '{batch}') AS before \gset
SELECT proctorlink.batch_provision(batch(jsonb_build_array(newcomer(), broken(), user_item()), '{"atomic": true}')) AS answer \gset
SELECT is(counted(:'answer'), 'failed: 3 items, 0 succeeded, 1 failed, 0 created, 0 updated, 0 found, 0 removed',
	'atomic with one failure: failed, and nothing counted');
SELECT is(:'answer'::jsonb #> '{items,0}', '{"index": 0, "skipped": true}', 'the others are skipped');
SELECT is(said(:'answer'), ARRAY['{"skipped": true}', 'INVALIDINPUT: format /user/email', '{"skipped": true}'],
	'the failing one has its error');
SELECT is(current_setting('response.status', true), '400', '400');
SELECT is(contents(leaving_out => '{batch}'), :'before', 'nothing was written');
SELECT matches(:'answer'::jsonb #>> '{batch,sid}', '^BA', 'but the reasons are kept');
SELECT is(said(attempt(batch(jsonb_build_array(newcomer(), user_item()), '{"atomic": true}'))),
	ARRAY['user Created', 'user Found Existing'], 'atomic without a failure is as ever');

-- dryRun: the same answer, nothing written.

SELECT contents(true) AS before \gset
SELECT proctorlink.batch_provision(batch(jsonb_build_array(put(learner_item(), '/user/ids', '{"external": "new"}'),
		put(user_item(), '/user/lastName', '"Lovelace"'), broken(), put(user_item(), '/user/ids', '{"external": "new"}'),
		put(exam_item(), '/exam/ids', '{"external": "e-9"}')), '{"dryRun": true}')) AS answer \gset
SELECT is(counted(:'answer'), 'dry_run: 5 items, 4 succeeded, 1 failed, 4 created, 1 updated, 3 found, 0 removed',
	'a dry run counts as the run would');
SELECT is(said(:'answer'), ARRAY['course Found Existing, user Created, enrollment Created', 'user Updated',
	'INVALIDINPUT: format /user/email', 'user Found Existing', 'course Found Existing, exam Created, configuration Created'],
	'and answers as it would');
SELECT is(ARRAY[:'answer'::jsonb #> '{items,0,user,sid}', :'answer'::jsonb #> '{items,0,enrollment,sid}',
		:'answer'::jsonb #> '{items,3,user,sid}', :'answer'::jsonb #> '{items,4,exam,sid}',
		:'answer'::jsonb #> '{items,4,configuration,sid}'],
	array_fill('null'::jsonb, ARRAY[5]), 'what would be made has no sid');
SELECT is(:'answer'::jsonb #>> '{items,1,user,sid}',
	(SELECT proctorlink.sid('account', account_id) FROM proctorlink.account), 'what is here has its own');
SELECT is(:'answer'::jsonb #> '{batch,sid}', 'null', 'the batch has none');
SELECT is(current_setting('response.status', true), '200', '200');
SELECT is(contents(true), :'before', 'nothing was written in any table');
SELECT is(proctorlink.batch_provision(batch(jsonb_build_array(broken()), '{"dryRun": true}')) #>> '{batch,status}', 'dry_run',
	'all failed: dry_run as well');
SELECT is(current_setting('response.status', true), '200', '200 as well');
SELECT is(said(attempt(batch(jsonb_build_array(newcomer(), broken()), '{"dryRun": true, "atomic": true}'))),
	ARRAY['{"skipped": true}', 'INVALIDINPUT: format /user/email'], 'an atomic dry run');
SELECT proctorlink.create_integration(:'install', 'other', 'https://provider.test/') ->> 'sid' AS integration \gset
SELECT is(said(attempt(batch(jsonb_build_array(user_item() || jsonb_build_object('signon',
		jsonb_build_object('integrationSid', :'integration'))), '{"dryRun": true}'))), ARRAY['user Found Existing'],
	'a dry run makes no link');

CREATE FUNCTION read_only(payload jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	answer jsonb;
BEGIN
	PERFORM set_config('transaction_read_only', 'on', true);
	answer := attempt(payload);
	RAISE EXCEPTION USING ERRCODE = 'UNDO0';
EXCEPTION
	WHEN SQLSTATE 'UNDO0' THEN
		RETURN answer;
END
$$;
SELECT is(said(read_only(batch(jsonb_build_array(newcomer(), learner_item(), exam_item()), '{"dryRun": true}'))),
	ARRAY['user Created', 'course Found Existing, user Found Existing, enrollment Found Existing',
		'course Found Existing, exam Created, configuration Created'], 'a dry run may be read only');
SELECT is(read_only(newcomer()) ->> 'sqlstate', '25006', 'a run may not');

-- batch_report: the refused items, readable, also of a batch that failed.

SELECT proctorlink.batch_provision(jsonb_build_array(user_item(), put(broken(), '/user/firstName', '7'),
	'{"course": {"ids": {"external": "nobody"}}}'::jsonb)) #>> '{batch,sid}' AS batch \gset
SELECT results_eq(format($$SELECT index, code, pointer, rule FROM proctorlink.batch_report(%L) ORDER BY index, pointer COLLATE "C"$$, :'batch'),
	$$VALUES (1, 'INVALIDINPUT', '/user/email', 'format'), (1, 'INVALIDINPUT', '/user/firstName', 'type'),
		(2, 'RESOURCENOTFOUND', '/course/ids', 'not_found')$$, 'a row a violation');
SELECT is((SELECT bool_and(detail <> '') FROM proctorlink.batch_report(:'batch')), true, 'each with its detail');
SELECT proctorlink.batch_provision(jsonb_build_array(broken())) #>> '{batch,sid}' AS batch \gset
SELECT is((SELECT count(*) FROM proctorlink.batch_report(:'batch')), 1::bigint, 'a failed batch is reported');
SELECT proctorlink.batch_provision(jsonb_build_array(user_item())) #>> '{batch,sid}' AS batch \gset
SELECT is((SELECT count(*) FROM proctorlink.batch_report(:'batch')), 0::bigint, 'a batch without refusals has an empty report');
SELECT is(refused($$SELECT * FROM proctorlink.batch_report('BA00000000000000000000000000000000')$$), 'PT404 RESOURCENOTFOUND',
	'a batch that there is not');
SELECT is(refused($$SELECT * FROM proctorlink.batch_report('nonsense')$$), 'PT400 INVALIDINPUT', 'a text that is no sid');
SELECT is((SELECT count(*) FROM proctorlink.batch WHERE answer::text ~ 'example\.org|Byron|King|nowhere'), 0::bigint,
	'no batch keeps personal values');

-- Form 1 leaves no batch.

SELECT count(*) AS batches FROM proctorlink.batch \gset
SELECT is(results(proctorlink.batch_provision(user_item())), 'user Found Existing', 'the object');
SELECT is((SELECT count(*) FROM proctorlink.batch), :batches::bigint, 'leaves no batch');

SELECT * FROM finish();
ROLLBACK;
