// SPDX-License-Identifier: GPL-2.0
/* See tree_world.h. */
#include <stdlib.h>
#include <sys/mman.h>

#include "alloc/cache.h"
#include "alloc/index.h"
#include "alloc/verify.h"
#include "tree_world.h"

unsigned long random_of(unsigned long *state, unsigned long below)
{
	*state = *state * 6364136223846793005UL + 1442695040888963407UL;
	return (*state >> 24) % below;
}

void mmgrab(struct mm_struct *mm)
{
	mm->grabbed++;
}

void mmdrop(struct mm_struct *mm)
{
	mm->grabbed--;
}

/* ---- what happens meanwhile ---- */

__thread unsigned int signal_after;

/* The signal stays. */
bool fatal_signal_pending(struct task_struct *task)
{
	if (signal_after > 1)
		signal_after--;
	return signal_after == 1;
}

/* ---- the cache ---- */

#define BLOCKS	4
#define TABLES	(BLOCKS * PTC_BLOCK_PAGES)

/* Nothing is mapped at the address of a table that is not out: whoever reads it falls. */
static struct {
	struct pt_cache cache;
	struct ptc_block blocks[BLOCKS];
	pthread_mutex_t lock;
	unsigned long free[TABLES];	/* page frames, the lock's; a ring */
	unsigned int first, nr_free;	/* of it, the lock's; the first is free longest */
	unsigned long random;		/* the lock's */
	bool out[TABLES];		/* atomic */
} world = { .lock = PTHREAD_MUTEX_INITIALIZER, .random = 1 };

struct pt_cache *world_cache = &world.cache;

DEFINE_STATIC_KEY_FALSE(ptc_verify_key);

static void protect(unsigned long pfn, int protection)
{
	if (mprotect(page_address(pfn_to_page(pfn)), PAGE_SIZE, protection))
		abort();
}

void world_begin(void)
{
	unsigned long pfn = SHIM_FIRST_PFN;
	unsigned int i;

	shim_memory_init();
	strscpy(world.cache.name, "tree", PT_CACHE_NAME_MAX);
	world.cache.id = 1;
	world.cache.tag = ptc_tag_of_cache(world.cache.id, 0);
	world.cache.magazines = alloc_percpu(struct ptc_magazine);
	for (i = 0; i < BLOCKS; i++) {
		struct ptc_block *block = &world.blocks[i];

		block->order = PTC_BLOCK_ORDER;
		block->pfn = SHIM_FIRST_PFN + i * PTC_BLOCK_PAGES;
		block->pages = block->span = PTC_BLOCK_PAGES;
		block->records = calloc(PTC_BLOCK_PAGES, sizeof(*block->records));
		must(block->records && !ptc_index_prepare(block->pfn, GFP_KERNEL), "no memory");
		ptc_index_insert(block);
	}
	for (; world.nr_free < TABLES; pfn++) {
		protect(pfn, PROT_NONE);
		world.free[world.nr_free++] = pfn;
	}
}

void world_end(void)
{
	unsigned int i;

	must(!world_tables_out(), "%u tables are out", world_tables_out());
	rcu_barrier();
	for (i = 0; i < BLOCKS; i++) {
		ptc_index_remove(&world.blocks[i]);
		free(world.blocks[i].records);
	}
	ptc_index_exit();
	free_percpu(world.cache.magazines);
	shim_memory_exit();
}

unsigned int world_tables_out(void)
{
	unsigned int nr;

	pthread_mutex_lock(&world.lock);
	nr = TABLES - world.nr_free;
	pthread_mutex_unlock(&world.lock);
	return nr;
}

static bool is_out(const volatile void *table)
{
	unsigned long at = page_to_pfn(virt_to_page(table)) - SHIM_FIRST_PFN;

	return at < TABLES && __atomic_load_n(&world.out[at], __ATOMIC_ACQUIRE);
}

int world_users_of(const void *table)
{
	return atomic_read(&ptc_record_of(page_to_pfn(virt_to_page(table)))->users);
}

static bool is_zero(const unsigned long *table)
{
	unsigned int i;

	for (i = 0; i < 512; i++)
		if (table[i])
			return false;
	return true;
}

/* The table that was freed last, or first: a stale way to it should show, early and late. */
static unsigned long take_free(void)
{
	unsigned long pfn = 0;

	pthread_mutex_lock(&world.lock);
	if (world.nr_free && random_of(&world.random, 2)) {
		pfn = world.free[(world.first + --world.nr_free) % TABLES];
	} else if (world.nr_free) {
		pfn = world.free[world.first];
		world.first = (world.first + 1) % TABLES;
		world.nr_free--;
	}
	pthread_mutex_unlock(&world.lock);
	return pfn;
}

struct page *pt_cache_alloc_table(struct pt_cache *cache, struct mm_struct *mm,
				  enum pt_cache_level level, gfp_t gfp)
{
	unsigned int waits = 0;
	unsigned long pfn;

	must(cache == world_cache && gfp == GFP_KERNEL, "gfp 0x%x", gfp);
	must(level <= PT_CACHE_PGD, "level %d", level);
	must(level != PT_CACHE_P4D || shim_l5_enabled, "a table of a level that is folded");
	might_sleep();
	if (shim_fails())
		return NULL;
	/* all may be on their way back */
	while (!(pfn = take_free())) {
		must(++waits < 20000, "tables do not come back");
		udelay(500);
	}
	protect(pfn, PROT_READ | PROT_WRITE);
	must(is_zero(page_address(pfn_to_page(pfn))), "a table was written to while it was free");
	ptc_record_open(ptc_record_of(pfn), cache->tag | level << 8, mm);
	__atomic_store_n(&world.out[pfn - SHIM_FIRST_PFN], true, __ATOMIC_RELEASE);
	return pfn_to_page(pfn);
}

/* No hardware remembers the way to it. */
static void check_forgotten(unsigned long *table)
{
	unsigned int i, j;

	for (i = 0; i < WORLD_TREES; i++) {
		struct hardware *hw = &world_hardware[i];

		pthread_mutex_lock(&hw->lock);
		for (j = 0; j < WAYS; j++)
			must(!hw->ways[j].level || hw->ways[j].table != table,
			     "the way to a table of level %d for 0x%lx is remembered, and it is free",
			     hw->ways[j].level, hw->ways[j].va);
		pthread_mutex_unlock(&hw->lock);
	}
}

static void take_back(struct pt_cache *cache, struct page *page, bool zeroed)
{
	unsigned long *table = page_address(page), pfn = page_to_pfn(page);
	u32 tag;

	must(cache == world_cache && pfn - SHIM_FIRST_PFN < TABLES, "not from here");
	if (!ptc_record_close(ptc_record_of(pfn), cache->tag, &tag)) {
		shim_warn("refused\n");
		return;
	}
	check_forgotten(table);
	if (zeroed)
		must(is_zero(table), "a table of level %u comes back dirty as zeroed",
		     ptc_tag_level(tag));
	else
		memset(table, 0, PAGE_SIZE);
	__atomic_store_n(&world.out[pfn - SHIM_FIRST_PFN], false, __ATOMIC_RELEASE);
	protect(pfn, PROT_NONE);
	pthread_mutex_lock(&world.lock);
	world.free[(world.first + world.nr_free++) % TABLES] = pfn;
	pthread_mutex_unlock(&world.lock);
}

void pt_cache_free_table(struct pt_cache *cache, struct page *page)
{
	take_back(cache, page, false);
}

void pt_cache_free_table_zeroed(struct pt_cache *cache, struct page *page)
{
	take_back(cache, page, true);
}

struct pt_cache *ptc_registry_find(u16 id)
{
	return id == world.cache.id ? world_cache : NULL;
}

/* Nobody here gives back what is not zero. */
bool ptc_verify_table(const struct pt_cache *cache, unsigned long pfn)
{
	must(is_zero(page_address(pfn_to_page(pfn))), "a table is given back dirty");
	return true;
}

/* ---- hardware ---- */

struct hardware world_hardware[WORLD_TREES] = {
	[0 ... WORLD_TREES - 1] = { .lock = PTHREAD_MUTEX_INITIALIZER },
};

static void forget(struct hardware *hw, unsigned long start, unsigned long last)
{
	unsigned int i;

	for (i = 0; i < TRANSLATIONS; i++) {
		struct translation *at = &hw->translations[i];

		if (at->va <= last && at->va + (at->size - 1) >= start)
			at->size = 0;
	}
	for (i = 0; i < WAYS; i++) {
		struct way *way = &hw->ways[i];
		unsigned long size = 1UL << manual_shift(way->level + 1);

		if (way->level && way->va <= last && way->va + (size - 1) >= start)
			way->level = 0;
	}
}

void hardware_forget(struct hardware *hw, unsigned long start, unsigned long end)
{
	pthread_mutex_lock(&hw->lock);
	forget(hw, start, end - 1);
	pthread_mutex_unlock(&hw->lock);
}

void hardware_forget_all(struct hardware *hw)
{
	pthread_mutex_lock(&hw->lock);
	forget(hw, 0, ULONG_MAX);
	pthread_mutex_unlock(&hw->lock);
}

void hardware_begin(struct hardware *hw, struct pt_cache_tree *tree)
{
	pthread_mutex_lock(&hw->lock);
	forget(hw, 0, ULONG_MAX);
	hw->tree = tree;
	hw->random = hw->random ?: 1;
	pthread_mutex_unlock(&hw->lock);
}

void hardware_end(struct hardware *hw)
{
	hardware_begin(hw, NULL);
}

struct translation translation_of(unsigned long entry, int level, unsigned long va)
{
	struct translation found = {
		.size = 1UL << manual_shift(level),
		.pa = entry & MANUAL_ADDRESS,
		.prot = entry & ~MANUAL_ADDRESS,
	};

	found.va = va & ~(found.size - 1);
	must(level <= 3, "a mapping at level %d", level);
	if (level == 1)
		return found;
	must(entry & MANUAL_LARGE, "a table is taken for a mapping");
	found.prot &= ~MANUAL_LARGE;
	if (found.pa & MANUAL_PAT_OF_LARGE)
		found.prot |= MANUAL_PAT_OF_PTE;
	found.pa &= ~MANUAL_PAT_OF_LARGE;
	must(!(found.pa & (found.size - 1)), "reserved bits in 0x%lx", entry);
	return found;
}

static const struct translation *remembered(struct hardware *hw, unsigned long va)
{
	unsigned int i;

	for (i = 0; i < TRANSLATIONS; i++)
		if (va - hw->translations[i].va < hw->translations[i].size)
			return &hw->translations[i];
	return NULL;
}

static const struct way *lowest_way(const struct hardware *hw, unsigned long va)
{
	const struct way *lowest = NULL;
	unsigned int i;

	for (i = 0; i < WAYS; i++) {
		const struct way *way = &hw->ways[i];

		if (way->level && (!lowest || way->level < lowest->level) &&
		    (va ^ way->va) >> manual_shift(way->level + 1) == 0)
			lowest = way;
	}
	return lowest;
}

static void remember_way(struct hardware *hw, int level, unsigned long va, unsigned long *table)
{
	if (random_of(&hw->random, 4))
		hw->ways[random_of(&hw->random, WAYS)] = (struct way){
			.level = level,
			.va = va & ~((1UL << manual_shift(level + 1)) - 1),
			.table = table,
		};
}

/* All tables above let everything pass. */
static unsigned long *table_below(unsigned long entry)
{
	const unsigned long pass = MANUAL_PRESENT | MANUAL_WRITABLE | MANUAL_USER;

	must((entry & (pass | MANUAL_NO_EXECUTE)) == pass, "the way 0x%lx restricts", entry);
	return __va(entry & MANUAL_ADDRESS);
}

static bool walk(struct hardware *hw, unsigned long va, bool write, struct translation *found)
{
	const struct way *way = lowest_way(hw, va);
	int level = way ? way->level : 4 + shim_l5_enabled;
	unsigned long *table = way ? way->table : page_address(pt_cache_tree_top(hw->tree));

	hw->walks++;
	hw->shortcuts += way != NULL;
	for (;;) {
		unsigned long *at = table + (va >> manual_shift(level) & 511), entry, noted;

		must(is_out(table), "a free table is walked for 0x%lx, at level %d", va, level);
		entry = __atomic_load_n(at, __ATOMIC_ACQUIRE);
		if (!(entry & MANUAL_PRESENT))
			return false;
		if (level > 1 && !(entry & MANUAL_LARGE)) {
			table = table_below(entry);
			remember_way(hw, --level, va, table);
			continue;
		}
		noted = entry | MANUAL_ACCESSED;
		if (write && entry & MANUAL_WRITABLE)
			noted |= MANUAL_DIRTY;
		if (noted != entry &&
		    !__atomic_compare_exchange_n(at, &entry, noted, false, __ATOMIC_SEQ_CST,
						 __ATOMIC_SEQ_CST))
			continue;
		*found = translation_of(noted, level, va);
		return true;
	}
}

/* Returns whether anything is mapped at @va, as far as the hardware knows. */
bool hardware_access(struct hardware *hw, unsigned long va, bool write, struct translation *found)
{
	const struct translation *known;
	bool is_mapped = false;

	pthread_mutex_lock(&hw->lock);
	known = remembered(hw, va);
	if (known) {
		hw->hits++;
		*found = *known;
		is_mapped = true;
	} else if (hw->tree && walk(hw, va, write, found)) {
		if (random_of(&hw->random, 4))
			hw->translations[random_of(&hw->random, TRANSLATIONS)] = *found;
		is_mapped = true;
	}
	pthread_mutex_unlock(&hw->lock);
	return is_mapped;
}
