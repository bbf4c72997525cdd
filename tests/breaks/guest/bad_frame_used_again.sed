# SPDX-License-Identifier: GPL-2.0
# A page frame with corrected errors goes back to the page allocator.
# function: replace_publish
# parts: memory_error
s/if (new->retire)/if (0)/
