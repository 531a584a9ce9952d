#
# fuzz.pl
#		Whatever a function is called with, it answers or says by a documented
#		error what is wrong: every function there is, by every kind of caller, with
#		what good calls become when they are spoilt.  Nothing crashes, no error is
#		an internal one or tells a secret, and the tables keep their rules.
#
# PROCTORLINK_SEED chooses the calls, PROCTORLINK_FUZZ_SECONDS says how long it
# goes on.
#
use strict;
use warnings;

use File::Basename qw(dirname);
use JSON::PP ();
use PostgreSQL::Test::Utils;
use Proctorlink;
use Test::More;

my $seed = $ENV{PROCTORLINK_SEED} // 20270901;
my $seconds = $ENV{PROCTORLINK_FUZZ_SECONDS} // 12;
my $calls_a_world = 3000;
my $top = dirname(__FILE__) . '/../..';
my $json = JSON::PP->new->allow_nonref->canonical;

srand($seed);
note("PROCTORLINK_SEED=$seed");

sub one_in { return int(rand($_[0])) == 0 }
sub one_of { return $_[ int(rand(@_)) ] }

# A value as it stands in SQL; what is undefined is null.
sub quoted
{
	my ($value) = @_;

	return 'NULL' if !defined $value;
	$value =~ s/\x00//g;
	return "'" . $value =~ s/'/''/gr . "'";
}

# ----------
# Odd values
# ----------

my %known;

my @ids = qw(e-1 e-2 e-9 u-1 u-2 u-3 u-9 gone marker scheduler live idle ahead law art r-1 pu-1 c-1 draft k);
my @names = qw(install proctoru other live closed longer exam enrollment configuration batch schedule event token account node);
my @words = ('', ' ', "\t", 'null', 'true', '0', '-1', '1', '60', 'NaN', 'Infinity', '-Infinity', '1e309', '0x10', '1e2', '1_000', "\x{663}", "e\x{301}", "\x{e9}",
	"\x{212a}", "\x{130}", "\x{202e}x", "\x{feff}x", "x\x{a0}", "\x{1f600}", "\x{10ffff}", "\x{fffe}", "\x{2028}", "\x{85}", "\x{7f}", "\x{1}", '%s%n%1$s', q{'; DROP TABLE x; --}, '\\', '\\u0000', '../..', '$1', '$$',
	'{}', '[]', '{', '"', '@million@', '@long@', 'US' . '0' x 32, 'us' . '0' x 32, 'ES' . 'f' x 32, 'US' . '0' x 31, 'US' . 'g' x 32, '0' x 32,
	'00000000-0000-0000-0000-000000000000', 'Eur/ope', 'Europe/Dublin', 'posix/UTC', 'UTC0', 'EST5EDT4,M1.1.1', 'Closed', 'Cancelled', 'In Progress', 'proctoru', 'EXTERNAL_ATTEMPTS', 'active', 'removed', 'learner',
	'a@b', "a\@example.org", '@', 'x' x 64, 'x' x 65, 'x' x 255, 'x' x 256, "\x{e9}" x 255, 'http://[::1', 'https://a.test/?x=%zz', 'https://' . 'a' x 3000, 'javascript:alert(1)', 'https://u:p@a.test');
my @times = ('2032-02-30T00:00:00Z', '0000-01-01T00:00:00Z', '9999-12-31T23:59:59Z', '10000-01-01T00:00:00Z', '294276-12-31T23:59:59Z', 'infinity', '-infinity', 'epoch', 'now', 'today', '4714-11-24 BC',
	'2032-03-01T09:00:00+25:00', '2032-03-01T09:00:00-15:59', '2032-03-01T09:00:60Z', '2032-03-01T24:00:00Z', '2032-03-01', '2032-03-01T09:00:00', '0001-01-01T00:00:00', '9999-12-31T23:59:59', '2032-03-01T09:00:00.1234567Z', '1970-01-01T00:00:00Z', '2032-03-01t09:00:00z');
my @numbers = qw(0 -1 1 2 60 99 101 2147483647 2147483648 -2147483648 -2147483649 9223372036854775807 9223372036854775808 1e400 -1e400 1e20000 1.5 0.1e-400 60.0 -0 1e5 0.30000000000000004 1e-16000);
my %typed = (
	'integer' => [ qw(0 -1 1 25 100 2147483647 -2147483648) ],
	'bigint' => [ qw(0 -1 1 9223372036854775807 -9223372036854775808) ],
	'timestamp with time zone' => [ @times, '294276-12-31 23:59:59.999999Z', '4714-11-24 00:00:00+00 BC' ],
	'interval' => [ '0', '1 us', '-1 day', '1 day', '100 years', '-178000000 years', '178000000 years', '2147483647 months', '2147483647 days', '9223372036854775807 us', '-9223372036854775808 us' ],
	'uuid' => [ '00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff' ],
	'regrole' => [ qw(proctorlink_test_other proctorlink_test_bound proctorlink_api proctorlink_anon postgres pg_monitor 0 1 4294967295 no_such_role) ],
	'boolean' => [qw(true false)],
	'numeric' => [ qw(NaN Infinity -Infinity), @numbers ]);

sub word { return one_in(3) ? one_of(@ids) : one_in(4) ? $known{ one_of(@names) } : one_in(4) ? one_of(@times) : one_of(@words) }

# A number or whatever else JSON cannot say otherwise, put in when the text is made.
sub raw { return "\@raw:$_[0]\@" }

sub odd_value
{
	my $kind = int(rand(12));

	return $kind < 5 ? word()
	  : $kind < 7 ? raw(one_of(@numbers))
	  : $kind == 7 ? one_of(JSON::PP::true, JSON::PP::false, undef)
	  : $kind == 8 ? one_of([], {}, [ [] ], [ undef ], { '' => undef })
	  : $kind == 9 ? one_of('@deep@', '@objects@', '@many@')
	  : $kind == 10 ? raw(one_of('"\\ud800"', '"\\udc00\\ud800"', '"a\\u0000"', '"\\u0001"', '"\\ud83d\\ude00"', '"\\u0000"'))
	  : [ map { word() } 1 .. int(rand(4)) ];
}

# ----------
# Spoiling
# ----------

sub spoilt_text
{
	my ($text) = @_;
	my $place = int(rand(length($text) + 1));
	my $kind = int(rand(11));

	return word() if $kind < 3 || $text eq '';
	return substr($text, 0, $place) if $kind == 3;
	return $text . one_of(' ', "\n", "\0", 'x', '=', '0', $text, "\x{301}") if $kind == 4;
	return one_of(' ', 'x', "\x{feff}") . $text if $kind == 5;
	return one_in(2) ? lc $text : uc $text if $kind == 6;
	return substr($text, 0, $place) . one_of("\x{e9}", "\t", '"', '\\', '.', '/', '%', "\x{200b}", "'", chr(1 + int(rand(0xd7ff)))) . substr($text, $place) if $kind == 7;
	return reverse $text if $kind == 8;

	# one character becomes another
	substr($text, $place, 1) = one_of('0', 'f', 'A', '_', chr(32 + int(rand(95)))) if $place < length($text);
	return $text;
}

# Every place in a value: where it hangs, and by what.
sub places
{
	my ($value, $found) = @_;
	my @inner = ref($value) eq 'HASH' ? sort keys %$value : ref($value) eq 'ARRAY' ? 0 .. $#$value : ();

	foreach my $key (@inner)
	{
		push @$found, [ $value, $key ];
		places(ref($value) eq 'HASH' ? $value->{$key} : $value->[$key], $found);
	}
	return $found;
}

sub at { my ($in, $key) = @{ $_[0] }; return ref($in) eq 'HASH' ? \$in->{$key} : \$in->[$key] }

sub copy_of { return $json->decode($json->encode([ $_[0] ]))->[0] }

# A value with one thing wrong more.
sub spoilt
{
	my ($value) = @_;
	my @places = @{ places($value, []) };

	return one_in(2) && !ref($value) && defined $value ? spoilt_text("$value") : odd_value() if !@places || one_in(30);
	my $place = one_of(@places);
	my ($in, $key) = @$place;
	my $slot = at($place);
	my $kind = int(rand(12));

	if ($kind == 0)
	{
		ref($in) eq 'HASH' ? delete $in->{$key} : splice(@$in, $key, 1);
	}
	elsif ($kind == 1 && ref($in) eq 'HASH')
	{
		my $name = spoilt_text($key);

		$in->{$name} = delete $in->{$key};
	}
	elsif ($kind == 2)
	{
		# an exam's password is known as such only where it stands
		my $other = one_of(grep { $_->[1] ne 'password' } @places) // $place;

		$$slot = copy_of(${ at($other) });
	}
	elsif ($kind == 3)
	{
		$$slot = one_in(2) ? [$$slot] : { one_of('ids', 'x', 'external', 'sid', '') => $$slot };
	}
	elsif ($kind == 4 && ref($in) eq 'ARRAY')
	{
		push @$in, map { copy_of($$slot) } 1 .. one_of(1, 2, 200);
	}
	elsif ($kind == 5 && ref($in) eq 'HASH')
	{
		$in->{ word() } = odd_value();
	}
	elsif ($kind < 9 && defined $$slot && !ref($$slot))
	{
		$$slot = spoilt_text("$$slot");
	}
	else
	{
		$$slot = odd_value();
	}
	return $value;
}

sub as_json { return $json->encode($_[0]) =~ s/"\@raw:(.*?)\@"/$1 =~ s{\\(["\\])}{$1}gr/ger }

# A text array as PostgreSQL writes it.
sub as_array
{
	my ($value) = @_;

	return one_of('{}', '{{a,b},{c,d}}', '[5:6]={e-1,u-1}', '{NULL}', '{""}', '{@million@}', '{' . join(',', ('u-1') x 20000) . '}') if one_in(5);
	$value = [ defined $value ? $value : () ] if ref($value) ne 'ARRAY';
	return '{' . join(',', map { !defined $_ ? 'NULL' : '"' . (ref($_) ? as_json($_) : $_) =~ s/(["\\])/\\$1/gr . '"' } @$value) . '}';
}

# An argument of a type as it is sent, spoilt or as it was.
sub argument
{
	my ($type, $value, $spoil) = @_;

	return undef if $spoil && one_in(15);
	if ($type eq 'jsonb')
	{
		$value = copy_of($value);
		if ($spoil)
		{
			$value = spoilt($value) for 1 .. one_of(1, 1, 2, 3);
		}
		return as_json($value);
	}
	if ($type eq 'text[]')
	{
		$value = [ $value =~ /^\{(.*)\}$/ ? split(/,/, $1) : () ] if defined $value && !ref($value);
		$value = copy_of($value);
		return as_array($spoil ? spoilt($value) : $value) if $spoil || defined $value;
		return undef;
	}
	return $value if !$spoil;
	return spoilt_text($value // '') if $type eq 'text';
	if ($type eq 'bytea')
	{
		my $bytes = defined $value && $value =~ /^\\x(.*)/ ? pack('H*', $1) : '{"event": {"type": "begun"}}';

		return '\\x' . unpack('H*', one_in(3) ? join('', map { chr(int(rand(256))) } 1 .. int(rand(200))) : one_in(3) ? substr($bytes, 0, int(rand(length($bytes)))) : as_octets(as_json(spoilt($json->decode($bytes)))));
	}
	return one_of(@{ $typed{$type} // die "no values of $type" }, $value);
}

sub as_octets { my ($text) = @_; utf8::encode($text); return $text }

# ----------
# Calling
# ----------

my $node = start_server(jit => 'off', max_connections => 20);
my $setup = make_world($node, 'world');
$setup->do("\\i $top/test/tap/fuzz.sql");
my $samples = $json->decode(decoded($setup->do(q{SELECT jsonb_agg(jsonb_build_array(t.function, t.types, c.speaker, arguments_of(c.arguments)))
	FROM tried t LEFT JOIN call c ON c.function = t.name;})));
%known = %{ $json->decode($setup->do(q{SELECT jsonb_object_agg(name, value) FROM known;})) };
$setup->quit;

sub decoded { my ($text) = @_; utf8::decode($text); return $text }

# Bodies that the examples have, for the functions that take them.
my @examples;
foreach my $file (glob("$top/examples/*/*.json"))
{
	my $body = eval { JSON::PP->new->utf8->decode(slurp_file($file)) } // next;
	my ($door) = $file =~ m{/proctoru/(\w+)} ? "proctoru_$1_reservation" : $file =~ m{/schedule/add} ? 'eapi_add_candidates' : $file =~ m{/schedule/booking} ? 'eapi_create_schedule' : 'batch_provision';

	next if -s $file > 10000;
	my ($function) = grep { $_->[0] =~ /\.\Q$door\E\(/ } @$samples;
	push @examples, [ @$function[ 0 .. 2 ], [$body] ];
}
@$samples = sort { $json->encode($a) cmp $json->encode($b) } @$samples, @examples;

my @callers = (('superuser') x 4, ('administrator') x 3, ('token') x 6, 'bound', 'person', 'nobody');
my %headers = (token => 'system', authorization => 'Bearer person', 'authorization-token' => 'provider');

# What a proxy tells, spoilt.
sub headers
{
	my $header = one_of(sort keys %headers);
	my $secret = $headers{$header} =~ s/(\w+)$/$known{$1}/r;
	my $value = { $header => $secret, (one_in(2) ? ('proctorlink-install' => $known{install}) : ()),
		'proctorlink-webhook' => "$known{install}/$known{proctoru}", 'x-proctoru-signature' => $known{signature} };

	return one_in(20) ? one_of('', 'x', '[]', '{"token": ', '"' . '@million@' . '"', '{"token": "a", "token": 1}', '[' x 20000, '{"a":' x 20000, "\x{feff}{}") : as_json(one_in(4) ? $value : spoilt($value));
}
sub claims
{
	my $value = { role => 'proctorlink_api', install => $known{install}, sub => 'u-1', integration => $known{proctoru} };

	return one_in(3) ? undef : one_in(20) ? one_of('', 'x', '[]', '{' x 20000) : as_json(spoilt($value));
}

my $world = 0;
my $session;
my $calls = 0;
my (%ended, %called, @wrong);

sub new_world
{
	$session->quit if $session;
	$node->safe_psql('postgres', 'DROP DATABASE IF EXISTS fuzz WITH (FORCE)');
	$node->safe_psql('postgres', 'CREATE DATABASE fuzz TEMPLATE world');
	$session = start_session($node, 'fuzz');
	$session->do(q{SET statement_timeout = '60s'; SET client_min_messages = error; SET track_functions = none});
	$world++;
	return;
}

# What is wrong with the rows that are there, as the tables' owner sees them.
sub check_world
{
	my $broken = $session->do('SELECT string_agg(check_name || \' \' || rows, \', \') FROM proctorlink.post_restore() WHERE rows <> 0;');

	push @wrong, "rows after world $world: " . ($broken // 'no answer') if ($broken // 'x') ne '';
	return;
}

my $end = time + $seconds;
new_world();
while (time < $end && @wrong < 20)
{
	my ($function, $types, $speaker, $good) = @{ one_of(@$samples) };
	my $spoil = !one_in(20);
	my $only = int(rand(@$types || 1));
	my @arguments = map { argument($types->[$_], $good->[$_], $spoil && ($_ == $only || one_in(4))) } 0 .. $#$types;
	my $caller = one_of(@callers);
	my $call = 'SELECT tried(' . join(', ', quoted($caller), quoted($speaker // 'system'), quoted($function),
		'ARRAY[' . join(', ', map { quoted($_) } @arguments) . ']::text[]',
		($function =~ /pre_request|webhook_raw/ || one_in(30) ? (quoted(headers()), quoted(claims())) : ('NULL', 'NULL')), (map { one_in($_) ? 'true' : 'false' } 8, 25)) . ');';
	my $told = $session->do(as_octets($call));

	$calls++;
	$called{$function}++;
	if (!defined $told)
	{
		push @wrong, "the session has ended: $call";
		$node->poll_query_until('postgres', 'SELECT true');
		undef $session;
		new_world();
	}
	elsif ($told eq '' || $told =~ /WRONG/)
	{
		push @wrong, ($told eq '' ? 'raised outside' : $told) . ": $call";
	}
	$ended{ $told eq '' ? 'nothing' : $told =~ s/ WRONG.*//sr }{$function}++ if defined $told;
	if ($calls % $calls_a_world == 0)
	{
		check_world();
		new_world();
	}
}
check_world();
$session->quit;

is(join("\n", map { substr($_, 0, 3000) } @wrong), '', "$calls calls end as they should (PROCTORLINK_SEED=$seed)");
my %functions = map { $_->[0] => 1 } @$samples;
is(join(' ', grep { $seconds >= 10 && !$called{$_} } sort keys %functions), '', 'every function was called');
my $understood = 0;
foreach my $how (sort keys %ended)
{
	my @by = map { /([^.]*)\(/ ? $1 : $_ } sort keys %{ $ended{$how} };
	my $times = 0;

	$times += $_ foreach values %{ $ended{$how} };
	$understood += $times if $how =~ /^(done|refused)$/;
	note("$how: $times, by " . (@by > 30 ? @by . ' functions' : "@by"));
}
cmp_ok($understood, '>', $calls / 5, 'many of them were understood');

stop_server($node);
done_testing();
