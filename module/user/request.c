// SPDX-License-Identifier: GPL-2.0
/*
 * `reclaim`: write a pid, `all`, or `dry` and one of them; read what became of each process:
 *
 *	exec 3<> reclaim; echo 1234 >&3; cat <&3; exec 3>&-
 *
 * A request is done when the write returns.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/sched/mm.h>
#include <linux/string.h>

#include "census/processes.h"
#include "report/report.h"
#include "user/reclaim.h"
#include "user/request.h"
#include "user/rows.h"

static struct dentry *request_file;

/*
 * Do a request for a process, whose reference of mm_users is given up first: it may end
 * meanwhile.
 * Returns what became of it, or -ENOMEM if that could not be kept, and nothing was done.
 */
static int request_do(struct ptc_rows *rows, struct ptc_process *process, bool dry)
{
	struct ptc_row *row = ptc_rows_new(rows, process, dry);
	struct mm_struct *mm = process->mm;
	struct ptc_reclaim reclaim = {
		.pid = process->pid,
		.dry = dry,
		.sleeps_max = PTC_WORK_SLEEPS_OF_REQUEST,
	};

	mmgrab(mm);
	ptc_process_put(process);
	if (!row) {
		mmdrop(mm);
		return -ENOMEM;
	}
	ptc_reclaim_mm(mm, &reclaim);
	mmdrop(mm);
	row->state = reclaim.state;
	row->done = reclaim.freed;
	memcpy(row->kept, reclaim.kept, sizeof(row->kept));
	row->rest = reclaim.in_use;
	ptc_rows_keep(rows);
	return ptc_work_error(reclaim.state);
}

/* A process that is busy or has ended does not end it. */
static int request_do_all(struct ptc_rows *rows, bool dry)
{
	const struct ptc_filter filter = { .for_work = true };
	struct ptc_process process;
	pid_t from = 0;
	int ret;

	while ((ret = ptc_process_next(from, &filter, &process)) > 0) {
		from = process.pid + 1;
		ret = request_do(rows, &process, dry);
		if (ret == -EINTR || ret == -ENOMEM)
			break;
	}
	return ret == -EINTR || ret == -ENOMEM ? ret : 0;
}

static int request_do_pid(struct ptc_rows *rows, pid_t number, bool dry)
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
	return err ?: request_do(rows, &process, dry);
}

static int request_write(void *state, char *line)
{
	struct ptc_rows *rows = state;
	bool dry = false;
	int number;

	line = strim(line);
	if (!strncmp(line, "dry ", 4)) {
		dry = true;
		line = skip_spaces(line + 4);
	}
	if (!strcmp(line, "all"))
		return request_do_all(rows, dry);
	if (kstrtoint(line, 10, &number) || number <= 0) {
		pr_warn_ratelimited("reclaim: expected a pid, 'all', or 'dry' and one of them\n");
		return -EINVAL;
	}
	return request_do_pid(rows, number, dry);
}

static int request_begin(void *state)
{
	return ptc_rows_begin(state);
}

static int request_next(void *state)
{
	return ptc_rows_next(state);
}

static void request_show(struct seq_file *m, const void *state)
{
	ptc_rows_show(m, state);
}

static void request_remarks(struct seq_file *m, const void *state)
{
	if (ptc_rows_none(state))
		seq_puts(m, "# write a pid, 'all', or 'dry' and one of them to the open file first: exec 3<> reclaim; echo PID >&3; cat <&3\n");
}

static void request_release(void *state)
{
	ptc_rows_free(state);
}

static const struct ptc_report request_report = {
	.name = "reclaim",
	.owner = THIS_MODULE,
	.mode = 0600,
	.format = 1,
	.columns = "pid mm freed kept_mixed kept_busy kept_other in_use state comm",
	.size = sizeof(struct ptc_rows),
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
