/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HOST_TREE_STEPS_H
#define HOST_TREE_STEPS_H

#include "tree_model.h"

/* One page, one in the same table, one in the next, which is another 1G's; 2M beside them. */
#define HERE	(5 * SZ_1G + 511 * SZ_2M)
#define THERE	(HERE + 9 * SZ_4K)
#define NEXT	(HERE + SZ_2M)
#define BLOCK	(HERE - SZ_2M)
#define PLACE(n)	((n) * 16 * SZ_1G)

void try_each_step(void);
void try_same_place(void);

#endif
