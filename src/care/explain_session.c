/*
 * care/explain_session.c
 *		Why a person cannot start: what opening the link of their session asks,
 *		and whether there is a session at all.
 */
#include "care/rows.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "core/sid.h"
#include "core/statement.h"
#include "domain/exam_session.h"
#include "domain/install.h"
#include "domain/schedule.h"
#include "domain/sitting.h"
#include "funcapi.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(proctorlink_explain_session);

/* An id that somebody gave finds ids that somebody gave. */
STATEMENT(findAccount,
		  "SELECT a.account_id, a.status FROM proctorlink.account a WHERE a.install_id" EQ "$1"
		  " AND a.candidate_ext_id" EQ "$2 AND NOT a.candidate_ext_id_defaulted",
		  UUIDOID, TEXTOID);
/* The one that counts: a live one before those cancelled, of several the latest attempt. */
STATEMENT(findSession,
		  "SELECT s.exam_session_id, s.status, s.status_reason, s.attempt, s.link_version"
		  " FROM proctorlink.exam_session s WHERE s.install_id" EQ "$1 AND s.schedule_id" EQ "$2 AND s.account_id" EQ "$3"
		  " ORDER BY s.status" EQ "'Cancelled', s.attempt DESC, s.exam_session_id DESC LIMIT 1",
		  UUIDOID, UUIDOID, UUIDOID);
STATEMENT(findElsewhere,
		  "SELECT c.external_id FROM proctorlink.exam_session s"
		  " JOIN proctorlink.schedule c ON c.install_id" EQ "$1 AND c.schedule_id" EQ "s.schedule_id"
		  " WHERE s.install_id" EQ "$1 AND s.exam_id" EQ "$2 AND s.account_id" EQ "$3 AND s.status" NE "'Cancelled'"
		  " ORDER BY s.attempt DESC, s.exam_session_id DESC LIMIT 1",
		  UUIDOID, UUIDOID, UUIDOID);
STATEMENT(findAddress,
		  "SELECT i.platform_url IS NOT NULL FROM proctorlink.install i WHERE i.install_id" EQ "$1",
		  UUIDOID);

/* PutFound puts whether something that was named is there. */
static bool
PutFound(ReturnSetInfo *result, const char *name, const char *what, Text named, bool found, const char *hint)
{
	PutRow(result, name, found ? OK : NOT_OK,
		   found ? psprintf("the %s is \"%s\"", what, TextQuoted(named)) :
		   named.presence == GIVEN ? psprintf("there is no %s \"%s\"", what, TextQuoted(named)) :
		   psprintf("no %s was named", what), hint);
	return found;
}

/* PutNoSession puts that the person has no session on the schedule, and where they have one. */
static void
PutNoSession(ReturnSetInfo *result, Datum *keys, const Schedule *schedule)
{
	pg_uuid_t	exam = schedule->examId;
	Datum		values[3] = {keys[0], UUIDPGetDatum(&exam), keys[2]};

	if (StatementRun(&findElsewhere, values, NULL, true) > 0)
		PutRow(result, "session.found", NOT_OK,
			   psprintf("the person is not on this schedule, but on schedule \"%s\" of the same exam",
						TextQuoted(RowText(0, 1))), "Use the link of that schedule's session.");
	else
		PutRow(result, "session.found", NOT_OK, "the person is not on this schedule",
			   "Put the person on it (eapi_add_existing_candidates), or book again at the provider.");
}

/* PutLink puts what is known of links to the session. */
static void
PutLink(ReturnSetInfo *result, Datum install, int version)
{
	bool		hasAddress = StatementRun(&findAddress, &install, NULL, true) > 0 && RowBool(0, 1);

	PutRow(result, "link.address", hasAddress ? OK : NOT_OK,
		   hasAddress ? "links begin with the install's platform URL" : "the install has no platform URL, so a link has no address",
		   "Set platformUrl by configure_install.");
	PutRow(result, "link.version", INFORMATION,
		   version == 1 ? "every link given out to the session is good" :
		   psprintf("only the newest links to the session are good: they were replaced %d times", version - 1),
		   version == 1 ? NULL : "An older one is refused; give the person a new one (launch_link).");
}

/* proctorlink.explain_session(schedule_ext_id, candidate_ext_id) */
Datum
proctorlink_explain_session(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Install		install;
	Text		scheduleNamed = PG_ARGISNULL(0) ? NO_TEXT : TextOfDatum(PG_GETARG_DATUM(0), false);
	Text		candidateNamed = PG_ARGISNULL(1) ? NO_TEXT : TextOfDatum(PG_GETARG_DATUM(1), false);
	Schedule	schedule;
	SittingFacts facts = {.onSchedule = true};
	Findings	findings = {0};
	pg_uuid_t	account;
	Datum		keys[3];
	bool		hasSchedule;
	bool		hasAccount;
	int			version;

	InitMaterializedSRF(fcinfo, 0);
	SpiStart();
	InstallForCall(NO_TEXT, &install);
	hasSchedule = scheduleNamed.presence == GIVEN && ScheduleFind(&install.id, scheduleNamed, true, false, &schedule);
	keys[0] = UUIDPGetDatum(&install.id);
	keys[1] = candidateNamed.presence == GIVEN ? TextDatum(candidateNamed) : (Datum) 0;
	hasAccount = candidateNamed.presence == GIVEN && StatementRun(&findAccount, keys, NULL, true) > 0;
	if (hasAccount)
	{
		account = RowUuid(0, 1);
		facts.accountStatus = RowText(0, 2);
	}
	PutFound(result, "schedule.found", "schedule", scheduleNamed, hasSchedule,
			 "Send the external id of the schedule exactly as it is here.");
	PutFound(result, "candidate.found", "candidate", candidateNamed, hasAccount,
			 "Send the person's CandidateExtId exactly as it is here; find_candidate() looks by name.");
	if (hasAccount)
		SittingCheckAccount(&facts, &findings);
	if (hasSchedule && hasAccount)
	{
		keys[1] = UUIDPGetDatum(&schedule.id);
		keys[2] = UUIDPGetDatum(&account);
		if (StatementRun(&findSession, keys, NULL, true) == 0)
		{
			PutFindings(result, &findings);
			findings.count = 0;
			PutNoSession(result, keys, &schedule);
		}
		else
		{
			pg_uuid_t	session = RowUuid(0, 1);

			facts.status = RowText(0, 2);
			version = RowInt(0, 5);
			PutRow(result, "session.found", OK,
				   psprintf("attempt %d, session %s", RowInt(0, 4), SidOf("ES", &session)), NULL);
			SittingCheckStatus(&facts, &findings);
			PutLink(result, keys[0], version);
		}
	}
	if (hasSchedule)
	{
		facts.schedule = schedule.externalId;
		facts.activated = schedule.activated;
		facts.opens = (TimeField)
		{
			schedule.window.starts, GIVEN
		};
		facts.closes = (TimeField)
		{
			schedule.window.ends, GIVEN
		};
		SittingCheckTime(&facts, GetCurrentTransactionStartTimestamp(), &findings);
	}
	PutFindings(result, &findings);
	SPI_finish();
	return (Datum) 0;
}
