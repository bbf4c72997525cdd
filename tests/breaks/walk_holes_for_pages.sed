# SPDX-License-Identifier: GPL-2.0
# What is not present is taken for a page that was taken out of the direct map, where no memory is, too.
# function: walk_next
# test: walk
s/any && !piece\.none/any/
