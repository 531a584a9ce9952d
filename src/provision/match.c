/*
 * provision/match.c
 *		Which row ids mean, among those in memory.
 */
#include "provision/item_plan.h"

/* AcceptRow tells whether a row may be found by this kind of key: a given external id finds given ones only. */
static bool
AcceptRow(KeyKind kind, const void *row)
{
	return kind != KEY_ACCOUNT_EXTERNAL || !((const AccountRow *) row)->defaulted;
}

/*
 * FindByIds finds the row that the ids of a block mean. Ids that mean two rows
 * are a conflict; a sid that nobody has is not found.
 */
void *
FindByIds(const Resolution *resolution, KeyKind sidKind, const Ids *ids, const IdUse *uses, int count,
		  const Path *path, Problems *problems)
{
	void	   *found = NULL;
	Path		sidPath = PATH_KEY(path, "sid");

	if (ids->sid.presence == GIVEN)
	{
		if (ids->sid.form == SID_OURS)
			found = RowFind(resolution, sidKind, SidKey(&ids->sid.id));
		if (found == NULL)
		{
			ProblemAdd(problems, CODE_NOT_FOUND, "not_found", NULL, &sidPath, "nothing has this sid");
			return NULL;
		}
	}
	for (int i = 0; i < count; i++)
	{
		void	   *row;

		if (uses[i].value.presence != GIVEN)
			continue;
		row = RowFind(resolution, uses[i].kind, uses[i].value);
		if (row == NULL || !AcceptRow(uses[i].kind, row))
			continue;
		if (found != NULL && found != row)
		{
			ProblemAdd(problems, CODE_CONFLICT, "conflict", "Send ids that belong together, or one of them alone.",
					   path, "the ids mean different rows: %s is another's", uses[i].name);
			return NULL;
		}
		found = row;
	}
	return found;
}

/* CheckReplaced notes ids that would take the place of different ones of the row. */
void
CheckReplaced(const IdUse *uses, int count, const Path *path, Problems *problems)
{
	Path		idsPath = PATH_KEY(path, "ids");

	for (int i = 0; i < count; i++)
	{
		Path		step = {&idsPath, uses[i].name, strlen(uses[i].name), 0};

		if (uses[i].value.presence == GIVEN && uses[i].field->presence == GIVEN &&
			!TextEquals(uses[i].value, *uses[i].field))
			ProblemAdd(problems, CODE_CONFLICT, "conflict", NULL, &step,
					   "would replace another id");
	}
}

/* AddIds gives a row the ids that it did not have. */
bool
AddIds(Resolution *resolution, const IdUse *uses, int count, void *row)
{
	bool		changed = false;

	for (int i = 0; i < count; i++)
	{
		if (uses[i].value.presence != GIVEN || uses[i].field->presence == GIVEN)
			continue;
		*uses[i].field = uses[i].value;
		RowRegister(resolution, uses[i].kind, uses[i].value, row);
		changed = true;
	}
	return changed;
}

/* NotFound notes a reference to what does not exist. */
void
NotFound(const Path *path, const char *what, Problems *problems)
{
	Path		idsPath = PATH_KEY(path, "ids");

	ProblemAdd(problems, CODE_NOT_FOUND, "not_found",
			   "Send it whole to make it, or before the items that refer to it.",
			   &idsPath, "no %s has these ids", what);
}

/* SetText changes a text where one was sent, null included, and tells whether it differs. */
bool
SetText(Text *field, Text sent)
{
	if (sent.presence == ABSENT || TextEquals(*field, sent))
		return false;
	*field = sent;
	return true;
}
