/*
 * proctoru/webhook.h
 *		Webhooks: what ProctorU reports by itself.
 */
#ifndef PROCTORLINK_PROCTORU_WEBHOOK_H
#define PROCTORLINK_PROCTORU_WEBHOOK_H

#include "core/text.h"
#include "utils/uuid.h"

/* Bytes that a body may have; what ProctorU sends is a few thousand long. */
#define MAX_WEBHOOK_BYTES (1024 * 1024)

/* What is read out of a body. */
typedef struct WebhookContent
{
	Text		eventType;		/* absent: the body was not read */
	Text		reservationId;
	int64		reservationNo;	/* 0: none */
} WebhookContent;

/* What came, and who says that it comes from ProctorU. */
typedef struct Webhook
{
	Text		install;		/* sids, as they were given */
	Text		integration;
	Text		signature;
	Text		body;
} Webhook;

/* webhook_read.c */
extern void WebhookReadBody(Text body, WebhookContent *content);
extern void WebhookReadHeaders(Webhook *webhook);

/* webhook_sender.c */
extern void WebhookAuthenticate(const Webhook *webhook, pg_uuid_t *install, pg_uuid_t *integration);

#endif							/* PROCTORLINK_PROCTORU_WEBHOOK_H */
