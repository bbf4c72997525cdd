// SPDX-License-Identifier: GPL-2.0
/*
 * `reclaim`: write a pid, `all`, or `dry` and one of them; read what became of each process:
 *
 *	exec 3<> reclaim; echo 1234 >&3; cat <&3; exec 3>&-
 *
 * A request is done when the write returns. What became of it is kept with the open file, in as
 * many pages as it needs, so that many requests may be written before they are read.
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "census/processes.h"
#include "fault.h"
#include "report/report.h"
#include "user/reclaim.h"
#include "user/request.h"

/* 2 to 4 s for a process whose mmap lock is held by others. */
#define REQUEST_SLEEPS_MAX	400

struct request_row {
	pid_t pid;
	unsigned long mm;		/* identity */
	struct ptc_reclaim result;
	char comm[TASK_COMM_LEN];
};

/* A page of rows. */
struct request_rows {
	struct list_head link;
	unsigned int nr;
	struct request_row row[];
};

#define REQUEST_ROWS_MAX							\
	((PAGE_SIZE - sizeof(struct request_rows)) / sizeof(struct request_row))

struct request_state {
	struct list_head rows;		/* initialised by the first request */
	/* of the reader */
	struct request_rows *at;
	unsigned int next;
};

static struct dentry *request_file;

/* Room for the result of the next process, before anything is done to it; NULL without memory. */
static struct request_row *request_new_row(struct request_state *all)
{
	struct request_rows *last = list_empty(&all->rows) ? NULL :
				    list_last_entry(&all->rows, struct request_rows, link);

	if (last && last->nr < REQUEST_ROWS_MAX)
		return &last->row[last->nr];
	last = ptc_fallible(kzalloc(PAGE_SIZE, GFP_KERNEL_ACCOUNT), NULL);
	if (!last)
		return NULL;
	list_add_tail(&last->link, &all->rows);
	return &last->row[0];
}

static void request_keep_row(struct request_state *all)
{
	list_last_entry(&all->rows, struct request_rows, link)->nr++;
}

/*
 * Do a request for a process, whose reference of mm_users is given up first: it may end
 * meanwhile.
 * Returns what became of it, or -ENOMEM if that could not be kept, and nothing was done.
 */
static int request_do(struct request_state *all, struct ptc_process *process, bool dry)
{
	struct request_row *row = request_new_row(all);
	struct mm_struct *mm = process->mm;

	mmgrab(mm);
	ptc_process_put(process);
	if (!row) {
		mmdrop(mm);
		return -ENOMEM;
	}
	memset(row, 0, sizeof(*row));
	row->pid = process->pid;
	row->mm = (unsigned long)mm;
	memcpy(row->comm, process->comm, TASK_COMM_LEN);
	row->result.pid = process->pid;
	row->result.dry = dry;
	row->result.sleeps_max = REQUEST_SLEEPS_MAX;
	ptc_reclaim_mm(mm, &row->result);
	request_keep_row(all);
	mmdrop(mm);
	return row->result.state;
}

static int request_error_of(int state)
{
	switch (state) {
	case PTC_RECLAIM_OK:
		return 0;
	case PTC_RECLAIM_BUSY:
		return -EBUSY;
	case PTC_RECLAIM_NO_MEMORY:
		return -ENOMEM;
	case PTC_RECLAIM_CUT:
		return -EINTR;
	case PTC_RECLAIM_ENDED:
		return -ESRCH;
	default:
		return state;
	}
}

/* A process that is busy or has ended does not end it. */
static int request_do_all(struct request_state *all, bool dry)
{
	const struct ptc_filter filter = { .for_work = true };
	struct ptc_process process;
	pid_t from = 0;
	int ret;

	while ((ret = ptc_process_next(from, &filter, &process)) > 0) {
		from = process.pid + 1;
		ret = request_error_of(request_do(all, &process, dry));
		if (ret == -EINTR || ret == -ENOMEM)
			break;
	}
	return ret == -EINTR || ret == -ENOMEM ? ret : 0;
}

static int request_do_pid(struct request_state *all, pid_t number, bool dry)
{
	struct pid *pid = ptc_process_find(number);
	struct ptc_process process;
	int err;

	err = pid ? ptc_process_get(pid, &process) : -ESRCH;
	put_pid(pid);
	if (err == -EINVAL)
		pr_warn_ratelimited("reclaim: %d is a kernel thread, without page tables of its own\n",
				    number);
	else if (err)
		pr_warn_ratelimited("reclaim: there is no process %d, or it has ended\n", number);
	return err ?: request_error_of(request_do(all, &process, dry));
}

static int request_write(void *state, char *line)
{
	struct request_state *all = state;
	bool dry = false;
	int number;

	if (!all->rows.next)
		INIT_LIST_HEAD(&all->rows);
	line = strim(line);
	if (!strncmp(line, "dry ", 4)) {
		dry = true;
		line = skip_spaces(line + 4);
	}
	if (!strcmp(line, "all"))
		return request_do_all(all, dry);
	if (kstrtoint(line, 10, &number) || number <= 0) {
		pr_warn_ratelimited("reclaim: expected a pid, 'all', or 'dry' and one of them\n");
		return -EINVAL;
	}
	return request_do_pid(all, number, dry);
}

static int request_begin(void *state)
{
	struct request_state *all = state;

	all->at = NULL;
	all->next = 0;
	return 0;
}

static int request_next(void *state)
{
	struct request_state *all = state;
	struct list_head *link;

	if (all->at && all->next < all->at->nr) {
		all->next++;
		return 1;
	}
	link = all->at ? all->at->link.next : all->rows.next;
	if (!link || link == &all->rows)
		return 0;
	all->at = list_entry(link, struct request_rows, link);
	if (!all->at->nr)
		return 0;
	all->next = 1;
	return 1;
}

static void request_show(struct seq_file *m, const void *state)
{
	static const char * const states[] = {
		[PTC_RECLAIM_OK] = "ok",
		[PTC_RECLAIM_BUSY] = "busy",
		[PTC_RECLAIM_NO_MEMORY] = "no_memory",
		[PTC_RECLAIM_CUT] = "cut",
		[PTC_RECLAIM_ENDED] = "ended",
	};
	const struct request_state *all = state;
	const struct request_row *row = &all->at->row[all->next - 1];
	const struct ptc_reclaim *result = &row->result;

	seq_printf(m, "%d 0x%lx %lu %lu %lu %lu %lu %s%s", row->pid, row->mm, result->freed,
		   result->kept[PTC_KEPT_MIXED], result->kept[PTC_KEPT_BUSY],
		   result->kept[PTC_KEPT_OTHER], result->in_use, result->dry ? "dry_" : "",
		   states[result->state]);
	ptc_report_comm(m, row->comm);
}

static void request_remarks(struct seq_file *m, const void *state)
{
	const struct request_state *all = state;

	if (!all->rows.next || list_empty(&all->rows))
		seq_puts(m, "# write a pid, 'all', or 'dry' and one of them to the open file first: exec 3<> reclaim; echo PID >&3; cat <&3\n");
}

static void request_release(void *state)
{
	struct request_state *all = state;
	struct request_rows *rows, *next;

	if (!all->rows.next)
		return;
	list_for_each_entry_safe(rows, next, &all->rows, link)
		kfree(rows);
}

static const struct ptc_report request_report = {
	.name = "reclaim",
	.owner = THIS_MODULE,
	.mode = 0600,
	.format = 1,
	.columns = "pid mm freed kept_mixed kept_busy kept_other in_use state comm",
	.size = sizeof(struct request_state),
	.begin = request_begin,
	.remarks = request_remarks,
	.next = request_next,
	.show = request_show,
	.write = request_write,
	.release = request_release,
};

void ptc_request_init(void)
{
	request_file = ptc_report_add(&request_report);
}

void ptc_request_exit(void)
{
	ptc_report_remove(request_file);
}
