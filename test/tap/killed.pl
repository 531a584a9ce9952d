#
# killed.pl
#		A call that is cut off at any moment leaves nothing behind, and the same
#		call again does all of it.
#
use strict;
use warnings;

use Proctorlink;
use Test::More;
use Time::HiRes qw(sleep time);

my $node = start_server(restart_after_crash => 'on');
my $watcher = start_session($node);
my $install = $watcher->do(q{SELECT proctorlink.create_install('University', 'https://platform.test')});

$watcher->do(q{CREATE FUNCTION items() RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_agg(jsonb_build_object(
		'course', jsonb_build_object('ids', jsonb_build_object('external', 'c-' || i % 10), 'title', 'Anatomy'),
		'user', jsonb_build_object('ids', jsonb_build_object('external', 'u-' || i), 'firstName', 'Ada', 'lastName', 'Byron', 'email', 'a@example.org'))
		|| CASE WHEN i <= 10 THEN jsonb_build_object('exam', jsonb_build_object('ids', jsonb_build_object('external', 'e-' || i), 'title', 'Final',
			'configuration', '{"url": "https://platform.test", "access": {"open": "2027-02-16T17:00:00Z", "close": "2027-02-20T17:00:00Z"}, "duration": 60,
				"password": "p", "proctorTypes": {}}'::jsonb)) ELSE '{}' END)
	FROM generate_series(1, 10000) AS i $$;
CREATE TABLE payload AS SELECT jsonb_build_object('idempotencyKey', 'k', 'items', items()) AS body;
CREATE FUNCTION rows() RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', (SELECT count(*) FROM proctorlink.course), (SELECT count(*) FROM proctorlink.account), (SELECT count(*) FROM proctorlink.enrollment),
		(SELECT count(*) FROM proctorlink.exam), (SELECT count(*) FROM proctorlink.exam_configuration), (SELECT count(*) FROM proctorlink.exam_secret),
		(SELECT count(*) FROM proctorlink.exam_session), (SELECT count(*) FROM proctorlink.batch)) $$});
my $call = "SELECT (proctorlink.provision('$install', body) -> 'batch') - 'sid' FROM payload";
my $nothing = '0 0 0 0 0 0 0 0';
my $everything = '10 10000 10000 10 10 10 10000 1';

# How long it takes when nobody disturbs it.
$watcher->do("BEGIN; $call; ROLLBACK");
my $start = time;
is($watcher->do("BEGIN; $call; SELECT rows(); ROLLBACK") =~ s/.*\n//sr, $everything, 'undisturbed, it writes everything');
my $whole = time - $start;
is($watcher->do('SELECT rows()'), $nothing, 'and rolled back, nothing');

# Start the call in a session of its own, and end it after a while.
sub cut_off
{
	my ($how, $part) = @_;
	my $victim = start_session($node);
	my $pid = $victim->do('SELECT pg_backend_pid()');

	$victim->send_only($call);
	sleep($whole * $part);
	if ($how eq 'kill')
	{
		kill('KILL', $pid);
	}
	else
	{
		$watcher->do("SELECT pg_${how}_backend($pid)");
	}
	my $answer = $victim->wait_for // '';
	$victim->quit;
	return $answer;
}

my $cut = 0;
foreach my $how ('terminate', 'cancel')
{
	foreach my $part (0.1, 0.25, 0.4, 0.55, 0.7, 0.85)
	{
		my $answer = cut_off($how, $part);

		# It may have been quicker than we were.
		if ($answer eq '')
		{
			$cut++;
			is($watcher->do('SELECT rows()'), $nothing, "nothing is left after $how at $part");
		}
		else
		{
			is($watcher->do('SELECT rows()'), $everything, "the call was quicker than $how at $part");
			$watcher->do(q{TRUNCATE proctorlink.exam_session, proctorlink.exam_secret, proctorlink.exam_configuration, proctorlink.exam, proctorlink.enrollment,
				proctorlink.account, proctorlink.course, proctorlink.batch CASCADE});
		}
	}
}
cmp_ok($cut, '>=', 6, "$cut calls were cut off");

# One is killed outright, and the server recovers.
$watcher->quit;
{
	my $victim = start_session($node);
	my $pid = $victim->do('SELECT pg_backend_pid()');

	$victim->send_only($call);
	sleep($whole * 0.5);
	kill('KILL', $pid);
	$victim->wait_for;
	$victim->quit;
}
$node->poll_query_until('postgres', 'SELECT true') or die 'the server does not come back';
$watcher = start_session($node);
is($watcher->do('SELECT rows()'), $nothing, 'nothing is left after a crash');

# While one call runs, another with its key waits; cut off, it leaves the key
# to the other.
{
	my $victim = start_session($node);
	my $pid = $victim->do('SELECT pg_backend_pid()');
	my $second = start_session($node);

	$victim->send_only("BEGIN; $call; SELECT pg_sleep(60)");
	$node->poll_query_until('postgres', "SELECT wait_event = 'PgSleep' FROM pg_stat_activity WHERE pid = $pid") or die 'it does not run';
	$second->send_only($call);
	$node->poll_query_until('postgres', "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE $pid = ANY (pg_blocking_pids(pid)))") or die 'it does not wait';
	$watcher->do("SELECT pg_terminate_backend($pid)");
	is(from_json($second->wait_for)->{created}, 20030, 'who waited for the key does all of it');
	$victim->quit;
	$second->quit;
}
is($watcher->do('SELECT rows()'), $everything, 'everything is there, once');
is_deeply(from_json($watcher->do($call)), { status => 'completed', items => 10000, succeeded => 10000, failed => 0, created => 20030, updated => 0,
	found => 9990, removed => 0 }, 'the same call again gives the stored answer');
is($watcher->do('SELECT rows()'), $everything, 'and writes nothing');

$watcher->quit;
$node->stop;
done_testing();
