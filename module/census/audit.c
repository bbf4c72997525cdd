// SPDX-License-Identifier: GPL-2.0
/*
 * Walks the tables of all mms and checks the audit rules. Reviewers of the 2020 proposal called an
 * owner recorded in each page table pointless as long as nothing checks it. The audit is that
 * check, on kernels that record no owner.
 *
 * The system keeps running meanwhile. All rules but one concern a single moment and are checked
 * while the walk is at the table. The exception is one_mm, that a table belongs to one mm: a table
 * may be freed by one process and reused by another before the walk gets there. So one_mm is
 * checked in rounds. In each round every table sets a bit. A table that finds its bit set is a
 * candidate, and only candidates count in the next round. After a few rounds, only tables
 * remain that were found in two mms every time. For these the audit searches both mms in turn, more
 * than once, to show that both have the table at the same time.
 *
 * The rule attributes is of the direct map, not of any mm: a holder may have freed a page that it
 * made read-only or not present. It is checked on the free pages of all blocks, a few at a time.
 */
#include <linux/bitmap.h>
#include <linux/container_of.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "alloc/index.h"
#include "census/audit.h"
#include "census/arch.h"
#include "census/lookup.h"
#include "census/mm_walk.h"
#include "census/processes.h"
#include "compat/ptdesc.h"
#include "direct_map/arch.h"
#include "direct_map/read.h"
#include "fault.h"
#include "alloc/record.h"
#include "trace/trace.h"

/* A round has bits for this many page frames, 128G of memory. More memory takes more rounds. */
#define WINDOW_PAGES	(1UL << 25)

#define ROUNDS		4

/* So many candidates of a window are checked one by one. The rest is left to the next audit. */
#define SUSPECTS	16

/* How often both mms of a suspect are searched in turn. */
#define TURNS		3

struct audit {
	struct ptc_visitor visitor;
	struct ptc_audit_result *results;
	bool all_rules;			/* set in the first round; later ones check one_mm alone */

	/* the mm that is being walked */
	unsigned long mm;		/* identity, not dereferenced */
	pid_t pid;
	const unsigned long *top;

	/* state of the rule one_mm */
	unsigned long window, pages;	/* the page frames of this window */
	unsigned long *seen, *twice, *candidates;	/* candidates: NULL in the first round */
	unsigned int nr_candidates;

	/* the kernel half that all PGDs must have, copied from current's PGD */
	unsigned long kernel_half[PTRS_PER_PGD / 2];

	struct ptc_lookup lookup;
	struct ptc_patience patience;
	struct ptc_mm_walk walk;
};

const char *ptc_audit_rule_name(enum ptc_audit_rule rule)
{
	static const char * const names[] = {
#define X(name, what) #name,
		PTC_AUDIT_RULES(X)
#undef X
	};

	return names[rule];
}

/* Context: any but NMI. */
static void audit_violation(struct audit *audit, enum ptc_audit_rule rule, unsigned long pfn)
{
	struct ptc_audit_result *result = &audit->results[rule];

	if (!result->violations++)
		result->first_pfn = pfn;
	trace_audit_violation(ptc_audit_rule_name(rule), pfn, audit->mm, audit->pid);
}

static void audit_hold(struct audit *audit, enum ptc_audit_rule rule, bool kept, unsigned long pfn)
{
	audit->results[rule].checked++;
	if (!kept)
		audit_violation(audit, rule, pfn);
}

/* Is the page ours and not handed out? Interrupts are off, which keeps the block (RCU). */
static bool audit_is_free_of_ours(unsigned long pfn)
{
	const struct ptc_block *block = ptc_index_find(pfn);
	unsigned int order, at;

	if (!block)
		return false;
	at = pfn - block->pfn;
	if (ptc_tag_state(ptc_record_tag(&block->records[at])) == PTC_RETURNED)
		return false;
	/* only the first page of a larger table has a record that is out */
	for (order = 0; order <= block->order; order++) {
		unsigned int first = round_down(at, 1U << order);

		if (ptc_record_is_out(block, first) &&
		    ptc_tag_order(ptc_record_tag(&block->records[first])) >= order)
			return false;
	}
	return true;
}

/*
 * May the page be handed out, or given to the page allocator? Not while it is out, nor while it is
 * quarantined. Context: as audit_is_free_of_ours().
 */
static bool audit_is_to_be_had(unsigned long pfn)
{
	const struct ptc_block *block = ptc_index_find(pfn);

	return block &&
	       ptc_tag_state(ptc_record_tag(&block->records[pfn - block->pfn])) == PTC_IDLE &&
	       audit_is_free_of_ours(pfn);
}

/*
 * Check the entry of a page that was found free. It may have been handed out since, to somebody who
 * has changed it. So it breaks the rule only if a second read of its entry says the same, and if it
 * is free after that.
 */
static bool audit_maps_itself(enum pt_cache_level level, unsigned long entry, unsigned long pfn)
{
	struct ptc_map_stretch again;

	return ptc_arch_maps_itself(level, entry, pfn) || ptc_direct_map_read(pfn, 1, &again) ||
	       ptc_arch_maps_itself(again.level, again.entries[0], pfn) ||
	       !audit_is_to_be_had(pfn);
}

/*
 * Check the pages of a block from *@pfn on whose entries come in one read, or of the next block.
 * *@pfn advances. Returns false if there is no block any more. Context: RCU read-side section.
 */
static bool audit_look_at_pages(struct audit *audit, unsigned long *pfn)
{
	const struct ptc_block *block = ptc_index_find(*pfn) ?:
					ptc_index_next(*pfn, ULONG_MAX, NULL);
	struct ptc_map_stretch stretch;
	unsigned int i;

	if (!block)
		return false;
	*pfn = max(*pfn, block->pfn);
	if (ptc_direct_map_read(*pfn, block->pfn + block->span - *pfn, &stretch)) {
		++*pfn; /* tables that keep changing: left to the next audit */
		return true;
	}
	for (i = 0; i < stretch.nr; i++, ++*pfn)
		if (audit_is_to_be_had(*pfn))
			audit_hold(audit, PTC_AUDIT_attributes,
				   audit_maps_itself(stretch.level, stretch.entries[i], *pfn),
				   *pfn);
	return true;
}

/* Check the free pages of all blocks. Returns 0 or -EINTR. */
static int audit_free_pages(struct audit *audit)
{
	unsigned long pfn = 0;
	bool more;

	do {
		if (signal_pending(current))
			return -EINTR;
		rcu_read_lock();
		more = audit_look_at_pages(audit, &pfn);
		rcu_read_unlock();
		cond_resched();
	} while (more);
	return 0;
}

/*
 * The page frame that a present entry points to. Skips the kernel half of a PGD, which another rule
 * checks. The first page is enough for an entry that maps several: a page of ours is never in the
 * middle of somebody else's larger page.
 */
static bool audit_target_of(const struct ptc_mm_table *table, unsigned int index,
			    unsigned long entry,
			    unsigned long *pfn)
{
	if (table->level == PT_CACHE_PGD && index >= PTRS_PER_PGD / 2)
		return false;
	if (table->level == PT_CACHE_PTE) {
		if (!pte_present(__pte(entry)))
			return false;
		*pfn = pte_pfn(__pte(entry));
		return true;
	}
	if (!pmd_present(__pmd(entry)))
		return false;
	*pfn = pmd_pfn(__pmd(entry));
	return true;
}

/* Interrupts are off, and the table cannot be freed. */
static void audit_look(struct ptc_visitor *visitor, const struct ptc_mm_table *table,
		       const unsigned long *entries)
{
	struct audit *audit = container_of(visitor, struct audit, visitor);
	unsigned int i;

	if (!audit->all_rules)
		return;
	for (i = 0; i < PTRS_PER_PTE; i++) {
		unsigned long entry = READ_ONCE(entries[i]), pfn;

		if (audit_target_of(table, i, entry, &pfn)) {
			/* no violation if the entry changed: the page may have been freed since */
			bool kept = !audit_is_free_of_ours(pfn) || READ_ONCE(entries[i]) != entry;

			audit_hold(audit, PTC_AUDIT_target, kept, pfn);
		}
	}
}

static bool audit_same_kernel_entry(unsigned long a, unsigned long b)
{
	const unsigned long remarks = _PAGE_ACCESSED | _PAGE_DIRTY;

	return (a & ~remarks) == (b & ~remarks);
}

/*
 * Skips the slot of the LDT, which is private to each mm. An entry may be newer than the reference
 * copy (memory hotplug). If it belongs in all PGDs, current's PGD has it by now, so that is
 * compared as well.
 */
static bool audit_has_kernel_half(struct audit *audit, const unsigned long *top)
{
	unsigned int i;

	for (i = 0; i < PTRS_PER_PGD / 2; i++) {
		unsigned int at = i + PTRS_PER_PGD / 2;
		unsigned long entry = READ_ONCE(top[at]);

		if (ptc_ldt_is_mapped() && at == pgd_index(PTC_LDT_START))
			continue;
		if (!audit_same_kernel_entry(entry, audit->kernel_half[i]) &&
		    !audit_same_kernel_entry(entry,
					     READ_ONCE(((unsigned long *)current->mm->pgd)[at])))
			return false;
	}
	return true;
}

static void audit_note_mm(struct audit *audit, const struct ptc_mm_table *table)
{
	unsigned long at = table->pfn - audit->window;

	if (at >= audit->pages)
		return;
	if (audit->candidates && !test_bit(at, audit->candidates))
		return;
	if (__test_and_set_bit(at, audit->seen) && !__test_and_set_bit(at, audit->twice))
		audit->nr_candidates++;
}

static bool audit_visit(struct ptc_visitor *visitor, const struct ptc_mm_table *table)
{
	struct audit *audit = container_of(visitor, struct audit, visitor);
	bool shared = table->share_count > 0;

	if (!shared)
		audit_note_mm(audit, table);
	if (!audit->all_rules)
		return true;
	audit->results[PTC_AUDIT_one_mm].checked += !shared;
	if (PTC_MARKED_LEVELS & BIT(table->level))
		audit_hold(audit, PTC_AUDIT_marked, table->marked, table->pfn);
	if (table->ours)
		audit_hold(audit, PTC_AUDIT_owner, table->owner == audit->mm, table->pfn);
	if (table->level == PT_CACHE_PGD)
		audit_hold(audit, PTC_AUDIT_kernel_half, audit_has_kernel_half(audit, audit->top),
			   table->pfn);
	return true;
}

/* Walk the tables of every mm once. Returns 0 or -EINTR. */
static int audit_walk_all(struct audit *audit)
{
	struct ptc_space space;
	pid_t at = 0;
	int ret;

	while ((ret = ptc_space_next(at, &space)) > 0) {
		at = space.at + 1;
		audit->mm = space.mm;
		audit->pid = space.process.pid;
		audit->top = (const unsigned long *)space.top;
		ptc_mm_walk_begin_space(&audit->walk, &space, &audit->visitor,
					&audit->patience);
		ret = ptc_mm_walk(&audit->walk);
		ptc_space_put(&space);
		if (ret < 0)
			break;
	}
	return ret;
}

/*
 * Search the address spaces from @at on for one that has the page frame as a table. Returns 1, with
 * a reference in @space, 0 if there is none, or -EINTR.
 */
static int audit_find(struct audit *audit, unsigned long pfn, pid_t at,
		      struct ptc_space *space)
{
	int ret;

	while ((ret = ptc_space_next(at, space)) > 0) {
		at = space->at + 1;
		ret = ptc_lookup_in_space(&audit->lookup, space, pfn);
		if (ret > 0)
			return 1;
		ptc_space_put(space);
		if (ret < 0)
			return ret;
	}
	return ret;
}

/* As audit_find(), after @first and in another mm: processes may share an mm. */
static int audit_find_another(struct audit *audit, unsigned long pfn, const struct ptc_space *first,
			      struct ptc_space *second)
{
	pid_t at = first->at;
	int ret;

	while ((ret = audit_find(audit, pfn, at + 1, second)) > 0) {
		if (second->mm != first->mm)
			return 1;
		at = second->at;
		ptc_space_put(second);
	}
	return ret;
}

/*
 * Do two mms have the table at the same time? Both are searched in turn. A table that is freed by
 * one and reused by the other is not found every time, unless it moves back and forth in step with
 * the search. Returns 1, 0 or -EINTR.
 */
static int audit_in_two_mms(struct audit *audit, unsigned long pfn)
{
	struct ptc_space first, second;
	int turn, ret;

	ret = audit_find(audit, pfn, 0, &first);
	if (ret <= 0)
		return ret;
	ret = audit_find_another(audit, pfn, &first, &second);
	if (ret <= 0)
		goto put_first;
	for (turn = 0; ret > 0 && turn < TURNS; turn++) {
		ret = ptc_lookup_in_space(&audit->lookup, &first, pfn);
		if (ret > 0)
			ret = ptc_lookup_in_space(&audit->lookup, &second, pfn);
	}
	if (ret > 0) {
		audit->mm = second.mm;
		audit->pid = second.process.pid;
	}
	ptc_space_put(&second);
put_first:
	ptc_space_put(&first);
	return ret;
}

static int audit_judge(struct audit *audit)
{
	unsigned long at;
	unsigned int nr = 0;

	for_each_set_bit(at, audit->twice, audit->pages) {
		unsigned long pfn = audit->window + at;
		int ret = audit_in_two_mms(audit, pfn);

		if (ret < 0)
			return ret;
		if (ret)
			audit_violation(audit, PTC_AUDIT_one_mm, pfn);
		if (++nr == SUSPECTS)
			break;
	}
	return 0;
}

/* Run the rounds for one window of page frames. */
static int audit_window(struct audit *audit, unsigned long *bits[3])
{
	int round, ret;

	audit->candidates = NULL;
	audit->seen = bits[0];
	audit->twice = bits[1];
	for (round = 0; round < ROUNDS; round++) {
		bitmap_zero(audit->seen, audit->pages);
		bitmap_zero(audit->twice, audit->pages);
		audit->nr_candidates = 0;
		ret = audit_walk_all(audit);
		audit->all_rules = false;
		if (ret || !audit->nr_candidates)
			return ret;
		if (round < ROUNDS - 1) {
			unsigned long *spare = audit->candidates ?: bits[2];

			audit->candidates = audit->twice;
			audit->twice = spare;
		}
	}
	return audit_judge(audit);
}

static void audit_begin(struct audit *audit, struct ptc_audit_result *results)
{
	const unsigned long *top = (const unsigned long *)current->mm->pgd;
	unsigned int i;

	memset(results, 0, PTC_NR_AUDIT_RULES * sizeof(*results));
	audit->results = results;
	audit->all_rules = true;
	ptc_patience_for_pass(&audit->patience);
	audit->visitor = (struct ptc_visitor){ .visit = audit_visit, .look = audit_look };
	for (i = 0; i < PTRS_PER_PGD / 2; i++)
		audit->kernel_half[i] = READ_ONCE(top[i + PTRS_PER_PGD / 2]);
}

static unsigned long audit_end_of_memory(void)
{
	unsigned long end = 0;
	int nid;

	for_each_online_node(nid)
		end = max(end, node_end_pfn(nid));
	return end;
}

/**
 * ptc_audit - check all rules on all mms
 * @results: filled, one for each rule
 *
 * Context: process context of a task with an mm. May sleep, and takes long. Acquires the mmap locks
 * of all processes, one at a time.
 * Return: 0, -EINTR on a signal, -ENOMEM, -EINVAL for a task without an mm.
 */
int ptc_audit(struct ptc_audit_result results[PTC_NR_AUDIT_RULES])
{
	unsigned long end = audit_end_of_memory(), size = BITS_TO_LONGS(min(end, WINDOW_PAGES));
	struct audit *audit;
	unsigned long *bits[3] = {};
	int i, ret = -ENOMEM;

	if (!current->mm) /* kernel_half needs a PGD to compare with */
		return -EINVAL;
	audit = ptc_fallible(kvzalloc(sizeof(*audit), GFP_KERNEL), NULL);
	if (!audit)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(bits); i++) {
		bits[i] = ptc_fallible(kvmalloc_array(size, sizeof(long), GFP_KERNEL), NULL);
		if (!bits[i])
			goto out;
	}
	audit_begin(audit, results);
	ret = audit_free_pages(audit);
	if (ret)
		goto out;
	for (audit->window = 0; audit->window < end; audit->window += WINDOW_PAGES) {
		audit->pages = min(end - audit->window, WINDOW_PAGES);
		ret = audit_window(audit, bits);
		if (ret)
			break;
	}
out:
	for (i = 0; i < ARRAY_SIZE(bits); i++)
		kvfree(bits[i]);
	kvfree(audit);
	return ret;
}
