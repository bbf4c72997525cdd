/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reads a report of pt_cache as a stream, one record at a time, from debugfs or from a saved file.
 * Columns are found by name, so that new ones may be added to a report.
 */
#ifndef PTCACHE_REPORT_H
#define PTCACHE_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define REPORT_MAX_COLUMNS	32
#define REPORT_MAX_LINE		1024

struct report {
	const char *source;			/* its name in messages */
	char default_path[64];
	FILE *file;
	unsigned long line, nr_records;		/* so far */
	size_t nr_columns;
	size_t column[REPORT_MAX_COLUMNS];	/* the field of each wanted column */
	char *field[REPORT_MAX_COLUMNS];	/* of the current line; they point into @text */
	char text[REPORT_MAX_LINE];
};

/*
 * Opens the report @name: the file @path, standard input if that is "-", or this machine's report
 * if it is NULL. @wanted lists the names of the columns that the caller reads; NULL ends it.
 * Return: false, after a message, if it cannot be read or is not that report.
 */
bool report_open(struct report *report, const char *path, const char *name,
		 const char *const wanted[]);

/*
 * Return: 1 with a record, 0 after the last one of a whole report, -1 after a message if the next
 * line is none, or if the report does not end as a whole one does.
 */
int report_next(struct report *report);

/* The current record's value in the column wanted[@index]. */
const char *report_value(const struct report *report, size_t index);

/* Prints what is wrong with the current line. Return: -1, for the caller to pass on. */
int report_bad_line(const struct report *report, const char *why);

void report_close(struct report *report);

#endif /* PTCACHE_REPORT_H */
