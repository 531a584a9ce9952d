/*
 * domain/exam_configuration.h
 *		How an exam is delivered: the rules of a configuration.
 */
#ifndef PROCTORLINK_EXAM_CONFIGURATION_H
#define PROCTORLINK_EXAM_CONFIGURATION_H

#include "core/jsonb_read.h"

/* What the rules of times look at. */
typedef struct ConfigurationTimes
{
	TimeField	opens;
	TimeField	closes;
	TimeField	schedulingOpens;
	TimeField	schedulingCloses;
	IntField	duration;		/* minutes */
} ConfigurationTimes;

extern void ConfigurationCheckTimes(const ConfigurationTimes *times, const Path *path, Problems *problems);
extern void ProctorTypesCheck(JsonbContainer *types, const Path *path, Problems *problems);
extern void PermittedItemsCheck(JsonbContainer *items, const Path *path, Problems *problems);

#endif							/* PROCTORLINK_EXAM_CONFIGURATION_H */
