/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory: nodes of a few 2M regions each, with real bytes behind them, and a page allocator that
 * knows what it has given out and says so when it gets something else back.
 */
#ifndef SHIM_LINUX_MM_H
#define SHIM_LINUX_MM_H

#include <stdlib.h>
#include <string.h>

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

#define ALLOC_SPLIT_PTLOCKS	0	/* a table's lock is a word */

#define PAGE_SHIFT	12
#define PAGE_SIZE	(1UL << PAGE_SHIFT)
#define PAGE_MASK	(~(PAGE_SIZE - 1))
#define PAGE_ALIGNED(x)	IS_ALIGNED((unsigned long)(x), PAGE_SIZE)

#ifndef SHIM_NODE_PAGES			/* some have more, by a flag: see build.sh */
#define SHIM_NODE_PAGES	(8 * 512UL)
#endif
#define SHIM_PAGES	(SHIM_NODES * SHIM_NODE_PAGES)
#define SHIM_FIRST_PFN	0x40000UL

struct page {
	atomic_t refs;
	atomic_t _mapcount;
	unsigned long flags;
	unsigned long private;
	void *mapping;
	struct page *pmd_huge_pte;	/* of a table of PMDs */
	struct list_head lru;
	bool table, poisoned;		/* PageTable(), PageHWPoison() */
	bool allocated;			/* as the page allocator has it */
	bool known;			/* it is set up: all are, but where memory is sparse */
};

extern struct page *shim_mem_map;
extern char *shim_memory;

void shim_memory_init(void);		/* all pages are free */
void shim_memory_exit(void);
unsigned long shim_pages_free(void);	/* in all nodes */
extern unsigned long shim_gap;		/* pages between two that are given out, if sparse */
extern unsigned long shim_freed_alone;	/* pages that were freed one by one */
struct page *shim_pin_page(unsigned long at);	/* somebody else's, for good */
void shim_take_pages(struct page *page, unsigned long nr);	/* whoever has them: one by one */

static inline unsigned long page_to_pfn(const struct page *page)
{
	return page - shim_mem_map + SHIM_FIRST_PFN;
}

static inline struct page *pfn_to_page(unsigned long pfn)
{
	return shim_mem_map + (pfn - SHIM_FIRST_PFN);
}

static inline void *page_address(const struct page *page)
{
	return shim_memory + ((page - shim_mem_map) << PAGE_SHIFT);
}

static inline struct page *virt_to_page(const volatile void *address)
{
	return shim_mem_map + (((const volatile char *)address - shim_memory) >> PAGE_SHIFT);
}

static inline unsigned long __pa(const volatile void *address)
{
	return (SHIM_FIRST_PFN << PAGE_SHIFT) + ((const volatile char *)address - shim_memory);
}

void *__va(phys_addr_t pa);	/* of memory alone */

#define PFN_PHYS(pfn)		((phys_addr_t)(pfn) << PAGE_SHIFT)
#define PHYS_PFN(pa)		((unsigned long)((pa) >> PAGE_SHIFT))
#define pfn_to_kaddr(pfn)	__va(PFN_PHYS(pfn))
/* Nodes lie one behind the other, unless the test says where: see build.sh. */
#ifdef SHIM_PFN_TO_NID
int SHIM_PFN_TO_NID(unsigned long pfn);
#define pfn_to_nid(pfn)		SHIM_PFN_TO_NID(pfn)
#else
#define pfn_to_nid(pfn)		((int)(((pfn) - SHIM_FIRST_PFN) / SHIM_NODE_PAGES))
#endif
#define page_to_nid(page)	pfn_to_nid(page_to_pfn(page))
#define page_pgdat(page)	page_to_nid(page)

/* Where there is much memory, and no bytes behind it, the test notes that they would be zero. */
#ifdef SHIM_CLEAR_PAGE
void SHIM_CLEAR_PAGE(void *address);
#define clear_page(address)	SHIM_CLEAR_PAGE(address)
#else
#define clear_page(address)	memset(address, 0, PAGE_SIZE)
#endif

/* The test may say how large the machine is, without the pages. */
#ifdef SHIM_TOTALRAM_PAGES
extern unsigned long SHIM_TOTALRAM_PAGES;
#define totalram_pages()	SHIM_TOTALRAM_PAGES
#else
#define totalram_pages()	SHIM_PAGES
#endif

/* ---- what is asked for ---- */

#define __GFP_IO		0x40U
#define __GFP_FS		0x80U
#define __GFP_ZERO		0x100U
#define __GFP_DIRECT_RECLAIM	0x400U
#define __GFP_KSWAPD_RECLAIM	0x800U
#define __GFP_RECLAIM		(__GFP_DIRECT_RECLAIM | __GFP_KSWAPD_RECLAIM)
#define __GFP_NOWARN		0x2000U
#define __GFP_RETRY_MAYFAIL	0x4000U
#define __GFP_NORETRY		0x10000U
#define __GFP_NOMEMALLOC	0x80000U
#define __GFP_HARDWALL		0x100000U
#define __GFP_THISNODE		0x200000U
#define __GFP_ACCOUNT		0x400000U
#define __GFP_HIGH		0x20U
#define GFP_ATOMIC		(__GFP_HIGH | __GFP_KSWAPD_RECLAIM)
#define GFP_KERNEL_ACCOUNT	(GFP_KERNEL | __GFP_ACCOUNT)
#define GFP_NOWAIT		__GFP_KSWAPD_RECLAIM
#define GFP_KERNEL		(__GFP_RECLAIM | __GFP_IO | __GFP_FS)
#define GFP_PGTABLE_USER	(GFP_KERNEL | __GFP_ZERO | __GFP_ACCOUNT)
#define gfpflags_allow_blocking(gfp)	(!!((gfp) & __GFP_DIRECT_RECLAIM))

/* Scopes: the task's flags, which only current_gfp_context() looks at. */
static inline unsigned int shim_scope_save(unsigned int flag)
{
	unsigned int old = current->flags & flag;

	current->flags |= flag;
	return old;
}

static inline void shim_scope_restore(unsigned int flag, unsigned int old)
{
	current->flags = (current->flags & ~flag) | old;
}

#define memalloc_noio_save()		shim_scope_save(PF_MEMALLOC_NOIO)
#define memalloc_nofs_save()		shim_scope_save(PF_MEMALLOC_NOFS)
#define memalloc_noio_restore(old)	shim_scope_restore(PF_MEMALLOC_NOIO, old)
#define memalloc_nofs_restore(old)	shim_scope_restore(PF_MEMALLOC_NOFS, old)

static inline gfp_t current_gfp_context(gfp_t gfp)
{
	if (current->flags & PF_MEMALLOC_NOIO)
		return gfp & ~(__GFP_IO | __GFP_FS);
	return current->flags & PF_MEMALLOC_NOFS ? gfp & ~__GFP_FS : gfp;
}

/* ---- pages ---- */

struct page *alloc_pages_node(int nid, gfp_t gfp, unsigned int order);
void __free_pages(struct page *page, unsigned int order);
void split_page(struct page *page, unsigned int order);
#define alloc_page(gfp)		alloc_pages_node(0, gfp, 0)
#define __free_page(page)	__free_pages(page, 0)
#define put_page(page)		__free_pages(page, 0)

#define page_ref_count(page)	atomic_read(&(page)->refs)
#define page_ref_inc(page)	atomic_inc(&(page)->refs)
#define page_ref_unfreeze(page, nr)	atomic_set(&(page)->refs, nr)

static inline bool page_ref_freeze(struct page *page, int nr)
{
	return atomic_try_cmpxchg(&page->refs, &nr, 0);
}
#define set_page_private(page, value)	((page)->private = (value))
#define PageTable(page)		((page)->table)
#define PageHWPoison(page)	((page)->poisoned)
#define PAGE_FLAGS_CHECK_AT_PREP	~0UL
enum { PG_lru = 5, PG_arch_1 = 12, PG_arch_2 = 23 };

/* Types and the like, which the kernel has in other words: a test sets these flags. */
enum {
	SHIM_PG_tail = 40, SHIM_PG_buddy, SHIM_PG_offline, SHIM_PG_slab, SHIM_PG_hugetlb,
	SHIM_PG_anon, SHIM_PG_reserved,
};
#define shim_page_is(page, what)	((page)->flags >> SHIM_PG_##what & 1)
#define is_free_buddy_page(page)	shim_page_is(page, buddy)
#define PageOffline(page)	shim_page_is(page, offline)
#define PageSlab(page)		shim_page_is(page, slab)
#define PageHuge(page)		shim_page_is(page, hugetlb)
#define PageAnon(page)		shim_page_is(page, anon)
#define PageReserved(page)	shim_page_is(page, reserved)

/* ---- nodes ---- */

#define NUMA_NO_NODE		(-1)
#define N_MEMORY		0
#define nr_node_ids		SHIM_NODES
#define MAX_NUMNODES		SHIM_NODES_MAX
#define first_memory_node	0
#define node_state(nid, state)	((nid) < SHIM_NODES)
#define node_distance(a, b)	((a) != (b))
#define for_each_node(nid)	for (nid = 0; nid < SHIM_NODES; nid++)
#define for_each_node_state(nid, state)	for_each_node(nid)
#define for_each_online_node(nid)	for_each_node(nid)
#define first_online_node	0
#define next_online_node(nid)	((nid) + 1 < SHIM_NODES ? (nid) + 1 : MAX_NUMNODES)

typedef struct { unsigned long bits; } nodemask_t;

#define NODE_MASK_NONE		((nodemask_t){ 0 })
#define nodes_empty(mask)	(!(mask).bits)
#define node_set(nid, mask)	((void)((mask).bits |= 1UL << (nid)))
#define node_isset(nid, mask)	(((mask).bits >> (nid)) & 1)

/* The nodes' statistics; the test looks at one of them. */
enum node_stat_item { NR_PAGETABLE, NR_KERNEL_MISC_RECLAIMABLE, SHIM_NR_NODE_STATS };
extern long shim_node_stats[SHIM_NODES_MAX][SHIM_NR_NODE_STATS];	/* atomic */
#define NODE_DATA(nid)		(nid)
#define __mod_node_page_state(pgdat, item, n)	\
	((void)__atomic_add_fetch(&shim_node_stats[pgdat][item], n, __ATOMIC_RELAXED))

/* ---- bytes ---- */

/* Of the steps that may fail for want of memory, one in so many does, or the nth; 0: none. */
extern unsigned int shim_fail_one_in, shim_fail_nth;
bool shim_fails(void);

static inline void *shim_zalloc(size_t size, gfp_t gfp)
{
	if (gfpflags_allow_blocking(gfp))
		might_sleep();
	return shim_fails() ? NULL : calloc(1, size);
}

/* What is not asked to be zero is not. */
static inline void *shim_alloc(size_t size, gfp_t gfp)
{
	void *p = shim_zalloc(size, gfp);

	return p ? memset(p, 0xa5, size) : NULL;
}

#define kzalloc(size, gfp)		shim_zalloc(size, gfp)
#define kcalloc(nr, size, gfp)		shim_zalloc((nr) * (size), gfp)
#define kvzalloc(size, gfp)		shim_zalloc(size, gfp)
#define kvcalloc(nr, size, gfp)		shim_zalloc((nr) * (size), gfp)
#define kvmalloc(size, gfp)		shim_alloc(size, gfp)
#define kvmalloc_node(size, gfp, nid)	((void)(nid), shim_alloc(size, gfp))
#define kzalloc_node(size, gfp, nid)	((void)(nid), shim_zalloc(size, gfp))
#define vzalloc_node(size, nid)		shim_zalloc(size, GFP_KERNEL)
#define kfree(p)			free((void *)(p))
#define kvfree(p)			kfree(p)

struct kmem_cache { size_t size; };

static inline struct kmem_cache *kmem_cache_create(const char *name, size_t size, size_t align,
						   unsigned int flags, void *constructor)
{
	struct kmem_cache *slab = kzalloc(sizeof(*slab), GFP_KERNEL);

	if (slab)
		slab->size = size;
	return slab;
}

#define kmem_cache_zalloc(slab, gfp)	shim_zalloc((slab)->size, gfp)
#define kmem_cache_free(slab, p)	kfree(p)
#define kmem_cache_destroy(slab)	kfree(slab)

/* ---- memory pressure: the test calls what was registered here ---- */

struct shrink_control {
	int nid;
	unsigned long nr_to_scan;
};

struct shrinker {
	unsigned long (*count_objects)(struct shrinker *shrinker, struct shrink_control *sc);
	unsigned long (*scan_objects)(struct shrinker *shrinker, struct shrink_control *sc);
	int seeks;
	long batch;
	unsigned int flags;
};

struct notifier_block {
	int (*notifier_call)(struct notifier_block *block, unsigned long action, void *data);
};

extern struct shrinker *shim_shrinker;
extern struct notifier_block *shim_oom_notifier;

#define SHRINKER_NUMA_AWARE	1
#define SHRINK_EMPTY		(~0UL - 1)
#define SHRINK_STOP		(~0UL)
#define DEFAULT_SEEKS		2
#define NOTIFY_OK		1
#define register_shrinker(shrinker, format, name)	(shim_shrinker = (shrinker), 0)
#define unregister_shrinker(shrinker)	(shim_shrinker = NULL)
#define register_oom_notifier(block)	(shim_oom_notifier = (block), 0)
#define unregister_oom_notifier(block)	(shim_oom_notifier = NULL)

#include <linux/pgtable.h>

#endif
