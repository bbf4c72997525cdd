// SPDX-License-Identifier: GPL-2.0
/*
 * Sums of the per-CPU counters. A sum is exact when nothing is counted meanwhile. Else it misses at
 * most the events that are counted while it is read.
 */
#include <linux/cpumask.h>
#include <linux/export.h>

#include "counters.h"

DEFINE_PER_CPU(struct ptc_counters, ptc_counters);
EXPORT_PER_CPU_SYMBOL_GPL(ptc_counters); /* for pt_cache_user.ko */

u64 ptc_counter_sum(enum ptc_counter counter)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(&ptc_counters, cpu)->n[counter]);
	return sum;
}

const char *ptc_counter_name(enum ptc_counter counter)
{
	static const char * const names[] = {
#define X(name, unit, what) [PTC_##name] = #name,
		PTC_COUNTERS(X)
#undef X
	};

	return names[counter];
}

const char *ptc_counter_unit(enum ptc_counter counter)
{
	static const char * const units[] = {
#define X(name, unit, what) [PTC_##name] = #unit,
		PTC_COUNTERS(X)
#undef X
	};

	return units[counter];
}
