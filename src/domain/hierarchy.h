/*
 * domain/hierarchy.h
 *		The organisation's tree: its nodes, and where each of them stands.
 */
#ifndef PROCTORLINK_HIERARCHY_H
#define PROCTORLINK_HIERARCHY_H

#include "core/text.h"
#include "utils/uuid.h"

typedef struct Hierarchy
{
	pg_uuid_t	id;
	pg_uuid_t	parent;			/* of all but the root */
	Text		organisationId; /* null where it has none */
	Text		title;
	bool		isRoot;
	bool		isDefault;
	bool		allowSchedules;
	bool		archived;
} Hierarchy;

/* A node among all others of its install. */
typedef struct HierarchyPlace
{
	Hierarchy	node;
	const struct HierarchyPlace *parent;	/* NULL of the root */
	const char *path;			/* the titles from the root on, as in "Root \
								 * Child" */
} HierarchyPlace;

extern bool HierarchySelectable(const Hierarchy *hierarchy);

/* Finding; the caller is connected to SPI. */
extern bool HierarchyFind(const pg_uuid_t *install, Text organisationIdOrSid, bool readOnly, Hierarchy *hierarchy);
extern bool HierarchyRoot(const pg_uuid_t *install, bool readOnly, Hierarchy *hierarchy);
extern bool HierarchyDefault(const pg_uuid_t *install, bool readOnly, Hierarchy *hierarchy);
extern bool HierarchyOf(const pg_uuid_t *install, const pg_uuid_t *id, bool readOnly, Hierarchy *hierarchy);
extern bool HierarchyHold(const pg_uuid_t *install, const pg_uuid_t *id, Hierarchy *hierarchy);
extern char *HierarchyPath(const pg_uuid_t *install, const pg_uuid_t *id, bool readOnly);
extern int	HierarchyPlaces(const pg_uuid_t *install, bool readOnly, HierarchyPlace **places);

/* Making and changing, likewise. */
extern bool HierarchyInsert(const pg_uuid_t *install, const pg_uuid_t *parent, Hierarchy *hierarchy);
extern pg_uuid_t HierarchyMake(const pg_uuid_t *install, Text organisationId, Text title, const pg_uuid_t *parent);
extern bool HierarchyLock(const pg_uuid_t *install, Text organisationId, Hierarchy *hierarchy);
extern bool HierarchyKeep(const pg_uuid_t *install, Text organisationId, Hierarchy *hierarchy);
extern bool HierarchyLockRoot(const pg_uuid_t *install, pg_uuid_t *root);

#endif							/* PROCTORLINK_HIERARCHY_H */
