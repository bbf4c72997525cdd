// SPDX-License-Identifier: GPL-2.0
/*
 * The page allocator: first fit, and strict. A page that is freed twice, with the wrong order, or
 * while it has a reference too many or a mark, stops the program.
 *
 * A program may have more memory than this machine (SHIM_SPARSE): then no page has bytes, a struct
 * page takes memory once it was given out, and a search begins where the last one ended.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <linux/kernel.h>

#ifndef SHIM_SPARSE
#define SHIM_SPARSE	0
#endif

struct page *shim_mem_map;
char *shim_memory;
struct shrinker *shim_shrinker;
struct notifier_block *shim_oom_notifier, *shim_memory_notifier;
long shim_node_stats[SHIM_NODES_MAX][SHIM_NR_NODE_STATS];
unsigned int shim_pageblock_bits = 4;
unsigned long shim_pageblock_isolated;

unsigned int shim_fail_one_in, shim_fail_nth;

bool shim_fails(void)
{
	static unsigned int steps;
	unsigned int one_in = READ_ONCE(shim_fail_one_in);
	unsigned int step = __atomic_add_fetch(&steps, 1, __ATOMIC_RELAXED);

	if (READ_ONCE(shim_fail_nth))
		return __atomic_sub_fetch(&shim_fail_nth, 1, __ATOMIC_RELAXED) == 0;
	return one_in && step * 2654435761U % one_in == 0;
}

static pthread_mutex_t zone_lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned long pages_free;	/* zone_lock */

static void *map(size_t size, int protection)
{
	void *at = mmap(NULL, size, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return at == MAP_FAILED ? NULL : at;
}

static void set_up(struct page *page)
{
	if (page->known)
		return;
	page->known = true;
	atomic_set(&page->_mapcount, -1);
}

void shim_memory_init(void)
{
	unsigned long i;

	shim_memory = map(SHIM_PAGES << PAGE_SHIFT,
			  SHIM_SPARSE ? PROT_NONE : PROT_READ | PROT_WRITE);
	if (SHIM_SPARSE)
		shim_mem_map = map(SHIM_PAGES * sizeof(*shim_mem_map), PROT_READ | PROT_WRITE);
	else
		shim_mem_map = calloc(SHIM_PAGES, sizeof(*shim_mem_map));
	if (!shim_memory || !shim_mem_map)
		abort();
	for (i = 0; !SHIM_SPARSE && i < SHIM_PAGES; i++)
		set_up(&shim_mem_map[i]);
	pages_free = SHIM_PAGES;
}

void shim_memory_exit(void)
{
	munmap(shim_memory, SHIM_PAGES << PAGE_SHIFT);
	if (SHIM_SPARSE)
		munmap(shim_mem_map, SHIM_PAGES * sizeof(*shim_mem_map));
	else
		free(shim_mem_map);
}

unsigned long shim_pages_free(void)
{
	unsigned long nr;

	pthread_mutex_lock(&zone_lock);
	nr = pages_free;
	pthread_mutex_unlock(&zone_lock);
	return nr;
}

struct page *shim_pin_page(unsigned long at)
{
	struct page *page = &shim_mem_map[at];

	page->allocated = true;
	atomic_set(&page->refs, 1);
	pages_free--;
	return page;
}

/* As alloc_contig_range() leaves them: who had one has another, and each has one reference. */
void shim_take_pages(struct page *page, unsigned long nr)
{
	pthread_mutex_lock(&zone_lock);
	for (; nr--; page++) {
		pages_free -= !page->allocated;
		page->allocated = true;
		page->flags = 0;
		atomic_set(&page->refs, 1);
	}
	pthread_mutex_unlock(&zone_lock);
}

static bool is_free(const struct page *page, unsigned long nr)
{
	while (nr--)
		if (page++->allocated)
			return false;
	return true;
}

unsigned long shim_gap;

static struct page *first_free(int nid, unsigned long nr)
{
	static unsigned long begin[SHIM_NODES_MAX];	/* zone_lock; 0 unless memory is sparse */
	struct page *node = shim_mem_map + nid * SHIM_NODE_PAGES;
	unsigned long at = ALIGN(begin[nid], nr), looked;

	for (looked = 0; looked < SHIM_NODE_PAGES; looked += nr, at += nr) {
		if (at + nr > SHIM_NODE_PAGES)
			at = 0;
		if (!is_free(node + at, nr))
			continue;
		if (SHIM_SPARSE)
			begin[nid] = at + nr + shim_gap;
		return node + at;
	}
	return NULL;
}

struct page *alloc_pages_node(int nid, gfp_t gfp, unsigned int order)
{
	unsigned long i, nr = 1UL << order;
	struct page *page;

	if (gfpflags_allow_blocking(gfp))
		might_sleep();
	if (shim_fails())
		return NULL;
	pthread_mutex_lock(&zone_lock);
	page = first_free(nid, nr);
	for (i = 0; page && i < nr; i++) {
		set_up(&page[i]);
		page[i].allocated = true;
		atomic_set(&page[i].refs, i == 0);
	}
	if (page)
		pages_free -= nr;
	pthread_mutex_unlock(&zone_lock);
	for (i = 0; page && gfp & __GFP_ZERO && i < nr; i++)
		clear_page(page_address(page + i));
	return page;
}

void split_page(struct page *page, unsigned int order)
{
	unsigned long i;

	for (i = 1; i < 1UL << order; i++)
		atomic_set(&page[i].refs, 1);
}

static void bad_page(const struct page *page, const char *why)
{
	fprintf(stderr, "page 0x%lx is freed, and %s\n", page_to_pfn(page), why);
	abort();
}

static void check_free(const struct page *page)
{
	if (!page->allocated)
		bad_page(page, "is free");
	if (atomic_read(&page->refs))
		bad_page(page, "has references");
	if (page->flags || page->table || page->mapping || atomic_read(&page->_mapcount) != -1)
		bad_page(page, "has a mark");
}

unsigned long shim_freed_alone;

static void free_run(struct page *page, unsigned int order)
{
	unsigned long i;

	pthread_mutex_lock(&zone_lock);
	shim_freed_alone += !order;
	for (i = 0; i < 1UL << order; i++) {
		check_free(page + i);
		page[i].allocated = false;
	}
	pages_free += 1UL << order;
	pthread_mutex_unlock(&zone_lock);
}

/* As the kernel's: if somebody has a reference to the first page, the others are free all the same. */
void __free_pages(struct page *page, unsigned int order)
{
	int refs = atomic_dec_return(&page->refs);

	if (refs < 0)
		bad_page(page, "has no reference");
	if (!refs)
		free_run(page, order);
	else
		while (order-- > 0)
			free_run(page + (1UL << order), order);
}
