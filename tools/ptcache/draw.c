// SPDX-License-Identifier: GPL-2.0
/* Prints the picture: a row of cells per line, then a legend with totals. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "picture.h"

static const struct look {
	char letter;
	const char *color;	/* parameter of the terminal's SGR sequence */
	const char *meaning;
} looks[NR_KINDS] = {
	[SPLIT]	  = { '#', "31", "split to 4K, and not uniform" },
	[UNIFORM] = { '+', "33", "split, but uniform: 2M would do" },
	[OURS]	  = { 'P', "32", "split for pt_cache" },
	[BY_2M]	  = { '-', "36", "mapped by 2M" },
	[BY_1G]	  = { '=', "34", "mapped by 1G or more" },
	[HOLE]	  = { '.', "2",	 "not mapped" },
};

/* Uses the largest unit that divides the size evenly: addresses must be exact. */
static const char *size_text(uint64_t pages, unsigned int shift)
{
	static char text[32];
	const char *unit = "KMGTP";
	uint64_t size = pages << shift << (PAGE_SHIFT - 10);

	if (!size)
		return "0";
	while (size % 1024 == 0 && unit[1]) {
		size /= 1024;
		unit++;
	}
	snprintf(text, sizeof(text), "%" PRIu64 "%c", size, *unit);
	return text;
}

static int label_width(const struct picture *picture)
{
	size_t i, row, length, width = 0;

	for (i = 0; i < picture->nr_nodes; i++) {
		for (row = 0; row < picture->nodes[i].nr_rows; row++) {
			length = strlen(size_text(picture->nodes[i].row[row], picture_row_shift(picture)));
			if (width < length)
				width = length;
		}
	}
	return width;
}

static void print_cells(const unsigned char *cells, size_t count, bool color)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (color && (!i || cells[i] != cells[i - 1]))
			printf("\033[0;%sm", looks[cells[i]].color);
		putchar(looks[cells[i]].letter);
	}
	if (color)
		printf("\033[0m");
}

static void print_node(const struct picture *picture, const struct node *node, bool color)
{
	int width = label_width(picture);
	uint64_t skipped;
	size_t i;

	for (i = 0; i < node->nr_rows; i++) {
		skipped = i ? node->row[i] - node->row[i - 1] - 1 : 0;
		if (skipped)
			printf("%*s (%s of %c skipped)\n", width, "",
			       size_text(skipped, picture_row_shift(picture)), looks[HOLE].letter);
		printf("%*s ", width, size_text(node->row[i], picture_row_shift(picture)));
		print_cells(node->cells + (i << picture->columns_shift), picture_columns(picture), color);
		putchar('\n');
	}
}

static void print_legend(const struct picture *picture, bool color)
{
	bool several = picture->nr_nodes > 1;
	const struct total *total;
	unsigned char kind;

	printf("\n%21s %11s\n", "bytes", "2M regions");
	for (kind = 0; kind < NR_KINDS; kind++) {
		total = &picture->totals[kind];
		print_cells(&kind, 1, color);
		printf(" %19" PRIu64 " %11" PRIu64 "  %s%s\n", total->pages << PAGE_SHIFT,
		       total->regions, looks[kind].meaning,
		       kind == HOLE && several ? ", or another node's" : "");
	}
	puts("A cell shows the first of these in it; a region counts once for each of them in it.");
}

void picture_draw(const struct picture *picture, const char *source, bool color)
{
	size_t i;

	printf("direct map, from %s\n", source);
	printf("a cell is %s, ", size_text(1, picture->cell_shift));
	printf("a row %s\n", size_text(1, picture_row_shift(picture)));
	for (i = 0; i < picture->nr_nodes; i++) {
		if (picture->nr_nodes > 1 && picture->nodes[i].id < 0)
			puts("\nno node");
		else if (picture->nr_nodes > 1)
			printf("\nnode %d\n", picture->nodes[i].id);
		else
			putchar('\n');
		print_node(picture, &picture->nodes[i], color);
	}
	print_legend(picture, color);
}
