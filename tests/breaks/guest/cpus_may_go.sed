# SPDX-License-Identifier: GPL-2.0
# A CPU goes offline, is interrupted no more, and remembers the tables.
# function: detach_lock_mm detach_unlock_mm
# parts: reclaim_meet move_meet
# scenes: offline
s/!cpus_read_trylock()/false/
s/cpus_read_unlock();/;/
