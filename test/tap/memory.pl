#
# memory.pl
#		A session that calls again and again does not grow, nor one that serves
#		role after role.
#
# PROCTORLINK_MEMORY_CALLS says how often the cheap functions are called (12,000).
#
use strict;
use warnings;

use PostgreSQL::Test::Utils;
use Proctorlink;
use Test::More;

my $node = start_server();
my $session = start_session($node);
my $install = $session->do(q{SELECT proctorlink.create_install('University', 'https://platform.test')});
my $integration = $session->do(qq{SELECT proctorlink.create_integration('$install', 'other', 'https://other.test/on') ->> 'sid';});

# Some of the items are made, some found, some changed, some refused by us and
# one by a rule that the database keeps.
$session->do(qq{
CREATE FUNCTION items(call integer) RETURNS jsonb LANGUAGE sql AS \$\$
	SELECT jsonb_agg(jsonb_build_object(
		'course', jsonb_build_object('ids', jsonb_build_object('external', 'c-' || i % 5), 'title', 'Anatomy'),
		'user', jsonb_build_object('ids', jsonb_build_object('external', 'u-' || i), 'firstName', 'Ada ' || call,
			'lastName', CASE WHEN call % 10 = 0 AND i = 7 THEN 'Refused' ELSE 'Byron' END,
			'email', CASE WHEN i % 10 = 3 THEN 'nobody' ELSE 'a\@example.org' END),
		'signon', '{"integrationSid": "$integration"}'::jsonb))
	FROM generate_series(1, 100) AS i
\$\$;
ALTER TABLE proctorlink.account ADD CONSTRAINT not_refused CHECK (last_name <> 'Refused');
CREATE PROCEDURE call_often(from_call integer, to_call integer) LANGUAGE plpgsql AS \$\$
BEGIN
	FOR i IN from_call .. to_call LOOP
		PERFORM proctorlink.provision('$install', items(i));
		BEGIN
			PERFORM proctorlink.provision('$install', '{"user": {"ids": {"external": "u"}, "email": "nobody"}}');
		EXCEPTION WHEN SQLSTATE 'PT400' THEN
			NULL;
		END;
		PERFORM proctorlink.provision('$install', items(1) -> 0);
		PERFORM proctorlink.provision('$install', jsonb_build_object('atomic', true, 'idempotencyKey', 'k' || i, 'items', items(i)));
		PERFORM proctorlink.provision('$install', jsonb_build_object('dryRun', true, 'items', items(i + 1)));
		COMMIT;
	END LOOP;
END
\$\$;
});

sub memory
{
	return $session->do(q{SELECT sum(total_bytes) FROM pg_backend_memory_contexts WHERE name NOT IN ('MessageContext', 'PortalContext');});
}

$session->do('CALL call_often(1, 60);');
my $before = memory();
$session->do('CALL call_often(61, 360);');
my $between = memory();
$session->do('CALL call_often(361, 660);');
my $after = memory();

is($session->do(q{SELECT count(*) FROM proctorlink.batch WHERE status = 'completed_with_errors';}), 660, 'the calls did what they should');
cmp_ok($after - $before, '<', 256 * 1024, "$before bytes before, $between and $after after 600 rounds of calls")
  or diag($session->do(q{SELECT name, ident, total_bytes FROM pg_backend_memory_contexts ORDER BY total_bytes DESC LIMIT 20;}));

# The same with assignments, in one session.
$session->do(qq{SELECT proctorlink.provision('$install', '{"course": {"ids": {"external": "c-1"}}, "exam": {"ids": {"external": "e-1"}, "title": "Final",
	"limitedScope": true, "configuration": {"url": "https://platform.test/1", "access": {"open": "2027-02-16T17:00:00Z", "close": "2027-02-20T17:00:00Z"},
	"duration": 60, "password": "p", "proctorTypes": {}}}}');});
my $assign = q{
DO $$
DECLARE
	exam text := (SELECT proctorlink.sid('exam', exam_id) FROM proctorlink.exam);
	sids text[] := (SELECT array_agg(proctorlink.sid('enrollment', enrollment_id)) FROM proctorlink.enrollment n
		JOIN proctorlink.course c USING (install_id, course_id) WHERE c.external_id = 'c-1');
BEGIN
	FOR i IN 1 .. ROUNDS LOOP
		PERFORM proctorlink.assign_exam(exam, sids), proctorlink.unassign_exam(exam, sids);
		BEGIN
			PERFORM proctorlink.unenroll(sids || text 'EN00000000000000000000000000000000', 'x');
		EXCEPTION WHEN SQLSTATE 'PT404' THEN
			NULL;
		END;
		COMMIT;
	END LOOP;
END
$$;};
$session->do($assign =~ s/ROUNDS/20/r);
$before = memory();
$session->do($assign =~ s/ROUNDS/200/r);
$after = memory();
cmp_ok($session->do('SELECT count(*) FROM proctorlink.exam_session;'), '>=', 18 * 200, 'assignments were made');
cmp_ok($after - $before, '<', 64 * 1024, "$before bytes before and $after after assigning and taking back");

$session->quit;

# ----------
# Every function
# ----------

$session = make_world($node, 'world');
my $many = $ENV{PROCTORLINK_MEMORY_CALLS} // 12000;
my %things = %{ from_json($session->do(q{SELECT jsonb_object_agg(name, value) FROM known;})) };

# Calls as a role that is chosen before, each taken back, a transaction each or one
# for all; how many came to their end, and what is in use more than after a hundred.
$session->do(q{
CREATE PROCEDURE often(statement text, rounds integer, commits boolean, install text, integration text, INOUT ended integer, INOUT grown bigint) LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 1 .. rounds LOOP
		BEGIN
			IF install IS NOT NULL THEN
				PERFORM proctorlink.use_install(install, integration);
			END IF;
			EXECUTE statement;
			RAISE EXCEPTION USING ERRCODE = 'UNDO0';
		EXCEPTION
			WHEN SQLSTATE 'UNDO0' THEN
				ended := ended + 1;
			WHEN OTHERS THEN
				NULL;
		END;
		IF commits THEN
			COMMIT;
		END IF;
		IF i = 100 THEN
			grown := -used();
		END IF;
	END LOOP;
	grown := grown + used();
END
$$;
CREATE FUNCTION used() RETURNS bigint SECURITY DEFINER LANGUAGE sql AS $$
	SELECT sum(used_bytes) FROM pg_backend_memory_contexts WHERE name NOT IN ('MessageContext', 'PortalContext')
$$;
SET client_min_messages = error;
SELECT set_config('request.headers', (SELECT jsonb_build_object('proctorlink-webhook', i.value || '/' || p.value, 'x-proctoru-signature', s.value)::text
	FROM known i, known p, known s WHERE i.name = 'install' AND p.name = 'proctoru' AND s.name = 'signature'), false);
});

# What is in use; blocks that are begun come in powers of two.
sub used { return $session->do('SELECT used();') }

sub resident
{
	my $pid = $session->do('SELECT pg_backend_pid();');

	return slurp_file("/proc/$pid/status") =~ /^RssAnon:\s+(\d+)/m ? $1 : 0;
}

sub often
{
	my ($call, $rounds, $commits) = @_;
	my $statement = "SELECT proctorlink.$call->{function}(" . $call->{arguments} =~ s/\{(\w+)\}/defined $things{$1} ? "'$things{$1}'" : "{$1}"/ger . ')';
	my $install = "'$things{install}'";

	$install = 'NULL' if $call->{function} =~ /^(authenticate|use_install|version)$/;
	return $session->do("CALL often(\$call\$$statement\$call\$, $rounds, " . ($commits ? 'true' : 'false') . ", $install, " . ($call->{speaker} eq 'provider' ? "'$things{proctoru}'" : 'NULL') . ', 0, 0);') =~ /^(\d+)\|(-?\d+)$/;
}

my @calls = @{ from_json($session->do(q{SELECT jsonb_agg(to_jsonb(c) ORDER BY function, arguments) FROM call c;})) };
my (@grown, @failed);
my $rounds = 20 + int($many / 1000);

foreach my $call (@calls)
{
	# Plans are made anew and differ a little; what leaks does so again.
	foreach my $try (1 .. 4)
	{
		$before = used();
		push @failed, $call->{function} if (often($call, $rounds, 1))[0] != $rounds;
		$after = used();
		last if $after - $before < 32768;
		push @grown, "$call->{function}: $before, then $after" if $try == 4;
	}
}
is(join("\n", @grown), '', 'calls of ' . @calls . ' kinds leave nothing behind');
is("@failed", '', 'and come to their end');

# The cheap ones by the thousand, as an administrator and as a role that is bound.
foreach my $role ('postgres', 'proctorlink_test_bound')
{
	my @cheap = grep { $_->{function} =~ /^(authenticate|whoami|sid|use_install|current_install|eapi_get_user|proctoru_begin_reservation|proctoru_reservations|sees_owner|sees_schedule|sees_account|sees_hierarchy|eapi_search_groups|explain_session)$/ } @calls;

	push @cheap, { function => 'batch_provision', speaker => 'system', arguments => q{'{"user": {"ids": {"external": "u-1"}}}'} },
	  { function => 'eapi_get_user', speaker => 'system', arguments => q{'stranger'} },
	  { function => 'proctoru_begin_reservation', speaker => 'provider', arguments => q{'{"reservation_id": "none", "user_id": "pu-1"}'} };
	$session->do("SET ROLE $role");
	foreach my $commits (1, 0)
	{
		my %at;
		my (@resident, @within);

		# A savepoint that is rolled back costs something by itself.
		my ($unused, $plain) = often({ function => 'version', speaker => 'system', arguments => '' }, int($many / @cheap) + 1, $commits);
		my $ended = 0;

		foreach my $pass (0, 1)
		{
			$at{$pass} = used();
			push @resident, resident();
			foreach my $call (@cheap)
			{
				my ($times, $more) = often($call, $pass ? int($many / @cheap) + 1 : 100, $commits);

				$ended += $times;
				push @within, "$call->{function}: $more" if $pass && $more > $plain + 24576;
			}
		}
		my $end = used();

		push @resident, resident();
		is($ended, @cheap * (int($many / @cheap) + 101), 'all of them come to their end');
		is("@within", '', "and take no more while they do than $plain bytes");
		cmp_ok($end - $at{1}, '<', 24576, "$many calls as $role" . ($commits ? '' : ', some hundreds in a transaction') . ": $at{1} bytes before, $end after; $resident[1] and $resident[2] kB resident");
	}
	$session->do('RESET ROLE');
}

# ----------
# Roles that come and go, and roles that take turns
# ----------

$session->do(qq{
CREATE PROCEDURE visit(visitors integer, stay boolean) LANGUAGE plpgsql AS \$\$
DECLARE
	visitor text;
BEGIN
	FOR i IN 1 .. visitors LOOP
		visitor := 'proctorlink_test_visitor_' || CASE WHEN stay THEN i % 20 ELSE i END;
		IF to_regrole(visitor) IS NULL THEN
			EXECUTE format('CREATE ROLE %I IN ROLE proctorlink_api', visitor);
			PERFORM proctorlink.bind_role('$things{install}', visitor::regrole);
		END IF;
		PERFORM set_config('role', visitor, true);
		PERFORM proctorlink.batch_provision('{"user": {"ids": {"external": "u-1"}}}'), proctorlink.eapi_get_user('u-1'), proctorlink.eapi_search_groups('law'), proctorlink.whoami();
		PERFORM set_config('role', 'none', true);
		IF NOT stay THEN
			PERFORM proctorlink.unbind_role('$things{install}', visitor::regrole);
			EXECUTE format('DROP ROLE %I', visitor);
		END IF;
		COMMIT;
	END LOOP;
END
\$\$;
});
foreach my $stay ('false', 'true')
{
	$session->do("CALL visit(40, $stay)");
	$before = used();
	$session->do("CALL visit(100, $stay)");
	$after = used();
	cmp_ok($after - $before, '<', 1024 * 1024, ($stay eq 'true' ? 'roles that take turns' : 'roles that come and go') . ": $before bytes before, $after after 100 visits");
}

$session->quit;
stop_server($node);
done_testing();
