/*
 * core/attempt.h
 *		Work in a subtransaction, which is undone where it fails.
 */
#ifndef PROCTORLINK_ATTEMPT_H
#define PROCTORLINK_ATTEMPT_H

#include "core/compat.h"

/* What is attempted; false: it is to be undone. */
typedef bool (*AttemptWork) (void *what);

extern bool Attempt(AttemptWork work, void *what, ErrorData **error);
extern bool AttemptToRead(AttemptWork work, void *what);

#endif							/* PROCTORLINK_ATTEMPT_H */
