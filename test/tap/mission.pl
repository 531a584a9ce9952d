#
# mission.pl
#		docs/mission.md and test/pgtap/mission.sql have the same names, and all
#		that the former says keeps a sentence is there: in the catalog, or, a rule
#		that a trigger raises, in the comment of the trigger's function.
#
use strict;
use warnings;

use FindBin;
use IPC::Run;
use PostgreSQL::Test::Utils;
use Proctorlink;
use Test::More;

my $top = "$FindBin::Bin/../..";
my $node = start_server();

# The lines of the tables: name, and what keeps it.
my (%named, %keeps);
foreach my $line (split(/\n/, slurp_file("$top/docs/mission.md")))
{
	next unless $line =~ /^\| (.+) \|$/;
	my ($name, undef, undef, $kept) = split(/ \| ?/, $1, 4);
	next if $name eq 'name' || $name eq '—';

	$named{$name} = 1;
	$keeps{$_} = $name foreach ($kept // '') =~ /`([^`]+)`/g;
}
cmp_ok(scalar keys %named, '>', 50, 'the tables were read');

# The tests, by running them.
my $output = '';
{
	local %ENV = (%ENV, PGHOST => $node->host, PGPORT => $node->port, PGDATABASE => 'postgres', PGCLIENTENCODING => 'UTF8');

	$node->safe_psql('postgres', 'CREATE EXTENSION pgtap');
	IPC::Run::run([ 'psql', '-X', '-q', '-A', '-t', '-f', "$top/test/pgtap/mission.sql" ], '>&', \$output);
}
my %tested = map { $_ => 1 } $output =~ /^(?:not )?ok \d+ - (.+)$/gm;

is(join(', ', grep { !$tested{$_} } sort keys %named), '', 'each sentence has its test');
is(join(', ', grep { !$named{$_} } sort keys %tested), '', 'and each test its sentence');
is(scalar(() = $output =~ /^(?:not )?ok \d+ - /gm), scalar keys %tested, 'no name is there twice');
is(join("\n", $output =~ /^not ok .*$/gm), '', 'all of them pass');

# What is said to keep them.
my $there = $node->safe_psql('postgres', q{
	SELECT proname FROM pg_proc WHERE pronamespace = 'proctorlink'::regnamespace
	UNION SELECT conname FROM pg_constraint WHERE connamespace = 'proctorlink'::regnamespace
	UNION SELECT relname FROM pg_class WHERE relnamespace = 'proctorlink'::regnamespace
	UNION SELECT tgname FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid
		WHERE relnamespace = 'proctorlink'::regnamespace
	UNION SELECT m[1] FROM pg_proc, regexp_matches(obj_description(oid, 'pg_proc'), '\((\w+)\)', 'g') m
		WHERE pronamespace = 'proctorlink'::regnamespace AND prorettype = 'trigger'::regtype
	UNION SELECT m[1] FROM pg_proc, regexp_matches(obj_description(oid, 'pg_proc'), '\w+', 'g') m
		WHERE pronamespace = 'proctorlink'::regnamespace AND proname ~ '_is_well_formed$'});
my %there = map { $_ => 1 } split(/\n/, $there);

cmp_ok(scalar keys %keeps, '>', 30, 'things keep them');
is(join(', ', map { "$_ ($keeps{$_})" } grep { !$there{$_} } sort keys %keeps), '', 'and all of those are there');

stop_server($node);
done_testing();
