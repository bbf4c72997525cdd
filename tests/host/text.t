#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What a user may write to files of debugfs and to parameters, in user space, with sanitizers.

cd "$(dirname "$0")/../.." || exit
. tests/host/build.sh
host_test text_test -O1
