#
# Nginx.pm
#		An nginx with the configuration of examples/nginx, and a server that plays
#		PostgREST behind it. Both are read by one loop: nothing waits for a time.
#
package Nginx;

use strict;
use warnings;

use Exporter qw(import);
use File::Temp;
use FindBin;
use IO::Select;
use IO::Socket::INET;
use Socket qw(SHUT_WR);

our @EXPORT = qw(start_nginx nginx_log slurp exchange request);

my ($scratch, $listener, $port);

# Start nginx with the example's configuration and PostgREST's place taken by us;
# its port, which is open then. Undef where there is no nginx.
sub start_nginx
{
	my ($nginx) = grep { -x } map { "$_/nginx" } (split(/:/, $ENV{PATH}), '/usr/sbin', '/usr/local/sbin');

	return undef unless $nginx;
	# However the test ends, nginx is to end.
	$SIG{$_} ||= sub { exit 1 } foreach qw(HUP INT TERM);
	$scratch = File::Temp->newdir;
	$listener = IO::Socket::INET->new(Listen => 64, LocalAddr => '127.0.0.1', ReuseAddr => 1) or die "no socket: $!";
	my $example = slurp("$FindBin::Bin/../../examples/nginx/proctorlink.conf");

	$example =~ s/^\tserver 127\.0\.0\.1:3000;$/"\tserver 127.0.0.1:" . $listener->sockport . ';'/me or die 'no upstream';
	spill("$scratch/nginx.conf", join("\n",
		$> == 0 ? ('user root;') : (), 'worker_processes 1;', "pid $scratch/pid;", "error_log $scratch/error.log;",
		'events {}', 'http {', 'access_log off;',
		(map { "${_}_temp_path $scratch/$_;" } qw(client_body proxy fastcgi uwsgi scgi)),
		"include $scratch/proctorlink.conf;", '}', ''));

	# Somebody else may take a free port before nginx does.
	foreach (1 .. 20)
	{
		my $free = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1') or die "no socket: $!";

		$port = $free->sockport;
		close($free);
		spill("$scratch/proctorlink.conf", $example =~ s/^\tlisten 8080;$/\tlisten 127.0.0.1:$port;/mr);
		return $port if system($nginx, '-p', "$scratch", '-e', "$scratch/error.log", '-c', "$scratch/nginx.conf") == 0;
	}
	die "nginx does not start:\n" . slurp("$scratch/error.log");
}

sub slurp
{
	my ($name) = @_;

	open(my $file, '<:raw', $name) or die "$name: $!";
	local $/;
	return scalar <$file>;
}

sub spill
{
	my ($name, $text) = @_;

	open(my $file, '>:raw', $name) or die "$name: $!";
	print $file $text;
	return close($file);
}

# Take a message apart that is there whole; undef where it is not yet.
sub message
{
	my ($text) = @_;
	my ($head, $body) = split(/\r\n\r\n/, $$text, 2);
	my ($first, @lines);

	return undef unless defined $body;
	($first, @lines) = split(/\r\n/, $head);
	my @headers = map { my ($name, $value) = split(/: */, $_, 2); [ lc $name, $value ] } @lines;
	my ($length) = map { $_->[1] } grep { $_->[0] eq 'content-length' } @headers;

	return undef if length($body) < ($length // 0);
	return { first => $first, headers => \@headers, body => $body };
}

# Send bytes to nginx: what it answers, and what came to PostgREST in the meantime.
#   end    close our side when all is sent
#   reply  what PostgREST answers to a request: status and body
sub exchange
{
	my ($bytes, %more) = @_;
	my $client = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) or die "nginx does not listen: $!";
	my $reading = IO::Select->new($client, $listener);
	my $writing = IO::Select->new($client);
	my ($answer, %upstream, @arrived) = ('');

	$client->blocking(0);
	while (1)
	{
		my ($readable, $writable) = IO::Select->select($reading, $bytes eq '' ? undef : $writing, undef);

		foreach my $socket (@{ $writable // [] })
		{
			my $sent = syswrite($socket, $bytes, 65536);

			# nginx has closed: what it said is still to be read
			$bytes = defined $sent ? substr($bytes, $sent) : $!{EAGAIN} ? $bytes : '';
			shutdown($client, SHUT_WR) if $bytes eq '' && $more{end};
		}
		foreach my $socket (@$readable)
		{
			if ($socket == $listener)
			{
				my $new = $listener->accept;

				$upstream{$new} = '';
				$reading->add($new);
			}
			elsif ($socket == $client)
			{
				my $read = sysread($socket, $answer, 65536, length($answer));

				next if !defined $read && $!{EAGAIN};
				next if $read;
				$reading->remove($_) foreach $reading->handles;
				return (answered($answer), \@arrived);
			}
			else
			{
				my $read = sysread($socket, $upstream{$socket}, 1 << 20, length($upstream{$socket}));
				my $request = message(\$upstream{$socket});

				if ($request)
				{
					push @arrived, $request;
					my ($status, $body) = $more{reply} ? $more{reply}->($request) : (200, '{}');

					syswrite($socket, "HTTP/1.1 $status X\r\nContent-Type: application/json\r\nContent-Length: " . length($body) . "\r\nConnection: close\r\n\r\n$body");
				}
				next unless $request || !$read;
				$reading->remove($socket);
				close($socket);
			}
		}
	}
}

# The status and the body of an answer.
sub answered
{
	my ($text) = @_;
	$text =~ s{\AHTTP/1\.1 100 .*?\r\n\r\n}{}s;
	my ($status) = $text =~ m{\AHTTP/1\.1 (\d+)};

	return { status => $status // 'none', body => $text =~ s/\A.*?\r\n\r\n//sr };
}

# A request as bytes.
sub request
{
	my ($method, $target, $body, @headers) = @_;

	push @headers, 'Content-Length: ' . length($body) if defined $body && !grep { /^Transfer-Encoding/i } @headers;
	return join("\r\n", "$method $target HTTP/1.1", 'Host: proctorlink.test', 'Connection: close', @headers, '', '') . ($body // '');
}

# What nginx says of itself.
sub nginx_log
{
	return slurp("$scratch/error.log");
}

END
{
	kill('TERM', slurp("$scratch/pid") =~ /(\d+)/) if $scratch && -e "$scratch/pid";
}

1;
