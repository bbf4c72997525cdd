# SPDX-License-Identifier: GPL-2.0
# What is known of memory that goes offline is believed when memory comes there again.
# function: adopt_memory_notify
# test: adopt
s/memory->nr_pages/0 * &/
