/*
 * core/jsonb_lenient.c
 *		Reading of jsonb at the vendors' doors, which are lenient about form.
 */
#include "core/jsonb_lenient.h"

#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

/* LenientIsAbsent tells whether a value stands for one that was not sent: the vendors' doors take null and "" so. */
bool
LenientIsAbsent(const JsonbValue *value)
{
	return value->type == jbvNull || (value->type == jbvString && value->val.string.len == 0);
}

/*
 * IsLongerThanIds tells whether a number has more digits than any id. It is not
 * written out for that: 1e131071 takes ten bytes of a body, and as many times
 * 13,000 as a text.
 */
static bool
IsLongerThanIds(Numeric number)
{
	Datum		limit = DirectFunctionCall3(numeric_in, CStringGetDatum("1e" CppAsString2(MAX_ID_LENGTH)),
											ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
	Datum		absolute = DirectFunctionCall1(numeric_abs, NumericGetDatum(number));

	return DatumGetInt32(DirectFunctionCall1(numeric_scale, NumericGetDatum(number))) > MAX_ID_LENGTH ||
		DatumGetBool(DirectFunctionCall2(numeric_ge, absolute, limit));
}

/* LenientText takes a text, also where it came as a number or boolean; absent for anything else. */
Text
LenientText(const JsonbValue *value)
{
	switch (value->type)
	{
		case jbvString:
			return JsonText(value);
		case jbvNumeric:
			if (IsLongerThanIds(value->val.numeric))
				return NO_TEXT;
			return TextOf(DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(value->val.numeric))));
		case jbvBool:
			return TextOf(value->val.boolean ? "true" : "false");
		default:
			return NO_TEXT;
	}
}

/* LenientArray takes an array, NULL when the value is none. */
JsonbContainer *
LenientArray(const JsonbValue *value)
{
	if (value->type != jbvBinary || !JsonContainerIsArray(value->val.binary.data) ||
		JsonContainerIsScalar(value->val.binary.data))
		return NULL;
	return value->val.binary.data;
}

/* TakeBool makes a boolean of a text or number that stands for one. */
static void
TakeBool(JsonbValue *value)
{
	Text		text = LenientText(value);
	bool		yes = (text.len == 4 && pg_strncasecmp(text.data, "true", 4) == 0) || TextIs(text, "1");
	bool		no = (text.len == 5 && pg_strncasecmp(text.data, "false", 5) == 0) || TextIs(text, "0");

	if (!yes && !no)
		return;
	value->type = jbvBool;
	value->val.boolean = yes;
}

/* TakeInt makes a number of a text that is written as an integer. */
static void
TakeInt(JsonbValue *value)
{
	Text		text = JsonText(value);
	int			sign = text.len > 0 && text.data[0] == '-' ? 1 : 0;
	int64		number = 0;

	/* Longer ones are beyond every limit, and the reader says what it wants. */
	if (text.presence != GIVEN || text.len == sign || text.len > 18)
		return;
	for (int i = sign; i < text.len; i++)
	{
		if (text.data[i] < '0' || text.data[i] > '9')
			return;
		number = number * 10 + (text.data[i] - '0');
	}
	value->type = jbvNumeric;
	value->val.numeric = int64_to_numeric(sign ? -number : number);
}

/* TakeText makes a text of a number or boolean. */
static void
TakeText(JsonbValue *value)
{
	Text		text = LenientText(value);

	if (text.presence != GIVEN)
		return;
	value->type = jbvString;
	value->val.string.val = unconstify(char *, text.data);
	value->val.string.len = text.len;
}

/* ReadMemberLenient reads one member, which is not absent, into a target. */
void
ReadMemberLenient(JsonbValue *value, const Path *path, const Member *member, void *target, Problems *problems)
{
	if (member->read == ReadBool)
		TakeBool(value);
	else if (member->read == ReadInt)
		TakeInt(value);
	else if (member->read != ReadJson)
		TakeText(value);
	member->read(value, path, (char *) target + member->offset, member->detail, problems);
}

/*
 * ReadObjectLenient reads the members of an object into a target, as ReadObject
 * does, but lenient in form: unknown members are passed over and noted, null and
 * "" are absent, and what came as another scalar is taken for what it stands for.
 */
void
ReadObjectLenient(JsonbContainer *object, const Path *path, const Member *members, int count,
				  void *target, Problems *problems)
{
	JsonbIterator *iterator = JsonbIteratorInit(object);
	JsonbValue	value;
	Text		name;

	while (NextMember(&iterator, &name, &value))
	{
		int			i;

		for (i = 0; i < count; i++)
		{
			const Member *member = &members[i];
			Path		step = {path, member->name, member->nameLength, 0};

			if (member->nameLength != name.len || memcmp(member->name, name.data, name.len) != 0)
				continue;
			if (!LenientIsAbsent(&value))
				ReadMemberLenient(&value, &step, member, target, problems);
			break;
		}
		if (i == count)
			ProblemsPassOver(problems, path, name);
	}
}
