#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What scan-console takes for a complaint of the kernel, and what not.

set -uo pipefail
# `... | scan` counts in this shell.
shopt -s lastpipe
testbox=$(cd "$(dirname "$0")" && pwd -P)
# shellcheck source-path=SCRIPTDIR source=tap.sh
. "$testbox/tap.sh"

log=$(mktemp)
out=$(mktemp)
trap 'rm -f "$log" "$out"' EXIT

scan() { # STATUS NAME; the log is on stdin
	local status=0
	cat >"$log"
	"$testbox/scan-console" "$log" >"$out" || status=$?
	is "$status" "$1" "$2"
}

# Each line alone, with each prefix that a console gives it.
complains() {
	while IFS= read -r line; do
		echo "$line" | scan 1 "complaint: $line"
		has "$out" "$line" "  is printed"
		echo "[   12.345678] $line" | scan 1 "  with a time stamp"
		printf '[    0.345678][ T123] %s\r\n' "$line" | scan 1 "  with a caller"
	done
}

harmless() {
	while IFS= read -r line; do
		echo "[   12.345678] $line" | scan 0 "harmless: $line"
		is "$(cat "$out")" '' "  prints nothing"
	done
}

complains <<'END'
WARNING: CPU: 0 PID: 262 at module/table.c:6 ptc_warns+0x19/0x30 [pt_cache]
WARNING: CPU: 0 PID: 262 at ptc_warns+0x19/0x30 [pt_cache]
WARNING: module/table.c:6 at ptc_warns+0x1d/0x30 [pt_cache], CPU#0: insmod/271
WARNING: possible circular locking dependency detected
WARNING: possible recursive locking detected
WARNING: inconsistent lock state
WARNING: HARDIRQ-safe -> HARDIRQ-unsafe lock order detected
WARNING: bad unlock balance detected!
WARNING: suspicious RCU usage
WARNING: held lock freed!
WARNING: sh/12 still has locks held!
[ BUG: Invalid wait context ]
INFO: trying to register non-static key.
DEBUG_LOCKS_WARN_ON(1)
BUG: kernel NULL pointer dereference, address: 0000000000000008
BUG: unable to handle page fault for address: ffffffffc0000000
Unable to handle kernel paging request at virtual address ffff000000000000
Internal error: Oops: 0000000096000004 [#1] SMP
Oops: 0002 [#1] PREEMPT SMP NOPTI
Oops: general protection fault, probably for non-canonical address 0xdead000000000108: 0000 [#1] SMP
general protection fault, probably for non-canonical address 0xdead: 0000 [#1] SMP
invalid opcode: 0000 [#1] PREEMPT SMP NOPTI
divide error: 0000 [#1] PREEMPT SMP
kernel BUG at lib/list_debug.c:29!
Kernel panic - not syncing: sysrq triggered crash
BUG: Bad page state in process sh  pfn:12345
BUG: Bad page map in process sh  pte:80000 pmd:1000
BUG: Bad rss-counter state mm:00000000 type:MM_ANONPAGES val:1
BUG: scheduling while atomic: sh/123/0x00000002
BUG: sleeping function called from invalid context at mm/slab.h:42
watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [sh:123]
BUG: workqueue lockup - pool cpus=0 node=0 flags=0x0 nice=0 stuck for 31s!
NMI watchdog: Watchdog detected hard LOCKUP on cpu 0
watchdog: CPU0: Watchdog detected hard LOCKUP on cpu 0
rcu: INFO: rcu_preempt self-detected stall on CPU
rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:
rcu: INFO: rcu_preempt detected expedited stalls on CPUs/tasks: { 0-... } 21 jiffies
rcu: rcu_preempt kthread starved for 5250 jiffies!
rcu: rcu_preempt kthread timer wakeup didn't happen for 1 jiffies, kthread starved
INFO: task kworker/0:1:12 blocked for more than 120 seconds.
BUG: KASAN: slab-use-after-free in ptc_free+0x1/0x2
KASAN: null-ptr-deref in range [0x0000000000000008-0x000000000000000f]
BUG: KCSAN: data-race in a / b
BUG: KFENCE: use-after-free read in ptc_free+0x1/0x2
UBSAN: array-index-out-of-bounds in module/block.c:12:3
list_add corruption. next->prev should be prev (ffff), but was 0000. (next=ffff).
list_del corruption, ffff->next is LIST_POISON1 (dead000000000100)
list_add double add: new=ffff, prev=ffff, next=ffff.
refcount_t: underflow; use-after-free.
BUG kmalloc-64 (Tainted: G        W  OE): Poison overwritten
kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)
BUG: stack guard page was hit at 0000 (stack is 0000..0000)
END

harmless <<'END'
Spectre V2 : WARNING: Unprivileged eBPF is enabled with eIBRS on, data leaks possible via Spectre v2 BHB attacks!
RETBleed: WARNING: Spectre v2 mitigation leaves CPU vulnerable to RETBleed attacks, data leaks possible!
Kernel command line: quiet oops=panic words="BUG: Oops WARNING:"
Command line: quiet oops=panic words="BUG: Oops WARNING:"
AMD-Vi: AMD IOMMUv2 functionality not available on this system - This is not a bug.
PCI: Using host bridge windows from ACPI; if necessary, use "pci=nocrs" and report a bug
tsc: Unable to calibrate against PIT
Yama: disabled by default; enable with sysctl kernel.yama.*
kfence: initialized - using 2097152 bytes for 255 objects
kmemleak: Kernel memory leak detector initialized (mem pool available: 15713)
rcu: RCU restricting CPUs from NR_CPUS=8192 to nr_cpu_ids=2.
pcieport 0000:00:02.0: DPC: error containment capabilities
Code: Unable to access opcode bytes at 0xffffffffc069bfef.
RIP: 0010:asm_exc_general_protection+0x26/0x30
random: crng init done
END

scan 1 "a complaint comes with its trace and without its neighbours" <<'END'
[    1.000000] long before
[    2.000000] before 1
[    2.000000] before 2
[    3.000000] ------------[ cut here ]------------
[    3.000000] words of the warning
[    3.000000] WARNING: CPU: 0 PID: 1 at a.c:1 func+0x1/0x2
[    3.000000] Modules linked in: hello(OE+)
[    3.000000] RIP: 0010:func+0x1/0x2
[    3.000000] Call Trace:
[    3.000000]  <TASK>
[    3.000000]  caller+0x1/0x2
[    3.000000] ---[ end trace 0000000000000000 ]---
[    4.000000] after
END
has "$out" 'words of the warning' '  the message'
has "$out" 'caller+0x1/0x2' '  the trace'
has "$out" 'end trace' '  to its end'
lacks "$out" 'before 2' '  nothing before'
lacks "$out" 'after' '  nothing after'

old='[ 1.0] WARNING: CPU: 0 PID: 1 at a.c:1 func+0x1/0x2 [hello]'
new='[ 1.0] WARNING: a.c:1 at func+0x1/0x2 [hello], CPU#0: insmod/1'
part='[ 1.0] WARNING: a.c:1 at func.isra.0+0x1/0x2 [hello], CPU#0: insmod/1'
expect='[ 1.0] pt_cache test: expect warning func'
allow='[ 1.0][    T1] selftest: pt_cache test: allow warning func'
end='[ 1.0] pt_cache test: expect end'

for warning in "$old" "$new" "$part"; do
	printf '%s\n' "$expect" "$warning" "$end" |
		scan 0 "an expected warning is allowed: ${warning#*: }"
	printf '%s\n' "$allow" "$warning" "$end" | scan 0 "  an allowed one, too"
	printf '%s\n' "$warning" "$expect" "$warning" "$end" |
		scan 1 "  but not before the marker"
	printf '%s\n' "$expect" "$warning" "$end" "$warning" |
		scan 1 "  nor after the end"
done
echo 'pt_cache test: expect warnings' | scan 1 "a marker with a slip in it"
printf '%s\n' "$expect" "$end" | scan 1 "an expected warning must come"
has "$out" 'did not come: func' "  and is named"
printf '%s\n' "$allow" "$end" | scan 0 "an allowed one need not"
printf '%s\n' "$expect" "$old" | scan 1 "an expectation that is never ended"
printf '%s\n' "$expect" "${old//func+/other+}" "$end" |
	scan 1 "a warning of another function"
printf '%s\n' "$expect" "$old" "${old//func+/func_more+}" "$end" |
	scan 1 "a warning of a function with a longer name"
printf '%s\n' "$expect" "$old" "${old/a.c:1 func/func.c:1 other}" "$end" |
	scan 1 "a warning in a file of that name"
for line in 'BUG: Bad page state in func+0x1/0x2' 'Oops: func+0x1/0x2' \
	'Kernel panic - not syncing: func+0x1/0x2' 'kernel BUG at func+0x1/0x2'; do
	printf '%s\n' "$expect" "$old" "$line" "$end" |
		scan 1 "only a WARNING can be expected: $line"
done
printf '%s\n' "${allow/func/one}" "${allow/func/two}" "${old/func/two}" \
	"${old/func/one}" "$end" | scan 0 "two functions at once"
printf '%s\n' "$expect" '------------[ cut here ]------------' \
	'refcount_t: underflow; use-after-free.' "$old" "$end" |
	scan 0 "the message of an expected WARN() belongs to it"
printf '%s\n' "$expect" 'refcount_t: underflow; use-after-free.' "$old" "$end" |
	scan 1 "one that stands apart does not"
: | scan 0 "an empty log holds no complaint"

done_testing
