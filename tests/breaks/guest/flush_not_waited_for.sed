# SPDX-License-Identifier: GPL-2.0
# Whoever is interrupted late remembers tables that are free, or replaced.
# function: ptc_flush_all_cpus
# file: flush.h
# parts: reclaim_meet move_meet
# scenes: gup spin
s/NULL, 1)/NULL, 0)/
