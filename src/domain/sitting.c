/*
 * domain/sitting.c
 *		Whether a person can sit a session now.
 *
 * A link that is opened and an explanation ask the same functions. Nothing here
 * touches the database.
 */
#include "domain/sitting.h"

#include "domain/exam_session.h"

/* SittingCheckAccount asks: is the account active? */
void
SittingCheckAccount(const SittingFacts *facts, Findings *findings)
{
	bool		active = TextIs(facts->accountStatus, "active");

	FindingAdd(findings, "account.active", active, "Ask whoever runs the exam.",
			   active ? "the account is %s" : "the account that the link was made for is %s",
			   TextQuoted(facts->accountStatus));
}

/* SittingCheckStatus asks: is the session one that can begin or go on? */
void
SittingCheckStatus(const SittingFacts *facts, Findings *findings)
{
	static const char rule[] = "session.status";
	static const char inProgress[] = "In Progress";
	Text		status = facts->status;

	if (TextIs(status, "Cancelled"))
		FindingAdd(findings, rule, false, "Book again; the new booking has a link of its own.",
				   "the session was cancelled");
	else if (TextIs(status, "Closed") || TextIs(status, "Processing"))
		FindingAdd(findings, rule, false, "A new attempt is a new session, with a link of its own.",
				   "the session is finished (%s)", TextQuoted(status));
	else if (!TextIs(status, inProgress) && !SessionStatusAllowed(status, TextOf(inProgress)))
		FindingAdd(findings, rule, false, "Book an appointment or put the person on a schedule, then use the link.",
				   "the session is %s and not yet Scheduled", TextQuoted(status));
	else
		FindingAdd(findings, rule, true, NULL, "the session is %s", TextQuoted(status));
}

/* SittingCheckTime asks: is the schedule activated, and its window open? */
void
SittingCheckTime(const SittingFacts *facts, TimestampTz now, Findings *findings)
{
	static const char rule[] = "schedule.window";

	if (facts->onSchedule)
		FindingAdd(findings, "schedule.activated", facts->activated,
				   "Activate the schedule (eapi_activate_schedule), then use the link.",
				   facts->activated ? "the schedule \"%s\" is activated" : "the schedule \"%s\" is not activated",
				   TextQuoted(facts->schedule));
	if (facts->opens.presence == GIVEN && now < facts->opens.value)
		FindingAdd(findings, rule, false, "Use the link again then.",
				   "too early: the window opens at %s", Rfc3339Of(facts->opens.value));
	else if (facts->closes.presence == GIVEN && now >= facts->closes.value)
		FindingAdd(findings, rule, false, "Have the session moved to a later time; the link stays good.",
				   "too late: the window closed at %s", Rfc3339Of(facts->closes.value));
	else
		FindingAdd(findings, rule, true, NULL, "the window is open%s%s",
				   facts->closes.presence == GIVEN ? " until " : "",
				   facts->closes.presence == GIVEN ? Rfc3339Of(facts->closes.value) : "");
}
