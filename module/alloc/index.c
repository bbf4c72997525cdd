// SPDX-License-Identifier: GPL-2.0
/*
 * The index of blocks by page frame number. Leaves are freed only at unload: they are small, and
 * memory that held a block is likely to hold one again.
 *
 * Locks: index_lock serialises changes. It is acquired in process context only and never held
 * across an allocation. Readers use RCU.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "alloc/index.h"
#include "fault.h"

/* The initial, empty directory, so that readers need no NULL check. */
static struct ptc_directory index_no_directory;
struct ptc_directory __rcu *ptc_directory = RCU_INITIALIZER(&index_no_directory);

static DEFINE_SPINLOCK(index_lock);
static unsigned long index_bytes;

#define locked(p) rcu_dereference_protected(p, lockdep_is_held(&index_lock))

static void index_free_directory(struct rcu_head *rcu)
{
	struct ptc_directory *directory = container_of(rcu, struct ptc_directory, rcu);

	if (directory != &index_no_directory)
		kvfree(directory);
}

/*
 * Grow the directory to cover @at: memory can be hot-added. The old and the new directory share
 * their leaves, and leaves are only added under the lock.
 */
static int index_grow(unsigned long at, gfp_t gfp)
{
	struct ptc_directory *old, *new;
	unsigned long nr = roundup_pow_of_two(at + 1);

	new = ptc_fallible(kvzalloc(struct_size(new, leaves, nr), gfp), NULL);
	if (!new)
		return -ENOMEM;
	new->nr = nr;

	spin_lock(&index_lock);
	old = locked(ptc_directory);
	if (old->nr >= nr) {
		spin_unlock(&index_lock);
		kvfree(new);
		return 0;
	}
	memcpy(new->leaves, old->leaves, old->nr * sizeof(old->leaves[0]));
	rcu_assign_pointer(ptc_directory, new);
	spin_unlock(&index_lock);

	call_rcu(&old->rcu, index_free_directory);
	return 0;
}

/*
 * The fallible step of ptc_index_insert(): make room for the block that holds @pfn.
 * Context: process context, may sleep as @gfp allows.
 */
int ptc_index_prepare(unsigned long pfn, gfp_t gfp)
{
	unsigned long at = pfn >> (PTC_BLOCK_ORDER + PTC_LEAF_ORDER);
	struct ptc_directory *directory;
	struct ptc_leaf *leaf;
	bool wide, there;

	rcu_read_lock();
	directory = rcu_dereference(ptc_directory);
	wide = at < directory->nr;
	there = wide && rcu_access_pointer(directory->leaves[at]);
	rcu_read_unlock();
	if (there)
		return 0;
	if (!wide && index_grow(at, gfp))
		return -ENOMEM;

	leaf = ptc_fallible(kzalloc(sizeof(*leaf), gfp), NULL);
	if (!leaf)
		return -ENOMEM;
	spin_lock(&index_lock);
	directory = locked(ptc_directory);
	if (!rcu_access_pointer(directory->leaves[at])) {
		rcu_assign_pointer(directory->leaves[at], leaf);
		index_bytes += sizeof(*leaf);
		leaf = NULL;
	}
	spin_unlock(&index_lock);
	kfree(leaf);
	return 0;
}

/* The list head of @block's region. Caller holds index_lock and has called ptc_index_prepare(). */
static struct ptc_block __rcu **index_region_of(const struct ptc_block *block)
{
	unsigned long region = block->pfn >> PTC_BLOCK_ORDER;
	struct ptc_directory *directory = locked(ptc_directory);
	struct ptc_leaf *leaf = locked(directory->leaves[region >> PTC_LEAF_ORDER]);

	return &leaf->regions[region & (PTC_LEAF_REGIONS - 1)];
}

/* Publish a block after ptc_index_prepare(). Context: process context. */
void ptc_index_insert(struct ptc_block *block)
{
	struct ptc_block __rcu **head;

	spin_lock(&index_lock);
	head = index_region_of(block);
	rcu_assign_pointer(block->next, locked(*head));
	rcu_assign_pointer(*head, block);
	spin_unlock(&index_lock);
}

/*
 * Unpublish a block. Readers may see it until a grace period has passed.
 * Context: process context.
 */
void ptc_index_remove(struct ptc_block *block)
{
	struct ptc_block __rcu **link;

	spin_lock(&index_lock);
	for (link = index_region_of(block); locked(*link); link = &locked(*link)->next) {
		if (locked(*link) == block) {
			rcu_assign_pointer(*link, locked(block->next));
			break;
		}
	}
	spin_unlock(&index_lock);
}

/* Of the blocks in a region: the one with the lowest first page frame at or after @pfn, or NULL. */
static struct ptc_block *index_next_in(struct ptc_block *block, unsigned long pfn,
				       const struct ptc_node *node)
{
	struct ptc_block *first = NULL;

	for (; block; block = rcu_dereference(block->next)) {
		if (block->pfn >= pfn && (!node || block->node == node) &&
		    (!first || block->pfn < first->pfn))
			first = block;
	}
	return first;
}

/*
 * Returns the block with the lowest first page frame at or after @pfn and before @end, or NULL; of
 * this node only unless @node is NULL.
 * Context: an RCU read-side section.
 */
struct ptc_block *ptc_index_next(unsigned long pfn, unsigned long end, const struct ptc_node *node)
{
	struct ptc_directory *directory = rcu_dereference(ptc_directory);
	unsigned long region, last = (end - 1) >> PTC_BLOCK_ORDER;

	for (region = pfn >> PTC_BLOCK_ORDER;
	     region <= last && region >> PTC_LEAF_ORDER < directory->nr; region++) {
		struct ptc_leaf *leaf =
			rcu_dereference(directory->leaves[region >> PTC_LEAF_ORDER]);
		struct ptc_block *block;

		if (!leaf) {
			region |= PTC_LEAF_REGIONS - 1;
			continue;
		}
		block = rcu_dereference(leaf->regions[region & (PTC_LEAF_REGIONS - 1)]);
		block = index_next_in(block, pfn, node);
		if (block)
			return block;
	}
	return NULL;
}

/* Bytes of the leaves, which grow with the number of blocks. The directory is not counted. */
unsigned long ptc_index_bytes(void)
{
	return READ_ONCE(index_bytes);
}

/* Called at unload: every block is gone and no reader is left. */
void ptc_index_exit(void)
{
	struct ptc_directory *directory = rcu_dereference_protected(ptc_directory, true);
	unsigned long at;

	for (at = 0; at < directory->nr; at++)
		kfree(rcu_dereference_protected(directory->leaves[at], true));
	index_free_directory(&directory->rcu);
}
