// SPDX-License-Identifier: GPL-2.0
/*
 * Moves PTE tables of one process to other pages: to a node, into the blocks of pt_cache_live.ko,
 * or out of a range of page frames. (The 2020 proposal of a cache of page tables was to have
 * tables that a memory error or hot-removal can be answered for; "numaPTE" and "Mitosis" measured
 * what tables on the wrong node cost.)
 *
 * New tables come with the kernel's own accounts: they are charged to the memory cgroup of the
 * process, and its limit counts; those of a lender are not charged, as those that it lends to the
 * kernel. Where they come from is what the request says, whatever memory policy or cpuset the
 * process has.
 */
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/gfp.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/string.h>
#include <linux/topology.h>
#include <linux/workqueue.h>

#include "counters.h"
#include "fault.h"
#include "pt_cache.h"
#include "report/report.h"
#include "user/move.h"
#include "user/replace.h"

/* Memory may be short: that is no time to have a task killed for some more. */
#define MOVE_GFP		(GFP_KERNEL_ACCOUNT | __GFP_NORETRY | __GFP_NOWARN)
/* A task of idle priority that is preempted in reclaim would keep the locks that it holds there. */
#define MOVE_GFP_NO_WAIT	(GFP_NOWAIT | __GFP_ACCOUNT | __GFP_NOWARN)

/* How often a process is walked for tables whose locks are held, and the rest between, in ms. */
#define MOVE_WALKS	10
#define MOVE_REST_MS	5

/* How often a page of the range may come that is not to be had a second time, to set it aside. */
#define MOVE_TRIES_OUTSIDE	64

/*
 * So much is set aside for a request, at most: this share of memory, or that of what is available,
 * whichever is more.
 */
#define MOVE_ASIDE_SHARE		64
#define MOVE_ASIDE_SHARE_AVAILABLE	4

/* A lender without tables makes a block: so long is waited for one, each time, in ms. */
#define MOVE_LENDER_MS		5

struct move_state {
	struct ptc_mm_work work;
	struct ptc_move *move;
	struct ptc_aim *aim;
	/* of the table that was wanted last: a new one is best there. Into a cache, of those wanted */
	int nid;
};

static gfp_t move_gfp(const struct move_state *state)
{
	return state->work.idle ? MOVE_GFP_NO_WAIT : MOVE_GFP;
}

/* Context: any; the caller keeps the table from being freed. */
static bool move_wants_frame(void *data, unsigned long pfn)
{
	struct move_state *state = data;
	const struct ptc_aim *aim = state->aim;
	bool wants = false;

	switch (aim->kind) {
	case PTC_AIM_NODE:
		wants = pfn_to_nid(pfn) != aim->nid;
		break;
	case PTC_AIM_CACHE:
		return pfn_to_nid(pfn) == state->nid && !pt_cache_lender_has(aim->lender, pfn);
	case PTC_AIM_RANGE:
		wants = pfn >= aim->start && pfn < aim->end;
		break;
	}
	if (wants)
		state->nid = pfn_to_nid(pfn);
	return wants;
}

static bool move_lies_outside(const struct ptc_aim *aim, const struct page *page)
{
	unsigned long pfn = page_to_pfn(page);

	return pfn < aim->start || pfn >= aim->end;
}

static bool move_may_set_aside(const struct ptc_aim *aim)
{
	return aim->nr_aside < totalram_pages() / MOVE_ASIDE_SHARE ||
	       (long)aim->nr_aside < si_mem_available() / MOVE_ASIDE_SHARE_AVAILABLE;
}

/*
 * Set the next page of the range aside until the request ends, charged to nobody. Others want
 * memory, too, so they are few. Returns false if the page allocator has none of the range to give
 * now, or they are too many.
 */
static bool move_set_aside(struct ptc_aim *aim, int nid)
{
	struct page *page;

	if (!move_may_set_aside(aim))
		return false;
	page = alloc_pages_node(nid, MOVE_GFP & ~__GFP_ACCOUNT, 0);
	if (!page)
		return false;
	if (move_lies_outside(aim, page)) {
		__free_page(page);
		return false;
	}
	list_add(&page->lru, &aim->aside);
	aim->nr_aside++;
	return true;
}

/* A page outside the range, of another node than the best one. */
static struct page *move_page_elsewhere(const struct move_state *state)
{
	struct page *page;
	int nid;

	for_each_node_state(nid, N_MEMORY) {
		if (nid == state->nid)
			continue;
		page = alloc_pages_node(nid, move_gfp(state) | __GFP_THISNODE, 0);
		if (!page)
			continue;
		if (move_lies_outside(state->aim, page))
			return page;
		__free_page(page);
	}
	return NULL;
}

/* A page outside the range. */
static struct page *move_page_outside(const struct move_state *state)
{
	unsigned int tries = MOVE_TRIES_OUTSIDE;
	struct ptc_aim *aim = state->aim;
	int nid = state->nid;
	struct page *page;

	while (tries && !ptc_signal_ends_work()) {
		page = alloc_pages_node(nid, move_gfp(state), 0);
		if (!page || move_lies_outside(aim, page))
			return page;
		__free_page(page);
		if (!move_set_aside(aim, nid))
			tries--;
		cond_resched();
	}
	return tries ? NULL : move_page_elsewhere(state);
}

static struct page *move_page(const struct move_state *state)
{
	struct ptc_aim *aim = state->aim;

	if (ptc_fault(PTC_FAULT_STEP))
		return NULL;
	switch (aim->kind) {
	case PTC_AIM_NODE:
		return alloc_pages_node(aim->nid, move_gfp(state) | __GFP_THISNODE, 0);
	case PTC_AIM_CACHE:
		return pt_cache_lend(aim->lender, state->work.detach.mm, PT_CACHE_PTE);
	case PTC_AIM_RANGE:
		return move_page_outside(state);
	}
	return NULL;
}

static void move_fill(struct move_state *state)
{
	struct ptc_replacements *new = state->work.new;
	struct page *page;

	while (new->nr < state->work.detach.found) {
		page = move_page(state);
		if (!page)
			return;
		if (!ptc_replacements_add(new, page)) {
			__free_page(page);
			return;
		}
	}
}

static bool move_waits_for_lender(const struct move_state *state)
{
	const struct ptc_mm_work *work = &state->work;

	return state->aim->kind == PTC_AIM_CACHE && !work->new->nr &&
	       work->sleeps < work->sleeps_max && !ptc_signal_ends_work();
}

static bool move_pause(void *data, unsigned int flushes)
{
	const struct move_state *state = data;

	return state->move->pause(state->move->data, flushes);
}

/* What is lent is of the node of the CPU that asks. */
static long move_fill_here(void *data)
{
	move_fill(data);
	return 0;
}

static void move_fill_on_node(struct move_state *state)
{
	unsigned int cpu;

	if (state->aim->kind != PTC_AIM_CACHE || numa_node_id() == state->nid) {
		move_fill(state);
		return;
	}
	cpus_read_lock(); /* the CPU stays */
	cpu = cpumask_any_and(cpumask_of_node(state->nid), cpu_online_mask);
	if (cpu >= nr_cpu_ids || work_on_cpu(cpu, move_fill_here, state))
		move_fill(state);
	cpus_read_unlock();
}

/* Have new tables for those that were found, or for some of them. */
static int move_prepare(struct ptc_mm_work *work)
{
	struct move_state *state = container_of(work, struct move_state, work);
	struct mem_cgroup *memcg, *before;

	if (!work->new)
		work->new = ptc_replacements_new(!work->idle);
	if (!work->new)
		return -ENOMEM;
	work->new->retire = state->aim->retire;
	memcg = get_mem_cgroup_from_mm(work->detach.mm);
	before = set_active_memcg(memcg);
	move_fill_on_node(state);
	while (move_waits_for_lender(state)) {
		msleep(MOVE_LENDER_MS);
		work->sleeps++;
		move_fill_on_node(state);
	}
	set_active_memcg(before);
	mem_cgroup_put(memcg);
	if (work->new->nr)
		return 0;
	return ptc_signal_ends_work() ? -EINTR : -ENOMEM;
}

/* Count what a hold for writing did. */
static void move_account(const struct ptc_mm_work *work, const struct ptc_detach *before)
{
	const struct move_state *state = container_of(work, struct move_state, work);
	const struct ptc_detach *now = &work->detach;

	state->move->lost += work->new->lost;
	work->new->lost = 0;
	ptc_count_add(PTC_moved, now->tables - before->tables);
	ptc_count_add(PTC_move_flushes, now->flushes - before->flushes);
	ptc_count(PTC_move_holds);
	ptc_count_add(PTC_move_hold_ns, now->hold_ns);
}

static void move_count_kept(const struct ptc_move *move)
{
	ptc_count_add(PTC_move_kept_mixed, move->kept[PTC_KEPT_MIXED]);
	ptc_count_add(PTC_move_kept_busy, move->kept[PTC_KEPT_BUSY]);
	ptc_count_add(PTC_move_kept_other, move->kept[PTC_KEPT_OTHER]);
	ptc_count_add(PTC_move_no_memory, move->no_memory);
	if (move->state == PTC_WORK_BUSY)
		ptc_count(PTC_move_mm_busy);
}

/*
 * Would the kernel charge a table to a memory cgroup that has a limit, itself or an ancestor? Those
 * of a lender are not charged.
 */
static bool move_is_limited(struct mm_struct *mm)
{
	bool limited = false;
#ifdef CONFIG_MEMCG
	struct mem_cgroup *memcg = get_mem_cgroup_from_mm(mm), *at;

	for (at = memcg; at && !limited; at = parent_mem_cgroup(at))
		limited = READ_ONCE(at->memory.max) != PAGE_COUNTER_MAX ||
			  READ_ONCE(at->memory.high) != PAGE_COUNTER_MAX;
	mem_cgroup_put(memcg);
#endif
	return limited;
}

/* One walk over the process. Returns whether another one may get what was busy in this one. */
static bool move_walk(struct ptc_mm_work *work, struct ptc_move *move)
{
	memset(work->detach.kept, 0, sizeof(work->detach.kept));
	work->detach.va = 0;
	move->state = ptc_mm_work_do(work);
	return move->state == PTC_WORK_OK && work->detach.kept[PTC_KEPT_BUSY] && !work->dry;
}

/* Walk until nothing is busy, or often enough. */
static void move_walks(struct ptc_mm_work *work, struct ptc_move *move)
{
	unsigned int walks = 1, i;

	while (move_walk(work, move) && walks++ < MOVE_WALKS)
		msleep(MOVE_REST_MS);
	for (i = 0; i < PTC_NR_KEPT; i++)
		move->kept[i] += work->detach.kept[i];
}

/* From the table on for which there was no memory. Nothing is changed. */
static unsigned long move_count_rest(struct ptc_mm_work *work)
{
	unsigned long before = work->detach.tables;

	work->dry = true;
	ptc_mm_work_do(work);
	return work->detach.tables - before;
}

/* Into a cache node by node: a table is to stay on its node. */
static void move_all(struct move_state *state, struct ptc_move *move)
{
	int nid;

	if (state->aim->kind != PTC_AIM_CACHE) {
		move_walks(&state->work, move);
		return;
	}
	for_each_node_state(nid, N_MEMORY) {
		state->nid = nid;
		ptc_replacements_free(state->work.new);
		state->work.new = NULL;
		move_walks(&state->work, move);
		if (move->state != PTC_WORK_OK)
			return;
	}
}

/**
 * ptc_move_mm - move the PTE tables of a process that a request is about
 * @mm: the caller holds a reference of mm_count, and none of mm_users: the process may
 *	end meanwhile
 * @move: what is wanted; gets the results
 *
 * Empty tables are moved like others. The pages of the old tables are free after a grace period.
 * Tables that are charged to a memory cgroup with a limit do not go into a cache; they count as
 * kept for another reason.
 *
 * Context: process context, may sleep; no lock of any mm is held.
 */
void ptc_move_mm(struct mm_struct *mm, struct ptc_move *move)
{
	bool refused = move->aim->kind == PTC_AIM_CACHE && move_is_limited(mm);
	struct move_state state = {
		.move = move,
		.aim = move->aim,
		.nid = NUMA_NO_NODE,
		.work = {
			.detach = {
				.mm = mm,
				.pid = move->pid,
				.wants_frame = move_wants_frame,
				.data = &state,
				.bad_as_well = move->aim->retire,
			},
			.dry = move->dry || refused,
			.idle = move->idle,
			.sleeps_max = move->sleeps_max,
			.pause = move->pause ? move_pause : NULL,
			.prepare = move_prepare,
			.account = move_account,
		},
	};

	memset(move->kept, 0, sizeof(move->kept));
	move->lost = 0;
	move_all(&state, move);
	ptc_replacements_free(state.work.new);
	state.work.new = NULL;
	move->moved = state.work.detach.tables;
	move->no_memory = 0;
	if (refused) {
		move->kept[PTC_KEPT_OTHER] += move->moved;
		move->moved = 0;
	}
	if (move->state == PTC_WORK_NO_MEMORY)
		move->no_memory = move_count_rest(&state.work);
	if (move->dry)
		return;
	move_count_kept(move);
	ptc_count_add(PTC_memory_error_lost, move->lost);
}

/* The kind and what belongs to it are the caller's to set. */
void ptc_aim_init(struct ptc_aim *aim)
{
	*aim = (struct ptc_aim){ .nid = NUMA_NO_NODE };
	INIT_LIST_HEAD(&aim->aside);
}

/* Give up what the request holds. Context: process context, may sleep. */
void ptc_aim_end(struct ptc_aim *aim)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, &aim->aside, lru) {
		list_del(&page->lru);
		__free_page(page);
		cond_resched();
	}
	if (aim->lender)
		pt_cache_lender_put(aim->lender);
}
