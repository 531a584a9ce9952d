#
# dump_restore.pl
#		A dump carries every row over, whatever way it is taken and brought back;
#		the restored database goes on as the first would have.
#
use strict;
use warnings;

use Proctorlink;
use PostgreSQL::Test::Utils;
use Test::More;

# No worker may hold up what events_since tells.
my $node = start_server(autovacuum => 'off');
my $session = start_session($node);

my $install = $session->do(q{SELECT proctorlink.create_install('University', 'https://platform.test', '{"timeZone": "Europe/Paris", "deliverySystems": ["canvas"]}')});
my $neighbour = $session->do(q{SELECT proctorlink.create_install('Neighbour', 'https://platform.test')});
my $integration = from_json($session->do(qq{SELECT proctorlink.create_integration('$install', 'smarterproctoring', 'https://proctor.test/on')}));
$session->do(qq{SELECT proctorlink.rotate_signing_key('$install', '$integration->{sid}')});
$session->do(q{CREATE ROLE app LOGIN; CREATE ROLE front LOGIN});
$session->do(qq{SELECT proctorlink.bind_role('$install', 'app'), proctorlink.trust_front('front'), proctorlink.generate_eapi_token('$install', 'sync')});
$session->do(qq{SELECT proctorlink.define_role('$install', 'tutor', '{participate,mark}')});

my $items = q{(SELECT jsonb_agg(jsonb_build_object(
		'course', jsonb_build_object('ids', jsonb_build_object('external', 'c-' || i % 3), 'title', 'Anatomy'),
		'user', jsonb_build_object('ids', jsonb_build_object(CASE i % 3 WHEN 0 THEN 'api' WHEN 1 THEN 'lms' ELSE 'external' END, 'u-' || i),
			'firstName', 'Zoë' || chr(10) || i, 'lastName', E'B\\\\yron''s', 'email', 'u' || i || '@example.org'),
		'enrollment', jsonb_build_object('status', CASE i % 10 WHEN 9 THEN 'removed' ELSE 'active' END, 'role', CASE i % 7 WHEN 6 THEN 'instructor' ELSE 'learner' END))
		|| CASE WHEN i <= 9 THEN jsonb_build_object('exam', jsonb_build_object('ids', jsonb_build_object('external', 'e-' || i % 6), 'title', 'Final',
			'limitedScope', i % 2 = 0, 'configuration', jsonb_build_object('ids', 'k-' || i, 'type', CASE WHEN i >= 6 THEN 'accommodation' ELSE 'primary' END,
				'url', 'https://platform.test', 'access', '{"open": "2027-02-16T17:00:00Z", "close": "2027-02-20T17:00:00.000001Z"}'::jsonb,
				'duration', 60, 'password', 'p' || i, 'attempts', 2, 'proctorTypes', '{"TS4b894875d26194988853e490dfb9bc41": {}}'::jsonb,
				'permittedItems', '{"notes": {}}'::jsonb))) ELSE '{}' END)
	FROM generate_series(0, 300) AS i)};
my $call = qq{proctorlink.provision('$install', jsonb_build_object('idempotencyKey', 'k', 'items', $items || '[{"user": {}}]'))};
my $answer = from_json($session->do("SELECT $call"));
is($answer->{batch}{failed}, 1, 'there is something to dump') or diag(explain($answer->{batch}));
$session->do(qq{SELECT proctorlink.provision('$neighbour', $items)});

# A link that was used, and the token it gave.
my $used = $session->do(qq{SELECT proctorlink.provision('$install', '{"user": {"ids": {"external": "u-2"}}, "signon": {"integrationSid": "$integration->{sid}", "expiresIn": 3600}}') #>> '{signon,token}'});
$session->do(qq{SELECT proctorlink.redeem_signon('$used')});

# Sessions of every kind of past.
$session->do(q{
UPDATE proctorlink.exam_session SET status = 'Scheduled', appointment_at = '2027-02-17', reservation_id = exam_session_id::text WHERE hashtext(exam_session_id::text) % 2 = 0;
UPDATE proctorlink.exam_session SET status = 'In Progress', started_at = '2027-02-17 10:00' WHERE status = 'Scheduled' AND hashtext(exam_session_id::text) % 4 = 0;
UPDATE proctorlink.exam_session SET status = 'Closed', ended_at = '2027-02-17 11:00', score = 7.50, max_score = 10, passed_status = 'SATISFACTORY'
	WHERE status = 'In Progress' AND hashtext(exam_session_id::text) % 8 = 0;
INSERT INTO proctorlink.exam_session (install_id, exam_id, account_id, enrollment_id, attempt, status)
	SELECT install_id, exam_id, account_id, enrollment_id, 2, 'Scheduled' FROM proctorlink.exam_session WHERE status = 'Closed';
INSERT INTO proctorlink.hierarchy (install_id, parent_id, title, organisation_id)
	SELECT install_id, hierarchy_id, 'Faculty', 'F' FROM proctorlink.hierarchy WHERE is_root;
INSERT INTO proctorlink.hierarchy_access (install_id, hierarchy_id, account_id, view_reports)
	SELECT h.install_id, h.hierarchy_id, a.account_id, true FROM proctorlink.hierarchy h JOIN proctorlink.account a USING (install_id)
	WHERE h.is_root AND hashtext(a.account_id::text) % 20 = 0;
INSERT INTO proctorlink.accommodation (install_id, exam_id, candidate_ext_id)
	SELECT install_id, exam_id, 'somebody' FROM proctorlink.exam;
INSERT INTO proctorlink.account_share (install_id, account_id, with_account_id)
	SELECT install_id, account_id, lead(account_id) OVER (PARTITION BY install_id ORDER BY account_id) FROM proctorlink.account
	ORDER BY account_id LIMIT 3;
UPDATE proctorlink.account SET special_needs = true, reasonable_adjustment_percentage = 25, status = 'disabled' WHERE hashtext(account_id::text) % 5 = 0;
});
# limitedScope closed: sessions that were cancelled
$session->do(qq{SELECT proctorlink.provision('$install', '{"exam": {"ids": {"external": "e-1"}, "title": "Final", "limitedScope": true}}')});
# Schedules of every kind, and sessions on them, some with extra time
$session->do(q{
INSERT INTO proctorlink.account (install_id, candidate_ext_id, role) SELECT install_id, 'scheduler', 'scheduler' FROM proctorlink.install;
UPDATE proctorlink.install SET settings = settings || '{"defaultScheduler": "scheduler"}';
INSERT INTO proctorlink.integration (install_id, provider, redirect_url) SELECT install_id, 'proctoru', 'https://proctoru.test' FROM proctorlink.install;
UPDATE proctorlink.exam SET published = true;
INSERT INTO proctorlink.schedule (install_id, exam_id, external_id, starts_at, ends_at, attempts, hierarchy_id, integration_id, pin_code)
	SELECT x.install_id, x.exam_id, x.external_id || '-' || kind, '2090-01-02T10:00:00Z'::timestamptz - years, '2090-01-03T10:00:00.000001Z'::timestamptz - years, 2,
		CASE kind WHEN 'faculty' THEN h.hierarchy_id END, CASE kind WHEN 'proctoru' THEN i.integration_id END, CASE kind WHEN 'pin' THEN '12 34' END
	FROM proctorlink.exam x JOIN proctorlink.hierarchy h ON h.install_id = x.install_id AND h.organisation_id = 'F'
		JOIN proctorlink.integration i ON i.install_id = x.install_id AND i.provider = 'proctoru',
		(VALUES ('faculty', interval '0'), ('proctoru', '0'), ('pin', '0'), ('over', '80 years')) AS kinds (kind, years);
UPDATE proctorlink.exam_session e SET schedule_id = s.schedule_id FROM proctorlink.schedule s
	WHERE s.install_id = e.install_id AND s.exam_id = e.exam_id AND s.external_id ~ (ARRAY['faculty', 'proctoru', 'pin', 'over'])[1 + abs(hashtext(e.account_id::text) % 4)]
		AND hashtext(e.exam_session_id::text) % 3 <> 0
		AND (s.integration_id IS NULL OR NOT EXISTS (SELECT FROM proctorlink.account a WHERE a.account_id = e.account_id AND a.special_needs));
});
# People at a provider, and bookings, some of which were moved
$session->do(q{
INSERT INTO proctorlink.provider_account (install_id, integration_id, user_id, account_id, student_id)
	SELECT install_id, integration_id, 'pu-' || candidate_ext_id, CASE WHEN hashtext(account_id::text) % 3 = 0 THEN account_id END, candidate_ext_id
	FROM proctorlink.account JOIN proctorlink.integration USING (install_id) WHERE provider = 'proctoru';
UPDATE proctorlink.exam_session e SET integration_id = s.integration_id, reservation_no = 1 + abs(hashtextextended(e.exam_session_id::text, 0) % 1000000000000)
	FROM proctorlink.schedule s WHERE s.install_id = e.install_id AND s.schedule_id = e.schedule_id AND s.integration_id IS NOT NULL;
INSERT INTO proctorlink.former_reservation (install_id, reservation_no, exam_session_id)
	SELECT install_id, reservation_no + 1, exam_session_id FROM proctorlink.exam_session WHERE hashtext(exam_session_id::text) % 3 = 1 AND reservation_no IS NOT NULL;
});
# What ProctorU reported, bodies of any bytes, some of people who were erased
$session->do(q{
INSERT INTO proctorlink.webhook_rule (install_id, event_type, integration_id, status)
	SELECT install_id, 'begun', CASE WHEN own THEN integration_id END, CASE WHEN own THEN 'In Progress' END
	FROM proctorlink.integration, unnest(ARRAY[true, false]) own WHERE provider = 'proctoru';
INSERT INTO proctorlink.webhook (install_id, integration_id, body_sha256, event_type, exam_session_id, wanted_status, status, result)
	SELECT install_id, integration_id, sha256(exam_session_id::text::bytea), 'begun', exam_session_id, 'In Progress', status, 'not allowed'
	FROM proctorlink.exam_session WHERE integration_id IS NOT NULL;
INSERT INTO proctorlink.webhook_body (install_id, webhook_id, body)
	SELECT install_id, webhook_id, CASE WHEN hashtext(webhook_id::text) % 2 = 0 THEN '\\x00ff'::bytea || body_sha256 END FROM proctorlink.webhook;
});
# Some who were erased
$session->do(qq{
INSERT INTO proctorlink.account (install_id, candidate_ext_id, api_id) SELECT proctorlink.sid_uuid('$install'), 'gone-' || n, 'api-' || n FROM generate_series(1, 5) n;
BEGIN;
SELECT proctorlink.use_install('$install');
SELECT count(proctorlink.erase_candidate('gone-' || n, 'request 1')) FROM generate_series(1, 5) n;
COMMIT;
});
# what stands now contradicts a rule that came later: history is not judged
$session->do(q{
UPDATE proctorlink.exam_configuration SET attempts = 1;
UPDATE proctorlink.schedule SET attempts = 1 WHERE external_id LIKE '%-pin';
UPDATE proctorlink.role SET may_schedule = false WHERE title = 'scheduler';
UPDATE proctorlink.hierarchy SET archived = true WHERE organisation_id = 'F';
INSERT INTO proctorlink.schedule (install_id, exam_id, external_id, starts_at, integration_id, pin, created_at)
	SELECT install_id, exam_id, 'history', '2090-01-02T10:00:00Z', integration_id, true, '2020-01-01T00:00:00Z' FROM proctorlink.exam
		JOIN proctorlink.integration USING (install_id) WHERE external_id = 'e-2' AND provider = 'proctoru';
});

# Of an event all but its place, which is another where it is restored.
my $digest = q{
SELECT string_agg(format('%s: %s rows %s', c.relname, x[1], x[2]), chr(10) ORDER BY c.relname)
FROM pg_class c, LATERAL (SELECT regexp_match(query_to_xml(format(
		'SELECT count(*) || chr(32) || coalesce(md5(string_agg(t::text, chr(10) ORDER BY t::text COLLATE "C")), $$-$$) AS digest FROM (SELECT (to_jsonb(t) - $$place$$)::text AS t FROM proctorlink.%I t) t', c.relname), false, true, '')::text,
		'(\d+) (\w+|-)') AS x) q
WHERE c.relnamespace = 'proctorlink'::regnamespace AND c.relkind = 'r'};
my $expected = $session->do($digest);
is(() = $expected =~ /^\w+: [1-9]\d* rows \w{32}$/mg, $session->do(q{SELECT count(*) FROM pg_class WHERE relnamespace = 'proctorlink'::regnamespace AND relkind = 'r'}),
	'no table is empty') or diag($expected);
like($session->do(q{SELECT string_agg(DISTINCT status, ',' ORDER BY status) FROM proctorlink.exam_session}), qr/^Cancelled,Closed,In Progress,Needs Proctor,Scheduled$/,
	'sessions of all kinds');
is($session->do(q{SELECT string_agg(kind, ',' ORDER BY kind COLLATE "C")
	FROM (SELECT split_part(s.external_id, '-', 3) || ' ' || max(s.extra_time_minutes) AS kind FROM proctorlink.schedule s JOIN proctorlink.exam_session USING (install_id, schedule_id)
		GROUP BY split_part(s.external_id, '-', 3)) AS kinds}),
	'faculty 15,over 0,pin 15,proctoru 0', 'and sessions on schedules of all kinds');

# What a check finds; events in the order in which they are told.
my $broken = q{SELECT coalesce(string_agg(check_name || ' ' || rows, ', '), 'nothing') FROM proctorlink.post_restore() WHERE rows <> 0};
my $told = qq{DO \$\$ BEGIN PERFORM proctorlink.use_install('$install'); END \$\$; SELECT string_agg(sid, ' ') FROM proctorlink.events_since(%s, 10000)};
sub told
{
	my ($session, $since) = @_;

	return $session->do("BEGIN; " . sprintf($told, defined $since ? "'$since'" : 'NULL') . "; COMMIT");
}
my $contradiction = $session->do($broken);
is($contradiction, 'proctoru_exam_without_other_security 2', 'nothing is broken but by history, which is not judged');
my $events = told($session);
cmp_ok(scalar(split(/ /, $events)), '>', 4, 'there are events to tell');
my $read = (split(/ /, $events))[1];

my $dumps = $node->basedir;
my @environment = (PGHOST => $node->host, PGPORT => $node->port);
local %ENV = (%ENV, @environment);

# Restore in a way, into a database of that name, and compare.
sub compare
{
	my ($name, @commands) = @_;

	$node->safe_psql('postgres', "CREATE DATABASE $name");
	foreach my $command (@commands)
	{
		my $output = `($command) 2>&1`;

		is($?, 0, "$name: " . ($command =~ /^(\w+)/)[0]) or diag($output);
		unlike($output, qr/ERROR|error:/, "$name: without errors") if $command =~ /psql|pg_restore/;
	}
	my $restored = start_session($node, $name);
	is($restored->do($digest), $expected, "$name: every row of every table");
	is($restored->do($broken), $contradiction, "$name: all keys and rules hold as before");
	is(told($restored), $events, "$name: events are told in the same order");
	return $restored;
}

my $copy = compare('as_text', "pg_dump -f $dumps/text postgres", "psql -X -q -v ON_ERROR_STOP=1 -f $dumps/text as_text");

# The restored database knows what has been done, and goes on.
is_deeply([ map { $_->{user}{sid} } @{ from_json($copy->do("SELECT $call"))->{items} } ], [ map { $_->{user}{sid} } @{ $answer->{items} } ],
	'the same key gives the same answer');
my $again = from_json($copy->do("SELECT proctorlink.provision('$install', $items) -> 'batch'"));
is($again->{failed}, 0, 'the same items are accepted');
is($again->{created}, 0, 'and found');
is($copy->do(qq{SELECT proctorlink.provision('$install', '{"course": {"ids": {"external": "c-1"}}, "user": {"ids": {"external": "new"}, "firstName": "A", "lastName": "B", "email": "a\@b"}}')
	#>> '{enrollment,result}'}), 'Created', 'somebody new comes');
is($copy->do(q{SELECT count(*) FROM proctorlink.exam_session s JOIN proctorlink.account a USING (install_id, account_id) WHERE a.candidate_ext_id = 'new'}),
	$copy->do(q{SELECT count(*) FROM proctorlink.exam x JOIN proctorlink.course c USING (install_id, course_id) WHERE c.external_id = 'c-1' AND NOT limited_scope AND x.install_id = }
		. "proctorlink.sid_uuid('$install')"), 'and gets the sessions');
my $token = $copy->do(qq{SELECT proctorlink.provision('$install', '{"user": {"ids": {"external": "new"}}, "signon": {"integrationSid": "$integration->{sid}"}}') #>> '{signon,token}'});
like($token, qr/^ey.*\..*\./, 'and signs on');
is($copy->do(qq{SELECT proctorlink.redeem_signon('$token') #>> '{user,candidate_ext_id}'}), 'new', 'by a link that is good');
my ($status, undef, $refusal) = $node->psql('as_text', qq{SELECT proctorlink.redeem_signon('$used')});
like($refusal, qr/AUTHENTICATIONFAILED/, 'and a link that was used before is not');
# Schedules go on to be kept: somebody with extra time, and an exam that ProctorU delivers
is($copy->do(q{INSERT INTO proctorlink.account (install_id, candidate_ext_id, special_needs, reasonable_adjustment_percentage) SELECT install_id, 'slow', true, 50 FROM proctorlink.install;
	INSERT INTO proctorlink.exam_session (install_id, exam_id, schedule_id, account_id) SELECT install_id, exam_id, schedule_id, account_id FROM proctorlink.schedule s
		JOIN proctorlink.account a USING (install_id) WHERE s.external_id = 'e-4-pin' AND a.candidate_ext_id = 'slow';
	SELECT string_agg(extra_time_minutes::text, ',') FROM proctorlink.schedule WHERE external_id = 'e-4-pin'}), '30,30', 'restored schedules get more extra time');
is($copy->do(q{UPDATE proctorlink.exam SET pin = true; SELECT count(*) FROM proctorlink.exam WHERE pin}), '0', 'and keep a PIN off');
$copy->quit;

compare('as_inserts', "pg_dump --inserts -f $dumps/inserts postgres", "psql -X -q -v ON_ERROR_STOP=1 -f $dumps/inserts as_inserts")->quit;
compare('in_one', "pg_dump -Fc -f $dumps/custom postgres", "pg_restore --single-transaction -d in_one $dumps/custom")->quit;
compare('one_by_one', "pg_restore -d one_by_one $dumps/custom")->quit;
my $parallel = compare('in_parallel', "PGOPTIONS='-c session_replication_role=replica' pg_restore -j 4 -d in_parallel $dumps/custom");

# Who has read some of the events before goes on from there: the rest, and what is new.
is(told($parallel, $read), join(' ', (split(/ /, $events))[2 .. split(/ /, $events) - 1]), 'a reader goes on in the restored database');
$parallel->do(qq{SELECT proctorlink.define_role('$install', 'new', '{mark}')});
like(told($parallel, $read), qr/ EV\w{32}\z/, 'to what is new');
is(told($parallel, (split(/ /, told($parallel)))[-1]), '', 'and comes to an end');

# What breaks while nothing is asked, the check finds.
$parallel->do(q{
SET session_replication_role = replica;
DELETE FROM proctorlink.account WHERE candidate_ext_id = 'u-2';
UPDATE proctorlink.schedule SET hierarchy_id = proctorlink.uuid7() WHERE external_id LIKE '%-pin';
UPDATE proctorlink.exam SET published = false WHERE external_id = 'e-0';
RESET session_replication_role;
});
is($parallel->do(q{SELECT string_agg(check_name, ' ') FROM proctorlink.post_restore() WHERE rows <> 0
	AND check_name IN ('enrollment_account_fkey', 'exam_session_account_fkey', 'schedule_hierarchy_fkey', 'proctoru_exam_is_published', 'exam_owner_fkey')}),
	'enrollment_account_fkey exam_session_account_fkey schedule_hierarchy_fkey proctoru_exam_is_published', 'what is broken is found');
is($parallel->do(q{SELECT rows = (SELECT count(*) FROM proctorlink.schedule WHERE external_id LIKE '%-pin') FROM proctorlink.post_restore()
	WHERE check_name = 'schedule_hierarchy_fkey'}), 't', 'and counted');
$parallel->quit;
compare('again', "psql -X -q -c 'CREATE EXTENSION proctorlink' again", "pg_dump --data-only -t 'proctorlink.*' -f $dumps/data as_inserts",
	"psql -X -q -v ON_ERROR_STOP=1 -f $dumps/data again")->quit;

# ----------
# Who owns nothing may dump what may be read, and call what may be executed
# ----------

$session->do(q{
GRANT USAGE ON SCHEMA proctorlink TO app;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA proctorlink TO app;
GRANT SELECT, INSERT, UPDATE ON proctorlink.account, proctorlink.course, proctorlink.enrollment, proctorlink.exam,
	proctorlink.exam_configuration, proctorlink.exam_session TO app;
GRANT SELECT ON proctorlink.install, proctorlink.integration, proctorlink.role, proctorlink.hierarchy TO app;
});
my $app = start_session($node);
$app->do('SET SESSION AUTHORIZATION app');
is($app->do(qq{SELECT proctorlink.provision('$install', $items || '[{"course": {"ids": {"external": "c-2"}}, "user": {"ids": {"external": "app"}, "firstName": "A", "lastName": "B", "email": "a\@b"},
	"signon": {"integrationSid": "$integration->{sid}"}}]'::jsonb) #>> '{batch,created}'}), 2, 'a role that owns nothing provisions');
is($app->do(qq{SELECT proctorlink.provision('$install', '{"course": {"ids": {"external": "c-1"}}, "exam": {"ids": {"external": "e-1"}, "title": "Final", "configuration":
	{"ids": "k-1", "url": "https://platform.test", "access": {"open": "2027-02-16T17:00:00Z", "close": "2027-02-20T17:00:00Z"}, "duration": 60, "password": "other", "proctorTypes": {}}}}')
	#>> '{configuration,result}'}), 'Updated', 'and changes a password that it cannot read');
is($app->do('SELECT count(*) FROM proctorlink.exam_secret') // 'ended', '', 'which it cannot');
$app->quit;

# ----------
# A session whose plans are older than the extension
# ----------

$session->do(q{CREATE FUNCTION try() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	install text := proctorlink.create_install('University', 'https://platform.test');
	integration text := proctorlink.create_integration(install, 'other', 'https://other.test') ->> 'sid';
	answer jsonb;
BEGIN
	answer := proctorlink.provision(install, format('[{"course": {"ids": {"external": "c"}, "title": "A"}, "user": {"ids": {"external": "u"}, "firstName": "A", "lastName": "B", "email": "a@b"},
		"signon": {"integrationSid": "%s"}, "exam": {"ids": {"external": "e"}, "title": "F", "configuration": {"url": "https://platform.test", "access": {"open": "2027-02-16T17:00:00Z",
		"close": "2027-02-20T17:00:00Z"}, "duration": 60, "password": "p", "proctorTypes": {}}}}, {"user": {"ids": {"external": "v"}}}]', integration)::jsonb);
	RETURN (answer #>> '{batch,created}') || ' ' || (answer #>> '{batch,failed}') || ' ' || (SELECT count(*) FROM proctorlink.exam_session);
END $$});
$session->do('DROP EXTENSION proctorlink CASCADE; CREATE EXTENSION proctorlink');
foreach my $time ('first', 'second', 'third')
{
	is($session->do('SELECT try()'), '5 1 1', "the $time extension of a session works");
	$session->do('DROP EXTENSION proctorlink; CREATE EXTENSION proctorlink');
}
is($session->do('BEGIN; SELECT try(); DROP EXTENSION proctorlink; CREATE EXTENSION proctorlink; SELECT try(); COMMIT'), "5 1 1\n5 1 1", 'also within a transaction');
$session->quit;
stop_server($node);
done_testing();
