// SPDX-License-Identifier: GPL-2.0
/*
 * `ptcache map`: the direct map as a picture, for who wants to see where it is broken, and by whom.
 *
 * The report is read once, as a stream; what stays of it is one byte a cell, the most telling kind
 * of mapping in it. Only rows with a mapping are kept. Unless the user names a --cell, a node that
 * needs more than MAX_ROWS of them makes the cells of all nodes twice as large. So memory grows
 * with the picture alone.
 */
#include <err.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "map.h"
#include "report.h"

#define PAGE_SHIFT	12			/* on each architecture that pt_cache.ko supports */
#define REGION_SHIFT	(21 - PAGE_SHIFT)	/* a region: 2M, in pages */
#define MAX_SHIFT	(52 - PAGE_SHIFT)	/* no CPU has longer physical addresses */
#define MAX_NODES	1024			/* as many as a kernel can be built for */
#define MAX_ROWS	32			/* of a node, where we choose the scale */
#define MAX_CHOSEN_ROWS	(1U << 17)		/* of a node, with --cell */
#define LABEL_WIDTH	11			/* the longest address: 4294967280M */
#define MIN_WIDTH	20			/* a label, a blank, 8 cells */
#define MAX_WIDTH	1000
#define DEFAULT_WIDTH	80

/* In the order of what is worth seeing: a cell shows the first of these that it holds. */
enum kind { SPLIT, UNIFORM, OURS, BY_2M, BY_1G, HOLE, NR_KINDS };

static const struct look {
	char letter;
	const char *color;	/* parameter of the terminal's SGR sequence */
	const char *meaning;
} looks[NR_KINDS] = {
	[SPLIT]	  = { '#', "31", "split: by 4K, and no longer uniform" },
	[UNIFORM] = { '+', "33", "split, though uniform: 2M would do" },
	[OURS]	  = { 'P', "32", "split for pt_cache" },
	[BY_2M]	  = { '-', "36", "mapped by 2M" },
	[BY_1G]	  = { '=', "34", "mapped by 1G or more" },
	[HOLE]	  = { '.', "2",	 "not mapped" },
};

enum column { START, END, NODE, LEVEL, UNIFORMITY, OWNER };

static const char *const wanted[] = {
	[START] = "start_pfn", [END] = "end_pfn", [NODE] = "node", [LEVEL] = "level",
	[UNIFORMITY] = "uniform", [OWNER] = "owner", NULL
};

struct options {
	const char *path;
	unsigned int width;
	unsigned int cell_shift;	/* 0: we choose */
	bool color;
};

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
struct map {
	unsigned int cell_shift;	/* of a number of pages */
	unsigned int columns_shift;
	size_t max_rows;		/* of a node */
	bool may_grow;
	size_t nr_nodes;
	struct node *nodes;
	struct total totals[NR_KINDS];
	uint64_t end;			/* of the last record */
};

static size_t columns(const struct map *map)
{
	return (size_t)1 << map->columns_shift;
}

static unsigned int row_shift(const struct map *map)
{
	return map->cell_shift + map->columns_shift;
}

static void *must_realloc(void *old, size_t count, size_t size)
{
	void *new = reallocarray(old, count, size);

	if (!new)
		err(EXIT_FAILURE, "no memory for the picture");
	return new;
}

/*
 * The arguments
 */

static void print_help(void)
{
	printf("Usage: ptcache map [OPTION]... [FILE]\n"
	       "Prints the kernel's direct map as a picture, a character for each 2M or more.\n"
	       "\n"
	       "FILE is a saved report direct_map_regions, - is standard input; without FILE it\n"
	       "is /sys/kernel/debug/pt_cache/direct_map_regions of this machine (root).\n"
	       "\n"
	       "  --cell SIZE   what a cell stands for: a power of two from 2M (default: as small\n"
	       "                as a picture of at most %d rows a node allows)\n"
	       "  --width N     use at most N columns, %d to %d (default: the terminal's, or %d);\n"
	       "                the cells of a row are a power of two, so that rows begin at\n"
	       "                round addresses\n"
	       "  --color WHEN  auto (the default: on a terminal, unless NO_COLOR is set),\n"
	       "                always or never\n"
	       "  --help        print this\n",
	       MAX_ROWS, MIN_WIDTH, MAX_WIDTH, DEFAULT_WIDTH);
}

static bool parse_width(const char *text, unsigned int *width)
{
	unsigned long value;
	char *rest;

	value = strtoul(text, &rest, 10);
	if (text[0] < '0' || text[0] > '9' || *rest || value < MIN_WIDTH || value > MAX_WIDTH) {
		warnx("--width wants a number from %d to %d, not '%s'", MIN_WIDTH, MAX_WIDTH, text);
		return false;
	}
	*width = value;
	return true;
}

static bool parse_cell(const char *text, unsigned int *shift)
{
	static const char units[] = "MGT";
	unsigned long value;
	const char *unit;
	char *rest;

	value = strtoul(text, &rest, 10);
	unit = *rest ? strchr(units, *rest) : NULL;
	if (text[0] >= '0' && text[0] <= '9' && unit && !rest[1] &&
	    value && !(value & (value - 1))) {
		*shift = __builtin_ctzl(value) + 20 + 10 * (unit - units) - PAGE_SHIFT;
		if (*shift >= REGION_SHIFT && *shift <= MAX_SHIFT)
			return true;
	}
	warnx("--cell wants a power of two from 2M to 4096T, such as 64M or 1G, not '%s'", text);
	return false;
}

static bool color_by_default(void)
{
	const char *no_color = getenv("NO_COLOR"), *terminal = getenv("TERM");

	if (no_color && *no_color)
		return false;
	return isatty(STDOUT_FILENO) && !(terminal && !strcmp(terminal, "dumb"));
}

static bool parse_color(const char *text, bool *color)
{
	if (!strcmp(text, "auto")) {
		*color = color_by_default();
	} else if (!strcmp(text, "always")) {
		*color = true;
	} else if (!strcmp(text, "never")) {
		*color = false;
	} else {
		warnx("--color wants auto, always or never, not '%s'", text);
		return false;
	}
	return true;
}

static unsigned int default_width(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col)
		return DEFAULT_WIDTH;
	/* nobody asked for this width: take what comes nearest */
	if (size.ws_col < MIN_WIDTH)
		return MIN_WIDTH;
	return size.ws_col > MAX_WIDTH ? MAX_WIDTH : size.ws_col;
}

/* Return: -1 to go on, or the exit status. */
static int parse_arguments(int argc, char **argv, struct options *options)
{
	static const struct option names[] = {
		{ "cell", required_argument, NULL, 'c' },
		{ "width", required_argument, NULL, 'w' },
		{ "color", required_argument, NULL, 'C' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 }
	};
	bool good = true;
	int option;

	*options = (struct options){ .width = default_width(), .color = color_by_default() };
	while (good && (option = getopt_long(argc, argv, "h", names, NULL)) != -1) {
		switch (option) {
		case 'c':
			good = parse_cell(optarg, &options->cell_shift);
			break;
		case 'w':
			good = parse_width(optarg, &options->width);
			break;
		case 'C':
			good = parse_color(optarg, &options->color);
			break;
		case 'h':
			print_help();
			return EXIT_SUCCESS;
		default:
			good = false;	/* getopt has told why */
		}
	}
	if (good && argc - optind > 1) {
		warnx("one FILE at a time: '%s' is too many", argv[optind + 1]);
		good = false;
	}
	options->path = argv[optind];
	return good ? -1 : EXIT_USAGE;
}

/*
 * A record of the report
 */

/* strtoull() would take blanks, signs and numbers without 0x. */
static bool parse_pfn(const char *text, uint64_t *pfn)
{
	size_t digits;

	if (text[0] != '0' || text[1] != 'x')
		return false;
	digits = strspn(text + 2, "0123456789abcdef");
	if (!digits || digits > 16 || text[2 + digits])
		return false;
	*pfn = strtoull(text, NULL, 16);
	return true;
}

static bool parse_node(const char *text, int *node)
{
	size_t digits = strspn(text, "0123456789");

	if (!strcmp(text, "-")) {
		*node = -1;
		return true;
	}
	if (!digits || digits > 4 || text[digits])
		return false;
	*node = atoi(text);
	return *node < MAX_NODES;
}

static bool parse_kind(const struct report *report, enum kind *kind)
{
	const char *level = report_value(report, LEVEL), *owner = report_value(report, OWNER);

	if (!strcmp(level, "pud") || !strcmp(level, "p4d"))
		*kind = BY_1G;
	else if (!strcmp(level, "pmd"))
		*kind = BY_2M;
	else if (strcmp(level, "pte"))
		return false;
	else if (!strcmp(owner, "pt_cache"))
		*kind = OURS;
	else
		*kind = strcmp(report_value(report, UNIFORMITY), "1") ? SPLIT : UNIFORM;
	return true;
}

static bool known_uniformity(const char *text)
{
	return !strcmp(text, "0") || !strcmp(text, "1") || !strcmp(text, "-");
}

static bool known_owner(const char *text)
{
	return !strcmp(text, "pt_cache") || !strcmp(text, "reserved") || !strcmp(text, "-");
}

/* Return: as report_next() */
static int next_record(struct report *report, struct record *record, uint64_t previous_end)
{
	int got = report_next(report);

	if (got <= 0)
		return got;
	if (!parse_pfn(report_value(report, START), &record->start) ||
	    !parse_pfn(report_value(report, END), &record->end))
		return report_bad_line(report, "has a page frame that is no number in hex");
	if (!parse_node(report_value(report, NODE), &record->node))
		return report_bad_line(report, "has a node that no kernel has");
	if (!parse_kind(report, &record->kind))
		return report_bad_line(report, "has a level that is not pte, pmd, pud or p4d");
	if (!known_uniformity(report_value(report, UNIFORMITY)))
		return report_bad_line(report, "has a uniform that is not 0, 1 or -");
	if (!known_owner(report_value(report, OWNER)))
		return report_bad_line(report, "has an owner that is not pt_cache, reserved or -");
	if (record->start >= record->end)
		return report_bad_line(report, "ends before it begins");
	if (record->end > (uint64_t)1 << MAX_SHIFT)
		return report_bad_line(report, "has a page frame beyond 52 bits of address");
	if (record->start < previous_end)
		return report_bad_line(report, "begins before the record above it ends");
	return 1;
}

/*
 * The picture, while it grows
 */

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

static struct node *find_node(struct map *map, int id)
{
	size_t i;

	for (i = 0; i < map->nr_nodes; i++)
		if (map->nodes[i].id == id)
			return &map->nodes[i];
	map->nodes = must_realloc(map->nodes, ++map->nr_nodes, sizeof(*map->nodes));
	map->nodes[i] = (struct node){ .id = id };
	return &map->nodes[i];
}

/* Joins each two cells to one; what were two rows may become one. */
static void coarsen_node(const struct map *map, struct node *node)
{
	unsigned char old[MAX_WIDTH], *half, *pair;
	size_t i, column, nr = 0;

	for (i = 0; i < node->nr_rows; i++) {
		memcpy(old, node->cells + (i << map->columns_shift), columns(map));
		if (!nr || node->row[nr - 1] != node->row[i] / 2) {
			memset(node->cells + (nr << map->columns_shift), HOLE, columns(map));
			nr++;
		}
		half = node->cells + ((nr - 1) << map->columns_shift);
		if (node->row[i] % 2)
			half += columns(map) / 2;
		for (column = 0; column < columns(map) / 2; column++) {
			pair = old + 2 * column;
			half[column] = pair[0] < pair[1] ? pair[0] : pair[1];
		}
		node->row[nr - 1] = node->row[i] / 2;
	}
	node->nr_rows = nr;
}

static void coarsen(struct map *map)
{
	size_t i;

	for (i = 0; i < map->nr_nodes; i++)
		coarsen_node(map, &map->nodes[i]);
	map->cell_shift++;
}

static bool is_new_row(const struct node *node, uint64_t row)
{
	return !node->nr_rows || row > node->row[node->nr_rows - 1];
}

static size_t rows_with(const struct map *map, const struct node *node,
			const struct record *record)
{
	uint64_t first = record->start >> row_shift(map);
	uint64_t last = (record->end - 1) >> row_shift(map);

	return node->nr_rows + (last - first) + is_new_row(node, first);
}

static void append_row(const struct map *map, struct node *node, uint64_t row)
{
	if (node->nr_rows == node->room) {
		node->room = node->room ? node->room * 2 : MAX_ROWS;
		node->row = must_realloc(node->row, node->room, sizeof(*node->row));
		node->cells = must_realloc(node->cells, node->room, columns(map));
	}
	node->row[node->nr_rows] = row;
	memset(node->cells + (node->nr_rows << map->columns_shift), HOLE, columns(map));
	node->nr_rows++;
}

static void paint(const struct map *map, struct node *node, const struct record *record)
{
	uint64_t cell = record->start >> map->cell_shift;
	uint64_t last = (record->end - 1) >> map->cell_shift;
	unsigned char *shown;

	for (; cell <= last; cell++) {
		if (is_new_row(node, cell >> map->columns_shift))
			append_row(map, node, cell >> map->columns_shift);
		shown = node->cells + ((node->nr_rows - 1) << map->columns_shift);
		shown += cell & (columns(map) - 1);
		if (record->kind < *shown)
			*shown = record->kind;
	}
}

static bool add_record(struct map *map, const struct record *record)
{
	struct node *node = find_node(map, record->node);

	while (rows_with(map, node, record) > map->max_rows) {
		if (!map->may_grow) {
			warnx("a node would have more than %zu rows: take a larger --cell",
			      map->max_rows);
			return false;
		}
		coarsen(map);
	}
	paint(map, node, record);
	add_to_total(&map->totals[record->kind], record->start, record->end);
	if (map->end && map->end < record->start)
		add_to_total(&map->totals[HOLE], map->end, record->start);
	map->end = record->end;
	return true;
}

static void init_map(struct map *map, const struct options *options)
{
	*map = (struct map){
		.cell_shift = options->cell_shift ? options->cell_shift : REGION_SHIFT,
		.max_rows = options->cell_shift ? MAX_CHOSEN_ROWS : MAX_ROWS,
		.may_grow = !options->cell_shift,
	};
	while (LABEL_WIDTH + 1 + columns(map) * 2 <= options->width)
		map->columns_shift++;
}

static void free_map(struct map *map)
{
	size_t i;

	for (i = 0; i < map->nr_nodes; i++) {
		free(map->nodes[i].row);
		free(map->nodes[i].cells);
	}
	free(map->nodes);
}

static bool read_map(struct map *map, struct report *report)
{
	struct record record;
	int got;

	while ((got = next_record(report, &record, map->end)) > 0)
		if (!add_record(map, &record))
			return false;
	if (!got && !map->nr_nodes) {
		warnx("%s has no record", report->source);
		return false;
	}
	return !got;
}

/*
 * The picture, on paper
 */

/* The largest unit that leaves a whole number: an address is exact. */
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

static int label_width(const struct map *map)
{
	size_t i, row, length, width = 0;

	for (i = 0; i < map->nr_nodes; i++) {
		for (row = 0; row < map->nodes[i].nr_rows; row++) {
			length = strlen(size_text(map->nodes[i].row[row], row_shift(map)));
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

static void print_node(const struct map *map, const struct node *node, bool color)
{
	int width = label_width(map);
	uint64_t skipped;
	size_t i;

	for (i = 0; i < node->nr_rows; i++) {
		skipped = i ? node->row[i] - node->row[i - 1] - 1 : 0;
		if (skipped)
			printf("%*s (%s of %c skipped)\n", width, "",
			       size_text(skipped, row_shift(map)), looks[HOLE].letter);
		printf("%*s ", width, size_text(node->row[i], row_shift(map)));
		print_cells(node->cells + (i << map->columns_shift), columns(map), color);
		putchar('\n');
	}
}

static void print_legend(const struct map *map, bool color)
{
	bool several = map->nr_nodes > 1;
	const struct total *total;
	unsigned char kind;

	printf("\n%21s %11s\n", "bytes", "2M regions");
	for (kind = 0; kind < NR_KINDS; kind++) {
		total = &map->totals[kind];
		print_cells(&kind, 1, color);
		printf(" %19" PRIu64 " %11" PRIu64 "  %s%s\n", total->pages << PAGE_SHIFT,
		       total->regions, looks[kind].meaning,
		       kind == HOLE && several ? ", or another node's" : "");
	}
	puts("A cell shows the first of these that it holds; a region counts for each it holds.");
}

static void print_map(const struct map *map, const char *source, bool color)
{
	size_t i;

	printf("direct map, from %s\n", source);
	printf("a cell is %s, ", size_text(1, map->cell_shift));
	printf("a row %s\n", size_text(1, row_shift(map)));
	for (i = 0; i < map->nr_nodes; i++) {
		if (map->nr_nodes > 1 && map->nodes[i].id < 0)
			puts("\nno node");
		else if (map->nr_nodes > 1)
			printf("\nnode %d\n", map->nodes[i].id);
		else
			putchar('\n');
		print_node(map, &map->nodes[i], color);
	}
	print_legend(map, color);
}

int map_main(int argc, char **argv)
{
	struct options options;
	struct report report;
	struct map map;
	bool good;
	int status = parse_arguments(argc, argv, &options);

	if (status >= 0)
		return status;
	if (!report_open(&report, options.path, "direct_map_regions", wanted))
		return EXIT_FAILURE;
	init_map(&map, &options);
	good = read_map(&map, &report);
	if (good)
		print_map(&map, report.source, options.color);
	report_close(&report);
	free_map(&map);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
