# SPDX-License-Identifier: GPL-2.0
# One CPU forgets the tables, the others remember them.
# function: ptc_flush_all_cpus
# file: flush.h
# parts: reclaim_meet move_meet
# scenes: gup spin
s/on_each_cpu(ptc_flush_this_cpu, NULL, 1);/local_irq_disable(); ptc_flush_this_cpu(NULL); local_irq_enable();/
