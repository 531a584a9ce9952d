#
# security_tables.pl
#		What docs/security.md says of each role's privileges is what the catalog
#		says.
#
use strict;
use warnings;

use FindBin;
use PostgreSQL::Test::Utils;
use Proctorlink;
use Test::More;

my $node = start_server();
my $top = "$FindBin::Bin/../..";
my ($shown) = slurp_file("$top/docs/security.md") =~ /^<!-- begin: printed by .*? -->\n\n(.*?)\n\n<!-- end -->$/ms;

local %ENV = (%ENV, PGHOST => $node->host, PGPORT => $node->port, PGDATABASE => 'postgres');
my ($printed, $errors) = run_command([ "$top/tools/security-tables" ]);

is($errors, '', 'the tables are printed');
is($shown, $printed, 'and are those of docs/security.md; write them by tools/with-server --build tools/security-tables --write');
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_roles WHERE rolname ~ '^proctorlink'}), '0', 'nothing is left behind');
stop_server($node);
done_testing();
