#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# How `make` builds, installs, has DKMS install, and removes again, with each release's own make, kbuild, dkms and
# depmod; and what it says where it cannot. The modules are small ones, which take a second: dkms.t builds ours.
cd "$(dirname "$0")/../.." || exit
# shellcheck source-path=SCRIPTDIR source=../testbox/tap.sh
. tests/testbox/tap.sh

stage=build/install
tmp=$(mktemp -d)
trap 'rm -rf "$tmp" $stage' EXIT
log=$tmp/log
nobody=()
((EUID)) || nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)

# The Makefile and all that it runs, with little to compile. dkms.conf asks DKMS for what ours does.
small_project() { # FOLDER
	local module
	mkdir -p "$1"/{module,dkms}
	cp -a Makefile LICENSE tools "$1/"
	cp -a module/pt_cache.h module/version.h "$1/module/"
	for module in pt_cache pt_cache_live; do
		printf '%s\n' '#include <linux/module.h>' '#include "version.h"' 'MODULE_LICENSE("GPL");' \
			"MODULE_DESCRIPTION(\"a small $module\");" 'MODULE_VERSION(PTC_VERSION);' > "$1/module/$module.c"
		printf '%s\n' "obj-m += $module.o" "$module-y := module/of_$module.o" >> "$1/Kbuild"
		mv "$1/module/$module.c" "$1/module/of_$module.c"
	done
	# shellcheck disable=SC2016 # DKMS's
	printf '%s\n' 'PACKAGE_NAME="pt_cache"' "$(grep '^PACKAGE_VERSION=' dkms.conf)" \
		'BUILT_MODULE_NAME[0]="pt_cache"' 'DEST_MODULE_LOCATION[0]="/updates/dkms"' \
		'BUILT_MODULE_NAME[1]="pt_cache_live"' 'DEST_MODULE_LOCATION[1]="/updates/dkms"' \
		'MAKE[0]="make -C $kernel_source_dir M=$dkms_tree/$PACKAGE_NAME/$PACKAGE_VERSION/build \
CONFIG_DEBUG_INFO_BTF_MODULES= modules"' \
		'AUTOINSTALL="yes"' > "$1/dkms.conf"
}

# says WHAT WORDS: it failed, with those words and make's own end, and nothing else
says() {
	ok "$1 ends it" [ "$status" -ne 0 ]
	is "$(grep -v '^make' "$log")" "$2" '  with one line that says what to do'
}

# --- on this machine, with a kernel's build folder of our own

kernel=$tmp/kernel
project=$tmp/project
elsewhere=$tmp/elsewhere
mkdir -p "$kernel/include/config"
cat > "$kernel/Makefile" <<'END'
modules:
	@test -z "$(SLOW)" || { echo > "$(SLOW)"; while test -e "$(SLOW)"; do sleep 0.05; done; }
	@echo "LLVM is $(LLVM)."
	@echo module > $(M)/pt_cache.ko
END
small_project "$project"
chmod 755 "$tmp"

run() { # [MAKE-ARGUMENT...]
	status=0
	make -s -C "$project" KERNEL=test KDIR="$kernel" "$@" > "$log" 2>&1 || status=$?
}

test_two_at_once() {
	local i
	run modules SLOW="$tmp/slow" &
	for ((i = 0; i < 3000; i++)); do
		[[ ! -e $tmp/slow ]] || break
		sleep 0.02
	done
	ok 'a make builds' [ -e "$tmp/slow" ] || { diag <"$log"; return; }
	make -s -C "$project" KERNEL=test clean > "$tmp/second" 2>&1 &
	until [[ -s $tmp/second ]] || ! kill -0 $!; do sleep 0.02; done 2>/dev/null
	is "$(cat "$tmp/second")" 'waiting for another make that builds in build' 'two makes at once: the second waits, and says so'
	ok '  while the first one builds' [ -e "$project/build/here" ]
	rm "$tmp/slow"
	wait
	ok '  and goes on when it ends' [ ! -e "$project/build" ]
}

# dkms of Debian 13 leaves a process behind now and then. It does not keep others waiting. Here dpkg-query does that,
# as there is nothing to ask dkms for.
test_left_behind() {
	local program
	mkdir -p "$tmp/left"
	for program in dkms dpkg-query; do
		printf '%s\n' '#!/bin/sh' 'sleep 30 > /dev/null 2>&1 &' >"$tmp/left/$program"
		chmod +x "$tmp/left/$program"
	done
	PATH=$tmp/left:$PATH run dkms-remove
	is "$(cat "$log")" 'DKMS has no pt_cache: nothing is removed' 'a make that leaves a process behind'
	PATH=$tmp/left:$PATH run dkms-remove
	is "$(cat "$log")" 'DKMS has no pt_cache: nothing is removed' '  has ended for the next one'
}

# Makes the kernel one that clang 19 has compiled, and gives this machine clangs of those versions.
clang_kernel() { # [-VERSION...] ('': without one)
	local version program
	printf '%s\n' CONFIG_CC_IS_CLANG=y CONFIG_CLANG_VERSION=190107 > "$kernel/include/config/auto.conf"
	rm -rf "${tmp:?}/bin"
	mkdir "$tmp/bin"
	for version; do
		for program in clang ld.lld llvm-nm; do
			ln -s /bin/true "$tmp/bin/$program$version"
		done
	done
	for program in bash sh make sed cat uname nproc mkdir find sort xargs sha1sum comm cut touch mv cp rm flock; do
		ln -s "$(command -v $program)" "$tmp/bin/$program"
	done
}

test_clang() {
	clang_kernel
	PATH=$tmp/bin run modules
	says 'a kernel compiled with clang, without clang' \
		'clang 19 has compiled the kernel test, and is needed for its modules: apt-get install clang lld llvm'
	clang_kernel '' -14
	PATH=$tmp/bin run modules
	has "$log" 'LLVM is 1.' '  with some clang: it is taken'
	clang_kernel '' -19
	PATH=$tmp/bin run modules
	has "$log" 'LLVM is -19.' '  with the one that has compiled the kernel, that one'
	PATH=$tmp/bin run modules LLVM=-14
	has "$log" 'LLVM is -14.' '  but what the user says goes before'
	PATH=$tmp/bin run modules CC=gcc
	has "$log" 'LLVM is .' '  or which compiler'
	echo CONFIG_CC_IS_GCC=y > "$kernel/include/config/auto.conf"
	PATH=$tmp/bin run modules
	has "$log" 'LLVM is .' 'a kernel compiled with gcc gets none of it'
}

test_folders() {
	local usual=$project
	project="$tmp/a (b)"
	cp -a "$usual" "$project"
	rm -rf "$project/build"
	run modules
	says 'a path with a blank and parentheses' "kbuild cannot build in '$project/build': name a folder without blanks, \
parentheses and the like, as in make BUILD=/var/tmp/pt_cache"
	ok '  nothing is built' [ ! -e "$project/build/here" ]
	run all BUILD="$elsewhere"
	is "$status" 0 '  with such a folder it builds'
	ok '    the tool' [ -x "$elsewhere/tools/ptcache" ]
	ok '    and the modules' [ -e "$elsewhere/here/test/pt_cache.ko" ]
	touch "$elsewhere/mine"
	run clean BUILD="$elsewhere"
	is "$(ls "$elsewhere")" mine '    and make clean leaves what is not of make'
	project=$usual

	chmod -R go=rX "$project"
	status=0
	"${nobody[@]}" make -s -C "$project" KERNEL=test KDIR="$kernel" BUILD="$elsewhere" > "$log" 2>&1 || status=$?
	says 'a folder that cannot be written to' \
		"$elsewhere cannot be written to: name another folder, as in make BUILD=/var/tmp/pt_cache"
}

test_two_at_once
test_left_behind
test_clang
test_folders

# --- in each release's root tree, of which nothing is changed

# shellcheck disable=SC2016 # expanded by the inner shell
in_tree='
	for folder in /usr/src /usr/local /var/lib/dkms /usr/lib/modules; do
		mkdir -p /tmp/upper$folder /tmp/work$folder
		mount -t overlay -o "lowerdir=$folder,upperdir=/tmp/upper$folder,workdir=/tmp/work$folder" overlay $folder || exit
	done
	cp -a "$0" /tmp/project
	cd /tmp/project
	export KERNEL=$(ls /lib/modules)
	# what takes longest is not looked at
	export MAKEFLAGS=CONFIG_DEBUG_INFO_BTF_MODULES=

	# step NAME COMMAND...: what it says, and what there is afterwards
	step() {
		echo "== $1"
		shift
		"$@" > /tmp/out 2>&1
		echo "status $?"
		sed "/^make/d; s/^/said: /" /tmp/out
		echo modules $(cd /lib/modules/$KERNEL && find updates -name "pt_cache*" 2> /dev/null | sort)
		echo version $(modinfo -k $KERNEL -F version pt_cache 2> /dev/null)
		echo live $(modinfo -k $KERNEL -F description pt_cache_live 2> /dev/null)
		echo build $(modinfo -k $KERNEL -F srcversion pt_cache 2> /dev/null)
		echo dkms $(dkms status -m pt_cache)
		echo sources $(cd /usr/src && ls -d pt_cache-* 2> /dev/null)
		echo tools $(cd /usr/local && find . -type f -path "*pt*cache*" ! -name "*.bt" ! -path "./lib/*" | sort)
	}
	change() { # FILE SCRIPT: the tool is up to date all the same, a tree has nothing to compile it with
		sed -i "$2" $1
		touch build/tools/ptcache
	}

	mkdir -p /lib/modules/$KERNEL/updates /lib/modules/other/updates
	touch /lib/modules/$KERNEL/updates/pt_cache.ko.gz /lib/modules/other/updates/pt_cache_live.ko
	step install make install
	du -b $(modinfo -k $KERNEL -n pt_cache)
	step other make modules KERNEL=9.9
	step in_the_way make dkms-install
	step uninstall make uninstall
	ls /lib/modules/other

	rm -rf build/here
	make modules > /tmp/first 2>&1 &
	make modules > /tmp/second 2>&1
	second=$?
	wait $!
	echo "== together"
	echo status $? $second
	grep -h "^waiting" /tmp/first /tmp/second
	grep -ch "^built" /tmp/first /tmp/second

	chmod -R go= .
	umask 077
	step dkms make dkms-install
	find /usr/src/pt_cache-* /usr/local/bin/ptcache /lib/modules/$KERNEL/modules.dep ! -perm -o=r
	umask 022
	step in_dkms make install
	change module/of_pt_cache.c "s/a small/another small/"
	step again make dkms-install
	change module/of_pt_cache.c "s/another/an \" other/"
	step broken make dkms-install
	change module/of_pt_cache.c "s/an \" other/Refuses to load:/"
	step stub make dkms-install
	change module/of_pt_cache.c "s/Refuses to load:/a new/"
	change module/version.h "s/$1/9.9.9/"
	change dkms.conf "s/$1/9.9.9/"
	step newer make dkms-install
	rm -r /usr/src/pt_cache-9.9.9
	step remove make dkms-remove
	step remove_again make dkms-remove

	mount --bind . .
	mount -o remount,bind,ro . .
	cd .
	step read_only make modules BUILD=other
	step not_read_only make modules BUILD=/tmp/elsewhere

	mount -t tmpfs tmpfs /sys
	mkdir -p /sys/module/pt_cache/holders /sys/kernel/livepatch/pt_cache_live
	step loaded make uninstall
	mkdir /sys/module/pt_cache/holders/consumer
	step used make uninstall
	rmdir /sys/module/pt_cache/holders/consumer
	mkdir /sys/module/pt_cache_live /sys/module/pt_cache/holders/pt_cache_live
	echo 1 > /sys/kernel/livepatch/pt_cache_live/enabled
	step serving make uninstall
'

part() { # STEP: what it printed is in $log.part, what it said in $log.said
	awk -v name="$1" '$1 == "==" { ours = $2 == name } ours' "$log" > "$log.part"
	sed -n 's/^said: //p' "$log.part" > "$log.said"
}
state() { # WHAT
	sed -n "s/^$1 //p" "$log.part"
}
all_but() { # WHAT...: all that is there afterwards, but that
	local pattern
	pattern=$(IFS='|'; echo "$*")
	sed -nE "/^(modules|version|live|build|dkms|sources|tools) ?/{ /^($pattern)( |$)/d; p; }" "$log.part"
}
one_line() { # WHAT LINE
	ok "$release: $1 ends it" [ "$(state status)" != 0 ]
	is "$(cat "$log.said")" "$2" '  with one line that says what to do'
}

test_release() {
	local tree kernel suffix stays
	tree=$(tests/testbox/tree "$release") || { ok "$release has a root tree" false; return; }
	kernel=$(basename "$tree"/boot/vmlinuz-* | sed 's/^vmlinuz-//')
	grep -q '^CONFIG_MODULE_COMPRESS_XZ=y' "$tree/boot/config-$kernel" && suffix=.xz
	unshare --mount --pid --fork --kill-child --mount-proc -- \
		tests/testbox/in-tree "$tree" bash -c "$in_tree" /pt_cache/$stage "$version" > "$log" 2>&1

	part install
	is "$(state status)" 0 "$release: make install"
	is "$(state modules)" "updates/pt_cache.ko$suffix updates/pt_cache_live.ko$suffix" \
		'  installs both modules as this kernel has its own, and no other form of them stays'
	is "$(state version) $(state live)" "$version a small pt_cache_live" '  and modprobe finds them'
	is "$(state tools)" "$tools" '  and the tool, and the header'
	ok "  without the compiler's words for debuggers" [ "$(awk '/^[0-9]/ { print $1 < 10000 }' "$log.part")" = 1 ]
	part other
	one_line 'a kernel that is not there' "no headers in /lib/modules/9.9/build: apt-get install linux-headers-9.9, \
or take a kernel that has some: make KERNEL=... ($kernel)"
	part in_the_way
	one_line 'make dkms-install after it' "pt_cache is in updates/ of $kernel other by make install, and DKMS would \
take it for the kernel's own: make uninstall, then make dkms-install"
	part uninstall
	is "$(all_but '' | xargs)" 'modules version live build dkms sources tools' \
		"$release: make uninstall removes all of it"
	is "$(tail -n 1 "$log.part")" "$(grep '^tools' "$log.part")" '  of all kernels'
	part together
	is "$(state status)" '0 0' "$release: two makes at once build both"
	is "$(grep -c '^waiting' "$log.part") $(grep -cx 1 "$log.part")" '1 2' '  one after the other'

	part dkms
	is "$(state status)" 0 "$release: make dkms-install"
	is "$(state dkms)" "pt_cache/$version, $kernel, x86_64: installed" '  DKMS has it'
	is "$(state modules)" "updates/dkms/pt_cache.ko$suffix updates/dkms/pt_cache_live.ko$suffix" '  and the kernel'
	is "$(state tools)" "$tools" '  and the tool and the header are there, too'
	is "$(tail -n 1 "$log.part")" "$(grep '^tools' "$log.part")" '  others may read it, with a umask of 077'
	stays=$(all_but '')
	part in_dkms
	one_line 'make install after it' "DKMS has pt_cache already ($version), and depmod would mix the two: make dkms-remove, \
then make install"
	is "$(all_but '')" "$stays" '  and changes nothing'
	part again
	is "$(state status)" 0 "$release: make dkms-install of the same version again"
	is "$(all_but build)" "$(grep -v '^build' <<< "$stays")" '  leaves all in its place'
	ok '  but the module, which is new' [ "$(state build)" != "$(sed -n 's/^build //p' <<< "$stays")" ]
	stays=$(all_but '')
	part broken
	ok "$release: a build that fails ends it" [ "$(state status)" != 0 ]
	is "$(wc -l < "$log.said")" 2 '  with one line, beside the one that says what it does'
	ok '  that has the reason' grep -q "^pt_cache does not build for $kernel, and nothing is changed: .*error: " "$log.said"
	is "$(all_but '')" "$stays" '  and the module of before is installed'
	part stub
	has "$log.said" "pt_cache does not build for $kernel, and nothing is changed: Refuses to load: small pt_cache" \
		"$release: a stub never takes the place of a module"
	is "$(all_but '')" "$stays" '  which stays installed'
	part newer
	is "$(state status)" 0 "$release: make dkms-install of a newer version"
	is "$(state version) $(state dkms) $(state sources)" "9.9.9 pt_cache/9.9.9, $kernel, x86_64: installed pt_cache-9.9.9" \
		'  is all that is left'
	part remove
	is "$(state status)" 0 "$release: make dkms-remove, even if somebody has removed the sources"
	is "$(all_but '' | xargs)" 'modules version live build dkms sources tools' '  removes all of it'
	part remove_again
	is "$(state status) $(cat "$log.said")" '0 DKMS has no pt_cache: nothing is removed' '  and another one says that there is nothing'

	part read_only
	one_line 'a read-only checkout' "/tmp/project/other cannot be written to: name another folder, as in make BUILD=/var/tmp/pt_cache"
	part not_read_only
	is "$(state status)" 0 '  which builds in another folder'

	part loaded
	has "$log.said" 'pt_cache stays loaded; its files are removed. To end it: rmmod pt_cache' \
		"$release: what is loaded stays, make uninstall says"
	part used
	has "$log.said" 'pt_cache stays loaded, as these modules use it: consumer; its files are removed. To end it: rmmod consumer pt_cache' \
		'  with the modules that use it'
	part serving
	has "$log.said" "pt_cache_live stays loaded and serves page tables; its files are removed. To end it: \
echo 0 > /sys/kernel/livepatch/pt_cache_live/enabled; after some seconds, rmmod pt_cache_live pt_cache" '  or serves'
}

version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
tools='./bin/ptcache ./include/pt_cache.h'
[[ ! -e tools/ptcache/ptcache.8 ]] || tools+=' ./share/man/man8/ptcache.8'
rm -rf $stage
small_project $stage
make -s -C $stage tools CFLAGS=-O0 > "$log" 2>&1 || diag < "$log"
for release in bookworm trixie; do
	test_release
done
done_testing
