/* SPDX-License-Identifier: GPL-2.0 */
/* An array of some pointers: entries are replaced by one store, under a lock, and read without. */
#ifndef SHIM_LINUX_XARRAY_H
#define SHIM_LINUX_XARRAY_H

#include <pthread.h>

#include <linux/rcupdate.h>
#include <linux/types.h>

#define SHIM_XARRAY_ENTRIES	16

struct xarray {
	pthread_mutex_t lock;
	void *entries[SHIM_XARRAY_ENTRIES];
	bool reserved[SHIM_XARRAY_ENTRIES];
};

struct xa_limit { u32 max, min; };

#define DEFINE_XARRAY_ALLOC1(name)	struct xarray name = { .lock = PTHREAD_MUTEX_INITIALIZER }
#define XA_LIMIT(first, last)	((struct xa_limit){ .min = (first), .max = (last) })
#define XA_PRESENT		0

int xa_alloc(struct xarray *xa, u32 *id, void *entry, struct xa_limit limit, gfp_t gfp);
void *xa_store(struct xarray *xa, unsigned long id, void *entry, gfp_t gfp);
void *xa_erase(struct xarray *xa, unsigned long id);
void *xa_load(struct xarray *xa, unsigned long id);
void *xa_find(struct xarray *xa, unsigned long *id, unsigned long max, int mark);

#define xa_release(xa, id)	((void)xa_erase(xa, id))
#define xa_destroy(xa)		((void)(xa))
#define xa_for_each(xa, id, entry)	\
	for (id = 0; (entry = xa_find(xa, &id, SHIM_XARRAY_ENTRIES, XA_PRESENT)); id++)

#endif
