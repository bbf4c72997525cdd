/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An array of pointers by number, with marks. Entries are replaced by one store, under a lock, and
 * read without. An entry that is neither there nor reserved may need memory, each by itself: more
 * often than in the kernel, where many share what was allocated.
 */
#ifndef SHIM_LINUX_XARRAY_H
#define SHIM_LINUX_XARRAY_H

#include <linux/percpu.h>
#include <linux/types.h>

/* Chunks are not freed before xa_destroy(), so a reader needs no RCU. */
#define SHIM_XA_CHUNK	64UL
#define SHIM_XA_CHUNKS	2048UL

struct shim_xa_chunk {
	void *entries[SHIM_XA_CHUNK];
	u8 marks[SHIM_XA_CHUNK];	/* a bit for each mark */
};

struct xarray {
	pthread_mutex_t xa_lock;
	struct shim_xa_chunk *chunks[SHIM_XA_CHUNKS];
};

typedef unsigned int xa_mark_t;
struct xa_limit { u32 max, min; };

extern unsigned int shim_xa_chunks;	/* of all arrays, so that a test sees what is left */

#define DEFINE_XARRAY(name)	struct xarray name = { .xa_lock = PTHREAD_MUTEX_INITIALIZER }
#define DEFINE_XARRAY_ALLOC1(name)	DEFINE_XARRAY(name)
#define XA_LIMIT(first, last)	((struct xa_limit){ .min = (first), .max = (last) })
#define XA_MARK_0		0U
#define XA_PRESENT		8U

/* Entries that are no pointers: numbers; an error, which is only returned. */
#define xa_mk_value(n)		((void *)((unsigned long)(n) << 1 | 1))
#define xa_to_value(entry)	((unsigned long)(entry) >> 1)
#define xa_is_err(entry)	\
	(((unsigned long)(entry) & 3) == 2 && (unsigned long)(entry) > -4UL * MAX_ERRNO)

int xa_alloc(struct xarray *xa, u32 *id, void *entry, struct xa_limit limit, gfp_t gfp);
int xa_reserve(struct xarray *xa, unsigned long id, gfp_t gfp);
void *xa_store(struct xarray *xa, unsigned long id, void *entry, gfp_t gfp);
void *xa_erase(struct xarray *xa, unsigned long id);
void *xa_load(struct xarray *xa, unsigned long id);
void *xa_find(struct xarray *xa, unsigned long *id, unsigned long max, xa_mark_t filter);
bool xa_get_mark(struct xarray *xa, unsigned long id, xa_mark_t mark);
void xa_clear_mark(struct xarray *xa, unsigned long id, xa_mark_t mark);
void xa_destroy(struct xarray *xa);

/* These are called with the lock held. */
#define xa_lock(xa)	shim_lock(&(xa)->xa_lock)
#define xa_unlock(xa)	shim_unlock(&(xa)->xa_lock)
void *__xa_store(struct xarray *xa, unsigned long id, void *entry, gfp_t gfp);
void __xa_set_mark(struct xarray *xa, unsigned long id, xa_mark_t mark);

#define xa_release(xa, id)	((void)xa_erase(xa, id))

#define SHIM_XA_FOR_EACH(xa, id, entry, first, last, filter)	\
	for (id = (first); (entry = xa_find(xa, &id, last, filter)); id++)
#define xa_for_each(xa, id, entry)	\
	SHIM_XA_FOR_EACH(xa, id, entry, 0, ULONG_MAX, XA_PRESENT)
#define xa_for_each_range(xa, id, entry, first, last)	\
	SHIM_XA_FOR_EACH(xa, id, entry, first, last, XA_PRESENT)
#define xa_for_each_marked(xa, id, entry, mark)	\
	SHIM_XA_FOR_EACH(xa, id, entry, 0, ULONG_MAX, mark)

#endif
