# SPDX-License-Identifier: GPL-2.0
# verify_zero=1 against a caller that breaks its promise; this spoils the module for others.
load verify_zero=1
is 'the parameter is taken' "$(cat /sys/module/pt_cache/parameters/verify_zero)" Y
ok 'verify: the suite is loaded' taskset -c 0 insmod "$ko/pt_cache_selftest.ko" suite=verify
is 'verify: every test passes' "$(grep -c '^ok ' $actor/ktap)" "$(sed -n 's/^1\.\.\([1-9]\)/\1/p' $actor/ktap)"
diag "$(cat $actor/ktap)"
ok 'the log says what was found' sh -c 'dmesg | grep -q "pt_cache: table at pfn .* of cache liar was not zero"'
ok 'info says that recycling is off' grep -q '^recycling no' $reports/info
is 'the count is shown' "$(stat non_zero)" 2
unload
load
ok 'loaded again, it recycles' grep -q '^recycling yes' $reports/info
