# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
# Which files each program of the user-space harness is made of, and how it is compiled: the
# module's own files, unchanged, with the shim in place of the kernel. The scripts here source it,
# in the project's folder.

host_programs=(walk_test split_test block_test census_test text_test alloc_test adopt_test tree_test)
host_programs+=(mm_walk_test audit_test audit_walk_test lookup_test report_test printers_test)
host_targets=(block_ops debugfs_text)

host_sources() { # PROGRAM
	local module=() shim
	case $1 in
	walk_test) module=(direct_map/{walk,x86}.c pgtable/path.c) ;;
	split_test) module=(direct_map/{split,read,x86}.c pgtable/path.c counters.c) ;;
	block_test | block_ops) module=(alloc/block.c) ;;
	census_test) module=(census/census.c) ;;
	text_test | debugfs_text)
		module=(debugfs/{shrink,lookup,pt_mm_tables,pt_mm,pt_cgroup,page_tables,filter,debugfs}.c)
		module+=(census/{cgroups,mm_tables}.c report/report.c live/load.c main.c)
		module+=(alloc/verify.c pgtable/level.c counters.c compat/tested.c)
		;;
	alloc_test | scale_test)
		module=(alloc/{alloc,attributes,block,cache,clear,collect,create,distrust}.c)
		module+=(alloc/{free,grow,idle,index,leave,lend,offer}.c)
		module+=(alloc/{magazine,miss,node,pool,record,recycling,registry,shrink,stock}.c)
		module+=(alloc/{supply,table,verify,worker,workqueue}.c pgtable/level.c counters.c)
		;;
	adopt_test) module=(alloc/{adopt,index}.c counters.c) ;;
	tree_test)
		module=(tree/{create,map,pte,users,walk,way}.c alloc/{index,record,table}.c counters.c)
		;;
	report_test) module=(report/report.c) ;;
	reports_list)
		mapfile -t module < <(cd module && printf '%s\n' debugfs/*.c live/status.c user/{request,move_request,exempt}.c | grep -v /stats.c)
		;;
	printers_test)
		module=(debugfs/{info,stats,caches,blocks,tables,direct_map,direct_map_regions,memory}.c)
		module+=(debugfs/{pt_mm,pt_cgroup,page_tables,pt_mm_tables,refcounts,filter,debugfs}.c)
		module+=(census/{census,cgroups,mm_tables,refcounts}.c report/report.c)
		module+=(alloc/{block,index,record,table}.c pgtable/level.c counters.c compat/tested.c)
		;;
	mm_walk_test) module=(census/{mm_walk,mmap_lock}.c alloc/{index,record}.c counters.c) ;;
	audit_test) module=(census/{audit,suspects}.c alloc/{index,record}.c) ;;
	lookup_test) module=(census/lookup.c alloc/{index,record}.c) ;;
	audit_walk_test) module=(census/{audit,suspects,mm_walk}.c alloc/{index,record}.c) ;;
	esac
	case $1 in
	*_test | reports_list) echo "tests/host/$1.c" ;;
	*) echo "tests/host/fuzz/$1.c" ;;
	esac
	case $1 in
	block_*) echo tests/host/block_model.c ;;
	text_test | debugfs_text) echo tests/host/text_world.c ;;
	adopt_test) echo tests/host/adopt_world.c ;;
	mm_walk_test | audit_walk_test) echo tests/host/mm_world.c ;;
	printers_test) echo tests/host/printers_world.c ;;
	audit_test) echo tests/host/audit_world.c ;;
	tree_test) printf '%s\n' tests/host/tree_{world,model,steps,threads}.c ;;
	esac
	printf 'module/%s\n' "${module[@]}"
	for shim in tests/host/shim/*.c; do
		# one thread, and time that it lets pass
		[[ $1 == scale_test && $shim == */smp.c ]] && shim=tests/host/scale_world.c
		# two builds of everything would take longer than all that is run
		[[ $1 == adopt_test && $shim != */@(kernel|mm|smp|xarray).c ]] && continue
		echo "$shim"
	done
}

# What a program is compiled with beyond the others: what its kernel is configured with, that it has
# something happen between any two accesses (shim/linux/atomic.h), the header of our records where
# it looks into them; a machine of its own size, and addresses that addr2line knows; fault points, how
# much memory there is and which of it is whose node's.
host_flags() { # PROGRAM
	case $1 in
	alloc_test) echo -DSHIM_MEANWHILE ;;
	scale_test) printf '%s\n' -no-pie -include tests/host/scale_world.h ;;
	adopt_test)
		printf '%s\n' -DSHIM_MEANWHILE -DPTC_SELFTEST -DSHIM_PFN_TO_NID=world_nid
		printf '%s\n' -DSHIM_CLEAR_PAGE=world_clear_page '-DSHIM_NODE_PAGES=(16UL << 18)'
		printf -- '-DCONFIG_%s=1\n' CONTIG_ALLOC ZONE_DMA
		;;
	tree_test)
		printf '%s\n' -DSHIM_MEANWHILE -DSHIM_READ_ONCE=shim_read_acquire
		printf '%s\n' -include module/alloc/table.h
		;;
	mm_walk_test)
		printf '%s\n' -DSHIM_MEANWHILE -include module/alloc/record.h
		printf -- '-DCONFIG_%s=1\n' TRANSPARENT_HUGEPAGE MODIFY_LDT_SYSCALL
		;;
	audit_test | audit_walk_test)
		printf '%s\n' -DSHIM_TOTALRAM_PAGES=world_pages -include linux/mmap_lock.h
		printf '%s\n' -include module/alloc/record.h
		printf -- '-DCONFIG_%s=1\n' TRANSPARENT_HUGEPAGE MODIFY_LDT_SYSCALL
		;;
	reports_list) printf '%s\n' -include asm/cpufeature.h -no-pie -Wl,--unresolved-symbols=ignore-all ;;
	printers_test) echo -DCONFIG_CGROUPS=1 ;;
	esac
}

# A header of the kernel's that the shim has none of becomes an alias of linux/kernel.h, which
# includes all that it has.
host_aliases() { # FOLDER
	local header
	grep -rhoE '^#include <[^>]+>' module | sed 's/.*<\(.*\)>/\1/' | sort -u |
		while read -r header; do
			# the C library's own
			[[ $header == linux/errno.h || $header == linux/limits.h ]] && continue
			[[ -e tests/host/shim/$header ]] && continue
			[[ -d $1/${header%/*} ]] || mkdir -p "$1/${header%/*}"
			echo '#include <linux/kernel.h>' > "$1/$header"
		done
}

# The kernel compiles without strict aliasing, too. $tmp is a folder of the script's.
host_build() { # PROGRAM OUT COMPILER FLAG...
	local out=$2 compiler=$3 aliases=$tmp/aliases sources flags
	[[ -d $aliases ]] || host_aliases "$aliases"
	mapfile -t sources < <(host_sources "$1")
	mapfile -t flags < <(host_flags "$1")
	shift 3
	"$compiler" -std=gnu11 -g -Wall -Werror -fno-strict-aliasing -pthread \
		-DKBUILD_MODNAME='"pt_cache"' \
		-I tests/host/shim -I tests/host -I module -I "$aliases" -include module/log.h \
		"${flags[@]}" "$@" -o "$out" "${sources[@]}"
}

# Memory and undefined behaviour; and races, which does not go together.
host_sanitizers=('-fsanitize=address,undefined' -fno-sanitize-recover=all)
host_race_detector=(-fsanitize=thread)

# The sanitizers of gcc 12 and clang 14 do not know all places where a newer kernel puts things.
host_run() { # COMMAND ARGUMENT...
	local fixed=()
	! setarch -R true 2> /dev/null || fixed=(setarch -R)
	timeout 300 "${fixed[@]}" "$@"
}

# host_test PROGRAM [FLAG...] [-- ARGUMENT...]: a whole test, with sanitizers, which prints TAP.
host_test() {
	local program=$1 flags=()
	shift
	while (($#)) && [[ $1 != -- ]]; do flags+=("$1"); shift; done
	tmp=$(mktemp -d) || return
	trap 'rm -rf "$tmp"' EXIT
	host_build "$program" "$tmp/$program" "${CC:-gcc}" "${flags[@]}" "${host_sanitizers[@]}" || return
	host_run "$tmp/$program" "${@:2}"
}

# host_part NAME PROGRAM [FLAG...] [-- ARGUMENT...]: a whole test as a part of another one in bash,
# with its own TAP indented.
host_part() {
	local name=$1 program=$2 flags=() status=0
	shift 2
	while (($#)) && [[ $1 != -- ]]; do flags+=("$1"); shift; done
	if ! host_build "$program" "$tmp/$program" "${CC:-gcc}" "${flags[@]}"; then
		ok "$name: it builds" false
		return
	fi
	host_run "$tmp/$program" "${@:2}" > "$tmp/log" 2>&1 || status=$?
	sed 's/^/    /' "$tmp/log"
	is "$status" 0 "$name"
	((status == 0)) || sed '/^ok /d; s/^# //' "$tmp/log" | head -n 60 | diag
}
