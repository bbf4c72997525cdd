/* SPDX-License-Identifier: GPL-2.0 */
/* The registry of caches. */
#ifndef PTC_ALLOC_REGISTRY_H
#define PTC_ALLOC_REGISTRY_H

#include <linux/types.h>

struct pt_cache;

int ptc_registry_reserve_id(u32 *id);
void ptc_registry_release_id(u32 id);
bool ptc_registry_has(const char *name);
void ptc_registry_add(struct pt_cache *cache);
void ptc_registry_remove(const struct pt_cache *cache);
struct pt_cache *ptc_registry_next(unsigned long *id);
struct pt_cache *ptc_registry_find(u16 id);
void ptc_registry_drain(int nid);
void ptc_registry_drain_idle(void);
void ptc_registry_close_magazines(void);
int ptc_registry_init(void);
void ptc_registry_exit(void);

#endif /* PTC_ALLOC_REGISTRY_H */
