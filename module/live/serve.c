// SPDX-License-Identifier: GPL-2.0
/*
 * What is called in place of pte_alloc_one(): a table from the lender, or what the kernel would have
 * done. Why lending is sound is told in alloc/lend.c; here is when a table is better left to the
 * page allocator.
 *
 * The 2021 series ("x86/mm: write protect (most) page tables", and "x86/mm/cpa: PKS protected page
 * tables") changed pte_alloc_one() and mmu_gather for it. Here nothing else than pte_alloc_one() is
 * changed: see pt_cache_lend().
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

/* Tables of the page allocator's, by reason. */
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

/*
 * Is there memory that the task may not use? The page allocator has it in mind, a lender has not.
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
 * Would the table have been charged to a memory cgroup that has a limit, itself or above? The
 * charge is to the task that asks, whose mm ever it is.
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
 * Who is where a task may sleep. The kernel asks stacks alone whether somebody is in our function,
 * and there is a moment when the stack does not say so: ftrace's handler has sent a task to us and
 * the task is preempted as it leaves the handler (in ftrace_test_recursion_unlock()), before the
 * address on its stack becomes ours (arch/x86/kernel/ftrace_64.S). It counts as gone, comes here
 * later, and when it sleeps here unregister_ftrace_function() does not wait for it any more: that
 * ends in synchronize_rcu_tasks(), for which a task that sleeps is done.
 *
 * Entered less left, on each CPU; the sum is how many are inside.
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

/* The livepatch is off, so that nobody new is sent to us. Context: process context, may sleep. */
void ptc_live_wait_for_the_last(void)
{
	synchronize_rcu_tasks(); /* who was on the way to us is through, or counted */
	while (serve_anybody_inside()) /* and only leaves now: what is missed makes the sum larger */
		msleep(20);
	synchronize_rcu_tasks(); /* who has left has done the last instructions, too */
}

/* What the kernel does without us. Context: process context, may sleep. */
static pgtable_t serve_allocate(struct mm_struct *mm, enum ptc_source why)
{
	struct page *page;

	if (ptc_fault(PTC_FAULT_STOCK_LATE))
		msleep(15000); /* as alloc_page() may when memory is short */
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

/* A kernel that debugs its locks allocates one for each table, and may sleep for that. */
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
 * In place of pte_alloc_one(). Nothing that fails here fails the caller: it gets a page of the page
 * allocator's then. Context: process context, may sleep.
 *
 * A task that sleeps in here must have this function on its stack: that is all by which the kernel
 * knows that the livepatch, and then the module, may not go yet (klp_check_stack_func()). A call
 * that comes last is made a jump by the compiler, and then it is not there. So whatever may sleep
 * is called where the compiler sees something to do behind it. For the moment in which that is not
 * enough see serve_inside.
 */
pgtable_t ptc_live_pte_alloc_one(struct mm_struct *mm)
{
	enum ptc_source why;
	struct page *page;

	if (unlikely(current->mempolicy)) {
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
			put_page(page); /* taken back as any other */
	}
	page = ptc_live_from_page_allocator(mm, why);
	OPTIMIZER_HIDE_VAR(page); /* no jump, see above */
	return page;
}

/* Before the first table is served. Context: process context, may sleep. Returns 0 or -ENOMEM. */
int ptc_live_serve_prepare(void)
{
	return ptc_ptl_class_init(&serve_ptl_class);
}
