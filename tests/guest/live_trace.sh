# SPDX-License-Identifier: GPL-2.0
# ptlive.bt beside the report.
load
load_live max_blocks=4
: > /run/trace.out
timeout -s INT 120 bpftrace tools/bpftrace/ptlive.bt > /run/trace.out 2> /run/trace.err &
tracer=$!
until_true 300 grep -q Tracing /run/trace.out
sleep 3
before=$(live served) fallbacks=$(live fallbacks_policy)
begin /run/tables.out perl tests/guest/tables.pl 300 1
perl_pid=$!
until_true 60 grep -q ready /run/tables.out
kill $perl_pid
wait $perl_pid 2> /dev/null
numactl --interleave=all build/tests/touch 100 1 > /run/used 2>&1
sleep 3
served=$(($(live served) - before))
fallbacks=$(($(live fallbacks_policy) - fallbacks))
kill -INT "$(pidof bpftrace)"
wait $tracer
is 'ptlive.bt: bpftrace has nothing to warn of' "$(cat /run/trace.err)" ''
diag "$(cat /run/trace.out)"

# Of the lines for each second.
column() {
	awk -v at="$1" '/^[0-9][0-9]:/ { n += $at } END { print n }' /run/trace.out
}
compare 'ptlive.bt: asked is served and stock' "$(column 2)" -eq $(($(column 4) + $(column 5)))
compare 'ptlive.bt: it saw at least what was served meanwhile' "$(awk '
	/^@from\[(magazine|block|cleared|collected)\]/ { n += $2 } END { print n }' /run/trace.out)" -ge $served
compare 'ptlive.bt: and what was not' "$(sed -n 's/^@from\[stock_policy\]: //p' /run/trace.out)" -ge $fallbacks
compare '  which there was' $fallbacks -ge 100
compare 'ptlive.bt: the lines for each second have as many as the totals, but for the last' "$(column 2)" -ge $((served + fallbacks))
ok 'ptlive.bt: there is an age' grep -q '^@recycle_age_ms' /run/trace.out
compare 'ptlive.bt: the process has its tables' "$(sed -n 's/^@tables_by_comm\[perl\]: //p' /run/trace.out)" -ge 300
unload
