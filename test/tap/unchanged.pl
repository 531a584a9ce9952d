#
# unchanged.pl
#		What is as it should be is not written: no row version, next to no WAL.
#
use strict;
use warnings;

use Proctorlink;
use Test::More;

my $node = start_server(autovacuum => 'off', checkpoint_timeout => '1h', full_page_writes => 'off');
my $session = start_session($node);

my $install = $session->do(q{SELECT proctorlink.create_install('University', 'https://platform.test')});
$session->do(q{
CREATE FUNCTION items(n integer) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_agg(jsonb_build_object(
		'course', jsonb_build_object('ids', jsonb_build_object('external', 'c-' || i % 10), 'title', 'Anatomy', 'code', 'A-' || i % 10),
		'user', jsonb_build_object('ids', jsonb_build_object('external', 'u-' || i, 'api', 'p-' || i), 'firstName', 'Ada',
			'lastName', 'Byron', 'email', 'u' || i || '@example.org', 'timeZone', 'Europe/Paris', 'currencyCode', 'EUR'))
		|| CASE WHEN i <= 10 THEN jsonb_build_object('exam', jsonb_build_object('ids', jsonb_build_object('external', 'e-' || i),
			'title', 'Final', 'description', 'd', 'limitedScope', i % 2 = 0, 'practice', false, 'type', 'online', 'deliverySystem', '',
			'configuration', jsonb_build_object('ids', 'k', 'type', 'primary', 'url', 'https://platform.test/' || i,
				'access', '{"open": "2027-02-16T17:00:00Z", "close": "2027-02-20T17:00:00.5+01:00"}'::jsonb,
				'scheduling', '{"open": "", "close": "2027-02-19T17:00:00Z"}'::jsonb, 'duration', 60.0, 'password', 'p', 'attempts', 2,
				'notes', '{"student": "s", "proctor": "p"}'::jsonb,
				'proctorTypes', '{"TS6d6011935f4646848ea4f7a29b4f61a5": {"options": {"recordScreen": {}, "verifyId": {}}}}'::jsonb,
				'permittedItems', '{"calculator": {"notes": "TI-85"}}'::jsonb)))
			ELSE '{}' END)
	FROM generate_series(1, n) AS i
$$;
CREATE FUNCTION versions() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	relation regclass;
	digest text;
	digests text := '';
BEGIN
	FOR relation IN SELECT oid FROM pg_class WHERE relnamespace = 'proctorlink'::regnamespace AND relkind = 'r'
		AND relname NOT IN ('batch', 'event') ORDER BY relname
	LOOP
		EXECUTE format('SELECT md5(string_agg(ctid::text || xmin::text || %s || t::text, chr(10) ORDER BY ctid)) FROM %s t',
			-- a batch's foreign key locks its install
			CASE WHEN relation::text LIKE '%.install' THEN '''''' ELSE 'xmax::text' END, relation) INTO digest;
		digests := digests || relation || ' ' || coalesce(digest, '') || ' ';
	END LOOP;
	RETURN digests;
END
$$;
CREATE VIEW written AS
	SELECT coalesce(sum(n_tup_ins) FILTER (WHERE relname NOT IN ('batch', 'event')), 0) AS inserted,
		coalesce(sum(n_tup_upd), 0) AS updated, coalesce(sum(n_tup_del), 0) AS deleted,
		coalesce(sum(n_tup_ins) FILTER (WHERE relname IN ('batch', 'event')), 0) AS batches
	FROM pg_stat_user_tables WHERE schemaname = 'proctorlink';
});

# Run a call and answer what it wrote: rows, WAL, the sids of its answer.
sub call
{
	my ($payload) = @_;
	my %wrote;

	# counted until here
	$session->do('SELECT pg_stat_force_next_flush();');
	my @before = split(/\|/, $session->do('SELECT * FROM written;'));
	my $versions = $session->do('SELECT versions();');
	my $place = $session->do('SELECT pg_current_wal_insert_lsn();');
	my $answer = from_json($session->do("SELECT proctorlink.provision('$install', $payload);"));
	$wrote{wal} = $session->do("SELECT pg_current_wal_insert_lsn() - '$place';");
	$wrote{versions} = $session->do('SELECT versions();') eq $versions ? 'the same' : 'others';
	$session->do('SELECT pg_stat_force_next_flush();');
	my @after = split(/\|/, $session->do('SELECT * FROM written;'));
	@wrote{qw(inserted updated deleted batches)} = map { $after[$_] - $before[$_] } 0 .. 3;
	$wrote{answer} = $answer;
	return \%wrote;
}

sub sids
{
	my ($answer) = @_;

	return [ map { my $entry = $_; +{ map { $_ => $entry->{$_}{sid} } grep { ref $entry->{$_} } keys %$entry } }
		@{ $answer->{items} // [$answer] } ];
}

my $first = call('items(2000)');
is($first->{answer}{batch}{failed}, 0, 'nothing is refused');
cmp_ok($first->{inserted}, '>', 4000, 'the first call writes');
my $again = call('items(2000)');
is($again->{answer}{batch}{status}, 'completed', 'again: completed');
is_deeply([ @{ $again->{answer}{batch} }{qw(created updated)} ], [ 0, 0 ], 'nothing created or updated');
is($again->{answer}{batch}{found}, 2000 * 3 + 20, 'everything found');
is_deeply(sids($again->{answer}), sids($first->{answer}), 'the same sids');
is($again->{versions}, 'the same', 'no row version is another, none is locked');
is_deeply([ @$again{qw(inserted updated deleted batches)} ], [ 0, 0, 0, 2 ], 'no row is written but the batch\'s own and its event');
cmp_ok($again->{wal}, '<', 3000, "$again->{wal} bytes of WAL");

# one student a call
my $student = q{items(2000) -> 1776};
my $one = call($student);
is($one->{answer}{user}{result}, 'Found Existing', 'one student is found');
is($one->{versions}, 'the same', 'no row version is another');
is_deeply([ @$one{qw(inserted updated deleted batches)} ], [ 0, 0, 0, 0 ], 'nothing is written at all');
cmp_ok($one->{wal}, '<', 200, "$one->{wal} bytes of WAL");
is($session->do("BEGIN; SELECT proctorlink.provision('$install', $student) IS NULL; SELECT pg_current_xact_id_if_assigned() IS NULL; COMMIT;"),
	"f\nt", 'not even a transaction id is taken');

# a dry run, in a transaction that may not write
is($session->do("BEGIN READ ONLY; SELECT proctorlink.provision('$install', jsonb_build_object('dryRun', true, 'items', items(2100))) #>> '{batch,created}';
	SELECT pg_current_xact_id_if_assigned() IS NULL; COMMIT;"), "200\nt", 'a dry run writes nothing in a transaction that cannot');

# one thing changed
my $changed = call(q{jsonb_set(items(2000), '{1776,user,email}', '"other@example.org"')});
is_deeply([ @{ $changed->{answer}{batch} }{qw(created updated)} ], [ 0, 1 ], 'one updated');
is_deeply([ @$changed{qw(inserted updated deleted)} ], [ 0, 1, 0 ], 'one row is written');
cmp_ok($changed->{wal}, '<', 4000, "$changed->{wal} bytes of WAL");

# the same key again
my $keyed = q{jsonb_build_object('idempotencyKey', 'k', 'items', items(2000))};
call($keyed);
my $replay = call($keyed);
is_deeply([ @$replay{qw(versions inserted updated deleted batches)} ], [ 'the same', 0, 0, 0, 0 ], 'a key again writes nothing');

$session->quit;
stop_server($node);
done_testing();
