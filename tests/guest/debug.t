#!/bin/bash
# What is watched: the suites, every failure, the reports and the livepatch on a kernel with KASAN, lock
# debugging, leak detection and the like (tests/debug-kernel/). Any report of theirs fails it. The lines
# that ran are counted: see tests/coverage. debug_tests='NAME...': these alone; begin_until=SECONDS: none
# after that time.
cd "$(dirname "$0")/../.." || exit
tests/guest/programs || exit
exec tests/testbox/boot --cpus 2 --numa 2 --memory 3G --append pti=on --timeout 3600 debug -- \
	"dirt_seconds=10 patience=2400 begin_until=$begin_until tests/guest/run ${debug_tests:-suites verify inject reports census refcounts input shrink unload \
		lend live live_choice} leaks"
