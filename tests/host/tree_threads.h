/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HOST_TREE_THREADS_H
#define HOST_TREE_THREADS_H

#include "tree_world.h"

void run_threads(unsigned long seed, unsigned long nr_rounds);
void show_threads(void);

#endif
