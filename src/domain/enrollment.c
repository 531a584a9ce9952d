/*
 * domain/enrollment.c
 *		A person in a course: what its columns may be.
 */
#include "core/row_check.h"

PG_FUNCTION_INFO_V1(proctorlink_enrollment_is_well_formed);

/* proctorlink.enrollment_is_well_formed(...): the columns in the order of its arguments. */
Datum
proctorlink_enrollment_is_well_formed(PG_FUNCTION_ARGS)
{
	static const char *const roles[] = {"learner", "instructor", "administrator"};
	static const char *const statuses[] = {"active", "removed"};
	static const char table[] = "enrollment";

	CheckWordColumn(fcinfo, 0, roles, lengthof(roles), table, "enrollment_role_known");
	CheckWordColumn(fcinfo, 1, statuses, lengthof(statuses), table, "enrollment_status_known");
	CheckTextColumn(fcinfo, 2, MAX_NAME_LENGTH, table, "enrollment_status_reason_length");
	PG_RETURN_BOOL(true);
}
