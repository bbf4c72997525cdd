# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What the scripts of the build matrix share: the archive that a release's root tree was made
# from, and folders that are kept.
#
# PTC_CACHE  what is kept is in its folder `matrix` (default ~/.cache/pt_cache)
# shellcheck disable=SC2154  # $cache, $me: of the test box's lib.sh

kept=$cache/matrix

# Runs apt-get or apt-cache on TREE's archive. The packages of TREE are those that are installed;
# INDEX/lists says which there are.
of_archive() { # RELEASE TREE INDEX COMMAND ARGUMENT...
	local options=()
	[[ $1 != *-backports ]] || options=(-o "APT::Default-Release=$1")
	supervise TERM "$4" -q -q "${options[@]}" -o Dir::Etc::SourceList="$2/etc/apt/sources.list" \
		-o Dir::Etc::SourceParts="$2/etc/apt/sources.list.d" -o Dir::State::Lists="$3/lists" \
		-o Dir::State::status="$2/var/lib/dpkg/status" -o Dir::Cache="$3/cache" \
		-o Dir::Cache::pkgcache=pkgcache.bin -o APT::Architecture=amd64 \
		-o APT::Sandbox::User="$(id -un)" -o Acquire::Check-Valid-Until=false \
		-o Acquire::Languages=none "${@:5}"
}

# Sets `index`, a folder with the archive's lists: not older than a day, if the archive answers.
need_index() { # RELEASE TREE
	index=$kept/index-${2##*/}
	mkdir -p "$index"/{lists,cache}
	exec {index_fd}>"$index/lock"
	flock "$index_fd"
	if [[ -z $(find "$index/updated" -mmin -1440 2>/dev/null) ]]; then
		say "asking the archive of $1 for its packages"
		# Without Error-Mode, lists that it could not get are no error.
		if of_archive "$1" "$2" "$index" apt-get -o APT::Update::Error-Mode=any update >&2; then
			touch "$index/updated"
		elif [[ -e $index/updated ]]; then
			say "it does not answer: its lists of $(date -r "$index/updated" +%F) are used"
		else
			die "it does not answer (no network?)"
		fi
	fi
	exec {index_fd}>&-
}

# Makes the folder PATH, whole or not at all: COMMAND ARGUMENT... FOLDER fills it, or fails. Says
# how long that took. For scripts that end by what fails (set -e): in a condition, as before ||,
# the shell would go on after it, in COMMAND too.
need_folder() { # PATH WHAT COMMAND ARGUMENT...
	local path=$1 what=$2 started=$SECONDS
	shift 2
	[[ ! -d $path ]] || return 0
	lock "$path.lock" "making the same"
	# Scratch of a run that was killed; the lock says that it is dead.
	rm -rf --one-file-system "$path".tmp.*
	if [[ ! -d $path ]]; then
		scratch=$path.tmp.$$ unmade=$what
		mkdir -p "$scratch"
		say "making $what"
		"$@" "$scratch"
		mv --no-target-directory "$scratch" "$path"
		unmade=
		say "made $what in $((SECONDS - started)) s"
	fi
	exec {lock_fd}>&-
}

# shellcheck disable=SC2317  # called by leave() of the test box's lib.sh
clean_up() {
	[[ -n ${unmade:-} ]] || return 0
	rm -rf --one-file-system "$scratch"
	say "could not make $unmade"
}

# Prints two of the lines on stdin, by turn. The number of commits says whose turn it is, so that
# N commits in a row have built each of N cells twice. PTC_MATRIX=NUMBER names the turn,
# PTC_MATRIX=all takes all lines.
of_turn() {
	local lines turn i
	mapfile -t lines
	turn=${PTC_MATRIX:-$(git rev-list --count HEAD 2>/dev/null || echo 0)}
	if [[ $turn == all ]] || ((${#lines[@]} <= 2)); then
		printf '%s\n' "${lines[@]}"
		return
	fi
	[[ $turn =~ ^[0-9]+$ ]] || die_usage "PTC_MATRIX is a number or all, not '$turn'"
	for i in 0 1; do
		echo "${lines[(turn * 2 + i) % ${#lines[@]}]}"
	done
}

# The lines of a build's log that make does not print of every build: warnings, and our messages.
unusual() { # LOG
	grep -v -e '^status ' -e '^module ' -e '^make.*: \(Entering\|Leaving\) directory ' \
		-e '^  [A-Z]\+ \+\(\[M\] \+\)\?[^ ]*$' "$1"
}

# Builds a cell: exactly these modules come of it, and make prints nothing unusual but MESSAGE.
cell_gives() { # NAME MODULES MESSAGE ARGUMENT-OF-cell...
	local log=build/log/cell-${1//[^a-z0-9.-]/-}.log started=$SECONDS failed=$tap_failed
	mkdir -p build/log
	tests/matrix/cell "${@:4}" >"$log"
	is "$(sed -n 's/^status //p' "$log")" 0 "$1: builds"
	is "$(awk '$1 == "module" { print $2 }' "$log" | xargs)" "$2" "  and gives $2"
	is "$(unusual "$log")" "$3" "  with ${3:+the message: }${3:-no warning}"
	lacks "$log" 'Refuses to load' '  and no module that refuses to load'
	echo "# $1: $((SECONDS - started)) s"
	if ((tap_failed > failed)); then
		diag "what make printed is in $log"
	else
		rm "$log"
	fi
}
