#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A kernel with PREEMPT_RT, which pt_cache does not support, is installed by apt where DKMS has
# pt_cache, and DKMS gets pt_cache where there is such a kernel: nothing of that fails.
cd "$(dirname "$0")/../.." || exit
. tests/testbox/tap.sh

sources() { # what make hands to DKMS
	# shellcheck disable=SC2016 # make's
	env -u MAKEFLAGS make -s --eval 'print-sources:; @echo $(SOURCES)' print-sources
}

version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
stage=build/packaging-rt
rm -rf $stage
mkdir -p $stage
# shellcheck disable=SC2046 # names
git archive HEAD $(sources) | tar -x -C $stage

# Runs in a copy of a release's root tree. An initramfs says nothing of modules, and takes long.
# shellcheck disable=SC2016  # expanded by the inner shell
in_copy='
	as() { name=$1; shift; "$@"; echo "$name ended with $?"; }
	add() {
		cp -r /pt_cache/$0 /usr/src/pt_cache-$1
		dkms add -m pt_cache -v $1
	}
	look() {
		as status dkms status
		for module in pt_cache pt_cache_live pt_cache_user; do modinfo -k $kernel -F description $module; done
		echo "installed: $(find /lib/modules/$kernel/updates/dkms -name "pt_cache*" | wc -l)"
	}
	chmod -x /etc/kernel/postinst.d/initramfs-tools

	echo "== before"
	add $1
	as apt apt-get install linux-image-rt-amd64 linux-headers-rt-amd64
	as next apt-get install hello
	kernel=$(basename /lib/modules/*-rt-amd64)
	look
	cat /var/lib/dkms/pt_cache/$1/$kernel/*/log/make.log

	echo "== after"
	dkms remove -m pt_cache -v $1 --all
	rm -r /usr/src/pt_cache-$1
	echo "left: $(find /lib/modules/$kernel/ -name "pt_cache*" | wc -l)"
	add $1
	as autoinstall dkms autoinstall -k $kernel
	look
	as apt apt-get install --reinstall linux-headers-$kernel
	as next apt-get remove hello'

part() { # NAME: of the log, what was printed between its line and the next one
	awk -v name="$1" '$1 == "==" { ours = $2 == name } ours' "$log" >"$log.part"
}

stubs() { # WHEN
	local module
	has "$log.part" 'installed: 3' '  all modules are installed'
	ok "  dkms status says so" grep -q "^pt_cache/$version, .*-rt-amd64, x86_64: installed\$" "$log.part"
	has "$log.part" 'Refuses to load: pt_cache was not built for this kernel: PREEMPT_RT is not' \
		'  pt_cache.ko is a stub, and says so'
	for module in pt_cache_live pt_cache_user; do
		has "$log.part" "Refuses to load: $module was not built for this kernel: pt_cache.ko was" "  so is $module.ko"
	done
}

for release in bookworm trixie; do
	log=$stage/$release.log
	if ! tree=$(tests/testbox/tree $release) ||
		! packages=$(tests/packaging/packages $release linux-{image,headers}-rt-amd64 hello); then
		ok "$release has a root tree and an RT kernel" false
		continue
	fi
	unshare --mount --pid --fork --kill-child --mount-proc -- tests/packaging/in-copy "$tree" "$packages" \
		sh -c "$in_copy" $stage "$version" >"$log" 2>&1
	part before
	has "$log.part" 'apt ended with 0' "$release, pt_cache in DKMS: apt installs an RT kernel"
	has "$log.part" 'next ended with 0' '  and something else after it'
	ok '  it has said that pt_cache is a stub' grep -q '^pt_cache: Refuses to load: pt_cache was' "$log.part"
	stubs
	part after
	has "$log.part" 'left: 0' "$release, an RT kernel, pt_cache removed: nothing is left of it"
	has "$log.part" 'autoinstall ended with 0' '  in DKMS anew: dkms autoinstall succeeds'
	stubs
	has "$log.part" 'apt ended with 0' '  apt installs the headers again'
	has "$log.part" 'next ended with 0' '  and removes something else'
done
if ((tap_failed > 0)); then diag "what was printed: $stage/*.log"; else rm -r $stage; fi
done_testing
