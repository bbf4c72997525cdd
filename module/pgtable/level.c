// SPDX-License-Identifier: GPL-2.0
/* The names of the levels in reports and messages. */
#include <linux/kernel.h>

#include "pgtable/level.h"

/* The name of a level, or "-". */
const char *ptc_level_name(unsigned int level)
{
	static const char * const names[PTC_LEVELS] = { "pte", "pmd", "pud", "p4d", "pgd" };

	return level < ARRAY_SIZE(names) ? names[level] : "-";
}
