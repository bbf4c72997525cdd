# SPDX-License-Identifier: GPL-2.0
# The new table has nothing of the old one.
# function: replace_publish
# parts: move_meet
# scenes: fault
s/copy_page(.*);//
