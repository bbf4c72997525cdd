// SPDX-License-Identifier: GPL-2.0
/*
 * Walks the tables of all mms and checks the audit rules. Reviewers of the 2020 proposal called an
 * owner recorded in each page table pointless as long as nothing checks it. The audit is that
 * check, on kernels that record no owner.
 *
 * The system keeps running meanwhile. All rules but one concern a single moment and are checked
 * while the walk is at the table. The exception is one_mm, that a table belongs to one mm. It
 * takes at most two walks over all processes:
 *
 *	The first walk, which checks all other rules as well, finds which page frames are met more
 *	than once. Where there is none, no table is in two mms, and the audit is done.
 *
 *	The second walk finds where these are: census/suspects.c. A page frame that it meets in two
 *	mms is a suspect. The tables that hugetlb shares are left out in both walks.
 *
 *	A suspect may have been freed by one mm and reused by the other between two visits. So it
 *	is judged: both mms are held (mm_users), and the place where each had the table is looked
 *	at in turn, TURNS times. Only a table that is found every time breaks the rule. One that
 *	has moved to another mm is gone from the first one. One that moved within an mm (mremap(),
 *	a deposit that is withdrawn) is not where it was met. To be reported wrongly, a table would
 *	have to go back and forth between the same two places, in step with the looks, which follow
 *	each other within microseconds.
 *
 * What is missed, and what the report says of it:
 *
 *	Tables of a process whose mmap lock is held by somebody: the walk leaves it in the middle,
 *	and it is counted as busy. If that happens when a suspect is judged, the suspect is
 *	unjudged.
 *
 *	Suspects beyond JUDGED, and tables for which census/suspects.c has no room. Both are
 *	counted as unjudged, and each audit judges others.
 *
 *	A table in two mms that the walk passes by because it is moved, or that is moved before it
 *	is judged; one that a third mm had first and gave up; one that two entries of the same mm
 *	lead to. None of these is counted. What lasts is found by a later audit, the last one
 *	aside.
 *
 * The rule attributes is of the direct map, not of any mm: a holder may have freed a page that it
 * made read-only or not present. It is checked on the free pages of all blocks, a few at a time.
 */
#include <linux/container_of.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "alloc/index.h"
#include "census/audit.h"
#include "census/arch.h"
#include "census/mm_walk.h"
#include "census/processes.h"
#include "census/suspects.h"
#include "compat/ptdesc.h"
#include "direct_map/arch.h"
#include "direct_map/read.h"
#include "fault.h"
#include "alloc/record.h"
#include "trace/trace.h"

/* How many suspects are judged one by one. */
#define JUDGED		64

/* How often each of the two places of a suspect is looked at. */
#define TURNS		3

/* Looks at the place where a table was met. */
struct audit_look {
	struct ptc_visitor visitor;
	unsigned long pfn;
	const struct ptc_place *place;
	bool found;
};

struct audit {
	struct ptc_visitor visitor;
	struct ptc_audit_result *results;

	/* the mm that is being walked, or whose table breaks a rule */
	unsigned long mm;		/* identity, not dereferenced */
	pid_t pid;
	const unsigned long *top;

	/* the rule one_mm */
	struct ptc_suspects suspects;
	struct ptc_place place;		/* in the second walk: of the last PMD table */
	struct audit_look look;

	/* the kernel half that all PGDs must have, copied from current's PGD */
	unsigned long kernel_half[PTRS_PER_PGD / 2];

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
		u32 tag = ptc_record_tag(&block->records[first]);

		if (ptc_tag_order(tag) >= order && ptc_tag_is_out(tag, block->pfn + first))
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
 * Check the entry of a page that was found free. It may have been handed out since, to somebody
 * who has changed it. So it breaks the rule only if a second read of its entry says the same, and
 * if it is free after that.
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
 * Check what the present entries of a table point to. Of an entry that maps several pages the
 * first is enough: a page of ours is never in the middle of somebody else's larger page.
 *
 * The walk allows for 20,000 instructions, 39 an entry. A page that is not ours takes up to 39,
 * and a lent table in the same block as the one before 37; in another block, 51.
 */
static __always_inline void audit_look_at(struct audit *audit, enum pt_cache_level level,
					  const unsigned long *entries, unsigned int nr)
{
	const struct ptc_block *block = NULL;
	unsigned int checked = 0, i;

	for (i = 0; i < nr; i++) {
		unsigned long entry = READ_ONCE(entries[i]), pfn;

		if (!ptc_user_entry_present(level, entry))
			continue;
		checked++;
		pfn = ptc_user_entry_pfn(level, entry);
		if (!block || pfn - block->pfn >= block->span)
			block = ptc_index_find(pfn);
		if (!block ||
		    ptc_tag_is_out(ptc_record_tag(&block->records[pfn - block->pfn]), pfn))
			continue;
		/* no violation if the entry changed: the page may have been freed since */
		if (audit_is_free_of_ours(pfn) && READ_ONCE(entries[i]) == entry)
			audit_violation(audit, PTC_AUDIT_target, pfn);
	}
	audit->results[PTC_AUDIT_target].checked += checked;
}

/*
 * The kernel half of a PGD is left out: another rule checks it. Interrupts are off, and the table
 * cannot be freed.
 */
static void audit_look_at_entries(struct ptc_visitor *visitor, const struct ptc_mm_table *table,
				  const unsigned long *entries)
{
	struct audit *audit = container_of(visitor, struct audit, visitor);

	if (table->level == PT_CACHE_PTE)
		audit_look_at(audit, PT_CACHE_PTE, entries, PTRS_PER_PTE);
	else /* entries of all levels above have the same format */
		audit_look_at(audit, PT_CACHE_PMD, entries,
			      table->level == PT_CACHE_PGD ? PTRS_PER_PGD / 2 : PTRS_PER_PTE);
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

/* The first walk: all rules, and which tables are met twice. */
static bool audit_visit(struct ptc_visitor *visitor, const struct ptc_mm_table *table)
{
	struct audit *audit = container_of(visitor, struct audit, visitor);

	if (table->share_count <= 0) {
		audit->results[PTC_AUDIT_one_mm].checked++;
		ptc_suspects_note(&audit->suspects, table->pfn);
	}
	if (PTC_MARKED_LEVELS & BIT(table->level))
		audit_hold(audit, PTC_AUDIT_marked, table->marked, table->pfn);
	if (table->ours)
		audit_hold(audit, PTC_AUDIT_owner, table->owner == audit->mm, table->pfn);
	if (table->level == PT_CACHE_PGD && !table->bad)
		audit_hold(audit, PTC_AUDIT_kernel_half, audit_has_kernel_half(audit, audit->top),
			   table->pfn);
	return true;
}

/* The second walk: where these are. A PMD table is visited before what is deposited with it. */
static bool audit_visit_again(struct ptc_visitor *visitor, const struct ptc_mm_table *table)
{
	struct audit *audit = container_of(visitor, struct audit, visitor);
	struct ptc_place place = audit->place;

	place.deposited = table->deposited;
	if (!table->deposited) {
		place.level = table->level;
		place.va = table->va;
	}
	if (place.level == PT_CACHE_PMD)
		audit->place = place;
	if (table->share_count <= 0)
		ptc_suspects_keep(&audit->suspects, table->pfn, &place);
	return true;
}

static void audit_enter_space(struct audit *audit, const struct ptc_space *space)
{
	audit->mm = space->mm;
	audit->pid = space->process.pid;
	audit->top = (const unsigned long *)space->top;
	audit->place = (struct ptc_place){ .mm = space->mm, .at = space->at };
}

/*
 * Walk the tables of every mm once. *@busy is how many could not be walked, or not wholly. Returns
 * 0 or -EINTR.
 */
static int audit_walk_all(struct audit *audit, u64 *busy)
{
	struct ptc_space space;
	pid_t at = 0;
	int ret;

	*busy = 0;
	while ((ret = ptc_space_next(at, &space)) > 0) {
		at = space.at + 1;
		audit_enter_space(audit, &space);
		ptc_mm_walk_begin_space(&audit->walk, &space, &audit->visitor,
					&audit->patience);
		ret = ptc_mm_walk(&audit->walk);
		ptc_space_put(&space);
		if (ret == -EBUSY)
			++*busy;
		else if (ret < 0)
			break;
	}
	return ret;
}

/* Does the walk from a place on not come there any more? */
static bool audit_is_past(const struct ptc_place *place, const struct ptc_mm_table *table)
{
	if (table->deposited) /* with a PMD table that is visited on the way, or is the place */
		return false;
	if (table->va > place->va || table->level < place->level)
		return true;
	return table->level == place->level && !place->deposited;
}

/* Ends the walk at the table, or where it should be. */
static bool audit_visit_place(struct ptc_visitor *visitor, const struct ptc_mm_table *table)
{
	struct audit_look *look = container_of(visitor, struct audit_look, visitor);

	if (table->pfn == look->pfn) {
		look->found = table->share_count <= 0;
		return false;
	}
	return !audit_is_past(look->place, table);
}

/* Is the table at this place? Returns 1 or 0, -EBUSY or -EINTR. */
static int audit_is_at(struct audit *audit, unsigned long pfn, const struct ptc_place *place,
		       const struct ptc_space *space)
{
	int ret;

	audit->look = (struct audit_look){
		.visitor.visit = audit_visit_place,
		.pfn = pfn,
		.place = place,
	};
	ptc_mm_walk_begin_space(&audit->walk, space, &audit->look.visitor, &audit->patience);
	ptc_mm_walk_from(&audit->walk, place->va);
	ret = ptc_mm_walk(&audit->walk);
	return ret < 0 ? ret : audit->look.found;
}

/* Get the address space of a place. Returns 1, 0 if it is gone, or -EINTR. */
static int audit_get_space(const struct ptc_place *place, struct ptc_space *space)
{
	int ret = ptc_space_next(place->at, space);

	if (ret <= 0)
		return ret;
	if (space->at == place->at && space->mm == place->mm)
		return 1;
	ptc_space_put(space);
	return 0;
}

/* Is the suspect in both mms? Returns 1 or 0, -EBUSY or -EINTR. */
static int audit_look_in_turn(struct audit *audit, const struct ptc_suspect *suspect,
			      const struct ptc_space *first, const struct ptc_space *second)
{
	int turn, ret = 1;

	for (turn = 0; ret > 0 && turn < TURNS; turn++) {
		ret = audit_is_at(audit, suspect->pfn, &suspect->first, first);
		if (ret > 0)
			ret = audit_is_at(audit, suspect->pfn, &suspect->second, second);
	}
	return ret;
}

/* As audit_look_in_turn(). */
static int audit_judge(struct audit *audit, const struct ptc_suspect *suspect)
{
	struct ptc_space first, second;
	int ret;

	ret = audit_get_space(&suspect->first, &first);
	if (ret <= 0)
		return ret;
	ret = audit_get_space(&suspect->second, &second);
	if (ret <= 0)
		goto put_first;
	ret = audit_look_in_turn(audit, suspect, &first, &second);
	audit_enter_space(audit, &second);
	ptc_space_put(&second);
put_first:
	ptc_space_put(&first);
	return ret;
}

/* Returns 0 or -EINTR. */
static int audit_judge_suspects(struct audit *audit)
{
	unsigned int nr = ptc_suspects_begin(&audit->suspects, JUDGED);
	struct ptc_audit_result *result = &audit->results[PTC_AUDIT_one_mm];

	result->unjudged = audit->suspects.left_out + audit->suspects.nr - nr;
	while (nr--) {
		const struct ptc_suspect *suspect = ptc_suspects_next(&audit->suspects);
		int ret = audit_judge(audit, suspect);

		if (ret == -EBUSY)
			result->unjudged++;
		else if (ret < 0)
			return ret;
		else if (ret)
			audit_violation(audit, PTC_AUDIT_one_mm, suspect->pfn);
	}
	return 0;
}

/* Check all rules that are of mms. Returns 0 or -EINTR. */
static int audit_mms(struct audit *audit, u64 *busy)
{
	u64 busy_again;
	int ret;

	audit->visitor = (struct ptc_visitor){
		.visit = audit_visit,
		.look = audit_look_at_entries,
	};
	ret = audit_walk_all(audit, busy);
	if (ret || !ptc_suspects_second_pass(&audit->suspects))
		return ret;
	audit->visitor = (struct ptc_visitor){ .visit = audit_visit_again };
	ret = audit_walk_all(audit, &busy_again);
	*busy = max(*busy, busy_again);
	return ret ?: audit_judge_suspects(audit);
}

static void audit_prepare(struct audit *audit, struct ptc_audit_findings *findings)
{
	const unsigned long *top = (const unsigned long *)current->mm->pgd;
	unsigned int i;

	memset(findings, 0, sizeof(*findings));
	audit->results = findings->results;
	ptc_patience_for_pass(&audit->patience);
	for (i = 0; i < PTRS_PER_PGD / 2; i++)
		audit->kernel_half[i] = READ_ONCE(top[i + PTRS_PER_PGD / 2]);
}

/**
 * ptc_audit - check all rules on all mms
 * @findings: filled
 *
 * Context: process context of a task with an mm. May sleep, and takes long. Acquires the mmap
 * locks of all processes, one at a time. Return: 0, -EINTR on a signal, -ENOMEM, -EINVAL for a
 * task without an mm.
 */
int ptc_audit(struct ptc_audit_findings *findings)
{
	struct audit *audit;
	int ret;

	if (!current->mm) /* kernel_half needs a PGD to compare with */
		return -EINVAL;
	audit = ptc_fallible(kvzalloc(sizeof(*audit), GFP_KERNEL), NULL);
	if (!audit)
		return -ENOMEM;
	ret = ptc_suspects_init(&audit->suspects, totalram_pages());
	if (ret)
		goto free_audit;
	audit_prepare(audit, findings);
	ret = audit_free_pages(audit);
	if (!ret)
		ret = audit_mms(audit, &findings->busy);
	ptc_suspects_exit(&audit->suspects);
free_audit:
	kvfree(audit);
	return ret;
}
