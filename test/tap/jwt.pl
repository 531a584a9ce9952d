#
# jwt.pl
#		Access tokens and the tokens of sign-on and launch links as a public
#		library for JSON Web Tokens sees them, and what it makes; also on a standby.
#
use strict;
use warnings;

use Crypt::JWT qw(decode_jwt encode_jwt);
use Crypt::PK::RSA;
use Proctorlink;
use Test::More;

my $node = start_server(wal_level => 'replica', max_wal_senders => 4, max_replication_slots => 2);

sub sql { return $node->safe_psql('postgres', $_[0]) }

my $install = sql(q{SELECT proctorlink.create_install('University', 'https://platform.test')});
my $integration = from_json(sql(qq{SELECT proctorlink.create_integration('$install', 'smarterproctoring',
	'https://proctor.test/on', '{"signonLifetime": 600}')}));
my $other = from_json(sql(qq{SELECT proctorlink.create_integration('$install', 'other', 'https://other.test/on')}));

# The answer to a person's sign-on.
sub sign_on
{
	my ($person, $with, %more) = @_;
	my $payload = to_json({
		user => { ids => { external => $person }, firstName => 'Ada', lastName => 'Byron', email => 'ada@example.org' },
		signon => { integrationSid => $with, %more } });

	return from_json(sql(qq{SELECT proctorlink.provision('$install', \$payload\$$payload\$payload\$)}));
}

# What a token says when a key verifies it; undef when it does not.
sub verified
{
	my ($token, $key, %more) = @_;
	my ($header, $claims) = eval {
		decode_jwt(token => $token, key => $key, decode_header => 1, accepted_alg => 'HS256',
			verify_exp => 1, verify_nbf => 1, verify_iat => 1, %more);
	};

	return $header ? { header => $header, claims => $claims } : undef;
}

my $answer = sign_on('u-1', $integration->{sid});
my $token = $answer->{signon}{token};
my $now = time;

like($integration->{signingKey}, qr/^[A-Za-z0-9_-]{43}$/, 'a signing key is 43 characters of base64url');
is($answer->{signon}{redirect}, "https://proctor.test/on?token=$token", 'the redirect carries the token');

my $read = verified($token, $integration->{signingKey}, verify_iss => 'proctorlink',
	verify_sub => $answer->{user}{sid}, verify_aud => $integration->{sid}, verify_typ => 'proctorlink-signon+jwt');
ok($read, 'the token verifies with the integration\'s key') or diag($@);
is_deeply($read->{header}, { alg => 'HS256', typ => 'proctorlink-signon+jwt', kid => $integration->{sid} }, 'its header');
is($read->{claims}{sub}, $answer->{user}{sid}, 'sub is the person');
is($read->{claims}{aud}, $integration->{sid}, 'aud is the integration');
is($read->{claims}{install}, $install, 'install is the install');
is($read->{claims}{exp} - $read->{claims}{iat}, 600, 'it lives as long as the integration says');
cmp_ok(abs($read->{claims}{iat} - $now), '<=', 60, 'it was issued now');
cmp_ok($read->{claims}{nbf}, '<=', $read->{claims}{iat}, 'it is good at once');
is_deeply([ sort keys %{ $read->{claims} } ], [qw(aud exp iat install iss jti nbf sub)], 'it says nothing else');

is(verified($token, $other->{signingKey}), undef, 'another integration\'s key does not verify it');
is(verified($token, $integration->{webhookSecret}), undef, 'nor does the secret of the webhook');
is(verified($token =~ s/\.\K[^.]*(?=\.)/reverse($&)/er, $integration->{signingKey}), undef, 'nor the key a token that was changed');
is(verified(substr($token, 0, -1), $integration->{signingKey}), undef, 'nor one that was cut');

my $short = sign_on('u-1', $integration->{sid}, expiresIn => 60);
my $long = sign_on('u-1', $integration->{sid}, expiresIn => 604800);
foreach my $case ([ $short, 60 ], [ $long, 604800 ])
{
	my $claims = verified($case->[0]{signon}{token}, $integration->{signingKey})->{claims};

	is($claims->{exp} - $claims->{iat}, $case->[1], "expiresIn $case->[1]");
}

# A token for everyone in a batch, each of its own.
my $items = to_json([ map { { user => { ids => { external => "u-$_" }, firstName => 'Ada', lastName => 'Byron',
	email => 'ada@example.org' }, signon => { integrationSid => $integration->{sid} } } } 1 .. 500 ]);
my $batch = from_json(sql(qq{SELECT proctorlink.provision('$install', \$payload\$$items\$payload\$)}));
my (%jti, $good);
foreach my $entry (@{ $batch->{items} })
{
	my $each = verified($entry->{signon}{token}, $integration->{signingKey}, verify_sub => $entry->{user}{sid});

	next unless $each;
	$good++;
	$jti{ $each->{claims}{jti} }++;
}
is($good, 500, 'every token of a batch verifies and names its person');
is(scalar keys %jti, 500, 'no two have the same jti');

# A repeat of a call with a key mints fresh links.
my $keyed = to_json({ idempotencyKey => 'k', items => from_json($items) });
my @repeats = map { from_json(sql(qq{SELECT proctorlink.provision('$install', \$payload\$$keyed\$payload\$)})) } 1 .. 2;
my @jtis = map { verified($_->{items}[0]{signon}{token}, $integration->{signingKey})->{claims}{jti} } @repeats;
isnt($jtis[0], $jtis[1], 'a repeat with a key gives new tokens');
is($repeats[1]{items}[7]{signon}{redirect}, "https://proctor.test/on?token=$repeats[1]{items}[7]{signon}{token}", 'with their redirects');

# Rotation.
my $new_key = sql(qq{SELECT proctorlink.rotate_signing_key('$install', '$integration->{sid}')});
my $after = sign_on('u-1', $integration->{sid});
isnt($new_key, $integration->{signingKey}, 'rotation gives another key');
ok(verified($after->{signon}{token}, $new_key), 'new tokens verify with it');
is(verified($after->{signon}{token}, $integration->{signingKey}), undef, 'and not with the old one');
ok(verified($token, $integration->{signingKey}), 'old tokens still verify with the old one');
is(verified($token, $new_key), undef, 'and not with the new one');

# A redirect that has a query already.
my $query = from_json(sql(qq{SELECT proctorlink.create_integration('$install', 'other', 'https://other.test/on?a=b')}));
like(sign_on('u-1', $query->{sid})->{signon}{redirect}, qr{^https://other\.test/on\?a=b&token=}, 'a redirect with a query keeps it');

# Launch links: the install's key, the session, its version, and no end.
my $session = sql(qq{WITH exam AS (INSERT INTO proctorlink.exam (install_id, title)
	VALUES (proctorlink.sid_uuid('$install'), 'Final') RETURNING install_id, exam_id)
	INSERT INTO proctorlink.exam_session (install_id, exam_id, account_id, status)
	SELECT install_id, exam_id, proctorlink.sid_uuid('$answer->{user}{sid}'), 'Scheduled' FROM exam
	RETURNING proctorlink.sid('ES', exam_session_id)});
my $launch_key = sql(q{SELECT secret FROM proctorlink.launch_key});
my $link = from_json(sql(qq{SELECT proctorlink.launch_link('$session')}));
my ($launch) = $link->{LaunchUrl} =~ m{^https://platform\.test/delivery/external-login\?session=(.*)$};
my $opened = verified($launch, $launch_key, verify_iss => 'proctorlink', verify_sub => $session, verify_typ => 'proctorlink-launch+jwt',
	verify_exp => undef, verify_nbf => undef);

like($launch_key, qr/^[A-Za-z0-9_-]{43}$/, 'a launch key is 43 characters of base64url');
ok($opened, 'a launch token verifies with the install\'s key') or diag($@);
is_deeply($opened->{header}, { alg => 'HS256', typ => 'proctorlink-launch+jwt', kid => $install }, 'its header');
is_deeply({ %{ $opened->{claims} }{qw(iss sub install link_version)} },
	{ iss => 'proctorlink', sub => $session, install => $install, link_version => 1 }, 'what it says');
is_deeply([ sort keys %{ $opened->{claims} } ], [qw(iat install iss jti link_version sub)], 'and nothing else');
is(verified($launch, $integration->{signingKey}, verify_exp => undef, verify_nbf => undef), undef, 'an integration\'s key does not verify it');

# Redeems a token: the session's status, or the SQLSTATE.
sub redeem
{
	my ($sent) = @_;
	my ($status, $out, $error) = $node->psql('postgres', "SELECT proctorlink.redeem_launch('$sent') #>> '{session,status}'",
		extra_params => [ '-v', 'VERBOSITY=sqlstate' ]);

	return $status == 0 ? $out : $error =~ /ERROR:  (\w+)/ ? $1 : $error;
}

is(redeem($launch), 'In Progress', 'it opens the session');
my %good = (payload => $opened->{claims}, alg => 'HS256', key => $launch_key, extra_headers => { typ => 'proctorlink-launch+jwt', kid => $install });
is(redeem(encode_jwt(%good)), 'In Progress', 'so does one that the library signs with the key');
is(redeem(encode_jwt(%good, key => $integration->{signingKey})), 'PT403', 'but with no other key');
is(redeem(encode_jwt(%good, alg => $_, key => $_ eq 'none' ? undef : $launch_key, allow_none => 1)), 'PT403', "by no other algorithm: $_")
  foreach qw(none HS384 HS512);
is(redeem(encode_jwt(%good, extra_headers => { typ => $_, kid => $install })), 'PT403', "and of no other type: $_")
  foreach qw(JWT proctorlink-signon+jwt);
is(redeem($token), 'PT403', 'a sign-on token opens nothing');

# Redeems a sign-on token: the person, or the SQLSTATE.
sub come_in
{
	my ($sent, $where) = @_;
	my ($status, $out, $error) = ($where // $node)->psql('postgres', "SELECT proctorlink.redeem_signon('$sent')",
		extra_params => [ '-v', 'VERBOSITY=sqlstate' ]);

	return $status == 0 ? from_json($out) : $error =~ /ERROR:  (\w+)/ ? $1 : $error;
}

my $entered = come_in($token);
is_deeply($entered->{user}, { sid => $answer->{user}{sid}, candidate_ext_id => 'u-1', username => 'u-1' }, 'a sign-on token tells who comes, also by a former key');
is_deeply([ @{$entered}{qw(install integration)} ], [ $install, $integration->{sid} ], 'where, and from where');
is(come_in($token), 'PT403', 'once');
my %link = (payload => { %{ $read->{claims} }, jti => '0' x 32 }, alg => 'HS256', key => $new_key,
	extra_headers => { typ => 'proctorlink-signon+jwt', kid => $integration->{sid} });
is(come_in(encode_jwt(%link, alg => $_, key => $_ eq 'none' ? undef : $new_key, allow_none => 1)), 'PT403', "by no other algorithm: $_")
  foreach qw(none HS384 HS512);
is(come_in(encode_jwt(%link, extra_headers => { typ => $_, kid => $integration->{sid} })), 'PT403', "and of no other type: $_")
  foreach qw(JWT proctorlink-launch+jwt proctorlink-access+jwt);
is(come_in(encode_jwt(%link, key => $other->{signingKey})), 'PT403', 'nor with another key');
is(come_in($launch), 'PT403', 'a launch token signs nobody on');
is(ref come_in(encode_jwt(%link)), 'HASH', 'one that the library signs with the key is good');
is(come_in(encode_jwt(%link)), 'PT403', 'once as well');

# Access tokens.
my $access_key = sql(q{SELECT secret FROM proctorlink.access_key});

# Whom a token speaks for, empty where for nobody.
sub speaks_for
{
	my ($sent, $where) = @_;
	my ($status, $out, $error) = ($where // $node)->psql('postgres', "SELECT proctorlink.authenticate('Bearer $sent') ->> 'user'",
		extra_params => [ '-v', 'VERBOSITY=sqlstate' ]);

	return $status == 0 ? $out : $error =~ /ERROR:  PT403$/ ? '' : $error;
}

my $issued = sql(qq{SELECT proctorlink.issue_access_token('$install', 'u-1', '10 minutes')});
my $shown = verified($issued, $access_key, verify_iss => 'proctorlink', verify_sub => $answer->{user}{sid}, verify_aud => $install,
	verify_typ => 'proctorlink-access+jwt');
ok($shown, 'an access token verifies with the install\'s access key') or diag($@);
is_deeply($shown->{header}, { alg => 'HS256', typ => 'proctorlink-access+jwt', kid => $install }, 'its header');
is_deeply([ sort keys %{ $shown->{claims} } ], [qw(aud exp iat install iss jti nbf sub)], 'its claims');
is($shown->{claims}{exp} - $shown->{claims}{iat}, 600, 'it lives as long as asked for');
ok(verified($entered->{access_token}, $access_key), 'so does that of a sign-on');
is(verified($issued, $_, verify_exp => undef), undef, 'no other key verifies it') foreach ($launch_key, $new_key, $integration->{webhookSecret});
my %access = (payload => $shown->{claims}, alg => 'HS256', key => $access_key, extra_headers => { typ => 'proctorlink-access+jwt', kid => $install });
is(speaks_for($issued), $answer->{user}{sid}, 'it speaks for the person');
is(speaks_for(encode_jwt(%access)), $answer->{user}{sid}, 'so does one that the library signs with the key');
is(speaks_for(encode_jwt(%access, key => $_)), '', 'but with no other key') foreach ($launch_key, $new_key, 'secret');
is(speaks_for(encode_jwt(%access, alg => $_, key => $_ eq 'none' ? undef : $access_key, allow_none => 1)), '', "by no other algorithm: $_")
  foreach qw(none HS384 HS512);
my $rsa = Crypt::PK::RSA->new;
$rsa->generate_key(256);
is(speaks_for(encode_jwt(%access, alg => $_, key => $rsa)), '', "nor by a pair of keys: $_") foreach qw(RS256 PS256);
is(speaks_for(encode_jwt(%access, key => $rsa->export_key_pem('public'))), '', 'nor with a public key as secret');
is(speaks_for(encode_jwt(%access, extra_headers => { typ => $_, kid => $install })), '', "of no other type: $_")
  foreach qw(JWT proctorlink-signon+jwt proctorlink-launch+jwt);
is(speaks_for($_), '', 'a link is none') foreach ($token, $launch, $after->{signon}{token});
is(speaks_for(encode_jwt(%access, payload => '{"iss":')), '', 'nor what is no JSON');
is(speaks_for(encode_jwt(%access, zip => 'deflate')), '', 'nor what is compressed');
is(speaks_for(encode_jwt(%access, extra_headers => { typ => 'proctorlink-access+jwt', kid => $install, crit => ['exp'] })), '', 'nor what asks for an extension');

# On a standby, where nothing can be written and no transaction has an id.
my $standby = PostgreSQL::Test::Cluster->new('standby');
my $fresh = sign_on('u-1', $integration->{sid})->{signon}{token};
$node->backup('base');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;
$node->wait_for_catchup($standby, 'replay');
is($standby->safe_psql('postgres', 'SELECT pg_is_in_recovery()'), 't', 'a standby');
is(speaks_for($issued, $standby), $answer->{user}{sid}, 'knows whom an access token speaks for');
is(speaks_for($_, $standby), '', 'and what is none') foreach ('x', encode_jwt(%access, payload => '{"iss":'), encode_jwt(%access, key => 'secret'));
is($standby->safe_psql('postgres', "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT proctorlink.authenticate('$issued') ->> 'user'; COMMIT"), $answer->{user}{sid}, 'under REPEATABLE READ too');
is(come_in($fresh, $standby), '25006', 'it redeems nothing');
is(come_in('x', $standby), '25006', 'and tells nothing of what is none');
$standby->stop;
is(ref come_in($fresh), 'HASH', 'which the primary does');

# No secret in what is kept.
is(sql(q{SELECT count(*) FROM proctorlink.batch WHERE answer::text LIKE '%eyJ%'}), 0, 'no token is kept with a batch');
is(sql(q{SELECT count(*) FROM proctorlink.event WHERE changes::text LIKE '%eyJ%'}), 0, 'nor with an event');

stop_server($node);
done_testing();
