/*
 * domain/install.h
 *		A tenant: which one a call acts for, and its settings.
 */
#ifndef PROCTORLINK_INSTALL_H
#define PROCTORLINK_INSTALL_H

#include "core/jsonb_read.h"
#include "utils/uuid.h"

/* What a call wants to know of its install. */
typedef struct Install
{
	pg_uuid_t	id;
	Text		platformUrl;	/* null: none */
	Text		defaultRole;
	Text		defaultScheduler;	/* username or sid; absent: none */
	Text		defaultOwner;	/* of exams, likewise */
	Text		candidateIdSource;	/* absent: user_id */
	Text		timeZone;		/* absent: UTC */
	int			deliverySystemCount;	/* 0: any will do */
	Text	   *deliverySystems;
} Install;

/* The role of new accounts unless the install says otherwise. */
#define DEFAULT_ROLE "candidate"

/* Which of a person's ids at ProctorU is candidate_ext_id; settings of installs and integrations. */
extern const Words idSourceWords;

/* acting.c */
extern void InstallForCall(Text named, Install *install);
extern pg_uuid_t InstallNamed(Datum sid);
extern void InstallAdd(const pg_uuid_t *install);
extern bool CurrentInstall(pg_uuid_t *install);
extern bool MayChooseInstall(const pg_uuid_t *install);
extern void ChooseInstall(const pg_uuid_t *install, const pg_uuid_t *integration);
extern Jsonb *WhoIsCalling(void);

/* install.c */
extern void InstallReadSettings(Install *install, Datum settings);
extern pg_uuid_t InstallArgument(Datum sid);

#endif							/* PROCTORLINK_INSTALL_H */
