// SPDX-License-Identifier: GPL-2.0
/*
 * The lender that other modules may use, too: that of pt_cache_live.ko, which lends the running
 * kernel's page tables. There is one at most. Whoever uses it is counted, and its end waits for
 * them; it lends nothing any more then, so they are done soon.
 */
#include <linux/bug.h>
#include <linux/export.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#include "alloc/grow.h"
#include "alloc/index.h"
#include "alloc/offer.h"
#include "pt_cache.h"

static DEFINE_SPINLOCK(offer_lock);
static DECLARE_WAIT_QUEUE_HEAD(offer_wait);
static struct pt_cache_lender *offer_lender;
static unsigned int offer_users, offer_nth;

void pt_cache_lender_offer(struct pt_cache_lender *lender)
{
	spin_lock(&offer_lock);
	if (!WARN_ON_ONCE(offer_lender)) {
		offer_lender = lender;
		offer_nth++;
	}
	spin_unlock(&offer_lock);
}
EXPORT_SYMBOL_GPL(pt_cache_lender_offer);

struct pt_cache_lender *pt_cache_lender_get(unsigned int *nth)
{
	struct pt_cache_lender *lender;

	spin_lock(&offer_lock);
	lender = offer_lender;
	if (lender)
		offer_users++;
	if (nth)
		*nth = offer_nth;
	spin_unlock(&offer_lock);
	return lender;
}
EXPORT_SYMBOL_GPL(pt_cache_lender_get);

void pt_cache_lender_put(struct pt_cache_lender *lender)
{
	spin_lock(&offer_lock);
	if (!--offer_users)
		wake_up(&offer_wait);
	spin_unlock(&offer_lock);
}
EXPORT_SYMBOL_GPL(pt_cache_lender_put);

bool pt_cache_lender_has(const struct pt_cache_lender *lender, unsigned long pfn)
{
	const struct ptc_block *block;
	u32 tag = 0;

	rcu_read_lock();
	block = ptc_index_find(pfn);
	if (block)
		tag = ptc_record_tag(&block->records[pfn - block->pfn]);
	rcu_read_unlock();
	return ptc_tag_is_lent(tag) && ptc_tag_cache(tag) == ptc_tag_cache(lender->tag);
}
EXPORT_SYMBOL_GPL(pt_cache_lender_has);

static bool offer_is_unused(void)
{
	bool unused;

	spin_lock(&offer_lock);
	unused = !offer_users;
	spin_unlock(&offer_lock);
	return unused;
}

/* Nobody uses the lender any more when this returns. Context: process context, may sleep. */
void ptc_offer_withdraw(struct pt_cache_lender *lender)
{
	spin_lock(&offer_lock);
	if (offer_lender != lender) {
		spin_unlock(&offer_lock);
		return;
	}
	offer_lender = NULL;
	spin_unlock(&offer_lock);
	wait_event(offer_wait, offer_is_unused());
}
