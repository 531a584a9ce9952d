#
# bookings.pl
#		After every call of thousands of random sequences all rules of the design
#		hold, for the rows of the install and by statements of its own: bookings,
#		moves and cancellations at ProctorU's door, schedules at Cirrus's, batches,
#		settings, and changes of plain SQL, on two installs that share their ids.
#
# PROCTORLINK_SEED chooses the sequences, PROCTORLINK_SEQUENCES how many there are.
#
use strict;
use warnings;

use File::Basename qw(dirname);
use JSON::PP ();
use Proctorlink;
use PostgreSQL::Test::Utils;
use Test::More;

my $seed = $ENV{PROCTORLINK_SEED} // 20270901;
my $sequences = $ENV{PROCTORLINK_SEQUENCES} // 2000;
my $sequences_a_world = 30;
my $true = JSON::PP::true;
my $false = JSON::PP::false;

srand($seed);

sub one_in { return int(rand($_[0])) == 0 }
sub one_of { return $_[ int(rand(@_)) ] }
sub quoted { return "'" . $_[0] =~ s/'/''/gr . "'" }

# ----------
# Random calls
# ----------

sub person { return 1 + int(rand(6)) }
sub known { return 'u-' . person() }
sub reservation { return 'r-' . int(rand(12)) }
sub exam { return one_of(('E-1') x 5, ('E-4') x 4, 'E-2', '@twin E-1@', '@twin E-4@', (one_in(4) ? ('E-3', 'E-5', 'E-9', 'e-1') : ())) }
sub schedule { return one_of('s-' . int(rand(4)), '@sitting ' . int(rand(8)) . '@') }
sub a_draft { return one_in(2) ? schedule() : 'd-' . int(rand(3)) }
sub new_schedule { return 's-' . int(rand(6)) }
sub hierarchy { return one_of('law', 'med', 'g-' . int(rand(3)), 'g-' . int(rand(3)), (one_in(3) ? ('old', 'closed', 'nowhere') : ())) }

# Where schedules are to go, may they or not.
sub place { return one_of('law', 'med', 'old', 'closed', 'g-' . int(rand(3)), 'nowhere') }

# When something begins: apart, meeting exactly, overlapping by the least, now.
sub start
{
	return one_of('@base@', '@base+1 hour@', '@base+1 hour -1 us@', '@base+2 hours@', '@base+3 days@', '@base+' . int(rand(40)) . ' hours@',
		'@base+' . int(rand(40)) . ' hours@', '@now@', '@now+1 us@', (one_in(5) ? ('@now-1 us@', '2028-02-29T10:00:00Z', '@now+200 ms@') : ()));
}

# A window around a start: members that may be absent.
sub window
{
	my ($start) = @_;
	my %window;
	my $from = sub { $start =~ s/\@\z/|$_[0]\@/r };

	return one_in(2) ? (end_date => one_of('2030-02-28T10:00:00Z', '2030-02-28T10:00:00.000001Z')) : () if $start !~ /^\@/;
	$window{active_date} = $from->(one_of('-1 hour', '-1 us', '+0 h', '-1 day', '-10 days', (one_in(8) ? '+1 us' : ()))) if one_in(3);
	$window{end_date} = $from->(one_of('+1 hour', '+1 hour +1 us', '+2 hours', '+2 hours', '+3 days', '+3 days', (one_in(4) ? ('+2 years', '+2 years +1 us') : ()), (one_in(8) ? ('-1 us', '+0 h', '+90 min') : ())))
	  if one_in(3);
	if (one_in(25))
	{
		$window{active_date} = $from->('-300 days');
		$window{end_date} = $from->(one_of('+2 years -300 days', '+2 years -300 days +1 us'));
	}
	return %window;
}

# A body without what is undef.
sub given { my %body = @_; return { map { $_ => $body{$_} } grep { defined $body{$_} } keys %body } }
sub student
{
	my $number = person();

	return (user_id => one_of(map({ "pu-$number" } 1 .. 8), "u-$number", 'pu-' . person(), '00' . $number),
		student_id => one_of(map({ "u-$number" } 1 .. 4), undef, undef, "s-$number", "00$number", (one_in(4) ? ('', known(), ' x') : ())));
}
sub email { my ($user) = @_; return one_of('m' . ($user =~ /(\d)\z/)[0] . '@example.org', 'm' . ($user =~ /(\d)\z/)[0] . '@example.org', 'M' . ($user =~ /(\d)\z/)[0] . '@example.org', 'm' . person() . '@example.org') }

sub proctoru
{
	my ($kind, %body) = @_;
	my %functions = (add => 'add_reservation', move => 'move_reservation', remove => 'remove_reservation', begin => 'begin_reservation',
		list => 'reservations', edit => 'edit_student');

	$body{time_sent} = one_of('@now@', '@now-15 min@', '@now+15 min@', (one_in(4) ? ('@now-15 min -1 us@', '@now+15 min +1 us@') : ())) if one_in(8);
	delete $body{ one_of(sort keys %body) } if one_in(40);
	$body{ one_of(sort keys %body) } = one_of('', undef, 'x y', -1, 0, $true, [], {}, 'y' x 501) if %body && one_in(60);
	return { kind => $kind, door => 'proctoru', as => one_of('first', 'first', 'first', 'second', (one_in(30) ? 'other' : ())),
		call => "SELECT proctorlink.proctoru_$functions{$kind}(\$1)", body => \%body };
}

sub add
{
	my %student = student();
	my $start = start();

	return proctoru('add', %{ given(%student, exam_id => exam(), first_name => one_of('Ada', 'Grace'), last_name => one_of('Byron', 'Hopper'),
			email => email($student{user_id}), time_zone_id => one_of('UTC', 'Central Standard Time', 'Europe/Paris', undef, (one_in(20) ? 'Mars' : ())),
			duration => one_of(undef, undef, 60, 90, '120', (one_in(8) ? 59 : ())), start_date => $start, window($start), reservation_id => reservation(),
			reservation_no => one_of(undef, undef, undef, 0, 100 + int(rand(30)), (one_in(4) ? ('@no ' . int(rand(8)) . '@', '@former ' . int(rand(8)) . '@') : ())),
			department_id => one_of(undef, undef, place())) });
}

# One that nothing speaks against, unless something has been done.
sub good_add
{
	my ($number) = @_;
	my $start = '@base+' . 3 * int(rand(100)) . ' hours@';

	return { kind => 'add', door => 'proctoru', as => one_of('first', 'first', 'second'), call => 'SELECT proctorlink.proctoru_add_reservation($1)',
		body => { user_id => "pu-$number", student_id => "u-$number", exam_id => one_of('E-1', 'E-4'), first_name => 'Ada', last_name => 'Byron', email => "m$number\@example.org",
			start_date => $start, reservation_id => 'r-' . int(rand(1000)), (one_in(2) ? (active_date => one_of('@now@', '@now-1 hour@', '@base@'), end_date => '@base+20 days@') : ()) } };
}

sub which
{
	my ($place) = @_;
	my $id = "\@live $place\@";

	return one_of({ reservation_id => reservation() }, map({ { reservation_id => $id } } 1 .. 6), { reservation_id => $id, reservation_no => 78 },
		map({ { reservation_no => "\@no $place\@" }, { reservation_no => "\@former $place\@" }, { reservation_id => $id, reservation_no => "\@no $place\@" } } 1 .. 2));
}

sub move
{
	my $start = start();
	my $place = int(rand(8));

	return proctoru('move', %{ which($place) }, (one_in(6) ? (user_id => "\@whose $place\@") : ()), (one_in(12) ? %{ given(student()) } : ()), start_date => $start, window($start),
		(one_in(6) ? (new_reservation_no => 200 + int(rand(20))) : ()));
}

# A reservation of whoever it is.
sub of_whom
{
	my $place = int(rand(8));
	my %student = one_in(6) ? one_in(2) ? (user_id => 'pu-' . person()) : (student_id => known()) : (user_id => "\@whose $place\@");

	return (%student, %{ which($place) }, (one_in(5) ? (explanation => one_of('ill', 'x' x 600)) : ()));
}
sub quick { my ($kind) = @_; my $call = proctoru($kind, of_whom()); return $call }

sub edit
{
	my %student = student();

	return proctoru('edit', %{ given(%student, first_name => one_of(undef, 'Grace'), email => one_of(undef, email($student{user_id})), time_zone_id => one_of(undef, 'UTC')) });
}

sub eapi
{
	my ($kind, $call, $body) = @_;
	my $step = { kind => $kind, door => 'eapi', call => "SELECT proctorlink.eapi_$call", as => one_of('none', 'none', 'none', 'first', 'other') };

	$step->{body} = $body if defined $body;
	return $step;
}

sub candidate
{
	my $number = person();
	my $candidate = { CandidateExtId => one_of("u-$number", "u-$number", "u-$number", "pu-$number"), FirstName => 'Ada', LastName => 'Byron', Email => "m$number\@example.org" };

	$candidate->{UserName} = one_of("n-$number", known(), 'pu-' . person()) if one_in(15);
	$candidate->{SpecialNeeds} = one_of($true, $false) if one_in(6);
	$candidate->{ReasonableAdjustmentPercentage} = one_of(1, 25, 33) if $candidate->{SpecialNeeds} && one_in(2);
	return $candidate;
}
sub candidates { my %seen; return [ grep { !$seen{ $_->{CandidateExtId} }++ } map { candidate() } 1 .. one_of(0, 1, 1, 2, 3) ] }

# A window of a schedule, which may have begun or be over.
sub opening
{
	my $start = one_of('@base@', '@base+1 day@', '@now-1 day@', '@now-2 hours@', '@now-10 days@');

	return (StartDateTime => $start, EndDateTime => one_of(undef, map { $start =~ s/\@\z/|$_\@/r } '+3 days', '+3 days', '+1 hour', '+1 hour +1 us', '+75 min', '+75 min +1 us', '+2 years', '+2 years +1 us', '+2 hours'));
}

sub create_schedule
{
	my %opening = opening();

	return eapi('create_schedule', 'create_schedule($1)', { Upsert => one_of($true, $true, $false), Candidates => candidates(),
			Schedule => given(AssessmentExtId => exam(), ScheduleExtId => one_in(3) ? schedule() : new_schedule(), GroupExtId => hierarchy(), GroupName => 'Group', %opening,
				ScheduleGroupExtId => one_of(undef, undef, hierarchy(), place()), ScheduleGroupName => one_of(undef, 'Of schedules'),
				ExtraTime => one_of(undef, undef, 15), PIN => one_of(undef, undef, undef, '1234'), Owner => one_of(undef, undef, 'deputy', 'clerk')) });
}
sub draft
{
	my %opening = opening();

	return eapi('create_draft', 'create_draft_schedule($1)', given(AssessmentExternalId => one_in(2) ? 'E-1' : exam(), ScheduleExternalId => 'd-' . int(rand(3)), %opening,
			HierarchyExternalId => one_of(undef, place()), Owner => one_of(undef, 'deputy')));
}
sub update_schedule { my %opening = opening(); return eapi('update_schedule', 'update_schedule(' . quoted(a_draft()) . ', $1)',
		given((one_in(3) ? () : %opening), Title => one_of(undef, 'T'), HierarchyExternalId => one_of(undef, place()), PIN => one_of(undef, undef, '12'), ScheduleExtId => one_of(undef, undef, undef, schedule()))) }
sub good_schedule
{
	my $start = one_of('@base@', '@now-1 hour@');

	return eapi('create_schedule', 'create_schedule($1)', { Candidates => [ map { { CandidateExtId => "u-$_", FirstName => 'Ada', LastName => 'Byron', Email => "m$_\@example.org" } } 1 .. person() ],
			Schedule => { AssessmentExtId => one_of('E-1', 'E-4'), ScheduleExtId => 's-' . int(rand(1000)), GroupExtId => 'law', GroupName => 'Law', (one_in(4) ? (ScheduleGroupExtId => place()) : ()), StartDateTime => $start, EndDateTime => "$start|+3 days\@" =~ s/\@\|/|/r } });
}
sub add_candidates { return eapi('add_candidates', 'add_candidates($1)', { Schedule => { ScheduleExtId => schedule(), GroupExtId => hierarchy(), GroupName => 'Group' }, Candidates => candidates() }) }
sub ids { return [ map { one_of(known(), known(), 'pu-' . person()) } 1 .. one_of(1, 2, 3) ] }

# Calls that raise where they refuse.
sub plain
{
	my ($kind, $call, $body) = @_;
	my $step = { kind => $kind, door => ($kind eq 'status' ? 'status' : 'plain'), call => "SELECT to_jsonb(proctorlink.$call)", as => 'none' };

	$step->{body} = $body if defined $body;
	return $step;
}

sub enrollments { return 'ARRAY[' . join(', ', map { q{'@enrollment account_id = (SELECT account_id FROM proctorlink.account a WHERE a.install_id = t.install_id AND candidate_ext_id = '} . known() . q{')@'} } 1 .. one_of(1, 2)) . ']' }
sub sid_of { my ($table, $condition) = @_; return "'\@$table $condition\@'" }
sub exam_sid { return sid_of('exam', 'external_id = ' . quoted(one_of('E-1', 'E-1', 'E-4', 'E-2', 'E-5'))) }
sub session_sid
{
	return sid_of('exam_session', one_of('reservation_id = ' . quoted(reservation()),
			'account_id = (SELECT account_id FROM proctorlink.account a WHERE a.install_id = t.install_id AND candidate_ext_id = ' . quoted(known()) . ") AND status <> 'Cancelled'",
			"status = " . quoted(one_of('Scheduled', 'In Progress', 'Incident', 'Needs Proctor', 'Pending Approval', 'Approval Denied', 'Processing', 'Onboarding', 'Closed', 'Cancelled'))));
}
my @statuses = ('Needs Proctor', 'Pending Approval', 'Approval Denied', ('Scheduled') x 2, 'Onboarding', 'Checked In', ('In Progress') x 3, 'Incident', 'Processing', ('Closed') x 2, 'Cancelled');
# Ways that sessions may go.
my @ways = (map({ [ 'Needs Proctor', $_ ] } 'Pending Approval', 'Scheduled'), map({ [ 'Pending Approval', $_ ] } 'Scheduled', 'Approval Denied'),
	map({ [ 'Scheduled', $_ ] } 'Onboarding', 'Checked In', ('In Progress') x 3, 'Needs Proctor', 'Closed', 'Cancelled'),
	map({ [ 'In Progress', $_ ] } 'Incident', 'Processing', 'Closed'), map({ [ 'Incident', $_ ] } 'In Progress', 'Closed', 'Cancelled'), [ 'Processing', 'Incident' ]);

sub item
{
	my $item = {};
	my $number = person();

	$item->{course} = { ids => { external => 'c-' . one_of(1, 1, 1, 2) }, title => 'Course' } unless one_in(8);
	if (!one_in(4))
	{
		$item->{user} = { ids => one_of({ external => "u-$number" }, { external => "u-$number" }, { external => "u-$number", api => "a-$number" }, { api => "a-$number" },
				{ lms => "l-$number" }, { lms => "l-$number", api => "a-" . person() }, { external => "pu-$number" }),
			firstName => 'Ada', lastName => 'Byron', email => "m$number\@example.org" };
		$item->{enrollment} = { role => one_of(('learner') x 4, 'instructor'), status => one_of('active', 'active', 'removed') } if $item->{course} && one_in(2);
	}
	if ($item->{course} && one_in(2))
	{
		$item->{exam} = { ids => { external => one_of('E-1', 'E-4', 'E-4', 'E-6', 'E-2') }, title => 'Exam', limitedScope => one_of($true, $false) };
		delete $item->{exam}{limitedScope} if one_in(3);
		$item->{exam}{configuration} = { url => 'https://platform.test/1', password => 'open-sesame', duration => one_of(60, 60, 90), attempts => one_of(1, 2, 3),
			proctorTypes => { TS4b894875d26194988853e490dfb9bc41 => {} },
			access => { open => '2025-01-01T00:00:00Z', close => one_of('2045-12-31T00:00:00Z', '2025-01-01T01:00:00Z', '2025-01-01T01:30:00Z', (one_in(4) ? '2025-01-01T00:59:59Z' : ())) } }
		  if one_in(2);
	}
	$item->{user} //= { ids => { external => "u-$number" } } if !$item->{course} && !$item->{exam};
	return $item;
}
sub provision
{
	my $body = one_in(2) ? item() : one_in(2) ? [ map { item() } 1 .. one_of(1, 2, 4) ] : { items => [ map { item() } 1 .. one_of(1, 2, 4) ], atomic => one_of($true, $false) };

	return plain('provision', "provision('\@install\@', \$1)", $body);
}

sub settings
{
	my %settings = (durationMinutes => one_of(60, 60, 30, 90, undef), extraTimeMinutes => one_of(0, 0, 15, 30), attempts => one_of(1, 2, 3, undef), published => one_of($true, $true, $false),
		externalId => one_of('E-1', 'E-2', 'E 7', undef), map { $_ => one_of($true, $false, $false) } qw(pin proctorio safeExamBrowser keycode));
	my @names = sort keys %settings;

	@names = map { one_of(@names) } 1 .. one_of(1, 1, 2);
	@names = grep { $_ ne 'externalId' } @names unless one_in(6);
	return { map { $_ => $settings{$_} } @names };
}

# Plain SQL of somebody who may write the tables.
sub directly
{
	my ($set) = @_;

	return { kind => 'direct', door => 'direct', as => 'none', call => $set =~ s/\bHERE\b/install_id = proctorlink.sid_uuid('\@install\@')/gr . " RETURNING NULL::jsonb" };
}
sub whose { return 'candidate_ext_id = ' . quoted(known()) . ' AND HERE' }
sub any_schedule { return one_of('external_id = ' . quoted(schedule()), 'schedule_id IN (SELECT schedule_id FROM proctorlink.exam_session WHERE reservation_id = ' . quoted(reservation()) . ')') . ' AND HERE' }
sub integration_uuid { return one_of('NULL', map { "proctorlink.sid_uuid('\@$_\@')" } 'first', 'other') }

# How often each call is made, and how.
my @calls = map { my ($often, $call) = @$_; ($call) x $often } (
	[ 22, \&add ], [ 10, sub { good_add(person()) } ], [ 9, \&move ], [ 8, sub { quick('remove') } ], [ 9, sub { quick('begin') } ],
	[ 2, sub { my %who = student(); delete $who{ one_of('user_id', 'student_id') }; proctoru('list', %{ given(%who) }, (one_in(2) ? (status => one_of('pending', 'scheduled', 'cancelled', 'voided')) : ())) } ],
	[ 4, \&edit ],
	[ 10, \&create_schedule ], [ 4, \&good_schedule ], [ 5, \&draft ], [ 6, \&update_schedule ], [ 4, \&add_candidates ],
	[ 7, sub { eapi('add_existing', 'add_existing_candidates(' . quoted(schedule()) . ', $1)', ids()) } ],
	[ 3, sub { eapi('remove_candidates', 'remove_candidates(' . quoted(schedule()) . ', $1)', ids()) } ],
	[ 4, sub { eapi('activate', 'activate_schedule(' . quoted(a_draft()) . ')') } ],
	[ 2, sub { my $call = eapi('deactivate', ''); $call->{call} = 'SELECT proctorlink.deactivate_schedule(' . quoted(a_draft()) . ')'; $call } ],
	[ 1, sub { my $call = eapi('move_schedule', ''); $call->{call} = 'SELECT proctorlink.move_schedule(' . quoted(schedule()) . ', ' . quoted(place()) . ')'; $call } ],
	[ 3, sub { eapi('delete_schedule', 'delete_schedule(' . quoted(schedule()) . ')') } ],
	[ 2, sub { eapi('create_group', 'create_group($1)', { ExternalId => 'g-' . int(rand(3)), Title => 'Group', ParentExternalId => one_of(undef, hierarchy()) }) } ],
	[ 6, sub { eapi('update_group', 'update_group(' . quoted(hierarchy()) . ', $1)', given(ParentExternalId => one_of(undef, '', hierarchy(), hierarchy(), hierarchy()),
				IsArchived => one_of(undef, undef, $true, $false, $false), AllowRelationshipWithSchedules => one_of(undef, undef, $true, $false))) } ],
	[ 2, sub { eapi('delete_group', 'delete_group(' . quoted(hierarchy()) . ')') } ],
	[ 12, \&provision ],
	[ 5, sub { plain('assign', 'assign_exam(' . exam_sid() . ', ' . enrollments() . ')') } ],
	[ 3, sub { plain('unassign', 'unassign_exam(' . exam_sid() . ', ' . enrollments() . ')') } ],
	[ 2, sub { plain('unenroll', 'unenroll(' . enrollments() . q{, 'left')}) } ],
	[ 8, sub { plain('configure_exam', 'configure_exam(' . quoted(exam()) . ', $1)', settings()) } ],
	[ 2, sub { plain('configure_exam', 'configure_exam(' . quoted(one_of('E-1', 'E-4')) . ', $1)', { published => $true, map { $_ => $false } qw(pin proctorio safeExamBrowser keycode) }) } ],
	[ 4, sub { plain('twin', 'create_accommodation_exam(' . quoted(one_of('E-1', 'E-4', 'E-2')) . one_of(', 25)', ', NULL, 30)')) } ],
	[ 5, sub { plain('allow', 'allow_accommodation(' . quoted(one_of('@twin E-1@', 'E-1', '@twin E-2@')) . ", ARRAY['" . one_of(known(), 'pu-' . person()) . "'])") } ],
	[ 2, sub { plain('withdraw', 'withdraw_accommodation(' . quoted(one_of('@twin E-1@', 'E-1')) . ", ARRAY['" . one_of(known(), 'pu-' . person()) . "'])") } ],
	[ 4, sub { plain('configure_install', q{configure_install('@install@', $1)}, one_of({ candidateIdSource => one_of('user_id', 'student_id', undef) },
				{ defaultScheduler => one_of('boss', 'boss', 'deputy', '@account candidate_ext_id = \'deputy\'@') }, { timeZone => one_of('UTC', 'Asia/Kathmandu') },
				{ defaultHierarchy => hierarchy() })) } ],
	[ 2, sub { directly(q{UPDATE proctorlink.integration SET settings = '} . to_json(one_in(3) ? {} : { candidateIdSource => one_of('user_id', 'student_id') }) . q{' WHERE HERE AND integration_id = proctorlink.sid_uuid('@} . one_of('first', 'second') . q{@')}) } ],
	[ 4, sub { my %who = (integration => '@' . one_of('first', 'second') . '@', user_id => 'pu-' . person());
			plain('link', "link_candidate('\@install\@', '$who{integration}', '$who{user_id}', '" . known() . "')", \%who) } ],
	[ 3, sub { plain('rename', q{rename_candidate('@install@', } . quoted(one_of(known(), 'pu-' . person())) . ', ' . quoted(one_of(known(), known(), 'pu-' . person(), 'w-' . person())) . ')') } ],
	[ 10, sub { my ($from, $to) = @{ one_of(@ways) }; plain('status', 'set_session_status(' . sid_of('exam_session', "status = '$from'") . ", '$to'" . ($to eq 'Cancelled' ? ", 'meant')" : ')')) } ],
	[ 5, sub { plain('status', 'set_session_status(' . sid_of('exam_session', "status = '" . one_of('Closed', 'Closed', 'Cancelled', 'Processing') . "'") . ", '" . one_of(@statuses) . "', 'meant')") } ],
	[ 7, sub { my $status = one_of(@statuses); plain('status', 'set_session_status(' . session_sid() . ", '$status'" . ($status eq 'Cancelled' ? ", 'meant')" : ')')) } ],
	[ 3, sub { plain('result', 'publish_result(' . (one_in(2) ? session_sid() : sid_of('exam_session', "status IN ('In Progress', 'Processing', 'Closed')")) . ', $1)', { score => int(rand(10)), maxScore => 10, passedStatus => 'SATISFACTORY' }) } ],
	[ 1, sub { plain('expire', 'expire_sessions()') } ],
	[ 1, sub { plain('define_role', q{define_role('@install@', 'scheduler', '} . one_of('{schedule,author}', '{schedule}', '{author}') . q{')}) } ],
	[ 2, sub { plain('define_role', q{define_role('@install@', 'scheduler', '{schedule,author}')}) } ],
	[ 5, sub { directly('UPDATE proctorlink.account SET special_needs = true, reasonable_adjustment_percentage = ' . one_of('NULL', 10, 33, 50) . ' WHERE ' . whose()) } ],
	[ 3, sub { directly('UPDATE proctorlink.account SET special_needs = false, reasonable_adjustment_percentage = ' . one_of('NULL', 'NULL', 10) . ' WHERE ' . whose()) } ],
	[ 2, sub { directly("UPDATE proctorlink.account SET status = '" . one_of('active', 'active', 'disabled', 'deleted') . "' WHERE " . one_of(whose(), "username IN ('deputy') AND HERE")) } ],
	[ 2, sub { directly("UPDATE proctorlink.account SET status = 'active' WHERE HERE") } ],
	[ 2, sub { directly("UPDATE proctorlink.provider_account SET user_id = user_id || '" . one_of('', '0') . "' WHERE HERE") } ],
	[ 2, sub { directly("UPDATE proctorlink.schedule SET starts_at = now() - interval '5 days', ends_at = " . one_of('now()', q{now() + interval '1 us'}, q{now() - interval '1 day'}) . ' WHERE ' . any_schedule()) } ],
	[ 2, sub { directly('UPDATE proctorlink.schedule SET starts_at = starts_at ' . one_of('+', '-') . ' interval ' . quoted(one_of('1 us', '1 day', '5 days')) . ' WHERE ' . any_schedule()) } ],
	[ 2, sub { directly('UPDATE proctorlink.schedule SET integration_id = ' . integration_uuid() . ' WHERE ' . any_schedule()) } ],
	[ 2, sub { directly('UPDATE proctorlink.schedule SET ' . one_of(qw(pin proctorio keycode)) . ' = ' . one_of('true', 'false', 'NULL') . ' WHERE ' . any_schedule()) } ],
	[ 2, sub { directly('UPDATE proctorlink.schedule SET ' . one_of('attempts = 1', 'attempts = 3', 'attempts = NULL', 'extra_time_minutes = 30', 'duration_minutes = 61') . ' WHERE ' . any_schedule()) } ],
	[ 2, sub { directly(q{UPDATE proctorlink.schedule SET owner_id = (SELECT account_id FROM proctorlink.account WHERE HERE AND username = '} . one_of('deputy', 'clerk', 'boss') . q{') WHERE } . any_schedule()) } ],
	[ 3, sub { directly(q{UPDATE proctorlink.schedule SET hierarchy_id = (SELECT hierarchy_id FROM proctorlink.hierarchy WHERE HERE AND organisation_id = '} . place() . q{') WHERE } . any_schedule()) } ],
	[ 3, sub { directly('UPDATE proctorlink.exam_session SET appointment_at = appointment_at ' . one_of('+', '-') . ' interval ' . quoted(one_of('1 us', '1 hour', '1 day')) . ' WHERE reservation_id = ' . quoted(reservation()) . ' AND HERE') } ],
	[ 3, sub { my $status = one_of(@statuses); directly("UPDATE proctorlink.exam_session SET status = '$status', status_reason = 'meant' WHERE status = '" . one_of(@statuses) . "' AND HERE") } ],
	[ 4, sub { directly('UPDATE proctorlink.exam_session SET attempt = ' . one_of('attempt + 1', 2, 4) . ' WHERE account_id IN (SELECT account_id FROM proctorlink.account WHERE ' . whose() . ') AND HERE') } ],
	[ 2, sub { directly('UPDATE proctorlink.exam SET limited_scope = ' . one_of('true', 'false') . " WHERE external_id = '" . one_of('E-1', 'E-4', 'E-6') . "' AND HERE") } ],
	[ 1, sub { directly('UPDATE proctorlink.hierarchy SET ' . one_of('parent_id = hierarchy_id', 'is_default = NOT is_default', 'is_root = NOT is_root', 'archived = NOT archived') . " WHERE organisation_id = '" . hierarchy() . "' AND HERE") } ],
	[ 1, sub { directly('UPDATE proctorlink.hierarchy SET archived = false, allow_schedules = true WHERE HERE AND (is_default OR organisation_id IN (\'law\', \'med\'))') } ]);

# A sequence is one transaction that is taken back, or stays, a transaction a call.
# What a world begins with.
sub beginning
{
	return { stays => $true, steps => [ map { { %$_, at => 'here' } } (map { good_add($_) } 1 .. 4), good_schedule(), good_schedule(),
			map { eapi('create_draft', 'create_draft_schedule($1)', { AssessmentExternalId => 'E-1', ScheduleExternalId => "d-$_", StartDateTime => '@base@', EndDateTime => '@base|+3 days@' }) } 0 .. 2 ] };
}

sub sequence
{
	my $place = one_in(7) ? 'there' : 'here';
	my @steps = map { { %{ one_of(@calls)->() }, at => $place } } 1 .. 1 + int(rand(7));

	return { stays => (one_in(2) ? $true : $false), steps => \@steps };
}

# ----------
# Playing and shrinking
# ----------

my $node = start_server(jit => 'off');
$node->safe_psql('postgres', slurp_file(dirname(__FILE__) . '/bookings.sql'));
my $session = start_session($node);
my %ended;
my $calls = 0;

# JSON that no encoding can spoil.
sub ascii { return to_json($_[0]) =~ s/([^\x00-\x7f])/sprintf('\\u%04x', ord($1))/ger }

# Play a sequence; what is wrong after its first call that leaves something so.
sub wrong
{
	my ($sequence) = @_;
	my $found = '';
	my ($at, $elsewhere) = ('', '');

	$session->do('BEGIN') if !$sequence->{stays};
	foreach my $step (@{ $sequence->{steps} })
	{
		if ($step->{at} ne $at)
		{
			$found = 'another install was touched' if $at ne '' && $session->do("SELECT elsewhere('$at')") ne $elsewhere;
			last if $found ne '';
			$at = $step->{at};
			$elsewhere = $session->do("SELECT elsewhere('$at')");
		}
		my %sent = %$step;
		my $place = delete $sent{at};
		my $told = $session->do('SELECT to_jsonb(s) FROM step($step$' . ascii(\%sent) . "\$step\$, '$place') s") // die 'the session has ended';
		my $answer = $told =~ /^\{/ ? from_json($told) : { ended => 'no answer', wrong => 'the step raised: ' . $told, call => '' };

		$calls++;
		$ended{"$step->{kind} $answer->{ended}"}++;
		next if $answer->{wrong} eq '';
		$found = $answer->{wrong};
		last;
	}
	$found = 'another install was touched' if $found eq '' && $session->do("SELECT elsewhere('$at')") ne $elsewhere;
	$session->do('ROLLBACK') if !$sequence->{stays};
	return $found;
}

# What is wrong after sequences in a new world, as the rule alone, else ''.
sub replayed
{
	my (@sequences) = @_;

	$session->do('SELECT new_world()');
	foreach my $sequence (@sequences)
	{
		my $wrong = wrong($sequence);

		return $wrong if $wrong ne '';
	}
	return '';
}

sub rule { return ($_[0] =~ /^([^:\n]*)/)[0] }

# Leave out what need not be there, half of it at first.
sub shrunk
{
	my ($steps, $rule) = @_;
	my $tries = 400;
	my $keeps = sub { my (@some) = @_; return --$tries > 0 && rule(replayed({ stays => $true, steps => \@some })) eq $rule };

	# The rule may have been broken sooner than it was when others were taken back.
	pop @$steps while @$steps > 1 && $keeps->(@$steps[ 0 .. $#$steps - 1 ]);

	for (my $size = int(@$steps / 2) || 1; ; $size = int($size / 2))
	{
		for (my $first = @$steps - $size; $first >= 0; $first -= $size)
		{
			my @less = @$steps;

			splice(@less, $first, $size);
			$steps = \@less if $keeps->(@less);
		}
		last if $size <= 1;
	}
	return $steps;
}

diag("seed $seed");
my %broken;
my @stayed;
foreach my $number (0 .. $sequences - 1)
{
	if ($number % $sequences_a_world == 0)
	{
		$session->do('SELECT new_world()');
		@stayed = ();
	}
	my $sequence = $number % $sequences_a_world == 0 ? beginning() : sequence();
	my $wrong = wrong($sequence);

	if ($wrong eq '')
	{
		push @stayed, $sequence if $sequence->{stays};
		next;
	}
	my $rule = rule($wrong);
	my %counts = %ended;

	if (!$broken{$rule}++)
	{
		# As single transactions, if that is enough.
		my @steps = map { @{ $_->{steps} } } @stayed, $sequence;
		my $steps = $ENV{PROCTORLINK_UNSHRUNK} ? undef : rule(replayed({ stays => $true, steps => \@steps })) eq $rule ? shrunk(\@steps, $rule) : undef;

		diag("sequence $number of seed $seed: $wrong\n", join("\n", map { ascii($_) } $steps ? @$steps : @{ $sequence->{steps} }),
			"\n", $steps ? replayed({ stays => $true, steps => $steps }) : 'after others');
	}
	%ended = %counts;
	$session->do('SELECT new_world()');
	@stayed = ();
	last if keys %broken >= ($ENV{PROCTORLINK_UNSHRUNK} ? 1 : 5);
}
is(join(', ', map { "$_ ($broken{$_})" } sort keys %broken), '', 'all rules hold after every call');
cmp_ok($calls, '>=', 2 * $sequences, "$calls calls in $sequences sequences");

# Nothing is shown by calls that are all refused.
my %done = map { $_ => $ended{"$_ done"} // 0 } map { /^(\w+)/ } keys %ended;
is(join(', ', grep { $done{$_} < $sequences / 1000 } sort keys %done), '', 'every kind of call is done now and then');
cmp_ok($done{add}, '>=', $sequences / 10, "$done{add} bookings, $done{move} moves, $done{remove} cancellations");
cmp_ok(scalar(grep { /refused/ } keys %ended), '>=', 20, 'most messages are met');
note(join("\n", map { "$_: $ended{$_}" } sort keys %ended));

$session->quit;
stop_server($node);
done_testing();
