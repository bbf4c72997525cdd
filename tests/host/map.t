#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What `ptcache map` promises, on saved reports; no guest. The tool runs with sanitizers on.
cd "$(dirname "$0")/../.." || exit
. tests/testbox/tap.sh

data=tests/host/data
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
chmod 755 "$tmp"
# a sanitizer's complaint is told from an error that the tool reports
export ASAN_OPTIONS=exitcode=99 UBSAN_OPTIONS=exitcode=99 TERM=xterm
unset NO_COLOR

build() { # NAME MAKE-ARGUMENT...
	local name=$1
	shift
	make -s tools TOOL="$tmp/$name/ptcache" "$@" > "$tmp/make.log" 2>&1 || { diag < "$tmp/make.log"; return 1; }
}

test_build() {
	local warnings='-O2 -Wall -Wextra -Werror'
	ok 'it builds without a warning' build plain CFLAGS="$warnings"
	if command -v clang > /dev/null; then
		ok 'it builds with clang, too' build clang CC=clang CFLAGS="$warnings"
	fi
	ok 'it builds with sanitizers' build checked \
		CFLAGS='-O1 -g -Werror -fsanitize=address,undefined -fno-sanitize-recover=all'
	plain=$tmp/plain/ptcache
	ptcache=$tmp/checked/ptcache
}

# run ARGUMENT...: leaves $status, $tmp/out and $tmp/err
run() {
	status=0
	"$ptcache" "$@" > "$tmp/out" 2> "$tmp/err" || status=$?
}

# refused STATUS WORDS NAME ARGUMENT...
refused() {
	local wanted=$1 words=$2 name=$3
	shift 3
	run "$@"
	is "$status" "$wanted" "$name: status $wanted"
	is "$(wc -l < "$tmp/err")" 1 '  and one line'
	has "$tmp/err" "$words" '  that says why'
	is "$(cat "$tmp/out")" '' '  and no picture'
}

head1='# pt_cache direct_map_regions format 1'
head2='# start_pfn end_pfn node level protection uniform owner'

# bad WORDS NAME [LINE...]: a report of those lines is refused.
bad() {
	local words=$1 name=$2
	shift 2
	{ (($# == 0)) || printf '%s\n' "$@"; } > "$tmp/bad"
	refused 1 "$words" "$name" map "$tmp/bad"
}

# bad_record WORDS NAME RECORD...
bad_record() {
	local words=$1 name=$2
	shift 2
	bad "$words" "$name" "$head1" "$head2" "$@"
}

test_arguments() {
	refused 2 'no command given' 'no command'
	refused 2 "unknown command 'mop'" 'unknown command' mop
	refused 2 "unknown option '--frob'" 'unknown option' --frob
	refused 2 "unrecognized option '--frob'" 'unknown option of map' map --frob
	refused 2 "unrecognized option '--frob'" '  behind the file' map $data/example.report --frob
	refused 2 'requires an argument' 'no width' map --width
	for width in 0 19 1001 '' -1 80x 0x50 ' 80' 99999999999999999999; do
		refused 2 "--width needs a number from 20 to 1000, not '$width'" "width '$width'" \
			map --width "$width" $data/example.report
	done
	for size in 0 1M 3M 2 2m 2MB 512K '' -2M ' 2M' 8192T 18446744073709551616M; do
		refused 2 "--cell needs a power of two from 2M to 4096T, such as 64M or 1G, not '$size'" \
			"cell '$size'" map --cell "$size" $data/example.report
	done
	refused 2 'auto, always or never' 'wrong color' map --color=red $data/example.report
	refused 2 "'b' is too many" 'two files' map a b

	for arguments in --help -h 'map --help' 'map -h'; do
		run $arguments
		is "$status" 0 "ptcache $arguments ends with 0"
		has "$tmp/out" "Usage: ptcache" '  and tells the usage'
	done
	run --version
	is "$(cat "$tmp/out")" "ptcache $(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)" \
		'the version is that of the modules'
}

test_sources() {
	refused 1 'absent: No such file' 'no such file' map "$tmp/absent"
	refused 1 'Is a directory' 'a directory' map "$tmp"
	run map - < $data/example.report
	is "$status" 0 '- is standard input'
	run map - <&-
	is "$status" 1 'closed standard input is an error'

	echo > "$tmp/secret"
	chmod 0 "$tmp/secret"
	local nobody=()
	((EUID)) || nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	"${nobody[@]}" "$plain" map "$tmp/secret" > "$tmp/out" 2> "$tmp/err"
	is $? 1 'a file that may not be read is an error'
	has "$tmp/err" 'secret: Permission denied' '  that says so'
	"${nobody[@]}" "$plain" map > "$tmp/out" 2> "$tmp/err"
	is $? 1 "who is not root cannot see this machine's"
	has "$tmp/err" '/sys/kernel/debug/pt_cache/direct_map_regions: ' '  hears which file it is'
	has "$tmp/err" '(are you root, and is pt_cache.ko loaded?)' '  and what is needed'
}

test_bad_heads() {
	bad 'is empty' 'an empty file'
	bad 'has no record' 'a head and an end' "$head1" "$head2" '# end 0'
	bad 'is not the report direct_map_regions' 'another file' 'root:x:0:0::/root:/bin/sh'
	bad 'is not the report direct_map_regions' 'another report' '# pt_cache blocks format 1' "$head2"
	bad 'has a format that is not 1' 'format 2' "${head1%1}2" "$head2"
	bad 'has a format that is not 1' 'format 10' "${head1}0" "$head2"
	bad 'does not name its columns' 'line 1 alone' "$head1"
	bad 'does not name its columns' 'no line of columns' "$head1" '0x0 0x1 0 pte rw,nx,wb,g 0 -'
	for column in start_pfn end_pfn node level uniform owner; do
		bad "has no column $column" "no column $column" "$head1" "${head2/$column/other}"
	done
	bad 'too many columns' 'more columns than any report' "$head1" "$head2 $(seq -s ' ' 50)"
	printf '%s' "$head1" > "$tmp/bad"
	refused 1 'line 1 is torn' 'a torn head' map "$tmp/bad"
}

test_bad_records() {
	local good='0x200 0x400 0 pmd rw,nx,wb,g 1 -'
	bad_record 'line 4 is torn' 'too few fields' "$good" '0x400 0x600 0 pmd'
	bad_record 'line 4 is torn' 'an empty line' "$good" ''
	bad_record 'line 3 has more fields' 'too many fields' "$good more"
	bad_record 'line 4 begins before the record above it ends' 'out of order' "$good" "${good/0x200 0x400/0x0 0x200}"
	bad_record 'line 4 begins before the record above it ends' 'overlapping' "$good" "${good/0x200/0x3ff}"
	bad_record 'line 4 begins before the record above it ends' 'the same twice' "$good" "$good"
	bad_record 'line 3 ends before it begins' 'nothing in it' "${good/0x400/0x200}"
	bad_record 'line 3 ends before it begins' 'backwards' "${good/0x400/0x100}"
	bad_record 'beyond 52 bits' 'page frame 2^60' "${good/0x400/0x1000000000000000}"
	bad_record 'beyond 52 bits' 'one page too many' "${good/0x400/0x10000000001}"
	for number in 200 0x 0xg 0X200 -0x200 0x-200 0x200x - 0x11111111111111111; do
		bad_record 'line 3 has a page frame that is not a hex number' "start_pfn $number" "${good/0x200/$number}"
		bad_record 'line 3 has a page frame that is not a hex number' "end_pfn $number" "${good/0x400/$number}"
	done
	for node in -1 1024 x 0x0 0- 99999999999; do
		bad_record 'line 3 has an impossible node' "node $node" "${good/ 0 / $node }"
	done
	bad_record 'line 3 has a level that is not' 'an unknown level' "${good/pmd/pgd}"
	bad_record 'line 3 has a uniform that is not' 'an unknown uniform' "${good/ 1 / 2 }"
	bad_record 'line 3 has an owner that is not' 'an unknown owner' "${good% -} me"
	bad_record 'line 3 is too long' 'a long line' "$(head -c 5000 /dev/zero | tr '\0' x)"
	printf '%s\n' "$head1" "$head2" "${good/0 pmd/0\\0pmd}" | sed 's/\\0/\x00/' > "$tmp/bad"
	refused 1 'line 3 holds a zero byte' 'a zero byte' map "$tmp/bad"
	printf '%s\n' "$head1" "$head2" $'0x0 0x200 \e[31m pmd rw 1 -' > "$tmp/bad"
	run map "$tmp/bad"
	lacks "$tmp/err" $'\e' 'what a file holds never reaches the terminal in a message'
}

test_last_line() {
	local good='0x200 0x400 0 pmd rw,nx,wb,g 1 -' more='0x400 0x600 0 pmd rw,nx,wb,g 1 -'
	bad_record "is cut: it has no last line '# end N'" 'no last line' "$good"
	bad "is cut: it has no last line '# end N'" 'a head alone' "$head1" "$head2"
	bad_record 'is cut: a signal' 'a report that was cut' "$good" '# cut 1: a signal'
	bad_record 'is cut: it kept changing while it was read: try again' '  with a colon in the reason' \
		'# cut 0: it kept changing while it was read: try again'
	bad_record 'is cut: # cut 1' '  without a reason' "$good" '# cut 1'
	bad_record 'is cut: no memory' '  and complete after that' "$good" '# cut 1: no memory' '# end 1'
	bad_record 'is cut: a?[31m?sign' '  for a reason that a terminal obeys' "$good" $'# cut 1: a\e[31m\x80sign'
	lacks "$tmp/err" $'\e' '    and is not shown'
	for number in 0 2 10 01 -1 1x '' ' 1' '1 ' 18446744073709551617; do
		bad_record "is cut: its last line '# end N' counts other records" "one record, end '$number'" \
			"$good" "# end $number"
	done
	bad_record "line 5 comes after the last line '# end N'" 'a record behind the end' "$good" '# end 1' "$more"
	bad_record "line 5 comes after the last line '# end N'" 'a remark behind the end' "$good" '# end 1' '# more'
	bad_record "line 5 comes after the last line '# end N'" 'two ends' "$good" '# end 1' '# end 1'
	bad_record "line 5 comes after the last line '# end N'" 'an empty line behind the end' "$good" '# end 1' ''
	printf '%s\n' "$head1" "$head2" "$good" '# endless' '# a remark' "$more" '# cutting' '# end 2' > "$tmp/whole"
	run map "$tmp/whole"
	is "$status$(cat "$tmp/err")" 0 'remarks between records are no last lines'
}

# a record that lost its end cannot be told from one that has it, unless each line ends
test_torn() {
	local size cut wrong=
	size=$(wc -c < $data/example.report)
	for ((cut = 0; cut < size; cut++)); do
		head -c "$cut" $data/example.report > "$tmp/torn"
		run map "$tmp/torn"
		if ((status != 1)) || [[ -s $tmp/out || $(wc -l < "$tmp/err") != 1 ]]; then
			wrong+="$cut ($status) "
		fi
	done
	is "$wrong" '' "a report torn at any byte is refused"
}

test_damaged() {
	local seed wrong=
	for ((seed = 1; seed <= 200; seed++)); do
		awk -v seed="$seed" 'BEGIN { srand(seed); line = 1 + int(rand() * 13) }
			NR == line {
				at = 1 + int(rand() * length($0))
				bytes = "0123456789abcdefx-# \t\r\033\377pud"
				$0 = substr($0, 1, at - 1) substr(bytes, 1 + int(rand() * length(bytes)), 1) substr($0, at + 1)
			}
			{ print }' $data/example.report > "$tmp/damaged"
		run map "$tmp/damaged"
		case $status in
		0) [[ ! -s $tmp/err ]] ;;
		1) [[ ! -s $tmp/out && $(wc -l < "$tmp/err") == 1 ]] ;;
		*) false ;;
		esac || wrong+="$seed ($status) "
	done
	is "$wrong" '' 'a damaged report is drawn or refused, with a line'
}

# picture NAME ARGUMENT...: is the one that somebody looked at and saved. PTC_SAVE=1 saves it.
picture() {
	local wanted=$data/$1.map
	shift
	run map "$@"
	[[ ! $PTC_SAVE ]] || cp "$tmp/out" "$wanted"
	ok "ptcache map $*" cmp "$wanted" "$tmp/out"
	cmp -s "$wanted" "$tmp/out" || diff "$wanted" "$tmp/out" | diag
	is "$status$(cat "$tmp/err")" 0 '  and not a word on stderr'
	is "$(grep -c ' $' "$tmp/out")" 0 '  and no blank at the end of a line'
}

test_pictures() {
	picture guest-3g $data/guest-3g.report
	picture guest-3g-40 $data/guest-3g.report --width 40
	picture guest-3g-64m $data/guest-3g.report --cell 64M
	picture server-12t $data/server-12t.report
	picture example $data/example.report
	picture example-color $data/example.report --color=always --width 40
}

# The model is slow and simple, the tool reads once and joins cells.
test_model() {
	local seed columns cell option=() wrong=
	for ((seed = 1; seed <= 40; seed++)); do
		awk -v seed=$seed -f tests/host/random-report.awk > "$tmp/report"
		columns=$((8 << seed % 4))
		cell=0
		option=()
		if ((seed % 5 == 0)); then
			cell=$((512 << seed % 3 + 4))
			option=(--cell "$((cell / 256))M")
		fi
		awk -v columns=$columns -v cell=$cell -f tests/host/map-model.awk "$tmp/report" > "$tmp/wanted"
		run map --width $((12 + columns + seed % columns)) "${option[@]}" "$tmp/report"
		# the model leaves out what is alike in all pictures
		sed -E '1d; /^$/d; /^ +bytes|^A cell/d; s/^ +//; s/^([-#+P=.]) +([0-9]+) +([0-9]+)  .*/\1 \2 \3/' \
			"$tmp/out" > "$tmp/got"
		[[ $(grep -c '^node\|^no node' "$tmp/got") -gt 0 ]] || sed -i '/^node\|^no node/d' "$tmp/wanted"
		cmp -s "$tmp/wanted" "$tmp/got" || { wrong+="$seed "; diff "$tmp/wanted" "$tmp/got" | head -n 5 | diag; }
	done
	is "$wrong" '' 'pictures and totals of random reports are those of the model'
}

test_scale() {
	local rows=("$head1" "$head2" '0x0 0xff000 0 pmd rw 1 -' '0xff000 0x100000 0 pte rw 0 -')
	printf '%s\n' "${rows[@]}" '# end 2' > "$tmp/4g"
	run map "$tmp/4g"
	has "$tmp/out" 'a cell is 2M, a row 128M' '32 rows are not too many'
	printf '%s\n' "${rows[@]}" '0x100000 0x100001 0 pte rw 0 -' '# end 3' > "$tmp/4g"
	run map "$tmp/4g"
	has "$tmp/out" 'a cell is 4M, a row 256M' '  33 are'
	printf '%s\n' "${rows[@]}" '0x100000 0x100001 1 pte rw 0 -' '# end 3' > "$tmp/4g"
	run map "$tmp/4g"
	has "$tmp/out" 'a cell is 2M, a row 128M' '  but not when the last is of another node'
}

test_color() {
	local escape=$'\e' map="$ptcache map $data/example.report"
	run map $data/example.report
	lacks "$tmp/out" "$escape" 'a file gets no color'
	NO_COLOR=1 run map --color=always $data/example.report
	has "$tmp/out" "$escape" 'unless it is asked for'
	if ! command -v script > /dev/null; then
		diag 'no script command: colors on a terminal are not tested'
		return
	fi
	terminal() { script -qec "$1" /dev/null < /dev/null | tr -d '\r' > "$tmp/out"; }
	terminal "$map"
	has "$tmp/out" "${escape}[0;31m#" 'a terminal gets colors'
	terminal "NO_COLOR=1 $map"
	lacks "$tmp/out" "$escape" 'not with NO_COLOR'
	has "$tmp/out" '#...' '  but the picture'
	terminal "NO_COLOR= $map"
	has "$tmp/out" "$escape" 'an empty NO_COLOR says nothing'
	terminal "TERM=dumb $map"
	lacks "$tmp/out" "$escape" 'a dumb terminal gets none'
	terminal "$map --color=never"
	lacks "$tmp/out" "$escape" 'nor one that shall not'
	terminal "stty cols 40; $map --color never"
	has "$tmp/out" 'a cell is 1G,' 'a narrow terminal gets a narrow picture'
	terminal "stty cols 75; $map --color never"
	is "$(awk '/ [.#=P+-]+$/ { print length($NF) }' "$tmp/out" | sort -u)" 32 \
		'  that leaves room for the longest address'
	terminal "stty cols 5; $map --color never"
	has "$tmp/out" 'a cell is 2G,' '  but never less than 8 cells'
}

test_write_errors() {
	for arguments in "map $data/server-12t.report" --help --version 'map --help'; do
		status=0
		# shellcheck disable=SC2086  # words
		"$ptcache" $arguments > /dev/full 2> "$tmp/err" || status=$?
		is "$status" 1 "ptcache $arguments > /dev/full ends with 1"
		is "$(cat "$tmp/err")" 'ptcache: cannot write the output: No space left on device' '  and says why'
	done
}

test_memory() {
	# 32 bytes for each record would not fit
	awk -v head="$head1\n$head2" 'BEGIN {
		print head
		for (i = 0; i < 300000; i++)
			printf "0x%x 0x%x %d pte rw 0 -\n", 600 * i, 600 * i + 1 + i % 300, i / 100000
		print "# end " i
	}' > "$tmp/large"
	(ulimit -v 10000; exec "$plain" map "$tmp/large") > "$tmp/out" 2> "$tmp/err"
	is $? 0 'memory does not grow with the records'
	has "$tmp/out" 'a cell is 128M' '  as the picture does not'
	is "$(awk '/^node/ { rows = 0 } / [#.]+$/ { if (++rows > most) most = rows } END { print most <= 32 }' "$tmp/out")" 1 \
		'  which has at most 32 rows a node'
	{ echo "$head1"; cat /dev/zero; } | tr '\0' x |
		(ulimit -v 10000; exec "$plain" map -) > "$tmp/out" 2> "$tmp/err"
	has "$tmp/err" 'line 2 is too long' 'nor with the length of a line'
	printf '%s\n' "$head1" "$head2" '0x0 0x10000000000 0 pud rw 1 -' '# end 1' > "$tmp/whole"
	run map "$tmp/whole"
	has "$tmp/out" '=    4503599627370496  2147483648' 'all that 52 bits can address has a picture'
	refused 1 'use a larger --cell' '  but not in 2M cells' map --cell 2M "$tmp/whole"
}

test_build
((tap_failed == 0)) || { done_testing; exit; }
test_arguments
test_sources
test_bad_heads
test_bad_records
test_last_line
test_torn
test_damaged
test_pictures
test_model
test_scale
test_color
test_write_errors
test_memory
done_testing
