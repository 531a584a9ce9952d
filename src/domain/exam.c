/*
 * domain/exam.c
 *		The settings of an exam.
 *
 * Where an exam has a primary configuration, duration and attempts are that
 * configuration's: they are set there, and the exam keeps the same.
 */
#include "domain/exam.h"

#include "catalog/pg_type.h"
#include "core/jsonb_write.h"
#include "core/sid.h"
#include "core/statement.h"
#include "domain/event.h"
#include "domain/install.h"

PG_FUNCTION_INFO_V1(proctorlink_configure_exam);

/* Settings as they are sent. */
typedef struct Settings
{
	Text		externalId;
	IntField	duration;		/* minutes */
	IntField	extraTime;		/* minutes */
	IntField	attempts;
	BoolField	published;
	BoolField	pin;
	BoolField	proctorio;
	BoolField	safeExamBrowser;
	BoolField	keycode;
	Text		accommodationFor;
} Settings;

static const int maxId = MAX_ID_LENGTH;
static const IntRange positive = {1, PG_INT32_MAX};
static const IntRange notNegative = {0, PG_INT32_MAX};

static const Member settingMembers[] = {
	MEMBER("externalId", ReadId, Settings, externalId, &maxId),
	MEMBER("durationMinutes", ReadInt, Settings, duration, &positive),
	MEMBER("extraTimeMinutes", ReadInt, Settings, extraTime, &notNegative),
	MEMBER("attempts", ReadInt, Settings, attempts, &positive),
	MEMBER("published", ReadBool, Settings, published, NULL),
	MEMBER("pin", ReadBool, Settings, pin, NULL),
	MEMBER("proctorio", ReadBool, Settings, proctorio, NULL),
	MEMBER("safeExamBrowser", ReadBool, Settings, safeExamBrowser, NULL),
	MEMBER("keycode", ReadBool, Settings, keycode, NULL),
	MEMBER("accommodationFor", ReadId, Settings, accommodationFor, &maxId),
};

/* An exam as it is stored, with what belongs to its primary configuration. */
typedef struct ExamState
{
	pg_uuid_t	id;
	Text		externalId;
	IntField	duration;
	int			extraTime;
	IntField	attempts;
	bool		published;
	bool		pin;
	bool		proctorio;
	bool		safeExamBrowser;
	bool		keycode;
	bool		isAccommodation;
	pg_uuid_t	plain;			/* what it is the accommodation of */
	bool		hasConfiguration;
	int			configurationDuration;
	int			configurationAttempts;
} ExamState;

/* Each kind of name by its own index; an exam that both find is found once. */
STATEMENT(examsNamed,
		  "SELECT x.exam_id FROM proctorlink.exam x WHERE x.install_id" EQ "$1 AND x.exam_id" EQ "$3"
		  " UNION SELECT x.exam_id FROM proctorlink.exam x WHERE x.install_id" EQ "$1 AND x.external_id" EQ "$2",
		  UUIDOID, TEXTOID, UUIDOID);

/* Locked by a statement of its own, an exam is as others left it when the next one looks. */
STATEMENT(lockExams,
		  "SELECT FROM proctorlink.exam x WHERE x.install_id" EQ "$1 AND (x.exam_id" EQ "$2 OR x.exam_id" EQ "$3)"
		  " ORDER BY x.exam_id FOR NO KEY UPDATE",
		  UUIDOID, UUIDOID, UUIDOID);
STATEMENT(readExam,
		  "SELECT x.external_id, x.duration_minutes, x.extra_time_minutes, x.attempts, x.published, x.pin,"
		  " x.proctorio, x.safe_exam_browser, x.keycode, x.accommodation_for, c.duration_minutes, c.attempts,"
		  " p.external_id"
		  " FROM proctorlink.exam x LEFT JOIN proctorlink.exam_configuration c"
		  " ON c.install_id" EQ "x.install_id AND c.exam_id" EQ "x.exam_id AND c.type" EQ "'primary'"
		  " LEFT JOIN proctorlink.exam p ON p.install_id" EQ "x.install_id AND p.exam_id" EQ "x.accommodation_for"
		  " WHERE x.install_id" EQ "$1 AND x.exam_id" EQ "$2",
		  UUIDOID, UUIDOID);
STATEMENT(plainExam,
		  "SELECT x.duration_minutes, x.accommodation_for IS NOT NULL FROM proctorlink.exam x"
		  " WHERE x.install_id" EQ "$1 AND x.exam_id" EQ "$2",
		  UUIDOID, UUIDOID);
STATEMENT(accommodationOf,
		  "SELECT FROM proctorlink.exam x WHERE x.install_id" EQ "$1 AND x.accommodation_for" EQ "$2 LIMIT 1",
		  UUIDOID, UUIDOID);
STATEMENT(idOfAnother,
		  "SELECT FROM proctorlink.exam x WHERE x.install_id" EQ "$1 AND x.external_id" EQ "$3 AND x.exam_id" NE "$2",
		  UUIDOID, UUIDOID, TEXTOID);
STATEMENT(updateConfiguration,
		  "UPDATE proctorlink.exam_configuration c SET duration_minutes = coalesce($3, c.duration_minutes),"
		  " attempts = coalesce($4, c.attempts)"
		  " WHERE c.install_id" EQ "$1 AND c.exam_id" EQ "$2 AND c.type" EQ "'primary'",
		  UUIDOID, UUIDOID, INT4OID, INT4OID);
STATEMENT(updateExam,
		  "UPDATE proctorlink.exam x SET external_id = $3, duration_minutes = $4, extra_time_minutes = $5,"
		  " attempts = $6, published = $7, pin = $8, proctorio = $9, safe_exam_browser = $10, keycode = $11,"
		  " accommodation_for = $12 WHERE x.install_id" EQ "$1 AND x.exam_id" EQ "$2",
		  UUIDOID, UUIDOID, TEXTOID, INT4OID, INT4OID, INT4OID, BOOLOID, BOOLOID, BOOLOID, BOOLOID, BOOLOID, UUIDOID);

/*
 * ExamFind finds the exam that has a text as its external id or sid, false when
 * there is none. A text that means two exams raises CONFLICT. The caller is
 * connected to SPI.
 */
bool
ExamFind(const pg_uuid_t *install, Text named, bool readOnly, pg_uuid_t *exam)
{
	pg_uuid_t	sid;
	bool		isSid = SidRead(named, "EX", &sid) == SID_OURS;
	Datum		values[3] = {UUIDPGetDatum(install), TextDatum(named), UUIDPGetDatum(&sid)};
	uint64		rows = StatementRun(&examsNamed, values, isSid ? NULL : "  n", readOnly);

	if (rows == 0)
		return false;
	if (rows > 1)
		RaiseProblem(CODE_CONFLICT, "Give one of them another external id.",
					 "\"%s\" is the sid of an exam and the external id of another", TextQuoted(named));
	*exam = RowUuid(0, 1);
	return true;
}

/* ReadState reads an exam as it is now, and what people call the plain exam that it belongs to. */
static void
ReadState(const pg_uuid_t *install, ExamState *exam, Text *plainName)
{
	Datum		keys[2] = {UUIDPGetDatum(install), UUIDPGetDatum(&exam->id)};
	bool		isnull;

	if (StatementRun(&readExam, keys, NULL, false) == 0)
		RaiseProblem(CODE_NOT_FOUND, NULL, "exam: the exam \"%s\" is gone", SidOf("EX", &exam->id));
	exam->externalId = RowText(0, 1);
	exam->duration = RowIntField(0, 2);
	exam->extraTime = RowInt(0, 3);
	exam->attempts = RowIntField(0, 4);
	exam->published = RowBool(0, 5);
	exam->pin = RowBool(0, 6);
	exam->proctorio = RowBool(0, 7);
	exam->safeExamBrowser = RowBool(0, 8);
	exam->keycode = RowBool(0, 9);
	(void) RowDatum(0, 10, &isnull);
	exam->isAccommodation = !isnull;
	if (exam->isAccommodation)
		exam->plain = RowUuid(0, 10);
	exam->hasConfiguration = RowIntField(0, 11).presence == GIVEN;
	exam->configurationDuration = RowInt(0, 11);
	exam->configurationAttempts = RowInt(0, 12);
	*plainName = RowText(0, 13);
	if (exam->isAccommodation && plainName->presence != GIVEN)
		*plainName = TextOf(SidOf("EX", &exam->plain));
}

/* SetBool sets a boolean where one was sent, null being false. */
static void
SetBool(bool *field, BoolField sent)
{
	if (sent.presence != ABSENT)
		*field = sent.presence == GIVEN && sent.value;
}

/* SetInt sets a number where one was sent; null is no limit, which a primary configuration does not know. */
static void
SetInt(IntField *field, int *configured, bool hasConfiguration, IntField sent, const char *key, Problems *problems)
{
	Path		path = {NULL, key, strlen(key), 0};

	if (sent.presence == ABSENT)
		return;
	if (hasConfiguration && sent.presence != GIVEN)
	{
		ProblemAdd(problems, CODE_CONFLICT, "not_allowed", "Send a number: it becomes that of the configuration too.",
				   &path, "the exam has a primary configuration, which has a limit always");
		return;
	}
	*field = sent;
	if (hasConfiguration)
		*configured = sent.value;
}

/* SetPlain sets the plain exam that an exam is the accommodation of, where one was sent and found. */
static void
SetPlain(const Settings *sent, const pg_uuid_t *plain, ExamState *exam)
{
	if (sent->accommodationFor.presence == ABSENT)
		return;
	exam->isAccommodation = sent->accommodationFor.presence == GIVEN;
	if (exam->isAccommodation)
		exam->plain = *plain;
}

/*
 * CheckPlain notes what keeps an exam from being the accommodation of its plain
 * exam: the two of them make a pair, of which it is the longer one.
 */
static void
CheckPlain(const pg_uuid_t *install, const ExamState *exam, Problems *problems)
{
	Path		path = PATH_KEY(NULL, "accommodationFor");
	Datum		keys[2] = {UUIDPGetDatum(install), UUIDPGetDatum(&exam->plain)};
	IntField	plainDuration;

	if (memcmp(&exam->plain, &exam->id, UUID_LEN) == 0)
	{
		ProblemAdd(problems, CODE_CONFLICT, "conflict", "Name the plain exam.", &path,
				   "an exam is not the accommodation of itself");
		return;
	}
	if (StatementRun(&plainExam, keys, NULL, false) == 0)
		return;
	plainDuration = RowIntField(0, 1);
	if (RowBool(0, 2))
		ProblemAdd(problems, CODE_CONFLICT, "conflict", "Name the plain exam of that one.", &path,
				   "that exam is the accommodation of another itself");
	if (plainDuration.presence == GIVEN && exam->duration.presence == GIVEN &&
		exam->duration.value <= plainDuration.value)
		ProblemAdd(problems, CODE_CONFLICT, "order", "Send a longer durationMinutes.", &path,
				   "an accommodation lasts longer than its plain exam, which takes %d minutes", plainDuration.value);
	keys[1] = UUIDPGetDatum(&exam->id);
	if (StatementRun(&accommodationOf, keys, NULL, false) > 0)
		ProblemAdd(problems, CODE_CONFLICT, "conflict", "Clear accommodationFor of those exams first.", &path,
				   "other exams are accommodations of this one");
}

/* Apply makes of an exam what it is to be. */
static void
Apply(const pg_uuid_t *install, const Settings *sent, const pg_uuid_t *plain, ExamState *exam, Problems *problems)
{
	Datum		values[3] = {UUIDPGetDatum(install), UUIDPGetDatum(&exam->id)};

	if (sent->externalId.presence == GIVEN)
		exam->externalId = sent->externalId;
	else if (sent->externalId.presence == NULLED)
		exam->externalId = TextOf(SidOf("EX", &exam->id));
	SetInt(&exam->duration, &exam->configurationDuration, exam->hasConfiguration, sent->duration,
		   "durationMinutes", problems);
	SetInt(&exam->attempts, &exam->configurationAttempts, exam->hasConfiguration, sent->attempts,
		   "attempts", problems);
	if (sent->extraTime.presence != ABSENT)
		exam->extraTime = sent->extraTime.presence == GIVEN ? sent->extraTime.value : 0;
	SetBool(&exam->published, sent->published);
	SetBool(&exam->pin, sent->pin);
	SetBool(&exam->proctorio, sent->proctorio);
	SetBool(&exam->safeExamBrowser, sent->safeExamBrowser);
	SetBool(&exam->keycode, sent->keycode);
	SetPlain(sent, plain, exam);

	if (sent->externalId.presence != ABSENT)
	{
		values[2] = TextDatum(exam->externalId);
		if (StatementRun(&idOfAnother, values, NULL, false) > 0)
			ProblemAdd(problems, CODE_CONFLICT, "conflict", "Choose another one.", &PATH_KEY(NULL, "externalId"),
					   "\"%s\" is the external id of another exam", TextQuoted(exam->externalId));
	}
	if (exam->isAccommodation && (sent->accommodationFor.presence == GIVEN || sent->duration.presence == GIVEN))
		CheckPlain(install, exam, problems);
}

/* SameInt tells whether two numbers are the same, null being one of its own. */
static bool
SameInt(IntField a, IntField b)
{
	return (a.presence == GIVEN) == (b.presence == GIVEN) && (a.presence != GIVEN || a.value == b.value);
}

/* SameExam tells whether two versions of an exam's own row are the same. */
static bool
SameExam(const ExamState *a, const ExamState *b)
{
	return TextEquals(a->externalId, b->externalId) && SameInt(a->duration, b->duration) &&
		a->extraTime == b->extraTime && SameInt(a->attempts, b->attempts) &&
		a->published == b->published && a->pin == b->pin && a->proctorio == b->proctorio &&
		a->safeExamBrowser == b->safeExamBrowser && a->keycode == b->keycode &&
		a->isAccommodation == b->isAccommodation &&
		(!a->isAccommodation || memcmp(&a->plain, &b->plain, UUID_LEN) == 0);
}

/* Write runs a statement that changes an exam, and raises CONFLICT for a key or rule that refuses it. */
static void
Write(Statement *statement, Datum *values, const char *nulls, const ExamState *exam)
{
	ErrorData  *refused;

	StatementTry(statement, values, nulls, &refused);
	if (refused == NULL)
		return;
	if (refused->sqlerrcode == ERRCODE_UNIQUE_VIOLATION)
		RaiseProblem(CODE_CONFLICT, "Choose another one.",
					 "/externalId: \"%s\" is the external id of another exam", TextQuoted(exam->externalId));
	RaiseProblem(CODE_CONFLICT, refused->hint, "%s: %s",
				 refused->constraint_name != NULL ? refused->constraint_name : "refused", refused->message);
}

/* Store writes what has become different. */
static void
Store(const pg_uuid_t *install, ExamState *before, const ExamState *after)
{
	Datum		values[12] = {UUIDPGetDatum(install), UUIDPGetDatum(&after->id)};
	char		nulls[] = "            ";
	bool		lasts = after->configurationDuration != before->configurationDuration;
	bool		tries = after->configurationAttempts != before->configurationAttempts;

	if (lasts || tries)
	{
		/*
		 * The configuration is not locked: what is not changed is not
		 * written.
		 */
		values[2] = Int32GetDatum(after->configurationDuration);
		values[3] = Int32GetDatum(after->configurationAttempts);
		nulls[2] = lasts ? ' ' : 'n';
		nulls[3] = tries ? ' ' : 'n';
		Write(&updateConfiguration, values, nulls, after);
		nulls[2] = nulls[3] = ' ';
		/* It takes the exam's duration along. */
		if (lasts)
			before->duration = after->duration;
	}
	if (SameExam(before, after))
		return;

	ParameterText(values, nulls, 2, after->externalId);
	ParameterInt(values, nulls, 3, after->duration);
	values[4] = Int32GetDatum(after->extraTime);
	ParameterInt(values, nulls, 5, after->attempts);
	values[6] = BoolGetDatum(after->published);
	values[7] = BoolGetDatum(after->pin);
	values[8] = BoolGetDatum(after->proctorio);
	values[9] = BoolGetDatum(after->safeExamBrowser);
	values[10] = BoolGetDatum(after->keycode);
	values[11] = UUIDPGetDatum(&after->plain);
	nulls[11] = after->isAccommodation ? ' ' : 'n';
	Write(&updateExam, values, nulls, after);
}

/* Happened notes which settings of an exam are becoming different. */
static void
Happened(const pg_uuid_t *install, const ExamState *before, const ExamState *after)
{
	ChangedNames changed;

	ChangedInit(&changed);
	ChangedAdd(&changed, "externalId", !TextEquals(before->externalId, after->externalId));
	ChangedAdd(&changed, "durationMinutes", !SameInt(before->duration, after->duration) ||
			   before->configurationDuration != after->configurationDuration);
	ChangedAdd(&changed, "extraTimeMinutes", before->extraTime != after->extraTime);
	ChangedAdd(&changed, "attempts", !SameInt(before->attempts, after->attempts) ||
			   before->configurationAttempts != after->configurationAttempts);
	ChangedAdd(&changed, "published", before->published != after->published);
	ChangedAdd(&changed, "pin", before->pin != after->pin);
	ChangedAdd(&changed, "proctorio", before->proctorio != after->proctorio);
	ChangedAdd(&changed, "safeExamBrowser", before->safeExamBrowser != after->safeExamBrowser);
	ChangedAdd(&changed, "keycode", before->keycode != after->keycode);
	ChangedAdd(&changed, "accommodationFor", before->isAccommodation != after->isAccommodation ||
			   (before->isAccommodation && memcmp(&before->plain, &after->plain, UUID_LEN) != 0));
	EventAddChanged(install, "exam_changed", SidOf("EX", &after->id), "settings", &changed);
}

/* Show builds all settings of an exam. */
static Jsonb *
Show(const ExamState *exam, Text plainName)
{
	JsonObject	answer;
	IntField	attempts = exam->attempts;

	if (exam->hasConfiguration)
		attempts = (IntField)
	{
		exam->configurationAttempts, GIVEN
	};
	JsonObjectInit(&answer);
	JsonAddText(&answer, "externalId", exam->externalId);
	JsonAddIntField(&answer, "durationMinutes", exam->duration);
	JsonAddInt(&answer, "extraTimeMinutes", exam->extraTime);
	JsonAddIntField(&answer, "attempts", attempts);
	JsonAddBool(&answer, "published", exam->published);
	JsonAddBool(&answer, "pin", exam->pin);
	JsonAddBool(&answer, "proctorio", exam->proctorio);
	JsonAddBool(&answer, "safeExamBrowser", exam->safeExamBrowser);
	JsonAddBool(&answer, "keycode", exam->keycode);
	JsonAddText(&answer, "accommodationFor", exam->isAccommodation ? plainName : NULL_TEXT);
	return JsonObjectJsonb(&answer);
}

/* ReadSettings reads settings as sent. */
static void
ReadSettings(Jsonb *sent, Settings *settings, Problems *problems)
{
	if (!JB_ROOT_IS_OBJECT(sent))
		ProblemAdd(problems, CODE_INVALID, "type", NULL, NULL, "settings must be an object");
	else
		ReadObject(&sent->root, NULL, settingMembers, lengthof(settingMembers), settings, problems);
	if (problems->count > 0)
		ProblemsRaise(problems);
}

/* proctorlink.configure_exam(exam, settings) */
Datum
proctorlink_configure_exam(PG_FUNCTION_ARGS)
{
	Settings	settings = {.externalId = NO_TEXT};
	Problems	problems;
	Install		install;
	Text		named;
	Text		plainName;
	ExamState	before = {.duration = {0}};
	ExamState	after;
	pg_uuid_t	plain;
	Datum		locked[3] = {UUIDPGetDatum(&install.id), UUIDPGetDatum(&before.id), UUIDPGetDatum(&plain)};
	Jsonb	   *answer;

	REQUIRE_ARGUMENTS("exam", "settings");
	named = TextOfDatum(PG_GETARG_DATUM(0), false);
	ProblemsInit(&problems, CurrentMemoryContext);
	ReadSettings(PG_GETARG_JSONB_P(1), &settings, &problems);

	SpiStart();
	InstallForCall(NO_TEXT, &install);
	if (!ExamFind(&install.id, named, false, &before.id))
		RaiseProblem(CODE_NOT_FOUND,
					 "Name an exam by its external id or its sid (EX...); find_assessment() finds the nearest.",
					 "exam: there is no exam \"%s\"", TextQuoted(named));
	if (settings.accommodationFor.presence == GIVEN &&
		!ExamFind(&install.id, settings.accommodationFor, false, &plain))
	{
		ProblemAdd(&problems, CODE_NOT_FOUND, "not_found",
				   "Name an exam by its external id or its sid (EX...); find_assessment() finds the nearest.",
				   &PATH_KEY(NULL, "accommodationFor"), "there is no exam \"%s\"",
				   TextQuoted(settings.accommodationFor));
		ProblemsRaise(&problems);
	}
	StatementRun(&lockExams, locked, settings.accommodationFor.presence == GIVEN ? NULL : "  n", false);

	ReadState(&install.id, &before, &plainName);
	after = before;
	Apply(&install.id, &settings, &plain, &after, &problems);
	if (problems.count > 0)
		ProblemsRaise(&problems);
	Happened(&install.id, &before, &after);
	Store(&install.id, &before, &after);
	ReadState(&install.id, &after, &plainName);
	answer = Show(&after, plainName);
	SPI_finish();
	PG_RETURN_JSONB_P(answer);
}
