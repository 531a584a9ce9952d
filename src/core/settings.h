/*
 * core/settings.h
 *		Settings of the server, all for superusers to set.
 */
#ifndef PROCTORLINK_SETTINGS_H
#define PROCTORLINK_SETTINGS_H

extern int	MaxItems;			/* items in a call */
extern int	MaxPayloadBytes;	/* bytes of a payload as jsonb */
extern bool NotifyOfEvents;		/* whether listeners are told of events */

/*
 * Items of a call that may take back what others before them did. Each such row
 * is written again, and PostgreSQL reads through all its versions until the
 * transaction ends: 6,000 times the same one took 40 s.
 */
#define MAX_REVERSALS 2000

/* Hours for which an idempotency key is kept at least. */
#define KEY_RETENTION_HOURS 24

/* Seconds that a sign-on link lives: least, most, unless set. */
#define SIGNON_SECONDS_LEAST 60
#define SIGNON_SECONDS_MOST 604800
#define SIGNON_SECONDS_DEFAULT 300

/* Seconds that an access token lives: most, unless set. */
#define ACCESS_SECONDS_MOST 86400
#define ACCESS_SECONDS_DEFAULT 3600

#endif							/* PROCTORLINK_SETTINGS_H */
