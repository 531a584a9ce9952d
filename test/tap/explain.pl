#
# explain.pl
#		explain_schedule says of thousands of random bodies of POST /schedule what
#		eapi_create_schedule then does, and writes nothing: valid ones, broken in
#		one way or several, in a database that does not stand still.
#
use strict;
use warnings;

use File::Basename qw(dirname);
use JSON::PP ();
use POSIX qw(strftime);
use Proctorlink;
use PostgreSQL::Test::Utils;
use Test::More;

my $seed = $ENV{PROCTORLINK_SEED} // 20320301;
my $bodies = $ENV{PROCTORLINK_BODIES} // 3600;
my $true = JSON::PP::true;
my $false = JSON::PP::false;

srand($seed);

sub one_in { return int(rand($_[0])) == 0 }
sub one_of { return $_[ int(rand(@_)) ] }

# Far from now, on either side or on both; so that it does not matter when a
# test runs.
my $today = int(time / 86400) * 86400;

# JSON that no encoding can spoil.
sub ascii { return to_json($_[0]) =~ s/([^\x00-\x7f])/sprintf('\\u%04x', ord($1))/ger }
sub day { return strftime('%Y-%m-%dT%H:%M:%SZ', gmtime($today + $_[0] * 86400)) }

# ----------
# Random bodies
# ----------

# A window: what starts, and what ends, which may be left out.
my @windows = (
	[ '2032-03-01T09:00:00.000Z', undef ],
	[ '2032-03-01T09:00:00Z', undef ],
	[ '2032-03-01T09:00:00Z', '2032-03-01T10:00:00.000001Z' ],
	[ '2032-03-01T09:00:00Z', '2032-03-01T12:00:00+01:00' ],
	[ '2032-03-01T09:00:00', '2032-03-02T09:00:00' ],
	[ '2028-02-29T10:00:00Z', '2030-02-28T10:00:00Z' ],
	[ '2032-03-01T09:00:00Z', '2034-03-01T09:00:00Z' ],
	[ '2020-03-01T09:00:00Z', '2020-03-01T12:00:00Z' ],
	[ day(-30), day(300) ],
	[ day(-30), day(200) ]);
my @odd_windows = (
	[ '2032-03-01T09:00:00Z', '2032-03-01T10:00:00Z' ],
	[ '2032-03-01T09:00:00Z', '2032-03-01T10:30:00Z' ],
	[ '2032-03-01T09:00:00Z', '2032-03-01T08:00:00Z' ],
	[ '2032-03-01T09:00:00Z', '2032-03-01T09:00:00Z' ],
	[ '2028-02-29T10:00:00Z', '2030-02-28T10:00:00.000001Z' ],
	[ '2028-02-29T10:00:00Z', '2031-01-01T00:00:00Z' ],
	[ '0001-01-01T00:00:00Z', undef ],
	[ '9999-12-31T23:59:59Z', undef ],
	[ '9999-12-31T22:00:00Z', '9999-12-31T23:59:59Z' ],
	[ 'tomorrow', undef ],
	[ '2032-02-30T00:00:00Z', '2032-03-01T25:00:00Z' ],
	[ undef, '2032-03-01T09:00:00Z' ],
	[ 20320301, 20320302 ]);

# Made anew each time, since a body may be broken at several places.
sub odd { return (undef, '', 7, '7', 'x', ' x', 'x ', 'a b', "a\tb", "a\x{a0}b", "\x{200b}", 1e30, -1, 0, 1.5, $true, [], {}, [ [] ],
	{ a => 1 }, 'y' x 64, 'y' x 65, 'y' x 101, 'y' x 501) }

sub candidate
{
	my ($number) = @_;
	my $id = one_in(12) ? one_of('boss', 'deputy', 'clerk', 'p-1', 'p-2', 'p-3', '@account candidate_ext_id_defaulted@')
	  : "u-$number";
	my $candidate = { CandidateExtId => $id, FirstName => one_of('A', 'Ada'), LastName => one_of('B', 'Byron'),
		Email => one_of('a@example.org', 'ada@example.org') };

	$candidate->{UserName} = one_of($id, $id, "n-$id", 'x-2', 'boss', 'n-u-' . int(rand(40)), 'u-' . int(rand(40))) if one_in(8);
	if (one_in(6))
	{
		$candidate->{SpecialNeeds} = one_of($true, $true, $false, 'true', 'FALSE', 1, undef);
		$candidate->{ReasonableAdjustmentPercentage} = one_of(1, 20, '25', 21, 100, undef) if one_in(2);
	}
	$candidate->{ReasonableAdjustmentPercentage} = 10 if one_in(60);
	return $candidate;
}

sub candidates
{
	my $many = one_in(60) ? 150 + int(rand(200)) : one_in(8) ? 12 : one_in(10) ? 0 : 1 + int(rand(4));
	my %seen;

	return [ grep { !$seen{ $_->{CandidateExtId} }++ || one_in(40) } map { candidate(int(rand($many > 20 ? 900 : one_of(40, 400)))) } 1 .. $many ];
}

# A body that nothing is wrong with, if what it names can be had.
sub body
{
	my ($start, $end) = @{ one_of(@windows) };
	my $id = int(rand(120));
	my $schedule = { AssessmentExtId => one_of('E-1', 'E-9', 'E-2'), StartDateTime => $start,
		GroupExtId => one_of('law', 'law', 'med', 'old', '@hierarchy is_root@', (one_in(6) ? '@elsewhere hierarchy is_root@' : ()), 'g-' . int(rand(30))), GroupName => one_of('Law', 'New') };
	my $body = { Schedule => $schedule, Candidates => candidates() };

	if (!one_in(3))
	{
		# mostly of the exam that it had before
		$schedule->{ScheduleExtId} = "s-$id";
		$schedule->{AssessmentExtId} = (qw(E-1 E-9 E-2))[ $id % 3 ] unless one_in(12);
		$body->{Upsert} = one_of($true, $true, $true, $true, 'true', 1, $false, undef) unless one_in(8);
	}
	$schedule->{EndDateTime} = $end if defined $end;
	$schedule->{EndDateTime} //= '2032-03-05T00:00:00Z' if $schedule->{AssessmentExtId} eq 'E-2' && !one_in(4);
	$schedule->{Title} = one_of('Title', undef, 'T') if one_in(4);
	$schedule->{Owner} = one_of('boss', 'deputy', '@account candidate_ext_id = \'deputy\'@') if one_in(5);
	$schedule->{PIN} = one_of('1234', 4711, undef) if one_in(12);
	$schedule->{ExtraTime} = one_of(0, 10, '20', undef) if one_in(8);
	if (one_in(4))
	{
		$schedule->{ScheduleGroupExtId} = one_of('law', 'law', 'med', $schedule->{GroupExtId}, 'h-' . int(rand(30)),
			'@hierarchy is_default@', '@hierarchy organisation_id IS NULL AND NOT is_root@');
		$schedule->{ScheduleGroupName} = 'Of schedules' unless one_in(8);
	}
	$schedule->{LockExamOnConnectionLoss} = $true if one_in(20);
	if (one_in(6))
	{
		$body->{Workflow} = one_of('EXTERNAL_ATTEMPTS', 'EXTERNAL_ATTEMPTS', 'DEFAULT', undef);
		foreach (@{ $body->{Candidates} })
		{
			$_->{AttemptExtId} = one_of('at-' . int(rand(30)), 'at-1', undef, 7) if one_in(2) && ($body->{Workflow} // '') ne 'DEFAULT';
		}
	}
	return $body;
}

# One way to break it.
my @breaks = (
	sub { $_[0]{Schedule}{AssessmentExtId} = one_of('E-3', 'E-4', 'E-6', 'E-7', 'E-8', 'E 5', 'E' x 65, 'E-1 ', odd()) },
	sub { @{ $_[0]{Schedule} }{qw(StartDateTime EndDateTime)} = @{ one_of(@odd_windows) } },
	sub { $_[0]{Schedule}{ one_of(qw(AssessmentExtId StartDateTime GroupExtId GroupName)) } = one_of(undef, '') },
	sub { delete $_[0]{Schedule}{ one_of(qw(AssessmentExtId StartDateTime GroupExtId GroupName EndDateTime)) } },
	sub { $_[0]{Schedule}{ScheduleGroupExtId} = one_of('old', 'closed', 'nowhere', '@elsewhere hierarchy organisation_id IS NOT NULL@', 'HG' . '0f' x 16) },
	sub { $_[0]{Schedule}{Owner} = one_of('clerk', 'nobody', 'p-1', 'x-2', '@account candidate_ext_id = \'clerk\'@') },
	sub { $_[0]{Schedule}{ExtraTime} = one_of(1000, 1000000, 1000001, -1, 1.5, 1e30, '10000000000000000000') },
	sub { $_[0]{Schedule}{ one_of(qw(Title ScheduleExtId PIN Owner GroupExtId GroupName ScheduleGroupExtId ScheduleGroupName ExtraTime)) } = one_of(odd()) },
	sub { $_[0]{ one_of(qw(Workflow Upsert Schedule Candidates)) } = one_of(odd()) },
	sub { $_[0]{Candidates} = [ candidate(1), candidate(2), one_of(odd()) ] },
	sub { $_[0]{Schedule}{Colour} = one_of(odd()); $_[0]{Colour} = one_of(odd()) },
	map {
		my $member = $_;
		sub {
			my $list = $_[0]{Candidates};

			return if ref $list ne 'ARRAY' || !@$list || ref $list->[-1] ne 'HASH';
			one_in(4) ? delete $list->[-1]{$member} : ($list->[-1]{$member} = one_of(odd(), 'boss', 'u-1'));
		}
	} qw(CandidateExtId UserName FirstName LastName Email AttemptExtId SpecialNeeds ReasonableAdjustmentPercentage Password));

sub broken
{
	my $body = body();

	foreach (1 .. one_of(1, 1, 1, 2, 3, 5))
	{
		one_of(@breaks)->($body) if ref $body->{Schedule} eq 'HASH';
	}
	return one_in(80) ? one_of(undef, '', [], {}, 7, 'x', $true, [ [] ]) : $body;
}

# ----------
# What happens between them
# ----------

sub quoted { return "'" . $_[0] =~ s/'/''/gr . "'" }
sub person { return 'candidate_ext_id = ' . quoted(one_of('boss', 'deputy', 'clerk', 'p-1', 'p-2', map { 'u-' . int(rand(40)) } 1 .. 8)) }
sub schedule { return quoted('s-' . int(rand(120))) }
sub exam { return 'external_id = ' . quoted(one_of('E-1', 'E-1', 'E-2', 'E-3', 'E-7', 'E-9')) }
sub the_install { return 'install_id = install_id()' }

my @between = (
	sub { 'SELECT proctorlink.deactivate_schedule(' . schedule() . ')' },
	sub { 'SELECT proctorlink.eapi_activate_schedule(' . schedule() . ')' },
	sub { 'SELECT proctorlink.eapi_delete_schedule(' . schedule() . ')' },
	sub { 'SELECT proctorlink.eapi_remove_candidates(' . schedule() . ', ' . quoted(to_json([ map { 'u-' . int(rand(40)) } 1 .. 12 ])) . ')' },
	sub { "SELECT proctorlink.eapi_create_draft_schedule('" . to_json({ AssessmentExternalId => one_of('E-1', 'E-9'),
			ScheduleExternalId => 's-' . int(rand(120)), StartDateTime => '2032-05-01T09:00:00Z' }) . "')" },
	sub { 'UPDATE proctorlink.account SET status = ' . quoted(one_of('active', 'active', 'disabled', 'deleted')) . ' WHERE ' . person() . ' AND ' . the_install() },
	sub { q{UPDATE proctorlink.account SET status = 'erased', candidate_ext_id_defaulted = true, username = candidate_ext_id, first_name = '', last_name = '', email = NULL, time_zone = NULL, special_needs = false, api_id = NULL, lms_id = NULL, hierarchy_id = NULL, reasonable_adjustment_percentage = NULL WHERE candidate_ext_id = 'u-} . (37 + int(rand(3))) . q{' AND } . the_install() },
	sub { 'UPDATE proctorlink.account SET special_needs = true, reasonable_adjustment_percentage = ' . one_of('NULL', 10, 200) . ' WHERE ' . person() . ' AND ' . the_install() },
	sub { 'UPDATE proctorlink.account SET hierarchy_id = NULL WHERE ' . person() . ' AND ' . the_install() },
	sub { "UPDATE proctorlink.account SET role = '" . one_of('scheduler', 'candidate') . "' WHERE username IN ('deputy', 'clerk') AND " . the_install() },
	sub { 'SELECT proctorlink.configure_install(kept(\'install\'), ' . quoted(to_json({ defaultScheduler => one_of('boss', 'boss', 'boss', 'deputy', 'clerk', undef) })) . ')' },
	sub { 'SELECT proctorlink.configure_install(kept(\'install\'), ' . quoted(to_json({ timeZone => one_of('UTC', 'America/New_York', 'Asia/Kathmandu') })) . ')' },
	sub { 'SELECT proctorlink.define_role(kept(\'install\'), \'scheduler\', ' . quoted(one_of('{schedule,author}', '{schedule,author}', '{schedule,author}', '{author}')) . ')' },
	sub { 'UPDATE proctorlink.exam SET published = ' . one_of('true', 'true', 'false') . ' WHERE ' . exam() . ' AND ' . the_install() },
	sub { 'UPDATE proctorlink.exam SET duration_minutes = ' . one_of(30, 60, 60, 90) . ', extra_time_minutes = ' . one_of(0, 30, 45) . " WHERE external_id IN ('E-1', 'E-3') AND " . the_install() },
	sub { 'UPDATE proctorlink.exam SET attempts = ' . one_of(1, 2, 3, 'NULL') . ' WHERE ' . exam() . ' AND ' . the_install() },
	sub { 'UPDATE proctorlink.exam_configuration SET attempts = ' . one_of(1, 1, 2, 3) . ', duration_minutes = ' . one_of(30, 30, 45) . ' WHERE ' . the_install() },
	sub { 'UPDATE proctorlink.exam SET ' . one_of(qw(pin proctorio safe_exam_browser keycode)) . ' = ' . one_of('true', 'false', 'false') . ' WHERE ' . exam() . ' AND ' . the_install() },
	sub { 'UPDATE proctorlink.schedule SET attempts = ' . one_of(1, 2, 'NULL') . ' WHERE external_id = ' . schedule() . ' AND ' . the_install() },
	sub { 'UPDATE proctorlink.schedule SET ' . one_of(qw(pin proctorio safe_exam_browser keycode)) . ' = ' . one_of('true', 'false', 'NULL') . ' WHERE external_id = ' . schedule() . ' AND ' . the_install() },
	sub { 'UPDATE proctorlink.schedule SET starts_at = ' . quoted(one_of('2020-01-01T00:00:00Z', day(-40))) . ', ends_at = ' . quoted(one_of('2020-02-01T00:00:00Z', day(90))) . ' WHERE external_id = ' . schedule() . ' AND ' . the_install() },
	sub { 'UPDATE proctorlink.hierarchy SET ' . one_of('archived', 'allow_schedules') . ' = ' . one_of('true', 'false') . ' WHERE organisation_id IN (' . join(', ', map { quoted($_) } one_of('law', 'med'), 'g-' . int(rand(30))) . ') AND ' . the_install() },
	sub { 'UPDATE proctorlink.hierarchy SET allow_schedules = ' . one_of('true', 'true', 'false') . ' WHERE is_default AND ' . the_install() },
	sub { 'SELECT proctorlink.eapi_delete_group(' . quoted(one_of('g-', 'h-') . int(rand(30))) . ')' },
	(map { my ($from, $to) = @$_; sub { "UPDATE proctorlink.exam_session s SET status = '$to' FROM proctorlink.account a WHERE a.account_id = s.account_id AND a.candidate_ext_id IN ("
				. join(', ', map { quoted('u-' . int(rand(40))) } 1 .. 12) . ") AND s.status = '$from' AND a." . the_install() } }
		[ 'Scheduled', 'In Progress' ], [ 'In Progress', 'Closed' ], [ 'Scheduled', 'Closed' ], [ 'Scheduled', 'Cancelled' ], [ 'Scheduled', 'Needs Proctor' ],
		[ 'Needs Proctor', 'Cancelled' ], [ 'Needs Proctor', 'Pending Approval' ], [ 'Needs Proctor', 'Pending Approval' ], [ 'Pending Approval', 'Approval Denied' ]),
	sub { "INSERT INTO proctorlink.exam_session (install_id, exam_id, account_id, attempt) SELECT install_id(), x.exam_id, a.account_id, " . one_of(1, 1, 2)
		. ' FROM proctorlink.exam x, proctorlink.account a WHERE x.' . exam() . ' AND x.install_id = install_id() AND a.install_id = install_id() AND a.' . person() },
	sub { "UPDATE proctorlink.enrollment SET status = '" . one_of('active', 'removed') . "' WHERE account_id = (SELECT account_id FROM proctorlink.account WHERE " . person() . ' AND ' . the_install() . ')' });

# The set-up comes back sooner than it went.
my @again = (
	q{SELECT proctorlink.configure_install(kept('install'), '{"defaultScheduler": "boss"}')},
	q{SELECT proctorlink.define_role(kept('install'), 'scheduler', '{schedule,author}')},
	map { "UPDATE proctorlink.$_ AND " . the_install() } (
		q{account SET status = 'active', username = candidate_ext_id, role = 'scheduler' WHERE candidate_ext_id IN ('boss', 'deputy')},
		q{account SET status = 'active' WHERE status IN ('disabled', 'deleted')},
		q{exam SET published = true WHERE external_id IN ('E-1', 'E-2', 'E-9')},
		q{exam SET pin = false, proctorio = false, safe_exam_browser = false, keycode = false WHERE external_id IN ('E-1', 'E-2', 'E-9')},
		q{exam SET attempts = 5 WHERE external_id IN ('E-1', 'E-2')},
		q{hierarchy SET allow_schedules = true WHERE is_default},
		q{hierarchy SET allow_schedules = true, archived = false WHERE organisation_id IN ('law', 'med')}));

# ----------
# Playing
# ----------

my $node = start_server();
$node->safe_psql('postgres', slurp_file(dirname(__FILE__) . '/explain.sql'));
my $session = start_session($node);

# What differs, and whether the body was done.
sub difference
{
	my ($body, $provider, $stays) = @_;
	my $read = 'BEGIN READ ONLY; SELECT explained($body$' . ascii($body) . '$body$, ' . quoted($provider) . '); COMMIT';
	my $explained = $session->do($read) // die 'the session has ended';

	return ("raised: $explained", 'f') if $explained !~ /^\{/;
	return split(/\|(?=[tf]?\z)/, $session->do('SELECT difference, coalesce(done, false) FROM sent($explained$' . $explained . '$explained$, '
			. quoted($provider) . ', ' . ($stays ? 'true' : 'false') . ')') // die('the session has ended'), -1);
}

$session->do('SELECT happens(' . quoted($again[0]) . ')');

my $done = 0;
my $refused = 0;
my %happened;
my %differing;
foreach my $number (1 .. $bodies)
{
	my $body = one_in(2) ? body() : broken();
	my $provider = one_of('none', 'none', 'none', 'proctoru', 'other');
	my ($difference, $was_done) = difference($body, $provider, one_in(3));

	$was_done eq 't' ? $done++ : $refused++;
	if ($difference ne '')
	{
		my ($kind) = $difference =~ /^([^:\n]*)/;

		diag("body $number of seed $seed, $provider:\n" . ascii($body) . "\n$difference") if !$differing{$kind}++ || $ENV{PROCTORLINK_VERBOSE};
	}
	while (one_in(2))
	{
		$happened{ $session->do('SELECT happens(' . quoted(one_of(@between)->()) . ')') }++;
	}
	$session->do('SELECT happens(' . quoted($_) . ')') foreach one_in(5) ? @again : one_of(@again);
}
is(join(', ', map { "$_ ($differing{$_})" } sort keys %differing), '', 'explained is what is done');
cmp_ok($done, '>=', $bodies / 10, "$done bodies were done");
cmp_ok($refused, '>=', $bodies / 5, "$refused were refused");
cmp_ok($happened{done}, '>=', $bodies / 3, 'things happened between: ' . join(', ', map { "$_ $happened{$_}" } sort keys %happened));

$session->quit;
stop_server($node);
done_testing();
