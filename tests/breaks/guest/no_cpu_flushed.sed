# SPDX-License-Identifier: GPL-2.0
# No CPU forgets the tables, and nobody waits for GUP-fast.
# function: ptc_flush_all_cpus
# file: flush.h
# parts: reclaim_meet move_meet
# scenes: gup spin
s/on_each_cpu(ptc_flush_this_cpu, NULL, 1);/(void)ptc_flush_this_cpu;/
