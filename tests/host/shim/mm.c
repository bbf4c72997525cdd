// SPDX-License-Identifier: GPL-2.0
/*
 * The page allocator: first fit, and strict. A page that is freed twice, with the wrong order, or
 * while it has a reference too many or a mark, stops the program.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <linux/kernel.h>

struct page *shim_mem_map;
char *shim_memory;
struct shrinker *shim_shrinker;
struct notifier_block *shim_oom_notifier, *shim_memory_notifier;
long shim_node_stats[SHIM_NODES][SHIM_NR_NODE_STATS];

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

void shim_memory_init(void)
{
	unsigned long i;

	shim_memory = mmap(NULL, SHIM_PAGES << PAGE_SHIFT, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	shim_mem_map = calloc(SHIM_PAGES, sizeof(*shim_mem_map));
	if (shim_memory == MAP_FAILED || !shim_mem_map)
		abort();
	for (i = 0; i < SHIM_PAGES; i++)
		atomic_set(&shim_mem_map[i]._mapcount, -1);
	pages_free = SHIM_PAGES;
}

void shim_memory_exit(void)
{
	munmap(shim_memory, SHIM_PAGES << PAGE_SHIFT);
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

static bool is_free(const struct page *page, unsigned long nr)
{
	while (nr--)
		if (page++->allocated)
			return false;
	return true;
}

static struct page *first_free(int nid, unsigned long nr)
{
	struct page *page = shim_mem_map + nid * SHIM_NODE_PAGES, *end = page + SHIM_NODE_PAGES;

	for (; page < end; page += nr)
		if (is_free(page, nr))
			return page;
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
		page[i].allocated = true;
		atomic_set(&page[i].refs, i == 0);
	}
	if (page)
		pages_free -= nr;
	pthread_mutex_unlock(&zone_lock);
	if (page && gfp & __GFP_ZERO)
		memset(page_address(page), 0, PAGE_SIZE << order);
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

void __free_pages(struct page *page, unsigned int order)
{
	unsigned long i;
	int refs = atomic_dec_return(&page->refs);

	if (refs > 0)
		return;
	if (refs < 0)
		bad_page(page, "has no reference");
	pthread_mutex_lock(&zone_lock);
	for (i = 0; i < 1UL << order; i++) {
		check_free(page + i);
		page[i].allocated = false;
	}
	pages_free += 1UL << order;
	pthread_mutex_unlock(&zone_lock);
}
