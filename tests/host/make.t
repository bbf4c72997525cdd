#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What `make` builds, installs and removes again, on a copy of the project with a kernel's build
# folder of our own.
cd "$(dirname "$0")/../.." || exit
. tests/testbox/tap.sh

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir -p "$tmp/project" "$tmp/kernel" "$tmp/root"
cp -r Makefile Kbuild LICENSE dkms.conf module tools "$tmp/project/"
# shellcheck disable=SC2016  # make's
printf 'modules:\n\techo module > $(M)/pt_cache.ko\n' > "$tmp/kernel/Makefile"

run() {
	status=0
	make -s -C "$tmp/project" KERNEL=test "$@" > "$tmp/log" 2>&1 || status=$?
}
installed() { (cd "$tmp/root" && find . -type f | sort | xargs); }

run tools KDIR="$tmp/absent"
is "$status" 0 'the tool builds where no kernel headers are'
is "$("$tmp/project/build/tools/ptcache" --version | cut -d ' ' -f 1)" ptcache '  and runs'
run clean
ok 'make clean removes it' [ ! -e "$tmp/project/build" ]

run KDIR="$tmp/kernel"
is "$status" 0 'make alone builds'
ok '  the tool' [ -x "$tmp/project/build/tools/ptcache" ]
ok '  and the modules' [ -e "$tmp/project/build/here/test/pt_cache.ko" ]
touch -d tomorrow "$tmp/project/module/version.h"
before=$(stat -c %y "$tmp/project/build/tools/ptcache")
run tools
ok 'a changed file builds the tool anew' [ "$before" != "$(stat -c %y "$tmp/project/build/tools/ptcache")" ]

run install KDIR="$tmp/kernel" DESTDIR="$tmp/root" PREFIX=/usr
is "$status" 0 'make install'
is "$(installed)" './lib/modules/test/updates/pt_cache.ko ./usr/bin/ptcache ./usr/include/pt_cache.h' \
	'  installs module, tool and header'
is "$("$tmp/root/usr/bin/ptcache" --version | cut -d " " -f 1)" ptcache "  the tool runs there"
run uninstall DESTDIR="$tmp/root" PREFIX=/usr
is "$(installed)" '' 'make uninstall removes all of them'

# says WHAT WORDS: it failed, with those words and make's own end, and nothing else
says() {
	ok "$1 ends it" [ "$status" -ne 0 ]
	is "$(grep -v '^make' "$tmp/log")" "$2" '  with one line that says what to do'
}

run clean
run tools CC=/absent/cc
says 'a missing compiler' 'no compiler (/absent/cc): apt-get install gcc libc6-dev'
run tools CC='cc -nostdinc'
says 'a missing libc6-dev' 'no headers of the C library: apt-get install libc6-dev'
run modules KDIR=/absent
says 'a KDIR that is not there' 'no headers in /absent: KDIR must be the build folder of a kernel'
run modules KDIR="$tmp"
says 'a KDIR of something else' "no headers in $tmp: KDIR must be the build folder of a kernel"
run modules
says 'a kernel without headers' \
	'no headers in /lib/modules/test/build: apt-get install linux-headers-test'

# Nothing of what needs root may begin without it; the paths keep this test harmless if it does.
nobody=()
((EUID)) || nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
chmod 755 "$tmp"
for goal in install uninstall dkms-install dkms-remove test test-more test-debug soak bench clean-cache; do
	status=0
	PTC_CACHE=$tmp/absent "${nobody[@]}" make -s -C "$tmp/project" KERNEL=test PREFIX="$tmp/root/usr" \
		DKMS="$tmp/absent" $goal > "$tmp/log" 2>&1 || status=$?
	says "no root for make $goal" 'this needs root: run it with sudo'
done

run help
has "$tmp/log" 'make tools ' 'make help knows the tool'
done_testing
