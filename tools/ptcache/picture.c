// SPDX-License-Identifier: GPL-2.0
/* Builds the picture: adds records to its cells, and doubles the cell size if it gets too large. */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "picture.h"

static void *must_realloc(void *old, size_t count, size_t size)
{
	void *new = reallocarray(old, count, size);

	if (!new)
		err(EXIT_FAILURE, "no memory for the picture");
	return new;
}

static void add_to_total(struct total *total, uint64_t start, uint64_t end)
{
	uint64_t first = start >> REGION_SHIFT, behind = ((end - 1) >> REGION_SHIFT) + 1;

	total->pages += end - start;
	/* several runs of a kind may lie in one region */
	if (first < total->counted)
		first = total->counted;
	if (first < behind)
		total->regions += behind - first;
	total->counted = behind;
}

static struct node *find_node(struct picture *picture, int id)
{
	size_t i;

	for (i = 0; i < picture->nr_nodes; i++)
		if (picture->nodes[i].id == id)
			return &picture->nodes[i];
	picture->nodes = must_realloc(picture->nodes, ++picture->nr_nodes, sizeof(*picture->nodes));
	picture->nodes[i] = (struct node){ .id = id };
	return &picture->nodes[i];
}

/* Merges each pair of cells into one. Two rows may become one. */
static void coarsen_node(const struct picture *picture, struct node *node)
{
	unsigned char old[MAX_COLUMNS], *half, *pair;
	size_t i, column, nr = 0;

	for (i = 0; i < node->nr_rows; i++) {
		memcpy(old, node->cells + (i << picture->columns_shift), picture_columns(picture));
		if (!nr || node->row[nr - 1] != node->row[i] / 2) {
			memset(node->cells + (nr << picture->columns_shift), HOLE, picture_columns(picture));
			nr++;
		}
		half = node->cells + ((nr - 1) << picture->columns_shift);
		if (node->row[i] % 2)
			half += picture_columns(picture) / 2;
		for (column = 0; column < picture_columns(picture) / 2; column++) {
			pair = old + 2 * column;
			half[column] = pair[0] < pair[1] ? pair[0] : pair[1];
		}
		node->row[nr - 1] = node->row[i] / 2;
	}
	node->nr_rows = nr;
}

static void coarsen(struct picture *picture)
{
	size_t i;

	for (i = 0; i < picture->nr_nodes; i++)
		coarsen_node(picture, &picture->nodes[i]);
	picture->cell_shift++;
}

static bool is_new_row(const struct node *node, uint64_t row)
{
	return !node->nr_rows || row > node->row[node->nr_rows - 1];
}

static size_t rows_with(const struct picture *picture, const struct node *node,
			const struct record *record)
{
	uint64_t first = record->start >> picture_row_shift(picture);
	uint64_t last = (record->end - 1) >> picture_row_shift(picture);

	return node->nr_rows + (last - first) + is_new_row(node, first);
}

static void append_row(const struct picture *picture, struct node *node, uint64_t row)
{
	if (node->nr_rows == node->room) {
		node->room = node->room ? node->room * 2 : MAX_ROWS;
		node->row = must_realloc(node->row, node->room, sizeof(*node->row));
		node->cells = must_realloc(node->cells, node->room, picture_columns(picture));
	}
	node->row[node->nr_rows] = row;
	memset(node->cells + (node->nr_rows << picture->columns_shift), HOLE, picture_columns(picture));
	node->nr_rows++;
}

static void paint(const struct picture *picture, struct node *node, const struct record *record)
{
	uint64_t cell = record->start >> picture->cell_shift;
	uint64_t last = (record->end - 1) >> picture->cell_shift;
	unsigned char *shown;

	for (; cell <= last; cell++) {
		if (is_new_row(node, cell >> picture->columns_shift))
			append_row(picture, node, cell >> picture->columns_shift);
		shown = node->cells + ((node->nr_rows - 1) << picture->columns_shift);
		shown += cell & (picture_columns(picture) - 1);
		if (record->kind < *shown)
			*shown = record->kind;
	}
}

bool picture_add(struct picture *picture, const struct record *record)
{
	struct node *node = find_node(picture, record->node);

	while (rows_with(picture, node, record) > picture->max_rows) {
		if (!picture->may_grow) {
			warnx("a node would have more than %zu rows: use a larger --cell",
			      picture->max_rows);
			return false;
		}
		coarsen(picture);
	}
	paint(picture, node, record);
	add_to_total(&picture->totals[record->kind], record->start, record->end);
	if (picture->end && picture->end < record->start)
		add_to_total(&picture->totals[HOLE], picture->end, record->start);
	picture->end = record->end;
	return true;
}

void picture_init(struct picture *picture, unsigned int cell_shift, unsigned int columns_shift)
{
	*picture = (struct picture){
		.cell_shift = cell_shift ? cell_shift : REGION_SHIFT,
		.columns_shift = columns_shift,
		.max_rows = cell_shift ? MAX_CHOSEN_ROWS : MAX_ROWS,
		.may_grow = !cell_shift,
	};
}

void picture_free(struct picture *picture)
{
	size_t i;

	for (i = 0; i < picture->nr_nodes; i++) {
		free(picture->nodes[i].row);
		free(picture->nodes[i].cells);
	}
	free(picture->nodes);
}
