// SPDX-License-Identifier: GPL-2.0
/*
 * Iterates over processes by pid, so that an iteration can stop anywhere and resume later while
 * processes start and exit. tasklist_lock is not exported; RCU suffices, and is held for 16 pids
 * at a time. Preemption is off meanwhile: a reader of low priority that is preempted would have
 * every grace period of the machine wait for it.
 */
#include <linux/cgroup.h>
#include <linux/export.h>
#include <linux/idr.h>
#include <linux/mm.h>
#include <linux/pid_namespace.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/string.h>
#include <linux/topology.h>

#include "census/processes.h"
#include "report/report.h"

#define PIDS_PER_SECTION	16

/*
 * Is @mm reported in this process? Processes may share an mm (vfork(), CLONE_VM). With memory
 * cgroups the kernel records one of them as the mm's owner. Without them it records none, and the
 * mm is reported in each process that shares it. An mm whose owner has just exited is reported
 * wherever it is found.
 */
static bool processes_stands_for(const struct task_struct *leader, const struct mm_struct *mm)
{
#ifdef CONFIG_MEMCG
	const struct task_struct *owner = rcu_dereference(mm->owner);

	return !owner || owner->tgid == leader->tgid;
#else
	return true;
#endif
}

/* Get the mm of a process. Its leader may have exited before its other threads. Under RCU. */
static struct mm_struct *processes_mm_of(struct task_struct *leader)
{
	struct task_struct *thread;

	if (leader->flags & PF_KTHREAD)
		return NULL;
	for_each_thread(leader, thread) {
		struct mm_struct *mm = get_task_mm(thread);

		if (mm)
			return mm;
	}
	return NULL;
}

/* The cgroup of version 2 that a task is in, or NULL. Under RCU. */
static const struct cgroup *processes_cgroup_of(struct task_struct *task)
{
#ifdef CONFIG_CGROUPS
	return task_dfl_cgroup(task);
#else
	return NULL;
#endif
}

/* Is the task in the cgroup with this id, or in one below it? Context: under RCU. */
bool ptc_task_in_cgroup(struct task_struct *task, u64 id)
{
#ifdef CONFIG_CGROUPS
	const struct cgroup *cgroup = processes_cgroup_of(task);

	for (; cgroup; cgroup = cgroup_parent((struct cgroup *)cgroup))
		if (cgroup_id(cgroup) == id)
			return true;
#endif
	return false;
}
EXPORT_SYMBOL_GPL(ptc_task_in_cgroup);

/* Under RCU. */
static bool processes_wanted(struct task_struct *leader, const struct mm_struct *mm,
			     const struct ptc_filter *filter)
{
	if (!filter)
		return processes_stands_for(leader, mm);
	/* who asks for a process by its pid gets it, even if another one stands for its mm */
	if (filter->pid ? leader->tgid != filter->pid : !processes_stands_for(leader, mm))
		return false;
	if (filter->cgroup && !ptc_task_in_cgroup(leader, filter->cgroup))
		return false;
	if (filter->exempt && filter->exempt(leader))
		return false;
	return mm_pgtables_bytes(mm) >= filter->min_table_bytes;
}

/* Under RCU. */
static bool processes_take(struct task_struct *leader, struct ptc_process *process)
{
	process->mm = processes_mm_of(leader);
	if (!process->mm)
		return false;
	process->pid = leader->tgid;
	process->nid = cpu_to_node(task_cpu(leader));
	process->start = leader->start_boottime;
	process->cgroup = processes_cgroup_of(leader) ?
			  cgroup_id(processes_cgroup_of(leader)) : 0;
	memcpy(process->comm, leader->comm, TASK_COMM_LEN);
	process->comm[TASK_COMM_LEN - 1] = '\0';
	return true;
}

static void processes_lock(void) __acquires(RCU)
{
	preempt_disable();
	rcu_read_lock();
}

static void processes_unlock(void) __releases(RCU)
{
	rcu_read_unlock();
	preempt_enable();
}

static bool processes_is_interrupted(const struct ptc_filter *filter)
{
	return filter && filter->for_work ? ptc_signal_ends_work() : signal_pending(current);
}

/**
 * ptc_process_next - find the first process from @pid on in which an mm is reported
 * @pid: in the initial pid namespace
 * @filter: which processes are wanted; NULL for all
 * @process: filled, with a reference of mm_users
 *
 * Context: process context, may sleep.
 * Return: 1, 0 if there is none, -EINTR on a signal.
 */
int ptc_process_next(pid_t pid, const struct ptc_filter *filter, struct ptc_process *process)
{
	unsigned int looked = 0;
	bool found = false;
	struct pid *at;

	if (filter && filter->pid) {
		if (pid > filter->pid)
			return 0;
		pid = filter->pid;
	}
	processes_lock();
	for (; !found && (at = idr_get_next(&init_pid_ns.idr, &pid)); pid++) {
		struct task_struct *leader = pid_task(at, PIDTYPE_TGID);

		if (leader && processes_take(leader, process)) {
			found = processes_wanted(leader, process->mm, filter);
			if (!found)
				ptc_process_put(process);
		}
		if (++looked % PIDS_PER_SECTION == 0) {
			processes_unlock();
			cond_resched();
			if (!found && processes_is_interrupted(filter))
				return -EINTR;
			processes_lock();
		}
		if (filter && filter->pid)
			break;
	}
	processes_unlock();
	return found;
}
EXPORT_SYMBOL_GPL(ptc_process_next);

/**
 * ptc_process_get - get the process of a pid
 * @pid: of any of its threads
 * @process: filled, with a reference of mm_users
 *
 * Context: any but NMI.
 * Return: 0, -ESRCH if the process has exited, -EINVAL for a kernel thread.
 */
int ptc_process_get(struct pid *pid, struct ptc_process *process)
{
	struct task_struct *task;
	int err = -ESRCH;

	rcu_read_lock();
	task = pid_task(pid, PIDTYPE_PID);
	if (task && task->flags & PF_KTHREAD)
		err = -EINVAL;
	else if (task && processes_take(task->group_leader, process))
		err = 0;
	rcu_read_unlock();
	return err;
}
EXPORT_SYMBOL_GPL(ptc_process_get);

/**
 * ptc_process_of_mm - find the process that has an mm
 * @mm: an identity, not a reference
 * @pid: set if there is one
 * @comm: set if there is one
 *
 * For a table that was handed out before its process had a pid. Searches all processes.
 *
 * Context: process context, may sleep.
 * Return: 1, 0 if there is none, -EINTR on a signal.
 */
int ptc_process_of_mm(unsigned long mm, pid_t *pid, char comm[TASK_COMM_LEN])
{
	struct ptc_process process;
	pid_t from = 0;
	int ret;

	while ((ret = ptc_process_next(from, NULL, &process)) > 0) {
		bool found = (unsigned long)process.mm == mm;

		from = process.pid + 1;
		ptc_process_put(&process);
		if (!found)
			continue;
		*pid = process.pid;
		memcpy(comm, process.comm, TASK_COMM_LEN);
		return 1;
	}
	return ret;
}

/**
 * ptc_process_get_of_mm - get the process of a pid, if it still has this mm
 * @pid: 0 or less: none
 * @mm: an identity, not a reference
 * @process: filled; to be given up by ptc_process_put()
 *
 * For an owner that was found before: its process may have ended, and its pid be another one's.
 *
 * Context: process context, may sleep.
 * Return: whether there is one.
 */
bool ptc_process_get_of_mm(pid_t pid, unsigned long mm, struct ptc_process *process)
{
	struct pid *found = pid > 0 ? ptc_process_find(pid) : NULL;
	int err = found ? ptc_process_get(found, process) : -ESRCH;

	put_pid(found);
	if (err)
		return false;
	if ((unsigned long)process->mm == mm)
		return true;
	ptc_process_put(process);
	return false;
}
EXPORT_SYMBOL_GPL(ptc_process_get_of_mm);

/* Get a reference of a pid of the initial pid namespace, or NULL. */
struct pid *ptc_process_find(pid_t pid)
{
	struct pid *found;

	rcu_read_lock();
	found = get_pid(find_pid_ns(pid, &init_pid_ns));
	rcu_read_unlock();
	return found;
}
EXPORT_SYMBOL_GPL(ptc_process_find);

/*
 * The put of the last reference tears down the whole mm, which takes long and acquires locks.
 * Leave that to a worker, not to the reader of a report. Context: any but NMI.
 */
void ptc_process_put(struct ptc_process *process)
{
	mmput_async(process->mm);
	process->mm = NULL;
}
EXPORT_SYMBOL_GPL(ptc_process_put);

/* Planted tables come after all processes. */
#define PROCESSES_PLANTED	(PID_MAX_LIMIT + 1)

#ifdef PTC_SELFTEST
static struct ptc_planted *processes_planted;

void ptc_plant(struct ptc_planted *list)
{
	WRITE_ONCE(processes_planted, list);
}

static bool processes_next_planted(pid_t from, struct ptc_space *space)
{
	const struct ptc_planted *planted = READ_ONCE(processes_planted);
	pid_t at;

	if (!planted)
		return false;
	for (at = PROCESSES_PLANTED; planted->top && at < from; at++)
		planted++;
	if (!planted->top)
		return false;
	*space = (struct ptc_space){
		.top = planted->top,
		.mm = (unsigned long)planted->mm,
		.at = at,
	};
	return true;
}
#else
static bool processes_next_planted(pid_t from, struct ptc_space *space)
{
	return false;
}
#endif

/**
 * ptc_space_next - find the first address space from a place on
 * @from: 0, or one more than @at of the previous address space
 * @space: filled; the caller puts it with ptc_space_put()
 *
 * Context: process context, may sleep.
 * Return: 1, 0 if there is none, -EINTR on a signal.
 */
int ptc_space_next(pid_t from, struct ptc_space *space)
{
	int ret = 0;

	if (from < PROCESSES_PLANTED)
		ret = ptc_process_next(from, NULL, &space->process);
	if (!ret)
		return processes_next_planted(from, space);
	if (ret > 0) {
		space->top = space->process.mm->pgd;
		space->mm = (unsigned long)space->process.mm;
		space->at = space->process.pid;
	}
	return ret;
}

/* Context: any but NMI. */
void ptc_space_put(struct ptc_space *space)
{
	if (space->process.mm)
		ptc_process_put(&space->process);
}
