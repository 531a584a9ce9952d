/*
 * domain/finding.h
 *		What rules say of something: which were asked, whether each holds, and
 *		the way out where one does not.
 */
#ifndef PROCTORLINK_FINDING_H
#define PROCTORLINK_FINDING_H

#include "core/text.h"
#include "utils/relcache.h"

typedef struct Finding
{
	const char *rule;
	bool		ok;
	const char *detail;			/* what was found, with the values */
	const char *hint;			/* the way out; NULL where the rule holds */
	int			code;			/* a door's own number and words for it, if
								 * any */
	const char *said;
} Finding;

#define MAX_FINDINGS 24

typedef struct Findings
{
	int			count;
	Finding		list[MAX_FINDINGS];
} Findings;

extern void FindingAdd(Findings *findings, const char *rule, bool ok, const char *hint, const char *format,...)
			pg_attribute_printf(5, 6);
extern void FindingSay(Findings *findings, int code, const char *said);
extern const Finding *FindingRefused(const Findings *findings);
extern void FindingsRaise(const Findings *findings, Relation relation);

#endif							/* PROCTORLINK_FINDING_H */
