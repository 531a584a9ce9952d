/*
 * core/jsonb_lenient.h
 *		Reading of jsonb at the vendors' doors, which are lenient about form.
 */
#ifndef PROCTORLINK_JSONB_LENIENT_H
#define PROCTORLINK_JSONB_LENIENT_H

#include "core/jsonb_read.h"

extern bool LenientIsAbsent(const JsonbValue *value);
extern Text LenientText(const JsonbValue *value);
extern JsonbContainer *LenientArray(const JsonbValue *value);
extern void ReadMemberLenient(JsonbValue *value, const Path *path, const Member *member, void *target,
							  Problems *problems);
extern void ReadObjectLenient(JsonbContainer *object, const Path *path, const Member *members, int count,
							  void *target, Problems *problems);

#endif							/* PROCTORLINK_JSONB_LENIENT_H */
