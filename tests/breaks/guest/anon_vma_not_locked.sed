# SPDX-License-Identifier: GPL-2.0
# Pages are migrated while tables of those who map them are taken.
# function: sharers_lock_rmap
# parts: reclaim_meet move_meet
# scenes: migrate
s/!vma->anon_vma || .*;/true;/
