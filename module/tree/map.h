/* SPDX-License-Identifier: GPL-2.0 */
/* Mapping and unmapping in a tree. The public interface is in pt_cache.h. */
#ifndef PTC_TREE_MAP_H
#define PTC_TREE_MAP_H

struct pt_cache_tree;

int ptc_tree_clear(struct pt_cache_tree *tree);

#endif /* PTC_TREE_MAP_H */
