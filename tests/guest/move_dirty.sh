# SPDX-License-Identifier: GPL-2.0
# What the hardware says of pages in page tables is not lost when these are moved: see stain.c.
# stain_seconds=N: for so long.
load
load_user
ls /sys/module/zram > /dev/null 2>&1 || modprobe zram 2> /dev/null
if [ -e /sys/block/zram0 ]; then
	echo 128M > /sys/block/zram0/disksize && mkswap /dev/zram0 > /dev/null && swapon /dev/zram0
fi
swapped=$(vmstat pswpout)
build/tests/stain "${stain_seconds:-10}" > /run/stain 2>&1
is 'what says that a page was written to, or read, is not lost' $? 0
diag "$(cat /run/stain)"
rounds=$(sed -n 's/ rounds,.*//p' /run/stain)
compare "  in ${rounds:-no} rounds tables were moved: $(stat moved)" "$(stat moved)" -ge $((${rounds:-1} * 20))
compare "  and pages went to swap" "$(($(vmstat pswpout) - swapped))" -ge $((${rounds:-1} * 200))
ok 'no rule is broken' no_rule_is_broken
timeout 30 swapoff -a # which has no end where entries were lost
[ ! -e /sys/block/zram0 ] || echo 1 > /sys/block/zram0/reset
unload
