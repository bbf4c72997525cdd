#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What README.md and Documentation/ name is there: links, files, targets, reports, parameters, functions.
# shellcheck disable=SC2016  # the backticks are those of the papers
cd "$(dirname "$0")/../.." || exit
# shellcheck source-path=SCRIPTDIR source=../testbox/tap.sh
. tests/testbox/tap.sh

mapfile -t papers < <(tests/static/tracked | grep -E '^([A-Z]+|Documentation/.*)\.md$')
all=$(cat -- "${papers[@]}")

lines=$(wc -l <README.md)
ok "README.md has at most 200 lines ($lines)" [ "$lines" -le 200 ]
order=$(sed -n 's/^## //p' README.md | paste -sd ';')
is "$order" 'See it;Install it;First five commands;When something looks wrong;Parameters;Reports;For your module;More' \
	'  in the order in which a newcomer asks'

# links FILE...: FILE LINK of each link to a file of ours, and each heading as "FILE #anchor"
links() {
	awk '
		FNR == 1 { code = 0 }
		/^```/ { code = !code }
		code { next }
		/^#+ / {
			title = tolower($0)
			sub(/^#+ /, "", title)
			gsub(/[^a-z0-9_ -]/, "", title)
			gsub(/ /, "-", title)
			print "anchor", FILENAME "#" title
		}
		{
			rest = $0
			while (match(rest, /\]\([^)]*\)/)) {
				link = substr(rest, RSTART + 2, RLENGTH - 3)
				rest = substr(rest, RSTART + RLENGTH)
				if (link ~ /^[a-z]+:/)
					continue
				folder = FILENAME ~ /\// ? "Documentation/" : ""
				if (link ~ /^#/)
					link = FILENAME link
				else if (sub(/^\.\.\//, "", link) == 0)
					link = folder link
				print "link", link, FILENAME
			}
		}' "$@"
}

# dangling FILE...: the links that lead nowhere
dangling() {
	local what to from path
	declare -A anchors=()
	while read -r what to from; do
		[[ $what == link ]] || { anchors[$to]=yes; continue; }
		path=${to%%#*}
		[[ -e $path ]] || echo "$from: $to"
	done < <(links "$@")
	while read -r what to from; do
		[[ $what != link || $to != *.md#* || ${anchors[$to]-} ]] || echo "$from: $to"
	done < <(links "$@")
}
is "$(dangling "${papers[@]}")" '' 'links between the papers lead somewhere'
linked=$(links Documentation/README.md | sed -n 's/^link \([^ #]*\).*/\1/p' | sort -u)
is "$(printf '%s\n' "${papers[@]}" | grep Documentation/ | grep -vxF -e "$linked" -e Documentation/README.md)" '' \
	'each file of Documentation/ is in its index'

# make TARGET in code or a code span
targets=$(sed -n 's/^\([a-z][a-z-]*\):.*/\1/p' Makefile)
is "$(grep -ohE '(^[#$] |&& |`|; )(PTC_TURN=all )?(sudo )?make [a-z][a-z-]*' <<<"$all" | sed 's/.*make //' | sort -u |
	grep -vxF "$targets")" '' 'each target of make that the papers name is there'

# A name with a word in capitals, or with a $, stands for others; {a,b} and * are the shell's.
# What is said to be the kernel's is not ours.
files=$(cat -- "${papers[@]}" | sed "s/the kernel's \`[^\`]*\`//g" |
	grep -oE '(^|[ `"('\''])(\./)?(tests|tools|module|examples|demo|Documentation|\.ci)/[][A-Za-z0-9_.*/{},-]*' |
	sed 's/^[^a-zD.]//; s/[.,]*$//' | sort -u | grep -vE '[A-Z]{3,}|\$')
gone() {
	local file
	while read -r file; do
		eval "set -- $file"
		while (($#)); do
			[[ -e $1 ]] || echo "$1"
			shift
		done
	done
}
ok "they name files ($(wc -l <<<"$files"))" [ "$(wc -l <<<"$files")" -gt 60 ]
is "$(gone <<<"$files")" '' '  and each is there'

# In a README's table each report, and in each sample of a report the columns that it has.
reports=$(awk '$1 == "report" { print $2 }' Documentation/reports.list | sort)
section() { awk -v title="## $1" '/^## / { on = $0 == title } on' README.md; }
is "$(section Reports | sed -n 's/^| `\([a-z_]*\)` .*/\1/p' | sort)" "$reports" "the README's table of reports has each"
is "$(awk '
	FILENAME ~ /reports.list$/ {
		if ($1 == "report") {
			head = "# pt_cache " $2 " format " $4
			sub(/^.* columns /, "# ")
			columns[head] = $0
		}
		next
	}
	FNR == 1 { head = "" }
	/^# pt_cache [a-z_]+ format / {
		if (!($0 in columns))
			print FILENAME ": " $0
		head = $0
		next
	}
	head != "" { if ($0 != columns[head]) print FILENAME ": " head ": " $0; head = "" }' Documentation/reports.list "${papers[@]}")" '' \
	'a report that they show has the format and the columns of today'

# MODULE NAME MAY-BE-WRITTEN of each parameter; fail_step is of the tests' build alone.
parameters=$(grep -rE '^module_param' module --include='*.c' | grep -v fail_step | awk -F '[:(,) ]+' '{
	print ($1 ~ /live/ ? "pt_cache_live" : $1 ~ /user/ ? "pt_cache_user" : "pt_cache"), $3, ($0 ~ /, 06/ ? "yes" : "no") }' | sort)
is "$(section Parameters | sed -n 's/^| `\([a-z_]*\)` | `\([a-z_]*\)` | [^|]* | \([a-z]*\) .*/\1 \2 \3/p' | sort)" "$parameters" \
	"the README's table of parameters has each"
described=$(section Parameters | sed -n 's/^| `\([a-z_]*\)` | `\([a-z_]*\)` | `\{0,1\}\([^|`]*[^|` ]\)`\{0,1\} |.*/\1 \2 \3/p' | sort)

defaults() { # MODULE FILE...
	grep -rhA1 '^MODULE_PARM_DESC' "${@:2}" | paste -sd ' ' | sed 's/MODULE_PARM_DESC/\n&/g' |
		sed -n "s/MODULE_PARM_DESC(\([a-z_]*\),.*(default: \([^)]*\)).*/$1 \1 \2/p"
}
is "$described" "$({
	defaults pt_cache module/main.c
	defaults pt_cache_live module/live
	defaults pt_cache_user module/user
} | sort)" '  with its default'

# Functions and constants of the interface, tracepoints and scripts.
interface=$(grep -oE '\b(pt_cache|PT_CACHE)_[A-Za-z_]+' module/pt_cache.h | sort -u)
is "$(grep -ohE '\b(pt_cache_[a-z_]+\(|PT_CACHE_[A-Z_]+\b)' <<<"$all" | tr -d '(' | sort -u | grep -v '_$' |
	grep -vxF "$interface" | grep -v '^pt_cache_selftest_')" '' 'each function of the interface that they name is there'
is "$(sed -n '/^The tracepoints are/,/^$/p' Documentation/tracing.md | paste -sd ' ' | sed 's/[^`]*`\([^`]*\)`.*/\1/' |
	tr ' ' '\n' | sort)" \
	"$(sed -nE 's/^(TRACE_EVENT\(|DEFINE_EVENT\([a-z_]+, )([a-z_]+),.*/\2/p' module/trace/trace.h | sort)" \
	'Documentation/tracing.md names each tracepoint'
is "$(sed -n 's/^| `\(pt[a-z]*\.bt\)` .*/\1/p' Documentation/tracing.md | sort)" "$(cd tools/bpftrace && ls)" '  and each script'
map=$(<tests/host/data/guest-3g.map)
[[ $(<Documentation/direct-map.md) == *"$map"* ]] && same=yes || same=no
is "$same" yes 'Documentation/direct-map.md shows the picture that tests/host/map.t compares'

is "$(sed -n 's/^## //p' CHANGES.md | grep -vE '^[0-9]+\.[0-9]+\.[0-9]+ \([0-9]{4}-[0-9]{2}-[0-9]{2}\)$')" '' \
	'each version of CHANGES.md has its date'
done_testing
