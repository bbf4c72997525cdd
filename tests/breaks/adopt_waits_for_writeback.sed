# SPDX-License-Identifier: GPL-2.0
# A page under writeback is waited for, however long.
# function: adopt_must_not_migrate
# test: adopt
s, || PageWriteback(page),,
