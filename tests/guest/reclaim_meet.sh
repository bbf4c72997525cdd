# SPDX-License-Identifier: GPL-2.0
# Whoever reaches an empty page table of a process meets the one who wants to free it: see meet.sh.
take() {
	reclaim "$@"
}
taken_row=freed
taken_stat=reclaimed
flushes_stat=reclaim_flushes
moves=
. tests/guest/meet.sh
