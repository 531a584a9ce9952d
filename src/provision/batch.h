/*
 * provision/batch.h
 *		What the parts of a call of batch_provision offer each other besides
 *		resolve, apply and flush.
 */
#ifndef PROCTORLINK_BATCH_H
#define PROCTORLINK_BATCH_H

#include "provision/resolve.h"

/* provision.c */
extern void WorkOnItems(Batch *batch);

/* complete.c */
extern void CompleteCourses(Batch *batch);

/* idempotency.c */
extern Jsonb *KeyTake(Batch *batch, Jsonb *payload);
extern void BatchKeep(Batch *batch, Jsonb *answer);
extern void BatchSessionsEvent(const Batch *batch, uint64 sessions);

/* signon.c */
typedef struct SignonLinks SignonLinks;
extern SignonLinks *SignonStart(const pg_uuid_t *install);
extern void SignonEnd(SignonLinks *links);
extern void SignonMint(SignonLinks *links, const Integration *integration, const pg_uuid_t *account,
					   int seconds, Text *redirect, Text *token);

/* report.c */
extern Jsonb *ReportObject(const Batch *batch, MemoryContext context);
extern Jsonb *ReportBatch(const Batch *batch, bool withLinks, MemoryContext context);
extern Jsonb *ReportKept(const Batch *batch);
extern Jsonb *ReportReplay(Batch *batch, Jsonb *stored);
extern void ReportCheckSize(Batch *batch, int from, int to);
extern void BatchCount(Batch *batch);

#endif							/* PROCTORLINK_BATCH_H */
