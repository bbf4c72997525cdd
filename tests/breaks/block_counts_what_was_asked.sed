# SPDX-License-Identifier: GPL-2.0
# A block that has fewer pages than were asked for counts as many out.
# function: block_take_pages
# test: block
s/nr_clean -= got/nr_clean -= nr/
