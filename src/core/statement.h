/*
 * core/statement.h
 *		SQL statements with their plans, which are made once a backend and role.
 */
#ifndef PROCTORLINK_STATEMENT_H
#define PROCTORLINK_STATEMENT_H

#include "core/jsonb_read.h"
#include "executor/spi.h"
#include "utils/uuid.h"

#define MAX_STATEMENT_ARGS 20

/*
 * Names in statements are qualified, operators too, since a caller's
 * search_path may hold others of the same name.
 */
#define EQ " OPERATOR(pg_catalog.=) "
#define LT " OPERATOR(pg_catalog.<) "
#define LE " OPERATOR(pg_catalog.<=) "
#define GT " OPERATOR(pg_catalog.>) "
#define GE " OPERATOR(pg_catalog.>=) "
#define NE " OPERATOR(pg_catalog.<>) "
#define EQ_ANY " OPERATOR(pg_catalog.=) ANY "

/*
 * Whether a column changes where a parameter is given. IS DISTINCT FROM would
 * look for its operator along the search_path.
 */
#define BECOMES(column, parameter) " (" parameter " IS NOT NULL AND (" column EQ parameter ") IS NOT TRUE)"

/*
 * A look-up by keys in an array: for each key, in the order of the array, one
 * descent of an index. Said as = ANY or as a plain join, the planner may read
 * all rows of the install instead and compare each with every key, where a
 * table has no statistics yet; OFFSET 0 leaves it no choice.
 */
#define FOR_EACH_KEY(n, columns) \
	"SELECT " columns " FROM (SELECT pg_catalog.unnest($" #n ") AS key) k CROSS JOIN LATERAL ("
#define END_FOR_EACH(name) " OFFSET 0) " name

/*
 * The same for an UPDATE, whose target the planner would join as it likes: the
 * rows are found by their keys first and then written where they lie. Goes
 * between FROM (SELECT ...) and the end; what they are found by follows.
 */
#define FIND_TARGET(table) \
	" CROSS JOIN LATERAL (SELECT t.ctid AS place, t.install_id FROM proctorlink." table " t" \
	" WHERE t.install_id" EQ "$1 AND "
#define END_FIND_TARGET(name) \
	" OFFSET 0) f WHERE " name ".ctid" EQ "f.place AND " name ".install_id" EQ "f.install_id"

typedef struct StatementPlan StatementPlan;

typedef struct Statement
{
	const char *text;
	int			argCount;
	Oid			argTypes[MAX_STATEMENT_ARGS];
	StatementPlan *plans;		/* one a role, of those that ran it last */
} Statement;

/* A statement as a static variable: STATEMENT(name, "text", types…) */
#define STATEMENT(name, sql, ...) \
	static Statement name = { \
		.text = sql, \
		.argCount = lengthof(((Oid[]) {__VA_ARGS__})), \
		.argTypes = {__VA_ARGS__} \
	}

/*
 * A look-up by keys, and the same by one key. A call with one item has one of
 * a kind, and the statement for several spends half of its time on the nodes
 * that a plain look-up does without.
 */
typedef struct Lookup
{
	Statement	many;
	Statement	one;
} Lookup;

/* A look-up as a static variable: LOOKUP(name, "alias", "SELECT ... = " without the key, UUID or TEXT) */
#define LOOKUP(name, alias, select, type) \
	static Lookup name = { \
		.many = { \
			.text = FOR_EACH_KEY(2, alias ".*") select "k.key" END_FOR_EACH(alias), \
			.argCount = 2, \
			.argTypes = {UUIDOID, type ## ARRAYOID} \
		}, \
		.one = { \
			.text = select "$2", \
			.argCount = 2, \
			.argTypes = {UUIDOID, type ## OID} \
		} \
	}

extern uint64 StatementRun(Statement *statement, Datum *values, const char *nulls, bool readOnly);
extern uint64 StatementTry(Statement *statement, Datum *values, const char *nulls, ErrorData **refused);

/* What is done with each row of a query while it runs. */
typedef void (*RowTaker) (void *to, const Datum *values, const bool *nulls);
extern uint64 StatementRunEach(Statement *statement, Datum *values, RowTaker take, void *to);

extern uint64 StatementRunAsOwner(Statement *statement, Datum *values, const char *nulls, bool readOnly);
extern uint64 StatementRunForRule(Statement *statement, Datum *values, const char *nulls);
extern uint64 StatementTryForRule(Statement *statement, Datum *values, const char *nulls, ErrorData **refused);

/* Setting a parameter that is null where nothing is given: values[i], and ' ' or 'n' in nulls[i]. */
extern void ParameterText(Datum *values, char *nulls, int i, Text text);
extern void ParameterInt(Datum *values, char *nulls, int i, IntField field);
extern void ParameterBool(Datum *values, char *nulls, int i, BoolField field);
extern void ParameterTime(Datum *values, char *nulls, int i, TimeField field);
extern void ParameterNumeric(Datum *values, char *nulls, int i, NumericField field);

/* SpiStart connects and stays in the caller's memory context; SPI_finish ends it. */
extern void SpiStart(void);

/* Reading a row of SPI_tuptable; texts and ids are copied. */
extern Datum RowDatum(uint64 row, int column, bool *isnull);
extern Text RowText(uint64 row, int column);
extern pg_uuid_t RowUuid(uint64 row, int column);
extern bool RowBool(uint64 row, int column);
extern int32 RowInt(uint64 row, int column);
extern IntField RowIntField(uint64 row, int column);
extern BoolField RowBoolField(uint64 row, int column);
extern TimeField RowTime(uint64 row, int column);
extern NumericField RowNumeric(uint64 row, int column);

#endif							/* PROCTORLINK_STATEMENT_H */
