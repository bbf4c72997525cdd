// SPDX-License-Identifier: GPL-2.0
/*
 * The VMAs that share a PTE table, and the locks that exclude whoever reaches the table through
 * them. Which mappings are eligible, and why these locks are enough, is said in detach.c.
 *
 * Locks: mmap lock (write) -> VMA locks of all sharers -> i_mmap_rwsem and anon_vma root locks.
 * All of them are acquired by trylock alone: a VMA lock's holder may allocate, and reclaim then
 * sleeps for the rmap locks of others.
 */
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/mm.h>
#include <linux/rmap.h>
#include <linux/string.h>

#include "compat/vma_lock.h"
#include "user/sharers.h"

/**
 * ptc_sharers_find - find the VMAs that overlap a range
 * @sharers: filled
 * @mm: its mmap lock is held
 * @start: of the range
 * @end: of the range
 *
 * Return: false if there are too many.
 */
bool ptc_sharers_find(struct ptc_sharers *sharers, struct mm_struct *mm, unsigned long start,
		      unsigned long end)
{
	struct vm_area_struct *vma = find_vma(mm, start);

	sharers->nr = 0;
	for (; vma && vma->vm_start < end; vma = find_vma(mm, vma->vm_end)) {
		if (sharers->nr == PTC_SHARERS_MAX)
			return false;
		sharers->vma[sharers->nr++] = vma;
	}
	return true;
}

/* The vDSO and its data: mapped into every process, often beside its stack or ld.so. */
static bool sharers_is_vdso(struct vm_area_struct *vma)
{
	const char *name;

	if (vma->vm_file || !vma->vm_ops || !vma->vm_ops->name)
		return false;
	name = vma->vm_ops->name(vma);
	return name && (!strcmp(name, "[vdso]") || !strncmp(name, "[vvar", 5));
}

static bool sharers_is_regular_file(const struct vm_area_struct *vma)
{
	const struct inode *inode = vma->vm_file ? file_inode(vma->vm_file) : NULL;

	if (!inode || !S_ISREG(inode->i_mode) || vma_is_dax(vma))
		return false;
#ifdef S_ANON_INODE
	if (inode->i_flags & S_ANON_INODE)
		return false;
#endif
	return inode->i_sb->s_magic != ANON_INODE_FS_MAGIC;
}

/*
 * Some drivers clear vm_ops in their mmap() (6.1: drm_gem_shmem_mmap()), and then insert pages of
 * their own. So memory counts as anonymous only if there is no file.
 */
static bool sharers_may_change(struct vm_area_struct *vma)
{
	if (sharers_is_vdso(vma)) /* has VM_PFNMAP, or VM_MIXEDMAP on 7.3 */
		return true;
	if (vma->vm_flags & (VM_HUGETLB | VM_IO | VM_PFNMAP | VM_MIXEDMAP))
		return false;
	return vma->vm_file ? sharers_is_regular_file(vma) : vma_is_anonymous(vma);
}

/* Are all of them mappings of the allow-list? The mmap lock is held. */
bool ptc_sharers_eligible(const struct ptc_sharers *sharers)
{
	unsigned int i;

	for (i = 0; i < sharers->nr; i++)
		if (!sharers_may_change(sharers->vma[i]))
			return false;
	return true;
}

/* Does one of them map a file? The mmap lock is held. */
bool ptc_sharers_have_file(const struct ptc_sharers *sharers)
{
	unsigned int i;

	for (i = 0; i < sharers->nr; i++)
		if (sharers->vma[i]->vm_file)
			return true;
	return false;
}

/* VMAs of one file share its lock, and VMAs that were split have one anon_vma root. */
static bool sharers_lock_once(struct ptc_rmap_locks *locks, struct rw_semaphore *lock)
{
	unsigned int i;

	for (i = 0; i < locks->nr; i++)
		if (locks->lock[i] == lock)
			return true;
	if (locks->nr == PTC_RMAP_LOCKS_MAX) {
		locks->too_many = true;
		return false;
	}
	if (!down_write_trylock(lock))
		return false;
	locks->lock[locks->nr++] = lock;
	return true;
}

static bool sharers_lock_rmap(struct ptc_rmap_locks *locks, const struct vm_area_struct *vma)
{
	if (vma->vm_file) {
		locks->of_file = true;
		if (!sharers_lock_once(locks, &vma->vm_file->f_mapping->i_mmap_rwsem))
			return false;
	}
	return !vma->anon_vma || sharers_lock_once(locks, &vma->anon_vma->root->rwsem);
}

static void sharers_unlock_rmap(struct ptc_rmap_locks *locks, unsigned int keep)
{
	while (locks->nr > keep)
		up_write(locks->lock[--locks->nr]);
	if (!locks->nr)
		locks->of_file = false;
}

/**
 * ptc_sharers_trylock - exclude whoever may reach the tables of these VMAs
 * @sharers: found, with the mmap lock held for writing since
 * @locks: the rmap locks that are held already; gets those that are acquired
 *
 * The VMA locks are held until the mmap lock is released, the others until ptc_rmap_unlock().
 *
 * Context: the mmap lock is held for writing; preemptible or not.
 * Return: false if a lock is held by somebody else, or there are too many (locks->too_many); then
 * no rmap lock has been added.
 */
bool ptc_sharers_trylock(const struct ptc_sharers *sharers, struct ptc_rmap_locks *locks)
{
	unsigned int i, before = locks->nr;

	locks->too_many = false;
	for (i = 0; i < sharers->nr; i++)
		if (!ptc_vma_trylock(sharers->vma[i]))
			return false;
	for (i = 0; i < sharers->nr; i++)
		if (!sharers_lock_rmap(locks, sharers->vma[i])) {
			sharers_unlock_rmap(locks, before);
			return false;
		}
	return true;
}

void ptc_rmap_unlock(struct ptc_rmap_locks *locks)
{
	sharers_unlock_rmap(locks, 0);
}
