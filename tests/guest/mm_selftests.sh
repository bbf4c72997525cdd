# SPDX-License-Identifier: GPL-2.0
# The kernel's own mm selftests, which tests/guest/mm-selftests builds: each gives with our modules what it gives
# without (`off`). With `live` the livepatch serves the tables; with `reclaim` the empty tables of every process
# are freed all the time. What a test gives is its exit status (0 passed, 4 skipped, 124 ran out of time) and, where
# it says them, how many of its cases passed, were skipped and failed.
# selftests=FOLDER: where the programs are. only=RE, limit=N, with='STATE...': see mm-selftests.
#
# Left out of what is built:
#   hmm-tests, test_hmm.sh, test_vmalloc.sh, test_page_frag.sh: Debian's kernels lack their modules
#   gup_test -u, -a: benchmarks, and CONFIG_GUP_TEST is off
#   charge_reserved_hugetlb.sh, hugetlb_reparenting_test.sh: of cgroups, not of tables, and minutes long
#   hugetlb-read-hwpoison, hugetlb-soft-offline: they take memory away, so that what follows differs
#   hugetlb_fault_after_madv: a race of one huge page, for 20 to 60 s, depending on the host
#   transhuge-stress on 6.1: without an end; migration on 6.1: three minutes, and cannot be divided
# uffd-stress and userfaultfd go round 4 times, not 16 or 32, with 64 MB of huge pages, not 128.
here=$PWD/${selftests:?}
out=$here/out
place=/run/mm_selftests
thp=/sys/kernel/mm/transparent_hugepage
limit=${limit:-60}

# KERNELS (a pattern of releases), PROGRAM, ARGUMENTS: as run_vmtests.sh of these kernels has them.
listed() {
	cat <<- END
	*	hugepage-mmap
	*	hugetlb-mmap
	*	hugepage-shm
	*	hugetlb-shm
	*	map_hugetlb
	6.1.*	hugepage-mremap huge/huge_mremap
	6.12.*	hugepage-mremap
	*	hugetlb-mremap
	*	hugepage-vmemmap
	6.1.*	hugetlb-madvise huge/madvise-test
	[67].[!1]*|6.1[0-9]*	hugetlb-madvise
	*	hugetlb_dio
	*	hugetlb_madv_vs_map
	*	map_fixed_noreplace
	*	gup_test -ct -F 0x1 0 19 0x1000
	*	gup_longterm
	6.1.*	userfaultfd anon 20 4
	6.1.*	userfaultfd hugetlb 64 4
	6.1.*	userfaultfd hugetlb_shared 64 4 huge/uffd-test
	6.1.*	userfaultfd shmem 20 4
	6.1.*	userfaultfd anon:dev 20 4
	6.1.*	userfaultfd shmem:dev 20 4
	*	uffd-unit-tests
	*	uffd-stress anon 20 4
	*	uffd-stress hugetlb 64 4
	*	uffd-stress hugetlb-private 64 4
	*	uffd-stress shmem 20 4
	*	uffd-stress shmem-private 20 4
	*	uffd-wp-mremap
	*	compaction_test
	*	on-fault-limit
	*	map_populate
	*	droppable
	*	mlock-random-test
	*	mlock2-tests
	*	mrelease_test
	*	mremap_test
	*	mremap_dontunmap
	*	thuge-gen
	*	virtual_address_range
	*	va_128TBswitch.sh
	*	va_high_addr_switch.sh
	*	guard-regions
	*	madv_populate
	*	process_madv
	*	merge
	*	memfd_secret
	*	mseal_test
	*	seal_elf
	[67].[!1]*|6.1[0-9]*	ksm_tests -H -s 100
	[67].[!1]*|6.1[0-9]*	ksm_tests -P -s 100
	*	ksm_tests -M -p 10
	*	ksm_tests -U
	*	ksm_tests -Z -p 10 -z 0
	*	ksm_tests -Z -p 10 -z 1
	*	ksm_tests -N -m 1
	*	ksm_tests -N -m 0
	*	ksm_functional_tests
	*	protection_keys_64
	*	pkey_sighandler_tests_64
	*	soft-dirty
	*	pagemap_ioctl
	*	pfnmap
	*	cow
	*	khugepaged
	6.12.*|7.*	khugepaged -s 2
	7.*	khugepaged all:shmem
	7.*	khugepaged -s 4 all:shmem
	7.*	khugepaged -c 4 mthp_khugepaged:anon
	*	split_huge_page_test
	6.12.*|7.*	transhuge-stress -d 20
	*	folio_split_race_test
	6.12.*|7.*	migration -t private_anon
	6.12.*|7.*	migration -t private_anon_thp
	6.12.*|7.*	migration -t shared_anon
	*	mkdirty
	*	mdwe_test
	*	prctl_thp_disable
	*	rmap
	*	memory-failure
	END
}

# Those that this kernel has and that were built; `numbered` is N, a tab, the command.
choose() {
	listed | while IFS='	' read -r kernels line; do
		# shellcheck disable=SC2254  # a pattern
		eval "case \$(uname -r) in $kernels) ;; *) continue ;; esac"
		[ ! -e "$here/${line%% *}" ] || echo "$line"
	done | awk -v only="${only:-}" '$0 ~ only { printf "%d\t%s\n", ++n, $0 }'
}

# What tests set and may leave behind, above all when their time is over.
as_found() {
	echo 2 > /sys/kernel/mm/ksm/run
	echo 0 > /sys/kernel/mm/ksm/run
	echo madvise > $thp/enabled
	echo never > $thp/shmem_enabled
	echo 1 > /proc/sys/vm/overcommit_memory
	case $1 in
	hugetlb_madv_vs_map) pages=1 ;;
	*) pages=128 ;;
	esac
	[ "$(cat /proc/sys/vm/nr_hugepages)" = $pages ] && return
	echo 3 > /proc/sys/vm/drop_caches
	echo 1 > /proc/sys/vm/compact_memory
	echo $pages > /proc/sys/vm/nr_hugepages
}

# What a test says of its cases, in any of the ways that they have: "passed/skipped/failed".
cases() {
	awk '
		/^# Totals: pass:/ { next }
		/^(ok|not ok) [0-9]/ {
			if (/# SKIP/) skip++
			else if (/^ok/) pass++
			else fail++
			next
		}
		/^Userfaults unit tests:/ { gsub(/[^0-9=]/, " "); gsub(/=/, " "); pass += $1; skip += $2; fail += $3 }
		/\.\.\. *(\033\[[0-9]*m)*OK/ { pass++ }
		/\.\.\. *(\033\[[0-9]*m)*Fail/ { fail++ }
		/\.\.\. *(\033\[[0-9]*m)*Skip/ { skip++ }
		END { if (pass + skip + fail) printf " (%d/%d/%d)", pass, skip, fail }' "$1"
}

# run_one N PROGRAM ARGUMENTS: sets `gave`.
run_one() {
	file=$out/$1-$2.$state${again:+-$again}
	shift
	program=$1
	shift
	as_found "$program"
	set -- "$here/$program" "$@"
	case $program in
	# Root may lock what it likes.
	on-fault-limit) set -- setpriv --reuid=65534 --clear-groups "$@" ;;
	*.sh) set -- sh -c "cd $here && bash ./$program" ;;
	esac
	since=$(cut -d . -f 1 /proc/uptime)
	(cd $place && exec timeout -k 5 "$limit" "$@") > /run/selftest.out 2>&1 < /dev/null
	gave=$?
	cp /run/selftest.out "$file"
	gave="$gave$(cases /run/selftest.out)"
	took=$(($(cut -d . -f 1 /proc/uptime) - since))
}

# run_all STATE FILE-OF-COMMANDS: what each gave is added to /run/gave-STATE, with a tab before it.
run_all() {
	state=$1
	while IFS='	' read -r number line <&9; do
		# shellcheck disable=SC2086  # words
		run_one "$number" $line
		printf '%s\t%s\n' "$number" "$gave" >> /run/gave-"$state"
		[ $took -lt 5 ] || diag "$line, $state: $gave after $took s"
	done 9< "$2"
}

# all_of STATE NUMBER: what it gave, time after time
all_of() {
	awk -F '\t' -v number="$2" '$1 == number { all = all (all ? ", " : "") $2 } END { print all }' /run/gave-"$1"
}

# agrees STATE NUMBER: something that it gave without our modules, too
agrees() {
	awk -F '\t' -v number="$2" '
		$1 != number { next }
		FILENAME ~ /off$/ { off[$2]; next }
		$2 in off { same = 1 }
		END { exit !same }' /run/gave-off /run/gave-"$1"
}

differing() { # STATE
	while IFS='	' read -r number line; do
		agrees "$1" "$number" || printf '%s\t%s\n' "$number" "$line"
	done < /run/selftests > /run/differing
	[ -s /run/differing ]
}

# begin STATE, from `off`
begin() {
	case $1 in
	live) load verify_zero=1 && load_live ;;
	# As often as it can be, and as much as it may take: each process, however little it has to give. What is empty
	# in two passes is little, so it is asked for, too: by a request, a table is freed as soon as it is empty.
	reclaim)
		load && load_user auto_reclaim=1 auto_min=0 auto_share=50 auto_flushes=10000 || return
		ask_for_all &
		asker=$!
		;;
	esac
}

ask_for_all() {
	while :; do
		echo all > $reports/reclaim
		sleep 0.2
	done > /dev/null 2>&1
}

# end STATE: adds up what was done in it
end() {
	case $1 in
	live)
		served=$((served + $(live served)))
		dirty=$((dirty + $(live non_zero)))
		is 'it serves still' "$(live serving)" yes
		;;
	reclaim)
		kill "$asker"
		wait "$asker" 2> /dev/null
		freed=$((freed + $(stat reclaimed)))
		;;
	esac
	is 'no page came back in a bad state' "$(stat bad_state)" 0
	ok 'audit: all rules hold after it' no_rule_is_broken
	ok 'all modules can go' unload
}

# compare_with STATE: some are a matter of luck, and are given three chances
compare_with() {
	served=0 dirty=0 freed=0
	begin "$1"
	is "$1 begins" $? 0
	run_all "$1" /run/selftests
	end "$1"
	for again in 1 2; do
		differing "$1" || break
		diag "$1 again, time $again: $(cut -f 2 /run/differing | paste -s -d ,)"
		run_all off /run/differing
		begin "$1"
		run_all "$1" /run/differing
		end "$1"
	done
	again=
	while IFS='	' read -r number line <&9; do
		ok "$line: off $(all_of off "$number"), $1 $(all_of "$1" "$number")" agrees "$1" "$number"
	done 9< /run/selftests
	case $1 in
	live)
		compare "tables were served: $served" "$served" -gt 1000
		is 'no table was served dirty' "$dirty" 0
		;;
	reclaim) compare "empty tables were freed: $freed" "$freed" -gt 100 ;;
	esac
}

# A file system and swap on a disk, in compressed memory: several tests want the one or the other.
modprobe zram && echo 512M > /sys/block/zram0/disksize && mkfs.ext4 -q /dev/zram0 &&
	mkdir -p $place && mount /dev/zram0 $place && chmod 1777 $place &&
	dd if=/dev/zero of=$place/swapfile bs=1M count=160 2> /dev/null &&
	chmod 600 $place/swapfile && mkswap -q $place/swapfile && swapon $place/swapfile
ok 'there is a file system and a swap file' grep -q swapfile /proc/swaps
mkdir -p $place/huge "$out"
mount -t hugetlbfs none $place/huge
rm -f "$out"/*
rm -f /run/gave-*
echo 268435456 > /proc/sys/kernel/shmmax

choose > /run/selftests
run_all off /run/selftests
for state in ${with:-live reclaim}; do
	compare_with "$state"
done
swapoff -a
umount $place/huge $place
