/*
 * domain/install_key.h
 *		Keys of an install that sign tokens and never leave the database: one in
 *		use, and those that were.
 */
#ifndef PROCTORLINK_INSTALL_KEY_H
#define PROCTORLINK_INSTALL_KEY_H

#include "core/statement.h"

/* The keys of one use, by the statements on their table. */
typedef struct InstallKeys
{
	const char *use;
	const char *rotated;		/* kind of the event */
	Statement  *insert;			/* install, secret; unless there is one in use */
	Statement  *readCurrent;	/* install */
	Statement  *retire;			/* install: the one in use */
} InstallKeys;

extern const InstallKeys accessKeys;	/* access_key.c */
extern const InstallKeys launchKeys;	/* launch.c */

/* The caller is connected to SPI. */
extern void InstallKeyMake(const InstallKeys *keys, const pg_uuid_t *install);
extern Text InstallKeyCurrent(const InstallKeys *keys, const pg_uuid_t *install);
extern void InstallKeyRotate(const InstallKeys *keys, const pg_uuid_t *install);
extern int	SecretsFound(int count, Text **secrets);

#endif							/* PROCTORLINK_INSTALL_KEY_H */
