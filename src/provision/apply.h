/*
 * provision/apply.h
 *		What each item does to the rows.
 */
#ifndef PROCTORLINK_APPLY_H
#define PROCTORLINK_APPLY_H

#include "provision/resolve.h"

extern CourseRow *CourseNamed(const Resolution *resolution, const Ids *ids, const Path *path, Problems *problems);
extern void KeepKeys(Batch *batch, int from, int to, bool written);
extern void Apply(Batch *batch, int from, int to, Resolution *resolution);

#endif							/* PROCTORLINK_APPLY_H */
