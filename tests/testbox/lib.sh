# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What the scripts of the test box share: words for people, places, and
# children that cannot outlive the script that started them.
#
# PTC_CACHE  folder for what outlives a checkout (default ~/.cache/pt_cache)

testbox=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
project=$(cd "$testbox/../.." && pwd -P)
cache=${PTC_CACHE:-${HOME:-/root}/.cache/pt_cache}
me=$(basename "$0")

# shellcheck source-path=SCRIPTDIR source=recipe
. "$testbox/recipe"

# Where the project and the run's own files appear in trees and in guests.
# shellcheck disable=SC2034  # used by the scripts that source this file
guest_project=/pt_cache
# shellcheck disable=SC2034
guest_run=/pt_cache_run

say() { printf '%s: %s\n' "$me" "$*" >&2; }
die() { say "$@"; exit 1; }
die_usage() { say "$@"; exit 2; }

# The comment at the head of a script is its manual.
print_head_comment() { sed -n '/SPDX/d; 2,/^$/s/^# \{0,1\}//p' "$0"; }

need_root() {
	((EUID == 0)) ||
		die "this needs root (chroot, mounts): run it with sudo"
}

need_release() {
	case $1 in
	bookworm | trixie | trixie-backports | trixie-cloud | bookworm-deb | trixie-deb | debug | debug-kcsan | debug-newest) ;;
	*) die_usage "unknown release '$1': take bookworm, trixie or trixie-backports (or trixie-cloud, debug, debug-kcsan, debug-newest)" ;;
	esac
}

need_arch() {
	[[ $1 == amd64 ]] ||
		die_usage "no test box for architecture '$1' yet: only amd64"
}

# A changed recipe gives a new tree; the old one is never edited.
tree_path() { # RELEASE ARCH
	local hash
	hash=$(recipe_hash "$1")
	printf '%s/trees/%s-%s-%s\n' "$cache" "$1" "$2" "${hash:0:12}"
}

# A tree holds exactly one kernel: the one the recipe asked for.
tree_kernel() { # TREE
	local image=("$1"/boot/vmlinuz-*)
	[[ ${#image[@]} -eq 1 && -e ${image[0]} ]] ||
		die "$1 does not hold exactly one kernel: remove that folder and try again"
	printf '%s\n' "${image[0]##*/vmlinuz-}"
}

# Every long command is a supervised child: a signal to this script reaches it
# at once (bash alone would wait for it to end), and the kernel stops it when
# this script is killed with no chance to clean up.
child=
child_signal=

supervise() { # SIGNAL COMMAND...
	local status=0
	child_signal=$1
	shift
	setpriv --pdeathsig "$child_signal" -- "$@" &
	child=$!
	wait "$child" || status=$?
	child=
	return "$status"
}

# Namespaces of its own: when its first process dies, the kernel kills every
# other one in it and takes its mounts away. unshare holds back all signals
# but KILL.
contained() { # COMMAND...
	supervise KILL \
		unshare --mount --pid --fork --kill-child --mount-proc -- "$@"
}

stop_child() {
	[[ -n $child ]] || return 0
	kill -s "$child_signal" "$child" 2>/dev/null || true
	wait "$child" 2>/dev/null || true
	child=
}

# Scripts put what they must undo into a function of their own, `clean_up`.
leave() {
	local status=$?
	trap '' INT TERM HUP
	stop_child
	if declare -F clean_up >/dev/null; then clean_up; fi
	exit "$status"
}

watch_signals() {
	trap leave EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
}

# Waits for the lock FILE and holds it as long as this script lives.
lock() { # FILE WHAT
	exec {lock_fd}>"$1"
	flock --nonblock "$lock_fd" && return
	say "waiting for another run that is $2"
	supervise KILL flock "$lock_fd"
}

# Sets `log` to build/log/NAME.log, empty, which is this script's as long as it lives. Where another run of that
# name has it, the number of this process tells them apart.
claim_log() { # NAME
	local folder=$project/build/log name
	mkdir -p "$folder"
	chown --reference="$project" "$project/build" "$folder" 2>/dev/null || true
	for name in "$1" "$1-$$"; do
		log=$folder/$name.log
		exec {log_fd}>>"$log"
		flock --nonblock "$log_fd" && break
		exec {log_fd}>&-
	done
	: >"$log"
	chown --reference="$project" "$log" 2>/dev/null || true
}

# shellcheck disable=SC2034
tree_environment=(PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp LC_ALL=C.UTF-8)

# In a mount namespace of our own: TREE read-only, with what programs expect
# of a running system, and the project in its place.
mount_tree() { # TREE
	mount --bind -o ro "$1" "$1"
	mount -t proc proc "$1/proc"
	mount --rbind /sys "$1/sys"
	mount --rbind /dev "$1/dev"
	mount -t tmpfs tmpfs "$1/tmp"
	mount -t tmpfs tmpfs "$1$guest_run"
	mount --bind "$project" "$1$guest_project"
}
