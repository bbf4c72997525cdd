/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Our interface to shrinkers: the kernel allocates them from 6.7 on, the caller before that.
 */
#ifndef PTC_COMPAT_SHRINKER_H
#define PTC_COMPAT_SHRINKER_H

#include <linux/shrinker.h>
#include <linux/slab.h>

#include "ptc_have.h"

typedef unsigned long (*ptc_shrink_fn)(struct shrinker *shrinker, struct shrink_control *sc);

/* Create and register a shrinker. Context: process context, may sleep. Returns NULL on failure. */
static inline struct shrinker *ptc_shrinker_new(const char *name, unsigned int flags,
						ptc_shrink_fn count, ptc_shrink_fn scan, long batch)
{
	struct shrinker *shrinker;

#ifdef PTC_HAVE_SHRINKER_ALLOC
	shrinker = shrinker_alloc(flags, "%s", name);
#else
	shrinker = kzalloc(sizeof(*shrinker), GFP_KERNEL);
#endif
	if (!shrinker)
		return NULL;
	shrinker->count_objects = count;
	shrinker->scan_objects = scan;
	shrinker->seeks = DEFAULT_SEEKS;
	shrinker->batch = batch;
#ifdef PTC_HAVE_SHRINKER_ALLOC
	shrinker_register(shrinker);
#else
	shrinker->flags = flags;
	if (register_shrinker(shrinker, "%s", name)) {
		kfree(shrinker);
		return NULL;
	}
#endif
	return shrinker;
}

/* Unregister a shrinker, wait for the calls in flight, and free it. */
static inline void ptc_shrinker_free(struct shrinker *shrinker)
{
#ifdef PTC_HAVE_SHRINKER_ALLOC
	shrinker_free(shrinker);
#else
	unregister_shrinker(shrinker);
	kfree(shrinker);
#endif
}

#endif /* PTC_COMPAT_SHRINKER_H */
