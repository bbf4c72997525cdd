# SPDX-License-Identifier: GPL-2.0
# What could not be read of a table reads as zeroes from then on.
# function: salvage_mark
# parts: memory_error
s/vma ? lost : __pte(0)/__pte(0)/
