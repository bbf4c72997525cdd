# SPDX-License-Identifier: GPL-2.0
# A table whose users a caller of the tree has put goes back as zeroed, with what is in it.
# function: users_give_back
# test: tree
s/if (tag & PTC_TAG_DOUBTED)/if (0)/
