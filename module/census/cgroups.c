// SPDX-License-Identifier: GPL-2.0
/*
 * Sums the page tables of the processes of each cgroup of version 2. A pass over the processes
 * serves the cgroups with the lowest ids that are still to come, so that nothing is allocated for
 * each cgroup. A process that is moved meanwhile may be counted in both cgroups or in neither. The
 * ids of cgroups rise, so the first pass tells which is the last: where cgroups come all the time,
 * newer ones would be still to come for ever.
 */
#include <linux/cgroup.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "census/cgroups.h"

void ptc_cgroups_begin(struct ptc_cgroups *cgroups)
{
	ptc_patience_for_pass(&cgroups->patience);
	cgroups->above = cgroups->last = 0;
	cgroups->nr = cgroups->at = 0;
	cgroups->pid = 0;
}

/* Returns the place of the first cgroup with an id of at least @id. */
static unsigned int cgroups_place(const struct ptc_cgroups *cgroups, u64 id)
{
	unsigned int at = 0;

	while (at < cgroups->nr && cgroups->sums[at].id < id)
		at++;
	return at;
}

/* Make room for a cgroup, at the expense of the one with the highest id if there is none. */
static void cgroups_note(struct ptc_cgroups *cgroups, u64 id)
{
	unsigned int at = cgroups_place(cgroups, id);

	if (at == PTC_CGROUPS_AT_ONCE || (at < cgroups->nr && cgroups->sums[at].id == id))
		return;
	if (cgroups->nr < PTC_CGROUPS_AT_ONCE)
		cgroups->nr++;
	memmove(&cgroups->sums[at + 1], &cgroups->sums[at],
		(cgroups->nr - 1 - at) * sizeof(cgroups->sums[0]));
	cgroups->sums[at] = (struct ptc_cgroup_sums){ .id = id };
}

/*
 * Choose the cgroups of the next pass, none of which is counted yet. Acquires no lock of a process.
 * Returns 0 or -EINTR.
 */
static int cgroups_choose(struct ptc_cgroups *cgroups)
{
	u64 last = cgroups->last ?: U64_MAX, highest = 0;
	struct ptc_process process;
	pid_t pid = 0;
	int ret;

	cgroups->nr = cgroups->at = 0;
	while ((ret = ptc_process_next(pid, &cgroups->filter, &process)) > 0) {
		pid = process.pid + 1;
		if (process.cgroup > cgroups->above && process.cgroup <= last)
			cgroups_note(cgroups, process.cgroup);
		highest = max(highest, process.cgroup);
		ptc_process_put(&process);
	}
	if (ret)
		cgroups->nr = 0;
	else if (!cgroups->last)
		cgroups->last = highest;
	cgroups->at = cgroups->nr;
	return ret;
}

static void cgroups_add(struct ptc_cgroup_sums *sums, const struct ptc_census *census)
{
	sums->mms++;
	sums->mms_busy += census->state != PTC_CENSUS_OK;
	sums->table_bytes += census->bytes;
	sums->shared_bytes += census->pmd_shared << PAGE_SHIFT;
	sums->empty_bytes += census->pte_empty << PAGE_SHIFT;
	sums->deposited += census->deposited;
	sums->remote += census->remote;
}

/* Count the process if it is in one of the chosen cgroups. Returns 0 or -EINTR. */
static int cgroups_count(struct ptc_cgroups *cgroups, const struct ptc_process *process)
{
	unsigned int at = cgroups_place(cgroups, process->cgroup);
	int err;

	if (at == cgroups->nr || cgroups->sums[at].id != process->cgroup)
		return 0;
	err = ptc_census_of_process(&cgroups->walk, process, &cgroups->patience,
				    &cgroups->census);
	if (!err)
		cgroups_add(&cgroups->sums[at], &cgroups->census);
	return err;
}

/* Count the processes of the chosen cgroups. Returns 0 or -EINTR; then it may be called again. */
static int cgroups_count_all(struct ptc_cgroups *cgroups)
{
	struct ptc_process process;
	int ret;

	while ((ret = ptc_process_next(cgroups->pid, &cgroups->filter, &process)) > 0) {
		pid_t pid = process.pid;

		ret = cgroups_count(cgroups, &process);
		ptc_process_put(&process);
		if (ret)
			return ret;
		cgroups->pid = pid + 1;
	}
	return ret;
}

/**
 * ptc_cgroups_next - find the next cgroup that has processes
 * @cgroups: begun
 * @sums: set to its sums, which are valid until the next call
 *
 * Context: process context. May sleep, and takes long. Acquires the mmap locks of processes, one
 * at a time. Return: 1, 0 if there is none, -EINTR on a signal; then it may be called again, and
 * goes on.
 */
int ptc_cgroups_next(struct ptc_cgroups *cgroups, const struct ptc_cgroup_sums **sums)
{
	int err;

	if (cgroups->at == cgroups->nr) {
		if (!cgroups->pid) {
			err = cgroups_choose(cgroups);
			if (err)
				return err;
			cgroups->pid = 1;
		}
		err = cgroups_count_all(cgroups);
		if (err)
			return err;
		cgroups->pid = 0;
		if (!cgroups->nr)
			return 0;
		cgroups->at = 0;
		cgroups->above = cgroups->sums[cgroups->nr - 1].id;
	}
	*sums = &cgroups->sums[cgroups->at++];
	return 1;
}

/* Find the path of a cgroup, or "-" if it is gone. Context: process context, may sleep. */
void ptc_cgroup_path(u64 id, char *path, size_t size)
{
	strscpy(path, "-", size);
#ifdef CONFIG_CGROUPS
	struct cgroup *cgroup = cgroup_get_from_id(id);

	if (IS_ERR(cgroup))
		return;
	cgroup_path(cgroup, path, size);
	cgroup_put(cgroup);
#endif
}
