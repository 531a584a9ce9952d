/*
 * core/row_check.h
 *		Checks of a row's columns by one function a table.
 */
#ifndef PROCTORLINK_ROW_CHECK_H
#define PROCTORLINK_ROW_CHECK_H

#include "core/text.h"
#include "utils/relcache.h"

extern void CheckIdColumn(FunctionCallInfo fcinfo, int column, int maxLength, const char *table, const char *rule);
extern void CheckTextColumn(FunctionCallInfo fcinfo, int column, int maxLength, const char *table, const char *rule);
extern void CheckWordColumn(FunctionCallInfo fcinfo, int column, const char *const *words, int count,
							const char *table, const char *rule);
extern bool RuleIsOurs(const ErrorData *error);
extern void RefuseRow(const char *table, const char *rule, const char *detail);
pg_noreturn extern void RefuseByRuleOf(const char *table, const char *rule, const char *hint, const char *message);
pg_noreturn extern void RefuseByRule(Relation relation, const char *rule, const char *hint, const char *format,...)
			pg_attribute_printf(4, 5);

#endif							/* PROCTORLINK_ROW_CHECK_H */
