# SPDX-License-Identifier: GPL-2.0
# Whoever reaches a populated page table of a process meets the one who wants to move it: see meet.sh.
take() {
	move "$@" node "$own_cpu" # each node has one CPU
}
taken_row=moved
taken_stat=moved
flushes_stat=move_flushes
moves=yes
. tests/guest/meet.sh
