# SPDX-License-Identifier: GPL-2.0
# Many page tables of a process that checks what it wrote are freed, on request and by auto_reclaim at once.
# many_tables=N: until so many are; many_seconds=N: at most so long.
many_tables=${many_tables:-10000}
many_seconds=${many_seconds:-120}

page_tables_of_all() {
	vmstat nr_page_table_pages
}

load
load_user auto_reclaim=1 auto_min=0 auto_share=50 auto_flushes=1000
sleep 1
before=$(page_tables_of_all)
begin /run/sow build/tests/sow "$many_seconds" 2 2000
sow=$!
until_true 60 grep -q ready /run/sow
while [ "$(stat reclaimed)" -lt "$many_tables" ] && kill -0 $sow 2> /dev/null; do
	echo $sow > $reports/reclaim
	diag_at=$(($(stat reclaimed) / 50000))
	[ "$diag_at" = "${diag_said:-0}" ] || diag "$(stat reclaimed) tables freed so far"
	diag_said=$diag_at
done 2> /dev/null
kill $sow 2> /dev/null
wait $sow
is 'no byte is wrong' $? 0
diag "$(tail -n 1 /run/sow); $(stat reclaimed) tables freed, $(stat reclaim_holds) holds, $(stat reclaim_flushes) flushes"
compare "  while tables are freed: $(stat reclaimed)" "$(stat reclaimed)" -ge "$many_tables"
settled() {
	[ $(($(page_tables_of_all) - before)) -le 100 ]
}
ok '  all page tables are free when it has ended' until_true 30 settled
diag "$before page tables before, $(page_tables_of_all) after"
ok '  no rule is broken' no_rule_is_broken
unload
