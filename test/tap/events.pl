#
# events.pl
#		Events where transactions are prepared, and on a standby.
#
use strict;
use warnings;

use Proctorlink;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# No worker may hold up what is told.
my $node = start_server(
	autovacuum => 'off',
	max_prepared_transactions => 2,
	wal_level => 'replica',
	max_wal_senders => 2,
	hot_standby => 'on');
my $session = start_session($node);

$session->do(q{SELECT proctorlink.create_install('University', NULL)});
$session->do(q{
CREATE FUNCTION make(id text) RETURNS boolean LANGUAGE sql AS $$
	SELECT (proctorlink.eapi_create_user(jsonb_build_object('ExternalId', id, 'FirstName', 'Ada', 'LastName', 'Byron')) -> 'Success')::boolean $$;
CREATE FUNCTION told() RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(coalesce(a.candidate_ext_id, kind), ' ' ORDER BY n)
	FROM proctorlink.events_since(NULL) WITH ORDINALITY AS e (sid, at, actor, kind, subject_sid, changes, n)
		LEFT JOIN proctorlink.account a ON proctorlink.sid('account', a.account_id) = subject_sid $$;
});

# A prepared transaction is one that still runs.
$session->do(q{BEGIN; SELECT make('prepared'); PREPARE TRANSACTION 'p'; SELECT make('next')});
is($session->do('SELECT told()'), 'install_made', 'what a prepared transaction may still bring holds up what comes after it');
$session->do(q{COMMIT PREPARED 'p'});
is($session->do('SELECT told()'), 'install_made prepared next', 'and comes before that');

# With listeners told, a transaction with events cannot be prepared.
$session->do('SET proctorlink.notify = on');
$session->do(q{BEGIN; SELECT make('lost'); PREPARE TRANSACTION 'p'; ROLLBACK});
is($session->do('SELECT count(*) FROM pg_prepared_xacts'), '0', 'what is told to listeners cannot be prepared');
$session->do(q{BEGIN; SELECT told(); PREPARE TRANSACTION 'p'});
is($session->do('SELECT count(*) FROM pg_prepared_xacts'), '1', 'unless it leaves no event');
$session->do(q{ROLLBACK PREPARED 'p'; RESET proctorlink.notify});

# Asking takes no number of a transaction.
is($session->do('BEGIN; SELECT told() IS NOT NULL; SELECT pg_current_xact_id_if_assigned() IS NULL; COMMIT'), "t\nt", 'reading assigns no transaction id');
is($session->do('BEGIN READ ONLY; SELECT told(); COMMIT'), 'install_made prepared next', 'nor writes anything');

# A standby tells the same, and holds up the same.
my $standby = PostgreSQL::Test::Cluster->new('standby');

$node->backup('backup');
$standby->init_from_backup($node, 'backup', has_streaming => 1);
$standby->start;
my $writer = start_session($node);
$writer->do(q{BEGIN; SELECT make('late')});
$session->do(q{SELECT make('early')});
$node->wait_for_catchup($standby, 'replay', $node->lsn('insert'));
my $reader = start_session($standby);
is($reader->do('SELECT told()'), 'install_made prepared next', 'a standby holds up what comes after a transaction that still runs');
is($reader->do('SELECT sum(rows) FROM proctorlink.post_restore()'), '0', 'and can be asked whether all holds');
$writer->do('COMMIT');
$node->wait_for_catchup($standby, 'replay', $node->lsn('insert'));
is($reader->do('SELECT told()'), 'install_made prepared next late early', 'and tells all when it has ended');
is($session->do('SELECT told()'), 'install_made prepared next late early', 'as the primary does');

$reader->quit;
$writer->quit;
$session->quit;
$standby->stop;
stop_server($node);
done_testing();
