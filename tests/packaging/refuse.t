#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A kernel or an architecture that cannot be supported ends the build with a message.
cd "$(dirname "$0")/../.." || exit
. tests/testbox/tap.sh

tree=$(tests/testbox/tree trixie) || exit
kernel=$(basename "$tree"/boot/vmlinuz-* | sed 's/^vmlinuz-//')
log=build/refuse.log
mkdir -p build

in_tree() {
	unshare --mount --pid --fork --kill-child --mount-proc -- \
		tests/testbox/in-tree "$tree" sh -c "$1" > $log 2>&1
}

# refuses WHAT MAKE-ARGUMENT MESSAGE
refuses() {
	in_tree "cp -r /pt_cache/Kbuild /pt_cache/module /tmp &&
		make -C /lib/modules/$kernel/build M=/tmp $2 modules"
	ok "$1 is refused" [ $? -ne 0 ]
	has $log "$3" "  with a message"
}

refuses 'an architecture without a backend' CONFIG_X86_64=n \
	'pt_cache: this architecture has no direct-map backend yet'
refuses 'a PREEMPT_RT kernel' CONFIG_PREEMPT_RT=y 'pt_cache: PREEMPT_RT is not supported'

# What changes a probe of the kernel: each case with one small file, and what the probe has found.
# shellcheck disable=SC2016  # expanded by the inner shell
in_tree '
	cp -r /pt_cache/Kbuild /pt_cache/module /tmp
	mkdir /tmp/full
	mount -t tmpfs -o size=4k tmpfs /tmp/full
	echo > /tmp/full/all
	printf "%s\n" "#include <linux/oom.h>" "#define register_oom_notifier it_is_gone" > /tmp/lacks.h
	build() {
		echo "== $1"
		shift
		rm -f $have
		make -C /lib/modules/*/build M=/tmp "$@" module/report/report.o
		echo "status $?"
		cksum < $have
	}
	have=/tmp/module/compat/ptc_have.h
	build plain
	build config CONFIG_WERROR=y
	build W W=e
	build flags KCFLAGS=-Werror
	TMPDIR=/tmp/full build tmp
	build lacks KCFLAGS="-include /tmp/lacks.h"
	build strict KCFLAGS=-pedantic-errors
	build lax KCFLAGS="-Dit_is_gone -fpermissive -Dpt_cache_no_such_function=barrier"
	build compiler CC=/absent/gcc
	printf "#!/bin/sh\nkill -9 \$\$\n" > /tmp/killed
	chmod +x /tmp/killed
	build killed CC=/tmp/killed
	mount -t tmpfs -o size=512k tmpfs /tmp/module/compat
	cp /pt_cache/module/compat/*.[ch] /pt_cache/module/compat/*.sh /tmp/module/compat
	cat /dev/zero > /tmp/module/compat/all
	build output'

probe_said() { # CASE
	awk -v name="$1" '$1 == "==" { ours = $2 == name } ours' $log > $log.part
}
probe_said plain
plain=$(tail -n 1 $log.part)
has $log.part 'status 0' 'a file is built on its own'

# same CASE WHAT
same() {
	probe_said "$1"
	is "$(tail -n 1 $log.part)" "$plain" "$2: the same is found in the kernel"
	lacks $log.part 'pt_cache:' '  and nothing is said'
}
same config 'CONFIG_WERROR=y'
same W 'W=e'
same flags 'KCFLAGS=-Werror'

# cannot CASE WHAT REASON: the probe could not try, and says that in one line with the reason
cannot() {
	probe_said "$1"
	lacks $log.part 'status 0' "$2 ends the build"
	is "$(grep -c '^pt_cache:' $log.part)" 1 '  with one line'
	has $log.part 'pt_cache: cannot probe this kernel: ' '  that blames no kernel'
	ok '  and gives the reason' grep -q "^pt_cache: .*$3" $log.part
}
cannot strict 'a flag that the headers do not bear' 'error: .*variadic'
cannot lax 'a compiler that takes what does not exist' 'accepts a function'
cannot compiler 'a missing compiler' 'apt-get install gcc.*/absent/gcc'
cannot killed 'a compiler that is killed' 'fails (137)'
cannot tmp 'a full TMPDIR' '/tmp/full: .*No space left on device'
cannot output 'a full disk' 'No space left on device'

probe_said lacks
lacks $log.part 'status 0' 'a kernel that lacks an interface is refused'
has $log.part 'pt_cache: this kernel lacks an interface' '  with a message'
has $log.part 'pt_cache:   /tmp/lacks.h:2:31: error:' "  and the compiler's words"

# Options that all tested kernels have, taken away where the compiler has read the configuration: what asks for
# their fields is built without them.
# shellcheck disable=SC2016  # expanded by the inner shell
in_tree '
	cp -r /pt_cache/Kbuild /pt_cache/module /tmp
	lacks() {
		echo "== $1"
		for option in $2; do echo "#undef CONFIG_$option"; done > /tmp/lacks.h
		shift 2
		make -C /lib/modules/*/build M=/tmp KCFLAGS="-include /tmp/lacks.h" "$@"
		echo "status $?"
	}
	lacks NUMA "NUMA NODES_SHIFT NUMA_BALANCING NUMA_KEEP_MEMINFO" module/live/serve.o module/alloc/numa.o
	lacks CGROUPS "CGROUPS CPUSETS MEMCG MEMCG_V1 BLK_CGROUP CGROUP_WRITEBACK CGROUP_BPF SOCK_CGROUP_DATA" \
		module/live/serve.o module/census/processes.o module/census/cgroups.o
	lacks THP "TRANSPARENT_HUGEPAGE PGTABLE_HAS_HUGE_LEAVES MEMORY_HOTPLUG ZONE_DMA" \
		module/census/mm_walk.o module/alloc/adopt.o'
for option in NUMA CGROUPS THP; do
	probe_said $option
	has $log.part 'status 0' "what asks for fields of $option is built without it"
done

# Kernels for which pt_cache_live.ko is left out, or does not compile or link, one after the other in one
# folder, as few files are to be compiled again for the next. What DKMS runs makes a stub of it.
in_tree "cp -r /pt_cache/Kbuild /pt_cache/dkms.conf /pt_cache/dkms /pt_cache/module /tmp && cd /tmp || exit
	stub() {
		sh dkms/make $kernel /lib/modules/$kernel/build \"\$@\"
		echo \"status \$?\"
		echo \"exports \$(grep -cw pt_cache_create Module.symvers)\"
		modinfo -F description pt_cache.ko pt_cache_live.ko
	}
	for lack in CONFIG_LIVEPATCH=n large_lock=1; do
		echo \"== \$lack\"
		make -C /lib/modules/$kernel/build M=/tmp \$lack modules
		ls /tmp/*.ko
		grep -ao 'does not export ptlock_alloc(), which' /tmp/pt_cache.ko
		rm /tmp/*.ko
	done
	echo '== stub-lock'
	stub large_lock=1
	echo '== breaks'
	sed -i 's/current->/&gone_/' /tmp/module/live/serve.c
	make -C /lib/modules/$kernel/build M=/tmp modules
	echo \"status \$?\"
	ls /tmp/*.ko
	echo '== stub-breaks'
	stub
	echo '== again'
	cp /pt_cache/module/live/serve.c /tmp/module/live/
	make -C /lib/modules/$kernel/build M=/tmp module/live/serve.o
	cat /tmp/module/compat/ptc_live.mk
	echo '== stub-modpost'
	sed -i -e '1i void ptc_gone(void);' -e '/^static void __exit/{n;s/{/{ ptc_gone();/}' \
		/tmp/module/live/load.c
	stub"

# leaves_out WHAT MAKE-ARGUMENT MESSAGE: pt_cache.ko is built, pt_cache_live.ko is not, and that is said.
leaves_out() {
	awk -v lack="$2" '$1 == "==" { ours = $2 == lack } ours' $log > $log.part
	has $log.part "$3" "$1: pt_cache_live.ko is left out, with a message"
	has $log.part /tmp/pt_cache.ko "  and pt_cache.ko is built"
	lacks $log.part /tmp/pt_cache_live.ko "  without it"
}

leaves_out 'a kernel without livepatches' CONFIG_LIVEPATCH=n \
	'pt_cache: pt_cache_live.ko is left out: this kernel lacks CONFIG_LIVEPATCH'
lacks $log.part 'does not export' '  whose report info blames no locks'
leaves_out 'a kernel that debugs its locks' large_lock=1 \
	'pt_cache: pt_cache_live.ko is left out: this kernel has lock debugging and does not export ptlock_alloc()'
has $log.part 'does not export ptlock_alloc(), which' '  and the report info says so, too'

probe_said breaks
has $log.part 'status 0' 'a kernel that pt_cache_live.ko does not compile for gets pt_cache.ko'
has $log.part /tmp/pt_cache.ko '  which is built'
lacks $log.part /tmp/pt_cache_live.ko '  without it'
ok "  the compiler's reason is shown" grep -q \
	"^pt_cache: pt_cache_live.ko is left out: .*'struct task_struct' has no member named 'gone_" $log.part
probe_said again
ok 'once it compiles, it is not left out' grep -q '^live_left_out := *$' $log.part

# makes_stub CASE WHAT REASON: pt_cache.ko is built for DKMS, and a stub with the reason
makes_stub() {
	probe_said "$1"
	has $log.part 'status 0' "$2: DKMS gets both modules"
	ok '  pt_cache_live.ko is a stub with the reason' grep -q \
		"^Refuses to load: pt_cache_live was not built for this kernel: .*$3" $log.part
	lacks $log.part 'Refuses to load: pt_cache was' '  pt_cache.ko is none'
	has $log.part 'exports 1' '  and has its list of exports'
}
makes_stub stub-lock 'a kernel that debugs its locks' 'does not export ptlock_alloc()'
makes_stub stub-breaks 'a kernel that pt_cache_live.ko does not compile for' "error: .*named 'gone_"
makes_stub stub-modpost 'a kernel that does not export what it uses' 'modpost: .*ptc_gone.* undefined!'

in_tree 'sh /pt_cache/module/compat/probe.sh /tmp/have.h gcc; echo $?; test ! -e /tmp/have.h'
ok 'a probe that cannot compile anything finds nothing' [ $? -eq 0 ]
has $log 'pt_cache: cannot probe this kernel: what every kernel has does not compile' '  and says so'
rm -f $log $log.part
done_testing
