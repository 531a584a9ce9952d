/*
 * provision/apply_exam.c
 *		What an item does to an exam and to how it is delivered.
 */
#include "provision/item_plan.h"

#include "domain/exam_configuration.h"

/* ExamUses lists the one id of an exam block besides its sid. */
static int
ExamUses(const ExamBlock *block, ExamRow *row, IdUse *uses)
{
	static ExamRow none;

	row = row != NULL ? row : &none;
	uses[0] = (IdUse)
	{
		KEY_EXAM_EXTERNAL, "external", block->ids.external, &row->external
	};
	return 1;
}

/* CheckDeliverySystem notes a delivery system that the install does not list, where it lists any. */
static void
CheckDeliverySystem(const Install *install, Text named, const Path *path, Problems *problems)
{
	Path		step = PATH_KEY(path, "deliverySystem");

	if (named.presence != GIVEN || install->deliverySystemCount == 0)
		return;
	for (int i = 0; i < install->deliverySystemCount; i++)
		if (TextEquals(named, install->deliverySystems[i]))
			return;
	ProblemAdd(problems, CODE_INVALID, "enum", "The install's setting deliverySystems lists those there are.",
			   &step, "\"%s\" is none of the install's delivery systems", TextQuoted(named));
}

/* CheckExamCourse notes an exam that is named under another course than its own. */
static void
CheckExamCourse(const ItemPlan *plan, const Path *path)
{
	const ExamRow *exam = plan->exam;
	bool		same = true;

	if (plan->item->course == NULL)
		return;
	if (exam->course != NULL)
		same = exam->course == plan->course;
	else if (exam->hasCourseId)
		same = plan->course != NULL && !plan->course->row.isNew &&
			memcmp(&exam->courseId, &plan->course->row.id, UUID_LEN) == 0;
	if (!same)
		ProblemAdd(plan->problems, CODE_CONFLICT, "conflict",
				   "Name the course that the exam belongs to, or give this exam another external id.",
				   path, "the exam belongs to another course");
}

/* TypeOf gives the type that a configuration block means: what it says, else primary. */
static int
TypeOf(const ConfigurationBlock *block)
{
	return block->type.presence == GIVEN ? block->type.value : TYPE_PRIMARY;
}

/* PrimaryOf finds the primary configuration of an exam, or NULL. */
static ConfigurationRow *
PrimaryOf(const ExamRow *exam)
{
	for (ConfigurationRow *c = exam->configurations; c != NULL; c = c->next)
		if (c->type == TYPE_PRIMARY)
			return c;
	return NULL;
}

/*
 * FindConfiguration finds the configuration that a block means: by its id, else
 * the exam's only one of that type (one without an id of its own, where the
 * block brings one).
 */
static ConfigurationRow *
FindConfiguration(const ExamRow *exam, const ConfigurationBlock *block, const Path *path, Problems *problems)
{
	ConfigurationRow *only = NULL;
	int			count = 0;

	for (ConfigurationRow *c = exam->configurations; c != NULL; c = c->next)
	{
		if (block->api.presence == GIVEN && TextEquals(c->api, block->api))
			return c;
		if (c->type == TypeOf(block) && (block->api.presence != GIVEN || c->api.presence != GIVEN))
		{
			only = c;
			count++;
		}
	}
	if (count > 1)
	{
		ProblemAdd(problems, CODE_CONFLICT, "conflict", "Send the configuration's ids.", path,
				   "the exam has %d configurations of this type", count);
		return NULL;
	}
	return block->bare ? NULL : only;
}

/* CheckMergedTimes checks the rules of times where a part of them stays as it is. */
static void
CheckMergedTimes(const ConfigurationBlock *block, const ConfigurationRow *row, const Path *path, Problems *problems)
{
	ConfigurationTimes times = {block->opens, block->closes, block->schedulingOpens, block->schedulingCloses,
	block->duration};

	if (block->schedulingOpens.presence != ABSENT && block->schedulingCloses.presence != ABSENT)
		return;
	if (times.schedulingOpens.presence == ABSENT)
		times.schedulingOpens = row->schedulingOpens;
	if (times.schedulingCloses.presence == ABSENT)
		times.schedulingCloses = row->schedulingCloses;
	ConfigurationCheckTimes(&times, path, problems);
}

/* PlanConfiguration finds how the exam of an item is delivered. */
static void
PlanConfiguration(ItemPlan *plan, const Path *examPath)
{
	const ConfigurationBlock *block = plan->item->exam->configuration;
	Path		path = PATH_KEY(examPath, "configuration");
	ConfigurationRow *primary = plan->exam != NULL ? PrimaryOf(plan->exam) : NULL;
	int			before = plan->problems->count;

	if (plan->exam != NULL)
		plan->configuration = FindConfiguration(plan->exam, block, &path, plan->problems);
	if (plan->problems->count > before)
		return;
	if (plan->configuration == NULL)
	{
		if (block->bare)
			NotFound(&path, "configuration", plan->problems);
		else if (TypeOf(block) == TYPE_PRIMARY && primary != NULL)
			ProblemAdd(plan->problems, CODE_CONFLICT, "conflict",
					   "Send that configuration's ids, or make this one an accommodation.", &path,
					   "the exam has a primary configuration with other ids already");
		return;
	}
	if (block->type.presence != ABSENT && TypeOf(block) != plan->configuration->type)
		ProblemAdd(plan->problems, CODE_CONFLICT, "not_allowed", NULL, &path,
				   "the configuration is %s, and its type does not change",
				   plan->configuration->type == TYPE_PRIMARY ? "the primary one" : "for accommodations");
	if (!block->bare)
		CheckMergedTimes(block, plan->configuration, &path, plan->problems);
}

/* PlanExam finds the exam of an item. */
void
PlanExam(const Resolution *resolution, ItemPlan *plan)
{
	const ExamBlock *block = plan->item->exam;
	Path		path = PATH_KEY(NULL, "exam");
	Path		configuration = PATH_KEY(&path, "configuration");
	int			before = plan->problems->count;
	IdUse		uses[1];
	int			count = ExamUses(block, NULL, uses);

	plan->exam = FindByIds(resolution, KEY_EXAM_SID, &block->ids, uses, count, &PATH_KEY(&path, "ids"), plan->problems);
	if (plan->problems->count > before)
		return;
	CheckDeliverySystem(resolution->install, block->deliverySystem, &path, plan->problems);
	if (plan->exam != NULL)
	{
		CheckReplaced(uses, ExamUses(block, plan->exam, uses), &path, plan->problems);
		CheckExamCourse(plan, &path);
	}
	else if (block->bare)
		NotFound(&path, "exam", plan->problems);
	else if (block->configuration == NULL)
		ProblemAdd(plan->problems, CODE_INVALID, "required", "Say how the exam is delivered.", &configuration,
				   "is required for a new exam");
	if (block->configuration != NULL)
		PlanConfiguration(plan, &path);
}

/* SetBool changes a boolean where one was sent, null being false, and tells whether it differs. */
static bool
SetBool(bool *field, BoolField sent)
{
	bool		value = sent.presence == GIVEN && sent.value;

	if (sent.presence == ABSENT || *field == value)
		return false;
	*field = value;
	return true;
}

/*
 * GivesScope tells whether an item opens or closes an exam, or puts an open one
 * into a course, and which.
 */
bool
GivesScope(const ItemPlan *plan, bool *opens)
{
	const BoolField *sent = &plan->item->exam->limitedScope;
	bool		limited = sent->presence == GIVEN && sent->value;
	const ExamRow *exam = plan->exam;

	if (exam == NULL)
	{
		*opens = !limited;
		return true;
	}
	if (sent->presence == ABSENT)
		limited = exam->limitedScope;
	*opens = !limited;
	return limited != exam->limitedScope ||
		(!limited && plan->item->course != NULL && exam->course == NULL && !exam->hasCourseId);
}

/* DoExam makes or changes the exam of an item. */
void
DoExam(Resolution *resolution, ItemPlan *plan)
{
	const ExamBlock *block = plan->item->exam;
	ExamRow    *exam = plan->exam;
	IdUse		uses[1];
	bool		changed;
	bool		opens;
	bool		scopeGiven = GivesScope(plan, &opens);

	if (exam == NULL)
	{
		exam = plan->exam = palloc0(sizeof(ExamRow));
		exam->row.isNew = true;
		RowListAdd(&resolution->exams, exam);
	}
	changed = AddIds(resolution, uses, ExamUses(block, exam, uses), exam);
	changed |= SetText(&exam->title, block->title);
	changed |= SetText(&exam->description, block->description);
	changed |= SetText(&exam->deliverySystem, block->deliverySystem);
	changed |= SetBool(&exam->practice, block->practice);
	changed |= SetBool(&exam->limitedScope, block->limitedScope);
	if (block->type.presence != ABSENT)
	{
		int8		type = block->type.presence == GIVEN ? block->type.value : TYPE_ONLINE;

		changed |= exam->type != type;
		exam->type = type;
	}
	if (plan->course != NULL && exam->course == NULL)
	{
		changed |= !exam->hasCourseId;
		exam->course = plan->course;
	}
	exam->scopeGiven |= scopeGiven;
	plan->item->blocks[BLOCK_EXAM].row = &exam->row;
	plan->item->outcomes[BLOCK_EXAM] = changed ? OUTCOME_UPDATED : OUTCOME_FOUND;
	exam->row.changed |= changed;
}

/* SetTime changes a time where one was sent, null included, and tells whether it differs. */
static bool
SetTime(TimeField *field, TimeField sent)
{
	if (sent.presence == ABSENT ||
		((sent.presence == GIVEN) == (field->presence == GIVEN) &&
		 (sent.presence != GIVEN || sent.value == field->value)))
		return false;
	*field = sent;
	return true;
}

/* SetInt changes a number where one was sent, null being a default, and tells whether it differs. */
static bool
SetInt(int32 *field, IntField sent, int32 ifNull)
{
	int32		value = sent.presence == GIVEN ? sent.value : ifNull;

	if (sent.presence == ABSENT || *field == value)
		return false;
	*field = value;
	return true;
}

/* SetJson changes an object where one was sent, null included, and tells whether it differs. */
static bool
SetJson(JsonField *field, JsonField sent)
{
	if (sent.presence == ABSENT)
		return false;
	if ((sent.presence == GIVEN) == (field->presence == GIVEN) &&
		(sent.presence != GIVEN || compareJsonbContainers(sent.container, field->container) == 0))
		return false;
	*field = sent;
	return true;
}

/* DoConfiguration makes or changes how the exam of an item is delivered. */
void
DoConfiguration(Resolution *resolution, ItemPlan *plan)
{
	const ConfigurationBlock *block = plan->item->exam->configuration;
	ConfigurationRow *configuration = plan->configuration;
	bool		changed = false;
	bool		passwordChanged;

	if (configuration == NULL)
	{
		configuration = plan->configuration = palloc0(sizeof(ConfigurationRow));
		configuration->row.isNew = true;
		configuration->type = TypeOf(block);
		configuration->attempts = 1;
		configuration->exam = plan->exam;
		configuration->next = plan->exam->configurations;
		plan->exam->configurations = configuration;
		RowListAdd(&resolution->configurations, configuration);
	}
	if (block->api.presence == GIVEN)
		changed |= SetText(&configuration->api, block->api);
	changed |= SetText(&configuration->url, block->url);
	changed |= SetTime(&configuration->opens, block->opens);
	changed |= SetTime(&configuration->closes, block->closes);
	changed |= SetTime(&configuration->schedulingOpens, block->schedulingOpens);
	changed |= SetTime(&configuration->schedulingCloses, block->schedulingCloses);
	changed |= SetInt(&configuration->duration, block->duration, 0);
	changed |= SetInt(&configuration->attempts, block->attempts, 1);
	changed |= SetText(&configuration->studentNotes, block->studentNotes);
	changed |= SetText(&configuration->proctorNotes, block->proctorNotes);
	changed |= SetJson(&configuration->proctorTypes, block->proctorTypes);
	changed |= SetJson(&configuration->permittedItems, block->permittedItems);
	passwordChanged = SetText(&configuration->password, block->password);
	plan->item->blocks[BLOCK_CONFIGURATION].row = &configuration->row;
	plan->item->outcomes[BLOCK_CONFIGURATION] = changed || passwordChanged ? OUTCOME_UPDATED : OUTCOME_FOUND;
	configuration->row.changed |= changed;
	configuration->secretChanged |= passwordChanged;
}
