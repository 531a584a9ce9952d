/*
 * core/columns.c
 *		Arrays for SPI, one a column.
 *
 * construct_array wants a datum for each element and copies them all once
 * more; here each is written where it stays.
 */
#include "core/columns.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/timestamp.h"

/* Every array is made with room for nulls, so that the elements can be written at once. */
#define NULLS(column) ARR_NULLBITMAP((ArrayType *) (column)->array.data)

/* ColumnInit starts a column that will hold at most so many elements. */
void
ColumnInit(Column *column, Oid type, int capacity)
{
	int			header = ARR_OVERHEAD_WITHNULLS(1, capacity);
	ArrayType  *array;

	column->type = type;
	column->capacity = capacity;
	column->count = 0;
	initStringInfo(&column->array);
	enlargeStringInfo(&column->array, header + capacity * 16);
	memset(column->array.data, 0, header);
	column->array.len = header;

	array = (ArrayType *) column->array.data;
	array->ndim = 1;
	array->dataoffset = header;
	array->elemtype = type;
	ARR_LBOUND(array)[0] = 1;
}

/* Begin makes room for an element of a size and alignment and answers where it goes. */
static char *
Begin(Column *column, int size, int align)
{
	int			start = TYPEALIGN(align, column->array.len);
	char	   *element;

	Assert(column->count < column->capacity);
	enlargeStringInfo(&column->array, size + align);
	memset(column->array.data + column->array.len, 0, start - column->array.len);
	element = column->array.data + start;
	column->array.len = start + size;
	NULLS(column)[column->count / 8] |= 1 << (column->count % 8);
	column->count++;
	return element;
}

/* ColumnAddNull appends a null. */
void
ColumnAddNull(Column *column)
{
	Assert(column->count < column->capacity);
	column->count++;
}

/* ColumnAddText appends a text, null where none is given. */
void
ColumnAddText(Column *column, Text value)
{
	char	   *element;

	if (value.presence != GIVEN)
	{
		ColumnAddNull(column);
		return;
	}
	element = Begin(column, VARHDRSZ + value.len, ALIGNOF_INT);
	SET_VARSIZE(element, VARHDRSZ + value.len);
	memcpy(VARDATA(element), value.data, value.len);
}

/* ColumnAddString appends a C string, null for NULL. */
void
ColumnAddString(Column *column, const char *value)
{
	ColumnAddText(column, TextOf(value));
}

/* ColumnAddUuid appends an id, null for NULL. */
void
ColumnAddUuid(Column *column, const pg_uuid_t *value)
{
	if (value == NULL)
		ColumnAddNull(column);
	else
		memcpy(Begin(column, UUID_LEN, 1), value->data, UUID_LEN);
}

/* ColumnAddInt appends an integer. */
void
ColumnAddInt(Column *column, int32 value)
{
	memcpy(Begin(column, sizeof(value), ALIGNOF_INT), &value, sizeof(value));
}

/* ColumnAddBool appends a boolean. */
void
ColumnAddBool(Column *column, bool value)
{
	*Begin(column, 1, 1) = value;
}

/* ColumnAddTime appends a time, null where none is given. */
void
ColumnAddTime(Column *column, TimeField value)
{
	if (value.presence != GIVEN)
		ColumnAddNull(column);
	else
		memcpy(Begin(column, sizeof(TimestampTz), ALIGNOF_DOUBLE), &value.value, sizeof(TimestampTz));
}

/* ColumnAddJson appends a jsonb, null where none is given. */
void
ColumnAddJson(Column *column, JsonField value)
{
	char	   *element;

	if (value.presence != GIVEN)
	{
		ColumnAddNull(column);
		return;
	}
	element = Begin(column, VARHDRSZ + value.len, ALIGNOF_INT);
	SET_VARSIZE(element, VARHDRSZ + value.len);
	memcpy(VARDATA(element), value.container, value.len);
}

/* ColumnDatum makes the array of what was appended; the column owns it. */
Datum
ColumnDatum(Column *column)
{
	ArrayType  *array = (ArrayType *) column->array.data;

	ARR_DIMS(array)[0] = column->count;
	if (column->count == 0)
	{
		array->ndim = 0;
		array->dataoffset = 0;
		column->array.len = ARR_OVERHEAD_NONULLS(0);
	}
	else if (ARR_OVERHEAD_WITHNULLS(1, column->count) != array->dataoffset)
	{
		/* The bitmap is as long as the array says it is, so the data move up. */
		int			header = ARR_OVERHEAD_WITHNULLS(1, column->count);
		int			length = column->array.len - array->dataoffset;

		memmove(column->array.data + header, column->array.data + array->dataoffset, length);
		array->dataoffset = header;
		column->array.len = header + length;
	}
	SET_VARSIZE(array, column->array.len);
	return PointerGetDatum(array);
}

/* ColumnElement views the one element that was appended, which is not null. */
Datum
ColumnElement(const Column *column)
{
	const ArrayType *array = (const ArrayType *) column->array.data;
	const char *element = column->array.data + array->dataoffset;

	Assert(column->count == 1);
	switch (column->type)
	{
		case BOOLOID:
			return BoolGetDatum(*(const bool *) element);
		case INT4OID:
			return Int32GetDatum(*(const int32 *) element);
		case TIMESTAMPTZOID:
			return TimestampTzGetDatum(*(const TimestampTz *) element);
		default:
			return PointerGetDatum(element);
	}
}

/* ColumnHasValues tells whether anything but nulls was appended. */
bool
ColumnHasValues(const Column *column)
{
	return column->array.len > ((ArrayType *) column->array.data)->dataoffset;
}
