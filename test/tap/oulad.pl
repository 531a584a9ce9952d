#
# oulad.pl
#		A real term goes in whole: the courses, assessments, students and
#		registrations of the Open University Learning Analytics Dataset.
#
use strict;
use warnings;

use JSON::PP ();
use Proctorlink;
use Test::More;

my $folder = ($ENV{PROCTORLINK_DATA} // '') . '/oulad';
plan skip_all => 'the data of the term is not here' unless -e "$folder/studentInfo.csv";

sub read_csv
{
	my ($name) = @_;
	my @rows;

	open(my $handle, '<', "$folder/$name.csv") or die "$name: $!";
	my @columns = split(/,/, <$handle> =~ s/\r?\n\z//r);
	while (my $line = <$handle>)
	{
		my %row;

		@row{@columns} = split(/,/, $line =~ s/\r?\n\z//r, -1);
		push @rows, \%row;
	}
	return @rows;
}

my @courses = read_csv('courses');
my @assessments = read_csv('assessments');
my @students = read_csv('studentInfo');
my @registrations = read_csv('studentRegistration');

sub course_of { return "$_[0]{code_module}-$_[0]{code_presentation}" }

# The first of February for B, of October for J, and so many days later.
sub day_of
{
	my ($row, $days) = @_;
	my ($year, $letter) = $row->{code_presentation} =~ /^(\d+)(B|J)$/;
	my $start = $letter eq 'B' ? "$year-02-01" : "$year-10-01";

	return "(date '$start' + $days)";
}

my $node = start_server(autovacuum => 'off');
my $session = start_session($node);

sub sql { return $session->do($_[0]) }

my $install = sql(q{SELECT proctorlink.create_install('Open University', 'https://platform.test')});
my $neighbour = sql(q{SELECT proctorlink.create_install('Neighbour', 'https://platform.test')});
sql(qq{SELECT proctorlink.provision('$neighbour', '[{"course": {"ids": {"external": "AAA-2013J"}, "title": "A"},
	"user": {"ids": {"external": "11391"}, "firstName": "A", "lastName": "B", "email": "a\@example.org"}}]')});

# ----------
# The term, as calls
# ----------

my %disabled = map { course_of($_) . " $_->{id_student}" => 1 } grep { $_->{disability} eq 'Y' } @students;
my %withdrawn = map { course_of($_) . " $_->{id_student}" => 1 } grep { $_->{date_unregistration} ne '' } @registrations;

my @course_items = map {
	{ course => { ids => { external => course_of($_) }, title => "Module $_->{code_module} in $_->{code_presentation}",
		code => $_->{code_module} } }
} @courses;

# Computer-marked assessments are open to all of the course, the tutor-marked
# ones to those assigned.
my @exam_items;
foreach my $assessment (@assessments)
{
	my $date = sql('SELECT ' . day_of($assessment, $assessment->{date} || 0));

	foreach my $type ('primary', 'accommodation')
	{
		push @exam_items, { course => { ids => { external => course_of($assessment) } },
			exam => { ids => { external => $assessment->{id_assessment} }, title => "$assessment->{assessment_type} $assessment->{id_assessment}",
				limitedScope => ($assessment->{assessment_type} eq 'CMA' ? JSON::PP::false : JSON::PP::true),
				configuration => { ids => $type, type => $type, url => "https://platform.test/$assessment->{id_assessment}",
					access => { open => "${date}T00:00:00Z", close => "${date}T23:59:59Z" }, duration => ($type eq 'primary' ? 60 : 75),
					password => 'secret', proctorTypes => { TS4b894875d26194988853e490dfb9bc41 => {} } } } };
	}
}

my @people_items = map {
	my $key = course_of($_) . " $_->{id_student}";

	{ course => { ids => { external => course_of($_) } },
		user => { ids => { external => $_->{id_student} }, firstName => 'Student', lastName => $_->{id_student},
			email => "$_->{id_student}\@example.org" },
		($withdrawn{$key} ? (enrollment => { status => 'removed' }) : ()) }
} @registrations;
my @calls = map { to_json($_) } (\@course_items, \@exam_items, [ @people_items[ 0 .. 4999 ] ],
	[ @people_items[ 5000 .. $#people_items ] ]);

# Run all calls and answer how often each count came.
sub provision_all
{
	my %sum;

	foreach my $call (@calls)
	{
		my $answer = from_json(sql("SELECT proctorlink.provision('$install', \$call\$$call\$call\$) -> 'batch'"));

		$sum{$_} += $answer->{$_} foreach qw(items succeeded failed created updated found removed);
		$sum{status}{ $answer->{status} }++;
	}
	return \%sum;
}

# Assign every exam to those with a declared disability who are still there, by
# its accommodation configuration.
sub assign_all
{
	my %assigned = map { course_of($_) => 0 } @courses;
	my $sum = { created => 0, updated => 0, found => 0 };

	foreach my $assessment (@assessments)
	{
		my @people = map { $_->{id_student} } grep { course_of($_) eq course_of($assessment)
			&& $disabled{ course_of($_) . " $_->{id_student}" } && !$withdrawn{ course_of($_) . " $_->{id_student}" } } @students;
		my $answer = from_json(sql(qq{BEGIN; DO \$\$BEGIN PERFORM proctorlink.use_install('$install'); END\$\$;
			SELECT proctorlink.assign_exam(proctorlink.sid('exam', x.exam_id),
				ARRAY(SELECT proctorlink.sid('enrollment', n.enrollment_id)
					FROM proctorlink.enrollment n JOIN proctorlink.account a USING (install_id, account_id)
					WHERE n.install_id = x.install_id AND n.course_id = x.course_id AND a.candidate_ext_id = ANY ('{@{[join(',', @people)]}}')
					ORDER BY 1),
				(SELECT proctorlink.sid('exam_configuration', c.exam_configuration_id) FROM proctorlink.exam_configuration c
					WHERE c.install_id = x.install_id AND c.exam_id = x.exam_id AND c.type = 'accommodation')) - 'sessions'
			FROM proctorlink.exam x WHERE x.install_id = proctorlink.sid_uuid('$install') AND x.external_id = '$assessment->{id_assessment}';
			COMMIT;}));

		$sum->{$_} += $answer->{$_} foreach keys %$sum;
	}
	return $sum;
}

# ----------
# What the files say
# ----------

my %people = map { $_->{id_student} => 1 } @registrations;
my %active;
$active{ course_of($_) }++ foreach grep { !$withdrawn{ course_of($_) . " $_->{id_student}" } } @registrations;
my %accommodated;
$accommodated{ course_of($_) }++
  foreach grep { my $key = course_of($_) . " $_->{id_student}"; $disabled{$key} && !$withdrawn{$key} } @students;
my ($open_sessions, $assigned, $redelivered) = (0, 0, 0);
foreach my $assessment (@assessments)
{
	my $here = $accommodated{ course_of($assessment) } // 0;

	if ($assessment->{assessment_type} eq 'CMA')
	{
		$open_sessions += $active{ course_of($assessment) };
		$redelivered += $here;
	}
	else
	{
		$assigned += $here;
	}
}
is_deeply([ scalar @courses, scalar @assessments, scalar keys %people, scalar @registrations, scalar keys %withdrawn, scalar keys %disabled ],
	[ 12, 37, 12400, 12489, 9, 1077 ], 'the files are those that were published');

# ----------
# The first run
# ----------

my $first = provision_all();
is($first->{failed}, 0, 'nothing is refused');
is_deeply($first->{status}, { completed => 4 }, 'all calls are completed');
is($first->{created}, @courses + @assessments * 3 + keys(%people) + @registrations, 'everything is created once')
  or diag(explain($first));
is(sql("SELECT count(*) FROM proctorlink.exam_session"), $open_sessions, "open exams give $open_sessions learners their sessions");
is_deeply(assign_all(), { created => $assigned, updated => $redelivered, found => 0 }, "$assigned and $redelivered sessions are assigned with accommodations");

sub count { return sql("SELECT count(*) FROM proctorlink.$_[0] t WHERE install_id = proctorlink.sid_uuid('$install') AND ($_[1])") }

is(count('course', 'true'), @courses, 'courses');
is(count('exam', 'true'), @assessments, 'exams');
is(count('exam_configuration', "type = 'primary' AND duration_minutes = 60"), @assessments, 'primary configurations');
is(count('exam_configuration', "type = 'accommodation' AND duration_minutes = 75"), @assessments, 'accommodation configurations');
is(count('exam', 'duration_minutes = 60'), @assessments, 'an exam lasts as its primary configuration does');
is(count('account', 'true'), keys %people, 'people');
is(count('account', 'username = candidate_ext_id AND NOT candidate_ext_id_defaulted'), keys %people, 'named by their ids');
is(count('enrollment', 'true'), @registrations, 'enrollments');
is(count('enrollment', "status = 'removed'"), keys %withdrawn, 'of which removed');
is(count('exam_session', "status = 'Needs Proctor'"), $open_sessions + $assigned, 'sessions');
is(count('exam_session', "exam_configuration_id IN (SELECT exam_configuration_id FROM proctorlink.exam_configuration WHERE type = 'accommodation')"),
	$assigned + $redelivered, 'of which with accommodations');
is(count('exam_session', "EXISTS (SELECT FROM proctorlink.enrollment n WHERE n.enrollment_id = t.enrollment_id AND n.status = 'removed')"), 0,
	'none of whom withdrew');
is_deeply([ map { $_ // 0 } @active{ map { course_of($_) } @courses } ],
	[ map { my $course = course_of($_); count('enrollment', "status = 'active' AND role = 'learner' AND course_id = (SELECT course_id
		FROM proctorlink.course c WHERE c.install_id = t.install_id AND c.external_id = '$course')") } @courses ], 'learners, course by course');

# ----------
# The second run
# ----------

my $versions = q{SELECT md5(string_agg(line, '' ORDER BY line)) FROM (
	SELECT 'a' || ctid::text || xmin::text FROM proctorlink.account UNION ALL SELECT 'c' || ctid::text || xmin::text FROM proctorlink.course
	UNION ALL SELECT 'n' || ctid::text || xmin::text FROM proctorlink.enrollment UNION ALL SELECT 'x' || ctid::text || xmin::text FROM proctorlink.exam
	UNION ALL SELECT 'k' || ctid::text || xmin::text FROM proctorlink.exam_configuration UNION ALL SELECT 's' || ctid::text || xmin::text FROM proctorlink.exam_session
	UNION ALL SELECT 'p' || ctid::text || xmin::text FROM proctorlink.exam_secret) v (line)};
my $written = q{SELECT pg_stat_force_next_flush(); SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_user_tables
	WHERE schemaname = 'proctorlink' AND relname NOT IN ('batch', 'event')};

my $versions_before = sql($versions);
my $written_before = sql($written);
my $place = sql('SELECT pg_current_wal_insert_lsn()');
my $second = provision_all();
is_deeply([ @$second{qw(failed created updated removed)} ], [ 0, 0, 0, 0 ], 'the second run changes nothing');
# each row is found as often as an item names it
is($second->{found}, @courses + @assessments * 2 * 3 + @registrations * 3, 'it finds everything');
is_deeply(assign_all(), { created => 0, updated => 0, found => $assigned + $redelivered }, 'everybody has their session');
cmp_ok(sql("SELECT pg_current_wal_insert_lsn() - '$place'"), '<', 300_000, 'it hardly writes WAL');
is(sql($versions), $versions_before, 'no row version is another');
is(sql($written), $written_before, 'no row is written');

is(sql("SELECT count(*) FROM proctorlink.account WHERE install_id = proctorlink.sid_uuid('$neighbour')"), 1, 'the neighbour stays as it was');

$session->quit;
stop_server($node);
done_testing();
