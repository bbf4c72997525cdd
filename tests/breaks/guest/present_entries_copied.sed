# SPDX-License-Identifier: GPL-2.0
# Of a table that is moved, swapped pages and markers are lost.
# function: replace_publish
# parts: move_dirty move_load
s/copy_page(\(.*\), \(.*\));/for (int i = 0; i < PTRS_PER_PTE; i++) { u64 e = ((u64 *)\2)[i]; ((u64 *)\1)[i] = e \& _PAGE_PRESENT ? e : 0; }/
