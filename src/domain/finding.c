/*
 * domain/finding.c
 *		What rules say of something.
 *
 * A rule is one function that adds its finding. A trigger raises the first that
 * does not hold, a door lists all of those, an explanation shows every one.
 */
#include "domain/finding.h"

#include "core/row_check.h"

/* FindingAdd notes what a rule says; the detail is a format, the hint is taken where the rule does not hold. */
void
FindingAdd(Findings *findings, const char *rule, bool ok, const char *hint, const char *format,...)
{
	Finding    *finding = &findings->list[findings->count];
	va_list		args;
	char	   *detail;

	if (findings->count == MAX_FINDINGS)
		elog(ERROR, "too many rules at once");
	findings->count++;
	va_start(args, format);
	detail = TextFormatted(format, args);
	va_end(args);
	finding->rule = rule;
	finding->ok = ok;
	finding->detail = detail;
	finding->hint = ok ? NULL : hint;
	finding->code = 0;
	finding->said = NULL;
}

/* FindingSay gives the finding that was noted last the words of a door, which are said instead of ours. */
void
FindingSay(Findings *findings, int code, const char *said)
{
	findings->list[findings->count - 1].code = code;
	findings->list[findings->count - 1].said = said;
}

/* FindingRefused finds the first rule that does not hold; NULL when all do. */
const Finding *
FindingRefused(const Findings *findings)
{
	for (int i = 0; i < findings->count; i++)
		if (!findings->list[i].ok)
			return &findings->list[i];
	return NULL;
}

/* FindingsRaise raises the first rule that does not hold, if any, as a trigger on a table does. */
void
FindingsRaise(const Findings *findings, Relation relation)
{
	const Finding *refused = FindingRefused(findings);

	if (refused != NULL)
		RefuseByRule(relation, refused->rule, refused->hint, "%s", refused->detail);
}
