# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154  # $breaks is from, and what is set here for, the script that sources this
# Faults that are put into a copy of the project on purpose, for tests that say whether they are found. A break,
# NAME.sed in the folder $breaks, is a sed script for the body of a function, and says at its head:
#
#	# function: NAME...	of module/, in whatever file it is; several are in one file
#	# file: NAME		which, where several have one of that name, or it is no .c file

# copy_project: what is in git of it, in a folder that is removed at the end; sets `tmp`, and goes there
copy_project() {
	tmp=$(mktemp -d) || exit
	trap 'rm -rf "$tmp"' EXIT
	mkdir "$tmp/project"
	tests/static/tracked | xargs -d '\n' cp --parents -t "$tmp/project"
	cd "$tmp/project" || exit
}

head_of() { # BREAK KEY
	sed -n "s/^# $2: *//p" "$breaks/$1.sed"
}

choose_breaks() { # sets `names`
	read -ra names <<<"${BREAKS:-$(cd "$breaks" && printf '%s\n' *.sed | sed 's/\.sed$//' | xargs)}"
}

# find_function NAME [FILE]: sets `file` and `begins`, a pattern of its first line
find_function() {
	local files
	begins="^[a-z][^;]*[ *]$1([^;]*\$"
	mapfile -t files < <(grep -rlE --include="${2:-*.c}" "${begins//(/\\(}" module)
	file=/dev/null
	((${#files[@]} == 1)) || { diag "$1() is in ${#files[@]} files of module/: ${files[*]}"; return 1; }
	file=${files[0]}
}

# put_in BREAK: sets `file`, and changes it
put_in() {
	local function begins body
	: >"$tmp/whole"
	: >"$tmp/script"
	body=$(grep -v '^#' "$breaks/$1.sed")
	for function in $(head_of "$1" function); do
		find_function "$function" "$(head_of "$1" file)" || return
		printf '%s\n' "/$begins/,/^}/{" "$body" '}' >>"$tmp/script"
	done
	cp "$file" "$tmp/whole"
	sed -f "$tmp/script" "$tmp/whole" >"$file" || return
	is_in || { diag "$1.sed changes nothing of $(head_of "$1" function) in $file"; return 1; }
}

is_in() {
	! cmp -s "$file" "$tmp/whole"
}

take_out() {
	cat "$tmp/whole" >"$file"
}
