/* SPDX-License-Identifier: GPL-2.0 */
/* Rules that every page table of the system must keep, and their check on all mms. */
#ifndef PTC_CENSUS_AUDIT_H
#define PTC_CENSUS_AUDIT_H

#include <linux/types.h>

/* X(name, what is checked, and what must hold) */
#define PTC_AUDIT_RULES(X)							\
	X(one_mm,	"user table: belongs to one mm (tables shared by hugetlb aside)")	\
	X(marked,	"user table of a level that this kernel constructs: is typed as a table") \
	X(owner,	"table of ours in an mm: was handed out for that mm")	\
	X(target,	"present user entry: does not point to a free page of ours")	\
	X(kernel_half,	"PGD of an mm: its kernel half is init_mm's")		\
	X(attributes,	"free page of ours: the direct map has it present, writable, write-back")

enum ptc_audit_rule {
#define X(name, what) PTC_AUDIT_##name,
	PTC_AUDIT_RULES(X)
#undef X
	PTC_NR_AUDIT_RULES,
};

struct ptc_audit_result {
	u64 checked, violations;
	u64 unjudged;			/* may violate it: no room or lock to tell */
	unsigned long first_pfn;	/* of the first violation */
};

struct ptc_audit_findings {
	struct ptc_audit_result results[PTC_NR_AUDIT_RULES];
	/*
	 * Mms that were not walked, or not wholly, because their mmap lock was not to be had; the
	 * larger number if there were two walks.
	 */
	u64 busy;
};

const char *ptc_audit_rule_name(enum ptc_audit_rule rule);
int ptc_audit(struct ptc_audit_findings *findings);

#endif /* PTC_CENSUS_AUDIT_H */
