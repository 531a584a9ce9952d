/*
 * access/launch.c
 *		What a launch link opens: the sitting, which begins when it is opened
 *		for the first time.
 *
 * Whoever has the link may call, also nobody in particular: the token says which
 * session it is. So everything is read and written as the tables' owner, and a
 * text that is no token of this database is told nothing but that.
 */
#include "domain/launch.h"

#include "access/detoast.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "core/crypto.h"
#include "core/jsonb_write.h"
#include "core/sid.h"
#include "core/statement.h"
#include "domain/exam_session.h"
#include "domain/sitting.h"

PG_FUNCTION_INFO_V1(proctorlink_redeem_launch);

/* Statuses of sessions that opening a link begins or goes on with. */
#define IN_PROGRESS "In Progress"

/* What a token says. */
typedef struct Link
{
	pg_uuid_t	install;
	pg_uuid_t	session;
	int32		version;
} Link;

/* A session with what stands around it. */
typedef struct Sitting
{
	Text		status;
	int			version;
	int			attempt;
	bool		started;
	pg_uuid_t	account;
	Text		candidate;
	Text		username;
	Text		accountStatus;
	pg_uuid_t	exam;
	Text		examExternalId;
	Text		examTitle;
	Text		url;
	bool		onSchedule;
	Text		schedule;
	bool		activated;
	TimeField	opens;
	TimeField	closes;
} Sitting;

STATEMENT(readSitting,
		  "SELECT s.status, s.link_version, s.attempt, s.started_at IS NOT NULL,"
		  " s.account_id, a.candidate_ext_id, a.username, a.status,"
		  " s.exam_id, x.external_id, x.title, coalesce(o.url, p.url),"
		  " s.schedule_id IS NOT NULL, c.external_id, c.activated_at OPERATOR(pg_catalog.<=) pg_catalog.now(),"
		  " " SESSION_OPENS ", " SESSION_CLOSES
		  " FROM proctorlink.exam_session s"
		  " JOIN proctorlink.account a ON a.install_id" EQ "$1 AND a.account_id" EQ "s.account_id"
		  " JOIN proctorlink.exam x ON x.install_id" EQ "$1 AND x.exam_id" EQ "s.exam_id"
		  JOIN_SESSION_WINDOW
		  " WHERE s.install_id" EQ "$1 AND s.exam_session_id" EQ "$2",
		  UUIDOID, UUIDOID);
STATEMENT(lockSession,
		  "SELECT FROM proctorlink.exam_session s"
		  " WHERE s.install_id" EQ "$1 AND s.exam_session_id" EQ "$2 FOR NO KEY UPDATE",
		  UUIDOID, UUIDOID);
STATEMENT(begin,
		  "UPDATE proctorlink.exam_session s SET status = 'In Progress', status_reason = NULL,"
		  " started_at = coalesce(s.started_at, pg_catalog.now()), ended_at = NULL"
		  " WHERE s.install_id" EQ "$1 AND s.exam_session_id" EQ "$2",
		  UUIDOID, UUIDOID);

/* RefuseToken raises that a text is no link; one answer for everything, so that nobody learns anything from trying. */
pg_noreturn static void
RefuseToken(void)
{
	RaiseProblem(CODE_AUTHENTICATION, "Use the whole link as it was given out, or ask for a new one.",
				 "token: not a launch link of this database");
}

/* ReadLink verifies a token and reads what it says; it raises when it is none of ours. */
static void
ReadLink(Datum sent, Link *link)
{
	JwtToken	token;
	Text	   *keys;
	int			count;
	Jsonb	   *claims = NULL;
	pg_uuid_t	install;

	/* A large text is not even unpacked. */
	if (toast_raw_datum_size(sent) - VARHDRSZ > MAX_JWT_LENGTH ||
		JwtRead(TextOfDatum(sent, false), LAUNCH_TYPE, &token) != NULL ||
		SidRead(token.keyId, "AI", &link->install) != SID_OURS)
		RefuseToken();

	count = LaunchKeysRead(&link->install, &keys);
	for (int i = 0; i < count && claims == NULL; i++)
		if (JwtVerify(&token, keys[i], &claims) != NULL)
			claims = NULL;
	if (claims == NULL ||
		!TextIs(JwtTextClaim(claims, "iss"), "proctorlink") ||
		SidRead(JwtTextClaim(claims, "install"), "AI", &install) != SID_OURS ||
		memcmp(&install, &link->install, UUID_LEN) != 0 ||
		SidRead(JwtTextClaim(claims, "sub"), "ES", &link->session) != SID_OURS ||
		!JwtIntClaim(claims, LAUNCH_VERSION, &link->version))
		RefuseToken();
}

/* ReadSitting reads the session that a link names; it raises when there is none. */
static void
ReadSitting(Datum *keys, Sitting *sitting)
{
	if (StatementRunForRule(&readSitting, keys, NULL) == 0)
		RefuseToken();
	sitting->status = RowText(0, 1);
	sitting->version = RowInt(0, 2);
	sitting->attempt = RowInt(0, 3);
	sitting->started = RowBool(0, 4);
	sitting->account = RowUuid(0, 5);
	sitting->candidate = RowText(0, 6);
	sitting->username = RowText(0, 7);
	sitting->accountStatus = RowText(0, 8);
	sitting->exam = RowUuid(0, 9);
	sitting->examExternalId = RowText(0, 10);
	sitting->examTitle = RowText(0, 11);
	sitting->url = RowText(0, 12);
	sitting->onSchedule = RowBool(0, 13);
	sitting->schedule = RowText(0, 14);
	sitting->activated = RowBool(0, 15);
	sitting->opens = RowTime(0, 16);
	sitting->closes = RowTime(0, 17);
}

/* RaiseRefused raises what a rule says against it, if anything. */
static void
RaiseRefused(const Findings *findings)
{
	const Finding *refused = FindingRefused(findings);

	if (refused != NULL)
		RaiseProblem(CODE_CONFLICT, refused->hint, "%s", refused->detail);
}

/* CheckSitting raises why a link that is ours cannot be used now, and what to do. */
static void
CheckSitting(const Link *link, const Sitting *sitting)
{
	SittingFacts facts = {sitting->accountStatus, sitting->status, sitting->onSchedule, sitting->schedule,
	sitting->activated, sitting->opens, sitting->closes};
	Findings	findings = {0};

	SittingCheckAccount(&facts, &findings);
	RaiseRefused(&findings);
	if (link->version != sitting->version)
		RaiseProblem(CODE_CONFLICT, "Use the newest link to this session, or ask for one.",
					 "the link was replaced by a new one");
	SittingCheckStatus(&facts, &findings);
	SittingCheckTime(&facts, GetCurrentTransactionStartTimestamp(), &findings);
	RaiseRefused(&findings);
}

/* proctorlink.redeem_launch(token) */
Datum
proctorlink_redeem_launch(PG_FUNCTION_ARGS)
{
	Link		link;
	Sitting		sitting;
	Datum		keys[2] = {UUIDPGetDatum(&link.install), UUIDPGetDatum(&link.session)};
	JsonObject	user;
	JsonObject	exam;
	JsonObject	schedule;
	JsonObject	session;
	JsonObject	answer;

	if (PG_ARGISNULL(0))
		RefuseToken();
	SpiStart();
	ReadLink(PG_GETARG_DATUM(0), &link);
	ReadSitting(keys, &sitting);
	CheckSitting(&link, &sitting);
	if (!TextIs(sitting.status, IN_PROGRESS) || !sitting.started)
	{
		/*
		 * Of several who come at once one begins it, and the others find it
		 * begun.
		 */
		StatementRunForRule(&lockSession, keys, NULL);
		ReadSitting(keys, &sitting);
		CheckSitting(&link, &sitting);
		if (!TextIs(sitting.status, IN_PROGRESS) || !sitting.started)
		{
			StatementRunForRule(&begin, keys, NULL);
			if (!TextIs(sitting.status, IN_PROGRESS))
				SessionStatusEvent(&link.install, &link.session, sitting.status, TextOf(IN_PROGRESS));
		}
	}
	SPI_finish();

	JsonObjectInit(&user);
	JsonAddSid(&user, "sid", "US", &sitting.account);
	JsonAddText(&user, "candidate_ext_id", sitting.candidate);
	JsonAddText(&user, "username", sitting.username);
	JsonObjectInit(&exam);
	JsonAddSid(&exam, "sid", "EX", &sitting.exam);
	JsonAddText(&exam, "external_id", sitting.examExternalId);
	JsonAddText(&exam, "title", sitting.examTitle);
	JsonAddText(&exam, "url", sitting.url);
	JsonObjectInit(&session);
	JsonAddSid(&session, "sid", "ES", &link.session);
	JsonAddString(&session, "status", IN_PROGRESS);
	JsonAddInt(&session, "attempt", sitting.attempt);

	JsonObjectInit(&answer);
	JsonAddObject(&answer, "user", &user);
	JsonAddObject(&answer, "exam", &exam);
	if (sitting.onSchedule)
	{
		JsonObjectInit(&schedule);
		JsonAddText(&schedule, "external_id", sitting.schedule);
		JsonAddTime(&schedule, "starts_at", sitting.opens);
		JsonAddTime(&schedule, "ends_at", sitting.closes);
		JsonAddObject(&answer, "schedule", &schedule);
	}
	else
		JsonAddNull(&answer, "schedule");
	JsonAddObject(&answer, "session", &session);
	PG_RETURN_JSONB_P(JsonObjectJsonb(&answer));
}
