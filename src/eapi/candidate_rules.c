/*
 * eapi/candidate_rules.c
 *		Whether candidates may be on a schedule: the rules about each of them,
 *		asked of all before anybody is put there.
 */
#include "eapi/schedule_plan.h"

#include "catalog/pg_type.h"
#include "core/columns.h"
#include "core/statement.h"
#include "miscadmin.h"

/* At most this many candidates are refused one by one; more are counted. */
#define MOST_REFUSED 20

STATEMENT(twinOfExam,
		  SELECT_TWIN,
		  UUIDOID, UUIDOID);
STATEMENT(findEntered,
		  "SELECT k.place::pg_catalog.int4 FROM pg_catalog.unnest($4) WITH ORDINALITY AS k (key, place)"
		  " CROSS JOIN LATERAL (SELECT FROM proctorlink.accommodation t WHERE t.install_id" EQ "$1"
		  " AND t.exam_id" EQ_ANY "(ARRAY[$2, $3]) AND t.candidate_ext_id" EQ "k.key LIMIT 1" END_FOR_EACH("a"),
		  UUIDOID, UUIDOID, UUIDOID, TEXTARRAYOID);

/* FindEntered finds who was entered for an accommodation exam or its plain one. */
static void
FindEntered(const CandidateJudgement *judgement, ScheduleCandidate *candidates, int count)
{
	Column		ids;
	Datum		values[4] = {UUIDPGetDatum(&judgement->call->install.id), UUIDPGetDatum(judgement->examId),
	UUIDPGetDatum(&judgement->exam->plain)};
	uint64		found;

	ColumnInit(&ids, TEXTOID, count);
	for (int i = 0; i < count; i++)
		ColumnAddText(&ids, candidates[i].externalId);
	values[3] = ColumnDatum(&ids);
	found = StatementRun(&findEntered, values, NULL, judgement->readOnly);
	for (uint64 i = 0; i < found; i++)
		candidates[RowInt(i, 1) - 1].entered = true;
	if (found > 0)
		SPI_freetuptable(SPI_tuptable);
}

/* FindTwin finds the accommodation exam of a plain one, for the way out of a refusal. */
static void
FindTwin(const CandidateJudgement *judgement)
{
	Datum		values[2] = {UUIDPGetDatum(&judgement->call->install.id), UUIDPGetDatum(judgement->examId)};

	if (judgement->exam->twin.presence == ABSENT)
		judgement->exam->twin = StatementRun(&twinOfExam, values, NULL, judgement->readOnly) > 0 ? RowText(0, 1) : NULL_TEXT;
}

/* AskAll asks a rule of everybody; each who is refused is named. Where nobody is, one finding says so. */
static void
AskAll(const CandidateJudgement *judgement, const ScheduleCandidate *candidates, int count, CandidateRule ask,
	   const char *fine)
{
	const char *rule = NULL;
	int			refused = 0;

	for (int i = 0; i < count; i++)
	{
		Findings	findings = {0};

		CHECK_FOR_INTERRUPTS();
		ask(&candidates[i], judgement->exam, &findings);
		rule = findings.list[0].rule;
		if (!findings.list[0].ok && ++refused <= MOST_REFUSED)
			EapiRefuseCandidate(judgement->call, &findings.list[0], candidates[i].externalId);
	}
	if (refused > MOST_REFUSED)
		EapiRefuse(judgement->call, EAPI_NO_CODE, "%s: %d more candidates", rule, refused - MOST_REFUSED);
	if (count > 0 && refused == 0 && judgement->findings != NULL)
		FindingAdd(judgement->findings, rule, true, NULL, "%s", fine);
}

/*
 * CandidatesJudge asks whether candidates, as they will be after the call, may be
 * on a schedule of an exam. Who may not is refused by name.
 */
void
CandidatesJudge(const CandidateJudgement *judgement, ScheduleCandidate *candidates, int count)
{
	if (judgement->exam->isAccommodation)
	{
		FindEntered(judgement, candidates, count);
		AskAll(judgement, candidates, count, ScheduleCheckEligible, "everybody is eligible for the accommodation exam");
	}
	else if (judgement->throughProctoru)
	{
		for (int i = 0; i < count; i++)
			if (PersonExtraTime(candidates[i].specialNeeds, candidates[i].percentage, judgement->exam) > 0)
				FindTwin(judgement);
		AskAll(judgement, candidates, count, ScheduleCheckExtraTime, "nobody gets extra time");
	}
}
