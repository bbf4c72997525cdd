#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What becomes of a mapping of the direct map that is to be split, in user space, with sanitizers.

cd "$(dirname "$0")/../.." || exit
. tests/host/build.sh
host_test split_test -O1
