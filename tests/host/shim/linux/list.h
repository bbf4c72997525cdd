/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_LINUX_LIST_H
#define SHIM_LINUX_LIST_H

#include <linux/types.h>

#define LIST_HEAD(name)		struct list_head name = { &(name), &(name) }

static inline void INIT_LIST_HEAD(struct list_head *list)
{
	list->next = list->prev = list;
}

static inline bool list_empty(const struct list_head *list)
{
	return list->next == list;
}

static inline void list_add(struct list_head *entry, struct list_head *after)
{
	shim_did(LINK, 1);
	entry->next = after->next;
	entry->prev = after;
	after->next->prev = entry;
	after->next = entry;
}

static inline void list_add_tail(struct list_head *entry, struct list_head *list)
{
	list_add(entry, list->prev);
}

static inline void list_del_init(struct list_head *entry)
{
	shim_did(LINK, 1);
	entry->next->prev = entry->prev;
	entry->prev->next = entry->next;
	INIT_LIST_HEAD(entry);
}

/* Whoever uses the entry's links afterwards falls over them. */
static inline void list_del(struct list_head *entry)
{
	list_del_init(entry);
	entry->next = entry->prev = NULL;
}

static inline void list_move(struct list_head *entry, struct list_head *after)
{
	list_del_init(entry);
	list_add(entry, after);
}

static inline void list_move_tail(struct list_head *entry, struct list_head *list)
{
	list_del_init(entry);
	list_add_tail(entry, list);
}

static inline void list_rotate_to_front(struct list_head *entry, struct list_head *list)
{
	list_move_tail(list, entry);
}

/* What readers without a lock see of a list: the links, each whole. */
static inline void list_add_rcu(struct list_head *entry, struct list_head *after)
{
	entry->next = after->next;
	entry->prev = after;
	after->next->prev = entry;
	__atomic_store_n(&after->next, entry, __ATOMIC_RELEASE);
}

static inline void list_del_rcu(struct list_head *entry)
{
	entry->next->prev = entry->prev;
	__atomic_store_n(&entry->prev->next, entry->next, __ATOMIC_RELEASE);
	entry->prev = NULL;
}

#define list_entry(ptr, type, member)	container_of(ptr, type, member)
#define list_next_entry(at, member)	\
	list_entry((at)->member.next, __typeof__(*(at)), member)
#define list_first_entry_or_null(list, type, member)				\
	(shim_did(ENTRY, 1),							\
	 list_empty(list) ? NULL : list_entry((list)->next, type, member))
#define list_for_each_entry(at, list, member)					\
	for (at = list_entry((list)->next, __typeof__(*at), member);		\
	     &at->member != (list) && (shim_did(ENTRY, 1), true);		\
	     at = list_entry(at->member.next, __typeof__(*at), member))
#define list_last_entry(list, type, member)	list_entry((list)->prev, type, member)
#define list_add_tail_rcu(entry, list)		list_add_tail(entry, list)
#define list_for_each_entry_rcu(at, list, member)	list_for_each_entry_srcu(at, list, member, true)
#define list_for_each_entry_srcu(at, list, member, condition)			\
	for (at = list_entry(__atomic_load_n(&(list)->next, __ATOMIC_ACQUIRE),	\
			     __typeof__(*at), member);				\
	     &at->member != (list);						\
	     at = list_entry(__atomic_load_n(&at->member.next, __ATOMIC_ACQUIRE), \
			     __typeof__(*at), member))
#define list_for_each_entry_safe(at, after, list, member)			\
	for (at = list_entry((list)->next, __typeof__(*at), member),		\
	     after = list_entry(at->member.next, __typeof__(*at), member);	\
	     &at->member != (list) && (shim_did(ENTRY, 1), true);		\
	     at = after, after = list_entry(after->member.next, __typeof__(*at), member))

#endif
