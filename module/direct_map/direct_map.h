/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's direct map: reading it, and turning large mappings of it into PTEs. One file for
 * each architecture implements it; walk.c stands on the reading alone.
 */
#ifndef PTC_DIRECT_MAP_H
#define PTC_DIRECT_MAP_H

#include <linux/types.h>

/* The size of the mapping that one entry makes. */
enum ptc_map_level {
	PTC_MAP_4K,
	PTC_MAP_2M,
	PTC_MAP_1G,
	PTC_MAP_512G,
	PTC_MAP_256T,
	PTC_MAP_LEVELS,
};

/* A table has 2^9 entries at every level. */
#define PTC_MAP_SHIFT	9
#define PTC_MAP_ENTRIES	(1U << PTC_MAP_SHIFT)

/* The smallest mapping, 4K. An entry has the address in bytes. */
#define PTC_MAP_PAGE_SHIFT	12

/* What the direct map says of one address. */
struct ptc_mapping {
	bool present;
	enum ptc_map_level level;	/* where the walk ended, with a mapping or a hole */
	u64 entry;			/* as the hardware reads it */
};

static inline unsigned long ptc_map_pages(enum ptc_map_level level)
{
	return 1UL << (PTC_MAP_SHIFT * level);
}

/*
 * ptc_direct_map_read - what maps a page frame
 *
 * Reads as the hardware does, without a lock and without trusting what it reads: tables of the
 * direct map may be freed at any time. An upper entry that changed meanwhile (6.15 and later
 * collapse mappings) makes it start again. Memory hot-remove frees a table before it clears the
 * upper entry, so for memory that is not pinned by a page of the caller's the answer is a report's,
 * not one to act on.
 *
 * Context: any but NMI.
 * Return: 0, or -EAGAIN when the tables kept changing.
 */
int ptc_direct_map_read(unsigned long pfn, struct ptc_mapping *mapping);

/*
 * The entries of tables, for the walk. A table is named by its address, the top one by NULL; page
 * frames are counted by their place in the address space, ptc_direct_map_frame(), since that is
 * what the tables are aligned to (KASLR moves the direct map by multiples of 1G).
 */
int ptc_direct_map_top(void);			/* the level of the top table's entries */
unsigned long ptc_direct_map_frame(unsigned long pfn);
bool ptc_direct_map_entry_present(u64 entry);
bool ptc_direct_map_leaf(u64 entry, enum ptc_map_level level);	/* of a present one: no table? */
const u64 *ptc_direct_map_table(u64 entry);	/* of one that is no leaf */

/*
 * Read @nr entries. Any address may be asked for: what was a table may be gone.
 * Context: any but NMI. Return: false when there is nothing to be read.
 */
bool ptc_direct_map_read_entries(const u64 *table, unsigned int first, unsigned int nr,
				 u64 *entries);

/* What a leaf says but for its frame, its size and the hardware's remarks, as a PTE would. */
u64 ptc_direct_map_protection(u64 entry, enum ptc_map_level level);

/* Do two PTEs map consecutive frames with one protection, @distance entries apart? */
bool ptc_direct_map_continues(u64 first, u64 entry, unsigned int distance);

/* A protection in words without white space, as "rw,nx,wb,g". */
#define PTC_PROTECTION_MAX	48
const char *ptc_direct_map_protection_name(u64 protection, char name[PTC_PROTECTION_MAX]);

/* Can the direct map be read and split on this machine? Returns 0 or an error. */
int ptc_direct_map_check(void);

/*
 * Is every page of a run mapped by a PTE of its own, to itself, writable and write-back? Of memory
 * that is not the caller's, the answer may be old.
 * Context: any but NMI.
 */
bool ptc_direct_map_is_split(unsigned long pfn, unsigned int pages);

enum ptc_split {
	PTC_SPLIT_DONE,		/* every page is mapped by a write-back PTE: may be handed out */
	PTC_SPLIT_UNDONE,	/* as it was before, and write-back: may be given back */
	PTC_SPLIT_LOST,		/* not shown to be write-back: must be kept for good */
};

/*
 * ptc_direct_map_split - have the direct map map a run by PTEs
 *
 * The run is 2^n pages aligned to its size, at most 512, so one large mapping holds all of it.
 * The caller owns all its pages and nobody else uses them: for a moment one of them is mapped
 * uncached.
 *
 * Context: process context, may sleep; allocates with GFP_KERNEL inside, so the caller sets the
 * memalloc scope it needs.
 */
enum ptc_split ptc_direct_map_split(unsigned long pfn, unsigned int pages);

#endif /* PTC_DIRECT_MAP_H */
