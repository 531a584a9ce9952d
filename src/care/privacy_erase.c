/*
 * care/privacy_erase.c
 *		Erasing a person.
 *
 * The account is locked first, as strongly as its deletion would be: who books or
 * enrolls the person at the same moment either has it done, and it is cleared with
 * the rest, or waits and finds nobody. All is read and written with the newest
 * snapshot, also where the transaction keeps an older one, and as the tables'
 * owner: nobody else may touch events and the ids of erased people.
 */
#include "care/privacy.h"

#include "access/xact.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "core/columns.h"
#include "core/jsonb_write.h"
#include "core/sid.h"
#include "core/statement.h"
#include "domain/account_find.h"
#include "domain/erased.h"
#include "domain/event.h"
#include "domain/exam_session.h"
#include "domain/install.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/formatting.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(proctorlink_erase_candidate);

#define MAX_REASON_LENGTH 200

STATEMENT(lockPerson,
		  "SELECT a.status, a.candidate_ext_id, a.candidate_ext_id_defaulted, a.username, a.api_id, a.lms_id,"
		  " a.first_name, a.last_name, a.email FROM proctorlink.account a"
		  " WHERE a.install_id" EQ "$1 AND a.account_id" EQ "$2 FOR UPDATE",
		  UUIDOID, UUIDOID);
STATEMENT(readElsewhere,
		  "SELECT i.provider, p.user_id, p.student_id FROM proctorlink.provider_account p"
		  " JOIN proctorlink.integration i ON i.install_id" EQ "$1 AND i.integration_id" EQ "p.integration_id"
		  " WHERE p.install_id" EQ "$1 AND p.account_id" EQ "$2 ORDER BY i.integration_id, p.user_id",
		  UUIDOID, UUIDOID);
STATEMENT(ownsAhead,
		  "SELECT pg_catalog.count(*)::pg_catalog.int4, pg_catalog.min(s.external_id) FROM proctorlink.schedule s"
		  " WHERE s.install_id" EQ "$1 AND s.owner_id" EQ "$2 AND s.ends_at" GT "pg_catalog.now()",
		  UUIDOID, UUIDOID);

/*
 * Sessions are locked by a statement of its own, so that the one that cancels
 * them sees what others had done to them before they let go; and as strongly as
 * for deletion, so that what is being kept about them at this moment is there.
 */
STATEMENT(lockSessions,
		  "SELECT FROM proctorlink.exam_session s WHERE s.install_id" EQ "$1 AND s.account_id" EQ "$2"
		  " ORDER BY s.exam_session_id FOR UPDATE",
		  UUIDOID, UUIDOID);
/*
 * In one statement, since what is written a second time is checked by foreign
 * keys that see only what the transaction saw at its beginning. Ids of attempts
 * and reservations lead back to the person where they came from, and a reason
 * that is none of ours is free text.
 */
STATEMENT(clearSessions,
		  "UPDATE proctorlink.exam_session s SET"
		  " status = CASE WHEN s.status" EQ_ANY SESSION_NOT_BEGUN " THEN 'Cancelled' ELSE s.status END,"
		  " status_reason = CASE WHEN s.status" EQ_ANY SESSION_NOT_BEGUN " THEN 'erased'"
		  " WHEN s.status_reason" EQ_ANY
		  "('{removed-by-limited-scope,unenrolled,expired," REASON_OFF_SCHEDULE "}'::pg_catalog.text[])"
		  " THEN s.status_reason"
		  " WHEN pg_catalog.starts_with(s.status_reason, 'reservation-removed') THEN 'reservation-removed' END,"
		  " attempt_ext_id = NULL, reservation_id = NULL, reservation_no = NULL,"
		  " link_version = s.link_version OPERATOR(pg_catalog.+) 1"
		  " WHERE s.install_id" EQ "$1 AND s.account_id" EQ "$2"
		  " RETURNING s.exam_session_id, coalesce(s.status_reason" EQ "'erased', false),"
		  " s.score IS NOT NULL OR s.passed_status IS NOT NULL",
		  UUIDOID, UUIDOID);
/*
 * What is cleared: of the install $1 and the account $2; $3 are the customer's ids
 * of the person, $4 the providers', $5 all of them, $6 those as messages quote them.
 */
#define CLEARING(name, sql) \
	STATEMENT(name, sql, UUIDOID, UUIDOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID)

CLEARING(clearFormer,
		 "DELETE FROM proctorlink.former_reservation f USING proctorlink.exam_session s"
		 " WHERE f.install_id" EQ "$1 AND s.install_id" EQ "$1 AND s.account_id" EQ "$2"
		 " AND f.exam_session_id" EQ "s.exam_session_id");

/*
 * What a provider reported of the person's sittings, and what may be of anybody,
 * since no sitting is known for it.
 */
CLEARING(clearWebhooks,
		 "UPDATE proctorlink.webhook_body b SET body = NULL"
		 " FROM proctorlink.webhook w LEFT JOIN proctorlink.exam_session s ON s.install_id" EQ "w.install_id"
		 " AND s.exam_session_id" EQ "w.exam_session_id"
		 " WHERE b.install_id" EQ "$1 AND w.install_id" EQ "$1 AND w.webhook_id" EQ "b.webhook_id"
		 " AND (w.exam_session_id IS NULL OR s.account_id" EQ "$2) AND b.body IS NOT NULL");
CLEARING(clearEnrollments,
		 "UPDATE proctorlink.enrollment n SET status = 'removed', status_reason = NULL"
		 " WHERE n.install_id" EQ "$1 AND n.account_id" EQ "$2"
		 " AND (n.status" EQ "'active' OR n.status_reason IS NOT NULL)");
CLEARING(clearAccess,
		 "DELETE FROM proctorlink.hierarchy_access g WHERE g.install_id" EQ "$1 AND g.account_id" EQ "$2");
CLEARING(clearShares,
		 "DELETE FROM proctorlink.account_share h"
		 " WHERE h.install_id" EQ "$1 AND (h.account_id" EQ "$2 OR h.with_account_id" EQ "$2)");

/* Entries are made by ids, also of people who are not here; another's stay. */
CLEARING(clearAccommodations,
		 "DELETE FROM proctorlink.accommodation e WHERE e.install_id" EQ "$1 AND e.candidate_ext_id" EQ_ANY "($3)"
		 " AND (SELECT true FROM proctorlink.account a WHERE a.install_id" EQ "$1"
		 " AND a.candidate_ext_id" EQ "e.candidate_ext_id AND a.account_id" NE "$2) IS NULL");

/* Also what is kept of the person at another connection, before the first booking there. */
CLEARING(clearProviderAccounts,
		 "DELETE FROM proctorlink.provider_account p WHERE p.install_id" EQ "$1 AND (p.account_id" EQ "$2"
		 " OR p.account_id IS NULL AND (p.user_id" EQ_ANY "($4) OR p.student_id" EQ_ANY "($3)))");

/* Refused calls quote the ids that they were about. */
#define QUOTES_PERSON \
	"(SELECT true FROM (SELECT pg_catalog.unnest($5) AS id, pg_catalog.unnest($6) AS quoted) k" \
	" WHERE k.id" EQ "(r.refusal OPERATOR(pg_catalog.->>) 'candidate')" \
	" OR pg_catalog.strpos(r.refusal OPERATOR(pg_catalog.->>) 'detail', k.quoted)" GT "0" \
	" OR pg_catalog.strpos(r.refusal OPERATOR(pg_catalog.->>) 'hint', k.quoted)" GT "0 LIMIT 1)"
#define REFUSALS_OF(e) \
	" FROM pg_catalog.jsonb_array_elements(" e ".changes OPERATOR(pg_catalog.->) 'refusals')" \
	" WITH ORDINALITY AS r (refusal, place)"
CLEARING(clearEvents,
		 "UPDATE proctorlink.event e SET changes = pg_catalog.jsonb_set(e.changes, '{refusals}',"
		 " (SELECT pg_catalog.jsonb_agg(CASE WHEN " QUOTES_PERSON " THEN r.refusal OPERATOR(pg_catalog.||)"
		 " '{\"candidate\": null, \"detail\": null, \"hint\": null}'::pg_catalog.jsonb ELSE r.refusal END"
		 " ORDER BY r.place)" REFUSALS_OF("e") "))"
		 " WHERE e.install_id" EQ "$1 AND e.kind" EQ "'refused'"
		 " AND (SELECT true" REFUSALS_OF("e") " WHERE " QUOTES_PERSON " LIMIT 1) IS NOT NULL");
CLEARING(clearAccount,
		 "UPDATE proctorlink.account a SET candidate_ext_id = proctorlink.sid('account', a.account_id),"
		 " candidate_ext_id_defaulted = true, username = proctorlink.sid('account', a.account_id), api_id = NULL,"
		 " lms_id = NULL, first_name = '', last_name = '', email = NULL, hierarchy_id = NULL, time_zone = NULL,"
		 " currency_code = NULL, special_needs = false, reasonable_adjustment_percentage = NULL, status = 'erased'"
		 " WHERE a.install_id" EQ "$1 AND a.account_id" EQ "$2");

/*
 * The tables that are cleared after the sessions, which the end of enrollments
 * would cancel for another reason. A table that holds what providers send about
 * sessions (bodies of webhooks, by session) belongs here too.
 */
static const struct
{
	const char *table;
	Statement  *statement;
}			clearings[] = {
	{"former_reservation", &clearFormer},
	{"webhook_body", &clearWebhooks},
	{"enrollment", &clearEnrollments},
	{"hierarchy_access", &clearAccess},
	{"account_share", &clearShares},
	{"accommodation", &clearAccommodations},
	{"provider_account", &clearProviderAccounts},
	{"event", &clearEvents},
	{"account", &clearAccount},
};

/* What is known of a person who is about to be erased. */
typedef struct Person
{
	pg_uuid_t	install;
	pg_uuid_t	account;
	char	   *sid;
	Text		candidateExtId;
	Text		username;
	Text		personal[3];	/* names and e-mail address */
	int			askCount;
	ErasedAsk  *asks;			/* all ids that count */
	JsonArray	elsewhere;
} Person;

/* RaiseErased raises that a person was erased already. */
pg_noreturn static void
RaiseErased(const pg_uuid_t *account)
{
	RaiseProblem(CODE_CONFLICT, "Nothing is left to erase; history(sid) tells when it was done.",
				 "candidate: %s was erased already", SidOf("US", account));
}

/* FindPerson finds the account that is meant, or raises. */
static pg_uuid_t
FindPerson(const pg_uuid_t *install, Datum named)
{
	pg_uuid_t	account;

	if (!AccountFind(install, TextOfDatum(named, false), false, &account) &&
		ErasedAccount(install, TextOfDatum(named, false), &account))
		RaiseErased(&account);
	return AccountArgument(install, named, "candidate");
}

/* ReadElsewhere reads what providers call the person. */
static void
ReadElsewhere(Person *person, Datum *keys)
{
	uint64		count = StatementRunForRule(&readElsewhere, keys, NULL);

	person->asks = repalloc(person->asks, (ACCOUNT_ASKS + 2 * count) * sizeof(ErasedAsk));
	JsonArrayInit(&person->elsewhere);
	for (uint64 i = 0; i < count; i++)
	{
		Text		provider = RowText(i, 1);
		Text		userId = RowText(i, 2);
		Text		studentId = RowText(i, 3);
		JsonObject	place;

		JsonObjectInit(&place);
		JsonAddText(&place, "provider", provider);
		JsonAddText(&place, "user_id", userId);
		JsonAddText(&place, "student_id", studentId);
		JsonPushObject(&person->elsewhere, &place);
		person->asks[person->askCount++] = (ErasedAsk)
		{
			pnstrdup(provider.data, provider.len), userId
		};
		person->asks[person->askCount++] = (ErasedAsk)
		{
			ERASED_CANDIDATE, studentId
		};
	}
}

/* LockPerson locks the account and reads what is known of the person; it raises for one who was erased. */
static void
LockPerson(Person *person, Datum *keys)
{
	if (StatementRunForRule(&lockPerson, keys, NULL) == 0)
		RaiseProblem(CODE_NOT_FOUND, NULL, "candidate: the account is gone");
	if (TextIs(RowText(0, 1), "erased"))
		RaiseErased(&person->account);
	person->sid = SidOf("US", &person->account);
	person->candidateExtId = RowText(0, 2);
	person->username = RowText(0, 4);
	person->asks = palloc(ACCOUNT_ASKS * sizeof(ErasedAsk));
	person->askCount = ACCOUNT_ASKS;
	ErasedAsksOf(person->candidateExtId, RowBool(0, 3), person->username, RowText(0, 5), RowText(0, 6), person->asks);
	for (int i = 0; i < lengthof(person->personal); i++)
		person->personal[i] = RowText(0, 7 + i);
	ReadElsewhere(person, keys);
}

/* IsNamed tells whether a setting names the person. */
static bool
IsNamed(Text setting, const Person *person)
{
	return setting.presence == GIVEN &&
		(TextEquals(setting, person->username) || TextEquals(setting, person->candidateExtId) ||
		 TextIs(setting, person->sid));
}

/* CheckDuties raises where others still count on the person. */
static void
CheckDuties(const Install *install, const Person *person, Datum *keys)
{
	if (IsNamed(install->defaultScheduler, person) || IsNamed(install->defaultOwner, person))
		RaiseProblem(CODE_CONFLICT, "Name another account first (configure_install).",
					 "candidate: %s is the install's %s", person->sid,
					 IsNamed(install->defaultScheduler, person) ? "defaultScheduler" : "defaultOwner");
	StatementRunForRule(&ownsAhead, keys, NULL);
	if (RowInt(0, 1) > 0)
		RaiseProblem(CODE_CONFLICT, "Give them to another owner first (eapi_update_schedule, Owner), or delete them.",
					 "candidate: %s owns %d schedules that are not over, such as \"%s\"", person->sid, RowInt(0, 1),
					 TextQuoted(RowText(0, 2)));
}

/* IsLetter tells whether a byte of UTF-8 belongs to a word. */
static bool
IsLetter(char byte)
{
	return isalnum((unsigned char) byte) || ((unsigned char) byte & 0x80) != 0;
}

/* Mentions tells whether a text has another in it as a word or more, where upper and lower case are the same. */
static bool
Mentions(const char *lower, Text word)
{
	char	   *part;
	size_t		len;

	if (word.presence != GIVEN || word.len == 0)
		return false;
	part = str_tolower(word.data, word.len, DEFAULT_COLLATION_OID);
	len = strlen(part);
	for (const char *at = strstr(lower, part); at != NULL; at = strstr(at + 1, part))
		if ((at == lower || !IsLetter(at[-1]) || !IsLetter(part[0])) &&
			(!IsLetter(at[len]) || !IsLetter(part[len - 1])))
			return true;
	return false;
}

/* CheckReason raises for a reason that cannot be kept, since it is to outlive what is known of the person. */
static void
CheckReason(Text reason, const Person *person)
{
	char	   *lower = str_tolower(reason.data, reason.len, DEFAULT_COLLATION_OID);
	bool		mentions = Mentions(lower, person->candidateExtId) || Mentions(lower, person->username);

	for (int i = 0; i < lengthof(person->personal); i++)
		mentions |= Mentions(lower, person->personal[i]);
	for (int i = 0; i < person->askCount; i++)
		mentions |= Mentions(lower, person->asks[i].id);
	if (mentions)
		RaiseProblem(CODE_INVALID, "Name the request or the law instead, such as \"request 2028-117\".",
					 "reason: names the person, and it is kept");
}

/* ReadReason reads the reason, which has to be there. */
static Text
ReadReason(Datum argument)
{
	Text		reason = TextOfDatum(argument, false);

	if (strspn(pnstrdup(reason.data, reason.len), " \t\r\n") == reason.len)
		RaiseProblem(CODE_INVALID, "Say why, such as \"request 2028-117\".", "reason: is empty");
	if (TextLength(reason) > MAX_REASON_LENGTH)
		RaiseProblem(CODE_INVALID, NULL, "reason: is longer than %d characters", MAX_REASON_LENGTH);
	return reason;
}

/* What becomes of sessions. */
typedef struct Sessions
{
	int			cancelled;
	int			kept;
	int			results;		/* of those kept */
} Sessions;

/* ClearSessions clears the person's sessions and cancels those that have not begun, with an event each. */
static void
ClearSessions(const Person *person, Datum *keys, Sessions *sessions)
{
	Column		subjects;
	Column		changes;
	uint64		count;

	StatementRunForRule(&lockSessions, keys, NULL);
	count = StatementRunForRule(&clearSessions, keys, NULL);
	ColumnInit(&subjects, TEXTOID, count);
	ColumnInit(&changes, TEXTOID, count);
	for (uint64 i = 0; i < count; i++)
	{
		pg_uuid_t	session = RowUuid(i, 1);

		CHECK_FOR_INTERRUPTS();
		if (!RowBool(i, 2))
		{
			sessions->kept++;
			sessions->results += RowBool(i, 3);
			continue;
		}
		sessions->cancelled++;
		ColumnAddString(&subjects, SidOf("ES", &session));
		ColumnAddString(&changes, "{\"to\": \"Cancelled\", \"reason\": \"erased\"}");
	}
	EventAddEach(&person->install, "session_status", &subjects, &changes);
}

/* Clear clears the tables, and tells how many rows of each. */
static void
Clear(const Person *person, Datum *keys, JsonObject *cleared)
{
	Datum		values[6] = {keys[0], keys[1]};
	int			most = person->askCount + 2;
	Column		customers;
	Column		providers;
	Column		all;
	Column		quoted;

	ColumnInit(&customers, TEXTOID, most);
	ColumnInit(&providers, TEXTOID, most);
	ColumnInit(&all, TEXTOID, most);
	ColumnInit(&quoted, TEXTOID, most);
	for (int i = 0; i < most; i++)
	{
		/*
		 * The account's own are not among the asks where they stand in for
		 * others.
		 */
		Text		id = i < person->askCount ? person->asks[i].id :
		i == person->askCount ? person->candidateExtId : person->username;
		const char *kind = i < person->askCount ? person->asks[i].kind : ERASED_CANDIDATE;

		if (id.presence != GIVEN)
			continue;
		if (strcmp(kind, ERASED_CANDIDATE) == 0)
			ColumnAddText(&customers, id);
		else if (strcmp(kind, ERASED_API) != 0 && strcmp(kind, ERASED_LMS) != 0)
			ColumnAddText(&providers, id);
		ColumnAddText(&all, id);
		ColumnAddString(&quoted, psprintf("\"%s\"", TextQuoted(id)));
	}
	values[2] = ColumnDatum(&customers);
	values[3] = ColumnDatum(&providers);
	values[4] = ColumnDatum(&all);
	values[5] = ColumnDatum(&quoted);
	JsonObjectInit(cleared);
	for (int i = 0; i < lengthof(clearings); i++)
	{
		CHECK_FOR_INTERRUPTS();
		JsonAddInt(cleared, clearings[i].table, StatementRunForRule(clearings[i].statement, values, NULL));
	}
}

/* proctorlink.erase_candidate(candidate, reason) */
Datum
proctorlink_erase_candidate(PG_FUNCTION_ARGS)
{
	Install		install;
	Person		person = {.askCount = 0};
	Datum		keys[2] = {UUIDPGetDatum(&person.install), UUIDPGetDatum(&person.account)};
	Text		reason;
	Sessions	sessions = {0};
	TimeField	now = {GetCurrentTransactionStartTimestamp(), GIVEN};
	JsonObject	cleared;
	JsonObject	kept;
	JsonObject	changes;
	JsonObject	answer;

	REQUIRE_ARGUMENTS("candidate", "reason");
	reason = ReadReason(PG_GETARG_DATUM(1));
	SpiStart();
	InstallForCall(NO_TEXT, &install);
	person.install = install.id;
	person.account = FindPerson(&install.id, PG_GETARG_DATUM(0));
	LockPerson(&person, keys);
	CheckDuties(&install, &person, keys);
	CheckReason(reason, &person);

	ClearSessions(&person, keys, &sessions);
	Clear(&person, keys, &cleared);
	JsonAddInt(&cleared, "exam_session", sessions.cancelled + sessions.kept);
	ErasedKeep(&person.install, &person.account, person.asks, person.askCount);

	JsonObjectInit(&changes);
	JsonAddText(&changes, "reason", reason);
	JsonAddObject(&changes, "cleared", &cleared);
	JsonAddInt(&changes, "cancelled_sessions", sessions.cancelled);
	EventAdd(&person.install, "candidate_erased", person.sid, &changes);
	SPI_finish();

	JsonObjectInit(&kept);
	JsonAddInt(&kept, "sessions", sessions.kept);
	JsonAddInt(&kept, "results", sessions.results);
	JsonObjectInit(&answer);
	JsonAddString(&answer, "erased", person.sid);
	JsonAddTime(&answer, "at", now);
	JsonAddObject(&answer, "cleared", &cleared);
	JsonAddInt(&answer, "cancelled_sessions", sessions.cancelled);
	JsonAddObject(&answer, "kept", &kept);
	JsonAddArray(&answer, "elsewhere", &person.elsewhere);
	PG_RETURN_JSONB_P(JsonObjectJsonb(&answer));
}
