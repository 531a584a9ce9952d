#
# erased.pl
#		What of a person comes into the server's log, from the first batch to the
#		refusals after the erasure: of names and addresses nothing at any level,
#		whatever is refused or raised; of ids nothing either, but where a call that
#		raises an error names one to its caller. What calls bring stands in a table,
#		since PostgreSQL itself logs the text of a statement that fails.
#
use strict;
use warnings;

use PostgreSQL::Test::Utils;
use Proctorlink;
use Test::More;

my $node = start_server(log_min_messages => 'debug1', log_error_verbosity => 'verbose');
my @personal = qw(Zdenka Kvapilova zdenka\.k mail\.test Prague);
my @ids = qw(stu-7731 api-7731x lms-7731y zkvap pu-9917 ps-2251 res-8080 att-5150);

sub sql { return $node->safe_psql('postgres', $_[0]) }

my $install = sql(q{SELECT proctorlink.create_install('University', 'https://platform.test')});
my $integration = from_json(sql(qq{SELECT proctorlink.create_integration('$install', 'proctoru', 'https://proctor.test')}))->{sid};
sql(qq{CREATE TABLE brought (name text PRIMARY KEY, body jsonb);
	INSERT INTO proctorlink.account (install_id, candidate_ext_id, role) VALUES (proctorlink.sid_uuid('$install'), 'scheduler', 'scheduler'),
		(proctorlink.sid_uuid('$install'), 'other', 'candidate');
	SELECT proctorlink.configure_install('$install', '{"defaultScheduler": "scheduler"}');
	INSERT INTO proctorlink.exam (install_id, external_id, title, duration_minutes, published)
	VALUES (proctorlink.sid_uuid('$install'), 'e-1', 'Final', 60, true), (proctorlink.sid_uuid('$install'), 'e-2', 'Other', 60, true);});

my %user = (firstName => 'Zdenka', lastName => 'Kvapilova', email => 'zdenka.k@mail.test', timeZone => 'Europe/Prague');
my %student = (exam_id => 'e-1', user_id => 'pu-9917', student_id => 'ps-2251', first_name => 'Zdenka', last_name => 'Kvapilova',
	email => 'zdenka.k@mail.test', start_date => '2090-01-01T10:00:00Z', reservation_id => 'res-8080');
my %candidate = (CandidateExtId => 'stu-7731', UserName => 'zkvap', FirstName => 'Zdenka', LastName => 'Kvapilova', Email => 'zdenka.k@mail.test');
my %schedule = (AssessmentExtId => 'e-2', ScheduleExtId => 'S-1', StartDateTime => '2032-03-01T09:00:00Z', GroupExtId => 'med', GroupName => 'Medicine');
my %brought = (
	person => { course => { ids => { external => 'c-1' }, title => 'Anatomy', code => 'A' },
		user => { ids => { external => 'stu-7731', api => 'api-7731x', lms => 'lms-7731y' }, %user } },
	wrong => { user => { ids => { external => 'stu-7731' }, %user, email => 'zdenka.k mail.test', firstName => 'Zdenka' x 100, lastName => ['Kvapilova'], currencyCode => 'x' } },
	conflict => { user => { ids => { external => 'stu-7731', api => 'other-api' }, %user } },
	booking => {%student},
	unknown => { %student, exam_id => 'e-9' },
	badzone => { %student, reservation_id => 'r-2', time_zone_id => 'Kvapilova' },
	schedule => { Schedule => {%schedule}, Candidates => [ {%candidate} ] },
	taken => { Schedule => { %schedule, ScheduleExtId => 'S-2' }, Candidates => [ { %candidate, CandidateExtId => 'another' } ] },
	user => { User => { ExternalId => 'stu-7731', UserName => 'scheduler', FirstName => 'Zdenka', LastName => 'Kvapilova', Email => 'zdenka.k@mail.test', Role => 'Kvapilova' } },
);
sql('INSERT INTO brought VALUES ' . join(', ', map { "('$_', '" . to_json($brought{$_}) . "')" } sort keys %brought));

my $session = start_session($node);

# Call a function with what stands under a name; answer what it answers, which
# is nothing where it raises an error.
sub call
{
	my ($function, $name, $for_provider) = @_;
	my $with = $for_provider ? ", '$integration'" : '';

	return $session->do("BEGIN;\nSELECT proctorlink.use_install('$install'$with) IS NULL \\g /dev/null\n"
		  . "SELECT proctorlink.$function(body) FROM brought WHERE name = '$name';\nCOMMIT");
}

# What the log has of some strings since it was last read.
my $read = 0;

sub logged
{
	my (@strings) = @_;
	my $log = substr(slurp_file($node->logfile), $read);

	return join("\n", grep { my $line = $_; grep { $line =~ /$_/i } @strings } split(/\n/, $log));
}

sub read_so_far { $read = -s $node->logfile; return; }

read_so_far();
like(call('batch_provision', 'person'), qr/"Created"/, 'a person comes by a batch');
like(call('proctoru_add_reservation', 'booking', 1), qr/"response_code": 1/, 'is booked, as another one');
like(call('proctoru_add_reservation', 'unknown', 1), qr/Exam Not found/, 'is refused at a door');
like(call('proctoru_add_reservation', 'badzone', 1), qr/TimeZone not found/, 'once more');
like(call('proctoru_add_reservation', 'booking', 1), qr/EXIST_FOR/, 'and again');
like(call('eapi_create_schedule', 'schedule'), qr/"Success": true/, 'comes to a schedule');
like(call('eapi_create_schedule', 'taken'), qr/"Success": false/, 'not with the username of somebody else');
like(call('eapi_create_user', 'user'), qr/"Success": false/, 'nor twice');
is(logged(@personal, @ids), '', 'nothing of it is logged');

is(call('batch_provision', 'wrong'), '', 'what is wrong is raised');
is(call('batch_provision', 'conflict'), '', 'and what is in conflict');
is(logged(@personal), '', 'without names and addresses');
like(logged('INVALIDINPUT'), qr/ERROR/, 'though errors are logged');

my $booked = sql(q{SELECT proctorlink.sid('US', account_id) FROM proctorlink.account WHERE candidate_ext_id = 'pu-9917'});
my $person = sql(q{SELECT proctorlink.sid('US', account_id) FROM proctorlink.account WHERE candidate_ext_id = 'stu-7731'});
read_so_far();
foreach my $sid ($person, $booked)
{
	like(sql(qq{SELECT proctorlink.export_candidate('$sid')}), qr/Zdenka/, 'all is told');
	like(sql(qq{SELECT proctorlink.erase_candidate('$sid', 'request 1')}), qr/"erased": "$sid"/, 'the person is erased');
}
is(call('batch_provision', 'person'), '', 'and does not come again: by a batch');
like(call('proctoru_add_reservation', 'booking', 1), qr/erased_stays_erased/, 'by a booking');
like(call('proctoru_edit_student', 'booking', 1), qr/erased_stays_erased/, 'by a profile');
like(call('eapi_create_schedule', 'taken'), qr/"Success": false/, 'by a username');
like(call('eapi_create_schedule', 'schedule'), qr/"Success": false/, 'by a schedule');
like(call('eapi_create_user', 'user'), qr/"Success": false/, 'as a user');
is($session->do(qq{INSERT INTO proctorlink.account (install_id, candidate_ext_id, first_name, email)
	SELECT proctorlink.sid_uuid('$install'), body #>> '{user,ids,external}', body #>> '{user,firstName}', body #>> '{user,email}' FROM brought WHERE name = 'person' RETURNING 1}), '', 'by plain SQL');
is($session->do(qq{UPDATE proctorlink.account SET api_id = body #>> '{user,ids,api}' FROM brought WHERE name = 'person' AND candidate_ext_id = 'other' RETURNING 1}), '', 'as somebody else');
is(logged(@personal, @ids), '', 'nothing of it is logged');
like(logged('erased'), qr/this id belongs to a person who was erased/, 'though errors are logged');
$session->quit;

# No column of any table has a string of the person, but what was brought.
my $tables = sql(q{SELECT string_agg(format('SELECT %L AS name, r::text AS line FROM %s r', c.oid::regclass, c.oid::regclass), ' UNION ALL ')
	FROM pg_class c WHERE relnamespace = 'proctorlink'::regnamespace AND relkind = 'r'});
is(sql("SELECT string_agg(DISTINCT name, ', ') FROM ($tables) t WHERE line ~* '" . join('|', @personal, @ids) . "'"), '', 'nor stored');

stop_server($node);
done_testing();
