/*
 * provision/kinds.h
 *		The kinds of rows that flush writes.
 */
#ifndef PROCTORLINK_KINDS_H
#define PROCTORLINK_KINDS_H

#include "core/columns.h"
#include "core/foreign_keys.h"
#include "provision/resolve.h"

/* One kind of row: which columns its statements take, and how a row fills them. */
typedef struct Kind
{
	Statement  *lock;
	Statement  *insert;
	Statement  *update;
	Statement  *insertOne;		/* for calls that bring one; NULL: insert does */
	int			firstColumn;	/* the parameters before are the same for all
								 * rows */
	void		(*fill) (Column *columns, const void *row);
	const KnownParents *(*parents) (const Resolution *resolution);	/* or NULL */
} Kind;

extern const Kind courseKind;
extern const Kind personKind;
extern const Kind accountKind;
extern const Kind examKind;
extern const Kind configurationKind;
extern const Kind enrollmentKind;

#endif							/* PROCTORLINK_KINDS_H */
