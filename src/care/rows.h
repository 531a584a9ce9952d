/*
 * care/rows.h
 *		Rows of explanations: what was asked, whether it holds, what was found,
 *		what to do.
 */
#ifndef PROCTORLINK_CARE_ROWS_H
#define PROCTORLINK_CARE_ROWS_H

#include "domain/finding.h"
#include "nodes/execnodes.h"

typedef enum Verdict
{
	NOT_OK,
	OK,
	INFORMATION
} Verdict;

extern void PutRow(ReturnSetInfo *result, const char *name, Verdict verdict, const char *detail, const char *hint);
extern void PutFindings(ReturnSetInfo *result, const Findings *findings);

#endif							/* PROCTORLINK_CARE_ROWS_H */
