/*
 * domain/schedule_rules.c
 *		The rules of a schedule.
 *
 * Triggers, doors and explanations ask the same functions and differ only in how
 * they fetch the facts. Nothing here touches the database.
 */
#include "domain/schedule_rules.h"

#include "lib/stringinfo.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"

/* A schedule lasts at most this many months, counted in UTC. */
#define MOST_MONTHS 24

#define MINUTES(count) ((int64) (count) * SECS_PER_MINUTE * USECS_PER_SEC)

/* ScheduleDefaultEnd says when a schedule ends that was given no end; the exam has a duration. */
TimestampTz
ScheduleDefaultEnd(const ScheduleWindow *window)
{
	return window->starts + MINUTES(window->duration.value) + MINUTES(window->extraTime) +
		MINUTES(SCHEDULE_SLACK_MINUTES);
}

/*
 * PersonExtraTime says how many minutes longer an exam lasts for a person: none
 * without special needs; a percentage of the duration, rounded up; else what the
 * exam gives. A percentage of no limit is nothing. An accommodation exam has the
 * extra time in its duration and gives none on top.
 */
int
PersonExtraTime(bool specialNeeds, IntField percentage, const ScheduleExam *exam)
{
	if (!specialNeeds || exam->isAccommodation)
		return 0;
	if (percentage.presence != GIVEN)
		return exam->extraTime;
	if (exam->duration.presence != GIVEN)
		return 0;
	return Min(((int64) exam->duration.value * percentage.value + 99) / 100, PG_INT32_MAX);
}

/* LatestEnd says until when a schedule with this start may last, the end included. */
static TimestampTz
LatestEnd(TimestampTz starts)
{
	Interval	most = {.time = 0,.day = 0,.month = MOST_MONTHS};

	return DatumGetTimestamp(DirectFunctionCall2(timestamp_pl_interval, TimestampGetDatum(starts),
												 IntervalPGetDatum(&most)));
}

/* Lasts writes a length of time for people: "2 h 5 min", and what is finer where there is any. */
static const char *
Lasts(int64 micros)
{
	int64		minutes = micros / MINUTES(1);
	int64		rest = micros % MINUTES(1);

	if (rest == 0)
		return psprintf(INT64_FORMAT " min", minutes);
	return psprintf(INT64_FORMAT " min %d.%06d s", minutes, (int) (rest / USECS_PER_SEC), (int) (rest % USECS_PER_SEC));
}

/* IsFinite tells whether a window has a start and an end in time. */
static bool
IsFinite(const ScheduleWindow *window)
{
	return !TIMESTAMP_NOT_FINITE(window->starts) && !TIMESTAMP_NOT_FINITE(window->ends);
}

/* IsLongEnough tells whether a window is longer than the exam with its extra time. */
static bool
IsLongEnough(const ScheduleWindow *window)
{
	return window->ends - window->starts >
		MINUTES(window->duration.presence == GIVEN ? window->duration.value : 0) + MINUTES(window->extraTime);
}

/* ScheduleWindowBreaks names the first rule that a window breaks; NULL: none. */
const char *
ScheduleWindowBreaks(const ScheduleWindow *window)
{
	if (!IsFinite(window) || window->starts >= window->ends)
		return "schedule_begins_before_it_ends";
	if (window->ends > LatestEnd(window->starts))
		return "schedule_at_most_two_years";
	return IsLongEnough(window) ? NULL : "schedule_longer_than_exam";
}

/*
 * ScheduleCheckWindow asks: does it begin before it ends, does it last at most two
 * calendar years, is it longer than the exam with its extra time?
 */
void
ScheduleCheckWindow(const ScheduleWindow *window, Findings *findings)
{
	const char *starts;
	const char *ends;
	TimestampTz latest;

	if (!IsFinite(window))
	{
		FindingAdd(findings, "schedule_begins_before_it_ends", false, "Give a start and an end.",
				   "a schedule begins and ends at a time");
		return;
	}
	starts = Rfc3339Of(window->starts);
	ends = Rfc3339Of(window->ends);
	if (window->starts >= window->ends)
	{
		/* What does not begin before it ends has no length to speak of. */
		FindingAdd(findings, "schedule_begins_before_it_ends", false, "Let the schedule end after it begins.",
				   "the schedule begins at %s and ends at %s", starts, ends);
		return;
	}
	FindingAdd(findings, "schedule_begins_before_it_ends", true, NULL, "from %s to %s", starts, ends);

	latest = LatestEnd(window->starts);
	FindingAdd(findings, "schedule_at_most_two_years", window->ends <= latest,
			   "Shorten the schedule window to two years at most; for a booking that comes from ProctorU, shorten the window in ProctorU.",
			   "the schedule lasts from %s to %s; it may last until %s", starts, ends, Rfc3339Of(latest));

	FindingAdd(findings, "schedule_longer_than_exam", IsLongEnough(window),
			   "Let the schedule end later: its window must be longer than the exam's duration and the extra time together.",
			   "the window is %s long; the exam takes %d min and %d min of extra time",
			   Lasts(window->ends - window->starts),
			   window->duration.presence == GIVEN ? window->duration.value : 0, window->extraTime);
}

/* ScheduleCheckOwner asks: is there an owner, who is active and may schedule? */
void
ScheduleCheckOwner(const ScheduleOwner *owner, Findings *findings)
{
	static const char rule[] = "schedule_has_an_owner_who_may_schedule";

	if (owner->named.presence != GIVEN)
		FindingAdd(findings, rule, false,
				   "Set defaultScheduler by configure_install (Admin > External API), or name an owner.",
				   "nobody owns the schedule: none is named, and the install has no default scheduler");
	else if (!owner->exists)
		FindingAdd(findings, rule, false,
				   "Name an account that exists, by its username, or another default scheduler.",
				   "there is no account \"%s\" to own the schedule", TextQuoted(owner->named));
	else if (!owner->active)
		FindingAdd(findings, rule, false,
				   "Choose another owner or default scheduler, or make the account active again.",
				   "the owner \"%s\" is not active", TextQuoted(owner->named));
	else
		FindingAdd(findings, rule, owner->maySchedule,
				   "Give the owner's role the permission schedule by define_role, or choose another owner or default scheduler.",
				   owner->maySchedule ? "the owner is \"%s\"" : "the role of the owner \"%s\" may not schedule",
				   TextQuoted(owner->named));
}

/* ScheduleCheckHierarchy asks: may schedules be put there? The root and the default need no Organisation ID. */
void
ScheduleCheckHierarchy(const ScheduleHierarchy *hierarchy, Findings *findings)
{
	static const char rule[] = "schedule_hierarchy_selectable";
	const char *name = hierarchy->named.presence == GIVEN ?
	psprintf("the hierarchy \"%s\"", TextQuoted(hierarchy->named)) :
	hierarchy->isRoot ? "the root hierarchy" : hierarchy->isDefault ? "the default hierarchy" : "the hierarchy";

	if (!hierarchy->exists)
		FindingAdd(findings, rule, false, "Name a hierarchy by its Organisation ID; selectable_hierarchies() lists them.",
				   "%s does not exist", name);
	else if (hierarchy->archived)
		FindingAdd(findings, rule, false, "Choose another hierarchy, or take this one out of the archive.",
				   "%s is archived", name);
	else if (!hierarchy->allowsSchedules)
		FindingAdd(findings, rule, false,
				   "Choose another hierarchy, or let this one have schedules (AllowRelationshipWithSchedules).",
				   "%s does not allow schedules", name);
	else
		FindingAdd(findings, rule, hierarchy->hasOrganisationId || hierarchy->isRoot || hierarchy->isDefault,
				   "Give the hierarchy an Organisation ID, or choose one that has.",
				   hierarchy->hasOrganisationId || hierarchy->isRoot || hierarchy->isDefault ?
				   "it goes to %s" : "%s has no Organisation ID", name);
}

/* IsOn tells whether a setting is on: a schedule's own counts over the exam's. */
static bool
IsOn(BoolField own, BoolField exams)
{
	return own.presence == GIVEN ? own.value : exams.presence == GIVEN && exams.value;
}

/* AddOn lists a setting that is on, and where. */
static void
AddOn(StringInfo list, const char *name, BoolField own, BoolField exams)
{
	if (IsOn(own, exams))
		appendStringInfo(list, "%s%s (%s)", list->len > 0 ? ", " : "", name,
						 own.presence == GIVEN ? "of the schedule" : "of the exam");
}

/*
 * ScheduleCheckProctoru asks of an exam that ProctorU delivers: has it an
 * external id that ProctorU can name, is it published, is no other security on?
 */
void
ScheduleCheckProctoru(const ScheduleExam *exam, const Security *own, Findings *findings)
{
	StringInfoData on;
	Text		id = exam->externalId;
	bool		hasSpace = id.presence == GIVEN && memchr(id.data, ' ', id.len) != NULL;

	if (id.presence != GIVEN)
		FindingAdd(findings, "proctoru_exam_has_external_id", false,
				   "Give the assessment an External ID (configure_exam) and enter the same in ProctorU.",
				   "the exam has no external id");
	else
		FindingAdd(findings, "proctoru_exam_has_external_id", !hasSpace && TextLength(id) <= MAX_SHORT_ID_LENGTH,
				   psprintf("Give the assessment an External ID of at most %d characters without spaces, and enter the same in ProctorU.",
							MAX_SHORT_ID_LENGTH),
				   hasSpace ? "the exam's external id \"%s\" has a space in it" :
				   TextLength(id) > MAX_SHORT_ID_LENGTH ? "the exam's external id \"%s\" is too long" :
				   "the exam's external id is \"%s\"", TextQuoted(id));

	FindingAdd(findings, "proctoru_exam_is_published", exam->published,
			   "Publish the assessment (configure_exam, \"published\": true).",
			   exam->published ? "the exam is published" : "the exam is a draft");

	initStringInfo(&on);
	AddOn(&on, "PIN", own->pin, exam->security.pin);
	AddOn(&on, "Proctorio", own->proctorio, exam->security.proctorio);
	AddOn(&on, "Safe Exam Browser", own->safeExamBrowser, exam->security.safeExamBrowser);
	AddOn(&on, "keycode", own->keycode, exam->security.keycode);
	FindingAdd(findings, "proctoru_exam_without_other_security", on.len == 0,
			   "Turn it off on the Assessment Options panel (configure_exam) or on the schedule: an exam that ProctorU delivers has no other security settings.",
			   on.len == 0 ? "no other security settings are on%s" : "other security settings are on: %s", on.data);
}

/*
 * ScheduleCheckExtraTime asks of somebody whom ProctorU is to proctor: would they
 * get extra time? It does not work there; they sit the accommodation exam.
 */
void
ScheduleCheckExtraTime(const ScheduleCandidate *candidate, const ScheduleExam *exam, Findings *findings)
{
	static const char rule[] = "proctoru_no_extra_time";
	int			extraTime = PersonExtraTime(candidate->specialNeeds, candidate->percentage, exam);

	if (extraTime == 0)
		FindingAdd(findings, rule, true, NULL, "candidate \"%s\" gets no extra time", TextQuoted(candidate->externalId));
	else
		FindingAdd(findings, rule, false,
				   exam->twin.presence == GIVEN ?
				   psprintf("Put this person on a schedule of the accommodation exam \"%s\", which may run at the same time.",
							TextQuoted(exam->twin)) :
				   "Make a separate, longer exam for these people (create_accommodation_exam) and schedule it at the same time.",
				   "candidate \"%s\" would get %d min of extra time, which does not work through ProctorU",
				   TextQuoted(candidate->externalId), extraTime);
}

/*
 * ScheduleCheckEligible asks of somebody who is to sit an accommodation exam: are
 * they eligible, by their special needs or because they were entered?
 */
void
ScheduleCheckEligible(const ScheduleCandidate *candidate, const ScheduleExam *exam, Findings *findings)
{
	bool		eligible = candidate->specialNeeds || candidate->entered;

	FindingAdd(findings, "accommodation_exam_only_for_eligible", eligible,
			   "Enter the person by allow_accommodation or give them special needs, or put them on a schedule of the plain exam.",
			   eligible ? "candidate \"%s\" may sit the accommodation exam%s" :
			   "candidate \"%s\" is not eligible for the accommodation exam%s",
			   TextQuoted(candidate->externalId),
			   exam->externalId.presence == GIVEN ? psprintf(" \"%s\"", TextQuoted(exam->externalId)) : "");
}
