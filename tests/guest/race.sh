# SPDX-License-Identifier: GPL-2.0
# Page tables come and go on all CPUs while everything that reads them reads them, until there were
# munmaps=NUMBER of them.
load
load_actor
munmaps=${munmaps:-2500}
echo madvise > /sys/kernel/mm/transparent_hugepage/enabled

build/tests/churn "$munmaps" > /run/churn 2>&1 &
churn=$!
readers=
for report in pt_mm pt_mm_tables lookup audit; do
	build/tests/ask --race $report > /run/race.$report 2>&1 &
	readers="$readers $report:$!"
done
# what users see of it, and tables of our own meanwhile
(
	trap 'stop=1' TERM
	stop=
	while [ -z "$stop" ]; do
		cat $reports/* > /dev/null
		hold alloc 600
		hold free 600
	done
) > /run/race.all 2>&1 &
all=$!
wait $churn
is "$munmaps munmaps are survived" $? 0
diag "$(tail -n 3 /run/churn)"
for reader in $readers; do
	report=${reader%:*}
	kill -TERM "${reader#*:}"
	wait "${reader#*:}"
	is "$report says nothing impossible meanwhile" "$?$(sed '$d' "/run/race.$report")" 0
	diag "$report: $(tail -n 1 "/run/race.$report")"
	compare "$report was read" "$(awk 'END { print $1 + 0 }' "/run/race.$report")" -gt 0
done
kill -TERM $all
wait $all
is 'all reports can be read' "$(cat /run/race.all)" ''
compare 'there were munmaps' "$(awk '/munmaps/ { n = $1 } END { print n + 0 }' /run/churn)" -ge "$munmaps"
compare 'and huge pages made of small ones' "$(awk '/munmaps/ { n = $5 } END { print n + 0 }' /run/churn)" -gt 0
is 'nothing was found dirty' "$(stat non_zero)" 0
ok 'the module can be unloaded' unload
