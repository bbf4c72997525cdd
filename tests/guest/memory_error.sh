# SPDX-License-Identifier: GPL-2.0
# Memory errors in page tables: the owner is named, for each level, and a page table of PTEs is moved off the bad page
# frame. Errors are injected, as nobody has memory that is bad when it is needed: uncorrected ones by hwpoison-inject,
# which has memory_failure() called, and corrected ones by mce-inject, which has the decoders of machine checks told.
# errors=N: tables that are hit by each.
errors=${errors:-100}
modprobe hwpoison-inject
hwpoison=/sys/kernel/debug/hwpoison/corrupt-pfn
modprobe mce-inject
mce=/sys/kernel/debug/mce-inject
ok 'errors can be injected' [ -e $hwpoison ]
ok '  corrected ones, too' [ -e $mce/bank ]

# an uncorrected error; the kernel ignores it, and says so by an error
hit() { # PFN
	echo "$1" > $hwpoison 2> /dev/null
	:
}

# Bank 4 of a CPU of AMD's, and any of Intel's, with the words for a memory error that was corrected.
hit_corrected() { # PFN
	case $(grep -m 1 vendor_id /proc/cpuinfo) in
	*AMD*) status=0x9400400000080813 ;;
	*)
		status=0x9c0040000008009f
		echo 0x8c > $mce/misc
		;;
	esac
	echo sw > $mce/flags
	echo 0 > $mce/cpu
	echo $status > $mce/status
	printf '0x%x\n' $(($1 << 12)) > $mce/addr
	echo 4 > $mce/bank
}

# all_are_hit_by FUNCTION: the page frames of /run/hit, lines "pfn va"
all_are_hit_by() {
	hits=0
	while read -r pfn _ <&7; do
		$1 "$pfn"
		hits=$((hits + 1))
		[ $((hits % 20)) -ne 0 ] || sleep 0.5 # the kernel keeps 80 machine checks for its decoders, and drops others
	done 7< /run/hit
}

# tables_of PID LEVEL: lines "pfn va"
tables_of() {
	awk -v of="$1" -v level="$2" '
		NR == 2 { for (i = 2; i <= NF; i++) column[$i] = i - 1; next }
		/^#/ { next }
		$column["pid"] == of && $column["level"] == level { print $column["pfn"], $column["va"] }' $reports/page_tables
}

# all_are_named PID LEVEL: of each page frame of /run/hit it was said that it is a table of this process, from that
# address on
all_are_named() {
	sed -n 's/.* memory error in page frame \(0x[0-9a-f]*\): a \([a-z0-9]*\) table of [^(]*(\([0-9]*\)), of \([^ ]*\) .*/\1 \4 \2 \3/p' /run/log |
		sed 's/ all / 0x0 /' > /run/named
	[ "$(awk -v pid="$1" -v level="$2" '
		NR == FNR { if ($3 == level && $4 == pid) named[$1 " " $2]; next }
		!($0 in named)' /run/named /run/hit | grep -c .)" -eq 0 ]
}

begin_tables() { # COUNT
	begin /run/tables.out perl tests/guest/tables.pl "$1" 16
	process=$!
	until_true 120 grep -q ready /run/tables.out
}
end_tables() {
	kill $process
	wait $process 2> /dev/null
}

# The kernel's log does not hold what it has to say of 300 errors.
dmesg --follow > /run/log &
follower=$!

load
echo 1 > /sys/kernel/tracing/events/pt_cache/table_memory_error/enable
echo > /sys/kernel/tracing/trace
begin_tables "$errors"
tables_of $process pte | head -n "$errors" > /run/hit
all_are_hit_by hit
ok "uncorrected errors in $(grep -c . /run/hit) page tables: the owner of each is named" until_true 60 all_are_named $process pte
diag "$(dmesg | grep 'memory error in page frame' | tail -n 2)"
compare '  which is counted' "$(stat memory_errors)" -ge "$(grep -c . /run/hit)"
compare '  and traced' "$(grep -c "table_memory_error: .*pid=$process .* uncorrected=1" /sys/kernel/tracing/trace)" -ge "$(grep -c . /run/hit)"
is '  none was missed' "$(stat memory_errors_missed)" 0
compare '  the process runs on' "$(vm_pte $process)" -ge $((errors * 4))
ok '  the reports leave what is bad unread' sh -c "cat $reports/page_tables > /run/page_tables && cat $reports/audit > /run/audit"
compare '    and list it' "$(awk -v of=$process '$4 == of && $7 == "-"' /run/page_tables | grep -c .)" -ge "$(grep -c . /run/hit)"
end_tables

# an_upper_table LEVEL
an_upper_table() {
	begin_tables 4
	tables_of $process "$1" | head -n 1 > /run/hit
	all_are_hit_by hit
	ok "an uncorrected error in a $1 table: its owner is named" until_true 60 all_are_named $process "$1"
	ok '  the reports leave it unread' sh -c "cat $reports/page_tables $reports/audit $reports/pt_mm > /run/report"
	end_tables
}
an_upper_table pmd
an_upper_table pud

begin_tables "$errors"
tables_of $process pte | head -n "$errors" > /run/hit
all_are_hit_by hit_corrected
ok "corrected errors in $(grep -c . /run/hit) page tables: the owner of each is named" until_true 60 all_are_named $process pte
diag "$(dmesg | grep 'memory error in page frame' | tail -n 2)"
end_tables

# Page tables are moved off bad memory.
load_user
is 'on_memory_error is report' "$(cat /sys/module/pt_cache_user/parameters/on_memory_error)" report
ok '  rubbish is refused' sh -c '! echo panic > /sys/module/pt_cache_user/parameters/on_memory_error'
echo move > /sys/module/pt_cache_user/parameters/on_memory_error

# moved_off PID: no table of a process is in a page frame that was hit
moved_off() {
	tables_of "$1" pte > /run/tables
	[ "$(awk 'NR == FNR { hit[$1]; next } $1 in hit' /run/hit /run/tables | grep -c .)" -eq 0 ]
}
all_are_counted() {
	[ $(($(stat memory_error_moved) - moved)) -ge "$(grep -c . /run/hit)" ]
}
# not_reused: nor has any process been given one of them for a table since
not_reused() {
	! awk '!/^#/ { print $1 }' $reports/page_tables | grep -qxFf /run/frames
}

: > /run/frames
sleep 11 # page frames that were hit above and are free again may be tables now: each is spoken of once in 10 s
for inject in hit hit_corrected; do
	begin_tables "$errors"
	before=$(vm_pte $process)
	moved=$(stat memory_error_moved)
	tables_of $process pte | head -n "$errors" > /run/hit
	cut -d ' ' -f 1 /run/hit >> /run/frames
	all_are_hit_by $inject
	ok "$inject(): each of $(grep -c . /run/hit) page tables is moved off" until_true 120 moved_off $process
	until_true 60 all_are_counted
	diag "$(dmesg | grep 'is moved off\|cannot be moved' | tail -n 2)"
	is '  which is counted' "$(($(stat memory_error_moved) - moved)) $(stat memory_error_kept) $(stat memory_error_lost)" "$(grep -c . /run/hit) 0 0"
	is '  and the process has as many as before' "$(vm_pte $process)" "$before"
	end_tables
	begin_tables $((errors * 2))
	ok '  the page frames are not used again' not_reused
	end_tables
done

begin_tables 4
tables_of $process pte | head -n 1 > /run/hit
cut -d ' ' -f 1 /run/hit > /run/frames
ok 'by hand' move pfn "$(cut -d ' ' -f 1 /run/hit)"
ok '  it is moved off' moved_off $process
end_tables
begin_tables "$errors"
ok '  the page frame is not used again' not_reused
end_tables

# lose_line [LINE]: a table of a process that is in bad memory is moved, and the same cache line of it cannot be read
# each time
lose_line() {
	begin /run/survive build/tests/survive "$@"
	process=$!
	until_true 20 grep -q ready /run/survive
	pfn=$(tables_of $process pte | awk '$2 == "0x200000000000" { print $1 }')
	echo 40 > $reports/fail_step
	hit "$pfn"
	until_true 20 step_has_failed
	sleep 1
	echo 0 > $reports/fail_step
	kill -USR1 $process
	until_true 20 grep -q right /run/survive
	end_tables
	tail -n 1 /run/survive
}
step_has_failed() { # a report is not read for it: that has steps of its own
	[ "$(cat $reports/fail_step)" -eq 0 ]
}
first=$(lose_line | sed 's/.* lost from page //; s/,.*//')
lost=$(stat memory_error_lost)
is 'where a cache line of a table cannot be read, touching its pages is SIGBUS, and nothing else is lost' \
	"$(lose_line $((first / 8)))" "504 right, 8 lost from page $first, 0 wrong"
is '  which is counted' "$(($(stat memory_error_lost) - lost))" 8

# A process that checks every byte of its own, with errors in its tables. Corrected ones: a page frame that has become
# one of its pages meanwhile would be taken away from it.
build/tests/vouch 20 2 7 > /run/vouch 2> /run/vouch.err &
process=$!
until_true 60 grep -q ready /run/vouch
moved=$(stat memory_error_moved)
while kill -0 $process 2> /dev/null; do
	for pfn in $(tables_of $process pte | shuf -n 4 | cut -d ' ' -f 1); do
		hit_corrected "$pfn"
	done
done 2> /dev/null
wait $process
is 'a process with errors in its page tables: no byte is wrong' $? 0
diag "$(cat /run/vouch)"
diag "$(cat /run/vouch.err)"
diag "$(($(stat memory_error_moved) - moved)) moved, $(stat memory_error_kept) stayed"
compare '  and tables were moved' $(($(stat memory_error_moved) - moved)) -ge 5
ok 'no rule is broken' no_rule_is_broken

# Last: the kernel does not keep out what it frees two pages at a time, as it does PGDs, and the next process that gets
# this one is not looked at.
an_upper_table pgd
kill $follower
