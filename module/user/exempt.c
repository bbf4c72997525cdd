// SPDX-License-Identifier: GPL-2.0
/*
 * `reclaim_exempt`: processes and cgroups that auto_reclaim leaves alone. Write `pid N` or
 * `cgroup ID` (an id is the inode number of the cgroup's folder; those below it are exempt, too),
 * or either with `not` before it to take it back; read what is exempt.
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/rculist.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "census/processes.h"
#include "fault.h"
#include "report/report.h"
#include "user/exempt.h"

/* Each is compared with each process that has tables enough. */
#define EXEMPT_MAX	64

struct exempt_entry {
	struct list_head link;
	struct rcu_head rcu;
	struct pid *pid;	/* NULL: a cgroup. The reference tells a pid that is used again */
	u64 cgroup;
};

static LIST_HEAD(exempt_list);
static DEFINE_MUTEX(exempt_mutex); /* changes of the list; innermost */
static unsigned int exempt_nr;

/* Is the process exempt? Context: under RCU. */
bool ptc_exempt(struct task_struct *leader)
{
	const struct exempt_entry *entry;

	list_for_each_entry_rcu(entry, &exempt_list, link)
		if (entry->pid ? task_tgid(leader) == entry->pid :
				 ptc_task_in_cgroup(leader, entry->cgroup))
			return true;
	return false;
}

static void exempt_free(struct rcu_head *rcu)
{
	struct exempt_entry *entry = container_of(rcu, struct exempt_entry, rcu);

	put_pid(entry->pid);
	kfree(entry);
}

static void exempt_remove(struct exempt_entry *entry)
{
	list_del_rcu(&entry->link);
	exempt_nr--;
	call_rcu(&entry->rcu, exempt_free);
}

static bool exempt_has_ended(const struct exempt_entry *entry)
{
	bool ended;

	rcu_read_lock();
	ended = entry->pid && !pid_task(entry->pid, PIDTYPE_TGID);
	rcu_read_unlock();
	return ended;
}

static struct exempt_entry *exempt_find(const struct pid *pid, u64 cgroup)
{
	struct exempt_entry *entry;

	list_for_each_entry(entry, &exempt_list, link)
		if (entry->pid == pid && entry->cgroup == cgroup)
			return entry;
	return NULL;
}

/* Takes over the reference of @pid. Returns 0 or an error. */
static int exempt_add(struct pid *pid, u64 cgroup)
{
	struct exempt_entry *entry, *next;

	list_for_each_entry_safe(entry, next, &exempt_list, link)
		if (exempt_has_ended(entry))
			exempt_remove(entry);
	if (exempt_find(pid, cgroup)) {
		put_pid(pid);
		return 0;
	}
	entry = exempt_nr < EXEMPT_MAX ?
		ptc_fallible(kzalloc(sizeof(*entry), GFP_KERNEL), NULL) : NULL;
	if (!entry) {
		put_pid(pid);
		return exempt_nr < EXEMPT_MAX ? -ENOMEM : -ENOSPC;
	}
	entry->pid = pid;
	entry->cgroup = cgroup;
	list_add_tail_rcu(&entry->link, &exempt_list);
	exempt_nr++;
	return 0;
}

static int exempt_take_back(const struct pid *pid, u64 cgroup)
{
	struct exempt_entry *entry = exempt_find(pid, cgroup);

	if (!entry)
		return -ENOENT;
	exempt_remove(entry);
	return 0;
}

static int exempt_change(bool add, struct pid *pid, u64 cgroup)
{
	int err;

	mutex_lock(&exempt_mutex);
	if (add) {
		err = exempt_add(pid, cgroup);
	} else {
		err = exempt_take_back(pid, cgroup);
		put_pid(pid);
	}
	mutex_unlock(&exempt_mutex);
	return err;
}

/* A reference of the pid of a process, by that of any of its threads, or an ERR_PTR. */
static struct pid *exempt_find_process(pid_t number)
{
	struct pid *pid = ptc_process_find(number), *leader = ERR_PTR(-ESRCH);
	struct task_struct *task;

	rcu_read_lock();
	task = pid_task(pid, PIDTYPE_PID);
	if (task && task->flags & PF_KTHREAD)
		leader = ERR_PTR(-EINVAL);
	else if (task && task_tgid(task))
		leader = get_pid(task_tgid(task));
	rcu_read_unlock();
	put_pid(pid);
	return leader;
}

static int exempt_write(void *state, char *line)
{
	bool add = true;
	struct pid *pid;
	int number;
	u64 cgroup;

	line = strim(line);
	if (!strncmp(line, "not ", 4)) {
		add = false;
		line += 4;
	}
	if (!strncmp(line, "pid ", 4) && !kstrtoint(line + 4, 10, &number) && number > 0) {
		pid = exempt_find_process(number);
		return IS_ERR(pid) ? PTR_ERR(pid) : exempt_change(add, pid, 0);
	}
	if (!strncmp(line, "cgroup ", 7) && !kstrtou64(line + 7, 0, &cgroup) && cgroup)
		return exempt_change(add, NULL, cgroup);
	pr_warn_ratelimited("reclaim_exempt: expected 'pid N' or 'cgroup ID', or either after 'not'\n");
	return -EINVAL;
}

struct exempt_state {
	unsigned int next;
	pid_t pid;		/* the line: 0 for a cgroup */
	u64 cgroup;
	char comm[TASK_COMM_LEN];
};

static int exempt_begin(void *state)
{
	((struct exempt_state *)state)->next = 0;
	return 0;
}

/* Under RCU. */
static void exempt_show_entry(const struct exempt_entry *entry, struct exempt_state *line)
{
	struct task_struct *leader = entry->pid ? pid_task(entry->pid, PIDTYPE_TGID) : NULL;

	line->pid = entry->pid ? pid_nr(entry->pid) : 0;
	line->cgroup = entry->cgroup;
	memset(line->comm, 0, sizeof(line->comm));
	if (leader)
		strscpy(line->comm, leader->comm, sizeof(line->comm));
}

static int exempt_next(void *state)
{
	struct exempt_state *line = state;
	const struct exempt_entry *entry;
	unsigned int at = 0;
	int found = 0;

	rcu_read_lock();
	list_for_each_entry_rcu(entry, &exempt_list, link) {
		if (at++ < line->next)
			continue;
		exempt_show_entry(entry, line);
		line->next = at;
		found = 1;
		break;
	}
	rcu_read_unlock();
	return found;
}

static void exempt_show(struct seq_file *m, const void *state)
{
	const struct exempt_state *line = state;

	if (line->pid)
		seq_printf(m, "pid %d", line->pid);
	else
		seq_printf(m, "cgroup %llu", line->cgroup);
	ptc_report_comm(m, line->comm);
}

static const struct ptc_report exempt_report = {
	.name = "reclaim_exempt",
	.owner = THIS_MODULE,
	.mode = 0600,
	.format = 1,
	.columns = "what id comm",
	.size = sizeof(struct exempt_state),
	.begin = exempt_begin,
	.next = exempt_next,
	.show = exempt_show,
	.write = exempt_write,
};

static struct dentry *exempt_file;

void ptc_exempt_init(void)
{
	exempt_file = ptc_report_add(&exempt_report);
}

/* Nobody asks any more. */
void ptc_exempt_exit(void)
{
	struct exempt_entry *entry, *next;

	ptc_report_remove(exempt_file);
	list_for_each_entry_safe(entry, next, &exempt_list, link)
		exempt_remove(entry);
	rcu_barrier();
}
