# SPDX-License-Identifier: GPL-2.0
# Nothing that was allocated is forgotten: kmemleak's word, and the lines that ran, for tests/coverage.
kmemleak=/sys/kernel/debug/kmemleak
unload
if [ -e $kmemleak ]; then
	# What is freed by RCU, or was just put away, is found the second time.
	sleep 6
	ok 'kmemleak scans' sh -c "echo scan > $kmemleak"
	sleep 6
	ok 'kmemleak scans again' sh -c "echo scan > $kmemleak"
	# Its list has it go through all that is allocated, so that is read only if there is something in it.
	is 'kmemleak finds nothing' \
		"$(dmesg | grep 'kmemleak: .* new suspected memory leak' && cat $kmemleak)" ''
else
	skip 'kmemleak finds nothing' 'this kernel has none'
fi
if [ -d /sys/kernel/debug/gcov ]; then
	counts=$PWD/build/$(uname -r)/counts
	rm -rf "$counts"
	mkdir -p "$counts"
	# one process for all: each costs half a second on such a kernel
	(
		cd "$(find /sys/kernel/debug/gcov -path '*/src/module' -prune)" &&
			find . -name '*.gcda' -exec cp --parents -t "$counts" {} +
	)
	compare 'the lines that ran are kept' "$(find "$counts" -name '*.gcda' | wc -l)" -gt 30
fi
