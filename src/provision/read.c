/*
 * provision/read.c
 *		The first step: a payload becomes typed items, every violation with its
 *		pointer. No database.
 */
#include "provision/item.h"

#include "core/settings.h"
#include "domain/exam_configuration.h"
#include "miscadmin.h"
#include "utils/memutils.h"

const char *const enrollmentRoles[3] = {"learner", "instructor", "administrator"};
const char *const enrollmentStatuses[2] = {"active", "removed"};
const char *const examTypes[2] = {"online", "written"};
const char *const configurationTypes[2] = {"primary", "accommodation"};

/* All violations of a call together take no more than an answer can hold. */
#define MAX_PROBLEM_BYTES (INT64CONST(128) * 1024 * 1024)

static void ReadSid(const JsonbValue *value, const Path *path, void *field, const void *kind, Problems *problems);
static void ReadIds(const JsonbValue *value, const Path *path, void *field, const void *kind, Problems *problems);
static void ReadDelivery(const JsonbValue *value, const Path *path, void *field, const void *unused, Problems *problems);
static void ReadConfigurationIds(const JsonbValue *value, const Path *path, void *field, const void *unused, Problems *problems);
static void ReadSpan(const JsonbValue *value, const Path *path, void *field, const void *members, Problems *problems);
static void ReadNotes(const JsonbValue *value, const Path *path, void *field, const void *unused, Problems *problems);
static void ReadProctorTypes(const JsonbValue *value, const Path *path, void *field, const void *unused, Problems *problems);
static void ReadPermittedItems(const JsonbValue *value, const Path *path, void *field, const void *unused, Problems *problems);
static void ReadCourse(const JsonbValue *value, const Path *path, void *field, const void *unused, Problems *problems);
static void ReadUser(const JsonbValue *value, const Path *path, void *field, const void *unused, Problems *problems);
static void ReadEnrollment(const JsonbValue *value, const Path *path, void *field, const void *unused, Problems *problems);
static void ReadExam(const JsonbValue *value, const Path *path, void *field, const void *unused, Problems *problems);
static void ReadConfiguration(const JsonbValue *value, const Path *path, void *field, const void *unused, Problems *problems);
static void ReadSignon(const JsonbValue *value, const Path *path, void *field, const void *unused, Problems *problems);

static const int maxId = MAX_ID_LENGTH;
static const LengthRange nameLength = {1, MAX_NAME_LENGTH};
static const LengthRange codeLength = {0, MAX_CODE_LENGTH};
static const LengthRange notesLength = {0, MAX_NOTES_LENGTH};
static const LengthRange passwordLength = {1, MAX_PASSWORD_LENGTH};
static const LengthRange keyLength = {1, MAX_KEY_LENGTH};
static const IntRange positive = {1, PG_INT32_MAX};
static const IntRange notNegative = {0, PG_INT32_MAX};
static const IntRange signonSeconds = {SIGNON_SECONDS_LEAST, SIGNON_SECONDS_MOST};
static const Words roleWords = {lengthof(enrollmentRoles), enrollmentRoles};
static const Words statusWords = {lengthof(enrollmentStatuses), enrollmentStatuses};
static const Words examTypeWords = {lengthof(examTypes), examTypes};
static const Words configurationTypeWords = {lengthof(configurationTypes), configurationTypes};
static const bool emptyIsAbsent = true;

static const Member courseIdMembers[] = {
	MEMBER("sid", ReadSid, Ids, sid, "CU"),
	MEMBER("api", ReadId, Ids, api, &maxId),
	MEMBER("lms", ReadId, Ids, lms, &maxId),
	MEMBER("external", ReadId, Ids, external, &maxId),
};
static const Member userIdMembers[] = {
	MEMBER("sid", ReadSid, Ids, sid, "US"),
	MEMBER("api", ReadId, Ids, api, &maxId),
	MEMBER("lms", ReadId, Ids, lms, &maxId),
	MEMBER("external", ReadId, Ids, external, &maxId),
};
static const Member examIdMembers[] = {
	MEMBER("sid", ReadSid, Ids, sid, "EX"),
	MEMBER("external", ReadId, Ids, external, &maxId),
};

/* The ids that a kind of row has. */
typedef struct IdKind
{
	const Member *members;
	int			count;
	const char *list;
} IdKind;

static const IdKind courseIds = {courseIdMembers, lengthof(courseIdMembers), "sid, api, lms or external"};
static const IdKind userIds = {userIdMembers, lengthof(userIdMembers), "sid, api, lms or external"};
static const IdKind examIds = {examIdMembers, lengthof(examIdMembers), "sid or external"};

static const Member courseMembers[] = {
	MEMBER("ids", ReadIds, CourseBlock, ids, &courseIds),
	MEMBER("title", ReadText, CourseBlock, title, &nameLength),
	MEMBER("code", ReadText, CourseBlock, code, &codeLength),
};
static const Member userMembers[] = {
	MEMBER("ids", ReadIds, UserBlock, ids, &userIds),
	MEMBER("firstName", ReadText, UserBlock, firstName, &nameLength),
	MEMBER("lastName", ReadText, UserBlock, lastName, &nameLength),
	MEMBER("email", ReadEmail, UserBlock, email, NULL),
	MEMBER("currencyCode", ReadCurrency, UserBlock, currencyCode, NULL),
	MEMBER("timeZone", ReadTimeZone, UserBlock, timeZone, NULL),
};
static const Member enrollmentMembers[] = {
	MEMBER("role", ReadWord, EnrollmentBlock, role, &roleWords),
	MEMBER("status", ReadWord, EnrollmentBlock, status, &statusWords),
};
static const Member examMembers[] = {
	MEMBER("ids", ReadIds, ExamBlock, ids, &examIds),
	MEMBER("title", ReadText, ExamBlock, title, &nameLength),
	MEMBER("description", ReadText, ExamBlock, description, &notesLength),
	MEMBER("type", ReadWord, ExamBlock, type, &examTypeWords),
	MEMBER("practice", ReadBool, ExamBlock, practice, NULL),
	MEMBER("limitedScope", ReadBool, ExamBlock, limitedScope, NULL),
	MEMBER("deliverySystem", ReadDelivery, ExamBlock, deliverySystem, NULL),
	MEMBER("configuration", ReadConfiguration, ExamBlock, configuration, NULL),
};
static const Member accessMembers[] = {
	MEMBER("open", ReadTime, ConfigurationBlock, opens, NULL),
	MEMBER("close", ReadTime, ConfigurationBlock, closes, NULL),
};
static const Member schedulingMembers[] = {
	MEMBER("open", ReadTime, ConfigurationBlock, schedulingOpens, &emptyIsAbsent),
	MEMBER("close", ReadTime, ConfigurationBlock, schedulingCloses, &emptyIsAbsent),
};
static const Member notesMembers[] = {
	MEMBER("student", ReadText, ConfigurationBlock, studentNotes, &notesLength),
	MEMBER("proctor", ReadText, ConfigurationBlock, proctorNotes, &notesLength),
};
static const Member configurationIdMembers[] = {
	MEMBER("api", ReadId, ConfigurationBlock, api, &maxId),
};

/* Members that are objects of the same block read into the whole block, at offset 0. */
static const Member configurationMembers[] = {
	{"ids", 3, ReadConfigurationIds, 0, NULL},
	MEMBER("type", ReadWord, ConfigurationBlock, type, &configurationTypeWords),
	MEMBER("url", ReadUrl, ConfigurationBlock, url, NULL),
	{"access", 6, ReadSpan, 0, accessMembers},
	{"scheduling", 10, ReadSpan, 0, schedulingMembers},
	MEMBER("duration", ReadInt, ConfigurationBlock, duration, &positive),
	MEMBER("password", ReadText, ConfigurationBlock, password, &passwordLength),
	MEMBER("attempts", ReadInt, ConfigurationBlock, attempts, &positive),
	{"notes", 5, ReadNotes, 0, NULL},
	MEMBER("proctorTypes", ReadProctorTypes, ConfigurationBlock, proctorTypes, NULL),
	MEMBER("permittedItems", ReadPermittedItems, ConfigurationBlock, permittedItems, NULL),
};
static const Member signonMembers[] = {
	MEMBER("integrationSid", ReadSid, SignonBlock, integration, "II"),
	MEMBER("expiresIn", ReadInt, SignonBlock, expiresIn, &signonSeconds),
};
static const Member itemMembers[] = {
	MEMBER("course", ReadCourse, BatchItem, course, NULL),
	MEMBER("user", ReadUser, BatchItem, user, NULL),
	MEMBER("enrollment", ReadEnrollment, BatchItem, enrollment, NULL),
	MEMBER("exam", ReadExam, BatchItem, exam, NULL),
	MEMBER("signon", ReadSignon, BatchItem, signon, NULL),
};

/* Required notes that a member is missing. */
static void
Required(Problems *problems, const Path *path, const char *member)
{
	Path		step = {path, member, strlen(member), 0};

	ProblemAdd(problems, CODE_INVALID, "required", NULL, &step, "is required");
}

/* ReadSid reads a sid of a kind. */
static void
ReadSid(const JsonbValue *value, const Path *path, void *field, const void *kind, Problems *problems)
{
	SidField   *sid = field;
	Text		text = JsonText(value);

	if (value->type == jbvNull)
	{
		sid->presence = NULLED;
		return;
	}
	if (value->type != jbvString)
	{
		ProblemAdd(problems, CODE_INVALID, "type", NULL, path, "must be a string, not %s", JsonTypeName(value));
		return;
	}
	sid->presence = GIVEN;
	sid->form = SidRead(text, kind, &sid->id);
	if (sid->form == SID_MALFORMED)
		ProblemAdd(problems, CODE_INVALID, "pattern", NULL, path,
				   "must be %s and 32 hexadecimal digits", (const char *) kind);
}

/* ReadIds reads the ids of a block: at least one, none of them empty; null is as good as absent. */
static void
ReadIds(const JsonbValue *value, const Path *path, void *field, const void *kind, Problems *problems)
{
	Ids		   *ids = field;
	const IdKind *known = kind;
	int			before = problems->count + problems->more;

	if (value->type == jbvNull || !ReadIsObject(value, path, problems))
		return;
	ReadObject(value->val.binary.data, path, known->members, known->count, ids, problems);
	ids->present = ids->sid.presence == GIVEN || ids->api.presence == GIVEN ||
		ids->lms.presence == GIVEN || ids->external.presence == GIVEN;
	if (!ids->present && problems->count + problems->more == before)
		ProblemAdd(problems, CODE_INVALID, "required", NULL, path, "needs one of %s", known->list);
}

/* HasIds tells whether a block's object has the member ids, and notes it when not. */
static bool
HasIds(JsonbContainer *object, const Path *path, Problems *problems)
{
	JsonbValue	ids;

	if (getKeyJsonValueFromContainer(object, "ids", 3, &ids) != NULL && ids.type != jbvNull)
		return true;
	Required(problems, path, "ids");
	return false;
}

/* RequireText notes a text that the contract requires: always not null, and there unless a sid names the row. */
static void
RequireText(Text value, bool hasSid, const Path *path, const char *member, JsonbContainer *object, Problems *problems)
{
	JsonbValue	sent;

	if (value.presence == NULLED)
		Required(problems, path, member);
	else if (value.presence == ABSENT && !hasSid &&
			 getKeyJsonValueFromContainer(object, member, strlen(member), &sent) == NULL)
		Required(problems, path, member);
}

/* ReadCourse reads the block course. */
static void
ReadCourse(const JsonbValue *value, const Path *path, void *field, const void *unused, Problems *problems)
{
	JsonbContainer *object = value->val.binary.data;
	CourseBlock *course;

	if (value->type == jbvNull || !ReadIsObject(value, path, problems))
		return;
	course = *(CourseBlock **) field = MemoryContextAllocZero(problems->context, sizeof(CourseBlock));
	ReadObject(object, path, courseMembers, lengthof(courseMembers), course, problems);
	course->bare = HasIds(object, path, problems) && JsonContainerSize(object) == 1;
	if (!course->bare)
		RequireText(course->title, course->ids.sid.presence == GIVEN, path, "title", object, problems);
}

/* ReadUser reads the block user. */
static void
ReadUser(const JsonbValue *value, const Path *path, void *field, const void *unused, Problems *problems)
{
	JsonbContainer *object = value->val.binary.data;
	UserBlock  *user;
	bool		hasSid;

	if (value->type == jbvNull || !ReadIsObject(value, path, problems))
		return;
	user = *(UserBlock **) field = MemoryContextAllocZero(problems->context, sizeof(UserBlock));
	ReadObject(object, path, userMembers, lengthof(userMembers), user, problems);
	user->bare = HasIds(object, path, problems) && JsonContainerSize(object) == 1;
	if (user->bare)
		return;
	hasSid = user->ids.sid.presence == GIVEN;
	RequireText(user->firstName, hasSid, path, "firstName", object, problems);
	RequireText(user->lastName, hasSid, path, "lastName", object, problems);
	RequireText(user->email, hasSid, path, "email", object, problems);
}

/* ReadEnrollment reads the block enrollment. */
static void
ReadEnrollment(const JsonbValue *value, const Path *path, void *field, const void *unused, Problems *problems)
{
	EnrollmentBlock *enrollment;

	if (value->type == jbvNull || !ReadIsObject(value, path, problems))
		return;
	enrollment = *(EnrollmentBlock **) field = MemoryContextAllocZero(problems->context, sizeof(EnrollmentBlock));
	ReadObject(value->val.binary.data, path, enrollmentMembers, lengthof(enrollmentMembers), enrollment, problems);
}

/* ReadDelivery reads the name of a delivery system; the contract's sample sends "" for none. */
static void
ReadDelivery(const JsonbValue *value, const Path *path, void *field, const void *unused, Problems *problems)
{
	if (value->type != jbvString || value->val.string.len > 0)
		ReadId(value, path, field, &maxId, problems);
}

/* ReadExam reads the block exam. */
static void
ReadExam(const JsonbValue *value, const Path *path, void *field, const void *unused, Problems *problems)
{
	JsonbContainer *object = value->val.binary.data;
	ExamBlock  *exam;

	if (value->type == jbvNull || !ReadIsObject(value, path, problems))
		return;
	exam = *(ExamBlock **) field = MemoryContextAllocZero(problems->context, sizeof(ExamBlock));
	ReadObject(object, path, examMembers, lengthof(examMembers), exam, problems);
	exam->bare = HasIds(object, path, problems) && JsonContainerSize(object) == 1;
	if (!exam->bare)
		RequireText(exam->title, exam->ids.sid.presence == GIVEN, path, "title", object, problems);
}

/* ReadConfigurationIds reads ids as a text or as {"api": text}: the same thing. */
static void
ReadConfigurationIds(const JsonbValue *value, const Path *path, void *field, const void *unused, Problems *problems)
{
	ConfigurationBlock *configuration = field;

	if (value->type == jbvString)
		ReadId(value, path, &configuration->api, &maxId, problems);
	else if (value->type == jbvBinary && JsonContainerIsObject(value->val.binary.data))
		ReadObject(value->val.binary.data, path, configurationIdMembers, lengthof(configurationIdMembers),
				   configuration, problems);
	else if (value->type != jbvNull)
		ProblemAdd(problems, CODE_INVALID, "type", NULL, path, "must be a string or an object, not %s",
				   JsonTypeName(value));
}

/* ReadSpan reads access or scheduling: two members into the block. A null resets both. */
static void
ReadSpan(const JsonbValue *value, const Path *path, void *field, const void *members, Problems *problems)
{
	ConfigurationBlock *configuration = field;

	if (value->type == jbvNull && members == schedulingMembers)
	{
		configuration->schedulingOpens.presence = NULLED;
		configuration->schedulingCloses.presence = NULLED;
	}
	else if (value->type != jbvNull && ReadIsObject(value, path, problems))
		ReadObject(value->val.binary.data, path, members, 2, configuration, problems);
}

/* ReadNotes reads the notes for students and proctors. A null resets both. */
static void
ReadNotes(const JsonbValue *value, const Path *path, void *field, const void *unused, Problems *problems)
{
	ConfigurationBlock *configuration = field;

	if (value->type == jbvNull)
	{
		configuration->studentNotes.presence = NULLED;
		configuration->proctorNotes.presence = NULLED;
	}
	else if (ReadIsObject(value, path, problems))
		ReadObject(value->val.binary.data, path, notesMembers, lengthof(notesMembers), configuration, problems);
}

/* ReadProctorTypes reads and checks proctorTypes. */
static void
ReadProctorTypes(const JsonbValue *value, const Path *path, void *field, const void *unused, Problems *problems)
{
	ReadJson(value, path, field, NULL, problems);
	if (((JsonField *) field)->presence == GIVEN)
		ProctorTypesCheck(((JsonField *) field)->container, path, problems);
}

/* ReadPermittedItems reads and checks permittedItems. */
static void
ReadPermittedItems(const JsonbValue *value, const Path *path, void *field, const void *unused, Problems *problems)
{
	ReadJson(value, path, field, NULL, problems);
	if (((JsonField *) field)->presence == GIVEN)
		PermittedItemsCheck(((JsonField *) field)->container, path, problems);
}

/* RequireTimes notes the members of access that are missing or null. */
static void
RequireTimes(const ConfigurationBlock *configuration, JsonbContainer *object, const Path *path, Problems *problems)
{
	static const char *const names[] = {"open", "close"};
	const TimeField *times[] = {&configuration->opens, &configuration->closes};
	Path		access = PATH_KEY(path, "access");
	JsonbValue	sent;
	JsonbValue	ignored;

	if (getKeyJsonValueFromContainer(object, "access", 6, &sent) == NULL || sent.type == jbvNull)
	{
		Required(problems, path, "access");
		return;
	}
	if (sent.type != jbvBinary || !JsonContainerIsObject(sent.val.binary.data))
		return;
	for (int i = 0; i < 2; i++)
		if (times[i]->presence == NULLED ||
			(times[i]->presence == ABSENT &&
			 getKeyJsonValueFromContainer(sent.val.binary.data, names[i], strlen(names[i]), &ignored) == NULL))
			Required(problems, &access, names[i]);
}

/* ReadConfiguration reads how an exam is delivered. */
static void
ReadConfiguration(const JsonbValue *value, const Path *path, void *field, const void *unused, Problems *problems)
{
	static const char *const others[] = {"duration", "proctorTypes"};
	JsonbContainer *object = value->val.binary.data;
	ConfigurationBlock *configuration;
	ConfigurationTimes times;

	if (value->type == jbvNull || !ReadIsObject(value, path, problems))
		return;
	configuration = *(ConfigurationBlock **) field = MemoryContextAllocZero(problems->context, sizeof(ConfigurationBlock));
	ReadObject(object, path, configurationMembers, lengthof(configurationMembers), configuration, problems);
	configuration->bare = JsonContainerSize(object) == 1 && configuration->api.presence == GIVEN;
	if (configuration->bare)
		return;

	RequireText(configuration->url, false, path, "url", object, problems);
	RequireTimes(configuration, object, path, problems);
	RequireText(configuration->password, false, path, "password", object, problems);
	for (int i = 0; i < lengthof(others); i++)
	{
		JsonbValue	sent;

		if (getKeyJsonValueFromContainer(object, others[i], strlen(others[i]), &sent) == NULL ||
			sent.type == jbvNull)
			Required(problems, path, others[i]);
	}

	times.opens = configuration->opens;
	times.closes = configuration->closes;
	times.schedulingOpens = configuration->schedulingOpens;
	times.schedulingCloses = configuration->schedulingCloses;
	times.duration = configuration->duration;
	ConfigurationCheckTimes(&times, path, problems);
}

/* ReadSignon reads the wish for a sign-on link. */
static void
ReadSignon(const JsonbValue *value, const Path *path, void *field, const void *unused, Problems *problems)
{
	SignonBlock *signon;
	JsonbValue	sent;

	if (value->type == jbvNull || !ReadIsObject(value, path, problems))
		return;
	signon = *(SignonBlock **) field = MemoryContextAllocZero(problems->context, sizeof(SignonBlock));
	ReadObject(value->val.binary.data, path, signonMembers, lengthof(signonMembers), signon, problems);
	if (getKeyJsonValueFromContainer(value->val.binary.data, "integrationSid", strlen("integrationSid"), &sent) == NULL ||
		sent.type == jbvNull)
		Required(problems, path, "integrationSid");
}

/* CheckTogether checks which blocks need which. */
static void
CheckTogether(const BatchItem *item, Problems *problems)
{
	if (item->course == NULL && item->user == NULL && item->exam == NULL && problems->count == 0)
		ProblemAdd(problems, CODE_INVALID, "required", "SmarterProctoring's contract asks for a course.", NULL,
				   "needs a course, user or exam");
	if (item->enrollment != NULL && item->user == NULL)
		ProblemAdd(problems, CODE_INVALID, "together", "Send the user who is to be enrolled.",
				   &PATH_KEY(NULL, "enrollment"), "enrollment needs a user");
	else if (item->enrollment != NULL && item->course == NULL)
		ProblemAdd(problems, CODE_INVALID, "together", "Send the course that the user is enrolled in.",
				   &PATH_KEY(NULL, "enrollment"), "enrollment needs a course");
	if (item->signon != NULL && item->user == NULL)
		ProblemAdd(problems, CODE_INVALID, "together", "Send the user who is to sign on.",
				   &PATH_KEY(NULL, "signon"), "signon needs a user");
}

/*
 * ItemRefuse keeps the problems of an item and makes the collection ready for
 * the next, and gives up on a call whose violations no answer could hold.
 */
void
ItemRefuse(Batch *batch, BatchItem *item, Problems *problems)
{
	item->problems = MemoryContextAlloc(problems->context, sizeof(Problems));
	*item->problems = *problems;
	batch->problemBytes -= item->problemBytes;
	item->problemBytes = 0;
	for (int i = 0; i < problems->count; i++)
		item->problemBytes += strlen(problems->list[i].pointer) + strlen(problems->list[i].detail) +
			(problems->list[i].hint != NULL ? strlen(problems->list[i].hint) : 0) + 100;
	batch->problemBytes += item->problemBytes;
	if (batch->problemBytes > MAX_PROBLEM_BYTES)
		RaiseProblem(CODE_LIMIT, "Send fewer items in a call, or mend the first ones.",
					 "the violations of this call are too many to be told");
	ProblemsInit(problems, problems->context);
}

/*
 * ReadInstallSid reads the member installSid of the payload or of an item;
 * wherever it stands, it says the same.
 */
static void
ReadInstallSid(const JsonbValue *value, Batch *batch)
{
	Text		named = JsonText(value);

	if (value->type == jbvNull)
		return;
	if (value->type != jbvString)
		RaiseProblem(CODE_INVALID, NULL, "/installSid: must be a string, not %s", JsonTypeName(value));
	if (batch->installSid.presence == GIVEN && !TextEquals(batch->installSid, named))
		RaiseProblem(CODE_INVALID, "Send a call an install.", "/installSid: must be the same in all items");
	batch->installSid = named;
}

/* ReadItem reads an item; installSid may stand in it but in the form that has it at the top. */
static void
ReadItem(Batch *batch, BatchItem *item, JsonbContainer *object, Problems *problems)
{
	Members		walk;
	JsonbValue	value;
	Text		name;

	MembersStart(&walk, object);
	while (MembersNext(&walk, &name, &value))
	{
		const Member *member = NULL;
		Path		step = {NULL};

		for (int i = 0; i < lengthof(itemMembers) && member == NULL; i++)
			if (itemMembers[i].nameLength == name.len && memcmp(itemMembers[i].name, name.data, name.len) == 0)
				member = &itemMembers[i];
		if (member != NULL)
		{
			step.key = member->name;
			step.keyLength = member->nameLength;
			member->read(&value, &step, (char *) item + member->offset, member->detail, problems);
		}
		else if (batch->form != FORM_BATCH && TextIs(name, "installSid"))
			ReadInstallSid(&value, batch);
		else if (TextIs(name, "installSid"))
			ProblemAdd(problems, CODE_INVALID, "unknown_key", "It stands at the top, beside items.",
					   &PATH_KEY(NULL, "installSid"), "unknown key \"installSid\"");
		else
			UnknownMember(name, NULL, itemMembers, lengthof(itemMembers), problems);
	}
	CheckTogether(item, problems);
	batch->anySignon |= item->signon != NULL;
	if (problems->count > 0)
		ItemRefuse(batch, item, problems);
	item->readProblems = item->problems;
}

/* ReadItems reads an array of items. */
static void
ReadItems(Batch *batch, JsonbContainer *array)
{
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue	value;
	Problems	problems;
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext scratch;
	int			index = 0;

	batch->itemCount = JsonContainerSize(array);
	if (batch->itemCount > MaxItems)
		RaiseProblem(CODE_LIMIT, psprintf("Send at most %d items in a call.", MaxItems),
					 "%d items are more than %d", batch->itemCount, MaxItems);
	batch->items = MemoryContextAllocExtended(CurrentMemoryContext,
											  Max(batch->itemCount, 1) * sizeof(BatchItem),
											  MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	ProblemsInit(&problems, CurrentMemoryContext);

	/*
	 * What reading leaves behind besides blocks and problems goes with each
	 * item.
	 */
	scratch = AllocSetContextCreate(caller, "proctorlink read", ALLOCSET_DEFAULT_SIZES);
	iterator = JsonbIteratorInit(array);
	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		if (token != WJB_ELEM)
			continue;
		CHECK_FOR_INTERRUPTS();
		MemoryContextSwitchTo(scratch);
		if (ReadIsObject(&value, NULL, &problems))
			ReadItem(batch, &batch->items[index], value.val.binary.data, &problems);
		else
		{
			ItemRefuse(batch, &batch->items[index], &problems);
			batch->items[index].readProblems = batch->items[index].problems;
		}
		index++;
		MemoryContextSwitchTo(caller);
		MemoryContextReset(scratch);
	}
	MemoryContextDelete(scratch);
}

/* Members of the third form. */
typedef struct Envelope
{
	Text		installSid;
	Text		key;
	BoolField	atomic;
	BoolField	dryRun;
	Complete	complete;
	JsonbContainer *items;
} Envelope;

/* ReadCourseList reads the courses of complete. */
static void
ReadCourseList(const JsonbValue *value, const Path *path, void *field, const void *unused, Problems *problems)
{
	Complete   *complete = field;
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue	element;
	int			index = 0;

	if (value->type != jbvBinary || !JsonContainerIsArray(value->val.binary.data))
	{
		ProblemAdd(problems, CODE_INVALID, "type", NULL, path, "must be an array, not %s", JsonTypeName(value));
		return;
	}
	if (JsonContainerSize(value->val.binary.data) > MaxItems)
		RaiseProblem(CODE_LIMIT, psprintf("Name at most %d courses in a call.", MaxItems),
					 "/complete/courses: %d courses are more than %d", JsonContainerSize(value->val.binary.data),
					 MaxItems);
	complete->courses = palloc0(Max(JsonContainerSize(value->val.binary.data), 1) * sizeof(Ids));
	iterator = JsonbIteratorInit(value->val.binary.data);
	while ((token = JsonbIteratorNext(&iterator, &element, true)) != WJB_DONE)
	{
		Path		step = {path, NULL, 0, index};

		if (token != WJB_ELEM)
			continue;
		index++;
		if (ReadIsObject(&element, &step, problems))
			ReadIds(&element, &step, &complete->courses[complete->courseCount++], &courseIds, problems);
	}
}

/* ReadComplete reads which courses the batch tells whole, and how many may go by that. */
static void
ReadComplete(const JsonbValue *value, const Path *path, void *field, const void *unused, Problems *problems)
{
	static const Member members[] = {
		{"courses", 7, ReadCourseList, 0, NULL},
		MEMBER("maxRemoved", ReadInt, Complete, maxRemoved, &notNegative),
	};
	Complete   *complete = field;
	JsonbValue	sent;

	if (value->type == jbvNull || !ReadIsObject(value, path, problems))
		return;
	complete->present = true;
	ReadObject(value->val.binary.data, path, members, lengthof(members), complete, problems);
	if (getKeyJsonValueFromContainer(value->val.binary.data, "courses", 7, &sent) == NULL)
		Required(problems, path, "courses");
	if (getKeyJsonValueFromContainer(value->val.binary.data, "maxRemoved", 10, &sent) == NULL ||
		sent.type == jbvNull)
		Required(problems, path, "maxRemoved");
}

/* ReadItemArray keeps the array of items for later. */
static void
ReadItemArray(const JsonbValue *value, const Path *path, void *field, const void *unused, Problems *problems)
{
	if (value->type == jbvBinary && JsonContainerIsArray(value->val.binary.data))
		*(JsonbContainer **) field = value->val.binary.data;
	else
		ProblemAdd(problems, CODE_INVALID, "type", NULL, path, "must be an array, not %s", JsonTypeName(value));
}

static const Member envelopeMembers[] = {
	MEMBER("installSid", ReadText, Envelope, installSid, &nameLength),
	MEMBER("idempotencyKey", ReadText, Envelope, key, &keyLength),
	MEMBER("atomic", ReadBool, Envelope, atomic, NULL),
	MEMBER("dryRun", ReadBool, Envelope, dryRun, NULL),
	MEMBER("complete", ReadComplete, Envelope, complete, NULL),
	MEMBER("items", ReadItemArray, Envelope, items, NULL),
};

/* IsEnvelope tells whether an object is of the third form: it has a member that only that form has. */
static bool
IsEnvelope(JsonbContainer *object)
{
	static const char *const marks[] = {"items", "idempotencyKey", "atomic", "dryRun", "complete"};
	JsonbValue	value;

	for (int i = 0; i < lengthof(marks); i++)
		if (getKeyJsonValueFromContainer(object, marks[i], strlen(marks[i]), &value) != NULL)
			return true;
	return false;
}

/* ReadEnvelope reads the third form; what is wrong with the call as a whole raises. */
static void
ReadEnvelope(Batch *batch, JsonbContainer *object)
{
	Envelope	envelope = {0};
	Problems	problems;
	JsonbValue	sent;

	ProblemsInit(&problems, CurrentMemoryContext);
	ReadObject(object, NULL, envelopeMembers, lengthof(envelopeMembers), &envelope, &problems);
	if (getKeyJsonValueFromContainer(object, "items", 5, &sent) == NULL)
		Required(&problems, NULL, "items");
	if (problems.count > 0)
		ProblemsRaise(&problems);

	batch->installSid = envelope.installSid;
	batch->key = envelope.key;
	batch->atomic = envelope.atomic.presence == GIVEN && envelope.atomic.value;
	batch->dryRun = envelope.dryRun.presence == GIVEN && envelope.dryRun.value;
	batch->complete = envelope.complete;
	ReadItems(batch, envelope.items);
}

/* BatchRead reads a payload, which the texts of the batch point into from then on. */
void
BatchRead(Jsonb *payload, Batch *batch)
{
	JsonbContainer *root = &payload->root;
	Problems	problems;

	memset(batch, 0, sizeof(Batch));
	if (JB_ROOT_IS_SCALAR(payload))
		RaiseProblem(CODE_INVALID, NULL, "the payload must be an object or an array");
	if (JB_ROOT_IS_ARRAY(payload))
	{
		batch->form = FORM_ARRAY;
		ReadItems(batch, root);
	}
	else if (IsEnvelope(root))
	{
		batch->form = FORM_BATCH;
		ReadEnvelope(batch, root);
	}
	else
	{
		batch->form = FORM_OBJECT;
		batch->itemCount = 1;
		batch->items = palloc0(sizeof(BatchItem));
		ProblemsInit(&problems, CurrentMemoryContext);
		ReadItem(batch, batch->items, root, &problems);
		if (batch->items->problems != NULL)
			ProblemsRaise(batch->items->problems);
	}
}
