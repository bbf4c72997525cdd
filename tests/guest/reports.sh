# SPDX-License-Identifier: GPL-2.0
# The reports: their form, and that they agree with each other.
load
load_actor
hold alloc 700

# has_form FILE COLUMNS: two lines of head, then as many columns in each record (comm has spaces).
has_form() {
	awk -v name="$1" -v columns="$2" -v format="${3:-1}" '
		NR == 1 && $0 != "# pt_cache " name " format " format { print "line 1: " $0; bad = 1 }
		NR == 2 && $0 != "# " columns { print "line 2: " $0; bad = 1 }
		NR == 2 { n = NF - 1 }
		!/^#/ { records++ }
		!/^#/ && NF < n { print "line " NR ": " $0; bad = 1 }
		{ last = $0 }
		END {
			if (last != "# end " records) { print "last line: " last; bad = 1 }
			exit bad || !records
		}' $reports/"$1"
}
ok 'info has its form' has_form info 'key value reason' 2
ok 'stats has its form' has_form stats 'counter value type unit' 2
ok 'pt_mm has its form' has_form pt_mm 'pid mm pgd p4d pud pmd pte table_bytes pte_empty empty_bytes deposited pmd_shared cached pte_full remote pmd_empty state start cgroup comm'
ok 'page_tables has its form' has_form page_tables 'pfn level mm pid va node occupancy cached state comm'
ok 'pt_cgroup has its form' has_form pt_cgroup 'cgroup mms mms_busy table_bytes shared_bytes empty_bytes deposited remote path'
ok 'audit has its form' has_form audit 'rule checked violations unjudged first_pfn'
ok 'caches has its form' has_form caches 'name order flags tables_in_use tables_free magazine_tables hits misses atomic_misses fallbacks'
ok 'blocks has its form' has_form blocks 'pfn pages node origin in_use free'
ok 'tables has its form' has_form tables 'pfn cache level users mm pid comm'
ok 'direct_map has its form' has_form direct_map \
	'node bytes_4k bytes_2m bytes_1g bytes_not_present regions_split regions_uniform pt_cache_bytes'

is 'reports are for root to read' \
	"$(cd $reports && find . -type f ! -perm 0400 ! -name shrink ! -name lookup ! -name pt_mm_tables ! -name fail_step)" ''
is 'shrink takes a write' "$(find $reports/shrink -perm 0600)" $reports/shrink
is 'info names the kernel' "$(awk '$1 == "kernel" { print $2 }' $reports/info)" "$(uname -r)"
is "this kernel is tested, if it is Debian's own build" \
	"$(awk '$1 == "kernel_tested" { print $2 }' $reports/info)" "$([ -n "$live_option" ] && echo no || echo yes)"

is 'tables lists every table that is out' "$(grep -c ' hold ' $reports/tables)" 700
is 'no table is listed twice' "$(awk '!/^#/ { print $1 }' $reports/tables | sort | uniq -d)" ''
is 'caches counts the same' "$(cache_column hold tables_in_use)" 700
is 'blocks adds up to the same' "$(awk '!/^#/ { n += $5 } END { print n }' $reports/blocks)" 700
is 'in_use and free are all pages of a block' \
	"$(awk '!/^#/ && $5 + $6 != $2' $reports/blocks)" ''
is 'blocks adds up to the pages held' \
	"$(awk '!/^#/ { n += $2 } END { print n }' $reports/blocks)" "$(stat pages_held)"
is 'direct_map knows our bytes' \
	"$(awk '!/^#/ { n += $8 } END { print n / 4096 }' $reports/direct_map)" "$(stat pages_held)"
is 'hits, misses and frees account for the tables out' \
	$(($(stat hits) + $(stat misses) - $(stat frees))) 700
is 'a table out names its pid' "$(awk '$2 == "hold" && $6 !~ /^[0-9]+$/' $reports/tables)" ''
is 'a table out has one user' "$(awk '$2 == "hold" && $4 != 1' $reports/tables)" ''

ok 'direct_map_regions has its form' has_form direct_map_regions \
	'start_pfn end_pfn node level protection uniform owner'

until_true 20 reserve_is_full
is 'clean, dirty, reserve, magazines and tables out are all pages held' \
	$(($(stat pages_clean) + $(stat pages_dirty) + $(stat pages_reserve) +
	   $(stat tables_in_magazines) + $(stat tables_in_use))) "$(stat pages_held)"

# every mapping of the direct map, by the kernel's sum: it may have mislabelled, not miscounted
walked() {
	awk '!/^#/ { n += $2 + $3 + $4 + $5 } END { printf "%d", n / 1024 }' $reports/direct_map
}
counted() {
	echo $(($(meminfo DirectMap4k) + $(meminfo DirectMap2M) + $(meminfo DirectMap1G)))
}
not_present() {
	awk '!/^#/ { n += $5 } END { printf "%d", n / 1024 }' $reports/direct_map
}
is 'direct_map adds up to the DirectMap lines of /proc/meminfo' "$(walked)" "$(counted)"
present=$(($(walked) - $(not_present)))
regions=$(awk '
	function frames(hex,    n, i) {
		for (i = 3; i <= length(hex); i++)
			n = n * 16 + index("0123456789abcdef", substr(hex, i, 1)) - 1
		return n
	}
	!/^#/ { n += frames($2) - frames($1) }
	END { printf "%d", n * 4 }' $reports/direct_map_regions)
is 'direct_map_regions adds up to what of it is present' "$regions" "$present"

# Pages that the kernel takes out of the direct map: meminfo counts them on.
not_present_is() {
	[ "$(not_present)" = "$1" ]
}
if [ "$(cat /sys/module/secretmem/parameters/enable 2> /dev/null)" = Y ]; then
	before=$(not_present)
	begin /run/secret.out build/tests/secret 256
	until_true 20 grep -q ready /run/secret.out || diag "$(cat /run/secret.out)"
	ok '256 pages of memfd_secret() are not present' until_true 10 not_present_is $((before + 1024))
	is '  and with them direct_map adds up as before' "$(walked)" "$(counted)"
	kill $!
	ok '  until they are freed' until_true 10 not_present_is "$before"
else
	skip '256 pages of memfd_secret() are not present' 'boot with secretmem.enable=1'
fi

sh -c 'cat /sys/kernel/debug/pt_cache/* > /dev/null' &
reader=$!
hold free 700
hold alloc 300
wait $reader
is 'every report can be read while tables come and go' $? 0
is 'tables forgets those that were freed' "$(grep -c ' hold ' $reports/tables)" 300
hold free 300
