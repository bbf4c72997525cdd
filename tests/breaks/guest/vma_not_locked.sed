# SPDX-License-Identifier: GPL-2.0
# Page faults and UFFDIO_MOVE, with the lock of a VMA alone, go on while tables of it are taken.
# function: ptc_vma_trylock
# file: vma_lock.h
# parts: reclaim_meet move_meet
# scenes: fault move
s/^{$/{ return true;/
