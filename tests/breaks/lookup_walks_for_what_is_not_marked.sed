# SPDX-License-Identifier: GPL-2.0
# Processes are walked for a page frame that can be none of their tables.
# function: lookup_read_page
# test: lookup
s/frame->marked || lookup_may_lack_mark(page)/lookup_may_lack_mark(page) || true/
