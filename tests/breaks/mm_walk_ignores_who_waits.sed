# SPDX-License-Identifier: GPL-2.0
# The mmap lock is kept while somebody waits for it.
# function: mm_walk_to
# test: mm_walk
s/ || (walk->mm && mmap_lock_is_contended(walk->mm)))/)/
