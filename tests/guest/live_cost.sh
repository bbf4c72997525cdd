# SPDX-License-Identifier: GPL-2.0
# What serving a table costs, beside what the kernel's own costs, in instructions and in one boot: for kind
# `live-cost` of one-release.
load
load_actor
sleep 15 # newer kernels are busy at first
cat $actor/live_cost > /run/stock
build/tests/touch 1000 12 >> /run/stock
load_live max_blocks=16
# warm: blocks enough for the tables of 1,000 ranges
build/tests/touch 1500 4 > /run/warm
sleep 3
before=$(stat cleared_by_worker) by_caller=$(stat cleared_by_caller) served=$(live served) missed=$(live fallbacks_miss)
cat $actor/live_cost > /run/live
build/tests/touch 1000 12 >> /run/live
sleep 3
served=$(($(live served) - served))
missed=$(($(live fallbacks_miss) - missed))
by_worker=$(($(stat cleared_by_worker) - before))
by_caller=$(($(stat cleared_by_caller) - by_caller))

# value REPORT KEY
value() {
	awk -v key="$2" '$1 == key { print $2 }' "/run/$1"
}

clear=$(value stock clear_page)
erms=no
if grep -qw erms /proc/cpuinfo; then erms=yes; fi
diag "CPU $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1), erms $erms; clearing a page: $clear"
stock=$(value stock alone_stock)
live=$((stock + $(value live in_kernel) - $(value stock in_kernel)))
detour=$((live - $(value live alone_live)))
diag "pte_alloc_one(): the kernel's $stock ($((stock - clear)) without clearing), served $live, of which the detour by ftrace and livepatch $detour"
touch_stock=$(value stock touch) touch_live=$(value live touch)
diag "touching a page in a range of 2M: $touch_stock with the kernel's tables, $touch_live served; without clearing $((touch_stock - 2 * clear)) and $((touch_live - clear))"
diag "unmapping it: $(value stock unmap) and $(value live unmap)"
diag "$served tables served ($missed missed), $by_worker pages cleared by the worker ($((by_worker * clear / served)) instructions a table that was served), $by_caller by who asked"
diag "figure: live_cost $(uname -r) $stock $((stock - clear)) $live $detour $touch_stock $((touch_stock - 2 * clear))" \
	"$touch_live $((touch_live - clear)) $(value stock unmap) $(value live unmap) $((by_worker * clear / served))"
at_most_of 'serving, of what pte_alloc_one() takes' "$live" live.alloc "$stock"
at_most_of '  without clearing' "$live" live.alloc_bare $((stock - clear))
at_most_of 'touching, of what it takes with tables of the kernel'"'"'s own' "$touch_live" live.touch "$touch_stock"
at_most_of '  without clearing' $((touch_live - clear)) live.touch_bare $((touch_stock - 2 * clear))
at_most_of 'unmapping, likewise' "$(value live unmap)" live.unmap "$(value stock unmap)"
at_most_of 'what was measured and not served' "$missed" live.missed "$served"

none_is_ready() {
	[ "$(live ready)" = 0 ]
}

# At the limit, with the tables of all 16 blocks lent: a request gets the kernel's own, by way of us.
begin /run/sparse.out build/tests/sparse 12000
until_true 120 grep -q ready /run/sparse.out
until_true 30 none_is_ready
missed=$(live fallbacks_miss)
cat $actor/live_cost > /run/limit
missed=$(($(live fallbacks_miss) - missed))
diag "at the limit: $(value limit alone_live), the kernel's own $(value limit alone_stock); $missed were missed"
compare 'at the limit tables are missed' "$missed" -ge 2500
at_most_of '  which costs little beside the kernel'"'"'s own' "$(value limit alone_live)" live.miss "$(value limit alone_stock)"
kill $!
