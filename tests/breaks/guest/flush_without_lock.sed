# SPDX-License-Identifier: GPL-2.0
# Another table is put where a CPU remembers the old one.
# function: detach_locked
# parts: reclaim_meet move_meet
# scenes: spin
s/detach_flush(hold, nr_before);//
s/detach_unlock_mm(hold);/& detach_flush(hold, nr_before);/
