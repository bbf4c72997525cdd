# SPDX-License-Identifier: GPL-2.0
# Others read and fill the process's page tables while some are taken.
# function: detach_lock_mm detach_unlock_mm
# parts: reclaim_meet move_meet
# scenes: populate
s/ptc_mmap_write_trylock/mmap_read_trylock/
s/mmap_write_unlock/mmap_read_unlock/
