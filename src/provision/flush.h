/*
 * provision/flush.h
 *		Writing the rows that apply made and changed.
 */
#ifndef PROCTORLINK_FLUSH_H
#define PROCTORLINK_FLUSH_H

#include "provision/resolve.h"

extern bool FlushIsNeeded(const Resolution *resolution);
extern void FlushMintIds(Resolution *resolution);
extern void ForgetSmallPlans(void);
extern int	PlanForKeys(int items);
extern bool Flush(Resolution *resolution);

#endif							/* PROCTORLINK_FLUSH_H */
