// SPDX-License-Identifier: GPL-2.0
/* Who is compared: each by the calls that a module would make. */
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/numa.h>
#include <linux/slab.h>
#include <asm/msr.h>

#include "bench.h"
#include "compat/bulk.h"
#include "compat/page_pool.h"
#include "pt_cache.h"

#define GFP_TABLE	(GFP_KERNEL | __GFP_ZERO)

/* Inlined for each rival, whose functions the compiler then knows. */
static __always_inline bool run_stretch(const struct rival *rival, struct stretch *stretch)
{
	void **items = stretch->items + stretch->at;
	unsigned int i;

	switch (stretch->kind) {
	case STRETCH_PAIRS:
		for (i = 0; i < stretch->nr; i++) {
			void *item = rival->alloc();

			if (unlikely(!item))
				return false;
			rival->free(item);
		}
		return true;
	case STRETCH_ALLOC:
		for (i = 0; i < stretch->nr; i++) {
			items[i] = rival->alloc();
			if (unlikely(!items[i]))
				return false;
		}
		return true;
	case STRETCH_FREE:
		for (i = 0; i < stretch->nr; i++)
			rival->free(items[i]);
		return true;
	case STRETCH_BULK_ALLOC:
		return rival->alloc_bulk(stretch->nr, items) == stretch->nr;
	case STRETCH_BULK_FREE:
		rival->free_bulk(stretch->nr, items);
		return true;
	case STRETCH_TOGGLE:
		for (i = 0; i < stretch->nr; i++) {
			void **item = stretch->items + stretch->toggles[i];

			if (*item) {
				rival->free(*item);
				*item = NULL;
			} else {
				*item = rival->alloc();
				if (unlikely(!*item))
					return false;
			}
		}
		return true;
	}
	return false;
}

#define RUN(name)							\
static void run_##name(struct stretch *stretch)				\
{									\
	u64 start = rdtsc_ordered();					\
									\
	stretch->failed = !run_stretch(&name, stretch);			\
	stretch->ticks = rdtsc_ordered() - start;			\
}

/* pt_cache, with tables given back as zero, and plainly */
static struct pt_cache *cache;

static int cache_start(void)
{
	const struct pt_cache_attr attr = { .name = "bench", .nid = NUMA_NO_NODE };

	cache = pt_cache_create(&attr);
	return PTR_ERR_OR_ZERO(cache);
}

static void cache_stop(void)
{
	pt_cache_destroy(cache);
}

static __always_inline void *cache_alloc(void)
{
	return pt_cache_alloc_table(cache, NULL, PT_CACHE_PTE, GFP_KERNEL);
}

static __always_inline void *cache_alloc_for_mm(void)
{
	return pt_cache_alloc_table(cache, current->mm, PT_CACHE_PTE, GFP_KERNEL);
}

static __always_inline void cache_free(void *page)
{
	pt_cache_free_table(cache, page);
}

static __always_inline void cache_free_zeroed(void *page)
{
	pt_cache_free_table_zeroed(cache, page);
}

static __always_inline unsigned int cache_alloc_bulk(unsigned int nr, void **items)
{
	return pt_cache_alloc_bulk(cache, NULL, PT_CACHE_PTE, GFP_KERNEL, nr,
				   (struct page **)items);
}

static __always_inline unsigned int cache_alloc_bulk_for_mm(unsigned int nr, void **items)
{
	return pt_cache_alloc_bulk(cache, current->mm, PT_CACHE_PTE, GFP_KERNEL, nr,
				   (struct page **)items);
}

static __always_inline void cache_free_bulk(unsigned int nr, void **items)
{
	pt_cache_free_bulk(cache, nr, (struct page **)items);
}

static __always_inline void cache_free_bulk_zeroed(unsigned int nr, void **items)
{
	pt_cache_free_bulk_zeroed(cache, nr, (struct page **)items);
}

static const struct rival zeroed = {
	cache_alloc, cache_free_zeroed, cache_alloc_bulk, cache_free_bulk_zeroed,
};

static const struct rival zeroed_mm = {
	cache_alloc_for_mm, cache_free_zeroed, cache_alloc_bulk_for_mm, cache_free_bulk_zeroed,
};

static const struct rival plain = {
	cache_alloc, cache_free, cache_alloc_bulk, cache_free_bulk,
};

RUN(zeroed)
RUN(zeroed_mm)
RUN(plain)

/* the page allocator */
static __always_inline void *buddy_alloc(void)
{
	return alloc_page(GFP_TABLE);
}

static __always_inline void buddy_free(void *page)
{
	__free_page(page);
}

/* it fills what is empty; none but the calls one by one give many back */
static unsigned int buddy_alloc_bulk(unsigned int nr, void **items)
{
	memset(items, 0, nr * sizeof(*items));
	return ptc_alloc_pages_bulk(GFP_TABLE, nr, (struct page **)items);
}

static void buddy_free_bulk(unsigned int nr, void **items)
{
	while (nr--)
		__free_page(*items++);
}

static const struct rival buddy = {
	buddy_alloc, buddy_free, buddy_alloc_bulk, buddy_free_bulk,
};

RUN(buddy)

/* SLUB */
static struct kmem_cache *slab;

static int slab_start(void)
{
	slab = kmem_cache_create("pt_cache_bench", PAGE_SIZE, PAGE_SIZE, 0, NULL);
	return slab ? 0 : -ENOMEM;
}

static void slab_stop(void)
{
	kmem_cache_destroy(slab);
}

static __always_inline void *slub_alloc(void)
{
	return kmem_cache_zalloc(slab, GFP_KERNEL);
}

static __always_inline void slub_free(void *object)
{
	kmem_cache_free(slab, object);
}

static __always_inline unsigned int slub_alloc_bulk(unsigned int nr, void **items)
{
	/* all or none; newer kernels say it by a bool */
	return kmem_cache_alloc_bulk(slab, GFP_TABLE, nr, items) ? nr : 0;
}

static __always_inline void slub_free_bulk(unsigned int nr, void **items)
{
	kmem_cache_free_bulk(slab, nr, items);
}

static const struct rival slub = { slub_alloc, slub_free, slub_alloc_bulk, slub_free_bulk };

RUN(slub)

#ifdef PTC_COMPAT_PAGE_POOL
/* net's page_pool: made for a driver's receive path, in a softirq. It clears nothing. */
static struct page_pool *pool;

static int pool_start(void)
{
	const struct page_pool_params params = { .pool_size = 2048, .nid = NUMA_NO_NODE };

	pool = page_pool_create(&params);
	return PTR_ERR_OR_ZERO(pool);
}

static void pool_stop(void)
{
	page_pool_destroy(pool);
}

static __always_inline void *pool_alloc(void)
{
	return page_pool_dev_alloc_pages(pool);
}

static __always_inline void pool_free(void *page)
{
	page_pool_put_full_page(pool, page, true);
}

/* it has no form for many */
static unsigned int pool_alloc_bulk(unsigned int nr, void **items)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		items[i] = pool_alloc();
		if (!items[i])
			break;
	}
	return i;
}

static void pool_free_bulk(unsigned int nr, void **items)
{
	while (nr--)
		pool_free(*items++);
}

static const struct rival page_pool = {
	pool_alloc, pool_free, pool_alloc_bulk, pool_free_bulk,
};

RUN(page_pool)
#endif

static int nothing_to_start(void)
{
	return 0;
}

static void nothing_to_stop(void)
{
}

const struct contender contenders[] = {
	{ "zeroed", cache_start, cache_stop, run_zeroed, .asks_for_zero = true },
	{ "zeroed_mm", cache_start, cache_stop, run_zeroed_mm, .asks_for_zero = true },
	{ "plain", cache_start, cache_stop, run_plain, .asks_for_zero = true },
	{ "buddy", nothing_to_start, nothing_to_stop, run_buddy, .asks_for_zero = true },
	{ "slub", slab_start, slab_stop, run_slub, .clears_items = true },
#ifdef PTC_COMPAT_PAGE_POOL
	{ "page_pool", pool_start, pool_stop, run_page_pool, .in_softirq = true },
#endif
};

const unsigned int nr_contenders = ARRAY_SIZE(contenders);
