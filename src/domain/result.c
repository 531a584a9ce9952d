/*
 * domain/result.c
 *		The result of a sitting, and whether others may see it.
 */
#include "domain/exam_session.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "core/jsonb_write.h"
#include "core/sid.h"
#include "core/statement.h"
#include "domain/event.h"
#include "domain/install.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(proctorlink_publish_result);

/* A number of points is written with at most so many characters. */
#define MAX_POINTS_LENGTH 40

typedef struct Sent
{
	NumericField score;
	NumericField maxScore;
	IntField	passedStatus;
	BoolField	published;
} Sent;

static void ReadPoints(const JsonbValue *value, const Path *path, void *field, const void *unused,
					   Problems *problems);

static const char *const passedStatuses[] = {"SATISFACTORY", "NOT_SATISFACTORY", "NOT_SUBMITTED", "VOIDED"};
static const Words passedStatusWords = {lengthof(passedStatuses), passedStatuses};

static const Member members[] = {
	MEMBER("score", ReadPoints, Sent, score, NULL),
	MEMBER("maxScore", ReadPoints, Sent, maxScore, NULL),
	MEMBER("passedStatus", ReadWord, Sent, passedStatus, &passedStatusWords),
	MEMBER("published", ReadBool, Sent, published, NULL),
};

STATEMENT(lockSession,
		  "SELECT s.status, s.started_at IS NOT NULL, s.score, s.max_score, s.passed_status, s.published_at"
		  " FROM proctorlink.exam_session s"
		  " WHERE s.install_id" EQ "$1 AND s.exam_session_id" EQ "$2 FOR NO KEY UPDATE",
		  UUIDOID, UUIDOID);
STATEMENT(storeResult,
		  "UPDATE proctorlink.exam_session s SET score = $3, max_score = $4, passed_status = $5, published_at = $6"
		  " WHERE s.install_id" EQ "$1 AND s.exam_session_id" EQ "$2",
		  UUIDOID, UUIDOID, NUMERICOID, NUMERICOID, TEXTOID, TIMESTAMPTZOID);

/* ComparePoints orders two numbers of points. */
static int
ComparePoints(Numeric a, Numeric b)
{
	return DatumGetInt32(DirectFunctionCall2(numeric_cmp, NumericGetDatum(a), NumericGetDatum(b)));
}

/* ReadPoints reads a number of points, which is not below nought. */
static void
ReadPoints(const JsonbValue *value, const Path *path, void *field, const void *unused, Problems *problems)
{
	NumericField *points = field;
	Numeric		number = value->val.numeric;

	if (value->type == jbvNull)
	{
		points->presence = NULLED;
		return;
	}
	if (value->type != jbvNumeric)
	{
		ProblemAdd(problems, CODE_INVALID, "type", NULL, path, "must be a number, not %s", JsonTypeName(value));
		return;
	}
	if (ComparePoints(number, int64_to_numeric(0)) < 0)
		ProblemAdd(problems, CODE_INVALID, "range", NULL, path, "must be at least 0");
	else if (strlen(DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(number)))) > MAX_POINTS_LENGTH)
		ProblemAdd(problems, CODE_INVALID, "length", NULL, path, "has more than %d digits", MAX_POINTS_LENGTH);
	else
	{
		points->value = number;
		points->presence = GIVEN;
	}
}

/* TakePoints puts what was sent in place of what is stored, absent leaving it, and tells whether that differs. */
static bool
TakePoints(NumericField *stored, NumericField sent)
{
	NumericField before = *stored;

	if (sent.presence == ABSENT)
		return false;
	*stored = sent;
	return before.presence != sent.presence ||
		(sent.presence == GIVEN && ComparePoints(before.value, sent.value) != 0);
}

/* CheckBegun raises for a session that cannot have a result, since nobody has sat it. */
static void
CheckBegun(Text status, bool started)
{
	if (SessionHasNotBegun(status))
		RaiseProblem(CODE_CONFLICT, "Publish the result once the session is In Progress or later (set_session_status).",
					 "session_sid: the session has not begun, it is %s", TextQuoted(status));
	if (TextIs(status, "Cancelled") && !started)
		RaiseProblem(CODE_CONFLICT, "Publish the result of the session that was sat in its place.",
					 "session_sid: the session was cancelled before it began");
}

/* proctorlink.publish_result(session_sid, result) */
Datum
proctorlink_publish_result(PG_FUNCTION_ARGS)
{
	Install		install;
	pg_uuid_t	sid;
	Jsonb	   *sent;
	Sent		result = {.published = {.value = true}};
	Problems	problems;
	NumericField score;
	NumericField maxScore;
	Text		status;
	Text		passed;
	TimeField	published;
	bool		content;
	bool		changed;
	Datum		values[6];
	char		nulls[] = "      ";
	JsonObject	changes;
	JsonObject	session;
	JsonObject	shown;
	JsonObject	answer;

	REQUIRE_ARGUMENTS("session_sid", "result");
	sid = SidArgument(PG_GETARG_DATUM(0), "ES", "session_sid");
	sent = PG_GETARG_JSONB_P(1);
	ProblemsInit(&problems, CurrentMemoryContext);
	if (!JB_ROOT_IS_OBJECT(sent))
		ProblemAdd(&problems, CODE_INVALID, "type", NULL, NULL, "result must be an object");
	else
		ReadObject(&sent->root, NULL, members, lengthof(members), &result, &problems);
	if (problems.count > 0)
		ProblemsRaise(&problems);

	SpiStart();
	InstallForCall(NO_TEXT, &install);
	values[0] = UUIDPGetDatum(&install.id);
	values[1] = UUIDPGetDatum(&sid);
	if (StatementRun(&lockSession, values, NULL, false) == 0)
		RaiseProblem(CODE_NOT_FOUND, NULL, "session_sid: no session has the sid \"%s\"", SidOf("ES", &sid));
	status = RowText(0, 1);
	CheckBegun(status, RowBool(0, 2));
	score = RowNumeric(0, 3);
	maxScore = RowNumeric(0, 4);
	passed = RowText(0, 5);
	published = RowTime(0, 6);

	content = TakePoints(&score, result.score);
	content |= TakePoints(&maxScore, result.maxScore);
	if (result.passedStatus.presence != ABSENT)
	{
		Text		now = result.passedStatus.presence == GIVEN ?
		TextOf(passedStatuses[result.passedStatus.value]) : NULL_TEXT;

		content |= !TextEquals(now, passed);
		passed = now;
	}
	if (score.presence == GIVEN && maxScore.presence == GIVEN && ComparePoints(score.value, maxScore.value) > 0)
		ProblemAdd(&problems, CODE_INVALID, "range", NULL, &PATH_KEY(NULL, "score"), "must be at most maxScore");
	if (result.published.value && score.presence != GIVEN && passed.presence != GIVEN)
		ProblemAdd(&problems, CODE_INVALID, "required", NULL, NULL, "a result to publish has a score or a passedStatus");
	if (problems.count > 0)
		ProblemsRaise(&problems);

	/* What was published and has changed is published anew. */
	changed = content || result.published.value != (published.presence == GIVEN);
	if (changed)
	{
		published.presence = result.published.value ? GIVEN : NULLED;
		published.value = GetCurrentTransactionStartTimestamp();
		ParameterNumeric(values, nulls, 2, score);
		ParameterNumeric(values, nulls, 3, maxScore);
		ParameterText(values, nulls, 4, passed);
		ParameterTime(values, nulls, 5, published);
		StatementRun(&storeResult, values, nulls, false);
		JsonObjectInit(&changes);
		JsonAddBool(&changes, "published", result.published.value);
		EventAdd(&install.id, "result_published", SidOf("ES", &sid), &changes);
	}
	SPI_finish();

	JsonObjectInit(&session);
	JsonAddSid(&session, "sid", "ES", &sid);
	JsonAddText(&session, "status", status);
	JsonObjectInit(&shown);
	JsonAddNumeric(&shown, "score", score);
	JsonAddNumeric(&shown, "maxScore", maxScore);
	JsonAddText(&shown, "passedStatus", passed);
	JsonAddTime(&shown, "publishedAt", published);
	JsonObjectInit(&answer);
	JsonAddObject(&answer, "session", &session);
	JsonAddObject(&answer, "result", &shown);
	JsonAddBool(&answer, "changed", changed);
	PG_RETURN_JSONB_P(JsonObjectJsonb(&answer));
}
