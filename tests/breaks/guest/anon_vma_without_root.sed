# SPDX-License-Identifier: GPL-2.0
# A child locks its own anon_vma, and not the root, which rmap walkers lock.
# function: sharers_lock_rmap
# parts: reclaim_meet move_meet
# scenes: migrate
s/anon_vma->root->rwsem/anon_vma->rwsem/
