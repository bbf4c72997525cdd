# SPDX-License-Identifier: GPL-2.0
# The same with the VMA lock of later kernels.
# function: ptc_vma_trylock
# file: vma_lock.h
# release: trixie-backports
# parts: reclaim_meet move_meet
# scenes: fault move
s/^{$/{ return true;/
