/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The picture of the direct map: a parsed record of the report, and the cells that records are
 * drawn into. A cell is one byte, the most important kind of mapping in it. Only rows with a
 * mapping are kept. Unless the user chooses the cell size, a node that needs more than MAX_ROWS
 * rows doubles the cell size of all nodes. So memory use depends on the size of the picture, not of
 * the report.
 */
#ifndef PTCACHE_PICTURE_H
#define PTCACHE_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report.h"

#define PAGE_SHIFT	12			/* on each architecture that pt_cache.ko supports */
#define REGION_SHIFT	(21 - PAGE_SHIFT)	/* a region: 2M, in pages */
#define MAX_SHIFT	(52 - PAGE_SHIFT)	/* no CPU has longer physical addresses */
#define MAX_NODES	1024			/* the most that a kernel can be built for */
#define MAX_ROWS	32			/* of a node, without --cell */
#define MAX_CHOSEN_ROWS	(1U << 17)		/* of a node, with --cell */
#define MAX_COLUMNS	1024			/* of a row, a power of two */

/* In order of importance: a cell shows the first of these that is in it. */
enum kind { SPLIT, UNIFORM, OURS, BY_2M, BY_1G, HOLE, NR_KINDS };

struct record {
	uint64_t start, end;		/* page frames, end exclusive */
	int node;			/* -1: none */
	enum kind kind;
};

struct total {
	uint64_t pages, regions;
	uint64_t counted;		/* regions below this number are counted already */
};

struct node {
	int id;
	size_t nr_rows, room;
	uint64_t *row;			/* ascending: the address of a row, divided by its size */
	unsigned char *cells;		/* row after row; each byte is an enum kind */
};

/*
 * Cells and rows are powers of two in size and aligned to it. So doubling the cell size merges
 * whole cells, and the report need not be read again.
 */
struct picture {
	unsigned int cell_shift;	/* log2 of its pages */
	unsigned int columns_shift;
	size_t max_rows;		/* of a node */
	bool may_grow;
	size_t nr_nodes;
	struct node *nodes;
	struct total totals[NR_KINDS];
	uint64_t end;			/* of the last record */
};

static inline size_t picture_columns(const struct picture *picture)
{
	return (size_t)1 << picture->columns_shift;
}

static inline unsigned int picture_row_shift(const struct picture *picture)
{
	return picture->cell_shift + picture->columns_shift;
}

/* record.c: the columns that a record is parsed from; NULL ends the list. */
extern const char *const record_columns[];

/* Return: as report_next(). A record that begins before @previous_end is an error. */
int record_next(struct report *report, struct record *record, uint64_t previous_end);

/*
 * picture.c: a cell is 2^@cell_shift pages, or if that is 0, as small as MAX_ROWS allows. A row is
 * 2^@columns_shift cells.
 */
void picture_init(struct picture *picture, unsigned int cell_shift, unsigned int columns_shift);

/* Return: false, after a message, if the picture gets too large. */
bool picture_add(struct picture *picture, const struct record *record);

void picture_free(struct picture *picture);

/* draw.c: prints to standard output; @source names the report for the user. */
void picture_draw(const struct picture *picture, const char *source, bool color);

#endif /* PTCACHE_PICTURE_H */
