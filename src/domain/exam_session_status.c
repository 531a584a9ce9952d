/*
 * domain/exam_session_status.c
 *		Sessions that go from one status to another: as they are told, or because
 *		their time is over.
 */
#include "domain/exam_session.h"

#include "catalog/pg_type.h"
#include "core/jsonb_write.h"
#include "core/sid.h"
#include "core/statement.h"
#include "domain/event.h"
#include "domain/install.h"
#include "miscadmin.h"

PG_FUNCTION_INFO_V1(proctorlink_set_session_status);
PG_FUNCTION_INFO_V1(proctorlink_expire_sessions);

/* Statuses of sessions that are being sat. What is in Processing was handed in: nothing of it runs out. */
#define SESSION_BEING_SAT "('{In Progress,Incident}'::pg_catalog.text[])"

STATEMENT(lockSession,
		  "SELECT s.status FROM proctorlink.exam_session s"
		  " WHERE s.install_id" EQ "$1 AND s.exam_session_id" EQ "$2 FOR NO KEY UPDATE",
		  UUIDOID, UUIDOID);

/* Who goes on with a sitting that was thought to have ended has not ended it. */
STATEMENT(setStatus,
		  "UPDATE proctorlink.exam_session s SET status = $3, status_reason = $4,"
		  " started_at = CASE WHEN $3" EQ "'In Progress' THEN coalesce(s.started_at, pg_catalog.now())"
		  " ELSE s.started_at END,"
		  " ended_at = CASE WHEN $3" EQ "'In Progress' THEN NULL"
		  " WHEN $3" EQ_ANY "('{Processing,Closed}'::pg_catalog.text[])"
		  " THEN coalesce(s.ended_at, greatest(s.started_at, pg_catalog.now())) ELSE s.ended_at END"
		  " WHERE s.install_id" EQ "$1 AND s.exam_session_id" EQ "$2",
		  UUIDOID, UUIDOID, TEXTOID, TEXTOID);

#define WHERE_EXPIRED \
	" FROM proctorlink.exam_session s" JOIN_SESSION_WINDOW \
	" WHERE s.install_id" EQ "$1" \
	" AND (s.status" EQ_ANY SESSION_NOT_BEGUN " OR s.status" EQ_ANY SESSION_BEING_SAT ")" \
	" AND " SESSION_CLOSES " OPERATOR(pg_catalog.<=) pg_catalog.now()"

/*
 * Sessions are locked by a statement of its own, so that the one that ends them
 * sees what others had done to them before they let go.
 */
STATEMENT(lockExpired,
		  "SELECT pg_catalog.count(*) FROM (SELECT s.exam_session_id" WHERE_EXPIRED
		  " ORDER BY s.exam_session_id FOR NO KEY UPDATE OF s) l",
		  UUIDOID);
STATEMENT(expire,
		  "UPDATE proctorlink.exam_session t SET status_reason = 'expired',"
		  " status = CASE WHEN e.begun THEN 'Closed' ELSE 'Cancelled' END,"
		  " ended_at = CASE WHEN e.begun THEN coalesce(t.ended_at, greatest(t.started_at, e.closes)) ELSE t.ended_at END"
		  " FROM (SELECT s.exam_session_id, s.status" EQ_ANY SESSION_BEING_SAT " AS begun, " SESSION_CLOSES " AS closes"
		  WHERE_EXPIRED ") e"
		  " WHERE t.install_id" EQ "$1 AND t.exam_session_id" EQ "e.exam_session_id"
		  " RETURNING t.exam_session_id, t.status",
		  UUIDOID);

/* SessionCheckStatus raises when a text that was given as status is none, and says which there are. */
void
SessionCheckStatus(Text status)
{
	StringInfoData list;

	for (int i = 0; i < sessionStatusWords.count; i++)
		if (TextIs(status, sessionStatusWords.list[i]))
			return;
	initStringInfo(&list);
	for (int i = 0; i < sessionStatusWords.count; i++)
		appendStringInfo(&list, "%s%s", i == 0 ? "" : ", ", sessionStatusWords.list[i]);
	RaiseProblem(CODE_INVALID, psprintf("The statuses are %s.", list.data),
				 "status: \"%s\" is not the status of a session", TextQuoted(status));
}

/* SessionStatusEvent notes that a session went from one status to another; why is not kept, since it is free text. */
void
SessionStatusEvent(const pg_uuid_t *install, const pg_uuid_t *session, Text from, Text to)
{
	JsonObject	changes;

	JsonObjectInit(&changes);
	JsonAddText(&changes, "from", from);
	JsonAddText(&changes, "to", to);
	EventAdd(install, "session_status", SidOf("ES", session), &changes);
}

/* ExpiredEvents notes the sessions whose time was over, which a statement has returned. */
static void
ExpiredEvents(const pg_uuid_t *install, uint64 count)
{
	Column		sessions;
	Column		changes;

	ColumnInit(&sessions, TEXTOID, count);
	ColumnInit(&changes, TEXTOID, count);
	for (uint64 i = 0; i < count; i++)
	{
		pg_uuid_t	id = RowUuid(i, 1);

		CHECK_FOR_INTERRUPTS();
		ColumnAddString(&sessions, SidOf("ES", &id));
		ColumnAddString(&changes, TextIs(RowText(i, 2), "Closed") ? "{\"to\": \"Closed\", \"reason\": \"expired\"}" :
						"{\"to\": \"Cancelled\", \"reason\": \"expired\"}");
	}
	EventAddEach(install, "session_status", &sessions, &changes);
}

/*
 * SessionSetStatus brings a session to a status, where it may go there, and tells
 * which it had, as the caller or as the tables' owner. The caller is connected to
 * SPI.
 */
StatusChange
SessionSetStatus(const pg_uuid_t *install, const pg_uuid_t *session, Text status, Text reason, bool asOwner, Text *from)
{
	uint64		(*run) (Statement *, Datum *, const char *, bool) = asOwner ? StatementRunAsOwner : StatementRun;
	Datum		values[4] = {UUIDPGetDatum(install), UUIDPGetDatum(session)};

	if (run(&lockSession, values, NULL, false) == 0)
		return STATUS_OF_NOBODY;
	*from = RowText(0, 1);
	if (TextEquals(*from, status))
		return STATUS_THE_SAME;
	if (!SessionStatusAllowed(*from, status))
		return STATUS_NOT_ALLOWED;
	values[2] = TextDatum(status);
	values[3] = reason.len > 0 ? TextDatum(reason) : (Datum) 0;
	run(&setStatus, values, reason.len > 0 ? NULL : "   n", false);
	SessionStatusEvent(install, session, *from, status);
	return STATUS_CHANGED;
}

/* proctorlink.set_session_status(session_sid, status, reason) */
Datum
proctorlink_set_session_status(PG_FUNCTION_ARGS)
{
	Install		install;
	pg_uuid_t	sid;
	Text		status;
	Text		reason = NULL_TEXT;
	Text		from;
	StatusChange change;
	JsonObject	session;
	JsonObject	answer;

	REQUIRE_ARGUMENTS("session_sid", "status");
	sid = SidArgument(PG_GETARG_DATUM(0), "ES", "session_sid");
	status = TextOfDatum(PG_GETARG_DATUM(1), false);
	SessionCheckStatus(status);
	if (!PG_ARGISNULL(2))
		reason = TextOfDatum(PG_GETARG_DATUM(2), false);
	if (reason.len > MAX_NAME_LENGTH && TextLength(reason) > MAX_NAME_LENGTH)
		RaiseProblem(CODE_INVALID, NULL, "reason: is longer than %d characters", MAX_NAME_LENGTH);

	SpiStart();
	InstallForCall(NO_TEXT, &install);
	change = SessionSetStatus(&install.id, &sid, status, reason, false, &from);
	if (change == STATUS_OF_NOBODY)
		RaiseProblem(CODE_NOT_FOUND, NULL, "session_sid: no session has the sid \"%s\"", SidOf("ES", &sid));
	if (change == STATUS_NOT_ALLOWED)
	{
		char	   *ways = SessionWays(from);

		RaiseProblem(CODE_CONFLICT,
					 ways[0] != '\0' ? psprintf("It may become: %s.", ways) : "A new attempt is a new session.",
					 "a session cannot go from status \"%s\" to \"%s\"", TextQuoted(from), TextQuoted(status));
	}
	SPI_finish();

	JsonObjectInit(&session);
	JsonAddSid(&session, "sid", "ES", &sid);
	JsonAddText(&session, "status", status);
	JsonObjectInit(&answer);
	JsonAddObject(&answer, "session", &session);
	JsonAddBool(&answer, "changed", change == STATUS_CHANGED);
	PG_RETURN_JSONB_P(JsonObjectJsonb(&answer));
}

/* proctorlink.expire_sessions() */
Datum
proctorlink_expire_sessions(PG_FUNCTION_ARGS)
{
	Install		install;
	Datum		id = UUIDPGetDatum(&install.id);
	int64		expired;

	SpiStart();
	InstallForCall(NO_TEXT, &install);
	StatementRun(&lockExpired, &id, NULL, false);
	expired = StatementRun(&expire, &id, NULL, false);
	ExpiredEvents(&install.id, expired);
	SPI_finish();
	PG_RETURN_INT64(expired);
}
