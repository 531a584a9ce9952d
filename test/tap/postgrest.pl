#
# postgrest.pl
#		The doors as PostgREST calls them, on one connection of the role of
#		examples/postgrest/roles.sql: answers, statuses, errors, and nothing left of
#		a request for the next one.
#
use strict;
use warnings;

use Digest::SHA qw(hmac_sha1_hex);
use FindBin;
use Nginx qw(start_nginx exchange);
use PostgREST;
use POSIX qw(strftime);
use PostgreSQL::Test::Utils;
use Proctorlink;
use Test::More;

my $examples = "$FindBin::Bin/../../examples";
my $node = start_server();

sub sql { return $node->safe_psql('postgres', $_[0]) }

sub connected
{
	return PostgREST->new(host => $node->host, port => $node->port, user => 'authenticator', database => 'postgres',
		configuration => "$examples/postgrest/postgrest.conf");
}

sql(slurp_file("$examples/postgrest/roles.sql"));

# nginx lets in what systems may call, but what is of use in SQL alone (and what
# constraints ask); by GET what only reads.
my $nginx = slurp_file("$examples/nginx/proctorlink.conf");
my ($reading) = $nginx =~ m{GET\|POST\) /rpc/\(\?<own>([\w|]+)\)};
my %inside = map { $_ => 1 } qw(authenticate pre_request proctoru_webhook use_install sid sid_uuid hierarchy_path uuid7 acts_for_all current_install sees_account sees_hierarchy
	sees_owner sees_schedule);
my @open = split(/\n/, sql(q{SELECT proname FROM pg_proc WHERE pronamespace = 'proctorlink'::regnamespace AND has_function_privilege('proctorlink_api', oid, 'EXECUTE')
	AND proname !~ '^(?:is|are)_|_is_well_formed$'}));
my ($doors) = $nginx =~ /^map "\$request_method \$uri" \$door \{(.*?)^\}/ms;
cmp_ok(scalar @open, '>', 50, 'functions for systems');
is(join(' ', sort grep { !$inside{$_} && $doors !~ /\b$_\b/ } @open), '', 'each has a path');
is(sql(qq{SELECT string_agg(proname, ' ') FROM pg_proc WHERE pronamespace = 'proctorlink'::regnamespace AND provolatile = 'v' AND proname = ANY (string_to_array('$reading', '|'))}),
	'', 'no function that writes is open to GET');

# Two tenants that have the same ids.
my (@install, @system, @provider, @proctoru, @signon, @secret);
foreach my $n (0, 1)
{
	my $install = $install[$n] = sql(qq{SELECT proctorlink.create_install('University $n', 'https://platform-$n.test/')});

	sql(qq{INSERT INTO proctorlink.account (install_id, candidate_ext_id, role) VALUES (proctorlink.sid_uuid('$install'), 'scheduler', 'scheduler');
		SELECT proctorlink.configure_install('$install', '{"defaultScheduler": "scheduler"}')});
	my $proctoru = from_json(sql(qq{SELECT proctorlink.create_integration('$install', 'proctoru', 'https://proctoru.test/')}));
	($proctoru[$n], $secret[$n]) = @{$proctoru}{qw(sid webhookSecret)};
	$signon[$n] = from_json(sql(qq{SELECT proctorlink.create_integration('$install', 'other', 'https://other.test/')}))->{sid};
	$system[$n] = sql(qq{SELECT proctorlink.generate_eapi_token('$install', 'system')});
	$provider[$n] = sql(qq{SELECT proctorlink.generate_eapi_token('$install', 'ProctorU', NULL, '$proctoru[$n]')});
}

my $front = connected();
my ($requests, $leftovers) = (0, '');

# Do a request; nothing of it may be left on the connection.
sub request
{
	my (%request) = @_;
	my $answer = $front->request(%request);

	$requests++;
	$front->run('BEGIN');
	my $left = $front->run(q{SELECT current_user, current_setting('role'), current_setting('transaction_read_only'), current_setting('search_path'),
		nullif(current_setting('request.headers', true), ''), nullif(current_setting('request.jwt.claims', true), ''),
		nullif(current_setting('response.status', true), ''), nullif(current_setting('response.headers', true), '')});
	$front->run('SET LOCAL ROLE proctorlink_api');
	my $who = $front->run('SELECT proctorlink.whoami()');
	my $seen = $front->run('SELECT count(*) FROM proctorlink.account');
	$front->run('ABORT');
	my $found = join('|', map { $_ // '' } @{ $left->{rows}[0] }, $who->{rows}[0][0], $seen->{rows}[0][0]);
	my $clean = 'authenticator|none|off|"$user", public|||||{"kind": "nobody", "role": null, "user": null, "token": null, "install": null, "integration": null}|0';

	$leftovers .= "$request{path}: $found\n" if $found ne $clean;
	return $answer;
}

# Call a function with a body as it is, as nginx has it done.
sub post
{
	my ($function, $body, %headers) = @_;

	return request(method => 'POST', path => "/rpc/$function", query => [ [ columns => 'body' ] ], body => ref $body ? to_json($body) : $body,
		headers => { 'content-type' => 'application/json', %headers });
}

# Call a function with an id from a path, behind what the client sent.
sub keyed
{
	my ($function, $name, $body, $key, $id, %headers) = @_;
	my $wrapped = ($name ? "{\"$name\":" . (ref $body ? to_json($body) : $body) . ',' : '{') . "\"$key\":\"$id\"}";

	return request(method => 'POST', path => "/rpc/$function", body => $wrapped, headers => { 'content-type' => 'application/json', %headers });
}

sub get
{
	my ($path, $query, %headers) = @_;

	return request(method => 'GET', path => $path, query => $query, headers => \%headers);
}

my @headers = map { { token => $_ } } @system;
my @eapi = map { [ authorization => "EAPI $_" ] } @system;
my @speaking = map { [ 'authorization-token' => $_ ] } @provider;
my %mine = (token => $system[0]);

# Status and what was made of a call.
sub outcome { return join(' ', $_[0]{status}, $_[0]{body}{message} // ()) }

# Batch provision, in its three forms.
my $person = { ids => { external => 'u-1' }, firstName => 'Ada', lastName => 'Byron', email => 'ada@example.org' };
my $course = { ids => { external => 'c-1' }, title => 'Anatomy', code => 'ANA-1' };
my $exam = { ids => { external => 'e-1' }, title => 'Final', limitedScope => JSON::PP::true, configuration => { url => 'https://platform.test/e-1', duration => 60,
	password => 'open sesame', proctorTypes => { TS4b894875d26194988853e490dfb9bc41 => {} },
	access => { open => strftime('%Y-%m-%dT%H:%M:%SZ', gmtime(time - 86400)), close => strftime('%Y-%m-%dT%H:%M:%SZ', gmtime(time + 30 * 86400)) } } };

foreach my $n (0, 1)
{
	my $form1 = post('batch_provision', { course => $course, user => $person, exam => $exam, signon => { integrationSid => $signon[$n] } },
		token => $system[$n], 'proctorlink-install' => $install[$n]);

	is($form1->{status}, 200, "form 1 of install $n");
	is_deeply([ map { $form1->{body}{$_}{result} } qw(course user enrollment exam configuration) ], [ ('Created') x 5 ], 'makes all that it names');
	like($form1->{body}{signon}{token}, qr/^ey/, 'with a sign-on link');
}
my $form2 = post('batch_provision', [ { course => $course }, { course => $course, user => { ids => { external => 'u-2' }, firstName => 'Omar' } } ], %mine);
is($form2->{status}, 207, 'form 2 with an item that is refused');
is_deeply([ @{ $form2->{body}{batch} }{qw(status succeeded failed found)} ], [ 'completed_with_errors', 1, 1, 1 ], 'says what became of each');
my $form3 = post('batch_provision', { idempotencyKey => 'k', items => [ { user => { ids => { external => 'u-2' }, firstName => 'Omar', lastName => 'Silva', email => 'o@example.org' } } ] }, %mine);
is($form3->{status}, 200, 'form 3');
is(outcome(post('batch_provision', { idempotencyKey => 'k', items => [] }, %mine)), '422 IDEMPOTENCYMISMATCH', 'with a key that was used');
is(post('batch_provision', { atomic => JSON::PP::true, items => [ { user => {} } ] }, %mine)->{status}, 400, 'atomic and refused');
my $report = get('/rpc/batch_report', [ [ batch_sid => $form2->{body}{batch}{sid} ] ], %mine);
is_deeply([ map { "$_->{index} $_->{pointer}" } @{ $report->{body} } ], [ '1 /user/lastName', '1 /user/email' ], 'a set comes as an array');
is(outcome(request(method => 'POST', path => '/rpc/batch_provision', body => '[{"course": {}}, {"user": {}}]', headers => \%mine)), '400 All object keys must match',
	'without columns PostgREST wants the same members in every item');
is(request(method => 'POST', path => '/rpc/provision', body => to_json({ install_sid => $install[0], payload => { user => $person } }), headers => \%mine)->{body}{user}{result},
	'Found Existing', 'provision, by named arguments');
is(outcome(request(method => 'POST', path => '/rpc/provision', body => to_json({ install_sid => $install[1], payload => { user => $person } }), headers => \%mine)),
	'403 AUTHENTICATIONFAILED', 'not for another install');
is(request(method => 'POST', path => '/rpc/assign_exam', body => to_json({ exam_sid => 'x', enrollment_sids => ['y'] }), headers => \%mine)->{body}{code}, 'PT400', 'an array and a default among named arguments');

# Cirrus's External API.
sub at { return strftime('%Y-%m-%dT%H:%M:%SZ', gmtime(time + 3600 * $_[0])) }
my %booking = (Schedule => { AssessmentExtId => 'e-1', ScheduleExtId => 'S-1', StartDateTime => at(-1), EndDateTime => at(5), GroupExtId => 'law', GroupName => 'Law' },
	Candidates => [ { CandidateExtId => 'u-1', FirstName => 'Ada', LastName => 'Byron', Email => 'ada@example.org' } ]);
my @link;
foreach my $n (0, 1)
{
	my $made = post('eapi_create_schedule', \%booking, @{ $eapi[$n] });

	is($made->{status}, 200, "a schedule of install $n");
	like($made->{body}{Candidates}[0]{LaunchUrl}, qr{^https://platform-$n\.test/delivery/}, 'with its links');
	($link[$n]) = $made->{body}{Candidates}[0]{LaunchUrl} =~ /session=(.*)/;
}
my @e = @{ $eapi[0] };
is(post('eapi_create_schedule', \%booking, @e)->{status}, 400, 'the same again is refused');
is(post('eapi_create_schedule', $_, @e)->{status}, 400, "a body that is $_") foreach ('null', '[]', '"x"', '{}');
is_deeply(post('eapi_create_schedule', 'null', @e)->{body}{Errors}, [ { Code => 100, Error => 'Request body can not be null or empty' } ], 'no body, in the contract\'s words');
is(outcome(post('eapi_create_schedule', $_, @e)), '400 invalid input syntax for type json', "a body that is no JSON: $_") foreach ('', '{', "{\"a\":\"\x01\"}");
is(post('eapi_create_draft_schedule', { AssessmentExternalId => 'e-1', StartDateTime => at(24), EndDateTime => at(30), ScheduleExternalId => 'D-1' }, @e)->{status}, 200, 'a draft');
is(keyed('eapi_update_schedule', 'changes', { StartDateTime => at(24), Title => 'Essay' }, 'schedule_ext_id', 'D-1', @e)->{status}, 200, 'is changed');
is(keyed('eapi_get_schedule', undef, undef, 'schedule_ext_id', 'D-1', @e)->{body}{Content}{Title}, 'Essay', 'and read');
is(keyed('eapi_activate_schedule', undef, undef, 'schedule_ext_id', 'D-1', @e)->{status}, 200, 'activated');
is_deeply(keyed('eapi_add_existing_candidates', 'candidate_ext_ids', [ 'u-2', 'none' ], 'schedule_ext_id', 'D-1', @e)->{body}{Content},
	{ AddedCandidateExternalIds => ['u-2'], NotFoundUserExternalIds => ['none'], AlreadyAddedCandidateExternalIds => [] }, 'candidates are added');
is(post('eapi_add_candidates', { Schedule => { ScheduleExtId => 'D-1', GroupExtId => 'law', GroupName => 'Law' }, 
	Candidates => [ { CandidateExtId => 'u-4', FirstName => 'Ann', LastName => 'Lee', Email => 'ann@example.org' } ] }, @e)->{status}, 200, 'also new ones');
is_deeply(keyed('eapi_remove_candidates', 'candidate_ext_ids', ['u-2'], 'schedule_ext_id', 'D-1', @e)->{body}{Content}{DeletedCandidateExternalIds}, ['u-2'], 'and removed');
is(keyed('eapi_delete_schedule', undef, undef, 'schedule_ext_id', 'D-1', @e)->{status}, 200, 'deleted');
is(keyed('eapi_get_schedule', undef, undef, 'schedule_ext_id', 'D-1', @e)->{status}, 400, 'and gone');
is(keyed('eapi_get_schedule', undef, undef, 'schedule_ext_id', '%C3%A9', @e)->{status}, 400, 'an id is what stands there');

# A body never gets at another schedule than that of the path.
sql(qq{BEGIN; SELECT proctorlink.use_install('$install[0]'); SELECT proctorlink.eapi_create_draft_schedule(jsonb_build_object('AssessmentExternalId', 'e-1',
	'StartDateTime', '2031-01-01T08:00:00Z', 'EndDateTime', '2031-01-01T18:00:00Z', 'ScheduleExternalId', id)) FROM unnest('{path,body}'::text[]) id; COMMIT});
foreach my $end ('', '}', ',"z":"', ',"z":"\\', ',"z":{"a":1', ',"z":[', ',"schedule_ext_id":"body"', "\n", ',', ',"changes":{"Title":"x"},"z":{}')
{
	my $answer = keyed('eapi_update_schedule', 'changes', qq({"StartDateTime": "2031-01-01T08:00:00Z", "Title":"taken"},"schedule_ext_id":"body"$end), 'schedule_ext_id', 'path', @e);

	like($answer->{status}, qr/^(?:200|400|404)$/, "a body that goes on with $end");
}
is(sql(q{SELECT title <> 'taken' FROM proctorlink.schedule WHERE external_id = 'body'}), 't', 'leaves the other schedule alone');
is(sql(q{SELECT title FROM proctorlink.schedule WHERE external_id = 'path'}), 'taken', 'where it does anything at all');

is(post('eapi_create_group', { ExternalId => 'his', Title => 'History' }, @e)->{status}, 201, 'a group is 201');
is(keyed('eapi_update_group', 'changes', { Title => 'Ancient History' }, 'group_ext_id', 'his', @e)->{status}, 200, 'changed');
is_deeply([ map { $_->{ExternalId} } @{ get('/rpc/eapi_search_groups', [ [ search => 'Ancient' ] ], @e)->{body} } ], ['his'], 'found, a bare array');
is(keyed('eapi_delete_group', undef, undef, 'group_ext_id', 'his', @e)->{body}{SuccessfullyRemoved}[0], 'his', 'removed');
is(post('eapi_create_user', { ExternalId => 'u-3', FirstName => 'Eve', LastName => 'Moss' }, @e)->{status}, 200, 'a user');
is(keyed('eapi_update_user', 'changes', { FirstName => 'Eva' }, 'user_ext_id', 'u-3', @e)->{status}, 200, 'changed');
is(keyed('eapi_get_user', undef, undef, 'user_ext_id', 'u-3', @e)->{body}{Content}{User}{FirstName}, 'Eva', 'read');
is(keyed('eapi_delete_user', undef, undef, 'user_ext_id', 'u-3', @e)->{status}, 200, 'deleted');
sql(qq{INSERT INTO proctorlink.account (install_id, candidate_ext_id, role) VALUES (proctorlink.sid_uuid('$install[0]'), 'author', 'author');
	SELECT proctorlink.configure_install('$install[0]', '{"defaultOwner": "author"}')});
is(post('eapi_create_assessment', { ExternalId => 'a-1', Title => 'Quiz', Purpose => 1, Code => 'Q' }, @e)->{status}, 200, 'an assessment');
is(keyed('eapi_update_assessment', 'changes', { Title => 'Test' }, 'assessment_ext_id', 'a-1', @e)->{status}, 200, 'changed');
is(keyed('eapi_get_assessment', undef, undef, 'assessment_ext_id', 'a-1', @e)->{body}{Content}{Title}, 'Test', 'read');

# Links, attempts, results.
my $opened = post('redeem_launch', { token => $link[0] });
is($opened->{body}{code}, 'PGRST202', 'named arguments do not come with other columns');
$opened = request(method => 'POST', path => '/rpc/redeem_launch', body => to_json({ token => $link[0] }), headers => {});
is_deeply([ $opened->{status}, $opened->{body}{session}{status} ], [ 200, 'In Progress' ], 'a launch link opens its session to anybody');
is(outcome(request(method => 'POST', path => '/rpc/redeem_launch', body => '{"token": "x"}', headers => {})), '403 AUTHENTICATIONFAILED', 'what is none does not');
is(get('/rpc/redeem_launch', [ [ token => $link[1] ] ])->{status}, 405, 'nor does a GET, which writes nothing');
is(get('/rpc/eapi_attempt_info', [ [ schedule_ext_id => 'S-1' ], [ candidate_ext_id => 'u-1' ] ], @e)->{body}{Content}[0]{Attempts}[0]{Status}, 'IN_PROGRESS', 'the attempt');
my $session = $opened->{body}{session}{sid};
is(request(method => 'POST', path => '/rpc/set_session_status', body => to_json({ session_sid => $session, status => 'Processing' }), headers => \%mine)->{status}, 200, 'a status by name');
is(outcome(request(method => 'POST', path => '/rpc/set_session_status', body => to_json({ session_sid => $session, status => 'Scheduled' }), headers => \%mine)), '409 CONFLICT', 'one that is not allowed');
is(request(method => 'POST', path => '/rpc/publish_result', body => to_json({ session_sid => $session, result => { score => 7, maxScore => 10, passedStatus => 'SATISFACTORY' } }), headers => \%mine)->{status},
	200, 'a result');
is(get('/rpc/eapi_results', [ [ candidate_ext_id => 'u-1' ], [ schedule_ext_id => '' ], [ attempt_ext_id => '' ] ], @e)->{body}{Results}[0]{Score}, 7, 'read, a bare object');
is(get('/rpc/eapi_results', [ [ candidate_ext_id => '' ], [ schedule_ext_id => '' ], [ attempt_ext_id => '' ] ], @e)->{status}, 400, 'of nobody');
cmp_ok(scalar @{ get('/rpc/refusals', [], %mine)->{body} }, '>', 0, 'refusals are kept');

# ProctorU.
my %reservation = (exam_id => 'e-1', user_id => 'pu-1', student_id => 's-1', first_name => 'Grace', last_name => 'Hopper', email => 'grace@example.org', country => 'US', phone1 => '5550100',
	time_zone_id => 'UTC', description => 'Final', duration => 60, start_date => at(48), reservation_id => 'r-1', time_sent => at(0));
foreach my $n (0, 1)
{
	my $booked = post('proctoru_add_reservation', \%reservation, @{ $speaking[$n] });

	is_deeply([ @{$booked}{'status'}, $booked->{body}{response_code}, $booked->{body}{message} ], [ 200, 1, '' ], "a booking of install $n") or diag(to_json($booked));
}
my @p = @{ $speaking[0] };
is(post('proctoru_add_reservation', \%reservation, @p)->{body}{message}, 'reservation_id_EXIST_FOR_THIS_INSTITUTION', 'the same again, 200 and refused');
my $listed = post('proctoru_reservations', { student_id => 's-1', status => 'scheduled', time_sent => '' }, @p);
is($listed->{body}{data}[0]{reservation_id}, 'r-1', 'the list, read only');
my $moved = post('proctoru_move_reservation', { reservation_id => 'r-1', reservation_no => $listed->{body}{data}[0]{reservation_no}, start_date => at(50) }, @p);
is($moved->{body}{response_code}, 1, 'moved') or diag(to_json($moved));
is(post('proctoru_begin_reservation', { student_id => 's-1', reservation_id => 'r-1' }, @p)->{body}{message}, 'Reservation is in the future', 'not yet begun');
is(post('proctoru_edit_student', { student_id => 's-1', user_id => 'pu-1', first_name => 'Grace', last_name => 'H', email => 'grace@example.org', time_zone_id => 'UTC' }, @p)->{body}{response_code}, 1, 'edited');

sql(qq{SELECT proctorlink.set_webhook_rule('$install[0]', 'checked-in', 'Checked In')});
my $event = to_json({ event => { type => 'checked-in' }, reservation => { reservation_id => 'r-1' } });
sub webhook
{
	my ($body, $sender, $signature) = @_;

	return request(method => 'POST', path => '/rpc/proctoru_webhook_raw', body => $body,
		headers => { 'content-type' => 'application/octet-stream', (defined $sender ? ('proctorlink-webhook' => $sender) : ()), (defined $signature ? ('x-proctoru-signature' => $signature) : ()) });
}
my $signature = 'sha1=' . hmac_sha1_hex($event, $secret[0]);
is(outcome(webhook($event, "$install[1]/$proctoru[1]", $signature)), '403 AUTHENTICATIONFAILED', 'a webhook of another integration');
is(outcome(webhook($event, undef, $signature)), '403 AUTHENTICATIONFAILED', 'of nobody');
is(outcome(webhook($event, "$install[0]/$proctoru[0]", undef)), '403 AUTHENTICATIONFAILED', 'without a signature');
is(outcome(webhook("$event ", "$install[0]/$proctoru[0]", $signature)), '403 AUTHENTICATIONFAILED', 'of other bytes');
is_deeply([ @{ webhook($event, "$install[0]/$proctoru[0]", $signature)->{body} }{qw(received duplicate result)} ], [ JSON::PP::true, JSON::PP::false, 'moved' ], 'one that is good, by nobody');
is(webhook($event, "$install[0]/$proctoru[0]", $signature)->{body}{duplicate}, JSON::PP::true, 'comes again');
my $bytes = join('', map { chr } 0 .. 255);
is(webhook($bytes, "$install[0]/$proctoru[0]", 'sha1=' . hmac_sha1_hex($bytes, $secret[0]))->{body}{result}, 'not read', 'any bytes are signed as they are');
is(post('proctoru_remove_reservation', { student_id => 's-1', reservation_no => $moved->{body}{data}{reservation_no}, explanation => 'ill' }, @p)->{body}{response_code}, 1, 'cancelled');

# People.
my $token = post('batch_provision', { user => { ids => { external => 'm-1' }, firstName => 'Mary', lastName => 'Marker', email => 'm@example.org' },
	signon => { integrationSid => $signon[0] } }, %mine)->{body}{signon}{token};
my $come = request(method => 'POST', path => '/rpc/redeem_signon', body => to_json({ token => $token }), headers => {});
is($come->{body}{user}{candidate_ext_id}, 'm-1', 'a sign-on link');
is(outcome(request(method => 'POST', path => '/rpc/redeem_signon', body => to_json({ token => $token }), headers => {})), '403 AUTHENTICATIONFAILED', 'once, the first was committed');
my %marker = (token => $come->{body}{access_token});
is_deeply([ @{ get('/rpc/whoami', [], %marker)->{body} }{qw(kind install user)} ], [ 'person', $install[0], $come->{body}{user}{sid} ], 'a person by an access token');
is_deeply(get('/candidate_result', [], %marker)->{body}, [], 'who sees nothing yet');
sql(qq{SELECT proctorlink.grant_hierarchy('$install[0]', (SELECT proctorlink.sid('HG', hierarchy_id) FROM proctorlink.hierarchy
	WHERE install_id = proctorlink.sid_uuid('$install[0]') AND is_root), 'm-1', '{view_reports}')});
is_deeply([ map { "$_->{candidate_ext_id} $_->{score}" } @{ get('/candidate_result', [ [ candidate_ext_id => 'eq.u-1' ] ], %marker)->{body} } ], ['u-1 7'], 'results through the hierarchy, of one install');
is(get("/$_", [], %marker)->{status}, 401, "not table $_") foreach qw(event api_token install signing_key account_share);
is(post('batch_provision', {}, %marker)->{status}, 401, 'nor a door (PostgREST takes them for anonymous)');
is(get('/schedule', [], %marker)->{status}, 401, 'nor all columns of a schedule');
is(get('/exam_secret', [], %mine)->{body}{code}, '42501', 'a system does not see secrets');
is_deeply([ sort map { $_->{name} } @{ get('/install', [], %mine)->{body} } ], ['University 0'], 'and one install');

# Who has shown nothing, or nothing good.
is(post('batch_provision', { course => $course })->{status}, 401, 'anonymous');
is_deeply([ get('/rpc/version', [])->{status}, get('/rpc/whoami', [])->{status}, get('/candidate_result', [])->{status} ], [ 200, 401, 401 ], 'may ask for the version');
my $revoked = sql(qq{SELECT proctorlink.generate_eapi_token('$install[0]', 'revoked')});
sql(qq{SELECT proctorlink.revoke_eapi_token('$install[0]', token_sid) FROM proctorlink.eapi_tokens('$install[0]') WHERE label = 'revoked'});
foreach my $case (
	[ 'a wrong token', token => 'plk_' . '0' x 96 ], [ 'no token at all', authorization => 'EAPI x' ], [ 'a revoked token', authorization => "EAPI $revoked" ],
	[ 'a token with another install named', token => $system[0], 'proctorlink-install' => $install[1] ], [ 'a token with no install named', token => $system[0], 'proctorlink-install' => '' ],
	[ 'a forged access token', token => $come->{body}{access_token} =~ s/.\z/_/r ], [ 'two tokens in one', token => "$system[0], $system[0]" ], [ 'the wrong one first', token => 'x', authorization => "EAPI $system[0]" ])
{
	my ($name, %shown) = @$case;
	my $door = post('eapi_create_schedule', \%booking, %shown);

	is_deeply([ $door->{status}, $door->{body}{Success}, $door->{body}{Errors} ], [ 403, JSON::PP::false, [ { Code => undef, Error => 'Not allowed to use external API' } ] ], "$name: Cirrus's door in its own words");
	is(outcome(post('batch_provision', { course => $course }, %shown)), '403 AUTHENTICATIONFAILED', "$name: batch_provision");
	is(post('proctoru_reservations', { student_id => 's-1' }, %shown)->{body}{response_code}, 2, "$name: ProctorU's door");
	is(outcome(get('/account', [], %shown)), '403 AUTHENTICATIONFAILED', "$name: no table");
}
is(post('batch_provision', { installSid => $install[1], course => $course }, %mine)->{body}{message}, 'AUTHENTICATIONFAILED', 'a payload may not name another install either');
is(get('/rpc/eapi_get_schedule', [ [ schedule_ext_id => 'S-1' ] ], @e)->{body}{Content}{ExternalId}, 'S-1', 'GET of a stable function with a good one');
is(get('/rpc/eapi_activate_schedule', [ [ schedule_ext_id => 'path' ] ], @e)->{status}, 405, 'GET of one that writes');
is(sql(q{SELECT activated_at IS NULL FROM proctorlink.schedule WHERE external_id = 'path'}), 't', 'wrote nothing');

# Claims: of a front that is not trusted, and of one that is.
my %claims = (claims => { install => $install[1] });
my @claimed = (method => 'POST', path => '/rpc/eapi_get_schedule', body => '{"schedule_ext_id": "S-1"}', headers => {});
is(request(@claimed, %claims)->{status}, 401, 'claims of a front that is not trusted are nothing');
sql(q{SELECT proctorlink.trust_front('authenticator')});
is(request(@claimed, %claims)->{body}{Success}, JSON::PP::true, 'of one that is they count');
is(request(@claimed, %claims, role => 'proctorlink_api')->{body}{Success}, JSON::PP::true, 'also with a role');
is_deeply([ @{ request(method => 'GET', path => '/rpc/whoami', query => [], headers => {}, claims => { install => $install[0], sub => $come->{body}{user}{sid} }, role => 'proctorlink_marker')->{body} }{qw(kind user)} ],
	[ 'person', $come->{body}{user}{sid} ], 'of a person');
is(request(method => 'GET', path => '/rpc/whoami', query => [], headers => {}, claims => { install => $install[0], integration => $proctoru[0] })->{body}{integration}, $proctoru[0], 'of a provider');
is(request(@claimed, claims => $_)->{status}, 403, 'not what they do not fit: ' . to_json($_))
  foreach ({ install => 'AI' . '0' x 32 }, { install => $install[0], sub => 'US' . '0' x 32 }, { install => $install[1], sub => $come->{body}{user}{sid} }, { install => $install[0], integration => $proctoru[1] }, { install => 1 });
is(request(@claimed, claims => { sub => 'somebody' })->{status}, 401, 'a token without an install is nobody\'s');
is(request(@claimed, claims => { install => $install[1] }, headers => { 'proctorlink-install' => $install[0] })->{status}, 403, 'and not of another install than the header\'s');
is(request(@claimed, headers => {@e})->{body}{Success}, JSON::PP::true, 'EAPI tokens go on working');
is(outcome(request(@claimed, role => 'proctorlink_admin')), '403 permission denied to set role "proctorlink_admin"', 'a role that the front does not have');
is(request(@claimed, role => 'nobody_of_that_name')->{status}, 401, 'and one that there is not');
sql(q{SELECT proctorlink.distrust_front('authenticator')});
is(request(@claimed, %claims)->{status}, 401, 'taken back at once');

# The whole way: a client's bytes through nginx and PostgREST to the function and back.
SKIP:
{
	skip 'nginx is not installed', 1 unless start_nginx();

	my $reply = sub
	{
		my ($sent) = @_;
		my ($method, $path, $query) = $sent->{first} =~ m{^(\w+) ([^?]+)\??(.*) HTTP};
		my $answer = request(method => $method, path => $path, body => $sent->{body}, headers => { map { @$_ } @{ $sent->{headers} } },
			query => [ map { [ map { tr/+/ /r =~ s/%([0-9a-f]{2})/chr(hex($1))/gier } split(/=/, $_, 2) ] } split(/&/, $query) ]);

		return ($answer->{status}, to_json($answer->{body}));
	};
	my $send = sub
	{
		my ($method, $target, $body, @headers) = @_;
		my ($answer) = exchange(Nginx::request($method, $target, $body, @headers), reply => $reply);

		return { status => $answer->{status}, body => from_json($answer->{body}) };
	};
	my $path = '/api/v1/integrations';
	my @eapi = ("Authorization: EAPI $system[0]");

	is_deeply($send->('POST', "/v2/installs/$install[0]/provision", to_json([ { course => $course }, { user => $person } ]), "token: $system[0]")->{body}{batch}{succeeded}, 2, 'a batch of unlike items');
	is(outcome($send->('POST', "/v2/installs/$install[1]/provision", to_json({ course => $course }), "token: $system[0]")), '403 AUTHENTICATIONFAILED', 'not on the path of another install');
	is(outcome($send->('POST', "/v2/installs/$install[1]/provision", to_json({ course => $course }), "token: $system[0]", "proctorlink-install: $install[0]")), '403 AUTHENTICATIONFAILED', 'whatever a header says');
	is($send->('GET', "$path/external/schedule/S-1", undef, @eapi)->{body}{Content}{ExternalId}, 'S-1', 'a schedule');
	is($send->('PATCH', "$path/external/schedule/path", undef, @eapi)->{body}{Errors}[0]{Error}, 'Request body can not be null or empty', 'no body');
	foreach my $body ('{"Title":"taken"},"schedule_ext_id":"body"', '{"Title":"taken"},"schedule_ext_id":"body","z":"', '{"Title":"taken"},"schedule_ext_id":"body","changes":{"Title":"taken"}', '{"Title":"taken"},"schedule_ext_id":"body"}')
	{
		like($send->('PATCH', "$path/external/schedule/path", $body, @eapi)->{status}, qr/^(?:200|400|404)$/, 'a hostile body');
	}
	is(sql(q{SELECT title <> 'taken' FROM proctorlink.schedule WHERE external_id = 'body'}), 't', 'does not get at another schedule');
	is($send->('POST', "$path/user", to_json({ ExternalId => 'ann+b&c=d e', FirstName => "A", LastName => 'B' }), @eapi)->{status}, 200, 'a person with an id of any characters');
	is($send->('GET', "$path/user/ann+b&c=d%20e", undef, @eapi)->{body}{Content}{User}{ExternalId}, 'ann+b&c=d e', 'is found by a path');
	is($send->('GET', "$path/results?CandidateExtId=ann%2Bb%26c%3Dd+e", undef, @eapi)->{body}{CandidateExtId}, 'ann+b&c=d e', 'and by a query');
	is($send->('GET', "$path/results?CandidateExtId=u-1&ScheduleExtId=S-1", undef, @eapi)->{body}{Results}[0]{Score}, 7, 'results');
	is($send->('GET', "$path/external/schedule/S-1/attempt-info?CandidateExtId=u-1", undef, @eapi)->{body}{Content}[0]{Attempts}[0]{Status}, 'HANDED_IN', 'an attempt');
	is($send->('GET', "$path/results", undef, @eapi)->{status}, 400, 'of nobody');
	is($send->('GET', "/api/getStudentReservationList?student_id=s-1&time_sent=" . strftime('%Y-%m-%dT%H%%3A%M%%3A%SZ', gmtime), undef, "Authorization-Token: $provider[0]")->{body}{data}[0]{reservation_id}, 'r-1', 'reservations by GET');
	is($send->('POST', "/webhooks/proctoru/$install[0]/$proctoru[0]", $event, "X-ProctorU-Signature: $signature", "Proctorlink-Webhook: $install[1]/$proctoru[1]")->{body}{duplicate}, JSON::PP::true, 'a webhook');
	is(outcome($send->('POST', "/webhooks/proctoru/$install[1]/$proctoru[1]", $event, "X-ProctorU-Signature: $signature", "Proctorlink-Webhook: $install[0]/$proctoru[0]")), '403 AUTHENTICATIONFAILED', 'not that of another integration');
	is_deeply([ map { $_->{candidate_ext_id} } @{ $send->('GET', '/candidate_result?candidate_ext_id=eq.u-1', undef, "Authorization: Bearer $marker{token}")->{body} } ], ['u-1'], 'a person\'s Bearer token');
	is($send->('POST', '/rpc/launch_link', to_json({ session_sid => $session }), "token: $system[0]")->{status}, 200, 'a function of ours, by its name');
}

# Errors of other kinds, and a transaction that does not end well.
is(request(method => 'POST', path => '/rpc/no_such', body => '{}', headers => \%mine)->{status}, 404, 'no such function');
is(get('/no_such', [], %mine)->{status}, 404, 'no such table');
sql(q{LOAD 'proctorlink'; ALTER ROLE authenticator SET proctorlink.max_items = 2});
$front->quit;
$front = connected();
is(outcome(post('batch_provision', [ map { { course => $course } } 1 .. 3 ], %mine)), '413 LIMITEXCEEDED', 'more than limits() tells');
my $undone = request(method => 'POST', path => '/rpc/batch_provision', query => [ [ columns => 'body' ] ], rollback => 1, headers => \%mine,
	body => to_json({ course => { ids => { external => 'undone' }, title => 'Undone', code => 'U' } }));
is($undone->{status}, 200, 'a request that is taken back');
is(sql(q{SELECT count(*) FROM proctorlink.course WHERE external_id = 'undone'}), 0, 'has done nothing');

is($leftovers, '', "nothing was left of $requests requests");
cmp_ok($requests, '>', 150, 'many');
$front->quit;
stop_server($node);
done_testing();
