// SPDX-License-Identifier: GPL-2.0
/*
 * Reads a report of pt_cache. Messages quote nothing of the file but the reason why it is cut, and
 * of that what is printable: a file may hold anything, escape sequences for the terminal included.
 */
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

#define REPORTS "/sys/kernel/debug/pt_cache/"

int report_bad_line(const struct report *report, const char *why)
{
	warnx("%s: line %lu %s", report->source, report->line, why);
	return -1;
}

static bool bad_report(const struct report *report, const char *why)
{
	warnx("%s %s", report->source, why);
	return false;
}

static int cannot_read(const struct report *report)
{
	bool ours = !strncmp(report->source, REPORTS, strlen(REPORTS));
	const char *hint = "";

	if (ours && (errno == EACCES || errno == EPERM || errno == ENOENT))
		hint = " (are you root, and is pt_cache.ko loaded?)";
	warnx("%s: %s%s", report->source, strerror(errno), hint);
	return -1;
}

/* Return: 1 with a whole line in @report->text, 0 at the end, -1 after a message. */
static int read_line(struct report *report)
{
	size_t length = 0;
	int c;

	report->line++;
	while ((c = getc_unlocked(report->file)) != EOF && c != '\n') {
		if (!c)
			return report_bad_line(report, "holds a zero byte: not a report");
		/* not getline(): a file without newlines must not exhaust memory */
		if (length == sizeof(report->text) - 1)
			return report_bad_line(report, "is too long: not a report");
		report->text[length++] = c;
	}
	report->text[length] = '\0';
	if (ferror(report->file))
		return cannot_read(report);
	if (c == EOF && length)
		return report_bad_line(report, "is torn: the report is incomplete");
	return c != EOF;
}

/* Return: how many fields @text has; only REPORT_MAX_COLUMNS of them are kept. */
static size_t split_fields(struct report *report, char *text)
{
	size_t count = 0;
	char *rest, *field;

	for (field = strtok_r(text, " \t", &rest); field; field = strtok_r(NULL, " \t", &rest)) {
		if (count < REPORT_MAX_COLUMNS)
			report->field[count] = field;
		count++;
	}
	return count;
}

static bool read_name(struct report *report, const char *name)
{
	char wanted[REPORT_MAX_LINE];
	int common, got = read_line(report);

	if (got < 0)
		return false;
	if (!got)
		return bad_report(report, "is empty");
	common = snprintf(wanted, sizeof(wanted), "# pt_cache %s format 1", name);
	if (!strcmp(report->text, wanted))
		return true;
	if (strncmp(report->text, wanted, common - 1)) {
		warnx("%s is not the report %s of pt_cache", report->source, name);
		return false;
	}
	return bad_report(report, "has a format that is not 1: it needs another ptcache");
}

static bool find_column(struct report *report, const char *name, size_t *index)
{
	for (*index = 0; *index < report->nr_columns; ++*index)
		if (!strcmp(report->field[*index], name))
			return true;
	warnx("%s has no column %s", report->source, name);
	return false;
}

static bool read_columns(struct report *report, const char *const wanted[])
{
	int got = read_line(report);
	size_t i;

	if (got < 0)
		return false;
	if (!got || report->text[0] != '#')
		return bad_report(report, "does not name its columns in line 2");
	report->nr_columns = split_fields(report, report->text + 1);
	if (report->nr_columns > REPORT_MAX_COLUMNS)
		return bad_report(report, "has too many columns");
	for (i = 0; wanted[i]; i++)
		if (!find_column(report, wanted[i], &report->column[i]))
			return false;
	return true;
}

static bool open_source(struct report *report, const char *path, const char *name)
{
	if (path && !strcmp(path, "-")) {
		report->source = "standard input";
		report->file = stdin;
		return true;
	}
	snprintf(report->default_path, sizeof(report->default_path), REPORTS "%s", name);
	report->source = path ? path : report->default_path;
	report->file = fopen(report->source, "r");
	if (!report->file)
		cannot_read(report);
	return report->file;
}

bool report_open(struct report *report, const char *path, const char *name,
		 const char *const wanted[])
{
	memset(report, 0, sizeof(*report));
	if (!open_source(report, path, name))
		return false;
	if (read_name(report, name) && read_columns(report, wanted))
		return true;
	report_close(report);
	return false;
}

/* Return: -1, after a message. */
static int report_is_cut(const struct report *report, const char *why)
{
	warnx("%s is cut: %s", report->source, why);
	return -1;
}

/* The line is "# cut N: REASON". Return: -1, after a message. */
static int read_cut(struct report *report)
{
	char *why = strchr(report->text, ':'), *c;

	why = why ? why + 1 + strspn(why + 1, " ") : report->text;
	for (c = why; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	return report_is_cut(report, why);
}

/* The line is "# end N". Return: 0 if the report is whole, -1 after a message. */
static int read_end(struct report *report)
{
	char wanted[64];
	int got;

	snprintf(wanted, sizeof(wanted), "# end %lu", report->nr_records);
	if (strcmp(report->text, wanted))
		return report_is_cut(report, "its last line '# end N' counts other records");
	got = read_line(report);
	return got > 0 ? report_bad_line(report, "comes after the last line '# end N'") : got;
}

/*
 * Reads up to the next record; other lines with # are remarks.
 * Return: 1 with a record in @report->text, 0 at the end of a whole report, -1 after a message.
 */
static int read_record(struct report *report)
{
	int got;

	while ((got = read_line(report)) > 0) {
		if (report->text[0] != '#')
			return 1;
		if (!strncmp(report->text, "# cut ", strlen("# cut ")))
			return read_cut(report);
		if (!strncmp(report->text, "# end ", strlen("# end ")))
			return read_end(report);
	}
	return got ? got : report_is_cut(report, "it has no last line '# end N'");
}

int report_next(struct report *report)
{
	size_t count;
	int got = read_record(report);

	if (got <= 0)
		return got;
	count = split_fields(report, report->text);
	if (count < report->nr_columns)
		return report_bad_line(report, "is torn: it has fewer fields than columns");
	if (count > report->nr_columns)
		return report_bad_line(report, "has more fields than columns");
	report->nr_records++;
	return 1;
}

const char *report_value(const struct report *report, size_t index)
{
	return report->field[report->column[index]];
}

void report_close(struct report *report)
{
	if (report->file != stdin)
		fclose(report->file);
}
