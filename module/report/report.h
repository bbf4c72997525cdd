/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The reports in /sys/kernel/debug/pt_cache/, of every pt_cache module. A report is a struct
 * ptc_report, which says how to find and print one record after another. Opening, the head, the
 * last line, stopping and counting are the same for all, in report.c.
 */
#ifndef PTC_REPORT_H
#define PTC_REPORT_H

#include <linux/fs.h>
#include <linux/seq_file.h>

struct dentry;
struct module;

struct ptc_report {
	const char *name;
	struct module *owner;
	umode_t mode;
	unsigned int format;		/* changes when a column goes or changes its meaning */
	const char *columns;
	size_t size;			/* of the state of an open file; zeroed when it is opened */
	/* Optional: go back to the first record. Returns 0 or an error, which cuts the report. */
	int (*begin)(void *state);
	/* Optional: print more lines that begin with #, after begin(). */
	void (*remarks)(struct seq_file *m, const void *state);
	/*
	 * Find the next record. Returns 1, 0 if there is none, or an error, which cuts the report.
	 * After -EINTR it may be called again, and goes on.
	 */
	int (*next)(void *state);
	/* Print the record. May be called more than once for it. */
	void (*show)(struct seq_file *m, const void *state);
	/* Optional: select what is reported, by a line that was written. Returns 0 or an error. */
	int (*write)(void *state, char *line);
	/* Optional: give up what the state holds. */
	void (*release)(void *state);
};

struct dentry *ptc_reports_init(void);
void ptc_reports_exit(void);

struct dentry *ptc_report_add(const struct ptc_report *report);
void ptc_report_remove(struct dentry *file);

bool ptc_signal_ends_work(void);

void ptc_report_hex(struct seq_file *m, unsigned long value, bool known);
void ptc_report_number(struct seq_file *m, long value);
void ptc_report_comm(struct seq_file *m, const char *comm);

#endif /* PTC_REPORT_H */
