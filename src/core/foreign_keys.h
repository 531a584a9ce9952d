/*
 * core/foreign_keys.h
 *		Inserting rows whose parents are known to be there.
 */
#ifndef PROCTORLINK_FOREIGN_KEYS_H
#define PROCTORLINK_FOREIGN_KEYS_H

#include "core/statement.h"

/* A foreign key by install_id and one more column, or two. */
typedef struct ForeignKey
{
	const char *column;
	const char *parent;			/* NULL: the column is left null */
	const char *parentColumn;
	const char *other;			/* a third column, called so in both tables;
								 * NULL: none */
} ForeignKey;

#define MAX_KNOWN_KEYS 6
#define MAX_KNOWN_TRIGGERS 3

/* The foreign keys of a table that need no check in the next statement. */
typedef struct KnownParents
{
	const char *table;
	const char *triggers[MAX_KNOWN_TRIGGERS];	/* of ours, that ask what the
												 * caller has asked */
	int			count;
	ForeignKey	keys[MAX_KNOWN_KEYS];
} KnownParents;

extern void ForeignKeysStart(void);
extern bool OnlyOurTriggers(void);
extern uint64 StatementRunKnown(Statement *statement, Datum *values, const char *nulls, const KnownParents *known);

#endif							/* PROCTORLINK_FOREIGN_KEYS_H */
