// SPDX-License-Identifier: GPL-2.0
/*
 * `ptcache map`: draws the direct map, to show where it is split and what pt_cache holds of it. The
 * report is read once, as a stream: record.c parses a line, picture.c keeps the cells, and draw.c
 * prints them.
 */
#include <err.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "map.h"
#include "picture.h"
#include "report.h"

#define LABEL_WIDTH	11			/* the longest address: 4294967280M */
#define MIN_WIDTH	20			/* a label, a blank, 8 cells */
#define MAX_WIDTH	1000
#define DEFAULT_WIDTH	80

struct options {
	const char *path;
	unsigned int width;
	unsigned int cell_shift;	/* 0: as small as the picture allows */
	bool color;
};

static void print_help(void)
{
	printf("Usage: ptcache map [OPTION]... [FILE]\n"
	       "Prints the kernel's direct map as a picture, one character for each 2M or more.\n"
	       "\n"
	       "FILE is a saved report direct_map_regions, - is standard input. The default is\n"
	       "/sys/kernel/debug/pt_cache/direct_map_regions of this machine (as root).\n"
	       "\n"
	       "  --cell SIZE   size of a cell: a power of two from 2M (default: the smallest\n"
	       "                that needs at most %d rows per node)\n"
	       "  --width N     use at most N columns, %d to %d (default: the terminal's, or %d);\n"
	       "                the number of cells in a row is a power of two, so that rows\n"
	       "                begin at round addresses\n"
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
		warnx("--width needs a number from %d to %d, not '%s'", MIN_WIDTH, MAX_WIDTH, text);
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
	warnx("--cell needs a power of two from 2M to 4096T, such as 64M or 1G, not '%s'", text);
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
		warnx("--color needs auto, always or never, not '%s'", text);
		return false;
	}
	return true;
}

static unsigned int default_width(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col)
		return DEFAULT_WIDTH;
	/* not given by the user, so no error: use the nearest valid width */
	if (size.ws_col < MIN_WIDTH)
		return MIN_WIDTH;
	return size.ws_col > MAX_WIDTH ? MAX_WIDTH : size.ws_col;
}

/* Return: -1 to continue, or the exit status. */
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
			good = false;	/* getopt has printed why */
		}
	}
	if (good && argc - optind > 1) {
		warnx("one FILE at a time: '%s' is too many", argv[optind + 1]);
		good = false;
	}
	options->path = argv[optind];
	return good ? -1 : EXIT_USAGE;
}

/* The largest power of two of cells that fits into the width. */
static unsigned int columns_shift(unsigned int width)
{
	unsigned int shift = 0;

	while (LABEL_WIDTH + 1 + (2U << shift) <= width)
		shift++;
	return shift;
}

static bool read_picture(struct picture *picture, struct report *report)
{
	struct record record;
	int got;

	while ((got = record_next(report, &record, picture->end)) > 0)
		if (!picture_add(picture, &record))
			return false;
	if (!got && !picture->nr_nodes) {
		warnx("%s has no record", report->source);
		return false;
	}
	return !got;
}

int map_main(int argc, char **argv)
{
	struct options options;
	struct picture picture;
	struct report report;
	bool good;
	int status = parse_arguments(argc, argv, &options);

	if (status >= 0)
		return status;
	if (!report_open(&report, options.path, "direct_map_regions", record_columns))
		return EXIT_FAILURE;
	picture_init(&picture, options.cell_shift, columns_shift(options.width));
	good = read_picture(&picture, &report);
	if (good)
		picture_draw(&picture, report.source, options.color);
	report_close(&report);
	picture_free(&picture);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
