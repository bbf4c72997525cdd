# SPDX-License-Identifier: GPL-2.0
# How many instructions reading a report takes, in a guest under `boot --icount`. Sourced, after lib.sh.

# ticks_of FILE [WORDS]: of reading it, or of writing WORDS to it
ticks_of() {
	program=/tmp/ticks-$(basename "$1")
	gcc -O2 -nostdlib -static -DREPORT="\"$1\"" ${2:+-DWORDS="\"$2\""} -o "$program" \
		tests/guest/ticks.c && "$program"
}

# with_tables N K [empty]: a process has them; its line in pt_mm is $row, and reading takes $ticks.
with_tables() {
	begin /run/tables.out perl tests/guest/tables.pl "$@"
	until_true 120 grep -q ready /run/tables.out
	ticks=$(ticks_of $reports/pt_mm)
	row=$(awk -v pid=$! '$1 == pid' $reports/pt_mm)
	kill $!
	wait $! 2> /dev/null
}

# What one of N tables costs a reader of pt_mm, all else being equal: cost_of_tables N K [empty]
cost_of_tables() {
	with_tables 1 "$2" ${3:+"$3"}
	one=$ticks
	with_tables "$@"
	cost=$(((ticks - one) / ($1 - 1)))
}
