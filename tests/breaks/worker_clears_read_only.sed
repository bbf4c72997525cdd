# SPDX-License-Identifier: GPL-2.0
# The worker writes to a table without a look at its entry.
# function: ptc_worker_clean
# test: alloc
/ptc_attributes_filter/d
