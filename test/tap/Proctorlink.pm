#
# Proctorlink.pm
#		What the TAP tests share: a server with the extension, and sessions that
#		stay open.
#
package Proctorlink;

use strict;
use warnings;

use Exporter qw(import);
use File::Basename qw(dirname);
use IPC::Open2;
use JSON::PP ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

our @EXPORT = qw(start_server stop_server start_session make_world from_json to_json);

my $json = JSON::PP->new->canonical->allow_nonref;

# Start a server with the extension in its database postgres.  PROCTORLINK_PRELOAD
# names libraries to load into it before all others.
sub start_server
{
	my (%settings) = @_;
	my $node = PostgreSQL::Test::Cluster->new('main');

	$node->init(extra => [ '--encoding=UTF8', '--locale=C.UTF-8' ]);
	$node->append_conf('postgresql.conf', "log_line_prefix = '%m [%p] %e '\n");
	$node->append_conf('postgresql.conf', "$_ = $settings{$_}\n") foreach sort keys %settings;
	start_node($node);
	$node->safe_psql('postgres', 'CREATE EXTENSION proctorlink');
	return $node;
}

# Start it by itself, as it inherits the environment.
sub start_node
{
	my ($node) = @_;

	local $ENV{LD_PRELOAD} = $ENV{PROCTORLINK_PRELOAD} if $ENV{PROCTORLINK_PRELOAD};
	$node->start;
	return;
}

# Stop it; it must not have crashed nor met an internal error.
sub stop_server
{
	my ($node) = @_;
	my @lines = grep { /server process \(PID|PANIC: |TRAP: |\] XX\w{3} / } split(/\n/, slurp_file($node->logfile));

	$node->stop;
	is(join("\n", @lines), '', 'the server met no internal error');
	return;
}

sub from_json
{
	my ($text) = @_;

	return $json->decode($text);
}

sub to_json
{
	my ($value) = @_;

	return $json->encode($value);
}

# Open a session that stays, in a psql.
sub start_session
{
	my ($node, $database) = @_;
	my $self = { count => 0 };

	local $ENV{PGHOST} = $node->host;
	local $ENV{PGPORT} = $node->port;
	local $ENV{PGDATABASE} = $database // 'postgres';
	local $ENV{PGAPPNAME} = 'session';
	$self->{pid} = open2($self->{out}, $self->{in}, 'psql', '-X', '-q', '-A', '-t', '-f', '-');
	bless $self, 'Proctorlink::Session';
	$self->do('\set VERBOSITY verbose');
	return $self;
}

# Make a database with the extension and what test/pgtap/calls.psql makes; answer
# an open session in it.
sub make_world
{
	my ($node, $database) = @_;
	my $folder = dirname(__FILE__) . '/../pgtap';

	$node->safe_psql('postgres', "CREATE DATABASE $database");
	$node->safe_psql($database, 'CREATE EXTENSION proctorlink');
	my $session = start_session($node, $database);

	$session->do('BEGIN');
	$session->do("\\i $folder/$_") foreach qw(helpers.psql sittings.psql calls.psql);
	$session->do('COMMIT');
	return $session;
}

package Proctorlink::Session;

# Send a command and do not wait for what it prints.
sub send_only
{
	my ($self, $sql) = @_;
	my $handle = $self->{in};

	$self->{count}++;
	print $handle "$sql\n;\n\\echo done $self->{count}\n";
	$handle->flush;
	return;
}

# Wait for what the last command prints.
sub wait_for
{
	my ($self) = @_;
	my $handle = $self->{out};
	my @lines;

	while (my $line = <$handle>)
	{
		return join('', @lines) =~ s/\n\z//r if $line eq "done $self->{count}\n";
		push @lines, $line;
	}
	return undef;
}

# Run a command and answer what it prints on its standard output; undef when
# the session has ended.
sub do
{
	my ($self, $sql) = @_;

	$self->send_only($sql);
	return $self->wait_for;
}

sub quit
{
	my ($self) = @_;

	local $?;
	close($self->{in});
	close($self->{out});
	waitpid($self->{pid}, 0);
	return;
}

1;
