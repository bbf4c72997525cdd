// SPDX-License-Identifier: GPL-2.0
/*
 * Walks the direct map and says what maps what, in runs; prints nothing.
 *
 * A table is copied as pgtable/path.h says. What is reported of memory that goes away meanwhile may
 * be wrong; it is bounded by the page frames that were asked for all the same, since they are
 * counted by where an entry stands and not by what it says.
 *
 * No lock is held and nothing is allocated.
 */
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "direct_map/walk.h"

/* A table that keeps changing is given up, so that nobody waits for it for ever. */
#define WALK_TRIES	8

/* What one stretch of a table's entries says. */
struct walk_piece {
	unsigned long end;
	enum pt_cache_level level;
	bool present;
	bool uniform;
	unsigned long protection;
};

/*
 * Frames are counted by virtual address, since that is what tables are aligned to: KASLR moves the
 * direct map by multiples of 1G.
 */
static unsigned int walk_index(enum pt_cache_level level, unsigned long frame)
{
	return ptc_entry_index(level, frame << PAGE_SHIFT);
}

static void walk_forget(struct ptc_map_walk *walk)
{
	int level;

	for (level = 0; level < PTC_LEVELS; level++)
		walk->copies[level].start = walk->copies[level].end = 0;
	ptc_path_begin(&walk->path);
}

/**
 * ptc_map_walk_begin - start, or start again after others had time to change the direct map
 * @walk: the caller's; it is large, so not on the stack
 * @end_pfn: where to stop
 */
void ptc_map_walk_begin(struct ptc_map_walk *walk, unsigned long end_pfn)
{
	walk->base = (unsigned long)__va(0) >> PAGE_SHIFT;
	walk->end = walk->base + end_pfn;
	walk->entries_read = 0;
	walk_forget(walk);
}

/* Could one large mapping take the place of these PTEs? */
static bool walk_is_uniform(const unsigned long *entries)
{
	unsigned int i;

	if (!ptc_entry_present(entries[0]))
		return false;
	for (i = 1; i < PTC_ENTRIES; i++)
		if (!ptc_arch_continues(entries[0], entries[i], i))
			return false;
	return true;
}

/*
 * Copy what is wanted of the table of @level around @frame: from @frame on, or, of a table of PTEs,
 * all, since all of it decides about uniform. The path leads to it.
 * Returns false when it changed meanwhile.
 */
static bool walk_copy_table(struct ptc_map_walk *walk, enum pt_cache_level level,
			    unsigned long frame)
{
	struct ptc_map_copy *copy = &walk->copies[level];
	unsigned long size = ptc_entry_pages(level), start, end;
	unsigned int first;

	end = ALIGN_DOWN(frame, size * PTC_ENTRIES) + size * PTC_ENTRIES;
	if (level == PT_CACHE_PTE) {
		start = end - PTC_ENTRIES;
	} else {
		start = ALIGN_DOWN(frame, size);
		end = min(end, ALIGN(walk->end, size));
	}
	first = walk_index(level, start);
	copy->start = copy->end = 0;
	walk->entries_read += (end - start) / size;
	if (!ptc_path_read(&walk->path, level, first, (end - start) / size, copy->entries + first))
		return false;
	copy->start = start;
	copy->end = end;
	if (level == PT_CACHE_PTE)
		copy->uniform = walk_is_uniform(copy->entries);
	return true;
}

/* How many entries of the copy, from @frame on, say the same as the first of them. */
static unsigned int walk_same_entries(const struct ptc_map_copy *copy, enum pt_cache_level level,
				      unsigned long frame)
{
	unsigned long size = ptc_entry_pages(level), entry, protection;
	unsigned int first = walk_index(level, frame), i;
	unsigned int nr = (copy->end - frame + size - 1) / size;
	const unsigned long step = size << PAGE_SHIFT;

	entry = copy->entries[first];
	if (!ptc_entry_present(entry)) {
		for (i = 1; i < nr && !ptc_entry_present(copy->entries[first + i]); i++)
			;
		return i;
	}
	if (level == PT_CACHE_PTE && copy->uniform) /* all have been looked at already */
		return nr;
	protection = ptc_arch_protection(level, entry);
	for (i = 1; i < nr; i++) {
		unsigned long next = copy->entries[first + i];

		/* most often the address alone goes on, and all that decides is as it was */
		if (next != entry + step && (!ptc_entry_is_leaf(level, next) ||
					     ptc_arch_protection(level, next) != protection))
			break;
		entry = next;
	}
	return i;
}

/* What the tables say of @frame and of what follows it in the same table. */
static bool walk_look(struct ptc_map_walk *walk, unsigned long frame, struct walk_piece *piece)
{
	enum pt_cache_level level = PT_CACHE_PGD;

	for (;;) {
		const struct ptc_map_copy *copy = &walk->copies[level];
		unsigned int index = walk_index(level, frame);
		unsigned long entry;

		if ((frame < copy->start || frame >= copy->end) &&
		    !walk_copy_table(walk, level, frame))
			return false;
		entry = copy->entries[index];
		piece->present = ptc_entry_present(entry);
		if (piece->present && !ptc_entry_is_leaf(level, entry)) {
			level = ptc_path_down(&walk->path, level, index, entry);
			continue;
		}
		piece->level = level;
		piece->end = ALIGN_DOWN(frame, ptc_entry_pages(level)) +
			     walk_same_entries(copy, level, frame) * ptc_entry_pages(level);
		piece->protection = ptc_arch_protection(level, entry);
		piece->uniform = level == PT_CACHE_PTE ? copy->uniform : true;
		return true;
	}
}

static int walk_look_again(struct ptc_map_walk *walk, unsigned long frame, struct walk_piece *piece)
{
	int tries;

	for (tries = 0; tries < WALK_TRIES; tries++) {
		if (walk_look(walk, frame, piece)) {
			piece->end = min(piece->end, walk->end);
			return 0;
		}
		walk_forget(walk);
	}
	return -EAGAIN;
}

/**
 * ptc_map_walk_next - the first run at a page frame or after it
 * @walk: begun by ptc_map_walk_begin()
 * @pfn: where to look; in the middle of a run, what is left of it is found
 * @run: where to put it
 *
 * Holes are skipped by the size that the tables give them. The time is that of reading each
 * entry once.
 *
 * Context: process context, may sleep.
 * Return: 1, 0 when there is none, -EINTR on a signal, -EAGAIN when tables kept changing.
 */
int ptc_map_walk_next(struct ptc_map_walk *walk, unsigned long pfn, struct ptc_map_run *run)
{
	unsigned long frame = walk->base + pfn;
	struct walk_piece piece = {};
	bool found = false;
	int err;

	if (pfn >= walk->end - walk->base) /* or base + pfn may wrap around */
		return 0;
	for (; frame < walk->end; frame = piece.end) {
		cond_resched();
		if (signal_pending(current))
			return -EINTR;
		err = walk_look_again(walk, frame, &piece);
		if (err)
			return err;
		if (!found && piece.present) {
			found = true;
			run->pfn = frame - walk->base;
			run->level = piece.level;
			run->protection = piece.protection;
			run->uniform = piece.uniform;
		} else if (found && (!piece.present || piece.level != run->level ||
				     piece.protection != run->protection ||
				     piece.uniform != run->uniform)) {
			break;
		}
		if (found)
			run->end = piece.end - walk->base;
	}
	return found;
}
