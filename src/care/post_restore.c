/*
 * care/post_restore.c
 *		Whether all keys and rules hold, after a restore that did not ask for them.
 *
 * A parallel restore loads tables in any order, with the keys there before the
 * data; so it runs with session_replication_role = replica, under which neither
 * foreign keys nor triggers are asked. CHECK constraints and unique keys are
 * asked always, so it is enough to see that none is switched off. Of the rules
 * that triggers keep, those are counted that hold at any time, whoever changes
 * which side. What a rule asks only when a row is written (who owns a schedule,
 * how many attempts are left) may be otherwise by now and is no sign of damage.
 */
#include "core/compat.h"

#include "core/statement.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(proctorlink_post_restore);

typedef struct Check
{
	const char *name;
	Statement	statement;		/* answers the number of rows that break it */
} Check;

#define COUNT(name, sql) {name, {.text = "SELECT pg_catalog.count(*) FROM " sql}}

/* Rows of a table whose parent is missing. */
#define ORPHANS(name, child, condition, parent, keys) \
	COUNT(name, "proctorlink." child " c WHERE " condition \
		  "NOT EXISTS (SELECT FROM proctorlink." parent " p WHERE p.install_id" EQ "c.install_id" keys ")")
#define TO_INSTALL(name, child) ORPHANS(name, child, "", "install", "")
#define KEY(name, child, column, parent, key) \
	ORPHANS(name, child, "c." column " IS NOT NULL AND ", parent, " AND p." key EQ "c." column)
#define KEY_OF_TWO(name, child, column1, column2, parent, key1, key2) \
	ORPHANS(name, child, "c." column1 " IS NOT NULL AND c." column2 " IS NOT NULL AND ", parent, \
			" AND p." key1 EQ "c." column1 " AND p." key2 EQ "c." column2)

/* Schedules through ProctorU that are ahead and break a rule about their exam. */
#define THROUGH_PROCTORU(name, condition) \
	COUNT(name, "proctorlink.schedule s" \
		  " JOIN proctorlink.integration i ON i.install_id" EQ "s.install_id AND i.integration_id" EQ "s.integration_id" \
		  " JOIN proctorlink.exam x ON x.install_id" EQ "s.install_id AND x.exam_id" EQ "s.exam_id" \
		  " WHERE i.provider" EQ "'proctoru' AND s.ends_at" GT "pg_catalog.now() AND (" condition ")")

/* Installs that have nodes, but none of a kind. */
#define WITHOUT_NODE(name, kind) \
	COUNT(name, "proctorlink.install i WHERE EXISTS (SELECT FROM proctorlink.hierarchy h WHERE h.install_id" EQ \
		  "i.install_id) AND NOT EXISTS (SELECT FROM proctorlink.hierarchy h WHERE h.install_id" EQ \
		  "i.install_id AND h." kind ")")

/* What the catalog has on our tables. */
#define OF_OURS(catalog, column, condition) \
	catalog " JOIN pg_catalog.pg_class c ON c.oid" EQ column \
	" JOIN pg_catalog.pg_namespace n ON n.oid" EQ "c.relnamespace WHERE n.nspname" EQ "'proctorlink' AND " condition

/* In the order of the answer. */
static Check checks[] = {
	/* what the server asks itself, unless it was told not to */
	COUNT("constraints_validated", OF_OURS("pg_catalog.pg_constraint t", "t.conrelid", "NOT t.convalidated")),
	COUNT("indexes_valid", OF_OURS("pg_catalog.pg_index t", "t.indrelid", "NOT (t.indisvalid AND t.indisready)")),
	COUNT("triggers_enabled", OF_OURS("pg_catalog.pg_trigger t", "t.tgrelid", "t.tgenabled" EQ_ANY "('{D,R}'::pg_catalog.\"char\"[])")),

	/* foreign keys, by their names */
	TO_INSTALL("access_key_install_fkey", "access_key"),
	KEY("accommodation_exam_fkey", "accommodation", "exam_id", "exam", "exam_id"),
	KEY("account_hierarchy_fkey", "account", "hierarchy_id", "hierarchy", "hierarchy_id"),
	KEY("account_role_fkey", "account", "role", "role", "title"),
	KEY("account_share_account_fkey", "account_share", "account_id", "account", "account_id"),
	KEY("account_share_with_account_fkey", "account_share", "with_account_id", "account", "account_id"),
	KEY("api_token_hash_token_fkey", "api_token_hash", "api_token_id", "api_token", "api_token_id"),
	TO_INSTALL("api_token_install_fkey", "api_token"),
	KEY("api_token_integration_fkey", "api_token", "integration_id", "integration", "integration_id"),
	TO_INSTALL("batch_install_fkey", "batch"),
	TO_INSTALL("course_install_fkey", "course"),
	KEY("enrollment_account_fkey", "enrollment", "account_id", "account", "account_id"),
	KEY("enrollment_course_fkey", "enrollment", "course_id", "course", "course_id"),
	TO_INSTALL("erased_id_install_fkey", "erased_id"),
	TO_INSTALL("erasure_key_install_fkey", "erasure_key"),
	TO_INSTALL("event_install_fkey", "event"),
	KEY("exam_accommodation_for_fkey", "exam", "accommodation_for", "exam", "exam_id"),
	KEY("exam_configuration_exam_fkey", "exam_configuration", "exam_id", "exam", "exam_id"),
	KEY("exam_course_fkey", "exam", "course_id", "course", "course_id"),
	TO_INSTALL("exam_install_fkey", "exam"),
	KEY("exam_owner_fkey", "exam", "owner_id", "account", "account_id"),
	KEY("exam_secret_configuration_fkey", "exam_secret", "exam_configuration_id", "exam_configuration", "exam_configuration_id"),
	KEY("exam_session_account_fkey", "exam_session", "account_id", "account", "account_id"),
	KEY("exam_session_configuration_fkey", "exam_session", "exam_configuration_id", "exam_configuration", "exam_configuration_id"),
	KEY("exam_session_enrollment_fkey", "exam_session", "enrollment_id", "enrollment", "enrollment_id"),
	KEY("exam_session_exam_fkey", "exam_session", "exam_id", "exam", "exam_id"),
	KEY("exam_session_integration_fkey", "exam_session", "integration_id", "integration", "integration_id"),
	KEY_OF_TWO("exam_session_schedule_fkey", "exam_session", "schedule_id", "exam_id", "schedule", "schedule_id", "exam_id"),
	KEY("former_reservation_session_fkey", "former_reservation", "exam_session_id", "exam_session", "exam_session_id"),
	KEY("hierarchy_access_account_fkey", "hierarchy_access", "account_id", "account", "account_id"),
	KEY("hierarchy_access_hierarchy_fkey", "hierarchy_access", "hierarchy_id", "hierarchy", "hierarchy_id"),
	TO_INSTALL("hierarchy_install_fkey", "hierarchy"),
	KEY("hierarchy_parent_fkey", "hierarchy", "parent_id", "hierarchy", "hierarchy_id"),
	TO_INSTALL("integration_install_fkey", "integration"),
	TO_INSTALL("launch_key_install_fkey", "launch_key"),
	KEY("provider_account_account_fkey", "provider_account", "account_id", "account", "account_id"),
	KEY("provider_account_integration_fkey", "provider_account", "integration_id", "integration", "integration_id"),
	TO_INSTALL("role_binding_install_fkey", "role_binding"),
	TO_INSTALL("role_install_fkey", "role"),
	KEY("schedule_exam_fkey", "schedule", "exam_id", "exam", "exam_id"),
	KEY("schedule_hierarchy_fkey", "schedule", "hierarchy_id", "hierarchy", "hierarchy_id"),
	KEY("schedule_integration_fkey", "schedule", "integration_id", "integration", "integration_id"),
	KEY("schedule_owner_fkey", "schedule", "owner_id", "account", "account_id"),
	KEY("signing_key_integration_fkey", "signing_key", "integration_id", "integration", "integration_id"),
	TO_INSTALL("signon_use_install_fkey", "signon_use"),
	KEY("webhook_body_webhook_fkey", "webhook_body", "webhook_id", "webhook", "webhook_id"),
	KEY("webhook_integration_fkey", "webhook", "integration_id", "integration", "integration_id"),
	TO_INSTALL("webhook_rule_install_fkey", "webhook_rule"),
	KEY("webhook_rule_integration_fkey", "webhook_rule", "integration_id", "integration", "integration_id"),
	KEY("webhook_secret_integration_fkey", "webhook_secret", "integration_id", "integration", "integration_id"),
	KEY("webhook_session_fkey", "webhook", "exam_session_id", "exam_session", "exam_session_id"),

	/* rules that triggers keep, by their names */
	COUNT("hierarchy_is_a_tree", "proctorlink.hierarchy h LEFT JOIN"
		  " (WITH RECURSIVE below AS (SELECT r.install_id, r.hierarchy_id FROM proctorlink.hierarchy r WHERE r.is_root"
		  " UNION SELECT d.install_id, d.hierarchy_id FROM below b JOIN proctorlink.hierarchy d"
		  " ON d.install_id" EQ "b.install_id AND d.parent_id" EQ "b.hierarchy_id)"
		  " SELECT b.install_id, b.hierarchy_id FROM below b) t"
		  " ON t.install_id" EQ "h.install_id AND t.hierarchy_id" EQ "h.hierarchy_id WHERE t.hierarchy_id IS NULL"),
	WITHOUT_NODE("one_default_hierarchy", "is_default"),
	WITHOUT_NODE("one_root_hierarchy", "is_root"),
	THROUGH_PROCTORU("proctoru_exam_has_external_id",
					 "x.external_id IS NULL OR pg_catalog.char_length(x.external_id)" GT "64"
					 " OR pg_catalog.strpos(x.external_id, ' ')" GT "0"),
	THROUGH_PROCTORU("proctoru_exam_is_published", "NOT x.published"),
	THROUGH_PROCTORU("proctoru_exam_without_other_security",
					 "coalesce(s.pin, x.pin) OR coalesce(s.proctorio, x.proctorio)"
					 " OR coalesce(s.safe_exam_browser, x.safe_exam_browser) OR coalesce(s.keycode, x.keycode)"),
	COUNT("exam_lasts_as_its_configuration", "proctorlink.exam x JOIN proctorlink.exam_configuration c"
		  " ON c.install_id" EQ "x.install_id AND c.exam_id" EQ "x.exam_id AND c.type" EQ "'primary'"
		  " WHERE (x.duration_minutes" EQ "c.duration_minutes) IS NOT TRUE"),
	COUNT("learner_has_a_session", "proctorlink.exam x JOIN proctorlink.enrollment e"
		  " ON e.install_id" EQ "x.install_id AND e.course_id" EQ "x.course_id"
		  " WHERE NOT x.limited_scope AND e.role" EQ "'learner' AND e.status" EQ "'active'"
		  " AND NOT EXISTS (SELECT FROM proctorlink.exam_session s WHERE s.install_id" EQ "x.install_id"
		  " AND s.exam_id" EQ "x.exam_id AND s.account_id" EQ "e.account_id)"),

	/* an event whose place is still to come would be told late, or never */
	COUNT("event_has_come", "proctorlink.event e WHERE e.place" GE
		  "pg_catalog.xid8send(pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot()))"
		  " AND coalesce(pg_catalog.substr(e.place, 1, 8)" NE
		  "pg_catalog.xid8send(pg_catalog.pg_current_xact_id_if_assigned()), true)"),
};

/* proctorlink.post_restore() */
Datum
proctorlink_post_restore(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	SpiStart();
	for (int i = 0; i < lengthof(checks); i++)
	{
		Datum		row[2] = {CStringGetTextDatum(checks[i].name)};
		bool		nulls[2] = {false};

		CHECK_FOR_INTERRUPTS();
		StatementRunAsOwner(&checks[i].statement, NULL, NULL, true);
		row[1] = RowDatum(0, 1, &nulls[1]);
		tuplestore_putvalues(result->setResult, result->setDesc, row, nulls);
		SPI_freetuptable(SPI_tuptable);
	}
	SPI_finish();
	return (Datum) 0;
}
