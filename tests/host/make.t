#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What `make` builds, installs and removes again, on a copy of the project with a kernel's build
# folder of our own. tests/packaging/install.t does so with real kernels, and DKMS.
cd "$(dirname "$0")/../.." || exit
. tests/testbox/tap.sh

# what the make that runs the tests has told its own programs
unset KERNEL KDIR VERSION BUILD HERE PREFIX DESTDIR MAKEFLAGS MAKELEVEL
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir -p "$tmp/project/module" "$tmp/kernel" "$tmp/root"
cp -r Makefile Kbuild LICENSE dkms.conf dkms tools "$tmp/project/"
cp module/version.h module/pt_cache.h "$tmp/project/module/"
cat > "$tmp/kernel/Makefile" <<'END'
modules:
	@echo "flags $(MAKEFLAGS)"
	@echo module > $(M)/pt_cache.ko
modules_install:
	@mkdir -p $(INSTALL_MOD_PATH)/lib/modules/test/$(INSTALL_MOD_DIR)
	@cp $(M)/pt_cache.ko $(INSTALL_MOD_PATH)/lib/modules/test/$(INSTALL_MOD_DIR)/pt_cache.ko.xz
END

run() {
	status=0
	make -s -C "$tmp/project" CFLAGS=-O0 KERNEL=test "$@" > "$tmp/log" 2>&1 || status=$?
}
installed() { (cd "$tmp/root" && find . -type f | sort | xargs); }

run tools KDIR="$tmp/absent"
is "$status" 0 'the tool builds where no kernel headers are'
is "$("$tmp/project/build/tools/ptcache" --version | cut -d ' ' -f 1)" ptcache '  and runs'
run KDIR="$tmp/kernel"
is "$status" 0 'make alone builds'
ok '  the tool' [ -x "$tmp/project/build/tools/ptcache" ]
ok '  and the modules' [ -e "$tmp/project/build/here/test/pt_cache.ko" ]
touch -d tomorrow "$tmp/project/module/version.h"
before=$(stat -c %y "$tmp/project/build/tools/ptcache")
run tools
ok 'a changed file builds the tool anew' [ "$before" != "$(stat -c %y "$tmp/project/build/tools/ptcache")" ]
touch -d yesterday "$tmp/project/module/version.h"

jobs() { grep -o -e '-j[0-9][0-9]*' "$tmp/log" | sort -u | xargs; }
for flags in '' -j3; do
	MAKEFLAGS=$flags run modules KDIR="$tmp/kernel"
	is "$(jobs)" "${flags:--j$(nproc)}" "kbuild runs in parallel${flags:+, as the user says: $flags}"
done
touch "$tmp/project/module/gone.h"
run modules KDIR="$tmp/kernel"
rm "$tmp/project/module/gone.h"
run modules KDIR="$tmp/kernel"
ok 'a header that has gone is not built with' [ ! -e "$tmp/project/build/here/test/src/module/gone.h" ]

mkdir -p "$tmp/root/lib/modules/other/updates" "$tmp/root/lib/modules/test/updates"
touch "$tmp/root/lib/modules/other/updates/pt_cache_live.ko.zst" "$tmp/root/lib/modules/test/updates/pt_cache.ko"
chmod -R go= "$tmp/project/module"
umask 077
run install KDIR="$tmp/kernel" DESTDIR="$tmp/root" PREFIX=/usr
umask 022
is "$status" 0 'make install'
scripts=$(cd tools/bpftrace && printf './usr/share/ptcache/%s ' *.bt)
page=$(cd tools/ptcache && ls ptcache.8 2>/dev/null)
is "$(installed | sed "s| *${scripts% }||")" "./lib/modules/other/updates/pt_cache_live.ko.zst \
./lib/modules/test/updates/pt_cache.ko.xz ./usr/bin/ptcache ./usr/include/pt_cache.h${page:+ ./usr/share/man/man8/$page}" \
	'  installs module, tool, header and scripts, and leaves no other form of the module'
is "$(find "$tmp/root/usr" "$tmp/root/lib/modules/test/updates/" ! -perm -o=r)" '' '  others may read all of it, whatever the umask'
is "$("$tmp/root/usr/bin/ptcache" --version | cut -d " " -f 1)" ptcache "  the tool runs there"
run uninstall DESTDIR="$tmp/root" PREFIX=/usr
is "$(installed)" '' 'make uninstall removes all of them, of all kernels'
run install-tools DESTDIR="$tmp/root" PREFIX=/usr
is "$(cd "$tmp/root" && find usr -name 'pt*' -type f | wc -l) $(find "$tmp/root" -name '*.ko*')" \
	"$((2 + $(wc -w <<< "$scripts $page"))) " 'make install-tools installs all but modules'

# says WHAT WORDS: it failed, with those words and make's own end, and nothing else
says() {
	ok "$1 ends it" [ "$status" -ne 0 ]
	is "$(grep -v '^make' "$tmp/log")" "$2" '  with one line that says what to do'
}

run clean
ok 'make clean removes all that is built' [ ! -e "$tmp/project/build" ]
run tools CC=/absent/cc
says 'a missing compiler' 'no compiler (/absent/cc): apt-get install gcc libc6-dev'
run tools CC='cc -nostdinc'
says 'a missing libc6-dev' 'no headers of the C library: apt-get install libc6-dev'
run modules KDIR=/absent
says 'a KDIR that is not there' 'no headers in /absent: KDIR must be the build folder of a kernel'
run modules KDIR="$tmp"
says 'a KDIR of something else' "no headers in $tmp: KDIR must be the build folder of a kernel"
run modules
# of a machine with headers, it names the kernels
sed -i 's/, or take a kernel that has some: .*//' "$tmp/log"
says 'a kernel without headers' \
	'no headers in /lib/modules/test/build: apt-get install linux-headers-test'
run modules KERNEL=
says 'no kernel at all' 'KERNEL= is empty: leave it out for the running kernel, or name one as uname -r does'
mkdir -p "$tmp/kernel/include/generated"
echo '#define UTS_RELEASE "test2"' > "$tmp/kernel/include/generated/utsrelease.h"
run modules KDIR="$tmp/kernel"
says 'a KDIR of another kernel' "$tmp/kernel is of the kernel test2, not of test: leave KERNEL= out, or make KERNEL=test2"
make -s -C "$tmp/project" KDIR="$tmp/kernel" modules > "$tmp/log" 2>&1
ok '  which says its kernel by itself' [ -e "$tmp/project/build/here/test2/pt_cache.ko" ]

rm -r "$tmp/kernel/include"

# Nothing of what needs root may begin without it; the paths keep this test harmless if it does.
nobody=()
((EUID)) || nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
chmod 755 "$tmp"
for goal in install install-tools uninstall dkms-install dkms-remove test test-more test-debug soak bench clean-cache; do
	status=0
	PTC_CACHE=$tmp/absent "${nobody[@]}" make -s -C "$tmp/project" KERNEL=test PREFIX="$tmp/root/usr" \
		$goal > "$tmp/log" 2>&1 || status=$?
	says "no root for make $goal" 'this needs root: run it with sudo'
done

run help
has "$tmp/log" 'make tools ' 'make help knows the tool'
done_testing
