/*
 * domain/account.c
 *		A person: the defaults of candidate_ext_id, username and role.
 */
#include "core/compat.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "core/columns.h"
#include "core/row_check.h"
#include "core/sid.h"
#include "core/statement.h"
#include "core/written.h"
#include "domain/install.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(proctorlink_account_before);
PG_FUNCTION_INFO_V1(proctorlink_account_is_well_formed);

STATEMENT(idTaken,
		  "SELECT FROM proctorlink.account a"
		  " WHERE a.install_id" EQ "$1 AND (a.candidate_ext_id" EQ "$2 OR a.username" EQ "$2)",
		  UUIDOID, TEXTOID);
STATEMENT(installSettings,
		  "SELECT i.settings FROM proctorlink.install i WHERE i.install_id" EQ "$1",
		  UUIDOID);

/* The columns that the trigger reads and sets. */
typedef struct AccountColumns
{
	int			installId;
	int			accountId;
	int			candidateExtId;
	int			defaulted;
	int			username;
	int			apiId;
	int			lmsId;
	int			role;
	int			status;
	int			updatedAt;
} AccountColumns;

/* FindColumns looks the columns up by name, since a restored table may have them in another order. */
static void
FindColumns(TupleDesc desc, AccountColumns *columns)
{
	columns->installId = SPI_fnumber(desc, "install_id");
	columns->accountId = SPI_fnumber(desc, "account_id");
	columns->candidateExtId = SPI_fnumber(desc, "candidate_ext_id");
	columns->defaulted = SPI_fnumber(desc, "candidate_ext_id_defaulted");
	columns->username = SPI_fnumber(desc, "username");
	columns->apiId = SPI_fnumber(desc, "api_id");
	columns->lmsId = SPI_fnumber(desc, "lms_id");
	columns->status = SPI_fnumber(desc, "status");
	columns->role = SPI_fnumber(desc, "role");
	columns->updatedAt = SPI_fnumber(desc, "updated_at");
}

/* IdIsFree tells whether no account of the install has this id or username. */
static bool
IdIsFree(Datum install, Datum id)
{
	Datum		values[2] = {install, id};

	return StatementRunForRule(&idTaken, values, NULL) == 0;
}

/*
 * DefaultCandidateExtId finds what stands in for an id that nobody gave: the
 * api id, else the lms id, each only if nobody has it, else the sid. This and
 * the role are the only reasons for the trigger to ask the database, and neither
 * arises in batch_provision, which fills both in itself.
 */
static Datum
DefaultCandidateExtId(HeapTuple tuple, TupleDesc desc, const AccountColumns *columns, Datum install)
{
	int			candidates[] = {columns->apiId, columns->lmsId};
	bool		isnull;
	Datum		accountId;

	for (int i = 0; i < lengthof(candidates); i++)
	{
		Datum		id = heap_getattr(tuple, candidates[i], desc, &isnull);

		if (!isnull && IdIsFree(install, id))
			return id;
	}
	accountId = heap_getattr(tuple, columns->accountId, desc, &isnull);
	return isnull ? (Datum) 0 : CStringGetTextDatum(SidOf("US", DatumGetUUIDP(accountId)));
}

/* DefaultRole reads the install's default role. */
static Datum
DefaultRole(Datum install)
{
	Install		settings;
	bool		isnull;

	settings.defaultRole = TextOf(DEFAULT_ROLE);
	if (StatementRunForRule(&installSettings, &install, NULL) > 0)
		InstallReadSettings(&settings, RowDatum(0, 1, &isnull));
	return TextDatum(settings.defaultRole);
}

/* CompleteNewAccount fills in what a new account was not given. */
static HeapTuple
CompleteNewAccount(HeapTuple tuple, TupleDesc desc, const AccountColumns *columns)
{
	int			set[4];
	Datum		values[4];
	bool		nulls[4] = {false};
	int			count = 0;
	bool		noInstall;
	bool		noId;
	bool		noUsername;
	bool		noRole;
	Datum		install = heap_getattr(tuple, columns->installId, desc, &noInstall);
	Datum		candidateExtId = heap_getattr(tuple, columns->candidateExtId, desc, &noId);

	(void) heap_getattr(tuple, columns->username, desc, &noUsername);
	(void) heap_getattr(tuple, columns->role, desc, &noRole);
	if (noInstall || !(noId || noUsername || noRole))
		return tuple;

	SpiStart();
	if (noId)
	{
		candidateExtId = DefaultCandidateExtId(tuple, desc, columns, install);
		set[count] = columns->candidateExtId;
		nulls[count] = candidateExtId == (Datum) 0;
		values[count++] = candidateExtId;
		set[count] = columns->defaulted;
		values[count++] = BoolGetDatum(true);
	}
	if (noUsername)
	{
		set[count] = columns->username;
		nulls[count] = candidateExtId == (Datum) 0;
		values[count++] = candidateExtId;
	}
	if (noRole)
	{
		set[count] = columns->role;
		values[count++] = DefaultRole(install);
	}
	SPI_finish();
	return heap_modify_tuple_by_cols(tuple, desc, count, set, values, nulls);
}

/*
 * CompleteChangedAccount sets updated_at; where an id is given in place of a
 * defaulted one, it is no longer a defaulted one, and a username that had
 * followed it follows. An erased person is called by the sid, which nobody gave.
 */
static HeapTuple
CompleteChangedAccount(HeapTuple oldTuple, HeapTuple tuple, TupleDesc desc, const AccountColumns *columns)
{
	int			set[3];
	Datum		values[3];
	bool		nulls[3] = {false};
	int			count = 0;
	bool		isnull;
	Datum		wasDefaulted = heap_getattr(oldTuple, columns->defaulted, desc, &isnull);

	set[count] = columns->updatedAt;
	values[count++] = TimestampTzGetDatum(GetCurrentTransactionStartTimestamp());

	if (!isnull && DatumGetBool(wasDefaulted) && !TextIs(TupleText(tuple, desc, columns->status), "erased"))
	{
		Text		oldId = TupleText(oldTuple, desc, columns->candidateExtId);
		Datum		newDatum = heap_getattr(tuple, columns->candidateExtId, desc, &isnull);
		Text		newId = TextOfDatum(newDatum, isnull);
		Text		oldName = TupleText(oldTuple, desc, columns->username);
		Text		newName = TupleText(tuple, desc, columns->username);

		if (newId.presence == GIVEN && !TextEquals(oldId, newId))
		{
			set[count] = columns->defaulted;
			values[count++] = BoolGetDatum(false);
			if (TextEquals(oldName, oldId) && TextEquals(newName, oldName))
			{
				set[count] = columns->username;
				values[count++] = newDatum;
			}
		}
	}
	return heap_modify_tuple_by_cols(tuple, desc, count, set, values, nulls);
}

/* proctorlink.account_before(): BEFORE INSERT OR UPDATE FOR EACH ROW on account. */
Datum
proctorlink_account_before(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	TupleDesc	desc;
	AccountColumns columns;

	CheckRowTrigger(fcinfo, true, "account_before", "account");
	desc = RelationGetDescr(trigger->tg_relation);
	FindColumns(desc, &columns);
	if (TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
		return PointerGetDatum(CompleteNewAccount(trigger->tg_trigtuple, desc, &columns));
	return PointerGetDatum(CompleteChangedAccount(trigger->tg_trigtuple, trigger->tg_newtuple, desc, &columns));
}

/* proctorlink.account_is_well_formed(...): the columns in the order of its arguments. */
Datum
proctorlink_account_is_well_formed(PG_FUNCTION_ARGS)
{
	static const char *const statuses[] = {"active", "disabled", "deleted", "erased"};
	static const char table[] = "account";

	CheckIdColumn(fcinfo, 0, MAX_ID_LENGTH, table, "account_candidate_ext_id_format");
	CheckIdColumn(fcinfo, 1, MAX_ID_LENGTH, table, "account_username_format");
	CheckIdColumn(fcinfo, 2, MAX_ID_LENGTH, table, "account_api_id_format");
	CheckIdColumn(fcinfo, 3, MAX_ID_LENGTH, table, "account_lms_id_format");
	CheckTextColumn(fcinfo, 4, MAX_NAME_LENGTH, table, "account_first_name_length");
	CheckTextColumn(fcinfo, 5, MAX_NAME_LENGTH, table, "account_last_name_length");
	if (!PG_ARGISNULL(6) && !IsEmail(TextOfDatum(PG_GETARG_DATUM(6), false)))
		RefuseRow(table, "account_email_format",
				  "An e-mail address has one @ with something on both sides and no space.");
	CheckIdColumn(fcinfo, 7, MAX_TIME_ZONE_LENGTH, table, "account_time_zone_length");
	if (!PG_ARGISNULL(8) && !IsCurrencyCode(TextOfDatum(PG_GETARG_DATUM(8), false)))
		RefuseRow(table, "account_currency_code_format", "A currency code has three upper-case letters.");
	if (!PG_ARGISNULL(9) && PG_GETARG_INT32(9) <= 0)
		RefuseRow(table, "account_adjustment_positive", "A percentage of extra time is more than 0.");
	CheckWordColumn(fcinfo, 10, statuses, lengthof(statuses), table, "account_status_known");
	PG_RETURN_BOOL(true);
}
