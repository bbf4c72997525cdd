// SPDX-License-Identifier: GPL-2.0
/*
 * Walks the direct map and returns its mappings as runs. Prints nothing.
 *
 * Each table is copied as pgtable/path.h describes. The result may be wrong for memory that is
 * removed meanwhile, but it still lies within the page frames of the request: frames are counted by
 * the position of an entry and not by its contents.
 *
 * No lock is held and nothing is allocated.
 */
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "direct_map/walk.h"

/* Give up on a table that keeps changing, so that a walk always ends. */
#define WALK_TRIES	8

/*
 * A stretch of entries of one table, with one level and protection.
 *
 * An entry that is not present is none where there is no memory. One that is not none has a page
 * that was taken out of the direct map (set_direct_map_invalid_noflush() and the like): the kernel
 * keeps the page frame in it, inverted, and counts it as mapped.
 */
struct walk_piece {
	unsigned long end;
	enum pt_cache_level level;
	bool none;
	bool present;
	bool uniform;
	unsigned long protection;
};

/*
 * Frames are counted by virtual address, because tables are aligned to virtual addresses: KASLR
 * moves the direct map by multiples of 1G.
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
 * ptc_map_walk_begin - start a walk, or restart it to drop copies that may be stale
 * @walk: the caller's; too large for the stack
 * @end_pfn: where to stop
 */
void ptc_map_walk_begin(struct ptc_map_walk *walk, unsigned long end_pfn)
{
	walk->base = (unsigned long)__va(0) >> PAGE_SHIFT;
	walk->end = walk->base + end_pfn;
	walk->entries_read = 0;
	walk_forget(walk);
}

/* Could one large mapping replace these PTEs? */
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
 * Copy the entries of the table of @level from @frame on; of a PTE table copy all entries, which
 * together decide whether it is uniform. The path leads to the table.
 * Returns false if the table changed meanwhile.
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

/* Are both entries none, or both not present without being none? */
static bool walk_same_absence(unsigned long entry, unsigned long next)
{
	return !ptc_entry_present(next) && ptc_entry_none(next) == ptc_entry_none(entry);
}

/* The number of entries of the copy, from @frame on, that map like the first of them. */
static unsigned int walk_same_entries(const struct ptc_map_copy *copy, enum pt_cache_level level,
				      unsigned long frame)
{
	unsigned long size = ptc_entry_pages(level), entry, protection;
	unsigned int first = walk_index(level, frame), i;
	unsigned int nr = (copy->end - frame + size - 1) / size;
	const unsigned long step = size << PAGE_SHIFT;

	entry = copy->entries[first];
	if (!ptc_entry_present(entry)) {
		for (i = 1; i < nr && walk_same_absence(entry, copy->entries[first + i]); i++)
			;
		return i;
	}
	if (level == PT_CACHE_PTE && copy->uniform) /* all were compared before */
		return nr;
	protection = ptc_arch_protection(level, entry);
	for (i = 1; i < nr; i++) {
		unsigned long next = copy->entries[first + i];

		/* the common case first: the address advances and no other bit changes */
		if (next != entry + step && (!ptc_entry_is_leaf(level, next) ||
					     ptc_arch_protection(level, next) != protection))
			break;
		entry = next;
	}
	return i;
}

/* Find the stretch of equal entries at @frame. Returns false if a table changed meanwhile. */
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
		piece->none = ptc_entry_none(entry);
		piece->present = ptc_entry_present(entry);
		if (piece->present && !ptc_entry_is_leaf(level, entry)) {
			level = ptc_path_down(&walk->path, level, index, entry);
			continue;
		}
		piece->level = level;
		piece->end = ALIGN_DOWN(frame, ptc_entry_pages(level)) +
			     walk_same_entries(copy, level, frame) * ptc_entry_pages(level);
		piece->protection = piece->present ? ptc_arch_protection(level, entry) : 0;
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

static bool walk_continues(const struct ptc_map_run *run, const struct walk_piece *piece)
{
	return piece->present == run->present && piece->level == run->level &&
	       piece->protection == run->protection && piece->uniform == run->uniform;
}

/* Find the first run, of what is present or, with @any, of all that is not none. */
static int walk_next(struct ptc_map_walk *walk, unsigned long pfn, struct ptc_map_run *run,
		     bool any)
{
	unsigned long frame = walk->base + pfn;
	struct walk_piece piece = {};
	bool found = false, wanted;
	int err;

	if (pfn >= walk->end - walk->base) /* base + pfn may have wrapped around */
		return 0;
	for (; frame < walk->end; frame = piece.end) {
		cond_resched();
		if (signal_pending(current))
			return -EINTR;
		err = walk_look_again(walk, frame, &piece);
		if (err)
			return err;
		wanted = piece.present || (any && !piece.none);
		if (!found && wanted) {
			found = true;
			run->pfn = frame - walk->base;
			run->level = piece.level;
			run->present = piece.present;
			run->protection = piece.protection;
			run->uniform = piece.uniform;
		} else if (found && (!wanted || !walk_continues(run, &piece))) {
			break;
		}
		if (found)
			run->end = piece.end - walk->base;
	}
	return found;
}

/**
 * ptc_map_walk_next - find the first run of what is present at a page frame or after it
 * @walk: begun by ptc_map_walk_begin()
 * @pfn: where to start; in the middle of a run, the rest of that run is found
 * @run: filled
 *
 * What is not present is skipped by the size of its entries. Each entry is read once.
 *
 * Context: process context, may sleep.
 * Return: 1, 0 if there is none, -EINTR on a signal, -EAGAIN if tables keep changing.
 */
int ptc_map_walk_next(struct ptc_map_walk *walk, unsigned long pfn, struct ptc_map_run *run)
{
	return walk_next(walk, pfn, run, false);
}

/**
 * ptc_map_walk_next_any - find the first run, present or not
 * @walk: begun by ptc_map_walk_begin()
 * @pfn: as of ptc_map_walk_next()
 * @run: filled; if it is not present, its pages were taken out of the direct map
 *
 * Entries that are none have no pages, and are no run.
 *
 * Context: process context, may sleep.
 * Return: as ptc_map_walk_next().
 */
int ptc_map_walk_next_any(struct ptc_map_walk *walk, unsigned long pfn, struct ptc_map_run *run)
{
	return walk_next(walk, pfn, run, true);
}
