# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# TAP for tests in bash. A test names the promise that it checks.

tap_count=0
tap_failed=0

ok() { # NAME COMMAND...
	local name=$1 verdict=ok
	shift
	"$@" || { verdict='not ok'; tap_failed=$((tap_failed + 1)); }
	tap_count=$((tap_count + 1))
	echo "$verdict $tap_count - $name"
}

is() { # GOT WANTED NAME
	ok "$3" test "$1" = "$2"
	[[ $1 == "$2" ]] || diag "got '$1', wanted '$2'"
}

has() { # FILE WORDS NAME
	ok "$3" grep -qF -e "$2" "$1"
	grep -qF -e "$2" "$1" || diag "'$2' is not in:" "$(head -n 40 "$1")"
}

lacks() { # FILE WORDS NAME
	is "$(grep -cF -e "$2" "$1")" 0 "$3"
}

diag() { # [LINE...] (none: what is on stdin)
	if (($#)); then printf '%s\n' "$@"; else cat; fi | sed 's/^/# /' >&2
}

done_testing() {
	echo "1..$tap_count"
	((tap_failed == 0))
}
