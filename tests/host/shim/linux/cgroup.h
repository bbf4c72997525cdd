/* SPDX-License-Identifier: GPL-2.0 */
/* Cgroups: the test says which there are. */
#ifndef SHIM_LINUX_CGROUP_H
#define SHIM_LINUX_CGROUP_H

#include <linux/types.h>

struct cgroup;

struct cgroup *cgroup_get_from_id(u64 id);	/* or an ERR_PTR */
void cgroup_put(struct cgroup *cgroup);
int cgroup_path(struct cgroup *cgroup, char *path, size_t size);

#endif
