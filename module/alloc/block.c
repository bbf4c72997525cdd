// SPDX-License-Identifier: GPL-2.0
/*
 * The bitmaps of one block. The caller holds the lock of the block's node.
 */
#include <linux/bitops.h>

#include "alloc/block.h"

/* Initialize a block: every page is in and clean. */
void ptc_block_init(struct ptc_block *block, unsigned long pfn, unsigned int order,
		    enum ptc_origin origin)
{
	INIT_LIST_HEAD(&block->link);
	INIT_LIST_HEAD(&block->dirty_link);
	INIT_LIST_HEAD(&block->all_link);
	INIT_LIST_HEAD(&block->look_link);
	block->group = PTC_NO_GROUP;
	block->pfn = pfn;
	block->order = order;
	block->origin = origin;
	block->span = 1U << order;
	block->pages = block->span;
	block->nr_clean = block->pages;
	bitmap_set(block->clean, 0, block->pages);
}

/*
 * Find the next run of 2^order pages that are all set in @map, at or after page @from. Runs are
 * aligned to their size. Blocks are aligned to theirs, so it is enough to align the offset.
 * Returns the offset, or PTC_BLOCK_PAGES.
 */
static unsigned int block_find_run(const unsigned long *map, unsigned int from, unsigned int order)
{
	unsigned int size = 1U << order, start = from;

	while (start < PTC_BLOCK_PAGES) {
		unsigned int hole;

		start = find_next_bit(map, PTC_BLOCK_PAGES, start);
		start = ALIGN(start, size);
		if (start >= PTC_BLOCK_PAGES)
			break;
		hole = find_next_zero_bit(map, start + size, start);
		if (hole >= start + size)
			return start;
		start = ALIGN(hole + 1, size);
	}
	return PTC_BLOCK_PAGES;
}

/*
 * As ptc_block_take() for single pages, a word at a time: most tables are single pages, and their
 * allocation path comes through here.
 */
static unsigned int block_take_pages(struct ptc_block *block, unsigned int nr, unsigned long *pfns)
{
	unsigned int word, got = 0;

	for (word = 0; word < BITS_TO_LONGS(PTC_BLOCK_PAGES) && got < nr; word++) {
		unsigned long bits = block->clean[word];
		unsigned long first = block->pfn + word * BITS_PER_LONG;

		while (bits) {
			pfns[got++] = first + __ffs(bits);
			bits &= bits - 1;
			if (got == nr)
				break;
		}
		block->clean[word] = bits;
	}
	block->nr_clean -= got;
	return got;
}

/*
 * Take up to @nr clean runs of 2^order pages out of the block. @pfns gets their first page frames.
 * Returns how many.
 */
unsigned int ptc_block_take(struct ptc_block *block, unsigned int order, unsigned int nr,
			    unsigned long *pfns)
{
	unsigned int got = 0, at = 0;

	if (!order)
		return block_take_pages(block, nr, pfns);
	while (got < nr && block->nr_clean >> order) {
		at = block_find_run(block->clean, at, order);
		if (at >= PTC_BLOCK_PAGES)
			break;
		bitmap_clear(block->clean, at, 1U << order);
		block->nr_clean -= 1U << order;
		pfns[got++] = block->pfn + at;
		at += 1U << order;
	}
	return got;
}

/*
 * As ptc_block_take(), for a caller that clears the tables. Runs may include dirty pages. Single
 * pages are dirty ones only: a clean page needs no clearing.
 */
unsigned int ptc_block_take_dirty(struct ptc_block *block, unsigned int order, unsigned int nr,
				  unsigned long *pfns)
{
	DECLARE_BITMAP(in, PTC_BLOCK_PAGES);
	unsigned int got = 0, at = 0;

	if (order)
		bitmap_or(in, block->clean, block->dirty, PTC_BLOCK_PAGES);
	else
		bitmap_copy(in, block->dirty, PTC_BLOCK_PAGES);
	while (got < nr) {
		unsigned int i;

		at = block_find_run(in, at, order);
		if (at >= PTC_BLOCK_PAGES)
			break;
		for (i = at; i < at + (1U << order); i++) {
			if (__test_and_clear_bit(i, block->dirty))
				block->nr_dirty--;
			else if (__test_and_clear_bit(i, block->clean))
				block->nr_clean--;
		}
		pfns[got++] = block->pfn + at;
		at += 1U << order;
	}
	return got;
}

/* Count every page that is in as dirty, so that none is handed out again. */
void ptc_block_distrust(struct ptc_block *block)
{
	bitmap_or(block->dirty, block->dirty, block->clean, PTC_BLOCK_PAGES);
	bitmap_zero(block->clean, PTC_BLOCK_PAGES);
	block->nr_dirty += block->nr_clean;
	block->nr_clean = 0;
}
