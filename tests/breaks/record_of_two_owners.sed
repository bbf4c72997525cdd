# SPDX-License-Identifier: GPL-2.0
# A record whose table changed hands while it was copied is believed by its tag alone.
# function: ptc_record_copy
# test: alloc
s/ || !record_has_owner_of(record, copy)/ || (0 \&\& record_has_owner_of(record, copy))/
