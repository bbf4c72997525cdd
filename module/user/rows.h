/* SPDX-License-Identifier: GPL-2.0 */
/* What became of requests to an open file, a row for each process. */
#ifndef PTC_USER_ROWS_H
#define PTC_USER_ROWS_H

#include <linux/list.h>
#include <linux/sched.h>
#include <linux/seq_file.h>

#include "user/work.h"

struct ptc_row {
	pid_t pid;
	unsigned long mm;		/* identity */
	bool dry;
	enum ptc_work_state state;
	unsigned long done;		/* tables */
	unsigned long kept[PTC_NR_KEPT];
	unsigned long rest;		/* tables, of the request's last column of numbers */
	char comm[TASK_COMM_LEN];
};

struct ptc_rows_page;

/* Zeroed to begin with. */
struct ptc_rows {
	struct list_head pages;		/* initialised by the first row */
	/* of the reader */
	struct ptc_rows_page *at;
	unsigned int next;
};

struct ptc_process;

struct ptc_row *ptc_rows_new(struct ptc_rows *rows, const struct ptc_process *process, bool dry);
void ptc_rows_keep(struct ptc_rows *rows);
bool ptc_rows_none(const struct ptc_rows *rows);
int ptc_rows_begin(struct ptc_rows *rows);
int ptc_rows_next(struct ptc_rows *rows);
void ptc_rows_show(struct seq_file *m, const struct ptc_rows *rows);
void ptc_rows_free(struct ptc_rows *rows);

#endif /* PTC_USER_ROWS_H */
