/*
 * care/privacy_export.c
 *		All that is stored about a person, table by table.
 *
 * Each statement's columns are the members of what is told. Others who stand in
 * the same rows are left out: who else shares an account, who made a change, and
 * what a refused call was told, which may name somebody else.
 */
#include "core/compat.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "core/jsonb_write.h"
#include "core/sid.h"
#include "core/statement.h"
#include "domain/account_find.h"
#include "domain/install.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(proctorlink_export_candidate);

#define SID_OF(kind, column) "proctorlink.sid('" kind "', " column ")"

#define OF_PERSON(a) " WHERE " a ".install_id" EQ "$1 AND " a ".account_id" EQ "$2"
#define JOIN_ON(table, a, b, column) \
	" JOIN proctorlink." table " " a " ON " a ".install_id" EQ "$1 AND " a "." column EQ b "." column
#define LEFT_JOIN_ON(table, a, b, column) " LEFT" JOIN_ON(table, a, b, column)

STATEMENT(readAccount,
		  "SELECT " SID_OF("account", "a.account_id") " AS sid, a.candidate_ext_id, a.candidate_ext_id_defaulted,"
		  " a.username, a.api_id, a.lms_id, a.first_name, a.last_name, a.email, a.role,"
		  " h.organisation_id AS hierarchy_organisation_id, h.title AS hierarchy_title, a.time_zone, a.currency_code,"
		  " a.special_needs, a.reasonable_adjustment_percentage, a.status, a.created_at, a.updated_at"
		  " FROM proctorlink.account a" LEFT_JOIN_ON("hierarchy", "h", "a", "hierarchy_id") OF_PERSON("a"),
		  UUIDOID, UUIDOID);
STATEMENT(readProviderAccounts,
		  "SELECT " SID_OF("integration", "p.integration_id") " AS integration_sid, i.provider, p.user_id, p.student_id,"
		  " p.created_at, p.updated_at FROM proctorlink.provider_account p"
		  JOIN_ON("integration", "i", "p", "integration_id") OF_PERSON("p") " ORDER BY p.integration_id, p.user_id",
		  UUIDOID, UUIDOID);
STATEMENT(readEnrollments,
		  "SELECT " SID_OF("enrollment", "n.enrollment_id") " AS sid, c.external_id AS course_external_id,"
		  " c.title AS course_title, c.code AS course_code, n.role, n.status, n.status_reason, n.created_at, n.updated_at"
		  " FROM proctorlink.enrollment n" JOIN_ON("course", "c", "n", "course_id") OF_PERSON("n")
		  " ORDER BY n.enrollment_id",
		  UUIDOID, UUIDOID);
STATEMENT(readSessions,
		  "SELECT " SID_OF("exam_session", "s.exam_session_id") " AS sid, x.external_id AS exam_external_id,"
		  " x.title AS exam_title, c.external_id AS schedule_external_id, c.title AS schedule_title,"
		  " c.starts_at AS schedule_starts_at, c.ends_at AS schedule_ends_at, s.attempt, s.attempt_ext_id, s.status,"
		  " s.status_reason, s.appointment_at, i.provider, s.reservation_id, s.reservation_no,"
		  " (SELECT pg_catalog.jsonb_agg(f.reservation_no ORDER BY f.created_at, f.reservation_no)"
		  " FROM proctorlink.former_reservation f WHERE f.install_id" EQ "$1"
		  " AND f.exam_session_id" EQ "s.exam_session_id) AS former_reservation_nos,"
		  " s.started_at, s.ended_at, s.score, s.max_score, s.passed_status, s.published_at, s.created_at, s.updated_at"
		  " FROM proctorlink.exam_session s" JOIN_ON("exam", "x", "s", "exam_id")
		  LEFT_JOIN_ON("schedule", "c", "s", "schedule_id") LEFT_JOIN_ON("integration", "i", "s", "integration_id")
		  OF_PERSON("s") " ORDER BY s.exam_session_id",
		  UUIDOID, UUIDOID);
STATEMENT(readWebhooks,
		  "SELECT " SID_OF("exam_session", "w.exam_session_id") " AS session_sid, i.provider, w.received_at, w.event_type,"
		  " w.status, w.result FROM proctorlink.exam_session s" JOIN_ON("webhook", "w", "s", "exam_session_id")
		  JOIN_ON("integration", "i", "w", "integration_id") OF_PERSON("s") " ORDER BY w.received_at, w.webhook_id",
		  UUIDOID, UUIDOID);
STATEMENT(readSchedules,
		  "SELECT c.external_id, c.title, c.starts_at, c.ends_at FROM proctorlink.schedule c"
		  " WHERE c.install_id" EQ "$1 AND c.owner_id" EQ "$2 ORDER BY c.starts_at, c.external_id",
		  UUIDOID, UUIDOID);
STATEMENT(readExams,
		  "SELECT x.external_id, x.title FROM proctorlink.exam x"
		  " WHERE x.install_id" EQ "$1 AND x.owner_id" EQ "$2 ORDER BY x.exam_id",
		  UUIDOID, UUIDOID);
STATEMENT(readAccess,
		  "SELECT h.organisation_id, h.title, g.coordinator, g.administrator, g.view_reports, g.rescoring,"
		  " g.created_at, g.updated_at FROM proctorlink.hierarchy_access g"
		  JOIN_ON("hierarchy", "h", "g", "hierarchy_id") OF_PERSON("g") " ORDER BY g.hierarchy_id",
		  UUIDOID, UUIDOID);
STATEMENT(readShares,
		  "SELECT CASE WHEN h.account_id" EQ "$2 THEN 'this account with another' ELSE 'another account with this one' END"
		  " AS shared, h.created_at FROM proctorlink.account_share h"
		  " WHERE h.install_id" EQ "$1 AND (h.account_id" EQ "$2 OR h.with_account_id" EQ "$2)"
		  " ORDER BY h.created_at, 1",
		  UUIDOID, UUIDOID);
STATEMENT(readAccommodations,
		  "SELECT x.external_id AS exam_external_id, x.title AS exam_title, e.created_at FROM proctorlink.account a"
		  JOIN_ON("accommodation", "e", "a", "candidate_ext_id") JOIN_ON("exam", "x", "e", "exam_id") OF_PERSON("a")
		  " ORDER BY e.exam_id",
		  UUIDOID, UUIDOID);

/* Of the person, of their sessions and enrollments, and of their access to hierarchies. */
STATEMENT(readEvents,
		  "SELECT e.at, e.kind, e.subject_sid, e.changes FROM (SELECT " SID_OF("account", "$2") " AS sid"
		  " UNION ALL SELECT " SID_OF("exam_session", "s.exam_session_id") " FROM proctorlink.exam_session s" OF_PERSON("s")
		  " UNION ALL SELECT " SID_OF("enrollment", "n.enrollment_id") " FROM proctorlink.enrollment n" OF_PERSON("n") ") k"
		  " CROSS JOIN LATERAL (SELECT t.event_id, t.at, t.kind, t.subject_sid, t.changes FROM proctorlink.event t"
		  " WHERE t.install_id" EQ "$1 AND t.subject_sid" EQ "k.sid" END_FOR_EACH("e")
		  " ORDER BY e.at, e.event_id",
		  UUIDOID, UUIDOID);
STATEMENT(readRefusals,
		  "SELECT e.at, e.changes OPERATOR(pg_catalog.->>) 'door' AS door,"
		  " e.changes OPERATOR(pg_catalog.->>) 'function' AS function,"
		  " e.changes OPERATOR(pg_catalog.->>) 'assessment' AS assessment_ext_id,"
		  " e.changes OPERATOR(pg_catalog.->>) 'schedule' AS schedule_ext_id,"
		  " r.refusal OPERATOR(pg_catalog.->>) 'candidate' AS candidate_ext_id,"
		  " r.refusal OPERATOR(pg_catalog.->>) 'rule' AS rule FROM proctorlink.event e"
		  " CROSS JOIN LATERAL pg_catalog.jsonb_array_elements(e.changes OPERATOR(pg_catalog.->) 'refusals')"
		  " WITH ORDINALITY AS r (refusal, place)"
		  " WHERE e.install_id" EQ "$1 AND e.kind" EQ "'refused' AND (SELECT true FROM"
		  " (SELECT a.candidate_ext_id AS id FROM proctorlink.account a" OF_PERSON("a")
		  " UNION ALL SELECT p.user_id FROM proctorlink.provider_account p" OF_PERSON("p")
		  " UNION ALL SELECT p.student_id FROM proctorlink.provider_account p" OF_PERSON("p") ") k"
		  " WHERE k.id" EQ "(r.refusal OPERATOR(pg_catalog.->>) 'candidate') LIMIT 1)"
		  " ORDER BY e.at, e.event_id, r.place",
		  UUIDOID, UUIDOID);

/* What is told besides the account, in lists. */
static const struct
{
	const char *name;
	Statement  *statement;
}			sections[] = {
	{"provider_accounts", &readProviderAccounts},
	{"enrollments", &readEnrollments},
	{"sessions", &readSessions},
	{"webhooks", &readWebhooks},
	{"schedules_owned", &readSchedules},
	{"exams_owned", &readExams},
	{"hierarchy_access", &readAccess},
	{"shares", &readShares},
	{"accommodations", &readAccommodations},
	{"events", &readEvents},
	{"refusals", &readRefusals},
};

/* AddColumn adds a column of a row as a member of the same name. */
static void
AddColumn(JsonObject *object, uint64 row, int column)
{
	TupleDesc	desc = SPI_tuptable->tupdesc;
	char	   *name = SPI_fname(desc, column);
	bool		isnull;
	Datum		value = RowDatum(row, column, &isnull);

	if (isnull)
	{
		JsonAddNull(object, name);
		return;
	}
	switch (SPI_gettypeid(desc, column))
	{
		case TEXTOID:
			JsonAddText(object, name, RowText(row, column));
			break;
		case BOOLOID:
			JsonAddBool(object, name, DatumGetBool(value));
			break;
		case INT4OID:
			JsonAddInt(object, name, DatumGetInt32(value));
			break;
		case INT8OID:
			JsonAddInt(object, name, DatumGetInt64(value));
			break;
		case NUMERICOID:
			JsonAddNumeric(object, name, RowNumeric(row, column));
			break;
		case TIMESTAMPTZOID:
			JsonAddTime(object, name, RowTime(row, column));
			break;
		case JSONBOID:
			{
				Jsonb	   *jsonb = DatumGetJsonbPCopy(value);

				JsonAddContainer(object, name, (const char *) &jsonb->root, VARSIZE(jsonb) - VARHDRSZ);
				break;
			}
		default:
			elog(ERROR, "a column of an unexpected type");
	}
}

/* ReadRow makes an object of a row. */
static void
ReadRow(JsonObject *object, uint64 row)
{
	JsonObjectInit(object);
	for (int c = 1; c <= SPI_tuptable->tupdesc->natts; c++)
		AddColumn(object, row, c);
}

/* proctorlink.export_candidate(candidate) */
Datum
proctorlink_export_candidate(PG_FUNCTION_ARGS)
{
	Install		install;
	pg_uuid_t	account;
	Datum		values[2] = {UUIDPGetDatum(&install.id), UUIDPGetDatum(&account)};
	TimeField	now = {GetCurrentTransactionStartTimestamp(), GIVEN};
	JsonArray	lists[lengthof(sections)];
	JsonObject	person;
	JsonObject	answer;

	REQUIRE_ARGUMENTS("candidate");
	SpiStart();
	InstallForCall(NO_TEXT, &install);
	account = AccountArgument(&install.id, PG_GETARG_DATUM(0), "candidate");
	if (StatementRun(&readAccount, values, NULL, true) == 0)
		RaiseProblem(CODE_NOT_FOUND, NULL, "candidate: the account is gone");
	ReadRow(&person, 0);

	JsonObjectInit(&answer);
	JsonAddTime(&answer, "exported_at", now);
	JsonAddObject(&answer, "account", &person);
	for (int i = 0; i < lengthof(sections); i++)
	{
		uint64		count = StatementRun(sections[i].statement, values, NULL, true);

		JsonArrayInit(&lists[i]);
		for (uint64 row = 0; row < count; row++)
		{
			JsonObject	object;

			CHECK_FOR_INTERRUPTS();
			ReadRow(&object, row);
			JsonPushObject(&lists[i], &object);
		}
		JsonAddArray(&answer, sections[i].name, &lists[i]);
	}
	SPI_finish();
	PG_RETURN_JSONB_P(JsonObjectJsonb(&answer));
}
