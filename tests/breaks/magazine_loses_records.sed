# SPDX-License-Identifier: GPL-2.0
# A magazine that is half emptied keeps the records of tables that have left it.
# function: magazine_give_back_clean
# test: alloc
s/records\[i + nr\]/records[i]/
