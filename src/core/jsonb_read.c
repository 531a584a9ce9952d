/*
 * core/jsonb_read.c
 *		Typed reading of jsonb by tables of members.
 *
 * Nothing here recurses into what a document brings, however deep it is.
 */
#include "core/jsonb_read.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

/* JsonText views a string; anything else is absent. */
Text
JsonText(const JsonbValue *value)
{
	if (value->type != jbvString)
		return (Text)
	{
		NULL, 0, ABSENT
	};
	return (Text)
	{
		value->val.string.val, value->val.string.len, GIVEN
	};
}

/* JsonTypeName says what a value is, for messages. */
const char *
JsonTypeName(const JsonbValue *value)
{
	switch (value->type)
	{
		case jbvNull:
			return "null";
		case jbvString:
			return "a string";
		case jbvNumeric:
			return "a number";
		case jbvBool:
			return "a boolean";
		case jbvBinary:
			return JsonContainerIsArray(value->val.binary.data) ? "an array" : "an object";
		default:
			return "something else";
	}
}

/* WrongType notes that a value is of another type than the one wanted. */
static void
WrongType(const JsonbValue *value, const Path *path, const char *wanted, Problems *problems)
{
	ProblemAdd(problems, CODE_INVALID, "type", NULL, path, "must be %s, not %s", wanted, JsonTypeName(value));
}

/* ReadIsObject tells whether a value is an object, and notes it when not. */
bool
ReadIsObject(const JsonbValue *value, const Path *path, Problems *problems)
{
	if (value->type == jbvBinary && JsonContainerIsObject(value->val.binary.data))
		return true;
	WrongType(value, path, "an object", problems);
	return false;
}

/* UnknownMember notes a key that has no meaning here, and the one that may have been meant. */
void
UnknownMember(Text name, const Path *path, const Member *members, int count, Problems *problems)
{
	const char **names;
	const char *nearest;
	Path		step = {path, name.data, name.len, 0};
	StringInfoData hint;

	if (problems->count == MAX_PROBLEMS)
	{
		problems->more++;
		return;
	}
	names = palloc(count * sizeof(char *));
	for (int i = 0; i < count; i++)
		names[i] = members[i].name;
	nearest = NearestName(name, names, count);
	initStringInfo(&hint);
	if (nearest != NULL)
		appendStringInfo(&hint, "Perhaps \"%s\" is meant.", nearest);
	else
	{
		appendStringInfoString(&hint, "Known here: ");
		for (int i = 0; i < count; i++)
			appendStringInfo(&hint, "%s%s", i > 0 ? ", " : "", names[i]);
		appendStringInfoChar(&hint, '.');
	}
	ProblemAdd(problems, CODE_INVALID, "unknown_key", hint.data, &step, "unknown key \"%s\"", TextQuoted(name));
	pfree(hint.data);
	pfree(names);
}

/* NextMember goes to the next member of an object, whose own members it does not enter. */
bool
NextMember(JsonbIterator **iterator, Text *key, JsonbValue *value)
{
	JsonbIteratorToken token;

	CHECK_FOR_INTERRUPTS();
	while ((token = JsonbIteratorNext(iterator, value, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			*key = JsonText(value);
		else if (token == WJB_VALUE)
			return true;
	}
	return false;
}

/* MembersStart begins to walk along the members of an object. */
void
MembersStart(Members *members, const JsonbContainer *object)
{
	members->object = object;
	members->count = JsonContainerSize(object);
	members->next = 0;
	members->keyOffset = 0;
	members->valueOffset = getJsonbOffset(object, members->count);
}

/*
 * MembersNext goes to the next member, whose own members it does not enter. It
 * does what NextMember does by an iterator of PostgreSQL's, which is made anew
 * for every object and takes twice as long.
 */
bool
MembersNext(Members *members, Text *key, JsonbValue *value)
{
	const JEntry *entries = members->object->children;
	const char *base = (const char *) &entries[members->count * 2];
	JEntry		keyEntry;
	JEntry		entry;
	uint32		start = members->valueOffset;

	if (members->next == members->count)
		return false;
	keyEntry = entries[members->next];
	entry = entries[members->count + members->next];
	members->next++;

	key->data = base + members->keyOffset;
	key->len = members->keyOffset;
	JBE_ADVANCE_OFFSET(members->keyOffset, keyEntry);
	key->len = members->keyOffset - key->len;
	key->presence = GIVEN;

	JBE_ADVANCE_OFFSET(members->valueOffset, entry);
	switch (entry & JENTRY_TYPEMASK)
	{
		case JENTRY_ISSTRING:
			value->type = jbvString;
			value->val.string.val = unconstify(char *, base) + start;
			value->val.string.len = members->valueOffset - start;
			break;
		case JENTRY_ISNUMERIC:
			value->type = jbvNumeric;
			value->val.numeric = (Numeric) (unconstify(char *, base) + INTALIGN(start));
			break;
		case JENTRY_ISBOOL_TRUE:
		case JENTRY_ISBOOL_FALSE:
			value->type = jbvBool;
			value->val.boolean = JBE_ISBOOL_TRUE(entry);
			break;
		case JENTRY_ISCONTAINER:
			value->type = jbvBinary;
			value->val.binary.data = (JsonbContainer *) (unconstify(char *, base) + INTALIGN(start));
			value->val.binary.len = members->valueOffset - INTALIGN(start);
			break;
		default:
			value->type = jbvNull;
			break;
	}
	return true;
}

/* ReadObject reads the members of an object into a target; unknown ones are refused. */
void
ReadObject(JsonbContainer *object, const Path *path, const Member *members, int count,
		   void *target, Problems *problems)
{
	Members		walk;
	JsonbValue	value;
	Text		name;

	CHECK_FOR_INTERRUPTS();
	MembersStart(&walk, object);
	while (MembersNext(&walk, &name, &value))
	{
		const Member *member = NULL;
		Path		step;

		for (int i = 0; i < count; i++)
		{
			if (members[i].nameLength == name.len && memcmp(members[i].name, name.data, name.len) == 0)
			{
				member = &members[i];
				break;
			}
		}
		if (member == NULL)
		{
			UnknownMember(name, path, members, count, problems);
			continue;
		}
		step.parent = path;
		step.key = member->name;
		step.keyLength = member->nameLength;
		member->read(&value, &step, (char *) target + member->offset, member->detail, problems);
	}
}

/* TakeText takes a text into its field; what is null, or no text, is noted and not there to be looked at. */
static bool
TakeText(const JsonbValue *value, const Path *path, Text *text, Problems *problems)
{
	if (value->type == jbvNull)
		text->presence = NULLED;
	else if (value->type != jbvString)
		WrongType(value, path, "a string", problems);
	else
		*text = JsonText(value);
	return value->type == jbvString;
}

/* ReadText reads a text with so many characters (a LengthRange). */
void
ReadText(const JsonbValue *value, const Path *path, void *field, const void *lengths, Problems *problems)
{
	Text	   *text = field;
	const LengthRange *range = lengths;

	if (!TakeText(value, path, text, problems))
		return;
	if (text->len < range->least)
		ProblemAdd(problems, CODE_INVALID, "length", NULL, path, "must not be empty");
	else if (text->len > range->most && TextLength(*text) > range->most)
		ProblemAdd(problems, CODE_INVALID, "length", NULL, path, "is longer than %d characters", range->most);
}

/* ReadId reads an id of at most so many characters (an int): compared exactly, so without spaces around it or control characters. */
void
ReadId(const JsonbValue *value, const Path *path, void *field, const void *maxLength, Problems *problems)
{
	Text	   *text = field;
	int			most = *(const int *) maxLength;
	const TextFault *fault;

	if (!TakeText(value, path, text, problems))
		return;
	fault = IdFault(*text, most);
	if (fault != NULL)
	{
		char		detail[64];

		snprintf(detail, sizeof(detail), fault->detail, most);
		ProblemAdd(problems, CODE_INVALID, fault->rule, NULL, path, "%s", detail);
	}
}

/* ReadEmail reads an e-mail address. */
void
ReadEmail(const JsonbValue *value, const Path *path, void *field, const void *unused, Problems *problems)
{
	static const LengthRange lengths = {0, MAX_ID_LENGTH};
	Text	   *text = field;
	int			before = problems->count + problems->more;

	ReadText(value, path, field, &lengths, problems);
	if (problems->count + problems->more == before && text->presence == GIVEN && !IsEmail(*text))
		ProblemAdd(problems, CODE_INVALID, "format", NULL, path, "not an e-mail address");
}

/* ReadCurrency reads an ISO 4217 code. */
void
ReadCurrency(const JsonbValue *value, const Path *path, void *field, const void *unused, Problems *problems)
{
	Text	   *text = field;

	if (!TakeText(value, path, text, problems))
		return;
	if (!IsCurrencyCode(*text))
		ProblemAdd(problems, CODE_INVALID, "pattern", "ISO 4217 has codes such as USD and EUR.", path,
				   "\"%s\" is not a currency code of three upper-case letters", TextQuoted(*text));
}

/* ReadTimeZone reads an IANA name that the server knows. */
void
ReadTimeZone(const JsonbValue *value, const Path *path, void *field, const void *unused, Problems *problems)
{
	Text	   *text = field;

	if (!TakeText(value, path, text, problems))
		return;
	if (!IsTimeZone(*text))
		ProblemAdd(problems, CODE_INVALID, "format", "IANA's names are spelled like America/New_York.", path,
				   "\"%s\" is not a time zone", TextQuoted(*text));
}

/* ReadUrl reads a web address. */
void
ReadUrl(const JsonbValue *value, const Path *path, void *field, const void *unused, Problems *problems)
{
	static const int most = MAX_URL_LENGTH;
	Text	   *text = field;
	int			before = problems->count + problems->more;

	ReadId(value, path, field, &most, problems);
	if (problems->count + problems->more == before && text->presence == GIVEN && !IsHttpUrl(*text))
		ProblemAdd(problems, CODE_INVALID, "format", NULL, path, "not an address that begins with http:// or https://");
}

/* ReadBool reads a boolean. */
void
ReadBool(const JsonbValue *value, const Path *path, void *field, const void *unused, Problems *problems)
{
	BoolField  *boolean = field;

	if (value->type == jbvNull)
		boolean->presence = NULLED;
	else if (value->type != jbvBool)
		WrongType(value, path, "a boolean", problems);
	else
	{
		boolean->value = value->val.boolean;
		boolean->presence = GIVEN;
	}
}

/*
 * ReadInt reads an integer within an IntRange. 60.0 is an integer, as JSON
 * Schema has it; a number of any size is refused without being converted first.
 */
void
ReadInt(const JsonbValue *value, const Path *path, void *field, const void *range, Problems *problems)
{
	IntField   *integer = field;
	const IntRange *limits = range;
	Datum		number;
	int64		converted;
	bool		above;
	bool		below;

	if (value->type == jbvNull)
	{
		integer->presence = NULLED;
		return;
	}
	if (value->type != jbvNumeric)
	{
		WrongType(value, path, "an integer", problems);
		return;
	}
	number = NumericGetDatum(value->val.numeric);
	if (!DatumGetBool(DirectFunctionCall2(numeric_eq, number, DirectFunctionCall1(numeric_floor, number))))
	{
		ProblemAdd(problems, CODE_INVALID, "type", NULL, path, "must be an integer");
		return;
	}
	below = DatumGetBool(DirectFunctionCall2(numeric_lt, number, NumericGetDatum(int64_to_numeric(limits->least))));
	above = DatumGetBool(DirectFunctionCall2(numeric_gt, number, NumericGetDatum(int64_to_numeric(limits->most))));
	if (below || above)
	{
		if (limits->most == PG_INT32_MAX)
			ProblemAdd(problems, CODE_INVALID, "range", NULL, path,
					   below ? "must be at least " INT64_FORMAT : "is too large", limits->least);
		else
			ProblemAdd(problems, CODE_INVALID, "range", NULL, path,
					   "must be between " INT64_FORMAT " and " INT64_FORMAT, limits->least, limits->most);
		return;
	}
	converted = DatumGetInt64(DirectFunctionCall1(numeric_int8, number));
	integer->value = (int32) converted;
	integer->presence = GIVEN;
}

/* ReadWord reads one of a list of words into an IntField. */
void
ReadWord(const JsonbValue *value, const Path *path, void *field, const void *words, Problems *problems)
{
	IntField   *place = field;
	const Words *known = words;
	Text		text = JsonText(value);
	StringInfoData list;

	if (value->type == jbvNull)
	{
		place->presence = NULLED;
		return;
	}
	if (value->type != jbvString)
	{
		WrongType(value, path, "a string", problems);
		return;
	}
	for (int i = 0; i < known->count; i++)
	{
		if (TextIs(text, known->list[i]))
		{
			place->value = i;
			place->presence = GIVEN;
			return;
		}
	}
	initStringInfo(&list);
	for (int i = 0; i < known->count; i++)
		appendStringInfo(&list, "%s%s", i == 0 ? "" : i == known->count - 1 ? " or " : ", ", known->list[i]);
	ProblemAdd(problems, CODE_INVALID, "enum", NULL, path, "\"%s\" is not %s", TextQuoted(text), list.data);
}

/*
 * ReadTime reads an RFC 3339 time. Where emptyIsAbsent is not NULL, the empty
 * text stands for a time that was not sent.
 */
void
ReadTime(const JsonbValue *value, const Path *path, void *field, const void *emptyIsAbsent, Problems *problems)
{
	TimeField  *time = field;
	Text		text = JsonText(value);
	const char *fault;

	if (value->type == jbvNull)
	{
		time->presence = NULLED;
		return;
	}
	if (value->type != jbvString)
	{
		WrongType(value, path, "a string", problems);
		return;
	}
	if (text.len == 0 && emptyIsAbsent != NULL)
		return;
	fault = Rfc3339Read(text, &time->value);
	if (fault != NULL)
		ProblemAdd(problems, CODE_INVALID, "format", "Times are written like 2025-02-16T17:00:00Z.", path,
				   "\"%s\" is not a time: %s", TextQuoted(text), fault);
	else
		time->presence = GIVEN;
}

/* ReadJson keeps an object as it is. */
void
ReadJson(const JsonbValue *value, const Path *path, void *field, const void *unused, Problems *problems)
{
	JsonField  *json = field;

	if (value->type == jbvNull)
		json->presence = NULLED;
	else if (ReadIsObject(value, path, problems))
	{
		json->container = value->val.binary.data;
		json->len = value->val.binary.len;
		json->presence = GIVEN;
	}
}
