// SPDX-License-Identifier: GPL-2.0
/*
 * Walks the direct map and says what maps what, in runs; prints nothing.
 *
 * Tables of the direct map may be freed while they are read: 6.15 and later collapse mappings, and
 * memory hot-remove frees tables, in both cases without waiting for a reader on another CPU. So
 * a table is copied by a reader that survives any address, and believed only if all the entries
 * that lead to it are still what they were when it has been copied. A table that was freed and
 * used for something else in between is thereby found out, but for one case: memory hot-remove
 * clears the upper entry after it has freed the table. What is reported of memory that goes away
 * meanwhile may be wrong; it is bounded by the frames that were asked for all the same, since
 * they are counted by where an entry stands and not by what it says.
 *
 * No lock is held and nothing is allocated.
 */
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "direct_map/walk.h"

/* A table that keeps changing is given up, so that nobody waits for it for ever. */
#define TRIES	8

/* What one stretch of a table's entries says. */
struct piece {
	unsigned long end;
	enum ptc_map_level level;
	bool present;
	bool uniform;
	u64 protection;
};

static unsigned int walk_index(unsigned long frame, int level)
{
	return frame >> (PTC_MAP_SHIFT * level) & (PTC_MAP_ENTRIES - 1);
}

static void walk_forget(struct ptc_map_walk *walk)
{
	int level;

	for (level = 0; level <= walk->top; level++)
		walk->copies[level].start = walk->copies[level].end = 0;
}

/**
 * ptc_map_walk_begin - start, or start again after others had time to change the direct map
 * @walk: the caller's; it is large, so not on the stack
 * @end_pfn: where to stop
 */
void ptc_map_walk_begin(struct ptc_map_walk *walk, unsigned long end_pfn)
{
	walk->base = ptc_direct_map_frame(0);
	walk->end = walk->base + end_pfn;
	walk->entries_read = 0;
	walk->top = ptc_direct_map_top();
	walk_forget(walk);
}

static bool walk_read(struct ptc_map_walk *walk, const u64 *table, unsigned int first,
		      unsigned int nr, u64 *entries)
{
	walk->entries_read += nr;
	return ptc_direct_map_read_entries(table, first, nr, entries);
}

/* Do the entries above @level still lead to the table that was copied for @frame? */
static bool walk_still_there(struct ptc_map_walk *walk, int level, unsigned long frame)
{
	while (++level <= walk->top) {
		const struct ptc_map_copy *upper = &walk->copies[level];
		unsigned int index = walk_index(frame, level);
		u64 now;

		if (!ptc_direct_map_read_entries(upper->table, index, 1, &now) ||
		    now != upper->entries[index])
			return false;
	}
	return true;
}

/* Could one large mapping take the place of these PTEs? */
static bool walk_is_uniform(const u64 *entries)
{
	unsigned int i;

	if (!ptc_direct_map_entry_present(entries[0]))
		return false;
	for (i = 1; i < PTC_MAP_ENTRIES; i++)
		if (!ptc_direct_map_continues(entries[0], entries[i], i))
			return false;
	return true;
}

/*
 * Copy what is wanted of the table of @level around @frame: from @frame on, or, of a table of PTEs,
 * all, since all of it decides about uniform. The copies above are of tables that lead to it.
 * Returns false when it changed meanwhile.
 */
static bool walk_copy_table(struct ptc_map_walk *walk, int level, unsigned long frame)
{
	struct ptc_map_copy *copy = &walk->copies[level];
	unsigned long size = ptc_map_pages(level), start, end;
	unsigned int first;

	end = ALIGN_DOWN(frame, size * PTC_MAP_ENTRIES) + size * PTC_MAP_ENTRIES;
	if (level == PTC_MAP_4K) {
		start = end - PTC_MAP_ENTRIES;
	} else {
		start = ALIGN_DOWN(frame, size);
		end = min(end, ALIGN(walk->end, size));
	}
	copy->table = NULL;
	if (level < walk->top) {
		const struct ptc_map_copy *upper = &walk->copies[level + 1];

		copy->table = ptc_direct_map_table(upper->entries[walk_index(frame, level + 1)]);
	}

	first = walk_index(start, level);
	copy->start = copy->end = 0;
	if (!walk_read(walk, copy->table, first, (end - start) / size, copy->entries + first))
		return false;
	if (!walk_still_there(walk, level, frame))
		return false;
	copy->start = start;
	copy->end = end;
	if (level == PTC_MAP_4K)
		copy->uniform = walk_is_uniform(copy->entries);
	return true;
}

/* How many entries of the copy, from @frame on, say the same as the first of them. */
static unsigned int walk_same_entries(const struct ptc_map_copy *copy, int level,
				      unsigned long frame)
{
	unsigned int first = walk_index(frame, level), i;
	unsigned int nr = (copy->end - frame + ptc_map_pages(level) - 1) / ptc_map_pages(level);
	u64 entry = copy->entries[first], protection;
	const u64 step = (u64)ptc_map_pages(level) << PTC_MAP_PAGE_SHIFT;

	if (!ptc_direct_map_entry_present(entry)) {
		for (i = 1; i < nr && !ptc_direct_map_entry_present(copy->entries[first + i]); i++)
			;
		return i;
	}
	if (level == PTC_MAP_4K && copy->uniform) /* all have been looked at already */
		return nr;
	protection = ptc_direct_map_protection(entry, level);
	for (i = 1; i < nr; i++) {
		u64 next = copy->entries[first + i];

		/* most often the address alone goes on, and all that decides is as it was */
		if (next != entry + step && (!ptc_direct_map_leaf(next, level) ||
					     ptc_direct_map_protection(next, level) != protection))
			break;
		entry = next;
	}
	return i;
}

/* What the tables say of @frame and of what follows it in the same table. */
static bool walk_look(struct ptc_map_walk *walk, unsigned long frame, struct piece *piece)
{
	int level;

	for (level = walk->top; ; level--) {
		const struct ptc_map_copy *copy = &walk->copies[level];
		u64 entry;

		if ((frame < copy->start || frame >= copy->end) && !walk_copy_table(walk, level,
										    frame))
			return false;
		entry = copy->entries[walk_index(frame, level)];
		piece->present = ptc_direct_map_entry_present(entry);
		if (piece->present && !ptc_direct_map_leaf(entry, level))
			continue;

		piece->level = level;
		piece->end = ALIGN_DOWN(frame, ptc_map_pages(level)) +
			     walk_same_entries(copy, level, frame) * ptc_map_pages(level);
		piece->protection = ptc_direct_map_protection(entry, level);
		piece->uniform = level == PTC_MAP_4K ? copy->uniform : true;
		return true;
	}
}

static int walk_look_again(struct ptc_map_walk *walk, unsigned long frame, struct piece *piece)
{
	int tries;

	for (tries = 0; tries < TRIES; tries++) {
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
	struct piece piece = {};
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
