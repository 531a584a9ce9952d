/*
 * domain/schedule_hold.c
 *		The rows that a schedule leans on, held for its rules about them.
 *
 * Each is locked and read as it is then, and stays so until the transaction ends.
 * An account is locked before a hierarchy, and that before an exam, as where
 * people and exams come together.
 */
#include "domain/schedule.h"

#include "core/row_lock.h"
#include "core/sid.h"

/* Hold locks a row that stands still, and reads columns of it; false: there is none. */
static bool
Hold(const char *table, const char *column, const pg_uuid_t *install, Datum key, const char *const *columns, int count,
	 Datum *values, bool *nulls)
{
	LockedRow	row = {count, columns, values, nulls};

	return RowLockRead(table, column, install, key, LockTupleShare, &row);
}

/* ScheduleHoldOwner asks the rule of the owner, who is locked before the role, so that it is the one of then. */
void
ScheduleHoldOwner(const pg_uuid_t *install, const pg_uuid_t *account, Findings *findings)
{
	static const char *const ofAccount[] = {"username", "status", "role"};
	static const char *const ofRole[] = {"may_schedule"};
	ScheduleOwner owner = {.named = TextOf(SidOf("US", account))};
	Datum		values[lengthof(ofAccount)];
	bool		nulls[lengthof(ofAccount)];

	if (Hold("account", "account_id", install, UUIDPGetDatum(account), ofAccount, lengthof(ofAccount), values, nulls))
	{
		Datum		may;
		bool		isnull;

		owner.exists = Hold("role", "title", install, values[2], ofRole, lengthof(ofRole), &may, &isnull);
		if (owner.exists)
		{
			owner.named = TextOfDatum(values[0], nulls[0]);
			owner.active = TextIs(TextOfDatum(values[1], nulls[1]), "active");
			owner.maySchedule = DatumGetBool(may);
		}
	}
	ScheduleCheckOwner(&owner, findings);
}

/* ScheduleHoldHierarchy asks the rule of the hierarchy. */
void
ScheduleHoldHierarchy(const pg_uuid_t *install, const pg_uuid_t *id, Findings *findings)
{
	ScheduleHierarchy hierarchy = ScheduleHierarchyLock(install, id);

	ScheduleCheckHierarchy(&hierarchy, findings);
}

/* ScheduleHoldExam reads what the rules look at of the exam; false: there is none. */
bool
ScheduleHoldExam(const pg_uuid_t *install, const pg_uuid_t *id, ScheduleExam *exam)
{
	static const char *const columns[] = {"external_id", "title", "published", "duration_minutes",
	"extra_time_minutes", "pin", "proctorio", "safe_exam_browser", "keycode", "accommodation_for"};
	Datum		values[lengthof(columns)];
	bool		nulls[lengthof(columns)];
	BoolField  *const settings[] = {&exam->security.pin, &exam->security.proctorio, &exam->security.safeExamBrowser,
	&exam->security.keycode};

	memset(exam, 0, sizeof(ScheduleExam));
	if (!Hold("exam", "exam_id", install, UUIDPGetDatum(id), columns, lengthof(columns), values, nulls))
		return false;
	exam->externalId = TextOfDatum(values[0], nulls[0]);
	exam->title = TextOfDatum(values[1], nulls[1]);
	exam->published = DatumGetBool(values[2]);
	exam->duration = (IntField)
	{
		nulls[3] ? 0 : DatumGetInt32(values[3]), nulls[3] ? NULLED : GIVEN
	};
	exam->extraTime = nulls[4] ? 0 : DatumGetInt32(values[4]);
	for (int i = 0; i < lengthof(settings); i++)
		*settings[i] = (BoolField)
	{
		!nulls[5 + i] && DatumGetBool(values[5 + i]), nulls[5 + i] ? NULLED : GIVEN
	};
	exam->isAccommodation = !nulls[9];
	if (exam->isAccommodation)
		exam->plain = *DatumGetUUIDP(values[9]);
	return true;
}
