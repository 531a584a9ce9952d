/*
 * eapi/schedule_plan.h
 *		A request for a schedule and what it would do: judged in one place for
 *		the call that does it and for the explanation that does not.
 */
#ifndef PROCTORLINK_EAPI_SCHEDULE_PLAN_H
#define PROCTORLINK_EAPI_SCHEDULE_PLAN_H

#include "domain/schedule.h"
#include "eapi/answer.h"
#include "provision/people.h"
#include "provision/seat.h"

/* Texts of the contract for calls about schedules. */
#define EAPI_NO_SCHEDULER "Scheduler hasn't been set in External API settings"
#define EAPI_SCHEDULER_LOST \
	"Selected scheduler no longer has permission to create, update and delete schedules"
#define EAPI_NO_SCHEDULE "Schedule hasn't been found by external id"
#define EAPI_NO_EXTERNAL_IDS "No external ids have been provided"
#define EAPI_NO_USERS "No users were found by external ids"
#define EAPI_ACTIVATED "Can't update activated schedule"
#define EAPI_ARCHIVED "Schedule is archived"
#define EAPI_INVALID_INPUT "Invalid input data"

/* A candidate as sent. Passwords are read by nobody. */
typedef struct CandidateRequest
{
	Text		userName;
	Text		candidateExtId;
	Text		firstName;
	Text		lastName;
	Text		email;
	Text		attemptExtId;
	BoolField	specialNeeds;
	IntField	adjustment;
	Path	   *path;
} CandidateRequest;

typedef struct CandidateRequests
{
	int			count;
	CandidateRequest *list;
} CandidateRequests;

/* Members of the body's "Schedule". */
typedef struct ScheduleRequest
{
	Text		assessmentExtId;
	Text		title;
	Text		scheduleExtId;
	Text		startText;
	Text		endText;
	Text		groupExtId;
	Text		groupName;
	Text		scheduleGroupExtId;
	Text		scheduleGroupName;
	Text		pin;
	IntField	extraTime;		/* minutes */
	Text		owner;
	BoolField	proctorio;
	TimeField	starts;
	TimeField	ends;
} ScheduleRequest;

/* A hierarchy that a request names: there already, or to be made. */
typedef struct GroupPlan
{
	bool		isNew;
	pg_uuid_t	id;
	Text		externalId;
	Text		name;
} GroupPlan;

typedef struct SchedulePlan
{
	EapiCall   *call;
	bool		readOnly;		/* nothing is written or locked */
	bool		externalAttempts;
	bool		upsert;
	bool		isDraft;
	ScheduleRequest request;
	CandidateRequests candidates;

	ScheduleExam exam;
	pg_uuid_t	examId;
	bool		hasExam;
	bool		exists;			/* the schedule, which is to be changed */
	Schedule	schedule;
	bool		throughProctoru;
	Security	security;
	bool		hasOwner;
	pg_uuid_t	owner;
	Text		ownerName;
	GroupPlan	hierarchy;		/* of the schedule */
	GroupPlan	group;			/* of the candidates */
	ScheduleWindow window;
	bool		hasWindow;
	Person	   *people;
	Seat	   *seats;
	Findings	findings;
} SchedulePlan;

extern void SchedulePlanMake(EapiCall *call, JsonbContainer *body, bool readOnly, SchedulePlan *plan);
extern void SchedulePlanPeople(SchedulePlan *plan);
extern void SchedulePlanExisting(SchedulePlan *plan);
extern void SchedulePlanExam(SchedulePlan *plan);
extern void SchedulePlanOwner(SchedulePlan *plan);
extern void SchedulePlanWindow(SchedulePlan *plan, int extraTime);
extern void SchedulePlanSecurity(SchedulePlan *plan);
extern void PlanRefuse(EapiCall *call, const Findings *findings);
extern void NeedScheduler(EapiCall *call);
extern bool PlanScheduler(EapiCall *call, bool readOnly, pg_uuid_t *owner, Text *name, Findings *findings);

/* What candidates are judged for. */
typedef struct CandidateJudgement
{
	EapiCall   *call;
	bool		readOnly;		/* nothing is written or locked */
	ScheduleExam *exam;
	const pg_uuid_t *examId;
	bool		throughProctoru;
	Findings   *findings;		/* where it is noted that all may; or NULL */
} CandidateJudgement;

typedef void (*CandidateRule) (const ScheduleCandidate *candidate, const ScheduleExam *exam, Findings *findings);

/* Parts that calls about candidates of a schedule share. */
extern void CandidatesRead(EapiCall *call, const JsonbValue *value, bool externalAttempts,
						   CandidateRequests *candidates);
extern void CandidatesPeople(const CandidateRequests *candidates, Person **people, Seat **seats);
extern int	CandidatesExtraTime(const CandidateJudgement *judgement, const CandidateRequests *candidates, Seat *seats);
extern void CandidatesJudge(const CandidateJudgement *judgement, ScheduleCandidate *candidates, int count);
extern void GroupRead(EapiCall *call, Text externalId, Text name, const Path *path, bool readOnly, GroupPlan *group);
extern void GroupMake(EapiCall *call, GroupPlan *group);
extern void ReadExternalId(const JsonbValue *value, const Path *path, void *field, const void *unused,
						   Problems *problems);

#endif							/* PROCTORLINK_EAPI_SCHEDULE_PLAN_H */
