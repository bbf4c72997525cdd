// SPDX-License-Identifier: GPL-2.0
/*
 * `move`: write what is to be moved where, with `dry` before it or not; read what became of it, a
 * row for each process:
 *
 *	PID node N		page tables of a process that lie on another node, to node N
 *	PID cache		those that are not pt_cache_live.ko's, into its blocks
 *	range START END		of all processes, those in page frames from START to before END
 *	pfn P			the one in this page frame, which is not used again
 *
 *	exec 3<> move; echo 1234 node 1 >&3; cat <&3; exec 3>&-
 *
 * A request is done when the write returns.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/nodemask.h>
#include <linux/sched/mm.h>
#include <linux/string.h>

#include "census/processes.h"
#include "pt_cache.h"
#include "report/report.h"
#include "user/move.h"
#include "user/move_request.h"
#include "user/rows.h"

#define MOVE_REQUEST_WORDS	5

/* A request as it is written. */
struct move_request {
	bool dry;
	pid_t pid;			/* 0: all processes */
	bool found;			/* a table where the request is about */
	struct ptc_aim aim;
};

static struct dentry *move_request_file;

static bool move_request_has_kept(const struct ptc_move *move)
{
	return move->kept[PTC_KEPT_MIXED] || move->kept[PTC_KEPT_BUSY] || move->kept[PTC_KEPT_OTHER];
}

static bool move_request_says_something(const struct ptc_move *move)
{
	return move->moved || move->no_memory || move_request_has_kept(move) ||
	       move->state == PTC_WORK_BUSY || move->state == PTC_WORK_CUT;
}

/*
 * Do a request for a process, whose reference of mm_users is given up first: it may end meanwhile.
 * Of all processes only those get a row that had a table there.
 * Returns what became of it, or -ENOMEM if that could not be kept, and nothing was done.
 */
static int move_request_do(struct ptc_rows *rows, struct ptc_process *process,
			   struct move_request *request)
{
	struct ptc_row *row = ptc_rows_new(rows, process, request->dry);
	struct mm_struct *mm = process->mm;
	struct ptc_move move = {
		.pid = process->pid,
		.aim = &request->aim,
		.dry = request->dry,
		.sleeps_max = PTC_WORK_SLEEPS_OF_REQUEST,
	};
	int err;

	mmgrab(mm);
	ptc_process_put(process);
	if (!row) {
		mmdrop(mm);
		return -ENOMEM;
	}
	ptc_move_mm(mm, &move);
	mmdrop(mm);
	row->state = move.state;
	row->done = move.moved;
	memcpy(row->kept, move.kept, sizeof(row->kept));
	row->rest = move.no_memory;
	if (move_request_says_something(&move)) {
		request->found = true;
		ptc_rows_keep(rows);
	} else if (request->pid) {
		ptc_rows_keep(rows);
	}
	err = ptc_work_error(move.state);
	if (!err && !request->pid && !request->dry && move_request_has_kept(&move))
		err = -EBUSY;
	return err;
}

/*
 * A process that is busy or has ended does not end it, nor one whose memory cgroup is at its limit.
 * If a table is still there, an error is returned.
 */
static int move_request_do_all(struct ptc_rows *rows, struct move_request *request)
{
	const struct ptc_filter filter = { .for_work = true };
	struct ptc_process process;
	pid_t from = 0;
	int ret, err, kept = 0;

	while ((ret = ptc_process_next(from, &filter, &process)) > 0) {
		from = process.pid + 1;
		err = move_request_do(rows, &process, request);
		if (err == -EINTR)
			return err;
		if (err == -EBUSY || err == -ENOMEM)
			kept = err;
	}
	if (ret || kept)
		return ret ?: kept;
	if (request->found || request->aim.end - request->aim.start > 1)
		return 0;
	pr_warn_ratelimited("move: no process has a page table of PTEs in page frame 0x%lx\n",
			    request->aim.start);
	return -ENOENT;
}

static int move_request_do_pid(struct ptc_rows *rows, struct move_request *request)
{
	struct pid *pid = ptc_process_find(request->pid);
	struct ptc_process process;
	int err;

	err = pid ? ptc_process_get(pid, &process) : -ESRCH;
	put_pid(pid);
	if (err == -EINVAL)
		pr_warn_ratelimited("move: %d is a kernel thread, without page tables of its own\n",
				    request->pid);
	else if (err)
		pr_warn_ratelimited("move: there is no process %d, or it has ended\n", request->pid);
	return err ?: move_request_do(rows, &process, request);
}

static int move_request_parse_node(struct ptc_aim *aim, const char *word)
{
	aim->kind = PTC_AIM_NODE;
	if (kstrtoint(word, 10, &aim->nid))
		return -EINVAL;
	if (aim->nid < 0 || aim->nid >= MAX_NUMNODES || !node_state(aim->nid, N_MEMORY)) {
		pr_warn_ratelimited("move: node %d has no memory\n", aim->nid);
		return -ENODEV;
	}
	return 0;
}

static int move_request_parse_cache(struct ptc_aim *aim)
{
	aim->kind = PTC_AIM_CACHE;
	aim->lender = pt_cache_lender_get(NULL);
	if (aim->lender)
		return 0;
	pr_warn_ratelimited("move: pt_cache_live.ko is not loaded, whose blocks the tables would go to\n");
	return -ENODEV;
}

static int move_request_parse_range(struct ptc_aim *aim, const char *start, const char *end)
{
	aim->kind = PTC_AIM_RANGE;
	if (kstrtoul(start, 0, &aim->start))
		return -EINVAL;
	if (!end)
		aim->end = aim->start + 1;
	else if (kstrtoul(end, 0, &aim->end))
		return -EINVAL;
	return aim->start < aim->end ? 0 : -EINVAL;
}

/* The words of a request, as they are listed above. */
static int move_request_parse_words(struct move_request *request, char *word[], unsigned int nr)
{
	struct ptc_aim *aim = &request->aim;

	aim->retire = nr == 2 && !strcmp(word[0], "pfn");
	if (aim->retire)
		return move_request_parse_range(aim, word[1], NULL);
	if (nr == 3 && !strcmp(word[0], "range"))
		return move_request_parse_range(aim, word[1], word[2]);
	if (nr < 2 || kstrtoint(word[0], 10, &request->pid) || request->pid <= 0)
		return -EINVAL;
	if (nr == 3 && !strcmp(word[1], "node"))
		return move_request_parse_node(aim, word[2]);
	if (nr == 2 && !strcmp(word[1], "cache"))
		return move_request_parse_cache(aim);
	return -EINVAL;
}

static int move_request_parse(struct move_request *request, char *line)
{
	char *word[MOVE_REQUEST_WORDS];
	unsigned int nr = 0, first;
	int err = -EINVAL;

	line = strim(line);
	while (nr < MOVE_REQUEST_WORDS && (word[nr] = strsep(&line, " \t")))
		if (*word[nr])
			nr++;
	request->dry = nr && !strcmp(word[0], "dry");
	first = request->dry;
	if (nr < MOVE_REQUEST_WORDS)
		err = move_request_parse_words(request, word + first, nr - first);
	if (err == -EINVAL)
		pr_warn_ratelimited("move: expected 'PID node N', 'PID cache', 'range START_PFN END_PFN' or 'pfn P', or 'dry' and one of them\n");
	return err;
}

static int move_request_write(void *state, char *line)
{
	struct move_request request = { .pid = 0 };
	int err;

	ptc_aim_init(&request.aim);
	err = move_request_parse(&request, line);
	if (!err)
		err = request.pid ? move_request_do_pid(state, &request) :
				    move_request_do_all(state, &request);
	ptc_aim_end(&request.aim);
	return err;
}

static int move_request_begin(void *state)
{
	return ptc_rows_begin(state);
}

static int move_request_next(void *state)
{
	return ptc_rows_next(state);
}

static void move_request_show(struct seq_file *m, const void *state)
{
	ptc_rows_show(m, state);
}

static void move_request_remarks(struct seq_file *m, const void *state)
{
	if (ptc_rows_none(state))
		seq_puts(m, "# write 'PID node N', 'PID cache', 'range START_PFN END_PFN' or 'pfn P', or 'dry' and one of them, to the open file first: exec 3<> move; echo PID node 1 >&3; cat <&3\n");
}

static void move_request_release(void *state)
{
	ptc_rows_free(state);
}

static const struct ptc_report move_request_report = {
	.name = "move",
	.owner = THIS_MODULE,
	.mode = 0600,
	.format = 1,
	.columns = "pid mm moved kept_mixed kept_busy kept_other no_memory state comm",
	.size = sizeof(struct ptc_rows),
	.begin = move_request_begin,
	.remarks = move_request_remarks,
	.next = move_request_next,
	.show = move_request_show,
	.write = move_request_write,
	.release = move_request_release,
};

void ptc_move_request_init(void)
{
	move_request_file = ptc_report_add(&move_request_report);
}

void ptc_move_request_exit(void)
{
	ptc_report_remove(move_request_file);
}
