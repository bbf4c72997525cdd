# SPDX-License-Identifier: GPL-2.0
# A pageblock that was isolated while its pages were looked at is asked for: its isolation ends.
# function: adopt_take
# test: adopt
s/ || ptc_pageblock_type(pfn) >= MIGRATE_PCPTYPES//
