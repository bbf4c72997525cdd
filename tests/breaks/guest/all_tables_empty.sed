# SPDX-License-Identifier: GPL-2.0
# Tables with entries are taken.
# function: detach_is_empty
# parts: reclaim_load
s/return false;/break;/
