#!/bin/bash
# What is watched: the suites, every failure, the reports and the livepatch on a kernel with KASAN, lock
# debugging, leak detection and the like (tests/debug-kernel/). Any report of theirs fails it. The lines
# that ran are counted: see tests/coverage. debug-kcsan.t: what runs on several CPUs, with KCSAN.
cd "$(dirname "$0")/../.." || exit
release=$(basename "$0" .t)
tests/guest/programs || exit
export PTC_START_LIMIT=${PTC_START_LIMIT:-600}
case $release in
debug)
	set -- dirt_seconds=10 tests/guest/run suites verify inject reports census refcounts input shrink \
		unload lend live live_choice leaks ;;
debug-kcsan)
	set -- suites='concurrent tree_race lend' operations=20000 tests/guest/run suites soak ;;
esac
exec tests/testbox/boot --cpus 2 --numa 2 --memory 3G --append pti=on --timeout 3600 "$release" -- env "$@"
