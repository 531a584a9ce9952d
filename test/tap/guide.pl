#
# guide.pl
#		The guides do what they say: their ```sql blocks run in psql in order, in a
#		fresh database, and answer what the ```text block after them shows. An
#		error that is not shown is a failure. Sids and links are different each
#		time and count as equal, shown in full or as AI… and session=…; where in
#		the library an error came from is not compared.
#
use strict;
use warnings;

use FindBin;
use IPC::Run;
use PostgreSQL::Test::Utils;
use Proctorlink;
use Test::More;

# No worker may hold up what events_since tells.
my $node = start_server(autovacuum => 'off');

# The blocks of a guide: the SQL, what is shown after it, and where it stands.
sub blocks
{
	my ($text) = @_;
	my @blocks;

	while ($text =~ /^```sql\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?/gms)
	{
		my ($sql, $shown, $before) = ($1, $2 // '', substr($text, 0, $-[0]));

		push @blocks, { sql => $sql, shown => $shown, line => 1 + ($before =~ tr/\n//) };
	}
	return @blocks;
}

# What can be compared of an answer.
sub comparable
{
	my ($answer) = @_;

	$answer =~ s/^CONTEXT: .*\n?//gm;
	$answer =~ s/\b([A-Z]{2})(?:[0-9a-f]{32}\b|…)/$1/g;
	$answer =~ s/session=[^"\s]+/session=/g;
	$answer =~ s/[ \t]+$//gm;
	$answer =~ s/\A\n+|\n+\z//g;
	return $answer;
}

foreach my $name (qw(administrator-guide external-api operations postgrest privacy proctoru-webhooks security))
{
	my @blocks = blocks(slurp_file("$FindBin::Bin/../../docs/$name.md"));
	my $end = '=== end of block ===';
	my $script = join('', map { "$_->{sql}\\echo $end\n" } @blocks);
	my $database = $name =~ tr/-/_/r;
	my $output = '';

	cmp_ok(scalar @blocks, '>', 0, "$name has steps");
	$node->safe_psql('postgres', "CREATE DATABASE $database");
	{
		local %ENV = (%ENV, PGHOST => $node->host, PGPORT => $node->port, PGDATABASE => $database,
			PGOPTIONS => '-c client_min_messages=warning', PGCLIENTENCODING => 'UTF8');

		IPC::Run::run([ 'psql', '-X', '-q' ], '<', \$script, '>&', \$output);
	}

	my @answers = split(/^\Q$end\E\n/m, $output, -1);

	is(scalar @answers, @blocks + 1, "$name runs to its end");
	for my $i (0 .. $#blocks)
	{
		is(comparable($answers[$i] // ''), comparable($blocks[$i]{shown}), "$name.md line $blocks[$i]{line}");
	}
}

stop_server($node);
done_testing();
