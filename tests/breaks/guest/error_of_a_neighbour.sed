# SPDX-License-Identifier: GPL-2.0
# The page frame beside the bad one is looked up.
# function: listen_decode
# parts: memory_error
s/>> PAGE_SHIFT/>> PAGE_SHIFT ^ 1/
