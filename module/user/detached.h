/* SPDX-License-Identifier: GPL-2.0 */
/* PTE tables that were detached from a process: a batch of them is freed after a grace period. */
#ifndef PTC_USER_DETACHED_H
#define PTC_USER_DETACHED_H

#include <linux/mm_types.h>
#include <linux/workqueue.h>

struct ptc_detached {
	struct rcu_work work;
	unsigned int nr;
	struct page *table[];
};

/* So many tables make a batch of one page. */
#define PTC_DETACHED_MAX							\
	((PAGE_SIZE - sizeof(struct ptc_detached)) / sizeof(struct page *))

struct ptc_detached *ptc_detached_new(bool may_reclaim);
void ptc_detached_free(struct ptc_detached *batch);

int ptc_detached_init(void);
void ptc_detached_exit(void);

#endif /* PTC_USER_DETACHED_H */
