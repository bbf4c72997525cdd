/* SPDX-License-Identifier: GPL-2.0 */
/* The mms of all processes, each once, without a list of them. */
#ifndef PTC_CENSUS_PROCESSES_H
#define PTC_CENSUS_PROCESSES_H

#include <linux/mm_types.h>
#include <linux/pid.h>
#include <linux/sched.h>

struct ptc_process {
	struct mm_struct *mm;		/* a reference of its users, until ptc_process_put() */
	pid_t pid;			/* as the initial namespace counts */
	char comm[TASK_COMM_LEN];
};

int ptc_process_next(pid_t pid, struct ptc_process *process);
int ptc_process_get(struct pid *pid, struct ptc_process *process);
int ptc_process_of_mm(unsigned long mm, pid_t *pid, char comm[TASK_COMM_LEN]);
void ptc_process_put(struct ptc_process *process);
struct pid *ptc_process_find(pid_t pid);

#endif /* PTC_CENSUS_PROCESSES_H */
