#
# concurrent.pl
#		Many sessions provision the same few people, courses and exams at once.
#		Nobody sees a deadlock, nothing comes twice, everybody has the sessions
#		that are theirs.
#
use strict;
use warnings;

use JSON::PP ();
use Proctorlink;
use Test::More;
use Time::HiRes qw(time);

my $seed = $ENV{PROCTORLINK_SEED} // 1;
my $seconds = $ENV{PROCTORLINK_SECONDS} // 12;

srand($seed);
sub one_of { return $_[ int(rand(@_)) ] }

my $node = start_server(deadlock_timeout => '50ms', max_connections => 30);
my $watcher = start_session($node);
my $install = $watcher->do(q{SELECT proctorlink.create_install('University', 'https://platform.test')});

# How a call ends: its status, or the error.
$watcher->do(qq{CREATE FUNCTION call(payload jsonb) RETURNS text LANGUAGE plpgsql AS \$\$
BEGIN
	RETURN proctorlink.provision('$install', payload) #>> '{batch,status}';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END \$\$});

# A person by one of three kinds of ids, in one of three courses, or an exam
# that opens or closes.
sub item
{
	my $course = { ids => { external => 'c-' . int(rand(3)) }, title => one_of('Anatomy', 'Biology') };

	if (rand() < 0.25)
	{
		my $number = int(rand(6));

		return { course => { %$course, ids => { external => 'c-' . $number % 3 } },
			exam => { ids => { external => "e-$number" }, title => 'Final', limitedScope => one_of(JSON::PP::true, JSON::PP::false),
				configuration => { url => 'https://platform.test', access => { open => '2027-02-16T17:00:00Z', close => '2027-02-20T17:00:00Z' },
					duration => one_of(60, 90), password => one_of('a', 'b'), proctorTypes => {} } } };
	}
	my $number = int(rand(20));
	my %ids = (external => "u-$number", api => "a-" . 7 * $number % 20, lms => "l-" . 13 * $number % 20);
	my @kinds = rand() < 0.5 ? one_of(keys %ids) : one_of([qw(external api)], [qw(api lms)], [qw(external api lms)]);
	@kinds = map { ref $_ ? @$_ : $_ } @kinds;
	return { course => $course, user => { ids => { map { $_ => $ids{$_} } @kinds }, firstName => one_of('Ada', 'Grace'), lastName => 'Byron',
			email => 'a@example.org' }, enrollment => { status => one_of('active', 'active', 'removed'), role => one_of('learner', 'learner', 'instructor') } };
}

my @sessions = map { start_session($node) } 1 .. 6;
my (%ends, $calls);
my $until = time + $seconds;
while (time < $until)
{
	foreach my $session (@sessions)
	{
		my $items = to_json([ map { item() } 1 .. 1 + int(rand(25)) ]);

		$session->send_only(qq{SELECT call(\$items\$$items\$items\$)});
	}
	foreach my $session (@sessions)
	{
		$ends{ $session->wait_for }++;
		$calls++;
	}
}
$_->quit foreach @sessions;

# So many on so few rows may be told to try again; that is all that they see.
my $busy = delete $ends{'PT503 BUSY'} // 0;
my @errors = grep { !/^(completed|completed_with_errors|failed)$/ } sort keys %ends;
is_deeply(\@errors, [], "$calls calls, none of which sees a deadlock") or diag(explain(\%ends));
cmp_ok($busy, '<', $calls / 3, "$busy found others too busy");
cmp_ok($ends{completed} // 0, '>', 0, 'some without any refusal');

is($watcher->do(q{SELECT count(*) FROM proctorlink.account}) <= 60 ? 'few' : 'many', 'few', 'nobody comes twice');
is($watcher->do(q{SELECT count(*) FROM proctorlink.course}), 3, 'no course comes twice');
is($watcher->do(q{SELECT count(*) FROM proctorlink.exam}), 6, 'nor an exam');
is($watcher->do(q{SELECT count(*) FROM proctorlink.exam_configuration k WHERE NOT EXISTS (SELECT FROM proctorlink.exam_secret s
	WHERE s.exam_configuration_id = k.exam_configuration_id)}), 0, 'every configuration has its password');
is($watcher->do(q{SELECT count(*) FROM proctorlink.exam x JOIN proctorlink.exam_configuration k USING (install_id, exam_id)
	WHERE k.type = 'primary' AND x.duration_minutes IS DISTINCT FROM k.duration_minutes}), 0, 'every exam lasts as its configuration does');

# Who should have a session of what, and who has.
is($watcher->do(q{
WITH due AS (
	SELECT x.exam_id, n.account_id FROM proctorlink.exam x JOIN proctorlink.enrollment n USING (install_id, course_id)
	WHERE NOT x.limited_scope AND n.role = 'learner' AND n.status = 'active'),
live AS (SELECT exam_id, account_id FROM proctorlink.exam_session WHERE status <> 'Cancelled')
SELECT (SELECT count(*) FROM (TABLE due EXCEPT ALL TABLE live) missing) || ' missing, '
	|| (SELECT count(*) FROM (TABLE live EXCEPT ALL TABLE due) left_over) || ' left over'}), '0 missing, 0 left over', 'sessions are as they should be');
cmp_ok($watcher->do(q{SELECT count(*) FROM proctorlink.exam_session WHERE status <> 'Cancelled'}), '>', 0, 'there are some');

$watcher->quit;
stop_server($node);
done_testing();
