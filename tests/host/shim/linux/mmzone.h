/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Zones, sections and pageblocks, taking pages out of them, and memory that goes offline: the test
 * says what there is, and what happens.
 */
#ifndef SHIM_LINUX_MMZONE_H
#define SHIM_LINUX_MMZONE_H

#include <linux/mm.h>

/* ---- zones ---- */

enum zone_type { ZONE_DMA, ZONE_DMA32, ZONE_NORMAL, ZONE_MOVABLE, MAX_NR_ZONES };
enum zone_stat_item { NR_FREE_PAGES };

struct zone {
	enum zone_type type;
	unsigned long free, high_watermark;	/* pages; free: atomic */
	unsigned long told;		/* the test's */
};

struct zone *page_zone(const struct page *page);
unsigned long zone_page_state(struct zone *zone, enum zone_stat_item item);
#define zone_idx(zone)		((zone)->type)
#define high_wmark_pages(zone)	((zone)->high_watermark)

unsigned long node_start_pfn(int nid);
unsigned long node_end_pfn(int nid);

/* ---- sections, and the pageblocks in them ---- */

#define PAGES_PER_SECTION	(1UL << 13)	/* 32M: a few of them in a small world */
#define pageblock_order		9U

enum migratetype {
	MIGRATE_UNMOVABLE, MIGRATE_MOVABLE, MIGRATE_RECLAIMABLE, MIGRATE_PCPTYPES,
	MIGRATE_HIGHATOMIC = MIGRATE_PCPTYPES, MIGRATE_CMA, MIGRATE_ISOLATE,
};

struct mem_section {
	unsigned long usemap[2];
};

/* 4 bits each and no bit of isolation; or 8, and one beside the type, as newer kernels have it. */
extern unsigned int shim_pageblock_bits;
extern unsigned long shim_pageblock_isolated;
#define NR_PAGEBLOCK_BITS	shim_pageblock_bits
#define PAGEBLOCK_ISO_MASK	shim_pageblock_isolated

struct page *pfn_to_online_page(unsigned long pfn);
struct mem_section *__pfn_to_section(unsigned long pfn);
#define section_to_usemap(section)	((section)->usemap)

/* ---- taking pages ---- */

bool PageLocked(struct page *page);
bool PageWriteback(struct page *page);
enum pageflags { PG_mlocked = 2, PG_unevictable };
#define compound_head(page)	((page) - shim_page_is(page, tail))	/* of pairs */
int alloc_contig_range(unsigned long start, unsigned long end, unsigned int migratetype,
		       gfp_t gfp);

/* ---- memory that goes offline: the test calls what was registered here ---- */

#define MEM_ONLINE		(1 << 0)
#define MEM_GOING_OFFLINE	(1 << 1)
#define MEM_OFFLINE		(1 << 2)
#define MEM_CANCEL_OFFLINE	(1 << 5)

struct memory_notify {
	unsigned long start_pfn, nr_pages;
};

extern struct notifier_block *shim_memory_notifier;
#define register_memory_notifier(block)		(shim_memory_notifier = (block), 0)
#define unregister_memory_notifier(block)	(shim_memory_notifier = NULL)

#define NOTIFY_STOP_MASK	0x8000
#define notifier_from_errno(err)	(NOTIFY_STOP_MASK | (NOTIFY_OK - (err)))
#define notifier_to_errno(ret)	\
	(((ret) & ~NOTIFY_STOP_MASK) > NOTIFY_OK ? NOTIFY_OK - ((ret) & ~NOTIFY_STOP_MASK) : 0)

#endif
