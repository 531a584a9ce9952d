/*
 * proctoru/refused.c
 *		The event that a refused call of ProctorU's door leaves: which exam and
 *		whom it was about, by their ids, and why; nothing else of what it brought.
 */
#include "proctoru/answer.h"

#include "catalog/pg_type.h"
#include "core/statement.h"
#include "domain/event.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

STATEMENT(nearestExams,
		  "SELECT pg_catalog.string_agg(f.external_id, ', ')"
		  " FROM (SELECT n.external_id FROM proctorlink.find_assessment($1) n"
		  " WHERE n.external_id IS NOT NULL LIMIT 3) f",
		  TEXTOID);

/* MemberId takes a member of the body that is an id; absent where there is none that can be one. */
static Text
MemberId(const ProctoruCall *call, const char *name)
{
	JsonbValue	value;
	Text		id = NO_TEXT;

	if (call->body != NULL && JsonContainerIsObject(call->body) &&
		getKeyJsonValueFromContainer(call->body, name, strlen(name), &value) != NULL)
		id = LenientText(&value);
	if (id.presence == GIVEN && IdFault(id, MAX_ID_LENGTH) != NULL)
		id.presence = ABSENT;
	return id;
}

/* RuleOf takes the name of a rule that a message begins with; NULL where it begins with none. */
static const char *
RuleOf(const char *message)
{
	size_t		len = strspn(message, "abcdefghijklmnopqrstuvwxyz_");

	return len > 0 && strncmp(message + len, ": ", 2) == 0 ? pnstrdup(message, len) : NULL;
}

/* HintOf tells the exams that may have been meant where one was not found. */
static const char *
HintOf(const ProctoruCall *call, Text exam)
{
	Datum		search;
	Text		nearest;

	if (strcmp(call->refusal, EXAM_NOT_FOUND) != 0 || exam.presence != GIVEN)
		return NULL;
	search = TextDatum(exam);
	StatementRunAsOwner(&nearestExams, &search, NULL, false);
	nearest = RowText(0, 1);
	return nearest.presence == GIVEN ?
		psprintf("The exam_id in ProctorU must be exactly the assessment's External ID. Nearest here: %.*s.",
				 nearest.len, nearest.data) :
		"The exam_id in ProctorU must be exactly the assessment's External ID; nothing here is near it.";
}

/*
 * ProctoruKeepRefusal leaves the event of a refused call, once all it did is
 * undone. A call that only reads leaves none, nor one by somebody who speaks for
 * no integration with ProctorU.
 */
void
ProctoruKeepRefusal(ProctoruCall *call)
{
	Refusal		refusal = {0};
	Problems	none = {0};
	RefusedCall refused = {.door = "proctoru",.count = 1,.refusals = &refusal,.problems = &none};
	const char *rule;

	if (!call->isInstitution || !EventMayFollow(call->fcinfo))
		return;
	refused.function = get_func_name(call->fcinfo->flinfo->fn_oid);
	refused.assessment = MemberId(call, "exam_id");
	refused.candidate = MemberId(call, call->byStudentId ? "student_id" : "user_id");

	/* What an error of others says may tell anything. */
	rule = call->isForeign ? NULL : RuleOf(call->refusal);
	refusal.rule = rule != NULL ? rule : "request";
	if (!call->isForeign)
		refusal.detail = rule != NULL ? call->refusal + strlen(rule) + 2 : call->refusal;
	refusal.candidate = refused.candidate;
	SpiStart();
	refusal.hint = HintOf(call, refused.assessment);
	EventAddRefused(&call->install.id, &refused);
	SPI_finish();
}
