// SPDX-License-Identifier: GPL-2.0
/*
 * The allocator of module/alloc/, unchanged, with threads for CPUs, three nodes and a page allocator
 * that runs short: tables are handed out, passed on, freed and lent, while others shrink, drain,
 * take CPUs away and bring them back, and make and give up caches. Nobody ever gets a table that
 * somebody else has or that is not zero; in the end each page is in exactly one place, and the
 * counters add up to what was asked for.
 *
 * False here: the direct map, whose splits may fail, and the finding of regions to adopt.
 *
 * Usage: alloc_test [SEED [STEPS]]: so many steps of each thread.
 */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <linux/kernel.h>

#include "alloc/adopt.h"
#include "alloc/attributes.h"
#include "alloc/cache.h"
#include "alloc/collect.h"
#include "alloc/distrust.h"
#include "alloc/idle.h"
#include "alloc/index.h"
#include "alloc/leave.h"
#include "alloc/numa.h"
#include "alloc/recycling.h"
#include "alloc/registry.h"
#include "alloc/shrink.h"
#include "alloc/stock.h"
#include "alloc/supply.h"
#include "alloc/table.h"
#include "alloc/verify.h"
#include "alloc/workqueue.h"
#include "counters.h"
#include "direct_map/arch.h"
#include "direct_map/read.h"
#include "direct_map/split.h"
#include "tap.h"

#define USERS		6
#define HELD_MAX	160	/* by each user, of all caches */
#define PINNED		6	/* pages of somebody else's, so that some regions are no 2M page */

struct mm_struct {
	int unused;
};

/* A table that a user holds. */
struct held {
	struct pt_cache *cache;		/* NULL: it is lent */
	struct page *page;
};

struct user {
	pthread_t thread;
	struct mm_struct mm;
	unsigned long id;		/* is written into the tables, never 0 */
	unsigned long long random_state;
	struct held held[HELD_MAX];
	unsigned int nr_held;
};

/* What was asked for, to compare the counters with. */
static struct {
	unsigned long out, back, refused, bad_frees;
	unsigned long lent, let_go;
	unsigned long lost_pages;	/* their split ended in an unknown state */
	unsigned long spoiled;		/* given back as zeroed, and were not */
} asked;

static struct user users[USERS], supervisor = { .id = USERS + 1 };
static unsigned long holder[SHIM_PAGES];	/* a user's id, by page; atomic */
static struct pt_cache *caches[4];
static struct pt_cache_lender *lender;
static struct page *pinned[PINNED];
static struct held mailbox;
static pthread_mutex_t mailbox_lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned long steps = 3000;
static bool stop;			/* atomic */

#define count(what)	__atomic_add_fetch(&asked.what, 1, __ATOMIC_RELAXED)

static unsigned int random_of(struct user *user, unsigned int below)
{
	user->random_state = user->random_state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (user->random_state >> 33) % below;
}

/* ---- the direct map, and what is to be adopted ---- */

bool ptc_adopt_enabled = true;

static bool lotteries;		/* atomic; off: nothing fails, and nothing is to be adopted */
static bool promising;		/* atomic; on: what is to be adopted is hoped for all the same */

static bool lottery(unsigned int one_in)
{
	static unsigned int tickets;
	unsigned int ticket = __atomic_add_fetch(&tickets, 1, __ATOMIC_RELAXED);

	return READ_ONCE(lotteries) && ticket * 2654435761U % one_in == 0;
}

enum ptc_split ptc_direct_map_split(unsigned long pfn, unsigned int pages)
{
	might_sleep();
	if (lottery(12))
		return PTC_SPLIT_UNDONE;
	if (!lottery(200))
		return PTC_SPLIT_DONE;
	__atomic_add_fetch(&asked.lost_pages, pages, __ATOMIC_RELAXED);
	return PTC_SPLIT_LOST;
}

static bool mapped_1g[SHIM_PAGES / 512];	/* by region */

bool ptc_direct_map_is_1g(unsigned long pfn)
{
	return READ_ONCE(mapped_1g[(pfn - SHIM_FIRST_PFN) / 512]);
}

static bool protected[SHIM_PAGES];	/* by page: no entry lets anybody write there; atomic */

int ptc_direct_map_read(unsigned long pfn, unsigned int nr, struct ptc_map_stretch *stretch)
{
	unsigned int i;

	stretch->level = PT_CACHE_PTE;
	stretch->nr = min3(nr, (unsigned int)PTC_STRETCH, 512 - (unsigned int)(pfn % 512));
	for (i = 0; i < stretch->nr; i++)
		stretch->entries[i] = PFN_PHYS(pfn + i) | _PAGE_PRESENT |
			(READ_ONCE(protected[pfn + i - SHIM_FIRST_PFN]) ? 0 : _PAGE_RW);
	return 0;
}

/* Whoever writes to it from now on falls. */
static void make_read_only(struct page *page)
{
	WRITE_ONCE(protected[page_to_pfn(page) - SHIM_FIRST_PFN], true);
	must(!mprotect(page_address(page), PAGE_SIZE, PROT_READ), "mprotect");
}

bool ptc_arch_maps_itself(enum pt_cache_level level, unsigned long entry, unsigned long pfn)
{
	must(level == PT_CACHE_PTE && PHYS_PFN(entry) == pfn, "the entry of another page");
	return entry & _PAGE_RW;
}

/* The pages of a region that is split already, as alloc_contig_range() gives them: one by one. */
unsigned long ptc_adopt_pages(int nid)
{
	struct page *page = lottery(2) ? alloc_pages_node(nid, GFP_KERNEL | __GFP_ZERO, 9) : NULL;

	if (!page)
		return 0;
	split_page(page, 9);
	return page_to_pfn(page);
}

bool ptc_adopt_promising(int nid)
{
	return READ_ONCE(promising) || lottery(4);
}

bool ptc_numa_is_short(int nid)
{
	return lottery(3);
}

/* Others have tables, too, and so the number goes up and down. */
long ptc_numa_tables(int nid)
{
	return READ_ONCE(lotteries) ? lottery(2) * 20 : 0;
}

unsigned long ptc_numa_start(int nid)
{
	return SHIM_FIRST_PFN + nid * SHIM_NODE_PAGES;
}

unsigned long ptc_numa_end(int nid)
{
	return ptc_numa_start(nid) + SHIM_NODE_PAGES;
}

void ptc_adopt_prepare(unsigned long pfn)
{
}

void ptc_adopt_remember(unsigned long pfn, int nid)
{
}

/* ---- a user's table ---- */

static unsigned int order_of(const struct held *held)
{
	return held->cache ? held->cache->order : 0;
}

static unsigned long *words_of(const struct held *held, unsigned long *nr)
{
	*nr = (PAGE_SIZE << order_of(held)) / sizeof(unsigned long);
	return page_address(held->page);
}

static void hold(struct user *user, struct held held)
{
	unsigned long i, nr, *words = words_of(&held, &nr);
	unsigned long at = page_to_pfn(held.page) - SHIM_FIRST_PFN;

	must(!memchr_inv(words, 0, PAGE_SIZE << order_of(&held)), "page 0x%lx is not zero",
	     page_to_pfn(held.page));
	must(at % (1UL << order_of(&held)) == 0, "page 0x%lx is not aligned", at);
	for (i = 0; i < 1UL << order_of(&held); i++)
		must(!__atomic_exchange_n(&holder[at + i], user->id, __ATOMIC_RELAXED),
		     "page 0x%lx is handed out twice", page_to_pfn(held.page) + i);
	must(held.cache != caches[1] || page_to_nid(held.page) == 1, "page 0x%lx is not of node 1",
	     page_to_pfn(held.page));
	for (i = 0; i < nr; i += 61)
		words[i] = user->id;
	must(pt_cache_table_owner(held.page) == &user->mm,
	     "page 0x%lx is not the user's, by its record", page_to_pfn(held.page));
	user->held[user->nr_held++] = held;
}

/* The user's table is not changed by others, and from here on not the user's. */
static void let_go(struct user *user, struct held held)
{
	unsigned long i, nr, *words = words_of(&held, &nr);
	unsigned long at = page_to_pfn(held.page) - SHIM_FIRST_PFN;

	for (i = 0; i < nr; i += 61)
		must(words[i] == words[0] && words[0], "page 0x%lx was written by somebody else",
		     page_to_pfn(held.page));
	for (i = 0; i < 1UL << order_of(&held); i++)
		must(__atomic_exchange_n(&holder[at + i], 0, __ATOMIC_RELAXED),
		     "page 0x%lx was free", page_to_pfn(held.page));
}

static void clear(const struct held *held)
{
	unsigned long i, nr, *words = words_of(held, &nr);

	for (i = 0; i < nr; i += 61)
		words[i] = 0;
}

/* ---- what users do ---- */

static const gfp_t gfps[] = { GFP_KERNEL, GFP_KERNEL, GFP_KERNEL, GFP_ATOMIC, GFP_NOWAIT };

static void take(struct user *user)
{
	struct pt_cache *cache = caches[random_of(user, 40) ? random_of(user, 3) : 3];
	gfp_t gfp = gfps[random_of(user, ARRAY_SIZE(gfps))];
	struct page *page = pt_cache_alloc_table(cache, &user->mm, random_of(user, 5), gfp);

	if (page) {
		count(out);
		hold(user, (struct held){ cache, page });
	} else {
		count(refused);
	}
}

static void take_some(struct user *user)
{
	struct page *pages[40];
	unsigned int i, wanted = random_of(user, 40) + 1, got;
	struct pt_cache *cache = caches[random_of(user, 2)];

	wanted = min(wanted, HELD_MAX - user->nr_held);
	got = pt_cache_alloc_bulk(cache, &user->mm, PT_CACHE_PTE,
				  gfps[random_of(user, ARRAY_SIZE(gfps))], wanted, pages);
	if (got < wanted)
		count(refused);
	for (i = 0; i < got; i++) {
		count(out);
		hold(user, (struct held){ cache, pages[i] });
	}
}

static void borrow(struct user *user)
{
	struct page *page = pt_cache_lend(lender, &user->mm, PT_CACHE_PTE);

	if (!page)
		return;
	count(lent);
	must(page_ref_count(page) >= 2, "lent with %d references", page_ref_count(page));
	hold(user, (struct held){ NULL, page });
}

static struct held pick(struct user *user)
{
	unsigned int at = random_of(user, user->nr_held);
	struct held held = user->held[at];

	user->held[at] = user->held[--user->nr_held];
	return held;
}

static void give_back(struct user *user, struct held held)
{
	let_go(user, held);
	if (!held.cache) {
		count(let_go);
		held.page->lru.next = NULL; /* as the kernel uses it for its own ends */
		put_page(held.page);
		return;
	}
	count(back);
	if (random_of(user, 2)) {
		pt_cache_free_table(held.cache, held.page);
		return;
	}
	clear(&held);
	pt_cache_free_table_zeroed(held.cache, held.page);
}

static void give_some_back(struct user *user)
{
	unsigned int wanted = random_of(user, 40) + 1;

	while (user->nr_held && wanted--)
		give_back(user, pick(user));
}

/* In bulk, with one among them, at times, that is refused. */
static void give_bulk_back(struct user *user)
{
	struct pt_cache *cache = caches[random_of(user, 3)];
	bool zeroed = random_of(user, 2);
	unsigned int i = 0, nr = 0;
	struct page *pages[HELD_MAX + 1];

	while (i < user->nr_held) {
		struct held held = user->held[i];

		if (held.cache != cache) {
			i++;
			continue;
		}
		user->held[i] = user->held[--user->nr_held];
		let_go(user, held);
		if (zeroed)
			clear(&held);
		pages[nr++] = held.page;
		count(back);
	}
	if (!random_of(user, 4)) {
		i = random_of(user, nr + 1);
		memmove(pages + i + 1, pages + i, (nr++ - i) * sizeof(*pages));
		pages[i] = pinned[random_of(user, PINNED)];
		count(bad_frees);
	}
	if (zeroed)
		pt_cache_free_bulk_zeroed(cache, nr, pages);
	else
		pt_cache_free_bulk(cache, nr, pages);
}

/* One is freed by somebody else than who took it. */
static void pass_on(struct user *user)
{
	struct held mine = pick(user), other;

	pthread_mutex_lock(&mailbox_lock);
	other = mailbox;
	mailbox = mine;
	pthread_mutex_unlock(&mailbox_lock);
	if (other.page)
		give_back(user, other);
}

/* Of another cache, or of none: refused, and nothing changes. */
static void free_wrongly(struct user *user)
{
	const struct held *held = &user->held[random_of(user, user->nr_held)];

	pt_cache_free_table(held->cache == caches[0] ? caches[1] : caches[0], held->page);
	pt_cache_free_table_zeroed(caches[0], pinned[random_of(user, PINNED)]);
	count(bad_frees);
	count(bad_frees);
}

static void step(struct user *user)
{
	unsigned int what = random_of(user, 100);

	if (!user->nr_held || (what < 50 && user->nr_held < HELD_MAX)) {
		if (what < 35)
			take(user);
		else if (what < 45)
			borrow(user);
		else
			take_some(user);
	} else if (what < 88) {
		give_back(user, pick(user));
	} else if (what < 90) {
		give_bulk_back(user);
	} else if (what < 93) {
		give_some_back(user);
	} else if (what < 99) {
		pass_on(user);
	} else {
		free_wrongly(user);
	}
}

static void *use(void *arg)
{
	struct user *user = arg;
	unsigned long i;

	shim_task = (struct task_struct){ .tgid = user->id, .mm = &user->mm, .comm = "user" };
	for (i = 0; i < steps; i++)
		step(user);
	while (user->nr_held)
		give_back(user, pick(user));
	return NULL;
}

/* ---- what goes on beside them ---- */

static void under_pressure(struct user *user)
{
	struct shrink_control sc = { .nid = random_of(user, SHIM_NODES), .nr_to_scan = 600 };

	shim_shrinker->count_objects(shim_shrinker, &sc);
	shim_shrinker->scan_objects(shim_shrinker, &sc);
}

static void before_oom(void)
{
	unsigned long freed = 0;

	shim_oom_notifier->notifier_call(shim_oom_notifier, 0, &freed);
}

static void cpu_goes_and_comes(struct user *user)
{
	unsigned int cpu = random_of(user, SHIM_CPUS), i;

	if (!shim_cpu_down(cpu))
		return;
	must(!shim_cpu_dead(cpu), "CPU %u", cpu);
	udelay(200);
	for (i = 0; i < ARRAY_SIZE(caches); i++) {
		const struct ptc_magazine *magazine = per_cpu_ptr(caches[i]->magazines, cpu);

		must(!magazine->nr_clean && !magazine->nr_dirty && !magazine->nr_away[0] &&
		     !magazine->nr_away[1], "CPU %u has kept tables", cpu);
	}
	must(!shim_cpu_prepare(cpu), "CPU %u", cpu);
	shim_cpu_up(cpu);
}

static void short_lived_cache(struct user *user)
{
	const struct pt_cache_attr attr = {
		.name = "short_lived", .nid = random_of(user, 2) ? 1 : NUMA_NO_NODE,
		.order = random_of(user, 4),
	};
	struct pt_cache *cache = pt_cache_create(&attr);
	struct page *page;

	if (IS_ERR(cache)) {
		must(PTR_ERR(cache) == -ENOMEM, "%ld", PTR_ERR(cache));
		return;
	}
	must(PTR_ERR(pt_cache_create(&attr)) == -EEXIST || READ_ONCE(shim_fail_one_in),
	     "two of one name");
	page = pt_cache_alloc_table(cache, NULL, PT_CACHE_PMD, GFP_KERNEL);
	if (page) {
		must(pt_cache_destroy(cache) == -EBUSY, "destroyed with a table out");
		pt_cache_free_table(cache, page);
		count(out);
		count(back);
	} else {
		count(refused);
	}
	must(!pt_cache_destroy(cache), "not destroyed");
}

/* On each CPU, as it. */
static void look_at_magazines(void *unused)
{
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(caches); i++) {
		const struct ptc_magazine *magazine = this_cpu_ptr(caches[i]->magazines);

		for (j = 0; j < magazine->nr_clean; j++)
			must(page_to_nid(pfn_to_page(magazine->clean[j])) == magazine->node->nid,
			     "a magazine has another node's table");
		for (j = 0; j < magazine->nr_away[0]; j++)
			must(page_to_nid(pfn_to_page(magazine->away[0][j])) != magazine->node->nid,
			     "a table of the node is away");
	}
}

static void look(void)
{
	struct pt_cache_lender_stats stats;
	struct ptc_record copy;
	unsigned long pfn;
	int i = 0;

	shim_on_each_cpu(NULL, look_at_magazines, NULL);
	pt_cache_lender_stats(lender, &stats);
	for (pfn = 0; i < 50 && ptc_table_next(&pfn, &copy); pfn++, i++)
		must(copy.mm || ptc_tag_level(copy.tag) == PT_CACHE_PMD, "a mixed record");
}

/* Break the promise of a free that says so. */
static void spoil(struct user *user)
{
	struct page *page = pt_cache_alloc_table(caches[0], NULL, PT_CACHE_PMD, GFP_KERNEL);

	if (!page) {
		count(refused);
		return;
	}
	count(out);
	count(back);
	count(spoiled);
	((char *)page_address(page))[random_of(user, PAGE_SIZE)] = 1;
	pt_cache_free_table_zeroed(caches[0], page);
}

/* @spoils: until it was found. */
static void *supervise(void *spoils)
{
	struct user *user = &supervisor;

	shim_task = (struct task_struct){ .tgid = user->id, .comm = "supervisor" };
	while (spoils && READ_ONCE(ptc_recycling))
		spoil(user);
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		switch (random_of(user, 10)) {
		case 0:
			must(ptc_shrink_by_hand(random_of(user, 2000)) >= 0, "a signal");
			break;
		case 1:
			under_pressure(user);
			break;
		case 2:
			if (!random_of(user, 8))
				before_oom();
			break;
		case 3:
		case 4:
			cpu_goes_and_comes(user);
			break;
		case 5:
			short_lived_cache(user);
			break;
		case 6:
			pt_cache_lender_limit(lender, random_of(user, 6));
			break;
		case 7:
			if (!spoils)
				ptc_verify_set(random_of(user, 2));
			break;
		case 8:
			pt_cache_lender_verify(lender, random_of(user, 2));
			break;
		default:
			look();
		}
		udelay(300);
	}
	return NULL;
}

/* ---- the account ---- */

static unsigned int places[SHIM_PAGES];		/* in how many a page was found */

static void found(unsigned long pfn, unsigned int order)
{
	unsigned long i;

	for (i = 0; i < 1UL << order; i++)
		places[pfn - SHIM_FIRST_PFN + i]++;
}

static void account_magazines(const struct pt_cache *cache)
{
	unsigned int cpu, i;

	for (cpu = 0; cpu < SHIM_CPUS; cpu++) {
		const struct ptc_magazine *magazine = per_cpu_ptr(cache->magazines, cpu);

		for (i = 0; i < magazine->nr_clean; i++)
			found(magazine->clean[i], cache->order);
		for (i = 0; i < magazine->nr_dirty; i++)
			found(magazine->dirty[i], cache->order);
		for (i = 0; i < magazine->nr_away[0]; i++)
			found(magazine->away[0][i], cache->order);
		for (i = 0; i < magazine->nr_away[1]; i++)
			found(magazine->away[1][i], cache->order);
		check(magazine->nr_clean <= cache->depth && magazine->nr_dirty <= cache->depth,
		      "%u and %u in a magazine of %u", magazine->nr_clean, magazine->nr_dirty,
		      cache->depth);
	}
}

static unsigned int retired_in(const struct ptc_block *block)
{
	unsigned int i, retired = 0;

	for (i = 0; i < block->span; i++) {
		enum ptc_record_state state = ptc_tag_state(ptc_record_tag(&block->records[i]));

		check(state != PTC_OUT, "pfn 0x%lx is out", block->pfn + i);
		retired += state == PTC_QUARANTINED || state == PTC_RETURNED;
		if (state == PTC_QUARANTINED)
			found(block->pfn + i, 0);
	}
	return retired;
}

static void account_block(const struct ptc_node *node, const struct ptc_block *block,
			  struct ptc_node *sums)
{
	unsigned int i, clean = 0, dirty = 0;

	for (i = 0; i < block->span; i++) {
		bool is_clean = test_bit(i, block->clean), is_dirty = test_bit(i, block->dirty);

		clean += is_clean;
		dirty += is_dirty;
		if (!is_clean && !is_dirty)
			continue;
		check(!is_clean || !is_dirty, "pfn 0x%lx is clean and dirty", block->pfn + i);
		check(ptc_record_of(block->pfn + i) == &block->records[i],
		      "the index has another block for pfn 0x%lx", block->pfn + i);
		found(block->pfn + i, 0);
	}
	check(clean == block->nr_clean && dirty == block->nr_dirty,
	      "%u and %u in, %u and %u counted", clean, dirty, block->nr_clean, block->nr_dirty);
	check(block->pages == block->span - retired_in(block), "%u pages", block->pages);
	check(block->group == ptc_block_group(block), "in group %u", block->group);
	check(list_empty(&block->dirty_link) == !dirty, "%u dirty pages, and its list", dirty);
	if (block->reserve)
		sums->sums.reserve_clean += clean;
	else
		sums->sums.clean += clean;
	sums->sums.dirty += dirty;
	sums->sums.pages += block->pages;
	sums->blocks++;
	if (ptc_block_empty(block) && !block->reserve)
		sums->sums.empty += block->pages;
}

static void account_node(const struct ptc_node *node)
{
	struct ptc_node sums = {};
	struct ptc_block *block;
	int group;

	for (group = 0; group < PTC_NR_GROUPS; group++) {
		list_for_each_entry(block, &node->groups[group], link) {
			check(block->group == group, "a block of group %d in %d", block->group,
			      group);
			account_block(node, block, &sums);
		}
	}
#define equal(what)	check(node->what == sums.what, "%lu counted, %lu there",	\
			      node->what, sums.what)
	equal(sums.clean);
	equal(sums.dirty);
	equal(sums.reserve_clean);
	equal(sums.pages);
	equal(blocks);
	equal(sums.empty);
#undef equal
}

/* Nothing runs any more. A page of the page allocator's is in no place of ours. */
static void test_places(const char *when)
{
	struct ptc_pool *pool;
	struct pt_cache *cache;
	unsigned long id, i, in_blocks = 0, mine = 0, pages_left;
	char promise[100];
	int nid;

	memset(places, 0, sizeof(places));
	list_for_each_entry(pool, &ptc_pools, link) {
		for_each_node(nid) {
			account_node(pool->nodes[nid]);
			in_blocks += pool->nodes[nid]->sums.pages;
		}
	}
	for (id = 0; (cache = ptc_registry_next(&id)); id++)
		account_magazines(cache);
	for (i = 0; i < SHIM_PAGES; i++) {
		check(places[i] <= 1, "page %lu is in %u places", i, places[i]);
		check(!places[i] || shim_mem_map[i].allocated, "page %lu is freed, and ours", i);
		check(!holder[i], "page %lu is held by %lu", i, holder[i]);
		mine += places[i];
	}
	pages_left = SHIM_PAGES - shim_pages_free() - asked.lost_pages - PINNED;
	check(in_blocks <= mine && mine <= pages_left, "%lu in blocks, %lu found, %lu allocated",
	      in_blocks, mine, pages_left);
	/* what was quarantined stays allocated when its block has gone */
	check(pages_left - in_blocks == ptc_counter_sum(PTC_quarantined_pages),
	      "%lu quarantined, %llu counted", pages_left - in_blocks,
	      ptc_counter_sum(PTC_quarantined_pages));
	snprintf(promise, sizeof(promise), "%s: each page is in exactly one place", when);
	test_ends(promise);
}

static void test_counters(const char *when)
{
	struct ptc_cache_sums sums, all = {};
	struct pt_cache *cache;
	unsigned long id;
	char promise[100];

	for (id = 0; (cache = ptc_registry_next(&id)); id++) {
		ptc_cache_sum(cache, &sums);
		check(!sums.in_use, "%llu of %s are out", sums.in_use, cache->name);
		all.hits += sums.hits;
		all.misses += sums.misses;
		all.frees += sums.frees;
		all.atomic_misses += sums.atomic_misses;
	}
	all.hits += ptc_counter_sum(PTC_hits);
	all.misses += ptc_counter_sum(PTC_misses);
	all.frees += ptc_counter_sum(PTC_frees);
	all.atomic_misses += ptc_counter_sum(PTC_atomic_misses);
	/* a table that fails its check is counted out and back again */
	check(all.hits + all.misses - ptc_counter_sum(PTC_non_zero) == asked.out + asked.lent,
	      "%llu hits, %llu misses, %lu asked for", all.hits, all.misses,
	      asked.out + asked.lent);
	check(all.frees - ptc_counter_sum(PTC_non_zero) == asked.back + asked.let_go,
	      "%llu frees, %lu given back", all.frees, asked.back + asked.let_go);
	check(all.atomic_misses + ptc_counter_sum(PTC_failed) == asked.refused,
	      "%llu and %llu refused, %lu in vain", all.atomic_misses, ptc_counter_sum(PTC_failed),
	      asked.refused);
	check(ptc_counter_sum(PTC_bad_free) == asked.bad_frees, "%llu bad frees",
	      ptc_counter_sum(PTC_bad_free));
	check(ptc_counter_sum(PTC_leaked_pages) == asked.lost_pages, "%llu leaked",
	      ptc_counter_sum(PTC_leaked_pages));
	snprintf(promise, sizeof(promise), "%s: the counters add up to what was asked for", when);
	test_ends(promise);
}

/*
 * What was asked of the workers is done, and nothing starts them again, the lender's beat neither,
 * until shim_works_rest(false).
 */
static void workers_rest(void)
{
	struct ptc_pool *pool;
	int nid;

	list_for_each_entry(pool, &ptc_pools, link)
		for_each_node(nid)
			ptc_node_flush(pool->nodes[nid]);
	rcu_barrier();
	shim_works_rest(true);
}

static void test_account(const char *when)
{
	workers_rest();
	test_places(when);
	test_counters(when);
	shim_works_rest(false);
}

/* All of it was walked: a run in which nothing ever ran short says nothing. */
static void show_what_happened(void)
{
	static const enum ptc_counter shown[] = {
		PTC_adopted, PTC_fresh, PTC_smaller, PTC_single, PTC_supply_failed, PTC_surplus,
		PTC_blocks_freed, PTC_reserve_taken, PTC_cleared_by_worker, PTC_cleared_by_caller,
		PTC_drains, PTC_shrink_pages, PTC_oom_pages, PTC_collect_looks, PTC_non_zero,
		PTC_quarantined_pages, PTC_leaked_pages, PTC_split_failed,
	};
	unsigned int i;

	printf("# held: %lu tables taken, lent and given back by threads under a sanitizer\n",
	       asked.out + asked.lent);
	printf("# %lu out, %lu in vain, %lu lent;", asked.out, asked.refused, asked.lent);
	for (i = 0; i < ARRAY_SIZE(shown); i++)
		printf(" %s %llu", ptc_counter_name(shown[i]), ptc_counter_sum(shown[i]));
	printf("\n");
}

/* ---- pages that come back ---- */

static void take_from(struct user *user, struct pt_cache *cache, unsigned int nr)
{
	while (nr--) {
		struct page *page;

		page = pt_cache_alloc_table(cache, &user->mm, PT_CACHE_PTE, GFP_KERNEL);
		must(page, "no table");
		count(out);
		hold(user, (struct held){ cache, page });
	}
}

static void drain(void)
{
	int cookie = ptc_pools_enter();

	ptc_registry_drain(NUMA_NO_NODE);
	ptc_pools_leave(cookie);
}

/* From the @first on. */
static void give_back_zeroed(struct user *user, unsigned int first, unsigned int nr)
{
	unsigned int i;

	for (i = first; i < first + nr; i++) {
		let_go(user, user->held[i]);
		clear(&user->held[i]);
		count(back);
		pt_cache_free_table_zeroed(user->held[i].cache, user->held[i].page);
	}
	user->nr_held -= nr;
	memmove(user->held + first, user->held + first + nr,
		(user->nr_held - first) * sizeof(user->held[0]));
	drain();
}

/*
 * Memory is so short that a block's free pages go back one by one, and come again as smaller runs
 * inside what the block spans: a page then lies in two blocks, and is the newer one's.
 */
static void test_pages_that_return(void)
{
	struct user *user = &supervisor;
	struct page *others[16];
	unsigned int nr, i;

	take_from(user, caches[1], 60);
	/* whole blocks go first, and a worker may bring one meanwhile; then pages */
	for (i = 0; i < 100 && !ptc_counter_sum(PTC_oom_pages); i++)
		before_oom();
	for (nr = 0; nr < ARRAY_SIZE(others) && (others[nr] = alloc_pages_node(1, GFP_KERNEL, 9)); )
		nr++;
	check(ptc_counter_sum(PTC_oom_pages) > 0, "no page went back alone");
	take_from(user, caches[1], 60);
	check(ptc_counter_sum(PTC_smaller) + ptc_counter_sum(PTC_single) > 0, "no smaller run");
	/* the block's first, so that one batch has pages of both */
	give_back_zeroed(user, 60, 60);
	give_back_zeroed(user, 0, 20);
	take_from(user, caches[1], 60);
	give_back_zeroed(user, 0, 100);
	check(ptc_counter_sum(PTC_bad_free) == 0, "%llu tables could not be freed",
	      ptc_counter_sum(PTC_bad_free));
	for (i = 0; i < nr; i++)
		__free_pages(others[i], 9);
	test_ends("a page that went back alone and came again is the newer block's");
}

/* The shrinker may have been too busy to take the whole empty blocks first. */
static void test_pages_of_empty_blocks(void)
{
	struct user *user = &supervisor;
	struct ptc_node *node = caches[1]->pool->nodes[1];
	unsigned long pfns[PTC_BATCH_MAX];
	unsigned int nr, i;

	take_from(user, caches[1], 1);
	give_back_zeroed(user, 0, 1);
	ptc_node_flush(node);
	check(node->sums.empty > 0, "no empty block");
	nr = ptc_node_isolate_pages(node, false, PTC_BATCH_MAX, pfns);
	check(nr == PTC_BATCH_MAX, "%u pages", nr);
	make_read_only(pfn_to_page(pfns[5]));
	nr = ptc_attributes_filter_leaving(pfns, nr);
	check(nr == PTC_BATCH_MAX - 1, "%u pages may leave", nr);
	for (i = 0; i < nr; i++)
		__free_page(pfn_to_page(pfns[i]));
	test_ends("single pages are taken out of blocks, too");
}

/* ---- who waits for the worker ---- */

/* Whoever waits for the worker has asked it first. */
static bool waits(gfp_t gfp)
{
	struct ptc_node *node = caches[1]->pool->nodes[1];
	int asked_before = atomic_read(&node->stock_asked);

	node->hurry_until = jiffies;
	ptc_stock_wait(node, gfp);
	return atomic_read(&node->stock_asked) != asked_before;
}

/*
 * A page that is freed alone lies on a list of its CPU, where nobody else finds it. So pages leave in
 * runs; also where another has a reference to one of them for a moment.
 */
static void test_leave_in_runs(void)
{
	struct page *page = alloc_pages_node(0, GFP_KERNEL, 9);
	unsigned long pfns[PTC_BATCH_MAX], before, alone;
	unsigned int i, nr = 0;

	split_page(page, 9);
	for (i = 67; nr < PTC_BATCH_MAX; i--)
		if (i != 20)
			pfns[nr++] = page_to_pfn(page + i);
	page_ref_inc(page + 40);
	page_ref_inc(page + 64);
	before = shim_pages_free();
	alone = shim_freed_alone;
	nr = ptc_leave(pfns, nr);
	check(nr == PTC_BATCH_MAX, "%u left", nr);
	check(shim_pages_free() == before + nr - 2, "%lu free, %lu before",
	      shim_pages_free(), before);
	/* 3 and 65; and what is beside 40, which is one by itself */
	check(shim_freed_alone - alone <= 4, "%lu left alone", shim_freed_alone - alone);
	put_page(page + 40);
	put_page(page + 64);
	check(shim_pages_free() == before + nr, "the last reference does not free a page");
	for (i = 0; i < 512; i++)
		if (i < 3 || i == 20 || i > 67)
			__free_page(page + i);
	test_ends("pages leave in runs, and one that another looks at leaves with him");
}

static void test_waits_in_scopes(void)
{
	unsigned int scope;

	WRITE_ONCE(promising, true);
	check(waits(GFP_KERNEL), "with nothing held");
	check(!waits(GFP_KERNEL & ~__GFP_FS), "with GFP_NOFS");
	scope = memalloc_nofs_save();
	check(!waits(GFP_KERNEL), "with memalloc_nofs_save()");
	memalloc_nofs_restore(scope);
	scope = memalloc_noio_save();
	check(!waits(GFP_KERNEL), "with memalloc_noio_save()");
	memalloc_noio_restore(scope);
	check(waits(GFP_KERNEL), "after the scopes");
	WRITE_ONCE(promising, false);
	test_ends("a request in a scope without FS or IO does not wait for the worker");
}

/* ---- pages that come back otherwise than they were ---- */

/* As set_memory_uc() does. The page allocator here takes no page with a mark. */
static void make_uncached(struct page *page)
{
	page->flags |= BIT(PG_arch_2);
}

/* The @way is a bit for zeroed, and a bit for bulk. */
static void free_by(unsigned int way, struct pt_cache *cache, unsigned int nr, struct page **pages)
{
	unsigned int i;

	if (way & 2) {
		shim_traced = false; /* traced, each would take the way of a single table */
		(way & 1 ? pt_cache_free_bulk_zeroed : pt_cache_free_bulk)(cache, nr, pages);
		shim_traced = true;
		return;
	}
	for (i = 0; i < nr; i++)
		(way & 1 ? pt_cache_free_table_zeroed : pt_cache_free_table)(cache, pages[i]);
}

/* The user's last tables, which he does not have any more, in the order in which he got them. */
static void let_go_of_last(struct user *user, unsigned int nr, struct page **pages)
{
	while (nr--) {
		struct held held = user->held[--user->nr_held];

		let_go(user, held);
		clear(&held);
		count(back);
		pages[nr] = held.page;
	}
}

/* Of five that are freed together one has a page, at @offset, that was made uncached. */
static void free_uncached(struct pt_cache *cache, unsigned int way, unsigned int offset)
{
	u64 kept = ptc_counter_sum(PTC_misattributed_pages);
	struct user *user = &supervisor;
	struct page *pages[5];
	unsigned int i;

	take_from(user, cache, ARRAY_SIZE(pages));
	let_go_of_last(user, ARRAY_SIZE(pages), pages);
	make_uncached(pages[2] + offset);
	free_by(way, cache, ARRAY_SIZE(pages), pages);
	check(ptc_counter_sum(PTC_misattributed_pages) - kept == 1U << cache->order,
	      "%s, way %u: %llu pages are kept", cache->name, way,
	      ptc_counter_sum(PTC_misattributed_pages) - kept);
	for (i = 0; i < 1U << cache->order; i++)
		check(ptc_tag_state(ptc_record_of(page_to_pfn(pages[2]) + i)->tag) ==
		      PTC_QUARANTINED, "%s, way %u: page %u is not quarantined", cache->name, way, i);
	pt_cache_free_table(cache, pages[2]);
	count(bad_frees);
}

static void test_uncached(void)
{
	unsigned long bad_frees = asked.bad_frees;
	unsigned int way;

	for (way = 0; way < 4; way++) {
		free_uncached(caches[0], way, 0);
		free_uncached(caches[2], way, 0);
		free_uncached(caches[2], way, 1);
		free_uncached(caches[3], way, 63);
	}
	check(ptc_counter_sum(PTC_bad_free) == asked.bad_frees, "%lu were freed again",
	      asked.bad_frees - bad_frees);
	test_ends("a table that comes back uncached is kept, by whichever way it comes");
}

static void take_and_give_back(struct pt_cache *cache)
{
	struct page *page = pt_cache_alloc_table(cache, NULL, PT_CACHE_PTE, GFP_KERNEL);

	must(page && !memchr_inv(page_address(page), 0, PAGE_SIZE), "no table, or a dirty one");
	pt_cache_free_table_zeroed(cache, page);
	count(out);
	count(back);
}

/* On the node no table is clean, and one, which was made read-only, is dirty. */
static void read_only_for_a_caller(struct user *user, struct pt_cache *cache)
{
	static struct page *pages[SHIM_NODE_PAGES];
	const struct ptc_node *node = cache->pool->nodes[1];
	unsigned int nr = 0, wanted = 1;

	while (wanted) {
		nr += pt_cache_alloc_bulk(cache, &user->mm, PT_CACHE_PTE, GFP_KERNEL, wanted,
					  pages + nr);
		drain();
		wanted = node->sums.clean;
	}
	must(nr && !node->sums.dirty, "%u tables, and dirty ones", nr);
	asked.out += nr;
	asked.back += nr;
	make_read_only(pages[--nr]);
	pt_cache_free_table(cache, pages[nr]);
	drain();
	must(node->sums.dirty == 1 && !node->sums.clean, "%lu dirty, %lu clean", node->sums.dirty,
	     node->sums.clean);
	take_and_give_back(cache);
	pt_cache_free_bulk_zeroed(cache, nr, pages);
}

/* The worker, and a caller that clears for himself: neither writes to it. */
static void test_read_only(void)
{
	u64 kept = ptc_counter_sum(PTC_misattributed_pages);
	struct user *user = &supervisor;
	struct page *pages[10];

	take_from(user, caches[1], ARRAY_SIZE(pages));
	let_go_of_last(user, ARRAY_SIZE(pages), pages);
	make_read_only(pages[3]);
	free_by(2, caches[1], ARRAY_SIZE(pages), pages);
	ptc_node_flush(caches[1]->pool->nodes[1]);
	check(ptc_counter_sum(PTC_misattributed_pages) == kept + 1, "%llu are kept of the worker's",
	      ptc_counter_sum(PTC_misattributed_pages) - kept);

	while (caches[1]->pool->nodes[1]->sums.clean)
		ptc_shrink_by_hand(ULONG_MAX);
	shim_works_rest(true);
	kept = ptc_counter_sum(PTC_misattributed_pages);
	read_only_for_a_caller(user, caches[1]);
	shim_works_rest(false);
	check(ptc_counter_sum(PTC_misattributed_pages) == kept + 1, "%llu are kept of a caller's",
	      ptc_counter_sum(PTC_misattributed_pages) - kept);
	test_ends("a table that comes back read-only is not written to");
}

/* It was freed as zeroed, and nobody has looked at its entry since. */
static void test_leaving(void)
{
	u64 kept = ptc_counter_sum(PTC_misattributed_pages), freed;
	struct user *user = &supervisor;
	struct page *pages[4];

	take_from(user, caches[0], ARRAY_SIZE(pages));
	let_go_of_last(user, ARRAY_SIZE(pages), pages);
	make_read_only(pages[1]);
	free_by(1, caches[0], ARRAY_SIZE(pages), pages);
	freed = ptc_counter_sum(PTC_blocks_freed);
	workers_rest(); /* they would be given these pages again */
	ptc_shrink_by_hand(ULONG_MAX);
	check(ptc_counter_sum(PTC_blocks_freed) > freed, "no block went back");
	check(ptc_counter_sum(PTC_misattributed_pages) == kept + 1 && pages[1]->allocated,
	      "%llu are kept", ptc_counter_sum(PTC_misattributed_pages) - kept);
	check(!pages[0]->allocated && !pages[2]->allocated && !pages[3]->allocated,
	      "its neighbours are kept");
	shim_works_rest(false);
	test_ends("a page that is not as it came does not leave with its block");
}

/* ---- where a block comes from ---- */

/* A block of node 0 as a request that runs short makes it. Returns its region. */
static unsigned long make_block(void)
{
	struct ptc_node *node = caches[0]->pool->nodes[0];
	const struct ptc_want want = { .node = node, .gfp = GFP_KERNEL };
	unsigned long nr_free = shim_pages_free();
	struct ptc_block *block = ptc_supply_block(&want);

	must(!IS_ERR_OR_NULL(block) && block->order == PTC_BLOCK_ORDER, "no block");
	check(shim_pages_free() == nr_free - 512, "%lu pages are gone", nr_free - shim_pages_free());
	ptc_node_add(node, block, false);
	return (block->pfn - SHIM_FIRST_PFN) / 512;
}

static void test_1g(void)
{
	u64 avoided = ptc_counter_sum(PTC_avoided_1g);
	struct page *page = alloc_pages_node(0, GFP_KERNEL, 9);
	unsigned long first;

	must(page, "no memory");
	first = (page_to_pfn(page) - SHIM_FIRST_PFN) / 512;
	__free_pages(page, 9);
	WRITE_ONCE(mapped_1g[first], true);
	check(make_block() != first, "the page was not exchanged");
	check(ptc_counter_sum(PTC_avoided_1g) == avoided + 1, "it is not counted");
	memset(mapped_1g, true, sizeof(mapped_1g));
	make_block();
	memset(mapped_1g, false, sizeof(mapped_1g));
	check(ptc_counter_sum(PTC_avoided_1g) == avoided + 1, "one is counted where all are 1G");
	test_ends("a 2M page that is mapped by 1G is exchanged for another, if there is one");
}

/* ---- the same table, freed at once ---- */

#define ROUNDS	3000U

static struct page *freed_twice;
static unsigned int round_begins, round_ends;	/* atomic */

/* Without sleep, or the two would not come at once. */
static void wait_for_round(const unsigned int *at, unsigned int number)
{
	while (__atomic_load_n(at, __ATOMIC_ACQUIRE) != number)
		sched_yield();
}

static void *free_it_too(void *unused)
{
	unsigned int i;

	for (i = 1; i <= ROUNDS; i++) {
		wait_for_round(&round_begins, i);
		pt_cache_free_table(caches[0], freed_twice);
		__atomic_store_n(&round_ends, i, __ATOMIC_RELEASE);
	}
	return unused;
}

static void test_free_at_once(void)
{
	unsigned long i, bad_frees = ptc_counter_sum(PTC_bad_free);
	pthread_t other;

	must(!pthread_create(&other, NULL, free_it_too, NULL), "no thread");
	for (i = 1; i <= ROUNDS; i++) {
		freed_twice = pt_cache_alloc_table(caches[0], NULL, PT_CACHE_PMD, GFP_KERNEL);
		must(freed_twice, "no table");
		count(out);
		count(back);
		count(bad_frees);
		__atomic_store_n(&round_begins, i, __ATOMIC_RELEASE);
		pt_cache_free_table(caches[0], freed_twice);
		wait_for_round(&round_ends, i);
	}
	pthread_join(other, NULL);
	check(ptc_counter_sum(PTC_bad_free) - bad_frees == ROUNDS, "%llu of %u refused",
	      ptc_counter_sum(PTC_bad_free) - bad_frees, ROUNDS);
	test_ends("of two who free the same table at once, one is refused");
}

/* ---- a record that is copied while its table changes hands ---- */

static struct ptc_record changing;
static struct mm_struct owners[2];
static unsigned int access_at, changes_at[2];	/* 0: never */

/* Each owner has a pid and a comm of its own. */
static void hand_out_to(unsigned int owner)
{
	shim_task.tgid = 100 + owner;
	memset(shim_task.comm, 'a' + owner, TASK_COMM_LEN - 1);
	ptc_record_open(&changing, ptc_tag_of_cache(7, 0), &owners[owner]);
}

static void change_hands(void)
{
	u32 tag;

	access_at++;
	if (access_at != changes_at[0] && access_at != changes_at[1])
		return;
	must(ptc_record_close(&changing, ptc_tag_of_cache(7, 0), &tag), "not out");
	hand_out_to(changing.mm == &owners[0]);
}

static bool copy_is_whole(const struct ptc_record *copy)
{
	unsigned int owner = copy->mm == &owners[1];

	return copy->mm == &owners[owner] && copy->pid == (pid_t)(100 + owner) &&
	       copy->comm[0] == (char)('a' + owner) &&
	       copy->comm[TASK_COMM_LEN - 2] == (char)('a' + owner);
}

static void test_copies(void)
{
	struct ptc_block block = { .records = &changing };
	unsigned int first, second, copied = 0, nr_accesses;
	struct task_struct me = shim_task;
	struct ptc_record copy;

	hand_out_to(0);
	meanwhile = change_hands;
	must(ptc_record_copy(&block, 0, &copy), "no copy though nobody interferes");
	nr_accesses = access_at;
	for (first = 1; first <= nr_accesses; first++) {
		for (second = first; second <= nr_accesses; second++) {
			access_at = 0;
			changes_at[0] = first;
			changes_at[1] = second;
			if (!ptc_record_copy(&block, 0, &copy))
				continue;
			copied++;
			check(copy_is_whole(&copy), "changes at %u and %u of %u: mm %td, pid %d, comm %s",
			      first, second, nr_accesses, copy.mm - owners, copy.pid, copy.comm);
		}
	}
	meanwhile = NULL;
	shim_task = me;
	check(nr_accesses >= 4 && copied, "%u accesses, %u copies", nr_accesses, copied);
	test_ends("a record is not copied as a mix of two owners, if the table changes hands up to twice");
}

/* ---- lenders ---- */

static struct ptc_pool *pool_of(const struct pt_cache_lender *mine)
{
	struct ptc_pool *pool;

	list_for_each_entry(pool, &ptc_pools, link)
		if (pool->private == mine)
			return pool;
	must(false, "no pool of the lender");
	return NULL;
}

/*
 * Requests look at a few lent tables each, so that a block may have had half of its look. What is
 * left then, anywhere, is found by who asks for all at once.
 */
static void test_look_halfway(void)
{
	const struct pt_cache_lender_attr attr = { .name = "halfway", .max_blocks = SHIM_NODES };
	struct pt_cache_lender *halfway = pt_cache_lender_create(&attr);
	unsigned int i, got = 0, early = 0;
	struct ptc_collect pass;
	struct ptc_pool *pool;
	struct page *pages[50];
	int nid;

	must(!IS_ERR(halfway), "no lender");
	pool = pool_of(halfway);
	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		pages[i] = pt_cache_lend(halfway, &supervisor.mm, PT_CACHE_PTE);
		must(pages[i], "nothing is lent");
	}
	asked.lent += ARRAY_SIZE(pages);
	asked.let_go += ARRAY_SIZE(pages);
	shim_works_rest(true);
	for_each_node(nid) {
		ptc_collect_begin(&pass, pool->nodes[nid], PTC_BLOCK_PAGES - 1);
		while (ptc_collect_step(&pass))
			;
		early += pass.collected;
	}
	for (i = 0; i < ARRAY_SIZE(pages); i++)
		put_page(pages[i]);
	for_each_node(nid)
		got += pool->ops->take_back(pool->nodes[nid], UINT_MAX);
	shim_works_rest(false);
	check(!early && got == ARRAY_SIZE(pages), "%u and %u of %zu taken back", early, got,
	      ARRAY_SIZE(pages));
	pt_cache_lender_destroy(halfway);
	test_ends("what is left in a block that had half of its look is found at once");
}

/* Lends up to @nr tables. Returns how many. */
static unsigned int lend_some(struct pt_cache_lender *mine, unsigned int nr, struct page **pages)
{
	unsigned int i;

	for (i = 0; i < nr && (pages[i] = pt_cache_lend(mine, &supervisor.mm, PT_CACHE_PTE)); i++)
		;
	asked.lent += i;
	asked.let_go += i;
	return i;
}

/* However often others begin to look, and whatever they find, a pass ends. */
static void test_pass_among_others(void)
{
	const struct pt_cache_lender_attr attr = { .name = "passes", .max_blocks = 2 * SHIM_NODES };
	struct pt_cache_lender *passes = pt_cache_lender_create(&attr);
	unsigned int i, nr, steps_made = 0, steps_most = 0, others_found = 0;
	struct ptc_collect mine, others;
	struct page *pages[300];
	struct ptc_node *node;
	int nid;

	must(!IS_ERR(passes), "no lender");
	nr = lend_some(passes, ARRAY_SIZE(pages), pages);
	shim_works_rest(true);
	for_each_node(nid) {
		node = pool_of(passes)->nodes[nid];
		steps_most += node->blocks * (PTC_BLOCK_PAGES / PTC_BATCH_MAX + 1) + 1;
		ptc_collect_begin(&mine, node, UINT_MAX);
		while (ptc_collect_step(&mine) && steps_made <= steps_most) {
			steps_made++;
			ptc_collect_begin(&others, node, UINT_MAX);
			if (steps_made % 2)
				ptc_collect_step(&others);
			others_found += others.collected;
			ptc_collect_due(&others);
			others_found += others.collected;
		}
	}
	shim_works_rest(false);
	check(steps_made <= steps_most, "%u steps, at most %u were expected", steps_made, steps_most);
	check(!others_found, "%u tables in use were taken back", others_found);
	for (i = 0; i < nr; i++)
		put_page(pages[i]);
	pt_cache_lender_destroy(passes);
	test_ends("a pass over lent tables ends, however often others begin one");
}

/*
 * Idle: what is looked at in a while does not depend on how much is lent. One that is freed is
 * found nevertheless, and all when somebody asks for all.
 */
static void test_cost_of_looking(void)
{
	const struct pt_cache_lender_attr attr = { .name = "costs", .max_blocks = 2 * SHIM_NODES };
	struct pt_cache_lender *costs = pt_cache_lender_create(&attr);
	unsigned long looks, until;
	struct page *pages[600];
	unsigned int nr, i;

	must(!IS_ERR(costs), "no lender");
	nr = lend_some(costs, ARRAY_SIZE(pages), pages);
	until = jiffies + 2 * HZ; /* what was saved up is spent */
	while (time_before(jiffies, until))
		udelay(1000);
	looks = ptc_counter_sum(PTC_collect_looks);
	until = jiffies + 20 * HZ;
	while (time_before(jiffies, until)) {
		pt_cache_lender_limit(costs, 2 * SHIM_NODES); /* kicks the workers */
		udelay(1000);
	}
	looks = ptc_counter_sum(PTC_collect_looks) - looks;
	check(looks <= 22 * 600 * SHIM_NODES, "%lu looks in 20 s at %u tables", looks, nr);
	for (i = 0; i < nr; i++)
		put_page(pages[i]);
	pt_cache_lender_destroy(costs);
	test_ends("idle, what looking costs is bounded, however many tables are lent");
}

/* The first node to come has all blocks; when they are empty, another one gets some of them. */
static void test_limit_among_nodes(void)
{
	const struct pt_cache_lender_attr attr = { .name = "limited", .max_blocks = 2 };
	struct pt_cache_lender *limited = pt_cache_lender_create(&attr);
	struct page *pages[1200], *page;
	unsigned int i, nr = 0, got_at = 0;
	unsigned long until;
	int nid, other;

	must(!IS_ERR(limited), "no lender");
	for (i = 1; i < SHIM_CPUS; i++)
		must(shim_cpu_down(i), "CPU %u", i);
	until = jiffies + 10 * HZ;
	while (nr < 600 && time_before(jiffies, until)) {
		nr += lend_some(limited, 600 - nr, pages + nr);
		udelay(100);
	}
	check(nr == 600, "%u lent", nr);
	nid = page_to_nid(pages[0]);
	for (i = 0; i < nr; i++)
		put_page(pages[i]);
	for (i = 1; i < SHIM_CPUS; i++)
		shim_cpu_up(i);
	until = jiffies + 40 * HZ;
	while (!got_at && time_before(jiffies, until)) {
		if (!lend_some(limited, 1, &page)) {
			udelay(500);
			continue;
		}
		other = page_to_nid(page);
		put_page(page);
		if (other != nid)
			got_at = 1;
	}
	check(got_at, "no other node got a table");
	check(pool_of(limited)->nodes[0]->blocks + pool_of(limited)->nodes[1]->blocks +
	      pool_of(limited)->nodes[2]->blocks <= 2, "more blocks than the limit");
	pt_cache_lender_destroy(limited);
	test_ends("at the limit a node that is short gets another node's empty blocks");
}

/* ---- when memory is short ---- */

static unsigned long before_oom_freed(void)
{
	unsigned long freed = 0;

	shim_oom_notifier->notifier_call(shim_oom_notifier, 0, &freed);
	return freed;
}

/* After a task was about to be killed nothing grows for a while. Tests of growth do not wait for it. */
static void grow_again(void)
{
	struct ptc_pool *pool;
	int nid;

	list_for_each_entry(pool, &ptc_pools, link)
		for_each_node(nid)
			pool->nodes[nid]->grow_after = jiffies;
}

static unsigned long pages_in_blocks(void)
{
	unsigned long pages = 0;
	struct ptc_pool *pool;
	int nid;

	list_for_each_entry(pool, &ptc_pools, link)
		for_each_node(nid)
			pages += ptc_node_free_pages(pool->nodes[nid]);
	return pages;
}

/* Also what is dirty, and beside whole blocks; and what is told is what was freed. */
static void test_before_oom(void)
{
	struct user *user = &supervisor;
	unsigned long before, told;
	unsigned int i;

	take_from(user, caches[1], 100);
	shim_works_rest(true);
	while (user->nr_held > 1) {
		struct held held = user->held[--user->nr_held];

		let_go(user, held);
		count(back);
		pt_cache_free_table(held.cache, held.page);
	}
	before = shim_pages_free();
	told = before_oom_freed();
	check(!pages_in_blocks(), "%lu pages are still in blocks", pages_in_blocks());
	check(told == shim_pages_free() - before && told, "%lu told, %lu freed", told,
	      shim_pages_free() - before);
	check(!before_oom_freed(), "pages are told that nobody had");
	shim_works_rest(false);
	for (i = 0; i < 40; i++) {
		take_from(user, caches[0], 1);
		give_back_zeroed(user, 1, 1);
		ptc_node_flush(caches[0]->pool->nodes[0]);
		told = before_oom_freed();
		if (!told)
			break;
	}
	check(i == 16, "told %u times in a row", i);
	give_back_zeroed(user, 0, 1);
	grow_again();
	test_ends("before a task is killed all that is free goes, and that is told, a few times");
}

/* One table out keeps its block. Reclaim that asks again and again gets the pages of it. */
static void test_reclaim_in_vain(void)
{
	struct user *user = &supervisor;
	struct shrink_control sc = { .nid = 1, .nr_to_scan = 512 };
	unsigned long got, all = 0, last = 0, singles = ptc_counter_sum(PTC_shrink_singles);
	unsigned int scans = 0, vain = 0, grew = 0;

	ptc_shrink_by_hand(ULONG_MAX);
	take_from(user, caches[1], 1);
	shim_works_rest(true);
	for (; scans < 60 && caches[1]->pool->nodes[1]->sums.clean; scans++) {
		check(shim_shrinker->count_objects(shim_shrinker, &sc), "nothing is counted");
		got = shim_shrinker->scan_objects(shim_shrinker, &sc);
		if (got == SHRINK_STOP) {
			vain++;
			continue;
		}
		all += got;
		grew += got > last;
		last = got;
	}
	shim_works_rest(false);
	check(!caches[1]->pool->nodes[1]->sums.clean, "pages are left");
	check(vain >= 2 && scans < 20 && grew >= 3,
	      "%u scans, %u in vain, %lu pages, more than before %u times", scans, vain, all, grew);
	check(ptc_counter_sum(PTC_shrink_singles) > singles, "no single page is counted");
	give_back_zeroed(user, 0, 1);
	test_ends("reclaim that asks in vain gets single pages, more each time");
}

/* ---- the last table ---- */

/* No page is to be had, and the only free tables are in other CPUs' magazines. */
static void test_last_of_magazines(void)
{
	struct user *user = &supervisor;
	unsigned int i, cpu, got = 0;
	struct page *page;

	/* a CPU at a time, so that each has some */
	for (cpu = 0; cpu < SHIM_CPUS; cpu++) {
		for (i = 1; i < SHIM_CPUS; i++)
			if (i != cpu)
				must(shim_cpu_down(i), "CPU %u", i);
		take_from(user, caches[0], 20);
		for (i = 0; i < 20; i++) {
			struct held held = user->held[--user->nr_held];

			let_go(user, held);
			count(back);
			pt_cache_free_table(held.cache, held.page);
		}
		for (i = 1; i < SHIM_CPUS; i++)
			if (i != cpu)
				shim_cpu_up(i);
	}
	shim_works_rest(true);
	WRITE_ONCE(shim_fail_one_in, 1);
	while ((page = pt_cache_alloc_table(caches[0], &user->mm, PT_CACHE_PTE, GFP_KERNEL))) {
		count(out);
		hold(user, (struct held){ caches[0], page });
		must(++got < HELD_MAX * 100, "no end");
		if (user->nr_held == HELD_MAX)
			break;
	}
	if (!page) {
		struct ptc_cache_sums sums;

		count(refused);
		ptc_cache_sum(caches[0], &sums);
		check(!sums.in_magazines, "NULL while %llu tables are in magazines",
		      sums.in_magazines);
	}
	WRITE_ONCE(shim_fail_one_in, 0);
	shim_works_rest(false);
	give_back_zeroed(user, 0, user->nr_held);
	test_ends("NULL is returned when nothing is left in any magazine");
}

/* All of it is dirty, on the CPUs' own stacks. */
static void test_atomic_clears_its_own(void)
{
	struct user *user = &supervisor;
	struct page *pages[30];
	unsigned int i, got = 0;

	take_from(user, caches[1], ARRAY_SIZE(pages));
	shim_works_rest(true);
	WRITE_ONCE(shim_fail_one_in, 1);
	/* nothing else is left: no clean table, no reserve */
	while (user->nr_held < HELD_MAX) {
		struct page *page;

		page = pt_cache_alloc_table(caches[1], &user->mm, PT_CACHE_PTE, GFP_ATOMIC);
		if (!page)
			break;
		count(out);
		hold(user, (struct held){ caches[1], page });
	}
	if (user->nr_held < HELD_MAX)
		count(refused);
	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		struct held held = user->held[--user->nr_held];

		let_go(user, held);
		count(back);
		pt_cache_free_table(held.cache, held.page);
	}
	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		pages[i] = pt_cache_alloc_table(caches[1], &user->mm, PT_CACHE_PTE, GFP_ATOMIC);
		if (!pages[i]) {
			count(refused);
			continue;
		}
		got++;
		count(out);
		hold(user, (struct held){ caches[1], pages[i] });
	}
	/* it may have moved to another CPU than that it freed on, and back */
	check(got >= 5, "%u of %zu requests that may not sleep were served", got,
	      ARRAY_SIZE(pages));
	WRITE_ONCE(shim_fail_one_in, 0);
	shim_works_rest(false);
	give_back_zeroed(user, 0, user->nr_held);
	test_ends("a request that may not sleep clears a table of its own CPU");
}

static void test_lender_that_goes(void)
{
	const struct pt_cache_lender_attr attr = { .name = "goes", .max_blocks = SHIM_NODES };
	struct pt_cache_lender *goes = pt_cache_lender_create(&attr);
	unsigned long nr_free, i;
	struct page *pages[50];

	must(!IS_ERR(goes), "no lender");
	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		pages[i] = pt_cache_lend(goes, &supervisor.mm, PT_CACHE_PTE);
		must(pages[i], "nothing is lent");
	}
	for (i = 0; i < ARRAY_SIZE(pages) / 2; i++)
		put_page(pages[i]);
	pt_cache_lender_destroy(goes);
	asked.lent += ARRAY_SIZE(pages);
	asked.let_go += ARRAY_SIZE(pages);
	nr_free = shim_pages_free();
	for (; i < ARRAY_SIZE(pages); i++) {
		check(page_ref_count(pages[i]) == 1, "%d references", page_ref_count(pages[i]));
		put_page(pages[i]);
	}
	check(shim_pages_free() == nr_free + ARRAY_SIZE(pages) / 2, "%lu pages are free, %lu were",
	      shim_pages_free(), nr_free);
	test_ends("tables that are in use when their lender goes are the page allocator's");
}

/* ---- work ---- */

/* A queue that is made in vain and not destroyed is a leak, which the sanitizer finds. */
static void test_queues_without_memory(void)
{
	unsigned int nth;

	for (nth = 1; nth <= 2; nth++) {
		WRITE_ONCE(shim_fail_nth, nth);
		check(ptc_workqueue_init() == -ENOMEM, "queue %u", nth);
		check(!READ_ONCE(shim_fail_nth), "there are less than %u queues", nth);
	}
	test_ends("each of the two queues may be refused, and the other one is not kept");
}

static atomic_t nr_cleared;

static void note_clearing(struct work_struct *work)
{
	atomic_inc(&nr_cleared);
}

static void test_clearing_is_queued(void)
{
	static DECLARE_WORK(clearing, note_clearing);

	ptc_work_queue_clear(&clearing);
	flush_work(&clearing);
	check(atomic_read(&nr_cleared) == 1, "done %d times", atomic_read(&nr_cleared));
	test_ends("work on the queue for clearing is done");
}

/* ---- all of it ---- */

static void pin_pages(void)
{
	unsigned int i;

	/* in the last regions of all nodes, so that the others are 2M pages for a while */
	for (i = 0; i < PINNED; i++) {
		unsigned long end = (i % SHIM_NODES + 1) * SHIM_NODE_PAGES;

		pinned[i] = shim_pin_page(end - (i / SHIM_NODES + 1) * 512 + 100 + i);
	}
}

static void begin(unsigned long seed)
{
	static const struct pt_cache_attr attrs[] = {
		{ .name = "local", .nid = NUMA_NO_NODE },
		{ .name = "node1", .nid = 1 },
		{ .name = "pairs", .nid = NUMA_NO_NODE, .order = 1 },
		{ .name = "large", .nid = NUMA_NO_NODE, .order = 6 },
	};
	const struct pt_cache_lender_attr lender_attr = { .name = "lender", .max_blocks = 3 };
	unsigned int i;

	shim_memory_init();
	pin_pages();
	check(!ptc_supply_init() && !ptc_workqueue_init(), "not begun");
	ptc_recycling_init(ptc_distrust_all);
	check(!ptc_registry_init() && !ptc_shrink_init(), "not begun");
	ptc_idle_init();
	for (i = 0; i < ARRAY_SIZE(caches); i++) {
		caches[i] = pt_cache_create(&attrs[i]);
		must(!IS_ERR(caches[i]), "no cache %s", attrs[i].name);
	}
	lender = pt_cache_lender_create(&lender_attr);
	must(!IS_ERR(lender), "no lender");
	supervisor.random_state = seed;
	for (i = 0; i < USERS; i++) {
		users[i].id = i + 1;
		users[i].random_state = seed * 1000 + i;
	}
}

static void run_threads(bool spoils)
{
	pthread_t beside;
	unsigned int i;

	__atomic_store_n(&stop, false, __ATOMIC_RELAXED);
	must(!pthread_create(&beside, NULL, supervise, spoils ? &supervisor : NULL), "no thread");
	for (i = 0; i < USERS; i++)
		must(!pthread_create(&users[i].thread, NULL, use, &users[i]), "no thread");
	for (i = 0; i < USERS; i++)
		pthread_join(users[i].thread, NULL);
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	pthread_join(beside, NULL);
	if (mailbox.page)
		give_back(&supervisor, mailbox);
	mailbox.page = NULL;
	/* what was lent and left is found by looking */
	ptc_shrink_by_hand(ULONG_MAX);
}

static void end(void)
{
	unsigned long kept;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(caches); i++)
		check(!pt_cache_destroy(caches[i]), "cache %u is not destroyed", i);
	pt_cache_lender_destroy(lender);
	check(list_empty(&ptc_pools), "a pool is left");
	ptc_idle_exit();
	ptc_shrink_exit();
	ptc_registry_exit();
	ptc_workqueue_exit();
	ptc_supply_exit();
	ptc_index_exit();
	for (i = 0; i < PINNED; i++)
		check(page_ref_count(pinned[i]) == 1, "a page of others has lost a reference");
	for (i = 0; i < SHIM_NODES; i++)
		check(!shim_node_stats[i][NR_KERNEL_MISC_RECLAIMABLE],
		      "%ld pages of node %u can still be reclaimed, by the statistics",
		      shim_node_stats[i][NR_KERNEL_MISC_RECLAIMABLE], i);
	kept = asked.lost_pages + ptc_counter_sum(PTC_quarantined_pages) + PINNED;
	check(shim_pages_free() + kept == SHIM_PAGES, "%lu pages are free again, %lu kept, of %lu",
	      shim_pages_free(), kept, SHIM_PAGES);
	check(ptc_counter_sum(PTC_blocks_freed) ==
	      ptc_counter_sum(PTC_adopted) + ptc_counter_sum(PTC_fresh) +
	      ptc_counter_sum(PTC_smaller) + ptc_counter_sum(PTC_single), "%llu blocks went back",
	      ptc_counter_sum(PTC_blocks_freed));
	test_ends("all pages but those that are kept for good go back to the page allocator");
	shim_memory_exit();
}

int main(int argc, char **argv)
{
	if (argc > 2)
		steps = strtoul(argv[2], NULL, 0);
	test_queues_without_memory();
	begin(argc > 1 ? strtoul(argv[1], NULL, 0) : 1);

	test_clearing_is_queued();
	test_pages_that_return();
	test_pages_of_empty_blocks();
	test_leave_in_runs();
	test_waits_in_scopes();
	grow_again();
	shim_works_rest(true);
	test_1g();
	shim_works_rest(false);
	test_free_at_once();
	test_copies();
	test_look_halfway();
	test_pass_among_others();
	test_cost_of_looking();
	test_limit_among_nodes();
	test_before_oom();
	test_reclaim_in_vain();
	test_last_of_magazines();
	test_atomic_clears_its_own();
	test_lender_that_goes();
	test_account("directed tests");
	WRITE_ONCE(lotteries, true);

	run_threads(false);
	test_account("threads on all nodes");

	WRITE_ONCE(shim_fail_one_in, 20);
	run_threads(false);
	WRITE_ONCE(shim_fail_one_in, 0);
	test_account("one allocation in 20 fails");

	WRITE_ONCE(lotteries, false);
	ptc_verify_set(false);
	test_uncached();
	test_read_only();
	test_leaving();
	test_account("pages that come back otherwise than they were");
	WRITE_ONCE(lotteries, true);

	check(ptc_recycling, "recycling is off, and all promises were kept");
	ptc_verify_set(true);
	run_threads(true);
	test_account("tables are given back dirty as zeroed");
	check(!ptc_recycling && ptc_counter_sum(PTC_non_zero) >= 1 &&
	      ptc_counter_sum(PTC_non_zero) <= asked.spoiled, "%llu found of %lu",
	      ptc_counter_sum(PTC_non_zero), asked.spoiled);
	test_ends("one of them is found, and ends recycling");

	show_what_happened();
	end();
	return tests_end();
}
