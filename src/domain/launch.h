/*
 * domain/launch.h
 *		Launch links: where a person begins, or comes back to, a sitting.
 */
#ifndef PROCTORLINK_LAUNCH_H
#define PROCTORLINK_LAUNCH_H

#include "domain/install.h"
#include "utils/uuid.h"

/* What the tokens of launch links say that they are (typ). */
#define LAUNCH_TYPE "proctorlink-launch+jwt"

/* The claim that names the session's link_version. */
#define LAUNCH_VERSION "link_version"

/* The path of a link, up to its token. */
#define LAUNCH_PATH "/delivery/external-login?session="

typedef struct LaunchLinks LaunchLinks;

/*
 * Links of one install: LaunchStart reads its key, LaunchMint makes a link,
 * LaunchEnd is done. The caller is connected to SPI when it starts.
 */
extern LaunchLinks *LaunchStart(const Install *install);
extern void LaunchMint(LaunchLinks *links, const pg_uuid_t *session, int linkVersion,
					   Text *startupLink, Text *launchUrl);
extern void LaunchEnd(LaunchLinks *links);

/* The keys that may have signed a link of an install. */
extern int	LaunchKeysRead(const pg_uuid_t *install, Text **keys);

#endif							/* PROCTORLINK_LAUNCH_H */
