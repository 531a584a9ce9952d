/*
 * domain/exam.h
 *		The exam that an argument means.
 */
#ifndef PROCTORLINK_EXAM_H
#define PROCTORLINK_EXAM_H

#include "core/text.h"
#include "utils/uuid.h"

extern bool ExamFind(const pg_uuid_t *install, Text named, bool readOnly, pg_uuid_t *exam);

#endif							/* PROCTORLINK_EXAM_H */
