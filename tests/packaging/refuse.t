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
refuses 'a kernel that lacks an interface' \
	KCFLAGS=-Dregister_oom_notifier=+ \
	'pt_cache: this kernel lacks'

# Two kernels for which pt_cache_live.ko is left out, one after the other in one folder: few files are to be
# compiled again for the second.
in_tree "cp -r /pt_cache/Kbuild /pt_cache/module /tmp &&
	for lack in CONFIG_LIVEPATCH=n large_lock=1; do
		echo \"== \$lack\"
		make -C /lib/modules/$kernel/build M=/tmp \$lack modules
		ls /tmp/*.ko
		grep -ao 'does not export ptlock_alloc(), which' /tmp/pt_cache.ko
		rm /tmp/*.ko
	done"

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

# dkms_modules CONFIG...: those that dkms.conf has dkms look for, in a kernel that is so configured
dkms_modules() {
	mkdir -p build/refuse
	printf '%s\n' "$@" > build/refuse/.config
	(
		kernel_source_dir=build/refuse
		. ./dkms.conf
		echo "${BUILT_MODULE_NAME[*]}"
	)
	rm -r build/refuse
}
is "$(dkms_modules CONFIG_LIVEPATCH=y)" 'pt_cache pt_cache_live' 'dkms is told of both modules'
is "$(dkms_modules '# CONFIG_LIVEPATCH is not set')" pt_cache '  but where the kernel has no livepatches'
is "$(dkms_modules CONFIG_LIVEPATCH=y CONFIG_DEBUG_LOCK_ALLOC=y)" pt_cache '  or debugs its locks'

in_tree 'sh /pt_cache/module/compat/probe.sh /tmp/have.h gcc; echo $?; test ! -e /tmp/have.h'
ok 'a probe that cannot compile anything finds nothing' [ $? -eq 0 ]
has $log 'pt_cache: the kernel headers do not compile even an empty module' '  and says so'
rm -f $log $log.part
done_testing
