#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What runs at once, on a kernel with KCSAN (tests/debug-kernel/fragment-kcsan): a data race between two
# places in the modules, or in what they inline of the kernel's, fails it.
cd "$(dirname "$0")/../.." || exit
tests/guest/programs || exit
exec tests/testbox/boot --cpus 2 --numa 2 --memory 3G --append pti=on --timeout 3600 debug-kcsan -- \
	"dirt_seconds=10 patience=2400 munmaps=300 suites='concurrent tree_race lend' tests/guest/run suites lend race live unload"
