# SPDX-License-Identifier: GPL-2.0
# A module whose cache lives keeps pt_cache.ko loaded.
load
load_actor
hold alloc 3
ok 'pt_cache cannot be unloaded while a consumer holds a cache' sh -c '! rmmod pt_cache 2> /dev/null'
is 'the tables are there still' "$(stat tables_in_use)" 3
hold free 3
rmmod pt_cache_selftest
is 'without a cache nothing is held' "$(stat pages_held)" 0
ok 'without a consumer it can be unloaded' rmmod pt_cache
is 'nothing of it counts as memory that can be reclaimed' "$(reclaimable_kb)" 0
is 'its slab cache is gone' "$(grep -c pt_cache_block /proc/slabinfo)" 0
ok 'its reports are gone' [ ! -d $reports ]
