// SPDX-License-Identifier: GPL-2.0
/*
 * Freeing of tables: the record tells whether the free is valid, this CPU's magazine takes the
 * table, and batches go to their block. A table that was made uncached is kept: see attributes.c.
 *
 * Locks: none here. A magazine is accessed only by its own CPU, with interrupts off.
 */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/mm.h>

#include "alloc/attributes.h"
#include "alloc/cache.h"
#include "alloc/index.h"
#include "compat/memtype.h"
#include "counters.h"
#include "trace/trace.h"

static noinline void free_refuse(const struct pt_cache *cache, const struct page *page)
{
	WARN_ONCE(1, "pt_cache: %s: bad free: page not handed out by this cache (pfn %#lx)\n",
		  IS_ERR_OR_NULL(cache) ? "no cache" : cache->name,
		  page ? page_to_pfn(page) : 0);
	ptc_count(PTC_bad_free);
}

/* Push a table on this CPU's magazine, which has room. Interrupts are off. */
static __always_inline void free_stack(struct ptc_magazine *magazine, unsigned long pfn,
				       struct ptc_record *record, bool dirty)
{
	unsigned int at;

	if (dirty) {
		*(magazine->dirty + magazine->nr_dirty++) = pfn;
		return;
	}
	at = magazine->nr_clean++;
	*(magazine->clean + at) = pfn;
	*(magazine->records + at) = record;
}

static noinline void free_trace(struct pt_cache *cache, struct page *page, u32 tag, bool dirty)
{
	trace_table_free(cache->name, cache->order, page_to_pfn(page), ptc_tag_level(tag), !dirty);
}

/* Is a page of the table not write-back? */
static bool free_has_memtype(const struct page *page, unsigned int order)
{
	unsigned int i;

	for (i = 0; i < 1U << order; i++)
		if (ptc_page_has_memtype(page + i))
			return true;
	return false;
}

/*
 * The holder left the table uncached or write-combining: nobody gets it any more. Called with
 * interrupts off; restores @flags.
 */
static noinline void free_misattributed(struct pt_cache *cache, struct page *page, u32 tag,
					bool dirty, unsigned long flags)
{
	this_cpu_inc(cache->magazines->frees);
	ptc_attributes_quarantine(page_to_pfn(page), cache->order);
	local_irq_restore(flags);
	free_trace(cache, page, tag, dirty);
}

/*
 * Free a table that cannot go on this CPU's magazine at once: the magazine is full or not used
 * (tables of 64K and more, or recycling is off), the table belongs to another node and goes back
 * there, or it has several pages to be looked at. Called with interrupts off, which keeps the block
 * alive; restores @flags.
 */
static noinline void free_slow(struct pt_cache *cache, struct page *page, u32 tag, bool dirty,
			       unsigned long flags)
{
	struct ptc_magazine *magazine = this_cpu_ptr(cache->magazines);
	unsigned int depth = READ_ONCE(cache->depth);
	unsigned long pfn = page_to_pfn(page);
	struct ptc_block *block;

	if (cache->order && free_has_memtype(page, cache->order))
		return free_misattributed(cache, page, tag, dirty, flags);
	magazine->frees++;
	block = ptc_index_find(pfn);
	if (!depth) {
		ptc_node_put(&pfn, 1, cache->order, dirty);
		if (dirty)
			ptc_node_kick_clear(block->node);
	} else if (block->node != magazine->node) {
		ptc_magazine_away(cache, magazine, pfn, dirty);
	} else {
		if ((dirty ? magazine->nr_dirty : magazine->nr_clean) >= depth)
			ptc_magazine_overflow(cache, magazine, dirty);
		free_stack(magazine, pfn, &block->records[pfn - block->pfn], dirty);
	}
	local_irq_restore(flags);
	free_trace(cache, page, tag, dirty);
}

static __always_inline void free_table(struct pt_cache *cache, struct page *page, bool dirty)
{
	unsigned long pfn = page_to_pfn(page), flags;
	struct ptc_magazine *magazine;
	struct ptc_record *record;
	struct ptc_block *block;
	u32 tag;

	if (unlikely(!ptc_cache_ok(cache)))
		return free_refuse(cache, page);

	/* also keeps the block alive, which nothing else does if the free is invalid */
	local_irq_save(flags);
	block = ptc_index_find(pfn);
	if (unlikely(!block))
		goto refuse;
	record = &block->records[pfn - block->pfn];
	if (unlikely(!ptc_record_close(record, cache->tag, &tag)))
		goto refuse;

	if (unlikely(ptc_page_has_memtype(page)))
		return free_misattributed(cache, page, tag, dirty, flags);

	magazine = this_cpu_ptr(cache->magazines);
	if (unlikely(block->node != magazine->node ||
		     (dirty ? magazine->nr_dirty : magazine->nr_clean) >=
		     READ_ONCE(cache->free_depth)))
		return free_slow(cache, page, tag, dirty, flags);
	magazine->frees++;
	free_stack(magazine, pfn, record, dirty);
	local_irq_restore(flags);

	if (trace_table_free_enabled())
		free_trace(cache, page, tag, dirty);
	return;

refuse:
	local_irq_restore(flags);
	free_refuse(cache, page);
}

void pt_cache_free_table(struct pt_cache *cache, struct page *page)
{
	free_table(cache, page, true);
}
EXPORT_SYMBOL_GPL(pt_cache_free_table);

void pt_cache_free_table_zeroed(struct pt_cache *cache, struct page *page)
{
	free_table(cache, page, false);
}
EXPORT_SYMBOL_GPL(pt_cache_free_table_zeroed);

/*
 * Close the records of the leading tables in @pages that are of one block, and add their pages'
 * flags to @memtype.
 * Returns how many: up to the first that is of another block, is not out, or is another cache's.
 */
static __always_inline unsigned int free_close_run(const struct pt_cache *cache,
						   const struct ptc_block *block, unsigned int nr,
						   struct page **pages, unsigned long *pfns,
						   unsigned long *memtype)
{
	unsigned long pfn = page_to_pfn(pages[0]), first = block->pfn, flags = 0;
	unsigned int reach = ptc_index_reach(block), i = 0;
	u32 tag;

	do {
		if (!ptc_record_close(&block->records[pfn - first], cache->tag, &tag))
			break;
		ptc_memtype_add(&flags, pages[i]);
		pfns[i] = pfn;
		if (++i == nr)
			break;
		pfn = page_to_pfn(pages[i]);
	} while (pfn - first < reach);
	*memtype |= flags;
	return i;
}

/* As free_misattributed(), for many tables. Returns how many are left in @pfns. */
static unsigned int free_set_aside(unsigned long *pfns, unsigned int nr, unsigned int order)
{
	unsigned int i, left = 0;

	for (i = 0; i < nr; i++) {
		if (free_has_memtype(pfn_to_page(pfns[i]), order))
			ptc_attributes_quarantine(pfns[i], order);
		else
			pfns[left++] = pfns[i];
	}
	return left;
}

/*
 * Free up to PTC_BATCH_MAX tables of one node together.
 * Returns how many: up to the first that is another node's, or must be refused.
 */
static unsigned int free_batch(struct pt_cache *cache, unsigned int nr, struct page **pages,
			       bool dirty)
{
	unsigned long pfns[PTC_BATCH_MAX], flags, memtype = 0;
	struct ptc_node *node = NULL;
	unsigned int done = 0, put, closed;

	nr = min(nr, PTC_BATCH_MAX);
	local_irq_save(flags); /* keeps the blocks alive */
	while (done < nr) {
		const struct ptc_block *block = ptc_index_find(page_to_pfn(pages[done]));

		if (!block || (node && node != block->node))
			break;
		closed = free_close_run(cache, block, nr - done, pages + done, pfns + done,
					&memtype);
		if (!closed)
			break;
		node = block->node;
		done += closed;
	}
	this_cpu_add(cache->magazines->frees, done);
	put = done;
	if (unlikely(cache->order || ptc_memtype_any(memtype)))
		put = free_set_aside(pfns, done, cache->order);
	if (dirty)
		ptc_node_put(pfns, put, cache->order, true);
	else
		ptc_magazine_fill(cache, pfns, put);
	local_irq_restore(flags);
	if (done && dirty)
		ptc_node_kick_clear(node);
	return done;
}

static void free_bulk(struct pt_cache *cache, unsigned int nr, struct page **pages, bool dirty)
{
	while (nr) {
		unsigned int done = 0;

		if (ptc_cache_ok(cache) && !trace_table_free_enabled())
			done = free_batch(cache, nr, pages, dirty);
		if (!done) {
			/* traced or refused: take the path of a single table */
			free_table(cache, *pages, dirty);
			done = 1;
		}
		pages += done;
		nr -= done;
	}
}

void pt_cache_free_bulk(struct pt_cache *cache, unsigned int nr, struct page **pages)
{
	free_bulk(cache, nr, pages, true);
}
EXPORT_SYMBOL_GPL(pt_cache_free_bulk);

void pt_cache_free_bulk_zeroed(struct pt_cache *cache, unsigned int nr, struct page **pages)
{
	free_bulk(cache, nr, pages, false);
}
EXPORT_SYMBOL_GPL(pt_cache_free_bulk_zeroed);
