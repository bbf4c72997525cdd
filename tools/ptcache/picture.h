/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The picture of the direct map while it is made: what a record of the report says, and the
 * cells that it is drawn into. What stays of the report is one byte a cell, the most telling
 * kind of mapping in it. Only rows with a mapping are kept. Unless the user names a cell's
 * size, a node that needs more than MAX_ROWS of them makes the cells of all nodes twice as
 * large. So memory grows with the picture alone.
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
#define MAX_NODES	1024			/* as many as a kernel can be built for */
#define MAX_ROWS	32			/* of a node, where we choose the scale */
#define MAX_CHOSEN_ROWS	(1U << 17)		/* of a node, with --cell */
#define MAX_COLUMNS	1024			/* of a row, a power of two */

/* In the order of what is worth seeing: a cell shows the first of these that it holds. */
enum kind { SPLIT, UNIFORM, OURS, BY_2M, BY_1G, HOLE, NR_KINDS };

struct record {
	uint64_t start, end;		/* page frames, end exclusive */
	int node;			/* -1: none */
	enum kind kind;
};

struct total {
	uint64_t pages, regions;
	uint64_t counted;		/* the regions below this number are in regions */
};

struct node {
	int id;
	size_t nr_rows, room;
	uint64_t *row;			/* ascending: the address of a row, divided by its size */
	unsigned char *cells;		/* a row behind the other; each an enum kind */
};

/*
 * Cells and rows are powers of two and lie at multiples of their size: when cells get twice as
 * large, whole ones are joined, and nothing has to be read again.
 */
struct picture {
	unsigned int cell_shift;	/* of a number of pages */
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

/* record.c: the columns that a record is made of; end with NULL. */
extern const char *const record_columns[];

/* Return: as report_next(). No record begins before @previous_end. */
int record_next(struct report *report, struct record *record, uint64_t previous_end);

/*
 * picture.c: a cell is 2^@cell_shift pages, or as few as there is room for if that is 0, and a row
 * 2^@columns_shift cells.
 */
void picture_init(struct picture *picture, unsigned int cell_shift, unsigned int columns_shift);

/* Return: false if the picture gets too large; the user has been told. */
bool picture_add(struct picture *picture, const struct record *record);

void picture_free(struct picture *picture);

/* draw.c: on standard output; @source is what people call the report. */
void picture_draw(const struct picture *picture, const char *source, bool color);

#endif /* PTCACHE_PICTURE_H */
