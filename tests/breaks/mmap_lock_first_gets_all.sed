# SPDX-License-Identifier: GPL-2.0
# The first stuck process uses up what a reader may wait for all of them.
# function: ptc_patience_for_next_mm
# test: mm_walk
s/min_t(u64, MM_NS, patience->pass_ns \/ 4)/patience->pass_ns/
