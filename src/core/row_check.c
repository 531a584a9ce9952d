/*
 * core/row_check.c
 *		Checks of a row's columns by one function a table.
 *
 * PostgreSQL reads the expressions of a table's CHECK constraints anew at every
 * statement: a dozen of them took half of the time of a call for one student. So
 * the tables that such a call writes have one CHECK, whose function raises what
 * a constraint of its own would have raised, under the name of the rule.
 */
#include "core/row_check.h"

#include "utils/builtins.h"
#include "utils/rel.h"

/* RefuseRow raises 23514 under the name of a rule, as a CHECK of that name would. */
void
RefuseRow(const char *table, const char *rule, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION),
			 errmsg("new row for relation \"%s\" violates check constraint \"%s\"", table, rule),
			 errdetail_internal("%s", detail),
			 err_generic_string(PG_DIAG_SCHEMA_NAME, "proctorlink"),
			 err_generic_string(PG_DIAG_TABLE_NAME, table),
			 err_generic_string(PG_DIAG_CONSTRAINT_NAME, rule)));
}

/* CheckIdColumn refuses what cannot be an id; null is for NOT NULL to say. */
void
CheckIdColumn(FunctionCallInfo fcinfo, int column, int maxLength, const char *table, const char *rule)
{
	const TextFault *fault;

	if (PG_ARGISNULL(column))
		return;
	fault = IdFault(TextOfDatum(PG_GETARG_DATUM(column), false), maxLength);
	if (fault != NULL)
		RefuseRow(table, rule, psprintf("An id has 1 to %d characters, no space around them and no control character.",
										maxLength));
}

/* CheckTextColumn refuses a text that is too long. */
void
CheckTextColumn(FunctionCallInfo fcinfo, int column, int maxLength, const char *table, const char *rule)
{
	Text		text;

	if (PG_ARGISNULL(column))
		return;
	text = TextOfDatum(PG_GETARG_DATUM(column), false);
	if (text.len > maxLength && TextLength(text) > maxLength)
		RefuseRow(table, rule, psprintf("The text has more than %d characters.", maxLength));
}

/* CheckWordColumn refuses a text that is none of a list. */
void
CheckWordColumn(FunctionCallInfo fcinfo, int column, const char *const *words, int count,
				const char *table, const char *rule)
{
	Text		text;

	if (PG_ARGISNULL(column))
		return;
	text = TextOfDatum(PG_GETARG_DATUM(column), false);
	for (int i = 0; i < count; i++)
		if (TextIs(text, words[i]))
			return;
	RefuseRow(table, rule, psprintf("There is no \"%s\".", TextQuoted(text)));
}

/* RefuseByRuleOf raises 23514 under the name of a rule of a table, which says what is wrong, and the way out. */
void
RefuseByRuleOf(const char *table, const char *rule, const char *hint, const char *message)
{
	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION),
			 errmsg_internal("%s", message),
			 hint != NULL ? errhint("%s", hint) : 0,
			 err_generic_string(PG_DIAG_SCHEMA_NAME, "proctorlink"),
			 err_generic_string(PG_DIAG_TABLE_NAME, table),
			 err_generic_string(PG_DIAG_CONSTRAINT_NAME, rule)));
	pg_unreachable();
}

/*
 * RefuseByRule raises 23514 under the name of a rule that a trigger keeps: the
 * format says what is wrong, with the values; the hint says the way out.
 */
void
RefuseByRule(Relation relation, const char *rule, const char *hint, const char *format,...)
{
	va_list		args;
	char	   *message;

	va_start(args, format);
	message = TextFormatted(format, args);
	va_end(args);
	RefuseByRuleOf(RelationGetRelationName(relation), rule, hint, message);
}

/* RuleIsOurs tells whether an error was raised here: by a rule of ours, whose texts name ids and limits only. */
bool
RuleIsOurs(const ErrorData *error)
{
	const char *file = error->filename != NULL ? strrchr(error->filename, '/') : NULL;

	return error->filename != NULL && strcmp(file != NULL ? file + 1 : error->filename, "row_check.c") == 0;
}
