#
# pooled.pl
#		One session that many requests share: what a transaction knew and was is
#		over when it ends, also by PREPARE TRANSACTION.
#
use strict;
use warnings;

use Proctorlink;
use Test::More;

my $node = start_server(max_prepared_transactions => 2);

sub sql { return $node->safe_psql('postgres', $_[0]) }

sql('SELECT proctorlink.setup_roles()');
sql('CREATE ROLE front LOGIN NOINHERIT; GRANT proctorlink_anon, proctorlink_api, proctorlink_marker TO front');
my ($one, $two) = map { sql("SELECT proctorlink.create_install('$_', NULL)") } qw(One Two);
my ($token_one, $token_two) = map { sql("SELECT proctorlink.generate_eapi_token('$_', 'x')") } $one, $two;
sql("INSERT INTO proctorlink.account (install_id, candidate_ext_id) VALUES (proctorlink.sid_uuid('$one'), 'u-1')");
my $access = sql("SELECT proctorlink.issue_access_token('$one', 'u-1')");

my $session = do { local $ENV{PGUSER} = 'front'; start_session($node) };

# A request as PostgREST sends it: the transaction, the role, the headers, the
# pre-request, the call; who it was for, as which role.
sub request
{
	my ($headers, $end) = @_;
	my $answer;

	$session->do('BEGIN');
	$session->do('SET LOCAL ROLE proctorlink_anon');
	$session->do(q{SELECT set_config('request.headers', '} . to_json($headers) . q{', true) \g /dev/null});
	$session->do('SELECT proctorlink.pre_request() \g /dev/null');
	$answer = $session->do(q{SELECT current_user});
	$answer .= ' ' . ($session->do(q{SELECT proctorlink.whoami() ->> 'install'}) || 'none') unless $answer eq 'proctorlink_anon';
	$session->do($end);
	return $answer;
}

foreach my $end ('COMMIT', 'ROLLBACK', q{PREPARE TRANSACTION 'one'})
{
	is(request({ token => $token_one }, $end), "proctorlink_api $one", "a system, then $end");
	$session->do('BEGIN');
	is($session->do('SELECT current_user'), 'front', 'the role is the session\'s own again');
	$session->do('SET LOCAL ROLE proctorlink_api');
	is($session->do(q{SELECT proctorlink.whoami() ->> 'kind'}), 'nobody', 'and the next transaction is nobody\'s');
	is($session->do('SELECT count(*) FROM proctorlink.install'), '0', 'who sees nothing');
	$session->do('COMMIT');
	is(request({}, $end =~ s/one/two/r), 'proctorlink_anon', 'a request without a token is nobody\'s');
	is(request({ authorization => "Bearer $access" }, 'COMMIT'), "proctorlink_marker $one", 'a person comes after a system');
	is(request({ token => $token_two }, 'COMMIT'), "proctorlink_api $two", 'another tenant after a person');
	is(request({ token => 'bad' }, 'COMMIT'), 'proctorlink_api none', 'and a bad token has nothing of theirs');
	if ($end =~ /PREPARE/)
	{
		is(sql('SELECT count(*) FROM pg_prepared_xacts'), '2', 'two transactions are prepared');
		sql("ROLLBACK PREPARED '$_'") foreach qw(one two);
	}
}

# What is copied out is the tenant's.
$session->do('BEGIN; SET LOCAL ROLE proctorlink_api');
$session->do(qq{SELECT proctorlink.authenticate('$token_one') \\g /dev/null});
is($session->do('COPY proctorlink.install (name) TO STDOUT'), 'One', 'COPY TO');
$session->do('COMMIT');
$session->do('BEGIN; SET LOCAL ROLE proctorlink_api');
$session->do(qq{SELECT proctorlink.authenticate('$token_two') \\g /dev/null});
is($session->do('COPY (SELECT candidate_ext_id FROM proctorlink.account) TO STDOUT'), '', 'of a query');
$session->do('COMMIT');
my ($status, $out, $error) = $node->psql('postgres', "BEGIN; SET LOCAL ROLE proctorlink_api; SELECT proctorlink.authenticate('$token_two');\n"
	. "COPY proctorlink.account (install_id, candidate_ext_id) FROM STDIN;\n"
	. sql("SELECT proctorlink.sid_uuid('$one')") . "\tu-2\n\\.\nCOMMIT;\n", extra_params => [ '-U', 'front' ]);
like($error, qr/COPY FROM not supported with row-level security/, 'COPY FROM is refused');
is(sql('SELECT string_agg(candidate_ext_id, \',\') FROM proctorlink.account'), 'u-1', 'and puts nothing there');

$session->quit;
stop_server($node);
done_testing();
