#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Names of module/ that stand alone. In an oops, a profile or a trace a static function is known by its
# name and its module: so it begins with its file's noun, and no other file of the module has it. Read from
# the source by universal-ctags: most static functions are inlined, and no object has them.
cd "$(dirname "$0")/../.." || exit
. tests/testbox/tap.sh

# statics FILE...: a line "NAME FILE" for each static function and variable; what a macro of the kernel's
# defines, ctags does not see
statics() {
	ctags -u -f - --kinds-C=fv --fields=f --fields-C= --excmd=number "$@" |
		awk -F '\t' '$NF == "file:" { print $1, $2 }'
	grep -HoE '^static DE(FINE|CLARE)_[A-Z0-9_]+\((struct )?[a-z0-9_]+(, [a-z0-9_]+)?' "$@" |
		sed -E 's/^([^:]+):.*[(, ]([a-z0-9_]+)$/\2 \1/'
}

# nameless: of such lines, those that do not begin with the file's noun
nameless() {
	awk '{ noun = $2; sub(/.*\//, "", noun); sub(/\.c$/, "", noun)
	       if (index($1, noun "_") != 1 && $1 != noun) print $2 ": " $1 }'
}

# twice MODULE-OF-EACH-LINE: of lines "NAME FILE", those whose name another file of the module has, too.
# live/ is a module of its own, and so will be user/.
twice() {
	awk '{ module = $2 ~ /^module\/(live|user)\// ? substr($2, 8, 4) : "pt_cache"
	       key = module " " $1
	       if (key in file && file[key] != $2) print $1 ": " file[key] " and " $2
	       file[key] = $2 }'
}

if ! command -v ctags > /dev/null || ! ctags --version | grep -q Universal; then
	ok 'universal-ctags is there' false
	diag 'apt-get install universal-ctags'
	done_testing
	exit
fi

mapfile -t files < <(find module -name '*.c' | LC_ALL=C sort)
tmp=$(mktemp)
trap 'rm -f "$tmp"' EXIT
statics "${files[@]}" > "$tmp"
found=$(wc -l < "$tmp")
ok "static names are found ($found)" test "$found" -gt 300
is "$(nameless < "$tmp")" '' "each begins with its file's noun"
is "$(twice < "$tmp")" '' 'none occurs twice in a module'

# what is looked for is found
is "$(printf '%s\n' 'take module/alloc/miss.c' 'miss_take module/alloc/miss.c' | nameless)" \
	'module/alloc/miss.c: take' 'a name without a noun is found'
is "$(printf '%s\n' 'walk_look module/tree/walk.c' 'walk_look module/direct_map/walk.c' \
	'report_show module/live/report.c' 'report_show module/report/report.c' | twice)" \
	'walk_look: module/tree/walk.c and module/direct_map/walk.c' 'a name that two files have is found'

# pairs match: what is begun can be ended
unpaired=
while read -r name; do
	case $name in
	*_init) other=${name%_init}_exit ;;
	*_start) other=${name%_start}_stop ;;
	esac
	grep -rqE "\b$other\(" module --include='*.h' || unpaired+="$name "
done < <(grep -rhoE '\bptc_[a-z_]+_(init|start)\(void\)' module --include='*.h' | sed 's/(void)//' | sort -u)
is "$unpaired" '' 'each init has its exit, each start its stop'
done_testing
