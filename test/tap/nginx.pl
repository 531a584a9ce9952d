#
# nginx.pl
#		What the nginx of examples/nginx makes of the vendors' calls, and of hostile
#		ones: what arrives at PostgREST, to the byte.
#
use strict;
use warnings;

use FindBin;
use JSON::PP;
use Nginx;
use Test::More;

plan skip_all => 'nginx is not installed' unless start_nginx();

my $json = JSON::PP->new->utf8->allow_nonref;

$SIG{PIPE} = 'IGNORE';
$SIG{ALRM} = sub { BAIL_OUT('nothing comes any more') };
alarm(300);

# What is to arrive of a request, with all its headers.
sub arrives
{
	my ($name, $bytes, $method, $target, $body, %headers) = @_;
	my ($answer, $arrived) = exchange($bytes);
	my %expected = (host => 'postgrest', accept => 'application/json', 'content-type' => 'application/json', %headers);

	$expected{'content-length'} = length($body) if defined $body;
	is_deeply(
		{ status => $answer->{status}, requests => [ map { { first => $_->{first}, headers => sorted($_->{headers}), body => $_->{body} } } @$arrived ] },
		{ status => 200, requests => [ { first => "$method $target HTTP/1.1", headers => sorted([ map { [ $_, $expected{$_} ] } keys %expected ]), body => $body // '' } ] },
		$name) or diag($answer->{body});
	return;
}

sub sorted
{
	my ($headers) = @_;

	return [ sort map { "$_->[0]: $_->[1]" } @$headers ];
}

# That nothing arrives of a request, and what is answered.
sub refused
{
	my ($name, $bytes, $status, %more) = @_;
	my ($answer, $arrived) = exchange($bytes, %more);

	is_deeply({ status => $answer->{status}, arrived => $arrived }, { status => $status, arrived => [] }, $name);
	return $answer;
}

my $install = 'AI' . '0123456789abcdef' x 2;
my $integration = 'II' . 'fedcba9876543210' x 2;
my $eapi = '/api/v1/integrations';
my @token = ('Authorization: EAPI plk_1');
my %token = (authorization => 'EAPI plk_1');

# The vendors' calls.
arrives('batch provision', request('POST', "/v2/installs/$install/provision", '[{"a": 1}, {"b": 2}]', 'token: plk_1', 'Content-Type: application/json'),
	'POST', '/rpc/batch_provision?columns=body', '[{"a": 1}, {"b": 2}]', token => 'plk_1', 'proctorlink-install' => $install);

foreach my $case (
	[ 'POST', '/schedule', 'eapi_create_schedule' ],
	[ 'POST', '/schedule/add-candidates', 'eapi_add_candidates' ],
	[ 'POST', '/external/schedule', 'eapi_create_draft_schedule' ],
	[ 'POST', '/groups', 'eapi_create_group' ],
	[ 'POST', '/user', 'eapi_create_user' ],
	[ 'POST', '/assessment', 'eapi_create_assessment' ])
{
	my ($method, $path, $function) = @$case;
	my $body = qq({"a": ["\xc3\xa9", "\\u0022"],\r\n "b":\t1}\n);

	arrives("$method $path", request($method, "$eapi$path?type=json", $body, @token), 'POST', "/rpc/$function?columns=body", $body, %token);
}

foreach my $case (
	[ 'PATCH', '/external/schedule/%s', 'eapi_update_schedule', '{"changes":%s,"schedule_ext_id":"%s"}' ],
	[ 'GET', '/external/schedule/%s', 'eapi_get_schedule', '{"schedule_ext_id":"%2$s"}' ],
	[ 'DELETE', '/external/schedule/%s', 'eapi_delete_schedule', '{"schedule_ext_id":"%2$s"}' ],
	[ 'PUT', '/external/schedule/%s/activate', 'eapi_activate_schedule', '{"schedule_ext_id":"%2$s"}' ],
	[ 'PUT', '/schedule/%s/candidates', 'eapi_add_existing_candidates', '{"candidate_ext_ids":%s,"schedule_ext_id":"%s"}' ],
	[ 'DELETE', '/external/schedule/%s/candidates', 'eapi_remove_candidates', '{"candidate_ext_ids":%s,"schedule_ext_id":"%s"}' ],
	[ 'PATCH', '/groups/%s', 'eapi_update_group', '{"changes":%s,"group_ext_id":"%s"}' ],
	[ 'DELETE', '/groups/%s', 'eapi_delete_group', '{"group_ext_id":"%2$s"}' ],
	[ 'PATCH', '/user/%s', 'eapi_update_user', '{"changes":%s,"user_ext_id":"%s"}' ],
	[ 'GET', '/user/%s', 'eapi_get_user', '{"user_ext_id":"%2$s"}' ],
	[ 'DELETE', '/user/%s', 'eapi_delete_user', '{"user_ext_id":"%2$s"}' ],
	[ 'PATCH', '/assessment/%s', 'eapi_update_assessment', '{"changes":%s,"assessment_ext_id":"%s"}' ],
	[ 'GET', '/assessment/%s', 'eapi_get_assessment', '{"assessment_ext_id":"%2$s"}' ])
{
	my ($method, $path, $function, $form) = @$case;

	foreach my $body ($method eq 'GET' ? (undef) : ('["c-1", {"schedule_ext_id": "other"}]', undef))
	{
		foreach my $key ([ 'S-1_a.b', 'S-1_a.b' ], [ '%C3%A9%20a+b%26c%3dd%3f', "\xc3\xa9 a+b&c=d?" ])
		{
			my $text = sprintf($form, $body // 'null', $key->[1]);

			arrives("$method $path", request($method, $eapi . sprintf($path, $key->[0]) . '?schedule_ext_id=other', $body, @token),
				'POST', "/rpc/$function", $text, %token);
		}
	}
	refused("$method $path without an id", request($method, $eapi . sprintf($path, ''), undef, @token), 404);
	foreach my $key ('%22', 'a%22,%22x%22:%22', 'a%5C', '%2F', 'a/b', 'a%2fb', '%2e%2e%2f', '%2e%2e/x')
	{
		refused("$method $path with $key", request($method, $eapi . sprintf($path, $key), undef, @token), 404);
	}
	refused("$method $path with $_", request($method, $eapi . sprintf($path, $_), undef, @token), 400) foreach qw(%0A S-1%0a %0d%0ax:y %01 %7F %00 %zz);
}

# Queries.
arrives('results', request('GET', "$eapi/results?CandidateExtId=a%26b%3D+c&ScheduleExtId=S%2F1&other=1", undef, @token),
	'GET', '/rpc/eapi_results?candidate_ext_id=a%26b%3D+c&schedule_ext_id=S%2F1&attempt_ext_id=', '', %token);
arrives('results of an attempt', request('GET', "$eapi/results?AttemptExtId=A1&AttemptExtId=A2", undef, @token),
	'GET', '/rpc/eapi_results?candidate_ext_id=&schedule_ext_id=&attempt_ext_id=A1', '', %token);
arrives('groups', request('GET', "$eapi/groups?search=School%20of%20%22Law%22&select=*&limit=1", undef, @token),
	'GET', '/rpc/eapi_search_groups?search=School%20of%20%22Law%22', '', %token);
arrives('attempt-info', request('GET', "$eapi/external/schedule/S%26x%3D1/attempt-info?candidateextid=c-1", undef, @token),
	'GET', '/rpc/eapi_attempt_info?schedule_ext_id=S%26x%3D1&candidate_ext_id=c-1', '', %token);
refused("attempt-info of $_", request('GET', "$eapi/external/schedule/$_/attempt-info?CandidateExtId=c", undef, @token), 400)
  foreach ('a&candidate_ext_id=x', 'a+b', 'a=b', 'a;b', '%zz', 'a%0a', '[a]', '%2e%2e%3f/../a', 'a%2F..%2Fb', 'a%22%2F%2e%2e%2Fb');
refused("attempt-info of $_", request('GET', "$eapi/external/schedule/$_/attempt-info?CandidateExtId=c", undef, @token), 404)
  foreach qw(a/b a%2Fb a%22 %2e%2e ..);
refused('a query with a second separator', request('GET', "$eapi/results?CandidateExtId=a;select=x", undef, @token), 400);
arrives('no fragment arrives', request('GET', "$eapi/results?CandidateExtId=a#&x=y", undef, @token),
	'GET', '/rpc/eapi_results?candidate_ext_id=a&schedule_ext_id=&attempt_ext_id=', '', %token);

foreach my $case (
	[ addAdHocProcess => 'proctoru_add_reservation' ], [ moveReservation => 'proctoru_move_reservation' ],
	[ removeReservation => 'proctoru_remove_reservation' ], [ beginReservation => 'proctoru_begin_reservation' ],
	[ getStudentReservationList => 'proctoru_reservations' ], [ editStudent => 'proctoru_edit_student' ])
{
	my ($path, $function) = @$case;

	foreach my $form ([ "/api/$path", 'application/json; charset=utf-8' ], [ "/api/$path/?time_sent=x", 'application/json' ])
	{
		arrives("POST $form->[0]", request('POST', $form->[0], '{"student_id": "s-1"}', 'Authorization-Token: plk_1', "Content-Type: $form->[1]"),
			'POST', "/rpc/$function?columns=body", '{"student_id": "s-1"}', 'authorization-token' => 'plk_1');
	}
	refused("$path as a form", request('POST', "/api/$path", 'student_id=s-1', "Content-Type: $_"), 415)
	  foreach qw(application/x-www-form-urlencoded application/jsonp multipart/form-data;boundary=x);
}
foreach my $time (qw(2027-05-18T08:00:00Z 2027-05-18T08%3A00%3a00Z))
{
	arrives("the list by GET at $time", request('GET', "/api/getStudentReservationList?student_id=s-1&status=scheduled&time_sent=$time", undef, 'Authorization-Token: plk_1'),
		'POST', '/rpc/proctoru_reservations?columns=body', '{"student_id":"s-1","status":"scheduled","time_sent":"2027-05-18T08:00:00Z"}', 'authorization-token' => 'plk_1');
}
refused("the list by GET with $_", request('GET', "/api/getStudentReservationList?$_"), 400)
  foreach ('student_id=a%22', 'student_id=a"', 'student_id=a\\', 'student_id=a%3A', 'student_id=a&time_sent=%22', 'student_id=a&status=%0a', "student_id=\xc3\xa9", 'student_id=a;b');
# Nothing makes a pattern go back and forth for long: that would be an alert in the log.
refused('a query that is hard to match: ' . substr($_, 0, 20), request('GET', "/api/getStudentReservationList?$_%22"), 400)
  foreach ('a=' . 'aaaaaaaa=' x 700, 'time_sent=1&' x 600, 'time_sent=' . '%3A' x 2000, 'a' x 7000, '&' x 7000);
refused("GET /api/$_", request('GET', "/api/$_?student_id=a"), 404) foreach qw(addAdHocProcess editStudent);

my @signature = ('X-ProctorU-Signature: sha1=0123');
my %signature = ('x-proctoru-signature' => 'sha1=0123', 'content-type' => 'application/octet-stream');
foreach my $body ('{"event": {"type": "x"}}', '', join('', map { chr } 0 .. 255) x 16)
{
	arrives('a webhook of ' . length($body) . ' bytes', request('POST', "/webhooks/proctoru/$install/$integration?columns=x", $body, @signature, 'Content-Type: text/csv'),
		'POST', '/rpc/proctoru_webhook_raw', $body, %signature, 'proctorlink-webhook' => "$install/$integration");
}
refused("a webhook to $_", request('POST', "/webhooks/proctoru/$_", '{}', @signature), 404)
  foreach ($install, "$install/", "$install/$integration/", "$install/$install", "$integration/$install", uc("$install/$integration"), "$install/${integration}0",
	"$install//$integration", "$install%2F%2F$integration", "$install/x/../$integration/x", "x$install/$integration");
arrives('an encoded path is the same path', request('POST', "/webhooks/%70roctoru/./$install%2F$integration", '{}', @signature),
	'POST', '/rpc/proctoru_webhook_raw', '{}', %signature, 'proctorlink-webhook' => "$install/$integration");

# Our own functions.
arrives("POST $_", request('POST', "/rpc/$_", '{"token": "x"}', 'Content-Type: application/json'), 'POST', "/rpc/$_", '{"token": "x"}') foreach qw(redeem_signon redeem_launch);
arrives('GET whoami', request('GET', '/rpc/whoami', undef, 'token: plk_1'), 'GET', '/rpc/whoami', undef, token => 'plk_1');
arrives('GET with arguments', request('GET', '/rpc/find_assessment?search=a%20b&limit=2', undef, 'token: plk_1'), 'GET', '/rpc/find_assessment?search=a%20b&limit=2', undef, token => 'plk_1');
arrives('results for markers', request('GET', '/candidate_result?select=score&exam_title=eq.x', undef, 'Authorization: Bearer a.b.c'),
	'GET', '/candidate_result?select=score&exam_title=eq.x', undef, token => 'a.b.c');

# The guide's table of paths is this one.
my $guide = slurp("$FindBin::Bin/../../docs/postgrest.md");
my %sample = (installSid => $install, integrationSid => $integration, externalId => 'x-1');
my %told;
while ($guide =~ /^\| `([A-Z]+) (\S+)` \| `(\w+)` \|$/mg)
{
	my ($method, $path, $function) = ($1, $2, $3);
	my ($answer, $arrived) = exchange(request($method, $path =~ s/\{(\w+)\}/$sample{$1}/gr, $method eq 'GET' ? undef : '{}'));

	$told{$function}++;
	is(($arrived->[0]{first} // 'nothing') =~ s/\?.*//r =~ s/ HTTP.*//r =~ s/^\w+ //r, "/rpc/$function", "as the guide says, $method $path");
}
cmp_ok(scalar keys %told, '>', 25, 'which are many');

# What is not open.
foreach my $path (
	'/', '/account', '/exam_session', '/api_token', '/event?select=*', '/rpc', '/rpc/', '/rpc/batch_provision', '/rpc/eapi_create_schedule', '/rpc/authenticate',
	'/rpc/pre_request', '/rpc/proctoru_webhook_raw', '/rpc/proctoru_webhook', '/rpc/use_install', '/rpc/trust_front', '/rpc/generate_eapi_token', '/rpc/create_install',
	'/rpc/issue_access_token', '/rpc/provision2', '/rpc/provision/', '/rpc//provision', '/rpc/provision%00', '/rpc/provision%3fx', '/RPC/provision', '/rpc/Provision',
	'/rpc/x/../authenticate', '/api/v1/integrations/../../../account', '/v2/installs', "/v2/installs/$install", "/v2/installs/$install/provision/",
	'/v2/installs/x/provision', '/v2/installs/' . uc($install) . '/provision', "/v2/installs/${install}0/provision", "/v2/installs/../installs/$install/provision/..",
	'/v2/installs/..%2f..%2faccount', '/api', '/api/v1', $eapi, "$eapi/", "$eapi/schedule/", "$eapi//schedule", "$eapi/Schedule", "$eapi/collections",
	"$eapi/external/schedule/S-1/sharing", "$eapi/external/schedule/S-1/cleanup/mark", "$eapi/schedule/S-1/invigilators", '/webhooks', '/webhooks/proctoru', '/%2e%2e/account')
{
	my $expected = $path =~ m{%00|^/%2e%2e} ? 400 : 404;

	refused("POST $path", request('POST', $path, '{}', @token), $expected);
}
refused("$_ of a schedule", request($_, "$eapi/external/schedule/S-1", '{}', @token), 404) foreach qw(POST PUT HEAD OPTIONS PROPFIND COPY PATCHX);
refused("$_ of a webhook", request($_, "/webhooks/proctoru/$install/$integration", '{}'), 404) foreach qw(GET PUT DELETE HEAD OPTIONS);
refused("$_ of a redemption", request($_, '/rpc/redeem_signon', '{}'), 404) foreach qw(GET PUT PATCH DELETE HEAD);
refused("$_ of results", request($_, '/candidate_result', '{}'), 404) foreach qw(POST PATCH DELETE HEAD);
refused("a method $_", request($_, "$eapi/external/schedule/S-1", '{}'), 400) foreach ('get', 'PA:TCH', '');
refused('TRACE', request('TRACE', "$eapi/external/schedule/S-1"), 405);
my $none = refused('no such call', request('POST', '/account', '{}'), 404);
is_deeply($json->decode($none->{body}), { code => 'PT404', message => 'RESOURCENOTFOUND', details => 'there is no such call',
	hint => 'Look the method and the path up in docs/postgrest.md.' }, 'is answered as PostgREST answers');

# Headers.
my @provision = ('POST', "/v2/installs/$install/provision", '{}');
my @arriving = ('POST', '/rpc/batch_provision?columns=body', '{}');
my %installed = ('proctorlink-install' => $install);
my $foreign = 'AI' . 'f' x 32;

arrives("a client's own $_", request(@provision, 'token: t', $_), @arriving, %installed, token => 't')
  foreach ("proctorlink-install: $foreign", "Proctorlink-Install: $foreign", "PROCTORLINK-INSTALL:$foreign", "proctorlink_install: $foreign", "proctorlink-webhook: $install/$integration",
	"proctorlink_webhook: x", 'Prefer: tx=rollback', 'Prefer: params=single-object', 'Accept: application/vnd.pgrst.plan+json', 'Accept-Profile: public', 'Content-Profile: pg_catalog',
	'Range: 0-1', 'Range-Unit: items', 'Cookie: a=b', 'Content-Encoding: gzip', 'Content-Type: application/octet-stream', 'Content-Type: text/csv', 'X-HTTP-Method-Override: GET',
	'X-Forwarded-For: 1.2.3.4', 'Forwarded: for=1.2.3.4', 'Connection: close, token', 'Upgrade: h2c', 'Expect: 100-continue', 'TE: trailers', 'Authorization_Token: x', 'Token_: x', 'X_ProctorU_Signature: x');
arrives("none of another door's headers: $_", request('POST', "$eapi/schedule", '{}', @token, $_), 'POST', '/rpc/eapi_create_schedule?columns=body', '{}', %token)
  foreach ("proctorlink-install: $foreign", "proctorlink-webhook: $install/$integration");
arrives('a webhook with its sender set by the client', request('POST', "/webhooks/proctoru/$install/$integration", '{}', @signature, "proctorlink-webhook: $foreign/$integration", "proctorlink_webhook: $foreign/$integration"),
	'POST', '/rpc/proctoru_webhook_raw', '{}', %signature, 'proctorlink-webhook' => "$install/$integration");

# One of two headers of the same name arrives, or both as one that is good for nothing.
foreach my $name ('token', 'authorization-token', 'x-proctoru-signature')
{
	my ($answer, $arrived) = exchange(request(@provision, "$name: one", "$name: two"));
	my @got = map { $_->[1] } grep { $_->[0] eq $name } @{ $arrived->[0]{headers} };

	is(scalar @got, 1, "two headers $name become one");
	like($got[0], qr/^one(?:, two)?$/, 'which is not the second');
}
refused('two headers authorization', request(@provision, 'Authorization: EAPI one', 'Authorization: EAPI two'), 400);
refused('two headers host', request(@provision, 'Host: a'), 400);

# Credentials.
arrives("authorization $_->[0]", request(@provision, "Authorization: $_->[0]"), @arriving, %installed, %{ $_->[1] })
  foreach ([ 'EAPI plk_1', { authorization => 'EAPI plk_1' } ], [ 'Bearer a.b.c', { token => 'a.b.c' } ], [ 'bearer  a.b.c', { token => 'a.b.c' } ],
	[ 'Basic eDp5', { authorization => 'Basic eDp5' } ], [ 'Bearer a b', { authorization => 'Bearer a b' } ]);
arrives('token counts before Bearer', request(@provision, 'Authorization: Bearer a.b.c', 'Token: t'), @arriving, %installed, token => 't');
arrives('no credential', request(@provision), @arriving, %installed);

# Bodies.
my @update = ('PATCH', "$eapi/external/schedule/S-1");
my @updated = ('POST', '/rpc/eapi_update_schedule');
foreach my $body ('{},"schedule_ext_id":"other"', '{},"schedule_ext_id":"other","z":"', '{},"schedule_ext_id":"other","z":"\\', '{}}', '{"a":1', "\x00", "\xff", '$key', '"$sent"', ' ', '%22', "\n")
{
	arrives('a hostile body stays before the id', request(@update, $body, @token), @updated, qq({"changes":$body,"schedule_ext_id":"S-1"}), %token);
}
my $mega = '"' . 'x' x ((1 << 20) - 2) . '"';
arrives('a body of 1 MB before an id', request(@update, $mega, @token), @updated, qq({"changes":$mega,"schedule_ext_id":"S-1"}), %token);
refused('one byte more', request(@update, "$mega ", @token), 413);
my $large = refused('a large webhook', request('POST', "/webhooks/proctoru/$install/$integration", 'x' x 2_000_000), 413);
is($json->decode($large->{body})->{message}, 'LIMITEXCEEDED', 'has its error');

# The body in chunks of a size.
sub chunked
{
	my ($body, $size) = @_;

	return join('', map { sprintf("%x;a=b\r\n%s\r\n", length($_), $_) } $body =~ /.{1,$size}/gs) . "0\r\nToken: trailer\r\n\r\n";
}
my @chunked = ('Transfer-Encoding: chunked');
arrives("in chunks of $_", request(@update, chunked('{"Title": "' . 'x' x 3000 . '"}', $_), @token, @chunked),
	@updated, '{"changes":{"Title": "' . 'x' x 3000 . '"},"schedule_ext_id":"S-1"}', %token) foreach (1, 7, 4096);
arrives('1 MB in chunks', request(@update, chunked($mega, 30000), @token, @chunked), @updated, qq({"changes":$mega,"schedule_ext_id":"S-1"}), %token);
refused('1 MB and a byte in chunks', request(@update, chunked("$mega ", 30000), @token, @chunked), 413);
arrives('a batch in chunks', request('POST', $provision[1], chunked('[' . '{},' x 100_000 . '{}]', 50000), 'token: t', @chunked),
	'POST', $arriving[1], '[' . '{},' x 100_000 . '{}]', %installed, token => 't');
my $term = '[' . join(',', map { qq({"n":$_}) } 1 .. 1_000_000) . ']';
arrives('a batch of ' . length($term) . ' bytes', request('POST', $provision[1], $term, 'token: t'), 'POST', $arriving[1], $term, %installed, token => 't');
refused('a batch larger than limits() tells', request('POST', $provision[1], undef, 'Content-Length: ' . ((256 << 20) + 1)), 413);

# Where a request ends.
refused("a request with $_->[0]", request(@update, $_->[1], @token, @{ $_->[2] }), $_->[3])
  foreach ([ 'a length and chunks', "0\r\n\r\n", [ 'Content-Length: 5', @chunked ], 400 ],
	[ 'two lengths', '{}', [ 'Content-Length: 2', 'Content-Length: 40' ], 400 ],
	[ 'a length that is none', '{}', [ 'Content-Length: +2' ], 400 ],
	[ 'a negative length', '{}', [ 'Content-Length: -2' ], 400 ],
	[ 'a chunk of no number', "zz\r\n{}\r\n0\r\n\r\n", [@chunked], 400 ],
	[ 'a chunk of too much', "ffffffffffffffffff\r\n{}\r\n0\r\n\r\n", [@chunked], 400 ],
	[ 'a coding that is not known', '{}', [ 'Content-Length: 2', 'Transfer-Encoding: xchunked' ], 501 ],
	[ 'two codings', "0\r\n\r\n", ['Transfer-Encoding: gzip, chunked'], 501 ]);
arrives('what comes after the end is not part of it', request(@update, undef, @token, 'Content-Length: 2') . "{}POST /account HTTP/1.1\r\nHost: x\r\n\r\n",
	@updated, '{"changes":{},"schedule_ext_id":"S-1"}', %token);
refused('a body that does not come', request(@update, undef, @token, 'Content-Length: 10') . '{}', 'none', end => 1);
refused('a request line of another kind', "GET / HTTP/1.1\r\n\r\n", 400);

# Any byte in an id: what arrives is JSON with that id last, or nothing arrives.
my ($went, $wrong) = (0, 0);
foreach my $byte (0 .. 255)
{
	my $id = 'a' . chr($byte) . 'b';
	my ($answer, $arrived) = exchange(request($update[0], "$eapi/external/schedule/" . sprintf('a%%%02xb', $byte), '{}', @token));

	foreach my $request (@$arrived)
	{
		my $read = $byte < 128 ? eval { $json->decode($request->{body}) } : { schedule_ext_id => $id };

		$went++;
		$wrong++ unless $request->{first} eq 'POST /rpc/eapi_update_schedule HTTP/1.1' && $request->{body} eq qq({"changes":{},"schedule_ext_id":"$id"}) && $read && $read->{schedule_ext_id} eq $id;
	}
}
is($went, 256 - 32 - 4, 'every byte but control characters and / " \ may be in an id');
is($wrong, 0, 'and stays there');

unlike(nginx_log(), qr/\[(?:emerg|alert|crit)\]|uninitialized/, 'nginx found nothing wrong with itself');

done_testing();
