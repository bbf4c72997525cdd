// SPDX-License-Identifier: GPL-2.0
/*
 * pt_cache_delay.ko: makes a function of the kernel slow, so that what another task does meanwhile
 * meets it for certain where chance would bring them together once in hours. It spins at the
 * function's entry, in whatever context that has: under the same locks, with interrupts off where
 * they are off. Preemption is off besides, so this is an RCU read-side section as well.
 *
 *	function=NAME	of the kernel or a module; must be traceable, not inlined
 *	comm=NAME	tasks of this name alone (default: all)
 *	irqs_off=Y	only where interrupts are off
 *	us=N		for so long
 *	every=N		one call of N
 *	times=N		so often at most (default: without end)
 *
 * While it is loaded: `inside` says how many tasks spin now, `delayed` how many began to, `cpus` on
 * which CPUs, and writing 1 to `go` ends all that, for good.
 */
#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/kprobes.h>
#include <linux/limits.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/time64.h>
#include <linux/timekeeping.h>
#include <asm/processor-flags.h>

static char *function;
module_param(function, charp, 0400);

static char *comm;
module_param(comm, charp, 0400);

static bool irqs_off;
module_param(irqs_off, bool, 0400);

static unsigned int us = 1000;
module_param(us, uint, 0400);

static unsigned int every = 1;
module_param(every, uint, 0400);

static unsigned int times = INT_MAX;
module_param(times, uint, 0400);

static bool go;
module_param(go, bool, 0600);

static atomic_t delay_calls = ATOMIC_INIT(0);
static atomic_t delay_begun = ATOMIC_INIT(0);
static atomic_t delay_inside = ATOMIC_INIT(0);

static int delay_get(char *buffer, const struct kernel_param *param)
{
	return sysfs_emit(buffer, "%d\n", atomic_read(param->arg));
}

static const struct kernel_param_ops delay_ops = { .get = delay_get };
module_param_cb(inside, &delay_ops, &delay_inside, 0400);
module_param_cb(delayed, &delay_ops, &delay_begun, 0400);

static struct cpumask delay_cpus;

static int delay_get_cpus(char *buffer, const struct kernel_param *param)
{
	return sysfs_emit(buffer, "%*pbl\n", cpumask_pr_args(&delay_cpus));
}

static const struct kernel_param_ops delay_cpus_ops = { .get = delay_get_cpus };
module_param_cb(cpus, &delay_cpus_ops, NULL, 0400);

static bool delay_is_due(const struct pt_regs *regs)
{
	if (READ_ONCE(go) || (comm && strcmp(current->comm, comm)))
		return false;
	if (irqs_off && regs->flags & X86_EFLAGS_IF)
		return false;
	if ((unsigned int)atomic_inc_return(&delay_calls) % every)
		return false;
	return atomic_add_unless(&delay_begun, 1, times);
}

static int delay_spin(struct kprobe *probe, struct pt_regs *regs)
{
	u64 end;

	if (!delay_is_due(regs))
		return 0;
	end = ktime_get_mono_fast_ns() + us * (u64)NSEC_PER_USEC;
	cpumask_set_cpu(smp_processor_id(), &delay_cpus);
	atomic_inc(&delay_inside);
	while (ktime_get_mono_fast_ns() < end && !READ_ONCE(go))
		cpu_relax();
	atomic_dec(&delay_inside);
	return 0;
}

static struct kprobe delay_probe = { .pre_handler = delay_spin };

static int __init delay_init(void)
{
	if (!function || !every) {
		pr_err("which function? function=NAME, and every=N is at least 1\n");
		return -EINVAL;
	}
	delay_probe.symbol_name = function;
	return register_kprobe(&delay_probe);
}

static void __exit delay_exit(void)
{
	WRITE_ONCE(go, true);
	unregister_kprobe(&delay_probe);
}

module_init(delay_init);
module_exit(delay_exit);

MODULE_DESCRIPTION("Makes a function slow, for tests");
MODULE_AUTHOR("The pt_cache authors");
MODULE_LICENSE("GPL");
