# SPDX-License-Identifier: GPL-2.0
# Rubbish written where a number belongs.
load
load_actor
hold alloc 10
before=$(stat shrink_calls) # rubbish must not scan
refuses() {
	! printf '%s' "$1" > $reports/shrink
} 2> /dev/null
for rubbish in x ' ' -1 1x 99999999999999999999999 0x '1 2' 1.5; do
	ok "shrink refuses '$rubbish'" refuses "$rubbish"
done
ok 'shrink refuses a megabyte of zeroes' sh -c "! head -c 1000000 /dev/zero > $reports/shrink"
is 'nothing was scanned' "$(stat shrink_calls)" "$before"
ok 'the log says what is needed' sh -c 'dmesg | grep -q "pt_cache: shrink: expected a number of pages"'
ok 'shrink takes 0' sh -c "echo 0 > $reports/shrink"
ok 'shrink takes hex' sh -c "echo 0x200 > $reports/shrink"
is 'nothing that is out was touched' "$(stat tables_in_use)" 10
for report in info stats caches blocks tables direct_map; do
	ok "$report takes no write" sh -c "! echo 1 > $reports/$report"
done 2> /dev/null
hold free 10
