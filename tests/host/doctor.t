#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What `ptcache doctor` says of a machine, made up below a folder that this build of the tool takes for /; no guest.
# A sanitizer and a fortified C library watch the tool; all its memory is on the stack.
cd "$(dirname "$0")/../.." || exit
# shellcheck source-path=SCRIPTDIR source=../testbox/tap.sh
. tests/testbox/tap.sh
shopt -s extglob

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
chmod 755 "$tmp"
root=$tmp/root
kernel=6.1.0-7-amd64
version=$(sed -n 's/.*PTC_VERSION "\(.*\)"/\1/p' module/version.h)
# a sanitizer's complaint is told from what is to be done
export UBSAN_OPTIONS=exitcode=99
make -s tools BUILD="$tmp/build" CFLAGS="-O1 -Wall -Wextra -Werror -fsanitize=undefined -fno-sanitize-recover=all \
	-D_FORTIFY_SOURCE=2 -fstack-protector-all -DPTCACHE_ROOT='\"$root\"'" > "$tmp/make.log" 2>&1
ok 'it builds' [ -x "$tmp/build/tools/ptcache" ]
((tap_failed == 0)) || { diag < "$tmp/make.log"; done_testing; exit; }

plant() { # FILE LINE...
	[[ -d $root/${1%/*} ]] || mkdir -p "$root/${1%/*}"
	printf '%s\n' "${@:2}" > "$root/$1"
}

command() { # NAME SCRIPT
	plant "usr/sbin/$1" '#!/bin/sh' "$2"
	chmod 755 "$root/usr/sbin/$1"
}

# A machine on which all is well. modinfo reads what is planted for it.
plant_healthy() {
	local module
	plant proc/sys/kernel/osrelease $kernel
	plant proc/sys/kernel/version '#1 SMP PREEMPT_DYNAMIC Debian'
	plant proc/mounts 'proc /proc proc rw 0 0' 'debugfs /sys/kernel/debug debugfs rw 0 0'
	plant sys/kernel/security/lockdown '[none] integrity confidentiality'
	plant lib/modules/$kernel/build/Makefile
	plant boot/config-$kernel CONFIG_MODULES=y CONFIG_LIVEPATCH=y
	for module in pt_cache pt_cache_live pt_cache_user; do
		plant lib/modules/$kernel/updates/dkms/$module.ko
		plant "modinfo/$module.version" "$version"
		plant "modinfo/$module.srcversion" "A$module"
		plant "modinfo/$module.description" 'what it is'
		plant "sys/module/$module/version" "$version"
		plant "sys/module/$module/srcversion" "A$module"
	done
	plant sys/kernel/debug/pt_cache/info '# pt_cache info format 2' 'live yes -'
	command modinfo "[ \"\$1 \$2\" = '-k $kernel' ] || exit
		for field in version srcversion description; do
			read -r value < $root/modinfo/\$3.\$field && echo \"\$field:     \$value\"
		done"
	command bpftrace 'echo bpftrace v0.17.0'
	command dkms "echo 'pt_cache/$version, $kernel, x86_64: installed'"
}

healthy() {
	rm -rf "$root"
	cp -a "$tmp/healthy" "$root"
}

# doctor [COMMAND...]: runs it by COMMAND, leaves $status and $tmp/out
doctor() {
	status=0
	PATH=/absent "$@" "$tmp/build/tools/ptcache" doctor > "$tmp/out" 2> "$tmp/err" || status=$?
}

# Sets $line, what the doctor says of WHAT, and $todo, how many lines are not ok.
examine() { # WHAT
	local out=()
	doctor
	mapfile -t out < "$tmp/out"
	line='' todo=0
	for found in "${out[@]}"; do
		[[ $found != "$1 "* ]] || line=$found
		[[ $found == ???????????ok* ]] || todo=$((todo + 1))
	done
	[[ ${#out[@]} == 10 && ! -s $tmp/err ]] || line+=" (${#out[@]} lines, $(< "$tmp/err"))"
	line=${line/+( )/ }
}

# says LINE NAME: the doctor says that of the machine, in ten lines, and ends with 1
says() {
	examine "${1%% *}"
	is "$line, $status" "$1, 1" "$2"
}

# fine LINE NAME: the doctor says that, and there is nothing to do (but to be root, if one is not)
fine() {
	examine "${1%% *}"
	is "$line, $status, $todo" "$1, $((EUID != 0)), $((EUID != 0))" "$2"
}

test_healthy() {
	healthy
	fine "kernel ok: $kernel" 'a machine on which all is well'
	is "$(tail -n +2 "$tmp/out")" "kernel     ok: $kernel
lockdown   ok: none
headers    ok
dkms       ok: pt_cache/$version, $kernel, x86_64: installed
installed  ok: $version
loaded     ok: $version, with pt_cache_live and pt_cache_user
debugfs    ok
live       ok: pt_cache_live serves the kernel's own page tables
bpftrace   ok: 0.17" '  line by line'
}

test_user() {
	local nobody=()
	((EUID)) || nobody=(/usr/bin/setpriv --reuid 65534 --regid 65534 --clear-groups)
	healthy
	doctor "${nobody[@]}"
	is "$status$(cat "$tmp/err")" 1 'who is not root has something to do'
	is "$(grep -v ' ok' "$tmp/out")" 'root       some of this needs root: sudo ptcache doctor' '  and that is all'
}

test_kernel() {
	healthy
	plant proc/sys/kernel/version '#1 SMP PREEMPT_RT Debian'
	says "kernel $kernel has PREEMPT_RT, which is not supported: start one without" PREEMPT_RT
	healthy
	rm "$root/lib/modules/$kernel/build/Makefile"
	says "headers apt-get install linux-headers-$kernel" 'no headers'
}

test_lockdown() {
	healthy
	rm "$root/sys/kernel/security/lockdown"
	fine 'lockdown ok: none' 'a kernel without lockdown'
	plant sys/kernel/security/lockdown 'none [integrity] confidentiality'
	says 'lockdown none [integrity] confidentiality: no report that is written to; switch Secure Boot off to have these' \
		'a locked kernel'
	plant sys/kernel/security/lockdown 'none integrity [confidentiality]'
	doctor
	has "$tmp/out" 'no bpftrace' '  locked against reading'
	rm -r "$root"/sys/module/pt_cache*
	doctor
	has "$tmp/out" 'only signed modules load; those of DKMS do after mokutil --import /var/lib/dkms/mok.pub' \
		'  before pt_cache is loaded'
}

test_dkms() {
	healthy
	command dkms ''
	fine 'dkms ok: not used' 'DKMS without pt_cache'
	rm "$root/usr/sbin/dkms"
	fine 'dkms ok: not used' 'no DKMS'
	command dkms 'echo "pt_cache/1.2: added"'
	says "dkms dkms install -m pt_cache -v 1.2 -k $kernel" 'a module that is only added'
	command dkms "echo 'pt_cache/1.2, $kernel, x86_64: built'"
	says "dkms dkms install -m pt_cache -v 1.2 -k $kernel" '  or built'
	command dkms "echo 'pt_cache/1.2, ${kernel}x, x86_64: installed'"
	says "dkms dkms install -m pt_cache -v 1.2 -k $kernel" '  or installed for another kernel'
	command dkms "echo 'pt_cache, 1.2, $kernel, x86_64: installed'"
	fine "dkms ok: pt_cache, 1.2, $kernel, x86_64: installed" 'the older form of the status'
	command dkms "echo 'pt_cache/1.1, $kernel, x86_64: built'; echo 'pt_cache/1.2, $kernel, x86_64: installed'"
	fine "dkms ok: pt_cache/1.2, $kernel, x86_64: installed" 'one of two versions is installed'
	command dkms "echo 'pt_cache/1.2: broken'; exit 4"
	says 'dkms make dkms-install, or install the package pt-cache-dkms anew: pt_cache/1.2: broken' 'sources that are gone'
	command dkms "echo 'pt_cache/1.2, $kernel, x86_64: installed (WARNING! Diff between built and installed module!)'"
	doctor
	has "$tmp/out" 'dkms       make dkms-install' 'a file that is not what DKMS has built'
	command dkms $'printf \'pt_cache/1\\033[31m.2: broken\\n\''
	doctor
	lacks "$tmp/out" $'\e' 'what a program prints never reaches the terminal as it is'
	command dkms '/usr/bin/yes "pt_cache/1.2: added" | /usr/bin/head -c 1000000'
	says "dkms dkms install -m pt_cache -v 1.2 -k $kernel" 'a program that prints much'
}

test_installed() {
	healthy
	rm "$root/modinfo"/*
	says 'installed make install, make dkms-install, or the package pt-cache-dkms, for this kernel' 'no module'
	healthy
	plant lib/modules/$kernel/updates/pt_cache.ko.xz
	says 'installed twice, by make install and by DKMS: make uninstall, then make dkms-install' 'two of them'
	healthy
	plant modinfo/pt_cache.description 'Refuses to load: error: no such field'
	says 'installed start another kernel, or install a newer version: Refuses to load: error: no such field' \
		'a stub'
	healthy
	plant modinfo/pt_cache_live.version 0.0.1
	says "installed pt_cache $version and pt_cache_live 0.0.1: install both from one version" 'modules of two versions'
	plant modinfo/pt_cache_live.version "$version"
	plant modinfo/pt_cache_user.version 0.0.1
	says "installed pt_cache $version and pt_cache_user 0.0.1: install both from one version" '  whichever'
	rm "$root/modinfo"/pt_cache_{live,user}*
	fine "installed ok: $version" 'a kernel that cannot have pt_cache_live'
	plant modinfo/pt_cache.version 0.0.1
	says "installed pt_cache 0.0.1, and this is ptcache $version: install both from one version" 'modules of another version'
}

test_loaded() {
	healthy
	rm -r "$root"/sys/module/*
	says 'loaded modprobe pt_cache' 'modules that are not loaded'
	healthy
	rm -r "$root"/sys/module/pt_cache_{live,user}
	fine "loaded ok: $version" 'pt_cache alone'
	plant sys/module/pt_cache/srcversion B
	says "loaded pt_cache $version is not the installed one: unload it, then modprobe pt_cache" 'another build of it'
	rm "$root/modinfo"/*
	doctor
	has "$tmp/out" "loaded     ok: $version" 'with no installed one it is compared to none'
	healthy
	plant sys/module/pt_cache_live/srcversion B
	says "loaded pt_cache_live $version is not the installed one: unload it, then modprobe pt_cache_live" \
		'another build of pt_cache_live'
	plant sys/module/pt_cache_live/srcversion Apt_cache_live
	plant sys/module/pt_cache_user/srcversion B
	says "loaded pt_cache_user $version is not the installed one: unload it, then modprobe pt_cache_user" \
		'  of pt_cache_user'
	plant sys/module/pt_cache_live/version 0.0.1
	says "loaded pt_cache $version and pt_cache_live 0.0.1 are not of one build: unload both, then modprobe" \
		'pt_cache_live of another version'
}

test_reports() {
	healthy
	plant proc/mounts 'proc /proc proc rw 0 0' 'debugfs /sys/kernel/debugfs debugfs rw 0 0'
	says 'debugfs mount -t debugfs debugfs /sys/kernel/debug' 'debugfs is not mounted'
	plant proc/mounts 'none /sys/kernel/debug debugfs rw 0 0'
	fine 'debugfs ok' '  or by another name'
	((EUID)) || {
		rm -r "$root/sys/kernel/debug/pt_cache"
		says 'debugfs no reports in it: the log says why (dmesg | grep pt_cache)' 'a module without reports'
	}
	rm -r "$root"/sys/module/pt_cache*
	doctor
	has "$tmp/out" 'debugfs    ok' 'before it is loaded there are none'
}

test_live() {
	healthy
	plant sys/kernel/debug/pt_cache/info 'live no load pt_cache_live.ko'
	fine 'live ok: modprobe pt_cache_live starts it' 'a kernel that can be served'
	plant sys/kernel/debug/pt_cache/info 'live no load pt_cache_live.ko with untested_kernel=Y, see kernel_tested'
	says 'live load pt_cache_live.ko with untested_kernel=Y, see kernel_tested' '  one that nobody tested'
	rm -r "$root"/sys/kernel/debug/pt_cache "$root"/sys/module/pt_cache*
	doctor
	has "$tmp/out" 'live       ok: this kernel has livepatches' 'without a report the configuration tells'
	plant modinfo/pt_cache_live.description 'Refuses to load: error: no such field'
	says 'live Refuses to load: error: no such field' '  or a stub'
	plant modinfo/pt_cache_live.description 'what it is'
	plant boot/config-$kernel CONFIG_MODULES=y '# CONFIG_LIVEPATCH is not set'
	says 'live this kernel lacks CONFIG_LIVEPATCH: start one that has it, for pt_cache_live' '  that it cannot be'
	rm "$root/boot/config-$kernel"
	says 'live cannot tell: load pt_cache, and run this as root' '  or nothing does'
	plant lib/modules/$kernel/build/.config CONFIG_MODULES=y CONFIG_LIVEPATCH=y
	doctor
	has "$tmp/out" 'live       ok: this kernel has livepatches' "  if not the headers'"
}

test_bpftrace() {
	healthy
	rm "$root/usr/sbin/bpftrace"
	says 'bpftrace apt-get install bpftrace' 'no bpftrace'
	command bpftrace 'echo bpftrace v0.16.3'
	says 'bpftrace 0.16 is too old for our scripts: they need 0.17 or later' 'an old one'
	command bpftrace 'echo bpftrace v1.0.0'
	fine 'bpftrace ok: 1.0' 'a new one'
	command bpftrace 'echo oops; exit 1'
	says 'bpftrace it says no version: apt-get install --reinstall bpftrace' 'one that does not run'
	command bpftrace 'kill -9 $$'
	doctor
	has "$tmp/out" 'bpftrace   apt-get install bpftrace' '  or is killed'
}

# A machine of nothing at all is no reason to stop.
test_nothing() {
	rm -rf "$root"
	doctor
	is "$status $(wc -l < "$tmp/out")$(cat "$tmp/err")" '1 10' 'a machine without any of this: ten lines'
	plant proc/sys/kernel/osrelease "$(head -c 5000 /dev/zero | tr '\0' x)"
	doctor
	is "$status $(wc -l < "$tmp/out")$(cat "$tmp/err")" '1 10' 'a name that is too long: ten lines'
}

test_arguments() {
	for arguments in 'doctor it' 'doctor --json'; do
		# shellcheck disable=SC2086 # words
		"$tmp/build/tools/ptcache" $arguments > "$tmp/out" 2> "$tmp/err"
		is "$? $(wc -l < "$tmp/err")$(cat "$tmp/out")" '2 1' "ptcache $arguments: one line"
	done
	"$tmp/build/tools/ptcache" doctor --help > "$tmp/help"
	is $? 0 '--help'
	healthy
	doctor
	is "$(sed -n 's/^  \([a-z]*\) .*/\1/p' "$tmp/help" | xargs)" "$(cut -d ' ' -f 1 "$tmp/out" | xargs)" '  names each line'
}

plant_healthy
cp -a "$root" "$tmp/healthy"
test_healthy
test_user
test_kernel
test_lockdown
test_dkms
test_installed
test_loaded
test_reports
test_live
test_bpftrace
test_nothing
test_arguments
done_testing
