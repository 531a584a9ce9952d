/*
 * core/uuid7.c
 *		UUIDs of version 7 (RFC 9562): 48 bits of milliseconds, 12 of their
 *		fraction (the RFC's method 3), 62 random ones.
 *
 * Those made by one backend ascend, so that rows arrive at the right end of
 * their indexes in the order in which they are made.
 */
#include "core/sid.h"

#include <time.h>

#include "port/pg_bswap.h"

/* A step of the fraction is 1/4096 millisecond. */
#define NSEC_PER_MSEC INT64CONST(1000000)
#define NS_PER_STEP (NSEC_PER_MSEC / 4096 + 1)

/* Random bytes are asked for by the hundred ids. */
#define POOL_IDS 128

/* Uuid7 makes a new id. Raises XX000 only where the system has no random numbers. */
void
Uuid7(pg_uuid_t *id)
{
	static int64 last = 0;
	static uint64 pool[POOL_IDS];
	static int	left = 0;
	struct timespec now;
	int64		ns;
	uint64		high;
	uint64		low;

	if (left == 0)
	{
		if (!pg_strong_random(pool, sizeof(pool)))
			ereport(ERROR,
					(errcode(ERRCODE_INTERNAL_ERROR),
					 errmsg("could not generate random values")));
		left = POOL_IDS;
	}

	clock_gettime(CLOCK_REALTIME, &now);
	ns = (int64) now.tv_sec * 1000 * NSEC_PER_MSEC + now.tv_nsec;
	if (ns < last + NS_PER_STEP)
		ns = last + NS_PER_STEP;
	last = ns;

	high = (uint64) (ns / NSEC_PER_MSEC) << 16;
	high |= UINT64CONST(0x7000);
	high |= (uint64) (ns % NSEC_PER_MSEC) * 4096 / NSEC_PER_MSEC;
	low = pool[--left];
	pool[left] = 0;
	low = (low & UINT64CONST(0x3FFFFFFFFFFFFFFF)) | UINT64CONST(0x8000000000000000);

	high = pg_hton64(high);
	low = pg_hton64(low);
	memcpy(id->data, &high, 8);
	memcpy(id->data + 8, &low, 8);
}
