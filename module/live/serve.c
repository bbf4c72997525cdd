// SPDX-License-Identifier: GPL-2.0
/*
 * The replacement of pte_alloc_one(). It gets a table from the lender or, where the lender must not
 * or cannot serve, from the page allocator as the kernel does. See alloc/lend.c for why lending is
 * sound.
 *
 * The 2021 series ("x86/mm: write protect (most) page tables", and "x86/mm/cpa: PKS protected page
 * tables") changed pte_alloc_one() and mmu_gather to use a cache of tables. Here only
 * pte_alloc_one() is replaced: see pt_cache_lend().
 */
#include <linux/compiler.h>
#include <linux/cpuset.h>
#include <linux/delay.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <asm/pgalloc.h>

#include "compat/pte_ctor.h"
#include "compat/ptl_class.h"
#include "fault.h"
#include "live/live.h"
#include "trace/trace.h"

struct pt_cache_lender *ptc_live_lender;

static struct ptc_ptl_class *serve_ptl_class;

/* Tables from the page allocator, by reason. */
struct serve_fallbacks {
	u64 n[PTC_NR_SOURCES - PTC_SOURCE_STOCK_MISS];
};

static DEFINE_PER_CPU(struct serve_fallbacks, serve_fallbacks);

bool ptc_live_memcg_limited;

u64 ptc_live_fallbacks(enum ptc_source why)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(&serve_fallbacks,
					     cpu)->n[why - PTC_SOURCE_STOCK_MISS]);
	return sum;
}

/* Has the task a memory policy? The page allocator honours that, a lender does not. */
static __always_inline bool serve_has_policy(void)
{
#ifdef CONFIG_NUMA
	return current->mempolicy;
#else
	return false;
#endif
}

/*
 * Does a cpuset exclude memory for this task? The page allocator honours that, a lender does not.
 */
static __always_inline bool serve_cpuset_excludes(void)
{
#ifdef CONFIG_CPUSETS
	if (nr_node_ids > BITS_PER_LONG)
		return !nodes_subset(node_states[N_MEMORY], current->mems_allowed);
	return node_states[N_MEMORY].bits[0] & ~READ_ONCE(current->mems_allowed.bits[0]);
#else
	return false;
#endif
}

/*
 * Would the kernel charge the table to a memory cgroup that has a limit, itself or an ancestor? It
 * charges the cgroup of the current task, whichever mm the table is for.
 */
static __always_inline bool serve_memcg_is_limited(void)
{
	bool limited = false;
#ifdef CONFIG_MEMCG
	struct mem_cgroup *memcg;

	if (mem_cgroup_disabled())
		return false;
	rcu_read_lock();
	memcg = mem_cgroup_from_css(task_css(current, memory_cgrp_id));
	for (; memcg; memcg = parent_mem_cgroup(memcg)) {
		if (READ_ONCE(memcg->memory.max) != PAGE_COUNTER_MAX ||
		    READ_ONCE(memcg->memory.high) != PAGE_COUNTER_MAX) {
			limited = true;
			break;
		}
	}
	rcu_read_unlock();
#endif
	return limited;
}

/*
 * The number of tasks inside the parts of our function that may sleep.
 *
 * The kernel only checks stacks to find tasks in our function, and there is a window in which a
 * stack does not show it: ftrace's handler has redirected the task to us, and the task is preempted
 * as it leaves the handler (in ftrace_test_recursion_unlock()), before our address is on its stack
 * (arch/x86/kernel/ftrace_64.S). Such a task counts as outside and enters later. If it then sleeps
 * in here, unregister_ftrace_function() does not wait for it any more: that ends in
 * synchronize_rcu_tasks(), for which a voluntary sleep is a quiescent state.
 *
 * Each CPU counts entries less exits; only the sum over all CPUs has a meaning.
 */
static DEFINE_PER_CPU(long, serve_inside);

static __always_inline void serve_enter(void)
{
	this_cpu_inc(serve_inside);
}

static __always_inline void serve_leave(void)
{
	this_cpu_dec(serve_inside);
}

static bool serve_anybody_inside(void)
{
	long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(*per_cpu_ptr(&serve_inside, cpu));
	return sum;
}

/*
 * Wait until no task is in our functions. The livepatch is disabled, so no new task is redirected
 * to them. Context: process context, may sleep.
 */
void ptc_live_wait_for_the_last(void)
{
	synchronize_rcu_tasks(); /* a task in the window has left by then, or is counted */
	while (serve_anybody_inside()) /* no new entries: a missed exit makes the sum too large */
		msleep(20);
	synchronize_rcu_tasks(); /* until the last instructions after serve_leave() have run */
}

/* Do what the kernel's pte_alloc_one() does. Context: process context, may sleep. */
static pgtable_t serve_allocate(struct mm_struct *mm, enum ptc_source why)
{
	struct page *page;

	if (ptc_fault(PTC_FAULT_STOCK_LATE))
		msleep(15000); /* as alloc_page() may sleep when memory is short */
	page = alloc_page(GFP_PGTABLE_USER);
	this_cpu_inc(serve_fallbacks.n[why - PTC_SOURCE_STOCK_MISS]);
	if (!page)
		return NULL;
	if (!ptc_pte_ctor(page)) {
		__free_page(page);
		return NULL;
	}
	ptc_ptl_class_set(page, serve_ptl_class);
	trace_live_alloc(page_to_pfn(page), mm, why);
	return page;
}

noinline pgtable_t ptc_live_from_page_allocator(struct mm_struct *mm, enum ptc_source why)
{
	struct page *page;

	serve_enter();
	page = serve_allocate(mm, why);
	serve_leave();
	return page;
}

/* With lock debugging the constructor allocates the table's lock, and may sleep for that. */
static __always_inline bool serve_construct(struct page *page)
{
	bool done;

	if (!ALLOC_SPLIT_PTLOCKS)
		return ptc_pte_ctor_uncharged(page);
	serve_enter();
	done = ptc_pte_ctor_uncharged(page);
	serve_leave();
	return done;
}

/*
 * The replacement of pte_alloc_one(). If the lender fails, the caller gets a table from the page
 * allocator. Context: process context, may sleep.
 *
 * A task that sleeps in here must have this function on its stack: only the stack tells the kernel
 * that the livepatch, and then the module, cannot go yet (klp_check_stack_func()). The compiler may
 * turn a call at the end of a function into a jump, and the function is then no longer on the
 * stack. So each call that may sleep is followed by some work that the compiler cannot drop. See
 * serve_inside for the window in which this is not enough.
 */
pgtable_t ptc_live_pte_alloc_one(struct mm_struct *mm)
{
	enum ptc_source why;
	struct page *page;

	if (unlikely(serve_has_policy())) {
		why = PTC_SOURCE_STOCK_POLICY;
	} else if (unlikely(serve_cpuset_excludes())) {
		why = PTC_SOURCE_STOCK_CPUSET;
	} else if (unlikely(serve_memcg_is_limited() && !READ_ONCE(ptc_live_memcg_limited))) {
		why = PTC_SOURCE_STOCK_MEMCG;
	} else {
		why = PTC_SOURCE_STOCK_MISS;
		page = pt_cache_lend(ptc_live_lender, mm, PT_CACHE_PTE);
		if (likely(page && serve_construct(page))) {
			ptc_ptl_class_set(page, serve_ptl_class);
			return page;
		}
		if (page)
			put_page(page); /* the lender takes it back like any other */
	}
	page = ptc_live_from_page_allocator(mm, why);
	OPTIMIZER_HIDE_VAR(page); /* no tail call, see above */
	return page;
}

/* Before the first table is served. Context: process context, may sleep. Returns 0 or -ENOMEM. */
int ptc_live_serve_prepare(void)
{
	return ptc_ptl_class_init(&serve_ptl_class);
}
