#
# memory.pl
#		A session that calls again and again does not grow.
#
use strict;
use warnings;

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
stop_server($node);
done_testing();
