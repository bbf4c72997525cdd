# SPDX-License-Identifier: GPL-2.0
# Page tables of all processes, held against what the kernel counts, while a zoo of them is at rest.
# zoo=NUMBER of processes.
load
animals=${zoo:-60}
thp=/sys/kernel/mm/transparent_hugepage

# Nothing but the zoo makes huge pages, and khugepaged lets what is there alone.
echo 4294967295 > $thp/khugepaged/scan_sleep_millisecs
echo 8 > /proc/sys/vm/nr_hugepages
# where the machine has them, and this much in one piece
gigantic=/sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages
[ ! -e $gigantic ] || echo 1 > $gigantic
if modprobe zram 2> /dev/null; then
	echo 128M > /sys/block/zram0/disksize
	mkswap -q /dev/zram0 && swapon /dev/zram0
fi

case $(uname -r) in
# The levels that pass a constructor, which marks the table and counts it in nr_page_table_pages: a
# user's, and the kernel's. What is made at boot does not pass it.
6.1.*) constructed='pmd pte' kernel_constructs='pmd' ;;
6.12.*) constructed='pud pmd pte' kernel_constructs='pud pmd' ;;
*) constructed='pgd p4d pud pmd pte' kernel_constructs='p4d pud pmd pte' ;;
esac
pgd_pages=1 # with PTI it is a pair, counted as two where it is counted
if grep -qw pti /proc/cpuinfo; then pgd_pages=2; fi
case $(uname -r) in
6.1.* | 6.12.*) pgd_is_pair=yes ;; # whether PTI is on or off
*) [ $pgd_pages = 2 ] && pgd_is_pair=yes || pgd_is_pair=no ;;
esac

start_zoo() {
	: > /run/zoo
	build/tests/zoo "$animals" > /run/zoo 2> /run/zoo.err &
	zoo_pid=$!
	until_true 300 zoo_is_ready
	diag "$(tail -n 1 /run/zoo) $(grep '^#' /run/zoo)" "$(cat /run/zoo.err)"
}

zoo_is_ready() {
	grep -q ^ready /run/zoo || ! kill -0 $zoo_pid 2> /dev/null
}

end_zoo() {
	kill -USR1 $zoo_pid
	wait $zoo_pid
}

# pids KIND: those of the zoo's leaders of that kind, one a line.
pids() {
	awk -v kind="$1" '$1 == kind { print $2 }' /run/zoo
}

# What is added up from VmPTE: pid and bytes of each process with an mm. Only the first thread's
# mm is looked at; the kind "headless" is asked by another thread of it.
vm_pte() {
	cat /proc/[0-9]*/status 2> /dev/null | awk '
		/^Pid:/ { pid = $2 }
		/^VmPTE:/ { print pid, $2 * 1024 }'
	for headless in $(pids headless); do
		cat /proc/"$headless"/task/*/status | awk -v pid="$headless" '
			/^VmPTE:/ { print pid, $2 * 1024; exit }'
	done
}

# All reports of one moment, and VmPTE before and after it: what rests has the same.
take_census() {
	vm_pte > /run/vm_pte
	cat $reports/pt_mm > /run/pt_mm
	awk '!/^#/ && $1 != "-" { print $1 }' /run/pt_mm | build/tests/ask pt_mm_tables > /run/tables
	vm_pte > /run/vm_pte.after
	sort /run/vm_pte /run/vm_pte.after | uniq -d > /run/at_rest
}

# What is wrong, of each process that rests: "PID says, kernel says, comm".
vm_pte_differs() {
	awk 'NR == FNR { bytes[$1] = $2; next }
		!/^#/ && $1 in bytes && $8 != bytes[$1] {
			print "pid", $1, "table_bytes", $8, "VmPTE", bytes[$1], $14 }' /run/at_rest /run/pt_mm
}

# Animals whose tables changed while they should rest.
restless() {
	awk 'FILENAME == "/run/at_rest" { rests[$1]; next }
		/^[a-z]/ && $1 != "ready" && $1 != "dead" && !($2 in rests)' /run/at_rest /run/zoo
}

# How often each resting process has a line: those that share an mm have one together.
lines_of_processes() {
	awk 'FILENAME == "/run/zoo" { if ($1 == "sharing") partner[$3] = $2; next }
		FILENAME == "/run/pt_mm" {
			if (!/^#/ && $1 != "-") {
				lines[$1 in partner ? partner[$1] : $1]++
				if (mm[$2]++) print "mm", $2, "twice, again as", $1
			}
			next
		}
		!($1 in partner) && lines[$1] != 1 { print "pid", $1, lines[$1] + 0, "lines" }
		' /run/zoo /run/pt_mm /run/at_rest
}

# Numbers in pt_mm that are not those of the lines in pt_mm_tables.
counts_differ() {
	awk 'function differs(what, has, counted) {
			if (has != counted + 0)
				print "pid", $1, what, has, "lines", counted + 0, $14
		}
		FILENAME == "/run/at_rest" { rests[$1]; next }
		FILENAME == "/run/tables" {
			n[$1, $2]++
			if ($3 == "-") deposited[$1]++
			if ($2 == "pte" && $6 == "0") empty[$1]++
			if ($2 == "pmd" && $8 > 0) shared[$1]++
			next
		}
		/^#/ || !($1 in rests) { next }
		{
			differs("pgd", $3, n[$1, "pgd"]); differs("p4d", $4, n[$1, "p4d"])
			differs("pud", $5, n[$1, "pud"]); differs("pmd", $6, n[$1, "pmd"])
			differs("pte", $7, n[$1, "pte"]); differs("pte_empty", $9, empty[$1])
			differs("deposited", $11, deposited[$1]); differs("pmd_shared", $12, shared[$1])
			if ($10 != $9 * 4096) print "pid", $1, "empty_bytes", $10, "of", $9
		}' /run/at_rest /run/tables /run/pt_mm
}

# column KIND NUMBER: the different values of a column of pt_mm over the animals of a kind.
column() {
	awk -v kind="$1" -v column="$2" '
		FILENAME == "/run/zoo" { if ($1 == kind) pid[$2]; next }
		$1 in pid { print $column }' /run/zoo /run/pt_mm | sort -nu | tr '\n' ' '
}

# Tables with more than one owner, but for those that hugetlb shares.
owned_twice() {
	awk '$8 > 0 { next }
		owner[$4] { print "pfn", $4, "level", $2, "of", owner[$4], "and of", $1 }
		{ owner[$4] = $1 }' /run/tables
}

# Of each process, "what pt_mm says, what the kernel says" of its anonymous huge pages.
huge_differs() {
	for pid in $(pids thp) $(pids thp_forked) $(pids thp_partly) $(pids collapsed); do
		has=$(awk -v pid="$pid" '$1 == pid { print $11 }' /run/pt_mm)
		pages=$(($(awk '$1 == "AnonHugePages:" { print $2 }' "/proc/$pid/smaps_rollup") / 2048))
		[ "$has" = "$pages" ] || echo "pid $pid: deposited $has, huge pages $pages"
	done
}

# What nr_page_table_pages counts beyond the tables in our lines: the text-poking mm's, efi_mm's,
# those of exiting processes, minus what the kernel made at boot without a constructor. A table
# that hugetlb shares is counted once by the kernel.
unexplained() {
	sleep 2 # those of who has just exited
	echo > /proc/sys/vm/stat_refresh
	pages=$(vmstat nr_page_table_pages)
	take_census
	shared=$(awk '$2 == "pmd"' /run/tables | wc -l)
	shared=$((shared - $(awk '$2 == "pmd" { print $4 }' /run/tables | sort -u | wc -l)))
	awk -v user="$constructed" -v kernel="$kernel_constructs" -v pages="$pages" \
		-v shared=$shared -v pgd_pages=$pgd_pages '
		NR == 2 { for (i = 2; i <= NF; i++) at[$i] = i - 1 }
		/^#/ { next }
		{
			n = split($1 == "-" ? kernel : user, level)
			for (i = 1; i <= n; i++)
				tables[$1 == "-"] += $at[level[i]] * (level[i] == "pgd" ? pgd_pages : 1)
		}
		END {
			users = tables[0] - shared
			print pages - users - tables[1], pages, users, tables[1]
		}' /run/pt_mm
}

# The better one of three looks: who exits or begins in one of them adds to it, and takes nothing away.
least_unexplained() {
	for _ in 1 2 3; do unexplained; done | awk '
		{ left = $1 < 0 ? -$1 : $1 }
		NR == 1 || left < least { least = left; line = $0 }
		END { print line }'
}

# The zoo, and everything that must be true of it.
check_zoo() {
	start_zoo
	is "$1: the zoo is in place" "$(awk '/^ready/ { print $2 }' /run/zoo)" "$animals"
	take_census
	is "$1: the zoo rests" "$(restless)" ''
	compare "$1: so do the others" "$(wc -l < /run/at_rest)" -ge "$animals"
	is "$1: each line has all columns" "$(awk '!/^#/ && NF < 14' /run/pt_mm)" ''
	is "$1: table_bytes of each process is its VmPTE" "$(vm_pte_differs)" ''
	is "$1: each mm has one line" "$(lines_of_processes)" ''
	is "$1: pt_mm counts the lines of pt_mm_tables" "$(counts_differ)" ''
	is "$1: a table has one owner" "$(owned_twice)" ''
	is "$1: each anonymous huge page has a deposited table" "$(huge_differs)" ''
	is "$1: empty tables are counted" \
		"$(column empty 9 | awk '{ for (i = 1; i <= NF; i++) if ($i < 64) print }')" ''
	is "$1: the audit finds nothing" "$(awk '!/^#/ && $3 != 0' $reports/audit)" ''
	compare "$1: it looked at something" \
		"$(awk '!/^#/ { n += $2 } END { print n + 0 }' $reports/audit)" -gt "$animals"
}

ok 'pt_mm has a line for init_mm' sh -c "sed -n '/^[^#]/{p;q}' $reports/pt_mm | grep -q '^- - .* init_mm$'"
echo madvise > $thp/enabled
: > /run/zoo
# shellcheck disable=SC2046  # words
set -- $(least_unexplained)
without=$1
diag "without the zoo: nr_page_table_pages $2, processes $3, kernel $4, left $1"

check_zoo 'huge pages'
is 'THP: what is deposited' "$(column thp 11)$(column huge_zero 11)$(column thp_off 11)$(column shmem_collapsed 11)" '4 3 0 0 '
# shellcheck disable=SC2046  # words
set -- $(least_unexplained)
diag "with the zoo: nr_page_table_pages $2, processes $3, kernel $4, left $1"
compare 'the zoo makes a difference' "$3" -gt $((animals * 10))
# the processes that read it have some dozen tables, of different age
compare 'nr_page_table_pages counts those tables, and as many others as before: not more' \
	$(($1 - without)) -le 40
compare 'not less' $((without - $1)) -le 40
compare 'these are few: exiting processes, the mms for text poking and EFI' "$1" -le 64
# and the processes that count were not there yet when the kernel had counted
compare 'or fewer than the kernel has: what was made at boot' $((-$1)) -le $(($4 + 24))

if grep -q ^hugetlb_shared /run/zoo; then
	sharers=$(grep -c '^hugetlb_\(shared\|twice\)' /run/zoo)
	is 'tables that hugetlb shares are counted' "$(column hugetlb_shared 12)$(column hugetlb_twice 12)" '1 2 '
	is 'and only these' "$(column hugetlb_private 12)$(column hugetlb_unaligned 12)" '0 0 '
	awk '$2 == "pmd" && $8 > 0 { print $4, $1 }' /run/tables | sort -u > /run/shared
	is 'it is one table' "$(cut -d ' ' -f 1 /run/shared | uniq | wc -l)" 1
	is 'of all who share it' "$(wc -l < /run/shared)" "$sharers"
	pfn=$(cut -d ' ' -f 1 /run/shared | uniq)
	echo "$pfn" | build/tests/ask lookup > /run/answer
	is 'lookup names them all' "$(awk '$3 == "user_table" && $4 == "pmd" { print $2, $6 }' \
		/run/answer | sort -u)" "$(cat /run/shared)"
else
	skip 'tables that hugetlb shares' 'no huge pages'
fi

if [ $pgd_pages = 2 ]; then
	is 'PTI: the tables of an LDT are its process'"'"'s' "$(awk '
		FILENAME == "/run/zoo" { if ($1 == "ldt") pid[$2]; next }
		$1 in pid && $2 == "pte" && $3 ~ /^0xffff/ { n[$1]++ }
		END { for (p in pid) if (!n[p]) print "pid", p, "has none" }' /run/zoo /run/tables)" ''
else
	skip 'PTI: the tables of an LDT' 'without PTI there are none'
fi

# The kernel's mark on each page, read from /proc/kpageflags.
awk 'FILENAME == "/run/zoo" { for (i = 2; i <= NF; i++) animal[$i]; next } $1 in animal' \
	/run/zoo /run/tables > /run/tables.zoo
awk -v levels=" $constructed " 'index(levels, " " $2 " ") { print $4 }' /run/tables.zoo | sort -u > /run/pfns
build/tests/ask --marked | sort -u > /run/marked
is 'each table that this kernel constructs is marked as one in /proc/kpageflags' \
	"$(comm -23 /run/pfns /run/marked | grep -wFf - /run/tables.zoo)" ''
diag "$(wc -l < /run/marked) pages are marked, $(wc -l < /run/pfns) of them in our lines"

# evenly FILE NUMBER: that many of its lines, or all if there are fewer.
evenly() {
	awk -v wanted="$2" -v all="$(wc -l < "$1")" \
		'int(NR * wanted / all) != int((NR - 1) * wanted / all) || all <= wanted' "$1"
}

evenly /run/marked 200 > /run/sample
build/tests/ask --marked-lookup < /run/sample > /run/answers
is "$(wc -l < /run/sample) of all marked pages have an owner for lookup, or a reason" "$(
	awk '$2 == "error" || ($3 != "user_table" && $3 != "kernel_table" && $3 != "unowned_table")' \
		/run/answers)" ''
compare 'most of them were asked for' "$(cut -d ' ' -f 1 /run/answers | uniq | wc -l)" -ge 150
diag "kinds: $(awk '{ n[$3 " " $4]++ }
	END { for (k in n) printf "%s %d, ", k, n[k] }' /run/answers)"

# A sample of the other way round: each table of the zoo is answered with what its line says.
awk '!($8 > 0) { print $4, $2, $1, $3 }' /run/tables.zoo > /run/known
evenly /run/known 150 > /run/sample
cut -d ' ' -f 1 /run/sample | build/tests/ask lookup > /run/answers
is 'lookup and pt_mm_tables agree on level, mm, pid and va' "$(awk '
	FILENAME == "/run/pt_mm" { mm[$1] = $2; next }
	FILENAME == "/run/answers" { got[$1] = $3 " " $4 " " $5 " " $6 " " $7; next }
	{
		expected = "user_table " $2 " " mm[$3] " " $3 " " $4
		if (got[$1] != expected) print "pfn", $1, got[$1], "expected", expected
	}' /run/pt_mm /run/answers /run/sample)" ''
cut -d ' ' -f 1 /run/sample | build/tests/ask --interrupted lookup > /run/interrupted 2> /run/times
is 'when signals interrupt the reading, lookup says the same' "$(diff /run/answers /run/interrupted)" ''
diag "$(cat /run/times)"
compare '  and they did' "$(cut -d ' ' -f 1 /run/times)" -ge 100
pfn=$(awk '{ print $1; exit }' /run/sample)
is 'lookup takes decimal, hexadecimal and physical addresses' "$(
	printf '%s\n' "$pfn" "$((pfn))" "phys:$(printf 0x%x $((pfn * 4096 + 8)))" |
		build/tests/ask lookup | cut -d ' ' -f 2- | sort -u | wc -l)" 1
# The page behind a PGD: on a kernel that allocates pairs it is the process's, too.
# shellcheck disable=SC2046  # words
set -- $(awk '$2 == "pgd" { print $4, $1; exit }' /run/tables.zoo)
got=$(echo "$(($1 + 1))" | build/tests/ask lookup | awk 'NR == 1 { print $3, $4, $6 }')
if [ "$pgd_is_pair" = yes ]; then
	is 'lookup: the second page of a PGD that is a pair' "$got" "user_table pgd $2"
else
	ok "lookup: the page behind a PGD that is alone ($got)" [ "$got" != "user_table pgd $2" ]
fi
end_zoo
is 'the zoo ends' "$(pgrep -c -x zoo)" 0

echo never > $thp/enabled
check_zoo 'no huge pages'
end_zoo
echo madvise > $thp/enabled

# answer REPORT QUESTION: its first line, behind the question.
answer() {
	printf '%s\n' "$2" | build/tests/ask "$1" | awk -v n=${#2} 'NR == 1 { print substr($0, n + 2) }'
}

gone=$(sh -c 'echo $$')
is 'pt_mm_tables: a pid that is gone' "$(answer pt_mm_tables "$gone")" 'error ESRCH'
is 'pt_mm_tables: a kernel thread' "$(answer pt_mm_tables 2)" 'error EINVAL'
for report in pt_mm_tables lookup; do
	for bad in '' ' ' rubbish -1 0x '1 2 x' 1x 0x1g 99999999999999999999999999 '%s%n' \
		"$(printf %0150d 0)x"; do
		is "$report refuses '$(echo "$bad" | cut -c 1-30)'" "$(answer $report "$bad")" 'error EINVAL'
	done
done
for bad in phys: phys:x phys:-1 virt:0x1000; do
	is "lookup refuses '$bad'" "$(answer lookup "$bad")" 'error EINVAL'
done
is 'pt_mm_tables: pid 0' "$(answer pt_mm_tables 0)" 'error EINVAL'
is 'pt_mm_tables: no pid is so large' "$(answer pt_mm_tables 2147483647)" 'error ESRCH'
# page frames without a table: the first one, which is reserved, and a hole; behind all memory, the largest
# there is
hole=$(awk '/: System RAM$/ && !/^ / { split($1, a, "-"); print "phys:0x" a[2] }' /proc/iomem | head -n 1)
for pfn in 0 0xa0 "$hole" 0xc0000; do
	got=$(answer lookup "$pfn")
	ok "lookup: no table at $pfn, or nothing that proves it ($got)" \
		sh -c "echo '$got' | grep -qE '^0x[0-9a-f]+ (no_table|unknown) - - - - -$'"
done
for pfn in 0x7fffffff 0xffffffffffff; do
	is "lookup: no memory at $pfn" "$(answer lookup "$pfn")" "$pfn no_table - - - - -"
done
for report in pt_mm_tables lookup; do
	is "$report without a question has no record" "$(grep -vc '^#' $reports/$report)" 0
	is "$report takes a write" "$(command stat -c %a $reports/$report)" 600
done
for report in pt_mm audit; do
	is "$report is for root to read" "$(command stat -c %a $reports/$report)" 400
done
for report in pt_mm pt_mm_tables lookup audit; do
	ok "nobody else reads $report" sh -c "! setpriv --reuid 65534 --regid 65534 --clear-groups cat $reports/$report 2> /dev/null"
done
[ ! -e /dev/zram0 ] || { swapoff /dev/zram0; echo 1 > /sys/block/zram0/reset; }
echo 0 > /proc/sys/vm/nr_hugepages
[ ! -e $gigantic ] || echo 0 > $gigantic
