/*
 * core/row_lock.h
 *		Locking rows by their keys, without a statement.
 */
#ifndef PROCTORLINK_ROW_LOCK_H
#define PROCTORLINK_ROW_LOCK_H

#include "core/compat.h"

#include "nodes/lockoptions.h"
#include "utils/uuid.h"

/* Which columns of a locked row are read, and where to. */
typedef struct LockedRow
{
	int			count;
	const char *const *columns;
	Datum	   *values;
	bool	   *nulls;
} LockedRow;

extern bool RowLockRead(const char *table, const char *column, const pg_uuid_t *install, Datum key, LockTupleMode mode,
						const LockedRow *row);
extern int	RowsLock(const char *table, const char *column, const pg_uuid_t *install, const Datum *keys, int count,
					 LockTupleMode mode, const char *gone);

#endif							/* PROCTORLINK_ROW_LOCK_H */
