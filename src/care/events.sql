-- care/events.sql
--		Events for those who carry them on, what is old and goes, and whether all
--		holds after a restore.

CREATE FUNCTION proctorlink.events_since(sid text, max integer DEFAULT 1000,
		OUT sid text, OUT at timestamptz, OUT actor text, OUT kind text, OUT subject_sid text, OUT changes jsonb)
	RETURNS SETOF record
	LANGUAGE C STABLE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'proctorlink_events_since';
COMMENT ON FUNCTION proctorlink.events_since(text, integer) IS
'The events of the install that the call acts for that come after the one with this sid (EV...; null: from the beginning), at most max (1 to 10,000) of them. Each comes once, in an order to which nothing is added later: events wait until every transaction that wrote before them has ended. Raises PT400 INVALIDINPUT, PT403 AUTHENTICATIONFAILED, PT404 RESOURCENOTFOUND (no such event, or it was purged: begin with null again).';
REVOKE ALL ON FUNCTION proctorlink.events_since(text, integer) FROM PUBLIC;

CREATE FUNCTION proctorlink.purge(before timestamptz, OUT what text, OUT rows bigint)
	RETURNS SETOF record
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	AS 'MODULE_PATHNAME', 'proctorlink_purge';
COMMENT ON FUNCTION proctorlink.purge(timestamptz) IS
'Deletes what is older than a time in the past, of the install that the call acts for, and tells how many rows went: batch (calls and their idempotency keys, which are kept 24 hours at least), event (all but the newest), signing_key (retired ones whose links have run out, after 7 days), signon_use (uses of sign-on links that have run out), webhook_body (bodies of webhooks; that they came stays known). Never schedules, sessions, results or people. Leaves an event where anything went. For administrators: it deletes as the tables'' owner. Raises PT400 INVALIDINPUT, PT403 AUTHENTICATIONFAILED.';
REVOKE ALL ON FUNCTION proctorlink.purge(timestamptz) FROM PUBLIC;

CREATE FUNCTION proctorlink.post_restore(OUT check_name text, OUT rows bigint)
	RETURNS SETOF record
	LANGUAGE C STABLE PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'proctorlink_post_restore';
COMMENT ON FUNCTION proctorlink.post_restore() IS
'Whether all keys and rules hold, in the whole database, for after a restore with session_replication_role = replica: a row a foreign key and a rule that triggers keep, with how many rows break it, and how many constraints, indexes and triggers are switched off. 0 everywhere is fine. A rule about schedules counts those still to come. Writes nothing; reads all tables of all installs, so it is for administrators.';
REVOKE ALL ON FUNCTION proctorlink.post_restore() FROM PUBLIC;
