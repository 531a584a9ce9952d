/*
 * domain/schedule_find.c
 *		Schedules, and the hierarchies that they are put into, as doors name them.
 */
#include "domain/schedule.h"

#include "catalog/pg_type.h"
#include "core/statement.h"
#include "domain/exam_session.h"
#include "domain/hierarchy.h"
#include "utils/timestamp.h"

#define SELECT_SCHEDULE \
	"SELECT s.schedule_id, s.exam_id, s.owner_id, s.hierarchy_id, s.external_id, s.title, s.starts_at, s.ends_at," \
	" s.duration_minutes, s.extra_time_minutes, s.pin, s.proctorio, s.safe_exam_browser, s.keycode," \
	" coalesce((SELECT i.provider" EQ "'proctoru' FROM proctorlink.integration i" \
	" WHERE i.install_id" EQ "$1 AND i.integration_id" EQ "s.integration_id), false)," \
	" s.workflow" EQ "'EXTERNAL_ATTEMPTS', s.activated_at IS NOT NULL," \
	" s.ends_at OPERATOR(pg_catalog.<=) pg_catalog.now(), s.starts_at OPERATOR(pg_catalog.<=) pg_catalog.now()," \
	" (SELECT true FROM proctorlink.exam_session e WHERE e.install_id" EQ "$1 AND e.schedule_id" EQ "s.schedule_id" \
	" AND NOT e.status" EQ_ANY SESSION_NOT_BEGUN " AND e.status" NE "'Cancelled' LIMIT 1) IS NOT NULL" \
	" FROM proctorlink.schedule s WHERE s.install_id" EQ "$1 AND s.external_id" EQ "$2"

STATEMENT(scheduleByExternalId,
		  SELECT_SCHEDULE,
		  UUIDOID, TEXTOID);
STATEMENT(lockSchedule,
		  "SELECT FROM proctorlink.schedule s WHERE s.install_id" EQ "$1 AND s.external_id" EQ "$2 FOR NO KEY UPDATE",
		  UUIDOID, TEXTOID);
/*
 * ScheduleFind finds a schedule by its external id, and locks it for whoever is
 * about to change it. The caller is connected to SPI.
 */
bool
ScheduleFind(const pg_uuid_t *install, Text externalId, bool readOnly, bool lock, Schedule *schedule)
{
	Datum		values[2] = {UUIDPGetDatum(install), TextDatum(externalId)};
	bool		isnull;

	memset(schedule, 0, sizeof(Schedule));

	/*
	 * Read by a second statement, which sees what others did before they let
	 * go.
	 */
	if (lock && StatementRun(&lockSchedule, values, NULL, false) == 0)
		return false;
	if (StatementRun(&scheduleByExternalId, values, NULL, readOnly) == 0)
		return false;
	schedule->id = RowUuid(0, 1);
	schedule->examId = RowUuid(0, 2);
	schedule->ownerId = RowUuid(0, 3);
	schedule->hierarchyId = RowUuid(0, 4);
	schedule->externalId = RowText(0, 5);
	schedule->title = RowText(0, 6);
	schedule->window.starts = DatumGetTimestampTz(RowDatum(0, 7, &isnull));
	schedule->window.ends = DatumGetTimestampTz(RowDatum(0, 8, &isnull));
	schedule->window.duration = RowIntField(0, 9);
	schedule->window.extraTime = RowInt(0, 10);
	schedule->security = SecurityRow(11);
	schedule->throughProctoru = RowBool(0, 15);
	schedule->externalAttempts = RowBool(0, 16);
	schedule->activated = RowBool(0, 17);
	schedule->over = RowBool(0, 18);
	schedule->open = RowBool(0, 19);
	schedule->begun = RowBool(0, 20);
	return true;
}

/* Facts tells of a hierarchy what the rule of a schedule looks at. */
static ScheduleHierarchy
Facts		(bool exists, const Hierarchy *found, Text named, pg_uuid_t *id)
{
	ScheduleHierarchy hierarchy = {.named = named};

	if (!exists)
		return hierarchy;
	*id = found->id;
	hierarchy.exists = true;
	hierarchy.named = found->organisationId;
	hierarchy.hasOrganisationId = found->organisationId.presence == GIVEN;
	hierarchy.isRoot = found->isRoot;
	hierarchy.isDefault = found->isDefault;
	hierarchy.allowsSchedules = found->allowSchedules;
	hierarchy.archived = found->archived;
	return hierarchy;
}

/*
 * ScheduleHierarchyFind finds a hierarchy by its Organisation ID, else by its sid,
 * or the default one where none is named. The caller is connected to SPI.
 */
ScheduleHierarchy
ScheduleHierarchyFind(const pg_uuid_t *install, Text named, bool readOnly, pg_uuid_t *id)
{
	Hierarchy	found;
	bool		exists = named.presence == GIVEN ? HierarchyFind(install, named, readOnly, &found) :
	HierarchyDefault(install, readOnly, &found);

	return Facts (exists, &found, named, id);
}

/* ScheduleRootFind finds the root of the hierarchies, where drafts go. The caller is connected to SPI. */
ScheduleHierarchy
ScheduleRootFind(const pg_uuid_t *install, bool readOnly, pg_uuid_t *id)
{
	Hierarchy	found;

	return Facts (HierarchyRoot(install, readOnly, &found), &found, NO_TEXT, id);
}

/* ScheduleHierarchyLock finds the hierarchy of a schedule for a rule, and makes it stand still. */
ScheduleHierarchy
ScheduleHierarchyLock(const pg_uuid_t *install, const pg_uuid_t *id)
{
	Hierarchy	found;
	pg_uuid_t	same;

	return Facts (HierarchyHold(install, id, &found), &found, NO_TEXT, &same);
}
