/*
 * domain/provider_account.h
 *		A person at a provider.
 */
#ifndef PROCTORLINK_PROVIDER_ACCOUNT_H
#define PROCTORLINK_PROVIDER_ACCOUNT_H

#include "core/text.h"
#include "utils/uuid.h"

typedef struct ProviderAccount
{
	Text		userId;
	Text		studentId;		/* null where none is known */
	bool		hasAccount;		/* false before the first booking */
	pg_uuid_t	account;
} ProviderAccount;

/* Finding, by each of the ids at an integration; the caller is connected to SPI. */
extern bool ProviderAccountByUser(const pg_uuid_t *install, const pg_uuid_t *integration, Text userId, bool readOnly,
								  ProviderAccount *found);
extern bool ProviderAccountByStudent(const pg_uuid_t *install, const pg_uuid_t *integration, Text studentId,
									 bool readOnly, ProviderAccount *found);
extern bool ProviderAccountOf(const pg_uuid_t *install, const pg_uuid_t *integration, const pg_uuid_t *account,
							  bool readOnly, ProviderAccount *found);

/* Writing, likewise. */
extern void ProviderAccountAdd(const pg_uuid_t *install, const pg_uuid_t *integration, Text userId, Text studentId,
							   const pg_uuid_t *account);
extern bool ProviderAccountPut(const pg_uuid_t *install, const pg_uuid_t *integration, Text userId, Text studentId,
							   const pg_uuid_t *account);

#endif							/* PROCTORLINK_PROVIDER_ACCOUNT_H */
