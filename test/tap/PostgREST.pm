#
# PostgREST.pm
#		Plays PostgREST: finds the function of a request as PostgREST does, sends the
#		server the statements that PostgREST 12 to 14 send, as prepared statements on
#		one connection, and makes status and body of what comes back. Its settings are
#		those of examples/postgrest/postgrest.conf.
#
package PostgREST;

use strict;
use warnings;

use IO::Socket::UNIX;
use JSON::PP ();

# The types that PostgREST's driver gives its parameters.
use constant { UNKNOWN => 705, JSON => 114, BYTEA => 17 };

my $json = JSON::PP->new->canonical->allow_nonref;

# Log in and read the functions of the schema, as PostgREST does when it starts.
sub new
{
	my ($class, %at) = @_;
	my $self = bless { statements => {}, %at }, $class;

	open(my $file, '<', $at{configuration}) or die "$at{configuration}: $!";
	my %setting = map { /^([a-z-]+) = "?(.*?)"?$/ ? ($1 => $2) : () } <$file>;
	$self->{anon} = $setting{'db-anon-role'};
	$self->{schema} = $setting{'db-schemas'};
	$self->{path} = join(', ', map { quoted($_) } $self->{schema}, split(/ *, */, $setting{'db-extra-search-path'} // 'public'));
	$self->{pre_request} = join('.', map { quoted($_) } split(/\./, $setting{'db-pre-request'}));
	$self->{socket} = IO::Socket::UNIX->new(Peer => "$at{host}/.s.PGSQL.$at{port}") or die "no server: $!";
	my %startup = (user => $at{user}, database => $at{database}, client_encoding => 'UTF8');
	my $startup = pack('N', 196608) . join('', map { "$_\0$startup{$_}\0" } sort keys %startup) . "\0";
	$self->send_bytes(pack('N', length($startup) + 4) . $startup);
	$self->until_ready;

	foreach my $row (@{ $self->run(
		q{SELECT p.proname, p.provolatile, p.proretset, p.prorettype::regtype::text, coalesce(array_to_json(p.proargnames), '[]'),
			array_to_json(ARRAY(SELECT format_type(t, NULL) FROM unnest(p.proargtypes) WITH ORDINALITY AS a (t, n) ORDER BY n)), p.pronargs - p.pronargdefaults
		FROM pg_catalog.pg_proc p WHERE p.pronamespace = $1::regnamespace AND p.prokind = 'f' AND p.prorettype <> 'trigger'::regtype}, [ UNKNOWN, $self->{schema} ])->{rows} })
	{
		my ($name, $volatility, $set, $returns, $names, $types, $required) = @$row;
		my ($parameters, $kinds) = map { $json->decode($_) } $names, $types;

		push @{ $self->{functions}{$name} }, { name => $name, volatility => $volatility, set => $set eq 't', returns => $returns,
			parameters => [ map { { name => $parameters->[$_] // '', type => $kinds->[$_], required => $_ < $required } } 0 .. $#$kinds ] };
	}
	return $self;
}

sub quit
{
	my ($self) = @_;

	$self->send_bytes('X' . pack('N', 4));
	return close($self->{socket});
}

sub send_bytes
{
	my ($self, $bytes) = @_;

	while (length($bytes))
	{
		my $sent = syswrite($self->{socket}, $bytes) // die "the server is gone: $!";

		$bytes = substr($bytes, $sent);
	}
	return;
}

sub receive
{
	my ($self, $length) = @_;
	my $bytes = '';

	while (length($bytes) < $length)
	{
		sysread($self->{socket}, $bytes, $length - length($bytes), length($bytes)) or die 'the server is gone';
	}
	return $bytes;
}

# Read what comes until the server is ready: the rows, and the error if there was one.
sub until_ready
{
	my ($self) = @_;
	my %result = (rows => []);

	while (1)
	{
		my ($type, $length) = unpack('aN', $self->receive(5));
		my $message = $self->receive($length - 4);

		if ($type eq 'D')
		{
			my ($count, @rest) = unpack('n', $message);
			my ($at, @values) = (2);

			foreach (1 .. $count)
			{
				my $size = unpack('N!', substr($message, $at, 4));

				push @values, $size < 0 ? undef : substr($message, $at + 4, $size);
				$at += 4 + ($size < 0 ? 0 : $size);
			}
			push @{ $result{rows} }, \@values;
		}
		elsif ($type eq 'E')
		{
			$result{error} = { map { (substr($_, 0, 1) => substr($_, 1)) } split(/\0/, $message) };
		}
		elsif ($type eq 'R')
		{
			die 'the server wants a password' if unpack('N', $message) != 0;
		}
		elsif ($type eq 'Z')
		{
			$self->{state} = $message;
			return \%result;
		}
	}
}

# Run a statement with parameters [type, bytes], prepared the first time.
sub run
{
	my ($self, $sql, @parameters) = @_;
	my $name = $self->{statements}{$sql};
	my $bytes = '';

	if (!$name)
	{
		$name = 's' . keys %{ $self->{statements} };
		$bytes = framed('P', "$name\0$sql\0" . pack('n(N)*', scalar @parameters, map { $_->[0] } @parameters));
	}
	$bytes .= framed('B', "\0$name\0"
		. pack('n(n)*', scalar @parameters, map { $_->[0] == BYTEA ? 1 : 0 } @parameters)
		. pack('n', scalar @parameters)
		. join('', map { defined $_->[1] ? pack('N', length($_->[1])) . $_->[1] : pack('N', 0xFFFFFFFF) } @parameters)
		. pack('n', 0));
	$self->send_bytes($bytes . framed('E', "\0" . pack('N', 0)) . framed('S', ''));
	my $result = $self->until_ready;

	# A name whose statement was refused is not used again.
	$self->{statements}{$sql} = $name unless $result->{error} && $bytes =~ /\AP/;
	$self->{statements}{"-- $name"} = '' if $result->{error} && $bytes =~ /\AP/;
	return $result;
}

sub framed
{
	my ($type, $message) = @_;

	return $type . pack('N', length($message) + 4) . $message;
}

sub quoted
{
	return '"' . ($_[0] =~ s/"/""/gr) . '"';
}

# Find the function of a request among those of a name: named arguments that
# match, else on POST the one with a single argument without a name.
sub find
{
	my ($self, $name, $keys, $type, $is_post) = @_;
	my %sent = map { $_ => 1 } @$keys;
	my (@named, @unnamed);

	foreach my $function (@{ $self->{functions}{$name} // [] })
	{
		my @parameters = @{ $function->{parameters} };
		my %known = map { $_->{name} => 1 } @parameters;

		if (@parameters == 1 && $parameters[0]{name} eq '')
		{
			my %takes = ('application/json' => 'jsonb', 'application/octet-stream' => 'bytea');

			push @unnamed, $function if $is_post && ($takes{$type} // '') eq $parameters[0]{type};
		}
		elsif (!(grep { !$known{$_} } keys %sent) && !(grep { $_->{required} && !$sent{ $_->{name} } } @parameters))
		{
			push @named, $function;
		}
	}
	return @named ? @named : @unnamed;
}

# What an error becomes.
sub status_of
{
	my ($error, $authenticated) = @_;
	my $state = $error->{C};

	return $1 if $state =~ /^PT(\d+)$/;
	return 409 if $state =~ /^(?:23503|23505)$/;
	return 405 if $state eq '25006';
	return $authenticated ? 403 : 401 if $state eq '42501';
	return 404 if $state =~ /^(?:42883|42P01)$/;
	return 401 if $state eq '22023' && $error->{M} =~ /^role.*does not exist$/;
	return 403 if $state =~ /^(?:28|0L|0P)/;
	return 503 if $state =~ /^(?:08|53(?!400)|57P01)/;
	return 400 if $state eq 'P0001';
	return 500 if $state =~ /^(?:09|21000|25|2D|38|39|3B|40|53400|54|55|57|58|F0|HV|P0|XX|42P17)/;
	return 400;
}

# Do a request: {status, reason, headers, body}, body read where it is JSON.
#   method, path    such as POST /rpc/batch_provision
#   query           [name, value] each, decoded
#   headers         name => value, names in lower case
#   body            bytes
#   claims          of a token that PostgREST has verified
#   role            what its claim role says
sub request
{
	my ($self, %request) = @_;
	my $path = $request{path};
	my @query = @{ $request{query} // [] };
	my $headers = $request{headers} // {};
	my $type = ($headers->{'content-type'} // 'application/json') =~ s/;.*//r;
	my $is_post = $request{method} eq 'POST';
	my $role = $request{role} // $self->{anon};
	my ($main, @parameters, $mode, $scalar);

	if (my ($name) = $path =~ m{^/rpc/(\w+)$})
	{
		my ($columns) = map { [ split(/,/, $_->[1]) ] } grep { $_->[0] eq 'columns' } @query;
		my $members = !$is_post ? [ map { $_->[0] } @query ] : $type ne 'application/json' ? [] : $columns;

		if (!$members)
		{
			my $read = eval { $json->decode($request{body} eq '' ? '{}' : $request{body}) };

			return { status => 400, body => { code => 'PGRST102', message => 'Empty or invalid json' } } if $@;
			return { status => 400, body => { code => 'PGRST102', message => 'All object keys must match' } }
			  if ref $read eq 'ARRAY' && grep { ref ne 'HASH' || join("\0", sort keys %$_) ne join("\0", sort keys %{ $read->[0] }) } @$read;
			$members = [ map { ref eq 'HASH' ? keys %$_ : () } ref $read eq 'ARRAY' ? $read->[0] : $read ];
		}

		my @found = $self->find($name, $members, $type, $is_post);

		return { status => @found ? 300 : 404, body => { code => @found ? 'PGRST203' : 'PGRST202' } } if @found != 1;
		my $function = $found[0];
		my $call = quoted($self->{schema}) . '.' . quoted($name);
		my %sent = map { $_ => 1 } @$members;
		my @given = grep { $sent{ $_->{name} } } @{ $function->{parameters} };
		my $arguments = '';

		$scalar = !$function->{set} && $function->{returns} !~ /^(?:record|proctorlink\..*)$/;
		$mode = $is_post && $function->{volatility} eq 'v' ? 'READ WRITE' : 'READ ONLY';
		if ($is_post && @{ $function->{parameters} } == 1 && $function->{parameters}[0]{name} eq '')
		{
			my $is_bytes = $function->{parameters}[0]{type} eq 'bytea';

			push @parameters, [ $is_bytes ? BYTEA : UNKNOWN, $request{body} ];
			$arguments = $is_bytes ? '$1' : "\$1::$function->{parameters}[0]{type}";
		}
		elsif ($is_post && @given)
		{
			push @parameters, [ JSON, $request{body} ];
			$arguments = join(', ', map { quoted($_->{name}) . ' := pgrst_body.' . quoted($_->{name}) } @given);
		}
		else
		{
			my %value = map { @$_ } @query;

			foreach my $parameter (@given)
			{
				push @parameters, [ UNKNOWN, $value{ $parameter->{name} } ];
				$arguments .= ($arguments eq '' ? '' : ', ') . quoted($parameter->{name}) . ' := $' . @parameters . "::$parameter->{type}";
			}
		}
		my $from = $scalar ? "(SELECT $call($arguments) pgrst_scalar) pgrst_call" : "$call($arguments) pgrst_call";

		if ($is_post && @given)
		{
			my $record = $request{body} =~ /\A[ \t\r\n]*\{/ ? 'json_to_record' : 'json_to_recordset';

			$from = 'FROM (SELECT $1 AS json_data) pgrst_payload, LATERAL (SELECT ' . join(', ', map { quoted($_->{name}) } @given)
			  . " FROM $record(pgrst_payload.json_data) AS _(" . join(', ', map { quoted($_->{name}) . " $_->{type}" } @given) . ') LIMIT 1) pgrst_body , LATERAL ' . $from;
		}
		else
		{
			$from = "FROM $from";
		}
		$main = 'WITH pgrst_source AS (SELECT ' . ($scalar ? 'pgrst_call.pgrst_scalar' : 'pgrst_call.*') . " $from) "
		  . "SELECT null::bigint AS total_result_set, " . ($scalar ? '1' : 'pg_catalog.count(_postgrest_t)') . ' AS page_total, '
		  . ($scalar ? "coalesce(json_agg(_postgrest_t.pgrst_scalar)->0, 'null')" : "coalesce(json_agg(_postgrest_t), '[]')") . ' AS body, '
		  . "nullif(current_setting('response.headers', true), '') AS response_headers, nullif(current_setting('response.status', true), '') AS response_status, "
		  . "'' AS response_inserted FROM (SELECT " . quoted($name) . '.* FROM "pgrst_source" AS ' . quoted($name) . '  ) _postgrest_t';
	}
	elsif (my ($view) = $path =~ m{^/(\w+)$})
	{
		my @filters = grep { $_->[1] =~ /^eq\./ } @query;

		$mode = 'READ ONLY';
		my $from = quoted($self->{schema}) . '.' . quoted($view);

		$main = "WITH pgrst_source AS ( SELECT $from.* FROM $from "
		  . (@filters ? ' WHERE ' : '') . join(' AND ', map { push @parameters, [ UNKNOWN, substr($_->[1], 3) ]; "$from." . quoted($_->[0]) . ' = $' . @parameters } @filters)
		  . " )  SELECT null::bigint AS total_result_set, pg_catalog.count(_postgrest_t) AS page_total, coalesce(json_agg(_postgrest_t), '[]') AS body, "
		  . "nullif(current_setting('response.headers', true), '') AS response_headers, nullif(current_setting('response.status', true), '') AS response_status, "
		  . "'' AS response_inserted FROM ( SELECT * FROM pgrst_source ) _postgrest_t";
	}

	my @settings = ([ search_path => $self->{path} ], [ role => $role ],
		[ 'request.jwt.claims' => $json->encode({ %{ $request{claims} // {} }, role => $role }) ],
		[ 'request.method' => $request{method} ], [ 'request.path' => $path ],
		[ 'request.headers' => $json->encode($headers) ], [ 'request.cookies' => '{}' ]);
	my $result = $self->run("BEGIN ISOLATION LEVEL READ COMMITTED $mode");

	foreach my $step (
		[ 'select ' . join(', ', map { "set_config('$settings[$_][0]', \$" . ($_ + 1) . ', true)' } 0 .. $#settings), map { [ UNKNOWN, $_->[1] ] } @settings ],
		[ "select $self->{pre_request}()" ],
		[ $main, @parameters ])
	{
		$result = $self->run(@$step);
		last if $result->{error};
	}
	my $ended = $self->run($result->{error} || $request{rollback} ? 'ABORT' : 'COMMIT');

	# What COMMIT refuses is the answer then.
	if (my $error = $result->{error} // $ended->{error})
	{
		return { status => status_of($error, $role ne $self->{anon}), reason => $error->{M},
			body => { code => $error->{C}, message => $error->{M}, details => $error->{D}, hint => $error->{H} } };
	}
	my (undef, undef, $body, $response_headers, $status) = @{ $result->{rows}[0] };

	return { status => $status // 200, headers => $response_headers, body => $json->decode($body) };
}

1;
