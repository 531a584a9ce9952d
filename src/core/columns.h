/*
 * core/columns.h
 *		Arrays for SPI, one a column, written element by element in the format
 *		of arrays, so that nothing is copied twice.
 */
#ifndef PROCTORLINK_COLUMNS_H
#define PROCTORLINK_COLUMNS_H

#include "core/jsonb_read.h"
#include "lib/stringinfo.h"
#include "utils/uuid.h"

typedef struct Column
{
	Oid			type;			/* of the elements */
	int			capacity;
	int			count;
	StringInfoData array;		/* the array itself */
} Column;

extern void ColumnInit(Column *column, Oid type, int capacity);
extern void ColumnAddNull(Column *column);
extern void ColumnAddText(Column *column, Text value);
extern void ColumnAddString(Column *column, const char *value);
extern void ColumnAddUuid(Column *column, const pg_uuid_t *value);
extern void ColumnAddInt(Column *column, int32 value);
extern void ColumnAddBool(Column *column, bool value);
extern void ColumnAddTime(Column *column, TimeField value);
extern void ColumnAddJson(Column *column, JsonField value);
extern bool ColumnHasValues(const Column *column);
extern Datum ColumnDatum(Column *column);
extern Datum ColumnElement(const Column *column);

#endif							/* PROCTORLINK_COLUMNS_H */
