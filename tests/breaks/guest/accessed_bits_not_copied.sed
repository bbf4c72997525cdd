# SPDX-License-Identifier: GPL-2.0
# Of a page in a table that is moved, it is forgotten that it was read.
# function: replace_publish
# parts: move_dirty
s/copy_page(\(.*\), \(.*\));/for (int i = 0; i < PTRS_PER_PTE; i++) { u64 e = ((u64 *)\2)[i]; ((u64 *)\1)[i] = e \& _PAGE_PRESENT ? e \& ~(u64)_PAGE_ACCESSED : e; }/
