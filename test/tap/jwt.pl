#
# jwt.pl
#		Tokens of sign-on and launch links as a public library for JSON Web Tokens
#		sees them, and what it makes.
#
use strict;
use warnings;

use Crypt::JWT qw(decode_jwt encode_jwt);
use Proctorlink;
use Test::More;

my $node = start_server();

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

# No secret in what is kept.
is(sql(q{SELECT count(*) FROM proctorlink.batch WHERE answer::text LIKE '%eyJ%'}), 0, 'no token is kept with a batch');

stop_server($node);
done_testing();
