# SPDX-License-Identifier: GPL-2.0
# A process that is walked again after a signal is noted again as the owner of a shared table.
# function: lookup_found_another
# test: lookup
s/lookup->owners\[at\]\.mm == mm/false/
