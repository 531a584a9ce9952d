/*
 * core/compat.h
 *		The one place that knows server versions.
 *
 * The code is written for the newest server; this header adapts older ones.
 */
#ifndef PROCTORLINK_COMPAT_H
#define PROCTORLINK_COMPAT_H

/* The library hides what it does not export; servers before 16 leave the word empty. */
#ifndef PGDLLEXPORT
#define PGDLLEXPORT __attribute__((visibility("default")))
#endif

#include "postgres.h"

#if PG_VERSION_NUM < 150000
#error "proctorlink needs PostgreSQL 15 or later"
#endif

#include "common/base64.h"
#include "fmgr.h"

/* What does not return is said in front of its declaration since 18. */
#if PG_VERSION_NUM < 180000
#define pg_noreturn __attribute__((noreturn))
#endif

/* Functions are exported by their declaration, which servers before 16 make without the word. */
#if PG_VERSION_NUM < 160000
#undef PG_FUNCTION_INFO_V1
#define PG_FUNCTION_INFO_V1(funcname) \
extern PGDLLEXPORT Datum funcname(PG_FUNCTION_ARGS); \
extern PGDLLEXPORT const Pg_finfo_record *CppConcat(pg_finfo_, funcname) (void); \
const Pg_finfo_record * \
CppConcat(pg_finfo_, funcname) (void) \
{ \
	static const Pg_finfo_record info = {1}; \
	return &info; \
} \
extern int	no_such_variable
#endif

/* The headers of varlena macros were split out in 16. */
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/* The headers declare _PG_init since 16. */
#if PG_VERSION_NUM < 160000
extern PGDLLEXPORT void _PG_init(void);
#endif

/* The number by which this backend knows its transaction, in use of storage/proc.h, moved in 17. */
#if PG_VERSION_NUM >= 170000
#define MyTransaction() (MyProc->vxid.lxid)
#else
#define MyTransaction() (MyProc->lxid)
#endif

/* One function checks the privileges on all kinds of objects since 16. */
#if PG_VERSION_NUM >= 160000
#define SchemaAclCheck(schema, role, mode) object_aclcheck(NamespaceRelationId, schema, role, mode)
#else
#define SchemaAclCheck(schema, role, mode) pg_namespace_aclcheck(schema, role, mode)
#endif

/* base64 works on uint8 since 18. */
#if PG_VERSION_NUM >= 180000
#define Base64Encode(src, len, dst, dstlen) pg_b64_encode((const uint8 *) (src), len, dst, dstlen)
#else
#define Base64Encode(src, len, dst, dstlen) pg_b64_encode((const char *) (src), len, dst, dstlen)
#endif

/* Scans can count what they do since 18. */
#if PG_VERSION_NUM >= 180000
#define IndexBeginScan(table, index, snapshot, keys) index_beginscan(table, index, snapshot, NULL, keys, 0)
#else
#define IndexBeginScan(table, index, snapshot, keys) index_beginscan(table, index, snapshot, keys, 0)
#endif

#endif							/* PROCTORLINK_COMPAT_H */
