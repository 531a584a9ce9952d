/*
 * access/exam_access.c
 *		What the provider's proctor needs to open an exam: address, password and
 *		notes, for the provider whose sitting it is, while it lives.
 *
 * A password leaves the database by nothing else, and never without an event.
 */
#include "core/compat.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "core/jsonb_write.h"
#include "core/principal.h"
#include "core/sid.h"
#include "core/statement.h"
#include "domain/event.h"
#include "domain/exam_session.h"
#include "domain/install.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(proctorlink_exam_access);

/* A session with how its exam is delivered. */
typedef struct Access
{
	bool		ours;			/* the caller's integration has it */
	Text		status;
	TimeField	closes;
	bool		hasConfiguration;
	pg_uuid_t	configuration;
	Text		url;
	Text		studentNotes;
	Text		proctorNotes;
	Text		password;
} Access;

/* What a session was booked through counts; one that was put on a schedule is that of the schedule. */
STATEMENT(readAccess,
		  "SELECT coalesce(coalesce(s.integration_id, c.integration_id)" EQ "$3, false), s.status, " SESSION_CLOSES ","
		  " coalesce(o.exam_configuration_id, p.exam_configuration_id),"
		  " CASE WHEN o.exam_configuration_id IS NULL THEN p.url ELSE o.url END,"
		  " CASE WHEN o.exam_configuration_id IS NULL THEN p.student_notes ELSE o.student_notes END,"
		  " CASE WHEN o.exam_configuration_id IS NULL THEN p.proctor_notes ELSE o.proctor_notes END"
		  " FROM proctorlink.exam_session s"
		  JOIN_SESSION_WINDOW
		  " WHERE s.install_id" EQ "$1 AND s.exam_session_id" EQ "$2",
		  UUIDOID, UUIDOID, UUIDOID);
STATEMENT(readPassword,
		  "SELECT s.password FROM proctorlink.exam_secret s"
		  " WHERE s.install_id" EQ "$1 AND s.exam_configuration_id" EQ "$2",
		  UUIDOID, UUIDOID);

/* ReadAccess reads a session as the caller may see it; it raises when there is none. */
static void
ReadAccess(const pg_uuid_t *install, const pg_uuid_t *session, const pg_uuid_t *integration, Access *access)
{
	Datum		values[3] = {UUIDPGetDatum(install), UUIDPGetDatum(session), UUIDPGetDatum(integration)};
	bool		isnull;

	if (StatementRun(&readAccess, values, NULL, false) == 0)
		RaiseProblem(CODE_NOT_FOUND, NULL, "session_sid: no session has the sid \"%s\"", SidOf("ES", session));
	access->ours = RowBool(0, 1);
	access->status = RowText(0, 2);
	access->closes = RowTime(0, 3);
	(void) RowDatum(0, 4, &isnull);
	access->hasConfiguration = !isnull;
	if (access->hasConfiguration)
		access->configuration = RowUuid(0, 4);
	access->url = RowText(0, 5);
	access->studentNotes = RowText(0, 6);
	access->proctorNotes = RowText(0, 7);
	access->password = NULL_TEXT;
}

/* ReadPassword reads the password of a configuration, which only the owner can. */
static void
ReadPassword(const pg_uuid_t *install, Access *access)
{
	Datum		values[2] = {UUIDPGetDatum(install), UUIDPGetDatum(&access->configuration)};

	if (access->hasConfiguration && StatementRunAsOwner(&readPassword, values, NULL, false) > 0)
		access->password = RowText(0, 1);
}

/* CheckLives raises for a session that nobody will sit any more. */
static void
CheckLives(const Access *access)
{
	if (TextIs(access->status, "Cancelled") || TextIs(access->status, "Closed") || TextIs(access->status, "Processing"))
		RaiseProblem(CODE_CONFLICT, "A new attempt is a new session.",
					 "session_sid: the session is %s, and its exam is not opened any more", TextQuoted(access->status));
	if (SessionHasNotBegun(access->status) && access->closes.presence == GIVEN &&
		access->closes.value <= GetCurrentTransactionStartTimestamp())
		RaiseProblem(CODE_CONFLICT, "Have the session moved to a later time.",
					 "session_sid: the window closed at %s", Rfc3339Of(access->closes.value));
}

/* proctorlink.exam_access(session_sid) */
Datum
proctorlink_exam_access(PG_FUNCTION_ARGS)
{
	const Principal *principal = PrincipalCurrent();
	Install		install;
	pg_uuid_t	session;
	Access		access;
	JsonObject	changes;
	JsonObject	answer;

	REQUIRE_ARGUMENTS("session_sid");
	session = SidArgument(PG_GETARG_DATUM(0), "ES", "session_sid");

	SpiStart();
	InstallForCall(NO_TEXT, &install);
	if (!principal->hasIntegration)
		RaiseProblem(CODE_AUTHENTICATION,
					 "Call with the provider's own token, or choose its integration for the transaction by SELECT proctorlink.use_install('AI...', 'II...').",
					 "the caller speaks for no integration");
	ReadAccess(&install.id, &session, &principal->integration, &access);
	if (!access.ours)
		RaiseProblem(CODE_AUTHENTICATION, "Ask as the provider that the session was booked through.",
					 "session_sid: the session is not one of the caller's integration");
	CheckLives(&access);
	ReadPassword(&install.id, &access);

	JsonObjectInit(&changes);
	JsonAddSid(&changes, "configuration", "EC", access.hasConfiguration ? &access.configuration : NULL);
	EventAdd(&install.id, "exam_accessed", SidOf("ES", &session), &changes);
	SPI_finish();

	JsonObjectInit(&answer);
	JsonAddSid(&answer, "session", "ES", &session);
	JsonAddSid(&answer, "configuration", "EC", access.hasConfiguration ? &access.configuration : NULL);
	JsonAddText(&answer, "url", access.url);
	JsonAddText(&answer, "password", access.password);
	JsonAddText(&answer, "studentNotes", access.studentNotes);
	JsonAddText(&answer, "proctorNotes", access.proctorNotes);
	PG_RETURN_JSONB_P(JsonObjectJsonb(&answer));
}
