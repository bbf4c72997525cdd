/* SPDX-License-Identifier: GPL-2.0 */
/* Iterates over the mms of all processes, each once, without a list of them. */
#ifndef PTC_CENSUS_PROCESSES_H
#define PTC_CENSUS_PROCESSES_H

#include <linux/mm_types.h>
#include <linux/pgtable.h>
#include <linux/pid.h>
#include <linux/sched.h>

struct ptc_process {
	struct mm_struct *mm;		/* with a reference of mm_users, until ptc_process_put() */
	pid_t pid;			/* in the initial pid namespace */
	int nid;			/* of the CPU on which it ran last */
	u64 start;			/* in ns after boot, which tells a reused pid */
	u64 cgroup;			/* id, 0 without cgroups */
	char comm[TASK_COMM_LEN];
};

/*
 * Which processes are wanted. A number that is 0 selects all. What is not wanted is told without a
 * lock of the process.
 */
struct ptc_filter {
	pid_t pid;
	u64 cgroup;			/* in this cgroup, or one below it */
	unsigned long min_table_bytes;
	/* Optional: leave this process out, by its leader. Called under RCU. */
	bool (*exempt)(struct task_struct *leader);
	bool for_work;			/* only a signal that ends work ends the search */
};

/*
 * An address space to audit: that of a process, or, in the tests' build, page tables that a test
 * has planted.
 */
struct ptc_space {
	struct ptc_process process;	/* mm is NULL for planted tables */
	pgd_t *top;
	unsigned long mm;		/* identity, not dereferenced */
	pid_t at;			/* its place in the order of ptc_space_next() */
};

int ptc_space_next(pid_t from, struct ptc_space *space);
void ptc_space_put(struct ptc_space *space);

#ifdef PTC_SELFTEST
/* Page tables of a test. The audit treats them as those of one more mm. */
struct ptc_planted {
	pgd_t *top;			/* NULL ends the list */
	const struct mm_struct *mm;	/* identity, not dereferenced */
};

/* Plant @list; NULL plants none. List and tables must not change until the next call. */
void ptc_plant(struct ptc_planted *list);
#endif

int ptc_process_next(pid_t pid, const struct ptc_filter *filter, struct ptc_process *process);
int ptc_process_get(struct pid *pid, struct ptc_process *process);
bool ptc_process_get_of_mm(pid_t pid, unsigned long mm, struct ptc_process *process);
int ptc_process_of_mm(unsigned long mm, pid_t *pid, char comm[TASK_COMM_LEN]);
void ptc_process_put(struct ptc_process *process);
struct pid *ptc_process_find(pid_t pid);
bool ptc_task_in_cgroup(struct task_struct *task, u64 id);

#endif /* PTC_CENSUS_PROCESSES_H */
