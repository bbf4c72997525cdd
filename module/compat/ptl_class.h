/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The lockdep class of a table's lock. The constructor's spin_lock_init() is inlined into our
 * module, so its lock_class_key lies in module memory. A table that is in use at unload, and its
 * lock, outlive that key. So the lock gets a key that is never freed: one per load, only with lock
 * debugging. Without lock debugging there are no keys, and the functions are empty.
 */
#ifndef PTC_COMPAT_PTL_CLASS_H
#define PTC_COMPAT_PTL_CLASS_H

#include <linux/errno.h>
#include <linux/kmemleak.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "ptc_have.h"

#if defined(CONFIG_SPLIT_PTE_PTLOCKS)
#define PTC_SPLIT_PTLOCKS	1
#elif defined(USE_SPLIT_PTE_PTLOCKS) /* before 6.12 */
#define PTC_SPLIT_PTLOCKS	USE_SPLIT_PTE_PTLOCKS
#else
#define PTC_SPLIT_PTLOCKS	0
#endif

#if defined(CONFIG_DEBUG_LOCK_ALLOC) && PTC_SPLIT_PTLOCKS

struct ptc_ptl_class {
	struct lock_class_key key;
	char name[8];		/* lockdep keeps a pointer to it, too */
};

/* Context: process context, may sleep. Return: 0 or -ENOMEM. */
static inline int ptc_ptl_class_init(struct ptc_ptl_class **class)
{
	*class = kzalloc(sizeof(**class), GFP_KERNEL);
	if (!*class)
		return -ENOMEM;
	/* after its first report lockdep is off and keeps no pointer to the key */
	kmemleak_not_leak(*class);
	strscpy((*class)->name, "ptc_ptl", sizeof((*class)->name));
	lockdep_register_key(&(*class)->key);
	return 0;
}

/* The table is not in use yet, and its lock was never acquired. */
static inline void ptc_ptl_class_set(struct page *page, struct ptc_ptl_class *class)
{
#if defined(PTC_HAVE_PAGETABLE_CTOR) || defined(PTC_HAVE_PTDESC_PTE_CTOR)
	spinlock_t *ptl = ptlock_ptr(page_ptdesc(page));
#else
	spinlock_t *ptl = ptlock_ptr(page);
#endif
	lockdep_set_class_and_name(ptl, &class->key, class->name);
}

#else

struct ptc_ptl_class;

static inline int ptc_ptl_class_init(struct ptc_ptl_class **class)
{
	return 0;
}

static inline void ptc_ptl_class_set(struct page *page, struct ptc_ptl_class *class)
{
}

#endif

#endif /* PTC_COMPAT_PTL_CLASS_H */
