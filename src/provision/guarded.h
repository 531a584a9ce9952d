/*
 * provision/guarded.h
 *		Calls of the vendors' doors, which answer what they refuse and raise for
 *		nothing that was asked of them.
 */
#ifndef PROCTORLINK_GUARDED_H
#define PROCTORLINK_GUARDED_H

#include "core/compat.h"
#include "utils/elog.h"

/* What a door does with a call of its own, which it is handed. */
typedef struct GuardedWork
{
	bool		isOfOne;		/* person or so; else how many come is not
								 * known before */
	void		(*start) (void *call);	/* before each go */
	void		(*work) (void *call);	/* connected to SPI; may raise */
	bool		(*refused) (const void *call);	/* what was done is undone */
	void		(*tell) (void *call, const ErrorData *error);	/* notes an error as a
																 * refusal */
} GuardedWork;

extern void GuardedRun(const GuardedWork *guarded, void *call);

#endif							/* PROCTORLINK_GUARDED_H */
