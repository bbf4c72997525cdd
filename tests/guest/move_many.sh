# SPDX-License-Identifier: GPL-2.0
# Many page tables of a process that checks what it wrote are moved from node to node.
# many_tables=N: until so many are; many_seconds=N: at most so long.
many_tables=${many_tables:-10000}
many_seconds=${many_seconds:-120}

load
load_user
begin /run/sow build/tests/sow "$many_seconds" 2 1000 15
sow=$!
until_true 60 grep -q ready /run/sow
while [ "$(stat moved)" -lt "$many_tables" ] && kill -0 $sow 2> /dev/null; do
	for node in 1 0; do
		echo "$sow node $node" > $reports/move
	done
	diag_at=$(($(stat moved) / 50000))
	[ "$diag_at" = "${diag_said:-0}" ] || diag "$(stat moved) tables moved so far"
	diag_said=$diag_at
done 2> /dev/null
kill $sow 2> /dev/null
wait $sow
is 'no byte is wrong' $? 0
diag "$(tail -n 1 /run/sow); $(stat moved) tables moved, $(stat move_holds) holds, $(stat move_flushes) flushes"
compare "  while tables are moved: $(stat moved)" "$(stat moved)" -ge "$many_tables"
ok '  no rule is broken' no_rule_is_broken
unload
