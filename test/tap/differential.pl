#
# differential.pl
#		A batch answers and writes what its items, sent one call at a time,
#		would have: thousands of random batches, valid, broken, repeated and
#		leaning on each other.
#
use strict;
use warnings;

use File::Basename qw(dirname);
use JSON::PP ();
use Proctorlink;
use PostgreSQL::Test::Utils;
use Test::More;

my $seed = $ENV{PROCTORLINK_SEED} // 20270216;
my $rounds = $ENV{PROCTORLINK_ROUNDS} // 420;
my $batches_a_round = 6;

srand($seed);

sub one_in { return int(rand($_[0])) == 0 }
sub one_of { return $_[ int(rand(@_)) ] }

# ----------
# Random items
# ----------

# Some of a thing's ids, seldom one of another's, or one that stands for nobody.
sub some_ids
{
	my ($table, $column, $number, %ids) = @_;
	my %chosen;

	if (one_in(6))
	{
		my $kind = one_of(sort keys %ids);

		$chosen{sid} = '@' . "$table $column->{$kind} " . $ids{$kind}->($number) . '@';
	}
	if (!%chosen || one_in(4))
	{
		foreach my $kind (one_in(3) ? sort keys %ids : one_of(sort keys %ids))
		{
			$chosen{$kind} = $ids{$kind}->(one_in(40) ? $number + 1 : $number);
		}
	}
	$chosen{ one_of(sort keys %ids) } = one_of(undef, '', ' x', 7) if one_in(150);
	return \%chosen;
}

# Members that may be left out or null.
sub maybe
{
	my ($object, $name, $odds, @values) = @_;

	$object->{$name} = one_of(@values) unless one_in($odds);
	return;
}

sub course
{
	my $number = 1 + int(rand(3));
	my $course = { ids => some_ids('course', { api => 'api_id', lms => 'lms_id', external => 'external_id' }, $number,
		api => sub { "ca-$_[0]" }, lms => sub { "cl-$_[0]" }, external => sub { "c-$_[0]" }) };

	return $course if one_in(3);
	maybe($course, 'title', 40, 'Anatomy', 'Biology', (one_in(25) ? (undef, '') : ()));
	maybe($course, 'code', 2, 'A-1', undef, '');
	return $course;
}

# Ids of one kind may be those of another person of another kind.
sub user
{
	my $number = 1 + int(rand(5));
	my $user = { ids => some_ids('account', { api => 'api_id', lms => 'lms_id', external => 'candidate_ext_id' }, $number,
		api => sub { "p-$_[0]" }, lms => sub { one_in(8) ? "p-$_[0]" : "l-$_[0]" },
		external => sub { one_in(8) ? "p-$_[0]" : "u-$_[0]" }) };

	return $user if one_in(4);
	maybe($user, 'firstName', 40, 'Ada', 'Ada', 'Grace');
	maybe($user, 'lastName', 40, 'Byron', 'Hopper', (one_in(25) ? (undef, '') : ()));
	maybe($user, 'email', 40, 'a@example.org', 'b@example.org', (one_in(25) ? (undef, '', 'nobody') : ()));
	maybe($user, 'currencyCode', 2, 'USD', 'EUR', undef, (one_in(25) ? 'usd' : ()));
	maybe($user, 'timeZone', 2, 'America/New_York', undef, (one_in(25) ? ('Mars', '') : ()));
	return $user;
}

sub enrollment
{
	my $enrollment = {};

	maybe($enrollment, 'role', 2, 'learner', 'learner', 'instructor', undef, (one_in(25) ? 'mentor' : ()));
	maybe($enrollment, 'status', 2, 'removed', 'active', undef);
	return $enrollment;
}

sub configuration
{
	my $configuration = {};
	my $id = one_of('k-1', 'k-2', 'k-3');

	$configuration->{ids} = one_in(2) ? $id : { api => $id } if one_in(2);
	return $configuration if $configuration->{ids} && one_in(6);
	maybe($configuration, 'type', 2, 'primary', 'accommodation', 'accommodation', undef);
	$configuration->{url} = one_of('https://platform.test/1', 'https://platform.test/2');
	$configuration->{access} = { open => '2027-02-16T17:00:00Z',
		close => one_of('2027-02-20T17:00:00Z', '2027-02-20T18:00:00+01:00', '2027-02-21T00:00:00Z') };
	maybe($configuration, 'scheduling', 2, {}, undef, { open => '', close => '' },
		{ open => '2027-01-01T00:00:00Z', close => '2027-02-18T00:00:00Z' },
		{ close => one_of('2027-02-19T00:00:00Z', undef) },
		(one_in(15) ? { close => '2028-01-01T00:00:00Z' } : ()));
	$configuration->{duration} = one_of(60, 60, 90, (one_in(25) ? (0, 1.5, '60', 1e9) : ()));
	$configuration->{password} = one_of('a', 'a', 'b');
	maybe($configuration, 'attempts', 2, 1, 2, undef);
	maybe($configuration, 'notes', 2, {}, undef, { student => one_of('s', undef, '') }, { student => 'x', proctor => 'y' });
	$configuration->{proctorTypes} = one_of({}, { TS4b894875d26194988853e490dfb9bc41 => {} },
		{ TS6d6011935f4646848ea4f7a29b4f61a5 => { options => { verifyId => {} } } });
	maybe($configuration, 'permittedItems', 2, {}, undef, { calculator => { notes => 'TI-85' } });
	delete $configuration->{ one_of(sort keys %$configuration) } if one_in(40);
	return $configuration;
}

sub exam
{
	my $number = 1 + int(rand(3));
	my $exam = { ids => some_ids('exam', { external => 'external_id' }, $number, external => sub { "e-$_[0]" }) };

	return $exam if one_in(6);
	maybe($exam, 'title', 40, 'Final', 'Final', 'Resit');
	maybe($exam, 'description', 2, 'd', undef, '');
	maybe($exam, 'type', 2, 'online', 'written', undef);
	maybe($exam, 'practice', 2, JSON::PP::true, JSON::PP::false, undef);
	maybe($exam, 'limitedScope', 2, JSON::PP::true, JSON::PP::false, JSON::PP::false, undef);
	maybe($exam, 'deliverySystem', 2, 'canvas', 'moodle', '', undef, (one_in(25) ? 'abacus' : ()));
	maybe($exam, 'configuration', 5, map { configuration() } 1 .. 3);
	return $exam;
}

sub item
{
	my $item = {};
	my $kind = rand();

	$item->{course} = course() if $kind < 0.85;
	$item->{user} = user() if $kind < 0.5 || $kind > 0.85;
	$item->{enrollment} = enrollment() if $item->{user} && one_in(2) || one_in(50);
	$item->{exam} = exam() if $kind > 0.35 && $kind < 0.85 && !one_in(6);
	$item->{signon} = { integrationSid => '@integration provider ' . one_of('smarterproctoring', 'smarterproctoring', 'other') . '@' }
	  if $item->{user} && one_in(10);
	$item->{ one_of(qw(course user exam enrollment)) } = one_of(undef, [], 'x', {}) if one_in(50);
	$item->{ one_of(qw(cuorse User)) } = {} if one_in(100);
	return one_in(200) ? one_of(undef, [], 'x', 3) : $item;
}

# A few items, some of them again.
sub batch
{
	my @items;

	foreach (1 .. 1 + int(rand(9)))
	{
		push @items, @items && one_in(6) ? one_of(@items) : item();
	}
	return { items => \@items, alone => (one_in(2) ? JSON::PP::true : JSON::PP::false),
		array => (one_in(2) ? JSON::PP::true : JSON::PP::false) };
}

# What most rounds begin with: nearly everything that later items may name.
sub beginning
{
	my @items;

	foreach my $number (1 .. 3)
	{
		push @items, { course => { ids => { external => "c-$number", api => "ca-$number" }, title => 'Anatomy' },
			exam => { ids => { external => "e-$number" }, title => 'Final',
				limitedScope => (one_in(2) ? JSON::PP::true : JSON::PP::false),
				configuration => { url => 'https://platform.test/1', password => 'a', duration => 60, proctorTypes => {},
					access => { open => '2027-02-16T17:00:00Z', close => '2027-02-20T17:00:00Z' } } } };
	}
	foreach my $number (1 .. 5)
	{
		push @items, { course => { ids => { external => 'c-' . (1 + $number % 3) } },
			user => { ids => one_of({ external => "u-$number" }, { api => "p-$number" }, { lms => "l-$number" }),
				firstName => 'Ada', lastName => 'Byron', email => 'a@example.org' } };
	}
	return { items => \@items, alone => JSON::PP::false, array => JSON::PP::true };
}

sub between
{
	return one_in(3) ? { exam => 'e-' . (1 + int(rand(3))) } :
	  { status => one_of('Scheduled', 'Scheduled', 'In Progress', 'Closed'), exam => 'e-' . (1 + int(rand(3))),
		person => one_of('u-', 'p-') . (1 + int(rand(5))) };
}

# ----------
# Playing and shrinking
# ----------

my $node = start_server();
$node->safe_psql('postgres', slurp_file(dirname(__FILE__) . '/differential.sql'));
my $session = start_session($node);

sub difference
{
	my ($steps) = @_;

	return $session->do('SELECT play($steps$' . to_json($steps) . '$steps$);') // die 'the session has ended';
}

# All that is smaller by one thing: a step, an item, a member.
sub smaller
{
	my ($value) = @_;

	if (ref $value eq 'ARRAY')
	{
		return ((map { my $i = $_; [ @$value[ grep { $_ != $i } 0 .. $#$value ] ] } 0 .. $#$value),
			map { my $i = $_; map { my @copy = @$value; $copy[$i] = $_; \@copy } smaller($value->[$i]) } 0 .. $#$value);
	}
	if (ref $value eq 'HASH')
	{
		return map {
			my $key = $_;
			my %rest = %$value;

			delete $rest{$key};
			(($key =~ /^(items|alone|array|status|exam|person)$/ ? () : { %rest }), map { { %rest, $key => $_ } } smaller($value->{$key}))
		} sort keys %$value;
	}
	return;
}

sub shrink
{
	my ($steps) = @_;
	my $tries = 3000;
	my $first_words = qr/^(item|atomic|only|dry|the|an|a|\w+)/;
	my ($kind) = difference($steps) =~ $first_words;

  AGAIN:
	foreach my $candidate (smaller($steps))
	{
		last if $tries-- == 0;
		if (difference($candidate) =~ $first_words && $1 eq $kind)
		{
			$steps = $candidate;
			goto AGAIN;
		}
	}
	return $steps;
}

my $batches = 0;
my $items = 0;
my $differing = 0;

foreach my $round (1 .. $rounds)
{
	my @steps = one_in(3) ? () : beginning();

	foreach (1 .. $batches_a_round)
	{
		push @steps, batch();
		$batches++;
		$items += @{ $steps[-1]{items} };
		push @steps, between() while one_in(2);
	}
	next if difference(\@steps) eq '';
	$differing++;
	last if $differing > 1;
	my $smallest = shrink(\@steps);
	diag("round $round of seed $seed, the smallest steps that differ:\n", join("\n", map { to_json($_) } @$smallest),
		"\n", difference($smallest));
}
is($differing, 0, 'batches answer and write what single calls do');
cmp_ok($batches, '>=', 2000, "$batches batches of $items items");

$session->quit;
stop_server($node);
done_testing();
