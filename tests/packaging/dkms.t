#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DKMS builds the module as `make dkms-install` leaves it: from those files alone, as git knows them,
# with each release's own dkms and compiler, without the tests' hooks.
cd "$(dirname "$0")/../.." || exit
. tests/testbox/tap.sh

# Runs in a release's root tree with a writable copy of what dkms changes.
# shellcheck disable=SC2016  # expanded by the inner shell
in_tree='
	set -e
	mkdir -p /tmp/var /tmp/src /tmp/modules
	cp -r "$0" /tmp/src/pt_cache-$1
	mkdir -p /tmp/var/lib/dkms
	dkms build --dkmstree /tmp/var/lib/dkms --sourcetree /tmp/src -m pt_cache -v "$1" -k "$2" > /tmp/log 2>&1 ||
		{ cat /tmp/log /tmp/var/lib/dkms/pt_cache/$1/build/make.log; exit 1; }
	ko=$(find /tmp/var/lib/dkms/pt_cache/$1/$2 -name "pt_cache.ko*")
	modinfo "$ko"
	modinfo "$(find /tmp/var/lib/dkms/pt_cache/$1/$2 -name "pt_cache_live.ko*")"
'
version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
stage=build/packaging
rm -rf $stage
mkdir -p $stage
# shellcheck disable=SC2046 # names
git archive HEAD $(sed -n 's/^SOURCES := //p' Makefile) | tar -x -C $stage

for release in bookworm trixie trixie-backports; do
	tree=$(tests/testbox/tree $release) || { ok "$release has a root tree" false; continue; }
	kernel=$(basename "$tree"/boot/vmlinuz-* | sed 's/^vmlinuz-//')
	unshare --mount --pid --fork --kill-child --mount-proc -- \
		tests/testbox/in-tree "$tree" sh -c "$in_tree" /pt_cache/$stage "$version" "$kernel" \
		> $stage.log 2>&1
	ok "$release: dkms builds it" [ $? -eq 0 ]
	has $stage.log "version:        $version" "$release: the module says its version"
	has $stage.log "vermagic:       $kernel " "$release: it is for that kernel"
	has $stage.log 'parm:           verify_zero' "$release: its parameter is there"
	has $stage.log 'livepatch:      Y' "$release: pt_cache_live.ko is there, too"
	lacks $stage.log selftest "$release: nothing of the tests is in it"
done
rm -rf $stage $stage.log
done_testing
