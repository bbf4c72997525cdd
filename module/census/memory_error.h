/* SPDX-License-Identifier: GPL-2.0 */
/* Memory errors in page tables: whose they are, and who is told. */
#ifndef PTC_CENSUS_MEMORY_ERROR_H
#define PTC_CENSUS_MEMORY_ERROR_H

#include <linux/notifier.h>
#include <linux/types.h>

struct ptc_owner;

/* What those who are told get. */
struct ptc_memory_error {
	unsigned long pfn;
	bool uncorrected;
	const struct ptc_owner *owner;
};

void ptc_memory_error_exit(void);

void ptc_memory_error_note(unsigned long pfn, bool uncorrected);

void ptc_memory_error_tell(struct notifier_block *whom);
void ptc_memory_error_untell(struct notifier_block *whom);

#endif /* PTC_CENSUS_MEMORY_ERROR_H */
