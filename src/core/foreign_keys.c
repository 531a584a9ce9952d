/*
 * core/foreign_keys.c
 *		Inserting rows whose parents are known to be there, without looking for
 *		them once more for every row.
 *
 * A foreign key puts a trigger call a row on a queue, and each runs a query of
 * its own: of a call that makes 1,000 accounts and as many enrollments, which
 * have four foreign keys, they took 44 % of the time, and without them it takes
 * half as long. PostgreSQL itself does not check so where a constraint is added
 * to a table with rows; it joins the tables once. Likewise, who inserts rows first
 * looks for their distinct parents and locks them as a foreign key would, without
 * a query (core/row_lock.c), and then says here which keys that holds for.
 *
 * The foreign keys stay declared, and stay in force for all other statements:
 * the triggers are left out of the copy of the table's triggers that the
 * executor has made for this one execution. They are left out only where
 * nothing can come between: the table has no trigger but foreign keys and ours,
 * which change no key and delete nothing, and no rule. Else, and where anything
 * about the statement or the constraint is not as expected, every row is
 * checked as ever. Who may give the table a default or a CHECK that deletes
 * parents owns it, and could turn its foreign keys off.
 */
#include "core/foreign_keys.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "nodes/execnodes.h"
#include "nodes/parsenodes.h"
#include "storage/lmgr.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

/* The statement that is about to run, and what is known of its rows; NULL: none. */
static const char *armedText = NULL;
static const KnownParents *armedKnown = NULL;

static ExecutorStart_hook_type formerStart = NULL;

/* What OnlyOurTriggers found, until any table is altered. */
static bool answerHolds = false;
static bool onlyOurs = false;

/*
 * Which foreign keys of a table the parents that are known stand for, until any
 * table is altered; none where the table has triggers of others.
 */
typedef struct KnownKeys
{
	const KnownParents *known;
	int			count;
	Oid			constraints[MAX_KNOWN_KEYS];
} KnownKeys;

#define TABLES_WITH_KNOWN 8

static KnownKeys knownKeys[TABLES_WITH_KNOWN];
static int	knownKeysCount = 0;

/* Counts alterations of tables that have come to be known. */
static uint64 alterations = 0;

/* HasColumn tells whether a column of a table has a name. */
static bool
HasColumn(Oid table, AttrNumber column, const char *name)
{
	char	   *found = get_attname(table, column, true);

	return found != NULL && strcmp(found, name) == 0;
}

/* IsPlainEquality tells whether an operator is = of uuid or text. */
static bool
IsPlainEquality(Oid operator)
{
	Oid			function = get_opcode(operator);

	return function == F_UUID_EQ || function == F_TEXTEQ;
}

/* StaysNull tells whether a column that an INSERT does not name is null. */
static bool
StaysNull(Relation relation, AttrNumber column)
{
	Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(relation), column - 1);

	return attribute->atttypid == UUIDOID && !attribute->atthasdef && attribute->attidentity == '\0';
}

/* IsKnown tells whether a constraint is a foreign key that holds for all rows of the statement. */
static bool
IsKnown(Relation relation, Oid constraint, const KnownParents *known)
{
	HeapTuple	tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(constraint));
	Form_pg_constraint form;
	bool		is = false;

	if (!HeapTupleIsValid(tuple))
		return false;
	form = (Form_pg_constraint) GETSTRUCT(tuple);
	if (form->contype == CONSTRAINT_FOREIGN && form->conrelid == RelationGetRelid(relation) &&
		form->confmatchtype == FKCONSTR_MATCH_SIMPLE && !form->condeferrable)
	{
		int			count;
		AttrNumber	columns[INDEX_MAX_KEYS];
		AttrNumber	parentColumns[INDEX_MAX_KEYS];
		Oid			operators[INDEX_MAX_KEYS];

		DeconstructFkConstraintRow(tuple, &count, columns, parentColumns, operators, NULL, NULL, NULL, NULL);
		for (int i = 0; i < known->count && !is; i++)
		{
			const ForeignKey *key = &known->keys[i];

			if (count != (key->other != NULL ? 3 : 2))
				continue;
			if (key->other != NULL &&
				!(HasColumn(form->conrelid, columns[2], key->other) &&
				  HasColumn(form->confrelid, parentColumns[2], key->other) && IsPlainEquality(operators[2])))
				continue;
			if (!HasColumn(form->conrelid, columns[0], "install_id") ||
				!HasColumn(form->conrelid, columns[1], key->column))
				continue;
			if (key->parent == NULL)
				is = StaysNull(relation, columns[1]);
			else
				is = form->confrelid == get_relname_relid(key->parent, RelationGetNamespace(relation)) &&
					HasColumn(form->confrelid, parentColumns[0], "install_id") &&
					HasColumn(form->confrelid, parentColumns[1], key->parentColumn) &&
					IsPlainEquality(operators[0]) && IsPlainEquality(operators[1]) &&
					!has_subclass(form->confrelid);
		}
	}
	ReleaseSysCache(tuple);
	return is;
}

/* IsOurTrigger tells whether a trigger is a foreign key's, or calls a function of the extension. */
static bool
IsOurTrigger(const Trigger *trigger, Oid extension)
{
	return RI_FKey_trigger_type(trigger->tgfoid) != RI_TRIGGER_NONE ||
		getExtensionOfObject(ProcedureRelationId, trigger->tgfoid) == extension;
}

/* HasOnlyOurs tells whether a table has no trigger but foreign keys and ours, and no rule. */
static bool
HasOnlyOurs(Relation relation, Oid extension)
{
	if (relation->rd_rules != NULL)
		return false;
	if (relation->trigdesc == NULL)
		return true;
	for (int i = 0; i < relation->trigdesc->numtriggers; i++)
		if (!IsOurTrigger(&relation->trigdesc->triggers[i], extension))
			return false;
	return true;
}

/* FindKnownKeys finds the foreign keys of a table that known parents stand for. */
static const KnownKeys *
FindKnownKeys(Relation relation, const TriggerDesc *triggers, const KnownParents *known)
{
	static KnownKeys found;
	uint64		before = alterations;

	for (int i = 0; i < knownKeysCount; i++)
		if (knownKeys[i].known == known)
			return &knownKeys[i];

	found.known = known;
	found.count = 0;
	if (HasOnlyOurs(relation, get_extension_oid("proctorlink", true)))
		for (int i = 0; i < triggers->numtriggers && found.count < MAX_KNOWN_KEYS; i++)
			if (triggers->triggers[i].tgfoid == F_RI_FKEY_CHECK_INS &&
				IsKnown(relation, triggers->triggers[i].tgconstraint, known))
				found.constraints[found.count++] = triggers->triggers[i].tgconstraint;
	if (alterations == before && knownKeysCount < TABLES_WITH_KNOWN)
		knownKeys[knownKeysCount++] = found;
	return &found;
}

/* IsAmong tells whether a constraint is one of those found. */
static bool
IsAmong(const KnownKeys *keys, Oid constraint)
{
	for (int i = 0; i < keys->count; i++)
		if (keys->constraints[i] == constraint)
			return true;
	return false;
}

/* IsAsked tells whether a trigger is one of ours that asks what the caller has asked. */
static bool
IsAsked(const KnownParents *known, const Trigger *trigger)
{
	for (int i = 0; i < lengthof(known->triggers) && known->triggers[i] != NULL; i++)
		if (strcmp(trigger->tgname, known->triggers[i]) == 0)
			return true;
	return false;
}

/*
 * LeaveOut takes the checks of known foreign keys, and triggers of ours, out of
 * the triggers of one execution. Where none is left that reads the rows written
 * they are not kept for it either.
 */
static void
LeaveOut(ModifyTableState *state, const KnownParents *known)
{
	ResultRelInfo *target = state->resultRelInfo;
	Relation	relation = target->ri_RelationDesc;
	TriggerDesc *triggers = target->ri_TrigDesc;
	const KnownKeys *keys;
	int			kept = 0;
	bool		anyOfStatement = false;

	/* Were it not a copy, it would be the table's for everybody. */
	if (triggers == NULL || triggers == relation->trigdesc ||
		relation->rd_rel->relkind != RELKIND_RELATION ||
		RelationGetNamespace(relation) != get_namespace_oid("proctorlink", true) ||
		strcmp(RelationGetRelationName(relation), known->table) != 0)
		return;

	/* Where others have a trigger on the table, nothing is known for sure. */
	keys = FindKnownKeys(relation, triggers, known);
	if (keys->count == 0)
		return;
	triggers->trig_insert_after_row = false;
	for (int i = 0; i < triggers->numtriggers; i++)
	{
		Trigger    *trigger = &triggers->triggers[i];

		if (trigger->tgfoid == F_RI_FKEY_CHECK_INS && IsAmong(keys, trigger->tgconstraint))
			continue;
		if (IsAsked(known, trigger))
			continue;
		anyOfStatement |= !TRIGGER_FOR_ROW(trigger->tgtype) && TRIGGER_FOR_INSERT(trigger->tgtype);
		if (TRIGGER_TYPE_MATCHES(trigger->tgtype, TRIGGER_TYPE_ROW, TRIGGER_TYPE_AFTER, TRIGGER_TYPE_INSERT))
			triggers->trig_insert_after_row = true;
		triggers->triggers[kept++] = *trigger;
	}
	triggers->numtriggers = kept;
	if (!anyOfStatement)
	{
		triggers->trig_insert_before_statement = false;
		triggers->trig_insert_after_statement = false;
		triggers->trig_insert_new_table = false;
		state->mt_transition_capture = NULL;
	}
}

/* StartExecutor starts a statement, and leaves checks out if it is the one that they are known for. */
static void
StartExecutor(QueryDesc *query, int flags)
{
	const KnownParents *known = armedKnown;
	ModifyTableState *state;

	if (formerStart != NULL)
		formerStart(query, flags);
	else
		standard_ExecutorStart(query, flags);

	if (known == NULL || query->operation != CMD_INSERT ||
		query->sourceText == NULL || strcmp(query->sourceText, armedText) != 0)
		return;
	armedKnown = NULL;
	if (query->planstate == NULL || !IsA(query->planstate, ModifyTableState))
		return;
	state = castNode(ModifyTableState, query->planstate);
	if (state->mt_nrels == 1)
		LeaveOut(state, known);
}

/* ForgetAnswers is called when a table is altered, in whatever way. */
static void
ForgetAnswers(Datum unused, Oid table)
{
	answerHolds = false;
	knownKeysCount = 0;
	alterations++;
}

/* ForeignKeysStart sees to it that statements are started here. */
void
ForeignKeysStart(void)
{
	formerStart = ExecutorStart_hook;
	ExecutorStart_hook = StartExecutor;
	CacheRegisterRelcacheCallback(ForgetAnswers, (Datum) 0);
}

/* IsLeftAlone tells whether a table of ours has nothing of others'; one that somebody is altering may get it. */
static bool
IsLeftAlone(Oid table, Oid extension)
{
	Relation	relation;
	bool		is;

	if (!ConditionalLockRelationOid(table, AccessShareLock))
	{
		answerHolds = false;
		return false;
	}
	relation = try_relation_open(table, NoLock);
	if (relation == NULL)
		return true;
	is = relation->rd_rel->relkind != RELKIND_RELATION || HasOnlyOurs(relation, extension);
	relation_close(relation, AccessShareLock);
	return is;
}

/*
 * OnlyOurTriggers tells whether all tables of the extension have no triggers but
 * foreign keys and ours, and no rules: then nobody's code runs between one of our
 * statements and the next, and a row that one has written is still there.
 */
bool
OnlyOurTriggers(void)
{
	Oid			extension;
	Relation	depend;
	ScanKeyData key[2];
	SysScanDesc scan;
	HeapTuple	tuple;
	bool		only = true;

	if (answerHolds)
		return onlyOurs;

	/* A change that comes to be known on the way takes this back. */
	answerHolds = true;
	extension = get_extension_oid("proctorlink", true);
	depend = table_open(DependRelationId, AccessShareLock);
	ScanKeyInit(&key[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(ExtensionRelationId));
	ScanKeyInit(&key[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(extension));
	scan = systable_beginscan(depend, DependReferenceIndexId, true, NULL, lengthof(key), key);
	while (only && HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_depend member = (Form_pg_depend) GETSTRUCT(tuple);

		if (member->classid == RelationRelationId && member->deptype == DEPENDENCY_EXTENSION)
			only = IsLeftAlone(member->objid, extension);
	}
	systable_endscan(scan);
	table_close(depend, AccessShareLock);
	onlyOurs = only;
	return only;
}

/*
 * StatementRunKnown runs an INSERT as StatementRun does, without checks of the
 * foreign keys that are known to hold. The caller has locked the parents.
 */
uint64
StatementRunKnown(Statement *statement, Datum *values, const char *nulls, const KnownParents *known)
{
	uint64		rows = 0;

	armedText = statement->text;
	armedKnown = known;
	PG_TRY();
	{
		rows = StatementRun(statement, values, nulls, false);
	}
	PG_FINALLY();
	{
		armedKnown = NULL;
	}
	PG_END_TRY();
	return rows;
}
