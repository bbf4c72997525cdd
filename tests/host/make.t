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

run help
has "$tmp/log" 'make tools ' 'make help knows the tool'
done_testing
