#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The project's rules that reading the files can check.
cd "$(dirname "$0")/../.." || exit
. tests/testbox/tap.sh

# none NAME FILES-COMMAND PATTERN: no line of those files matches.
none() {
	local hits
	hits=$(eval "$2" | xargs grep -nE "$3" 2>/dev/null)
	is "$hits" '' "$1"
}

sources="find module examples tests/selftest tests/bench tools -name '*.[ch]'"
none 'a kernel version is tested in module/compat/ alone' \
	"$sources -not -path 'module/compat/*'; echo Kbuild" 'LINUX_VERSION_CODE|KERNEL_VERSION'
none 'nothing stops the machine' "$sources" '\b(BUG|BUG_ON|panic)\('
none 'no unexported function is looked up, but by a tests'\'' module to be made slow' \
	"$sources -not -path tests/selftest/delay.c" 'kallsyms_lookup_name|register_kprobe'
none 'nothing is left undone' "$sources" '\b(TODO|FIXME|XXX|HACK)\b'
# What writes to it may be killed by SIGPIPE then, and the pipe fail: sometimes. The shell within
# tests/testbox/boot that ends qemu so has no pipefail.
# shellcheck disable=SC2016  # of awk
early=$(tests/static/tracked | xargs grep -lE '^[^#]*\bset -[a-z]*o pipefail' | xargs awk '
	FNR == 1 { before = "" }
	(before $0) ~ /(^|[^|])\|[[:space:]]*(grep -[a-zA-Z]*q|head )/ { print FILENAME ":" FNR ":" $0 }
	{ before = /(^|[^|])\|$/ ? "|" : "" }' | grep -v '^tests/testbox/boot:.*"Linux version"')
is "$early" '' 'no pipe of a script with pipefail ends in what leaves before the end'
# a message stays whole, so that it can be searched for
none 'lines end where a reader expects' "$sources" '^[^"]{101,}$|[[:space:]]$'

is "$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)" \
	"$(sed -n 's/.*PTC_VERSION "\(.*\)"/\1/p' module/version.h)" 'dkms.conf has the version of module/version.h'
has CHANGES.md "## $(sed -n 's/.*PTC_VERSION "\(.*\)"/\1/p' module/version.h)" 'CHANGES.md tells of this version'

# every exported function has kernel-doc that says in which context, and what comes back
undocumented=
while read -r function; do
	doc=$(awk -v f="$function" '$0 ~ "^ [*] " f " - " { on = 1 } on { print } on && /\*\// { exit }' module/pt_cache.h)
	declaration=$(grep -E "^[a-z].*[ *]$function\(" module/pt_cache.h)
	grep -q 'Context:' <<< "$doc" || undocumented+="$function (Context) "
	[[ $declaration == void* ]] || grep -q 'Return:' <<< "$doc" || undocumented+="$function (Return) "
done < <(grep -rhoE 'EXPORT_SYMBOL_GPL\(pt_cache_[a-z_]+' module | sed 's/.*(//' | grep -v selftest)
is "$undocumented" '' 'each exported function says Context and Return'

# Data and prose cannot say it, or need not.
is "$(tests/static/tracked | grep -vE '^(LICENSE|debian/|tests/host/(corpus|data)/)|\.(md|patch)$' | while read -r file; do
	head -n 2 "$file" | grep -q SPDX-License-Identifier || echo "$file"; done)" '' 'each source file names its licence'
# what the documentation shows of the example is what is compiled
shown=$(awk '/^\/\* Called before/ { show = 1 } show && /^```/ { exit } show' Documentation/trees.md)
[[ -n $shown && $(<examples/tree.c) == *"$shown"* ]] && same=yes || same=no
is "$same" yes 'Documentation/trees.md shows the example as it is'
example_lines=$(wc -l < examples/tree.c)
ok "the example has less than 80 lines ($example_lines)" [ "$example_lines" -lt 80 ]
for script in tools/bpftrace/*.bt; do
	for part in PURPOSE USAGE SAMPLE OVERHEAD; do
		has "$script" "$part" "${script##*/} has $part in its head"
	done
done
done_testing
