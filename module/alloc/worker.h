/* SPDX-License-Identifier: GPL-2.0 */
/* What is done ahead of need, and the end of recycling. */
#ifndef PTC_ALLOC_WORKER_H
#define PTC_ALLOC_WORKER_H

#include <linux/gfp.h>
#include <linux/types.h>
#include <linux/workqueue.h>

struct ptc_node;

int ptc_worker_start(void);
void ptc_worker_stop(void);
void ptc_worker_init(struct ptc_node *node);
void ptc_worker_kick(struct ptc_node *node);
void ptc_worker_flush(struct ptc_node *node);
void ptc_worker_cancel(struct ptc_node *node);
void ptc_worker_kick_later(struct delayed_work *work, unsigned long delay);
bool ptc_worker_is_current(const struct ptc_node *node);
bool ptc_worker_wait_for_stock(struct ptc_node *node, gfp_t gfp);
void ptc_worker_ask_for_stock(struct ptc_node *node);
void ptc_worker_prepare(struct ptc_node *node);

void ptc_clear_tables(const unsigned long *pfns, unsigned int nr, unsigned int order);

extern bool ptc_recycling;
void ptc_recycling_off(void);

#endif /* PTC_ALLOC_WORKER_H */
