/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tests that need to run in the kernel. Each is named after the promise that it checks and ends
 * with one KTAP line; what went wrong stands before it as a diagnostic.
 */
#ifndef PTC_SELFTEST_H
#define PTC_SELFTEST_H

#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/printk.h>

#include "pt_cache.h"
#include "census/processes.h"
#include "fault.h"
#include "selftest/peepholes.h"

struct test {
	const char *promise;
	void (*run)(struct test *test);
	bool failed;
	const char *skipped;	/* why */
};

extern struct test alloc_tests[], refuse_tests[], atomic_tests[], supply_tests[],
		   concurrent_tests[], verify_tests[], audit_tests[], tree_tests[],
		   tree_race_tests[], lend_tests[], lend_dirty_tests[], lend_state_tests[],
		   inject_tests[], attributes_tests[];

/* A line of the KTAP stream, kept for `ktap`. */
__printf(1, 2) void say(const char *fmt, ...);

/* The test goes on after a failed check, as far as it makes sense. */
#define check(test, condition, fmt, ...) ({						\
	bool __ok = !!(condition);							\
	if (!__ok) {									\
		(test)->failed = true;							\
		say("# %s:%d: not %s: " fmt "\n", __func__, __LINE__, #condition,	\
		    ##__VA_ARGS__);							\
	}										\
	__ok;										\
})

/*
 * The function that warns next, for the console scan of a test run (scan-console): it lets the
 * warning pass, and fails the run if none comes. Warnings come once a load of pt_cache.ko.
 */
#define expect_warning(function)	pr_info("pt_cache test: expect warning " function "\n")
#define expect_end()			pr_info("pt_cache test: expect end\n")

/* helpers.c */
struct pt_cache *new_cache(struct test *test, const char *name, unsigned int order, int nid);
void give_up(struct test *test, struct pt_cache *cache);
bool table_is_zero(struct page *page, unsigned int order);
bool table_is_mapped_by_ptes(struct page *page, unsigned int order);
void check_table(struct test *test, struct page *page, unsigned int order);
u64 count_of(const char *counter);

/* A page whose entry in the direct map was changed by hand, of which the kernel knows nothing. */
struct changed {
	unsigned long addr;
	pte_t *entry, was;
};

/* Take @bits from the entry; returns whether it was mapped by a PTE. */
bool change_entry(struct test *test, struct changed *changed, struct page *page, pteval_t bits);
void restore_entry(const struct changed *changed);

int time_kernel_tables(unsigned int nr, u64 *ticks); /* kernel_tables.c */

int hold_init(struct dentry *parent);
void hold_exit(void);
int offline_init(struct dentry *parent);
void offline_exit(void);
void ptdump_init(struct dentry *parent);
void flip_init(struct dentry *parent);
void fragment_init(struct dentry *parent);
void fragment_exit(void);
void pin_init(struct dentry *parent);
void pin_exit(void);
void stick_init(struct dentry *parent);
void stick_exit(void);
void live_cost_init(struct dentry *parent);
void trouble_init(struct dentry *parent);
void trouble_exit(void);
void soak_init(struct dentry *parent);
void soak_exit(void);

#endif /* PTC_SELFTEST_H */
