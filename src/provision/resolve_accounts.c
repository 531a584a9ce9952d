/*
 * provision/resolve_accounts.c
 *		The people whom the items name.
 *
 * People who came in one batch lie side by side, in the order of their external
 * ids, since that is how flush gives them their keys. A batch that brings them
 * again finds them so: every 32nd is looked for by a descent of the index, and
 * those between two of them by walking along the primary key, at half of the
 * time. Where the first few walks come upon others, it is left at that.
 */
#include "provision/found.h"

#include "catalog/pg_type.h"
#include "core/columns.h"
#include "provision/people.h"

/* Who is looked for by a descent, and from how many people on; walks to try first. */
#define STRIDE 32
#define ENOUGH_PEOPLE (4 * STRIDE)
#define TRIAL_WALKS 4

#define ACCOUNT_COLUMNS_AND(more) \
	"SELECT a.account_id, a.xmin, a.candidate_ext_id, a.candidate_ext_id_defaulted, a.username, a.api_id, a.lms_id," \
	" a.first_name, a.last_name, a.email, a.currency_code, a.time_zone, a.status" more \
	" FROM proctorlink.account a WHERE a.install_id" EQ "$1 AND "
#define ACCOUNT_COLUMNS ACCOUNT_COLUMNS_AND("")
#define ACCOUNTS_BETWEEN(columns) \
	"SELECT a.* FROM (SELECT pg_catalog.unnest($2) AS low, pg_catalog.unnest($3) AS high," \
	" pg_catalog.unnest($4) AS most) k CROSS JOIN LATERAL (" \
	columns "a.account_id" GT "k.low AND a.account_id" LT "k.high ORDER BY a.account_id LIMIT k.most) a"
LOOKUP(accountsBySid, "a", ACCOUNT_COLUMNS "a.account_id" EQ, UUID);
LOOKUP(accountsByApi, "a", ACCOUNT_COLUMNS "a.api_id" EQ, TEXT);
LOOKUP(accountsByLms, "a", ACCOUNT_COLUMNS "a.lms_id" EQ, TEXT);
LOOKUP(accountsByExternal, "a", ACCOUNT_COLUMNS "a.candidate_ext_id" EQ, TEXT);
LOOKUP(accountsByUsername, "a", ACCOUNT_COLUMNS "a.username" EQ, TEXT);
STATEMENT(accountsBetween, ACCOUNTS_BETWEEN(ACCOUNT_COLUMNS), UUIDOID, UUIDARRAYOID, UUIDARRAYOID, INT4ARRAYOID);

/* The same with the columns that a vendor's door wants to know besides. */
#define PERSON_COLUMNS \
	ACCOUNT_COLUMNS_AND(", a.role, a.hierarchy_id, a.special_needs, a.reasonable_adjustment_percentage")
LOOKUP(peopleByExternal, "a", PERSON_COLUMNS "a.candidate_ext_id" EQ, TEXT);
LOOKUP(peopleByUsername, "a", PERSON_COLUMNS "a.username" EQ, TEXT);
STATEMENT(peopleBetween, ACCOUNTS_BETWEEN(PERSON_COLUMNS), UUIDOID, UUIDARRAYOID, UUIDARRAYOID, INT4ARRAYOID);
LOOKUP(rolesByTitle, "r",
	   "SELECT r.title FROM proctorlink.role r WHERE r.install_id" EQ "$1 AND r.title" EQ, TEXT);

/* People who may lie between two of those that were found. */
typedef struct Gap
{
	const AccountRow *low;
	const AccountRow *high;
	int			people;
} Gap;

/* TakePerson takes the columns of an account that follow those of every account. */
static PersonColumns *
TakePerson(const Datum *values, const bool *nulls)
{
	PersonColumns *person = palloc0(sizeof(PersonColumns));

	person->role = TextColumn(values, nulls, 0);
	KEEP_TEXTS(&person->role);
	person->hasHierarchy = !nulls[1];
	if (person->hasHierarchy)
		person->hierarchy = *DatumGetUUIDP(values[1]);
	person->specialNeeds = DatumGetBool(values[2]);
	person->adjustment.presence = nulls[3] ? NULLED : GIVEN;
	if (!nulls[3])
		person->adjustment.value = DatumGetInt32(values[3]);
	return person;
}

/* TakeAccount makes a row of what a look-up found. */
static void
TakeAccount(void *to, const Datum *values, const bool *nulls)
{
	Resolution *resolution = to;
	AccountRow *account;

	if (RowFind(resolution, KEY_ACCOUNT_SID, SidKey(DatumGetUUIDP(values[0]))) != NULL)
		return;
	account = palloc0(sizeof(AccountRow));
	StartRow(resolution, &account->row, values[0], values[1]);
	account->candidateExtId = TextColumn(values, nulls, 2);
	account->defaulted = DatumGetBool(values[3]);
	account->username = TextColumn(values, nulls, 4);
	account->api = TextColumn(values, nulls, 5);
	account->lms = TextColumn(values, nulls, 6);
	account->firstName = TextColumn(values, nulls, 7);
	account->lastName = TextColumn(values, nulls, 8);
	account->email = TextColumn(values, nulls, 9);
	account->currencyCode = TextColumn(values, nulls, 10);
	account->timeZone = TextColumn(values, nulls, 11);
	account->status = TextColumn(values, nulls, 12);
	KEEP_TEXTS(&account->candidateExtId, &account->username, &account->api, &account->lms, &account->firstName,
			   &account->lastName, &account->email, &account->currencyCode, &account->timeZone, &account->status);
	if (resolution->people)
		account->person = TakePerson(values + 13, nulls + 13);
	RowRegister(resolution, KEY_ACCOUNT_SID, SidKey(&account->row.id), account);
	RowRegister(resolution, KEY_ACCOUNT_EXTERNAL, account->candidateExtId, account);
	RowRegister(resolution, KEY_ACCOUNT_API, account->api, account);
	RowRegister(resolution, KEY_ACCOUNT_LMS, account->lms, account);
	if (!TextEquals(account->username, account->candidateExtId))
		RowRegister(resolution, KEY_ACCOUNT_USERNAME, account->username, account);
	RowListAdd(&resolution->accounts, account);
}

/* TakeNeighbour makes a row of an account that lies between two others, if it is one that is looked for. */
static void
TakeNeighbour(void *to, const Datum *values, const bool *nulls)
{
	if (IsMissing(to, KEY_ACCOUNT_EXTERNAL, TextColumn(values, nulls, 2)))
		TakeAccount(to, values, nulls);
}

/* WalkGaps looks for people along the primary key, and tells whether at least half of them were there. */
static bool
WalkGaps(Resolution *resolution, const Gap *gaps, int count)
{
	Column		lows;
	Column		highs;
	Column		mosts;
	Datum		values[4] = {UUIDPGetDatum(&resolution->install->id)};
	int			before = resolution->accounts.count;
	int			people = 0;

	if (count <= 0)
		return false;
	ColumnInit(&lows, UUIDOID, count);
	ColumnInit(&highs, UUIDOID, count);
	ColumnInit(&mosts, INT4OID, count);
	for (int i = 0; i < count; i++)
	{
		ColumnAddUuid(&lows, &gaps[i].low->row.id);
		ColumnAddUuid(&highs, &gaps[i].high->row.id);
		ColumnAddInt(&mosts, gaps[i].people + gaps[i].people / 2);
		people += gaps[i].people;
	}
	values[1] = ColumnDatum(&lows);
	values[2] = ColumnDatum(&highs);
	values[3] = ColumnDatum(&mosts);
	StatementRunEach(resolution->people ? &peopleBetween : &accountsBetween, values, TakeNeighbour, resolution);
	return (resolution->accounts.count - before) * 2 >= people;
}

/* TakeRole notes that there is a role, whose title was asked for. */
static void
TakeRole(void *to, const Datum *values, const bool *nulls)
{
	RowRegister(to, KEY_ROLE, TextColumn(values, nulls, 0), to);
}

/*
 * ResolvePeople finds who has the usernames that a vendor's door gives people,
 * and the roles. What a new person would be called is left to the unique key
 * unless the caller wants to be careful, as for those whose username is their
 * external id.
 */
static void
ResolvePeople(Resolution *resolution, const Batch *batch, int from, int to, bool careful)
{
	Asked		names = {0};
	Asked		titles = {0};

	for (int i = from; i < to; i++)
	{
		const Person *person = batch->items[i].user->person;
		const AccountRow *account = NULL;

		if (person->candidateExtId.presence == GIVEN)
			account = RowFind(resolution, KEY_ACCOUNT_EXTERNAL, person->candidateExtId);
		if (account != NULL ? !TextEquals(account->username, person->username) : careful)
			Ask(resolution, &names, KEY_ACCOUNT_USERNAME, person->username);
		Ask(resolution, &titles, KEY_ROLE, person->role);
	}
	RunAsked(resolution, &names, &peopleByUsername, TakeAccount);
	RunAsked(resolution, &titles, &rolesByTitle, TakeRole);
}

/* FindByExternal looks for people by their external ids. */
static void
FindByExternal(Resolution *resolution, Asked *asked)
{
	Asked		some = {0};
	Lookup	   *byExternal = resolution->people ? &peopleByExternal : &accountsByExternal;
	Gap		   *gaps;
	int			gapCount = 0;
	const AccountRow *low = NULL;

	if (asked->count < ENOUGH_PEOPLE)
	{
		RunAsked(resolution, asked, byExternal, TakeAccount);
		return;
	}
	SortAsked(asked);
	some.keys = palloc_extended(asked->count * sizeof(Text), MCXT_ALLOC_HUGE);
	for (int i = 0; i < asked->count; i += STRIDE)
		some.keys[some.count++] = asked->keys[i];
	RunAsked(resolution, &some, byExternal, TakeAccount);

	gaps = palloc((asked->count / STRIDE + 1) * sizeof(Gap));
	for (int i = 0; i < asked->count; i += STRIDE)
	{
		const AccountRow *high = RowFind(resolution, KEY_ACCOUNT_EXTERNAL, asked->keys[i]);

		if (low != NULL && high != NULL && memcmp(&low->row.id, &high->row.id, UUID_LEN) < 0)
			gaps[gapCount++] = (Gap)
		{
			low, high, STRIDE - 1
		};
		low = high;
	}
	if (WalkGaps(resolution, gaps, Min(gapCount, TRIAL_WALKS)))
		WalkGaps(resolution, gaps + TRIAL_WALKS, gapCount - TRIAL_WALKS);

	for (int i = 0; i < asked->count; i++)
		if (i % STRIDE != 0 && RowFind(resolution, KEY_ACCOUNT_EXTERNAL, asked->keys[i]) == NULL)
			some.keys[some.count++] = asked->keys[i];
	RunAsked(resolution, &some, byExternal, TakeAccount);
	asked->count = 0;
}

/*
 * ResolveAccounts finds the accounts that the items name, then what the ids and
 * usernames of new ones would collide with. That the external id of a new
 * person is somebody's username is so rare that it is left to the unique key
 * unless the caller wants to be careful: it would be one more descent of an index
 * for each of them.
 */
void
ResolveAccounts(Resolution *resolution, const Batch *batch, int from, int to, bool careful)
{
	Lookup	   *lookups[] = {&accountsBySid, &accountsByApi, &accountsByLms};
	Asked		asked[4] = {0};
	Asked		names = {0};

	for (int i = from; i < to; i++)
		if (batch->items[i].user != NULL)
			AskIds(resolution, asked, KEY_ACCOUNT_SID, &batch->items[i].user->ids);
	for (int i = 0; i < lengthof(lookups); i++)
		RunAsked(resolution, &asked[i], lookups[i], TakeAccount);
	FindByExternal(resolution, &asked[3]);

	for (int i = from; i < to; i++)
	{
		const Ids  *ids = batch->items[i].user != NULL ? &batch->items[i].user->ids : NULL;

		if (ids == NULL || batch->items[i].readProblems != NULL)
			continue;
		if (ids->external.presence == GIVEN)
		{
			if (careful && RowFind(resolution, KEY_ACCOUNT_EXTERNAL, ids->external) == NULL)
				Ask(resolution, &names, KEY_ACCOUNT_USERNAME, ids->external);
		}
		else if (RowByAny(resolution, KEY_ACCOUNT_SID, ids) == NULL)
		{
			/* What the api or lms id would be the defaulted one in place of. */
			Ask(resolution, &asked[3], KEY_ACCOUNT_EXTERNAL, ids->api);
			Ask(resolution, &asked[3], KEY_ACCOUNT_EXTERNAL, ids->lms);
			Ask(resolution, &names, KEY_ACCOUNT_USERNAME, ids->api);
			Ask(resolution, &names, KEY_ACCOUNT_USERNAME, ids->lms);
		}
	}
	RunAsked(resolution, &asked[3], resolution->people ? &peopleByExternal : &accountsByExternal, TakeAccount);
	RunAsked(resolution, &names, resolution->people ? &peopleByUsername : &accountsByUsername, TakeAccount);
	if (resolution->people)
		ResolvePeople(resolution, batch, from, to, careful);
}
