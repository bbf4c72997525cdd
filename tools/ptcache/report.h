/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reads a report of pt_cache as a stream, one record at a time, from debugfs or from where somebody
 * saved it. Columns are found by their names, so that a report may get more of them.
 */
#ifndef PTCACHE_REPORT_H
#define PTCACHE_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define REPORT_MAX_COLUMNS	32
#define REPORT_MAX_LINE		1024

struct report {
	const char *source;			/* what people call it */
	char default_path[64];
	FILE *file;
	unsigned long line;
	size_t nr_columns;
	size_t column[REPORT_MAX_COLUMNS];	/* of each wanted name: which field it is */
	char *field[REPORT_MAX_COLUMNS];	/* of this line; they point into text */
	char text[REPORT_MAX_LINE];
};

/*
 * Opens the report @name: the file @path, standard input if that is "-", this machine's own if it
 * is NULL. @wanted are the names of the columns that the caller reads, a NULL behind the last.
 * Return: false if it cannot be read or is something else; the user has been told.
 */
bool report_open(struct report *report, const char *path, const char *name,
		 const char *const wanted[]);

/* Return: 1 with a record, 0 behind the last one, -1 if what comes is none (the user was told). */
int report_next(struct report *report);

/* The current record's value of the column that is wanted[@index]. */
const char *report_value(const struct report *report, size_t index);

/* Tells the user what is wrong with the current line. Return: -1, for the caller to pass on. */
int report_bad_line(const struct report *report, const char *why);

void report_close(struct report *report);

#endif /* PTCACHE_REPORT_H */
