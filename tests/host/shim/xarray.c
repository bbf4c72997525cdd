// SPDX-License-Identifier: GPL-2.0
/* See linux/xarray.h. */
#include <stdlib.h>

#include <linux/kernel.h>

/* An entry that is reserved is there for whoever stores one, and for nobody else. */
#define RESERVED	((void *)1030UL)
#define NO_MEMORY	((void *)(-12UL << 2 | 2))

unsigned int shim_xa_chunks;

static struct shim_xa_chunk *xarray_chunk(struct xarray *xa, unsigned long id)
{
	if (id / SHIM_XA_CHUNK >= SHIM_XA_CHUNKS)
		return NULL;
	return __atomic_load_n(&xa->chunks[id / SHIM_XA_CHUNK], __ATOMIC_ACQUIRE);
}

/* NULL, or as it was stored, or RESERVED. */
static void *xarray_entry(struct xarray *xa, unsigned long id)
{
	struct shim_xa_chunk *chunk = xarray_chunk(xa, id);

	if (!chunk)
		return NULL;
	return __atomic_load_n(&chunk->entries[id % SHIM_XA_CHUNK], __ATOMIC_ACQUIRE);
}

/* The lock is held. */
static struct shim_xa_chunk *xarray_make_chunk(struct xarray *xa, unsigned long id)
{
	struct shim_xa_chunk *chunk = xarray_chunk(xa, id);

	if (chunk)
		return chunk;
	chunk = calloc(1, sizeof(*chunk));
	if (!chunk || id / SHIM_XA_CHUNK >= SHIM_XA_CHUNKS)
		abort();
	__atomic_add_fetch(&shim_xa_chunks, 1, __ATOMIC_RELAXED);
	__atomic_store_n(&xa->chunks[id / SHIM_XA_CHUNK], chunk, __ATOMIC_RELEASE);
	return chunk;
}

/* The lock is held. Marks stay when an entry takes the place of another. */
static void xarray_set(struct xarray *xa, unsigned long id, void *entry)
{
	struct shim_xa_chunk *chunk = xarray_make_chunk(xa, id);

	if (!entry)
		__atomic_store_n(&chunk->marks[id % SHIM_XA_CHUNK], 0, __ATOMIC_RELAXED);
	__atomic_store_n(&chunk->entries[id % SHIM_XA_CHUNK], entry, __ATOMIC_RELEASE);
}

/* ---- with the lock held ---- */

void *__xa_store(struct xarray *xa, unsigned long id, void *entry, gfp_t gfp)
{
	void *old = xarray_entry(xa, id);

	if (!old && !entry)
		return NULL;
	if (!old && shim_fails())
		return NO_MEMORY;
	xarray_set(xa, id, entry);
	return old == RESERVED ? NULL : old;
}

void __xa_set_mark(struct xarray *xa, unsigned long id, xa_mark_t mark)
{
	if (xarray_entry(xa, id))
		__atomic_fetch_or(&xarray_chunk(xa, id)->marks[id % SHIM_XA_CHUNK], 1U << mark,
				  __ATOMIC_RELAXED);
}

/* ---- these take it ---- */

int xa_alloc(struct xarray *xa, u32 *id, void *entry, struct xa_limit limit, gfp_t gfp)
{
	u32 at;

	might_sleep();
	xa_lock(xa);
	for (at = limit.min; at <= limit.max; at++)
		if (!xarray_entry(xa, at))
			break;
	if (at <= limit.max) {
		xarray_set(xa, at, entry ?: RESERVED);
		*id = at;
	}
	xa_unlock(xa);
	return at <= limit.max ? 0 : -EBUSY;
}

int xa_reserve(struct xarray *xa, unsigned long id, gfp_t gfp)
{
	int err = 0;

	if (gfpflags_allow_blocking(gfp))
		might_sleep();
	xa_lock(xa);
	if (!xarray_entry(xa, id)) {
		if (shim_fails())
			err = -ENOMEM;
		else
			xarray_set(xa, id, RESERVED);
	}
	xa_unlock(xa);
	return err;
}

void *xa_store(struct xarray *xa, unsigned long id, void *entry, gfp_t gfp)
{
	void *old;

	if (gfpflags_allow_blocking(gfp))
		might_sleep();
	xa_lock(xa);
	old = __xa_store(xa, id, entry, gfp);
	xa_unlock(xa);
	return old;
}

void *xa_erase(struct xarray *xa, unsigned long id)
{
	return xa_store(xa, id, NULL, 0);
}

void xa_clear_mark(struct xarray *xa, unsigned long id, xa_mark_t mark)
{
	xa_lock(xa);
	if (xarray_chunk(xa, id))
		__atomic_fetch_and(&xarray_chunk(xa, id)->marks[id % SHIM_XA_CHUNK],
				   ~(1U << mark), __ATOMIC_RELAXED);
	xa_unlock(xa);
}

void xa_destroy(struct xarray *xa)
{
	unsigned long i;

	xa_lock(xa);
	for (i = 0; i < SHIM_XA_CHUNKS; i++) {
		if (!xa->chunks[i])
			continue;
		free(xa->chunks[i]);
		xa->chunks[i] = NULL;
		__atomic_sub_fetch(&shim_xa_chunks, 1, __ATOMIC_RELAXED);
	}
	xa_unlock(xa);
}

/* ---- without the lock ---- */

void *xa_load(struct xarray *xa, unsigned long id)
{
	void *entry = xarray_entry(xa, id);

	return entry == RESERVED ? NULL : entry;
}

bool xa_get_mark(struct xarray *xa, unsigned long id, xa_mark_t mark)
{
	struct shim_xa_chunk *chunk = xarray_chunk(xa, id);

	return chunk && __atomic_load_n(&chunk->marks[id % SHIM_XA_CHUNK],
					__ATOMIC_RELAXED) >> mark & 1;
}

/* The first entry from *id on that is there and, unless any will do, has the mark. */
void *xa_find(struct xarray *xa, unsigned long *id, unsigned long max, xa_mark_t filter)
{
	unsigned long at = *id;

	max = min(max, SHIM_XA_CHUNK * SHIM_XA_CHUNKS - 1);
	while (at <= max) {
		void *entry = xa_load(xa, at);

		if (entry && (filter == XA_PRESENT || xa_get_mark(xa, at, filter))) {
			*id = at;
			return entry;
		}
		if (xarray_chunk(xa, at))
			at++;
		else
			at = ALIGN_DOWN(at, SHIM_XA_CHUNK) + SHIM_XA_CHUNK;
	}
	return NULL;
}
