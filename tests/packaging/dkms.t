#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DKMS builds and installs the modules as `make dkms-install` leaves them: from those files alone, as
# git knows them, with each release's own dkms and compiler, without the tests' hooks. For a kernel
# that they cannot be built for it installs stubs, which refuse to load and fail nothing else; where
# the environment is broken it fails.
cd "$(dirname "$0")/../.." || exit
. tests/testbox/tap.sh

# Runs in a copy of a release's root tree. The kernel is made one that lacks what pt_cache uses.
# shellcheck disable=SC2016  # expanded by the inner shell
in_copy='
	as() { name=$1; shift; "$@"; echo "$name ended with $?"; }
	look() {
		as status dkms status
		for module in pt_cache pt_cache_live pt_cache_user; do modinfo -k $2 $module; done
		as symvers cat $tree/$2/x86_64/module/Module.symvers
	}
	tree=/var/lib/dkms/pt_cache/$1
	cp -r /pt_cache/$0/source /usr/src/pt_cache-$1
	header=/lib/modules/$2/source/include/linux/debugfs.h

	echo "== stub"
	sed -i "s/debugfs_create_dir/&_of_late/" $header
	dkms add -m pt_cache -v $1
	as autoinstall dkms autoinstall -k $2
	look $1 $2
	cp /lib/modules/$2/updates/dkms/* /pt_cache/$0/
	module=$(find /lib/modules/$2/updates/dkms -name "pt_cache.ko*")
	case $module in *.xz) xz -dc $module ;; *) cat $module ;; esac >/tmp/pt_cache.ko
	again=$(strings /tmp/pt_cache.ko | grep "^dkms unbuild")

	echo "== compiler"
	dkms unbuild -m pt_cache -v $1 -k $2
	compiler=$(echo /usr/bin/x86_64-linux-gnu-gcc-[0-9]*)
	mv $compiler $compiler.away
	as build dkms build -m pt_cache -v $1 -k $2
	cat $tree/build/make.log

	echo "== killed"
	printf "%s\n" "#!/bin/sh" "case \"\$*\" in *main.c) kill -9 \$\$ ;; esac" \
		"exec $compiler.away \"\$@\"" >$compiler
	chmod +x $compiler
	as build dkms build -m pt_cache -v $1 -k $2
	cat $tree/build/make.log
	mv $compiler.away $compiler

	echo "== disk"
	mount -t tmpfs -o size=3m tmpfs $tree/..
	dkms add -m pt_cache -v $1
	as build dkms build -m pt_cache -v $1 -k $2
	cat $tree/build/make.log
	umount --lazy $tree/.. # dkms may have left a process that sleeps in it

	echo "== again"
	echo "$again"
	as again sh -c "$again"
	as status dkms status

	echo "== built"
	sed -i "s/_of_late//" $header
	as again sh -c "$again"
	look $1 $2
	cat $tree/$2/x86_64/log/make.log

	echo "== user"
	mkdir /tmp/user
	cp /pt_cache/examples/tree.c /tmp/user/
	echo "obj-m := tree.o" >/tmp/user/Kbuild
	as user make -C /lib/modules/$2/build M=/tmp/user modules \
		CPATH=/usr/src/pt_cache-$1/module KBUILD_EXTRA_SYMBOLS=$tree/$2/x86_64/module/Module.symvers

	echo "== removed"
	as remove dkms remove -m pt_cache -v $1 --all
	echo "left: $(find /var/lib/dkms /lib/modules -name "pt_cache*" | wc -l)"'

part() { # NAME: of the log, what was printed between its line and the next one
	awk -v name="$1" '$1 == "==" { ours = $2 == name } ours' "$log" >"$log.part"
}

cannot() { # NAME WHAT WORDS
	part "$1"
	lacks "$log.part" 'build ended with 0' "$release: $2 ends the build"
	has "$log.part" 'pt_cache: cannot build, and not because of the kernel: ' '  which says so'
	ok '  and why' grep -qE "not because of the kernel: .*($3)" "$log.part"
	lacks "$log.part" 'is a stub' '  and makes no stub'
}

# Debian 12's tree lacks systemd: its packages are unpacked beside the stubs then.
# shellcheck disable=SC2016  # expanded by the guest's shell
in_guest='mkdir /tmp/root
	kernel=$(uname -r)
	mkdir -p /tmp/root/lib/modules/$kernel/updates
	cp /lib/modules/$kernel/modules.[bo]* /tmp/root/lib/modules/$kernel/
	cp $0/*.ko* /tmp/root/lib/modules/$kernel/updates/
	depmod -b /tmp/root
	mount --bind /tmp/root/lib/modules/$kernel /lib/modules/$kernel
	printf "%s\n" pt_cache pt_cache_live pt_cache_user >/tmp/load.conf
	load=lib/systemd/systemd-modules-load
	libraries=$PWD/$0/usr/lib/x86_64-linux-gnu
	if [ -x /$load ]; then load=/$load; else load=$0/$load; fi
	dmesg -C
	env SYSTEMD_LOG_LEVEL=debug LD_LIBRARY_PATH=$libraries:$libraries/systemd $load /tmp/load.conf
	echo "modules-load ended with $?"
	cat /proc/modules
	dmesg -t'

systemd_of_tree() { # TREE RELEASE FOLDER: unpacks it there, if the tree has none
	local archives package
	[[ ! -e $1/lib/systemd/systemd-modules-load ]] || return 0
	archives=$(tests/packaging/packages "$2" systemd)/archives || return
	for package in "$archives"/*.deb; do
		dpkg-deb -x "$package" "$3" || return
	done
}

sources() { # what make hands to DKMS
	# shellcheck disable=SC2016 # make's
	env -u MAKEFLAGS make -s --eval 'print-sources:; @echo $(SOURCES)' print-sources
}

version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
for release in bookworm trixie trixie-backports; do
	stage=build/packaging-$release
	log=$stage.dkms.log
	rm -rf "$stage"
	mkdir -p "$stage/source"
	# shellcheck disable=SC2046 # names
	git archive HEAD $(sources) | tar -x -C "$stage/source"
	tree=$(tests/testbox/tree "$release") || { ok "$release has a root tree" false; continue; }
	kernel=$(basename "$tree"/boot/vmlinuz-* | sed 's/^vmlinuz-//')
	unshare --mount --pid --fork --kill-child --mount-proc -- tests/packaging/in-copy "$tree" - \
		sh -c "$in_copy" "$stage" "$version" "$kernel" >"$log" 2>&1

	part stub
	has "$log.part" 'autoinstall ended with 0' "$release: dkms autoinstall succeeds on a kernel of the future"
	has "$log.part" "pt_cache/$version, $kernel, x86_64: installed" '  dkms status says installed'
	ok "  pt_cache.ko is a stub with the compiler's words" grep -qE \
		'^description: *Refuses to load: pt_cache was not .* error: .*debugfs_create_dir' "$log.part"
	for module in pt_cache_live pt_cache_user; do
		ok "  and so is $module.ko" grep -qE \
			"^description: *Refuses to load: $module was not .* error: .*debugfs_create_dir" "$log.part"
	done
	is "$(grep -c '^depends: *$' "$log.part")" 3 '  which asks for no other module'
	lacks "$log.part" 'symvers ended with 0' '  no list of exports is kept'
	cannot compiler 'a missing compiler' 'gcc.*not found'
	cannot killed 'a compiler that is killed' 'Killed|Error 137'
	cannot disk 'a full disk' 'No space left on device'
	part again
	has "$log.part" 'again ended with 0' "$release: the stub's command builds it again"
	has "$log.part" "pt_cache/$version, $kernel, x86_64: installed" '  and installs it'

	part built
	has "$log.part" 'again ended with 0' "$release: where the kernel is as it should be, dkms builds it"
	has "$log.part" "pt_cache/$version, $kernel, x86_64: installed" '  dkms status says installed'
	has "$log.part" "version:        $version" '  the module says its version'
	has "$log.part" "vermagic:       $kernel " '  it is for that kernel'
	has "$log.part" 'parm:           verify_zero' '  its parameter is there'
	has "$log.part" 'livepatch:      Y' '  pt_cache_live.ko is there, too'
	has "$log.part" 'parm:           auto_reclaim' '  and pt_cache_user.ko'
	lacks "$log.part" selftest '  nothing of the tests is in it'
	lacks "$log.part" 'Refuses to load' '  nothing is a stub'
	ok '  the list of exports is kept beside it' grep -q 'pt_cache_create.*EXPORT_SYMBOL_GPL' "$log.part"
	part user
	has "$log.part" 'user ended with 0' "$release: with that list another module is built"
	lacks "$log.part" 'undefined!' '  which finds all that it uses'
	part removed
	has "$log.part" 'remove ended with 0' "$release: dkms removes it"
	has "$log.part" 'left: 0' '  and leaves nothing'

	systemd_of_tree "$tree" "$release" "$stage" || ok "$release has a systemd" false
	log=$stage.guest.log
	tests/testbox/boot "$release" -- sh -c "$in_guest" "$stage" >"$log" 2>&1
	is $? 0 "$release: a guest with the stubs"
	has "$log" 'modules-load ended with 0' '  systemd-modules-load succeeds'
	ok '  it has tried' grep -q "Failed to insert module 'pt_cache': No such device" "$log"
	is "$(grep '^pt_cache.* Live ' "$log")" '' '  nothing is loaded'
	ok "  the kernel's log says why" grep -q '^pt_cache: not loaded, .*error: .*debugfs_create_dir' "$log"
	has "$log" "to build it again: dkms unbuild pt_cache/$version -k $kernel && dkms install pt_cache/" \
		'  and what to do'
	ok '  of the others, too' [ "$(grep -cE '^pt_cache_(live|user): not loaded' "$log")" = 2 ]
	rm -rf "$stage" "$stage".*log.part
	((tap_failed > 0)) || rm "$stage".*log
done
((tap_failed == 0)) || diag "what was printed: build/packaging-*.log"
done_testing
