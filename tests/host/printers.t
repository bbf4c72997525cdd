#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What the reports print, over a machine that is made up, in user space, with sanitizers: each is
# parsed by its own line of columns, and compared with what is there.
# PRINTERS_SEED=N: another machine than the usual one.

cd "$(dirname "$0")/../.." || exit
. tests/host/build.sh
host_test printers_test -O1 -- "${PRINTERS_SEED:-1}"
