# SPDX-License-Identifier: GPL-2.0
# The process that was walked when a signal came is not walked to its end.
# function: lookup_search_processes
# test: lookup
s/ret < 0 ? process\.pid : process\.pid + 1/process.pid + 1/
