/*
 * domain/install.c
 *		A tenant and its settings.
 */
#include "domain/install.h"

#include "catalog/pg_type.h"
#include "core/jsonb_read.h"
#include "core/jsonb_write.h"
#include "core/sid.h"
#include "core/statement.h"
#include "domain/event.h"
#include "domain/hierarchy.h"
#include "domain/install_key.h"
#include "domain/role.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(proctorlink_create_install);
PG_FUNCTION_INFO_V1(proctorlink_configure_install);
PG_FUNCTION_INFO_V1(proctorlink_install_settings);

/* Settings as they are sent. */
typedef struct Settings
{
	Text		platformUrl;
	Text		defaultRole;
	Text		defaultOwner;
	Text		defaultScheduler;
	Text		defaultHierarchy;
	IntField	candidateIdSource;
	Text		timeZone;
	Text		currencyCode;
	Presence	deliverySystems;
} Settings;

static void ReadDeliverySystems(const JsonbValue *value, const Path *path, void *field,
								const void *unused, Problems *problems);

static const int maxId = MAX_ID_LENGTH;
static const char *const idSources[] = {"user_id", "student_id"};
const Words idSourceWords = {lengthof(idSources), idSources};

static const Member settingMembers[] = {
	MEMBER("platformUrl", ReadUrl, Settings, platformUrl, NULL),
	MEMBER("defaultRole", ReadId, Settings, defaultRole, &maxId),
	MEMBER("defaultOwner", ReadId, Settings, defaultOwner, &maxId),
	MEMBER("defaultScheduler", ReadId, Settings, defaultScheduler, &maxId),
	MEMBER("defaultHierarchy", ReadId, Settings, defaultHierarchy, &maxId),
	MEMBER("candidateIdSource", ReadWord, Settings, candidateIdSource, &idSourceWords),
	MEMBER("timeZone", ReadTimeZone, Settings, timeZone, NULL),
	MEMBER("currencyCode", ReadCurrency, Settings, currencyCode, NULL),
	MEMBER("deliverySystems", ReadDeliverySystems, Settings, deliverySystems, NULL),
};

STATEMENT(insertInstall,
		  "INSERT INTO proctorlink.install (install_id, name, platform_url) VALUES ($1, $2, $3)",
		  UUIDOID, TEXTOID, TEXTOID);
STATEMENT(insertRoot,
		  "INSERT INTO proctorlink.hierarchy (install_id, title, is_root, is_default) VALUES ($1, $2, true, true)",
		  UUIDOID, TEXTOID);
STATEMENT(lockInstall,
		  "SELECT i.install_id FROM proctorlink.install i WHERE i.install_id" EQ "$1 FOR NO KEY UPDATE",
		  UUIDOID);
STATEMENT(readInstall,
		  "SELECT i.install_id, i.platform_url, i.settings, h.organisation_id, h.hierarchy_id"
		  " FROM proctorlink.install i"
		  " LEFT JOIN proctorlink.hierarchy h ON h.install_id" EQ "i.install_id AND h.is_default"
		  " WHERE i.install_id" EQ "$1",
		  UUIDOID);
STATEMENT(updateInstall,
		  "UPDATE proctorlink.install i SET"
		  " platform_url = CASE WHEN $2 THEN $3 ELSE i.platform_url END,"
		  " settings = pg_catalog.jsonb_strip_nulls(i.settings OPERATOR(pg_catalog.||) $4)"
		  " WHERE i.install_id" EQ "$1",
		  UUIDOID, BOOLOID, TEXTOID, JSONBOID);
STATEMENT(roleExists,
		  "SELECT FROM proctorlink.role r WHERE r.install_id" EQ "$1 AND r.title" EQ "$2",
		  UUIDOID, TEXTOID);
STATEMENT(accountExists,
		  "SELECT FROM proctorlink.account a WHERE a.install_id" EQ "$1"
		  " AND (a.username" EQ "$2 OR a.account_id" EQ "$3)",
		  UUIDOID, TEXTOID, UUIDOID);
STATEMENT(clearDefault,
		  "UPDATE proctorlink.hierarchy h SET is_default = false"
		  " WHERE h.install_id" EQ "$1 AND h.is_default AND h.hierarchy_id" NE "$2",
		  UUIDOID, UUIDOID);
STATEMENT(setDefault,
		  "UPDATE proctorlink.hierarchy h SET is_default = true"
		  " WHERE h.install_id" EQ "$1 AND NOT h.is_default AND h.hierarchy_id" EQ "$2",
		  UUIDOID, UUIDOID);

/* ReadDeliverySystems checks a list of names. */
static void
ReadDeliverySystems(const JsonbValue *value, const Path *path, void *field, const void *unused, Problems *problems)
{
	Presence   *presence = field;
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue	element;
	int			index = 0;

	if (value->type == jbvNull)
	{
		*presence = NULLED;
		return;
	}
	if (value->type != jbvBinary || !JsonContainerIsArray(value->val.binary.data))
	{
		ProblemAdd(problems, CODE_INVALID, "type", NULL, path, "must be an array, not %s", JsonTypeName(value));
		return;
	}
	*presence = GIVEN;
	iterator = JsonbIteratorInit(value->val.binary.data);
	while ((token = JsonbIteratorNext(&iterator, &element, true)) != WJB_DONE)
	{
		Text		name;
		Path		step = {path, NULL, 0, index};

		if (token != WJB_ELEM)
			continue;
		index++;
		if (element.type == jbvNull)
			ProblemAdd(problems, CODE_INVALID, "type", NULL, &step, "must be a string, not null");
		else
			ReadId(&element, &step, &name, &maxId, problems);
	}
}

/* ReadTextSetting reads one stored setting that is a text; where there is none the field stays. */
static void
ReadTextSetting(Jsonb *settings, const char *key, Text *field)
{
	JsonbValue	value;

	if (getKeyJsonValueFromContainer(&settings->root, key, strlen(key), &value) != NULL && value.type == jbvString)
		*field = JsonText(&value);
}

/* InstallReadSettings reads what calls want to know out of the stored settings. */
void
InstallReadSettings(Install *install, Datum settings)
{
	Jsonb	   *jsonb = DatumGetJsonbP(settings);
	JsonbValue	value;

	install->defaultRole = TextOf(DEFAULT_ROLE);
	install->defaultScheduler = NO_TEXT;
	install->defaultOwner = NO_TEXT;
	install->candidateIdSource = NO_TEXT;
	install->timeZone = NO_TEXT;
	install->deliverySystemCount = 0;
	install->deliverySystems = NULL;
	if (JB_ROOT_COUNT(jsonb) == 0)
		return;

	jsonb = JsonbOfContainer(&jsonb->root, VARSIZE_ANY_EXHDR(jsonb));
	ReadTextSetting(jsonb, "defaultRole", &install->defaultRole);
	ReadTextSetting(jsonb, "defaultScheduler", &install->defaultScheduler);
	ReadTextSetting(jsonb, "defaultOwner", &install->defaultOwner);
	ReadTextSetting(jsonb, "candidateIdSource", &install->candidateIdSource);
	ReadTextSetting(jsonb, "timeZone", &install->timeZone);
	if (getKeyJsonValueFromContainer(&jsonb->root, "deliverySystems", strlen("deliverySystems"), &value) != NULL &&
		value.type == jbvBinary)
	{
		JsonbIterator *iterator = JsonbIteratorInit(value.val.binary.data);
		JsonbIteratorToken token;
		JsonbValue	element;

		install->deliverySystems = palloc(JsonContainerSize(value.val.binary.data) * sizeof(Text));
		while ((token = JsonbIteratorNext(&iterator, &element, true)) != WJB_DONE)
			if (token == WJB_ELEM && element.type == jbvString)
				install->deliverySystems[install->deliverySystemCount++] = JsonText(&element);
	}
}

/* InstallArgument reads the install that a setting-up function was given; it must exist. The caller is connected to SPI. */
pg_uuid_t
InstallArgument(Datum sid)
{
	pg_uuid_t	install = InstallNamed(sid);
	Datum		id = UUIDPGetDatum(&install);

	if (StatementRun(&lockInstall, &id, NULL, false) == 0)
		RaiseProblem(CODE_NOT_FOUND, NULL, "install_sid: no install has the sid \"%s\"", SidOf("AI", &install));
	return install;
}

/* CheckRow notes a setting that names a row which does not exist. */
static void
CheckRow(Statement *statement, const pg_uuid_t *install, Text named, const char *kind, const char *key,
		 const char *what, Problems *problems)
{
	pg_uuid_t	sid;
	bool		isSid = kind != NULL && named.presence == GIVEN && SidRead(named, kind, &sid) == SID_OURS;
	Datum		values[3] = {UUIDPGetDatum(install), 0, UUIDPGetDatum(&sid)};
	Path		path = {NULL, key, strlen(key), 0};

	if (named.presence != GIVEN)
		return;
	values[1] = TextDatum(named);
	if (StatementRun(statement, values, isSid ? "   " : "  n", false) == 0)
		ProblemAdd(problems, CODE_NOT_FOUND, "not_found", NULL, &path, "no %s \"%s\"", what, TextQuoted(named));
}

/* MoveDefault makes a node the default one: the one named, else the root. */
static void
MoveDefault(const pg_uuid_t *install, Text named, Problems *problems)
{
	Hierarchy	node;
	Datum		values[2] = {UUIDPGetDatum(install), UUIDPGetDatum(&node.id)};
	bool		found = named.presence == GIVEN ? HierarchyFind(install, named, false, &node) :
	HierarchyRoot(install, false, &node);

	if (!found)
		ProblemAdd(problems, CODE_NOT_FOUND, "not_found", NULL, &PATH_KEY(NULL, "defaultHierarchy"),
				   "no hierarchy \"%s\"", TextQuoted(named));
	else if (node.archived)
		ProblemAdd(problems, CODE_CONFLICT, "not_allowed", "Take it out of the archive first, or name another.",
				   &PATH_KEY(NULL, "defaultHierarchy"), "the hierarchy \"%s\" is archived", TextQuoted(named));
	else
	{
		StatementRun(&clearDefault, values, NULL, false);
		StatementRun(&setDefault, values, NULL, false);
	}
}

/* ChangeSettings checks settings as sent and stores them; what is absent stays, null resets. */
static void
ChangeSettings(const pg_uuid_t *install, Jsonb *sent)
{
	Settings	settings = {0};
	Problems	problems;
	JsonObject	stored;
	JsonbIterator *iterator;
	JsonbValue	value;
	Text		key;
	Datum		values[4];

	ProblemsInit(&problems, CurrentMemoryContext);
	if (!JB_ROOT_IS_OBJECT(sent))
		ProblemAdd(&problems, CODE_INVALID, "type", NULL, NULL, "settings must be an object");
	else
		ReadObject(&sent->root, NULL, settingMembers, lengthof(settingMembers), &settings, &problems);
	if (problems.count > 0)
		ProblemsRaise(&problems);

	CheckRow(&roleExists, install, settings.defaultRole, NULL, "defaultRole", "role", &problems);
	CheckRow(&accountExists, install, settings.defaultOwner, "US", "defaultOwner", "account", &problems);
	CheckRow(&accountExists, install, settings.defaultScheduler, "US", "defaultScheduler", "account", &problems);
	if (settings.defaultHierarchy.presence != ABSENT)
		MoveDefault(install, settings.defaultHierarchy, &problems);
	if (problems.count > 0)
		ProblemsRaise(&problems);

	/* The address and the default node have places of their own. */
	JsonObjectInit(&stored);
	iterator = JsonbIteratorInit(&sent->root);
	while (NextMember(&iterator, &key, &value))
		if (!TextIs(key, "platformUrl") && !TextIs(key, "defaultHierarchy"))
			JsonAddValue(&stored, pnstrdup(key.data, key.len), &value);
	values[0] = UUIDPGetDatum(install);
	values[1] = BoolGetDatum(settings.platformUrl.presence != ABSENT);
	values[2] = settings.platformUrl.presence == GIVEN ? TextDatum(settings.platformUrl) : (Datum) 0;
	values[3] = PointerGetDatum(JsonObjectJsonb(&stored));
	StatementRun(&updateInstall, values, settings.platformUrl.presence == GIVEN ? NULL : "  n ", false);
}

/* ShowSettings builds all settings of an install, with the defaults that apply. */
static Jsonb *
ShowSettings(const pg_uuid_t *install, bool readOnly)
{
	Datum		id = UUIDPGetDatum(install);
	bool		isnull;
	Jsonb	   *stored;
	JsonObject	answer;
	JsonArray	none;
	Text		hierarchy;

	JsonArrayInit(&none);
	if (StatementRun(&readInstall, &id, NULL, readOnly) == 0)
		RaiseProblem(CODE_NOT_FOUND, NULL, "install_sid: no install has the sid \"%s\"", SidOf("AI", install));
	stored = DatumGetJsonbP(RowDatum(0, 3, &isnull));
	stored = JsonbOfContainer(&stored->root, VARSIZE_ANY_EXHDR(stored));

	JsonObjectInit(&answer);
	JsonAddText(&answer, "platformUrl", RowText(0, 2));
	hierarchy = RowText(0, 4);
	if (hierarchy.presence != GIVEN)
	{
		(void) RowDatum(0, 5, &isnull);
		if (!isnull)
		{
			pg_uuid_t	node = RowUuid(0, 5);

			hierarchy = TextOf(SidOf("HG", &node));
		}
	}
	JsonAddText(&answer, "defaultHierarchy", hierarchy);
	for (int i = 0; i < lengthof(settingMembers); i++)
	{
		const char *key = settingMembers[i].name;
		JsonbValue	value;

		if (strcmp(key, "platformUrl") == 0 || strcmp(key, "defaultHierarchy") == 0)
			continue;
		if (getKeyJsonValueFromContainer(&stored->root, key, strlen(key), &value) != NULL)
		{
			JsonbValue *kept = palloc(sizeof(JsonbValue));

			*kept = value;
			JsonAddValue(&answer, key, kept);
		}
		else if (strcmp(key, "defaultRole") == 0)
			JsonAddString(&answer, key, DEFAULT_ROLE);
		else if (strcmp(key, "candidateIdSource") == 0)
			JsonAddString(&answer, key, idSources[0]);
		else if (strcmp(key, "timeZone") == 0)
			JsonAddString(&answer, key, "UTC");
		else if (strcmp(key, "deliverySystems") == 0)
			JsonAddArray(&answer, key, &none);
		else
			JsonAddNull(&answer, key);
	}
	return JsonObjectJsonb(&answer);
}

/* SettingText writes a setting out; NULL where it is none. */
static const char *
SettingText(Jsonb *settings, const char *key, int len)
{
	JsonbValue	value;

	return getKeyJsonValueFromContainer(&settings->root, key, len, &value) == NULL ? NULL :
		JsonbToCString(NULL, &JsonbValueToJsonb(&value)->root, 0);
}

/* SettingsEvent notes the settings that have another value than before, by their names. */
static void
SettingsEvent(const pg_uuid_t *install, Jsonb *sent, Jsonb *before, Jsonb *after)
{
	JsonbIterator *iterator = JsonbIteratorInit(&sent->root);
	JsonbValue	value;
	Text		key;
	ChangedNames changed;

	ChangedInit(&changed);
	while (NextMember(&iterator, &key, &value))
	{
		const char *was = SettingText(before, key.data, key.len);
		const char *is = SettingText(after, key.data, key.len);

		ChangedAdd(&changed, pnstrdup(key.data, key.len), was == NULL || is == NULL || strcmp(was, is) != 0);
	}
	EventAddChanged(install, "settings_changed", SidOf("AI", install), "settings", &changed);
}

/* MadeEvent notes that an install was made, with which settings. */
static void
MadeEvent(const pg_uuid_t *install, Jsonb *settings)
{
	JsonbIterator *iterator = JsonbIteratorInit(&settings->root);
	JsonbValue	value;
	Text		key;
	JsonArray	names;
	JsonObject	changes;

	JsonArrayInit(&names);
	while (NextMember(&iterator, &key, &value))
		JsonPushText(&names, key);
	JsonObjectInit(&changes);
	JsonAddArray(&changes, "settings", &names);
	EventAdd(install, "install_made", SidOf("AI", install), &changes);
}

/* proctorlink.create_install(name, platform_url, settings) */
Datum
proctorlink_create_install(PG_FUNCTION_ARGS)
{
	pg_uuid_t	install;
	Datum		values[3];
	Problems	problems;
	Text		name;
	Text		url;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(2))
		RaiseProblem(CODE_INVALID, NULL, "%s must not be null", PG_ARGISNULL(0) ? "name" : "settings");
	name = TextOfDatum(PG_GETARG_DATUM(0), false);
	url = PG_ARGISNULL(1) ? NULL_TEXT : TextOfDatum(PG_GETARG_DATUM(1), false);

	ProblemsInit(&problems, CurrentMemoryContext);
	if (IdFault(name, MAX_NAME_LENGTH) != NULL)
		ProblemAdd(&problems, CODE_INVALID, IdFault(name, MAX_NAME_LENGTH)->rule, NULL, &PATH_KEY(NULL, "name"),
				   "must be 1 to %d characters without spaces around them", MAX_NAME_LENGTH);
	if (url.presence == GIVEN && (IdFault(url, MAX_URL_LENGTH) != NULL || !IsHttpUrl(url)))
		ProblemAdd(&problems, CODE_INVALID, "format", NULL, &PATH_KEY(NULL, "platform_url"),
				   "not an address that begins with http:// or https://");
	if (problems.count > 0)
		ProblemsRaise(&problems);

	SpiStart();
	Uuid7(&install);
	InstallAdd(&install);
	values[0] = UUIDPGetDatum(&install);
	values[1] = TextDatum(name);
	values[2] = url.presence == GIVEN ? TextDatum(url) : (Datum) 0;
	StatementRun(&insertInstall, values, url.presence == GIVEN ? NULL : "  n", false);
	RolesForNewInstall(&install);
	InstallKeyMake(&launchKeys, &install);
	InstallKeyMake(&accessKeys, &install);
	StatementRun(&insertRoot, values, NULL, false);
	ChangeSettings(&install, PG_GETARG_JSONB_P(2));
	MadeEvent(&install, PG_GETARG_JSONB_P(2));
	SPI_finish();
	PG_RETURN_TEXT_P(cstring_to_text(SidOf("AI", &install)));
}

/* proctorlink.configure_install(install_sid, settings) */
Datum
proctorlink_configure_install(PG_FUNCTION_ARGS)
{
	pg_uuid_t	install;
	Jsonb	   *before;
	Jsonb	   *answer;

	REQUIRE_ARGUMENTS("install_sid", "settings");
	SpiStart();
	install = InstallArgument(PG_GETARG_DATUM(0));
	before = ShowSettings(&install, false);
	ChangeSettings(&install, PG_GETARG_JSONB_P(1));
	answer = ShowSettings(&install, false);
	SettingsEvent(&install, PG_GETARG_JSONB_P(1), before, answer);
	SPI_finish();
	PG_RETURN_JSONB_P(answer);
}

/* proctorlink.install_settings(install_sid) */
Datum
proctorlink_install_settings(PG_FUNCTION_ARGS)
{
	pg_uuid_t	install;
	Jsonb	   *answer;

	REQUIRE_ARGUMENTS("install_sid");
	SpiStart();
	install = InstallNamed(PG_GETARG_DATUM(0));
	answer = ShowSettings(&install, true);
	SPI_finish();
	PG_RETURN_JSONB_P(answer);
}
