#
# hostile_scale.pl
#		Calls of the largest sizes, tables whose statistics mislead, documents
#		that nobody would send in earnest.
#
use strict;
use warnings;

use Proctorlink;
use Test::More;
use Time::HiRes qw(time);

my $node = start_server(autovacuum => 'off', checkpoint_timeout => '1h', max_wal_size => '8GB', shared_buffers => '256MB',
	log_min_error_statement => 'panic', log_error_verbosity => 'terse');

my $setup = q{
SELECT proctorlink.create_install('University', 'https://platform.test');
CREATE FUNCTION course(n integer) RETURNS jsonb IMMUTABLE LANGUAGE sql AS $$
	SELECT jsonb_build_object('ids', jsonb_build_object('external', 'c-' || n), 'title', 'Anatomy', 'code', 'A') $$;
CREATE FUNCTION person(n integer) RETURNS jsonb IMMUTABLE LANGUAGE sql AS $$
	SELECT jsonb_build_object('ids', jsonb_build_object('external', 'u-' || n), 'firstName', 'Ada', 'lastName', 'Byron',
		'email', 'u' || n || '@example.org') $$;
CREATE FUNCTION people(first integer, last integer) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_agg(jsonb_build_object('course', course(n % 10), 'user', person(n))) FROM generate_series(first, last) AS n $$;
CREATE FUNCTION exam(n integer) RETURNS jsonb IMMUTABLE LANGUAGE sql AS $$
	SELECT jsonb_build_object('course', course(n % 10), 'exam', jsonb_build_object('ids', jsonb_build_object('external', 'e-' || n), 'title', 'Final',
		'configuration', '{"url": "https://platform.test/1", "access": {"open": "2027-02-16T17:00:00Z", "close": "2027-02-20T17:00:00Z"},
			"duration": 60, "password": "p", "proctorTypes": {}}'::jsonb)) $$;
-- How a call ends: the counts of its answer, or the error.
CREATE FUNCTION outcome(payload jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
	answer jsonb;
BEGIN
	answer := proctorlink.batch_provision(payload);
	RETURN concat_ws(' ', answer #>> '{batch,status}', answer #>> '{batch,created}', answer #>> '{batch,updated}', answer #>> '{batch,found}',
		answer #>> '{batch,failed}');
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	RETURN concat_ws(' ', SQLSTATE, SQLERRM, CASE WHEN length(detail) > 3000 THEN 'at length' END, substring(detail from '^(/[^:]*):'));
END $$;
};

# A session in a database of its own.
sub new_database
{
	my ($name) = @_;

	$node->safe_psql('postgres', "CREATE DATABASE $name");
	$node->safe_psql($name, "CREATE EXTENSION proctorlink; $setup");
	return start_session($node, $name);
}

my $session;
sub timed
{
	my ($sql) = @_;
	my $start = time;
	my $answer = $session->do($sql);

	return ($answer, time - $start);
}
sub outcome
{
	my ($payload) = @_;

	return $session->do("SELECT outcome($payload)");
}

# ----------
# 100,000 items
# ----------

$session = new_database('large');
$session->do('CREATE TABLE payload (name text, body jsonb); ALTER TABLE payload ALTER body SET STORAGE EXTERNAL');
$session->do(q{INSERT INTO payload VALUES ('small', people(1, 10000)), ('large', people(10001, 110000)),
	('one', (SELECT jsonb_agg(jsonb_build_object('course', course(1), 'user', person(1))) FROM generate_series(1, 100000))),
	('broken', (SELECT jsonb_agg('{"course": {"ids": {}, "titel": 1}, "user": {"ids": {"sid": "x"}, "email": 7}, "enrollment": {"role": "x"}}'::jsonb)
		FROM generate_series(1, 100000)))});
sub stored { return "(SELECT body FROM payload WHERE name = '$_[0]')" }

my ($answer, $small) = timed('SELECT outcome(' . stored('small') . ')');
is($answer, 'completed 20010 0 9990 0', '10,000 items');
($answer, my $large) = timed('SELECT outcome(' . stored('large') . ')');
is($answer, 'completed 200000 0 100000 0', '100,000 items');
cmp_ok($large, '<', 4 * 10 * $small, sprintf('take %.1f times as long', $large / $small));
($answer, my $found) = timed('SELECT outcome(' . stored('large') . ')');
is($answer, 'completed 0 0 300000 0', 'the same again finds everything');
cmp_ok($found, '<', $large, 'in less time');
is($session->do('SELECT count(*) FROM proctorlink.account'), 110000, 'all are there');
is($session->do('SELECT count(*) FROM proctorlink.enrollment'), 110000, 'and enrolled');
is(outcome(stored('one')), 'completed 0 0 300000 0', '100,000 times the same item');
is(outcome(stored('broken')), 'failed 0 0 0 100000', '100,000 broken items');
is(outcome(q{jsonb_build_object('atomic', true, 'items', } . stored('large') . q{ || '[{}]')}), 'PT413 LIMITEXCEEDED', '100,001 items are too many');
is(outcome(q{(SELECT jsonb_agg(1) FROM generate_series(1, 100001))}), 'PT413 LIMITEXCEEDED', 'in an array as well');
is(outcome(q{jsonb_build_object('atomic', true, 'items', people(200001, 299999) || '[{}]')}), 'failed 0 0 0 1', 'the last of 100,000 spoils an atomic batch');
is($session->do('SELECT count(*) FROM proctorlink.account'), 110000, 'which leaves nothing');

# 100,000 exams of 10 courses with 110,000 learners would be too much of a good
# thing; 20 that are open at once are not.
is(outcome(q{(SELECT jsonb_agg(exam(n)) FROM generate_series(1, 5) AS n)}), 'completed 10 0 5 0', 'exams for all learners');
is($session->do('SELECT count(*) FROM proctorlink.exam_session'), 55000, 'all of them get their sessions');

# settings
is($session->do(q{SET proctorlink.max_items = 10; SELECT outcome(people(1, 10)); SELECT outcome(people(1, 11)); SELECT proctorlink.limits() ->> 'items'; RESET proctorlink.max_items}),
	"completed 0 0 30 0\nPT413 LIMITEXCEEDED\n10", 'max_items');
is($session->do(q{SET proctorlink.max_payload_bytes = '1MB'; SELECT outcome(people(1, 100)); SELECT outcome(people(1, 10000)); RESET proctorlink.max_payload_bytes}),
	"completed 0 0 300 0\nPT413 LIMITEXCEEDED", 'max_payload_bytes');
$session->quit;

# ----------
# Tables without statistics, with misleading ones, and with plans of that time
# ----------

# Each takes 10,000 people into 10 courses that have 20 open exams, lets them
# go, takes them back, and closes and opens the exams.
my @jobs = (
	[ 'people', 'people(1001, 11000)', 'completed 20000 0 10000 0' ],
	[ 'people again', 'people(1001, 11000)', 'completed 0 0 30000 0' ],
	[ 'people removed', q{(SELECT jsonb_agg(item || '{"enrollment": {"status": "removed"}}') FROM jsonb_array_elements(people(1001, 11000)) AS item)},
		'completed 0 10000 20000 0' ],
	[ 'people back', 'people(1001, 11000)', 'completed 0 10000 20000 0' ],
	[ 'exams closed', q{(SELECT jsonb_agg(jsonb_set(exam(n), '{exam,limitedScope}', 'true')) FROM generate_series(1, 20) AS n)}, 'completed 0 20 40 0' ],
	[ 'exams opened', q{(SELECT jsonb_agg(jsonb_set(exam(n), '{exam,limitedScope}', 'false')) FROM generate_series(1, 20) AS n)}, 'completed 0 20 40 0' ]);
my %took;
foreach my $case ('known', 'fresh', 'misled')
{
	$session = new_database($case);
	if ($case eq 'known')
	{
		is(outcome('people(20001, 21000)'), 'completed 2010 0 990 0', 'people to learn from');
	}
	elsif ($case eq 'misled')
	{
		$session->do('ANALYZE');
		$session->do("SELECT outcome(people($_, $_)), outcome(exam($_))") foreach 1 .. 20;
		$session->do("SELECT outcome(jsonb_build_object('user', person($_)))") foreach 1 .. 20;
	}
	$session->do(q{SELECT outcome((SELECT jsonb_agg(exam(n)) FROM generate_series(1, 20) AS n))});
	if ($case eq 'known')
	{
		$session->do('ANALYZE');
		$session->quit;
		$session = start_session($node, $case);
	}
	foreach my $job (@jobs)
	{
		my ($name, $payload, $expected) = @$job;

		($answer, $took{$case}{$name}) = timed("SELECT outcome($payload)");
		is($answer, $expected, "$case: $name");
		$session->do('ANALYZE') if $case eq 'known';
	}
	is($session->do(q{SELECT count(*) FROM proctorlink.exam_session s JOIN proctorlink.account a USING (install_id, account_id)
		WHERE substr(candidate_ext_id, 3)::integer BETWEEN 1001 AND 11000 AND s.status <> 'Cancelled'}), 20000, "$case: who has a session");
	$session->quit;
}
foreach my $case ('fresh', 'misled')
{
	foreach my $name (map { $_->[0] } @jobs)
	{
		cmp_ok($took{$case}{$name}, '<', 5 * $took{known}{$name} + 1,
			sprintf('%s: %s in %.2f s, where the tables are well known in %.2f s', $case, $name, $took{$case}{$name}, $took{known}{$name}));
	}
}

# ----------
# Documents
# ----------

$session = new_database('documents');

# 200 MB
is(outcome(q{(SELECT jsonb_agg(jsonb_build_object('course', course(n), 'exam', jsonb_build_object('ids', '{"external": "e"}'::jsonb, 'title', 'x',
	'description', repeat('0123456789', 100000)))) FROM generate_series(1, 200) AS n)}), 'failed 0 0 0 200', '200 MB in 200 items');
is(outcome(q{jsonb_build_object('course', course(1), 'user', jsonb_build_object('ids', '{"external": "u"}'::jsonb,
	'firstName', repeat('0123456789', 20000000)))}), 'PT400 INVALIDINPUT /user/firstName', '200 MB in one string');
is(outcome(q{(SELECT jsonb_object_agg('key ' || n, 'value') FROM generate_series(1, 2000000) AS n)}), 'PT400 INVALIDINPUT /key 1', 'two million unknown keys')
  or diag(outcome(q{(SELECT jsonb_object_agg('key ' || n, 'value') FROM generate_series(1, 2000000) AS n)}));

# 10,000 deep
$session->do('CREATE TABLE deep AS SELECT (repeat(\'[\', 10000) || repeat(\']\', 10000))::jsonb AS arrays,
	(repeat(\'{"course":\', 10000) || \'1\' || repeat(\'}\', 10000))::jsonb AS objects');
foreach my $deep ('(SELECT arrays FROM deep)', '(SELECT objects FROM deep)')
{
	like(outcome($deep), qr/^(failed 0 0 0 1|PT400 INVALIDINPUT \/course\S*)$/, "10,000 deep: $deep");
	foreach my $path ('course', 'course,ids', 'course,title', 'user', 'enrollment', 'enrollment,role', 'exam', 'exam,configuration', 'exam,configuration,ids',
		'exam,configuration,access', 'exam,configuration,proctorTypes', 'exam,configuration,proctorTypes,TS4b894875d26194988853e490dfb9bc41',
		'exam,configuration,permittedItems', 'exam,configuration,notes', 'signon', 'unknown')
	{
		like(outcome(qq{jsonb_set(exam(1) || jsonb_build_object('user', person(1), 'enrollment', '{}'::jsonb), '{$path}', $deep)}),
			qr/^PT400 INVALIDINPUT \//, "at $path");
	}
	like(outcome(qq{jsonb_build_object('items', $deep)}), qr/^(failed 0 0 0 1|PT400 INVALIDINPUT \/items)$/, 'as items');
	is(outcome(qq{jsonb_build_object('idempotencyKey', 'k', 'items', jsonb_build_array($deep))}), 'failed 0 0 0 1', 'in a call with a key');
	is(outcome(qq{jsonb_build_object('items', '[]'::jsonb, 'complete', $deep)}) =~ s/ \/complete.*//r, 'PT400 INVALIDINPUT', 'as complete');
}

# 1,000,000 characters, where a text may stand and where none may
my $long = q{to_jsonb(repeat('é', 1000000))};
foreach my $path ('course,ids,external', 'course,ids,api', 'course,ids,lms', 'course,ids,sid', 'course,title', 'course,code', 'user,ids,external',
	'user,ids,sid', 'user,firstName', 'user,lastName', 'user,email', 'user,currencyCode', 'user,timeZone', 'enrollment,role', 'enrollment,status',
	'exam,ids,external', 'exam,title', 'exam,description', 'exam,type', 'exam,practice', 'exam,limitedScope', 'exam,deliverySystem',
	'exam,configuration,ids', 'exam,configuration,type', 'exam,configuration,url', 'exam,configuration,access,open', 'exam,configuration,access,close',
	'exam,configuration,duration', 'exam,configuration,password', 'exam,configuration,attempts', 'exam,configuration,proctorTypes')
{
	my $pointer = '/' . ($path =~ s{,}{/}gr);

	is(outcome(qq{jsonb_set(exam(1) || jsonb_build_object('user', person(1), 'enrollment', '{}'::jsonb), '{$path}', $long)}),
		"PT400 INVALIDINPUT $pointer", "1,000,000 characters at $pointer");
}
is(outcome(qq{jsonb_build_object('course', course(1), repeat('k', 1000000), 1)}) =~ s/k+.*/k/r, 'PT400 INVALIDINPUT /k', 'a key of 1,000,000 characters');
is(outcome(qq{jsonb_build_object('items', '[]'::jsonb, 'idempotencyKey', $long)}), 'PT400 INVALIDINPUT /idempotencyKey', 'an idempotency key');
is(outcome(qq{jsonb_build_object('items', '[]'::jsonb, 'installSid', $long)}) =~ s/ \/installSid$//r, 'PT400 INVALIDINPUT', 'an installSid');
is($session->do(q{SELECT count(*) FROM proctorlink.course}) + $session->do(q{SELECT count(*) FROM proctorlink.account}), 0, 'nothing of it all was written');

$session->quit;
stop_server($node);
done_testing();
