# SPDX-License-Identifier: GPL-2.0
# A process that was cut is said to have been busy from the start.
# function: page_tables_show
# test: printers
s/all->any ? "cut" : //
