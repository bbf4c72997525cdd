# SPDX-License-Identifier: GPL-2.0
# A page of memory that a task has locked is migrated.
# function: adopt_must_not_migrate
# test: adopt
s, || ptc_page_is_unevictable(page),,
