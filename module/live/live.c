// SPDX-License-Identifier: GPL-2.0
/*
 * pt_cache_live.ko: a livepatch of pte_alloc_one(), so that the running kernel's own user PTE
 * tables come from a lender of pt_cache.ko. Why that is sound is told in alloc/lend.c; here is
 * what the kernel would have done with a page of its own, and when it is better left to do so.
 *
 * The 2021 series ("x86/mm: write protect (most) page tables", and "x86/mm/cpa: PKS protected page
 * tables") changed pte_alloc_one() and mmu_gather for it. Here nothing else than pte_alloc_one() is
 * changed: see pt_cache_lend().
 */
#include <linux/compiler.h>
#include <linux/cpuset.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/livepatch.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/nodemask.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <asm/pgalloc.h>

#include "compat/pte_ctor.h"
#include "compat/ptl_class.h"
#include "compat/tested.h"
#include "live/live.h"
#include "selftest_hooks.h"
#include "trace/trace.h"
#include "version.h"

struct pt_cache_lender *ptc_live_lender;

static struct ptc_ptl_class *ptl_class;

/* Tables of the page allocator's, by reason. */
struct fallbacks {
	u64 n[PTC_NR_SOURCES - PTC_SOURCE_STOCK_MISS];
};

static DEFINE_PER_CPU(struct fallbacks, fallbacks);

bool ptc_live_memcg_limited;
module_param_named(memcg_limited, ptc_live_memcg_limited, bool, 0644);
MODULE_PARM_DESC(memcg_limited,
		 "serve tasks in a memory cgroup with a limit, too: uncharged (default: N)");

u64 ptc_live_fallbacks(enum ptc_source why)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(&fallbacks, cpu)->n[why - PTC_SOURCE_STOCK_MISS]);
	return sum;
}

/*
 * Is there memory that the task may not use? The page allocator has it in mind, a lender has not.
 */
static __always_inline bool cpuset_excludes_memory(void)
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
static __always_inline bool memcg_is_limited(void)
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
static DEFINE_PER_CPU(long, inside);

static __always_inline void enter(void)
{
	this_cpu_inc(inside);
}

static __always_inline void leave(void)
{
	this_cpu_dec(inside);
}

static bool somebody_is_inside(void)
{
	long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(*per_cpu_ptr(&inside, cpu));
	return sum;
}

/* The livepatch is off, so that nobody new is sent to us. Context: process context, may sleep. */
static void wait_for_the_last(void)
{
	synchronize_rcu_tasks(); /* who was on the way to us is through, or counted */
	while (somebody_is_inside()) /* and only leaves now: what is missed makes the sum larger */
		msleep(20);
	synchronize_rcu_tasks(); /* who has left has done the last instructions, too */
}

/* What the kernel does without us. Context: process context, may sleep. */
static pgtable_t allocate(struct mm_struct *mm, enum ptc_source why)
{
	struct page *page;

	if (ptc_fault(PTC_FAULT_STOCK_LATE))
		msleep(15000); /* as alloc_page() may when memory is short */
	page = alloc_page(GFP_PGTABLE_USER);
	this_cpu_inc(fallbacks.n[why - PTC_SOURCE_STOCK_MISS]);
	if (!page)
		return NULL;
	if (!ptc_pte_ctor(page)) {
		__free_page(page);
		return NULL;
	}
	ptc_ptl_class_set(page, ptl_class);
	trace_live_alloc(page_to_pfn(page), mm, why);
	return page;
}

static noinline pgtable_t take_from_page_allocator(struct mm_struct *mm, enum ptc_source why)
{
	struct page *page;

	enter();
	page = allocate(mm, why);
	leave();
	return page;
}

/* A kernel that debugs its locks allocates one for each table, and may sleep for that. */
static __always_inline bool construct(struct page *page)
{
	bool done;

	if (!ALLOC_SPLIT_PTLOCKS)
		return ptc_pte_ctor_uncharged(page);
	enter();
	done = ptc_pte_ctor_uncharged(page);
	leave();
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
 * enough see `inside`.
 */
static pgtable_t live_pte_alloc_one(struct mm_struct *mm)
{
	enum ptc_source why;
	struct page *page;

	if (unlikely(current->mempolicy)) {
		why = PTC_SOURCE_STOCK_POLICY;
	} else if (unlikely(cpuset_excludes_memory())) {
		why = PTC_SOURCE_STOCK_CPUSET;
	} else if (unlikely(memcg_is_limited() && !READ_ONCE(ptc_live_memcg_limited))) {
		why = PTC_SOURCE_STOCK_MEMCG;
	} else {
		why = PTC_SOURCE_STOCK_MISS;
		page = pt_cache_lend(ptc_live_lender, mm, PT_CACHE_PTE);
		if (likely(page && construct(page))) {
			ptc_ptl_class_set(page, ptl_class);
			return page;
		}
		if (page)
			put_page(page); /* taken back as any other */
	}
	page = take_from_page_allocator(mm, why);
	OPTIMIZER_HIDE_VAR(page); /* no jump, see above */
	return page;
}

static struct klp_func functions[] = {
	{ .old_name = "pte_alloc_one", .new_func = live_pte_alloc_one },
	{ }
};

static struct klp_object objects[] = {
	{ .name = NULL, .funcs = functions }, /* the kernel itself */
	{ }
};

static struct klp_patch patch = { .mod = THIS_MODULE, .objs = objects };

/*
 * Livepatches of one function lie on a stack, the newest first, and only that is called. This is
 * where the stack begins: the neighbour of the one on top.
 */
static const struct list_head *stack_top;

/* Read from what the kernel keeps in our livepatch. Context: any. */
enum ptc_live_state ptc_live_state(void)
{
	const struct klp_func *func = &functions[0];

	if (!READ_ONCE(patch.enabled))
		return READ_ONCE(func->transition) ? PTC_LIVE_GOING : PTC_LIVE_OFF;
	if (READ_ONCE(func->transition))
		return PTC_LIVE_COMING;
	return READ_ONCE(func->stack_node.prev) == READ_ONCE(stack_top) ? PTC_LIVE_ON :
	       PTC_LIVE_SHADOWED;
}

/*
 * The parameters that the lender is told of, at once. They may be written before there is one, and
 * until the module has ended: the lender is there for them while the parameters' lock says so.
 *
 * max_blocks: a number.
 */
#define NOT_SAID	ULONG_MAX
static unsigned long max_blocks = NOT_SAID;

static int max_blocks_set(const char *text, const struct kernel_param *param)
{
	unsigned long blocks;
	int err = kstrtoul(text, 0, &blocks);

	if (err || blocks > ULONG_MAX / PTC_BLOCK_PAGES) {
		pr_warn_ratelimited("max_blocks: a number of blocks of 2M is needed, for example 64\n");
		return -EINVAL;
	}
	WRITE_ONCE(max_blocks, blocks);
	if (ptc_live_lender)
		pt_cache_lender_limit(ptc_live_lender, blocks);
	return 0;
}

static const struct kernel_param_ops max_blocks_ops = {
	.set = max_blocks_set,
	.get = param_get_ulong,
};
module_param_cb(max_blocks, &max_blocks_ops, &max_blocks, 0644);
__MODULE_PARM_TYPE(max_blocks, "ulong");
MODULE_PARM_DESC(max_blocks,
		 "hold at most so many blocks of 2M; beyond, the kernel's own tables (default: 1/64 of memory)");

static bool verify_zero;

static int verify_zero_set(const char *text, const struct kernel_param *param)
{
	int err = param_set_bool(text, param);

	if (!err && ptc_live_lender)
		pt_cache_lender_verify(ptc_live_lender, verify_zero);
	return err;
}

static const struct kernel_param_ops verify_zero_ops = {
	.flags = KERNEL_PARAM_OPS_FL_NOARG,
	.set = verify_zero_set,
	.get = param_get_bool,
};
module_param_cb(verify_zero, &verify_zero_ops, &verify_zero, 0644);
__MODULE_PARM_TYPE(verify_zero, "bool");
MODULE_PARM_DESC(verify_zero, "look at each table when it is served (default: N)");

/* Page tables of memory that is mapped by 4K take 1/512 of it; processes share what they map. */
static unsigned long default_max_blocks(void)
{
	return max(totalram_pages() / 64 / PTC_BLOCK_PAGES, 4UL);
}

/* The lender is there; what was written to the parameters meanwhile holds. */
static void lend_from(struct pt_cache_lender *lender)
{
	kernel_param_lock(THIS_MODULE);
	ptc_live_lender = lender;
	pt_cache_lender_limit(lender, max_blocks);
	pt_cache_lender_verify(lender, verify_zero);
	kernel_param_unlock(THIS_MODULE);
}

/* Nobody is in our function, now or later. */
static void end_lending(void)
{
	struct pt_cache_lender *lender = ptc_live_lender;

	kernel_param_lock(THIS_MODULE);
	ptc_live_lender = NULL;
	kernel_param_unlock(THIS_MODULE);
	pt_cache_lender_destroy(lender);
}

static int __init pt_cache_live_init(void)
{
	struct pt_cache_lender_attr attr = { .name = "live" };
	struct pt_cache_lender *lender;
	int err;

	if (strcmp(PTC_KERNEL_TESTED, "yes")) {
		pr_err("nobody has read whether this kernel frees page tables as its page allocator's pages (kernel_tested %s): not loaded, nothing is changed\n",
		       PTC_KERNEL_TESTED);
		return -EOPNOTSUPP;
	}
	err = ptc_ptl_class_init(&ptl_class);
	if (err)
		return err;
	kernel_param_lock(THIS_MODULE);
	if (max_blocks == NOT_SAID)
		max_blocks = default_max_blocks();
	attr.max_blocks = max_blocks;
	kernel_param_unlock(THIS_MODULE);
	lender = pt_cache_lender_create(&attr);
	if (IS_ERR(lender)) {
		err = PTR_ERR(lender);
		pr_err("no lender could be made (%d): not loaded; try again when memory is free\n", err);
		return err;
	}
	lend_from(lender);
	err = ptc_fallible(klp_enable_patch(&patch), -ENOMEM);
	if (err) {
		pr_err("the kernel refused the livepatch of pte_alloc_one() (%d; its reason is above, if it said one): not loaded, nothing is changed\n",
		       err);
		end_lending();
		return err;
	}
	WRITE_ONCE(stack_top, functions[0].stack_node.prev);
	ptc_selftest_live(live_pte_alloc_one, take_from_page_allocator);
	ptc_live_report_init();
	ptc_live_watch_start();
	return 0;
}

/*
 * The kernel lets nobody come here before the livepatch is off and no task has our function on its
 * stack. Tables in use are the kernel's own from now on.
 */
static void __exit pt_cache_live_exit(void)
{
	ptc_selftest_live(NULL, NULL);
	ptc_live_watch_exit();
	ptc_live_report_exit();
	wait_for_the_last();
	end_lending();
}

module_init(pt_cache_live_init);
module_exit(pt_cache_live_exit);

MODULE_INFO(livepatch, "Y");
MODULE_DESCRIPTION("The kernel's own user page tables from a pt_cache");
MODULE_AUTHOR("The pt_cache authors");
MODULE_LICENSE("GPL");
MODULE_VERSION(PTC_VERSION);
