// SPDX-License-Identifier: GPL-2.0
/* See adopt_world.h. */
#include <stdlib.h>
#include <sys/mman.h>

#include "adopt_world.h"
#include "direct_map/split.h"
#include "direct_map/walk.h"
#include "fault.h"

/* Bits of struct page's flags. */
#define LOCKED		1UL	/* then PG_mlocked and PG_unevictable */
#define WRITEBACK	2UL

struct world world;
__thread struct world_pass pass;
__thread unsigned long world_random;

static struct mem_section world_sections[SHIM_PAGES / PAGES_PER_SECTION];
static u16 world_numbers[SHIM_PAGES / PTC_BLOCK_PAGES];		/* of regions, from 1; 0: none */
static pthread_mutex_t world_zone_lock = PTHREAD_MUTEX_INITIALIZER;	/* types of pageblocks */
/* The region of each node that alloc_contig_range() is at; the zone lock's. */
static struct region *world_contig[SHIM_NODES];

unsigned long below(unsigned long limit)
{
	world_random = world_random * 6364136223846793005UL + 1442695040888963407UL;
	return (world_random >> 24) % limit;
}

static bool world_one_in(unsigned int n)
{
	return !below(n);
}

struct region *world_region(unsigned long pfn)
{
	unsigned long at = (pfn - SHIM_FIRST_PFN) / PTC_BLOCK_PAGES;

	if (pfn < SHIM_FIRST_PFN || at >= ARRAY_SIZE(world_numbers) || !world_numbers[at])
		return NULL;
	return &world.regions[world_numbers[at] - 1];
}

static struct region *world_region_there(unsigned long pfn, const char *who)
{
	struct region *region = world_region(pfn);

	must(region && peek(region->online), "%s: no memory is online at 0x%lx", who, pfn);
	return region;
}

/* ---- time ---- */

unsigned long shim_jiffies(void)
{
	return peek(world.ticks) - 40 * HZ; /* they wrap around on the way */
}

long long world_seconds(void)
{
	return peek(world.ticks) / HZ + 7;
}

long long ktime_get_seconds(void)
{
	return world_seconds();
}

bool signal_pending(struct task_struct *task)
{
	return world.signal;
}

/* ---- pageblocks ---- */

static unsigned long *world_usemap(unsigned long pfn, unsigned int *shift)
{
	unsigned long at = pfn % PAGES_PER_SECTION / PTC_BLOCK_PAGES * shim_pageblock_bits;
	unsigned long section = (pfn - SHIM_FIRST_PFN) / PAGES_PER_SECTION;

	*shift = at % 64;
	return &world_sections[section].usemap[at / 64];
}

unsigned int world_type(const struct region *region)
{
	unsigned int shift;
	unsigned long *map = world_usemap(region->pfn, &shift);
	unsigned long bits = __atomic_load_n(map, __ATOMIC_RELAXED) >> shift;

	return bits & shim_pageblock_isolated ? MIGRATE_ISOLATE : bits & 7;
}

/* Newer kernels note isolation beside the type. Whoever has the zone lock writes. */
static void world_write_type(const struct region *region, unsigned int type)
{
	unsigned int shift;
	unsigned long *map = world_usemap(region->pfn, &shift), bits = *map >> shift;

	if (type == MIGRATE_ISOLATE && world.newer)
		bits |= shim_pageblock_isolated;
	else
		bits = (bits & ~(7UL | shim_pageblock_isolated)) | type;
	bits &= (1UL << shim_pageblock_bits) - 1;
	bits |= (*map >> shift & ~((1UL << shim_pageblock_bits) - 1));
	__atomic_store_n(map, (*map & ((1UL << shift) - 1)) | bits << shift, __ATOMIC_RELAXED);
}

void world_set_type(const struct region *region, unsigned int type)
{
	pthread_mutex_lock(&world_zone_lock);
	world_write_type(region, type);
	pthread_mutex_unlock(&world_zone_lock);
}

/* When isolation ends, older kernels know no more what the type was. */
static void world_end_isolation(const struct region *region)
{
	unsigned int shift;
	unsigned long *map = world_usemap(region->pfn, &shift);

	pthread_mutex_lock(&world_zone_lock);
	if (world_type(region) == MIGRATE_ISOLATE)
		world_write_type(region, world.newer ? *map >> shift & 7 : MIGRATE_MOVABLE);
	pthread_mutex_unlock(&world_zone_lock);
}

struct mem_section *__pfn_to_section(unsigned long pfn)
{
	world_region_there(pfn, "pageblock");
	return &world_sections[(pfn - SHIM_FIRST_PFN) / PAGES_PER_SECTION];
}

/* ---- what the adopter is told ---- */

/* Passes of several nodes count at once. */
#define world_count(what)	__atomic_add_fetch(&world.what, 1, __ATOMIC_RELAXED)

/*
 * Returns @good. Notes are kept under the mutex of the node, but a pass may look at a region of
 * another node, too: with threads they are not kept.
 */
static bool world_tell(unsigned long *note, bool good)
{
	unsigned long told = world_count(told);

	if (!world.threads)
		*note = good ? told : 0;
	return good;
}

int world_nid(unsigned long pfn)
{
	return world_region_there(pfn, "node")->nid;
}

unsigned long node_start_pfn(int nid)
{
	return world.start[nid];
}

unsigned long node_end_pfn(int nid)
{
	return world.end[nid];
}

struct page *pfn_to_online_page(unsigned long pfn)
{
	struct region *region = world_region(pfn);

	shim_meanwhile();
	if (!region || !world_tell(&region->told_online, peek(region->online)))
		return NULL;
	return pfn_to_page(pfn);
}

struct zone *page_zone(const struct page *page)
{
	unsigned long pfn = page_to_pfn(page);
	const struct region *region = world_region_there(pfn, "zone");

	return pfn == region->pfn ? region->zone : region->last_zone;
}

static bool world_has_spare(const struct zone *zone)
{
	return peek(zone->free) > zone->high_watermark + PAGES_TO_SPARE;
}

unsigned long zone_page_state(struct zone *zone, enum zone_stat_item item)
{
	shim_meanwhile();
	world_tell(&zone->told, world_has_spare(zone));
	return peek(zone->free);
}

bool ptc_direct_map_is_split(unsigned long pfn, unsigned int pages)
{
	struct region *region = world_region(pfn);

	shim_meanwhile();
	must(region && pfn == region->pfn && pages == PTC_BLOCK_PAGES, "0x%lx, %u pages", pfn,
	     pages);
	return world_tell(&region->told_split, region->mapping == SPLIT);
}

/*
 * A page's note begins when it is looked at, and is complete when the adopter knows that it is
 * neither locked nor under writeback: bits 0 and 1. What takes longer comes before: the note of a
 * page that was looked at earlier does not count.
 */
static bool world_tell_page(struct page *page, unsigned long flag)
{
	struct region *region = world_region_there(page_to_pfn(page), "page");
	bool is;

	if (!world.calm && world_one_in(256)) /* there are many */
		shim_meanwhile();
	pass.looked_at = region;
	is = peek(page->flags) & flag;
	if (world.threads)
		return is;
	if (page->private >> 2 <= max(pass.began, region->told_split))
		page->private = world_count(told) << 2;
	page->private = is ? 0 : page->private | flag;
	return is;
}

bool PageLocked(struct page *page)
{
	return world_tell_page(page, LOCKED);
}

bool PageWriteback(struct page *page)
{
	return world_tell_page(page, WRITEBACK);
}

/* ---- the direct map, as a walk finds it ---- */

void ptc_map_walk_begin(struct ptc_map_walk *walk, unsigned long end_pfn)
{
	must(!pass.walks++, "a second walk in one pass");
	must(end_pfn <= world.end[pass.nid], "it goes to 0x%lx, the node to 0x%lx", end_pfn,
	     world.end[pass.nid]);
	memset(walk, 0, sizeof(*walk));
	pass.walk_end = walk->end = end_pfn;
	pass.walk_from = 0;
}

static void world_check_walk(unsigned long pfn)
{
	if (!pass.walk_from) {
		pass.walk_from = pfn;
		must(pfn >= world.start[pass.nid], "a walk from 0x%lx, the node begins at 0x%lx",
		     pfn, world.start[pass.nid]);
		must(pass.walk_end <= pfn + WALK_PER_PASS, "a walk from 0x%lx to 0x%lx", pfn,
		     pass.walk_end);
	}
	must(pfn >= pass.walk_at, "back to 0x%lx, after 0x%lx", pfn, pass.walk_at);
	pass.walk_at = pfn;
}

/* The end of a run that begins in the region: of the same level and protection. */
static unsigned long world_run_end(const struct region *region, unsigned long pfn)
{
	const struct region *next = region, *end = world.regions + world.nr_regions;

	do {
		if (next->cut && next->pfn + next->cut > pfn)
			return next->pfn + next->cut;
		next++;
	} while (next < end && next->pfn == next[-1].pfn + PTC_BLOCK_PAGES &&
		 next->mapping == region->mapping);
	return next[-1].pfn + PTC_BLOCK_PAGES;
}

/*
 * Where no region is, the direct map has a hole. Now and then tables change too often, and the run
 * means nothing.
 */
int ptc_map_walk_next(struct ptc_map_walk *walk, unsigned long pfn, struct ptc_map_run *run)
{
	const struct region *region, *end = world.regions + world.nr_regions;

	shim_meanwhile();
	world_check_walk(pfn);
	if (!world.calm && world_one_in(40)) {
		*run = (struct ptc_map_run){ .end = PTC_BLOCK_PAGES };
		return -EAGAIN;
	}
	for (region = world.regions; region < end; region++)
		if (region->pfn + PTC_BLOCK_PAGES > pfn && region->mapping != NOT_MAPPED)
			break;
	if (region == end || region->pfn >= walk->end || pfn >= walk->end)
		return 0;
	run->pfn = max(pfn, region->pfn);
	run->end = min(world_run_end(region, run->pfn), walk->end);
	run->level = region->mapping == WHOLE ? PT_CACHE_PMD : PT_CACHE_PTE;
	run->protection = region->mapping == UNCACHED;
	run->uniform = !region->cut;
	return 1;
}

/* ---- the model: what may be adopted ---- */

/* What nobody changes while the memory is online. */
static bool world_place_allows(const struct region *region, int nid)
{
	return region->nid == nid && region->zone == region->last_zone &&
	       (region->zone->type == ZONE_DMA32 || region->zone->type == ZONE_NORMAL);
}

bool world_may_adopt(const struct region *region, int nid)
{
	return region->online && world_place_allows(region, nid) &&
	       world_type(region) < MIGRATE_PCPTYPES && world_has_spare(region->zone) &&
	       region->mapping == SPLIT && !region->busy && !region->taken && !region->smaller &&
	       world_seconds() >= region->leave_until;
}

/* Each page was looked at in this pass, and after all that takes longer. */
static void world_check_pages(const struct region *region)
{
	const struct page *page = pfn_to_page(region->pfn);
	unsigned int i;

	for (i = 0; i < PTC_BLOCK_PAGES; i++) {
		must(page[i].private >> 2 > region->told_split,
		     "page %u was not looked at, or not at last", i);
		must((page[i].private & 3) == (LOCKED | WRITEBACK),
		     "page %u was locked or under writeback, or was not looked at for both", i);
	}
}

/* Is it right to ask for the region, after what the adopter was told in this pass? */
static void world_check_request(const struct region *region)
{
	must(region == pass.looked_at, "its pages were not looked at");
	must(world_place_allows(region, pass.nid), "node %d, zone %d to %d, for node %d",
	     region->nid, region->zone->type, region->last_zone->type, pass.nid);
	must(!peek(world.going_offline), "adopted while memory goes offline");
	if (world.threads)
		return;
	must(!region->taken && !region->smaller, "memory of ours is asked for");
	must(world_type(region) != MIGRATE_ISOLATE, "the isolation of others would end");
	must(world_type(region) < MIGRATE_PCPTYPES, "pageblock of type %u", world_type(region));
	must(region->told_online > pass.began && region->zone->told > pass.began,
	     "not online, or no memory to spare");
	must(region->told_split > pass.began, "not split");
	world_check_pages(region);
}

/* Whose turn is it? Regions that were ours come first. */
static void world_check_turn(const struct region *region)
{
	unsigned int i;

	must(world_may_adopt(region, pass.nid), "0x%lx may not be adopted", region->pfn);
	must(pass.walks || region->was_ours, "0x%lx never was ours", region->pfn);
	for (i = 0; pass.walks && i < world.nr_regions; i++)
		must(!world.regions[i].was_ours || !world_may_adopt(&world.regions[i], pass.nid) ||
		     region == &world.regions[i], "0x%lx was ours, and 0x%lx is tried first",
		     world.regions[i].pfn, region->pfn);
}

static void world_try(struct region *region)
{
	unsigned int i;

	must(region, "no page was looked at");
	must(pass.tries < TRIES_PER_PASS, "too many tries in one pass");
	for (i = 0; i < pass.tries; i++) /* a thread may give it back between two tries */
		must(pass.tried[i] != region || world.threads, "0x%lx is tried twice", region->pfn);
	if (world.calm)
		world_check_turn(region);
	must(world_seconds() >= region->leave_until || world.short_of_memory || world.threads,
	     "0x%lx is tried too soon", region->pfn);
	region->leave_until = world_seconds() + RETRY_AFTER;
	pass.type_before[pass.tries] = world_type(region);
	pass.tried[pass.tries++] = region;
	world_count(tries);
}

/* Each try begins here; and any step may fail for want of memory. */
bool ptc_fault(enum ptc_fault_point point)
{
	if (point == PTC_FAULT_STEP)
		return shim_fails();
	must(point == PTC_FAULT_ADOPT, "fault %d", point);
	world_try(pass.looked_at);
	return world.faults && world_one_in(world.faults);
}

/* ---- the page allocator ---- */

/* No bytes are behind the pages: there would be too many. */
void world_clear_page(void *address)
{
	unsigned long pfn = page_to_pfn(virt_to_page(address));

	must(PAGE_ALIGNED(address), "%p is no page", address);
	__test_and_clear_bit(pfn % PTC_BLOCK_PAGES, world_region_there(pfn, "clear_page")->dirty);
}

/* Locks and writeback are waited for; the pages that were there are elsewhere now. */
static void world_take(struct region *region)
{
	shim_take_pages(pfn_to_page(region->pfn), PTC_BLOCK_PAGES);
	bitmap_set(region->dirty, 0, PTC_BLOCK_PAGES);
	region->busy = 0;
	region->content = EMPTY;
	poke(region->taken, true);
}

/*
 * An unmovable page is seen before the pageblock is isolated. Another thread may have isolated it
 * in the moment before, and this ends its isolation, as in the kernel; or it may not have freed all
 * pages of the block that was there.
 */
static bool world_begin_contig(struct region *region)
{
	bool isolated, late, ok;

	pthread_mutex_lock(&world_zone_lock);
	must(!world_contig[region->nid], "two regions of a node are asked for at once");
	isolated = world_type(region) == MIGRATE_ISOLATE;
	late = isolated || peek(region->taken);
	must(!late || world.threads, "isolated by others, or ours");
	world.late += late;
	if (isolated)
		world_write_type(region, MIGRATE_MOVABLE);
	ok = !late && region->content != UNMOVABLE;
	if (ok)
		world_contig[region->nid] = region;
	pthread_mutex_unlock(&world_zone_lock);
	return ok;
}

static void world_end_contig(struct region *region)
{
	pthread_mutex_lock(&world_zone_lock);
	world_contig[region->nid] = NULL;
	if (!world.newer)
		world_write_type(region, MIGRATE_MOVABLE);
	pthread_mutex_unlock(&world_zone_lock);
}

static int world_migrate(struct region *region)
{
	static const int errors[] = { -EBUSY, -EINTR, -ENOMEM };

	shim_meanwhile();
	if (region->content == PINNED)
		return -EBUSY;
	if (!world.calm && world_one_in(16))
		return errors[below(ARRAY_SIZE(errors))];
	if (region->joins) {
		region->mapping = WHOLE;
		world_count(joined);
	}
	world_take(region);
	return 0;
}

int alloc_contig_range(unsigned long start, unsigned long end, unsigned int migratetype, gfp_t gfp)
{
	struct region *region = world_region_there(start, "alloc_contig_range");
	int err;

	might_sleep();
	must(start == region->pfn && end == start + PTC_BLOCK_PAGES, "0x%lx to 0x%lx", start, end);
	must(migratetype == MIGRATE_MOVABLE && gfp == (GFP_KERNEL | __GFP_NOWARN), "%u, 0x%x",
	     migratetype, gfp);
	world_check_request(region);
	if (!world_begin_contig(region))
		return -EBUSY;
	err = world_migrate(region);
	world_end_contig(region);
	return err;
}

/* ---- passes ---- */

void world_begin_pass(int nid)
{
	pass = (struct world_pass){ .nid = nid, .began = world.threads ? 0 : world.told };
}

static bool world_is_free(const struct region *region)
{
	const struct page *page = pfn_to_page(region->pfn);
	unsigned int i;

	for (i = 0; i < PTC_BLOCK_PAGES; i++)
		if (page[i].allocated)
			return false;
	return true;
}

/*
 * What was tried, and is not what came of it, has failed: it has no page of ours. So what the zone
 * has less is only counted here.
 */
void world_end_pass(unsigned long pfn)
{
	unsigned int i;

	if (pfn)
		__atomic_sub_fetch(&world_region(pfn)->zone->free, PTC_BLOCK_PAGES,
				   __ATOMIC_RELAXED);
	for (i = 0; i < pass.tries && !world.threads; i++) {
		struct region *region = pass.tried[i];

		if (region->pfn == pfn)
			continue;
		world_count(failed);
		if (!region->taken)
			continue;
		must(world_is_free(region), "0x%lx was taken, not adopted and not given back",
		     region->pfn);
		region->taken = false;
	}
}

/* ---- what others do ---- */

static void world_mark(struct region *region, unsigned long flag)
{
	struct page *page = pfn_to_page(region->pfn) + below(PTC_BLOCK_PAGES);

	region->busy += !page->flags - !(page->flags ^ flag);
	page->flags ^= flag;
}

static void world_unmark(struct region *region)
{
	struct page *page = pfn_to_page(region->pfn);
	unsigned int i;

	for (i = 0; i < PTC_BLOCK_PAGES; i++)
		page[i].flags = 0;
	region->busy = 0;
}

static unsigned int world_some_type(void)
{
	static const unsigned int types[] = {
		MIGRATE_MOVABLE, MIGRATE_MOVABLE, MIGRATE_MOVABLE, MIGRATE_MOVABLE,
		MIGRATE_UNMOVABLE, MIGRATE_UNMOVABLE, MIGRATE_RECLAIMABLE, MIGRATE_RECLAIMABLE,
		MIGRATE_MOVABLE, MIGRATE_HIGHATOMIC, MIGRATE_CMA,
	};

	return world_one_in(60) ? MIGRATE_ISOLATE : types[below(ARRAY_SIZE(types))];
}

static enum mapping world_some_mapping(void)
{
	static const enum mapping mappings[] = {
		SPLIT, SPLIT, SPLIT, SPLIT, SPLIT, SPLIT, WHOLE, WHOLE, UNCACHED, NOT_MAPPED,
	};

	return mappings[below(ARRAY_SIZE(mappings))];
}

static bool world_goes_offline(const struct region *region)
{
	return region >= world.offline_first && region < world.offline_end;
}

/* One thing of a region, unless it is ours or being taken. */
void world_change(struct region *region)
{
	if (region->taken || region == world_contig[region->nid] || !region->online)
		return;
	switch (below(7)) {
	case 0:
	case 1:
		world_mark(region, LOCKED);
		break;
	case 2:
		world_mark(region, WRITEBACK);
		break;
	case 3:
		region->mapping = world_some_mapping();
		break;
	case 4:
		if (!world_goes_offline(region))
			world_set_type(region, world_some_type());
		break;
	case 5:
		region->content = below(4);
		break;
	case 6:
		region->zone->free = region->zone->high_watermark + PAGES_TO_SPARE +
				     (world_one_in(3) ? 0 : below(1 << 15));
		break;
	}
}

/* All that can be adopted at all can be taken from now on. */
void world_heal(void)
{
	struct region *region;
	int nid, type;

	for (region = world.regions; region < world.regions + world.nr_regions; region++) {
		if (region->taken || !region->online)
			continue;
		region->content = MOVABLE;
		world_unmark(region);
		world_end_isolation(region);
	}
	for_each_node(nid)
		for (type = 0; type < MAX_NR_ZONES; type++)
			world.zones[nid][type].free = 1UL << 30;
}

/* ---- memory that goes offline ---- */

static unsigned long world_section(const struct region *region)
{
	return region->pfn / PAGES_PER_SECTION;
}

static bool world_isolate_one(struct region *region)
{
	bool can;

	pthread_mutex_lock(&world_zone_lock);
	can = region->online && !peek(region->taken) && !region->smaller &&
	      region != world_contig[region->nid] && world_type(region) != MIGRATE_ISOLATE;
	if (can)
		world_write_type(region, MIGRATE_ISOLATE);
	pthread_mutex_unlock(&world_zone_lock);
	return can;
}

static void world_end_isolations(struct region *end)
{
	struct region *region;

	for (region = world.offline_first; region < end; region++)
		world_end_isolation(region);
	world.offline_first = world.offline_end = NULL;
}

/* A section with memory of ours is refused, by a check that comes before the notifier. */
bool world_isolate(struct region *first)
{
	struct region *region, *end = world.regions + world.nr_regions;

	while (first > world.regions && world_section(first - 1) == world_section(first))
		first--;
	world.offline_first = first;
	for (region = first; region < end && world_section(region) == world_section(first);
	     region++) {
		if (!world_isolate_one(region)) {
			world_end_isolations(region);
			return false;
		}
	}
	world.offline_end = region;
	return true;
}

static int world_notify(unsigned long action)
{
	struct memory_notify notify = {
		.start_pfn = ALIGN_DOWN(world.offline_first->pfn, PAGES_PER_SECTION),
		.nr_pages = PAGES_PER_SECTION,
	};

	return notifier_to_errno(shim_memory_notifier->notifier_call(shim_memory_notifier, action,
								     &notify));
}

void world_cancel(void)
{
	poke(world.going_offline, false);
	must(!world_notify(MEM_CANCEL_OFFLINE), "an end is refused");
	world_end_isolations(world.offline_end);
}

int world_go_offline(void)
{
	int err = world_notify(MEM_GOING_OFFLINE);

	/* who has refused may hear of the end, or not */
	if (err)
		world_end_isolations(world.offline_end);
	else
		poke(world.going_offline, true);
	return err;
}

/*
 * Nothing that was known of the memory holds when it comes again. If somebody has ended the
 * isolation, the kernel would begin anew, and again, until a signal comes.
 */
bool world_offline(void)
{
	struct region *region;

	for (region = world.offline_first; region < world.offline_end; region++) {
		if (world_type(region) != MIGRATE_ISOLATE) {
			world_cancel();
			return false;
		}
	}
	for (region = world.offline_first; region < world.offline_end; region++) {
		poke(region->online, false);
		if (world.threads)
			continue;
		region->mapping = NOT_MAPPED;
		region->was_ours = false;
		region->leave_until = 0;
		world_unmark(region);
	}
	poke(world.going_offline, false);
	must(!world_notify(MEM_OFFLINE), "an end is refused");
	world.offline_first = world.offline_end = NULL;
	return true;
}

void world_online(struct region *first)
{
	struct region *region, *end = world.regions + world.nr_regions;

	for (region = first; region < end && world_section(region) == world_section(first);
	     region++) {
		world_set_type(region, MIGRATE_MOVABLE);
		if (!world.threads) {
			region->mapping = world_some_mapping();
			region->content = below(2);
		}
		poke(region->online, true);
	}
}

/* ---- a world ---- */

static void *world_map(size_t size, int protection)
{
	void *at = mmap(NULL, size, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
			-1, 0);

	must(at != MAP_FAILED, "no room of %zu bytes", size);
	return at;
}

static struct region *world_add(unsigned long pfn, int nid, enum zone_type type)
{
	struct region *region = &world.regions[world.nr_regions];
	struct page *page = pfn_to_page(pfn);
	unsigned int i;

	*region = (struct region){
		.pfn = pfn, .nid = nid, .online = true, .mapping = SPLIT,
		.zone = &world.zones[nid][type], .last_zone = &world.zones[nid][type],
	};
	for (i = 0; i < PTC_BLOCK_PAGES; i++)
		atomic_set(&page[i]._mapcount, -1);
	world_numbers[(pfn - SHIM_FIRST_PFN) / PTC_BLOCK_PAGES] = ++world.nr_regions;
	world_set_type(region, MIGRATE_MOVABLE);
	if (!world.end[nid])
		world.start[nid] = pfn;
	world.end[nid] = pfn + PTC_BLOCK_PAGES;
	return region;
}

static void world_begin_empty(bool newer)
{
	int nid, type;

	memset(&world, 0, offsetof(struct world, tries));
	memset(world_sections, 0, sizeof(world_sections));
	memset(world_numbers, 0, sizeof(world_numbers));
	shim_memory = world_map(SHIM_PAGES << PAGE_SHIFT, PROT_NONE);
	shim_mem_map = world_map(SHIM_PAGES * sizeof(*shim_mem_map), PROT_READ | PROT_WRITE);
	world.newer = newer;
	world.calm = true;
	shim_pageblock_bits = newer ? 8 : 4;
	shim_pageblock_isolated = newer ? BIT(4) : 0;
	for_each_node(nid)
		for (type = 0; type < MAX_NR_ZONES; type++)
			world.zones[nid][type] = (struct zone){
				.type = type,
				.free = 1UL << 30,
				.high_watermark = 100 + below(5000),
			};
}

void world_end(void)
{
	unsigned int i;

	for (i = 0; i < world.nr_regions; i++)
		must(world_is_free(&world.regions[i]), "0x%lx is not given back",
		     world.regions[i].pfn);
	munmap(shim_memory, SHIM_PAGES << PAGE_SHIFT);
	munmap(shim_mem_map, SHIM_PAGES * sizeof(*shim_mem_map));
}

static void world_vary(struct region *region, enum world_kind kind)
{
	static const enum zone_type types[] = {
		ZONE_NORMAL, ZONE_NORMAL, ZONE_NORMAL, ZONE_DMA32, ZONE_NORMAL, ZONE_NORMAL,
		ZONE_NORMAL, ZONE_NORMAL, ZONE_MOVABLE, ZONE_DMA,
	};

	region->content = kind == FULL ? UNMOVABLE + below(2) : below(4);
	region->cut = world_one_in(5) ? 1 + below(511) : 0;
	if (kind == FULL && !world_one_in(4))
		return;
	region->zone = &world.zones[region->nid][types[below(ARRAY_SIZE(types))]];
	region->last_zone = world_one_in(20) ? &world.zones[region->nid][ZONE_DMA32] : region->zone;
	region->mapping = world_some_mapping();
	region->joins = world_one_in(12);
	world_set_type(region, world_some_type());
	while (world_one_in(8))
		world_mark(region, LOCKED << below(4));
}

/* A node that begins in the middle of a region, the first part of which is another's. */
static void world_straddle(int nid)
{
	struct region *region = world_region(world.start[nid] - PTC_BLOCK_PAGES);

	if (!region || region->nid == nid)
		return;
	region->last_zone = &world.zones[nid][ZONE_NORMAL];
	world.start[nid] -= 1 + below(511);
}

void world_begin(enum world_kind kind, bool newer)
{
	unsigned long section = below(kind == WIDE ? 160 : 1400), i, nr;
	int nid = below(SHIM_NODES);

	world_begin_empty(newer);
	world.ticks = below(HZ);
	while (section < ARRAY_SIZE(world_sections) && world.nr_regions < 150) {
		unsigned long pfn = SHIM_FIRST_PFN + section * PAGES_PER_SECTION;

		nr = kind == WIDE ? 1 + below(12) : SECTION_REGIONS;
		pfn += below(SECTION_REGIONS - nr + 1) * PTC_BLOCK_PAGES;
		for (i = 0; i < nr; i++) {
			if (world_one_in(8))
				nid = below(SHIM_NODES);
			world_vary(world_add(pfn + i * PTC_BLOCK_PAGES, nid, ZONE_NORMAL), kind);
		}
		section += kind == WIDE ? 1 + below(240) : 1;
	}
	for_each_node(nid)
		if (world.end[nid] && world_one_in(2))
			world_straddle(nid);
}

void world_begin_plain(unsigned int nr, unsigned int nodes)
{
	unsigned int i;

	world_begin_empty(false);
	for (i = 0; i < nr; i++)
		world_add(SHIM_FIRST_PFN + i * PTC_BLOCK_PAGES, i / (SECTION_REGIONS / 2) % nodes,
			  ZONE_NORMAL);
}
