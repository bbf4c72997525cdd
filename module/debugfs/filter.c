// SPDX-License-Identifier: GPL-2.0
/* Which processes a report is about, as written to its open file. */
#include <linux/kernel.h>
#include <linux/string.h>

#include "debugfs/filter.h"

/* Returns the number after the word and a space, as text, or NULL if the line has another word. */
static const char *filter_number_after(const char *line, const char *word)
{
	size_t length = strlen(word);

	return !strncmp(line, word, length) && line[length] == ' ' ? line + length + 1 : NULL;
}

static int filter_parse(struct ptc_filter *filter, const char *line)
{
	const char *number;
	int err;

	number = filter_number_after(line, "pid");
	if (number) {
		pid_t pid;

		err = kstrtoint(number, 0, &pid);
		if (err || pid < 0)
			return -EINVAL;
		filter->pid = pid;
		return 0;
	}
	number = filter_number_after(line, "cgroup");
	if (number)
		return kstrtou64(number, 0, &filter->cgroup);
	number = filter_number_after(line, "min_table_bytes");
	if (number)
		return kstrtoul(number, 0, &filter->min_table_bytes);
	return -EINVAL;
}

/**
 * ptc_filter_write - change a filter
 * @filter: the open file's; unchanged if the line is not understood
 * @report: its name, for the message
 * @line: "pid N", "cgroup ID" or "min_table_bytes N"; 0 takes it back. Those that were written
 *	before stay in force beside it.
 *
 * Context: any but NMI.
 * Return: 0 or -EINVAL.
 */
int ptc_filter_write(struct ptc_filter *filter, const char *report, const char *line)
{
	if (!filter_parse(filter, line))
		return 0;
	pr_warn_ratelimited("%s: expected 'pid N', 'cgroup ID' or 'min_table_bytes N'\n", report);
	return -EINVAL;
}
